package gc

import (
	"errors"

	"davit/jit"
)

// Functions that compiled code calls when the fast path does not do. Each is given the context of the heap.
const (
	nameAlloc     = "gc_alloc"     // (context, header) -> address: an object, its header is written
	nameAllocRaw  = "gc_alloc_raw" // (context, bytes) -> address: at most MaxInline bytes for new objects, in the nursery
	nameRemember  = "gc_remember"  // (context, object, place): a reference is to be stored at place of object; not a safepoint
	nameSafepoint = "gc_safepoint" // (context): collects under stress and when it was asked for
)

// MaxInline is the greatest number of bytes that compiled code can ask for at once for several objects.
const MaxInline = 4 << 10

// Define adds to a module the functions that code made with an Emitter calls. The module may work with any number of
// heaps.
func Define(m *jit.Module) error {
	sig := func(params, results int) jit.Signature {
		kinds := [3]jit.Kind{jit.I64, jit.I64, jit.I64}
		return jit.SystemV(kinds[:params], kinds[:results])
	}
	return errors.Join(
		m.HostRaw(nameAlloc, sig(2, 1), func(c *jit.Call) {
			result(c, func(h *Heap, arg uint64) (uintptr, error) { return h.create(header(arg)) })
		}),
		m.HostRaw(nameAllocRaw, sig(2, 1), func(c *jit.Call) {
			result(c, func(h *Heap, arg uint64) (uintptr, error) { return h.allocate(uintptr(arg)) })
		}),
		m.HostRaw(nameRemember, sig(3, 0), func(c *jit.Call) {
			a := c.Args()
			heapOf(uintptr(a[0])).stored(uintptr(a[1]), uintptr(a[2]))
		}),
		m.HostRaw(nameSafepoint, sig(1, 0), func(c *jit.Call) {
			h := heapOf(uintptr(c.Args()[0]))
			if h == nil || !h.cfg.Stress && !h.requested.Load() {
				return
			}
			err := h.callable(c)
			if err == nil {
				err = h.collect(false)
			}
			if err != nil {
				c.Fail(err)
			}
		}),
	)
}

// result is a host function with context, an argument and a result.
func result(c *jit.Call, f func(h *Heap, arg uint64) (uintptr, error)) {
	a := c.Args()
	h := heapOf(uintptr(a[0]))
	err := h.callable(c)
	if err == nil {
		var r uintptr
		if r, err = f(h, a[1]); err == nil {
			c.Results()[0] = uint64(r)
			return
		}
	}
	var oom *OutOfMemory
	if errors.As(err, &oom) {
		for f := range c.Frames() {
			if len(oom.Backtrace) == maxBacktrace {
				break
			}
			oom.Backtrace = append(oom.Backtrace, f.Location())
		}
	}
	c.Fail(err)
}

const maxBacktrace = 100

// callable reports why a collection during the host call c would not find all roots, if so.
func (h *Heap) callable(c *jit.Call) error {
	if h == nil {
		return ErrClosed
	}
	if h.broken != nil {
		return h.broken
	}
	if h.holder.Load() != c.Stack().ID() {
		return errNotByCall
	}
	u := &h.user
	if n := len(u.calls); n == 0 || u.stack.Call() != c || u.stack.Depth() != u.calls[n-1] {
		return errNotByCall
	}
	return nil
}

var errNotByCall = errors.New("gc: compiled code that uses a heap was not called by Heap.Call")
