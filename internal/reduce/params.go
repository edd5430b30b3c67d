package reduce

import (
	"slices"

	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
)

// constantParams puts zeros in the place of block parameters.
func constantParams(e *edit, f0 *ir.Func, fn int) {
	replaceParams(e, f0, fn, func(v ir.Value) (data.Value, bool) { return data.Zero(f0.ValueType(v)), true })
}

// observedParams puts what block parameters were in their place: at last, then at first.
func observedParams(e *edit, f0 *ir.Func, fn int) {
	replaceParams(e, f0, fn, func(v ir.Value) (data.Value, bool) {
		_, last, ok := e.observed(fn, v)
		return last, ok
	})
	replaceParams(e, f0, fn, func(v ir.Value) (data.Value, bool) {
		first, last, ok := e.observed(fn, v)
		return first, ok && first != last
	})
}

// replaceParams puts constants in the place of block parameters.
func replaceParams(e *edit, f0 *ir.Func, fn int, value func(v ir.Value) (data.Value, bool)) {
	for b := range f0.Blocks() {
		if b == f0.Entry() || f0.FirstInst(b) == ir.NoInst {
			continue
		}
		drop := map[ir.Value]data.Value{}
		for _, v := range f0.Params(b) {
			if !hasConstants(f0.ValueType(v)) {
				continue
			}
			if x, ok := value(v); ok && e.here() {
				drop[v] = x
			}
		}
		if len(drop) > 0 {
			dropParams(e.fn(fn), b, drop)
		}
	}
}

// dropParams makes parameters of b constants and removes the arguments for them.
func dropParams(f *ir.Func, b ir.Block, drop map[ir.Value]data.Value) {
	keep := func(_ int, v ir.Value) bool {
		_, dropped := drop[v]
		return !dropped
	}
	params := slices.Clone(f.Params(b))
	for p := range f.Blocks() {
		last := f.LastInst(p)
		if last == ir.NoInst {
			continue
		}
		for i, c := range f.Branches(last, nil) {
			if f.CallBlock(c) == b {
				f.KeepArgs(last, i, func(k int) bool { return k >= len(params) || keep(k, params[k]) })
			}
		}
	}
	f.KeepParams(b, keep)
	before := f.FirstInst(b)
	for _, v := range params {
		if x, ok := drop[v]; ok {
			define(f, v, x, before)
		}
	}
}

// callee says which calls go to a function: by its name, or through a signature.
type callee struct {
	name string    // linkage name; empty: indirect calls
	sig  ir.SigRef // of indirect calls
	fn   int       // indirect: the function with the calls
}

// callees lists what the functions of a program call, the functions of the program first.
func callees(p *Program) []callee {
	var cs []callee
	for i := range p.Funcs {
		cs = append(cs, callee{name: p.Funcs[i].Name.Linkage()})
	}
	add := func(c callee) {
		if !slices.Contains(cs, c) {
			cs = append(cs, c)
		}
	}
	for i := range p.Funcs {
		f := p.Funcs[i].Func
		for k := range f.ExtFuncs {
			if f.ExtFuncs[k].Declared {
				add(callee{name: f.LinkageName(f.ExtFuncs[k].Name)})
			}
		}
		for b := range f.Blocks() {
			for inst := range f.Insts(b) {
				if fm := f.Data(inst).Op.Format(); fm == op.FmtCallIndirect || fm == op.FmtTryCallIndirect {
					if sig := f.CallSig(inst); sig != ir.NoSig {
						add(callee{sig: sig, fn: i})
					}
				}
			}
		}
	}
	return cs
}

// defined returns the function of the program that c is, or -1.
func (c *callee) defined(p *Program) int {
	return slices.IndexFunc(p.Funcs, func(f Func) bool { return c.name != "" && f.Name.Linkage() == c.name })
}

// refs returns the numbers under which function i of the program knows c.
func (c *callee) refs(f *ir.Func) []ir.FuncRef {
	var rs []ir.FuncRef
	for k := range f.ExtFuncs {
		if f.ExtFuncs[k].Declared && c.name != "" && f.LinkageName(f.ExtFuncs[k].Name) == c.name {
			rs = append(rs, ir.FuncRef(k))
		}
	}
	return rs
}

