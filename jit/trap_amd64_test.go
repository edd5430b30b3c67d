//go:build linux

package jit

import (
	"fmt"
	"testing"
)

// Traps of this machine: a quotient that does not fit, a breakpoint, and one when no register is what it was.
func TestMachineTraps(t *testing.T) {
	m := newModule(t)
	check(t,
		m.Define("div", sigI64I64, divCode()),
		m.Define("int3", SystemV(nil, nil), traps(code("9090cc c3"), 2, int(IntegerOverflow))),
		m.Define("clobber", sigI64, traps(code(
			`4831e4 4889fc 31c0 31db 31c9 31d2 31f6 31ff 31ed 4531c0 4531c9 4531d2 4531db 4531e4 4531ed 4531f6 4531ff 0f0b`), 40, 3)),
		m.Link())
	for _, c := range []struct {
		name string
		args []Value
		want string
	}{
		{"div", []Value{Bits(I64, 1<<63, 0), Int64(-1)}, "jit: trap int_divz in div+0x5"},
		{"int3", nil, "jit: trap int_ovf in int3+0x2"},
	} {
		if got := trapOf(t, lookup(t, m, c.name), c.args...).Error(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// A return address that has been overwritten, by zero or something else, ends the backtrace.
func TestTrapWithoutReturnAddress(t *testing.T) {
	for _, c := range []string{"48c7042400000000 0f0b", "48c7042401000000 0f0b"} { // mov qword [rsp], 0 or 1; ud2
		m := newModule(t)
		f := one(t, m, "smash", SystemV(nil, nil), traps(code(c), 8, 7))
		if got := fmt.Sprint(trapOf(t, f).Backtrace); got != "[smash+0x8]" {
			t.Errorf("backtrace is %s", got)
		}
	}
}
