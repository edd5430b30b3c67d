package jit

import "math/bits"

// Free ranges of a linear space, for executable memory and the like.
//
// Problem: hand out and take back ranges of units, with neighbours joined, in constant time and with memory proportional to
// the number of free ranges.
//
// Idea: segregated free lists by power-of-two size class, and two indexes, by start and by end, to find neighbours.
//
//  1. Free ranges are disjoint and never adjacent.
//  2. byStart, byEnd and exactly one bin know each free range; bins[k] has the ranges of 2^k up to 2^(k+1)-1 units.
//
// Cost: O(1) expected per operation, at most 8 looks into the one bin whose ranges need not all fit. Source: the
// segregated-fit scheme with boundary tags (Knuth, The Art of Computer Programming 1, 2.5).
type spans struct {
	byStart map[uint32]span
	byEnd   map[uint32]uint32
	bins    [32][]uint32
}

type span struct {
	n   uint32
	pos uint32 // index in its bin
}

func binOf(n uint32) int { return bits.Len32(n) - 1 }

// free adds the range of n units at start.
func (s *spans) free(start, n uint32) {
	if n == 0 {
		return
	}
	if s.byStart == nil {
		s.byStart = map[uint32]span{}
		s.byEnd = map[uint32]uint32{}
	}
	if prev, ok := s.byEnd[start]; ok {
		n += s.byStart[prev].n
		start = prev
		s.remove(prev)
	}
	if next, ok := s.byStart[start+n]; ok {
		s.remove(start + n)
		n += next.n
	}
	b := binOf(n)
	s.byStart[start] = span{n, uint32(len(s.bins[b]))}
	s.byEnd[start+n] = start
	s.bins[b] = append(s.bins[b], start)
}

func (s *spans) remove(start uint32) {
	sp := s.byStart[start]
	b := binOf(sp.n)
	bin := s.bins[b]
	last := bin[len(bin)-1]
	bin[sp.pos] = last
	s.bins[b] = bin[:len(bin)-1]
	if last != start {
		moved := s.byStart[last]
		moved.pos = sp.pos
		s.byStart[last] = moved
	}
	delete(s.byStart, start)
	delete(s.byEnd, start+sp.n)
}

// alloc takes n units.
func (s *spans) alloc(n uint32) (start uint32, ok bool) {
	b := binOf(n)
	bin := s.bins[b]
	for i := len(bin) - 1; i >= 0 && i >= len(bin)-8; i-- {
		if s.byStart[bin[i]].n >= n {
			return s.take(bin[i], n), true
		}
	}
	for b++; b < len(s.bins); b++ {
		if bin := s.bins[b]; len(bin) > 0 {
			return s.take(bin[len(bin)-1], n), true
		}
	}
	return 0, false
}

func (s *spans) take(start, n uint32) uint32 {
	have := s.byStart[start].n
	s.remove(start)
	s.free(start+n, have-n)
	return start
}
