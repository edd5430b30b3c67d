//go:build linux && amd64

package safepoint_test

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"davit/engine"
	"davit/frontend/safepoint"
	"davit/internal/movheap"
	"davit/ir"
	"davit/jit"
	"davit/settings"
	"davit/stackmap/check"
)

// compiledHosts returns the functions of hosts for compiled code. All of them move all objects; the forms without
// collection are for calls marked ;@nogc. ids counts the objects.
func compiledHosts(h *movheap.Heap, ids *uint64) map[string]any {
	alloc := func() int64 {
		*ids++
		addr := h.Alloc()
		obj, _ := h.Object(addr)
		binary.LittleEndian.PutUint64(obj, *ids)
		return int64(addr)
	}
	id := func(addr uint64) (int64, error) {
		obj, err := h.Object(addr)
		if err != nil {
			return 0, err
		}
		return int64(binary.LittleEndian.Uint64(obj)), nil
	}
	throw := func(c *jit.Call, n int64) { c.Throw(uint32(n+1)/2, 100, 0) }
	return map[string]any{
		"alloc":      func(c *jit.Call) (int64, error) { err := h.Collect(c); return alloc(), err },
		"alloc nogc": func(*jit.Call) int64 { return alloc() },
		"gc":         func(c *jit.Call) (int64, error) { return 0, h.Collect(c) },
		"collect":    func(c *jit.Call) error { return h.Collect(c) },
		"use":        func(c *jit.Call, x uint64) error { err := h.Collect(c, &x); _, bad := id(x); return firstOf(err, bad) },
		"id": func(c *jit.Call, x uint64) (int64, error) {
			err := h.Collect(c, &x)
			n, bad := id(x)
			return n, firstOf(err, bad)
		},
		"id nogc":     func(_ *jit.Call, x uint64) (int64, error) { return id(x) },
		"length":      func(c *jit.Call, x uint64) (int64, error) { err := h.Collect(c, &x); return lengthOf(h, x), err },
		"add":         func(c *jit.Call, x, y int64) (int64, error) { return x + y, h.Collect(c) },
		"add nogc":    func(_ *jit.Call, x, y int64) int64 { return x + y },
		"length nogc": func(_ *jit.Call, x uint64) int64 { return lengthOf(h, x) },
		"same_ids": func(c *jit.Call, x, y uint64) (int64, error) {
			err := h.Collect(c, &x, &y)
			n, bad := id(x)
			m, worse := id(y)
			if n == m {
				return 1, firstOf(err, bad, worse)
			}
			return 0, firstOf(err, bad, worse)
		},
		"throw_if": func(c *jit.Call, n int64) error {
			err := h.Collect(c)
			if n != 0 {
				throw(c, n)
			}
			return err
		},
		"throw_if_or_double": func(c *jit.Call, n int64) (int64, error) {
			err := h.Collect(c)
			if n%2 != 0 {
				throw(c, n)
			}
			return 2 * n, err
		},
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func lengthOf(h *movheap.Heap, x uint64) (n int64) {
	for ; x != 0; n++ {
		obj, err := h.Object(x)
		if err != nil {
			return -1
		}
		x = binary.LittleEndian.Uint64(obj[movheap.RefOffset:])
	}
	return n
}

// runCompiled executes the directives of a function with compiled code.
func runCompiled(t *testing.T, h *movheap.Heap, f *ir.Func, ds []directive) {
	t.Helper()
	flags := settings.Native()
	flags.SetStackMapChecker(settings.CheckDeclaredMaps)
	e, err := engine.New(&flags)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	ids := uint64(0)
	hosts := compiledHosts(h, &ids)
	f = f.Clone()
	for i := range f.ExtFuncs {
		if fn := &f.ExtFuncs[i]; fn.NoGC || fn.Declared && int(fn.Sig) < len(f.Sigs) && f.Sigs[fn.Sig].NoGC {
			fn.Name.Name += " nogc" // no name of CLIF has a space
		}
	}
	for name, fn := range hosts {
		if err := e.Module.Host(name, fn); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Add(f); err != nil {
		t.Error(err)
		return
	}
	if err := e.Link(); err != nil {
		t.Fatal(err)
	}
	for _, d := range ds {
		h.Reset()
		ids = 0
		fn, err := e.Module.Lookup(d.name)
		if err != nil {
			t.Fatal(err)
		}
		args := make([]jit.Value, len(d.args))
		for i, a := range d.args {
			args[i] = jit.Int64(a)
		}
		switch got, err := fn.Call(args...); {
		case err != nil:
			t.Errorf("%v: %v", d, err)
		case fmt.Sprint(got[0].Int()) != d.want:
			t.Errorf("%v: got %d\n%s", d, got[0].Int(), f.AppendTo(nil, ir.Lossless))
		}
	}
}

// TestRunCompiled executes the functions of testdata that have directives, compiled, with a heap that moves all objects
// at each call of the host. Their stack maps are proved on the way, and compared with the functions before the pass.
func TestRunCompiled(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.clif")
	if err != nil {
		t.Fatal(err)
	}
	h := movheap.New(t)
	runs := 0
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".clif"), func(t *testing.T) {
			for _, fn := range parseFile(t, path).Funcs {
				ds := directives(t, fn)
				for _, mode := range modes {
					f := fn.Clone()
					if err := safepoint.Run(f, safepoint.Options{Mode: mode}); err != nil {
						continue
					}
					if errs := slices.Concat(check.Func(f), check.Placement(fn.Func, f)); len(errs) > 0 {
						t.Errorf("%v, mode %v: %v", fn.Name, mode, errs)
					}
					if len(ds) > 0 {
						runs += len(ds)
						runCompiled(t, h, f, ds)
					}
				}
			}
		})
	}
	if runs < 60 || h.Moves == 0 {
		t.Errorf("only %d runs, %d objects moved", runs, h.Moves)
	}
}
