package interp

import (
	"errors"
	"slices"
	"testing"

	"davit/ir/data"
)

// TestVary checks that a program which depends on what is not defined gives other results with Options.Vary, and a plain
// one the same.
func TestVary(t *testing.T) {
	m := func(vary uint8) *Module {
		return load(t, `
function %plain(i64) -> i64 {
    ss0 = explicit_slot 24
    ss1 = explicit_slot 8, align = 64
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    v2 = stack_addr.i64 ss1
    store v0, v1+16
    store v0, v2
    v3 = load.i64 v1+16
    v4 = load.i64 v2
    v5 = iadd v3, v4
    v6 = isub v2, v2
    v7 = iadd v5, v6
    return v7
}
function %uninitialised() -> i64 {
    ss0 = explicit_slot 8
block0:
    v1 = stack_addr.i64 ss0
    v2 = load.i64 v1
    return v2
}
function %beyond(i64) -> i64 {
    ss0 = explicit_slot 16
    ss1 = explicit_slot 16
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    v2 = stack_addr.i64 ss1
    store v0, v2
    v3 = load.i64 v1+16
    return v3
}
function %slot() -> i64 {
    ss0 = explicit_slot 8
block0:
    v1 = stack_addr.i64 ss0
    return v1
}
function %code() -> i64 {
    fn0 = %slot() -> i64
block0:
    v1 = func_addr.i64 fn0
    return v1
}
function %pinned() -> i64 {
block0:
    v1 = get_pinned_reg.i64
    return v1
}
function %object() -> i64 {
    fn0 = %alloc() -> i64
block0:
    v1 = call fn0()
    return v1
}
function %nan() -> i64 {
block0:
    v0 = f64const 0.0
    v1 = fdiv v0, v0
    v2 = bitcast.i64 v1
    return v2
}
`, Options{Vary: vary, Host: map[string]HostFunc{"alloc": func(c *Context, _ []data.Value) ([]data.Value, error) {
			addr, err := c.Alloc(8)
			return i64s(int64(addr)), err
		}}})
	}
	for _, c := range []struct {
		name    string
		args    []data.Value
		changes bool
	}{
		{"plain", i64s(21), false},
		{"uninitialised", nil, true}, {"beyond", i64s(7), true}, {"slot", nil, true}, {"code", nil, true}, {"pinned", nil, true},
		{"object", nil, true}, {"nan", nil, true},
	} {
		var before []data.Value
		for vary := range uint8(4) {
			got, err := m(vary).Call(c.name, c.args)
			if err != nil {
				t.Fatal(err)
			}
			if vary > 0 && slices.Equal(got, before) == c.changes {
				t.Errorf("%s gives %v with Vary %d, %v with %d", c.name, got, vary, before, vary-1)
			}
			before = got
		}
	}
}

// TestStrict checks that what is wrong with accesses to the stack is told, and nothing else.
func TestStrict(t *testing.T) {
	m := load(t, `
function %sound(i64) -> i64 {
    ss0 = explicit_slot 24
    ss1 = explicit_slot 8, align = 64
    fn0 = %callee(i64, i64 sarg(16)) -> i64
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    v2 = stack_addr.i64 ss1
    store v0, v1
    store v0, v1+8
    store v0, v2
    istore8 v0, v1+23
    v3 = uload8.i64 v1+23
    v4 = load.i64 v2
    v5 = call fn0(v4, v1)
    v6 = iadd v5, v3
    return v6
}
function %callee(i64, i64 sarg(16)) -> i64 {
    ss0 = explicit_slot 8
block0(v0: i64, v1: i64):
    v2 = stack_addr.i64 ss0
    store v0, v2
    v3 = load.i64 v1+8
    v4 = load.i64 v2
    v5 = iadd v3, v4
    return v5
}
function %fresh(i64) -> i64 {
    ss0 = explicit_slot 24
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    store v0, v1+8
    v3 = load.i32 v1+6
    v4 = uextend.i64 v3
    return v4
}
function %again(i64) -> i64 {
    fn0 = %fresh(i64) -> i64
    fn1 = %callee(i64, i64 sarg(16)) -> i64
    ss0 = explicit_slot 16
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    store v0, v1
    store v0, v1+8
    v2 = call fn1(v0, v1)
    v3 = call fn0(v0)
    return v3
}
function %beyond(i64) -> i64 {
    ss0 = explicit_slot 8
    ss1 = explicit_slot 64
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    store v0, v1+8
    return v0
}
function %ret(i64) -> i64 {
block0(v0: i64):
    v1 = get_return_address.i64
    v2 = isub v1, v1
    v3 = iadd v0, v2
    return v3
}
function %frame(i64) -> i64 {
    ss0 = explicit_slot 16
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    v2 = iadd v1, v0
    v3 = load.i64 v2
    return v3
}
`, Options{Strict: true})
	wantI64(t, m, "sound", i64s(5), 15)
	wantI64(t, m, "ret", i64s(5), 5)
	for _, c := range []struct {
		name, what string
		arg        int64
	}{
		{"fresh", "%fresh: reads bytes of a stack slot that it has not written", 1},
		{"again", "%fresh: reads bytes", 1},
		{"beyond", "%beyond: accesses the stack outside of its slots", 1},
		{"frame", "%frame: accesses the stack outside of its slots", 40},
	} {
		wantError[*Undefined](t, m, c.name, i64s(c.arg), c.what)
	}
	wantI64(t, m, "sound", i64s(6), 18)
	if _, err := load(t, "function %f() -> i64 {\nss0 = explicit_slot 8\nblock0:\n v0 = stack_addr.i64 ss0\n v1 = load.i64 v0\n return v1\n}", Options{}).Call("f", nil); errors.As(err, new(*Undefined)) {
		t.Error(err)
	}
}
