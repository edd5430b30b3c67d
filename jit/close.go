package jit

import (
	"errors"
	"fmt"
	"time"

	"davit/jit/internal/native"
)

// Close frees the memory of the module. Calls of its functions fail from now on; those under way are waited for. It is
// an error to close a module from one of its own calls, or while functions of other modules refer to what it defines.
func (m *Module) Close() error { return CloseAll(m) }

// CloseAll closes modules, which may have imports from each other. If one of them cannot be closed, none is.
func CloseAll(modules ...*Module) error {
	linking.Lock()
	err := closeNames(modules)
	linking.Unlock() // what is still running may use the modules, and gets ErrClosed
	if err != nil {
		return err
	}
	for _, m := range modules {
		m.waitIdle()
	}
	for _, m := range modules {
		m.mu.Lock()
		m.cleanup.Stop()
		m.res.free()
		m.symbols, m.pending, m.entries, m.retired = nil, nil, nil, nil
		m.mu.Unlock()
	}
	return nil
}

// closeNames makes modules refuse calls and operations. linking is held.
func closeNames(modules []*Module) error {
	inner := map[*symbol]int{}
	for i, m := range modules {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.closed || contains(modules[:i], m) {
			return fmt.Errorf("jit: closing %v: %w", m, ErrClosed)
		}
		if c := native.Current(); c != nil && m.in(c) {
			return fmt.Errorf("jit: %v is to be closed from inside one of its calls", m)
		}
		m.reap()
		for _, s := range m.symbols {
			if s.fn != nil && s.fn.addr != 0 {
				s.fn.countDeps(inner)
			}
		}
		for _, r := range m.retired {
			if r.fn != nil {
				r.fn.countDeps(inner)
			}
		}
	}
	for _, m := range modules {
		for name, s := range m.symbols {
			if n := int(s.refs.Load()) - inner[s]; n > 0 {
				return fmt.Errorf("jit: %v cannot be closed: %d references to %s from functions of other modules", m, n, name)
			}
		}
	}
	for _, m := range modules {
		m.closed = true
		for _, s := range m.symbols {
			s.gone.Store(true)
			s.entry.close()
		}
	}
	return nil
}

func contains(modules []*Module, m *Module) bool {
	for _, o := range modules {
		if o == m {
			return true
		}
	}
	return false
}

// countDeps adds one for each symbol that a function refers to.
func (f *function) countDeps(n map[*symbol]int) {
	for _, d := range f.deps {
		if d != nil {
			n[d]++
		}
	}
}

// in reports whether a context has an activation in which code of the module may run.
func (m *Module) in(c *native.Ctx) bool {
	_, found := m.res.outermost(c)
	return found
}

// waitIdle returns once no goroutine is in a call that was begun before.
func (m *Module) waitIdle() {
	if len(m.res.funcs) == 0 && len(m.res.heaps[thunks].runs) == 0 {
		return
	}
	native.Barrier()
	for _, c := range native.Contexts() {
		for pause := time.Microsecond; m.in(c); pause = min(2*pause, time.Millisecond) {
			time.Sleep(pause)
		}
	}
}

// free gives everything back. No call is in the module, and none will be.
func (r *resources) free() {
	for f := range r.funcs {
		theArena.withdraw(f)
	}
	for i := range r.heaps {
		r.heaps[i].close()
	}
	for _, l := range r.homes {
		l.remove(r.owner)
	}
	for c, n := range r.lent {
		c.Add(-n)
	}
	r.funcs, r.homes, r.lent = nil, nil, nil
}

var errNoModule = errors.New("jit: the module is nil")
