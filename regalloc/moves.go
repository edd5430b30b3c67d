package regalloc

// Problem: carry out the moves of one group as if at the same time, without moves from slot to slot.
//
// Idea: a move is ready once nothing pending reads its destination. What is never ready forms cycles; each is opened by
// saving one place to a temporary: a register that holds nothing of use at that point, or else an extra slot. A move from
// slot to slot goes through a register that is free at that point, or else through one that is saved before and
// restored behind.
//
// Invariants: all moves of a group to one place come from the same place (several fixed operands); slots never overlap in part.
//
// Cost: O(moves).
//
// Source: Rideau, Serpette and Leroy, Tilting at Windmills with Coq: Formal Verification of a Compilation Algorithm for
// Parallel Moves (2008).

import (
	"slices"
	"sort"

	"davit/asm"
)

// numPhys is the number of physical registers; places are numbered registers first, then slots.
const numPhys = 128

// Purposes of extra slots.
const (
	slotOpen = iota // opens a cycle
	slotSave        // saves a register that serves as temporary
)

func placeIndex(l Alloc) int {
	if l.IsReg() {
		return int(l.Reg())
	}
	return numPhys + l.Slot()
}

// emitMoves makes edits of a.moves, which are sorted.
func (a *Allocator) emitMoves() {
	a.occupied = false
	a.tempSlots = [2][3]Alloc{}
	n := numPhys + a.numSlots + 16
	a.readers = zeroed(a.readers, n)
	a.writer = zeroed(a.writer, n)
	a.content = resize(a.content, n)
	for lo := 0; lo < len(a.moves); {
		hi := lo + 1
		for hi < len(a.moves) && a.moves[hi].at == a.moves[lo].at {
			hi++
		}
		a.emitGroup(a.moves[lo:hi])
		lo = hi
	}
}

// emitGroup makes edits of one parallel move.
func (a *Allocator) emitGroup(g []move) {
	a.temp = 0
	a.loaded = a.loaded[:0]
	if len(g) == 1 && (g[0].from.IsReg() || g[0].to.IsReg()) {
		a.edit(&g[0], g[0].from, g[0].to)
		return
	}
	for k := range g {
		m := &g[k]
		if a.writer[placeIndex(m.to)] != 0 {
			continue // the same move for another operand
		}
		if !m.from.IsRemat() {
			x := placeIndex(m.from)
			a.readers[x]++
			a.content[x] = m.vreg
		}
		a.writer[placeIndex(m.to)] = uint32(k) + 1
	}
	a.ready = a.ready[:0]
	for k := range g {
		to := placeIndex(g[k].to)
		if a.readers[to] == 0 && a.writer[to] == uint32(k)+1 {
			a.ready = append(a.ready, uint32(k))
		}
	}
	a.drain(g)
	for k := range g {
		if a.writer[placeIndex(g[k].to)] == uint32(k)+1 {
			a.openCycle(g, uint32(k))
			a.drain(g)
		}
	}
}

// drain carries out ready moves until none is left.
func (a *Allocator) drain(g []move) {
	for h := 0; h < len(a.ready); h++ {
		m := &g[a.ready[h]]
		a.transfer(m, m.from, m.to)
		a.writer[placeIndex(m.to)] = 0
		if m.from.IsRemat() {
			continue
		}
		x := placeIndex(m.from)
		a.readers[x]--
		if m.from == a.temp {
			a.temp = 0
		}
		if a.readers[x] == 0 && a.writer[x] != 0 {
			a.ready = append(a.ready, a.writer[x]-1)
		}
	}
	a.ready = a.ready[:0]
}

// openCycle saves a place of the cycle that move k belongs to, a register if there is one.
func (a *Allocator) openCycle(g []move, k uint32) {
	reader := k
	for j := a.writer[placeIndex(g[k].from)] - 1; j != k && !g[reader].from.IsReg(); {
		reader = j
		j = a.writer[placeIndex(g[j].from)] - 1
	}
	m := &g[reader]
	from := m.from
	temp := a.freeReg(m)
	if temp == 0 {
		temp = a.tempSlot(slotOpen, m.vreg)
	}
	a.transfer(m, from, temp)
	a.temp = temp
	m.from = temp
	a.readers[placeIndex(temp)]++
	a.content[placeIndex(temp)] = m.vreg
	x := placeIndex(from)
	a.readers[x]--
	a.ready = append(a.ready, a.writer[x]-1)
}

// transfer makes one move of m, through a register if it goes from slot to slot.
func (a *Allocator) transfer(m *move, from, to Alloc) {
	switch {
	case from.IsSlot() && to.IsReg():
		a.edit(m, a.loadedFrom(m, from, to), to)
		return
	case from.IsReg() || to.IsReg():
		a.edit(m, from, to)
		return
	}
	if r := a.freeReg(m); r != 0 {
		a.edit(m, from, r)
		a.edit(m, r, to)
		return
	}
	r, v := a.savedReg(m)
	s := *m
	s.vreg = v
	save := a.tempSlot(slotSave, v)
	a.edit(&s, r, save)
	a.edit(m, from, r)
	a.edit(m, r, to)
	a.edit(&s, save, r)
}

