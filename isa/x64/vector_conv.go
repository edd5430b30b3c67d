package x64

import (
	"math"

	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
)

// Widening, narrowing and conversions of vectors.

// packs are the narrowing instructions by the width of the wide lanes.
var (
	packSS = &laneRows{0, x64.PACKSSWB, x64.PACKSSDW, 0}
	packUS = &laneRows{0, x64.PACKUSWB, x64.PACKUSDW, 0}
	moveSX = &laneRows{x64.PMOVSXBW, x64.PMOVSXWD, x64.PMOVSXDQ, 0}
	moveZX = &laneRows{x64.PMOVZXBW, x64.PMOVZXWD, x64.PMOVZXDQ, 0}
	unpLow = &laneRows{x64.PUNPCKLBW, x64.PUNPCKLWD, x64.PUNPCKLDQ, x64.PUNPCKLQDQ}
	unpHi  = &laneRows{x64.PUNPCKHBW, x64.PUNPCKHWD, x64.PUNPCKHDQ, x64.PUNPCKHQDQ}
)

// widenLow extends the low half of v, whose type is t. A load of which only the low half is needed becomes one of 8 bytes
// if it cannot trap.
func (l *lowerer) widenLow(r *laneRows, t op.Type, v ir.Value) asm.Reg {
	o := l.vex(r.of(t))
	if inst, ok := l.sinkableX(v); ok && l.f.Mem(inst).NoTrap() && l.typeOf(v).Bytes() >= int(x64.MemBytes(o, 0)) {
		return l.fromRM(o, 0, t.Merge(), memRM(l.sink(inst)))
	}
	return l.fromRM(o, 0, t.Merge(), regRM(l.Reg(v)))
}

// swiden extends the low or high lanes of x, of type t, with their signs: each lane lies above a copy of itself and is
// shifted down.
func (l *lowerer) swiden(unpack *laneRows, t op.Type, x asm.Reg) asm.Reg {
	w := t.Merge()
	switch {
	case t == op.I32X4 && l.hasSSE41() && unpack == unpHi:
		return l.op1(x64.PMOVSXDQ, w, regRM(l.op1I(x64.PSHUFD, t, regRM(x), 0xee)))
	case t == op.I32X4:
		return l.opXX(unpack.of(t), w, x, l.shiftX(x64.PSRADi, t, x, 31))
	}
	x = l.opXX(unpack.of(t), w, x, x)
	return l.shiftX(vSAR.of(w), w, x, int64(t.LaneBits()))
}

// uwiden extends with zeros.
func (l *lowerer) uwiden(unpack *laneRows, t op.Type, x asm.Reg) asm.Reg {
	return l.opXX(unpack.of(t), t.Merge(), x, l.zeroX(t))
}

// loadWide loads 8 bytes and extends them to lanes of type t.
func (l *lowerer) loadWide(signed bool, t op.Type, a amode) asm.Reg {
	narrow := t.Split()
	rows := moveZX
	if signed {
		rows = moveSX
	}
	if l.hasSSE41() {
		return l.op1(rows.of(narrow), t, memRM(a))
	}
	x := l.op1(x64.MOVSD, narrow, memRM(a))
	if signed {
		return l.swiden(unpLow, narrow, x)
	}
	return l.uwiden(unpLow, narrow, x)
}

// packUnsigned32 is PACKUSDW for SSE2: numbers outside of 0 to 65535 are forced into the range, and what remains is
// moved into that of signed words and back.
func (l *lowerer) packUnsigned32(x, y asm.Reg) asm.Reg {
	t := op.I32X4
	bias := l.loadConst(t, splatOf(0x8000, 4, 16))
	clamp := func(v asm.Reg) asm.Reg {
		return l.opXX(x64.PSUBD, t, l.opXX(x64.PANDN, t, l.signs(t, v), v), bias)
	}
	r := l.opXX(x64.PACKSSDW, t, clamp(x), clamp(y))
	return l.opXX(x64.PXOR, t, l.loadConst(t, splatOf(0x8000, 2, 16)), r)
}

