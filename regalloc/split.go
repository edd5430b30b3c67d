package regalloc

import (
	"fmt"

	"davit/asm"
)

// cut makes the part of piece id behind position s a piece of its own and returns it: id itself if it starts at or
// behind s, 0 if there is no such part. The piece must not be on a timeline.
func (a *Allocator) cut(id uint32, s pos) uint32 {
	p := &a.pieces[id]
	if a.ranges[p.first].from >= s {
		return id
	}
	prev := p.first
	c := a.ranges[prev].next
	for c != 0 && a.ranges[c].from < s {
		prev, c = c, a.ranges[c].next
		a.walked++
	}
	last := p.last
	if rg := a.ranges[prev]; rg.to > s {
		n := uint32(len(a.ranges))
		u := rg.use + uint32(a.searchUse(a.uses[rg.use:a.useStart[rg.vreg+1]], s))
		a.ranges = append(a.ranges, liveRange{from: s, to: rg.to, vreg: rg.vreg, use: u, next: c, vnext: rg.vnext})
		a.ranges[prev].to = s
		a.ranges[prev].vnext = n
		if last == prev {
			last = n
		}
		c = n
	}
	if c == 0 {
		return 0
	}
	a.ranges[prev].next = 0
	p.last = prev
	if a.ranges[p.at].from >= s {
		p.at = prev
	}
	rest := uint32(len(a.pieces))
	a.pieces = append(a.pieces, piece{first: c, last: last, at: c, bundle: p.bundle, hint: p.hint})
	return rest
}

// maxRanges bounds the ranges of a piece that is placed, and with them the work per piece.
const maxRanges = 40

// shorten cuts piece id where it is executed least often if it has more than maxRanges ranges, and queues the rest.
func (a *Allocator) shorten(id uint32) {
	best, bestFreq := pos(0), float32(0)
	n := 0
	for c := a.pieces[id].first; c != 0; c = a.ranges[c].next {
		n++
		if n > maxRanges {
			break
		}
		at := gapOf(a.ranges[c].from)
		if n < maxRanges/2 || at <= a.start(id) {
			continue
		}
		if fr := a.freq(a.blockOf[at/4]); best == 0 || fr <= bestFreq {
			best, bestFreq = at, fr
		}
	}
	if n <= maxRanges || best == 0 {
		return
	}
	if rest := a.cut(id, best); rest != 0 && rest != id {
		a.push(rest)
	}
}

// cutBefore is where piece p may be cut so that its front does not reach position bound.
func (a *Allocator) cutBefore(p *piece, bound pos) pos {
	i := bound / 4
	if bound&3 < clobberPos || a.demandEnd(p, i) > bound {
		return 4 * i
	}
	if a.nextNeed(p, 4*i) < bound || a.f.BlockStart[a.blockOf[i]] == i && a.copies(p, i) {
		return 4*i + clobberPos
	}
	return 4 * i
}

// rank orders pieces that were trimmed to one instruction by the phases they span; others have rank 0.
func (a *Allocator) rank(p *piece) int {
	first := a.ranges[p.first].from
	i := first / 4
	if end := a.ranges[p.last].to; end > 4*i+4 || a.nextNeed(p, 0) == maxPos || end > a.demandEnd(p, i) {
		return 0
	}
	var early, mid, late bool
	for c := p.first; c != 0; c = a.ranges[c].next {
		rg := &a.ranges[c]
		early = early || rg.from <= 4*i+earlyPos
		mid = mid || rg.from <= 4*i+clobberPos && rg.to > 4*i+clobberPos
		late = late || rg.to > 4*i+latePos
	}
	switch {
	case early && mid && late:
		return 3
	case early && late:
		return 2
	}
	return 1
}

// evictFor finds a register for piece id, which needs one at instruction i, where it starts.
func (a *Allocator) evictFor(id, i uint32) error {
	for _, trimmed := range [2]bool{false, true} {
		p := &a.pieces[id]
		end := a.demandEnd(p, i)
		if trimmed && a.end(id) > end {
			if rest := a.cut(id, end); rest != 0 {
				a.spillFront(rest)
			}
			p = &a.pieces[id]
			a.findClobbers(p)
		}
		r, _ := a.cheapest(p, end, trimmed)
		if r == 0 {
			continue
		}
		a.takeOver(id, r, end)
		return nil
	}
	return a.noRegister(id, i)
}

// takeOver evicts what piece id meets in register r before end, and gives it the register as long as it is free.
func (a *Allocator) takeOver(id uint32, r asm.Reg, end pos) {
	for n := 0; ; n++ {
		c, t := a.firstConflict(r, &a.pieces[id], end)
		if c >= end {
			break
		}
		if n > 4*maxRanges {
			panic("regalloc: a register cannot be cleared")
		}
		a.evict(a.ranges[t].piece, c)
	}
	p := &a.pieces[id]
	until := a.fixedUntil(r, p)
	if c, _ := a.firstConflict(r, p, until); c < until {
		until = c
	}
	if until == maxPos {
		a.assign(id, r)
		return
	}
	at := max(a.cutBefore(p, until), end)
	if lo := max(a.lastUse(p, at), end); at&3 == 0 && lo < at {
		at = a.splitPos(p, lo, at)
	}
	a.takeFront(id, r, at)
}

