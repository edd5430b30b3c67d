package ir

import "davit/ir/op"

// NewValue adds a value of type t that nothing defines yet: ValueExists is false until AppendParamNumbered, SetResults
// or MakeAlias gives it a definition.
func (f *Func) NewValue(t op.Type) Value {
	v := f.NewValueNumber()
	f.values = append(f.values, valueData{typ: t})
	return v
}

// Undefine takes back the definition of v, which must have no uses left: the number is free again.
func (f *Func) Undefine(v Value) { f.values[v] = valueData{} }

// KeepParams drops those parameters of b for which keep is false, which must have no uses left. The block calls that
// lead to b are the caller's to change.
func (f *Func) KeepParams(b Block, keep func(i int, v Value) bool) {
	n := &f.blocks[b]
	ps := f.list(n.params, n.nparams)
	kept := uint32(0)
	for i, v := range ps {
		if !keep(i, v) {
			f.values[v] = valueData{}
			continue
		}
		f.values[v].num = kept
		ps[kept] = v
		kept++
	}
	n.nparams = kept
}

// KeepArgs drops those arguments of block call i of inst, counted in the order of Branches, for which keep is false. The
// parameters of the block are the caller's to change.
func (f *Func) KeepArgs(inst Inst, i int, keep func(k int) bool) {
	c := f.Branch(inst, i)
	n := f.NumCallArgs(c)
	kept := BlockCall(len(f.pool))
	f.pool = append(f.pool, f.pool[c], 0)
	for k := range n {
		if keep(k) {
			f.pool = append(f.pool, Value(f.CallArg(c, k)))
		}
	}
	m := len(f.pool) - int(kept) - 2
	if m == n {
		f.pool = f.pool[:kept]
		return
	}
	f.pool[kept+1] = Value(m)
	f.SetBranch(inst, i, kept)
}

// Branch returns block call i of inst, counted in the order of Branches.
func (f *Func) Branch(inst Inst, i int) BlockCall {
	if p := f.branch(inst, i); p != nil {
		return BlockCall(*p)
	}
	return *f.exBranch(inst, i)
}

// SetBranch replaces block call i of inst, counted in the order of Branches.
func (f *Func) SetBranch(inst Inst, i int, c BlockCall) {
	if p := f.branch(inst, i); p != nil {
		*p = Value(c)
		return
	}
	*f.exBranch(inst, i) = c
}

// HasBlockCall reports whether c may be the handle of a block call: what it names can be read.
func (f *Func) HasBlockCall(c BlockCall) bool {
	return int(c)+2 <= len(f.pool) && uint64(f.pool[c+1])+uint64(c)+2 <= uint64(len(f.pool))
}

// branch returns where block call i of inst is kept, or nil if that is in an exception table.
func (f *Func) branch(inst Inst, i int) *Value {
	d := &f.insts[inst]
	switch d.Op.Format() {
	case op.FmtJump:
		return &d.X[0]
	case op.FmtBrif:
		return &d.X[1+i]
	case op.FmtBranchTable:
		return &f.pool[int(d.Table())+1+i]
	}
	return nil
}

func (f *Func) exBranch(inst Inst, i int) *BlockCall {
	t := &f.ExTables[f.insts[inst].ExTable()]
	for k := range t.Items {
		if t.Items[k].Kind == ExContext {
			continue
		}
		if i == 0 {
			return &t.Items[k].Target
		}
		i--
	}
	return &t.Normal
}

// IsSafepoint reports whether a collector may run while inst is under way: its opcode says so, and neither the callee
// nor the signature is marked as one that never collects.
func (f *Func) IsSafepoint(inst Inst) bool {
	d := &f.insts[inst]
	if !d.Op.IsSafepoint() {
		return false
	}
	switch d.Op.Format() {
	case op.FmtCall, op.FmtTryCall:
		if fn := d.Func(); int(fn) < len(f.ExtFuncs) && f.ExtFuncs[fn].NoGC {
			return false
		}
	}
	sig := f.CallSig(inst)
	return sig == NoSig || !f.Sigs[sig].NoGC
}
