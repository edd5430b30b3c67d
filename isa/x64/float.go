package x64

import (
	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
	"davit/settings"
)

// features says which instruction sets the rules may use. AVX implies all levels of SSE, and each level of AVX the ones
// before it; below AVX a level counts only if the flags name it.
type features struct {
	ssse3, sse41, sse42, avx, avx2, fma bool
	avx512f, avx512vl, avx512dq         bool // DQ and VL: on vectors of 128 bits
	vbmi, bitalg, vnni, vnniEVEX        bool
}

func newFeatures(f *settings.Flags) features {
	var x features
	x.avx512vl = f.Has(settings.HasAVX512VL)
	x.avx512f = f.Has(settings.HasAVX512F) || x.avx512vl || f.Has(settings.HasAVX512DQ)
	x.avx512dq = f.Has(settings.HasAVX512DQ) && x.avx512vl
	x.vbmi = f.Has(settings.HasAVX512VBMI) && x.avx512vl
	x.bitalg = f.Has(settings.HasAVX512BITALG) && x.avx512vl
	x.vnniEVEX = f.Has(settings.HasAVX512VNNI) && x.avx512vl
	x.avx2 = f.Has(settings.HasAVX2) || x.avx512f
	x.avx = f.Has(settings.HasAVX) || x.avx2
	x.fma = f.Has(settings.HasFMA)
	x.vnni = f.Has(settings.HasAVXVNNI) && x.avx
	x.sse42 = f.Has(settings.HasSSE42) || x.avx
	x.sse41 = f.Has(settings.HasSSE41) || x.avx
	x.ssse3 = f.Has(settings.HasSSSE3) || x.avx
	return x
}

func (l *lowerer) hasSSSE3() bool    { return l.m.has.ssse3 }
func (l *lowerer) hasSSE41() bool    { return l.m.has.sse41 }
func (l *lowerer) hasAVX() bool      { return l.m.has.avx }
func (l *lowerer) hasAVX2() bool     { return l.m.has.avx2 }
func (l *lowerer) hasFMA() bool      { return l.m.has.fma }
func (l *lowerer) hasAVX512F() bool  { return l.m.has.avx512f }
func (l *lowerer) hasAVX512VL() bool { return l.m.has.avx512vl }
func (l *lowerer) hasAVX512DQ() bool { return l.m.has.avx512dq }
func (l *lowerer) hasVBMI() bool     { return l.m.has.vbmi }
func (l *lowerer) hasBITALG() bool   { return l.m.has.bitalg }

// vex returns the AVX form of an SSE row if the machine has AVX.
func (m *Machine) vex(o uint16) uint16 {
	if m.has.avx && o>>9 == 1 && x64.HasVEX(o) {
		return o | x64.VEX
	}
	return o
}

func (l *lowerer) vex(o uint16) uint16 { return l.m.vex(o) }

// Types.

func (l *lowerer) isFP(t op.Type) bool {
	return t == op.F32 || t == op.F64 || t == op.F32X4 || t == op.F64X2
}
func (l *lowerer) isF32(t op.Type) bool { return t == op.F32 }
func (l *lowerer) isF64(t op.Type) bool { return t == op.F64 }

// isXMM holds for types whose values live in a vector register, fitsReg for all that take one register.
func (l *lowerer) isXMM(t op.Type) bool   { return !t.IsInt() && t.Bits() <= 128 }
func (l *lowerer) fitsReg(t op.Type) bool { return t != op.I128 && t.Bits() <= 128 }

// inXMM reports whether values of type t live in a vector register.
func inXMM(t op.Type) bool { return !t.IsInt() && t.Bits() <= 128 }

// fpRows are the rows of one floating-point operation by type of the operands.
type fpRows struct {
	ss, sd, ps, pd uint16
	commutes       bool
}

