package check

import (
	"fmt"

	"davit/asm"
	"davit/regalloc"
)

// structure checks what needs no flow: that places exist and obey constraints, and the rules of edits.
func (c *checker) structure() error {
	f, r := c.f, c.r
	if len(r.Allocs) != len(f.Operands) {
		return fmt.Errorf("%d places for %d operands", len(r.Allocs), len(f.Operands))
	}
	for cl := range c.allowed {
		for _, r := range c.env.Order[cl] {
			c.allowed[cl].Add(r)
		}
	}
	k := 0
	for b := range f.NumBlocks() {
		for i := f.BlockStart[b]; i < f.BlockStart[b+1]; i++ {
			var clobbers regalloc.RegSet
			for k < len(f.ClobberInsts) && f.ClobberInsts[k] <= i {
				if f.ClobberInsts[k] == i {
					clobbers = f.Clobbers[k]
				}
				k++
			}
			for o := f.OperandStart[i]; o < f.OperandStart[i+1]; o++ {
				if err := c.constraint(i, o, clobbers); err != nil {
					return c.operandError(uint32(b), i, o, err)
				}
			}
			if err := c.conflicts(uint32(b), i); err != nil {
				return err
			}
		}
	}
	return c.editRules()
}

func (c *checker) operandError(b, i, o uint32, err error) error {
	f := c.f
	return fmt.Errorf("block %d, instruction %d, operand %d (v%d): %w", b, i, o-f.OperandStart[i], f.Operands[o].VReg, err)
}

// constraint checks the place of operand o of instruction i by itself.
func (c *checker) constraint(i, o uint32, clobbers regalloc.RegSet) error {
	f := c.f
	op := &f.Operands[o]
	a := c.r.Allocs[o]
	found := c.name(a)
	if err := c.valid(a, op.VReg); err != nil {
		return err
	}
	switch op.Constraint {
	case regalloc.Fixed:
		if a != regalloc.RegAlloc(asm.Reg(op.Arg)) {
			return fmt.Errorf("expected %s, found %s", c.env.Name(asm.Reg(op.Arg)), found)
		}
	case regalloc.Reuse:
		if w := c.r.Allocs[f.OperandStart[i]+uint32(op.Arg)]; a != w {
			return fmt.Errorf("expected %s, the place of operand %d, found %s", c.name(w), op.Arg, found)
		}
		fallthrough
	case regalloc.AnyReg:
		if !a.IsReg() {
			return fmt.Errorf("expected a register, found %s", found)
		}
	}
	if a.IsReg() && op.Constraint != regalloc.Fixed && !c.reusesFixed(i, op) && !c.allowed[f.Class[op.VReg]].Has(a.Reg()) {
		return fmt.Errorf("expected a register that may be allocated to its class, found %s", found)
	}
	if a.IsReg() && clobbers.Has(a.Reg()) {
		if op.Kind == regalloc.Use && op.Pos == regalloc.Late {
			return fmt.Errorf("read late in %s, which the instruction clobbers", found)
		}
		if op.Kind == regalloc.Def && op.Pos == regalloc.Early && op.Constraint != regalloc.Fixed {
			return fmt.Errorf("written early in %s, which the instruction clobbers", found)
		}
	}
	return nil
}

func (c *checker) reusesFixed(i uint32, op *regalloc.Operand) bool {
	return op.Constraint == regalloc.Reuse &&
		c.f.Operands[c.f.OperandStart[i]+uint32(op.Arg)].Constraint == regalloc.Fixed
}

// valid checks that place a exists and can hold v.
func (c *checker) valid(a regalloc.Alloc, v uint32) error {
	switch {
	case a.IsReg():
		if a.Reg() >= numPhys {
			return fmt.Errorf("no such register: %d", a.Reg())
		}
	case a.IsSlot():
		size := int(c.f.SlotSize[v])
		if n := a.Slot(); n%size != 0 || n+size > c.r.NumSlots {
			return fmt.Errorf("found %s of %d units, expected one aligned to its size among %d", c.name(a), size, c.r.NumSlots)
		}
	default:
		return fmt.Errorf("expected a register or slot, found %s", c.name(a))
	}
	return nil
}

