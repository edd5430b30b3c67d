package stackmap

import "iter"

// Func is a function of a table.
type Func struct {
	Start, Size uint32 // in the text, in bytes
	Frame       uint32 // distance from the nominal stack pointer to the frame pointer, in bytes
	Safepoints  int
	Complete    bool // all calls are recorded

	group, entry int
}

func (t *Table) funcOf(f *function, group, entry int) (Func, error) {
	n, err := t.count(f)
	return Func{f.start, f.size, f.frame, n, f.flags&flagComplete != 0, group, entry}, err
}

// count returns the number of safepoints of f.
func (t *Table) count(f *function) (n int, err error) {
	if f.flags&flagBig != 0 {
		return f.big.n, nil
	}
	for w := range f.windows {
		switch at := t.chunkAt(f, w); at {
		case 0:
		case noPlace:
			return 0, t.badSkip(f, w)
		default:
			k, _, ok := t.openChunk(f, at)
			if !ok {
				return 0, t.badChunk(f, at)
			}
			n += k
		}
	}
	return n, nil
}

func (t *Table) badSkip(f *function, window int) error {
	return t.bad(len(t.data), "skip of window %d of the function at %#x", window, f.start)
}

// entry returns the start of the function of an entry, and whether there is one. The first entry of a group must have one,
// and so must the one before any that has.
func (t *Table) entry(group, entry int) (start uint32, ok bool, err error) {
	at := group*groupSize + groupStarts + 2*entry
	s := u16(t.groups, at)
	if s == noFunc && entry > 0 {
		return 0, false, nil
	}
	first := t.groupStart(group)
	if s == noFunc || (s == 0) != (entry == 0) || uint64(first)+uint64(s) > 1<<32-1 {
		return 0, false, t.bad(len(t.bodies)+len(t.blocks)+at, "start %#x of function %d of a group", s, entry)
	}
	return first + s, true, nil
}

// Funcs yields the functions of the table in the order of their code. An error comes last.
func (t *Table) Funcs() iter.Seq2[Func, error] {
	return func(yield func(Func, error) bool) {
		var f function
		var fn Func
		for g := range t.numGroups() {
			for e := range groupFuncs {
				start, ok, err := t.entry(g, e)
				if err == nil && !ok {
					break
				}
				if err == nil {
					f.start = start
					err = t.head(g, e, &f)
				}
				if err == nil {
					fn, err = t.funcOf(&f, g, e)
				}
				if err != nil {
					yield(Func{}, err)
					return
				}
				if !yield(fn, nil) {
					return
				}
			}
		}
	}
}

// FuncAt returns the function that pc lies in, and whether there is one.
func (t *Table) FuncAt(pc uint32) (fn Func, ok bool, err error) {
	var f function
	group, entry, start, err := t.find(pc)
	if err == ErrNoFunction {
		return Func{}, false, nil
	}
	if err != nil {
		return Func{}, false, err
	}
	f.start = start
	if err := t.head(group, entry, &f); err != nil {
		return Func{}, false, err
	}
	if pc-start >= f.size {
		return Func{}, false, nil
	}
	fn, err = t.funcOf(&f, group, entry)
	return fn, err == nil, err
}

// Safepoints yields the safepoints of f, which Funcs or FuncAt of the same table returned: the return address from the
// start of the text, and the map, which is valid until the next one. An error comes last, with a nil map.
func (t *Table) Safepoints(f Func) iter.Seq2[uint32, *Map] {
	return func(yield func(uint32, *Map) bool) {
		m := &Map{}
		m.fn.start = f.Start
		if f.group < 0 || f.group >= t.numGroups() || t.head(f.group, f.entry, &m.fn) != nil {
			yield(0, nil)
			return
		}
		if _, err := t.each(m, yield); err != nil {
			m.t, m.FrameSize = nil, 0
			yield(0, nil)
		}
	}
}

// each calls yield for each safepoint of m.fn, with its map in m, and returns where the function's body ends, if yield does
// not end the walk before.
func (t *Table) each(m *Map, yield func(uint32, *Map) bool) (end int, err error) {
	if m.fn.flags&flagBig != 0 {
		return t.eachBig(m, yield)
	}
	f := &m.fn
	m.clear()
	if f.flags&flagSingle == 0 {
		end = f.runsEnd
	}
	for w := range f.windows {
		at := t.chunkAt(f, w)
		if at == 0 {
			continue
		}
		n, maps, ok := t.openChunk(f, at)
		if !ok || n == 0 || end != 0 && at != end {
			return 0, t.badChunk(f, at)
		}
		last := -1
		end = maps
		for i := range n {
			place := int(t.retAt(f, at+1, i))
			rel := (uint64(w)<<f.window + uint64(place)) << t.pcShift
			if place <= last || place>>f.window != 0 || rel == 0 || rel >= uint64(f.size) {
				return 0, t.bad(at, "return address %#x of window %d in a function of %#x bytes", rel, w, f.size)
			}
			last = place
			if i == 0 || f.flags&flagChanges == 0 {
				err = t.readBits(m, end)
				end += f.bytes
			} else {
				end, err = t.change(m, end, 1)
			}
			if err == nil && f.derived {
				m.t = t
				err = m.checkBases()
			}
			if err != nil {
				return 0, err
			}
			m.t, m.pc = t, f.start+uint32(rel)
			if !yield(m.pc, m) {
				return end, nil
			}
		}
	}
	if end > len(t.bodies) {
		return 0, t.bad(end, "body of the function at %#x reaches behind the bodies", f.start)
	}
	return end, nil
}

