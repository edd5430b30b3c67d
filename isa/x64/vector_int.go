package x64

import (
	"math/bits"

	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
)

// Integer arithmetic on vectors of 128 bits.

// isV128 holds for all vectors of 128 bits, isVInt for those with integer lanes of 8 to 64 bits, isVFloat for those with
// lanes of f32 or f64.
func (l *lowerer) isV128(t op.Type) bool { return t.IsVector() && t.Bits() == 128 }
func (l *lowerer) isVInt(t op.Type) bool {
	return t == op.I8X16 || t == op.I16X8 || t == op.I32X4 || t == op.I64X2
}
func (l *lowerer) isVFloat(t op.Type) bool { return t == op.F32X4 || t == op.F64X2 }

// featureSets says which features of rows a machine has.
func (f *features) rows() (s [x64.NumFeatures]bool) {
	for x, on := range map[x64.Feature]bool{
		x64.Base: true, x64.SSE3: f.ssse3, x64.SSSE3: f.ssse3, x64.SSE41: f.sse41, x64.SSE42: f.sse42, x64.AVX: f.avx,
		x64.AVX2: f.avx2, x64.FMA: f.fma, x64.AVXVNNI: f.vnni, x64.AVX512VL: f.avx512vl, x64.AVX512DQ: f.avx512dq,
		x64.AVX512F: f.avx512f, x64.AVX512VBMI: f.vbmi, x64.AVX512BITALG: f.bitalg, x64.AVX512VNNI: f.vnniEVEX,
	} {
		s[x] = on
	}
	return s
}

// laneRows are the rows of an operation for lanes of 1, 2, 4 and 8 bytes, 0 where there is none.
type laneRows [4]uint16

func (r *laneRows) of(t op.Type) uint16 { return r[bits.TrailingZeros(uint(t.LaneBits()))-3] }

var (
	vADD    = &laneRows{x64.PADDB, x64.PADDW, x64.PADDD, x64.PADDQ}
	vSUB    = &laneRows{x64.PSUBB, x64.PSUBW, x64.PSUBD, x64.PSUBQ}
	vMUL    = &laneRows{0, x64.PMULLW, x64.PMULLD, x64.VPMULLQ}
	vSMIN   = &laneRows{x64.PMINSB, x64.PMINSW, x64.PMINSD, x64.VPMINSQ}
	vUMIN   = &laneRows{x64.PMINUB, x64.PMINUW, x64.PMINUD, x64.VPMINUQ}
	vSMAX   = &laneRows{x64.PMAXSB, x64.PMAXSW, x64.PMAXSD, x64.VPMAXSQ}
	vUMAX   = &laneRows{x64.PMAXUB, x64.PMAXUW, x64.PMAXUD, x64.VPMAXUQ}
	vSADD   = &laneRows{x64.PADDSB, x64.PADDSW}
	vUADD   = &laneRows{x64.PADDUSB, x64.PADDUSW}
	vSSUB   = &laneRows{x64.PSUBSB, x64.PSUBSW}
	vUSUB   = &laneRows{x64.PSUBUSB, x64.PSUBUSW}
	vAVG    = &laneRows{x64.PAVGB, x64.PAVGW}
	vABS    = &laneRows{x64.PABSB, x64.PABSW, x64.PABSD, x64.VPABSQ}
	vSMULHI = &laneRows{0, x64.PMULHW}
	vUMULHI = &laneRows{0, x64.PMULHUW}
	vEQ     = &laneRows{x64.PCMPEQB, x64.PCMPEQW, x64.PCMPEQD, x64.PCMPEQQ}
	vGT     = &laneRows{x64.PCMPGTB, x64.PCMPGTW, x64.PCMPGTD, x64.PCMPGTQ}
	vSHL    = &laneRows{0, x64.PSLLWi, x64.PSLLDi, x64.PSLLQi}
	vSHR    = &laneRows{0, x64.PSRLWi, x64.PSRLDi, x64.PSRLQi}
	vSAR    = &laneRows{0, x64.PSRAWi, x64.PSRADi, x64.VPSRAQi}
	vSHLx   = &laneRows{0, x64.PSLLW, x64.PSLLD, x64.PSLLQ}
	vSHRx   = &laneRows{0, x64.PSRLW, x64.PSRLD, x64.PSRLQ}
	vSARx   = &laneRows{0, x64.PSRAW, x64.PSRAD, x64.VPSRAQ}
	vROL    = &laneRows{0, 0, x64.VPROLDi, x64.VPROLQi}
	vROR    = &laneRows{0, 0, x64.VPRORDi, x64.VPRORQi}
	vPOPCNT = &laneRows{x64.VPOPCNTB, x64.VPOPCNTW}
)

