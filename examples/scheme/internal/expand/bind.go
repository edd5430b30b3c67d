package expand

import (
	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/syntax"
)

// Forms that bind variables.

// bindings takes the bindings of a let apart.
func (x *expander) bindings(d syntax.Datum, loc syntax.Loc, what string) (names, inits []syntax.Datum) {
	list, ok := syntax.Slice(d)
	if !ok {
		x.fail(loc, "expected (%s ((variable init) …) body …)", what)
	}
	for _, b := range list {
		pair, ok := syntax.Slice(b)
		if !ok || len(pair) != 2 || !isIdent(pair[0]) {
			x.fail(syntax.LocOf(b), "%s is not a binding: expected (variable init)", show(b))
		}
		names, inits = append(names, pair[0]), append(inits, pair[1])
	}
	return names, inits
}

func expandLet(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(form) >= 4 && isIdent(form[1]) {
		return x.namedLet(form, loc, e)
	}
	if len(form) < 3 {
		x.fail(loc, "expected (let ((variable init) …) body …)")
	}
	names, inits := x.bindings(form[1], loc, "let")
	if len(names) == 0 {
		return x.body(form[2:], loc, e)
	}
	l := &ast.Let{}
	for i := range inits {
		l.Inits = append(l.Inits, named(x.expr(inits[i], e), string(base(names[i]))))
	}
	inner := e.child()
	for _, n := range names {
		l.Vars = append(l.Vars, x.bindVar(n, inner))
	}
	l.Body = x.body(form[2:], loc, inner)
	return procedureLet(l)
}

// procedureLet turns variables that are always the same procedure into those of a Fix.
func procedureLet(l *ast.Let) ast.Expr {
	fix := &ast.Fix{Body: l.Body}
	rest := &ast.Let{}
	for i, v := range l.Vars {
		if f, ok := l.Inits[i].(*ast.Lambda); ok && !v.Assigned {
			fix.Vars, fix.Lambdas = append(fix.Vars, v), append(fix.Lambdas, f)
			continue
		}
		rest.Vars, rest.Inits = append(rest.Vars, v), append(rest.Inits, l.Inits[i])
	}
	switch {
	case len(fix.Vars) == 0:
		return l
	case len(rest.Vars) == 0:
		return fix
	}
	rest.Body = fix
	return rest
}

func (x *expander) namedLet(form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	names, inits := x.bindings(form[2], loc, "let name")
	call := &ast.Call{Loc: loc}
	for i := range inits {
		call.Args = append(call.Args, named(x.expr(inits[i], e), string(base(names[i]))))
	}
	inner := e.child()
	v := x.bindVar(form[1], inner)
	l := x.lambda(v.Name, syntax.List(names...), form[3:], loc, inner)
	v.Refs++
	call.Fn = &ast.Ref{Var: v}
	if v.Assigned {
		return &ast.Let{Vars: []*ast.Var{v}, Inits: []ast.Expr{&ast.Prim{P: primUndefined}}, Body: begin(
			&ast.Set{Var: v, Value: l, Init: true}, call)}
	}
	return &ast.Fix{Vars: []*ast.Var{v}, Lambdas: []*ast.Lambda{l}, Body: call}
}

func expandLetStar(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(form) < 3 {
		x.fail(loc, "expected (let* ((variable init) …) body …)")
	}
	names, inits := x.bindings(form[1], loc, "let*")
	return x.letStar(names, inits, form[2:], loc, e)
}

func (x *expander) letStar(names, inits, body []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(names) == 0 {
		return x.body(body, loc, e)
	}
	init := named(x.expr(inits[0], e), string(base(names[0])))
	inner := e.child()
	l := &ast.Let{Vars: []*ast.Var{x.bindVar(names[0], inner)}, Inits: []ast.Expr{init}}
	l.Body = x.letStar(names[1:], inits[1:], body, loc, inner)
	return procedureLet(l)
}

func expandLetrec(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(form) < 3 {
		x.fail(loc, "expected (letrec ((variable init) …) body …)")
	}
	names, inits := x.bindings(form[1], loc, "letrec")
	inner := e.child()
	defs := make([]def, len(names))
	for i, n := range names {
		defs[i].vars = []*ast.Var{x.bindVar(n, inner)}
	}
	for i := range inits {
		defs[i].init = named(x.expr(inits[i], inner), string(base(names[i])))
	}
	return letrecStar(x, defs, x.body(form[2:], loc, inner))
}

// expandDo expands (do ((variable init step) …) (test expression …) command …) to a loop.
func expandDo(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	const want = "expected (do ((variable init step) …) (test expression …) command …)"
	if len(form) < 3 {
		x.fail(loc, want)
	}
	specs, ok1 := syntax.Slice(form[1])
	end, ok2 := syntax.Slice(form[2])
	if !ok1 || !ok2 || len(end) == 0 {
		x.fail(loc, want)
	}
	loop := &ast.Var{Name: "do", Owner: e.lambda, Refs: 2}
	l := &ast.Lambda{Name: "do", Loc: loc, Parent: e.lambda}
	enter := &ast.Call{Fn: &ast.Ref{Var: loop}, Loc: loc}
	again := &ast.Call{Fn: &ast.Ref{Var: loop}, Loc: loc}
	inner := e.child()
	inner.lambda = l
	var steps []syntax.Datum
	for _, s := range specs {
		parts, ok := syntax.Slice(s)
		if !ok || len(parts) < 2 || len(parts) > 3 || !isIdent(parts[0]) {
			x.fail(syntax.LocOf(s), "%s: expected (variable init step)", show(s))
		}
		enter.Args = append(enter.Args, x.expr(parts[1], e))
		l.Params = append(l.Params, x.bindVar(parts[0], inner))
		steps = append(steps, parts[len(parts)-1])
		if len(parts) == 2 {
			steps[len(steps)-1] = parts[0]
		}
	}
	test := x.expr(end[0], inner)
	result := ast.Unspecified()
	if len(end) > 1 {
		result = x.seq(end[1:], loc, inner)
	}
	var body []ast.Expr
	for _, c := range form[3:] {
		body = append(body, x.expr(c, inner))
	}
	for _, s := range steps {
		again.Args = append(again.Args, x.expr(s, inner))
	}
	l.Body = &ast.If{Test: test, Then: result, Else: begin(append(body, again)...)}
	return &ast.Fix{Vars: []*ast.Var{loop}, Lambdas: []*ast.Lambda{l}, Body: enter}
}

func expandLetSyntax(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	name := string(base(form[0]))
	if len(form) < 3 {
		x.fail(loc, "expected (%s ((keyword (syntax-rules …)) …) body …)", name)
	}
	names, rules := x.bindings(form[1], loc, name)
	inner := e.child()
	scope := e
	if name == "letrec-syntax" {
		scope = inner
	}
	for i, n := range names {
		inner.bind(n, x.transformer(rules[i], scope))
	}
	return x.body(form[2:], loc, inner)
}
