package check

import "davit/ir"

// slotState holds what is known of cells: a row of words per block in each table.
type slotState struct {
	words  int
	valid  []uint64 // at the start: the cell holds what was stored to exactly it, on every path, and that is current
	number []uint64 // of these, the ones that hold no reference
	row    []uint64 // valid at the place under way
	plain  []uint64 // number at the place under way
	next   []uint64
	dirty  []bool
	bad    []badSlot
}

// badSlot is a load or an entry of a stack map that finds no valid cell.
type badSlot struct {
	event int
	blk   uint32
	cell  uint32
}

func has(row []uint64, i uint32) bool { return row[i/64]>>(i%64)&1 != 0 }
func set(row []uint64, i uint32)      { row[i/64] |= 1 << (i % 64) }

// checkSlots reports entries of stack maps, and loads of references from slots, that do not find what was stored.
func (c *Checker) checkSlots() {
	if len(c.cells.cells) == 0 {
		return
	}
	c.solveSlots()
	for _, b := range c.slots.bad {
		c.judgeSlot(&b)
	}
}

// solveSlots finds the greatest solution, and notes the places that find no valid cell on the way: what is not valid in
// a round is not valid in the end.
func (c *Checker) solveSlots() {
	s := &c.slots
	n := len(c.order)
	s.words = (len(c.cells.cells) + 63) / 64
	s.valid, s.number = resized(s.valid, n*s.words), resized(s.number, n*s.words)
	for i := range s.valid {
		s.valid[i], s.number[i] = ^uint64(0), ^uint64(0)
	}
	clear(s.valid[:s.words])
	clear(s.number[:s.words])
	for k := range c.cells.cells {
		if c.cells.indexed && c.cells.cells[k].isWhole() {
			set(s.valid, uint32(k)) // no reference so far
			set(s.number, uint32(k))
		}
	}
	s.row, s.plain, s.next = resized(s.row, s.words), resized(s.plain, s.words), resized(s.next, s.words)
	s.dirty = resized(s.dirty, n)
	for i := range s.dirty {
		s.dirty[i] = true
	}
	s.bad = s.bad[:0]
	for again := true; again; {
		again = false
		for i := range c.order {
			if !s.dirty[i] {
				continue
			}
			s.dirty[i] = false
			copy(s.row, s.valid[i*s.words:])
			copy(s.plain, s.number[i*s.words:])
			c.slotBlock(uint32(i))
			again = c.passOn(i) || again
		}
	}
}

// passOn joins what holds at the end of block i with what holds at the start of its successors. It reports whether one
// must be visited that comes before it, or is it.
func (c *Checker) passOn(i int) (again bool) {
	s := &c.slots
	for _, to := range c.cfg.Succs(c.order[i]) {
		k := int(c.place(to))
		valid, number := s.valid[k*s.words:][:s.words], s.number[k*s.words:][:s.words]
		for w := range valid {
			v, p := valid[w]&s.row[w], number[w]&s.plain[w]
			if v != valid[w] || p != number[w] {
				valid[w], number[w] = v, p
				s.dirty[k] = true
				again = again || k <= i
			}
		}
	}
	return again
}

// slotBlock goes through the events of a block, from s.row and s.plain at its start to those at its end.
func (c *Checker) slotBlock(b uint32) {
	s := &c.slots
	for i := c.blocks[b].events.start; i < c.blocks[b].events.end; i++ {
		ev := &c.events[i]
		switch ev.op {
		case eventStore:
			number := c.kind[ev.value]&(isRef|isDerived) == 0
			if c.cells.indexed && c.putWhole(ev.cell, number) {
				continue
			}
			c.put(ev.cell, true, number)
			for _, o := range c.cells.overlapping(ev.cell) {
				c.put(o, number && c.cells.within(o, ev.cell), number) // numbers may be cut up
			}
		case eventLoad:
			if !ev.bad && c.kind[ev.value]&(isRef|isDerived) != 0 && !has(s.row, ev.cell) && !c.covered(ev.cell, s.row) {
				ev.bad = true
				s.bad = append(s.bad, badSlot{int(i), b, ev.cell})
			}
		case eventPoint:
			c.slotPoint(int(i), ev, b)
		case eventEscape:
			c.fill(ev.cell, true)
		case eventIndex:
			c.fill(ev.cell, false)
		}
	}
}

// fill notes that somebody else may store anything in a slot; or, if that is not known, that something is stored there.
func (c *Checker) fill(slot uint32, known bool) {
	for k := c.cells.first[slot]; k != 0; k = c.cells.cells[k-1].nextSlot {
		if cell := &c.cells.cells[k-1]; known || !cell.isWhole() {
			c.put(k-1, true, !cell.mapped)
		}
	}
}

// putWhole notes that something is stored in the slot of cell k, and reports whether nobody knows where.
func (c *Checker) putWhole(k uint32, number bool) bool {
	w, ok := c.cells.wholeOf(c.cells.cells[k].Slot)
	if ok {
		c.put(w, true, number && has(c.slots.plain, w))
	}
	return ok && w == k
}

// keepWhole adds the cells that stand for the slots of some entries to s.next, as far as they are valid.
func (c *Checker) keepWhole(entries []uint32) {
	s := &c.slots
	for _, k := range entries {
		if w, ok := c.cells.wholeOf(c.cells.cells[k&^badEntry].Slot); ok && has(s.row, w) {
			set(s.next, w)
		}
	}
}

// put notes whether cell k is valid, and if so, whether it holds a number.
func (c *Checker) put(k uint32, valid, number bool) {
	s := &c.slots
	bit := uint64(1) << (k % 64)
	s.row[k/64] &^= bit
	s.plain[k/64] &^= bit
	if valid {
		s.row[k/64] |= bit
	}
	if valid && number {
		s.plain[k/64] |= bit
	}
}

