package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"davit/internal/fuzz"
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
	fuzz.Targets = append(fuzz.Targets, fuzz.NewTarget("broken", "goes wrong on certain words", func(src []byte) string {
		switch {
		case bytes.Contains(src, []byte("popcnt")):
			return "there is popcnt"
		case bytes.Contains(src, []byte("bitrev")):
			panic("bitrev")
		case bytes.Contains(src, []byte("ctz")):
			select {}
		case bytes.Contains(src, []byte("clz")):
			fmt.Fprintln(os.Stderr, "fatal error: clz")
			os.Exit(3)
		}
		return ""
	}))
	main()
}

// TestScripts runs the scripts of testdata/script. With DAVIT_BLESS=1, files of scripts that "cmp" finds to differ are
// rewritten.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("DAVIT_BLESS") == "1",
		Condition:     condition,
		Cmds:          map[string]func(*testscript.TestScript, bool, []string){"write": write},
	})
}

// write writes a Go string literal to a file: "write FILE LITERAL".
func write(ts *testscript.TestScript, _ bool, args []string) {
	s, err := strconv.Unquote(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(s), 0o666))
}

// TestHelp checks that every command says what it is for and has an example that names it.
func TestHelp(t *testing.T) {
	for _, cmd := range newRoot().Commands() {
		if cmd.Hidden || cmd.Name() == "completion" || cmd.Name() == "help" {
			continue
		}
		if cmd.Short == "" || len(cmd.Long) < 80 || !strings.Contains(cmd.Example, "davit "+cmd.Name()) {
			t.Errorf("%s: the help is not complete", cmd.Name())
		}
		for line := range strings.Lines(cmd.Long) {
			if len(line) > 125 {
				t.Errorf("%s: the help has a long line: %s", cmd.Name(), line)
			}
		}
		if cmd.Args == nil || cmd.ValidArgsFunction == nil && cmd.Name() != "test" && cmd.Name() != "rules" {
			t.Errorf("%s: arguments are not checked or not completed", cmd.Name())
		}
	}
}

// condition knows [jit]: this machine can run what Davit compiles.
func condition(name string) (bool, error) {
	if name == "jit" {
		return runtime.GOOS == "linux" && runtime.GOARCH == "amd64", nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}
