package frontend

import (
	"cmp"
	"fmt"
	"slices"

	"davit/ir"
	"davit/ir/op"
)

// Problem: branch on an integer with many cases, in few instructions and without huge tables.
//
// Idea: neighbouring cases with one target become a range. Ranges are grouped: a group that is dense becomes a jump
// table, whatever else remains single; a group that is not is cut at its widest gap. A balanced tree of comparisons
// finds the group.
//
//  1. A table has at least minTable ranges, and at least one in minDensity of its entries is a case.
//  2. The tree knows between which bounds the value lies, and compares only what is not known: the last gap on a path
//     costs nothing.
//  3. A table for a type wider than 32 bits is preceded by a check of the upper bound, since br_table takes an i32.
//
// Cost: n log n comparisons of cases, plus n per level of cuts; the branches executed are logarithmic in the groups.

const (
	minTable   = 4
	minDensity = 4
	maxTable   = 1 << 16
)

// Switch collects the cases of a switch. The zero value has none. It can be used again after Emit.
type Switch struct {
	cases  []caseRange
	groups []group
}

// caseRange says that the values from lo to hi go to block.
type caseRange struct {
	lo, hi uint64
	block  ir.Block
}

// group is a part of the ranges that one test or one table serves.
type group struct{ first, end int }

// Case adds a value, zero-extended from the type of the switch, that leads to a block.
func (s *Switch) Case(n uint64, blk ir.Block) { s.cases = append(s.cases, caseRange{n, n, blk}) }

// CaseRange adds the values from lo to hi, both inclusive.
func (s *Switch) CaseRange(lo, hi uint64, blk ir.Block) {
	s.cases = append(s.cases, caseRange{lo, hi, blk})
}

// Emit appends the switch on x to the current block and ends it: it goes to the block of the case that x equals, or to
// otherwise. It forgets the cases. None of the blocks may have parameters, and none may be sealed. Overlapping cases are
// a mistake.
func (s *Switch) Emit(b *Builder, x ir.Value, otherwise ir.Block) {
	defer func() { s.cases = s.cases[:0] }()
	if !b.open("a switch") || !b.exists(b.cur.Entity(), x) {
		return
	}
	t := b.Type(x)
	if !t.IsInt() {
		b.fail(b.cur.Entity(), "a switch on %v of type %v; expected an integer", x, t)
		return
	}
	limit := ^uint64(0)
	if t.Bits() < 64 {
		limit = 1<<t.Bits() - 1
	}
	if msg := s.merge(limit); msg != "" {
		b.fail(b.cur.Entity(), "%s", msg)
		return
	}
	s.groups = s.groups[:0]
	s.split(0, len(s.cases))
	e := switchEmitter{s, b, x, t, otherwise}
	if len(s.cases) == 0 {
		b.Jump(otherwise)
		return
	}
	e.tree(0, len(s.groups), 0, limit, t == op.I128)
}

// merge sorts the cases and joins neighbours with one target. It returns what is wrong, if anything.
func (s *Switch) merge(limit uint64) string {
	slices.SortFunc(s.cases, func(a, b caseRange) int { return cmp.Compare(a.lo, b.lo) })
	n := 0
	for i, c := range s.cases {
		switch {
		case c.lo > c.hi || c.hi > limit:
			return fmt.Sprintf("the case %d to %d is not within the values of the switch, 0 to %d", c.lo, c.hi, limit)
		case i > 0 && c.lo <= s.cases[n-1].hi:
			return fmt.Sprintf("the switch has two cases for %d", c.lo)
		case i > 0 && c.lo == s.cases[n-1].hi+1 && c.block == s.cases[n-1].block:
			s.cases[n-1].hi = c.hi
		default:
			s.cases[n] = c
			n++
		}
	}
	s.cases = s.cases[:n]
	return ""
}

// split groups the ranges from i to j.
func (s *Switch) split(i, j int) {
	for j-i >= minTable && !s.dense(i, j) {
		cut := s.widestGap(i, j)
		s.split(i, cut)
		i = cut
	}
	if j-i >= minTable {
		s.groups = append(s.groups, group{i, j})
		return
	}
	for ; i < j; i++ {
		s.groups = append(s.groups, group{i, i + 1})
	}
}

