package stackmap

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"davit/asm"
	"davit/ir/op"
)

func plain(offsets ...uint32) []Root {
	var rs []Root
	for _, o := range offsets {
		rs = append(rs, Root{op.I32, o, NoBase})
	}
	return rs
}

// conformance is the second table of test 50: return addresses, frame sizes and offsets.
var conformance = []testPoint{
	{1, 4, plain(0)},
	{5, 200, plain(0, 4, 20, 180)},
	{200, 20, plain(12)},
	{600, 0, nil},
	{800, 20, plain(0, 4, 8, 12, 16)},
	{1200, 2000, plain(1800, 1804, 1808, 1900)},
}

// checkLookup compares what the table says for every address of the text with the functions.
func checkLookup(t *testing.T, tab *Table, fs []testFunc) {
	t.Helper()
	var m Map
	end := uint32(0)
	for i := range fs {
		f := &fs[i]
		for pc := end; pc < f.start; pc++ {
			if err := tab.Lookup(pc, &m); err != ErrNoFunction || m.Len() != 0 {
				t.Fatalf("%#x between functions: %v, %d roots", pc, err, m.Len())
			}
		}
		k := 0
		for rel := range f.size {
			err := tab.Lookup(f.start+rel, &m)
			if k < len(f.points) && f.points[k].ret == rel {
				p := &f.points[k]
				k++
				if err != nil || m.FrameSize != p.frame {
					t.Fatalf("%#x+%#x: %v, frame size %d, expected %d", f.start, rel, err, m.FrameSize, p.frame)
				}
				if got, want := canonical(m.AppendRoots(nil)), canonical(p.roots); !slices.Equal(got, want) || m.Len() != len(want) {
					t.Fatalf("%#x+%#x: %v, expected %v", f.start, rel, got, want)
				}
				continue
			}
			want := ErrNoMap
			if f.complete {
				want = ErrNotReturn
			}
			if err != want || m.Len() != 0 || m.FrameSize != 0 {
				t.Fatalf("%#x+%#x: %v, %d roots; expected %v", f.start, rel, err, m.Len(), want)
			}
		}
		end = f.start + f.size
	}
	for _, pc := range []uint32{end, end + 1, 1 << 31, ^uint32(0)} {
		if err := tab.Lookup(pc, &m); err != ErrNoFunction {
			t.Fatalf("%#x behind the last function: %v", pc, err)
		}
	}
}

