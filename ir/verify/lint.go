package verify

import (
	"cmp"
	"fmt"
	"slices"

	"davit/ir"
	"davit/ir/flow"
	"davit/ir/op"
)

// Problem: find stack-map entries (rule V7) whose bytes some path from the entry to the safepoint never stored to. A
// collector would read what an earlier call left on the stack there.
//
// Idea: a forward data-flow problem, "stored on every path", over pieces of stack slots. The bounds of all entries and of
// all stores to slots cut each slot into pieces, so each entry and each store covers whole pieces.
//
//  1. A store to a slot is one whose address is a stack_addr plus the offset of the store. It covers the pieces within.
//  2. Where the address of a slot goes anywhere else (arithmetic, a call, a branch, memory), the whole slot counts as
//     stored from there on: others may store to it through that address. So an address that is passed on silences the
//     lint for its slot, but the lint never complains about code that is right because of such a store.
//  3. A piece is stored at the start of a block if it is at the end of all its reachable predecessors; nothing is at the
//     start of the function. Stores of an instruction come after its own stack map.
//  4. Pieces are solved for in batches of 64, one word per block, from events: the stores, escapes and entries of each
//     block in order.
//
// Cost: O(pieces/64 * passes * (events + edges)). As nothing undoes a store, two passes do unless control flow is irreducible.

// Lint verifies no rule, but reports each stack-map entry whose slot is not certainly stored to before. f must be free of
// errors. Unreachable blocks are left out.
func Lint(f *ir.Func) ErrorList {
	if !f.HasStackMaps() {
		return nil
	}
	l := linter{f: f}
	l.cfg.Compute(f)
	l.collect()
	l.cut()
	for first := 0; first < len(l.pieces); first += 64 {
		l.solve(uint32(first))
	}
	var errs ErrorList
	for _, ev := range l.events {
		if ev.missing {
			e := ir.StackMapEntry{Type: ev.typ, Slot: ev.slot, Offset: ev.start}
			errs = append(errs, Error{ev.inst.Entity(), fmt.Sprintf(notStored, e), notStored})
		}
	}
	return errs
}

const notStored = "stack map entry `%v` is not stored to on every path to here"

// event is a store to a range of bytes of a slot, or an entry of a stack map; start and end are byte offsets until cut
// makes them numbers of pieces.
type event struct {
	inst       ir.Inst
	slot       ir.StackSlot
	start, end uint32 // bytes
	from, to   uint32 // pieces
	typ        op.Type
	isEntry    bool
	missing    bool
}

// piece is a range of bytes of a slot that no entry and no store cuts; it ends where the next one of the slot starts.
type piece struct {
	slot  ir.StackSlot
	start uint32
}

type linter struct {
	f      *ir.Func
	cfg    flow.CFG
	events []event
	spans  [][2]uint32 // events of each block, by place in post-order
	pieces []piece
	in     []uint64 // per block, by place in post-order
	out    []uint64
	calls  []ir.BlockCall
}

// collect lists the events of the reachable blocks in reverse post-order.
func (l *linter) collect() {
	post := l.cfg.PostOrder()
	l.spans = make([][2]uint32, len(post))
	for k := len(post) - 1; k >= 0; k-- {
		l.spans[k][0] = uint32(len(l.events))
		for i := range l.f.Insts(post[k]) {
			l.inst(i)
		}
		l.spans[k][1] = uint32(len(l.events))
	}
}

func (l *linter) inst(i ir.Inst) {
	f := l.f
	d := f.Data(i)
	for _, e := range f.StackMap(i) {
		l.events = append(l.events, event{inst: i, slot: e.Slot, start: e.Offset, end: e.Offset + uint32(e.Type.Bytes()), typ: e.Type, isEntry: true})
	}
	addr := -1 // operand that is only an address
	switch d.Op.Format() {
	case op.FmtLoad, op.FmtAtomicRmw, op.FmtAtomicCas:
		addr = 0
	case op.FmtStore, op.FmtStoreNoOffset:
		addr = 1
	case op.FmtLoadNoOffset:
		if d.Op != op.Bitcast {
			addr = 0
		}
	}
	for k, v := range f.Args(i) {
		if slot, off, ok := l.slotAddr(v); ok && k != addr {
			l.escape(i, slot)
		} else if ok && d.Op.Has(op.CanStore) {
			l.store(i, d, slot, off+int64(d.Offset()))
		}
	}
	if !d.Op.Has(op.IsBranch) {
		return
	}
	l.calls = f.Branches(i, l.calls[:0])
	for _, c := range l.calls {
		for k := range f.NumCallArgs(c) {
			if v, ok := f.CallArg(c, k).Value(); ok {
				if slot, _, ok := l.slotAddr(v); ok {
					l.escape(i, slot)
				}
			}
		}
	}
}

