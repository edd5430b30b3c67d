package hostfn

import (
	"encoding/binary"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"davit/jit"
)

func newEnv(t *testing.T) (*Env, *strings.Builder) {
	m, err := jit.NewModule()
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { m.Close() })
	var out strings.Builder
	return New(m, &out), &out
}

func TestDefine(t *testing.T) {
	if !slices.IsSorted(Names()) {
		t.Errorf("not ascending: %v", Names())
	}
	e, _ := newEnv(t)
	for _, n := range Names() {
		if ok, err := e.Define(n); !ok || err != nil {
			t.Errorf("Define(%s) = %v, %v", n, ok, err)
		}
	}
	if ok, _ := e.Define("davit_print_i128"); ok {
		t.Error("defined what does not exist")
	}
}

// TestForward collects a list of two objects that refer to each other, and garbage.
func TestForward(t *testing.T) {
	e, _ := newEnv(t)
	if err := e.makeHeap(); err != nil {
		t.Skip(err)
	}
	var c jit.Call
	a, garbage, b := e.alloc(&c, 8), e.alloc(&c, 100), e.alloc(&c, 24)
	put := func(at, v uint64) { binary.NativeEndian.PutUint64(e.mem[at-uint64(e.base):], v) }
	get := func(at uint64) uint64 { return binary.NativeEndian.Uint64(e.mem[at-uint64(e.base):]) }
	put(a, b)
	put(b, a)
	put(b+8, garbage+8) // not the start of an object
	put(b+16, 42)
	g := &collection{e, e.objs, make([]int, len(e.objs))}
	e.half, e.used, e.objs = HalfBytes, align, nil
	a2, ok := g.forward(a)
	if !ok || e.show(a) != "heap+0x10" || e.show(a2) != "heap+0x80010" {
		t.Fatalf("forward(%s) = %s, %v", e.show(a), e.show(a2), ok)
	}
	for i := 0; i < len(e.objs); i++ {
		g.scan(e.objs[i])
	}
	b2 := get(a2)
	if len(e.objs) != 2 || b2 == b || get(b2) != a2 || get(b2+8) != garbage+8 || get(b2+16) != 42 {
		t.Errorf("objects %v, %s -> %s -> %s", e.objs, e.show(a2), e.show(b2), e.show(get(b2)))
	}
	if again, _ := g.forward(a); again != a2 {
		t.Error("moved twice")
	}
	if e.Stats() != (Stats{Allocated: 3, Moved: 2}) {
		t.Errorf("stats %+v", e.Stats())
	}
}

// TestForInterpreter checks that the interpreter has the same functions.
func TestForInterpreter(t *testing.T) {
	names := slices.Sorted(maps.Keys(ForInterpreter(io.Discard)))
	if !slices.Equal(names, Names()) {
		t.Errorf("functions of the interpreter: %v, of modules: %v", names, Names())
	}
}
