package vcode

import (
	"fmt"
	"slices"
	"strings"

	"davit/asm"
	"davit/ir"
	"davit/ir/op"
)

// Lowering of CLIF to machine instructions.
//
// Idea: walk blocks and instructions backward. A pure instruction whose results nobody has asked for by then is dead,
// or was merged into its users, and is passed over. A value gets a virtual register when a user first asks for it; the
// instruction that defines it later hands over the register that holds it, and the two become one (union by alias).
//
// Merging. A load may move down into its only user if no instruction with an effect on memory or control lies between.
// Instructions with effects, loads that may trap included, are numbered ("colored") in program order; going backward, the
// scan color is the color in force before the instruction being lowered. A load with color c may sink when the scan color
// is c+1, which then becomes c. A load that cannot trap may pass everything that does not write to memory: it has the
// color of the memory it reads, one for each stretch of a block between writes. Values that are used more than once, or
// feed such a value through pure instructions, are not merged through those instructions into others: they would be done
// twice. But an instruction that is lowered itself is done once, however often its result is used, and may take in a load
// that only it uses.
//
// Constants and other values that are cheap to make again are made at each use, ahead of the machine instructions of
// the user, so that they never disturb flags set there.
//
// Invariants: L1 each virtual register has one definition after aliases are resolved. L2 the machine instructions of one
// CLIF instruction stand together. L3 a CLIF call with a stack map has exactly one machine safepoint among them.
//
// Source: the scheme of backward selection with side-effect colors is that of Cranelift's lowering, described in
// "A New Backend for Cranelift, Part 2" (C. Fallin, 2021).

// Lowerer holds the state of lowering one function, and its scratch.
type Lowerer struct {
	F  *ir.Func
	VF *Func
	T  Target
	// Extended are the operands of uextend instructions to more than 32 bits, one per instruction.
	Extended []ir.Value

	descs   []Desc
	order   blockOrder
	uses    []useCount // per value
	color   []colors   // per instruction
	sunk    []bool     // per instruction: merged into its user
	valReg  []asm.Reg  // per value: register, or NoReg until somebody asks
	valHi   []asm.Reg  // per value: second register of an i128
	alias   []asm.Reg  // per virtual register: the register it is the same as, or NoReg
	scan    colors     // current scan colors
	inst    ir.Inst    // the instruction being lowered
	work    []ir.Value // scratch of countUses
	narrow  []asm.Reg  // see Narrow
	group   []uint32   // scratch of matchWidths: per virtual register, another one of its group
	pre     []asm.Inst // constants of the instruction being lowered
	cur     []asm.Inst // its machine instructions
	targets []uint32
	block   int // number of the block being lowered
	tries   map[ir.Inst]*TryRegs
	symbols map[asm.Symbol]uint32 // places of all but the first few of VF.Symbols
	err     error
}

// colors places an instruction among the effects of its function.
type colors struct {
	effect uint32 // number of the effect; 0 for an instruction without
	memory uint32 // number of writes before it; 0 for an instruction without effect that is no load
}

type useCount uint8

const (
	usedNever  useCount = iota
	usedOnce            // by an instruction that is done once
	usedByMany          // once, by an instruction whose own result is used many times
	usedMany
)

// Lower lowers f for target t into vf, whose memory is reused.
func (l *Lowerer) Lower(f *ir.Func, t Target, vf *Func) error {
	l.F, l.T, l.VF, l.err = f, t, vf, nil
	l.descs = t.Descs()
	vf.reset(f)
	if f.Entry() == ir.NoBlock {
		return fmt.Errorf("function %v has no blocks", f.Name)
	}
	if err := layoutSlots(f, vf); err != nil {
		return err
	}
	l.order.run(f)
	l.order.buildBlocks(f, vf)
	l.countUses()
	l.colorInsts()
	n := f.NumValues()
	l.valReg = zeroed(l.valReg, n)
	l.valHi = l.valHi[:0]
	l.narrow = l.narrow[:0]
	l.pre, l.cur = l.pre[:0], l.cur[:0]
	clear(l.tries)
	l.makeRoom()
	t.BeginLower(l)
	for i := len(vf.Blocks) - 1; i >= 0 && l.err == nil; i-- {
		l.lowerBlock(i)
	}
	if l.err != nil {
		return l.err
	}
	l.finish()
	return nil
}

