// Package analyze improves expanded programs and finds out what compiling them well depends on: which procedures are loops,
// which need closures, and which variables these catch.
package analyze

import (
	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/prim"
	"davit/examples/scheme/internal/syntax"
)

// Simplify rewrites an expression: calls of lambdas and of small procedures are opened up, constants and copies of variables
// take the places of variables, and choices that are known are made.
func Simplify(e ast.Expr) ast.Expr {
	s := &simplifier{subst: map[*ast.Var]ast.Expr{}}
	return s.expr(e)
}

type simplifier struct {
	subst map[*ast.Var]ast.Expr // constants and variables that take the place of others
	depth int                   // of procedures opened up in each other
}

// maxInline bounds the size of procedures that are opened up, and how deep they may be in each other.
const (
	maxInline      = 8
	maxInlineDepth = 4
)

func (s *simplifier) expr(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.Ref:
		if r, ok := s.subst[e.Var]; ok {
			return r
		}
		return e
	case *ast.GlobalRef:
		if c := e.Global.Const; c != nil {
			return c
		}
		return e
	case *ast.Let:
		return s.let(e)
	case *ast.Call:
		return s.call(e)
	}
	ast.Children(e, func(c *ast.Expr) { *c = s.expr(*c) })
	switch e := e.(type) {
	case *ast.If:
		return s.choose(e)
	case *ast.Begin:
		return sequence(e)
	}
	return e
}

// choose makes a choice that is known.
func (s *simplifier) choose(e *ast.If) ast.Expr {
	for {
		p, ok := e.Test.(*ast.Prim)
		if !ok || p.P.Name != "not" {
			break
		}
		e = &ast.If{Test: p.Args[0], Then: e.Else, Else: e.Then}
	}
	if c, ok := e.Test.(*ast.Const); ok {
		if c.Value == false {
			return e.Else
		}
		return e.Then
	}
	return e
}

// sequence drops what has no effect and flattens sequences in sequences.
func sequence(e *ast.Begin) ast.Expr {
	var list []ast.Expr
	for i, x := range e.Exprs {
		if b, ok := x.(*ast.Begin); ok {
			list = append(list, b.Exprs[:len(b.Exprs)-1]...)
			x = b.Exprs[len(b.Exprs)-1]
		}
		if i == len(e.Exprs)-1 || !droppable(x) {
			list = append(list, x)
		}
	}
	if len(list) == 1 {
		return list[0]
	}
	return &ast.Begin{Exprs: list}
}

// droppable reports whether an expression does nothing but have a value.
func droppable(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Const, *ast.Lambda:
		return true
	case *ast.Ref:
		return !e.Var.Late
	case *ast.Prim:
		if !e.P.Pure {
			return false
		}
		for _, a := range e.Args {
			if !droppable(a) {
				return false
			}
		}
		return true
	}
	return false
}

func (s *simplifier) let(e *ast.Let) ast.Expr {
	for i := range e.Inits {
		e.Inits[i] = s.expr(e.Inits[i])
	}
	return s.bind(e.Vars, e.Inits, e.Body)
}

// bind binds variables around a body, except those that something simple takes the place of. Only the body is still to be
// simplified.
func (s *simplifier) bind(vars []*ast.Var, inits []ast.Expr, body ast.Expr) ast.Expr {
	out := &ast.Let{}
	for i, v := range vars {
		init := inits[i]
		if !v.Assigned {
			switch x := init.(type) {
			case *ast.Const:
				if isAtom(x.Value) {
					s.subst[v] = x
					continue
				}
			case *ast.Ref:
				if !x.Var.Assigned {
					s.subst[v] = x
					continue
				}
			}
		}
		out.Vars, out.Inits = append(out.Vars, v), append(out.Inits, init)
	}
	out.Body = s.expr(body)
	if len(out.Vars) == 0 {
		return out.Body
	}
	return out
}

