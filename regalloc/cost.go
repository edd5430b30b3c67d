package regalloc

// Problem: compare ways to place a piece, in estimated executions of moves, loads and stores.
//
// Idea: a value in memory costs a load before the next operand that needs a register, where that is cheapest, a fraction
// of it for operands that read memory themselves, and a store if it has not been stored yet. A value that leaves its
// register within a loop also costs a load on each edge back to the head, where its place is the register still.
//
// All estimates look at a bounded number of operands, so each is O(1) apart from binary searches.

import "davit/asm"

const (
	// memUse is the cost of an operand in memory relative to a load.
	memUse = 0.4
	// rematUse is the cost of issuing a definition again relative to a load.
	rematUse = 0.7
	// costSave is what the first use of a register costs that callees save: less than a store and a load of a value, as
	// nothing waits for the push and the pop.
	costSave = 1
	// speculative is the weight of what another piece may lose relative to what this one does.
	speculative = 0.9
	// lookAhead bounds the operands that an estimate looks at.
	lookAhead = 48
	// horizon is for how many instructions a register that becomes free is supposed to be of use.
	horizon = 32
)

// lastUse is a position from which on p may leave its register if it must before bound: behind its last operand, or its
// start.
func (a *Allocator) lastUse(p *piece, bound pos) pos {
	c := p.at
	if a.ranges[c].from >= bound {
		c = p.first
	}
	for n := a.ranges[c].next; n != 0 && a.ranges[n].from < bound; n = a.ranges[c].next {
		c = n
	}
	rg := &a.ranges[c]
	k := rg.use + uint32(a.searchUse(a.uses[rg.use:a.useStart[rg.vreg+1]], min(bound, rg.to+2)))
	if k == a.useStart[rg.vreg] || a.uses[k-1].pos < rg.from {
		return rg.from
	}
	gap := gapOf(a.uses[k-1].pos)
	if a.f.BlockStart[a.blockAt(gap)] == gap/4 {
		return gap + clobberPos // moves of the block's first gap read the value behind the gap
	}
	for ; k > a.useStart[rg.vreg] && a.uses[k-1].pos >= max(gap, rg.from); k-- {
		if u := a.uses[k-1]; u.op == argUse || a.opKind[u.op].needsReg() || a.opKind[u.op] == kindMem {
			return u.pos + 1
		}
	}
	return max(gap, rg.from)
}