var (
	fpADD  = &fpRows{x64.ADDSS, x64.ADDSD, x64.ADDPS, x64.ADDPD, true}
	fpSUB  = &fpRows{x64.SUBSS, x64.SUBSD, x64.SUBPS, x64.SUBPD, false}
	fpMUL  = &fpRows{x64.MULSS, x64.MULSD, x64.MULPS, x64.MULPD, true}
	fpDIV  = &fpRows{x64.DIVSS, x64.DIVSD, x64.DIVPS, x64.DIVPD, false}
	fpMIN  = &fpRows{x64.MINSS, x64.MINSD, x64.MINPS, x64.MINPD, false}
	fpMAX  = &fpRows{x64.MAXSS, x64.MAXSD, x64.MAXPS, x64.MAXPD, false}
	fpCMP  = &fpRows{x64.CMPSS, x64.CMPSD, x64.CMPPS, x64.CMPPD, false}
	fpUCOM = &fpRows{x64.UCOMISS, x64.UCOMISD, 0, 0, false}
	fpCVT  = &fpRows{x64.CVTTSS2SI, x64.CVTTSD2SI, 0, 0, false}
)

func (r *fpRows) of(t op.Type) uint16 {
	switch t {
	case op.F32:
		return r.ss
	case op.F64:
		return r.sd
	case op.F32X4:
		return r.ps
	}
	return r.pd
}

// sized returns the scalar row for a width in bytes.
func (r *fpRows) sized(size uint8) uint16 {
	if size == 4 {
		return r.ss
	}
	return r.sd
}

// Operands.

// xrm makes v the r/m operand of row o: a load or a constant that the row reads in full becomes a memory operand. Memory
// of 16 bytes must be known to be aligned unless the row is an AVX form.
func (l *lowerer) xrm(o uint16, v ir.Value) rm {
	t := l.typeOf(v)
	if int(x64.MemBytes(o, 0)) != t.Bytes() {
		return regRM(l.Reg(v))
	}
	if inst, ok := l.sinkableX(v); ok {
		if x64.AttrOf(o)&x64.AlignedMem == 0 || l.f.Mem(inst).Has(ir.Aligned) {
			return memRM(l.sink(inst))
		}
	}
	if a, ok := l.poolOperand(v); ok {
		return memRM(a)
	}
	return regRM(l.Reg(v))
}

// sinkableX is sinkable for values of any type.
func (l *lowerer) sinkableX(v ir.Value) (ir.Inst, bool) {
	inst, ok := l.CanSink(v)
	if !ok || l.f.Data(inst).Op != op.Load || l.isBig(inst) {
		return 0, false
	}
	return inst, true
}

// opX emits R[0] = R[1] op r/m R[2] on vector registers, as AVX instruction where there is AVX.
func (l *lowerer) opX(o uint16, t op.Type, x asm.Reg, y rm) asm.Reg { return l.opXI(o, t, x, y, 0) }

// opXX is opX of two registers.
func (l *lowerer) opXX(o uint16, t op.Type, x, y asm.Reg) asm.Reg { return l.opX(o, t, x, regRM(y)) }

// opXI is opX with an immediate.
func (l *lowerer) opXI(o uint16, t op.Type, x asm.Reg, y rm, imm int64) asm.Reg {
	dst := l.NewReg(t)
	o = l.vex(o)
	if x == y.reg && x != asm.NoReg && o>>9 == 1 { // two addresses, one register
		l.Emit(asm.Inst{Op: pSELF, R: [4]asm.Reg{dst, x}, Aux: uint32(o), Imm: imm})
		return dst
	}
	l.emitRM(asm.Inst{Op: o, R: [4]asm.Reg{dst, x}, Imm: imm}, 2, y)
	return dst
}

// op1 emits R[0] = op r/m R[1].
func (l *lowerer) op1(o uint16, t op.Type, x rm) asm.Reg { return l.fromRM(l.vex(o), 0, t, x) }

// op1I is op1 with an immediate.
func (l *lowerer) op1I(o uint16, t op.Type, x rm, imm int64) asm.Reg {
	dst := l.NewReg(t)
	l.emitRM(asm.Inst{Op: l.vex(o), R: [4]asm.Reg{dst}, Imm: imm}, 1, x)
	return dst
}

