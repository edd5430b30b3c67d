package gc

import (
	"fmt"

	"davit/jit"
)

// Making objects.
//
//  1. An object of at most Heap.small bytes is made in eden, a greater one in the old space with blocks of its own.
//  2. A collection takes place before an object is made, never afterwards: what is returned is not initialized.
//  3. Code may be stopped before it has initialized what it was given. In eden that does no harm, since nothing refers to it;
//     but large objects are looked into if their cards are dirty, and so they hold no old references from the start.

// OutOfMemory is the error of an allocation for which there was no memory, also after a full collection. It wraps
// ErrOutOfMemory.
type OutOfMemory struct {
	Size  int64 // bytes asked for
	Used  int64 // bytes of objects
	Limit int64 // of the heap
	// Backtrace has the places in compiled code that led to the allocation, innermost first; at most 100, none if it was
	// made by Go.
	Backtrace []jit.Location
}

// Error names the numbers.
func (e *OutOfMemory) Error() string {
	return fmt.Sprintf("gc: out of memory: %d bytes asked for, %d of %d in use", e.Size, e.Used, e.Limit)
}

// Unwrap returns ErrOutOfMemory.
func (e *OutOfMemory) Unwrap() error { return ErrOutOfMemory }

// allocate makes room in eden, collecting if need be.
func (h *Heap) allocate(size uintptr) (uintptr, error) {
	if h.cfg.Stress || h.requested.Load() {
		if err := h.collect(false); err != nil {
			return 0, err
		}
	}
	if h.young.eden.hi-h.ctx.free < size {
		if err := h.collect(false); err != nil {
			return 0, err
		}
		if h.old.used() > h.cfg.Limit {
			return 0, h.outOfMemory(size)
		}
	}
	a := h.ctx.free
	h.ctx.free += size
	return a, nil
}

func (h *Heap) outOfMemory(size uintptr) error {
	return &OutOfMemory{Size: int64(size), Used: h.old.used() + h.allocatedYoung(), Limit: h.cfg.Limit}
}

// allocateLarge makes room for an object with blocks of its own, which is zero if refs is set, except under stress, where it
// is full of what is no reference.
func (h *Heap) allocateLarge(size uintptr, refs bool) (uintptr, error) {
	if int64(size) > h.cfg.Limit {
		return 0, h.outOfMemory(size)
	}
	if h.cfg.Stress || h.requested.Load() || h.old.used()+int64(size) > h.nextFull {
		if err := h.collect(h.old.used()+int64(size) > h.nextFull); err != nil {
			return 0, err
		}
		// What is asked for counts as live.
		h.nextFull = max(h.nextFull, min(h.old.used()+int64(size)+h.firstFull(), h.cfg.Limit))
	}
	if h.old.used()+int64(size) > h.cfg.Limit {
		return 0, h.outOfMemory(size)
	}
	a, err := h.old.allocLarge(size, refs && !h.cfg.Stress)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", h.outOfMemory(size), err)
	}
	cards := h.cardsOf(a, size)
	for i := range cards {
		cards[i] = 1
	}
	if h.cfg.Stress {
		fill(span{a, a + size}, poison)
	}
	h.stats.Allocated += uint64(size)
	return a, nil
}

// create makes room for an object and writes its header.
func (h *Heap) create(head header) (uintptr, error) {
	size := h.spec.shapes[head.layout()].size(head)
	a, err := uintptr(0), error(nil)
	if s := &h.spec.shapes[head.layout()]; size > h.small {
		a, err = h.allocateLarge(size, s.Refs|s.Elem.Refs != 0)
	} else {
		a, err = h.allocate(size)
	}
	if err != nil {
		return 0, err
	}
	if !h.young.contains(a) {
		head |= flagBarrier | flagLarge
	}
	storeHeader(a, head)
	return a, nil
}

// schedule decides after a full collection when the next one is due, and gives memory back that will not be needed until then.
func (h *Heap) schedule() {
	live := h.old.used()
	h.nextFull = max(h.firstFull(), live+live/100*int64(h.cfg.Growth))
	h.nextFull = min(h.nextFull, h.cfg.Limit)
	h.old.trim(int((h.nextFull-live+int64(h.young.eden.size()))/blockBytes) + 1)
}

// growNursery enlarges eden if looking at roots takes more than looking at what eden may hold: otherwise a deep recursion
// would make each collection as expensive as it is deep.
func (h *Heap) growNursery() {
	y := &h.young
	if n := y.eden.size(); y.slots == 0 && uintptr(h.stats.current.roots)*8*rootShare > n && n < uintptr(h.cfg.MaxNursery) {
		y.eden.hi = y.eden.lo + min(2*n, uintptr(h.cfg.MaxNursery))
	}
}

// rootShare is how many times larger than the roots eden is to be.
const rootShare = 4
