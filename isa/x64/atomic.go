package x64

import (
	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
	"davit/regalloc"
	"davit/settings"
	"davit/vcode"
)

// Atomic accesses are sequentially consistent (Intel SDM volume 3A, section 9.2): loads are plain, stores are exchanges,
// and everything else is a locked instruction or a loop around CMPXCHG.

func (l *lowerer) hasCX16() bool { return l.has(settings.HasCmpxchg16b) }

// locked emits an instruction that replaces memory by, or combines it with, x, and returns what was there.
func (l *lowerer) locked(o uint16, t op.Type, x asm.Reg, a amode) asm.Reg {
	dst := l.NewReg(t)
	in := asm.Inst{Op: o, Size: exactSize(t), R: [4]asm.Reg{dst, x}}
	if o != x64.XCHG { // which locks by itself
		in.Flags = x64.Lock
	}
	a.setMem(&in)
	l.Emit(in)
	return dst
}

func (l *lowerer) atomicStore(t op.Type, x ir.Value, a amode) { l.locked(x64.XCHG, t, l.reg(x), a) }

// rmwInPlace are the operations that have a locked form with a memory destination.
var rmwInPlace = map[op.AtomicOp]aluOp{
	op.AtomicAdd: {x64.ADDmr, x64.ADDi}, op.AtomicSub: {x64.SUBmr, x64.SUBi}, op.AtomicAnd: {x64.ANDmr, x64.ANDi},
	op.AtomicOr: {x64.ORmr, x64.ORi}, op.AtomicXor: {x64.XORmr, x64.XORi},
}

// atomicRMW lowers a read-modify-write operation.
func (l *lowerer) atomicRMW(inst ir.Inst, o op.AtomicOp, t op.Type, x ir.Value, a amode) asm.Reg {
	if rows, ok := rmwInPlace[o]; ok && !l.Wanted(l.f.FirstResult(inst)) {
		in := asm.Inst{Op: rows.rm, Size: exactSize(t), Flags: x64.Lock}
		if k, ok := l.simm32(x); ok {
			in.Op, in.Imm = rows.imm, k
		} else {
			in.R[0] = l.reg(x)
		}
		a.setMem(&in)
		l.Emit(in)
		return asm.NoReg
	}
	switch o {
	case op.AtomicXchg:
		return l.locked(x64.XCHG, t, l.reg(x), a)
	case op.AtomicAdd:
		return l.locked(x64.XADD, t, l.reg(x), a)
	case op.AtomicSub:
		return l.locked(x64.XADD, t, l.unary(x64.NEG, opSize(t), t, l.reg(x)), a)
	}
	old := l.NewReg(t)
	in := asm.Inst{Op: pRMW, Size: exactSize(t), CC: uint8(o), R: [4]asm.Reg{old, l.NewReg(t), l.reg(x)}}
	a.setMem(&in)
	l.Emit(in)
	return old
}

// atomicCAS lowers a compare-and-swap; the old value comes back in RAX, where the expected one was.
func (l *lowerer) atomicCAS(t op.Type, e, x ir.Value, a amode) asm.Reg {
	old := l.NewReg(t)
	in := asm.Inst{Op: x64.CMPXCHG, Size: exactSize(t), Flags: x64.Lock, R: [4]asm.Reg{old, l.reg(e), l.reg(x)}}
	a.setMem(&in)
	l.Emit(in)
	return old
}

// cas16 emits CMPXCHG16B.
func (l *lowerer) cas16(el, eh, xl, xh asm.Reg, a amode) (lo, hi asm.Reg) {
	lo, hi = l.NewReg(op.I64), l.NewReg(op.I64)
	in := asm.Inst{Op: x64.CMPXCHG16B, Flags: x64.Lock, R: [4]asm.Reg{lo, hi, el, eh}}
	in.SetReg(4, xl)
	in.SetReg(5, xh)
	a.setMem(&in)
	l.Emit(in)
	return lo, hi
}

