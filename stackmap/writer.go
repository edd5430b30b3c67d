package stackmap

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"davit/asm"
	"davit/ir/op"
)

// Writer makes a table. The zero value is ready to use; Reset makes it ready for another table and keeps its memory.
//
// Functions are added in ascending order, either whole with Add, or with Begin, Safepoint for each call, and End.
type Writer struct {
	out     []byte // bodies
	index   []indexRow
	dir     []byte
	skips   []skipRow
	inGroup int // functions in the last group
	funcs   uint32
	end     uint32 // end of the last function in the text
	open    bool
	pcShift uint8
	points  int

	fn       pending
	lits     []litRow // open addressing: where literals stand in out
	litCount int

	rootHash []rootRow
	stamp    uint32
	distinct []Root
	runs     []run
	sets     [3][]uint64 // the map under way, the one before, and the difference
	litBytes []byte
	head     []byte // the runs, encoded
}

type indexRow struct{ start, body, skip uint32 }

// noEntry is an entry of the directory that has no function.
var noEntry = [dirEntry]byte{0xff, 0xff}

type skipRow struct{ pc, place uint16 }

// litRow is a literal in out: where its code stands. The row is free if the stamp is not that of the writer's table.
type litRow struct{ hash, at uint32 }

type rootRow struct {
	root       Root
	stamp, pos uint32
}

// pending is what Begin and Safepoint collect.
type pending struct {
	start, size uint32
	frame       uint32
	complete    bool
	points      []point
	roots       []Root
}

type point struct {
	pc, frame  uint32
	start, end uint32 // in roots
}

// run is a sequence of evenly spaced roots.
type run struct {
	typ     op.Type
	derived bool
	log     uint8
	first   uint32
	count   uint32
	roots   uint32 // index of the first root in Writer.distinct
	end     uint32 // and behind the last
}

// Reset makes w the writer of an empty table.
func (w *Writer) Reset() {
	w.out, w.dir, w.index, w.skips = w.out[:0], w.dir[:0], w.index[:0], w.skips[:0]
	w.inGroup, w.funcs, w.end, w.open, w.pcShift, w.points = 0, 0, 0, false, 0, 0
	clear(w.lits)
	w.litCount = 0
}

// SetUnit says that all return addresses are multiples of 1<<shift bytes from the start of their functions, which makes
// the table smaller on machines with instructions of a fixed size. It must be called before the first function is added.
func (w *Writer) SetUnit(shift uint8) error {
	if w.funcs > 0 || shift > maxPCShift {
		return fmt.Errorf("stackmap: SetUnit(%d) after %d functions: expected a shift of at most %d, and no function yet", shift, w.funcs, maxPCShift)
	}
	w.pcShift = shift
	return nil
}

// Safepoints returns how many safepoints were recorded.
func (w *Writer) Safepoints() int { return w.points }

// Add records the maps of a function whose code starts at the given offset of the text. If code.Calls lists all calls,
// those without a map are recorded as having no roots. A function without a call leaves no trace.
func (w *Writer) Add(start uint32, code *asm.Code) error {
	if len(code.StackMaps) == 0 && len(code.Calls) == 0 {
		return nil
	}
	if err := w.Begin(start, uint32(len(code.Bytes)), code.FrameSize, len(code.Calls) > 0); err != nil {
		return err
	}
	maps := code.StackMaps
	for _, ret := range code.Calls {
		for len(maps) > 0 && maps[0].Offset < ret {
			w.addMap(&maps[0])
			maps = maps[1:]
		}
		if len(maps) == 0 || maps[0].Offset > ret {
			w.point(ret, code.FrameSize)
		}
	}
	for i := range maps {
		w.addMap(&maps[i])
	}
	return w.End()
}

func (w *Writer) addMap(m *asm.StackMap) {
	w.point(m.Offset, m.FrameSize)
	for _, e := range m.Entries {
		w.fn.roots = append(w.fn.roots, Root{op.Type(e.Type), m.SlotArea + e.Offset, NoBase})
	}
	w.fn.points[len(w.fn.points)-1].end = uint32(len(w.fn.roots))
}

