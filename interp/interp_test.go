package interp

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
	"davit/ir/text"
)

// load makes a module of source text.
func load(t testing.TB, src string, opts Options) *Module {
	t.Helper()
	f, errs := text.Parse([]byte(src), text.Options{})
	if errs.Err() != nil {
		t.Fatal(errs)
	}
	return module(t, f, opts)
}

func i64s(ns ...int64) (vs []data.Value) {
	for _, n := range ns {
		vs = append(vs, data.I64(n))
	}
	return vs
}

// wantI64 calls a function that returns i64s.
func wantI64(t *testing.T, m *Module, name string, args []data.Value, want ...int64) {
	t.Helper()
	got, err := m.Call(name, args)
	if err != nil || !slices.Equal(got, i64s(want...)) {
		t.Errorf("%s: %s, %v; want %d", name, data.FormatList(got), err, want)
	}
}

// wantError calls a function that fails with an error of type E whose text contains each of the parts.
func wantError[E error](t *testing.T, m *Module, name string, args []data.Value, parts ...string) E {
	t.Helper()
	var e E
	got, err := m.Call(name, args)
	if !errors.As(err, &e) {
		t.Fatalf("%s: %s, error %v of type %T; want one of type %T", name, data.FormatList(got), err, err, e)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s: error %q lacks %q", name, err, part)
		}
	}
	return e
}

const hostSource = `
function %ask(i64, f32) -> i64, f32 {
    fn0 = %host(i64, f32) -> i64, f32
block0(v0: i64, v1: f32):
    v2, v3 = call fn0(v0, v1)
    return v2, v3
}
function %ask_indirect(i64) -> i64 tail {
    sig0 = (i64) -> i64 tail
    fn0 = %twice sig0
block0(v0: i64):
    v1 = func_addr.i64 fn0
    return_call_indirect sig0, v1(v0)
}
function %again(i64) -> i64 {
    fn0 = %twice(i64) -> i64
    fn1 = %ask_indirect(i64) -> i64 tail
block0(v0: i64):
    v1 = call fn0(v0)
    v3 = iconst.i64 0
    v2 = call fn1(v3)
    v4 = iadd v1, v2
    return v4
}
function %unknown() {
    fn0 = %nobody()
block0:
    call fn0()
    return
}
function %wrong_address(i64) {
    sig0 = ()
block0(v0: i64):
    call_indirect sig0, v0()
    return
}
function %wrong_signature(i64) -> i32 {
    fn0 = %again(i64) -> i32
block0(v0: i64):
    v1 = call fn0(v0)
    return v1
}
function %fail() {
    fn0 = %fails()
block0:
    call fn0()
    return
}
function %symbol() -> i64 {
    gv0 = symbol %table+8
    gv1 = symbol %nowhere
block0:
    v0 = symbol_value.i64 gv0
    v1 = load.i64 v0
    return v1
}
function %no_symbol() -> i64 {
    gv1 = symbol %nowhere
block0:
    v0 = symbol_value.i64 gv1
    return v0
}
function %store(i64) {
block0(v0: i64):
    store v0, v0
    return
}
function %switch(i64) -> i64 {
block0(v0: i64):
    v1 = stack_switch v0, v0, v0
    return v1
}
`

