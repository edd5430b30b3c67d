package flow

import (
	"davit/ir"
)

// Problem: find the immediate dominator of each block, and answer "does a dominate b" in constant time.
//
// Idea: Semi-NCA. Number the blocks in the order of a depth-first search. The semidominator of a block is the least
// number from which a path leads to it whose inner blocks all have greater numbers; with path compression over the tree
// of the search it is found in near-linear time, from the greatest number down. The immediate dominator is then the
// nearest ancestor in the dominator tree built so far, starting from the parent in the search, whose number does not
// exceed that of the semidominator. Post-dominators are the dominators of the reversed graph.
//
//  1. A block that is not linked yet is its own best candidate; linked ones are those with numbers of at least the limit
//     given to eval.
//  2. After eval(v), best[v] is the least semidominator on the linked path from v upwards, and up[v] leads past it.
//  3. In the order of the tree (tin) the blocks below b are the size[b]-1 that follow it; children of a block are in
//     reverse post-order of the search.
//
// Cost: O(n log n) in the worst case for the semidominators, linear in practice; O(n) memory. Source: Georgiadis, Tarjan,
// Werneck, "Finding Dominators in Practice" (2006); Lengauer and Tarjan (1979) for semidominators.

// DomTree is the dominator tree of a control-flow graph, or its post-dominator tree. Block a dominates block b if every
// path from the entry to b goes through a; it post-dominates b if every path from b to an exit does. The tree has only
// the blocks that the entry reaches.
type DomTree struct {
	idom  []ir.Block // per block; NoBlock for roots and unreachable blocks
	tin   []uint32   // place in pre-order of the tree, per block; none if unreachable
	size  []uint32   // of the subtree, by place
	order []ir.Block // by place

	g       revGraph
	up      []uint32
	best    []uint32
	semi    []uint32
	dom     []uint32
	path    []uint32
	next    []uint32
	place   []uint32
	edgeOff []uint32
	edges   []uint32
}

// Compute makes t the dominator tree of c.
func (t *DomTree) Compute(c *CFG) {
	n := len(c.pre)
	t.edgeOff, t.edges = t.edgeOff[:0], t.edges[:0]
	for _, b := range c.pre {
		t.edgeOff = append(t.edgeOff, uint32(len(t.edges)))
		for _, p := range c.Preds(b) {
			if k := c.number[p.Block]; k != none {
				t.edges = append(t.edges, k)
			}
		}
	}
	t.edgeOff = append(t.edgeOff, uint32(len(t.edges)))
	t.solve(n, c.parent)
	t.place = resize(t.place, n)
	for i, b := range c.post {
		t.place[n-1-i] = c.number[b]
	}
	t.build(n, c.pre, c.NumBlocks())
}

// ComputePost makes t the post-dominator tree of c. Its root is a virtual exit, which IDom returns as NoBlock, and which
// follows each block without successors. From a part of the function that never reaches an exit, the block that the
// search of c leaves first counts as followed by the virtual exit too, so that no block outside post-dominates it.
func (t *DomTree) ComputePost(c *CFG) {
	g := &t.g
	g.search(c)
	t.edgeOff, t.edges = append(t.edgeOff[:0], 0), t.edges[:0]
	for k := 1; k < len(g.pre); k++ {
		b := g.pre[k]
		t.edgeOff = append(t.edgeOff, uint32(len(t.edges)))
		for _, s := range c.Succs(b) {
			t.edges = append(t.edges, g.number[s])
		}
		if g.parent[k] == 0 {
			t.edges = append(t.edges, 0)
		}
	}
	t.edgeOff = append(t.edgeOff, uint32(len(t.edges)))
	n := len(g.pre)
	t.solve(n, g.parent)
	t.place = resize(t.place, n)
	for i, k := range g.post {
		t.place[n-1-i] = k
	}
	t.build(n, g.pre, c.NumBlocks())
}

