package softfloat

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"davit/internal/u128"
	"davit/ir/op"
)

var formats = []*Format{F16, F32, F64, F128}

// sample returns floats of all kinds, many with few or many set bits and exponents close to each other or to the ends.
func (f *Format) sample(r *rand.Rand) u128.Uint128 {
	exp := int(r.Uint64N(uint64(f.MaxExp() + 1)))
	switch r.IntN(6) {
	case 0:
		exp = 0
	case 1:
		exp = f.MaxExp() - r.IntN(2)
	case 2, 3:
		exp = f.Bias() + r.IntN(9) - 4
	case 4:
		exp = min(f.MaxExp()-1, f.Bias()+int(f.FracBits)*(r.IntN(5)-2)/2+r.IntN(5)+2)
	}
	frac := u128.Uint128{Lo: r.Uint64(), Hi: r.Uint64()}
	switch r.IntN(5) {
	case 0:
		frac = u128.Uint128{}
	case 1:
		frac = u128.Mask(uint(r.IntN(129)))
	case 2:
		frac = frac.Shl(uint(r.IntN(128)))
	case 3:
		frac = u128.From(uint64(r.IntN(4)))
	}
	return f.Encode(r.IntN(2) == 0, max(exp, 0), frac.ZeroExtend(f.FracBits))
}

// exact returns the value of a finite number.
func (f *Format) exact(x u128.Uint128) *big.Float {
	n, _ := f.finite(x)
	v := new(big.Float).SetInt(n.sig.low().Big())
	v.SetMantExp(v.SetPrec(128), n.exp)
	if n.neg {
		v.Neg(v)
	}
	return v
}

// round is the rounding that the package is tested against, done by math/big.
func (f *Format) round(v *big.Float) u128.Uint128 {
	neg := v.Signbit()
	if v.Sign() == 0 {
		return f.zero(neg)
	}
	emin := 1 - f.Bias()
	top := v.MantExp(nil) - 1
	keep := int(f.FracBits) + 1 - max(0, emin-top) // bits that the result can have
	a := new(big.Float).Abs(v)
	least := new(big.Float).SetMantExp(big.NewFloat(1), emin-int(f.FracBits))
	if keep <= 0 {
		if keep < 0 || a.Cmp(new(big.Float).Quo(least, big.NewFloat(2))) <= 0 {
			return f.zero(neg)
		}
		a = least
	} else {
		a = new(big.Float).SetPrec(uint(keep)).SetMode(big.ToNearestEven).Set(a)
	}
	if a.MantExp(nil)-1 > f.Bias() {
		return f.Inf(neg)
	}
	top = max(a.MantExp(nil)-1, emin)
	units, acc := new(big.Float).SetMantExp(a, int(f.FracBits)-top).Int(nil)
	if acc != big.Exact {
		panic("the reference is inexact")
	}
	m := u128.FromBig(units)
	exp := top + f.Bias()
	if !m.Bit(f.FracBits) {
		exp = 0
	}
	return f.Encode(neg, exp, m.ZeroExtend(f.FracBits))
}

func newBig(prec uint) *big.Float { return new(big.Float).SetPrec(prec) }

func (f *Format) isFinite(xs ...u128.Uint128) bool {
	for _, x := range xs {
		if _, exp, _ := f.Decode(x); exp == f.MaxExp() {
			return false
		}
	}
	return true
}

// TestAgainstBig compares with exact arithmetic of math/big.
func TestAgainstBig(t *testing.T) {
	const exact = 70000 // holds the sum of any two products of f128
	for _, f := range formats {
		rounds := 30000
		if f == F128 {
			rounds = 2500
		}
		r := rand.New(rand.NewPCG(uint64(f.Bits()), 1))
		for range rounds {
			x, y, z := f.sample(r), f.sample(r), f.sample(r)
			if !f.isFinite(x, y, z) {
				continue
			}
			a, b, c := f.exact(x), f.exact(y), f.exact(z)
			check := func(name string, got u128.Uint128, want *big.Float) {
				t.Helper()
				if w := f.round(want); got != w && !(want.Sign() == 0 && f.Abs(got).IsZero()) {
					t.Fatalf("f%d %s of %x, %x, %x: got %x, want %x", f.Bits(), name, x, y, z, got, w)
				}
			}
			prod := newBig(300).Mul(a, b)
			check("mul", f.Mul(x, y), prod)
			wide := uint(exact)
			if f != F128 {
				wide = 4500
			}
			check("add", f.Add(x, y), newBig(wide).Add(a, b))
			check("sub", f.Sub(x, y), newBig(wide).Sub(a, b))
			check("fma", f.FMA(x, y, z), newBig(wide).Add(prod, c))
			if b.Sign() != 0 {
				check("div", f.Div(x, y), newBig(600).Quo(a, b))
			}
			if a.Sign() > 0 {
				check("sqrt", f.Sqrt(x), newBig(600).Sqrt(a))
			}
			for _, g := range formats {
				got, want := g.Convert(f, x), g.round(a)
				if got != want {
					t.Fatalf("f%d to f%d of %x: got %x, want %x", f.Bits(), g.Bits(), x, got, want)
				}
			}
			outcome := []op.Outcomes{op.Less, op.Equal, op.Greater}[a.Cmp(b)+1]
			if got := f.Compare(x, y); got != outcome {
				t.Fatalf("f%d compare %x, %x: %d, want %d", f.Bits(), x, y, got, outcome)
			}
		}
	}
}

