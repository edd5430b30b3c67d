package frontend_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"davit/frontend"
	"davit/interp"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
)

// interval says that the values from lo to hi lead to the block that returns target.
type interval struct {
	lo, hi uint64
	target int64
}

// switchFunc builds a function of a value of type t that returns the target of its interval, -1 if there is none.
func switchFunc(t *testing.T, typ op.Type, cases []interval, targets int) *ir.Func {
	t.Helper()
	b, f := newFunc(checked, []op.Type{typ}, []op.Type{op.I64})
	ps := begin(b)
	blocks := make([]ir.Block, targets+1)
	for i := range blocks {
		blocks[i] = b.CreateBlock()
	}
	var s frontend.Switch
	for _, c := range cases {
		if c.lo == c.hi {
			s.Case(c.lo, blocks[c.target])
		} else {
			s.CaseRange(c.lo, c.hi, blocks[c.target])
		}
	}
	s.Emit(b, ps[0], blocks[targets])
	for i, blk := range blocks {
		b.SealBlock(blk)
		b.SwitchToBlock(blk)
		n := int64(i)
		if i == targets {
			n = -1
		}
		b.Return(b.Iconst(op.I64, n))
	}
	if err := b.Finalize(); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestSwitch compares random switches, run by the interpreter, with a search through their cases.
func TestSwitch(t *testing.T) {
	const targets = 6
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 0))
		typ := []op.Type{op.I8, op.I16, op.I32, op.I64, op.I128}[r.IntN(5)]
		limit := ^uint64(0)
		if typ.Bits() < 64 {
			limit = 1<<typ.Bits() - 1
		}
		var cases []interval
		at := r.Uint64N(limit) >> r.IntN(typ.Bits())
		for range r.IntN(40) {
			lo := at + []uint64{0, 0, 0, 1, r.Uint64N(5), r.Uint64N(1000), r.Uint64()}[r.IntN(7)]
			hi := lo
			if r.IntN(4) == 0 {
				hi += r.Uint64N(20)
			}
			if lo < at || hi < lo || hi >= limit {
				break
			}
			cases = append(cases, interval{lo, hi, int64(r.IntN(targets))})
			at = hi + 1
		}
		r.Shuffle(len(cases), func(i, k int) { cases[i], cases[k] = cases[k], cases[i] })
		f := switchFunc(t, typ, cases, targets)
		m, err := interp.NewModule([]*ir.Func{f}, interp.Options{})
		if err != nil {
			t.Fatal(err)
		}
		values := []uint64{0, 1, limit, limit - 1, limit / 2}
		for _, c := range cases {
			values = append(values, c.lo, c.hi, c.lo-1, c.hi+1)
		}
		for _, x := range values {
			x &= limit
			compareSwitch(t, m, typ, cases, x, 0)
			if typ == op.I128 {
				compareSwitch(t, m, typ, nil, x, 1) // no case is as large
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d\n%s", seed, f)
		}
	}
}

func compareSwitch(t *testing.T, m *interp.Module, typ op.Type, cases []interval, x, high uint64) {
	t.Helper()
	want := int64(-1)
	for _, c := range cases {
		if c.lo <= x && x <= c.hi {
			want = c.target
		}
	}
	rs, err := m.Call("f", []data.Value{data.FromBits(typ, x, high)})
	if err != nil {
		t.Fatal(err)
	}
	if rs[0].Int64() != want {
		t.Errorf("%v %#x, %#x leads to %v, expected %d", typ, high, x, rs[0], want)
	}
}

// TestSwitchShapes checks what switches are made of: tables where cases are dense, comparisons elsewhere.
func TestSwitchShapes(t *testing.T) {
	dense := make([]interval, 20)
	for i := range dense {
		dense[i] = interval{uint64(i) + 100, uint64(i) + 100, int64(i % 3)}
	}
	sparse := make([]interval, 20)
	for i := range sparse {
		sparse[i] = interval{uint64(i) * 100_000, uint64(i) * 100_000, int64(i % 3)}
	}
	for _, tt := range []struct {
		name             string
		cases            []interval
		tables, branches int
	}{
		{"none", nil, 0, 0},
		{"one", dense[:1], 0, 1},
		{"one range", []interval{{10, 20, 1}}, 0, 1},
		{"few", dense[:3], 0, 4},
		{"dense", dense, 1, 0},
		{"sparse", sparse, 0, 39},
		{"mixed", append(append([]interval{}, dense...), interval{1 << 30, 1 << 30, 1}, interval{1 << 20, 1 << 20, 2}), 1, 4},
	} {
		s := switchFunc(t, op.I32, tt.cases, 3).String()
		if got := fmt.Sprint(strings.Count(s, "br_table"), strings.Count(s, "brif")); got != fmt.Sprint(tt.tables, tt.branches) {
			t.Errorf("%s: %s tables and branches, expected %d %d\n%s", tt.name, got, tt.tables, tt.branches, s)
		}
	}
}

// TestMemoryCalls copies and fills memory, inline and by library calls.
func TestMemoryCalls(t *testing.T) {
	for _, n := range []uint64{0, 1, 2, 3, 7, 8, 13, 31, 64, 65, 200} {
		b, f := newFunc(checked, nil, []op.Type{op.I64, op.I64, op.I32})
		begin(b)
		src, dst := b.CreateStackSlot(256, 4), b.CreateStackSlot(256, 4)
		at := func(ss ir.StackSlot, off int32) ir.Value { return b.StackAddr(op.I64, ss, off) }
		b.FillBytes(ir.TrustedMem, at(src, 0), 0x5a, 256)
		b.FillBytes(ir.TrustedMem, at(dst, 0), 0x11, 256)
		b.CopyBytes(ir.TrustedMem, at(dst, 0), at(src, 0), n)
		b.FillBytes(ir.TrustedMem, at(src, 0), 0xc3, n)
		sum := func(ss ir.StackSlot) ir.Value {
			s := b.Iconst(op.I64, 0)
			for i := range int32(256) {
				s = b.Iadd(b.ImulImm(s, 31), b.Uextend(op.I64, b.Load(op.I8, ir.TrustedMem, at(ss, i), 0)))
			}
			return s
		}
		b.Return(sum(src), sum(dst), b.CallMemcmp(at(src, 0), at(dst, 0), b.Iconst(op.I64, int64(n))))
		if err := b.Finalize(); err != nil {
			t.Fatal(err)
		}
		m, err := interp.NewModule([]*ir.Func{f}, interp.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rs, err := m.Call("f", nil)
		if err != nil {
			t.Fatal(err)
		}
		want := func(first, rest uint64) (s uint64) {
			for i := range uint64(256) {
				if i < n {
					s = s*31 + first
				} else {
					s = s*31 + rest
				}
			}
			return s
		}
		if rs[0].Uint64() != want(0xc3, 0x5a) || rs[1].Uint64() != want(0x5a, 0x11) {
			t.Errorf("%d bytes: sums %v and %v", n, rs[0], rs[1])
		}
		if c := int32(rs[2].Uint64()); (c > 0) != (n > 0) {
			t.Errorf("%d bytes: memcmp gives %d", n, c)
		}
	}
}
