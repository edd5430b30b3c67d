package expand

import (
	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/syntax"
)

// expander expands the forms of one unit.
type expander struct {
	*Expander
	unit       *Unit
	loc        syntax.Loc // of the form under expansion, for messages
	depth      int
	expansions int
	defines    []*definition
	inits      []ast.Expr // of library variables, to be evaluated before the forms
}

// definition is a definition of a variable at top level, in the order of the program.
type definition struct {
	global *ast.Global
	set    *ast.GlobalSet
	form   int // index in unit.Forms
}

// special is a syntactic form. It gets the whole form, which is a proper list.
type special struct {
	name string
	// expand expands the form as an expression; nil for forms that only define something.
	expand func(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr
}

const maxDepth = 3000

// expr expands an expression.
func (x *expander) expr(d syntax.Datum, e *env) ast.Expr {
	if x.depth++; x.depth > maxDepth {
		x.fail(syntax.LocOf(d), "expressions are nested more than %d levels deep; is a macro expanded without end?", maxDepth)
	}
	defer func(loc syntax.Loc) { x.depth--; x.loc = loc }(x.loc)
	for {
		switch f := d.(type) {
		case syntax.Symbol, *alias:
			return x.ref(f, e)
		case *syntax.Pair:
			if f.Loc != syntax.NoLoc {
				x.loc = f.Loc
			}
			if isIdent(f.Car) {
				switch b := x.lookup(f.Car, e).(type) {
				case *macro:
					d = x.applyMacro(b, f, e)
					continue
				case *special:
					if b.expand == nil {
						x.fail(f.Loc, "%s is possible only at the start of a body or at top level", b.name)
					}
					return b.expand(x, x.form(f), x.loc, e)
				}
			}
			return x.call(f, e)
		case syntax.Nil:
			x.fail(x.loc, "() is not an expression: write '() for the empty list")
		}
		return &ast.Const{Value: strip(d)}
	}
}

// form returns the parts of a syntactic form.
func (x *expander) form(p *syntax.Pair) []syntax.Datum {
	items, ok := syntax.Slice(p)
	if !ok {
		x.fail(p.Loc, "%s is not a proper list", show(p))
	}
	return items
}

// ref expands a variable.
func (x *expander) ref(id syntax.Datum, e *env) ast.Expr {
	switch b := x.lookup(id, e).(type) {
	case *ast.Var:
		b.Refs++
		return &ast.Ref{Var: b}
	case *ast.Global:
		if _, ok := x.procs[x.loc]; !ok {
			x.procs[x.loc] = e.lambda
		}
		return &ast.GlobalRef{Global: b, Loc: x.loc}
	case *libProc:
		return x.libRef(b)
	case *macro, *special, *auxiliary:
		x.fail(x.loc, "%s is syntax, not a variable", base(id))
	}
	panic("expand: unknown binding")
}

func (x *expander) libRef(p *libProc) ast.Expr {
	x.need(p)
	return &ast.GlobalRef{Global: p.global, Loc: x.loc}
}

// call expands a procedure call.
func (x *expander) call(p *syntax.Pair, e *env) ast.Expr {
	items, ok := syntax.Slice(p)
	if !ok {
		x.fail(p.Loc, "%s is not a proper list", show(p))
	}
	loc := x.loc
	x.procs[loc] = e.lambda
	var lib *libProc
	if isIdent(items[0]) {
		lib, _ = x.lookup(items[0], e).(*libProc)
	}
	var fn ast.Expr
	if lib == nil {
		fn = x.expr(items[0], e)
	}
	args := make([]ast.Expr, len(items)-1)
	cell := p
	for i := range args {
		cell = cell.Cdr.(*syntax.Pair)
		if isIdent(cell.Car) && cell.Loc != syntax.NoLoc {
			x.loc = cell.Loc
		}
		args[i] = x.expr(cell.Car, e)
		x.loc = loc
	}
	if lib != nil {
		if r := x.integrate(lib, args, loc); r != nil {
			return r
		}
		fn = x.libRef(lib)
	}
	return &ast.Call{Fn: fn, Args: args, Loc: loc}
}

// body expands the body of a procedure or a binding form: definitions, then expressions.
func (x *expander) body(forms []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(forms) == 0 {
		x.fail(loc, "a body has no expressions")
	}
	e = e.child()
	b := &bodyScan{x: x, env: e, todo: forms}
	b.scan()
	if len(b.todo) == 0 {
		x.fail(loc, "a body has definitions only, and no expression")
	}
	return b.expand()
}

// seq expands a sequence of expressions.
func (x *expander) seq(forms []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(forms) == 0 {
		x.fail(loc, "there must be at least one expression")
	}
	list := make([]ast.Expr, len(forms))
	for i := range forms {
		list[i] = x.expr(forms[i], e)
	}
	return begin(list...)
}

func begin(list ...ast.Expr) ast.Expr {
	if len(list) == 1 {
		return list[0]
	}
	return &ast.Begin{Exprs: list}
}

// lambda expands a procedure.
func (x *expander) lambda(name string, formals syntax.Datum, body []syntax.Datum, loc syntax.Loc, e *env) *ast.Lambda {
	l := &ast.Lambda{Name: name, Loc: loc, Parent: e.lambda}
	inner := e.child()
	inner.lambda = l
	for {
		switch f := formals.(type) {
		case *syntax.Pair:
			l.Params = append(l.Params, x.bindVar(f.Car, inner))
			formals = f.Cdr
			continue
		case syntax.Nil:
		default:
			l.Rest = x.bindVar(f, inner)
		}
		break
	}
	l.Body = x.body(body, loc, inner)
	return l
}

// bindVar makes a variable of an identifier, in the innermost scope.
func (x *expander) bindVar(id syntax.Datum, e *env) *ast.Var {
	if !isIdent(id) {
		x.fail(x.loc, "%s cannot be a variable", show(id))
	}
	if _, ok := e.names[id]; ok {
		x.fail(x.loc, "%s is bound twice", base(id))
	}
	v := &ast.Var{Name: string(base(id)), Owner: e.lambda}
	e.bind(id, v)
	return v
}

// ProcOf names the procedure that a place is in.
func (x *Expander) ProcOf(loc syntax.Loc) string {
	l := x.procs[loc]
	if l == nil {
		return "top level"
	}
	name := ""
	for ; l != nil; l = l.Parent {
		n := l.Name
		if n == "" {
			n = "lambda"
		}
		if name != "" {
			name += " in "
		}
		name += n
	}
	return name
}

// named gives a procedure the name of the variable it is bound to.
func named(e ast.Expr, name string) ast.Expr {
	if l, ok := e.(*ast.Lambda); ok && l.Name == "" {
		l.Name = name
	}
	return e
}
