package regalloc

// Problem: allocate registers in a single pass over the instructions, for those who want code at once and can live with
// more loads and stores.
//
// Idea: walk the blocks and the instructions backward. A virtual register gets a register where its last operand in the
// block is, and keeps it up to its definition, unless somebody else must have the register: then the value is loaded again
// behind that instruction, and lives in its slot further up. Between blocks values are in their slots, so nothing needs
// to be known about liveness. What the walk meets first decides for others:
//
//  1. A block with one predecessor wants values in registers where it starts; if nobody has asked that predecessor for
//     something else in these registers, it hands the values over there (exits).
//  2. The places of the parameters of a block are agreed upon by what is met first, the block or one of its predecessors
//     (agreed): mostly registers, so that what changes in a loop is not stored and loaded in each round.
//
// single_inst.go has the instructions, single_block.go the edges between blocks.
//
// Invariants:
//
//  1. Edits are made in reverse order and turned around at the end: at one point, what is made later comes first.
//  2. The slot of a virtual register, once it is needed anywhere, holds the value from the definition on.
//  3. A register that holds nothing below an instruction may be taken for it; what holds something is evicted first.
//
// Cost: O(operands + arguments + blocks), times the number of registers in the worst case.
//
// Sources: allocation backward with a register file as in Go's cmd/compile of old and in LLVM's RegAllocFast; agreed
// places as in the register files of Thorup's and of Sarkar and Barik's Extended Linear Scan (2007).

import (
	"fmt"
	"math/bits"

	"davit/asm"
)

// vregFlags are what SinglePass knows of a virtual register.
type vregFlags uint8

const (
	inSlot    vregFlags = 1 << iota // the slot is needed, so the definition stores into it
	crossing                        // used outside of the block that defines it
	isParam                         // a parameter of a block
	hasAgreed                       // (parameters) agreed is set
)

// SinglePass is an allocator that is about as fast as reading its input. The zero value is ready for use. It shares
// Func, Env and Result with Allocator; its result has more moves.
type SinglePass struct {
	f   *Func
	env *Env

	allowed   [asm.NumClasses]RegSet // registers that may hold values
	numRegs   [asm.NumClasses]int
	few       bool   // some class has few registers
	saved     RegSet // registers saved by callees that nothing has used so far
	blockOf   []uint32
	flags     []vregFlags
	loc       []asm.Reg // per virtual register: where it is at this point of the walk, or NoReg
	slot      []uint32  // per virtual register: 1 + its slot
	agreed    []Alloc   // per virtual register that is a parameter: where it arrives; no place if nobody reads it
	behind    []bool    // per block: its arguments are passed at the starts of its successors
	handsOver []bool    // per block: it may have exits
	edgeIn    []uint32  // per block: the edge into it, if its predecessor has several successors
	done      []bool    // per block
	exitStart []uint32  // per block: 1 + its exits
	exits     []exit
	clobber   int // clobbering instructions before the walk

	held    RegSet      // registers that hold something
	content [128]uint32 // what
	touched [128]uint32 // instruction that used the register last
	in      instState
	before  []Edit // of the instruction at hand: copies of its uses
	copies  []slotCopy
	readers []uint32 // per slot: pending copies that read it
	writer  []uint32 // per slot: 1 + the pending copy that writes it
	seq     []slotCopy
	ready   []uint32
	slots   int
	free    [3][]int // slots of each size that nothing in the block at hand has
	local   [3][]int // slots of the block at hand that others may have in other blocks
	temps   [3]Alloc // slots of each size that open cycles
	res     Result
}

// exit is a value that a block hands over in a register.
type exit struct {
	reg  asm.Reg
	vreg uint32
	next uint32 // 1 + the next of the block
}

