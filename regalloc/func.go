package regalloc

import "davit/asm"

// OperandKind says whether an instruction reads or writes an operand.
type OperandKind uint8

const (
	Use OperandKind = iota
	Def
)

// OperandPos says when, relative to its instruction, an operand must hold its register. Early and Late split the
// instruction: uses are normally Early, definitions Late, so that a definition may share the register of a use.
// A Late use stays apart from every definition; an Early definition stays apart from every use.
type OperandPos uint8

const (
	Early OperandPos = iota
	Late
)

// Constraint restricts the place of an operand.
type Constraint uint8

const (
	AnyReg   Constraint = iota // any register of the class of the virtual register
	RegOrMem                   // a register or a spill slot, whichever is cheaper
	Fixed                      // the physical register Arg
	Reuse                      // (definitions only) the same register as operand number Arg of the instruction
)

// Operand is one register read or written by an instruction. Physical registers that take no part in allocation
// (stack and frame pointer) are not operands.
type Operand struct {
	VReg       uint32 // index of the virtual register, below Func.NumVRegs
	Kind       OperandKind
	Pos        OperandPos
	Constraint Constraint
	Arg        uint8 // Fixed: the physical register's number; Reuse: index of the operand within the instruction
}

// RegSet is a set of physical registers by their asm.Reg numbers (1 to 127).
type RegSet [2]uint64

// Add puts r into the set.
func (s *RegSet) Add(r asm.Reg) { s[r>>6] |= 1 << (r & 63) }

// Remove takes r out of the set.
func (s *RegSet) Remove(r asm.Reg) { s[r>>6] &^= 1 << (r & 63) }

// Has reports whether r is in the set.
func (s RegSet) Has(r asm.Reg) bool { return s[r>>6]>>(r&63)&1 != 0 }

// Union returns the registers that are in s or in t.
func (s RegSet) Union(t RegSet) RegSet { return RegSet{s[0] | t[0], s[1] | t[1]} }

// Minus returns the registers that are in s and not in t.
func (s RegSet) Minus(t RegSet) RegSet { return RegSet{s[0] &^ t[0], s[1] &^ t[1]} }

// Intersect returns the registers that are in both s and t.
func (s RegSet) Intersect(t RegSet) RegSet { return RegSet{s[0] & t[0], s[1] & t[1]} }

// Empty reports whether the set has no element.
func (s RegSet) Empty() bool { return s[0]|s[1] == 0 }

// InstFlags mark instructions that the allocator treats in a special way.
type InstFlags uint8

const (
	// IsMove marks a copy: operand 0 is the definition, operand 1 the use, same class and width, nothing else. If both
	// get the same place, the client drops the instruction.
	IsMove InstFlags = 1 << iota
	// IsTerminator marks the last instruction of a block.
	IsTerminator
	// IsReturn marks a terminator that leaves the function.
	IsReturn
)

// Func is the input: instructions in linear order, each block a contiguous run of them, in SSA form (each virtual
// register has one definition: an instruction operand or a block parameter; definitions dominate uses).
//
// Block 0 is the entry; it has no predecessors and no parameters (arguments are definitions of its first instruction). All
// blocks can be reached from it.
// There are no critical edges: if a block has several successors, each of these has one predecessor. The moves that
// carry arguments into parameters go before the terminator of a predecessor with one successor, otherwise to the start
// of the successor. An edge whose source has several successors takes its arguments after the terminator, so that
// they may be definitions of it. A block with one successor whose terminator has operands or clobbers counts as one with
// several: its successor has no other predecessor.
type Func struct {
	NumVRegs int
	Class    []asm.RegClass // per virtual register
	SlotSize []uint8        // per virtual register: size of its spill slot in units of 8 bytes (1 or 2), aligned to its size
	// Remat gives, per virtual register, 1 + the index of its defining instruction if that instruction reads no register
	// and can be issued again at any point into any register of the class (it changes no flags), else 0.
	// nil means none.
	Remat []uint32

	OperandStart []uint32 // per instruction, plus one: where its operands start
	Operands     []Operand
	Flags        []InstFlags // per instruction

	// ClobberInsts lists, ascending, the instructions that destroy registers beyond their definitions; Clobbers are
	// those registers, destroyed between the Early and the Late position. A definition may name a clobbered register.
	// A Late use must not.
	ClobberInsts []uint32
	Clobbers     []RegSet

	BlockStart []uint32 // per block, plus one: its first instruction. No block is empty.
	SuccStart  []uint32 // per block, plus one
	Succs      []uint32 // successor blocks, in the order of the terminator's targets
	PredStart  []uint32 // per block, plus one
	Preds      []uint32
	ParamStart []uint32 // per block, plus one
	Params     []uint32 // virtual registers that are block parameters
	ArgStart   []uint32 // per element of Succs, plus one: the arguments of that edge
	Args       []uint32 // virtual registers, one per parameter of the successor
	// Freq is the estimated number of executions of each block per call of the function (entry: 1).
	Freq []float32
}