func (l *lowerer) atomicCAS128(e, x ir.Value, a amode) (lo, hi asm.Reg) {
	return l.cas16(l.reg(e), l.hi(e), l.reg(x), l.hi(x), a)
}

// atomicLoad128 compares with zero and stores zero where that is what was there.
func (l *lowerer) atomicLoad128(a amode) (lo, hi asm.Reg) {
	z := func() asm.Reg { return l.movImm(op.I64, 0) }
	return l.cas16(z(), z(), z(), z(), a)
}

func (l *lowerer) atomicStore128(x ir.Value, a amode) {
	l.loop16(op.AtomicXchg, x, a)
}

func (l *lowerer) atomicRMW128(o op.AtomicOp, x ir.Value, a amode) (lo, hi asm.Reg) {
	return l.loop16(o, x, a)
}

func (l *lowerer) loop16(o op.AtomicOp, x ir.Value, a amode) (lo, hi asm.Reg) {
	lo, hi = l.NewReg(op.I64), l.NewReg(op.I64)
	in := asm.Inst{Op: pRMW16, Size: 8, CC: uint8(o), R: [4]asm.Reg{lo, hi, l.reg(x), l.hi(x)}}
	in.SetReg(4, l.NewReg(op.I64))
	in.SetReg(5, l.NewReg(op.I64))
	a.setMem(&in)
	l.Emit(in)
	return lo, hi
}

// rmwALU are the operations of a loop that are one instruction on the new value.
var rmwALU = map[op.AtomicOp]uint16{
	op.AtomicAnd: x64.AND, op.AtomicNand: x64.AND, op.AtomicOr: x64.OR, op.AtomicXor: x64.XOR, op.AtomicAdd: x64.ADD,
	op.AtomicSub: x64.SUB,
}

// rmwCC are the conditions, of old - operand, under which a minimum or maximum keeps the old value.
var rmwCC = map[op.AtomicOp]uint8{
	op.AtomicUmin: x64.CCBE, op.AtomicUmax: x64.CCAE, op.AtomicSmin: x64.CCLE, op.AtomicSmax: x64.CCGE,
}

// emitRMW loops: old value in RAX, new value in R1 computed from it and R2, CMPXCHG until nobody came in between.
func (m *Machine) emitRMW(e *vcode.Emitter, in *asm.Inst) {
	o, tmp, x := op.AtomicOp(in.CC), in.R[1], in.R[2]
	wide := max(in.Size, 4)
	load := *in
	load.R, load.CC = [4]asm.Reg{x64.RAX}, 0
	load.Op = x64.MOV
	if in.Size < 4 {
		load.Op, load.Size = [...]uint16{1: x64.MOVZXb, 2: x64.MOVZXw}[in.Size], 4
	}
	e.Out(&load)
	top := e.Buf.NewLabel()
	e.Buf.Bind(top)
	if cc, ok := rmwCC[o]; ok {
		e.Out(&asm.Inst{Op: x64.MOV, Size: wide, R: [4]asm.Reg{tmp, x}})
		e.Out(&asm.Inst{Op: x64.CMP, Size: in.Size, R: [4]asm.Reg{x64.RAX, x}})
		e.Out(&asm.Inst{Op: x64.CMOVCC, Size: wide, CC: cc, R: [4]asm.Reg{tmp, tmp, x64.RAX}})
	} else {
		e.Out(&asm.Inst{Op: x64.MOV, Size: wide, R: [4]asm.Reg{tmp, x64.RAX}})
		e.Out(&asm.Inst{Op: rmwALU[o], Size: wide, R: [4]asm.Reg{tmp, tmp, x}})
		if o == op.AtomicNand {
			e.Out(&asm.Inst{Op: x64.NOT, Size: wide, R: [4]asm.Reg{tmp, tmp}})
		}
	}
	cas := *in
	cas.Op, cas.CC, cas.Flags, cas.R = x64.CMPXCHG, 0, x64.Lock, [4]asm.Reg{x64.RAX, x64.RAX, tmp}
	e.Out(&cas)
	e.Out(&asm.Inst{Op: x64.JCC, CC: x64.CCNE, Aux: uint32(top), Imm: int64(asm.NoLabel)})
}