func open(t testing.TB, b []byte) *Table {
	t.Helper()
	tab, err := Open(b)
	if err == nil {
		err = tab.Validate()
	}
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestConformance50_SectionRoundTrip(t *testing.T) {
	for _, points := range [][]testPoint{{{1, 4, plain(0)}}, conformance} {
		f := testFunc{start: 0, size: 2000, frame: 20, points: points}
		b, err := build([]testFunc{f})
		if err != nil {
			t.Fatal(err)
		}
		tab := open(t, b)
		checkLookup(t, tab, []testFunc{f})
		section, err := AppendWasmtime(nil, tab)
		if err != nil {
			t.Fatal(err)
		}
		wt, err := OpenWasmtime(section)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range points {
			frame, roots, err := wt.Lookup(p.ret, nil)
			if len(p.roots) == 0 {
				if err != ErrNoMap || roots != nil {
					t.Errorf("%d, which has no roots: %v, %v", p.ret, roots, err)
				}
				continue
			}
			if err != nil || frame != p.frame || !slices.Equal(roots, p.roots) {
				t.Errorf("%d: frame %d, %v, %v; expected %d, %v", p.ret, frame, roots, err, p.frame, p.roots)
			}
		}
	}
}

// The layout of Wasmtime can key a map at the very start of the text, as test 50 has it.
func TestConformance50_WasmtimeLayout(t *testing.T) {
	section := []byte{}
	for _, x := range []uint32{2, 0, 4, 0, 3, 4, 1, 1, 200, 2, 1<<0 | 1<<1 | 1<<5, 1 << (45 - 32)} {
		section = append(section, byte(x), byte(x>>8), byte(x>>16), byte(x>>24))
	}
	wt, err := OpenWasmtime(section)
	if err != nil {
		t.Fatal(err)
	}
	for pc, want := range map[uint32][]Root{0: plain(0), 4: plain(0, 4, 20, 180)} {
		if _, roots, err := wt.Lookup(pc, nil); err != nil || !slices.Equal(roots, want) {
			t.Errorf("%d: %v, %v; expected %v", pc, roots, err, want)
		}
	}
	var w Writer
	if err := w.AddWasmtime(wt, nil); err == nil {
		t.Error("a return address at the start of a function was imported")
	}
}

func TestConformance51_LookupIsExact(t *testing.T) {
	fs := []testFunc{
		{start: 16, size: 1300, frame: 2000, points: conformance},
		{start: 1328, size: 1300, frame: 2000, complete: true, points: conformance},
	}
	b, err := build(fs)
	if err != nil {
		t.Fatal(err)
	}
	tab := open(t, b)
	var m Map
	for _, f := range fs {
		want := ErrNoMap
		if f.complete {
			want = ErrNotReturn
		}
		for _, p := range f.points {
			for _, pc := range []uint32{f.start + p.ret - 1, f.start + p.ret + 1, f.start} {
				if err := tab.Lookup(pc, &m); err != want || m.Len() != 0 {
					t.Errorf("%#x: %v, %d roots; expected %v", pc, err, m.Len(), want)
				}
			}
		}
	}
	for _, pc := range []uint32{0, 15, 1316, 1327, 1328 + 1300} {
		if err := tab.Lookup(pc, &m); err != ErrNoFunction {
			t.Errorf("%#x: %v, expected %v", pc, err, ErrNoFunction)
		}
	}
	checkLookup(t, tab, fs)
}

func TestDrift(t *testing.T) {
	fs := driftTable(7, 3000, op.I64)
	b, err := build(fs)
	if err != nil {
		t.Fatal(err)
	}
	checkLookup(t, open(t, b), fs)
}

func wildTable(seed uint64) []testFunc {
	rnd := rand.New(rand.NewPCG(seed, 2))
	var fs []testFunc
	start := uint32(0)
	for range 1 + rnd.IntN(30) {
		start += uint32(rnd.IntN(2) * rnd.IntN(20))
		f := wildFunc(rnd, start)
		start = f.start + f.size
		fs = append(fs, f)
	}
	return fs
}

func TestWild(t *testing.T) {
	n := uint64(60)
	if testing.Short() {
		n = 10
	}
	for seed := range n {
		fs := wildTable(seed)
		b, err := build(fs)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		tab := open(t, b)
		if fs[len(fs)-1].start < 1<<15 { // checkLookup tries each byte
			checkLookup(t, tab, fs)
		}
		checkIteration(t, tab, fs)
	}
}

func checkIteration(t *testing.T, tab *Table, fs []testFunc) {
	t.Helper()
	i := 0
	for f, err := range tab.Funcs() {
		if err != nil {
			t.Fatal(err)
		}
		want := &fs[i]
		i++
		if f.Start != want.start || f.Size != want.size || f.Frame != want.frame || f.Complete != want.complete || f.Safepoints != len(want.points) {
			t.Fatalf("function %+v, expected %+v", f, want)
		}
		for _, pc := range []uint32{want.start, want.start + want.size - 1} {
			if at, ok, err := tab.FuncAt(pc); !ok || err != nil || at != f {
				t.Fatalf("function at %#x: %+v, %v, %v; expected %+v", pc, at, ok, err, f)
			}
		}
		if next := want.start + want.size; i == len(fs) || fs[i].start > next {
			if _, ok, err := tab.FuncAt(next); ok || err != nil {
				t.Fatalf("function at %#x, between functions: %v, %v", next, ok, err)
			}
		}
		k := 0
		for pc, m := range tab.Safepoints(f) {
			p := &want.points[k]
			k++
			if pc != want.start+p.ret || m.FrameSize != p.frame || !slices.Equal(canonical(m.AppendRoots(nil)), canonical(p.roots)) {
				t.Fatalf("safepoint %#x, frame %d: %v; expected %+v", pc, m.FrameSize, m.AppendRoots(nil), p)
			}
			if !slices.Equal(slices.Collect(m.Roots()), m.AppendRoots(nil)) {
				t.Fatal("Roots and AppendRoots differ")
			}
		}
		if k != len(want.points) {
			t.Fatalf("%d safepoints of %d", k, len(want.points))
		}
	}
	if i != len(fs) || tab.NumFuncs() != i {
		t.Fatalf("%d functions, NumFuncs is %d, expected %d", i, tab.NumFuncs(), len(fs))
	}
}

func TestManyRoots(t *testing.T) {
	var roots []Root
	for i := range uint32(5000) {
		roots = append(roots, Root{op.I64, 8 * i, NoBase})
	}
	f := testFunc{size: 100, frame: 1 << 17, points: []testPoint{
		{5, 1 << 17, roots}, {10, 1 << 17, roots[100:]}, {15, 1 << 17, append(slices.Clone(roots[:4]), Root{op.I64, 1<<17 - 8, NoBase})},
		{20, 1 << 17, roots}, {25, 1 << 17, nil},
	}}
	b, err := build([]testFunc{f})
	if err != nil {
		t.Fatal(err)
	}
	checkLookup(t, open(t, b), []testFunc{f})
	if len(b) > 1000 {
		t.Errorf("%d bytes: equal maps are not shared", len(b))
	}
}

func TestWide(t *testing.T) {
	f := testFunc{size: 1 << 24, frame: 64}
	for i := range uint32(100) {
		f.points = append(f.points, testPoint{(i + 1) * 100000, 64, plain(i % 16 * 4)})
	}
	b, err := build([]testFunc{f})
	if err != nil {
		t.Fatal(err)
	}
	checkIteration(t, open(t, b), []testFunc{f})
	var m Map
	for _, p := range f.points {
		if err := open(t, b).Lookup(p.ret, &m); err != nil || !slices.Equal(m.AppendRoots(nil), p.roots) {
			t.Fatalf("%#x: %v %v", p.ret, m.AppendRoots(nil), err)
		}
	}
}

func TestUnit(t *testing.T) {
	var w Writer
	if err := w.SetUnit(2); err != nil {
		t.Fatal(err)
	}
	f := testFunc{start: 8, size: 2000, frame: 16, complete: true, points: []testPoint{{400, 16, plain(4)}, {404, 16, nil}, {800, 16, plain(4, 8)}}}
	if err := f.addTo(&w); err != nil {
		t.Fatal(err)
	}
	b, err := w.AppendTo(nil)
	if err != nil {
		t.Fatal(err)
	}
	checkLookup(t, open(t, b), []testFunc{f})
	if err := w.Begin(4000, 100, 16, true); err != nil {
		t.Fatal(err)
	}
	w.Safepoint(5, nil)
	if err := w.End(); err == nil {
		t.Error("a return address that is no multiple of the unit was accepted")
	}
}

func TestAddCode(t *testing.T) {
	code := &asm.Code{Bytes: make([]byte, 64), FrameSize: 48, SlotArea: 16, Calls: []uint32{5, 10, 20, 30}, StackMaps: []asm.StackMap{
		{Offset: 10, FrameSize: 48, SlotArea: 16, Entries: []asm.StackMapEntry{{Type: uint16(op.I64), Offset: 8}, {Type: uint16(op.I32), Offset: 16}}},
		{Offset: 30, FrameSize: 48, SlotArea: 16, Entries: []asm.StackMapEntry{{Type: uint16(op.I64), Offset: 8}}},
	}}
	var w Writer
	if err := w.Add(32, code); err != nil {
		t.Fatal(err)
	}
	if err := w.Add(96, &asm.Code{Bytes: make([]byte, 10)}); err != nil {
		t.Fatal(err)
	}
	code.Calls = nil
	if err := w.Add(128, code); err != nil {
		t.Fatal(err)
	}
	b, err := w.AppendTo(nil)
	if err != nil {
		t.Fatal(err)
	}
	first, second := []Root{{op.I64, 24, NoBase}, {op.I32, 32, NoBase}}, []Root{{op.I64, 24, NoBase}}
	checkLookup(t, open(t, b), []testFunc{
		{32, 64, 48, true, []testPoint{{5, 48, nil}, {10, 48, first}, {20, 48, nil}, {30, 48, second}}},
		{128, 64, 48, false, []testPoint{{10, 48, first}, {30, 48, second}}},
	})
}

func TestWriterErrors(t *testing.T) {
	tests := []struct {
		name string
		f    testFunc
	}{
		{"return address at the end", testFunc{size: 10, frame: 8, points: []testPoint{{10, 8, nil}}}},
		{"return address at the start", testFunc{size: 10, frame: 8, points: []testPoint{{0, 8, nil}}}},
		{"descending", testFunc{size: 10, frame: 8, points: []testPoint{{5, 8, nil}, {5, 8, nil}}}},
		{"outside of the frame", testFunc{size: 10, frame: 8, points: []testPoint{{5, 8, plain(8)}}}},
		{"no type", testFunc{size: 10, frame: 8, points: []testPoint{{5, 8, []Root{{0, 0, NoBase}}}}}},
		{"no base", testFunc{size: 10, frame: 16, points: []testPoint{{5, 16, []Root{{op.I64, 0, 8}}}}}},
		{"empty", testFunc{size: 0}},
		{"too far", testFunc{start: 1 << 31, size: 1 << 31}},
		{"ambiguous base", testFunc{size: 10, frame: 16, points: []testPoint{{5, 16, []Root{{op.I64, 0, NoBase}, {op.I32, 0, NoBase}, {op.I64, 8, 0}}}}}},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			if b, err := build([]testFunc{x.f}); err == nil {
				t.Errorf("accepted: % x", b)
			}
		})
	}
	var w Writer
	good := testFunc{start: 100, size: 10, frame: 8, points: []testPoint{{5, 8, plain(0)}}}
	if err := good.addTo(&w); err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(109, 5, 0, true); err == nil {
		t.Error("overlapping functions were accepted")
	}
	if err := w.Begin(110, 5, 0, true); err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(120, 5, 0, true); err == nil {
		t.Error("Begin in a function was accepted")
	}
	if _, err := w.AppendTo(nil); err == nil {
		t.Error("AppendTo in a function was accepted")
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	if err := w.End(); err == nil {
		t.Error("End without Begin was accepted")
	}
	b, err := w.AppendTo(nil)
	if err != nil {
		t.Fatal(err)
	}
	checkLookup(t, open(t, b), []testFunc{good})
}

