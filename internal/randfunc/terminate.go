package randfunc

import (
	"davit/ir"
	"davit/ir/op"
)

// terminate ends the current block.
func (x *fn) terminate() {
	succs := x.g.nodes[x.cur].succs
	if len(succs) > 0 && x.src.N(6) == 0 && x.tryCall(succs) {
		return
	}
	switch len(succs) {
	case 0:
		x.leave()
	case 1:
		if x.src.N(8) == 0 {
			x.branch(succs[0], succs[0])
			return
		}
		x.b.Jump(x.blocks[succs[0]], x.blockArgs(succs[0])...)
	case 2:
		if x.src.N(6) > 0 {
			x.branch(succs[0], succs[1])
			return
		}
		x.table(succs)
	default:
		x.table(succs)
	}
}

// blockArgs makes arguments for the block of node n.
func (x *fn) blockArgs(n int) []ir.Value {
	var vs []ir.Value
	for _, t := range x.params[n] {
		vs = append(vs, x.value(t))
	}
	return vs
}

func (x *fn) branch(then, els int) {
	c := x.condition()
	x.b.Brif(c, x.blocks[then], x.blockArgs(then), x.blocks[els], x.blockArgs(els))
}

// condition returns a scalar integer to branch on or to select by, most often the result of a comparison.
func (x *fn) condition() ir.Value {
	if x.src.N(4) == 0 {
		t := []op.Type{op.I8, op.I16, op.I32, op.I64, op.I128}[x.src.N(5)]
		if x.supports(op.Brif, t, t) && x.supports(op.Select, op.I64, t, op.I64, op.I64) {
			return x.value(t)
		}
	}
	return x.comparison()
}

// comparison returns the result of a comparison of scalars.
func (x *fn) comparison() ir.Value {
	t := x.typeIn(op.Type.IsScalar)
	if t.IsFloat() && x.supports(op.Fcmp, t, t, t) {
		v, _ := x.operand(t, true)
		w, _ := x.operand(t, true)
		return x.emit1(op.Fcmp, t, uint8(x.src.N(op.NumFloatCC)), v, w)
	}
	if !t.IsInt() {
		t = op.I32
	}
	w := x.value(t)
	if x.src.N(3) == 0 {
		w = x.constant(t)
	}
	return x.emit1(op.Icmp, t, uint8(x.src.N(op.NumIntCC)), x.value(t), w)
}

func (x *fn) table(succs []int) {
	var calls []ir.BlockCall
	for _, s := range succs {
		calls = append(calls, x.b.Target(x.blocks[s], x.blockArgs(s)...))
	}
	for range x.src.N(4) { // targets may be repeated
		s := Pick(x.src, succs)
		calls = append(calls, x.b.Target(x.blocks[s], x.blockArgs(s)...))
	}
	i := x.value(op.I32)
	if x.src.N(3) > 0 {
		i = x.b.Band(i, x.iconst(op.I32, 7))
	}
	x.b.BrTable(i, calls[0], calls[1:]...)
}

// leave ends a block without successors.
func (x *fn) leave() {
	switch x.src.N(12) {
	case 0:
		x.b.Trap(x.trapCode())
	case 1:
		x.throw()
	case 2, 3, 4, 5:
		if x.tailCall() {
			return
		}
		fallthrough
	default:
		x.ret()
	}
}

// ret returns, after it has stored some of what nobody has used yet.
func (x *fn) ret() {
	var left []*value
	x.visible(func(v *value) {
		if !v.used && !v.fuzzy && len(left) < 12 {
			left = append(left, v)
		}
	})
	a := x.areas[0].base()
	off := (a.lo + 15) &^ 15
	for _, v := range left {
		n := int32(v.typ.Bytes())
		if off+n > a.hi || !x.supports(op.Store, v.typ, v.typ, op.I64) || x.src.N(4) == 0 {
			continue
		}
		v.used = true
		x.b.Store(x.flags(1, true), v.v, a.v, off)
		off += n
	}
	var vs []ir.Value
	for _, r := range x.f.Sig.Returns {
		vs = append(vs, x.value(r.Type))
	}
	x.b.Return(vs...)
}

// takeFuel ends a block by taking fuel; without any left, control goes to the exit.
func (x *fn) takeFuel(d *node) {
	gv := x.f.AddGlobalValue(ir.GlobalValueData{Kind: ir.GVSymbol, Colocated: x.src.N(2) == 0, Name: ir.ParseExtName(MemorySymbol)})
	p := x.b.SymbolValue(op.I64, gv)
	left := x.b.Iadd(x.b.Load(op.I64, ir.TrustedMem, p, 0), x.iconst(op.I64, -1))
	x.b.Store(ir.TrustedMem, left, p, 0)
	c := x.b.Icmp(op.Sgt, left, x.iconst(op.I64, 0))
	x.b.Brif(c, x.blocks[d.succs[0]], x.blockArgs(d.succs[0]), x.blocks[d.succs[1]], nil)
}

// trapIf appends a conditional trap that seldom traps.
func (x *fn) trapIf() {
	c := x.rare()
	if x.src.N(10) == 0 {
		c = x.condition()
	}
	t := x.f.ValueType(c)
	if x.src.N(4) == 0 && t == op.I8 {
		x.b.Trapz(x.emit1(op.Bxor, t, 0, c, x.iconst(t, 1)), x.trapCode())
		return
	}
	x.b.Trapnz(c, x.trapCode())
}
