package rt

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math"
	"math/big"
	"time"

	"davit/examples/scheme/internal/syntax"
	"davit/gc"
	"davit/jit"
)

// Machine is a heap and what the primitives know besides.
type Machine struct {
	Heap *gc.Heap
	Locs *syntax.Locs
	// Library is the file of the library, which messages do not mention.
	Library int
	// ProcOf names the procedure that a place of the program is in.
	ProcOf func(syntax.Loc) string
	// Describe names the code at an address for procedures, and the place behind a return address.
	Describe func(code uint64) *Code
	// Args is the command line of the program.
	Args []string

	symbols map[string]gc.Weak
	sweep   int // number of symbols at which those that are gone are removed
	ports   []openPort
	start   time.Time
	call    *jit.Call // the host call under way
}

// Code is what is known of the code of a procedure.
type Code struct {
	Name string
	// Min and Max bound the number of arguments; Max is -1 if there is no bound.
	Min, Max int
}

// Config says how a machine is set up.
type Config struct {
	Heap        gc.Config
	In          io.Reader
	Out, Errout io.Writer
	Locs        *syntax.Locs
}

// New makes a machine.
func New(cfg Config) (*Machine, error) {
	h, err := gc.New(Spec, cfg.Heap)
	if err != nil {
		return nil, err
	}
	m := &Machine{Heap: h, Locs: cfg.Locs, symbols: map[string]gc.Weak{}, sweep: 1000, start: time.Now()}
	err = m.init(cfg)
	if err != nil {
		h.Close()
		return nil, err
	}
	return m, nil
}

func (m *Machine) init(cfg Config) (err error) {
	if err = m.Heap.Enter(); err != nil {
		return err
	}
	defer m.Heap.Leave()
	defer catchMemory(&err)
	for range NumRoots {
		if _, err := m.Heap.AddRoot(False); err != nil {
			return err
		}
	}
	t := m.newRecordType("record-type", "name", "fields")
	m.Heap.SetRoot(RootRecordType, t)
	m.Heap.Store(t, 0, t)
	m.Heap.SetRoot(RootConditionType, m.newRecordType("condition", "kind", "message", "irritants", "where"))
	m.Heap.SetRoot(RootPortType, m.newRecordType("port", "number"))
	m.Heap.SetRoot(RootOutput, m.newPort(&port{out: bufio.NewWriterSize(cfg.Out, 1<<16), flush: true}))
	m.Heap.SetRoot(RootError, m.newPort(&port{out: bufio.NewWriter(cfg.Errout), flush: true}))
	m.Heap.SetRoot(RootInput, m.newPort(&port{in: bufio.NewReader(cfg.In)}))
	return nil
}

// Close frees the heap. What has been written is flushed.
func (m *Machine) Close() error {
	return cmp.Or(m.Flush(), m.Heap.Close())
}

// Flush writes what the ports have collected.
func (m *Machine) Flush() error {
	var err error
	for _, p := range m.ports {
		if p.port != nil && p.out != nil && !p.failed {
			err = cmp.Or(err, p.out.Flush())
		}
	}
	return err
}

// Making objects. There may be no memory: that ends the primitive, by a panic that the caller of primitives catches. Since
// everything may move, references are kept in locals.

// noMemory is what is thrown when there is no memory.
type noMemory struct{ err error }

func catchMemory(err *error) {
	switch r := recover().(type) {
	case nil:
	case noMemory:
		*err = r.err
	default:
		panic(r)
	}
}

func (m *Machine) alloc(id gc.LayoutID, n int, tag gc.Word) gc.Word {
	w, err := m.Heap.New(id, n, tag)
	if err != nil {
		panic(noMemory{err})
	}
	return w
}

func (m *Machine) cons(a, d gc.Word) gc.Word {
	s := m.Heap.Scope()
	defer s.End()
	la, ld := s.Local(a), s.Local(d)
	p := m.alloc(LayPair, 0, TagPair)
	m.Heap.Store(p, 0, la.Get())
	m.Heap.Store(p, 1, ld.Get())
	return p
}

// list makes a list of words.
func (m *Machine) list(ws ...gc.Word) gc.Word {
	s := m.Heap.Scope()
	defer s.End()
	ls := make([]gc.Local, len(ws))
	for i, w := range ws {
		ls[i] = s.Local(w)
	}
	r := s.Local(Nil)
	for i := len(ls) - 1; i >= 0; i-- {
		r.Set(m.cons(ls[i].Get(), r.Get()))
	}
	return r.Get()
}

func (m *Machine) flonum(f float64) gc.Word {
	w := m.alloc(LayFlonum, 0, TagObject)
	m.Heap.Store(w, 0, gc.Word(math.Float64bits(f)))
	return w
}

func (m *Machine) float(w gc.Word) float64 { return math.Float64frombits(uint64(m.Heap.Load(w, 0))) }

// integer makes an exact integer.
func (m *Machine) integer(x *big.Int) gc.Word {
	if x.IsInt64() {
		if n := x.Int64(); n >= syntax.MinFixnum && n <= syntax.MaxFixnum {
			return Fix(n)
		}
	}
	words := x.Bits()
	w := m.alloc(LayBignum, 2*len(words), TagObject)
	if x.Sign() < 0 {
		m.Heap.Store(w, 0, 1)
	}
	digits := gc.Elements[uint32](m.Heap, w)
	for i, d := range words {
		digits[2*i], digits[2*i+1] = uint32(d), uint32(uint64(d)>>32)
	}
	return w
}

