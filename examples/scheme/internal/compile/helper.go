package compile

import (
	"errors"

	"davit/examples/scheme/internal/rt"
	"davit/gc"
	"davit/ir"
	"davit/ir/op"
)

// Helpers: code that the code of procedures calls, made when it is first called.

const (
	hostPrefix   = "go "  // primitives in Go, of the System V convention
	helperPrefix = "run " // helpers, of the tail convention
	// raiser is the code that raises a condition.
	raiser = schemePrefix + "raise"
)

var errTooLarge = errors.New("too many procedures with free variables refer to each other")

// helper declares a helper of n words, which make makes if it is not there yet.
func (f *fn) helper(name string, n int, make func(f *fn, p []ir.Value)) ir.FuncRef {
	symbol := helperPrefix + name
	if !f.helpers[symbol] {
		f.helpers[symbol] = true
		c := f.Compiler
		c.todo = append(c.todo, func() error {
			h := c.begin(symbol, n, nil)
			make(h, h.params())
			return h.end()
		})
	}
	return f.importTail(symbol, n)
}

// callHelper appends a call of a helper.
func (f *fn) callHelper(name string, make func(f *fn, p []ir.Value), args ...ir.Value) ir.Value {
	return f.result(f.b.Call(f.helper(name, len(args), make), args...))
}

// host appends a call of a primitive in Go. If it raises a condition, that happens before it returns.
func (f *fn) host(name string, args ...ir.Value) ir.Value {
	h, ok := f.hosts[name]
	if !ok {
		panic("compile: no primitive " + name)
	}
	for len(args) < h.Args {
		args = append(args, f.b.Iconst(op.I64, int64(rt.Absent)))
	}
	return f.callHelper(name, func(h *fn, p []ir.Value) {
		b := h.b
		fn := b.ImportFunction(hostPrefix+name, b.ImportSignature(wordSig(len(p), ir.SystemV)))
		r := h.result(b.Call(fn, p...))
		raise, ok := b.CreateBlock(), b.CreateBlock()
		b.SetCold(raise)
		b.Brif(b.IcmpImm(op.Eq, r, int64(rt.Raise)), raise, nil, ok, nil)
		h.start(raise)
		b.ReturnCall(h.importTail(raiser, 1), h.root(rt.RootCondition))
		h.start(ok)
		b.Return(r)
	}, args...)
}

// floats describes an arithmetic helper: what it does with inexact numbers.
type floats struct {
	compute func(f *fn, x, y ir.Value) ir.Value // nil: compare
	compare op.FloatCC
}

var floatOps = map[string]floats{
	"add":      {compute: func(f *fn, x, y ir.Value) ir.Value { return f.b.Fadd(x, y) }},
	"sub":      {compute: func(f *fn, x, y ir.Value) ir.Value { return f.b.Fsub(x, y) }},
	"mul":      {compute: func(f *fn, x, y ir.Value) ir.Value { return f.b.Fmul(x, y) }},
	"compare=": {compare: op.FEq}, "compare<": {compare: op.FLt}, "compare>": {compare: op.FGt},
	"compare<=": {compare: op.FLe}, "compare>=": {compare: op.FGe},
}

// number appends a call of the helper for an operation on two numbers that are not both fixnums, or whose result is none:
// inexact numbers are its own affair, others go to Go.
func (f *fn) number(name string, x, y ir.Value) ir.Value {
	o, ok := floatOps[name]
	if !ok {
		return f.host(name, x, y)
	}
	return f.callHelper("number "+name, func(h *fn, p []ir.Value) {
		b := h.b
		other, inexact := b.CreateBlock(), b.CreateBlock()
		b.Brif(b.BandImm(b.Bor(p[0], p[1]), 1), inexact, nil, other, nil)
		h.start(inexact)
		u := h.float(p[0], other)
		v := h.float(p[1], other)
		if o.compute == nil {
			b.Return(h.boolean(b.Fcmp(o.compare, u, v)))
		} else {
			b.Return(h.flonum(o.compute(h, u, v)))
		}
		h.start(other)
		b.Return(h.host(name, p[0], p[1]))
	}, x, y)
}

// float returns a fixnum or flonum as a float, and goes to other if it is neither, or a fixnum that has no exact float.
func (f *fn) float(w ir.Value, other ir.Block) ir.Value {
	b := f.b
	fix, flo, done := b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
	v := b.AppendBlockParam(done, op.F64)
	b.Brif(b.BandImm(w, 1), flo, nil, fix, nil)
	f.start(fix)
	small := b.CreateBlock()
	n := b.SshrImm(w, 1)
	const exact = 1 << 53
	b.Brif(b.Icmp(op.Ugt, b.IaddImm(n, exact), b.Iconst(op.I64, 2*exact)), other, nil, small, nil)
	f.start(small)
	b.Jump(done, b.FcvtFromSint(op.F64, n))
	f.start(flo)
	yes := b.CreateBlock()
	f.branchLayout(w, rt.LayFlonum, yes, other)
	f.start(yes)
	b.Jump(done, b.Load(op.F64, ir.TrustedMem, w, gc.Offset(0, rt.TagObject)))
	f.start(done)
	return v
}

// flonum makes an inexact number.
func (f *fn) flonum(v ir.Value) ir.Value {
	bits := f.b.Bitcast(op.I64, ir.DefaultMem, v)
	return f.object(f.e.New(rt.LayFlonum, rt.TagObject, bits), rt.LayFlonum)
}

// boolean makes #t or #f of a number.
func (f *fn) boolean(c ir.Value) ir.Value {
	return f.b.Select(c, f.misc(rt.True), f.misc(rt.False))
}

// branchLayout branches on whether a value is an object of a layout.
func (f *fn) branchLayout(v ir.Value, id gc.LayoutID, yes, no ir.Block) {
	b := f.b
	if x := f.facts.of(v); x.has {
		if x.layout == id {
			b.Jump(yes)
		} else {
			b.Jump(no)
		}
		return
	}
	object := b.CreateBlock()
	b.Brif(f.hasTag(v, rt.TagObject), no, nil, object, nil)
	f.start(object)
	b.Brif(b.IcmpImm(op.Eq, f.layout(v), int64(id)), yes, nil, no, nil)
}

// layout reads the layout of an object.
func (f *fn) layout(v ir.Value) ir.Value {
	return f.b.Uload16(op.I32, ir.TrustedMem, v, gc.HeaderLayout-rt.TagObject)
}

// length reads the number of elements of an object, as an i64.
func (f *fn) length(v ir.Value) ir.Value {
	return f.b.Uload32(ir.TrustedMem, v, gc.HeaderLength-rt.TagObject)
}
