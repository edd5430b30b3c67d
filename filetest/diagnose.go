package filetest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"davit/compile"
	"davit/filetest/hostfn"
	"davit/internal/reduce"
	"davit/internal/softfloat"
	"davit/internal/u128"
	"davit/interp"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/text"
	"davit/jit"
	"davit/settings"
)

// FaultKind tells apart what can go wrong with a file.
type FaultKind string

// The kinds of faults, in the order in which [Diagnoser.Source] looks for them.
const (
	NoFault     FaultKind = ""
	ParseFault  FaultKind = "parse"  // the text is no CLIF, or its header or directives are wrong
	VerifyFault FaultKind = "verify" // a function breaks rules of CLIF
	CrashFault  FaultKind = "crash"  // a bug of ours: a panic, or a checker that rejects what a phase has made
	ErrorFault  FaultKind = "error"  // a function cannot be compiled
	ResultFault FaultKind = "result" // compiled code does not do what the interpreter does
)

// FaultKinds lists the kinds of faults that a program can have.
var FaultKinds = []FaultKind{VerifyFault, CrashFault, ErrorFault, ResultFault}

// Fault is what goes wrong with a file.
type Fault struct {
	Kind FaultKind
	// Keys say what exactly goes wrong, without what may change when the file shrinks: one for each thing that does. The
	// first one is that of Msg.
	Keys []string
	Msg  string
}

// Again reports whether g is the same fault: its first key is among those of g, and g has none that f has not.
func (f *Fault) Again(g *Fault) bool {
	if f.Kind != g.Kind || len(f.Keys) == 0 || !slices.Contains(g.Keys, f.Keys[0]) {
		return false
	}
	return !slices.ContainsFunc(g.Keys, func(k string) bool { return !slices.Contains(f.Keys, k) })
}

// add enters something that goes wrong.
func (f *Fault) add(kind FaultKind, key, msg string) {
	if f.Kind == NoFault {
		f.Kind, f.Msg = kind, msg
	}
	if !slices.Contains(f.Keys, key) {
		f.Keys = append(f.Keys, key)
	}
}

// Diagnoser finds out what goes wrong with files. The zero value is ready. It serves one goroutine.
type Diagnoser struct {
	// Prepare, if not nil, changes functions before they are compiled, as passes do; the interpreter gets them as they are.
	Prepare func(fn *text.Function) error
	// Disable names selection rules that are not used.
	Disable []string
	// Lax compares results even if the program reads bytes of stack slots that it has not written, or accesses the stack
	// outside of slots.
	Lax bool
	// Fuel bounds the instructions of a call in the interpreter; 0 means 16 million. A call that takes more is no fault. One
	// of compiled code is, if the interpreter ends in a small part of the time.
	Fuel int64

	w *worker
}

const (
	diagnosisFuel = 1 << 24
	// Compiled code has this time, and so many times that of the interpreter.
	leastTime  = 250 * time.Millisecond
	timeFactor = 20
)

// Source looks for a fault of a file: it parses, verifies and compiles it for its first target, and if that is the machine
// that runs, makes the calls of its directives, whose comparisons do not count, in compiled code and in the interpreter. A
// file without a target is only verified.
func (g *Diagnoser) Source(src []byte) (fault *Fault) {
	if g.w == nil {
		g.w = newWorker(&Options{})
	}
	j := &job{worker: g.w, pair: pair{test: &test{line: 1}}, src: src, phase: "parse"}
	fault = &Fault{}
	defer func() {
		if e := recover(); e != nil {
			place := ""
			if places := panicPlaces(); len(places) > 0 {
				place, _, _ = strings.Cut(places[0], " ")
			}
			fault = &Fault{}
			fault.add(CrashFault, WithoutNumbers(j.phase+": "+fmt.Sprint(e))+" in "+place, j.panicked(e).Msg)
		}
	}()
	file, errs := text.Parse(src, text.Options{})
	j.file = file
	h, err := parseHeader(file.Header, nil)
	if err = errors.Join(errs.Err(), err); err != nil {
		fault.add(ParseFault, WithoutNumbers(err.Error()), err.Error())
		return fault
	}
	if len(h.targets) > 0 {
		j.target = &h.targets[0]
		j.flags = &j.target.flags
	}
	if g.verify(j, fault); fault.Kind != NoFault || j.target == nil {
		return fault
	}
	prepared := g.prepare(j, fault)
	if g.compile(j, prepared, fault); fault.Kind == NoFault {
		g.run(j, prepared, fault)
	}
	return fault
}

