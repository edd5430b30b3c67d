package regalloc

// One instruction, seen from below: first its definitions leave their registers, then its uses take registers.
//
// What must hold (see Func): a definition is apart from all other definitions and from Late uses, an Early definition from
// all uses, too. Registers that are clobbered hold nothing over the instruction. Operands that want a register of their own
// are served first: fixed ones, then those that need their register throughout the instruction (definitions with the
// register of a use, Early definitions, Late uses), then the rest. If registers could become scarce (tight), all values are
// evicted from the instruction beforehand, and the definitions too; as the sets that remain are nested, the order finds a
// solution if there is one.

import (
	"fmt"

	"davit/asm"
)

// instState is what is known of the instruction at hand.
type instState struct {
	i         uint32
	lo, hi    uint32 // operands
	clobbers  RegSet
	fixedUses RegSet // registers of fixed uses
	lateUses  RegSet // of those that are Late, fixed or not
	fixedDefs RegSet
	earlyDefs RegSet // registers of Early definitions
	defs      RegSet // registers of all definitions
	whole     RegSet // registers that are taken throughout the instruction
	used      RegSet // registers of uses, and sources of copies
	tight     bool
}

// inst allocates instruction i.
func (s *SinglePass) inst(i uint32) error {
	f := s.f
	in := &s.in
	*in = instState{i: i, lo: f.OperandStart[i], hi: f.OperandStart[i+1]}
	if s.clobber > 0 && f.ClobberInsts[s.clobber-1] == i {
		s.clobber--
		in.clobbers = f.Clobbers[s.clobber]
	}
	special := s.survey()
	if in.tight {
		s.evictAll()
	} else if special || !in.clobbers.Empty() {
		s.evictConflicts()
	}
	if err := s.placeDefs(special); err != nil {
		return err
	}
	if special {
		if err := s.placeSpecialUses(); err != nil {
			return err
		}
	}
	if err := s.placeUses(); err != nil {
		return err
	}
	// An eviction may still have come behind the copies.
	s.res.Edits = append(s.res.Edits, s.before...)
	s.before = s.before[:0]
	return nil
}

// survey fills in what the operands demand. It reports whether some are more than Early uses and Late definitions in any
// register.
func (s *SinglePass) survey() (special bool) {
	f, in := s.f, &s.in
	var free, copied [asm.NumClasses]int // operands that a register must be found for, and that may be copied from another
	outside := false
	for o := in.lo; o < in.hi; o++ {
		op := &f.Operands[o]
		late := op.Pos == Late
		switch {
		case op.Constraint == Fixed && op.Kind == Use:
			special = true
			in.fixedUses.Add(asm.Reg(op.Arg))
			if s.loc[op.VReg] != asm.NoReg {
				copied[f.Class[op.VReg]]++
			}
			if late {
				in.lateUses.Add(asm.Reg(op.Arg))
			}
		case op.Constraint == Fixed || op.Constraint == Reuse:
			special = true
			if r, ok := s.fixedReg(o); ok {
				in.fixedDefs.Add(r)
				if !late {
					in.earlyDefs.Add(r)
				}
			} else {
				free[f.Class[op.VReg]]++
				copied[f.Class[op.VReg]]++
			}
		default:
			if late != (op.Kind == Def) {
				special, outside = true, true
			}
			free[f.Class[op.VReg]]++
		}
	}
	if !special && in.hi-in.lo < spareRegs && !s.few {
		return false
	}
	for c, n := range free {
		taken := in.fixedUses.Union(in.fixedDefs)
		if outside {
			taken = taken.Union(in.clobbers)
		}
		if n > 0 && n+copied[c] >= s.allowed[c].Minus(taken).count() {
			in.tight = true
		}
	}
	return special
}

// fixedReg is the register that definition o must have, directly or as it reuses an operand that must.
func (s *SinglePass) fixedReg(o uint32) (asm.Reg, bool) {
	op := &s.f.Operands[o]
	if op.Constraint == Reuse {
		op = &s.f.Operands[s.in.lo+uint32(op.Arg)]
	}
	return asm.Reg(op.Arg), op.Constraint == Fixed
}

