package interp

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"davit/internal/corpus"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/text"
)

// directive is a line "run: %f(args) == want" attached to a function.
type directive struct {
	fn         *text.Function
	pos        text.Pos
	args, want []data.Value
	negated    bool
}

// readDirective reads a comment, which may be something else.
func readDirective(fn *text.Function, c text.Comment) (*directive, error) {
	s := strings.TrimLeft(c.Text, "; ")
	s, ok := strings.CutPrefix(s, "run:")
	if !ok {
		return nil, nil
	}
	d := &directive{fn: fn, pos: c.Pos}
	_, s, ok = strings.Cut(s, "(")
	if !ok {
		return nil, fmt.Errorf("no call")
	}
	var err error
	if d.args, s, err = readValues(s, fn.Sig.Params, ")"); err != nil {
		return nil, err
	}
	s = strings.TrimLeft(s, " ")
	if d.negated = strings.HasPrefix(s, "!="); !d.negated && !strings.HasPrefix(s, "==") {
		return nil, fmt.Errorf("no comparison in %q", s)
	}
	s = strings.TrimLeft(s[2:], " ")
	if len(fn.Sig.Returns) != 1 {
		d.want, _, err = readValues(strings.TrimPrefix(s, "["), fn.Sig.Returns, "]")
		return d, err
	}
	v, _, err := data.Parse(fn.Sig.Returns[0].Type, s)
	d.want = []data.Value{v}
	return d, err
}

func readValues(s string, types []ir.Param, end string) (vs []data.Value, rest string, err error) {
	for i, p := range types {
		if i > 0 {
			s = strings.TrimPrefix(strings.TrimLeft(s, " "), ",")
		}
		var v data.Value
		if v, s, err = data.Parse(p.Type, s); err != nil {
			return nil, s, err
		}
		vs = append(vs, v)
	}
	s, ok := strings.CutPrefix(strings.TrimLeft(s, " "), end)
	if !ok {
		err = fmt.Errorf("found %q, expected %q", s, end)
	}
	return vs, s, err
}

// parseFile reads functions and directives.
func parseFile(t testing.TB, path string) (*text.File, []*directive) {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, errs := text.Parse(src, text.Options{})
	if errs.Err() != nil {
		t.Fatalf("%s:\n%v", path, errs)
	}
	var ds []*directive
	for _, fn := range f.Funcs {
		for _, c := range fn.Comments {
			d, err := readDirective(fn, c)
			if err != nil {
				t.Fatalf("%s:%v: %v", path, c.Pos, err)
			}
			if d != nil {
				ds = append(ds, d)
			}
		}
	}
	return f, ds
}

func module(t testing.TB, f *text.File, opts Options) *Module {
	t.Helper()
	var fns []*ir.Func
	for _, fn := range f.Funcs {
		fns = append(fns, fn.Func)
	}
	m, err := NewModule(fns, opts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// settings returns the options that the header of a file asks for.
func settings(f *text.File) Options {
	opts := Options{Reference: f.HasTest("interpret")}
	for _, h := range f.Header {
		for _, a := range h.Args {
			if h.Kind == text.Set && (a == "enable_nan_canonicalization" || a == "enable_nan_canonicalization=true") {
				opts.CanonicalNaN = true
			}
		}
	}
	return opts
}

// runDirectives runs all directives of a file and returns how many there are.
func runDirectives(t *testing.T, path string, f *text.File, ds []*directive, opts Options) {
	m := module(t, f, opts)
	for _, d := range ds {
		got, err := m.Call(d.fn.Name.Linkage(), d.args)
		if err != nil {
			t.Errorf("%s:%v: %v", filepath.Base(path), d.pos, err)
		} else if slices.Equal(got, d.want) == d.negated {
			t.Errorf("%s:%v: %v%v gives %s, want %s", filepath.Base(path), d.pos, d.fn.Name, data.FormatList(d.args), data.FormatList(got), data.FormatList(d.want))
		}
	}
}

// notPortable lists files that expect NaNs of one machine.
var notPortable = map[string]bool{"simd-fmax-fmin-nondeterministic-riscv64.clif": true}

// TestCorpus runs every directive of the corpus, by the special functions and by the definitions alone.
func TestCorpus(t *testing.T) {
	dir := filepath.Join(corpus.Dir(t), "filetests", "runtests")
	var paths []string
	for _, pattern := range []string{"*.clif", "*/*.clif"} {
		p, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, p...)
	}
	n := 0
	for _, path := range paths {
		if notPortable[filepath.Base(path)] {
			continue
		}
		f, ds := parseFile(t, path)
		n += len(ds)
		opts := settings(f)
		runDirectives(t, path, f, ds, opts)
		opts.general = true
		runDirectives(t, path, f, ds, opts)
	}
	t.Logf("%d directives in %d files", n, len(paths))
	if n < 10000 {
		t.Errorf("only %d directives in %d files", n, len(paths))
	}
}
