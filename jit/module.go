package jit

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"

	"davit/asm"
	"davit/jit/internal/native"
)

// ErrClosed is what errors of operations on a module after Close wrap, and those of calls of its functions.
var ErrClosed = errors.New("the module is closed")

// Option changes how NewModule sets a module up.
type Option func(*options)

type options struct {
	name      string
	noSignals bool
	stack     uintptr
	limit     int64
	resolve   func(name string) error
	perfMap   bool
	gdb       bool
	jitDump   *dumpOptions
	panics    bool // of host functions become errors
	onTrap    func(*TrapInfo)
}

// Named gives the module a name for messages.
func Named(name string) Option { return func(o *options) { o.name = name } }

// NoSignals leaves the signal actions of the process alone. A hardware fault in compiled code then ends the process.
func NoSignals() Option { return func(o *options) { o.noSignals = true } }

// StackSize lets the native stack grow to n bytes at least in calls of the module's functions; the default is 1 MiB, the
// greatest possible size is that of MaxStackSize. Stacks take memory as they are used, and give it back when the call from Go
// that made them grow has ended. See also LimitStacks.
func StackSize(n int) Option { return func(o *options) { o.stack = uintptr(max(n, 0)) } }

// MemoryLimit bounds the memory for code and data of the module to n bytes, in steps of 64 KiB.
func MemoryLimit(n int64) Option { return func(o *options) { o.limit = n } }

// Module is a set of functions, data objects and host functions that refer to each other by name. All its methods may be
// called from several goroutines. A module that is unreachable, with no function of its own in use, is closed by the
// garbage collector at some time; Close does so now.
type Module struct {
	opts  options
	owner native.Owner // of activations

	mu       sync.Mutex
	closed   bool
	symbols  map[string]*symbol
	pending  []*function // defined, not linked
	entries  map[string]uintptr
	retired  []retired
	far      map[*symbol]*far // for symbols of other modules
	farSweep int
	res      *resources
	cleanup  runtime.Cleanup
}

// resources are what a module must give back. Nothing in them refers to the module itself.
type resources struct {
	owner native.Owner
	heaps [3]heap
	left  int64                // what heaps may still take
	funcs map[*placed]struct{} // linked and not yet reclaimed
	homes []*links             // of the modules from which names were imported
	links *links
	lent  map[*refCount]int32 // references to symbols of other modules
}

// refCount counts references to a symbol. It is apart from the symbol, so that it does not keep the module reachable.
type refCount struct {
	atomic.Int32
	res *resources // of the module of the symbol
}

// moduleIDs numbers modules.
var moduleIDs atomic.Uintptr

type symbolKind uint8

const (
	symFunction symbolKind = iota
	symHost
	symData
	symAddress
	symSlot   // a declared function
	symImport // a name of another module
)

func (k symbolKind) String() string {
	return [...]string{"a function", "a host function", "data", "an address", "a declared function", "an import"}[k]
}

// symbol is a name with an address in a module.
type symbol struct {
	name  string
	kind  symbolKind
	addr  uintptr     // 0 while a function is not linked; for a declared function, its stub
	fn    *function   // current definition
	entry *Function   // what Lookup has returned
	refs  *refCount   // of linked functions that refer to it
	size  int         // of data, of the code of a host function
	far   far         // for functions of the own module
	gone  atomic.Bool // it has no name any more
	slot  *slot       // of a declared function
	host  *hostFunc   // of a host function
	slow  *symbol     // of a poll function: its slow path
	home  *Module     // of an import
}

// function is a definition of a function.
type function struct {
	*placed
	sym  *symbol
	sig  Signature
	deps []*symbol // distinct symbols that the code refers to
}

// placed is a piece of compiled code in memory. The index of all code refers to it, so it does not refer to its module.
type placed struct {
	name string
	addr uintptr // 0 while not linked
	size int
	code *asm.Code

	debug *native.DebugFile // what gdb knows of it
}

