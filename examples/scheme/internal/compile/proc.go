package compile

import (
	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/prim"
	"davit/examples/scheme/internal/rt"
	"davit/frontend"
	"davit/ir"
	"davit/ir/op"
)

// How procedures are called.
//
// A call that knows the procedure goes to its direct code: it is given the arguments, the list of further arguments if there
// is a rest parameter, and what stands for the free variables: the closure if the procedure has one, else the variables
// themselves. A call that knows nothing goes by the address in the closure to the generic code, which takes
//
//	(a0, a1, a2, a3, closure, number of arguments)
//
// Further arguments are in a list, which nobody else has: a3 then is the list of all from the fourth on. Arguments that
// there are not are 0. Both kinds of code keep to the tail convention, so that calls in tail position are jumps.
const (
	genericPrefix = "any "
	numRegs       = 4
)

// genericSig is the signature of generic code.
func genericSig() ir.Signature { return wordSig(numRegs+2, ir.Tail) }

// needsClosure reports whether the direct code of a procedure is given its closure.
func needsClosure(l *ast.Lambda) bool { return l.Escapes && len(l.Free) > 0 }

// directArgs is the number of words that direct code is given.
func directArgs(l *ast.Lambda) int {
	n := len(l.Params)
	if l.Rest != nil {
		n++
	}
	switch {
	case needsClosure(l):
		n++
	case !l.Escapes:
		n += len(l.Free)
	}
	return n
}

// fn is the state of the code under construction.
type fn struct {
	*Compiler
	lambda *ast.Lambda
	vals   map[*ast.Var]ir.Value          // of variables that nobody assigns
	vars   map[*ast.Var]frontend.Variable // of others, and of parameters of loops
	clo    ir.Value                       // the closure, or ir.NoValue
	free   map[*ast.Var]int
	loops  map[*ast.Lambda]ir.Block
	facts  facts
	err    error
}

// procedure compiles a procedure.
func (c *Compiler) procedure(l *ast.Lambda) error {
	if !l.Called && l.Global == nil { // generic code only
		f := c.begin(genericPrefix+l.Symbol, numRegs+2, l)
		p := f.genericParams()
		f.clo = p[numRegs]
		f.unpack(l, p, func(args []ir.Value) {
			f.bindParams(l, args)
			f.body(l)
		})
		c.procs = append(c.procs, newProc{genericPrefix + l.Symbol, arity(l), c.staticRoot(l)})
		return f.end()
	}
	f := c.begin(l.Symbol, directArgs(l), l)
	args := f.params()
	n := len(l.Params)
	if l.Rest != nil {
		n++
	}
	switch {
	case needsClosure(l):
		f.clo = args[n]
	case !l.Escapes:
		for i, v := range l.Free {
			f.define(v, args[n+i])
		}
	}
	f.bindParams(l, args[:n])
	f.body(l)
	if err := f.end(); err != nil || !l.Escapes && l.Global == nil {
		return err
	}
	return c.genericEntry(l)
}

// genericEntry makes the generic code of a procedure that has direct code.
func (c *Compiler) genericEntry(l *ast.Lambda) error {
	f := c.begin(genericPrefix+l.Symbol, numRegs+2, l)
	p := f.genericParams()
	f.clo = p[numRegs]
	f.unpack(l, p, func(args []ir.Value) {
		if needsClosure(l) {
			args = append(args, f.clo)
		}
		f.b.ReturnCall(f.importTail(l.Symbol, len(args)), args...)
	})
	if l.Global == nil {
		c.procs = append(c.procs, newProc{genericPrefix + l.Symbol, arity(l), c.staticRoot(l)})
	}
	return f.end()
}

// staticRoot returns the root word for the closure of a procedure without free variables, -1 if it has some.
func (c *Compiler) staticRoot(l *ast.Lambda) int {
	if n, ok := c.statics[l]; ok {
		return n
	}
	if len(l.Free) > 0 {
		return -1
	}
	n, err := c.m.Heap.AddRoot(rt.Undefined)
	if err != nil {
		return -1
	}
	c.statics[l] = n
	return n
}

// begin starts a function of n words.
func (c *Compiler) begin(symbol string, n int, l *ast.Lambda) *fn {
	f := &fn{Compiler: c, lambda: l, vars: map[*ast.Var]frontend.Variable{}, vals: map[*ast.Var]ir.Value{}, clo: ir.NoValue, free: map[*ast.Var]int{},
		loops: map[*ast.Lambda]ir.Block{}, facts: facts{known: map[ir.Value]fact{}}}
	if l != nil {
		for i, v := range l.Free {
			f.free[v] = i
		}
	}
	c.b.Reset(ir.NewFunc(ir.FuncName{Name: symbol}, wordSig(n, ir.Tail)))
	entry := c.b.CreateBlock()
	c.b.SwitchToBlock(entry)
	c.b.SealBlock(entry)
	return f
}

