package check

import (
	"cmp"
	"math"
	"slices"

	"davit/ir"
	"davit/ir/op"
)

// A cell is a slot position with a type: what one store, load or entry of a stack map is about. Cells that share bytes
// overlap; a store to one destroys what is in the others.

// cell is a cell.
type cell struct {
	ir.StackMapEntry
	size     uint8
	holds    bool   // references are stored in it
	mapped   bool   // some stack map names it
	shares   bool   // it overlaps one that is mapped
	readAt   uint32 // 1 + the first block, by its place, with a load whose result depends on holds; or 0
	address  bool   // an address is computed from what is read from it
	derived  bool   // what is stored in it is computed from a reference, and address is set
	nextSlot uint32
	overlaps span // in cellTable.overlap
}

type span struct{ start, end uint32 }

// cellTable numbers cells.
type cellTable struct {
	cells   []cell
	last    []uint32 // per slot: 1 + the cell found last
	first   []uint32 // per slot: 1 + its first cell
	counts  []uint32 // per slot
	overlap []uint32
	shared  bool // some slot has several cells
	indexed bool // some cell stands for a whole slot
	known   int  // cells among which overlaps were looked for
	sorted  []uint32
	pairs   [][2]uint32

	// Slots of many cells are hashed.
	hash []uint32 // 1 + cell, or 0
}

const maxListed = 8 // cells of a slot that are looked up one after the other

func (t *cellTable) reset(slots int) {
	t.cells, t.shared, t.indexed, t.known = t.cells[:0], false, false, 0
	t.last, t.first, t.counts = cleared(t.last, slots), cleared(t.first, slots), cleared(t.counts, slots)
	t.hash = t.hash[:0]
}

// of returns the number of a cell, which must lie within its slot.
func (t *cellTable) of(e ir.StackMapEntry) uint32 {
	if k := t.last[e.Slot]; k != 0 && t.cells[k-1].StackMapEntry == e {
		return k - 1
	}
	k := t.find(e)
	t.last[e.Slot] = k + 1
	return k
}

func (t *cellTable) find(e ir.StackMapEntry) uint32 {
	if t.counts[e.Slot] < maxListed {
		for k := t.first[e.Slot]; k != 0; k = t.cells[k-1].nextSlot {
			if t.cells[k-1].StackMapEntry == e {
				return k - 1
			}
		}
		return t.add(e)
	}
	if 2*len(t.cells) >= len(t.hash) {
		t.grow()
	}
	for h := hashCell(e); ; h++ {
		switch k := t.hash[h&uint32(len(t.hash)-1)]; {
		case k == 0:
			n := t.add(e)
			t.hash[h&uint32(len(t.hash)-1)] = n + 1
			return n
		case t.cells[k-1].StackMapEntry == e:
			return k - 1
		}
	}
}

// whole returns the cell that stands for all of a slot: for what is stored and loaded there, nobody knows where. It has no
// bytes, and overlaps nothing. It is valid if a reference in the slot may be current.
func (t *cellTable) whole(s ir.StackSlot) uint32 {
	t.indexed = true
	return t.of(ir.StackMapEntry{Slot: s, Offset: math.MaxUint32})
}

// wholeOf returns the cell that stands for all of a slot, if there is one.
func (t *cellTable) wholeOf(s ir.StackSlot) (uint32, bool) {
	for k := t.first[s]; k != 0; k = t.cells[k-1].nextSlot {
		if t.cells[k-1].isWhole() {
			return k - 1, true
		}
	}
	return 0, false
}

func (c *cell) isWhole() bool { return c.size == 0 }

func hashCell(e ir.StackMapEntry) uint32 {
	h := uint64(e.Slot)<<32 | uint64(e.Offset)
	h = (h ^ uint64(e.Type)<<48) * 0x9e3779b97f4a7c15
	return uint32(h >> 32)
}

// grow makes the hash table anew, with room.
func (t *cellTable) grow() {
	n := max(64, 2*len(t.hash))
	for n < 4*len(t.cells) {
		n *= 2
	}
	t.hash = cleared(t.hash, n)
	for i := range t.cells {
		h := hashCell(t.cells[i].StackMapEntry)
		for t.hash[h&uint32(n-1)] != 0 {
			h++
		}
		t.hash[h&uint32(n-1)] = uint32(i) + 1
	}
}

