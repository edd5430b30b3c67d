package difftest

import (
	"bytes"
	"slices"

	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
)

// Reduce makes the functions smaller as long as fails holds for them. fails must not change them. It removes instructions,
// of which zeros take the place, turns branches into jumps, and drops blocks and functions.
func Reduce(funcs []*ir.Func, fails func(funcs []*ir.Func) bool) []*ir.Func {
	r := &reducer{funcs: funcs, fails: fails}
	for r.changed = true; r.changed; {
		r.changed = false
		for i := range r.funcs {
			r.branches(i)
			r.instructions(i)
			r.params(i)
		}
		r.drop()
	}
	return r.funcs
}

type reducer struct {
	funcs   []*ir.Func
	fails   func([]*ir.Func) bool
	changed bool
}

// try changes a copy of function i, and keeps it if the functions still fail.
func (r *reducer) try(i int, change func(f *ir.Func) bool) bool {
	f := r.funcs[i].Clone()
	if !change(f) || weight(f) >= weight(r.funcs[i]) {
		return false
	}
	next := slices.Clone(r.funcs)
	next[i] = f
	if !r.fails(next) {
		return false
	}
	r.funcs, r.changed = next, true
	return true
}

// weight is what becomes less with every step.
func weight(f *ir.Func) int {
	n := 0
	for b := range f.Blocks() {
		n += 2 + len(f.Params(b))
		for i := range f.Insts(b) {
			switch o := f.Data(i).Op; {
			case o == op.Return || o == op.Trap:
				n += 2
			case o.Has(op.IsTerminator):
				n += 30 + len(f.Branches(i, nil))
			case isZero(f, i):
				n++
			default:
				n += 4
			}
		}
	}
	return n
}

// drop empties functions that are not needed and forgets those that nothing refers to.
func (r *reducer) drop() {
	for i := len(r.funcs) - 1; i >= 0; i-- {
		next := slices.Delete(slices.Clone(r.funcs), i, i+1)
		if len(next) > 0 && r.fails(next) {
			r.funcs, r.changed = next, true
		}
	}
}

// branches tries each way out of a block by itself, and none at all.
func (r *reducer) branches(i int) {
	for _, b := range slices.Collect(r.funcs[i].Blocks()) {
		f := r.funcs[i]
		if !f.InLayout(b) || f.LastInst(b) == ir.NoInst || f.Data(f.LastInst(b)).Op == op.Trap {
			continue
		}
		term := f.LastInst(b)
		if f.Data(term).Op == op.Return && len(f.Args(term)) == 0 {
			continue
		}
		if r.try(i, func(f *ir.Func) bool { return leave(f, b) }) {
			continue
		}
		if f.Data(term).Op == op.Jump {
			continue
		}
		for k := range f.Branches(term, nil) {
			if r.try(i, func(f *ir.Func) bool { return jump(f, b, k) }) {
				break
			}
		}
	}
}

// leave makes block b end with a return of zeros.
func leave(f *ir.Func, b ir.Block) bool {
	term := f.LastInst(b)
	f.RemoveInst(term)
	bl := ir.NewBuilder(f)
	bl.SetBlock(b)
	var vs []ir.Value
	for _, p := range f.Sig.Returns {
		vs = append(vs, zero(bl, p.Type))
	}
	bl.Return(vs...)
	prune(f)
	return true
}

// jump makes block b end with a jump to its target k.
func jump(f *ir.Func, b ir.Block, k int) bool {
	term := f.LastInst(b)
	c := f.Branches(term, nil)[k]
	to := f.CallBlock(c)
	types := f.Params(to)
	f.RemoveInst(term)
	bl := ir.NewBuilder(f)
	bl.SetBlock(b)
	var vs []ir.Value
	for i := range f.NumCallArgs(c) {
		v, ok := f.CallArg(c, i).Value()
		if !ok {
			v = zero(bl, f.ValueType(types[i]))
		}
		vs = append(vs, v)
	}
	bl.Jump(to, vs...)
	prune(f)
	return true
}

// prune removes blocks that are not reachable.
func prune(f *ir.Func) {
	seen := map[ir.Block]bool{f.Entry(): true}
	for work := []ir.Block{f.Entry()}; len(work) > 0; {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		for _, c := range f.Branches(f.LastInst(b), nil) {
			if t := f.CallBlock(c); !seen[t] {
				seen[t] = true
				work = append(work, t)
			}
		}
	}
	for b := range f.Blocks() {
		if !seen[b] {
			f.RemoveBlock(b)
		}
	}
}

// instructions removes instructions, the last first.
func (r *reducer) instructions(i int) {
	var list []ir.Inst
	for b := range r.funcs[i].Blocks() {
		list = append(list, slices.Collect(r.funcs[i].Insts(b))...)
	}
	slices.Reverse(list)
	for _, inst := range list {
		f := r.funcs[i]
		if f.InstBlock(inst) == ir.NoBlock || !f.InLayout(f.InstBlock(inst)) || f.Data(inst).Op.Has(op.IsTerminator) ||
			isZero(f, inst) && used(f, f.FirstResult(inst)) {
			continue
		}
		if r.try(i, func(f *ir.Func) bool { return remove(f, inst) }) {
			continue
		}
		r.simpler(i, inst)
	}
}

