package expand

import (
	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/syntax"
)

// expandQuasiquote expands a quasiquotation to constructions of pairs and vectors. Parts without unquotations are constants.
func expandQuasiquote(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(form) != 2 {
		x.fail(loc, "expected (quasiquote template)")
	}
	q := quasi{x, e, loc}
	return q.template(form[1], 1)
}

type quasi struct {
	x   *expander
	e   *env
	loc syntax.Loc
}

// operator returns which of quote's relatives a form of two elements is, and its operand.
func (q *quasi) operator(d syntax.Datum) (string, syntax.Datum) {
	p, ok := d.(*syntax.Pair)
	if !ok || !isIdent(p.Car) {
		return "", nil
	}
	rest, ok := p.Cdr.(*syntax.Pair)
	if !ok || rest.Cdr != (syntax.Nil{}) {
		return "", nil
	}
	switch b := q.x.lookupFree(p.Car, q.e).(type) {
	case *auxiliary:
		if b.name == "unquote" || b.name == "unquote-splicing" {
			return b.name, rest.Car
		}
	case *special:
		if b.name == "quasiquote" {
			return b.name, rest.Car
		}
	}
	return "", nil
}

func (q *quasi) template(d syntax.Datum, level int) ast.Expr {
	op, arg := q.operator(d)
	switch {
	case op == "unquote" && level == 1:
		return q.x.expr(arg, q.e)
	case op == "unquote-splicing" && level == 1:
		q.x.fail(syntax.LocOf(d), "unquote-splicing outside of a list")
	case op == "quasiquote":
		return q.rebuild(d, arg, level+1)
	case op != "":
		return q.rebuild(d, arg, level-1)
	}
	switch d := d.(type) {
	case *syntax.Pair:
		return q.pair(d, level)
	case *syntax.Vector:
		items := q.template(syntax.List(d.Items...), level)
		if c, ok := items.(*ast.Const); ok {
			list, _ := syntax.Slice(c.Value)
			return &ast.Const{Value: &syntax.Vector{Items: list}}
		}
		return q.x.callLib("list->vector", q.loc, items)
	}
	return &ast.Const{Value: strip(d)}
}

// rebuild makes a list of an operator and its operand at another level.
func (q *quasi) rebuild(d, arg syntax.Datum, level int) ast.Expr {
	op := &ast.Const{Value: strip(d.(*syntax.Pair).Car)}
	return cons(op, cons(q.template(arg, level), &ast.Const{Value: syntax.Nil{}}))
}

func (q *quasi) pair(p *syntax.Pair, level int) ast.Expr {
	if op, arg := q.operator(p.Car); op == "unquote-splicing" && level == 1 {
		list := q.x.expr(arg, q.e)
		rest := q.template(p.Cdr, level)
		if isConst(rest, syntax.Nil{}) {
			return list
		}
		return q.x.callLib("append", q.loc, list, rest)
	}
	return cons(q.template(p.Car, level), q.template(p.Cdr, level))
}

// cons makes a pair, at once if both parts are constant.
func cons(a, d ast.Expr) ast.Expr {
	ca, ok1 := a.(*ast.Const)
	cd, ok2 := d.(*ast.Const)
	if ok1 && ok2 {
		return &ast.Const{Value: &syntax.Pair{Car: ca.Value, Cdr: cd.Value, Loc: syntax.NoLoc}}
	}
	return &ast.Prim{P: primCons, Args: []ast.Expr{a, d}}
}