func (g *Diagnoser) verify(j *job, fault *Fault) {
	opts := j.verifyOptions()
	for _, fn := range j.file.Funcs {
		j.phase, j.fn = "verify", fn
		for _, e := range j.verifier.Func(fn.Func, opts) {
			fault.add(VerifyFault, e.Rule, fmt.Sprintf("%s: %s", fn.Name, e.In(fn.Func)))
		}
	}
}

// prepare returns the functions that are to be compiled.
func (g *Diagnoser) prepare(j *job, fault *Fault) []*text.Function {
	if g.Prepare == nil {
		return j.file.Funcs
	}
	var fns []*text.Function
	for _, fn := range j.file.Funcs {
		j.phase, j.fn = "prepare", fn
		c := *fn
		c.Func = fn.Clone()
		if err := g.Prepare(&c); err != nil {
			fault.add(ErrorFault, WithoutNumbers(err.Error()), err.Error())
		}
		fns = append(fns, &c)
	}
	return fns
}

// compile compiles functions. Crashes come before other errors.
func (g *Diagnoser) compile(j *job, fns []*text.Function, fault *Fault) {
	t, err := compile.NewTarget(j.target.triple.String(), j.flags)
	if err == nil && len(g.Disable) > 0 {
		err = j.cg.disable(g.Disable, j.target.triple.Arch)
	}
	if err != nil {
		fault.add(ErrorFault, WithoutNumbers(err.Error()), err.Error())
		return
	}
	var crash Fault
	for _, fn := range fns {
		j.phase, j.fn = "compile", fn
		_, err := j.cg.compileRaw(fn.Func, t)
		var bug *compile.InternalError
		switch {
		case errors.As(err, &bug):
			crash.add(CrashFault, bugKey(bug), bug.Error())
		case err != nil:
			fault.add(ErrorFault, WithoutNumbers(err.Error()), fmt.Sprintf("%s: %v", fn.Name, err))
		}
	}
	if crash.Kind != NoFault {
		*fault = crash
	}
}

// bugKey names a bug by phase and message, and that of a panic by the function where it arose as well. What a checker
// says depends on how registers were allocated, so that only the phase counts.
func bugKey(bug *compile.InternalError) string {
	if bug.Phase == compile.CheckAllocation.String() || bug.Phase == compile.CheckMaps.String() {
		return bug.Phase
	}
	key := WithoutNumbers(bug.Phase + ": " + fmt.Sprint(bug.Cause))
	_, panicked, _ := strings.Cut(string(bug.Stack), "\npanic(")
	for line := range strings.Lines(panicked) {
		if name, ok := cutCall(line); ok && strings.HasPrefix(line, "davit/") {
			return key + " in " + name
		}
	}
	return key
}

// cutCall returns the name of the function of a line such as "davit/isa/x64.(*lowerer).amode(0xc000, 0x1)".
func cutCall(line string) (string, bool) {
	i := strings.LastIndexByte(line, '(')
	if i < 0 {
		return "", false
	}
	return line[:i], true
}

var (
	hexNumber = regexp.MustCompile(`\b0x[0-9a-f_]+`)
	number    = regexp.MustCompile(`[0-9]+`)
	quoted    = regexp.MustCompile("`[^`]*`|\"[^\"]*\"")
	ourPlace  = regexp.MustCompile(`(?m)^\s*[0-9]+(:[0-9]+)?: `)
	instText  = regexp.MustCompile(`: v[0-9]+(, v[0-9]+)* = .*`)
)

