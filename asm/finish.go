package asm

// cursor turns ascending provisional offsets into final ones. It is used by value, one per list.
type cursor struct {
	branches []branch
	shrink   []uint32
	next     int
}

// at returns the final offset for pos, which must not descend from call to call.
func (c *cursor) at(pos uint32) uint32 {
	for c.next < len(c.branches) && c.branches[c.next].end() <= pos {
		c.next++
	}
	return pos - c.shrink[c.next]
}

func (b *Buffer) cursor() cursor { return cursor{b.branches, b.shrink, 0} }

// Finish lays out what was emitted and returns it. The Code shares nothing with the buffer except the slices given to
// SetSymbols, AddStackMap and AddDebugTags. Until Reset the buffer only answers questions about the layout.
func (b *Buffer) Finish() (*Code, error) {
	b.emitDeferredTraps()
	if len(b.data) > maxCode {
		b.fail("function has more than %d bytes of code", maxCode)
	}
	b.checkLabels()
	if b.err != nil {
		return nil, b.err
	}
	b.layout()
	if b.err != nil {
		return nil, b.err
	}
	b.codeSize = uint32(len(b.data)) - b.shrink[len(b.branches)]
	end := b.placeConstants(b.codeSize)
	out := make([]byte, end)
	b.copyCode(out)
	b.writeConstants(out, b.cursor())
	b.patchUses(out)
	c := &Code{
		Bytes: out, Align: b.align, NInsts: b.insts, CodeSize: b.codeSize,
		FrameSize: b.frameSize, SlotArea: b.slotArea, FramePointer: b.framePointer,
		Symbols: b.symbols,
	}
	b.finishLists(c)
	b.finishCalls(c)
	if b.err != nil {
		return nil, b.err
	}
	return c, nil
}

func (b *Buffer) emitDeferredTraps() {
	b.emitTraps(b.deferred)
	b.deferred = b.deferred[:0]
}

func (b *Buffer) emitTraps(list []deferredTrap) {
	for i := range list {
		d := &list[i]
		b.SetLoc(d.loc)
		if len(b.unwind) > 0 {
			b.SetUnwind(d.unwind)
		}
		b.Bind(d.label)
		d.off = b.Offset()
		b.AddTrap(d.code)
		b.PutBytes(b.target.TrapInst)
		b.insts++
	}
	b.placed = append(b.placed, list...)
}

// checkLabels finds references outside of branches to labels that do not exist or were not bound.
func (b *Buffer) checkLabels() {
	check := func(what string, l Label) {
		if int(l) >= len(b.labels) {
			b.fail("%s refers to unknown label %d", what, l)
		} else if b.labels[l].pos == unbound && b.labels[l].cst == 0 {
			b.fail("%s refers to label %d, which is not bound", what, l)
		}
	}
	for i := range b.fixups {
		check("instruction", b.fixups[i].label)
	}
	for i := range b.diffs {
		check("label difference", b.diffs[i].target)
		check("label difference", b.diffs[i].base)
	}
	for _, l := range b.consts.targets {
		check("jump table", l)
	}
	for i := range b.handlers {
		if h := &b.handlers[i]; h.Kind != HandlerContext {
			check("exception table", Label(h.Target))
		}
	}
}

// copyCode copies the code between the branches, and writes the branches.
func (b *Buffer) copyCode(out []byte) {
	from := uint32(0)
	for i := range b.branches {
		r := &b.branches[i]
		copy(out[from-b.shrink[i]:], b.data[from:r.off])
		if r.mode != 0 {
			b.writeBranch(out, uint32(i))
		}
		from = r.end()
	}
	copy(out[from-b.shrink[len(b.branches)]:b.codeSize], b.data[from:])
}

func (b *Buffer) patchUses(out []byte) {
	cur := b.cursor()
	for i := range b.fixups {
		f := &b.fixups[i]
		u := &b.target.Uses[f.kind]
		at := cur.at(f.off)
		d := int64(b.finalLabel[f.label]) + int64(f.addend) - int64(at) - int64(u.Bias)
		if d < u.Min || d > u.Max {
			b.fail("%s at offset %#x does not reach its target, %d bytes away", u.Name, at, d)
			return
		}
		u.Patch(out[at:at+uint32(u.Size)], d)
	}
	order := b.order()
	cur = b.cursor()
	for i := range b.diffs {
		d := &b.diffs[i]
		target := b.finalLabel[b.redirect[d.target]]
		order.PutUint32(out[cur.at(d.off):], target-b.finalLabel[d.base])
	}
}

// finishLists turns the offsets of all lists but those of calls into final ones.
func (b *Buffer) finishLists(c *Code) {
	if len(b.relocs) > 0 {
		c.Relocs = append([]Reloc(nil), b.relocs...)
		cur := b.cursor()
		for i := range c.Relocs {
			c.Relocs[i].Offset = cur.at(c.Relocs[i].Offset)
		}
	}
	if len(b.traps) > 0 {
		c.Traps = append([]Trap(nil), b.traps...)
		cur := b.cursor()
		for i := range c.Traps {
			c.Traps[i].Offset = cur.at(c.Traps[i].Offset)
		}
	}
	if len(b.blocks) > 0 {
		c.Blocks = make([]BlockAt, len(b.blocks))
		cur := b.cursor()
		for i, m := range b.blocks {
			c.Blocks[i] = BlockAt{m.block, cur.at(m.off)}
		}
	}
	if len(b.tags) > 0 {
		c.DebugTags = make([]DebugTags, len(b.tags))
		cur := b.cursor()
		for i, m := range b.tags {
			c.DebugTags[i] = DebugTags{cur.at(m.off), m.post, m.tags}
		}
	}
	if len(b.srcMarks) > 0 {
		c.SrcLocs = b.srcRanges()
	}
	b.finishUnwind(c)
}

