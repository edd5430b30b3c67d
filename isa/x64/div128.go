package x64

import (
	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
	"davit/regalloc"
	"davit/vcode"
)

// Division of 128-bit integers.
//
// If the divisor fits a word, two divisions of two words by one do. Otherwise the quotient fits a word, and is estimated
// from the upper words: with n the leading zeros of the divisor y, v the upper word of y << n and u half the dividend x,
// q = u/v >> (63-n), less one unless it is zero, is right or one too small; the remainder tells.
//
// Source: H. S. Warren, Hacker's Delight, section 9-5 (unsigned doubleword division), for words of 64 bits.

// Registers of the sequence. The dividend arrives, and the result leaves, in rdx:rax.
const (
	divYL   = x64.RSI // divisor
	divYH   = x64.RDI
	divXL   = x64.R11 // dividend, later remainder
	divXH   = x64.R9
	divSign = x64.R10 // all ones if the result is negative
	divTmp  = x64.R8
)

const (
	div128Signed = 1 << iota // in the CC field of pDIV128
	div128Rem
)

// divide128 returns a quotient or a remainder.
func (l *lowerer) divide128(signed, rem bool, x, y ir.Value) (lo, hi asm.Reg) {
	xl, xh, yl, yh := l.reg(x), l.hi(x), l.reg(y), l.hi(y)
	l.alu(aluOR, op.I64, yl, regRMI(yh))
	l.trapIf(one(x64.CCE), op.IntegerDivByZero)
	in := asm.Inst{Op: pDIV128}
	if signed {
		in.CC |= div128Signed
	}
	if rem {
		in.CC |= div128Rem
	}
	lo, hi = l.NewReg(op.I64), l.NewReg(op.I64)
	uses := []vcode.RegPair{{V: xl, P: x64.RAX}, {V: xh, P: x64.RDX}, {V: yl, P: divYL}, {V: yh, P: divYH}}
	in.Imm = l.List(uses, []vcode.RegPair{{V: lo, P: x64.RAX}, {V: hi, P: x64.RDX}}, vcode.List{Clobbers: div128Clobbers})
	l.Emit(in)
	return lo, hi
}

var div128Clobbers regalloc.RegSet = regs(x64.RAX, x64.RDX, x64.RCX, divYL, divYH, divXL, divXH, divSign, divTmp)

// sequence writes instructions with physical registers.
type sequence struct {
	m *Machine
	e *vcode.Emitter
}

// move copies y to x; two emits x = x op y, and imm x = x op k.
func (s sequence) move(x, y asm.Reg) {
	s.e.Out(&asm.Inst{Op: x64.MOV, Size: 8, R: [4]asm.Reg{x, y}})
}

func (s sequence) two(o uint16, x, y asm.Reg) {
	s.e.Out(&asm.Inst{Op: o, Size: 8, R: [4]asm.Reg{x, x, y}})
}

func (s sequence) imm(o uint16, x asm.Reg, k int64) {
	s.e.Out(&asm.Inst{Op: o, Size: 8, R: [4]asm.Reg{x, x}, Imm: k})
}

// double shifts bits of y into x, by k or, if k is 0, by CL.
func (s sequence) double(o uint16, x, y asm.Reg, k int64) {
	in := asm.Inst{Op: o, Size: 8, R: [4]asm.Reg{x, x, y}, Imm: k}
	if k == 0 {
		in.R[3] = x64.RCX
	}
	s.e.Out(&in)
}

// divide divides rdx:rax by y; the quotient is in rax, the remainder in rdx.
func (s sequence) divide(y asm.Reg) {
	in := asm.Inst{Op: x64.DIV, Size: 8, R: [4]asm.Reg{x64.RAX, x64.RDX, y, x64.RAX}}
	in.SetReg(4, x64.RDX)
	s.e.Out(&in)
}

// magnitude makes hi:lo, of which sign holds the sign, positive; or, if it is positive, negative.
func (s sequence) magnitude(lo, hi, sign asm.Reg) {
	s.two(x64.XOR, lo, sign)
	s.two(x64.XOR, hi, sign)
	s.two(x64.SUB, lo, sign)
	s.two(x64.SBB, hi, sign)
}

