package x64

import (
	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
)

// Shifts and rotations of vectors by a scalar amount, which counts modulo the width of a lane. There are no shifts of
// bytes: these are shifted as words, and what came from the neighbour is masked off.

// laneMask is what amounts of lanes of type t are reduced to.
func laneMask(t op.Type) int64 { return int64(t.LaneBits() - 1) }

// count returns the amount n, reduced, in a vector register, plus a constant.
func (l *lowerer) count(t op.Type, n ir.Value, plus int64) asm.Reg {
	k := l.alu(aluAND, op.I32, l.Reg(n), immRMI(laneMask(t)))
	if plus != 0 {
		k = l.addImm(op.I32, k, plus)
	}
	return l.toXMM(op.I64X2, 4, k)
}

// shlX shifts left by a constant below the width of a lane.
func (l *lowerer) shlX(t op.Type, x asm.Reg, k int64) asm.Reg {
	switch {
	case k == 0:
		return x
	case k == 1:
		return l.opXX(vADD.of(t), t, x, x)
	case t != op.I8X16:
		return l.shiftX(vSHL.of(t), t, x, k)
	}
	m := splatOf(uint64(0xff<<k&0xff), 1, 16)
	return l.opX(x64.PAND, t, l.shiftX(x64.PSLLWi, t, x, k), l.mask(m.lo, m.hi))
}

// shrX shifts right, filling with zeros.
func (l *lowerer) shrX(t op.Type, x asm.Reg, k int64) asm.Reg {
	switch {
	case k == 0:
		return x
	case t != op.I8X16:
		return l.shiftX(vSHR.of(t), t, x, k)
	}
	m := splatOf(uint64(0xff>>k), 1, 16)
	return l.opX(x64.PAND, t, l.shiftX(x64.PSRLWi, t, x, k), l.mask(m.lo, m.hi))
}

// sarX shifts right, filling with the sign.
func (l *lowerer) sarX(t op.Type, x asm.Reg, k int64) asm.Reg {
	switch {
	case k == 0:
		return x
	case k == laneMask(t) && (t != op.I64X2 || !l.hasRow(vSAR, t)):
		return l.signs(t, x)
	case t == op.I64X2 && k == 32 && !l.hasRow(vSAR, t): // upper halves, then their signs
		odd := func(v asm.Reg) asm.Reg { return l.op1I(x64.PSHUFD, t, regRM(v), 0xed) }
		return l.opXX(x64.PUNPCKLDQ, t, odd(x), odd(l.shiftX(x64.PSRADi, t, x, 31)))
	case t == op.I8X16:
		return l.sarBytes(t, x, func(v asm.Reg) asm.Reg { return l.shiftX(x64.PSRAWi, t, v, k+8) })
	case l.hasRow(vSAR, t):
		return l.shiftX(vSAR.of(t), t, x, k)
	}
	sign := l.shiftX(x64.PSRLQi, t, l.signMask(t), k)
	return l.extendSign(t, l.shiftX(x64.PSRLQi, t, x, k), sign)
}

// sarBytes doubles bytes to words, shifts these by 8 more, and packs them.
func (l *lowerer) sarBytes(t op.Type, x asm.Reg, shift func(asm.Reg) asm.Reg) asm.Reg {
	lo := shift(l.opXX(x64.PUNPCKLBW, t, x, x))
	hi := shift(l.opXX(x64.PUNPCKHBW, t, x, x))
	return l.opXX(x64.PACKSSWB, t, lo, hi)
}

// extendSign returns (x ^ sign) - sign: x with the bits above the single one of sign filled with it.
func (l *lowerer) extendSign(t op.Type, x, sign asm.Reg) asm.Reg {
	return l.opXX(x64.PSUBQ, t, l.opXX(x64.PXOR, t, x, sign), sign)
}

// shlVar, shrVar and sarVar shift by the amount in the vector register n.
func (l *lowerer) shlVar(t op.Type, x, n asm.Reg) asm.Reg {
	if t != op.I8X16 {
		return l.opXX(vSHLx.of(t), t, x, n)
	}
	m := l.opXX(x64.PSLLW, t, l.onesX(t), n)
	m = l.opXX(x64.PACKSSWB, t, m, m)
	return l.opXX(x64.PAND, t, l.opXX(x64.PSLLW, t, x, n), m)
}

