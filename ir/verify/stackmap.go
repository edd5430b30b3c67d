package verify

import (
	"cmp"
	"slices"
	"strconv"

	"davit/ir"
	"davit/ir/op"
)

// The rules for the stack map of an instruction. Cranelift has none.
//
//  V1. The slot of an entry is declared.
//  V2. The entry ends within its slot.
//  V3. The instruction is a safepoint.
//  V4. The type of an entry has 1, 2, 4, 8 or 16 bytes.
//  V5. The offset is a multiple of the size or of the alignment of the slot, whichever is smaller.
//  V6. No two entries overlap, except that one may be repeated as it is.
//
// V7, that something has been stored there, is for Lint.

const maxEntrySize = 16

// stackMap checks the stack map of an instruction, if it has one.
func (c *Context) stackMap(i ir.Inst, d *ir.InstData) {
	es := c.f.StackMap(i)
	if len(es) == 0 {
		return
	}
	if !d.Op.IsSafepoint() {
		c.report(i.Entity(), "stack map on %v, which is no safepoint: expected a call that is no tail call", d.Op)
		return
	}
	c.entries = c.entries[:0]
	for _, e := range es {
		if c.entry(i, e) {
			c.entries = append(c.entries, e)
		}
	}
	slices.SortFunc(c.entries, func(a, b ir.StackMapEntry) int {
		return cmp.Or(cmp.Compare(a.Slot, b.Slot), cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Type, b.Type))
	})
	longest := 0 // entry that reaches furthest among those so far
	for k := 1; k < len(c.entries); k++ {
		a, b := c.entries[longest], c.entries[k]
		if a == b {
			continue
		}
		if a.Slot == b.Slot && b.Offset < a.Offset+uint32(a.Type.Bytes()) {
			c.report(i.Entity(), "stack map entries `%v` and `%v` overlap", a, b)
		}
		if a.Slot != b.Slot || a.Offset+uint32(a.Type.Bytes()) < b.Offset+uint32(b.Type.Bytes()) {
			longest = k
		}
	}
}

// entry checks one entry by itself.
func (c *Context) entry(i ir.Inst, e ir.StackMapEntry) bool {
	if int(e.Slot) >= len(c.f.StackSlots) {
		c.report(i.Entity(), "stack map entry `%v`: %v is not declared", e, e.Slot)
		return false
	}
	size := uint32(e.Type.Bytes())
	if e.Type.IsDynamic() || !e.Type.IsValid() || size > maxEntrySize || size&(size-1) != 0 {
		c.report(i.Entity(), "stack map entry `%v` has a type of %s, expected 1, 2, 4, 8 or 16 bytes", e, sizeText(e.Type))
		return false
	}
	slot := &c.f.StackSlots[e.Slot]
	if end := uint64(e.Offset) + uint64(size); end > uint64(slot.Size) {
		c.report(i.Entity(), "stack map entry `%v` ends at byte %d, but %v has %d bytes", e, end, e.Slot, slot.Size)
		return false
	}
	align := size
	if slot.AlignLog2 < 5 {
		align = min(size, 1<<slot.AlignLog2)
	}
	if e.Offset%align != 0 {
		c.report(i.Entity(), "stack map entry `%v` is misaligned: offset %d, expected a multiple of %d", e, e.Offset, align)
		return false
	}
	return true
}

func sizeText(t op.Type) string {
	if t.IsDynamic() {
		return "unknown size"
	}
	return plural(t.Bytes(), "byte")
}

func plural(n int, unit string) string {
	s := strconv.Itoa(n) + " " + unit
	if n != 1 {
		s += "s"
	}
	return s
}