// emitDiv128 emits a division; the divisor is not zero.
func (m *Machine) emitDiv128(e *vcode.Emitter, in *asm.Inst) {
	const xl, xh, cl = x64.RAX, x64.RDX, x64.RCX
	s := sequence{m, e}
	signed, rem := in.CC&div128Signed != 0, in.CC&div128Rem != 0
	if signed {
		s.move(divSign, xh)
		s.imm(x64.SARi, divSign, 63)
		s.magnitude(xl, xh, divSign)
		s.move(cl, divYH)
		s.imm(x64.SARi, cl, 63)
		s.magnitude(divYL, divYH, cl)
		if !rem {
			s.two(x64.XOR, divSign, cl)
		}
	}
	s.move(divXL, xl)
	e.Out(&asm.Inst{Op: x64.TEST, Size: 8, R: [4]asm.Reg{divYH, divYH}})
	wide := m.jumpOver(e, x64.CCNE)
	m.divideByWord(s, rem)
	done := e.Buf.NewLabel()
	e.Out(&asm.Inst{Op: x64.JMP, Aux: uint32(done)})
	e.Buf.Bind(wide)
	m.divideByTwoWords(s, rem)
	e.Buf.Bind(done)
	if !signed {
		return
	}
	if !rem { // the largest magnitude is too large unless it is negative
		s.move(cl, divSign)
		e.Out(&asm.Inst{Op: x64.NOT, Size: 8, R: [4]asm.Reg{cl, cl}})
		e.Out(&asm.Inst{Op: x64.TEST, Size: 8, R: [4]asm.Reg{xh, cl}})
		e.Out(&asm.Inst{Op: x64.TRAPCC, CC: x64.CCS, Trap: uint8(op.IntegerOverflow)})
	}
	s.magnitude(xl, xh, divSign)
}

// divideByWord divides by a divisor whose upper word is zero.
func (m *Machine) divideByWord(s sequence, rem bool) {
	s.move(x64.RAX, x64.RDX)
	s.two(x64.XOR, x64.RDX, x64.RDX)
	s.divide(divYL)
	if !rem {
		s.move(divXH, x64.RAX)
	}
	s.move(x64.RAX, divXL)
	s.divide(divYL)
	if rem {
		s.move(x64.RAX, x64.RDX)
		s.two(x64.XOR, x64.RDX, x64.RDX)
	} else {
		s.move(x64.RDX, divXH)
	}
}

// divideByTwoWords divides by a divisor whose upper word is not zero.
func (m *Machine) divideByTwoWords(s sequence, rem bool) {
	const lo, hi, cl = x64.RAX, x64.RDX, x64.RCX
	s.move(divXH, hi)
	s.e.Out(&asm.Inst{Op: x64.BSR, Size: 8, R: [4]asm.Reg{cl, divYH}}) // 63-n
	s.imm(x64.XORi, cl, 63)
	s.move(divTmp, divYH)
	s.double(x64.SHLD, divTmp, divYL, 0)
	s.imm(x64.XORi, cl, 63)
	s.double(x64.SHRDi, lo, hi, 1)
	s.imm(x64.SHRi, hi, 1)
	s.divide(divTmp)
	s.e.Out(&asm.Inst{Op: x64.SHR, Size: 8, R: [4]asm.Reg{lo, lo, cl}})
	s.imm(x64.SUBi, lo, 1)
	s.imm(x64.ADCi, lo, 0)
	s.move(cl, lo) // the estimate
	s.move(divTmp, divYH)
	s.two(x64.IMUL, divTmp, lo)
	mul := asm.Inst{Op: x64.MUL, Size: 8, R: [4]asm.Reg{lo, hi, lo, divYL}}
	s.e.Out(&mul)
	s.two(x64.ADD, hi, divTmp)
	s.two(x64.SUB, divXL, lo)
	s.two(x64.SBB, divXH, hi)
	s.move(lo, divXL)
	s.move(hi, divXH)
	s.two(x64.SUB, lo, divYL)
	s.two(x64.SBB, hi, divYH)
	if rem {
		s.e.Out(&asm.Inst{Op: x64.CMOVCC, Size: 8, CC: x64.CCB, R: [4]asm.Reg{lo, lo, divXL}})
		s.e.Out(&asm.Inst{Op: x64.CMOVCC, Size: 8, CC: x64.CCB, R: [4]asm.Reg{hi, hi, divXH}})
		return
	}
	s.imm(x64.SBBi, cl, -1)
	s.move(lo, cl)
	s.two(x64.XOR, hi, hi)
}
