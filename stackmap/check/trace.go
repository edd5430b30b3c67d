package check

import (
	"fmt"
	"sort"

	"davit/asm"
	"davit/ir"
	"davit/regalloc"
	"davit/vcode"
)

// judgePlace reports what an operand, or an entry of a stack map, found.
func (c *Checker) judgePlace(b *badPlace) {
	s := &c.mach
	in := &s.VF.Insts[b.inst]
	text := fmt.Sprintf("machine instruction %d `%s`", b.inst, s.Format(nil, in))
	e := blank(Machine, StaleValue)
	e.Place = s.placeName(b.place)
	point, path := c.traceBack(b)
	e.Safepoint, e.Path = point, path
	if b.isEntry {
		e.At = ir.Inst(s.VF.Lists[in.Imm].Inst - 1)
		e.Kind, e.Slot = StaleSlot, b.entry
		if point == ir.NoInst {
			e.Kind, e.Path = NotStored, nil
			c.report(e, "%s has `%v` in its stack map, where nothing was stored on some path", text, b.entry)
			return
		}
		c.report(e, "%s has `%v` in its stack map, which may hold a reference from before %s", text, b.entry, c.quote(point))
		return
	}
	e.Value = c.valueIn(b.vreg)
	what := fmt.Sprintf("%%v%d", b.vreg)
	if e.Value != ir.NoValue {
		what += fmt.Sprintf(" (%v)", e.Value)
	}
	if point == ir.NoInst {
		c.report(e, "%s %s %s as %s, which a call has destroyed", text, b.what, e.Place, what)
		return
	}
	c.report(e, "%s %s %s as %s, which may hold a reference, or an address computed from one, from before %s",
		text, b.what, e.Place, what, c.quote(point))
}

// placeName returns the name of a place.
func (s *machine) placeName(p int) string {
	switch {
	case p >= s.piece0:
		return fmt.Sprintf("slot area+%d", s.pieces[p-s.piece0].start)
	case p >= s.slot0:
		return fmt.Sprintf("spill slot %d", p-s.slot0)
	}
	for r, k := range s.regs {
		if int(k) == p {
			return s.Env.Name(asm.Reg(r))
		}
	}
	return "?"
}

// valueIn returns a value that a virtual register holds, or NoValue.
func (c *Checker) valueIn(v uint32) ir.Value {
	for _, regs := range [2][]asm.Reg{c.mach.ValueRegs, c.mach.HighRegs} {
		for x, r := range regs {
			if r == asm.NoReg {
				continue
			}
			if i, ok := c.mach.vreg(r); ok && i == int(v) {
				return ir.Value(x)
			}
		}
	}
	return ir.NoValue
}

// spot is a place just before an instruction, or at the end of a block, on the way back.
type spot struct {
	block, inst uint32
	place       int
	from        int // spot that led here, or -1
}

// traceBack follows what a place holds back to the first safepoint, through copies and computations, and returns it with
// the CLIF blocks on the way.
func (c *Checker) traceBack(b *badPlace) (ir.Inst, []ir.Block) {
	s := &c.mach
	spots := []spot{{b.block, b.inst, b.place, -1}}
	type key struct {
		block uint32
		place int
	}
	seen := map[key]bool{}
	for n := 0; n < len(spots); n++ {
		point, more, place := c.walkBack(spots[n])
		if point != ir.NoInst {
			return point, c.spotPath(spots, n)
		}
		for _, x := range more {
			x.from = n
			spots = append(spots, x)
		}
		if place < 0 {
			continue
		}
		blk := &s.VF.Blocks[spots[n].block]
		for _, p := range s.VF.Preds[blk.PredStart:blk.PredEnd] {
			if !seen[key{p, place}] {
				seen[key{p, place}] = true
				spots = append(spots, spot{p, s.VF.Blocks[p].End, place, n})
			}
		}
	}
	return ir.NoInst, nil
}

// walkBack goes from a spot to the start of its block. It returns the first safepoint; or the spots of the same block from
// which what the place holds was computed; or the place where it is at the start of the block, else -1.
func (c *Checker) walkBack(x spot) (point ir.Inst, more []spot, place int) {
	s := &c.mach
	blk := &s.VF.Blocks[x.block]
	for i := x.inst; ; i-- {
		if i < blk.End && !s.undo(regalloc.Before(int(i)), &x.place) {
			return ir.NoInst, nil, -1
		}
		if i == blk.Start {
			return ir.NoInst, nil, x.place
		}
		if !s.undo(regalloc.After(int(i)-1), &x.place) {
			return ir.NoInst, nil, -1
		}
		if point, more, done := c.stepBack(i-1, x); done {
			return point, more, -1
		}
	}
}

// undo goes back over the edits at a point; it reports false if the place is made anew there.
func (s *machine) undo(p regalloc.Point, place *int) bool {
	edits := s.Res.Edits
	k := sort.Search(len(edits), func(k int) bool { return edits[k].Point > p })
	for ; k > 0 && edits[k-1].Point == p; k-- {
		e := &edits[k-1]
		if s.place(e.To) != *place {
			continue
		}
		if e.From.IsRemat() {
			return false
		}
		*place = s.place(e.From)
	}
	return true
}

// stepBack goes back over instruction i. done says that the place is written there, or that it is a safepoint.
func (c *Checker) stepBack(i uint32, x spot) (point ir.Inst, more []spot, done bool) {
	s := &c.mach
	in := &s.VF.Insts[i]
	d := &s.Descs[vcode.DescIndex(in.Op)]
	lo, hi := s.RF.OperandStart[i], s.RF.OperandStart[i+1]
	defines := false
	for o := lo; o < hi; o++ {
		defines = defines || s.RF.Operands[o].Kind == regalloc.Def && s.place(s.Res.Allocs[o]) == x.place
	}
	if d.List {
		li := &s.VF.Lists[in.Imm]
		if defines {
			return ir.NoInst, nil, true
		}
		if d.Call && li.Inst != 0 && c.isPoint(ir.Inst(li.Inst-1)) {
			return ir.Inst(li.Inst - 1), nil, true
		}
		return ir.NoInst, nil, false
	}
	slot := in.Mem == asm.MemSlot && in.Base == asm.NoReg && in.Index == asm.NoReg
	if slot && d.Mem&vcode.MemWrites != 0 && x.place >= s.piece0 && s.pieceAt(uint32(in.Disp)) == x.place-s.piece0 {
		defines = true
	}
	if !defines {
		return ir.NoInst, nil, false
	}
	for o := lo; o < hi; o++ {
		if s.RF.Operands[o].Kind == regalloc.Use {
			more = append(more, spot{x.block, i, s.place(s.Res.Allocs[o]), 0})
		}
	}
	if slot && d.Mem&vcode.MemReads != 0 {
		if k := s.pieceAt(uint32(in.Disp)); k < len(s.pieces) {
			more = append(more, spot{x.block, i, s.piece0 + k, 0})
		}
	}
	return ir.NoInst, more, true
}

// spotPath returns the CLIF blocks from spot n to the first.
func (c *Checker) spotPath(spots []spot, n int) (path []ir.Block) {
	for ; n >= 0; n = spots[n].from {
		b := c.mach.VF.Blocks[spots[n].block].IR
		if b != ir.NoBlock && (len(path) == 0 || path[len(path)-1] != b) {
			path = append(path, b)
		}
	}
	return path
}
