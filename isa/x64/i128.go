package x64

import (
	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
)

// mulhi128 returns the high 128 bits of a product. The signed one is the unsigned one less each operand where the other
// is negative.
func (l *lowerer) mulhi128(signed bool, x, y ir.Value) (lo, hi asm.Reg) {
	xl, xh, yl, yh := l.reg(x), l.hi(x), l.reg(y), l.hi(y)
	mul := func(a, b asm.Reg) (lo, hi asm.Reg) { return l.mulhi(x64.MUL, op.I64, a, regRM(b)) }
	adc := func(a asm.Reg, b rmi) asm.Reg { return l.alu(aluADC, op.I64, a, b) }
	sum := func(a, b asm.Reg) asm.Reg { return l.alu(aluADD, op.I64, a, regRMI(b)) }
	_, h0 := mul(xl, yl)
	l1, h1 := mul(xl, yh)
	l2, h2 := mul(xh, yl)
	l3, h3 := mul(xh, yh)
	t := sum(h0, l1)
	h1 = adc(h1, immRMI(0))
	sum(t, l2)
	h2 = adc(h2, immRMI(0))
	lo = sum(h1, h2)
	h3 = adc(h3, immRMI(0))
	lo = sum(lo, l3)
	hi = adc(h3, immRMI(0))
	if !signed {
		return lo, hi
	}
	for _, p := range [2][3]asm.Reg{{xh, yl, yh}, {yh, xl, xh}} {
		s := l.signWord(p[0])
		a, b := l.alu(aluAND, op.I64, s, regRMI(p[1])), l.alu(aluAND, op.I64, s, regRMI(p[2]))
		lo = l.alu(aluSUB, op.I64, lo, regRMI(a))
		hi = l.alu(aluSBB, op.I64, hi, regRMI(b))
	}
	return lo, hi
}

// double emits SHLD or SHRD by a register: x, with bits of y shifted in.
func (l *lowerer) double(o uint16, x, y, n asm.Reg) asm.Reg {
	dst := l.NewReg(op.I64)
	l.Emit(asm.Inst{Op: o, Size: 8, R: [4]asm.Reg{dst, x, y, n}})
	return dst
}

// doubleImm is double by a constant.
func (l *lowerer) doubleImm(o uint16, x, y asm.Reg, k int64) asm.Reg {
	dst := l.NewReg(op.I64)
	l.Emit(asm.Inst{Op: o, Size: 8, R: [4]asm.Reg{dst, x, y}, Imm: k})
	return dst
}

// by64 tests whether a shift amount, taken modulo 128, is 64 or more.
func (l *lowerer) by64(n asm.Reg) {
	l.Emit(asm.Inst{Op: x64.TESTi, Size: 1, R: [4]asm.Reg{n}, Imm: 64})
}

// shl128 shifts left: for 64 and more the low half moves up and zero takes its place.
func (l *lowerer) shl128(x, nv ir.Value) (lo, hi asm.Reg) {
	return l.shiftLeft128(l.reg(x), l.hi(x), l.reg(nv))
}

func (l *lowerer) shiftLeft128(xl, xh, n asm.Reg) (lo, hi asm.Reg) {
	h := l.double(x64.SHLD, xh, xl, n)
	w := l.shift(x64.SHL, op.I64, xl, n)
	zero := l.movImm(op.I64, 0)
	l.by64(n)
	return l.cmov(x64.CCNE, op.I64, zero, w), l.cmov(x64.CCNE, op.I64, w, h)
}

// shr128 shifts right; o is SHR or SAR.
func (l *lowerer) shr128(o uint16, x, nv ir.Value) (lo, hi asm.Reg) {
	xl, xh, n := l.reg(x), l.hi(x), l.reg(nv)
	w := l.double(x64.SHRD, xl, xh, n)
	h := l.shift(o, op.I64, xh, n)
	var fill asm.Reg
	if o == x64.SAR {
		fill = l.signWord(xh)
	} else {
		fill = l.movImm(op.I64, 0)
	}
	l.by64(n)
	return l.cmov(x64.CCNE, op.I64, h, w), l.cmov(x64.CCNE, op.I64, fill, h)
}

// shl128Imm is shl128 by a constant.
func (l *lowerer) shl128Imm(x ir.Value, k int64) (lo, hi asm.Reg) {
	k &= 127
	xl := l.reg(x)
	switch {
	case k == 0:
		return xl, l.hi(x)
	case k >= 64:
		return l.movImm(op.I64, 0), l.shiftImm(x64.SHLi, 8, op.I64, xl, k-64)
	}
	h := l.doubleImm(x64.SHLDi, l.hi(x), xl, k)
	return l.shiftImm(x64.SHLi, 8, op.I64, xl, k), h
}