func TestDeterminism(t *testing.T) {
	fs := wildTable(5)
	first, err := build(fs)
	if err != nil {
		t.Fatal(err)
	}
	var w Writer
	for range 3 {
		for i := range fs {
			if err := fs[i].addTo(&w); err != nil {
				t.Fatal(err)
			}
		}
		b, err := w.AppendTo(nil)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b, first) {
			t.Fatal("a reused writer makes another table")
		}
		w.Reset()
	}
}

func TestAllocations(t *testing.T) {
	fs := driftTable(3, 2000, op.I64)
	var w Writer
	var b []byte
	write := func() {
		w.Reset()
		for i := range fs {
			if err := fs[i].addTo(&w); err != nil {
				t.Fatal(err)
			}
		}
		var err error
		if b, err = w.AppendTo(b[:0]); err != nil {
			t.Fatal(err)
		}
	}
	write()
	if n := testing.AllocsPerRun(3, write); n != 0 {
		t.Errorf("writing: %v allocations", n)
	}
	tab := open(t, b)
	var m Map
	var roots []Root
	read := func() {
		for i := range fs {
			for _, p := range fs[i].points {
				if err := tab.Lookup(fs[i].start+p.ret, &m); err != nil {
					t.Fatal(err)
				}
				roots = m.AppendRoots(roots[:0])
				for r := range m.Roots() {
					if r.Type != op.I64 {
						t.Fatal(r)
					}
				}
			}
		}
	}
	read()
	if n := testing.AllocsPerRun(3, read); n != 0 {
		t.Errorf("reading: %v allocations", n)
	}
}

