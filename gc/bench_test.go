//go:build linux && amd64

package gc

import (
	"testing"

	"davit/ir"
	"davit/ir/op"
)

// binary-trees, as in the collections of benchmark programs: many trees that die young beside one that lives on.

const treeNode LayoutID = 0

var treeSpec = func() *Spec {
	s, err := NewSpec(Tags{}, Layout{Name: "node", Words: 2, Refs: 3})
	if err != nil {
		panic(err)
	}
	return s
}()

// treeCode makes %make(depth), %check(tree), %churn(depth, n) and %trees(depth).
func treeCode(c *code) {
	c.fn("make", "n", func(p []ir.Value) {
		d := p[0]
		c.when(c.IcmpImm(op.Eq, d, 0), func() {
			zero := c.Iconst(op.I64, 0)
			c.Return(c.New(treeNode, 0, zero, zero))
		})
		l := c.callRef("make", c.IaddImm(d, -1))
		r := c.callRef("make", c.IaddImm(d, -1))
		c.Return(c.New(treeNode, 0, l, r))
	})
	c.fn("check", "r", func(p []ir.Value) {
		l := c.LoadRef(p[0], 0, 0)
		c.when(c.IcmpImm(op.Eq, l, 0), func() { c.Return(c.Iconst(op.I64, 1)) })
		n := c.callFn("check", l)
		m := c.callFn("check", c.LoadRef(p[0], 0, 1))
		c.Return(c.IaddImm(c.Iadd(n, m), 1))
	})
	c.fn("churn", "nn", func(p []ir.Value) {
		loop, done := c.CreateBlock(), c.CreateBlock()
		i, sum := c.DeclareVar(op.I64), c.DeclareVar(op.I64)
		c.DefVar(i, p[1])
		c.DefVar(sum, c.Iconst(op.I64, 0))
		c.Jump(loop)
		c.SwitchToBlock(loop)
		n := c.callFn("check", c.callRef("make", p[0]))
		c.DefVar(sum, c.Iadd(c.UseVar(sum), n))
		c.DefVar(i, c.IaddImm(c.UseVar(i), -1))
		c.Brif(c.UseVar(i), loop, nil, done, nil)
		c.SealBlock(loop)
		c.SealBlock(done)
		c.SwitchToBlock(done)
		c.Return(c.UseVar(sum))
	})
	c.fn("trees", "n", func(p []ir.Value) {
		most := p[0]
		sum, d := c.DeclareVar(op.I64), c.DeclareVar(op.I64)
		c.DefVar(sum, c.callFn("check", c.callRef("make", c.IaddImm(most, 1))))
		long := c.callRef("make", most)
		c.DefVar(d, c.Iconst(op.I64, 4))
		loop, done := c.CreateBlock(), c.CreateBlock()
		c.Jump(loop)
		c.SwitchToBlock(loop)
		n := c.Ishl(c.Iconst(op.I64, 16), c.Isub(most, c.UseVar(d)))
		c.DefVar(sum, c.Iadd(c.UseVar(sum), c.callFn("churn", c.UseVar(d), n)))
		c.DefVar(d, c.IaddImm(c.UseVar(d), 4))
		c.Brif(c.Icmp(op.Sle, c.UseVar(d), most), loop, nil, done, nil)
		c.SealBlock(loop)
		c.SealBlock(done)
		c.SwitchToBlock(done)
		c.Return(c.Iadd(c.UseVar(sum), c.callFn("check", long)))
	})
	c.entry("trees", 1)
}

type goNode struct{ left, right *goNode }

func goMake(d int) *goNode {
	if d == 0 {
		return &goNode{}
	}
	return &goNode{goMake(d - 1), goMake(d - 1)}
}

func (n *goNode) check() int {
	if n.left == nil {
		return 1
	}
	return 1 + n.left.check() + n.right.check()
}

func goTrees(most int) int {
	sum := goMake(most + 1).check()
	long := goMake(most)
	for d := 4; d <= most; d += 4 {
		for range 16 << (most - d) {
			sum += goMake(d).check()
		}
	}
	return sum + long.check()
}

func TestTrees(t *testing.T) {
	c := newCode(t, treeSpec)
	treeCode(c)
	fn := c.link("trees")[0]
	for _, cfg := range []struct {
		Config
		depth int
	}{{Config{}, 14}, {Config{Nursery: 64 << 10, Verify: true}, 9}, {Config{Stress: true}, 5}, {Config{Stress: true, Verify: true}, 4}} {
		h := newHeap(t, treeSpec, cfg.Config)
		if got, want := call(t, h, fn, uint64(cfg.depth)), goTrees(cfg.depth); got != uint64(want) {
			t.Errorf("%+v: %d, expected %d", cfg, got, want)
		}
		t.Logf("%+v", h.stats.Stats)
	}
}

func BenchmarkTrees(b *testing.B) {
	const depth = 16
	c := newCode(b, treeSpec)
	treeCode(c)
	fn := c.link("trees")[0]
	b.Run("heap", func(b *testing.B) {
		h := newHeap(b, treeSpec, Config{})
		for b.Loop() {
			call(b, h, fn, depth)
		}
		b.Logf("%+v", h.stats.Stats)
	})
	b.Run("go", func(b *testing.B) {
		for b.Loop() {
			goTrees(depth)
		}
	})
}
