package difftest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"davit/compile"
	"davit/internal/randfunc"
	"davit/interp"
	"davit/ir"
	"davit/ir/data"
	"davit/jit"
	"davit/jit/libcall"
	"davit/settings"
)

// Pair is a set of functions in two forms, compiled and interpreted, that share one memory: addresses in it mean the
// same to both.
type Pair struct {
	funcs  []*ir.Func
	native *jit.Module
	in     *interp.Module
	varied [numVariations]*interp.Module // see Options.Vary
	slots  segment                       // arguments and results of a call
	data   []segment                     // see Options.Data
	log    []uint64

	pattern uint8 // see poison
}

// segment is memory that both forms share.
type segment struct {
	name  string
	bytes []byte
	at    uint64
	datum *Datum
}

// Options of a pair.
type Options struct {
	// Fuel is the number of instructions that a call may execute in the interpreter.
	Fuel int64
	// Stack is the size of the native stack in bytes; 0: that of package jit.
	Stack int
	// Vary makes it possible to call Pair.Undefined.
	Vary bool
	// Data are the data that functions refer to by name, or that arguments point to.
	Data []Datum

	interpret func(f *ir.Func) *ir.Func // for tests: what the interpreter gets instead of a function
}

// Datum is memory with a name.
type Datum struct {
	Name    string
	Bytes   int
	Initial []byte      // contents before each call; the rest is zero
	Memory  *jit.Memory // where it lies; nil: near the code
}

// maxValues bounds the arguments and the results of a call.
const maxValues = 1024

// NewPair compiles functions for t, which must be the machine that runs, and makes both forms ready. Only those of the
// first callable functions can be called. It uses ctx, which must not be used for anything else meanwhile. The error is
// a *compile.Unsupported if t lacks something.
func NewPair(ctx *compile.Context, t compile.Target, funcs []*ir.Func, callable int, opts Options) (*Pair, error) {
	var jo []jit.Option
	if opts.Stack > 0 {
		jo = append(jo, jit.StackSize(opts.Stack))
	}
	m, err := jit.NewModule(jo...)
	if err != nil {
		return nil, err
	}
	p := &Pair{funcs: funcs, native: m}
	if err := p.build(ctx, t, callable, opts); err != nil {
		m.Close()
		return nil, err
	}
	return p, nil
}

// Close frees the compiled code.
func (p *Pair) Close() { p.native.Close() }

func (p *Pair) build(ctx *compile.Context, t compile.Target, callable int, opts Options) error {
	all := append(slices.Clone(p.funcs), poison(poisonName))
	values := 1
	for i, f := range p.funcs[:callable] {
		all = append(all, trampoline(entryName(i), f.Name, &f.Sig))
		values = max(values, len(f.Sig.Params), len(f.Sig.Returns))
	}
	if values > maxValues {
		return fmt.Errorf("%d values to pass, at most %d are possible", values, maxValues)
	}
	if err := p.defineData(values, opts.Data); err != nil {
		return err
	}
	sig := jit.SystemV([]jit.Kind{jit.I64}, nil)
	hosts := map[string]bool{}
	for _, f := range all {
		code, err := ctx.Compile(f, t)
		if err != nil {
			return err
		}
		if err := p.native.Define(f.Name.Linkage(), sig, code); err != nil {
			return err
		}
		for _, s := range code.Symbols {
			hosts[s.Name] = true
		}
	}
	for name := range hosts {
		if err := p.defineHost(name); err != nil {
			return err
		}
	}
	if err := p.native.Link(); err != nil {
		return err
	}
	canonical := t.Flags().Bool(settings.EnableNaNCanonicalization)
	var err error
	if p.in, err = p.interpreter(all, opts, interp.Options{CanonicalNaN: canonical}); err != nil || !opts.Vary {
		return err
	}
	for i, o := range [numVariations]interp.Options{
		strict: {CanonicalNaN: true, Strict: true}, moved: {CanonicalNaN: true, Vary: vary}, otherNaNs: {CanonicalNaN: canonical, Vary: vary},
	} {
		if p.varied[i], err = p.interpreter(all, opts, o); err != nil {
			return err
		}
	}
	return nil
}

// vary chooses the variation of the interpreter; it becomes the payload of NaNs, hence is not what arguments have.
const vary = 0x95

// Variations of the interpreter, by which undefined behaviour shows.
const (
	strict        = iota // all NaNs are the same, memory is watched
	moved                // all NaNs are the same, addresses are other ones
	otherNaNs            // both addresses and NaNs are other ones
	numVariations = iota
)

