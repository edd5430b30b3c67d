//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"davit/jit/internal/native"
)

// TestSoak runs everything at once for as long as the environment variable DAVIT_SOAK says ("10m"), half of it with
// GOMAXPROCS=1 and half with 2: 16 goroutines with compiled code, traps, host calls of all sorts, panics, deep stacks and
// cancelled calls, while functions are replaced, modules come and go, and the collector runs all the time. go test wants a
// -timeout that is longer.
func TestSoak(t *testing.T) {
	total, err := time.ParseDuration(os.Getenv("DAVIT_SOAK"))
	if err != nil {
		t.Skip("DAVIT_SOAK does not give a duration")
	}
	for _, procs := range []int{1, 2} {
		func() {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			end := time.Now().Add(total / 2)
			n := 0
			for time.Now().Before(end) && !t.Failed() {
				stress(t, 50)
				soakRound(t)
				n++
			}
			t.Logf("GOMAXPROCS=%d: %d rounds", procs, n)
		}()
	}
	s := ReadStats()
	t.Logf("at the end: %+v, %d contexts lent", s, native.Lent())
	if s.StackGrown != 0 {
		t.Errorf("stacks have grown by %d bytes", s.StackGrown)
	}
}

// soakRound is what stress does not have.
func soakRound(t *testing.T) {
	m := newModule(t, StackSize(8<<20))
	check(t,
		m.Host("host", identity),
		m.Declare("late", sigI64),
		m.Define("late", sigI64, passCode()),
		m.Define("user", sigI64, callCode("late")),
		m.Define("deep", sigI64I64, deepCode()),
		m.Define("spin", sigI64, spinCode()),
		m.Link())
	user, deep, spin := lookup(t, m, "user"), lookup(t, m, "deep"), lookup(t, m, "spin")
	stop := make(chan bool)
	var wg, all sync.WaitGroup
	loop := func(f func()) {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					f()
				}
			}
		})
	}
	loop(runtime.GC)
	loop(func() { check(t, m.Define("late", sigI64, passCode()), m.Link()) })
	loop(func() {
		o := newModule(t)
		check(t, o.Import(m, "late"), o.Define("f", sigI64, callCode("late")), o.Link())
		call1(t, lookup(t, o, "f"), 1)
		check(t, o.Close())
	})
	depth := int64(4 << 20 / deepBytes)
	for g := range 16 {
		wg.Go(func() {
			for i := range int64(20) {
				if got := call1(t, user, i); got != i+1 {
					t.Errorf("user(%d) = %d", i, got)
				}
				if g%4 == 0 {
					if got := call1(t, deep, depth, 0); got != 8*depth*(depth+1) {
						t.Errorf("deep = %d", got)
					}
				}
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i)*time.Millisecond/4)
				if _, err := spin.CallContext(ctx, Int64(manySpins)); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("spin: %v", err)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	close(stop)
	all.Wait()
	check(t, m.Close())
}
