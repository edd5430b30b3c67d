package regalloc

// Edges between blocks. A block is entered with the values in registers that its predecessor hands over (exits) and its
// parameters where it was agreed; all other values are in their slots.

import (
	"fmt"

	"davit/asm"
)

// block allocates block b.
func (s *SinglePass) block(b uint32) error {
	f := s.f
	for k := s.exitStart[b]; k != 0; k = s.exits[k-1].next {
		s.hold(s.exits[k-1].vreg, s.exits[k-1].reg)
		s.touched[s.exits[k-1].reg] = f.BlockStart[b+1]
	}
	s.done[b] = true
	if !s.behind[b] && f.SuccStart[b+1] > f.SuccStart[b] {
		s.passArgs(b, f.SuccStart[b])
	}
	for i := f.BlockStart[b+1]; i > f.BlockStart[b]; i-- {
		if err := s.inst(i - 1); err != nil {
			return err
		}
	}
	if b == 0 {
		if !s.held.Empty() {
			return fmt.Errorf("v%d is used but not defined", s.content[first(s.held)])
		}
		return nil
	}
	s.enter(b)
	for set := s.held; !set.Empty(); {
		r := first(set)
		set.Remove(r)
		s.loc[s.content[r]] = asm.NoReg
	}
	s.held = RegSet{}
	for size := range s.local {
		s.free[size] = append(s.free[size], s.local[size]...)
		s.local[size] = s.local[size][:0]
	}
	return nil
}

// agreedRegs are the registers in which parameters of block b arrive, as far as that is agreed upon.
func (s *SinglePass) agreedRegs(b uint32) RegSet {
	var set RegSet
	f := s.f
	for _, p := range f.Params[f.ParamStart[b]:f.ParamStart[b+1]] {
		if s.flags[p]&hasAgreed != 0 && s.agreed[p].IsReg() {
			set.Add(s.agreed[p].Reg())
		}
	}
	return set
}

// agree says that parameter p arrives in register want, if that is a register and there are some to spare, or else in its
// slot.
func (s *SinglePass) agree(p uint32, want asm.Reg, inRegs RegSet) {
	s.flags[p] |= hasAgreed
	class := s.f.Class[p]
	if want != asm.NoReg && s.allowed[class].Intersect(inRegs).count()+spareRegs < s.numRegs[class] {
		s.agreed[p] = RegAlloc(want)
		return
	}
	s.agreed[p] = s.slotOf(p)
}

// passArgs puts the arguments of edge e, the only one out of block b, where the parameters arrive, before the terminator,
// which has no operands.
func (s *SinglePass) passArgs(b, e uint32) {
	f := s.f
	to := f.Succs[e]
	params := f.Params[f.ParamStart[to]:f.ParamStart[to+1]]
	if len(params) == 0 {
		return
	}
	args := f.Args[f.ArgStart[e]:f.ArgStart[e+1]]
	at := Before(int(f.BlockStart[b+1] - 1))
	inRegs := s.agreedRegs(to)
	for k, p := range params {
		if s.flags[p]&hasAgreed == 0 {
			s.agree(p, s.pick(f.Class[p], inRegs), inRegs)
		}
		if !s.agreed[p].IsReg() {
			continue
		}
		r := s.agreed[p].Reg()
		inRegs.Add(r)
		x := args[k]
		s.touched[r] = f.BlockStart[b+1]
		switch have := s.loc[x]; {
		case have == asm.NoReg && s.allowed[f.Class[x]].Has(r):
			s.hold(x, r)
		case have != r:
			s.edit(at, x, RegAlloc(have), RegAlloc(r))
		}
	}
	// What arrives in slots is written from registers where possible. Before that, slots are copied.
	s.copies = s.copies[:0]
	for k, p := range params {
		place := s.agreed[p]
		if !place.IsSlot() {
			continue
		}
		x := args[k]
		if s.loc[x] == asm.NoReg && s.flags[x]&inSlot == 0 && s.allowed[f.Class[x]].Minus(s.held).Minus(inRegs).count() > 1 {
			s.hold(x, s.pick(f.Class[x], inRegs))
			s.touched[s.loc[x]] = f.BlockStart[b+1]
		}
		if r := s.loc[x]; r != asm.NoReg {
			s.edit(at, x, RegAlloc(r), place)
		} else {
			s.copies = append(s.copies, slotCopy{x, s.source(x), place})
		}
	}
	s.copySlots(at, s.held.Union(inRegs))
}

