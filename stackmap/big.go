package stackmap

import "math/bits"

// bigFunction is what a lookup knows of a big function besides.
type bigFunction struct {
	n     int    // safepoints
	skips []byte // nil if there is one chunk
}

// bigHead reads what there is to know of the function whose chunks lie at a place of the bodies.
func (t *Table) bigHead(f *function, place int) error {
	b := t.bodies
	at := place - bigHead
	if at < headerSize || place > len(b) {
		return t.bad(place, "head of the function at %#x", f.start)
	}
	runs, n, positions := u32(b, at), u32(b, at+4), u32(b, at+12)
	f.size, f.frame = u32(b, at+8), u32(b, at+16)
	if n == 0 || int64(n) > int64(len(b)) || int64(runs) > int64(at-headerSize) || positions > maxPositions {
		return t.bad(at, "function at %#x with %d safepoints, %d roots and runs of %d bytes", f.start, n, positions, runs)
	}
	f.chunk, f.base, f.positions = place, place, int(positions)
	f.big.n, f.big.skips = int(n), nil
	if f.big.n > chunkPoints {
		size := (f.big.n + chunkPoints - 1) / chunkPoints * bigSkipSize
		start := at - int(runs) - size
		if start < headerSize {
			return t.bad(at, "skips of %d safepoints", n)
		}
		f.big.skips = b[start : start+size]
	}
	return t.checkRuns(f, at-int(runs), at)
}

// skip returns skip i of f: the return address before chunk i, and where that is.
func (f *function) skip(i int) (pc uint32, at int) {
	return u32(f.big.skips, i*bigSkipSize), f.base + int(u32(f.big.skips, i*bigSkipSize+4))
}

// seek returns the chunk that the return address pc, from the start of the function, is in if it is in any.
func (f *function) seek(pc uint32) (chunk int, from uint32, at int) {
	if len(f.big.skips) == 0 {
		return 0, 0, f.chunk
	}
	for n := len(f.big.skips) / bigSkipSize; n > 1; {
		half := n >> 1
		if u32(f.big.skips, (chunk+half)*bigSkipSize) < pc {
			chunk += half
		}
		n -= half
	}
	from, at = f.skip(chunk)
	return chunk, from, at
}

// lookupBig finds the map of the return address pc, from the start of the big function of m.
func (t *Table) lookupBig(m *Map, pc uint32) error {
	f := &m.fn
	chunk, from, at := f.seek(pc)
	index, at, err := t.seekIn(f, chunk, from, at, pc)
	if err != nil {
		return err
	}
	m.clear()
	_, err = t.apply(m, at, index+1)
	return err
}

// count returns the number of safepoints in a chunk.
func (f *function) count(chunk int) int { return min(chunkPoints, f.big.n-chunk*chunkPoints) }

// seekIn finds the return address pc in a chunk that lies at a place of the bodies: its index in the chunk, and where the
// maps of the chunk are.
func (t *Table) seekIn(f *function, chunk int, from uint32, at int, pc uint32) (index, maps int, err error) {
	b := t.bodies
	ret, want := uint64(from), uint64(pc)
	found, zero := uint64(0), uint64(0)
	for range f.count(chunk) {
		if uint(at) >= uint(len(b)) {
			return 0, 0, t.bad(at, "chunk of the function at %#x", f.start)
		}
		d := uint64(b[at])
		at++
		if d >= 0x80 {
			c := cursor{b: b, at: at - 1}
			if d, at = uint64(c.u()), c.at; c.bad {
				return 0, 0, t.bad(at, "return address of the function at %#x", f.start)
			}
		}
		zero |= d - 1
		ret += d << t.pcShift
		index += int((ret - want) >> 63)          // one more return address is smaller
		found |= (ret ^ want - 1) &^ (ret ^ want) // upper bit: they are equal
	}
	if zero>>63 != 0 || ret >= uint64(f.size) {
		return 0, 0, t.bad(at, "return addresses of the function at %#x", f.start)
	}
	if found>>63 == 0 {
		return 0, 0, f.notFound()
	}
	return index, at, nil
}

// apply applies n maps that lie at a place of the bodies to m, and returns where they end.
func (t *Table) apply(m *Map, at, n int) (end int, err error) {
	b := t.bodies
	low := m.low
	for n > 0 {
		if uint(at) >= uint(len(b)) {
			return 0, t.bad(at, "maps of the function at %#x reach behind the bodies", m.fn.start)
		}
		code := uint(b[at])
		at++
		if code&(codeMore-1)-1 < codeToggle-1 {
			m.low = low
			if at, err = t.special(m, at, byte(code&^codeMore)); err != nil {
				return 0, err
			}
			low = m.low
		} else {
			low ^= uint64(code>>6&1) << (code & 63)
		}
		n -= int(code>>7 ^ 1)
	}
	m.low = low
	last := low
	if n := len(m.high); n > 0 {
		last = m.high[n-1]
	}
	if last>>(m.fn.positions-64*len(m.high)) != 0 {
		return 0, t.bad(at, "map with a root behind the last of %d", m.fn.positions)
	}
	return at, nil
}

// special carries out a code other than nothing and a change of one of the first positions. The code lies before at.
func (t *Table) special(m *Map, at int, code byte) (end int, err error) {
	c := cursor{b: t.bodies, at: at}
	switch code {
	case codeEmpty:
		m.low = 0
		clear(m.high)
	case codeToggleBig:
		pos := uint64(c.u()) + toggleBias
		if pos >= uint64(m.fn.positions) {
			return 0, t.bad(at, "change of root %d of %d", pos, m.fn.positions)
		}
		m.high[pos/64-1] ^= 1 << (pos % 64)
	case codeFrame:
		m.FrameSize = bits.RotateLeft32(c.u(), 3)
		if !m.fn.framesChange() {
			return 0, t.bad(at, "frame size of a safepoint")
		}
	case codeRef:
		d := c.u()
		if int64(d) > int64(at-1-headerSize) || d == 0 {
			return 0, t.bad(at, "reference to a literal %d bytes back", d)
		}
		far := cursor{b: t.bodies, at: at - 1 - int(d)}
		lit := far.byte() &^ codeMore
		if lit&codeToggle != 0 || lit < codeLiteral {
			return 0, t.bad(at, "reference to a code %#x, which is no literal", lit)
		}
		if err := far.literal(t, m, lit); err != nil {
			return 0, err
		}
	default:
		if err := c.literal(t, m, code); err != nil {
			return 0, err
		}
	}
	if c.bad {
		return 0, t.bad(at, "code %d of a map does not fit", code)
	}
	return c.at, nil
}

// literal reads the bytes of a literal with the given code.
func (c *cursor) literal(t *Table, m *Map, code byte) error {
	n := int(code) - codeLiteral
	if n == 0 {
		n = int(c.u()) + maxShortBytes + 1
	}
	if c.bad || n > len(c.b)-c.at || n > (m.fn.positions+7)/8 {
		return t.bad(c.at, "literal of %d bytes for %d roots", n, m.fn.positions)
	}
	m.setBits(c.b[c.at : c.at+n])
	c.at += n
	return nil
}
