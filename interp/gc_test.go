package interp

import (
	"errors"
	"fmt"
	"testing"

	"davit/ir/data"
)

// A list of numbers is built and summed, with its head in a slot: right, and with several mistakes. Objects are
// {next, number}.
const listSource = `
function %%build(i64) -> i64 {
    ss0 = explicit_slot 8
    ss1 = explicit_slot 8
    fn0 = %%alloc(i64) -> i64
block0(v0: i64):
    v1 = iconst.i64 0
    v20 = stack_addr.i64 ss0
    v21 = stack_addr.i64 ss1
    store v1, v20
    jump block1(v0)
block1(v2: i64):
    brif v2, block2, block3
block2:
    v3 = call fn0(v2)%s
    v4 = load.i64 v20
    store v4, v3
    store v2, v3+8
    store v3, v20
    v5 = iconst.i64 1
    v6 = isub v2, v5
    jump block1(v6)
block3:
    v7 = load.i64 v20
    return v7
}

function %%sum(i64) -> i64 {
    ss0 = explicit_slot 16
    fn0 = %%nothing(i64) -> i64
block0(v0: i64):
    v20 = stack_addr.i64 ss0
    v1 = iconst.i64 0
    jump block1(v0, v1)
block1(v2: i64, v3: i64):
    brif v2, block2, block3
block2:
    store v2, v20+8
    v4 = load.i64 v2+8
    v5 = call fn0(v4)%s
    v6 = load.i64 v20+8
    v7 = iadd v3, v5
    v8 = load.i64 %s
    jump block1(v8, v7)
block3:
    return v3
}

function %%list(i64) -> i64 {
    fn0 = %%build(i64) -> i64
    fn1 = %%sum(i64) -> i64
block0(v0: i64):
    v1 = call fn0(v0)
    v2 = call fn1(v1)
    return v2
}
`

func listModule(t *testing.T, moving bool, buildMap, sumMap, next string) *Module {
	return load(t, fmt.Sprintf(listSource, buildMap, sumMap, next), Options{Moving: moving, Host: map[string]HostFunc{
		"alloc": func(c *Context, args []data.Value) ([]data.Value, error) {
			a, err := c.Alloc(16, 0)
			return i64s(int64(a)), err
		},
		"nothing": func(c *Context, args []data.Value) ([]data.Value, error) { return args, nil },
	}})
}

func TestMoving(t *testing.T) {
	const build, sum = ", stack_map=[i64 @ ss0+0]", ", stack_map=[i64 @ ss0+8]"
	m := listModule(t, true, build, sum, "v6")
	wantI64(t, m, "list", i64s(10), 55)
	s := m.Stats()
	if s.Safepoints != 22 || s.Moved != 45+10+55 || s.Dropped != 9 {
		// build moves 0 to 9 objects, the call of sum 10, its calls 10 down to 1.
		t.Errorf("%+v", s)
	}
	// Without a moving collector, mistakes do not show.
	wantI64(t, listModule(t, false, "", "", "v2"), "list", i64s(10), 55)
	// A map forgotten in %build or %sum, and a reference kept in a value across a call.
	wantError[*Trap](t, listModule(t, true, "", sum, "v6"), "list", i64s(10), "heap_oob")
	wantError[*Trap](t, listModule(t, true, build, "", "v6"), "list", i64s(10), "heap_oob")
	wantError[*Trap](t, listModule(t, true, build, sum, "v2"), "list", i64s(10), "heap_oob")
	// The map names the wrong slot or offset.
	wantError[*Trap](t, listModule(t, true, ", stack_map=[i64 @ ss1+0]", sum, "v6"), "list", i64s(10), "heap_oob")
	wantError[*Trap](t, listModule(t, true, build, ", stack_map=[i64 @ ss0+0]", "v6"), "list", i64s(10), "heap_oob")
}

// TestMovingKinds has references of 32 bits, in vectors and into the middle of objects, in the frames of two calls, as
// an argument, and in a root of the host.
func TestMovingKinds(t *testing.T) {
	const src = `
function %outer(i64, i64) -> i64, i64, i64 {
    ss0 = explicit_slot 32
    fn0 = %inner(i64) -> i64
block0(v0: i64, v1: i64):
    v2 = stack_addr.i64 ss0
    v3 = ireduce.i32 v0
    store v3, v2
    store v1, v2+16
    v4 = iconst.i64 8
    v5 = iadd v0, v4
    store v5, v2+24
    v6 = call fn0(v0), stack_map=[i32 @ ss0+0, i64x2 @ ss0+16]
    v7 = uload32 v2
    v8 = load.i64 v7
    v9 = load.i64 v2+16
    v10 = load.i64 v9
    v11 = load.i64 v2+24
    v12 = load.i64 v11-8
    v13 = iadd v8, v12
    return v6, v13, v10
}
function %inner(i64) -> i64 {
    ss0 = explicit_slot 8
    fn0 = %gc(i64)
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    store v0, v1
    call fn0(v0), stack_map=[i64 @ ss0+0]
    v2 = load.i64 v1
    v3 = load.i64 v2
    return v3
}
`
	var root uint64
	opts := Options{Moving: true, Host: map[string]HostFunc{
		"gc": func(c *Context, args []data.Value) ([]data.Value, error) {
			b, ok := c.Module().Memory().Bytes(args[0].Uint64(), 8)
			if !ok || b[0] < 40 {
				return nil, errors.New("the argument was not moved")
			}
			base, size, ok := c.Module().IsObject(args[0].Uint64() + 3)
			if !ok || base != args[0].Uint64() || size != 16 {
				return nil, errors.New("the argument is no object")
			}
			return nil, nil
		},
	}}
	m := load(t, src, opts)
	root = m.Memory().Map(8)
	m.AddRoot(root)
	var objs [3]uint64
	for i := range objs {
		a, err := m.Alloc(16)
		if err != nil {
			t.Fatal(err)
		}
		objs[i] = a
		b, _ := m.Memory().Bytes(a, 8)
		b[0] = byte(40 + i)
	}
	slot, _ := m.Memory().Bytes(root, 8)
	copy(slot, append64(nil, objs[2]))
	wantI64(t, m, "outer", i64s(int64(objs[0]), int64(objs[1])), 40, 80, 41)
	b, ok := m.Memory().Bytes(le64(slot), 8)
	if le64(slot) == objs[2] || !ok || b[0] != 42 {
		t.Error("the root did not follow its object")
	}
	if _, ok := m.Memory().Bytes(objs[0], 8); ok {
		t.Error("the old memory is still there")
	}
	m.RemoveRoot(root)
	wantI64(t, m, "outer", i64s(int64(le64(slot)), int64(le64(slot))), 42, 84, 42)
}

func TestHeapLimits(t *testing.T) {
	m := load(t, "", Options{HeapSize: 100})
	if _, err := m.Alloc(16, 9); err == nil {
		t.Error("a reference beyond the end of an object")
	}
	if _, err := m.Alloc(60); err != nil {
		t.Error(err)
	}
	var l *Limit
	if _, err := m.Alloc(60); !errors.As(err, &l) || l.Kind != LimitHeap {
		t.Error(err)
	}
	// Addresses are used again when the heap's range is used up, but never those of an object that is there.
	m = load(t, "", Options{})
	a, _ := m.Alloc(0)
	m.mem.nextObject = heapEnd - 8
	b, err := m.Alloc(1)
	if err != nil || a == b || b%16 != 0 || b >= heapEnd || b < heapBase {
		t.Errorf("%#x, then %#x, %v", a, b, err)
	}
}