// shiftX emits a shift by a constant.
func (l *lowerer) shiftX(o uint16, t op.Type, x asm.Reg, k int64) asm.Reg {
	if k == 0 {
		return x
	}
	dst := l.NewReg(t)
	l.Emit(asm.Inst{Op: l.vex(o), R: [4]asm.Reg{dst, x}, Imm: k})
	return dst
}

// zeroX and onesX return constants of all zeros and all ones.
func (l *lowerer) zeroX(t op.Type) asm.Reg { return l.special(pFZERO, t) }
func (l *lowerer) onesX(t op.Type) asm.Reg { return l.special(pONES, t) }

func (l *lowerer) special(o uint16, t op.Type) asm.Reg {
	dst := l.NewReg(t)
	l.EmitFirst(asm.Inst{Op: o, R: [4]asm.Reg{dst}})
	return dst
}

// fpBinary emits a floating-point operation with memory operands where possible.
func (l *lowerer) fpBinary(r *fpRows, t op.Type, x, y ir.Value) asm.Reg {
	o := l.vex(r.of(t))
	if r.commutes {
		x, y = l.commuted(o, x, y)
	}
	return l.two(o, 0, t, l.Reg(x), l.xrm(o, y))
}

// commuted orders the operands of an operation that allows both orders: memory last, and where the result replaces the
// first operand, one first that is not needed any more.
func (l *lowerer) commuted(o uint16, x, y ir.Value) (ir.Value, ir.Value) {
	switch {
	case l.inMemory(o, y):
		return x, y
	case l.inMemory(o, x) || o&x64.VEX == 0 && l.outlives(x, y):
		return y, x
	}
	return x, y
}

// inMemory reports whether xrm would make v a memory operand.
func (l *lowerer) inMemory(o uint16, v ir.Value) bool {
	if int(x64.MemBytes(o, 0)) != l.typeOf(v).Bytes() {
		return false
	}
	if inst, ok := l.sinkableX(v); ok {
		return x64.AttrOf(o)&x64.AlignedMem == 0 || l.f.Mem(inst).Has(ir.Aligned)
	}
	return l.inPool(v)
}

// Sign bits.

// signMask returns the sign bits of all lanes of t.
func (l *lowerer) signMask(t op.Type) asm.Reg {
	m := l.onesX(t)
	switch t.LaneBits() {
	case 16:
		return l.shiftX(x64.PSLLWi, t, m, 15)
	case 32:
		return l.shiftX(x64.PSLLDi, t, m, 31)
	case 128:
		return l.shiftX(x64.PSLLDQi, t, l.shiftX(x64.PSLLQi, t, m, 63), 8)
	}
	return l.shiftX(x64.PSLLQi, t, m, 63)
}

// fneg flips the sign bits of x.
func (l *lowerer) fneg(t op.Type, x ir.Value) asm.Reg {
	return l.withMask(x64.XORPS, t, x, l.signMask(t))
}

// fabs clears the sign bits of x.
func (l *lowerer) fabs(t op.Type, x ir.Value) asm.Reg {
	m := l.onesX(t)
	switch t.LaneBits() {
	case 16:
		m = l.shiftX(x64.PSRLWi, t, m, 1)
	case 32:
		m = l.shiftX(x64.PSRLDi, t, m, 1)
	case 64:
		m = l.shiftX(x64.PSRLQi, t, m, 1)
	default:
		return l.opXX(x64.ANDNPS, t, l.signMask(t), l.Reg(x))
	}
	return l.withMask(x64.ANDPS, t, x, m)
}

// withMask emits a commutative operation on v and a mask that nobody else needs; the result replaces the one that dies.
func (l *lowerer) withMask(o uint16, t op.Type, v ir.Value, m asm.Reg) asm.Reg {
	if l.UsedOnce(v) {
		return l.opXX(o, t, l.Reg(v), m)
	}
	return l.opXX(o, t, m, l.Reg(v))
}

// copysign returns x with the sign bits of y: x ^ ((x ^ y) & signs).
func (l *lowerer) copysign(t op.Type, x, y asm.Reg) asm.Reg {
	d := l.opXX(x64.ANDPS, t, l.signMask(t), l.opXX(x64.XORPS, t, y, x))
	return l.opXX(x64.XORPS, t, d, x)
}