// makeRoom gives the large tables the room that a function like F usually needs, as to grow step by step takes several
// times as much memory.
func (l *Lowerer) makeRoom() {
	f, vf := l.F, l.VF
	params, args := 0, 0
	for _, nd := range l.order.order {
		if nd.edge >= 0 {
			args += f.NumCallArgs(l.order.succsOf(nd.b)[nd.edge])
			continue
		}
		params += len(f.Params(nd.b))
		if ss := l.order.succsOf(nd.b); len(ss) == 1 {
			args += f.NumCallArgs(ss[0])
		}
	}
	vregs := f.NumValues() + f.NumInsts()/8
	vf.Insts = emptied(vf.Insts, f.NumInsts()+len(l.order.order))
	vf.Params, vf.Args = emptied(vf.Params, params), emptied(vf.Args, args)
	vf.Class, vf.Width, l.alias = emptied(vf.Class, vregs), emptied(vf.Width, vregs), emptied(l.alias, vregs)
}

// Err returns the first error of the lowering under way.
func (l *Lowerer) Err() error { return l.err }

// Fail makes the lowering end with an error, the first of which counts.
func (l *Lowerer) Fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

// Unsupported fails because the target has nothing for inst.
func (l *Lowerer) Unsupported(inst ir.Inst) {
	d := l.F.Data(inst)
	t := d.Type
	if t == op.Invalid {
		if as := l.F.Args(inst); len(as) > 0 {
			t = l.F.ValueType(as[0])
		}
	}
	l.Fail(&Unsupported{ISA: l.T.Name(), What: d.Op.String(), Type: t, Text: strings.TrimSpace(l.F.InstString(inst))})
}

func (vf *Func) reset(f *ir.Func) {
	*vf = Func{
		IR: f, Name: f.Name.Linkage(),
		Insts: vf.Insts[:0], SrcLocs: vf.SrcLocs[:0], Blocks: vf.Blocks[:0], Succs: vf.Succs[:0], Preds: vf.Preds[:0],
		Params: vf.Params[:0], Args: vf.Args[:0], EmitOrder: vf.EmitOrder[:0], Calls: vf.Calls[:0], Lists: vf.Lists[:0], Pairs: vf.Pairs[:0],
		Class: vf.Class[:0], Units: vf.Units[:0], Width: vf.Width[:0], Remat: vf.Remat[:0], SlotOffsets: vf.SlotOffsets[:0],
		Tables: vf.Tables[:0], ExTables: vf.ExTables[:0], StackMaps: vf.StackMaps[:0],
	}
}

// maxFrame bounds what the slots of a frame may take in total.
const maxFrame = 1<<31 - 1<<16

// layoutSlots places the explicit stack slots one after the other, each aligned to a word or more, and checks that the
// area stays below what a displacement can reach.
func layoutSlots(f *ir.Func, vf *Func) error {
	at, maxAlign := uint64(0), uint64(8)
	for i := range f.StackSlots {
		s := &f.StackSlots[i]
		align := max(uint64(8), 1<<s.AlignLog2)
		if align > 16 {
			return fmt.Errorf("%v wants an alignment of %d bytes; the stack has 16", ir.StackSlot(i), align)
		}
		maxAlign = max(maxAlign, align)
		at = (at + align - 1) &^ (align - 1)
		vf.SlotOffsets = append(vf.SlotOffsets, uint32(at))
		at += uint64(s.Size)
		if at > maxFrame {
			return fmt.Errorf("the stack slots of %v take more than %d bytes", f.Name, uint64(maxFrame))
		}
	}
	vf.SlotBytes = uint32((at + maxAlign - 1) &^ (maxAlign - 1))
	return nil
}

