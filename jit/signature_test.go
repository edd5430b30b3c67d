//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// randomSignature places values anywhere that is allowed.
func randomSignature(rnd *rand.Rand) Signature {
	var s Signature
	pick := func(n int, memory Place, size *uint32, hidden bool, usable func(uint8) bool) []Param {
		var in, fl []uint8
		for r := range uint8(32) {
			if usable(r) {
				in = append(in, r)
			}
			if r < 16 {
				fl = append(fl, r)
			}
		}
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
			if k == I128 || k.Bytes() == 16 && !wideFloats {
				ps[i].Parts = []Part{part(8, false), part(8, false)}
			} else {
				ps[i].Parts = []Part{part(uint8(k.Bytes()), kinds[k].float)}
			}
		}
		return ps
	}
	s.Results = pick(rnd.IntN(12), Area, &s.AreaBytes, false, usableResult)
	s.Params = pick(rnd.IntN(20), Stack, &s.StackBytes, s.AreaBytes > 0, usableReg)
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
		f := one(t, m, "f", s, tailCode("host"))
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
