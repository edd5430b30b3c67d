package gc

// Weak references and cleanups. After a collection has copied what can be reached, the objects of these entries either have
// moved or are gone.

// Weak refers to an object without keeping it alive.
type Weak struct {
	h *Heap
	i int
}

type weakEntry struct {
	w       Word
	cleanup func() // nil for weak references
	used    bool
}

// NewWeak makes a weak reference. w must be a reference, or a word that is none and then stays.
func (h *Heap) NewWeak(w Word) Weak { return Weak{h, h.addWeak(weakEntry{w: w, used: true})} }

func (h *Heap) addWeak(e weakEntry) int {
	if n := len(h.freed); n > 0 {
		i := h.freed[n-1]
		h.freed = h.freed[:n-1]
		h.weaks[i] = e
		return i
	}
	h.weaks = append(h.weaks, e)
	return len(h.weaks) - 1
}

func (h *Heap) dropWeak(i int) {
	h.weaks[i] = weakEntry{}
	h.freed = append(h.freed, i)
}

// Get returns the word, and whether its object is still there: it is until the collection that finds it unreachable.
func (x Weak) Get() (w Word, ok bool) {
	e := &x.h.weaks[x.i]
	return e.w, e.used
}

// Free ends the use of the weak reference.
func (x Weak) Free() { x.h.dropWeak(x.i) }

// AddCleanup makes cleanup run once a collection finds that the object of w is unreachable, on a goroutine of its own. It
// does not run for objects that are left when the heap is closed.
func (h *Heap) AddCleanup(w Word, cleanup func()) {
	h.addWeak(weakEntry{w, cleanup, true})
}

// finishWeaks corrects weak references, and clears those to objects that have not been reached.
func (g *collector) finishWeaks() {
	h := g.Heap
	var run []func()
	for i := range h.weaks {
		e := &h.weaks[i]
		if !e.used || !g.spec.tags.isRef(e.w) {
			continue
		}
		a := g.spec.tags.addr(e.w)
		to, ok := g.alive(a)
		switch {
		case ok:
			e.w = e.w ^ Word(a) ^ Word(to)
		case e.cleanup != nil:
			run = append(run, e.cleanup)
			h.dropWeak(i)
		default:
			*e = weakEntry{}
		}
	}
	if len(run) > 0 {
		go func() {
			for _, f := range run {
				f()
			}
		}()
	}
}
