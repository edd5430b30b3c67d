package vcode

import (
	"fmt"

	"davit/asm"
	"davit/regalloc"
)

// Emitter holds the state of emission: it puts the allocation into the instructions, inserts the moves, and hands them
// to the target in the order of EmitOrder.
//
// A stack map goes into the buffer right after the bytes of its call, found by the call's own List. A map whose call
// was not emitted, or was emitted twice, is an error.
type Emitter struct {
	F    *Func
	RF   *regalloc.Func
	Res  *regalloc.Result
	Buf  *asm.Buffer
	T    Target
	Used regalloc.RegSet // registers that the function does not leave alone
	// FrameSize and SlotArea are set by the target's BeginEmit; see asm.Code.
	FrameSize, SlotArea uint32
	FramePointer        bool

	descs  []Desc
	edit   int      // next edit in Res.Edits, while walking in program order
	edits  []uint32 // per block: its first edit
	mapped []bool   // per stack map: recorded
	first  uint32   // first instruction of the block that is being emitted
	next   uint32   // block that is emitted next, or noBlock
	at     int      // place in EmitOrder of the block that is being emitted

	twin, firstTwin, nextTwin, before, goesTo []uint32 // see twins.go

	places                    []int32 // per spill slot: where it is; empty if all are in their places
	slotUses, slotOrder, free []uint32
	trace                     *Trace
	err                       error

	candidate asm.Inst    // what Target.Redundant looks at
	scratch   [8]asm.Inst // instructions on their way to the target, by depth of nesting
	depth     int
}

// Trace records the final instructions for listings. Positions are labels of the buffer.
type Trace struct {
	Insts []TracedInst
}

// TracedInst is a final instruction, or (Block >= 0) the start of a block.
type TracedInst struct {
	In     asm.Inst
	Label  asm.Label
	Branch uint32 // 1 + number of the first branch of the buffer that it became
	Jumps  uint32 // how many branches of the buffer it became
	Block  int32
}

// Err returns the first error.
func (e *Emitter) Err() error { return e.err }

// Fail records an error; the first one counts.
func (e *Emitter) Fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// NextBlock returns the block that is emitted after the one under way.
func (e *Emitter) NextBlock() (uint32, bool) { return e.next, e.next != noBlock }

// Emit writes the code of vf with the given allocation into buf, which must have been reset for it. trace may be nil.
func (e *Emitter) Emit(t Target, vf *Func, rf *regalloc.Func, res *regalloc.Result, buf *asm.Buffer, trace *Trace) error {
	*e = Emitter{
		F: vf, RF: rf, Res: res, Buf: buf, T: t, descs: t.Descs(), edits: e.edits[:0], mapped: zeroed(e.mapped, len(vf.StackMaps)), trace: trace,
		twin: e.twin, firstTwin: e.firstTwin, nextTwin: e.nextTwin, before: e.before, goesTo: e.goesTo,
		places: e.places[:0], slotUses: e.slotUses, slotOrder: e.slotOrder, free: e.free,
	}
	e.findUsed()
	if err := t.BeginEmit(e); err != nil {
		return err
	}
	buf.SetFrame(e.FrameSize, e.SlotArea, e.FramePointer)
	buf.SetSymbols(vf.Symbols)
	k := 0
	for i := range vf.Blocks {
		for k < len(res.Edits) && res.Edits[k].Point < regalloc.Before(int(vf.Blocks[i].Start)) {
			k++
		}
		e.edits = append(e.edits, uint32(k))
	}
	e.findTwins()
	t.EmitPrologue(e)
	vf.PrologueCalls = buf.NumCalls()
	for i, b := range vf.EmitOrder {
		e.next = noBlock
		if i+1 < len(vf.EmitOrder) {
			e.next = vf.EmitOrder[i+1]
		}
		e.at = i
		e.emitBlock(int(b))
		if e.err != nil {
			return e.err
		}
	}
	for i, ok := range e.mapped {
		if !ok {
			return fmt.Errorf("the stack map of %v was not emitted with a call", vf.StackMaps[i].Inst)
		}
	}
	return nil
}

// findUsed collects the registers that instructions and moves write, or that callees do not preserve: the callee of a
// try_call preserves none.
func (e *Emitter) findUsed() {
	for _, c := range e.RF.Clobbers {
		e.Used = e.Used.Union(c)
	}
	// The first instruction defines the parameters, in registers that the caller has written.
	own := int(e.RF.OperandStart[1])
	for i, a := range e.Res.Allocs[own:] {
		if a.IsReg() && e.RF.Operands[own+i].Kind == regalloc.Def {
			e.Used.Add(a.Reg())
		}
	}
	for i := range e.Res.Edits {
		if a := e.Res.Edits[i].To; a.IsReg() {
			e.Used.Add(a.Reg())
		}
	}
}

func (e *Emitter) emitBlock(b int) {
	vf := e.F
	blk := &vf.Blocks[b]
	e.Buf.Bind(asm.Label(b))
	if uint32(blk.IR) != noBlock {
		e.Buf.MarkBlock(uint32(blk.IR))
	}
	if e.trace != nil {
		e.trace.Insts = append(e.trace.Insts, TracedInst{Block: int32(b), Label: e.mark()})
	}
	if e.twin[b] != uint32(b) {
		e.emitTwin(uint32(b))
		return
	}
	e.edit, e.first = int(e.edits[b]), blk.Start
	loc := uint32(0)
	for i := blk.Start; i < blk.End && e.err == nil; i++ {
		if len(vf.SrcLocs) > 0 && vf.SrcLocs[i] != loc {
			loc = vf.SrcLocs[i]
			e.Buf.SetLoc(loc - 1)
		}
		e.moves(regalloc.Before(int(i)))
		in := vf.Insts[i]
		if !e.apply(int(i), &in) {
			e.Out(&in)
		}
		e.moves(regalloc.After(int(i)))
	}
	if !e.fallsOn(uint32(b)) {
		e.Buf.PlaceTraps()
	}
}

