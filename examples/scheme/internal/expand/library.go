package expand

import (
	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/prim"
	"davit/examples/scheme/internal/syntax"
)

// The library: primitives as procedures, and definitions in Scheme. A definition becomes part of the unit that needs it
// first.

// primitives makes procedures of the primitives with names for programs.
func (x *expander) primitives() {
	for i := range prim.All {
		p := &prim.All[i]
		lib := x.procedure(syntax.Symbol(p.Name))
		lib.prim = p
		if p.Max < 0 {
			continue // the library has a procedure for it, or it is never a value
		}
		lib.def = func(*expander) ast.Expr { return wrapper(p) }
	}
	for name, f := range integrations {
		x.procedure(syntax.Symbol(name)).integrate = f
	}
}

// procedure returns the library procedure of a name, making it.
func (x *expander) procedure(name syntax.Symbol) *libProc {
	if p, ok := x.library.names[name].(*libProc); ok {
		return p
	}
	p := &libProc{global: &ast.Global{Name: string(name), Slot: -1, Library: true}}
	x.library.names[name] = p
	return p
}

// wrapper makes a procedure that does what a primitive does. Optional arguments come from its rest list.
func wrapper(p *prim.Prim) ast.Expr {
	l := &ast.Lambda{Name: p.Name, Loc: syntax.NoLoc}
	var args []ast.Expr
	ref := func(v *ast.Var) ast.Expr { v.Refs++; return &ast.Ref{Var: v} }
	for range p.Min {
		v := &ast.Var{Name: "x", Owner: l}
		l.Params = append(l.Params, v)
		args = append(args, ref(v))
	}
	if p.Max == p.Min {
		l.Body = &ast.Prim{P: p, Args: args, Loc: syntax.NoLoc}
		return l
	}
	l.Rest, l.MaxArgs = &ast.Var{Name: "rest", Owner: l}, p.Max
	null, car, cdr := prim.Lookup("null?"), prim.Lookup("car"), prim.Lookup("cdr")
	rest := func(n int) ast.Expr {
		e := ref(l.Rest)
		for range n {
			e = &ast.Prim{P: cdr, Args: []ast.Expr{e}, Loc: syntax.NoLoc}
		}
		return e
	}
	for n := p.Max - p.Min; n >= 0; n-- {
		all := append([]ast.Expr{}, args...)
		for i := range n {
			all = append(all, &ast.Prim{P: car, Args: []ast.Expr{rest(i)}, Loc: syntax.NoLoc})
		}
		call := &ast.Prim{P: p, Args: all, Loc: syntax.NoLoc}
		if l.Body == nil {
			l.Body = call
		} else {
			l.Body = &ast.If{Test: &ast.Prim{P: null, Args: []ast.Expr{rest(n)}}, Then: call, Else: l.Body}
		}
	}
	return l
}

// libraryForm takes a form of the library.
func (x *expander) libraryForm(d syntax.Datum) {
	p := d.(*syntax.Pair)
	x.loc = p.Loc
	form := x.form(p)
	env := x.library.env
	switch base(p.Car) {
	case "define":
		name, _ := x.definition(form, p.Loc, env)
		x.procedure(base(name)).def = func(x *expander) ast.Expr {
			_, value := x.definition(form, p.Loc, env)
			return value()
		}
	case "define-record-type":
		for i, v := range x.recordType(form, p.Loc, env) {
			x.procedure(base(v.name)).def = func(x *expander) ast.Expr { return x.recordType(form, p.Loc, env)[i].value() }
		}
	case "define-syntax":
		x.library.names[base(form[1])] = x.transformer(form[2], env)
	default:
		x.fail(p.Loc, "unexpected form in the library")
	}
}

// need makes the definition of a library procedure part of the unit, unless an earlier one has it. What it needs itself
// comes before it.
func (x *expander) need(p *libProc) {
	def := p.def
	if def == nil {
		return
	}
	p.def = nil
	loc, depth := x.loc, x.depth
	x.depth = 0
	g := p.global
	value := def(x)
	x.loc, x.depth = loc, depth
	g.Defined, g.Fixed = true, true
	if l, ok := value.(*ast.Lambda); ok {
		named(l, g.Name)
		g.Fn, l.Global = l, g
		x.unit.Procs = append(x.unit.Procs, l)
		return
	}
	x.inits = append(x.inits, &ast.GlobalSet{Global: g, Value: value, Define: true, Loc: syntax.NoLoc})
}