// narrowMax returns the smaller of the unsigned lanes of x and the largest number of half the width.
func (l *lowerer) narrowMax(t op.Type, x asm.Reg) asm.Reg {
	limit := l.loadConst(t, splatOf(1<<(t.LaneBits()/2)-1, t.LaneBits()/8, 16))
	if l.hasRow(vUMIN, t) {
		return l.opXX(vUMIN.of(t), t, limit, x)
	}
	if t == op.I16X8 { // x - (x -sat limit)
		return l.opXX(x64.PSUBW, t, x, l.opXX(x64.PSUBUSW, t, x, limit))
	}
	return l.choose(t, l.aboveX(t, x, limit), limit, x)
}

// uunarrow packs unsigned lanes.
func (l *lowerer) uunarrow(t op.Type, x, y asm.Reg) asm.Reg {
	x, y = l.narrowMax(t, x), l.narrowMax(t, y)
	switch {
	case t == op.I64X2:
		return l.opXI(x64.SHUFPS, op.I32X4, x, regRM(y), 0x88)
	case t == op.I32X4 && !l.hasSSE41():
		return l.packUnsigned32(x, y)
	}
	return l.opXX(packUS.of(t), t.Split(), x, y)
}

// narrow64 packs lanes of 64 bits, forced into a range of 32 bits.
func (l *lowerer) narrow64(min, max int64, x, y asm.Reg) asm.Reg {
	t := op.I64X2
	lo := l.loadConst(t, xconst{uint64(min), uint64(min), 16})
	hi := l.loadConst(t, xconst{uint64(max), uint64(max), 16})
	clamp := func(v asm.Reg) asm.Reg {
		v = l.choose(t, l.greaterX(t, v, hi), hi, v)
		return l.choose(t, l.greaterX(t, lo, v), lo, v)
	}
	return l.opXI(x64.SHUFPS, op.I32X4, clamp(x), regRM(clamp(y)), 0x88)
}

// Sums of neighbours.

// pairwise is PHADDW and PHADDD for SSSE3, with memory operands.
func (l *lowerer) pairwise(t op.Type, x, y ir.Value) asm.Reg {
	if o := pairRows.of(t); l.supports(o) {
		return l.vecOp(o, t, x, y)
	}
	return l.pairwiseX(t, l.Reg(x), l.Reg(y))
}

var pairRows = &laneRows{0, x64.PHADDW, x64.PHADDD, 0}

// pairwiseX uses shifts and shuffles where there is no instruction.
func (l *lowerer) pairwiseX(t op.Type, a, b asm.Reg) asm.Reg {
	switch {
	case t == op.I8X16:
		sums := func(v asm.Reg) asm.Reg {
			return l.shiftX(x64.PSRLWi, t, l.opXX(x64.PADDB, t, l.shiftX(x64.PSLLWi, t, v, 8), v), 8)
		}
		return l.opXX(x64.PACKUSWB, t, sums(a), sums(b))
	case l.supports(pairRows.of(t)):
		return l.opXX(pairRows.of(t), t, a, b)
	case t == op.I16X8:
		odd := l.opXX(x64.PACKSSDW, t, l.shiftX(x64.PSRADi, t, a, 16), l.shiftX(x64.PSRADi, t, b, 16))
		even := func(v asm.Reg) asm.Reg { return l.shiftX(x64.PSRADi, t, l.shiftX(x64.PSLLDi, t, v, 16), 16) }
		return l.opXX(x64.PADDW, t, l.opXX(x64.PACKSSDW, t, even(a), even(b)), odd)
	}
	odd := l.opXI(x64.SHUFPS, t, a, regRM(b), 0xdd)
	return l.opXX(x64.PADDD, t, l.opXI(x64.SHUFPS, t, a, regRM(b), 0x88), odd)
}

