package check

import (
	"slices"

	"davit/asm"
	"davit/ir"
	"davit/regalloc"
)

// Problem: prove the same for the machine instructions after register allocation: no register and no spill slot holds a
// reference from before a safepoint that is read after it, and slots hold what their safepoints' maps say.
//
// Idea: a forward problem over places: registers, spill slots, and the pieces of explicit slots that stack maps are about.
// What a place holds is a byte of bits, "may be a reference", "may be computed from one", "may be from before a
// safepoint", "may never have been written", so that joining paths is a bitwise or.
//
//  1. Virtual registers inherit their kinds from the CLIF values that they hold; what an instruction computes from
//     tracked operands into an unnamed one is computed from a reference. Moves of the allocator copy the bits,
//     whatever they were meant to move.
//  2. A safepoint makes old what is tracked, but for the pieces in its map. What a call destroys is as bad as an old
//     reference.
//  3. An old reference must not be passed, returned, stored or used for an address, and must not be where a number is
//     expected. Comparing it is harmless: instruction selection moves comparisons over calls. An old address must not
//     be used for an address.
//
// Which machine call is which CLIF call follows from their order within blocks.
//
// Cost: linear in instructions and operands. Loops are gone through again while something changes, but most changes
// are about places that are not read: what calls leave in registers. For a block that does not read what is new before
// it writes it, the change is passed on without a look at its instructions (change.go).

// Bits of a place, and of what instructions compute.
const (
	mayRef     uint8 = 1 << iota // a reference
	mayDerived                   // computed from a reference
	mayOld                       // one of these, from before a safepoint; or what a call has destroyed
	mayBlank                     // a piece that was not written, or not as a whole
	mayOldRef                    // of the operands of an instruction: one is a reference from before a safepoint

	mayTracked = mayRef | mayDerived
)

// vregKind is what the names of a virtual register say.
type vregKind uint8

const (
	unnamed   vregKind = iota
	derived            // holds what is computed from references, or references that may get old
	reference          // holds a reference
	number             // holds a CLIF value that is not tracked, maybe besides others
)

// garbage is what a call leaves in the registers that it destroys.
const garbage uint64 = uint64(mayRef | mayOld)

// machine is the state of Checker.Machine.
type machine struct {
	*Compiled
	names  []vregKind                // per virtual register
	regs   [128]uint8                // per physical register: its place
	order  [asm.NumClasses][]asm.Reg // that regs is made for
	pieces []piece                   // ascending
	cuts   []uint32
	ofCell []span // per cell: its pieces
	width  int    // bytes of a row, a multiple of 8
	slot0  int    // place of the first spill slot
	piece0 int    // place of the first piece
	passed int    // place that is mayOld if a safepoint was passed
	rows   []uint8
	row    []uint8   // what the places hold where the walk is
	news   []uint8   // like rows: what was added since the block was looked at
	state  []uint8   // per block
	marks  []uint8   // like rows: what the block does with the places
	mark   []uint8   // of the block under way
	points []ir.Inst // per element of VF.Calls: the safepoint that it is, or NoInst
	edits  []uint32  // per block: its first edit
	edit   int       // next edit
	editAt regalloc.Point
	call   uint32 // next of VF.Calls
	block  uint32 // under way
	bad    []badPlace

	destroys regalloc.RegSet // clobbers of the last call
	kept     []uint8         // per place of a register: 0xff if they do not have it
	pieceOf  []uint16        // per byte of a small slot area: what pieceAt returns
}

// piece is a range of bytes of the slot area.
type piece struct{ start, end uint32 }

// badPlace is an operand, or an entry of the stack map of a call, that is not what it must be.
type badPlace struct {
	block, inst uint32
	place       int
	vreg        uint32
	what        string
	entry       ir.StackMapEntry
	isEntry     bool
}

// Machine proves that the machine instructions of the function that Func was called for last keep its references where
// its stack maps say. The function must have passed Func.
func (c *Checker) Machine(m *Compiled) ErrorList {
	c.errs = nil
	if !c.live {
		return nil
	}
	s := &c.mach
	s.Compiled = m
	defer func() { s.Compiled = nil }()
	if !c.pairCalls() {
		return c.errs
	}
	c.nameVRegs()
	c.cutPieces()
	s.setUp()
	c.walkBlocks()
	for i := range s.bad {
		c.judgePlace(&s.bad[i])
	}
	return c.errs
}