// loadedFrom returns the register that a slot was loaded into by a move of the group already, which keeps it as each
// place is written once; or the slot itself, which will be in register to.
func (a *Allocator) loadedFrom(m *move, from, to Alloc) Alloc {
	for _, l := range a.loaded {
		if l.from == from && l.vreg == m.vreg {
			return l.to
		}
	}
	a.loaded = append(a.loaded, move{vreg: m.vreg, from: from, to: to})
	return from
}

// edit appends one edit.
func (a *Allocator) edit(m *move, from, to Alloc) {
	a.res.Edits = append(a.res.Edits, Edit{Point: Before(int(m.at / 4)), VReg: m.vreg, From: from, To: to})
}

// tempSlot is the extra slot for a purpose that can hold v.
func (a *Allocator) tempSlot(purpose int, v uint32) Alloc {
	size := int(a.f.SlotSize[v])
	s := &a.tempSlots[purpose][size]
	if *s == 0 {
		n := (a.numSlots + size - 1) / size * size
		*s = SlotAlloc(n)
		a.numSlots = n + size
	}
	return *s
}

// behind is the position that decides which registers are in use behind the group of m.
func (a *Allocator) behind(m *move) pos {
	if m.at&3 == groupLeave {
		return a.blockFrom(m.edge)
	}
	return m.at &^ 3
}

// freeReg is a register of the class of m that holds nothing of use at this point of its group, or no place.
func (a *Allocator) freeReg(m *move) Alloc {
	at := a.behind(m)
	var saved asm.Reg
	for _, r := range a.env.Order[a.f.Class[m.vreg]] {
		if RegAlloc(r) == a.temp || a.readers[r] != 0 {
			continue
		}
		if a.writer[r] == 0 {
			if _, ok := a.occupant(r, at); ok {
				continue
			}
		}
		if a.env.CalleeSaved.Has(r) && !a.used.Has(r) {
			if saved == 0 {
				saved = r
			}
			continue
		}
		a.used.Add(r)
		return RegAlloc(r)
	}
	if saved != 0 {
		a.used.Add(saved)
		return RegAlloc(saved)
	}
	return 0
}

// savedReg is a register of the class of m that is in use and the virtual register it holds.
func (a *Allocator) savedReg(m *move) (Alloc, uint32) {
	at := a.behind(m)
	for _, r := range a.env.Order[a.f.Class[m.vreg]] {
		if a.readers[r] != 0 {
			return RegAlloc(r), a.content[r]
		}
		if v, ok := a.occupant(r, at); ok {
			return RegAlloc(r), v
		}
	}
	panic("regalloc: no register to save")
}

// occupant is the virtual register that is in register r at position at, if any.
func (a *Allocator) occupant(r asm.Reg, at pos) (uint32, bool) {
	list := a.fixed[r]
	if k := sort.Search(len(list), func(k int) bool { return list[k].to > at }); k < len(list) && list[k].from <= at {
		return list[k].vreg, true
	}
	a.fillOccupancy()
	occ := a.occ[a.occStart[r]:a.occStart[r+1]]
	k := sort.Search(len(occ), func(k int) bool { return a.ranges[occ[k]].to > at })
	if k < len(occ) && a.ranges[occ[k]].from <= at {
		return a.ranges[occ[k]].vreg, true
	}
	return 0, false
}

// fillOccupancy sorts the ranges in registers by register and position.
func (a *Allocator) fillOccupancy() {
	if a.occupied {
		return
	}
	a.occupied = true
	a.occStart = [129]uint32{}
	n := uint32(0)
	for k := 1; k < len(a.ranges); k++ {
		if p := &a.pieces[a.ranges[k].piece]; p.place == placeReg {
			a.occStart[p.reg+1]++
			n++
		}
	}
	for r := 1; r < len(a.occStart); r++ {
		a.occStart[r] += a.occStart[r-1]
	}
	a.occ = resize(a.occ, int(n))
	at := a.occStart
	for k := uint32(1); k < uint32(len(a.ranges)); k++ {
		if p := &a.pieces[a.ranges[k].piece]; p.place == placeReg {
			a.occ[at[p.reg]] = k
			at[p.reg]++
		}
	}
	for r := range numPhys {
		slices.SortFunc(a.occ[a.occStart[r]:a.occStart[r+1]], func(x, y uint32) int {
			return int(int64(a.ranges[x].from) - int64(a.ranges[y].from))
		})
	}
}
