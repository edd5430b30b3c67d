package softfloat

import "davit/internal/u128"

// Format is an IEEE 754 binary interchange format: a sign bit, ExpBits of biased exponent and FracBits of fraction.
type Format struct{ ExpBits, FracBits uint }

// The formats of CLIF.
var (
	F16  = &Format{5, 10}
	F32  = &Format{8, 23}
	F64  = &Format{11, 52}
	F128 = &Format{15, 112}
)

// ForBits returns the format of the given width, or nil.
func ForBits(width int) *Format {
	switch width {
	case 16:
		return F16
	case 32:
		return F32
	case 64:
		return F64
	case 128:
		return F128
	}
	return nil
}

// Bits returns the width of the format.
func (f *Format) Bits() uint { return 1 + f.ExpBits + f.FracBits }

// Bias returns what is added to the exponent of a normal number to encode it.
func (f *Format) Bias() int { return 1<<(f.ExpBits-1) - 1 }

// MaxExp returns the encoded exponent of infinities and NaNs.
func (f *Format) MaxExp() int { return 1<<f.ExpBits - 1 }

// SignBit returns the word in which only the sign bit is set.
func (f *Format) SignBit() u128.Uint128 { return u128.Bit(f.Bits() - 1) }

// QuietBit returns the bit that tells quiet from signalling NaNs: the top bit of the fraction.
func (f *Format) QuietBit() u128.Uint128 { return u128.Bit(f.FracBits - 1) }

// Inf returns the infinity of the given sign.
func (f *Format) Inf(neg bool) u128.Uint128 { return f.Encode(neg, f.MaxExp(), u128.Uint128{}) }

// DefaultNaN returns the NaN that an invalid operation gives: quiet, negative, without payload, as on x86.
func (f *Format) DefaultNaN() u128.Uint128 { return f.Encode(true, f.MaxExp(), f.QuietBit()) }

// CanonicalNaN returns the positive quiet NaN without payload.
func (f *Format) CanonicalNaN() u128.Uint128 { return f.Encode(false, f.MaxExp(), f.QuietBit()) }

// Encode puts together sign, encoded exponent and fraction.
func (f *Format) Encode(neg bool, exp int, frac u128.Uint128) u128.Uint128 {
	x := frac.Or(u128.From(uint64(exp)).Shl(f.FracBits))
	if neg {
		x = x.Or(f.SignBit())
	}
	return x
}

// Decode takes x apart: the inverse of Encode.
func (f *Format) Decode(x u128.Uint128) (neg bool, exp int, frac u128.Uint128) {
	return x.Bit(f.Bits() - 1), int(x.Shr(f.FracBits).Lo) & f.MaxExp(), x.ZeroExtend(f.FracBits)
}

// IsNaN reports whether x is a NaN.
func (f *Format) IsNaN(x u128.Uint128) bool {
	_, exp, frac := f.Decode(x)
	return exp == f.MaxExp() && !frac.IsZero()
}

// IsSignalling reports whether x is a signalling NaN.
func (f *Format) IsSignalling(x u128.Uint128) bool { return f.IsNaN(x) && !x.Bit(f.FracBits-1) }

// IsInf reports whether x is an infinity.
func (f *Format) IsInf(x u128.Uint128) bool {
	_, exp, frac := f.Decode(x)
	return exp == f.MaxExp() && frac.IsZero()
}

// Quiet returns the NaN x with its quiet bit set.
func (f *Format) Quiet(x u128.Uint128) u128.Uint128 { return x.Or(f.QuietBit()) }
