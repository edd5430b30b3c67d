package vcode

import (
	"davit/asm"
	"davit/ir"
	"davit/ir/op"
	"davit/regalloc"
)

// Func is a function in machine instructions over virtual registers: what lowering makes, and what register allocation
// and emission read. It is not changed after lowering.
//
// Blocks stand in the order of lowering, a reverse post-order; EmitOrder is the order in the machine code, with cold
// blocks last. Labels of the first NumBlocks numbers of the buffer are the blocks.
type Func struct {
	IR   *ir.Func // the function that was lowered
	Name string   // linkage name

	Insts   []asm.Inst
	SrcLocs []uint32 // per instruction: 1 + source location, 0 for none; nil if the function has none

	Blocks    []Block
	Succs     []uint32
	Preds     []uint32
	Params    []asm.Reg // parameters of blocks
	Args      []asm.Reg // arguments of edges: only blocks with a single successor have some
	EmitOrder []uint32

	Calls []uint32  // instructions that call another function, ascending
	Lists []List    // operand lists of calls, returns and the argument pseudo-instruction
	Pairs []RegPair // what Lists index

	Class []asm.RegClass // per virtual register
	Units []uint8        // per virtual register: size of a spill slot in units of 8 bytes, 1 or 2
	Width []uint8        // per virtual register: bytes that a copy must carry, 4, 8 or 16
	Remat []uint32       // per virtual register: 1 + index of its rematerializable definition, or 0

	Symbols   []asm.Symbol
	Consts    [][]byte // constants of the function that instructions refer to by Aux
	StackMaps []StackMap
	ExTables  []ExTable
	DebugTags []DebugTags
	Tables    []Table
	entries   []asm.StackMapEntry // what StackMaps share; it becomes part of the code, so each function has its own

	SlotOffsets []uint32 // per explicit stack slot: offset in bytes from the start of the slot area
	SlotBytes   uint32   // size of the explicit-slot area
	Outgoing    uint32   // size of the outgoing-argument area: the maximum over all calls
	HasCalls    bool     // some instruction calls another function
	UsesFP      bool     // some instruction reads the frame pointer
	Incoming    uint32   // bytes of incoming stack arguments
	TailArgs    uint32   // bytes of stack arguments that tail calls need at most

	PrologueCalls int // calls in the prologue, once that is emitted
}

// Block is a basic block: Insts[Start:End]. Parameters, edges and arguments are ranges of the tables of Func.
type Block struct {
	Start, End           uint32
	IR                   ir.Block // NoBlock for a block that splits an edge
	SuccStart, SuccEnd   uint32
	PredStart, PredEnd   uint32
	ParamStart, ParamEnd uint32
	ArgStart, ArgEnd     uint32
	Freq                 float32
	Cold                 bool
}

// RegPair ties a virtual register to the physical register that an instruction wants it in.
type RegPair struct{ V, P asm.Reg }

// List holds the register operands of an instruction with a variable number of them.
type List struct {
	Start    uint32 // into Func.Pairs: first the uses, then the definitions
	NUses    uint32
	NDefs    uint32
	Clobbers regalloc.RegSet
	Map      uint32 // 1 + index into Func.StackMaps, or 0
	Inst     uint32 // calls: 1 + the CLIF call that it is, or 0 for one that lowering added
	Symbol   uint32 // direct calls: index into Func.Symbols
	ExTable  uint32 // 1 + index into Func.ExTables, or 0
	Tags     uint32 // 1 + index into Func.DebugTags, or 0
	Pop      uint32 // bytes of stack arguments that the callee pops
	Normal   uint32 // try_call: block of the normal return
}

// Uses returns the uses of list l.
func (f *Func) Uses(l *List) []RegPair { return f.Pairs[l.Start : l.Start+l.NUses] }

// Defs returns the definitions of list l.
func (f *Func) Defs(l *List) []RegPair { return f.Pairs[l.Start+l.NUses : l.Start+l.NUses+l.NDefs] }

// StackMap is the packed map of one call: what a collector finds in the explicit-slot area while it is under way.
type StackMap struct {
	Inst    ir.Inst
	Entries []asm.StackMapEntry // grouped by type in order of first appearance, ascending, without duplicates
}

// ExTable is the exception table of one try_call. Handlers refer to blocks of Func.
type ExTable struct {
	Items []ExItem
}

// ExItem is one row of an ExTable.
type ExItem struct {
	Kind  asm.HandlerKind
	Tag   uint32
	Block uint32
	Slot  uint32 // HandlerContext: offset of the context in the slot area
}

// DebugTags are the tags of one call or sequence point.
type DebugTags struct {
	Tags []asm.DebugTag
}

// Table is a jump table: the blocks of its entries, without the default.
type Table struct {
	Blocks []uint32
}

// NumVRegs returns the number of virtual registers.
func (f *Func) NumVRegs() int { return len(f.Class) }

// BlockSuccs returns the successors of block b.
func (f *Func) BlockSuccs(b int) []uint32 {
	return f.Succs[f.Blocks[b].SuccStart:f.Blocks[b].SuccEnd]
}

// NumDescs is the length of a table of instruction descriptions; DescIndex gives the place of an opcode in it.
const NumDescs = 1 << 12

// DescIndex folds an opcode, of which the upper bit and the lower eleven are in use.
func DescIndex(o uint16) int { return int(o&0x7ff | o>>15<<11) }

// RegDesc says how an instruction uses one of its register operands.
type RegDesc struct {
	Kind       regalloc.OperandKind
	Pos        regalloc.OperandPos
	Constraint regalloc.Constraint
	Arg        uint8 // Fixed: the register; Reuse: the number of the register operand
}

// MemAccess says what an instruction does with memory.
type MemAccess uint8

const (
	MemReads MemAccess = 1 << iota
	MemWrites
)

// Desc is what register allocation and emission need to know of the instructions of one opcode.
type Desc struct {
	N      uint8 // number of register operands, as asm.Inst.Reg counts them
	Regs   [6]RegDesc
	List   bool // Imm is the index of a List
	Move   bool // a plain copy R[0] <- R[1]
	Call   bool // a machine safepoint: the List may carry a stack map
	Term   bool // ends a block
	Return bool // leaves the function
	// Mem is what the instruction does with memory where it has a memory operand; 0 if it takes the address only.
	Mem MemAccess
	// Pointers has bit k set if register operand k is the address of memory that the instruction accesses.
	Pointers uint8
	// MemBytes is how much the instruction reads at least where an r/m operand is memory; 0 if Size says it.
	MemBytes uint8
	Early    bool // registers of the memory operand must stay apart from definitions
	MayDrop  bool // Target.Redundant tells whether the instruction does anything
}

// classOf returns the register class and the size in bytes of values of type t. An i128 takes two registers.
func classOf(t op.Type) (asm.RegClass, uint8) {
	width := uint8(max(4, min(16, t.Bytes())))
	if t.IsInt() {
		return asm.Int, min(width, 8)
	}
	return asm.Float, width
}
