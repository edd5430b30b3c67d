//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import "testing"

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