func (e *Emitter) mark() asm.Label {
	l := e.Buf.NewLabel()
	e.Buf.Bind(l)
	return l
}

// Out emits an instruction with physical registers, and records it for the listing. The target may call Out in turn for
// the parts of a pseudo-instruction.
func (e *Emitter) Out(given *asm.Inst) {
	in := &e.scratch[e.depth]
	*in = *given
	e.depth++
	if e.trace == nil {
		e.T.EmitInst(e, in)
		e.depth--
		return
	}
	n, branches := len(e.trace.Insts), e.Buf.NumBranches()
	e.trace.Insts = append(e.trace.Insts, TracedInst{Label: e.mark(), Block: -1})
	e.T.EmitInst(e, in)
	t := &e.trace.Insts[n]
	t.In = *in
	if len(e.trace.Insts) == n+1 && e.Buf.NumBranches() > branches {
		t.Branch, t.Jumps = uint32(branches)+1, uint32(e.Buf.NumBranches()-branches)
	}
	e.depth--
}

// NoList as the Imm of an instruction that emission makes up says that it has no List.
const NoList = -1

// AfterCall records what belongs to the return address of the call that was just emitted.
func (e *Emitter) AfterCall(li *List) {
	e.Buf.AddCall()
	if li.Map != 0 {
		if e.mapped[li.Map-1] {
			e.Fail(fmt.Errorf("the stack map of %v was emitted twice", e.F.StackMaps[li.Map-1].Inst))
		}
		e.mapped[li.Map-1] = true
		e.Buf.AddStackMap(e.F.StackMaps[li.Map-1].Entries)
	}
	if li.Tags != 0 {
		e.Buf.AddDebugTags(true, e.F.DebugTags[li.Tags-1].Tags)
	}
	if li.ExTable != 0 {
		rows := make([]asm.Handler, 0, len(e.F.ExTables[li.ExTable-1].Items))
		for _, it := range e.F.ExTables[li.ExTable-1].Items {
			h := asm.Handler{Kind: it.Kind, Tag: it.Tag, Target: it.Block}
			if it.Kind == asm.HandlerContext {
				h.Context, h.Target = asm.MemSlot, e.SlotArea+it.Slot
			}
			rows = append(rows, h)
		}
		e.Buf.AddCallSite(rows)
	}
}

// moves emits the edits at point p.
func (e *Emitter) moves(p regalloc.Point) {
	for e.edit < len(e.Res.Edits) && e.Res.Edits[e.edit].Point == p {
		ed := &e.Res.Edits[e.edit]
		e.edit++
		if ed.From.IsRemat() {
			in := e.F.Insts[e.F.Remat[ed.From.RematVReg()]-1]
			in.R[0] = ed.To.Reg()
			e.Out(&in)
			continue
		}
		e.T.EmitMove(e, e.F.Class[ed.VReg], e.F.Width[ed.VReg], e.placed(ed.From), e.placed(ed.To))
	}
}

// apply puts the allocation of instruction i into in. It reports whether the instruction falls away.
func (e *Emitter) apply(i int, in *asm.Inst) (drop bool) {
	d := &e.descs[DescIndex(in.Op)]
	if e.assign(i, in, d) {
		return true
	}
	if d.MayDrop {
		e.candidate = *in
		return e.T.Redundant(e, i, &e.candidate)
	}
	return false
}

// assign puts the allocation of instruction i into in. It reports whether that is a copy of a register to itself.
func (e *Emitter) assign(i int, in *asm.Inst, d *Desc) (drop bool) {
	allocs := e.Res.Allocs[e.RF.OperandStart[i]:e.RF.OperandStart[i+1]]
	k := 0
	for j := range int(d.N) {
		if !in.Reg(j).IsVirtual() {
			continue
		}
		a := allocs[k]
		k++
		if a.IsReg() {
			in.SetReg(j, a.Reg())
			continue
		}
		in.SetReg(j, asm.NoReg)
		in.Mem, in.Disp = asm.MemSpill, int32(e.placed(a).Slot())
		in.Base, in.Index = asm.NoReg, asm.NoReg
	}
	if e.RF.Flags[i]&regalloc.IsMove != 0 && in.Mem == asm.MemNone && in.R[0] == in.R[1] {
		return true
	}
	if in.Base.IsVirtual() {
		in.Base = allocs[k].Reg()
		k++
	}
	if in.Index.IsVirtual() {
		in.Index = allocs[k].Reg()
	}
	return false
}

// Before returns, with registers, the instruction that comes before instruction i in its block, if none but moves to
// other places than r come between.
func (e *Emitter) Before(i int, r asm.Reg) (in asm.Inst, ok bool) {
	k := e.edit
	for j := i - 1; j >= int(e.first); j-- {
		for ; k > 0 && e.Res.Edits[k-1].Point >= regalloc.After(j); k-- {
			if ed := &e.Res.Edits[k-1]; ed.From.IsRemat() || ed.To.IsReg() && ed.To.Reg() == r {
				return in, false
			}
		}
		in = e.F.Insts[j]
		if !e.assign(j, &in, &e.descs[DescIndex(in.Op)]) {
			return in, true
		}
	}
	return in, false
}

// Places returns the places of the operands of the List of instruction i: uses, then definitions.
func (e *Emitter) Places(i int) []regalloc.Alloc {
	li := &e.F.Lists[e.F.Insts[i].Imm]
	end := e.RF.OperandStart[i+1]
	return e.Res.Allocs[end-li.NUses-li.NDefs : end]
}
