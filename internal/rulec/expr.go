package rulec

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

type exprKind uint8

const (
	exprTerm   exprKind = iota // something of the left side
	exprLocal                  // bound by let
	exprText                   // Go source: constant, variable, literal, the receiver
	exprCall                   // text(args…)
	exprMethod                 // args[0].text(args[1:]…)
	exprField                  // args[0].text
	exprConv                   // text(args[0])
	exprBinary                 // args[0] text args[1]
	exprUnary                  // text args[0]
)

// expr is a checked expression.
type expr struct {
	kind    exprKind
	text    string
	args    []*expr
	term    *term
	local   *local
	results []types.Type   // of a call that can fail: without the bool
	val     constant.Value // of a constant, if known
	pure    bool
	partial bool // a call that can fail
	fn      string
	pos     Pos
}

// typ returns the type of an expression with one result.
func (e *expr) typ() types.Type { return e.results[0] }

// local is a variable bound by let, or a result of the right side.
type local struct {
	name string // as written; "" if not
	typ  types.Type
	used bool
	pos  Pos
	id   term // its address identifies the variable among those of generated code
}

func (l *local) term() *term { return &l.id }

// key identifies the value of a pure expression: expressions with equal keys are equal.
func (e *expr) key() string {
	switch e.kind {
	case exprTerm:
		return e.term.key
	case exprText:
		if e.val != nil {
			return e.val.ExactString()
		}
		return e.text
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%c%s(", "?LTcmfvbu"[e.kind], e.text)
	for i, a := range e.args {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(a.key())
	}
	b.WriteByte(')')
	return b.String()
}

// callee is something that can be called.
type callee struct {
	name string // as in messages
	text string // Go
	kind exprKind
	fn   *types.Func
	sig  *types.Signature
	recv *expr // exprMethod: the value
	pure bool
}

// method returns the method of the receiver of the given name, or nil.
func (u *unit) method(name string) *callee {
	obj, _, _ := types.LookupFieldOrMethod(u.recv, true, u.host.types, name)
	fn, ok := obj.(*types.Func)
	if !ok {
		return nil
	}
	c := &callee{name: name, text: u.recvName + "." + name, kind: exprCall, fn: fn, sig: fn.Signature()}
	c.pure = u.isPure(fn, name)
	return c
}

// isPure reports whether fn, called name in rules, may be called on the left side.
func (u *unit) isPure(fn *types.Func, name string) bool {
	res := fn.Signature().Results()
	if u.pure[name] || u.l.markedPure(fn) {
		return true
	}
	return res.Len() > 0 && isBool(res.At(res.Len()-1).Type())
}

// canFail reports whether a function with this signature can fail: several results, the last a bool.
func canFail(sig *types.Signature) bool {
	n := sig.Results().Len()
	return n >= 2 && isBool(sig.Results().At(n-1).Type())
}

// qualified resolves pkg.Name; nil after reporting an error.
func (u *unit) qualified(pos Pos, text string) types.Object {
	pkgName, name, _ := strings.Cut(text, ".")
	path := u.imports[pkgName]
	if path == "" {
		u.errorf(pos, "undefined: package %s in %s; packages are those that the Go files import and (import \"path\")", pkgName, text)
		return nil
	}
	pkg, _ := u.l.Import(path)
	obj := pkg.Scope().Lookup(name)
	if obj == nil || !obj.Exported() {
		u.errorf(pos, "undefined: %s%s", text, u.hint())
		return nil
	}
	return obj
}

// plain resolves an unqualified Go name of the package or the language, or returns nil.
func (u *unit) plain(name string) types.Object {
	if obj := u.host.types.Scope().Lookup(name); obj != nil {
		return obj
	}
	return types.Universe.Lookup(name)
}

// objectExpr makes an expression of a Go constant or variable; nil after reporting an error.
func (u *unit) objectExpr(pos Pos, text string, obj types.Object) *expr {
	switch obj := obj.(type) {
	case *types.Const:
		e := &expr{kind: exprText, text: text, results: []types.Type{obj.Type()}, pure: true, pos: pos}
		if v := obj.Val(); v != nil && v.Kind() != constant.Unknown {
			e.val = v
		}
		return e
	case *types.Var:
		return &expr{kind: exprText, text: text, results: []types.Type{obj.Type()}, pure: true, pos: pos}
	case *types.Nil:
		return &expr{kind: exprText, text: text, results: []types.Type{obj.Type()}, pure: true, pos: pos}
	}
	u.errorf(pos, "%s is no Go constant or variable", text)
	return nil
}

// scope resolves the variables of a rule.
type scope interface {
	// variable returns the expression that name stands for, or nil.
	variable(pos Pos, name string) *expr
}

// exprs checks expressions in a scope. On the left side, guard is called for each call that can fail.
type exprs struct {
	u     *unit
	scope scope
	left  bool
	// fail turns a call that can fail into its results; nil on the right side.
	fail func(call *expr) []*expr
}

// single checks an expression that must have one result; nil after an error.
func (x *exprs) single(s *sexpr) *expr {
	e := x.expr(s)
	if e == nil {
		return nil
	}
	if e.partial {
		if len(e.results) == 1 && x.left {
			return x.fail(e)[0]
		}
		if x.left {
			x.u.errorf(s.pos, "%s has %s besides its bool, expected one; use if-let", s.describe(), count(len(e.results), "result"))
			return nil
		}
	}
	if len(e.results) != 1 {
		x.u.errorf(s.pos, "%s has %s, expected one", s.describe(), count(len(e.results), "result"))
		return nil
	}
	return e
}

// expr checks an expression of any number of results; nil after an error.
func (x *exprs) expr(s *sexpr) *expr {
	switch s.kind {
	case intNode:
		return &expr{kind: exprText, text: s.text, results: []types.Type{types.Typ[types.UntypedInt]}, val: constant.Make(s.num), pure: true, pos: s.pos}
	case stringNode:
		return &expr{kind: exprText, text: strconv.Quote(s.text), results: []types.Type{types.Typ[types.UntypedString]}, val: constant.MakeString(s.text), pure: true, pos: s.pos}
	case symbolNode:
		return x.atom(s)
	case bindNode:
		x.u.errorf(s.pos, "found %s, expected an expression: @ belongs into patterns", s.describe())
		return nil
	}
	if len(s.list) == 0 || s.list[0].kind != symbolNode {
		x.u.errorf(s.pos, "found %s, expected an expression", s.describe())
		return nil
	}
	switch h := s.head(); {
	case h == "let" || h == "values":
		x.u.errorf(s.pos, "%s may only stand at the top of the right side or last in a let", h)
		return nil
	case operators[h] != 0:
		return x.operator(s)
	}
	return x.call(s)
}

// atom checks a symbol.
func (x *exprs) atom(s *sexpr) *expr {
	if e := x.scope.variable(s.pos, s.text); e != nil {
		return e
	}
	if strings.Contains(s.text, ".") {
		if obj := x.u.qualified(s.pos, s.text); obj != nil {
			return x.u.objectExpr(s.pos, s.text, obj)
		}
		return nil
	}
	if s.text == x.u.recvName {
		return &expr{kind: exprText, text: s.text, results: []types.Type{x.u.recv}, pure: true, pos: s.pos}
	}
	if obj := x.u.plain(s.text); obj != nil {
		return x.u.objectExpr(s.pos, s.text, obj)
	}
	x.u.errorf(s.pos, "unbound variable %s", s.text)
	return nil
}

type operandRule uint8

const (
	arithmetic operandRule = iota + 1 // operands and result of one numeric type
	shift                             // the second operand of any integer type
	comparison                        // operands of one type, result bool
	logical                           // bool
)

// operators lists Go's operators by the form of their operands. Division is left out: it can panic.
var operators = map[string]operandRule{
	"+": arithmetic, "-": arithmetic, "*": arithmetic, "&": arithmetic, "|": arithmetic, "^": arithmetic, "&^": arithmetic,
	"<<": shift, ">>": shift,
	"==": comparison, "!=": comparison, "<": comparison, "<=": comparison, ">": comparison, ">=": comparison,
	"&&": logical, "||": logical, "!": logical,
}

func (x *exprs) operator(s *sexpr) *expr {
	name, args := s.head(), s.list[1:]
	unary := len(args) == 1 && (name == "!" || name == "-" || name == "^")
	if !unary && (len(args) != 2 || name == "!") {
		x.u.errorf(s.pos, "operator %s has %s", name, count(len(args), "operand"))
		return nil
	}
	e := &expr{kind: exprBinary, text: name, pure: true, pos: s.pos}
	for _, a := range args {
		o := x.single(a)
		if o == nil {
			return nil
		}
		e.args = append(e.args, o)
		e.pure = e.pure && o.pure
	}
	t, ok := x.u.operandType(e.args, operators[name])
	if !ok {
		x.u.errorf(s.pos, "operator %s does not take operands of type %s", name, x.typeList(e.args))
		return nil
	}
	if unary {
		e.kind = exprUnary
	}
	e.results = []types.Type{t}
	if operators[name] == comparison {
		e.results[0] = types.Typ[types.Bool]
	}
	return e
}

// operandType returns the common type of the operands of an operator.
func (u *unit) operandType(args []*expr, rule operandRule) (types.Type, bool) {
	t := args[0].typ()
	if isUntyped(t) && len(args) == 2 && rule != shift {
		t = args[1].typ()
	}
	for i, a := range args {
		if rule == shift && i == 1 {
			if !hasInfo(a.typ(), types.IsInteger) {
				return nil, false
			}
			continue
		}
		if !u.representable(a, t) && !types.Identical(a.typ(), t) && !isInvalid(a.typ()) && !isInvalid(t) {
			return nil, false
		}
	}
	switch rule {
	case arithmetic:
		return t, hasInfo(t, types.IsNumeric)
	case shift:
		return t, hasInfo(t, types.IsInteger)
	case logical:
		return t, isBool(t) || isInvalid(t)
	}
	return t, isInvalid(t) || types.Comparable(t)
}

func hasInfo(t types.Type, info types.BasicInfo) bool {
	b, ok := t.Underlying().(*types.Basic)
	return isInvalid(t) || ok && b.Info()&info != 0
}

func isUntyped(t types.Type) bool {
	b, ok := t.(*types.Basic)
	return ok && b.Info()&types.IsUntyped != 0
}

func (x *exprs) typeList(args []*expr) string {
	var l []string
	for _, a := range args {
		l = append(l, x.u.typeString(a.typ()))
	}
	return strings.Join(l, " and ")
}

// representable reports whether e is an untyped constant that type t can represent. Handles of values and instructions
// are numbers in Go, but not in rules.
func (u *unit) representable(e *expr, t types.Type) bool {
	if !isUntyped(e.typ()) || types.Identical(t, u.valueType) || types.Identical(t, u.instType) {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	if !ok || e.val == nil {
		return types.AssignableTo(e.typ(), t)
	}
	switch {
	case b.Info()&types.IsInteger != 0:
		v := constant.ToInt(e.val)
		return v.Kind() == constant.Int && fitsInteger(v, b)
	case b.Info()&(types.IsFloat|types.IsComplex) != 0:
		return e.val.Kind() == constant.Int || e.val.Kind() == constant.Float
	case b.Info()&types.IsString != 0:
		return e.val.Kind() == constant.String
	case b.Info()&types.IsBoolean != 0:
		return e.val.Kind() == constant.Bool
	}
	return false
}

var sizes = types.SizesFor("gc", "amd64")

// fitsInteger reports whether the integer v lies in the range of type b.
func fitsInteger(v constant.Value, b *types.Basic) bool {
	if b.Info()&types.IsUntyped != 0 {
		return true
	}
	bits := uint(sizes.Sizeof(b)) * 8
	lo, hi := constant.MakeInt64(0), constant.Shift(constant.MakeInt64(1), token.SHL, bits)
	if b.Info()&types.IsUnsigned == 0 {
		hi = constant.Shift(constant.MakeInt64(1), token.SHL, bits-1)
		lo = constant.UnaryOp(token.SUB, hi, 0)
	}
	return constant.Compare(v, token.GEQ, lo) && constant.Compare(v, token.LSS, hi)
}

// call checks (HEAD E …).
func (x *exprs) call(s *sexpr) *expr {
	h := s.head()
	if strings.HasPrefix(h, ".") {
		return x.dotCall(s)
	}
	var c *callee
	if strings.Contains(h, ".") {
		obj := x.u.qualified(s.list[0].pos, h)
		if obj == nil {
			return nil
		}
		c = x.u.function(h, obj)
		if tn, ok := obj.(*types.TypeName); ok {
			return x.conversion(s, tn)
		}
	} else if c = x.u.method(h); c == nil {
		obj := x.u.plain(h)
		if tn, ok := obj.(*types.TypeName); ok {
			return x.conversion(s, tn)
		}
		if obj != nil {
			c = x.u.function(h, obj)
		}
	}
	if c == nil {
		x.u.errorf(s.list[0].pos, "undefined: %s is no method of %s and no function or type of package %s%s", h,
			x.u.recvTypeName, x.u.host.types.Name(), x.u.hint())
		return nil
	}
	args := make([]*expr, 0, len(s.list))
	for _, a := range s.list[1:] {
		e := x.single(a)
		if e == nil {
			return nil
		}
		args = append(args, e)
	}
	return x.apply(s.pos, c, args)
}

// function returns the callee for a package-level function, or nil.
func (u *unit) function(text string, obj types.Object) *callee {
	fn, ok := obj.(*types.Func)
	if !ok {
		return nil
	}
	return &callee{name: text, text: text, kind: exprCall, fn: fn, sig: fn.Signature(), pure: u.isPure(fn, text)}
}

// conversion checks (TYPE E).
func (x *exprs) conversion(s *sexpr, tn *types.TypeName) *expr {
	if len(s.list) != 2 {
		x.u.errorf(s.pos, "conversion to %s has %s, expected one", s.head(), count(len(s.list)-1, "operand"))
		return nil
	}
	a := x.single(s.list[1])
	if a == nil {
		return nil
	}
	if t := tn.Type(); !isInvalid(t) && !isInvalid(a.typ()) && !types.ConvertibleTo(a.typ(), t) ||
		isUntyped(a.typ()) && a.val != nil && !x.u.representable(a, tn.Type()) {
		x.u.errorf(s.pos, "cannot convert %s of type %s to %s", s.list[1].describe(), x.u.typeString(a.typ()), s.head())
		return nil
	}
	return &expr{kind: exprConv, text: s.head(), args: []*expr{a}, results: []types.Type{tn.Type()}, pure: a.pure, pos: s.pos}
}

// dotCall checks (.Name E0 E …).
func (x *exprs) dotCall(s *sexpr) *expr {
	name := s.head()[1:]
	if len(s.list) < 2 || !isIdent(name) {
		x.u.errorf(s.pos, "found %s, expected (.Name VALUE OPERAND...)", s.describe())
		return nil
	}
	v := x.single(s.list[1])
	if v == nil {
		return nil
	}
	if isInvalid(v.typ()) {
		x.u.errorf(s.list[1].pos, "the type of %s is not known%s", s.list[1].describe(), x.u.hint())
		return nil
	}
	obj, _, _ := types.LookupFieldOrMethod(v.typ(), true, x.u.host.types, name)
	switch obj := obj.(type) {
	case *types.Var:
		if len(s.list) > 2 {
			x.u.errorf(s.pos, "field %s takes no operands", name)
			return nil
		}
		return &expr{kind: exprField, text: name, args: []*expr{v}, results: []types.Type{obj.Type()}, pure: v.pure, pos: s.pos}
	case *types.Func:
		c := &callee{name: "." + name, text: name, kind: exprMethod, fn: obj, sig: obj.Signature(), recv: v}
		_, pointer := types.Unalias(obj.Signature().Recv().Type()).(*types.Pointer)
		c.pure = v.pure && (!pointer || x.u.isPure(obj, c.name))
		var args []*expr
		for _, a := range s.list[2:] {
			e := x.single(a)
			if e == nil {
				return nil
			}
			args = append(args, e)
		}
		return x.apply(s.pos, c, args)
	}
	x.u.errorf(s.list[0].pos, "%s has no field or method %s", x.u.typeString(v.typ()), name)
	return nil
}

// apply checks the call of c with args and puts in conversions.
func (x *exprs) apply(pos Pos, c *callee, args []*expr) *expr {
	sig := c.sig
	if sig.TypeParams().Len() > 0 {
		x.u.errorf(pos, "%s is generic, which rules cannot call", c.name)
		return nil
	}
	if x.left && !c.pure {
		x.u.errorf(pos, "%s is not known to be pure, and guards must be; mark it with %s or (pure %s)", c.name, pureMark, c.name)
		return nil
	}
	n := sig.Params().Len()
	if !sig.Variadic() && len(args) != n || len(args) < n-1 {
		x.u.errorf(pos, "%s has %s, expected %s", c.name, count(len(args), "operand"), x.u.typeString(sig.Params()))
		return nil
	}
	e := &expr{kind: c.kind, text: c.text, pure: c.pure, fn: c.name, pos: pos}
	if c.recv != nil {
		e.args = append(e.args, c.recv)
	}
	for i, a := range args {
		want := paramType(sig, i)
		got := x.u.adapt(a, want, x.left)
		if got == nil {
			x.u.errorf(a.pos, "operand %d of %s has type %s, expected %s", i+1, c.name, x.u.typeString(a.typ()), x.u.typeString(want))
			return nil
		}
		e.pure = e.pure && got.pure
		e.args = append(e.args, got)
	}
	for i := range sig.Results().Len() {
		e.results = append(e.results, sig.Results().At(i).Type())
	}
	if canFail(sig) {
		e.partial = true
		e.results = e.results[:len(e.results)-1]
	}
	if !x.left && e.partial {
		x.u.errorf(pos, "%s can fail, which the right side must not; use (if-let ... (%s ...))", c.name, c.name)
		return nil
	}
	return e
}

// paramType returns the type that argument i of a call must have.
func paramType(sig *types.Signature, i int) types.Type {
	if n := sig.Params().Len(); sig.Variadic() && i >= n-1 {
		return sig.Params().At(n - 1).Type().(*types.Slice).Elem()
	}
	return sig.Params().At(i).Type()
}

// adapt returns e as something assignable to type want, with a conversion if there is one; else nil.
func (u *unit) adapt(e *expr, want types.Type, pureOnly bool) *expr {
	if isUntyped(e.typ()) && e.val != nil {
		if _, ok := want.Underlying().(*types.Interface); !ok {
			if u.representable(e, want) || isInvalid(want) {
				return e
			}
			return nil
		}
	}
	if compatible(e.typ(), want) {
		return e
	}
	for _, c := range u.conversions {
		if types.Identical(c.from, e.typ()) && types.AssignableTo(c.to, want) && (c.pure || !pureOnly) {
			return &expr{
				kind: exprCall, text: u.recvName + "." + c.name, args: []*expr{e}, results: []types.Type{c.to},
				pure: c.pure && e.pure, fn: c.name, pos: e.pos,
			}
		}
	}
	return nil
}
