package randfunc

import (
	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
)

// Idioms are shapes of a few instructions for which machines have better code than for the instructions one by one.
// Operands found at random would seldom make them.
var idioms = []func(x *fn){
	(*fn).choice, (*fn).choice, (*fn).minMax, (*fn).rotation, (*fn).loadOpStore, (*fn).loadOpStore, (*fn).extendOf, (*fn).extendOf,
	(*fn).withConstant, (*fn).withConstant, (*fn).withConstant, (*fn).loadOperand, (*fn).loadOperand, (*fn).overflow, (*fn).twice,
	(*fn).halves, (*fn).bitTricks, (*fn).compareCompared, (*fn).shiftAmount, (*fn).fusedMultiply, (*fn).laneChain, (*fn).negations,
	(*fn).carryChain, (*fn).testBits, (*fn).alignedSlot, (*fn).sumOfProducts, (*fn).pairProducts, (*fn).dotProduct, (*fn).lessOf,
	(*fn).lessOf, (*fn).halfConversion, (*fn).neutral, (*fn).neutral,
}

func (x *fn) idiom() { Pick(x.src, idioms)(x) }

// result makes an exact value known.
func (x *fn) result(v ir.Value) { x.define(x.cur, v, x.f.ValueType(v), false) }

// intType returns a scalar integer type, i128 only if wide.
func (x *fn) intType(wide bool) op.Type {
	return x.typeIn(func(t op.Type) bool { return t.IsScalar() && t.IsInt() && (wide || t != op.I128) })
}

// try emits a computation on values if the target can do it.
func (x *fn) try(o op.Opcode, ctrl op.Type, aux uint8, args ...ir.Value) bool {
	var types []op.Type
	for _, a := range args {
		types = append(types, x.f.ValueType(a))
	}
	if !x.supports(o, ctrl, types...) {
		return false
	}
	for _, r := range x.emit(o, ctrl, aux, args...) {
		x.result(r)
	}
	return true
}

// choice selects by a comparison.
func (x *fn) choice() {
	t := x.someType()
	c := x.condition()
	o := []op.Opcode{op.Select, op.Select, op.SelectSpectreGuard}[x.src.N(3)]
	x.try(o, t, 0, c, x.value(t), x.value(t))
}

// minMax selects the operands of a comparison.
func (x *fn) minMax() {
	t := x.intType(true)
	v, w := x.value(t), x.value(t)
	c := x.emit1(op.Icmp, t, uint8(x.src.N(op.NumIntCC)), v, w)
	if x.src.N(2) == 0 {
		v, w = w, v
	}
	x.try(op.Select, t, 0, c, v, w)
}

// rotation is written with shifts.
func (x *fn) rotation() {
	t := x.intType(false)
	v := x.value(t)
	w := int64(t.Bits())
	k := int64(x.src.N(int(w)))
	other := w - k
	if x.src.N(4) == 0 {
		other = int64(x.src.N(int(w)))
	}
	l := x.emit1(op.Ishl, t, 0, v, x.iconst(op.I8, k))
	r := x.emit1(op.Ushr, t, 0, v, x.iconst(op.I8, other))
	o := []op.Opcode{op.Bor, op.Bxor, op.Iadd}[x.src.N(3)]
	x.result(x.emit1(o, t, 0, l, r))
}

// folding are operations that machines can do with an operand in memory or an immediate.
var folding = []op.Opcode{op.Iadd, op.Isub, op.Band, op.Bor, op.Bxor, op.Imul}

// loadOpStore changes memory in place.
func (x *fn) loadOpStore() {
	t := x.intType(false)
	a, off, m := x.place(int32(t.Bytes()), 1, true)
	v := x.b.Load(t, m, a.v, off)
	var w ir.Value
	if x.src.N(2) == 0 {
		w = x.constant(t)
	} else {
		w = x.value(t)
	}
	o := Pick(x.src, folding)
	r := x.emit1(o, t, 0, v, w)
	if x.src.N(4) == 0 {
		r = x.emit1(o, t, 0, w, v)
	}
	x.b.Store(m, r, a.v, off)
	if x.src.N(3) == 0 {
		x.result(r)
	}
	if x.src.N(3) == 0 {
		x.result(v)
	}
}

