package x64

import (
	"math"

	"davit/asm"
	"davit/asm/x64"
	"davit/ir/op"
	"davit/regalloc"
	"davit/vcode"
)

// Pseudo-instructions on vector registers. Size is the width of the float in bytes.
const (
	pONES     uint16 = pEnd + iota // R0 = all ones
	pSELF                          // R0 = R1 op R1 by the two-address row Aux, with immediate Imm
	pFMIN                          // R0 = smaller of R1 and R2; NaN if one is, -0 < +0
	pFMAX                          // R0 = larger of R1 and R2
	pTRAPFP                        // traps unless CC: bad_toint if R0 is NaN, else the code
	pTRAPFP64                      // after a comparison of a converted R0 with 1: traps as pTRAPFP if R0 is out of the range of i64
	pFROMU64                       // R0 = float of unsigned R3; R1, R2 are scratch
	pTOU64                         // R0 = unsigned integer of R2, or traps as pTRAPFP; R1 is scratch
	pSATS                          // R0 = signed integer of CC bytes of R2, saturated; R1 is scratch
	pSATU32                        // R0 = unsigned integer of R3, saturated; R1, R2 are scratch
	pSATU64                        // R0 = unsigned integer of R2, saturated; R1 is scratch
	pFloatEnd
)

// defEarly is a result that is written while operands are still needed.
var defEarly = vcode.RegDesc{Kind: regalloc.Def, Pos: regalloc.Early}

func floatPseudos() [pFloatEnd - pEnd]pseudo {
	toInt := regOps(defEarly, defTemp, useLate)
	return [pFloatEnd - pEnd]pseudo{
		pONES - pEnd:     {"ones", regOps(defAny), (*Machine).emitOnes},
		pSELF - pEnd:     {"self", regOps(defR1, useAny), (*Machine).emitSelf},
		pFMIN - pEnd:     {"fmin", regOps(defR1, useAny, useLate), (*Machine).emitMinMax},
		pFMAX - pEnd:     {"fmax", regOps(defR1, useAny, useLate), (*Machine).emitMinMax},
		pTRAPFP - pEnd:   {"trap_unless", regOps(useAny), (*Machine).emitTrapFloat},
		pTRAPFP64 - pEnd: {"trap_int64", regOps(useAny), (*Machine).emitTrapFloat64},
		pFROMU64 - pEnd:  {"from_u64", regOps(defEarly, defTemp, defTemp, useLate), (*Machine).emitFromU64},
		pTOU64 - pEnd:    {"to_u64", toInt, (*Machine).emitToU64},
		pSATS - pEnd:     {"to_sint_sat", toInt, (*Machine).emitSatSigned},
		pSATU32 - pEnd:   {"to_u32_sat", regOps(defEarly, defTemp, defTemp, useLate), (*Machine).emitSatU32},
		pSATU64 - pEnd:   {"to_u64_sat", toInt, (*Machine).emitSatU64},
	}
}

// outX emits an instruction on registers, in the AVX form if there is AVX.
func (m *Machine) outX(e *vcode.Emitter, o uint16, size uint8, r ...asm.Reg) {
	in := asm.Inst{Op: m.vex(o), Size: size}
	copy(in.R[:], r)
	e.Out(&in)
}

// outRI emits an instruction with an immediate.
func (m *Machine) outRI(e *vcode.Emitter, o uint16, size uint8, imm int64, r ...asm.Reg) {
	in := asm.Inst{Op: o, Size: size, Imm: imm}
	copy(in.R[:], r)
	e.Out(&in)
}

func (m *Machine) jumpTo(e *vcode.Emitter, l asm.Label) {
	e.Out(&asm.Inst{Op: x64.JMP, Aux: uint32(l)})
}

func (m *Machine) jumpIf(e *vcode.Emitter, cc uint8, l asm.Label) {
	e.Out(&asm.Inst{Op: x64.JCC, CC: cc, Aux: uint32(l), Imm: int64(asm.NoLabel)})
}

func (m *Machine) trapIf(e *vcode.Emitter, cc uint8, code op.TrapCode) {
	e.Out(&asm.Inst{Op: x64.TRAPCC, CC: cc, Trap: uint8(code)})
}

func (m *Machine) emitOnes(e *vcode.Emitter, in *asm.Inst) {
	r := in.R[0]
	m.outX(e, x64.PCMPEQD, 0, r, r, r)
}

