// Lists builds a function with declared variables: it reverses a list in place while the collector moves its cells.
//
//	go run ./examples/lists
//
// The function keeps the list in two variables that are declared to need stack maps. All that the front end does about the
// collector is in these two declarations: what must survive a call is stored in the frame before it, the stack map of the
// call says where, and what is used afterwards is loaded from there.
package main

import (
	"fmt"
	"io"
	"os"

	"davit/engine"
	"davit/frontend"
	"davit/frontend/safepoint"
	"davit/gc"
	"davit/ir"
	"davit/ir/op"
)

// A cell has a number and the next cell.
const cell gc.LayoutID = 0

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	spec, err := gc.NewSpec(gc.Tags{}, gc.Layout{Name: "cell", Words: 2, Refs: 1 << 1})
	if err != nil {
		return err
	}
	f, err := reverse(spec)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, f)

	e, err := engine.New(nil)
	if err != nil {
		return err
	}
	defer e.Close()
	if err := gc.Define(e.Module); err != nil {
		return err
	}
	if err := e.Add(f); err != nil {
		return err
	}
	if err := e.Link(); err != nil {
		return err
	}
	return try(out, spec, e)
}

// reverse makes %reverse(context, list) -> list. It asks for a collection at each cell.
func reverse(spec *gc.Spec) (*ir.Func, error) {
	i64 := ir.Param{Type: op.I64}
	f := ir.NewFunc(ir.FuncName{Name: "reverse"}, ir.Signature{
		Params: []ir.Param{i64, i64}, Returns: []ir.Param{i64}, CallConv: ir.SystemV,
	})
	b := frontend.NewBuilder(frontend.Options{Check: true, Safepoints: safepoint.Late})
	b.Reset(f)
	entry, loop, body, done := b.CreateBlock(), b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
	b.SwitchToBlock(entry)
	b.SealBlock(entry)
	params := b.AppendFuncParams(entry)
	context, list := params[0], params[1]
	e := spec.Emitter(b, func() ir.Value { return context })

	rest, result := b.DeclareVar(op.I64), b.DeclareVar(op.I64)
	b.DeclareVarNeedsStackMap(rest)
	b.DeclareVarNeedsStackMap(result)
	b.DefVar(rest, list)
	b.DefVar(result, b.Iconst(op.I64, 0))
	b.Jump(loop)

	b.SwitchToBlock(loop)
	b.Brif(b.UseVar(rest), body, nil, done, nil)
	b.SealBlock(body)
	b.SealBlock(done)

	b.SwitchToBlock(body)
	e.Safepoint()
	here := b.UseVar(rest)
	b.DefVar(rest, e.LoadRef(here, 0, 1))
	e.Store(here, 0, 1, b.UseVar(result))
	b.DefVar(result, here)
	b.Jump(loop)
	b.SealBlock(loop)

	b.SwitchToBlock(done)
	b.Return(b.UseVar(result))
	return f, b.Finalize()
}

// try reverses a list on a heap on which each safepoint moves everything.
func try(out io.Writer, spec *gc.Spec, e *engine.Engine) error {
	fn, err := e.Module.Lookup("reverse")
	if err != nil {
		return err
	}
	h, err := gc.New(spec, gc.Config{Stress: true, Verify: true})
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.Enter(); err != nil {
		return err
	}
	defer h.Leave()
	list := h.NewHandle(0)
	for i := range gc.Word(5) {
		w, err := h.New(cell, 0, 0)
		if err != nil {
			return err
		}
		h.Store(w, 0, 5-i)
		h.Store(w, 1, list.Get())
		list.Set(w)
	}
	words := []uint64{uint64(h.Context()), uint64(list.Get())}
	if err := h.Call(fn, words); err != nil {
		return err
	}
	for w := gc.Word(words[0]); w != 0; w = h.Load(w, 1) {
		fmt.Fprint(out, h.Load(w, 0), " ")
	}
	fmt.Fprintln(out, "after", h.Stats().Collections, "collections")
	return nil
}
