package flow

import (
	"slices"

	"davit/ir"
	"davit/ir/op"
)

// Pred is where an edge of the control-flow graph comes from: a block and its last instruction.
type Pred struct {
	Inst  ir.Inst
	Block ir.Block
}

// CFG is the control-flow graph of a function, with one depth-first search over it. The zero value is the graph of no
// function at all.
type CFG struct {
	succs, preds spans
	succList     []ir.Block
	predList     []Pred

	// The depth-first search. Blocks are numbered in the order in which it enters them; unreachable blocks have the
	// number none.
	number []uint32   // per block
	parent []uint32   // number of the block from which the search came, per number
	last   []uint32   // greatest number below this one in the tree of the search, per number
	pre    []ir.Block // by number
	post   []ir.Block // in the order in which the search leaves them
	rpo    []uint32   // place in reverse post-order, per block

	calls []ir.BlockCall
	stack []frame
	entry ir.Block
}

const none = ^uint32(0)

// frame is a block that the search has entered and not left, and its next edge to follow.
type frame struct{ number, next uint32 }

// spans says which part of a list belongs to each block.
type spans []struct{ start, end uint32 }

// resize returns a slice of n elements that reuses the memory of s; their contents are arbitrary.
func resize[S ~[]T, T any](s S, n int) S {
	if cap(s) < n {
		s = slices.Grow(s[:0], n)
	}
	return s[:n]
}

func fill[S ~[]T, T any](s S, x T) {
	for i := range s {
		s[i] = x
	}
}

// Compute makes c the control-flow graph of f.
func (c *CFG) Compute(f *ir.Func) {
	n := f.NumBlocks()
	c.entry = f.Entry()
	c.findEdges(f, n)
	c.invert(f, n)
	c.search(n)
}

// findEdges fills the lists of successors.
func (c *CFG) findEdges(f *ir.Func, n int) {
	c.succs, c.succList = resize(c.succs, n), c.succList[:0]
	clear(c.succs)
	for b := c.entry; b != ir.NoBlock; b = f.NextBlock(b) {
		c.succs[b].start = uint32(len(c.succList))
		if last := f.LastInst(b); last != ir.NoInst && hasTargets(f, last) {
			c.calls = f.Branches(last, c.calls[:0])
			for _, call := range c.calls {
				if to := f.CallBlock(call); f.InLayout(to) {
					c.succList = append(c.succList, to)
				}
			}
		}
		c.succs[b].end = uint32(len(c.succList))
	}
}

// hasTargets reports whether inst names blocks where execution goes on.
func hasTargets(f *ir.Func, inst ir.Inst) bool {
	d := f.Data(inst)
	if !d.Op.Has(op.IsBranch) {
		return false
	}
	if fm := d.Op.Format(); fm == op.FmtTryCall || fm == op.FmtTryCallIndirect {
		return int(d.ExTable()) < len(f.ExTables)
	}
	return true
}

// invert fills the lists of predecessors from those of successors, those of one block in the order of the layout.
func (c *CFG) invert(f *ir.Func, n int) {
	c.preds, c.predList = resize(c.preds, n), resize(c.predList, len(c.succList))
	clear(c.preds)
	for _, to := range c.succList {
		c.preds[to].end++
	}
	sum := uint32(0)
	for b := range c.preds {
		count := c.preds[b].end
		c.preds[b].start, c.preds[b].end = sum, sum
		sum += count
	}
	for b := c.entry; b != ir.NoBlock; b = f.NextBlock(b) {
		p := Pred{f.LastInst(b), b}
		for _, to := range c.Succs(b) {
			c.predList[c.preds[to].end] = p
			c.preds[to].end++
		}
	}
}

