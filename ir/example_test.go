package ir_test

import (
	"fmt"

	"davit/ir"
	"davit/ir/op"
)

// A function that counts down from its argument and calls another one each time.
func Example() {
	f := ir.NewFunc(ir.FuncName{Name: "countdown"}, ir.Signature{
		Params:   []ir.Param{{Type: op.I32, Ext: ir.Uext}},
		CallConv: ir.SystemV,
	})
	sig := f.AddSig(ir.Signature{Params: []ir.Param{{Type: op.I32}}, CallConv: ir.SystemV})
	tick := f.ImportFunc("tick", sig)

	b := ir.NewBuilder(f)
	n := b.NewEntry()[0]
	loop := b.NewBlock(op.I32)
	done := b.NewBlock()
	b.Jump(loop, n)

	b.SetBlock(loop)
	i := f.Params(loop)[0]
	b.Call(tick, i)
	next := b.Isub(i, b.Iconst(op.I32, 1))
	b.Brif(next, loop, []ir.Value{next}, done, nil)

	b.SetBlock(done)
	b.Return()

	fmt.Print(f)
	// Output:
	// function %countdown(i32 uext) system_v {
	//     sig0 = (i32) system_v
	//     fn0 = %tick sig0
	//
	// block0(v0: i32):
	//     jump block1(v0)
	//
	// block1(v1: i32):
	//     call fn0(v1)
	//     v2 = iconst.i32 1
	//     v3 = isub v1, v2  ; v2 = 1
	//     brif v3, block1(v3), block2
	//
	// block2:
	//     return
	// }
}