func TestTablesOfASection(t *testing.T) {
	a, err := build(driftTable(1, 50, op.I64))
	if err != nil {
		t.Fatal(err)
	}
	b, err := build(driftTable(2, 50, op.I32))
	if err != nil {
		t.Fatal(err)
	}
	section := slices.Concat(a, make([]byte, 7), b, make([]byte, 3))
	var got [][]byte
	for tab, err := range Tables(section) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, tab.Bytes())
	}
	if len(got) != 2 || !bytes.Equal(got[0], a) || !bytes.Equal(got[1], b) {
		t.Errorf("%d tables", len(got))
	}
	n := 0
	for tab, err := range Tables(section[:len(a)+20]) {
		n++
		if n == 2 && (err == nil || tab != nil) {
			t.Error("a table that is cut off was accepted")
		}
	}
	if n != 2 {
		t.Errorf("%d steps", n)
	}
}

// Where functions crowd in a small part of the text, several groups start in one bucket.
func TestCrowdedBuckets(t *testing.T) {
	var fs []testFunc
	for _, start := range []uint32{0, 1 << 24, 1<<31 + 5} {
		for i := range uint32(300) {
			fs = append(fs, testFunc{start: start + 9*i, size: 8, frame: 16, complete: true, points: []testPoint{{2 + i%5, 16, plain(i % 4 * 4)}}})
		}
	}
	b, err := build(fs)
	if err != nil {
		t.Fatal(err)
	}
	tab := open(t, b)
	if u32(tab.blocks, 0)&crowded == 0 {
		t.Error("no bucket is crowded")
	}
	checkIteration(t, tab, fs)
	var m Map
	for _, f := range fs {
		for rel := range f.size + 1 {
			pc := f.start + rel
			err, want := tab.Lookup(pc, &m), ErrNotReturn
			switch rel {
			case f.points[0].ret:
				want = nil
				if roots := m.AppendRoots(nil); !slices.Equal(roots, f.points[0].roots) {
					t.Fatalf("%#x: %v, expected %v", pc, roots, f.points[0].roots)
				}
			case f.size:
				want = ErrNoFunction
			}
			if err != want {
				t.Fatalf("%#x: %v, expected %v", pc, err, want)
			}
		}
	}
}

