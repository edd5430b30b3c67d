package gc

import "slices"

// The remembered set: where old objects may refer to young ones.
//
// Small objects are remembered as a whole. Compiled code looks at flagBarrier of the object it stores into; the first such
// store after a collection finds it set and calls gc_remember, which clears it. For large objects, flagBarrier is always
// set, and each store of a reference dirties the card of the place; a card is a byte that stands for cardBytes of the old
// space.
//
//  1. Cards are used for large objects only. All cards of a new large object are dirty, so that it can be filled without
//     telling the collector.
//  2. A dirty card is cleaned by the collection of the nursery that finds no reference to a young object behind it.
const (
	cardShift = 9
	cardBytes = 1 << cardShift
)

// remember puts a small old object into the remembered set.
func (h *Heap) remember(a uintptr) {
	h.remembered = append(h.remembered, a)
	storeHeader(a, loadHeader(a)&^flagBarrier)
}

// stored takes note of the store of a reference at place p of the object at a, whose flagBarrier is set.
func (h *Heap) stored(a, p uintptr) {
	if loadHeader(a)&flagLarge == 0 {
		h.remember(a)
		return
	}
	*h.card(p) = 1
}

// card returns the card of an address in the old space.
func (h *Heap) card(a uintptr) *byte { return (*byte)(ptr(h.ctx.cards + a>>cardShift)) }

// cardsOf returns the cards of n bytes at the start of a block.
func (h *Heap) cardsOf(a, n uintptr) []byte {
	return memory(h.ctx.cards+a>>cardShift, (n+cardBytes-1)>>cardShift)
}

// scanRemembered scans the old objects that may refer to young ones, and keeps those that still do.
func (g *collector) scanRemembered() {
	set := g.remembered
	g.Heap.remembered = g.Heap.remembered[:0]
	for _, a := range set {
		g.sawYoung = false
		g.scanObject(a)
		if g.sawYoung {
			g.Heap.remembered = append(g.Heap.remembered, a)
		} else {
			storeHeader(a, loadHeader(a)|flagBarrier)
		}
	}
	for _, l := range g.old.large {
		g.scanCards(l)
	}
}

// scanCards scans what is behind the dirty cards of a large object.
func (g *collector) scanCards(l large) {
	h := loadHeader(l.addr)
	s := &g.spec.shapes[h.layout()]
	cards := g.cardsOf(l.addr, l.size)
	if s.kind != scanArray {
		if slices.Contains(cards, 1) {
			g.sawYoung = false
			if g.scanObject(l.addr); !g.sawYoung {
				clear(cards)
			}
		}
		return
	}
	first := l.addr + s.base
	for i := 0; i < len(cards); i++ {
		if cards[i] == 0 {
			if i&7 == 0 && i+8 <= len(cards) && loadWord(addrOf(cards)+uintptr(i)) == 0 {
				i += 7
			}
			continue
		}
		lo := l.addr + uintptr(i)<<cardShift
		g.sawYoung = false
		g.scanWords(max(lo, first), min(lo+cardBytes, l.addr+l.size))
		if !g.sawYoung {
			cards[i] = 0
		}
	}
}

// cleanCards cleans the cards of all large objects: there are no young objects.
func (h *Heap) cleanCards() {
	for _, l := range h.old.large {
		clear(h.cardsOf(l.addr, l.size))
	}
}
