//go:build linux && amd64

package main

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The page that explains the program: listings of its files, and programs with what they print.
const tutorial = "../../docs/tutorial.md"

// block is a code block of the page: what stands behind its fence, and its lines.
type block struct{ info, text string }

func blocks(t *testing.T) []block {
	t.Helper()
	text, err := os.ReadFile(tutorial)
	if err != nil {
		t.Fatal(err)
	}
	var list []block
	open := false
	for _, line := range strings.SplitAfter(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, "```") && !open:
			list = append(list, block{info: strings.TrimSpace(line[3:])})
			open = true
		case strings.HasPrefix(line, "```"):
			open = false
		case open:
			list[len(list)-1].text += line
		}
	}
	return list
}

// listings returns the files that the listings of the page make up, and their names in the order of the page.
func listings(t *testing.T) (names []string, files map[string]string) {
	t.Helper()
	files = map[string]string{}
	for _, b := range blocks(t) {
		name, ok := strings.CutPrefix(b.info, "go examples/tiny/")
		if !ok {
			continue
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		} else {
			files[name] += "\n"
		}
		files[name] += b.text
	}
	return names, files
}

// The listings are the program. DAVIT_BLESS=1 writes its files from the page.
func TestListings(t *testing.T) {
	names, files := listings(t)
	for _, name := range names {
		want, err := format.Source([]byte(files[name]))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if os.Getenv("DAVIT_BLESS") != "" {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s and its listings in %s differ", name, tutorial)
		}
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") && files[e.Name()] == "" {
			t.Errorf("%s is not in %s", e.Name(), tutorial)
		}
	}
}

// What stands up to the end of each chapter compiles without the rest.
func TestSteps(t *testing.T) {
	out, err := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	exports := map[string]string{}
	for _, line := range strings.Split(string(out), "\n") {
		if path, file, ok := strings.Cut(line, " "); ok {
			exports[path] = file
		}
	}
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	names, files := listings(t)
	var parsed []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(fset, name, files[name], parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
		if name == "compile.go" {
			continue // the chapter on calls belongs to it
		}
		if _, err := (&types.Config{Importer: imports}).Check("davit/examples/tiny", fset, parsed, nil); err != nil {
			t.Errorf("up to %s: %v", name, err)
		}
	}
	if len(names) < 9 {
		t.Errorf("%d files in %s", len(names), tutorial)
	}
}

// The programs of the page print what the page says, as they are and under stress.
func TestTutorialPrograms(t *testing.T) {
	forms["slow-head"] = form{args: 1, value: slowHead}
	defer delete(forms, "slow-head")
	n := 0
	list := blocks(t)
	for i, b := range list {
		if b.info != "tiny" {
			continue
		}
		n++
		if i+1 == len(list) || list[i+1].info != "output" {
			t.Fatalf("no output behind the program\n%s", b.text)
		}
		for _, stress := range []bool{false, true} {
			if stress && strings.Contains(list[i+1].text, "inst") {
				continue // a safepoint more gives other numbers to instructions
			}
			if got := output(t, b.text, stress); got != list[i+1].text {
				t.Errorf("stress %v:\n%s\nprints\n%sexpected\n%s", stress, b.text, got, list[i+1].text)
			}
		}
	}
	if n < 7 {
		t.Errorf("%d programs in %s", n, tutorial)
	}
}

// output runs a program and returns what it prints, and its error.
func output(t *testing.T, program string, stress bool) string {
	t.Helper()
	var out bytes.Buffer
	s, err := newSystem(&out, stress)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := s.run(program); err != nil {
		out.WriteString("error: " + err.Error() + "\n")
	}
	return out.String()
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ program, want string }{
		{"(define (main)", "line 1: a list is not closed"},
		{"(define (main) \"x)", "line 1: a string is not closed"},
		{")", "line 1: unexpected )"},
		{"5", "line 1: a program consists of (define (name parameter …) body)"},
		{"(define main 5)", "line 1: expected (define (name parameter …) body)"},
		{"(define (f) 1)", "line 1: the program has no function main without parameters"},
		{"(define (main)\n x)", "line 1: unknown variable x"},
		{"(define (main)\n (+ 1 x))", "line 2: unknown variable x"},
		{"(define (main)\n (if 1 2))", "line 2: if is given 2 operands, it takes 3"},
		{"(define (f x) x) (define (main)\n (f 1 2))", "line 2: f is called with 2 operands, it has 1 parameters"},
		{"(define (main) ())", "line 1: () is not an expression"},
		{"(define (main) (do))", "line 1: do is given no operands"},
		{"(define (main) (let 1 2 3))", "line 1: the first operand of let must be a name"},
		{"(define (main) (fn x x))", "line 1: expected (fn (parameter …) body)"},
		{"(define (main) (fn (1) x))", "line 1: 1 is not a name"},
		{"(define (main)\n (head 1))", "line 2: a pair was expected"},
		{"(define (main)\n (join \"a\" 1))", "line 2: a string was expected"},
		{"(define (main)\n (+ 1 (5 6)))", "line 2: a function with as many parameters was expected"},
		{"(define (main)\n ((fn (x) x)))", "line 2: a function with as many parameters was expected"},
		{"(define (pow n) (if (= n 0) 1 (* 2 (pow (- n 1)))))\n(define (main)\n (pow 62))", "line 1: the number is too large"},
		{"(define (deep n)\n (+ 1 (deep n)))\n(define (main) (deep 1))", "line 2: the recursion is too deep"},
	} {
		if got := output(t, c.program, false); got != "error: "+c.want+"\n" {
			t.Errorf("%s:\n%s\nexpected %s", c.program, got, c.want)
		}
	}
}

// Strings and lists that need many collections.
func TestGarbage(t *testing.T) {
	const program = `
(define (upto n) (if (= n 0) nil (cons n (upto (- n 1)))))
(define (sum l n) (if (pair? l) (sum (tail l) (+ n (head l))) n))
(define (churn n total) (if (= n 0) total (churn (- n 1) (+ total (sum (upto 100) 0)))))
(define (main) (churn 20000 0))`
	if got := output(t, program, false); got != "101000000\n" {
		t.Error(got)
	}
}
