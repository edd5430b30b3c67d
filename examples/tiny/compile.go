package main

import (
	"fmt"

	"davit/engine"
	"davit/frontend"
	"davit/frontend/safepoint"
	"davit/gc"
	"davit/ir"
	"davit/ir/op"
)

// compiler compiles the functions of a program, one after the other.
type compiler struct {
	engine *engine.Engine
	heap   *gc.Heap
	b      *frontend.Builder
	e      *gc.Emitter
	stress bool

	params  map[Symbol]int // how many parameters each function of the program has
	strings map[string]int // see text.go
	lambdas int            // see closure.go
	later   []func()       // functions that are still to be compiled
}

// function is the function under construction. vars are the variables that can be seen where code is being added.
type function struct {
	*compiler
	vars map[Symbol]frontend.Variable
}

func newCompiler(e *engine.Engine, h *gc.Heap, stress bool) *compiler {
	b := frontend.NewBuilder(frontend.Options{Check: true, Safepoints: safepoint.Late})
	return &compiler{engine: e, heap: h, b: b, e: spec.Emitter(b, gc.Pinned(b)), stress: stress,
		params: map[Symbol]int{}, strings: map[string]int{}}
}

// fail ends the compilation with an error; see run.
func fail(line int, format string, args ...any) { panic(&Error{line, fmt.Sprintf(format, args...)}) }

// signature is that of a function of n words that returns a word.
func signature(n int, conv ir.CallConv) ir.Signature {
	s := ir.Signature{Returns: []ir.Param{{Type: op.I64}}, CallConv: conv}
	for range n {
		s.Params = append(s.Params, ir.Param{Type: op.I64})
	}
	return s
}

// build makes a function. body is given the parameters, which are values, and returns from the function.
func (c *compiler) build(name string, params []Symbol, body func(f *function)) {
	f := c.begin(name, signature(len(params), ir.Tail))
	for i, p := range c.b.AppendFuncParams(c.b.CurrentBlock()) {
		f.define(params[i], p)
	}
	if c.stress {
		c.e.Safepoint()
	}
	body(f)
	c.end()
}

// begin starts a function, and end compiles it.
func (c *compiler) begin(name string, s ir.Signature) *function {
	c.b.Reset(ir.NewFunc(ir.FuncName{Name: name}, s))
	c.start(c.b.CreateBlock())
	return &function{c, map[Symbol]frontend.Variable{}}
}

func (c *compiler) end() {
	f := c.b.Func()
	err := c.b.Finalize()
	if err == nil {
		err = c.engine.Add(f)
	}
	if err != nil {
		fail(0, "%v", err)
	}
}

// start goes on in a block to which all branches have been built.
func (c *compiler) start(block ir.Block) {
	c.b.SealBlock(block)
	c.b.SwitchToBlock(block)
}

// define makes a variable, which holds a value from here on.
func (f *function) define(name Symbol, v ir.Value) {
	x := f.b.DeclareVar(op.I64)
	f.b.DeclareVarNeedsStackMap(x)
	f.b.DefVar(x, v)
	f.vars[name] = x
}

// constant is the value of a constant.
func (f *function) constant(w gc.Word) ir.Value { return f.b.Iconst(op.I64, int64(w)) }

// ref declares that a value may be a reference.
func (f *function) ref(v ir.Value) ir.Value {
	f.b.DeclareValueNeedsStackMap(v)
	return v
}

// An atom knows how to compile some expressions that are no lists; ok is false for others.
type atom func(f *function, e Expr) (v ir.Value, ok bool)

var atoms = []atom{
	func(f *function, e Expr) (ir.Value, bool) { // numbers
		n, ok := e.(int64)
		return f.constant(gc.Word(n << 1)), ok
	},
	func(f *function, e Expr) (ir.Value, bool) { // variables and names of constants
		name, _ := e.(Symbol)
		if x, ok := f.vars[name]; ok {
			return f.b.UseVar(x), true
		}
		w, ok := constants[name]
		return f.constant(w), ok
	},
}

// A form is what the first symbol of a list can mean, if not a function of the program.
type form struct {
	args  int // how many there must be; -1 for any number
	value func(f *function, l *List) ir.Value
	// tail, if not nil, is for a list whose value the function returns: it ends the block.
	tail func(f *function, l *List)
}

var forms = map[Symbol]form{}

// value compiles an expression.
func (f *function) value(e Expr) ir.Value {
	if l, ok := e.(*List); ok {
		defer f.b.SetSrcLoc(f.b.SrcLoc())
		f.b.SetSrcLoc(uint32(l.Line))
		if fm, ok := f.form(l); ok {
			return fm.value(f, l)
		}
		return f.call(l)
	}
	for _, a := range atoms {
		if v, ok := a(f, e); ok {
			return v
		}
	}
	fail(int(f.b.SrcLoc()), "unknown variable %v", e)
	return ir.NoValue
}

// values compiles expressions, in order.
func (f *function) values(es []Expr) []ir.Value {
	vs := make([]ir.Value, len(es))
	for i, e := range es {
		vs[i] = f.value(e)
	}
	return vs
}

// tail compiles an expression whose value the function returns.
func (f *function) tail(e Expr) {
	l, ok := e.(*List)
	if ok {
		f.b.SetSrcLoc(uint32(l.Line))
		fm, isForm := f.form(l)
		switch {
		case !isForm:
			f.tailCall(l)
			return
		case fm.tail != nil:
			fm.tail(f, l)
			return
		}
	}
	f.b.Return(f.value(e))
}

// form returns the form that a list is.
func (f *function) form(l *List) (form, bool) {
	if len(l.Items) == 0 {
		fail(l.Line, "() is not an expression")
	}
	name, _ := l.Items[0].(Symbol)
	fm, ok := forms[name]
	if _, isVar := f.vars[name]; isVar {
		return fm, false
	}
	if ok && fm.args >= 0 && fm.args != len(l.Items)-1 {
		fail(l.Line, "%s is given %d operands, it takes %d", name, len(l.Items)-1, fm.args)
	}
	return fm, ok
}
