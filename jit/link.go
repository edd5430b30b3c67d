package jit

import (
	"errors"
	"fmt"
	"slices"

	"davit/jit/internal/native"
)

// Link gives addresses to the functions defined since the last Link and resolves their references. If it fails, no
// function has been linked; the error names each symbol that is not defined and who refers to it. Code that is already
// linked may be running meanwhile.
func (m *Module) Link() error {
	m.mu.Lock()
	if m.hasImports() {
		m.mu.Unlock()
		return LinkAll(m)
	}
	defer m.mu.Unlock()
	return linkTogether([]*Module{m})
}

// linkTogether links the pending functions of modules that are locked, as is what they import from.
func linkTogether(modules []*Module) error {
	pending := 0
	var errs []error
	for _, m := range modules {
		if m.closed {
			return fmt.Errorf("jit: linking %v: %w", m, ErrClosed)
		}
		errs = m.resolveSymbols(errs)
		pending += len(m.pending)
	}
	if err := errors.Join(errs...); err != nil || pending == 0 {
		return err
	}
	if !native.Supported {
		return errUnsupported
	}
	if err := putAll(modules); err != nil {
		for _, m := range modules {
			m.unput()
		}
		return err
	}
	for _, m := range modules {
		for _, f := range m.pending {
			m.commit(f)
		}
		clear(m.pending)
		m.pending = m.pending[:0]
		m.reap()
	}
	return nil
}

// putAll gives addresses to all pending functions of modules and writes their code.
func putAll(modules []*Module) error {
	for _, m := range modules {
		for _, f := range m.pending {
			addr, err := m.res.heaps[functions].alloc(f.size, f.code.Align)
			if err != nil {
				return fmt.Errorf("jit: memory for %s: %w", f.name, err)
			}
			f.addr = addr
			if f.sym.kind == symFunction {
				f.sym.addr = addr
			}
		}
	}
	for _, m := range modules {
		if err := m.write(); err != nil {
			return err
		}
	}
	native.SyncThreads()
	return announce(modules)
}

// unput undoes putAll.
func (m *Module) unput() {
	for _, f := range m.pending {
		if f.addr != 0 {
			m.res.heaps[functions].release(f.addr, f.size)
			f.addr = 0
			if f.sym.kind == symFunction {
				f.sym.addr = 0
			}
		}
	}
}

// commit makes a function that is in memory reachable.
func (m *Module) commit(f *function) {
	for _, s := range f.deps {
		if s != nil {
			m.res.refer(s.refs, 1)
		}
	}
	lean := *f.code
	lean.Bytes, lean.Relocs, lean.Symbols = nil, nil, nil
	f.code = &lean
	m.res.funcs[f.placed] = struct{}{}
	theArena.publish(f.placed)
	if f.sym.kind == symSlot {
		m.setSlot(f.sym, f)
	}
}

// refer counts n references from the module more.
func (r *resources) refer(c *refCount, n int32) {
	c.Add(n)
	if c.res == r {
		return
	}
	if r.lent[c] += n; r.lent[c] == 0 {
		delete(r.lent, c)
	}
}

// resolveSymbols finds the symbols that relocations of pending functions refer to, and adds those that are undefined to errs.
func (m *Module) resolveSymbols(errs []error) []error {
	for _, f := range m.pending {
		f.deps = make([]*symbol, len(f.code.Symbols))
		for _, r := range f.code.Relocs {
			if f.deps[r.Symbol] != nil {
				continue
			}
			name := f.code.Symbols[r.Symbol].Name
			s := m.resolve(name)
			if s == nil && !slices.ContainsFunc(errs, func(e error) bool {
				u, ok := e.(*undefined)
				return ok && u.name == name && u.by == f
			}) {
				switch {
				case len(errs) < maxUndefined:
					errs = append(errs, &undefined{name, f, r.Offset, m.symbols[name]})
				case len(errs) == maxUndefined:
					errs = append(errs, errors.New("jit: further undefined symbols"))
				}
			}
			f.deps[r.Symbol] = s
		}
	}
	return errs
}

