package filetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"davit/asm"
	"davit/compile"
	"davit/filetest/hostfn"
	"davit/internal/rulec/rule"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/text"
	"davit/jit"
	"davit/jit/libcall"
	"davit/settings"
)

// codegen is the compiler with its scratch.
type codegen struct {
	ctx   compile.Context
	rules *rule.Trace   // counts the selection rules that the functions of a file use; may be nil
	arch  settings.Arch // of the rules
}

// compile compiles a function. An error about something that the compiler lacks is a *skipError.
func (cg *codegen) compile(f *ir.Func, t compile.Target) (*asm.Code, error) {
	code, err := cg.compileRaw(f, t)
	return code, lacking(err)
}

// compileRaw is compile with the errors of the compiler.
func (cg *codegen) compileRaw(f *ir.Func, t compile.Target) (*asm.Code, error) {
	cg.ctx.RuleTrace = nil
	if t.Flags().Arch() == cg.arch {
		cg.ctx.RuleTrace = cg.rules
	}
	f, err := PlaceStackMaps(f, t.Flags())
	if err != nil {
		return nil, err
	}
	return cg.compileTraced(f, t)
}

func (cg *codegen) compileTraced(f *ir.Func, t compile.Target) (*asm.Code, error) {
	cg.ctx.CheckAllocation, cg.ctx.CheckStackMaps, cg.ctx.Listing = true, settings.CheckDeclaredMaps, true
	return cg.ctx.Compile(f, t)
}

// disable switches off selection rules of an architecture.
func (cg *codegen) disable(names []string, arch settings.Arch) error {
	rules := compile.Rules(arch)
	cg.arch, cg.rules = arch, rule.New(len(rules))
	for _, name := range names {
		if !cg.rules.Disable(rules, name) {
			return fmt.Errorf("%v has no rule %q", arch, name)
		}
	}
	return nil
}

// newTarget makes the target that a triple and flags describe.
func newTarget(t settings.Triple, flags *settings.Flags) (compile.Target, error) {
	ct, err := compile.NewTarget(t.String(), flags)
	return ct, lacking(err)
}

// lacking turns an error about something that the compiler lacks into a *skipError.
func lacking(err error) error {
	var u *compile.Unsupported
	if errors.As(err, &u) {
		v := *u
		v.Text = "" // reasons group files
		return &skipError{reason: v.Error(), detail: u.Error()}
	}
	var bug *compile.InternalError
	if errors.As(err, &bug) {
		return &bugError{bug}
	}
	return err
}

// bugError is a bug of the compiler, with the function that provoked it.
type bugError struct{ *compile.InternalError }

func (e *bugError) Error() string {
	var b strings.Builder
	b.WriteString(e.InternalError.Error())
	n := 0
	for line := range strings.Lines(string(e.Stack)) {
		if strings.HasPrefix(line, "davit/") && n < maxPlaces {
			b.WriteString("\n  at " + strings.TrimSpace(line))
			n++
		}
	}
	b.WriteString("\n" + indent(e.Func))
	return b.String()
}

// session is a set of functions, compiled for the machine that runs, linked and ready to be called.
type session struct {
	cg      *codegen
	target  compile.Target
	mod     *jit.Module
	env     *hostfn.Env
	tramps  map[string]*jit.Function
	pending []pendingFunc
	note    func(phase string, fn *text.Function) // told what is under way, may be nil
	limit   time.Duration                         // of a call; 0: none
	slots   []byte
	slotsAt uintptr
}

type pendingFunc struct {
	fn   *text.Function
	code *asm.Code
}

// maxSlots bounds the arguments or results of one call.
const maxSlots = 1024

// nativeStack is the stack that compiled code has, in bytes: as much as a process of the operating system.
const nativeStack = 8 << 20

// newSession makes an empty session. Host functions print to out.
func newSession(cg *codegen, flags *settings.Flags, out io.Writer) (*session, error) {
	native, err := settings.NativeTriple()
	if err != nil {
		return nil, &skipError{reason: err.Error()}
	}
	s := &session{cg: cg, tramps: map[string]*jit.Function{}}
	if s.target, err = newTarget(native, flags); err != nil {
		return nil, err
	}
	if s.mod, err = jit.NewModule(jit.StackSize(nativeStack)); err != nil {
		return nil, err
	}
	s.env = hostfn.New(s.mod, out)
	const slotsName = "slots of calls" // no name of CLIF is spelled like this
	err = s.mod.DefineData(slotsName, make([]byte, maxSlots*slotBytes))
	if err == nil {
		s.slots, err = s.mod.Data(slotsName, maxSlots*slotBytes)
	}
	if err == nil {
		s.slotsAt, err = s.mod.Address(slotsName)
	}
	if err != nil {
		s.mod.Close()
		return nil, &skipError{reason: err.Error()} // there is memory for data wherever code can run
	}
	return s, nil
}

