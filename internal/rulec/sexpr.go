package rulec

import (
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"
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

// String prints the expression on one line.
func (s *sexpr) String() string {
	switch s.kind {
	case symbolNode, intNode:
		return s.text
	case stringNode:
		return strconv.Quote(s.text)
	case bindNode:
		return s.text + "@" + s.list[0].String()
	}
	parts := make([]string, len(s.list))
	for i, e := range s.list {
		parts[i] = e.String()
	}
	return "(" + strings.Join(parts, " ") + ")"
}

// describe names what s is, for messages about something else being wanted.
func (s *sexpr) describe() string {
	str := s.String()
	if len(str) > 40 {
		str = str[:37] + "..."
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
		if c := r.src[r.off]; c != '(' {
			r.errorf(r.pos(), "found %q, expected a form in parentheses", string(rune(c)))
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
			r.errorf(r.pos(), "unexpected character %q", rune(c))
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

// expandEach replaces (each (VAR …) ((REPLACEMENT …) …) FORM …) forms by their repetitions.
func expandEach(forms []*sexpr, errs *Errors) []*sexpr {
	var out []*sexpr
	for _, f := range forms {
		if f.head() != "each" {
			out = append(out, f)
			continue
		}
		out = append(out, expandEach(eachForm(f, errs), errs)...)
		if len(out) > maxForms {
			*errs = append(*errs, &Error{f.pos, fmt.Sprintf("more than %d forms after repetition", maxForms)})
			return nil
		}
	}
	return out
}

// maxForms bounds what nested repetitions may expand to.
const maxForms = 100_000

func eachForm(f *sexpr, errs *Errors) []*sexpr {
	bad := func(p Pos, format string, args ...any) []*sexpr {
		*errs = append(*errs, &Error{p, fmt.Sprintf(format, args...)})
		return nil
	}
	if len(f.list) < 4 || f.list[1].kind != listNode || f.list[2].kind != listNode || len(f.list[1].list) == 0 {
		return bad(f.pos, "malformed each, expected (each (VAR ...) ((REPLACEMENT ...) ...) FORM ...)")
	}
	vars := f.list[1].list
	for _, v := range vars {
		if v.kind != symbolNode {
			return bad(v.pos, "found %s, expected the name of a variable of each", v.describe())
		}
	}
	var out []*sexpr
	for _, row := range f.list[2].list {
		if row.kind != listNode || len(row.list) != len(vars) {
			return bad(row.pos, "found %s, expected a list of %d replacements", row.describe(), len(vars))
		}
		m := make(map[string]*sexpr, len(vars))
		for i, v := range vars {
			m["{"+v.text+"}"] = row.list[i]
		}
		for _, form := range f.list[3:] {
			if s := substitute(form, m, "in "+row.String(), errs); s != nil {
				out = append(out, s)
			}
		}
	}
	return out
}

// substitute copies s with the replacements of m; note is added to its positions.
func substitute(s *sexpr, m map[string]*sexpr, note string, errs *Errors) *sexpr {
	if r := m[s.text]; r != nil && s.kind == symbolNode {
		c := *r
		c.pos = s.pos
		c.pos.Note = note
		return &c
	}
	c := *s
	c.pos.Note = note
	if (s.kind == symbolNode || s.kind == bindNode) && strings.Contains(s.text, "{") {
		for k, r := range m {
			if !strings.Contains(c.text, k) {
				continue
			}
			if r.kind == listNode || r.kind == stringNode {
				*errs = append(*errs, &Error{s.pos, fmt.Sprintf("cannot put %s into the symbol %s", r.describe(), s.text)})
				return nil
			}
			c.text = strings.ReplaceAll(c.text, k, r.text)
		}
	}
	if len(s.list) > 0 {
		c.list = make([]*sexpr, len(s.list))
		for i, e := range s.list {
			if c.list[i] = substitute(e, m, note, errs); c.list[i] == nil {
				return nil
			}
		}
	}
	return &c
}
