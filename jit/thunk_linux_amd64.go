package jit

import (
	"encoding/binary"
	"unsafe"

	"davit/jit/internal/native"
)

// Offsets in the context and in an activation record, for the thunks.
const (
	ctxGoSP    = int32(unsafe.Offsetof(native.Ctx{}.GoSP))
	ctxSize    = int32(unsafe.Offsetof(native.Ctx{}.Size))
	ctxSettle  = int32(unsafe.Offsetof(native.Ctx{}.Settle))
	ctxExitPC  = int32(unsafe.Offsetof(native.Ctx{}.ExitPC))
	ctxNatSP   = int32(unsafe.Offsetof(native.Ctx{}.NatSP))
	ctxAct     = int32(unsafe.Offsetof(native.Ctx{}.Act))
	ctxG       = int32(unsafe.Offsetof(native.Ctx{}.G))
	ctxCode    = int32(unsafe.Offsetof(native.Ctx{}.Code))
	ctxCancel  = int32(unsafe.Offsetof(native.Ctx{}.Cancel))
	ctxThrowPC = int32(unsafe.Offsetof(native.Ctx{}.ThrowPC))
	ctxThrowSP = int32(unsafe.Offsetof(native.Ctx{}.ThrowSP))
	ctxThrowFP = int32(unsafe.Offsetof(native.Ctx{}.ThrowFP))
	ctxThrow0  = int32(unsafe.Offsetof(native.Ctx{}.Throw0))
	ctxThrow1  = int32(unsafe.Offsetof(native.Ctx{}.Throw1))

	entryCode = int32(unsafe.Offsetof(native.Entry{}.Code))
)

// findCtx computes the context from the stack pointer.
func (e *encoder) findCtx(r uint8) {
	e.lea(r, rsp, -1)
	e.and(r, -int32(native.StackSlot()))
	e.lea(r, r, int32(native.CtxOffset()))
}

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

func roundUp16(n int32) int32 { return (n + 15) &^ 15 }

// entryThunk makes the code that native.Enter calls: rcx = Ctx.Act, the new record, which is also where the native stack
// goes on; r10 = *Entry, r11 = argument words, r12 = context. The native stack must already have least bytes.
func entryThunk(s *Signature, least uintptr) []byte {
	var e encoder
	if least > native.DefaultStack {
		e.mem(0, true, []byte{0x81}, 7, r12, ctxSize) // cmp [r12+Size], least
		e.imm32(int32(least))
		var grow encoder
		grow.refuse(native.Grow)
		e.bytes(0x73, byte(len(grow.b))) // jae
		e.b = append(e.b, grow.b...)
	}
	e.store(8, rsp, r12, ctxGoSP)
	e.mov(rsp, rcx)
	e.mov(rbp, rcx)
	inRax := !s.usesRax()
	if !inRax {
		e.load(8, rax, r10, entryCode)
		e.store(8, rax, r12, ctxCode)
	}
	area := roundUp16(int32(s.AreaBytes))
	stack := roundUp16(int32(s.StackBytes))
	if area+stack > 0 {
		e.lea(rsp, rsp, -area-stack)
	}
	e.loadStackArgs(s, r11)
	if inRax {
		e.load(8, rax, r10, entryCode)
	}
	e.loadArgs(s, r11, -area)
	if inRax {
		e.callReg(rax)
	} else {
		e.callMem(r12, ctxCode)
	}

	// The record's address comes from the stack pointer, which is quicker than a load of Act.
	above := area + stack
	if s.CalleePops {
		above -= int32(s.StackBytes)
	}
	e.findCtx(r12)
	e.lea(r13, rsp, above)
	e.load(8, rsp, r12, ctxGoSP)
	e.load(8, r14, rsp, native.WordsOffset)
	e.storeResults(s, r14, r13, -area)
	e.load(8, rax, r12, ctxSettle) // the reason
	e.ret()
	return e.b
}

// usesRax reports whether a parameter or the result pointer is in rax.
func (s *Signature) usesRax() bool {
	used := s.AreaBytes > 0 && s.AreaReg == rax
	walkParts(s.Params, func(p *Part, _ int32) { used = used || p.Place == IntReg && p.Reg == rax })
	return used
}

