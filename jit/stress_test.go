//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"davit/jit/internal/native"
)

// grow needs n frames of Go stack.
//
//go:noinline
func grow(n int) int {
	var a [16]int
	a[n%16] = n
	if n == 0 {
		return 0
	}
	return grow(n-1) + a[n%16] - n + 1
}

var sink atomic.Value

// torture is a host function that does everything Go code may do, in turn.
type torture struct {
	count   atomic.Int64
	inner   *Function // calls the host function once and adds one
	thrower *Function // makes the host function panic
}

var errThrough = errors.New("through")

func (w *torture) host(x int64) int64 {
	if x < 0 {
		grow(300)
		panic(errThrough)
	}
	switch k := w.count.Add(1); k % 9 {
	case 0:
		if k%5 == 0 {
			runtime.GC()
		}
	case 1:
		s := make([][]byte, 20)
		for i := range s {
			s[i] = make([]byte, 1000)
		}
		sink.Store(s)
	case 2:
		if n := 500; grow(n) != n {
			panic("wrong sum")
		}
		if k%500 == 2 {
			grow(50000)
		}
	case 3:
		if goNilPanic() == nil {
			panic("nil panic lost")
		}
	case 4:
		runtime.Gosched()
	case 5:
		if x < 6 {
			var out [1]uint64
			out[0] = uint64(x + 1)
			if err := w.inner.CallWords(out[:]); err != nil || int64(out[0]) != x+2 {
				panic(fmt.Sprint("inner call: ", out[0], err))
			}
		}
	case 6:
		func() {
			defer func() {
				if r := recover(); r != errThrough {
					panic(r)
				}
			}()
			w.thrower.CallWords([]uint64{^uint64(0)})
			panic("no panic came through")
		}()
	case 7:
		if s := string(debug.Stack()); !strings.Contains(s, "native.Enter") {
			panic(s)
		}
	case 8:
		done := make(chan bool)
		go func() {
			defer close(done)
			w.thrower.CallWords([]uint64{5}) // on another goroutine
			runtime.Goexit()
		}()
		<-done
	}
	return x
}

// Everything at once: host calls of all sorts, traps, Go panics and collections on many goroutines.
func TestStress(t *testing.T) {
	for _, procs := range []int{1, 2, 4} {
		t.Run(fmt.Sprint("GOMAXPROCS=", procs), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			stress(t, scaled(20, 1000))
		})
	}
}

func stress(t *testing.T, rounds int) {
	m := newModule(t)
	w := new(torture)
	check(t,
		m.Host("host", w.host),
		m.Define("pass", sigI64, passCode()),
		m.Define("loop", sigI64, loopCode()),
		m.Define("div", sigI64I64, divCode()),
		m.Define("load", sigI64, loadCode()),
		m.Define("deep", sigI64I64, deepCode()),
		m.Define("spin", sigI64, spinCode()),
		m.Define("recurse", sigI64, recurseCode()),
		m.Link())
	w.inner, w.thrower = lookup(t, m, "pass"), lookup(t, m, "pass")
	loop, div, load, spin, rec := lookup(t, m, "loop"), lookup(t, m, "div"), lookup(t, m, "load"), lookup(t, m, "spin"), lookup(t, m, "recurse")
	stop := make(chan bool)
	var gc, wg sync.WaitGroup
	gc.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				runtime.GC()
			}
		}
	})
	for g := range 16 {
		wg.Go(func() {
			for r := range rounds {
				if got := call1(t, loop, 20); got != 210 {
					t.Errorf("loop(20) = %d", got)
				}
				if trap := trapOf(t, div, Int64(1), Int64(0)); trap.Code != DivisionByZero {
					t.Error(trap)
				}
				if trap := trapOf(t, load, Int64(int64(g*8))); trap.Code != HeapOutOfBounds || trap.Addr != uintptr(g*8)&^pageMask {
					t.Error(trap, trap.Addr)
				}
				if r%10 == 0 {
					if trap := trapOf(t, rec, Int64(0)); trap.Code != StackOverflow {
						t.Error(trap)
					}
				}
				if got := call1(t, spin, 100000); got != 0 {
					t.Errorf("spin = %d", got)
				}
				if goNilPanic() == nil {
					t.Error("nil panic lost")
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	gc.Wait()
	for _, c := range native.Contexts() {
		if c.Act != 0 || c.NatSP != c.Top() {
			t.Errorf("a context is left with activation %#x, %d bytes of stack in use", c.Act, c.Top()-c.NatSP)
		}
	}
}

// A panic or Goexit that leaves compiled code gives the native stack back, however often.
func TestPanicThrough(t *testing.T) {
	m := newModule(t)
	check(t, m.Host("host", func(x int64) int64 {
		if x == 0 {
			panic(errThrough)
		}
		runtime.Goexit()
		return 0
	}))
	f := one(t, m, "pass", sigI64, passCode())
	for range 100_000 {
		func() {
			defer func() {
				if recover() != errThrough {
					t.Error("panic lost")
				}
			}()
			f.CallWords([]uint64{0})
		}()
	}
	for range 100 {
		done := make(chan bool)
		go func() {
			defer close(done)
			f.CallWords([]uint64{1})
		}()
		<-done
	}
}

// More goroutines inside calls at the same time than contexts are cached for.
func TestManyGoroutines(t *testing.T) {
	m := newModule(t)
	n := min(scaled(1500, 5000), native.MaxStacks()*3/4)
	var inside sync.WaitGroup
	inside.Add(n)
	release := make(chan bool)
	check(t, m.Host("host", func(x int64) int64 {
		inside.Done()
		<-release
		return x
	}))
	f := one(t, m, "pass", sigI64, passCode())
	add := one(t, m, "add", sigI64I64, addCode())
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if got := call1(t, add, int64(i), 1); got != int64(i)+1 {
				t.Errorf("add(%d, 1) = %d", i, got)
			}
			if got := call1(t, f, int64(i)); got != int64(i)+1 {
				t.Errorf("pass(%d) = %d", i, got)
			}
		})
	}
	inside.Wait()
	close(release)
	wg.Wait()
	if n := native.Lent(); n != 0 {
		t.Errorf("%d contexts have not been given back", n)
	}
}

// Close and Free while other goroutines keep on entering: each call either works or fails cleanly.
func TestCloseRace(t *testing.T) {
	for i := range scaled(150, 5000) {
		m := newModule(t)
		check(t, m.Host("host", func(x int64) int64 { return x }))
		pass := one(t, m, "pass", sigI64, passCode())
		add := one(t, m, "add", sigI64I64, addCode())
		var wg sync.WaitGroup
		var started atomic.Int32
		for range 3 {
			wg.Go(func() {
				w := make([]uint64, 2)
				for n := uint64(0); ; n++ {
					w[0] = n
					err := pass.CallWords(w)
					if errors.Is(err, ErrClosed) {
						return
					}
					if err != nil || w[0] != n+1 {
						t.Errorf("pass(%d) = %d, %v", n, w[0], err)
						return
					}
					w[0], w[1] = n, 2
					if err := add.CallWords(w); err == nil && w[0] != n+2 {
						t.Errorf("add(%d, 2) = %d", n, w[0])
						return
					}
					if n == 0 {
						started.Add(1)
					}
					if n%64 == 0 {
						runtime.Gosched()
					}
				}
			})
		}
		for started.Load() < 3 {
			runtime.Gosched()
		}
		if i%2 == 0 {
			check(t, m.Free("add"))
		}
		check(t, m.Close())
		wg.Wait()
	}
}
