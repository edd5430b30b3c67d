package reduce

import (
	"slices"

	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
)

// hasConstants reports whether there are instructions that make constants of a type.
func hasConstants(t op.Type) bool { return t.IsValid() && !t.IsDynamic() }

// zero appends what makes a zero of a type that has constants.
func zero(b *ir.Builder, t op.Type) ir.Value { return constant(b, data.Zero(t)) }

// constant appends what makes a value of a type that has constants.
func constant(b *ir.Builder, v data.Value) ir.Value {
	f := b.Func()
	t := v.Type()
	lo, hi := v.Bits()
	switch {
	case !t.IsScalar():
		return b.Vconst(t, f.InternConstant(v.Bytes()))
	case t == op.I128 && hi == 0:
		return b.Uextend(t, b.Iconst(op.I64, int64(lo)))
	case t == op.I128:
		return b.Iconcat(b.Iconst(op.I64, int64(lo)), b.Iconst(op.I64, int64(hi)))
	case t == op.F16:
		return b.F16const(uint16(lo))
	case t == op.F32:
		return b.F32const(v.Float32())
	case t == op.F64:
		return b.F64const(v.Float64())
	case t == op.F128:
		return b.F128const(f.InternConstant(v.Bytes()))
	}
	return b.Iconst(t, int64(lo))
}

// isConstant reports whether inst is what constant makes.
func isConstant(f *ir.Func, inst ir.Inst) bool {
	switch d := f.Data(inst); d.Op {
	case op.Iconst, op.F16const, op.F32const, op.F64const, op.F128const, op.Vconst:
		return true
	case op.Uextend, op.Iconcat:
		for _, v := range f.Args(inst) {
			def, _, ok := f.DefInst(f.Resolve(v))
			if f.ValueType(f.FirstResult(inst)) != op.I128 || !ok || f.Data(def).Op != op.Iconst {
				return false
			}
		}
		return true
	}
	return false
}

// define makes v, which nothing defines any more, the constant x, in front of an instruction.
func define(f *ir.Func, v ir.Value, x data.Value, before ir.Inst) {
	b := ir.NewBuilder(f)
	b.SetBlock(f.InstBlock(before))
	first := ir.Inst(f.NumInsts())
	c := constant(b, x)
	def, _, _ := f.DefInst(c)
	for i := first; i < ir.Inst(f.NumInsts()); i++ {
		f.RemoveInst(i)
		f.InsertInst(i, before)
	}
	f.Undefine(c)
	f.SetResults(def, []ir.Value{v}, []op.Type{x.Type()})
}

// constantResults puts zeros in the place of instructions.
func constantResults(e *edit, f0 *ir.Func, fn int) {
	replaceResults(e, f0, fn, func(v ir.Value) (data.Value, bool) { return data.Zero(f0.ValueType(v)), true })
}

// observedResults puts what the results of instructions were in their place: at last, then at first.
func observedResults(e *edit, f0 *ir.Func, fn int) {
	replaceResults(e, f0, fn, func(v ir.Value) (data.Value, bool) {
		_, last, ok := e.observed(fn, v)
		return last, ok
	})
	replaceResults(e, f0, fn, func(v ir.Value) (data.Value, bool) {
		first, last, ok := e.observed(fn, v)
		return first, ok && first != last
	})
}

// replaceResults puts constants in the place of instructions.
func replaceResults(e *edit, f0 *ir.Func, fn int, value func(v ir.Value) (data.Value, bool)) {
	eachInst(f0, func(i ir.Inst) {
		rs := f0.Results(i)
		if len(rs) == 0 || isConstant(f0, i) {
			return
		}
		var xs []data.Value
		for _, v := range rs {
			if !hasConstants(f0.ValueType(v)) {
				return
			}
			x, ok := value(v)
			if !ok {
				return
			}
			xs = append(xs, x)
		}
		if !e.here() {
			return
		}
		f := e.fn(fn)
		if f.InstBlock(i) == ir.NoBlock {
			return // something else has taken its place
		}
		for k, v := range rs {
			f.Undefine(v)
			define(f, v, xs[k], i)
		}
		f.RemoveInst(i)
	})
}

// storeBeforeLoad puts in front of a load a store of what it loaded, so that stores further up may go.
func storeBeforeLoad(e *edit, f0 *ir.Func, fn int) {
	eachInst(f0, func(i ir.Inst) {
		d := *f0.Data(i)
		if d.Op != op.Load {
			return
		}
		if prev := f0.PrevInst(i); prev != ir.NoInst {
			if p := f0.Data(prev); p.Op == op.Store && f0.Resolve(p.X[1]) == f0.Resolve(d.X[0]) && p.Offset() == d.Offset() {
				return
			}
		}
		_, last, ok := e.observed(fn, f0.FirstResult(i))
		if !ok || !hasConstants(last.Type()) || !e.here() {
			return
		}
		f := e.fn(fn)
		v := f.NewValue(last.Type())
		store := f.NewInst(ir.InstData{Op: op.Store, Type: last.Type(), X: [4]ir.Value{v, d.X[0], f.MemHandle(ir.DefaultMem), d.X[2]}})
		f.InsertInst(store, i)
		define(f, v, last, store)
	})
}

