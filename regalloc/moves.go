package regalloc

// Problem: carry out the moves of one group as if at the same time, without moves from slot to slot.
//
// Idea: a move is ready once nothing pending reads its destination. What is never ready forms cycles; each is opened by
// saving one place to a temporary: a register that holds nothing of use at that point, or else an extra slot. A move from
// slot to slot goes through a register that is free at that point. If there is none, a register that no pending move
// names is borrowed: saved to an extra slot, and restored at the end of the group.
//
// Invariants: all moves of a group to one place come from the same place (several fixed operands); slots never overlap in part.
//
// Cost: O(moves), and for each group that needs a temporary a look at the registers of a class; O(ranges) once per function
// for the table of what they hold.
//
// Source: Rideau, Serpette and Leroy, Tilting at Windmills with Coq: Formal Verification of a Compilation Algorithm for
// Parallel Moves (2008).

import (
	"slices"

	"davit/asm"
)

// numPhys is the number of physical registers; places are numbered registers first, then slots.
const numPhys = 128

// Purposes of extra slots.
const (
	slotOpen  = iota // opens a cycle
	slotSave         // saves a register that serves as temporary for one move
	slotLent         // plus a class: saves a register that is borrowed
	numExtras = slotLent + int(asm.NumClasses)
)

// lent is a register that is borrowed for the rest of a group, or none.
type lent struct {
	reg  Alloc
	vreg uint32 // what is in its slot
	slot Alloc
}

func placeIndex(l Alloc) int {
	if l.IsReg() {
		return int(l.Reg())
	}
	return numPhys + l.Slot()
}

// emitMoves makes edits of a.moves, which are sorted.
func (a *Allocator) emitMoves() {
	a.occupied = false
	a.res.Edits = emptied(a.res.Edits, len(a.moves)+len(a.moves)/2)
	a.tempSlots = [numExtras][3]Alloc{}
	n := numPhys + a.numSlots + 4*numExtras
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
	if len(g) == 1 && (g[0].from.IsReg() || g[0].to.IsReg()) {
		a.edit(&g[0], g[0].from, g[0].to)
		return
	}
	a.temp = 0
	a.loaded = a.loaded[:0]
	a.known = RegSet{}
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
	for c := range a.lent {
		if l := &a.lent[c]; l.reg != 0 {
			a.edit(&move{at: g[0].at, vreg: l.vreg}, l.slot, l.reg)
			*l = lent{}
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
	slots, between := 0, 0 // places that are slots, moves between such
	for j := k; ; {
		if !g[reader].from.IsReg() {
			reader = j
		}
		if g[j].from.IsSlot() {
			slots++
			if g[j].to.IsSlot() {
				between++
			}
		}
		if j = a.writer[placeIndex(g[j].from)] - 1; j == k {
			break
		}
	}
	m := &g[reader]
	from := m.from
	temp := a.freeReg(m)
	if temp == 0 && slots > 0 && between == 0 {
		// Through an extra slot it would take a register as well.
		temp = a.borrow(m)
	}
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
	r := a.freeReg(m)
	if r == 0 {
		r = a.borrow(m)
	}
	if r != 0 {
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
	class := a.f.Class[m.vreg]
	if l := a.lent[class].reg; l != 0 && l != a.temp {
		return l
	}
	at := a.behind(m)
	var saved asm.Reg
	for _, r := range a.env.Order[class] {
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

// borrow makes a register of the class of m free until the end of the group, one that no pending move names, and returns
// it; or no place, also if one is borrowed already. None must be free.
func (a *Allocator) borrow(m *move) Alloc {
	class := a.f.Class[m.vreg]
	if a.lent[class].reg != 0 {
		return 0
	}
	for _, r := range a.env.Order[class] {
		if a.readers[r] != 0 || a.writer[r] != 0 || RegAlloc(r) == a.temp {
			continue
		}
		v, ok := a.occupant(r, a.behind(m))
		if !ok {
			continue
		}
		l := lent{reg: RegAlloc(r), vreg: v, slot: a.tempSlot(slotLent+int(class), v)}
		a.edit(&move{at: m.at, vreg: v}, l.reg, l.slot)
		a.lent[class] = l
		a.loaded = slices.DeleteFunc(a.loaded, func(x move) bool { return x.to == l.reg })
		return l.reg
	}
	return 0
}

// savedReg is a register of the class of m that is in use, and the virtual register it holds.
func (a *Allocator) savedReg(m *move) (Alloc, uint32) {
	for _, r := range a.env.Order[a.f.Class[m.vreg]] {
		if a.readers[r] != 0 {
			return RegAlloc(r), a.content[r]
		}
		if v, ok := a.occupant(r, a.behind(m)); ok {
			return RegAlloc(r), v
		}
	}
	panic("regalloc: no register to save")
}
