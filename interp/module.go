package interp

import (
	"fmt"
	"runtime/debug"
	"slices"

	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
)

// HostFunc is a function of the host that programs call. The arguments have the types of the signature of the call,
// and so must the results; args is valid only during the call. An error ends the program, except that an [*Exception]
// unwinds it to its nearest handler.
type HostFunc func(c *Context, args []data.Value) ([]data.Value, error)

// Options of a module. The zero value is good for most uses.
type Options struct {
	// Host holds the functions that functions of the module may call and take the address of, by name without the
	// percent sign. Functions of the module come first, the functions of the run-time library (ceil, memcpy and so
	// on) last.
	Host map[string]HostFunc
	// Symbols holds the addresses of data by name; see [Module.Memory].
	Symbols map[string]uint64
	// Fuel is the number of instructions that a call of the host may execute; 0 means no limit. Fuel is taken block
	// by block.
	Fuel int64
	// MaxDepth bounds the calls under way at a time; 0 means 100000.
	MaxDepth int
	// StackSize is the size of the memory for stack slots in bytes; 0 means 8 MiB. Running out of it is the trap
	// stk_ovf.
	StackSize uint64
	// HeapSize bounds the bytes of all objects; 0 means 256 MiB.
	HeapSize uint64
	// Moving makes the heap of [Context.Alloc] a moving one: every safepoint moves every object that a stack map, an
	// argument of the call or another object leads to, and drops all others.
	Moving bool
	// BigEndian is the byte order of accesses to memory that do not specify one.
	BigEndian bool
	// Reference makes the interpreter agree with the reference interpreter of CLIF where that differs from the
	// definition: conversions to 128-bit integers saturate to signed numbers and do not trap for numbers out of range,
	// and the remainder of the least number and -1 traps.
	Reference bool
	// CanonicalNaN makes the results of float arithmetic that are NaNs the positive quiet NaN, as does the setting
	// enable_nan_canonicalization.
	CanonicalNaN bool
	// Vary, if not zero, displaces the stack and the functions by an amount that depends on it, and fills fresh stack slots
	// and the pinned register with something other than zero: a program whose outcome changes with it depends on addresses
	// or on what it has not written. It also puts space between stack slots, displaces objects, and changes the NaNs that
	// float arithmetic gives.
	Vary uint8
	// Strict makes it an error, an [*Undefined], to read bytes of stack slots that the program has not written, and to
	// access the stack outside of slots.
	Strict bool
	// Record keeps what values were, for [Module.Recorded].
	Record bool

	// general makes every operation run by its definition, for tests of the special cases.
	general bool
}

const (
	defaultDepth     = 100000
	defaultStack     = 1 << 23
	defaultHeap      = 1 << 28
	maxRegisterWords = 1 << 25
)

// Module is a set of functions that can call each other, with memory. It must not be used by two goroutines at a time.
type Module struct {
	opts     Options
	funcs    []*function
	byName   map[string]*function
	externs  []extern
	extern   map[string]int
	mem      *Memory
	thread   *thread // of the call under way
	codeEnd  uint64
	roots    []root
	objects  []*object
	heapUsed uint64
	table    *[op.NumOpcodes]builder
	stats    Stats
}

// Stats counts what a module has done.
type Stats struct {
	Calls      uint64 // of functions and host functions by programs
	Safepoints uint64 // calls that a collector may run in
	Moved      uint64 // objects, by the moving collector
	Dropped    uint64 // objects that nothing led to
}

type extern struct {
	name string
	host HostFunc // nil if nobody defines the function
}

// NewModule makes a module of functions. They are checked and translated when they are first called. It is an error if
// two functions have the same name.
func NewModule(funcs []*ir.Func, opts Options) (*Module, error) {
	if opts.MaxDepth <= 0 {
		opts.MaxDepth = defaultDepth
	}
	if opts.StackSize == 0 {
		opts.StackSize = defaultStack
	}
	if opts.HeapSize == 0 {
		opts.HeapSize = defaultHeap
	}
	opts.StackSize = (opts.StackSize + 15) &^ 15
	if opts.StackSize > stackTop-heapEnd-guard {
		return nil, fmt.Errorf("a stack of %d bytes is too large", opts.StackSize)
	}
	m := &Module{opts: opts, table: &builders, byName: make(map[string]*function, len(funcs)), extern: map[string]int{}, mem: newMemory(opts.StackSize)}
	addr := codeBase + displacement*uint64(opts.Vary)
	for _, f := range funcs {
		name := f.Name.Linkage()
		if m.byName[name] != nil {
			return nil, fmt.Errorf("two functions are named %v", f.Name)
		}
		fn := &function{m: m, ir: f, name: f.Name.String(), addr: addr}
		m.funcs = append(m.funcs, fn)
		m.byName[name] = fn
		addr = (addr + fn.codeSize() + 15) &^ 15
	}
	m.codeEnd = addr
	m.mem.nextMap = max(mapBase, (addr+guard*1024)&^(guard-1)+guard*1024)
	if opts.Strict {
		m.mem.strict = &stackState{m: m}
	}
	m.mem.nextObject += displacement * uint64(opts.Vary)
	return m, nil
}

