package randfunc

import (
	"slices"

	"davit/ir"
	"davit/ir/op"
)

func params(ts ...op.Type) []ir.Param {
	ps := make([]ir.Param, len(ts))
	for i, t := range ts {
		ps[i].Type = t
	}
	return ps
}

// sigOf declares a signature.
func (x *fn) sigOf(s ir.Signature) ir.SigRef {
	for i := range x.f.Sigs {
		if x.f.Sigs[i].Equal(&s) {
			return ir.SigRef(i)
		}
	}
	return x.f.AddSig(s.Clone())
}

// callee declares function i of the module.
func (x *fn) callee(i int) ir.FuncRef {
	if x.callees[i] == 0 {
		d := ir.ExtFuncData{Colocated: x.src.N(3) > 0, Name: ir.ParseExtName(x.names[i]), Sig: x.sigOf(x.sigs[i])}
		s := &x.sigs[i]
		d.Patchable = d.Colocated && len(s.Returns) == 0 && s.CallConv != ir.Tail && x.src.N(8) == 0
		x.callees[i] = x.f.AddFunc(d) + 1
	}
	return x.callees[i] - 1
}

// host declares a function of the host.
func (x *fn) host(name string, ps, rs []ir.Param) ir.FuncRef {
	for i := range x.f.ExtFuncs {
		if x.f.ExtFuncs[i].Name == ir.ParseExtName(name) {
			return ir.FuncRef(i)
		}
	}
	return x.f.ImportFunc(name, x.sigOf(ir.Signature{Params: ps, Returns: rs, CallConv: ir.SystemV}))
}

// args makes arguments. Those of tail calls must not point to the slots of the function, which are gone then; structs are
// copied before.
func (x *fn) args(s *ir.Signature, tail bool) []ir.Value {
	var vs []ir.Value
	for _, p := range s.Params {
		size := int32(p.Size)
		switch p.Purpose {
		case ir.Normal:
			vs = append(vs, x.value(p.Type))
			continue
		case ir.VMContext:
			vs = append(vs, x.context())
			continue
		case ir.StructReturn:
			size = ReturnBytes
		}
		vs = append(vs, x.pointer(size, tail && p.Purpose != ir.StructArgument))
	}
	return vs
}

// context returns what a vmctx parameter is to be: the address of the memory behind the fuel.
func (x *fn) context() ir.Value {
	a := x.areas[0].base()
	if a.lo == 0 {
		return a.v
	}
	return x.b.Iadd(a.v, x.iconst(op.I64, int64(a.lo)))
}

// pointer returns the address of size bytes that may be written, aligned to 8.
func (x *fn) pointer(size int32, shared bool) ir.Value {
	var a address
	var off int32
	if shared {
		a = x.areas[0].base()
		off = (a.lo + 7) &^ 7
		off += 8 * int32(x.src.N(int((a.hi-size-off)/8)+1))
	} else {
		a, off, _ = x.place(size, 8, true)
	}
	if off == 0 {
		return a.v
	}
	return x.b.Iadd(a.v, x.iconst(op.I64, int64(off)))
}

// anyCallee returns the number of a function of the module for which ok holds, or -1.
func (x *fn) anyCallee(ok func(s *ir.Signature) bool) int {
	var fit []int
	for i := range x.sigs {
		if ok(&x.sigs[i]) {
			fit = append(fit, i)
		}
	}
	if len(fit) == 0 {
		return -1
	}
	return Pick(x.src, fit)
}

// call appends a call of another function of the module, or of the host.
func (x *fn) call() {
	if !x.calls || x.src.N(3) == 0 {
		x.callHost()
		return
	}
	i := x.anyCallee(func(*ir.Signature) bool { return true })
	var inst ir.Inst
	args := x.args(&x.sigs[i], false)
	if x.src.N(3) == 0 {
		inst = x.b.CallIndirect(x.sigOf(x.sigs[i]), x.funcAddr(i), args...)
	} else {
		inst = x.b.Call(x.callee(i), args...)
	}
	x.finishCall(inst)
}

