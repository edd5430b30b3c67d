package x64

import (
	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
)

// Conversions between scalars.
//
// CVTTSS2SI returns the smallest number of its width for NaN and whatever is out of range. Conversions to a narrower
// integer use a wider CVTTSS2SI (64 bits for 32, 32 for 8 and 16): the result is right exactly if it equals its own low
// part, extended. Only 64-bit results need more. What went wrong is found out after the fact.

// fromInt converts a signed integer; the zero breaks the dependency on the old contents of the register.
func (l *lowerer) fromInt(t op.Type, size uint8, x rm) asm.Reg {
	o := uint16(x64.CVTSI2SD)
	if t == op.F32 {
		o = x64.CVTSI2SS
	}
	return l.two(l.vex(o), size, t, l.zeroX(t), x)
}

// fromSint converts the signed integer v.
func (l *lowerer) fromSint(t op.Type, v ir.Value) asm.Reg {
	if l.typeOf(v).Bits() < 32 {
		return l.fromInt(t, 4, regRM(l.sext(v, op.I32)))
	}
	return l.fromInt(t, opSize(l.typeOf(v)), l.rm(v))
}

// fromUint converts the unsigned integer v.
func (l *lowerer) fromUint(t op.Type, v ir.Value) asm.Reg {
	switch from := l.typeOf(v); {
	case from.Bits() < 32:
		return l.fromInt(t, 4, regRM(l.zext(v, op.I32)))
	case l.hasAVX512F():
		o := uint16(x64.VCVTUSI2SD)
		if t == op.F32 {
			o = x64.VCVTUSI2SS
		}
		return l.two(o, opSize(from), t, l.zeroX(t), l.rm(v))
	case from == op.I32:
		return l.fromInt(t, 8, regRM(l.zext(v, op.I64)))
	}
	return l.fromUint64(t, l.Reg(v))
}

// fromUint64 converts an unsigned integer of 64 bits.
func (l *lowerer) fromUint64(t op.Type, x asm.Reg) asm.Reg {
	dst, t1, t2 := l.NewReg(t), l.NewReg(op.I64), l.NewReg(op.I64)
	l.Emit(asm.Inst{Op: pFROMU64, Size: exactSize(t), R: [4]asm.Reg{dst, t1, t2, x}})
	return dst
}

// toInt emits a conversion to a signed integer of the given width in bytes.
func (l *lowerer) toInt(from op.Type, size uint8, t op.Type, x asm.Reg) asm.Reg {
	return l.fromRM(l.vex(fpCVT.of(from)), size, t, regRM(x))
}

// checked converts x to t by an integer conversion of a wider type, compares the result with its low part, and traps
// unless they are equal. o extends the low part.
func (l *lowerer) checked(t op.Type, v ir.Value, wide op.Type, o uint16, size uint8) asm.Reg {
	from, x := l.typeOf(v), l.Reg(v)
	r := l.toInt(from, exactSize(wide), wide, x)
	low := l.fromRM(o, size, wide, regRM(r))
	l.Emit(asm.Inst{Op: x64.CMP, Size: exactSize(wide), R: [4]asm.Reg{r, low}})
	l.Emit(asm.Inst{Op: pTRAPFP, CC: x64.CCE, Size: exactSize(from), R: [4]asm.Reg{x}, Trap: uint8(op.IntegerOverflow)})
	return low
}

// toSint converts v to a signed integer, or traps.
func (l *lowerer) toSint(t op.Type, v ir.Value) asm.Reg {
	switch t {
	case op.I8:
		return l.checked(t, v, op.I32, x64.MOVSXb, 4)
	case op.I16:
		return l.checked(t, v, op.I32, x64.MOVSXw, 4)
	case op.I32:
		return l.checked(t, v, op.I64, x64.MOVSXD, 8)
	}
	from, x := l.typeOf(v), l.Reg(v)
	r := l.toInt(from, 8, t, x)
	l.Emit(asm.Inst{Op: x64.CMPi, Size: 8, R: [4]asm.Reg{r}, Imm: 1})
	l.Emit(asm.Inst{Op: pTRAPFP64, Size: exactSize(from), R: [4]asm.Reg{x}, Trap: uint8(op.IntegerOverflow)})
	return r
}

// toUint converts v to an unsigned integer, or traps.
func (l *lowerer) toUint(t op.Type, v ir.Value) asm.Reg {
	switch t {
	case op.I8:
		return l.checked(t, v, op.I32, x64.MOVZXb, 4)
	case op.I16:
		return l.checked(t, v, op.I32, x64.MOVZXw, 4)
	case op.I32:
		return l.checked(t, v, op.I64, pMOVL, 4)
	}
	from, x := l.typeOf(v), l.Reg(v)
	if l.hasAVX512F() { // the instruction returns all ones, which no float is, for what it cannot convert
		o := uint16(x64.VCVTTSD2USI)
		if from == op.F32 {
			o = x64.VCVTTSS2USI
		}
		r := l.fromRM(o, 8, t, regRM(x))
		l.Emit(asm.Inst{Op: x64.CMPi, Size: 8, R: [4]asm.Reg{r}, Imm: -1})
		l.Emit(asm.Inst{Op: pTRAPFP, CC: x64.CCNE, Size: exactSize(from), R: [4]asm.Reg{x}, Trap: uint8(op.IntegerOverflow)})
		return r
	}
	return l.intPseudo(pTOU64, t, from, x, op.TrapCode(op.IntegerOverflow))
}

