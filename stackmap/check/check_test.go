package check_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"davit/compile"
	"davit/frontend"
	"davit/frontend/safepoint"
	"davit/internal/corpus"
	"davit/internal/randprog"
	"davit/ir"
	"davit/ir/op"
	"davit/ir/text"
	"davit/ir/verify"
	"davit/settings"
	"davit/stackmap/check"
)

func parseFile(tb testing.TB, path string) *text.File {
	tb.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	file, errs := text.Parse(src, text.Options{})
	if err := errs.Err(); err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
	return file
}

// TestFunc checks the functions of testdata/clif.clif and compares the errors with testdata/clif.txt, which it writes if
// DAVIT_BLESS=1 is in the environment.
func TestFunc(t *testing.T) {
	var c check.Checker
	var out bytes.Buffer
	for _, fn := range parseFile(t, "testdata/clif.clif").Funcs {
		if errs := verify.Func(fn.Func, verify.Options{}); errs.Err() != nil {
			t.Errorf("%v: %v", fn.Name, errs)
		}
		errs := c.Func(fn.Func)
		if len(errs) == 0 {
			fmt.Fprintf(&out, "%v: right\n", fn.Name)
		}
		for _, e := range errs {
			fmt.Fprintf(&out, "%v (%v)\n", e, e.Kind)
		}
	}
	const path = "testdata/clif.txt"
	if os.Getenv("DAVIT_BLESS") == "1" {
		if err := os.WriteFile(path, out.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("got:\n%s\nwant:\n%s", out.Bytes(), want)
	}
}

func target(tb testing.TB, sets ...string) compile.Target {
	tb.Helper()
	flags := settings.Default(settings.X86_64)
	for _, s := range append([]string{"enable_multi_ret_implicit_sret", "enable_llvm_abi_extensions", "preserve_frame_pointers"}, sets...) {
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

// compiledTypes is randprog.AllTypes without the vectors that x64 has too few operations on.
func compiledTypes() randprog.Config {
	c := randprog.AllTypes
	c.Data = slices.DeleteFunc(slices.Clone(c.Data), func(t op.Type) bool { return t.IsVector() && t.Bytes() < 16 })
	return c
}

// count is how many random programs a test makes: DAVIT_SEEDS, or n, or less if the run is to be short.
func count(tb testing.TB, n uint64) uint64 {
	tb.Helper()
	if s := os.Getenv("DAVIT_SEEDS"); s != "" {
		n, err := strconv.ParseUint(s, 0, 64)
		if err != nil {
			tb.Fatal(err)
		}
		return n
	}
	if testing.Short() {
		return (n + 9) / 10
	}
	return n
}

// TestRandom proves the stack maps of random functions, in both modes, before lowering and in the code: with each allocator,
// and with instruction sets and frames that lead to other code.
func TestRandom(t *testing.T) {
	c := compile.Context{CheckStackMaps: settings.CheckDeclaredMaps}
	targets := []compile.Target{
		target(t), target(t, "haswell"), target(t, "regalloc_algorithm=single_pass"),
		target(t, "is_pic", "enable_pinned_reg", "bb_padding_log2_minus_one=2"),
		target(t, "icelake", "enable_probestack", "probestack_size_log2=4", "preserve_frame_pointers=false"),
	}
	for seed := range count(t, 300) {
		for mode := range safepoint.Mode(safepoint.NumModes) {
			fs, err := randprog.Generate(seed, compiledTypes(), frontend.Options{Safepoints: mode})
			if err != nil {
				t.Fatal(err)
			}
			tg := targets[seed%uint64(len(targets))]
			for _, f := range fs {
				if _, err := c.Compile(f, tg); err != nil {
					t.Fatalf("seed %d, mode %v: %v\n%s", seed, mode, err, f.AppendTo(nil, ir.Lossless))
				}
			}
		}
	}
}

// TestConformance49_OptLevels compiles random functions at every level of optimisation: each call has a map of the same
// values, told by their number per type, and all are proved.
func TestConformance49_OptLevels(t *testing.T) {
	c := compile.Context{CheckStackMaps: settings.CheckDeclaredMaps}
	var targets []compile.Target
	for _, level := range []settings.OptLevel{settings.OptNone, settings.OptSpeed, settings.OptSpeedAndSize} {
		targets = append(targets, target(t, "opt_level="+level.String()))
	}
	maps := 0
	for seed := range count(t, 40) {
		fs, err := randprog.Generate(seed, compiledTypes(), frontend.Options{Safepoints: safepoint.Mode(seed % safepoint.NumModes)})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range fs {
			var want []string
			for i, tg := range targets {
				code, err := c.Compile(f, tg)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, m := range code.StackMaps {
					types := map[uint16]int{}
					for _, e := range m.Entries {
						types[e.Type]++
					}
					got = append(got, fmt.Sprint(types))
				}
				slices.Sort(got)
				if maps += len(got); i == 0 {
					want = got
				} else if !slices.Equal(got, want) {
					t.Fatalf("seed %d, %v: maps %v with opt_level=%v, expected %v", seed, f.Name, got, tg.Flags().OptLevel(), want)
				}
			}
		}
	}
	if maps < 100 {
		t.Errorf("only %d maps", maps)
	}
}

// TestDart proves the stack maps of real functions that another producer made, whose optimizer has moved the comparison of
// a reference with null over a call.
func TestDart(t *testing.T) {
	c := compile.Context{CheckStackMaps: settings.CheckAllMaps}
	tg := target(t)
	n := 0
	for _, p := range corpus.Files(t, "real/flet_dart_gc") {
		if !strings.HasSuffix(p, ".clif") {
			continue
		}
		for _, fn := range parseFile(t, filepath.Join(corpus.Dir(t), p)).Funcs {
			n++
			if _, err := c.Compile(fn.Func, tg); err != nil {
				t.Errorf("%s: %v", p, err)
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d functions", n)
	}
}

// TestPlacement compares functions before and after the pass that places stores and reloads.
func TestPlacement(t *testing.T) {
	paths, err := filepath.Glob("../../frontend/safepoint/testdata/*.clif")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	compare := func(name string, f *ir.Func) {
		for mode := range safepoint.Mode(safepoint.NumModes) {
			g := f.Clone()
			if err := safepoint.Run(g, safepoint.Options{Mode: mode}); err != nil {
				continue
			}
			n++
			if errs := check.Placement(f, g); len(errs) > 0 {
				t.Errorf("%s, mode %v: %v\n%s\n%s", name, mode, errs, f.AppendTo(nil, ir.Lossless), g.AppendTo(nil, ir.Lossless))
			}
		}
	}
	for _, path := range paths {
		for _, fn := range parseFile(t, path).Funcs {
			compare(path, fn.Func)
		}
	}
	for seed := range count(t, 100) {
		fs, err := randprog.Generate(seed, randprog.AllTypes, frontend.Options{KeepDeclarations: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range fs {
			compare(fmt.Sprint("seed ", seed), f)
		}
	}
	if n < 100 {
		t.Errorf("only %d functions", n)
	}
}
