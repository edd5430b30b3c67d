package x64

import "davit/asm"

// Frame says where the parts of a stack frame are.
type Frame struct {
	SlotArea    int32   // explicit-slot area, in bytes from RSP
	SpillArea   int32   // spill slot 0, in bytes from RSP
	IncomingReg asm.Reg // register that Incoming counts from: RBP or RSP
	Incoming    int32   // first incoming stack argument
}

type memKind uint8

const (
	memAddr   memKind = iota // base + index<<scale + disp
	memLabel                 // label + disp
	memSymbol                // symbol + disp
)

// memRef is a resolved memory operand.
type memRef struct {
	base, index asm.Reg
	disp        int32
	scale       uint8
	kind        memKind
}

// resolve turns the memory operand of in into registers and displacement, in the form that is shortest to encode. The
// message is empty if all is well.
func resolve(in *asm.Inst, fr *Frame) (m memRef, problem string) {
	m = memRef{base: in.Base, index: in.Index, scale: in.Scale, disp: in.Disp}
	if in.Scale > 3 {
		return m, "scale above 3"
	}
	add := func(reg asm.Reg, disp int64) {
		if fr == nil {
			problem = "frame operand without a frame"
			return
		}
		if in.Base != asm.NoReg {
			problem = "frame operand with a base register"
			return
		}
		m.base = reg
		if disp != int64(int32(disp)) {
			problem = "displacement does not fit 32 bits"
		}
		m.disp = int32(disp)
	}
	switch in.Mem {
	case asm.MemReg:
	case asm.MemOutgoing:
		add(RSP, int64(in.Disp))
	case asm.MemSlot:
		if fr != nil {
			add(RSP, int64(in.Disp)+int64(fr.SlotArea))
		} else {
			add(RSP, 0)
		}
	case asm.MemSpill:
		if fr != nil {
			add(RSP, 8*int64(in.Disp)+int64(fr.SpillArea))
		} else {
			add(RSP, 0)
		}
	case asm.MemIncoming:
		if fr != nil {
			add(fr.IncomingReg, int64(in.Disp)+int64(fr.Incoming))
		} else {
			add(RSP, 0)
		}
	case asm.MemLabel, asm.MemSymbol:
		m.kind = memLabel
		if in.Mem == asm.MemSymbol {
			m.kind = memSymbol
		}
		if in.Base != asm.NoReg || in.Index != asm.NoReg {
			problem = "PC-relative operand with a register"
		}
		return m, problem
	default:
		return m, "unknown kind of memory operand"
	}
	if problem == "" {
		problem = m.simplify()
	}
	return m, problem
}

// simplify exchanges and replaces registers of an address where that makes the encoding possible or shorter.
func (m *memRef) simplify() string {
	if m.index == asm.NoReg {
		m.scale = 0
	} else {
		if m.base == asm.NoReg && m.scale <= 1 {
			m.base = m.index
			if m.scale == 0 {
				m.index = asm.NoReg
			}
			m.scale = 0
		}
		if m.scale == 0 && m.index != asm.NoReg {
			// RSP cannot be an index; RBP and R13 as a base need a displacement.
			needsDisp := m.disp == 0 && m.base.IsPhysical() && HW(m.base)&7 == 5
			if m.index == RSP || needsDisp && m.index.IsPhysical() && HW(m.index)&7 != 5 && m.base != RSP {
				m.base, m.index = m.index, m.base
			}
		}
		if m.index == RSP {
			return "RSP as index"
		}
	}
	if m.base.IsPhysical() && m.base > R15 || m.index.IsPhysical() && m.index > R15 {
		return "vector register in an address"
	}
	return ""
}
