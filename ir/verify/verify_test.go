package verify_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"davit/ir"
	"davit/ir/op"
	"davit/ir/text"
	"davit/ir/verify"
)

// golden compares a text with that of a file; with DAVIT_BLESS=1 it writes the file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if os.Getenv("DAVIT_BLESS") == "1" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s:%d differs; got:\n%s", path, i+1, got)
		}
	}
}

// TestErrors lists the errors of the functions in testdata and compares with the .txt file beside each.
func TestErrors(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.clif")
	if err != nil || len(paths) == 0 {
		t.Fatal("no test data", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			file := parseFile(t, path)
			opts := options(file)
			opts.StopAtFatal = false
			var out strings.Builder
			for _, fn := range file.Funcs {
				errs := verify.Func(fn.Func, opts)
				checkPrefix(t, fn.Func, opts, errs)
				if strings.HasPrefix(filepath.Base(path), "lint") {
					errs = append(errs, verify.Lint(fn.Func)...)
				}
				fmt.Fprintf(&out, "%v\n", fn.Name)
				for _, e := range errs {
					fmt.Fprintf(&out, "    %v: %s\n", fn.PosOf(e.Entity), e.In(fn.Func))
				}
			}
			golden(t, strings.TrimSuffix(path, ".clif")+".txt", out.String())
		})
	}
}

func TestEmpty(t *testing.T) {
	var c verify.Context
	f := ir.NewFunc(ir.FuncName{Name: "f"}, ir.Signature{})
	if errs := c.Func(f, verify.Options{}); errs != nil {
		t.Error(errs)
	}
	if errs := verify.Lint(f); errs != nil {
		t.Error(errs)
	}
}

func TestMaxErrors(t *testing.T) {
	b := newBuilder()
	for range 1000 {
		b.add(ir.InstData{})
	}
	b.Return()
	for _, n := range []int{0, 1, 7} {
		want := n
		if n == 0 {
			want = 100
		}
		if errs := verify.Func(b.f, verify.Options{MaxErrors: n}); len(errs) != want {
			t.Errorf("%d errors, want %d", len(errs), want)
		}
	}
}

// TestQuoting checks that messages stay short for long instructions.
func TestQuoting(t *testing.T) {
	b := newBuilder()
	next := b.NewBlock(op.I32)
	var table []ir.BlockCall
	for range 10_000 {
		table = append(table, b.Target(next))
	}
	b.BrTable(b.Iconst(op.I32, 0), b.Target(next), table...)
	b.SetBlock(next)
	b.Return()
	errs := verify.Func(b.f, verify.Options{})
	if len(errs) != 100 {
		t.Fatalf("%d errors", len(errs))
	}
	for _, e := range errs {
		if n := len(e.In(b.f)); n > 1000 {
			t.Fatalf("message of %d bytes", n)
		}
	}
}

