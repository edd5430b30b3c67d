package jit

import (
	"fmt"
	"math"
)

// Value is one argument or result of a call: a kind and its bits.
type Value struct {
	Kind Kind
	Lo   uint64 // the value, zero-extended; the low half of 128-bit kinds
	Hi   uint64 // the high half of 128-bit kinds
}

// Int8 makes a value of kind I8.
func Int8(v int8) Value { return Value{Kind: I8, Lo: uint64(uint8(v))} }

// Int16 makes a value of kind I16.
func Int16(v int16) Value { return Value{Kind: I16, Lo: uint64(uint16(v))} }

// Int32 makes a value of kind I32.
func Int32(v int32) Value { return Value{Kind: I32, Lo: uint64(uint32(v))} }

// Int64 makes a value of kind I64.
func Int64(v int64) Value { return Value{Kind: I64, Lo: uint64(v)} }

// Float32 makes a value of kind F32.
func Float32(v float32) Value { return Value{Kind: F32, Lo: uint64(math.Float32bits(v))} }

// Float64 makes a value of kind F64.
func Float64(v float64) Value { return Value{Kind: F64, Lo: math.Float64bits(v)} }

// Bits makes a value of any kind from its bits; bits beyond the size of the kind are dropped.
func Bits(k Kind, lo, hi uint64) Value {
	v := Value{Kind: k, Lo: lo}
	switch n := k.Bytes(); {
	case n < 8:
		v.Lo &= 1<<(8*n) - 1
	case n == 16:
		v.Hi = hi
	}
	return v
}

// Int returns an integer of at most 64 bits, sign-extended.
func (v Value) Int() int64 {
	if n := v.Kind.Bytes(); n < 8 {
		s := 64 - 8*n
		return int64(v.Lo<<s) >> s
	}
	return int64(v.Lo)
}

// Uint returns the low 64 bits of the value.
func (v Value) Uint() uint64 { return v.Lo }

// Float returns the value of kind F32 or F64 as a float64.
func (v Value) Float() float64 {
	if v.Kind == F32 {
		return float64(math.Float32frombits(uint32(v.Lo)))
	}
	return math.Float64frombits(v.Lo)
}

// String returns the value in decimal, or in hexadecimal where there is no customary decimal form.
func (v Value) String() string {
	switch v.Kind {
	case I8, I16, I32, I64:
		return fmt.Sprint(v.Int())
	case F32:
		return fmt.Sprint(float32(v.Float()))
	case F64:
		return fmt.Sprint(v.Float())
	case F16:
		return fmt.Sprintf("0x%04x", v.Lo)
	}
	return fmt.Sprintf("0x%016x%016x", v.Hi, v.Lo)
}

// argWord returns the low word of v as the callee expects it in a register.
func (v Value) argWord(e Ext) uint64 {
	if e == SignExt {
		return uint64(v.Int())
	}
	return v.Lo
}
