package stackmap

import (
	"iter"
	"math/bits"
	"slices"

	"davit/ir/op"
)

// Map is the stack map of one call: what Lookup found. It refers to the table. The zero value is ready for Lookup, and
// has no roots.
type Map struct {
	// FrameSize is the distance in bytes from the nominal stack pointer to the frame pointer, or to the return address
	// where none is kept. The nominal stack pointer of a frame is therefore its frame pointer less FrameSize.
	FrameSize uint32

	t    *Table // nil: no roots
	pc   uint32
	fn   function
	low  uint64   // a bit per position, of the first 64
	high []uint64 // and of the others
}

// clear makes m an empty map of its function.
func (m *Map) clear() {
	m.FrameSize = m.fn.frame
	m.low = 0
	if m.high = m.high[:0]; m.fn.positions > 64 {
		m.high = zeroed(m.high, (m.fn.positions-1)/64)
	}
}

// setBits puts the bits of bytes into m, which has positions for all of them.
func (m *Map) setBits(b []byte) {
	m.low = 0
	clear(m.high)
	for i, x := range b {
		if i < 8 {
			m.low |= uint64(x) << (8 * i)
		} else {
			m.high[i/8-1] |= uint64(x) << (i % 8 * 8)
		}
	}
}

// word returns the bits of positions 64*i to 64*i+63.
func (m *Map) word(i int) uint64 {
	if i == 0 {
		return m.low
	}
	return m.high[i-1]
}

func (m *Map) has(pos int) bool { return m.word(pos/64)>>(pos%64)&1 != 0 }

// Len returns the number of roots.
func (m *Map) Len() int {
	if m.t == nil {
		return 0
	}
	n := bits.OnesCount64(m.low)
	for _, x := range m.high {
		n += bits.OnesCount64(x)
	}
	return n
}

// Roots yields the roots: plain ones first, grouped by type, ascending by offset within a run.
func (m *Map) Roots() iter.Seq[Root] {
	return func(yield func(Root) bool) {
		switch {
		case m.t == nil:
		case m.fn.single && len(m.high) == 0:
			for x := m.low; x != 0; x &= x - 1 {
				if !yield(Root{m.fn.typ, m.fn.first + uint32(bits.TrailingZeros64(x))<<(m.fn.log&31), NoBase}) {
					return
				}
			}
		default:
			m.eachRoot(yield)
		}
	}
}

func (m *Map) eachRoot(yield func(Root) bool) {
	w := walkRuns(m)
	for w.next() {
		for r, ok := w.root(); ok; r, ok = w.root() {
			if !yield(r) {
				return
			}
		}
	}
}

// AppendRoots appends the roots to dst, in the order of Roots.
func (m *Map) AppendRoots(dst []Root) []Root {
	if m.t == nil {
		return dst
	}
	if !m.fn.single {
		w := walkRuns(m)
		for w.next() {
			for r, ok := w.root(); ok; r, ok = w.root() {
				dst = append(dst, r)
			}
		}
		return dst
	}
	dst = m.appendWord(dst, m.low, 0)
	for i, x := range m.high {
		dst = m.appendWord(dst, x, 64+64*uint32(i))
	}
	return dst
}

// appendWord appends the roots of 64 positions of the only run.
func (m *Map) appendWord(dst []Root, x uint64, pos uint32) []Root {
	typ, first, log := m.fn.typ, m.fn.first+pos<<(m.fn.log&31), m.fn.log&31
	// Four at a time, as the end of a loop over single ones would be mispredicted more often.
	n := len(dst) + bits.OnesCount64(x)
	dst = slices.Grow(dst, n+3-len(dst))
	for x != 0 {
		out := (*[4]Root)(dst[len(dst) : len(dst)+4])
		dst = dst[:len(dst)+4]
		for i := range out {
			out[i] = Root{typ, first + uint32(bits.TrailingZeros64(x))<<log, NoBase}
			x &= x - 1
		}
	}
	return dst[:n]
}

