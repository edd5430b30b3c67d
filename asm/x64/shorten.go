package x64

import (
	"math"

	"davit/asm"
)

// Shorten replaces in by an instruction with the same effect, on the flags too (but for the auxiliary carry, which no
// row reads), whose encoding is shorter, if one is known. Encode and the printer do so themselves. fr resolves frame
// operands and may be nil.
func Shorten(in *asm.Inst, fr *Frame) {
	row := Lookup(in.Op)
	if row == nil || row.Attr&shortens == 0 {
		return
	}
	if in.Op >= baseSSE {
		shortenVEX(in, row)
		return
	}
	isReg := in.Mem == asm.MemNone
	switch in.Op {
	case MOVZXb, MOVZXw:
		if in.Size == 8 {
			in.Size = 4 // writing 4 bytes of a register clears the others
		}
	case MOVSXb, MOVSXw, MOVSXD:
		if isReg && in.R[0] == RAX && in.R[1] == RAX && (in.Op == MOVSXD || in.Op == MOVSXw && in.Size == 4 ||
			in.Op == MOVSXb && in.Size == 2) {
			if in.Op == MOVSXD {
				in.Size = 8
			}
			in.Op = CBW
		}
	case MOVi:
		if isReg && in.Size == 8 && uint64(in.Imm) <= math.MaxUint32 {
			in.Size = 4
		}
	case ANDi:
		// The result and the sign bit are those of 4 bytes.
		if isReg && in.Size == 8 && 0 <= in.Imm && in.Imm <= math.MaxInt32 {
			in.Size = 4
		}
	case TESTi:
		if !isReg || in.Imm < 0 {
			return
		}
		if in.Imm <= math.MaxInt8 {
			in.Size = 1
		} else if in.Size == 8 && in.Imm <= math.MaxInt32 {
			in.Size = 4
		}
	case CMPi:
		if isReg && in.Imm == 0 {
			in.Op, in.R[1] = TEST, in.R[0]
		}
	case LEA:
		shortenLEA(in, fr)
	}
}

// shortenLEA makes a move of an address that is a register.
func shortenLEA(in *asm.Inst, fr *Frame) {
	if in.Mem == asm.MemLabel || in.Mem == asm.MemSymbol || fr == nil && in.Mem != asm.MemReg || in.Flags != 0 {
		return
	}
	var m memRef
	problem := m.resolve(in, fr)
	if problem == "" && m.disp == 0 && m.index == asm.NoReg && m.base != asm.NoReg {
		*in = asm.Inst{Op: MOV, Size: in.Size, R: [4]asm.Reg{in.R[0], m.base}}
	}
}

// shortenVEX exchanges the sources of a commutative instruction if that allows the VEX prefix of two bytes.
func shortenVEX(in *asm.Inst, row *Row) {
	if in.Op&VEX == 0 || in.Mem != asm.MemNone || row.enc&(m0F3A|w1) != m0F {
		return
	}
	high := func(r asm.Reg) bool { return r.IsPhysical() && HW(r) >= 8 }
	if form(in.Op, row).rm == r2 && high(in.R[2]) && !high(in.R[1]) {
		in.R[1], in.R[2] = in.R[2], in.R[1]
	}
}

// ShortenDeadFlags replaces in, whose registers are physical, by an instruction with the same result but other effects
// on the flags, whose encoding is shorter, if one is known. It may be called wherever no later instruction reads flags
// set before it or by it: xor for zero, inc and dec, add for lea, movzx for and.
func ShortenDeadFlags(in *asm.Inst, fr *Frame) {
	isReg := in.Mem == asm.MemNone
	dst := in.R[0]
	switch in.Op {
	case MOVi:
		if isReg && in.Imm == 0 && in.Size >= 4 {
			*in = asm.Inst{Op: XOR, Size: 4, R: [4]asm.Reg{dst, dst, dst}}
		}
	case ADDi, SUBi:
		shortenAdd(in)
	case XORi:
		if in.Imm == -1 {
			in.Op, in.Imm = NOT, 0
		}
	case ANDi:
		switch {
		case !isReg || in.Size < 4:
		case in.Imm == 0xff:
			in.Op, in.Size, in.Imm = MOVZXb, 4, 0
		case in.Imm == 0xffff:
			in.Op, in.Size, in.Imm = MOVZXw, 4, 0
		}
	case LEA:
		if in.Mem == asm.MemReg && in.Flags == 0 {
			shortenLEAtoADD(in, fr)
		}
	}
}

func shortenAdd(in *asm.Inst) {
	inc, dec, other := INC, DEC, SUBi
	if in.Op == SUBi {
		inc, dec, other = DEC, INC, ADDi
	}
	switch in.Imm {
	case 1:
		in.Op, in.Imm = inc, 0
	case -1:
		in.Op, in.Imm = dec, 0
	case 128:
		if in.Size > 1 {
			in.Op, in.Imm = other, -128
		}
	}
}

func shortenLEAtoADD(in *asm.Inst, fr *Frame) {
	var m memRef
	dst := in.R[0]
	if m.resolve(in, fr) != "" || m.scale != 0 {
		return
	}
	if m.index == dst {
		m.base, m.index = m.index, m.base
	}
	switch {
	case m.base != dst:
	case m.index == asm.NoReg && m.disp != 0:
		*in = asm.Inst{Op: ADDi, Size: in.Size, R: [4]asm.Reg{dst, dst}, Imm: int64(m.disp)}
		shortenAdd(in)
	case m.index != asm.NoReg && m.disp == 0:
		*in = asm.Inst{Op: ADD, Size: in.Size, R: [4]asm.Reg{dst, dst, m.index}}
	}
}