// All lengths of windows, places of return addresses of one and two bytes, maps as bits and as changes, and big functions.
func TestWindows(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	var fs []testFunc
	start := uint32(3)
	for _, gap := range []int{1, 2, 5, 20, 100, 300, 2000} {
		for _, words := range []int{3, 12, 66, 67, 130, 255} {
			for _, n := range []int{1, 2, 9, 30} {
				f := testFunc{start: start, frame: uint32(8 * words), complete: n != 9}
				var roots []Root
				ret := uint32(0)
				for range n {
					ret += 1 + uint32(rnd.IntN(gap))
					for range rnd.IntN(4) {
						r := Root{op.I32, 8 * uint32(rnd.IntN(words)), NoBase}
						if k := slices.Index(roots, r); k >= 0 {
							roots = slices.Delete(roots, k, k+1)
						} else {
							roots = append(roots, r)
						}
					}
					f.points = append(f.points, testPoint{ret, f.frame, slices.Clone(roots)})
				}
				f.size = ret + 1 + uint32(rnd.IntN(gap))
				start += f.size + uint32(rnd.IntN(3))
				fs = append(fs, f)
			}
		}
	}
	b, err := build(fs)
	if err != nil {
		t.Fatal(err)
	}
	tab := open(t, b)
	checkLookup(t, tab, fs)
	checkIteration(t, tab, fs)
}

// Every change of one byte, and every cut, is either noticed or harmless: no panic, and a table that passes Validate
// can be read to its end.
func TestDamage(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 2))
	for _, fs := range [][]testFunc{wildTable(11)[:3], driftTable(1, 100, op.I64)} {
		good, err := build(fs)
		if err != nil {
			t.Fatal(err)
		}
		for i := range good {
			b := bytes.Clone(good)
			b[i] = []byte{0, 1, 0x7f, 0x80, 0xff, good[i] ^ 0x40}[rnd.IntN(6)]
			readAll(t, b)
			readAll(t, good[:i])
		}
	}
}

// Every value of every byte of small tables: of one function with one window, with several, and big.
func TestDamageOfSmallTables(t *testing.T) {
	points := []testPoint{{9, 64, plain(0, 8)}, {40, 64, nil}, {90, 64, plain(8, 56)}}
	for _, f := range []testFunc{
		{size: 100, frame: 64, points: points[:1]},
		{size: 100, frame: 64, points: points, complete: true},
		{start: 7, size: 5000, frame: 64, points: append(points[:3:3], testPoint{4000, 64, plain(8)})},
		{size: 100, frame: 64, points: []testPoint{{9, 64, []Root{{op.I64, 8, NoBase}, {op.I32, 3, NoBase}, {op.I64, 16, 8}}}}},
		{size: 1 << 17, frame: 64, points: points},
	} {
		good, err := build([]testFunc{f})
		if err != nil {
			t.Fatal(err)
		}
		for i := range good {
			b := bytes.Clone(good)
			for x := range 256 {
				b[i] = byte(x)
				readAll(t, b)
			}
		}
	}
}

// A group must not have a start behind its end, not even that of its first function.
func TestValidateGroupEnd(t *testing.T) {
	b, err := build([]testFunc{{size: 100, frame: 64, points: []testPoint{{9, 64, plain(0, 8)}}}})
	if err != nil {
		t.Fatal(err)
	}
	tab := open(t, b)
	at := len(tab.bodies) + len(tab.blocks) + groupStarts
	for i := 1; i < groupFuncs; i++ {
		bad := bytes.Clone(b)
		bad[at+2*i], bad[at+2*i+1] = 0, 0
		if tab, err := Open(bad); err == nil && tab.Validate() == nil {
			t.Errorf("start %d is 0, and the table valid", i)
		}
	}
}

