package frontend_test

import (
	"testing"

	"davit/frontend"
	"davit/ir"
	"davit/ir/op"
)

// newFunc returns a builder for a function with the given types of parameters and results.
func newFunc(opts frontend.Options, params, returns []op.Type) (*frontend.Builder, *ir.Func) {
	f := ir.NewFunc(ir.FuncName{Name: "f"}, signature(params, returns))
	b := frontend.NewBuilder(opts)
	b.Reset(f)
	return b, f
}

func signature(params, returns []op.Type) ir.Signature {
	var s ir.Signature
	for _, t := range params {
		s.Params = append(s.Params, ir.Param{Type: t})
	}
	for _, t := range returns {
		s.Returns = append(s.Returns, ir.Param{Type: t})
	}
	return s
}

var checked = frontend.Options{Check: true}

// TestLoop builds a loop over two variables.
func TestLoop(t *testing.T) {
	b, f := newFunc(checked, []op.Type{op.I32}, []op.Type{op.I32})
	entry, head, body, exit := b.CreateBlock(), b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
	b.SwitchToBlock(entry)
	b.SealBlock(entry)
	n, sum, unused := b.DeclareVar(op.I32), b.DeclareVar(op.I32), b.DeclareVar(op.I32)
	b.DefVar(n, b.AppendFuncParams(entry)[0])
	b.DefVar(sum, b.Iconst(op.I32, 0))
	b.DefVar(unused, b.Iconst(op.I32, 9))
	b.Jump(head)
	b.SwitchToBlock(head)
	b.Brif(b.UseVar(n), body, nil, exit, nil)
	b.SwitchToBlock(body)
	b.SealBlock(body)
	b.DefVar(sum, b.Iadd(b.UseVar(sum), b.UseVar(unused)))
	b.DefVar(n, b.Isub(b.UseVar(n), b.Iconst(op.I32, 1)))
	b.Jump(head)
	b.SealBlock(head)
	b.SwitchToBlock(exit)
	b.SealBlock(exit)
	b.Return(b.UseVar(sum))
	if err := b.Finalize(); err != nil {
		t.Fatal(err)
	}
	t.Log(f.String())
}
