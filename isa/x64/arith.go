package x64

import (
	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
)

// zext returns v zero-extended to t, which has at most 64 bits. Loads become extending loads.
func (l *lowerer) zext(v ir.Value, t op.Type) asm.Reg {
	from := l.typeOf(v)
	if k, ok := l.constant(v); ok {
		if from.Bits() < 64 {
			k &= 1<<from.Bits() - 1
		}
		return l.movImm(op.I64, k)
	}
	switch from {
	case op.I8:
		return l.fromRM(x64.MOVZXb, 4, t, l.exact2(v))
	case op.I16:
		return l.fromRM(x64.MOVZXw, 4, t, l.exact2(v))
	case op.I32:
		if t.Bits() > 32 {
			if _, sinks := l.sinkable(v); !sinks && l.zeroExtends(v) {
				r := l.reg(v)
				l.Narrow(r)
				return r
			}
			return l.fromRM(pMOVL, 4, t, l.rm(v))
		}
	}
	return l.reg(v)
}

// sext returns v sign-extended to t, which has at most 64 bits.
func (l *lowerer) sext(v ir.Value, t op.Type) asm.Reg {
	if k, ok := l.constant(v); ok {
		return l.movImm(t, k)
	}
	size := opSize(t)
	switch l.typeOf(v) {
	case op.I8:
		return l.fromRM(x64.MOVSXb, size, t, l.exact2(v))
	case op.I16:
		return l.fromRM(x64.MOVSXw, size, t, l.exact2(v))
	case op.I32:
		if size == 8 {
			return l.fromRM(x64.MOVSXD, 8, t, l.rm(v))
		}
	}
	return l.reg(v)
}

// signWord returns the sign bit of x spread over 64 bits.
func (l *lowerer) signWord(x asm.Reg) asm.Reg { return l.shiftImm(x64.SARi, 8, op.I64, x, 63) }

// Division. The dividend is in rdx:rax, or in ax for bytes. DIV raises #DE for a divisor of zero and for a quotient
// that is too large; what remains possible after the checks here says which trap code the instruction gets.

// divide emits a division of width size of lo, extended by hi, and returns quotient and remainder.
func (l *lowerer) divide(o uint16, size uint8, t op.Type, lo, hi asm.Reg, y rm, code op.TrapCode) (q, r asm.Reg) {
	q, r = l.NewReg(t), l.NewReg(t)
	in := asm.Inst{Op: o, Size: size, R: [4]asm.Reg{q, r, asm.NoReg, lo}, Trap: uint8(code)}
	in.SetReg(4, hi)
	if y.mem.kind != asm.MemNone {
		y.mem.setMem(&in)
		in.Trap = uint8(code)
	} else {
		in.R[2] = y.reg
	}
	l.Emit(in)
	return q, r
}

// udivrem returns quotient and remainder of an unsigned division of 16 bits or more.
func (l *lowerer) udivrem(t op.Type, x, y ir.Value) (q, r asm.Reg) {
	lo, d := l.reg(x), l.reg(y)
	zero := l.NewReg(op.I64)
	l.Emit(asm.Inst{Op: pCONST, R: [4]asm.Reg{zero}})
	return l.divide(x64.DIV, exactSize(t), t, lo, zero, regRM(d), l.divTrap(y))
}

// udivrem8 divides bytes; the quotient is in the low byte of the result, the remainder in the byte above it.
func (l *lowerer) udivrem8(x, y ir.Value) asm.Reg {
	ax, d := l.zext(x, op.I32), l.reg(y)
	dst := l.NewReg(op.I16)
	l.Emit(asm.Inst{Op: x64.DIV8, Size: 1, R: [4]asm.Reg{dst, ax, d}, Trap: uint8(l.divTrap(y))})
	return dst
}

// divTrap returns the trap code of a division by y that traps for zero only.
func (l *lowerer) divTrap(y ir.Value) op.TrapCode {
	if _, ok := l.nonZero(y); ok {
		return op.NoTrap
	}
	return op.IntegerDivByZero
}

