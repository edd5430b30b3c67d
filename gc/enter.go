package gc

import (
	"context"
	"errors"
	"fmt"

	"davit/jit"
)

// Whose turn it is.
//
// A heap is used by one goroutine at a time: the one that has entered it, from Enter to Leave, or for the time of a Call.
// Entering again on the same goroutine is allowed, so that host functions can call compiled code. The user may give the
// heap up for a while without leaving, when it waits in a host function (Park): its frames remain roots.
//
//  1. Heap.mutator is locked from the first Enter to the last Leave, except while parked.
//  2. The native stack of the user is held meanwhile; it tells the user's goroutine from others.
//  3. Frames belong to the heap if the call from Go that they belong to was made by Heap.Call.

// session is what a goroutine has under way in a heap.
type session struct {
	stack  jit.NativeStack
	depth  int       // how often the heap has been entered
	calls  []int     // depths, on the native stack, of the calls of compiled code made by Call
	locals []Word    // see Scope
	call   *jit.Call // the host call in which the session is parked, if it is
}

// Enter makes the calling goroutine the user of the heap until Leave. The error is ErrBusy if another goroutine is. The
// user may enter again, except where compiled code cannot run: there goroutines cannot be told apart.
func (h *Heap) Enter() error {
	s, err := jit.HoldStack()
	if err != nil {
		return err
	}
	if id := s.ID(); id != 0 && h.holder.Load() == id {
		h.user.depth++
		return nil
	}
	if !h.mutator.TryLock() {
		s.Release()
		return ErrBusy
	}
	if h.broken != nil {
		h.mutator.Unlock()
		s.Release()
		return h.broken
	}
	u := &h.user
	*u = session{stack: s, depth: 1, calls: u.calls[:0], locals: u.locals[:0]}
	h.holder.Store(s.ID())
	return nil
}

// Leave undoes one Enter.
func (h *Heap) Leave() {
	u := &h.user
	if u.depth == 0 {
		panic("gc: Leave without Enter")
	}
	s := u.stack
	if u.depth--; u.depth == 0 {
		h.holder.Store(0)
		h.mutator.Unlock()
	}
	s.Release()
}

// Call enters the heap, calls a compiled function as jit.Function.CallWords does, and leaves. The frames of such calls are
// searched for roots; compiled code that uses the heap must not be called in another way.
func (h *Heap) Call(fn *jit.Function, words []uint64) error {
	return h.CallContext(context.Background(), fn, words)
}

// CallContext is Call with a context, as jit.Function.CallWordsContext is CallWords with one. A call that is stopped leaves the
// heap as it is: what the code has stored up to then is there.
func (h *Heap) CallContext(ctx context.Context, fn *jit.Function, words []uint64) error {
	if err := h.Enter(); err != nil {
		return fmt.Errorf("call of %s: %w", fn.Name(), err)
	}
	n := len(h.user.calls)
	h.user.calls = append(h.user.calls, h.user.stack.Depth()+1)
	err := errPanic
	defer func() {
		h.torn = h.torn || err != nil
		h.tornLarge = h.tornLarge || err != nil
		h.user.calls = h.user.calls[:n]
		h.Leave()
	}()
	err = fn.CallWordsContext(ctx, words)
	return err
}

var errPanic = errors.New("gc: panic") // while a call is under way

// Park gives the heap up while wait runs, so that other goroutines can enter it. The caller is the user, in a host function
// or outside of calls. What its frames refer to stays alive, and is moved; references in Go variables do not. Afterwards
// Park waits until the heap is free. The error says that it cannot be used any more.
func (h *Heap) Park(wait func()) error {
	if err := h.usable(); err != nil {
		return err
	}
	s := h.user
	s.call = s.stack.Call()
	h.user = session{}
	h.parked = append(h.parked, &s)
	h.holder.Store(0)
	h.mutator.Unlock()
	defer h.unpark(&s)
	wait()
	return nil
}

// unpark makes a parked session the current one.
func (h *Heap) unpark(s *session) {
	h.mutator.Lock()
	for i, p := range h.parked {
		if p == s {
			h.parked = append(h.parked[:i], h.parked[i+1:]...)
		}
	}
	h.user = *s
	h.user.call = nil
	h.holder.Store(s.stack.ID())
}

// usable returns why the heap cannot be used now, if so.
func (h *Heap) usable() error {
	switch {
	case h.broken != nil:
		return h.broken
	case h.user.depth == 0:
		return ErrNotEntered
	}
	return nil
}
