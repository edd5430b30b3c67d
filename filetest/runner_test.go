package filetest

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"davit/internal/corpus"
	"davit/ir/text"
)

func report(t *testing.T, opts Options, paths ...string) (*Report, string) {
	t.Helper()
	r, err := Run(paths, opts)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := r.Write(&b, false); err != nil {
		t.Fatal(err)
	}
	return r, b.String()
}

// canRun reports whether compiled code can be run here.
const canRun = runtime.GOOS == "linux" && runtime.GOARCH == "amd64"

func TestPass(t *testing.T) {
	r, s := report(t, Options{}, "testdata/pass")
	if _, failed, skipped := r.Counts(); failed > 0 || skipped > 0 && canRun {
		t.Error(s)
	}
}

// TestFail compares the report about each file with a file beside it; DAVIT_BLESS=1 rewrites these.
func TestFail(t *testing.T) {
	files, err := filepath.Glob("testdata/fail/*.clif")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		r, got := report(t, Options{}, file)
		if _, failed, _ := r.Counts(); failed != 1 {
			t.Errorf("%s does not fail", file)
		}
		golden := strings.TrimSuffix(file, ".clif") + ".want"
		if os.Getenv("DAVIT_BLESS") == "1" {
			if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if d := lineDiff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); got != string(want) {
			t.Errorf("%s:\n%s", file, d)
		}
	}
}

// TestPanic checks that a panic becomes a failure with the phase and the text of the function.
func TestPanic(t *testing.T) {
	const src = "test cat\nfunction %f() {\nblock0:\n    return\n}\n"
	w := newWorker(&Options{})
	c := command{name: "cat", run: func(j *job) error {
		j.phase, j.fn = "explode", j.file.Funcs[0]
		var empty []int
		return &Failure{Line: empty[len(j.src)]}
	}}
	h, file := &header{tests: []test{{command: &c, line: 1}}}, parseOne(t, src)
	r := &Result{Path: "f.clif"}
	ps, _ := h.pairs()
	w.runPair(r, &job{worker: w, pair: ps[0], src: []byte(src), file: &text.File{Funcs: []*text.Function{file}}})
	r.settle()
	if r.Status() != Failed || len(r.Failures) != 1 {
		t.Fatalf("result %+v", r)
	}
	for _, want := range []string{`internal error in phase "explode", function %f: runtime error: index out of range`,
		"at davit/filetest.TestPanic", "  function %f() {\n  block0:\n      return\n  }"} {
		if !strings.Contains(r.Failures[0].Msg, want) {
			t.Errorf("%q is missing in\n%s", want, r.Failures[0].Msg)
		}
	}
}

// TestCorpus runs those tests of the corpus that depend on no machine.
func TestCorpus(t *testing.T) {
	dir := corpus.Dir(t)
	r, s := report(t, Options{Only: []string{"cat", "verifier", "print-cfg", "domtree"}}, filepath.Join(dir, "filetests"))
	passed, failed, skipped := r.Counts()
	if failed > 0 || skipped > 0 || passed < 30 {
		t.Error(s)
	}
}

// TestScheduling checks that the report does not depend on the number of workers.
func TestScheduling(t *testing.T) {
	calls := 0
	_, one := report(t, Options{Jobs: 1, Progress: func(done, total int) { calls++ }}, "testdata")
	_, many := report(t, Options{Jobs: 16}, "testdata")
	if one != many {
		t.Errorf("with one worker\n%s\nwith many\n%s", one, many)
	}
	if files, _ := filepath.Glob("testdata/*/*.clif"); calls != len(files) {
		t.Errorf("%d calls of Progress for %d files", calls, len(files))
	}
}