// intPseudo emits a pseudo-instruction that converts x to an integer of 4 or 8 bytes, with a scratch register of class
// Float.
func (l *lowerer) intPseudo(o uint16, t, from op.Type, x asm.Reg, code op.TrapCode) asm.Reg {
	dst := l.NewReg(t)
	l.Emit(asm.Inst{Op: o, Size: exactSize(from), CC: opSize(t), R: [4]asm.Reg{dst, l.NewReg(op.F64), x}, Trap: uint8(code)})
	return dst
}

// toSintSat converts v to a signed integer, the nearest one if it is out of range.
func (l *lowerer) toSintSat(t op.Type, v ir.Value) asm.Reg {
	w := t
	if t.Bits() < 32 {
		w = op.I32
	}
	r := l.intPseudo(pSATS, w, l.typeOf(v), l.Reg(v), op.NoTrap)
	if t.Bits() < 32 {
		limit := int64(1) << (t.Bits() - 1)
		r = l.clamp(l.clamp(r, limit-1, x64.CCG), -limit, x64.CCL)
	}
	return r
}

// toUintSat converts v to an unsigned integer, the nearest one if it is out of range.
func (l *lowerer) toUintSat(t op.Type, v ir.Value) asm.Reg {
	from, x := l.typeOf(v), l.Reg(v)
	switch t {
	case op.I32:
		dst := l.NewReg(t)
		l.Emit(asm.Inst{Op: pSATU32, Size: exactSize(from), R: [4]asm.Reg{dst, l.NewReg(op.F64), l.NewReg(op.I64), x}})
		return dst
	case op.I64:
		return l.intPseudo(pSATU64, t, from, x, op.NoTrap)
	}
	r := l.intPseudo(pSATS, op.I32, from, x, op.NoTrap)
	return l.clamp(l.clamp(r, 0, x64.CCL), int64(1)<<t.Bits()-1, x64.CCG)
}

// clamp returns k if x compares with k as cc says, else x.
func (l *lowerer) clamp(x asm.Reg, k int64, cc uint8) asm.Reg {
	limit := l.movImm(op.I32, k)
	l.Emit(asm.Inst{Op: x64.CMPi, Size: 4, R: [4]asm.Reg{x}, Imm: k})
	return l.cmov(cc, op.I32, limit, x)
}

// Bit casts.

// bitcast returns the bits of v, of any type, as a value of type t of the same size.
func (l *lowerer) bitcast(t op.Type, v ir.Value) asm.Reg {
	if inst, ok := l.sinkableX(v); ok && inXMM(t) != inXMM(l.typeOf(v)) {
		return l.loadValue(t, l.sink(inst))
	}
	return l.moveClass(t, l.Reg(v), inXMM(l.typeOf(v)))
}

// moveClass moves a value of at most 8 bytes to the register class of t.
func (l *lowerer) moveClass(t op.Type, x asm.Reg, fromXMM bool) asm.Reg {
	switch {
	case inXMM(t) == fromXMM:
		return x
	case fromXMM:
		return l.fromXMM(t, x)
	}
	return l.toXMM(t, opSize(t), x)
}

// toXMM moves size bytes of a general-purpose register to a vector register, zero-extended.
func (l *lowerer) toXMM(t op.Type, size uint8, x asm.Reg) asm.Reg {
	return l.fromRM(l.vex(x64.MOVD), size, t, regRM(x))
}

// fromXMM moves the low bytes of a vector register to a general-purpose register, as type t.
func (l *lowerer) fromXMM(t op.Type, x asm.Reg) asm.Reg {
	dst := l.NewReg(t)
	l.Emit(asm.Inst{Op: l.vex(x64.MOVDr), Size: opSize(t), R: [4]asm.Reg{dst, x}})
	return dst
}

// pairToXMM moves the halves of an i128 to a vector register.
func (l *lowerer) pairToXMM(t op.Type, lo, hi asm.Reg) asm.Reg {
	x := l.toXMM(t, 8, lo)
	if l.hasSSE41() {
		dst := l.NewReg(t)
		l.Emit(asm.Inst{Op: l.vex(x64.PINSRD), Size: 8, R: [4]asm.Reg{dst, x, hi}, Imm: 1})
		return dst
	}
	return l.opXX(x64.PUNPCKLQDQ, t, x, l.toXMM(t, 8, hi))
}

// pairFromXMM moves 16 bytes of a vector register to the halves of an i128.
func (l *lowerer) pairFromXMM(x asm.Reg) (lo, hi asm.Reg) {
	lo = l.fromXMM(op.I64, x)
	if l.hasSSE41() {
		hi = l.NewReg(op.I64)
		l.Emit(asm.Inst{Op: l.vex(x64.PEXTRD), Size: 8, R: [4]asm.Reg{hi, x}, Imm: 1})
		return lo, hi
	}
	return lo, l.fromXMM(op.I64, l.op1I(x64.PSHUFD, op.I8X16, regRM(x), 0xee))
}
