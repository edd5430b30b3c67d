package stackmap

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math/bits"

	"davit/ir/op"
)

// Table reads a table in place. It is immutable and may be used by many goroutines at a time, each with Maps of its own.
type Table struct {
	data        []byte
	bodies      []byte // data up to the blocks
	blocks      []byte
	groups      []byte
	skips       []byte
	first       uint32 // start of the first group
	lastBucket  uint32
	bucketShift uint8
	pcShift     uint8
	funcs       int
}

// Open returns the table that b starts with. b may be longer; it must not change while the table is in use. Open looks at
// the header only, in constant time; what else may be damaged is found when it is read.
func Open(b []byte) (*Table, error) {
	if len(b) < headerSize {
		return nil, &FormatError{len(b), fmt.Sprintf("%d bytes, expected a header of %d", len(b), headerSize)}
	}
	if [3]byte(b) != magic || b[3]&^maxPCShift != version {
		return nil, &FormatError{0, fmt.Sprintf("found % x, expected the magic number % x %x", b[:4], magic, version)}
	}
	size, funcs, groups, index, blocks := u32(b, 4), u32(b, 8), u32(b, 12), u32(b, 16), u32(b, 20)>>5
	groupAt := uint64(index) + uint64(blocks)*blockSize
	skipAt := groupAt + uint64(groups)*groupSize
	if uint64(size) > uint64(len(b)) || size > 1<<31-1 || index < headerSize || skipAt > uint64(size) || (uint64(size)-skipAt)%skipSize != 0 ||
		funcs < groups || uint64(funcs) > uint64(groups)*groupFuncs || (blocks == 0) != (groups == 0) || blocks > 1<<26 {
		return nil, &FormatError{4, fmt.Sprintf("%d bytes, %d functions in %d groups, %d blocks at %d: they do not fit together or into %d bytes",
			size, funcs, groups, blocks, index, len(b))}
	}
	t := &Table{
		data: b[:size:size], bodies: b[:index:index], blocks: b[index:groupAt:groupAt], groups: b[groupAt:skipAt:skipAt],
		skips: b[skipAt:size:size], lastBucket: blocks*blockBuckets - 1, bucketShift: uint8(u32(b, 20) & 31), pcShift: b[3] & maxPCShift,
		funcs: int(funcs),
	}
	if groups > 0 {
		t.first = u32(t.groups, 0)
	}
	return t, nil
}

// Tables yields the tables that a section consists of after a linker has put those of several object files one behind
// the other; zero bytes between them are skipped. The last error, if any, comes with a nil table.
func Tables(section []byte) iter.Seq2[*Table, error] {
	return func(yield func(*Table, error) bool) {
		for {
			for len(section) > 0 && section[0] == 0 {
				section = section[1:]
			}
			if len(section) == 0 {
				return
			}
			t, err := Open(section)
			if !yield(t, err) || err != nil {
				return
			}
			section = section[len(t.data):]
		}
	}
}

// TextField is the offset in a table of the field for the distance, as 64-bit number, from the field itself to the start
// of the text: where an object file has a PC-relative relocation.
const TextField = textField

// TextDistance returns what the linker put into the field at TextField; 0 if nothing.
func (t *Table) TextDistance() int64 {
	return int64(binary.LittleEndian.Uint64(t.data[textField:]))
}

// Bytes returns the bytes of the table.
func (t *Table) Bytes() []byte { return t.data }

// NumFuncs returns the number of functions.
func (t *Table) NumFuncs() int { return t.funcs }

func (t *Table) bad(at int, format string, args ...any) error {
	return &FormatError{at, fmt.Sprintf(format, args...)}
}

// numGroups returns the number of groups.
func (t *Table) numGroups() int { return len(t.groups) / groupSize }

// groupStart returns the start of the first function of a group.
func (t *Table) groupStart(group int) uint32 { return u32(t.groups, group*groupSize) }

// group is a group of functions.
type group [groupSize]byte

// group returns a group; nil if there is none with this number.
func (t *Table) group(i int) *group {
	at := i * groupSize
	if uint(at) >= uint(len(t.groups)) { // which is a multiple of groupSize
		return nil
	}
	return (*group)(t.groups[at:])
}

// start returns the start of the first function of g.
func (g *group) start() uint32 { return binary.LittleEndian.Uint32(g[:]) }

