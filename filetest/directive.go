package filetest

import (
	"errors"
	"fmt"
	"strings"

	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
	"davit/ir/text"
)

// directiveKind tells run and print apart.
type directiveKind uint8

const (
	runDirective directiveKind = iota
	printDirective
)

// directive is a comment that asks to call a function.
type directive struct {
	kind    directiveKind
	pos     text.Pos
	name    string // the function, as written; empty for the short forms "run" and "print"
	args    []data.Value
	compare bool // run: a comparison follows
	negated bool // it is !=
	want    []data.Value
	fn      *text.Function // that the comment is attached to
}

// String prints the call.
func (d *directive) String() string {
	name := d.name
	if name == "" {
		name = d.fn.Name.String()
	}
	s := make([]string, len(d.args))
	for i := range s {
		s[i] = d.args[i].String()
	}
	return name + "(" + strings.Join(s, ", ") + ")"
}

// directives returns the run and print directives attached to a function.
func directives(fn *text.Function) ([]*directive, error) {
	var ds []*directive
	var errs []error
	for _, c := range fn.Comments {
		d, err := parseDirective(c.Text, fn)
		if err != nil {
			errs = append(errs, at(c.Pos, err.Error()))
			continue
		}
		if d != nil {
			d.pos = c.Pos
			ds = append(ds, d)
		}
	}
	return ds, errors.Join(errs...)
}

// scanner is what is left of a directive, without leading white space.
type scanner struct{ rest string }

func newScanner(s string) *scanner { return &scanner{strings.TrimLeft(s, " \t\r")} }

func (s *scanner) skip(n int) { *s = *newScanner(s.rest[n:]) }

// accept moves past t if it comes next.
func (s *scanner) accept(t string) bool {
	if !strings.HasPrefix(s.rest, t) {
		return false
	}
	s.skip(len(t))
	return true
}

func (s *scanner) expect(t, where string) error {
	if s.accept(t) {
		return nil
	}
	return s.unexpected(fmt.Sprintf("%q %s", t, where))
}

func (s *scanner) unexpected(want string) error {
	if s.rest == "" {
		return fmt.Errorf("the directive ends, expected %s", want)
	}
	found := s.rest
	if i := strings.IndexAny(found, " \t"); i > 0 {
		found = found[:i]
	}
	return fmt.Errorf("found %q, expected %s", found, want)
}

// word reads a run of letters, digits and underscores.
func (s *scanner) word() string {
	n := 0
	for n < len(s.rest) && isWord(s.rest[n]) {
		n++
	}
	w := s.rest[:n]
	s.skip(n)
	return w
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isWord(c byte) bool  { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

// parseDirective reads a comment; the result is nil if it is no directive. Text after a complete directive is ignored.
func parseDirective(comment string, fn *text.Function) (*directive, error) {
	s := newScanner(strings.TrimLeft(comment, "; \t"))
	d := &directive{fn: fn}
	word := s.word()
	switch word {
	case "run":
	case "print":
		d.kind = printDirective
	default:
		return nil, nil
	}
	if s.rest == "" {
		return d, checkShort(d, &fn.Sig, word)
	}
	if !s.accept(":") {
		if s.rest[0] == '%' {
			return nil, s.unexpected(fmt.Sprintf(`":" after %q`, word))
		}
		return nil, nil // prose that begins with the word
	}
	var err error
	if d.name, err = s.functionName(); err != nil {
		return nil, err
	}
	if d.args, err = s.values(fn.Sig.Params, "(", ")"); err != nil {
		return nil, fmt.Errorf("arguments of %s: %w", d.name, err)
	}
	if d.kind == printDirective {
		return d, nil
	}
	switch {
	case s.accept("=="):
	case s.accept("!="):
		d.negated = true
	default:
		return nil, s.unexpected(`"==" or "!="`)
	}
	d.compare = true
	if len(fn.Sig.Returns) == 1 {
		v, err := s.value(fn.Sig.Returns[0].Type)
		d.want = []data.Value{v}
		return d, err
	}
	d.want, err = s.values(fn.Sig.Returns, "[", "]")
	return d, err
}

// checkShort checks the signature for a directive without a call.
func checkShort(d *directive, sig *ir.Signature, word string) error {
	if len(sig.Params) > 0 {
		return fmt.Errorf("%q without a call needs a function without parameters, the signature is %v", word, sig)
	}
	if d.kind == runDirective && (len(sig.Returns) != 1 || !sig.Returns[0].Type.IsInt()) {
		return fmt.Errorf("%q without a call needs a function that returns an integer, the signature is %v", word, sig)
	}
	return nil
}

// functionName reads %name or uN:M.
func (s *scanner) functionName() (string, error) {
	if s.accept("%") {
		return "%" + s.word(), nil
	}
	at := s.rest
	if name := s.word(); len(name) > 1 && name[0] == 'u' && isDigit(name[1]) {
		if err := s.expect(":", "in the name of the function"); err != nil {
			return "", err
		}
		return name + ":" + s.word(), nil
	}
	s.rest = at
	return "", s.unexpected("the name of a function")
}

// values reads a list of values of the types of params.
func (s *scanner) values(params []ir.Param, open, end string) ([]data.Value, error) {
	if err := s.expect(open, "before the values"); err != nil {
		return nil, err
	}
	vs := make([]data.Value, 0, len(params))
	for !s.accept(end) {
		if len(vs) == len(params) {
			return nil, fmt.Errorf("found more than %d values, expected %q", len(params), end)
		}
		if len(vs) > 0 {
			if err := s.expect(",", "between values"); err != nil {
				return nil, err
			}
		}
		v, err := s.value(params[len(vs)].Type)
		if err != nil {
			return nil, err
		}
		vs = append(vs, v)
	}
	if len(vs) != len(params) {
		return nil, fmt.Errorf("%d values, expected %d", len(vs), len(params))
	}
	return vs, nil
}

// value reads a value of type t.
func (s *scanner) value(t op.Type) (data.Value, error) {
	if err := checkType(t); err != nil {
		return data.Value{}, err
	}
	v, rest, err := data.Parse(t, s.rest)
	if err == nil {
		*s = *newScanner(rest)
	}
	return v, err
}

// slotBytes is the size of the memory that holds an argument or result on its way to and from compiled code.
const slotBytes = 16

// checkType reports a type whose values do not fit into a slot.
func checkType(t op.Type) error {
	if t.IsDynamic() || t.Bytes() > slotBytes {
		return fmt.Errorf("values of type %v cannot be passed", t)
	}
	return nil
}

// holds reports whether the results satisfy the directive.
func (d *directive) holds(got []data.Value) bool {
	if d.kind == printDirective {
		return true
	}
	if !d.compare {
		// The short form means "!= 0" for a value of type i8; a value of another type differs from it anyhow.
		return len(got) == 1 && (got[0].Type() != op.I8 || !got[0].IsZero())
	}
	equal := len(got) == len(d.want)
	for i := range got {
		equal = equal && got[i] == d.want[i]
	}
	return equal != d.negated
}

// expectation prints what a run directive demands.
func (d *directive) expectation() string {
	switch {
	case !d.compare:
		return "!= 0"
	case d.negated:
		return "!= " + data.FormatList(d.want)
	}
	return "== " + data.FormatList(d.want)
}
