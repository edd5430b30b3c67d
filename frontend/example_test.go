package frontend_test

import (
	"fmt"

	"davit/frontend"
	"davit/ir"
	"davit/ir/op"
)

// A list of n cells is built by a loop around an allocation. The variable that holds the list is declared to need stack
// maps: it is in the map of the allocation, and is read again after it.
func Example() {
	i64 := ir.Param{Type: op.I64}
	f := ir.NewFunc(ir.FuncName{Name: "cells"}, ir.Signature{Params: []ir.Param{i64}, Returns: []ir.Param{i64}})
	b := frontend.NewBuilder(frontend.Options{Check: true})
	b.Reset(f)
	alloc := b.ImportFunction("alloc", b.ImportSignature(ir.Signature{Params: []ir.Param{i64}, Returns: []ir.Param{i64}}))

	n, list := b.DeclareVar(op.I64), b.DeclareVar(op.I64)
	b.DeclareVarNeedsStackMap(list)
	entry, head, body, exit := b.CreateBlock(), b.CreateBlock(), b.CreateBlock(), b.CreateBlock()

	b.SwitchToBlock(entry)
	b.SealBlock(entry)
	b.DefVar(n, b.AppendFuncParams(entry)[0])
	b.DefVar(list, b.Iconst(op.I64, 0))
	b.Jump(head)

	b.SwitchToBlock(head)
	b.Brif(b.UseVar(n), body, nil, exit, nil)

	b.SwitchToBlock(body)
	b.SealBlock(body)
	cell := b.Result(b.Call(alloc, b.Iconst(op.I64, 8)))
	b.Store(ir.TrustedMem, b.UseVar(list), cell, 0)
	b.DefVar(list, cell)
	b.DefVar(n, b.IaddImm(b.UseVar(n), -1))
	b.Jump(head)
	b.SealBlock(head)

	b.SwitchToBlock(exit)
	b.SealBlock(exit)
	b.Return(b.UseVar(list))
	if err := b.Finalize(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(f)
	// Output:
	// function %cells(i64) -> i64 fast {
	//     ;@needs_stack_map v1, v4, v5, v10
	//     ss0 = explicit_slot 8, align = 8
	//     sig0 = (i64) -> i64 fast
	//     fn0 = %alloc sig0
	//
	// block0(v0: i64):
	//     v1 = iconst.i64 0
	//     jump block1(v0, v1)  ; v1 = 0
	//
	// block1(v2: i64, v5: i64):
	//     v8 = stack_addr.i64 ss0
	//     store notrap aligned v5, v8
	//     brif v2, block2, block3
	//
	// block2:
	//     v3 = iconst.i64 8
	//     v4 = call fn0(v3), stack_map=[i64 @ ss0+0]  ; v3 = 8
	//     v9 = stack_addr.i64 ss0
	//     v10 = load.i64 notrap aligned v9
	//     store notrap aligned v10, v4
	//     v6 = iconst.i64 -1
	//     v7 = iadd.i64 v2, v6  ; v6 = -1
	//     jump block1(v7, v4)
	//
	// block3:
	//     return v5
	// }
}
