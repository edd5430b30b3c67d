package jit

import (
	"encoding/binary"
	"unsafe"

	"davit/jit/internal/native"
)

// Registers of thunks: see native.Enter, and the functions in thunk.go.
const (
	spReg, fpReg               = rsp, rbp
	ctxReg, entryReg, wordsReg = r12, r10, r11
	actReg, recReg, resultsReg = rcx, r13, r14
	tmpReg                     = rax
	keptReg                    = rbx // holds neither an argument nor a result
	reasonReg                  = rax
	pollReg                    = rcx // is not kept across calls
	payload0, payload1         = rax, rdx
)

const (
	bigEndian        = false
	calleeArea       = 0  // what a caller leaves free at its stack pointer, below stack arguments
	incomingArgs     = 16 // from the end of a stub's frame to the stack arguments of its caller
	calleeSavedBytes = 8 * 5
	slotStubSize     = 6
	trapFill         = 0xcc // int3
	lazyFrame        = 288  // from the lowest address to the saved frame pointer
)

var calleeSaved = [calleeSavedBytes / 8]uint8{rbx, r12, r13, r14, r15}

// lazyInts and lazyFloats are registers that may hold arguments in some convention.
var (
	lazyInts   = [...]uint8{rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11}
	lazyFloats = [...]uint8{0, 1, 2, 3, 4, 5, 6, 7}
)

// findCtx computes the context from the stack pointer.
func (e *encoder) findCtx(r uint8) {
	e.lea(r, rsp, -1)
	e.and(r, -int32(native.StackSlot()))
	e.lea(r, r, int32(native.CtxOffset()))
}

// noteGoSP is the first thing that an entry thunk does: the stack pointer is at Enter's return address.
func (e *encoder) noteGoSP() { e.store(8, rsp, r12, ctxGoSP) }

// exitToGo leaves for the call of Go in Enter. It jumps: a return would be predicted to go where compiled code returns to.
func (e *encoder) exitToGo() {
	e.load(8, rsp, r12, ctxGoSP)
	e.movImm32(rax, native.HostCall)
	e.pop(rcx)
	e.jmpReg(rcx)
}

// enterFromGo notes the goroutine stack pointer and puts Enter's return address back, which the call of Go has overwritten.
func (e *encoder) enterFromGo() {
	e.pushMem(r12, ctxExitPC)
	e.store(8, rsp, r12, ctxGoSP)
}

// retToGo returns to Enter; the stack pointer is Ctx.GoSP.
func (e *encoder) retToGo() { e.ret() }

// beginChain makes the record the end of the chain of frame pointers and lowers the stack pointer.
func (e *encoder) beginChain(below int32) {
	e.mov(rbp, rcx)
	if below != 0 {
		e.lea(rsp, rsp, below)
	}
}

// fetchCode and callCode call the function of the entry: its address waits in rax, or in the context if rax is a parameter.
func (e *encoder) fetchCode(s *Signature) {
	e.load(8, rax, r10, entryCode)
	if s.usesRax() {
		e.store(8, rax, r12, ctxCode)
	}
}

func (e *encoder) callCode(s *Signature) {
	if s.usesRax() {
		e.callMem(r12, ctxCode)
	} else {
		e.callReg(rax)
	}
}

// usesRax reports whether a parameter or the result pointer is in rax.
func (s *Signature) usesRax() bool {
	used := s.AreaBytes > 0 && s.AreaReg == rax
	walkParts(s.Params, func(p *Part, _ int32) { used = used || p.Place == IntReg && p.Reg == rax })
	return used
}

// beginStub makes the frame of a stub, endStub takes it off; Go has not kept rbp.
func (e *encoder) beginStub(frame int32) {
	e.push(rbp)
	e.mov(rbp, rsp)
	e.lea(rsp, rsp, -frame)
}

func (e *encoder) endStub(frame int32) {
	e.lea(rsp, rsp, frame)
	e.pop(rbp)
}

func (e *encoder) saveCallee(at int32) {
	for i, r := range calleeSaved {
		e.store(8, r, rsp, at+8*int32(i))
	}
}

func (e *encoder) restoreCallee(at int32) {
	for i, r := range calleeSaved {
		e.load(8, r, rsp, at+8*int32(i))
	}
}

// keepPinned gives r15, which may be pinned, the value that it had at the call of the host function that throws, where the stub
// has stored it.
func (e *encoder) keepPinned() {
	e.load(8, rcx, r12, ctxNatSP)
	e.load(8, rax, rcx, stubHost)
	e.load(4, rax, rax, int32(unsafe.Offsetof(hostFunc{}.frame)))
	e.bytes(0x48, 0x01, 0xc1) // add rcx, rax
	e.load(8, r15, rcx, -8)
}

