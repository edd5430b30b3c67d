package interp

import (
	"davit/internal/u128"
	"davit/ir/op"
)

// The definitions of the integer operations, for lanes of any width w from 8 to 128. Operands are zero-extended; bits
// of the result beyond w do not matter. The fast paths must agree with them.

func signed(w uint, x word) word { return x.SignExtend(w) }

func less(w uint, x, y word) bool { return x.Less(y) }

func slessW(w uint, x, y word) bool { return signed(w, x).SLess(signed(w, y)) }

func defAdd(_ uint, x, y word) word { return x.Add(y) }
func defSub(_ uint, x, y word) word { return x.Sub(y) }
func defMul(_ uint, x, y word) word { return x.Mul(y) }
func defNeg(_ uint, x word) word    { return x.Neg() }
func defAnd(_ uint, x, y word) word { return x.And(y) }
func defOr(_ uint, x, y word) word  { return x.Or(y) }
func defXor(_ uint, x, y word) word { return x.Xor(y) }
func defNot(_ uint, x word) word    { return x.Not() }

func defAbs(w uint, x word) word {
	if x = signed(w, x); x.Negative() {
		return x.Neg()
	}
	return x
}

func defUmin(w uint, x, y word) word {
	if less(w, x, y) {
		return x
	}
	return y
}

func defUmax(w uint, x, y word) word { return defUmin(w, y.Not(), x.Not()).Not() }

func defSmin(w uint, x, y word) word {
	if slessW(w, x, y) {
		return x
	}
	return y
}

func defSmax(w uint, x, y word) word {
	if slessW(w, x, y) {
		return y
	}
	return x
}

func defUmulhi(w uint, x, y word) word {
	lo, hi := x.MulWide(y)
	if w == 128 {
		return hi
	}
	return lo.Shr(w)
}

func defSmulhi(w uint, x, y word) word {
	if w < 128 {
		return signed(w, x).Mul(signed(w, y)).Sar(w)
	}
	_, hi := x.MulWide(y)
	if x.Negative() {
		hi = hi.Sub(y)
	}
	if y.Negative() {
		hi = hi.Sub(x)
	}
	return hi
}

func defAvgRound(_ uint, x, y word) word { return x.Or(y).Sub(x.Xor(y).Shr(1)) }

// Sums and differences with carry or borrow, in and out.

func carryUadd(w uint, x, y word, carry bool) (word, bool) {
	r, c := x.AddCarry(y, bit(carry))
	if w < 128 {
		return r, r.Bit(w)
	}
	return r, c != 0
}

func carryUsub(w uint, x, y word, borrow bool) (word, bool) {
	r, c := x.SubBorrow(y, bit(borrow))
	return r, c != 0
}

func carrySadd(w uint, x, y word, carry bool) (word, bool) {
	r, _ := x.AddCarry(y, bit(carry))
	return r, x.Bit(w-1) == y.Bit(w-1) && r.Bit(w-1) != x.Bit(w-1)
}

func carrySsub(w uint, x, y word, borrow bool) (word, bool) {
	r, _ := x.SubBorrow(y, bit(borrow))
	return r, x.Bit(w-1) != y.Bit(w-1) && r.Bit(w-1) != x.Bit(w-1)
}

func carryUmul(w uint, x, y word, _ bool) (word, bool) {
	r := x.Mul(y)
	return r, !r.Shr(w).IsZero()
}

func carrySmul(w uint, x, y word, _ bool) (word, bool) {
	r := signed(w, x).Mul(signed(w, y))
	return r, r.SignExtend(w) != r
}

// saturated returns the greatest or, if neg, the least signed number.
func saturated(w uint, neg bool) word {
	if neg {
		return u128.Bit(w - 1)
	}
	return u128.Mask(w - 1)
}

func defUaddSat(w uint, x, y word) word {
	r, of := carryUadd(w, x, y, false)
	if of {
		return u128.Mask(w)
	}
	return r
}

func defUsubSat(w uint, x, y word) word {
	r, of := carryUsub(w, x, y, false)
	if of {
		return word{}
	}
	return r
}

func defSaddSat(w uint, x, y word) word {
	r, of := carrySadd(w, x, y, false)
	if of {
		return saturated(w, x.Bit(w-1))
	}
	return r
}

