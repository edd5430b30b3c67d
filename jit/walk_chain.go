//go:build !s390x

package jit

import (
	"davit/jit/internal/native"
)

// Frames of machines that chain frames by the frame pointer: it points to the saved frame pointer, behind which the return
// address is. Both are at the end of the frame, below the canonical frame address (CFA).

// fromStub starts at the caller of a stub.
func (w *walker) fromStub(stub uintptr) {
	h := (*Call)(native.Ptr(stub)).host()
	fp := stub + uintptr(h.frame)
	w.fp, w.pc, w.sp = native.Load(fp), native.Load(fp+8), fp+16
	if h.sig.CalleePops {
		w.sp += uintptr(h.sig.StackBytes)
	}
}

// atRecord reports whether the frame to come is that of an activation's record.
func (w *walker) atRecord() bool { return w.fp == w.act && theArena.isThunk(w.pc) }

// step makes the frame at p current and moves pc, fp and sp to its caller.
func (w *walker) step(p *place) {
	f := &w.frame
	f.Offset, f.Map = uint32(w.pc-p.fn.addr), p.m
	if w.fn != p.fn {
		w.fn, f.fn, f.Func, f.Code = p.fn, p.fn, p.fn.name, p.fn.code
	}
	size := uintptr(p.fn.code.FrameSize)
	if p.m != nil {
		size = uintptr(p.m.FrameSize)
	}
	var cfa uintptr
	if p.fn.code.FramePointer {
		f.FP, f.SP = w.fp, w.fp-size
		cfa, w.fp = w.fp+16, native.Load(w.fp)
	} else {
		cfa = w.sp + uintptr(p.cfa)
		f.FP, f.SP = 0, cfa-linkBytes-size
	}
	w.pc, w.sp = native.Load(cfa-8), cfa+uintptr(p.pop)
}

// sane reports whether the next step reads from the stack only: after a trap registers may hold anything.
func (w *walker) sane() bool {
	if w.atRecord() {
		return true
	}
	p := w.cache.lookup(w.pc)
	switch {
	case p == nil:
		return false
	case p.fn.code.FramePointer:
		return w.inStack(w.fp)
	}
	return w.inStack(w.sp + uintptr(p.cfa) - 8)
}
