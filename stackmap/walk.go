package stackmap

import (
	"encoding/binary"
	"iter"
)

// Func is a function of a table.
type Func struct {
	Start, Size uint32 // in the text, in bytes
	Frame       uint32 // distance from the nominal stack pointer to the frame pointer, in bytes
	Safepoints  int
	Complete    bool // all calls are recorded

	group, entry int
}

func (t *Table) funcOf(f *function, group, entry int) Func {
	return Func{f.start, f.size, f.frame, f.n, f.flags&flagComplete != 0, group, entry}
}

// entry returns the start of the function of an entry, and whether there is one. The first entry of a group must have one,
// and so must the one before any that has.
func (t *Table) entry(group, entry int) (start uint32, ok bool, err error) {
	at := (group*groupFuncs + entry) * dirEntry
	s := binary.LittleEndian.Uint16(t.dir[at:])
	if s == noFunc && entry > 0 {
		return 0, false, nil
	}
	first := u32(t.starts, group*startEntry)
	if s == noFunc || (s == 0) != (entry == 0) || uint64(first)+uint64(s) > 1<<32-1 {
		return 0, false, t.bad(len(t.bodies)+len(t.starts)+len(t.heads)+at, "start %#x of function %d of a group", s, entry)
	}
	return first + uint32(s), true, nil
}

// Funcs yields the functions of the table in the order of their code. An error comes last.
func (t *Table) Funcs() iter.Seq2[Func, error] {
	return func(yield func(Func, error) bool) {
		var f function
		for g := range t.groups {
			for e := range groupFuncs {
				start, ok, err := t.entry(g, e)
				if err == nil && !ok {
					break
				}
				if err == nil {
					f.start = start
					err = t.head(g, e, &f)
				}
				if err != nil {
					yield(Func{}, err)
					return
				}
				if !yield(t.funcOf(&f, g, e), nil) {
					return
				}
			}
		}
	}
}

// FuncAt returns the function that pc lies in, and whether there is one.
func (t *Table) FuncAt(pc uint32) (fn Func, ok bool, err error) {
	var f function
	group, entry, start, ok := t.find(pc)
	if !ok {
		return Func{}, false, nil
	}
	f.start = start
	if err := t.head(group, entry, &f); err != nil {
		return Func{}, false, err
	}
	if pc-start >= f.size {
		return Func{}, false, nil
	}
	return t.funcOf(&f, group, entry), true, nil
}

// Safepoints yields the safepoints of f, which Funcs or FuncAt of the same table returned: the return address from the
// start of the text, and the map, which is valid until the next one. An error comes last, with a nil map.
func (t *Table) Safepoints(f Func) iter.Seq2[uint32, *Map] {
	return func(yield func(uint32, *Map) bool) {
		m := &Map{}
		m.fn.start = f.Start
		if f.group < 0 || f.group >= t.groups || t.head(f.group, f.entry, &m.fn) != nil {
			yield(0, nil)
			return
		}
		if _, err := t.each(m, func(pc uint32) bool { return yield(pc, m) }); err != nil {
			yield(0, nil)
		}
	}
}

// each calls fn for each safepoint of m.fn, with its map in m, and returns where the function's body ends, if fn does not
// end the walk before.
func (t *Table) each(m *Map, fn func(pc uint32) bool) (end int, err error) {
	f := &m.fn
	ret, at := uint32(0), f.chunk
	if len(f.skips) > 0 {
		_, at = f.skip(0)
	}
	for chunk := 0; chunk*chunkPoints < f.n; chunk++ {
		if len(f.skips) > 0 {
			if pc, place := f.skip(chunk); pc != ret || place != at {
				return 0, t.bad(at, "skip of chunk %d of the function at %#x leads to another place", chunk, f.start)
			}
		}
		c := cursor{b: t.bodies, at: at}
		var rets [chunkPoints]uint32
		n := f.count(chunk)
		for i := range n {
			d := uint64(c.u()) << t.pcShift
			if c.bad || d == 0 || uint64(ret)+d >= uint64(f.size) {
				return 0, t.bad(c.at, "return address %#x after %#x in a function of %#x bytes", uint64(ret)+d, ret, f.size)
			}
			ret += uint32(d)
			rets[i] = ret
		}
		at = c.at
		m.t = nil
		m.clear(f)
		for _, rel := range rets[:n] {
			if at, err = t.apply(m, at, 1); err != nil {
				return 0, err
			}
			m.t, m.pc = t, f.start+rel
			if err := m.check(); err != nil {
				return 0, err
			}
			if !fn(m.pc) {
				return at, nil
			}
		}
	}
	return at, nil
}

// Validate reads the whole table and returns the first thing that is wrong with it, or nil. Lookups in a valid table
// give no FormatError, and find each safepoint.
func (t *Table) Validate() error {
	v := validator{t: t, body: headerSize}
	for g := range t.groups {
		if err := v.group(g); err != nil {
			return err
		}
	}
	switch {
	case v.body != len(t.bodies):
		return t.bad(v.body, "%d bytes between the last body and the starts", len(t.bodies)-v.body)
	case v.skips != len(t.skips):
		return t.bad(len(t.data), "%d bytes of skips behind the last", len(t.skips)-v.skips)
	case v.funcs != t.funcs:
		return t.bad(8, "%d functions, found %d", t.funcs, v.funcs)
	}
	return nil
}

// validator knows what a valid table has up to some function.
type validator struct {
	t     *Table
	m     Map
	end   uint32 // of the last function
	body  int    // end of its body
	skips int    // end of its skips
	funcs int
}

func (v *validator) group(g int) error {
	t := v.t
	for e := range groupFuncs {
		start, ok, err := t.entry(g, e)
		if err != nil {
			return err
		}
		if !ok {
			for ; e < groupFuncs; e++ {
				if _, ok, _ := t.entry(g, e); ok {
					return t.bad(len(t.bodies), "group %d has a function behind its end", g)
				}
			}
			return nil
		}
		if err := v.function(g, e, start); err != nil {
			return err
		}
	}
	return nil
}

func (v *validator) function(g, e int, start uint32) error {
	t, f := v.t, &v.m.fn
	f.start = start
	if err := t.head(g, e, f); err != nil {
		return err
	}
	if f.start < v.end || uint64(f.start)+uint64(f.size) > 1<<32-1 {
		return t.bad(f.chunk, "function from %#x, %#x bytes, after one that ends at %#x", f.start, f.size, v.end)
	}
	if len(f.skips) > 0 {
		_, f.chunk = f.skip(0)
	}
	if at := f.bodyStart(); at != v.body {
		return t.bad(at, "body of the function at %#x, expected at byte %d", f.start, v.body)
	}
	if f.flags&flagBig == 0 && len(f.skips) > 0 {
		if cap(t.skips)-cap(f.skips) != v.skips {
			return t.bad(f.chunk, "skips of the function at %#x, expected at byte %d of the skips", f.start, v.skips)
		}
		v.skips += len(f.skips)
	}
	end, err := t.each(&v.m, func(uint32) bool { return true })
	if err != nil {
		return err
	}
	v.end, v.body = f.start+f.size, end
	v.funcs++
	return nil
}

// bodyStart returns where the body of f starts.
func (f *function) bodyStart() int {
	switch {
	case f.flags&flagBig != 0:
		return f.runs - len(f.skips)
	case f.flags&flagSingle != 0:
		return f.chunk
	}
	return f.runs
}
