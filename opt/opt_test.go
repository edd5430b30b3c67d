package opt_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"davit/filetest"
	"davit/frontend"
	"davit/internal/corpus"
	"davit/internal/randprog"
	"davit/interp"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
	"davit/ir/text"
	"davit/ir/verify"
	"davit/opt"
	"davit/settings"
)

func parseFile(t testing.TB, path string) *text.File {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, errs := text.Parse(src, text.Options{CallConv: ir.SystemV})
	if err := errs.Err(); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return file
}

// pass is a pass of the package; it returns how much there was to do.
type pass struct {
	name string
	run  func(c *opt.Context, f *ir.Func) int
}

var passes = []pass{
	{"unreachable", (*opt.Context).RemoveUnreachable},
	{"params", (*opt.Context).RemoveConstantParams},
	{"aliases", func(_ *opt.Context, f *ir.Func) int { opt.ResolveAliases(f); return 0 }},
}

// run runs a pass and checks that the result verifies, prints as what can be read again, and has nothing left to do.
func (p *pass) run1(t *testing.T, c *opt.Context, f *ir.Func) int {
	t.Helper()
	n := p.run(c, f)
	if err := verify.Func(f, verify.Options{}).Err(); err != nil {
		t.Fatalf("%s: %v\n%s", p.name, err, f)
	}
	printed := f.AppendTo(nil, ir.Lossless)
	if again, errs := text.Parse(printed, text.Options{}); errs.Err() != nil {
		t.Fatalf("%s: %v\n%s", p.name, errs, printed)
	} else if s := string(again.Funcs[0].AppendTo(nil, ir.Lossless)); s != string(printed) {
		t.Fatalf("%s: %s\nprints as\n%s", p.name, printed, s)
	}
	if more := p.run(c, f); more != 0 || string(f.AppendTo(nil, ir.Lossless)) != string(printed) {
		t.Fatalf("%s: running the pass again removes %d and gives\n%s\ninstead of\n%s", p.name, more, f, printed)
	}
	return n
}

// TestFiles runs the pass after which a file of testdata is named on its functions, then ResolveAliases, and compares
// with the .txt file beside it; DAVIT_BLESS=1 rewrites that.
func TestFiles(t *testing.T) {
	var c opt.Context
	for _, p := range passes[:2] {
		path := "testdata/" + p.name + ".clif"
		var out []byte
		for _, fn := range parseFile(t, path).Funcs {
			n := p.run1(t, &c, fn.Func)
			out = fmt.Appendf(out, "; %d removed\n", n)
			out = append(fn.AppendTo(out, ir.Lossless), '\n')
			if passes[2].run1(t, &c, fn.Func); strings.Contains(fn.String(), " -> v") {
				t.Errorf("aliases are left:\n%s", fn)
			}
			out = append(append(out, "; aliases resolved\n"...), fn.AppendTo(nil, ir.Lossless)...)
			out = append(out, '\n')
		}
		golden := strings.TrimSuffix(path, ".clif") + ".txt"
		if os.Getenv("DAVIT_BLESS") == "1" {
			if err := os.WriteFile(golden, out, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != string(out) {
			t.Errorf("%s: got\n%s", golden, out)
		}
	}
}

// TestRandom runs random programs before and after all passes.
func TestRandom(t *testing.T) {
	n := uint64(150)
	if testing.Short() {
		n = 30
	}
	var c opt.Context
	var removed [3]int
	for seed := range n {
		funcs, err := randprog.Generate(seed, randprog.AllTypes, frontend.Options{KeepDeclarations: true})
		if err != nil {
			t.Fatal(err)
		}
		want := outcome(t, funcs)
		for _, f := range funcs {
			addJunk(f)
			for i := range passes {
				removed[i] += passes[i].run1(t, &c, f)
			}
		}
		if got := outcome(t, funcs); got != want {
			t.Fatalf("seed %d: %s, before: %s\n%s", seed, got, want, funcs[0])
		}
	}
	t.Logf("removed %d unreachable blocks, %d parameters", removed[0], removed[1])
	if removed[0] == 0 || removed[1] == 0 {
		t.Error("the programs give the passes nothing to do")
	}
}

// addJunk puts a block with a parameter before the jump of every block with parameters, and an unreachable block before
// that.
func addJunk(f *ir.Func) {
	b := ir.NewBuilder(f)
	for _, blk := range slices.Collect(f.Blocks()) {
		last := f.LastInst(blk)
		params := f.Params(blk)
		if f.Data(last).Op != op.Jump || len(params) == 0 {
			continue
		}
		p := params[0]
		mid := b.NewBlock(f.ValueType(p))
		f.RemoveInst(last)
		b.SetBlock(blk)
		b.Jump(mid, p)
		f.AppendInst(last, mid)
		b.SetBlock(b.NewBlock())
		b.Jump(mid, p)
	}
}

func outcome(t *testing.T, funcs []*ir.Func) string {
	t.Helper()
	hosts := map[string]interp.HostFunc{
		"davit_alloc": func(c *interp.Context, args []data.Value) ([]data.Value, error) {
			addr, err := c.Alloc(args[0].Uint64(), randprog.RefOffset)
			return []data.Value{data.I64(int64(addr))}, err
		},
		"davit_gc": func(*interp.Context, []data.Value) ([]data.Value, error) { return nil, nil },
		"davit_throw": func(_ *interp.Context, args []data.Value) ([]data.Value, error) {
			return nil, &interp.Exception{Tag: uint32(args[0].Uint64()), Payload: args[1:]}
		},
	}
	m, err := interp.NewModule(funcs, interp.Options{Host: hosts, MaxDepth: 4096})
	if err != nil {
		t.Fatal(err)
	}
	results, err := m.Call("f0", []data.Value{data.I64(0), data.I64(1), data.I64(300)})
	if err != nil {
		return err.Error()
	}
	return data.FormatList(results[1:])
}

// TestCorpus interprets the directives of the corpus before and after all passes.
func TestCorpus(t *testing.T) {
	root := corpus.Dir(t)
	var c opt.Context
	funcs := 0
	for _, path := range corpus.Files(t, "filetests/runtests") {
		file := parseFile(t, filepath.Join(root, path))
		if !file.HasTest("interpret") {
			continue
		}
		opts := filetest.ExecOptions{Interpret: true, Flags: settings.Default(settings.X86_64), Out: io.Discard}
		if filetest.Execute(file, opts) != nil {
			continue // it needs settings or the conduct of the reference
		}
		for _, fn := range file.Funcs {
			for i := range passes {
				passes[i].run1(t, &c, fn.Func)
			}
			funcs++
		}
		if err := filetest.Execute(file, opts); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if funcs < 500 {
		t.Errorf("only %d functions", funcs)
	}
}

// BenchmarkPasses runs all passes on the functions of real programs, which are clean after the first round.
func BenchmarkPasses(b *testing.B) {
	root := corpus.Dir(b)
	var funcs []*ir.Func
	insts := 0
	for _, path := range corpus.Files(b, "real") {
		for _, fn := range parseFile(b, filepath.Join(root, path)).Funcs {
			funcs = append(funcs, fn.Func)
			insts += fn.NumInsts()
		}
	}
	var c opt.Context
	for b.Loop() {
		for _, f := range funcs {
			c.RemoveUnreachable(f)
			c.RemoveConstantParams(f)
			opt.ResolveAliases(f)
		}
	}
	b.ReportMetric(float64(b.N)*float64(insts)/b.Elapsed().Seconds()/1e6, "Minst/s")
}
