package rulec

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// testEnv loads the host package of the tests.
func testEnv(tb testing.TB) *env {
	tb.Helper()
	e, err := newEnv("testdata/host", CLIF())
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// golden compares got with a file, or writes the file if DAVIT_BLESS is set.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if os.Getenv("DAVIT_BLESS") != "" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wantLines, gotLines := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := range max(len(wantLines), len(gotLines)) {
		w, g := "(end of file)", "(end of file)"
		if i < len(wantLines) {
			w = wantLines[i]
		}
		if i < len(gotLines) {
			g = gotLines[i]
		}
		if w != g {
			t.Errorf("%s:%d differs (DAVIT_BLESS=1 rewrites it):\n got %s\nwant %s", path, i+1, g, w)
			return
		}
	}
}

func inputs(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no input files %s", pattern)
	}
	return files
}

func readSource(t *testing.T, path string) source {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return source{filepath.Base(path), string(text)}
}

// TestErrors compiles each file of testdata/errors, all of which are wrong, and compares the messages.
func TestErrors(t *testing.T) {
	e := testEnv(t)
	for _, path := range inputs(t, "testdata/errors/*.rules") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			_, err := e.compile([]source{readSource(t, path)})
			if err == nil {
				t.Fatal("compiled without error")
			}
			golden(t, strings.TrimSuffix(path, ".rules")+".want", []byte(err.Error()+"\n"))
		})
	}
}

// TestGenerate compiles each file of testdata/gen, compares the output, and type-checks it together with the host.
func TestGenerate(t *testing.T) {
	e := testEnv(t)
	for _, path := range inputs(t, "testdata/gen/*.rules") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			files, err := e.compile([]source{readSource(t, path)})
			if err != nil {
				t.Fatal(err)
			}
			again, err := e.compile([]source{readSource(t, path)})
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			for i, f := range files {
				fmt.Fprintf(&out, "== %s\n%s", f.Name, f.Data)
				if !bytes.Equal(f.Data, again[i].Data) {
					t.Errorf("%s differs from one run to the next", f.Name)
				}
			}
			golden(t, strings.TrimSuffix(path, ".rules")+".want", out.Bytes())
			typeCheck(t, e, files)
		})
	}
}

// typeCheck reports the errors that the Go compiler would find in the generated files.
func typeCheck(t *testing.T, e *env, files []File) {
	t.Helper()
	parsed, err := e.l.parseDir("testdata/host", func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		file, err := parser.ParseFile(e.l.fset, f.Name, f.Data, parser.SkipObjectResolution)
		if err != nil {
			t.Error(err)
			continue
		}
		parsed = append(parsed, file)
		checkLength(t, f)
	}
	conf := types.Config{Importer: e.l, Error: func(err error) { t.Error(err) }}
	conf.Check("davit/internal/rulec/testdata/host", e.l.fset, parsed, nil)
}

// checkLength reports functions of more than 300 lines.
func checkLength(t *testing.T, f File) {
	t.Helper()
	start := -1
	for i, line := range strings.Split(string(f.Data), "\n") {
		switch {
		case strings.HasPrefix(line, "func "):
			start = i
		case line == "}" && start >= 0:
			if i-start > 300 {
				t.Errorf("%s:%d: function of %d lines", f.Name, start+1, i-start)
			}
			start = -1
		}
	}
}

// TestSplit compiles rules whose code is too long for one function, in each of the ways in which it is split.
func TestSplit(t *testing.T) {
	const text = `
(convert reg rm)
(each (n) (%s)
  (rule add_{n} {n} (iadd.fits64 x (ishl y (iconst {n}))) (if (isZero x)) (ADDi ty y {n}))
  (rule sub_{n} {n} (isub.isVec x y) (if-let (uimm8 {n}) y) (ADDi ty x {n}))
  (rule icmp_{n} (icmp op.Eq x (iconst {n})) (CMP x x) (CMP x x) (CMP x x) (CMP x x) (CMP x x) (SET op.Eq))
  (rule and_{n} {n} (band.i32 x (imul.i32 (iconst {n}) y)) (if-let b k (split y)) (ADDi ty b k)))
(rule last -1 (iadd x y) (ADD ty x y))
`
	var rows strings.Builder
	for i := range 60 {
		fmt.Fprintf(&rows, "(%d) ", i)
	}
	e := testEnv(t)
	files, err := e.compile([]source{{"split.rules", fmt.Sprintf(text, rows.String())}})
	if err != nil {
		t.Fatal(err)
	}
	typeCheck(t, e, files)
	for _, part := range []string{"lowerIaddPart2(", "lowerIsubPart2(", "lowerIcmpPart2(", "lowerBandPart2("} {
		if !bytes.Contains(files[0].Data, []byte(part)) {
			t.Errorf("there is no %s", part)
		}
	}
}

