//go:build linux && amd64

package jit

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestSystemV(t *testing.T) {
	for _, c := range []struct {
		params, results []Kind
		want            string
	}{
		{nil, nil, " -> "},
		{[]Kind{I64, I8, F32, V128, I32}, []Kind{I64, F64}, "i7:8 i6:1 f0:4 f1:16 i2:4 -> i0:8 f0:8"},
		{[]Kind{I64, I64, I64, I64, I64, I64, I64, I8, I64}, nil, "i7:8 i6:8 i2:8 i1:8 i8:8 i9:8 s0:8 s8:1 s16:8 -> "},
		// A half of an i128 can be in a register and the other one on the stack.
		{[]Kind{I64, I128, I128, I128}, []Kind{I128}, "i7:8 i6:8,i2:8 i1:8,i8:8 i9:8,s0:8 -> i0:8,i2:8"},
		// Results that do not fit go to memory, and the pointer to it takes the first register.
		{[]Kind{I8, I16, I32, I64, F32, F64}, []Kind{I8, I16, I32, I64, F32, F64},
			"i6:1 i2:2 i1:4 i8:8 f0:4 f1:8 -> i0:1 i2:2 a0:4 a8:8 f0:4 f1:8"},
		{[]Kind{I32, I64, F32, F64, V128}, []Kind{I32, I64, F32, F64, V128}, "i6:4 i2:8 f0:4 f1:8 f2:16 -> i0:4 i2:8 f0:4 f1:8 a0:16"},
		{nil, []Kind{I64, I64, I64, V128}, " -> i0:8 i2:8 a0:8 f0:16"},
		{nil, []Kind{V128, V128, I64, I64, I64, V128}, " -> f0:16 f1:16 i0:8 i2:8 a0:8 a16:16"},
	} {
		s := SystemV(c.params, c.results)
		if err := s.check(); err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if got := places(s.Params) + " -> " + places(s.Results); got != c.want {
			t.Errorf("%s: %s, want %s", s, got, c.want)
		}
	}
}

// places prints parts as place, register or offset, and size.
func places(ps []Param) string {
	var out []string
	for _, p := range ps {
		var parts []string
		for _, t := range p.Parts {
			n := t.Offset
			if t.Place == IntReg || t.Place == FloatReg {
				n = uint32(t.Reg)
			}
			parts = append(parts, fmt.Sprintf("%c%d:%d", " ifsa"[t.Place], n, t.Bytes))
		}
		out = append(out, strings.Join(parts, ","))
	}
	return strings.Join(out, " ")
}

func TestSignatureErrors(t *testing.T) {
	one := func(k Kind, parts ...Part) Signature { return Signature{Params: []Param{{Kind: k, Parts: parts}}} }
	res := func(k Kind, parts ...Part) Signature { return Signature{Results: []Param{{Kind: k, Parts: parts}}} }
	for _, c := range []struct {
		sig  Signature
		want string
	}{
		{one(0), "unknown kind"},
		{one(99, Part{Place: IntReg, Bytes: 8}), "unknown kind"},
		{one(I64), "parts of 0 bytes for a value of 8 bytes"},
		{one(I64, Part{Bytes: 8}), "without a place"},
		{one(I64, Part{Place: IntReg, Bytes: 3}), "part of 3 bytes"},
		{one(I64, Part{Place: IntReg, Reg: rsp, Bytes: 8}), "integer register 4"},
		{one(I64, Part{Place: IntReg, Reg: 16, Bytes: 8}), "integer register 16"},
		{one(V128, Part{Place: IntReg, Bytes: 16}), "part of 16 bytes in integer register"},
		{one(F64, Part{Place: FloatReg, Reg: 16, Bytes: 8}), "float register 16"},
		{one(I64, Part{Place: Stack, Bytes: 8}), "an area of 0 bytes"},
		{one(I64, Part{Place: Area, Bytes: 8}), "an area of 0 bytes"},
		{res(I64, Part{Place: Stack, Bytes: 8}), "result 0: part of 8 bytes at offset 0 of an area of 0 bytes"},
		{res(I64, Part{Place: Area, Offset: 1 << 31, Bytes: 8}), "an area of 0 bytes"},
		{one(I64, Part{Place: IntReg, Bytes: 4}, Part{Place: IntReg, Reg: 1, Bytes: 4}), "not a whole word"},
		{one(I128, Part{Place: IntReg, Bytes: 8}, Part{Place: IntReg, Bytes: 8}), "used twice"},
		{Signature{StackBytes: 4}, "not a multiple of 8"},
		{Signature{StackBytes: 1 << 20}, "stack arguments"},
		{Signature{AreaBytes: 1 << 20}, "results in memory"},
		{Signature{AreaBytes: 8, AreaReg: rbx}, "hidden result pointer in register 3"},
	} {
		if err := newModule(t).Define("f", c.sig, addCode()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v, want %s", err, c.want)
		}
		if err := newModule(t).HostRaw("f", c.sig, func(*Call) {}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v, want %s", err, c.want)
		}
	}
}

