package x64

import (
	"math/bits"

	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
	"davit/vcode"
)

// lowerEntry defines the parameters of the function that somebody wants, from registers and from the stack.
func (l *lowerer) lowerEntry() {
	l.pairs = l.pairs[:0]
	if l.areaPtr != asm.NoReg {
		l.pairs = append(l.pairs, vcode.RegPair{V: l.areaPtr, P: l.abi.areaReg})
	}
	params := l.f.Params(l.f.Entry())
	half := 0
	for i := range l.abi.args {
		p := &l.abi.args[i]
		v := params[p.param]
		dst := l.wantedHalf(v, half)
		half = 0
		if l.f.ValueType(v) == op.I128 && (i == 0 || l.abi.args[i-1].param != p.param) {
			half = 1
		}
		if dst == asm.NoReg {
			continue
		}
		switch {
		case p.isRef:
			l.Emit(l.leaInst(dst, amode{kind: asm.MemIncoming, disp: p.off}))
		case p.ptr:
			l.entryByRef(p, v, dst)
		case p.reg != asm.NoReg && l.cleared(v):
			src := l.NewReg(op.I32)
			l.pairs = append(l.pairs, vcode.RegPair{V: src, P: p.reg})
			l.clearUpper(dst, src)
		case p.reg != asm.NoReg:
			l.pairs = append(l.pairs, vcode.RegPair{V: dst, P: p.reg})
		default:
			l.load(dst, p.typ, amode{kind: asm.MemIncoming, disp: p.off})
		}
	}
	list := l.List(nil, l.pairs, vcode.List{})
	l.EmitFirst(asm.Inst{Op: pARGS, Imm: list})
	l.VF.Incoming = l.abi.stackArgs
}

// entryByRef loads a parameter that the caller passed by address.
func (l *lowerer) entryByRef(p *part, v ir.Value, dst asm.Reg) {
	ptr := l.NewReg(op.I64)
	if p.reg != asm.NoReg {
		l.pairs = append(l.pairs, vcode.RegPair{V: ptr, P: p.reg})
	} else {
		l.load(ptr, op.I64, amode{kind: asm.MemIncoming, disp: p.off})
	}
	l.load(dst, l.f.ValueType(v), amode{kind: asm.MemReg, base: ptr})
}

// wantedHalf returns the register of v, or of its high half, or NoReg if nobody asked for it.
func (l *lowerer) wantedHalf(v ir.Value, half int) asm.Reg {
	if !l.Wanted(v) {
		return asm.NoReg
	}
	if half == 1 {
		return l.hi(v)
	}
	return l.reg(v)
}

// loadRows and storeRows are the plain loads and stores by log2 of the size in bytes, for integers and floats. A zero
// row stands for f16, which goes through an integer register.
var (
	intLoads    = [...]struct{ op, size uint16 }{{x64.MOVZXb, 4}, {x64.MOVZXw, 4}, {x64.MOV, 4}, {x64.MOV, 8}}
	floatLoads  = [...]uint16{0, 0, x64.MOVSS, x64.MOVSD, x64.MOVUPS}
	floatStores = [...]uint16{0, 0, x64.MOVSSmr, x64.MOVSDmr, x64.MOVUPSmr}
)

// load loads a value of type t into dst.
func (l *lowerer) load(dst asm.Reg, t op.Type, a amode) {
	in := asm.Inst{R: [4]asm.Reg{dst}}
	k := bits.TrailingZeros(uint(t.Bytes()))
	switch {
	case t.IsInt():
		in.Op, in.Size = intLoads[k].op, uint8(intLoads[k].size)
	case floatLoads[k] == 0:
		tmp := l.NewReg(op.I32)
		l.load(tmp, op.I16, a)
		l.Emit(asm.Inst{Op: l.vex(x64.MOVD), Size: 4, R: [4]asm.Reg{dst, tmp}})
		return
	default:
		in.Op = l.vex(floatLoads[k])
	}
	a.setMem(&in)
	l.Emit(in)
}

