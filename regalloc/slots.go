package regalloc

// Problem: find spill slots for the bundles that are in memory anywhere, as few as possible.
//
// Idea: a bundle has one slot from its first definition to its last use; bundles whose spans do not overlap share. Slots
// of two units lie in front of those of one unit, so that slots never overlap in part.
//
// Cost: O(n log n) for n bundles in memory.

import "slices"

// slotEnd is a slot and the position from which it is free again.
type slotEnd struct {
	end  pos
	slot int32
}

// assignSlots gives slots to the bundles with pieces in memory.
func (a *Allocator) assignSlots() {
	clear(a.inMem)
	a.slotOrder = a.slotOrder[:0]
	for id := 1; id < len(a.pieces); id++ {
		p := &a.pieces[id]
		if p.place != placeMem || a.inMem[p.bundle] {
			continue
		}
		for r := p.first; r != 0; r = a.ranges[r].next {
			if !a.isRemat(a.ranges[r].vreg) {
				a.inMem[p.bundle] = true
				a.slotOrder = append(a.slotOrder, p.bundle)
				break
			}
		}
	}
	// The span of each bundle.
	for _, b := range a.slotOrder {
		a.bundles[b].from, a.bundles[b].to = maxPos, 0
	}
	for k := 1; k < len(a.ranges); k++ {
		rg := &a.ranges[k]
		if b := a.homeOf[rg.vreg]; a.inMem[b] {
			a.bundles[b].from = min(a.bundles[b].from, rg.from)
			a.bundles[b].to = max(a.bundles[b].to, rg.to)
		}
	}
	slices.SortFunc(a.slotOrder, func(x, y uint32) int {
		p, q := &a.bundles[x], &a.bundles[y]
		switch {
		case p.from != q.from:
			return int(int64(p.from) - int64(q.from))
		}
		return int(int64(x) - int64(y))
	})
	a.numSlots = 0
	a.colourSlots(2)
	a.colourSlots(1)
}

// colourSlots assigns slots of the given size.
func (a *Allocator) colourSlots(size uint8) {
	heap := a.slotFree[:0]
	for _, b := range a.slotOrder {
		bn := &a.bundles[b]
		if bn.size != size {
			continue
		}
		if len(heap) > 0 && heap[0].end <= bn.from {
			bn.slot = heap[0].slot
			heap[0].end = bn.to
			sinkSlot(heap)
			continue
		}
		bn.slot = int32(a.numSlots)
		a.numSlots += int(size)
		heap = append(heap, slotEnd{bn.to, bn.slot})
		for k := len(heap) - 1; k > 0 && heap[k].end < heap[(k-1)/2].end; k = (k - 1) / 2 {
			heap[k], heap[(k-1)/2] = heap[(k-1)/2], heap[k]
		}
	}
	a.slotFree = heap
}

// sinkSlot restores the order of a heap whose top has grown.
func sinkSlot(heap []slotEnd) {
	for k := 0; ; {
		d := 2*k + 1
		if d >= len(heap) {
			return
		}
		if d+1 < len(heap) && heap[d+1].end < heap[d].end {
			d++
		}
		if heap[k].end <= heap[d].end {
			return
		}
		heap[k], heap[d] = heap[d], heap[k]
		k = d
	}
}
