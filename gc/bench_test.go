//go:build linux && amd64

package gc

import (
	"testing"
	"time"

	"davit/ir"
	"davit/ir/op"
	"davit/jit"
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

// pairCode makes %fill(n), which makes n pairs and keeps none, %list(n), which makes a list, %stores(list, n), which stores
// into its first pair n times, and %deep(n), which collects below n frames with a root each.
func pairCode(c *code) {
	count := func(from ir.Value, body func()) {
		i := c.DeclareVar(op.I64)
		c.DefVar(i, from)
		loop, done := c.CreateBlock(), c.CreateBlock()
		c.Jump(loop)
		c.SwitchToBlock(loop)
		body()
		c.DefVar(i, c.IaddImm(c.UseVar(i), -1))
		c.Brif(c.UseVar(i), loop, nil, done, nil)
		c.SealBlock(loop)
		c.SealBlock(done)
		c.SwitchToBlock(done)
	}
	zero := func() ir.Value { return c.Iconst(op.I64, 0) }
	c.fn("fill", "n", func(p []ir.Value) {
		count(p[0], func() { c.New(treeNode, 0, zero(), zero()) })
		c.Return(p[0])
	})
	c.fn("list", "n", func(p []ir.Value) {
		l := c.DeclareVar(op.I64)
		c.DeclareVarNeedsStackMap(l)
		c.DefVar(l, zero())
		count(p[0], func() { c.DefVar(l, c.New(treeNode, 0, zero(), c.UseVar(l))) })
		c.Return(c.UseVar(l))
	})
	c.fn("stores", "rn", func(p []ir.Value) {
		count(p[1], func() { c.Emitter.Store(p[0], 0, 0, p[0]) })
		c.Return(p[0])
	})
	c.fn("deep", "nr", func(p []ir.Value) {
		c.when(c.IcmpImm(op.Eq, p[0], 0), func() {
			c.Builder.Call(c.ImportFunction("collect", c.ImportSignature(ir.Signature{CallConv: ir.SystemV})))
			c.Return(p[1])
		})
		r := c.callRef("deep", c.IaddImm(p[0], -1), p[1])
		c.Return(c.Bor(r, p[1]))
	})
	for name, n := range map[string]int{"fill": 1, "list": 1, "stores": 2, "deep": 2} {
		c.entry(name, n)
	}
}

type goPair struct{ a, b *goPair }

var sink *goPair

func BenchmarkHeap(b *testing.B) {
	c := newCode(b, treeSpec, jit.StackSize(64<<20))
	var collect func() error
	if err := c.e.Module.Host("collect", func() error { return collect() }); err != nil {
		b.Fatal(err)
	}
	pairCode(c)
	fns := c.link("fill", "list", "stores", "deep")
	fill, list, stores, deep := fns[0], fns[1], fns[2], fns[3]
	per := func(b *testing.B, what string, n int) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/"+what)
	}
	b.Run("call", func(b *testing.B) {
		h := newHeap(b, treeSpec, Config{})
		words := []uint64{uint64(h.Context()), 1}
		for b.Loop() {
			words[0], words[1] = uint64(h.Context()), 1
			if err := h.Call(fill, words); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("alloc", func(b *testing.B) {
		h := newHeap(b, treeSpec, Config{})
		for b.Loop() {
			call(b, h, fill, 1000000)
		}
		per(b, "pair", 1000000)
	})
	b.Run("alloc-go", func(b *testing.B) {
		for b.Loop() {
			for range 1000000 {
				sink = &goPair{a: nil, b: nil}
			}
		}
		per(b, "pair", 1000000)
	})
	b.Run("store", func(b *testing.B) {
		h := newHeap(b, treeSpec, Config{})
		old := h.NewHandle(Word(call(b, h, list, 1)))
		enter(b, h)
		if err := h.Collect(true); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			call(b, h, stores, uint64(old.Get()), 1000000)
		}
		h.Leave()
		per(b, "store", 1000000)
	})
	for _, full := range []bool{false, true} {
		name, n := "minor", 100000
		if full {
			name, n = "full", 1000000
		}
		b.Run(name, func(b *testing.B) {
			h := newHeap(b, treeSpec, Config{Nursery: 64 << 20, MaxNursery: 64 << 20})
			enter(b, h)
			defer h.Leave()
			for b.Loop() {
				b.StopTimer()
				keep := h.NewHandle(Word(call(b, h, list, uint64(n))))
				b.StartTimer()
				if err := h.Collect(full); err != nil {
					b.Fatal(err)
				}
				keep.Free()
			}
			per(b, "object", n)
		})
	}
	b.Run("frames", func(b *testing.B) {
		const n = 100000
		h := newHeap(b, treeSpec, Config{})
		var spent time.Duration
		collect = func() error {
			start := time.Now()
			defer func() { spent += time.Since(start) }()
			return h.Collect(false)
		}
		for b.Loop() {
			call(b, h, deep, n, 0)
		}
		b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N)/n, "ns/frame")
	})
}

func enter(t testing.TB, h *Heap) {
	t.Helper()
	if err := h.Enter(); err != nil {
		t.Fatal(err)
	}
}
