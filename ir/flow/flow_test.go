package flow_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"davit/ir"
	"davit/ir/flow"
	"davit/ir/op"
	"davit/ir/text"
)

// report prints all that the package finds out about a function.
func report(f *ir.Func) string {
	var c flow.CFG
	var dom flow.DomTree
	var loops flow.LoopForest
	var live flow.Liveness
	c.Compute(f)
	out := flow.AppendDot(nil, f, &c)
	dom.Compute(&c)
	out = flow.AppendDomTree(out, &c, &dom)
	dom.ComputePost(&c)
	out = flow.AppendPostDomTree(out, &dom)
	loops.Compute(&c)
	out = flow.AppendLoops(out, &c, &loops)
	live.Compute(f, &c, nil)
	for b := range f.Blocks() {
		out = fmt.Appendf(out, "%v: in %v, out %v\n", b, slices.Collect(live.In(b).Values()), slices.Collect(live.Out(b).Values()))
		for i, s := range live.Walk(b) {
			out = fmt.Appendf(out, "    %v across %s\n", slices.Collect(s.Values()), f.InstString(i))
		}
	}
	return string(out)
}

// TestReport compares reports on the functions of testdata with the text that follows them there; with DAVIT_BLESS=1 it
// writes that text.
func TestReport(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.clif")
	if err != nil || len(paths) == 0 {
		t.Fatal("no test data", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			file, errs := text.Parse(src, text.Options{})
			if err := errs.Err(); err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, fn := range file.Funcs {
				fmt.Fprintf(&b, "%v\n%s\n", fn.Name, report(fn.Func))
			}
			golden := strings.TrimSuffix(path, ".clif") + ".txt"
			if os.Getenv("DAVIT_BLESS") == "1" {
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("got:\n%swant:\n%s", b.String(), want)
			}
		})
	}
}

func TestEmpty(t *testing.T) {
	f := ir.NewFunc(ir.FuncName{Name: "empty"}, ir.Signature{})
	if got, want := report(f), "digraph \"%empty\" {\n}\ncfg_postorder:\ndomtree_preorder {\n}\npostdomtree_preorder {\n    exit:\n}\nloops {\n}\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	f.NewBlock() // outside of the layout
	b := ir.NewBuilder(f)
	b.SetBlock(b.NewBlock())
	b.Jump(ir.Block(0))
	var c flow.CFG
	c.Compute(f)
	if n := len(c.Succs(c.Entry())); n != 0 {
		t.Errorf("%d edges to a block outside of the layout", n)
	}
}

// chain makes a function of n blocks, nested as loops if asked: block i may go on to i+1 or back to n-1-i.
func chain(n int, loops bool) *ir.Func {
	f := ir.NewFunc(ir.FuncName{Name: "chain"}, ir.Signature{})
	b := ir.NewBuilder(f)
	for range n {
		b.NewBlock()
	}
	b.SetBlock(0)
	v := b.Iconst(op.I32, 1)
	for i := range n {
		b.SetBlock(ir.Block(i))
		back := n - 1 - i
		switch {
		case i == n-1:
			b.Return()
		case loops && back < i && back > 0:
			b.Brif(v, ir.Block(back), nil, ir.Block(i+1), nil)
		default:
			b.Jump(ir.Block(i + 1))
		}
	}
	return f
}

func TestDeep(t *testing.T) {
	const n = 1_000_000
	var c flow.CFG
	var dom flow.DomTree
	var loops flow.LoopForest
	var live flow.Liveness
	f := chain(n, true)
	c.Compute(f)
	dom.Compute(&c)
	if !dom.Dominates(0, n-1) || dom.Dominates(n-1, 0) || dom.Depth(n-1) != n-1 {
		t.Error("wrong dominators")
	}
	dom.ComputePost(&c)
	if !dom.Dominates(n-1, 0) || dom.Dominates(0, n-1) {
		t.Error("wrong post-dominators")
	}
	loops.Compute(&c)
	if got := loops.Depth(n / 2); got != n/2-1 {
		t.Errorf("depth %d of loops", got)
	}
	live.Compute(f, &c, nil)
	if live.In(n/2).Len() != 1 || live.In(n-1).Len() != 0 {
		t.Error("wrong liveness")
	}
}

func TestCritical(t *testing.T) {
	f := chain(10, true)
	var c flow.CFG
	c.Compute(f)
	if !c.IsCritical(6, 3) || c.IsCritical(2, 3) || c.IsCritical(6, 7) {
		t.Error("wrong critical edges")
	}
	if k, ok := c.RPO(4); !ok || k != 4 {
		t.Errorf("block4 has place %d", k)
	}
}

func TestUnique(t *testing.T) {
	f := ir.NewFunc(ir.FuncName{Name: "unique"}, ir.Signature{})
	b := ir.NewBuilder(f)
	entry, x, y := b.NewBlock(), b.NewBlock(), b.NewBlock()
	b.SetBlock(entry)
	b.BrTable(b.Iconst(op.I32, 0), b.Target(y), b.Target(x), b.Target(y), b.Target(x))
	b.SetBlock(x)
	b.Jump(y)
	b.SetBlock(y)
	b.Return()
	var c flow.CFG
	c.Compute(f)
	if got := c.UniqueSuccs(entry, []ir.Block{7}); !slices.Equal(got, []ir.Block{7, y, x}) {
		t.Errorf("successors %v", got)
	}
	want := []flow.Pred{{Inst: f.LastInst(entry), Block: entry}, {Inst: f.LastInst(x), Block: x}}
	if got := c.UniquePreds(y, nil); !slices.Equal(got, want) {
		t.Errorf("predecessors %v, want %v", got, want)
	}
	if n := len(c.Preds(y)); n != 3 {
		t.Errorf("%d edges", n)
	}
	f.AppendBlock(f.NewBlock())
	c.Compute(f)
	if _, ok := c.RPO(3); ok || c.Reachable(3) || c.Reachable(100) {
		t.Error("block3 is reachable")
	}
}