const poisonName = "poison the stack" // no name of CLIF

// entryName is the name of the function through which function i is called. No name of CLIF is spelled like this.
func entryName(i int) string { return fmt.Sprintf("enter %d", i) }

// defineData makes the memory that both forms share.
func (p *Pair) defineData(values int, list []Datum) error {
	const name = "arguments and results" // no name of CLIF
	var err error
	if p.slots, err = p.segment(&Datum{Name: name, Bytes: values * slotBytes}); err != nil {
		return err
	}
	for i := range list {
		s, err := p.segment(&list[i])
		if err != nil {
			return err
		}
		p.data = append(p.data, s)
	}
	return nil
}

func (p *Pair) segment(d *Datum) (segment, error) {
	s := segment{name: d.Name, datum: d}
	if d.Memory != nil {
		s.at, s.bytes = uint64(d.Memory.Base()), d.Memory.Bytes()[:d.Bytes]
		return s, p.native.DefineAddress(d.Name, d.Memory.Base())
	}
	if err := p.native.DefineData(d.Name, make([]byte, d.Bytes)); err != nil {
		return s, err
	}
	b, err := p.native.Data(d.Name, d.Bytes)
	at, aerr := p.native.Address(d.Name)
	s.at, s.bytes = uint64(at), b
	return s, errors.Join(err, aerr)
}

// defineHost defines the function of a name for compiled code, if it is one of the host or of the run-time library.
func (p *Pair) defineHost(name string) error {
	switch name {
	case randfunc.Observe:
		return p.native.Host(name, p.observe)
	case randfunc.Throw:
		return p.native.Host(name, func(c *jit.Call, tag uint32, a, b uint64) { c.Throw(tag, a, b) })
	case randfunc.Roots:
		return p.native.HostRaw(name, jit.SystemV(nil, nil), p.nativeRoots)
	}
	_, err := libcall.Define(p.native, name)
	return err
}