// extendOf extends what has been reduced, loaded or compared.
func (x *fn) extendOf() {
	from := []op.Type{op.I8, op.I16, op.I32}[x.src.N(3)]
	to := x.typeIn(func(t op.Type) bool { return t.IsScalar() && t.IsInt() && t.Bits() > from.Bits() })
	var v ir.Value
	switch x.src.N(4) {
	case 0:
		wide := []op.Type{op.I16, op.I32, op.I64, op.I128}[x.src.N(4)]
		if wide.Bits() <= from.Bits() {
			wide = op.I64
		}
		v = x.emit1(op.Ireduce, from, 0, x.value(wide))
	case 1:
		a, off, m := x.place(int32(from.Bytes()), 1, false)
		v = x.b.Load(from, m, a.v, off)
	case 2:
		from = op.I8
		v = x.comparison()
	case 3:
		o := Pick(x.src, folding)
		v = x.emit1(o, from, 0, x.value(from), x.value(from))
	}
	o := []op.Opcode{op.Uextend, op.Sextend, op.Bmask}[x.src.N(3)]
	x.try(o, to, 0, v)
}

// withConstant computes with a constant operand.
func (x *fn) withConstant() {
	for range tries {
		o, t := x.choose()
		args, ok := x.argTypes(o, t)
		if !ok || len(args) != 2 || o.Has(op.CanTrap) || args[1].LaneIsFloat() || !x.supports(o, t, args...) {
			continue
		}
		v := x.value(args[0])
		x.try(o, t, x.aux(o, t), v, x.constant(args[1]))
		return
	}
}

// loadOperand computes with a value that has just been loaded.
func (x *fn) loadOperand() {
	for range tries {
		o, t := x.choose()
		args, ok := x.argTypes(o, t)
		if !ok || o.Has(op.CanTrap) || !x.supports(o, t, args...) {
			continue
		}
		k := x.src.N(len(args))
		if !x.supports(op.Load, args[k], op.I64) {
			continue
		}
		vs := make([]ir.Value, len(args))
		for i := range args {
			vs[i] = x.value(args[i])
		}
		a, off, m := x.place(int32(args[k].Bytes()), 1, false)
		vs[k] = x.b.Load(args[k], m, a.v, off)
		if x.src.N(8) == 0 {
			x.result(vs[k]) // a second user
		}
		for n, r := range x.emit(o, t, x.aux(o, t), vs...) {
			rt := x.f.ValueType(r)
			_, moves := movers[o]
			x.define(x.cur, r, rt, n == 0 && rt.LaneIsFloat() && !moves && x.makesNaN(args, rt))
		}
		return
	}
}

// overflow uses both results of an operation with overflow.
func (x *fn) overflow() {
	os := []op.Opcode{op.UaddOverflow, op.SaddOverflow, op.UsubOverflow, op.SsubOverflow, op.UmulOverflow, op.SmulOverflow}
	o := Pick(x.src, os)
	t := x.typeIn(func(t op.Type) bool { return o.Info().Ctrl.Has(t) })
	if !x.supports(o, t, t, t) {
		return
	}
	rs := x.emit(o, t, 0, x.value(t), x.value(t))
	x.result(rs[0])
	switch x.src.N(4) {
	case 0:
		x.result(rs[1])
	case 1:
		x.try(op.Select, t, 0, rs[1], x.value(t), rs[0])
	case 2:
		x.b.Trapnz(x.emit1(op.Band, op.I8, 0, rs[1], x.rare()), x.trapCode())
	case 3:
		x.result(x.emit1(op.Uextend, op.I64, 0, rs[1]))
	}
}