// checkDivisor traps if y is zero, unless it is known not to be, and returns it in a register.
func (l *lowerer) checkDivisor(y ir.Value) asm.Reg {
	d := l.reg(y)
	if _, ok := l.nonZero(y); !ok {
		l.Emit(asm.Inst{Op: x64.TEST, Size: exactSize(l.typeOf(y)), R: [4]asm.Reg{d, d}})
		l.trapIf(one(x64.CCE), op.IntegerDivByZero)
	}
	return d
}

// sdiv returns a signed quotient. The instruction itself traps when the smallest number is divided by -1, at the exact
// width of the type.
func (l *lowerer) sdiv(t op.Type, x, y ir.Value) asm.Reg {
	code := op.IntegerOverflow
	if _, ok := l.safeDivisor(y); ok {
		code = op.NoTrap
	}
	d := l.checkDivisor(y)
	if t == op.I8 {
		q := l.NewReg(t)
		ax := l.sext(x, op.I32)
		l.Emit(asm.Inst{Op: x64.IDIV8, R: [4]asm.Reg{q, ax, d}, Size: 1, Trap: uint8(code)})
		return q
	}
	lo := l.reg(x)
	size := exactSize(t)
	hi := l.unary(x64.CWD, size, t, lo)
	q, _ := l.divide(x64.IDIV, size, t, lo, hi, regRM(d), code)
	return q
}

// srem returns a signed remainder. Bytes and words are divided in 32 bits, where nothing overflows; wider operands skip
// the division by -1, whose remainder is zero. So only a divisor of zero can trap.
func (l *lowerer) srem(t op.Type, x, y ir.Value) asm.Reg {
	code := l.divTrap(y)
	if t.Bits() < 32 {
		lo, d := l.sext(x, op.I32), l.sext(y, op.I32)
		hi := l.unary(x64.CWD, 4, op.I32, lo)
		_, r := l.divide(x64.IDIV, 4, t, lo, hi, regRM(d), code)
		return r
	}
	d, lo, size := l.reg(y), l.reg(x), opSize(t)
	if _, ok := l.safeDivisor(y); ok {
		hi := l.unary(x64.CWD, size, t, lo)
		_, r := l.divide(x64.IDIV, size, t, lo, hi, regRM(d), op.NoTrap)
		return r
	}
	q, r := l.NewReg(t), l.NewReg(t)
	l.Emit(asm.Inst{Op: pSREM, Size: size, R: [4]asm.Reg{q, r, lo, d}, Trap: uint8(code)})
	return r
}

// mulhi returns the high half of a product of 16 to 64 bits; o is MUL or IMUL1.
func (l *lowerer) mulhi(o uint16, t op.Type, x asm.Reg, y rm) (lo, hi asm.Reg) {
	lo, hi = l.NewReg(t), l.NewReg(t)
	in := asm.Inst{Op: o, Size: exactSize(t), R: [4]asm.Reg{lo, hi, x}}
	l.emitRM(in, 3, y)
	return lo, hi
}

// mulHighX is the high half of mulhi by MULX, which leaves the result where it is wanted.
func (l *lowerer) mulHighX(t op.Type, x asm.Reg, y rm) asm.Reg {
	dst := l.NewReg(t)
	l.emitRM(asm.Inst{Op: pMULHI, Size: opSize(t), R: [4]asm.Reg{dst, x}}, 2, y)
	return dst
}

// mul8 returns the 16-bit product of two bytes; o is MUL8 or IMUL8.
func (l *lowerer) mul8(o uint16, x asm.Reg, y rm) asm.Reg {
	dst := l.NewReg(op.I16)
	l.emitRM(asm.Inst{Op: o, Size: 1, R: [4]asm.Reg{dst, x}}, 2, y)
	return dst
}

// flagOf returns the condition cc as the second result of inst, if anybody wants it.
func (l *lowerer) flagOf(inst ir.Inst, cc uint8) asm.Reg {
	if !l.Wanted(l.f.Results(inst)[1]) {
		return asm.NoReg
	}
	return l.setOne(cc)
}

// carryIn sets the carry flag if c is not zero.
func (l *lowerer) carryIn(c asm.Reg) { l.unary(x64.NEG, 1, op.I8, c) }

