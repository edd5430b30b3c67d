package interp

import (
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
