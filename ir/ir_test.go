package ir_test

import (
	"testing"
	"unsafe"

	"davit/ir"
	"davit/ir/op"
)

// TestSizes pins the size of the hot nodes.
func TestSizes(t *testing.T) {
	if n := unsafe.Sizeof(ir.InstData{}); n != 20 {
		t.Errorf("an instruction takes %d bytes; want 20", n)
	}
}

func TestBuildAndWalk(t *testing.T) {
	f := ir.NewFunc(ir.FuncName{Name: "f"}, ir.Signature{Params: []ir.Param{{Type: op.I32}}, Returns: []ir.Param{{Type: op.I32}}})
	b := f.NewBlock()
	f.AppendBlock(b)
	x := f.AppendParam(b, op.I32)
	add := f.NewInst(ir.InstData{Op: op.Iadd, Type: op.I32, X: [4]ir.Value{x, x}})
	f.AppendInst(add, b)
	y := f.AppendResults(add, op.I32)
	off, n := f.NewList([]ir.Value{y})
	ret := f.NewInst(ir.InstData{Op: op.Return, X: [4]ir.Value{off, n}})
	f.AppendInst(ret, b)

	if got := f.Args(ret); len(got) != 1 || got[0] != y {
		t.Errorf("operands of return: %v; want [%v]", got, y)
	}
	if got := f.Results(add); len(got) != 1 || got[0] != y || f.ValueType(y) != op.I32 {
		t.Errorf("results of iadd: %v", got)
	}
	var order []ir.Inst
	for i := range f.Insts(b) {
		order = append(order, i)
	}
	if len(order) != 2 || order[0] != add || order[1] != ret {
		t.Errorf("block holds %v", order)
	}
	z := f.NewValueNumber()
	f.MakeAlias(z, y)
	if f.Resolve(z) != y || f.ValueType(z) != op.I32 {
		t.Errorf("%v does not stand for %v", z, y)
	}
	if f.AppendStackMapEntry(add, ir.StackMapEntry{Type: op.I64}) {
		t.Error("iadd took a stack map entry")
	}
}
