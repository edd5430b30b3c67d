package vcode

import (
	"math/bits"
	"slices"

	"davit/ir"
	"davit/ir/op"
)

// Order of blocks.
//
// Problem: give the reachable blocks of a function an order in which every block but loop headers comes after its
// predecessors, loops are contiguous, and no edge is critical, so that the moves of block parameters have a place.
//
// Idea: reverse post-order of a depth-first walk that visits, of the successors of a block, the one in the outermost
// loop first; what is visited first comes last, so that code after a loop comes behind the loop. A first walk in plain
// order finds the back edges (edges to a block that is still open); the interval in reverse post-order from the target
// of a back edge to its source stands for the loop, and the number of intervals around a block is its depth. An edge
// from a block that ends otherwise than in a jump gets a block of its own if its target has several predecessors or takes
// arguments; it is numbered when the walk leaves the edge, hence stands just before its target's region.
//
// Invariants: O1 entry is block 0. O2 every other block has a predecessor before it or is entered by back edges only
// (irreducible loops). O3 a block with several successors has no arguments on its edges, and each of its successors has
// it as the only predecessor.
//
// Cost: linear in blocks and edges.

// blockOrder is the scratch of ordering, reused from function to function.
type blockOrder struct {
	succStart []uint32 // per IR block, plus one
	succs     []ir.BlockCall
	branches  []ir.BlockCall // scratch: targets of a terminator
	buckets   []uint32       // of the br_table at hand, by hash: 1 + the last element of succs in it
	bucketed  []uint32       // per element of succs: 1 + the one before in its bucket
	targets   []uint32       // of br_tables: which of the block's successors each target is
	tables    [][2]uint32    // per IR block that ends in a br_table: its part of targets; nil if there is no br_table
	npreds    []uint32       // per IR block: number of incoming edges from reachable blocks
	state     []uint8        // per IR block, of the walk
	depth     []int32        // per IR block: loop depth
	rpo       []uint32       // per IR block: position in the first walk's reverse post-order
	stack     []walkFrame
	post      []orderNode
	backEdges [][2]ir.Block
	loopEnd   []uint32    // per position of the first walk: behind the last block with an edge back to it, or 0
	delta     []int32     // per position of the first walk: loops that start less loops that have ended
	lowered   []uint32    // per IR block: number in Func.Blocks, or noBlock
	order     []orderNode // reverse post-order
	ranked    []uint32
}

const noBlock = ^uint32(0)

type walkFrame struct {
	b    ir.Block
	next uint32 // position in the ranked successors
	base uint32 // start of the block's ranked successors
}

// orderNode is a block of IR, or (edge >= 0) the edge of that block to its successor number edge.
type orderNode struct {
	b    ir.Block
	edge int32
}

const (
	unseen = iota
	open
	done
)

// run computes the order of f into o.order, o.depth and the successor tables.
func (o *blockOrder) run(f *ir.Func) {
	n := f.NumBlocks()
	o.succStart = resize(o.succStart, n+1)
	o.succs = o.succs[:0]
	o.npreds = zeroed(o.npreds, n)
	o.depth = zeroed(o.depth, n)
	o.rpo = zeroed(o.rpo, n)
	o.backEdges = o.backEdges[:0]
	o.bucketed, o.targets, o.tables = o.bucketed[:0], o.targets[:0], o.tables[:0]
	for b := range ir.Block(n) {
		o.succStart[b] = uint32(len(o.succs))
		if !f.InLayout(b) {
			continue
		}
		if last := f.LastInst(b); last != ir.NoInst && f.Data(last).Op == op.BrTable {
			o.tableSuccs(f, b, last)
		} else if last != ir.NoInst {
			o.succs = f.Branches(last, o.succs)
		}
	}
	o.succStart[n] = uint32(len(o.succs))

	o.walk(f, true)
	for i, nd := range slices.Backward(o.post) {
		o.rpo[nd.b] = uint32(len(o.post) - 1 - i)
		for _, c := range o.succsOf(nd.b) {
			o.npreds[f.CallBlock(c)]++
		}
	}
	o.findDepths()
	o.walk(f, false)
	slices.Reverse(o.post)
	o.order = append(o.order[:0], o.post...)
	o.lowered = resize(o.lowered, n)
	for i := range o.lowered {
		o.lowered[i] = noBlock
	}
	for i, nd := range o.order {
		if nd.edge < 0 {
			o.lowered[nd.b] = uint32(i)
		}
	}
}