// badEntry marks an entry as reported.
const badEntry = 1 << 31

// slotPoint goes over a safepoint.
func (c *Checker) slotPoint(i int, ev *event, b uint32) {
	s := &c.slots
	clear(s.next)
	for _, k := range c.entries[ev.cell:ev.end] {
		set(s.next, k&^badEntry)
	}
	if c.cells.indexed {
		c.keepWhole(c.entries[ev.cell:ev.end])
	}
	missing := uint64(0)
	for w, next := range s.next {
		missing |= next &^ s.row[w]
	}
	for n := ev.cell; missing != 0 && n < ev.end; n++ {
		k := c.entries[n]
		if k&badEntry == 0 && !has(s.row, k) && !c.coveredByNumbers(k) {
			c.entries[n] |= badEntry // reported once
			s.bad = append(s.bad, badSlot{i, b, k})
		}
	}
	for w := range s.row {
		s.row[w] = s.row[w]&s.plain[w] | s.next[w]
	}
}

// coveredByNumbers reports whether the bytes of cell k hold numbers, stored to other cells.
func (c *Checker) coveredByNumbers(k uint32) bool {
	s := &c.slots
	if len(c.cells.overlapping(k)) == 0 {
		return false
	}
	for _, o := range c.cells.overlapping(k) {
		if has(s.row, o) && !has(s.plain, o) {
			return false
		}
	}
	return c.covered(k, s.row)
}

// covered reports whether valid cells that overlap cell k have all of its bytes.
func (c *Checker) covered(k uint32, valid []uint64) bool {
	cell := &c.cells.cells[k]
	if cell.size > 64 || cell.isWhole() {
		return false
	}
	want := ^uint64(0) >> (64 - cell.size)
	for _, o := range c.cells.overlapping(k) {
		if !has(valid, o) {
			continue
		}
		other := &c.cells.cells[o]
		from := max(other.Offset, cell.Offset) - cell.Offset
		to := min(other.Offset+uint32(other.size), cell.Offset+uint32(cell.size)) - cell.Offset
		want &^= ^uint64(0) >> (64 - (to - from)) << from
	}
	return want == 0
}

// judgeSlot reports a place that finds no valid cell, if it matters.
func (c *Checker) judgeSlot(b *badSlot) {
	ev := &c.events[b.event]
	if ev.op == eventLoad {
		if kind := c.kind[ev.value]; kind&isRef != 0 && kind&isUsed == 0 {
			return
		}
	}
	cell := &c.cells.cells[b.cell]
	e := blank(CLIF, NotStored)
	e.Slot, e.At = cell.StackMapEntry, ev.inst
	what := "reads `" + cell.String() + "`"
	if cell.isWhole() {
		what = "reads " + cell.Slot.String()
	}
	if ev.op == eventPoint {
		what = "has `" + cell.String() + "` in its stack map"
	} else {
		e.Value = ev.value
	}
	what = "`" + c.text(ev.inst) + "`: " + what
	if cell.isWhole() {
		e.Slot = ir.StackMapEntry{Slot: cell.Slot}
	} else if e.Path = c.pathToStore(b, nil, nil); e.Path != nil {
		c.report(e, "%s, to which nothing was stored", what)
		return
	}
	other := ir.NoInst
	if path := c.pathToStore(b, &other, nil); path != nil {
		e.Kind, e.Path = WrongType, path
		c.report(e, "%s, but %s stored something else there", what, c.quote(other))
		return
	}
	e.Kind = StaleSlot
	e.Path = c.pathToStore(b, nil, &e.Safepoint)
	if e.Safepoint == ir.NoInst {
		c.report(e, "%s, which holds no current value", what)
		return
	}
	c.report(e, "%s, which holds a reference from before %s, whose stack map lacks it", what, c.quote(e.Safepoint))
}

// pathToStore looks for the path on which a cell is not valid: from the entry, without a store to it; or, if other is
// not nil, from a store to an overlapping cell, which it sets; or, if point is not nil, from a safepoint without the cell in
// its map, which it sets.
func (c *Checker) pathToStore(b *badSlot, other, point *ir.Inst) []ir.Block {
	atEntry := other == nil && point == nil
	slot, whole := c.cells.cells[b.cell].Slot, c.cells.cells[b.cell].isWhole()
	return c.findPath(b.blk, atEntry, func(blk uint32, first bool) found {
		end := int(c.blocks[blk].events.end)
		if first {
			end = b.event
		}
		for i := end - 1; i >= int(c.blocks[blk].events.start); i-- {
			ev := &c.events[i]
			switch ev.op {
			case eventStore:
				if ev.cell == b.cell || whole && c.cells.cells[ev.cell].Slot == slot {
					return stop
				}
				for _, o := range c.cells.overlapping(b.cell) {
					if o == ev.cell && other != nil {
						*other = ev.inst
						return there
					}
					if o == ev.cell {
						return stop
					}
				}
			case eventEscape:
				if ir.StackSlot(ev.cell) == slot {
					return stop
				}
			case eventIndex:
				if ir.StackSlot(ev.cell) == slot && !whole {
					return stop
				}
			case eventPoint:
				if point != nil && !c.inMap(ev, b.cell) {
					*point = ev.inst
					return there
				}
			}
		}
		return goOn
	})
}

// inMap reports whether the map of a safepoint has a cell.
func (c *Checker) inMap(ev *event, cell uint32) bool {
	want := &c.cells.cells[cell]
	for _, k := range c.entries[ev.cell:ev.end] {
		if k&^badEntry == cell || want.isWhole() && c.cells.cells[k&^badEntry].Slot == want.Slot {
			return true
		}
	}
	return false
}
