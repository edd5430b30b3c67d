package x64

import (
	"math"

	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
)

// Floating-point operations on vectors that differ from those on scalars.

// compareFloat is how a condition becomes CMPPS: a predicate, after exchanging the operands if swap is set. Without AVX,
// which has a predicate for every condition, the last two need a second comparison.
type compareFloat struct {
	pred   int64
	swap   bool
	avx    int64 // predicate that only AVX has, or 0
	second int64 // merged with the first: for "one" by AND, for "ueq" by OR
}

var floatPreds = [op.NumFloatCC]compareFloat{
	op.FOrd: {pred: predOrd}, op.FUno: {pred: predUnord}, op.FEq: {pred: predEq}, op.FNe: {pred: predNeq},
	op.FOne: {pred: predNeq, avx: 0x0c, second: predOrd}, op.FUeq: {pred: predEq, avx: 0x08, second: predUnord},
	op.FLt: {pred: predLt}, op.FLe: {pred: predLe}, op.FGt: {pred: predLt, swap: true}, op.FGe: {pred: predLe, swap: true},
	op.FUlt: {pred: predNle, swap: true}, op.FUle: {pred: predNlt, swap: true}, op.FUgt: {pred: predNle}, op.FUge: {pred: predNlt},
}

// vecFcmp compares lanes.
func (l *lowerer) vecFcmp(cc op.FloatCC, t op.Type, x, y ir.Value) asm.Reg {
	c := &floatPreds[cc]
	o, r := l.vex(fpCMP.of(t)), t.AsInt()
	if c.swap {
		x, y = y, x
	}
	switch {
	case c.avx == 0:
		return l.opXI(o, r, l.Reg(x), l.xrm(o, y), c.pred)
	case l.hasAVX():
		return l.opXI(o, r, l.Reg(x), l.xrm(o, y), c.avx)
	}
	a, b := l.Reg(x), l.Reg(y)
	first, second := l.opXI(o, r, a, regRM(b), c.pred), l.opXI(o, r, a, regRM(b), c.second)
	if cc == op.FOne {
		return l.opXX(x64.ANDPS, r, first, second)
	}
	return l.opXX(x64.ORPS, r, first, second)
}

// vecMinMax computes minimum and maximum in both orders, because MINPS returns the second operand if one is NaN or both
// are zero, and merges the two: for the minimum by OR, for the maximum so that signs of zeros that differ cancel out.
// In lanes with NaN it then clears the payload and sets the quiet bit.
func (l *lowerer) vecMinMax(max bool, t op.Type, x, y asm.Reg) asm.Reg {
	rows := fpMIN
	if max {
		rows = fpMAX
	}
	a, b := l.opXX(rows.of(t), t, x, y), l.opXX(rows.of(t), t, y, x)
	var r asm.Reg
	if max {
		d := l.opXX(x64.XORPS, t, b, a)
		r = l.opXX(fpSUB.of(t), t, l.opXX(x64.ORPS, t, a, d), d)
	} else {
		r = l.opXX(x64.ORPS, t, a, b)
	}
	nan := l.opXI(fpCMP.of(t), t, r, regRM(r), predUnord)
	if !max {
		r = l.opXX(x64.ORPS, t, r, nan)
	}
	if t == op.F32X4 {
		return l.opXX(x64.ANDNPS, t, l.shiftX(x64.PSRLDi, t, nan, 10), r)
	}
	return l.opXX(x64.ANDNPS, t, l.shiftX(x64.PSRLQi, t, nan, 13), r)
}

// minMaxOf emits MINPS or MAXPS as they are: x if it compares, else y.
func (l *lowerer) minMaxOf(r *fpRows, t op.Type, x, y ir.Value) asm.Reg {
	o := l.vex(r.of(t))
	return l.two(o, 0, t, l.Reg(x), l.xrm(o, y))
}

