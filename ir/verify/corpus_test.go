package verify_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"davit/internal/corpus"
	"davit/ir"
	"davit/ir/op"
	"davit/ir/text"
	"davit/ir/verify"
)

// options returns what a header says about the target: a file with one target is verified for it.
func options(file *text.File) verify.Options {
	opts := verify.Options{PointerType: op.I64, StopAtFatal: true}
	targets := 0
	for _, d := range file.Header {
		switch d.Kind {
		case text.Target:
			targets++
			if strings.HasPrefix(d.Args[0], "pulley32") {
				opts.PointerType = op.I32
			}
		case text.Set:
			for _, word := range d.Args {
				name, value, _ := strings.Cut(word, "=")
				on := value == "" || value == "true" || value == "1"
				switch name {
				case "enable_pinned_reg":
					opts.EnablePinnedReg = on
				case "preserve_frame_pointers":
					opts.PreserveFramePointers = on
				}
			}
		}
	}
	opts.HasISA = targets == 1
	return opts
}

// matchErrors compares errors with the directives "error: text" among the comments of a function: each must match a
// different error about the same entity, and with exact none may be left over.
func matchErrors(t *testing.T, fn *text.Function, errs verify.ErrorList, exact bool) {
	t.Helper()
	left := slices.Clone(errs)
	for _, c := range fn.Comments {
		want, ok := strings.CutPrefix(strings.TrimLeft(c.Text, "; "), "error:")
		if !ok {
			continue
		}
		want = strings.TrimSpace(want)
		k := slices.IndexFunc(left, func(e verify.Error) bool { return e.Entity == c.Entity && strings.Contains(e.Msg, want) })
		if k < 0 {
			t.Errorf("%v: %v: no error about %v says %q; left are: %v", fn.Name, c.Pos, c.Entity, want, left)
			continue
		}
		left = slices.Delete(left, k, k+1)
	}
	if !exact {
		return
	}
	for _, e := range left {
		t.Errorf("%v: %v: unexpected error: %s", fn.Name, fn.PosOf(e.Entity), e.In(fn.Func))
	}
}

func parseFile(tb testing.TB, path string) *text.File {
	tb.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	file, errs := text.Parse(src, text.Options{})
	if err := errs.Err(); err != nil {
		tb.Fatalf("%s:\n%v", path, err)
	}
	return file
}

// TestVerifierCorpus runs the file tests with a line "test verifier": they expect the errors up to the first fatal one.
// Without stopping there, the same are reported and at most more of a function that has some.
func TestVerifierCorpus(t *testing.T) {
	root := corpus.Dir(t)
	tests := 0
	for _, path := range corpus.Files(t, "filetests") {
		file := parseFile(t, filepath.Join(root, path))
		if !file.HasTest("verifier") {
			continue
		}
		tests++
		t.Run(path, func(t *testing.T) {
			var c verify.Context
			for _, fn := range file.Funcs {
				opts := options(file)
				errs := c.Func(fn.Func, opts)
				matchErrors(t, fn, errs, true)
				opts.StopAtFatal = false
				matchErrors(t, fn, c.Func(fn.Func, opts), len(errs) == 0)
			}
		})
	}
	if tests < 10 {
		t.Errorf("only %d files", tests)
	}
}

// TestValidCorpus checks that functions meant for other tests verify.
func TestValidCorpus(t *testing.T) {
	root := corpus.Dir(t)
	var c verify.Context
	for _, sub := range []string{"filetests", "real"} {
		for _, path := range corpus.Files(t, sub) {
			file := parseFile(t, filepath.Join(root, path))
			if file.HasTest("verifier") || file.HasTest("cat") || file.HasTest("print-cfg") {
				continue
			}
			opts := options(file)
			opts.StopAtFatal = false
			if sub == "real" {
				opts.HasISA, opts.PreserveFramePointers = true, true
			} else if !opts.HasISA {
				opts = forEveryTarget(opts)
			}
			for _, fn := range file.Funcs {
				for _, e := range c.Func(fn.Func, opts) {
					t.Errorf("%s:%v: %v: %s", path, fn.PosOf(e.Entity), fn.Name, e.In(fn.Func))
				}
			}
		}
	}
}

// forEveryTarget are options that allow what some target of a file allows.
func forEveryTarget(opts verify.Options) verify.Options {
	opts.EnablePinnedReg, opts.PreserveFramePointers = true, true
	return opts
}

// realFuncs returns the functions of real programs.
func realFuncs(tb testing.TB) []*ir.Func {
	root := corpus.Dir(tb)
	var funcs []*ir.Func
	for _, path := range corpus.Files(tb, "real") {
		for _, fn := range parseFile(tb, filepath.Join(root, path)).Funcs {
			funcs = append(funcs, fn.Func)
		}
	}
	return funcs
}
