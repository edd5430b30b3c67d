package ssa

import "davit/ir"

// table maps a variable and a block to a value: a hash table with open addressing. An entry counts only if it is of the
// current generation, so a reset takes no time.
type table struct {
	entries []entry // their number is a power of two
	used    int
	gen     uint32
}

type entry struct {
	v     Var
	block ir.Block
	value ir.Value
	gen   uint32
}

const minEntries = 64

func (t *table) reset() {
	t.used = 0
	if t.gen++; t.gen == 0 {
		clear(t.entries)
		t.gen = 1
	}
}

// slot returns the index of the entry for a key, or of the free entry where it would go.
func (t *table) slot(v Var, b ir.Block) int {
	h := (uint64(v)<<32 | uint64(b)) * 0x9e3779b97f4a7c15
	mask := uint64(len(t.entries) - 1)
	for i := h >> 32 & mask; ; i = (i + 1) & mask {
		e := &t.entries[i]
		if e.gen != t.gen || e.v == v && e.block == b {
			return int(i)
		}
	}
}

func (t *table) get(v Var, b ir.Block) (ir.Value, bool) {
	if t.used == 0 {
		return ir.NoValue, false
	}
	e := &t.entries[t.slot(v, b)]
	return e.value, e.gen == t.gen
}

func (t *table) put(v Var, b ir.Block, x ir.Value) {
	if 2*t.used >= len(t.entries) {
		t.grow()
	}
	e := &t.entries[t.slot(v, b)]
	if e.gen != t.gen {
		t.used++
	}
	*e = entry{v, b, x, t.gen}
}

func (t *table) grow() {
	old := t.entries
	t.entries = make([]entry, max(minEntries, 2*len(old)))
	for _, e := range old {
		if e.gen == t.gen {
			t.entries[t.slot(e.v, e.block)] = e
		}
	}
}