func TestHost(t *testing.T) {
	boom := errors.New("boom")
	opts := Options{Symbols: map[string]uint64{}, Host: map[string]HostFunc{
		"host": func(c *Context, args []data.Value) ([]data.Value, error) {
			return []data.Value{data.I64(args[0].Int64() + 1), data.F32(args[1].Float32() * 2)}, nil
		},
		"twice": func(c *Context, args []data.Value) ([]data.Value, error) {
			if n := args[0].Int64(); n > 0 {
				r, err := c.Call("again", i64s(n-1))
				if err != nil {
					return nil, err
				}
				return i64s(2 + r[0].Int64()), nil
			}
			return i64s(1), nil
		},
		"fails": func(c *Context, args []data.Value) ([]data.Value, error) {
			if c.Name() != "fails" || len(c.Signature().Params) != 0 || c.Module() == nil {
				return nil, fmt.Errorf("wrong context: %v", c)
			}
			return nil, boom
		},
	}}
	m := load(t, hostSource, opts)
	table := m.Memory().MapReadOnly([]byte{0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0})
	opts.Symbols["table"] = table
	got, err := m.Call("ask", []data.Value{data.I64(4), data.F32(1.5)})
	if err != nil || got[0].Int64() != 5 || got[1].Float32() != 3 {
		t.Errorf("ask: %v, %v", got, err)
	}
	wantI64(t, m, "again", i64s(2), 8)
	wantI64(t, m, "symbol", nil, 7)
	if _, err := m.Call("fail", nil); !errors.Is(err, boom) {
		t.Errorf("fail: %v", err)
	}
	wantError[*Unsupported](t, m, "unknown", nil, "%unknown: inst", "call of %nobody")
	wantError[*Unsupported](t, m, "no_symbol", nil, "symbol")
	wantError[*Unsupported](t, m, "missing", nil, "%missing", "no such function")
	wantError[*Unsupported](t, m, "switch", i64s(1), "stack_switch")
	wantError[*Trap](t, m, "wrong_address", i64s(17), "no function is at address 0x11")
	wantError[*Invalid](t, m, "wrong_signature", i64s(1), "%again", "expected (i64) -> i64")
	wantError[*Invalid](t, m, "ask", i64s(1), "called with 1 arguments, expected 2")
	wantError[*Invalid](t, m, "again", []data.Value{data.I8(1)}, "argument 0 has type i8")
	wantError[*Trap](t, m, "store", i64s(int64(table)), "heap_oob")
	if b, ok := m.Memory().Bytes(table, 16); !ok || b[8] != 7 {
		t.Error("read-only memory changed")
	}
	if _, err := NewModule([]*ir.Func{m.funcs[0].ir, m.funcs[0].ir}, Options{}); err == nil {
		t.Error("two functions of one name")
	}
	if _, err := NewModule(nil, Options{StackSize: 1 << 40}); err == nil {
		t.Error("a stack of a terabyte")
	}
	if a, ok := m.FuncAddr("again"); !ok || a == 0 {
		t.Error("no address of %again")
	}
	if _, ok := m.FuncAddr("nobody at all"); ok {
		t.Error("an address of an unknown function")
	}
}

func TestHostMistakes(t *testing.T) {
	m := load(t, hostSource, Options{Host: map[string]HostFunc{
		"host": func(c *Context, args []data.Value) ([]data.Value, error) { return args[:1], nil },
		"twice": func(c *Context, args []data.Value) ([]data.Value, error) {
			return []data.Value{data.I8(1)}, nil
		},
		"fails": func(c *Context, args []data.Value) ([]data.Value, error) { panic("oops") },
	}})
	wantError[*Invalid](t, m, "ask", []data.Value{data.I64(4), data.F32(1.5)}, "returned 1 values, expected 2")
	wantError[*Invalid](t, m, "again", i64s(1), "returned result 0 of type i8, expected i64")
	b := wantError[*Bug](t, m, "fail", nil, "oops")
	if !strings.Contains(b.Trace, "TestHostMistakes") {
		t.Error("no trace of the panic")
	}
	wantError[*Bug](t, m, "fail", nil, "oops") // the module is still of use
}

