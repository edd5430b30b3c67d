package jit

import "encoding/binary"

// Registers of thunks: see native.Enter, and the functions in thunk.go. x10 to x17 carry arguments and results.
const (
	spReg, fpReg, linkReg      = 2, 8, 1
	ctxReg, entryReg, wordsReg = 9, 19, 31
	actReg, recReg, resultsReg = 18, 18, 31
	tmpReg, keptReg            = 7, 29
	addrReg                    = 6 // for what does not fit into an instruction
	reasonReg                  = 5
	pollReg                    = 28 // is not kept across calls
	payload0, payload1         = 10, 11
)

const (
	bigEndian        = false
	calleeArea       = 0
	incomingArgs     = 16
	calleeSavedBytes = 8 * (10 + 12) // x27 is the goroutine's
	slotStubSize     = 12
	lazyFrame        = 416
	farJumpSize      = 24
	breakpointSize   = 0
	breakpointLength = 4
	trapFill         = 0
)

// lazyInts and lazyFloats are registers that may hold arguments in some convention.
var (
	lazyInts   = [...]uint8{10, 11, 12, 13, 14, 15, 16, 17}
	lazyFloats = [...]uint8{10, 11, 12, 13, 14, 15, 16, 17}
)

var (
	savedInts   = [...]uint8{9, 18, 19, 20, 21, 22, 23, 24, 25, 26}
	savedFloats = [...]uint8{8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27}
)

func (e *encoder) beginChain(below int32) {
	e.mov(fpReg, actReg)
	e.lea(spReg, spReg, below)
}

func (e *encoder) beginStub(frame int32) {
	e.lea(spReg, spReg, -16)
	e.store(8, fpReg, spReg, 0)
	e.store(8, linkReg, spReg, 8)
	e.mov(fpReg, spReg)
	e.lea(spReg, spReg, -frame)
}

func (e *encoder) endStub(frame int32) {
	e.lea(spReg, spReg, frame)
	e.load(8, fpReg, spReg, 0)
	e.load(8, linkReg, spReg, 8)
	e.lea(spReg, spReg, 16)
}

func (e *encoder) endLazyStub() {
	e.load(8, tmpReg, spReg, lazyTarget)
	e.endStub(lazyFrame)
	e.jmpReg(tmpReg)
}

func (e *encoder) saveCallee(at int32) {
	for i, r := range savedInts {
		e.store(8, r, spReg, at+8*int32(i))
	}
	for i, r := range savedFloats {
		e.storeFloat(8, r, spReg, at+8*int32(len(savedInts)+i))
	}
}

func (e *encoder) restoreCallee(at int32) {
	for i, r := range savedInts {
		e.load(8, r, spReg, at+8*int32(i))
	}
	for i, r := range savedFloats {
		e.loadFloat(8, r, spReg, at+8*int32(len(savedInts)+i))
	}
}

// findCtx computes the context from the stack pointer: the end of the slot, less what is above the context.
func (e *encoder) findCtx(r uint8) {
	e.lea(r, spReg, -1)
	e.immediate(opImm, 5, r, r, int32(slotShift())) // srli
	e.lea(r, r, 1)
	e.immediate(opImm, 1, r, r, int32(slotShift())) // slli
	e.lea(r, r, ctxFromEnd())
}

func (e *encoder) skipIfAtLeast(r uint8, v uint64, n int) {
	e.movImm64(addrReg, v)
	e.branch(7, r, addrReg, int32(n+4)) // bgeu
}

func (e *encoder) retIfQuiet(cancel, guard uint8) {
	e.branch(1, cancel, 0, 12) // bne, over the next two
	e.branch(4, guard, 0, 8)   // blt, over the next
	e.ret()
}

// encoder writes the few instructions that thunks consist of. Memory operands are [base+disp].
type encoder struct{ b []byte }

func (e *encoder) inst(v uint32) { e.b = binary.LittleEndian.AppendUint32(e.b, v) }

// Major opcodes.
const (
	opLoad, opLoadFP, opStore, opStoreFP = 0x03, 0x07, 0x23, 0x27
	opImm, opReg, opLui, opAuipc, opJalr = 0x13, 0x33, 0x37, 0x17, 0x67
	opImm32, opFloat, opBranch           = 0x1b, 0x53, 0x63
)

// immediate writes an instruction of format I.
func (e *encoder) immediate(op, f3 uint32, rd, rs uint8, imm int32) {
	e.inst(uint32(imm)<<20 | uint32(rs)<<15 | f3<<12 | uint32(rd)<<7 | op)
}

// branch writes an instruction of format B.
func (e *encoder) branch(f3 uint32, a, b uint8, d int32) {
	u := uint32(d)
	e.inst(u>>12&1<<31 | u>>5&63<<25 | uint32(b)<<20 | uint32(a)<<15 | f3<<12 | u>>1&15<<8 | u>>11&1<<7 | opBranch)
}

// reach makes [base+disp] addressable with 12 bits.
func (e *encoder) reach(base uint8, disp int32) (uint8, int32) {
	if disp<<20>>20 == disp {
		return base, disp
	}
	e.lea(addrReg, base, disp)
	return addrReg, 0
}

