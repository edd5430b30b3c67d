package regalloc

// What the allocator knows about blocks beyond the control flow, all in the order of the function: which earlier block is
// executed less often, and which blocks are targets of edges from behind (heads of loops, also irreducible ones).
//
// Cost: O(blocks + edges).

// noBlock is no block.
const noBlock = ^uint32(0)

// mapBlocks fills in what the Allocator knows per block.
func (a *Allocator) mapBlocks() {
	f := a.f
	nb := uint32(f.NumBlocks())
	a.blockOf = resize(a.blockOf, f.NumInsts())
	a.prevLower = resize(a.prevLower, int(nb))
	a.nextHead = resize(a.nextHead, int(nb)+1)
	a.loopEnd = resize(a.loopEnd, int(nb))
	a.edgeIn = resize(a.edgeIn, int(nb))
	a.movesBehind = resize(a.movesBehind, int(nb))
	clobber := 0
	for b := range nb {
		last := f.BlockStart[b+1] - 1
		for clobber < len(f.ClobberInsts) && f.ClobberInsts[clobber] < last {
			clobber++
		}
		a.movesBehind[b] = f.SuccStart[b+1]-f.SuccStart[b] > 1 || f.OperandStart[last] < f.OperandStart[last+1] ||
			clobber < len(f.ClobberInsts) && f.ClobberInsts[clobber] == last
		if f.SuccStart[b+1]-f.SuccStart[b] > 1 {
			for e := f.SuccStart[b]; e < f.SuccStart[b+1]; e++ {
				a.edgeIn[f.Succs[e]] = e
			}
		}
		part := a.blockOf[f.BlockStart[b]:f.BlockStart[b+1]]
		for i := range part {
			part[i] = b
		}
		p := b - 1 // noBlock for block 0
		for p != noBlock && a.freq(p) >= a.freq(b) {
			p = a.prevLower[p]
		}
		a.prevLower[b] = p
		a.loopEnd[b] = 0
		for _, p := range f.Preds[f.PredStart[b]:f.PredStart[b+1]] {
			if p >= b {
				a.loopEnd[b] = max(a.loopEnd[b], p+1)
			}
		}
	}
	a.nextHead[nb] = nb
	for b := nb; b > 0; b-- {
		a.nextHead[b-1] = a.nextHead[b]
		if a.loopEnd[b-1] != 0 {
			a.nextHead[b-1] = b - 1
		}
	}
}

// blockFrom and blockTo are the first position of a block and the one behind its last.
func (a *Allocator) blockFrom(b uint32) pos { return 4 * a.f.BlockStart[b] }
func (a *Allocator) blockTo(b uint32) pos   { return 4 * a.f.BlockStart[b+1] }

// blockAt is the block of position p.
func (a *Allocator) blockAt(p pos) uint32 { return a.blockOf[p/4] }

// firstBlock is the first block that starts at or behind position p.
func (a *Allocator) firstBlock(p pos) uint32 {
	b := a.blockAt(p)
	if a.blockFrom(b) < p {
		b++
	}
	return b
}

// freq is the estimated number of executions of block b.
func (a *Allocator) freq(b uint32) float32 {
	if a.f.Freq == nil {
		return 1
	}
	return a.f.Freq[b]
}

// edge is the edge from p to b.
func (a *Allocator) edge(p, b uint32) uint32 {
	if e := a.f.SuccStart[p]; a.f.SuccStart[p+1]-e == 1 {
		return e
	}
	return a.edgeIn[b]
}

// edgeFreq is the estimated number of executions of the edge from p to b.
func (a *Allocator) edgeFreq(p, b uint32) float32 {
	if a.movesBehind[p] {
		return a.freq(b)
	}
	return a.freq(p)
}

// freqAt is the estimated number of executions of what is at position p.
func (a *Allocator) freqAt(p pos) float32 { return a.freq(a.blockOf[p/4]) }

// rarest is the last of the blocks from lo to hi that are executed least often.
func (a *Allocator) rarest(lo, hi uint32) uint32 {
	for {
		p := a.prevLower[hi]
		if p == noBlock || p < lo {
			return hi
		}
		hi = p
	}
}

// splitPos is the gap in [lo, hi], or hi itself, where piece p is best moved away: as early as possible in a block that is
// executed least often.
func (a *Allocator) splitPos(p *piece, lo, hi pos) pos {
	lo = gapOf(lo + 3)
	if lo >= hi {
		return hi
	}
	from := a.blockAt(lo)
	b := a.rarest(from, a.blockAt(hi))
	if b == from || a.freq(b) >= a.freq(from) || !a.covers(p, a.blockFrom(b)) {
		return lo
	}
	return a.blockFrom(b)
}

// reloadPos is the gap in (lo, need] where piece p is best brought back into a register for an operand at need: as late as
// possible in a block that is executed least often.
func (a *Allocator) reloadPos(p *piece, lo, need pos) pos {
	own := a.blockAt(need)
	b := a.rarest(a.blockAt(lo), own)
	if b == own || !a.covers(p, a.blockTo(b)-1) {
		return gapOf(need)
	}
	if at := a.blockTo(b) - 4; at > lo {
		return at
	}
	return a.blockTo(b)
}

// covers reports whether p is live at position x, which is not behind the scan.
func (a *Allocator) covers(p *piece, x pos) bool {
	for c := p.at; c != 0 && a.ranges[c].from <= x; c = a.ranges[c].next {
		if x < a.ranges[c].to {
			return true
		}
	}
	for c := p.first; c != p.at && c != 0 && a.ranges[c].from <= x; c = a.ranges[c].next {
		if x < a.ranges[c].to {
			return true
		}
	}
	return false
}
