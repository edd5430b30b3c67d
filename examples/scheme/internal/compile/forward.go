package compile

import (
	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/rt"
	"davit/ir"
	"davit/ir/op"
)

// Procedures that can be defined anew.
//
// Where units are typed in one after the other, a call of a global procedure goes to a forwarder: code of a declared
// function, which at first jumps to the procedure. When the variable is assigned or defined again, the forwarder is
// replaced by one that calls whatever the variable holds, and the calls of all units follow.

const forwardPrefix = "to "

// forward makes the first forwarder of a procedure.
func (c *Compiler) forward(l *ast.Lambda) error {
	name, n := forwardPrefix+l.Symbol, directArgs(l)
	sig := wordSig(n, ir.Tail)
	if err := c.engine.Declare(name, &sig); err != nil {
		return err
	}
	f := c.begin(name, n, nil)
	f.b.ReturnCall(f.importTail(l.Symbol, n), f.params()...)
	return f.end()
}

// redefine replaces the forwarders of procedures whose variables the unit changes.
func (c *Compiler) redefine() error {
	for _, g := range c.redefined {
		l := g.Fn
		if l == nil {
			continue // for the second time in this unit
		}
		g.Fn = nil
		f := c.begin(forwardPrefix+g.Symbol, directArgs(l), nil)
		f.callVariable(g, l, f.params())
		if err := f.end(); err != nil {
			return err
		}
	}
	c.redefined = c.redefined[:0]
	return nil
}

// callVariable appends a tail call of what a global variable holds, with the arguments that direct code of l gets.
func (f *fn) callVariable(g *ast.Global, l *ast.Lambda, args []ir.Value) {
	fn := f.root(g.Slot)
	n := len(l.Params)
	if l.Rest == nil {
		argc := f.b.Iconst(op.I64, int64(n))
		if n > numRegs {
			args = append(args[:numRegs-1:numRegs-1], f.list(args[numRegs-1:]))
		}
		f.b.ReturnCallIndirect(f.b.ImportSignature(genericSig()), f.genericCode(fn), f.genericArgs(args, fn, argc)...)
		return
	}
	list := args[n]
	length := f.listLength(list)
	for i := n - 1; i >= 0; i-- {
		list = f.cons(args[i], list)
	}
	argc := f.b.IshlImm(f.b.IaddImm(length, int64(n)), 1)
	f.b.ReturnCall(f.helper("call", 3, callHelper), fn, argc, list)
}

// listLength appends a loop that counts the pairs of a list.
func (f *fn) listLength(list ir.Value) ir.Value {
	b := f.b
	rest, n := f.newVar(), b.DeclareVar(op.I64)
	b.DefVar(rest, list)
	b.DefVar(n, b.Iconst(op.I64, 0))
	head, body, done := b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
	b.Jump(head)
	b.SwitchToBlock(head)
	b.Brif(b.IcmpImm(op.Eq, b.UseVar(rest), int64(rt.Nil)), done, nil, body, nil)
	f.start(body)
	b.DefVar(rest, f.e.LoadRef(b.UseVar(rest), rt.TagPair, 1))
	b.DefVar(n, b.IaddImm(b.UseVar(n), 1))
	b.Jump(head)
	b.SealBlock(head)
	f.start(done)
	return b.UseVar(n)
}
