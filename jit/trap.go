package jit

import (
	"fmt"
	"iter"
	"sort"
	"strings"

	"davit/asm"
	"davit/jit/internal/native"
)

// TrapCode is a CLIF trap code: 1 to 250 are user codes.
type TrapCode uint8

// Trap codes of the instruction set. The zero code means a fault where none was announced.
const (
	StackOverflow    TrapCode = 251
	IntegerOverflow  TrapCode = 252
	HeapOutOfBounds  TrapCode = 253
	DivisionByZero   TrapCode = 254
	BadConversion    TrapCode = 255
	UnannouncedFault TrapCode = 0
)

var trapNames = [...]string{"stk_ovf", "int_ovf", "heap_oob", "int_divz", "bad_toint"}

// String returns the name of the code in CLIF.
func (c TrapCode) String() string {
	switch {
	case c == UnannouncedFault:
		return "fault"
	case c >= StackOverflow:
		return trapNames[c-StackOverflow]
	}
	return fmt.Sprintf("user%d", uint8(c))
}

// NoSource is the source location of code that has none.
const NoSource = asm.NoLoc

// Location is a place in compiled code.
type Location struct {
	Func   string // name of the function; empty if the place is in none
	Offset uint32 // in bytes from its start
	Source uint32 // source location of the instruction, or of the call behind which the place is; NoSource if none is known
}

// String returns the location as name+0xoffset, with the source location if there is one as CLIF writes it.
func (l Location) String() string {
	switch {
	case l.Func == "":
		return "unknown code"
	case l.Source == NoSource:
		return fmt.Sprintf("%s+%#x", l.Func, l.Offset)
	}
	return fmt.Sprintf("%s+%#x @%04x", l.Func, l.Offset, l.Source)
}

// Trap is the error of a call whose code trapped.
type Trap struct {
	Code   TrapCode
	Func   string  // function that trapped; empty if the program counter was in none
	Offset uint32  // of the trapping instruction
	Source uint32  // its source location, NoSource if none is known
	Signal int     // number of the signal, 0 for traps that came without one
	PC     uintptr // address of the instruction
	Addr   uintptr // address of the access, where the hardware tells
	// Memory is the guarded memory in whose guard the access was, nil if it was elsewhere.
	Memory *Memory
	// Backtrace has the trapping place first, then the places behind the calls that led there, also those of calls
	// further out that led to the Go code which made the innermost call; at most 100.
	Backtrace []Location
}

// Error describes the trap with the CLIF name of its code.
func (t *Trap) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "jit: trap %s", t.Code)
	if t.Func != "" {
		fmt.Fprintf(&b, " in %s", Location{t.Func, t.Offset, t.Source})
	} else if t.PC != 0 {
		fmt.Fprintf(&b, " outside of compiled functions, at %#x", t.PC)
	}
	if t.Memory != nil {
		fmt.Fprintf(&b, " (address %#x of a memory of %#x bytes)", t.Addr-t.Memory.Base(), t.Memory.Size())
	} else if t.Code == UnannouncedFault {
		fmt.Fprintf(&b, " (signal %d, address %#x, no trap is recorded there)", t.Signal, t.Addr)
	}
	return b.String()
}

// source returns the source location of the instruction at an offset.
func (f *placed) source(off uint32) uint32 {
	ls := f.code.SrcLocs
	i := sort.Search(len(ls), func(i int) bool { return ls[i].End > off })
	if i < len(ls) && ls[i].Start <= off {
		return ls[i].Loc
	}
	return NoSource
}

const (
	sigTrap = 5
	sigBus  = 7
	sigSegv = 11
)

// maxBacktrace bounds the backtrace of a trap, which may be a stack overflow.
const maxBacktrace = 100

// newTrap describes the fault that a context has noted, and shows it to those who want to see the frames.
func newTrap(c *native.Ctx) *Trap {
	t := &Trap{Signal: int(c.TrapSig), PC: c.TrapPC, Addr: c.TrapAddr, Source: NoSource}
	t.PC = trapPC(t)
	fn := theArena.find(t.PC)
	if fn != nil {
		t.Func, t.Offset = fn.name, uint32(t.PC-fn.addr)
		t.Code, t.Source = fn.trapCode(t.Offset), fn.source(t.Offset)
	}
	switch {
	case t.Signal != sigSegv && t.Signal != sigBus:
	case inGuard(c, t):
		t.Code = StackOverflow
	default:
		t.Memory = guardAt(t.Addr)
	}
	t.Backtrace = []Location{{t.Func, t.Offset, t.Source}}
	for f := range trapFrames(c, fn, t.Offset) {
		if len(t.Backtrace) == maxBacktrace {
			break
		}
		t.Backtrace = append(t.Backtrace, f.Location())
	}
	return t
}

// TrapInfo is what the function set by OnTrap sees.
type TrapInfo struct {
	*Trap
	ctx *native.Ctx
	fn  *placed
}

// Frames yields the frames of the callers of the function that trapped, as Call.Frames does for a host call.
func (t *TrapInfo) Frames() iter.Seq[*Frame] { return trapFrames(t.ctx, t.fn, t.Offset) }

// OnTrap sets a function that is called for each hardware trap in calls of the module's functions, before the frames of the
// code that trapped are gone: for crash reports, debuggers, and collectors that want to see roots. It runs as host functions
// do, but calls of compiled code after a stack overflow overwrite the frames. Afterwards the call returns the trap.
func OnTrap(f func(*TrapInfo)) Option { return func(o *options) { o.onTrap = f } }

// trapped makes the error of an activation of f that trapped and is over.
func (f *Function) trapped(c *native.Ctx) error {
	t := newTrap(c)
	if f.m.opts.onTrap != nil {
		c.Keep()
		defer c.Unhold()
		top := c.NatSP
		if sp := (c.TrapSP - 256) &^ 15; sp > c.Low && sp < top && t.Code != StackOverflow {
			c.NatSP = sp // calls from there leave the frames alone
		}
		defer func() { c.NatSP = top }()
		f.m.opts.onTrap(&TrapInfo{t, c, theArena.find(t.PC)})
	}
	return t
}

// trapCode returns the code recorded for an instruction, 0 if there is none.
func (f *placed) trapCode(off uint32) TrapCode {
	ts := f.code.Traps
	i := sort.Search(len(ts), func(i int) bool { return ts[i].Offset >= off })
	if i < len(ts) && ts[i].Offset == off {
		return TrapCode(ts[i].Code)
	}
	return UnannouncedFault
}

// inGuard reports whether the fault was an access to the inaccessible part below the stack.
func inGuard(c *native.Ctx, t *Trap) bool {
	lowest := c.Top() - native.CtxOffset()
	return t.Addr >= lowest && t.Addr < c.Low
}
