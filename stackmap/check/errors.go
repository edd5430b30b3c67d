package check

import (
	"fmt"
	"strings"

	"davit/ir"
)

// Level says which form of the function an error is about.
type Level uint8

// The levels.
const (
	CLIF    Level = iota // the function before lowering
	Machine              // the machine instructions after register allocation, or the code
)

// Kind says what is wrong.
type Kind uint8

// The kinds of errors.
const (
	// StaleValue: a reference from before a safepoint is used after it.
	StaleValue Kind = iota
	// StaleAddress: an address that was computed from a reference before a safepoint is used after it.
	StaleAddress
	// StaleSlot: a slot position is read, or named by a stack map, that holds a reference from before a safepoint whose
	// map lacks it.
	StaleSlot
	// NotStored: a slot position is read as a reference, or named by a stack map, to which nothing was stored on some path.
	NotStored
	// WrongType: what was stored in a slot position has another type than the entry of the stack map, or than what is
	// read.
	WrongType
	// Altered: an instruction does not get what it got before stack maps were placed.
	Altered
	// NotForwarded: the stack maps of the code are not those of the function.
	NotForwarded
)

var kindNames = [...]string{"stale value", "stale address", "stale slot", "not stored", "wrong type", "altered", "not forwarded"}

// String returns the kind in words.
func (k Kind) String() string { return kindNames[k] }

// Error says how a stack map, or the use of a reference, is wrong. What has no part in it is absent: NoValue, NoInst.
type Error struct {
	Level Level
	Kind  Kind
	Func  ir.FuncName

	Value     ir.Value         // the reference, or the address computed from one
	Slot      ir.StackMapEntry // the slot position; Slot.Slot is NoStackSlot if there is none
	Place     string           // machine level: register or spill slot
	Safepoint ir.Inst          // what makes it wrong, or the safepoint whose map is wrong
	At        ir.Inst          // what reads or needs it
	Path      []ir.Block       // from the block of Safepoint, or from the entry, to that of At

	msg string
}

// Error returns function, instruction, what is wrong with it and the path.
func (e *Error) Error() string {
	s := e.Func.String() + ": " + e.Message()
	return s
}

// Message is Error without the name of the function.
func (e *Error) Message() string {
	var b strings.Builder
	if e.At != ir.NoInst {
		b.WriteString(e.At.String() + ": ")
	}
	b.WriteString(e.msg)
	if len(e.Path) > 0 {
		b.WriteString("; path: ")
		for i, blk := range e.Path {
			if i > 0 {
				b.WriteString(" -> ")
			}
			b.WriteString(blk.String())
		}
	}
	return b.String()
}

// ErrorList holds the errors of a function.
type ErrorList []*Error

// Error returns the errors, one per line.
func (l ErrorList) Error() string {
	var lines []string
	for _, e := range l {
		lines = append(lines, e.Error())
	}
	return strings.Join(lines, "\n")
}

// Err returns the list as an error, or nil if it is empty.
func (l ErrorList) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// maxErrors bounds the errors about one function.
const maxErrors = 100

// report adds an error.
func (c *Checker) report(e Error, format string, args ...any) {
	if len(c.errs) >= maxErrors {
		return
	}
	e.Func, e.msg = c.f.Name, fmt.Sprintf(format, args...)
	c.errs = append(c.errs, &e)
}

// blank is an error that concerns nothing yet.
func blank(level Level, kind Kind) Error {
	return Error{Level: level, Kind: kind, Value: ir.NoValue, Slot: ir.StackMapEntry{Slot: ir.NoStackSlot}, Safepoint: ir.NoInst, At: ir.NoInst}
}

// quote returns the number and text of an instruction for a message.
func (c *Checker) quote(inst ir.Inst) string { return fmt.Sprintf("%v `%s`", inst, c.text(inst)) }

// text returns an instruction as CLIF.
func (c *Checker) text(inst ir.Inst) string {
	const most = 100
	s := strings.TrimSpace(c.f.InstString(inst))
	if len(s) > most {
		s = s[:most] + "..."
	}
	return s
}
