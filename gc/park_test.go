//go:build linux && amd64

package gc

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"davit/ir"
	"davit/ir/op"
	"davit/jit"
)

// pairs of numbers and references
var pairSpec = func() *Spec {
	s, err := NewSpec(Tags{}, Layout{Name: "pair", Words: 2, Refs: 2})
	if err != nil {
		panic(err)
	}
	return s
}()

// hold makes %hold(n), which makes a list of the numbers from n to 1, one frame for each pair, calls %wait, and then sums
// the list up.
func hold(c *code, wait func(*jit.Call)) *jit.Function {
	if err := c.e.Module.HostRaw("wait", jit.SystemV(nil, nil), wait); err != nil {
		c.t.Fatal(err)
	}
	c.fn("hold", "nr", func(p []ir.Value) {
		pair := c.New(0, 0, p[0], p[1])
		c.when(c.IcmpImm(op.Ne, p[0], 1), func() {
			rest := c.callFn("hold", c.IaddImm(p[0], -1), pair)
			c.Return(c.Iadd(rest, c.Emitter.Load(pair, 0, 0)))
		})
		c.Builder.Call(c.ImportFunction("wait", c.ImportSignature(ir.Signature{CallConv: ir.SystemV})))
		c.Return(c.Emitter.Load(pair, 0, 0))
	})
	c.entry("hold", 2)
	return c.link("hold")[0]
}

// Roots in a native stack that waits in a host call are found by the goroutine that uses the heap meanwhile.
func TestPark(t *testing.T) {
	for _, cfg := range []Config{{Nursery: 64 << 10, Verify: true}, {Stress: true, Verify: true}} {
		c := newCode(t, pairSpec)
		h := newHeap(t, pairSpec, cfg)
		level := 0
		var fn *jit.Function
		fn = hold(c, func(c *jit.Call) {
			level++
			if level == 4 {
				return
			}
			done := make(chan error)
			err := h.Park(func() {
				go func() {
					words := []uint64{uint64(h.Context()), 30, 0}
					err := h.Call(fn, words)
					if err == nil && words[0] != 465 {
						t.Errorf("sum of the other goroutine: %d", words[0])
					}
					done <- err
				}()
				if err := <-done; err != nil {
					t.Error(err)
				}
			})
			if err != nil {
				t.Error(err)
			}
			if err := h.Collect(true); err != nil {
				t.Error(err)
			}
		})
		if got := call(t, h, fn, 50, 0); got != 1275 {
			t.Errorf("sum %d", got)
		}
		if len(h.parked) != 0 || h.user.depth != 0 {
			t.Error("sessions are left")
		}
		if err := h.Verify(); err != nil {
			t.Error(err)
		}
	}
}

// Compiled code that calls Go that calls compiled code, with another heap in between.
func TestNested(t *testing.T) {
	c := newCode(t, pairSpec)
	heaps := []*Heap{newHeap(t, pairSpec, Config{Stress: true, Verify: true}), newHeap(t, pairSpec, Config{Stress: true, Verify: true})}
	level := 0
	var fn *jit.Function
	fn = hold(c, func(*jit.Call) {
		if level++; level < 5 {
			n := uint64(10 + level)
			if got := call(t, heaps[level%2], fn, n, 0); got != n*(n+1)/2 {
				t.Errorf("sum up to %d: %d", n, got)
			}
		}
		for _, h := range heaps {
			if err := h.Enter(); err != nil {
				t.Error(err)
				continue
			}
			if err := h.Collect(true); err != nil {
				t.Error(err)
			}
			h.Leave()
		}
	})
	if got := call(t, heaps[0], fn, 10, 0); got != 55 {
		t.Errorf("%d", got)
	}
}

