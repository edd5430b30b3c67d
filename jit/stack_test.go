//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"davit/jit/internal/native"
)

// identity is a host function that returns its argument.
func identity(x int64) int64 { return x }

// overflow expects the error of a call that ran out of stack.
func overflow(t *testing.T, err error) *Trap {
	t.Helper()
	var trap *Trap
	if !errors.As(err, &trap) || trap.Code != StackOverflow {
		t.Fatalf("error is %v, not a stack overflow", err)
	}
	return trap
}

// A million calls that are not tail calls; past the limit an overflow with a backtrace; and all memory given back.
func TestDeepRecursion(t *testing.T) {
	before := ReadStats().StackGrown
	size := min(256<<20, MaxStackSize())
	frames := int64(min(1_000_000, size/deepBytes*9/10))
	m := newModule(t, StackSize(size))
	check(t, m.Host("host", identity))
	f := one(t, m, "deep", sigI64I64, deepCode())
	for range 2 {
		if got := call1(t, f, frames, 0); got != 8*frames*(frames+1) {
			t.Errorf("got %d", got)
		}
		_, err := f.Call(Int64(int64(size/deepBytes+1)), Int64(0))
		trap := overflow(t, err)
		if len(trap.Backtrace) != maxBacktrace || trap.Func != "deep" || trap.Backtrace[1].Func != "deep" {
			t.Errorf("trap in %s, backtrace of %d places", trap.Func, len(trap.Backtrace))
		}
		if got := ReadStats().StackGrown; got != before {
			t.Errorf("stacks have grown by %d bytes before, %d afterwards", before, got)
		}
	}
}

// Stacks of several goroutines grow at the same time, and a limit of all stacks together holds.
func TestLimitStacks(t *testing.T) {
	each := min(32<<20, MaxStackSize())
	defer LimitStacks(LimitStacks(2 * int64(each)))
	m := newModule(t, StackSize(each))
	var inside, release sync.WaitGroup
	release.Add(1)
	check(t, m.Host("host", func(x int64) int64 {
		inside.Done()
		release.Wait()
		return x
	}))
	f := one(t, m, "deep", sigI64I64, deepCode())
	depth := int64(each / deepBytes * 9 / 10)
	var wg sync.WaitGroup
	inside.Add(2)
	for range 2 {
		wg.Go(func() {
			if got := call1(t, f, depth, 0); got != 8*depth*(depth+1) {
				t.Errorf("got %d", got)
			}
		})
	}
	inside.Wait()
	_, err := f.Call(Int64(depth), Int64(0))
	overflow(t, err)
	inside.Add(1)
	release.Done()
	wg.Wait()
	call1(t, f, depth, 0)
}

// Entries at any depth have room for themselves: each level calls Go, which enters again.
func TestNestedOverflow(t *testing.T) {
	m := newModule(t, StackSize(4<<20))
	var pass *Function
	deepest := 0
	check(t, m.HostRaw("host", sigI64, func(c *Call) {
		deepest++
		w := []uint64{c.Args()[0]}
		if err := pass.CallWords(w); err != nil {
			c.Fail(err)
		}
	}))
	pass = one(t, m, "pass", sigI64, passCode())
	_, err := pass.Call(Int64(1))
	if trap := overflow(t, err); len(trap.Backtrace) != maxBacktrace {
		t.Errorf("backtrace of %d places", len(trap.Backtrace))
	}
	if deepest < 4<<20/500 {
		t.Errorf("overflow at depth %d", deepest)
	}
}

// A loop with next to no stack left can be preempted nevertheless.
func TestPreemptionAtTheEdge(t *testing.T) {
	const size = 2 << 20
	m := newModule(t, StackSize(size))
	if !m.Preemptible() {
		t.Skip("compiled code cannot be preempted")
	}
	f := one(t, m, "edge", SystemV([]Kind{I64, I64}, nil), edgeCode())
	for _, left := range []int64{64, 1024, 8 << 10, 64 << 10, size - native.DefaultStack - 64} {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() {
			_, err := f.CallContext(ctx, Int64(manySpins), Int64(size-left))
			done <- err
		}()
		time.Sleep(5 * time.Millisecond)
		runtime.GC()
		cancel()
		if err := <-done; err != context.Canceled {
			t.Errorf("with %d bytes left: %v", left, err)
		}
	}
	if got := ReadStats().StackGrown; got != 0 {
		t.Errorf("stacks have grown by %d bytes", got)
	}
}

// Without signals a stack has its size from the first call on.
func TestStackWithoutSignals(t *testing.T) {
	if os.Getenv("JIT_TEST_NOSIGNALS") == "" {
		rerun(t, "JIT_TEST_NOSIGNALS=1")
		return
	}
	size := min(64<<20, MaxStackSize())
	frames := int64(size / deepBytes * 9 / 10)
	m := newModule(t, StackSize(size), NoSignals())
	check(t, m.Host("host", identity))
	f := one(t, m, "deep", sigI64I64, deepCode())
	for range 2 {
		if got := call1(t, f, frames, 0); got != 8*frames*(frames+1) {
			t.Errorf("got %d", got)
		}
	}
}

// The host call further out can be walked from inside, and from another goroutine while it waits.
func TestWalkOtherStacks(t *testing.T) {
	m := newModule(t)
	names := func(c *Call) string {
		var s []string
		for f := range c.Frames() {
			s = append(s, f.Func)
		}
		return strings.Join(s, " ")
	}
	var outer *Call
	var deep *Function
	var got [3]string
	check(t, m.HostRaw("host", sigI64, func(c *Call) {
		if outer == nil {
			outer = c
			call1(t, deep, 1, 0)
			outer = nil
			return
		}
		got[0], got[1] = names(c), names(outer)
		done := make(chan bool)
		go func() {
			got[2] = names(c)
			close(done)
		}()
		<-done
	}), m.Define("deep", sigI64I64, deepCode()), m.Define("pass", sigI64, passCode()), m.Link())
	deep = lookup(t, m, "deep")
	call1(t, lookup(t, m, "pass"), 1)
	if got != [3]string{"deep deep pass", "pass", "deep deep pass"} {
		t.Errorf("frames: %q", got)
	}
}
