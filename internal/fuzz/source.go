package fuzz

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"

	"davit/compile"
	"davit/filetest"
	"davit/internal/randfunc"
	"davit/internal/reduce"
	"davit/interp"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
	"davit/ir/text"
	"davit/ir/verify"
	"davit/opt"
	"davit/settings"
)

// checker tests a source and says what has gone wrong, with the stack of a panic. Choices follow from the seed.
type checker func(src []byte, seed uint64) (msg, trace string)

// sourceRunner tests damaged sources.
type sourceRunner struct {
	files [][]byte
	make  func() (checker, error)
	check checker
}

// onSources makes a target of a checker.
func onSources(check func() (checker, error)) func(Config) (runner, error) {
	return func(c Config) (runner, error) {
		s := &sourceRunner{files: c.Files, make: check}
		return s, s.reset()
	}
}

func (s *sourceRunner) reset() (err error) {
	s.check, err = s.make()
	return err
}

func (s *sourceRunner) run(_ context.Context, seed uint64) (int, *Finding) {
	src := s.source(seed)
	if msg, trace := s.try(src, seed); msg != "" {
		return 1, &Finding{Message: msg, Trace: trace, Source: src}
	}
	return 1, nil
}

func (s *sourceRunner) shrink(ctx context.Context, f *Finding, progress func()) *Finding {
	key := filetest.WithoutNumbers(f.Message)
	small := reduce.Lines(ctx, f.Source, func(src []byte) bool {
		progress()
		msg, _ := s.try(src, f.Seed)
		return filetest.WithoutNumbers(msg) == key
	}, nil)
	msg, trace := s.try(small, f.Seed)
	if msg == "" {
		return f
	}
	return &Finding{Message: msg, Trace: trace, Source: small}
}

// try checks a source; a panic is something that goes wrong.
func (s *sourceRunner) try(src []byte, seed uint64) (msg, trace string) {
	defer func() {
		if p := recover(); p != nil {
			msg, trace = fmt.Sprintf("panic: %v", p), string(debug.Stack())
			if err := s.reset(); err != nil {
				msg += "; " + err.Error()
			}
		}
	}()
	return s.check(src, seed)
}

func (s *sourceRunner) source(seed uint64) []byte {
	r := randfunc.FromSeed(seed)
	src := s.plain(r)
	if r.N(4) > 0 {
		src = oneFunction(r, src)
	}
	return Mutate(r, src, s.plain(r))
}

// oneFunction returns a source with only one of its functions, so that there is something wrong with most.
func oneFunction(r *randfunc.Source, src []byte) []byte {
	const word = "\nfunction "
	parts := bytes.Split(append([]byte{'\n'}, src...), []byte(word))
	if len(parts) == 1 {
		return src
	}
	return slices.Concat(parts[0], []byte(word), parts[1+r.N(len(parts)-1)], []byte("\n"))
}

// plain returns an undamaged source.
func (s *sourceRunner) plain(r *randfunc.Source) []byte {
	if len(s.files) > 0 && r.N(4) > 0 {
		return randfunc.Pick(r, s.files)
	}
	c := randfunc.Default
	c.Funcs, c.Blocks, c.Insts = 1+r.N(3), 1+r.N(6), 1+r.N(8)
	c.PinnedReg, c.FramePointers = r.N(4) == 0, r.N(4) == 0
	var b []byte
	for _, f := range randfunc.Generate(r, c) {
		b = append(b, f.String()...)
	}
	return b
}

// newText checks that printing and parsing is the identity on whatever can be parsed.
func newText() (checker, error) {
	return func(src []byte, _ uint64) (string, string) { return CheckText(src), "" }, nil
}

func printAll(file *text.File, mode ir.PrintMode) []byte {
	var b []byte
	for _, f := range file.Funcs {
		b = f.AppendTo(b, mode)
	}
	return b
}

// CheckText parses a source, prints what could be parsed, and parses and prints that again, and copies of it; it says
// what differs.
func CheckText(src []byte) string {
	file, _ := text.Parse(src, text.Options{})
	once := printAll(file, ir.Lossless)
	again, errs := text.Parse(once, text.Options{})
	if err := errs.Err(); err != nil {
		return fmt.Sprintf("what is printed cannot be parsed: %v", err)
	}
	if twice := printAll(again, ir.Lossless); !bytes.Equal(once, twice) {
		return "printed, parsed and printed again it is different:\n" + differentLine(once, twice)
	}
	if a, b := printAll(file, ir.Reference), printAll(again, ir.Reference); !bytes.Equal(a, b) {
		return "printed as the reference does, it is different once it has been printed and parsed:\n" + differentLine(a, b)
	}
	for _, f := range file.Funcs {
		if a, b := f.AppendTo(nil, ir.Lossless), f.Clone().AppendTo(nil, ir.Lossless); !bytes.Equal(a, b) {
			return "a copy is different:\n" + differentLine(a, b)
		}
	}
	return ""
}