// calls returns the instructions of function i that call c.
func (c *callee) calls(p *Program, i int) []ir.Inst {
	f := p.Funcs[i].Func
	refs := c.refs(f)
	if len(refs) == 0 && (c.name != "" || c.fn != i) {
		return nil
	}
	var is []ir.Inst
	for b := range f.Blocks() {
		for inst := range f.Insts(b) {
			switch d := f.Data(inst); d.Op.Format() {
			case op.FmtCall, op.FmtTryCall:
				if slices.Contains(refs, d.Func()) {
					is = append(is, inst)
				}
			case op.FmtCallIndirect, op.FmtTryCallIndirect:
				if c.name == "" && f.CallSig(inst) == c.sig {
					is = append(is, inst)
				}
			}
		}
	}
	return is
}

// signature returns the signature of c.
func (c *callee) signature(p *Program) *ir.Signature {
	if d := c.defined(p); d >= 0 {
		return &p.Funcs[d].Sig
	}
	if c.name == "" {
		return &p.Funcs[c.fn].Sigs[c.sig]
	}
	for i := range p.Funcs {
		f := p.Funcs[i].Func
		for _, r := range c.refs(f) {
			if sig := f.ExtFuncs[r].Sig; int(sig) < len(f.Sigs) {
				return &f.Sigs[sig]
			}
		}
	}
	return nil
}

// dropSigParams removes parameters of functions, with the arguments for them.
func dropSigParams(e *edit) {
	for _, c := range callees(e.base) {
		sig := c.signature(e.base)
		if sig == nil {
			continue
		}
		var drop []int
		for k, p := range sig.Params {
			if hasConstants(p.Type) && e.here() {
				drop = append(drop, k)
			}
		}
		if len(drop) > 0 {
			c.dropParams(e, func(k int) bool { return !slices.Contains(drop, k) })
		}
	}
}

func (c *callee) dropParams(e *edit, keep func(k int) bool) {
	if d := c.defined(e.base); d >= 0 {
		f := e.fn(d)
		if entry := f.Entry(); entry != ir.NoBlock {
			drop := map[ir.Value]data.Value{}
			for k, v := range f.Params(entry) {
				if !keep(k) {
					drop[v] = data.Zero(f.ValueType(v))
				}
			}
			dropParams(f, entry, drop)
		}
		f.Sig.Params = only(f.Sig.Params, keep)
		for i := range e.p.Funcs[d].Calls {
			call := &e.p.Funcs[d].Calls[i]
			call.Args = only(call.Args, keep)
		}
	}
	c.eachCaller(e, func(s *ir.Signature) { s.Params = only(s.Params, keep) }, func(f *ir.Func, inst ir.Inst) {
		args, fixed := f.Args(inst), 0
		if fm := f.Data(inst).Op.Format(); fm == op.FmtCallIndirect || fm == op.FmtTryCallIndirect {
			fixed = 1
		}
		off, n := f.NewList(only(args, func(k int) bool { return k < fixed || keep(k-fixed) }))
		d := f.Data(inst)
		d.X[0], d.X[1] = off, n
	})
}

// only returns the elements whose indices are kept.
func only[T any](s []T, keep func(k int) bool) []T {
	var out []T
	for k, x := range s {
		if keep(k) {
			out = append(out, x)
		}
	}
	return out
}

// eachCaller gives each function that calls c a new signature for it, and changes its calls.
func (c *callee) eachCaller(e *edit, change func(*ir.Signature), call func(f *ir.Func, inst ir.Inst)) {
	for i := range e.base.Funcs {
		insts := c.calls(e.base, i)
		refs := c.refs(e.base.Funcs[i].Func)
		if len(insts)+len(refs) == 0 {
			continue
		}
		f := e.fn(i)
		for _, r := range refs {
			f.ExtFuncs[r].Sig = changedSig(f, f.ExtFuncs[r].Sig, change)
		}
		sig := ir.NoSig
		if c.name == "" {
			sig = changedSig(f, c.sig, change)
		}
		for _, inst := range insts {
			d := f.Data(inst)
			switch d.Op.Format() {
			case op.FmtTryCall:
				f.ExTables[d.ExTable()].Sig = f.ExtFuncs[d.Func()].Sig
			case op.FmtCallIndirect:
				d.X[2] = ir.Value(sig)
			case op.FmtTryCallIndirect:
				f.ExTables[d.ExTable()].Sig = sig
			}
			call(f, inst)
		}
	}
}