// NumInsts is the number of instructions.
func (f *Func) NumInsts() int { return len(f.OperandStart) - 1 }

// NumBlocks is the number of blocks.
func (f *Func) NumBlocks() int { return len(f.BlockStart) - 1 }

// Env describes the registers of the machine.
type Env struct {
	// Order lists per class the registers that may be allocated, cheapest first. Fixed operands may name others.
	Order [asm.NumClasses][]asm.Reg
	// CalleeSaved are registers whose first use costs a save and a restore in the function.
	CalleeSaved RegSet
	// ClassOf gives the class of each physical register.
	ClassOf [128]asm.RegClass
	// Name prints a physical register in messages.
	Name func(asm.Reg) string
}

// Alloc is a place: a register, a spill slot, or (as the source of an Edit) the re-issue of a rematerializable
// definition. The zero value is no place.
type Alloc uint32

const (
	allocSlot  = 1 << 30
	allocRemat = 1 << 31
)

// RegAlloc is the place that is physical register r.
func RegAlloc(r asm.Reg) Alloc { return Alloc(r) }

// SlotAlloc is the place that is the spill slot starting at unit n (units of 8 bytes).
func SlotAlloc(n int) Alloc { return Alloc(n) | allocSlot }

// RematAlloc stands for the value that the defining instruction of v computes anew.
func RematAlloc(v uint32) Alloc { return Alloc(v) | allocRemat }

// IsReg reports whether a is a register.
func (a Alloc) IsReg() bool { return a != 0 && a&(allocSlot|allocRemat) == 0 }

// IsSlot reports whether a is a spill slot.
func (a Alloc) IsSlot() bool { return a&allocSlot != 0 && a&allocRemat == 0 }

// IsRemat reports whether a stands for a re-issued definition.
func (a Alloc) IsRemat() bool { return a&allocRemat != 0 }

// Reg returns the register of a; a.IsReg must hold.
func (a Alloc) Reg() asm.Reg { return asm.Reg(a) }

// Slot returns the first unit of the spill slot of a; a.IsSlot must hold.
func (a Alloc) Slot() int { return int(a &^ allocSlot) }

// RematVReg returns the virtual register whose definition is issued again; a.IsRemat must hold.
func (a Alloc) RematVReg() uint32 { return uint32(a &^ allocRemat) }

// Point is a place between instructions: 2*i is just before instruction i, 2*i+1 just after it.
type Point uint32

// Before is the point just before instruction i.
func Before(i int) Point { return Point(2 * i) }

// After is the point just after instruction i.
func After(i int) Point { return Point(2*i + 1) }

// Edit is a move to be inserted. From and To are never both spill slots; To is never a Remat. The edits at one point
// are carried out in order.
type Edit struct {
	Point    Point
	VReg     uint32 // a virtual register of the class and width to be moved
	From, To Alloc
}

// Result is the output. It is valid until the next Run with the same Allocator.
type Result struct {
	Allocs   []Alloc // per element of Func.Operands
	Edits    []Edit  // ascending by Point
	NumSlots int     // spill area in units of 8 bytes
}