// twice computes the same thing two times, the second time with the operands exchanged if that makes no difference.
func (x *fn) twice() {
	for range tries {
		o, t := x.choose()
		args, ok := x.argTypes(o, t)
		if !ok || len(args) != 2 || o.Has(op.CanTrap) || t.LaneIsFloat() || !x.supports(o, t, args...) {
			continue
		}
		v, w, aux := x.value(args[0]), x.value(args[1]), x.aux(o, t)
		x.try(o, t, aux, v, w)
		if o.Has(op.Commutative) {
			v, w = w, v
		}
		x.try(o, t, aux, v, w)
		return
	}
}

// halves splits and joins i128, or computes with halves.
func (x *fn) halves() {
	v := x.value(op.I128)
	rs := x.emit(op.Isplit, op.I128, 0, v)
	o := Pick(x.src, folding)
	lo := x.emit1(o, op.I64, 0, rs[0], x.value(op.I64))
	switch x.src.N(3) {
	case 0:
		x.result(x.emit1(op.Iconcat, op.I64, 0, lo, rs[1]))
	case 1:
		x.result(x.emit1(op.Iconcat, op.I64, 0, rs[1], lo))
	case 2:
		a, b := x.value(op.I64), x.value(op.I64)
		e := []op.Opcode{op.Uextend, op.Sextend}[x.src.N(2)]
		x.result(x.emit1(op.Imul, op.I128, 0, x.emit1(e, op.I128, 0, a), x.emit1(e, op.I128, 0, b)))
	}
}

// bitTricks are the patterns of the bit-manipulation extensions.
func (x *fn) bitTricks() {
	t := []op.Type{op.I32, op.I64}[x.src.N(2)]
	v, one := x.value(t), x.iconst(t, 1)
	minus := x.iconst(t, -1)
	var r ir.Value
	switch x.src.N(8) {
	case 0: // clear the lowest bit
		r = x.b.Band(v, x.b.Iadd(v, minus))
	case 1: // isolate it
		r = x.b.Band(v, x.b.Ineg(v))
	case 2: // mask up to it
		r = x.b.Bxor(v, x.b.Iadd(v, minus))
	case 3:
		r = x.b.Band(x.b.Bnot(v), x.value(t))
	case 4:
		r = x.b.Band(v, x.b.Isub(v, one))
	case 5: // the low n bits
		n := x.value(op.I8)
		r = x.b.Band(v, x.b.Isub(x.b.Ishl(one, n), one))
	case 6:
		r = x.b.Bxor(x.b.Ishl(one, x.value(op.I32)), v)
	case 7:
		r = x.b.Bor(v, x.b.Bnot(x.value(t)))
	}
	x.result(r)
}

// compareCompared tests the result of a comparison again.
func (x *fn) compareCompared() {
	c := x.comparison()
	t := op.I8
	if x.src.N(2) == 0 {
		t = x.intType(true)
		if t != op.I8 {
			c = x.emit1(op.Uextend, t, 0, c)
		}
	}
	k := x.constantOf(t, int64(x.src.N(2)))
	if x.src.N(4) == 0 {
		d := x.comparison()
		x.result(x.emit1([]op.Opcode{op.Band, op.Bor, op.Bxor}[x.src.N(3)], op.I8, 0, x.comparison(), d))
	}
	x.result(x.emit1(op.Icmp, t, uint8([]op.IntCC{op.Eq, op.Ne, op.Ugt, op.Slt}[x.src.N(4)]), c, k))
}

// shiftAmount shifts by an amount that is masked already, or negated, or of an odd type.
func (x *fn) shiftAmount() {
	o := []op.Opcode{op.Ishl, op.Ushr, op.Sshr, op.Rotl, op.Rotr}[x.src.N(5)]
	t := x.intType(true)
	at := x.intType(false)
	n := x.value(at)
	switch x.src.N(3) {
	case 0:
		n = x.emit1(op.Band, at, 0, n, x.iconst(at, int64(t.Bits()-1)))
	case 1:
		n = x.emit1(op.Ineg, at, 0, n)
	case 2:
		n = x.emit1(op.Isub, at, 0, x.iconst(at, int64(t.Bits())&0x7f), n)
	}
	x.try(o, t, 0, x.value(t), n)
}