// pairSums adds neighbours of x, extended: of bytes by PMADDUBSW with ones, of words by PMADDWD with ones. Unsigned words
// are made signed by subtracting 0x8000, which adds up to 0x10000.
func (l *lowerer) pairSums(signed bool, x ir.Value) asm.Reg {
	if l.typeOf(x) == op.I8X16 {
		ones := splatOf(1, 1, 16)
		if signed {
			return l.opXX(x64.PMADDUBSW, op.I16X8, l.loadConst(op.I8X16, ones), l.Reg(x))
		}
		return l.opX(x64.PMADDUBSW, op.I16X8, l.Reg(x), l.mask(ones.lo, ones.hi))
	}
	ones := splatOf(1, 2, 16)
	if signed {
		return l.opX(x64.PMADDWD, op.I32X4, l.Reg(x), l.mask(ones.lo, ones.hi))
	}
	bias, twice := splatOf(0x8000, 2, 16), splatOf(0x1_0000, 4, 16)
	r := l.opX(x64.PXOR, op.I16X8, l.Reg(x), l.mask(bias.lo, bias.hi))
	r = l.opX(x64.PMADDWD, op.I32X4, r, l.mask(ones.lo, ones.hi))
	return l.opX(x64.PADDD, op.I32X4, r, l.mask(twice.lo, twice.hi))
}

// dotBytes adds to z the sums of four products of signed bytes of x and unsigned bytes of y.
func (l *lowerer) dotBytes(z, x, y asm.Reg) asm.Reg {
	o := uint16(x64.VPDPBUSD)
	if !l.m.has.vnni {
		o = x64.VPDPBUSDe
	}
	dst := l.NewReg(op.I32X4)
	l.Emit(asm.Inst{Op: o, R: [4]asm.Reg{dst, z, y, x}})
	return dst
}

func (l *lowerer) hasVNNI() bool { return l.m.has.vnni || l.m.has.vnniEVEX }

// sameValue reports whether x and y are one value.
func (l *lowerer) sameValue(x, y ir.Value) bool { return l.f.Resolve(x) == l.f.Resolve(y) }

// mulWide multiplies the low or high halves of x and y, whose type is t, into lanes of twice the width.
func (l *lowerer) mulWide(signed, high bool, t op.Type, x, y asm.Reg) asm.Reg {
	w := t.Merge()
	unpack := unpLow
	if high {
		unpack = unpHi
	}
	if t == op.I16X8 {
		mulhi := uint16(x64.PMULHUW)
		if signed {
			mulhi = x64.PMULHW
		}
		p := l.opXX(x64.PMULLW, t, x, y)
		return l.opXX(unpack.of(t), w, p, l.opXX(mulhi, t, x, y))
	}
	imm := int64(0x50) // lanes 0 and 1 to the even places
	if high {
		imm = 0xfa
	}
	o := uint16(x64.PMULUDQ)
	if signed {
		o = x64.PMULDQ
	}
	return l.opXX(o, w, l.op1I(x64.PSHUFD, t, regRM(x), imm), l.op1I(x64.PSHUFD, t, regRM(y), imm))
}

func (l *lowerer) is16or32Lanes(t op.Type) bool { return t == op.I16X8 || t == op.I32X4 }

// Integers to floats.

// fromUintX converts unsigned lanes of 32 bits: the lower 16 bits, and half of the rest, which is even, twice.
func (l *lowerer) fromUintX(x asm.Reg) asm.Reg {
	t := op.F32X4
	low := l.shiftX(x64.PSRLDi, op.I32X4, l.shiftX(x64.PSLLDi, op.I32X4, x, 16), 16)
	high := l.shiftX(x64.PSRLDi, op.I32X4, l.opXX(x64.PSUBD, op.I32X4, x, low), 1)
	h := l.op1(x64.CVTDQ2PS, t, regRM(high))
	return l.opXX(x64.ADDPS, t, l.opXX(x64.ADDPS, t, h, h), l.op1(x64.CVTDQ2PS, t, regRM(low)))
}