// WithoutNumbers takes from a message what depends on the numbering of entities and on places in a file.
func WithoutNumbers(msg string) string {
	msg, _, _ = strings.Cut(ourPlace.ReplaceAllString(msg, ""), "\n")
	msg, _, _ = strings.Cut(msg, "; path: ") // of package stackmap/check
	msg = instText.ReplaceAllString(msg, "")
	return number.ReplaceAllString(hexNumber.ReplaceAllString(quoted.ReplaceAllString(msg, "`X`"), "N"), "N")
}

// run compares compiled code with the interpreter.
func (g *Diagnoser) run(j *job, prepared []*text.Function, fault *Fault) {
	j.phase, j.fn = "run", nil
	if j.target.triple.Arch != j.native.Arch() || len(j.flags.Missing(&j.native)) > 0 || j.flags.Bool(settings.EnablePinnedReg) {
		return
	}
	var ds []*directive
	for _, fn := range j.file.Funcs {
		list, err := directives(fn)
		if err != nil {
			fault.add(ParseFault, WithoutNumbers(err.Error()), err.Error())
			return
		}
		ds = append(ds, list...)
	}
	if len(ds) == 0 {
		return
	}
	s, err := newSession(&j.cg, j.flags, io.Discard)
	if err == nil {
		defer s.close()
		err = s.addAll(prepared)
	}
	if err != nil {
		fault.add(ErrorFault, WithoutNumbers(err.Error()), err.Error())
		return
	}
	for _, d := range ds {
		j.phase, j.fn = "interpret", d.fn
		start := time.Now()
		want, ok := g.interpret(j, d)
		if !ok {
			continue
		}
		j.phase = "run"
		s.limit = leastTime + timeFactor*time.Since(start)
		got := nativeOutcome(s.callFunc(d.fn, d.args))
		if key := want.differs(&got); key != "" {
			fault.add(ResultFault, key, fmt.Sprintf("%s: compiled code gives %v, the interpreter %v", d, &got, &want))
		}
	}
}

// interpret makes a call in the interpreter. It is false if the outcome is no matter of the program alone: if it takes
// too long, calls what the interpreter does not know, or depends on addresses and the like.
func (g *Diagnoser) interpret(j *job, d *directive) (o outcome, ok bool) {
	for vary := range uint8(3) {
		in, err := newInterp(j.file.Funcs, j.flags, interp.Options{
			Host: hostfn.ForInterpreter(io.Discard), Fuel: cmp.Or(g.Fuel, diagnosisFuel), Vary: vary, Strict: !g.Lax,
			CanonicalNaN: j.flags.Bool(settings.EnableNaNCanonicalization),
		})
		if err != nil {
			return outcome{}, false
		}
		again := interpreted(in.call(d.fn, d.args))
		if again.end == undefined || vary > 0 && o.differs(&again) != "" {
			return outcome{}, false
		}
		o = again
	}
	return o, true
}

// Observe makes the calls of a program in the interpreter and returns what values of its functions, by number, were at first
// and at last; see [reduce.Options].
func (g *Diagnoser) Observe(p *reduce.Program) func(fn int, v ir.Value) (first, last data.Value, ok bool) {
	var funcs []*ir.Func
	for i := range p.Funcs {
		funcs = append(funcs, p.Funcs[i].Func)
	}
	m, err := interp.NewModule(funcs, interp.Options{
		Host: hostfn.ForInterpreter(io.Discard), Fuel: cmp.Or(g.Fuel, diagnosisFuel), Record: true,
	})
	if err != nil {
		return func(int, ir.Value) (first, last data.Value, ok bool) { return }
	}
	for i := range p.Funcs {
		for _, c := range p.Funcs[i].Calls {
			_, _ = m.Call(funcs[i].Name.Linkage(), c.Args) // also values on the way to a trap are of interest
		}
	}
	return func(fn int, v ir.Value) (first, last data.Value, ok bool) {
		return m.Recorded(funcs[fn].Name.Linkage(), v)
	}
}

