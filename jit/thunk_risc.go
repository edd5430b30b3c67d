//go:build linux && (arm64 || riscv64 || s390x)

package jit

import (
	"math/bits"
	"unsafe"

	"davit/jit/internal/native"
)

// What thunks of machines with a link register have in common. See thunk_linux_amd64.go for what each is for.

// slotShift is the logarithm of the distance between native stacks.
func slotShift() uint32 { return uint32(bits.TrailingZeros64(uint64(native.StackSlot()))) }

// ctxFromEnd is the distance from the end of a slot to its context.
func ctxFromEnd() int32 { return int32(native.CtxOffset() - native.StackSlot()) }

func (e *encoder) noteGoSP()    { e.store(8, spReg, ctxReg, ctxGoSP) }
func (e *encoder) enterFromGo() { e.store(8, spReg, ctxReg, ctxGoSP) }

func (e *encoder) exitToGo() {
	e.load(8, keptReg, ctxReg, ctxExitPC)
	e.load(8, spReg, ctxReg, ctxGoSP)
	e.movImm32(reasonReg, native.HostCall)
	e.jmpReg(keptReg)
}

func (e *encoder) retToGo() {
	e.load(8, linkReg, ctxReg, ctxExitPC)
	e.ret()
}

func (e *encoder) fetchCode(*Signature) { e.load(8, tmpReg, entryReg, entryCode) }
func (e *encoder) callCode(*Signature)  { e.callReg(tmpReg) }

func (e *encoder) jmpMem(base uint8, disp int32) {
	e.load(8, tmpReg, base, disp)
	e.jmpReg(tmpReg)
}

// retPop returns and removes n bytes of stack arguments.
func (e *encoder) retPop(n int32) {
	e.lea(spReg, spReg, n)
	e.ret()
}

// keepPinned does nothing: no register is pinned.
func (e *encoder) keepPinned() {}

func (e *encoder) learn() {
	e.store(8, linkReg, wordsReg, 0)
	e.load(8, tmpReg, spReg, native.WordsOffset)
	e.store(8, tmpReg, wordsReg, 8)
}

// align makes the next instruction start at a multiple of 8, so that words in the code are aligned, and returns the offset.
func (e *encoder) align() int {
	for len(e.b)%8 != 0 {
		e.nop()
	}
	return len(e.b)
}

// preempt makes the pad at which an interrupted function continues. The signal handler has saved all registers above the
// fixed part of a stub's frame at the stack pointer, and puts them back at the breakpoint whose offset is returned.
func (e *encoder) preempt() int {
	at := e.callGo(uintptr(unsafe.Pointer(&yieldHost)))
	e.patchAhead(at)
	e.breakpoint()
	return len(e.b) - breakpointLength + breakpointSize
}
