package difftest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"davit/compile"
	"davit/internal/randfunc"
	"davit/internal/rulec/rule"
	"davit/ir"
	"davit/ir/verify"
	"davit/settings"
)

// levelSpecs are the levels of the instruction set of x86-64, each with the features that it adds to baseline.
var levelSpecs = []struct{ name, features string }{
	{"baseline", ""},
	{"sse3", "sse3"},
	{"ssse3", "ssse3"},
	{"sse41", "sse41"},
	{"sse42", "sse42 has_popcnt has_cmpxchg16b"},
	{"avx", "sse42 has_popcnt has_cmpxchg16b has_avx"},
	{"fma", "sse42 has_popcnt has_cmpxchg16b has_avx has_fma has_bmi1 has_lzcnt"},
	{"avx2", "haswell"},
	{"v3", "x86-64-v3"},
	{"alderlake", "alderlake"},
	{"skylake-avx512", "skylake-avx512"},
	{"v4", "x86-64-v4"},
	{"znver4", "znver4"},
	{"icelake", "icelake-server has_avx_vnni"},
	{"mixed", ""}, // any features
}

// level is a level that the machine has.
type level struct {
	name    string
	flags   settings.Flags
	support *Support
}

// Fuzzer compares random functions in compiled and interpreted form. It serves one goroutine.
type Fuzzer struct {
	native settings.Flags
	levels []level
	base   *Support
	ctx    compile.Context
}

// NewFuzzer returns a Fuzzer for the levels whose names are given; all that the machine has if there are none.
func NewFuzzer(names ...string) (*Fuzzer, error) {
	z := &Fuzzer{native: settings.Native()}
	z.ctx.CheckAllocation = true
	flags := baseFlags()
	t, err := compile.NewTarget("x86_64", &flags)
	if err != nil {
		return nil, err
	}
	z.base = NewSupport(t, nil)
	known := map[string]bool{}
	for _, s := range levelSpecs {
		known[s.name] = true
		fl := baseFlags()
		for _, f := range strings.Fields(s.features) {
			if err := fl.Set(f); err != nil {
				return nil, err
			}
		}
		if len(fl.Missing(&z.native)) > 0 || len(names) > 0 && !slices.Contains(names, s.name) {
			continue
		}
		l := level{name: s.name, flags: fl}
		if t, err = compile.NewTarget("x86_64", &fl); err != nil {
			return nil, err
		}
		l.support = NewSupport(t, z.base)
		z.levels = append(z.levels, l)
	}
	for _, n := range names {
		if !known[n] {
			return nil, fmt.Errorf("unknown level %q; there are %s", n, strings.Join(LevelNames(), ", "))
		}
	}
	if len(z.levels) == 0 {
		return nil, errors.New("this machine has none of the levels")
	}
	return z, nil
}

// LevelNames returns the names of all levels.
func LevelNames() []string {
	var names []string
	for _, s := range levelSpecs {
		names = append(names, s.name)
	}
	return names
}

func baseFlags() settings.Flags {
	fl := settings.Default(settings.X86_64)
	fl.SetBool(settings.EnableMultiRetImplicitSret, true)
	fl.SetBool(settings.EnableLLVMABIExtensions, true)
	return fl
}

// Result is what came of one seed.
type Result struct {
	Level     string
	Functions int // compiled and called
	Calls     int
	Limits    int      // calls that the interpreter did not finish
	Lacking   string   // why the module could not be compiled: it was taken for supported
	Finding   *Finding // nil if all was well
}

// Finding is a difference between compiled code and the interpreter, or a failure of either.
type Finding struct {
	Seed     uint64
	Level    string
	Settings string // other than the defaults, as Flags.Set takes them, separated by spaces
	Message  string
	Funcs    []*ir.Func
	Fn       int // index of the function called, -1 if it came to no call
	Input    Input
	Trace    string // of a panic
}

// randomOptions are the options of pairs of random functions.
func randomOptions(vary bool) Options {
	constants := make([]byte, randfunc.ConstantBytes)
	for i := range constants {
		constants[i] = byte(i * 0x4d)
	}
	return Options{Fuel: 1 << 20, Stack: 8 << 20, Vary: vary, Data: []Datum{
		{Name: randfunc.MemorySymbol, Bytes: randfunc.MemoryBytes},
		{Name: randfunc.ConstantSymbol, Bytes: randfunc.ConstantBytes, Initial: constants},
	}}
}

// randomInput makes arguments, fuel, and the start of the memory.
func randomInput(src *randfunc.Source, sig *ir.Signature) Input {
	memory := make([]byte, randfunc.FuelBytes+48)
	memory[0] = byte(5 + src.N(40))
	for k := range memory[randfunc.FuelBytes:] {
		memory[randfunc.FuelBytes+k] = byte(src.N(256))
	}
	in := Input{Memory: map[string][]byte{randfunc.MemorySymbol: memory}}
	for i, q := range sig.Params {
		switch q.Purpose {
		case ir.Normal:
			in.Args = append(in.Args, Arg{Value: randfunc.Value(src, q.Type)})
		case ir.VMContext:
			in.Args = append(in.Args, Arg{Symbol: randfunc.MemorySymbol, Offset: randfunc.FuelBytes})
		default:
			in.Args = append(in.Args, Arg{Symbol: randfunc.MemorySymbol, Offset: randfunc.FuelBytes + 8*int64(i)})
		}
	}
	return in
}

