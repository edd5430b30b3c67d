//go:build linux && amd64

package engine_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"davit/engine"
	"davit/jit"
)

// explicitCLIF does with checks of its own what signals do otherwise: a division, a recursion, and a load from a memory.
const explicitCLIF = `
function %%div(i64, i64) -> i64 system_v {
    fn0 = %%trap(i32) system_v
block0(v0: i64, v1: i64):
    brif v1, block1, block2
block1:
    v2 = udiv v0, v1
    return v2
block2 cold:
    v3 = iconst.i32 254
    call fn0(v3)
    trap user1
}
function %%deep(i64) -> i64 system_v {
    fn0 = %%trap(i32) system_v
    fn1 = %%deep(i64) -> i64 system_v
block0(v0: i64):
    v1 = get_stack_pointer.i64
    v2 = iconst.i64 %[1]d
    v3 = band v1, v2
    v4 = iconst.i64 %[2]d
    v5 = icmp ult v3, v4
    brif v5, block3, block1
block1:
    brif v0, block2, block4
block2:
    v6 = iconst.i64 -1
    v7 = iadd v0, v6
    v8 = call fn1(v7)
    v9 = iadd v8, v0
    return v9
block3 cold:
    v10 = iconst.i32 251
    call fn0(v10)
    trap user1
block4:
    return v0
}
function %%load(i64) -> i64 system_v {
    fn0 = %%trap(i32) system_v
block0(v0: i64):
    v1 = iconst.i64 %[3]d
    v2 = load.i64 notrap v1
    v3 = iconst.i64 7
    v4 = iadd v0, v3
    v5 = icmp ult v4, v2
    brif v5, block1, block2
block1:
    v6 = iconst.i64 %[4]d
    v7 = iadd v6, v0
    v8 = load.i64 notrap v7
    return v8
block2 cold:
    v9 = iconst.i32 253
    call fn0(v9)
    trap user1
}
`

// In a process whose signals are left alone, explicit checks give the same errors.
func TestExplicitChecks(t *testing.T) {
	if os.Getenv("ENGINE_TEST_EXPLICIT") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestExplicitChecks$", "-test.v")
		cmd.Env = append(os.Environ(), "ENGINE_TEST_EXPLICIT=1")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	e, err := engine.New(nil, jit.NoSignals(), jit.StackSize(32<<20))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	mem, err := jit.NewMemory(jit.MemoryConfig{Size: jit.PageBytes})
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	if err := e.Module.DefineTrap("trap"); err != nil {
		t.Fatal(err)
	}
	mask, least := e.Module.StackCheck()
	add(t, e, fmt.Sprintf(explicitCLIF, mask, least, mem.SizeAddress(), mem.Base()))
	mem.Bytes()[8] = 5
	for _, c := range []struct {
		name string
		args []jit.Value
		want int64
		code jit.TrapCode
	}{
		{"div", []jit.Value{jit.Int64(9), jit.Int64(3)}, 3, 0},
		{"div", []jit.Value{jit.Int64(9), jit.Int64(0)}, 0, jit.DivisionByZero},
		{"deep", []jit.Value{jit.Int64(100_000)}, 100_000 * 100_001 / 2, 0},
		{"deep", []jit.Value{jit.Int64(100_000_000)}, 0, jit.StackOverflow},
		{"load", []jit.Value{jit.Int64(8)}, 5, 0},
		{"load", []jit.Value{jit.Int64(jit.PageBytes - 7)}, 0, jit.HeapOutOfBounds},
		{"load", []jit.Value{jit.Int64(1 << 62)}, 0, jit.HeapOutOfBounds},
	} {
		f, err := e.Module.Lookup(c.name)
		if err != nil {
			t.Fatal(err)
		}
		out, err := f.Call(c.args...)
		var trap *jit.Trap
		switch {
		case c.code == 0 && (err != nil || out[0].Int() != c.want):
			t.Errorf("%s%v = %v, %v, want %d", c.name, c.args, out, err, c.want)
		case c.code != 0 && (!errors.As(err, &trap) || trap.Code != c.code || trap.Func != c.name):
			t.Errorf("%s%v: %v, want %v", c.name, c.args, err, c.code)
		}
	}
}
