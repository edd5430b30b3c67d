package ssa

import (
	"davit/ir"
	"davit/ir/op"
)

// ZeroAtStart makes a zero of type t at the start of a block.
func ZeroAtStart(f *ir.Func, blk ir.Block, t op.Type) ir.Value {
	z := zeroMaker{f, blk, f.FirstInst(blk)}
	return z.zero(t)
}

// ZeroAtEnd makes a zero of type t at the end of a block.
func ZeroAtEnd(f *ir.Func, blk ir.Block, t op.Type) ir.Value {
	z := zeroMaker{f, blk, ir.NoInst}
	return z.zero(t)
}

// zeroMaker inserts constants into a block before an instruction, or at its end.
type zeroMaker struct {
	f      *ir.Func
	block  ir.Block
	before ir.Inst
}

func (z *zeroMaker) insert(d ir.InstData, result op.Type) ir.Value {
	inst := z.f.NewInst(d)
	if z.before == ir.NoInst {
		z.f.AppendInst(inst, z.block)
	} else {
		z.f.InsertInst(inst, z.before)
	}
	return z.f.AppendResults(inst, result)
}

func (z *zeroMaker) zero(t op.Type) ir.Value {
	switch {
	case t == op.I128:
		lo := z.zero(op.I64)
		return z.insert(ir.InstData{Op: op.Uextend, Type: t, X: [4]ir.Value{lo}}, t)
	case t.IsInt():
		return z.insert(ir.InstData{Op: op.Iconst, Type: t}, t)
	case t == op.F16:
		return z.insert(ir.InstData{Op: op.F16const}, t)
	case t == op.F32:
		return z.insert(ir.InstData{Op: op.F32const}, t)
	case t == op.F64:
		return z.insert(ir.InstData{Op: op.F64const}, t)
	}
	c := ir.Value(z.f.InternConstant(make([]byte, t.Bytes())))
	switch {
	case t == op.F128:
		return z.insert(ir.InstData{Op: op.F128const, X: [4]ir.Value{c}}, t)
	case t.IsDynamic():
		lane := z.zero(t.Lane())
		return z.insert(ir.InstData{Op: op.Splat, Type: t, X: [4]ir.Value{lane}}, t)
	}
	return z.insert(ir.InstData{Op: op.Vconst, Type: t, X: [4]ir.Value{c}}, t)
}
