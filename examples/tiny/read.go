package main

import (
	"fmt"
	"strconv"
	"strings"
)

// Expr is an expression: an int64, a string, a Symbol or a List.
type Expr any

// Symbol is a name.
type Symbol string

// List is an expression in parentheses. Line is where it begins.
type List struct {
	Items []Expr
	Line  int
}

// Error is an error in a program.
type Error struct {
	Line int
	Msg  string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Msg) }

// reader reads expressions.
type reader struct {
	text string
	line int
}

// read returns the expressions of a program.
func read(text string) ([]Expr, error) {
	r := &reader{text, 1}
	var all []Expr
	for {
		if r.skip(); r.text == "" {
			return all, nil
		}
		e, err := r.expr()
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
}

// skip skips white space and comments.
func (r *reader) skip() {
	for r.text != "" {
		switch c := r.text[0]; {
		case c == ';':
			r.text = r.text[len(r.text)-len(strings.TrimLeftFunc(r.text, func(c rune) bool { return c != '\n' })):]
		case c == '\n':
			r.line++
			r.text = r.text[1:]
		case c == ' ' || c == '\t':
			r.text = r.text[1:]
		default:
			return
		}
	}
}

func (r *reader) expr() (Expr, error) {
	line := r.line
	switch {
	case r.text[0] == '(':
		r.text = r.text[1:]
		return r.list(line)
	case r.text[0] == ')':
		return nil, &Error{line, "unexpected )"}
	case r.text[0] == '"':
		text, rest, ok := strings.Cut(r.text[1:], `"`)
		if !ok {
			return nil, &Error{line, "a string is not closed"}
		}
		r.line += strings.Count(text, "\n")
		r.text = rest
		return text, nil
	}
	n := strings.IndexAny(r.text, " \t\n();\"")
	if n < 0 {
		n = len(r.text)
	}
	word := r.text[:n]
	r.text = r.text[n:]
	if x, err := strconv.ParseInt(word, 10, 63); err == nil {
		return x, nil
	}
	return Symbol(word), nil
}

func (r *reader) list(line int) (Expr, error) {
	l := &List{Line: line}
	for {
		r.skip()
		switch {
		case r.text == "":
			return nil, &Error{line, "a list is not closed"}
		case r.text[0] == ')':
			r.text = r.text[1:]
			return l, nil
		}
		e, err := r.expr()
		if err != nil {
			return nil, err
		}
		l.Items = append(l.Items, e)
	}
}
