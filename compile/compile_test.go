package compile_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/arch/x86/x86asm"

	"davit/asm"
	"davit/compile"
	"davit/internal/corpus"
	"davit/ir"
	"davit/ir/text"
	"davit/settings"
)

func parse(tb testing.TB, src string) []*text.Function {
	tb.Helper()
	file, errs := text.Parse([]byte(src), text.Options{NoComments: true})
	if err := errs.Err(); err != nil {
		tb.Fatal(err)
	}
	return file.Funcs
}

func target(tb testing.TB, sets ...string) compile.Target {
	tb.Helper()
	flags := settings.Default(settings.X86_64)
	for _, s := range append([]string{"enable_multi_ret_implicit_sret", "enable_llvm_abi_extensions"}, sets...) {
		if err := flags.Set(s); err != nil {
			tb.Fatal(err)
		}
	}
	t, err := compile.NewTarget("x86_64", &flags)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func must(tb testing.TB, c *compile.Context, f *ir.Func, t compile.Target) *asm.Code {
	tb.Helper()
	code, err := c.Compile(f, t)
	if err != nil {
		tb.Fatal(err)
	}
	return code
}

// TestStackMap11Record reads the frame size back from the prologue: what the pushes and the subtraction take, less the
// saved frame pointer.
func TestStackMap11Record(t *testing.T) {
	src := `function %f(i64) -> i64 system_v {
    ss0 = explicit_slot 16, align = 8
    fn0 = u0:0(i64, i64, i64, i64, i64, i64, i64, i64, i64) system_v
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    store notrap aligned v0, v1+8
    call fn0(v0, v0, v0, v0, v0, v0, v0, v0, v0), stack_map=[i64 @ ss0+8]
    v2 = load.i64 notrap aligned v1+8
    v3 = iadd v2, v0
    return v3
}`
	var c compile.Context
	for _, fp := range []string{"preserve_frame_pointers=true", "preserve_frame_pointers=false"} {
		code := must(t, &c, parse(t, src)[0].Func, target(t, fp))
		size := uint32(0)
		for b := code.Bytes; ; {
			in, err := x86asm.Decode(b, 64)
			if err != nil {
				t.Fatal(err)
			}
			b = b[in.Len:]
			if in.Op == x86asm.PUSH {
				size += 8
			}
			if in.Op == x86asm.SUB {
				size += uint32(in.Args[1].(x86asm.Imm))
				break
			}
		}
		if code.FramePointer {
			size -= 8
		}
		m := code.StackMaps[0]
		if m.FrameSize != size || m.SlotArea != 32 || m.Entries[0].Offset != 8 {
			t.Errorf("%s: frame size %d, slot area at %d, entry at %d; want %d, 32, 8", fp, m.FrameSize, m.SlotArea, m.Entries[0].Offset, size)
		}
	}
}

// TestStackMap13Key decodes the instruction that ends at each key: it is a call.
func TestStackMap13Key(t *testing.T) {
	src, err := os.ReadFile("../testdata/filetests/stackmaps/13_key.clif")
	if err != nil {
		t.Fatal(err)
	}
	var c compile.Context
	code := must(t, &c, parse(t, string(src))[0].Func, target(t))
	ends := map[uint32]x86asm.Op{}
	for at := uint32(0); at < code.CodeSize; {
		in, err := x86asm.Decode(code.Bytes[at:], 64)
		if err != nil {
			t.Fatal(err)
		}
		at += uint32(in.Len)
		ends[at] = in.Op
	}
	if len(code.StackMaps) != 4 {
		t.Fatalf("%d stack maps; want 4", len(code.StackMaps))
	}
	for _, m := range code.StackMaps {
		if ends[m.Offset] != x86asm.CALL {
			t.Errorf("what ends at %#x is %v; want a call", m.Offset, ends[m.Offset])
		}
	}
}

// TestStackMap20Determinism compiles the functions of the stack-map tests twice, with the same context and with a new one:
// the records are the same, and so is the rest.
func TestStackMap20Determinism(t *testing.T) {
	paths, err := filepath.Glob("../testdata/filetests/stackmaps/*.clif")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	tg := target(t)
	var c compile.Context
	maps := 0
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, fn := range parse(t, string(src)) {
			first, err := c.Compile(fn.Func, tg)
			if err != nil {
				continue // tests of the verifier
			}
			maps += len(first.StackMaps)
			var other compile.Context
			for _, again := range []*asm.Code{must(t, &c, fn.Func, tg), must(t, &other, fn.Func, tg), must(t, &other, fn.Clone(), tg)} {
				if !reflect.DeepEqual(first, again) {
					t.Errorf("%s, %v: compiled again, it differs", path, fn.Name)
				}
			}
		}
	}
	if maps < 20 {
		t.Errorf("only %d stack maps", maps)
	}
}

