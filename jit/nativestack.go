package jit

import "davit/jit/internal/native"

// NativeStack is the native stack of a goroutine. It identifies the goroutine for as long as it is held.
type NativeStack struct{ ctx *native.Ctx }

// HoldStack returns the native stack of the calling goroutine, which keeps it until Release, whether or not it is in calls
// of compiled code. Holding it again gives the same one. The error is that of a call for which there is no stack. Where
// compiled code cannot run there are no native stacks, and all goroutines get the same, whose ID is 0.
func HoldStack() (NativeStack, error) {
	if !native.Supported {
		return NativeStack{}, nil
	}
	if err := theArena.start(); err != nil {
		return NativeStack{}, err
	}
	c := native.Hold()
	if c == nil {
		return NativeStack{}, errNoStack
	}
	return NativeStack{c}, nil
}

// Stack returns the native stack that the call is on, which is held as long as the call is under way.
func (c *Call) Stack() NativeStack { return NativeStack{c.ctx()} }

// Release undoes one HoldStack, on the same goroutine.
func (s NativeStack) Release() {
	if s.ctx != nil {
		s.ctx.Unhold()
	}
}

// ID returns a number that no other stack has while this one is held.
func (s NativeStack) ID() uintptr {
	if s.ctx == nil {
		return 0
	}
	return s.ctx.Top()
}

// Depth returns how many calls from Go into compiled code are under way on the stack, one inside of the other. Like Call,
// it may be called on the stack's own goroutine, or while that waits in a host call.
func (s NativeStack) Depth() int {
	if s.ctx == nil {
		return 0
	}
	return depth(s.ctx.Act)
}

// Call returns the innermost host call under way on the stack, nil if there is none.
func (s NativeStack) Call() *Call {
	if s.ctx == nil || s.ctx.Act == 0 {
		return nil
	}
	return (*Call)(native.Ptr(s.ctx.NatSP))
}

// depth returns the number of activations from act outwards.
func depth(act uintptr) int {
	n := 0
	for ; act != 0; act = (*native.Record)(native.Ptr(act)).PrevAct {
		n++
	}
	return n
}