// reused is the use whose register definition o has, if it is not fixed.
func (s *SinglePass) reused(o uint32) (use uint32, ok bool) {
	op := &s.f.Operands[o]
	if op.Constraint != Reuse {
		return 0, false
	}
	use = s.in.lo + uint32(op.Arg)
	return use, s.f.Operands[use].Constraint != Fixed
}

// defines is the operand that defines v.
func (s *SinglePass) defines(v uint32) (o uint32, ok bool) {
	for o := s.in.lo; o < s.in.hi; o++ {
		if op := &s.f.Operands[o]; op.VReg == v && op.Kind == Def {
			return o, true
		}
	}
	return 0, false
}

// usesIn reports whether v is used in the fixed register r.
func (s *SinglePass) usesIn(v uint32, r asm.Reg) bool {
	for o := s.in.lo; o < s.in.hi; o++ {
		if op := &s.f.Operands[o]; op.VReg == v && op.Kind == Use && op.Constraint == Fixed && asm.Reg(op.Arg) == r {
			return true
		}
	}
	return false
}

// evictAll evicts all values; a value that is defined here is loaded where it was from its slot.
func (s *SinglePass) evictAll() {
	for set := s.held; !set.Empty(); {
		r := first(set)
		set.Remove(r)
		s.evict(r, false)
	}
}

// evictConflicts evicts the values from registers that the instruction demands or destroys.
func (s *SinglePass) evictConflicts() {
	f, in := s.f, &s.in
	for set := s.held.Intersect(in.clobbers.Union(in.fixedUses).Union(in.fixedDefs)); !set.Empty(); {
		r := first(set)
		set.Remove(r)
		o, ok := s.defines(s.content[r])
		if !ok {
			if in.clobbers.Has(r) || in.fixedDefs.Has(r) || !s.usesIn(s.content[r], r) {
				s.evict(r, true)
			}
			continue
		}
		// A definition stays where it is unless others are there with it.
		fixed, isFixed := s.fixedReg(o)
		_, takes := s.reused(o)
		early := f.Operands[o].Pos == Early || takes
		switch {
		case isFixed:
			if r != fixed && (in.fixedDefs.Has(r) || in.lateUses.Has(r)) {
				s.evict(r, true)
			}
		case in.fixedDefs.Has(r) || in.lateUses.Has(r) || early && (in.fixedUses.Has(r) || in.clobbers.Has(r)):
			s.evict(r, true)
		}
	}
}

// evict takes its value from register r: it is moved back there behind the instruction, from another register if one is
// free and may be used, or else from where it is without a register.
func (s *SinglePass) evict(r asm.Reg, move bool) {
	in := &s.in
	v := s.content[r]
	s.release(v)
	if move && (!s.stored(v) || s.env.CalleeSaved.Minus(s.saved).Minus(s.held).count() > 0) && !s.isRemat(v) {
		avoid := in.clobbers.Union(in.fixedUses).Union(in.fixedDefs).Union(in.used).Union(in.defs).Union(in.whole)
		avoid.Add(r)
		if q := s.pick(s.f.Class[v], avoid); q != asm.NoReg {
			s.hold(v, q)
			s.touched[q] = s.touched[r]
			s.edit(After(int(in.i)), v, RegAlloc(q), RegAlloc(r))
			return
		}
	}
	s.edit(After(int(in.i)), v, s.source(v), RegAlloc(r))
}

// placeDefs gives the definitions and Late uses in any register their places, and frees the registers of the former.
func (s *SinglePass) placeDefs(special bool) error {
	f, in := s.f, &s.in
	for o := in.lo; o < in.hi; o++ {
		if a := s.res.Allocs[o]; a.IsReg() { // a terminator whose successors have been asked already
			in.defs.Add(a.Reg())
		}
	}
	for phase := range 2 { // first those that need their register throughout
		if phase == 1 && special {
			if err := s.placeLateUses(); err != nil {
				return err
			}
		}
		for o := in.lo; o < in.hi; o++ {
			op := &f.Operands[o]
			if op.Kind != Def {
				continue
			}
			if s.throughout(o) != (phase == 0) {
				continue
			}
			if err := s.placeDef(o, phase == 0); err != nil {
				return err
			}
		}
	}
	for o := in.lo; o < in.hi; o++ {
		if op := &f.Operands[o]; op.Kind == Def {
			s.release(op.VReg)
		}
	}
	return nil
}

