package x64

import (
	"math"

	"davit/asm"
)

// special writes the instructions that are more than ModRM, operand and fixed immediate.
func (e *encoder) special() string {
	in := e.in
	switch e.f.kind {
	case encNone:
		e.plain()
	case encALUImm:
		return e.aluImm()
	case encTestImm:
		return e.testImm()
	case encShiftImm:
		if in.Imm < 0 || in.Imm > 63 {
			return "shift count out of range"
		}
		if in.Imm == 1 {
			e.enc |= 0x10
			e.immN = 0
		}
		e.sizedModRM()
	case encMulImm:
		if !e.sizedImm() {
			return "immediate out of range"
		}
		if e.imm == int64(int8(e.imm)) {
			e.enc |= 2
			e.immN = 1
		}
		e.modRM()
	case encMovImm:
		return e.movImm()
	case encOpReg:
		e.opReg(e.in.R[0])
	case encPush:
		if in.Mem == asm.MemNone {
			e.enc = 0x50
			e.opReg(in.R[0])
		} else {
			e.modRM()
		}
	case encPushImm:
		if in.Imm != int64(int32(in.Imm)) {
			return "immediate out of range"
		}
		e.imm, e.immN = in.Imm, 4
		if in.Imm == int64(int8(in.Imm)) {
			e.enc, e.immN = 0x6a, 1
		}
		e.opcodeImm()
	case encRetImm:
		if in.Imm < 0 || in.Imm > math.MaxUint16 {
			return "immediate out of range"
		}
		e.imm, e.immN = in.Imm, 2
		if in.Imm == 0 {
			e.enc, e.immN = 0xc3, 0
		}
		e.opcodeImm()
	case encNop:
		if in.Imm < 1 || in.Imm > 1<<20 {
			return "length of nop out of range"
		}
		e.nop(int(in.Imm))
	case encXchg:
		e.xchg()
	case encSymbol:
		e.symbol()
	case encTLSGD:
		e.tlsGD()
	default:
		return e.branch()
	}
	if e.row.Attr&EndsFlow != 0 {
		e.b.NoFallthrough()
	}
	return ""
}

// sizedModRM is modRM for an opcode whose lowest bit says that the size is not a byte.
func (e *encoder) sizedModRM() {
	if e.size > 1 {
		e.enc |= 1
	}
	e.modRM()
}

// plain writes an opcode without operands, or with constant ModRM.
func (e *encoder) plain() {
	var n int
	if e.enc&onlyXX == vexRow {
		n = e.prefixVEX(0, 0)
	} else {
		n = e.prefixLegacy(0, 0)
	}
	e.dst[n] = byte(e.enc)
	n++
	if e.enc&hasDigit != 0 {
		e.dst[n] = 0xc0 | uint8(e.enc>>digitShift&7)<<3 | uint8(e.enc>>memShift&7)
		n++
	}
	e.finish(n, -1)
}

// sizedImm takes the immediate, signed or not, as one of at most 4 bytes, and reports whether it fits the operand size.
func (e *encoder) sizedImm() bool {
	v := e.in.Imm
	switch e.size {
	case 1:
		e.imm, e.immN = int64(int8(v)), 1
		return -1<<7 <= v && v < 1<<8
	case 2:
		e.imm, e.immN = int64(int16(v)), 2
		return -1<<15 <= v && v < 1<<16
	case 4:
		e.imm, e.immN = int64(int32(v)), 4
		return -1<<31 <= v && v < 1<<32
	}
	e.imm, e.immN = v, 4
	return v == int64(int32(v))
}

func (e *encoder) aluImm() string {
	if !e.sizedImm() {
		return "immediate out of range"
	}
	digit := e.enc >> digitShift & 7
	inRAX := e.in.Mem == asm.MemNone && e.in.R[0] == RAX
	switch {
	case e.size == 1 && inRAX:
		e.enc = iz | digit<<3 | 4
		e.opcodeImm()
	case e.size == 1:
		e.enc |= 0x80
		e.modRM()
	case e.imm == int64(int8(e.imm)):
		e.enc |= 0x83
		e.immN = 1
		e.modRM()
	case inRAX:
		e.enc = iz | digit<<3 | 5
		e.opcodeImm()
	default:
		e.enc |= 0x81
		e.modRM()
	}
	return ""
}

func (e *encoder) testImm() string {
	if !e.sizedImm() {
		return "immediate out of range"
	}
	if e.in.Mem == asm.MemNone && e.in.R[0] == RAX {
		e.enc = iz | 0xa8
		if e.size > 1 {
			e.enc |= 1
		}
		e.opcodeImm()
		return ""
	}
	e.sizedModRM()
	return ""
}

