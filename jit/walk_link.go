//go:build !amd64 && !s390x

package jit

import "davit/jit/internal/native"

// Frame pointer and return address are stored together.
const linkBytes, chainBytes = 16, 16

// prologueBytes is the length of the instructions that store both and set the frame pointer.
const prologueBytes = 16

// fromTrap starts a walk at the caller of fn, which trapped at off; fn is nil after a call of an address that is no code. The
// return address of a function that has no frame yet, or makes none, is in the link register.
func (w *walker) fromTrap(fn *placed, off uint32) {
	c := w.ctx
	w.pc, w.fp, w.sp = c.TrapLR, c.TrapBP, c.TrapSP
	if fn == nil || !fn.code.FramePointer || off < prologueBytes || !w.inStack(c.TrapBP) {
		return
	}
	w.fp, w.pc, w.sp = native.Load(c.TrapBP), native.Load(c.TrapBP+8), c.TrapBP+16
}
