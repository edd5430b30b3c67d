package x64

import (
	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
)

// makesNaN are the operations whose NaN results become canonical under enable_nan_canonicalization.
var makesNaN = [op.NumOpcodes]bool{
	op.Ceil: true, op.Floor: true, op.Nearest: true, op.Sqrt: true, op.Trunc: true, op.Fdemote: true, op.Fpromote: true,
	op.FvpromoteLow: true, op.Fvdemote: true, op.Fadd: true, op.Fdiv: true, op.Fmax: true, op.Fmin: true, op.Fmul: true,
	op.Fsub: true, op.Fma: true,
}

// canonical returns x, the result of d, with every NaN replaced by the positive quiet one without payload.
func (l *lowerer) canonical(d *ir.InstData, x asm.Reg) asm.Reg {
	t := l.control(d)
	switch d.Op {
	case op.FvpromoteLow:
		t = op.F64X2
	case op.Fvdemote:
		t = op.F32X4
	}
	nan := splatOf(0x7fc0_0000, 4, t.Bytes())
	if t.LaneBits() == 64 {
		nan = splatOf(0x7ff8_0000_0000_0000, 8, t.Bytes())
	}
	if t.IsVector() {
		unordered := l.opXI(fpCMP.of(t), t, x, regRM(x), predUnord)
		return l.choose(t, unordered, l.loadConst(t, nan), x)
	}
	l.Emit(asm.Inst{Op: l.vex(fpUCOM.of(t)), R: [4]asm.Reg{x, x}})
	return l.cmov(x64.CCP, t, l.loadConst(t, nan), x)
}

// The predicates of CMPPS.
const (
	predEq    = 0
	predLt    = 1
	predLe    = 2
	predUnord = 3
	predNeq   = 4
	predNlt   = 5
	predNle   = 6
	predOrd   = 7
)

// choose returns x in the lanes of which all bits of the mask are set, and y where none is.
func (l *lowerer) choose(t op.Type, mask, x, y asm.Reg) asm.Reg {
	switch {
	case l.hasAVX():
		dst := l.NewReg(t)
		l.Emit(asm.Inst{Op: x64.VPBLENDVB, R: [4]asm.Reg{dst, y, x, mask}})
		return dst
	case l.hasSSE41():
		dst := l.NewReg(t)
		l.Emit(asm.Inst{Op: x64.PBLENDVB, R: [4]asm.Reg{dst, y, x, mask}})
		return dst
	}
	x = l.opXX(x64.ANDPS, t, x, mask)
	return l.opXX(x64.ORPS, t, l.opXX(x64.ANDNPS, t, mask, y), x)
}