// supports reports whether the machine has row o.
func (l *lowerer) supports(o uint16) bool { return o != 0 && l.m.rows[x64.FeatureOf(o)] }

// hasRow reports whether the machine has the row for lanes of type t.
func (l *lowerer) hasRow(r *laneRows, t op.Type) bool { return l.supports(r.of(t)) }

// vecBinary emits the row of an operation for lanes of type t.
func (l *lowerer) vecBinary(r *laneRows, t op.Type, x, y ir.Value) asm.Reg {
	return l.vecOp(r.of(t), t, x, y)
}

// vecOp emits row o with memory operands where possible.
func (l *lowerer) vecOp(o uint16, t op.Type, x, y ir.Value) asm.Reg {
	o = l.vex(o)
	if x64.AttrOf(o)&x64.Commutes != 0 {
		x, y = l.commuted(o, x, y)
	}
	return l.two(o, 0, t, l.Reg(x), l.xrm(o, y))
}

// vecUnary emits row o of one operand.
func (l *lowerer) vecUnary(o uint16, t op.Type, x ir.Value) asm.Reg {
	o = l.vex(o)
	return l.fromRM(o, 0, t, l.xrm(o, x))
}

// vecAbs emits the row of iabs.
func (l *lowerer) vecAbs(t op.Type, x ir.Value) asm.Reg { return l.vecUnary(vABS.of(t), t, x) }

// logic is a pair of rows: for integers and for floats.
type logic struct{ ints, floats uint16 }

var (
	logicAND  = logic{x64.PAND, x64.ANDPS}
	logicANDN = logic{x64.PANDN, x64.ANDNPS}
	logicOR   = logic{x64.POR, x64.ORPS}
	logicXOR  = logic{x64.PXOR, x64.XORPS}
)

func (r logic) of(t op.Type) uint16 {
	if t.LaneIsInt() {
		return r.ints
	}
	return r.floats
}

// vecLogic emits a bitwise operation on values of any type in vector registers.
func (l *lowerer) vecLogic(r logic, t op.Type, x, y ir.Value) asm.Reg {
	return l.vecOp(r.of(t), t, x, y)
}

// vecNot inverts all bits.
func (l *lowerer) vecNot(t op.Type, x asm.Reg) asm.Reg {
	ones := l.onesX(t)
	return l.opXX(logicXOR.of(t), t, x, ones)
}

// vecNotOf is vecNot of a value, which may be needed later.
func (l *lowerer) vecNotOf(t op.Type, v ir.Value) asm.Reg {
	if l.Wanted(l.f.Resolve(v)) {
		return l.opXX(logicXOR.of(t), t, l.onesX(t), l.Reg(v))
	}
	return l.vecNot(t, l.Reg(v))
}

// vecNeg returns -x.
func (l *lowerer) vecNeg(t op.Type, x ir.Value) asm.Reg {
	o := l.vex(vSUB.of(t))
	return l.two(o, 0, t, l.zeroX(t), l.xrm(o, x))
}

// signs returns all ones in the lanes of x that are negative, else zero.
func (l *lowerer) signs(t op.Type, x asm.Reg) asm.Reg {
	switch t.LaneBits() {
	case 8:
		return l.opXX(x64.PCMPGTB, t, l.zeroX(t), x)
	case 16:
		return l.shiftX(x64.PSRAWi, t, x, 15)
	case 32:
		return l.shiftX(x64.PSRADi, t, x, 31)
	}
	if l.hasAVX512VL() {
		return l.shiftX(x64.VPSRAQi, t, x, 63)
	}
	return l.op1I(x64.PSHUFD, t, regRM(l.shiftX(x64.PSRADi, t, x, 31)), 0xf5)
}

