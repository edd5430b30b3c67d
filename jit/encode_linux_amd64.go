package jit

import "encoding/binary"

// encoder writes the few x64 instructions that thunks consist of. Memory operands are [base+disp]; registers are numbered as in signature.go.
type encoder struct{ b []byte }

func (e *encoder) bytes(b ...byte) { e.b = append(e.b, b...) }

func (e *encoder) imm32(v int32) { e.b = binary.LittleEndian.AppendUint32(e.b, uint32(v)) }

// mem writes prefix, REX, opcode bytes and the operand [base+disp] with reg in the other operand. A REX prefix is always
// written, which also makes sil, dil and the like addressable.
func (e *encoder) mem(prefix byte, wide bool, opcode []byte, reg, base uint8, disp int32) {
	if prefix != 0 {
		e.bytes(prefix)
	}
	rex := byte(0x40) | reg>>3<<2 | base>>3
	if wide {
		rex |= 8
	}
	e.bytes(rex)
	e.bytes(opcode...)
	short := disp == int32(int8(disp))
	mod := byte(0x80)
	if short {
		mod = 0x40
	}
	e.bytes(mod | reg&7<<3 | base&7)
	if base&7 == rsp {
		e.bytes(0x24)
	}
	if short {
		e.bytes(byte(disp))
	} else {
		e.imm32(disp)
	}
}

// load reads n bytes into an integer register, zero-extended.
func (e *encoder) load(n, reg, base uint8, disp int32) {
	switch n {
	case 1:
		e.mem(0, false, []byte{0x0f, 0xb6}, reg, base, disp)
	case 2:
		e.mem(0, false, []byte{0x0f, 0xb7}, reg, base, disp)
	case 4:
		e.mem(0, false, []byte{0x8b}, reg, base, disp)
	default:
		e.mem(0, true, []byte{0x8b}, reg, base, disp)
	}
}

// store writes the low n bytes of an integer register.
func (e *encoder) store(n, reg, base uint8, disp int32) {
	switch n {
	case 1:
		e.mem(0, false, []byte{0x88}, reg, base, disp)
	case 2:
		e.mem(0x66, false, []byte{0x89}, reg, base, disp)
	case 4:
		e.mem(0, false, []byte{0x89}, reg, base, disp)
	default:
		e.mem(0, true, []byte{0x89}, reg, base, disp)
	}
}

// loadFloat reads 4, 8 or 16 bytes into a vector register.
func (e *encoder) loadFloat(n, reg, base uint8, disp int32) {
	e.mem(floatPrefix(n), false, []byte{0x0f, 0x10}, reg, base, disp)
}

// storeFloat writes 4, 8 or 16 bytes of a vector register.
func (e *encoder) storeFloat(n, reg, base uint8, disp int32) {
	e.mem(floatPrefix(n), false, []byte{0x0f, 0x11}, reg, base, disp)
}

func floatPrefix(n uint8) byte {
	switch n {
	case 16:
		return 0 // movups
	case 8:
		return 0xf2 // movsd
	}
	return 0xf3 // movss
}

// storeZero clears 8 bytes.
func (e *encoder) storeZero(base uint8, disp int32) { e.storeImm(0, base, disp) }

// storeImm writes a sign-extended constant to 8 bytes.
func (e *encoder) storeImm(v int32, base uint8, disp int32) {
	e.mem(0, true, []byte{0xc7}, 0, base, disp)
	e.imm32(v)
}

func (e *encoder) lea(reg, base uint8, disp int32) { e.mem(0, true, []byte{0x8d}, reg, base, disp) }

func (e *encoder) callMem(base uint8, disp int32) { e.mem(0, false, []byte{0xff}, 2, base, disp) }

func (e *encoder) callReg(r uint8) { e.bytes(0x40|r>>3, 0xff, 0xd0|r&7) }

func (e *encoder) jmpMem(base uint8, disp int32) { e.mem(0, false, []byte{0xff}, 4, base, disp) }

func (e *encoder) jmpReg(r uint8) { e.bytes(0x40|r>>3, 0xff, 0xe0|r&7) }

func (e *encoder) pushMem(base uint8, disp int32) { e.mem(0, false, []byte{0xff}, 6, base, disp) }

func (e *encoder) mov(dst, src uint8) { e.bytes(0x48|src>>3<<2|dst>>3, 0x89, 0xc0|src&7<<3|dst&7) }

// zeroExtend copies the low 1, 2 or 4 bytes of src.
func (e *encoder) zeroExtend(n, dst, src uint8) {
	rex, modrm := 0x40|dst>>3<<2|src>>3, 0xc0|dst&7<<3|src&7
	switch n {
	case 1:
		e.bytes(rex, 0x0f, 0xb6, modrm)
	case 2:
		e.bytes(rex, 0x0f, 0xb7, modrm)
	default:
		e.bytes(rex, 0x8b, modrm)
	}
}

// signExtend widens the low 1, 2 or 4 bytes of a register to 8.
func (e *encoder) signExtend(n, r uint8) {
	rex, modrm := 0x48|r>>3<<2|r>>3, 0xc0|r&7<<3|r&7
	switch n {
	case 1:
		e.bytes(rex, 0x0f, 0xbe, modrm)
	case 2:
		e.bytes(rex, 0x0f, 0xbf, modrm)
	default:
		e.bytes(rex, 0x63, modrm)
	}
}

// movFromFloat copies the low 4 bytes of a vector register, zero-extended.
func (e *encoder) movFromFloat(dst, src uint8) {
	e.bytes(0x66, 0x40|src>>3<<2|dst>>3, 0x0f, 0x7e, 0xc0|src&7<<3|dst&7)
}

func (e *encoder) push(r uint8) { e.bytes(0x40|r>>3, 0x50|r&7) }

func (e *encoder) pop(r uint8) { e.bytes(0x40|r>>3, 0x58|r&7) }

// and computes reg &= v, v sign-extended to 64 bits.
func (e *encoder) and(reg uint8, v int32) {
	e.bytes(0x48|reg>>3, 0x81, 0xe0|reg&7)
	e.imm32(v)
}

// zero clears a register.
func (e *encoder) zero(r uint8) { e.bytes(0x40|r>>3<<2|r>>3, 0x31, 0xc0|r&7<<3|r&7) }

// movImm32 loads a zero-extended 32-bit constant.
func (e *encoder) movImm32(r uint8, v uint32) {
	e.bytes(0x40|r>>3, 0xb8|r&7)
	e.imm32(int32(v))
}

func (e *encoder) movImm64(r uint8, v uint64) {
	e.bytes(0x48|r>>3, 0xb8|r&7)
	e.b = binary.LittleEndian.AppendUint64(e.b, v)
}

func (e *encoder) ret() { e.bytes(0xc3) }

// retPop returns and removes n bytes of stack arguments.
func (e *encoder) retPop(n int32) { e.bytes(0xc2, byte(n), byte(n>>8)) }

// leaAhead computes the address of a later place; patchAhead names it.
func (e *encoder) leaAhead(r uint8) (at int) {
	e.bytes(0x48|r>>3<<2, 0x8d, 0x05|r&7<<3)
	e.imm32(0)
	return len(e.b)
}

func (e *encoder) patchAhead(at int) {
	binary.LittleEndian.PutUint32(e.b[at-4:], uint32(len(e.b)-at))
}