// randomSignature places values anywhere that is allowed.
func randomSignature(rnd *rand.Rand) Signature {
	var s Signature
	ints := []uint8{rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11}
	floats := []uint8{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	pick := func(n int, memory Place, size *uint32, hidden bool) []Param {
		in, fl := append([]uint8(nil), ints...), append([]uint8(nil), floats...)
		rnd.Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
		rnd.Shuffle(len(fl), func(i, j int) { fl[i], fl[j] = fl[j], fl[i] })
		if hidden {
			s.AreaReg, in = in[0], in[1:]
		}
		part := func(bytes uint8, float bool) Part {
			switch {
			case rnd.IntN(4) == 0 || float && len(fl) == 0 || !float && len(in) == 0:
			case float:
				p := Part{Place: FloatReg, Reg: fl[0], Bytes: bytes}
				fl = fl[1:]
				return p
			default:
				p := Part{Place: IntReg, Reg: in[0], Bytes: bytes}
				in = in[1:]
				return p
			}
			p := Part{Place: memory, Bytes: bytes, Offset: *size + 8*uint32(rnd.IntN(2))}
			*size = p.Offset + max(uint32(bytes), 8)
			return p
		}
		ps := make([]Param, n)
		for i := range ps {
			k := I8 + Kind(rnd.IntN(int(V128)))
			ps[i].Kind = k
			if k == I128 {
				ps[i].Parts = []Part{part(8, false), part(8, false)}
			} else {
				ps[i].Parts = []Part{part(uint8(k.Bytes()), kinds[k].float)}
			}
		}
		return ps
	}
	s.Results = pick(rnd.IntN(12), Area, &s.AreaBytes, false)
	s.Params = pick(rnd.IntN(20), Stack, &s.StackBytes, s.AreaBytes > 0)
	s.CalleePops = rnd.IntN(2) == 0
	return s
}

// Values pass unchanged from Go through compiled code to a host function and back, wherever the signature puts them.
func TestRandomSignatures(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	random := func(ps []Param) []Value {
		vs := make([]Value, len(ps))
		for i := range vs {
			vs[i] = Bits(ps[i].Kind, rnd.Uint64(), rnd.Uint64())
		}
		return vs
	}
	for i := range scaled(500, 20_000) {
		m := newModule(t)
		s := randomSignature(rnd)
		in, out := random(s.Params), random(s.Results)
		check(t, m.HostRaw("host", s, func(c *Call) {
			if got := valuesFrom(s.Params, c.Args()); fmt.Sprint(got) != fmt.Sprint(in) {
				t.Errorf("signature %d %+v: arguments %v, want %v", i, s, got, in)
			}
			w := c.Results()
			for _, v := range out {
				w[0] = v.Lo
				if v.Kind.Words() == 2 {
					w[1] = v.Hi
				}
				w = w[v.Kind.Words():]
			}
		}))
		f := one(t, m, "f", s, code("e9 <host>"))
		got, err := f.Call(in...)
		check(t, err)
		if fmt.Sprint(got) != fmt.Sprint(out) {
			t.Errorf("signature %d %+v: results %v, want %v", i, s, got, out)
		}
		check(t, m.Close())
		if t.Failed() {
			break
		}
	}
}