// vecAbsSum returns |x| without PABSD: the larger of x and -x, unsigned the smaller, or (x ^ s) - s with the signs s.
func (l *lowerer) vecAbsSum(t op.Type, x asm.Reg) asm.Reg {
	switch t {
	case op.I8X16:
		return l.opXX(x64.PMINUB, t, l.opXX(x64.PSUBB, t, l.zeroX(t), x), x)
	case op.I16X8:
		return l.opXX(x64.PMAXSW, t, l.opXX(x64.PSUBW, t, l.zeroX(t), x), x)
	}
	s := l.signs(t, x)
	return l.opXX(vSUB.of(t), t, l.opXX(x64.PXOR, t, x, s), s)
}

// mulBytes multiplies even and odd bytes as words.
func (l *lowerer) mulBytes(t op.Type, x, y asm.Reg) asm.Reg {
	even := l.shiftX(x64.PSRLWi, t, l.shiftX(x64.PSLLWi, t, l.opXX(x64.PMULLW, t, x, y), 8), 8)
	odd := l.opXX(x64.PMULLW, t, l.shiftX(x64.PSRLWi, t, x, 8), l.shiftX(x64.PSRLWi, t, y, 8))
	return l.opXX(x64.POR, t, l.shiftX(x64.PSLLWi, t, odd, 8), even)
}

// mulEvenOdd multiplies even and odd lanes of 32 bits by o, PMULUDQ or PMULDQ, and returns the products of 64 bits.
func (l *lowerer) mulEvenOdd(o uint16, x, y asm.Reg) (even, odd asm.Reg) {
	t := op.I32X4
	even = l.opXX(o, t, x, y)
	return even, l.opXX(o, t, l.op1I(x64.PSHUFD, t, regRM(x), 0xf5), l.op1I(x64.PSHUFD, t, regRM(y), 0xf5))
}

// mulDwords is PMULLD for SSE2.
func (l *lowerer) mulDwords(t op.Type, x, y asm.Reg) asm.Reg {
	even, odd := l.mulEvenOdd(x64.PMULUDQ, x, y)
	return l.opXX(x64.PUNPCKLDQ, t, l.op1I(x64.PSHUFD, t, regRM(even), 0x08), l.op1I(x64.PSHUFD, t, regRM(odd), 0x08))
}

// mulQwords multiplies lanes of 64 bits by their halves.
func (l *lowerer) mulQwords(t op.Type, x, y asm.Reg) asm.Reg {
	a := l.opXX(x64.PMULUDQ, t, l.shiftX(x64.PSRLQi, t, x, 32), y)
	b := l.opXX(x64.PMULUDQ, t, l.shiftX(x64.PSRLQi, t, y, 32), x)
	high := l.shiftX(x64.PSLLQi, t, l.opXX(x64.PADDQ, t, a, b), 32)
	return l.opXX(x64.PADDQ, t, high, l.opXX(x64.PMULUDQ, t, x, y))
}

// mulHighDwords returns the high halves of products of 32 bits. Without PMULDQ a signed product is an unsigned one,
// corrected by the other operand where one is negative.
func (l *lowerer) mulHighDwords(signed bool, t op.Type, x, y asm.Reg) asm.Reg {
	o := uint16(x64.PMULUDQ)
	if signed && l.hasSSE41() {
		o = x64.PMULDQ
	}
	even, odd := l.mulEvenOdd(o, x, y)
	r := l.opXX(x64.PUNPCKLDQ, t, l.op1I(x64.PSHUFD, t, regRM(even), 0x0d), l.op1I(x64.PSHUFD, t, regRM(odd), 0x0d))
	if !signed || o == x64.PMULDQ {
		return r
	}
	r = l.opXX(x64.PSUBD, t, r, l.opXX(x64.PAND, t, l.signs(t, x), y))
	return l.opXX(x64.PSUBD, t, r, l.opXX(x64.PAND, t, l.signs(t, y), x))
}

