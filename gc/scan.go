package gc

import "math/bits"

// Looking into objects. The loops are written out for the common layouts: most of a collection's time goes by here.

// size returns the size in bytes of the object at a.
func (s *Spec) size(a uintptr) uintptr {
	h := loadHeader(a)
	return s.shapes[h.layout()].size(h)
}

// scanObject corrects the references in the object at a, copying what they refer to, and returns its size.
func (g *collector) scanObject(a uintptr) uintptr {
	h := loadHeader(a)
	s := &g.spec.shapes[h.layout()]
	size := s.size(h)
	switch s.kind {
	case scanAll, scanArray:
		g.scanWords(a+HeaderBytes+8*uintptr(s.Words)*uintptr(s.kind-scanAll), a+size)
	case scanMixed:
		g.scanMixed(s, a, h)
	}
	return size
}

// scanMixed scans an object by the masks of its layout.
func (g *collector) scanMixed(s *shape, a uintptr, h header) {
	g.scanMask(a+HeaderBytes, s.Refs)
	if s.Elem.Refs == 0 {
		return
	}
	lo := a + s.base
	hi := lo + uintptr(s.Elem.Bytes)*uintptr(h.length())
	if s.Elem == RefElem {
		g.scanWords(lo, hi)
		return
	}
	for ; lo < hi; lo += uintptr(s.Elem.Bytes) {
		g.scanMask(lo, s.Elem.Refs)
	}
}

// scanMask corrects the references in the words from a on that a mask selects.
func (g *collector) scanMask(a uintptr, refs uint64) {
	for ; refs != 0; refs &= refs - 1 {
		p := a + 8*uintptr(bits.TrailingZeros64(refs))
		g.scanWords(p, p+8)
	}
}

// scanWords corrects the references between two addresses.
func (g *collector) scanWords(lo, hi uintptr) {
	low, mask, value := g.low, g.mask, g.value
	for p := lo; p < hi; p += 8 {
		w := loadWord(p)
		if low>>(w&lowMask)&1 == 0 || w&mask != value {
			continue
		}
		a := uintptr(w &^ (mask | lowMask))
		to := a
		if a-g.youngBase < g.youngSize {
			to = g.move(a)
			if to-g.youngBase < g.youngSize {
				g.sawYoung = true
			}
		} else if g.full && a-g.oldBase < g.oldSize {
			to = g.moveOld(a)
		} else {
			continue
		}
		storeWord(p, w&(mask|lowMask)|Word(to))
	}
}

// forward is scanWords for a word that is not in a heap: it returns the word that is to take its place.
func (g *collector) forward(w Word) Word {
	if !g.spec.tags.isRef(w) {
		return w
	}
	a := g.spec.tags.addr(w)
	to := a
	if a-g.youngBase < g.youngSize {
		to = g.move(a)
	} else if g.full && a-g.oldBase < g.oldSize {
		to = g.moveOld(a)
	}
	return w ^ Word(a) ^ Word(to)
}

// moveOld returns the new address of an object in the old space, in a full collection.
func (g *collector) moveOld(a uintptr) uintptr {
	switch g.old.states[g.old.block(a)] {
	case blockFrom:
		return g.move(a)
	case blockLarge:
		return g.reachLarge(a)
	}
	return a
}

// reachLarge marks a large object, and moves it under stress.
func (g *collector) reachLarge(a uintptr) uintptr {
	h := loadHeader(a)
	switch {
	case h.moved():
		return uintptr(h)
	case h&flagMarked != 0:
		return a
	}
	if g.cfg.Stress {
		size := g.spec.size(a)
		if to, err := g.old.allocLarge(size, false); err == nil { // else it stays
			copyObject(to, a, size)
			storeHeader(a, header(to))
			a = to
		}
	}
	storeHeader(a, h|flagMarked)
	g.marked = append(g.marked, a)
	return a
}

// alive returns where an object is after everything reachable has been copied, and whether it is reachable.
func (g *collector) alive(a uintptr) (to uintptr, ok bool) {
	switch {
	case a-g.youngBase < g.youngSize:
	case !g.full || a-g.oldBase >= g.oldSize:
		return a, true
	default:
		switch g.old.states[g.old.block(a)] {
		case blockFrom:
		case blockLarge:
			h := loadHeader(a)
			if h.moved() {
				return uintptr(h), true
			}
			return a, h&flagMarked != 0
		default:
			return a, true
		}
	}
	h := loadHeader(a)
	return uintptr(h), h.moved()
}