// TestMapIsPackedOnce checks that duplicate entries become one, in order of first appearance of their types.
func TestMapIsPackedOnce(t *testing.T) {
	src := `function %f() system_v {
    ss0 = explicit_slot 32, align = 8
    fn0 = u0:0() system_v
block0:
    call fn0(), stack_map=[i64 @ ss0+24, i32 @ ss0+8, i64 @ ss0+0, i64 @ ss0+24, i32 @ ss0+12]
    return
}`
	var c compile.Context
	code := must(t, &c, parse(t, src)[0].Func, target(t))
	var got []uint32
	for _, e := range code.StackMaps[0].Entries {
		got = append(got, e.Offset)
	}
	if want := []uint32{0, 24, 8, 12}; len(got) != 4 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] {
		t.Errorf("entries at %v; want %v", got, want)
	}
}

// corpusFuncs returns the functions of a part of the corpus that compile, with their code.
func corpusFuncs(tb testing.TB, part string, c *compile.Context, t compile.Target) (fns []*ir.Func, codes []*asm.Code) {
	tb.Helper()
	for _, path := range corpus.Files(tb, part) {
		if !strings.HasSuffix(path, ".clif") {
			continue
		}
		src, err := os.ReadFile(filepath.Join(corpus.Dir(tb), path))
		if err != nil {
			tb.Fatal(err)
		}
		file, errs := text.Parse(src, text.Options{NoComments: true, NoPositions: true})
		if errs.Err() != nil {
			continue
		}
		for _, f := range file.Funcs {
			if code, err := c.Compile(f.Func, t); err == nil {
				fns, codes = append(fns, f.Func), append(codes, code)
			} else if _, bug := err.(*compile.InternalError); bug {
				tb.Errorf("%s: %v: %v", path, f.Name, err)
			}
		}
	}
	return fns, codes
}

