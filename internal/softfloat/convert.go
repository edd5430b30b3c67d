package softfloat

import (
	"davit/internal/u128"
	"davit/ir/op"
)

// Compare says how x relates to y.
func (f *Format) Compare(x, y u128.Uint128) op.Outcomes {
	switch {
	case f.IsNaN(x) || f.IsNaN(y):
		return op.Unordered
	case x == y || f.Abs(x).IsZero() && f.Abs(y).IsZero():
		return op.Equal
	case f.negative(x) != f.negative(y):
		if f.negative(x) {
			return op.Less
		}
		return op.Greater
	case x.Less(y) != f.negative(x):
		return op.Less
	}
	return op.Greater
}

// Min returns the lesser of x and y, where -0 < +0; a NaN if either is one.
func (f *Format) Min(x, y u128.Uint128) u128.Uint128 {
	if r, ok := f.nan(x, y); ok {
		return r
	}
	switch c := f.Compare(x, y); {
	case c == op.Equal:
		return x.Or(y) // they differ at most in the sign of zero
	case c == op.Less:
		return x
	}
	return y
}

// Max returns the greater of x and y, where -0 < +0; a NaN if either is one.
func (f *Format) Max(x, y u128.Uint128) u128.Uint128 {
	if r, ok := f.nan(x, y); ok {
		return r
	}
	switch c := f.Compare(x, y); {
	case c == op.Equal:
		return x.And(y)
	case c == op.Greater:
		return x
	}
	return y
}

// Mode says how a number is rounded to an integer.
type Mode uint8

// The modes of rounding.
const (
	ToNearest Mode = iota // ties to even
	TowardZero
	Upward
	Downward
)

// RoundInt returns x rounded to an integer, with the sign of x.
func (f *Format) RoundInt(x u128.Uint128, mode Mode) u128.Uint128 {
	if r, ok := f.nan(x); ok {
		return r
	}
	n, ok := f.finite(x)
	if !ok || n.exp >= 0 {
		return x
	}
	half, lost := n.sig.shr(min(-n.exp-1, 255))
	sig, _ := half.shr(1)
	inexact := lost || half[0]&1 != 0
	var up bool
	switch mode {
	case ToNearest:
		up = half[0]&1 != 0 && (lost || sig[0]&1 != 0)
	case Upward:
		up = inexact && !n.neg
	case Downward:
		up = inexact && n.neg
	}
	if up {
		sig = sig.add(u256{1})
	}
	return f.pack(num{n.neg, 0, sig})
}

// IntStatus says whether a float could be converted to an integer.
type IntStatus uint8

// The outcomes of a conversion.
const (
	IntOK IntStatus = iota
	IntNaN
	IntRange // the number, rounded, is out of the range of the type
)

// ToInt returns x, rounded toward zero, as an integer of the given width. Out of the range it returns the nearest
// integer that is in it, and for a NaN zero.
func (f *Format) ToInt(x u128.Uint128, width uint, signed bool) (u128.Uint128, IntStatus) {
	if f.IsNaN(x) {
		return u128.Uint128{}, IntNaN
	}
	n, _ := f.finite(x)
	limit := u128.Mask(width) // the greatest magnitude
	switch {
	case signed && n.neg:
		limit = u128.Bit(width - 1)
	case signed:
		limit = u128.Mask(width - 1)
	case n.neg:
		limit = u128.Uint128{}
	}
	r, status := limit, IntRange
	if f.IsInf(x) || n.sig.len()+n.exp > 128 {
		// r is the limit
	} else if m := n.sig.truncate(n.exp); !limit.Less(m) {
		r, status = m, IntOK
	}
	if n.neg {
		r = r.Neg().ZeroExtend(width)
	}
	return r, status
}

// truncate returns the integral part of x * 2^exp, which fits 128 bits.
func (x u256) truncate(exp int) u128.Uint128 {
	if exp >= 0 {
		return x.shl(min(exp, 255)).low()
	}
	r, _ := x.shr(min(-exp, 255))
	return r.low()
}

// FromInt returns the integer x of the given width, rounded to the format.
func (f *Format) FromInt(x u128.Uint128, width uint, signed bool) u128.Uint128 {
	neg := false
	if signed {
		x = x.SignExtend(width)
		if neg = x.Negative(); neg {
			x = x.Neg()
		}
	}
	return f.pack(num{neg, 0, wide(x)})
}

// Convert returns x, a number of format g, rounded to format f. A NaN becomes quiet and keeps its sign and the top of
// its payload.
func (f *Format) Convert(g *Format, x u128.Uint128) u128.Uint128 {
	neg, exp, frac := g.Decode(x)
	if exp == g.MaxExp() {
		if frac.IsZero() {
			return f.Inf(neg)
		}
		frac = g.Quiet(frac).Shl(128 - g.FracBits).Shr(128 - f.FracBits)
		return f.Encode(neg, f.MaxExp(), frac)
	}
	n, ok := g.finite(x)
	if !ok {
		return f.zero(neg)
	}
	return f.pack(n)
}
