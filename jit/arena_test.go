//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"

	"davit/asm"
)

// spans against a bitmap.
func TestSpans(t *testing.T) {
	const size = 1000
	var s spans
	s.free(0, size)
	used := make([]bool, size)
	type piece struct{ start, n uint32 }
	var have []piece
	rnd := rand.New(rand.NewPCG(1, 2))
	for range scaled(20000, 1000000) {
		if rnd.IntN(2) == 0 {
			n := uint32(rnd.IntN(40) + 1)
			start, ok := s.alloc(n)
			if !ok {
				continue
			}
			for i := start; i < start+n; i++ {
				if used[i] {
					t.Fatalf("unit %d given out twice", i)
				}
				used[i] = true
			}
			have = append(have, piece{start, n})
		} else if len(have) > 0 {
			i := rnd.IntN(len(have))
			p := have[i]
			have[i] = have[len(have)-1]
			have = have[:len(have)-1]
			s.free(p.start, p.n)
			for i := p.start; i < p.start+p.n; i++ {
				used[i] = false
			}
		}
	}
	for _, p := range have {
		s.free(p.start, p.n)
	}
	if len(s.byStart) != 1 || s.byStart[0].n != size || len(s.byEnd) != 1 {
		t.Errorf("free ranges at the end: %v", s.byStart)
	}
	if start, ok := s.alloc(size); !ok || start != 0 {
		t.Error("the whole is not free")
	}
}

// Functions of all sizes and alignments, found by any address in them and by none outside.
func TestFindFunctions(t *testing.T) {
	m := newModule(t)
	rnd := rand.New(rand.NewPCG(3, 4))
	var fs []*placed
	for i := range 300 {
		n := 1 << rnd.IntN(14)
		if i%50 == 0 {
			n = 200_000
		}
		c := &asm.Code{Bytes: make([]byte, n+rnd.IntN(n)), Align: 1 << rnd.IntN(13)}
		check(t, m.Define(fmt.Sprint("f", i), SystemV(nil, nil), c))
		fs = append(fs, m.pending[len(m.pending)-1].placed)
	}
	check(t, m.Link())
	for i, f := range fs {
		last := f.addr + uintptr(f.size) - 1
		for _, pc := range []uintptr{f.addr, f.addr + uintptr(rnd.IntN(f.size)), last} {
			if theArena.find(pc) != f {
				t.Fatalf("%#x is not found in %s", pc, f.name)
			}
		}
		if other := theArena.find(last + 1); other == f || other != nil && other.addr != last+1 {
			t.Fatalf("%#x is found in %s", last+1, other.name)
		}
		if i%2 == 0 {
			check(t, m.Free(f.name))
			if theArena.find(f.addr) == f {
				t.Fatalf("%s is found after it was freed", f.name)
			}
		}
	}
	check(t, m.Close())
	for _, f := range fs {
		if theArena.find(f.addr) != nil {
			t.Fatalf("%s is found after Close", f.name)
		}
	}
}

// Defining and freeing functions for ever takes no more memory than doing it once.
func TestFreeKeepsMemoryFlat(t *testing.T) {
	m := newModule(t)
	keep := one(t, m, "keep", sigI64I64, addCode())
	cycle := func(i int) {
		check(t, m.Define("f", sigI64I64, addCode()), m.Link())
		if i%16 == 0 {
			call1(t, lookup(t, m, "f"), 1, 2)
		}
		check(t, m.Free("f"))
	}
	for i := range 1000 {
		cycle(i)
	}
	use, heap := m.MemoryUse(), heapInUse()
	n := scaled(20_000, 1_000_000)
	for i := range n {
		cycle(i)
	}
	if got := m.MemoryUse(); got != use {
		t.Errorf("%d bytes in use before, %d after %d cycles", use, got, n)
	}
	if got := heapInUse(); got > heap+1<<20 {
		t.Errorf("%d bytes of Go heap before, %d after %d cycles", heap, got, n)
	}
	if got := call1(t, keep, 40, 2); got != 42 {
		t.Errorf("got %d", got)
	}
}

// The same for whole modules.
func TestCloseKeepsMemoryFlat(t *testing.T) {
	cycle := func() {
		m := newModule(t)
		check(t, m.Host("host", func(x int64) int64 { return x }), m.DefineData("d", make([]byte, 100_000)), m.Declare("late", sigI64))
		if got := call1(t, one(t, m, "pass", sigI64, passCode()), 1); got != 2 {
			t.Fatal(got)
		}
		check(t, m.Close())
	}
	cycle()
	taken := TotalMemoryUse()
	for range scaled(300, 20_000) {
		cycle()
	}
	if got := TotalMemoryUse(); got != taken {
		t.Errorf("%d bytes of chunks before, %d after", taken, got)
	}
}

func heapInUse() uint64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapInuse
}

func TestMemoryLimit(t *testing.T) {
	m := newModule(t, MemoryLimit(4*chunkBytes))
	check(t, m.Define("add", sigI64I64, addCode()), m.Link())
	big := &asm.Code{Bytes: make([]byte, 4*chunkBytes)}
	check(t, m.Define("big", sigI64I64, big))
	if err := m.Link(); err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("error is %v", err)
	}
	check(t, m.Free("big"))
	if err := m.DefineData("d", make([]byte, 4*chunkBytes)); err == nil {
		t.Error("data beyond the limit is accepted")
	}
	if got := call1(t, lookup(t, m, "add"), 1, 2); got != 3 {
		t.Errorf("got %d", got)
	}
	if got := m.MemoryUse(); got > 4*chunkBytes {
		t.Errorf("%d bytes in use", got)
	}
}

// No page of the process is both writable and executable.
func TestProtection(t *testing.T) {
	m := newModule(t)
	one(t, m, "add", sigI64I64, addCode())
	if maps := processMaps(t); strings.Contains(maps, "rwx") || strings.Contains(maps, "-wx") {
		t.Errorf("writable and executable:\n%s", maps)
	}
}

func processMaps(t *testing.T) string {
	b, err := os.ReadFile("/proc/self/maps")
	check(t, err)
	return string(b)
}

func TestPerfMap(t *testing.T) {
	m := newModule(t, PerfMap())
	name := fmt.Sprintf("/tmp/perf-%d.map", os.Getpid())
	defer func() { // the next one starts another file
		os.Remove(name)
		perfMap.file.Close()
		perfMap.file = nil
	}()
	one(t, m, "add", sigI64I64, addCode())
	b, err := os.ReadFile(name)
	check(t, err)
	addr, err := m.Address("add")
	check(t, err)
	if want := fmt.Sprintf("%x %x add\n", addr, len(addCode().Bytes)); !strings.Contains(string(b), want) {
		t.Errorf("file is\n%swant a line\n%s", b, want)
	}
}