// solve computes dom, the immediate dominators by number, of a graph of n nodes with the incoming edges of the tables
// edgeOff and edges; parent is the tree of its search.
func (t *DomTree) solve(n int, parent []uint32) {
	t.up, t.best = resize(t.up, n), resize(t.best, n)
	t.semi, t.dom = resize(t.semi, n), resize(t.dom, n)
	copy(t.up, parent)
	copy(t.dom, parent)
	for i := range t.best {
		t.best[i] = uint32(i)
	}
	if n > 0 {
		t.up[0] = 0
	}
	for i := n - 1; i > 0; i-- {
		semi := parent[i]
		for _, v := range t.edges[t.edgeOff[i]:t.edgeOff[i+1]] {
			semi = min(semi, t.eval(v, uint32(i)+1))
		}
		t.semi[i], t.best[i] = semi, semi
	}
	for i := 1; i < n; i++ {
		d := t.dom[i]
		for d > t.semi[i] {
			d = t.dom[d]
		}
		t.dom[i] = d
	}
}

// eval returns the least semidominator on the linked path from v upwards; linked are the numbers from limit on.
func (t *DomTree) eval(v, limit uint32) uint32 {
	if t.up[v] < limit {
		return t.best[v]
	}
	path := t.path[:0]
	for t.up[v] >= limit {
		path = append(path, v)
		v = t.up[v]
	}
	for i := len(path) - 1; i >= 0; i-- {
		w := path[i]
		t.best[w] = min(t.best[w], t.best[v])
		t.up[w] = t.up[v]
		v = w
	}
	t.path = path
	return t.best[v]
}

// build makes the tree for queries from dom; place has the numbers in reverse post-order, nodes the block of each.
func (t *DomTree) build(n int, nodes []ir.Block, numBlocks int) {
	t.idom, t.tin = resize(t.idom, numBlocks), resize(t.tin, numBlocks)
	fill(t.idom, ir.NoBlock)
	fill(t.tin, none)
	t.size, t.order, t.next = resize(t.size, n), resize(t.order, n), resize(t.next, n)
	size := t.best // by number; size of the class is by place
	fill(size, 1)
	for i := n - 1; i > 0; i-- {
		k := t.place[i]
		size[t.dom[k]] += size[k]
	}
	for i := range n {
		k := t.place[i]
		at := uint32(0)
		if i > 0 {
			d := t.dom[k]
			at = t.next[d]
			t.next[d] += size[k]
		}
		t.next[k] = at + 1
		t.order[at], t.size[at] = nodes[k], size[k]
		if b := nodes[k]; b != ir.NoBlock {
			t.tin[b] = at
			if i > 0 {
				t.idom[b] = nodes[t.dom[k]]
			}
		}
	}
}

// IDom returns the immediate dominator of b; NoBlock for the entry and for unreachable blocks, in a post-dominator tree
// also for blocks that only the virtual exit post-dominates.
func (t *DomTree) IDom(b ir.Block) ir.Block { return t.idom[b] }

// Reachable reports whether b is in the tree.
func (t *DomTree) Reachable(b ir.Block) bool { return int(b) < len(t.tin) && t.tin[b] != none }

// Dominates reports whether a dominates b, in constant time; a block dominates itself. It is false if either is
// unreachable.
func (t *DomTree) Dominates(a, b ir.Block) bool {
	ta, tb := t.tin[a], t.tin[b]
	return tb != none && ta != none && tb-ta < t.size[ta]
}

// StrictlyDominates reports whether a dominates b and is not b.
func (t *DomTree) StrictlyDominates(a, b ir.Block) bool { return a != b && t.Dominates(a, b) }

// DominatesInst reports whether instruction a dominates instruction b: every path from the entry to b executes a before
// it, or they are the same. It takes constant time; o must be the current order of the function's instructions.
func (t *DomTree) DominatesInst(f *ir.Func, o *InstOrder, a, b ir.Inst) bool {
	ba, bb := f.InstBlock(a), f.InstBlock(b)
	if ba == ir.NoBlock || bb == ir.NoBlock {
		return false
	}
	if ba == bb {
		return t.Reachable(ba) && !o.Before(b, a)
	}
	return t.Dominates(ba, bb)
}

