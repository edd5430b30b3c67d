package jit

import (
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"

	"davit/jit/internal/native"
)

// Declared functions: defined late, replaced and removed while the program runs.
//
// A declared function has a stub, a jump through a word of data, its slot. All references are to the stub, so that a change
// of the slot moves every caller to another definition. While there is no definition, the slot leads to a lazy stub, which
// saves all argument registers, has Go define the function, restores them and jumps to it.
//
//  1. The slot holds the address of a linked definition or of the lazy stub; it changes in one aligned store.
//  2. A definition that a slot has left is reclaimed only when no call can be in it (see reclaim.go).

// slot is the indirection of a declared function.
type slot struct {
	sig  Signature
	word uintptr // address of the slot
	lazy uintptr // address of the lazy stub
	host *hostFunc
	mu   sync.Mutex // held while the resolver runs for this function

	lazySize int
}

// Lazy sets the resolver of a module: it is called with the name of a declared function when that is called without
// having a definition, and must define and link it. An error of the resolver ends the call.
func Lazy(resolve func(name string) error) Option { return func(o *options) { o.resolve = resolve } }

// Declare announces a function that may be defined later, and more than once: calls go to the last definition that has been
// linked. Without one they run the resolver set by Lazy, or fail.
func (m *Module) Declare(name string, sig Signature) error {
	if err := sig.check(); err != nil {
		return fmt.Errorf("jit: signature of %s: %w", name, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &symbol{kind: symSlot, slot: &slot{sig: sig}}
	if err := m.add(name, s); err != nil {
		return err
	}
	if !native.Supported {
		return nil
	}
	if err := m.makeSlot(name, s); err != nil {
		delete(m.symbols, name)
		return err
	}
	return nil
}

func (m *Module) makeSlot(name string, s *symbol) (err error) {
	sl := s.slot
	sl.host = &hostFunc{name: name, frame: lazyFrame}
	sl.host.Fn = func(st *native.Stub) { m.define(s, st) }
	if sl.word, err = m.res.heaps[dataMem].alloc(8, unit); err != nil {
		return err
	}
	lazy := lazyStub(uintptr(unsafe.Pointer(sl.host)))
	sl.lazySize = len(lazy)
	if sl.lazy, err = m.putThunk(lazy); err == nil {
		if s.addr, err = m.res.heaps[thunks].alloc(slotStubSize, unit); err == nil {
			theArena.copy(s.addr, slotStub(s.addr, sl.word))
			m.setSlot(s, nil)
			return nil
		}
		m.res.heaps[thunks].release(sl.lazy, sl.lazySize)
	}
	m.res.heaps[dataMem].release(sl.word, 8)
	return err
}

// lazyTarget is the place in the frame of a lazy stub where it finds the address to go on at.
const lazyTarget = lazyFrame - 8

// setSlot makes f the definition of a declared function, nil for none.
func (m *Module) setSlot(s *symbol, f *function) {
	if !native.Supported {
		return
	}
	target := s.slot.lazy
	if f != nil {
		target = f.addr
	}
	atomic.StoreUintptr((*uintptr)(native.Ptr(s.slot.word)), target)
	if s.fn != nil {
		m.retire(s.fn)
	}
	s.fn = f
}

// define runs when a declared function is called that has no definition.
func (m *Module) define(s *symbol, st *native.Stub) {
	c := callOf(st)
	s.slot.mu.Lock()
	defer s.slot.mu.Unlock()
	target := s.target()
	if target == s.slot.lazy && m.opts.resolve != nil {
		if err := m.opts.resolve(c.Name()); err != nil {
			c.Fail(err)
			return
		}
		target = s.target()
	}
	if target == s.slot.lazy {
		c.Fail(fmt.Errorf("jit: call of %s, which is declared but not defined", c.Name()))
		return
	}
	*(*uintptr)(native.Ptr(c.sp() + lazyTarget)) = target
}

// target returns the address in the slot.
func (s *symbol) target() uintptr { return atomic.LoadUintptr((*uintptr)(native.Ptr(s.slot.word))) }
