package native

import (
	"sync/atomic"
	"unsafe"
)

const (
	// ctxSpan is the size of the part of a slot that is above the stack; the context is at its start. It is a multiple of
	// every page size.
	ctxSpan = 64 << 10
	// EntryMargin is what an entry needs of the native stack for itself: its record, stack arguments and result area.
	EntryMargin = 80 << 10
	// PreemptMargin is what must be left of the native stack for a preemption.
	PreemptMargin = 16 << 10
)

// Reasons for which Enter returns.
const (
	Returned = 0 // the function returned, results are in place
	HostCall = 1 // never seen outside of Enter
	Trapped  = 2 // a fault in compiled code: see the trap fields of the context
	Aborted  = 3 // a host function asked for it by AbortPad
	NoStack  = 4 // there is no native stack left
	Closed   = 5 // the entry leads to ClosedPad
	Overflow = 6 // less than EntryMargin bytes are left on the native stack
	Grow     = 7 // the native stack is smaller than the function asks for
	// ReturnedSettle, seen inside Enter only, is Returned in a context that is borrowed or whose stack has grown.
	ReturnedSettle = 8
)

// Ctx is the state of one native stack. It lives outside of the Go heap. Assembly knows its fields by name through
// go_asm.h, thunks through unsafe.Offsetof.
type Ctx struct {
	GoSP   uintptr // 8 below the stack pointer in Enter, the place of its return address
	ExitPC uintptr // where compiled code leaves to: the address behind the call in Enter
	NatSP  uintptr
	Act    uintptr
	Next   uintptr // pad that continues after a call of Go

	ResumePad, AbortPad, TrapPad, ThrowPad uintptr

	TrapSig, TrapPC, TrapAddr, TrapSP, TrapBP, TrapLR, TrapAct uintptr

	ThrowPC, ThrowSP, ThrowFP, Throw0, Throw1 uintptr

	Ends   uintptr // number of activations that have ended
	Code   uintptr // scratch of entry thunks
	Cancel uintptr // not 0: the activation is to end at the next occasion; atomic
	Held   uintptr // number of reasons to keep the context apart from activations
	G      uintptr // the goroutine this context serves, 0 if it is in the pool
	Low    uintptr // lowest accessible address of the stack
	Floor  uintptr // Low + EntryMargin
	Size   uintptr // distance from Low to the top
	Settle uintptr // 0; or ReturnedSettle: settle has work to do when the outermost activation ends
	Owner  unsafe.Pointer
}

// Record is what Enter stores for an activation (invariant 5). Together with its address, Seq tells it from all
// others of the context.
type Record struct {
	Zero    uintptr // the end of the chain of frame pointers, for debuggers and profilers
	Owner   Owner
	PrevAct uintptr
	Seq     uintptr // Ctx.Ends of then
}

// PrevNatSP returns Ctx.NatSP of before the activation: the record was put right below it.
func (r *Record) PrevNatSP() uintptr { return uintptr(unsafe.Pointer(r)) + unsafe.Sizeof(*r) }

// Split takes apart a status of Enter other than 0 and NoStack.
func Split(status uintptr) (c *Ctx, reason uintptr) {
	return (*Ctx)(Ptr(status &^ 4095)), status & 4095
}

// Entry is what Enter needs to call a function.
type Entry struct {
	Thunk uintptr // entry thunk for the function's signature; ClosedPad once the function is gone
	Code  uintptr // address of the function
	Owner Owner
}

// Owner tells whose an activation is: the number of the module, and below it the size of the stack that it may have.
type Owner uintptr

// MakeOwner returns the owner for a module of a number and a stack of so many bytes, rounded up to a multiple of 64 KiB.
func MakeOwner(module, stack uintptr) Owner {
	return Owner(module<<ownerShift | (min(stack, MaxStack())+stackStep-1)/stackStep)
}

const ownerShift = 16

// Module returns the number of the module.
func (o Owner) Module() uintptr { return uintptr(o >> ownerShift) }

func (o Owner) stack() uintptr { return uintptr(o&(1<<ownerShift-1)) * stackStep }

