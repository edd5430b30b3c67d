package ir

import (
	"math/bits"
	"strconv"

	"davit/ir/op"
)

const hexDigits = "0123456789abcdef"

// appendHex appends 0x and the digits of u in groups of four.
func appendHex(b []byte, u uint64) []byte {
	b = append(b, "0x"...)
	for s := max(bits.Len64(u)-1, 0) &^ 15; s >= 0; s -= 16 {
		b = append(b, hexDigits[u>>(s+12)&15], hexDigits[u>>(s+8)&15], hexDigits[u>>(s+4)&15], hexDigits[u>>s&15])
		if s > 0 {
			b = append(b, '_')
		}
	}
	return b
}

// decimalBelow is where immediates turn from decimal to hexadecimal.
const decimalBelow = 10000

// AppendImm64 appends an integer immediate as CLIF prints it: decimal below 10000, hexadecimal from there on.
func AppendImm64(b []byte, n int64) []byte {
	if n < decimalBelow {
		return strconv.AppendInt(b, n, 10)
	}
	return appendHex(b, uint64(n))
}

// appendOffset appends a byte offset with its sign; 0 is nothing.
func appendOffset(b []byte, off int32) []byte {
	if off == 0 {
		return b
	}
	sign, u := byte('+'), uint64(off)
	if off < 0 {
		sign, u = '-', uint64(-int64(off))
	}
	b = append(b, sign)
	if u < decimalBelow {
		return strconv.AppendUint(b, u, 10)
	}
	return appendHex(b, u)
}

// floatFormat describes an IEEE 754 binary format.
type floatFormat struct {
	exp, frac int // widths of the exponent and of the stored part of the significand
}

// floatFormats has a row per scalar float type.
var floatFormats = [...]floatFormat{{5, 10}, {8, 23}, {11, 52}, {15, 112}}

// AppendFloat appends the float of type t (scalar) with the given bits as CLIF prints it: 0.0, hexadecimal, or one of
// +Inf, +NaN, +NaN:0x1 and +sNaN:0x1 with their sign. hi holds bits 64 to 127 of an f128.
func AppendFloat(b []byte, t op.Type, hi, lo uint64) []byte {
	ff := floatFormats[t-op.F16]
	// Work on the bits aligned to the top of 128, where all formats look alike.
	hi, lo = shl128(hi, lo, uint(128-1-ff.exp-ff.frac))
	neg := hi>>63 != 0
	e := int(hi << 1 >> (64 - ff.exp))
	hi, lo = shl128(hi, lo, uint(1+ff.exp)) // the fraction, aligned to the top
	maxExp := 1<<ff.exp - 1
	if e == maxExp {
		return appendNonFinite(b, neg, ff, hi, lo)
	}
	if neg {
		b = append(b, '-')
	}
	bias := maxExp >> 1
	switch {
	case e == 0 && hi|lo == 0:
		return append(b, "0.0"...)
	case e == 0:
		b = append(b, "0x0."...)
		e = 1
	default:
		b = append(b, "0x1."...)
	}
	for range (ff.frac + 3) / 4 {
		b = append(b, hexDigits[hi>>60])
		hi, lo = shl128(hi, lo, 4)
	}
	return strconv.AppendInt(append(b, 'p'), int64(e-bias), 10)
}

func appendNonFinite(b []byte, neg bool, ff floatFormat, hi, lo uint64) []byte {
	if neg {
		b = append(b, '-')
	} else {
		b = append(b, '+')
	}
	if hi|lo == 0 {
		return append(b, "Inf"...)
	}
	if hi>>63 == 0 {
		b = append(b, 's')
	}
	b = append(b, "NaN"...)
	hi &^= 1 << 63
	if hi|lo == 0 {
		return b
	}
	hi, lo = shr128(hi, lo, uint(128-ff.frac))
	b = append(b, ":0x"...)
	if hi != 0 {
		b = strconv.AppendUint(b, hi, 16)
		for s := 60; s >= 0; s -= 4 {
			b = append(b, hexDigits[lo>>s&15])
		}
		return b
	}
	return strconv.AppendUint(b, lo, 16)
}

func shl128(hi, lo uint64, n uint) (uint64, uint64) {
	if n >= 64 {
		return lo << (n - 64), 0
	}
	return hi<<n | lo>>(64-n), lo << n
}

func shr128(hi, lo uint64, n uint) (uint64, uint64) {
	if n >= 64 {
		return 0, hi >> (n - 64)
	}
	return hi >> n, hi<<(64-n) | lo>>n
}
