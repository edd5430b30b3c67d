package interp

import (
	"fmt"
	"strings"

	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
)

// Place is an instruction of a function; Inst is NoInst for the entry of the function.
type Place struct {
	Func string
	Inst ir.Inst
}

// String prints the place as "%f: inst7".
func (p Place) String() string {
	if p.Inst == ir.NoInst {
		return p.Func
	}
	return p.Func + ": " + p.Inst.String()
}

// Trap says that the program trapped.
type Trap struct {
	Code op.TrapCode
	Place
	Text   string  // the instruction in CLIF; empty at the entry of the function
	Reason string  // what happened, if the code does not say it all
	Access bool    // because of memory that cannot be accessed
	Addr   uint64  // of the access
	Broken bool    // by what must not happen: a bad address where notrap, aligned, a struct argument or a call promise a good one
	Stack  []Place // the calls under way, the innermost first
}

// Error describes the trap in one line.
func (t *Trap) Error() string {
	s := fmt.Sprintf("%v: trap %v", t.Place, t.Code)
	if t.Text != "" {
		s += " by " + t.Text
	}
	if t.Reason != "" {
		s += ": " + t.Reason
	}
	return s
}

// Unsupported says that the program did what the interpreter cannot do or does not know: it called a function that
// nobody defines, or used a machine in a way that has no portable meaning.
type Unsupported struct {
	Place
	What string
}

// Error describes what is not supported.
func (u *Unsupported) Error() string { return fmt.Sprintf("%v: unsupported: %s", u.Place, u.What) }

// LimitKind says which limit a program exceeded.
type LimitKind uint8

// The limits.
const (
	LimitFuel  LimitKind = iota // Options.Fuel
	LimitDepth                  // Options.MaxDepth, or the memory for the values of the calls under way
	LimitHeap                   // address space for objects
)

var limitNames = [...]string{"fuel", "call depth", "heap"}

// String returns the name of the limit.
func (k LimitKind) String() string { return limitNames[k] }

// Limit says that the program exceeded a limit.
type Limit struct {
	Kind LimitKind
	Place
}

// Error describes the limit.
func (l *Limit) Error() string { return fmt.Sprintf("%v: out of %v", l.Place, l.Kind) }

// Invalid says that a function is not valid CLIF, or that a call does not fit the function called.
type Invalid struct {
	Place
	Msg string
}

// Error describes what is invalid.
func (e *Invalid) Error() string { return fmt.Sprintf("%v: %s", e.Place, e.Msg) }

// Exception unwinds the stack to the nearest handler when a host function returns it as its error. A call that no
// handler stands around returns it as its error.
type Exception struct {
	Tag     uint32
	Payload []data.Value // pointer-sized; what a handler does not take is dropped, what is missing is zero
	// Context, unless its type is Invalid, restricts handlers below a dynamic context to those of the same context.
	Context data.Value
}

// Error describes the exception.
func (e *Exception) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "uncaught exception tag%d(", e.Tag)
	for i, v := range e.Payload {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v.String())
	}
	return b.String() + ")"
}

// Bug is a mistake of the interpreter itself, or a function so malformed that it cannot be read.
type Bug struct {
	Place
	Panic any
	Trace string // of the goroutine
}

// Error describes the panic.
func (b *Bug) Error() string { return fmt.Sprintf("%v: the interpreter failed: %v", b.Place, b.Panic) }
