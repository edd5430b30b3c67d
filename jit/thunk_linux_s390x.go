package jit

import "encoding/binary"

// Registers of thunks: see native.Enter, and the functions in thunk.go. r2 to r6 carry arguments and results.
const (
	spReg, fpReg, linkReg      = 15, 11, 14
	ctxReg, entryReg, wordsReg = 9, 7, 8
	actReg, recReg, resultsReg = 10, 10, 8
	tmpReg, tmp2Reg, keptReg   = 1, 0, 12
	reasonReg                  = 1
	pollReg                    = 5 // is not kept across calls
	payload0, payload1         = 6, 7
)

const (
	bigEndian        = true
	calleeArea       = 160 // where the callee saves registers
	incomingArgs     = 160
	calleeSavedBytes = 8 * 8 // r6 to r14 are saved in the caller's frame
	slotStubSize     = 14
	lazyFrame        = 272
	farJumpSize      = 24
	breakpointSize   = 2
	breakpointLength = 2
	trapFill         = 0
	savedRegs        = 48 // where r6 is saved, from the caller's stack pointer
)

// lazyInts and lazyFloats are registers that may hold arguments in some convention, but r6, which the callee saves anyway.
var (
	lazyInts   = [...]uint8{2, 3, 4, 5}
	lazyFloats = [...]uint8{0, 2, 4, 6, 1, 3, 5, 7}
)

// beginChain leaves the record's address where functions store the stack pointer of their caller.
func (e *encoder) beginChain(below int32) {
	e.lea(spReg, spReg, below)
	e.store(8, actReg, spReg, 0)
}

func (e *encoder) beginStub(frame int32) {
	e.rsy(0x24, 6, 15, spReg, savedRegs) // stmg
	e.lea(spReg, spReg, -frame)
}

func (e *encoder) endStub(frame int32) {
	e.lea(spReg, spReg, frame)
	e.rsy(0x04, 6, 14, spReg, savedRegs) // lmg
}

func (e *encoder) endLazyStub() {
	e.load(8, tmpReg, spReg, lazyTarget)
	e.endStub(lazyFrame)
	e.jmpReg(tmpReg)
}

func (e *encoder) saveCallee(at int32) {
	for i := range uint8(8) {
		e.storeFloat(8, 8+i, spReg, at+8*int32(i))
	}
}

func (e *encoder) restoreCallee(at int32) {
	for i := range uint8(8) {
		e.loadFloat(8, 8+i, spReg, at+8*int32(i))
	}
}

// findCtx computes the context from the stack pointer: the end of the slot, less what is above the context.
func (e *encoder) findCtx(r uint8) {
	e.lea(r, spReg, -1)
	e.rsy(0x0c, r, r, 0, int32(slotShift())) // srlg
	e.lea(r, r, 1)
	e.rsy(0x0d, r, r, 0, int32(slotShift())) // sllg
	e.lea(r, r, ctxFromEnd())
}

func (e *encoder) skipIfAtLeast(r uint8, v uint64, n int) {
	e.movImm64(tmp2Reg, v)
	e.rre(0xb921, r, tmp2Reg) // clgr
	e.branch(10, n+4)
}

func (e *encoder) retIfQuiet(cancel, guard uint8) {
	e.rre(0xb902, cancel, cancel) // ltgr
	e.branch(7, 4+4+4+2)          // not zero: over the return
	e.rre(0xb902, guard, guard)
	e.branch(4, 4+2) // negative: over the return
	e.ret()
}

// encoder writes the few instructions that thunks consist of. Memory operands are [base+disp] with 20 bits of disp.
type encoder struct{ b []byte }

func (e *encoder) bytes(b ...byte) { e.b = append(e.b, b...) }

// long writes an instruction of format RXY or RSY: two registers, base and displacement, around an opcode of two bytes.
func (e *encoder) long(op1, op2, r1, r2, base uint8, disp int32) {
	e.bytes(op1, r1<<4|r2, base<<4|byte(disp>>8&15), byte(disp), byte(disp>>12), op2)
}

func (e *encoder) rsy(op, r1, r3, base uint8, disp int32) { e.long(0xeb, op, r1, r3, base, disp) }

func (e *encoder) rre(op uint16, r1, r2 uint8) { e.bytes(byte(op>>8), byte(op), 0, r1<<4|r2) }

// ril writes an instruction of format RIL.
func (e *encoder) ril(op2, r uint8, imm uint32) {
	e.bytes(0xc0, r<<4|op2)
	e.b = binary.BigEndian.AppendUint32(e.b, imm)
}

// branch jumps n bytes from its start if the condition code is in mask.
func (e *encoder) branch(mask uint8, n int) { e.bytes(0xa7, mask<<4|4, byte(n/2>>8), byte(n/2)) }