// isAtom reports whether a constant may be made anew at each use.
func isAtom(d syntax.Datum) bool {
	switch d.(type) {
	case int64, bool, syntax.Char, syntax.Nil, syntax.Unspecified, syntax.EOF, syntax.Symbol:
		return true
	}
	return false
}

func (s *simplifier) call(e *ast.Call) ast.Expr {
	for i := range e.Args {
		e.Args[i] = s.expr(e.Args[i])
	}
	if l, ok := e.Fn.(*ast.Lambda); ok {
		if x := s.open(l, e.Args); x != nil {
			return x
		}
	}
	e.Fn = s.expr(e.Fn)
	if g, ok := e.Fn.(*ast.GlobalRef); ok && g.Global.Fn != nil && g.Global.Fixed && s.depth < maxInlineDepth {
		l := g.Global.Fn
		if l.Rest == nil && len(l.Params) == len(e.Args) && isSmall(l) {
			c := copier{vars: map[*ast.Var]*ast.Var{}, at: syntax.NoLoc}
			if g.Global.Library {
				c.at = e.Loc
			}
			s.depth++
			defer func() { s.depth-- }()
			return s.open(c.lambda(l), e.Args)
		}
	}
	return e
}

// open turns the call of a lambda, with arguments already simplified, into a Let. It is nil if they do not fit.
func (s *simplifier) open(l *ast.Lambda, args []ast.Expr) ast.Expr {
	if len(args) < len(l.Params) || l.Rest == nil && len(args) > len(l.Params) {
		return nil
	}
	vars, inits := append([]*ast.Var{}, l.Params...), append([]ast.Expr{}, args[:len(l.Params)]...)
	if l.Rest != nil {
		var tail ast.Expr = &ast.Const{Value: syntax.Nil{}}
		for i := len(args) - 1; i >= len(l.Params); i-- {
			tail = &ast.Prim{P: prim.Lookup("cons"), Args: []ast.Expr{args[i], tail}, Loc: l.Loc}
		}
		vars, inits = append(vars, l.Rest), append(inits, tail)
	}
	return s.bind(vars, inits, l.Body)
}

// isSmall reports whether calls of a procedure are to be opened up: it does not bind or call anything.
func isSmall(l *ast.Lambda) bool {
	for _, p := range l.Params {
		if p.Assigned {
			return false
		}
	}
	n := 0
	var visit func(e ast.Expr) bool
	visit = func(e ast.Expr) bool {
		switch e := e.(type) {
		case *ast.Const, *ast.Ref, *ast.GlobalRef, *ast.Prim, *ast.If:
			if p, ok := e.(*ast.Prim); ok && p.P.Name == "%call/ec" {
				return false
			}
		default:
			return false
		}
		if n++; n > maxInline {
			return false
		}
		ok := true
		ast.Children(e, func(c *ast.Expr) { ok = ok && visit(*c) })
		return ok
	}
	return visit(l.Body)
}

// copier copies small procedures.
type copier struct {
	vars map[*ast.Var]*ast.Var
	at   syntax.Loc // the place that copies get, unless it is NoLoc: errors in the library are seen where it is called
}

func (c *copier) lambda(l *ast.Lambda) *ast.Lambda {
	n := &ast.Lambda{Name: l.Name, Loc: l.Loc}
	for _, p := range l.Params {
		v := &ast.Var{Name: p.Name, Owner: n}
		c.vars[p] = v
		n.Params = append(n.Params, v)
	}
	n.Body = c.expr(l.Body)
	return n
}

func (c *copier) expr(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.Ref:
		return &ast.Ref{Var: c.vars[e.Var]}
	case *ast.GlobalRef:
		g := *e
		return &g
	case *ast.If:
		return &ast.If{Test: c.expr(e.Test), Then: c.expr(e.Then), Else: c.expr(e.Else)}
	case *ast.Prim:
		p := &ast.Prim{P: e.P, Loc: e.Loc}
		if c.at != syntax.NoLoc {
			p.Loc = c.at
		}
		for _, a := range e.Args {
			p.Args = append(p.Args, c.expr(a))
		}
		return p
	}
	return e
}