// roundX rounds without SSE4.1. Adding and subtracting 2^23 (2^52 for f64), with the sign of x, rounds to the nearest
// integer; one that lies on the wrong side of x is off by one. Numbers from there on are integers already, and zero is
// added to them. The sign, which a zero may have lost, is that of x.
func (l *lowerer) roundX(t op.Type, x asm.Reg, m *rounding) asm.Reg {
	limit := splatOf(uint64(math.Float32bits(1<<23)), 4, 16)
	if t == op.F64X2 {
		limit = splatOf(math.Float64bits(1<<52), 8, 16)
	}
	magic, signs := l.loadConst(t, limit), l.signMask(t)
	sign := l.opXX(x64.ANDPS, t, signs, x)
	abs := l.opXX(x64.ANDNPS, t, signs, x)
	bias := l.opXX(x64.ANDPS, t, l.opXI(fpCMP.of(t), t, abs, regRM(magic), predLt), magic)
	y := abs
	if m != roundTrunc {
		y, bias = x, l.opXX(x64.ORPS, t, bias, sign)
	}
	r := l.opXX(fpSUB.of(t), t, l.opXX(fpADD.of(t), t, y, bias), bias)
	switch m {
	case roundFloor, roundTrunc:
		r = l.opXX(fpADD.of(t), t, r, l.minusOnes(t, l.opXI(fpCMP.of(t), t, y, regRM(r), predLt)))
	case roundCeil:
		r = l.opXX(fpSUB.of(t), t, r, l.minusOnes(t, l.opXI(fpCMP.of(t), t, r, regRM(y), predLt)))
	}
	return l.opXX(x64.ORPS, t, r, sign)
}

// minusOnes converts lanes of all ones to -1, others to 0.
func (l *lowerer) minusOnes(t op.Type, mask asm.Reg) asm.Reg {
	if t == op.F32X4 {
		return l.op1(x64.CVTDQ2PS, t, regRM(mask))
	}
	return l.op1(x64.CVTDQ2PD, t, regRM(l.op1I(x64.PSHUFD, op.I32X4, regRM(mask), 0x08)))
}

// fmaX computes the lanes of a fused multiply-add by library calls.
func (l *lowerer) fmaX(t op.Type, x, y, z asm.Reg) asm.Reg {
	return l.perLane(t, t, func(v []asm.Reg) asm.Reg { return l.fmaLib(t.Lane(), v[0], v[1], v[2]) }, x, y, z)
}

// bitselect returns c&x | ^c&y. With a mask of whole bytes it is a blend.
func (l *lowerer) bitselect(t op.Type, c, x, y ir.Value) asm.Reg {
	switch {
	case l.hasAVX512VL() && t.Bits() == 128 && !(l.isMask(c, 8) && l.UsedOnce(x) && l.UsedOnce(y)):
		dst := l.NewReg(t)
		in := asm.Inst{Op: x64.VPTERNLOGD, R: [4]asm.Reg{dst, l.Reg(c), l.Reg(x)}, Imm: 0xca}
		l.emitRM(in, 3, l.xrm(x64.VPTERNLOGD, y))
		return dst
	case l.hasSSE41() && l.isMask(c, 8):
		return l.choose(t, l.Reg(c), l.Reg(x), l.Reg(y))
	}
	m := l.Reg(c)
	a := l.opXX(logicAND.of(t), t, l.Reg(x), m)
	return l.opXX(logicOR.of(t), t, l.opXX(logicANDN.of(t), t, m, l.Reg(y)), a)
}

// blendv returns x in the lanes of which the top bit of c is set, else y.
func (l *lowerer) blendv(t op.Type, c, x, y ir.Value) asm.Reg {
	m, a, b := l.Reg(c), l.Reg(x), l.Reg(y)
	width := t.LaneBits()
	if !l.hasSSE41() || width == 16 || width == 128 {
		if width == 128 {
			m = l.signs(op.I32X4, l.op1I(x64.PSHUFD, t, regRM(m), 0xff))
		} else {
			m = l.signs(t, m)
		}
		return l.choose(t, m, a, b)
	}
	legacy, vex := uint16(x64.PBLENDVB), uint16(x64.VPBLENDVB)
	switch width {
	case 32:
		legacy, vex = x64.BLENDVPS, x64.VBLENDVPS
	case 64:
		legacy, vex = x64.BLENDVPD, x64.VBLENDVPD
	}
	if l.hasAVX() {
		legacy = vex
	}
	dst := l.NewReg(t)
	l.Emit(asm.Inst{Op: legacy, R: [4]asm.Reg{dst, b, a, m}})
	return dst
}