// rmwHigh pairs the operation on the low half with the one on the high half.
var rmwHigh = map[uint16]uint16{x64.ADD: x64.ADC, x64.SUB: x64.SBB}

// emitRMW16 is emitRMW for 128 bits: old value in RDX:RAX, new value in RCX:RBX.
func (m *Machine) emitRMW16(e *vcode.Emitter, in *asm.Inst) {
	o, xl, xh := op.AtomicOp(in.CC), in.R[2], in.R[3]
	load := asm.Inst{Op: x64.MOV, Size: 8, R: [4]asm.Reg{x64.RAX}, Mem: in.Mem, Scale: in.Scale, Base: in.Base, Index: in.Index, Disp: in.Disp, Aux: in.Aux, Trap: in.Trap}
	e.Out(&load)
	load.R[0], load.Disp = x64.RDX, load.Disp+8
	e.Out(&load)
	top := e.Buf.NewLabel()
	e.Buf.Bind(top)
	two := func(o uint16, size uint8, dst, src asm.Reg) {
		e.Out(&asm.Inst{Op: o, Size: size, R: [4]asm.Reg{dst, dst, src}})
	}
	move := func(dst, src asm.Reg) { e.Out(&asm.Inst{Op: x64.MOV, Size: 8, R: [4]asm.Reg{dst, src}}) }
	switch cc, isMin := rmwCC[o]; {
	case o == op.AtomicXchg:
		move(x64.RBX, xl)
		move(x64.RCX, xh)
	case isMin:
		m.minmax16(e, cc, xl, xh)
	default:
		lop := rmwALU[o]
		hop := rmwHigh[lop]
		if hop == 0 {
			hop = lop
		}
		move(x64.RBX, x64.RAX)
		move(x64.RCX, x64.RDX)
		two(lop, 8, x64.RBX, xl)
		two(hop, 8, x64.RCX, xh)
		if o == op.AtomicNand {
			e.Out(&asm.Inst{Op: x64.NOT, Size: 8, R: [4]asm.Reg{x64.RBX, x64.RBX}})
			e.Out(&asm.Inst{Op: x64.NOT, Size: 8, R: [4]asm.Reg{x64.RCX, x64.RCX}})
		}
	}
	cas := *in
	cas.Op, cas.CC, cas.Size, cas.Flags = x64.CMPXCHG16B, 0, 0, x64.Lock
	cas.R = [4]asm.Reg{x64.RAX, x64.RDX, x64.RAX, x64.RDX}
	cas.SetReg(4, x64.RBX)
	cas.SetReg(5, x64.RCX)
	e.Out(&cas)
	e.Out(&asm.Inst{Op: x64.JCC, CC: x64.CCNE, Aux: uint32(top), Imm: int64(asm.NoLabel)})
}