// fusedMultiply negates operands of fma, or loads one.
func (x *fn) fusedMultiply() {
	t := x.typeIn(func(t op.Type) bool { return t.LaneIsFloat() })
	if !x.supports(op.Fma, t, t, t, t) || !x.supports(op.Fneg, t, t) {
		return
	}
	args := []ir.Value{x.value(t), x.value(t), x.value(t)}
	for i := range args {
		if x.src.N(3) == 0 {
			args[i] = x.emit1(op.Fneg, t, 0, args[i])
		}
	}
	if x.src.N(3) == 0 {
		a, off, m := x.place(int32(t.Bytes()), 1, false)
		args[x.src.N(3)] = x.b.Load(t, m, a.v, off)
	}
	x.define(x.cur, x.emit1(op.Fma, t, 0, args...), t, x.makesNaN([]op.Type{t}, t))
}

// laneChain moves a lane, by way of memory or an extension.
func (x *fn) laneChain() {
	t := x.typeIn(func(t op.Type) bool {
		return t.IsVector() && x.supports(op.Extractlane, t, t) && x.supports(op.Insertlane, t, t, t.Lane())
	})
	if t == op.Invalid || !t.IsVector() || !x.supports(op.Extractlane, t, t) {
		return
	}
	v := x.emit1(op.Extractlane, t, uint8(x.src.N(t.Lanes())), x.value(t))
	switch x.src.N(4) {
	case 0:
		x.try(op.Insertlane, t, uint8(x.src.N(t.Lanes())), x.value(t), v)
	case 1:
		x.try(op.Splat, t, 0, v)
	case 2:
		if x.supports(op.Store, t.Lane(), t.Lane(), op.I64) {
			a, off, m := x.place(int32(t.Lane().Bytes()), 1, true)
			x.b.Store(m, v, a.v, off)
		}
	case 3:
		if t.Lane().IsInt() && t.LaneBits() < 64 {
			x.result(x.emit1([]op.Opcode{op.Sextend, op.Uextend}[x.src.N(2)], op.I64, 0, v))
		} else {
			x.result(v)
		}
	}
}

// negations combine complement and negation with other operations.
func (x *fn) negations() {
	t := x.typeIn(func(t op.Type) bool { return t.LaneBits() <= 64 && t.Lane().IsInt() })
	if !x.supports(op.Bnot, t, t) || !x.supports(op.Ineg, t, t) {
		return
	}
	o := []op.Opcode{op.Bnot, op.Ineg, op.Bnot}[x.src.N(3)]
	v := x.emit1(o, t, 0, x.value(t))
	p := []op.Opcode{op.Band, op.Bor, op.Bxor, op.Iadd, op.Isub}[x.src.N(5)]
	if x.src.N(2) == 0 {
		x.try(p, t, 0, v, x.value(t))
	} else {
		x.try(p, t, 0, x.value(t), v)
	}
}

// carryChain adds or subtracts in words.
func (x *fn) carryChain() {
	t := x.typeIn(func(t op.Type) bool { return t.IsScalar() && t.IsInt() })
	first, next := op.UaddOverflow, op.UaddOverflowCin
	if x.src.N(2) == 0 {
		first, next = op.UsubOverflow, op.UsubOverflowBin
	}
	if x.src.N(4) == 0 {
		next = map[op.Opcode]op.Opcode{op.UaddOverflowCin: op.SaddOverflowCin, op.UsubOverflowBin: op.SsubOverflowBin}[next]
	}
	if !x.supports(first, t, t, t) || !x.supports(next, t, t, t, op.I8) {
		return
	}
	rs := x.emit(first, t, 0, x.value(t), x.value(t))
	x.result(rs[0])
	c := rs[1]
	for range 1 + x.src.N(2) {
		rs = x.emit(next, t, 0, x.value(t), x.value(t), c)
		x.result(rs[0])
		c = rs[1]
	}
	x.result(c)
}

