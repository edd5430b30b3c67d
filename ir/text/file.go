package text

import (
	"strconv"
	"strings"

	"davit/ir"
)

// Options steer [Parse]. The zero value suits most callers.
type Options struct {
	// CallConv is the calling convention of signatures that name none. A header with "test run" overrides the default
	// Fast with SystemV.
	CallConv ir.CallConv
	// NoComments drops comments, except for pragmas, to save time.
	NoComments bool
	// NoPositions drops the positions of entities and instructions, to save time. Errors keep theirs.
	NoPositions bool
	// MaxErrors bounds the number of errors reported; 0 means 20.
	MaxErrors int
}

// Pos is a place in the source: line and column, counted from 1. Columns count bytes. The zero value is no place.
type Pos struct{ Line, Col int }

// String prints the position as line:column.
func (p Pos) String() string { return strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Col) }

// Error is something wrong with the source.
type Error struct {
	Pos
	Msg string // says what was expected and what was found
}

// Error returns "line:column: message".
func (e Error) Error() string { return e.Pos.String() + ": " + e.Msg }

// ErrorList holds errors in order of their positions.
type ErrorList []Error

// Error returns the errors, one per line.
func (l ErrorList) Error() string {
	var b strings.Builder
	for i, e := range l {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.Error())
	}
	return b.String()
}

// Err returns the list as an error, or nil if it is empty.
func (l ErrorList) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// File is what Parse makes of a source: the header of a file test (empty for plain CLIF) and the functions.
type File struct {
	Header   []Directive
	Preamble []Comment   // comments before the first function
	Funcs    []*Function // those without errors, in order

	lines []uint32 // offsets of the starts of lines
}

// HasTest reports whether the header has a line "test command".
func (f *File) HasTest(command string) bool {
	for _, d := range f.Header {
		if d.Kind == Test && len(d.Args) > 0 && d.Args[0] == command {
			return true
		}
	}
	return false
}

// DirectiveKind tells the lines of a header apart.
type DirectiveKind uint8

// The kinds of header lines, named after their first word.
const (
	Test DirectiveKind = iota
	Set
	Target
	Feature
)

var directiveNames = [...]string{"test", "set", "target", "feature"}

// String returns the first word of the line.
func (k DirectiveKind) String() string { return directiveNames[k] }

// Directive is a line of the header. Its words are not checked here.
type Directive struct {
	Kind DirectiveKind
	Args []string // the words after the first
	Pos  Pos
}

// Comment is a comment of the source and what it stands next to.
type Comment struct {
	Text   string    // from the first semicolon to the end of the line
	Entity ir.Entity // what precedes it: a declaration, block or instruction, else the function
	Pos    Pos
}

// Function is a function with what the source says beyond it.
type Function struct {
	*ir.Func
	Comments []Comment // in order; those after the closing brace belong to the function
	Start    Pos       // of the word "function"
	End      Pos       // of the closing brace

	file    *File
	places  []place  // declarations and blocks, in order of the source
	instPos []uint32 // offset of each instruction
}

type place struct {
	entity ir.Entity
	offset uint32
}

// PosOf returns the position of an entity: of its declaration, block header, parameter list or instruction. Anything
// else, and everything if positions were dropped, is at the start of the function.
func (fn *Function) PosOf(e ir.Entity) Pos {
	switch e.Kind {
	case ir.EntityInst:
		if int(e.Index) < len(fn.instPos) {
			return fn.file.position(fn.instPos[e.Index])
		}
		return fn.Start
	case ir.EntityValue:
		if int(e.Index) >= fn.NumValues() {
			return fn.Start
		}
		v := fn.Resolve(ir.Value(e.Index))
		if inst, _, ok := fn.DefInst(v); ok {
			return fn.PosOf(inst.Entity())
		}
		if b, _, ok := fn.DefParam(v); ok {
			return fn.PosOf(b.Entity())
		}
		return fn.Start
	}
	for _, p := range fn.places {
		if p.entity == e {
			return fn.file.position(p.offset)
		}
	}
	return fn.Start
}