// enter brings the values to where block b, which has been walked, wants them: what its predecessor does not hand over is
// loaded. Before that the parameters are stored, and before that what the terminator of the predecessor defined.
func (s *SinglePass) enter(b uint32) {
	f := s.f
	at := Before(int(f.BlockStart[b]))
	pred := noBlock
	if f.PredStart[b+1]-f.PredStart[b] == 1 {
		pred = f.Preds[f.PredStart[b]]
	}
	s.copies = s.copies[:0]
	params := f.Params[f.ParamStart[b]:f.ParamStart[b+1]]
	if pred != noBlock && s.behind[pred] {
		s.takeArgs(b, pred, at)
	} else if len(params) > 0 {
		s.receive(b, params, at)
	}
	for set := s.held; !set.Empty(); {
		r := first(set)
		set.Remove(r)
		if v := s.content[r]; s.blockOf[v] != b+1 && !s.handOver(pred, b, r, v) {
			s.edit(at, v, s.source(v), RegAlloc(r))
		}
	}
	if len(params) > 0 && !(pred != noBlock && s.behind[pred]) {
		s.store(b, params, at)
	}
	if len(s.copies) > 0 {
		s.copySlots(at, s.exitRegs(pred))
	}
	if pred != noBlock {
		s.storeDefs(pred, at)
	}
}

// receive agrees upon the places of parameters of block b and loads those that arrive in slots and are wanted in registers.
func (s *SinglePass) receive(b uint32, params []uint32, at Point) {
	inRegs := s.agreedRegs(b)
	for _, p := range params {
		r := s.loc[p]
		if s.flags[p]&hasAgreed == 0 {
			if r == asm.NoReg && !s.stored(p) {
				s.flags[p] |= hasAgreed
				s.agreed[p] = 0 // nobody reads it
				continue
			}
			s.agree(p, r, inRegs)
			if s.agreed[p].IsReg() {
				inRegs.Add(r)
			}
		}
		if r != asm.NoReg && s.agreed[p] != RegAlloc(r) {
			s.edit(at, p, s.source(p), RegAlloc(r))
		}
	}
}

// store stores the parameters of block b that arrive in registers and need their slots.
func (s *SinglePass) store(b uint32, params []uint32, at Point) {
	for _, p := range params {
		if s.stored(p) && s.agreed[p].IsReg() {
			s.edit(at, p, s.agreed[p], s.slotOf(p))
		}
	}
}

// takeArgs passes the arguments of the edge from pred to b at the start of b.
func (s *SinglePass) takeArgs(b, pred uint32, at Point) {
	f := s.f
	e := f.SuccStart[pred]
	if f.SuccStart[pred+1]-e > 1 {
		e = s.edgeIn[b]
	}
	for k, p := range f.Params[f.ParamStart[b]:f.ParamStart[b+1]] {
		x := f.Args[f.ArgStart[e]+uint32(k)]
		if r := s.loc[p]; r != asm.NoReg && !s.handOver(pred, b, r, x) {
			s.edit(at, x, s.source(x), RegAlloc(r))
		}
		if s.stored(p) {
			s.copies = append(s.copies, slotCopy{x, s.source(x), s.slotOf(p)})
		}
	}
}

// exitRegs are the registers in which block b hands values over.
func (s *SinglePass) exitRegs(b uint32) RegSet {
	var set RegSet
	if b != noBlock {
		for k := s.exitStart[b]; k != 0; k = s.exits[k-1].next {
			set.Add(s.exits[k-1].reg)
		}
	}
	return set
}

// handOver lets block pred, the only predecessor of b, have v in register r at its end, if that can be.
func (s *SinglePass) handOver(pred, b uint32, r asm.Reg, v uint32) bool {
	if pred == noBlock || !s.handsOver[pred] || s.done[pred] {
		return false
	}
	class := s.f.Class[v]
	n := 0
	for k := s.exitStart[pred]; k != 0; k = s.exits[k-1].next {
		x := &s.exits[k-1]
		if x.reg == r || x.vreg == v {
			return x.reg == r && x.vreg == v
		}
		if s.f.Class[x.vreg] == class {
			n++
		}
	}
	if !s.behind[pred] {
		n += s.allowed[class].Intersect(s.agreedRegs(b)).count()
	}
	if n+spareRegs >= s.numRegs[class] || s.f.Freq != nil && s.f.Freq[pred] > s.f.Freq[b] {
		return false // it would be loaded there for the sake of a place that is rarer
	}
	s.exits = append(s.exits, exit{r, v, s.exitStart[pred]})
	s.exitStart[pred] = uint32(len(s.exits))
	return true
}

// storeDefs stores what the terminator of pred defines.
func (s *SinglePass) storeDefs(pred uint32, at Point) {
	f := s.f
	last := f.BlockStart[pred+1] - 1
	for o := f.OperandStart[last]; o < f.OperandStart[last+1]; o++ {
		if f.Operands[o].Kind != Def {
			continue
		}
		if s.res.Allocs[o] == 0 {
			s.decideDefs(last)
		}
		if v := f.Operands[o].VReg; s.res.Allocs[o].IsReg() && s.stored(v) {
			s.edit(at, v, s.res.Allocs[o], s.slotOf(v))
		}
	}
}

