//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"context"
	"testing"
	"time"
)

func BenchmarkCallWords(b *testing.B) {
	f := one(b, newModule(b), "add", sigI64I64, addCode())
	var w [2]uint64
	for range b.N {
		w[1] = 1
		if f.CallWords(w[:]) != nil {
			b.Fatal("error")
		}
	}
}

func BenchmarkCallValues(b *testing.B) {
	f := one(b, newModule(b), "add", sigI64I64, addCode())
	for b.Loop() {
		f.Call(Int64(1), Int64(2))
	}
}

func BenchmarkHostRaw(b *testing.B) {
	m := newModule(b)
	check(b, m.HostRaw("host", sigI64, func(c *Call) { c.Results()[0] = c.Args()[0] }))
	f := one(b, m, "loop", sigI64, loopCode())
	w := []uint64{uint64(b.N)}
	b.ResetTimer()
	check(b, f.CallWords(w))
}

func BenchmarkHostTyped(b *testing.B) {
	m := newModule(b)
	check(b, m.Host("host", func(x int64) int64 { return x }))
	f := one(b, m, "loop", sigI64, loopCode())
	w := []uint64{uint64(b.N)}
	b.ResetTimer()
	check(b, f.CallWords(w))
}

func BenchmarkTrap(b *testing.B) {
	f := one(b, newModule(b), "load", sigI64, loadCode())
	var w [1]uint64
	for b.Loop() {
		w[0] = 0
		if f.CallWords(w[:]) == nil {
			b.Fatal("no trap")
		}
	}
}

func BenchmarkTyped(b *testing.B) {
	m := newModule(b)
	one(b, m, "add", sigI64I64, addCode())
	f, err := Func[func(int64, int64) int64](m, "add")
	check(b, err)
	s := int64(0)
	for range b.N {
		s = f(s, 1)
	}
	if s != int64(b.N) {
		b.Fatal(s)
	}
}

// From the cancellation of a context to the return of the call that loops.
func BenchmarkCancel(b *testing.B) {
	m := newModule(b)
	if !m.Preemptible() {
		b.Skip("SIGURG is not ours")
	}
	f := one(b, m, "spin", sigI64, spinCode())
	took := time.Duration(0)
	for range b.N {
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan time.Time)
		go func() {
			f.CallContext(ctx, Int64(1<<60))
			ended <- time.Now()
		}()
		time.Sleep(time.Millisecond)
		start := time.Now()
		cancel()
		took += (<-ended).Sub(start)
	}
	b.ReportMetric(float64(took)/float64(b.N), "ns/cancel")
	b.ReportMetric(0, "ns/op") // is mostly the time of waiting for the loop to begin
}

// A million calls deep, on a stack that grows and is cut back each time.
func BenchmarkDeep(b *testing.B) {
	const frames = 1_000_000
	m := newModule(b, StackSize(min(256<<20, MaxStackSize())))
	check(b, m.Host("host", identity))
	f := one(b, m, "deep", sigI64I64, deepCode())
	var w [2]uint64
	for b.Loop() {
		w = [2]uint64{frames, 0}
		check(b, f.CallWords(w[:]))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/frames, "ns/frame")
}

// Defining, linking and freeing a function.
func BenchmarkDefine(b *testing.B) {
	m := newModule(b)
	for b.Loop() {
		check(b, m.Define("f", sigI64I64, addCode()), m.Link(), m.Free("f"))
	}
}