// endLazyStub takes the frame of a lazy stub off and goes on at the target in it, without touching a register.
func (e *encoder) endLazyStub() {
	e.load(8, rbp, rsp, lazyFrame)
	e.lea(rsp, rsp, lazyTarget)
	e.retPop(8) // to the target; the frame pointer's place is dropped
}

// skipIfAtLeast jumps over n bytes if r >= v.
func (e *encoder) skipIfAtLeast(r uint8, v uint64, n int) {
	e.bytes(0x48|r>>3, 0x81, 0xf8|r&7) // cmp r, v
	e.imm32(int32(v))
	e.bytes(0x73, byte(n)) // jae
}

// retIfQuiet returns unless cancel is not 0 or guard has been raised.
func (e *encoder) retIfQuiet(cancel, guard uint8) {
	e.bytes(0x48, 0x85, 0xc0|cancel<<3|cancel, 0x75, 10)    // test cancel, cancel; jnz over the next three
	e.bytes(0x48, 0x81, 0xf8|guard, 0x00, 0xf0, 0xff, 0xff) // cmp guard, GuardRaised
	e.bytes(0x73, 1)                                        // jae over the return
	e.ret()
}

// learn stores Enter's return address and its pointer to words at [wordsReg].
func (e *encoder) learn() {
	e.load(8, rax, rsp, 0)
	e.store(8, rax, r11, 0)
	e.load(8, rax, rsp, native.WordsOffset)
	e.store(8, rax, r11, 8)
}

// align makes the next instruction start where it may, and returns the offset.
func (e *encoder) align() int { return len(e.b) }

// preempt makes the pad at which an interrupted function continues: [rsp] is its program counter, native.PreemptSkip-8
// bytes above is its stack. It saves all registers, the extended state with XSAVE or FXSAVE, calls yield and restores
// everything. It has no end that the signal handler must know.
func (e *encoder) preempt() int {
	areaSize := native.XsaveSize()
	const (
		fxsaveSize = 512
		frame      = 32 // as of other stubs, then the saved stack pointer
		savedSP    = stubNext + 8
	)
	xsave := areaSize > 0
	if !xsave {
		areaSize = fxsaveSize
	}
	areaSize = (areaSize + 63) &^ 63
	saved := [...]uint8{rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15}
	e.bytes(0x9c) // pushfq
	for _, r := range saved {
		e.push(r)
	}
	e.mov(rbx, rsp)
	e.and(rsp, -64)
	e.lea(rsp, rsp, int32(-areaSize))
	if xsave {
		const header = 512
		for i := int32(0); i < 64; i += 8 {
			e.storeImm(0, rsp, header+i)
		}
	}
	e.extendedState(xsave, 4, 0) // xsave, fxsave
	e.lea(rsp, rsp, -frame)
	e.store(8, rbx, rsp, savedSP)
	e.bytes(0xfc) // cld
	at := e.callGo(uintptr(unsafe.Pointer(&yieldHost)))

	e.patchAhead(at)
	e.load(8, rbx, rsp, savedSP)
	e.lea(rsp, rsp, frame)
	e.extendedState(xsave, 5, 1) // xrstor, fxrstor
	e.mov(rsp, rbx)
	for i := len(saved) - 1; i >= 0; i-- {
		e.pop(saved[i])
	}
	e.bytes(0x9d) // popfq
	e.retPop(native.PreemptSkip - 8)
	return -1
}

// extendedState saves or restores the extended state at [rsp]. The numbers are those of the instructions in their group.
func (e *encoder) extendedState(xsave bool, x, fx uint8) {
	if !xsave {
		e.mem(0, true, []byte{0x0f, 0xae}, fx, rsp, 0)
		return
	}
	e.movImm32(rax, native.XsaveMask)
	e.zero(rdx)
	e.mem(0, true, []byte{0x0f, 0xae}, x, rsp, 0)
}

// slotStub makes a jump, to be put at address at, through a word of data.
func slotStub(at, word uintptr) []byte {
	// jmp *[rip+distance], which is from the end of the instruction
	return binary.LittleEndian.AppendUint32([]byte{0xff, 0x25}, uint32(word-at-slotStubSize))
}

const farJumpSize = 14

// trapPC returns the address of the instruction that trapped: that of a breakpoint is reported behind it.
func trapPC(t *Trap) uintptr {
	if t.Signal == sigTrap {
		return t.PC - 1
	}
	return t.PC
}

// farJump makes a jump to any address.
func farJump(target uintptr) []byte {
	// jmp *[rip]; the address follows
	return binary.LittleEndian.AppendUint64([]byte{0xff, 0x25, 0, 0, 0, 0}, uint64(target))
}