func (e *encoder) load(n, reg, base uint8, disp int32) {
	e.long(0xe3, [...]uint8{1: 0x90, 2: 0x91, 4: 0x16, 8: 0x04}[n], reg, 0, base, disp)
}

func (e *encoder) store(n, reg, base uint8, disp int32) {
	e.long(0xe3, [...]uint8{1: 0x72, 2: 0x70, 4: 0x50, 8: 0x24}[n], reg, 0, base, disp)
}

func (e *encoder) storeZero(base uint8, disp int32) {
	e.movImm64(tmp2Reg, 0)
	e.store(8, tmp2Reg, base, disp)
}

// loadFloat reads the low n bytes of the word at [base+disp], or two words, the low half first.
func (e *encoder) loadFloat(n, reg, base uint8, disp int32) {
	switch n {
	case 16:
		e.load(8, tmp2Reg, base, disp)
		e.load(8, keptReg, base, disp+8)
		e.bytes(0xe7, reg&15<<4|keptReg, tmp2Reg<<4, 0, reg>>4<<3, 0x62) // vlvgp
	case 8:
		e.long(0xed, 0x65, reg, 0, base, disp) // ldy
	default:
		e.long(0xed, 0x64, reg, 0, base, disp+4) // ley
	}
}

// storeFloat writes a word, or two words, the low half first.
func (e *encoder) storeFloat(n, reg, base uint8, disp int32) {
	if n == 8 {
		e.long(0xed, 0x67, reg, 0, base, disp) // stdy
		return
	}
	for i := range uint8(2) {
		e.bytes(0xe7, tmp2Reg<<4|reg&15, 0, 1-i, 3<<4|reg>>4<<2, 0x21) // vlgvg
		e.store(8, tmp2Reg, base, disp+8*int32(i))
	}
}

func (e *encoder) lea(reg, base uint8, disp int32) { e.long(0xe3, 0x71, reg, 0, base, disp) }

func (e *encoder) mov(dst, src uint8) {
	if dst != src {
		e.rre(0xb904, dst, src)
	}
}

func (e *encoder) movImm32(r uint8, v uint32) { e.ril(0xf, r, v) } // llilf

func (e *encoder) movImm64(r uint8, v uint64) {
	e.movImm32(r, uint32(v))
	if v>>32 != 0 {
		e.ril(0x8, r, uint32(v>>32)) // iihf
	}
}

func (e *encoder) zeroExtend(n, dst, src uint8) {
	e.rre([...]uint16{1: 0xb984, 2: 0xb985, 4: 0xb916}[n], dst, src)
}

func (e *encoder) signExtend(n, r uint8) {
	e.rre([...]uint16{1: 0xb906, 2: 0xb907, 4: 0xb914}[n], r, r)
}

// movFromFloat copies the 4 bytes of a short number, which are the upper ones of the register.
func (e *encoder) movFromFloat(dst, src uint8) {
	e.rre(0xb3cd, dst, src)      // lgdr
	e.rsy(0x0c, dst, dst, 0, 32) // srlg
}

func (e *encoder) callReg(r uint8) { e.bytes(0x0d, linkReg<<4|r) }
func (e *encoder) jmpReg(r uint8)  { e.bytes(0x07, 0xf0|r) }
func (e *encoder) ret()            { e.jmpReg(linkReg) }

func (e *encoder) leaAhead(r uint8) (at int) {
	e.ril(0, r, 0) // larl
	return len(e.b)
}

func (e *encoder) patchAhead(at int) {
	binary.BigEndian.PutUint32(e.b[at-4:], uint32(len(e.b)-at+6)/2)
}

func (e *encoder) nop() { e.bytes(0x07, 0) }

// breakpoint is a trap that the signal handler knows by its place: an operation that does not exist.
func (e *encoder) breakpoint() { e.bytes(0, 0) }

// slotStub makes a jump, to be put at address at, through a word of data.
func slotStub(at, word uintptr) []byte {
	var e encoder
	e.ril(0, tmpReg, uint32(int64(word-at)>>1)) // larl
	e.load(8, tmpReg, tmpReg, 0)
	e.jmpReg(tmpReg)
	return e.b
}

// farJump makes a jump to any address.
func farJump(target uintptr) []byte {
	var e encoder
	e.ril(0, tmpReg, 16/2) // larl tmp, the word behind the jump
	e.load(8, tmpReg, tmpReg, 0)
	e.jmpReg(tmpReg)
	e.nop()
	return binary.BigEndian.AppendUint64(e.b, uint64(target))
}

// trapPC returns the address of the instruction that trapped: where the program counter is reported behind it, its address
// comes instead of that of an access.
func trapPC(t *Trap) uintptr {
	if t.Signal != sigSegv && t.Signal != sigBus {
		return t.Addr
	}
	return t.PC
}
