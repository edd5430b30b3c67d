package compile

import (
	"fmt"
	"runtime/debug"
	"time"

	"davit/asm"
	"davit/internal/rulec/rule"
	"davit/ir"
	"davit/ir/flow"
	"davit/ir/op"
	"davit/ir/verify"
	isax64 "davit/isa/x64"
	"davit/regalloc"
	"davit/regalloc/check"
	"davit/settings"
	mapcheck "davit/stackmap/check"
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
	Places(sig *ir.Signature) (*vcode.Places, error)
	SetTrace(*rule.Trace)
}

type target struct {
	flags settings.Flags
	make  func(*settings.Flags) (machine, error)
}

func (t *target) Name() string              { return t.flags.Arch().String() }
func (t *target) Flags() *settings.Flags    { return &t.flags }
func (t *target) PointerType() op.Type      { return op.Int(t.flags.Arch().PointerBits()) }
func (t *target) machine() (machine, error) { return t.make(&t.flags) }

// backend is the code generation for an architecture.
type backend struct {
	make  func(*settings.Flags) (machine, error)
	rules func() []rule.Info
}

// backends are the architectures that there is code generation for.
var backends = map[settings.Arch]backend{
	settings.X86_64: {func(f *settings.Flags) (machine, error) { return isax64.New(f) }, isax64.Rules},
}

// Rules lists the selection rules of an architecture; there are none if there is no code generation for it.
func Rules(a settings.Arch) []rule.Info {
	if b, ok := backends[a]; ok {
		return b.rules()
	}
	return nil
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
	b, ok := backends[t.Arch]
	if !ok {
		return nil, &Unsupported{ISA: t.Arch.String(), What: "code generation"}
	}
	return &target{*flags, b.make}, nil
}