func (l *lowerer) shrVar(t op.Type, x, n asm.Reg) asm.Reg {
	if t != op.I8X16 {
		return l.opXX(vSHRx.of(t), t, x, n)
	}
	m := l.opXX(x64.PSRLW, t, l.shiftX(x64.PSRLWi, t, l.onesX(t), 8), n)
	m = l.opXX(x64.PACKUSWB, t, m, m)
	return l.opXX(x64.PAND, t, l.opXX(x64.PSRLW, t, x, n), m)
}

// vecShl, vecShr and vecSar shift by a scalar of any type.
func (l *lowerer) vecShl(t op.Type, x, n ir.Value) asm.Reg {
	if k, ok := l.constant(n); ok {
		return l.shlX(t, l.Reg(x), k&laneMask(t))
	}
	return l.shlVar(t, l.Reg(x), l.count(t, n, 0))
}

func (l *lowerer) vecShr(t op.Type, x, n ir.Value) asm.Reg {
	if k, ok := l.constant(n); ok {
		return l.shrX(t, l.Reg(x), k&laneMask(t))
	}
	return l.shrVar(t, l.Reg(x), l.count(t, n, 0))
}

func (l *lowerer) vecSar(t op.Type, x, n ir.Value) asm.Reg {
	if k, ok := l.constant(n); ok {
		if k &= laneMask(t); k != 0 && t == op.I64X2 && l.hasRow(vSAR, t) {
			return l.op1I(x64.VPSRAQi, t, l.xrm(x64.VPSRAQi, x), k)
		}
		return l.sarX(t, l.Reg(x), k)
	}
	if t == op.I8X16 {
		k := l.count(t, n, 8)
		return l.sarBytes(t, l.Reg(x), func(v asm.Reg) asm.Reg { return l.opXX(x64.PSRAW, t, v, k) })
	}
	k := l.count(t, n, 0)
	if l.hasRow(vSARx, t) {
		return l.opXX(vSARx.of(t), t, l.Reg(x), k)
	}
	sign := l.opXX(x64.PSRLQ, t, l.signMask(t), k)
	return l.extendSign(t, l.opXX(x64.PSRLQ, t, l.Reg(x), k), sign)
}

// vecRotate rotates left, or right, as two shifts.
func (l *lowerer) vecRotate(left bool, t op.Type, v, n ir.Value) asm.Reg {
	x, width := l.Reg(v), int64(t.LaneBits())
	if k, ok := l.constant(n); ok {
		k &= laneMask(t)
		rows := vROL
		if !left {
			rows = vROR
		}
		if l.hasRow(rows, t) {
			return l.shiftX(rows.of(t), t, x, k)
		}
		if !left {
			k = (width - k) & laneMask(t)
		}
		return l.rotateConst(t, x, k)
	}
	amount := l.alu(aluAND, op.I32, l.Reg(n), immRMI(laneMask(t)))
	rest := l.alu(aluAND, op.I32, l.unary(x64.NEG, 4, op.I32, amount), immRMI(laneMask(t)))
	a, b := l.toXMM(op.I64X2, 4, amount), l.toXMM(op.I64X2, 4, rest)
	if !left {
		a, b = b, a
	}
	return l.opXX(x64.POR, t, l.shlVar(t, x, a), l.shrVar(t, x, b))
}

// rotateConst rotates left by a constant. Bytes share one mask: it tells the bits shifted left from those shifted right.
func (l *lowerer) rotateConst(t op.Type, x asm.Reg, k int64) asm.Reg {
	width := int64(t.LaneBits())
	switch {
	case k == 0:
		return x
	case t == op.I16X8 && k == 8 && l.hasSSSE3():
		return l.opX(x64.PSHUFB, t, x, l.mask(0x0607_0405_0203_0001, 0x0e0f_0c0d_0a0b_0809))
	case t == op.I64X2 && k == 32:
		return l.op1I(x64.PSHUFD, t, regRM(x), 0xb1)
	case t == op.I8X16:
		c := splatOf(uint64(0xff<<k&0xff), 1, 16)
		m := l.loadConst(t, c)
		up := l.opXX(x64.PAND, t, l.shiftX(x64.PSLLWi, t, x, k), m)
		return l.opXX(x64.POR, t, l.opXX(x64.PANDN, t, m, l.shiftX(x64.PSRLWi, t, x, width-k)), up)
	}
	return l.opXX(x64.POR, t, l.shlX(t, x, k), l.shrX(t, x, width-k))
}
