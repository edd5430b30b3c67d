package regalloc

// Problem: know what a register holds at a given point, for moves that need a free one.
//
// Idea: sort the segments in registers by register and position once a move asks. Questions come in the order of the
// function mostly, so a search starts where the last one for the register ended. Within a group of moves each register
// is looked up once.
//
// Cost: O(segments) for the table; a look-up is O(log d), with d the number of segments since the one found last.

import (
	"slices"

	"davit/asm"
)

// occupancy says that a register holds vreg over [from, to).
type occupancy struct {
	from, to pos
	vreg     uint32
}

// occupant is the virtual register that is in register r at position at, if any. Until a.known is cleared, at must be the
// same for all questions.
func (a *Allocator) occupant(r asm.Reg, at pos) (uint32, bool) {
	if !a.known.Has(r) {
		a.known.Add(r)
		a.heldBy[r] = a.lookUp(r, at)
	}
	return a.heldBy[r] - 1, a.heldBy[r] != 0
}

// lookUp is 1 + the virtual register that is in register r at position at, or 0.
func (a *Allocator) lookUp(r asm.Reg, at pos) uint32 {
	fixed := a.fixed[r]
	k := seekFrom(len(fixed), a.fixedAt[r], func(k int) bool { return fixed[k].to > at })
	a.fixedAt[r] = k
	if k < len(fixed) && fixed[k].from <= at {
		return fixed[k].vreg + 1
	}
	a.fillOccupancy()
	occ := a.occ[a.occStart[r]:a.occStart[r+1]]
	k = seekFrom(len(occ), a.occAt[r], func(k int) bool { return occ[k].to > at })
	a.occAt[r] = k
	if k < len(occ) && occ[k].from <= at {
		return occ[k].vreg + 1
	}
	return 0
}

// seekFrom is the least k below n for which ok holds, or n, given that ok holds for all numbers from some on. It looks
// near the number near first.
func seekFrom(n, near int, ok func(int) bool) int {
	lo, hi := min(near, n), n // the answer is in [lo, hi]
	if lo < n && !ok(lo) {
		for step := 1; ; step *= 2 {
			lo++
			if lo+step >= n {
				break
			}
			if ok(lo + step - 1) {
				hi = lo + step - 1
				break
			}
			lo += step - 1
		}
	} else {
		for step := 1; ; step *= 2 {
			hi = lo
			lo = max(hi-step, 0)
			if lo == hi {
				return hi
			}
			if !ok(lo) {
				lo++
				break
			}
		}
	}
	for lo < hi {
		mid := (lo + hi) / 2
		if ok(mid) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// fillOccupancy sorts the segments in registers by register and position.
func (a *Allocator) fillOccupancy() {
	if a.occupied {
		return
	}
	a.occupied = true
	clear(a.occAt[:])
	clear(a.occStart[:])
	for k := range a.segs {
		if l := a.segs[k].loc; l.IsReg() {
			a.occStart[l.Reg()+1]++
		}
	}
	longest := uint32(0)
	for r := 1; r < len(a.occStart); r++ {
		longest = max(longest, a.occStart[r])
		a.occStart[r] += a.occStart[r-1]
	}
	n := int(a.occStart[numPhys])
	a.occ = resize(a.occ, n+int(longest))
	at := a.occStart
	for v := range uint32(a.f.NumVRegs) {
		for k := a.rangeStart[v]; k < a.rangeStart[v+1]; k++ {
			if s := &a.segs[k]; s.loc.IsReg() {
				r := s.loc.Reg()
				a.occ[at[r]] = occupancy{s.from, s.to, v}
				at[r]++
			}
		}
	}
	for r := range numPhys {
		a.sortOccupancy(a.occ[a.occStart[r]:a.occStart[r+1]], a.occ[n:])
	}
}

// sortOccupancy sorts a list by position, with the help of memory as long as the list.
func (a *Allocator) sortOccupancy(list, tmp []occupancy) {
	if len(list) < 1<<radixDigit {
		slices.SortFunc(list, func(x, y occupancy) int { return int(int64(x.from) - int64(y.from)) })
		return
	}
	sorted, _ := radixSort(list, tmp[:len(list)], uint32(4*a.f.NumInsts()))
	if &sorted[0] != &list[0] {
		copy(list, sorted)
	}
}

func (o occupancy) key() uint32 { return uint32(o.from) }