// mulHighBytes multiplies bytes extended to words and packs the high halves.
func (l *lowerer) mulHighBytes(signed bool, t op.Type, x, y asm.Reg) asm.Reg {
	half := func(unpack uint16) asm.Reg {
		z := l.zeroX(t)
		a, b := l.opXX(unpack, t, z, x), l.opXX(unpack, t, z, y) // bytes times 256
		if signed {
			return l.shiftX(x64.PSRLWi, t, l.opXX(x64.PMULHW, t, a, b), 8)
		}
		return l.shiftX(x64.PSRLWi, t, l.opXX(x64.PMULHUW, t, a, b), 8)
	}
	return l.opXX(x64.PACKUSWB, t, half(x64.PUNPCKLBW), half(x64.PUNPCKHBW))
}

// mulHighQwords multiplies lanes of 64 bits one by one.
func (l *lowerer) mulHighQwords(signed bool, t op.Type, x, y asm.Reg) asm.Reg {
	o := uint16(x64.MUL)
	if signed {
		o = x64.IMUL1
	}
	return l.perLane(t, t, func(v []asm.Reg) asm.Reg {
		_, h := l.mulhi(o, op.I64, v[0], regRM(v[1]))
		return h
	}, x, y)
}

// minMaxX returns x where x compares with y as cc says, else y.
func (l *lowerer) minMaxX(cc op.IntCC, t op.Type, x, y ir.Value) asm.Reg {
	a, b := l.Reg(x), l.Reg(y)
	if t == op.I16X8 { // unsigned: by saturating subtraction
		d := l.opXX(x64.PSUBUSW, t, a, b)
		if cc == op.Ult {
			return l.opXX(x64.PSUBW, t, a, d)
		}
		return l.opXX(x64.PADDW, t, d, b)
	}
	return l.choose(t, l.compareX(cc, t, a, b), a, b)
}

// avgX is avg_round by (x | y) - ((x ^ y) >> 1).
func (l *lowerer) avgX(t op.Type, x, y asm.Reg) asm.Reg {
	d := l.shiftX(vSHR.of(t), t, l.opXX(x64.PXOR, t, x, y), 1)
	return l.opXX(vSUB.of(t), t, l.opXX(x64.POR, t, x, y), d)
}

// Saturating arithmetic on lanes of 32 and 64 bits.

func (l *lowerer) uaddSat(t op.Type, x, y asm.Reg) asm.Reg {
	sum := l.opXX(vADD.of(t), t, x, y)
	return l.opXX(x64.POR, t, l.compareX(op.Ult, t, sum, y), sum)
}

func (l *lowerer) usubSat(t op.Type, x, y asm.Reg) asm.Reg {
	return l.opXX(x64.PAND, t, l.compareX(op.Ugt, t, x, y), l.opXX(vSUB.of(t), t, x, y))
}

// signedSat returns r, the wrapped result, or where it overflowed the limit on the side of x: the largest number xor the
// signs of x. over has the sign bit set in lanes that overflowed.
func (l *lowerer) signedSat(t op.Type, x, r, over asm.Reg) asm.Reg {
	limit := l.opXX(x64.PXOR, t, l.signs(t, x), l.shiftX(vSHR.of(t), t, l.onesX(t), 1))
	return l.choose(t, l.signs(t, over), limit, r)
}

func (l *lowerer) saddSat(t op.Type, x, y asm.Reg) asm.Reg {
	r := l.opXX(vADD.of(t), t, x, y)
	over := l.opXX(x64.PANDN, t, l.opXX(x64.PXOR, t, x, y), l.opXX(x64.PXOR, t, r, x))
	return l.signedSat(t, x, r, over)
}

func (l *lowerer) ssubSat(t op.Type, x, y asm.Reg) asm.Reg {
	r := l.opXX(vSUB.of(t), t, x, y)
	over := l.opXX(x64.PAND, t, l.opXX(x64.PXOR, t, x, y), l.opXX(x64.PXOR, t, r, x))
	return l.signedSat(t, x, r, over)
}

// Comparison.

