// Package compile makes machine code of expanded programs, by way of frontend, gc and engine.
package compile

import (
	"context"
	"fmt"
	"sync"

	"davit/engine"
	"davit/examples/scheme/internal/analyze"
	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/expand"
	"davit/examples/scheme/internal/rt"
	"davit/examples/scheme/internal/syntax"
	"davit/frontend"
	"davit/frontend/safepoint"
	"davit/gc"
	"davit/ir"
	"davit/ir/op"
	"davit/jit"
	"davit/settings"
)

// Options steer a compiler.
type Options struct {
	// Polls puts a safepoint at the start of each procedure and of each turn of a loop, so that under stress everything
	// moves there, too.
	Polls bool
	// Closed says that units are whole programs, whose procedures nobody defines anew.
	Closed bool
	// Verify checks each function as it is built and compiled, and proves that its stack maps are right.
	Verify bool
	// Stack is the size in bytes that the native stack may grow to.
	Stack int
	// Inspect, if not nil, is called with each function before it is compiled.
	Inspect func(f *ir.Func) error
}

// Compiler compiles one unit after the other into a module.
type Compiler struct {
	opts   Options
	m      *rt.Machine
	engine *engine.Engine
	b      *frontend.Builder
	e      *gc.Emitter

	consts  map[*ast.Const]int
	symbols map[syntax.Symbol]int
	names   map[string]int // how often a name of code has been used
	helpers map[string]bool
	todo    []func() error // helpers to be made
	hosts   map[string]rt.Host
	procs   []newProc // code made since the last Link
	statics map[*ast.Lambda]int
	enter   *jit.Function

	redefined []*ast.Global // variables of the unit that do not hold the procedure any more that calls know

	mu    sync.Mutex
	codes map[uint64]*rt.Code
}

// newProc is a procedure whose address is to be noted.
type newProc struct {
	symbol string
	code   *rt.Code
	root   int // root word that holds its only closure, or -1
}

// New makes a compiler for programs that run on a machine.
func New(m *rt.Machine, opts Options) (*Compiler, error) {
	flags := settings.Native()
	flags.SetBool(settings.EnablePinnedReg, true)
	flags.SetBool(settings.EnableVerifier, opts.Verify)
	if opts.Verify {
		flags.SetBool(settings.RegallocChecker, true)
		flags.SetStackMapChecker(settings.CheckAllMaps)
	}
	eng, err := engine.New(&flags, jit.StackSize(opts.Stack))
	if err != nil {
		return nil, err
	}
	c := &Compiler{opts: opts, m: m, engine: eng, consts: map[*ast.Const]int{}, symbols: map[syntax.Symbol]int{},
		names: map[string]int{}, helpers: map[string]bool{}, hosts: map[string]rt.Host{}, statics: map[*ast.Lambda]int{},
		codes: map[uint64]*rt.Code{}}
	c.b = frontend.NewBuilder(frontend.Options{Check: opts.Verify, Safepoints: safepoint.Late})
	c.e = rt.Spec.Emitter(c.b, gc.Pinned(c.b))
	for _, h := range rt.Hosts() {
		c.hosts[h.Name] = h
	}
	m.Describe = c.describe
	if err = gc.Define(eng.Module); err == nil {
		err = m.Define(eng.Module, hostPrefix)
	}
	if err == nil {
		err = c.makeEnter()
	}
	if err != nil {
		eng.Close()
		return nil, err
	}
	return c, nil
}

// Close frees the code.
func (c *Compiler) Close() error { return c.engine.Close() }

// Module returns the module that holds the code.
func (c *Compiler) Module() *jit.Module { return c.engine.Module }

// describe returns what is known of the code at an address.
func (c *Compiler) describe(code uint64) *rt.Code {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.codes[code]
}

// Program is a compiled unit: what is to be run, one after the other.
type Program struct {
	c     *Compiler
	Inits []uint64
	Forms []uint64
}

// Unit compiles a unit.
func (c *Compiler) Unit(u *expand.Unit) (*Program, error) {
	var top []*ast.Lambda
	thunks := func(list []ast.Expr, name string) []*ast.Lambda {
		var ls []*ast.Lambda
		for _, e := range list {
			ls = append(ls, &ast.Lambda{Name: name, Body: e, Loc: syntax.NoLoc, TopLevel: true})
		}
		return ls
	}
	inits, forms := thunks(u.Inits, "library"), thunks(u.Forms, "top level")
	top = append(append(append(top, u.Procs...), inits...), forms...)
	for _, l := range top {
		l.Body = analyze.Simplify(l.Body)
	}
	code := analyze.Analyze(top)
	for _, l := range append(inits, forms...) {
		l.Escapes, l.Called = false, true
	}
	for _, l := range code {
		c.name(l)
	}
	for _, l := range code {
		if err := c.procedure(l); err != nil {
			return nil, err
		}
	}
	for _, l := range u.Procs {
		if err := c.global(l); err != nil {
			return nil, err
		}
	}
	if err := c.redefine(); err != nil {
		return nil, err
	}
	if err := c.link(); err != nil {
		return nil, err
	}
	p := &Program{c: c}
	for i, l := range append(inits, forms...) {
		a, err := c.engine.Module.Address(l.Symbol)
		if err != nil {
			return nil, err
		}
		if i < len(inits) {
			p.Inits = append(p.Inits, uint64(a))
		} else {
			p.Forms = append(p.Forms, uint64(a))
		}
	}
	return p, nil
}