// store stores the low bytes of src.
func (l *lowerer) store(src asm.Reg, t op.Type, a amode) {
	in := asm.Inst{Op: x64.MOVmr, Size: exactSize(t), R: [4]asm.Reg{src}}
	k := bits.TrailingZeros(uint(t.Bytes()))
	switch {
	case t.IsInt():
	case floatStores[k] == 0 && l.hasSSE41():
		in.Op, in.Size, in.R = l.vex(x64.PEXTRWm), 0, [4]asm.Reg{asm.NoReg, src}
	case floatStores[k] == 0:
		tmp := l.NewReg(op.I32)
		l.Emit(asm.Inst{Op: l.vex(x64.MOVDr), Size: 4, R: [4]asm.Reg{tmp, src}})
		in.R[0], in.Size = tmp, 2
	default:
		in.Op, in.Size = l.vex(floatStores[k]), 0
	}
	a.setMem(&in)
	l.Emit(in)
}

// partReg returns the register with the given part of v, extended as the signature says.
func (l *lowerer) partReg(v ir.Value, p *part, half int) asm.Reg {
	if half == 1 {
		return l.hi(v)
	}
	switch t := l.typeOf(v); {
	case !t.IsInt() || t.Bits() >= 64:
	case p.ext == ir.Uext:
		return l.zext(v, op.I64)
	case p.ext == ir.Sext:
		return l.sext(v, op.I64)
	}
	return l.reg(v)
}

// parts calls fn for each part of the places with the value it belongs to, and 1 if it is the high half of an i128.
func (l *lowerer) parts(ps []part, vs []ir.Value, fn func(p *part, v ir.Value, half int)) {
	for i := range ps {
		half := 0
		if i > 0 && ps[i-1].param == ps[i].param {
			half = 1
		}
		fn(&ps[i], vs[ps[i].param], half)
	}
}

// passArgs stores the arguments that go to memory and returns those that go to registers. Memory comes first, and
// constants are made as late as possible, so that few registers are taken at a time.
func (l *lowerer) passArgs(abi *sigABI, args []ir.Value, stack asm.MemKind, base int32) []vcode.RegPair {
	l.pairs = l.pairs[:0]
	early := l.early
	next := func() asm.Reg {
		if len(early) == 0 {
			return asm.NoReg
		}
		r := early[0]
		early = early[1:]
		return r
	}
	l.parts(abi.args, args, func(p *part, v ir.Value, half int) {
		at := amode{kind: stack, disp: base + p.off}
		r := next()
		switch {
		case p.isRef && stack == asm.MemIncoming && l.inPlace(v, at.disp, p.size):
		case p.isRef:
			if r == asm.NoReg {
				r = l.reg(v)
			}
			l.copyStruct(r, at, p.size)
		case p.ptr:
			to := amode{kind: stack, disp: base + int32(abi.copyArea()+p.copy)}
			l.store(l.reg(v), l.typeOf(v), to)
			if p.reg == asm.NoReg {
				l.store(l.lea(to), op.I64, at)
			}
		case p.reg == asm.NoReg:
			l.passOnStack(p, v, half, r, at)
		}
	})
	early = l.early
	l.parts(abi.args, args, func(p *part, v ir.Value, half int) {
		r := next()
		if p.reg == asm.NoReg {
			return
		}
		if k, ok := l.constant(v); p.ptr {
			r = l.lea(amode{kind: stack, disp: base + int32(abi.copyArea()+p.copy)})
		} else if ok {
			r = l.NewReg(op.I64)
			l.Emit(constInst(r, extended(p), k&extensionMask(p, l.typeOf(v))))
		} else if r == asm.NoReg {
			r = l.partReg(v, p, half)
		}
		l.pairs = append(l.pairs, vcode.RegPair{V: r, P: p.reg})
	})
	return l.pairs
}