// params adds the parameters of the function, which are references.
func (f *fn) params() []ir.Value {
	p := append([]ir.Value{}, f.b.AppendFuncParams(f.b.CurrentBlock())...)
	for _, v := range p {
		f.b.DeclareValueNeedsStackMap(v)
	}
	return p
}

// genericParams adds the parameters of generic code. The number of arguments is no reference.
func (f *fn) genericParams() []ir.Value {
	p := append([]ir.Value{}, f.b.AppendFuncParams(f.b.CurrentBlock())...)
	for _, v := range p[:numRegs+1] {
		f.b.DeclareValueNeedsStackMap(v)
	}
	return p
}

// bindParams gives the parameters their values.
func (f *fn) bindParams(l *ast.Lambda, args []ir.Value) {
	for i, v := range l.Params {
		f.bind(v, args[i])
	}
	if l.Rest != nil {
		f.bind(l.Rest, args[len(l.Params)])
	}
}

// body compiles the body of a procedure.
func (f *fn) body(l *ast.Lambda) {
	if f.opts.Polls {
		f.e.Safepoint()
	}
	if l.TopLevel { // what it calls is to be seen from there
		f.b.Return(f.value(l.Body))
		return
	}
	f.into(l.Body, &cont{kind: contTail})
}

// end ends the function.
func (f *fn) end() error {
	if f.err != nil {
		return f.err
	}
	return f.add()
}

func (f *fn) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

// unpack checks the number of arguments in generic code and hands on what direct code is given, except for the closure.
func (f *fn) unpack(l *ast.Lambda, p []ir.Value, then func(args []ir.Value)) {
	b := f.b
	n := len(l.Params)
	argc := p[numRegs+1]
	bad := b.Icmp(op.Ne, argc, b.Iconst(op.I64, int64(n)))
	switch {
	case l.Rest != nil && l.MaxArgs > 0:
		bad = b.Icmp(op.Ugt, b.IaddImm(argc, -int64(n)), b.Iconst(op.I64, int64(l.MaxArgs-n)))
	case l.Rest != nil:
		bad = b.Icmp(op.Slt, argc, b.Iconst(op.I64, int64(n)))
	}
	if l.Rest == nil || n > 0 || l.MaxArgs > 0 {
		f.orFail(bad, func() { f.host("wrong-arguments", p[numRegs], b.IshlImm(argc, 1)) })
	}
	args := append([]ir.Value{}, p[:min(n, numRegs)]...)
	if l.Rest == nil {
		if n > numRegs {
			args = f.unpackList(args[:numRegs-1], p[numRegs-1], n)
			args = args[:n]
		}
		then(args)
		return
	}
	if n < numRegs {
		then(append(args, f.collectRest(p, argc, n)))
		return
	}
	if n > numRegs {
		then(f.unpackList(args[:numRegs-1], p[numRegs-1], n))
		return
	}
	// Four parameters and a rest: with just four arguments the last one is not in a list.
	last, rest := f.newVar(), f.newVar()
	f.ifElse(b.Icmp(op.Ugt, argc, b.Iconst(op.I64, numRegs)), func() {
		b.DefVar(last, f.e.LoadRef(p[numRegs-1], rt.TagPair, 0))
		b.DefVar(rest, f.e.LoadRef(p[numRegs-1], rt.TagPair, 1))
	}, func() {
		b.DefVar(last, p[numRegs-1])
		b.DefVar(rest, f.misc(rt.Nil))
	})
	args[numRegs-1] = b.UseVar(last)
	then(append(args, b.UseVar(rest)))
}

// unpackList takes arguments up to number n from a list, and then what is left of it.
func (f *fn) unpackList(args []ir.Value, list ir.Value, n int) []ir.Value {
	for len(args) < n {
		args = append(args, f.e.LoadRef(list, rt.TagPair, 0))
		list = f.e.LoadRef(list, rt.TagPair, 1)
	}
	return append(args, list)
}