// Run allocates f for the machine env. It reads but does not keep f and env. The result is valid until the next Run.
// An error means that the constraints of an instruction cannot be met; it names the instruction and the operand.
func (s *SinglePass) Run(f *Func, env *Env) (*Result, error) {
	s.f, s.env = f, env
	defer func() { s.f, s.env = nil, nil }()
	s.reset()
	s.findCrossing()
	for b := uint32(f.NumBlocks()); b > 0; b-- {
		if err := s.block(b - 1); err != nil {
			return nil, err
		}
	}
	edits := s.res.Edits
	for i, j := 0, len(edits)-1; i < j; i, j = i+1, j-1 {
		edits[i], edits[j] = edits[j], edits[i]
	}
	s.res.NumSlots = s.slots
	return &s.res, nil
}

func (s *SinglePass) reset() {
	f := s.f
	s.few = false
	for c := range s.allowed {
		s.allowed[c] = RegSet{}
		for _, r := range s.env.Order[c] {
			s.allowed[c].Add(r)
		}
		s.numRegs[c] = len(s.env.Order[c])
		s.few = s.few || s.numRegs[c] < 2*spareRegs
	}
	s.saved = s.env.CalleeSaved
	nv, nb := f.NumVRegs, f.NumBlocks()
	s.blockOf = zeroed(s.blockOf, nv)
	s.flags = zeroed(s.flags, nv)
	s.loc = zeroed(s.loc, nv)
	s.slot = zeroed(s.slot, nv)
	s.agreed = resize(s.agreed, nv)
	s.behind = resize(s.behind, nb)
	s.handsOver = resize(s.handsOver, nb)
	s.edgeIn = resize(s.edgeIn, nb)
	s.done = zeroed(s.done, nb)
	s.exitStart = zeroed(s.exitStart, nb)
	s.exits = s.exits[:0]
	s.clobber = len(f.ClobberInsts)
	s.held = RegSet{}
	for k := range s.free {
		s.free[k], s.local[k], s.temps[k] = s.free[k][:0], s.local[k][:0], 0
	}
	s.readers, s.writer = s.readers[:0], s.writer[:0]
	s.slots = 0
	s.res.Allocs = zeroed(s.res.Allocs, len(f.Operands))
	s.res.Edits, s.before = s.res.Edits[:0], s.before[:0]
}

// findCrossing marks the virtual registers that are used outside of the block that defines them: they need their slots.
// blockOf is 1 + the block that defines a virtual register, as far as the walk is.
func (s *SinglePass) findCrossing() {
	f := s.f
	clobber := 0
	for b := range uint32(f.NumBlocks()) {
		for _, v := range f.Params[f.ParamStart[b]:f.ParamStart[b+1]] {
			s.blockOf[v] = b + 1
			s.flags[v] |= isParam
		}
		last := f.BlockStart[b+1] - 1
		operands := f.Operands[f.OperandStart[f.BlockStart[b]]:f.OperandStart[last+1]]
		for k := range operands {
			o := &operands[k]
			if o.Kind == Def {
				s.blockOf[o.VReg] = b + 1
			} else if s.blockOf[o.VReg] != b+1 {
				s.flags[o.VReg] |= inSlot | crossing
			}
		}
		for clobber < len(f.ClobberInsts) && f.ClobberInsts[clobber] < last {
			clobber++
		}
		clobbers := clobber < len(f.ClobberInsts) && f.ClobberInsts[clobber] == last
		term := f.Operands[f.OperandStart[last]:f.OperandStart[last+1]]
		several := f.SuccStart[b+1]-f.SuccStart[b] > 1
		s.behind[b] = several || len(term) > 0 || clobbers
		s.handsOver[b] = !s.few && !clobbers && plain(term) // else the terminator may evict
		for e := f.SuccStart[b]; several && e < f.SuccStart[b+1]; e++ {
			s.edgeIn[f.Succs[e]] = e
		}
		for _, v := range f.Args[f.ArgStart[f.SuccStart[b]]:f.ArgStart[f.SuccStart[b+1]]] {
			if s.behind[b] || s.blockOf[v] != b+1 {
				s.flags[v] |= inSlot | crossing
			}
		}
		for k := range term {
			if term[k].Kind == Def {
				s.flags[term[k].VReg] |= inSlot | crossing // no move can follow
			}
		}
	}
}

