package difftest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"davit/compile"
	"davit/internal/randfunc"
	"davit/interp"
	"davit/ir"
	"davit/ir/op"
	"davit/ir/verify"
	"davit/jit"
	"davit/jit/libcall"
	"davit/settings"
)

// FileOptions say how functions are compared.
type FileOptions struct {
	Flags settings.Flags
	// Runs is the number of calls of each function; 0 means 100.
	Runs int
	Seed uint64
	// Reduce makes the functions of a difference small, too, not only the arguments.
	Reduce bool

	interpret func(f *ir.Func) *ir.Func // see Options
}

// Report is what came of one function.
type Report struct {
	Func     *ir.Func
	Compared int         // calls
	Skipped  string      // why the function could not be compared; empty if it was
	Diff     *Difference // nil if compiled code and interpreter agree
}

// Difference is a call in which compiled code and the interpreter disagree, or a failure of either.
type Difference struct {
	Message string
	Flags   settings.Flags
	Funcs   []*ir.Func // what is needed, the function called first
	Input   Input
	Called  bool    // false: it came to no call
	Want    Outcome // that of the interpreter
	Trace   string  // of a panic
}

// memoryName is the datum that arguments point to: memory with inaccessible memory behind it.
const (
	memoryName  = "memory of arguments" // no name of CLIF
	memoryBytes = jit.PageBytes
)

const defaultRuns = 100

// Differ compares functions of files. It serves one goroutine.
type Differ struct {
	opts   FileOptions
	target compile.Target
	ctx    compile.Context
	ver    verify.Context
	mem    *jit.Memory
}

// NewDiffer returns a Differ for this machine.
func NewDiffer(opts FileOptions) (*Differ, error) {
	if opts.Runs <= 0 {
		opts.Runs = defaultRuns
	}
	triple, err := settings.NativeTriple()
	if err != nil {
		return nil, err
	}
	d := &Differ{opts: opts}
	d.ctx.CheckAllocation = true
	if d.target, err = compile.NewTarget(triple.String(), &d.opts.Flags); err != nil {
		return nil, err
	}
	native := settings.Native()
	if lacks := opts.Flags.Missing(&native); len(lacks) > 0 {
		return nil, fmt.Errorf("this machine lacks %v", lacks)
	}
	d.mem, err = jit.NewMemory(jit.MemoryConfig{Size: memoryBytes, Max: memoryBytes, Guard: true})
	return d, err
}

// Close frees memory.
func (d *Differ) Close() { d.mem.Close() }

// skip is an error that is no difference.
type skip struct{ reason string }

func (s *skip) Error() string { return s.reason }

func skipf(format string, args ...any) error { return &skip{fmt.Sprintf(format, args...)} }

// Func compares function i of a set.
func (d *Differ) Func(funcs []*ir.Func, i int) Report {
	r := Report{Func: funcs[i]}
	c := &comparison{Differ: d, src: randfunc.FromSeed(d.opts.Seed + uint64(i))}
	err := c.setUp(funcs, i)
	if err == nil {
		defer c.pair.Close()
		r.Diff, err = c.run()
		r.Compared = c.compared
	} else if msg, trace := describe(err); !errors.As(err, new(*skip)) {
		r.Diff, err = &Difference{Message: msg, Trace: trace, Flags: d.opts.Flags, Funcs: c.funcs}, nil
	}
	var s *skip
	if errors.As(err, &s) {
		r.Skipped = s.reason
	} else if err != nil {
		r.Skipped = err.Error()
	}
	if r.Diff != nil && d.opts.Reduce {
		c.reduce(r.Diff)
	}
	return r
}

// comparison compares one function.
type comparison struct {
	*Differ
	src      *randfunc.Source
	funcs    []*ir.Func // the function, those that it needs, and stubs
	own      int        // number of those that are no stubs
	data     []Datum
	pair     *Pair
	roles    []role
	callees  []string // per parameter: the stub that its value is to be the address of, or ""
	wide     bool     // there are atomic accesses of 16 bytes, for which addresses must be aligned
	compared int
}

// setUp collects what function i needs and compiles it.
func (c *comparison) setUp(funcs []*ir.Func, i int) error {
	c.funcs = []*ir.Func{funcs[i]}
	names := map[string]*ir.Func{}
	for _, f := range funcs {
		if n := f.Name.Linkage(); f == funcs[i] || names[n] == nil && f.Name != funcs[i].Name {
			names[n] = f
		}
	}
	for k := 0; k < len(c.funcs); k++ {
		f := c.funcs[k]
		if err := c.usable(f); err != nil {
			if k == 0 {
				return err
			}
			c.funcs = slices.Delete(c.funcs, k, k+1) // a stub takes its place
			delete(names, f.Name.Linkage())
			k--
			continue
		}
		for _, n := range references(f) {
			if g := names[n]; g != nil && !slices.Contains(c.funcs, g) && fits(f, g) {
				c.funcs = append(c.funcs, g)
			}
		}
	}
	c.own = len(c.funcs)
	if err := c.addStubs(); err != nil {
		return err
	}
	return c.compile()
}

