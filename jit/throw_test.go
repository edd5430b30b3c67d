//go:build linux && amd64

package jit

import (
	"errors"
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

// The first handler outwards catches, across frames without one, with any frame layout, again and again.
func TestThrowThroughFrames(t *testing.T) {
	m := newModule(t)
	check(t, m.HostRaw("host2", sigI64, func(c *Call) { c.Throw(7, c.Args()[0], 5) }))
	// bare(x) calls host2 without a frame pointer.
	bare := code("4883ec18 e8 <host2> 4883c418 c3")
	bare.FrameSize = 24
	check(t,
		m.Define("bare", sigI64, bare),
		m.Define("host", sigI64, code("554889e5 e8 <bare> 48ffc0 5d c3")),
		m.Define("try", sigI64, tryCode(tagRow(7))),
		m.Link())
	for i := range int64(1000) {
		if got := call1(t, lookup(t, m, "try"), i); got != i*1000+5+i {
			t.Fatalf("try(%d) = %d", i, got)
		}
	}
}

// A handler in a function that keeps no frame pointer.
func TestThrowToBareFrame(t *testing.T) {
	m := newModule(t)
	check(t, m.HostRaw("host", sigI64, func(c *Call) { c.Throw(7, 4, 5) }))
	// sub rsp, 24; mov [rsp], rdi; call host; ud2; landing: imul rax, 1000; add rax, rdx; add rax, [rsp]; add rsp, 24; ret
	c := code("4883ec18 48893c24 e8 <host> 0f0b 4869c0e8030000 4801d0 48030424 4883c418 c3")
	c.FrameSize = 24
	c.Handlers = []asm.CallSite{{Offset: 13, FPOffset: 24, Handlers: []asm.Handler{{Tag: 7, Target: 15}}}}
	if got := call1(t, one(t, m, "try", sigI64, c), 50); got != 4055 {
		t.Errorf("got %d", got)
	}
}

// The pinned register is nobody's to restore but keeps its value.
func TestThrowKeepsPinned(t *testing.T) {
	m := newModule(t)
	check(t, m.HostRaw("host", sigI64, func(c *Call) { c.Throw(7, 4, 5) }))
	// sub rsp, 24; mov r15, rdi; call host; ud2; landing: mov rax, r15; add rsp, 24; ret
	c := code("4883ec18 4989ff e8 <host> 0f0b 4c89f8 4883c418 c3")
	c.FrameSize = 24
	c.Handlers = []asm.CallSite{{Offset: 12, FPOffset: 24, Handlers: []asm.Handler{{Tag: 7, Target: 14}}}}
	if got := call1(t, one(t, m, "try", sigI64, c), 50); got != 50 {
		t.Errorf("got %d", got)
	}
}

func TestThrowContext(t *testing.T) {
	m := newModule(t)
	var seen []uint64
	check(t, m.HostRaw("host", sigI64, func(c *Call) {
		c.ThrowFunc(func(h *Handler) bool {
			seen = append(seen, h.Context)
			return h.Tag == 7 && h.Context == 50
		}, 7, 4, 5)
	}))
	c := tryCode(tagRow(7), asm.Handler{Kind: asm.HandlerContext}, tagRow(6), tagRow(7))
	c.Handlers[0].Handlers[1].Target = 0 // the argument, at sp+0
	if got := call1(t, one(t, m, "try", sigI64, c), 50); got != 4055 {
		t.Errorf("got %d", got)
	}
	if fmt.Sprint(seen) != "[0 50 50]" {
		t.Errorf("contexts: %v", seen)
	}
}

// Go code between two stretches gets an error and throws again.
func TestRethrow(t *testing.T) {
	m := newModule(t)
	var inner *Function
	check(t,
		m.HostRaw("raise", sigI64, func(c *Call) { c.Throw(7, 4, 5) }),
		m.HostRaw("host", sigI64, func(c *Call) {
			_, err := inner.Call(Int64(1))
			var e *Exception
			if !errors.As(err, &e) {
				t.Errorf("error is %v", err)
				return
			}
			c.Throw(e.Tag, e.Payload[:]...)
		}),
		m.Define("inner", sigI64, code("554889e5 e8 <raise> 5d c3")),
		m.Define("try", sigI64, tryCode(tagRow(7))),
		m.Link())
	inner = lookup(t, m, "inner")
	if got := call1(t, lookup(t, m, "try"), 50); got != 4055 {
		t.Errorf("got %d", got)
	}
}
