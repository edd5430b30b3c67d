package jit

import (
	"fmt"
	"sort"
	"strings"

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

// Location is a place in compiled code.
type Location struct {
	Func   string // name of the function; empty if the place is in none
	Offset uint32 // in bytes from its start
}

// String returns the location as name+0xoffset.
func (l Location) String() string {
	if l.Func == "" {
		return "unknown code"
	}
	return fmt.Sprintf("%s+%#x", l.Func, l.Offset)
}

// Trap is the error of a call whose code trapped.
type Trap struct {
	Code   TrapCode
	Func   string  // function that trapped; empty if the program counter was in none
	Offset uint32  // of the trapping instruction
	Signal int     // number of the signal, 0 for traps that came without one
	PC     uintptr // address of the instruction
	Addr   uintptr // address of the access, where the hardware tells
	// Backtrace has the trapping place first, then the places behind the calls that led there.
	Backtrace []Location
}

// Error describes the trap with the CLIF name of its code.
func (t *Trap) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "jit: trap %s", t.Code)
	if t.Func != "" {
		fmt.Fprintf(&b, " in %s+%#x", t.Func, t.Offset)
	} else if t.PC != 0 {
		fmt.Fprintf(&b, " outside of compiled functions, at %#x", t.PC)
	}
	if t.Code == UnannouncedFault {
		fmt.Fprintf(&b, " (signal %d, address %#x, no trap is recorded there)", t.Signal, t.Addr)
	}
	return b.String()
}

const (
	sigTrap = 5
	sigBus  = 7
	sigSegv = 11
)

// maxBacktrace bounds the backtrace of a trap, which may be a stack overflow.
const maxBacktrace = 100

// newTrap describes the fault that a context has noted.
func newTrap(c *native.Ctx) *Trap {
	t := &Trap{Signal: int(c.TrapSig), PC: c.TrapPC, Addr: c.TrapAddr}
	if t.Signal == sigTrap {
		t.PC-- // reported behind the instruction
	}
	fn := theArena.find(t.PC)
	if fn != nil {
		t.Func, t.Offset = fn.name, uint32(t.PC-fn.addr)
		t.Code = fn.trapCode(t.Offset)
	}
	if inGuard(c, t) {
		t.Code = StackOverflow
	}
	t.Backtrace = backtrace(c, fn, t)
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
	return (t.Signal == sigSegv || t.Signal == sigBus) && t.Addr >= lowest && t.Addr < c.Low
}
