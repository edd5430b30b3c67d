package flow_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"davit/ir"
	"davit/ir/flow"
	"davit/ir/op"
)

// randomFunc makes a function of n blocks whose edges are random: mostly to near blocks, so that there are many loops.
// Its values are defined and used at random places, without regard to dominance.
func randomFunc(rng *rand.Rand, n int) *ir.Func {
	f := ir.NewFunc(ir.FuncName{Name: "random"}, ir.Signature{})
	b := ir.NewBuilder(f)
	blocks := make([]ir.Block, n)
	for i := range blocks {
		blocks[i] = b.NewBlock()
	}
	var values []ir.Value
	for _, blk := range blocks {
		if rng.IntN(3) == 0 {
			values = append(values, f.AppendParam(blk, op.I32))
		}
	}
	pick := func(from int) ir.Block {
		if rng.IntN(3) > 0 {
			return blocks[(from+rng.IntN(5)+n-2)%n]
		}
		return blocks[rng.IntN(n)]
	}
	for i, blk := range blocks {
		b.SetBlock(blk)
		for range rng.IntN(3) {
			values = append(values, b.Iconst(op.I32, 1))
		}
		v := values
		if len(v) == 0 {
			v = append(values, b.Iconst(op.I32, 2))
			values = v
		}
		if rng.IntN(2) == 0 {
			values = append(values, b.Iadd(v[rng.IntN(len(v))], v[rng.IntN(len(v))]))
		}
		x := v[rng.IntN(len(v))]
		switch rng.IntN(8) {
		case 0:
			b.Return(x)
		case 1, 2:
			b.Jump(pick(i), x)
		case 3:
			table := []ir.BlockCall{b.Target(pick(i)), b.Target(pick(i)), b.Target(pick(i), x)}
			b.BrTable(x, b.Target(pick(i)), table...)
		default:
			b.Brif(v[rng.IntN(len(v))], pick(i), []ir.Value{x}, pick(i), nil)
		}
	}
	return f
}

// reachableWithout returns the blocks that from reaches, following next, without going through the given block.
func reachableWithout(n int, from []ir.Block, without ir.Block, next func(ir.Block) []ir.Block) []bool {
	seen := make([]bool, n)
	var work []ir.Block
	visit := func(b ir.Block) {
		if b != without && !seen[b] {
			seen[b] = true
			work = append(work, b)
		}
	}
	for _, b := range from {
		visit(b)
	}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		for _, s := range next(b) {
			visit(s)
		}
	}
	return seen
}

func forRandom(t *testing.T, check func(t *testing.T, f *ir.Func, c *flow.CFG)) {
	rng := rand.New(rand.NewPCG(1, 2))
	var c flow.CFG
	for i := range 400 {
		f := randomFunc(rng, 1+i%40)
		c.Compute(f)
		check(t, f, &c)
		if t.Failed() {
			t.Fatalf("function %d:\n%s", i, f)
		}
	}
}

func TestEdgesRandom(t *testing.T) {
	forRandom(t, func(t *testing.T, f *ir.Func, c *flow.CFG) {
		reach := reachableWithout(f.NumBlocks(), []ir.Block{f.Entry()}, ir.NoBlock, c.Succs)
		for a := range f.Blocks() {
			if c.Reachable(a) != reach[a] {
				t.Errorf("%v: reachable is %v", a, c.Reachable(a))
			}
			for b := range f.Blocks() {
				count := 0
				for _, s := range c.Succs(a) {
					if s == b {
						count++
					}
				}
				for _, p := range c.Preds(b) {
					if p == (flow.Pred{Inst: f.LastInst(a), Block: a}) {
						count--
					}
				}
				if count != 0 {
					t.Errorf("edges from %v to %v differ by %d", a, b, count)
				}
			}
		}
	})
}

func TestDominatorsRandom(t *testing.T) {
	var dom flow.DomTree
	forRandom(t, func(t *testing.T, f *ir.Func, c *flow.CFG) {
		dom.Compute(c)
		for a := range f.Blocks() {
			rest := reachableWithout(f.NumBlocks(), []ir.Block{f.Entry()}, a, c.Succs)
			for b := range f.Blocks() {
				want := c.Reachable(a) && c.Reachable(b) && !rest[b]
				if got := dom.Dominates(a, b); got != want {
					t.Errorf("Dominates(%v, %v) = %v", a, b, got)
				}
			}
			checkTree(t, f, &dom, a)
		}
	})
}