// testBits compares the conjunction of two values with zero, or tests one bit.
func (x *fn) testBits() {
	t := x.intType(true)
	m := x.value(t)
	switch x.src.N(3) {
	case 0:
		m = x.constant(t)
	case 1:
		m = x.emit1(op.Ishl, t, 0, x.constantOf(t, 1), x.value(op.I8))
	}
	v := x.emit1(op.Band, t, 0, x.value(t), m)
	if x.src.N(3) == 0 {
		x.try(op.Select, op.I64, 0, v, x.value(op.I64), x.value(op.I64))
		return
	}
	cc := []op.IntCC{op.Eq, op.Ne, op.Slt, op.Sge}[x.src.N(4)]
	x.result(x.emit1(op.Icmp, t, uint8(cc), v, x.constantOf(t, 0)))
}

// alignedSlot looks at the low bits of the address of a slot, which its alignment tells.
func (x *fn) alignedSlot() {
	if len(x.slots) == 0 {
		return
	}
	s := Pick(x.src, x.slots)
	low := int64(1)<<x.f.StackSlots[s.s].AlignLog2 - 1
	x.result(x.b.Band(x.b.StackAddr(op.I64, s.s, 0), x.iconst(op.I64, low)))
}

// neutral computes with an operand that changes nothing, on what has been reduced, and extends the result.
func (x *fn) neutral() {
	t := []op.Type{op.I8, op.I16, op.I32, op.I32, op.I32, op.I64}[x.src.N(6)]
	wide := []op.Type{op.I64, op.I64, op.I128}[x.src.N(3)]
	v := x.value(t)
	if x.src.N(3) > 0 && t.Bits() < wide.Bits() {
		v = x.emit1(op.Ireduce, t, 0, x.value(wide))
	}
	for range 1 + x.src.N(2) {
		o := []op.Opcode{op.Ishl, op.Ushr, op.Sshr, op.Rotl, op.Rotr, op.Iadd, op.Isub, op.Bor, op.Bxor, op.Umax, op.Imul, op.Udiv, op.Sdiv,
			op.Band, op.Umin}[x.src.N(15)]
		k := int64(0)
		switch o {
		case op.Ishl, op.Ushr, op.Sshr, op.Rotl, op.Rotr:
			k = int64(x.src.N(2) * t.Bits())
		case op.Imul, op.Udiv, op.Sdiv:
			k = 1
		case op.Band, op.Umin:
			k = -1
		}
		n := x.iconst(t, k)
		if o.Has(op.Commutative) && x.src.N(3) == 0 {
			v, n = n, v
		}
		v = x.emit1(o, t, 0, v, n)
	}
	if t.Bits() == 64 {
		x.result(v)
		return
	}
	if e := []op.Opcode{op.Uextend, op.Sextend}[x.src.N(2)]; x.src.N(3) > 0 {
		v = x.emit1(e, op.I64, 0, v)
	}
	x.result(v)
}

// widenings has the opcodes that widen the low and the high half, signed and unsigned.
var widenings = [2][2]op.Opcode{{op.SwidenLow, op.SwidenHigh}, {op.UwidenLow, op.UwidenHigh}}

// pairProducts adds neighbours, or products of neighbours, in wide lanes.
func (x *fn) pairProducts() {
	t := []op.Type{op.I16X8, op.I8X16}[x.src.N(2)]
	r := t.Merge()
	w := widenings[x.src.N(2)]
	v, u := x.value(t), x.value(t)
	lo, hi := x.emit1(w[0], t, 0, v), x.emit1(w[1], t, 0, v)
	if x.src.N(2) == 0 && x.supports(op.Imul, r, r, r) {
		lo, hi = x.emit1(op.Imul, r, 0, lo, x.emit1(w[0], t, 0, u)), x.emit1(op.Imul, r, 0, hi, x.emit1(w[1], t, 0, u))
	}
	x.try(op.IaddPairwise, r, 0, lo, hi)
}

