//go:build linux

package jit

import (
	"fmt"
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