func (t *cellTable) add(e ir.StackMapEntry) uint32 {
	n := uint32(len(t.cells))
	t.cells = append(t.cells, cell{StackMapEntry: e, size: uint8(min(e.Type.Bytes(), 255)), nextSlot: t.first[e.Slot]})
	t.shared = t.shared || t.first[e.Slot] != 0
	t.first[e.Slot] = n + 1
	t.counts[e.Slot]++
	if t.counts[e.Slot] == maxListed {
		t.grow()
	}
	return n
}

// findOverlaps fills in which cells overlap. It reports whether one turned out to overlap one that is mapped.
func (t *cellTable) findOverlaps() bool {
	if t.known == len(t.cells) {
		return false
	}
	t.known = len(t.cells)
	if !t.shared {
		return false
	}
	t.sorted, t.pairs, t.overlap = t.sorted[:0], t.pairs[:0], t.overlap[:0]
	for i := range t.cells {
		if c := &t.cells[i]; t.counts[c.Slot] > 1 {
			t.sorted = append(t.sorted, uint32(i))
		}
	}
	slices.SortFunc(t.sorted, func(i, j uint32) int {
		a, b := &t.cells[i], &t.cells[j]
		return cmp.Or(cmp.Compare(a.Slot, b.Slot), cmp.Compare(a.Offset, b.Offset), cmp.Compare(i, j))
	})
	for n, i := range t.sorted {
		a := &t.cells[i]
		for _, j := range t.sorted[n+1:] {
			b := &t.cells[j]
			if b.Slot != a.Slot || b.Offset >= a.Offset+uint32(a.size) {
				break
			}
			t.pairs = append(t.pairs, [2]uint32{i, j}, [2]uint32{j, i})
		}
	}
	slices.SortFunc(t.pairs, func(a, b [2]uint32) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	news := false
	for n := 0; n < len(t.pairs); {
		c := &t.cells[t.pairs[n][0]]
		c.overlaps.start = uint32(len(t.overlap))
		for first := t.pairs[n][0]; n < len(t.pairs) && t.pairs[n][0] == first; n++ {
			t.overlap = append(t.overlap, t.pairs[n][1])
			if !c.shares && t.cells[t.pairs[n][1]].mapped {
				c.shares, news = true, true
			}
		}
		c.overlaps.end = uint32(len(t.overlap))
	}
	return news
}

// overlapping returns the cells that share bytes with cell k.
func (t *cellTable) overlapping(k uint32) []uint32 {
	s := t.cells[k].overlaps
	return t.overlap[s.start:s.end]
}

// within reports whether all bytes of cell k, which overlaps cell o, are bytes of cell o.
func (t *cellTable) within(k, o uint32) bool {
	a, b := &t.cells[k], &t.cells[o]
	return a.Offset >= b.Offset && a.Offset+uint32(a.size) <= b.Offset+uint32(b.size)
}

// reads reports whether a load of cell k in the block at place blk gives a reference.
func (t *cellTable) reads(k, blk uint32) bool {
	c := &t.cells[k]
	if c.readAt == 0 || c.readAt > blk+1 {
		c.readAt = blk + 1
	}
	return c.mapped || c.holds
}

// partOfRef reports whether a load of cell k gives a part of a reference.
func (t *cellTable) partOfRef(k uint32) bool {
	for _, o := range t.overlapping(k) {
		if t.cells[o].mapped || t.cells[o].holds {
			return true
		}
	}
	return false
}

// accessed returns the type of what a load or store accesses in memory.
func accessed(o op.Opcode, t op.Type) op.Type {
	switch o {
	case op.Uload8, op.Sload8, op.Istore8:
		return op.I8
	case op.Uload16, op.Sload16, op.Istore16:
		return op.I16
	case op.Uload32, op.Sload32, op.Istore32:
		return op.I32
	case op.Uload8x8, op.Sload8x8, op.Uload16x4, op.Sload16x4, op.Uload32x2, op.Sload32x2:
		return op.I64
	}
	return t
}

// cleared returns n zeros in the memory of s.
func cleared[T any](s []T, n int) []T {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}

// resized returns s with length n; the contents are arbitrary.
func resized[T any](s []T, n int) []T { return slices.Grow(s[:0], n)[:n] }
