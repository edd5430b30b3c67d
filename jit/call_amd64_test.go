//go:build linux

package jit

import (
	"errors"
	"math"
	"testing"
)

// Six parameters of mixed kinds, four results in registers and two in memory.
func TestMixedKinds(t *testing.T) {
	m := newModule(t)
	ks := []Kind{I8, I16, I32, I64, F32, F64}
	// mov [rdi], ecx; mov [rdi+8], r8; mov eax, esi; ret
	f := one(t, m, "mixed", SystemV(ks, ks), code("890f 4c894708 89f0 c3"))
	in := []Value{Int8(-2), Int16(-300), Int32(-70000), Int64(math.MinInt64), Float32(1.5), Float64(-2.25)}
	out, err := f.Call(in...)
	check(t, err)
	for i := range in {
		if out[i] != in[i] {
			t.Errorf("result %d = %v, want %v", i, out[i], in[i])
		}
	}
}

func TestStackArguments(t *testing.T) {
	m := newModule(t)
	ks := []Kind{I64, I64, I64, I64, I64, I64, I64, I64}
	// r9*10 + [rsp+8]*100 + [rsp+16]
	f := one(t, m, "f", SystemV(ks, []Kind{I64}), code("4c89c8 486bc00a 486b4c240864 4801c8 4803442410 c3"))
	if got := call1(t, f, 1, 2, 3, 4, 5, 6, 7, 8); got != 60+700+8 {
		t.Errorf("got %d", got)
	}
}

// Data, absolute addresses, and every relocation kind of x64.
func TestRelocations(t *testing.T) {
	m := newModule(t)
	check(t,
		m.DefineData("counter", []byte{5, 0, 0, 0, 0, 0, 0, 0}),
		m.DefineAddress("far", 0x123456789abc),
		m.DefineAddress("near", 0x12345678),
		m.Define("pc", SystemV(nil, []Kind{I64}), code("48ff05 <counter@pc> 488b05 <counter@pc> c3")),
		m.Define("abs", SystemV(nil, []Kind{I64}), code("48b8 <counter@abs8> 488b00 c3")),
		m.Define("got", SystemV(nil, []Kind{I64}), code("488b05 <counter@got> 488b00 c3")),
		m.Define("far8", SystemV(nil, []Kind{I64}), code("48b8 <far@abs8> c3")),
		m.Define("near4", SystemV(nil, []Kind{I64}), code("b8 <near@abs4> c3")),
		m.Define("fargot", SystemV(nil, []Kind{I64}), code("488b05 <far@got> c3")),
		m.Link())
	for _, c := range []struct {
		name string
		want int64
	}{{"pc", 6}, {"pc", 7}, {"abs", 7}, {"got", 7}, {"far8", 0x123456789abc}, {"near4", 0x12345678}, {"fargot", 0x123456789abc}} {
		if got := call1(t, lookup(t, m, c.name)); got != c.want {
			t.Errorf("%s() = %#x, want %#x", c.name, got, c.want)
		}
	}
	b, err := m.Data("counter", 8)
	check(t, err)
	if b[0] != 7 {
		t.Errorf("counter = %d", b[0])
	}
	// A call of an address too far for a displacement goes through a veneer.
	check(t, m.DefineAddress("distant", 1<<40), m.Define("callfar", SystemV(nil, []Kind{I64}), code("554889e5 e8 <distant> 5d c3")), m.Link())
	_, err = lookup(t, m, "callfar").Call()
	var trap *Trap
	if !errors.As(err, &trap) || trap.PC != 1<<40 {
		t.Errorf("call of 1<<40: %v", err)
	}
}
