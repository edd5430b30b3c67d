package main

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"davit/ir"
	"davit/ir/op"
	"davit/ir/text"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"davit": main, "davit-broken": brokenMain})
}

// brokenMain is main with passes that have faults, for "davit bugpoint" to find.
func brokenMain() {
	shifts := func(fn *text.Function, visit func(d *ir.InstData)) {
		definedBy := func(v ir.Value, o op.Opcode) bool {
			def, _, ok := fn.DefInst(fn.Resolve(v))
			return ok && fn.Data(def).Op == o
		}
		for b := range fn.Blocks() {
			for i := range fn.Insts(b) {
				if d := fn.Data(i); d.Op == op.Ushr && definedBy(d.X[0], op.Imul) && definedBy(d.X[1], op.Load) {
					visit(d)
				}
			}
		}
	}
	broken := func(name string, visit func(d *ir.InstData)) pass {
		return pass{name: name, run: func(_ *passRunner, fn *text.Function) error {
			shifts(fn, visit)
			return nil
		}}
	}
	passes = append(passes,
		broken("broken-crash", func(d *ir.InstData) { _ = []int{}[len(d.X)] }),
		broken("broken-result", func(d *ir.InstData) { d.Op = op.Sshr }),
		broken("broken-hang", func(*ir.InstData) { select {} }),
		broken("broken-death", func(*ir.InstData) {
			fmt.Fprintln(os.Stderr, "fatal error: 17 rules are too many")
			os.Exit(3)
		}),
	)
	main()
}

// TestScripts runs the scripts of testdata/script. With DAVIT_BLESS=1, files of scripts that "cmp" finds to differ are
// rewritten.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("DAVIT_BLESS") == "1",
		Condition:     condition,
	})
}

// condition knows [jit]: this machine can run what Davit compiles.
func condition(name string) (bool, error) {
	if name == "jit" {
		return runtime.GOOS == "linux" && runtime.GOARCH == "amd64", nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}
