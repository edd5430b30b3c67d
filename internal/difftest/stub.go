package difftest

import (
	"davit/internal/randfunc"
	"davit/ir"
	"davit/ir/op"
)

// A stub stands in for a function that is called but not defined. It is written in CLIF, so that both forms have it and
// it can have any signature: it notes its arguments in memory and returns numbers that are found there; called by try_call,
// it throws once in a while.

// Data of the stubs: what they note, and what they return.
const (
	stubLog     = "davit_stub_log"
	stubResults = "davit_stub_results"
	logBytes    = 8192
	resultBytes = 2048
)

// stubData are the data of stubs.
func stubData(src *randfunc.Source) []Datum {
	results := make([]byte, resultBytes)
	for i := range results {
		results[i] = byte(src.N(256))
	}
	return []Datum{{Name: stubLog, Bytes: logBytes + 256*slotBytes}, {Name: stubResults, Bytes: resultBytes + 256*slotBytes, Initial: results}}
}

// stub makes a function of the given name and signature. tags are those of exceptions that it may throw.
func stub(name ir.FuncName, sig *ir.Signature, tags []uint32) *ir.Func {
	f := ir.NewFunc(name, sig.Clone())
	b := ir.NewBuilder(f)
	params := b.NewEntry()
	symbol := func(name string) ir.Value {
		return b.SymbolValue(op.I64, f.AddGlobalValue(ir.GlobalValueData{Kind: ir.GVSymbol, Name: ir.ParseExtName(name)}))
	}
	log := symbol(stubLog)
	at := b.Load(op.I64, ir.TrustedMem, log, 0)
	p := b.Iadd(log, b.Band(at, b.Iconst(op.I64, logBytes-slotBytes)))
	for i, v := range params {
		b.Store(ir.DefaultMem, v, p, int32(slotBytes*(i+1)))
	}
	b.Store(ir.TrustedMem, b.Iadd(at, b.Iconst(op.I64, int64(slotBytes*(len(params)+1)))), log, 0)
	if len(tags) > 0 {
		stubThrow(b, at, tags)
	}
	q := b.Iadd(symbol(stubResults), b.Band(at, b.Iconst(op.I64, resultBytes-slotBytes)))
	var rs []ir.Value
	for i, r := range sig.Returns {
		rs = append(rs, b.Load(r.Type, ir.DefaultMem, q, int32(slotBytes*i)))
	}
	b.Return(rs...)
	return f
}

// stubThrow throws if the number at says so.
func stubThrow(b *ir.Builder, at ir.Value, tags []uint32) {
	f := b.Func()
	sig := ir.Signature{Params: []ir.Param{{Type: op.I32}, {Type: op.I64}, {Type: op.I64}}, CallConv: ir.SystemV}
	throw := f.ImportFunc(randfunc.Throw, f.AddSig(sig))
	seed := b.SymbolValue(op.I64, f.AddGlobalValue(ir.GlobalValueData{Kind: ir.GVSymbol, Name: ir.ParseExtName(stubResults)}))
	first := b.Load(op.I64, ir.TrustedMem, seed, 0)
	x := b.Iadd(at, first)
	none := b.NewBlock()
	var targets []ir.BlockCall
	for _, t := range tags {
		blk := b.NewBlock()
		targets = append(targets, b.Target(blk))
		cur := b.Block()
		b.SetBlock(blk)
		b.Call(throw, b.Iconst(op.I32, int64(t)), at, first)
		b.Trap(1)
		b.SetBlock(cur)
	}
	k := b.Ireduce(op.I32, b.Urem(b.Ushr(x, b.Iconst(op.I64, 4)), b.Iconst(op.I64, int64(2*len(tags)+1))))
	b.BrTable(k, b.Target(none), targets...)
	b.SetBlock(none)
}
