package gc

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// Config says how a heap is set up. The zero value is good for most programs.
type Config struct {
	// Limit bounds the bytes that objects take; 0 stands for 4 GiB. A collection may need as much again for its duration.
	Limit int64
	// Nursery is the size in bytes of the space for new objects; 0 stands for 4 MiB. It grows up to MaxNursery, 0 for 8
	// times Nursery, while there are so many roots that looking at them would dominate.
	Nursery, MaxNursery int
	// Growth says when the old space is collected: when its objects have grown by so many percent since the last time.
	// 0 stands for 100.
	Growth int
	// NoBarriers says that compiled code stores references without telling the collector. Then every collection is of the
	// whole heap.
	NoBarriers bool
	// Roots is the number of root words that the heap can have; see Heap.Root. 0 stands for 4096. They take memory only
	// when they are used.
	Roots int
	// Stress makes each safepoint at which the collector is asked for anything move every object, first by a collection
	// of the nursery and then by one of the whole heap. Memory that objects have left is made inaccessible, and new memory
	// is filled with a pattern.
	Stress bool
	// Verify checks the whole heap before and after each collection. What it finds is the error of the collection.
	Verify bool
}

const (
	defaultLimit   = 4 << 30
	defaultNursery = 4 << 20
	minNursery     = 64 << 10
	maxNursery     = 1 << 30
	defaultRoots   = 4096
	maxRootWords   = 1 << 24
	maxLimit       = 1 << 40
)

func (c *Config) complete() error {
	set := func(v *int, zero int) {
		if *v == 0 {
			*v = zero
		}
	}
	if c.Limit == 0 {
		c.Limit = defaultLimit
	}
	set(&c.Nursery, defaultNursery)
	set(&c.MaxNursery, min(8*max(c.Nursery, 0), maxNursery))
	set(&c.Growth, 100)
	set(&c.Roots, defaultRoots)
	switch {
	case c.Limit < minNursery || c.Limit > maxLimit:
		return fmt.Errorf("gc: limit of %d bytes, expected %d to %d", c.Limit, minNursery, int64(maxLimit))
	case c.Nursery < minNursery || c.MaxNursery < c.Nursery || c.MaxNursery > maxNursery:
		return fmt.Errorf("gc: nursery of %d to %d bytes, expected at least %d and at most %d",
			c.Nursery, c.MaxNursery, minNursery, maxNursery)
	case c.Growth < 1:
		return fmt.Errorf("gc: growth of %d percent, expected at least 1", c.Growth)
	case c.Roots < 0 || c.Roots > maxRootWords:
		return fmt.Errorf("gc: %d root words, at most %d are possible", c.Roots, maxRootWords)
	}
	const page = pageBytes
	c.Nursery = (c.Nursery + page - 1) &^ (page - 1)
	c.MaxNursery = (c.MaxNursery + 8*page - 1) &^ (8*page - 1)
	return nil
}

// Errors of operations on heaps. They may be wrapped.
var (
	ErrClosed      = errors.New("gc: the heap is closed")
	ErrBusy        = errors.New("gc: the heap is in use by another goroutine")
	ErrNotEntered  = errors.New("gc: the heap has not been entered")
	ErrOutOfMemory = errors.New("gc: out of memory")
)

// Heap is a garbage-collected heap. Except where it is said otherwise, its methods may be called by its user only: the
// goroutine that has entered it, from Enter to Leave or during a Call.
type Heap struct {
	spec  *Spec
	cfg   Config
	mem   region
	ctx   *heapContext // at the start of mem
	small uintptr      // the greatest size of objects that are made in the nursery

	young      youngSpace
	old        oldSpace
	remembered []uintptr // see remember.go
	nextFull   int64     // size of the old space at which it is to be collected
	gc         collector
	broken     error // why the heap cannot be used any more
	torn       bool  // a call was stopped since the last collection: something in eden may not have been initialized
	tornLarge  bool  // the same for large objects, since the last full collection

	rootWords int // of the context, in use
	handles   handleTable
	weaks     []weakEntry
	freed     []int // places in weaks
	stats     counters

	mutator   sync.Mutex // see enter.go
	user      session
	parked    []*session
	holder    atomic.Uintptr // number of the user's native stack, 0 while there is no user
	requested atomic.Bool    // a collection was asked for
}

// plan says how much of a heap's memory is for what, in bytes except for blocks. The parts lie in this order.
type plan struct {
	roots  uintptr // context and root words
	cards  uintptr
	young  uintptr
	blocks uintptr // of the old space
}

// Large objects waste up to half of their blocks' addresses, and a full collection copies everything that lives.
const addressFactor = 4

func planFor(c *Config) plan {
	page := func(n uintptr) uintptr { return (n + pageBytes - 1) &^ (pageBytes - 1) }
	p := plan{roots: page(uintptr(RootOffset(c.Roots))), young: youngBytes(uintptr(c.MaxNursery), c.Stress)}
	p.blocks = max(addressFactor*uintptr(c.Limit)/blockBytes, minBlocks) + 2*p.young/blockBytes
	p.cards = page(p.blocks * blockBytes >> cardShift)
	return p
}

const (
	minBlocks = 1 << 10
	minRing   = 1 << 8 // blocks in the ring of a heap under stress
)

// New makes a heap for objects of a specification.
func New(spec *Spec, cfg Config) (*Heap, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	h := &Heap{spec: spec, cfg: cfg, small: uintptr(min(maxSmall, cfg.Nursery/4))}
	if cfg.Stress {
		h.small = slotBytes / 4
		h.old.ring = minRing
	}
	p := planFor(&cfg)
	var err error
	if h.mem, err = reserve(p.roots + p.cards + p.young + (p.blocks+1)*blockBytes); err != nil {
		return nil, err
	}
	base := h.mem.base
	young := base + p.roots + p.cards
	old := (young + p.young + blockBytes - 1) &^ (blockBytes - 1)
	h.old.init(&h.mem, old, int(p.blocks))
	if err = h.mem.open(base, p.roots+p.cards); err == nil {
		err = h.young.init(&h.mem, young, uintptr(cfg.Nursery), uintptr(cfg.MaxNursery), cfg.Stress)
	}
	if err != nil {
		h.mem.release()
		return nil, err
	}
	h.ctx = (*heapContext)(ptr(base))
	h.ctx.cards = base + p.roots - old>>cardShift
	h.ctx.free = h.young.eden.lo
	h.nextFull = h.firstFull()
	h.setLimit()
	h.register()
	return h, nil
}

// firstFull is the size of the old space at which it is collected for the first time, and at least ever.
func (h *Heap) firstFull() int64 { return min(4*int64(h.cfg.Nursery), h.cfg.Limit) }

// Close frees the memory of the heap. It is an error while somebody uses the heap. Handles, and references in Go
// variables, must not be used afterwards.
func (h *Heap) Close() error {
	if !h.mutator.TryLock() {
		return ErrBusy
	}
	defer h.mutator.Unlock()
	switch {
	case h.ctx == nil:
		return ErrClosed
	case len(h.parked) > 0:
		return fmt.Errorf("%w: calls are parked", ErrBusy)
	}
	h.unregister()
	h.ctx, h.handles = nil, handleTable{}
	h.broken = ErrClosed
	return h.mem.release()
}

// Spec returns the specification of the heap.
func (h *Heap) Spec() *Spec { return h.spec }