// Memory returns the address space of the module.
func (m *Module) Memory() *Memory { return m.mem }

// Stats returns what the module has done so far.
func (m *Module) Stats() Stats { return m.stats }

// FuncAddr returns the address of a function of the module or the host, as func_addr gives it.
func (m *Module) FuncAddr(name string) (uint64, bool) {
	if f := m.byName[name]; f != nil {
		return f.addr, true
	}
	i := m.externIndex(name)
	return m.externAddr(i), m.externs[i].host != nil
}

func (m *Module) externIndex(name string) int {
	i, ok := m.extern[name]
	if !ok {
		host := m.opts.Host[name]
		if host == nil {
			host = libcalls[name]
		}
		i = len(m.externs)
		m.externs = append(m.externs, extern{name, host})
		m.extern[name] = i
	}
	return i
}

func (m *Module) externAddr(i int) uint64 { return m.codeEnd + 16*uint64(i) }

// lookup returns what lies at a code address: a function of the module, or an extern, or neither.
func (m *Module) lookup(addr uint64) (*function, int) {
	if addr >= m.codeEnd {
		if i := (addr - m.codeEnd) / 16; addr%16 == 0 && i < uint64(len(m.externs)) {
			return nil, int(i)
		}
		return nil, -1
	}
	i, ok := slices.BinarySearchFunc(m.funcs, addr, func(f *function, a uint64) int {
		switch {
		case f.addr < a:
			return -1
		case f.addr > a:
			return 1
		}
		return 0
	})
	if !ok {
		return nil, -1
	}
	return m.funcs[i], -1
}

// Call calls a function by its name, without the percent sign, and returns its results. The error is a [*Trap],
// [*Limit], [*Unsupported], [*Invalid], [*Undefined], [*Exception], [*Bug] or what a host function returned. The stack, the pinned
// register and the fuel are fresh for each call that does not come from a host function.
func (m *Module) Call(name string, args []data.Value) ([]data.Value, error) {
	f := m.byName[name]
	if f == nil {
		return nil, &Unsupported{Place{"%" + name, ir.NoInst}, "no such function in the module"}
	}
	if m.thread != nil {
		return m.thread.callFrom(f, args)
	}
	t := newThread(m)
	m.thread = t
	defer func() { m.thread = nil }()
	results, err := t.callFrom(f, args)
	if s := m.mem.strict; s != nil && s.first != nil {
		results, err, s.first = nil, s.first, nil
	}
	return results, err
}

// callFrom calls f on top of the frames that are there.
func (t *thread) callFrom(f *function, args []data.Value) (results []data.Value, err error) {
	depth, sp := len(t.frames), t.mem.sp
	defer func() {
		if p := recover(); p != nil {
			results, err = nil, &Bug{t.place(), p, string(debug.Stack())}
		}
		t.frames = t.frames[:depth]
		t.mem.sp = sp
	}()
	if err := f.prepare(); err != nil {
		return nil, err
	}
	if err := checkArgs(f, args); err != nil {
		return nil, err
	}
	words := make([]uint64, 0, 16)
	for _, a := range args {
		words = appendWords(words, a)
	}
	if t.enter(f, words, true) != evFrame {
		return nil, t.err
	}
	if err := t.run(); err != nil {
		return nil, err
	}
	return wordsToValues(t.results, f.ir.Sig.Returns, nil), nil
}

func checkArgs(f *function, args []data.Value) error {
	params := f.ir.Sig.Params
	if len(args) != len(params) {
		return &Invalid{Place{f.name, ir.NoInst}, fmt.Sprintf("called with %d arguments, expected %d", len(args), len(params))}
	}
	for i, a := range args {
		if a.Type() != params[i].Type {
			return &Invalid{Place{f.name, ir.NoInst}, fmt.Sprintf("argument %d has type %v, expected %v", i, a.Type(), params[i].Type)}
		}
	}
	return nil
}

// words returns the number of 64-bit words that a value of type t takes.
func words(t op.Type) int { return (t.Bytes() + 7) / 8 }

func appendWords(w []uint64, v data.Value) []uint64 {
	if n := words(v.Type()); n <= 2 {
		lo, hi := v.Bits()
		return append(w, lo, hi)[:len(w)+n]
	}
	b := v.Bytes()
	for i := 0; i < len(b); i += 8 {
		w = append(w, le64(b[i:]))
	}
	return w
}

// wordsToValues takes the values of the given types from the words in which they lie one after the other.
func wordsToValues(w []uint64, types []ir.Param, dst []data.Value) []data.Value {
	for _, p := range types {
		n := words(p.Type)
		dst = append(dst, wordsToValue(p.Type, w[:n]))
		w = w[n:]
	}
	return dst
}

func wordsToValue(t op.Type, w []uint64) data.Value {
	switch len(w) {
	case 1:
		return data.FromBits(t, w[0], 0)
	case 2:
		return data.FromBits(t, w[0], w[1])
	}
	b := make([]byte, 0, 8*len(w))
	for _, x := range w {
		b = append64(b, x)
	}
	return data.FromBytes(t, b)
}
