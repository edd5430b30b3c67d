package softfloat

import "davit/internal/u128"

// Problem: the basic operations of IEEE 754 on formats up to 128 bits, each the exact result rounded once.
//
// Idea: a finite operand is taken apart into an integer significand and an exponent (num). The operation is done on
// integers, exactly or with a sticky bit, and one function (pack) rounds and encodes whatever comes out.
//
//  1. The value of a num is sig * 2^exp, negated if neg.
//  2. Bits that an operation cannot keep are folded ("jammed") into the lowest bit of sig. A jammed sig has at least
//     FracBits+3 bits, so that rounding sees the difference between a tie and what lies next to it.
//  3. Sums are formed with the leading bit of the operands at bit sumTop of 256. The operand that is shifted right
//     loses bits only when the exponents differ so much that at most one leading bit cancels, so (2) holds: 254 bits
//     against 113, and products (226 bits) have 28 zeros below them.
//
// Cost: a few tens of nanoseconds; division and square root take one step per bit of the result.
// Source: the definition in IEEE 754-2019, section 4; the jamming is Jerome Coonen's sticky bit.

// num is a finite number other than zero.
type num struct {
	neg bool
	exp int
	sig u256
}

// sumTop is the position of the leading bit of operands of a sum; two bits above it are free for the carry.
const sumTop = 253

// finite takes apart a finite number. It reports whether the number is other than zero.
func (f *Format) finite(x u128.Uint128) (n num, ok bool) {
	neg, exp, frac := f.Decode(x)
	if exp == 0 {
		exp = 1
	} else {
		frac = frac.Or(u128.Bit(f.FracBits))
	}
	return num{neg, exp - f.Bias() - int(f.FracBits), wide(frac)}, !frac.IsZero()
}

// pack rounds n to the format.
func (f *Format) pack(n num) u128.Uint128 {
	size := n.sig.len()
	if size == 0 {
		return f.zero(n.neg)
	}
	emin := 1 - f.Bias()
	ulp := max(n.exp+size-1, emin) - int(f.FracBits) // exponent of the lowest bit kept
	if ulp+int(f.FracBits) > f.Bias() {
		return f.Inf(n.neg)
	}
	sig := n.sig
	if shift := ulp - n.exp; shift <= 0 {
		sig = sig.shl(-shift)
	} else {
		half, lost := sig.shr(min(shift-1, 256-1))
		if shift > 256 {
			half, lost = u256{}, true
		}
		sig, _ = half.shr(1)
		if half[0]&1 != 0 && (lost || sig[0]&1 != 0) {
			sig = sig.add(u256{1})
		}
	}
	// The hidden bit, if there, adds 1 to the exponent; so does a carry out of rounding, up to infinity.
	exp := u128.From(uint64(ulp - emin + int(f.FracBits)))
	r := sig.low().Add(exp.Shl(f.FracBits))
	if n.neg {
		r = r.Or(f.SignBit())
	}
	return r
}

func (f *Format) zero(neg bool) u128.Uint128 { return f.Encode(neg, 0, u128.Uint128{}) }

// nan returns the result of an operation with NaNs among its operands.
func (f *Format) nan(xs ...u128.Uint128) (u128.Uint128, bool) {
	for _, x := range xs {
		if f.IsNaN(x) {
			return f.Quiet(x), true
		}
	}
	return u128.Uint128{}, false
}

func (f *Format) negative(x u128.Uint128) bool { return x.Bit(f.Bits() - 1) }

// Add returns x + y.
func (f *Format) Add(x, y u128.Uint128) u128.Uint128 {
	if r, ok := f.nan(x, y); ok {
		return r
	}
	switch {
	case f.IsInf(x) && f.IsInf(y) && x != y:
		return f.DefaultNaN()
	case f.IsInf(x):
		return x
	case f.IsInf(y):
		return y
	}
	a, okA := f.finite(x)
	b, okB := f.finite(y)
	switch {
	case !okA && !okB:
		return f.zero(a.neg && b.neg)
	case !okA:
		return y
	case !okB:
		return x
	}
	return f.pack(sum(a, b))
}

// sum adds two numbers. A sum of zero is positive.
func sum(a, b num) num {
	a, b = a.align(), b.align()
	if a.exp < b.exp || a.exp == b.exp && a.sig.less(b.sig) {
		a, b = b, a
	}
	b.sig = b.sig.shrJam(min(a.exp-b.exp, 255))
	if a.neg == b.neg {
		a.sig = a.sig.add(b.sig)
		return a
	}
	a.sig = a.sig.sub(b.sig)
	if a.sig == (u256{}) {
		a.neg = false
	}
	return a
}

func (n num) align() num {
	d := sumTop + 1 - n.sig.len()
	return num{n.neg, n.exp - d, n.sig.shl(d)}
}

// Sub returns x - y.
func (f *Format) Sub(x, y u128.Uint128) u128.Uint128 {
	if r, ok := f.nan(x, y); ok {
		return r
	}
	return f.Add(x, f.Neg(y))
}

