//go:build linux && amd64

package gc_test

import (
	"fmt"
	"log"

	"davit/engine"
	"davit/frontend"
	"davit/gc"
	"davit/ir"
	"davit/ir/op"
)

// A function makes a linked list, inline and with garbage between the cells; Go walks the result.
func Example() {
	const cell gc.LayoutID = 0
	spec, err := gc.NewSpec(gc.Tags{}, gc.Layout{Name: "cell", Words: 2, Refs: 1 << 1}) // a number, the next cell
	check(err)

	e, err := engine.New(nil)
	check(err)
	defer e.Close()
	check(gc.Define(e.Module))
	check(e.Add(listFunc(spec, cell)))
	check(e.Link())
	list, err := e.Module.Lookup("list")
	check(err)

	h, err := gc.New(spec, gc.Config{Nursery: 64 << 10, Verify: true})
	check(err)
	defer h.Close()
	words := []uint64{uint64(h.Context()), 100000}
	check(h.Call(list, words))
	n, sum := 0, gc.Word(0)
	for w := gc.Word(words[0]); w != 0; w = h.Load(w, 1) {
		n++
		sum += h.Load(w, 0)
	}
	fmt.Println(n, sum)
	fmt.Println("collections:", h.Stats().Collections > 0)
	// Output:
	// 100000 5000050000
	// collections: true
}

// listFunc makes %list(context, n) -> list of the numbers from 1 to n.
func listFunc(spec *gc.Spec, cell gc.LayoutID) *ir.Func {
	i64 := ir.Param{Type: op.I64}
	f := ir.NewFunc(ir.FuncName{Name: "list"}, ir.Signature{
		Params: []ir.Param{i64, i64}, Returns: []ir.Param{i64}, CallConv: ir.SystemV,
	})
	b := frontend.NewBuilder(frontend.Options{})
	b.Reset(f)
	entry, loop, done := b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
	b.SwitchToBlock(entry)
	b.SealBlock(entry)
	context, n := b.AppendFuncParams(entry)[0], b.BlockParams(entry)[1]
	e := spec.Emitter(b, func() ir.Value { return context })
	list, i := b.DeclareVar(op.I64), b.DeclareVar(op.I64)
	b.DeclareVarNeedsStackMap(list)
	b.DefVar(list, b.Iconst(op.I64, 0))
	b.DefVar(i, n)
	b.Jump(loop)

	b.SwitchToBlock(loop)
	e.New(cell, 0, b.UseVar(i), b.Iconst(op.I64, 0)) // nobody will see this one
	b.DefVar(list, e.New(cell, 0, b.UseVar(i), b.UseVar(list)))
	b.DefVar(i, b.IaddImm(b.UseVar(i), -1))
	b.Brif(b.UseVar(i), loop, nil, done, nil)
	b.SealBlock(loop)
	b.SealBlock(done)

	b.SwitchToBlock(done)
	b.Return(b.UseVar(list))
	check(b.Finalize())
	return f
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
