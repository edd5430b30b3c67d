//go:build linux && amd64

package jit

import (
	"errors"
	"strings"
	"testing"
)

func TestTypedFunctions(t *testing.T) {
	m := newModule(t)
	check(t,
		m.Define("add", sigI64I64, addCode()),
		m.Define("nop", SystemV(nil, nil), code("c3")),
		m.Define("seven", SystemV(nil, []Kind{I64}), code("b807000000 c3")),
		m.Define("take", SystemV([]Kind{I64}, nil), code("c3")),
		m.Define("inc", sigI64, code("488d4701 c3")),
		m.Define("sum3", SystemV([]Kind{I64, I64, I64}, []Kind{I64}), code("488d0437 4801d0 c3")),
		m.Define("neg32", SystemV([]Kind{I32}, []Kind{I32}), code("89f8 f7d8 c3")),
		m.Define("sub32", SystemV([]Kind{I32, I32}, []Kind{I32}), code("89f8 29f0 c3")),
		m.Define("same", SystemV([]Kind{F64}, []Kind{F64}), code("c3")),
		m.Define("addf", SystemV([]Kind{F64, F64}, []Kind{F64}), code("f20f58c1 c3")),
		m.Define("div", sigI64I64, divCode()),
		m.Define("narrow", SystemV([]Kind{I8, I16, F32}, []Kind{I8, F32}), code("89f8 29f0 c3")),
		m.Link())
	if f, err := Func[func()](m, "nop"); err != nil {
		t.Error(err)
	} else {
		f()
	}
	if f, err := Func[func() int64](m, "seven"); err != nil || f() != 7 {
		t.Error("seven", err)
	}
	if f, err := Func[func(int64)](m, "take"); err != nil {
		t.Error(err)
	} else {
		f(1)
	}
	if f, err := Func[func(int64) int64](m, "inc"); err != nil || f(-1) != 0 {
		t.Error("inc", err)
	}
	if f, err := Func[func(uint64) uint64](m, "inc"); err != nil || f(1) != 2 {
		t.Error("inc", err)
	}
	if f, err := Func[func(int64, int64) int64](m, "add"); err != nil || f(40, 2) != 42 {
		t.Error("add", err)
	}
	if f, err := Func[func(uint64, uint64) uint64](m, "add"); err != nil || f(40, 2) != 42 {
		t.Error("add", err)
	}
	if f, err := Func[func(a, b, c int64) int64](m, "sum3"); err != nil || f(1, 2, 3) != 6 {
		t.Error("sum3", err)
	}
	if f, err := Func[func(int32) int32](m, "neg32"); err != nil || f(5) != -5 {
		t.Error("neg32", err)
	}
	if f, err := Func[func(a, b int32) int32](m, "sub32"); err != nil || f(5, 9) != -4 {
		t.Error("sub32", err)
	}
	if f, err := Func[func(float64) float64](m, "same"); err != nil || f(5.5) != 5.5 {
		t.Error("same", err)
	}
	if f, err := Func[func(a, b float64) float64](m, "addf"); err != nil || f(5.5, 1) != 6.5 {
		t.Error("addf", err)
	}
	if f, err := Func[func(int8, uint16, float32) (int8, float32, error)](m, "narrow"); err != nil {
		t.Error(err)
	} else if a, b, err := f(-5, 4, 1.5); a != -9 || b != 1.5 || err != nil {
		t.Error(a, b, err)
	}
	type binary func(int64, int64) (int64, error)
	f, err := Func[binary](m, "div")
	check(t, err)
	if q, err := f(9, 3); q != 3 || err != nil {
		t.Error(q, err)
	}
	var trap *Trap
	if q, err := f(9, 0); q != 0 || !errors.As(err, &trap) || trap.Code != DivisionByZero {
		t.Errorf("error is %v", err)
	}
	g, err := Func[func(int64, int64) int64](m, "div")
	check(t, err)
	func() {
		defer func() {
			if err, _ := recover().(error); !errors.As(err, &trap) {
				t.Errorf("panic with %v", err)
			}
		}()
		g(9, 0)
	}()
}

func TestTypedMismatch(t *testing.T) {
	m := newModule(t)
	one(t, m, "add", sigI64I64, addCode())
	for _, c := range []struct {
		err  error
		want string
	}{
		{second(Func[int](m, "add")), "not a function type"},
		{second(Func[func(int64) int64](m, "add")), "1 parameters in Go, 2 in the signature"},
		{second(Func[func(int64, int32) int64](m, "add")), "parameter 1 is i32 in Go, i64 in the signature"},
		{second(Func[func(a, b int64) float64](m, "add")), "result 0 is f64 in Go"},
		{second(Func[func(a, b int64)](m, "add")), "0 results in Go"},
		{second(Func[func(a, b int64)](m, "sub")), "sub is not defined"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error is %v, want %s", c.err, c.want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Narrow parameters are extended as the signature says.
func TestExtension(t *testing.T) {
	m := newModule(t)
	for _, c := range []struct {
		name string
		ext  Ext
		want int64
	}{{"sext", SignExt, -2}, {"uext", ZeroExt, 0xfffe}} {
		sig := SystemV([]Kind{I16}, []Kind{I64})
		sig.Params[0].Ext = c.ext
		f := one(t, m, c.name, sig, code("4889f8 c3"))
		out, err := f.Call(Int16(-2))
		check(t, err)
		if out[0].Int() != c.want {
			t.Errorf("%s: %v", c.name, out[0])
		}
		g, err := Func[func(int16) int64](m, c.name)
		check(t, err)
		if got := g(-2); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// Results of host functions are extended as the signature says, whatever the host function left in the upper bits.
func TestResultExtension(t *testing.T) {
	m := newModule(t)
	for _, c := range []struct {
		name string
		kind Kind
		ext  Ext
		want uint64
	}{
		{"s8", I8, SignExt, 0xffffffffffffff88}, {"u8", I8, ZeroExt, 0x88},
		{"s16", I16, SignExt, 0xffffffffffff8788}, {"u16", I16, ZeroExt, 0x8788},
		{"s32", I32, SignExt, 0xffffffff85868788}, {"u32", I32, ZeroExt, 0x85868788},
		{"s64", I64, SignExt, 0x8182838485868788},
	} {
		sig := SystemV(nil, []Kind{c.kind})
		sig.Results[0].Ext = c.ext
		check(t, m.HostRaw("host."+c.name, sig, func(call *Call) { call.Results()[0] = 0x8182838485868788 }))
		f := one(t, m, c.name, sigNoneI64, code("e9 <host."+c.name+">"))
		out, err := f.Call()
		check(t, err)
		if out[0].Uint() != c.want {
			t.Errorf("%s: %#x, want %#x", c.name, out[0].Uint(), c.want)
		}
	}
}
