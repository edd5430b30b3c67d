package compile

import (
	"davit/examples/scheme/internal/analyze"
	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/prim"
	"davit/examples/scheme/internal/rt"
	"davit/ir"
	"davit/ir/op"
)

// target is a procedure that a call knows.
type target struct {
	l      *ast.Lambda
	symbol string
	v      *ast.Var // its variable, nil for global procedures
}

// target returns the procedure of a call, if it is known and takes the arguments.
func (f *fn) target(e *ast.Call) (t target, ok bool) {
	switch fn := e.Fn.(type) {
	case *ast.Ref:
		t = target{fn.Var.Fn, "", fn.Var}
	case *ast.GlobalRef:
		t = target{fn.Global.Fn, fn.Global.Symbol, nil}
		if !fn.Global.Fixed {
			t.symbol = forwardPrefix + t.symbol
		}
	}
	if t.l == nil || !analyze.Fits(t.l, len(e.Args)) {
		return t, false
	}
	if t.v != nil {
		t.symbol = t.l.Symbol
	}
	return t, true
}

// jump compiles a call of a loop: its parameters get new values. ok is false if the call is no such.
func (f *fn) jump(e *ast.Call) (ok bool) {
	t, ok := f.target(e)
	if !ok || !t.l.Loop {
		return false
	}
	args := f.args(t.l, e.Args)
	f.assignParams(t.l, args)
	f.b.Jump(f.loops[t.l])
	return true
}

// assignParams gives the parameters of a loop their values.
func (f *fn) assignParams(l *ast.Lambda, args []ir.Value) {
	set := func(v *ast.Var, x ir.Value) {
		if v.Boxed {
			x = f.object(f.e.New(rt.LayBox, rt.TagObject, x), rt.LayBox)
		}
		f.b.DefVar(f.vars[v], x)
	}
	for i, v := range l.Params {
		set(v, args[i])
	}
	if l.Rest != nil {
		set(l.Rest, args[len(l.Params)])
	}
}

// args compiles the arguments for direct code: those beyond the parameters become a list.
func (f *fn) args(l *ast.Lambda, exprs []ast.Expr) []ir.Value {
	vals := f.values(exprs)
	if l.Rest == nil {
		return vals
	}
	n := len(l.Params)
	return append(vals[:n:n], f.list(vals[n:]))
}

func (f *fn) values(exprs []ast.Expr) []ir.Value {
	vals := make([]ir.Value, len(exprs), len(exprs)+numRegs)
	for i, x := range exprs {
		vals[i] = f.value(x)
	}
	return vals
}

// list makes a new list.
func (f *fn) list(vals []ir.Value) ir.Value {
	if len(vals) == 0 {
		return f.misc(rt.Nil)
	}
	const size = 24
	if len(vals) > 100 {
		return f.cons(vals[0], f.list(vals[1:]))
	}
	a := f.e.Alloc(size * len(vals))
	tail := f.misc(rt.Nil)
	for i := len(vals) - 1; i >= 0; i-- {
		tail = f.e.Init(a, int32(size*i), rt.LayPair, 0, rt.TagPair, vals[i], tail)
	}
	f.facts.learn(tail, fact{typ: prim.Pair})
	return tail
}

func (f *fn) cons(a, d ir.Value) ir.Value {
	v := f.e.New(rt.LayPair, rt.TagPair, a, d)
	f.facts.learn(v, fact{typ: prim.Pair})
	return v
}

// direct prepares a call of known code: the function and all arguments.
func (f *fn) direct(t target, e *ast.Call) (ir.FuncRef, []ir.Value) {
	args := f.args(t.l, e.Args)
	switch {
	case needsClosure(t.l):
		args = append(args, f.ref(t.v))
	case !t.l.Escapes:
		for _, v := range t.l.Free {
			args = append(args, f.ref(v))
		}
	}
	return f.importTail(t.symbol, len(args)), args
}

// call compiles a call for its value.
func (f *fn) call(e *ast.Call) ir.Value {
	if t, ok := f.target(e); ok {
		fn, args := f.direct(t, e)
		f.at(e.Loc)
		return f.result(f.b.Call(fn, args...))
	}
	code, args := f.generic(e)
	return f.result(f.b.CallIndirect(f.b.ImportSignature(genericSig()), code, args...))
}

// tailCall compiles a call in tail position. Procedures that report errors are called, so that the place is known.
func (f *fn) tailCall(e *ast.Call) bool {
	if g, ok := e.Fn.(*ast.GlobalRef); ok && g.Global.Library && reporters[g.Global.Name] {
		return false
	}
	if t, ok := f.target(e); ok {
		fn, args := f.direct(t, e)
		f.b.ReturnCall(fn, args...)
		return true
	}
	code, args := f.generic(e)
	f.b.ReturnCallIndirect(f.b.ImportSignature(genericSig()), code, args...)
	return true
}

// reporters are library procedures whose callers should show in backtraces.
var reporters = map[string]bool{"error": true, "raise": true, "raise-continuable": true, "exit": true}

// result is the value of a call.
func (f *fn) result(call ir.Inst) ir.Value {
	v := f.b.Result(call)
	f.b.DeclareValueNeedsStackMap(v)
	return v
}

// generic prepares a call of a procedure of which nothing is known.
func (f *fn) generic(e *ast.Call) (code ir.Value, args []ir.Value) {
	fn := f.value(e.Fn)
	vals := f.values(e.Args)
	n := len(vals)
	f.at(e.Loc)
	if n > numRegs {
		vals = append(vals[:numRegs-1:numRegs-1], f.list(vals[numRegs-1:]))
	}
	return f.genericCode(fn), f.genericArgs(vals, fn, f.b.Iconst(op.I64, int64(n)))
}

// genericArgs completes the arguments of generic code.
func (f *fn) genericArgs(vals []ir.Value, fn, argc ir.Value) []ir.Value {
	for len(vals) < numRegs {
		vals = append(vals, f.b.Iconst(op.I64, 0))
	}
	return append(vals, fn, argc)
}

// genericCode checks that a value is a procedure and returns the address of its generic code.
func (f *fn) genericCode(fn ir.Value) ir.Value {
	if f.facts.of(fn).typ != prim.Procedure {
		f.orFail(f.hasTag(fn, rt.TagProc), func() { f.host("not-a-procedure", fn) })
		f.facts.learn(fn, fact{typ: prim.Procedure})
	}
	return f.e.Load(fn, rt.TagProc, 0)
}

// hasTag is 0 if a value has a tag.
func (f *fn) hasTag(v ir.Value, tag int64) ir.Value {
	return f.b.BandImm(f.b.IaddImm(v, -tag), rt.TagMask)
}
