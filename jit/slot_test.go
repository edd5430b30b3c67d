//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

var sigNoneI64 = SystemV(nil, []Kind{I64})

func TestRedefine(t *testing.T) {
	m := newModule(t)
	check(t, m.Declare("f", sigNoneI64))
	g := one(t, m, "g", sigNoneI64, tailCode("f"))
	f := lookup(t, m, "f")
	if _, err := g.Call(); err == nil || !strings.Contains(err.Error(), "f, which is declared but not defined") {
		t.Errorf("error is %v", err)
	}
	for i := range byte(100) {
		check(t, m.Define("f", sigNoneI64, constant(i)))
		if i > 0 {
			if got := call1(t, g); got != int64(i)-1 {
				t.Fatalf("before Link: %d", got)
			}
		}
		check(t, m.Link())
		if got, same := call1(t, g), call1(t, f); got != int64(i) || same != int64(i) {
			t.Fatalf("definition %d gives %d, %d", i, got, same)
		}
	}
	if n := len(m.res.funcs); n != 2 {
		t.Errorf("%d functions are in memory", n)
	}
	if err := m.Define("f", sigI64I64, addCode()); err == nil {
		t.Error("a definition with another signature is accepted")
	}
	check(t, m.Free("f"))
	if _, err := f.Call(); err == nil {
		t.Error("a definition that was freed can be called")
	}
	check(t, m.Define("f", sigNoneI64, constant(7)), m.Link())
	if got := call1(t, g); got != 7 {
		t.Errorf("got %d", got)
	}
}

// The resolver runs once per function, and all arguments pass through.
func TestLazy(t *testing.T) {
	var m *Module
	resolved := 0
	m = newModule(t, Lazy(func(name string) error {
		if name == "bad" {
			return errors.New("no such thing")
		}
		resolved++
		check(t, m.Define(name, m.symbols[name].slot.sig, tailCode("host")))
		return m.Link()
	}))
	var ks []Kind
	for range 3 {
		for k := I8; k <= V128; k++ {
			ks = append(ks, k)
		}
	}
	sig := SystemV(ks, ks)
	check(t, m.HostRaw("host", sig, func(c *Call) { copy(c.Results(), c.Args()) }), m.Declare("f", sig), m.Declare("bad", sigNoneI64))
	f := lookup(t, m, "f")
	in := make([]Value, len(ks))
	for i, k := range ks {
		in[i] = Bits(k, 0x8182838485868788+uint64(i)<<32+uint64(i), 0x9192939495969798+uint64(i))
	}
	for range 3 {
		out, err := f.Call(in...)
		check(t, err)
		for i := range in {
			if out[i] != in[i] {
				t.Errorf("value %d of kind %s = %v, want %v", i, in[i].Kind, out[i], in[i])
			}
		}
	}
	if resolved != 1 {
		t.Errorf("resolved %d times", resolved)
	}
	if _, err := lookup(t, m, "bad").Call(); err == nil || err.Error() != "no such thing" {
		t.Errorf("error is %v", err)
	}
}

// Frames below a resolver are seen by a walk from inside it, and callee-saved registers survive it.
func TestLazyWalk(t *testing.T) {
	var m *Module
	var names []string
	m = newModule(t, Lazy(func(name string) error {
		check(t, m.Define("host", sigI64, identityCode()), m.Link())
		call1(t, lookup(t, m, "probe"))
		return nil
	}))
	check(t, m.Declare("host", sigI64),
		m.HostRaw("walk", sigNoneI64, func(c *Call) {
			for f := range c.Frames() {
				names = append(names, f.Func)
			}
		}),
		m.Define("probe", sigNoneI64, callCode("walk")),
		m.Define("loop", sigI64, loopCode()),
		m.Link())
	if got := call1(t, lookup(t, m, "loop"), 4); got != 10 {
		t.Errorf("loop(4) = %d", got)
	}
	if got := strings.Join(names, " "); got != "probe loop" {
		t.Errorf("frames: %s", got)
	}
}

// A function that frees or replaces itself goes on running; its memory is reused only after it has returned.
func TestFreeWhileRunning(t *testing.T) {
	m := newModule(t)
	inCall, goOn := make(chan bool), make(chan bool)
	check(t, m.Declare("f", sigI64), m.Host("host", func(x int64) int64 {
		if x == 1 { // on this goroutine
			check(t, m.Free("f"))
		} else {
			inCall <- true
			<-goOn
		}
		return x
	}))
	for _, x := range []int64{1, 2} {
		check(t, m.Define("f", sigI64, passCode()), m.Link())
		f := lookup(t, m, "f")
		done := make(chan int64)
		go func() { done <- call1(t, f, x) }()
		if x == 2 {
			<-inCall
			check(t, m.Free("f"))
			if len(m.retired) == 0 {
				t.Error("reclaimed while a call is in it")
			}
			goOn <- true
		}
		if got := <-done; got != x+1 {
			t.Errorf("f(%d) = %d", x, got)
		}
		check(t, m.Declare("f", sigI64), m.Link())
		m.mu.Lock()
		m.reap()
		if len(m.retired) != 0 {
			t.Error("not reclaimed after the call")
		}
		m.mu.Unlock()
	}
}

// Calls on several goroutines while the function is replaced all the time.
func TestRedefineConcurrently(t *testing.T) {
	m := newModule(t)
	check(t, m.Declare("f", sigNoneI64))
	check(t, m.Define("f", sigNoneI64, constant(1)), m.Link())
	g := one(t, m, "g", sigNoneI64, tailCode("f"))
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for !stop.Load() {
				if got := call1(t, g); got < 1 || got > 100 {
					t.Errorf("got %d", got)
					return
				}
			}
		})
	}
	for i := range scaled(2000, 200000) {
		check(t, m.Define("f", sigNoneI64, constant(byte(i%100+1))), m.Link())
		if got := call1(t, g); got != int64(i%100+1) {
			t.Fatalf("got %d", got)
		}
	}
	stop.Store(true)
	wg.Wait()
	if n := m.MemoryUse(); n > 8*chunkBytes {
		t.Errorf("%d bytes in use", n)
	}
}