// big returns an exact integer.
func (m *Machine) big(w gc.Word) *big.Int {
	if IsFix(w) {
		return big.NewInt(Int(w))
	}
	digits := gc.Elements[uint32](m.Heap, w)
	words := make([]big.Word, len(digits)/2)
	for i := range words {
		words[i] = big.Word(uint64(digits[2*i]) | uint64(digits[2*i+1])<<32)
	}
	x := new(big.Int).SetBits(words)
	if m.Heap.Load(w, 0) != 0 {
		x.Neg(x)
	}
	return x
}

func (m *Machine) str(s string) gc.Word { return m.runes([]rune(s)) }

func (m *Machine) runes(rs []rune) gc.Word {
	w := m.alloc(LayString, len(rs), TagObject)
	copy(gc.Elements[rune](m.Heap, w), rs)
	return w
}

// text returns the characters of a string, valid until the next allocation.
func (m *Machine) text(w gc.Word) []rune { return gc.Elements[rune](m.Heap, w) }

func (m *Machine) goString(w gc.Word) string { return string(m.text(w)) }

// symbol returns the symbol of a name. Symbols that nothing refers to are forgotten.
func (m *Machine) symbol(name string) gc.Word {
	if x, ok := m.symbols[name]; ok {
		if w, ok := x.Get(); ok {
			return w
		}
		x.Free()
		delete(m.symbols, name)
	}
	if len(m.symbols) >= m.sweep {
		for n, x := range m.symbols {
			if _, ok := x.Get(); !ok {
				x.Free()
				delete(m.symbols, n)
			}
		}
		m.sweep = 2*len(m.symbols) + 1000
	}
	s := m.Heap.Scope()
	defer s.End()
	str := s.Local(m.str(name))
	w := m.alloc(LaySymbol, 0, TagObject)
	m.Heap.Store(w, 0, str.Get())
	m.symbols[name] = m.Heap.NewWeak(w)
	return w
}

func (m *Machine) symbolName(w gc.Word) string { return m.goString(m.Heap.Load(w, 0)) }

// record makes a record of a type.
func (m *Machine) record(typ gc.Word, fields ...gc.Word) gc.Word {
	s := m.Heap.Scope()
	defer s.End()
	t := s.Local(typ)
	ls := make([]gc.Local, len(fields))
	for i, w := range fields {
		ls[i] = s.Local(w)
	}
	r := m.alloc(LayRecord, 1+len(fields), TagObject)
	m.Heap.Store(r, 0, t.Get())
	for i := range ls {
		m.Heap.Store(r, 1+i, ls[i].Get())
	}
	return r
}

func (m *Machine) newRecordType(name string, fields ...string) gc.Word {
	s := m.Heap.Scope()
	defer s.End()
	n, list := s.Local(m.symbol(name)), s.Local(Nil)
	for i := len(fields) - 1; i >= 0; i-- {
		list.Set(m.cons(m.symbol(fields[i]), list.Get()))
	}
	return m.record(m.Heap.Root(RootRecordType), n.Get(), list.Get())
}

// isRecord reports whether w is a record of the type in a root word.
func (m *Machine) isRecord(w gc.Word, root int) bool {
	return m.is(w, LayRecord) && m.Heap.Load(w, 0) == m.Heap.Root(root)
}

// Datum makes a value of a datum.
func (m *Machine) Datum(d syntax.Datum) (w gc.Word, err error) {
	defer catchMemory(&err)
	return m.datum(d), nil
}

func (m *Machine) datum(d syntax.Datum) gc.Word {
	switch d := d.(type) {
	case syntax.Nil:
		return Nil
	case syntax.EOF:
		return EOF
	case syntax.Unspecified:
		return Unspecified
	case bool:
		return Bool(d)
	case syntax.Char:
		return Char(rune(d))
	case int64:
		return Fix(d)
	case *big.Int:
		return m.integer(d)
	case float64:
		return m.flonum(d)
	case syntax.String:
		return m.str(string(d))
	case syntax.Symbol:
		return m.symbol(string(d))
	case *syntax.Bytes:
		w := m.alloc(LayBytes, len(d.B), TagObject)
		copy(m.Heap.Bytes(w), d.B)
		return w
	case *syntax.Vector, *syntax.Pair:
		return m.graph(d)
	}
	panic(fmt.Sprintf("rt: datum of type %T", d))
}

// graph makes a value of pairs and vectors, which may contain themselves: first all of them, then what is in them.
func (m *Machine) graph(d syntax.Datum) gc.Word {
	s := m.Heap.Scope()
	defer s.End()
	made := map[syntax.Datum]gc.Local{}
	var order []syntax.Datum
	for todo := []syntax.Datum{d}; len(todo) > 0; {
		d := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if _, ok := made[d]; ok {
			continue
		}
		switch x := d.(type) {
		case *syntax.Pair:
			made[d] = s.Local(m.cons(Nil, Nil))
			todo = append(todo, x.Cdr, x.Car)
		case *syntax.Vector:
			made[d] = s.Local(m.alloc(LayVector, len(x.Items), TagObject))
			todo = append(todo, x.Items...)
		default:
			continue
		}
		order = append(order, d)
	}
	value := func(d syntax.Datum) gc.Word {
		switch d.(type) {
		case *syntax.Pair, *syntax.Vector:
			return made[d].Get()
		}
		return m.datum(d)
	}
	for _, d := range order {
		switch x := d.(type) {
		case *syntax.Pair:
			w := value(x.Car)
			m.Heap.Store(made[d].Get(), 0, w)
			w = value(x.Cdr)
			m.Heap.Store(made[d].Get(), 1, w)
		case *syntax.Vector:
			for i, item := range x.Items {
				w := value(item)
				m.Heap.Store(made[d].Get(), i, w)
			}
		}
	}
	return made[d].Get()
}