// PreOrder returns the blocks of the tree from the root down, children in reverse post-order of the graph. The root of a
// post-dominator tree is NoBlock. The slice must not be written to.
func (t *DomTree) PreOrder() []ir.Block { return t.order }

// Depth returns how many blocks strictly dominate b, in time linear in the result.
func (t *DomTree) Depth(b ir.Block) int {
	n := 0
	for d := t.idom[b]; d != ir.NoBlock; d = t.idom[d] {
		n++
	}
	return n
}

// Children iterates over the blocks whose immediate dominator is b, in reverse post-order of the graph.
func (t *DomTree) Children(b ir.Block) func(yield func(ir.Block) bool) {
	return func(yield func(ir.Block) bool) {
		if at := t.tin[b]; at != none {
			t.below(at, yield)
		}
	}
}

// roots iterates over the children of the root of a post-dominator tree.
func (t *DomTree) roots() func(yield func(ir.Block) bool) {
	return func(yield func(ir.Block) bool) { t.below(0, yield) }
}

// below visits the children of the block at a place.
func (t *DomTree) below(at uint32, yield func(ir.Block) bool) {
	for k := at + 1; k < at+t.size[at]; k += t.size[k] {
		if !yield(t.order[k]) {
			return
		}
	}
}

// CommonDominator returns the lowest block that dominates both a and b, or NoBlock if there is none.
func (t *DomTree) CommonDominator(a, b ir.Block) ir.Block {
	if !t.Reachable(a) || !t.Reachable(b) {
		return ir.NoBlock
	}
	for a != ir.NoBlock && !t.Dominates(a, b) {
		a = t.idom[a]
	}
	return a
}

// InstOrder tells which of two instructions of one block comes first.
type InstOrder struct{ seq []uint32 }

// Compute numbers the instructions of f in the order of the layout.
func (o *InstOrder) Compute(f *ir.Func) {
	o.seq = resize(o.seq, f.NumInsts())
	n := uint32(0)
	for b := f.Entry(); b != ir.NoBlock; b = f.NextBlock(b) {
		for i := f.FirstInst(b); i != ir.NoInst; i = f.NextInst(i) {
			o.seq[i] = n
			n++
		}
	}
}

// Before reports whether a comes before b in the layout; both must be in it.
func (o *InstOrder) Before(a, b ir.Inst) bool { return o.seq[a] < o.seq[b] }

// revGraph is a depth-first search over the reversed graph of the reachable blocks, from a virtual exit with number 0.
type revGraph struct {
	number []uint32   // per block
	parent []uint32   // per number
	pre    []ir.Block // by number; NoBlock for the virtual exit
	post   []uint32   // numbers
	stack  []frame
}

func (g *revGraph) search(c *CFG) {
	g.number = resize(g.number, c.NumBlocks())
	fill(g.number, none)
	g.pre, g.parent, g.post = append(g.pre[:0], ir.NoBlock), append(g.parent[:0], none), g.post[:0]
	for _, b := range c.post {
		if len(c.Succs(b)) == 0 {
			g.from(c, b)
		}
	}
	for _, b := range c.post {
		if g.number[b] == none {
			g.from(c, b)
		}
	}
	g.post = append(g.post, 0)
}

func (g *revGraph) enter(c *CFG, b ir.Block, parent uint32) {
	k := uint32(len(g.pre))
	g.number[b] = k
	g.pre = append(g.pre, b)
	g.parent = append(g.parent, parent)
	g.stack = append(g.stack, frame{k, c.preds[b].start})
}

func (g *revGraph) from(c *CFG, root ir.Block) {
	g.enter(c, root, 0)
	for len(g.stack) > 0 {
		top := &g.stack[len(g.stack)-1]
		if top.next == c.preds[g.pre[top.number]].end {
			g.post = append(g.post, top.number)
			g.stack = g.stack[:len(g.stack)-1]
			continue
		}
		p := c.predList[top.next].Block
		top.next++
		if g.number[p] == none && c.number[p] != none {
			g.enter(c, p, top.number)
		}
	}
}
