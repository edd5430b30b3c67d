package ir

import "iter"

// mapTable holds the stack maps of the instructions of a function. Most instructions have none, and in most functions
// none has: then there is nothing to look up.
type mapTable struct {
	of    []uint32 // per instruction, as far as it reaches: 1 + index into lists, or 0
	lists [][]StackMapEntry
	count int // of instructions with a map
}

func (t *mapTable) reset() {
	clear(t.lists)
	t.of, t.lists, t.count = t.of[:0], t.lists[:0], 0
}

func (t *mapTable) get(inst Inst) []StackMapEntry {
	if int(inst) >= len(t.of) || t.of[inst] == 0 {
		return nil
	}
	return t.lists[t.of[inst]-1]
}

// set makes es the map of inst; none if it is empty.
func (t *mapTable) set(inst Inst, es []StackMapEntry) {
	if int(inst) >= len(t.of) {
		if len(es) == 0 {
			return
		}
		t.of = extend(t.of, int(inst)+1-len(t.of))
	}
	k := &t.of[inst]
	switch had := *k != 0; {
	case len(es) == 0 && had:
		t.lists[*k-1] = nil
		*k = 0
		t.count--
	case had:
		t.lists[*k-1] = es
	case len(es) > 0:
		t.lists = append(t.lists, es)
		*k = uint32(len(t.lists))
		t.count++
	}
}

func (t *mapTable) clone() mapTable {
	c := mapTable{of: exact(t.of), lists: exact(t.lists), count: t.count}
	for i, es := range c.lists {
		c.lists[i] = exact(es)
	}
	return c
}

// StackMap returns the stack-map entries of inst, or nil.
func (f *Func) StackMap(inst Inst) []StackMapEntry { return f.stackMaps.get(inst) }

// AppendStackMapEntry adds an entry to inst; it reports false, and does nothing, if inst is no safepoint.
func (f *Func) AppendStackMapEntry(inst Inst, e StackMapEntry) bool {
	if !f.insts[inst].Op.IsSafepoint() {
		return false
	}
	f.stackMaps.set(inst, append(f.stackMaps.get(inst), e))
	return true
}

// SetStackMap replaces the entries of inst; empty entries remove the map.
func (f *Func) SetStackMap(inst Inst, es []StackMapEntry) { f.stackMaps.set(inst, es) }

// HasStackMaps reports whether any instruction carries a stack map.
func (f *Func) HasStackMaps() bool { return f.stackMaps.count > 0 }

// StackMaps iterates over the instructions that have a stack map, by number; the entries must not be written to.
func (f *Func) StackMaps() iter.Seq2[Inst, []StackMapEntry] {
	return func(yield func(Inst, []StackMapEntry) bool) {
		for i, k := range f.stackMaps.of {
			if k != 0 && !yield(Inst(i), f.stackMaps.lists[k-1]) {
				return
			}
		}
	}
}
