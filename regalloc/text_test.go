package regalloc_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"davit/regalloc"
	"davit/regalloc/check"
	"davit/regalloc/internal/gen"
)

// TestText allocates the functions of testdata and compares the listings. A file is a sequence of cases, each a line
// "== name", the function, a line "--" and the expected listing or error. DAVIT_BLESS=1 rewrites what is expected.
func TestText(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { runTextFile(t, file) })
	}
}

func runTextFile(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut("\n"+string(data), "\n== ")
	out := strings.TrimPrefix(head, "\n")
	if out != "" {
		out += "\n"
	}
	var a regalloc.Allocator
	for _, c := range strings.Split(rest, "\n== ") {
		name, body, _ := strings.Cut(c, "\n")
		input, want, _ := strings.Cut(body, "\n--\n")
		want = strings.TrimSpace(want)
		got := ""
		t.Run(name, func(t *testing.T) {
			f, env, err := gen.Parse(input)
			if err != nil {
				t.Fatal(err)
			}
			got = allocate(t, &a, f, env)
			if os.Getenv("DAVIT_BLESS") == "" && got != want {
				t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
			}
		})
		out += "== " + name + "\n" + strings.TrimSpace(input) + "\n--\n" + got + "\n\n"
	}
	if os.Getenv("DAVIT_BLESS") != "" {
		if err := os.WriteFile(file, []byte(strings.TrimSpace(out)+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// allocate is the listing of f with its allocation, or an error.
func allocate(t *testing.T, a *regalloc.Allocator, f *regalloc.Func, env *regalloc.Env) string {
	if err := f.Validate(); err != nil {
		return "invalid: " + err.Error()
	}
	r, err := a.Run(f, env)
	if err != nil {
		return "error: " + err.Error()
	}
	if err := check.Check(f, env, r); err != nil {
		t.Error(err)
	}
	return strings.TrimSpace(f.Text(env, r))
}

// TestTextRoundTrip parses what Text prints.
func TestTextRoundTrip(t *testing.T) {
	for _, s := range gen.Shapes {
		f := s.Make(200)
		text := f.Text(gen.X64(), nil)
		g, _, err := gen.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		if again := g.Text(gen.X64(), nil); again != text {
			t.Errorf("%s: printed\n%s\nthen\n%s", s.Name, text, again)
		}
	}
}
