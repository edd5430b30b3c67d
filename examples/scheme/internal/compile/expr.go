package compile

import (
	"fmt"
	"math/big"

	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/prim"
	"davit/examples/scheme/internal/rt"
	"davit/examples/scheme/internal/syntax"
	"davit/gc"
	"davit/ir"
	"davit/ir/op"
)

// Expressions.
//
// Most are compiled by value, which appends to the current block and returns the value. What branches is compiled by into,
// which also says what becomes of the value: it ends the block.

// cont says what becomes of a value.
type cont struct {
	kind  contKind
	block ir.Block // for contValue, its parameter is the value
}

type contKind uint8

const (
	contTail   contKind = iota // it is returned
	contValue                  // it is passed to a block
	contEffect                 // it is dropped, and a block goes on
)

// deliver ends the block with a value.
func (f *fn) deliver(v ir.Value, k *cont) {
	switch k.kind {
	case contTail:
		f.b.Return(v)
	case contValue:
		f.b.Jump(k.block, v)
	case contEffect:
		f.b.Jump(k.block)
	}
}

// value compiles an expression for its value.
func (f *fn) value(e ast.Expr) ir.Value {
	switch e := e.(type) {
	case *ast.Const:
		return f.constant(e)
	case *ast.Ref:
		return f.varValue(e.Var)
	case *ast.GlobalRef:
		return f.globalRef(e)
	case *ast.Lambda:
		return f.closure(e)
	case *ast.Prim:
		return f.prim(e)
	case *ast.Call:
		return f.call(e)
	case *ast.Set:
		f.setVar(e.Var, f.value(e.Value))
		return f.misc(rt.Unspecified)
	case *ast.GlobalSet:
		f.globalSet(e)
		return f.misc(rt.Unspecified)
	case *ast.Begin:
		for _, x := range e.Exprs[:len(e.Exprs)-1] {
			f.effect(x)
		}
		return f.value(e.Exprs[len(e.Exprs)-1])
	case *ast.Let:
		f.let(e)
		return f.value(e.Body)
	case *ast.Fix:
		if !hasLoops(e) {
			f.fix(e)
			return f.value(e.Body)
		}
	}
	join := f.b.CreateBlock()
	v := f.b.AppendBlockParam(join, op.I64)
	f.b.DeclareValueNeedsStackMap(v)
	mark := f.facts.mark()
	f.into(e, &cont{contValue, join})
	f.facts.forget(mark)
	f.start(join)
	return v
}

// effect compiles an expression for its effect.
func (f *fn) effect(e ast.Expr) {
	switch x := e.(type) {
	case *ast.Const, *ast.Lambda:
		return
	case *ast.If, *ast.Fix:
		done := f.b.CreateBlock()
		mark := f.facts.mark()
		f.into(e, &cont{contEffect, done})
		f.facts.forget(mark)
		f.start(done)
		return
	case *ast.Begin:
		for _, s := range x.Exprs {
			f.effect(s)
		}
		return
	case *ast.Let:
		f.let(x)
		f.effect(x.Body)
		return
	}
	f.value(e)
}

// into compiles an expression whose value goes to k.
func (f *fn) into(e ast.Expr, k *cont) {
	switch e := e.(type) {
	case *ast.If:
		f.choice(e, k)
		return
	case *ast.Begin:
		for _, x := range e.Exprs[:len(e.Exprs)-1] {
			f.effect(x)
		}
		f.into(e.Exprs[len(e.Exprs)-1], k)
		return
	case *ast.Let:
		f.let(e)
		f.into(e.Body, k)
		return
	case *ast.Fix:
		f.fixInto(e, k)
		return
	case *ast.Call:
		if f.jump(e) || k.kind == contTail && f.tailCall(e) {
			return
		}
	case *ast.Prim:
		if k.kind == contTail && e.P.Name == "%call" {
			f.b.ReturnCall(f.helper("call", len(e.Args), callHelper), f.values(e.Args)...)
			return
		}
	}
	if k.kind == contEffect {
		f.effect(e)
		f.b.Jump(k.block)
		return
	}
	f.deliver(f.value(e), k)
}