func nanOr(f *Format, x, y u128.Uint128) bool { return x == y || f.IsNaN(x) && f.IsNaN(y) }

// TestAgainstHardware compares f64 and f32 with Go's own floats, infinities and NaNs included.
func TestAgainstHardware(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 200000 {
		x, y, z := F64.sample(r), F64.sample(r), F64.sample(r)
		a, b, c := math.Float64frombits(x.Lo), math.Float64frombits(y.Lo), math.Float64frombits(z.Lo)
		for i, p := range [][2]u128.Uint128{
			{F64.Add(x, y), u128.From(math.Float64bits(a + b))},
			{F64.Sub(x, y), u128.From(math.Float64bits(a - b))},
			{F64.Mul(x, y), u128.From(math.Float64bits(a * b))},
			{F64.Div(x, y), u128.From(math.Float64bits(a / b))},
			{F64.Sqrt(x), u128.From(math.Float64bits(math.Sqrt(a)))},
			{F64.FMA(x, y, z), u128.From(math.Float64bits(math.FMA(a, b, c)))},
			{F64.Min(x, y), u128.From(math.Float64bits(min(a, b)))},
			{F64.Max(x, y), u128.From(math.Float64bits(max(a, b)))},
			{F64.RoundInt(x, ToNearest), u128.From(math.Float64bits(math.RoundToEven(a)))},
			{F64.RoundInt(x, TowardZero), u128.From(math.Float64bits(math.Trunc(a)))},
			{F64.RoundInt(x, Upward), u128.From(math.Float64bits(math.Ceil(a)))},
			{F64.RoundInt(x, Downward), u128.From(math.Float64bits(math.Floor(a)))},
			{F64.FromInt(x, 64, true), u128.From(math.Float64bits(float64(int64(x.Lo))))},
			{F64.FromInt(x, 64, false), u128.From(math.Float64bits(float64(x.Lo)))},
		} {
			if !nanOr(F64, p[0], p[1]) {
				t.Fatalf("f64 operation %d of %v, %v, %v: got %x, want %x", i, a, b, c, p[0], p[1])
			}
		}
		if got, want := F32.Convert(F64, x), u128.From(uint64(math.Float32bits(float32(a)))); !nanOr(F32, got, want) {
			t.Fatalf("f64 to f32 of %v: got %x, want %x", a, got, want)
		}
		x, y = F32.sample(r), F32.sample(r)
		d, e := math.Float32frombits(uint32(x.Lo)), math.Float32frombits(uint32(y.Lo))
		for i, p := range [][2]u128.Uint128{
			{F32.Add(x, y), u128.From(uint64(math.Float32bits(d + e)))},
			{F32.Mul(x, y), u128.From(uint64(math.Float32bits(d * e)))},
			{F32.Div(x, y), u128.From(uint64(math.Float32bits(d / e)))},
			{F32.FromInt(x, 64, false), u128.From(uint64(math.Float32bits(float32(x.Lo))))},
		} {
			if !nanOr(F32, p[0], p[1]) {
				t.Fatalf("f32 operation %d of %v, %v: got %x, want %x", i, d, e, p[0], p[1])
			}
		}
	}
}

// TestHalf computes all square roots and conversions, and many sums and quotients, of f16 in f64, where rounding twice
// is harmless.
func TestHalf(t *testing.T) {
	f16 := func(x float64) u128.Uint128 { return F16.Convert(F64, u128.From(math.Float64bits(x))) }
	f64 := func(x u128.Uint128) float64 { return math.Float64frombits(F64.Convert(F16, x).Lo) }
	r := rand.New(rand.NewPCG(7, 8))
	for i := range uint64(1 << 16) {
		x := u128.From(i)
		a := f64(x)
		if !nanOr(F16, f16(a), x) || !nanOr(F16, F16.Sqrt(x), f16(math.Sqrt(a))) {
			t.Fatalf("%x = %v: back %x, root %x", i, a, f16(a), F16.Sqrt(x))
		}
		if !nanOr(F16, F16.RoundInt(x, ToNearest), f16(math.RoundToEven(a))) || !nanOr(F16, F16.RoundInt(x, Downward), f16(math.Floor(a))) {
			t.Fatalf("rounding of %v", a)
		}
		for range 4 {
			y := u128.From(uint64(r.IntN(1 << 16)))
			b := f64(y)
			if !nanOr(F16, F16.Add(x, y), f16(a+b)) || !nanOr(F16, F16.Div(x, y), f16(a/b)) || !nanOr(F16, F16.Mul(x, y), f16(a*b)) {
				t.Fatalf("%v and %v: sum %x, quotient %x, product %x", a, b, F16.Add(x, y), F16.Div(x, y), F16.Mul(x, y))
			}
		}
	}
}

