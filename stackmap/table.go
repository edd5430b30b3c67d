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
	data    []byte
	bodies  []byte // data up to the starts
	starts  []byte
	heads   []byte // of groups
	dir     []byte
	skips   []byte
	groups  int
	funcs   int
	pcShift uint8
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
	size, funcs, groups, index, skips := u32(b, 4), u32(b, 8), u32(b, 12), u32(b, 16), u32(b, 20)
	headAt := uint64(index) + uint64(groups)*startEntry
	dirAt := headAt + uint64(groups)*groupEntry
	skipAt := dirAt + uint64(groups)*(groupFuncs*dirEntry)
	if uint64(size) > uint64(len(b)) || size > 1<<31-1 || index < headerSize || skipAt+uint64(skips)*skipEntry != uint64(size) ||
		funcs < groups || uint64(funcs) > uint64(groups)*groupFuncs {
		return nil, &FormatError{4, fmt.Sprintf("%d bytes, %d functions in %d groups, %d skips, starts at %d: they do not fit together or into %d bytes",
			size, funcs, groups, skips, index, len(b))}
	}
	return &Table{
		data: b[:size:size], bodies: b[:index:index], starts: b[index:headAt:headAt], heads: b[headAt:dirAt:dirAt],
		dir: b[dirAt:skipAt:skipAt], skips: b[skipAt:size:size], groups: int(groups), funcs: int(funcs), pcShift: b[3] & maxPCShift,
	}, nil
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

// function is what a lookup knows of a function.
type function struct {
	start, size, frame uint32
	n                  int // safepoints
	positions          int
	flags              byte
	derived            bool
	typ                op.Type // of a single run
	first              uint32
	runs, runsEnd      int // several runs: where they are in the bodies
	chunk              int // where the first chunk is in the bodies
	base               int // where the places of skips are counted from
	skips              []byte
}

// find returns the group and the entry of the function that pc lies in, if it lies in one, and where the function starts.
// Where it ends is for the caller to check.
func (t *Table) find(pc uint32) (group, entry int, start uint32, ok bool) {
	if t.groups == 0 {
		return 0, 0, 0, false
	}
	starts := t.starts
	for n := t.groups; n > 1; {
		half := n >> 1
		at := (group + half) * startEntry
		if uint(at) > uint(len(starts)-startEntry) {
			return 0, 0, 0, false
		}
		// Without a branch, which would be mispredicted every other time: add half if the start is not above pc.
		group += half &^ int((int64(pc)-int64(binary.LittleEndian.Uint32(starts[at:])))>>63)
		n -= half
	}
	first := u32(starts, group*startEntry)
	if pc < first {
		return 0, 0, 0, false
	}
	rel := min(pc-first, noFunc-1)
	entries := (*[groupFuncs * dirEntry]byte)(t.dir[group*(groupFuncs*dirEntry):])
	n := uint32(0)
	for i := 0; i < groupFuncs; i++ {
		s := uint32(binary.LittleEndian.Uint16(entries[i*dirEntry:]))
		n += (s - rel - 1) >> 31
	}
	if n == 0 {
		return 0, 0, 0, false
	}
	entry = int(n - 1)
	return group, entry, first + uint32(binary.LittleEndian.Uint16(entries[entry*dirEntry:])), true
}

