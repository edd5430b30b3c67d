//go:build linux && amd64

package engine_test

import (
	"errors"
	"fmt"
	"testing"

	"davit/engine"
	"davit/ir/text"
	"davit/jit"
)

// add compiles and links the functions of a CLIF text.
func add(t testing.TB, e *engine.Engine, clif string) {
	t.Helper()
	f, errs := text.Parse([]byte(clif), text.Options{})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	for _, fn := range f.Funcs {
		if err := e.Add(fn.Func); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Link(); err != nil {
		t.Fatal(err)
	}
}

// Frames much larger than the guard below a stack: the stack grows under them, and its end is found.
func TestLargeFrames(t *testing.T) {
	for _, size := range []int{100 << 10, 1 << 20, 10 << 20, 90 << 20} {
		e, err := engine.New(nil, jit.StackSize(100<<20))
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		add(t, e, fmt.Sprintf(`
function %%big(i64) -> i64 system_v {
    ss0 = explicit_slot %d
    fn0 = %%big(i64) -> i64 system_v
block0(v0: i64):
    v5 = stack_addr.i64 ss0
    store v0, v5
    brif v0, block1, block2
block1:
    v6 = iconst.i64 -1
    v1 = iadd v0, v6
    v2 = call fn0(v1)
    v7 = stack_addr.i64 ss0
    v3 = load.i64 v7
    v4 = iadd v2, v3
    return v4
block2:
    return v0
}
`, size))
		big, err := jit.Func[func(int64) (int64, error)](e.Module, "big")
		if err != nil {
			t.Fatal(err)
		}
		n := int64(95<<20/size - 1)
		if got, err := big(n); err != nil || got != n*(n+1)/2 {
			t.Errorf("frames of %d bytes: %d, %v", size, got, err)
		}
		var trap *jit.Trap
		if _, err := big(10000); !errors.As(err, &trap) || trap.Code != jit.StackOverflow || trap.Func != "big" {
			t.Errorf("frames of %d bytes: %v", size, err)
		}
	}
}