// fits reports whether f calls g, if at all, with the signature that g has.
func fits(f, g *ir.Func) bool {
	for i := range f.ExtFuncs {
		e := &f.ExtFuncs[i]
		if e.Declared && f.LinkageName(e.Name) == g.Name.Linkage() && !f.Sigs[e.Sig].Equal(&g.Sig) {
			return false
		}
	}
	return true
}

// compile makes the pair.
func (c *comparison) compile() error {
	var err error
	c.pair, err = NewPair(&c.ctx, c.target, c.funcs, 1, Options{
		Fuel: 1 << 20, Stack: 8 << 20, Vary: true, Data: c.data,
		interpret: c.opts.interpret,
	})
	return lacking(err)
}

// usable reports why a function can be neither called nor called by another one.
func (c *comparison) usable(f *ir.Func) error {
	fl := &c.opts.Flags
	opts := verify.Options{HasISA: true, PointerType: op.I64, EnablePinnedReg: fl.Bool(settings.EnablePinnedReg),
		PreserveFramePointers: fl.Bool(settings.PreserveFramePointers)}
	if err := c.ver.Func(f, opts).Err(); err != nil {
		return skipf("it is not valid: %v", err)
	}
	for i := range f.GlobalValues {
		if f.GlobalValues[i].TLS {
			return skipf("it needs thread-local data")
		}
	}
	if f.StackLimit != ir.NoGlobalValue {
		return skipf("it has a stack limit, which the interpreter does not know")
	}
	for b := range f.Blocks() {
		for i := range f.Insts(b) {
			if o := f.Data(i).Op; o == op.Debugtrap {
				return skipf("%v stops the program natively only", o)
			}
		}
	}
	_, err := c.ctx.Compile(f, c.target)
	return lacking(err)
}

// lacking turns an error of the compiler into a reason to skip the function, unless it is a bug.
func lacking(err error) error {
	var u *compile.Unsupported
	switch {
	case errors.As(err, &u):
		v := *u
		v.Text = "" // reasons group functions
		return skipf("%v", v.Error())
	case err == nil, errors.As(err, new(*compile.InternalError)):
		return err
	}
	return skipf("it cannot be compiled: %v", err)
}

// references returns the linkage names that a function refers to.
func references(f *ir.Func) []string {
	var names []string
	for i := range f.ExtFuncs {
		if f.ExtFuncs[i].Declared {
			names = append(names, f.LinkageName(f.ExtFuncs[i].Name))
		}
	}
	for i := range f.GlobalValues {
		if f.GlobalValues[i].Kind == ir.GVSymbol {
			names = append(names, f.LinkageName(f.GlobalValues[i].Name))
		}
	}
	return names
}

// defined reports whether a name needs no stub.
func (c *comparison) defined(name string) bool {
	for _, f := range c.funcs {
		if f.Name.Linkage() == name {
			return true
		}
	}
	switch name {
	case randfunc.Observe, randfunc.Throw, randfunc.Roots:
		return true
	}
	return slices.Contains(libcall.Names(), name)
}

// addStubs adds stubs for functions and data that nobody defines, and for parameters that are called.
func (c *comparison) addStubs() error {
	c.data = append(stubData(c.src), Datum{Name: memoryName, Bytes: memoryBytes, Memory: c.mem})
	for _, f := range c.funcs[:c.own] {
		tags := tagsOf(f)
		for i := range f.ExtFuncs {
			e := &f.ExtFuncs[i]
			if !e.Declared || c.defined(f.LinkageName(e.Name)) {
				continue
			}
			if e.Name.Kind == ir.LibCallName || e.Name.Kind == ir.KnownSymbol {
				return skipf("there is no library function %s", f.LinkageName(e.Name))
			}
			c.addStub(funcName(f, e.Name), &f.Sigs[e.Sig], tags)
		}
		for i := range f.GlobalValues {
			g := &f.GlobalValues[i]
			if g.Kind != ir.GVSymbol || c.defined(f.LinkageName(g.Name)) {
				continue
			}
			name := f.LinkageName(g.Name)
			if !slices.ContainsFunc(c.data, func(d Datum) bool { return d.Name == name }) {
				c.data = append(c.data, Datum{Name: name, Bytes: 4096})
			}
		}
	}
	f := c.funcs[0]
	c.roles = roles(f)
	c.wide = slices.ContainsFunc(c.funcs[:c.own], hasWideAtomics)
	for i, r := range c.roles {
		c.callees = append(c.callees, "")
		if r.callee != ir.NoSig && f.Sig.Params[i].Type == op.I64 {
			c.callees[i] = fmt.Sprintf("davit_stub_%d", i)
			c.addStub(ir.FuncName{Name: c.callees[i]}, &f.Sigs[r.callee], tagsOf(f))
		}
	}
	return nil
}

