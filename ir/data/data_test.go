package data

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"davit/ir/op"
)

func typ(t *testing.T, s string) op.Type {
	t.Helper()
	ty, ok := op.ParseType(s)
	if !ok {
		t.Fatalf("no type %s", s)
	}
	return ty
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ typ, in, out, rest string }{
		{"i8", "-128", "-128", ""},
		{"i8", "255", "-1", ""},
		{"i8", " 0xff , 3", "-1", " , 3"},
		{"i8", "-0x8_0", "-128", ""},
		{"i16", "+7]", "7", "]"},
		{"i32", "0x8000_0000", "-2147483648", ""},
		{"i64", "1_000", "1000", ""},
		{"i64", "18446744073709551615", "-1", ""},
		{"i64", "0xffff_ffff_ffff_ffff", "-1", ""},
		{"i128", "-170141183460469231731687303715884105728", "-170141183460469231731687303715884105728", ""},
		{"i128", "340282366920938463463374607431768211455", "-1", ""},
		{"f32", "0.0", "0.0", ""},
		{"f32", "-0.0", "-0.0", ""},
		{"f32", "0x1.8p-3 x", "0x1.800000p-3", " x"},
		{"f32", "0x.1", "0x1.000000p-4", ""},
		{"f32", "0x0.000002p-126", "0x0.000002p-126", ""},
		{"f32", "-0x1.fffffep127", "-0x1.fffffep127", ""},
		{"f64", "Inf", "+Inf", ""},
		{"f64", "-NaN:0x123", "-NaN:0x123", ""},
		{"f64", "+sNaN:0x1", "+sNaN:0x1", ""},
		{"f64", "sNaN:0x1", "+sNaN:0x1", ""},
		{"f16", "0x0.004p-14", "0x0.004p-14", ""},
		{"f16", "0x1.ffcp15", "0x1.ffcp15", ""},
		{"f128", "0x1.0p-16494", "0x0.0000000000000000000000000001p-16382", ""},
		{"f128", "0x1.ffffffffffffffffffffffffffffp16383", "0x1.ffffffffffffffffffffffffffffp16383", ""},
		{"i8x4", "[1 -2 0xff 4],", "0x04fffe01", ","},
		{"i32x4", "0x01_02", "0x00000000000000000000000000000102", ""},
		{"f32x2", "[0x1.0 -NaN]", "0xffc000003f800000", ""},
		{"i64x4", "[1 2 3 4]", "0x" + strings.Repeat("0", 15) + "4" + strings.Repeat("0", 15) + "3" + strings.Repeat("0", 15) + "2" + strings.Repeat("0", 15) + "1", ""},
		{"i128x2", "[1 -1]", "0x" + strings.Repeat("f", 32) + strings.Repeat("0", 31) + "1", ""},
	} {
		v, rest, err := Parse(typ(t, c.typ), c.in)
		if err != nil || v.String() != c.out || rest != c.rest {
			t.Errorf("%s %q: %v, rest %q, error %v; want %s, rest %q", c.typ, c.in, v, rest, err, c.out, c.rest)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ typ, in, want string }{
		{"i8", "256", "out of the range of i8"},
		{"i8", "-129", "out of the range of i8"},
		{"i32", "1_0", "expected an integer of type i32"},
		{"i32", "", "found nothing"},
		{"i32", "(", `found "("`},
		{"i32", "5-7", "expected an integer"},
		{"i64", "0x1_0000_0000_0000_0000", "out of the range"},
		{"i128", "0x100000000000000000000000000000000", "out of the range"},
		{"f32", "0x1", "expected 0.0"},
		{"f32", "1.0", "expected 0.0"},
		{"f32", "0x1.0000001", "too many significant bits"},
		{"f32", "0x1.0p128", "magnitude too large"},
		{"f32", "0x1.0p-150", "magnitude too small"},
		{"f32", "0x1.8p-149", "subnormal underflow"},
		{"f32", "0x1.0p40000", "exponent of 16 bits"},
		{"f64", "sNaN:0x0", "not zero"},
		{"f32", "NaN:0x400000", "payload of 22 bits"},
		{"f128", "0x1." + strings.Repeat("0", 32), "at most 32 digits"},
		{"i8x4", "[1 2 3]", "found 3 lanes, expected the 4"},
		{"i8x4", "[1 2 3 4 5]", `found "5" after 4 lanes`},
		{"i8x4", "[1 x 3 4]", "lane 1: found"},
		{"i8x4", "0x123", "even number"},
		{"i8x4", "0x0102030405", "at most the 8"},
		{"i8x4", "12", "hexadecimal digits or ["},
		{"i8x4", "0xzz", "expected hexadecimal digits"},
		{"i8x4", "[1 2", "found nothing"},
	} {
		v, _, err := Parse(typ(t, c.typ), c.in)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %v, error %v; want %q", c.typ, c.in, v, err, c.want)
		}
	}
	if _, _, err := Parse(op.Invalid, "1"); err == nil {
		t.Error("invalid type accepted")
	}
}

