package expand

import (
	"davit/examples/scheme/internal/syntax"
)

// syntax-rules (R7RS 4.3.2): patterns are matched against the use of a macro, and templates are filled in.
//
// A symbol that a template puts in becomes an alias, a new one for each expansion, so that it neither catches variables of
// the use nor is caught by them.

// macro is a syntax-rules transformer.
type macro struct {
	env      *env         // where it was defined
	ellipsis syntax.Datum // nil: the usual one
	literals []syntax.Datum
	rules    []rule
}

type rule struct{ pattern, template syntax.Datum }

// transformer evaluates the expression that defines a macro.
func (x *expander) transformer(d syntax.Datum, e *env) binding {
	if isIdent(d) { // another name for a keyword
		switch b := x.lookup(d, e).(type) {
		case *macro, *special:
			return b
		}
	}
	p, ok := d.(*syntax.Pair)
	if !ok || !x.is(p.Car, "syntax-rules", e) {
		x.fail(syntax.LocOf(d), "expected (syntax-rules (literal …) (pattern template) …)")
	}
	form := x.form(p)
	m := &macro{env: e}
	rest := form[1:]
	if len(rest) > 0 && isIdent(rest[0]) {
		m.ellipsis, rest = rest[0], rest[1:]
	}
	if len(rest) == 0 {
		x.fail(p.Loc, "expected (syntax-rules (literal …) (pattern template) …)")
	}
	if m.literals, ok = syntax.Slice(rest[0]); !ok {
		x.fail(p.Loc, "%s is not a list of literals", show(rest[0]))
	}
	for _, l := range m.literals {
		if !isIdent(l) {
			x.fail(p.Loc, "%s is not an identifier, and cannot be a literal", show(l))
		}
	}
	for _, r := range rest[1:] {
		parts, ok := syntax.Slice(r)
		if !ok || len(parts) != 2 {
			x.fail(syntax.LocOf(r), "%s is not a rule: expected (pattern template)", show(r))
		}
		head, ok := parts[0].(*syntax.Pair)
		if !ok {
			x.fail(syntax.LocOf(r), "the pattern of a rule must be a list that begins with the keyword")
		}
		m.rules = append(m.rules, rule{head.Cdr, parts[1]})
	}
	return m
}

// match is what the variables of a pattern stand for: a datum, or, under ellipses, a []match of the whole.
type match map[syntax.Datum]any

// applyMacro expands a use of a macro.
func (x *expander) applyMacro(m *macro, use *syntax.Pair, e *env) syntax.Datum {
	if x.expansions++; x.expansions > maxExpansions {
		x.fail(use.Loc, "more than %d macro expansions", maxExpansions)
	}
	r := matcher{x, m, e}
	for _, rule := range m.rules {
		vars := match{}
		if r.match(rule.pattern, use.Cdr, vars) {
			f := filler{matcher: r, vars: vars, renamed: map[syntax.Datum]*alias{}, loc: use.Loc}
			return f.fill(rule.template, vars)
		}
	}
	x.fail(use.Loc, "no rule of %s matches %s", base(use.Car), show(use))
	return nil
}

const maxExpansions = 1 << 20

type matcher struct {
	x *expander
	m *macro
	e *env // of the use
}

// isEllipsis reports whether an identifier of a pattern or template is the ellipsis.
func (r *matcher) isEllipsis(d syntax.Datum) bool {
	if !isIdent(d) {
		return false
	}
	if r.m.ellipsis != nil {
		return d == r.m.ellipsis
	}
	return !r.isLiteral(d) && r.x.is(d, "...", r.m.env)
}

func (r *matcher) isLiteral(d syntax.Datum) bool {
	for _, l := range r.m.literals {
		if l == d {
			return true
		}
	}
	return false
}

func (r *matcher) match(pattern, d syntax.Datum, vars match) bool {
	switch p := pattern.(type) {
	case syntax.Symbol, *alias:
		switch {
		case r.isLiteral(p):
			return isIdent(d) && r.same(p, d)
		case r.x.is(p, "_", r.m.env):
		default:
			vars[p] = d
		}
		return true
	case *syntax.Pair:
		return r.matchList(p, d, vars)
	case *syntax.Vector:
		v, ok := d.(*syntax.Vector)
		return ok && r.match(syntax.List(p.Items...), syntax.List(v.Items...), vars)
	}
	return equal(pattern, d)
}

// same reports whether a literal of the macro and an identifier of the use mean the same.
func (r *matcher) same(literal, id syntax.Datum) bool {
	a, b := r.x.lookupFree(literal, r.m.env), r.x.lookupFree(id, r.e)
	if a == nil && b == nil {
		return base(literal) == base(id)
	}
	return a == b
}

