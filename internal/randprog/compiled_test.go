//go:build linux && amd64

package randprog_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"

	"davit/engine"
	"davit/frontend"
	"davit/frontend/safepoint"
	"davit/internal/movheap"
	"davit/internal/randprog"
	"davit/ir"
	"davit/jit"
	"davit/jit/libcall"
	"davit/settings"
)

// compiled runs %f0 of a program with a collector and returns its outcome, in the words of runModule.
func compiled(t testing.TB, h *movheap.Heap, funcs []*ir.Func, number int64, flags *settings.Flags) string {
	e, err := engine.New(flags)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	h.Reset()
	for name, fn := range map[string]any{
		"davit_alloc": func(c *jit.Call, size uint64) (uint64, error) { err := h.Collect(c); return h.Alloc(), err },
		"davit_gc":    func(c *jit.Call) error { return h.Collect(c) },
		"davit_throw": func(c *jit.Call, tag uint32, sum, ref uint64) error {
			err := h.Collect(c, &ref)
			c.Throw(tag, sum, ref)
			return err
		},
	} {
		if err := e.Module.Host(name, fn); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := libcall.Define(e.Module, "floor"); err != nil {
		t.Fatal(err)
	}
	for _, f := range funcs {
		if err := e.Add(f); err != nil {
			t.Fatalf("%v\n%s", err, f.AppendTo(nil, ir.Lossless))
		}
	}
	if err := e.Link(); err != nil {
		t.Fatal(err)
	}
	f0, err := e.Module.Lookup("f0")
	if err != nil {
		t.Fatal(err)
	}
	results, err := f0.Call(jit.Int64(0), jit.Int64(number), jit.Int64(300))
	var exc *jit.Exception
	switch {
	case errors.As(err, &exc):
		return fmt.Sprintf("exception %d, checksum %d", exc.Tag, int64(exc.Payload[0]))
	case err != nil:
		return err.Error()
	}
	id := int64(0)
	if p := results[0].Uint(); p != 0 {
		obj, err := h.Object(p)
		if err != nil {
			t.Fatal(err)
		}
		id = int64(binary.LittleEndian.Uint64(obj))
	}
	return fmt.Sprintf("object %d, checksum %d", id, results[1].Int())
}

// TestConformance57_RandomPrograms compares compiled programs, under a collector that moves everything whenever it can, with interpreted ones
// whose heap stays in place. DAVIT_PROGRAMS is how many programs there are, DAVIT_FIRST the first seed.
func TestConformance57_RandomPrograms(t *testing.T) {
	count := func(name string, n uint64) uint64 {
		if s := os.Getenv(name); s != "" {
			var err error
			if n, err = strconv.ParseUint(s, 0, 64); err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	h := movheap.New(t)
	native := settings.Native()
	plain := settings.Default(settings.X86_64)
	single := settings.Native()
	if err := single.Set("regalloc_algorithm=single_pass"); err != nil {
		t.Fatal(err)
	}
	for _, f := range []*settings.Flags{&native, &plain, &single} {
		f.SetBool(settings.EnableMultiRetImplicitSret, true)
		f.SetBool(settings.EnableLLVMABIExtensions, true)
		f.SetStackMapChecker(settings.CheckDeclaredMaps)
	}
	first := count("DAVIT_FIRST", 0)
	for seed := first; seed < first+count("DAVIT_PROGRAMS", 200); seed++ {
		comparePrograms(t, h, seed, &native, &plain, &single)
	}
	t.Logf("%d objects moved", h.Moves)
	if h.Moves == 0 {
		t.Error("no object has moved")
	}
}

func comparePrograms(t *testing.T, h *movheap.Heap, seed uint64, flags ...*settings.Flags) {
	t.Helper()
	want, _ := run(t, generate(t, seed, randprog.AllTypes, frontend.Options{KeepDeclarations: true}), int64(seed), false)
	for mode := range safepoint.Mode(safepoint.NumModes) {
		funcs := generate(t, seed, randprog.AllTypes, frontend.Options{Safepoints: mode})
		if got, _ := run(t, funcs, int64(seed), true); got != want {
			t.Fatalf("seed %d, mode %v: interpreted with a moving heap: %s; without: %s", seed, mode, got, want)
		}
		fl := flags[seed%uint64(len(flags))]
		if got := compiled(t, h, funcs, int64(seed), fl); got != want {
			t.Fatalf("seed %d, mode %v: compiled: %s; interpreted: %s\n%s", seed, mode, got, want, funcs[0].AppendTo(nil, ir.Lossless))
		}
	}
}

func FuzzCompiled(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed)
	}
	h := movheap.New(f)
	native := settings.Native()
	native.SetBool(settings.EnableMultiRetImplicitSret, true)
	native.SetBool(settings.EnableLLVMABIExtensions, true)
	native.SetStackMapChecker(settings.CheckDeclaredMaps)
	f.Fuzz(func(t *testing.T, seed uint64) { comparePrograms(t, h, seed, &native) })
}
