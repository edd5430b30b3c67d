package gc

import (
	"fmt"
	"time"
)

// Collection.
//
// Problem: find the objects that the program can still reach, move them together, and correct every reference to them.
//
// Idea: a copying collector with two generations. Live objects are copied as they are found, the old place keeps the new
// address, and what has been copied is the list of places still to be looked at. A collection of the nursery treats all
// old objects as alive and looks into those in the remembered set only. A full collection empties the nursery and all
// blocks of small objects; large objects stay where they are, except under stress.
//
//  1. Roots are the places that the stack maps of the frames name, the root words of the context, handles and locals.
//  2. An old object that refers to a young one is in the remembered set, or is large and has a dirty card there.
//  3. The header of an old object has flagBarrier if, and only if, the object is not in the remembered set.
//  4. A collection either does not begin or takes place: room for all that it might copy is made sure of before.
//
// Cost: proportional to the roots and to what is live in the spaces collected.
//
// Source: Cheney, "A nonrecursive list compacting algorithm", 1970; Ungar, "Generation scavenging", 1984; Hosking, Hudson,
// "Remembered sets can also play cards", 1993.

// collector is the state of a collection under way.
type collector struct {
	*Heap
	under bool // from the first change until everything is right again
	full  bool

	low         uint8 // the rule for references, unpacked
	mask, value Word
	youngBase   uintptr
	youngSize   uintptr
	oldBase     uintptr
	oldSize     uintptr

	closed   []span    // parts of closed blocks, and large objects, still to be scanned
	scanOld  uintptr   // the current block is scanned up to here
	scanTo   uintptr   // the survivor space to be is scanned up to here
	sawYoung bool      // a reference was seen to an object that stays young
	from     []int     // full: blocks to be emptied
	marked   []uintptr // full: large objects still to be scanned
}

// Collect collects the nursery and, if full is set, the whole heap.
func (h *Heap) Collect(full bool) error {
	if err := h.usable(); err != nil {
		return err
	}
	return h.collect(full)
}

// collect runs a collection, of the whole heap if full is set or it is time for it.
func (h *Heap) collect(full bool) error {
	h.requested.Store(false)
	start := time.Now()
	err := h.stages(full)
	if err != nil {
		if h.broken == nil && h.gc.under {
			h.broken = err
		}
		h.ctx.limit = 0
		return err
	}
	h.stats.note(time.Since(start))
	h.setLimit()
	return nil
}

// stages are the collections that make up one: of the nursery, of everything, or both.
func (h *Heap) stages(full bool) error {
	if h.cfg.NoBarriers || full && !h.cfg.Stress {
		return h.verified(true)
	}
	if err := h.verified(false); err != nil {
		return err
	}
	if !h.cfg.Stress && h.old.used() <= h.nextFull {
		return nil
	}
	return h.verified(true)
}

// verified is one collection, with the checks before and after it that the configuration asks for.
func (h *Heap) verified(full bool) error {
	if h.cfg.Verify {
		if err := h.Verify(); err != nil {
			return fmt.Errorf("before a collection: %w", err)
		}
	}
	if err := h.once(full); err != nil {
		return err
	}
	if h.cfg.Verify {
		if err := h.Verify(); err != nil {
			return fmt.Errorf("after a collection: %w", err)
		}
	}
	return nil
}

// once collects the nursery or the whole heap.
func (h *Heap) once(full bool) (err error) {
	if err := h.reserveRoom(full); err != nil {
		return err
	}
	g := &h.gc
	g.under = true
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(failure)
			if !ok {
				panic(r)
			}
			err = f.err
		}
	}()
	g.begin(h, full)
	if err := h.young.begin(uintptr(h.cfg.MaxNursery), full); err != nil {
		return err
	}
	g.scanTo = h.young.to.lo
	if err := g.roots(); err != nil {
		return err
	}
	g.drain()
	g.finishWeaks()
	if err := g.end(); err != nil {
		return err
	}
	g.under = false
	return nil
}

// failure is what is thrown in the middle of a collection when it cannot go on.
type failure struct{ err error }

// reserveRoom makes sure of the memory that a collection may need.
func (h *Heap) reserveRoom(full bool) error {
	n := h.allocatedYoung()
	if full {
		n += h.old.smallBytes
	}
	// Up to maxSmall bytes of each block stay unused, and one block has been begun.
	const useful = blockBytes - maxSmall
	if err := h.old.canTake(int((n+useful-1)/useful) + 1); err != nil {
		return fmt.Errorf("%w: %w", ErrOutOfMemory, err)
	}
	return nil
}

// allocatedYoung returns the bytes of the nursery that hold objects.
func (h *Heap) allocatedYoung() int64 {
	return int64(h.ctx.free-h.young.eden.lo) + int64(h.young.survivors.size())
}

