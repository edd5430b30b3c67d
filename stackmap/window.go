package stackmap

import "math/bits"

// noPlace is what chunkAt returns if a skip is damaged.
const noPlace = -1

// chunkAt returns the place of the chunk of a window of f, which is not big; 0 if there is none.
func (t *Table) chunkAt(f *function, window int) int {
	if f.windows == 1 {
		return f.chunk
	}
	at := (f.chunk + window) * skipSize
	if uint(at) >= uint(len(t.skips)) { // which is a multiple of skipSize
		return noPlace
	}
	if place := u16(t.skips, at); place != noChunk {
		return f.base + int(place)
	}
	return 0
}

// openChunk returns the number of safepoints of the chunk that lies at a place of the bodies, and where the maps are. The
// return addresses are in between. From there, at least 8 bytes can be read, as a group comes behind the bodies.
func (t *Table) openChunk(f *function, at int) (n, maps int, ok bool) {
	if uint(at) >= uint(len(t.bodies)) {
		return 0, 0, false
	}
	n = int(t.bodies[at])
	maps = at + 1 + n<<(f.wide&1)
	return n, maps, at >= headerSize && maps <= len(t.bodies)
}

func (t *Table) badChunk(f *function, at int) error {
	return t.bad(at, "chunk of the function at %#x", f.start)
}

const byteLanes = 0x0101_0101_0101_0101

// lookupWindow finds the map of the return address pc, from the start of the function of m, which is not big.
func (t *Table) lookupWindow(m *Map, pc uint32) error {
	f := &m.fn
	unit := pc >> (t.pcShift & 31)
	at := t.chunkAt(f, int(unit>>(f.window&31)))
	if at == 0 || pc != unit<<(t.pcShift&31) {
		return f.notFound()
	}
	n, maps, ok := t.openChunk(f, at)
	if !ok {
		return t.badChunk(f, at)
	}
	i := t.index(f, at+1, n, unit&(1<<(f.window&31)-1))
	if i >= n {
		return f.notFound()
	}
	m.clear()
	if f.flags&flagChanges == 0 {
		return t.readBits(m, maps+i*f.bytes)
	}
	if err := t.readBits(m, maps); err != nil {
		return err
	}
	_, err := t.change(m, maps+f.bytes, i)
	return err
}

// index returns which of the n safepoints, whose return addresses are at rets, has the given place in the window; at least n
// if none has.
func (t *Table) index(f *function, rets, n int, place uint32) int {
	if f.wide != 0 {
		i := 0
		for i < n && u16(t.data, rets+2*i) != place {
			i++
		}
		return i
	}
	want := uint64(place) * byteLanes
	for i := 0; i < n; i += 8 {
		// The lowest byte that is equal gives the lowest upper bit of a byte.
		x := u64(t.data, rets+i) ^ want
		if x = (x - byteLanes) &^ x & (0x80 * byteLanes); x != 0 {
			return i + bits.TrailingZeros64(x)/8
		}
	}
	return n
}

// retAt returns the place in the window of return address i of those at rets.
func (t *Table) retAt(f *function, rets, i int) uint32 {
	if f.wide != 0 {
		return u16(t.data, rets+2*i)
	}
	return uint32(t.data[rets+i])
}

// readBits reads a map given as bits.
func (t *Table) readBits(m *Map, at int) error {
	n, positions := m.fn.bytes, m.fn.positions
	if uint(at) > uint(len(t.bodies)-n) {
		return t.badMap(m, at)
	}
	if positions <= 64 {
		m.low = u64(t.data, at) & (1<<(8*uint(n)) - 1)
		if m.low>>uint(positions) != 0 {
			return t.badMap(m, at)
		}
		return nil
	}
	m.setBits(t.data[at : at+n])
	if m.high[len(m.high)-1]>>uint(positions-64*len(m.high)) != 0 {
		return t.badMap(m, at)
	}
	return nil
}

func (t *Table) badMap(m *Map, at int) error {
	return t.bad(at, "map of the function at %#x, expected at most %d positions in the bodies", m.fn.start, m.fn.positions)
}

// change carries out the changes that lead to the next n maps, and returns where they end. It takes 8 codes at a time, and
// no branch depends on them.
func (t *Table) change(m *Map, at, n int) (end int, err error) {
	low := m.low
	for n > 0 {
		if uint(at) >= uint(len(t.bodies)) {
			return 0, t.badMap(m, at)
		}
		codes := u64(t.data, at)
		// Each byte of before counts the maps that end before this code. The code belongs to us if they are less than n.
		ends := codes >> 7 & byteLanes
		upTo := ends * byteLanes
		before := upTo - ends
		ours := ^(before + uint64(0x80-min(n, 16))*byteLanes) >> 7 & byteLanes
		at += int(ours * byteLanes >> 56)
		n -= int(upTo >> 56)
		c := codes >> 6 & ours
		low ^= c&1<<(codes&63) ^ c>>8&1<<(codes>>8&63)
		low ^= c>>16&1<<(codes>>16&63) ^ c>>24&1<<(codes>>24&63)
		low ^= c>>32&1<<(codes>>32&63) ^ c>>40&1<<(codes>>40&63)
		low ^= c>>48&1<<(codes>>48&63) ^ c>>56&1<<(codes>>56&63)
	}
	m.low = low
	if low>>uint(m.fn.positions) != 0 {
		return 0, t.badMap(m, at)
	}
	return at, nil
}