// Neg returns x with its sign flipped, also for NaNs.
func (f *Format) Neg(x u128.Uint128) u128.Uint128 { return x.Xor(f.SignBit()) }

// Abs returns x with its sign cleared, also for NaNs.
func (f *Format) Abs(x u128.Uint128) u128.Uint128 { return x.And(f.SignBit().Not()) }

// CopySign returns x with the sign of y, also for NaNs.
func (f *Format) CopySign(x, y u128.Uint128) u128.Uint128 { return f.Abs(x).Or(y.And(f.SignBit())) }

// Mul returns x * y.
func (f *Format) Mul(x, y u128.Uint128) u128.Uint128 {
	if r, ok := f.nan(x, y); ok {
		return r
	}
	neg := f.negative(x) != f.negative(y)
	a, okA := f.finite(x)
	b, okB := f.finite(y)
	if f.IsInf(x) || f.IsInf(y) {
		if !okA || !okB {
			return f.DefaultNaN()
		}
		return f.Inf(neg)
	}
	if !okA || !okB {
		return f.zero(neg)
	}
	return f.pack(product(a, b))
}

func product(a, b num) num {
	lo, hi := a.sig.low().MulWide(b.sig.low())
	return num{a.neg != b.neg, a.exp + b.exp, u256{lo.Lo, lo.Hi, hi.Lo, hi.Hi}}
}

// FMA returns x * y + z, rounded once.
func (f *Format) FMA(x, y, z u128.Uint128) u128.Uint128 {
	if r, ok := f.nan(x, y, z); ok {
		return r
	}
	neg := f.negative(x) != f.negative(y)
	a, okA := f.finite(x)
	b, okB := f.finite(y)
	c, okC := f.finite(z)
	if f.IsInf(x) || f.IsInf(y) {
		if !okA || !okB || f.IsInf(z) && c.neg != neg {
			return f.DefaultNaN()
		}
		return f.Inf(neg)
	}
	switch {
	case f.IsInf(z):
		return z
	case !okA || !okB:
		if !okC {
			return f.zero(neg && c.neg)
		}
		return z
	case !okC:
		return f.pack(product(a, b))
	}
	return f.pack(sum(product(a, b), c))
}

// Div returns x / y.
func (f *Format) Div(x, y u128.Uint128) u128.Uint128 {
	if r, ok := f.nan(x, y); ok {
		return r
	}
	neg := f.negative(x) != f.negative(y)
	a, okA := f.finite(x)
	b, okB := f.finite(y)
	switch {
	case f.IsInf(x) && f.IsInf(y) || !okA && !okB:
		return f.DefaultNaN()
	case f.IsInf(x) || !okB:
		return f.Inf(neg)
	case f.IsInf(y) || !okA:
		return f.zero(neg)
	}
	q, exp := f.quotient(a, b)
	return f.pack(num{neg, exp, wide(q)})
}

// quotient divides bit by bit until the quotient has enough bits to round, and jams the remainder.
func (f *Format) quotient(a, b num) (q u128.Uint128, exp int) {
	d := a.sig.len() - b.sig.len()
	rem, div := a.sig.low(), b.sig.low()
	if d < 0 {
		rem = rem.Shl(uint(-d))
	} else {
		div = div.Shl(uint(d))
	}
	steps := int(f.FracBits) + 4
	for i := 0; ; i++ {
		if !rem.Less(div) {
			rem = rem.Sub(div)
			q.Lo |= 1
		}
		if i == steps {
			break
		}
		rem, q = rem.Shl(1), q.Shl(1)
	}
	if !rem.IsZero() {
		q.Lo |= 1
	}
	return q, a.exp - b.exp + d - steps
}

// Sqrt returns the square root of x.
func (f *Format) Sqrt(x u128.Uint128) u128.Uint128 {
	if r, ok := f.nan(x); ok {
		return r
	}
	a, ok := f.finite(x)
	switch {
	case !ok:
		return x
	case a.neg:
		return f.DefaultNaN()
	case f.IsInf(x):
		return x
	}
	// Take the digits of the significand two at a time from the top, as in the school method.
	size := a.sig.len()
	if (size+a.exp)&1 != 0 {
		size++
	}
	sig := a.sig.low().Shl(uint(128 - size))
	steps := int(f.FracBits) + 4
	var root, rem u128.Uint128
	for range steps {
		rem = rem.Shl(2).Or(sig.Shr(126))
		sig = sig.Shl(2)
		root = root.Shl(1)
		if trial := root.Shl(1).Or(u128.From(1)); !rem.Less(trial) {
			rem = rem.Sub(trial)
			root.Lo |= 1
		}
	}
	if !rem.IsZero() || !sig.IsZero() {
		root.Lo |= 1
	}
	return f.pack(num{false, (size+a.exp)/2 - steps, wide(root)})
}
