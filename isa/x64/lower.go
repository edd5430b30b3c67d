package x64

import (
	"math"
	"math/bits"

	"davit/asm"
	"davit/asm/x64"
	"davit/internal/rulec/rule"
	"davit/ir"
	"davit/ir/op"
	"davit/settings"
	"davit/vcode"
)

//go:generate go run davit/internal/rulec/cmd/rulec

// lowerer selects instructions for one function. Its methods are what the rules call: predicates and extractors have a
// bool as their last result and change nothing, constructors emit instructions and return the register of the result.
type lowerer struct {
	*vcode.Lowerer
	f     *ir.Func
	m     *Machine
	trace *rule.Trace

	abi     *sigABI   // of the function itself
	sigs    []*sigABI // per signature of the preamble, computed on first use
	abis    []*sigABI // memory for abi and sigs, of which numABIs are in use
	numABIs int
	areaPtr asm.Reg         // holds the address of the results in memory
	fnSyms  []uint32        // per external function: 1 + its symbol, or 0
	pairs   []vcode.RegPair // scratch: uses of a call
	defs    []vcode.RegPair // scratch: definitions of a call
	results [][2]asm.Reg    // scratch: results of a call
	early   []asm.Reg       // parts of the arguments of a call that are in registers before any is passed
	depth   int             // of following definitions
	pool    []byte          // bytes of the constants made for the function
	wide    []wideConst     // constants made for the instruction being lowered

	upper upperHalves
}

func (l *lowerer) begin(v *vcode.Lowerer) {
	l.Lowerer, l.f, l.trace = v, v.F, l.m.Trace
	l.sigs = append(l.sigs[:0], make([]*sigABI, len(l.f.Sigs))...)
	l.fnSyms = append(l.fnSyms[:0], make([]uint32, len(l.f.ExtFuncs))...)
	l.areaPtr = asm.NoReg
	l.pool, l.depth, l.upper.done = l.pool[:0], 0, false
	l.numABIs = 0
	l.abi = l.newABI()
	if err := l.abi.compute(&l.f.Sig, &l.m.flags); err != nil {
		l.Fail(err)
		return
	}
	if l.abi.retArea > 0 {
		l.areaPtr = l.NewReg(op.I64)
	}
}

func (l *lowerer) newABI() *sigABI {
	if l.numABIs == len(l.abis) {
		l.abis = append(l.abis, new(sigABI))
	}
	l.numABIs++
	return l.abis[l.numABIs-1]
}

// sigOf returns the places of the arguments and results of a signature of the preamble.
func (l *lowerer) sigOf(s ir.SigRef) *sigABI {
	if a := l.sigs[s]; a != nil {
		return a
	}
	a := l.newABI()
	if err := a.compute(&l.f.Sigs[s], &l.m.flags); err != nil {
		l.Fail(err)
		a = l.abi
	}
	l.sigs[s] = a
	return a
}

// lowerInst applies the rules to an instruction.
func (l *lowerer) lowerInst(inst ir.Inst) {
	l.wide = l.wide[:0]
	fn := lowerTable[l.f.Data(inst).Op]
	if fn == nil || !fn(l, inst) {
		l.Unsupported(inst)
	}
}

func (l *lowerer) def(v ir.Value) (ir.Inst, bool) { return l.Def(v) }

func (l *lowerer) setResults(inst ir.Inst, rs ...asm.Reg) {
	if l.m.canonNaN && makesNaN[l.f.Data(inst).Op] {
		rs[0] = l.canonical(l.f.Data(inst), rs[0])
	}
	l.SetResults(inst, rs...)
}

// Types.

func (l *lowerer) isI8(t op.Type) bool        { return t == op.I8 }
func (l *lowerer) fits16(t op.Type) bool      { return t == op.I8 || t == op.I16 }
func (l *lowerer) fits32(t op.Type) bool      { return t.IsInt() && t.Bits() <= 32 }
func (l *lowerer) fits64(t op.Type) bool      { return t.IsInt() && t.Bits() <= 64 }
func (l *lowerer) is16to64(t op.Type) bool    { return t == op.I16 || t == op.I32 || t == op.I64 }
func (l *lowerer) is32or64(t op.Type) bool    { return t == op.I32 || t == op.I64 }
func (l *lowerer) isScalarInt(t op.Type) bool { return t.IsInt() }
func (l *lowerer) isI128(t op.Type) bool      { return t == op.I128 }
func (l *lowerer) isFloat(t op.Type) bool     { return t.IsFloat() }
func (l *lowerer) isF32or64(t op.Type) bool   { return t == op.F32 || t == op.F64 }

