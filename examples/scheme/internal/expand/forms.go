package expand

import (
	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/prim"
	"davit/examples/scheme/internal/syntax"
)

// The syntactic forms, except those of bindings.

var primUndefined, primEq, primEqv, primCons = prim.Lookup("%undefined"), prim.Lookup("eq?"), prim.Lookup("eqv?"), prim.Lookup("cons")

// specials are the forms by name; "define" and its like have no expansion as expressions.
var specials map[string]func(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr

func init() {
	specials = map[string]func(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr{
		"quote": expandQuote, "quasiquote": expandQuasiquote, "lambda": expandLambda, "set!": expandSet, "if": expandIf,
		"cond": expandCond, "case": expandCase, "and": expandAnd, "or": expandOr, "when": expandWhen, "unless": expandUnless,
		"begin": expandBegin, "let": expandLet, "let*": expandLetStar, "letrec": expandLetrec, "letrec*": expandLetrec,
		"do": expandDo, "let-syntax": expandLetSyntax, "letrec-syntax": expandLetSyntax, "syntax-error": expandSyntaxError,
		"cond-expand": expandCondExpand,
		"define":      nil, "define-values": nil, "define-record-type": nil, "define-syntax": nil, "import": nil, "include": nil,
	}
}

// auxiliaries are keywords that other forms know.
var auxiliaries = []string{"else", "=>", "...", "_", "unquote", "unquote-splicing", "syntax-rules", "er-macro-transformer"}

// keyword returns an identifier that means a form whatever the scope.
func (x *expander) keyword(name string) syntax.Datum {
	return &alias{id: syntax.Symbol(name), env: x.library.env}
}

func isConst(e ast.Expr, v syntax.Datum) bool {
	c, ok := e.(*ast.Const)
	return ok && c.Value == v
}

func expandQuote(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(form) != 2 {
		x.fail(loc, "expected (quote datum)")
	}
	return &ast.Const{Value: strip(form[1])}
}

func expandLambda(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(form) < 3 {
		x.fail(loc, "expected (lambda (parameter …) body …)")
	}
	return x.lambda("", form[1], form[2:], loc, e)
}

func expandSet(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(form) != 3 || !isIdent(form[1]) {
		x.fail(loc, "expected (set! variable expression)")
	}
	value := named(x.expr(form[2], e), string(base(form[1])))
	switch b := x.lookup(form[1], e).(type) {
	case *ast.Var:
		b.Assigned = true
		return &ast.Set{Var: b, Value: value}
	case *ast.Global:
		b.Set = true
		return &ast.GlobalSet{Global: b, Value: value, Loc: loc}
	case *libProc:
		if topOf(e) == x.library {
			x.need(b)
			return &ast.GlobalSet{Global: b.global, Value: value, Loc: loc}
		}
		x.fail(loc, "%s belongs to the library and cannot be assigned; it can be defined anew", base(form[1]))
	}
	x.fail(loc, "%s is syntax and cannot be assigned", base(form[1]))
	return nil
}

func expandIf(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(form) != 3 && len(form) != 4 {
		x.fail(loc, "expected (if test consequent alternate)")
	}
	i := &ast.If{Test: x.expr(form[1], e), Then: x.expr(form[2], e), Else: ast.Unspecified()}
	if len(form) == 4 {
		i.Else = x.expr(form[3], e)
	}
	return i
}

func expandBegin(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(form) == 1 {
		x.fail(loc, "(begin) is possible only at the start of a body or at top level")
	}
	return x.seq(form[1:], loc, e)
}

func expandWhen(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(form) < 3 {
		x.fail(loc, "expected (when test expression …)")
	}
	return &ast.If{Test: x.expr(form[1], e), Then: x.seq(form[2:], loc, e), Else: ast.Unspecified()}
}

func expandUnless(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(form) < 3 {
		x.fail(loc, "expected (unless test expression …)")
	}
	return &ast.If{Test: x.expr(form[1], e), Then: ast.Unspecified(), Else: x.seq(form[2:], loc, e)}
}

func expandAnd(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(form) == 1 {
		return &ast.Const{Value: true}
	}
	last := x.expr(form[len(form)-1], e)
	for i := len(form) - 2; i > 0; i-- {
		last = &ast.If{Test: x.expr(form[i], e), Then: last, Else: &ast.Const{Value: false}}
	}
	return last
}

func expandOr(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(form) == 1 {
		return &ast.Const{Value: false}
	}
	last := x.expr(form[len(form)-1], e)
	for i := len(form) - 2; i > 0; i-- {
		last = x.either(x.expr(form[i], e), last, e)
	}
	return last
}

// either is the value of first, unless that is false.
func (x *expander) either(first, second ast.Expr, e *env) ast.Expr {
	return x.bindTemp(first, e, func(t func() ast.Expr) ast.Expr { return &ast.If{Test: t(), Then: t(), Else: second} })
}

// bindTemp binds the value of an expression to a variable without a name.
func (x *expander) bindTemp(init ast.Expr, e *env, body func(t func() ast.Expr) ast.Expr) ast.Expr {
	v := &ast.Var{Name: "t", Owner: e.lambda}
	b := body(func() ast.Expr { v.Refs++; return &ast.Ref{Var: v} })
	return &ast.Let{Vars: []*ast.Var{v}, Inits: []ast.Expr{init}, Body: b}
}

func expandCond(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(form) == 1 {
		x.fail(loc, "expected (cond clause …)")
	}
	return x.condClauses(form[1:], loc, e)
}

func (x *expander) condClauses(clauses []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(clauses) == 0 {
		return ast.Unspecified()
	}
	c, ok := syntax.Slice(clauses[0])
	if !ok || len(c) == 0 {
		x.fail(syntax.LocOf(clauses[0]), "%s is not a clause of cond", show(clauses[0]))
	}
	at := syntax.LocOf(clauses[0])
	if x.is(c[0], "else", e) {
		if len(clauses) > 1 {
			x.fail(at, "else must be in the last clause")
		}
		return x.seq(c[1:], at, e)
	}
	test := x.expr(c[0], e)
	switch {
	case len(c) == 1:
		return x.either(test, x.condClauses(clauses[1:], loc, e), e)
	case x.is(c[1], "=>", e):
		if len(c) != 3 {
			x.fail(at, "expected (test => procedure)")
		}
		return x.bindTemp(test, e, func(t func() ast.Expr) ast.Expr {
			call := &ast.Call{Fn: x.expr(c[2], e), Args: []ast.Expr{t()}, Loc: at}
			return &ast.If{Test: t(), Then: call, Else: x.condClauses(clauses[1:], loc, e)}
		})
	}
	return &ast.If{Test: test, Then: x.seq(c[1:], at, e), Else: x.condClauses(clauses[1:], loc, e)}
}

func expandCase(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	if len(form) < 3 {
		x.fail(loc, "expected (case key clause …)")
	}
	return x.bindTemp(x.expr(form[1], e), e, func(key func() ast.Expr) ast.Expr {
		return x.caseClauses(key, form[2:], e)
	})
}

func (x *expander) caseClauses(key func() ast.Expr, clauses []syntax.Datum, e *env) ast.Expr {
	if len(clauses) == 0 {
		return ast.Unspecified()
	}
	c, ok := syntax.Slice(clauses[0])
	at := syntax.LocOf(clauses[0])
	if !ok || len(c) < 2 {
		x.fail(at, "%s is not a clause of case", show(clauses[0]))
	}
	result := func() ast.Expr {
		if x.is(c[1], "=>", e) && len(c) == 3 {
			return &ast.Call{Fn: x.expr(c[2], e), Args: []ast.Expr{key()}, Loc: at}
		}
		return x.seq(c[1:], at, e)
	}
	if x.is(c[0], "else", e) {
		if len(clauses) > 1 {
			x.fail(at, "else must be in the last clause")
		}
		return result()
	}
	data, ok := syntax.Slice(c[0])
	if !ok {
		x.fail(at, "expected a list of data at the start of a clause of case")
	}
	var test ast.Expr = &ast.Const{Value: false}
	for i := len(data) - 1; i >= 0; i-- {
		t := ast.Expr(&ast.Prim{P: eqvFor(data[i]), Args: []ast.Expr{key(), &ast.Const{Value: strip(data[i])}}})
		if isConst(test, false) {
			test = t
		} else {
			test = &ast.If{Test: t, Then: &ast.Const{Value: true}, Else: test}
		}
	}
	return &ast.If{Test: test, Then: result(), Else: x.caseClauses(key, clauses[1:], e)}
}

// eqvFor returns the cheapest primitive that compares with a datum as eqv? does.
func eqvFor(d syntax.Datum) *prim.Prim {
	switch d.(type) {
	case float64, interface{ Sign() int }: // *big.Int
		return primEqv
	}
	return primEq
}

func expandSyntaxError(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	msg := "syntax error"
	for i, d := range form[1:] {
		if s, ok := d.(syntax.String); ok && i == 0 {
			msg = string(s)
		} else {
			msg += " " + show(d)
		}
	}
	x.fail(loc, "%s", msg)
	return nil
}

func expandCondExpand(x *expander, form []syntax.Datum, loc syntax.Loc, e *env) ast.Expr {
	forms := x.condExpand(form, loc, e)
	if len(forms) == 0 {
		return ast.Unspecified()
	}
	return x.seq(forms, loc, e)
}

// condExpand returns the forms of the first clause of a cond-expand whose requirement is met.
func (x *expander) condExpand(form []syntax.Datum, loc syntax.Loc, e *env) []syntax.Datum {
	for _, clause := range form[1:] {
		c, ok := syntax.Slice(clause)
		if !ok || len(c) == 0 {
			x.fail(loc, "%s is not a clause of cond-expand", show(clause))
		}
		if x.has(c[0], e) {
			return c[1:]
		}
	}
	return nil
}

// Features are what cond-expand and (features) know.
var Features = []string{"r7rs", "davit", "full-unicode", "ieee-float", "exact-closed"}

// has reports whether a feature requirement is met.
func (x *expander) has(d syntax.Datum, e *env) bool {
	if isIdent(d) {
		name := string(base(d))
		for _, f := range Features {
			if f == name {
				return true
			}
		}
		return name == "else"
	}
	list, ok := syntax.Slice(d)
	if !ok || len(list) == 0 || !isIdent(list[0]) {
		x.fail(x.loc, "%s is not a feature requirement", show(d))
	}
	switch base(list[0]) {
	case "and":
		for _, r := range list[1:] {
			if !x.has(r, e) {
				return false
			}
		}
		return true
	case "or":
		for _, r := range list[1:] {
			if x.has(r, e) {
				return true
			}
		}
		return false
	case "not":
		return len(list) == 2 && !x.has(list[1], e)
	case "library":
		return len(list) == 2 && isLibrary(strip(list[1]))
	}
	x.fail(x.loc, "%s is not a feature requirement", show(d))
	return false
}
