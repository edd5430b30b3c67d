package stackmap

import (
	"encoding/binary"
	"math/bits"
)

// windows returns the number of windows that the code of f, which is not big, is cut into.
func (t *Table) windows(f *function) int {
	return int((f.size-1)>>t.pcShift>>f.window) + 1
}

// chunkAt returns the place of the chunk of a window, 0 if there is none.
func (t *Table) chunkAt(f *function, window int) (int, error) {
	if t.windows(f) == 1 {
		return f.chunk, nil
	}
	at := (f.chunk + window) * skipSize
	if uint(at) > uint(len(t.skips)-skipSize) {
		return 0, t.bad(len(t.data), "skip of window %d of the function at %#x", window, f.start)
	}
	place := int(binary.LittleEndian.Uint16(t.skips[at:]))
	if place == noChunk {
		return 0, nil
	}
	return f.base + place, nil
}

// chunk is where the parts of the chunk of a window are in the bodies. From there, at least 8 bytes can be read: a group
// comes behind the bodies.
type chunk struct {
	n     int // safepoints
	width int // of the place of a return address
	rets  int
	maps  int
	bytes int // of the bits of a map
}

// openChunk returns the parts of the chunk that lies at a place.
func (t *Table) openChunk(f *function, at int) (c chunk, err error) {
	if uint(at) >= uint(len(t.bodies)) || at < headerSize {
		return c, t.bad(at, "chunk of the function at %#x", f.start)
	}
	c = chunk{int(t.data[at]), 1, at + 1, at + 1, (f.positions + 7) / 8}
	if f.window > byteWindow {
		c.width = 2
	}
	c.maps += c.n * c.width
	if c.maps > len(t.bodies) {
		return c, t.bad(at, "chunk of %d safepoints of the function at %#x", c.n, f.start)
	}
	return c, nil
}

// place returns the place of return address i in the window.
func (c *chunk) place(b []byte, i int) uint32 {
	if c.width == 2 {
		return u16(b, c.rets+2*i)
	}
	return uint32(b[c.rets+i])
}

const byteLanes = 0x0101_0101_0101_0101

// index returns which safepoint of the chunk has the return address with the given place in the window; at least c.n
// if none has.
func (c *chunk) index(b []byte, place uint32) int {
	if c.width == 2 {
		i := 0
		for i < c.n && u16(b, c.rets+2*i) != place {
			i++
		}
		return i
	}
	want := uint64(place) * byteLanes
	for i := 0; i < c.n; i += 8 {
		// The lowest byte that is equal gives the lowest upper bit of a byte.
		x := u64(b, c.rets+i) ^ want
		if x = (x - byteLanes) &^ x & (0x80 * byteLanes); x != 0 {
			return i + bits.TrailingZeros64(x)/8
		}
	}
	return c.n
}

// lookupWindow finds the map of the return address pc, from the start of the function of m, which is not big.
func (t *Table) lookupWindow(m *Map, pc uint32) error {
	f := &m.fn
	unit := pc >> t.pcShift
	at, err := t.chunkAt(f, int(unit>>f.window))
	if err != nil {
		return err
	}
	if at == 0 || pc != unit<<t.pcShift {
		return f.notFound()
	}
	c, err := t.openChunk(f, at)
	if err != nil {
		return err
	}
	i := c.index(t.data, unit&(1<<f.window-1))
	if i >= c.n {
		return f.notFound()
	}
	m.clear()
	if f.flags&flagChanges == 0 {
		return t.readBits(m, c.maps+i*c.bytes)
	}
	if err := t.readBits(m, c.maps); err != nil {
		return err
	}
	return t.change(m, c.maps+c.bytes, i)
}

// readBits reads a map given as bits.
func (t *Table) readBits(m *Map, at int) error {
	n := (m.fn.positions + 7) / 8
	if at > len(t.bodies)-n {
		return t.bad(at, "map of %d bytes of the function at %#x", n, m.fn.start)
	}
	last := uint64(0)
	if n <= 8 {
		m.low = u64(t.data, at) & (1<<(8*n) - 1)
		last = m.low
	} else {
		m.setBits(t.data[at : at+n])
		last = m.high[len(m.high)-1]
	}
	if last>>(m.fn.positions-64*len(m.high)) != 0 {
		return t.bad(at, "map with a root behind the last of %d", m.fn.positions)
	}
	return nil
}

// change carries out the changes that lead to the next n maps.
func (t *Table) change(m *Map, at, n int) error {
	for n > 0 {
		if at >= len(t.bodies) {
			return t.bad(at, "changes of the function at %#x reach behind the bodies", m.fn.start)
		}
		codes := u64(t.data, at)
		at += 8
		// Each byte of before counts the maps that end before this code. The code belongs to us if they are less than n.
		ends := codes >> 7 & byteLanes
		upTo := ends * byteLanes
		before := upTo - ends
		ours := ^(before + uint64(0x80-min(n, 16))*byteLanes) >> 7 & byteLanes
		m.low ^= flip(codes, ours)
		n -= int(upTo >> 56)
	}
	if m.low>>m.fn.positions != 0 {
		return t.bad(at, "map with a root behind the last of %d", m.fn.positions)
	}
	return nil
}

// changeOne carries out the changes that lead to the next map, and returns where they end.
func (t *Table) changeOne(m *Map, at int) (end int, err error) {
	for at < len(t.bodies) {
		codes := u64(t.data, at)
		last := codes & (codeLast * byteLanes)
		m.low ^= flip(codes, (last^(last-1))&byteLanes)
		if last != 0 {
			if m.low>>m.fn.positions != 0 {
				return 0, t.bad(at, "map with a root behind the last of %d", m.fn.positions)
			}
			return at + bits.TrailingZeros64(last)/8 + 1, nil
		}
		at += 8
	}
	return 0, t.bad(at, "changes of the function at %#x reach behind the bodies", m.fn.start)
}

// flip returns the bits of the positions that 8 codes change, without those codes whose byte in ours is 0.
func flip(codes, ours uint64) uint64 {
	c := codes >> 6 & ours
	x := c&1<<(codes&63) ^ c>>8&1<<(codes>>8&63)
	x ^= c>>16&1<<(codes>>16&63) ^ c>>24&1<<(codes>>24&63)
	x ^= c>>32&1<<(codes>>32&63) ^ c>>40&1<<(codes>>40&63)
	return x ^ c>>48&1<<(codes>>48&63) ^ c>>56&1<<(codes>>56&63)
}
