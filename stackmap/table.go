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
	index   int // offset of the index
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
	size, funcs, index := u32(b, 4), u32(b, 8), u32(b, 12)
	groups := (uint64(funcs) + groupFuncs - 1) / groupFuncs
	if uint64(size) > uint64(len(b)) || index < headerSize || uint64(index)+groups*indexEntry != uint64(size) {
		return nil, &FormatError{4, fmt.Sprintf("%d bytes, %d functions, index at %d: they do not fit together or into %d bytes",
			size, funcs, index, len(b))}
	}
	return &Table{b[:size:size], int(index), int(groups), int(funcs), b[3] & maxPCShift}, nil
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

// Func is the head of a function in a table.
type Func struct {
	Start, Size uint32 // in the text, in bytes
	Frame       uint32 // distance from the nominal stack pointer to the frame pointer, in bytes
	Safepoints  int
	Complete    bool // all calls are recorded

	body, bodyEnd    int
	runs, runsEnd    int // in the table
	numRuns          int
	positions        int
	derived          bool // some runs are derived
	flags            byte
	skips, safepoint int // in the table
}

func (t *Table) bad(at int, format string, args ...any) error {
	return &FormatError{at, fmt.Sprintf(format, args...)}
}

// group returns start, directory and end of directory of a group. The directory ends where the next group's bodies or
// the index starts, which is all that bounds it.
func (t *Table) group(g int) (start uint32, dir int) {
	at := t.index + g*indexEntry
	return u32(t.data, at), int(u32(t.data, at+4))
}

// directory is a walk over the directory of a group.
type directory struct {
	cursor
	left int    // functions to come
	end  uint32 // of the function before
	body int    // of the function to come
	stop int    // end of the bodies
}

func (t *Table) openDirectory(g int) (directory, error) {
	start, dir := t.group(g)
	d := directory{cursor: cursor{b: t.data[:t.index], at: dir}, left: min(groupFuncs, t.funcs-g*groupFuncs), end: start, stop: dir}
	total := d.u()
	d.body = dir - int(total)
	if d.bad || d.body < headerSize {
		return d, t.bad(dir, "directory of group %d of functions: %d bytes of bodies before it", g, total)
	}
	return d, nil
}

// next reads the entry of the next function into f, without its body.
func (d *directory) next(t *Table, f *Func) error {
	at := d.at
	gap, size, body := d.u(), d.u(), d.u()
	start := uint64(d.end) + uint64(gap)
	end := start + uint64(size)
	if d.bad || end > 1<<32-1 || int(body) > d.stop-d.body {
		return t.bad(at, "entry of a function: gap %d, size %d, body of %d bytes", gap, size, body)
	}
	f.Start, f.Size, f.body, f.bodyEnd = uint32(start), size, d.body, d.body+int(body)
	d.end, d.body = uint32(end), d.body+int(body)
	d.left--
	return nil
}

// find finds the function that pc lies in.
func (t *Table) find(pc uint32, f *Func) error {
	lo, hi := 0, t.groups
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if u32(t.data, t.index+mid*indexEntry) <= pc {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return ErrNoFunction
	}
	d, err := t.openDirectory(lo - 1)
	if err != nil {
		return err
	}
	for d.left > 0 {
		if err := d.next(t, f); err != nil {
			return err
		}
		if pc < d.end {
			if pc < f.Start {
				return ErrNoFunction
			}
			return nil
		}
	}
	return ErrNoFunction
}

// head reads the head of the body of f.
func (t *Table) head(f *Func) error {
	c := cursor{b: t.data[:f.bodyEnd], at: f.body}
	if f.flags = c.byte(); f.flags&flagReserved != 0 {
		return t.bad(f.body, "flags %#x of a function", f.flags)
	}
	f.Complete = f.flags&flagComplete != 0
	f.Frame = bits.RotateLeft32(c.u(), 3)
	n := c.u()
	f.numRuns = int(f.flags >> runShift)
	if f.numRuns == manyRuns {
		f.numRuns = int(c.u())
	}
	f.runs = c.at
	if err := t.runs(f, &c); err != nil {
		return err
	}
	f.runsEnd, f.skips = c.at, c.at
	f.Safepoints = int(n)
	skip := smallSkip
	if f.flags&flagWide != 0 {
		skip = wideSkip
	}
	if c.bad || n == 0 || int64(n) > int64(f.bodyEnd-c.at) {
		return t.bad(f.body, "head of the function at %#x: it does not fit into %d bytes, or has no safepoints", f.Start, f.bodyEnd-f.body)
	}
	f.safepoint = f.skips + (int(n)-1)/groupPoints*skip
	if f.safepoint > f.bodyEnd {
		return t.bad(f.skips, "%d safepoints: their index does not fit into the function's bytes", n)
	}
	return nil
}