// loadStackArgs copies argument words at [words] to the stack. rax is clobbered.
func (e *encoder) loadStackArgs(s *Signature, words uint8) {
	walkParts(s.Params, func(p *Part, disp int32) {
		if p.Place != Stack {
			return
		}
		for i := int32(0); i < int32(p.Bytes); i += 8 {
			n := min(p.Bytes, 8)
			e.load(n, rax, words, disp+i)
			e.store(n, rax, rsp, int32(p.Offset)+i)
		}
	})
}

// loadArgs loads argument words at [words] into registers, the register that holds words last. The result pointer is
// rbp+area.
func (e *encoder) loadArgs(s *Signature, words uint8, area int32) {
	var last *Part
	var lastDisp int32
	walkParts(s.Params, func(p *Part, disp int32) {
		if p.Place == FloatReg {
			e.loadFloat(max(p.Bytes, 4), p.Reg, words, disp)
		}
	})
	walkParts(s.Params, func(p *Part, disp int32) {
		switch {
		case p.Place != IntReg:
		case p.Reg == words:
			last, lastDisp = p, disp
		default:
			e.load(8, p.Reg, words, disp)
		}
	})
	if s.AreaBytes > 0 && s.AreaReg != words {
		e.lea(s.AreaReg, rbp, area)
	}
	if last != nil {
		e.load(8, last.Reg, words, lastDisp)
	}
	if s.AreaBytes > 0 && s.AreaReg == words {
		e.lea(s.AreaReg, rbp, area)
	}
}

// storeResults writes results, zero-extended, to [words]; those in memory come from rec+area. rbx is clobbered.
func (e *encoder) storeResults(s *Signature, words, rec uint8, area int32) {
	walkParts(s.Results, func(p *Part, disp int32) {
		e.storePart(p, words, disp)
	})
	walkParts(s.Results, func(p *Part, disp int32) {
		if p.Place == Area {
			e.copyPart(p, rbx, rec, area+int32(p.Offset), words, disp)
		}
	})
}

// storePart writes a part in a register to a word, upper bytes zero. rbx is clobbered.
func (e *encoder) storePart(p *Part, words uint8, disp int32) {
	switch {
	case p.Place == IntReg && p.Bytes == 8:
		e.store(8, p.Reg, words, disp)
	case p.Place == IntReg:
		e.zeroExtend(p.Bytes, rbx, p.Reg)
		e.store(8, rbx, words, disp)
	case p.Place == FloatReg && p.Bytes >= 8:
		e.storeFloat(p.Bytes, p.Reg, words, disp)
	case p.Place == FloatReg:
		e.movFromFloat(rbx, p.Reg)
		e.zeroExtend(p.Bytes, rbx, rbx)
		e.store(8, rbx, words, disp)
	}
}

// copyPart moves a part from memory to memory through tmp, zero-extended to a word.
func (e *encoder) copyPart(p *Part, tmp, from uint8, fromDisp int32, to uint8, toDisp int32) {
	for i := int32(0); i < int32(p.Bytes); i += 8 {
		e.load(min(p.Bytes, 8), tmp, from, fromDisp+i)
		e.store(8, tmp, to, toDisp+i)
	}
}

// walkParts calls f for each part with the offset of its first word in the buffer of words.
func walkParts(ps []Param, f func(p *Part, disp int32)) {
	word := int32(0)
	for i := range ps {
		disp := word * 8
		for j := range ps[i].Parts {
			p := &ps[i].Parts[j]
			f(p, disp)
			disp += int32(max(p.Bytes, 8))
		}
		word += int32(ps[i].Kind.Words())
	}
}

var calleeSaved = [...]uint8{rbx, r12, r13, r14, r15}

// stubFrame returns the distance from the lowest address of a host stub's frame to its saved frame pointer.
func stubFrame(s *Signature) int32 {
	p, r := s.words()
	return roundUp16(stubWords + 8*int32(p+r+1+len(calleeSaved)))
}

