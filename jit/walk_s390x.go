package jit

import "davit/jit/internal/native"

// Frames of s390x. The CFA is the caller's stack pointer; the caller has left room there, where the callee saves registers,
// the return address among them. A function that keeps a back chain stores the caller's stack pointer at its own.

const (
	linkBytes, chainBytes = 0, 0
	savedLink             = 112 // where the return address is saved, from the CFA
)

// Offsets in a prologue that keeps a back chain: stmg, lgr, aghi, stg.
const (
	lowered = 14 // the stack pointer has been lowered
	chained = 20 // the back chain has been stored
)

// fromStub starts at the caller of a stub.
func (w *walker) fromStub(stub uintptr) {
	w.sp = stub + uintptr((*Call)(native.Ptr(stub)).host().frame)
	w.fp, w.pc = w.sp, native.Load(w.sp+savedLink)
}

// atRecord reports whether the frame to come is that of an activation's record, whose address is where the back chain ends.
func (w *walker) atRecord() bool { return theArena.isThunk(w.pc) && native.Load(w.sp) == w.act }

// step makes the frame at p current and moves pc and sp to its caller.
func (w *walker) step(p *place) {
	f := &w.frame
	f.Offset, f.Map = uint32(w.pc-p.fn.addr), p.m
	if w.fn != p.fn {
		w.fn, f.fn, f.Func, f.Code = p.fn, p.fn, p.fn.name, p.fn.code
	}
	f.FP, f.SP = 0, w.sp
	cfa := w.sp + uintptr(p.cfa)
	if p.fn.code.FramePointer {
		f.FP, cfa = w.sp, native.Load(w.sp)
	}
	w.pc, w.sp, w.fp = native.Load(cfa+savedLink), cfa+uintptr(p.pop), cfa
}

// sane reports whether the next step reads from the stack only: after a trap registers may hold anything.
func (w *walker) sane() bool {
	if !w.inStack(w.sp) {
		return false
	}
	if w.atRecord() {
		return true
	}
	p := w.cache.lookup(w.pc)
	switch {
	case p == nil:
		return false
	case p.fn.code.FramePointer:
		return w.inStack(native.Load(w.sp) + savedLink)
	}
	return w.inStack(w.sp + uintptr(p.cfa) + savedLink)
}

// fromTrap starts a walk at the caller of fn, which trapped at off; fn is nil after a call of an address that is no code. The
// return address of a function that makes no frame, or has none yet, is in the link register.
func (w *walker) fromTrap(fn *placed, off uint32) {
	c := w.ctx
	w.pc, w.sp, w.fp = c.TrapLR, c.TrapSP, c.TrapSP
	if fn == nil || off < lowered || !fn.code.FramePointer {
		return
	}
	if off < chained {
		w.sp += uintptr(fn.code.FrameSize)
		w.fp = w.sp
		return
	}
	if !w.inStack(c.TrapSP) {
		return
	}
	if sp := native.Load(c.TrapSP); sp > c.TrapSP && w.inStack(sp+savedLink) {
		w.pc, w.sp, w.fp = native.Load(sp+savedLink), sp, sp
	}
}