// countUses computes how often each value is used by reachable instructions.
func (l *Lowerer) countUses() {
	f := l.F
	l.uses = zeroed(l.uses, f.NumValues())
	l.Extended = l.Extended[:0]
	for _, nd := range l.order.order {
		if nd.edge >= 0 {
			continue
		}
		for i := f.FirstInst(nd.b); i != ir.NoInst; i = f.NextInst(i) {
			for _, v := range f.Args(i) {
				l.use(v)
			}
			if d := f.Data(i); d.Op == op.Uextend && d.Type.Bits() > 32 {
				l.Extended = append(l.Extended, d.X[0])
			}
		}
		for _, c := range l.order.succsOf(nd.b) {
			for k := range f.NumCallArgs(c) {
				if v, ok := f.CallArg(c, k).Value(); ok {
					l.use(v)
				}
			}
		}
		if d := f.Data(f.LastInst(nd.b)); d.Op == op.TryCall || d.Op == op.TryCallIndirect {
			for _, it := range f.ExTables[d.ExTable()].Items {
				if it.Kind == ir.ExContext {
					l.use(it.Context)
				}
			}
		}
	}
}

func (l *Lowerer) use(v ir.Value) {
	v = l.F.Resolve(v)
	if l.uses[v] != usedNever {
		l.useMany(v)
		return
	}
	l.uses[v] = usedOnce
}

// useMany marks v as used many times, and what it is computed from as used by that.
func (l *Lowerer) useMany(v ir.Value) {
	known := l.uses[v] != usedOnce
	l.uses[v] = usedMany
	if known {
		return // so is what it is computed from
	}
	l.work = append(l.work[:0], v)
	for len(l.work) > 0 {
		v := l.work[len(l.work)-1]
		l.work = l.work[:len(l.work)-1]
		if l.uses[v] == usedOnce {
			l.uses[v] = usedByMany
		}
		inst, _, ok := l.F.DefInst(v)
		if !ok || l.hasEffect(inst) && !l.F.Data(inst).Op.Has(op.CanLoad) {
			continue
		}
		for _, a := range l.F.Args(inst) {
			if a = l.F.Resolve(a); l.uses[a] == usedOnce {
				l.work = append(l.work, a)
			}
		}
	}
}

// hasEffect reports whether inst must stay even if nobody uses its results.
func (l *Lowerer) hasEffect(inst ir.Inst) bool {
	o := l.F.Data(inst).Op
	if o.Has(op.IsCall | op.CanTrap | op.SideEffects | op.CanStore | op.IsTerminator) {
		return true
	}
	return o.Has(op.CanLoad) && !l.F.Mem(inst).NoTrap()
}

// colorInsts gives each instruction with an effect, and each load, its colors.
func (l *Lowerer) colorInsts() {
	f := l.F
	l.color = zeroed(l.color, f.NumInsts())
	l.sunk = zeroed(l.sunk, f.NumInsts())
	c := colors{1, 1}
	for _, nd := range l.order.order {
		if nd.edge >= 0 {
			continue
		}
		c.effect++
		c.memory++
		for i := f.FirstInst(nd.b); i != ir.NoInst; i = f.NextInst(i) {
			switch o := f.Data(i).Op; {
			case l.hasEffect(i):
				l.color[i] = c
				c.effect++
				if o.Has(op.IsCall | op.SideEffects | op.CanStore) {
					c.memory++
				}
			case o.Has(op.CanLoad):
				l.color[i].memory = c.memory
			}
		}
	}
}

// lowerBlock lowers block number n of the order.
func (l *Lowerer) lowerBlock(n int) {
	vf, nd := l.VF, l.order.order[n]
	blk := &vf.Blocks[n]
	l.block = n
	blk.End = uint32(len(l.VF.Insts)) // counted from the end; turned around by finish
	if nd.edge >= 0 {
		l.lowerEdge(n, l.order.succsOf(nd.b)[nd.edge])
		blk.Start = uint32(len(l.VF.Insts))
		return
	}
	f := l.F
	term := f.LastInst(nd.b)
	l.scan = l.color[term]
	l.lowerTerm(n, term)
	l.flush(term)
	for i := f.PrevInst(term); i != ir.NoInst && l.err == nil; i = f.PrevInst(i) {
		if l.sunk[i] {
			continue
		}
		if c := l.color[i]; c.effect != 0 {
			l.scan = c
		}
		if l.hasEffect(i) || l.wanted(i) {
			l.inst = i
			l.T.LowerInst(l, i)
			l.attachMap(i)
			l.flush(i)
		}
	}
	if n == 0 {
		l.T.LowerEntry(l)
		l.flush(ir.NoInst)
	} else {
		l.blockParams(blk, nd.b)
	}
	blk.Start = uint32(len(l.VF.Insts))
}