func (w *Writer) point(ret, frame uint32) {
	n := uint32(len(w.fn.roots))
	w.fn.points = append(w.fn.points, point{ret, frame, n, n})
}

// Begin starts a function of the given size in bytes, at the given offset of the text, which must not be before the end of
// the function added last. frame is the distance from the nominal stack pointer to the frame pointer. complete says that
// all calls of the function will be recorded.
func (w *Writer) Begin(start, size, frame uint32, complete bool) error {
	switch {
	case w.open:
		return fmt.Errorf("stackmap: function at %#x begins before the one at %#x has ended", start, w.fn.start)
	case start < w.end:
		return fmt.Errorf("stackmap: function at %#x: the one before ends at %#x", start, w.end)
	case uint64(start)+uint64(size) > 1<<32-1 || size == 0:
		return fmt.Errorf("stackmap: function at %#x: size %#x: expected at least 1 byte, and the end below 4 GiB", start, size)
	}
	w.open = true
	w.fn = pending{start, size, frame, complete, w.fn.points[:0], w.fn.roots[:0]}
	return nil
}

// Safepoint records a call: its return address, in bytes from the start of the function, and its roots. Return addresses
// ascend. Duplicates among the roots count once. The frame size is that of Begin unless SafepointFrame is used.
func (w *Writer) Safepoint(ret uint32, roots []Root) { w.SafepointFrame(ret, w.fn.frame, roots) }

// SafepointFrame is Safepoint for a call at which the frame has another size than that of the function.
func (w *Writer) SafepointFrame(ret, frame uint32, roots []Root) {
	w.point(ret, frame)
	w.fn.roots = append(w.fn.roots, roots...)
	w.fn.points[len(w.fn.points)-1].end = uint32(len(w.fn.roots))
}

// End ends the function, checks it and encodes it. After an error the function is left out.
func (w *Writer) End() error {
	if !w.open {
		return fmt.Errorf("stackmap: End without Begin")
	}
	w.open = false
	if err := w.check(); err != nil {
		return fmt.Errorf("stackmap: function at %#x: %w", w.fn.start, err)
	}
	if len(w.fn.points) == 0 {
		return nil
	}
	w.body()
	w.end = w.fn.start + w.fn.size
	w.funcs++
	w.points += len(w.fn.points)
	return nil
}

// AppendTo appends the table to b. Functions may still be added afterwards for a later, larger table.
func (w *Writer) AppendTo(b []byte) ([]byte, error) {
	if w.open {
		return b, fmt.Errorf("stackmap: function at %#x has not ended", w.fn.start)
	}
	groups := uint64(len(w.index))
	size := headerSize + uint64(len(w.out)) + groups*(startEntry+groupEntry+groupFuncs*dirEntry) + uint64(len(w.skips))*skipEntry
	if size > 1<<31-1 {
		return b, fmt.Errorf("stackmap: table of %d bytes is larger than 2 GiB", size)
	}
	le := binary.LittleEndian
	b = append(b, magic[0], magic[1], magic[2], version|w.pcShift)
	b = le.AppendUint32(b, uint32(size))
	b = le.AppendUint32(b, w.funcs)
	b = le.AppendUint32(b, uint32(groups))
	b = le.AppendUint32(b, headerSize+uint32(len(w.out)))
	b = le.AppendUint32(b, uint32(len(w.skips)))
	b = le.AppendUint64(b, 0)
	b = append(b, w.out...)
	for _, r := range w.index {
		b = le.AppendUint32(b, r.start)
	}
	for _, r := range w.index {
		b = le.AppendUint32(b, r.body)
		b = le.AppendUint32(b, r.skip)
	}
	b = append(b, w.dir...)
	for n := len(w.dir); n < len(w.index)*groupFuncs*dirEntry; n += dirEntry {
		b = append(b, noEntry[:]...)
	}
	for _, r := range w.skips {
		b = le.AppendUint16(b, r.pc)
		b = le.AppendUint16(b, r.place)
	}
	return b, nil
}