// find returns the group and the entry of the function that pc lies in, if it lies in one, and where the function starts.
// Where it ends is for the caller to check. The error is ErrNoFunction if pc lies before all functions.
func (t *Table) find(pc uint32) (n, entry int, start uint32, err error) {
	if pc < t.first || len(t.groups) == 0 {
		return 0, 0, 0, ErrNoFunction
	}
	bucket := min((pc-t.first)>>(t.bucketShift&31), t.lastBucket)
	block := int(bucket/blockBuckets) * blockSize
	if uint(block) >= uint(len(t.blocks)) { // which is a multiple of blockSize
		return 0, 0, 0, t.badBlock(bucket)
	}
	before, marks := u32(t.blocks, block), u64(t.blocks, block+4)
	n = int(before) + bits.OnesCount64(marks<<(^bucket%blockBuckets)) - 1
	if before&crowded != 0 {
		n = t.search(block, pc)
	}
	g := t.group(n)
	if g != nil && pc < g.start() {
		// The group that starts in the bucket starts behind pc.
		n--
		g = t.group(n)
	}
	if g == nil || pc < g.start() {
		return 0, 0, 0, t.badBlock(bucket)
	}
	// The number of starts that are not above pc.
	rel := uint64(min(pc-g.start(), noFunc-1)) * lanes
	low, high := binary.LittleEndian.Uint64(g[groupStarts:]), binary.LittleEndian.Uint64(g[groupStarts+8:])
	entry = bits.OnesCount64(notAbove(low, rel)|notAbove(high, rel)>>1) - 1
	if entry < 0 {
		return 0, 0, 0, t.badBlock(bucket)
	}
	if entry >= groupFuncs/2 {
		low = high
	}
	return n, entry, g.start() + uint32(low>>(entry*16&63)&0xffff), nil
}

const lanes = 0x0001_0001_0001_0001

// notAbove compares 4 numbers of 16 bits each: the upper bit of each is set in the result if the one of x is at most that of y.
func notAbove(x, y uint64) uint64 {
	const upper = 0x8000 * lanes
	lower := (y | upper) - x&^upper
	return (y&^x | lower&^(x^y)) & upper
}

