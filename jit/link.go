package jit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"davit/asm"
	"davit/jit/internal/native"
)

// Link gives addresses to the functions defined since the last Link and resolves their references. If it fails, no
// function has been linked; the error names each symbol that is not defined and who refers to it. Code that is already
// linked may be running meanwhile.
func (m *Module) Link() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	if err := m.resolveSymbols(); err != nil {
		return err
	}
	if len(m.pending) == 0 {
		return nil
	}
	if !native.Supported {
		return errUnsupported
	}
	if err := m.linkPending(); err != nil {
		for _, f := range m.pending {
			if f.addr != 0 {
				m.heaps[functions].release(f.addr, f.size)
				f.addr = 0
				if f.sym.kind == symFunction {
					f.sym.addr = 0
				}
			}
		}
		return err
	}
	for _, f := range m.pending {
		m.commit(f)
	}
	clear(m.pending)
	m.pending = m.pending[:0]
	m.reap()
	return nil
}

// commit makes a function that is in memory reachable.
func (m *Module) commit(f *function) {
	for _, s := range f.deps {
		if s != nil {
			s.refs++
		}
	}
	lean := *f.code
	lean.Bytes, lean.Relocs, lean.Symbols = nil, nil, nil
	f.code = &lean
	m.funcs[f] = struct{}{}
	theArena.publish(f)
	if f.sym.kind == symSlot {
		m.setSlot(f.sym, f)
	}
}

// resolveSymbols finds the symbols that relocations of pending functions refer to, and reports those that are undefined.
func (m *Module) resolveSymbols() error {
	var errs []error
	for _, f := range m.pending {
		f.deps = make([]*symbol, len(f.code.Symbols))
		for _, r := range f.code.Relocs {
			if f.deps[r.Symbol] != nil {
				continue
			}
			name := f.code.Symbols[r.Symbol].Name
			s := m.symbols[name]
			if s == nil && !slices.ContainsFunc(errs, func(e error) bool {
				u := e.(*undefined)
				return u.name == name && u.by == f
			}) {
				if len(errs) == maxUndefined {
					return errors.Join(append(errs, errors.New("jit: further undefined symbols"))...)
				}
				errs = append(errs, &undefined{name, f, r.Offset})
			}
			f.deps[r.Symbol] = s
		}
	}
	return errors.Join(errs...)
}

// maxUndefined bounds the number of undefined symbols that an error names.
const maxUndefined = 50

// undefined is the error of a reference to a symbol that has no definition.
type undefined struct {
	name   string
	by     *function
	offset uint32
}

func (e *undefined) Error() string {
	return fmt.Sprintf("jit: undefined symbol %s, referred to by %s+%#x", e.name, e.by.name, e.offset)
}

func (m *Module) linkPending() error {
	for _, f := range m.pending {
		addr, err := m.heaps[functions].alloc(f.size, f.code.Align)
		if err != nil {
			return err
		}
		f.addr = addr
		if f.sym.kind == symFunction {
			f.sym.addr = addr
		}
	}
	var buf []byte
	for _, f := range m.pending {
		buf = append(buf[:0], f.code.Bytes...)
		for _, r := range f.code.Relocs {
			if err := m.relocate(buf, f, r); err != nil {
				return fmt.Errorf("jit: relocation of kind %s at %s+%#x to %s: %w",
					r.Kind, f.name, r.Offset, f.code.Symbols[r.Symbol].Name, err)
			}
		}
		theArena.copy(f.addr, buf)
	}
	if m.opts.perfMap {
		return writePerfMap(m.pending)
	}
	return nil
}

// relocate writes the value of one relocation into the bytes of f.
func (m *Module) relocate(b []byte, f *function, r asm.Reloc) error {
	size := uint32(4)
	if r.Kind == asm.Abs8 {
		size = 8
	}
	if r.Offset > uint32(len(b)) || uint32(len(b))-r.Offset < size {
		return errors.New("outside of the code")
	}
	s := f.deps[r.Symbol]
	field := b[r.Offset:]
	place := int64(f.addr) + int64(r.Offset)
	target := int64(s.addr)
	switch r.Kind {
	case asm.Abs8:
		binary.LittleEndian.PutUint64(field, uint64(target+r.Addend))
		return nil
	case asm.Abs4:
		v := target + r.Addend
		if v != int64(uint32(v)) {
			return fmt.Errorf("address %#x does not fit in 32 bits", v)
		}
		binary.LittleEndian.PutUint32(field, uint32(v))
		return nil
	case asm.X86PCRel4:
	case asm.X86CallPCRel4, asm.X86CallPLTRel4:
		if !fits32(target + r.Addend - place) {
			v, err := m.veneer(s)
			if err != nil {
				return err
			}
			target = int64(v)
		}
	case asm.X86GOTPCRel4:
		g, err := m.gotEntry(s)
		if err != nil {
			return err
		}
		target = int64(g)
	default:
		return errors.New("not possible in memory")
	}
	v := target + r.Addend - place
	if !fits32(v) {
		return fmt.Errorf("distance %#x does not fit in 32 bits", v)
	}
	binary.LittleEndian.PutUint32(field, uint32(int32(v)))
	return nil
}

func fits32(v int64) bool { return v >= math.MinInt32 && v <= math.MaxInt32 }

// gotEntry returns the address of a word that holds the symbol's address.
func (m *Module) gotEntry(s *symbol) (uintptr, error) {
	if s.got == 0 {
		addr, err := m.heaps[dataMem].alloc(8, 8)
		if err != nil {
			return 0, err
		}
		s.got = addr
	}
	*(*uintptr)(native.Ptr(s.got)) = s.addr
	return s.got, nil
}

// veneer returns the address of a jump to a symbol that is out of reach.
func (m *Module) veneer(s *symbol) (uintptr, error) {
	if s.veneer == 0 {
		addr, err := m.putThunk(farJump(s.addr))
		if err != nil {
			return 0, err
		}
		s.veneer = addr
	}
	return s.veneer, nil
}

// putThunk places code in the thunk area.
func (m *Module) putThunk(code []byte) (uintptr, error) {
	addr, err := m.heaps[thunks].alloc(len(code), unit)
	if err != nil {
		return 0, err
	}
	theArena.copy(addr, code)
	return addr, nil
}
