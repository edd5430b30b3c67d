package jit

import (
	"fmt"
	"iter"
	"sort"

	"davit/asm"
	"davit/jit/internal/native"
)

// Throwing: control moves to a landing block of a try_call below the host call.
//
// The exception table of a call is keyed by its return address, as stack maps are. Its rows are tried in order. The
// landing block runs with the nominal stack pointer and the frame pointer of its function and finds the payload in the
// result registers; code that calls by try_call expects no other register to survive. The search ends with the innermost
// activation: Go code further out gets an *Exception from its call and may throw again.

// maxPayload is the number of words that a landing block receives.
const maxPayload = 2

// Exception is the error of a call that threw what nothing in it caught.
type Exception struct {
	Tag     uint32
	Payload [maxPayload]uint64
}

// Error says which tag was thrown.
func (e *Exception) Error() string { return fmt.Sprintf("jit: uncaught exception with tag %d", e.Tag) }

// Handler is a row of an exception table that a throw considers.
type Handler struct {
	Frame   *Frame // the frame with the try_call
	Default bool   // catches everything
	Tag     uint32 // unless Default
	// Context is the dynamic context in force, 0 if the rows before set none.
	Context uint64
}

// Throw raises an exception: as soon as the host function returns, compiled code continues in the landing block of the
// first handler, from the innermost frame outwards, that has the tag or is a default handler. At most two payload words are
// possible. If there is no handler in this activation, the call of Function.Call that led here returns an *Exception.
func (c *Call) Throw(tag uint32, payload ...uint64) {
	c.ThrowFunc(func(h *Handler) bool { return h.Default || h.Tag == tag }, tag, payload...)
}

// ThrowFunc is like Throw, with another rule for which handler catches: the first for which match returns true. match may
// look at dynamic contexts.
func (c *Call) ThrowFunc(match func(h *Handler) bool, tag uint32, payload ...uint64) {
	if len(payload) > maxPayload {
		c.Fail(fmt.Errorf("jit: exception with %d words of payload, at most %d are possible", len(payload), maxPayload))
		return
	}
	var e exit
	copy(e.to.payload[:], payload)
	if c.search(match, &e) {
		c.leave(e, c.ctx().ThrowPad)
	} else {
		c.Fail(&Exception{tag, e.to.payload})
	}
}

// Handlers yields the handlers that a throw would consider, innermost first, for those who want to know before they throw.
// Each is valid until the next.
func (c *Call) Handlers() iter.Seq[*Handler] {
	return func(yield func(*Handler) bool) {
		c.search(func(h *Handler) bool { return !yield(h) }, new(exit))
	}
}

// search looks for the first handler for which match returns true, and notes in e where it is.
func (c *Call) search(match func(h *Handler) bool, e *exit) bool {
	w := newWalker(c.ctx(), c.sp())
	act := w.act
	for w.next() && w.act == act {
		if w.handler(match, e) {
			return true
		}
	}
	return false
}

// handler looks for a row of the current frame that catches, and notes in e where to go.
func (w *walker) handler(match func(h *Handler) bool, e *exit) bool {
	site := w.fn.callSite(w.frame.Offset)
	if site == nil {
		return false
	}
	sp, fp := w.frame.SP, w.frame.FP
	if w.fn.code.FramePointer {
		sp = fp - uintptr(site.FPOffset)
	} else {
		fp = w.fp
	}
	h := Handler{Frame: &w.frame}
	for _, row := range site.Handlers {
		switch row.Kind {
		case asm.HandlerContext:
			h.Context = uint64(native.Load(sp + uintptr(row.Target)))
			continue
		case asm.HandlerDefault:
			h.Default, h.Tag = true, 0
		default:
			h.Default, h.Tag = false, row.Tag
		}
		if match(&h) {
			e.to.pc, e.to.sp, e.to.fp = w.fn.addr+uintptr(row.Target), sp, fp
			return true
		}
	}
	return false
}

// callSite returns the exception table keyed by a return address.
func (f *placed) callSite(off uint32) *asm.CallSite {
	cs := f.code.Handlers
	i := sort.Search(len(cs), func(i int) bool { return cs[i].Offset >= off })
	if i < len(cs) && cs[i].Offset == off {
		return &cs[i]
	}
	return nil
}