// eachInst visits the instructions of the layout other than terminators. f may change meanwhile if it is a copy.
func eachInst(f *ir.Func, visit func(i ir.Inst)) {
	for b := range f.Blocks() {
		for i := range f.Insts(b) {
			if !f.Data(i).Op.Has(op.IsTerminator) {
				visit(i)
			}
		}
	}
}

// forwardOperands puts an operand in the place of a result of the same type. The operands are tried one after another.
func forwardOperands(e *edit, f0 *ir.Func, fn int) {
	for k := range 3 {
		eachInst(f0, func(i ir.Inst) {
			rs, args := f0.Results(i), f0.Args(i)
			if len(rs) == 0 || k >= len(args) || isConstant(f0, i) || f0.ValueType(args[k]) != f0.ValueType(rs[0]) {
				return
			}
			for _, v := range rs[1:] {
				if !hasConstants(f0.ValueType(v)) {
					return
				}
			}
			if e.here() {
				forward(e.fn(fn), i, args[k])
			}
		})
	}
}

// forward makes the first result of inst an alias of v, and the others constants.
func forward(f *ir.Func, inst ir.Inst, v ir.Value) {
	if f.InstBlock(inst) == ir.NoBlock {
		return // another operand has taken its place
	}
	rs := append([]ir.Value{}, f.Results(inst)...)
	if f.Resolve(v) == rs[0] {
		return // an instruction that uses itself
	}
	for _, r := range rs[1:] {
		x := data.Zero(f.ValueType(r))
		f.Undefine(r)
		define(f, r, x, inst)
	}
	f.Undefine(rs[0])
	f.RemoveInst(inst)
	f.MakeAlias(rs[0], v)
}

// uses counts the uses of each value, aliases resolved.
func uses(f *ir.Func) []int {
	n := make([]int, f.NumValues())
	count := func(v ir.Value) ir.Value {
		if f.ValueExists(v) {
			n[f.Resolve(v)]++
		}
		return v
	}
	for b := range f.Blocks() {
		for i := range f.Insts(b) {
			f.ForEachUse(i, count)
		}
	}
	return n
}

func unused(f *ir.Func, n []int, i ir.Inst) bool {
	for _, v := range f.Results(i) {
		if n[v] > 0 {
			return false
		}
	}
	return true
}

// dropUnused removes instructions without results, or whose results are not used.
func dropUnused(e *edit, f0 *ir.Func, fn int) {
	n := uses(f0)
	var drop []ir.Inst
	eachInst(f0, func(i ir.Inst) {
		if unused(f0, n, i) && e.here() {
			drop = append(drop, i)
		}
	})
	if len(drop) > 0 {
		remove(e.fn(fn), drop)
	}
}

// remove removes instructions whose results have no uses but aliases.
func remove(f *ir.Func, insts []ir.Inst) {
	for _, i := range insts {
		for _, v := range f.Results(i) {
			f.Undefine(v)
		}
		f.RemoveInst(i)
	}
	for v := range ir.Value(f.NumValues()) {
		if _, ok := f.AliasOf(v); ok && !f.ValueExists(f.Resolve(v)) {
			f.Undefine(v)
		}
	}
	f.NeedsStackMap = slices.DeleteFunc(f.NeedsStackMap, func(v ir.Value) bool { return !f.ValueExists(v) })
}

const effects = op.IsCall | op.IsTerminator | op.CanTrap | op.CanStore | op.SideEffects

// dropDead removes, all at once, the instructions that have no effect, and whose results only such instructions use.
func dropDead(e *edit, f0 *ir.Func, fn int) {
	if drop := dead(f0); len(drop) > 0 && e.here() {
		remove(e.fn(fn), drop)
	}
}

// dead returns the instructions without effect that nothing needs, users before what they use.
func dead(f *ir.Func) []ir.Inst {
	n := uses(f)
	var work, out []ir.Inst
	eachInst(f, func(i ir.Inst) {
		if !f.Data(i).Op.Has(effects) && unused(f, n, i) {
			work = append(work, i)
		}
	})
	for len(work) > 0 {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		out = append(out, i)
		for _, v := range f.Args(i) {
			if !f.ValueExists(v) {
				continue
			}
			v = f.Resolve(v)
			n[v]--
			def, _, ok := f.DefInst(v)
			if ok && n[v] == 0 && f.InstBlock(def) != ir.NoBlock && !f.Data(def).Op.Has(effects) && unused(f, n, def) {
				work = append(work, def)
			}
		}
	}
	return out
}

// sinkConstants moves constants that only one other block uses to its start.
func sinkConstants(e *edit, f0 *ir.Func, fn int) {
	users := make([]ir.Block, f0.NumValues())
	for v := range users {
		users[v] = ir.NoBlock
	}
	const many = ir.NoBlock - 1
	for b := range f0.Blocks() {
		for i := range f0.Insts(b) {
			f0.ForEachUse(i, func(v ir.Value) ir.Value {
				if f0.ValueExists(v) {
					if u := &users[f0.Resolve(v)]; *u == ir.NoBlock || *u == b {
						*u = b
					} else {
						*u = many
					}
				}
				return v
			})
		}
	}
	eachInst(f0, func(i ir.Inst) {
		if !isConstant(f0, i) || len(f0.Args(i)) > 0 {
			return
		}
		if to := users[f0.FirstResult(i)]; to < many && to != f0.InstBlock(i) && e.here() {
			f := e.fn(fn)
			f.RemoveInst(i)
			f.InsertInst(i, f.FirstInst(to))
		}
	})
}
