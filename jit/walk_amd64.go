package jit

import (
	"davit/asm"
	"davit/jit/internal/native"
)

const (
	linkBytes  = 8  // between a frame and the CFA: the return address
	chainBytes = 16 // the same with a saved frame pointer
)

// fromTrap starts a walk at the caller of fn, which trapped at off; fn is nil after a call of an address that is no code.
func (w *walker) fromTrap(fn *placed, off uint32) {
	sp, bp := w.ctx.TrapSP, w.ctx.TrapBP
	row := asm.UnwindRow{CFA: 8}
	if fn != nil {
		row = fn.unwindAt(off)
	}
	cfa := sp + uintptr(row.CFA)
	if row.FP && len(fn.code.Unwind) == 0 {
		cfa = bp + 16
	}
	w.fp = bp
	if row.FP && w.inStack(cfa-16) {
		w.fp = native.Load(cfa - 16)
	}
	if w.inStack(cfa - 8) {
		w.pc, w.sp = native.Load(cfa-8), cfa+uintptr(row.Pop)
	}
}
