package rulec

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// Type guards as sets.
//
// Problem: most rules of an opcode differ in their type guard, and guards are Go methods. If they were opaque, every
// pair of rules with different guards would need priorities.
// Idea: evaluate a predicate for every type there is. The method
//
//	func (l *lowerer) fits64(t op.Type) bool { return t.IsInt() && t.Bits() <= 64 }
//
// is a single expression of t, methods of op.Type without operands, constants and other such predicates, so its set of
// types is known exactly; two guards contradict if their sets have no type in common, and one implies the other if its
// set is contained.
// Invariants: a predicate that is not of this form, or reads anything besides its parameter, has no set and is opaque.
// Cost: one evaluation per predicate and type.
// Source: abstract interpretation over a finite domain, by enumeration.

// typeSet has a bit per type of Prelude.Types.
type typeSet []bool

func (s typeSet) intersects(t typeSet) bool {
	for i := range s {
		if s[i] && t[i] {
			return true
		}
	}
	return false
}

// within reports whether every type of s is in t.
func (s typeSet) within(t typeSet) bool {
	for i := range s {
		if s[i] && !t[i] {
			return false
		}
	}
	return true
}

// typesOf returns the set of types for which t holds, if t is a test of a CLIF type alone, and the key of what it tests;
// else a nil set.
func (u *unit) typesOf(t *test) (subject string, set typeSet) {
	if !t.setDone {
		t.setDone = true
		t.setOf, t.set = u.findSet(t)
	}
	return t.setOf, t.set
}

func (u *unit) findSet(t *test) (string, typeSet) {
	if len(u.prelude.Types) == 0 {
		return "", nil
	}
	var subject string
	var holds func(n int64) (bool, bool)
	switch {
	case t.kind == testConst && t.konst.val != nil && types.Identical(t.term.typ, u.clifType) && !t.term.multi:
		k, ok := constant.Int64Val(constant.ToInt(t.konst.val))
		subject = t.term.key
		holds = func(n int64) (bool, bool) { return (n == k) == t.want, ok }
	case t.kind == testCond && len(t.cond.args) == 1 && types.Identical(t.cond.args[0].typ(), u.clifType) && !usesMulti(t.cond):
		subject = t.cond.args[0].key()
		holds = func(n int64) (bool, bool) {
			v, ok := u.predicateValue(t.cond, n)
			return v == t.want, ok
		}
	default:
		return "", nil
	}
	set := make(typeSet, len(u.prelude.Types))
	for i, n := range u.prelude.Types {
		v, ok := holds(n)
		if !ok {
			return "", nil
		}
		set[i] = v
	}
	return subject, set
}

// predicateValue evaluates the predicate that cond calls for type number n.
func (u *unit) predicateValue(cond *expr, n int64) (value, ok bool) {
	if cond.kind == exprMethod {
		v := u.prelude.TypeMethod(n, cond.text)
		return boolValue(v)
	}
	if cond.kind != exprCall {
		return false, false
	}
	c := u.method(cond.fn)
	if c == nil {
		return false, false
	}
	ev := evaluator{u: u}
	return boolValue(ev.call(c.fn, n))
}

func boolValue(v constant.Value) (value, ok bool) {
	if v == nil || v.Kind() != constant.Bool {
		return false, false
	}
	return constant.BoolVal(v), true
}

// evaluator evaluates bodies of predicates on types. A nil value means that it cannot.
type evaluator struct {
	u     *unit
	depth int
}

// call evaluates a call of fn, a method of the receiver with one type as parameter.
func (ev *evaluator) call(fn *types.Func, n int64) constant.Value {
	d := ev.u.l.decls[fn.Pos()]
	if d == nil || d.Body == nil || len(d.Body.List) != 1 || ev.depth > 10 || fn.Signature().Params().Len() != 1 {
		return nil
	}
	ret, ok := d.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 || len(d.Type.Params.List[0].Names) != 1 {
		return nil
	}
	ev.depth++
	defer func() { ev.depth-- }()
	return ev.expr(ret.Results[0], &frame{d.Type.Params.List[0].Names[0].Name, n, fn})
}

