package interp

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"davit/ir/data"
	"davit/ir/op"
	"davit/ir/text"
)

// TestData runs the directives in testdata. Beyond those of CLIF there is "trap: %f(args) code".
func TestData(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.clif")
	if err != nil || len(paths) == 0 {
		t.Fatal("no test data", err)
	}
	for _, path := range paths {
		for _, general := range []bool{false, true} {
			f, ds := parseFile(t, path)
			opts := Options{general: general}
			runDirectives(t, path, f, ds, opts)
			runTraps(t, path, f, opts)
		}
	}
}

func runTraps(t *testing.T, path string, f *text.File, opts Options) {
	m := module(t, f, opts)
	for _, fn := range f.Funcs {
		for _, c := range fn.Comments {
			s, ok := strings.CutPrefix(c.Text, "; trap:")
			if !ok {
				continue
			}
			_, s, _ = strings.Cut(s, "(")
			args, s, err := readValues(s, fn.Sig.Params, ")")
			want, ok := op.ParseTrapCode(strings.TrimSpace(s))
			if err != nil || !ok {
				t.Fatalf("%s:%v: %v, or no trap code", path, c.Pos, err)
			}
			got, err := m.Call(fn.Name.Linkage(), args)
			var trap *Trap
			if !errors.As(err, &trap) || trap.Code != want {
				t.Errorf("%s:%v: gives %s, %v; want trap %v", path, c.Pos, data.FormatList(got), err, want)
			}
		}
	}
}

// TestEveryOpcode checks that each opcode has a meaning and that test data use it.
func TestEveryOpcode(t *testing.T) {
	paths, _ := filepath.Glob("testdata/*.clif")
	var all strings.Builder
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^ +(?:v[0-9, v]+ = )?([a-z0-9_]+)`).FindAllStringSubmatch(all.String(), -1) {
		used[m[1]] = true
	}
	for o := op.None + 1; int(o) < op.NumOpcodes; o++ {
		if builders[o] == nil {
			t.Errorf("%v has no meaning", o)
		}
		if !used[o.String()] && o != op.StackSwitch {
			t.Errorf("no test data use %v", o)
		}
	}
}