// vecIcmp compares lanes, with memory operands where there is a row.
func (l *lowerer) vecIcmp(cc op.IntCC, t op.Type, x, y ir.Value) asm.Reg {
	switch {
	case cc == op.Eq && l.hasRow(vEQ, t):
		return l.vecBinary(vEQ, t, x, y)
	case cc == op.Slt && l.isZeroX(y) && t.LaneBits() > 8:
		return l.signs(t, l.Reg(x))
	case cc == op.Slt:
		x, y, cc = y, x, op.Sgt
	case cc == op.Sge && l.isZeroX(y) && t.LaneBits() > 8:
		return l.vecNot(t, l.signs(t, l.Reg(x)))
	}
	if cc == op.Sgt && l.hasRow(vGT, t) {
		return l.vecBinary(vGT, t, x, y)
	}
	return l.compareX(cc, t, l.Reg(x), l.Reg(y))
}

// isZeroX reports whether v is a constant vector of zeros.
func (l *lowerer) isZeroX(v ir.Value) bool {
	c, ok := l.constX(v)
	return ok && c.isZero()
}

// compareX compares registers. What PCMPEQ and PCMPGT cannot do is done by minimum and maximum, or by the opposite, and
// unsigned order by signed order of operands with inverted sign bits.
func (l *lowerer) compareX(cc op.IntCC, t op.Type, x, y asm.Reg) asm.Reg {
	byMinMax := func(r *laneRows) asm.Reg { return l.equalX(t, l.opXX(r.of(t), t, x, y), y) }
	switch cc {
	case op.Eq:
		return l.equalX(t, x, y)
	case op.Ne:
		return l.vecNot(t, l.equalX(t, x, y))
	case op.Sgt:
		return l.greaterX(t, x, y)
	case op.Slt:
		return l.greaterX(t, y, x)
	case op.Sge:
		if l.hasRow(vSMIN, t) && l.hasRow(vEQ, t) {
			return byMinMax(vSMIN)
		}
		return l.vecNot(t, l.greaterX(t, y, x))
	case op.Sle:
		if l.hasRow(vSMAX, t) && l.hasRow(vEQ, t) {
			return byMinMax(vSMAX)
		}
		return l.vecNot(t, l.greaterX(t, x, y))
	case op.Uge:
		if t == op.I16X8 && !l.hasSSE41() {
			return l.equalX(t, l.opXX(x64.PSUBUSW, t, y, x), l.zeroX(t))
		}
		if l.hasRow(vUMIN, t) && l.hasRow(vEQ, t) {
			return byMinMax(vUMIN)
		}
		return l.vecNot(t, l.aboveX(t, y, x))
	case op.Ule:
		if t == op.I16X8 && !l.hasSSE41() {
			return l.equalX(t, l.opXX(x64.PSUBUSW, t, x, y), l.zeroX(t))
		}
		if l.hasRow(vUMAX, t) && l.hasRow(vEQ, t) {
			return byMinMax(vUMAX)
		}
		return l.vecNot(t, l.aboveX(t, x, y))
	case op.Ugt:
		return l.aboveX(t, x, y)
	}
	return l.aboveX(t, y, x)
}

// equalX compares for equality; without PCMPEQQ a lane of 64 bits is equal if both halves are.
func (l *lowerer) equalX(t op.Type, x, y asm.Reg) asm.Reg {
	if l.hasRow(vEQ, t) {
		return l.opXX(vEQ.of(t), t, x, y)
	}
	e := l.opXX(x64.PCMPEQD, t, x, y)
	return l.opXX(x64.PAND, t, l.op1I(x64.PSHUFD, t, regRM(e), 0xb1), e)
}

// greaterX compares signed numbers. Without PCMPGTQ the high halves decide unless they are equal; then y - x is negative
// if x is greater.
func (l *lowerer) greaterX(t op.Type, x, y asm.Reg) asm.Reg {
	if l.hasRow(vGT, t) {
		return l.opXX(vGT.of(t), t, x, y)
	}
	low := l.opXX(x64.PAND, t, l.opXX(x64.PSUBQ, t, y, x), l.opXX(x64.PCMPEQD, t, x, y))
	return l.op1I(x64.PSHUFD, t, regRM(l.opXX(x64.POR, t, l.opXX(x64.PCMPGTD, t, x, y), low)), 0xf5)
}