// frame is the parameter of the predicate being evaluated.
type frame struct {
	param string
	n     int64
	fn    *types.Func
}

func (ev *evaluator) expr(e ast.Expr, f *frame) constant.Value {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return ev.expr(e.X, f)
	case *ast.BasicLit:
		if e.Kind == token.INT {
			return constant.MakeFromLiteral(e.Value, e.Kind, 0)
		}
	case *ast.Ident:
		if e.Name == f.param {
			return constant.MakeInt64(f.n)
		}
		if c, ok := f.fn.Pkg().Scope().Lookup(e.Name).(*types.Const); ok {
			return known(c.Val())
		}
		if c, ok := types.Universe.Lookup(e.Name).(*types.Const); ok {
			return known(c.Val())
		}
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return constantOf(f.fn.Pkg(), x.Name, e.Sel.Name)
		}
	case *ast.CallExpr:
		return ev.methodCall(e, f)
	case *ast.UnaryExpr:
		if v, ok := boolValue(ev.expr(e.X, f)); ok && e.Op == token.NOT {
			return constant.MakeBool(!v)
		}
	case *ast.BinaryExpr:
		return ev.binary(e, f)
	}
	return nil
}

// constantOf returns the value of name.sel as seen in package pkg.
func constantOf(pkg *types.Package, name, sel string) constant.Value {
	for _, p := range pkg.Imports() {
		if p.Name() != name {
			continue
		}
		if c, ok := p.Scope().Lookup(sel).(*types.Const); ok {
			return known(c.Val())
		}
	}
	return nil
}

func known(v constant.Value) constant.Value {
	if v == nil || v.Kind() == constant.Unknown {
		return nil
	}
	return v
}

// methodCall evaluates t.Method() and l.predicate(t).
func (ev *evaluator) methodCall(e *ast.CallExpr, f *frame) constant.Value {
	sel, ok := e.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	if len(e.Args) == 0 {
		v := ev.typeNumber(sel.X, f)
		if v == nil {
			return nil
		}
		n, exact := constant.Int64Val(v)
		if !exact {
			return nil
		}
		return ev.u.prelude.TypeMethod(n, sel.Sel.Name)
	}
	x, ok := sel.X.(*ast.Ident)
	recv := ev.u.l.decls[f.fn.Pos()].Recv
	if !ok || recv == nil || len(recv.List[0].Names) != 1 || x.Name != recv.List[0].Names[0].Name || len(e.Args) != 1 {
		return nil
	}
	c := ev.u.method(sel.Sel.Name)
	arg := ev.typeNumber(e.Args[0], f)
	if c == nil || arg == nil {
		return nil
	}
	n, _ := constant.Int64Val(arg)
	return ev.call(c.fn, n)
}

// typeNumber evaluates an expression of CLIF type: the parameter, or a method of it that returns a type.
func (ev *evaluator) typeNumber(e ast.Expr, f *frame) constant.Value {
	switch e := e.(type) {
	case *ast.Ident:
		if e.Name == f.param {
			return constant.MakeInt64(f.n)
		}
	case *ast.CallExpr:
		if v := ev.methodCall(e, f); v != nil && v.Kind() == constant.Int {
			return v
		}
	}
	return nil
}

func (ev *evaluator) binary(e *ast.BinaryExpr, f *frame) constant.Value {
	x := ev.expr(e.X, f)
	if v, ok := boolValue(x); ok {
		if e.Op == token.LAND && !v || e.Op == token.LOR && v {
			return x
		}
	}
	y := ev.expr(e.Y, f)
	if x == nil || y == nil || x.Kind() != y.Kind() {
		return nil
	}
	switch e.Op {
	case token.LAND, token.LOR:
		if x.Kind() == constant.Bool {
			return y
		}
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		if x.Kind() == constant.Int || x.Kind() == constant.Bool && (e.Op == token.EQL || e.Op == token.NEQ) {
			return constant.MakeBool(constant.Compare(x, e.Op, y))
		}
	case token.ADD, token.SUB, token.MUL:
		if x.Kind() == constant.Int {
			return constant.BinaryOp(x, e.Op, y)
		}
	}
	return nil
}