// simpler replaces the result of an instruction by one of its operands, if there is one of the same type.
func (r *reducer) simpler(i int, inst ir.Inst) {
	f := r.funcs[i]
	rs := f.Results(inst)
	if len(rs) != 1 {
		return
	}
	for _, v := range f.Args(inst) {
		if f.ValueType(v) != f.ValueType(rs[0]) {
			continue
		}
		if r.try(i, func(f *ir.Func) bool {
			replace(f, rs[0], v)
			f.RemoveInst(inst)
			return true
		}) {
			return
		}
	}
}

func replace(f *ir.Func, old, v ir.Value) {
	for b := range f.Blocks() {
		for i := range f.Insts(b) {
			f.ForEachUse(i, func(u ir.Value) ir.Value {
				if f.Resolve(u) == old {
					return v
				}
				return u
			})
		}
	}
}

func used(f *ir.Func, v ir.Value) bool {
	found := false
	for b := range f.Blocks() {
		for i := range f.Insts(b) {
			f.ForEachUse(i, func(u ir.Value) ir.Value {
				found = found || f.Resolve(u) == v
				return u
			})
		}
	}
	return found
}

// isZero reports whether inst is what takes the place of removed instructions.
func isZero(f *ir.Func, inst ir.Inst) bool {
	switch d := f.Data(inst); d.Op {
	case op.Iconst, op.F16const, op.F32const, op.F64const:
		return d.Imm() == 0
	case op.Vconst, op.F128const:
		return bytes.Count(f.Constants[d.Constant()], []byte{0}) == len(f.Constants[d.Constant()])
	}
	return false
}

// remove takes inst away; zeros take the place of its results.
func remove(f *ir.Func, inst ir.Inst) bool {
	b := f.InstBlock(inst)
	rs := slices.Clone(f.Results(inst))
	last := f.LastInst(b)
	bl := ir.NewBuilder(f)
	bl.SetBlock(b)
	for _, v := range rs {
		if used(f, v) {
			replace(f, v, zero(bl, f.ValueType(v)))
		}
	}
	// The zeros stand behind the terminator so far.
	for i := f.NextInst(last); i != ir.NoInst; {
		next := f.NextInst(i)
		f.RemoveInst(i)
		f.InsertInst(i, inst)
		i = next
	}
	f.RemoveInst(inst)
	return true
}

// zero appends a zero of any type.
func zero(b *ir.Builder, t op.Type) ir.Value {
	f := b.Func()
	switch t {
	case op.I128:
		return b.Uextend(t, b.Iconst(op.I64, 0))
	case op.F16, op.F32, op.F64:
		d := ir.InstData{Op: map[op.Type]op.Opcode{op.F16: op.F16const, op.F32: op.F32const, op.F64: op.F64const}[t]}
		inst := f.NewInst(d)
		f.AppendInst(inst, b.Block())
		return f.AppendResults(inst, t)
	}
	if t.IsInt() {
		return b.Iconst(t, 0)
	}
	d := ir.InstData{Op: op.Vconst, Type: t, X: [4]ir.Value{ir.Value(f.InternConstant(data.Zero(t).Bytes()))}}
	if t == op.F128 {
		d.Op, d.Type = op.F128const, op.Invalid
	}
	inst := f.NewInst(d)
	f.AppendInst(inst, b.Block())
	return f.AppendResults(inst, t)
}

// params removes parameters of blocks, for which zeros stand in.
func (r *reducer) params(i int) {
	for _, b := range slices.Collect(r.funcs[i].Blocks()) {
		if b == r.funcs[i].Entry() {
			continue
		}
		for k := len(r.funcs[i].Params(b)) - 1; k >= 0; k-- {
			r.try(i, func(f *ir.Func) bool { return dropParam(f, b, k) })
		}
	}
}

func dropParam(f *ir.Func, b ir.Block, k int) bool {
	v := f.Params(b)[k]
	if used(f, v) {
		first, last := f.FirstInst(b), f.LastInst(b)
		bl := ir.NewBuilder(f)
		bl.SetBlock(b)
		z := zero(bl, f.ValueType(v))
		for i := f.NextInst(last); i != ir.NoInst; {
			next := f.NextInst(i)
			f.RemoveInst(i)
			f.InsertInst(i, first)
			i = next
		}
		replace(f, v, z)
	}
	for p := range f.Blocks() {
		term := f.LastInst(p)
		for n, c := range f.Branches(term, nil) {
			if f.CallBlock(c) != b {
				continue
			}
			var as []ir.BlockArg
			for j := range f.NumCallArgs(c) {
				if j != k {
					as = append(as, f.CallArg(c, j))
				}
			}
			f.SetBranch(term, n, f.NewBlockCall(b, as))
		}
	}
	f.KeepParams(b, func(j int, _ ir.Value) bool { return j != k })
	return true
}