// NewModule makes an empty module. The first one reserves address space and, without NoSignals, installs handlers for
// the signals of hardware faults in front of the Go runtime's.
func NewModule(opts ...Option) (*Module, error) {
	m := &Module{symbols: map[string]*symbol{}, entries: map[string]uintptr{}}
	m.opts.stack = native.DefaultStack
	for _, o := range opts {
		o(&m.opts)
	}
	r := &resources{funcs: map[*placed]struct{}{}, links: newLinks(), left: m.opts.limit, lent: map[*refCount]int32{}}
	for i := range r.heaps {
		r.heaps[i].kind = i
		if m.opts.limit > 0 {
			r.heaps[i].limit = &r.left
		}
	}
	m.res = r
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
	r.owner = m.owner
	if !m.opts.noSignals {
		if err := native.HookFaults(); err != nil {
			return nil, fmt.Errorf("jit: %w; NoSignals does without", err)
		}
		native.HookAsync()
	}
	m.cleanup = runtime.AddCleanup(m, (*resources).free, r)
	return m, nil
}

// errClosed is the error of an operation on a closed module, for the sake of a name.
func (m *Module) errClosed(name string) error {
	if m.opts.name != "" {
		return fmt.Errorf("jit: %s: module %s: %w", name, m.opts.name, ErrClosed)
	}
	return fmt.Errorf("jit: %s: %w", name, ErrClosed)
}

// String returns the name of the module in messages.
func (m *Module) String() string {
	if m.opts.name == "" {
		return fmt.Sprintf("module #%d", m.owner.Module())
	}
	return m.opts.name
}

// add enters a name. m.mu is held.
func (m *Module) add(name string, s *symbol) error {
	if m.closed {
		return m.errClosed(name)
	}
	if old := m.symbols[name]; old != nil {
		return fmt.Errorf("jit: %s is already defined, as %s", name, old.kind)
	}
	s.name = name
	s.refs = &refCount{res: m.res}
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
	f := &function{placed: &placed{name: name, code: code, size: len(code.Bytes)}, sig: sig}
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
	s := &symbol{kind: symData, size: len(contents)}
	if err := m.add(name, s); err != nil {
		return err
	}
	if !native.Supported {
		return nil
	}
	addr, err := m.res.heaps[dataMem].alloc(max(s.size, 1), unit)
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

// Data returns the memory of a data object: its first n bytes, or as many as it has if n is negative. It must not be used
// after Close; while it is in use, the module must be kept reachable.
func (m *Module) Data(name string, n int) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.symbol(name)
	switch {
	case err != nil:
		return nil, err
	case s.kind == symImport:
		return s.home.Data(name, n)
	case s.kind != symData:
		return nil, fmt.Errorf("jit: %s is %s, not data", name, s.kind)
	case n > s.size:
		return nil, fmt.Errorf("jit: %s has %d bytes, not %d", name, s.size, n)
	case s.addr == 0:
		return nil, errUnsupported
	case n < 0:
		n = s.size
	}
	return bytesAt(s.addr, n), nil
}

func bytesAt(addr uintptr, n int) []byte { return unsafe.Slice((*byte)(native.Ptr(addr)), n) }

// symbol returns the symbol of a name. m.mu is held.
func (m *Module) symbol(name string) (*symbol, error) {
	if m.closed {
		return nil, m.errClosed(name)
	}
	if s := m.symbols[name]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("jit: %s is not defined", name)
}

// Address returns the address of a linked function, host function or data object, for use by compiled code.
func (m *Module) Address(name string) (uintptr, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.symbol(name)
	switch {
	case err != nil:
		return 0, err
	case s.kind == symImport:
		return s.home.Address(name)
	case s.addr == 0:
		return 0, fmt.Errorf("jit: %s is not linked", name)
	}
	return s.addr, nil
}

// MemoryUse returns the number of bytes of address space that the module has taken for code and data.
func (m *Module) MemoryUse() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := int64(0)
	for i := range m.res.heaps {
		for _, r := range m.res.heaps[i].runs {
			n += int64(r.n) * chunkBytes
		}
	}
	return n
}
