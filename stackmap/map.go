package stackmap

import (
	"iter"
	"math/bits"

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
	bits []uint64 // a bit per position
}

// clear makes m an empty map of f, with at least one word of bits.
func (m *Map) clear(f *function) {
	m.FrameSize = f.frame
	m.bits = zeroed(m.bits, max(1, (f.positions+63)/64))
}

// Len returns the number of roots.
func (m *Map) Len() int {
	n := 0
	if m.t != nil {
		for _, x := range m.bits {
			n += bits.OnesCount64(x)
		}
	}
	return n
}

// Roots yields the roots: plain ones first, grouped by type, ascending by offset within a run.
func (m *Map) Roots() iter.Seq[Root] {
	return func(yield func(Root) bool) {
		if m.t == nil {
			return
		}
		w := walkRuns(m)
		for w.next() {
			for {
				r, ok := w.root()
				if !ok {
					break
				}
				if !yield(r) {
					return
				}
			}
		}
	}
}

// AppendRoots appends the roots to dst, in the order of Roots.
func (m *Map) AppendRoots(dst []Root) []Root {
	if m.t == nil {
		return dst
	}
	w := walkRuns(m)
	for w.next() {
		for {
			r, ok := w.root()
			if !ok {
				break
			}
			dst = append(dst, r)
		}
	}
	return dst
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
	return runWalk{m: m, c: cursor{b: m.t.bodies[:m.fn.runsEnd], at: m.fn.runs}}
}

// next moves to the next run. The head of the function has been read before, so the runs are where they should be.
func (w *runWalk) next() bool {
	f := &w.m.fn
	if f.flags&flagSingle != 0 {
		if w.end > 0 {
			return false
		}
		w.typ, w.first, w.log, w.end = f.typ, f.first, uint32(f.flags>>logShift), f.positions
		return true
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
		if x := w.m.bits[w.pos/64] >> (w.pos % 64); x != 0 {
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
	if m.fn.flags&flagFrames != 0 {
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
			if b := w.base(p); b >= plain || m.bits[b/64]>>(b%64)&1 == 0 {
				return m.t.bad(m.fn.runs, "derived root %d without its base, root %d", p, b)
			}
		}
	}
	return nil
}
