package stackmap

import (
	"math/rand/v2"
	"testing"

	"davit/ir/op"
)

// wasmtimeSize is the size of the layout of Wasmtime for functions with roots at multiples of 4 bytes.
func wasmtimeSize(fs []testFunc) (size, safepoints int) {
	size = 4
	for i := range fs {
		for _, p := range fs[i].points {
			safepoints++
			if len(p.roots) == 0 {
				continue
			}
			last := uint32(0)
			for _, r := range p.roots {
				last = max(last, r.Offset)
			}
			size += 16 + 4*((int(last)/4+1+31)/32)
		}
	}
	return size, safepoints
}

func TestSize(t *testing.T) {
	for _, typ := range []op.Type{op.I32, op.I64} {
		for seed := range uint64(5) {
			fs := driftTable(seed, 20000, typ)
			b, err := build(fs)
			if err != nil {
				t.Fatal(err)
			}
			anchor, n := wasmtimeSize(fs)
			per := float64(len(b)) / float64(n)
			t.Logf("%v, seed %d: %.2f bytes a safepoint, %.1f %% of Wasmtime's", typ, seed, per, 100*float64(len(b))/float64(anchor))
			if per > 8 || 3*len(b) > anchor {
				t.Errorf("%.2f bytes a safepoint, %d of %d bytes", per, len(b), anchor)
			}
		}
	}
}

// Functions of one safepoint each bear the whole head of the function.
func TestSizeOfSmallFunctions(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	var fs []testFunc
	start := uint32(0)
	for range 5000 {
		f := driftFunc(rnd, start, 1+rnd.IntN(2), 8, op.I64)
		start = (f.start + f.size + 15) &^ 15
		fs = append(fs, f)
	}
	b, err := build(fs)
	if err != nil {
		t.Fatal(err)
	}
	anchor, n := wasmtimeSize(fs)
	t.Logf("%.2f bytes a safepoint, %.1f %% of Wasmtime's", float64(len(b))/float64(n), 100*float64(len(b))/float64(anchor))
	if len(b) > anchor {
		t.Errorf("%d of %d bytes", len(b), anchor)
	}
}

// randomTable makes maps that have nothing to do with each other.
func randomTable(seed uint64, n, points int, stride uint32, density float64) []testFunc {
	rnd := rand.New(rand.NewPCG(seed, 3))
	var fs []testFunc
	start := uint32(0)
	for n > 0 {
		words := uint32(8 + rnd.IntN(57))
		f := testFunc{start: start, frame: 8 * words, complete: true}
		ret := uint32(0)
		for range 1 + rnd.IntN(points) {
			ret += 5 + uint32(rnd.IntN(300))
			p := testPoint{ret: ret, frame: f.frame}
			for off := uint32(0); off < f.frame; off += stride {
				if rnd.Float64() < density {
					p.roots = append(p.roots, Root{op.I32, off, NoBase})
				}
			}
			if len(p.roots) > 0 {
				f.points = append(f.points, p)
				n--
			}
		}
		f.size = ret + 20
		if len(f.points) > 0 {
			fs = append(fs, f)
		}
		start += f.size
	}
	return fs
}

func TestSizeOfIndependentMaps(t *testing.T) {
	for _, points := range []int{1, 20, 200} {
		for _, stride := range []uint32{4, 8} {
			for _, density := range []float64{0.02, 0.1, 0.5, 0.9} {
				fs := randomTable(uint64(points), 5000, points, stride, density)
				b, err := build(fs)
				if err != nil {
					t.Fatal(err)
				}
				anchor, n := wasmtimeSize(fs)
				t.Logf("up to %d safepoints, stride %d, density %.2f: %.2f bytes a safepoint, %.0f %% of Wasmtime's",
					points, stride, density, float64(len(b))/float64(n), 100*float64(len(b))/float64(anchor))
				if len(b) > anchor {
					t.Errorf("up to %d safepoints, stride %d, density %.2f: %d of %d bytes", points, stride, density, len(b), anchor)
				}
			}
		}
	}
}