// Ptr converts an address outside of the Go heap to a pointer.
func Ptr(a uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&a)) }

// Load reads the word at address a.
func Load(a uintptr) uintptr { return *(*uintptr)(Ptr(a)) }

// Top returns the highest address of the stack.
func (c *Ctx) Top() uintptr { return uintptr(unsafe.Pointer(c)) }

// Active reports whether an activation is under way.
func (c *Ctx) Active() bool { return c.Act != 0 }

// abandon drops the activation act and all that came after it, after a panic went through its frames.
func (c *Ctx) abandon(act uintptr) {
	r := (*Record)(Ptr(act))
	c.Act, c.NatSP = r.PrevAct, r.PrevNatSP()
	atomic.AddUintptr(&c.Ends, 1)
	c.Done()
}

// Stub is the lowest part of the frame of a host function's stub, at Ctx.NatSP during the call.
type Stub struct {
	Resume uintptr // address in the stub behind the call of Go
	Host   *Host
	Next   uintptr // pad that continues afterwards: ResumePad, or another one if the host function has so decided
}

// Host is a host function. Its stub holds the address.
type Host struct {
	Fn func(*Stub)
}

// hostcall runs on the goroutine stack when compiled code calls Go.
//
//lint:ignore U1000 called by assembly
func hostcall(c *Ctx) {
	act, done := c.Act, false
	defer func() {
		if !done {
			c.abandon(act)
		}
	}()
	s := (*Stub)(Ptr(c.NatSP))
	s.Next = c.ResumePad
	s.Host.Fn(s)
	if s.Next != c.ResumePad || atomic.LoadUintptr(&c.Cancel) != 0 {
		onExit(c, s)
	}
	c.Next = s.Next
	done = true
}

// CtxOf returns the context of the native stack that contains an address.
func CtxOf(addr uintptr) *Ctx { return (*Ctx)(Ptr(addr&known.slotMask + known.ctxOffset)) }

// RecordAbove returns the record of the activation to which a frame of compiled code or of a stub belongs, given an
// address in the frame: the innermost record above it. The goroutine of the context is in a host call or waits.
func (c *Ctx) RecordAbove(addr uintptr) uintptr {
	act := c.Act
	for act != 0 && act < addr {
		act = (*Record)(Ptr(act)).PrevAct
	}
	return act
}

// Activation identifies an activation of a context.
type Activation struct{ addr, seq uintptr }

// Outermost returns the outermost activation whose owner is wanted. It may be called while the context is running.
func (c *Ctx) Outermost(wanted func(Owner) bool) (a Activation, found bool) {
	return c.search(func(o Owner, _ Activation) bool { return wanted(o) })
}

// Has reports whether an activation is still under way.
func (c *Ctx) Has(a Activation) bool {
	_, found := c.search(func(_ Owner, this Activation) bool { return this == a })
	return found
}

// search returns the outermost activation whose record matches. The chain of records can change under the eyes of the
// reader, who may then follow anything that looks like an address in the stack; but it has not changed if no activation has
// ended and none has begun. The stack grows before a record is put into its new part, and does not shrink during a search.
func (c *Ctx) search(match func(Owner, Activation) bool) (a Activation, found bool) {
	shrinking.RLock()
	defer shrinking.RUnlock()
	for {
		start, ends := atomic.LoadUintptr(&c.Act), atomic.LoadUintptr(&c.Ends)
		low := atomic.LoadUintptr(&c.Low)
		a, found = Activation{}, false
		for act := start; act >= low && act < c.Top() && act%8 == 0; {
			r := (*Record)(Ptr(act))
			owner, seq := atomic.LoadUintptr((*uintptr)(&r.Owner)), atomic.LoadUintptr(&r.Seq)
			prev := atomic.LoadUintptr(&r.PrevAct)
			if this := (Activation{act, seq}); match(Owner(owner), this) {
				a, found = this, true
			}
			if prev <= act {
				break
			}
			act = prev
		}
		if atomic.LoadUintptr(&c.Act) == start && atomic.LoadUintptr(&c.Ends) == ends {
			return a, found
		}
	}
}