func TestReuseDoesNotAllocate(t *testing.T) {
	f := sample(t)
	var c verify.Context
	opts := verify.Options{HasISA: true, PointerType: op.I64}
	if errs := c.Func(f, opts); errs != nil {
		t.Fatal(errs)
	}
	if n := testing.AllocsPerRun(10, func() { c.Func(f, opts) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// sample returns a valid function of many blocks.
func sample(tb testing.TB) *ir.Func {
	var src strings.Builder
	src.WriteString("function %f(i64, i32) -> i32 {\nss0 = explicit_slot 16, align = 8\nfn0 = %g(i32) -> i32\nblock0(v0: i64, v1: i32):\n jump block1(v1)\n")
	v := 2
	const blocks = 500
	for b := 1; b <= blocks; b++ {
		fmt.Fprintf(&src, "block%d(v%d: i32):\n", b, v)
		p := v
		for range 5 {
			fmt.Fprintf(&src, " v%d = load.i32 notrap aligned v0+8\n v%d = iadd v%d, v1\n v%d = icmp slt v%d, v%d\n store v%d, v0\n", v+1, v+2, v+1, v+3, v+2, p, v+2)
			v += 3
		}
		fmt.Fprintf(&src, " v%d = call fn0(v%d), stack_map=[i64 @ ss0+8, i64 @ ss0+0]\n brif v%d, block%d(v%d), block%d\n", v+1, v-1, v, b+1, v+1, blocks+2)
		v += 2
	}
	fmt.Fprintf(&src, "block%d(v%d: i32):\n return v%d\nblock%d:\n trap user1\n}\n", blocks+1, v, v, blocks+2)
	file, errs := text.Parse([]byte(src.String()), text.Options{})
	if err := errs.Err(); err != nil {
		tb.Fatal(err)
	}
	return file.Funcs[0].Func
}

// TestLintMany checks more slots than the lint solves for at once: those with odd numbers are stored to on one arm only.
func TestLintMany(t *testing.T) {
	const slots = 300
	b := newBuilder()
	then, join := b.NewBlock(), b.NewBlock()
	b.Brif(b.v, then, nil, join, nil)
	entry := b.Block()
	var entries []ir.StackMapEntry
	for i := range slots {
		ss := b.f.AddStackSlot(8, 3)
		entries = append(entries, ir.StackMapEntry{Type: op.I64, Slot: ss})
		b.SetBlock(then)
		if i%2 == 0 {
			b.SetBlock(entry)
		}
		b.Store(ir.TrustedMem, b.v, b.StackAddr(op.I64, ss, 0), 0)
	}
	branch := b.f.FirstInst(entry) // goes to the end of its block
	b.f.RemoveInst(branch)
	b.f.AppendInst(branch, entry)
	b.SetBlock(then)
	b.Jump(join)
	b.SetBlock(join)
	call := b.call()
	b.f.SetStackMap(call, entries)
	b.Return()
	if err := verify.Func(b.f, verify.Options{}).Err(); err != nil {
		t.Fatal(err)
	}
	errs := verify.Lint(b.f)
	if len(errs) != slots/2 {
		t.Fatalf("%d entries reported, want %d:\n%v", len(errs), slots/2, errs)
	}
	for i, e := range errs {
		if want := fmt.Sprintf("`i64 @ ss%d+0`", 2*i+1); e.Entity != call.Entity() || !strings.Contains(e.Msg, want) {
			t.Errorf("error %d is %v, expected one about %s", i, e, want)
		}
	}
}

func BenchmarkFunc(b *testing.B) {
	f := sample(b)
	var c verify.Context
	opts := verify.Options{HasISA: true, PointerType: op.I64}
	for b.Loop() {
		if errs := c.Func(f, opts); errs != nil {
			b.Fatal(errs)
		}
	}
	b.ReportMetric(float64(b.N)*float64(f.NumInsts())/b.Elapsed().Seconds()/1e6, "Minst/s")
}

func BenchmarkReal(b *testing.B) {
	funcs := realFuncs(b)
	insts := 0
	for _, f := range funcs {
		insts += f.NumInsts()
	}
	var c verify.Context
	opts := verify.Options{HasISA: true, PointerType: op.I64, PreserveFramePointers: true}
	for b.Loop() {
		for _, f := range funcs {
			if errs := c.Func(f, opts); errs != nil {
				b.Fatal(errs)
			}
		}
	}
	b.ReportMetric(float64(b.N)*float64(insts)/b.Elapsed().Seconds()/1e6, "Minst/s")
}

func Example() {
	const src = `function %f(i32, i64) -> i32 {
	block0(v0: i32, v1: i64):
	    v2 = iadd v0, v1
	    jump block1
	block1:
	    return
	}`
	file, _ := text.Parse([]byte(src), text.Options{})
	fn := file.Funcs[0]
	for _, e := range verify.Func(fn.Func, verify.Options{}) {
		fmt.Printf("%v: %s\n", fn.PosOf(e.Entity), e.In(fn.Func))
	}
	// Output:
	// 3:6: inst0 (v2 = iadd.i32 v0, v1): arg 1 (v1) has type i64, expected i32
	// 6:6: inst2 (return): arguments of return must match function signature: found 0, expected 1
}