// checkTree checks that IDom, Children and CommonDominator agree with Dominates.
func checkTree(t *testing.T, f *ir.Func, dom *flow.DomTree, b ir.Block) {
	t.Helper()
	if d := dom.IDom(b); d != ir.NoBlock {
		if !slices.Contains(slices.Collect(dom.Children(d)), b) {
			t.Errorf("%v is no child of %v", b, d)
		}
		for a := range f.Blocks() {
			if dom.StrictlyDominates(a, b) && !dom.Dominates(a, d) {
				t.Errorf("%v is between %v and %v", a, d, b)
			}
		}
	} else {
		for a := range f.Blocks() {
			if dom.StrictlyDominates(a, b) {
				t.Errorf("%v has no immediate dominator, but %v dominates it", b, a)
			}
		}
	}
	for a := range f.Blocks() {
		d := dom.CommonDominator(a, b)
		for x := range f.Blocks() {
			both := dom.Dominates(x, a) && dom.Dominates(x, b)
			if both != (d != ir.NoBlock && dom.Dominates(x, d)) {
				t.Errorf("common dominator of %v and %v is %v, not %v", a, b, d, x)
			}
		}
	}
}

func TestPostDominatorsRandom(t *testing.T) {
	var dom flow.DomTree
	forRandom(t, func(t *testing.T, f *ir.Func, c *flow.CFG) {
		dom.ComputePost(c)
		exits := postExits(f, c)
		preds := func(b ir.Block) (ps []ir.Block) {
			for _, p := range c.Preds(b) {
				if c.Reachable(p.Block) {
					ps = append(ps, p.Block)
				}
			}
			return ps
		}
		for a := range f.Blocks() {
			rest := reachableWithout(f.NumBlocks(), exits, a, preds)
			for b := range f.Blocks() {
				want := c.Reachable(a) && c.Reachable(b) && !rest[b]
				if got := dom.Dominates(a, b); got != want {
					t.Errorf("%v post-dominates %v: %v", a, b, got)
				}
			}
			checkTree(t, f, &dom, a)
		}
	})
}

// postExits returns the blocks that the virtual exit follows.
func postExits(f *ir.Func, c *flow.CFG) []ir.Block {
	var exits []ir.Block
	preds := func(b ir.Block) (ps []ir.Block) {
		for _, p := range c.Preds(b) {
			ps = append(ps, p.Block)
		}
		return ps
	}
	for _, b := range c.PostOrder() {
		if len(c.Succs(b)) == 0 {
			exits = append(exits, b)
		}
	}
	for _, b := range c.PostOrder() {
		if !reachableWithout(f.NumBlocks(), exits, ir.NoBlock, preds)[b] {
			exits = append(exits, b)
		}
	}
	return exits
}

// naiveLoops lists the loops by their definition: the strongly connected parts of the graph, and again those of what is
// left of each without its header.
func naiveLoops(f *ir.Func, c *flow.CFG, within []bool, report func(header ir.Block, body []bool)) {
	n := f.NumBlocks()
	next := func(b ir.Block) (ss []ir.Block) {
		for _, s := range c.Succs(b) {
			if within[s] {
				ss = append(ss, s)
			}
		}
		return ss
	}
	done := make([]bool, n)
	for _, h := range entryOrder(c) {
		if !within[h] || done[h] {
			continue
		}
		done[h] = true
		body, size := make([]bool, n), 0
		for b, from := range reachableWithout(n, next(h), ir.NoBlock, next) {
			if from && reachableWithout(n, []ir.Block{ir.Block(b)}, ir.NoBlock, next)[h] {
				body[b], done[b] = true, true
				size++
			}
		}
		if size == 0 {
			continue
		}
		report(h, slices.Clone(body))
		body[h] = false
		naiveLoops(f, c, body, report)
	}
}

