package verify_test

import (
	"os"
	"path/filepath"
	"testing"

	"davit/internal/corpus"
	"davit/ir"
	"davit/ir/flow"
	"davit/ir/op"
	"davit/ir/text"
	"davit/ir/verify"
)

// FuzzVerify checks that no function that the parser accepts makes the verifier, the lint or an analysis panic, that
// verifying changes nothing, and that a run that stops early reports a part of what one to the end reports. The bytes
// after the source are instructions of the function to damage in ways that only the API can.
func FuzzVerify(f *testing.F) {
	for _, path := range seeds(f) {
		src, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(src) < 20_000 {
			f.Add(src, []byte{})
			f.Add(src, []byte{3, 1, 0, 7, 200, 1})
		}
	}
	f.Fuzz(func(t *testing.T, src, damage []byte) {
		file, _ := text.Parse(src, text.Options{NoComments: true, NoPositions: true})
		for _, fn := range file.Funcs {
			hurt(fn.Func, damage)
			for _, opts := range []verify.Options{{}, {HasISA: true, PointerType: op.I64}} {
				before := fn.String()
				errs := verify.Func(fn.Func, opts)
				for _, e := range errs {
					_ = e.In(fn.Func)
				}
				if len(errs) < 100 {
					checkPrefix(t, fn.Func, opts, errs)
				}
				if fn.String() != before {
					t.Fatal("verifying changed the function")
				}
				if len(errs) == 0 {
					verify.Lint(fn.Func)
				}
			}
			analyze(fn.Func)
		}
	})
}

func seeds(tb testing.TB) []string {
	paths, err := filepath.Glob("testdata/*.clif")
	if err != nil || len(paths) == 0 {
		tb.Fatal("no test data", err)
	}
	root := corpus.Dir(tb)
	for _, sub := range []string{"filetests/verifier", "filetests/cfg", "filetests/domtree", "filetests/parser"} {
		for _, path := range corpus.Files(tb, sub) {
			paths = append(paths, filepath.Join(root, path))
		}
	}
	return paths
}

// hurt changes instructions: each pair of bytes names one and an operand field, which gets another value, or takes the
// instruction out of the layout.
func hurt(f *ir.Func, damage []byte) {
	for len(damage) >= 3 && f.NumInsts() > 0 {
		i := ir.Inst(int(damage[0]) % f.NumInsts())
		args := f.Args(i)
		switch k := int(damage[1]) % 4; {
		case k == 0 && f.InstBlock(i) != ir.NoBlock:
			f.RemoveInst(i)
		case k == 1 && f.FirstResult(i) != ir.NoValue:
			f.SetResults(i, nil, nil)
		case len(args) > 0:
			args[k%len(args)] = ir.Value(damage[2])
		}
		damage = damage[3:]
	}
}

func analyze(f *ir.Func) {
	var c flow.CFG
	var dom flow.DomTree
	var loops flow.LoopForest
	c.Compute(f)
	dom.Compute(&c)
	flow.AppendDomTree(nil, &c, &dom)
	dom.ComputePost(&c)
	loops.Compute(&c)
}
