package rulec

import (
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Pos is a position in a rule file: line and column count from 1, the column in bytes. Note says in which row of which
// repetition a form stands; it is empty otherwise.
type Pos struct {
	File      string
	Line, Col int
	Note      string
}

// String returns the position as file:line:col.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Col)
}

// Error is one thing wrong with the rules.
type Error struct {
	Pos Pos
	Msg string
}

// Error returns file:line:col: message.
func (e *Error) Error() string {
	s := e.Pos.String() + ": " + e.Msg
	if e.Pos.Note != "" {
		s += " (" + e.Pos.Note + ")"
	}
	return s
}

// Errors is a list of errors in the order of their positions.
type Errors []*Error

// Error returns the errors, one a line.
func (l Errors) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

func (l Errors) sort() {
	sort.SliceStable(l, func(i, j int) bool {
		a, b := l[i].Pos, l[j].Pos
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Col < b.Col
	})
}

type nodeKind uint8

const (
	listNode nodeKind = iota
	symbolNode
	intNode
	stringNode
	bindNode // name@pattern: text is the name, list[0] the pattern
)

// sexpr is one s-expression of a rule file.
type sexpr struct {
	kind nodeKind
	pos  Pos
	text string // symbol, contents of a string, or the integer as written
	num  *big.Int
	list []*sexpr
}

// head returns the leading symbol of a list, or "".
func (s *sexpr) head() string {
	if s.kind == listNode && len(s.list) > 0 && s.list[0].kind == symbolNode {
		return s.list[0].text
	}
	return ""
}

// print appends the expression to text, on one line, and stops when there are more than limit characters.
func (s *sexpr) print(text string, limit int) string {
	switch s.kind {
	case symbolNode, intNode:
		return text + s.text
	case stringNode:
		return text + strconv.Quote(s.text)
	case bindNode:
		return s.list[0].print(text+s.text+"@", limit)
	}
	text += "("
	for i, e := range s.list {
		if i > 0 {
			text += " "
		}
		if len(text) > limit {
			return text
		}
		text = e.print(text, limit)
	}
	return text + ")"
}

// describe prints s for messages, cut off if it is long.
func (s *sexpr) describe() string {
	const limit = 40
	str := s.print("", limit)
	if len(str) > limit {
		str = str[:limit-3] + "..."
	}
	return str
}

// maxDepth bounds the nesting of lists.
const maxDepth = 200

// reader turns the text of one file into s-expressions.
type reader struct {
	file      string
	src       string
	off       int
	line      int
	lineStart int
	errs      *Errors
}

func (r *reader) pos() Pos { return Pos{File: r.file, Line: r.line, Col: r.off - r.lineStart + 1} }

func (r *reader) errorf(p Pos, format string, args ...any) {
	*r.errs = append(*r.errs, &Error{p, fmt.Sprintf(format, args...)})
}

// readAll returns the forms of a file. After an error inside of a form the rest of the file is not read.
func readAll(file, src string, errs *Errors) []*sexpr {
	r := &reader{file: file, src: src, line: 1, errs: errs}
	var forms []*sexpr
	for {
		r.space()
		if r.off == len(r.src) {
			return forms
		}
		if r.src[r.off] != '(' {
			c, _ := utf8.DecodeRuneInString(r.src[r.off:])
			r.errorf(r.pos(), "found %q, expected a form in parentheses", c)
			return forms
		}
		s := r.expr(0)
		if s == nil {
			return forms
		}
		forms = append(forms, s)
	}
}

// space skips white space and comments.
func (r *reader) space() {
	for r.off < len(r.src) {
		switch r.src[r.off] {
		case '\n':
			r.line++
			r.lineStart = r.off + 1
		case ' ', '\t', '\r':
		case ';':
			if i := strings.IndexByte(r.src[r.off:], '\n'); i >= 0 {
				r.off += i
			} else {
				r.off = len(r.src)
			}
			continue
		default:
			return
		}
		r.off++
	}
}

// expr reads one expression; it returns nil after reporting an error.
func (r *reader) expr(depth int) *sexpr {
	pos := r.pos()
	if depth > maxDepth {
		r.errorf(pos, "lists nested more than %d deep", maxDepth)
		return nil
	}
	switch r.src[r.off] {
	case '(':
		return r.listExpr(pos, depth)
	case ')':
		r.errorf(pos, "unexpected )")
		return nil
	case '"':
		return r.stringExpr(pos)
	}
	start := r.off
	for r.off < len(r.src) && !strings.ContainsRune(" \t\r\n();\"@", rune(r.src[r.off])) {
		if c := r.src[r.off]; c < ' ' || c > '~' {
			c, _ := utf8.DecodeRuneInString(r.src[r.off:])
			r.errorf(r.pos(), "unexpected character %q", c)
			return nil
		}
		r.off++
	}
	text := r.src[start:r.off]
	if r.off < len(r.src) && r.src[r.off] == '@' {
		r.off++
		if text == "" || r.off == len(r.src) || strings.ContainsRune(" \t\r\n);@", rune(r.src[r.off])) {
			r.errorf(pos, "@ must stand between a name and a pattern, without spaces")
			return nil
		}
		p := r.expr(depth + 1)
		if p == nil {
			return nil
		}
		return &sexpr{kind: bindNode, pos: pos, text: text, list: []*sexpr{p}}
	}
	if isNumber(text) {
		n, ok := new(big.Int).SetString(text, 0)
		if !ok {
			r.errorf(pos, "malformed integer %s", text)
			return nil
		}
		return &sexpr{kind: intNode, pos: pos, text: text, num: n}
	}
	return &sexpr{kind: symbolNode, pos: pos, text: text}
}