// fromUint32Low converts the two low unsigned lanes of 32 bits to f64: placed below the exponent of 2^52, they are the
// fraction.
func (l *lowerer) fromUint32Low(x ir.Value) asm.Reg {
	if l.hasAVX512VL() {
		return l.op1(x64.VCVTUDQ2PD, op.F64X2, regRM(l.Reg(x)))
	}
	r := l.opX(x64.UNPCKLPS, op.F64X2, l.Reg(x), l.mask(0x4330_0000_4330_0000, 0))
	return l.opX(x64.SUBPD, op.F64X2, r, l.mask(0x4330_0000_0000_0000, 0x4330_0000_0000_0000))
}

// fromInt64X converts signed lanes of 64 bits one by one.
func (l *lowerer) fromInt64X(x asm.Reg) asm.Reg {
	return l.perLane(op.F64X2, op.I64X2, func(v []asm.Reg) asm.Reg { return l.fromInt(op.F64, 8, regRM(v[0])) }, x)
}

// fromUint64X converts unsigned lanes of 64 bits. The halves are put below the exponents of 2^52 and 2^84: as the fraction
// of a number they add themselves to that, the upper half 2^32 times. Without both powers the upper half is exact, so that
// only the last sum rounds.
func (l *lowerer) fromUint64X(x asm.Reg) asm.Reg {
	const exp52, exp84, both = 0x4330_0000_0000_0000, 0x4530_0000_0000_0000, 0x4530_0000_0010_0000
	t := op.F64X2
	high := l.opX(x64.POR, t, l.shiftX(x64.PSRLQi, t, x, 32), l.mask(exp84, exp84))
	high = l.opX(x64.SUBPD, t, high, l.mask(both, both))
	var low asm.Reg
	if l.hasSSE41() {
		low = l.opXI(x64.PBLENDW, t, x, l.mask(exp52, exp52), 0xcc)
	} else {
		low = l.opXX(x64.PAND, t, l.loadConst(t, xconst{math.MaxUint32, math.MaxUint32, 16}), x)
		low = l.opX(x64.POR, t, low, l.mask(exp52, exp52))
	}
	return l.opXX(x64.ADDPD, t, low, high)
}

// Floats to integers.

// toSintSatX converts lanes of f32. CVTTPS2DQ makes the smallest number of what is out of range, which is wrong for
// floats that are not negative: these lanes are inverted. NaN becomes zero before.
func (l *lowerer) toSintSatX(x asm.Reg) asm.Reg {
	t := op.I32X4
	ordered := l.opXI(x64.CMPPS, t, x, regRM(x), predEq)
	x = l.opXX(x64.ANDPS, t, x, ordered)
	r := l.op1(x64.CVTTPS2DQ, t, regRM(x))
	over := l.opXX(x64.PAND, t, l.opXX(x64.PXOR, t, ordered, x), r)
	return l.opXX(x64.PXOR, t, l.shiftX(x64.PSRADi, t, over, 31), r)
}

// toUintSatX converts lanes of f32 to unsigned numbers: below 2^31 as such, above that the difference to 2^31 is added,
// whose conversion is inverted to the largest signed number if it is out of range too.
func (l *lowerer) toUintSatX(x asm.Reg) asm.Reg {
	t := op.I32X4
	zero := l.zeroX(t)
	x = l.opXX(x64.MAXPS, t, x, zero) // zero for NaN
	if l.hasAVX512VL() {
		return l.op1(x64.VCVTTPS2UDQ, t, regRM(x))
	}
	limit := l.op1(x64.CVTDQ2PS, t, regRM(l.loadConst(t, splatOf(math.MaxInt32, 4, 16)))) // rounds to 2^31
	d := l.opXX(x64.SUBPS, t, x, limit)
	over := l.opXI(x64.CMPPS, t, limit, regRM(d), predLe)
	high := l.opXX(x64.PXOR, t, l.op1(x64.CVTTPS2DQ, t, regRM(d)), over)
	if l.hasSSE41() {
		high = l.opXX(x64.PMAXSD, t, high, zero)
	} else {
		high = l.opXX(x64.PAND, t, l.opXX(x64.PCMPGTD, t, high, zero), high)
	}
	return l.opXX(x64.PADDD, t, high, l.op1(x64.CVTTPS2DQ, t, regRM(x)))
}