// hostStub makes the code that compiled code calls to reach the Go function behind the *hostFunc h.
func hostStub(s *Signature, h uintptr) []byte {
	var e encoder
	nparams, nresults := s.words()
	frame := stubFrame(s)
	saved := frame - 8*int32(len(calleeSaved))
	area := int32(stubWords + 8*(nparams+nresults))
	e.push(rbp)
	e.mov(rbp, rsp)
	e.lea(rsp, rsp, -frame)
	for i, r := range calleeSaved {
		e.store(8, r, rsp, saved+8*int32(i))
	}
	walkParts(s.Params, func(p *Part, disp int32) { e.storePart(p, rsp, stubWords+disp) })
	if s.AreaBytes > 0 {
		e.store(8, s.AreaReg, rsp, area)
	}
	walkParts(s.Params, func(p *Part, disp int32) {
		if p.Place == Stack {
			e.copyPart(p, rbx, rbp, 16+int32(p.Offset), rsp, stubWords+disp)
		}
	})
	for i := range nresults {
		e.storeImm(0, rsp, int32(stubWords+8*(nparams+i)))
	}
	e.movImm64(rax, uint64(h))
	e.store(8, rax, rsp, stubHost)
	at := e.leaRIP(rax)
	e.store(8, rax, rsp, stubResume)
	e.findCtx(r12)
	e.store(8, rsp, r12, ctxNatSP)
	e.exitToGo()

	e.patchRIP(at)
	results := int32(stubWords + 8*nparams)
	if s.AreaBytes > 0 {
		e.load(8, r12, rsp, area)
		walkParts(s.Results, func(p *Part, disp int32) {
			if p.Place == Area {
				for i := int32(0); i < int32(p.Bytes); i += 8 {
					n := min(p.Bytes, 8)
					e.load(n, rbx, rsp, results+disp+i)
					e.store(n, rbx, r12, int32(p.Offset)+i)
				}
			}
		})
	}
	for i, r := range calleeSaved {
		e.load(8, r, rsp, saved+8*int32(i))
	}
	walkParts(s.Results, func(p *Part, disp int32) {
		switch p.Place {
		case IntReg:
			e.load(p.Bytes, p.Reg, rsp, results+disp)
		case FloatReg:
			e.loadFloat(max(p.Bytes, 4), p.Reg, rsp, results+disp)
		}
	})
	for _, r := range s.Results {
		if p := r.Parts[0]; r.Ext == SignExt && p.Place == IntReg && p.Bytes < 8 {
			e.signExtend(p.Bytes, p.Reg)
		}
	}
	e.lea(rsp, rsp, frame) // Go has not kept rbp
	e.pop(rbp)
	if s.CalleePops && s.StackBytes > 0 {
		e.retPop(uint16(s.StackBytes))
	} else {
		e.ret()
	}
	return e.b
}

// padThunks makes the thunks behind the pads of a context, for which r12 is the context.
func padThunks() (code []byte, at [numPads]int) {
	var e encoder
	// Resume: back to the stub that left.
	e.enterFromGo()
	e.load(8, rsp, r12, ctxNatSP)
	e.jmpMem(rsp, stubResume)

	// Abort: from a call of Go out of the innermost activation.
	at[padAbort] = len(e.b)
	e.enterFromGo()
	e.leave(native.Aborted)

	// Trap: the signal handler continues here.
	at[padTrap] = len(e.b)
	e.leave(native.Trapped)

	// Throw: to a landing block of compiled code. r15, which may be pinned, keeps the value that it had at the call of the
	// host function, where the stub has stored it.
	at[padThrow] = len(e.b)
	e.enterFromGo()
	e.load(8, rcx, r12, ctxNatSP)
	e.load(8, rax, rcx, stubHost)
	e.load(4, rax, rax, int32(unsafe.Offsetof(hostFunc{}.frame)))
	e.bytes(0x48, 0x01, 0xc1) // add rcx, rax
	e.load(8, r15, rcx, -8)
	e.load(8, rax, r12, ctxThrow0)
	e.load(8, rdx, r12, ctxThrow1)
	e.load(8, rbp, r12, ctxThrowFP)
	e.load(8, rsp, r12, ctxThrowSP)
	e.jmpMem(r12, ctxThrowPC)

	// Closed: called instead of an entry thunk.
	at[padClosed] = len(e.b)
	e.refuse(native.Closed)

	// Learn: called instead of an entry thunk to find out where Enter calls from.
	at[padLearn] = len(e.b)
	e.load(8, rax, rsp, 0)
	e.store(8, rax, r11, 0)
	e.refuse(native.Returned)

	at[padPreempt] = len(e.b)
	e.preempt(native.XsaveSize())
	return e.b, at
}

// refuse returns to Enter from code that it has called instead of an entry thunk.
func (e *encoder) refuse(reason uint32) {
	e.mov(r13, rcx)
	e.movImm32(rax, reason)
	e.ret()
}

