package difftest

import (
	"davit/ir"
	"davit/ir/op"
)

// role is what a function does with a parameter, as far as that can be told from afar. It makes arguments that lead further
// than to the first trap.
type role struct {
	address bool      // takes part in the computation of an address
	callee  ir.SigRef // is called with this signature, or NoSig
}

// roles finds the roles of the parameters of f: it follows addresses back to where they come from.
func roles(f *ir.Func) []role {
	w := &tracer{f: f, seen: map[ir.Value]bool{}, params: map[ir.Value]int{}}
	rs := make([]role, len(f.Sig.Params))
	for i, v := range f.Params(f.Entry()) {
		w.params[v] = i
		rs[i].callee = ir.NoSig
	}
	for b := range f.Blocks() {
		for i := range f.Insts(b) {
			w.inst(i, rs)
		}
	}
	for len(w.work) > 0 {
		v := w.work[len(w.work)-1]
		w.work = w.work[:len(w.work)-1]
		w.back(v, rs)
	}
	return rs
}

type tracer struct {
	f      *ir.Func
	params map[ir.Value]int // of the entry
	seen   map[ir.Value]bool
	work   []ir.Value
}

func (w *tracer) push(v ir.Value) {
	v = w.f.Resolve(v)
	if !w.seen[v] && w.f.ValueType(v).IsInt() {
		w.seen[v] = true
		w.work = append(w.work, v)
	}
}

// inst notes the addresses and callees that an instruction uses.
func (w *tracer) inst(i ir.Inst, rs []role) {
	d, args := w.f.Data(i), w.f.Args(i)
	switch d.Op.Format() {
	case op.FmtLoad, op.FmtAtomicRmw, op.FmtAtomicCas:
		w.push(args[0])
	case op.FmtLoadNoOffset:
		if d.Op != op.Bitcast {
			w.push(args[0])
		}
	case op.FmtStore, op.FmtStoreNoOffset:
		w.push(args[1])
	case op.FmtCallIndirect, op.FmtTryCallIndirect:
		if k, ok := w.params[w.f.Resolve(args[0])]; ok {
			rs[k].callee = w.f.CallSig(i)
		}
	}
}

// back follows an address to the operands that it is made of.
func (w *tracer) back(v ir.Value, rs []role) {
	if k, ok := w.params[v]; ok {
		rs[k].address = true
		return
	}
	if b, n, ok := w.f.DefParam(v); ok {
		w.arguments(b, n)
		return
	}
	i, _, ok := w.f.DefInst(v)
	if !ok {
		return
	}
	switch d := w.f.Data(i); d.Op {
	case op.Iadd, op.Isub, op.Uextend, op.Sextend, op.Band, op.Bor, op.Bxor, op.Ishl, op.Imul, op.Ireduce, op.Iconcat, op.UaddOverflowTrap,
		op.UaddOverflow, op.Umin, op.Umax, op.Isplit:
		for _, u := range w.f.Args(i) {
			w.push(u)
		}
	case op.Select, op.SelectSpectreGuard:
		for _, u := range w.f.Args(i)[1:] {
			w.push(u)
		}
	}
}

// arguments follows what is passed for parameter n of block b.
func (w *tracer) arguments(b ir.Block, n int) {
	for p := range w.f.Blocks() {
		for _, c := range w.f.Branches(w.f.LastInst(p), nil) {
			if w.f.CallBlock(c) == b && n < w.f.NumCallArgs(c) {
				if u, ok := w.f.CallArg(c, n).Value(); ok {
					w.push(u)
				}
			}
		}
	}
}