// matchList matches a list, in which one subpattern may be followed by an ellipsis.
func (r *matcher) matchList(p *syntax.Pair, d syntax.Datum, vars match) bool {
	next, ok := p.Cdr.(*syntax.Pair)
	if !ok || !r.isEllipsis(next.Car) {
		q, ok := d.(*syntax.Pair)
		return ok && r.match(p.Car, q.Car, vars) && r.match(p.Cdr, q.Cdr, vars)
	}
	after := 0 // subpatterns behind the ellipsis
	for q, ok := next.Cdr.(*syntax.Pair); ok; q, ok = q.Cdr.(*syntax.Pair) {
		after++
	}
	var items []syntax.Datum
	tail := d
	for q, ok := tail.(*syntax.Pair); ok; q, ok = tail.(*syntax.Pair) {
		items = append(items, q.Car)
		tail = q.Cdr
	}
	n := len(items) - after
	if n < 0 {
		return false
	}
	repeated := make([]match, n)
	for i := range repeated {
		repeated[i] = match{}
		if !r.match(p.Car, items[i], repeated[i]) {
			return false
		}
	}
	for _, v := range r.variables(p.Car, nil) {
		list := make([]any, n)
		for i := range list {
			list[i] = repeated[i][v]
		}
		vars[v] = sequence(list)
	}
	return r.match(next.Cdr, syntax.ListTo(tail, syntax.NoLoc, items[n:]...), vars)
}

// sequence is what a variable under an ellipsis stands for.
type sequence []any

// variables lists the variables of a pattern.
func (r *matcher) variables(pattern syntax.Datum, list []syntax.Datum) []syntax.Datum {
	switch p := pattern.(type) {
	case syntax.Symbol, *alias:
		if !r.isLiteral(p) && !r.isEllipsis(p) && !r.x.is(p, "_", r.m.env) {
			list = append(list, p)
		}
	case *syntax.Pair:
		return r.variables(p.Cdr, r.variables(p.Car, list))
	case *syntax.Vector:
		for _, i := range p.Items {
			list = r.variables(i, list)
		}
	}
	return list
}

// filler fills in a template.
type filler struct {
	matcher
	vars    match
	renamed map[syntax.Datum]*alias
	loc     syntax.Loc
	plain   bool // the ellipsis means itself
}

func (f *filler) fill(template syntax.Datum, vars match) syntax.Datum {
	switch t := template.(type) {
	case syntax.Symbol, *alias:
		if v, ok := vars[t]; ok {
			if _, ok := v.(sequence); ok {
				f.x.fail(f.loc, "the variable %s of a macro must be followed by an ellipsis in the template", base(t))
			}
			return v
		}
		return f.rename(t)
	case *syntax.Pair:
		return f.fillPair(t, vars)
	case *syntax.Vector:
		items, _ := syntax.Slice(f.fill(syntax.List(t.Items...), vars))
		return &syntax.Vector{Items: items}
	}
	return template
}

func (f *filler) rename(id syntax.Datum) syntax.Datum {
	a := f.renamed[id]
	if a == nil {
		a = &alias{id: id, env: f.m.env}
		f.renamed[id] = a
	}
	return a
}

func (f *filler) fillPair(t *syntax.Pair, vars match) syntax.Datum {
	next, ok := t.Cdr.(*syntax.Pair)
	if !f.plain && f.isEllipsis(t.Car) && ok { // (... template)
		f.plain = true
		d := f.fill(next.Car, vars)
		f.plain = false
		return d
	}
	if !ok || f.plain || !f.isEllipsis(next.Car) {
		return &syntax.Pair{Car: f.fill(t.Car, vars), Cdr: f.fill(t.Cdr, vars), Loc: f.loc}
	}
	depth := 1
	rest := next.Cdr
	for {
		p, ok := rest.(*syntax.Pair)
		if !ok || !f.isEllipsis(p.Car) {
			break
		}
		depth++
		rest = p.Cdr
	}
	return syntax.ListTo(f.fill(rest, vars), f.loc, f.repeat(t.Car, depth, vars)...)
}

// repeat fills in a template that is followed by ellipses.
func (f *filler) repeat(template syntax.Datum, depth int, vars match) []syntax.Datum {
	n := -1
	var over []syntax.Datum
	for _, v := range f.variables(template, nil) {
		s, ok := vars[v].(sequence)
		if !ok {
			continue
		}
		if n >= 0 && n != len(s) {
			f.x.fail(f.loc, "the variables under an ellipsis of a macro stand for %d and %d forms", n, len(s))
		}
		n = len(s)
		over = append(over, v)
	}
	if n < 0 {
		f.x.fail(f.loc, "no variable under the ellipsis of a macro's template has an ellipsis in the pattern")
	}
	var out []syntax.Datum
	for i := range n {
		inner := match{}
		for k, v := range vars {
			inner[k] = v
		}
		for _, v := range over {
			inner[v] = vars[v].(sequence)[i]
		}
		if depth > 1 {
			out = append(out, f.repeat(template, depth-1, inner)...)
		} else {
			out = append(out, f.fill(template, inner))
		}
	}
	return out
}

// equal reports whether two data that are no identifiers, pairs or vectors are equal.
func equal(a, b syntax.Datum) bool {
	switch a := a.(type) {
	case interface{ String() string }: // *big.Int
		s, ok := b.(interface{ String() string })
		return ok && a.String() == s.String()
	case *syntax.Bytes:
		s, ok := b.(*syntax.Bytes)
		return ok && string(a.B) == string(s.B)
	}
	return a == b
}