func (e *encoder) movImm() string {
	if e.in.Mem != asm.MemNone {
		if !e.sizedImm() {
			return "immediate out of range"
		}
		e.sizedModRM()
		return ""
	}
	r, v := e.in.R[0], e.in.Imm
	e.imm = v
	if e.size == 8 {
		if v == int64(int32(v)) {
			e.immN = 4
			e.sizedModRM()
			return ""
		}
		e.immN = 8
		e.enc = iz | 0xb8
		e.opReg(r)
		return ""
	}
	if !e.sizedImm() {
		return "immediate out of range"
	}
	e.enc = iz | 0xb8
	if e.size == 1 {
		e.enc = iz | 0xb0
	}
	e.opReg(r)
	return ""
}

// opReg writes an opcode that contains the register, and the immediate.
func (e *encoder) opReg(r asm.Reg) {
	hw := HW(r)
	n := e.prefixLegacy(0, hw)
	e.dst[n] = byte(e.enc) + hw&7
	e.finish(n+1, -1)
}

// opcodeImm writes an opcode without operands but the immediate.
func (e *encoder) opcodeImm() {
	n := e.prefixLegacy(0, 0)
	e.dst[n] = byte(e.enc)
	e.finish(n+1, -1)
}

func (e *encoder) xchg() {
	a, b := e.in.R[0], e.in.R[1]
	if b == RAX {
		a, b = b, a
	}
	if a == RAX && b != RAX && e.size > 1 {
		e.enc = iz | 0x90
		e.opReg(b)
		return
	}
	e.sizedModRM()
}

// symbol writes a call of or jump to a symbol.
func (e *encoder) symbol() {
	kind := asm.X86CallPCRel4
	if e.in.Flags&PLT != 0 {
		kind = asm.X86CallPLTRel4
	}
	e.b.AddReloc(e.b.Offset()+1, kind, e.in.Aux, -4)
	e.dst[0] = byte(e.enc)
	e.imm, e.immN = 0, 4
	e.finish(1, -1)
}

// tlsGD writes the general-dynamic sequence in the exact form that linkers know how to relax: lea sym@tlsgd(%rip),%rdi
// and a call of __tls_get_addr (symbol Imm), padded with prefixes to 16 bytes.
func (e *encoder) tlsGD() {
	off := e.b.Offset()
	e.b.AddReloc(off+4, asm.ElfX86_64TLSGD, e.in.Aux, -4)
	e.b.AddReloc(off+12, asm.X86CallPLTRel4, uint32(e.in.Imm), -4)
	copy(e.dst[:], []byte{0x66, 0x48, 0x8d, 0x3d, 0, 0, 0, 0, 0x66, 0x66, 0x48, 0xe8, 0, 0, 0, 0})
	e.b.CountInsts(1)
	e.finish(16, -1)
}

// branch records a branch with the buffer.
func (e *encoder) branch() string {
	in, b := e.in, e.b
	taken, els := asm.Label(in.Aux), asm.NoLabel
	switch e.f.kind {
	case encJump:
		b.Jump(taken)
		return ""
	case encTrapCC:
		if in.Trap == 0 {
			return "trap code missing"
		}
		taken = b.DeferTrap(in.Trap)
	case encCond:
		els = asm.Label(uint32(in.Imm))
	}
	cc := uint32(in.CC & 15)
	if e.enc&1 != 0 {
		b.Branch(branchCond, cc, taken)
		cc = uint32(in.CC >> 4)
	}
	if els == asm.NoLabel {
		b.Branch(branchCond, cc, taken)
	} else {
		b.CondBranch(branchCond, cc, taken, els)
	}
	return ""
}

// nops holds the recommended nop of each length.
var nops = [10]string{1: "\x90", 2: "\x66\x90", 3: "\x0f\x1f\x00", 4: "\x0f\x1f\x40\x00", 5: "\x0f\x1f\x44\x00\x00",
	6: "\x66\x0f\x1f\x44\x00\x00", 7: "\x0f\x1f\x80\x00\x00\x00\x00", 8: "\x0f\x1f\x84\x00\x00\x00\x00\x00",
	9: "\x66\x0f\x1f\x84\x00\x00\x00\x00\x00"}

func (e *encoder) nop(length int) {
	for length > 0 {
		k := min(length, len(nops)-1)
		copy(e.b.Tail(), nops[k])
		e.b.Advance(k)
		length -= k
	}
}
