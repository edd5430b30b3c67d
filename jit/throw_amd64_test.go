//go:build linux

package jit

import (
	"errors"
	"testing"

	"davit/asm"
)

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
