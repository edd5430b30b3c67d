package davit_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"davit/compile"
	"davit/filetest"
	"davit/internal/corpus"
	"davit/ir"
	"davit/ir/op"
	"davit/ir/text"
	"davit/ir/verify"
	"davit/settings"
)

// TestFileTests runs the project's own file tests, and the examples. Every selection rule must have a test among them.
func TestFileTests(t *testing.T) {
	runFiles(t, filetest.Options{}, "testdata/filetests", "examples")
	for _, arch := range []settings.Arch{settings.X86_64, settings.AArch64, settings.RISCV64, settings.S390X} {
		rules := compile.Rules(arch)
		if len(rules) == 0 {
			continue
		}
		report, err := filetest.Run([]string{"testdata/filetests"}, filetest.Options{Only: []string{"compile", "run"}, Coverage: arch})
		if err != nil {
			t.Fatal(err)
		}
		tests := report.RuleTests()
		for id, r := range rules {
			if id >= len(tests) || tests[id] == "" {
				t.Errorf("%v: no file test uses rule %s (%s)", arch, r.Name, r.Pos())
			}
		}
	}
}

func parseFile(t *testing.T, path string) *text.File {
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

// TestExamplesInterpreted executes the examples with the interpreter, which moves all objects at every safepoint: the
// results are those of compiled code.
func TestExamplesInterpreted(t *testing.T) {
	paths, err := filepath.Glob("examples/*.clif")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		opts := filetest.ExecOptions{Interpret: true, StressGC: true, Flags: settings.Native(), Out: io.Discard}
		if err := filetest.Execute(parseFile(t, path), opts); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestCorpusRun runs the directives of the corpus natively.
func TestCorpusRun(t *testing.T) {
	runFiles(t, filetest.Options{Only: []string{"run"}}, filepath.Join(corpus.Dir(t), "filetests", "runtests"))
}

// TestCorpusInterpret interprets the directives of the corpus, all of them.
func TestCorpusInterpret(t *testing.T) {
	skipped := runFiles(t, filetest.Options{Only: []string{"interpret"}}, filepath.Join(corpus.Dir(t), "filetests", "runtests"))
	if skipped > 0 {
		t.Errorf("%d files skipped", skipped)
	}
}

// TestCorpusLanguage runs the tests of the language itself, which must not be skipped either.
func TestCorpusLanguage(t *testing.T) {
	dir := filepath.Join(corpus.Dir(t), "filetests")
	for _, sub := range []string{"parser", "verifier", "cfg", "domtree"} {
		if skipped := runFiles(t, filetest.Options{}, filepath.Join(dir, sub)); skipped > 0 {
			t.Errorf("%s: %d files skipped", sub, skipped)
		}
	}
}

// TestCorpusPrograms parses, verifies and prints every function of the directories with programs.
func TestCorpusPrograms(t *testing.T) {
	root := corpus.Dir(t)
	funcs := 0
	for _, sub := range []string{"filetests/wasm", "real"} {
		for _, path := range corpus.Files(t, sub) {
			for _, fn := range parseFile(t, filepath.Join(root, path)).Funcs {
				opts := verify.Options{HasISA: true, PointerType: op.I64, PreserveFramePointers: true}
				if strings.HasPrefix(path, "filetests") {
					opts = verify.Options{}
				}
				if err := verify.Func(fn.Func, opts).Err(); err != nil {
					t.Errorf("%s: %v: %v", path, fn.Name, err)
				}
				printed := fn.AppendTo(nil, ir.Lossless)
				again, errs := text.Parse(printed, text.Options{})
				if errs != nil || !bytes.Equal(again.Funcs[0].AppendTo(nil, ir.Lossless), printed) {
					t.Errorf("%s: %v: what is printed reads as something else: %v", path, fn.Name, errs)
				}
				funcs++
			}
		}
	}
	t.Logf("%d functions", funcs)
}

// TestCorpusCompiles compiles every function for x86_64 whose expected listing is another compiler's.
func TestCorpusCompiles(t *testing.T) {
	dir := filepath.Join(corpus.Dir(t), "filetests")
	runFiles(t, filetest.Options{IgnorePreciseOutput: true}, filepath.Join(dir, "isa", "x64"), filepath.Join(dir, "wasm"))
}

// runFiles fails the test for each file that fails, and returns how many were skipped.
func runFiles(t *testing.T, opts filetest.Options, paths ...string) (skipped int) {
	t.Helper()
	report, err := filetest.Run(paths, opts)
	if err != nil {
		t.Fatal(err)
	}
	passed, failed, skipped := report.Counts()
	if failed > 0 {
		var w testWriter
		if err := report.Write(&w, false); err != nil {
			t.Error(err)
		}
		t.Errorf("%s", w)
	}
	t.Logf("%d passed, %d failed, %d skipped", passed, failed, skipped)
	return skipped
}

type testWriter []byte

func (w *testWriter) Write(p []byte) (int, error) {
	*w = append(*w, p...)
	return len(p), nil
}