// head reads what there is to know of the function of an entry, except for f.start.
func (t *Table) head(group, entry int, f *function) error {
	g := (*[groupEntry]byte)(t.heads[group*groupEntry:])
	e := (*[dirEntry]byte)(t.dir[(group*groupFuncs+entry)*dirEntry:])
	place := int(binary.LittleEndian.Uint16(e[2:]))
	f.base = int(binary.LittleEndian.Uint32(g[:]))
	f.n, f.flags, f.skips, f.derived = int(e[4])+1, e[5], nil, false
	f.chunk = f.base + place
	if f.flags&flagBig != 0 {
		return t.bigHead(f)
	}
	f.size = uint32(binary.LittleEndian.Uint16(e[6:]))
	f.frame = uint32(e[8]) * 8
	f.positions = int(e[9])
	if f.n > chunkPoints {
		at := (int(binary.LittleEndian.Uint32(g[4:])) + place) * skipEntry
		size := (f.n + chunkPoints - 1) / chunkPoints * skipEntry
		if at > len(t.skips)-size {
			return t.bad(len(t.data), "skips of the function at %#x", f.start)
		}
		f.skips = t.skips[at : at+size]
	}
	if f.flags&flagSingle != 0 {
		f.first, f.typ = uint32(e[10]), firstType+op.Type(e[11])
		return t.checkSingle(f)
	}
	if f.n > chunkPoints {
		_, f.chunk = f.skip(0)
	}
	if f.chunk > len(t.bodies) || f.chunk < headerSize {
		return t.bad(f.chunk, "body of the function at %#x", f.start)
	}
	return t.checkRuns(f, f.chunk, int(binary.LittleEndian.Uint16(e[10:])))
}

func (t *Table) bigHead(f *function) error {
	b := t.bodies
	at := f.chunk - bigHead
	if at < headerSize || f.chunk > len(b) {
		return t.bad(f.chunk, "head of the function at %#x", f.start)
	}
	runs, n, positions := u32(b, at), u32(b, at+4), u32(b, at+12)
	f.size, f.frame = u32(b, at+8), u32(b, at+16)
	if n == 0 || int64(n) > int64(len(b)) || int64(runs) > int64(at-headerSize) || positions > maxPositions || f.flags&flagSingle != 0 {
		return t.bad(at, "function at %#x with %d safepoints, %d roots and runs of %d bytes", f.start, n, positions, runs)
	}
	f.n, f.positions = int(n), int(positions)
	if f.n > chunkPoints {
		size := (f.n + chunkPoints - 1) / chunkPoints * bigSkipEntry
		start := at - int(runs) - size
		if start < headerSize {
			return t.bad(at, "skips of %d safepoints", n)
		}
		f.skips, f.base = b[start:start+size], f.chunk
	}
	return t.checkRuns(f, at, int(runs))
}

// checkSingle checks the only run of f.
func (t *Table) checkSingle(f *function) error {
	end := uint64(f.first) + uint64(f.positions-1)<<(f.flags>>logShift) + uint64(f.typ.Bytes())
	if f.positions == 0 || !f.typ.IsValid() || f.typ.IsDynamic() || end > uint64(f.frame) && f.flags&flagFrames == 0 {
		return t.bad(f.chunk, "%d roots of type %#x from offset %d in a frame of %d bytes", f.positions, uint16(f.typ), f.first, f.frame)
	}
	return nil
}