// tableSuccs appends the successors of block b, which ends in a br_table: targets that agree in block and arguments are one.
func (o *blockOrder) tableSuccs(f *ir.Func, b ir.Block, inst ir.Inst) {
	if len(o.tables) == 0 {
		o.tables = zeroed(o.tables, f.NumBlocks())
	}
	o.branches = f.Branches(inst, o.branches[:0])
	o.buckets = zeroed(o.buckets, 1<<bits.Len(uint(len(o.branches))))
	start, first := uint32(len(o.succs)), uint32(len(o.targets))
	for _, c := range o.branches {
		h := callHash(f, c) & uint32(len(o.buckets)-1)
		k := o.buckets[h]
		for k != 0 && !sameCall(f, o.succs[k-1], c) {
			k = o.bucketed[k-1]
		}
		if k == 0 {
			for len(o.bucketed) < len(o.succs) {
				o.bucketed = append(o.bucketed, 0)
			}
			o.succs = append(o.succs, c)
			o.bucketed = append(o.bucketed, o.buckets[h])
			k = uint32(len(o.succs))
			o.buckets[h] = k
		}
		o.targets = append(o.targets, k-1-start)
	}
	o.tables[b] = [2]uint32{first, uint32(len(o.targets))}
}

// sameCall reports whether two calls go to the same block with the same arguments.
func sameCall(f *ir.Func, x, y ir.BlockCall) bool {
	if f.CallBlock(x) != f.CallBlock(y) {
		return false
	}
	for i := range f.NumCallArgs(x) {
		if f.CallArg(x, i) != f.CallArg(y, i) {
			return false
		}
	}
	return true
}

// callHash agrees for calls that are the same.
func callHash(f *ir.Func, c ir.BlockCall) uint32 {
	h := uint32(f.CallBlock(c)) * 0x9e3779b1
	for i := range f.NumCallArgs(c) {
		v, _ := f.CallArg(c, i).Value()
		h = (h ^ uint32(v)) * 0x9e3779b1
		h ^= h >> 15
	}
	return h ^ h>>16
}

// targetsOf appends to dst the blocks of vf that block number n of the order may go to, one per target of its terminator.
func (o *blockOrder) targetsOf(vf *Func, n int, dst []uint32) []uint32 {
	succs := vf.BlockSuccs(n)
	if b := o.order[n].b; len(o.tables) > 0 && o.tables[b][1] > 0 {
		for _, k := range o.targets[o.tables[b][0]:o.tables[b][1]] {
			dst = append(dst, succs[k])
		}
		return dst
	}
	return append(dst, succs...)
}

func (o *blockOrder) succsOf(b ir.Block) []ir.BlockCall {
	return o.succs[o.succStart[b]:o.succStart[b+1]]
}

// isCritical reports whether the edge from b by call c needs a block of its own. Only a jump can have moves before it.
func (o *blockOrder) isCritical(f *ir.Func, b ir.Block, c ir.BlockCall) bool {
	return f.Data(f.LastInst(b)).Op != op.Jump && (o.npreds[f.CallBlock(c)] > 1 || f.NumCallArgs(c) > 0)
}

// walk is a depth-first walk from the entry that leaves the post-order in o.post. The first one notes back edges; the
// second visits outer loops first and numbers critical edges.
func (o *blockOrder) walk(f *ir.Func, first bool) {
	o.state = zeroed(o.state, f.NumBlocks())
	o.post, o.stack, o.ranked = o.post[:0], o.stack[:0], o.ranked[:0]
	o.enter(f, f.Entry(), first)
	for len(o.stack) > 0 {
		top := &o.stack[len(o.stack)-1]
		ss := o.succsOf(top.b)
		k := int(top.next)
		if k > 0 && !first {
			e := o.ranked[int(top.base)+k-1]
			if o.isCritical(f, top.b, ss[e]) {
				o.post = append(o.post, orderNode{top.b, int32(e)})
			}
		}
		if k == len(ss) {
			o.state[top.b] = done
			o.post = append(o.post, orderNode{top.b, -1})
			o.ranked = o.ranked[:top.base]
			o.stack = o.stack[:len(o.stack)-1]
			continue
		}
		top.next++
		to := f.CallBlock(ss[o.ranked[int(top.base)+k]])
		switch {
		case o.state[to] == unseen:
			o.enter(f, to, first)
		case o.state[to] == open && first:
			o.backEdges = append(o.backEdges, [2]ir.Block{top.b, to})
		}
	}
}

// enter opens block b and ranks its successors: last operand first, but outer loops and cold blocks before all.
func (o *blockOrder) enter(f *ir.Func, b ir.Block, first bool) {
	o.state[b] = open
	base := len(o.ranked)
	ss := o.succsOf(b)
	for i := len(ss) - 1; i >= 0; i-- {
		o.ranked = append(o.ranked, uint32(i))
	}
	if !first && len(ss) > 1 {
		slices.SortStableFunc(o.ranked[base:], func(x, y uint32) int {
			return int(o.rank(f, ss[x])) - int(o.rank(f, ss[y]))
		})
	}
	o.stack = append(o.stack, walkFrame{b, 0, uint32(base)})
}

