package parts

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"davit/asm"
	"davit/bench/internal/inputs"
	"davit/bench/internal/measure"
	"davit/bench/internal/report"
	"davit/compile"
	"davit/ir/op"
	"davit/ir/text"
	"davit/stackmap"
)

// Maps measures the tables of stack maps against the layout of Wasmtime.
func Maps(e *Env) (*report.Section, error) {
	s := &report.Section{Title: "Stack maps", Text: `
Tables of stack maps in Davit's layout and in that of Wasmtime's section (read and written by the same package). "made" are
functions of 1 to 200 safepoints in which 0 to 3 roots come or go from one to the next; "real" are compiled functions of a
garbage-collected program, repeated up to the size. Lookups are of random return addresses; walking lists all safepoints with
their roots in order; encoding makes the table. Nanoseconds per safepoint.`}
	t := &report.Table{Head: []string{"safepoints", "bytes each", "Wasmtime's", "ratio", "lookup", "Wasmtime's", "ratio", "walk", "Wasmtime's", "encode", "Wasmtime's"}}
	sizes := []int{1000, 10_000, 100_000, 1_000_000}
	plot := &report.Plot{Name: "maps", Title: "Lookup of a return address", X: "safepoints", Y: "ns", LogX: true, Series: make([]report.Series, 2)}
	plot.Series[0].Name, plot.Series[1].Name = "Davit", "Wasmtime's layout"
	for _, n := range sizes[:e.pick(len(sizes), 3)] {
		e.logf("maps: %d safepoints", n)
		m, err := measureMaps(e, madeMaps(n))
		if err != nil {
			return nil, err
		}
		t.Add(append([]any{"made, " + report.Number(float64(m.points))}, m.cells()...)...)
		for i := range plot.Series {
			plot.Series[i].X = append(plot.Series[i].X, float64(m.points))
			plot.Series[i].Y = append(plot.Series[i].Y, m.lookup[i])
		}
	}
	if e.Corpus == "" {
		s.Missing = append(s.Missing, "real maps: there is no corpus beside the sources (../shared/corpus)")
	} else {
		codes, err := realMaps(e)
		if err != nil {
			return nil, err
		}
		for _, n := range sizes[:e.pick(len(sizes), 3)] {
			m, err := measureMaps(e, repeat(codes, n))
			if err != nil {
				return nil, err
			}
			t.Add(append([]any{"real, " + report.Number(float64(m.points))}, m.cells()...)...)
		}
	}
	s.Items = append(s.Items, t, plot)
	return s, nil
}

// madeMaps makes functions until they have n safepoints.
func madeMaps(n int) []*asm.Code {
	rnd := rand.New(rand.NewPCG(1, 1))
	var codes []*asm.Code
	for n > 0 {
		words := 8 + rnd.IntN(57)
		c := &asm.Code{FrameSize: uint32(8 * words)}
		live := make([]bool, words-2)
		for i := range live {
			live[i] = rnd.IntN(4) == 0
		}
		ret := uint32(0)
		for range min(n, 1+rnd.IntN(200)) {
			ret += 5 + uint32(rnd.IntN(60))
			for range rnd.IntN(4) {
				k := rnd.IntN(len(live))
				live[k] = !live[k]
			}
			m := asm.StackMap{Offset: ret, FrameSize: c.FrameSize}
			for k, on := range live {
				if on {
					m.Entries = append(m.Entries, asm.StackMapEntry{Type: uint16(op.I32), Offset: uint32(8 * k)})
				}
			}
			c.StackMaps = append(c.StackMaps, m)
			c.Calls = append(c.Calls, ret)
			n--
		}
		c.Bytes = make([]byte, ret+16)
		codes = append(codes, c)
	}
	return codes
}

// realMaps compiles the functions of the garbage-collected program of the corpus that have maps.
func realMaps(e *Env) ([]*asm.Code, error) {
	files, err := inputs.Read(filepath.Join(e.Corpus, "real", "flet_dart_gc"))
	if err != nil {
		return nil, err
	}
	t, err := inputs.Target()
	if err != nil {
		return nil, err
	}
	var c compile.Context
	var codes []*asm.Code
	for _, f := range files {
		file, errs := text.Parse(f.Text, text.Options{})
		if err := errs.Err(); err != nil {
			return nil, err
		}
		for _, fn := range file.Funcs {
			code, err := c.Compile(fn.Func, t)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.Path, err)
			}
			if len(code.StackMaps) > 0 {
				codes = append(codes, code)
			}
		}
	}
	return codes, nil
}

