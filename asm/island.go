package asm

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Constants, jump tables and islands.
//
// Problem: data that instructions refer to should be stored once, behind the code; but some references reach only a
// little way, in which case data must be placed, and out-of-reach branches helped on, in the midst of the code.
//
// Idea: a constant is a label that the buffer binds itself, at the end of the function or in an island. Each reference
// of limited range to an unbound label has a deadline, the last offset that it reaches. Whoever emits code asks before
// each block or long instruction whether a deadline would be missed (NeedIsland), and if so has an island put there:
// the constants that pending references need, and a veneer for each pending branch that has used up half its range.
//
// Invariants:
//  1. Provisional distances are never shorter than final ones (see layout.go), so a deadline kept provisionally is kept.
//  2. A label of a constant never moves. Where its copy is bound and out of reach, a reference gets another copy.
//  3. After an island every pending reference has at least half its range left, so islands are rare and the total work
//     linear in code plus references.
//
// Source: the scheme is that of the constant pools and veneers of assemblers and JITs since the first ARM compilers.

type constant struct {
	start, size uint32 // in constPool.bytes; for a table, of entries in constPool.targets
	label       Label  // the current copy
	hash        uint32
	align       uint8
	table       bool
	needed      bool // has pending uses (while emitting an island)
}

type constCopy struct {
	label Label
	cst   uint32
	pos   uint32 // final offset
}

// placedTable is a copy of a jump table within the code.
type placedTable struct {
	off, cst uint32
	label    Label
}

type constPool struct {
	list    []constant
	bytes   []byte
	targets []Label
	hash    []uint32    // open addressing: 1 + index into list
	copies  []constCopy // unbound copies at the end of the function, filled by Finish
	placed  []placedTable
}

func (p *constPool) reset() {
	p.list, p.bytes, p.targets, p.hash = p.list[:0], p.bytes[:0], p.targets[:0], p.hash[:0]
	p.copies, p.placed = p.copies[:0], p.placed[:0]
}

func hashBytes(data []byte) uint32 {
	h := uint64(len(data)) * 0x9e3779b97f4a7c15
	for len(data) >= 8 {
		h = (h ^ binary.LittleEndian.Uint64(data)) * 0xff51afd7ed558ccd
		h ^= h >> 32
		data = data[8:]
	}
	for _, c := range data {
		h = (h ^ uint64(c)) * 0xff51afd7ed558ccd
		h ^= h >> 32
	}
	return uint32(h)
}

// Const returns a label for a constant with these bytes at an address that is a multiple of align (a power of two, at
// most 64). Equal constants share storage. Constants without uses are not stored. On a target whose references reach
// everywhere the alignment always holds; within an island it holds for multiples of the instruction size only.
func (b *Buffer) Const(data []byte, align int) Label {
	p := &b.consts
	if len(data) == 0 || align < 1 || align > 64 || align&(align-1) != 0 {
		b.fail("constant of %d bytes aligned to %d", len(data), align)
		return b.NewLabel()
	}
	if 2*(len(p.list)+1) > len(p.hash) {
		p.rehash()
	}
	h := hashBytes(data)
	mask := uint32(len(p.hash) - 1)
	slot := h & mask
	for ; p.hash[slot] != 0; slot = (slot + 1) & mask {
		c := &p.list[p.hash[slot]-1]
		if c.hash == h && string(p.bytes[c.start:c.start+c.size]) == string(data) {
			c.align = max(c.align, uint8(align))
			return c.label
		}
	}
	l := b.addConst(constant{start: uint32(len(p.bytes)), size: uint32(len(data)), hash: h, align: uint8(align)})
	p.bytes = append(p.bytes, data...)
	p.hash[slot] = uint32(len(p.list))
	return l
}

// ConstU32 is Const for a 4-byte number in the byte order of the machine.
func (b *Buffer) ConstU32(v uint32) Label {
	var d [4]byte
	b.order().PutUint32(d[:], v)
	return b.Const(d[:], 4)
}

