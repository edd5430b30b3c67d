//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
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

func roundUp16(n int32) int32 { return (n + 15) &^ 15 }

// entryThunk makes the code that native.Enter calls: actReg = Ctx.Act, the new record, which is also where the native stack
// goes on; entryReg = *Entry, wordsReg = argument words, ctxReg = context. The native stack must already have least bytes.
func entryThunk(s *Signature, least uintptr) []byte {
	var e encoder
	if least > native.DefaultStack {
		var grow encoder
		grow.refuse(native.Grow)
		e.load(8, tmpReg, ctxReg, ctxSize)
		e.skipIfAtLeast(tmpReg, uint64(least), len(grow.b))
		e.b = append(e.b, grow.b...)
	}
	e.noteGoSP()
	e.mov(spReg, actReg)
	area := roundUp16(int32(s.AreaBytes))
	stack := roundUp16(int32(s.StackBytes)) + calleeArea
	e.beginChain(-area - stack)
	e.loadStackArgs(s, wordsReg)
	e.fetchCode(s)
	e.loadArgs(s, wordsReg, area)
	e.callCode(s)

	// The record's address comes from the stack pointer, which is quicker than a load of Act.
	above := area + stack
	if s.CalleePops {
		above -= int32(s.StackBytes)
	}
	e.findCtx(ctxReg)
	e.lea(recReg, spReg, above)
	e.load(8, spReg, ctxReg, ctxGoSP)
	e.load(8, resultsReg, spReg, native.WordsOffset)
	e.storeResults(s, resultsReg, recReg, -area)
	e.load(8, reasonReg, ctxReg, ctxSettle)
	e.retToGo()
	return e.b
}

// loadStackArgs copies argument words at [words] to the stack. tmpReg is clobbered.
func (e *encoder) loadStackArgs(s *Signature, words uint8) {
	walkParts(s.Params, func(p *Part, disp int32) {
		if p.Place != Stack {
			return
		}
		for i := int32(0); i < int32(p.Bytes); i += 8 {
			e.load(8, tmpReg, words, disp+i)
			e.store(min(p.Bytes, 8), tmpReg, spReg, calleeArea+int32(p.Offset)+p.half(i))
		}
	})
}

// half returns where in memory the word is whose place in the buffer of words is at distance i from the start.
func (p *Part) half(i int32) int32 {
	if bigEndian && p.Bytes == 16 {
		return 8 - i
	}
	return i
}

// loadArgs loads argument words at [words] into registers, the register that holds words last. The result area ends at the
// record.
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
	resultArea := func() { e.lea(s.AreaReg, spReg, roundUp16(int32(s.StackBytes))+calleeArea) }
	if s.AreaBytes > 0 && s.AreaReg != words {
		resultArea()
	}
	if last != nil {
		e.load(8, last.Reg, words, lastDisp)
	}
	if s.AreaBytes > 0 && s.AreaReg == words {
		resultArea()
	}
}

// storeResults writes results, zero-extended, to [words]; those in memory come from rec+area. keptReg is clobbered.
func (e *encoder) storeResults(s *Signature, words, rec uint8, area int32) {
	walkParts(s.Results, func(p *Part, disp int32) {
		e.storePart(p, words, disp)
	})
	walkParts(s.Results, func(p *Part, disp int32) {
		if p.Place == Area {
			e.copyPart(p, rec, area+int32(p.Offset), words, disp)
		}
	})
}

// storePart writes a part in a register to a word, upper bytes zero. keptReg is clobbered.
func (e *encoder) storePart(p *Part, words uint8, disp int32) {
	switch {
	case p.Place == IntReg && p.Bytes == 8:
		e.store(8, p.Reg, words, disp)
	case p.Place == IntReg:
		e.zeroExtend(p.Bytes, keptReg, p.Reg)
		e.store(8, keptReg, words, disp)
	case p.Place == FloatReg && p.Bytes >= 8:
		e.storeFloat(p.Bytes, p.Reg, words, disp)
	case p.Place == FloatReg:
		e.movFromFloat(keptReg, p.Reg)
		e.zeroExtend(p.Bytes, keptReg, keptReg)
		e.store(8, keptReg, words, disp)
	}
}