// withCarry is withFlag for an operation that starts from a carry if c is not zero. That is there already if it is what
// the instruction before gives.
func (l *lowerer) withCarry(inst ir.Inst, o aluOp, t op.Type, x, y, c ir.Value, cc uint8) (r, flag asm.Reg) {
	operand := l.rmi(y) // before the other instruction's, so that loads sink in the order of their effects
	a := l.reg(x)
	if !l.givesCarry(c) {
		l.carryIn(l.reg(c))
	} else if _, ok := l.overflowOf(c); !ok {
		l.carryIn(l.reg(c))
	}
	return l.withFlag(inst, o, t, a, operand, cc)
}

// givesCarry reports whether v is a carry or borrow, as the second result of an addition or subtraction.
func (l *lowerer) givesCarry(v ir.Value) bool {
	inst, num, ok := l.f.DefInst(l.f.Resolve(v))
	if !ok || num != 1 {
		return false
	}
	o := l.f.Data(inst).Op
	return o == op.UaddOverflow || o == op.UsubOverflow
}

// withFlag emits an operation of the exact width of t and returns its result and the condition cc after it.
func (l *lowerer) withFlag(inst ir.Inst, o aluOp, t op.Type, x asm.Reg, y rmi, cc uint8) (r, flag asm.Reg) {
	r = l.aluSized(o, exactSize(t), t, x, y)
	return r, l.flagOf(inst, cc)
}

// shifted returns x prepared for a right shift: the upper bits of a narrow value are filled.
func (l *lowerer) shiftedRight(o uint16, x ir.Value) asm.Reg {
	t := l.typeOf(x)
	if t.Bits() >= 32 {
		return l.reg(x)
	}
	if o == x64.SAR {
		return l.sext(x, op.I32)
	}
	return l.zext(x, op.I32)
}

// amount returns the shift amount n for a value of type t in a register, reduced to the width of narrow types.
func (l *lowerer) amount(t op.Type, n ir.Value) asm.Reg {
	r := l.reg(n)
	if t.Bits() < 32 {
		return l.alu(aluAND, op.I32, r, immRMI(int64(t.Bits()-1)))
	}
	return r
}

// shift emits a shift by a register.
func (l *lowerer) shift(o uint16, t op.Type, x asm.Reg, n asm.Reg) asm.Reg {
	if l.hasBMI2() && t.Bits() >= 32 {
		bmi := map3(o, x64.SHL, x64.SHLX, x64.SHR, x64.SHRX, x64.SARX)
		dst := l.NewReg(t)
		l.Emit(asm.Inst{Op: bmi, Size: opSize(t), R: [4]asm.Reg{dst, x, n}})
		return dst
	}
	return l.shiftReg(o, opSize(t), t, x, n)
}

func map3(o, a, ax, b, bx, cx uint16) uint16 {
	switch o {
	case a:
		return ax
	case b:
		return bx
	}
	return cx
}

// clz counts leading zeros of a value extended to the width of t (32 or 64 bits).
func (l *lowerer) clz(t op.Type, x rm) asm.Reg {
	size := opSize(t)
	if l.hasLZCNT() {
		return l.fromRM(x64.LZCNT, size, t, x)
	}
	w := int64(size) * 8
	none := l.movImm(t, 2*w-1) // what makes w after the subtraction
	top := l.bitScan(x64.BSR, size, t, x)
	top = l.cmov(x64.CCE, t, none, top)
	return l.alu(aluXOR, t, top, immRMI(w-1))
}

// bitScan emits BSR or BSF; ZF is set if there is no bit.
func (l *lowerer) bitScan(o uint16, size uint8, t op.Type, x rm) asm.Reg {
	dst := l.NewReg(t)
	l.emitRM(asm.Inst{Op: o, Size: size, R: [4]asm.Reg{dst}}, 1, x)
	return dst
}

// ctz counts trailing zeros in 32 or 64 bits.
func (l *lowerer) ctz(t op.Type, x rm) asm.Reg {
	size := opSize(t)
	if l.hasBMI1() {
		return l.fromRM(x64.TZCNT, size, t, x)
	}
	none := l.movImm(t, int64(size)*8)
	low := l.bitScan(x64.BSF, size, t, x)
	return l.cmov(x64.CCE, t, none, low)
}

