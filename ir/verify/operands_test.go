package verify_test

import (
	"strings"
	"testing"

	"davit/ir"
	"davit/ir/op"
	"davit/ir/verify"
)

// TestOperands checks single instructions of a function that is far from complete.
func TestOperands(t *testing.T) {
	f := ir.NewFunc(ir.FuncName{Name: "f"}, ir.Signature{})
	b := ir.NewBuilder(f)
	blk := b.NewBlock(op.I32, op.I64)
	b.SetBlock(blk)
	p := f.Params(blk)
	later := f.NewBlock() // not in the layout
	f.AppendParam(later, op.I32)
	undefined := f.NewValue(op.I32)
	inst := func(v ir.Value) ir.Inst { i, _, _ := f.DefInst(v); return i }
	tests := []struct {
		inst ir.Inst
		want string // part of the first message; empty: none
	}{
		{inst(b.Iadd(p[0], undefined)), ""},
		{inst(b.Iadd(p[0], p[1])), "has type i64, expected i32"},
		{b.Jump(later, undefined), ""},
		{b.Jump(later, p[1]), "has type i64, expected i32"},
		{b.Jump(later), "got 0, expected 1"},
		{b.Call(7), "invalid function reference fn7"},
		{inst(b.StackAddr(op.I64, 3, 0)), "invalid stack slot ss3"},
		{inst(b.GetExceptionHandlerAddress(op.I64, later, 0)), ""},
	}
	var c verify.Context
	for _, test := range tests {
		errs := c.Operands(f, test.inst, verify.Options{})
		switch {
		case test.want == "" && errs != nil:
			t.Errorf("%s: %v", f.InstString(test.inst), errs)
		case test.want != "" && (errs == nil || !strings.Contains(errs[0].Msg, test.want)):
			t.Errorf("%s: got %v, want %q", f.InstString(test.inst), errs, test.want)
		}
	}
}
