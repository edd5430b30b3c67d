package data

import (
	"bytes"
	"encoding/binary"
	"math"

	"davit/internal/u128"
	"davit/ir/op"
)

// Value is a constant of a scalar or vector type. Values are immutable; the zero value has type Invalid. Two values are
// equal under == exactly when [Value.Equal] says so.
type Value struct {
	lo, hi uint64 // the low 16 bytes; bits beyond the type are zero
	rest   string // the other bytes of wider vectors
	typ    op.Type
}

// MaxBytes is the size of the largest value.
const MaxBytes = 256 * 16

// FromBits returns the value of type t whose low 128 bits are hi:lo; bits beyond the type are dropped, and the rest of
// a wider vector is zero.
func FromBits(t op.Type, lo, hi uint64) Value {
	x := u128.Uint128{Lo: lo, Hi: hi}
	n := t.Bits()
	if n < 128 {
		x = x.ZeroExtend(uint(n))
	}
	v := Value{lo: x.Lo, hi: x.Hi, typ: t}
	if n > 128 {
		v.rest = string(make([]byte, t.Bytes()-16))
	}
	return v
}

// FromBytes returns the value of type t whose bytes in little-endian order are b: lane 0 comes first. Missing bytes
// are zero, surplus ones are dropped.
func FromBytes(t op.Type, b []byte) Value {
	var buf [16]byte
	copy(buf[:], b)
	v := FromBits(t, binary.LittleEndian.Uint64(buf[:]), binary.LittleEndian.Uint64(buf[8:]))
	if n := t.Bytes() - 16; n > 0 && len(b) > 16 {
		rest := make([]byte, n)
		copy(rest, b[16:])
		v.rest = string(rest)
	}
	return v
}

// Int returns the integer n of type t, which wraps around if n does not fit.
func Int(t op.Type, n int64) Value { return FromBits(t, uint64(n), uint64(n>>63)) }

// I8 returns an i8.
func I8(n int8) Value { return Int(op.I8, int64(n)) }

// I16 returns an i16.
func I16(n int16) Value { return Int(op.I16, int64(n)) }

// I32 returns an i32.
func I32(n int32) Value { return Int(op.I32, int64(n)) }

// I64 returns an i64.
func I64(n int64) Value { return Int(op.I64, n) }

// I128 returns an i128 of two halves.
func I128(lo, hi uint64) Value { return FromBits(op.I128, lo, hi) }

// F32 returns an f32.
func F32(x float32) Value { return FromBits(op.F32, uint64(math.Float32bits(x)), 0) }

// F64 returns an f64.
func F64(x float64) Value { return FromBits(op.F64, math.Float64bits(x), 0) }

// Lanes returns the vector of type t with the given lanes, lane 0 first; missing lanes are zero.
func Lanes(t op.Type, lanes ...Value) Value {
	size := t.Lane().Bytes()
	b := make([]byte, 0, t.Bytes())
	for _, l := range lanes {
		n := len(b)
		b = l.AppendBytes(b)
		b = append(b[:min(n+size, len(b))], make([]byte, max(0, n+size-len(b)))...)
	}
	return FromBytes(t, b)
}

// Zero returns the value of type t whose bits are all zero.
func Zero(t op.Type) Value { return FromBits(t, 0, 0) }

// Type returns the type of v.
func (v Value) Type() op.Type { return v.typ }

// Bits returns the low 128 bits of v; those beyond the type are zero.
func (v Value) Bits() (lo, hi uint64) { return v.lo, v.hi }

// Int64 returns the low 64 bits of an integer of up to 64 bits, sign-extended; of anything else, its low 64 bits.
func (v Value) Int64() int64 {
	if v.typ.IsInt() && v.typ.Bits() < 64 {
		s := 64 - uint(v.typ.Bits())
		return int64(v.lo<<s) >> s
	}
	return int64(v.lo)
}

// Uint64 returns the low 64 bits, zero-extended.
func (v Value) Uint64() uint64 { return v.lo }

// Float32 returns an f32.
func (v Value) Float32() float32 { return math.Float32frombits(uint32(v.lo)) }

// Float64 returns an f64.
func (v Value) Float64() float64 { return math.Float64frombits(v.lo) }

// IsZero reports whether all bits of v are zero.
func (v Value) IsZero() bool {
	return v.lo|v.hi == 0 && len(bytes.Trim([]byte(v.rest), "\x00")) == 0
}

// AppendBytes appends the bytes of v in little-endian order, lane 0 first.
func (v Value) AppendBytes(b []byte) []byte {
	n := len(b) + min(v.typ.Bytes(), 16)
	b = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, v.lo), v.hi)
	return append(b[:n], v.rest...)
}

// Bytes returns the bytes of v in little-endian order, lane 0 first.
func (v Value) Bytes() []byte { return v.AppendBytes(make([]byte, 0, 16+len(v.rest))) }

// Lane returns lane i of a vector; lane 0 of a scalar is the scalar.
func (v Value) Lane(i int) Value {
	t := v.typ.Lane()
	size := t.Bytes()
	b := v.Bytes()[i*size:]
	return FromBytes(t, b[:size])
}

// Equal reports whether v and w have the same type and the same bits.
func (v Value) Equal(w Value) bool { return v == w }