func (m *Machine) emitSelf(e *vcode.Emitter, in *asm.Inst) {
	r := in.R[0]
	e.Out(&asm.Inst{Op: uint16(in.Aux), R: [4]asm.Reg{r, r, r}, Imm: in.Imm})
}

// emitMinMax tells three cases apart: equal (zeros of both signs are, so the sign bits are merged), unordered (the sum is
// a quiet NaN), and all others, for which MINSS is right.
func (m *Machine) emitMinMax(e *vcode.Emitter, in *asm.Inst) {
	x, y := in.R[0], in.R[2]
	rows, merge := fpMIN, uint16(x64.ORPS)
	if in.Op == pFMAX {
		rows, merge = fpMAX, x64.ANDPS
	}
	differ, nan, done := e.Buf.NewLabel(), e.Buf.NewLabel(), e.Buf.NewLabel()
	m.outX(e, fpUCOM.sized(in.Size), 0, x, y)
	m.jumpIf(e, x64.CCNE, differ)
	m.jumpIf(e, x64.CCP, nan)
	m.outX(e, merge, 0, x, x, y)
	m.jumpTo(e, done)
	e.Buf.Bind(nan)
	m.outX(e, fpADD.sized(in.Size), 0, x, x, y)
	m.jumpTo(e, done)
	e.Buf.Bind(differ)
	m.outX(e, rows.sized(in.Size), 0, x, x, y)
	e.Buf.Bind(done)
}

func (m *Machine) emitTrapFloat(e *vcode.Emitter, in *asm.Inst) {
	ok := e.Buf.NewLabel()
	m.jumpIf(e, in.CC, ok)
	m.trapNaN(e, in.Size, in.R[0], in.Trap)
	e.Buf.Bind(ok)
}

// trapNaN traps: with bad_toint if x is NaN, else with the given code.
func (m *Machine) trapNaN(e *vcode.Emitter, size uint8, x asm.Reg, code uint8) {
	m.outX(e, fpUCOM.sized(size), 0, x, x)
	m.trapIf(e, x64.CCP, op.BadConversion)
	e.Out(&asm.Inst{Op: x64.UD2, Trap: code})
}

// emitTrapFloat64: of the floats that convert to -2^63 only -2^63 itself is in range.
func (m *Machine) emitTrapFloat64(e *vcode.Emitter, in *asm.Inst) {
	ok := e.Buf.NewLabel()
	m.jumpIf(e, x64.CCNO, ok)
	m.withConst(e, asm.Inst{Op: m.vex(fpUCOM.sized(in.Size)), R: in.R}, in.Size, -1<<63)
	m.trapIf(e, x64.CCP, op.BadConversion)
	m.trapIf(e, x64.CCNE, op.TrapCode(in.Trap))
	e.Buf.Bind(ok)
}

// withConst emits in with a float of size bytes as its memory operand.
func (m *Machine) withConst(e *vcode.Emitter, in asm.Inst, size uint8, x float64) {
	in.Mem = asm.MemLabel
	if size == 4 {
		in.Aux = uint32(e.Buf.ConstU32(math.Float32bits(float32(x))))
	} else {
		in.Aux = uint32(e.Buf.ConstU64(math.Float64bits(x)))
	}
	e.Out(&in)
}

// emitFromU64 halves numbers above the signed range, keeping the last bit sticky, and doubles the float.
func (m *Machine) emitFromU64(e *vcode.Emitter, in *asm.Inst) {
	dst, t, u, x := in.R[0], in.R[1], in.R[2], in.R[3]
	o := uint16(x64.CVTSI2SD)
	if in.Size == 4 {
		o = x64.CVTSI2SS
	}
	large, done := e.Buf.NewLabel(), e.Buf.NewLabel()
	m.outX(e, x64.XORPS, 0, dst, dst, dst)
	m.outX(e, x64.TEST, 8, x, x)
	m.jumpIf(e, x64.CCS, large)
	m.outX(e, o, 8, dst, dst, x)
	m.jumpTo(e, done)
	e.Buf.Bind(large)
	m.outX(e, x64.MOV, 8, t, x)
	m.outRI(e, x64.SHRi, 8, 1, t, t)
	m.outX(e, x64.MOV, 4, u, x)
	m.outRI(e, x64.ANDi, 4, 1, u, u)
	m.outX(e, x64.OR, 8, t, t, u)
	m.outX(e, o, 8, dst, dst, t)
	m.outX(e, fpADD.sized(in.Size), 0, dst, dst, dst)
	e.Buf.Bind(done)
}