// pairCalls finds which machine calls are safepoints: those of each block are the safepoints of the CLIF block, in the
// same order.
func (c *Checker) pairCalls() bool {
	vf, w := c.mach.VF, &c.forward
	w.split(vf)
	c.mach.points = c.mach.points[:0]
	for b := range vf.Blocks {
		var want []ir.Inst
		if k := vf.Blocks[b].IR; k != ir.NoBlock {
			blk := &c.blocks[c.place(k)]
			want = c.after[blk.first+1 : blk.last+1]
		}
		for _, i := range vf.Calls[w.callsOf[b]:w.callsOf[b+1]] {
			point := ir.NoInst
			if k := vf.Lists[vf.Insts[i].Imm].Inst; len(want) > 0 && want[0] == ir.Inst(k-1) {
				point, want = want[0], want[1:]
			}
			c.mach.points = append(c.mach.points, point)
		}
		if len(want) > 0 {
			c.lost(want[0], "%s became no machine call in its place", c.quote(want[0]))
			return false
		}
	}
	return true
}

// nameVRegs finds the kinds of virtual registers. One that holds several values may get old if one of them may.
func (c *Checker) nameVRegs() {
	s := &c.mach
	s.names = cleared(s.names, s.VF.NumVRegs())
	names, alias, kinds := s.names, s.Alias, c.kind
	for _, regs := range [2][]asm.Reg{s.ValueRegs, s.HighRegs} {
		for v, r := range regs {
			if r == asm.NoReg {
				continue
			}
			if a := alias[r.VIndex()]; a != asm.NoReg {
				if r = a; !r.IsVirtual() {
					continue
				}
			}
			k := number
			if kind := kinds[v]; kind&(isRef|isDerived) != 0 {
				if k = derived; kind&isRef != 0 {
					k = reference
				}
			}
			if n := &names[r.VIndex()]; k > *n {
				*n = k
			}
		}
		for _, v := range c.mild {
			if int(v) < len(regs) && regs[v] != asm.NoReg {
				if i, ok := s.vreg(regs[v]); ok && names[i] != number {
					names[i] = derived
				}
			}
		}
	}
}

// vreg returns the index of the virtual register that r stands for, if it is one.
func (s *machine) vreg(r asm.Reg) (int, bool) {
	if a := s.Alias[r.VIndex()]; a != asm.NoReg {
		r = a
	}
	return r.VIndex(), r.IsVirtual()
}

// cutPieces makes the pieces: the bytes of each cell, those of 16 bytes in two halves, since no machine has integers
// that are wider.
func (c *Checker) cutPieces() {
	s := &c.mach
	cells := c.cells.cells
	at := func(k int) uint32 { return s.VF.SlotOffsets[cells[k].Slot] + cells[k].Offset }
	s.cuts = s.cuts[:0]
	for k := range cells {
		start, size := at(k), uint32(cells[k].size)
		if cells[k].isWhole() {
			continue
		}
		s.cuts = append(s.cuts, start, start+size)
		if size == 16 {
			s.cuts = append(s.cuts, start+8)
		}
	}
	slices.Sort(s.cuts)
	s.cuts = slices.Compact(s.cuts)
	s.pieces = s.pieces[:0]
	for i := 1; i < len(s.cuts); i++ {
		s.pieces = append(s.pieces, piece{s.cuts[i-1], s.cuts[i]})
	}
	s.pieceOf = s.pieceOf[:0]
	if size := s.VF.SlotBytes; size <= maxTable {
		k := uint16(0)
		for off := range size {
			for int(k) < len(s.pieces) && s.pieces[k].end <= off {
				k++
			}
			s.pieceOf = append(s.pieceOf, k)
		}
	}
	s.ofCell = resized(s.ofCell, len(cells))
	for k := range cells {
		if s.ofCell[k] = (span{}); cells[k].isWhole() {
			continue
		}
		start := s.pieceAt(at(k))
		end := start
		for end < len(s.pieces) && s.pieces[end].end <= at(k)+uint32(cells[k].size) {
			end++
		}
		s.ofCell[k] = span{uint32(start), uint32(end)}
	}
}

// maxTable bounds the slot areas that have a table of pieces by offset.
const maxTable = 512

