package interp

import (
	"math/bits"

	"davit/ir/op"
)

// Special functions for scalar integers of up to 64 bits. Each must agree with the definition of its opcode.

type (
	uint8to64 interface {
		uint8 | uint16 | uint32 | uint64
	}
	int8to64 interface{ int8 | int16 | int32 | int64 }
	anyInt   interface{ uint8to64 | int8to64 }
)

// fastInts has the functions for i8, i16, i32 and i64 per opcode.
var fastInts = [op.NumOpcodes][4]execFn{
	op.Iadd: {fastAdd[uint8], fastAdd[uint16], fastAdd[uint32], fastAdd[uint64]},
	op.Isub: {fastSub[uint8], fastSub[uint16], fastSub[uint32], fastSub[uint64]},
	op.Imul: {fastMul[uint8], fastMul[uint16], fastMul[uint32], fastMul[uint64]},
	op.Ineg: {fastNeg[uint8], fastNeg[uint16], fastNeg[uint32], fastNeg[uint64]},
	op.Bnot: {fastNot[uint8], fastNot[uint16], fastNot[uint32], fastNot[uint64]},
	op.Band: {fastAnd, fastAnd, fastAnd, fastAnd},
	op.Bor:  {fastOr, fastOr, fastOr, fastOr},
	op.Bxor: {fastXor, fastXor, fastXor, fastXor},
	op.Smin: {fastMin[int8, uint8], fastMin[int16, uint16], fastMin[int32, uint32], fastMin[int64, uint64]},
	op.Smax: {fastMax[int8, uint8], fastMax[int16, uint16], fastMax[int32, uint32], fastMax[int64, uint64]},
	op.Umin: {fastMin[uint8, uint8], fastMin[uint16, uint16], fastMin[uint32, uint32], fastMin[uint64, uint64]},
	op.Umax: {fastMax[uint8, uint8], fastMax[uint16, uint16], fastMax[uint32, uint32], fastMax[uint64, uint64]},
	op.Ishl: {fastShl[uint8], fastShl[uint16], fastShl[uint32], fastShl[uint64]},
	op.Ushr: {fastShr[uint8], fastShr[uint16], fastShr[uint32], fastShr[uint64]},
	op.Sshr: {fastSar[int8, uint8], fastSar[int16, uint16], fastSar[int32, uint32], fastSar[int64, uint64]},
	op.Rotl: {2: fastRotl32, 3: fastRotl64},
	op.Rotr: {2: fastRotr32, 3: fastRotr64},
	op.Udiv: {fastUdiv, fastUdiv, fastUdiv, fastUdiv},
	op.Urem: {fastUrem, fastUrem, fastUrem, fastUrem},
	op.Sdiv: {fastSdiv[int8, uint8], fastSdiv[int16, uint16], fastSdiv[int32, uint32], fastSdiv[int64, uint64]},
	op.Srem: {fastSrem[int8, uint8], fastSrem[int16, uint16], fastSrem[int32, uint32], fastSrem[int64, uint64]},

	op.UaddOverflow: {fastUaddOverflow[uint8], fastUaddOverflow[uint16], fastUaddOverflow[uint32], fastUaddOverflow[uint64]},
	op.UsubOverflow: {fastUsubOverflow[uint8], fastUsubOverflow[uint16], fastUsubOverflow[uint32], fastUsubOverflow[uint64]},
	op.Clz:          {fastClz[uint8], fastClz[uint16], fastClz[uint32], fastClz[uint64]},
	op.Ctz:          {fastCtz[uint8], fastCtz[uint16], fastCtz[uint32], fastCtz[uint64]},
	op.Popcnt:       {fastPopcnt, fastPopcnt, fastPopcnt, fastPopcnt},
	op.Bswap:        {1: fastBswap[uint16], 2: fastBswap[uint32], 3: fastBswap[uint64]},
	op.Umulhi:       {3: fastUmulhi64},
}

func fastAdd[T uint8to64](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = uint64(T(r[in.a] + r[in.b]))
	return pc + 1
}

func fastSub[T uint8to64](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = uint64(T(r[in.a] - r[in.b]))
	return pc + 1
}

func fastMul[T uint8to64](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = uint64(T(r[in.a] * r[in.b]))
	return pc + 1
}

func fastNeg[T uint8to64](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = uint64(T(-r[in.a]))
	return pc + 1
}

func fastNot[T uint8to64](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = uint64(T(^r[in.a]))
	return pc + 1
}

func fastAnd(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = r[in.a] & r[in.b]
	return pc + 1
}

func fastOr(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = r[in.a] | r[in.b]
	return pc + 1
}

func fastXor(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = r[in.a] ^ r[in.b]
	return pc + 1
}

// fastMin compares as T; U is the unsigned type of the same width.
func fastMin[T anyInt, U uint8to64](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = uint64(U(min(T(r[in.a]), T(r[in.b]))))
	return pc + 1
}

func fastMax[T anyInt, U uint8to64](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = uint64(U(max(T(r[in.a]), T(r[in.b]))))
	return pc + 1
}

// width returns the number of bits of T.
func width[T uint8to64]() uint64 { return uint64(bits.Len64(uint64(^T(0)))) }

func fastShl[T uint8to64](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = uint64(T(r[in.a]) << (r[in.b] & (width[T]() - 1)))
	return pc + 1
}

func fastShr[T uint8to64](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = r[in.a] >> (r[in.b] & (width[T]() - 1))
	return pc + 1
}

func fastSar[T int8to64, U uint8to64](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = uint64(U(T(r[in.a]) >> (r[in.b] & (width[U]() - 1))))
	return pc + 1
}

func fastRotl32(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = uint64(bits.RotateLeft32(uint32(r[in.a]), int(r[in.b]&31)))
	return pc + 1
}

