package asm

import (
	"encoding/binary"
	"fmt"
	"math"
)

// NoLoc is the source location that stands for none.
const NoLoc = ^uint32(0)

// maxCode bounds the provisional size of a function, so that every displacement fits 32 bits.
const maxCode = 1 << 30

const unbound = ^uint32(0)

// Target describes to a Buffer the machine it writes code for, as data.
type Target struct {
	Name      string
	BigEndian bool
	Align     int    // minimum alignment of a function, in bytes
	TrapInst  []byte // what a deferred trap consists of
	// CallField is how many bytes before its return address the relocation of a direct call stands.
	CallField uint32
	// EndsCall reports whether a call instruction may end at an offset of code: what is before it reads as one.
	EndsCall func(code []byte, off uint32) bool

	// Branches are the kinds of branch whose form the buffer chooses. Kind 0 is the unconditional jump.
	Branches []BranchKind
	// Uses are the kinds of reference to a label from within an instruction or from data.
	Uses []LabelUse
}

// BranchKind is a family of branches that differ in reach and size only.
type BranchKind struct {
	Name string
	// Rungs are the forms of the branch, by growing size and range; the last must reach everything the target can
	// compile. A form may be several instructions, such as an inverted branch over a jump.
	Rungs []Rung
	// Encode writes form rung to dst, whose length is the size of the form. cond is what the branch was recorded with,
	// disp the distance in bytes from the start of the form plus its Bias to the target.
	Encode func(dst []byte, rung int, cond uint32, disp int64)
	// Invert returns the opposite condition; nil for the unconditional jump.
	Invert func(cond uint32) uint32
}

// Rung is one form of a branch.
type Rung struct {
	Size     uint8
	Bias     int8  // displacements count from the start of the form plus Bias
	Min, Max int64 // range of the displacement
	Insts    uint8 // number of machine instructions; 0 means 1
}

// LabelUse is a kind of reference to a label from a fixed place in the code.
type LabelUse struct {
	Name     string
	Size     uint8 // bytes from the offset of the use that Patch may change
	Bias     int8  // displacements count from the offset of the use plus Bias
	Min, Max int64 // range of the displacement
	// Patch puts the displacement into the bytes of the use.
	Patch func(at []byte, disp int64)
	// Veneer tells how to lengthen the reach of a use that may not be out of range; nil if that is impossible.
	Veneer *Veneer
}

// Veneer is a piece of code that a use is sent to, and that goes on to the label.
type Veneer struct {
	Code   []byte
	Use    uint8 // kind of label use within Code, with a longer range
	Offset uint8 // where in Code that use is
}

type labelInfo struct {
	pos      uint32 // provisional offset, or unbound
	branches uint32 // number of branches recorded before it was bound
	cst      uint32 // 1 + index of the constant that the label stands for, or 0
}

type fixup struct {
	off    uint32
	label  Label
	addend int32
	kind   uint8
}

type labelDiff struct {
	off          uint32
	target, base Label
}

type blockMark struct{ block, off uint32 }

type srcMark struct{ off, loc uint32 }

type callSite struct {
	off        uint32
	start, end uint32 // in Buffer.handlers
}

type stackMapMark struct {
	off     uint32
	entries []StackMapEntry
}

type tagMark struct {
	off  uint32
	post bool
	tags []DebugTag
}

type deferredTrap struct {
	label  Label
	loc    uint32
	off    uint32 // where it was asked for first; once it is placed, where that is
	code   uint8
	unwind UnwindRow
}

// Buffer collects the machine code of one function at a time. The zero value is unusable until Reset. See the package
// comment for how offsets behave.
type Buffer struct {
	target *Target
	data   []byte
	err    error
	insts  int

	labels []labelInfo
	bound  []Label // code labels in the order in which they were bound
	fixups []fixup
	diffs  []labelDiff

	branches []branch
	reserve  []uint8 // per branch kind: size of the last rung
	endAt    uint32  // control does not fall through to this offset
	pinAt    uint32  // something besides code is attached to this offset

	consts  constPool
	pending []uint32 // fixups of limited range whose label was unbound when recorded
	// deadline is the smallest offset that a pending fixup cannot reach; islandSize bounds what an island would hold.
	deadline   int64
	islandSize int64

	symbols   []Symbol
	relocs    []Reloc
	traps     []Trap
	returns   []uint32
	stackMaps []stackMapMark
	calls     []callSite
	handlers  []Handler
	blocks    []blockMark
	srcMarks  []srcMark
	tags      []tagMark
	deferred  []deferredTrap
	placed    []deferredTrap
	unwind    []UnwindRow // with provisional offsets

	align                int
	frameSize, slotArea  uint32
	framePointer         bool
	redirect, uses       []uint32 // per label, scratch of layout
	state                []uint8
	shrink, finalLabel   []uint32
	active               []activeBranch
	codeSize, constStart uint32
}