// lowerTerm lowers the terminator of block n and the arguments of its only edge.
func (l *Lowerer) lowerTerm(n int, term ir.Inst) {
	succs := l.order.succsOf(l.order.order[n].b)
	if len(succs) == 1 && l.F.Data(term).Op == op.Jump {
		l.edgeArgs(&l.VF.Blocks[n], succs[0])
	}
	l.targets = l.order.targetsOf(l.VF, n, l.targets[:0])
	l.inst = term
	l.T.LowerTerm(l, term, l.targets)
	l.attachMap(term)
}

// lowerEdge lowers a block that splits an edge.
func (l *Lowerer) lowerEdge(n int, c ir.BlockCall) {
	l.edgeArgs(&l.VF.Blocks[n], c)
	l.T.LowerJump(l, l.VF.Succs[l.VF.Blocks[n].SuccStart])
	l.flush(ir.NoInst)
}

// edgeArgs records the registers that block blk passes along its only edge.
func (l *Lowerer) edgeArgs(blk *Block, c ir.BlockCall) {
	to := l.F.CallBlock(c)
	params := l.F.Params(to)
	start := uint32(len(l.VF.Args))
	for i, p := range params {
		if l.uses[p] == usedNever {
			continue
		}
		a := l.F.CallArg(c, i)
		if v, ok := a.Value(); ok {
			r := l.Reg(v)
			l.VF.Args = append(l.VF.Args, r)
			if l.F.ValueType(p) == op.I128 {
				l.VF.Args = append(l.VF.Args, l.RegHi(v))
			}
			continue
		}
		l.VF.Args = l.appendPlaceholder(l.VF.Args, a)
	}
	blk.ArgStart, blk.ArgEnd = start, uint32(len(l.VF.Args))
}

// blockParams records the registers of the parameters of a block other than the entry.
func (l *Lowerer) blockParams(blk *Block, b ir.Block) {
	start := uint32(len(l.VF.Params))
	for _, p := range l.F.Params(b) {
		if l.uses[p] == usedNever {
			continue
		}
		l.VF.Params = append(l.VF.Params, l.own(p))
		if l.F.ValueType(p) == op.I128 {
			l.VF.Params = append(l.VF.Params, l.ownHi(p))
		}
	}
	blk.ParamStart, blk.ParamEnd = start, uint32(len(l.VF.Params))
}

// flush moves the machine instructions of one CLIF instruction to the function, last first.
func (l *Lowerer) flush(inst ir.Inst) {
	for _, part := range [2][]asm.Inst{l.cur, l.pre} {
		for i := len(part) - 1; i >= 0; i-- {
			l.VF.Insts = append(l.VF.Insts, part[i])
		}
	}
	if l.F.HasSrcLocs() {
		loc := uint32(0)
		if inst != ir.NoInst {
			if s, ok := l.F.SrcLoc(inst); ok {
				loc = s + 1
			}
		}
		for len(l.VF.SrcLocs) < len(l.VF.Insts) {
			l.VF.SrcLocs = append(l.VF.SrcLocs, loc)
		}
	}
	l.cur, l.pre = l.cur[:0], l.pre[:0]
}