func (s *Switch) dense(i, j int) bool {
	span := s.cases[j-1].hi - s.cases[i].lo
	if span >= maxTable {
		return false
	}
	n := uint64(0)
	for _, c := range s.cases[i:j] {
		n += c.hi - c.lo + 1
	}
	return n*minDensity > span
}

// widestGap returns the range that the widest gap between the ranges from i to j comes before; of several such gaps,
// the one closest to the middle.
func (s *Switch) widestGap(i, j int) int {
	best, width := i+1, uint64(0)
	mid := (i + j) / 2
	for k := i + 1; k < j; k++ {
		gap := s.cases[k].lo - s.cases[k-1].hi
		if gap > width || gap == width && max(k-mid, mid-k) < max(best-mid, mid-best) {
			best, width = k, gap
		}
	}
	return best
}

type switchEmitter struct {
	*Switch
	b         *Builder
	x         ir.Value
	t         op.Type
	otherwise ir.Block
}

// tree tests for the groups from i to j. The value is known to be at least min and, unless unbounded, at most max.
func (e *switchEmitter) tree(i, j int, min, max uint64, unbounded bool) {
	b := e.b
	if j-i == 1 {
		e.group(e.groups[i], min, max, unbounded)
		return
	}
	mid := (i + j) / 2
	pivot := e.cases[e.groups[mid].first].lo
	low, high := b.CreateBlock(), b.CreateBlock()
	b.Brif(b.Icmp(op.Uge, e.x, e.constant(pivot)), high, nil, low, nil)
	for _, half := range []struct {
		block     ir.Block
		i, j      int
		min, max  uint64
		unbounded bool
	}{{low, i, mid, min, pivot - 1, false}, {high, mid, j, pivot, max, unbounded}} {
		if b.err != nil {
			return
		}
		b.SealBlock(half.block)
		b.SwitchToBlock(half.block)
		e.tree(half.i, half.j, half.min, half.max, half.unbounded)
	}
}

func (e *switchEmitter) constant(n uint64) ir.Value { return e.b.ConstU(e.t, n) }

// group tests for one group.
func (e *switchEmitter) group(g group, min, max uint64, unbounded bool) {
	b := e.b
	lo, hi := e.cases[g.first].lo, e.cases[g.end-1].hi
	if g.end-g.first > 1 {
		e.table(g, lo, hi)
		return
	}
	target := e.cases[g.first].block
	below, above := min < lo, unbounded || hi < max
	var c ir.Value
	switch {
	case !below && !above:
		b.Jump(target)
		return
	case lo == hi:
		c = b.Icmp(op.Eq, e.x, e.constant(lo))
	case !above:
		c = b.Icmp(op.Uge, e.x, e.constant(lo))
	case !below:
		c = b.Icmp(op.Ule, e.x, e.constant(hi))
	default:
		c = b.Icmp(op.Ule, b.Isub(e.x, e.constant(lo)), e.constant(hi-lo))
	}
	b.Brif(c, target, nil, e.otherwise, nil)
}

// table dispatches through a jump table.
func (e *switchEmitter) table(g group, lo, hi uint64) {
	b := e.b
	x := e.x
	if lo != 0 && lo < minTable && hi < maxTable {
		lo = 0 // a few entries more instead of a subtraction
	}
	if lo != 0 {
		x = b.Isub(x, e.constant(lo))
	}
	switch {
	case e.t.Bits() < 32:
		x = b.Uextend(op.I32, x)
	case e.t.Bits() > 32:
		in := b.CreateBlock()
		b.Brif(b.Icmp(op.Ule, x, e.constant(hi-lo)), in, nil, e.otherwise, nil)
		if b.err != nil {
			return
		}
		b.SealBlock(in)
		b.SwitchToBlock(in)
		x = b.Ireduce(op.I32, x)
	}
	def := b.Target(e.otherwise)
	entries := make([]ir.BlockCall, 0, hi-lo+1)
	next := lo
	for _, c := range e.cases[g.first:g.end] {
		for ; next < c.lo; next++ {
			entries = append(entries, def)
		}
		call := b.Target(c.block)
		for ; next <= c.hi; next++ {
			entries = append(entries, call)
		}
	}
	b.BrTable(x, def, entries...)
}
