//go:build linux

package jit

import (
	"fmt"
	"strings"
	"testing"
)

// Frames with and without frame pointers, roots in each, and their update.
func TestWalkBareFrames(t *testing.T) {
	m := newModule(t)
	var got []string
	check(t, m.HostRaw("host", sigI64, func(c *Call) {
		for f := range c.Frames() {
			for r := range f.Roots() {
				got = append(got, fmt.Sprintf("%s+%#x type %d sp+%d = %d", f.Func, f.Offset, r.Type, r.Offset, r.Load8()))
				if r.Addr != f.SP+uintptr(r.Offset) || f.FP != 0 && f.SP != f.FP-32 {
					t.Errorf("root at %#x, sp %#x, fp %#x", r.Addr, f.SP, f.FP)
				}
				r.Store8(r.Load8() + 1000)
			}
		}
	}), m.Define("deep", sigI64I64, deepCode()), m.Define("bare", sigI64I64, bareCode()), m.Link())
	sum := call1(t, lookup(t, m, "bare"), 2, 5)
	want := `deep+0x30 type 42 sp+8 = 38
deep+0x1e type 42 sp+8 = 22
deep+0x1e type 42 sp+8 = 6
bare+0x12 type 42 sp+16 = 5`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("roots:\n%s\nwant:\n%s", s, want)
	}
	if sum != 38+22+6+5+4000 {
		t.Errorf("sum of the slots afterwards = %d", sum)
	}
}
