package regalloc

// Problem: give every operand of a function in SSA form a register or a spill slot, and say which moves make it so, at
// little cost at run time and in time near linear in the size of the function.
//
// Idea: linear scan over the lifetimes of values, which are lists of ranges with holes between them.
//
//  1. live.go builds the ranges of each virtual register from its uses, walking up the control flow.
//  2. bundle.go joins virtual registers that should share a register (reuse, block parameters, copies) if their ranges
//     are disjoint. A bundle is what is allocated; a piece is a part of a bundle with one place.
//  3. scan.go takes the pieces in order of their starts, looks up until where each register is free (fixed.go for
//     what instructions demand, timeline.go for the pieces placed so far), and assigns, splits (split.go) or evicts.
//  4. slots.go gives spill slots to what is left in memory.
//  5. resolve.go fills in the operands and collects the moves between the pieces of a virtual register, within blocks
//     and over edges; moves.go puts the moves of one point into an order.
//
// Invariants:
//
//  1. Positions: instruction i owns 4i (the gap before it, where moves happen), 4i+1 (Early), 4i+2 (clobbers) and 4i+3
//     (Late). A range [from, to) occupies its place at those positions. A block owns the positions of its instructions.
//  2. The ranges of a bundle are disjoint, and so are all ranges that have the same register at any time.
//  3. Pieces are cut at gaps; or at 4i+2 if the part behind is in memory, which then must have been stored before.
//  4. A range covers a gap if its value must survive the moves of that gap. What the value is copied to for a fixed
//     operand is no part of its ranges: it is a reservation (fixed.go).
//  5. Behind the position of the scan all places are final, except that a piece may be cut there, which frees a register.
//
// Cost: time O(n log n) with n the sum of operands, blocks and blocks into which each value is live; memory likewise
// except for the last term.
//
// Sources: Poletto and Sarkar, Linear Scan Register Allocation (1999); Wimmer and Mössenböck, Optimized Interval
// Splitting in a Linear Scan Register Allocator (2005); Wimmer and Franz, Linear Scan Register Allocation on SSA Form
// (2010). Bundles as in the backtracking allocator of IonMonkey.

import (
	"fmt"

	"davit/asm"
)

// pos is a position within the function, see invariant 1.
type pos = uint32

const (
	gapPos     = 0
	earlyPos   = 1
	clobberPos = 2
	latePos    = 3
	maxPos     = ^pos(0)
)

func gapOf(p pos) pos { return p &^ 3 }

// opKind says what an operand demands of the place of its virtual register.
type opKind uint8

const (
	kindReg      opKind = iota // a register
	kindReused                 // a register, which becomes that of a definition
	kindMem                    // a register or a slot
	kindFixed                  // nothing: the value is copied from, or to, a fixed register
	kindCopy                   // nothing: the value is copied into the register of the definition that reuses the operand
	kindCopyInst               // resolution only: kindCopy in groupInst
)

func (k opKind) needsReg() bool { return k <= kindReused }

// use is one operand, or one argument of an edge, in the list of its virtual register.
type use struct {
	pos pos
	op  uint32 // index of the operand; argUse for an argument of an edge
}

const argUse = ^uint32(0)

// liveRange is a stretch [from, to) in which a virtual register is live. Index 0 is no range.
type liveRange struct {
	from, to pos
	vreg     uint32
	use      uint32 // index of the first use of the virtual register at or behind from, or one between that and the scan
	piece    uint32 // once it has a place
	next     uint32 // next range of the piece, ascending
	vnext    uint32 // next range of the virtual register, ascending
	tnext    uint32 // next range on the timeline of the register
	tower    uint32 // where its links on higher levels are, less one
}

// piece is a part of a bundle that has one place.
type piece struct {
	first, last uint32    // ranges
	at          uint32    // first range that is not behind the scan, or one before
	bundle      uint32    // the spill home, shared by all pieces that were cut from one bundle
	place       placeKind // where the piece is
	reg         asm.Reg   // placeReg: the register
	hint        asm.Reg   // register of the piece it was cut from
	tried       bool      // no register was free for it where it starts best: take it in where the operand is
	soft        bool      // it was brought back for an operand that may be in memory
	evicted     pos       // 1 + the position where it was evicted and may not evict others in turn
}

type placeKind uint8

const (
	placeNone placeKind = iota
	placeReg
	placeMem // the slot of the bundle; for rematerializable virtual registers nowhere
)

// bundle is what pieces of one origin have in common.
type bundle struct {
	first, last uint32 // ranges; valid until the scan
	near        uint32 // the range where another bundle was joined last
	count       uint32 // ranges
	class       asm.RegClass
	size        uint8 // of the spill slot
	slot        int32 // -1: none
	start       pos
	from, to    pos // span of the slot
}

