package interp

import (
	"math"

	"davit/ir/op"
)

// Special functions for f32 and f64, on the hardware of the host. They compute what is not a NaN; for a NaN they go
// back to the definition, so that its bits do not depend on the host.

// fastFloats has the functions for f32 and f64 per opcode.
var fastFloats = [op.NumOpcodes][2]execFn{
	op.Fneg:      {fastFneg32, fastFneg64},
	op.Fabs:      {fastFabs32, fastFabs64},
	op.Fcopysign: {fastCopysign32, fastCopysign64},
	op.Band:      {fastAnd, fastAnd},
	op.Bor:       {fastOr, fastOr},
	op.Bxor:      {fastXor, fastXor},
}

func fastFneg32(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = r[in.a] ^ 1<<31
	return pc + 1
}

func fastFneg64(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = r[in.a] ^ 1<<63
	return pc + 1
}

func fastFabs32(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = r[in.a] &^ (1 << 31)
	return pc + 1
}

func fastFabs64(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = r[in.a] &^ (1 << 63)
	return pc + 1
}

func fastCopysign32(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = r[in.a]&^(1<<31) | r[in.b]&(1<<31)
	return pc + 1
}

func fastCopysign64(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = r[in.a]&^(1<<63) | r[in.b]&(1<<63)
	return pc + 1
}

// hardware has the operations whose NaNs are left to the definition.
var hardware = [op.NumOpcodes]struct {
	f32 func(x, y, z float32) float32
	f64 func(x, y, z float64) float64
}{
	op.Fadd: {func(x, y, _ float32) float32 { return x + y }, func(x, y, _ float64) float64 { return x + y }},
	op.Fsub: {func(x, y, _ float32) float32 { return x - y }, func(x, y, _ float64) float64 { return x - y }},
	op.Fmul: {func(x, y, _ float32) float32 { return x * y }, func(x, y, _ float64) float64 { return x * y }},
	op.Fdiv: {func(x, y, _ float32) float32 { return x / y }, func(x, y, _ float64) float64 { return x / y }},
	op.Fmin: {func(x, y, _ float32) float32 { return min(x, y) }, func(x, y, _ float64) float64 { return min(x, y) }},
	op.Fmax: {func(x, y, _ float32) float32 { return max(x, y) }, func(x, y, _ float64) float64 { return max(x, y) }},
	op.Sqrt: {
		func(x, _, _ float32) float32 { return float32(math.Sqrt(float64(x))) },
		func(x, _, _ float64) float64 { return math.Sqrt(x) },
	},
	op.Ceil: {
		func(x, _, _ float32) float32 { return float32(math.Ceil(float64(x))) },
		func(x, _, _ float64) float64 { return math.Ceil(x) },
	},
	op.Floor: {
		func(x, _, _ float32) float32 { return float32(math.Floor(float64(x))) },
		func(x, _, _ float64) float64 { return math.Floor(x) },
	},
	op.Trunc: {
		func(x, _, _ float32) float32 { return float32(math.Trunc(float64(x))) },
		func(x, _, _ float64) float64 { return math.Trunc(x) },
	},
	op.Nearest: {
		func(x, _, _ float32) float32 { return float32(math.RoundToEven(float64(x))) },
		func(x, _, _ float64) float64 { return math.RoundToEven(x) },
	},
	op.Fma: {f64: math.FMA},
}

// fastHardware sets the special function of a float operation on scalars, keeping in.exec for NaNs. Operands that the
// opcode does not have are read from the first.
func (d *decoder) fastHardware(in *inst) {
	t := d.data.Type
	if d.m.opts.general || t != op.F32 && t != op.F64 {
		return
	}
	row, def, n := &hardware[d.data.Op], in.exec, len(d.f.Args(d.inst))
	if n < 2 {
		in.b = in.a
	}
	if n < 3 {
		in.c = in.a
	}
	switch {
	case t == op.F32 && row.f32 != nil:
		f := row.f32
		in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
			x := f(math.Float32frombits(uint32(r[in.a])), math.Float32frombits(uint32(r[in.b])), math.Float32frombits(uint32(r[in.c])))
			if x != x {
				return def(t, r, in, pc)
			}
			r[in.d] = uint64(math.Float32bits(x))
			return pc + 1
		}
	case t == op.F64 && row.f64 != nil:
		f := row.f64
		in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
			x := f(math.Float64frombits(r[in.a]), math.Float64frombits(r[in.b]), math.Float64frombits(r[in.c]))
			if x != x {
				return def(t, r, in, pc)
			}
			r[in.d] = math.Float64bits(x)
			return pc + 1
		}
	}
}

