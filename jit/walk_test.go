//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"fmt"
	"strings"
	"testing"
)

// Roots in each frame, and their update.
func TestWalkRoots(t *testing.T) {
	m := newModule(t)
	var got []string
	check(t, m.HostRaw("host", sigI64, func(c *Call) {
		for f := range c.Frames() {
			for r := range f.Roots() {
				got = append(got, fmt.Sprintf("%s+%#x type %d sp+%d = %d", f.Func, f.Offset, r.Type, r.Offset, r.Load8()))
				if r.Addr != f.SP+uintptr(r.Offset) || fpChain && f.SP != f.FP-deepFrame {
					t.Errorf("root at %#x, sp %#x, fp %#x", r.Addr, f.SP, f.FP)
				}
				r.Store8(r.Load8() + 1000)
			}
		}
	}), m.Define("deep", sigI64I64, deepCode()), m.Link())
	sum := call1(t, lookup(t, m, "deep"), 2, 5)
	c := deepCode()
	inner, outer := afterCall(c, 1), afterCall(c, 0)
	want := fmt.Sprintf("deep+%#x type 42 sp+%[3]d = 37\ndeep+%#[2]x type 42 sp+%[3]d = 21\ndeep+%#[2]x type 42 sp+%[3]d = 5",
		inner, outer, slotArea)
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("roots:\n%s\nwant:\n%s", s, want)
	}
	if sum != 37+21+5+3000 {
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
	if got := strings.Join(names, " "); got != fmt.Sprintf("deep+%#[1]x deep+%#[2]x deep+%#[2]x deep+%#[1]x deep+%#[2]x pass+%#[3]x",
		afterCall(deepCode(), 1), afterCall(deepCode(), 0), afterCall(passCode(), 0)) {
		t.Errorf("frames: %s", got)
	}
}

// A return address that has no map has no roots, not those of a neighbour.
func TestWalkExact(t *testing.T) {
	m := newModule(t)
	c := deepCode()
	c.StackMaps[0].Offset--
	c.StackMaps[1].Offset++
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
