package rt

import (
	"errors"
	"fmt"
	"strings"

	"davit/examples/scheme/internal/syntax"
	"davit/gc"
	"davit/jit"
)

// Error is an object that was raised and not handled.
type Error struct {
	Place     string   // "file:line:column" of the expression, if known
	Msg       string   // what the object says
	Backtrace []string // procedures under way, innermost first, with places
}

// Error returns place and message.
func (e *Error) Error() string {
	if e.Place == "" {
		return e.Msg
	}
	return e.Place + ": " + e.Msg
}

// Exit is the error of a program that has called exit.
type Exit struct{ Status int }

// Error names the status.
func (e *Exit) Error() string { return fmt.Sprintf("exit with status %d", e.Status) }

// raised is thrown by a primitive that raises a condition: the record is in RootCondition.
type raised struct{}

// fail raises a condition. Kind is the symbol by which programs tell conditions apart.
func (m *Machine) fail(kind, msg string, irritants ...gc.Word) {
	s := m.Heap.Scope()
	defer s.End()
	list := s.Local(m.list(irritants...))
	text := s.Local(m.str(msg))
	sym := s.Local(m.symbol(kind))
	where := s.Local(m.str(m.place()))
	c := m.record(m.Heap.Root(RootConditionType), sym.Get(), text.Get(), list.Get(), where.Get())
	m.Heap.SetRoot(RootCondition, c)
	panic(raised{})
}

// wrong raises the condition for an argument of the wrong type.
func (m *Machine) wrong(who, want string, got gc.Word) {
	m.fail("error", who+": expected "+want+", got", got)
}

// place returns the place in the program where the innermost of its procedures is.
func (m *Machine) place() string {
	if m.call == nil {
		return ""
	}
	for f := range m.call.Frames() {
		if loc := syntax.Loc(f.Source()); m.isProgram(loc) {
			return m.Locs.String(loc)
		}
	}
	return ""
}

// isProgram reports whether a place is known, and not one of the library.
func (m *Machine) isProgram(loc syntax.Loc) bool {
	file := m.Locs.FileOf(loc)
	return file >= 0 && file != m.Library
}

// maxBacktrace bounds the lines of backtraces.
const maxBacktrace = 20

// here lists the places of the frames below a host call, innermost first.
func here(c *jit.Call) []jit.Location {
	var list []jit.Location
	for f := range c.Frames() {
		if len(list) == 10*maxBacktrace {
			break
		}
		list = append(list, f.Location())
	}
	return list
}

// raisedAt makes the error for something that happened at a place, with the places behind the calls that led there, as far
// as they are in the program.
func (m *Machine) raisedAt(places []jit.Location, msg string) *Error {
	e := &Error{Msg: msg}
	last, times := "", 0
	flush := func() {
		switch {
		case times > 1:
			e.Backtrace = append(e.Backtrace, fmt.Sprintf("%s, %d times", last, times))
		case times == 1:
			e.Backtrace = append(e.Backtrace, last)
		}
	}
	for _, p := range places {
		loc := syntax.Loc(p.Source)
		if !m.isProgram(loc) {
			continue
		}
		if e.Place == "" {
			e.Place = m.Locs.String(loc)
		}
		line := m.ProcOf(loc) + " at " + m.Locs.String(loc)
		if line == last {
			times++
			continue
		}
		flush()
		if last, times = line, 1; len(e.Backtrace) == maxBacktrace {
			last = "other procedures"
			break
		}
	}
	flush()
	return e
}

// Explain turns errors of the run-time system below into those of programs.
func (m *Machine) Explain(err error) error {
	var trap *jit.Trap
	var oom *gc.OutOfMemory
	switch {
	case errors.As(err, &trap) && trap.Code == jit.StackOverflow:
		return m.raisedAt(trap.Backtrace, "the recursion is too deep for the stack")
	case errors.As(err, &trap):
		return m.raisedAt(trap.Backtrace, err.Error())
	case errors.As(err, &oom):
		return m.raisedAt(oom.Backtrace, fmt.Sprintf("out of memory: %d bytes are wanted, the limit is %d", oom.Size, oom.Limit))
	}
	return err
}

// uncaught ends the program with an object that no handler was there for.
func uncaught(m *Machine, a []gc.Word) gc.Word {
	e := m.raisedAt(here(m.call), "")
	switch {
	case m.isRecord(a[0], RootConditionType):
		e.Msg = m.conditionText(a[0])
		if w := m.goString(m.Heap.Load(a[0], 4)); w != "" {
			e.Place = w
		}
	default:
		e.Msg = "uncaught object: " + m.Show(a[0])
	}
	if a[1] != False {
		e.Msg = "a handler returned from a raise that is not continuable: " + e.Msg
	}
	m.call.Fail(e)
	return Unspecified
}

// conditionText is the message of a condition with its irritants.
func (m *Machine) conditionText(c gc.Word) string {
	var b strings.Builder
	if msg := m.Heap.Load(c, 2); m.is(msg, LayString) {
		b.WriteString(m.goString(msg))
	} else {
		b.WriteString(m.Show(msg))
	}
	for l := m.Heap.Load(c, 3); IsPair(l); l = m.cdr(l) {
		b.WriteString(" " + m.Show(m.car(l)))
	}
	return b.String()
}

// condition makes a condition: kind, message, irritants, and #t if the place is wanted.
func condition(m *Machine, a []gc.Word) gc.Word {
	s := m.Heap.Scope()
	defer s.End()
	kind, msg, irritants := s.Local(a[0]), s.Local(a[1]), s.Local(a[2])
	place := ""
	if a[3] != False {
		place = m.place()
	}
	where := m.str(place)
	return m.record(m.Heap.Root(RootConditionType), kind.Get(), msg.Get(), irritants.Get(), where)
}

// Throw leaves for the call of %call/ec with a serial number.
func throw(m *Machine, a []gc.Word) gc.Word {
	serial := uint64(Int(a[0]))
	m.call.ThrowFunc(func(h *jit.Handler) bool { return h.Tag == EscapeTag && h.Context == serial }, EscapeTag, uint64(a[1]))
	return Unspecified
}

// checkAlive raises a condition if a continuation cannot be called any more.
func checkAlive(m *Machine, a []gc.Word) gc.Word {
	for h := range m.call.Handlers() {
		if h.Tag == EscapeTag && h.Context == uint64(Int(a[0])) {
			return Unspecified
		}
	}
	m.fail("error", "a continuation was called after the call that captured it had returned, which is not supported")
	return Unspecified
}

// EscapeTag is the tag of the exceptions by which continuations are called.
const EscapeTag = 1