// check finds what cannot be written, and numbers the roots.
func (w *Writer) check() error {
	last := uint32(0)
	for i := range w.fn.points {
		p := &w.fn.points[i]
		switch {
		case p.pc <= last:
			return fmt.Errorf("return address %#x does not lie behind %#x", p.pc, last)
		case p.pc >= w.fn.size:
			return fmt.Errorf("return address %#x is not inside of its %#x bytes", p.pc, w.fn.size)
		case p.pc&(1<<w.pcShift-1) != 0:
			return fmt.Errorf("return address %#x is no multiple of %d", p.pc, 1<<w.pcShift)
		}
		last = p.pc
		if err := w.checkRoots(p); err != nil {
			return fmt.Errorf("map of return address %#x: %w", p.pc, err)
		}
	}
	return w.number()
}

func (w *Writer) checkRoots(p *point) error {
	roots := w.fn.roots[p.start:p.end]
	for _, r := range roots {
		n := r.Type.Bytes()
		if !r.Type.IsValid() || r.Type.IsDynamic() {
			return fmt.Errorf("root of type %v: expected one of a fixed size", r.Type)
		}
		if uint64(r.Offset)+uint64(n) > uint64(p.frame) {
			return fmt.Errorf("%v at offset %d does not lie in the frame of %d bytes", r.Type, r.Offset, p.frame)
		}
		if r.Derived() && !slices.ContainsFunc(roots, func(b Root) bool { return !b.Derived() && b.Offset == r.Base }) {
			return fmt.Errorf("%v at offset %d is derived from offset %d, which is no root", r.Type, r.Offset, r.Base)
		}
	}
	return nil
}

func hashRoot(r Root) uint32 {
	h := uint64(r.Offset)<<32 | uint64(r.Base+1)
	h = (h ^ uint64(r.Type)<<11) * 0x9e3779b97f4a7c15
	return uint32(h >> 32)
}

// rootAt returns the row of r, which is free (has another stamp) if r is not there.
func (w *Writer) rootAt(r Root) *rootRow {
	mask := uint32(len(w.rootHash) - 1)
	for i := hashRoot(r) & mask; ; i = (i + 1) & mask {
		row := &w.rootHash[i]
		if row.stamp != w.stamp || row.root == r {
			return row
		}
	}
}

// number finds the runs and gives each root its position.
func (w *Writer) number() error {
	w.distinct = w.distinct[:0]
	w.nextStamp()
	for _, r := range w.fn.roots {
		if 2*len(w.distinct) >= len(w.rootHash) {
			w.growRoots()
		}
		if row := w.rootAt(r); row.stamp != w.stamp {
			*row = rootRow{r, w.stamp, 0}
			w.distinct = append(w.distinct, r)
		}
	}
	slices.SortFunc(w.distinct, func(a, b Root) int {
		if a.Derived() != b.Derived() {
			return cmp.Compare(b.Base, a.Base) // NoBase is the largest
		}
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Base, b.Base))
	})
	w.findRuns()
	n := uint32(0)
	for i := range w.runs {
		r := &w.runs[i]
		for _, d := range w.distinct[r.roots:r.end] {
			w.rootAt(d).pos = n + (d.Offset-r.first)>>r.log
		}
		if n += r.count; n > maxPositions {
			return fmt.Errorf("more than %d places for roots", maxPositions)
		}
	}
	return w.checkBases()
}

// checkBases makes sure that the offset of a base means one root.
func (w *Writer) checkBases() error {
	for i := len(w.distinct) - 1; i >= 0 && w.distinct[i].Derived(); i-- {
		base := w.distinct[i].Base
		if w.basePosition(base) == noPosition {
			return fmt.Errorf("offset %d, which a root is derived from, holds roots of several types", base)
		}
	}
	return nil
}

func (w *Writer) nextStamp() {
	if w.stamp++; w.stamp == 0 {
		clear(w.rootHash)
		w.stamp = 1
	}
}

func (w *Writer) growRoots() {
	w.rootHash = make([]rootRow, max(64, 4*len(w.rootHash)))
	for _, r := range w.distinct {
		*w.rootAt(r) = rootRow{r, w.stamp, 0}
	}
}

// maxHoles is how many unused roots a run may have between two used ones.
const maxHoles = 31