// A second user is an error, and so is compiled code that was not called in a way by which its frames are known.
func TestBusy(t *testing.T) {
	c := newCode(t, pairSpec)
	h := newHeap(t, pairSpec, Config{Stress: true})
	var fn *jit.Function
	fn = hold(c, func(*jit.Call) {
		done := make(chan bool)
		go func() {
			if err := h.Call(fn, []uint64{uint64(h.Context()), 3, 0}); !errors.Is(err, ErrBusy) {
				t.Errorf("second user: %v", err)
			}
			if err := h.Enter(); !errors.Is(err, ErrBusy) {
				t.Errorf("second user: %v", err)
			}
			if err := fn.CallWords([]uint64{uint64(h.Context()), 3, 0}); !errors.Is(err, errNotByCall) {
				t.Errorf("second user who does not ask: %v", err)
			}
			close(done)
		}()
		<-done
		if err := fn.CallWords([]uint64{uint64(h.Context()), 3, 0}); !errors.Is(err, errNotByCall) {
			t.Errorf("call that the heap does not know: %v", err)
		}
	})
	if got := call(t, h, fn, 10, 0); got != 55 {
		t.Errorf("%d", got)
	}
	h.Close()
	if err := fn.CallWords([]uint64{uint64(h.mem.base), 3, 0}); err == nil {
		t.Error("a heap that is closed can be used")
	}
}

// Running out of memory ends the call, a panic and a trap leave the heap in order.
func TestEnds(t *testing.T) {
	c := newCode(t, pairSpec)
	h := newHeap(t, pairSpec, Config{Limit: 1 << 20, Nursery: 64 << 10})
	boom := true
	fn := hold(c, func(c *jit.Call) {
		if boom {
			panic("boom")
		}
		c.Trap(jit.HeapOutOfBounds)
	})
	c.fn("forever", "r", func(p []ir.Value) { c.Return(c.callFn("forever", c.New(0, 0, p[0], p[0]))) })
	c.entry("forever", 1)
	c.fn("fill", "r", func(p []ir.Value) {
		loop := c.CreateBlock()
		v := c.DeclareVar(op.I64)
		c.DeclareVarNeedsStackMap(v)
		c.DefVar(v, p[0])
		c.Jump(loop)
		c.SwitchToBlock(loop)
		c.DefVar(v, c.New(0, 0, c.Iconst(op.I64, 7), c.UseVar(v)))
		c.Jump(loop)
	})
	c.entry("fill", 1)
	fns := c.link("forever", "fill")
	func() {
		defer func() {
			if recover() != "boom" {
				t.Error("no panic")
			}
		}()
		h.Call(fn, []uint64{uint64(h.Context()), 10, 0})
	}()
	boom = false
	var trap *jit.Trap
	if err := h.Call(fn, []uint64{uint64(h.Context()), 10, 0}); !errors.As(err, &trap) || trap.Code != jit.HeapOutOfBounds {
		t.Errorf("trap: %v", err)
	}
	if err := h.Call(fns[0], []uint64{uint64(h.Context()), 0}); !errors.As(err, &trap) && !errors.Is(err, ErrOutOfMemory) {
		t.Errorf("endless recursion: %v", err)
	}
	for range 2 {
		err := h.Call(fns[1], []uint64{uint64(h.Context()), 0})
		if !errors.Is(err, ErrOutOfMemory) || !strings.Contains(err.Error(), "1048576") {
			t.Errorf("endless list: %v", err)
		}
		var oom *OutOfMemory
		if errors.As(err, &oom); oom == nil || len(oom.Backtrace) != 2 || oom.Backtrace[0].Func != "fill" {
			t.Errorf("backtrace of %v", oom)
		}
	}
	if h.user.depth != 0 {
		t.Error("sessions are left")
	}
	if err := h.Verify(); err != nil {
		t.Error(err)
	}
}

// Many heaps side by side, each with its goroutine, and requests from outside.
func TestManyHeaps(t *testing.T) {
	c := newCode(t, pairSpec)
	fn := hold(c, func(*jit.Call) {})
	var wg sync.WaitGroup
	for range 8 {
		h := newHeap(t, pairSpec, Config{Nursery: 64 << 10})
		stop := make(chan bool)
		wg.Add(2)
		go func() {
			defer wg.Done()
			for {
				select {
				case <-stop:
					return
				default:
					h.Request()
				}
			}
		}()
		go func() {
			defer wg.Done()
			for range 300 {
				if got := call(t, h, fn, 100, 0); got != 5050 {
					t.Errorf("%d", got)
				}
			}
			close(stop)
		}()
	}
	wg.Wait()
}