func fastRotl64(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = bits.RotateLeft64(r[in.a], int(r[in.b]&63))
	return pc + 1
}

func fastRotr32(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = uint64(bits.RotateLeft32(uint32(r[in.a]), -int(r[in.b]&31)))
	return pc + 1
}

func fastRotr64(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = bits.RotateLeft64(r[in.a], -int(r[in.b]&63))
	return pc + 1
}

func fastUdiv(t *thread, r []uint64, in *inst, pc int) int {
	y := r[in.b]
	if y == 0 {
		return t.trap(in, pc, op.IntegerDivByZero, "")
	}
	r[in.d] = r[in.a] / y
	return pc + 1
}

func fastUrem(t *thread, r []uint64, in *inst, pc int) int {
	y := r[in.b]
	if y == 0 {
		return t.trap(in, pc, op.IntegerDivByZero, "")
	}
	r[in.d] = r[in.a] % y
	return pc + 1
}

func fastSdiv[T int8to64, U uint8to64](t *thread, r []uint64, in *inst, pc int) int {
	x, y := T(r[in.a]), T(r[in.b])
	if y == 0 {
		return t.trap(in, pc, op.IntegerDivByZero, "")
	}
	if y == -1 && x == -x && x != 0 {
		return t.trap(in, pc, op.IntegerOverflow, "")
	}
	r[in.d] = uint64(U(x / y))
	return pc + 1
}

func fastSrem[T int8to64, U uint8to64](t *thread, r []uint64, in *inst, pc int) int {
	y := T(r[in.b])
	if y == 0 {
		return t.trap(in, pc, op.IntegerDivByZero, "")
	}
	r[in.d] = uint64(U(T(r[in.a]) % y))
	return pc + 1
}

func fastUaddOverflow[T uint8to64](_ *thread, r []uint64, in *inst, pc int) int {
	x := T(r[in.a])
	s := x + T(r[in.b])
	r[in.d], r[in.d2] = uint64(s), bit(s < x)
	return pc + 1
}

func fastUsubOverflow[T uint8to64](_ *thread, r []uint64, in *inst, pc int) int {
	x, y := T(r[in.a]), T(r[in.b])
	r[in.d], r[in.d2] = uint64(x-y), bit(x < y)
	return pc + 1
}

func fastClz[T uint8to64](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = width[T]() - uint64(bits.Len64(r[in.a]))
	return pc + 1
}

func fastCtz[T uint8to64](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = min(width[T](), uint64(bits.TrailingZeros64(r[in.a])))
	return pc + 1
}

func fastPopcnt(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = uint64(bits.OnesCount64(r[in.a]))
	return pc + 1
}

func fastBswap[T uint8to64](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = bits.ReverseBytes64(r[in.a]) >> (64 - width[T]())
	return pc + 1
}

func fastUmulhi64(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d], _ = bits.Mul64(r[in.a], r[in.b])
	return pc + 1
}

// fastIcmps has the functions for i8, i16, i32 and i64 per condition.
var fastIcmps = [op.NumIntCC][4]execFn{
	op.Eq:  {fastEq, fastEq, fastEq, fastEq},
	op.Ne:  {fastNe, fastNe, fastNe, fastNe},
	op.Slt: {fastLt[int8], fastLt[int16], fastLt[int32], fastLt[int64]},
	op.Sge: {fastGe[int8], fastGe[int16], fastGe[int32], fastGe[int64]},
	op.Sgt: {fastGt[int8], fastGt[int16], fastGt[int32], fastGt[int64]},
	op.Sle: {fastLe[int8], fastLe[int16], fastLe[int32], fastLe[int64]},
	op.Ult: {fastLt[uint64], fastLt[uint64], fastLt[uint64], fastLt[uint64]},
	op.Uge: {fastGe[uint64], fastGe[uint64], fastGe[uint64], fastGe[uint64]},
	op.Ugt: {fastGt[uint64], fastGt[uint64], fastGt[uint64], fastGt[uint64]},
	op.Ule: {fastLe[uint64], fastLe[uint64], fastLe[uint64], fastLe[uint64]},
}

func fastEq(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = bit(r[in.a] == r[in.b])
	return pc + 1
}

func fastNe(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = bit(r[in.a] != r[in.b])
	return pc + 1
}

func fastLt[T anyInt](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = bit(T(r[in.a]) < T(r[in.b]))
	return pc + 1
}

func fastGe[T anyInt](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = bit(T(r[in.a]) >= T(r[in.b]))
	return pc + 1
}

func fastGt[T anyInt](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = bit(T(r[in.a]) > T(r[in.b]))
	return pc + 1
}

func fastLe[T anyInt](_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = bit(T(r[in.a]) <= T(r[in.b]))
	return pc + 1
}

// fastConversion sets the special function of a conversion between scalars of up to 64 bits.
func (d *decoder) fastConversion(in *inst, from, to uint) {
	if d.m.opts.general || !d.resultType(0).IsScalar() || max(from, to) > 64 {
		return
	}
	switch d.data.Op {
	case op.Uextend:
		in.exec = fastMove
	case op.Ireduce:
		in.imm = 1<<to - 1
		in.exec = fastMask
	case op.Sextend:
		in.b = uint32(64 - from)
		in.imm = 1<<(to-1)<<1 - 1
		in.exec = fastSextend
	default:
		d.fastFloatConversion(in, from, to)
	}
}

func fastMove(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = r[in.a]
	return pc + 1
}

func fastMask(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = r[in.a] & in.imm
	return pc + 1
}

func fastSextend(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = uint64(int64(r[in.a]<<(in.b&63))>>(in.b&63)) & in.imm
	return pc + 1
}