// ctzNarrow counts trailing zeros of an i8 or i16: a bit set above the value ends the count.
func (l *lowerer) ctzNarrow(t op.Type, x asm.Reg) asm.Reg {
	marked := l.alu(aluOR, op.I32, x, immRMI(1<<t.Bits()))
	if l.hasBMI1() {
		return l.fromRM(x64.TZCNT, 4, t, regRM(marked))
	}
	return l.bitScan(x64.BSF, 4, t, regRM(marked))
}

// cls counts the bits below the sign bit that equal it: leading zeros of x ^ (x >> width-1), less one.
func (l *lowerer) cls(t op.Type, x asm.Reg) asm.Reg {
	w := int64(opSize(t)) * 8
	sign := l.shiftImm(x64.SARi, opSize(t), t, x, w-1)
	n := l.clz(t, regRM(l.alu(aluXOR, t, sign, regRMI(x))))
	return l.addImm(t, n, -1)
}

// Masks of alternating groups of bits.
const (
	mask1 = 0x5555_5555_5555_5555
	mask2 = 0x3333_3333_3333_3333
	mask4 = 0x0f0f_0f0f_0f0f_0f0f
)

// masked returns x & k, in a width of at most 64 bits.
func (l *lowerer) masked(t op.Type, x asm.Reg, k int64) asm.Reg {
	if t.Bits() <= 32 {
		return l.alu(aluAND, t, x, immRMI(int64(int32(k))))
	}
	return l.alu(aluAND, t, x, regRMI(l.wideConst(k)))
}

// wideConst is a constant of 64 bits that the instruction being lowered needs, made once.
type wideConst struct {
	k int64
	r asm.Reg
}

// wideConst returns k, which is not zero, in a register, made where it is needed first.
func (l *lowerer) wideConst(k int64) asm.Reg {
	for _, c := range l.wide {
		if c.k == k {
			return c.r
		}
	}
	dst := l.NewReg(op.I64)
	l.Emit(constInst(dst, op.I64, k))
	l.wide = append(l.wide, wideConst{k, dst})
	return dst
}

// popcnt counts bits without POPCNT: sums in groups of 2, 4 and 8 bits, then of all bytes by a multiplication
// (H. S. Warren, Hacker's Delight, section 5-1).
func (l *lowerer) popcntSum(t op.Type, x asm.Reg) asm.Reg {
	size := opSize(t)
	shr := func(x asm.Reg, k int64) asm.Reg { return l.shiftImm(x64.SHRi, size, t, x, k) }
	x = l.alu(aluSUB, t, x, regRMI(l.masked(t, shr(x, 1), mask1)))
	x = l.add(t, l.masked(t, x, mask2), l.masked(t, shr(x, 2), mask2))
	x = l.masked(t, l.add(t, x, shr(x, 4)), mask4)
	if t.Bits() == 8 {
		return x
	}
	ones := int64(0x0101_0101_0101_0101)
	if size == 4 {
		ones = 0x0101_0101
		x = l.imulImm(t, x, ones)
	} else {
		x = l.two(x64.IMUL, 8, t, x, regRM(l.wideConst(ones)))
	}
	return shr(x, int64(size)*8-8)
}

// imulImm multiplies by a constant.
func (l *lowerer) imulImm(t op.Type, x asm.Reg, k int64) asm.Reg {
	dst := l.NewReg(t)
	l.Emit(asm.Inst{Op: x64.IMULi, Size: opSize(t), R: [4]asm.Reg{dst, x}, Imm: k})
	return dst
}

// bitrev reverses bits: neighbours, pairs, halves of bytes, then bytes.
func (l *lowerer) bitrev(t op.Type, x asm.Reg) asm.Reg {
	w := t
	if t.Bits() < 32 {
		w = op.I32
	}
	size := opSize(w)
	for _, s := range []struct{ k, mask int64 }{{1, mask1}, {2, mask2}, {4, mask4}} {
		hi := l.masked(w, l.shiftImm(x64.SHRi, size, w, x, s.k), s.mask)
		lo := l.shiftImm(x64.SHLi, size, w, l.masked(w, x, s.mask), s.k)
		x = l.add(w, hi, lo)
	}
	if t == op.I8 {
		return x
	}
	return l.bswap(t, x)
}

