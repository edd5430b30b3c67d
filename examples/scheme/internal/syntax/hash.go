package syntax

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What begins with #.

// CharNames are the names of characters without a picture.
var CharNames = map[string]Char{
	"alarm": 7, "backspace": 8, "delete": 0x7f, "escape": 0x1b, "newline": '\n', "null": 0, "return": '\r', "space": ' ', "tab": '\t',
}

// hash reads a datum that begins with #.
func (r *Reader) hash(loc Loc) (Datum, error) {
	switch {
	case r.has("#("):
		r.at += 2
		items, err := r.items(loc, "vector")
		return &Vector{items}, err
	case r.has("#u8("):
		r.at += 4
		return r.bytes(loc)
	case r.has("#\\"):
		r.at += 2
		return r.char()
	case len(r.text) > r.at+1 && r.text[r.at+1] >= '0' && r.text[r.at+1] <= '9':
		return r.label(loc)
	}
	w := r.word()
	switch w {
	case "#t", "#true":
		return true, nil
	case "#f", "#false":
		return false, nil
	}
	if n, ok := ParseNumber(w, 10); ok {
		return n, nil
	}
	return nil, r.errorf("unknown syntax %s", w)
}

// items reads data up to a closing parenthesis.
func (r *Reader) items(loc Loc, what string) ([]Datum, error) {
	var items []Datum
	for {
		d, err := r.read()
		if err != nil {
			return nil, err
		}
		switch d {
		case token(")"):
			return items, nil
		case token("."):
			return nil, r.errorf("unexpected . in a %s", what)
		case EOF{}:
			return nil, r.tooShort(what, loc)
		}
		items = append(items, d)
	}
}

func (r *Reader) bytes(loc Loc) (Datum, error) {
	items, err := r.items(loc, "bytevector")
	if err != nil {
		return nil, err
	}
	b := &Bytes{make([]byte, len(items))}
	for i, d := range items {
		n, ok := d.(int64)
		if !ok || n < 0 || n > 255 {
			return nil, r.errorf("element %d of a bytevector is not an integer from 0 to 255", i)
		}
		b.B[i] = byte(n)
	}
	return b, nil
}

func (r *Reader) char() (Datum, error) {
	c, n := utf8.DecodeRuneInString(r.text[r.at:])
	if n == 0 {
		return nil, &Error{Place: r.locs.String(r.loc(r.at)), Msg: "a character is missing after #\\", Incomplete: true}
	}
	from := r.at
	r.at += n
	for r.at < len(r.text) && !isDelimiter(r.text[r.at]) {
		r.at++
	}
	w := r.text[from:r.at]
	if len(w) == n {
		return Char(c), nil
	}
	name := w
	if r.fold {
		name = strings.ToLower(w)
	}
	if c, ok := CharNames[name]; ok {
		return c, nil
	}
	if w[0] == 'x' {
		if n, err := strconv.ParseUint(w[1:], 16, 32); err == nil && utf8.ValidRune(rune(n)) {
			return Char(n), nil
		}
	}
	return nil, r.errorf("unknown character #\\%s", w)
}

// label reads #n= and #n#.
func (r *Reader) label(loc Loc) (Datum, error) {
	from := r.at + 1
	r.at++
	for r.peek() >= '0' && r.peek() <= '9' {
		r.at++
	}
	n, err := strconv.Atoi(r.text[from:r.at])
	c := r.peek()
	if err != nil || c != '=' && c != '#' {
		return nil, r.errorf("expected a datum label such as #0= or #0#")
	}
	r.at++
	if r.labels == nil {
		r.labels = map[int]*label{}
	}
	if c == '#' {
		l := r.labels[n]
		if l == nil {
			return nil, r.errorf("datum label #%d# is not defined", n)
		}
		if l.known {
			return l.value, nil
		}
		return l, nil
	}
	if r.labels[n] != nil {
		return nil, r.errorf("datum label #%d= is defined twice", n)
	}
	l := &label{}
	r.labels[n] = l
	d, err := r.datum(fmt.Sprintf("#%d=", n), loc)
	if err != nil {
		return nil, err
	}
	if d == Datum(l) {
		return nil, r.errorf("datum label #%d= is a label for itself", n)
	}
	l.value, l.known = d, true
	return d, nil
}

// patch puts the values of labels where they were referred to before they were known.
func (r *Reader) patch(d Datum, seen map[Datum]bool) Datum {
	if l, ok := d.(*label); ok {
		return l.value
	}
	switch x := d.(type) {
	case *Pair:
		for !seen[x] {
			seen[x] = true
			x.Car, x.Cdr = r.patch(x.Car, seen), r.patchOne(x.Cdr)
			next, ok := x.Cdr.(*Pair)
			if !ok {
				x.Cdr = r.patch(x.Cdr, seen)
				break
			}
			x = next
		}
	case *Vector:
		if !seen[x] {
			seen[x] = true
			for i := range x.Items {
				x.Items[i] = r.patch(x.Items[i], seen)
			}
		}
	}
	return d
}

func (r *Reader) patchOne(d Datum) Datum {
	if l, ok := d.(*label); ok {
		return l.value
	}
	return d
}
