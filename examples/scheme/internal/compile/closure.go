package compile

import (
	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/prim"
	"davit/examples/scheme/internal/rt"
	"davit/gc"
	"davit/ir"
	"davit/ir/op"
)

// Closures and loops.

func hasLoops(e *ast.Fix) bool {
	for _, l := range e.Lambdas {
		if l.Loop {
			return true
		}
	}
	return false
}

// closure makes a closure of an anonymous procedure.
func (f *fn) closure(l *ast.Lambda) ir.Value {
	if len(l.Free) == 0 {
		return f.static(l)
	}
	words := f.closureWords(l, f.ref)
	v := f.e.Init(f.e.Alloc(gc.HeaderBytes+8*len(words)), 0, rt.LayProc, uint32(len(l.Free)), rt.TagProc, words...)
	f.facts.learn(v, fact{typ: prim.Procedure})
	return v
}

// closureWords are what a closure consists of.
func (f *fn) closureWords(l *ast.Lambda, ref func(*ast.Var) ir.Value) []ir.Value {
	vals := make([]ir.Value, 1, 1+len(l.Free))
	for _, v := range l.Free {
		vals = append(vals, ref(v))
	}
	vals[0] = f.b.FuncAddr(op.I64, f.importTail(genericPrefix+l.Symbol, numRegs+2))
	return vals
}

// fix binds the procedures of a Fix, as far as they need closures: those are made at once, so that they can refer to each
// other.
func (f *fn) fix(e *ast.Fix) {
	var made []*ast.Lambda
	size := 0
	at := map[*ast.Var]int{}
	for _, l := range e.Lambdas {
		if l.Escapes && len(l.Free) > 0 {
			at[l.Var] = size
			size += gc.HeaderBytes + 8 + 8*len(l.Free)
			made = append(made, l)
		}
	}
	if len(made) == 0 {
		return
	}
	if size > gc.MaxInline {
		f.fail(errTooLarge)
		return
	}
	a := f.e.Alloc(size)
	refs := map[*ast.Var]ir.Value{}
	for _, l := range made {
		refs[l.Var] = f.b.IaddImm(a, int64(at[l.Var])+rt.TagProc)
	}
	ref := func(v *ast.Var) ir.Value {
		if r, ok := refs[v]; ok {
			return r
		}
		return f.ref(v)
	}
	for _, l := range made { // nothing collects meanwhile: refs are loads at most
		words := f.closureWords(l, ref)
		v := f.e.Init(a, int32(at[l.Var]), rt.LayProc, uint32(len(l.Free)), rt.TagProc, words...)
		f.facts.learn(v, fact{typ: prim.Procedure})
		refs[l.Var] = v
		f.define(l.Var, v)
	}
}

// fixInto compiles a Fix, with its loops, whose value goes to k.
func (f *fn) fixInto(e *ast.Fix, k *cont) {
	f.fix(e)
	mark := f.facts.mark()
	for _, l := range e.Lambdas {
		if !l.Loop {
			continue
		}
		f.loops[l] = f.b.CreateBlock()
		for _, v := range l.Params {
			f.vars[v] = f.newVar()
		}
		if l.Rest != nil {
			f.vars[l.Rest] = f.newVar()
		}
	}
	f.into(e.Body, k)
	for _, l := range e.Lambdas {
		if !l.Loop {
			continue
		}
		f.facts.forget(mark)
		f.b.SwitchToBlock(f.loops[l])
		if f.opts.Polls {
			f.e.Safepoint()
		}
		f.into(l.Body, k)
	}
	f.facts.forget(mark)
	for _, l := range e.Lambdas {
		if l.Loop {
			f.b.SealBlock(f.loops[l])
		}
	}
}