// findRuns splits the distinct roots into runs. Offsets of a run are a multiple of the natural stride of the type apart,
// and then the stride is made as large as all of them allow. Derived runs have no holes, since each root names a base.
func (w *Writer) findRuns() {
	w.runs = w.runs[:0]
	for i := 0; i < len(w.distinct); {
		d := w.distinct[i]
		log := uint32(min(3, bits.TrailingZeros(uint(d.Type.Bytes()))))
		diff, last := uint32(0), d.Offset
		j := i + 1
		for ; j < len(w.distinct); j++ {
			e := w.distinct[j]
			step := e.Offset - last
			if e.Type != d.Type || e.Derived() != d.Derived() || step == 0 || step&(1<<log-1) != 0 {
				break
			}
			if d.Derived() {
				if diff != 0 && step != diff || step&(step-1) != 0 || step > 1<<7 {
					break
				}
			} else if step>>log > maxHoles+1 {
				break
			}
			diff |= step
			last = e.Offset
		}
		if diff != 0 {
			log = min(7, uint32(bits.TrailingZeros32(diff)))
		}
		w.runs = append(w.runs, run{d.Type, d.Derived(), uint8(log), d.Offset, (last-d.Offset)>>log + 1, uint32(i), uint32(j)})
		i = j
	}
}

// body appends the body of the function and its entry in the directory.
func (w *Writer) body() {
	f := &w.fn
	npos := uint32(0)
	for i := range w.runs {
		npos += w.runs[i].count
	}
	flags := byte(0)
	if f.complete {
		flags |= flagComplete
	}
	if slices.ContainsFunc(f.points, func(p point) bool { return p.frame != f.frame }) {
		flags |= flagFrames
	}
	w.head = w.head[:0]
	for i := range w.runs {
		w.appendRun(&w.runs[i])
	}
	switch {
	case len(f.points) > 256 || f.size > 1<<16-1 || npos > 255 || len(w.head) > 1<<12 || f.frame%8 != 0 || f.frame/8 > 255:
		flags |= flagBig
	case len(w.runs) == 1 && w.runs[0].first < 256 && w.runs[0].typ < firstType+256 && !w.runs[0].derived:
		flags |= flagSingle | w.runs[0].log<<logShift
	}
	room := len(w.head) + 8
	if flags&flagBig == 0 {
		room += len(f.points) * (12 + int(npos)/8)
	}
	w.openGroup(room)
	if flags&flagBig != 0 {
		w.bigBody(flags, npos)
	} else {
		w.smallBody(flags, npos)
	}
}

// openGroup makes room for another function in the last group, or starts a new one. The places of a group must not
// exceed 16 bits; room is the most that the body can take.
func (w *Writer) openGroup(room int) {
	if n := len(w.index); n > 0 && w.inGroup < groupFuncs {
		g := &w.index[n-1]
		if w.fn.start-g.start < noFunc && headerSize+len(w.out)-int(g.body)+room < 1<<16 && len(w.skips)-int(g.skip) < 1<<16 {
			w.inGroup++
			return
		}
		for ; w.inGroup < groupFuncs; w.inGroup++ {
			w.dir = append(w.dir, noEntry[:]...)
		}
	}
	w.index = append(w.index, indexRow{w.fn.start, headerSize + uint32(len(w.out)), uint32(len(w.skips))})
	w.inGroup = 1
}

func (w *Writer) smallBody(flags byte, npos uint32) {
	f, le := &w.fn, binary.LittleEndian
	if flags&flagSingle == 0 {
		w.out = append(w.out, w.head...)
	}
	g := w.index[len(w.index)-1]
	place := headerSize + uint32(len(w.out)) - g.body
	if len(f.points) > chunkPoints {
		place = uint32(len(w.skips)) - g.skip
	}
	w.dir = le.AppendUint16(w.dir, uint16(f.start-g.start))
	w.dir = le.AppendUint16(w.dir, uint16(place))
	w.dir = append(w.dir, byte(len(f.points)-1), flags)
	w.dir = le.AppendUint16(w.dir, uint16(f.size))
	w.dir = append(w.dir, byte(f.frame/8), byte(npos))
	if flags&flagSingle != 0 {
		w.dir = append(w.dir, byte(w.runs[0].first), byte(w.runs[0].typ-firstType))
	} else {
		w.dir = le.AppendUint16(w.dir, uint16(len(w.head)))
	}
	pc := uint32(0)
	for i := 0; i < len(f.points); i += chunkPoints {
		if len(f.points) > chunkPoints {
			w.skips = append(w.skips, skipRow{uint16(pc), uint16(headerSize + uint32(len(w.out)) - g.body)})
		}
		pc = w.chunk(pc, f.points[i:min(i+chunkPoints, len(f.points))], npos)
	}
}