// fastCompare sets the special function of a comparison of scalars.
func (d *decoder) fastCompare(in *inst) {
	t := d.data.Type
	switch {
	case d.m.opts.general || !t.IsScalar() || t.Bits() > 64:
	case t.IsInt():
		in.exec = fastIcmps[d.data.IntCC()][t-op.I8]
	case t == op.F32:
		in.imm = uint64(d.data.FloatCC().Outcomes())
		in.exec = fastFcmp32
	case t == op.F64:
		in.imm = uint64(d.data.FloatCC().Outcomes())
		in.exec = fastFcmp64
	}
}

func outcome[T float32 | float64](x, y T) op.Outcomes {
	switch {
	case x < y:
		return op.Less
	case x > y:
		return op.Greater
	case x == y:
		return op.Equal
	}
	return op.Unordered
}

func fastFcmp32(_ *thread, r []uint64, in *inst, pc int) int {
	c := outcome(math.Float32frombits(uint32(r[in.a])), math.Float32frombits(uint32(r[in.b])))
	r[in.d] = bit(uint64(c)&in.imm != 0)
	return pc + 1
}

func fastFcmp64(_ *thread, r []uint64, in *inst, pc int) int {
	c := outcome(math.Float64frombits(r[in.a]), math.Float64frombits(r[in.b]))
	r[in.d] = bit(uint64(c)&in.imm != 0)
	return pc + 1
}

// fastFloatConversion sets the special function of a conversion from or to f32 or f64, keeping in.exec for NaNs and
// numbers out of range.
func (d *decoder) fastFloatConversion(in *inst, from, to uint) {
	x, r := d.argType(0), d.resultType(0)
	if x == op.F16 || r == op.F16 {
		return
	}
	def := in.exec
	switch d.data.Op {
	case op.Fpromote:
		in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
			y := float64(math.Float32frombits(uint32(r[in.a])))
			if y != y {
				return def(t, r, in, pc)
			}
			r[in.d] = math.Float64bits(y)
			return pc + 1
		}
	case op.Fdemote:
		in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
			y := float32(math.Float64frombits(r[in.a]))
			if y != y {
				return def(t, r, in, pc)
			}
			r[in.d] = uint64(math.Float32bits(y))
			return pc + 1
		}
	case op.FcvtFromSint, op.FcvtFromUint:
		in.exec = fastFromInt(d.data.Op == op.FcvtFromSint, r == op.F32, 64-from)
	case op.FcvtToSint, op.FcvtToSintSat:
		in.exec = fastToInt(def, true, x == op.F32, to)
	case op.FcvtToUint, op.FcvtToUintSat:
		in.exec = fastToInt(def, false, x == op.F32, to)
	}
}

// fastFromInt converts an integer of 64 - spare bits.
func fastFromInt(signed, to32 bool, spare uint) execFn {
	switch {
	case signed && to32:
		return func(_ *thread, r []uint64, in *inst, pc int) int {
			r[in.d] = uint64(math.Float32bits(float32(int64(r[in.a]<<spare) >> spare)))
			return pc + 1
		}
	case signed:
		return func(_ *thread, r []uint64, in *inst, pc int) int {
			r[in.d] = math.Float64bits(float64(int64(r[in.a]<<spare) >> spare))
			return pc + 1
		}
	case to32:
		return func(_ *thread, r []uint64, in *inst, pc int) int {
			r[in.d] = uint64(math.Float32bits(float32(r[in.a])))
			return pc + 1
		}
	}
	return func(_ *thread, r []uint64, in *inst, pc int) int {
		r[in.d] = math.Float64bits(float64(r[in.a]))
		return pc + 1
	}
}

// fastToInt converts what is in the range of an integer of width bits, and leaves the rest to def.
func fastToInt(def execFn, signed, from32 bool, width uint) execFn {
	low, high, mask := 0.0, math.Ldexp(1, int(width)), uint64(1)<<(width-1)<<1-1
	if signed {
		high /= 2
		low = -high
	}
	return func(t *thread, r []uint64, in *inst, pc int) int {
		var x float64
		if from32 {
			x = float64(math.Float32frombits(uint32(r[in.a])))
		} else {
			x = math.Float64frombits(r[in.a])
		}
		x = math.Trunc(x)
		switch {
		case !(low <= x && x < high):
			return def(t, r, in, pc)
		case signed:
			r[in.d] = uint64(int64(x)) & mask
		default:
			r[in.d] = uint64(x)
		}
		return pc + 1
	}
}
