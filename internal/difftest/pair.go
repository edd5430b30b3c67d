package difftest

import (
	"bytes"
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
	"davit/ir/op"
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
	varied *interp.Module // see Options.Vary; may be nil
	mem    []byte
	memAt  uint64
	log    []uint64
}

// Layout of the memory of a pair.
const (
	slotsAt     = 0 // arguments and results of calls
	slotsBytes  = 64 * slotBytes
	constantsAt = slotsBytes
	memoryAt    = constantsAt + randfunc.ConstantBytes
	pairBytes   = memoryAt + randfunc.MemoryBytes
)

// Options of a pair.
type Options struct {
	// Fuel is the number of instructions that a call may execute in the interpreter.
	Fuel int64
	// Stack is the size of the native stack in bytes; 0: that of package jit.
	Stack int
	// Vary makes Interpret run everything a second time with other addresses, and give an error if that makes a difference.
	Vary bool
}

// NewPair compiles functions for t, which must be the machine that runs, and makes both forms ready. It uses ctx, which
// must not be used for anything else meanwhile. The error is a *compile.Unsupported if t lacks something.
func NewPair(ctx *compile.Context, t compile.Target, funcs []*ir.Func, opts Options) (*Pair, error) {
	var jo []jit.Option
	if opts.Stack > 0 {
		jo = append(jo, jit.StackSize(opts.Stack))
	}
	m, err := jit.NewModule(jo...)
	if err != nil {
		return nil, err
	}
	p := &Pair{funcs: funcs, native: m}
	if err := p.build(ctx, t, opts); err != nil {
		m.Close()
		return nil, err
	}
	return p, nil
}

// Close frees the compiled code.
func (p *Pair) Close() { p.native.Close() }