// TestDeterminism compiles the same functions again, shuffled and on several goroutines, with and without listings: the
// bytes are the same. The allocation of every function is proved on the way.
func TestDeterminism(t *testing.T) {
	tg := target(t)
	c := compile.Context{CheckAllocation: true}
	fns, codes := corpusFuncs(t, "filetests/runtests", &c, tg)
	order := rand.New(rand.NewPCG(1, 2)).Perm(len(fns))
	var wg sync.WaitGroup
	var mu sync.Mutex
	next := 0
	for w := range 4 {
		wg.Go(func() {
			c := compile.Context{Listing: w == 0}
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= len(order) {
					return
				}
				code, err := c.Compile(fns[order[i]], tg)
				if err != nil {
					t.Errorf("%v: %v", fns[order[i]].Name, err)
				} else if !bytes.Equal(code.Bytes, codes[order[i]].Bytes) {
					t.Errorf("%v: other bytes the second time", fns[order[i]].Name)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d functions", len(fns))
}

// bigFunc is a function with n rounds of arithmetic, branches, loads and calls with stack maps.
func bigFunc(n int) string {
	var b strings.Builder
	b.WriteString(`function %big(i64, i64) -> i64 system_v {
    ss0 = explicit_slot 16, align = 8
    fn0 = u0:0(i64) -> i64 system_v
block0(v0: i64, v1: i64):
    jump block1(v0)
`)
	v := 10
	w := func(format string, args ...int) {
		for _, a := range args {
			format = strings.Replace(format, "#", itoa(a), 1)
		}
		b.WriteString(format)
	}
	for i := range n {
		blk := 1 + 3*i
		w("block#(v#: i64):\n", blk, v)
		w("    v# = iadd v#, v1\n    v# = stack_addr.i64 ss0\n", v+1, v, v+2)
		w("    store notrap aligned v#, v#+8\n", v+1, v+2)
		w("    v# = call fn0(v#), stack_map=[i64 @ ss0+8]\n", v+3, v+1)
		w("    v# = load.i64 notrap aligned v#+8\n", v+4, v+2)
		w("    v# = icmp ult v#, v#\n    brif v#, block#, block#\n", v+5, v+3, v+4, v+5, blk+1, blk+2)
		w("block#:\n    v# = imul v#, v#\n    jump block#(v#)\n", blk+1, v+6, v+3, v+4, blk+3, v+6)
		w("block#:\n    v# = bxor v#, v#\n    jump block#(v#)\n", blk+2, v+7, v+3, v+4, blk+3, v+7)
		v += 8
	}
	w("block#(v#: i64):\n    return v#\n}\n", 1+3*n, v, v)
	return b.String()
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

// maxAllocs pins the allocations of a compilation of 11,000 instructions with a Context that is warm: what the result
// itself consists of, a few arrays.
const maxAllocs = 0.01

func TestAllocations(t *testing.T) {
	f := parse(t, bigFunc(1000))[0].Func
	tg := target(t)
	var c compile.Context
	must(t, &c, f, tg)
	n := testing.AllocsPerRun(3, func() { must(t, &c, f, tg) }) / float64(f.NumInsts())
	if n > maxAllocs {
		t.Errorf("%.3f allocations per instruction; want at most %v", n, maxAllocs)
	}
	t.Logf("%.3f allocations per instruction", n)
}

// BenchmarkCompile measures the phases over the real programs of the corpus, and over one large function.
func BenchmarkCompile(b *testing.B) {
	tg := target(b, "enable_verifier=false")
	b.Run("large", func(b *testing.B) { benchFuncs(b, tg, []*ir.Func{parse(b, bigFunc(10_000))[0].Func}) })
	for _, s := range shapes {
		b.Run(s.name, func(b *testing.B) { benchFuncs(b, tg, []*ir.Func{parse(b, s.text(s.n))[0].Func}) })
	}
	for _, algorithm := range []string{"backtracking", "single_pass"} {
		b.Run("real/"+algorithm, func(b *testing.B) {
			var c compile.Context
			tg := target(b, "enable_verifier=false", "preserve_frame_pointers", "regalloc_algorithm="+algorithm)
			fns, _ := corpusFuncs(b, "real", &c, tg)
			benchFuncs(b, tg, fns)
		})
	}
}

func benchFuncs(b *testing.B, tg compile.Target, fns []*ir.Func) {
	insts := 0
	for _, f := range fns {
		insts += f.NumInsts()
	}
	var c compile.Context
	c.Timing = true
	b.ReportAllocs()
	runtime.GC()
	for b.Loop() {
		for _, f := range fns {
			must(b, &c, f, tg)
		}
	}
	total := float64(insts) * float64(b.N)
	b.ReportMetric(total/b.Elapsed().Seconds(), "insts/s")
	for p, d := range c.Times {
		b.ReportMetric(float64(d.Nanoseconds())/total, "ns/inst-"+strings.ReplaceAll(compile.Phase(p).String(), " ", "-"))
	}
	b.ReportMetric(float64(len(fns)), "functions")
}

// shapes are large functions of one kind each.
var shapes = []struct {
	name string
	n    int
	text func(n int) string
}{
	{"line", 100_000, lineFunc}, {"diamonds", 10_000, diamondFunc}, {"calls", 50_000, callFunc},
}

// lineFunc is n operations in a row, each on the result before it and on one a little further back.
func lineFunc(n int) string {
	var b strings.Builder
	b.WriteString("function %line(i64, i64) -> i64 system_v {\nblock0(v0: i64, v1: i64):\n")
	ops := [...]string{"iadd", "bxor", "isub", "imul", "band", "bor"}
	for i := 2; i < n+2; i++ {
		fmt.Fprintf(&b, "    v%d = %s v%d, v%d\n", i, ops[i%6], i-1, max(0, i-2-i%7))
	}
	fmt.Fprintf(&b, "    return v%d\n}\n", n+1)
	return b.String()
}

// diamondFunc is a chain of n branches that join again.
func diamondFunc(n int) string {
	var b strings.Builder
	b.WriteString("function %diamonds(i64) -> i64 system_v {\nblock0(v0: i64):\n    jump block1(v0)\n")
	for i := range n {
		k, v := 1+3*i, 1+5*i
		fmt.Fprintf(&b, "block%d(v%d: i64):\n    v%d = iconst.i64 %d\n    v%d = icmp ult v%d, v%d\n", k, v, v+1, i, v+2, v, v+1)
		fmt.Fprintf(&b, "    brif v%d, block%d, block%d\n", v+2, k+1, k+2)
		fmt.Fprintf(&b, "block%d:\n    v%d = iadd v%d, v%d\n    jump block%d(v%d)\n", k+1, v+3, v, v+1, k+3, v+3)
		fmt.Fprintf(&b, "block%d:\n    v%d = bxor v%d, v%d\n    jump block%d(v%d)\n", k+2, v+4, v, v+1, k+3, v+4)
	}
	fmt.Fprintf(&b, "block%d(v%d: i64):\n    return v%[2]d\n}\n", 1+3*n, 1+5*n)
	return b.String()
}

// callFunc is n calls in a row, with maps of up to eight references.
func callFunc(n int) string {
	const slots = 8
	var b strings.Builder
	b.WriteString("function %calls(i64) -> i64 system_v {\n")
	for i := range slots {
		fmt.Fprintf(&b, "    ss%d = explicit_slot 8, align = 8\n", i)
	}
	b.WriteString("    fn0 = u0:1(i64) -> i64 system_v\nblock0(v0: i64):\n")
	last := 0
	for i := range n {
		v := 1 + 2*i
		fmt.Fprintf(&b, "    v%d = stack_addr.i64 ss%d\n    store notrap aligned v%d, v%d\n", v, i%slots, last, v)
		fmt.Fprintf(&b, "    v%d = call fn0(v%d), stack_map=[i64 @ ss0+0", v+1, last)
		for j := 1; j < min(i+1, slots); j++ {
			fmt.Fprintf(&b, ", i64 @ ss%d+0", j)
		}
		b.WriteString("]\n")
		last = v + 1
	}
	fmt.Fprintf(&b, "    return v%d\n}\n", last)
	return b.String()
}

// FuzzCompile compiles whatever parses and verifies: an error or code, never a bug.
func FuzzCompile(f *testing.F) {
	f.Add(bigFunc(3))
	for _, path := range []string{"01_round_trip", "02_call_forms", "10_six_types", "15_cold"} {
		src, err := os.ReadFile("../testdata/filetests/stackmaps/" + path + ".clif")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
	}
	tg := target(f)
	c := compile.Context{CheckAllocation: true, Listing: true}
	f.Fuzz(func(t *testing.T, src string) {
		file, _ := text.Parse([]byte(src), text.Options{NoComments: true})
		for _, fn := range file.Funcs {
			_, err := c.Compile(fn.Func, tg)
			if bug, ok := err.(*compile.InternalError); ok {
				t.Errorf("%v\n%s\n%s", bug, bug.Func, bug.Stack)
			}
		}
	})
}