// maxUndefined bounds the number of undefined symbols that an error names.
const maxUndefined = 50

// undefined is the error of a reference to a symbol that has no definition.
type undefined struct {
	name   string
	by     *function
	offset uint32
	sym    *symbol // the import that leads to nothing, or nil
}

func (e *undefined) Error() string {
	if e.sym != nil {
		return fmt.Sprintf("jit: undefined symbol %s of %v, referred to by %s+%#x", e.name, e.sym.home, e.by.name, e.offset)
	}
	return fmt.Sprintf("jit: undefined symbol %s, referred to by %s+%#x", e.name, e.by.name, e.offset)
}

// write puts the code of pending functions, which have addresses, into memory.
func (m *Module) write() error {
	var buf []byte
	for _, f := range m.pending {
		buf = append(buf[:0], f.code.Bytes...)
		for _, r := range f.code.Relocs {
			err := errNotLinked
			if f.deps[r.Symbol].addr != 0 {
				err = m.relocate(buf, f, r)
			}
			if err != nil {
				return fmt.Errorf("jit: relocation of kind %s at %s+%#x to %s: %w",
					r.Kind, f.name, r.Offset, f.code.Symbols[r.Symbol].Name, err)
			}
		}
		theArena.copy(f.addr, buf)
	}
	return nil
}

var errNotLinked = errors.New("it is defined in another module, but not linked: see LinkAll")

// announce tells tools about functions that are about to be committed.
func announce(modules []*Module) error {
	for _, m := range modules {
		if m.opts.perfMap {
			if err := writePerfMap(m.pending); err != nil {
				return err
			}
		}
		if m.opts.jitDump != nil {
			if err := m.opts.jitDump.dump(m.pending); err != nil {
				return err
			}
		}
		if m.opts.gdb {
			tellGDB(m.pending)
		}
	}
	return nil
}

// far is what a module needs to reach a symbol that is out of reach, or through a word.
type far struct {
	got    uintptr // data word that holds the address, 0 if there is none
	veneer uintptr // jump to the address
}

// farOf returns the place of what m needs to reach s. For symbols of other modules, what belonged to symbols that are gone
// is given back now and then.
func (m *Module) farOf(s *symbol) *far {
	if m.symbols[s.name] == s {
		return &s.far
	}
	if len(m.far) >= m.farSweep {
		for s, f := range m.far {
			if s.gone.Load() {
				m.releaseFar(f)
				delete(m.far, s)
			}
		}
		m.farSweep = 2*len(m.far) + 64
	}
	f := m.far[s]
	if f == nil {
		f = new(far)
		if m.far == nil {
			m.far = map[*symbol]*far{}
		}
		m.far[s] = f
	}
	return f
}

func (m *Module) releaseFar(f *far) {
	if f.got != 0 {
		m.res.heaps[dataMem].release(f.got, 8)
	}
	if f.veneer != 0 {
		m.res.heaps[thunks].release(f.veneer, farJumpSize)
	}
}

// gotEntry returns the address of a word that holds the symbol's address.
func (m *Module) gotEntry(s *symbol) (uintptr, error) {
	f := m.farOf(s)
	if f.got == 0 {
		addr, err := m.res.heaps[dataMem].alloc(8, 8)
		if err != nil {
			return 0, err
		}
		f.got = addr
	}
	*(*uintptr)(native.Ptr(f.got)) = s.addr
	return f.got, nil
}

// veneer returns the address of a jump to a symbol that is out of reach.
func (m *Module) veneer(s *symbol) (uintptr, error) {
	f := m.farOf(s)
	if f.veneer == 0 {
		addr, err := m.putThunk(farJump(s.addr))
		if err != nil {
			return 0, err
		}
		f.veneer = addr
	}
	return f.veneer, nil
}

// putThunk places code in the thunk area.
func (m *Module) putThunk(code []byte) (uintptr, error) {
	addr, err := m.res.heaps[thunks].alloc(len(code), unit)
	if err != nil {
		return 0, err
	}
	theArena.copy(addr, code)
	return addr, nil
}