// shr128Imm is shr128 by a constant; o is SHRi or SARi.
func (l *lowerer) shr128Imm(o uint16, x ir.Value, k int64) (lo, hi asm.Reg) {
	k &= 127
	xh := l.hi(x)
	switch {
	case k == 0:
		return l.reg(x), xh
	case k >= 64 && o == x64.SARi:
		return l.shiftImm(o, 8, op.I64, xh, k-64), l.signWord(xh)
	case k >= 64:
		return l.shiftImm(o, 8, op.I64, xh, k-64), l.movImm(op.I64, 0)
	}
	w := l.doubleImm(x64.SHRDi, l.reg(x), xh, k)
	return w, l.shiftImm(o, 8, op.I64, xh, k)
}

// rot128 rotates; o is SHLD or SHRD. For 64 and more the halves change places.
func (l *lowerer) rot128(o uint16, x, nv ir.Value) (lo, hi asm.Reg) {
	xl, xh, n := l.reg(x), l.hi(x), l.reg(nv)
	a, b := l.double(o, xl, xh, n), l.double(o, xh, xl, n)
	l.by64(n)
	return l.cmov(x64.CCNE, op.I64, b, a), l.cmov(x64.CCNE, op.I64, a, b)
}

// testReg compares a register with zero.
func (l *lowerer) testReg(r asm.Reg) {
	l.Emit(asm.Inst{Op: x64.TEST, Size: 8, R: [4]asm.Reg{r, r}})
}

// clz128 counts leading zeros: in the high half, or, if that is zero, 64 and those of the low half.
func (l *lowerer) clz128(lo, hi asm.Reg) asm.Reg {
	a := l.clz(op.I64, regRM(hi))
	b := l.addImm(op.I64, l.clz(op.I64, regRM(lo)), 64)
	l.testReg(hi)
	return l.cmov(x64.CCE, op.I64, b, a)
}

// ctz128 counts trailing zeros.
func (l *lowerer) ctz128(x ir.Value) asm.Reg {
	lo, hi := l.reg(x), l.hi(x)
	a := l.ctz(op.I64, regRM(lo))
	b := l.addImm(op.I64, l.ctz(op.I64, regRM(hi)), 64)
	l.testReg(lo)
	return l.cmov(x64.CCE, op.I64, b, a)
}

// cls128 counts the bits below the sign bit that equal it.
func (l *lowerer) cls128(x ir.Value) asm.Reg {
	hi := l.hi(x)
	s := l.signWord(hi)
	n := l.clz128(l.alu(aluXOR, op.I64, s, regRMI(l.reg(x))), l.alu(aluXOR, op.I64, s, regRMI(hi)))
	return l.addImm(op.I64, n, -1)
}

// popcnt64 counts the bits of a register.
func (l *lowerer) popcnt64(x asm.Reg) asm.Reg {
	if l.hasPOPCNT() {
		return l.fromRM(x64.POPCNT, 8, op.I64, regRM(x))
	}
	return l.popcntSum(op.I64, x)
}

// abs128 inverts and increments if the sign is set: (x ^ s) - s.
func (l *lowerer) abs128(x ir.Value) (lo, hi asm.Reg) {
	xl, xh := l.reg(x), l.hi(x)
	s := l.signWord(xh)
	a := l.alu(aluXOR, op.I64, xl, regRMI(s))
	b := l.alu(aluXOR, op.I64, xh, regRMI(s))
	lo = l.alu(aluSUB, op.I64, a, regRMI(s))
	return lo, l.alu(aluSBB, op.I64, b, regRMI(s))
}

// minmax128 returns x if the comparison holds, else y.
func (l *lowerer) minmax128(cc op.IntCC, x, y ir.Value) (lo, hi asm.Reg) {
	xl, xh, yl, yh := l.reg(x), l.hi(x), l.reg(y), l.hi(y)
	c := l.icmp128(cc, x, y)
	return l.selectInt(c, op.I64, xl, yl), l.selectInt(c, op.I64, xh, yh)
}

// overflow128 adds or subtracts and returns the condition after it.
func (l *lowerer) overflow128(inst ir.Inst, lop, hop aluOp, cc uint8, x, y ir.Value) (lo, hi, flag asm.Reg) {
	lo, hi = l.pairOp(lop, hop, x, y)
	return lo, hi, l.flagOf(inst, cc)
}
