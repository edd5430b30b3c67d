package softfloat

import (
	"math/bits"

	"davit/internal/u128"
)

// u256 is a word of 256 bits, the least significant part first.
type u256 [4]uint64

func wide(x u128.Uint128) u256 { return u256{x.Lo, x.Hi} }

func (x u256) low() u128.Uint128 { return u128.Uint128{Lo: x[0], Hi: x[1]} }

// len returns the number of bits that x needs.
func (x u256) len() int {
	for i := 3; i >= 0; i-- {
		if x[i] != 0 {
			return 64*i + bits.Len64(x[i])
		}
	}
	return 0
}

func (x u256) shl(n int) u256 {
	var r u256
	words, n := n/64, n%64
	for i := 3; i >= words; i-- {
		r[i] = x[i-words] << n
		if n > 0 && i > words {
			r[i] |= x[i-words-1] >> (64 - n)
		}
	}
	return r
}

// shr returns x >> n and whether a bit that is set was shifted out.
func (x u256) shr(n int) (r u256, lost bool) {
	words, n := n/64, n%64
	for i := range x {
		if i < words {
			lost = lost || x[i] != 0
			continue
		}
		r[i-words] = x[i] >> n
		if n > 0 && i+1 < len(x) {
			r[i-words] |= x[i+1] << (64 - n)
		}
		if i == words {
			lost = lost || x[i]&(1<<n-1) != 0
		}
	}
	return r, lost
}

// shrJam returns x >> n with the lowest bit set if a bit that is set was shifted out.
func (x u256) shrJam(n int) u256 {
	r, lost := x.shr(n)
	if lost {
		r[0] |= 1
	}
	return r
}

func (x u256) add(y u256) u256 {
	var c uint64
	for i := range x {
		x[i], c = bits.Add64(x[i], y[i], c)
	}
	return x
}

func (x u256) sub(y u256) u256 {
	var c uint64
	for i := range x {
		x[i], c = bits.Sub64(x[i], y[i], c)
	}
	return x
}

func (x u256) less(y u256) bool {
	for i := 3; i >= 0; i-- {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return false
}
