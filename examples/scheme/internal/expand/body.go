package expand

import (
	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/syntax"
)

// Bodies and letrec*.
//
// The variables of a body get their values one after the other, as by letrec*. Most of them are procedures; those may refer
// to each other and are never assigned, which is worth knowing. So the definitions are sorted: procedures go to one Fix;
// a variable whose value neither uses one of the procedures nor a variable that does, is an ordinary Let around the Fix;
// what is left is bound inside and assigned in its turn.

// bodyScan is a body under expansion.
type bodyScan struct {
	x    *expander
	env  *env
	todo []syntax.Datum // forms that are left
	defs []def
}

// def is a definition: of one variable, or of several by one expression.
type def struct {
	vars  []*ast.Var // the last one has the list of further values, if rest is set
	rest  bool
	multi bool
	value func() ast.Expr
	init  ast.Expr
}

// scan takes the definitions at the start of the body, and binds their names.
func (b *bodyScan) scan() {
	for len(b.todo) > 0 {
		p, ok := b.todo[0].(*syntax.Pair)
		if !ok || !isIdent(p.Car) {
			return
		}
		switch m := b.x.lookup(p.Car, b.env).(type) {
		case *macro:
			b.todo = append([]syntax.Datum{b.x.applyMacro(m, p, b.env)}, b.todo[1:]...)
			continue
		case *special:
			scan, ok := definers[m.name]
			if !ok {
				return
			}
			form := b.x.form(p)
			b.todo = b.todo[1:]
			scan(b, form, p.Loc)
			continue
		}
		return
	}
}

// definers are the forms that a body may begin with.
var definers map[string]func(b *bodyScan, form []syntax.Datum, loc syntax.Loc)

func init() {
	definers = map[string]func(b *bodyScan, form []syntax.Datum, loc syntax.Loc){
		"begin": func(b *bodyScan, form []syntax.Datum, _ syntax.Loc) {
			b.todo = append(append([]syntax.Datum{}, form[1:]...), b.todo...)
		},
		"define": func(b *bodyScan, form []syntax.Datum, loc syntax.Loc) {
			name, value := b.x.definition(form, loc, b.env)
			b.defs = append(b.defs, def{vars: []*ast.Var{b.x.bindVar(name, b.env)}, value: value})
		},
		"define-values": func(b *bodyScan, form []syntax.Datum, loc syntax.Loc) {
			b.defineValues(form, loc)
		},
		"define-record-type": func(b *bodyScan, form []syntax.Datum, loc syntax.Loc) {
			for _, d := range b.x.recordType(form, loc, b.env) {
				v := b.x.bindVar(d.name, b.env)
				b.defs = append(b.defs, def{vars: []*ast.Var{v}, value: d.value})
			}
		},
		"define-syntax": func(b *bodyScan, form []syntax.Datum, loc syntax.Loc) {
			if len(form) != 3 || !isIdent(form[1]) {
				b.x.fail(loc, "expected (define-syntax keyword (syntax-rules …))")
			}
			b.env.bind(form[1], b.x.transformer(form[2], b.env))
		},
	}
}

// definition takes a define apart.
func (x *expander) definition(form []syntax.Datum, loc syntax.Loc, e *env) (name syntax.Datum, value func() ast.Expr) {
	if len(form) < 2 {
		x.fail(loc, "expected (define variable expression) or (define (name parameter …) body …)")
	}
	if p, ok := form[1].(*syntax.Pair); ok {
		for {
			inner, curried := p.Car.(*syntax.Pair)
			if !curried {
				break
			}
			form = []syntax.Datum{form[0], inner, syntax.ListTo(syntax.Nil{}, loc, append([]syntax.Datum{x.keyword("lambda"), p.Cdr}, form[2:]...)...)}
			p = inner
		}
		return p.Car, func() ast.Expr { return x.lambda(string(x.nameOf(p.Car)), p.Cdr, form[2:], loc, e) }
	}
	if !isIdent(form[1]) || len(form) > 3 {
		x.fail(loc, "expected (define variable expression) or (define (name parameter …) body …)")
	}
	if len(form) == 2 {
		return form[1], ast.Unspecified
	}
	return form[1], func() ast.Expr { return named(x.expr(form[2], e), string(base(form[1]))) }
}

func (x *expander) nameOf(id syntax.Datum) syntax.Symbol {
	if !isIdent(id) {
		x.fail(x.loc, "%s cannot be defined", show(id))
	}
	return base(id)
}

// defineValues binds the variables of a define-values.
func (b *bodyScan) defineValues(form []syntax.Datum, loc syntax.Loc) {
	if len(form) != 3 {
		b.x.fail(loc, "expected (define-values formals expression)")
	}
	d := def{multi: true, value: func() ast.Expr { return b.x.expr(form[2], b.env) }}
	formals := form[1]
	for {
		switch f := formals.(type) {
		case *syntax.Pair:
			d.vars = append(d.vars, b.x.bindVar(f.Car, b.env))
			formals = f.Cdr
			continue
		case syntax.Nil:
		default:
			d.vars = append(d.vars, b.x.bindVar(f, b.env))
			d.rest = true
		}
		break
	}
	b.defs = append(b.defs, d)
}