// extended is the type that a part has once it is extended as the signature says.
func extended(p *part) op.Type {
	if p.ext != ir.NoExt {
		return op.I64
	}
	return p.typ
}

// extensionMask clears the bits above a constant of type t that the part wants zero-extended.
func extensionMask(p *part, t op.Type) int64 {
	if p.ext == ir.Uext && t.Bits() < 64 {
		return 1<<t.Bits() - 1
	}
	return -1
}

// passOnStack stores one part of an argument, which may be in a register already.
func (l *lowerer) passOnStack(p *part, v ir.Value, half int, r asm.Reg, at amode) {
	t := extended(p)
	if k, ok := l.constant(v); ok && half == 0 {
		if k &= extensionMask(p, l.typeOf(v)); k == int64(int32(k)) {
			l.storeImm(exactSize(t), k, at)
			return
		}
	}
	if r == asm.NoReg {
		r = l.partReg(v, p, half)
	}
	l.store(r, t, at)
}

// maxUnrolledCopy is up to how many bytes a struct argument is copied by moves; REP MOVS takes over beyond.
const maxUnrolledCopy = 48

// copyStruct copies size bytes from an address to the stack arguments, and reads no others.
func (l *lowerer) copyStruct(from asm.Reg, to amode, size uint32) {
	at := int32(0)
	if size > maxUnrolledCopy {
		l.Emit(asm.Inst{
			Op: pMOVS, R: [4]asm.Reg{l.lea(to), from, l.movImm(op.I32, int64(size/8)), l.NewReg(op.I64)},
			Imm: packRegs(l.NewReg(op.I64), l.NewReg(op.I64)),
		})
		at = int32(size &^ 7)
	}
	for at < int32(size) {
		t := [...]op.Type{op.I8, op.I16, op.I32, op.I64, op.I8X16}[bits.Len32(min(16, size-uint32(at)))-1]
		tmp := l.NewReg(t)
		l.load(tmp, t, amode{kind: asm.MemReg, base: from, disp: at})
		l.store(tmp, t, to.plus(at))
		at += int32(t.Bytes())
	}
}

// packRegs makes the Imm that holds register operands 4 and 5.
func packRegs(a, b asm.Reg) int64 {
	var in asm.Inst
	in.SetReg(4, a)
	in.SetReg(5, b)
	return in.Imm
}

// callee describes what is called: a symbol, or an address in a register or in memory.
func (l *lowerer) callee(inst ir.Inst) (in asm.Inst, args []ir.Value) {
	d := l.f.Data(inst)
	args = l.f.Args(inst)
	switch d.Op.Format() {
	case op.FmtCall, op.FmtTryCall:
		fn := &l.f.ExtFuncs[d.Func()]
		in = asm.Inst{Op: x64.CALL, Aux: l.funcSymbol(d.Func())}
		if !fn.Colocated {
			in.Flags |= x64.PLT
		}
	default:
		in = asm.Inst{Op: x64.CALLr, Size: 8, R: [4]asm.Reg{l.reg(args[0])}}
		args = args[1:]
	}
	return in, args
}

// funcSymbol returns the symbol of an external function.
func (l *lowerer) funcSymbol(fn ir.FuncRef) uint32 {
	if l.fnSyms[fn] == 0 {
		d := &l.f.ExtFuncs[fn]
		l.fnSyms[fn] = 1 + l.Symbol(asm.Symbol{Name: l.f.LinkageName(d.Name), Colocated: d.Colocated})
	}
	return l.fnSyms[fn] - 1
}

// callInst lowers call and call_indirect.
func (l *lowerer) callInst(inst ir.Inst) {
	abi := l.sigOf(l.f.CallSig(inst))
	if l.Err() != nil {
		return
	}
	in, args := l.callee(inst)
	results := l.newResults(inst)
	l.emitCall(inst, in, abi, args, results)
	for i, v := range l.f.Results(inst) {
		if r := results[i][0]; r != asm.NoReg && l.cleared(v) {
			l.clearUpper(l.reg(v), r)
		}
	}
}