// minmax16 computes the new value of a minimum or maximum. The condition is turned so that one subtraction of the
// operand from the old value, or the other way round, decides by "less" alone.
func (m *Machine) minmax16(e *vcode.Emitter, cc uint8, xl, xh asm.Reg) {
	less, swap := x64.CCL, false
	switch cc {
	case x64.CCBE:
		less = x64.CCB
	case x64.CCAE:
		less, swap = x64.CCB, true
	case x64.CCGE:
		swap = true
	}
	al, ah, bl, bh := x64.RAX, x64.RDX, xl, xh
	if swap {
		al, ah, bl, bh = bl, bh, al, ah
	}
	e.Out(&asm.Inst{Op: x64.MOV, Size: 8, R: [4]asm.Reg{x64.RCX, ah}})
	e.Out(&asm.Inst{Op: x64.CMP, Size: 8, R: [4]asm.Reg{al, bl}})
	e.Out(&asm.Inst{Op: x64.SBB, Size: 8, R: [4]asm.Reg{x64.RCX, x64.RCX, bh}})
	e.Out(&asm.Inst{Op: x64.MOV, Size: 8, R: [4]asm.Reg{x64.RBX, xl}})
	e.Out(&asm.Inst{Op: x64.MOV, Size: 8, R: [4]asm.Reg{x64.RCX, xh}})
	e.Out(&asm.Inst{Op: x64.CMOVCC, Size: 8, CC: less, R: [4]asm.Reg{x64.RBX, x64.RBX, x64.RAX}})
	e.Out(&asm.Inst{Op: x64.CMOVCC, Size: 8, CC: less, R: [4]asm.Reg{x64.RCX, x64.RCX, x64.RDX}})
}

// tlsValue returns the address of a thread-local variable.
func (l *lowerer) tlsValue(g ir.GlobalValue) asm.Reg {
	d := &l.f.GlobalValues[g]
	sym := l.Symbol(asm.Symbol{Name: l.f.LinkageName(d.Name), Colocated: d.Colocated, TLS: true})
	switch l.m.flags.TLSModel() {
	case settings.TLSElfGD:
		dst := l.NewReg(op.I64)
		getAddr := l.Symbol(asm.Symbol{Name: ir.LibElfTlsGetAddr.Symbol()})
		li := vcode.List{Clobbers: systemV.clobbers(), Symbol: getAddr}
		l.VF.HasCalls = true
		l.Emit(asm.Inst{Op: pTLSGD, Aux: sym, Imm: l.List(nil, []vcode.RegPair{{V: dst, P: x64.RAX}}, li)})
		return dst
	case settings.TLSMachO:
		dst := l.NewReg(op.I64)
		desc := l.NewReg(op.I64)
		l.Emit(asm.Inst{Op: x64.MOV, Size: 8, R: [4]asm.Reg{desc}, Mem: asm.MemSymbol, Aux: sym, Flags: x64.TLV})
		li := vcode.List{Clobbers: systemV.clobbers()}
		l.VF.HasCalls = true
		l.Emit(asm.Inst{Op: pTLSCALL, Imm: l.List([]vcode.RegPair{{V: desc, P: x64.RDI}}, []vcode.RegPair{{V: dst, P: x64.RAX}}, li)})
		return dst
	case settings.TLSCoff:
		index := l.NewReg(op.I32)
		tlsIndex := l.Symbol(asm.Symbol{Name: "_tls_index", Colocated: true})
		l.Emit(asm.Inst{Op: x64.MOV, Size: 4, R: [4]asm.Reg{index}, Mem: asm.MemSymbol, Aux: tlsIndex})
		l.Widen(index)
		array := l.NewReg(op.I64)
		l.Emit(asm.Inst{Op: x64.MOV, Size: 8, R: [4]asm.Reg{array}, Mem: asm.MemReg, Disp: 88, Flags: x64.GS})
		block := l.loadValue(op.I64, amode{kind: asm.MemReg, base: array, index: index, scale: 3})
		dst := l.NewReg(op.I64)
		l.Emit(asm.Inst{Op: x64.LEA, Size: 8, R: [4]asm.Reg{dst}, Mem: asm.MemReg, Base: block, Aux: sym, Flags: x64.SecRel})
		return dst
	}
	l.Fail(&vcode.Unsupported{ISA: isaName, What: "tls_value without a tls_model"})
	return asm.NoReg
}

func (m *Machine) emitTLSGD(e *vcode.Emitter, in *asm.Inst) {
	e.Out(&asm.Inst{Op: x64.TLSGD, R: [4]asm.Reg{x64.RAX}, Aux: in.Aux, Imm: int64(e.F.Lists[in.Imm].Symbol)})
	e.Buf.AddCall()
}

