package gen

import (
	"davit/asm"
	"davit/regalloc"
)

// meter counts what an instruction demands of each class of registers, so that it can be met.
type meter struct {
	fixedEarly, fixedLate, clobbers regalloc.RegSet
	whole                           [asm.NumClasses]int // operands that need a register throughout
	early, late                     [asm.NumClasses]int
}

func (m *meter) fits(env *regalloc.Env) bool {
	for c := range asm.NumClasses {
		var all regalloc.RegSet
		for _, r := range env.Order[c] {
			all.Add(r)
		}
		count := func(s regalloc.RegSet) int {
			n := 0
			for _, r := range env.Order[c] {
				if s.Has(r) {
					n++
				}
			}
			return n
		}
		if m.whole[c] > count(all.Minus(m.fixedEarly.Union(m.fixedLate).Union(m.clobbers))) ||
			m.whole[c]+m.early[c] > count(all.Minus(m.fixedEarly)) ||
			m.whole[c]+m.late[c] > count(all.Minus(m.fixedLate)) {
			return false
		}
	}
	return true
}

// classReg is a random register for a fixed operand.
func (g *random) classReg(c asm.RegClass) asm.Reg {
	order := g.env.Order[c]
	k := g.rng.IntN(len(order) + 1)
	if k == len(order) {
		return order[len(order)-1] + 1
	}
	return order[k]
}

// fixedUse adds a use in a fixed register.
func (g *random) fixedUse(in *inst, m *meter, avail []uint32) {
	v := g.pick(avail)
	if v == none {
		return
	}
	r := g.classReg(g.b.F.Class[v])
	late := g.chance(15)
	n := *m
	if n.fixedEarly.Has(r) || late && (n.fixedLate.Has(r) || n.clobbers.Has(r)) {
		return
	}
	n.fixedEarly.Add(r)
	op := FixedUse(v, r)
	if late {
		n.fixedLate.Add(r)
		op.Pos = regalloc.Late
	}
	if n.fits(g.env) {
		*m = n
		in.ops = append(in.ops, op)
	}
}

// fixedDef adds a definition in a fixed register.
func (g *random) fixedDef(in *inst, m *meter, defs *[]uint32) {
	v := g.newVReg()
	r := g.classReg(g.b.F.Class[v])
	early := g.chance(10)
	n := *m
	if n.fixedLate.Has(r) || early && (n.fixedEarly.Has(r) || n.clobbers.Has(r)) {
		*defs = g.define(in, Def(v), m, *defs)
		return
	}
	n.fixedLate.Add(r)
	op := FixedDef(v, r)
	if early {
		n.fixedEarly.Add(r)
		op.Pos = regalloc.Early
	}
	if !n.fits(g.env) {
		*defs = g.define(in, Def(v), m, *defs)
		return
	}
	*m = n
	in.ops = append(in.ops, op)
	*defs = append(*defs, v)
}

// define adds a definition if a register is left for it; v of op is lost otherwise.
func (g *random) define(in *inst, op regalloc.Operand, m *meter, defs []uint32) []uint32 {
	n := *m
	c := g.b.F.Class[op.VReg]
	switch {
	case op.Constraint == regalloc.RegOrMem && g.b.F.Remat[op.VReg] == 0:
	case op.Pos == regalloc.Early:
		n.whole[c]++
	default:
		n.late[c]++
	}
	if !n.fits(g.env) {
		return defs
	}
	*m = n
	in.ops = append(in.ops, op)
	return append(defs, op.VReg)
}

// use adds a use without fixed register, if a register is left for it.
func (g *random) use(in *inst, m *meter, avail []uint32) {
	v := g.pick(avail)
	if v == none {
		return
	}
	op := Use(v)
	n := *m
	c := g.b.F.Class[v]
	if g.chance(25) {
		op.Constraint = regalloc.RegOrMem
	}
	if g.chance(15) {
		op.Pos = regalloc.Late
		n.whole[c]++
	} else {
		n.early[c]++
	}
	if n.fits(g.env) {
		*m = n
		in.ops = append(in.ops, op)
	}
}

// reuse adds a definition that reuses an early use without fixed register.
func (g *random) reuse(in *inst, m *meter, defs *[]uint32) {
	for k, op := range in.ops {
		if op.Kind != regalloc.Use || op.Pos != regalloc.Early {
			continue
		}
		taken := false
		for _, other := range in.ops {
			taken = taken || other.Constraint == regalloc.Reuse && int(other.Arg) == k
		}
		n := *m
		c := g.b.F.Class[op.VReg]
		if op.Constraint == regalloc.Fixed {
			if n.fixedLate.Has(asm.Reg(op.Arg)) {
				continue
			}
			n.fixedLate.Add(asm.Reg(op.Arg))
		} else {
			n.early[c]--
			n.whole[c]++
		}
		if taken || !n.fits(g.env) {
			continue
		}
		*m = n
		d := g.b.VReg(c, g.b.F.SlotSize[op.VReg])
		in.ops = append(in.ops, ReuseDef(d, k))
		*defs = append(*defs, d)
		return
	}
}

// operation makes an instruction with operands of all kinds.
func (g *random) operation(b int, defs *[]uint32) inst {
	var in inst
	var m meter
	avail := g.available(b)
	if g.chance(5) {
		for _, c := range []asm.RegClass{asm.Int, asm.Float} {
			for _, r := range g.env.Order[c] {
				if g.chance(20) {
					in.clobbers.Add(r)
				}
			}
		}
		m.clobbers = in.clobbers
	}
	for range g.rng.IntN(4) {
		if g.chance(8) {
			g.fixedUse(&in, &m, avail)
		} else {
			g.use(&in, &m, avail)
		}
	}
	if g.chance(30) {
		g.reuse(&in, &m, defs)
	}
	for range g.rng.IntN(3) {
		op := Def(g.newVReg())
		switch {
		case g.chance(8):
			g.fixedDef(&in, &m, defs)
			continue
		case g.chance(10):
			op.Pos = regalloc.Early
		case g.chance(10):
			op.Constraint = regalloc.RegOrMem
		}
		*defs = g.define(&in, op, &m, *defs)
	}
	return in
}

// call makes an instruction that clobbers what callees do not save, with fixed operands.
func (g *random) call(b int, defs *[]uint32) inst {
	var in inst
	var m meter
	for c := range asm.NumClasses {
		for _, r := range g.env.Order[c] {
			if !g.env.CalleeSaved.Has(r) {
				in.clobbers.Add(r)
			}
		}
	}
	m.clobbers = in.clobbers
	avail := g.available(b)
	for range g.rng.IntN(4) {
		g.fixedUse(&in, &m, avail)
	}
	for range g.rng.IntN(2) {
		g.use(&in, &m, avail)
	}
	for range g.rng.IntN(3) {
		g.fixedDef(&in, &m, defs)
	}
	return in
}