func TestLimits(t *testing.T) {
	const src = `
function %forever() {
block0:
    jump block1
block1:
    jump block1
}
function %deep(i64) -> i64 {
    fn0 = %deep(i64) -> i64
block0(v0: i64):
    v1 = call fn0(v0)
    return v1
}
function %deep_slots(i64) -> i64 {
    ss0 = explicit_slot 4096
    fn0 = %deep_slots(i64) -> i64
block0(v0: i64):
    v1 = call fn0(v0)
    return v1
}
function %huge() -> i8 {
    ss0 = explicit_slot 0xffff_ffff
block0:
    v0 = iconst.i8 1
    return v0
}
function %ten() -> i64 {
block0:
    v0 = iconst.i64 10
    jump block1(v0)
block1(v1: i64):
    return v1
}
`
	m := load(t, src, Options{Fuel: 100000, MaxDepth: 1000})
	l := wantError[*Limit](t, m, "forever", nil, "out of fuel")
	if l.Kind != LimitFuel || l.Func != "%forever" {
		t.Error(l)
	}
	if l := wantError[*Limit](t, m, "deep", i64s(1), "out of call depth"); l.Kind != LimitDepth {
		t.Error(l)
	}
	m = load(t, src, Options{})
	trap := wantError[*Trap](t, m, "deep_slots", i64s(1), "stk_ovf")
	if trap.Code != op.StackOverflow || len(trap.Stack) != maxBacktrace {
		t.Error(trap, len(trap.Stack))
	}
	wantError[*Trap](t, m, "huge", nil, "stk_ovf")
	wantI64(t, m, "ten", nil, 10)
	// Three instructions: two in the first block, one in the second.
	wantI64(t, load(t, src, Options{Fuel: 3}), "ten", nil, 10)
	wantError[*Limit](t, load(t, src, Options{Fuel: 2}), "ten", nil)
}

func TestExceptions(t *testing.T) {
	const src = `
function %inner(i64) -> i64 tail {
    fn0 = %throw(i64) -> i64 tail
block0(v0: i64):
    return_call fn0(v0)
}
function %catch(i64, i32) -> i64 {
    sig0 = (i64) -> i64 tail
    fn0 = %inner sig0
block0(v0: i64, v1: i32):
    v2 = iconst.i64 1000
    try_call fn0(v0), sig0, block1(ret0, v2), [ tag1: block1(exn0, exn1), context v1, tag2: block2(exn0) ]
block1(v3: i64, v4: i64):
    v5 = iadd v3, v4
    return v5
block2(v6: i64):
    v7 = ineg v6
    return v7
}
function %caller(i64) -> i64 {
    fn0 = %host(i64) -> i64
block0(v0: i64):
    v1 = call fn0(v0)
    return v1
}
function %throws(i64) -> i64 {
    sig0 = (i64) -> i64 tail
    fn0 = %throw sig0
block0(v0: i64):
    try_call fn0(v0), sig0, block1(ret0), [ tag9: block1(exn0) ]
block1(v1: i64):
    return v1
}
`
	ctx := data.I32(5)
	opts := Options{Host: map[string]HostFunc{
		"throw": func(c *Context, args []data.Value) ([]data.Value, error) {
			n := args[0].Int64()
			switch {
			case n == 0:
				return i64s(7), nil
			case n == 20:
				return nil, &Exception{Tag: 2, Payload: i64s(8), Context: ctx}
			}
			return nil, &Exception{Tag: uint32(n), Payload: i64s(n * 10)}
		},
		"host": func(c *Context, args []data.Value) ([]data.Value, error) { return c.Call("throws", args) },
	}}
	m := load(t, src, opts)
	call := func(n int64, ctx int32) []data.Value { return []data.Value{data.I64(n), data.I32(ctx)} }
	wantI64(t, m, "catch", call(0, 0), 1007)
	wantI64(t, m, "catch", call(1, 0), 10)
	wantI64(t, m, "catch", call(2, 0), -20)
	wantI64(t, m, "catch", call(20, 5), -8)
	if e := wantError[*Exception](t, m, "catch", call(20, 6), "uncaught exception tag2(8)"); e.Context != ctx {
		t.Error(e)
	}
	wantError[*Exception](t, m, "catch", call(3, 0), "tag3(30)")
	wantI64(t, m, "caller", i64s(9), 90)
	wantError[*Exception](t, m, "caller", i64s(4), "tag4(40)")
}

