package text_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"davit/internal/corpus"
	"davit/ir"
	"davit/ir/text"
)

func read(tb testing.TB, path string) []byte {
	tb.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return src
}

func parse(tb testing.TB, path string, src []byte) *text.File {
	tb.Helper()
	f, errs := text.Parse(src, text.Options{})
	if err := errs.Err(); err != nil {
		tb.Fatalf("%s:\n%v", path, err)
	}
	return f
}

// print prints functions one after another as the reference does, with an empty line between them.
func print(f *text.File, mode ir.PrintMode) []byte {
	var b []byte
	for i, fn := range f.Funcs {
		if i > 0 {
			b = append(b, '\n')
		}
		b = fn.AppendTo(b, mode)
	}
	return b
}

// diff returns the first line in which two texts differ.
func diff(got, want []byte) string {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\n got: %s\nwant: %s", i+1, a, b)
		}
	}
	return ""
}

// TestReferencePrint compares with what Cranelift prints of each of its file tests.
func TestReferencePrint(t *testing.T) {
	root := corpus.Dir(t)
	for _, path := range corpus.Files(t, "cat") {
		want := read(t, filepath.Join(root, path))
		src := filepath.Join("filetests", strings.TrimPrefix(path, "cat"+string(filepath.Separator)))
		f := parse(t, src, read(t, filepath.Join(root, src)))
		if got := print(f, ir.Reference); !bytes.Equal(got, want) {
			t.Errorf("%s: %s", src, diff(got, want))
		}
	}
}

// TestLosslessCorpus prints and parses every file of the corpus twice.
func TestLosslessCorpus(t *testing.T) {
	root := corpus.Dir(t)
	for _, dir := range []string{"filetests", "real"} {
		for _, path := range corpus.Files(t, dir) {
			f := parse(t, path, read(t, filepath.Join(root, path)))
			once := print(f, ir.Lossless)
			g := parse(t, path+" printed", once)
			if twice := print(g, ir.Lossless); !bytes.Equal(twice, once) {
				t.Errorf("%s: %s", path, diff(twice, once))
			}
			if a, b := print(g, ir.Reference), print(f, ir.Reference); !bytes.Equal(a, b) {
				t.Errorf("%s: as the reference prints it: %s", path, diff(a, b))
			}
		}
	}
}

// TestRealPrint checks that the files of real programs, which Cranelift printed, print as they are.
func TestRealPrint(t *testing.T) {
	root := corpus.Dir(t)
	for _, path := range corpus.Files(t, "real") {
		src := read(t, filepath.Join(root, path))
		_, want, _ := bytes.Cut(src, []byte("\n")) // a comment
		if got := print(parse(t, path, src), ir.Lossless); !bytes.Equal(got, want) {
			t.Errorf("%s: %s", path, diff(got, want))
		}
	}
}