func hasWideAtomics(f *ir.Func) bool {
	for b := range f.Blocks() {
		for i := range f.Insts(b) {
			switch d := f.Data(i); d.Op {
			case op.AtomicLoad, op.AtomicStore, op.AtomicRmw, op.AtomicCas:
				if d.Type == op.I128 {
					return true
				}
			}
		}
	}
	return false
}

func (c *comparison) addStub(name ir.FuncName, sig *ir.Signature, tags []uint32) {
	if _, throws := sig.CallConv.ExceptionPayloads(); !throws {
		tags = nil
	}
	c.funcs = append(c.funcs, stub(name, sig, tags))
}

func funcName(f *ir.Func, n ir.ExtName) ir.FuncName {
	if n.Kind == ir.UserExtName {
		u := f.UserNames[n.User]
		return ir.FuncName{User: true, Namespace: u.Namespace, Index: u.Index}
	}
	return ir.FuncName{Name: n.Name}
}

// tagsOf returns the tags of exceptions that a function catches.
func tagsOf(f *ir.Func) []uint32 {
	var tags []uint32
	for i := range f.ExTables {
		for _, it := range f.ExTables[i].Items {
			if it.Kind == ir.ExTag && !slices.Contains(tags, it.Tag) {
				tags = append(tags, it.Tag)
			}
			if it.Kind == ir.ExDefault && !slices.Contains(tags, 0) {
				tags = append(tags, 0)
			}
		}
	}
	return tags
}

// Why runs of a function could not be compared.
const (
	whyEndless = "it takes more than a million instructions"
	whyWild    = "it accesses memory that it was not given"
	whyBroken  = "it accesses or calls bad addresses, but promises not to"
)

// maxFruitless is after how many calls without any that could be compared it is not worth going on.
const maxFruitless = 30

// run calls the function with many arguments.
func (c *comparison) run() (*Difference, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	why := map[string]int{}
	for n := range c.opts.Runs {
		in := c.input(n)
		msg, reason, err := c.compare(ctx, &in)
		switch {
		case err != nil:
			return nil, err
		case reason != "":
			if why[reason]++; c.compared == 0 && n >= maxFruitless {
				return nil, skipf("%s", mostFrequent(why))
			}
			continue
		}
		c.compared++
		if msg != "" {
			return c.difference(ctx, in), nil
		}
	}
	if c.compared == 0 {
		return nil, skipf("%s", mostFrequent(why))
	}
	return nil, nil
}

func mostFrequent(why map[string]int) string {
	best := ""
	for r, n := range why {
		if n > why[best] || n == why[best] && r < best {
			best = r
		}
	}
	return best
}

// compare calls both forms. The message is empty if they do the same; reason says why that cannot be told.
func (c *comparison) compare(ctx context.Context, in *Input) (msg, reason string, err error) {
	want := c.pair.Interpret(0, in)
	var beyond *interp.Unsupported
	var invalid *interp.Invalid
	switch {
	case errors.As(want.Limit, &invalid):
		return "", "", skipf("the interpreter: %s", invalid.Msg)
	case errors.As(want.Limit, &beyond):
		return "", "", skipf("the interpreter: %s", beyond.What)
	case isLimit(want.Limit):
		return "", whyEndless, nil
	case want.Limit != nil:
		return "interpreter: " + want.Limit.Error(), "", nil
	case want.Broken:
		return "", whyBroken, nil
	case want.Wild && !c.faults(want.Addr):
		return "", whyWild, nil
	}
	undefined, nans := c.pair.Undefined(0, in, &want)
	if undefined != "" && !nans {
		return "", "it " + undefined, nil
	}
	got := c.pair.Run(ctx, 0, in)
	msg = Compare(&got, &want)
	if msg != "" && nans {
		if sameButNaNs(&got, &want) {
			return "", "", nil
		}
		return "", "it " + undefined, nil
	}
	return msg, "", nil
}

// faults reports whether an access to addr certainly faults in compiled code, too: behind the memory that arguments point
// to, in the first page, and where no process has memory.
func (c *comparison) faults(addr uint64) bool {
	const upper, vsyscall = 1 << 47, 0xffff_ffff_ff60_0000
	end := uint64(c.mem.Base()) + memoryBytes
	return addr < 4096 || addr >= upper && addr&^0xfff != vsyscall || addr >= end && addr < end+1<<31
}

// sameButNaNs reports whether two outcomes agree except for the bits of NaNs among the results.
func sameButNaNs(a, b *Outcome) bool {
	x, y := *a, *b
	x.Results, y.Results = nil, nil
	if Compare(&x, &y) != "" {
		return false
	}
	for i, v := range a.Results {
		w := b.Results[i]
		for k := range v.Type().Lanes() {
			l, m := v.Lane(k), w.Lane(k)
			if l != m && !(isNaN(l) && isNaN(m)) {
				return false
			}
		}
	}
	return true
}
