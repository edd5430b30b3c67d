package frontend

import (
	"davit/ir"
	"davit/ir/op"
)

// Every method of an opcode asks at for the builder to append with, and hands the result to one of the methods end. After
// a mistake the instruction goes to a function that nobody sees, so that each method is one line and none can fail.

// at returns the builder to append an instruction with.
func (b *Builder) at(o op.Opcode) *ir.Builder {
	if b.err == nil && b.cur != ir.NoBlock && !b.blocks[b.cur].filled {
		return &b.ib
	}
	b.open(o.String())
	if b.junk == nil {
		b.junk = ir.NewFunc(ir.FuncName{}, ir.Signature{})
	}
	b.junk.Reset(ir.FuncName{}, ir.Signature{})
	b.junkIB = *ir.NewBuilder(b.junk)
	b.junkIB.NewEntry()
	return &b.junkIB
}

// end takes note of the instruction just appended and returns it.
func (b *Builder) end(inst ir.Inst) ir.Inst {
	if b.err != nil {
		return ir.NoInst
	}
	if !b.note(inst) {
		return ir.NoInst
	}
	return inst
}

func (b *Builder) end1(v ir.Value) ir.Value {
	if b.err != nil || !b.note(b.f.LastInst(b.cur)) {
		return ir.NoValue
	}
	return v
}

func (b *Builder) end2(v, w ir.Value) (ir.Value, ir.Value) {
	if b.err != nil || !b.note(b.f.LastInst(b.cur)) {
		return ir.NoValue, ir.NoValue
	}
	return v, w
}

// note checks an instruction and, if it is a terminator, ends the block. It reports whether all is well.
func (b *Builder) note(inst ir.Inst) bool {
	f := b.f
	for _, v := range f.Args(inst) {
		if !b.exists(inst.Entity(), v) {
			return false
		}
	}
	o := f.Data(inst).Op
	if o.Has(op.IsBranch) && !b.addEdges(inst) {
		return false
	}
	if o.Has(op.IsCall) && !b.checkCallee(inst) {
		return false
	}
	if o.Has(op.IsTerminator) {
		b.blocks[b.cur].filled = true
	}
	return !b.opts.Check || b.check(inst)
}

// exists checks that v is a value of the function; uses of it are put down to an entity.
func (b *Builder) exists(where ir.Entity, v ir.Value) bool {
	if int(v) >= b.f.NumValues() {
		if v == ir.NoValue {
			b.fail(where, "uses a value that does not exist")
		} else {
			b.fail(where, "uses %v, which is no value of this function", v)
		}
		return false
	}
	return true
}

// addEdges records where a branch leads to.
func (b *Builder) addEdges(inst ir.Inst) bool {
	f := b.f
	b.calls = f.Branches(inst, b.calls[:0])
	for _, call := range b.calls {
		if !f.HasBlockCall(call) || !b.known(f.CallBlock(call)) {
			b.fail(inst.Entity(), "has a target that does not exist")
			return false
		}
		if to := f.CallBlock(call); b.ssa.Sealed(to) {
			b.fail(b.cur.Entity(), "branches to %v, which is sealed", to)
			return false
		}
		for i := range f.NumCallArgs(call) {
			if v, ok := f.CallArg(call, i).Value(); ok && !b.exists(inst.Entity(), v) {
				return false
			}
		}
	}
	for i, call := range b.calls {
		b.ssa.AddEdge(inst, i, b.cur, f.CallBlock(call))
	}
	return true
}

// checkCallee checks that a call names something declared.
func (b *Builder) checkCallee(inst ir.Inst) bool {
	f := b.f
	d := f.Data(inst)
	fm := d.Op.Format()
	switch fm {
	case op.FmtCall, op.FmtTryCall:
		if fn := d.Func(); int(fn) >= len(f.ExtFuncs) || !f.ExtFuncs[fn].Declared {
			b.fail(inst.Entity(), "calls %v, which is not declared", fn)
			return false
		}
	case op.FmtTernary:
		return true // stack_switch
	}
	if f.CallSig(inst) == ir.NoSig {
		b.fail(inst.Entity(), "calls with a signature that is not declared")
		return false
	}
	if fm == op.FmtTryCall || fm == op.FmtTryCallIndirect {
		for _, item := range f.ExTables[d.ExTable()].Items {
			if item.Kind == ir.ExContext && !b.exists(inst.Entity(), item.Context) {
				return false
			}
		}
	}
	return true
}
