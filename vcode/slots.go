package vcode

import (
	"cmp"
	"slices"

	"davit/regalloc"
)

// Order of spill slots.
//
// Problem: how many bytes an access to a spill slot takes depends on where the slot is.
//
// Idea: the slots that most instructions name go to the places that are cheapest to name. Slots of two units stay where
// they are; the others change places with each other.
//
// Cost: O(operands + moves + n log n) for n slots.

// OrderSlots arranges the spill slots, given how many bytes each place costs per access. It is called from BeginEmit, once
// the places are known; before it, and in the result of allocation, slots have their original numbers.
func (e *Emitter) OrderSlots(bytes func(place int) int) {
	n := e.Res.NumSlots
	e.places = e.places[:0]
	if n < 2 {
		return
	}
	e.slotUses = zeroed(e.slotUses, n)
	e.slotOrder = e.slotOrder[:0]
	for i, a := range e.Res.Allocs {
		if a.IsSlot() {
			e.useSlot(a, e.RF.Operands[i].VReg)
		}
	}
	for i := range e.Res.Edits {
		ed := &e.Res.Edits[i]
		for _, a := range [2]regalloc.Alloc{ed.From, ed.To} {
			if a.IsSlot() {
				e.useSlot(a, ed.VReg)
			}
		}
	}
	uniform := true
	for s := range n {
		if e.slotUses[s] < wideSlot {
			e.slotOrder = append(e.slotOrder, uint32(s))
			uniform = uniform && bytes(s) == bytes(int(e.slotOrder[0]))
		}
	}
	if uniform {
		return
	}
	for s := range n {
		e.places = append(e.places, int32(s))
	}
	e.free = append(e.free[:0], e.slotOrder...)
	slices.SortStableFunc(e.free, func(x, y uint32) int { return cmp.Compare(bytes(int(x)), bytes(int(y))) })
	slices.SortStableFunc(e.slotOrder, func(x, y uint32) int { return cmp.Compare(e.slotUses[y], e.slotUses[x]) })
	for k, s := range e.slotOrder {
		e.places[s] = int32(e.free[k])
	}
}

// wideSlot as the number of uses marks units of slots that stay where they are.
const wideSlot = 1 << 30

// useSlot counts an access to a slot by virtual register v.
func (e *Emitter) useSlot(a regalloc.Alloc, v uint32) {
	s := a.Slot()
	e.slotUses[s]++
	if e.F.Units[v] > 1 {
		e.slotUses[s], e.slotUses[s+1] = wideSlot, wideSlot
	}
}

// placed returns a, or if it is a slot, the slot with the number of its place.
func (e *Emitter) placed(a regalloc.Alloc) regalloc.Alloc {
	if a.IsSlot() && len(e.places) > 0 {
		return regalloc.SlotAlloc(int(e.places[a.Slot()]))
	}
	return a
}