// fpMinMax returns the smaller or larger of two scalars.
func (l *lowerer) fpMinMax(o uint16, t op.Type, x, y asm.Reg) asm.Reg {
	dst := l.NewReg(t)
	l.Emit(asm.Inst{Op: o, Size: exactSize(t), R: [4]asm.Reg{dst, x, y}})
	return dst
}

// Rounding.

// rounding is a rounding mode: the immediate of ROUNDSS and the library calls.
type rounding struct {
	imm      int64
	f32, f64 ir.LibCall
}

var (
	roundCeil    = &rounding{2, ir.LibCeilF32, ir.LibCeilF64}
	roundFloor   = &rounding{1, ir.LibFloorF32, ir.LibFloorF64}
	roundTrunc   = &rounding{3, ir.LibTruncF32, ir.LibTruncF64}
	roundNearest = &rounding{0, ir.LibNearestF32, ir.LibNearestF64}
	fpROUND      = &fpRows{x64.ROUNDSS, x64.ROUNDSD, x64.ROUNDPS, x64.ROUNDPD, false}
)

// round rounds by SSE4.1.
func (l *lowerer) round(t op.Type, x ir.Value, r *rounding) asm.Reg {
	o := fpROUND.of(t)
	if t.IsVector() {
		return l.op1I(o, t, l.xrm(l.vex(o), x), r.imm)
	}
	return l.opXI(o, t, asm.NoReg, l.xrm(l.vex(o), x), r.imm)
}

// roundLib rounds a scalar by a function of the library.
func (l *lowerer) roundLib(t op.Type, x asm.Reg, r *rounding) asm.Reg {
	lib := r.f32
	if t == op.F64 {
		lib = r.f64
	}
	return l.libcall(lib, t, x)
}

// fpUnary emits a row that reads one operand.
func (l *lowerer) fpUnary(o uint16, t op.Type, x ir.Value) asm.Reg {
	o = l.vex(o)
	if len(x64.Operands(o)) == 3 { // the upper lanes come from a register that nobody needs
		return l.two(o, 0, t, asm.NoReg, l.xrm(o, x))
	}
	return l.fromRM(o, 0, t, l.xrm(o, x))
}

var fpSQRT = &fpRows{x64.SQRTSS, x64.SQRTSD, x64.SQRTPS, x64.SQRTPD, false}

// sqrt emits a square root.
func (l *lowerer) sqrt(t op.Type, x ir.Value) asm.Reg { return l.fpUnary(fpSQRT.of(t), t, x) }

// Library calls.

// libcall calls a function of the run-time library whose arguments all have type t, as its result.
func (l *lowerer) libcall(lib ir.LibCall, t op.Type, args ...asm.Reg) asm.Reg {
	abi := l.m.libABI(lib, t, len(args))
	dst := l.NewReg(t)
	if abi == nil {
		l.Fail(l.unsupportedLib(lib))
		return dst
	}
	l.pairs = l.pairs[:0]
	for i := range abi.args {
		l.pairs = append(l.pairs, regPair(args[i], abi.args[i].reg))
	}
	l.VF.Outgoing = max(l.VF.Outgoing, (abi.stackArgs+15)&^15)
	l.VF.HasCalls = true
	near := l.m.flags.Bool(settings.UseColocatedLibcalls)
	in := asm.Inst{Op: x64.CALL, Aux: l.Symbol(asm.Symbol{Name: lib.Symbol(), Colocated: near})}
	if !near {
		in.Flags = x64.PLT
	}
	in.Imm = l.callList(l.pairs, regPair(dst, abi.rets[0].reg), abi)
	l.Emit(in)
	return dst
}

// Fused multiply-add.

// fmaRows are the rows of one fused operation: the digits name the factors and the addend, by position. See x64.VFMADD213SS.
type fmaRows struct{ r132, r213, r231 fpRows }