// leave returns to Enter from anywhere.
func (e *encoder) leave(reason uint32) {
	e.load(8, rsp, r12, ctxGoSP)
	e.load(8, r13, r12, ctxAct)
	e.movImm32(rax, reason)
	e.ret()
}

// preempt makes the pad at which an interrupted function continues: [rsp] is its program counter, native.PreemptSkip-8
// bytes above is its stack. It saves all registers, the extended state with XSAVE (areaSize bytes) or FXSAVE (0), calls
// yield and restores everything.
func (e *encoder) preempt(areaSize int) {
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
	e.movImm64(rax, uint64(uintptr(unsafe.Pointer(&yieldHost))))
	e.store(8, rax, rsp, stubHost)
	at := e.leaRIP(rax)
	e.store(8, rax, rsp, stubResume)
	e.findCtx(r12)
	e.store(8, rsp, r12, ctxNatSP)
	e.bytes(0xfc) // cld
	e.exitToGo()

	e.patchRIP(at)
	e.load(8, rbx, rsp, savedSP)
	e.lea(rsp, rsp, frame)
	e.extendedState(xsave, 5, 1) // xrstor, fxrstor
	e.mov(rsp, rbx)
	for i := len(saved) - 1; i >= 0; i-- {
		e.pop(saved[i])
	}
	e.bytes(0x9d) // popfq
	e.retPop(native.PreemptSkip - 8)
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

// pollThunk makes a function that returns quickly unless the runtime wants to preempt the goroutine or the call is
// cancelled; then it goes on at slow, the stub of a host function. guard says that the place of the stack bound is known.
func pollThunk(slow uintptr, guard bool) []byte {
	var e encoder
	if guard {
		e.findCtx(rax)
		e.load(8, rcx, rax, ctxG)
		e.load(8, rcx, rcx, native.GuardOffset)
		e.load(8, rax, rax, ctxCancel)
		e.bytes(0x48, 0x85, 0xc0, 0x75, 10)               // test rax, rax; jnz over the next three
		e.bytes(0x48, 0x81, 0xf9, 0x00, 0xf0, 0xff, 0xff) // cmp rcx, GuardRaised
		e.bytes(0x73, 1)                                  // jae over the return
		e.ret()
	}
	return append(e.b, farJump(slow)...)
}

// slotStub makes a jump, to be put at address at, through a word of data.
func slotStub(at, word uintptr) []byte {
	// jmp *[rip+distance], which is from the end of the instruction
	return binary.LittleEndian.AppendUint32([]byte{0xff, 0x25}, uint32(word-at-slotStubSize))
}

// lazyStub makes the code that a slot without definition leads to: it calls host with all registers saved that may hold
// arguments, and then goes on at the address that host has stored at lazyTarget of the frame. The frame begins and
// ends as those of other stubs do.
func lazyStub(host uintptr) []byte {
	var e encoder
	saved := [...]uint8{rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11, rbx, r12, r13, r14, r15}
	const (
		regs   = stubNext + 8
		floats = regs + 8*int32(len(saved))
	)
	e.push(rbp)
	e.mov(rbp, rsp)
	e.lea(rsp, rsp, -lazyFrame)
	for i, r := range saved {
		e.store(8, r, rsp, regs+8*int32(i))
	}
	for i := range uint8(8) {
		e.storeFloat(16, i, rsp, floats+16*int32(i))
	}
	e.movImm64(rax, uint64(host))
	e.store(8, rax, rsp, stubHost)
	at := e.leaRIP(rax)
	e.store(8, rax, rsp, stubResume)
	e.findCtx(r12)
	e.store(8, rsp, r12, ctxNatSP)
	e.exitToGo()

	e.patchRIP(at)
	for i := range uint8(8) {
		e.loadFloat(16, i, rsp, floats+16*int32(i))
	}
	for i, r := range saved {
		e.load(8, r, rsp, regs+8*int32(i))
	}
	e.load(8, rbp, rsp, lazyFrame)
	e.lea(rsp, rsp, lazyTarget)
	e.retPop(8) // to the target; the frame pointer's place is dropped
	return e.b
}

const farJumpSize = 14

// breakpointSize is how far behind a breakpoint instruction the program counter of its signal is.
const breakpointSize = 1

// farJump makes a jump to any address.
func farJump(target uintptr) []byte {
	// jmp *[rip]; the address follows
	return binary.LittleEndian.AppendUint64([]byte{0xff, 0x25, 0, 0, 0, 0}, uint64(target))
}