// toHigh converts x to an unsigned integer of 64 bits and jumps to done if it is in the signed range. Otherwise it
// converts x - 2^63 and sets the flags: negative means out of range, or NaN; else 2^63 must be added.
func (m *Machine) toHigh(e *vcode.Emitter, size uint8, dst, t, x asm.Reg, done asm.Label) {
	m.outX(e, fpCVT.sized(size), 8, dst, x)
	m.outX(e, x64.TEST, 8, dst, dst)
	m.jumpIf(e, x64.CCNS, done)
	if m.has.avx {
		m.withConst(e, asm.Inst{Op: m.vex(fpSUB.sized(size)), R: [4]asm.Reg{t, x}}, size, 1<<63)
	} else {
		m.outX(e, x64.MOVAPS, 0, t, x)
		m.withConst(e, asm.Inst{Op: fpSUB.sized(size), R: [4]asm.Reg{t, t}}, size, 1<<63)
	}
	m.outX(e, fpCVT.sized(size), 8, dst, t)
	m.outX(e, x64.TEST, 8, dst, dst)
}

func (m *Machine) emitToU64(e *vcode.Emitter, in *asm.Inst) {
	dst, t, x := in.R[0], in.R[1], in.R[2]
	high, done := e.Buf.NewLabel(), e.Buf.NewLabel()
	m.toHigh(e, in.Size, dst, t, x, done)
	m.jumpIf(e, x64.CCNS, high)
	m.trapNaN(e, in.Size, x, in.Trap)
	e.Buf.Bind(high)
	m.outRI(e, x64.BTCi, 8, 63, dst, dst)
	e.Buf.Bind(done)
}

// emitSatSigned keeps the smallest number for negative floats, inverts it for positive ones, and clears it for NaN.
func (m *Machine) emitSatSigned(e *vcode.Emitter, in *asm.Inst) {
	dst, t, x := in.R[0], in.R[1], in.R[2]
	negative, done := e.Buf.NewLabel(), e.Buf.NewLabel()
	m.outX(e, fpCVT.sized(in.Size), in.CC, dst, x)
	m.outRI(e, x64.CMPi, in.CC, 1, dst)
	m.jumpIf(e, x64.CCNO, done)
	m.outX(e, x64.XORPS, 0, t, t, t)
	m.outX(e, fpUCOM.sized(in.Size), 0, x, t)
	m.jumpIf(e, x64.CCB, negative)
	m.outX(e, x64.NOT, in.CC, dst, dst)
	m.jumpTo(e, done)
	e.Buf.Bind(negative)
	m.jumpIf(e, x64.CCNP, done)
	m.outX(e, x64.XOR, 4, dst, dst, dst)
	e.Buf.Bind(done)
}

func (m *Machine) emitSatU32(e *vcode.Emitter, in *asm.Inst) {
	dst, t, wide, x := in.R[0], in.R[1], in.R[2], in.R[3]
	done := e.Buf.NewLabel()
	m.outX(e, fpCVT.sized(in.Size), 8, wide, x)
	m.outX(e, x64.MOV, 4, dst, wide)
	m.outX(e, x64.CMP, 8, dst, wide)
	m.jumpIf(e, x64.CCE, done)
	m.saturate(e, in.Size, 4, dst, t, x)
	e.Buf.Bind(done)
}

// saturate returns all ones if x is positive, else (negative or NaN) zero.
func (m *Machine) saturate(e *vcode.Emitter, size, intSize uint8, dst, t, x asm.Reg) {
	done := e.Buf.NewLabel()
	m.outX(e, x64.XOR, 4, dst, dst, dst)
	m.outX(e, x64.XORPS, 0, t, t, t)
	m.outX(e, fpUCOM.sized(size), 0, x, t)
	m.jumpIf(e, x64.CCBE, done)
	m.outX(e, x64.DEC, intSize, dst, dst)
	e.Buf.Bind(done)
}

func (m *Machine) emitSatU64(e *vcode.Emitter, in *asm.Inst) {
	dst, t, x := in.R[0], in.R[1], in.R[2]
	out, done := e.Buf.NewLabel(), e.Buf.NewLabel()
	m.toHigh(e, in.Size, dst, t, x, done)
	m.jumpIf(e, x64.CCS, out)
	m.outRI(e, x64.BTCi, 8, 63, dst, dst)
	m.jumpTo(e, done)
	e.Buf.Bind(out)
	m.saturate(e, in.Size, 8, dst, t, x)
	e.Buf.Bind(done)
}