// aboveX compares unsigned numbers.
func (l *lowerer) aboveX(t op.Type, x, y asm.Reg) asm.Reg {
	if l.hasRow(vUMAX, t) && l.hasRow(vEQ, t) {
		return l.vecNot(t, l.equalX(t, l.opXX(vUMAX.of(t), t, x, y), y))
	}
	if t == op.I16X8 { // what is left after subtraction
		return l.vecNot(t, l.equalX(t, l.opXX(x64.PSUBUSW, t, x, y), l.zeroX(t)))
	}
	m := l.signMask(t)
	return l.greaterX(t, l.opXX(x64.PXOR, t, x, m), l.opXX(x64.PXOR, t, m, y))
}

// Tests of a whole vector.

// isMask reports whether every lane of v, taken as lanes of the given width, is all ones or all zeros.
func (l *lowerer) isMask(v ir.Value, lane int) bool { return l.isMaskWithin(v, lane, 4) }

func (l *lowerer) isMaskWithin(v ir.Value, lane, depth int) bool {
	inst, ok := l.Def(v)
	if !ok || depth == 0 {
		return false
	}
	d := l.f.Data(inst)
	switch d.Op {
	case op.Icmp, op.Fcmp:
		return l.typeOf(v).IsVector() && l.typeOf(v).LaneBits() >= lane
	case op.Bnot, op.Bitcast:
		return l.typeOf(d.X[0]).IsVector() && l.isMaskWithin(d.X[0], lane, depth-1)
	case op.Band, op.Bor, op.Bxor:
		return l.isMaskWithin(d.X[0], lane, depth-1) && l.isMaskWithin(d.X[1], lane, depth-1)
	case op.Vconst:
		c, ok := l.constX(v)
		return ok && lane == 8 && c.bytes == 16 && c.isBytesMask()
	}
	return false
}

// isBytesMask reports whether every byte is 0 or 0xff.
func (c xconst) isBytesMask() bool {
	full := func(x uint64) bool { return x&0x0101_0101_0101_0101*0xff == x }
	return full(c.lo) && full(c.hi)
}

// anyTrue sets the flags for "some bit of v is set".
func (l *lowerer) anyTrue(v ir.Value) cond {
	x, t := l.Reg(v), l.typeOf(v)
	switch {
	case l.isSmall(t):
		l.testLow(t, x)
		return one(x64.CCNE)
	case l.isMask(v, 8):
		m := l.byteSigns(x)
		l.Emit(asm.Inst{Op: x64.TEST, Size: 4, R: [4]asm.Reg{m, m}})
		return one(x64.CCNE)
	case l.hasSSE41():
		l.Emit(asm.Inst{Op: l.vex(x64.PTEST), R: [4]asm.Reg{x, x}})
		return one(x64.CCNE)
	}
	m := l.byteSigns(l.opXX(x64.PCMPEQB, t, l.zeroX(t), x))
	l.Emit(asm.Inst{Op: x64.CMPi, Size: 4, R: [4]asm.Reg{m}, Imm: 0xffff})
	return one(x64.CCNE)
}

// allTrue sets the flags for "no lane of v is zero".
func (l *lowerer) allTrue(v ir.Value) cond {
	x, t := l.Reg(v), l.typeOf(v).AsInt()
	if l.isSmall(t) {
		return l.allTrueSmall(t, x)
	}
	if l.isMask(v, t.LaneBits()) {
		m := l.byteSigns(x)
		l.Emit(asm.Inst{Op: x64.CMPi, Size: 4, R: [4]asm.Reg{m}, Imm: 0xffff})
		return one(x64.CCE)
	}
	zero := l.equalX(t, l.zeroX(t), x)
	if l.hasSSE41() {
		l.Emit(asm.Inst{Op: l.vex(x64.PTEST), R: [4]asm.Reg{zero, zero}})
		return one(x64.CCE)
	}
	m := l.byteSigns(zero)
	l.Emit(asm.Inst{Op: x64.TEST, Size: 4, R: [4]asm.Reg{m, m}})
	return one(x64.CCE)
}

// byteSigns returns the sign bits of the bytes of x.
func (l *lowerer) byteSigns(x asm.Reg) asm.Reg { return l.maskBits(x64.PMOVMSKB, op.I32, x) }