func (f *fn) choice(e *ast.If, k *cont) {
	yes, no := f.b.CreateBlock(), f.b.CreateBlock()
	mark := f.facts.mark()
	l := f.test(e.Test, yes, no)
	after := f.facts.mark()
	f.start(yes)
	l.apply(f, true)
	f.into(e.Then, k)
	f.facts.forget(after)
	f.start(no)
	l.apply(f, false)
	f.into(e.Else, k)
	f.facts.forget(mark)
}

// lesson is what a test teaches about a value.
type lesson struct {
	v   ir.Value
	yes fact
	any bool
}

func (l *lesson) apply(f *fn, yes bool) {
	if l != nil && l.any && yes {
		f.facts.learn(l.v, l.yes)
	}
}

// test compiles an expression that decides between two blocks. The result says what holds in yes, if only the test leads
// there.
func (f *fn) test(e ast.Expr, yes, no ir.Block) *lesson {
	switch e := e.(type) {
	case *ast.Const:
		if e.Value == false {
			f.b.Jump(no)
		} else {
			f.b.Jump(yes)
		}
		return nil
	case *ast.Prim:
		if t, ok := tests[e.P.Name]; ok {
			f.at(e.Loc)
			return t(f, e, yes, no)
		}
	case *ast.If:
		a, b := f.b.CreateBlock(), f.b.CreateBlock()
		mark := f.facts.mark()
		l := f.test(e.Test, a, b)
		after := f.facts.mark()
		f.start(a)
		l.apply(f, true)
		f.test(e.Then, yes, no)
		f.facts.forget(after)
		f.start(b)
		f.test(e.Else, yes, no)
		f.facts.forget(mark)
		return nil
	case *ast.Begin:
		for _, x := range e.Exprs[:len(e.Exprs)-1] {
			f.effect(x)
		}
		return f.test(e.Exprs[len(e.Exprs)-1], yes, no)
	case *ast.Let:
		f.let(e)
		return f.test(e.Body, yes, no)
	}
	v := f.value(e)
	switch f.facts.of(v).typ {
	case prim.Any, prim.Bool:
		f.b.Brif(f.b.IcmpImm(op.Ne, v, int64(rt.False)), yes, nil, no, nil)
	default:
		f.b.Jump(yes)
	}
	return nil
}

// let binds the variables of a Let.
func (f *fn) let(e *ast.Let) {
	vals := make([]ir.Value, len(e.Vars))
	for i, x := range e.Inits {
		if e.Vars[i].Refs == 0 && !e.Vars[i].Assigned {
			f.effect(x)
			continue
		}
		vals[i] = f.value(x)
	}
	for i, v := range e.Vars {
		if v.Refs > 0 || v.Assigned {
			f.bind(v, vals[i])
		}
	}
}

// at gives the code that follows a place in the program.
func (f *fn) at(loc syntax.Loc) {
	if loc != syntax.NoLoc {
		f.b.SetSrcLoc(uint32(loc))
	}
}

// misc makes a value without memory.
func (f *fn) misc(w gc.Word) ir.Value {
	v := f.b.Iconst(op.I64, int64(w))
	t := prim.Any
	switch w {
	case rt.True, rt.False:
		t = prim.Bool
	case rt.Nil, rt.Unspecified, rt.Undefined, rt.EOF, rt.Absent:
		t = prim.Nil
	}
	f.facts.learn(v, fact{typ: t})
	return v
}

func (f *fn) fixnum(n int64) ir.Value {
	v := f.b.Iconst(op.I64, int64(rt.Fix(n)))
	f.facts.learn(v, fact{typ: prim.Fixnum, num: n, isNum: true})
	return v
}

// root loads a root word.
func (f *fn) root(i int) ir.Value {
	v := f.b.Load(op.I64, ir.TrustedMem, f.e.Context(), gc.RootOffset(i))
	f.b.DeclareValueNeedsStackMap(v)
	return v
}