// throughout reports whether definition o, in any register, needs it throughout the instruction.
func (s *SinglePass) throughout(o uint32) bool {
	if _, fixed := s.fixedReg(o); fixed {
		return false
	}
	_, takes := s.reused(o)
	return takes || s.f.Operands[o].Pos == Early
}

// avoidFor are the registers that a definition in any register must avoid.
func (s *SinglePass) avoidFor(throughout bool) RegSet {
	in := &s.in
	avoid := in.fixedDefs.Union(in.lateUses).Union(in.defs)
	if throughout {
		avoid = avoid.Union(in.fixedUses).Union(in.clobbers)
	}
	return avoid
}

// placeDef gives definition o its place, and moves the value from there to where it is below.
func (s *SinglePass) placeDef(o uint32, throughout bool) error {
	f, in := s.f, &s.in
	op := &f.Operands[o]
	v := op.VReg
	have := s.loc[v]
	r, fixed := s.fixedReg(o)
	switch {
	case s.res.Allocs[o].IsReg():
		r = s.res.Allocs[o].Reg()
		in.defs.Remove(r)
	case s.res.Allocs[o].IsSlot():
		return nil
	case fixed:
	case have != asm.NoReg:
		r = have
	case op.Constraint == RegOrMem && !s.isRemat(v) && (in.tight || s.stored(v)):
		s.res.Allocs[o] = s.source(v)
		return nil
	default:
		avoid := s.avoidFor(throughout)
		if r = s.pick(f.Class[v], avoid); r == asm.NoReg {
			if r = s.clear(f.Class[v], avoid); r == asm.NoReg {
				return s.noRegister(in.i, o)
			}
		}
		s.hold(v, r)
	}
	if fixed && in.defs.Has(r) {
		return s.conflict(o, r)
	}
	s.res.Allocs[o] = RegAlloc(r)
	in.defs.Add(r)
	if op.Pos == Early {
		in.earlyDefs.Add(r)
	}
	if throughout {
		in.whole.Add(r)
	}
	if int(in.i)+1 == int(f.BlockStart[s.blockOf[v]]) {
		return nil // a terminator: the successors store
	}
	if have != asm.NoReg && have != r {
		s.edit(After(int(in.i)), v, RegAlloc(r), RegAlloc(have))
	}
	if s.stored(v) {
		s.edit(After(int(in.i)), v, RegAlloc(r), s.slotOf(v))
	}
	return nil
}

// conflict is the error that operand o must be in register r, which is taken.
func (s *SinglePass) conflict(o uint32, r asm.Reg) error {
	return fmt.Errorf("instruction %d: operand %d (v%d) must be in %s, which another operand must have at the same time",
		s.in.i, o-s.in.lo, s.f.Operands[o].VReg, s.env.Name(r))
}

// clear evicts the value that was used the longest way down from a register that is not in avoid. It returns the register,
// or NoReg.
func (s *SinglePass) clear(class asm.RegClass, avoid RegSet) asm.Reg {
	in := &s.in
	can := s.allowed[class].Intersect(s.held).Minus(avoid).Minus(in.used).Minus(in.whole).Minus(in.defs)
	best := asm.NoReg
	for set := can; !set.Empty(); {
		r := first(set)
		set.Remove(r)
		if best == asm.NoReg || s.touched[r] > s.touched[best] {
			best = r
		}
	}
	if best != asm.NoReg {
		s.evict(best, false)
	}
	return best
}

// use gives use o register r. Where the value is kept in r from here upward, loc is r; else it is copied there.
func (s *SinglePass) use(o uint32, r asm.Reg) {
	in := &s.in
	op := &s.f.Operands[o]
	v := op.VReg
	s.res.Allocs[o] = RegAlloc(r)
	in.used.Add(r)
	if op.Pos == Late {
		in.lateUses.Add(r)
		in.whole.Add(r)
	}
	s.touched[r] = in.i
	have := s.loc[v]
	switch {
	case have == r:
	case have != asm.NoReg:
		in.used.Add(have)
		s.before = append(s.before, Edit{Before(int(in.i)), v, RegAlloc(have), RegAlloc(r)})
	case s.allowed[s.f.Class[v]].Has(r) && !s.held.Has(r):
		s.hold(v, r)
	default:
		s.before = append(s.before, Edit{Before(int(in.i)), v, s.source(v), RegAlloc(r)})
	}
}

