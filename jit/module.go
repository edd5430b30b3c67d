package jit

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"davit/asm"
	"davit/jit/internal/native"
)

// ErrClosed is returned by operations on a module after Close, and by calls of its functions.
var ErrClosed = errors.New("jit: the module is closed")

// Option changes how NewModule sets a module up.
type Option func(*options)

type options struct {
	noSignals bool
	stack     uintptr
	limit     int64
	resolve   func(name string) error
	perfMap   bool
}

// NoSignals leaves the signal actions of the process alone. A hardware fault in compiled code then ends the process.
func NoSignals() Option { return func(o *options) { o.noSignals = true } }

// StackSize lets the native stack grow to n bytes at least in calls of the module's functions; the default is 1 MiB, the
// greatest possible size is that of MaxStackSize. Stacks take memory as they are used, and give it back when the call from Go
// that made them grow has ended. See also LimitStacks.
func StackSize(n int) Option { return func(o *options) { o.stack = uintptr(max(n, 0)) } }

// MemoryLimit bounds the memory for code and data of the module to n bytes, in steps of 64 KiB.
func MemoryLimit(n int64) Option { return func(o *options) { o.limit = n } }

// Module is a set of functions, data objects and host functions that refer to each other by name. All its methods may be
// called from several goroutines.
type Module struct {
	opts  options
	owner native.Owner // of activations

	mu      sync.Mutex
	closed  bool
	symbols map[string]*symbol
	pending []*function // defined, not linked
	entries map[string]uintptr
	heaps   [3]heap
	left    int64
	hosts   []*hostFunc
	funcs   map[*function]struct{} // linked and not yet reclaimed
	retired []retired
}

// moduleIDs numbers modules.
var moduleIDs atomic.Uintptr

type symbolKind uint8

const (
	symFunction symbolKind = iota
	symHost
	symData
	symAddress
	symSlot // a declared function
)

func (k symbolKind) String() string {
	return [...]string{"a function", "a host function", "data", "an address", "a declared function"}[k]
}

// symbol is a name with an address in a module.
type symbol struct {
	kind   symbolKind
	addr   uintptr   // 0 while a function is not linked; for a declared function, its stub
	fn     *function // current definition
	entry  *Function // what Lookup has returned
	refs   int       // number of linked functions that refer to it
	size   int       // of data
	veneer uintptr   // jump to addr, for calls from afar
	got    uintptr   // data word that holds addr
	slot   *slot     // of a declared function
}

// function is a piece of compiled code.
type function struct {
	m    *Module
	name string
	sym  *symbol
	addr uintptr
	size int
	code *asm.Code
	sig  Signature
	deps []*symbol // distinct symbols that the code refers to
}

// NewModule makes an empty module. The first one reserves address space and, without NoSignals, installs handlers for
// the signals of hardware faults in front of the Go runtime's.
func NewModule(opts ...Option) (*Module, error) {
	m := &Module{symbols: map[string]*symbol{}, entries: map[string]uintptr{}, funcs: map[*function]struct{}{}}
	m.opts.stack = native.DefaultStack
	for _, o := range opts {
		o(&m.opts)
	}
	for i := range m.heaps {
		m.heaps[i].kind = i
		if m.opts.limit > 0 {
			m.heaps[i].limit = &m.left
		}
	}
	m.left = m.opts.limit
	if !native.Supported {
		return m, nil
	}
	if err := theArena.start(); err != nil {
		return nil, err
	}
	if m.opts.stack > native.MaxStack() {
		return nil, fmt.Errorf("jit: native stack of %d bytes, at most %d are possible", m.opts.stack, native.MaxStack())
	}
	m.owner = native.MakeOwner(moduleIDs.Add(1), m.opts.stack)
	if !m.opts.noSignals {
		if err := native.HookFaults(); err != nil {
			return nil, fmt.Errorf("jit: %w", err)
		}
		native.HookAsync()
	}
	return m, nil
}

// add enters a name. m.mu is held.
func (m *Module) add(name string, s *symbol) error {
	if m.closed {
		return ErrClosed
	}
	if old := m.symbols[name]; old != nil {
		return fmt.Errorf("jit: %s is already defined, as %s", name, old.kind)
	}
	m.symbols[name] = s
	return nil
}

