// Package u128 does arithmetic on 128-bit words, unsigned and in two's complement. All operations wrap around unless
// they say otherwise.
package u128

import (
	"encoding/binary"
	"math/big"
	"math/bits"
)

// Uint128 is a word of 128 bits.
type Uint128 struct{ Lo, Hi uint64 }

// From returns the zero-extension of x.
func From(x uint64) Uint128 { return Uint128{Lo: x} }

// FromInt returns the sign-extension of x.
func FromInt(x int64) Uint128 { return Uint128{uint64(x), uint64(x >> 63)} }

// Mask returns the word whose low n bits are set; n is 0 to 128.
func Mask(n uint) Uint128 { return Uint128{^uint64(0), ^uint64(0)}.Shr(128 - n) }

// Bit returns the word in which only bit n is set.
func Bit(n uint) Uint128 { return Uint128{Lo: 1}.Shl(n) }

// IsZero reports whether x is 0.
func (x Uint128) IsZero() bool { return x.Lo|x.Hi == 0 }

// Negative reports whether the top bit is set.
func (x Uint128) Negative() bool { return int64(x.Hi) < 0 }

// Bit reports whether bit n is set.
func (x Uint128) Bit(n uint) bool {
	if n >= 64 {
		return x.Hi>>(n-64)&1 != 0
	}
	return x.Lo>>n&1 != 0
}

// Add returns x + y.
func (x Uint128) Add(y Uint128) Uint128 {
	lo, c := bits.Add64(x.Lo, y.Lo, 0)
	hi, _ := bits.Add64(x.Hi, y.Hi, c)
	return Uint128{lo, hi}
}

// AddCarry returns x + y + carry (0 or 1) and the carry out.
func (x Uint128) AddCarry(y Uint128, carry uint64) (Uint128, uint64) {
	lo, c := bits.Add64(x.Lo, y.Lo, carry)
	hi, c := bits.Add64(x.Hi, y.Hi, c)
	return Uint128{lo, hi}, c
}

// Sub returns x - y.
func (x Uint128) Sub(y Uint128) Uint128 {
	lo, c := bits.Sub64(x.Lo, y.Lo, 0)
	hi, _ := bits.Sub64(x.Hi, y.Hi, c)
	return Uint128{lo, hi}
}

// SubBorrow returns x - y - borrow (0 or 1) and the borrow out.
func (x Uint128) SubBorrow(y Uint128, borrow uint64) (Uint128, uint64) {
	lo, c := bits.Sub64(x.Lo, y.Lo, borrow)
	hi, c := bits.Sub64(x.Hi, y.Hi, c)
	return Uint128{lo, hi}, c
}

// Neg returns -x.
func (x Uint128) Neg() Uint128 { return Uint128{}.Sub(x) }

// Not returns the complement of x.
func (x Uint128) Not() Uint128 { return Uint128{^x.Lo, ^x.Hi} }

// And returns x & y.
func (x Uint128) And(y Uint128) Uint128 { return Uint128{x.Lo & y.Lo, x.Hi & y.Hi} }

// Or returns x | y.
func (x Uint128) Or(y Uint128) Uint128 { return Uint128{x.Lo | y.Lo, x.Hi | y.Hi} }

// Xor returns x ^ y.
func (x Uint128) Xor(y Uint128) Uint128 { return Uint128{x.Lo ^ y.Lo, x.Hi ^ y.Hi} }

// Shl returns x << n; 0 if n is 128 or more.
func (x Uint128) Shl(n uint) Uint128 {
	if n >= 64 {
		return Uint128{0, x.Lo << (n - 64)}
	}
	return Uint128{x.Lo << n, x.Hi<<n | x.Lo>>(64-n)}
}

// Shr returns x >> n, filling with zeros; 0 if n is 128 or more.
func (x Uint128) Shr(n uint) Uint128 {
	if n >= 64 {
		return Uint128{x.Hi >> (n - 64), 0}
	}
	return Uint128{x.Lo>>n | x.Hi<<(64-n), x.Hi >> n}
}

// Sar returns x >> n, filling with the top bit.
func (x Uint128) Sar(n uint) Uint128 {
	if n >= 64 {
		return Uint128{uint64(int64(x.Hi) >> min(n-64, 63)), uint64(int64(x.Hi) >> 63)}
	}
	return Uint128{x.Lo>>n | x.Hi<<(64-n), uint64(int64(x.Hi) >> n)}
}