// finishCall adds a stack map and makes the results known.
func (x *fn) finishCall(inst ir.Inst) {
	x.stackMap(inst)
	x.debugTags(inst)
	x.defineLoad(inst)
}

// funcAddr returns the address of function i, sometimes by way of a choice between it and another one.
func (x *fn) funcAddr(i int) ir.Value {
	v := x.b.FuncAddr(op.I64, x.callee(i))
	if x.src.N(3) > 0 {
		return v
	}
	j := x.anyCallee(func(s *ir.Signature) bool { return s.Equal(&x.sigs[i]) })
	return x.b.Select(x.condition(), v, x.b.FuncAddr(op.I64, x.callee(j)))
}

// callHost calls a function that the host has for tests, or one of the run-time library.
func (x *fn) callHost() {
	switch x.src.N(4) {
	case 0:
		x.finishCall(x.b.Call(x.host(Observe, params(op.I64), params(op.I64)), x.value(op.I64)))
	case 1, 2:
		x.finishCall(x.b.Call(x.host(Roots, nil, nil)))
	case 3:
		if x.Libcalls {
			x.memoryCall()
		}
	}
}

// memoryCall calls a library function for memory.
func (x *fn) memoryCall() {
	n := x.iconst(op.I64, int64(x.src.N(17)))
	if x.src.N(2) == 0 {
		n = x.b.Band(x.value(op.I64), x.iconst(op.I64, 15))
	}
	p := x.pointer(16, false)
	switch name := []string{"Memcpy", "Memmove", "Memset", "Memcmp"}[x.src.N(4)]; name {
	case "Memset":
		fn := x.host(name, params(op.I64, op.I32, op.I64), params(op.I64))
		x.b.Call(fn, p, x.value(op.I32), n)
	case "Memcmp":
		fn := x.host(name, params(op.I64, op.I64, op.I64), params(op.I32))
		r := x.b.Func().Results(x.b.Call(fn, p, x.pointer(16, false), n))[0]
		x.define(x.cur, x.b.Icmp([]op.IntCC{op.Slt, op.Eq, op.Sgt}[x.src.N(3)], r, x.iconst(op.I32, 0)), op.I8, false)
	case "Memcpy": // the places must not overlap
		if len(x.slots) > 0 && x.slots[0].size >= 16 {
			fn := x.host(name, params(op.I64, op.I64, op.I64), params(op.I64))
			x.b.Call(fn, x.pointer(16, true), x.b.StackAddr(op.I64, x.slots[0].s, 0), n)
		}
	default:
		fn := x.host(name, params(op.I64, op.I64, op.I64), params(op.I64))
		x.b.Call(fn, p, x.pointer(16, false), n)
	}
}

// stackMap gives a call a map. Its entries hold plain numbers, which the host can see and change.
func (x *fn) stackMap(inst ir.Inst) {
	if x.src.N(3) > 0 {
		return
	}
	taken := map[ir.StackSlot]uint64{} // bytes, as a mask
	for range 1 + x.src.N(4) {
		if len(x.slots) == 0 {
			return
		}
		s := Pick(x.src, x.slots)
		t := x.anyType()
		n := int32(t.Bytes())
		if s.size > 64 || n > s.size {
			continue
		}
		off := n * int32(x.src.N(int(s.size/n)))
		mask := (uint64(1)<<n - 1) << off
		if taken[s.s]&mask != 0 {
			continue
		}
		taken[s.s] |= mask
		x.f.AppendStackMapEntry(inst, ir.StackMapEntry{Type: t, Slot: s.s, Offset: uint32(off)})
	}
}