// Reset empties the buffer for a new function of target t, keeping its memory, and makes labels 0 to numBlockLabels-1.
func (b *Buffer) Reset(t *Target, numBlockLabels int) {
	if b.target != t {
		b.target = t
		b.reserve = b.reserve[:0]
		for i := range t.Branches {
			r := t.Branches[i].Rungs
			b.reserve = append(b.reserve, r[len(r)-1].Size)
		}
	}
	b.data, b.err, b.insts = b.data[:0], nil, 0
	b.labels, b.bound = b.labels[:0], b.bound[:0]
	b.fixups, b.diffs, b.branches = b.fixups[:0], b.diffs[:0], b.branches[:0]
	b.endAt, b.pinAt = unbound, unbound
	b.consts.reset()
	b.pending, b.deadline, b.islandSize = b.pending[:0], math.MaxInt64, 0
	b.symbols, b.relocs, b.traps = nil, b.relocs[:0], b.traps[:0]
	clear(b.stackMaps)
	clear(b.tags)
	b.stackMaps, b.tags = b.stackMaps[:0], b.tags[:0]
	b.calls, b.handlers, b.returns = b.calls[:0], b.handlers[:0], b.returns[:0]
	b.blocks, b.srcMarks, b.deferred = b.blocks[:0], b.srcMarks[:0], b.deferred[:0]
	b.unwind, b.placed = b.unwind[:0], b.placed[:0]
	b.align, b.frameSize, b.slotArea, b.framePointer = max(t.Align, 1), 0, 0, false
	b.shrink, b.codeSize, b.constStart = b.shrink[:0], 0, 0
	for range numBlockLabels {
		b.labels = append(b.labels, labelInfo{pos: unbound})
	}
}

// Target returns the target given to Reset.
func (b *Buffer) Target() *Target { return b.target }

// Err returns the first error so far; Finish returns it too.
func (b *Buffer) Err() error { return b.err }

func (b *Buffer) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf("asm: "+format, args...)
	}
}

// Offset is the provisional offset of the next byte.
func (b *Buffer) Offset() uint32 { return uint32(len(b.data)) }

// Tail returns room for one instruction of up to 32 bytes at the current offset. What is written there counts once
// Advance is called.
func (b *Buffer) Tail() []byte {
	n := len(b.data)
	if cap(b.data)-n < 32 {
		return b.grow()
	}
	return b.data[n : n+32]
}

func (b *Buffer) grow() []byte {
	n := len(b.data)
	if n > maxCode {
		// Start over: the function is lost, but memory stays bounded.
		b.fail("function has more than %d bytes of code", maxCode)
		b.data = b.data[:0]
		return b.data[:32]
	}
	bigger := make([]byte, n, max(2*cap(b.data), 4096))
	copy(bigger, b.data)
	b.data = bigger
	return bigger[n : n+32]
}

// Advance appends the first n bytes of Tail as one machine instruction.
func (b *Buffer) Advance(n int) {
	b.data = b.data[:len(b.data)+n]
	b.insts++
}

// CountInsts adds n to the number of machine instructions, for code that is written with the Put methods.
func (b *Buffer) CountInsts(n int) { b.insts += n }

// Put1 appends a byte.
func (b *Buffer) Put1(v uint8) { b.data = append(b.data, v) }

// Put2LE appends 2 bytes, little-endian.
func (b *Buffer) Put2LE(v uint16) { b.data = binary.LittleEndian.AppendUint16(b.data, v) }

// Put4LE appends 4 bytes, little-endian.
func (b *Buffer) Put4LE(v uint32) { b.data = binary.LittleEndian.AppendUint32(b.data, v) }

// Put8LE appends 8 bytes, little-endian.
func (b *Buffer) Put8LE(v uint64) { b.data = binary.LittleEndian.AppendUint64(b.data, v) }