// callsPerFunction is how often each function is called.
const callsPerFunction = 3

// Run makes the module of a seed and compares its two forms. ctx bounds the calls of compiled code.
func (z *Fuzzer) Run(ctx context.Context, seed uint64) Result {
	l := &z.levels[seed%uint64(len(z.levels))]
	return z.run(ctx, seed, l, randfunc.FromSeed(seed))
}

// Trace makes the Fuzzer count the selection rules that are used.
func (z *Fuzzer) Trace() *rule.Trace {
	z.ctx.RuleTrace = rule.New(len(compile.Rules(settings.X86_64)))
	return z.ctx.RuleTrace
}

// RunBytes is Run with choices that a fuzzer makes.
func (z *Fuzzer) RunBytes(ctx context.Context, b []byte) Result {
	src := randfunc.FromBytes(b)
	return z.run(ctx, 0, &z.levels[src.N(len(z.levels))], src)
}

// choice is what is chosen for a module: the settings, and the module.
type choice struct {
	flags   settings.Flags
	finding Finding // what it is should there be one
}

func (z *Fuzzer) choose(seed uint64, l *level, src *randfunc.Source) choice {
	fl, set, support := z.chooseFlags(src, l)
	funcs := randfunc.Generate(src, configFor(src, &fl, support))
	return choice{fl, Finding{Seed: seed, Level: l.name, Settings: set, Funcs: funcs, Fn: -1}}
}

// Module returns what Run tests, without doing it.
func (z *Fuzzer) Module(seed uint64) *Finding {
	c := z.choose(seed, &z.levels[seed%uint64(len(z.levels))], randfunc.FromSeed(seed))
	return &c.finding
}

func (z *Fuzzer) run(ctx context.Context, seed uint64, l *level, src *randfunc.Source) Result {
	c := z.choose(seed, l, src)
	res, finding := Result{Level: l.name}, &c.finding
	t, err := compile.NewTarget("x86_64", &c.flags)
	if err != nil {
		finding.Message = err.Error()
		res.Finding = finding
		return res
	}
	p, err := NewPair(&z.ctx, t, finding.Funcs, len(finding.Funcs), randomOptions(false))
	var lacking *compile.Unsupported
	if errors.As(err, &lacking) {
		res.Lacking = lacking.Error()
		return res
	}
	if err != nil {
		finding.Message, finding.Trace = describe(err)
		res.Finding = finding
		return res
	}
	defer p.Close()
	z.callAll(ctx, p, src, &res, finding)
	return res
}

// configFor chooses what modules look like.
func configFor(src *randfunc.Source, fl *settings.Flags, support *Support) randfunc.Config {
	cfg := randfunc.Default
	cfg.Target = support
	cfg.CanonicalNaN = fl.Bool(settings.EnableNaNCanonicalization)
	cfg.PinnedReg = fl.Bool(settings.EnablePinnedReg)
	cfg.FramePointers = fl.Bool(settings.PreserveFramePointers)
	cfg.Funcs = 1 + src.N(6)
	switch src.N(25) {
	case 1: // many values at a time
		cfg.Insts, cfg.Blocks = 60, 5
	case 2:
		cfg.Insts, cfg.Blocks = 25, 25
	}
	return cfg
}

// describe returns the message of an error and the stack of the panic, if it was one.
func describe(err error) (msg, trace string) {
	var bug *compile.InternalError
	var list verify.ErrorList
	switch {
	case errors.As(err, &bug):
		return bug.Error(), string(bug.Stack)
	case errors.As(err, &list):
		return "the function is not valid: " + err.Error(), ""
	}
	return err.Error(), ""
}

// callAll calls every function of a pair with random arguments.
func (z *Fuzzer) callAll(ctx context.Context, p *Pair, src *randfunc.Source, res *Result, finding *Finding) {
	for i, f := range p.funcs {
		res.Functions++
		for range callsPerFunction {
			in := randomInput(src, &f.Sig)
			want := p.Interpret(i, &in)
			res.Calls++
			if want.Limit != nil {
				if isLimit(want.Limit) {
					res.Limits++
					continue
				}
				finding.Fn, finding.Input, finding.Message = i, in, "interpreter: "+want.Limit.Error()
				res.Finding = finding
				return
			}
			got := p.Run(ctx, i, &in)
			if msg := Compare(&got, &want); msg != "" {
				finding.Fn, finding.Input, finding.Message = i, in, msg
				res.Finding = finding
				return
			}
		}
	}
}
