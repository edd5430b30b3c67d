package jit

import (
	"encoding/binary"
)

// Registers of thunks: see native.Enter, and the functions in thunk.go. Registers 0 to 13 may carry arguments and results.
const (
	spReg, fpReg, linkReg      = 31, 29, 30
	ctxReg, entryReg, wordsReg = 19, 21, 17
	actReg, recReg, resultsReg = 20, 20, 17
	tmpReg, keptReg            = 16, 15
	addrReg                    = 14 // for what does not fit into an instruction
	reasonReg                  = 16
	pollReg                    = 17 // is not kept across calls
	payload0, payload1         = 0, 1
)

const (
	bigEndian        = false
	calleeArea       = 0
	incomingArgs     = 16
	calleeSavedBytes = 8 * (9 + 8) // x28 is the goroutine's
	slotStubSize     = 12
	lazyFrame        = 416
	farJumpSize      = 16
	breakpointSize   = 0
	breakpointLength = 4
	trapFill         = 0 // udf
)

// lazyInts and lazyFloats are registers that may hold arguments in some convention.
var (
	lazyInts   = [...]uint8{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}
	lazyFloats = [...]uint8{0, 1, 2, 3, 4, 5, 6, 7}
)

func (e *encoder) beginChain(below int32) {
	e.mov(fpReg, actReg)
	e.lea(spReg, spReg, below)
}

func (e *encoder) beginStub(frame int32) {
	e.inst(0xa9bf0000 | linkReg<<10 | spReg<<5 | fpReg) // stp x29, x30, [sp, -16]!
	e.mov(fpReg, spReg)
	e.lea(spReg, spReg, -frame)
}

func (e *encoder) endStub(frame int32) {
	e.lea(spReg, spReg, frame)
	e.inst(0xa8c10000 | linkReg<<10 | spReg<<5 | fpReg) // ldp x29, x30, [sp], 16
}

func (e *encoder) endLazyStub() {
	e.load(8, tmpReg, spReg, lazyTarget)
	e.endStub(lazyFrame)
	e.jmpReg(tmpReg)
}

func (e *encoder) saveCallee(at int32) {
	for i := range uint8(9) {
		e.store(8, 19+i, spReg, at+8*int32(i))
	}
	for i := range uint8(8) {
		e.storeFloat(8, 8+i, spReg, at+72+8*int32(i))
	}
}

func (e *encoder) restoreCallee(at int32) {
	for i := range uint8(9) {
		e.load(8, 19+i, spReg, at+8*int32(i))
	}
	for i := range uint8(8) {
		e.loadFloat(8, 8+i, spReg, at+72+8*int32(i))
	}
}

// findCtx computes the context from the stack pointer: the end of the slot, less what is above the context.
func (e *encoder) findCtx(r uint8) {
	e.lea(r, spReg, -1)
	e.inst(0xb2400000 | (slotShift()-1)<<10 | uint32(r)<<5 | uint32(r)) // orr r, r, slot-1
	e.lea(r, r, 1)
	e.lea(r, r, ctxFromEnd())
}

func (e *encoder) skipIfAtLeast(r uint8, v uint64, n int) {
	e.movImm64(addrReg, v)
	e.inst(0xeb00001f | addrReg<<16 | uint32(r)<<5) // cmp r, v
	e.inst(0x54000002 | uint32(n/4+1)<<5)           // b.hs
}

func (e *encoder) retIfQuiet(cancel, guard uint8) {
	e.inst(0xb5000000 | 3<<5 | uint32(cancel)) // cbnz cancel, over the next two
	e.inst(0xb7f80000 | 2<<5 | uint32(guard))  // tbnz guard, 63, over the next
	e.ret()
}

// encoder writes the few instructions that thunks consist of. Memory operands are [base+disp]; register 31 is the stack
// pointer.
type encoder struct{ b []byte }

func (e *encoder) inst(v uint32) { e.b = binary.LittleEndian.AppendUint32(e.b, v) }

// memForm is the form of an instruction that accesses memory: with an unsigned scaled offset, and with a signed one.
type memForm struct{ scaled, unscaled uint32 }

var (
	intLoads  = map[uint8]memForm{1: {0x39400000, 0x38400000}, 2: {0x79400000, 0x78400000}, 4: {0xb9400000, 0xb8400000}, 8: {0xf9400000, 0xf8400000}}
	intStores = map[uint8]memForm{1: {0x39000000, 0x38000000}, 2: {0x79000000, 0x78000000}, 4: {0xb9000000, 0xb8000000}, 8: {0xf9000000, 0xf8000000}}
	fltLoads  = map[uint8]memForm{4: {0xbd400000, 0xbc400000}, 8: {0xfd400000, 0xfc400000}, 16: {0x3dc00000, 0x3cc00000}}
	fltStores = map[uint8]memForm{4: {0xbd000000, 0xbc000000}, 8: {0xfd000000, 0xfc000000}, 16: {0x3d800000, 0x3c800000}}
)

