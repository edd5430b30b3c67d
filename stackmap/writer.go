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
	groups  []groupRow
	entries []byte   // of all functions, groupFuncs*entrySize bytes a group
	skips   []uint16 // places of chunks
	inGroup int      // functions in the last group
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
	ids      []uint32 // of each root of the function: its number among the distinct ones in the order of their coming
	position []uint32 // of the root with this number
	runs     []run
	sets     [3][]uint64 // the map under way, the one before, and the difference
	litBytes []byte
	head     []byte   // the runs, encoded
	bits     []uint64 // maps of a function that is not big
	codes    []uint8  // how many codes the changes to each of them take
}

type groupRow struct {
	start, body, skip uint32
	starts            [groupFuncs]uint16
}

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
	w.out, w.groups, w.entries, w.skips = w.out[:0], w.groups[:0], w.entries[:0], w.skips[:0]
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
	w.encode()
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
	shift, blocks := w.buckets()
	groups := uint64(len(w.groups))
	size := headerSize + uint64(len(w.out)) + uint64(blocks)*blockSize + groups*groupSize + uint64(len(w.skips))*skipSize
	if size > 1<<31-1 {
		return b, fmt.Errorf("stackmap: table of %d bytes is larger than 2 GiB", size)
	}
	le := binary.LittleEndian
	b = append(b, magic[0], magic[1], magic[2], version|w.pcShift)
	b = le.AppendUint32(b, uint32(size))
	b = le.AppendUint32(b, w.funcs)
	b = le.AppendUint32(b, uint32(groups))
	b = le.AppendUint32(b, headerSize+uint32(len(w.out)))
	b = le.AppendUint32(b, blocks<<5|uint32(shift))
	b = le.AppendUint64(b, 0)
	b = append(b, w.out...)
	start := func(group int) uint32 { return w.groups[group].start }
	for i, next := uint32(0), 0; i < blocks; i++ {
		before, marks, end := makeBlock(i, shift, next, len(w.groups), start)
		b = le.AppendUint32(b, before)
		b = le.AppendUint64(b, marks)
		next = end
	}
	for i := range w.groups {
		b = w.appendGroup(b, i)
	}
	for _, place := range w.skips {
		b = le.AppendUint16(b, place)
	}
	return b, nil
}

// groupBuckets is how many buckets there are at most for each group: enough to have a group start in few of those that
// lookups meet.
const groupBuckets = 24

// buckets returns log2 of the length of a bucket, and the number of blocks.
func (w *Writer) buckets() (shift uint8, blocks uint32) {
	n := len(w.groups)
	if n == 0 {
		return 0, 0
	}
	length := w.groups[n-1].start - w.groups[0].start
	for uint64(length>>shift) >= groupBuckets*uint64(n) {
		shift++
	}
	return shift, length>>shift/blockBuckets + 1
}

func (w *Writer) appendGroup(b []byte, i int) []byte {
	le, g := binary.LittleEndian, &w.groups[i]
	b = le.AppendUint32(b, g.start)
	b = le.AppendUint32(b, g.body)
	b = le.AppendUint32(b, g.skip)
	for _, s := range g.starts {
		b = le.AppendUint16(b, s)
	}
	const size = groupFuncs * entrySize
	return append(b, w.entries[i*size:(i+1)*size]...)
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
	w.distinct, w.ids = w.distinct[:0], w.ids[:0]
	w.nextStamp()
	for _, r := range w.fn.roots {
		if 2*len(w.distinct) >= len(w.rootHash) {
			w.growRoots()
		}
		row := w.rootAt(r)
		if row.stamp != w.stamp {
			*row = rootRow{r, w.stamp, uint32(len(w.distinct))}
			w.distinct = append(w.distinct, r)
		}
		w.ids = append(w.ids, row.pos)
	}
	slices.SortFunc(w.distinct, func(a, b Root) int {
		if a.Derived() != b.Derived() {
			return cmp.Compare(b.Base, a.Base) // NoBase is the largest
		}
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Base, b.Base))
	})
	w.findRuns()
	w.position = slices.Grow(w.position[:0], len(w.distinct))[:len(w.distinct)]
	n := uint32(0)
	for i := range w.runs {
		r := &w.runs[i]
		for _, d := range w.distinct[r.roots:r.end] {
			row := w.rootAt(d)
			pos := n + (d.Offset-r.first)>>r.log
			w.position[row.pos], row.pos = pos, pos
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
	for i, r := range w.distinct {
		*w.rootAt(r) = rootRow{r, w.stamp, uint32(i)}
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
