package check

import (
	"davit/ir"
	"davit/ir/flow"
)

// Problem: prove that a function keeps its references where a collector finds them, without knowing who placed stores and
// reloads.
//
// Idea: what counts as a reference is known from declarations, from the slot positions that stack maps name, and from
// what flows on through block parameters and selects (kinds.go). Then
//
//  1. An SSA value is stale where a safepoint lies between its definition and its use. Definitions dominate uses, so
//     that is the question whether the value is live across a safepoint, on the way to this use. Within a block, and
//     where definition or use are separated by a safepoint of their own blocks, the numbers of the stretches between
//     safepoints answer it; other uses are followed backward through the blocks in between (stale.go).
//  2. What a slot position holds is a forward problem over bits, "holds on every path a current value of exactly this
//     type": a store sets it, a safepoint clears it unless its map has the position, and so do stores to overlapping
//     positions. What is no reference survives safepoints. Entries of maps, and loads of references, need the bit (slots.go).
//  3. Numbers computed from a reference may be kept, addresses may not. The values from which addresses are computed are
//     found backward from the address operands, and only if something computed lives across a safepoint (address.go).
//
// Cost: two passes over the instructions, a third if kinds change along a back edge; the live ranges of references in
// blocks; a bit-vector problem over the accesses to slots.

// Checker checks functions and keeps its memory from one to the next. The zero value is ready to use. It must not be
// used by two goroutines at a time.
type Checker struct {
	f     *ir.Func
	errs  ErrorList
	cfg   *flow.CFG
	own   flow.CFG   // if the caller has none
	order []ir.Block // reachable blocks in reverse post-order

	kind   []uint8   // per value
	defIn  []uint32  // per value: the stretch of its definition
	blocks []block   // by place in order
	in     []uint32  // per stretch, which is a part of a block without safepoints: place of the block
	after  []ir.Inst // per stretch: the safepoint before it, or NoInst
	now    uint32    // stretch under way
	cur    uint32    // place of the block under way
	again  uint32    // place of the first block where a kind grew after it was looked at, or noBlock
	late   bool      // the operand under way is read after the safepoint that the instruction is

	cells   cellTable
	entries []uint32 // cells of the entries of all stack maps
	mapOf   []span   // per instruction: its part of entries
	events  []event

	far       []use  // uses in another block than the definition, no safepoint in either between it and the edge
	stale     []use  // uses after a safepoint
	links     []link // how values that are inAddress are computed
	preds     []ir.BlockCall
	work      []ir.Value
	slotChain bool // some of chain are loaded from slots
	calls     []ir.BlockCall
	reach     reach
	slots     slotState
	path      pathState
	forward   forwarder
	mach      machine
	live      bool       // the function has something to check
	thorough  bool       // for tests: takes no short cuts, in sweeps and where something changed on the machine level
	mild      []ir.Value // tracked values that are read after a safepoint, but not for an address
}

// block is what the passes note about a reachable block.
type block struct {
	first, last uint32 // its stretches
	events      span
	far, stale  uint32 // lengths of the lists at its start
}

// Func proves that the stack maps of f are right, as CLIF: see the documentation of the package. f must verify. Func
// does not change it.
func Func(f *ir.Func) ErrorList {
	var c Checker
	return c.Func(f)
}

// Func is [Func] with the memory of c.
func (c *Checker) Func(f *ir.Func) ErrorList { return c.FuncWith(f, nil) }

// FuncWith is Func for a function whose control flow is known, if cfg is not nil. cfg must stay as it is until Machine
// has been called.
func (c *Checker) FuncWith(f *ir.Func, cfg *flow.CFG) ErrorList {
	c.errs, c.mild, c.cfg = nil, c.mild[:0], cfg
	if c.live = c.begin(f); !c.live {
		return nil
	}
	c.checkStale()
	c.checkSlots()
	return c.errs
}

// begin finds the kinds of all values, the uses after safepoints and the accesses to slots. It reports false if there is
// nothing to check.
func (c *Checker) begin(f *ir.Func) bool {
	c.f, c.links = f, c.links[:0]
	if len(f.NeedsStackMap) == 0 && !f.HasStackMaps() {
		return false
	}
	if c.cfg == nil {
		c.own.Compute(f)
		c.cfg = &c.own
	}
	post := c.cfg.PostOrder()
	n := len(post)
	c.order, c.blocks = resized(c.order, n), resized(c.blocks, n)
	for i, b := range post {
		c.order[n-1-i] = b
	}
	c.seed()
	for c.again = 0; c.again != noBlock; {
		c.sweep(c.again)
	}
	return len(c.in) > len(c.order)
}

const noBlock = ^uint32(0)

// seed notes what is known of values and cells before any instruction is looked at.
func (c *Checker) seed() {
	f := c.f
	n := f.NumValues()
	c.kind, c.defIn = cleared(c.kind, n), resized(c.defIn, n)
	for v := range c.kind {
		if _, ok := f.AliasOf(ir.Value(v)); ok {
			c.kind[v] = isAlias
		}
	}
	for _, v := range f.NeedsStackMap {
		v = f.Resolve(v)
		if inst, _, ok := f.DefInst(v); !ok || flows[f.Data(inst).Op] != flowConst {
			c.kind[v] |= isRef | isRoot
		}
	}
	c.cells.reset(len(f.StackSlots))
	c.mapOf, c.entries = cleared(c.mapOf, f.NumInsts()), c.entries[:0]
	cells, last := c.cells.cells, c.cells.last
	for inst, es := range f.StackMaps() {
		start := uint32(len(c.entries))
		for i := range es {
			e := &es[i]
			k := last[e.Slot]
			if k == 0 || cells[k-1].StackMapEntry != *e {
				k = c.cells.of(*e) + 1
				cells = c.cells.cells
				cells[k-1].mapped = true
			}
			c.entries = append(c.entries, k-1)
		}
		c.mapOf[inst] = span{start, uint32(len(c.entries))}
	}
	c.cells.findOverlaps()
}

// isPoint reports whether a collector may run while inst is under way. A call that is marked as one that never collects
// counts if it has a stack map.
func (c *Checker) isPoint(inst ir.Inst) bool {
	return c.mapOf[inst] != span{} || c.f.IsSafepoint(inst)
}

// place returns the place of a reachable block in order.
func (c *Checker) place(b ir.Block) uint32 {
	n, _ := c.cfg.RPO(b)
	return uint32(n)
}