// expand expands the definitions and the expressions of the body.
func (b *bodyScan) expand() ast.Expr {
	x := b.x
	for i := range b.defs {
		b.defs[i].init = b.defs[i].value()
	}
	list := make([]ast.Expr, len(b.todo))
	for i := range list {
		list[i] = x.expr(b.todo[i], b.env)
	}
	return letrecStar(x, b.defs, begin(list...))
}

// letrecStar binds the variables of definitions around a body.
func letrecStar(x *expander, defs []def, body ast.Expr) ast.Expr {
	if len(defs) == 0 {
		return body
	}
	s := sorter{inside: map[*ast.Var]bool{}}
	s.sort(defs)
	list := []ast.Expr{}
	for i := range s.late {
		list = append(list, s.late[i].assign(x)...)
	}
	if len(list) > 0 {
		body = begin(append(list, body)...)
	}
	if len(s.fix.Vars) > 0 {
		s.fix.Body = body
		body = &s.fix
	}
	if len(s.late) > 0 {
		let := &ast.Let{Body: body}
		for _, d := range s.late {
			for _, v := range d.vars {
				let.Vars = append(let.Vars, v)
				let.Inits = append(let.Inits, &ast.Prim{P: primUndefined})
			}
		}
		body = let
	}
	for i := len(s.early) - 1; i >= 0; i-- {
		d := &s.early[i]
		body = &ast.Let{Vars: d.vars, Inits: []ast.Expr{d.init}, Body: body}
	}
	return body
}

// sorter sorts the definitions of a body.
type sorter struct {
	inside map[*ast.Var]bool // procedures, and variables that are assigned in their turn
	early  []def
	fix    ast.Fix
	late   []def
}

func (s *sorter) sort(defs []def) {
	for _, d := range defs {
		l, ok := d.init.(*ast.Lambda)
		if ok && !d.multi && !d.vars[0].Assigned {
			s.fix.Vars = append(s.fix.Vars, d.vars[0])
			s.fix.Lambdas = append(s.fix.Lambdas, l)
		}
		for _, v := range d.vars {
			s.inside[v] = true
		}
	}
	fixed := map[*ast.Var]bool{}
	for _, v := range s.fix.Vars {
		fixed[v] = true
	}
	for _, d := range defs {
		if fixed[d.vars0()] {
			continue
		}
		if !d.multi && !uses(d.init, s.inside) && (len(s.late) == 0 || isSimple(d.init)) {
			s.early = append(s.early, d)
			delete(s.inside, d.vars[0])
			continue
		}
		for _, v := range d.vars {
			v.Assigned, v.Late = true, true
		}
		s.late = append(s.late, d)
	}
}

func (d *def) vars0() *ast.Var {
	if len(d.vars) == 0 {
		return nil
	}
	return d.vars[0]
}

// uses reports whether an expression refers to one of the variables.
func uses(e ast.Expr, vars map[*ast.Var]bool) bool {
	switch e := e.(type) {
	case *ast.Ref:
		return vars[e.Var]
	case *ast.Set:
		if vars[e.Var] {
			return true
		}
	}
	found := false
	ast.Children(e, func(c *ast.Expr) { found = found || uses(*c, vars) })
	return found
}

// isSimple reports whether the evaluation of an expression can neither be noticed nor fail.
func isSimple(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Const, *ast.Lambda:
		return true
	case *ast.Ref:
		return !e.Var.Assigned
	}
	return false
}

// assign gives the variables of a late definition their values.
func (d *def) assign(x *expander) []ast.Expr {
	if !d.multi {
		return []ast.Expr{&ast.Set{Var: d.vars[0], Value: d.init, Init: true}}
	}
	// (call-with-values (lambda () init) (lambda (tmp … . rest) (set! var tmp) …))
	l := &ast.Lambda{Parent: d.owner()}
	var sets []ast.Expr
	for i, v := range d.vars {
		tmp := &ast.Var{Name: v.Name, Owner: l, Refs: 1}
		if d.rest && i == len(d.vars)-1 {
			l.Rest = tmp
		} else {
			l.Params = append(l.Params, tmp)
		}
		sets = append(sets, &ast.Set{Var: v, Value: &ast.Ref{Var: tmp}, Init: true})
	}
	l.Body = begin(append(sets, ast.Unspecified())...)
	return []ast.Expr{x.callLib("%receive", syntax.NoLoc, d.init, l)}
}

func (d *def) owner() *ast.Lambda {
	if len(d.vars) == 0 {
		return nil
	}
	return d.vars[0].Owner
}