func (w *Writer) bigBody(flags byte, npos uint32) {
	f, le := &w.fn, binary.LittleEndian
	skips := len(w.out)
	if len(f.points) > chunkPoints {
		for range (len(f.points) + chunkPoints - 1) / chunkPoints {
			w.out = le.AppendUint64(w.out, 0)
		}
	}
	w.out = append(w.out, w.head...)
	for _, x := range [...]uint32{uint32(len(w.head)), uint32(len(f.points)), f.size, npos, f.frame} {
		w.out = le.AppendUint32(w.out, x)
	}
	start := len(w.out)
	g := &w.index[len(w.index)-1]
	if w.inGroup == 1 {
		g.body = headerSize + uint32(start)
	} else if place := headerSize + start - int(g.body); place >= 1<<16 {
		// The skips of a big function may exceed the room of the group: it gets a group of its own.
		for w.inGroup--; w.inGroup < groupFuncs; w.inGroup++ {
			w.dir = append(w.dir, noEntry[:]...)
		}
		w.index = append(w.index, indexRow{f.start, headerSize + uint32(start), uint32(len(w.skips))})
		w.inGroup = 1
		g = &w.index[len(w.index)-1]
	}
	w.dir = le.AppendUint16(w.dir, uint16(f.start-g.start))
	w.dir = le.AppendUint16(w.dir, uint16(headerSize+uint32(start)-g.body))
	w.dir = append(w.dir, 0, flags, 0, 0, 0, 0, 0, 0)
	pc := uint32(0)
	for i := 0; i < len(f.points); i += chunkPoints {
		if len(f.points) > chunkPoints {
			le.PutUint32(w.out[skips:], pc)
			le.PutUint32(w.out[skips+4:], uint32(len(w.out)-start))
			skips += bigSkipEntry
		}
		pc = w.chunk(pc, f.points[i:min(i+chunkPoints, len(f.points))], npos)
	}
}

func (w *Writer) appendRun(r *run) {
	w.head = appendU(w.head, uint32(r.typ)-firstType)
	w.head = appendU(w.head, r.first)
	if !r.derived {
		w.head = appendU(w.head, r.count<<4|uint32(r.log))
		return
	}
	w.head = appendU(w.head, r.count<<4|8|uint32(r.log))
	for _, d := range w.distinct[r.roots:r.end] {
		w.head = appendU(w.head, w.basePosition(d.Base))
	}
}

const noPosition = ^uint32(0)

// basePosition returns the position of the only plain root at an offset, or noPosition.
func (w *Writer) basePosition(offset uint32) uint32 {
	pos := noPosition
	for _, d := range w.distinct {
		if d.Derived() {
			break
		}
		if d.Offset == offset {
			if pos != noPosition {
				return noPosition
			}
			pos = w.rootAt(d).pos
		}
	}
	return pos
}

// chunk appends safepoints, of which the return address before is pc, and returns the last return address.
func (w *Writer) chunk(pc uint32, points []point, npos uint32) uint32 {
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
		w.appendMap(w.fn.roots[p.start:p.end])
	}
	return pc
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

// appendMap writes the set of roots in the shortest of five ways: as a change from the map before, as a change from the
// empty map, as a reference to an equal literal, or as a literal.
func (w *Writer) appendMap(roots []Root) {
	set, prev, diff := w.sets[0], w.sets[1], w.sets[2]
	clear(set)
	for _, r := range roots {
		pos := w.rootAt(r).pos
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
