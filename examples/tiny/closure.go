package main

import (
	"fmt"
	"slices"

	"davit/gc"
	"davit/ir"
	"davit/ir/op"
)

func init() {
	forms["fn"] = form{args: 2, value: closure}
	others = callValue
	atoms = append(atoms, func(f *function, e Expr) (ir.Value, bool) { // functions of the program: (fn (…) (name …))
		name, _ := e.(Symbol)
		n, ok := f.params[name]
		if !ok {
			return ir.NoValue, false
		}
		params, call := &List{}, &List{Items: []Expr{name}}
		for i := range n {
			p := Symbol(fmt.Sprint("operand ", i))
			params.Items, call.Items = append(params.Items, p), append(call.Items, p)
		}
		return closure(f, &List{Items: []Expr{Symbol("fn"), params, call}}), true
	})
}

// closure compiles (fn (parameter …) body): an object with the address of the code and the values of the variables that the
// body needs. The code is given the object as its last parameter.
func closure(f *function, l *List) ir.Value {
	head, ok := l.Items[1].(*List)
	if !ok {
		fail(l.Line, "expected (fn (parameter …) body)")
	}
	params := symbols(head.Items, l.Line)
	var free []Symbol
	f.free(l.Items[2], params, &free)
	f.lambdas++
	name := fmt.Sprintf("fn %d, line %d", f.lambdas, l.Line)
	f.later = append(f.later, func() { f.closureCode(name, params, free, l) })

	sig := f.b.ImportSignature(signature(len(params)+1, ir.Tail))
	code := f.b.FuncAddr(op.I64, f.b.ImportFunction(name, sig))
	words := []ir.Value{code, f.b.Iconst(op.I64, int64(len(params)))}
	for _, v := range free {
		words = append(words, f.b.UseVar(f.vars[v]))
	}
	return f.e.Init(f.e.Alloc(gc.HeaderBytes+8*len(words)), 0, layClosure, uint32(len(free)), refTag, words...)
}

// closureCode compiles the code of a closure: first it takes the variables out of the object.
func (c *compiler) closureCode(name string, params, free []Symbol, l *List) {
	c.build(name, append(slices.Clone(params), "fn"), func(f *function) {
		object := f.b.UseVar(f.vars["fn"])
		delete(f.vars, "fn")
		for i, v := range free {
			f.define(v, f.e.LoadRef(object, refTag, 2+i))
		}
		f.tail(l.Items[2])
	})
}

// free lists the variables of f that an expression uses, other than bound ones.
func (f *function) free(e Expr, bound []Symbol, list *[]Symbol) {
	switch e := e.(type) {
	case Symbol:
		if _, isVar := f.vars[e]; isVar && !slices.Contains(bound, e) && !slices.Contains(*list, e) {
			*list = append(*list, e)
		}
	case *List:
		for i, x := range e.Items {
			f.free(x, append(slices.Clone(bound), binds(e, i)...), list)
		}
	}
}

// binds returns the names that a list binds in its item i.
func binds(l *List, i int) []Symbol {
	switch {
	case l.Items[0] == Symbol("let") && i == 3:
		return symbols(l.Items[1:2], l.Line)
	case l.Items[0] == Symbol("fn") && i == 2:
		if head, ok := l.Items[1].(*List); ok {
			return symbols(head.Items, l.Line)
		}
	}
	return nil
}

// callValue compiles a call of what an expression has as its value.
func callValue(f *function, l *List) callee {
	fn := f.value(l.Items[0])
	args := f.values(l.Items[1:])
	f.check(layClosure, fn, wrongFunction, l)
	f.orFail(f.b.IcmpImm(op.Ne, f.e.Load(fn, refTag, 1), int64(len(args))), wrongFunction, l)
	sig := f.b.ImportSignature(signature(len(args)+1, ir.Tail))
	return callee{sig: sig, addr: f.e.Load(fn, refTag, 0), args: append(args, fn)}
}
