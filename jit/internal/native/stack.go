package native

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Native stacks: where they lie, and how they grow and shrink.
//
// One range of addresses is reserved for all of them and divided into slots of equal size, a power of two to which they are
// aligned. From its low end, a slot has: a guard that is never accessible; a margin that is made accessible only for
// X signals are
// not ours, Ensure does it ahead of time. When the outermost activation ends, a stack that has grown is cut back.
//
//  1. Ctx.Low goes down while an activation is under way, in the thread of the activation; up only in shrink.
//  2. The bytes by which stacks have grown are never more than what Budget allows.

// DefaultStack is the accessible size of a stack that has not grown.
const DefaultStack = 1 << 20

// stackGuard is the least size of the inaccessible part below a stack.
const stackGuard = 2<<20 - ctxSpan

// preemptDepth is how far below its end a stack may become accessible for preemptions.
//
//lint:ignore U1000 read by assembly
const preemptDepth = 512 << 10

// geometries are the divisions of the reserved range to try: size of a slot and number of slots.
var geometries = [...]struct{ slot, count uintptr }{
	{1 << 30, 16 << 10}, {1 << 30, 4 << 10}, {512 << 20, 1 << 10}, {256 << 20, 256}, {64 << 20, 256}, {16 << 20, 256}, {8 << 20, 64}, {4 << 20, 16},
}

// modest is the first of the geometries for systems that handle each page of a reservation singly.
const modest = 5

// stackStep is the granule in which stacks grow: a multiple of every page size.
const stackStep = 64 << 10

var stack struct{ lo, hi, next, slot uintptr }

// shrinking is held for writing while a stack is cut back, and for reading while the stack of another goroutine is read.
var shrinking sync.RWMutex

// stackLeft is by how many bytes stacks may still grow. The signal handler subtracts from it.
var stackLeft atomic.Int64

var stackBudget struct {
	sync.Mutex
	n int64
}

// defaultBudget bounds the growth of all native stacks unless SetBudget is called.
const defaultBudget = 4 << 30

// SetBudget bounds the number of bytes by which all native stacks together may exceed their initial size; it returns the
// previous bound. What is in use already stays.
func SetBudget(n int64) (old int64) {
	stackBudget.Lock()
	defer stackBudget.Unlock()
	old = stackBudget.n
	stackBudget.n = n
	stackLeft.Add(n - old)
	return old
}

// MaxStacks returns how many native stacks there can be.
func MaxStacks() int { return int((stack.hi - stack.lo) / stack.slot) }

// StackUse returns the number of native stacks made, by how many bytes they have grown, and the bound of that.
func StackUse() (stacks int, grown, limit int64) {
	mu.Lock()
	stacks = len(all)
	mu.Unlock()
	stackBudget.Lock()
	defer stackBudget.Unlock()
	return stacks, stackBudget.n - stackLeft.Load(), stackBudget.n
}

// MaxStack returns the greatest possible size of a native stack. It is known after ReserveStacks.
func MaxStack() uintptr { return stack.slot - ctxSpan - stackGuard }

// StackSlot returns the distance between native stacks, a power of two to which they are aligned, and CtxOffset the distance
// from the start of a slot to its context.
func StackSlot() uintptr { return stack.slot }

// CtxOffset returns the distance from the start of a slot to its context, which is also the top of the stack.
func CtxOffset() uintptr { return stack.slot - ctxSpan }

// slowReservation is the processor time that tells a system on which reserving addresses takes time in proportion to their
// number: emulators keep a table of pages, kernels do not.
const slowReservation = time.Millisecond

// reservesSlowly reports whether reserving a gigabyte takes long, or is impossible.
func reservesSlowly() bool {
	runtime.LockOSThread() // whose time is measured
	defer runtime.UnlockOSThread()
	const n = 1 << 30
	for range 3 {
		start := threadTime()
		base, err := Reserve(n)
		if err != nil {
			return true
		}
		Unmap(base, n)
		if threadTime()-start < slowReservation {
			return false
		}
	}
	return true
}

// ReserveStacks reserves the range of stacks. It is called once, before Start.
func ReserveStacks() error {
	first := 0
	if reservesSlowly() {
		first = modest
	}
	for _, g := range geometries[first:] {
		n := g.slot * g.count
		base, err := Reserve(n + g.slot)
		if err != nil {
			continue
		}
		stack.slot = g.slot
		stack.lo = (base + g.slot - 1) &^ (g.slot - 1)
		stack.hi, stack.next = stack.lo+n, stack.lo
		known.slotMask, known.ctxOffset = ^(g.slot - 1), CtxOffset()
		SetBudget(defaultBudget)
		return nil
	}
	return errors.New("no addresses for native stacks")
}

// newStack makes the stack and the context of the next slot, nil if there is no memory. mu is held.
func newStack() *Ctx {
	if stack.next == stack.hi {
		return nil
	}
	top := stack.next + CtxOffset()
	if Protect(top-DefaultStack, DefaultStack+ctxSpan, Read|Write) != nil {
		return nil
	}
	stack.next += stack.slot
	c := (*Ctx)(Ptr(top))
	c.NatSP = top
	c.setLow(top - DefaultStack)
	return c
}

// Ensure makes size bytes of the stack accessible and reports whether that was possible. The caller is the goroutine that
// the context serves.
func (c *Ctx) Ensure(size uintptr) bool { return c.growTo(c.Top() - min(size, MaxStack())) }

// Room makes room at NatSP for an entry that may have a stack of size bytes, and reports whether that was possible.
func (c *Ctx) Room(size uintptr) bool {
	for act := c.Act; act != 0; {
		r := (*Record)(Ptr(act))
		size = max(size, r.Owner.stack())
		act = r.PrevAct
	}
	lowest := c.Top() - min(size, MaxStack())
	return c.NatSP-EntryMargin >= lowest && c.growTo(max(lowest, c.NatSP-2*EntryMargin))
}

func (c *Ctx) growTo(low uintptr) bool {
	low &^= stackStep - 1
	if low >= c.Low {
		return true
	}
	n := int64(c.Low - low)
	if stackLeft.Add(-n) < 0 || Protect(low, c.Low-low, Read|Write) != nil {
		stackLeft.Add(n)
		return false
	}
	c.setLow(low)
	c.Settle = ReturnedSettle
	return true
}

func (c *Ctx) setLow(low uintptr) {
	atomic.StoreUintptr(&c.Low, low)
	c.Floor, c.Size = low+EntryMargin, c.Top()-low
}

// shrink cuts a stack without activations back to its initial size.
func (c *Ctx) shrink() {
	if c.Size <= DefaultStack {
		return
	}
	shrinking.Lock()
	defer shrinking.Unlock()
	n := c.Size - DefaultStack
	Discard(c.Low, n)
	if Protect(c.Low, n, None) != nil {
		return
	}
	stackLeft.Add(int64(n))
	c.setLow(c.Top() - DefaultStack)
}