// tailCall ends the block by a tail call, if the function may do so.
func (x *fn) tailCall() bool {
	if x.f.Sig.CallConv != ir.Tail || !x.calls {
		return false
	}
	i := x.anyCallee(func(s *ir.Signature) bool {
		return s.CallConv == ir.Tail && slices.Equal(s.Returns, x.f.Sig.Returns) && s.SpecialParam(ir.StructReturn) < 0
	})
	if i < 0 || x.f.Sig.SpecialParam(ir.StructReturn) >= 0 {
		return false
	}
	args := x.args(&x.sigs[i], true)
	if x.src.N(2) == 0 {
		x.b.ReturnCallIndirect(x.sigOf(x.sigs[i]), x.funcAddr(i), args...)
	} else {
		x.b.ReturnCall(x.callee(i), args...)
	}
	return true
}

// throw ends the block by an exception.
func (x *fn) throw() {
	fn := x.host(Throw, params(op.I32, op.I64, op.I64), nil)
	x.finishCall(x.b.Call(fn, x.iconst(op.I32, int64(x.src.N(4))), x.value(op.I64), x.value(op.I64)))
	x.b.Trap(1)
}

// tryCall ends the block by a call whose handlers and normal return are its successors. It may not.
func (x *fn) tryCall(succs []int) bool {
	if !x.calls {
		return false
	}
	i := x.anyCallee(func(s *ir.Signature) bool {
		_, ok := s.CallConv.ExceptionPayloads()
		return ok
	})
	throws := i < 0 || x.src.N(4) == 0
	sig := ir.Signature{Params: params(op.I32, op.I64, op.I64), CallConv: ir.SystemV}
	if !throws {
		sig = x.sigs[i].Clone()
	}
	args := x.args(&sig, false)
	if throws {
		args[0] = x.iconst(op.I32, int64(x.src.N(4)))
	}
	payloads, _ := sig.CallConv.ExceptionPayloads()
	t := ir.ExTableData{Sig: x.sigOf(sig)}
	var exns []op.Type
	for range payloads {
		exns = append(exns, op.I64)
	}
	for k, s := range succs[:len(succs)-1] {
		item := ir.ExItem{Kind: ir.ExTag, Tag: uint32(k), Target: x.tryTarget(s, exns, ir.ExnArg)}
		if x.src.N(4) == 0 {
			item.Kind, item.Tag = ir.ExDefault, 0
		}
		if x.src.N(6) == 0 {
			t.Items = append(t.Items, ir.ExItem{Kind: ir.ExContext, Context: x.value(op.I64)})
		}
		t.Items = append(t.Items, item)
	}
	var rets []op.Type
	for _, r := range sig.Returns {
		rets = append(rets, r.Type)
	}
	t.Normal = x.tryTarget(succs[len(succs)-1], rets, ir.RetArg)
	var inst ir.Inst
	switch {
	case throws:
		inst = x.b.TryCall(x.host(Throw, sig.Params, nil), args, t)
	case x.src.N(3) == 0:
		inst = x.b.TryCallIndirect(x.funcAddr(i), args, t)
	default:
		inst = x.b.TryCall(x.callee(i), args, t)
	}
	x.stackMap(inst)
	if len(succs) > 1 {
		x.tries = append(x.tries, try{x.blocks[x.cur], len(succs) - 1})
	}
	return true
}

// tryTarget makes a block call whose arguments may be what the call gives: values of the given types.
func (x *fn) tryTarget(n int, given []op.Type, arg func(int) ir.BlockArg) ir.BlockCall {
	var as []ir.BlockArg
	for _, t := range x.params[n] {
		k := slices.Index(given, t)
		if k < 0 || x.src.N(4) == 0 {
			as = append(as, ir.ValueArg(x.value(t)))
			continue
		}
		for j := range given { // another one of the type
			if given[j] == t && x.src.N(2) == 0 {
				k = j
			}
		}
		as = append(as, arg(k))
	}
	return x.f.NewBlockCall(x.blocks[n], as)
}
