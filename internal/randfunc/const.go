package randfunc

import (
	"math"

	"davit/internal/softfloat"
	"davit/internal/u128"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
)

// constant returns a constant of any type, often one at which something changes.
func (x *fn) constant(t op.Type) ir.Value {
	if t == op.I128 {
		if x.src.N(3) == 0 {
			o := []op.Opcode{op.Uextend, op.Sextend}[x.src.N(2)]
			return x.emit1(o, t, 0, x.constant(op.I64))
		}
		return x.emit1(op.Iconcat, op.I64, 0, x.constant(op.I64), x.constant(op.I64))
	}
	return x.literal(t, Value(x.src, t))
}

// literal returns a constant; a vector has all lanes like v if v is a scalar.
func (x *fn) literal(t op.Type, v data.Value) ir.Value {
	if v.Type() != t {
		lanes := make([]data.Value, t.Lanes())
		for i := range lanes {
			lanes[i] = v
		}
		v = data.Lanes(t, lanes...)
	}
	d := ir.InstData{Type: t}
	lo, _ := v.Bits()
	d.SetImm(lo)
	switch {
	case t.IsVector() || t == op.F128:
		d.X = [4]ir.Value{ir.Value(x.f.InternConstant(v.Bytes()))}
		d.Op = op.Vconst
		if t == op.F128 {
			d.Op, d.Type = op.F128const, op.Invalid
		}
	case t.IsInt():
		d.Op = op.Iconst
	default:
		d.Op, d.Type = map[op.Type]op.Opcode{op.F16: op.F16const, op.F32: op.F32const, op.F64: op.F64const}[t], op.Invalid
	}
	inst := x.f.NewInst(d)
	x.f.AppendInst(inst, x.b.Block())
	return x.f.AppendResults(inst, t)
}

// fromWord returns the value of a float type with the given bits.
func fromWord(t op.Type, x u128.Uint128) data.Value { return data.FromBits(t, x.Lo, x.Hi) }

// quietNaN is the positive quiet NaN of a float type.
func quietNaN(t op.Type) data.Value { return fromWord(t, softfloat.ForBits(t.Bits()).CanonicalNaN()) }

// Value returns a value of any type, for constants and arguments. Few of them are quite random: most are at the edges of
// their range or have few changes between zeros and ones.
func Value(src *Source, t op.Type) data.Value {
	if t.IsScalar() {
		return lane(src, t)
	}
	lanes := make([]data.Value, t.Lanes())
	same := src.N(4) == 0
	for i := range lanes {
		if i > 0 && same {
			lanes[i] = lanes[0]
			continue
		}
		lanes[i] = lane(src, t.Lane())
	}
	return data.Lanes(t, lanes...)
}

func lane(src *Source, t op.Type) data.Value {
	if t.IsFloat() && src.N(3) > 0 {
		return float(src, t)
	}
	w := t.Bits()
	switch src.N(6) {
	case 0, 1: // small
		return data.Int(t, int64(src.N(20))-4)
	case 2: // near a power of two
		k := src.N(w)
		lo, hi := uint64(0), uint64(0)
		if k < 64 {
			lo = 1 << k
		} else {
			hi = 1 << (k - 64)
		}
		switch src.N(4) {
		case 0:
			return data.FromBits(t, lo, hi)
		case 1: // one less
			if lo == 0 {
				hi--
			}
			return data.FromBits(t, lo-1, hi)
		case 2: // one more
			return data.FromBits(t, lo|1, hi)
		}
		return data.FromBits(t, ^lo, ^hi)
	case 3: // at the edges of narrower types
		k := 8 << src.N(4)
		return data.Int(t, []int64{math.MaxInt64, math.MinInt64, -1, 0}[src.N(4)]>>(64-min(k, 64))+int64(src.N(3))-1)
	case 4: // bytes of zeros and ones
		m := src.Uint64()
		lo, hi := uint64(0), uint64(0)
		for i := range 8 {
			lo |= uint64(uint8(-(m >> i & 1))) << (8 * i)
			hi |= uint64(uint8(-(m >> (8 + i) & 1))) << (8 * i)
		}
		return data.FromBits(t, lo, hi)
	}
	return data.FromBits(t, src.Uint64(), src.Uint64())
}

// edges are floats at which conversions or roundings change.
var edges = []float64{0, 1, 0.5, 1.5, 2.5, 0.9999, 3, 100.25, 127.9, 128, 128.9, 129, 255.5, 256, 32767.9, 32768, 32769, 65504, 65535.9, 65536,
	1 << 23, 1<<23 + 1, 8388607.5, 1 << 31, 1<<31 - 0.5, 1<<31 + 1, 1<<32 - 1, 1 << 32, 1 << 52, 1<<52 + 1, 1<<63 - 512, 1 << 63,
	1<<63 + 2048, 1 << 64, 1<<64 - 2048, 1e30, 1e-40, 5e-324, 3.4e38, 1.7e308, 1e-310}

func float(src *Source, t op.Type) data.Value {
	f := softfloat.ForBits(t.Bits())
	neg := src.N(2) == 1
	switch src.N(5) {
	case 0:
		frac := u128.Uint128{} // an infinity
		if src.N(2) == 1 {
			frac = f.QuietBit()
		}
		return fromWord(t, f.Encode(neg, f.MaxExp(), frac))
	case 1: // a signalling NaN
		return fromWord(t, f.Encode(neg, f.MaxExp(), u128.From(uint64(1+src.N(7)))))
	}
	x := Pick(src, edges)
	if neg {
		x = -x
	}
	return floatConst(t, x)
}

// floatConst returns x in any format.
func floatConst(t op.Type, x float64) data.Value {
	return fromWord(t, softfloat.ForBits(t.Bits()).Convert(softfloat.ForBits(64), u128.From(math.Float64bits(x))))
}
