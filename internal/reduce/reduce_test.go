package reduce

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"davit/internal/corpus"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
	"davit/ir/text"
	"davit/ir/verify"
)

func parseFile(t *testing.T, path string) *text.File {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, errs := text.Parse(src, text.Options{})
	if err := errs.Err(); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return file
}

// valid reports whether all functions verify.
func valid(src []byte) bool {
	file, errs := text.Parse(src, text.Options{NoComments: true, NoPositions: true})
	if errs != nil {
		return false
	}
	opts := verify.Options{HasISA: true, PointerType: op.I64, EnablePinnedReg: true, PreserveFramePointers: true}
	var c verify.Context
	for _, fn := range file.Funcs {
		if c.Func(fn.Func, opts) != nil {
			return false
		}
	}
	return true
}

// needs holds for valid text that contains all of the given parts.
func needs(parts ...string) func(src []byte) bool {
	return func(src []byte) bool {
		for _, p := range parts {
			if !bytes.Contains(src, []byte(p)) {
				return false
			}
		}
		return valid(src)
	}
}

// TestFiles shrinks the programs of testdata to valid ones that contain what the comments "needs: TEXT" of the file say, and
// compares with the .txt file beside each; DAVIT_BLESS=1 rewrites these.
func TestFiles(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.clif")
	if err != nil || len(paths) == 0 {
		t.Fatal("no test data", err)
	}
	for _, path := range paths {
		file := parseFile(t, path)
		var parts []string
		for _, c := range file.Preamble {
			if s, ok := strings.CutPrefix(c.Text, "; needs: "); ok {
				parts = append(parts, s)
			}
		}
		p := &Program{}
		for _, fn := range file.Funcs {
			p.Funcs = append(p.Funcs, Func{Func: fn.Func})
		}
		src := p.Text()
		if !needs(parts...)(src) {
			t.Errorf("%s: the program is not what it needs to be", path)
		}
		q, stats := Run(context.Background(), p, needs(parts...), Options{})
		got := fmt.Appendf(nil, "; %d instructions, %d candidates, %d rounds\n", stats.Insts, stats.Tests, stats.Rounds)
		got = append(got, q.Text()...)
		golden := strings.TrimSuffix(path, ".clif") + ".txt"
		if os.Getenv("DAVIT_BLESS") == "1" {
			if err := os.WriteFile(golden, got, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(golden); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, got\n%s", golden, err, got)
		}
		if !bytes.Equal(p.Text(), src) {
			t.Errorf("%s: the program itself has changed", path)
		}
	}
}

// TestCalls shrinks calls, their arguments and the header.
func TestCalls(t *testing.T) {
	f, err := text.ParseFunc(`function %f(i64, f32, i8x16) -> i64, i8 system_v {
block0(v0: i64, v1: f32, v2: i8x16):
    v3 = extractlane v2, 5
    v4 = ishl v0, v3
    return v4, v3
}`)
	if err != nil {
		t.Fatal(err)
	}
	lanes := make([]data.Value, 16)
	for i := range lanes {
		lanes[i] = data.I8(int8(0x11 * i))
	}
	args := []data.Value{data.I64(0x1234), data.F32(2.5), data.Lanes(op.I8X16, lanes...)}
	p := &Program{
		Header: []Line{
			{Words: []string{"test", "run"}, Fixed: 2, Keep: true}, {Words: []string{"set", "opt_level=speed", "is_pic"}, Fixed: 1},
			{Words: []string{"set", "unwind_info"}, Fixed: 1}, {Words: []string{"target", "x86_64", "has_avx", "has_fma"}, Fixed: 2, Keep: true},
		},
		Funcs: []Func{{f, []Call{
			{Args: args, Want: []data.Value{data.I64(1), data.I8(2)}},
			{Args: args, Want: []data.Value{data.I64(1), data.I8(2)}, Negated: true},
			{Args: args, Print: true},
		}}},
	}
	want := "; run: %f(4660, 0x1.400000p1, 0xffeeddccbbaa99887766554433221100) == [1, 2]\n" +
		"; run: %f(4660, 0x1.400000p1, 0xffeeddccbbaa99887766554433221100) != [1, 2]\n" +
		"; print: %f(4660, 0x1.400000p1, 0xffeeddccbbaa99887766554433221100)\n"
	if got := string(p.Text()); !strings.HasSuffix(got, want) || !strings.HasPrefix(got, "test run\nset opt_level=speed is_pic\nset unwind_info\ntarget x86_64 has_avx has_fma\n\nfunction") {
		t.Errorf("printed:\n%s", got)
	}
	holds := func(src []byte) bool {
		// An argument with bit 4 set, the feature, and the shift.
		return bytes.Contains(src, []byte("has_fma")) && bytes.Contains(src, []byte("ishl")) && bytes.Contains(src, []byte("; run: %f(")) &&
			valid(src) && slices.ContainsFunc([]string{"(16", "(4660", "(48", "(52", "(20", "(564"}, func(s string) bool { return bytes.Contains(src, []byte(s)) })
	}
	q, _ := Run(context.Background(), p, holds, Options{})
	const reduced = `test run
target x86_64 has_fma

function %f(i64) system_v {
block0(v0: i64):
    v1 = iconst.i8 0
    v2 = ishl v0, v1  ; v1 = 0
    trap user1
}
; run: %f(16) != []
`
	if got := string(q.Text()); got != reduced {
		t.Errorf("got\n%s", got)
	}
}

// TestSlots shrinks stack slots if that is allowed.
func TestSlots(t *testing.T) {
	f, err := text.ParseFunc("function %f() {\nss0 = explicit_slot 4097, align = 32, key = 7\nblock0:\n v0 = stack_addr.i64 ss0\n trap user1\n}")
	if err != nil {
		t.Fatal(err)
	}
	for layout, want := range map[bool]string{false: "explicit_slot 4097, align = 32, key = 7", true: "ss0 = explicit_slot 4096\n"} {
		holds := func(src []byte) bool {
			return bytes.Contains(src, []byte("slot 409")) && bytes.Contains(src, []byte("stack_addr"))
		}
		q, _ := Run(context.Background(), &Program{Funcs: []Func{{Func: f}}}, holds, Options{Layout: layout})
		if got := string(q.Text()); !strings.Contains(got, want) {
			t.Errorf("layout %v:\n%s", layout, got)
		}
	}
}

// TestMalformed shrinks functions that no verifier accepts.
func TestMalformed(t *testing.T) {
	const src = `function %f(i64, i64) -> i64 {
block0(v0: i64):
    v1 = iadd.i64 v1, v9
    jump block0(v2)
block1(v2: i64, v3: i32):
    v9 = bitcast.i64 v3
    nop
block2:
    brif v3, block7, block1
block3:
}
`
	f, err := text.ParseFunc(src)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"iadd", "block7", "nop", "block3", "bitcast", "jump block0"} {
		holds := func(src []byte) bool {
			_, errs := text.Parse(src, text.Options{})
			return errs == nil && bytes.Contains(src, []byte(part))
		}
		q, stats := Run(context.Background(), &Program{Funcs: []Func{{Func: f}}}, holds, Options{})
		if stats.Insts > 5 || !holds(q.Text()) {
			t.Errorf("%s: %+v\n%s", part, stats, q.Text())
		}
	}
}