// bswap reverses bytes.
func (l *lowerer) bswap(t op.Type, x asm.Reg) asm.Reg {
	if t == op.I16 {
		return l.shiftImm(x64.ROLi, 2, t, x, 8)
	}
	return l.unary(x64.BSWAP, opSize(t), t, x)
}

// minmax returns x if cc holds for x - y, else y.
func (l *lowerer) minmax(cc uint8, t op.Type, x, y asm.Reg) asm.Reg {
	l.Emit(asm.Inst{Op: x64.CMP, Size: exactSize(t), R: [4]asm.Reg{x, y}})
	return l.cmov(cc, t, x, y)
}

// iabs negates x and takes that unless it is negative.
func (l *lowerer) iabs(t op.Type, x asm.Reg) asm.Reg {
	neg := l.unary(x64.NEG, exactSize(t), t, x)
	return l.cmov(x64.CCS, t, x, neg)
}

// bmask returns all ones if v is not zero: NEG sets the carry then, and SBB spreads it.
func (l *lowerer) bmask(t op.Type, v ir.Value) asm.Reg {
	if l.fits64(l.typeOf(v)) && !l.isCondition(v) {
		l.unary(x64.NEG, exactSize(l.typeOf(v)), l.typeOf(v), l.reg(v))
		dst := l.NewReg(t)
		l.Emit(asm.Inst{Op: pCARRY, Size: opSize(t), R: [4]asm.Reg{dst}})
		return dst
	}
	c := l.setcc(l.truth(v))
	wide := l.fromRM(x64.MOVZXb, 4, op.I32, regRM(c))
	return l.unary(x64.NEG, opSize(t), t, wide)
}

// shiftConst shifts by a constant modulo the width of t; narrow values are shifted in 32 bits.
func (l *lowerer) shiftConst(o uint16, t op.Type, x asm.Reg, k int64) asm.Reg {
	return l.shiftImm(o, opSize(t), t, x, k&int64(t.Bits()-1))
}

// reduce returns the low part of x, in the register of x itself unless its upper half must be cleared.
func (l *lowerer) reduce(inst ir.Inst, x ir.Value) asm.Reg {
	v := l.f.Results(inst)[0]
	if !l.cleared(v) {
		return l.reg(x)
	}
	return l.fromRM(pMOVL, 4, op.I32, regRM(l.reg(x)))
}

// concat returns y above x, of type t, in one register.
func (l *lowerer) concat(t op.Type, x, y ir.Value) asm.Reg {
	w := op.I32
	if t == op.I32 {
		w = op.I64
	}
	high := l.shiftImm(x64.SHLi, opSize(w), w, l.reg(y), int64(t.Bits()))
	return l.add(w, high, l.zext(x, w))
}

// upperPart returns the upper half of x, a value of type t.
func (l *lowerer) upperPart(t op.Type, x asm.Reg) asm.Reg {
	return l.shiftImm(x64.SHRi, opSize(t), t, x, int64(t.Bits()/2))
}

// isNegative sets the flags of the top bit of c, a scalar of any type.
func (l *lowerer) isNegative(c ir.Value) cond {
	t := l.typeOf(c)
	switch {
	case t == op.I128:
		l.testReg(l.hi(c))
	case t.IsInt():
		l.compareZero(c)
	case t.Bits() == 128:
		m := l.maskBits(x64.MOVMSKPS, op.I32, l.reg(c))
		l.Emit(asm.Inst{Op: x64.TESTi, Size: 4, R: [4]asm.Reg{m}, Imm: 8})
		return one(x64.CCNE)
	default:
		r := l.fromXMM(op.I64, l.reg(c))
		l.Emit(asm.Inst{Op: x64.TEST, Size: exactSize(t), R: [4]asm.Reg{r, r}})
	}
	return one(x64.CCS)
}

// exactRM is exact2 under the name that rules use.
func (l *lowerer) exactRM(v ir.Value) rm { return l.exact2(v) }

