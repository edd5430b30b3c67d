package regalloc

// Problem: know, per physical register, at which positions instructions claim or destroy it.
//
// Idea: a fixed operand reserves its register at its instruction for one virtual register; ranges of that virtual
// register may overlap the reservation, others may not. Calls clobber few different sets of registers, so the positions
// are kept once per set, and a register knows its sets.
//
// Cost: O(fixed operands + clobbering instructions); a look-up is a walk from the scan, then a binary search.

import (
	"fmt"
	"sort"

	"davit/asm"
)

// reservation claims a register over [from, to) for one virtual register.
type reservation struct {
	from, to pos
	vreg     uint32
}

// clobberSet is a set of registers and the instructions that destroy it, ascending.
type clobberSet struct {
	regs  RegSet
	insts []uint32
	at    int // first instruction not behind the scan
	first pos // scratch: where the piece at hand meets the set first
}

// reserve fills in the reservations and the clobber sets.
func (a *Allocator) reserve() error {
	f := a.f
	for r := range a.fixed {
		a.fixed[r] = a.fixed[r][:0]
		a.fixedAt[r] = 0
		a.regClobs[r] = a.regClobs[r][:0]
	}
	for i := range f.NumInsts() {
		for o := f.OperandStart[i]; o < f.OperandStart[i+1]; o++ {
			if c := f.Operands[o].Constraint; c != Fixed && c != Reuse {
				continue
			}
			if r, ok := a.fixedReg(uint32(i), o); ok {
				if err := a.reserveOperand(uint32(i), o, r); err != nil {
					return err
				}
			}
		}
	}
	return a.reserveClobbers()
}

// fixedReg is the register that operand o of instruction i must have, directly or as it reuses an operand that must.
func (a *Allocator) fixedReg(i, o uint32) (asm.Reg, bool) {
	op := &a.f.Operands[o]
	if op.Constraint == Reuse {
		op = &a.f.Operands[a.f.OperandStart[i]+uint32(op.Arg)]
	}
	return asm.Reg(op.Arg), op.Constraint == Fixed
}

// reserveOperand adds the reservation of register r for operand o of instruction i. Those of one register stay sorted
// and disjoint.
func (a *Allocator) reserveOperand(i, o uint32, r asm.Reg) error {
	op := &a.f.Operands[o]
	n := reservation{vreg: op.VReg}
	n.from, n.to = operandSpan(i, op)
	list := a.fixed[r&127]
	k := len(list)
	for k > 0 && list[k-1].to > n.from {
		k--
		if e := list[k]; e.from < n.to {
			if e.vreg != n.vreg {
				return a.fixedConflict(i, o, r, e.vreg)
			}
			list[k].from, list[k].to = min(e.from, n.from), max(e.to, n.to)
			return nil
		}
	}
	list = append(list, reservation{})
	copy(list[k+1:], list[k:])
	list[k] = n
	a.fixed[r&127] = list
	return nil
}

// operandSpan is the span of positions that an operand of instruction i occupies at least.
func operandSpan(i uint32, op *Operand) (from, to pos) {
	switch {
	case op.Kind == Use && op.Pos == Early:
		return 4 * i, 4*i + clobberPos
	case op.Kind == Use:
		return 4 * i, 4*i + 4
	case op.Pos == Early:
		return 4*i + earlyPos, 4*i + 4
	}
	return 4*i + latePos, 4*i + 4
}

func (a *Allocator) fixedConflict(i, o uint32, r asm.Reg, other uint32) error {
	return fmt.Errorf("instruction %d: operand %d (v%d) must be in %s, which must hold v%d at the same time",
		i, o-a.f.OperandStart[i], a.f.Operands[o].VReg, a.env.Name(r), other)
}

