package safepoint_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"davit/frontend/safepoint"
	"davit/interp"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
	"davit/ir/text"
)

// hosts returns the functions that test files call. An object has an identification at 0, which counts up from 1, and a
// reference at 8.
func hosts() map[string]interp.HostFunc {
	ids := int64(0)
	result := func(n int64) ([]data.Value, error) { return []data.Value{data.I64(n)}, nil }
	word := func(c *interp.Context, addr uint64) (int64, error) {
		if _, _, ok := c.Module().IsObject(addr); !ok {
			return 0, fmt.Errorf("%s: %#x is no object", c.Name(), addr)
		}
		b, _ := c.Module().Memory().Bytes(addr, 8)
		return data.FromBytes(op.I64, b).Int64(), nil
	}
	throw := func(n int64) error {
		return &interp.Exception{Tag: uint32(n+1) / 2, Payload: []data.Value{data.I64(100), data.I64(0)}}
	}
	return map[string]interp.HostFunc{
		"alloc": func(c *interp.Context, _ []data.Value) ([]data.Value, error) {
			addr, err := c.Alloc(16, 8)
			if err != nil {
				return nil, err
			}
			ids++
			b, _ := c.Module().Memory().Bytes(addr, 8)
			copy(b, data.I64(ids).Bytes())
			return result(int64(addr))
		},
		"gc":      func(*interp.Context, []data.Value) ([]data.Value, error) { return result(0) },
		"collect": func(*interp.Context, []data.Value) ([]data.Value, error) { return nil, nil },
		"use": func(c *interp.Context, args []data.Value) ([]data.Value, error) {
			_, err := word(c, args[0].Uint64())
			return nil, err
		},
		"id": func(c *interp.Context, args []data.Value) ([]data.Value, error) {
			n, err := word(c, args[0].Uint64())
			return []data.Value{data.I64(n)}, err
		},
		"same_ids": func(c *interp.Context, args []data.Value) ([]data.Value, error) {
			n, err := word(c, args[0].Uint64())
			if err != nil {
				return nil, err
			}
			m, err := word(c, args[1].Uint64())
			if n == m {
				return []data.Value{data.I64(1)}, err
			}
			return []data.Value{data.I64(0)}, err
		},
		"length": func(c *interp.Context, args []data.Value) ([]data.Value, error) {
			n := int64(0)
			for p := args[0].Uint64(); p != 0; n++ {
				next, err := word(c, p+8)
				if err != nil {
					return nil, err
				}
				p = uint64(next)
			}
			return result(n)
		},
		"add": func(_ *interp.Context, args []data.Value) ([]data.Value, error) {
			return result(args[0].Int64() + args[1].Int64())
		},
		"throw_if": func(_ *interp.Context, args []data.Value) ([]data.Value, error) {
			if n := args[0].Int64(); n != 0 {
				return nil, throw(n)
			}
			return nil, nil
		},
		"throw_if_or_double": func(_ *interp.Context, args []data.Value) ([]data.Value, error) {
			n := args[0].Int64()
			if n%2 != 0 {
				return nil, throw(n)
			}
			return result(2 * n)
		},
	}
}

var runLine = regexp.MustCompile(`^; run: %(\w+)\((.*)\) == (-?\d+)$`)

// directive is a line "; run: %f(1, 2) == 3" after a function.
type directive struct {
	text, name, want string
	args             []int64
}

func (d directive) String() string { return d.text }

// directives returns the directives of a function.
func directives(t *testing.T, fn *text.Function) (ds []directive) {
	t.Helper()
	for _, c := range fn.Comments {
		m := runLine.FindStringSubmatch(c.Text)
		if m == nil {
			if strings.HasPrefix(c.Text, "; run") {
				t.Errorf("%v: malformed directive %q", c.Pos, c.Text)
			}
			continue
		}
		d := directive{text: c.Text, name: m[1], want: m[3]}
		for _, s := range strings.FieldsFunc(m[2], func(r rune) bool { return r == ',' || r == ' ' }) {
			n, err := strconv.ParseInt(s, 0, 64)
			if err != nil {
				t.Fatal(err)
			}
			d.args = append(d.args, n)
		}
		ds = append(ds, d)
	}
	return ds
}

// runDirectives executes the directives of a function with the interpreter.
func runDirectives(t *testing.T, fn *text.Function, f *ir.Func, moving bool) (runs int) {
	t.Helper()
	for _, d := range directives(t, fn) {
		var args []data.Value
		for _, a := range d.args {
			args = append(args, data.I64(a))
		}
		mod, err := interp.NewModule([]*ir.Func{f}, interp.Options{Host: hosts(), Moving: moving, Fuel: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		runs++
		got, err := mod.Call(d.name, args)
		if err != nil {
			t.Errorf("%v: %v", d, err)
		} else if got[0].String() != d.want {
			t.Errorf("%v: got %v\n%s", d, got[0], f.AppendTo(nil, ir.Lossless))
		}
	}
	return runs
}

// TestRun executes the functions of testdata that have directives: as they are, with a heap that stays in place, and
// after the pass, with one that moves all objects at each safepoint.
func TestRun(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.clif")
	if err != nil {
		t.Fatal(err)
	}
	runs := 0
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".clif"), func(t *testing.T) {
			for _, fn := range parseFile(t, path).Funcs {
				runs += runDirectives(t, fn, fn.Func, false)
				for _, mode := range modes {
					f := fn.Clone()
					if err := safepoint.Run(f, safepoint.Options{Mode: mode}); err == nil {
						runs += runDirectives(t, fn, f, true)
					}
				}
			}
		})
	}
	if runs < 100 {
		t.Errorf("only %d runs", runs)
	}
}