// TestPrelude evaluates every template of the prelude against package ir.
func TestPrelude(t *testing.T) {
	e := testEnv(t)
	p := e.prelude
	for _, template := range []string{p.Data, p.OpcodeOf, p.CtrlType} {
		if _, err := e.acc.typeOf(template); err != nil {
			t.Errorf("template %s: %v", template, err)
		}
	}
	for _, o := range p.Opcodes {
		operands, ok := p.Formats[o.Format]
		if !ok {
			t.Errorf("opcode %s has format %q, which is not described", o.Name, o.Format)
		}
		if e.opConsts.names[o.Number] == "" {
			t.Errorf("opcode %s has no Go constant", o.Name)
		}
		for _, operand := range operands {
			if typ, err := e.acc.typeOf(operand.Expr); err != nil || isInvalid(typ) {
				t.Errorf("format %s, operand %s: %v", o.Format, operand.Name, err)
			}
		}
	}
	if got := len(p.Opcodes); got != 163 {
		t.Errorf("%d opcodes, want 163", got)
	}
	var out bytes.Buffer
	if err := WriteFormats(&out, "."); err != nil {
		t.Fatal(err)
	}
	WriteOpcodes(&out)
	golden(t, "testdata/formats.want", out.Bytes())
}

// TestUpdate runs Write and Check on a directory through the life of its rules.
func TestUpdate(t *testing.T) {
	dir := filepath.Join("testdata", "update")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	host, err := os.ReadFile("testdata/host/host.go")
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	exists := func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	}
	write("host.go", string(host))
	if err := Write(dir); err == nil {
		t.Error("Write without rules succeeded")
	}
	write("a.rules", "(convert reg rm)\n(rule a (iadd.fits64 x y) (ADD ty x y))\n")
	write("b.rules", "(rule b (isub.fits64 x y) (ADD ty x y))\n")
	if err := Check(dir); err == nil {
		t.Error("Check before Write succeeded")
	}
	for range 2 { // the second time nothing changes
		if err := Write(dir); err != nil {
			t.Fatal(err)
		}
		if err := Check(dir); err != nil {
			t.Error(err)
		}
	}
	if !exists("za.go") || !exists("zb.go") || !exists("zlower_table.go") {
		t.Error("not all files were written")
	}
	if err := os.Remove(filepath.Join(dir, "b.rules")); err != nil {
		t.Fatal(err)
	}
	if err := Check(dir); err == nil {
		t.Error("Check does not see that a rule file has gone")
	}
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	if exists("zb.go") || Check(dir) != nil {
		t.Error("Write left a file behind")
	}
	write("a.rules", "(rule a (iadd.fits64 x y) (ADD ty x z))\n")
	if err := Write(dir); err == nil || !exists("za.go") {
		t.Error("Write with wrong rules must fail and change nothing")
	}
}

// FuzzCompile checks that no text makes the compiler panic, and that what it accepts gives Go that parses.
func FuzzCompile(f *testing.F) {
	e := testEnv(f)
	for _, pattern := range []string{"testdata/errors/*.rules", "testdata/gen/*.rules", "toy/*.rules"} {
		files, _ := filepath.Glob(pattern)
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			for _, form := range strings.SplitAfter(string(text), "\n\n") {
				f.Add(form)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		files, err := e.compile([]source{{"fuzz.rules", text}})
		if err != nil {
			return
		}
		for _, file := range files {
			if _, err := parser.ParseFile(token.NewFileSet(), file.Name, file.Data, 0); err != nil {
				t.Errorf("%v\n%s", err, file.Data)
			}
		}
	})
}