// copyPart moves a part from memory to words, zero-extended. keptReg is clobbered.
func (e *encoder) copyPart(p *Part, from uint8, fromDisp int32, to uint8, toDisp int32) {
	for i := int32(0); i < int32(p.Bytes); i += 8 {
		e.load(min(p.Bytes, 8), keptReg, from, fromDisp+p.half(i))
		e.store(8, keptReg, to, toDisp+i)
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

// stubFrame returns the distance from the lowest address of a host stub's frame to its saved frame pointer, or to the caller's
// stack pointer if it saves none.
func stubFrame(s *Signature) int32 {
	p, r := s.words()
	return roundUp16(stubWords + 8*int32(p+r+1) + calleeSavedBytes)
}

// hostStub makes the code that compiled code calls to reach the Go function behind the *hostFunc h.
func hostStub(s *Signature, h uintptr) []byte {
	var e encoder
	nparams, nresults := s.words()
	frame := stubFrame(s)
	saved := frame - calleeSavedBytes
	area := int32(stubWords + 8*(nparams+nresults))
	e.beginStub(frame)
	e.saveCallee(saved)
	walkParts(s.Params, func(p *Part, disp int32) { e.storePart(p, spReg, stubWords+disp) })
	if s.AreaBytes > 0 {
		e.store(8, s.AreaReg, spReg, area)
	}
	walkParts(s.Params, func(p *Part, disp int32) {
		if p.Place == Stack {
			e.copyPart(p, spReg, frame+incomingArgs+int32(p.Offset), spReg, stubWords+disp)
		}
	})
	for i := range nresults {
		e.storeZero(spReg, int32(stubWords+8*(nparams+i)))
	}
	at := e.callGo(h)

	e.patchAhead(at)
	results := int32(stubWords + 8*nparams)
	if s.AreaBytes > 0 {
		e.load(8, ctxReg, spReg, area)
		walkParts(s.Results, func(p *Part, disp int32) {
			if p.Place == Area {
				for i := int32(0); i < int32(p.Bytes); i += 8 {
					e.load(8, keptReg, spReg, results+disp+i)
					e.store(min(p.Bytes, 8), keptReg, ctxReg, int32(p.Offset)+p.half(i))
				}
			}
		})
	}
	e.restoreCallee(saved)
	walkParts(s.Results, func(p *Part, disp int32) {
		switch p.Place {
		case IntReg:
			e.load(8, p.Reg, spReg, results+disp)
			if p.Bytes < 8 {
				e.zeroExtend(p.Bytes, p.Reg, p.Reg)
			}
		case FloatReg:
			e.loadFloat(max(p.Bytes, 4), p.Reg, spReg, results+disp)
		}
	})
	for _, r := range s.Results {
		if p := r.Parts[0]; r.Ext == SignExt && p.Place == IntReg && p.Bytes < 8 {
			e.signExtend(p.Bytes, p.Reg)
		}
	}
	e.endStub(frame)
	if s.CalleePops && s.StackBytes > 0 {
		e.retPop(int32(s.StackBytes))
	} else {
		e.ret()
	}
	return e.b
}

// callGo writes the fixed part of a stub's frame and leaves for Go. The stub goes on at the place that patchAhead names.
func (e *encoder) callGo(h uintptr) (at int) {
	e.movImm64(tmpReg, uint64(h))
	e.store(8, tmpReg, spReg, stubHost)
	at = e.leaAhead(tmpReg)
	e.store(8, tmpReg, spReg, stubResume)
	e.findCtx(ctxReg)
	e.store(8, spReg, ctxReg, ctxNatSP)
	e.exitToGo()
	return at
}

// padThunks makes the thunks behind the pads of a context, for which ctxReg is the context.
func padThunks() (code []byte, at [numPads]int) {
	var e encoder
	// Resume: back to the stub that left.
	e.enterFromGo()
	e.load(8, spReg, ctxReg, ctxNatSP)
	e.jmpMem(spReg, stubResume)

	// Abort: from a call of Go out of the innermost activation.
	at[padAbort] = e.align()
	e.enterFromGo()
	e.leave(native.Aborted)

	// Trap: the signal handler continues here.
	at[padTrap] = e.align()
	e.leave(native.Trapped)

	// Throw: to a landing block of compiled code.
	at[padThrow] = e.align()
	e.enterFromGo()
	e.keepPinned()
	e.load(8, payload0, ctxReg, ctxThrow0)
	e.load(8, payload1, ctxReg, ctxThrow1)
	e.load(8, fpReg, ctxReg, ctxThrowFP)
	e.load(8, spReg, ctxReg, ctxThrowSP)
	e.jmpMem(ctxReg, ctxThrowPC)

	// Closed: called instead of an entry thunk.
	at[padClosed] = e.align()
	e.refuse(native.Closed)

	// Learn: called instead of an entry thunk to find out where Enter calls from and where it keeps the pointer to words.
	at[padLearn] = e.align()
	e.learn()
	e.refuse(native.Returned)

	at[padPreempt] = e.align()
	at[padPreempted] = e.preempt()
	return e.b, at
}

// refuse returns to Enter from code that it has called instead of an entry thunk.
func (e *encoder) refuse(reason uint32) {
	e.mov(recReg, actReg)
	e.movImm32(reasonReg, reason)
	e.ret()
}

// refusal makes an entry thunk that only returns a reason.
func refusal(reason uint32) []byte {
	var e encoder
	e.refuse(reason)
	return e.b
}

// leave returns to Enter from anywhere.
func (e *encoder) leave(reason uint32) {
	e.load(8, spReg, ctxReg, ctxGoSP)
	e.load(8, recReg, ctxReg, ctxAct)
	e.movImm32(reasonReg, reason)
	e.retToGo()
}

// pollThunk makes a function that returns quickly unless the runtime wants to preempt the goroutine or the call is
// cancelled; then it goes on at slow, the stub of a host function. guard says that the place of the stack bound is known.
func pollThunk(slow uintptr, guard bool) []byte {
	var e encoder
	if guard {
		e.findCtx(tmpReg)
		e.load(8, pollReg, tmpReg, ctxG)
		e.load(8, pollReg, pollReg, native.GuardOffset)
		e.load(8, tmpReg, tmpReg, ctxCancel)
		e.retIfQuiet(tmpReg, pollReg)
	}
	e.align()
	return append(e.b, farJump(slow)...)
}

// lazyStub makes the code that a slot without definition leads to: it calls host with all registers saved that may hold
// arguments, and then goes on at the address that host has stored at lazyTarget of the frame. The frame begins and
// ends as those of other stubs do.
func lazyStub(host uintptr) []byte {
	var e encoder
	const regs = stubNext + 8
	floats := int32(regs + 8*len(lazyInts))
	e.beginStub(lazyFrame)
	for i, r := range lazyInts {
		e.store(8, r, spReg, regs+8*int32(i))
	}
	for i, r := range lazyFloats {
		e.storeFloat(16, r, spReg, floats+16*int32(i))
	}
	e.saveCallee(floats + 16*int32(len(lazyFloats)))
	at := e.callGo(host)

	e.patchAhead(at)
	e.restoreCallee(floats + 16*int32(len(lazyFloats)))
	for i, r := range lazyFloats {
		e.loadFloat(16, r, spReg, floats+16*int32(i))
	}
	for i, r := range lazyInts {
		e.load(8, r, spReg, regs+8*int32(i))
	}
	e.endLazyStub()
	return e.b
}
