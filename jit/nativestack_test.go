//go:build linux && amd64

package jit

import (
	"runtime"
	"testing"
)

// A held stack identifies its goroutine, knows its calls, and can be walked from another goroutine while it waits.
func TestNativeStack(t *testing.T) {
	m := newModule(t)
	s, err := HoldStack()
	check(t, err)
	defer s.Release()
	if s.Depth() != 0 || s.Call() != nil {
		t.Errorf("idle stack: depth %d, call %v", s.Depth(), s.Call())
	}
	var deep *Function
	level := 0
	check(t, m.HostRaw("host", sigI64, func(c *Call) {
		level++
		defer func() { level-- }()
		inner, err := HoldStack()
		check(t, err)
		defer inner.Release()
		if inner != s || inner.ID() != s.ID() || s.Call() != c || s.Depth() != level {
			t.Errorf("level %d: another stack, or call, or depth %d", level, s.Depth())
		}
		if level < 3 {
			call1(t, deep, int64(level), 0)
			return
		}
		want := []int{3, 3, 3, 2, 2, 1}
		walk := func() {
			var got []int
			all := c.Walk(func(f *Frame) bool { got = append(got, f.Depth); return true })
			if !all || len(got) != len(want) {
				t.Errorf("walk: %v, complete %v", got, all)
				return
			}
			for i := range got {
				if got[i] != want[i] {
					t.Errorf("depth of frame %d is %d, want %d", i, got[i], want[i])
				}
			}
		}
		walk()
		done := make(chan bool)
		go func() {
			other, err := HoldStack()
			check(t, err)
			if other == s || other.ID() == s.ID() {
				t.Error("two goroutines have one stack")
			}
			other.Release()
			walk()
			close(done)
		}()
		<-done
		runtime.Gosched()
		if c.Walk(func(*Frame) bool { return false }) {
			t.Error("a walk that was stopped is complete")
		}
	}), m.Define("deep", sigI64I64, deepCode()), m.Define("pass", sigI64, passCode()), m.Link())
	deep = lookup(t, m, "deep")
	call1(t, lookup(t, m, "pass"), 1)
}
