package stackmap

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// bigBody appends the body of a big function and its entry.
func (w *Writer) bigBody(npos uint32) {
	f, le := &w.fn, binary.LittleEndian
	chunks := (len(f.points) + chunkPoints - 1) / chunkPoints
	skips := 0
	if chunks > 1 {
		skips = chunks * bigSkipSize
	}
	// If the place does not fit, the group becomes one of its own, which counts places from here.
	g := w.openGroup(skips+len(w.head)+bigHead, 0)
	start := len(w.out) + skips + len(w.head) + bigHead
	if w.inGroup == 1 {
		g.body = headerSize + uint32(start)
	}
	e := w.entry()
	le.PutUint16(e, uint16(headerSize+uint32(start)-g.body))
	e[4] = flagBig
	if f.complete {
		e[4] |= flagComplete
	}
	if slices.ContainsFunc(f.points, func(p point) bool { return p.frame != f.frame }) {
		e[4] |= flagFrames
	}
	at := len(w.out)
	w.out = append(w.out, make([]byte, skips)...)
	w.out = append(w.out, w.head...)
	for _, x := range [...]uint32{uint32(len(w.head)), uint32(len(f.points)), f.size, npos, f.frame} {
		w.out = le.AppendUint32(w.out, x)
	}
	pc := uint32(0)
	for i := 0; i < len(f.points); i += chunkPoints {
		if chunks > 1 {
			le.PutUint32(w.out[at:], pc)
			le.PutUint32(w.out[at+4:], uint32(len(w.out)-start))
			at += bigSkipSize
		}
		pc = w.bigChunk(pc, f.points[i:min(i+chunkPoints, len(f.points))], npos)
	}
}

// bigChunk appends safepoints, of which the return address before is pc, and returns the last return address.
func (w *Writer) bigChunk(pc uint32, points []point, npos uint32) uint32 {
	for i := range points {
		w.out = appendU(w.out, (points[i].pc-pc)>>w.pcShift)
		pc = points[i].pc
	}
	words := int(npos+63) / 64
	for i := range w.sets {
		w.sets[i] = zeroed(w.sets[i], words)
	}
	frame := w.fn.frame
	for i := range points {
		p := &points[i]
		if p.frame != frame {
			frame = p.frame
			w.out = append(w.out, codeFrame|codeMore)
			w.out = appendU(w.out, bits.RotateLeft32(frame, -3))
		}
		w.appendMap(w.ids[p.start:p.end])
	}
	return pc
}

// appendMap writes the set of roots in the shortest of five ways: as a change from the map before, as a change from the
// empty map, as a reference to an equal literal, or as a literal.
func (w *Writer) appendMap(ids []uint32) {
	set, prev, diff := w.sets[0], w.sets[1], w.sets[2]
	clear(set)
	for _, id := range ids {
		pos := w.position[id]
		set[pos/64] |= 1 << (pos % 64)
	}
	for i := range set {
		diff[i] = set[i] ^ prev[i]
	}
	w.sets[0], w.sets[1] = prev, set
	change, fresh := toggleCost(diff), 1+toggleCost(set)
	if toggles := min(change, fresh); toggles > 2 {
		lit := w.literal(set)
		h := hashBytes(lit)
		row := w.litAt(h, lit)
		cost := 1 + len(lit)
		if len(lit) > maxShortBytes {
			cost += sizeU(uint32(len(lit) - maxShortBytes - 1))
		}
		if row.at != 0 {
			d := uint32(len(w.out)) - (row.at - 1)
			if ref := 1 + sizeU(d); ref <= min(cost, toggles-1) {
				w.out = append(w.out, codeRef)
				w.out = appendU(w.out, d)
				return
			}
		}
		if cost < toggles {
			w.appendLiteral(row, h, lit)
			return
		}
	}
	switch {
	case change == 0:
		w.out = append(w.out, codeSame)
	case change <= fresh:
		w.appendToggles(diff)
	case fresh == 1:
		w.out = append(w.out, codeEmpty)
	default:
		w.out = append(w.out, codeEmpty|codeMore)
		w.appendToggles(set)
	}
}

// toggleCost is the length of a set written as changes.
func toggleCost(set []uint64) int {
	if len(set) == 0 {
		return 0
	}
	n := bits.OnesCount64(set[0])
	for i, x := range set[1:] {
		n += bits.OnesCount64(x) * (1 + sizeU(uint32(i)*64+63))
	}
	return n
}

func (w *Writer) appendToggles(set []uint64) {
	last := 0
	for i, x := range set {
		for ; x != 0; x &= x - 1 {
			pos := uint32(i*64 + bits.TrailingZeros64(x))
			last = len(w.out)
			if pos < toggleBias {
				w.out = append(w.out, codeToggle|codeMore|byte(pos))
			} else {
				w.out = append(w.out, codeToggleBig|codeMore)
				w.out = appendU(w.out, pos-toggleBias)
			}
		}
	}
	w.out[last] &^= codeMore
}

// literal returns the bytes of a set that is not empty, without zeros at the end.
func (w *Writer) literal(set []uint64) []byte {
	b := w.litBytes[:0]
	for _, x := range set {
		b = binary.LittleEndian.AppendUint64(b, x)
	}
	w.litBytes = b
	for len(b) > 1 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return b
}

func hashBytes(b []byte) uint32 {
	h := uint64(len(b))
	for ; len(b) >= 8; b = b[8:] {
		h = (h ^ binary.LittleEndian.Uint64(b)) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	for _, x := range b {
		h = (h ^ uint64(x)) * 0x100000001b3
	}
	return uint32(h ^ h>>32)
}

// litAt returns the row of a literal; its at is 0 if there is none yet, else 1 + the place of its code.
func (w *Writer) litAt(h uint32, lit []byte) *litRow {
	if 2*w.litCount >= len(w.lits) {
		old := w.lits
		w.lits = make([]litRow, max(64, 4*len(old)))
		for _, r := range old {
			if r.at != 0 {
				*w.freeLit(r.hash) = r
			}
		}
	}
	mask := uint32(len(w.lits) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		row := &w.lits[i]
		if row.at == 0 || row.hash == h && w.litEquals(row.at-1, lit) {
			return row
		}
	}
}

func (w *Writer) freeLit(h uint32) *litRow {
	mask := uint32(len(w.lits) - 1)
	i := h & mask
	for w.lits[i].at != 0 {
		i = (i + 1) & mask
	}
	return &w.lits[i]
}

func (w *Writer) litEquals(at uint32, lit []byte) bool {
	c := cursor{b: w.out, at: int(at)}
	n := int(c.byte()&^codeMore) - codeLiteral
	if n == 0 {
		n = int(c.u()) + maxShortBytes + 1
	}
	return n == len(lit) && string(w.out[c.at:c.at+n]) == string(lit)
}

// appendLiteral writes a literal and remembers where.
func (w *Writer) appendLiteral(row *litRow, h uint32, lit []byte) {
	if row.at == 0 {
		w.litCount++
	}
	*row = litRow{h, uint32(len(w.out)) + 1}
	if n := len(lit); n <= maxShortBytes {
		w.out = append(w.out, byte(codeLiteral+n))
	} else {
		w.out = append(w.out, codeLiteral)
		w.out = appendU(w.out, uint32(n-maxShortBytes-1))
	}
	w.out = append(w.out, lit...)
}
