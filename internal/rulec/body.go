package rulec

import "go/types"

// stmt is one step of a right side: a call for its effect, or a call whose results are bound.
type stmt struct {
	e      *expr
	locals []*local // nil: results are dropped; an entry may be nil for _
}

// body is a checked right side.
type body struct {
	stmts   []stmt
	deliver *expr // the call that hands over the results; nil if there is none
}

// bodyChecker checks the right side of one variant.
type bodyChecker struct {
	u      *unit
	m      *matcher
	x      exprs
	locals []*local // innermost last
	out    body
	ok     bool
}

// compileBody checks the right side of r, with the variables bound by m; nil after an error.
func (u *unit) compileBody(r *rule, m *matcher) *body {
	b := &bodyChecker{u: u, m: m, ok: true}
	b.x = exprs{u: u, scope: b}
	results := b.sequence(r.body)
	if b.ok {
		b.finish(r, results)
	}
	if !b.ok || m.failed {
		return nil
	}
	return &b.out
}

// variable implements scope.
func (b *bodyChecker) variable(pos Pos, name string) *expr {
	for i := len(b.locals) - 1; i >= 0; i-- {
		if l := b.locals[i]; l.name == name {
			l.used = true
			return localExpr(l, pos)
		}
	}
	return b.m.variable(pos, name)
}

func localExpr(l *local, pos Pos) *expr {
	return &expr{kind: exprLocal, local: l, results: []types.Type{l.typ}, pos: pos}
}

func (b *bodyChecker) errorf(p Pos, format string, args ...any) {
	b.ok = false
	b.u.errorf(p, format, args...)
}

// sequence checks expressions evaluated in order and returns those of the last one's results.
func (b *bodyChecker) sequence(list []*sexpr) []*expr {
	for _, s := range list[:len(list)-1] {
		e := b.x.expr(s)
		switch {
		case e == nil:
			b.ok = false
		case e.kind != exprCall && e.kind != exprMethod:
			b.errorf(s.pos, "%s has no effect; only the last expression gives the results", s.describe())
		default:
			b.out.stmts = append(b.out.stmts, stmt{e: e})
		}
	}
	last := list[len(list)-1]
	switch last.head() {
	case "let":
		return b.let(last)
	case "values":
		var results []*expr
		for _, s := range last.list[1:] {
			e := b.x.single(s)
			if e == nil {
				b.ok = false
				return nil
			}
			results = append(results, e)
		}
		return results
	}
	e := b.x.expr(last)
	if e == nil {
		b.ok = false
		return nil
	}
	if len(e.results) == 1 {
		return []*expr{e}
	}
	return b.spread(e)
}

// spread binds the results of a call of none or several.
func (b *bodyChecker) spread(e *expr) []*expr {
	st := stmt{e: e}
	var results []*expr
	for _, t := range e.results {
		l := &local{typ: t, used: true, pos: e.pos}
		st.locals = append(st.locals, l)
		results = append(results, localExpr(l, e.pos))
	}
	b.out.stmts = append(b.out.stmts, st)
	return results
}

// let checks (let ((NAME… E) …) E …).
func (b *bodyChecker) let(s *sexpr) []*expr {
	if len(s.list) < 3 || s.list[1].kind != listNode {
		b.errorf(s.pos, "malformed let, expected (let ((NAME... EXPR) ...) EXPR ...)")
		return nil
	}
	outer := len(b.locals)
	for _, bind := range s.list[1].list {
		b.binding(bind)
	}
	if !b.ok {
		return nil
	}
	results := b.sequence(s.list[2:])
	for _, l := range b.locals[outer:] {
		if !l.used {
			b.errorf(l.pos, "%s is bound but not used; write _ to drop it", l.name)
		}
	}
	b.locals = b.locals[:outer]
	return results
}

// binding checks one (NAME… E) of a let.
func (b *bodyChecker) binding(s *sexpr) {
	if s.kind != listNode || len(s.list) < 2 {
		b.errorf(s.pos, "found %s, expected (NAME... EXPR)", s.describe())
		return
	}
	names, value := s.list[:len(s.list)-1], s.list[len(s.list)-1]
	e := b.x.expr(value)
	if e == nil {
		b.ok = false
		return
	}
	if len(e.results) != len(names) {
		b.errorf(s.pos, "%s has %s, found %s", value.describe(), count(len(e.results), "result"), count(len(names), "name"))
		return
	}
	st := stmt{e: e}
	for i, n := range names {
		switch {
		case n.kind != symbolNode || !isIdent(n.text):
			b.errorf(n.pos, "found %s, expected a name", n.describe())
			return
		case n.text == "_":
			st.locals = append(st.locals, nil)
			continue
		case n.text == "ty" || n.text == "inst" || n.text == b.u.recvName:
			b.errorf(n.pos, "%s is bound automatically and cannot be bound again", n.text)
			return
		}
		t := e.results[i]
		if isUntyped(t) {
			t = types.Default(t)
		}
		st.locals = append(st.locals, &local{name: n.text, typ: t, pos: n.pos})
	}
	b.out.stmts = append(b.out.stmts, st)
	for _, l := range st.locals {
		if l != nil {
			b.locals = append(b.locals, l)
		}
	}
}

// finish checks the number and types of the results and makes the call that delivers them.
func (b *bodyChecker) finish(r *rule, results []*expr) {
	want, n := r.root.opcode.Results, len(results)
	last := r.body[len(r.body)-1]
	switch {
	case want == 0 && n > 0:
		b.errorf(last.pos, "rule %s gives %s, but %s has none", r.name, count(n, "result"), r.root.opcode.Name)
		return
	case n < want:
		b.errorf(last.pos, "rule %s gives %s, but %s has %d", r.name, count(n, "result"), r.root.opcode.Name, want)
		return
	case n == 0:
		return
	}
	c := b.u.method(b.u.resultsName)
	if c == nil {
		b.errorf(last.pos, "%s has no method %s to take results; see (results setResults)%s", b.u.recvTypeName, b.u.resultsName, b.u.hint())
		return
	}
	inst := b.m.variable(last.pos, "inst")
	b.out.deliver = b.x.apply(last.pos, c, append([]*expr{inst}, results...))
	if b.out.deliver == nil {
		b.ok = false
	}
}

// uses calls fn for every term that the body reads.
func (b *body) uses(fn func(*term)) {
	for _, s := range b.stmts {
		s.e.uses(fn)
	}
	if b.deliver != nil {
		b.deliver.uses(fn)
	}
}

// uses calls fn for every term that e reads directly.
func (e *expr) uses(fn func(*term)) {
	if e.kind == exprTerm {
		fn(e.term)
	}
	for _, a := range e.args {
		a.uses(fn)
	}
}
