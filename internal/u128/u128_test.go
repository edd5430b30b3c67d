package u128

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

func sample(r *rand.Rand) Uint128 {
	edge := []uint64{0, 1, 2, 1<<63 - 1, 1 << 63, 1<<63 + 1, ^uint64(0) - 1, ^uint64(0)}
	word := func() uint64 {
		if r.IntN(3) == 0 {
			return edge[r.IntN(len(edge))]
		}
		return r.Uint64() >> r.UintN(64)
	}
	return Uint128{word(), word()}.Shr(r.UintN(2) * r.UintN(128))
}

func signed(x Uint128) *big.Int {
	b := x.Big()
	if x.Negative() {
		b.Sub(b, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	return b
}

func TestAgainstBig(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50000 {
		x, y := sample(r), sample(r)
		n := r.UintN(130)
		check := func(name string, got Uint128, want *big.Int) {
			t.Helper()
			if got != FromBig(want) {
				t.Fatalf("%s of %v, %v, %d: got %v, want %v", name, x.Big(), y.Big(), n, got.Big(), want)
			}
		}
		var b big.Int
		check("add", x.Add(y), b.Add(x.Big(), y.Big()))
		check("sub", x.Sub(y), b.Sub(x.Big(), y.Big()))
		check("mul", x.Mul(y), b.Mul(x.Big(), y.Big()))
		lo, hi := x.MulWide(y)
		check("mulwide low", lo, b.Mul(x.Big(), y.Big()))
		check("mulwide high", hi, b.Rsh(b.Mul(x.Big(), y.Big()), 128))
		check("shl", x.Shl(n), b.Lsh(x.Big(), n))
		check("shr", x.Shr(n), b.Rsh(x.Big(), n))
		check("sar", x.Sar(n), b.Rsh(signed(x), n))
		check("neg", x.Neg(), b.Neg(x.Big()))
		check("not", x.Not(), b.Not(x.Big()))
		if !y.IsZero() {
			q, m := x.DivMod(y)
			check("quotient", q, b.Quo(x.Big(), y.Big()))
			check("remainder", m, b.Rem(x.Big(), y.Big()))
		}
		if got, want := x.Less(y), x.Big().Cmp(y.Big()) < 0; got != want {
			t.Fatalf("%v < %v: %v", x, y, got)
		}
		if got, want := x.SLess(y), signed(x).Cmp(signed(y)) < 0; got != want {
			t.Fatalf("%v < %v signed: %v", x, y, got)
		}
		if got, want := x.Len(), uint(x.Big().BitLen()); got != want {
			t.Fatalf("length of %v: %d, want %d", x, got, want)
		}
		if !x.IsZero() && x.TrailingZeros() != x.Big().TrailingZeroBits() {
			t.Fatalf("trailing zeros of %v: %d", x, x.TrailingZeros())
		}
		if x.Reverse().Reverse() != x || x.ReverseBytes().ReverseBytes() != x || x.Bit(n%128) != x.Reverse().Bit(127-n%128) {
			t.Fatalf("reversal of %v", x)
		}
		s, c := x.AddCarry(y, 1)
		check("add with carry", s, b.Add(b.Add(x.Big(), y.Big()), big.NewInt(1)))
		if (c != 0) != (b.BitLen() > 128) {
			t.Fatalf("carry of %v + %v + 1: %d", x, y, c)
		}
		d, c := x.SubBorrow(y, 1)
		check("subtract with borrow", d, b.Sub(b.Sub(x.Big(), y.Big()), big.NewInt(1)))
		if (c != 0) != (b.Sign() < 0) {
			t.Fatalf("borrow of %v - %v - 1: %d", x, y, c)
		}
	}
}

func TestExtend(t *testing.T) {
	x := Uint128{0x80, 0}
	if got := x.SignExtend(8); got != FromInt(-128) {
		t.Errorf("sign extension: %v", got)
	}
	if got := FromInt(-1).ZeroExtend(72); got != (Uint128{^uint64(0), 0xff}) {
		t.Errorf("zero extension: %v", got)
	}
	if Mask(0) != (Uint128{}) || Mask(128) != FromInt(-1) || Bit(127) != (Uint128{0, 1 << 63}) {
		t.Error("masks")
	}
}
