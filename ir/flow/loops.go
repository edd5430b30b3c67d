package flow

import "davit/ir"

// Problem: find the loops of a function and how they nest, also where control flow is irreducible.
//
// Idea: a loop is a strongly connected part of the graph; inside it, without its header, there may be smaller ones. Its
// header is the block that the depth-first search enters first, so all of the loop lies below the header in the tree of
// the search. Take the blocks in reverse order of entering as possible headers: a block is the header of a loop if an
// edge leads to it from below, and the loop consists of all that reaches such an edge without leaving the subtree.
//
//  1. When a header is examined, the loops with headers below it are complete, and each of them lies within the new loop
//     as a whole or not at all; outer finds the outermost complete loop around a block, with path compression.
//  2. A block of the loop with an edge from outside of the subtree of the header is an entry. An entry apart from the
//     header makes the loop irreducible: its header does not dominate it.
//  3. Edges into a complete inner loop end at its entries, so only these are looked at again.
//
// Cost: near-linear in the edges, times the number of loops that have the same block as an irreducible entry.
// Source: Havlak, "Nesting of Reducible and Irreducible Loops" (1997), with entries kept as lists.

// Loop names a loop of a LoopForest.
type Loop uint32

// NoLoop marks the absence of a loop.
const NoLoop = Loop(none)

type loopNode struct {
	header      ir.Block
	parent      Loop
	depth       uint32
	last        uint32 // loops up to this one are within this loop
	irreducible bool
	entries     uint32 // while computing: list of entries apart from the header, 1-based
}

// LoopForest has the loops of a function.
type LoopForest struct {
	loops []loopNode
	of    []Loop // innermost loop, per block

	outer   []uint32 // by loop in order of discovery: itself or one around it
	found   []loopNode
	foundOf []uint32 // innermost loop in order of discovery, per number of the search
	entries []entryNode
	work    []uint32
	place   []Loop   // by order of discovery: the final number
	size    []uint32 // by order of discovery: number of loops within it and itself
}

// entryNode is an element of a list of entries.
type entryNode struct{ number, next uint32 }

// Compute makes l the loop forest of c.
func (l *LoopForest) Compute(c *CFG) {
	n := len(c.pre)
	l.foundOf = resize(l.foundOf, n)
	fill(l.foundOf, none)
	l.found, l.outer, l.entries = l.found[:0], l.outer[:0], append(l.entries[:0], entryNode{})
	for h := n - 1; h >= 0; h-- {
		l.examine(c, uint32(h))
	}
	l.finish(c)
}

// examine finds the loop with header h, if there is one.
func (l *LoopForest) examine(c *CFG, h uint32) {
	l.work = l.work[:0]
	for _, p := range c.Preds(c.pre[h]) {
		if k := c.number[p.Block]; k != none && c.isAncestor(h, k) {
			l.work = append(l.work, k)
		}
	}
	if len(l.work) == 0 {
		return
	}
	this := uint32(len(l.found))
	l.found = append(l.found, loopNode{header: c.pre[h], parent: NoLoop})
	l.outer = append(l.outer, this)
	l.foundOf[h] = this
	for len(l.work) > 0 {
		k := l.work[len(l.work)-1]
		l.work = l.work[:len(l.work)-1]
		if l.foundOf[k] == none {
			l.foundOf[k] = this
			l.follow(c, h, k, this)
			continue
		}
		inner := l.outermost(l.foundOf[k])
		if inner == this {
			continue
		}
		l.outer[inner] = this
		l.found[inner].parent = Loop(this)
		l.follow(c, h, c.number[l.found[inner].header], this)
		for e := l.found[inner].entries; e != 0; e = l.entries[e].next {
			l.follow(c, h, l.entries[e].number, this)
		}
	}
}

// follow goes from block k of the loop with header h to its predecessors.
func (l *LoopForest) follow(c *CFG, h, k, this uint32) {
	isEntry := false
	for _, p := range c.Preds(c.pre[k]) {
		switch q := c.number[p.Block]; {
		case q == none:
		case !c.isAncestor(h, q):
			isEntry = true
		case q != h:
			l.work = append(l.work, q)
		}
	}
	if isEntry {
		l.entries = append(l.entries, entryNode{k, l.found[this].entries})
		l.found[this].entries = uint32(len(l.entries) - 1)
		l.found[this].irreducible = true
	}
}

// outermost returns the outermost loop known to contain loop i.
func (l *LoopForest) outermost(i uint32) uint32 {
	root := i
	for l.outer[root] != root {
		root = l.outer[root]
	}
	for l.outer[i] != root {
		i, l.outer[i] = l.outer[i], root
	}
	return root
}

// finish renumbers the loops: each comes before those within it, which follow it without a gap. Discovery finds inner
// loops before outer ones.
func (l *LoopForest) finish(c *CFG) {
	n := len(l.found)
	l.loops, l.place, l.size = resize(l.loops, n), resize(l.place, n), resize(l.size, n)
	fill(l.size, 1)
	for i := range n {
		if p := l.found[i].parent; p != NoLoop {
			l.size[p] += l.size[i]
		}
	}
	next := l.outer // by loop in order of discovery: the place for the next loop within it
	root := uint32(0)
	for i := n - 1; i >= 0; i-- {
		node := l.found[i]
		at := root
		if p := node.parent; p != NoLoop {
			at = next[p]
			next[p] += l.size[i]
			node.parent = l.place[p]
			node.depth = l.loops[node.parent].depth
		} else {
			root += l.size[i]
		}
		node.depth++
		node.last = at + l.size[i] - 1
		next[i], l.place[i], l.loops[at] = at+1, Loop(at), node
	}
	l.of = resize(l.of, c.NumBlocks())
	fill(l.of, NoLoop)
	for k, b := range c.pre {
		if i := l.foundOf[k]; i != none {
			l.of[b] = l.place[i]
		}
	}
}

// NumLoops returns the number of loops; they are numbered from 0, outer loops before those within them.
func (l *LoopForest) NumLoops() int { return len(l.loops) }

// Of returns the innermost loop that b is in, or NoLoop.
func (l *LoopForest) Of(b ir.Block) Loop { return l.of[b] }

// Depth returns how many loops b is in.
func (l *LoopForest) Depth(b ir.Block) int {
	if i := l.of[b]; i != NoLoop {
		return int(l.loops[i].depth)
	}
	return 0
}

// Header returns the block of loop i that the search of the graph enters first. It dominates the loop unless that is
// irreducible.
func (l *LoopForest) Header(i Loop) ir.Block { return l.loops[i].header }

// Parent returns the innermost loop around loop i, or NoLoop.
func (l *LoopForest) Parent(i Loop) Loop { return l.loops[i].parent }

// LoopDepth returns the depth of loop i: 1 for outermost loops.
func (l *LoopForest) LoopDepth(i Loop) int { return int(l.loops[i].depth) }

// IsReducible reports whether the header of loop i is its only entry. Loops within it may still be irreducible.
func (l *LoopForest) IsReducible(i Loop) bool { return !l.loops[i].irreducible }

// IsHeader reports whether b is the header of a loop.
func (l *LoopForest) IsHeader(b ir.Block) bool {
	i := l.of[b]
	return i != NoLoop && l.loops[i].header == b
}

// Contains reports whether b is in loop i or in one within it, in constant time.
func (l *LoopForest) Contains(i Loop, b ir.Block) bool {
	j := l.of[b]
	return j != NoLoop && i <= j && uint32(j) <= l.loops[i].last
}
