// Package syntax reads Scheme: text becomes data in Go, with the places they came from.
package syntax

import (
	"fmt"
	"math/big"
)

// Datum is what the reader makes: a Symbol, *Pair, Nil, *Vector, *Bytes, String, Char, bool, int64, *big.Int (beyond the
// range of fixnums), float64, EOF or Unspecified. Macro expansion adds identifiers of its own.
type Datum = any

type (
	// Symbol is a symbol.
	Symbol string
	// String is a string.
	String string
	// Char is a character.
	Char rune
	// Nil is the empty list.
	Nil struct{}
	// EOF is the end-of-file object.
	EOF struct{}
	// Unspecified is the value of expressions that have none.
	Unspecified struct{}
)

// Pair is a pair. Loc is where it was read.
type Pair struct {
	Car, Cdr Datum
	Loc      Loc
}

// Vector is a vector.
type Vector struct{ Items []Datum }

// Bytes is a bytevector.
type Bytes struct{ B []byte }

// Loc is a place in some text, as a number that Locs knows; NoLoc for none.
type Loc uint32

// NoLoc is the absence of a place.
const NoLoc = ^Loc(0)

// Locs keeps the places that locations stand for.
type Locs struct {
	files []string
	list  []place
}

type place struct{ file, line, col uint32 }

// File adds the name of a file.
func (l *Locs) File(name string) int {
	l.files = append(l.files, name)
	return len(l.files) - 1
}

func (l *Locs) add(file, line, col int) Loc {
	l.list = append(l.list, place{uint32(file), uint32(line), uint32(col)})
	return Loc(len(l.list) - 1)
}

// String returns "file:line:column", or "" for NoLoc.
func (l *Locs) String(loc Loc) string {
	if int(loc) >= len(l.list) {
		return ""
	}
	p := l.list[loc]
	return fmt.Sprintf("%s:%d:%d", l.files[p.file], p.line, p.col)
}

// Name returns the name of the file of a place, "" for NoLoc.
func (l *Locs) Name(loc Loc) string {
	if f := l.FileOf(loc); f >= 0 {
		return l.files[f]
	}
	return ""
}

// FileOf returns the number of the file of a place, -1 for NoLoc.
func (l *Locs) FileOf(loc Loc) int {
	if int(loc) >= len(l.list) {
		return -1
	}
	return int(l.list[loc].file)
}

// Fixnums are the integers that need no memory.
const (
	MaxFixnum = 1<<62 - 1
	MinFixnum = -1 << 62
)

// Integer returns an integer as a datum.
func Integer(x *big.Int) Datum {
	if x.IsInt64() {
		if n := x.Int64(); n >= MinFixnum && n <= MaxFixnum {
			return n
		}
	}
	return x
}

// List makes a list of data.
func List(items ...Datum) Datum { return ListTo(Nil{}, NoLoc, items...) }

// ListTo makes a list that ends in tail; its pairs are at loc.
func ListTo(tail Datum, loc Loc, items ...Datum) Datum {
	for i := len(items) - 1; i >= 0; i-- {
		tail = &Pair{items[i], tail, loc}
	}
	return tail
}

// Slice returns the elements of a list; ok is false if it is not a proper list.
func Slice(d Datum) (items []Datum, ok bool) {
	for {
		switch p := d.(type) {
		case *Pair:
			items = append(items, p.Car)
			d = p.Cdr
		case Nil:
			return items, true
		default:
			return items, false
		}
	}
}

// Form is a datum of a text, and where it begins.
type Form struct {
	Datum Datum
	Loc   Loc
}

// LocOf returns the place of a datum, if it has one.
func LocOf(d Datum) Loc {
	if p, ok := d.(*Pair); ok {
		return p.Loc
	}
	return NoLoc
}

// Error is an error in the text of a program.
type Error struct {
	Place string // "file:line:column", if known
	Msg   string
	// Incomplete says that the text ended too early.
	Incomplete bool
}

// Error returns place and message.
func (e *Error) Error() string {
	if e.Place == "" {
		return e.Msg
	}
	return e.Place + ": " + e.Msg
}