// close frees the code and the heap.
func (s *session) close() { s.mod.Close() }

// jitSignature is the signature under which functions are defined. Go calls trampolines only, so that it matters for
// these alone.
var jitSignature = jit.SystemV([]jit.Kind{jit.I64, jit.I64}, nil)

// addAll compiles functions and links them.
func (s *session) addAll(fns []*text.Function) error {
	for _, fn := range fns {
		s.noting("compile", fn)
		if err := s.add(fn); err != nil {
			return located(fn, err)
		}
	}
	s.noting("link", nil)
	return s.link()
}

func (s *session) noting(phase string, fn *text.Function) {
	if s.note != nil {
		s.note(phase, fn)
	}
}

// add compiles a function and defines it.
func (s *session) add(fn *text.Function) error {
	code, err := s.cg.compile(fn.Func, s.target)
	if skip, ok := err.(*skipError); ok {
		skip.fn = fn
	}
	if err != nil {
		return err
	}
	if err := s.mod.Define(fn.Name.Linkage(), jitSignature, code); err != nil {
		return err
	}
	s.pending = append(s.pending, pendingFunc{fn, code})
	return nil
}

// link makes the functions callable: it adds the host and library functions that they refer to and resolves references.
func (s *session) link() error {
	defined := map[string]bool{}
	for _, p := range s.pending {
		defined[p.fn.Name.Linkage()] = true
	}
	var errs []error
	for _, p := range s.pending {
		for _, sym := range p.code.Symbols {
			if defined[sym.Name] {
				continue
			}
			defined[sym.Name] = true
			ok, err := s.defineHost(sym.Name)
			if err != nil {
				return err
			}
			if !ok {
				errs = append(errs, at(p.fn.Start, fmt.Sprintf(
					"%s refers to %s, which is neither defined in the file nor a function of the host", p.fn.Name, sym.Name)))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	s.pending = nil
	return s.mod.Link()
}

func (s *session) defineHost(name string) (bool, error) {
	if ok, err := s.env.Define(name); ok || err != nil {
		return ok, err
	}
	return libcall.Define(s.mod, name)
}

// trampoline returns the trampoline for a signature.
func (s *session) trampoline(sig *ir.Signature) (*jit.Function, error) {
	key := sig.String()
	if t := s.tramps[key]; t != nil {
		return t, nil
	}
	f, err := trampoline(sig)
	if err != nil {
		return nil, err
	}
	s.cg.ctx.RuleTrace = nil // a trampoline stands in no file
	code, err := s.cg.compileTraced(f, s.target)
	if err != nil {
		return nil, lacking(err)
	}
	name := "trampoline for " + key // no name of CLIF has spaces
	if err := s.mod.Define(name, jitSignature, code); err != nil {
		return nil, err
	}
	if err := s.mod.Link(); err != nil {
		return nil, err
	}
	t, err := s.mod.Lookup(name)
	s.tramps[key] = t
	return t, err
}

// callFunc calls a function of the session.
func (s *session) callFunc(fn *text.Function, args []data.Value) ([]data.Value, error) {
	t, err := s.trampoline(&fn.Sig)
	if err != nil {
		return nil, err
	}
	if n := max(len(args), len(fn.Sig.Returns)); n > maxSlots {
		return nil, fmt.Errorf("%d values to pass, at most %d are possible", n, maxSlots)
	}
	addr, err := s.mod.Address(fn.Name.Linkage())
	if err != nil {
		return nil, err
	}
	for i, a := range args {
		copy(s.slots[i*slotBytes:], a.Bytes())
	}
	ctx := context.Background()
	if s.limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.limit, &timeoutError{s.limit})
		defer cancel()
	}
	if _, err := t.CallContext(ctx, jit.Int64(int64(addr)), jit.Int64(int64(s.slotsAt))); err != nil {
		return nil, err
	}
	results := make([]data.Value, len(fn.Sig.Returns))
	for i, r := range fn.Sig.Returns {
		results[i] = s.slot(i, r)
	}
	return results, nil
}

// timeoutError says that compiled code took too long.
type timeoutError struct{ limit time.Duration }

func (e *timeoutError) Error() string { return fmt.Sprintf("no result after %v", e.limit) }

// slot reads a result.
func (s *session) slot(i int, p ir.Param) data.Value {
	return data.FromBytes(p.Type, s.slots[i*slotBytes:][:slotBytes])
}
