package verify_test

import (
	"fmt"
	"strings"
	"testing"

	"davit/ir"
	"davit/ir/op"
	"davit/ir/verify"
)

// builder has what the cases below start from: an entry block with a parameter of type i64.
type builder struct {
	*ir.Builder
	f *ir.Func
	v ir.Value
}

func newBuilder() builder {
	f := ir.NewFunc(ir.FuncName{Name: "f"}, ir.Signature{Params: []ir.Param{{Type: op.I64}}, CallConv: ir.Tail})
	b := builder{Builder: ir.NewBuilder(f), f: f}
	b.v = b.NewEntry()[0]
	return b
}

// add appends an instruction as it is.
func (b builder) add(d ir.InstData, results ...op.Type) ir.Inst {
	i := b.f.NewInst(d)
	b.f.AppendInst(i, b.Block())
	if len(results) > 0 {
		b.f.AppendResults(i, results...)
	}
	return i
}

// call appends a call of a new function without parameters and results.
func (b builder) call() ir.Inst {
	return b.Call(b.f.ImportFunc("g", b.f.AddSig(ir.Signature{CallConv: ir.Tail})))
}

const far = 1 << 20 // no entity has this number

// malformed has functions that only the API can make: the parser rejects them. Each returns with its entry block open.
var malformed = []struct {
	name string
	make func(b builder)
}{
	{"value without number", func(b builder) { b.Iadd(b.v, far) }},
	{"value without definition", func(b builder) { b.Iadd(b.v, b.f.NewValue(op.I64)) }},
	{"alias of nothing", func(b builder) {
		v := b.f.NewValueNumber() + 1
		b.f.MakeAlias(v, b.f.NewValue(op.I64))
		b.Iadd(v, v)
	}},
	{"removed instruction", func(b builder) {
		v := b.Iadd(b.v, b.v)
		b.f.RemoveInst(b.f.LastInst(b.Block()))
		b.Iadd(v, v)
	}},
	{"removed block", func(b builder) {
		entry, gone := b.Block(), b.NewBlock(op.I64)
		p := b.f.Params(gone)[0]
		b.SetBlock(gone)
		v := b.Iadd(p, p)
		b.Return()
		b.f.RemoveBlock(gone)
		b.SetBlock(entry)
		b.Iadd(p, p)
		b.Iadd(v, v)
	}},
	{"dropped result", func(b builder) {
		v := b.Iadd(b.v, b.v)
		b.f.SetResults(b.f.LastInst(b.Block()), nil, nil)
		b.Iadd(v, v)
	}},
	{"replaced result", func(b builder) {
		v := b.Iadd(b.v, b.v)
		b.f.SetResults(b.f.LastInst(b.Block()), []ir.Value{b.f.NewValueNumber()}, []op.Type{op.I64})
		b.Iadd(v, b.v)
	}},
	{"stolen result", func(b builder) {
		v := b.Iadd(b.v, b.v)
		i := b.add(ir.InstData{Op: op.Iadd, Type: op.I64, X: [4]ir.Value{b.v, b.v}})
		b.f.SetResults(i, []ir.Value{v}, []op.Type{op.I64})
	}},
	{"result too many", func(b builder) {
		b.add(ir.InstData{Op: op.Iadd, Type: op.I64, X: [4]ir.Value{b.v, b.v}}, op.I64, op.I64)
	}},
	{"result too few", func(b builder) {
		b.add(ir.InstData{Op: op.UaddOverflow, Type: op.I64, X: [4]ir.Value{b.v, b.v}}, op.I64)
	}},
	{"result of wrong type", func(b builder) {
		b.add(ir.InstData{Op: op.Iadd, Type: op.I64, X: [4]ir.Value{b.v, b.v}}, op.I32)
		b.add(ir.InstData{Op: op.UaddOverflow, Type: op.I64, X: [4]ir.Value{b.v, b.v}}, op.F32, op.I64)
	}},
	{"result of a call", func(b builder) {
		sig := b.f.AddSig(ir.Signature{Returns: []ir.Param{{Type: op.F32}}, CallConv: ir.Tail})
		fn := b.f.ImportFunc("g", sig)
		b.add(ir.InstData{Op: op.Call, X: [4]ir.Value{0, 0, ir.Value(fn)}})
		b.add(ir.InstData{Op: op.Call, X: [4]ir.Value{0, 0, ir.Value(fn)}}, op.I32)
	}},
	{"no opcode", func(b builder) { b.add(ir.InstData{}) }},
	{"no type", func(b builder) {
		b.add(ir.InstData{Op: op.Iadd, X: [4]ir.Value{b.v, b.v}}, op.I64)
		b.add(ir.InstData{Op: op.Iconst}, op.I64)
	}},
	{"type outside of the set", func(b builder) { b.Iconst(op.F64, 1) }},
	{"function", func(b builder) { b.FuncAddr(op.I64, 7); b.add(ir.InstData{Op: op.Call, X: [4]ir.Value{0, 0, 7}}) }},
	{"hole among functions", func(b builder) {
		b.f.ExtFuncs = append(b.f.ExtFuncs, ir.ExtFuncData{})
		b.add(ir.InstData{Op: op.Call})
	}},
	{"signature of a function", func(b builder) {
		fn := b.f.ImportFunc("g", 9)
		b.add(ir.InstData{Op: op.Call, X: [4]ir.Value{0, 0, ir.Value(fn)}})
		b.add(ir.InstData{Op: op.ReturnCall, X: [4]ir.Value{0, 0, ir.Value(fn)}})
		b.SetBlock(b.NewBlock())
		b.TryCall(fn, nil, ir.ExTableData{Sig: 9, Normal: b.Target(b.Block())})
		b.SetBlock(b.NewBlock())
	}},
	{"signature", func(b builder) {
		off, n := b.f.NewCallList(b.v, nil)
		b.add(ir.InstData{Op: op.CallIndirect, Type: op.I64, X: [4]ir.Value{off, n, 9}})
	}},
	{"exception table", func(b builder) {
		sig := b.f.AddSig(ir.Signature{CallConv: ir.Tail})
		fn := b.f.ImportFunc("g", sig)
		b.add(ir.InstData{Op: op.TryCall, X: [4]ir.Value{0, 0, ir.Value(fn), 9}})
		b.SetBlock(b.NewBlock())
	}},
	{"parts of an exception table", func(b builder) {
		sig := b.f.AddSig(ir.Signature{CallConv: ir.Tail})
		fn := b.f.ImportFunc("g", sig)
		next := b.NewBlock()
		for _, t := range []ir.ExTableData{
			{Sig: 9, Normal: b.Target(next)},
			{Sig: sig, Normal: b.Target(far)},
			{Sig: sig, Normal: b.Target(next), Items: []ir.ExItem{{Kind: ir.ExDefault, Target: b.Target(far)}}},
			{Sig: sig, Normal: b.Target(next), Items: []ir.ExItem{{Kind: ir.ExContext, Context: far}}},
		} {
			b.TryCall(fn, nil, t)
			b.SetBlock(b.NewBlock())
		}
		b.SetBlock(next)
		b.TryCall(9, nil, ir.ExTableData{Sig: sig, Normal: b.Target(next)})
		b.SetBlock(b.NewBlock())
	}},
	{"slots", func(b builder) { b.StackAddr(op.I64, 3, 0); b.DynamicStackAddr(op.I64, 3) }},
	{"global value", func(b builder) { b.SymbolValue(op.I64, 3) }},
	{"constant", func(b builder) { b.Vconst(op.I8X16, 3) }},
	{"mask", func(b builder) {
		x := b.Vconst(op.I8X16, b.f.InternConstant(make([]byte, 16)))
		b.add(ir.InstData{Op: op.Shuffle, X: [4]ir.Value{x, x, 3}}, op.I8X16)
	}},
	{"alias region", func(b builder) {
		mem := ir.TrustedMem
		mem.Region = 3
		b.Load(op.I64, mem, b.v, 0)
		gv := b.f.ImportSymbol("s", true)
		b.f.AddGlobalValue(ir.GlobalValueData{Kind: ir.GVLoad, Type: op.I64, Base: gv, Flags: mem})
	}},
	{"bases of global values", func(b builder) {
		b.f.AddGlobalValue(ir.GlobalValueData{Kind: ir.GVLoad, Type: op.I64, Base: 7, Flags: ir.TrustedMem})
		b.f.AddGlobalValue(ir.GlobalValueData{})
		b.f.AddGlobalValue(ir.GlobalValueData{Kind: ir.GVIAddImm, Type: op.I64, Base: 1})
		b.SymbolValue(op.I64, 1)
	}},
	{"other declarations", func(b builder) {
		b.f.AddDynSlot(4)
		b.f.AddDynType(op.I8X16, 4)
		b.f.StackLimit = 4
	}},
	{"types of a signature", func(b builder) {
		b.f.Sig.Params[0].Type = op.Invalid
		b.f.Sig.Returns = []ir.Param{{Type: op.Invalid}}
	}},
	{"constant too wide", func(b builder) {
		d := ir.InstData{Op: op.Iconst, Type: op.I8}
		d.SetImm(0x100)
		b.add(d, op.I8)
		d.SetImm(0xff)
		b.add(d, op.I8)
	}},
	{"placeholders outside of a try_call", func(b builder) {
		next := b.NewBlock(op.I64, op.I64)
		c := b.f.NewBlockCall(next, []ir.BlockArg{ir.RetArg(0), ir.ExnArg(0)})
		b.add(ir.InstData{Op: op.Jump, X: [4]ir.Value{ir.Value(c)}})
		b.SetBlock(next)
	}},
	{"parameter of two blocks", func(b builder) {
		next := b.NewBlock(op.I64)
		b.f.AppendParamNumbered(b.NewBlock(), b.f.Params(next)[0], op.I64)
		b.Jump(next, b.v)
		b.SetBlock(next)
	}},
	{"stack map without safepoint", func(b builder) {
		ss := b.f.AddStackSlot(8, 3)
		b.Iadd(b.v, b.v)
		b.f.SetStackMap(b.f.LastInst(b.Block()), []ir.StackMapEntry{{Type: op.I64, Slot: ss}})
		fn := b.f.ImportFunc("g", b.f.AddSig(ir.Signature{CallConv: ir.Tail}))
		b.f.SetStackMap(b.ReturnCall(fn), []ir.StackMapEntry{{Type: op.I64, Slot: ss}})
		b.SetBlock(b.NewBlock())
	}},
	{"stack map of strange types", func(b builder) {
		ss := b.f.AddStackSlot(64, 200)
		b.f.SetStackMap(b.call(), []ir.StackMapEntry{
			{Type: op.Invalid, Slot: ss}, {Type: op.I8X16.Dynamic(), Slot: ss}, {Type: op.I64, Slot: ss, Offset: 4}, {Type: op.I64, Slot: far},
		})
	}},
	{"conditions and operations", func(b builder) {
		b.Icmp(op.NumIntCC, b.v, b.v)
		x := b.Bitcast(op.F64, ir.DefaultMem, b.v)
		b.Fcmp(255, x, x)
		b.AtomicRmw(op.I64, ir.DefaultMem, 77, b.v, b.v)
	}},
	{"calling conventions", func(b builder) {
		b.Call(b.f.ImportFunc("g", b.f.AddSig(ir.Signature{CallConv: ir.NumCallConvs})))
		b.f.Sig.CallConv = 255
	}},
	{"debug tags", func(b builder) {
		b.Iadd(b.v, b.v)
		b.f.SetDebugTags(b.f.LastInst(b.Block()), []ir.DebugTag{{Value: 1}})
		b.f.SetDebugTags(b.call(), []ir.DebugTag{{IsSlot: true, Value: 5}})
	}},
}

func TestMalformed(t *testing.T) {
	var out strings.Builder
	opts := verify.Options{HasISA: true, PointerType: op.I64}
	for _, m := range malformed {
		b := newBuilder()
		m.make(b)
		b.Return()
		errs := verify.Func(b.f, opts)
		if len(errs) == 0 {
			t.Errorf("%s: no error", m.name)
		}
		fmt.Fprintf(&out, "%s\n", m.name)
		for _, e := range errs {
			fmt.Fprintf(&out, "    %v\n", e)
		}
		checkPrefix(t, b.f, opts, errs)
	}
	golden(t, "testdata/malformed.txt", out.String())
}

// checkPrefix checks that a run that stops early reports the first of the same errors.
func checkPrefix(t *testing.T, f *ir.Func, opts verify.Options, all verify.ErrorList) {
	t.Helper()
	opts.StopAtFatal = true
	first := verify.Func(f, opts)
	if (len(first) == 0) != (len(all) == 0) || len(first) > len(all) {
		t.Fatalf("%d errors up to the first fatal one, %d in all", len(first), len(all))
	}
	for i := range first {
		if first[i] != all[i] {
			t.Errorf("error %d: %v, but %v without stopping", i, first[i], all[i])
		}
	}
}