// TestToInt compares conversions to integers with math/big.
func TestToInt(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 100000 {
		f := formats[r.IntN(4)]
		x := f.sample(r)
		if r.IntN(2) == 0 { // near the limits
			n := u128.Bit(uint(r.IntN(128))).Add(u128.FromInt(int64(r.IntN(3) - 1)))
			x = f.FromInt(n, 128, r.IntN(2) == 0)
		}
		width, signed := uint(8)<<r.IntN(5), r.IntN(2) == 0
		got, status := f.ToInt(x, width, signed)
		if f.IsNaN(x) {
			if status != IntNaN || !got.IsZero() {
				t.Fatalf("NaN: %v, %d", got, status)
			}
			continue
		}
		lo, hi := new(big.Int), u128.Mask(width).Big()
		if signed {
			hi = u128.Mask(width - 1).Big()
			lo.Not(hi)
		}
		want, wantStatus := new(big.Int), IntOK
		if f.IsInf(x) {
			want.Lsh(big.NewInt(1), 200)
			if f.negative(x) {
				want.Neg(want)
			}
		} else {
			f.exact(x).Int(want)
		}
		if want.Cmp(lo) < 0 {
			want, wantStatus = lo, IntRange
		} else if want.Cmp(hi) > 0 {
			want, wantStatus = hi, IntRange
		}
		if w := u128.FromBig(want).ZeroExtend(width); got != w || status != wantStatus {
			t.Fatalf("f%d %x to %d bits, signed %v: got %x, %d; want %x, %d", f.Bits(), x, width, signed, got, status, w, wantStatus)
		}
	}
}

func TestSpecial(t *testing.T) {
	for _, f := range formats {
		inf, nan, zero, one := f.Inf(false), f.DefaultNaN(), u128.Uint128{}, f.FromInt(u128.From(1), 8, false)
		s := f.Inf(true).Or(u128.From(1)) // a signalling NaN
		min := u128.From(1)
		for i, c := range []struct{ got, want u128.Uint128 }{
			{f.Add(inf, f.Neg(inf)), nan},
			{f.Sub(inf, inf), nan},
			{f.Mul(inf, zero), nan},
			{f.Div(zero, zero), nan},
			{f.Div(inf, inf), nan},
			{f.Div(one, zero), inf},
			{f.Div(f.Neg(one), zero), f.Neg(inf)},
			{f.Div(one, f.Neg(inf)), f.Neg(zero)},
			{f.Sqrt(f.Neg(one)), nan},
			{f.Sqrt(f.Neg(zero)), f.Neg(zero)},
			{f.Sqrt(inf), inf},
			{f.FMA(inf, zero, one), nan},
			{f.FMA(inf, one, f.Neg(inf)), nan},
			{f.FMA(one, one, f.Neg(inf)), f.Neg(inf)},
			{f.FMA(one, zero, f.Neg(zero)), zero},
			{f.FMA(f.Neg(one), zero, f.Neg(zero)), f.Neg(zero)},
			{f.Add(one, f.Neg(one)), zero},
			{f.Add(f.Neg(zero), f.Neg(zero)), f.Neg(zero)},
			{f.Add(f.Neg(zero), zero), zero},
			{f.Add(s, one), f.Quiet(s)},
			{f.Mul(one, s), f.Quiet(s)},
			{f.FMA(inf, zero, s), f.Quiet(s)},
			{f.Min(zero, f.Neg(zero)), f.Neg(zero)},
			{f.Max(f.Neg(zero), zero), zero},
			{f.Min(one, s), f.Quiet(s)},
			{f.Mul(min, min), zero},
			{f.CopySign(s, one), f.Abs(s)},
			{f.RoundInt(f.Neg(min), Upward), f.Neg(zero)},
			{f.RoundInt(min, Upward), one},
			{F16.Convert(f, s), F16.Quiet(F16.Inf(true).Or(s.ZeroExtend(f.FracBits).Shl(128 - f.FracBits).Shr(128 - F16.FracBits)))},
		} {
			if c.got != c.want {
				t.Errorf("f%d case %d: got %x, want %x", f.Bits(), i, c.got, c.want)
			}
		}
		if f.Compare(nan, one) != op.Unordered || f.Compare(zero, f.Neg(zero)) != op.Equal || f.Compare(f.Neg(one), f.Neg(inf)) != op.Greater {
			t.Errorf("f%d comparisons", f.Bits())
		}
		if !f.IsSignalling(s) || f.IsSignalling(nan) || ForBits(int(f.Bits())) != f {
			t.Errorf("f%d predicates", f.Bits())
		}
	}
	if ForBits(80) != nil {
		t.Error("a format of 80 bits")
	}
}

func BenchmarkFMA128(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	x, y, z := F128.sample(r), F128.sample(r), F128.sample(r)
	for b.Loop() {
		F128.FMA(x, y, z)
	}
}