// newResults makes registers for the results of a call that somebody wants.
func (l *lowerer) newResults(inst ir.Inst) [][2]asm.Reg {
	l.results = l.results[:0]
	for _, v := range l.f.Results(inst) {
		var r [2]asm.Reg
		if l.Wanted(v) {
			if r[0] = l.reg(v); l.cleared(v) {
				r[0] = l.NewReg(op.I32)
			}
			if l.f.ValueType(v) == op.I128 {
				r[1] = l.hi(v)
			}
		}
		l.results = append(l.results, r)
	}
	return l.results
}

// emitCall emits arguments, the call, and the loads of results from memory. results has a register per result and per
// half of an i128, NoReg where nobody wants it.
func (l *lowerer) emitCall(inst ir.Inst, in asm.Inst, abi *sigABI, args []ir.Value, results [][2]asm.Reg) {
	uses := l.callArgs(abi, args)
	li := vcode.List{Clobbers: abi.clobbers()}
	if abi.conv.calleePops {
		li.Pop = abi.stackArgs
	}
	li.Tags = l.debugTags(inst)
	in.Imm = l.List(uses, l.resultDefs(abi, results), li)
	l.Emit(in)
	for i := range abi.rets {
		p := &abi.rets[i]
		half := 0
		if i > 0 && abi.rets[i-1].param == p.param {
			half = 1
		}
		if dst := results[p.param][half]; p.reg == asm.NoReg && dst != asm.NoReg {
			l.load(dst, p.typ, amode{kind: asm.MemOutgoing, disp: int32(abi.stackArgs) + p.off})
		}
	}
}

// callArgs passes the arguments of a call and the address of its results in memory, which lie above the stack arguments.
func (l *lowerer) callArgs(abi *sigABI, args []ir.Value) []vcode.RegPair {
	uses := l.passArgs(abi, args, asm.MemOutgoing, 0)
	if abi.retArea > 0 {
		ptr := l.lea(amode{kind: asm.MemOutgoing, disp: int32(abi.stackArgs)})
		uses = append(uses, vcode.RegPair{V: ptr, P: abi.areaReg})
		l.pairs = uses
	}
	l.VF.Outgoing = max(l.VF.Outgoing, abi.outgoing())
	l.VF.HasCalls = true
	return uses
}

// resultDefs returns the results in registers.
func (l *lowerer) resultDefs(abi *sigABI, results [][2]asm.Reg) []vcode.RegPair {
	defs := l.defs[:0]
	for i := range abi.rets {
		p := &abi.rets[i]
		half := 0
		if i > 0 && abi.rets[i-1].param == p.param {
			half = 1
		}
		if dst := results[p.param][half]; p.reg != asm.NoReg && dst != asm.NoReg {
			defs = append(defs, vcode.RegPair{V: dst, P: p.reg})
		}
	}
	l.defs = defs
	return defs
}

// debugTags records the debug tags of inst and returns what a List names them by.
func (l *lowerer) debugTags(inst ir.Inst) uint32 {
	tags := l.f.DebugTags(inst)
	if len(tags) == 0 {
		return 0
	}
	var out vcode.DebugTags
	for _, t := range tags {
		v := t.Value
		if t.IsSlot {
			v = l.SlotOffset(ir.StackSlot(v))
		}
		out.Tags = append(out.Tags, asm.DebugTag{IsSlot: t.IsSlot, Value: v})
	}
	l.VF.DebugTags = append(l.VF.DebugTags, out)
	return uint32(len(l.VF.DebugTags))
}

