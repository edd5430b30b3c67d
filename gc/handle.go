package gc

// References in Go variables. The collector does not see Go's memory: a Go function that may cause a collection keeps its
// references in handles, for as long as it likes, or in the locals of a scope.

// Handle holds a word for Go and keeps it alive, and right when the object moves, until Free.
type Handle struct {
	h *Heap
	i int
}

type handleTable struct {
	words []Word
	free  []int
}

// NewHandle makes a handle.
func (h *Heap) NewHandle(w Word) Handle {
	t := &h.handles
	if n := len(t.free); n > 0 {
		i := t.free[n-1]
		t.free = t.free[:n-1]
		t.words[i] = w
		return Handle{h, i}
	}
	t.words = append(t.words, w)
	return Handle{h, len(t.words) - 1}
}

// Get returns the word.
func (x Handle) Get() Word { return x.h.handles.words[x.i] }

// Set changes the word.
func (x Handle) Set(w Word) { x.h.handles.words[x.i] = w }

// Free ends the use of the handle.
func (x Handle) Free() {
	t := &x.h.handles
	t.words[x.i] = 0
	t.free = append(t.free, x.i)
}

// Scope is a stack of words that is cut back to its height at the start by End. Scopes nest.
//
//	s := h.Scope()
//	defer s.End()
//	list := s.Local(w)
type Scope struct {
	h      *Heap
	height int
}

// Local is a word in a scope, kept alive and right.
type Local struct {
	h *Heap
	i int
}

// Scope begins a scope of the heap's user.
func (h *Heap) Scope() Scope { return Scope{h, len(h.user.locals)} }

// End ends the scope: its locals must not be used any more.
func (s Scope) End() { s.h.user.locals = s.h.user.locals[:s.height] }

// Local adds a word to the scope.
func (s Scope) Local(w Word) Local {
	s.h.user.locals = append(s.h.user.locals, w)
	return Local{s.h, len(s.h.user.locals) - 1}
}

// Get returns the word.
func (l Local) Get() Word { return l.h.user.locals[l.i] }

// Set changes the word.
func (l Local) Set(w Word) { l.h.user.locals[l.i] = w }