// interpreter makes a module of the interpreter with the same memory.
func (p *Pair) interpreter(all []*ir.Func, opts Options, o interp.Options) (*interp.Module, error) {
	symbols := map[string]uint64{}
	for _, s := range p.data {
		symbols[s.name] = s.at
	}
	if opts.interpret != nil {
		all = slices.Clone(all)
		for i, f := range all {
			all[i] = opts.interpret(f)
		}
	}
	o.Fuel, o.MaxDepth, o.StackSize, o.Symbols = opts.Fuel, 10000, 64<<20, symbols
	o.Host = map[string]interp.HostFunc{
		randfunc.Observe: func(_ *interp.Context, args []data.Value) ([]data.Value, error) {
			return []data.Value{data.I64(int64(p.observe(args[0].Uint64())))}, nil
		},
		randfunc.Throw: func(_ *interp.Context, args []data.Value) ([]data.Value, error) {
			return nil, &interp.Exception{Tag: uint32(args[0].Uint64()), Payload: []data.Value{args[1], args[2]}}
		},
		randfunc.Roots: func(c *interp.Context, _ []data.Value) ([]data.Value, error) {
			p.interpRoots(c)
			return nil, nil
		},
	}
	in, err := interp.NewModule(all, o)
	if err != nil {
		return nil, err
	}
	for _, s := range append([]segment{p.slots}, p.data...) {
		if err := in.Memory().MapAt(s.at, s.bytes); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// observe notes x and returns what is mixed of it.
func (p *Pair) observe(x uint64) uint64 {
	p.log = append(p.log, x)
	return bits.RotateLeft64(x*0x9e3779b97f4a7c15, 29)
}

// Input is what a call starts from.
type Input struct {
	Args []Arg
	// Memory, by name of the datum, is its contents instead of Datum.Initial.
	Memory map[string][]byte
}

// Arg is an argument: a value or, if Symbol is not empty, the address of a datum or function plus an offset.
type Arg struct {
	Value  data.Value
	Symbol string
	Offset int64
}

// String prints the argument, an address as [symbol+offset].
func (a Arg) String() string {
	if a.Symbol == "" {
		return a.Value.String()
	}
	return fmt.Sprintf("[%s%+d]", a.Symbol, a.Offset)
}

// prepare puts everything in the state that a call starts from. code returns the address of a function.
func (p *Pair) prepare(in *Input, code func(name string) uint64) {
	for i, a := range in.Args {
		b := a.Value.Bytes()
		if a.Symbol != "" {
			b = binary.LittleEndian.AppendUint64(nil, p.address(a.Symbol, code)+uint64(a.Offset))
		}
		copy(p.slots.bytes[i*slotBytes:], b)
	}
	for _, s := range p.data {
		initial := s.datum.Initial
		if b, ok := in.Memory[s.name]; ok {
			initial = b
		}
		clear(s.bytes[copy(s.bytes, initial):])
	}
	p.log = p.log[:0]
}

func (p *Pair) address(symbol string, code func(name string) uint64) uint64 {
	for _, s := range p.data {
		if s.name == symbol {
			return s.at
		}
	}
	return code(symbol)
}

// Interpret calls function fn in the interpreter.
func (p *Pair) Interpret(fn int, in *Input) Outcome { return p.interpret(p.in, fn, in) }

// Undefined says what function fn, called with in, does that has no defined outcome; o is the outcome that it has in the
// interpreter. nans says that only NaNs come out with other bits.
func (p *Pair) Undefined(fn int, in *Input, o *Outcome) (what string, nans bool) {
	first := p.interpret(p.varied[strict], fn, in)
	var undefined *interp.Undefined
	if errors.As(first.Limit, &undefined) {
		return undefined.What, false
	}
	if next := p.interpret(p.varied[moved], fn, in); next.Limit != nil || Compare(&next, &first) != "" {
		return "depends on addresses", false
	}
	if other := p.interpret(p.varied[otherNaNs], fn, in); other.Limit != nil || Compare(&other, o) != "" {
		return "depends on the bits of NaNs", true
	}
	return "", false
}

func (p *Pair) interpret(m *interp.Module, fn int, in *Input) (o Outcome) {
	p.prepare(in, func(name string) uint64 {
		a, _ := m.FuncAddr(name)
		return a
	})
	_, err := m.Call(entryName(fn), []data.Value{data.I64(int64(p.slots.at))})
	var trap *interp.Trap
	var exc *interp.Exception
	switch {
	case err == nil:
	case errors.As(err, &trap):
		o.Trap = fmt.Sprintf("trap %v in %s", trap.Code, trap.Func)
		o.Wild, o.Addr, o.Broken = trap.Access, trap.Addr, trap.Broken
	case errors.As(err, &exc):
		o.Trap = exceptionText(exc)
	default:
		o.Limit = err
		return o
	}
	p.outcome(fn, &o)
	return o
}

func exceptionText(e *interp.Exception) string {
	var w [2]uint64
	for i := range min(len(e.Payload), 2) {
		w[i] = e.Payload[i].Uint64()
	}
	return fmt.Sprintf("exception %d(%d, %d)", e.Tag, w[0], w[1])
}

// Run calls function fn as compiled. If ctx ends before it returns, it is stopped.
func (p *Pair) Run(ctx context.Context, fn int, in *Input) (o Outcome) {
	p.prepare(in, func(name string) uint64 {
		a, _ := p.native.Address(name)
		return uint64(a)
	})
	f, err := p.native.Lookup(entryName(fn))
	if err == nil {
		err = p.poison()
	}
	if err != nil {
		return Outcome{Limit: err}
	}
	_, err = f.CallContext(ctx, jit.Int64(int64(p.slots.at)))
	var trap *jit.Trap
	var exc *jit.Exception
	switch {
	case err == nil:
	case errors.As(err, &trap):
		o.Trap = fmt.Sprintf("trap %v in %s", trap.Code, p.nameOf(trap.Func))
	case errors.As(err, &exc):
		o.Trap = fmt.Sprintf("exception %d(%d, %d)", exc.Tag, exc.Payload[0], exc.Payload[1])
	default:
		o.Limit = err
		return o
	}
	p.outcome(fn, &o)
	return o
}

// poison fills the stack that a call is going to use with a byte that is another one each time.
func (p *Pair) poison() error {
	f, err := p.native.Lookup(poisonName)
	if err != nil {
		return err
	}
	p.pattern += 0x35
	_, err = f.Call(jit.Int64(int64(p.pattern)))
	return err
}

// nameOf returns the name of a function in CLIF.
func (p *Pair) nameOf(linkage string) string {
	for _, f := range p.funcs {
		if f.Name.Linkage() == linkage {
			return f.Name.String()
		}
	}
	return "%" + linkage
}
