package regalloc

import "davit/asm"

// The timeline of a register is the list of the ranges that have it, ascending, from the scan on.

// trim drops the ranges behind the scan from the timeline of r.
func (a *Allocator) trim(r asm.Reg) uint32 {
	t := a.timeline[r]
	for t != 0 && a.ranges[t].to <= a.here {
		t = a.ranges[t].tnext
	}
	a.timeline[r] = t
	return t
}

// firstConflict is the first position before limit where piece p meets another piece in register r, and the range it
// meets; or maxPos.
func (a *Allocator) firstConflict(r asm.Reg, p *piece, limit pos) (pos, uint32) {
	t, c := a.trim(r), p.first
	for t != 0 && c != 0 {
		x, y := &a.ranges[t], &a.ranges[c]
		switch {
		case x.from >= limit || y.from >= limit:
			return maxPos, 0
		case x.to <= y.from:
			t = x.tnext
		case y.to <= x.from:
			c = y.next
		default:
			return max(x.from, y.from), t
		}
	}
	return maxPos, 0
}

// occupy puts the ranges of piece p on the timeline of register r, where they must not meet others.
func (a *Allocator) occupy(r asm.Reg, p *piece) {
	link := &a.timeline[r]
	a.trim(r)
	for c := p.first; c != 0; c = a.ranges[c].next {
		from := a.ranges[c].from
		for *link != 0 && a.ranges[*link].from < from {
			link = &a.ranges[*link].tnext
		}
		a.ranges[c].tnext = *link
		*link = c
		link = &a.ranges[c].tnext
	}
}

// vacate takes the ranges of piece p off the timeline of register r.
func (a *Allocator) vacate(r asm.Reg, p *piece) {
	link := &a.timeline[r]
	a.trim(r)
	for c := p.first; c != 0; c = a.ranges[c].next {
		if a.ranges[c].to <= a.here {
			continue
		}
		for *link != 0 && *link != c && a.ranges[*link].from <= a.ranges[c].from {
			link = &a.ranges[*link].tnext
		}
		if *link == c {
			*link = a.ranges[c].tnext
		}
	}
}