// Places says where t passes the parameters and results of a signature.
func Places(sig *ir.Signature, t Target) (*vcode.Places, error) {
	m, err := t.machine()
	if err != nil {
		return nil, err
	}
	return m.Places(sig)
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

// Phase is a part of compilation.
type Phase uint8

// The phases, in order.
const (
	Verify Phase = iota
	Lower
	Allocate
	CheckAllocation
	Emit
	CheckMaps
	numPhases
)

var phaseNames = [numPhases]string{"verify", "lower", "allocate", "check allocation", "emit", "check stack maps"}

// String returns the name of the phase.
func (p Phase) String() string { return phaseNames[p] }

// Context compiles functions one after the other and owns all scratch. The zero value is ready to use. A Context must
// not be used by two goroutines at once; any number of Contexts may work side by side.
type Context struct {
	// CheckAllocation proves the result of register allocation for each function (as the setting regalloc_checker does).
	CheckAllocation bool
	// CheckStackMaps proves, for some functions, that references are where their stack maps say (as the setting
	// stack_map_checker does; the wider choice counts). That the code has the stack maps of the function is always proved.
	CheckStackMaps settings.StackMapChecker
	// Listing keeps what Disassembly needs.
	Listing bool
	// Timing adds up in Times how long the phases take.
	Timing bool
	Times  [numPhases]time.Duration
	// RuleTrace, if not nil, counts the selection rules that are used, and can switch rules off. It must be made for the
	// rules of the architecture that is compiled for; see Rules.
	RuleTrace *rule.Trace

	target Target
	ver    verify.Context
	mach   machine
	lower  vcode.Lowerer
	vf     vcode.Func
	rf     regalloc.Func
	alloc  regalloc.Allocator
	single regalloc.SinglePass
	em     vcode.Emitter
	buf    asm.Buffer
	maps   mapcheck.Checker
	trace  vcode.Trace
	code   *asm.Code
	phase  Phase
	since  time.Time
}

// Compile compiles f for t. The error is an *Unsupported if the target lacks something, and an *InternalError if the
// compiler is at fault; what the verifier finds is a verify.ErrorList, and stack maps that are wrong before lowering are a
// check.ErrorList of package stackmap/check. f is not changed.
func (c *Context) Compile(f *ir.Func, t Target) (code *asm.Code, err error) {
	c.code = nil
	defer func() {
		if r := recover(); r != nil {
			code, err = nil, &InternalError{c.phase.String(), text(f), r, debug.Stack()}
			*c = Context{
				CheckAllocation: c.CheckAllocation, CheckStackMaps: c.CheckStackMaps, Listing: c.Listing, Timing: c.Timing, Times: c.Times,
				RuleTrace: c.RuleTrace,
			}
		}
	}()
	if c.target != t {
		if c.mach, err = t.machine(); err != nil {
			return nil, err
		}
		c.target = t
	}
	c.mach.SetTrace(c.RuleTrace)
	return c.run(f)
}

// enter says which phase is under way from now on.
func (c *Context) enter(p Phase) {
	if c.Timing {
		now := time.Now()
		c.Times[c.phase] += now.Sub(c.since)
		c.since = now
	}
	c.phase = p
}

// run is the pipeline.
func (c *Context) run(f *ir.Func) (*asm.Code, error) {
	flags := c.target.Flags()
	c.phase, c.since = Verify, time.Now()
	if flags.Bool(settings.EnableVerifier) {
		if err := c.verify(f); err != nil {
			return nil, err
		}
	}
	proves := c.provesMaps(f)
	if proves { // while the verifier has left everything in the caches
		c.enter(CheckMaps)
		if err := c.checkMaps(f); err != nil {
			return nil, err
		}
	}
	c.enter(Lower)
	if err := c.lower.Lower(f, c.mach, &c.vf); err != nil {
		return nil, err
	}
	c.enter(Allocate)
	vcode.Collect(&c.vf, c.mach.Descs(), &c.rf)
	var res *regalloc.Result
	var err error
	if flags.RegallocAlgorithm() == settings.SinglePass {
		res, err = c.single.Run(&c.rf, c.mach.Env())
	} else {
		res, err = c.alloc.Run(&c.rf, c.mach.Env())
	}
	if err != nil {
		return nil, c.internal(f, err)
	}
	if c.CheckAllocation || flags.Bool(settings.RegallocChecker) {
		c.enter(CheckAllocation)
		if err := check.Check(&c.rf, c.mach.Env(), res); err != nil {
			return nil, c.internal(f, err)
		}
	}
	c.enter(Emit)
	c.buf.Reset(c.mach.AsmTarget(), len(c.vf.Blocks))
	var trace *vcode.Trace
	if c.Listing {
		c.trace.Insts = c.trace.Insts[:0]
		trace = &c.trace
	}
	if err := c.em.Emit(c.mach, &c.vf, &c.rf, res, &c.buf, trace); err != nil {
		return nil, err
	}
	if c.code, err = c.buf.Finish(); err != nil {
		return nil, c.internal(f, err)
	}
	c.enter(CheckMaps)
	if err := c.checkCode(f, res, proves); err != nil {
		c.code = nil
		return nil, err
	}
	c.enter(Verify)
	return c.code, nil
}

// provesMaps reports whether the stack maps of f are to be proved.
func (c *Context) provesMaps(f *ir.Func) bool {
	which := max(c.CheckStackMaps, c.target.Flags().StackMapChecker())
	return which == settings.CheckAllMaps || which == settings.CheckDeclaredMaps && len(f.NeedsStackMap) > 0
}

// checkMaps proves that the stack maps of f are right.
func (c *Context) checkMaps(f *ir.Func) error {
	var cfg *flow.CFG
	if c.target.Flags().Bool(settings.EnableVerifier) {
		cfg = c.ver.CFG()
	}
	return c.maps.FuncWith(f, cfg).Err()
}

// checkCode proves that the stack maps of the code are those of f, and, if proves is set, that the code keeps its references
// where they say.
func (c *Context) checkCode(f *ir.Func, res *regalloc.Result, proves bool) error {
	m := mapcheck.Compiled{VF: &c.vf, Descs: c.mach.Descs(), Target: c.mach.AsmTarget(), Code: c.code}
	if errs := c.maps.Forwarding(f, &m); len(errs) > 0 {
		return c.internal(f, errs)
	}
	if !proves {
		return nil
	}
	m.RF, m.Res, m.Env = &c.rf, res, c.mach.Env()
	m.ValueRegs, m.HighRegs, m.Alias = c.lower.ValueRegs()
	m.Format = func(dst []byte, in *asm.Inst) []byte { return c.mach.Format(dst, &c.vf, nil, in) }
	if errs := c.maps.Machine(&m); len(errs) > 0 {
		return c.internal(f, errs)
	}
	return nil
}

// verify checks f against the rules of CLIF.
func (c *Context) verify(f *ir.Func) error {
	flags := c.target.Flags()
	return c.ver.Func(f, verify.Options{
		HasISA: true, PointerType: c.target.PointerType(), EnablePinnedReg: flags.Bool(settings.EnablePinnedReg),
		PreserveFramePointers: flags.Bool(settings.PreserveFramePointers),
	}).Err()
}

func (c *Context) internal(f *ir.Func, cause error) error {
	return &InternalError{Phase: c.phase.String(), Func: text(f), Cause: cause}
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