func changedSig(f *ir.Func, sig ir.SigRef, change func(*ir.Signature)) ir.SigRef {
	s := f.Sigs[sig].Clone()
	change(&s)
	for i := range f.Sigs {
		if f.Sigs[i].Equal(&s) && f.Sigs[i].NoGC == s.NoGC {
			return ir.SigRef(i)
		}
	}
	return f.AddSig(s)
}

// dropSigReturns removes results of functions. Where they are used, constants take their place.
func dropSigReturns(e *edit) {
	for _, c := range callees(e.base) {
		sig := c.signature(e.base)
		if sig == nil || !c.canDropReturns(e.base) {
			continue
		}
		var drop []int
		for k, r := range sig.Returns {
			if hasConstants(r.Type) && e.here() {
				drop = append(drop, k)
			}
		}
		if len(drop) > 0 {
			c.dropReturns(e, func(k int) bool { return !slices.Contains(drop, k) })
		}
	}
}

// canDropReturns reports whether no tail call ties the results of c to those of other functions.
func (c *callee) canDropReturns(p *Program) bool {
	tail := func(f *ir.Func, inst ir.Inst) bool {
		return f.Data(inst).Op.Has(op.IsCall) && f.Data(inst).Op.Has(op.IsReturn)
	}
	for i := range p.Funcs {
		for _, inst := range c.calls(p, i) {
			if tail(p.Funcs[i].Func, inst) {
				return false
			}
		}
	}
	if d := c.defined(p); d >= 0 {
		f := p.Funcs[d].Func
		for b := range f.Blocks() {
			if last := f.LastInst(b); last != ir.NoInst && tail(f, last) {
				return false
			}
		}
	}
	return true
}

func (c *callee) dropReturns(e *edit, keep func(k int) bool) {
	if d := c.defined(e.base); d >= 0 {
		f := e.fn(d)
		for b := range f.Blocks() {
			if last := f.LastInst(b); last != ir.NoInst && f.Data(last).Op == op.Return {
				off, n := f.NewList(only(f.Args(last), keep))
				f.Data(last).X[0], f.Data(last).X[1] = off, n
			}
		}
		f.Sig.Returns = only(f.Sig.Returns, keep)
		for i := range e.p.Funcs[d].Calls {
			call := &e.p.Funcs[d].Calls[i]
			call.Want = only(call.Want, keep)
		}
	}
	c.eachCaller(e, func(s *ir.Signature) { s.Returns = only(s.Returns, keep) }, func(f *ir.Func, inst ir.Inst) {
		if f.Data(inst).Op.Has(op.IsTerminator) {
			dropRetArgs(f, inst, keep)
			return
		}
		rs := slices.Clone(f.Results(inst))
		var types []op.Type
		for _, v := range rs {
			types = append(types, f.ValueType(v))
		}
		f.SetResults(inst, only(rs, keep), only(types, keep))
		for k, v := range rs {
			if !keep(k) {
				f.Undefine(v)
				define(f, v, data.Zero(types[k]), f.NextInst(inst))
			}
		}
	})
}

// dropRetArgs renumbers the placeholders of results in the normal target of a try_call. Constants take the place of those
// that go.
func dropRetArgs(f *ir.Func, inst ir.Inst, keep func(k int) bool) {
	t := &f.ExTables[f.Data(inst).ExTable()]
	number := map[int]int{}
	for k, n := 0, 0; n < len(f.Sigs[t.Sig].Returns); k++ {
		if keep(k) {
			number[k] = n
			n++
		}
	}
	params := f.Params(f.CallBlock(t.Normal))
	for i := range f.NumCallArgs(t.Normal) {
		k, ok := f.CallArg(t.Normal, i).Ret()
		if !ok {
			continue
		}
		if n, ok := number[k]; ok {
			f.SetCallArg(t.Normal, i, ir.RetArg(n))
			continue
		}
		typ := f.ValueType(params[i])
		v := f.NewValue(typ)
		define(f, v, data.Zero(typ), inst)
		f.SetCallArg(t.Normal, i, ir.ValueArg(v))
	}
}
