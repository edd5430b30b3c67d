package main

import (
	"davit/gc"
	"davit/ir"
	"davit/ir/op"
)

func init() {
	forms["cons"] = form{args: 2, value: func(f *function, l *List) ir.Value {
		vs := f.values(l.Items[1:])
		return f.e.New(layPair, refTag, vs...)
	}}
	forms["head"] = form{args: 1, value: field(0)}
	forms["tail"] = form{args: 1, value: field(1)}
	forms["pair?"] = form{args: 1, value: func(f *function, l *List) ir.Value {
		join := f.b.CreateBlock()
		v := f.b.AppendBlockParam(join, op.I64)
		yes, no := f.b.CreateBlock(), f.b.CreateBlock()
		f.isA(layPair, f.value(l.Items[1]), yes, no)
		f.start(yes)
		f.b.Jump(join, f.constant(True))
		f.start(no)
		f.b.Jump(join, f.constant(False))
		f.start(join)
		return v
	}}
	forms["set-tail"] = form{args: 2, value: func(f *function, l *List) ir.Value {
		vs := f.values(l.Items[1:])
		f.check(layPair, vs[0], wrongPair, l)
		f.e.Store(vs[0], refTag, 1, vs[1])
		return vs[1]
	}}
}

// isA branches on whether a value is an object of a layout.
func (f *function) isA(id gc.LayoutID, v ir.Value, yes, no ir.Block) {
	object := f.b.CreateBlock()
	f.b.Brif(f.b.IcmpImm(op.Eq, f.b.BandImm(v, 3), refTag), object, nil, no, nil)
	f.start(object)
	layout := f.b.Uload16(op.I32, ir.TrustedMem, v, gc.HeaderLayout-refTag)
	f.b.Brif(f.b.IcmpImm(op.Eq, layout, int64(id)), yes, nil, no, nil)
}

// check ends the program unless a value is an object of a layout.
func (f *function) check(id gc.LayoutID, v ir.Value, reason int, l *List) {
	ok, bad := f.b.CreateBlock(), f.b.CreateBlock()
	f.isA(id, v, ok, bad)
	f.failIn(bad, reason, l)
	f.start(ok)
}

// field reads a field of a pair.
func field(i int) func(f *function, l *List) ir.Value {
	return func(f *function, l *List) ir.Value {
		v := f.value(l.Items[1])
		f.check(layPair, v, wrongPair, l)
		return f.e.LoadRef(v, refTag, i)
	}
}