// decideDefs gives the definitions of a terminator that the walk has not come to their places.
func (s *SinglePass) decideDefs(i uint32) {
	f, in := s.f, &s.in
	*in = instState{i: i, lo: f.OperandStart[i], hi: f.OperandStart[i+1]}
	if k := s.clobber; k > 0 {
		n := searchFrom(f.ClobberInsts[:k], i)
		if n < k && f.ClobberInsts[n] == i {
			in.clobbers = f.Clobbers[n]
		}
	}
	held, saved := s.held, s.saved
	s.held = RegSet{}
	s.survey()
	s.decide(true)
	for o := in.lo; o < in.hi; o++ { // Late uses need registers, too
		op := &f.Operands[o]
		if op.Kind == Use && op.Pos == Late && (op.Constraint == AnyReg || op.Constraint == RegOrMem && s.isRemat(op.VReg)) {
			in.lateUses.Add(s.pick(f.Class[op.VReg], in.defs.Union(in.lateUses).Union(in.fixedUses).Union(in.fixedDefs).Union(in.clobbers)))
		}
	}
	s.decide(false)
	s.held, s.saved = held, saved.Intersect(s.saved)
}

// decide decides about the definitions that need their register throughout the instruction, or about the others.
func (s *SinglePass) decide(throughout bool) {
	f, in := s.f, &s.in
	for o := in.lo; o < in.hi; o++ {
		op := &f.Operands[o]
		if op.Kind != Def || throughout != s.throughout(o) {
			continue
		}
		if op.Constraint == RegOrMem && s.stored(op.VReg) {
			s.res.Allocs[o] = s.slotOf(op.VReg)
			continue
		}
		r, fixed := s.fixedReg(o)
		if !fixed {
			r = s.pick(f.Class[op.VReg], s.avoidFor(throughout))
		}
		if r != asm.NoReg { // else the error comes when the walk is there
			s.res.Allocs[o] = RegAlloc(r)
			in.defs.Add(r)
		}
	}
}

// slotCopy is a copy from slot to slot, or of a value that is made again.
type slotCopy struct {
	vreg     uint32
	from, to Alloc
}

// copySlots carries out s.copies as if at the same time, through registers that are not in avoid. A copy is ready once
// nothing pending reads its destination; what is never ready forms cycles, which are opened by an extra slot.
func (s *SinglePass) copySlots(at Point, avoid RegSet) {
	if len(s.copies) == 0 {
		return
	}
	n := s.slots + 4 // an extra slot may come
	for len(s.readers) < n {
		s.readers, s.writer = append(s.readers, 0), append(s.writer, 0)
	}
	for k := range s.copies {
		c := &s.copies[k]
		if c.from.IsSlot() {
			s.readers[c.from.Slot()]++
		}
		s.writer[c.to.Slot()] = uint32(k) + 1
	}
	s.seq, s.ready = s.seq[:0], s.ready[:0]
	for k := range s.copies {
		if s.readers[s.copies[k].to.Slot()] == 0 {
			s.ready = append(s.ready, uint32(k))
		}
	}
	s.drainCopies()
	for k := range s.copies {
		c := &s.copies[k]
		if s.writer[c.to.Slot()] != uint32(k)+1 {
			continue
		}
		// The cycle is opened where c reads.
		temp := s.tempSlot(s.f.SlotSize[c.vreg])
		s.seq = append(s.seq, slotCopy{c.vreg, c.from, temp})
		from := c.from.Slot()
		c.from = temp
		s.readers[temp.Slot()]++
		if s.readers[from]--; s.readers[from] == 0 && s.writer[from] != 0 {
			s.ready = append(s.ready, s.writer[from]-1)
		}
		s.drainCopies()
	}
	for k := len(s.seq) - 1; k >= 0; k-- {
		c := &s.seq[k]
		r := RegAlloc(first(s.allowed[s.f.Class[c.vreg]].Minus(avoid).Minus(s.saved)))
		if r == 0 {
			r = RegAlloc(first(s.allowed[s.f.Class[c.vreg]].Minus(avoid)))
			s.saved.Remove(r.Reg())
		}
		s.edit(at, c.vreg, r, c.to)
		s.edit(at, c.vreg, c.from, r)
	}
}

// drainCopies carries out ready copies until none is left.
func (s *SinglePass) drainCopies() {
	for h := 0; h < len(s.ready); h++ {
		c := &s.copies[s.ready[h]]
		s.seq = append(s.seq, *c)
		s.writer[c.to.Slot()] = 0
		if !c.from.IsSlot() {
			continue
		}
		from := c.from.Slot()
		if s.readers[from]--; s.readers[from] == 0 && s.writer[from] != 0 {
			s.ready = append(s.ready, s.writer[from]-1)
		}
	}
	s.ready = s.ready[:0]
}

// tempSlot is the extra slot of a size.
func (s *SinglePass) tempSlot(size uint8) Alloc {
	if s.temps[size] == 0 {
		s.temps[size] = SlotAlloc(s.newSlot(size))
	}
	return s.temps[size]
}