// searchUse is the number of elements of the ascending list s that are before x, by galloping.
func (a *Allocator) searchUse(s []use, x pos) int {
	hi := 1
	for hi < len(s) && s[hi-1].pos < x {
		hi *= 2
	}
	lo := hi / 2
	if hi == 1 {
		lo = 0
	}
	hi = min(hi, len(s))
	for lo < hi {
		mid := (lo + hi) / 2
		if s[mid].pos < x {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// loss estimates what it costs if p is in memory from position at until its next operand that needs a register, and for
// how many instructions a register becomes free, both up to a horizon.
func (a *Allocator) loss(p *piece, at pos) (cost, freed float32) {
	limit := at + 4*horizon
	next := maxPos
	left := lookAhead
	vreg := a.ranges[p.at].vreg
walk:
	for c := p.at; c != 0 && left > 0; c = a.ranges[c].next {
		left--
		rg := &a.ranges[c]
		if rg.to <= at {
			continue
		}
		vreg = rg.vreg
		end := a.useStart[rg.vreg+1]
		for u := rg.use; u < end && a.uses[u].pos < rg.to; u++ {
			us := a.uses[u]
			if us.pos < at || us.op == argUse {
				continue
			}
			if left--; left <= 0 {
				break walk
			}
			switch kind := a.opKind[us.op]; {
			case kind == kindMem:
				if us.pos < limit {
					cost += memUse * a.freqAt(us.pos)
				}
			case kind.needsReg():
				next = us.pos
				load := a.freq(a.rarest(a.blockAt(at), a.blockAt(next)))
				if a.isRemat(rg.vreg) {
					load *= rematUse
				}
				if next > limit {
					load *= 4 * horizon / float32(next-at)
				}
				cost += load
				break walk
			}
		}
	}
	if !a.inMem[p.bundle] && !a.isRemat(vreg) {
		cost += min(a.freq(a.defBlock[vreg]), a.freqAt(at))
	}
	return cost, float32(min(next, limit, a.ranges[p.last].to)-at)/4 + 1
}

// backLoads estimates what loads on edges back to heads of loops between from and at cost if p leaves its register at
// position at.
func (a *Allocator) backLoads(p *piece, from, at pos) float32 {
	f := a.f
	b := a.firstBlock(from)
	end := a.blockAt(at)
	if a.blockFrom(end) == at {
		end--
	}
	cost := float32(0)
	left := lookAhead
	last := a.ranges[p.last].to
	for b = a.nextHead[b]; b <= end && left > 0; b = a.nextHead[b+1] {
		left--
		if a.loopEnd[b] <= end {
			continue
		}
		for _, q := range f.Preds[f.PredStart[b]:f.PredStart[b+1]] {
			if q >= end && a.blockTo(q) <= last {
				cost += a.freq(q)
			}
			if left--; left <= 0 {
				break
			}
		}
	}
	return cost
}

// gain estimates what a register saves p over [from, to): one load per block with operands that need one, and memory
// operands.
func (a *Allocator) gain(p *piece, from, to pos) float32 {
	cost := float32(0)
	left := lookAhead
	block := noBlock
	for c := p.at; c != 0 && a.ranges[c].from < to && left > 0; c = a.ranges[c].next {
		left--
		rg := &a.ranges[c]
		if rg.to <= from {
			continue
		}
		end := a.useStart[rg.vreg+1]
		for u := rg.use; u < end && a.uses[u].pos < min(to, rg.to) && left > 0; u++ {
			us := a.uses[u]
			if us.pos < from || us.op == argUse {
				continue
			}
			left--
			b := a.blockAt(us.pos)
			switch kind := a.opKind[us.op]; {
			case kind == kindMem:
				cost += memUse * a.freq(b)
			case kind.needsReg() && b != block:
				cost += a.freq(b)
				block = b
			}
		}
	}
	return cost
}

// callCost estimates what it costs to keep p in registers that calls destroy, storing and loading it around the calls.
func (a *Allocator) callCost(p *piece, class asm.RegClass) float32 {
	calls := a.calls[class]
	store, load := float32(0), float32(0)
	left := lookAhead
	vreg := a.ranges[p.first].vreg
	here := a.ranges[p.first].from // the last operand
	lost := false                  // not in a register
	for c := p.first; c != 0 && left > 0; c = a.ranges[c].next {
		left--
		rg := &a.ranges[c]
		here = max(here, rg.from)
		end := a.useStart[rg.vreg+1]
		for u := rg.use; left > 0; u++ {
			left--
			done := u >= end || a.uses[u].pos >= rg.to
			to := rg.to
			if !done {
				to = a.uses[u].pos
			}
			calls = calls[searchFrom(calls, (here+1)/4):]
			if len(calls) == 0 && !lost {
				left = 0
				break
			}
			if len(calls) > 0 && 4*calls[0]+clobberPos < to {
				if !lost {
					store += a.freqAt(4 * calls[0])
				}
				lost = true
				here = 4*calls[0] + latePos
			}
			if done {
				break
			}
			us := a.uses[u]
			if us.op == argUse {
				continue
			}
			switch kind := a.opKind[us.op]; {
			case kind == kindMem && lost:
				load += memUse * a.freqAt(us.pos)
			case kind.needsReg() && a.f.Operands[us.op].Kind == Use && lost:
				load += a.freq(a.rarest(a.blockAt(min(here, us.pos)), a.blockAt(us.pos)))
				lost = false
				here = us.pos
			case a.f.Operands[us.op].Kind == Def:
				lost = false
				here = us.pos
			case !lost:
				here = us.pos
			}
		}
	}
	if a.isRemat(vreg) {
		return load * rematUse
	}
	return load + min(store, a.freq(a.defBlock[vreg]))
}
