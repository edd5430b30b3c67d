package gc

import "time"

// Stats says what a heap has done so far.
type Stats struct {
	Collections int // of the nursery alone, and full ones
	Full        int // collections of the whole heap
	// Allocated is the number of bytes taken by all objects ever made, up to the last collection.
	Allocated uint64
	Survived  uint64 // bytes copied inside the nursery
	Promoted  uint64 // bytes copied to the old space, or within it
	Roots     int    // words looked at as roots by the last collection
	Live      int64  // bytes of objects after the last full collection
	Used      int64  // bytes of old objects, dead ones included, and of the nursery in use
	Nursery   int    // bytes
	Time      time.Duration
	Longest   time.Duration // the longest pause
}

// counters are what Stats is made of.
type counters struct {
	Stats
	current struct {
		roots              int
		survived, promoted int64
	}
}

// Stats returns the figures of the heap. It may be called by its user only.
func (h *Heap) Stats() Stats {
	s := h.stats.Stats
	s.Used, s.Nursery = h.old.used()+h.allocatedYoung(), int(h.young.eden.size())
	return s
}

// begin is called when a collection begins.
func (c *counters) begin(full bool) {
	c.current.roots, c.current.survived, c.current.promoted = 0, 0, 0
	c.Collections++
	if full {
		c.Full++
	}
}

// end is called when a collection has ended.
func (c *counters) end(h *Heap, full bool) {
	c.Survived += uint64(c.current.survived)
	c.Promoted += uint64(c.current.promoted)
	c.Roots = c.current.roots
	if full {
		c.Live = h.old.used()
	}
}

// note adds the time of a pause.
func (c *counters) note(d time.Duration) {
	c.Time += d
	c.Longest = max(c.Longest, d)
}