// Expect gives the calls of a program the results that the interpreter gives as what is expected. Calls that do not return
// are to be printed.
func (g *Diagnoser) Expect(p *reduce.Program) error {
	file, errs := text.Parse(p.Text(), text.Options{})
	h, err := parseHeader(file.Header, nil)
	if err := errors.Join(errs.Err(), err); err != nil || len(h.targets) == 0 {
		return err
	}
	j := &job{file: file, pair: pair{flags: &h.targets[0].flags}}
	for i, fn := range file.Funcs {
		ds, err := directives(fn)
		if err != nil {
			return err
		}
		for k, d := range ds {
			o, _ := g.interpret(j, d)
			c := &p.Funcs[i].Calls[k]
			c.Print, c.Negated, c.Want = o.end != returned, false, o.values
		}
	}
	return nil
}

// ending tells how a call ends.
type ending string

const (
	returned  ending = "returns"
	trapped   ending = "traps"
	threw     ending = "throws"
	hung      ending = "does not end"
	undefined ending = ""
)

// outcome is how a call ends, and with what.
type outcome struct {
	end    ending
	code   string // of a trap; tag and payload of an exception
	values []data.Value
}

// String describes the outcome.
func (o *outcome) String() string {
	switch o.end {
	case returned:
		return data.FormatList(o.values)
	case trapped, threw:
		return o.code
	}
	return "no result"
}

func interpreted(vs []data.Value, err error) outcome {
	var trap *interp.Trap
	var exc *interp.Exception
	var bug *interp.Bug
	switch {
	case err == nil:
		return outcome{end: returned, values: vs}
	case errors.As(err, &bug):
		panic(bug.Error())
	case errors.As(err, &trap):
		return outcome{end: trapped, code: "trap " + trap.Code.String()}
	case errors.As(err, &exc):
		return outcome{end: threw, code: fmt.Sprintf("exception with tag %d", exc.Tag)}
	}
	return outcome{}
}

func nativeOutcome(vs []data.Value, err error) outcome {
	var trap *jit.Trap
	var exc *jit.Exception
	var late *timeoutError
	switch {
	case err == nil:
		return outcome{end: returned, values: vs}
	case errors.As(err, &trap):
		return outcome{end: trapped, code: "trap " + trap.Code.String()}
	case errors.As(err, &exc):
		return outcome{end: threw, code: fmt.Sprintf("exception with tag %d", exc.Tag)}
	case errors.As(err, &late):
		return outcome{end: hung}
	}
	return outcome{end: undefined, code: err.Error()}
}

// differs says in which way what compiled code does differs from o; it is empty if it does not.
func (o *outcome) differs(native *outcome) string {
	switch {
	case o.end != native.end:
		return fmt.Sprintf("compiled code %s, the interpreter %s", native.end, o.end)
	case o.code != native.code:
		return "they end with different codes"
	case !slices.EqualFunc(o.values, native.values, sameValue):
		return "the results differ"
	}
	return ""
}

// sameValue reports whether two values are equal, where all NaNs are.
func sameValue(a, b data.Value) bool {
	t := a.Type()
	if a == b || !t.Lane().IsFloat() {
		return a == b
	}
	for i := range t.Lanes() {
		x, y := a.Lane(i), b.Lane(i)
		if x != y && !(isNaN(x) && isNaN(y)) {
			return false
		}
	}
	return true
}

func isNaN(v data.Value) bool {
	lo, hi := v.Bits()
	return softfloat.ForBits(v.Type().Bits()).IsNaN(u128.Uint128{Lo: lo, Hi: hi})
}