// search runs the depth-first search from the entry, which follows the edges of a block in order.
func (c *CFG) search(n int) {
	c.number, c.rpo = resize(c.number, n), resize(c.rpo, n)
	fill(c.number, none)
	fill(c.rpo, none)
	c.parent, c.last, c.pre, c.post = c.parent[:0], c.last[:0], c.pre[:0], c.post[:0]
	if c.entry == ir.NoBlock {
		return
	}
	c.stack = append(c.stack[:0], c.enter(c.entry, none))
	for len(c.stack) > 0 {
		top := &c.stack[len(c.stack)-1]
		b := c.pre[top.number]
		if top.next == c.succs[b].end {
			c.last[top.number] = uint32(len(c.pre) - 1)
			c.post = append(c.post, b)
			c.stack = c.stack[:len(c.stack)-1]
			continue
		}
		to := c.succList[top.next]
		top.next++
		if c.number[to] == none {
			c.stack = append(c.stack, c.enter(to, top.number))
		}
	}
	for i, b := range c.post {
		c.rpo[b] = uint32(len(c.post) - 1 - i)
	}
}

func (c *CFG) enter(b ir.Block, parent uint32) frame {
	k := uint32(len(c.pre))
	c.number[b] = k
	c.pre = append(c.pre, b)
	c.parent = append(c.parent, parent)
	c.last = append(c.last, none)
	return frame{k, c.succs[b].start}
}

// isAncestor reports whether the block of number a is that of number b or above it in the tree of the search.
func (c *CFG) isAncestor(a, b uint32) bool { return a <= b && b <= c.last[a] }

// Entry returns the entry block, or NoBlock if the function has no block.
func (c *CFG) Entry() ir.Block { return c.entry }

// NumBlocks bounds the numbers of blocks.
func (c *CFG) NumBlocks() int { return len(c.succs) }

// Succs returns the targets of the edges that leave b, in this order: that of a jump; both of a brif, the one taken
// first; the default of a br_table, then its entries; the handlers of a try_call, then its normal return. A block is
// listed once per edge. The slice must not be written to.
func (c *CFG) Succs(b ir.Block) []ir.Block {
	s := c.succs[b]
	return c.succList[s.start:s.end:s.end]
}

// Preds returns where the edges to b come from, in the order of the layout, once per edge. The slice must not be written
// to.
func (c *CFG) Preds(b ir.Block) []Pred {
	s := c.preds[b]
	return c.predList[s.start:s.end:s.end]
}

// UniqueSuccs appends the successors of b to dst, each once, in the order of their first edges.
func (c *CFG) UniqueSuccs(b ir.Block, dst []ir.Block) []ir.Block {
	first := len(dst)
	for _, to := range c.Succs(b) {
		if !slices.Contains(dst[first:], to) {
			dst = append(dst, to)
		}
	}
	return dst
}

// UniquePreds appends the predecessors of b to dst, each once, in the order of the layout.
func (c *CFG) UniquePreds(b ir.Block, dst []Pred) []Pred {
	prev := Pred{ir.NoInst, ir.NoBlock}
	for _, p := range c.Preds(b) { // the edges of one predecessor are adjacent
		if p != prev {
			dst = append(dst, p)
		}
		prev = p
	}
	return dst
}

// Reachable reports whether a path leads from the entry to b.
func (c *CFG) Reachable(b ir.Block) bool { return int(b) < len(c.number) && c.number[b] != none }

// PostOrder returns the reachable blocks in post-order: a depth-first search follows the edges of each block in the
// order of Succs, and lists a block when it leaves it. The slice must not be written to.
func (c *CFG) PostOrder() []ir.Block { return c.post }

// RPO returns the place of b in reverse post-order, counted from 0 for the entry; false if b is unreachable.
func (c *CFG) RPO(b ir.Block) (int, bool) {
	if !c.Reachable(b) {
		return 0, false
	}
	return int(c.rpo[b]), true
}

// IsCritical reports whether an edge from block p to block b is critical: p has other edges to follow, and other edges
// lead to b.
func (c *CFG) IsCritical(p, b ir.Block) bool { return len(c.Succs(p)) > 1 && len(c.Preds(b)) > 1 }
