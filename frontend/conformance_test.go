package frontend_test

import (
	"fmt"
	"strings"
	"testing"

	"davit/frontend"
	"davit/frontend/safepoint"
	"davit/ir"
	"davit/ir/op"
	"davit/stackmap/check"
)

// The numbers of the tests are those of the list of conformance tests for user stack maps. Here variables and values are
// declared by calls of the builder; package safepoint has the tests on functions in text.

// refBuilder builds a function with parameters (reference, number) and a result, which calls %alloc() -> reference, %gc() and
// %use(reference).
type refBuilder struct {
	*frontend.Builder
	ref, num       ir.Value
	alloc, gc, use ir.FuncRef
}

func (b *refBuilder) newRef() ir.Value        { return b.Result(b.Call(b.alloc)) }
func (b *refBuilder) collect()                { b.Call(b.gc) }
func (b *refBuilder) useRef(v ir.Value)       { b.Call(b.use, v) }
func (b *refBuilder) in(blk ir.Block)         { b.SwitchToBlock(blk); b.SealBlock(blk) }
func (b *refBuilder) refs() frontend.Variable { return b.declared(op.I64) }

func (b *refBuilder) declared(t op.Type) frontend.Variable {
	x := b.DeclareVar(t)
	b.DeclareVarNeedsStackMap(x)
	return x
}

// buildRefs builds a function.
func buildRefs(t *testing.T, opts frontend.Options, build func(b *refBuilder)) *ir.Func {
	t.Helper()
	opts.Check = true
	b, f := newFunc(opts, []op.Type{op.I64, op.I64}, []op.Type{op.I64})
	r := &refBuilder{Builder: b}
	ps := begin(b)
	r.ref, r.num = ps[0], ps[1]
	r.alloc = b.ImportFunction("alloc", b.ImportSignature(signature(nil, []op.Type{op.I64})))
	r.gc = b.ImportFunction("gc", b.ImportSignature(ir.Signature{}))
	r.use = b.ImportFunction("use", b.ImportSignature(signature([]op.Type{op.I64}, nil)))
	build(r)
	if err := b.Finalize(); err != nil {
		t.Fatal(err)
	}
	return f
}

// mapSizes returns the callees of f in the order of the layout, each with the number of its stack map's entries.
func mapSizes(f *ir.Func) string {
	var calls []string
	for b := range f.Blocks() {
		for inst := range f.Insts(b) {
			if f.IsSafepoint(inst) {
				calls = append(calls, fmt.Sprintf("%s{%d}", f.ExtFuncs[f.Data(inst).Func()].Name.Name, len(f.StackMap(inst))))
			}
		}
	}
	return strings.Join(calls, " ")
}

// expectMaps builds a function in both modes. Its maps must have the given sizes, and be right: each use gets what it got
// without them, and nothing from before a safepoint.
func expectMaps(t *testing.T, want string, build func(b *refBuilder)) {
	t.Helper()
	before := buildRefs(t, frontend.Options{KeepDeclarations: true}, build)
	for mode := range safepoint.Mode(safepoint.NumModes) {
		f := buildRefs(t, frontend.Options{Safepoints: mode}, build)
		if got := mapSizes(f); got != want {
			t.Errorf("%v: maps %s, expected %s\n%s", mode, got, want, f)
		}
		if errs := append(check.Func(f), check.Placement(before, f)...); len(errs) > 0 {
			t.Errorf("%v: %v\n%s", mode, errs, f)
		}
	}
}

// TestConformance29_Join redefines a variable in both arms of a branch, and uses it where they meet: the parameter that
// the join needs is in the map there.
func TestConformance29_Join(t *testing.T) {
	expectMaps(t, "alloc{0} gc{1} alloc{0} gc{1} gc{1} use{0}", func(b *refBuilder) {
		x := b.refs()
		b.DefVar(x, b.ref)
		then, els, join := b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
		b.Brif(b.num, then, nil, els, nil)
		for _, arm := range []ir.Block{then, els} {
			b.in(arm)
			b.DefVar(x, b.newRef())
			b.collect()
			b.Jump(join)
		}
		b.in(join)
		b.collect()
		b.useRef(b.UseVar(x))
		b.Return(b.num)
	})
}

// TestConformance30_Redefinition redefines a variable in one block: the values before and after are in the map.
func TestConformance30_Redefinition(t *testing.T) {
	expectMaps(t, "alloc{0} alloc{1} gc{2} use{1} use{0}", func(b *refBuilder) {
		x := b.refs()
		b.DefVar(x, b.newRef())
		first := b.UseVar(x)
		b.DefVar(x, b.newRef())
		b.collect()
		b.useRef(first)
		b.useRef(b.UseVar(x))
		b.Return(b.num)
	})
}

// TestConformance31_Parameter has a variable that is a parameter of the function, and a reference that the first
// instruction defines.
func TestConformance31_Parameter(t *testing.T) {
	expectMaps(t, "alloc{1} gc{2} use{1} use{0}", func(b *refBuilder) {
		x, y := b.refs(), b.refs()
		b.DefVar(x, b.ref)
		b.DefVar(y, b.newRef())
		b.collect()
		b.useRef(b.UseVar(y))
		b.useRef(b.UseVar(x))
		b.Return(b.num)
	})
}

// TestConformance34_ChainedPhis has a variable that two nested loops only pass on, and that the outer one may redefine:
// it is in the map of the inner loop's call.
func TestConformance34_ChainedPhis(t *testing.T) {
	expectMaps(t, "gc{1} alloc{0} gc{1} use{0}", func(b *refBuilder) {
		x, n := b.refs(), b.DeclareVar(op.I64)
		b.DefVar(x, b.ref)
		b.DefVar(n, b.num)
		outer, inner, latch, fresh, next, exit := b.CreateBlock(), b.CreateBlock(), b.CreateBlock(), b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
		b.Jump(outer)
		b.SwitchToBlock(outer)
		b.Jump(inner)
		b.SwitchToBlock(inner)
		b.collect()
		b.DefVar(n, b.IaddImm(b.UseVar(n), -1))
		b.Brif(b.BandImm(b.UseVar(n), 3), inner, nil, latch, nil)
		b.SealBlock(inner)
		b.in(latch)
		b.Brif(b.BandImm(b.UseVar(n), 4), fresh, nil, next, nil)
		b.in(fresh)
		b.DefVar(x, b.newRef())
		b.Jump(next)
		b.in(next)
		b.Brif(b.UseVar(n), outer, nil, exit, nil)
		b.SealBlock(outer)
		b.in(exit)
		b.collect()
		b.useRef(b.UseVar(x))
		b.Return(b.num)
	})
}

// TestConformance35_Alias declares a value that turns out to be another name of one that is not declared: the parameter of
// a loop for a variable that the loop does not change.
func TestConformance35_Alias(t *testing.T) {
	expectMaps(t, "gc{1} use{1} use{0}", func(b *refBuilder) {
		x := b.DeclareVar(op.I64)
		b.DefVar(x, b.ref)
		loop, exit := b.CreateBlock(), b.CreateBlock()
		b.Jump(loop)
		b.SwitchToBlock(loop)
		v := b.UseVar(x)
		b.DeclareValueNeedsStackMap(v)
		b.collect()
		b.Brif(b.num, loop, nil, exit, nil)
		b.SealBlock(loop)
		b.in(exit)
		b.useRef(v)
		b.useRef(b.ref)
		b.Return(b.num)
	})
}
