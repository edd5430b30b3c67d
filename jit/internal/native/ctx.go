package native

import (
	"sync/atomic"
	"unsafe"
)

const (
	// StackSlot is the distance between native stacks, and their alignment.
	StackSlot = 16 << 20
	// CtxOffset is the distance from the start of a slot to its context, which is also the top of the stack.
	CtxOffset = StackSlot - 4096
	// MaxStack is the largest usable size of a native stack: at least a megabyte of guard stays below.
	MaxStack = StackSlot - 1<<20
	// EntryMargin is what an entry needs of the native stack for itself: its record, stack arguments and result area.
	EntryMargin = 80 << 10
	// EnterFrame is the distance from the stack pointer to the saved frame pointer in Enter.
	EnterFrame = 40
	// PreemptSkip is how far below the interrupted stack pointer the preemption pad finds the interrupted program
	// counter: 128 bytes that a leaf function may use, and the word.
	PreemptSkip = 136
	// PreemptMargin is what must be left of the native stack for a preemption.
	PreemptMargin = 16 << 10
	// WordsOffset is the distance from Ctx.GoSP to the place of Enter's pointer to the argument words.
	WordsOffset = 72
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
	// ReturnedTransient, seen inside Enter only, is Returned in a borrowed context.
	ReturnedTransient = 8
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

	TrapSig, TrapPC, TrapAddr, TrapSP, TrapBP uintptr

	ThrowPC, ThrowSP, ThrowFP, Throw0, Throw1 uintptr

	Ends      uintptr // number of activations that have ended
	Code      uintptr // scratch of entry thunks
	Cancel    uintptr // not 0: the activation is to end at the next occasion; atomic
	Held      uintptr // number of reasons to keep the context apart from activations
	G         uintptr // the goroutine this context serves, 0 if it is in the pool
	Low       uintptr // lowest accessible address of the stack
	Floor     uintptr // Low + EntryMargin
	Size      uintptr // distance from Low to the top
	Transient uintptr // 0; or ReturnedTransient: goes back to the pool when the outermost activation ends
	Owner     unsafe.Pointer
}

// Record is what Enter stores for an activation (invariant 5). Together with its address, Seq tells it from all
// others of the context.
type Record struct {
	Zero    uintptr // the end of the chain of frame pointers, for debuggers and profilers
	Owner   uintptr // number of the module
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
	Owner uintptr // number of the module
}

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
func CtxOf(addr uintptr) *Ctx { return (*Ctx)(Ptr(addr&^(StackSlot-1) + CtxOffset)) }

// Activation identifies an activation of a context.
type Activation struct{ addr, seq uintptr }

// Outermost returns the outermost activation of a module. It may be called while the context is running.
func (c *Ctx) Outermost(owner uintptr) (a Activation, found bool) {
	return c.search(func(r *Record) bool { return r.Owner == owner })
}

// Has reports whether an activation is still under way.
func (c *Ctx) Has(a Activation) bool {
	_, found := c.search(func(r *Record) bool { return uintptr(unsafe.Pointer(r)) == a.addr && r.Seq == a.seq })
	return found
}

// search returns the outermost activation whose record matches. The chain of records can change under the eyes of the
// reader, who may then follow anything that looks like an address in the stack; but it has not changed if no activation has
// ended and none has begun.
func (c *Ctx) search(match func(r *Record) bool) (a Activation, found bool) {
	for {
		start, ends := atomic.LoadUintptr(&c.Act), atomic.LoadUintptr(&c.Ends)
		a, found = Activation{}, false
		for act := start; act >= c.Low && act < c.Top() && act%16 == 0; {
			r := (*Record)(Ptr(act))
			if match(r) {
				a, found = Activation{act, r.Seq}, true
			}
			if r.PrevAct <= act {
				break
			}
			act = r.PrevAct
		}
		if atomic.LoadUintptr(&c.Act) == start && atomic.LoadUintptr(&c.Ends) == ends {
			return a, found
		}
	}
}
