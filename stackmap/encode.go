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
	size    int // of the chunks, in bytes
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
	whole := uint8(max(1, bits.Len32((f.size-1)>>w.pcShift)))
	bestCost := 0
	for window := min(minWindow, whole); window <= whole; window++ {
		if (window > maxWindow || len(f.points) == 1) && window != whole {
			continue
		}
		for _, changes := range []bool{false, true} {
			if changes && (npos > 64 || len(f.points) == 1) {
				continue
			}
			l := layout{window: window, changes: changes}
			if cost, fits := w.cost(&l, npos); fits && (!ok || cost < bestCost) {
				best, bestCost, ok = l, cost, true
			}
		}
	}
	return best, ok && best.size+len(w.head) < 1<<15 && (npos <= 64 || best.size <= w.bigSize(npos))
}

// fillBits makes the maps of the function as bits, and counts the changes.
func (w *Writer) fillBits(npos uint32) {
	f := &w.fn
	words := int(npos+63) / 64
	w.bits = zeroed(w.bits, words*len(f.points))
	w.codes = w.codes[:0]
	for i, p := range f.points {
		set := w.bits[i*words:][:words]
		for _, r := range f.roots[p.start:p.end] {
			pos := w.rootAt(r).pos
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

// cost sets the size of a layout, and returns it with the time that lookups take in bytes that it is worth. fits says whether
// the layout is possible.
func (w *Writer) cost(l *layout, npos uint32) (cost int, fits bool) {
	f, bytes := &w.fn, int(npos+7)/8
	chunks, n, codes, late, total := 0, 0, 0, 0, 0
	last := ^uint32(0)
	for i := range f.points {
		window := f.points[i].pc >> w.pcShift >> l.window
		if window != last {
			last = window
			chunks++
			n, codes = 1, 0
			continue
		}
		if n++; n > maxChunk {
			return 0, false
		}
		codes += int(w.codes[i])
		total += int(w.codes[i])
		// What 8 bytes do not hold is read in a further step.
		if l.changes && codes > 8 || n > 8 {
			late++
		}
	}
	l.size = chunks + len(f.points)
	if l.window > byteWindow {
		l.size += len(f.points)
	}
	if windows := int((f.size-1)>>w.pcShift>>l.window) + 1; windows > 1 {
		l.size += windows * skipSize
	}
	if !l.changes {
		l.size += len(f.points) * bytes
		return l.size + late, true
	}
	l.size += chunks*bytes + total
	return l.size + late + len(f.points)/2, true
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