// runWalk goes over the runs of a map's function and the roots of the map in each.
type runWalk struct {
	m         *Map
	c         cursor
	typ       op.Type
	first     uint32
	log       uint32
	start     int // position of the first root of the run
	end       int // and behind the last
	pos       int // next position to look at
	derived   bool
	bases     cursor // derived: the next base
	basesSeen int    // position that it belongs to
}

func walkRuns(m *Map) runWalk {
	w := runWalk{m: m}
	if !m.fn.single {
		w.c = cursor{b: m.t.bodies[:m.fn.runsEnd], at: m.fn.runs}
	}
	return w
}

// next moves to the next run. The head of the function has been read before, so the runs are where they should be.
func (w *runWalk) next() bool {
	f := &w.m.fn
	if f.single {
		w.typ, w.first, w.log = f.typ, f.first, uint32(f.log)
		w.pos, w.end, w.derived = w.end, f.positions, false
		return w.pos < w.end
	}
	if w.c.at >= f.runsEnd {
		return false
	}
	w.typ = op.Type(firstType + w.c.u())
	w.first = w.c.u()
	count := w.c.u()
	w.start, w.end = w.end, w.end+int(count>>4)
	w.pos = w.start
	w.log = count & 7
	if w.derived = count&8 != 0; w.derived {
		w.bases, w.basesSeen = w.c, w.start
		for range w.end - w.start {
			w.c.u()
		}
	}
	return true
}

// position returns the next position of the run that the map has.
func (w *runWalk) position() (int, bool) {
	for w.pos < w.end {
		if x := w.m.word(w.pos/64) >> (w.pos % 64); x != 0 {
			p := w.pos + bits.TrailingZeros64(x)
			if p >= w.end {
				break
			}
			w.pos = p + 1
			return p, true
		}
		w.pos = w.pos/64*64 + 64
	}
	return 0, false
}

func (w *runWalk) offset(pos int) uint32 { return w.first + uint32(pos-w.start)<<w.log }

func (w *runWalk) root() (Root, bool) {
	p, ok := w.position()
	if !ok {
		return Root{}, false
	}
	r := Root{w.typ, w.offset(p), NoBase}
	if w.derived {
		r.Base = w.m.offsetOf(w.base(p))
	}
	return r, true
}

// base returns the position of the base of the derived root at position p; positions ascend from call to call.
func (w *runWalk) base(p int) int {
	b := uint32(0)
	for ; w.basesSeen <= p; w.basesSeen++ {
		b = w.bases.u()
	}
	return int(b)
}

// offsetOf returns the offset of the root at a position.
func (m *Map) offsetOf(pos int) uint32 {
	w := walkRuns(m)
	for w.next() {
		if pos < w.end {
			return w.offset(pos)
		}
	}
	return NoBase
}

// check makes sure of what the head of the function leaves open.
func (m *Map) check() error {
	if m.fn.framesChange() {
		if err := m.checkFrame(); err != nil {
			return err
		}
	}
	if m.fn.derived {
		return m.checkBases()
	}
	return nil
}

// checkFrame makes sure that the roots lie in the frame.
func (m *Map) checkFrame() error {
	w := walkRuns(m)
	for w.next() {
		for {
			p, ok := w.position()
			if !ok {
				break
			}
			if off := uint64(w.first) + uint64(p-w.start)<<w.log; off+uint64(w.typ.Bytes()) > uint64(m.FrameSize) {
				return m.t.bad(m.fn.runs, "%v at offset %d of a frame of %d bytes", w.typ, off, m.FrameSize)
			}
		}
	}
	return nil
}

// checkBases makes sure that derived roots have their bases, plain roots of the same map.
func (m *Map) checkBases() error {
	w := walkRuns(m)
	plain := 0
	for w.next() {
		if !w.derived {
			plain = w.end
			continue
		}
		for {
			p, ok := w.position()
			if !ok {
				break
			}
			if b := w.base(p); b >= plain || !m.has(b) {
				return m.t.bad(m.fn.runs, "derived root %d without its base, root %d", p, b)
			}
		}
	}
	return nil
}
