package gc

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// heapContext is the part of a heap that compiled code works with, at the start of the heap's memory. Root words follow it.
type heapContext struct {
	free  uintptr // where the next object goes
	limit uintptr // end of the space for it; 0 sends every allocation to the slow path
	cards uintptr // the card of address a is the byte at cards + a>>cardShift
	id    uintptr // place of the heap in the table of heaps
	_     [4]uintptr
	words [ContextWords]Word
}

// Places in the context of a heap, relative to its address, which compiled code is given. Allocation by the methods of
// Emitter is built on them.
const (
	contextFree  = int32(unsafe.Offsetof(heapContext{}.free))
	contextLimit = int32(unsafe.Offsetof(heapContext{}.limit))
	contextCards = int32(unsafe.Offsetof(heapContext{}.cards))
	contextWords = int32(unsafe.Offsetof(heapContext{}.words))
	contextBytes = int32(unsafe.Sizeof(heapContext{}))
)

// ContextWords is the number of words in the context that are the client's, for numbers; see WordOffset.
const ContextWords = 56

// WordOffset returns the distance in bytes from the address of the context to word i of the client.
func WordOffset(i int) int32 { return contextWords + 8*int32(i) }

// RootOffset returns the distance in bytes from the address of the context to root word i.
func RootOffset(i int) int32 { return contextBytes + 8*int32(i) }

// Context returns the address of the context, which compiled code needs to work with the heap. It does not change.
func (h *Heap) Context() uintptr { return h.mem.base }

// ClientWord returns a word in the context that is the client's. Compiled code finds it at WordOffset. The collector does
// not look at it.
func (h *Heap) ClientWord(i int) *Word { return &h.ctx.words[i] }

// Root words are places for references at fixed addresses, for global variables and constants of compiled code, which
// finds word i at RootOffset(i). All of them are zero at first.

// AddRoot takes a root word into use and sets it.
func (h *Heap) AddRoot(w Word) (int, error) {
	i := h.rootWords
	if i == h.cfg.Roots {
		return 0, fmt.Errorf("gc: all %d root words are in use", i)
	}
	h.rootWords++
	*h.root(i) = w
	return i, nil
}

func (h *Heap) root(i int) *Word { return (*Word)(ptr(h.mem.base + uintptr(RootOffset(i)))) }

// Root returns a root word that AddRoot has taken.
func (h *Heap) Root(i int) Word { return *h.root(h.check(i)) }

// SetRoot sets a root word that AddRoot has taken.
func (h *Heap) SetRoot(i int, w Word) { *h.root(h.check(i)) = w }

func (h *Heap) check(i int) int {
	if uint(i) >= uint(h.rootWords) {
		panic("gc: root word that AddRoot has not returned")
	}
	return i
}

// setLimit lets compiled code allocate up to the end of eden, unless it is to call the collector.
func (h *Heap) setLimit() {
	atomic.StoreUintptr(&h.ctx.limit, h.young.eden.hi)
	if h.cfg.Stress || h.requested.Load() {
		atomic.StoreUintptr(&h.ctx.limit, 0)
	}
}

// Request makes the heap be collected at the next allocation. It may be called from any goroutine, except after Close.
func (h *Heap) Request() {
	h.requested.Store(true)
	atomic.StoreUintptr(&h.ctx.limit, 0)
}

// heaps is the table by which host functions find the heap of a context.
var heaps struct {
	mu   sync.Mutex
	list atomic.Pointer[[]*Heap]
}

func (h *Heap) register() {
	heaps.mu.Lock()
	defer heaps.mu.Unlock()
	var list []*Heap
	if p := heaps.list.Load(); p != nil {
		list = slices.Clone(*p)
	}
	i := slices.Index(list, nil)
	if i < 0 {
		i = len(list)
		list = append(list, nil)
	}
	list[i] = h
	h.ctx.id = uintptr(i)
	heaps.list.Store(&list)
}

func (h *Heap) unregister() {
	heaps.mu.Lock()
	defer heaps.mu.Unlock()
	list := slices.Clone(*heaps.list.Load())
	list[h.ctx.id] = nil
	heaps.list.Store(&list)
}

// heapOf returns the heap with a context.
func heapOf(ctx uintptr) *Heap {
	return (*heaps.list.Load())[(*heapContext)(ptr(ctx)).id]
}
