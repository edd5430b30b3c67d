package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"davit/filetest"
	"davit/frontend/safepoint"
	"davit/ir"
	"davit/ir/text"
	"davit/ir/verify"
	"davit/opt"
)

// pass is a transformation or a check of one function.
type pass struct {
	name, short string
	run         func(p *passRunner, fn *text.Function) error
}

// passes are the passes by name.
var passes = []pass{
	{"verify", "check the rules of CLIF", (*passRunner).verify},
	{"lint", "report stack-map entries that nothing has stored to", func(_ *passRunner, fn *text.Function) error {
		return filetest.Positions(fn, verify.Lint(fn.Func))
	}},
	{"unreachable", "remove the blocks that nothing leads to", func(p *passRunner, fn *text.Function) error {
		p.opt.RemoveUnreachable(fn.Func)
		return nil
	}},
	{"constant-params", "remove block parameters that always get the same value", func(p *passRunner, fn *text.Function) error {
		p.opt.RemoveConstantParams(fn.Func)
		return nil
	}},
	{"aliases", "make every use name the value itself", func(_ *passRunner, fn *text.Function) error {
		opt.ResolveAliases(fn.Func)
		return nil
	}},
	{"safepoints-early", "give values marked ;@needs_stack_map their stack maps, stores at definitions", safepoints(safepoint.Early)},
	{"safepoints-late", "the same, stores and reloads where they are needed", safepoints(safepoint.Late)},
}

func safepoints(mode safepoint.Mode) func(p *passRunner, fn *text.Function) error {
	return func(p *passRunner, fn *text.Function) error {
		return p.safepoint.Run(fn.Func, safepoint.Options{Mode: mode, Pointer: p.opts.PointerType})
	}
}

// passRunner owns the scratch of passes and knows the target.
type passRunner struct {
	opts      verify.Options
	verifier  verify.Context
	opt       opt.Context
	safepoint safepoint.Context
}

func (p *passRunner) verify(fn *text.Function) error {
	return filetest.Positions(fn, p.verifier.Func(fn.Func, p.opts))
}

func newPass() *cobra.Command {
	var list, each bool
	var set []string
	cmd := &cobra.Command{
		Use:   "pass FILE TARGET PASS...",
		Short: "Run passes over the functions of a file and print the result",
		Long: `Pass runs the named passes in order on every function of a file, and prints the functions that result, in the form
that parsing reads back without loss. --list lists the passes. A file named "-" is standard input.

TARGET is a triple such as x86_64, or native: it decides the width of addresses and which rules of the verifier apply.
Functions are verified before the first pass and after each one. If a pass fails for a function, nothing is printed, and the
exit status is 1.`,
		Example: "  davit pass list.clif x86_64 safepoints-late constant-params",
		Args: func(cmd *cobra.Command, args []string) error {
			if list {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.MinimumNArgs(3)(cmd, args)
		},
		ValidArgsFunction: completePass,
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				return listPasses(cmd)
			}
			run, err := passesNamed(args[2:])
			if err != nil {
				return err
			}
			opts, err := verifyOptions(nil, args[1], set)
			if err != nil {
				return err
			}
			p := &passRunner{opts: opts}
			return p.runFile(cmd, args[0], run, each)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&list, "list", false, "list the passes, and exit")
	flags.BoolVar(&each, "print-each", false, "print each function as it is at first and after every pass")
	flags.StringArrayVar(&set, "set", nil, "add a `setting`: NAME, NAME=VALUE or a preset (repeatable)")
	return cmd
}

// completePass completes FILE TARGET PASS...
func completePass(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return completeFiles(cmd, args, prefix)
	case 1:
		return completeTarget(cmd, args, prefix)
	}
	var names []string
	for _, p := range passes {
		names = append(names, p.name+"\t"+p.short)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func listPasses(cmd *cobra.Command) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, p := range passes {
		fmt.Fprintf(w, "%s\t%s\n", p.name, p.short)
	}
	return w.Flush()
}

func passNames() []string {
	var names []string
	for _, p := range passes {
		names = append(names, p.name)
	}
	return names
}

func passesNamed(names []string) ([]*pass, error) {
	byName := map[string]*pass{}
	for i := range passes {
		byName[passes[i].name] = &passes[i]
	}
	var run []*pass
	for _, n := range names {
		if byName[n] == nil {
			return nil, fmt.Errorf("unknown pass %q, expected one of %s", n, strings.Join(passNames(), ", "))
		}
		run = append(run, byName[n])
	}
	return run, nil
}

func (p *passRunner) runFile(cmd *cobra.Command, path string, run []*pass, each bool) error {
	file, err := parse(cmd, path, text.Options{})
	if err != nil {
		return err
	}
	var out []byte
	var errs []error
	for _, fn := range file.Funcs {
		stages, err := p.runFunc(fn, run)
		errs = append(errs, inFile(path, err))
		if len(out) > 0 {
			out = append(out, '\n')
		}
		if each {
			out = append(out, stages...)
		} else {
			out = fn.AppendTo(out, ir.Lossless)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	_, err = cmd.OutOrStdout().Write(out)
	return err
}

// runFunc runs passes on a function and returns its text at first and after each of them.
func (p *passRunner) runFunc(fn *text.Function, run []*pass) (stages []byte, err error) {
	stages = fn.AppendTo([]byte("; at first\n"), ir.Lossless)
	if err := p.verify(fn); err != nil {
		return nil, err
	}
	for _, q := range run {
		if err := q.run(p, fn); err != nil {
			return nil, passError(fn, q, err)
		}
		stages = fmt.Appendf(stages, "\n; after %s\n", q.name)
		stages = fn.AppendTo(stages, ir.Lossless)
		if err := p.verify(fn); err != nil {
			return nil, fmt.Errorf("after pass %s: %w\n%s", q.name, err, fn)
		}
	}
	return stages, nil
}

// passError gives an error of a pass without a position that of the function.
func passError(fn *text.Function, q *pass, err error) error {
	var f *filetest.Failure
	if errors.As(err, &f) {
		return err
	}
	return &filetest.Failure{Line: fn.Start.Line, Col: fn.Start.Col, Msg: fmt.Sprintf("%s: %v", q.name, err)}
}