// placeLateUses serves Late uses in any register, which must not be where a definition or an Early value is.
func (s *SinglePass) placeLateUses() error {
	f, in := s.f, &s.in
	for o := in.lo; o < in.hi; o++ {
		op := &f.Operands[o]
		if op.Kind != Use || op.Pos != Late || op.Constraint == Fixed || s.inMemory(o) {
			continue
		}
		avoid := in.clobbers.Union(in.fixedUses).Union(in.fixedDefs).Union(in.defs).Union(in.earlyDefs).Union(in.whole)
		r := s.loc[op.VReg]
		if r == asm.NoReg || avoid.Has(r) && !in.lateUses.Has(r) {
			if r = s.pick(f.Class[op.VReg], avoid); r == asm.NoReg {
				r = s.clear(f.Class[op.VReg], avoid)
			}
		}
		if r == asm.NoReg {
			return s.noRegister(in.i, o)
		}
		s.use(o, r)
	}
	return nil
}

// placeSpecialUses serves the uses that are fixed or reused.
func (s *SinglePass) placeSpecialUses() error {
	f, in := s.f, &s.in
	for o := in.lo; o < in.hi; o++ {
		op := &f.Operands[o]
		if op.Kind == Use && op.Constraint == Fixed {
			r := asm.Reg(op.Arg)
			if s.held.Has(r) && s.content[r] != op.VReg || in.earlyDefs.Has(r) || op.Pos == Late && in.clobbers.Union(in.defs).Has(r) {
				return s.conflict(o, r)
			}
			s.use(o, r)
		}
	}
	for o := in.lo; o < in.hi; o++ {
		if u, ok := s.reused(o); ok {
			s.use(u, s.res.Allocs[o].Reg())
		}
	}
	return nil
}

// inMemory gives use o the slot of its value if it may be there and is in no register.
func (s *SinglePass) inMemory(o uint32) bool {
	in := &s.in
	op := &s.f.Operands[o]
	v := op.VReg
	if op.Constraint != RegOrMem || s.loc[v] != asm.NoReg || s.isRemat(v) || s.flags[v]&inSlot == 0 && !in.tight {
		return false
	}
	s.res.Allocs[o] = s.source(v)
	return true
}

// placeUses serves the remaining uses.
func (s *SinglePass) placeUses() error {
	f, in := s.f, &s.in
	for o := in.lo; o < in.hi; o++ {
		op := &f.Operands[o]
		if op.Kind != Use || s.res.Allocs[o] != 0 {
			continue
		}
		v := op.VReg
		if r := s.loc[v]; r != asm.NoReg {
			s.use(o, r)
			continue
		}
		if s.inMemory(o) {
			continue
		}
		avoid := in.fixedUses.Union(in.earlyDefs).Union(in.whole).Union(in.lateUses)
		r := s.hint(v, avoid)
		if r == asm.NoReg {
			r = s.pick(f.Class[v], avoid)
		}
		if r == asm.NoReg && op.Constraint == RegOrMem && !s.isRemat(v) {
			s.res.Allocs[o] = s.source(v)
			continue
		}
		if r == asm.NoReg {
			r = s.clear(f.Class[v], avoid)
		}
		if r == asm.NoReg {
			return s.noRegister(in.i, o)
		}
		s.use(o, r)
	}
	return nil
}

// hint is the register where v, a parameter, arrives, or that of the definition that a copy makes, if it can be had.
func (s *SinglePass) hint(v uint32, avoid RegSet) asm.Reg {
	in := &s.in
	r := asm.NoReg
	switch {
	case s.flags[v]&hasAgreed != 0 && s.agreed[v].IsReg():
		r = s.agreed[v].Reg()
	case s.f.Flags[in.i]&IsMove != 0 && s.res.Allocs[in.lo].IsReg():
		r = s.res.Allocs[in.lo].Reg()
	}
	if r == asm.NoReg || s.held.Has(r) || avoid.Has(r) || !s.allowed[s.f.Class[v]].Has(r) {
		return asm.NoReg
	}
	return r
}
