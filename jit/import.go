package jit

import (
	"fmt"
	"slices"
	"sync"

	"davit/jit/internal/native"
)

// Modules that link to each other.
//
// An import is a name that stands for the same name in another module. References are resolved to the symbol there, so
// calls from module to module cost no more than others. Therefore code of a module can run in activations of any module that
// has imported from it, directly or through further modules; who wants to know whether its code is in use looks for all.
//
//  1. Only who holds linking holds the mutexes of several modules.
//  2. links.users has the owner of each module that is not closed and can reach the module by imports.

// linking is held by operations on several modules.
var linking sync.Mutex

// links says which modules can reach a module by imports, and which it can reach itself. Guarded by linksMu.
type links struct {
	users map[native.Owner]bool
	homes []*links // of modules that this one has imported from
}

var linksMu sync.Mutex

func newLinks() *links { return &links{users: map[native.Owner]bool{}} }

// remove takes a module that is closed off the users.
func (l *links) remove(o native.Owner) {
	linksMu.Lock()
	defer linksMu.Unlock()
	l.walk(func(l *links) bool {
		had := l.users[o]
		delete(l.users, o)
		return had
	})
}

// walk calls f for l and, where that returns true, for its homes.
func (l *links) walk(f func(*links) bool) {
	if f(l) {
		for _, h := range l.homes {
			h.walk(f)
		}
	}
}

// connect notes that the module of l imports from the module of home.
func (l *links) connect(owner native.Owner, home *links) {
	linksMu.Lock()
	defer linksMu.Unlock()
	if slices.Contains(l.homes, home) {
		return
	}
	l.homes = append(l.homes, home)
	users := []native.Owner{owner}
	for u := range l.users {
		users = append(users, u)
	}
	home.walk(func(h *links) bool {
		grown := false
		for _, u := range users {
			if !h.users[u] {
				h.users[u], grown = true, true
			}
		}
		return grown
	})
}

// outermost returns the outermost activation of a context in which code of the module may run.
func (r *resources) outermost(c *native.Ctx) (native.Activation, bool) {
	linksMu.Lock()
	defer linksMu.Unlock()
	if len(r.links.users) == 0 {
		return c.Outermost(func(o native.Owner) bool { return o == r.owner })
	}
	return c.Outermost(func(o native.Owner) bool { return o == r.owner || r.links.users[o] })
}

// Import makes names of another module known in this one: functions, declared functions, host functions, data, addresses and
// imports. They need not be defined there before a reference to them is linked. Two modules may import from each other; see
// LinkAll. What linked functions refer to cannot be freed and its module not be closed, except together with them: see
// CloseAll.
func (m *Module) Import(from *Module, names ...string) error {
	switch {
	case from == nil:
		return errNoModule
	case from == m:
		return fmt.Errorf("jit: import of %v from itself", names)
	}
	linking.Lock()
	defer linking.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	from.mu.Lock()
	defer from.mu.Unlock()
	if from.closed {
		return fmt.Errorf("jit: import of %v from %v: %w", names, from, ErrClosed)
	}
	for i, name := range names {
		if err := m.add(name, &symbol{kind: symImport, home: from}); err != nil {
			for _, n := range names[:i] {
				delete(m.symbols, n)
			}
			return err
		}
	}
	m.res.links.connect(m.owner, from.res.links)
	if !slices.Contains(m.res.homes, from.res.links) {
		m.res.homes = append(m.res.homes, from.res.links)
	}
	return nil
}

// LinkAll links modules that may refer to each other. If it fails, nothing has been linked.
func LinkAll(modules ...*Module) error {
	linking.Lock()
	defer linking.Unlock()
	locked := map[*Module]bool{}
	defer func() {
		for m := range locked {
			m.mu.Unlock()
		}
	}()
	for _, m := range modules {
		if m == nil {
			return errNoModule
		}
		m.lockHomes(locked)
	}
	return linkTogether(modules)
}

// lockHomes locks the mutexes of m and of all modules that it can reach by imports.
func (m *Module) lockHomes(locked map[*Module]bool) {
	if locked[m] {
		return
	}
	m.mu.Lock()
	locked[m] = true
	for _, s := range m.symbols {
		if s.kind == symImport {
			s.home.lockHomes(locked)
		}
	}
}

// hasImports reports whether m has any. m.mu is held.
func (m *Module) hasImports() bool { return len(m.res.homes) > 0 }

// resolve follows imports from a name to the symbol that it stands for; nil if there is none. Cycles end.
func (m *Module) resolve(name string) *symbol {
	s := m.symbols[name]
	for range maxImports {
		if s == nil || s.kind != symImport {
			return s
		}
		if s.home.closed {
			return nil
		}
		s = s.home.symbols[name]
	}
	return nil
}

// maxImports bounds the number of modules through which a name can be imported.
const maxImports = 100