// complementary reports whether shifts by k and by m move the two parts of a double-width value together.
func (l *lowerer) complementary(t op.Type, k, m int64) bool {
	w := int64(t.Bits())
	return k&(w-1) != 0 && k&(w-1)+m&(w-1) == w
}

// doubleShift shifts x left by k and fills with the upper bits of y.
func (l *lowerer) doubleShift(t op.Type, x, y asm.Reg, k int64) asm.Reg {
	dst := l.NewReg(t)
	l.Emit(asm.Inst{Op: x64.SHLDi, Size: exactSize(t), R: [4]asm.Reg{dst, x, y}, Imm: k & int64(t.Bits()-1)})
	return dst
}

// rotateLeft rotates x by a constant. With BMI2 the result may go to another register, or x come from memory.
func (l *lowerer) rotateLeft(t op.Type, x ir.Value, k int64) asm.Reg {
	w := int64(t.Bits())
	k &= w - 1
	if k == 0 || !l.hasBMI2() || w < 32 {
		return l.shiftImm(x64.ROLi, exactSize(t), t, l.reg(x), k)
	}
	dst := l.NewReg(t)
	if inst, ok := l.sinkable(x); ok {
		l.emitRM(asm.Inst{Op: x64.RORXi, Size: opSize(t), R: [4]asm.Reg{dst}, Imm: w - k}, 1, memRM(l.sink(inst)))
		return dst
	}
	l.Emit(asm.Inst{Op: pROTL, Size: opSize(t), R: [4]asm.Reg{dst, l.reg(x)}, Imm: k})
	return dst
}

func (l *lowerer) rotateRight(t op.Type, x ir.Value, k int64) asm.Reg { return l.rotateLeft(t, x, -k) }

// lessOne extracts x from x - 1, however that is written.
func (l *lowerer) lessOne(v ir.Value) (ir.Value, bool) {
	inst, ok := l.Def(v)
	if !ok {
		return 0, false
	}
	d := l.f.Data(inst)
	switch x, y := d.X[0], d.X[1]; {
	case d.Op == op.Iadd && l.isMinusOne(y), d.Op == op.Isub && l.isConst(y, 1):
		return l.f.Resolve(x), true
	case d.Op == op.Iadd && l.isMinusOne(x):
		return l.f.Resolve(y), true
	}
	return 0, false
}

// isOne reports whether v is the constant 1.
func (l *lowerer) isOne(v ir.Value) bool { return l.isConst(v, 1) }

// bitsBelow returns the low n bits of x, n modulo the width of t, by BZHI.
func (l *lowerer) bitsBelow(t op.Type, x rm, n asm.Reg) asm.Reg {
	n = l.alu(aluAND, op.I32, n, immRMI(int64(t.Bits()-1)))
	dst := l.NewReg(t)
	in := asm.Inst{Op: x64.BZHI, Size: opSize(t), R: [4]asm.Reg{dst, 0, n}}
	l.emitRM(in, 1, x)
	return dst
}

// keepsPart reports whether a shift left and right by k keeps as many bits of a t as there is an extension from.
func (l *lowerer) keepsPart(t op.Type, k int64) bool {
	w := int64(t.Bits())
	k &= w - 1
	return k != 0 && (w-k == 8 || w-k == 16 || w-k == 32)
}

// extendPart extends the part of x that a shift left by k keeps.
func (l *lowerer) extendPart(signed bool, t op.Type, x asm.Reg, k int64) asm.Reg {
	w := int64(t.Bits())
	switch rows := [2]uint16{x64.MOVZXb, x64.MOVSXb}; w - k&(w-1) {
	case 16:
		rows = [2]uint16{x64.MOVZXw, x64.MOVSXw}
		fallthrough
	case 8:
		if signed {
			return l.fromRM(rows[1], opSize(t), t, regRM(x))
		}
		return l.fromRM(rows[0], 4, t, regRM(x))
	}
	if signed {
		return l.fromRM(x64.MOVSXD, 8, t, regRM(x))
	}
	return l.fromRM(pMOVL, 4, t, regRM(x))
}