// fmaTable is indexed by whether the product, and whether the addend is negated.
var fmaTable = [2][2]fmaRows{
	{{fpRows{x64.VFMADD132SS, x64.VFMADD132SD, x64.VFMADD132PS, x64.VFMADD132PD, false},
		fpRows{x64.VFMADD213SS, x64.VFMADD213SD, x64.VFMADD213PS, x64.VFMADD213PD, false},
		fpRows{x64.VFMADD231SS, x64.VFMADD231SD, x64.VFMADD231PS, x64.VFMADD231PD, false}},
		{fpRows{x64.VFMSUB132SS, x64.VFMSUB132SD, x64.VFMSUB132PS, x64.VFMSUB132PD, false},
			fpRows{x64.VFMSUB213SS, x64.VFMSUB213SD, x64.VFMSUB213PS, x64.VFMSUB213PD, false},
			fpRows{x64.VFMSUB231SS, x64.VFMSUB231SD, x64.VFMSUB231PS, x64.VFMSUB231PD, false}}},
	{{fpRows{x64.VFNMADD132SS, x64.VFNMADD132SD, x64.VFNMADD132PS, x64.VFNMADD132PD, false},
		fpRows{x64.VFNMADD213SS, x64.VFNMADD213SD, x64.VFNMADD213PS, x64.VFNMADD213PD, false},
		fpRows{x64.VFNMADD231SS, x64.VFNMADD231SD, x64.VFNMADD231PS, x64.VFNMADD231PD, false}},
		{fpRows{x64.VFNMSUB132SS, x64.VFNMSUB132SD, x64.VFNMSUB132PS, x64.VFNMSUB132PD, false},
			fpRows{x64.VFNMSUB213SS, x64.VFNMSUB213SD, x64.VFNMSUB213PS, x64.VFNMSUB213PD, false},
			fpRows{x64.VFNMSUB231SS, x64.VFNMSUB231SD, x64.VFNMSUB231PS, x64.VFNMSUB231PD, false}}},
}

// negated looks through negations of v and reports whether their number is odd.
func (l *lowerer) negated(v ir.Value) (ir.Value, bool) {
	odd := false
	for range maxDepth {
		inst, ok := l.Def(v)
		if !ok || l.f.Data(inst).Op != op.Fneg {
			return v, odd
		}
		v, odd = l.f.Data(inst).X[0], !odd
	}
	return v, odd
}

// fma emits x*y + z. The form is chosen so that a load or constant is the memory operand, and the operand that the
// result replaces one that is not needed any more.
func (l *lowerer) fma(t op.Type, x, y, z ir.Value) asm.Reg {
	var nx, ny, nz bool
	x, nx = l.negated(x)
	y, ny = l.negated(y)
	z, nz = l.negated(z)
	neg := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	rows := &fmaTable[neg(nx != ny)][neg(nz)]
	o := rows.r213.of(t)
	if l.inMemory(o, x) || l.UsedOnce(y) && !l.UsedOnce(x) && !l.inMemory(o, y) {
		x, y = y, x
	}
	switch {
	case l.inMemory(o, z):
		return l.emitFMA(o, t, x, y, z)
	case l.inMemory(o, y):
		if l.UsedOnce(z) && !l.UsedOnce(x) {
			return l.emitFMA(rows.r231.of(t), t, z, x, y)
		}
		return l.emitFMA(rows.r132.of(t), t, x, z, y)
	case l.UsedOnce(z) && !l.UsedOnce(x):
		return l.emitFMA(rows.r231.of(t), t, z, x, y)
	}
	return l.emitFMA(o, t, x, y, z)
}

func (l *lowerer) emitFMA(o uint16, t op.Type, a, b, c ir.Value) asm.Reg {
	dst := l.NewReg(t)
	in := asm.Inst{Op: o, R: [4]asm.Reg{dst, l.Reg(a), l.Reg(b)}}
	l.emitRM(in, 3, l.xrm(o, c))
	return dst
}

// fmaLib emits x*y + z by a function of the library.
func (l *lowerer) fmaLib(t op.Type, x, y, z asm.Reg) asm.Reg {
	if t == op.F32 {
		return l.libcall(ir.LibFmaF32, t, x, y, z)
	}
	return l.libcall(ir.LibFmaF64, t, x, y, z)
}
