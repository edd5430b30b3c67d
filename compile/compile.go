package compile

import (
	"fmt"
	"runtime/debug"

	"davit/asm"
	"davit/ir"
	"davit/ir/op"
	isax64 "davit/isa/x64"
	"davit/regalloc"
	"davit/regalloc/check"
	"davit/settings"
	"davit/vcode"
)

// Unsupported says that a target has no code for an instruction, a type or a signature.
type Unsupported = vcode.Unsupported

// Target is a machine with a set of flags. It is immutable and may be shared.
type Target interface {
	// Name is the name of the architecture, such as "x86_64".
	Name() string
	// Flags are the settings that the target was made with.
	Flags() *settings.Flags
	// PointerType is the type of addresses.
	PointerType() op.Type

	machine() (machine, error)
}

// machine is what one compilation needs of an architecture.
type machine interface {
	vcode.Target
	AsmTarget() *asm.Target
}

type target struct {
	flags settings.Flags
	make  func(*settings.Flags) (machine, error)
}

func (t *target) Name() string              { return t.flags.Arch().String() }
func (t *target) Flags() *settings.Flags    { return &t.flags }
func (t *target) PointerType() op.Type      { return op.Int(t.flags.Arch().PointerBits()) }
func (t *target) machine() (machine, error) { return t.make(&t.flags) }

// backends are the architectures that there is code generation for.
var backends = map[settings.Arch]func(*settings.Flags) (machine, error){
	settings.X86_64: func(f *settings.Flags) (machine, error) { return isax64.New(f) },
}

// NewTarget returns the target for a triple ("x86_64", "x86_64-unknown-linux-gnu") and flags, which must be for the same
// architecture.
func NewTarget(triple string, flags *settings.Flags) (Target, error) {
	t, err := settings.ParseTriple(triple)
	if err != nil {
		return nil, err
	}
	if flags.Arch() != t.Arch {
		return nil, fmt.Errorf("flags are for %v, the target is %v", flags.Arch(), t.Arch)
	}
	mk := backends[t.Arch]
	if mk == nil {
		return nil, &Unsupported{ISA: t.Arch.String(), What: "code generation"}
	}
	return &target{*flags, mk}, nil
}

// InternalError is a bug of the compiler that a function brought to light.
type InternalError struct {
	Phase string // what was under way: lower, allocate, emit …
	Func  string // the function as CLIF
	Cause any
	Stack []byte
}

// Error names the phase and the cause. The function's text is in Func.
func (e *InternalError) Error() string {
	return fmt.Sprintf("internal error while the compiler was in phase %q: %v", e.Phase, e.Cause)
}

// Context compiles functions one after the other and owns all scratch. The zero value is ready to use. A Context must
// not be used by two goroutines at once; any number of Contexts may work side by side.
type Context struct {
	// CheckAllocation proves the result of register allocation for each function (as the setting regalloc_checker does).
	CheckAllocation bool
	// Listing keeps what Disassembly needs.
	Listing bool

	target Target
	mach   machine
	lower  vcode.Lowerer
	vf     vcode.Func
	rf     regalloc.Func
	alloc  regalloc.Allocator
	em     vcode.Emitter
	buf    asm.Buffer
	trace  vcode.Trace
	code   *asm.Code
	phase  string
}

// Compile compiles f for t. The error is an *Unsupported if the target lacks something, and an *InternalError if the
// compiler is at fault. f is not changed.
func (c *Context) Compile(f *ir.Func, t Target) (code *asm.Code, err error) {
	c.code = nil
	defer func() {
		if r := recover(); r != nil {
			code, err = nil, &InternalError{c.phase, text(f), r, debug.Stack()}
			*c = Context{CheckAllocation: c.CheckAllocation, Listing: c.Listing}
		}
	}()
	if c.target != t {
		if c.mach, err = t.machine(); err != nil {
			return nil, err
		}
		c.target = t
	}
	return c.run(f)
}

// run is the pipeline.
func (c *Context) run(f *ir.Func) (*asm.Code, error) {
	c.phase = "lower"
	if err := c.lower.Lower(f, c.mach, &c.vf); err != nil {
		return nil, err
	}
	c.phase = "allocate"
	vcode.Collect(&c.vf, c.mach.Descs(), &c.rf)
	res, err := c.alloc.Run(&c.rf, c.mach.Env())
	if err != nil {
		return nil, c.internal(f, err)
	}
	if c.CheckAllocation || c.target.Flags().Bool(settings.RegallocChecker) {
		c.phase = "check allocation"
		if err := check.Check(&c.rf, c.mach.Env(), res); err != nil {
			return nil, c.internal(f, err)
		}
	}
	c.phase = "emit"
	c.buf.Reset(c.mach.AsmTarget(), len(c.vf.Blocks))
	var trace *vcode.Trace
	if c.Listing {
		c.trace.Insts = c.trace.Insts[:0]
		trace = &c.trace
	}
	if err := c.em.Emit(c.mach, &c.vf, &c.rf, res, &c.buf, trace); err != nil {
		return nil, err
	}
	c.phase = "finish"
	if c.code, err = c.buf.Finish(); err != nil {
		return nil, c.internal(f, err)
	}
	return c.code, nil
}

func (c *Context) internal(f *ir.Func, cause error) error {
	return &InternalError{Phase: c.phase, Func: text(f), Cause: cause}
}

// text prints f even if printing is what fails.
func text(f *ir.Func) (s string) {
	defer func() {
		if r := recover(); r != nil {
			s = fmt.Sprintf("function %v: %v", f.Name, r)
		}
	}()
	return f.String()
}