// Put2BE appends 2 bytes, big-endian.
func (b *Buffer) Put2BE(v uint16) { b.data = binary.BigEndian.AppendUint16(b.data, v) }

// Put4BE appends 4 bytes, big-endian.
func (b *Buffer) Put4BE(v uint32) { b.data = binary.BigEndian.AppendUint32(b.data, v) }

// Put8BE appends 8 bytes, big-endian.
func (b *Buffer) Put8BE(v uint64) { b.data = binary.BigEndian.AppendUint64(b.data, v) }

// PutBytes appends p.
func (b *Buffer) PutBytes(p []byte) {
	if len(b.data)+len(p) > maxCode {
		b.fail("function has more than %d bytes of code", maxCode)
		return
	}
	b.data = append(b.data, p...)
}

// NewLabel makes an unbound label.
func (b *Buffer) NewLabel() Label {
	b.labels = append(b.labels, labelInfo{pos: unbound})
	return Label(len(b.labels) - 1)
}

// Bind gives l the current offset.
func (b *Buffer) Bind(l Label) {
	if int(l) >= len(b.labels) {
		b.fail("bind of unknown label %d", l)
		return
	}
	in := &b.labels[l]
	if in.pos != unbound || in.cst != 0 {
		b.fail("label %d bound twice", l)
		return
	}
	in.pos, in.branches = uint32(len(b.data)), uint32(len(b.branches))
	b.bound = append(b.bound, l)
}

// IsBound reports whether l has an offset.
func (b *Buffer) IsBound(l Label) bool { return int(l) < len(b.labels) && b.labels[l].pos != unbound }

// UseLabel records that the bytes at offset off, which need not be written yet, refer to l in the way of label-use kind
// kind. Offsets of uses must not descend. The patched displacement is the final address of l plus addend, minus that
// of the use plus the kind's Bias.
func (b *Buffer) UseLabel(off uint32, kind uint8, l Label, addend int32) {
	if int(l) >= len(b.labels) || int(kind) >= len(b.target.Uses) {
		b.fail("use of unknown label %d or label-use kind %d", l, kind)
		return
	}
	u := &b.target.Uses[kind]
	l = b.reachableConst(l, off, u)
	b.fixups = append(b.fixups, fixup{off, l, addend, kind})
	if u.Max < maxCode && b.labels[l].pos == unbound {
		b.addPending(len(b.fixups) - 1)
	}
}

// PutLabelDiff appends 4 bytes of data: the distance from base to target, in the byte order of the machine.
func (b *Buffer) PutLabelDiff(target, base Label) {
	b.diffs = append(b.diffs, labelDiff{b.Offset(), target, base})
	b.Put4LE(0)
}

// NoFallthrough says that control does not flow from what was emitted last to the current offset.
func (b *Buffer) NoFallthrough() { b.endAt = b.Offset() }

// SetSymbols gives the symbols that relocations refer to. The slice is not modified, and becomes part of the Code.
func (b *Buffer) SetSymbols(s []Symbol) { b.symbols = s }

// AddReloc records a relocation of the field at offset off. Offsets of relocations must not descend.
func (b *Buffer) AddReloc(off uint32, kind RelocKind, symbol uint32, addend int64) {
	b.relocs = append(b.relocs, Reloc{off, kind, symbol, addend})
}

// AddTrap records that the instruction about to be emitted may trap.
func (b *Buffer) AddTrap(code uint8) { b.traps = append(b.traps, Trap{b.Offset(), code}) }

// DeferTrap returns the label of a trap instruction with this code, placed behind the function's code or where PlaceTraps
// is called. Uses with the same code, source location and unwind row share one.
func (b *Buffer) DeferTrap(code uint8) Label {
	loc := NoLoc
	if n := len(b.srcMarks); n > 0 {
		loc = b.srcMarks[n-1].loc
	}
	t := deferredTrap{loc: loc, off: b.Offset(), code: code, unwind: b.unwindNow()}
	if l, ok := findTrap(b.deferred, &t); ok {
		return l
	}
	for len(b.placed) > 0 && t.off-b.placed[0].off > trapReach {
		b.placed = b.placed[1:]
	}
	if l, ok := findTrap(b.placed, &t); ok {
		return l
	}
	t.label = b.NewLabel()
	b.deferred = append(b.deferred, t)
	return t.label
}

