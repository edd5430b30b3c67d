// Package engine joins compiler and runtime: functions of package ir go in, Go funcs come out.
//
//	e, err := engine.New(nil)           // the machine that runs, with all its features
//	err = e.Host("print", func(x int64) { fmt.Println(x) })
//	err = e.Add(f)                      // an *ir.Func, which may call %print
//	err = e.Link()
//	add, err := jit.Func[func(int64, int64) int64](e.Module, "add")
//
// It is thin: who needs more control uses packages compile and jit themselves.
package engine

import (
	"fmt"

	"davit/asm"
	"davit/compile"
	"davit/ir"
	"davit/ir/op"
	"davit/jit"
	"davit/settings"
	"davit/vcode"
)

// Engine compiles functions into a module of its own. It must not be used by two goroutines at once; the module may.
type Engine struct {
	// Module holds the compiled functions, and what else the program adds to it.
	Module *jit.Module
	// KeepListings makes Add keep the listing of each function, with labels and comments, for Module.Disassemble.
	KeepListings bool

	target compile.Target
	ctx    compile.Context
	group  compile.Group
}

// needed are settings that native stacks ask for: a frame of more than 64 KiB is touched in such steps from its top.
var needed = []string{"enable_probestack=true", "probestack_strategy=inline", "probestack_size_log2=16"}

// New returns an engine for the machine that runs. flags may be nil, which stands for the defaults and all features of
// the machine. Frame pointers are always kept, because walks and profilers follow them most easily; a jit.Module itself needs
// none. Large frames are probed, so that they cannot reach past the guard below a native stack.
func New(flags *settings.Flags, opts ...jit.Option) (*Engine, error) {
	native := settings.Native()
	if flags == nil {
		native.SetBool(settings.EnableMultiRetImplicitSret, true)
		native.SetBool(settings.EnableLLVMABIExtensions, true)
		flags = &native
	}
	fl := *flags
	fl.SetBool(settings.PreserveFramePointers, true)
	for _, s := range needed {
		if err := fl.SetShared(s); err != nil {
			return nil, err
		}
	}
	t, err := compile.NewTarget(fl.Arch().String(), &fl)
	if err != nil {
		return nil, err
	}
	m, err := jit.NewModule(opts...)
	if err != nil {
		return nil, err
	}
	return &Engine{Module: m, target: t}, nil
}

// Add compiles f and defines it in the module under its linkage name. Link makes it callable.
func (e *Engine) Add(f *ir.Func) error {
	e.ctx.Listing = e.KeepListings
	code, err := e.ctx.Compile(f, e.target)
	if err != nil {
		return fmt.Errorf("%v: %w", f.Name, err)
	}
	if e.KeepListings {
		code.Listing = e.ctx.Disassembly()
	}
	sig, err := Signature(&f.Sig, e.target)
	if err != nil {
		return fmt.Errorf("%v: %w", f.Name, err)
	}
	return e.define(f, sig, code)
}

// Declare announces a function that is defined later, perhaps more than once: see jit.Module.Declare.
func (e *Engine) Declare(name string, sig *ir.Signature) error {
	s, err := Signature(sig, e.target)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return e.Module.Declare(name, s)
}

// Host adds a host function given as an ordinary Go function, of the convention system_v: see jit.Module.Host.
func (e *Engine) Host(name string, fn any) error { return e.Module.Host(name, fn) }

// HostRaw adds a host function in the raw form, with any signature of CLIF: see jit.Module.HostRaw.
func (e *Engine) HostRaw(name string, sig *ir.Signature, fn jit.HostFunc) error {
	s, err := Signature(sig, e.target)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return e.Module.HostRaw(name, s, fn)
}

// AddAll compiles functions side by side, on all processors, and defines them as Add does, in order, but without listings. If
// some fail, the error joins those of all, and none is defined.
func (e *Engine) AddAll(fns []*ir.Func) error {
	codes, err := e.group.Compile(fns, e.target)
	if err != nil {
		return err
	}
	for i, f := range fns {
		sig, err := Signature(&f.Sig, e.target)
		if err == nil {
			err = e.define(f, sig, codes[i])
		}
		if err != nil {
			return fmt.Errorf("%v: %w", f.Name, err)
		}
	}
	return nil
}

func (e *Engine) define(f *ir.Func, sig jit.Signature, code *asm.Code) error {
	return e.Module.Define(f.Name.Linkage(), sig, code)
}

// Link resolves all references, so that the functions added so far can be called.
func (e *Engine) Link() error { return e.Module.Link() }

// Close frees the module.
func (e *Engine) Close() error { return e.Module.Close() }

// Signature translates a signature for calls from Go.
func Signature(sig *ir.Signature, t compile.Target) (jit.Signature, error) {
	p, err := compile.Places(sig, t)
	if err != nil {
		return jit.Signature{}, err
	}
	out := jit.Signature{StackBytes: p.StackBytes, CalleePops: p.CalleePops, AreaBytes: p.AreaBytes, AreaReg: p.AreaReg}
	if out.Params, err = values(sig.Params, p.Params, jit.Stack); err != nil {
		return out, err
	}
	out.Results, err = values(sig.Returns, p.Results, jit.Area)
	return out, err
}

// kinds are the machine-level kinds of the scalar types.
var kinds = map[op.Type]jit.Kind{
	op.I8: jit.I8, op.I16: jit.I16, op.I32: jit.I32, op.I64: jit.I64, op.I128: jit.I128,
	op.F16: jit.F16, op.F32: jit.F32, op.F64: jit.F64, op.F128: jit.F128,
}

func values(ps []ir.Param, places [][]vcode.Part, memory jit.Place) ([]jit.Param, error) {
	out := make([]jit.Param, len(ps))
	for i, p := range ps {
		k, ok := kinds[p.Type]
		if p.Type.IsVector() && p.Type.Bits() == 128 {
			k, ok = jit.V128, true
		}
		if !ok {
			return nil, fmt.Errorf("values of type %v cannot be passed between Go and compiled code", p.Type)
		}
		out[i] = jit.Param{Kind: k, Ext: exts[p.Ext]}
		for _, q := range places[i] {
			t := jit.Part{Place: memory, Bytes: q.Bytes, Offset: q.Offset}
			if q.InReg {
				t = jit.Part{Place: jit.IntReg, Reg: q.Reg, Bytes: q.Bytes}
				if q.Class == asm.Float {
					t.Place = jit.FloatReg
				}
			}
			out[i].Parts = append(out[i].Parts, t)
		}
	}
	return out, nil
}

var exts = [...]jit.Ext{ir.NoExt: jit.NoExt, ir.Uext: jit.ZeroExt, ir.Sext: jit.SignExt}