func (o *blockOrder) rank(f *ir.Func, c ir.BlockCall) int32 {
	b := f.CallBlock(c)
	if f.IsCold(b) {
		return -1
	}
	return o.depth[b]
}

// findDepths turns the back edges into loop depths.
func (o *blockOrder) findDepths() {
	if len(o.backEdges) == 0 {
		return
	}
	n := len(o.post)
	o.loopEnd = zeroed(o.loopEnd, n)
	for _, e := range o.backEdges {
		end := &o.loopEnd[o.rpo[e[1]]]
		*end = max(*end, o.rpo[e[0]]+1)
	}
	o.delta = zeroed(o.delta, n+1)
	for h, end := range o.loopEnd {
		if end > 0 {
			o.delta[h]++
			o.delta[end]--
		}
	}
	depth := int32(0)
	for i := range n {
		depth += o.delta[i]
		o.depth[o.post[n-1-i].b] = depth
	}
}

// freq estimates how often a block of the given loop depth runs.
func freq(depth int32, cold bool) float32 {
	f := float32(1)
	for range min(depth, 8) {
		f *= 10
	}
	if cold {
		f /= 100
	}
	return f
}

// buildBlocks makes the blocks and edges of vf from the order.
func (o *blockOrder) buildBlocks(f *ir.Func, vf *Func) {
	// Edges that are split, by position in o.succs.
	split := zeroed(o.ranked, len(o.succs))
	for i, nd := range o.order {
		if nd.edge >= 0 {
			split[o.succStart[nd.b]+uint32(nd.edge)] = uint32(i) + 1
		}
	}
	o.ranked = split
	preds := uint32(0)
	vf.Blocks, vf.EmitOrder = emptied(vf.Blocks, len(o.order)), emptied(vf.EmitOrder, len(o.order))
	vf.Succs = emptied(vf.Succs, len(o.succs)+len(o.order))
	for _, nd := range o.order {
		blk := Block{IR: nd.b, SuccStart: uint32(len(vf.Succs)), Cold: f.IsCold(nd.b), Freq: freq(o.depth[nd.b], f.IsCold(nd.b))}
		if nd.edge >= 0 {
			to := f.CallBlock(o.succsOf(nd.b)[nd.edge])
			blk.IR = ir.NoBlock
			blk.Cold = f.IsCold(to) || blk.Cold
			blk.Freq = freq(min(o.depth[nd.b], o.depth[to]), blk.Cold)
			vf.Succs = append(vf.Succs, o.lowered[to])
		} else {
			for j, c := range o.succsOf(nd.b) {
				if s := split[int(o.succStart[nd.b])+j]; s > 0 {
					vf.Succs = append(vf.Succs, s-1)
				} else {
					vf.Succs = append(vf.Succs, o.lowered[f.CallBlock(c)])
				}
			}
		}
		blk.SuccEnd = uint32(len(vf.Succs))
		preds += blk.SuccEnd - blk.SuccStart
		vf.Blocks = append(vf.Blocks, blk)
	}
	vf.Preds = resize(vf.Preds, int(preds))
	fillPreds(vf)
	for _, cold := range []bool{false, true} {
		for i := range vf.Blocks {
			if (vf.Blocks[i].Cold && i > 0) == cold {
				vf.EmitOrder = append(vf.EmitOrder, uint32(i))
			}
		}
	}
}

// fillPreds derives the predecessors of all blocks from their successors.
func fillPreds(vf *Func) {
	for _, s := range vf.Succs {
		vf.Blocks[s].PredEnd++
	}
	at := uint32(0)
	for i := range vf.Blocks {
		b := &vf.Blocks[i]
		n := b.PredEnd
		b.PredStart, b.PredEnd = at, at
		at += n
	}
	for i := range vf.Blocks {
		for _, s := range vf.BlockSuccs(i) {
			t := &vf.Blocks[s]
			vf.Preds[t.PredEnd] = uint32(i)
			t.PredEnd++
		}
	}
}

// resize returns s with length n; the contents are arbitrary.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/8)
	}
	return s[:n]
}

// emptied returns s with length 0 and room for n elements, so that what is appended up to there is not copied.
func emptied[T any](s []T, n int) []T { return resize(s, n)[:0] }

// zeroed returns s with length n, all zero.
func zeroed[T any](s []T, n int) []T {
	s = resize(s, n)
	clear(s)
	return s
}
