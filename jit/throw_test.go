//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"fmt"
	"testing"

	"davit/asm"
)

func tagRow(tag uint32) asm.Handler { return asm.Handler{Kind: asm.HandlerTag, Tag: tag} }

func TestThrow(t *testing.T) {
	for _, c := range []struct {
		rows []asm.Handler
		want string
	}{
		{[]asm.Handler{tagRow(3), tagRow(7)}, "[4055]"},
		{[]asm.Handler{{Kind: asm.HandlerDefault}, tagRow(7)}, "[4055]"},
		{[]asm.Handler{tagRow(3)}, "jit: uncaught exception with tag 7"},
		{nil, "jit: uncaught exception with tag 7"},
	} {
		m := newModule(t)
		check(t, m.HostRaw("host", sigI64, func(c *Call) {
			if c.Args()[0] == 50 {
				c.Throw(7, 4, 5)
			}
		}))
		f := one(t, m, "try", sigI64, tryCode(c.rows...))
		for range 3 {
			out, err := f.Call(Int64(50))
			got := fmt.Sprint(out)
			if err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("%v: %s, want %s", c.rows, got, c.want)
			}
			if got := call1(t, f, 1); got != 0 {
				t.Errorf("without a throw: %d", got)
			}
		}
	}
}

func TestThrowContext(t *testing.T) {
	m := newModule(t)
	var seen []uint64
	check(t, m.HostRaw("host", sigI64, func(c *Call) {
		for h := range c.Handlers() {
			seen = append(seen, h.Context+1)
			if h.Tag == 6 {
				break
			}
		}
		c.ThrowFunc(func(h *Handler) bool {
			seen = append(seen, h.Context)
			return h.Tag == 7 && h.Context == 50
		}, 7, 4, 5)
	}))
	c := tryCode(tagRow(7), asm.Handler{Kind: asm.HandlerContext}, tagRow(6), tagRow(7))
	c.Handlers[0].Handlers[1].Target = linkArea // where the argument is
	if got := call1(t, one(t, m, "try", sigI64, c), 50); got != 4055 {
		t.Errorf("got %d", got)
	}
	if fmt.Sprint(seen) != "[1 51 0 50 50]" {
		t.Errorf("contexts: %v", seen)
	}
}