// slotAddr returns slot and offset of a value that is the result of stack_addr.
func (l *linter) slotAddr(v ir.Value) (slot ir.StackSlot, off int64, ok bool) {
	inst, _, ok := l.f.DefInst(l.f.Resolve(v))
	if !ok {
		return 0, 0, false
	}
	d := l.f.Data(inst)
	return d.Slot(), int64(d.Offset()), d.Op == op.StackAddr && int(d.Slot()) < len(l.f.StackSlots)
}

// escape records that the address of a slot is known elsewhere.
func (l *linter) escape(i ir.Inst, slot ir.StackSlot) {
	l.events = append(l.events, event{inst: i, slot: slot, end: l.f.StackSlots[slot].Size})
}

func (l *linter) store(i ir.Inst, d *ir.InstData, slot ir.StackSlot, off int64) {
	size := int64(storedBytes(d))
	start, end := max(off, 0), min(off+size, int64(l.f.StackSlots[slot].Size))
	if start < end {
		l.events = append(l.events, event{inst: i, slot: slot, start: uint32(start), end: uint32(end)})
	}
}

func storedBytes(d *ir.InstData) int {
	switch d.Op {
	case op.Istore8:
		return 1
	case op.Istore16:
		return 2
	case op.Istore32:
		return 4
	}
	return d.Type.Bytes()
}

// cut makes the pieces and gives each event the numbers of its own.
func (l *linter) cut() {
	for i := range l.events {
		ev := &l.events[i]
		l.pieces = append(l.pieces, piece{ev.slot, ev.start}, piece{ev.slot, ev.end})
	}
	slices.SortFunc(l.pieces, comparePieces)
	l.pieces = slices.Compact(l.pieces)
	for i := range l.events {
		ev := &l.events[i]
		from, _ := slices.BinarySearchFunc(l.pieces, piece{ev.slot, ev.start}, comparePieces)
		to, _ := slices.BinarySearchFunc(l.pieces, piece{ev.slot, ev.end}, comparePieces)
		ev.from, ev.to = uint32(from), uint32(to)
	}
}

func comparePieces(a, b piece) int {
	return cmp.Or(cmp.Compare(a.slot, b.slot), cmp.Compare(a.start, b.start))
}

// mask returns the pieces of an event among the 64 from first on.
func (ev *event) mask(first uint32) uint64 {
	from, to := max(ev.from, first), min(ev.to, first+64)
	if from >= to {
		return 0
	}
	return ^uint64(0) >> (64 - (to - from)) << (from - first)
}

// solve finds which of the 64 pieces from first on are stored where, and marks the entries that are not.
func (l *linter) solve(first uint32) {
	post := l.cfg.PostOrder()
	l.in, l.out = slices.Grow(l.in[:0], len(post))[:len(post)], slices.Grow(l.out[:0], len(post))[:len(post)]
	for k := range post {
		l.in[k] = ^uint64(0)
		l.out[k] = ^uint64(0)
	}
	for changed := true; changed; {
		changed = false
		for k := len(post) - 1; k >= 0; k-- {
			in := l.meet(post[k])
			out := in
			for _, ev := range l.events[l.spans[k][0]:l.spans[k][1]] {
				if !ev.isEntry {
					out |= ev.mask(first)
				}
			}
			changed = changed || out != l.out[k]
			l.in[k], l.out[k] = in, out
		}
	}
	for k := range post {
		stored := l.in[k]
		evs := l.events[l.spans[k][0]:l.spans[k][1]]
		for i := range evs {
			m := evs[i].mask(first)
			if !evs[i].isEntry {
				stored |= m
			} else if m&^stored != 0 {
				evs[i].missing = true
			}
		}
	}
}

// meet returns what all reachable predecessors of b have stored at their ends.
func (l *linter) meet(b ir.Block) uint64 {
	if b == l.cfg.Entry() {
		return 0
	}
	all := ^uint64(0)
	for _, p := range l.cfg.Preds(b) {
		if r, ok := l.cfg.RPO(p.Block); ok {
			all &= l.out[len(l.out)-1-r]
		}
	}
	return all
}