// collectRest makes the list of the arguments from number n on, n < numRegs.
func (f *fn) collectRest(p []ir.Value, argc ir.Value, n int) ir.Value {
	b := f.b
	rest := f.newVar()
	f.ifElse(b.Icmp(op.Ugt, argc, b.Iconst(op.I64, numRegs)), func() { b.DefVar(rest, p[numRegs-1]) }, func() {
		b.DefVar(rest, f.misc(rt.Nil))
		f.ifElse(b.Icmp(op.Eq, argc, b.Iconst(op.I64, numRegs)), func() {
			b.DefVar(rest, f.cons(p[numRegs-1], f.misc(rt.Nil)))
		}, func() {})
	})
	for i := numRegs - 2; i >= n; i-- {
		f.ifElse(b.Icmp(op.Ugt, argc, b.Iconst(op.I64, int64(i))), func() {
			b.DefVar(rest, f.cons(p[i], b.UseVar(rest)))
		}, func() {})
	}
	return b.UseVar(rest)
}

// newVar makes a variable that holds references.
func (f *fn) newVar() frontend.Variable {
	v := f.b.DeclareVar(op.I64)
	f.b.DeclareVarNeedsStackMap(v)
	return v
}

// ifElse appends a choice whose sides go on together.
func (f *fn) ifElse(cond ir.Value, then, els func()) {
	b := f.b
	yes, no, done := b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
	b.Brif(cond, yes, nil, no, nil)
	f.start(yes)
	then()
	b.Jump(done)
	f.start(no)
	els()
	b.Jump(done)
	f.start(done)
}

// start makes a block current to which all branches have been built.
func (f *fn) start(blk ir.Block) {
	f.b.SealBlock(blk)
	f.b.SwitchToBlock(blk)
}

// orFail goes on if cond is 0. Otherwise it calls something that does not return.
func (f *fn) orFail(cond ir.Value, report func()) {
	bad, ok := f.b.CreateBlock(), f.b.CreateBlock()
	f.b.SetCold(bad)
	f.b.Brif(cond, bad, nil, ok, nil)
	f.start(bad)
	report()
	f.b.Trap(trapCode)
	f.start(ok)
}

// trapCode is for places that are never reached.
const trapCode = 1

// importTail declares code of n words with the tail convention.
func (f *fn) importTail(symbol string, n int) ir.FuncRef {
	return f.b.ImportFunction(symbol, f.b.ImportSignature(wordSig(n, ir.Tail)))
}

// define makes a variable of the program a variable of the function. Boxed ones hold their box.
func (f *fn) define(v *ast.Var, x ir.Value) {
	if !v.Assigned || v.Boxed {
		f.b.DeclareValueNeedsStackMap(x)
		f.vals[v] = x
		return
	}
	w := f.newVar()
	f.vars[v] = w
	f.b.DefVar(w, x)
}

// bind gives a variable of the program its first value.
func (f *fn) bind(v *ast.Var, x ir.Value) {
	if v.Boxed {
		x = f.object(f.e.New(rt.LayBox, rt.TagObject, x), rt.LayBox)
	}
	f.define(v, x)
}

// ref returns the word that stands for a variable: its value or, for boxed ones, its box.
func (f *fn) ref(v *ast.Var) ir.Value {
	if x, ok := f.vals[v]; ok {
		return x
	}
	if w, ok := f.vars[v]; ok {
		return f.b.UseVar(w)
	}
	if l := v.Fn; l != nil && l.Escapes && len(l.Free) == 0 {
		return f.static(l)
	} else if l != nil && l == f.lambda {
		return f.clo
	}
	i, ok := f.free[v]
	if !ok {
		panic("compile: variable " + v.Name + " is not known here")
	}
	return f.e.LoadRef(f.clo, rt.TagProc, 1+i)
}

// static returns the closure of a procedure without free variables.
func (f *fn) static(l *ast.Lambda) ir.Value {
	v := f.root(f.staticRoot(l))
	f.facts.learn(v, fact{typ: prim.Procedure})
	return v
}

// varValue returns the value of a variable.
func (f *fn) varValue(v *ast.Var) ir.Value {
	x := f.ref(v)
	if v.Boxed {
		x = f.e.LoadRef(x, rt.TagObject, 0)
	}
	if v.Late {
		f.orFail(f.b.IcmpImm(op.Eq, x, int64(rt.Undefined)), func() { f.host("undefined", f.symbol(v.Name)) })
	}
	return x
}

// setVar assigns a variable.
func (f *fn) setVar(v *ast.Var, x ir.Value) {
	if v.Boxed {
		f.store(f.ref(v), rt.TagObject, 0, x)
		return
	}
	f.b.DefVar(f.vars[v], x)
}

// store stores into an object. What has no memory needs no barrier.
func (f *fn) store(ref ir.Value, tag int64, i int, x ir.Value) {
	switch f.facts.of(x).typ {
	case prim.Fixnum, prim.Bool, prim.Nil, prim.Char:
		f.e.StoreRaw(ref, tag, i, x)
	default:
		f.e.Store(ref, tag, i, x)
	}
}
