package stackmap

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// encode appends the body of the function and its entry.
func (w *Writer) encode() {
	npos := uint32(0)
	w.head = w.head[:0]
	for i := range w.runs {
		npos += w.runs[i].count
		w.appendRun(&w.runs[i])
	}
	if l, ok := w.layout(npos); ok {
		w.windows(l, npos)
	} else {
		w.bigBody(npos)
	}
}

// layout is how the body of a function that is not big looks.
type layout struct {
	window  uint8 // log2 of the length of a window, in units
	changes bool
	size    int // of skips and chunks, in bytes
}

const (
	minWindow = 5
	maxWindow = 12 // if there are several
	maxChunk  = 16 // safepoints
)

// layout chooses a layout, or tells that the function must be big, or is better off as such a one.
func (w *Writer) layout(npos uint32) (best layout, ok bool) {
	f := &w.fn
	if f.size > 1<<16-1 || npos > 255 || len(w.head) > 1<<12 || f.frame%8 != 0 || f.frame/8 > 255 ||
		slices.ContainsFunc(f.points, func(p point) bool { return p.frame != f.frame }) {
		return best, false
	}
	w.fillBits(npos)
	units := (f.size - 1) >> w.pcShift
	whole := uint8(max(1, bits.Len32(units)))
	bestCost := 0
	for window := whole; window >= min(minWindow, whole); window-- {
		skips := 0
		if window < whole {
			skips = int(units>>window+1) * skipSize
		}
		if ok && skips >= bestCost || len(f.points) == 1 && ok {
			break // and more so for shorter windows
		}
		if window > maxWindow && window < whole {
			continue
		}
		c := w.chunks(window)
		if c.longest > maxChunk {
			continue
		}
		places := len(f.points)
		if window > byteWindow {
			places *= 2
		}
		bytes := int(npos+7) / 8
		l := layout{window: window, size: skips + c.n + places + bytes*len(f.points)}
		// Time that lookups take counts as bytes that it is worth: what 8 bytes do not hold is read in a further step.
		if cost := l.size + c.latePoints; !ok || cost < bestCost {
			best, bestCost, ok = l, cost, true
		}
		l = layout{window, true, skips + c.n + places + bytes*c.n + c.codes}
		if cost := l.size + c.latePoints + c.lateCodes + len(f.points)/2; npos <= 64 && cost < bestCost {
			best, bestCost = l, cost
		}
	}
	// Maps of up to 64 positions may take 2 bytes more, since big functions are slower.
	limit := w.bigSize(npos)
	if npos <= 64 {
		limit += 2 * len(f.points)
	}
	return best, ok && best.size <= limit && best.size+len(w.head) < 1<<15
}

// fillBits makes the maps of the function as bits, and counts the changes.
func (w *Writer) fillBits(npos uint32) {
	f := &w.fn
	words := int(npos+63) / 64
	w.bits = zeroed(w.bits, words*len(f.points))
	w.codes = w.codes[:0]
	for i, p := range f.points {
		set := w.bits[i*words:][:words]
		for _, id := range w.ids[p.start:p.end] {
			pos := w.position[id]
			set[pos/64] |= 1 << (pos % 64)
		}
		n := 0
		for k, x := range set {
			if i > 0 {
				x ^= w.bits[(i-1)*words+k]
			}
			n += bits.OnesCount64(x)
		}
		w.codes = append(w.codes, uint8(max(1, n)))
	}
}

// chunkCounts is what the safepoints of a function amount to with windows of some length.
type chunkCounts struct {
	n          int // chunks
	longest    int // safepoints of a chunk
	codes      int // of changes
	latePoints int // safepoints that 8 or more of the chunk are before
	lateCodes  int // safepoints that more than 8 codes lead to
}

func (w *Writer) chunks(window uint8) (c chunkCounts) {
	last := ^uint32(0)
	n, codes := 0, 0
	for i := range w.fn.points {
		k := w.fn.points[i].pc >> w.pcShift >> window
		if k != last {
			last = k
			c.n++
			n, codes = 0, -int(w.codes[i])
		}
		if n++; n > 8 {
			c.latePoints++
		}
		if codes += int(w.codes[i]); codes > 8 {
			c.lateCodes++
		}
		c.longest = max(c.longest, n)
		if n > 1 {
			c.codes += int(w.codes[i])
		}
	}
	return c
}

// bigSize estimates the size of the body of the function as a big one.
func (w *Writer) bigSize(npos uint32) int {
	n, bytes := len(w.fn.points), int(npos+7)/8
	size := bigHead + n + (n+chunkPoints-1)/chunkPoints*bigSkipSize
	for _, codes := range w.codes {
		size += min(int(codes), 1+bytes)
	}
	return size
}

