package check

import (
	"slices"

	"davit/asm"
	"davit/ir"
	"davit/ir/op"
	"davit/regalloc"
	"davit/vcode"
)

// Compiled is a function on its way through the compiler: what the machine level is about. All of it belongs to one
// compilation.
type Compiled struct {
	VF     *vcode.Func
	Descs  []vcode.Desc // of the machine's instructions
	Target *asm.Target
	Code   *asm.Code

	// What only Checker.Machine needs.
	RF  *regalloc.Func
	Res *regalloc.Result
	Env *regalloc.Env
	// See vcode.Lowerer.ValueRegs.
	ValueRegs, HighRegs, Alias []asm.Reg
	// Format appends the text of an instruction over virtual registers.
	Format func(dst []byte, in *asm.Inst) []byte
}

// Faithful forwarding: every call of the function that has a stack map has the same one in the code, at its return
// address, and nothing else has one. It is checked after every compilation, so it must cost next to nothing: a look at
// each machine instruction, and at the entries. Functions without stack maps are done at once.
//
// Nothing is taken over from those who packed and emitted the maps but which CLIF call a packed map is said to be of,
// and that is held against the block and the callee of the machine call. The return addresses of all calls were recorded
// when they were emitted; machine calls in the order of emission have them in ascending order. What ends at a return
// address must be the bytes of a call.

// forwarder is the scratch of Forwarding.
type forwarder struct {
	callsOf []uint32 // per block, plus one: where its calls start in vcode.Func.Calls
	done    []bool   // per instruction: its map was found
	inCode  []bool   // per block: it was lowered
	sorted  []asm.StackMapEntry
	marks   []mark // per byte of the slot area
	number  uint32
	reloc   int      // of Code.Relocs: none before it matters any more
	symbol  []uint32 // per external function: 1 + its symbol, once it was compared
}

// mark says that a map has an entry of a type at a position; the last one, by number.
type mark struct {
	number uint32
	typ    uint16
}

// split finds the calls of each block.
func (w *forwarder) split(vf *vcode.Func) {
	w.callsOf = resized(w.callsOf, len(vf.Blocks)+1)
	k := uint32(0)
	for b := range vf.Blocks {
		w.callsOf[b] = k
		for int(k) < len(vf.Calls) && vf.Calls[k] < vf.Blocks[b].End {
			k++
		}
	}
	w.callsOf[len(vf.Blocks)] = k
}

// Forwarding proves that the stack maps of the code of f are those of f.
func (c *Checker) Forwarding(f *ir.Func, m *Compiled) ErrorList {
	c.f, c.errs = f, nil
	vf, code := m.VF, m.Code
	if !f.HasStackMaps() {
		if n := len(code.StackMaps); n > 0 {
			c.lost(ir.NoInst, "the code has %d stack maps, the function has none", n)
		}
		return c.errs
	}
	w := &c.forward
	w.split(vf)
	w.done, w.inCode = cleared(w.done, f.NumInsts()), cleared(w.inCode, f.NumBlocks())
	w.reloc, w.symbol = 0, cleared(w.symbol, len(f.ExtFuncs))
	call, next := vf.PrologueCalls, 0
	if len(code.Calls) != call+len(vf.Calls) {
		c.lost(ir.NoInst, "the code has %d calls, expected %d", len(code.Calls), call+len(vf.Calls))
		return c.errs
	}
	for _, b := range vf.EmitOrder {
		blk := &vf.Blocks[b]
		if blk.IR != ir.NoBlock {
			w.inCode[blk.IR] = true
		}
		for _, i := range vf.Calls[w.callsOf[b]:w.callsOf[b+1]] {
			ret := code.Calls[call]
			call++
			k := vf.Lists[vf.Insts[i].Imm].Map
			if k == 0 {
				continue
			}
			inst := vf.StackMaps[k-1].Inst
			if next == len(code.StackMaps) || code.StackMaps[next].Offset != ret {
				c.lost(inst, "the code has no stack map at %#x, where %v returns to", ret, inst)
				return c.errs
			}
			c.forwarded(m, blk, inst, &code.StackMaps[next])
			next++
		}
	}
	if next < len(code.StackMaps) {
		c.lost(ir.NoInst, "the code has a stack map at %#x, where no call with one returns to", code.StackMaps[next].Offset)
	}
	c.unforwarded()
	return c.errs
}

func (c *Checker) lost(at ir.Inst, format string, args ...any) {
	e := blank(Machine, NotForwarded)
	e.At, e.Safepoint = at, at
	c.report(e, format, args...)
}

// forwarded compares a stack map of the code, that of a machine call in block blk, with that of inst.
func (c *Checker) forwarded(m *Compiled, blk *vcode.Block, inst ir.Inst, got *asm.StackMap) {
	f, vf, code, ret := c.f, m.VF, m.Code, got.Offset
	entries := f.StackMap(inst)
	switch {
	case int(inst) >= len(c.forward.done) || len(entries) == 0 || c.forward.done[inst]:
		c.lost(inst, "the stack map at %#x is said to be that of %v, which has none left", ret, inst)
		return
	case f.InstBlock(inst) != blk.IR || !c.sameCallee(m, inst, ret):
		c.lost(inst, "the stack map at %#x is that of another call, expected that of %s", ret, c.quote(inst))
		return
	}
	c.forward.done[inst] = true
	if f.Data(inst).Op != op.StackSwitch && !m.Target.EndsCall(code.Bytes, ret) {
		c.lost(inst, "no call ends at %#x, where the stack map is", ret)
	}
	if got.FrameSize != code.FrameSize || got.SlotArea != code.SlotArea {
		c.lost(inst, "the stack map at %#x has frame size %d and slot area %d, the code has %d and %d",
			ret, got.FrameSize, got.SlotArea, code.FrameSize, code.SlotArea)
	}
	if area := (vf.Outgoing + 15) &^ 15; code.SlotArea < vf.Outgoing || code.SlotArea > area {
		c.lost(inst, "the slot area is at %d, expected it right above %d bytes of outgoing arguments", code.SlotArea, vf.Outgoing)
	}
	if len(code.Unwind) > 0 {
		row := code.UnwindAt(ret - 1)
		link := int64(8) // the return address
		if row.FP {
			link += 8
		}
		if int64(row.CFA)-link != int64(code.FrameSize) {
			c.lost(inst, "the frame size is %d, but the frame of the caller is %d bytes above the stack pointer", code.FrameSize, row.CFA)
		}
	}
	c.sameEntries(vf, inst, entries, got)
}

