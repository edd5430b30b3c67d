package text_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"davit/ir"
	"davit/ir/op"
	"davit/ir/text"
)

func mustParse(t *testing.T, src string, opts text.Options) *text.File {
	t.Helper()
	f, errs := text.Parse([]byte(src), opts)
	if err := errs.Err(); err != nil {
		t.Fatal(err)
	}
	return f
}

const commented = `; preamble one
test cat ; no comment
; preamble two
set opt_level=speed enable_verifier=0
target x86_64 has_avx ; nor this
target aarch64
feature !"x"
function %f(i32) ; before the brace
{ ; on the function
; and again
    ss0 = explicit_slot 8 ; on ss0
    ; still ss0
    stack_limit = gv0 ; on the limit
    gv0 = vmctx ; on gv0
block0(v0: i32): ; on block0
    ; again block0
    v1 -> v0 ; dropped
    v2 = iadd v1, v0 ; on inst0
    br_table v2, block1, [ ; in inst1
        block1 ; in inst1 too
    ]
block1: ; on block1
    return ; on inst2
    ; also inst2
} ; after
; and after

; run: %f(1) == 2
function %g() {
block0: return } ; on g
`

func TestComments(t *testing.T) {
	f := mustParse(t, commented, text.Options{})
	var got []string
	for _, c := range f.Preamble {
		got = append(got, fmt.Sprintf("%v preamble %s", c.Pos, c.Text))
	}
	for _, fn := range f.Funcs {
		for _, c := range fn.Comments {
			got = append(got, fmt.Sprintf("%v %v %v %s", c.Pos, fn.Name, c.Entity, c.Text))
		}
	}
	want := []string{
		"1:1 preamble ; preamble one",
		"3:1 preamble ; preamble two",
		"8:18 %f function ; before the brace",
		"9:3 %f function ; on the function",
		"10:1 %f function ; and again",
		"11:27 %f ss0 ; on ss0",
		"12:5 %f ss0 ; still ss0",
		"13:23 %f stack_limit ; on the limit",
		"14:17 %f gv0 ; on gv0",
		"15:18 %f block0 ; on block0",
		"16:5 %f block0 ; again block0",
		"18:22 %f inst0 ; on inst0",
		"19:28 %f inst1 ; in inst1",
		"20:16 %f inst1 ; in inst1 too",
		"22:9 %f block1 ; on block1",
		"23:12 %f inst2 ; on inst2",
		"24:5 %f inst2 ; also inst2",
		"25:3 %f function ; after",
		"26:1 %f function ; and after",
		"28:1 %f function ; run: %f(1) == 2",
		"30:18 %g function ; on g",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, fn := range mustParse(t, commented, text.Options{NoComments: true}).Funcs {
		if len(fn.Comments) != 0 {
			t.Errorf("%v has comments in spite of NoComments", fn.Name)
		}
	}
}

func TestHeader(t *testing.T) {
	f := mustParse(t, commented, text.Options{})
	var got []string
	for _, d := range f.Header {
		got = append(got, fmt.Sprintf("%v %v %q", d.Pos, d.Kind, d.Args))
	}
	want := []string{
		`2:1 test ["cat" ";" "no" "comment"]`,
		`4:1 set ["opt_level=speed" "enable_verifier=0"]`,
		`5:1 target ["x86_64" "has_avx" ";" "nor" "this"]`,
		`6:1 target ["aarch64"]`,
		`7:1 feature ["!\"x\""]`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !f.HasTest("cat") || f.HasTest("run") {
		t.Error("HasTest does not know the commands of the file")
	}
}

func TestPositions(t *testing.T) {
	f := mustParse(t, commented, text.Options{})
	fn := f.Funcs[0]
	for _, c := range []struct {
		e    ir.Entity
		want text.Pos
	}{
		{ir.Entity{}, text.Pos{Line: 8, Col: 1}},
		{ir.StackSlot(0).Entity(), text.Pos{Line: 11, Col: 5}},
		{ir.Entity{Kind: ir.EntityStackLimit}, text.Pos{Line: 13, Col: 5}},
		{ir.GlobalValue(0).Entity(), text.Pos{Line: 14, Col: 5}},
		{ir.Block(1).Entity(), text.Pos{Line: 22, Col: 1}},
		{ir.Inst(1).Entity(), text.Pos{Line: 19, Col: 5}},
		{ir.Value(0).Entity(), text.Pos{Line: 15, Col: 1}},
		{ir.Value(1).Entity(), text.Pos{Line: 15, Col: 1}},
		{ir.Value(2).Entity(), text.Pos{Line: 18, Col: 5}},
		{ir.Value(99).Entity(), text.Pos{Line: 8, Col: 1}},
		{ir.Inst(99).Entity(), text.Pos{Line: 8, Col: 1}},
	} {
		if got := fn.PosOf(c.e); got != c.want {
			t.Errorf("%v is at %v; want %v", c.e, got, c.want)
		}
	}
	if fn.End != (text.Pos{Line: 25, Col: 1}) {
		t.Errorf("the function ends at %v", fn.End)
	}
}

func TestDefaultCallConv(t *testing.T) {
	const body = "function %f() {\n  sig0 = ()\n  fn0 = %g ()\nblock0:\n return\n}\n"
	for _, c := range []struct {
		src  string
		opts text.Options
		want ir.CallConv
	}{
		{body, text.Options{}, ir.Fast},
		{"test cat\ntest interpret\n" + body, text.Options{}, ir.Fast},
		{"test interpret\ntest run\n" + body, text.Options{}, ir.SystemV},
		{"test run\n" + body, text.Options{CallConv: ir.Tail}, ir.Tail},
	} {
		fn := mustParse(t, c.src, c.opts).Funcs[0]
		if fn.Sig.CallConv != c.want || fn.Sigs[0].CallConv != c.want || fn.Sigs[1].CallConv != c.want {
			t.Errorf("%q with %+v: convention %v, %v, %v; want %v", c.src, c.opts, fn.Sig.CallConv, fn.Sigs[0].CallConv, fn.Sigs[1].CallConv, c.want)
		}
	}
}

// TestFunctionsWithErrors checks that the others are there and that errors stop at the limit.
func TestFunctionsWithErrors(t *testing.T) {
	src := "function %a() {\nblock0:\n return\n}\nfunction %b() {\nblock0:\n oops\n" + strings.Repeat(" nop 5\n", 50) +
		"}\nfunction %c() {\nblock0:\n return\n}\n"
	f, errs := text.Parse([]byte(src), text.Options{MaxErrors: 100})
	if len(errs) != 51 || len(f.Funcs) != 2 || f.Funcs[0].Name.Name != "a" || f.Funcs[1].Name.Name != "c" {
		t.Errorf("%d errors, %d functions", len(errs), len(f.Funcs))
	}
	if _, errs := text.Parse([]byte(src), text.Options{}); len(errs) != 20 {
		t.Errorf("%d errors; want the default limit, 20", len(errs))
	}
	if _, errs := text.Parse([]byte(src), text.Options{MaxErrors: 1}); len(errs) != 1 || errs[0].Pos != (text.Pos{Line: 7, Col: 2}) {
		t.Errorf("errors: %v; want one, at 7:2", errs)
	}
}

// TestPragmas checks what pragmas become.
func TestPragmas(t *testing.T) {
	src := `function %f(i64) {
    sig0 = (i64)
    ;@needs_stack_map v3, v0, v3
    fn0 = %a sig0 ;@nogc
    fn1 = %b sig0
    fn2 = %c sig0
    ;@nogc
block0(v0: i64):
    v3 = iadd v0, v0 ;@needs_stack_map v1
    v1 = iadd v0, v0
    return
}
`
	for _, opts := range []text.Options{{}, {NoComments: true, NoPositions: true}} {
		fn := mustParse(t, src, opts).Funcs[0]
		if want := []ir.Value{0, 1, 3}; !slices.Equal(fn.NeedsStackMap, want) {
			t.Errorf("need stack maps: %v; want %v", fn.NeedsStackMap, want)
		}
		if !fn.ExtFuncs[0].NoGC || fn.ExtFuncs[1].NoGC || !fn.ExtFuncs[2].NoGC {
			t.Errorf("nogc: %v, %v, %v; want true, false, true", fn.ExtFuncs[0].NoGC, fn.ExtFuncs[1].NoGC, fn.ExtFuncs[2].NoGC)
		}
	}
}

// TestNumbering checks how literals and inline signatures are numbered.
func TestNumbering(t *testing.T) {
	src := `function %f() {
    sig2 = ()
    fn0 = %a (i8)
    sig4 = ()
    fn1 = %a (i16)
    const1 = 0x01
    const4 = 0x04
block0:
    v0 = vconst.i8x2 0x0001
    v1 = vconst.i8x2 0x0002
    v2 = vconst.i8x2 0x0001
    v3 = vconst.i8x2 0x0003
    v4 = vconst.i8x2 0x0005
    return
}
`
	fn := mustParse(t, src, text.Options{}).Funcs[0]
	if fn.ExtFuncs[0].Sig != 3 || fn.ExtFuncs[1].Sig != 5 {
		t.Errorf("inline signatures are %v and %v; want sig3 and sig5", fn.ExtFuncs[0].Sig, fn.ExtFuncs[1].Sig)
	}
	var got []ir.Constant
	for i := range 5 {
		got = append(got, fn.Data(ir.Inst(i)).Constant())
	}
	if want := []ir.Constant{2, 3, 2, 5, 6}; !slices.Equal(got, want) {
		t.Errorf("literals are constants %v; want %v", got, want)
	}
}

// hang is what only something quadratic takes for the sources here, even on a slow machine with the race detector.
const hang = 60 * time.Second

// TestLarge parses inputs made to be slow or to need much memory.
func TestLarge(t *testing.T) {
	const n = 200_000
	// In the format, %[1]d is the number of the line and %[2]d the one before.
	repeat := func(format string) string {
		var b strings.Builder
		for i := 1; i <= n; i++ {
			fmt.Fprintf(&b, format, i, i-1)
		}
		return b.String()
	}
	in := func(preamble, body string) string {
		return "function %f(i32) {\n" + preamble + "block0(v0: i32):\n" + body + "\nreturn\n}\n"
	}
	chain := repeat("v%[1]d -> v%[2]d\n")
	for name, src := range map[string]string{
		"values":     in("", repeat("v%[1]d = iadd v%[2]d, v0\n")),
		"aliases":    in("", chain+fmt.Sprintf("v%d = iadd v%d, v%d\n", n+1, n, n)),
		"alias uses": in("", chain+strings.Repeat(fmt.Sprintf("trapz v%d, user1\n", n), 1000)),
		"br_table":   in("", "br_table v0, block0, ["+strings.Repeat("block0(v0),", n)+"]"),
		"functions":  strings.Repeat("function %f() {block0: return}", n/2),
		"constants":  in("", repeat("v%[1]d = vconst.i32x4 0x%032[1]x\n")),
		"holes":      in("const50000 = 0x01\n", repeat("v%[1]d = vconst.i32x4 0x%032[1]x\n")),
		"user names": in(repeat("fn%[1]d = u0:%[1]d (i32)\n"), ""),
		"params":     "function %f() {\nblock0(v0: i32" + repeat(", v%[1]d: i32") + "):\nreturn\n}\n",
		"args":       in("sig0 = ()\nfn0 = %g sig0\n", "call fn0("+strings.Repeat("v0,", n)+"v0)"),
		"results":    in("sig0 = () -> i8"+strings.Repeat(", i8", n-1)+"\nfn0 = %g sig0\n", "v1"+repeat(", v%[1]d")[len(", v1"):]+" = call fn0()"),
		"mem flags":  in(repeat("region%[2]d = %[1]d \"\"\n"), repeat("v%[1]d = load.i32 region%[2]d v0\n")),
		"comments":   strings.Repeat(";\n", n),
		"forward":    in("", repeat("v%[1]d = iadd.i32 v%[2]d, v200001\n")+"v200001 = iadd v0, v0\n"),

		"bad: sparse":   strings.Repeat("function %f() {\nss65535 = explicit_slot 4294967295\nblock65535(v65535: i32): return }\n", 2000),
		"bad: nesting":  in("", strings.Repeat("[(<{", n)),
		"bad: quotes":   in("", strings.Repeat(`"`, n+1)),
		"bad: minus":    in("", strings.Repeat("-", n)),
		"bad: unclosed": strings.Repeat("function %f() {block0: v1 = iconst.i32 1\n", 20000),
		"bad: errors":   in("", repeat("v%[1]d = iadd v%[2]d, oops\n")),
		"bad: forward":  in("", repeat("v%[1]d = iadd.i32 v1000000000, v0\n")),
		"bad: results":  in("", "v1"+repeat(", v%[1]d")+" = nop"),
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := time.Now()
		f, errs := text.Parse([]byte(src), text.Options{})
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if bad := strings.HasPrefix(name, "bad"); bad != (len(errs) > 0) {
			t.Errorf("%s: errors %v", name, errs)
		}
		if took > hang {
			t.Errorf("%s: %v for %d bytes", name, took, len(src))
		}
		if used, limit := after.TotalAlloc-before.TotalAlloc, uint64(32<<20+150*len(src)); used > limit {
			t.Errorf("%s: %d bytes allocated for a source of %d; want at most %d", name, used, len(src), limit)
		}
		t.Logf("%s: %v, %d bytes allocated for a source of %d, %d functions, %d errors", name, took, after.TotalAlloc-before.TotalAlloc, len(src), len(f.Funcs), len(errs))
	}
}

func TestDeepAliasPrint(t *testing.T) {
	var b strings.Builder
	b.WriteString("function %f(i32) fast {\nblock0(v0: i32):\n")
	for i := 1; i <= 100_000; i++ {
		fmt.Fprintf(&b, "    v%d -> v%d\n", i, i-1)
	}
	b.WriteString("    return\n}\n")
	f := mustParse(t, b.String(), text.Options{})
	if got := f.Funcs[0].String(); got != b.String() {
		t.Errorf("printed %d bytes, want %d", len(got), b.Len())
	}
	if got := f.Funcs[0].ValueType(100_000); got != op.I32 {
		t.Errorf("type of the last alias: %v", got)
	}
}
