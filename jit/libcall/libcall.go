// Package libcall has the run-time functions that compiled code may call where a machine has no instruction for an
// operation: rounding, fused multiply-add, copying of memory, byte shuffles; and the one that probes the stack of large
// frames. [Define] adds one to a module of package jit under its linkage name.
package libcall

import (
	"bytes"
	"math"
	"slices"
	"unsafe"

	"davit/asm"
	"davit/jit"
	"davit/jit/internal/native"
)

// functions are ordered by name. A function of the raw form has a signature of its own; a []byte is machine code.
var functions = []struct {
	name string
	fn   any
	sig  func() jit.Signature
}{
	{"__cranelift_probestack", probestack, nil},
	{"__cranelift_x86_pshufb", jit.HostFunc(pshufb), pshufbSignature},
	{"ceil", func(x float64) float64 { return math.Ceil(quiet(x)) }, nil},
	{"ceilf", func(x float32) float32 { return float32(math.Ceil(float64(x))) }, nil},
	{"floor", func(x float64) float64 { return math.Floor(quiet(x)) }, nil},
	{"floorf", func(x float32) float32 { return float32(math.Floor(float64(x))) }, nil},
	{"fma", fma64, nil},
	{"fmaf", fma32, nil},
	{"memcmp", memcmp, nil},
	{"memcpy", memmove, nil},
	{"memmove", memmove, nil},
	{"memset", memset, nil},
	{"nearbyint", func(x float64) float64 { return math.RoundToEven(quiet(x)) }, nil},
	{"nearbyintf", func(x float32) float32 { return float32(math.RoundToEven(float64(x))) }, nil},
	{"trunc", func(x float64) float64 { return math.Trunc(quiet(x)) }, nil},
	{"truncf", func(x float32) float32 { return float32(math.Trunc(float64(x))) }, nil},
}

// Names returns the linkage names of the functions, ascending.
func Names() []string {
	names := make([]string, len(functions))
	for i := range functions {
		names[i] = functions[i].name
	}
	return names
}

// Define adds the function of the given linkage name to m, to be linked before it is called. ok is false if there is none
// of that name.
func Define(m *jit.Module, name string) (ok bool, err error) {
	for _, f := range functions {
		code, isCode := f.fn.([]byte)
		switch {
		case f.name != name || isCode && len(code) == 0:
		case isCode:
			return true, m.Define(name, jit.Signature{}, &asm.Code{
				Bytes: code, Align: 1, CodeSize: uint32(len(code)), FrameSize: 8,
				Unwind: []asm.UnwindRow{{CFA: 8}, {Offset: 2, CFA: 16}, {Offset: uint32(len(code) - 1), CFA: 8}},
			})
		case f.sig != nil:
			return true, m.HostRaw(name, f.sig(), f.fn.(jit.HostFunc))
		default:
			return true, m.Host(name, f.fn)
		}
	}
	return false, nil
}

// fma64 returns x*y+z, rounded once; a NaN is quiet, which math.FMA does not promise.
func fma64(x, y, z float64) float64 {
	return quiet(math.FMA(x, y, z))
}

// quiet returns x, or if it is a signalling NaN the quiet one with the same payload.
func quiet(x float64) float64 {
	if math.IsNaN(x) {
		return x + x
	}
	return x
}

// fma32 returns x*y+z, rounded once.
//
// The product of two float32 is exact in float64. If the sum with z is not, it is rounded to odd: of the two neighbours
// the one whose last bit is set. Rounding that to float32 gives the same as rounding the exact sum, because float64 has
// more than two bits more (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums", 2008).
func fma32(x, y, z float32) float32 {
	p, c := float64(x)*float64(y), float64(z)
	s := p + c
	if math.IsNaN(s) || math.IsInf(s, 0) {
		return float32(s)
	}
	// The error of the sum, exactly (Knuth, The Art of Computer Programming 2, 4.2.2).
	v := s - p
	e := (p - (s - v)) + (c - v)
	if b := math.Float64bits(s); e != 0 && b&1 == 0 {
		if (e > 0) == (s > 0) {
			s = math.Float64frombits(b + 1)
		} else {
			s = math.Float64frombits(b - 1)
		}
	}
	return float32(s)
}

func memory(addr uintptr, n uintptr) []byte { return unsafe.Slice((*byte)(native.Ptr(addr)), n) }

func memmove(dst, src, n uintptr) uintptr {
	if n > 0 {
		copy(memory(dst, n), memory(src, n))
	}
	return dst
}

func memset(dst uintptr, c int32, n uintptr) uintptr {
	if n > 0 {
		b := memory(dst, n)
		b[0] = byte(c)
		for done := 1; done < len(b); done *= 2 {
			copy(b[done:], b[:done])
		}
	}
	return dst
}

func memcmp(a, b, n uintptr) int32 {
	if n == 0 {
		return 0
	}
	return int32(bytes.Compare(memory(a, n), memory(b, n)))
}

func pshufbSignature() jit.Signature {
	return jit.SystemV(slices.Repeat([]jit.Kind{jit.V128}, 2), []jit.Kind{jit.V128})
}

// pshufb picks bytes of its first operand by the low four bits of those of its second; zero where the top bit is set.
func pshufb(c *jit.Call) {
	a, r := c.Args(), c.Results()
	for i := range 16 {
		sel := a[2+i/8] >> (i % 8 * 8)
		if sel&0x80 == 0 {
			b := a[sel>>3&1] >> (sel & 7 * 8) & 0xff
			r[i/8] |= b << (i % 8 * 8)
		}
	}
}