func (l *lowerer) maskBits(o uint16, t op.Type, x asm.Reg) asm.Reg {
	dst := l.NewReg(t)
	l.Emit(asm.Inst{Op: l.vex(o), R: [4]asm.Reg{dst, x}})
	return dst
}

// highBits returns the sign bits of the lanes of v.
func (l *lowerer) highBits(t op.Type, v ir.Value) asm.Reg {
	x, from := l.Reg(v), l.typeOf(v)
	var m asm.Reg
	switch from.LaneBits() {
	case 8:
		m = l.maskBits(x64.PMOVMSKB, op.I32, x)
	case 16: // pack with zeros above
		packed := l.opXX(x64.PACKSSWB, op.I8X16, x, l.zeroX(op.I8X16))
		m = l.maskBits(x64.PMOVMSKB, op.I32, packed)
	case 32:
		m = l.maskBits(x64.MOVMSKPS, op.I32, x)
	default:
		m = l.maskBits(x64.MOVMSKPD, op.I32, x)
	}
	if l.isSmall(from) && from.Lanes() < t.Bits() {
		m = l.alu(aluAND, op.I32, m, immRMI(1<<from.Lanes()-1))
	}
	return m
}

// Population count.

func (l *lowerer) popcntRow(t op.Type, x ir.Value) asm.Reg { return l.vecUnary(vPOPCNT.of(t), t, x) }

// popcntX counts the bits of bytes and adds them up.
func (l *lowerer) popcntX(t op.Type, v ir.Value) asm.Reg {
	var n asm.Reg
	switch {
	case l.hasBITALG():
		n = l.vecUnary(x64.VPOPCNTB, t, v)
	case l.hasSSSE3():
		n = l.popcntTable(l.Reg(v))
	default:
		n = l.popcntBytes(l.Reg(v))
	}
	switch t {
	case op.I8X16:
		return n
	case op.I64X2:
		return l.opXX(x64.PSADBW, t, n, l.zeroX(t))
	}
	n = l.shiftX(x64.PSRLWi, t, l.opXX(x64.PADDB, t, l.shiftX(x64.PSLLWi, t, n, 8), n), 8)
	if t == op.I32X4 {
		n = l.shiftX(x64.PSRLDi, t, l.opXX(x64.PADDW, t, l.shiftX(x64.PSLLDi, t, n, 16), n), 16)
	}
	return n
}

const (
	nibbleMask  = 0x0f0f_0f0f_0f0f_0f0f
	nibbleBits0 = 0x0302_0201_0201_0100 // number of bits of 0 to 7
	nibbleBits8 = 0x0403_0302_0302_0201 // of 8 to 15
)

// popcntTable looks up the number of bits of both halves of each byte.
func (l *lowerer) popcntTable(x asm.Reg) asm.Reg {
	t := op.I8X16
	low := l.loadConst(t, xconst{nibbleMask, nibbleMask, 16})
	table := l.loadConst(t, xconst{nibbleBits0, nibbleBits8, 16})
	hi := l.opXX(x64.PAND, t, l.shiftX(x64.PSRLWi, t, x, 4), low)
	n := l.opXX(x64.PSHUFB, t, table, l.opXX(x64.PAND, t, low, x))
	return l.opXX(x64.PADDB, t, l.opXX(x64.PSHUFB, t, table, hi), n)
}

// popcntBytes sums in groups of 2, 4 and 8 bits; see popcntSum.
func (l *lowerer) popcntBytes(x asm.Reg) asm.Reg {
	t := op.I8X16
	shr := func(x asm.Reg, k int64) asm.Reg { return l.shiftX(x64.PSRLWi, t, x, k) }
	konst := func(k uint64) asm.Reg { return l.loadConst(t, xconst{k, k, 16}) }
	x = l.opXX(x64.PSUBB, t, x, l.opXX(x64.PAND, t, shr(x, 1), konst(mask1)))
	pairs := konst(mask2)
	x = l.opXX(x64.PADDB, t, l.opXX(x64.PAND, t, x, pairs), l.opXX(x64.PAND, t, shr(x, 2), pairs))
	return l.opXX(x64.PAND, t, l.opXX(x64.PADDB, t, shr(x, 4), x), konst(mask4))
}

