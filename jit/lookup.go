package jit

import (
	"math/bits"
	"sync/atomic"
)

// From an address to the function it lies in, without locks, while functions come and go.
//
// Each chunk of code has an index: a bit for each unit at which a function starts, and the function. A function that
// reaches into further chunks is entered at their first unit, too.
//
//  1. The bit is set after the function is stored, and cleared before it is removed.
//  2. Functions do not overlap, so the nearest bit at or below an address decides.
const chunkUnits = chunkBytes / unit

type chunkIndex struct {
	starts [chunkUnits / 64]atomic.Uint64
	funcs  [chunkUnits]atomic.Pointer[placed]
}

// eachStart calls f for the places in chunk indexes under which fn is entered.
func (a *arena) eachStart(fn *placed, f func(ix *chunkIndex, u uintptr)) {
	first := fn.addr - a.areas[functions].base
	for off := first; off < first+uintptr(fn.size); off = (off/chunkBytes + 1) * chunkBytes {
		p := &a.chunks[off/chunkBytes]
		ix := p.Load()
		if ix == nil {
			p.CompareAndSwap(nil, new(chunkIndex))
			ix = p.Load()
		}
		f(ix, off%chunkBytes/unit)
	}
}

// publish makes a function known to find.
func (a *arena) publish(fn *placed) {
	a.eachStart(fn, func(ix *chunkIndex, u uintptr) {
		ix.funcs[u].Store(fn)
		ix.starts[u/64].Or(1 << (u % 64))
	})
}

// withdraw undoes publish.
func (a *arena) withdraw(fn *placed) {
	defer a.generation.Add(1)
	if fn.debug != nil {
		fn.debug.Unregister()
	}
	a.eachStart(fn, func(ix *chunkIndex, u uintptr) {
		ix.starts[u/64].And(^uint64(1 << (u % 64)))
		ix.funcs[u].Store(nil)
	})
}

// find returns the function that address pc lies in, or nil.
func (a *arena) find(pc uintptr) *placed {
	off := pc - a.areas[functions].base
	if off >= codeArea {
		return nil
	}
	ix := a.chunks[off/chunkBytes].Load()
	if ix == nil {
		return nil
	}
	u := off % chunkBytes / unit
	mask := ^uint64(0) >> (63 - u%64)
	for w := int(u / 64); w >= 0; w-- {
		if b := ix.starts[w].Load() & mask; b != 0 {
			fn := ix.funcs[w*64+bits.Len64(b)-1].Load()
			if fn != nil && pc-fn.addr < uintptr(fn.size) {
				return fn
			}
			return nil
		}
		mask = ^uint64(0)
	}
	return nil
}