// Define adds a function, which the next Link puts into memory. The name must be new, or one that was declared: then this
// is its definition from the next Link on, and a previous definition is freed once no call is in it. The contents of code
// must not change until then; of what they hold, the tables for traps, stack maps and exceptions remain in use afterwards.
func (m *Module) Define(name string, sig Signature, code *asm.Code) error {
	if err := sig.check(); err != nil {
		return fmt.Errorf("jit: signature of %s: %w", name, err)
	}
	if err := checkCode(code); err != nil {
		return fmt.Errorf("jit: code of %s: %w", name, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f := &function{m: m, name: name, code: code, size: len(code.Bytes), sig: sig}
	if s := m.symbols[name]; s != nil && s.kind == symSlot {
		if s.slot.sig.shape() != sig.shape() {
			return fmt.Errorf("jit: %s is declared as %s, with other places for parameters or results than the definition",
				name, s.slot.sig)
		}
		f.sym = s
	} else {
		f.sym = &symbol{kind: symFunction, fn: f}
		if err := m.add(name, f.sym); err != nil {
			return err
		}
	}
	m.pending = append(m.pending, f)
	return nil
}

func checkCode(code *asm.Code) error {
	switch {
	case code == nil || len(code.Bytes) == 0:
		return errors.New("there is none")
	case len(code.Bytes) > codeArea:
		return fmt.Errorf("%d bytes, at most %d are possible", len(code.Bytes), codeArea)
	case code.Align < 0 || code.Align > chunkBytes || code.Align&(code.Align-1) != 0:
		return fmt.Errorf("alignment of %d, not a power of two up to %d", code.Align, chunkBytes)
	}
	for _, r := range code.Relocs {
		if int(r.Symbol) >= len(code.Symbols) {
			return fmt.Errorf("relocation at %#x refers to symbol %d of %d", r.Offset, r.Symbol, len(code.Symbols))
		}
	}
	return nil
}

// DefineData adds a data object with the given initial contents, aligned to 32 bytes, readable and writable.
func (m *Module) DefineData(name string, contents []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &symbol{kind: symData, size: max(len(contents), 1)}
	if err := m.add(name, s); err != nil {
		return err
	}
	if !native.Supported {
		return nil
	}
	addr, err := m.heaps[dataMem].alloc(s.size, unit)
	if err != nil {
		delete(m.symbols, name)
		return err
	}
	copy(bytesAt(addr, len(contents)), contents)
	s.addr = addr
	return nil
}

// DefineAddress gives a name to an address outside of the module: memory, or native code that follows the convention its
// callers expect, keeps to the native stack and returns. What is there must stay while the module is in use; this holds for
// functions of other modules, too.
func (m *Module) DefineAddress(name string, addr uintptr) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.add(name, &symbol{kind: symAddress, addr: addr})
}

// Data returns the memory of a data object: its first n bytes. It must not be used after Close.
func (m *Module) Data(name string, n int) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	s := m.symbols[name]
	switch {
	case s == nil:
		return nil, fmt.Errorf("jit: %s is not defined", name)
	case s.kind != symData:
		return nil, fmt.Errorf("jit: %s is %s, not data", name, s.kind)
	case s.addr == 0:
		return nil, errUnsupported
	}
	return bytesAt(s.addr, n), nil
}

func bytesAt(addr uintptr, n int) []byte { return unsafe.Slice((*byte)(native.Ptr(addr)), n) }

// Address returns the address of a linked function, host function or data object, for use by compiled code.
func (m *Module) Address(name string) (uintptr, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, ErrClosed
	}
	s := m.symbols[name]
	if s == nil {
		return 0, fmt.Errorf("jit: %s is not defined", name)
	}
	if s.addr == 0 {
		return 0, fmt.Errorf("jit: %s is not linked", name)
	}
	return s.addr, nil
}

// Close frees the memory of the module. Calls of its functions fail from now on; those under way are waited for. It is
// an error to close a module from one of its own calls.
func (m *Module) Close() error {
	if native.Supported {
		if c := native.Current(); c != nil && m.in(c) {
			return errors.New("jit: Close from inside a call of the module")
		}
	}
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return ErrClosed
	}
	m.closed = true
	for _, s := range m.symbols {
		s.entry.close()
	}
	idle := len(m.funcs) == 0
	m.mu.Unlock() // what is still running may use the module, and gets ErrClosed
	if !idle {
		m.waitIdle()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for f := range m.funcs {
		theArena.withdraw(f)
	}
	for i := range m.heaps {
		m.heaps[i].close()
	}
	m.symbols, m.pending, m.funcs, m.hosts, m.entries, m.retired = nil, nil, nil, nil, nil, nil
	return nil
}

// in reports whether a context has an activation of the module.
func (m *Module) in(c *native.Ctx) bool {
	_, found := c.Outermost(m.owner)
	return found
}

// waitIdle returns once no goroutine is in a call that was begun before.
func (m *Module) waitIdle() {
	native.Barrier()
	for _, c := range native.Contexts() {
		for pause := time.Microsecond; m.in(c); pause = min(2*pause, time.Millisecond) {
			time.Sleep(pause)
		}
	}
}

// MemoryUse returns the number of bytes of address space that the module has taken for code and data.
func (m *Module) MemoryUse() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := int64(0)
	for i := range m.heaps {
		for _, r := range m.heaps[i].runs {
			n += int64(r.n) * chunkBytes
		}
	}
	return n
}