// checkRuns checks the runs of f, which end at a place of the bodies and have n bytes.
func (t *Table) checkRuns(f *function, end, n int) error {
	if n > end-headerSize {
		return t.bad(end, "runs of %d bytes", n)
	}
	f.runs, f.runsEnd = end-n, end
	positions := 0
	for c := (cursor{b: t.bodies[:end], at: f.runs}); c.at < end; {
		at := c.at
		typ, first, count := op.Type(min(c.u(), 1<<12)+firstType), c.u(), c.u()
		n := count >> 4
		if last := uint64(first) + uint64(n-1)<<(count&7) + uint64(typ.Bytes()); c.bad || n == 0 || n > maxPositions ||
			!typ.IsValid() || typ.IsDynamic() || last > uint64(f.frame) && f.flags&flagFrames == 0 {
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
	}
	if positions != f.positions {
		return t.bad(f.runs, "runs of %d roots, expected %d", positions, f.positions)
	}
	return nil
}

// skip returns skip i of f: the return address before chunk i, and where that is.
func (f *function) skip(i int) (pc uint32, at int) {
	if f.flags&flagBig != 0 {
		return u32(f.skips, i*bigSkipEntry), f.base + int(u32(f.skips, i*bigSkipEntry+4))
	}
	x := u32(f.skips, i*skipEntry)
	return x & 0xffff, f.base + int(x>>16)
}

// seek returns the chunk that the return address pc, from the start of the function, is in if it is in any.
func (f *function) seek(pc uint32) (chunk int, from uint32, at int) {
	if len(f.skips) == 0 {
		return 0, 0, f.chunk
	}
	if f.flags&flagBig == 0 {
		for n := len(f.skips) / skipEntry; n > 1; {
			half := n >> 1
			p := binary.LittleEndian.Uint16(f.skips[(chunk+half)*skipEntry:])
			chunk += half & int((int64(p)-int64(pc))>>63)
			n -= half
		}
	} else {
		for n := len(f.skips) / bigSkipEntry; n > 1; {
			half := n >> 1
			if u32(f.skips, (chunk+half)*bigSkipEntry) < pc {
				chunk += half
			}
			n -= half
		}
	}
	from, at = f.skip(chunk)
	return chunk, from, at
}

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
	f := &m.fn
	group, entry, start, ok := t.find(pc)
	if !ok {
		return ErrNoFunction
	}
	f.start = start
	if err := t.head(group, entry, f); err != nil {
		return err
	}
	rel := pc - start
	if rel >= f.size {
		return ErrNoFunction
	}
	chunk, from, at := f.seek(rel)
	index, at, err := t.seekIn(f, chunk, from, at, rel)
	if err != nil {
		return err
	}
	m.t = nil
	m.clear(f)
	if _, err := t.apply(m, at, index+1); err != nil {
		return err
	}
	m.t, m.pc = t, pc
	return m.check()
}

// count returns the number of safepoints in a chunk.
func (f *function) count(chunk int) int { return min(chunkPoints, f.n-chunk*chunkPoints) }

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
		if f.flags&flagComplete != 0 {
			return 0, 0, ErrNotReturn
		}
		return 0, 0, ErrNoMap
	}
	return index, at, nil
}

// apply applies n maps that lie at a place of the bodies to m, and returns where they end.
func (t *Table) apply(m *Map, at, n int) (end int, err error) {
	b := t.bodies
	set := m.bits
	low := set[0]
	for n > 0 {
		if uint(at) >= uint(len(b)) {
			return 0, t.bad(at, "maps of the function at %#x reach behind the bodies", m.fn.start)
		}
		code := uint(b[at])
		at++
		if code&(codeMore-1)-1 < codeToggle-1 {
			set[0] = low
			if at, err = t.special(m, at, byte(code&^codeMore)); err != nil {
				return 0, err
			}
			low = set[0]
		} else {
			low ^= uint64(code>>6&1) << (code & 63)
		}
		n -= int(code>>7 ^ 1)
	}
	set[0] = low
	if last := len(set) - 1; set[last]>>(m.fn.positions-64*last) != 0 {
		return 0, t.bad(at, "map with a root behind the last of %d", m.fn.positions)
	}
	return at, nil
}

// special carries out a code other than nothing and a change of one of the first positions. The code lies before at.
func (t *Table) special(m *Map, at int, code byte) (end int, err error) {
	c := cursor{b: t.bodies, at: at}
	switch code {
	case codeEmpty:
		clear(m.bits)
	case codeToggleBig:
		pos := uint64(c.u()) + toggleBias
		if pos >= uint64(m.fn.positions) {
			return 0, t.bad(at, "change of root %d of %d", pos, m.fn.positions)
		}
		m.bits[pos/64] ^= 1 << (pos % 64)
	case codeFrame:
		m.FrameSize = bits.RotateLeft32(c.u(), 3)
		if m.fn.flags&flagFrames == 0 {
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
	clear(m.bits)
	b := c.b[c.at : c.at+n]
	c.at += n
	i := 0
	for ; len(b) >= 8; b = b[8:] {
		m.bits[i] = binary.LittleEndian.Uint64(b)
		i++
	}
	if len(b) > 0 {
		x := uint64(0)
		for k := range b {
			x |= uint64(b[k]) << (8 * k)
		}
		m.bits[i] = x
	}
	return nil
}
