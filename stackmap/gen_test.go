package stackmap

import (
	"math/rand/v2"
	"slices"

	"davit/ir/op"
)

// testFunc is a function as a naive table would hold it.
type testFunc struct {
	start, size, frame uint32
	complete           bool
	points             []testPoint
}

type testPoint struct {
	ret   uint32
	frame uint32
	roots []Root
}

func (f *testFunc) addTo(w *Writer) error {
	if err := w.Begin(f.start, f.size, f.frame, f.complete); err != nil {
		return err
	}
	for _, p := range f.points {
		w.SafepointFrame(p.ret, p.frame, p.roots)
	}
	return w.End()
}

func build(fs []testFunc) ([]byte, error) {
	var w Writer
	for i := range fs {
		if err := fs[i].addTo(&w); err != nil {
			return nil, err
		}
	}
	return w.AppendTo(nil)
}

// driftFunc makes a function of n safepoints whose live sets change by 0 to 3 roots from one to the next. The frame has
// the given number of words, of which all but two may hold roots of type t.
func driftFunc(rnd *rand.Rand, start uint32, n, words int, t op.Type) testFunc {
	f := testFunc{start: start, frame: uint32(8 * words), complete: true}
	live := make([]bool, words-2)
	for i := range live {
		live[i] = rnd.IntN(4) == 0
	}
	ret := uint32(0)
	for range n {
		ret += 5 + uint32(rnd.IntN(60))
		for range rnd.IntN(4) {
			k := rnd.IntN(len(live))
			live[k] = !live[k]
		}
		p := testPoint{ret: ret, frame: f.frame}
		for k, on := range live {
			if on {
				p.roots = append(p.roots, Root{t, uint32(8 * k), NoBase})
			}
		}
		f.points = append(f.points, p)
	}
	f.size = ret + 1 + uint32(rnd.IntN(40))
	return f
}

// driftTable makes functions of 1 to 200 safepoints and frames of 8 to 64 words until there are at least n safepoints.
func driftTable(seed uint64, n int, t op.Type) []testFunc {
	rnd := rand.New(rand.NewPCG(seed, 1))
	var fs []testFunc
	start := uint32(0)
	for n > 0 {
		f := driftFunc(rnd, start, 1+rnd.IntN(200), 8+rnd.IntN(57), t)
		n -= len(f.points)
		start = (f.start + f.size + 15) &^ 15
		fs = append(fs, f)
	}
	return fs
}

var rootTypes = []op.Type{op.I64, op.I32, op.I8, op.I16, op.F64, op.F32, op.I128, op.I64X2, op.I8X16, op.F32X2}

// wildFunc makes a function with all that the format can say.
func wildFunc(rnd *rand.Rand, start uint32) testFunc {
	n := 1 + rnd.IntN(1+rnd.IntN(80))
	words := 4 + rnd.IntN(1+rnd.IntN(300))
	f := testFunc{start: start, frame: uint32(8*words + rnd.IntN(2)*rnd.IntN(8)), complete: rnd.IntN(2) == 0}
	varying := rnd.IntN(4) == 0
	types := rootTypes[:1+rnd.IntN(len(rootTypes))]
	var pool []Root
	for range rnd.IntN(1 + rnd.IntN(400)) {
		t := types[rnd.IntN(len(types))]
		off := uint32(rnd.IntN(int(f.frame)))
		if rnd.IntN(8) > 0 {
			off &^= uint32(t.Bytes() - 1)
		}
		if off+uint32(t.Bytes()) <= f.frame {
			pool = append(pool, Root{t, off, NoBase})
		}
	}
	if rnd.IntN(3) == 0 && len(pool) > 0 {
		pool = onePerOffset(pool)
		bases := len(pool)
		for range rnd.IntN(10) {
			pool = append(pool, Root{op.I64, uint32(rnd.IntN(words)) * 8, pool[rnd.IntN(bases)].Offset})
		}
	}
	ret := uint32(0)
	density := rnd.IntN(5)
	for range n {
		ret += 1 + uint32(rnd.IntN(1+rnd.IntN(1<<uint(rnd.IntN(16)))))
		p := testPoint{ret: ret, frame: f.frame}
		switch {
		case rnd.IntN(3) == 0 && len(f.points) > 0:
			p.roots = f.points[rnd.IntN(len(f.points))].roots
			p.frame = max(p.frame, f.frame)
		default:
			p.roots = pick(rnd, pool, density)
		}
		if varying {
			p.frame += uint32(rnd.IntN(5))
		}
		f.points = append(f.points, p)
	}
	f.size = ret + 1 + uint32(rnd.IntN(100))
	return f
}

// onePerOffset drops roots so that offsets are unique.
func onePerOffset(pool []Root) []Root {
	seen := map[uint32]bool{}
	return slices.DeleteFunc(pool, func(r Root) bool {
		old := seen[r.Offset]
		seen[r.Offset] = true
		return old
	})
}

// pick chooses some roots, with the bases of derived ones.
func pick(rnd *rand.Rand, pool []Root, density int) []Root {
	var rs []Root
	for _, r := range pool {
		if rnd.IntN(1<<density) == 0 {
			rs = append(rs, r)
		}
	}
	for _, r := range rs {
		if r.Derived() {
			k := slices.IndexFunc(pool, func(b Root) bool { return !b.Derived() && b.Offset == r.Base })
			rs = append(rs, pool[k])
		}
	}
	return rs
}

// canonical sorts roots and drops duplicates.
func canonical(rs []Root) []Root {
	rs = slices.Clone(rs)
	slices.SortFunc(rs, func(a, b Root) int {
		if a.Type != b.Type {
			return int(a.Type) - int(b.Type)
		}
		if a.Offset != b.Offset {
			return int(a.Offset) - int(b.Offset)
		}
		return int(int64(a.Base) - int64(b.Base))
	})
	return slices.Compact(rs)
}