// dotProduct adds products of signed and unsigned bytes, four at a time, to a sum.
func (x *fn) dotProduct() {
	v, u := x.value(op.I8X16), x.value(op.I8X16)
	t, r := op.I16X8, op.I32X4
	lo := x.emit1(op.Imul, t, 0, x.emit1(op.SwidenLow, op.I8X16, 0, v), x.emit1(op.UwidenLow, op.I8X16, 0, u))
	hi := x.emit1(op.Imul, t, 0, x.emit1(op.UwidenHigh, op.I8X16, 0, u), x.emit1(op.SwidenHigh, op.I8X16, 0, v))
	four := func(v ir.Value) ir.Value {
		return x.emit1(op.IaddPairwise, r, 0, x.emit1(op.SwidenLow, t, 0, v), x.emit1(op.SwidenHigh, t, 0, v))
	}
	sum := x.emit1(op.IaddPairwise, r, 0, four(lo), four(hi))
	if x.src.N(2) == 0 {
		x.try(op.Iadd, r, 0, x.value(r), sum)
	} else {
		x.try(op.Iadd, r, 0, sum, x.value(r))
	}
}

// lessOf selects the lesser or the greater of two floats by comparing them.
func (x *fn) lessOf() {
	t := []op.Type{op.F32, op.F64, op.F32X4, op.F64X2}[x.src.N(4)]
	v, w := x.value(t), x.value(t)
	cc := uint8([]op.FloatCC{op.FLt, op.FGt, op.FLe, op.FUgt}[x.src.N(4)])
	c := x.emit1(op.Fcmp, t, cc, v, w)
	if x.src.N(2) == 0 {
		v, w = w, v
	}
	if t.IsScalar() {
		x.try([]op.Opcode{op.Select, op.SelectSpectreGuard}[x.src.N(2)], t, 0, c, v, w)
		return
	}
	x.try(op.Bitselect, t, 0, x.emit1(op.Bitcast, t, 0, c), v, w)
}

// halfConversion converts two lanes to twice or half their width and between floats and integers.
func (x *fn) halfConversion() {
	if x.src.N(2) == 0 {
		k := x.src.N(2)
		wide := x.emit1(widenings[k][0], op.I32X4, 0, x.value(op.I32X4))
		x.try([]op.Opcode{op.FcvtFromSint, op.FcvtFromUint}[k], op.F64X2, 0, wide)
		return
	}
	v, _ := x.operand(op.F64X2, true)
	o := []op.Opcode{op.X86Cvtt2dq, op.FcvtToSintSat, op.FcvtToUintSat}[x.src.N(3)]
	narrow := []op.Opcode{op.Snarrow, op.Unarrow, op.Uunarrow}[x.src.N(3)]
	zero := x.literal(op.I64X2, data.Zero(op.I64X2))
	if x.src.N(4) == 0 {
		zero = x.value(op.I64X2)
	}
	x.try(narrow, op.I64X2, 0, x.emit1(o, op.I64X2, 0, v), zero)
}

// sumOfProducts adds vectors that are wide products of narrow ones.
func (x *fn) sumOfProducts() {
	w := []op.Opcode{op.SwidenLow, op.SwidenHigh, op.UwidenLow, op.UwidenHigh}
	t := []op.Type{op.I8X16, op.I16X8, op.I32X4}[x.src.N(3)]
	o := Pick(x.src, w)
	if x.src.N(4) == 0 {
		o = Pick(x.src, w)
	}
	r := t.Merge()
	if !x.supports(o, t, t) || !x.supports(op.Imul, r, r, r) {
		return
	}
	p := x.emit1(op.Imul, r, 0, x.emit1(o, t, 0, x.value(t)), x.emit1(Pick(x.src, []op.Opcode{o, o, Pick(x.src, w)}), t, 0, x.value(t)))
	q := x.emit1(op.Imul, r, 0, x.emit1(o, t, 0, x.value(t)), x.emit1(o, t, 0, x.value(t)))
	if x.src.N(2) == 0 {
		x.try(op.IaddPairwise, r, 0, p, q)
		return
	}
	x.try(op.Iadd, r, 0, p, q)
}