// Run runs a form of a program and returns its value, which is valid until something else runs. The context can stop it.
func (p *Program) Run(ctx context.Context, code uint64) (gc.Word, error) {
	words := []uint64{uint64(p.c.m.Heap.Context()), code}
	if err := p.c.m.Heap.CallContext(ctx, p.c.enter, words); err != nil {
		return 0, err
	}
	return gc.Word(words[0]), nil
}

// schemePrefix begins the names of the code of procedures.
const schemePrefix = "scheme "

// name gives a procedure the name of its code.
func (c *Compiler) name(l *ast.Lambda) {
	name := l.Name
	for p := l.Parent; p != nil; p = p.Parent {
		if name == "" {
			name = "lambda"
		}
		if !p.Loop {
			name += " in " + p.Symbol[len(schemePrefix):]
			break
		}
	}
	if name == "" {
		name = "lambda"
	}
	unique := name
	for c.names[unique] > 0 { // the name may also be one that was made so
		c.names[name]++
		unique = fmt.Sprintf("%s #%d", name, c.names[name])
	}
	c.names[unique]++
	l.Symbol = schemePrefix + unique
	if l.Global != nil {
		l.Global.Symbol = l.Symbol
	}
}

// link makes helpers that are still missing and links what has been compiled.
func (c *Compiler) link() error {
	for len(c.todo) > 0 {
		f := c.todo[len(c.todo)-1]
		c.todo = c.todo[:len(c.todo)-1]
		if err := f(); err != nil {
			return err
		}
	}
	if err := c.engine.Link(); err != nil {
		return err
	}
	for _, p := range c.procs {
		a, err := c.engine.Module.Address(p.symbol)
		if err != nil {
			return err
		}
		c.mu.Lock()
		c.codes[uint64(a)] = p.code
		c.mu.Unlock()
		if p.root >= 0 {
			if err := c.makeClosure(uint64(a), p.root); err != nil {
				return err
			}
		}
	}
	c.procs = c.procs[:0]
	return nil
}

// makeClosure puts the closure of a procedure without free variables into a root word.
func (c *Compiler) makeClosure(code uint64, root int) error {
	h := c.m.Heap
	if err := h.Enter(); err != nil {
		return err
	}
	defer h.Leave()
	w, err := h.New(rt.LayProc, 0, rt.TagProc)
	if err != nil {
		return err
	}
	h.Store(w, 0, gc.Word(code))
	h.SetRoot(root, w)
	return nil
}

// global makes the closure that a global variable holds from the start.
func (c *Compiler) global(l *ast.Lambda) error {
	slot, err := c.slot(l.Global)
	if err != nil {
		return err
	}
	if !l.Global.Fixed {
		if err := c.forward(l); err != nil {
			return err
		}
	}
	c.procs = append(c.procs, newProc{genericPrefix + l.Symbol, arity(l), slot})
	return nil
}

// slot returns the root word of a global variable.
func (c *Compiler) slot(g *ast.Global) (int, error) {
	if g.Slot < 0 {
		n, err := c.m.Heap.AddRoot(rt.Undefined)
		if err != nil {
			return 0, err
		}
		g.Slot = n
	}
	return g.Slot, nil
}

func arity(l *ast.Lambda) *rt.Code {
	code := &rt.Code{Name: l.Name, Min: len(l.Params), Max: len(l.Params)}
	if l.Rest != nil {
		code.Max = -1
		if l.MaxArgs > 0 {
			code.Max = l.MaxArgs
		}
	}
	return code
}

// makeEnter makes the function by which Go calls code: it puts the context into the pinned register.
func (c *Compiler) makeEnter() error {
	b := c.b
	sig := wordSig(2, ir.SystemV)
	b.Reset(ir.NewFunc(ir.FuncName{Name: enterName}, sig))
	entry := b.CreateBlock()
	b.SwitchToBlock(entry)
	b.SealBlock(entry)
	p := append([]ir.Value{}, b.AppendFuncParams(entry)...)
	b.SetPinnedReg(p[0])
	call := b.CallIndirect(b.ImportSignature(wordSig(0, ir.Tail)), p[1])
	b.Return(b.Result(call))
	if err := c.add(); err != nil {
		return err
	}
	if err := c.engine.Link(); err != nil {
		return err
	}
	var err error
	c.enter, err = c.engine.Module.Lookup(enterName)
	return err
}

const enterName = "enter"

// add ends the function under construction and compiles it.
func (c *Compiler) add() error {
	f := c.b.Func()
	if err := c.b.Finalize(); err != nil {
		return err
	}
	if c.opts.Inspect != nil {
		if err := c.opts.Inspect(f); err != nil {
			return err
		}
	}
	return c.engine.Add(f)
}

// wordSig is the signature of a function of n words with one as result.
func wordSig(n int, cc ir.CallConv) ir.Signature {
	s := ir.Signature{Params: make([]ir.Param, n), Returns: []ir.Param{{Type: op.I64}}, CallConv: cc}
	for i := range s.Params {
		s.Params[i].Type = op.I64
	}
	return s
}