// search returns the last group that starts at or before pc, where several groups start in one bucket.
func (t *Table) search(block int, pc uint32) int {
	lo, hi := int(u32(t.blocks, block)&^crowded)-1, t.numGroups()
	if next := block + blockSize; next < len(t.blocks) {
		hi = int(u32(t.blocks, next) &^ crowded)
	}
	lo, hi = max(lo, 0), min(hi, t.numGroups())
	for hi-lo > 1 {
		mid := int(uint(lo+hi) >> 1)
		if t.groupStart(mid) <= pc {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

func (t *Table) badBlock(bucket uint32) error {
	return t.bad(len(t.bodies)+int(bucket/blockBuckets)*blockSize, "block of bucket %d, or the group it leads to", bucket)
}

// function is what a lookup knows of a function.
type function struct {
	start, size, frame uint32
	positions          int
	flags              byte
	window             uint8 // log2 of the length of a window, in units
	wide               uint8 // 1 if the place of a return address in a window takes 2 bytes
	windows            int
	bytes              int // of the bits of a map
	derived            bool
	single             bool // one plain run, of typ, first and log
	log                uint8
	typ                op.Type
	first              uint32
	runs, runsEnd      int // else where they are in the bodies
	chunk              int // where the first chunk is in the bodies, or the number of the first skip if there are several windows
	base               int // where the places of chunks are counted from
	big                bigFunction
}

// head reads what there is to know of the function of an entry, except for f.start.
func (t *Table) head(group, entry int, f *function) error {
	g := (*[groupSize]byte)(t.groups[group*groupSize:])
	e := (*[entrySize]byte)(g[groupEntries+entry&(groupFuncs-1)*entrySize:])
	x := binary.LittleEndian.Uint64(e[:])
	place := int(x & 0xffff)
	f.base = int(binary.LittleEndian.Uint32(g[4:]))
	f.flags = byte(x >> 32)
	if f.flags&flagBig != 0 {
		return t.bigHead(f, f.base+place)
	}
	f.size, f.frame, f.positions = uint32(x>>16)&0xffff, uint32(x>>40)&0xff*8, int(x>>48)&0xff
	f.bytes = (f.positions + 7) / 8
	f.window = f.flags>>windowShift + 1
	f.wide = (byteWindow - f.window) >> 7
	f.windows = int((f.size-1)>>(t.pcShift&31)>>(f.window&31)) + 1
	f.chunk = f.base + place
	if f.windows > 1 {
		f.chunk = int(binary.LittleEndian.Uint32(g[8:])) + place
	}
	if f.size == 0 || f.flags&flagChanges != 0 && f.positions > 64 {
		return t.bad(f.chunk, "function at %#x of %d bytes, changes of %d positions", f.start, f.size, f.positions)
	}
	f.derived, f.single = false, f.flags&flagSingle != 0
	if f.single {
		f.first, f.typ, f.log = uint32(x>>56), firstType+op.Type(e[8]), e[9]
		return t.checkSingle(f)
	}
	c := cursor{b: t.bodies, at: f.base + int(binary.LittleEndian.Uint16(e[7:]))}
	n := int(c.u())
	if c.bad || n > len(t.bodies)-c.at {
		return t.bad(c.at, "runs of the function at %#x", f.start)
	}
	return t.checkRuns(f, c.at, c.at+n)
}

// typeBytes has the sizes of types whose code is at most 0xff above firstType; 0 if one has no fixed size.
var typeBytes = func() (sizes [256]uint16) {
	for i := range sizes {
		if typ := op.Type(firstType + i); typ.IsValid() && !typ.IsDynamic() {
			sizes[i] = uint16(typ.Bytes())
		}
	}
	return sizes
}()

// checkSingle checks the only run of f.
func (t *Table) checkSingle(f *function) error {
	size := typeBytes[uint8(f.typ-firstType)]
	end := uint64(f.first) + uint64(f.positions-1)<<(f.log&63) + uint64(size)
	if f.positions != 0 && (size == 0 || f.log > 7 || end > uint64(f.frame)) {
		return t.bad(f.chunk, "%d roots of type %#x from offset %d in a frame of %d bytes", f.positions, uint16(f.typ), f.first, f.frame)
	}
	return nil
}

// checkRuns checks the runs of f, which lie at a place of the bodies.
func (t *Table) checkRuns(f *function, at, end int) error {
	f.runs, f.runsEnd = at, end
	f.derived, f.single = false, false
	positions, runs := 0, 0
	for c := (cursor{b: t.bodies[:end], at: at}); c.at < end; runs++ {
		at := c.at
		typ, first, count := op.Type(min(c.u(), 1<<12)+firstType), c.u(), c.u()
		n := count >> 4
		if last := uint64(first) + uint64(n-1)<<(count&7) + uint64(typ.Bytes()); c.bad || n == 0 || n > maxPositions ||
			!typ.IsValid() || typ.IsDynamic() || last > uint64(f.frame) && !f.framesChange() {
			return t.bad(at, "run of %d roots of type %#x from offset %d in a frame of %d bytes", n, uint16(typ), first, f.frame)
		}
		positions += int(n)
		if count&8 != 0 {
			f.derived = true
			for ; n > 0 && !c.bad; n-- {
				c.u()
			}
		}
		if c.bad || positions > f.positions {
			return t.bad(at, "runs have more than %d roots or do not fit", f.positions)
		}
		f.typ, f.first, f.log = typ, first, uint8(count&7)
	}
	if positions != f.positions {
		return t.bad(f.runs, "runs of %d roots, expected %d", positions, f.positions)
	}
	f.single = runs == 1 && !f.derived
	return nil
}

// framesChange reports whether safepoints of f may have frames of other sizes than f.frame.
func (f *function) framesChange() bool { return f.flags&(flagBig|flagFrames) == flagBig|flagFrames }

// Lookup finds the map of the call that returns to pc, in bytes from the start of the text, and puts it into m, whose
// memory it reuses. See the documentation of the package for the errors; after one, m is empty. Looking up the address
// again that m was last used for takes constant time.
func (t *Table) Lookup(pc uint32, m *Map) error {
	if m.t == t && m.pc == pc {
		return nil
	}
	err := t.lookup(pc, m)
	if err != nil {
		m.t, m.FrameSize = nil, 0
	}
	return err
}

func (t *Table) lookup(pc uint32, m *Map) error {
	group, entry, start, err := t.find(pc)
	if err != nil {
		return err
	}
	f := &m.fn
	f.start = start
	if err := t.head(group, entry, f); err != nil {
		return err
	}
	rel := pc - start
	if rel >= f.size {
		return ErrNoFunction
	}
	if f.flags&flagBig != 0 {
		err = t.lookupBig(m, rel)
	} else {
		err = t.lookupWindow(m, rel)
	}
	if err != nil {
		return err
	}
	m.t, m.pc = t, pc
	if f.derived || f.framesChange() {
		return m.check()
	}
	return nil
}

// notFound is the error for an address in f that is no return address.
func (f *function) notFound() error {
	if f.flags&flagComplete != 0 {
		return ErrNotReturn
	}
	return ErrNoMap
}