// lowerReturn stores the results that go to memory and leaves the function.
func (l *lowerer) lowerReturn(inst ir.Inst) {
	vs := l.f.Args(inst)
	l.pairs = l.pairs[:0]
	l.parts(l.abi.rets, vs, func(p *part, v ir.Value, half int) {
		r := l.partReg(v, p, half)
		if p.reg != asm.NoReg {
			l.pairs = append(l.pairs, vcode.RegPair{V: r, P: p.reg})
			return
		}
		l.store(r, p.typ, amode{kind: asm.MemReg, base: l.areaPtr, disp: p.off})
	})
	if l.abi.sret >= 0 {
		ptr := l.f.Params(l.f.Entry())[l.abi.sret]
		l.pairs = append(l.pairs, vcode.RegPair{V: l.reg(ptr), P: x64.RAX})
	}
	l.Emit(asm.Inst{Op: pRET, Imm: l.List(l.pairs, nil, vcode.List{})})
}

// newTable returns a jump table of blocks.
func (l *lowerer) newTable(blocks []uint32) vcode.Table {
	return vcode.Table{Blocks: append([]uint32(nil), blocks...)}
}

// nearBound is how far from a near symbol, in bytes, an operand relative to the instruction may point. What the linker
// puts within 2 GiB is the symbol: beyond the bound the offset is added by an instruction, since its sum with the
// distance might overflow, depending on where memory lies.
const nearBound = 1 << 24

func isNear(off int64) bool { return off > -nearBound && off < nearBound }

// nearSymbol returns a symbol that a PC-relative operand reaches, and the offset to add.
func (l *lowerer) nearSymbol(g ir.GlobalValue) (sym uint32, off int64, ok bool) {
	d := &l.f.GlobalValues[g]
	if d.Kind != ir.GVSymbol || !d.Colocated || d.TLS {
		return 0, 0, false
	}
	return l.Symbol(asm.Symbol{Name: l.f.LinkageName(d.Name), Colocated: true}), d.Offset, true
}

// funcAddr returns the address of an external function.
func (l *lowerer) funcAddr(fn ir.FuncRef) asm.Reg {
	d := &l.f.ExtFuncs[fn]
	return l.symbolAddr(asm.Symbol{Name: l.f.LinkageName(d.Name), Colocated: d.Colocated}, 0)
}

// symbolAddr returns the address of a symbol plus off: relative to the instruction if the symbol is near, from the
// global offset table in position-independent code, else as a constant that the linker fills in.
func (l *lowerer) symbolAddr(s asm.Symbol, off int64) asm.Reg {
	sym := l.Symbol(s)
	dst := l.NewReg(op.I64)
	switch {
	case s.Colocated && isNear(off):
		l.Emit(asm.Inst{Op: x64.LEA, Size: 8, R: [4]asm.Reg{dst}, Mem: asm.MemSymbol, Aux: sym, Disp: int32(off)})
	case s.Colocated:
		l.Emit(asm.Inst{Op: x64.LEA, Size: 8, R: [4]asm.Reg{dst}, Mem: asm.MemSymbol, Aux: sym})
		return l.addConst(dst, off)
	case l.m.pic():
		l.Emit(asm.Inst{Op: x64.MOV, Size: 8, R: [4]asm.Reg{dst}, Mem: asm.MemSymbol, Aux: sym, Flags: x64.GOT})
		if off != 0 {
			return l.addConst(dst, off)
		}
	default:
		l.Emit(asm.Inst{Op: pSYMBOL, R: [4]asm.Reg{dst}, Aux: sym, Imm: off})
	}
	return dst
}

// addConst adds any constant to x.
func (l *lowerer) addConst(x asm.Reg, k int64) asm.Reg {
	if k == int64(int32(k)) {
		return l.addImm(op.I64, x, k)
	}
	return l.add(op.I64, x, l.movImm(op.I64, k))
}

// globalAddr returns the value of a symbol global.
func (l *lowerer) globalAddr(g ir.GlobalValue) asm.Reg {
	d := &l.f.GlobalValues[g]
	return l.symbolAddr(asm.Symbol{Name: l.f.LinkageName(d.Name), Colocated: d.Colocated, TLS: d.TLS}, d.Offset)
}