// findTrap finds a trap like t among the last of a list.
func findTrap(list []deferredTrap, t *deferredTrap) (Label, bool) {
	for i := len(list) - 1; i >= 0 && i >= len(list)-32; i-- {
		if d := &list[i]; d.code == t.code && d.loc == t.loc && d.unwind == t.unwind {
			return d.label, true
		}
	}
	return 0, false
}

// trapReach is over how many provisional bytes a short branch to a trap is likely to reach.
const trapReach = 200

// PlaceTraps writes out the deferred traps that short branches can reach from where they were asked for. It is called
// where control does not come by; nothing falls through to what follows.
func (b *Buffer) PlaceTraps() {
	n := len(b.deferred)
	for n > 0 && b.Offset()-b.deferred[n-1].off <= trapReach {
		n--
	}
	if n == len(b.deferred) {
		return
	}
	row := b.unwindNow()
	b.emitTraps(b.deferred[n:])
	b.deferred = b.deferred[:n]
	b.SetLoc(NoLoc)
	if len(b.unwind) > 0 {
		b.SetUnwind(row)
	}
	b.NoFallthrough()
}

// AddCall says that the current offset is the return address of the call emitted last.
func (b *Buffer) AddCall() { b.returns = append(b.returns, b.Offset()) }

// NumCalls returns the number of calls recorded.
func (b *Buffer) NumCalls() int { return len(b.returns) }

// AddStackMap attaches live references to the current offset, the return address of the call emitted last. The
// entries are kept, not copied.
func (b *Buffer) AddStackMap(entries []StackMapEntry) {
	off := b.Offset()
	if n := len(b.stackMaps); n > 0 && b.stackMaps[n-1].off >= off || off == 0 {
		b.fail("stack map at offset %d does not follow a call of its own", off)
		return
	}
	b.stackMaps = append(b.stackMaps, stackMapMark{off, entries})
}

// AddCallSite attaches an exception table to the current offset, the return address of the call emitted last. The
// Target of HandlerTag and HandlerDefault rows is the Label of the landing block.
func (b *Buffer) AddCallSite(rows []Handler) {
	start := uint32(len(b.handlers))
	b.handlers = append(b.handlers, rows...)
	b.calls = append(b.calls, callSite{b.Offset(), start, uint32(len(b.handlers))})
}

// MarkBlock says that the code of a CLIF block starts at the current offset.
func (b *Buffer) MarkBlock(block uint32) { b.blocks = append(b.blocks, blockMark{block, b.Offset()}) }

// SetLoc gives what follows the source location loc, or none if it is NoLoc.
func (b *Buffer) SetLoc(loc uint32) {
	if n := len(b.srcMarks); n > 0 {
		last := &b.srcMarks[n-1]
		if last.loc == loc {
			return
		}
		if last.off == b.Offset() {
			last.loc = loc
			return
		}
	} else if loc == NoLoc {
		return
	}
	b.srcMarks = append(b.srcMarks, srcMark{b.Offset(), loc})
}

// SetUnwind says how to find the caller's frame from the current offset on. The Offset of the row is ignored.
func (b *Buffer) SetUnwind(row UnwindRow) {
	row.Offset = b.Offset()
	n := len(b.unwind)
	if n > 0 && b.unwind[n-1].Offset == row.Offset {
		n--
	}
	b.unwind = append(b.unwind[:n], row)
}

// unwindNow is the row in force, without its offset.
func (b *Buffer) unwindNow() (row UnwindRow) {
	if n := len(b.unwind); n > 0 {
		row = b.unwind[n-1]
	}
	row.Offset = 0
	return row
}

// AddDebugTags attaches tags to the current offset, which is a return address if post is set. The tags are kept, not
// copied.
func (b *Buffer) AddDebugTags(post bool, tags []DebugTag) {
	b.tags = append(b.tags, tagMark{b.Offset(), post, tags})
	b.pinAt = b.Offset()
}

// SetFrame gives the measures of the frame; see Code.
func (b *Buffer) SetFrame(frameSize, slotArea uint32, framePointer bool) {
	b.frameSize, b.slotArea, b.framePointer = frameSize, slotArea, framePointer
}

// SetAlign raises the alignment of the function to n bytes, a power of two.
func (b *Buffer) SetAlign(n int) { b.align = max(b.align, n) }