func TestCanonicalNaN(t *testing.T) {
	const src = `
function %div(f32, f32) -> f32 {
block0(v0: f32, v1: f32):
    v2 = fdiv v0, v1
    return v2
}
function %divs(f32x4, f32x4) -> f32x4 {
block0(v0: f32x4, v1: f32x4):
    v2 = fdiv v0, v1
    return v2
}
function %neg(f32) -> f32 {
block0(v0: f32):
    v2 = fneg v0
    return v2
}
`
	for _, canonical := range []bool{false, true} {
		m := load(t, src, Options{CanonicalNaN: canonical})
		want, wants := "-NaN", "0x00000000"+"3f800000"+"7fc00001"+"ffc00000"
		if canonical {
			want, wants = "+NaN", "0x00000000"+"3f800000"+"7fc00000"+"7fc00000"
		}
		got, err := m.Call("div", []data.Value{data.F32(0), data.F32(0)})
		if err != nil || got[0].String() != want {
			t.Errorf("canonical %v: %v, %v", canonical, got, err)
		}
		x, _, _ := data.Parse(op.F32X4, "[0.0 +sNaN:0x1 0x1.0 0.0]")
		y, _, _ := data.Parse(op.F32X4, "[0.0 0x1.0 0x1.0 0x1.0]")
		got, err = m.Call("divs", []data.Value{x, y})
		if err != nil || got[0].String() != wants {
			t.Errorf("canonical %v: %v, %v", canonical, got, err)
		}
		nan, _, _ := data.Parse(op.F32, "+NaN:0x5")
		if got, err := m.Call("neg", []data.Value{nan}); err != nil || got[0].String() != "-NaN:0x5" {
			t.Errorf("fneg of a NaN: %v, %v", got, err)
		}
	}
}

func TestReferenceAndByteOrder(t *testing.T) {
	const src = `
function %rem(i64, i64) -> i64 {
block0(v0: i64, v1: i64):
    v2 = srem v0, v1
    return v2
}
function %order(i64) -> i64 {
    ss0 = explicit_slot 8
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    store v0, v1
    v2 = uload8.i64 v1
    return v2
}
`
	min := i64s(-1<<63, -1)
	wantI64(t, load(t, src, Options{}), "rem", min, 0)
	wantError[*Trap](t, load(t, src, Options{Reference: true}), "rem", min, "int_ovf")
	wantI64(t, load(t, src, Options{}), "order", i64s(1), 1)
	wantI64(t, load(t, src, Options{BigEndian: true}), "order", i64s(1), 0)
	wantI64(t, load(t, src, Options{BigEndian: true}), "order", i64s(2<<56), 2)
}

func TestMemory(t *testing.T) {
	m := load(t, "", Options{}).Memory()
	a, b := m.Map(100), m.Map(1<<31)
	if a%4096 != 0 || a >= 1<<32 || b < 1<<32 {
		t.Errorf("mapped at %#x and %#x", a, b)
	}
	if _, ok := m.Bytes(a+99, 2); ok {
		t.Error("read beyond the end")
	}
	if x, ok := m.Bytes(a, 100); !ok || len(x) != 100 {
		t.Error("cannot read all")
	}
	if m.Unmap(a+1) == nil || m.Unmap(a) != nil || m.Unmap(a) == nil {
		t.Error("unmapping")
	}
	if _, ok := m.Bytes(a, 1); ok {
		t.Error("read what was unmapped")
	}
	c := m.MapReadOnly([]byte("hello"))
	if x, ok := m.Bytes(c, 5); !ok || string(x) != "hello" || m.write(c, 1) != nil {
		t.Error("read-only memory")
	}
	if empty := m.Map(0); m.Unmap(empty) != nil {
		t.Error("empty memory")
	}
}
