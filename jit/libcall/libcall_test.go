package libcall

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"davit/jit"
)

func TestNames(t *testing.T) {
	if !slices.IsSorted(Names()) {
		t.Errorf("not ascending: %v", Names())
	}
}

func TestDefine(t *testing.T) {
	m, err := jit.NewModule()
	if err != nil {
		t.Skip(err)
	}
	defer m.Close()
	for _, name := range Names() {
		if ok, err := Define(m, name); !ok || err != nil {
			t.Errorf("Define(%s) = %v, %v", name, ok, err)
		}
	}
	if ok, err := Define(m, "puts"); ok || err != nil {
		t.Errorf("Define(puts) = %v, %v", ok, err)
	}
}

// TestFMA32 compares with exact arithmetic.
func TestFMA32(t *testing.T) {
	exact := func(x, y, z float32) float32 {
		const prec = 1000
		f := func(v float32) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(float64(v)) }
		s := f(x).Mul(f(x), f(y))
		r, _ := s.Add(s, f(z)).Float32()
		return r
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200000 {
		x := math.Float32frombits(rnd.Uint32()&0x8fff_ffff | 0x3000_0000)
		y := math.Float32frombits(rnd.Uint32()&0x8fff_ffff | 0x3000_0000)
		z := math.Float32frombits(rnd.Uint32() & (0x9fff_ffff))
		got, want := fma32(x, y, z), exact(x, y, z)
		if got != want {
			t.Fatalf("fma32(%x, %x, %x) = %x, want %x", x, y, z, got, want)
		}
	}
	inf := float32(math.Inf(1))
	if !math.IsNaN(float64(fma32(inf, 0, 1))) || fma32(inf, 1, 1) != inf || !math.IsNaN(float64(fma32(inf, 1, -inf))) {
		t.Error("wrong result for infinities")
	}
	const negZero = 0x8000_0000
	if math.Float32bits(fma32(0, -1, math.Float32frombits(negZero))) != negZero {
		t.Error("0 * -1 + -0 is not -0")
	}
}

func TestMemory(t *testing.T) {
	buf := []byte("0123456789")
	at := uintptr(unsafe.Pointer(&buf[0]))
	if memmove(at+2, at, 5) != at+2 || string(buf) != "0101234789" {
		t.Errorf("after memmove: %s", buf)
	}
	if memset(at, 'x', 7) != at || string(buf) != "xxxxxxx789" {
		t.Errorf("after memset: %s", buf)
	}
	if memset(0, 1, 0) != 0 || memmove(0, 0, 0) != 0 || memcmp(0, 0, 0) != 0 {
		t.Error("no bytes need no memory")
	}
	if memcmp(at, at+1, 3) != 0 || memcmp(at+7, at+8, 1) >= 0 || memcmp(at+8, at+7, 1) <= 0 {
		t.Error("memcmp")
	}
}