// ConstU64 is Const for an 8-byte number in the byte order of the machine.
func (b *Buffer) ConstU64(v uint64) Label {
	var d [8]byte
	b.order().PutUint64(d[:], v)
	return b.Const(d[:], 8)
}

// JumpTable returns a label for a table that has, per target, 4 bytes in the byte order of the machine: the distance
// from the start of the table to the target.
func (b *Buffer) JumpTable(targets []Label) Label {
	p := &b.consts
	start := uint32(len(p.targets))
	p.targets = append(p.targets, targets...)
	return b.addConst(constant{start: start, size: uint32(len(targets)), align: 4, table: true})
}

func (b *Buffer) order() binary.ByteOrder {
	if b.target.BigEndian {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (b *Buffer) addConst(c constant) Label {
	c.label = b.NewLabel()
	b.consts.list = append(b.consts.list, c)
	b.labels[c.label].cst = uint32(len(b.consts.list))
	return c.label
}

func (p *constPool) rehash() {
	n := max(16, 2*len(p.hash))
	if cap(p.hash) >= n {
		p.hash = p.hash[:n]
		clear(p.hash)
	} else {
		p.hash = make([]uint32, n)
	}
	mask := uint32(n - 1)
	for i := range p.list {
		if p.list[i].table {
			continue
		}
		slot := p.list[i].hash & mask
		for p.hash[slot] != 0 {
			slot = (slot + 1) & mask
		}
		p.hash[slot] = uint32(i + 1)
	}
}

// byteSize is the space that a constant takes.
func (c *constant) byteSize() uint32 {
	if c.table {
		return 4 * c.size
	}
	return c.size
}

// reachableConst returns the label of a copy of constant l that a use at off can reach, or l if it is no constant.
func (b *Buffer) reachableConst(l Label, off uint32, u *LabelUse) Label {
	in := &b.labels[l]
	if in.cst == 0 {
		return l
	}
	c := &b.consts.list[in.cst-1]
	if pos := b.labels[c.label].pos; pos != unbound && int64(pos)-int64(off)-int64(u.Bias) < u.Min {
		id := in.cst
		c.label = b.NewLabel()
		b.labels[c.label].cst = id
	}
	return c.label
}

func (b *Buffer) addPending(i int) {
	f := &b.fixups[i]
	b.pending = append(b.pending, uint32(i))
	b.deadline = min(b.deadline, b.deadlineOf(f))
	b.islandSize += b.islandShare(f)
}

// deadlineOf is the first offset that f cannot reach, with some room for addends.
func (b *Buffer) deadlineOf(f *fixup) int64 {
	u := &b.target.Uses[f.kind]
	return int64(f.off) + int64(u.Bias) + u.Max - max(int64(f.addend), 0)
}

// islandShare bounds the number of bytes that f adds to an island.
func (b *Buffer) islandShare(f *fixup) int64 {
	if c := b.labels[f.label].cst; c != 0 {
		k := &b.consts.list[c-1]
		return int64(k.byteSize()) + int64(k.align)
	}
	if v := b.target.Uses[f.kind].Veneer; v != nil {
		return int64(len(v.Code))
	}
	return 0
}

// NeedIsland reports whether a reference would go out of range if distance more bytes were emitted before an island.
func (b *Buffer) NeedIsland(distance int) bool {
	if len(b.pending) == 0 {
		return false
	}
	limit := func() int64 { return int64(len(b.data)) + int64(distance) + b.islandSize + int64(b.reserve[0]) + 64 }
	if limit() < b.deadline {
		return false
	}
	b.prunePending()
	return limit() >= b.deadline
}

// prunePending forgets references whose label has been bound.
func (b *Buffer) prunePending() {
	kept := b.pending[:0]
	b.deadline, b.islandSize = math.MaxInt64, 0
	for _, i := range b.pending {
		f := &b.fixups[i]
		if b.labels[f.label].pos != unbound {
			continue
		}
		kept = append(kept, i)
		b.deadline = min(b.deadline, b.deadlineOf(f))
		b.islandSize += b.islandShare(f)
	}
	b.pending = kept
}

// EmitIsland puts the constants and veneers that pending references need at the current offset. If control falls
// through to the current offset, fallsIn must be set, and a jump around the island is made.
func (b *Buffer) EmitIsland(fallsIn bool) {
	b.prunePending()
	if len(b.pending) == 0 {
		return
	}
	around := NoLabel
	if fallsIn {
		around = b.NewLabel()
		b.Jump(around)
	}
	b.islandVeneers()
	b.islandConstants()
	if fallsIn {
		b.Bind(around)
	} else {
		b.NoFallthrough()
	}
	b.prunePending()
}

func (b *Buffer) islandVeneers() {
	n := len(b.pending)
	for k := 0; k < n; k++ {
		i := b.pending[k]
		f := b.fixups[i]
		u := &b.target.Uses[f.kind]
		if c := b.labels[f.label].cst; c != 0 {
			b.consts.list[c-1].needed = true
			continue
		}
		if u.Veneer == nil || b.deadlineOf(&f)-int64(len(b.data)) > u.Max/2 {
			continue
		}
		v := b.NewLabel()
		b.Bind(v)
		b.fixups[i].label = v
		b.fixups[i].addend = 0
		at := b.Offset()
		b.PutBytes(u.Veneer.Code)
		b.UseLabel(at+uint32(u.Veneer.Offset), u.Veneer.Use, f.label, f.addend)
	}
}

func (b *Buffer) islandConstants() {
	p := &b.consts
	for align := 64; align > 0; align >>= 1 {
		for i := range p.list {
			c := &p.list[i]
			if !c.needed || int(c.align) != align {
				continue
			}
			c.needed = false
			for len(b.data)%align != 0 {
				b.Put1(0)
			}
			b.labels[c.label].pos, b.labels[c.label].branches = b.Offset(), uint32(len(b.branches))
			if !c.table {
				b.PutBytes(p.bytes[c.start : c.start+c.size])
				continue
			}
			p.placed = append(p.placed, placedTable{b.Offset(), uint32(i), c.label})
			for range c.size {
				b.Put4LE(0)
			}
		}
	}
}

// placeConstants lays out the used constants that are still unbound behind the code, widest alignment first, and
// returns the end of the last.
func (b *Buffer) placeConstants(end uint32) uint32 {
	p := &b.consts
	p.copies = p.copies[:0]
	if len(p.list) == 0 {
		return end
	}
	for i := range b.fixups {
		l := b.fixups[i].label
		if in := &b.labels[l]; in.cst != 0 && in.pos == unbound && b.finalLabel[l] == unbound {
			b.finalLabel[l] = 0
			p.copies = append(p.copies, constCopy{label: l, cst: in.cst - 1})
		}
	}
	for shift := 6; shift >= 0; shift-- {
		for i := range p.copies {
			c := &p.list[p.copies[i].cst]
			if bits.TrailingZeros8(c.align) != shift {
				continue
			}
			end = (end + uint32(c.align) - 1) &^ (uint32(c.align) - 1)
			b.SetAlign(int(c.align))
			p.copies[i].pos = end
			b.finalLabel[p.copies[i].label] = end
			end += c.byteSize()
		}
	}
	return end
}

// writeConstants fills in what placeConstants has laid out, and the tables of islands.
func (b *Buffer) writeConstants(out []byte, cur cursor) {
	p := &b.consts
	for i := range p.copies {
		k := &p.copies[i]
		c := &p.list[k.cst]
		if c.table {
			b.writeTable(out, c, k.pos)
		} else {
			copy(out[k.pos:], p.bytes[c.start:c.start+c.size])
		}
	}
	for _, t := range p.placed {
		b.writeTable(out, &p.list[t.cst], cur.at(t.off))
	}
}

func (b *Buffer) writeTable(out []byte, c *constant, pos uint32) {
	order := b.order()
	for i, l := range b.consts.targets[c.start : c.start+c.size] {
		order.PutUint32(out[pos+4*uint32(i):], b.finalLabel[b.redirect[l]]-pos)
	}
}