func (e *encoder) mem(f memForm, n, reg, base uint8, disp int32) {
	switch size := int32(n); {
	case disp >= 0 && disp%size == 0 && disp/size < 1<<12:
		e.inst(f.scaled | uint32(disp/size)<<10 | uint32(base)<<5 | uint32(reg))
	case disp >= -256 && disp < 256:
		e.inst(f.unscaled | uint32(disp)&0x1ff<<12 | uint32(base)<<5 | uint32(reg))
	default:
		e.lea(addrReg, base, disp)
		e.inst(f.scaled | addrReg<<5 | uint32(reg))
	}
}

func (e *encoder) load(n, reg, base uint8, disp int32) {
	if reg == spReg {
		e.load(n, addrReg, base, disp)
		e.mov(spReg, addrReg)
		return
	}
	e.mem(intLoads[n], n, reg, base, disp)
}

func (e *encoder) store(n, reg, base uint8, disp int32) {
	if reg == spReg {
		e.mov(addrReg, spReg)
		reg = addrReg
	}
	e.mem(intStores[n], n, reg, base, disp)
}

func (e *encoder) storeZero(base uint8, disp int32) { e.mem(intStores[8], 8, 31, base, disp) }

func (e *encoder) loadFloat(n, reg, base uint8, disp int32)  { e.mem(fltLoads[n], n, reg, base, disp) }
func (e *encoder) storeFloat(n, reg, base uint8, disp int32) { e.mem(fltStores[n], n, reg, base, disp) }

func (e *encoder) lea(reg, base uint8, disp int32) {
	op, n := uint32(0x91000000), uint32(disp)
	if disp < 0 {
		op, n = 0xd1000000, uint32(-disp)
	}
	if disp == 0 {
		e.mov(reg, base)
		return
	}
	regs := uint32(base)<<5 | uint32(reg)
	if n>>24 != 0 {
		e.movImm64(addrReg, uint64(int64(disp)))
		e.inst(0x8b206000 | addrReg<<16 | regs)
		return
	}
	if n>>12 != 0 {
		e.inst(op | 1<<22 | n>>12<<10 | regs)
		regs = uint32(reg)<<5 | uint32(reg)
	}
	if n&0xfff != 0 {
		e.inst(op | n&0xfff<<10 | regs)
	}
}

func (e *encoder) mov(dst, src uint8) {
	switch {
	case dst == src:
	case dst == spReg || src == spReg:
		e.inst(0x91000000 | uint32(src)<<5 | uint32(dst))
	default:
		e.inst(0xaa0003e0 | uint32(src)<<16 | uint32(dst))
	}
}

func (e *encoder) movImm32(r uint8, v uint32) { e.movImm64(r, uint64(v)) }

func (e *encoder) movImm64(r uint8, v uint64) {
	e.inst(0xd2800000 | uint32(v&0xffff)<<5 | uint32(r))
	for i := uint32(1); i < 4; i++ {
		if h := uint32(v >> (16 * i) & 0xffff); h != 0 {
			e.inst(0xf2800000 | i<<21 | h<<5 | uint32(r))
		}
	}
}

func (e *encoder) zeroExtend(n, dst, src uint8) {
	regs := uint32(src)<<5 | uint32(dst)
	switch n {
	case 1:
		e.inst(0x53001c00 | regs)
	case 2:
		e.inst(0x53003c00 | regs)
	default:
		e.inst(0x2a0003e0 | uint32(src)<<16 | uint32(dst))
	}
}

func (e *encoder) signExtend(n, r uint8) {
	e.inst(0x93400000 | (8*uint32(n)-1)<<10 | uint32(r)<<5 | uint32(r))
}

func (e *encoder) movFromFloat(dst, src uint8) { e.inst(0x1e260000 | uint32(src)<<5 | uint32(dst)) }

func (e *encoder) callReg(r uint8) { e.inst(0xd63f0000 | uint32(r)<<5) }
func (e *encoder) jmpReg(r uint8)  { e.inst(0xd61f0000 | uint32(r)<<5) }
func (e *encoder) ret()            { e.inst(0xd65f03c0) }

func (e *encoder) leaAhead(r uint8) (at int) {
	e.inst(0x10000000 | uint32(r))
	return len(e.b)
}

func (e *encoder) patchAhead(at int) {
	d := uint32(len(e.b) - at + 4)
	p := e.b[at-4:]
	binary.LittleEndian.PutUint32(p, binary.LittleEndian.Uint32(p)|d&3<<29|d>>2<<5)
}

func (e *encoder) nop() { e.inst(0xd503201f) }

// breakpoint is a trap that the signal handler knows by its place.
func (e *encoder) breakpoint() { e.inst(0xd4200000) }

// slotStub makes a jump, to be put at address at, through a word of data.
func slotStub(at, word uintptr) []byte {
	var e encoder
	d := uint32(word>>12 - at>>12)
	e.inst(0x90000000 | d&3<<29 | d>>2&0x7ffff<<5 | tmpReg) // adrp
	e.load(8, tmpReg, tmpReg, int32(word&0xfff))
	e.jmpReg(tmpReg)
	return e.b
}

// farJump makes a jump to any address.
func farJump(target uintptr) []byte {
	var e encoder
	e.inst(0x58000000 | 2<<5 | tmpReg) // ldr tmp, the word behind the jump
	e.jmpReg(tmpReg)
	return binary.LittleEndian.AppendUint64(e.b, uint64(target))
}