func allTypes() []op.Type {
	var ts []op.Type
	for t := op.Type(0); t < 0x200; t++ {
		if t.IsValid() {
			ts = append(ts, t)
		}
	}
	return ts
}

// TestRoundTrip prints random values of every type and reads them back.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, ty := range allTypes() {
		for range 20 {
			b := make([]byte, ty.Bytes())
			for i := range b {
				b[i] = byte(r.Uint32() & -(r.Uint32() & 1))
			}
			v := FromBytes(ty, b)
			if got := FromBytes(ty, v.Bytes()); got != v || string(v.Bytes()) != string(b) {
				t.Fatalf("%v: bytes % x give % x", ty, b, v.Bytes())
			}
			got, rest, err := Parse(ty, v.String())
			if err != nil || rest != "" || !got.Equal(v) {
				t.Fatalf("%v %v: read back as %v, rest %q, error %v", ty, v, got, rest, err)
			}
			lanes := make([]Value, ty.Lanes())
			for i := range lanes {
				lanes[i] = v.Lane(i)
			}
			if Lanes(ty, lanes...) != v {
				t.Fatalf("%v: lanes of %v give %v", ty, v, Lanes(ty, lanes...))
			}
		}
	}
}

func TestAccessors(t *testing.T) {
	if v := I8(-1); v.Int64() != -1 || v.Uint64() != 255 || v.Type() != op.I8 {
		t.Error("i8", v)
	}
	if I16(-2).Uint64() != 0xfffe || I32(-2).Int64() != -2 || I64(math.MinInt64).Int64() != math.MinInt64 {
		t.Error("integers")
	}
	if lo, hi := I128(1, 2).Bits(); lo != 1 || hi != 2 {
		t.Error("i128")
	}
	if F32(1.5).Float32() != 1.5 || F64(-2.5).Float64() != -2.5 || F32(1.5).Equal(F64(1.5)) {
		t.Error("floats")
	}
	if !Zero(typ(t, "i64x8")).IsZero() || Lanes(typ(t, "i64x4"), I64(0), I64(0), I64(0), I64(1)).IsZero() || !Zero(op.I8).IsZero() {
		t.Error("IsZero")
	}
	if FromBits(op.F32, math.MaxUint64, 1) != FromBits(op.F32, math.MaxUint32, 0) {
		t.Error("bits beyond the type are kept")
	}
	if s := FormatList([]Value{I8(1), F64(0)}); s != "[1, 0.0]" {
		t.Error(s)
	}
	if s := FormatList([]Value{I8(1)}); s != "1" {
		t.Error(s)
	}
	if s := (Value{}).String(); s != "invalid" {
		t.Error(s)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1", "-0x8_0", "0x1.8p-3", "NaN:0x1", "[1 2 3 4]", "0x0102", "sNaN:0x1"} {
		for _, t := range []op.Type{op.I8, op.I64, op.I128, op.F16, op.F64, op.F128, op.I8X4, op.F32X4} {
			f.Add(uint16(t), s)
		}
	}
	f.Fuzz(func(t *testing.T, ty uint16, s string) {
		v, rest, err := Parse(op.Type(ty), s)
		if err != nil {
			return
		}
		if !strings.HasSuffix(s, rest) {
			t.Fatalf("rest %q of %q", rest, s)
		}
		if again, _, err := Parse(op.Type(ty), v.String()); err != nil || again != v {
			t.Fatalf("%q gives %v, which gives %v, %v", s, v, again, err)
		}
	})
}