// constant makes a constant.
func (f *fn) constant(c *ast.Const) ir.Value {
	switch d := c.Value.(type) {
	case int64:
		return f.fixnum(d)
	case bool:
		return f.misc(rt.Bool(d))
	case syntax.Nil:
		return f.misc(rt.Nil)
	case syntax.Unspecified:
		return f.misc(rt.Unspecified)
	case syntax.EOF:
		return f.misc(rt.EOF)
	case syntax.Char:
		v := f.b.Iconst(op.I64, int64(rt.Char(rune(d))))
		f.facts.learn(v, fact{typ: prim.Char})
		return v
	case syntax.Symbol:
		return f.symbol(string(d))
	}
	i, err := f.constRoot(c)
	if err != nil {
		f.fail(err)
		return f.misc(rt.Unspecified)
	}
	v := f.root(i)
	f.facts.learn(v, constFact(c.Value))
	return v
}

// constFact says what a constant is.
func constFact(d syntax.Datum) fact {
	lay := gc.LayoutID(0)
	switch d.(type) {
	case *syntax.Pair:
		return fact{typ: prim.Pair}
	case float64:
		lay = rt.LayFlonum
	case *big.Int:
		lay = rt.LayBignum
	case syntax.String:
		lay = rt.LayString
	case *syntax.Vector:
		lay = rt.LayVector
	case *syntax.Bytes:
		lay = rt.LayBytes
	default:
		return fact{}
	}
	return fact{typ: prim.Object, layout: lay, has: true}
}

// constRoot returns the root word of a constant.
func (c *Compiler) constRoot(k *ast.Const) (int, error) {
	if i, ok := c.consts[k]; ok {
		return i, nil
	}
	i, err := c.datumRoot(k.Value)
	if err == nil {
		c.consts[k] = i
	}
	return i, err
}

func (c *Compiler) datumRoot(d syntax.Datum) (int, error) {
	if err := c.m.Heap.Enter(); err != nil {
		return 0, err
	}
	defer c.m.Heap.Leave()
	w, err := c.m.Datum(d)
	if err != nil {
		return 0, err
	}
	i, err := c.m.Heap.AddRoot(w)
	if err != nil {
		return 0, fmt.Errorf("the program has too many constants and global variables: %w", err)
	}
	return i, nil
}

// symbol makes a symbol.
func (f *fn) symbol(name string) ir.Value {
	i, ok := f.symbols[syntax.Symbol(name)]
	if !ok {
		var err error
		if i, err = f.datumRoot(syntax.Symbol(name)); err != nil {
			f.fail(err)
			return f.misc(rt.Unspecified)
		}
		f.symbols[syntax.Symbol(name)] = i
	}
	return f.object(f.root(i), rt.LaySymbol)
}

// object notes that v is an object of a layout.
func (f *fn) object(v ir.Value, id gc.LayoutID) ir.Value {
	f.facts.learn(v, fact{typ: prim.Object, layout: id, has: true})
	return v
}

// globalRef reads a global variable.
func (f *fn) globalRef(e *ast.GlobalRef) ir.Value {
	slot, err := f.slot(e.Global)
	if err != nil {
		f.fail(err)
		return f.misc(rt.Unspecified)
	}
	v := f.root(slot)
	switch {
	case e.Global.Fn != nil:
		f.facts.learn(v, fact{typ: prim.Procedure})
	case !e.Global.Library:
		f.at(e.Loc)
		f.orFail(f.b.IcmpImm(op.Eq, v, int64(rt.Undefined)), func() { f.host("undefined", f.symbol(e.Global.Name)) })
	}
	return v
}

// globalSet assigns or defines a global variable.
func (f *fn) globalSet(e *ast.GlobalSet) {
	slot, err := f.slot(e.Global)
	if err != nil {
		f.fail(err)
		return
	}
	if e.Global.Fn != nil {
		f.redefined = append(f.redefined, e.Global)
	}
	v := f.value(e.Value)
	if !e.Define && !e.Global.Library {
		f.at(e.Loc)
		f.orFail(f.b.IcmpImm(op.Eq, f.root(slot), int64(rt.Undefined)), func() { f.host("undefined", f.symbol(e.Global.Name)) })
	}
	f.b.Store(ir.TrustedMem, v, f.e.Context(), gc.RootOffset(slot))
}