// toSint32Low converts two f64 to 32 bits, saturated, with zeros above.
func (l *lowerer) toSint32Low(x asm.Reg) asm.Reg {
	t := op.F64X2
	ordered := l.opXI(x64.CMPPD, t, x, regRM(x), predEq)
	limit := math.Float64bits(math.MaxInt32)
	limits := l.opX(x64.ANDPS, t, ordered, l.mask(limit, limit)) // zero for NaN
	return l.op1(x64.CVTTPD2DQ, op.I32X4, regRM(l.opXX(x64.MINPD, t, x, limits)))
}

// truncLow converts two f64 to 64 bits as CVTTSD2SI does, and these to 32 bits, saturated, with zeros above. CVTTPD2DQ
// differs where the first conversion succeeds and the second is too large, from 2^31 up to 2^63: there it returns the
// smallest number, whose opposite is right.
func (l *lowerer) truncLow(x asm.Reg) asm.Reg {
	t := op.F64X2
	r := l.op1(x64.CVTTPD2DQ, op.I32X4, regRM(x))
	low := l.loadConst(t, splatOf(math.Float64bits(1<<31), 8, 16))
	large := l.opXI(x64.CMPPD, t, low, regRM(x), predLe)
	fits := l.opXI(x64.CMPPD, t, x, regRM(l.loadConst(t, splatOf(math.Float64bits(1<<63), 8, 16))), predLt)
	over := l.opXX(x64.ANDPS, t, large, fits)
	return l.opXX(x64.PXOR, op.I32X4, l.opXI(x64.SHUFPS, op.I32X4, over, regRM(l.zeroX(t)), 0x88), r)
}

// toUint32Low converts two f64 to unsigned numbers of 32 bits, saturated, with zeros above: truncated and added to 2^52,
// they are the low half of the fraction.
func (l *lowerer) toUint32Low(x asm.Reg) asm.Reg {
	t := op.F64X2
	zero := l.zeroX(t)
	x = l.opXX(x64.MAXPD, t, x, zero) // zero for NaN
	if l.hasAVX512VL() {
		return l.op1(x64.VCVTTPD2UDQ, op.I32X4, regRM(x))
	}
	limit, magic := math.Float64bits(math.MaxUint32), math.Float64bits(1<<52)
	x = l.opX(x64.MINPD, t, x, l.mask(limit, limit))
	x = l.op1I(x64.ROUNDPD, t, regRM(x), 3)
	x = l.opX(x64.ADDPD, t, x, l.mask(magic, magic))
	return l.opXI(x64.SHUFPS, op.I32X4, x, regRM(zero), 0x88)
}

// toInt64SatX converts lanes of f64 one by one.
func (l *lowerer) toInt64SatX(signed bool, x asm.Reg) asm.Reg {
	o := uint16(pSATU64)
	if signed {
		o = pSATS
	}
	return l.perLane(op.I64X2, op.F64X2, func(v []asm.Reg) asm.Reg {
		return l.intPseudo(o, op.I64, op.F64, v[0], op.NoTrap)
	}, x)
}