// pieceAt returns the first piece that ends behind an offset.
func (s *machine) pieceAt(off uint32) int {
	if int(off) < len(s.pieceOf) {
		return int(s.pieceOf[off])
	}
	lo, hi := 0, len(s.pieces)
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if s.pieces[mid].end <= off {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// learn gives the registers places: each that is allocated its own, the others the last one.
func (s *machine) learn(env *regalloc.Env) {
	same := true
	for c, order := range env.Order {
		same = same && slices.Equal(order, s.order[c])
	}
	if same {
		return
	}
	s.kept = s.kept[:0]
	n := uint8(0)
	known := regalloc.RegSet{}
	for c, order := range env.Order {
		s.order[c] = append(s.order[c][:0], order...)
		for _, r := range order {
			s.regs[r] = n
			known.Add(r)
			n++
		}
	}
	for r := range asm.Reg(len(s.regs)) {
		if !known.Has(r) {
			s.regs[r] = n
		}
	}
	s.slot0 = (int(n) + 9) &^ 7
	s.passed = s.slot0 - 1
}

// setUp numbers the places and prepares the rows.
func (s *machine) setUp() {
	s.learn(s.Env)
	s.piece0 = s.slot0 + s.Res.NumSlots
	s.width = (s.piece0 + len(s.pieces) + 8) &^ 7
	n := len(s.VF.Blocks)
	s.rows = cleared(s.rows, n*s.width)
	s.row, s.news = cleared(s.row, s.width), cleared(s.news, n*s.width)
	s.marks = resized(s.marks, n*s.width)
	s.state = cleared(s.state, n)
	s.edits = resized(s.edits, n)
	e := 0
	for b := range s.VF.Blocks {
		for e < len(s.Res.Edits) && s.Res.Edits[e].Point < regalloc.Before(int(s.VF.Blocks[b].Start)) {
			e++
		}
		s.edits[b] = uint32(e)
	}
	s.bad = s.bad[:0]
	for p := range s.pieces {
		s.rows[s.piece0+p] = mayBlank
	}
}

// place returns the place of an allocation.
func (s *machine) place(a regalloc.Alloc) int {
	if a.IsSlot() {
		return s.slot0 + a.Slot()
	}
	return int(s.regs[a&127])
}

// States of a block.
const (
	blockNew     uint8 = iota
	blockReached       // for the first time
	blockChanged
	blockDone
)

// walkBlocks goes through the blocks until nothing changes.
func (c *Checker) walkBlocks() {
	s := &c.mach
	s.state[0] = blockReached
	for again := true; again; {
		again = false
		for b := range s.VF.Blocks {
			switch s.state[b] {
			case blockNew, blockDone:
				continue
			case blockReached:
				c.walkBlock(b)
			case blockChanged:
				if c.thorough || !s.passChange(b) {
					c.walkBlock(b)
				}
			}
			s.state[b] = blockDone
			for _, to := range s.VF.BlockSuccs(b) {
				if s.join(int(to)) && int(to) <= b {
					again = true
				}
			}
		}
	}
}

// walkBlock goes over the instructions of a block, from what is in rows to what is in row.
func (c *Checker) walkBlock(b int) {
	s := &c.mach
	copy(s.row, s.rows[b*s.width:])
	s.mark = s.marks[b*s.width:][:s.width]
	clear(s.mark)
	s.block, s.edit, s.call = uint32(b), int(s.edits[b]), c.forward.callsOf[b]
	s.nextEdit()
	blk := &s.VF.Blocks[b]
	for i := blk.Start; i < blk.End; i++ {
		if s.editAt == regalloc.Before(int(i)) {
			s.moves()
		}
		c.instruction(i)
		if s.editAt == regalloc.After(int(i)) {
			s.moves()
		}
	}
	if s.state[b] == blockChanged {
		clear(s.news[b*s.width:][:s.width])
	}
}

// nextEdit finds the point of the next edit.
func (s *machine) nextEdit() {
	s.editAt = ^regalloc.Point(0)
	if s.edit < len(s.Res.Edits) {
		s.editAt = s.Res.Edits[s.edit].Point
	}
}

// moves does the edits at the point of the next one.
func (s *machine) moves() {
	for p := s.editAt; s.editAt == p; s.nextEdit() {
		e := &s.Res.Edits[s.edit]
		x := uint8(0)
		if !e.From.IsRemat() {
			x = s.get(s.place(e.From), e.VReg)
		}
		s.put(s.place(e.To), e.VReg, x)
		s.edit++
	}
}

// get returns what a place holds, for a virtual register.
func (s *machine) get(p int, v uint32) uint8 {
	x := s.row[p]
	s.reads(p)
	if p >= s.slot0 && s.RF.SlotSize[v] > 1 {
		x |= s.row[p+1]
		s.reads(p + 1)
	}
	return x
}

// put sets what a place holds, for a virtual register.
func (s *machine) put(p int, v uint32, x uint8) {
	s.row[p] = x
	s.writes(p)
	if p >= s.slot0 && s.RF.SlotSize[v] > 1 {
		s.row[p+1] = x
		s.writes(p + 1)
	}
}
