package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"davit/filetest"
	"davit/internal/reduce"
	"davit/ir/text"
	"davit/settings"
)

// bugpointOptions are the flags of the command.
type bugpointOptions struct {
	command string
	out     string
	calls   []string
	passes  []string
	disable []string
	set     []string
	timeout time.Duration
	verbose bool
}

func newBugpoint() *cobra.Command {
	var o bugpointOptions
	cmd := &cobra.Command{
		Use:   "bugpoint FILE TARGET [SETTING...]",
		Short: "Shrink a file that fails to a small one that fails in the same way",
		Long: `Bugpoint finds out what goes wrong with a file on a target, and then leaves out and simplifies whatever it can while the
same still goes wrong. It prints the result: a file test with the target and only the settings that matter. A file named
"-" is standard input. These are the failures that it knows, in the order in which it looks for them:

  verify   a function breaks a rule of CLIF; the same rule must be broken
  crash    a phase of the compiler panics, or a checker rejects what a phase has made; the phase, the message without
           numbers and the function that panics must stay the same
  error    a function cannot be compiled; the message without numbers must stay the same
  result   of a call, compiled code makes something else than the interpreter does. The calls are those of the file's
           "run:" and "print:" comments, or those of --call; what a comment expects does not matter. Results that depend on
           addresses, on memory that nothing has been stored to, or on the bits of NaNs count as equal
  hang     an answer takes longer than --timeout
  death    the process dies

TARGET is a triple such as x86_64, or native, which means all features of this machine. The settings of the file's
header, SETTINGs and --set apply. With --pass, the functions run through passes before they are compiled. Everything is done
in a second process, so that compiled code that goes wild does no harm.

With --cmd a command of the shell decides, and neither a target nor correct CLIF is needed: it gets the name of a file as
$1, and must exit with status 0 as long as the file is of interest. The result is printed with the header as it was.

The result depends on nothing but the input, unless the failure itself does.`,
		Example: `  davit bugpoint wrong.clif native -o small.clif
  davit bugpoint --cmd 'davit compile --target x86_64 -D "$1" | grep -q idiv' big.clif`,
		Args: func(cmd *cobra.Command, args []string) error {
			if o.command != "" {
				return cobra.ExactArgs(1)(cmd, args)
			}
			return cobra.MinimumNArgs(2)(cmd, args)
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
			switch len(args) {
			case 0:
				return completeFiles(cmd, args, prefix)
			case 1:
				return completeTarget(cmd, args, prefix)
			}
			return settingNames(args[1])
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.command, "cmd", "", "let a shell `command` decide whether a file, $1, is of interest")
	flags.StringVarP(&o.out, "output", "o", "-", "write the result to a `file`")
	flags.StringArrayVar(&o.calls, "call", nil, "make this `call` instead of those of the file, as in '%f(1, 2)' (repeatable)")
	flags.StringArrayVar(&o.passes, "pass", nil, "run this `pass` of \"davit pass\" before compiling (repeatable)")
	flags.StringArrayVar(&o.disable, "disable", nil, "select instructions without a `rule` of \"davit rules\" (repeatable)")
	flags.StringArrayVar(&o.set, "set", nil, "add a `setting`: NAME, NAME=VALUE or a preset (repeatable)")
	flags.DurationVar(&o.timeout, "timeout", 10*time.Second, "give up a candidate after this `time`")
	flags.BoolVarP(&o.verbose, "verbose", "v", false, "say on standard error what goes wrong, and how far it went")
	return cmd
}

// run shrinks a file.
func (o *bugpointOptions) run(cmd *cobra.Command, args []string) error {
	src, err := read(cmd, args[0])
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	var out []byte
	if o.command != "" {
		out, err = o.byCommand(ctx, cmd, src)
	} else {
		out, err = o.byFault(ctx, cmd, args, src)
	}
	if err != nil {
		return inFile(args[0], err)
	}
	return writeFile(cmd, o.out, out)
}

// byCommand shrinks a file for which a command succeeds: as a program if it can be parsed and printing it makes no
// difference, and then, or else, as text.
func (o *bugpointOptions) byCommand(ctx context.Context, cmd *cobra.Command, src []byte) ([]byte, error) {
	p, err := newCommandPredicate(ctx, o.command, o.timeout)
	if err != nil {
		return nil, err
	}
	defer p.close()
	if !p.holds(src) {
		return nil, fmt.Errorf("the command fails for the file itself, expected exit status 0%s", p.output())
	}
	if file, errs := text.Parse(src, parseOptions(src)); errs == nil {
		if prog, err := filetest.Program(file); err == nil && len(prog.Funcs) > 0 && p.holds(prog.Text()) {
			return o.shrink(ctx, cmd, prog, reduce.Options{}, p.holds).Text(), nil
		}
	}
	bar := newCounter(cmd.ErrOrStderr(), "bytes")
	defer bar.finish()
	return reduce.Lines(ctx, src, p.holds, bar.update), nil
}

// byFault shrinks a file with a fault.
func (o *bugpointOptions) byFault(ctx context.Context, cmd *cobra.Command, args []string, src []byte) ([]byte, error) {
	w, err := o.newDiagnoser()
	if err != nil {
		return nil, err
	}
	defer w.stop()
	file, errs, crash := parseSafely(src)
	if crash {
		bar := newCounter(cmd.ErrOrStderr(), "bytes")
		defer bar.finish()
		fault := w.diagnose(ctx, src)
		return reduce.Lines(ctx, src, func(src []byte) bool { return fault.Again(w.diagnose(ctx, src)) }, bar.update), nil
	}
	if errs != nil {
		return nil, &positions{args[0], errs}
	}
	prog, err := o.program(file, args[1], args[2:])
	if err != nil {
		return nil, err
	}
	fault := w.diagnose(ctx, prog.Text())
	opts := reduce.Options{Layout: true} // an access beyond a slot that has shrunk is noticed, unless the process is lax
	if fault.Kind == filetest.NoFault {
		w.lax()
		opts.Layout = false
		fault = w.diagnose(ctx, prog.Text())
	}
	if fault.Kind == filetest.NoFault {
		return nil, fmt.Errorf("nothing goes wrong: its %d functions verify and compile, and compiled code does what the interpreter does",
			len(prog.Funcs))
	}
	if fault.Kind == filetest.ParseFault {
		return nil, errors.New(fault.Msg)
	}
	prog.Header[0].Words[1] = testFor(fault.Kind)
	if o.verbose {
		fmt.Fprintln(cmd.ErrOrStderr(), describe(fault))
	}
	if fault = w.diagnose(ctx, prog.Text()); fault.Kind == filetest.NoFault {
		return nil, errors.New("the failure does not happen again")
	}
	var d filetest.Diagnoser
	if fault.Kind == filetest.ResultFault {
		opts.Observe = d.Observe
	}
	q := o.shrink(ctx, cmd, prog, opts, func(src []byte) bool { return fault.Again(w.diagnose(ctx, src)) })
	if fault.Kind == filetest.ResultFault {
		if err := d.Expect(q); err != nil {
			return nil, err
		}
	}
	return o.result(ctx, w, q), nil
}

// parseOptions returns the options for a file: with the calling convention of this machine if it has directives.
func parseOptions(src []byte) text.Options {
	if bytes.Contains(src, []byte("; run")) || bytes.Contains(src, []byte("; print")) {
		return hostConv
	}
	return text.Options{}
}

// parseSafely parses a file and tells whether the parser panics.
func parseSafely(src []byte) (file *text.File, errs text.ErrorList, crash bool) {
	defer func() {
		if recover() != nil {
			crash = true
		}
	}()
	file, errs = text.Parse(src, parseOptions(src))
	return file, errs, false
}

// program returns what is to be shrunk: a test for a target, with all settings as words of its own.
func (o *bugpointOptions) program(file *text.File, targetName string, words []string) (*reduce.Program, error) {
	p, err := filetest.Program(file)
	if err != nil {
		return nil, err
	}
	if len(p.Funcs) == 0 {
		return nil, errors.New("the file has no functions")
	}
	triple, err := settings.ParseTriple(targetName)
	if err != nil {
		return nil, err
	}
	if _, err := without(o.disable, triple.Arch); err != nil {
		return nil, err
	}
	shared, isa := headerSettings(file.Header, triple.Arch)
	if targetName == "native" {
		native := settings.Native()
		isa = nil
		for _, x := range native.Features() {
			isa = append(isa, x.String())
		}
	}
	f := settings.Default(triple.Arch)
	for _, w := range slices.Concat(words, o.set) {
		if err := f.SetShared(w); err == nil {
			shared = append(shared, w)
		} else if err := f.Set(w); err == nil {
			isa = append(isa, w)
		} else {
			return nil, err
		}
	}
	p.Header = []reduce.Line{
		{Words: []string{"test", "compile"}, Fixed: 2, Keep: true},
		{Words: append([]string{"set"}, shared...), Fixed: 1},
		{Words: append([]string{"target", triple.Arch.String()}, isa...), Fixed: 2, Keep: true},
	}
	if len(shared) == 0 {
		p.Header = slices.Delete(p.Header, 1, 2)
	}
	return p, o.replaceCalls(p)
}

// headerSettings returns the shared settings of a header, and the flags of its first target of an architecture.
func headerSettings(header []text.Directive, arch settings.Arch) (shared, isa []string) {
	for _, d := range header {
		switch d.Kind {
		case text.Set:
			shared = append(shared, d.Args...)
		case text.Target:
			if t, err := settings.ParseTriple(d.Args[0]); err == nil && t.Arch == arch && isa == nil {
				isa = d.Args[1:]
			}
		}
	}
	return shared, isa
}

// replaceCalls puts the calls of --call in the place of those of the file.
func (o *bugpointOptions) replaceCalls(p *reduce.Program) error {
	if len(o.calls) == 0 {
		return nil
	}
	for i := range p.Funcs {
		p.Funcs[i].Calls = nil
	}
	for _, c := range o.calls {
		name, _, _ := strings.Cut(strings.TrimSpace(c), "(")
		i := slices.IndexFunc(p.Funcs, func(f reduce.Func) bool { return f.Name.String() == name })
		if i < 0 {
			return fmt.Errorf("--call %s: there is no function %s", c, name)
		}
		call, err := filetest.ParseCall(c, p.Funcs[i].Func)
		if err != nil {
			return fmt.Errorf("--call %s: %w", c, err)
		}
		p.Funcs[i].Calls = append(p.Funcs[i].Calls, call)
	}
	return nil
}

// testFor returns the test command whose failure a fault is.
func testFor(k filetest.FaultKind) string {
	switch k {
	case filetest.VerifyFault:
		return "verifier"
	case filetest.ResultFault:
		return "run"
	}
	return "compile"
}

// shrink runs the reducer and shows how far it is.
func (o *bugpointOptions) shrink(ctx context.Context, cmd *cobra.Command, p *reduce.Program, opts reduce.Options,
	holds func([]byte) bool) *reduce.Program {
	before := p.NumInsts()
	bar := newCounter(cmd.ErrOrStderr(), "instructions")
	opts.Progress = bar.update
	q, stats := reduce.Run(ctx, p, holds, opts)
	bar.finish()
	if o.verbose {
		fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d instructions are left after %d candidates\n", stats.Insts, before, stats.Tests)
	}
	return q
}

// result prints what is left, with a comment that says what goes wrong.
func (o *bugpointOptions) result(ctx context.Context, w *diagnoser, q *reduce.Program) []byte {
	fault := w.diagnose(context.WithoutCancel(ctx), q.Text())
	src := q.Text()
	i := 0
	for range q.Header {
		i += bytes.IndexByte(src[i:], '\n') + 1
	}
	return slices.Concat(src[:i], []byte("\n; "+describe(fault)+"\n"), bytes.TrimPrefix(src[i:], []byte("\n")))
}

// describe returns kind and message of a fault in one line.
func describe(f *filetest.Fault) string {
	msg, _, _ := strings.Cut(f.Msg, "\n")
	return string(f.Kind) + ": " + msg
}