// runs goes over the runs of f.
func (t *Table) runs(f *Func, c *cursor) error {
	f.positions, f.derived = 0, false
	for i := 0; i < f.numRuns && !c.bad; i++ {
		at := c.at
		typ, first, count := op.Type(min(c.u(), 1<<12)+firstType), c.u(), c.u()
		n := count >> 4
		f.positions += int(n)
		if end := uint64(first) + uint64(n-1)<<(count&7) + uint64(typ.Bytes()); c.bad || n == 0 || f.positions > maxPositions ||
			!typ.IsValid() || typ.IsDynamic() || end > uint64(f.Frame) && f.flags&flagFrames == 0 {
			return t.bad(at, "run of %d roots of type %#x from offset %d in a frame of %d bytes", n, uint16(typ), first, f.Frame)
		}
		if count&8 != 0 {
			f.derived = true
			for ; n > 0 && !c.bad; n-- {
				c.u()
			}
		}
	}
	return nil
}

// skipTo returns the group of safepoints that pc, relative to the function, is in if anywhere, the return address that
// it starts from, and where it is.
func (t *Table) skipTo(f *Func, pc uint32) (group int, from uint32, at int, err error) {
	n := (f.Safepoints - 1) / groupPoints
	if n == 0 {
		return 0, 0, f.safepoint, nil
	}
	lo, hi := 0, n
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if p, _ := t.skip(f, mid); p < pc {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return 0, 0, f.safepoint, nil
	}
	p, off := t.skip(f, lo-1)
	if int64(off) >= int64(f.bodyEnd-f.safepoint) {
		return 0, 0, 0, t.bad(f.skips, "group %d of safepoints starts at byte %d of %d", lo, off, f.bodyEnd-f.safepoint)
	}
	return lo, p, f.safepoint + int(off), nil
}

// skip returns entry i of the skips of f.
func (t *Table) skip(f *Func, i int) (pc, off uint32) {
	if f.flags&flagWide != 0 {
		at := f.skips + i*wideSkip
		return u32(t.data, at), u32(t.data, at+4)
	}
	x := u32(t.data, f.skips+i*smallSkip)
	return x & 0xffff, x >> 16
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
		*m = Map{bits: m.bits[:0]}
	}
	return err
}

func (t *Table) lookup(pc uint32, m *Map) error {
	m.t = nil
	f := &m.fn
	if err := t.find(pc, f); err != nil {
		return err
	}
	if err := t.head(f); err != nil {
		return err
	}
	rel := pc - f.Start
	group, from, at, err := t.skipTo(f, rel)
	if err != nil {
		return err
	}
	s := stream{cursor{b: t.data[:f.bodyEnd], at: at}, from}
	m.clear(f.positions)
	for i := group * groupPoints; i < min((group+1)*groupPoints, f.Safepoints); i++ {
		if err := s.next(t, m); err != nil {
			return err
		}
		if s.pc >= rel {
			break
		}
	}
	if s.pc != rel || rel == 0 {
		if f.Complete {
			return ErrNotReturn
		}
		return ErrNoMap
	}
	m.t, m.pc = t, pc
	return m.check()
}

// stream is a walk over safepoints.
type stream struct {
	cursor
	pc uint32
}

// next reads the next safepoint and changes m, which holds the map before, into its map.
func (s *stream) next(t *Table, m *Map) error {
	at := s.at
	d := uint64(s.u()) << t.pcShift
	if s.bad || d == 0 || uint64(s.pc)+d >= uint64(m.fn.Size) {
		return t.bad(at, "return address %#x after %#x in a function of %#x bytes", uint64(s.pc)+d, s.pc, m.fn.Size)
	}
	s.pc += uint32(d)
	for {
		at := s.at
		code := s.byte()
		pos := int(code & (codeToggle - 1))
		if code&codeToggle == 0 {
			var err error
			if pos, err = s.special(t, m, at, code&^codeMore); err != nil {
				return err
			}
		}
		if pos >= 0 {
			if pos >= m.fn.positions {
				return t.bad(at, "change of root %d of %d", pos, m.fn.positions)
			}
			m.bits[pos/64] ^= 1 << (pos % 64)
		}
		if code&codeMore == 0 {
			break
		}
	}
	if s.bad {
		return t.bad(at, "safepoint does not fit into the function's bytes")
	}
	m.FrameSize = m.fn.Frame
	if m.fn.flags&flagFrames != 0 {
		m.FrameSize = bits.RotateLeft32(s.u(), 3)
		if s.bad {
			return t.bad(at, "safepoint without the size of its frame")
		}
	}
	return nil
}

