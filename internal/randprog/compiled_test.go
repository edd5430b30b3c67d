//go:build linux && amd64

package randprog_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"unsafe"

	"davit/engine"
	"davit/frontend"
	"davit/frontend/safepoint"
	"davit/internal/randprog"
	"davit/ir"
	"davit/ir/op"
	"davit/jit"
	"davit/jit/libcall"
	"davit/settings"
)

// heap is a heap below 4 GiB whose objects move at every call of a host function. The old place is poisoned, and it is long
// before it is used again.
type heap struct {
	mem        []byte
	low        uint64 // address of mem
	start, end int    // the part of mem with objects
	moves      int
}

const (
	objectSize = 16
	heapBytes  = 8 << 20
	poison     = 0xdb
	map32Bit   = 0x40 // MAP_32BIT: in the lower 2 GiB
)

func newHeap(t testing.TB) *heap {
	mem, err := syscall.Mmap(-1, 0, heapBytes, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE|map32Bit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(mem) })
	return &heap{mem: mem, low: uint64(uintptr(unsafe.Pointer(&mem[0])))}
}

func (h *heap) alloc() uint64 {
	p := h.mem[h.end : h.end+objectSize]
	clear(p)
	h.end += objectSize
	return h.low + uint64(h.end-objectSize)
}

// collection is a collection under way: objects are copied behind the old ones, or to the start of the memory.
type collection struct {
	*heap
	to, end int
	err     error
}

// relocate returns where what is at address x is from now on.
func (c *collection) relocate(x uint64) uint64 {
	off := int(x - c.low)
	if x < c.low || off >= heapBytes {
		return x
	}
	if off >= c.to && off < c.end && off%objectSize == 0 {
		return x // in a slot that has been seen before
	}
	if off < c.start || off >= c.heap.end || off%objectSize != 0 {
		c.err = fmt.Errorf("a root holds %#x, an address without an object", x)
		return x
	}
	old := c.mem[off : off+objectSize]
	if id := binary.LittleEndian.Uint64(old); id&forwarded != 0 {
		return id &^ forwarded
	}
	p := c.end
	c.end += objectSize
	copy(c.mem[p:], old)
	binary.LittleEndian.PutUint64(old, c.low+uint64(p)|forwarded)
	c.moves++
	return c.low + uint64(p)
}

// forwarded marks the first word of an object that has moved.
const forwarded = 1 << 63

// collect moves what the roots of the frames of compiled code reach, and the references of the host function itself.
func (h *heap) collect(call *jit.Call, own ...*uint64) error {
	c := &collection{heap: h, to: h.end}
	if h.end+(h.end-h.start)+objectSize > heapBytes-(1<<18) {
		if c.to = 0; h.end-h.start > h.start {
			return errors.New("the heap is full")
		}
	}
	c.end = c.to
	for f := range call.Frames() {
		for r := range f.Roots() {
			switch op.Type(r.Type) {
			case op.I32:
				r.Store4(uint32(c.relocate(uint64(r.Load4()))))
			case op.I64, op.F64:
				r.Store8(c.relocate(r.Load8()))
			case op.I128, op.I64X2:
				w := r.Load16()
				r.Store16([2]uint64{c.relocate(w[0]), c.relocate(w[1])})
			}
		}
	}
	for _, p := range own {
		*p = c.relocate(*p)
	}
	for p := c.to; p < c.end; p += objectSize {
		ref := c.mem[p+randprog.RefOffset:]
		binary.LittleEndian.PutUint64(ref, c.relocate(binary.LittleEndian.Uint64(ref)))
	}
	for i := range h.mem[h.start:h.end] {
		h.mem[h.start+i] = poison
	}
	h.start, h.end = c.to, c.end
	return c.err
}

// compiled runs %f0 of a program with a collector and returns its outcome, in the words of runModule.
func compiled(t testing.TB, h *heap, funcs []*ir.Func, number int64, flags *settings.Flags) string {
	e, err := engine.New(flags)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	h.start, h.end = 0, 0
	for name, fn := range map[string]any{
		"davit_alloc": func(c *jit.Call, size uint64) (uint64, error) { err := h.collect(c); return h.alloc(), err },
		"davit_gc":    func(c *jit.Call) error { return h.collect(c) },
		"davit_throw": func(c *jit.Call, tag uint32, sum, ref uint64) error {
			err := h.collect(c, &ref)
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
		id = int64(binary.LittleEndian.Uint64(h.mem[p-h.low:]))
	}
	return fmt.Sprintf("object %d, checksum %d", id, results[1].Int())
}

// compiledTypes is AllTypes without the vectors that x64 has too few operations on.
func compiledTypes() randprog.Config {
	c := randprog.AllTypes
	c.Data = slices.DeleteFunc(slices.Clone(c.Data), func(t op.Type) bool { return t.IsVector() && t.Bytes() < 16 })
	return c
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
	h := newHeap(t)
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
	t.Logf("%d objects moved", h.moves)
	if h.moves == 0 {
		t.Error("no object has moved")
	}
}

func comparePrograms(t *testing.T, h *heap, seed uint64, flags ...*settings.Flags) {
	t.Helper()
	want, _ := run(t, generate(t, seed, compiledTypes(), frontend.Options{KeepDeclarations: true}), int64(seed), false)
	for mode := range safepoint.Mode(safepoint.NumModes) {
		funcs := generate(t, seed, compiledTypes(), frontend.Options{Safepoints: mode})
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
	h := newHeap(f)
	native := settings.Native()
	native.SetBool(settings.EnableMultiRetImplicitSret, true)
	native.SetBool(settings.EnableLLVMABIExtensions, true)
	native.SetStackMapChecker(settings.CheckDeclaredMaps)
	f.Fuzz(func(t *testing.T, seed uint64) { comparePrograms(t, h, seed, &native) })
}
