//go:build linux && amd64

package jit

import (
	"fmt"
	"strings"
	"testing"
)

// Frames with and without frame pointers, roots in each, and their update.
func TestWalkRoots(t *testing.T) {
	m := newModule(t)
	var got []string
	check(t, m.HostRaw("host", sigI64, func(c *Call) {
		for f := range c.Frames() {
			for r := range f.Roots() {
				got = append(got, fmt.Sprintf("%s+%#x type %d sp+%d = %d", f.Func, f.Offset, r.Type, r.Offset, r.Load8()))
				if r.Addr != f.SP+uintptr(r.Offset) || f.FP != 0 && f.SP != f.FP-32 {
					t.Errorf("root at %#x, sp %#x, fp %#x", r.Addr, f.SP, f.FP)
				}
				r.Store8(r.Load8() + 1000)
			}
		}
	}), m.Define("deep", sigI64I64, deepCode()), m.Define("bare", sigI64I64, bareCode()), m.Link())
	sum := call1(t, lookup(t, m, "bare"), 2, 5)
	want := `deep+0x30 type 42 sp+8 = 38
deep+0x1e type 42 sp+8 = 22
deep+0x1e type 42 sp+8 = 6
bare+0x12 type 42 sp+16 = 5`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("roots:\n%s\nwant:\n%s", s, want)
	}
	if sum != 38+22+6+5+4000 {
		t.Errorf("sum of the slots afterwards = %d", sum)
	}
}

// Two stretches of compiled code with Go in between, then a third.
func TestWalkReentry(t *testing.T) {
	m := newModule(t)
	depth := 0
	var names []string
	var deep *Function
	check(t, m.HostRaw("host", sigI64, func(c *Call) {
		depth++
		if depth < 3 {
			call1(t, deep, int64(depth), 0)
		} else {
			for f := range c.Frames() {
				names = append(names, fmt.Sprintf("%s+%#x", f.Func, f.Offset))
			}
		}
		depth--
		n := 0
		for range c.Frames() {
			n++
		}
		for range Frames() {
			n--
		}
		if n != 0 {
			t.Errorf("Frames differs from Call.Frames by %d", n)
		}
		for range Frames() {
			n++
		}
		if want := []int{1, 3, 6}[depth]; n != want {
			t.Errorf("%d frames in the host call of depth %d, want %d", n, depth, want)
		}
	}), m.Define("deep", sigI64I64, deepCode()), m.Define("pass", sigI64, passCode()), m.Link())
	deep = lookup(t, m, "deep")
	for range Frames() {
		t.Error("a frame outside of calls")
	}
	call1(t, lookup(t, m, "pass"), 1)
	if got := strings.Join(names, " "); got != "deep+0x30 deep+0x1e deep+0x1e deep+0x30 deep+0x1e pass+0x9" {
		t.Errorf("frames: %s", got)
	}
}

// A return address that has no map has no roots, not those of a neighbour.
func TestWalkExact(t *testing.T) {
	m := newModule(t)
	c := deepCode()
	c.StackMaps[0].Offset, c.StackMaps[1].Offset = 0x1d, 0x31
	check(t, m.HostRaw("host", sigI64, func(c *Call) {
		for f := range c.Frames() {
			if f.Map != nil {
				t.Errorf("a map at %s+%#x", f.Func, f.Offset)
			}
			for range f.Roots() {
				t.Error("a root without a map")
			}
		}
	}))
	call1(t, one(t, m, "deep", sigI64I64, c), 3, 0)
}

func TestWalkStops(t *testing.T) {
	m := newModule(t)
	n := 0
	check(t, m.HostRaw("host", sigI64, func(c *Call) {
		for range c.Frames() {
			if n++; n == 2 {
				break
			}
		}
	}))
	call1(t, one(t, m, "deep", sigI64I64, deepCode()), 10, 0)
	if n != 2 {
		t.Errorf("%d frames", n)
	}
}

func BenchmarkWalk(b *testing.B) {
	m := newModule(b)
	check(b, m.HostRaw("host", sigI64, func(c *Call) {
		for b.Loop() {
			n := 0
			for f := range c.Frames() {
				for range f.Roots() {
					n++
				}
			}
			if n != 1001 {
				b.Fatal(n)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1001, "ns/frame")
	}))
	call1(b, one(b, m, "deep", sigI64I64, deepCode()), 1000, 0)
}