func (p *Pair) build(ctx *compile.Context, t compile.Target, opts Options) error {
	if err := p.defineData(); err != nil {
		return err
	}
	all := slices.Clone(p.funcs)
	for i, f := range p.funcs {
		all = append(all, trampoline(entryName(i), f.Name.Linkage(), &f.Sig))
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
	err := p.native.Link()
	if err != nil {
		return err
	}
	if p.in, err = p.interpreter(all, t, opts, 0); err == nil && opts.Vary {
		p.varied, err = p.interpreter(all, t, opts, 7)
	}
	return err
}

// entryName is the name of the function through which function i is called. No name of CLIF is spelled like this.
func entryName(i int) string { return fmt.Sprintf("enter %d", i) }

func (p *Pair) defineData() error {
	const name = "memory of a pair"
	err := p.native.DefineData(name, make([]byte, pairBytes))
	if err == nil {
		p.mem, err = p.native.Data(name, pairBytes)
	}
	at, aerr := p.native.Address(name)
	p.memAt = uint64(at)
	return errors.Join(err, aerr, p.native.DefineAddress(randfunc.MemorySymbol, at+memoryAt),
		p.native.DefineAddress(randfunc.ConstantSymbol, at+constantsAt))
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

func (p *Pair) interpreter(all []*ir.Func, t compile.Target, opts Options, vary uint8) (*interp.Module, error) {
	in, err := interp.NewModule(all, interp.Options{
		Fuel: opts.Fuel, MaxDepth: 10000, Vary: vary, CanonicalNaN: t.Flags().Bool(settings.EnableNaNCanonicalization),
		Symbols: map[string]uint64{randfunc.MemorySymbol: p.memAt + memoryAt, randfunc.ConstantSymbol: p.memAt + constantsAt},
		Host: map[string]interp.HostFunc{
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
		},
	})
	if err != nil {
		return nil, err
	}
	return in, in.Memory().MapAt(p.memAt, p.mem)
}

// observe notes x and returns what is mixed of it.
func (p *Pair) observe(x uint64) uint64 {
	p.log = append(p.log, x)
	return bits.RotateLeft64(x*0x9e3779b97f4a7c15, 29)
}

// A root is noted by a sum over its frame, since the order of the entries is not the same in both forms, and changed.

const rootStep = 0x0101010101010101

func rootSum(t op.Type, lo, hi uint64) uint64 {
	return bits.RotateLeft64((lo^uint64(t))*0x9e3779b97f4a7c15, 31) * (hi | 1) * 0x2545f4914f6cdd1d
}

func (p *Pair) interpRoots(c *interp.Context) {
	sum := uint64(0)
	c.Roots(func(t op.Type, b []byte) {
		lo, hi := data.FromBytes(t, b).Bits()
		sum += rootSum(t, lo, hi)
		copy(b, data.FromBits(t, lo+rootStep, hi^rootStep).Bytes())
	})
	p.log = append(p.log, sum)
}

func (p *Pair) nativeRoots(c *jit.Call) {
	sum := uint64(0)
	for f := range c.Frames() {
		for r := range f.Roots() {
			t := op.Type(r.Type)
			switch t.Bytes() {
			case 1:
				x := r.Load1()
				sum += rootSum(t, uint64(x), 0)
				r.Store1(x + rootStep&0xff)
			case 2:
				x := r.Load2()
				sum += rootSum(t, uint64(x), 0)
				r.Store2(x + rootStep&0xffff)
			case 4:
				x := r.Load4()
				sum += rootSum(t, uint64(x), 0)
				r.Store4(x + rootStep&0xffffffff)
			case 8:
				x := r.Load8()
				sum += rootSum(t, x, 0)
				r.Store8(x + rootStep)
			case 16:
				x := r.Load16()
				sum += rootSum(t, x[0], x[1])
				r.Store16([2]uint64{x[0] + rootStep, x[1] ^ rootStep})
			}
		}
	}
	p.log = append(p.log, sum)
}

// Input is what a call starts from.
type Input struct {
	Args   []data.Value
	Memory []byte // of the data, from its start; the rest is zero
	Fuel   uint64 // for the function
}

// Outcome is what a call did.
type Outcome struct {
	Results []data.Value
	Trap    string // code and function, or exception with tag and payload; empty if the call returned
	Memory  []byte // the data
	Log     []uint64
	// Limit says why the call has no outcome: it took too long, for one.
	Limit error
}

// prepare puts everything in the state that a call starts from.
func (p *Pair) prepare(fn int, in *Input) {
	clear(p.mem)
	for i, a := range in.Args {
		b := a.Bytes()
		switch p.funcs[fn].Sig.Params[i].Purpose {
		case ir.Normal:
		case ir.VMContext:
			b = binary.LittleEndian.AppendUint64(nil, p.memAt+memoryAt+randfunc.FuelBytes)
		default:
			b = binary.LittleEndian.AppendUint64(nil, p.memAt+memoryAt+randfunc.FuelBytes+uint64(i)*8)
		}
		copy(p.mem[slotsAt+i*slotBytes:], b)
	}
	constants := p.mem[constantsAt : constantsAt+randfunc.ConstantBytes]
	for i := range constants {
		constants[i] = byte(i * 0x4d)
	}
	memory := p.mem[memoryAt:]
	copy(memory, in.Memory)
	clear(memory[:randfunc.FuelBytes])
	binary.LittleEndian.PutUint64(memory, in.Fuel)
	p.log = p.log[:0]
}

// outcome collects what is left behind after a call.
func (p *Pair) outcome(fn int, o *Outcome) {
	for i, r := range p.funcs[fn].Sig.Returns {
		if o.Trap == "" {
			o.Results = append(o.Results, data.FromBytes(r.Type, p.mem[slotsAt+i*slotBytes:]))
		}
	}
	o.Memory = slices.Clone(p.mem[memoryAt:])
	o.Log = slices.Clone(p.log)
}

// ErrUnstable says that what a function does depends on addresses, or on memory that nothing has been written to.
var ErrUnstable = errors.New("the outcome depends on addresses or on uninitialised memory")

// Interpret calls function fn in the interpreter.
func (p *Pair) Interpret(fn int, in *Input) Outcome {
	o := p.interpret(p.in, fn, in)
	if p.varied == nil || o.Limit != nil {
		return o
	}
	if v := p.interpret(p.varied, fn, in); v.Limit != nil || Difference(&v, &o) != "" {
		o.Limit = ErrUnstable
	}
	return o
}

func (p *Pair) interpret(m *interp.Module, fn int, in *Input) (o Outcome) {
	p.prepare(fn, in)
	_, err := m.Call(entryName(fn), []data.Value{data.I64(int64(p.memAt + slotsAt))})
	var trap *interp.Trap
	var exc *interp.Exception
	switch {
	case err == nil:
	case errors.As(err, &trap):
		o.Trap = fmt.Sprintf("trap %v in %s", trap.Code, trap.Func)
	case errors.As(err, &exc):
		o.Trap = fmt.Sprintf("exception %d(%d, %d)", exc.Tag, exc.Payload[0].Uint64(), exc.Payload[1].Uint64())
	default:
		o.Limit = err
		return o
	}
	p.outcome(fn, &o)
	return o
}

// Run calls function fn as compiled. If ctx ends before it returns, it is stopped.
func (p *Pair) Run(ctx context.Context, fn int, in *Input) (o Outcome) {
	p.prepare(fn, in)
	f, err := p.native.Lookup(entryName(fn))
	if err != nil {
		return Outcome{Limit: err}
	}
	_, err = f.CallContext(ctx, jit.Int64(int64(p.memAt+slotsAt)))
	var trap *jit.Trap
	var exc *jit.Exception
	switch {
	case err == nil:
	case errors.As(err, &trap):
		o.Trap = fmt.Sprintf("trap %v in %%%s", trap.Code, trap.Func)
	case errors.As(err, &exc):
		o.Trap = fmt.Sprintf("exception %d(%d, %d)", exc.Tag, exc.Payload[0], exc.Payload[1])
	default:
		o.Limit = err
		return o
	}
	p.outcome(fn, &o)
	return o
}

// Difference describes the first thing in which two outcomes differ; it is empty if they are the same.
func Difference(compiled, interpreted *Outcome) string {
	switch {
	case compiled.Limit != nil:
		return fmt.Sprintf("compiled code: %v", compiled.Limit)
	case compiled.Trap != interpreted.Trap:
		return fmt.Sprintf("compiled code ends with %s, the interpreter with %s", orReturn(compiled), orReturn(interpreted))
	case !slices.Equal(compiled.Log, interpreted.Log):
		return fmt.Sprintf("compiled code shows the host %x, the interpreter %x", compiled.Log, interpreted.Log)
	}
	for i, r := range compiled.Results {
		if r != interpreted.Results[i] {
			return fmt.Sprintf("result %d of compiled code is %v, of the interpreter %v", i, r, interpreted.Results[i])
		}
	}
	if !bytes.Equal(compiled.Memory, interpreted.Memory) {
		i := 0
		for compiled.Memory[i] == interpreted.Memory[i] {
			i++
		}
		return fmt.Sprintf("byte %d of memory is %#x after compiled code, %#x after the interpreter", i, compiled.Memory[i], interpreted.Memory[i])
	}
	return ""
}

func orReturn(o *Outcome) string {
	if o.Trap == "" {
		return "a return"
	}
	return o.Trap
}