// emitTLSCall calls through the descriptor of a thread-local variable.
func (m *Machine) emitTLSCall(e *vcode.Emitter, _ *asm.Inst) {
	e.Out(&asm.Inst{Op: x64.CALLr, Size: 8, Mem: asm.MemReg, Base: x64.RDI, Imm: vcode.NoList})
}

// Stack switching. A control context is three words: stack pointer, frame pointer, and the address to go on at.
const (
	ctxSP   = 0
	ctxFP   = 8
	ctxPC   = 16
	payload = x64.RDI
)

// stackSwitch saves the current context at store, takes up the one at load, and hands over a payload; the result is
// the payload with which somebody switches back. Everything else is lost on the way. For a collector it is a call.
func (l *lowerer) stackSwitch(inst ir.Inst, store, load, in ir.Value) asm.Reg {
	if l.m.flags.StackSwitchModel() == settings.StackSwitchNone {
		l.Unsupported(inst)
		return asm.NoReg
	}
	dst := l.NewReg(op.I64)
	uses := []vcode.RegPair{{V: l.reg(store), P: x64.RAX}, {V: l.reg(load), P: x64.RCX}, {V: l.reg(in), P: payload}}
	li := vcode.List{Clobbers: allRegs.Minus(regs(x64.RSP, x64.RBP)), Tags: l.debugTags(inst)}
	l.VF.HasCalls = true
	l.Emit(asm.Inst{Op: pSWITCH, Imm: l.List(uses, []vcode.RegPair{{V: dst, P: payload}}, li)})
	return dst
}

func (m *Machine) emitSwitch(e *vcode.Emitter, in *asm.Inst) {
	const from, to, tmp = x64.RAX, x64.RCX, x64.RDX
	mem := func(o uint16, r, base asm.Reg, disp int32) {
		e.Out(&asm.Inst{Op: o, Size: 8, R: [4]asm.Reg{r}, Mem: asm.MemReg, Base: base, Disp: disp})
	}
	resume := e.Buf.NewLabel()
	e.Out(&asm.Inst{Op: x64.LEA, Size: 8, R: [4]asm.Reg{tmp}, Mem: asm.MemLabel, Aux: uint32(resume)})
	mem(x64.MOVmr, tmp, from, ctxPC)
	mem(x64.MOVmr, x64.RSP, from, ctxSP)
	mem(x64.MOVmr, x64.RBP, from, ctxFP)
	mem(x64.MOV, x64.RSP, to, ctxSP)
	mem(x64.MOV, x64.RBP, to, ctxFP)
	e.Out(&asm.Inst{Op: x64.JMPr, Size: 8, Mem: asm.MemReg, Base: to, Disp: ctxPC})
	e.Buf.Bind(resume)
	e.AfterCall(&e.F.Lists[in.Imm])
}

// rmwDescs describe the loops to the register allocator: operand and address must outlive the definitions.
func rmwDesc() vcode.Desc {
	d := regOps(defIn(x64.RAX), defTemp, useLate)
	d.Early, d.Mem = true, vcode.MemReads|vcode.MemWrites
	return d
}

func rmw16Desc() vcode.Desc {
	temp := func(r asm.Reg) vcode.RegDesc {
		return vcode.RegDesc{Kind: regalloc.Def, Pos: regalloc.Early, Constraint: regalloc.Fixed, Arg: uint8(r)}
	}
	d := regOps(defIn(x64.RAX), defIn(x64.RDX), useLate, useLate, temp(x64.RBX), temp(x64.RCX))
	d.Early, d.Mem, d.MemBytes = true, vcode.MemReads|vcode.MemWrites, 16
	return d
}

// clobbers returns the registers that a call of the convention destroys.
func (c *convention) clobbers() regalloc.RegSet { return (&sigABI{conv: c}).clobbers() }
