package x64

import "davit/asm"

// Frame says where the parts of a stack frame are.
type Frame struct {
	SlotArea    int32   // explicit-slot area, in bytes from RSP
	SpillArea   int32   // spill slot 0, in bytes from RSP
	IncomingReg asm.Reg // register that Incoming counts from: RBP or RSP
	Incoming    int32   // first incoming stack argument
	// FramePointer, if not 0, says that RBP holds RSP plus this number of bytes. Operands within reach of a one-byte
	// displacement from RBP are encoded that way, a byte shorter.
	FramePointer int32
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

// resolve sets m to the memory operand of in, as registers and displacement in the form that is shortest to encode. The
// message is empty if all is well.
func (m *memRef) resolve(in *asm.Inst, fr *Frame) (problem string) {
	m.base, m.index, m.disp, m.scale, m.kind = in.Base, in.Index, in.Disp, in.Scale, memAddr
	if in.Scale > 3 {
		return "scale above 3"
	}
	var part Frame
	if fr != nil {
		part = *fr
	}
	switch in.Mem {
	case asm.MemReg:
		return m.simplify()
	case asm.MemOutgoing:
		problem = m.inFrame(in, fr, RSP, int64(in.Disp))
	case asm.MemSlot:
		problem = m.inFrame(in, fr, RSP, int64(in.Disp)+int64(part.SlotArea))
	case asm.MemSpill:
		problem = m.inFrame(in, fr, RSP, 8*int64(in.Disp)+int64(part.SpillArea))
	case asm.MemIncoming:
		problem = m.inFrame(in, fr, part.IncomingReg, int64(in.Disp)+int64(part.Incoming))
	case asm.MemLabel, asm.MemSymbol:
		m.kind = memLabel
		if in.Mem == asm.MemSymbol {
			m.kind = memSymbol
		}
		if in.Base != asm.NoReg || in.Index != asm.NoReg {
			return "PC-relative operand with a register"
		}
		return ""
	default:
		return "unknown kind of memory operand"
	}
	if problem == "" {
		problem = m.simplify()
	}
	return problem
}

// inFrame sets base and displacement of a frame operand.
func (m *memRef) inFrame(in *asm.Inst, fr *Frame, base asm.Reg, disp int64) string {
	switch {
	case fr == nil:
		return "frame operand without a frame"
	case base == asm.NoReg:
		return "frame says no register for incoming arguments"
	case in.Base != asm.NoReg:
		return "frame operand with a base register"
	case disp != int64(int32(disp)):
		return "displacement does not fit 32 bits"
	}
	if d := disp - int64(fr.FramePointer); fr.FramePointer != 0 && base == RSP && disp != 0 && d == int64(int8(d)) {
		base, disp = RBP, d
	}
	m.base, m.disp = base, int32(disp)
	return ""
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
	return ""
}