// entryOrder returns the reachable blocks in the order in which a depth-first search enters them.
func entryOrder(c *flow.CFG) []ir.Block {
	var order []ir.Block
	seen := map[ir.Block]bool{}
	var visit func(b ir.Block)
	visit = func(b ir.Block) {
		if !seen[b] {
			seen[b] = true
			order = append(order, b)
			for _, s := range c.Succs(b) {
				visit(s)
			}
		}
	}
	visit(c.Entry())
	return order
}

func TestLoopsRandom(t *testing.T) {
	var l flow.LoopForest
	forRandom(t, func(t *testing.T, f *ir.Func, c *flow.CFG) {
		l.Compute(c)
		all := make([]bool, f.NumBlocks())
		for b := range f.Blocks() {
			all[b] = c.Reachable(b)
		}
		count := 0
		depth := make([]int, f.NumBlocks())
		naiveLoops(f, c, all, func(h ir.Block, body []bool) {
			count++
			checkLoop(t, f, c, &l, h, body)
			for b, in := range body {
				if in {
					depth[b]++
				}
			}
		})
		if l.NumLoops() != count {
			t.Errorf("%d loops, want %d", l.NumLoops(), count)
		}
		for b, d := range depth {
			if l.Depth(ir.Block(b)) != d {
				t.Errorf("depth of block%d is %d, want %d", b, l.Depth(ir.Block(b)), d)
			}
		}
	})
}

func checkLoop(t *testing.T, f *ir.Func, c *flow.CFG, l *flow.LoopForest, h ir.Block, body []bool) {
	t.Helper()
	i := l.Of(h)
	if i == flow.NoLoop || l.Header(i) != h || !l.IsHeader(h) {
		t.Errorf("%v is not the header of a loop", h)
		return
	}
	reducible := true
	for b := range f.Blocks() {
		if l.Contains(i, b) != body[b] {
			t.Errorf("loop of %v contains %v: %v", h, b, !body[b])
		}
		for _, p := range c.Preds(b) {
			if body[b] && b != h && c.Reachable(p.Block) && !body[p.Block] {
				reducible = false
			}
		}
	}
	if l.IsReducible(i) != reducible {
		t.Errorf("loop of %v is reducible: %v", h, !reducible)
	}
	if p := l.Parent(i); p != flow.NoLoop && (p >= i || l.LoopDepth(p)+1 != l.LoopDepth(i) || !l.Contains(p, h)) {
		t.Errorf("loop of %v has the wrong parent", h)
	}
}

func TestLivenessRandom(t *testing.T) {
	var live flow.Liveness
	rng := rand.New(rand.NewPCG(3, 4))
	forRandom(t, func(t *testing.T, f *ir.Func, c *flow.CFG) {
		var chosen []ir.Value
		for v := range ir.Value(f.NumValues()) {
			if rng.IntN(3) > 0 {
				chosen = append(chosen, v)
			}
		}
		live.Compute(f, c, chosen)
		for b := range f.Blocks() {
			if c.Reachable(b) {
				for i, v := range live.Chosen() {
					if got, want := live.In(b).Has(i), liveIn(f, c, b, v); got != want {
						t.Errorf("%v live into %v: %v", v, b, got)
					}
				}
			}
		}
	})
}

// liveIn follows paths from the start of b to a use of v.
func liveIn(f *ir.Func, c *flow.CFG, b ir.Block, v ir.Value) bool {
	seen := make([]bool, f.NumBlocks())
	work := []ir.Block{b}
	seen[b] = true
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		uses, ends := scan(f, b, v)
		if uses {
			return true
		}
		for _, s := range c.Succs(b) {
			if !ends && !seen[s] {
				seen[s] = true
				work = append(work, s)
			}
		}
	}
	return false
}

// scan tells whether b uses v before defining it, or else defines it.
func scan(f *ir.Func, b ir.Block, v ir.Value) (uses, defines bool) {
	if slices.Contains(f.Params(b), v) {
		return false, true
	}
	for i := range f.Insts(b) {
		f.ForEachUse(i, func(u ir.Value) ir.Value {
			uses = uses || u == v
			return u
		})
		if uses {
			return true, false
		}
		if slices.Contains(f.Results(i), v) {
			return false, true
		}
	}
	return false, false
}