// sameCallee reports whether the call that returns to ret calls what inst calls, as far as relocations tell.
func (c *Checker) sameCallee(m *Compiled, inst ir.Inst, ret uint32) bool {
	d := c.f.Data(inst)
	if !d.Op.Has(op.IsCall) {
		return false
	}
	relocs, w := m.Code.Relocs, &c.forward
	for w.reloc < len(relocs) && relocs[w.reloc].Offset+m.Target.CallField < ret {
		w.reloc++
	}
	direct := w.reloc < len(relocs) && relocs[w.reloc].Offset+m.Target.CallField == ret && relocs[w.reloc].Kind.IsCall()
	if fm := d.Op.Format(); fm != op.FmtCall && fm != op.FmtTryCall {
		return !direct
	}
	if !direct {
		return false
	}
	sym := relocs[w.reloc].Symbol
	known := &w.symbol[d.Func()]
	if *known == 0 && c.f.HasLinkageName(c.f.ExtFuncs[d.Func()].Name, m.Code.Symbols[sym].Name) {
		*known = sym + 1
	}
	return *known == sym+1
}

// maxMarked bounds the slot areas whose bytes are marked, to compare maps without sorting.
const maxMarked = 1 << 16

// sameEntries checks that got has the entries of inst, in terms of the slot area: grouped by type in the order of first
// appearance, ascending, without duplicates.
func (c *Checker) sameEntries(vf *vcode.Func, inst ir.Inst, entries []ir.StackMapEntry, got *asm.StackMap) {
	if !c.forward.same(vf, entries, got.Entries) {
		if want := c.forward.packed(vf, entries); !slices.Equal(want, got.Entries) {
			c.lost(inst, "the stack map at %#x has entries %v, expected %v", got.Offset, got.Entries, want)
		}
	}
}

// maxTypes bounds the types of the entries of a map that are compared without sorting.
const maxTypes = 8

// same is a quick answer if there are few types, and no position has entries of two types: false may mean anything.
func (w *forwarder) same(vf *vcode.Func, entries []ir.StackMapEntry, got []asm.StackMapEntry) bool {
	if vf.SlotBytes > maxMarked || len(entries) != len(got) {
		return false
	}
	if w.number++; len(w.marks) < int(vf.SlotBytes) || w.number == 0 {
		w.marks, w.number = make([]mark, vf.SlotBytes), 1
	}
	var types [maxTypes]uint16
	marks, n := w.marks, 0
	last := int64(-1)
	for i := range got {
		g := &got[i]
		if n == 0 || g.Type != types[n-1] {
			if n == maxTypes || slices.Contains(types[:n], g.Type) {
				return false
			}
			types[n], n, last = g.Type, n+1, -1
		}
		if int64(g.Offset) <= last || g.Offset >= vf.SlotBytes || marks[g.Offset].number == w.number {
			return false
		}
		last = int64(g.Offset)
		marks[g.Offset] = mark{w.number, g.Type}
	}
	if types[0] != uint16(entries[0].Type) {
		return false
	}
	found := 1 // of types, those that entries have so far
	for i := range entries {
		e := &entries[i]
		m := &marks[vf.SlotOffsets[e.Slot]+e.Offset]
		if m.number != w.number || m.typ != uint16(e.Type) {
			return false
		}
		m.number = 0 // twice is once too often
		switch t := uint16(e.Type); {
		case t == types[found-1]:
		case found < n && t == types[found]:
			found++
		case !slices.Contains(types[:found], t):
			return false
		}
	}
	return true
}

// packed returns entries as the code has them.
func (w *forwarder) packed(vf *vcode.Func, entries []ir.StackMapEntry) []asm.StackMapEntry {
	w.sorted = w.sorted[:0]
	for i := range entries {
		e := &entries[i]
		w.sorted = append(w.sorted, asm.StackMapEntry{Type: uint16(e.Type), Offset: vf.SlotOffsets[e.Slot] + e.Offset})
	}
	rank := func(t uint16) int {
		return slices.IndexFunc(entries, func(e ir.StackMapEntry) bool { return uint16(e.Type) == t })
	}
	slices.SortFunc(w.sorted, func(a, b asm.StackMapEntry) int {
		if a.Type != b.Type {
			return rank(a.Type) - rank(b.Type)
		}
		return int(int64(a.Offset) - int64(b.Offset))
	})
	return slices.Compact(w.sorted)
}

// unforwarded reports calls in lowered blocks whose map the code lacks.
func (c *Checker) unforwarded() {
	for inst, entries := range c.f.StackMaps() {
		if b := c.f.InstBlock(inst); len(entries) > 0 && b != ir.NoBlock && c.forward.inCode[b] && !c.forward.done[inst] {
			c.lost(inst, "the code lacks the stack map of %s", c.quote(inst))
		}
	}
}