// differentLine returns the first lines in which two texts differ.
func differentLine(a, b []byte) string {
	x, y := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	for i := range min(len(x), len(y)) {
		if !bytes.Equal(x[i], y[i]) {
			return fmt.Sprintf("%s\n%s", x[i], y[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(x), len(y))
}

// verifyOptions are those for this machine.
var verifyOptions = verify.Options{HasISA: true, PointerType: op.I64}

// newVerify checks that nothing makes the verifier and the passes panic, and that valid functions stay valid.
func newVerify() (checker, error) {
	var ver verify.Context
	var passes opt.Context
	return func(src []byte, _ uint64) (string, string) {
		file, _ := text.Parse(src, text.Options{NoComments: true})
		for _, f := range file.Funcs {
			before := f.String()
			errs := ver.Func(f.Func, verifyOptions)
			for _, e := range errs {
				_ = e.In(f.Func)
			}
			if f.String() != before {
				return "verifying changes the function", ""
			}
			if len(errs) > 0 {
				continue
			}
			verify.Lint(f.Func)
			g := f.Clone()
			passes.RemoveUnreachable(g)
			passes.RemoveConstantParams(g)
			opt.ResolveAliases(g)
			if err := ver.Func(g, verifyOptions).Err(); err != nil {
				return fmt.Sprintf("after passes a valid function is not valid: %v\n%s", err, g), ""
			}
		}
		return "", ""
	}, nil
}

// newInterp executes functions with random arguments in the interpreter.
func newInterp() (checker, error) {
	return func(src []byte, seed uint64) (msg, trace string) {
		file, _ := text.Parse(src, text.Options{NoComments: true, NoPositions: true})
		r := randfunc.FromSeed(seed)
		msg, trace = execute(file, r, interp.Options{})
		if msg == "" {
			o := interp.Options{Moving: true, BigEndian: r.N(2) == 0, CanonicalNaN: r.N(2) == 0, Strict: r.N(2) == 0, Vary: uint8(r.N(9))}
			msg, trace = execute(file, r, o)
		}
		return msg, trace
	}, nil
}

// execute calls every function of a file. Every outcome but a mistake of the interpreter is fine.
func execute(file *text.File, r *randfunc.Source, o interp.Options) (msg, trace string) {
	var funcs []*ir.Func
	for _, f := range file.Funcs {
		funcs = append(funcs, f.Func)
	}
	o.Fuel, o.MaxDepth, o.StackSize, o.HeapSize = 5000, 50, 1<<16, 1<<16
	m, err := interp.NewModule(funcs, o)
	if err != nil {
		return "", ""
	}
	for _, f := range funcs {
		var args []data.Value
		for _, p := range f.Sig.Params {
			v := data.Zero(p.Type)
			if p.Type.IsValid() && !p.Type.IsDynamic() {
				v = randfunc.Value(r, p.Type)
			}
			args = append(args, v)
		}
		_, err := m.Call(f.Name.Linkage(), args)
		var bug *interp.Bug
		if errors.As(err, &bug) {
			return bug.Error(), bug.Trace
		}
	}
	return "", ""
}

// newTest runs files as file tests, but nothing of them as machine code.
func newTest() (checker, error) {
	commands := slices.DeleteFunc(filetest.Commands(), func(c string) bool { return c == "run" })
	return func(src []byte, _ uint64) (msg, trace string) {
		report, err := filetest.Run([]string{"-"}, filetest.Options{Only: commands, Stdin: bytes.NewReader(src), Jobs: 1, Fuel: 5000})
		if err != nil {
			return err.Error(), ""
		}
		for _, r := range report.Files {
			for _, f := range r.Failures {
				if strings.Contains(f.Msg, "internal error") {
					return f.Msg, ""
				}
			}
		}
		return "", ""
	}, nil
}

// inputChecker sends files through everything.
type inputChecker struct {
	targets []compile.Target
	ctx     compile.Context
	ver     verify.Context
}

func newInput() (checker, error) {
	x := &inputChecker{}
	x.ctx.CheckAllocation = true
	for _, preset := range []string{"baseline", "icelake-server"} {
		fl := settings.Default(settings.X86_64)
		if err := fl.Set(preset); err != nil {
			return nil, err
		}
		if preset != "baseline" {
			fl.SetBool(settings.EnableLLVMABIExtensions, true)
			fl.SetBool(settings.EnableMultiRetImplicitSret, true)
			fl.SetBool(settings.PreserveFramePointers, true)
			fl.SetBool(settings.EnablePinnedReg, true)
		}
		t, err := compile.NewTarget("x86_64", &fl)
		if err != nil {
			return nil, err
		}
		x.targets = append(x.targets, t)
	}
	return x.bounded, nil
}

// allocated returns how many bytes have been allocated so far.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// What an input may make the program allocate: so much in any case, and so much per byte.
const (
	freeBytes    = 64 << 20
	bytesPerByte = 200
)

// bounded is all with a bound for memory.
func (x *inputChecker) bounded(src []byte, seed uint64) (msg, trace string) {
	before := allocated()
	msg, trace = x.all(src, seed)
	if n := allocated() - before; msg == "" && n > freeBytes+bytesPerByte*uint64(len(src)) {
		msg = fmt.Sprintf("%d bytes of memory for an input of %d bytes", n, len(src))
	}
	return msg, trace
}

// all does everything with a source and says what has gone wrong.
func (x *inputChecker) all(src []byte, seed uint64) (msg, trace string) {
	file, _ := text.Parse(src, text.Options{})
	fl := settings.Default(settings.X86_64)
	for _, d := range file.Header {
		if d.Kind == text.Set && fl.Set(strings.Join(d.Args, " ")) != nil {
			break
		}
	}
	for i, f := range file.Funcs {
		f.AppendTo(nil, ir.Reference)
		f.AppendTo(nil, ir.Lossless)
		x.ver.Func(f.Func, verify.Options{})
		_, err := x.ctx.Compile(f.Func, x.targets[(seed+uint64(i))%uint64(len(x.targets))])
		var bug *compile.InternalError
		if errors.As(err, &bug) {
			return bug.Error(), string(bug.Stack)
		}
	}
	return execute(file, randfunc.FromSeed(seed), interp.Options{})
}
