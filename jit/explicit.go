package jit

import (
	"fmt"

	"davit/jit/internal/native"
)

// What code needs that checks for itself what may go wrong, because its module was made with NoSignals.

// DefineTrap adds a host function with one parameter, an i32, that ends the call with a Trap of that code at the place of the
// call. Code branches to a call of it where a check fails.
func (m *Module) DefineTrap(name string) error {
	return m.HostRaw(name, SystemV([]Kind{I32}, nil), func(c *Call) {
		code := c.Args()[0]
		if code != uint64(uint8(code)) {
			c.Fail(fmt.Errorf("jit: %s: trap code %d, at most 255 is possible", c.Name(), code))
			return
		}
		c.Trap(TrapCode(code))
	})
}

// StackCheck tells how code can see that the stack comes to its end: sp & mask is less than least, for the stack pointer sp, when
// fewer than 64 KiB are left of what the module's StackSize gives. A function that checks this before it calls others, and whose
// own frame is smaller, cannot reach the end. The numbers are 0 where compiled code cannot run.
func (m *Module) StackCheck() (mask, least uint64) {
	if !native.Supported {
		return 0, 0
	}
	const margin = 64 << 10
	return uint64(native.StackSlot() - 1), uint64(native.CtxOffset() - m.opts.stack + margin)
}