// readAll reads what can be read of arbitrary bytes.
func readAll(t *testing.T, b []byte) {
	tab, err := Open(b)
	if err != nil {
		var f *FormatError
		if !errors.As(err, &f) {
			t.Fatalf("Open: %v is no FormatError", err)
		}
		return
	}
	valid := tab.Validate()
	var m Map
	var pcs []uint32
	for f, err := range tab.Funcs() {
		if err != nil {
			if valid == nil {
				t.Fatalf("a valid table fails: %v", err)
			}
			break
		}
		for pc, x := range tab.Safepoints(f) {
			if x == nil {
				if valid == nil {
					t.Fatal("a valid table has a bad safepoint")
				}
				break
			}
			pcs = append(pcs, pc)
		}
	}
	for _, pc := range append(pcs, 0, 1, 100, 1<<31, ^uint32(0)) {
		err := tab.Lookup(pc, &m)
		if err == nil {
			for r := range m.Roots() {
				if uint64(r.Offset)+uint64(r.Type.Bytes()) > uint64(m.FrameSize) {
					t.Fatalf("root %v outside of its frame of %d bytes", r, m.FrameSize)
				}
			}
			continue
		}
		if m.Len() != 0 {
			t.Fatalf("%v, and roots", err)
		}
		if valid == nil && !errors.Is(err, ErrNoFunction) && !errors.Is(err, ErrNoMap) && !errors.Is(err, ErrNotReturn) {
			t.Fatalf("a valid table gives %v", err)
		}
	}
	if valid == nil {
		for _, pc := range pcs {
			if err := tab.Lookup(pc, &m); err != nil {
				t.Fatalf("%#x, a safepoint of a valid table: %v", pc, err)
			}
		}
	}
}

func FuzzTable(f *testing.F) {
	for seed := range uint64(4) {
		for _, fs := range [][]testFunc{wildTable(seed)[:1], driftTable(seed, 10, op.I64)} {
			b, err := build(fs)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) { readAll(t, b) })
}

func FuzzWasmtime(f *testing.F) {
	b, err := build(driftTable(1, 5, op.I32))
	if err != nil {
		f.Fatal(err)
	}
	tab, err := Open(b)
	if err != nil {
		f.Fatal(err)
	}
	section, err := AppendWasmtime(nil, tab)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(section)
	f.Fuzz(func(t *testing.T, b []byte) {
		wt, err := OpenWasmtime(b)
		if err != nil {
			return
		}
		for i := range wt.Len() {
			_, _, _, _ = wt.At(i, nil)
		}
		var w Writer
		if err := w.AddWasmtime(wt, nil); err != nil {
			return
		}
		out, err := w.AppendTo(nil)
		if err != nil {
			t.Fatal(err)
		}
		tab := open(t, out)
		var m Map
		for i := range wt.Len() {
			pc, frame, roots, err := wt.At(i, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := tab.Lookup(pc, &m); err != nil || m.FrameSize != frame || !slices.Equal(canonical(roots), canonical(m.AppendRoots(nil))) {
				t.Fatalf("%#x: %v, %d, %v; expected %d, %v", pc, err, m.FrameSize, m.AppendRoots(nil), frame, roots)
			}
		}
	})
}

func ExampleTable_Lookup() {
	var w Writer
	_ = w.Begin(0x40, 0x30, 32, true)
	w.Safepoint(0x09, []Root{{op.I64, 8, NoBase}, {op.I64, 16, NoBase}})
	w.Safepoint(0x14, []Root{{op.I64, 8, NoBase}, {op.I64, 24, 8}})
	w.Safepoint(0x20, nil)
	_ = w.End()
	bytes, _ := w.AppendTo(nil)

	table, _ := Open(bytes)
	var m Map
	for _, pc := range []uint32{0x49, 0x54, 0x60, 0x61} {
		err := table.Lookup(pc, &m)
		fmt.Printf("%#x:", pc)
		for r := range m.Roots() {
			fmt.Printf(" %v at sp+%d", r.Type, r.Offset)
			if r.Derived() {
				fmt.Printf(" into sp+%d", r.Base)
			}
		}
		if err != nil {
			fmt.Printf(" %v", err)
		}
		fmt.Println()
	}
	// Output:
	// 0x49: i64 at sp+8 i64 at sp+16
	// 0x54: i64 at sp+8 i64 at sp+24 into sp+8
	// 0x60:
	// 0x61: stackmap: not a return address of the function, whose calls are all recorded
}
