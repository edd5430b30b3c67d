//go:build linux && amd64

package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"davit/engine"
	"davit/ir"
	"davit/ir/text"
	"davit/jit"
)

// The numbers of the tests are those of the list of conformance tests for user stack maps.

// load compiles functions given as text, with host functions, and links them.
func load(t *testing.T, src string, hosts map[string]any) *engine.Engine {
	t.Helper()
	file, errs := text.Parse([]byte(src), text.Options{CallConv: ir.SystemV})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	e, err := engine.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	for name, fn := range hosts {
		if gc, ok := fn.(func(*jit.Call)); ok {
			fn = func(c *jit.Call) error { gc(c); return nil }
		}
		if err := e.Module.Host(name, fn); err != nil {
			t.Fatal(err)
		}
	}
	for _, fn := range file.Funcs {
		if err := e.Add(fn.Func); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Link(); err != nil {
		t.Fatal(err)
	}
	return e
}

// number calls a function from i64 to i64.
func number(t *testing.T, e *engine.Engine, name string, x int64) int64 {
	t.Helper()
	fn, err := jit.Func[func(int64) (int64, error)](e.Module, name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := fn(x)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// roots lists the roots of the frames of a call: function and value.
func roots(c *jit.Call) []string {
	var list []string
	for f := range c.Frames() {
		for r := range f.Roots() {
			list = append(list, fmt.Sprintf("%s %d", f.Func, r.Load8()))
		}
	}
	return list
}

// TestConformance52_Walk walks three frames of different sizes. What the roots hold is what was stored, nulls and tagged
// integers too: it is the collector that skips those.
func TestConformance52_Walk(t *testing.T) {
	var got []string
	sizes := map[uintptr]bool{}
	e := load(t, `
function %outer(i64) -> i64 {
    ss0 = explicit_slot 16, align = 8
    fn0 = %middle(i64) -> i64
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    store v0, v1+8
    v2 = iconst.i64 0
    store v2, v1
    v3 = iconst.i64 100
    v4 = iadd v0, v3
    v5 = call fn0(v4), stack_map=[i64 @ ss0+8, i64 @ ss0+0]
    v6 = load.i64 v1+8
    v7 = iadd v5, v6
    return v7
}
function %middle(i64) -> i64 {
    ss0 = explicit_slot 256, align = 8
    fn0 = %inner(i64) -> i64
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    store v0, v1+248
    v3 = iconst.i64 100
    v4 = iadd v0, v3
    v5 = call fn0(v4), stack_map=[i64 @ ss0+248]
    v6 = load.i64 v1+248
    v7 = iadd v5, v6
    return v7
}
function %inner(i64) -> i64 {
    ss0 = explicit_slot 8, align = 8
    ss1 = explicit_slot 40, align = 8
    fn0 = %gc()
block0(v0: i64):
    v1 = stack_addr.i64 ss1+32
    store v0, v1
    v2 = stack_addr.i64 ss0
    v3 = iconst.i64 7
    store v3, v2
    call fn0(), stack_map=[i64 @ ss1+32, i64 @ ss0+0]
    v4 = load.i64 v1
    v5 = load.i64 v2
    v6 = iadd v4, v5
    return v6
}`, map[string]any{"gc": func(c *jit.Call) {
		got = roots(c)
		for f := range c.Frames() {
			if f.FP == 0 || f.SP != f.FP-uintptr(f.Map.FrameSize) {
				t.Errorf("%s: frame pointer %#x, stack pointer %#x, frame of %d bytes", f.Func, f.FP, f.SP, f.Map.FrameSize)
			}
			sizes[f.FP-f.SP] = true
		}
	}})
	if r := number(t, e, "outer", 20); r != 20+120+220+7 {
		t.Errorf("outer(20) = %d", r)
	}
	if want := []string{"inner 7", "inner 220", "middle 120", "outer 0", "outer 20"}; !slices.Equal(got, want) {
		t.Errorf("roots %v, want %v", got, want)
	}
	if len(sizes) != 3 {
		t.Errorf("frames of %d different sizes", len(sizes))
	}
}

// TestConformance53_Moving overwrites all roots; a reference in two slots gets the same new address.
func TestConformance53_Moving(t *testing.T) {
	moved := map[uint64]uint64{}
	e := load(t, `
function %twice(i64) -> i64 {
    ss0 = explicit_slot 16, align = 8
    fn0 = %gc()
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    store v0, v1
    store v0, v1+8
    call fn0(), stack_map=[i64 @ ss0+0, i64 @ ss0+8]
    v2 = load.i64 v1
    v3 = load.i64 v1+8
    call fn0(), stack_map=[i64 @ ss0+0, i64 @ ss0+8]
    v4 = load.i64 v1
    v5 = isub v2, v3
    v6 = iconst.i64 1000000
    v7 = imul v5, v6
    v8 = iadd v4, v7
    return v8
}`, map[string]any{"gc": func(c *jit.Call) {
		clear(moved)
		for f := range c.Frames() {
			for r := range f.Roots() {
				old := r.Load8()
				if _, ok := moved[old]; !ok {
					moved[old] = old + 16*uint64(len(moved)+1)
				}
				r.Store8(moved[old])
			}
		}
	}})
	if r := number(t, e, "twice", 4096); r != 4096+32 {
		t.Errorf("twice(4096) = %d, want %d", r, 4096+32)
	}
}

// TestConformance54_TailCalls has frames with roots above functions that call each other in tail position, with more and
// with fewer arguments on the stack.
func TestConformance54_TailCalls(t *testing.T) {
	args := func(n int, typ string) string { return strings.TrimSuffix(strings.Repeat(typ+", ", n), ", ") }
	var got []string
	e := load(t, fmt.Sprintf(`
function %%start(i64) -> i64 system_v {
    ss0 = explicit_slot 8, align = 8
    fn0 = %%few(i64, i64) -> i64 tail
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    store v0, v1
    v2 = call fn0(v0, v0), stack_map=[i64 @ ss0+0]
    v3 = load.i64 v1
    v4 = iadd v2, v3
    return v4
}
; Calls itself with one less until nothing is left, then goes on with many arguments.
function %%few(i64, i64) -> i64 tail {
    ss0 = explicit_slot 8, align = 8
    fn0 = %%many(%[1]s) -> i64 tail
    fn1 = %%few(i64, i64) -> i64 tail
    fn2 = %%gc() system_v
block0(v0: i64, v1: i64):
    v2 = stack_addr.i64 ss0
    store v1, v2
    call fn2(), stack_map=[i64 @ ss0+0]
    v3 = load.i64 v2
    brif v0, block1, block2
block1:
    v4 = iconst.i64 1
    v5 = isub v0, v4
    return_call fn0(%[2]s)
block2:
    return v3
}
function %%many(%[1]s) -> i64 tail {
    ss0 = explicit_slot 8, align = 8
    fn0 = %%few(i64, i64) -> i64 tail
    fn1 = %%gc() system_v
block0(%[3]s):
    v50 = stack_addr.i64 ss0
    store v19, v50
    call fn1(), stack_map=[i64 @ ss0+0]
    v51 = load.i64 v50
    return_call fn0(v0, v51)
}`, args(20, "i64"), "v5, "+args(19, "v3"), blockParams(20)), map[string]any{"gc": func(c *jit.Call) {
		got = append(got, strings.Join(roots(c), ", "))
		for f := range c.Frames() {
			for r := range f.Roots() {
				r.Store8(r.Load8() + 1)
			}
		}
	}})
	if r := number(t, e, "start", 2); r != 14 {
		t.Errorf("start(2) = %d", r)
	}
	want := []string{"few 2, start 2", "many 3, start 3", "few 4, start 4", "many 5, start 5", "few 6, start 6"}
	if !slices.Equal(got, want) {
		t.Errorf("roots %q, want %q", got, want)
	}
}

// blockParams declares n parameters from v0 on.
func blockParams(n int) string {
	var ps []string
	for i := range n {
		ps = append(ps, fmt.Sprintf("v%d: i64", i))
	}
	return strings.Join(ps, ", ")
}

// TestConformance55_Reentry collects in compiled code that a host function has called: the roots on both sides of it are
// found and changed.
func TestConformance55_Reentry(t *testing.T) {
	var e *engine.Engine
	var got []string
	e = load(t, `
function %outer(i64) -> i64 {
    ss0 = explicit_slot 8, align = 8
    fn0 = %again(i64) -> i64
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    store v0, v1
    v2 = iconst.i64 50
    v3 = iadd v0, v2
    v4 = call fn0(v3), stack_map=[i64 @ ss0+0]
    v5 = load.i64 v1
    v6 = iadd v4, v5
    return v6
}
function %inner(i64) -> i64 {
    ss0 = explicit_slot 8, align = 8
    fn0 = %gc()
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    store v0, v1
    call fn0(), stack_map=[i64 @ ss0+0]
    v2 = load.i64 v1
    return v2
}`, map[string]any{
		"again": func(x int64) (int64, error) {
			inner, err := jit.Func[func(int64) (int64, error)](e.Module, "inner")
			if err != nil {
				return 0, err
			}
			return inner(x)
		},
		"gc": func(c *jit.Call) {
			got = roots(c)
			for f := range c.Frames() {
				for r := range f.Roots() {
					r.Store8(r.Load8() * 10)
				}
			}
		},
	})
	if r := number(t, e, "outer", 5); r != 550+50 {
		t.Errorf("outer(5) = %d", r)
	}
	if want := []string{"inner 55", "outer 5"}; !slices.Equal(got, want) {
		t.Errorf("roots %v, want %v", got, want)
	}
}

// TestConformance56_CalleeWithoutMap collects in a callee whose call has no map: its frame has no roots, that of its
// caller does.
func TestConformance56_CalleeWithoutMap(t *testing.T) {
	frames := 0
	e := load(t, `
function %caller(i64) -> i64 {
    ss0 = explicit_slot 8, align = 8
    fn0 = %callee(i64) -> i64
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    store v0, v1
    v2 = call fn0(v0), stack_map=[i64 @ ss0+0]
    v3 = load.i64 v1
    v4 = iadd v2, v3
    return v4
}
function %callee(i64) -> i64 {
    ss0 = explicit_slot 8, align = 8
    fn0 = %gc()
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    store v0, v1
    call fn0()
    v2 = load.i64 v1
    return v2
}`, map[string]any{"gc": func(c *jit.Call) {
		for f := range c.Frames() {
			frames++
			for r := range f.Roots() {
				if f.Func != "caller" {
					t.Errorf("a root in %s", f.Func)
				}
				r.Store8(r.Load8() + 1)
			}
		}
	}})
	if r := number(t, e, "caller", 8); r != 17 || frames != 2 {
		t.Errorf("caller(8) = %d, with %d frames", r, frames)
	}
}
