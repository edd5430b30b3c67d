package jit

import (
	"fmt"
	"slices"

	"davit/jit/internal/native"
)

// Freeing code that other goroutines may be executing.
//
// Problem: after the last reference to a function is gone, goroutines that entered it before may still be in it.
//
// Idea: quiescence. When something is retired, the outermost activation of the module in each context is noted. What
// entered it before has left when these activations have ended. A full barrier on all threads before looking makes sure
// that whoever is missed will see the reference gone.
//
//  1. What is retired cannot be reached by calls that begin later.
//  2. A context without a noted activation is not in it; nor is one whose noted activation has ended.
//  3. The calling goroutine is in a host call at most: which functions it is in, its frames tell.
//
// Cost: a barrier and a look at each context per retirement; retired things are looked at again at each Link and Free.

// retired is something to be released when all contexts have left.
type retired struct {
	fn      *function // nil for other things than functions
	waits   []waiting
	release func()
}

type waiting struct {
	ctx *native.Ctx
	act native.Activation
}

// Free removes functions, data objects, host functions, addresses and imports. It is an error if linked functions that are
// not among them refer to them; then nothing is removed. A declared function that is still referred to only loses its
// definition and stays declared. Memory is used again as soon as no call is in it. Compiled code must not keep the address.
func (m *Module) Free(names ...string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reap()
	syms := make([]*symbol, len(names))
	inner := map[*symbol]int{} // references from what is freed
	for i, name := range names {
		s, err := m.symbol(name)
		if err != nil {
			return err
		}
		if slices.Contains(syms[:i], s) {
			return fmt.Errorf("jit: %s is to be freed twice", name)
		}
		syms[i] = s
		if s.fn != nil && s.fn.addr != 0 {
			s.fn.countDeps(inner)
		}
	}
	for i, s := range syms {
		if n := int(s.refs.Load()) - inner[s]; n > 0 && s.kind != symSlot {
			return fmt.Errorf("jit: %s cannot be freed: %d references from other linked functions", names[i], n)
		}
	}
	for i, s := range syms {
		m.dropPending(s)
		if int(s.refs.Load()) > inner[s] {
			m.setSlot(s, nil)
			continue
		}
		delete(m.symbols, names[i])
		s.gone.Store(true)
		s.entry.close()
		if native.Supported {
			m.freeSymbol(s)
		}
	}
	m.reap()
	return nil
}

// dropPending forgets definitions of s that are not linked.
func (m *Module) dropPending(s *symbol) {
	m.pending = slices.DeleteFunc(m.pending, func(f *function) bool { return f.sym == s })
}

// freeSymbol retires all memory of a symbol that has no name any more.
func (m *Module) freeSymbol(s *symbol) {
	if s.fn != nil && s.fn.addr != 0 {
		m.retire(s.fn)
	}
	if s.kind == symImport {
		return
	}
	m.retireWith(nil, func() {
		heaps := &m.res.heaps
		switch s.kind {
		case symData:
			heaps[dataMem].release(s.addr, max(s.size, 1))
		case symHost:
			heaps[thunks].release(s.addr, s.size)
			if s.slow != nil {
				heaps[thunks].release(s.slow.addr, s.slow.size)
			}
		case symSlot:
			heaps[thunks].release(s.slot.lazy, s.slot.lazySize)
			heaps[thunks].release(s.addr, slotStubSize)
			heaps[dataMem].release(s.slot.word, 8)
		}
		m.releaseFar(&s.far)
	})
}

// retire frees the memory of a function when no call is in it.
func (m *Module) retire(f *function) {
	m.retireWith(f, func() {
		theArena.withdraw(f.placed)
		theArena.fill(f.addr, f.size)
		m.res.heaps[functions].release(f.addr, f.size)
		for _, s := range f.deps {
			if s != nil {
				m.res.refer(s.refs, -1)
			}
		}
		delete(m.res.funcs, f.placed)
	})
}

func (m *Module) retireWith(f *function, release func()) {
	native.Barrier()
	r := retired{fn: f, release: release}
	for _, c := range native.Contexts() {
		if act, found := m.res.outermost(c); found {
			r.waits = append(r.waits, waiting{c, act})
		}
	}
	m.retired = append(m.retired, r)
}

// reap releases what can be released.
func (m *Module) reap() {
	if len(m.retired) == 0 {
		return
	}
	own := native.Current()
	m.retired = slices.DeleteFunc(m.retired, func(r retired) bool {
		for _, w := range r.waits {
			if w.ctx.Has(w.act) && (w.ctx != own || inFrames(own, r.fn)) {
				return false
			}
		}
		r.release()
		return true
	})
}

// inFrames reports whether f is among the frames of the calling goroutine, which is in a host call.
func inFrames(c *native.Ctx, f *function) bool {
	if f == nil {
		return false
	}
	w := newWalker(c, c.NatSP)
	for w.next() {
		if w.fn == f.placed {
			return true
		}
	}
	return !w.complete()
}