// opSize is the width in bytes of an operation on t whose upper bits may be anything: 4 or 8.
func opSize(t op.Type) uint8 {
	if t.Bits() <= 32 {
		return 4
	}
	return 8
}

// exactSize is the width in bytes of an operation that must be as wide as t.
func exactSize(t op.Type) uint8 { return uint8(t.Bytes()) }

// typeOf returns the type of v.
//
//rulec:pure
func (l *lowerer) typeOf(v ir.Value) op.Type { return l.f.ValueType(v) }

func (l *lowerer) has(x settings.Feature) bool { return l.m.flags.Has(x) }

func (l *lowerer) hasBMI1() bool   { return l.has(settings.HasBMI1) }
func (l *lowerer) hasBMI2() bool   { return l.has(settings.HasBMI2) }
func (l *lowerer) hasLZCNT() bool  { return l.has(settings.HasLZCNT) }
func (l *lowerer) hasPOPCNT() bool { return l.has(settings.HasPOPCNT) }

// Constants.

// simm32 extracts a constant that sign-extends from 32 bits.
func (l *lowerer) simm32(v ir.Value) (int64, bool) {
	k, ok := l.constant(v)
	return k, ok && k >= math.MinInt32 && k <= math.MaxInt32
}

func (l *lowerer) mask8(v ir.Value) bool  { return l.isConst(v, 0xff) }
func (l *lowerer) mask16(v ir.Value) bool { return l.isConst(v, 0xffff) }
func (l *lowerer) mask32(v ir.Value) bool { return l.isConst(v, 0xffff_ffff) }

func (l *lowerer) isConst(v ir.Value, want int64) bool {
	k, ok := l.constant(v)
	return ok && k == want
}

// shiftedBy123 extracts x and k from x << k with k from 1 to 3.
func (l *lowerer) shiftedBy123(v ir.Value) (ir.Value, uint8, bool) {
	inst, ok := l.Def(v)
	if !ok {
		return 0, 0, false
	}
	d := l.f.Data(inst)
	if d.Op != op.Ishl {
		return 0, 0, false
	}
	k, ok := l.constant(d.X[1])
	k &= int64(d.Type.LaneBits() - 1)
	return d.X[0], uint8(k), ok && k >= 1 && k <= 3
}

// littleEndian declines accesses that ask for the other byte order.
func (l *lowerer) littleEndian(m ir.MemFlags) bool { return !m.Has(ir.BigEnd) }

// trapOf returns the trap code of a memory access, 0 if it cannot trap.
func trapOf(m ir.MemFlags) uint8 { return uint8(m.Trap) }

func (l *lowerer) usedOnce(v ir.Value) bool { return l.UsedOnce(v) }

// sameAddress reports whether the load i reads from p + off.
func (l *lowerer) sameAddress(i ir.Inst, p ir.Value, off int32) bool {
	d := l.f.Data(i)
	return l.f.Resolve(d.X[0]) == l.f.Resolve(p) && d.Offset() == off
}

// narrowBy is how many bits t lacks to 32, negated.
func narrowBy(t op.Type) int64 { return int64(t.Bits() - 32) }

// negSimm32 extracts the negative of a constant, if that sign-extends from 32 bits.
func (l *lowerer) negSimm32(v ir.Value) (int64, bool) {
	k, ok := l.constant(v)
	return -k, ok && -k >= math.MinInt32 && -k <= math.MaxInt32
}

// imm extracts any constant.
func (l *lowerer) imm(v ir.Value) (int64, bool) { return l.constant(v) }

func (l *lowerer) isZero(v ir.Value) bool {
	k, ok := l.constant(v)
	return ok && k == 0
}

func (l *lowerer) isMinusOne(v ir.Value) bool {
	k, ok := l.constant(v)
	return ok && k == -1
}

// nonZero extracts a constant other than 0.
func (l *lowerer) nonZero(v ir.Value) (int64, bool) {
	k, ok := l.constant(v)
	return k, ok && k != 0
}

// safeDivisor extracts a constant other than 0 and -1.
func (l *lowerer) safeDivisor(v ir.Value) (int64, bool) {
	k, ok := l.constant(v)
	return k, ok && k != 0 && k != -1
}