func (g *collector) begin(h *Heap, full bool) {
	g.Heap, g.full = h, full
	t := &h.spec.tags
	g.low, g.mask, g.value = t.Low, Word(t.Mask), Word(t.Value)
	g.youngBase, g.youngSize = h.young.base, h.young.size
	g.oldBase, g.oldSize = h.old.base, h.old.end-h.old.base
	g.closed, g.from, g.marked = g.closed[:0], g.from[:0], g.marked[:0]
	h.stats.begin(full)
	if full {
		h.old.close()
		g.from = append(g.from, h.old.small...)
		for _, b := range g.from {
			h.old.states[b] = blockFrom
		}
		h.old.small = h.old.small[:0]
		h.old.smallBytes = 0
	}
	g.scanOld = h.old.free
}

// drain looks at everything that has been copied, until nothing is left.
func (g *collector) drain() {
	old, young := &g.old, &g.young
	for {
		switch {
		case g.scanTo < young.toFree:
			for g.scanTo < young.toFree {
				g.scanTo += g.scanObject(g.scanTo)
			}
		case len(g.closed) > 0:
			s := g.closed[len(g.closed)-1]
			g.closed = g.closed[:len(g.closed)-1]
			g.scanSpan(s)
		case g.scanOld < old.free:
			// The block may be closed while it is scanned: then closeBlock has put the rest on the list.
			a := g.scanOld
			g.scanOld += g.spec.size(a)
			g.scanPromoted(a)
		case len(g.marked) > 0:
			a := g.marked[len(g.marked)-1]
			g.marked = g.marked[:len(g.marked)-1]
			g.scanObject(a)
		default:
			return
		}
	}
}

// scanSpan scans promoted objects.
func (g *collector) scanSpan(s span) {
	for a := s.lo; a < s.hi; {
		n := g.spec.size(a)
		g.scanPromoted(a)
		a += n
	}
}

// scanPromoted scans an object that is now old, and remembers it if it refers to a young one.
func (g *collector) scanPromoted(a uintptr) {
	g.sawYoung = false
	g.scanObject(a)
	if g.sawYoung {
		g.remember(a)
	}
}

// allocOld takes memory in the old space for an object to be copied.
func (g *collector) allocOld(size uintptr) uintptr {
	o := &g.old
	if o.limit-o.free < size {
		if g.scanOld < o.free {
			g.closed = append(g.closed, span{g.scanOld, o.free})
		}
		if err := o.nextBlock(); err != nil {
			panic(failure{err})
		}
		g.scanOld = o.free
	}
	a := o.free
	o.free += size
	o.smallBytes += int64(size)
	return a
}

// move returns the new address of an object in the nursery or in a block that is emptied.
func (g *collector) move(a uintptr) uintptr {
	h := loadHeader(a)
	if h.moved() {
		return uintptr(h)
	}
	size := g.spec.shapes[h.layout()].size(h)
	var to uintptr
	if y := &g.young; g.full || h&flagAged != 0 || y.to.hi-y.toFree < size {
		to = g.allocOld(size)
		h = h&^flagAged | flagBarrier
		g.stats.current.promoted += int64(size)
	} else {
		to = y.toFree
		y.toFree += size
		h |= flagAged
		g.stats.current.survived += int64(size)
	}
	copyObject(to, a, size)
	storeHeader(to, h)
	storeHeader(a, header(to))
	return to
}

// end gives the emptied memory back.
func (g *collector) end() error {
	h := g.Heap
	if g.full {
		g.sweep()
		h.cleanCards()
		h.remembered = h.remembered[:0]
		h.schedule()
	}
	h.stats.Allocated += uint64(h.ctx.free - h.young.eden.lo)
	if err := h.young.end(h.ctx.free > h.young.eden.lo); err != nil {
		return err
	}
	h.ctx.free = h.young.eden.lo
	h.torn, h.tornLarge = false, h.tornLarge && !g.full
	h.stats.end(h, g.full)
	h.growNursery()
	return nil
}

// sweep frees the blocks that a full collection has emptied, and the large objects that it has not reached.
func (g *collector) sweep() {
	o := &g.old
	for _, b := range g.from {
		o.give(b, 1)
	}
	kept := o.large[:0]
	for _, l := range o.large {
		h := loadHeader(l.addr)
		if !h.moved() && h&flagMarked != 0 {
			storeHeader(l.addr, h&^flagMarked)
			kept = append(kept, l)
			continue
		}
		g.freeLarge(l)
	}
	o.large = kept
}

// freeLarge frees the blocks of a large object.
func (g *collector) freeLarge(l large) {
	o := &g.old
	o.largeBytes -= wholePages(l.size)
	o.give(o.block(l.addr), l.blocks)
	if g.cfg.Stress {
		return
	}
	// Much memory at once is given back at once.
	for b := o.block(l.addr); l.blocks > 1 && b < o.block(l.addr)+l.blocks; b++ {
		o.dirty[b] = !o.mem.discard(o.addr(b), blockBytes)
	}
}