// Safepoints that crowd in a function with few others make windows short, and their number must not grow for it.
func TestSizeOfCrowds(t *testing.T) {
	f := testFunc{size: 60_000, frame: 64, complete: true}
	for i := range uint32(100) {
		ret := 2 + 2*i
		if i >= 20 {
			ret = 600 * i
		}
		f.points = append(f.points, testPoint{ret, 64, plain(i % 8 * 8)})
	}
	b, err := build([]testFunc{f})
	if err != nil {
		t.Fatal(err)
	}
	anchor, n := wasmtimeSize([]testFunc{f})
	t.Logf("%.2f bytes a safepoint, %.0f %% of Wasmtime's", float64(len(b))/float64(n), 100*float64(len(b))/float64(anchor))
	if 3*len(b) > anchor {
		t.Errorf("%d of %d bytes", len(b), anchor)
	}
	checkLookup(t, open(t, b), []testFunc{f})
}

func benchTable(b *testing.B, fs []testFunc, withRoots bool) {
	data, err := build(fs)
	if err != nil {
		b.Fatal(err)
	}
	tab := open(b, data)
	rnd := rand.New(rand.NewPCG(1, 9))
	pcs := make([]uint32, 1<<16)
	n := 0
	for i := range fs {
		n += len(fs[i].points)
	}
	for i := range pcs {
		f := &fs[rnd.IntN(len(fs))]
		pcs[i] = f.start + f.points[rnd.IntN(len(f.points))].ret
	}
	b.ReportMetric(float64(len(data))/float64(n), "B/safepoint")
	var m Map
	var roots []Root
	b.ResetTimer()
	for i := range b.N {
		if err := tab.Lookup(pcs[i&(len(pcs)-1)], &m); err != nil {
			b.Fatal(err)
		}
		if withRoots {
			roots = m.AppendRoots(roots[:0])
		}
	}
}

// BenchmarkLookup finds random safepoints among 1,000,000.
func BenchmarkLookup(b *testing.B) {
	b.Run("mixed", func(b *testing.B) { benchTable(b, driftTable(1, 1_000_000, op.I64), false) })
	b.Run("mixed_with_roots", func(b *testing.B) { benchTable(b, driftTable(1, 1_000_000, op.I64), true) })
	b.Run("one_per_function", func(b *testing.B) { benchTable(b, randomTable(1, 1_000_000, 1, 8, 0.1), false) })
}

// BenchmarkWalk reads the roots of all safepoints in order.
func BenchmarkWalk(b *testing.B) {
	for _, c := range []struct {
		name string
		fs   []testFunc
	}{
		{"mixed", driftTable(1, 100_000, op.I64)},
		{"small_functions", randomTable(1, 100_000, 16, 8, 0.1)},
		{"one_per_function", randomTable(1, 100_000, 1, 8, 0.1)},
	} {
		b.Run(c.name, func(b *testing.B) {
			data, err := build(c.fs)
			if err != nil {
				b.Fatal(err)
			}
			tab := open(b, data)
			var roots []Root
			n := 0
			for b.Loop() {
				for f, err := range tab.Funcs() {
					if err != nil {
						b.Fatal(err)
					}
					for _, m := range tab.Safepoints(f) {
						roots = m.AppendRoots(roots[:0])
						n++
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/safepoint")
		})
	}
}

func BenchmarkRoots(b *testing.B) {
	fs := driftTable(1, 1000, op.I64)
	data, err := build(fs)
	if err != nil {
		b.Fatal(err)
	}
	tab := open(b, data)
	f := &fs[0]
	var m Map
	if err := tab.Lookup(f.start+f.points[len(f.points)-1].ret, &m); err != nil {
		b.Fatal(err)
	}
	sum := uint32(0)
	for range b.N {
		for r := range m.Roots() {
			sum += r.Offset
		}
	}
	b.ReportMetric(float64(m.Len()), "roots")
	_ = sum
}

func BenchmarkWrite(b *testing.B) {
	fs := driftTable(1, 10000, op.I64)
	var w Writer
	var out []byte
	n := 0
	for range b.N {
		w.Reset()
		for i := range fs {
			if err := fs[i].addTo(&w); err != nil {
				b.Fatal(err)
			}
		}
		var err error
		if out, err = w.AppendTo(out[:0]); err != nil {
			b.Fatal(err)
		}
		n += w.Safepoints()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/safepoint")
}