// special carries out a code other than a change of one of the first positions. It returns the position that is to be
// changed, or -1. at is the place of the code.
func (s *stream) special(t *Table, m *Map, at int, code byte) (int, error) {
	switch code {
	case codeSame:
	case codeEmpty:
		clear(m.bits)
	case codeToggleBig:
		return int(s.u()) + toggleBias, nil
	case codeRef:
		d := s.u()
		if int64(d) > int64(at-headerSize) || d == 0 {
			return 0, t.bad(at, "reference to a literal %d bytes back", d)
		}
		far := cursor{b: t.data[:t.index], at: at - int(d)}
		lit := far.byte()
		if lit&codeToggle != 0 || lit&^codeMore < codeLiteral {
			return 0, t.bad(at, "reference to a code %#x, which is no literal", lit)
		}
		return -1, far.literal(t, m, lit&^codeMore)
	default:
		return -1, s.literal(t, m, code)
	}
	return -1, nil
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
	for i := 0; len(b) >= 8; i, b = i+1, b[8:] {
		m.bits[i] = binary.LittleEndian.Uint64(b)
	}
	if len(b) > 0 {
		x := uint64(0)
		for k := range b {
			x |= uint64(b[k]) << (8 * k)
		}
		m.bits[n/8] = x
	}
	if r := m.fn.positions % 64; r != 0 && m.bits[len(m.bits)-1]>>r != 0 {
		return t.bad(c.at, "literal with a root behind the last of %d", m.fn.positions)
	}
	return nil
}

// Funcs yields the functions of the table in the order of their code. An error comes last.
func (t *Table) Funcs() iter.Seq2[Func, error] {
	return func(yield func(Func, error) bool) {
		for g := range t.groups {
			d, err := t.openDirectory(g)
			for err == nil && d.left > 0 {
				var f Func
				if err = d.next(t, &f); err == nil {
					err = t.head(&f)
				}
				if err == nil && !yield(f, nil) {
					return
				}
			}
			if err != nil {
				yield(Func{}, err)
				return
			}
		}
	}
}

// Safepoints yields the safepoints of f, which Funcs or FuncAt of the same table returned: the return address from the start of the text,
// and the map, which is valid until the next one. An error comes last, with a nil map.
func (t *Table) Safepoints(f Func) iter.Seq2[uint32, *Map] {
	return func(yield func(uint32, *Map) bool) {
		m := &Map{fn: f}
		if f.bodyEnd > t.index || t.each(m, func(pc uint32) bool { return yield(pc, m) }) != nil {
			yield(0, nil)
		}
	}
}

// each calls fn for each safepoint of m.fn, with its map in m.
func (t *Table) each(m *Map, fn func(pc uint32) bool) error {
	f := &m.fn
	s := stream{cursor{b: t.data[:f.bodyEnd], at: f.safepoint}, 0}
	for i := range f.Safepoints {
		if i%groupPoints == 0 {
			if i > 0 {
				if pc, off := t.skip(f, i/groupPoints-1); pc != s.pc || f.safepoint+int(off) != s.at {
					return t.bad(f.skips, "index of group %d of safepoints leads to another place", i/groupPoints)
				}
			}
			m.clear(f.positions)
		}
		m.t = nil
		if err := s.next(t, m); err != nil {
			return err
		}
		m.t, m.pc = t, f.Start+s.pc
		if err := m.check(); err != nil {
			return err
		}
		if !fn(m.pc) {
			return nil
		}
	}
	if s.at != f.bodyEnd {
		return t.bad(s.at, "%d bytes behind the last safepoint of a function", f.bodyEnd-s.at)
	}
	return nil
}

// Validate reads the whole table and returns the first thing that is wrong with it, or nil. Lookups in a valid table
// give no FormatError, and find each safepoint.
func (t *Table) Validate() error {
	m := &Map{}
	last, body := uint32(0), headerSize
	for g := range t.groups {
		start, dir := t.group(g)
		d, err := t.openDirectory(g)
		if err != nil {
			return err
		}
		if start < last || d.body != body {
			return t.bad(t.index+g*indexEntry, "group %d of functions starts at %#x, before %#x, or not behind the group before", g, start, last)
		}
		for first := true; d.left > 0; first = false {
			if err := d.next(t, &m.fn); err != nil {
				return err
			}
			if first && m.fn.Start != start {
				return t.bad(dir, "first function of group %d with a gap", g)
			}
			if err := t.validateFunc(m); err != nil {
				return err
			}
		}
		if d.body != d.stop {
			return t.bad(dir, "%d bytes of bodies too many", d.stop-d.body)
		}
		last, body = d.end, d.at
	}
	if body != t.index {
		return t.bad(body, "%d bytes between the last group and the index", t.index-body)
	}
	return nil
}

func (t *Table) validateFunc(m *Map) error {
	if err := t.head(&m.fn); err != nil {
		return err
	}
	return t.each(m, func(uint32) bool { return true })
}

// FuncAt returns the function that pc lies in, and whether there is one.
func (t *Table) FuncAt(pc uint32) (f Func, ok bool, err error) {
	switch err := t.find(pc, &f); err {
	case nil:
		return f, true, t.head(&f)
	case ErrNoFunction:
		return Func{}, false, nil
	default:
		return Func{}, false, err
	}
}

// NumFuncs returns the number of functions.
func (t *Table) NumFuncs() int { return t.funcs }
