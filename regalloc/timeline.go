package regalloc

// Problem: per register, keep the ranges that have it from the scan on, ascending; find the first that meets a piece;
// add and remove pieces. Lists get long if much lies far ahead, as cold blocks at the end of the function do.
//
// Idea: skip lists. All ranges are on level 0 (liveRange.tnext); one in eight is also on level 1, one in 64 on level
// 2, and so on, with its links in a tower. What lies behind the scan is dropped from the front when met. A search walks
// a few steps before it climbs, since most of what is sought is near.
//
// Cost: O(log n) expected per range added, removed or sought; the levels follow from the numbers of the ranges, so equal
// input gives equal work.
//
// Source: Pugh, Skip Lists: A Probabilistic Alternative to Balanced Trees (1990).

import (
	"math/bits"

	"davit/asm"
)

// topLevel is the highest level of a timeline; its links are heads[r][1..topLevel].
const topLevel = 6

// nearSteps is how far a search walks on level 0 before it climbs.
const nearSteps = 8

// levelOf is the highest level of range n.
func levelOf(n uint32) int {
	h := n * 0x9e3779b1
	h ^= h >> 15
	return min(bits.TrailingZeros32(h|1<<31)/3, topLevel)
}

// after is the range behind n on a level of the timeline of r; n = 0 means its start.
func (a *Allocator) after(r asm.Reg, n uint32, level int) uint32 {
	switch {
	case n == 0:
		return a.heads[r][level]
	case level == 0:
		return a.ranges[n].tnext
	}
	return a.towers[a.ranges[n].tower+uint32(level)]
}

func (a *Allocator) setAfter(r asm.Reg, n uint32, level int, next uint32) {
	switch {
	case n == 0:
		a.heads[r][level] = next
	case level == 0:
		a.ranges[n].tnext = next
	default:
		a.towers[a.ranges[n].tower+uint32(level)] = next
	}
}

// trim drops the ranges behind the scan from the timeline of r and returns the first that is left.
func (a *Allocator) trim(r asm.Reg) uint32 {
	h := &a.heads[r]
	t := h[0]
	for t != 0 && a.ranges[t].to <= a.here {
		t = a.ranges[t].tnext
	}
	if t == h[0] {
		return t
	}
	h[0] = t
	for l := 1; l <= topLevel && h[l] != 0; l++ {
		t := h[l]
		for t != 0 && a.ranges[t].to <= a.here {
			t = a.towers[a.ranges[t].tower+uint32(l)]
		}
		h[l] = t
	}
	return h[0]
}

// seek is the last range on the timeline of r that starts before x, or 0, given one such range or 0.
func (a *Allocator) seek(r asm.Reg, near uint32, x pos) uint32 {
	n := a.after(r, near, 0)
	for range nearSteps {
		if n == 0 || a.ranges[n].from >= x {
			return near
		}
		near, n = n, a.ranges[n].tnext
	}
	p := uint32(0)
	for l := topLevel; l > 0; l-- {
		p = a.seekLevel(r, p, l, x)
	}
	if p == 0 || a.ranges[p].from < a.ranges[near].from {
		p = near
	}
	return a.seekLevel(r, p, 0, x)
}

// seekLevel is the last range on a level that starts before x, from p on.
func (a *Allocator) seekLevel(r asm.Reg, p uint32, level int, x pos) uint32 {
	for {
		n := a.after(r, p, level)
		if n == 0 || a.ranges[n].from >= x {
			return p
		}
		p = n
	}
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
			if t != 0 && a.ranges[t].to <= y.from {
				// The last that starts at or before y is the first that can meet it, or the one before that.
				t = a.seek(r, t, y.from+1)
			}
		case y.to <= x.from:
			c = y.next
			a.walked++
		default:
			return max(x.from, y.from), t
		}
	}
	return maxPos, 0
}

// occupy puts the ranges of piece p on the timeline of register r, where they must not meet others.
func (a *Allocator) occupy(r asm.Reg, p *piece) {
	a.trim(r)
	near := uint32(0)
	for c := p.first; c != 0; c = a.ranges[c].next {
		rg := &a.ranges[c]
		if rg.to <= a.here {
			continue
		}
		near = a.seek(r, near, rg.from)
		rg.tnext = a.after(r, near, 0)
		a.setAfter(r, near, 0, c)
		near = c
		level := levelOf(c)
		if level == 0 {
			continue
		}
		if rg.tower == 0 {
			rg.tower = uint32(len(a.towers)) - 1
			for range level {
				a.towers = append(a.towers, 0)
			}
		}
		q := uint32(0)
		for l := topLevel; l > 0; l-- {
			q = a.seekLevel(r, q, l, rg.from)
			if l <= level {
				a.setAfter(r, c, l, a.after(r, q, l))
				a.setAfter(r, q, l, c)
			}
		}
	}
}

// vacate takes the ranges of piece p off the timeline of register r.
func (a *Allocator) vacate(r asm.Reg, p *piece) {
	a.trim(r)
	near := uint32(0)
	for c := p.first; c != 0; c = a.ranges[c].next {
		rg := &a.ranges[c]
		if rg.to <= a.here {
			continue
		}
		near = a.seek(r, near, rg.from)
		a.setAfter(r, near, 0, rg.tnext)
		level := levelOf(c)
		if level == 0 {
			continue
		}
		q := uint32(0)
		for l := topLevel; l > 0; l-- {
			q = a.seekLevel(r, q, l, rg.from)
			if l <= level {
				a.setAfter(r, q, l, a.after(r, c, l))
			}
		}
	}
}
