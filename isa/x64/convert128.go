package x64

import (
	"math"

	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
)

// Conversions between floats and integers of 128 bits, which no instruction does.
//
// To a float: the number is shifted up until its top bit is set, the lower half becomes one bit that says whether it had
// any (it can only decide a tie), the upper half is converted, which rounds once, and the result is multiplied by the
// power of 2 that undoes the shift, with the sign.
//
// From a float: the upper half is the float divided by 2^64, truncated; the lower half is what then remains, which a
// float holds exactly.

// from128 converts v, a signed or unsigned integer of 128 bits.
func (l *lowerer) from128(signed bool, t op.Type, v ir.Value) asm.Reg {
	lo, hi := l.reg(v), l.hi(v)
	mantissa, bias := int64(52), int64(1023)
	if t == op.F32 {
		mantissa, bias = 23, 127
	}
	var sign asm.Reg // the sign bit, in its place behind the exponent
	if signed {
		exponentBits := int64(t.Bits()) - 1 - mantissa
		sign = l.alu(aluAND, op.I32, l.shiftImm(x64.SHRi, 8, op.I64, hi, 63-exponentBits), immRMI(1<<exponentBits))
		lo, hi = l.abs128(v)
	}
	n := l.clz128(lo, hi)
	lo, hi = l.shiftLeft128(lo, hi, n)
	l.testReg(lo)
	sticky := l.fromRM(x64.MOVZXb, 4, op.I64, regRM(l.setOne(x64.CCNE)))
	top := l.alu(aluOR, op.I64, hi, regRMI(sticky))
	exponent := l.alu(aluSUB, op.I32, l.movImm(op.I32, bias+64), regRMI(n))
	if signed {
		exponent = l.alu(aluOR, op.I32, exponent, regRMI(sign))
	}
	power := l.toXMM(t, opSize(t), l.shiftImm(x64.SHLi, opSize(t), op.I64, exponent, mantissa))
	return l.opXX(fpMUL.of(t), t, l.fromUint64(t, top), power)
}

// float64 returns a constant as an operand.
func (l *lowerer) float64(x float64) rm { return memRM(l.pooled(xconst{math.Float64bits(x), 0, 8})) }

// asF64 returns v, an f32 or f64, as f64.
func (l *lowerer) asF64(v ir.Value) asm.Reg {
	if l.typeOf(v) == op.F32 {
		return l.fpUnary(x64.CVTSS2SD, op.F64, v)
	}
	return l.reg(v)
}

// magnitude128 converts x, a float that is not less than 0, to an unsigned integer of 128 bits, saturated. NaN becomes 0.
func (l *lowerer) magnitude128(x asm.Reg) (lo, hi asm.Reg) {
	x = l.opXX(x64.MAXSD, op.F64, x, l.zeroX(op.F64)) // the second operand if the first is NaN
	hi = l.intPseudo(pSATU64, op.I64, op.F64, l.opX(x64.MULSD, op.F64, x, l.float64(0x1p-64)), op.NoTrap)
	high := l.opX(x64.MULSD, op.F64, l.fromUint64(op.F64, hi), l.float64(0x1p64))
	lo = l.intPseudo(pSATU64, op.I64, op.F64, l.opXX(x64.SUBSD, op.F64, x, high), op.NoTrap)
	l.Emit(asm.Inst{Op: x64.CMPi, Size: 8, R: [4]asm.Reg{hi}, Imm: -1}) // saturated: no float has that as its upper half
	return l.cmov(x64.CCE, op.I64, hi, lo), hi
}

// toSat128 converts v to an integer of 128 bits, the nearest one if it is out of range.
func (l *lowerer) toSat128(signed bool, v ir.Value) (lo, hi asm.Reg) {
	if signed {
		return l.signed128(l.asF64(v))
	}
	return l.magnitude128(l.asF64(v))
}

// to128 converts v to an integer of 128 bits, or traps.
func (l *lowerer) to128(signed bool, v ir.Value) (lo, hi asm.Reg) {
	x := l.asF64(v)
	limit, least, cc := 0x1p128, -1.0, uint8(x64.CCA)
	if signed {
		limit, least, cc = 0x1p127, -0x1p127, x64.CCAE
	}
	l.compareOrTrap(l.op1(x64.MOVSD, op.F64, l.float64(limit)), regRM(x), x64.CCA, x)
	l.compareOrTrap(x, l.float64(least), cc, x)
	if signed {
		return l.signed128(x)
	}
	return l.magnitude128(x)
}

// signed128 converts x to a signed integer of 128 bits, saturated: the magnitude, negated if need be; one that has its
// top bit set is out of range, or that of the smallest number.
func (l *lowerer) signed128(x asm.Reg) (lo, hi asm.Reg) {
	sign := l.signWord(l.fromXMM(op.I64, x))
	lo, hi = l.magnitude128(l.opX(x64.ANDPS, op.F64, x, l.mask(1<<63-1, 1<<63-1)))
	a, b := l.alu(aluXOR, op.I64, lo, regRMI(sign)), l.alu(aluXOR, op.I64, hi, regRMI(sign))
	a = l.alu(aluSUB, op.I64, a, regRMI(sign))
	b = l.alu(aluSBB, op.I64, b, regRMI(sign))
	limitLo := l.alu(aluXOR, op.I64, sign, immRMI(-1))
	limitHi := l.alu(aluXOR, op.I64, l.movImm(op.I64, math.MaxInt64), regRMI(sign))
	l.testReg(hi)
	return l.cmov(x64.CCS, op.I64, limitLo, a), l.cmov(x64.CCS, op.I64, limitHi, b)
}

// compareOrTrap traps because of x unless y compares with z as cc says.
func (l *lowerer) compareOrTrap(y asm.Reg, z rm, cc uint8, x asm.Reg) {
	l.emitRM(asm.Inst{Op: l.vex(x64.UCOMISD), R: [4]asm.Reg{y}}, 1, z)
	l.Emit(asm.Inst{Op: pTRAPFP, CC: cc, Size: 8, R: [4]asm.Reg{x}, Trap: uint8(op.IntegerOverflow)})
}