// finishUnwind drops rows that hold nowhere or change nothing.
func (b *Buffer) finishUnwind(c *Code) {
	n := 0
	cur := b.cursor()
	for i := range b.unwind {
		row := b.unwind[i]
		row.Offset = cur.at(row.Offset)
		if row.Offset >= b.codeSize {
			break
		}
		if n > 0 && b.unwind[n-1].Offset == row.Offset {
			n--
		}
		if n > 0 && sameUnwind(&b.unwind[n-1], &row) {
			continue
		}
		b.unwind[n] = row
		n++
	}
	if n > 0 {
		c.Unwind = append([]UnwindRow(nil), b.unwind[:n]...)
	}
}

func sameUnwind(x, y *UnwindRow) bool { return x.CFA == y.CFA && x.Pop == y.Pop && x.FP == y.FP }

// srcRanges makes ranges of the marks: empty ones vanish, equal neighbours merge.
func (b *Buffer) srcRanges() []SrcRange {
	ranges := make([]SrcRange, 0, len(b.srcMarks))
	cur := b.cursor()
	for i, m := range b.srcMarks {
		start, end := cur.at(m.off), b.codeSize
		if i+1 < len(b.srcMarks) {
			next := cur
			end = next.at(b.srcMarks[i+1].off)
		}
		if start == end || m.loc == NoLoc {
			continue
		}
		if n := len(ranges); n > 0 && ranges[n-1].End == start && ranges[n-1].Loc == m.loc {
			ranges[n-1].End = end
			continue
		}
		ranges = append(ranges, SrcRange{start, end, m.loc})
	}
	return ranges
}

func (b *Buffer) finishCalls(c *Code) {
	if len(b.returns) > 0 {
		c.Calls = make([]uint32, len(b.returns))
		cur := b.cursor()
		for i, off := range b.returns {
			c.Calls[i] = cur.at(off)
		}
	}
	if len(b.stackMaps) > 0 {
		c.StackMaps = make([]StackMap, len(b.stackMaps))
		cur := b.cursor()
		for i, m := range b.stackMaps {
			c.StackMaps[i] = StackMap{cur.at(m.off), b.frameSize, b.slotArea, m.entries}
		}
		if last := c.StackMaps[len(c.StackMaps)-1].Offset; last >= c.CodeSize {
			b.fail("nothing follows the call before offset %#x, whose return address would lie outside of the function", last)
		}
	}
	if len(b.calls) == 0 {
		return
	}
	rows := append([]Handler(nil), b.handlers...)
	for i := range rows {
		if rows[i].Kind != HandlerContext {
			rows[i].Target = b.finalLabel[b.redirect[rows[i].Target]]
		}
	}
	c.Handlers = make([]CallSite, len(b.calls))
	cur := b.cursor()
	for i, s := range b.calls {
		c.Handlers[i] = CallSite{cur.at(s.off), b.frameSize, rows[s.start:s.end:s.end]}
	}
}

// Final returns the final offset of a provisional one, after Finish.
func (b *Buffer) Final(off uint32) uint32 {
	lo, hi := 0, len(b.branches)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if b.branches[mid].end() <= off {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return off - b.shrink[lo]
}

// FinalLabel returns the final offset of a label, after Finish.
func (b *Buffer) FinalLabel(l Label) uint32 { return b.finalLabel[l] }

// FinalBranch is what has become of a branch.
type FinalBranch struct {
	Offset, Size uint32
	Kind         uint8
	HasCond      bool // a conditional branch to Taken remains, under Cond
	HasJump      bool // a jump to Else remains, behind the conditional branch if there is one
	Cond         uint32
	Taken, Else  Label
	CondSize     uint32 // size of the conditional part
}

// NumBranches is the number of branches recorded so far.
func (b *Buffer) NumBranches() int { return len(b.branches) }

// FinalBranch returns what has become of the i-th branch recorded, after Finish.
func (b *Buffer) FinalBranch(i int) FinalBranch {
	r := &b.branches[i]
	f := FinalBranch{Offset: r.off - b.shrink[i], Kind: r.kind, Cond: r.cond, Taken: NoLabel, Else: NoLabel}
	if r.mode&hasCond != 0 {
		f.HasCond, f.Taken = true, r.taken
		f.CondSize = uint32(b.target.Branches[r.kind].Rungs[r.rung[0]].Size)
		f.Size = f.CondSize
	}
	if r.mode&hasJump != 0 {
		f.HasJump, f.Else = true, r.els
		f.Size += uint32(b.target.Branches[0].Rungs[r.rung[1]].Size)
	}
	return f
}