// truncate64X converts lanes of f64 by CVTTSD2SI.
func (l *lowerer) truncate64X(x asm.Reg) asm.Reg {
	if l.hasAVX512DQ() {
		return l.op1(x64.VCVTTPD2QQ, op.I64X2, regRM(x))
	}
	return l.perLane(op.I64X2, op.F64X2, func(v []asm.Reg) asm.Reg { return l.toInt(op.F64, 8, op.I64, v[0]) }, x)
}

// narrowLoad converts v by a row that reads 8 bytes; a load of v becomes one of 8 bytes if it cannot trap.
func (l *lowerer) narrowLoad(o uint16, t op.Type, v ir.Value) asm.Reg {
	if inst, ok := l.sinkableX(v); ok && l.f.Mem(inst).NoTrap() {
		return l.op1(o, t, memRM(l.sink(inst)))
	}
	return l.op1(o, t, regRM(l.Reg(v)))
}

// vecNarrow packs the lanes of x and y, of type t.
func (l *lowerer) vecNarrow(r *laneRows, t op.Type, x, y ir.Value) asm.Reg {
	return l.vecOp(r.of(t), t.Split(), x, y)
}

// mulsWide reports whether mulWide can multiply lanes of type t: signed ones of 32 bits need PMULDQ.
func (l *lowerer) mulsWide(signed bool, t op.Type) bool {
	return !signed || t != op.I32X4 || l.hasSSE41()
}

// sumsPairs reports whether pairSums can add neighbours of type t.
func (l *lowerer) sumsPairs(t op.Type) bool { return t == op.I16X8 || t == op.I8X16 && l.hasSSSE3() }

// samePair reports whether x, y are x2, y2 in this or the other order.
func (l *lowerer) samePair(x, y, x2, y2 ir.Value) bool {
	return l.sameValue(x, x2) && l.sameValue(y, y2) || l.sameValue(x, y2) && l.sameValue(y, x2)
}

// mixedProduct extracts x and y if p and q are the products, as words, of the low and the high halves of signed bytes x
// and unsigned bytes y.
func (l *lowerer) mixedProduct(p, q ir.Value) (x, y ir.Value, ok bool) {
	x, y, ok = l.mixedFactors(p, op.SwidenLow, op.UwidenLow)
	if !ok {
		return 0, 0, false
	}
	x2, y2, ok := l.mixedFactors(q, op.SwidenHigh, op.UwidenHigh)
	return x, y, ok && l.sameValue(x, x2) && l.sameValue(y, y2)
}

// mixedFactors extracts x and y from a product of x and y, extended by the two opcodes from bytes.
func (l *lowerer) mixedFactors(p ir.Value, signed, unsigned op.Opcode) (x, y ir.Value, ok bool) {
	mul, ok := l.Def(p)
	if !ok || l.f.Data(mul).Op != op.Imul || l.typeOf(p) != op.I16X8 {
		return 0, 0, false
	}
	a, ok1 := l.Def(l.f.Data(mul).X[0])
	b, ok2 := l.Def(l.f.Data(mul).X[1])
	if !ok1 || !ok2 {
		return 0, 0, false
	}
	if l.f.Data(a).Op != signed {
		a, b = b, a
	}
	if l.f.Data(a).Op != signed || l.f.Data(b).Op != unsigned {
		return 0, 0, false
	}
	return l.f.Data(a).X[0], l.f.Data(b).X[0], true
}

// isLess extracts x and y if v is x < y, or y > x, of floats.
func (l *lowerer) isLess(v ir.Value) (x, y ir.Value, ok bool) {
	inst, ok := l.Def(v)
	if ok && l.f.Data(inst).Op == op.Bitcast {
		inst, ok = l.Def(l.f.Data(inst).X[0])
	}
	if !ok || l.f.Data(inst).Op != op.Fcmp {
		return 0, 0, false
	}
	switch d := l.f.Data(inst); d.FloatCC() {
	case op.FLt:
		return d.X[0], d.X[1], true
	case op.FGt:
		return d.X[1], d.X[0], true
	}
	return 0, 0, false
}
