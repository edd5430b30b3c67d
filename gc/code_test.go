//go:build linux && amd64

package gc

import (
	"testing"

	"davit/engine"
	"davit/frontend"
	"davit/frontend/safepoint"
	"davit/ir"
	"davit/ir/op"
	"davit/jit"
	"davit/settings"
)

// code makes functions that work on heaps. Their context is in the pinned register, which the entry functions set.
type code struct {
	t testing.TB
	*frontend.Builder
	*Emitter
	spec *Spec
	e    *engine.Engine
}

func newCode(t testing.TB, spec *Spec, opts ...jit.Option) *code {
	t.Helper()
	flags := settings.Native()
	flags.SetBool(settings.EnablePinnedReg, true)
	flags.SetBool(settings.EnableLLVMABIExtensions, true)
	flags.SetStackMapChecker(settings.CheckAllMaps)
	e, err := engine.New(&flags, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	if err := Define(e.Module); err != nil {
		t.Fatal(err)
	}
	b := frontend.NewBuilder(frontend.Options{Check: true, Safepoints: safepoint.Late})
	return &code{t, b, spec.Emitter(b, Pinned(b)), spec, e}
}

func wordSig(params, results int, cc ir.CallConv) ir.Signature {
	ps := make([]ir.Param, params)
	rs := make([]ir.Param, results)
	for i := range ps {
		ps[i].Type = op.I64
	}
	for i := range rs {
		rs[i].Type = op.I64
	}
	return ir.Signature{Params: ps, Returns: rs, CallConv: cc}
}

// fn makes a function with words as parameters, r for a reference and n for a number, and one word as result.
func (c *code) fn(name, params string, body func(p []ir.Value)) {
	c.t.Helper()
	c.Reset(ir.NewFunc(ir.FuncName{Name: name}, wordSig(len(params), 1, ir.Tail)))
	entry := c.CreateBlock()
	c.SwitchToBlock(entry)
	c.SealBlock(entry)
	p := append([]ir.Value{}, c.AppendFuncParams(entry)...)
	for i, v := range p {
		if params[i] == 'r' {
			c.DeclareValueNeedsStackMap(v)
		}
	}
	body(p)
	c.SealAllBlocks()
	c.add()
}

func (c *code) add() {
	c.t.Helper()
	f := c.Func()
	if err := c.Finalize(); err != nil {
		c.t.Fatal(err)
	}
	if err := c.e.Add(f); err != nil {
		c.t.Fatal(err)
	}
}

// entry makes a function NAME_entry that Go calls with the context and the parameters of function NAME.
func (c *code) entry(name string, params int) {
	c.t.Helper()
	c.Reset(ir.NewFunc(ir.FuncName{Name: name + "_entry"}, wordSig(params+1, 1, ir.SystemV)))
	entry := c.CreateBlock()
	c.SwitchToBlock(entry)
	c.SealBlock(entry)
	p := append([]ir.Value{}, c.AppendFuncParams(entry)...)
	c.SetPinnedReg(p[0])
	c.Return(c.callFn(name, p[1:]...))
	c.add()
}

// callFn appends a call of another function of the test, which returns a number.
func (c *code) callFn(name string, args ...ir.Value) ir.Value {
	fn := c.ImportFunction(name, c.ImportSignature(wordSig(len(args), 1, ir.Tail)))
	return c.Result(c.Builder.Call(fn, args...))
}

// callRef is callFn for a function that returns a reference.
func (c *code) callRef(name string, args ...ir.Value) ir.Value {
	v := c.callFn(name, args...)
	c.DeclareValueNeedsStackMap(v)
	return v
}

// link returns entry functions.
func (c *code) link(names ...string) []*jit.Function {
	c.t.Helper()
	if err := c.e.Link(); err != nil {
		c.t.Fatal(err)
	}
	var fns []*jit.Function
	for _, n := range names {
		fn, err := c.e.Module.Lookup(n + "_entry")
		if err != nil {
			c.t.Fatal(err)
		}
		fns = append(fns, fn)
	}
	return fns
}

// when appends a branch: then is built for the case that cond is not 0, and returns; what follows is built for the other.
func (c *code) when(cond ir.Value, then func()) {
	yes, no := c.CreateBlock(), c.CreateBlock()
	c.Brif(cond, yes, nil, no, nil)
	c.SealBlock(yes)
	c.SealBlock(no)
	c.SwitchToBlock(yes)
	then()
	c.SwitchToBlock(no)
}

// call calls an entry function.
func call(t testing.TB, h *Heap, fn *jit.Function, args ...uint64) uint64 {
	t.Helper()
	words := append([]uint64{uint64(h.Context())}, args...)
	if err := h.Call(fn, words); err != nil {
		t.Fatal(err)
	}
	return words[0]
}