// openGroup makes room for another function in the last group, or starts a new one. Places and starts in a group must not
// exceed 16 bits; size is that of the body up to the last chunk, skips the number of the skips.
func (w *Writer) openGroup(size, skips int) *groupRow {
	n := len(w.groups)
	if n == 0 || w.inGroup == groupFuncs || w.fn.start-w.groups[n-1].start >= noFunc ||
		headerSize+len(w.out)-int(w.groups[n-1].body)+size >= noChunk || len(w.skips)-int(w.groups[n-1].skip)+skips >= 1<<16 {
		w.groups = append(w.groups, groupRow{start: w.fn.start, body: headerSize + uint32(len(w.out)), skip: uint32(len(w.skips))})
		w.entries = append(w.entries, make([]byte, groupFuncs*entrySize)...)
		w.inGroup = 0
		n++
		for i := range w.groups[n-1].starts {
			w.groups[n-1].starts[i] = noFunc
		}
	}
	g := &w.groups[n-1]
	g.starts[w.inGroup] = uint16(w.fn.start - g.start)
	w.inGroup++
	return g
}

// entry is the entry of the function that openGroup made room for.
func (w *Writer) entry() []byte {
	return w.entries[len(w.entries)-(groupFuncs-w.inGroup+1)*entrySize:][:entrySize]
}

// windows appends the body of a function that is not big.
func (w *Writer) windows(l layout, npos uint32) {
	f, le := &w.fn, binary.LittleEndian
	units := (f.size - 1) >> w.pcShift
	g := w.openGroup(sizeU(uint32(len(w.head)))+len(w.head)+l.size, int(units>>l.window)+1)
	e := w.entry()
	le.PutUint16(e[2:], uint16(f.size))
	e[4] = (l.window - 1) << windowShift
	if f.complete {
		e[4] |= flagComplete
	}
	if l.changes {
		e[4] |= flagChanges
	}
	e[5], e[6] = byte(f.frame/8), byte(npos)
	switch {
	case npos == 0:
		e[4] |= flagSingle
	case len(w.runs) == 1 && w.runs[0].first < 256 && w.runs[0].typ < firstType+256 && !w.runs[0].derived:
		e[4] |= flagSingle
		e[7], e[8], e[9] = byte(w.runs[0].first), byte(w.runs[0].typ-firstType), w.runs[0].log
	default:
		le.PutUint16(e[7:], uint16(headerSize+uint32(len(w.out))-g.body))
		w.out = appendU(w.out, uint32(len(w.head)))
		w.out = append(w.out, w.head...)
	}
	if units>>l.window == 0 {
		le.PutUint16(e, uint16(headerSize+uint32(len(w.out))-g.body))
		w.chunk(l, 0, len(f.points), npos)
		return
	}
	le.PutUint16(e, uint16(uint32(len(w.skips))-g.skip))
	i := 0
	for window := range units>>l.window + 1 {
		end := i
		for end < len(f.points) && f.points[end].pc>>w.pcShift>>l.window == window {
			end++
		}
		if i == end {
			w.skips = append(w.skips, noChunk)
			continue
		}
		w.skips = append(w.skips, uint16(headerSize+uint32(len(w.out))-g.body))
		w.chunk(l, i, end, npos)
		i = end
	}
}

// chunk appends the safepoints i to end-1 as the chunk of a window.
func (w *Writer) chunk(l layout, i, end int, npos uint32) {
	w.out = append(w.out, byte(end-i))
	for _, p := range w.fn.points[i:end] {
		place := p.pc >> w.pcShift & (1<<l.window - 1)
		w.out = append(w.out, byte(place))
		if l.window > byteWindow {
			w.out = append(w.out, byte(place>>8))
		}
	}
	bytes, words := int(npos+7)/8, int(npos+63)/64
	for k := i; k < end; k++ {
		if l.changes && k > i {
			w.appendChanges(w.bits[k-1] ^ w.bits[k])
			continue
		}
		for b := range bytes {
			w.out = append(w.out, byte(w.bits[k*words+b/8]>>(b%8*8)))
		}
	}
}

func (w *Writer) appendChanges(set uint64) {
	if set == 0 {
		w.out = append(w.out, codeSame|codeLast)
		return
	}
	for ; set != 0; set &= set - 1 {
		w.out = append(w.out, codeToggle|byte(bits.TrailingZeros64(set)))
	}
	w.out[len(w.out)-1] |= codeLast
}

// zeroed returns s with n zeros, in the same memory if it is large enough.
func zeroed(s []uint64, n int) []uint64 {
	if cap(s) < n {
		return make([]uint64, n)
	}
	s = s[:n]
	clear(s)
	return s
}