// conflicts checks that operands of instruction i that live at the same time have different places.
func (c *checker) conflicts(b, i uint32) error {
	f := c.f
	lo, hi := f.OperandStart[i], f.OperandStart[i+1]
	c.useAt, c.defAt = reset(c.useAt, numPhys+c.r.NumSlots), reset(c.defAt, numPhys+c.r.NumSlots)
	set := func(o uint32, at []uint32, x uint32) {
		p := c.place(c.r.Allocs[o])
		for u := range unitsOf(p, f.SlotSize[f.Operands[o].VReg]) {
			at[p+u] = x
			c.touched = append(c.touched, p+u)
		}
	}
	defer func() {
		for _, p := range c.touched {
			c.useAt[p], c.defAt[p] = 0, 0
		}
		c.touched = c.touched[:0]
	}()
	for o := lo; o < hi; o++ {
		op := &f.Operands[o]
		p := c.place(c.r.Allocs[o])
		for u := range unitsOf(p, f.SlotSize[op.VReg]) {
			at := c.useAt
			if op.Kind == regalloc.Def {
				at = c.defAt
			}
			if x := at[p+u]; x != 0 && (op.Kind == regalloc.Def || f.Operands[x-1].VReg != op.VReg) {
				return c.operandError(b, i, o, fmt.Errorf("shares %s with operand %d (v%d)",
					c.placeName(p), x-1-lo, f.Operands[x-1].VReg))
			}
		}
		if op.Kind == regalloc.Def {
			set(o, c.defAt, o+1)
		} else {
			set(o, c.useAt, o+1)
		}
	}
	for o := lo; o < hi; o++ {
		op := &f.Operands[o]
		if op.Kind != regalloc.Use {
			continue
		}
		p := c.place(c.r.Allocs[o])
		for u := range unitsOf(p, f.SlotSize[op.VReg]) {
			x := c.defAt[p+u]
			if x == 0 {
				continue
			}
			def := &f.Operands[x-1]
			reused := def.Constraint == regalloc.Reuse && lo+uint32(def.Arg) == o
			if op.Pos == regalloc.Late || def.Pos == regalloc.Early && !reused {
				return c.operandError(b, i, o, fmt.Errorf("shares %s with the definition of v%d (operand %d)",
					c.placeName(p), def.VReg, x-1-lo))
			}
		}
	}
	return nil
}

// unitsOf is the number of consecutive place numbers that a value of size units takes at place p.
func unitsOf(p uint32, size uint8) uint32 {
	if p < numPhys {
		return 1
	}
	return uint32(size)
}

func reset(s []uint32, n int) []uint32 {
	if len(s) != n {
		return make([]uint32, n)
	}
	return s
}

// editRules checks the rules of edits.
func (c *checker) editRules() error {
	f := c.f
	last := regalloc.Point(0)
	for k := range c.r.Edits {
		e := &c.r.Edits[k]
		fail := func(format string, args ...any) error {
			return fmt.Errorf("edit %d at point %d (%s): %w", k, e.Point, c.editName(e), fmt.Errorf(format, args...))
		}
		i := int(e.Point / 2)
		switch {
		case e.Point < last:
			return fail("expected a point not below %d", last)
		case i >= f.NumInsts():
			return fail("behind the last instruction, %d", f.NumInsts()-1)
		case e.Point%2 != 0 && f.Flags[i]&regalloc.IsTerminator != 0:
			return fail("after a terminator")
		case int(e.VReg) >= f.NumVRegs:
			return fail("no such virtual register: %d", e.VReg)
		case !e.From.IsReg() && !e.To.IsReg():
			return fail("neither end is a register")
		}
		last = e.Point
		for _, a := range [2]regalloc.Alloc{e.From, e.To} {
			if a.IsRemat() && a == e.From {
				v := a.RematVReg()
				if int(v) >= f.NumVRegs || f.Remat == nil || f.Remat[v] == 0 {
					return fail("v%d cannot be issued again", v)
				}
				continue
			}
			if err := c.valid(a, e.VReg); err != nil {
				return fail("%w", err)
			}
			if a.IsReg() && c.env.ClassOf[a.Reg()] != f.Class[e.VReg] {
				return fail("%s is not of the class of v%d", c.name(a), e.VReg)
			}
		}
	}
	return nil
}

// place numbers places: registers first, then slots.
func (c *checker) place(a regalloc.Alloc) uint32 {
	if a.IsReg() {
		return uint32(a.Reg())
	}
	return numPhys + uint32(a.Slot())
}

func (c *checker) placeName(p uint32) string {
	if p < numPhys {
		return c.env.Name(asm.Reg(p))
	}
	return fmt.Sprintf("slot%d", p-numPhys)
}

func (c *checker) name(a regalloc.Alloc) string {
	switch {
	case a.IsReg():
		return c.env.Name(a.Reg())
	case a.IsSlot():
		return fmt.Sprintf("slot%d", a.Slot())
	case a.IsRemat():
		return fmt.Sprintf("remat v%d", a.RematVReg())
	}
	return "no place"
}

func (c *checker) editName(e *regalloc.Edit) string {
	return fmt.Sprintf("v%d: %s -> %s", e.VReg, c.name(e.From), c.name(e.To))
}

// broken is the error that demand n finds something else.
func (c *checker) broken(n uint32, found string) error {
	x := c.nodes[n]
	return c.brokenAt(x, found)
}

func (c *checker) brokenAt(x node, found string) error {
	b := 0
	for c.f.BlockStart[b+1] <= x.inst {
		b++
	}
	return fmt.Errorf("block %d, instruction %d, operand %d (v%d): expected v%d (on this path v%d in block %d) in %s, found %s",
		b, x.inst, x.operand, c.f.Operands[c.f.OperandStart[x.inst]+x.operand].VReg,
		c.f.Operands[c.f.OperandStart[x.inst]+x.operand].VReg, x.vreg, c.block, c.placeName(x.place), found)
}