// reserveClobbers sorts the clobbering instructions by their sets.
func (a *Allocator) reserveClobbers() error {
	f := a.f
	a.numClobs = 0
	last := 0
	for k, i := range f.ClobberInsts {
		regs := f.Clobbers[k]
		if last >= a.numClobs || a.clobbers[last].regs != regs {
			last = a.clobberSetOf(regs)
		}
		set := &a.clobbers[last]
		set.insts = append(set.insts, i)
		for o := f.OperandStart[i]; o < f.OperandStart[i+1]; o++ {
			op := &f.Operands[o]
			if op.Constraint == Fixed && op.Kind == Use && op.Pos == Late && regs.Has(asm.Reg(op.Arg)) {
				return fmt.Errorf("instruction %d: operand %d (v%d) is read late in %s, which the instruction clobbers",
					i, o-f.OperandStart[i], op.VReg, a.env.Name(asm.Reg(op.Arg)))
			}
		}
	}
	return nil
}

// clobberSetOf finds or adds the set of regs.
func (a *Allocator) clobberSetOf(regs RegSet) int {
	for k := range a.numClobs {
		if a.clobbers[k].regs == regs {
			return k
		}
	}
	k := a.numClobs
	a.numClobs++
	if k == len(a.clobbers) {
		a.clobbers = append(a.clobbers, clobberSet{})
	}
	set := &a.clobbers[k]
	set.regs, set.insts, set.at = regs, set.insts[:0], 0
	for r := range asm.Reg(128) {
		if regs.Has(r) {
			a.regClobs[r] = append(a.regClobs[r], uint16(k))
		}
	}
	return k
}

// findClobbers computes, per clobber set, where piece p meets it first.
func (a *Allocator) findClobbers(p *piece) {
	for k := range a.numClobs {
		set := &a.clobbers[k]
		set.first = maxPos
		for set.at < len(set.insts) && 4*set.insts[set.at]+4 <= a.here {
			set.at++
		}
		list := set.insts[set.at:]
		for r := p.first; r != 0 && len(list) > 0; r = a.ranges[r].next {
			rg := &a.ranges[r]
			// The first instruction i with from < 4i+3; it is met if 4i+2 < to.
			lo := (rg.from + 1) / 4
			list = list[searchFrom(list, lo):]
			if len(list) > 0 && 4*list[0]+clobberPos < rg.to {
				set.first = max(4*list[0]+clobberPos, rg.from)
				break
			}
		}
	}
}

// searchFrom is the index of the first element of the ascending list that is not below x, by galloping.
func searchFrom(list []uint32, x uint32) int {
	hi := 1
	for hi < len(list) && list[hi-1] < x {
		hi *= 2
	}
	lo := hi / 2
	if hi == 1 {
		lo = 0
	}
	hi = min(hi, len(list))
	for lo < hi {
		mid := (lo + hi) / 2
		if list[mid] < x {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// fixedUntil is the first position at which a reservation or clobber keeps piece p out of register r.
// findClobbers must have run for p.
func (a *Allocator) fixedUntil(r asm.Reg, p *piece) pos {
	until := maxPos
	for _, k := range a.regClobs[r] {
		until = min(until, a.clobbers[k].first)
	}
	list := a.fixed[r]
	at := a.fixedAt[r]
	for at < len(list) && list[at].to <= a.here {
		at++
	}
	a.fixedAt[r] = at
	if at == len(list) {
		return until
	}
	c := p.first
	for at < len(list) && c != 0 {
		e, rg := &list[at], &a.ranges[c]
		switch {
		case e.from >= until || rg.from >= until:
			return until
		case e.to <= rg.from:
			at++
			if at+8 < len(list) && list[at+7].to <= rg.from {
				at += sort.Search(len(list)-at, func(k int) bool { return list[at+k].to > rg.from })
			}
		case rg.to <= e.from:
			c = rg.next
		case e.vreg == rg.vreg:
			if e.to < rg.to {
				at++
			} else {
				c = rg.next
			}
		default:
			return max(e.from, rg.from)
		}
	}
	return until
}