// TestBig shrinks a function whose values have numbers that the parser does not accept in a short text.
func TestBig(t *testing.T) {
	f := ir.NewFunc(ir.FuncName{Name: "f"}, ir.Signature{Params: []ir.Param{{Type: op.I64}}})
	b := ir.NewBuilder(f)
	v := b.NewEntry()[0]
	const n = 70_000
	for range n {
		v = b.Iadd(v, v)
	}
	b.Store(ir.TrustedMem, b.Popcnt(v), v, 0)
	b.Return()
	q, stats := Run(context.Background(), &Program{Funcs: []Func{{Func: f}}}, needs("popcnt"), Options{})
	if stats.Insts > 3 || stats.Tests > 100 {
		t.Errorf("%+v\n%.200s", stats, q.Text())
	}
}

func TestStop(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	f := parseFile(t, "testdata/numbers.clif").Funcs[0].Func
	last := 0
	q, stats := Run(ctx, &Program{Funcs: []Func{{Func: f}}}, func([]byte) bool { return true }, Options{Progress: func(tests, insts int) {
		if last = insts; tests == 3 {
			cancel()
		}
	}})
	if stats.Tests != 3 || stats.Insts != last || q.NumInsts() != last {
		t.Errorf("%+v, %d", stats, last)
	}
}

func TestLines(t *testing.T) {
	src := "one two\nthree four  five\nsix\n\nseven é\n"
	holds := func(src []byte) bool { return bytes.Contains(src, []byte("ou")) && bytes.Contains(src, []byte("\xa9")) }
	tests := 0
	got := Lines(context.Background(), []byte(src), holds, func(n, size int) { tests = n })
	if string(got) != "ou\xa9" || tests == 0 {
		t.Errorf("%q after %d tests", got, tests)
	}
	big := bytes.Repeat([]byte("some words of text\n"), 10000)
	got = Lines(context.Background(), append(big, "needle in it\n"...), func(src []byte) bool { return bytes.Contains(src, []byte("needle")) }, nil)
	if string(got) != "needle" {
		t.Errorf("%q", got)
	}
}

// TestCorpus shrinks functions of the corpus to what has one opcode of theirs, and compares with an upper bound.
func TestCorpus(t *testing.T) {
	root := corpus.Dir(t)
	tests, runs, before, most := 0, 0, 0, 0
	for _, sub := range []string{"filetests/runtests", "filetests/isa/x64", "filetests/egraph"} {
		for k, path := range corpus.Files(t, sub) {
			if k%8 != 0 {
				continue
			}
			for _, fn := range parseFile(t, filepath.Join(root, path)).Funcs {
				p := &Program{Funcs: []Func{{Func: fn.Func}}}
				if !valid(p.Text()) {
					continue
				}
				o := opcodeOf(fn.Func)
				q, stats := Run(context.Background(), p, needs(o.String()), Options{})
				tests, runs, before, most = tests+stats.Tests, runs+1, before+p.NumInsts(), max(most, stats.Insts)
				if stats.Insts > 7 {
					t.Errorf("%s, %v: %+v\n%s", path, o, stats, q.Text())
				}
				break
			}
		}
	}
	t.Logf("%d functions of %d instructions: %d candidates, at most %d instructions left", runs, before, tests, most)
}

// opcodeOf returns the opcode of the middle of the instructions of f.
func opcodeOf(f *ir.Func) op.Opcode {
	var os []op.Opcode
	for b := range f.Blocks() {
		for i := range f.Insts(b) {
			os = append(os, f.Data(i).Op)
		}
	}
	return os[len(os)/2]
}