// TestChosen checks how values are chosen for a Liveness: once each, through aliases, and only if they exist.
func TestChosen(t *testing.T) {
	f := ir.NewFunc(ir.FuncName{Name: "chosen"}, ir.Signature{})
	b := ir.NewBuilder(f)
	b.SetBlock(b.NewBlock())
	v, w := b.Iconst(op.I32, 1), b.Iconst(op.I32, 2)
	alias := f.NewValueNumber()
	f.MakeAlias(alias, v)
	hole := f.NewValue(op.I32)
	b.Return(alias)
	var c flow.CFG
	var live flow.Liveness
	c.Compute(f)
	live.Compute(f, &c, []ir.Value{w, alias, v, hole, 1000})
	if got := live.Chosen(); !slices.Equal(got, []ir.Value{w, v}) {
		t.Fatalf("chosen %v", got)
	}
	for _, x := range []struct {
		v  ir.Value
		i  int
		ok bool
	}{{v, 1, true}, {alias, 1, true}, {w, 0, true}, {hole, 0, false}, {1000, 0, false}} {
		if i, ok := live.Index(x.v); i != x.i || ok != x.ok {
			t.Errorf("Index(%v) = %d, %v", x.v, i, ok)
		}
	}
	for i, s := range live.Walk(0) {
		if want := i == f.FirstInst(0)+1; s.Has(1) != want || s.Has(0) {
			t.Errorf("live across %v: %v", i, slices.Collect(s.Values()))
		}
	}
	live.Compute(f, &c, []ir.Value{})
	if n := len(live.Chosen()); n != 0 {
		t.Errorf("%d values chosen of none", n)
	}
}

func TestDominatesInst(t *testing.T) {
	f := chain(3, false)
	b := ir.NewBuilder(f)
	lost := b.NewBlock()
	b.SetBlock(lost)
	b.Return()
	var c flow.CFG
	var dom flow.DomTree
	var o flow.InstOrder
	c.Compute(f)
	dom.Compute(&c)
	o.Compute(f)
	first, last := f.FirstInst(0), f.LastInst(0)
	for _, x := range []struct {
		a, b ir.Inst
		want bool
	}{
		{first, last, true}, {last, first, false}, {first, first, true}, {last, f.FirstInst(2), true}, {f.FirstInst(2), last, false},
		{f.FirstInst(lost), f.FirstInst(lost), false}, {first, f.FirstInst(lost), false},
	} {
		if got := dom.DominatesInst(f, &o, x.a, x.b); got != x.want {
			t.Errorf("DominatesInst(%v, %v) = %v", x.a, x.b, got)
		}
	}
}

func TestReuseDoesNotAllocate(t *testing.T) {
	f := chain(100, true)
	var c flow.CFG
	var dom, post flow.DomTree
	var loops flow.LoopForest
	var live flow.Liveness
	var o flow.InstOrder
	run := func() {
		c.Compute(f)
		dom.Compute(&c)
		post.ComputePost(&c)
		loops.Compute(&c)
		live.Compute(f, &c, nil)
		o.Compute(f)
	}
	run()
	if n := testing.AllocsPerRun(5, run); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func Example() {
	const src = `function %f(i32) -> i32 {
	block0(v0: i32):
	    jump block1(v0)
	block1(v1: i32):
	    v2 = iadd v1, v0
	    brif v2, block1(v2), block2
	block2:
	    return v2
	}`
	file, _ := text.Parse([]byte(src), text.Options{})
	f := file.Funcs[0].Func
	var c flow.CFG
	var dom flow.DomTree
	var loops flow.LoopForest
	c.Compute(f)
	dom.Compute(&c)
	loops.Compute(&c)
	fmt.Printf("%s", flow.AppendDomTree(nil, &c, &dom))
	fmt.Println(dom.Dominates(0, 2), loops.Depth(1), loops.Depth(2))
	// Output:
	// cfg_postorder: block2 block1 block0
	// domtree_preorder {
	//     block0: block1
	//     block1: block2
	//     block2:
	// }
	// true 1 0
}

func benchmark(b *testing.B, run func(f *ir.Func)) {
	for _, n := range []int{1000, 100_000} {
		f := chain(n, true)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				run(f)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/block")
		})
	}
}

func BenchmarkCFG(b *testing.B) {
	var c flow.CFG
	benchmark(b, func(f *ir.Func) { c.Compute(f) })
}

func BenchmarkDomTree(b *testing.B) {
	var c flow.CFG
	var dom flow.DomTree
	benchmark(b, func(f *ir.Func) {
		c.Compute(f)
		dom.Compute(&c)
	})
}

func BenchmarkLoops(b *testing.B) {
	var c flow.CFG
	var l flow.LoopForest
	benchmark(b, func(f *ir.Func) {
		c.Compute(f)
		l.Compute(&c)
	})
}