// plain reports whether operands of a terminator leave the registers alone that hold values behind it.
func plain(operands []Operand) bool {
	for k := range operands {
		if o := &operands[k]; o.Kind == Def || o.Constraint == Fixed || k >= spareRegs-1 {
			return false
		}
	}
	return true
}

// spareRegs is how many registers of a class are left to terminators and moves where values are handed over.
const spareRegs = 4

func (s *SinglePass) isRemat(v uint32) bool { return s.f.Remat != nil && s.f.Remat[v] != 0 }

// stored reports whether the definition of v must store it.
func (s *SinglePass) stored(v uint32) bool { return s.flags[v]&inSlot != 0 && !s.isRemat(v) }

// hold says that register r holds v from here upward.
func (s *SinglePass) hold(v uint32, r asm.Reg) {
	s.loc[v] = r
	s.held.Add(r)
	s.content[r] = v
}

// release says that v is nowhere further up.
func (s *SinglePass) release(v uint32) {
	if r := s.loc[v]; r != asm.NoReg {
		s.loc[v] = asm.NoReg
		s.held.Remove(r)
	}
}

// source is where v is found when it is in no register: in its slot, or made again.
func (s *SinglePass) source(v uint32) Alloc {
	if s.isRemat(v) {
		return RematAlloc(v)
	}
	s.flags[v] |= inSlot
	return s.slotOf(v)
}

// slotOf is the slot of v. What lives in one block only has a slot that others have in other blocks.
func (s *SinglePass) slotOf(v uint32) Alloc {
	if n := s.slot[v]; n != 0 {
		return SlotAlloc(int(n - 1))
	}
	size := s.f.SlotSize[v]
	local := s.flags[v]&(crossing|isParam) == 0
	var at int
	if list := s.free[size]; local && len(list) > 0 {
		at = list[len(list)-1]
		s.free[size] = list[:len(list)-1]
	} else {
		at = s.newSlot(size)
	}
	if local {
		s.local[size] = append(s.local[size], at)
	}
	s.slot[v] = uint32(at) + 1
	return SlotAlloc(at)
}

// newSlot is a slot that nothing has had so far.
func (s *SinglePass) newSlot(size uint8) int {
	at := (s.slots + int(size) - 1) / int(size) * int(size)
	s.slots = at + int(size)
	return at
}

// edit adds an edit before all that were made for the same point so far.
func (s *SinglePass) edit(p Point, v uint32, from, to Alloc) {
	s.res.Edits = append(s.res.Edits, Edit{Point: p, VReg: v, From: from, To: to})
}

// pick returns a register of class that holds nothing and is not in avoid, or NoReg. Registers saved by callees come last.
func (s *SinglePass) pick(class asm.RegClass, avoid RegSet) asm.Reg {
	can := s.allowed[class].Minus(s.held).Minus(avoid)
	if r := first(can.Minus(s.saved)); r != asm.NoReg {
		return r
	}
	r := first(can)
	if r != asm.NoReg {
		s.saved.Remove(r)
	}
	return r
}

// first is the element of a set with the least number, or NoReg.
func first(set RegSet) asm.Reg {
	switch {
	case set[0] != 0:
		return asm.Reg(bits.TrailingZeros64(set[0]))
	case set[1] != 0:
		return asm.Reg(64 + bits.TrailingZeros64(set[1]))
	}
	return asm.NoReg
}

// count is the number of elements of a set.
func (s RegSet) count() int { return bits.OnesCount64(s[0]) + bits.OnesCount64(s[1]) }

// noRegister is the error that operand o of instruction i finds no register.
func (s *SinglePass) noRegister(i, o uint32) error {
	return fmt.Errorf("instruction %d: no register is left for operand %d (v%d)", i, o-s.f.OperandStart[i], s.f.Operands[o].VReg)
}
