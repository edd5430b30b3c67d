package main

import (
	"davit/ir"
	"davit/ir/op"
)

// callee is where a call goes to: a function of the program or, if it has none, an address (see closure.go).
type callee struct {
	fn   ir.FuncRef
	sig  ir.SigRef
	addr ir.Value
	args []ir.Value
}

// others finds the callees of calls that are not of functions of the program.
var others func(f *function, l *List) callee

// callee compiles the operands of a call and finds out where it goes to.
func (f *function) callee(l *List) callee {
	name, _ := l.Items[0].(Symbol)
	n, ok := f.params[name]
	if _, isVar := f.vars[name]; !ok || isVar {
		if others == nil {
			fail(l.Line, "unknown function %v", l.Items[0])
		}
		return others(f, l)
	}
	if n != len(l.Items)-1 {
		fail(l.Line, "%s is called with %d operands, it has %d parameters", name, len(l.Items)-1, n)
	}
	args := f.values(l.Items[1:])
	sig := f.b.ImportSignature(signature(n, ir.Tail))
	return callee{fn: f.b.ImportFunction(string(name), sig), addr: ir.NoValue, args: args}
}

// call compiles a call for its value.
func (f *function) call(l *List) ir.Value {
	c := f.callee(l)
	if c.addr == ir.NoValue {
		return f.ref(f.b.Result(f.b.Call(c.fn, c.args...)))
	}
	return f.ref(f.b.Result(f.b.CallIndirect(c.sig, c.addr, c.args...)))
}

// tailCall compiles a call whose value the function returns: a jump, however deep the recursion.
func (f *function) tailCall(l *List) {
	c := f.callee(l)
	if c.addr == ir.NoValue {
		f.b.ReturnCall(c.fn, c.args...)
	} else {
		f.b.ReturnCallIndirect(c.sig, c.addr, c.args...)
	}
}

func init() {
	forms["if"] = form{3, ifValue, ifTail}
	forms["let"] = form{3, letValue, letTail}
	forms["do"] = form{-1, doValue, doTail}
}

// test branches on whether a value is true: everything is, except false.
func (f *function) test(e Expr) (yes, no ir.Block) {
	yes, no = f.b.CreateBlock(), f.b.CreateBlock()
	f.b.Brif(f.b.IcmpImm(op.Ne, f.value(e), int64(False)), yes, nil, no, nil)
	return yes, no
}

// ifTail compiles (if test then else) where the function returns the value.
func ifTail(f *function, l *List) {
	yes, no := f.test(l.Items[1])
	f.start(yes)
	f.tail(l.Items[2])
	f.start(no)
	f.tail(l.Items[3])
}

// ifValue compiles it where something else happens afterwards.
func ifValue(f *function, l *List) ir.Value {
	join := f.b.CreateBlock()
	v := f.ref(f.b.AppendBlockParam(join, op.I64))
	yes, no := f.test(l.Items[1])
	f.start(yes)
	f.b.Jump(join, f.value(l.Items[2]))
	f.start(no)
	f.b.Jump(join, f.value(l.Items[3]))
	f.start(join)
	return v
}

// bind makes the variable of (let name value body), and returns what takes it away again.
func (f *function) bind(l *List) (undo func()) {
	name, ok := l.Items[1].(Symbol)
	if !ok {
		fail(l.Line, "the first operand of let must be a name")
	}
	v := f.value(l.Items[2])
	old, had := f.vars[name]
	f.define(name, v)
	return func() {
		if delete(f.vars, name); had {
			f.vars[name] = old
		}
	}
}

func letValue(f *function, l *List) ir.Value {
	defer f.bind(l)()
	return f.value(l.Items[3])
}

func letTail(f *function, l *List) {
	defer f.bind(l)()
	f.tail(l.Items[3])
}

// doValue compiles (do expression …): the value is that of the last one.
func doValue(f *function, l *List) ir.Value {
	vs := f.values(l.Items[1:])
	if len(vs) == 0 {
		fail(l.Line, "do is given no operands")
	}
	return vs[len(vs)-1]
}

func doTail(f *function, l *List) {
	if len(l.Items) == 1 {
		fail(l.Line, "do is given no operands")
	}
	f.values(l.Items[1 : len(l.Items)-1])
	f.tail(l.Items[len(l.Items)-1])
}