// Fixed point and dot products.

// wordProducts returns the 32-bit products of words: low and high four.
func (l *lowerer) wordProducts(x, y asm.Reg) (lo, hi asm.Reg) {
	t := op.I32X4
	p, q := l.opXX(x64.PMULLW, t, x, y), l.opXX(x64.PMULHW, t, x, y)
	return l.opXX(x64.PUNPCKLWD, t, p, q), l.opXX(x64.PUNPCKHWD, t, p, q)
}

// mulRound16 returns (x*y + 0x4000) >> 15 of words, saturated, or (wrap) only its low half.
func (l *lowerer) mulRound16(t op.Type, x, y asm.Reg, wrap bool) asm.Reg {
	lo, hi := l.wordProducts(x, y)
	bias := l.loadConst(t, splatOf(0x4000, 4, 16))
	half := func(p asm.Reg) asm.Reg {
		p = l.shiftX(x64.PSRADi, t, l.opXX(x64.PADDD, t, p, bias), 15)
		if wrap {
			p = l.shiftX(x64.PSRADi, t, l.shiftX(x64.PSLLDi, t, p, 16), 16)
		}
		return p
	}
	return l.opXX(x64.PACKSSDW, t, half(lo), half(hi))
}

// mulRound32 returns (x*y + 0x4000_0000) >> 31 of lanes of 32 bits. Only the product of the smallest number with itself
// does not fit, and becomes that number; sat makes it the largest.
func (l *lowerer) mulRound32(t op.Type, x, y asm.Reg, sat bool) asm.Reg {
	var r asm.Reg
	if l.hasSSE41() {
		even, odd := l.mulEvenOdd(x64.PMULDQ, x, y)
		bias := l.loadConst(t, splatOf(0x4000_0000, 8, 16))
		even = l.shiftX(x64.PSRLQi, t, l.opXX(x64.PADDQ, t, even, bias), 31)
		odd = l.opXX(x64.PADDQ, t, odd, bias)
		r = l.opXI(x64.PBLENDW, t, even, regRM(l.opXX(x64.PADDQ, t, odd, odd)), 0xcc)
	} else {
		wide := func(v asm.Reg) asm.Reg { return l.fromRM(x64.MOVSXD, 8, op.I64, regRM(v)) }
		r = l.perLane(t, t, func(v []asm.Reg) asm.Reg {
			p := l.addImm(op.I64, l.two(x64.IMUL, 8, op.I64, wide(v[0]), regRM(wide(v[1]))), 0x4000_0000)
			return l.shiftImm(x64.SARi, 8, op.I64, p, 31)
		}, x, y)
	}
	if !sat {
		return r
	}
	limit := l.loadConst(t, splatOf(0x8000_0000, 4, 16))
	return l.opXX(x64.PXOR, t, l.opXX(x64.PCMPEQD, t, limit, r), r)
}

// sqmulRound saturates what PMULHRSW does not: the product of the smallest number with itself.
func (l *lowerer) sqmulRound(t op.Type, x, y ir.Value) asm.Reg {
	r := l.vecOp(x64.PMULHRSW, t, x, y)
	limit := l.loadConst(t, splatOf(0x8000, 2, 16))
	return l.opXX(x64.PXOR, t, l.opXX(x64.PCMPEQW, t, limit, r), r)
}

// pmaddubsw is PMADDUBSW for SSE2: bytes of x are signed, those of y unsigned.
func (l *lowerer) pmaddubsw(x, y asm.Reg) asm.Reg {
	t := op.I16X8
	shift := func(o uint16, v asm.Reg) asm.Reg { return l.shiftX(o, t, v, 8) }
	even := l.opXX(x64.PMULLW, t, shift(x64.PSRAWi, shift(x64.PSLLWi, x)), shift(x64.PSRLWi, shift(x64.PSLLWi, y)))
	odd := l.opXX(x64.PMULLW, t, shift(x64.PSRAWi, x), shift(x64.PSRLWi, y))
	return l.opXX(x64.PADDSW, t, even, odd)
}