func isNumber(s string) bool {
	if len(s) > 1 && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	return s[0] >= '0' && s[0] <= '9'
}

func (r *reader) listExpr(pos Pos, depth int) *sexpr {
	r.off++
	s := &sexpr{kind: listNode, pos: pos}
	for {
		r.space()
		if r.off == len(r.src) {
			r.errorf(pos, "parenthesis is not closed")
			return nil
		}
		if r.src[r.off] == ')' {
			r.off++
			return s
		}
		e := r.expr(depth + 1)
		if e == nil {
			return nil
		}
		s.list = append(s.list, e)
	}
}

func (r *reader) stringExpr(pos Pos) *sexpr {
	end := strings.IndexAny(r.src[r.off+1:], "\"\n")
	if end < 0 || r.src[r.off+1+end] != '"' {
		r.errorf(pos, "string is not closed on its line")
		return nil
	}
	text := r.src[r.off+1 : r.off+1+end]
	r.off += end + 2
	return &sexpr{kind: stringNode, pos: pos, text: text}
}

// expander replaces (each (VAR …) ((REPLACEMENT …) …) FORM …) forms by their repetitions.
type expander struct {
	errs   *Errors
	budget int // expressions that may still be copied
}

// maxCopies bounds the expressions that repetitions may make.
const maxCopies = 1_000_000

func expandEach(forms []*sexpr, errs *Errors) []*sexpr {
	x := &expander{errs, maxCopies}
	return x.forms(forms)
}

func (x *expander) errorf(p Pos, format string, args ...any) {
	*x.errs = append(*x.errs, &Error{p, fmt.Sprintf(format, args...)})
}

func (x *expander) forms(forms []*sexpr) []*sexpr {
	var out []*sexpr
	for _, f := range forms {
		switch {
		case f.head() != "each":
			out = append(out, f)
		case x.budget > 0:
			out = append(out, x.forms(x.each(f))...)
		}
	}
	return out
}

// each returns the repetitions of one form.
func (x *expander) each(f *sexpr) []*sexpr {
	if len(f.list) < 4 || f.list[1].kind != listNode || f.list[2].kind != listNode || len(f.list[1].list) == 0 {
		x.errorf(f.pos, "malformed each, expected (each (VAR ...) ((REPLACEMENT ...) ...) FORM ...)")
		return nil
	}
	vars := f.list[1].list
	for _, v := range vars {
		if v.kind != symbolNode {
			x.errorf(v.pos, "found %s, expected the name of a variable of each", v.describe())
			return nil
		}
	}
	var out []*sexpr
	for _, row := range f.list[2].list {
		if row.kind != listNode || len(row.list) != len(vars) {
			x.errorf(row.pos, "found %s, expected a list of %s", row.describe(), count(len(vars), "replacement"))
			return nil
		}
		for _, form := range f.list[3:] {
			if s := x.substitute(form, vars, row.list, "in "+row.describe()); s != nil {
				out = append(out, s)
			}
			if x.budget <= 0 {
				x.errorf(f.pos, "repetitions give more than %d expressions", maxCopies)
				return nil
			}
		}
	}
	return out
}

// substitute copies s with vars replaced by values; note is added to its positions.
func (x *expander) substitute(s *sexpr, vars, values []*sexpr, note string) *sexpr {
	x.budget--
	c := *s
	c.pos.Note = note
	if (s.kind == symbolNode || s.kind == bindNode) && strings.Contains(s.text, "{") {
		for i, v := range vars {
			name, value := "{"+v.text+"}", values[i]
			switch {
			case !strings.Contains(c.text, name):
			case c.text == name && s.kind == symbolNode:
				r := *value
				r.pos = c.pos
				return &r
			case value.kind == symbolNode || value.kind == intNode:
				c.text = strings.ReplaceAll(c.text, name, value.text)
			default:
				x.errorf(s.pos, "cannot put %s into the symbol %s", value.describe(), s.text)
				return nil
			}
		}
		if len(c.text) > maxSymbol {
			x.errorf(s.pos, "symbol of more than %d characters", maxSymbol)
			return nil
		}
	}
	if len(s.list) > 0 {
		c.list = make([]*sexpr, len(s.list))
		for i, e := range s.list {
			if c.list[i] = x.substitute(e, vars, values, note); c.list[i] == nil {
				return nil
			}
		}
	}
	return &c
}

// maxSymbol bounds the length of symbols that repetitions put together.
const maxSymbol = 1000