// powerOf2 extracts log2 of a constant that is a power of two in the width of its type.
func (l *lowerer) powerOf2(v ir.Value) (int64, bool) {
	k, ok := l.constant(v)
	u := uint64(k)
	if ok && l.typeOf(v).Bits() < 64 {
		u &= 1<<l.typeOf(v).Bits() - 1
	}
	return int64(bits.TrailingZeros64(u)), ok && bits.OnesCount64(u) == 1
}

// maskBelow extracts k-1 from a constant that is a power of two k, if it is an immediate.
func (l *lowerer) maskBelow(v ir.Value) (int64, bool) {
	k, ok := l.powerOf2(v)
	return 1<<k - 1, ok && k < 32
}

// leaFactor extracts the scale for a multiplication by 3, 5 or 9.
func (l *lowerer) leaFactor(v ir.Value) (uint8, bool) {
	switch k, ok := l.constant(v); {
	case ok && k == 3:
		return 1, true
	case ok && k == 5:
		return 2, true
	case ok && k == 9:
		return 3, true
	}
	return 0, false
}

// Operands.

// rm is an operand that may be a register or in memory.
type rm struct {
	reg asm.Reg
	mem amode
}

// rmi is an operand that may be a register, in memory, or an immediate.
type rmi struct {
	rm
	imm   int64
	isImm bool
}

func (l *lowerer) reg(v ir.Value) asm.Reg { return l.Reg(v) }

func (l *lowerer) hi(v ir.Value) asm.Reg { return l.RegHi(v) }

func (l *lowerer) regRM(r asm.Reg) rm { return regRM(r) }

func (l *lowerer) regRMI(r asm.Reg) rmi { return regRMI(r) }

// valRM and valRMI are the conversions of values for operations in 32 bits or more.
func (l *lowerer) valRM(v ir.Value) rm { return l.rm(v) }

func (l *lowerer) valRMI(v ir.Value) rmi { return l.rmi(v) }

func regRM(r asm.Reg) rm { return rm{reg: r} }

func memRM(a amode) rm { return rm{mem: a} }

// rm makes v an operand; a load that can sink becomes a memory operand.
func (l *lowerer) rm(v ir.Value) rm {
	if inst, ok := l.sinkable(v); ok {
		return rm{mem: l.sink(inst)}
	}
	return rm{reg: l.Reg(v)}
}

func (l *lowerer) rmi(v ir.Value) rmi {
	if k, ok := l.simm32(v); ok {
		return rmi{imm: k, isImm: true}
	}
	return rmi{rm: l.rm(v)}
}

// sinkable extracts the load that defines v if it may be done as part of the instruction being lowered: it reads exactly
// v's width, at least 4 bytes (narrower values are operated on in 4 bytes, which must not be read).
func (l *lowerer) sinkable(v ir.Value) (ir.Inst, bool) {
	inst, ok := l.CanSink(v)
	if !ok || l.f.Data(inst).Op != op.Load || l.isBig(inst) {
		return 0, false
	}
	return inst, l.f.Data(inst).Type.Bits() >= 32 && l.f.Data(inst).Type.Bits() <= 64
}

// sinkableExact is sinkable for operations that are as wide as v.
func (l *lowerer) sinkableExact(v ir.Value) (ir.Inst, bool) {
	inst, ok := l.CanSink(v)
	if !ok || l.f.Data(inst).Op != op.Load || l.isBig(inst) {
		return 0, false
	}
	return inst, l.f.Data(inst).Type.Bits() <= 64
}

// loadOf1, loadOf2 and loadOf4 extract the load that defines v, a value extended from so many bytes, if it may be done as
// part of the instruction being lowered.
func (l *lowerer) loadOf1(v ir.Value) (ir.Inst, bool) {
	return l.extendingLoad(v, op.Uload8, op.Sload8)
}
func (l *lowerer) loadOf2(v ir.Value) (ir.Inst, bool) {
	return l.extendingLoad(v, op.Uload16, op.Sload16)
}
func (l *lowerer) loadOf4(v ir.Value) (ir.Inst, bool) {
	return l.extendingLoad(v, op.Uload32, op.Sload32)
}

func (l *lowerer) extendingLoad(v ir.Value, o, p op.Opcode) (ir.Inst, bool) {
	inst, ok := l.CanSink(v)
	if !ok || l.isBig(inst) {
		return 0, false
	}
	is := l.f.Data(inst).Op
	return inst, is == o || is == p
}

func (l *lowerer) isBig(inst ir.Inst) bool { return l.f.Mem(inst).Has(ir.BigEnd) }