// noRegister is the error that piece id finds no register at instruction i.
func (a *Allocator) noRegister(id, i uint32) error {
	for o := a.f.OperandStart[i]; o < a.f.OperandStart[i+1]; o++ {
		v := a.f.Operands[o].VReg
		if a.opKind[o].needsReg() && a.homeOf[v] == a.pieces[id].bundle {
			return fmt.Errorf("instruction %d: no register is left for operand %d (v%d)", i, o-a.f.OperandStart[i], v)
		}
	}
	return fmt.Errorf("instruction %d: no register is left", i)
}

// cheapest is the register that is cheapest to clear of what p meets there before end, and the cost; or 0. What counts is
// the cost per instruction for which the register becomes free, up to a horizon. Only if p is trimmed may pieces that the
// instruction needs be evicted.
func (a *Allocator) cheapest(p *piece, end pos, trimmed bool) (asm.Reg, float32) {
	rank := 0
	if trimmed {
		rank = a.rank(p)
	}
	var best asm.Reg
	var bestCost, bestRate float32
	for _, r := range a.env.Order[a.bundles[p.bundle].class] {
		if a.fixedUntil(r, p) < end {
			continue
		}
		cost, rate, ok := a.evictionCost(r, p, end, rank)
		if a.isNew(r) {
			cost += costSave
			rate += costSave / horizon
		}
		if ok && (best == 0 || rate < bestRate) {
			best, bestCost, bestRate = r, cost, rate
		}
	}
	return best, bestCost
}

// evictionCost is the cost of evicting from register r what p meets there before end, in all and per instruction for
// which the register becomes free.
func (a *Allocator) evictionCost(r asm.Reg, p *piece, end pos, rank int) (cost, rate float32, ok bool) {
	last := uint32(0)
	t, c := a.trim(r), p.first
	for t != 0 && c != 0 {
		x, y := &a.ranges[t], &a.ranges[c]
		switch {
		case x.from >= end || y.from >= end:
			return cost, rate, true
		case x.to <= y.from:
			t = x.tnext
			continue
		case y.to <= x.from:
			c = y.next
			continue
		}
		if x.piece != last {
			last = x.piece
			q := &a.pieces[last]
			at := a.evictionCut(last, max(x.from, y.from))
			loss, freed := a.loss(q, at)
			if lo := a.lastUse(q, at); lo < at {
				loss += a.backLoads(q, a.start(last), a.splitPos(q, lo, at))
			}
			if need := a.nextNeed(q, at); need < gapOf(end-1)+4 {
				if a.rank(q) >= rank {
					return 0, 0, false
				}
				loss += 1000 * a.freqAt(need)
			}
			cost += loss
			rate += loss / freed
		}
		t = x.tnext
	}
	return cost, rate, true
}

// evictionCut is where piece id is cut if it must leave its register at position at.
func (a *Allocator) evictionCut(id uint32, at pos) pos {
	p := &a.pieces[id]
	i := at / 4
	need := a.nextNeed(p, 4*i)
	if need < at && a.demandEnd(p, i) <= at {
		return 4*i + clobberPos
	}
	return max(4*i, a.start(id))
}

// evict takes piece id off its register from position at on.
func (a *Allocator) evict(id uint32, at pos) {
	p := &a.pieces[id]
	r := p.reg
	a.vacate(r, p)
	at = a.evictionCut(id, at)
	if at&3 == 0 && a.nextNeed(p, at) >= gapOf(a.here)+4 {
		if lo := a.lastUse(p, at); lo < at {
			at = max(a.splitPos(p, lo, at), a.start(id))
		}
	}
	p.place = placeNone
	rest := a.cut(id, at)
	if rest != id {
		a.assign(id, r)
	}
	if rest == 0 {
		return
	}
	a.pieces[rest].hint = r
	a.pieces[rest].evicted = a.here + 1
	if at&3 == clobberPos || at < a.here {
		a.spillFront(rest)
	} else {
		a.push(rest)
	}
}

// evictCheaper evicts others from a register for piece id, which has an operand at need but not where it starts, if that
// costs less than its staying in memory until there.
func (a *Allocator) evictCheaper(id uint32, need pos) bool {
	p := &a.pieces[id]
	end := a.demandEnd(p, need/4)
	own, _ := a.loss(p, a.start(id))
	r, cost := a.cheapest(p, end, false)
	if r == 0 || cost >= own {
		return false
	}
	if _, ok := a.frontCut(id, a.fixedUntil(r, p), need); !ok {
		return false
	}
	a.takeOver(id, r, end)
	return true
}