// Len returns the number of bits that x needs; 0 for 0.
func (x Uint128) Len() uint {
	if x.Hi != 0 {
		return uint(64 + bits.Len64(x.Hi))
	}
	return uint(bits.Len64(x.Lo))
}

// TrailingZeros returns the number of zero bits below the lowest set bit; 128 for 0.
func (x Uint128) TrailingZeros() uint {
	if x.Lo != 0 {
		return uint(bits.TrailingZeros64(x.Lo))
	}
	return uint(64 + bits.TrailingZeros64(x.Hi))
}

// OnesCount returns the number of set bits.
func (x Uint128) OnesCount() uint { return uint(bits.OnesCount64(x.Lo) + bits.OnesCount64(x.Hi)) }

// Reverse returns x with its bits in the opposite order.
func (x Uint128) Reverse() Uint128 { return Uint128{bits.Reverse64(x.Hi), bits.Reverse64(x.Lo)} }

// ReverseBytes returns x with its bytes in the opposite order.
func (x Uint128) ReverseBytes() Uint128 {
	return Uint128{bits.ReverseBytes64(x.Hi), bits.ReverseBytes64(x.Lo)}
}

// SignExtend returns the sign-extension of the low n bits of x; n is 1 to 128.
func (x Uint128) SignExtend(n uint) Uint128 { return x.Shl(128 - n).Sar(128 - n) }

// ZeroExtend returns the low n bits of x.
func (x Uint128) ZeroExtend(n uint) Uint128 { return x.And(Mask(n)) }

// Less reports whether x < y, unsigned.
func (x Uint128) Less(y Uint128) bool { return x.Hi < y.Hi || x.Hi == y.Hi && x.Lo < y.Lo }

// SLess reports whether x < y, signed.
func (x Uint128) SLess(y Uint128) bool {
	return int64(x.Hi) < int64(y.Hi) || x.Hi == y.Hi && x.Lo < y.Lo
}

// MulWide returns the low and the high half of the product.
func (x Uint128) MulWide(y Uint128) (lo, hi Uint128) {
	h0, l0 := bits.Mul64(x.Lo, y.Lo)
	h1, l1 := bits.Mul64(x.Lo, y.Hi)
	h2, l2 := bits.Mul64(x.Hi, y.Lo)
	h3, l3 := bits.Mul64(x.Hi, y.Hi)
	m, c1 := bits.Add64(h0, l1, 0)
	m, c2 := bits.Add64(m, l2, 0)
	hi = Uint128{Lo: h1}.Add(Uint128{Lo: h2}).Add(Uint128{l3, h3}).Add(Uint128{Lo: c1 + c2})
	return Uint128{l0, m}, hi
}

// Mul returns the low half of x * y.
func (x Uint128) Mul(y Uint128) Uint128 {
	hi, lo := bits.Mul64(x.Lo, y.Lo)
	return Uint128{lo, hi + x.Lo*y.Hi + x.Hi*y.Lo}
}

// DivMod returns quotient and remainder of x / y, unsigned. It panics if y is 0.
func (x Uint128) DivMod(y Uint128) (q, r Uint128) {
	if y.Hi == 0 {
		hi, rem := bits.Div64(0, x.Hi, y.Lo)
		lo, rem := bits.Div64(rem, x.Lo, y.Lo)
		return Uint128{lo, hi}, Uint128{Lo: rem}
	}
	// The quotient fits 64 bits. Divide by the top 64 bits of y to get an estimate that is at most one too large
	// (Hacker's Delight, section 9-5).
	n := uint(bits.LeadingZeros64(y.Hi))
	top := y.Shl(n).Hi
	half := x.Shr(1)
	est, _ := bits.Div64(half.Hi, half.Lo, top)
	est >>= 63 - n
	if est != 0 {
		est--
	}
	q = Uint128{Lo: est}
	r = x.Sub(q.Mul(y))
	if !r.Less(y) {
		q, r = q.Add(Uint128{Lo: 1}), r.Sub(y)
	}
	return q, r
}

// Big returns x as an unsigned integer of package math/big.
func (x Uint128) Big() *big.Int {
	b := new(big.Int).SetUint64(x.Hi)
	return b.Lsh(b, 64).Or(b, new(big.Int).SetUint64(x.Lo))
}

// FromBig returns b modulo 2^128.
func FromBig(b *big.Int) Uint128 {
	var buf [16]byte
	m := new(big.Int).Lsh(big.NewInt(1), 128)
	new(big.Int).Mod(b, m).FillBytes(buf[:])
	return Uint128{binary.BigEndian.Uint64(buf[8:]), binary.BigEndian.Uint64(buf[:8])}
}
