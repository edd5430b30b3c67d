package jit

import (
	"errors"
	"slices"

	"davit/jit/internal/native"
)

// Ways for a host function to end other than by returning to its caller. What is to happen is noted for the call, since
// nested calls may come before it does, and carried out by onExit.

// exit says how a host call ends.
type exit struct {
	call *Call
	err  error    // what the activation returns, or nil: control goes to
	to   struct { // a landing block, with its stack and frame pointer and the payload
		pc, sp, fp uintptr
		payload    [maxPayload]uint64
	}
}

// leave notes how the call ends. Calls at lower addresses are nested in this one and over.
func (c *Call) leave(e exit, pad uintptr) {
	th := (*thread)(c.ctx().Owner)
	for len(th.exits) > 0 && th.exits[len(th.exits)-1].call.sp() <= c.sp() {
		th.exits = th.exits[:len(th.exits)-1]
	}
	e.call = c
	th.exits = append(th.exits, e)
	c.stub.Next = pad
}

// onExit runs at the end of a host call that does not simply return, or in a context with a cancelled call.
func onExit(ctx *native.Ctx, s *native.Stub) {
	th := (*thread)(ctx.Owner)
	if err := th.cancelled(); err != nil {
		th.err, s.Next = err, ctx.AbortPad
		return
	}
	c := callOf(s)
	i := slices.IndexFunc(th.exits, func(e exit) bool { return e.call == c })
	if s.Next == ctx.ResumePad || i < 0 {
		return
	}
	e := th.exits[i]
	clear(th.exits[i:])
	th.exits = th.exits[:i]
	th.err = e.err
	ctx.ThrowPC, ctx.ThrowSP, ctx.ThrowFP = e.to.pc, e.to.sp, e.to.fp
	ctx.Throw0, ctx.Throw1 = uintptr(e.to.payload[0]), uintptr(e.to.payload[1])
}

// Fail makes the call of Function.Call from which this host function was called return err as soon as the host function
// returns. Frames of compiled code in between are dropped.
func (c *Call) Fail(err error) {
	if err == nil {
		err = errors.New("jit: host function failed")
	}
	c.leave(exit{err: err}, c.ctx().AbortPad)
}

// Trap is Fail with a *Trap of the given code at the place of the call.
func (c *Call) Trap(code TrapCode) {
	t := &Trap{Code: code, Source: NoSource}
	for f := range c.Frames() {
		if len(t.Backtrace) == maxBacktrace {
			break
		}
		t.Backtrace = append(t.Backtrace, f.Location())
	}
	if len(t.Backtrace) > 0 {
		at := t.Backtrace[0]
		t.Func, t.Offset, t.Source = at.Func, at.Offset, at.Source
	}
	c.Fail(t)
}