// repeat repeats functions until they have n safepoints.
func repeat(codes []*asm.Code, n int) []*asm.Code {
	var out []*asm.Code
	for n > 0 {
		for _, c := range codes {
			if n <= 0 {
				break
			}
			out = append(out, c)
			n -= len(c.Calls)
		}
	}
	return out
}

// mapResult holds figures per safepoint, of Davit's layout and of Wasmtime's.
type mapResult struct {
	points int
	bytes  [2]float64
	lookup [2]float64 // ns
	walk   [2]float64
	encode [2]float64
}

func (m *mapResult) cells() []any {
	return []any{m.bytes[0], m.bytes[1], m.bytes[0] / m.bytes[1], m.lookup[0], m.lookup[1], m.lookup[0] / m.lookup[1],
		m.walk[0], m.walk[1], m.encode[0], m.encode[1]}
}

func measureMaps(e *Env, codes []*asm.Code) (*mapResult, error) {
	var w stackmap.Writer
	var table []byte
	encode := func() error {
		w.Reset()
		start := uint32(0)
		for _, c := range codes {
			if err := w.Add(start, c); err != nil {
				return err
			}
			start = (start + uint32(len(c.Bytes)) + 15) &^ 15
		}
		var err error
		table, err = w.AppendTo(table[:0])
		return err
	}
	if err := encode(); err != nil {
		return nil, err
	}
	t, err := stackmap.Open(table)
	if err != nil {
		return nil, err
	}
	section, err := stackmap.AppendWasmtime(nil, t)
	if err != nil {
		return nil, err
	}
	other, err := stackmap.OpenWasmtime(section)
	if err != nil {
		return nil, err
	}
	m := &mapResult{points: w.Safepoints()}
	n := float64(m.points)
	m.bytes = [2]float64{float64(len(table)) / n, float64(len(section)) / n}
	long := time.Duration(e.pick(200, 20)) * time.Millisecond
	perPoint := func(work func()) float64 { return float64(measure.Times(long, work)) / n }
	m.encode[0] = perPoint(func() { encode() })
	m.encode[1] = perPoint(func() { section, _ = stackmap.AppendWasmtime(section[:0], t) })
	m.walk = [2]float64{perPoint(func() { walk(t) }), perPoint(func() { walkWasmtime(other) })}
	pcs := randomPCs(codes)
	m.lookup[0] = float64(measure.Times(long, func() { lookUp(t, pcs) })) / float64(len(pcs))
	m.lookup[1] = float64(measure.Times(long, func() { lookUpWasmtime(other, pcs) })) / float64(len(pcs))
	return m, nil
}

// randomPCs are return addresses with maps, in any order.
func randomPCs(codes []*asm.Code) []uint32 {
	rnd := rand.New(rand.NewPCG(2, 2))
	starts := make([]uint32, len(codes))
	at := uint32(0)
	for i, c := range codes {
		starts[i] = at
		at = (at + uint32(len(c.Bytes)) + 15) &^ 15
	}
	pcs := make([]uint32, 1<<16)
	for i := range pcs {
		k := rnd.IntN(len(codes))
		pcs[i] = starts[k] + codes[k].StackMaps[rnd.IntN(len(codes[k].StackMaps))].Offset
	}
	return pcs
}

// lookUp finds each of pcs and reads its roots.
func lookUp(t *stackmap.Table, pcs []uint32) {
	var m stackmap.Map
	var roots []stackmap.Root
	for _, pc := range pcs {
		if err := t.Lookup(pc, &m); err != nil {
			panic(err)
		}
		roots = m.AppendRoots(roots[:0])
	}
}

func lookUpWasmtime(t *stackmap.WasmtimeTable, pcs []uint32) {
	var roots []stackmap.Root
	for _, pc := range pcs {
		var err error
		// A call without roots has no record in this layout.
		if _, roots, err = t.Lookup(pc, roots[:0]); err != nil && err != stackmap.ErrNoMap {
			panic(err)
		}
	}
}

func walk(t *stackmap.Table) {
	var roots []stackmap.Root
	for f, err := range t.Funcs() {
		if err != nil {
			panic(err)
		}
		for _, m := range t.Safepoints(f) {
			roots = m.AppendRoots(roots[:0])
		}
	}
}

func walkWasmtime(t *stackmap.WasmtimeTable) {
	var roots []stackmap.Root
	for i := range t.Len() {
		var err error
		if _, _, roots, err = t.At(i, roots[:0]); err != nil {
			panic(err)
		}
	}
}
