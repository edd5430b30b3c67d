package asm

import "strconv"

// Reg names a register: none (0), a physical register of the target (1 to 255), or a virtual register. The numbers of
// physical registers are the target's own (see the package of its machine); the class of a virtual register is kept
// by the function that made it.
type Reg uint32

// NoReg is the absent register, the zero value.
const NoReg Reg = 0

// FirstVirtual is the number of virtual register 0.
const FirstVirtual Reg = 256

// VReg returns the Reg of virtual register n.
func VReg(n int) Reg { return FirstVirtual + Reg(n) }

// IsVirtual reports whether r is a virtual register.
func (r Reg) IsVirtual() bool { return r >= FirstVirtual }

// IsPhysical reports whether r is a register of the machine.
func (r Reg) IsPhysical() bool { return r != NoReg && r < FirstVirtual }

// VIndex returns n for VReg(n).
func (r Reg) VIndex() int { return int(r - FirstVirtual) }

// String prints a virtual register as v<N>, a physical one as p<N>; targets print their own names.
func (r Reg) String() string {
	switch {
	case r == NoReg:
		return "-"
	case r.IsVirtual():
		return "v" + strconv.Itoa(r.VIndex())
	}
	return "p" + strconv.Itoa(int(r))
}

// RegClass is the register file that a value lives in.
type RegClass uint8

const (
	Int   RegClass = iota // general-purpose registers
	Float                 // floating-point and vector registers
	NumClasses
)

// MemKind says how the memory operand of an [Inst] is addressed.
type MemKind uint8

const (
	MemNone     MemKind = iota // the instruction has no memory operand
	MemReg                     // Base + Index<<Scale + Disp
	MemLabel                   // address of label Aux (constant pool or block), plus Disp; PC-relative
	MemSlot                    // Disp bytes from the start of the explicit-slot area of the frame (+ Index<<Scale)
	MemIncoming                // Disp bytes from the first incoming stack argument
	MemOutgoing                // Disp bytes from the nominal SP: outgoing stack arguments
	MemSpill                   // spill slot number Disp of the register allocator (8-byte units)
	MemSymbol                  // address of symbol Aux (index into the function's symbols), PC-relative, plus Disp
)

// Label is a position in a [Buffer], bound at most once. Labels of the blocks of a function come first.
type Label uint32

// NoLabel is the absent label.
const NoLabel Label = ^Label(0)

// Inst is one machine instruction of any target: an opcode (row number in the target's instruction table) and its
// operands. It is flat and holds no pointers; the row says which fields are in use and in which role.
//
// Before register allocation the registers may be virtual, afterwards all are physical. An operand that the row allows
// to be register or memory ("r/m") is memory exactly when Mem is not MemNone.
type Inst struct {
	Op    uint16  // row of the target's table; 0 is never a valid row
	Size  uint8   // operand size in bytes where one row covers several widths, else 0
	CC    uint8   // condition code, rounding mode, comparison predicate or other small field of the row
	Mem   MemKind // kind of memory operand
	Scale uint8   // log2 of the factor of Index: 0 to 3
	Trap  uint8   // trap code (as in CLIF) if the instruction, or its memory access, may trap; 0 means it cannot
	Flags uint8   // target's own
	R     [4]Reg  // register operands, by position in the row
	Base  Reg     // memory operand: base
	Index Reg     // memory operand: index
	Disp  int32   // memory operand: displacement in bytes (for MemSpill: the slot number)
	Aux   uint32  // label, symbol, call-info or side-table index of the row
	Imm   int64   // immediate
}

// Reg returns register operand i, 0 to 5. Operands 4 and 5 exist in rows without immediate only, where the two halves
// of Imm hold them.
func (in *Inst) Reg(i int) Reg {
	switch i {
	case 4:
		return Reg(uint32(in.Imm))
	case 5:
		return Reg(uint64(in.Imm) >> 32)
	}
	return in.R[i&3]
}

// SetReg sets register operand i, 0 to 5.
func (in *Inst) SetReg(i int, r Reg) {
	switch i {
	case 4:
		in.Imm = in.Imm&^0xffffffff | int64(r)
	case 5:
		in.Imm = in.Imm&0xffffffff | int64(r)<<32
	default:
		in.R[i&3] = r
	}
}