// sink merges a load found by sinkable and returns its memory operand.
func (l *lowerer) sink(inst ir.Inst) amode {
	l.Sink(inst)
	d := l.f.Data(inst)
	return l.address(d.X[0], d.Offset(), uint8(l.f.Mem(inst).Trap))
}

// Emitting.

func (l *lowerer) emitRM(in asm.Inst, k int, y rm) {
	if y.mem.kind != asm.MemNone {
		y.mem.setMem(&in)
	} else {
		in.R[k] = y.reg
	}
	l.Emit(in)
}

// two emits R[0] = R[1] op r/m.
func (l *lowerer) two(o uint16, size uint8, t op.Type, x asm.Reg, y rm) asm.Reg {
	dst := l.NewReg(t)
	l.emitRM(asm.Inst{Op: o, Size: size, R: [4]asm.Reg{dst, x}}, 2, y)
	return dst
}

// aluOp is a pair of rows: with a register-or-memory and with an immediate operand.
type aluOp struct{ rm, imm uint16 }

var (
	aluADD = aluOp{x64.ADD, x64.ADDi}
	aluSUB = aluOp{x64.SUB, x64.SUBi}
	aluAND = aluOp{x64.AND, x64.ANDi}
	aluOR  = aluOp{x64.OR, x64.ORi}
	aluXOR = aluOp{x64.XOR, x64.XORi}
	aluADC = aluOp{x64.ADC, x64.ADCi}
	aluSBB = aluOp{x64.SBB, x64.SBBi}
)

// alu emits an operation of the given width in bytes.
func (l *lowerer) aluSized(o aluOp, size uint8, t op.Type, x asm.Reg, y rmi) asm.Reg {
	if !y.isImm {
		return l.two(o.rm, size, t, x, y.rm)
	}
	dst := l.NewReg(t)
	l.Emit(asm.Inst{Op: o.imm, Size: size, R: [4]asm.Reg{dst, x}, Imm: y.imm})
	return dst
}

func (l *lowerer) alu(o aluOp, t op.Type, x asm.Reg, y rmi) asm.Reg {
	return l.aluSized(o, opSize(t), t, x, y)
}

// outlives reports whether x is needed after the instruction being lowered, and y is not: an operation that takes the place
// of an operand then had better take that of y. Code is lowered backward, so that later users have asked already.
func (l *lowerer) outlives(x, y ir.Value) bool {
	return l.Wanted(l.f.Resolve(x)) && !l.Wanted(l.f.Resolve(y))
}

// aluEither is alu for operations that allow their operands in both orders.
func (l *lowerer) aluEither(o aluOp, t op.Type, x, y ir.Value) asm.Reg {
	if l.outlives(x, y) {
		x, y = y, x
	}
	return l.alu(o, t, l.reg(x), l.rmi(y))
}

// imulEither multiplies registers.
func (l *lowerer) imulEither(t op.Type, x, y ir.Value) asm.Reg {
	if l.outlives(x, y) {
		x, y = y, x
	}
	return l.two(x64.IMUL, opSize(t), t, l.reg(x), l.rm(y))
}

// exact makes v an operand of an operation that is as wide as v.
func (l *lowerer) exact(v ir.Value) rmi {
	if k, ok := l.simm32(v); ok {
		return rmi{imm: k, isImm: true}
	}
	if inst, ok := l.sinkableExact(v); ok {
		return rmi{rm: rm{mem: l.sink(inst)}}
	}
	return rmi{rm: rm{reg: l.Reg(v)}}
}

func memRMI(a amode) rmi { return rmi{rm: rm{mem: a}} }

func immRMI(k int64) rmi { return rmi{imm: k, isImm: true} }

func regRMI(r asm.Reg) rmi { return rmi{rm: rm{reg: r}} }

// add emits a three-operand addition, which becomes ADD or LEA once registers are known.
func (l *lowerer) add(t op.Type, x, y asm.Reg) asm.Reg {
	dst := l.NewReg(t)
	l.Emit(asm.Inst{Op: pADD, Size: opSize(t), R: [4]asm.Reg{dst, x, y}})
	return dst
}

// addImm is add with a constant.
func (l *lowerer) addImm(t op.Type, x asm.Reg, k int64) asm.Reg {
	dst := l.NewReg(t)
	l.Emit(asm.Inst{Op: pADDi, Size: opSize(t), R: [4]asm.Reg{dst, x}, Imm: k})
	return dst
}