func defSsubSat(w uint, x, y word) word {
	r, of := carrySsub(w, x, y, false)
	if of {
		return saturated(w, x.Bit(w-1))
	}
	return r
}

// defQmul is the rounding product of fixed-point numbers with w-1 bits of fraction.
func defQmul(w uint, x, y word) word {
	return signed(w, x).Mul(signed(w, y)).Add(u128.Bit(w - 2)).Sar(w - 1)
}

func defSqmulRoundSat(w uint, x, y word) word { return clampSigned(defQmul(w, x, y), w) }

// clampSigned returns x, a signed number of 128 bits, or what is nearest to it among those of w bits.
func clampSigned(x word, w uint) word {
	if x.SignExtend(w) != x {
		return saturated(w, x.Negative())
	}
	return x
}

// clampUnsigned is clampSigned for unsigned results.
func clampUnsigned(x word, w uint) word {
	switch {
	case x.Negative():
		return word{}
	case u128.Mask(w).Less(x):
		return u128.Mask(w)
	}
	return x
}

func divUdiv(_ uint, x, y word) (word, op.TrapCode) {
	if y.IsZero() {
		return y, op.IntegerDivByZero
	}
	q, _ := x.DivMod(y)
	return q, op.NoTrap
}

func divUrem(_ uint, x, y word) (word, op.TrapCode) {
	if y.IsZero() {
		return y, op.IntegerDivByZero
	}
	_, r := x.DivMod(y)
	return r, op.NoTrap
}

func divSdiv(w uint, x, y word) (word, op.TrapCode) {
	if y.IsZero() {
		return y, op.IntegerDivByZero
	}
	if x == u128.Bit(w-1) && y == u128.Mask(w) {
		return x, op.IntegerOverflow
	}
	q, _ := defAbs(w, x).DivMod(defAbs(w, y))
	if x.Bit(w-1) != y.Bit(w-1) {
		q = q.Neg()
	}
	return q, op.NoTrap
}

func divSrem(w uint, x, y word) (word, op.TrapCode) {
	if y.IsZero() {
		return y, op.IntegerDivByZero
	}
	_, r := defAbs(w, x).DivMod(defAbs(w, y))
	if x.Bit(w - 1) {
		r = r.Neg()
	}
	return r, op.NoTrap
}

func shiftLeft(_ uint, x word, n uint) word        { return x.Shl(n) }
func shiftRight(_ uint, x word, n uint) word       { return x.Shr(n) }
func shiftArithRight(w uint, x word, n uint) word  { return signed(w, x).Sar(n) }
func shiftRotateLeft(w uint, x word, n uint) word  { return x.Shl(n).Or(x.Shr(w - n)) }
func shiftRotateRight(w uint, x word, n uint) word { return x.Shr(n).Or(x.Shl(w - n)) }
func defBitrev(w uint, x word) word                { return x.Reverse().Shr(128 - w) }
func defBswap(w uint, x word) word                 { return x.ReverseBytes().Shr(128 - w) }
func defClz(w uint, x word) word                   { return u128.From(uint64(w - x.Len())) }
func defCtz(w uint, x word) word                   { return u128.From(uint64(min(w, x.TrailingZeros()))) }
func defPopcnt(_ uint, x word) word                { return u128.From(uint64(x.OnesCount())) }
func defBitselect(_ uint, c, x, y word) word       { return c.And(x).Or(y.And(c.Not())) }

func defCls(w uint, x word) word {
	if x.Bit(w - 1) {
		x = x.Not().ZeroExtend(w)
	}
	return u128.From(uint64(w - x.Len() - 1))
}

func defBlendv(w uint, c, x, y word) word {
	if c.Bit(w - 1) {
		return x
	}
	return y
}

// compareInt evaluates a condition.
func compareInt(cc op.IntCC, w uint, x, y word) bool {
	switch cc {
	case op.Eq:
		return x == y
	case op.Ne:
		return x != y
	case op.Slt:
		return slessW(w, x, y)
	case op.Sge:
		return !slessW(w, x, y)
	case op.Sgt:
		return slessW(w, y, x)
	case op.Sle:
		return !slessW(w, y, x)
	case op.Ult:
		return less(w, x, y)
	case op.Uge:
		return !less(w, x, y)
	case op.Ugt:
		return less(w, y, x)
	}
	return !less(w, y, x)
}
