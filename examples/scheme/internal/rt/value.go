// Package rt is the run-time system of Scheme: how values are represented, and the primitives that are written in Go.
package rt

import (
	"davit/gc"
)

// A value is a word. Its lowest bits say what it is:
//
//	…0   a fixnum, times 2
//	001  the address of a pair
//	011  the address of a procedure
//	101  the address of another object, whose header says of which kind
//	111  something without memory: see below
const (
	TagPair   = 1
	TagProc   = 3
	TagObject = 5
	TagMisc   = 7
	TagMask   = 7
)

// Values without memory. Characters are their number, times 256, and CharTag.
const (
	False       gc.Word = 0x07
	True        gc.Word = 0x0f
	Nil         gc.Word = 0x17
	Unspecified gc.Word = 0x1f
	EOF         gc.Word = 0x27
	Undefined   gc.Word = 0x2f // a variable without a value
	Absent      gc.Word = 0x37 // an optional argument that was not given
	Raise       gc.Word = 0x3f // a primitive's result: the condition in root word RootCondition is to be raised
	CharTag     gc.Word = 0x87
)

// Layouts of objects.
const (
	LayPair gc.LayoutID = iota
	LayProc             // address of the code for calls that know nothing, then the values of free variables
	LayFlonum
	LayBignum // elements of 4 bytes, the least significant first; word 0 is 1 if negative
	LayString // elements of 4 bytes
	LaySymbol // the name, a string
	LayVector
	LayBytes
	LayBox
	LayValues // several values
	LayRecord // the type, then the fields; the type of a type is RootRecordType
	numLayouts
)

// Spec says how the heap looks.
var Spec = func() *gc.Spec {
	var layouts [numLayouts]gc.Layout
	layouts[LayPair] = gc.Layout{Name: "pair", Words: 2, Refs: 3}
	layouts[LayProc] = gc.Layout{Name: "procedure", Words: 1, Elem: gc.RefElem}
	layouts[LayFlonum] = gc.Layout{Name: "flonum", Words: 1}
	layouts[LayBignum] = gc.Layout{Name: "bignum", Words: 1, Elem: gc.RawElem(4)}
	layouts[LayString] = gc.Layout{Name: "string", Elem: gc.RawElem(4)}
	layouts[LaySymbol] = gc.Layout{Name: "symbol", Words: 1, Refs: 1}
	layouts[LayVector] = gc.Layout{Name: "vector", Elem: gc.RefElem}
	layouts[LayBytes] = gc.Layout{Name: "bytevector", Elem: gc.RawElem(1)}
	layouts[LayBox] = gc.Layout{Name: "box", Words: 1, Refs: 1}
	layouts[LayValues] = gc.Layout{Name: "values", Elem: gc.RefElem}
	layouts[LayRecord] = gc.Layout{Name: "record", Elem: gc.RefElem}
	s, err := gc.NewSpec(gc.Tags{Low: 1<<TagPair | 1<<TagProc | 1<<TagObject}, layouts[:]...)
	if err != nil {
		panic(err)
	}
	return s
}()

// Root words with a meaning; further ones are globals and constants.
const (
	RootCondition  = iota // what is to be raised: see Raise
	RootRecordType        // the type of record types
	RootConditionType
	RootPortType
	RootOutput // current ports
	RootError
	RootInput
	NumRoots
)

// Words of the context.
const (
	WordSerial = iota // the number of the last escape
)

// Fix makes a fixnum.
func Fix(n int64) gc.Word { return gc.Word(n << 1) }

// IsFix reports whether w is a fixnum.
func IsFix(w gc.Word) bool { return w&1 == 0 }

// Int returns the number of a fixnum.
func Int(w gc.Word) int64 { return int64(w) >> 1 }

// Bool makes a boolean.
func Bool(b bool) gc.Word {
	if b {
		return True
	}
	return False
}

// Char makes a character.
func Char(c rune) gc.Word { return gc.Word(c)<<8 | CharTag }

// IsChar reports whether w is a character.
func IsChar(w gc.Word) bool { return w&0xff == CharTag }

// Rune returns the number of a character.
func Rune(w gc.Word) rune { return rune(w >> 8) }

func tag(w gc.Word) gc.Word { return w & TagMask }

// IsPair reports whether w is a pair.
func IsPair(w gc.Word) bool { return tag(w) == TagPair }

// IsProc reports whether w is a procedure.
func IsProc(w gc.Word) bool { return tag(w) == TagProc }

// is reports whether w is an object of a layout.
func (m *Machine) is(w gc.Word, id gc.LayoutID) bool {
	return tag(w) == TagObject && m.Heap.LayoutOf(w) == id
}

func (m *Machine) car(w gc.Word) gc.Word { return m.Heap.Load(w, 0) }

func (m *Machine) cdr(w gc.Word) gc.Word { return m.Heap.Load(w, 1) }