// inRegs reports whether neither x nor y is better taken from memory.
func (l *lowerer) inRegs(x, y ir.Value) bool {
	_, a := l.sinkable(x)
	_, b := l.sinkable(y)
	return !a && !b
}

// addThree emits x + y + k, where one of x and y may be shifted.
func (l *lowerer) addThree(t op.Type, x, y ir.Value, k int64) asm.Reg {
	z, scale, ok := l.shiftedBy123(y)
	if !ok {
		if z, scale, ok = l.shiftedBy123(x); ok {
			x = y
		} else {
			z, scale = y, 0
		}
	}
	return l.addScaled(t, l.reg(x), l.reg(z), scale, k)
}

// addScaled emits x + y<<scale + disp.
func (l *lowerer) addScaled(t op.Type, x, y asm.Reg, scale uint8, disp int64) asm.Reg {
	dst := l.NewReg(t)
	in := asm.Inst{Op: x64.LEA, Size: opSize(t), R: [4]asm.Reg{dst}}
	a := amode{kind: asm.MemReg, base: x, index: y, scale: scale, disp: int32(disp)}
	a.setMem(&in)
	l.Emit(in)
	return dst
}

func (l *lowerer) leaInst(dst asm.Reg, a amode) asm.Inst {
	in := asm.Inst{Op: x64.LEA, Size: 8, R: [4]asm.Reg{dst}}
	a.trap = 0
	a.setMem(&in)
	return in
}

// unary emits R[0] = op R[1] in place.
func (l *lowerer) unary(o uint16, size uint8, t op.Type, x asm.Reg) asm.Reg {
	dst := l.NewReg(t)
	l.Emit(asm.Inst{Op: o, Size: size, R: [4]asm.Reg{dst, x}})
	return dst
}

// fromRM emits R[0] = op r/m, for rows whose source is separate from the destination. Rows of 4 bytes clear the upper half
// of an integer register.
func (l *lowerer) fromRM(o uint16, size uint8, t op.Type, x rm) asm.Reg {
	dst := l.NewReg(t)
	if size == 4 && t == op.I64 {
		l.Narrow(dst)
	}
	l.emitRM(asm.Inst{Op: o, Size: size, R: [4]asm.Reg{dst}}, 1, x)
	return dst
}

// shiftImm emits a shift or rotation by a constant, taken modulo the width of the operation.
func (l *lowerer) shiftImm(o uint16, size uint8, t op.Type, x asm.Reg, k int64) asm.Reg {
	if k &= int64(size)*8 - 1; k == 0 {
		return x
	}
	dst := l.NewReg(t)
	l.Emit(asm.Inst{Op: o, Size: size, R: [4]asm.Reg{dst, x}, Imm: k})
	return dst
}

// shiftReg emits a shift or rotation by the low byte of a register, which ends up in CL.
func (l *lowerer) shiftReg(o uint16, size uint8, t op.Type, x, n asm.Reg) asm.Reg {
	dst := l.NewReg(t)
	l.Emit(asm.Inst{Op: o, Size: size, R: [4]asm.Reg{dst, x, n}})
	return dst
}

// movImm emits a constant, ahead of everything else.
func (l *lowerer) movImm(t op.Type, k int64) asm.Reg {
	dst := l.NewReg(t)
	l.EmitFirst(constInst(dst, t, k))
	return dst
}

func constInst(dst asm.Reg, t op.Type, k int64) asm.Inst {
	if t.Bits() < 64 {
		k &= 1<<t.Bits() - 1
	}
	return asm.Inst{Op: pCONST, Size: 8, R: [4]asm.Reg{dst}, Imm: k}
}

// remat emits constants and addresses of stack slots anew for each user.
func (l *lowerer) remat(inst ir.Inst) (asm.Reg, bool) {
	d := l.f.Data(inst)
	switch d.Op {
	case op.Iconst:
		dst := l.NewReg(d.Type)
		l.EmitFirst(constInst(dst, d.Type, d.IconstInt()))
		return dst, true
	case op.StackAddr:
		a := amode{kind: asm.MemSlot}
		var ok bool
		if a.disp, ok = addDisp(0, int64(l.SlotOffset(d.Slot()))+int64(d.Offset())); !ok {
			return 0, false
		}
		dst := l.NewReg(op.I64)
		l.EmitFirst(l.leaInst(dst, a))
		return dst, true
	}
	return l.rematX(inst)
}