// attachMap notes which machine call inst became, and gives it the stack map of inst.
func (l *Lowerer) attachMap(inst ir.Inst) {
	if !l.F.Data(inst).Op.IsSafepoint() || l.err != nil {
		return
	}
	entries := l.F.StackMap(inst)
	found := -1
	for i := range l.cur {
		if !l.descs[DescIndex(l.cur[i].Op)].Call {
			continue
		}
		if found >= 0 && len(entries) > 0 {
			l.Fail(fmt.Errorf("%s has a stack map but became several machine calls", strings.TrimSpace(l.F.InstString(inst))))
			return
		}
		found = i
	}
	if found >= 0 {
		l.VF.Lists[l.cur[found].Imm].Inst = uint32(inst) + 1
	}
	if len(entries) == 0 {
		return
	}
	if found < 0 {
		l.Fail(fmt.Errorf("%s has a stack map but became no machine call", strings.TrimSpace(l.F.InstString(inst))))
		return
	}
	m, err := packMap(l.F, l.VF, inst, entries)
	if err != nil {
		l.Fail(err)
		return
	}
	l.VF.StackMaps = append(l.VF.StackMaps, m)
	l.VF.Lists[l.cur[found].Imm].Map = uint32(len(l.VF.StackMaps))
}

// packMap turns the entries of a call into offsets from the start of the slot area: grouped by type in order of first
// appearance, ascending within a type, without duplicates.
func packMap(f *ir.Func, vf *Func, inst ir.Inst, entries []ir.StackMapEntry) (StackMap, error) {
	var buf [8]op.Type
	types := buf[:0]
	m := StackMap{Inst: inst}
	start := len(vf.entries)
	for _, e := range entries {
		if int(e.Slot) >= len(f.StackSlots) || uint64(e.Offset)+uint64(e.Type.Bytes()) > uint64(f.StackSlots[e.Slot].Size) {
			return m, fmt.Errorf("stack map entry %v lies outside of the stack slots", e)
		}
		if !slices.Contains(types, e.Type) {
			types = append(types, e.Type)
		}
		vf.entries = append(vf.entries, asm.StackMapEntry{Type: uint16(e.Type), Offset: vf.SlotOffsets[e.Slot] + e.Offset})
	}
	m.Entries = vf.entries[start:]
	slices.SortFunc(m.Entries, func(a, b asm.StackMapEntry) int {
		if a.Type != b.Type {
			return slices.Index(types, op.Type(a.Type)) - slices.Index(types, op.Type(b.Type))
		}
		return int(int64(a.Offset) - int64(b.Offset))
	})
	m.Entries = slices.Clip(slices.Compact(m.Entries))
	vf.entries = vf.entries[:start+len(m.Entries)]
	return m, nil
}

// finish turns the instructions around and resolves aliases.
func (l *Lowerer) finish() {
	vf := l.VF
	n := uint32(len(l.VF.Insts))
	slices.Reverse(vf.Insts)
	slices.Reverse(vf.SrcLocs)
	for i := range vf.Blocks {
		b := &vf.Blocks[i]
		b.Start, b.End = n-b.Start, n-b.End
	}
	for i := range vf.Insts {
		in := &vf.Insts[i]
		d := &l.descs[DescIndex(in.Op)]
		if d.Call {
			vf.Calls = append(vf.Calls, uint32(i))
		}
		for k := range int(d.N) {
			in.SetReg(k, l.resolve(in.Reg(k)))
		}
		in.Base, in.Index = l.resolve(in.Base), l.resolve(in.Index)
	}
	for v := range vf.Width { // all aliases are direct from here on
		if r := l.resolve(asm.VReg(v)); r.IsVirtual() {
			vf.Width[r.VIndex()] = max(vf.Width[r.VIndex()], vf.Width[v])
		}
	}
	for _, r := range l.narrow {
		if r = l.resolve(r); r.IsVirtual() {
			vf.Width[r.VIndex()] = 4
		}
	}
	for i := range vf.Pairs {
		vf.Pairs[i].V = l.resolve(vf.Pairs[i].V)
	}
	for i := range vf.Args {
		vf.Args[i] = l.resolve(vf.Args[i])
	}
	l.matchWidths()
	vf.Units = emptied(vf.Units, len(vf.Width))
	for _, w := range vf.Width {
		vf.Units = append(vf.Units, max(1, w/8))
	}
}
