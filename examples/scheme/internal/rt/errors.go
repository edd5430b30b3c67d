package rt

import (
	"fmt"
	"strings"

	"davit/examples/scheme/internal/prim"
	"davit/gc"
)

// Errors that compiled code finds. It calls one of these primitives, which only the compiler knows.

// Check is what compiled code has checked in vain.
type Check int

// Checks.
const (
	CheckPair Check = iota
	CheckVector
	CheckString
	CheckBytes
	CheckChar
	CheckFixnum
	CheckIndex // the index of an element
	CheckByte
	CheckSize
	CheckCode // the number of a character
)

var wanted = [...]string{
	CheckPair: "a pair", CheckVector: "a vector", CheckString: "a string", CheckBytes: "a bytevector", CheckChar: "a character",
	CheckFixnum: "a small exact integer", CheckByte: "an exact integer from 0 to 255", CheckSize: "a size",
	CheckCode: "the number of a character",
}

// Site makes the number by which compiled code says what has failed where.
func Site(p *prim.Prim, c Check) int64 {
	for i := range prim.All {
		if &prim.All[i] == p {
			return int64(i)<<8 | int64(c)
		}
	}
	return 0
}

// internal are primitives for compiled code only, with their numbers of arguments.
var internal = map[string]struct {
	args int
	fn   Func
}{
	"check-failed":    {3, checkFailed},    // site, object, index or other object
	"not-a-procedure": {1, notAProcedure},  // object
	"wrong-arguments": {2, wrongArguments}, // procedure, number of arguments
	"undefined":       {1, undefinedVar},   // symbol
	"record-failed":   {3, recordFailed},   // object, type, name of the procedure
	"eqv":             {2, func(m *Machine, a []gc.Word) gc.Word { return Bool(m.eqv(a[0], a[1])) }},
	"add":             {2, arith(addOp)},
	"sub":             {2, arith(subOp)},
	"mul":             {2, arith(mulOp)},
	"quotient":        {2, arith(quotientOp)},
	"remainder":       {2, arith(remainderOp)},
	"modulo":          {2, arith(moduloOp)},
	"compare=":        {2, comparison("=", func(c int) bool { return c == 0 })},
	"compare<":        {2, comparison("<", func(c int) bool { return c < 0 })},
	"compare>":        {2, comparison(">", func(c int) bool { return c > 0 })},
	"compare<=":       {2, comparison("<=", func(c int) bool { return c <= 0 })},
	"compare>=":       {2, comparison(">=", func(c int) bool { return c >= 0 })},
}

func checkFailed(m *Machine, a []gc.Word) gc.Word {
	site := Int(a[0])
	who := strings.TrimPrefix(prim.All[site>>8].Name, "%")
	c := Check(site & 0xff)
	if c != CheckIndex {
		m.wrong(who, wanted[c], a[1])
	}
	// an element: the object may be wrong, or the index
	want := map[string]struct {
		lay  gc.LayoutID
		what Check
	}{"vector-ref": {LayVector, CheckVector}, "vector-set!": {LayVector, CheckVector}, "string-ref": {LayString, CheckString},
		"string-set!": {LayString, CheckString}, "bytevector-u8-ref": {LayBytes, CheckBytes},
		"bytevector-u8-set!": {LayBytes, CheckBytes}}[who]
	if !m.is(a[1], want.lay) {
		m.wrong(who, wanted[want.what], a[1])
	}
	if !IsFix(a[2]) {
		m.wrong(who, "an index", a[2])
	}
	m.fail("error", fmt.Sprintf("%s: index %d is out of range, the length is %d", who, Int(a[2]), m.Heap.Len(a[1])))
	return Unspecified
}

func notAProcedure(m *Machine, a []gc.Word) gc.Word {
	m.fail("error", "not a procedure:", a[0])
	return Unspecified
}

func wrongArguments(m *Machine, a []gc.Word) gc.Word {
	name, want := "procedure", "another number"
	if c := m.codeOf(a[0]); c != nil {
		if c.Name != "" {
			name = c.Name
		}
		switch {
		case c.Max < 0:
			want = fmt.Sprintf("at least %d", c.Min)
		case c.Min == c.Max:
			want = fmt.Sprint(c.Min)
		default:
			want = fmt.Sprintf("%d to %d", c.Min, c.Max)
		}
	}
	m.fail("error", fmt.Sprintf("%s: called with %d arguments, expected %s", name, Int(a[1]), want))
	return Unspecified
}

// codeOf returns what is known of the code of a procedure.
func (m *Machine) codeOf(w gc.Word) *Code {
	if m.Describe == nil {
		return nil
	}
	return m.Describe(uint64(m.Heap.Load(w, 0)))
}

func undefinedVar(m *Machine, a []gc.Word) gc.Word {
	m.fail("error", "undefined variable: "+m.symbolName(a[0]))
	return Unspecified
}

func recordFailed(m *Machine, a []gc.Word) gc.Word {
	what := "a record"
	if m.isRecord(a[1], RootRecordType) {
		what += " of type " + m.symbolName(m.Heap.Load(a[1], 1))
	}
	m.wrong(m.symbolName(a[2]), what, a[0])
	return Unspecified
}