// Allocator holds the memory that calls of Run share. The zero value is ready for use.
type Allocator struct {
	f   *Func
	env *Env

	blockOf   []uint32 // per instruction
	prevLower []uint32 // per block: the last block before it that is executed less often
	nextHead  []uint32 // per block, plus one: the first loop head from it on
	edgeIn    []uint32 // per block: the edge into it, if its predecessor has several successors
	// Per block: moves of the edges out of it are at the starts of its successors, not before its terminator.
	movesBehind []bool
	loopEnd     []uint32 // per block: 1 + the last of its predecessors that are not before it; 0 if there is none

	// Uses by virtual register (live.go).
	opKind   []opKind // per operand
	useStart []uint32 // per virtual register, plus one
	uses     []use
	defPos   []pos    // per virtual register: where its first range starts
	defOp    []uint32 // per virtual register: 1 + the operand that defines it, 0 for parameters
	defBlock []uint32
	vfirst   []uint32 // per virtual register: first range
	reuses   []reuse
	// Per use of a virtual register with more than manyUses: the next one that needs a register, or the end of the uses.
	needing []uint32

	mark      []uint32 // per block: 1 + the virtual register that visited it last
	segEnd    []pos    // per block: end of liveness of that virtual register
	visited   []uint32
	stack     []uint32
	blockBits []uint64

	ranges  []liveRange
	pieces  []piece
	bundles []bundle
	homeOf  []uint32 // per virtual register: bundle (a union-find forest while bundles are joined)
	wishes  []wish
	wishes2 []wish
	keys    []uint32 // scratch of counting sorts

	// Reservations (fixed.go).
	fixed    [128][]reservation
	fixedAt  [128]int // first reservation not behind the scan
	clobbers []clobberSet
	numClobs int
	regClobs [128][]uint16

	// Scan (scan.go).
	heads   [128][topLevel + 1]uint32 // per register: starts of the levels of its timeline
	towers  []uint32
	order   []uint32    // pieces by start
	queue   []queued    // heap of pieces that were cut off
	waiting [128]uint32 // per register: the piece put into the queue last that had it before
	here    pos
	used    RegSet // registers that hold anything so far
	fresh   RegSet // registers that callees save and nothing uses so far
	free    [128]pos
	hintW   [128]float32
	regOf   []uint8 // per virtual register: the register it was given last
	hinted  []asm.Reg
	steps   int
	walked  int                      // ranges, uses and moves that were passed in a search, where their number has no bound
	calls   [asm.NumClasses][]uint32 // instructions that destroy all registers that callees do not save
	plan    [asm.NumClasses]int      // registers saved by callees that pay and are not in use yet

	// Resolution.
	rangeStart []uint32 // per virtual register, plus one: its ranges in segs
	segs       []segment
	inMem      []bool // per bundle
	slotOrder  []uint32
	slotFree   []slotEnd
	numSlots   int
	stored     []storeKind // per virtual register
	stores     []move      // of one virtual register: what goes from a register to its slot
	storeCost  float32
	moves      []move
	moves2     []move
	sorted     int      // moves from here on were sunk and are not in order yet
	readers    []uint32 // per place: pending moves that read it
	writer     []uint32 // per place: 1 + the pending move that writes it
	content    []uint32 // per place: virtual register that a pending move reads
	ready      []uint32
	loaded     []move // loads of the group at hand
	temp       Alloc
	lent       [asm.NumClasses]lent
	tempSlots  [numExtras][3]Alloc // by purpose and size

	// What registers hold (occupancy.go).
	occupied bool // occStart and occ are filled in
	occStart [numPhys + 1]uint32
	occ      []occupancy     // by register and position
	occAt    [numPhys]int    // per register: what was found last
	heldBy   [numPhys]uint32 // per register that is known: 1 + the virtual register in it, or 0
	known    RegSet

	res Result
}

// Run allocates f for the machine env. It reads but does not keep f and env. The result is valid until the next Run.
// An error means that the constraints of an instruction cannot be met; it names the instruction and the operand.
func (a *Allocator) Run(f *Func, env *Env) (*Result, error) {
	a.f, a.env = f, env
	defer func() { a.f, a.env = nil, nil }()
	if f.NumInsts() >= 1<<29 || len(f.Operands) >= 1<<30 || f.NumVRegs >= 1<<29 {
		return nil, fmt.Errorf("function too large: %d instructions, %d operands, %d virtual registers",
			f.NumInsts(), len(f.Operands), f.NumVRegs)
	}
	a.mapBlocks()
	if err := a.reserve(); err != nil {
		return nil, err
	}
	a.collectUses()
	a.buildRanges()
	a.buildBundles()
	if err := a.scan(); err != nil {
		return nil, err
	}
	a.assignSlots()
	a.resolve()
	return &a.res, nil
}

func (a *Allocator) isRemat(v uint32) bool { return a.f.Remat != nil && a.f.Remat[v] != 0 }

// resize returns s with length n, its elements undefined.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/8+8)
	}
	return s[:n]
}

// emptied returns s with length 0 and room for n elements, so that what is appended up to there is not copied.
func emptied[T any](s []T, n int) []T { return resize(s, n)[:0] }

// zeroed returns s with length n and all elements zero.
func zeroed[T any](s []T, n int) []T {
	s = resize(s, n)
	clear(s)
	return s
}