func (e *encoder) store12(op, f3 uint32, reg, base uint8, disp int32) {
	base, disp = e.reach(base, disp)
	u := uint32(disp)
	e.inst(u>>5<<25 | uint32(reg)<<20 | uint32(base)<<15 | f3<<12 | u&31<<7 | op)
}

func (e *encoder) load12(op, f3 uint32, reg, base uint8, disp int32) {
	base, disp = e.reach(base, disp)
	e.immediate(op, f3, reg, base, disp)
}

func (e *encoder) load(n, reg, base uint8, disp int32) {
	f3 := [...]uint32{1: 4, 2: 5, 4: 6, 8: 3}[n]
	e.load12(opLoad, f3, reg, base, disp)
}

func (e *encoder) store(n, reg, base uint8, disp int32) {
	f3 := [...]uint32{1: 0, 2: 1, 4: 2, 8: 3}[n]
	e.store12(opStore, f3, reg, base, disp)
}

func (e *encoder) storeZero(base uint8, disp int32) { e.store(8, 0, base, disp) }

// floatWidth tells the width of a floating-point access; there are no registers of 16 bytes.
func floatWidth(n uint8) uint32 {
	if n == 4 {
		return 2
	}
	return 3
}

func (e *encoder) loadFloat(n, reg, base uint8, disp int32) {
	e.load12(opLoadFP, floatWidth(n), reg, base, disp)
}

func (e *encoder) storeFloat(n, reg, base uint8, disp int32) {
	e.store12(opStoreFP, floatWidth(n), reg, base, disp)
}

func (e *encoder) lea(reg, base uint8, disp int32) {
	if disp<<20>>20 == disp {
		e.immediate(opImm, 0, reg, base, disp)
		return
	}
	e.movImm64(addrReg, uint64(int64(disp)))
	e.inst(addrReg<<20 | uint32(base)<<15 | uint32(reg)<<7 | opReg) // add
}

func (e *encoder) mov(dst, src uint8) {
	if dst != src {
		e.immediate(opImm, 0, dst, src, 0)
	}
}

func (e *encoder) movImm32(r uint8, v uint32) { e.movImm64(r, uint64(v)) }

// movImm64 loads a constant: the upper part first, then shifted and completed with the low 12 bits.
func (e *encoder) movImm64(r uint8, v uint64) {
	s := int64(v)
	low := int32(s << 52 >> 52)
	switch {
	case s == int64(low):
		e.immediate(opImm, 0, r, 0, low)
	case s == int64(int32(s)):
		e.inst(uint32(s-int64(low))&^0xfff | uint32(r)<<7 | opLui)
		e.immediate(opImm32, 0, r, r, low) // addiw
	default:
		e.movImm64(r, uint64((s-int64(low))>>12))
		e.immediate(opImm, 1, r, r, 12) // slli
		e.immediate(opImm, 0, r, r, low)
	}
}

func (e *encoder) zeroExtend(n, dst, src uint8) {
	if n == 1 {
		e.immediate(opImm, 7, dst, src, 0xff) // andi
		return
	}
	s := 64 - 8*int32(n)
	e.immediate(opImm, 1, dst, src, s)
	e.immediate(opImm, 5, dst, dst, s)
}

func (e *encoder) signExtend(n, r uint8) {
	s := 64 - 8*int32(n)
	e.immediate(opImm, 1, r, r, s)
	e.immediate(opImm, 5, r, r, s|0x400) // srai
}

func (e *encoder) movFromFloat(dst, src uint8) {
	e.inst(0xe0000000 | uint32(src)<<15 | uint32(dst)<<7 | opFloat) // fmv.x.w
}

func (e *encoder) callReg(r uint8) { e.immediate(opJalr, 0, linkReg, r, 0) }
func (e *encoder) jmpReg(r uint8)  { e.immediate(opJalr, 0, 0, r, 0) }
func (e *encoder) ret()            { e.immediate(opJalr, 0, 0, linkReg, 0) }

func (e *encoder) leaAhead(r uint8) (at int) {
	e.inst(uint32(r)<<7 | opAuipc)
	e.immediate(opImm, 0, r, r, 0)
	return len(e.b)
}

func (e *encoder) patchAhead(at int) {
	d := int32(len(e.b) - at + 8) // less than 2 KiB
	p := e.b[at-4:]
	binary.LittleEndian.PutUint32(p, binary.LittleEndian.Uint32(p)|uint32(d)<<20)
}

func (e *encoder) nop() { e.inst(0x00000013) }

// breakpoint is a trap that the signal handler knows by its place.
func (e *encoder) breakpoint() { e.inst(0x00100073) }

// slotStub makes a jump, to be put at address at, through a word of data.
func slotStub(at, word uintptr) []byte {
	var e encoder
	d := int32(word - at)
	low := d << 20 >> 20
	e.inst(uint32(d-low) | addrReg<<7 | opAuipc)
	e.load(8, addrReg, addrReg, low)
	e.jmpReg(addrReg)
	return e.b
}

// farJump makes a jump to any address.
func farJump(target uintptr) []byte {
	var e encoder
	e.inst(addrReg<<7 | opAuipc)
	e.load(8, addrReg, addrReg, 16)
	e.jmpReg(addrReg)
	e.inst(0)
	return binary.LittleEndian.AppendUint64(e.b, uint64(target))
}