// eachBig is each for a big function.
func (t *Table) eachBig(m *Map, yield func(uint32, *Map) bool) (end int, err error) {
	f := &m.fn
	ret, at := uint32(0), f.chunk
	if len(f.big.skips) > 0 {
		_, at = f.skip(0)
	}
	for chunk := 0; chunk*chunkPoints < f.big.n; chunk++ {
		if len(f.big.skips) > 0 {
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
		m.clear()
		for _, rel := range rets[:n] {
			if at, err = t.apply(m, at, 1); err != nil {
				return 0, err
			}
			m.t, m.pc = t, f.start+rel
			if err := m.check(); err != nil {
				return 0, err
			}
			if !yield(m.pc, m) {
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
	for g := range t.numGroups() {
		if err := v.group(g); err != nil {
			return err
		}
	}
	switch {
	case v.body != len(t.bodies):
		return t.bad(v.body, "%d bytes between the last body and the blocks", len(t.bodies)-v.body)
	case v.skips != len(t.skips)/skipSize:
		return t.bad(len(t.data), "%d skips, found %d", len(t.skips)/skipSize, v.skips)
	case v.funcs != t.funcs:
		return t.bad(8, "%d functions, found %d", t.funcs, v.funcs)
	}
	return t.checkBlocks()
}

// checkBlocks makes sure that the blocks lead to the groups.
func (t *Table) checkBlocks() error {
	next, groups := 0, t.numGroups()
	for at := 0; at < len(t.blocks); at += blockSize {
		before, marks, end := makeBlock(uint32(at/blockSize), t.bucketShift, next, groups, t.groupStart)
		if u32(t.blocks, at) != before || u64(t.blocks, at+4) != marks {
			return t.bad(len(t.bodies)+at, "block %#x %#x, expected %#x %#x", u32(t.blocks, at), u64(t.blocks, at+4), before, marks)
		}
		next = end
	}
	if next != groups {
		return t.bad(len(t.bodies), "blocks of %d groups, expected %d", next, groups)
	}
	return nil
}

// makeBlock returns what is to be in a block, and the first group behind, which is at least next.
func makeBlock(block uint32, shift uint8, next, groups int, start func(group int) uint32) (before uint32, marks uint64, end int) {
	before = uint32(next)
	for ; next < groups; next++ {
		bucket := (start(next) - start(0)) >> shift
		if bucket/blockBuckets != block {
			break
		}
		mark := uint64(1) << (bucket % blockBuckets)
		if marks&mark != 0 {
			before |= crowded
		}
		marks |= mark
	}
	return before, marks, next
}

// validator knows what a valid table has up to some function.
type validator struct {
	t     *Table
	m     Map
	end   uint32 // of the last function
	body  int    // end of its body
	skips int    // number of skips up to then
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
				if _, ok, err := t.entry(g, e); ok || err != nil {
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
	at, err := t.bodyStart(f)
	if err != nil {
		return err
	}
	if at != v.body {
		return t.bad(at, "body of the function at %#x, expected at byte %d", f.start, v.body)
	}
	if f.flags&flagBig == 0 && f.windows > 1 {
		if f.chunk != v.skips {
			return t.bad(at, "skips of the function at %#x start with number %d, expected %d", f.start, f.chunk, v.skips)
		}
		v.skips += f.windows
	}
	end, err := t.each(&v.m, func(uint32, *Map) bool { return true })
	if err != nil {
		return err
	}
	v.end, v.body = f.start+f.size, end
	v.funcs++
	return nil
}

// bodyStart returns where the body of f starts.
func (t *Table) bodyStart(f *function) (int, error) {
	switch {
	case f.flags&flagBig != 0:
		return f.runs - len(f.big.skips), nil
	case f.flags&flagSingle == 0:
		return f.runs - sizeU(uint32(f.runsEnd-f.runs)), nil
	}
	for w := range f.windows {
		if at := t.chunkAt(f, w); at != 0 {
			return at, nil
		}
	}
	return 0, t.bad(f.chunk, "function at %#x without a safepoint", f.start)
}
