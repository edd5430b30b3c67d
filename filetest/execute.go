package filetest

import (
	"errors"
	"fmt"
	"io"

	"davit/filetest/hostfn"
	"davit/interp"
	"davit/ir/data"
	"davit/ir/text"
	"davit/ir/verify"
	"davit/settings"
)

// ExecOptions steer [Execute].
type ExecOptions struct {
	Interpret bool           // use the interpreter instead of compiling
	StressGC  bool           // of the interpreter: move all objects at every safepoint
	Strict    bool           // of the interpreter: see interp.Options
	Flags     settings.Flags // for the compiler
	Verbose   bool           // print run directives that hold, too
	Out       io.Writer      // for values and for what host functions print
}

// Execute executes the directives of a file: "print" shows the results of a call, "run" compares them with what is
// expected. A file without directives that has a function %main without parameters is executed by calling that.
// Errors are *Failures, several of them joined.
func Execute(file *text.File, opts ExecOptions) error {
	e, err := newExecutor(file, &opts)
	if err != nil {
		return asFailures(err)
	}
	defer e.close()
	var errs []error
	n := 0
	for _, fn := range file.Funcs {
		ds, err := directives(fn)
		errs = append(errs, err)
		n += len(ds)
		for _, d := range ds {
			errs = append(errs, e.execute(d))
		}
	}
	if n == 0 && errors.Join(errs...) == nil {
		main := functionNamed(file.Funcs, "%main")
		if main == nil || len(main.Sig.Params) > 0 {
			return &Failure{Msg: "nothing to execute: no \"run:\" or \"print:\" comment and no function %main without parameters"}
		}
		errs = append(errs, e.execute(&directive{kind: printDirective, pos: main.Start, fn: main}))
	}
	return errors.Join(errs...)
}

// executor calls functions of a file, compiled or interpreted.
type executor struct {
	opts  *ExecOptions
	call  func(fn *text.Function, args []data.Value) ([]data.Value, error)
	find  func(d *directive) (*text.Function, error)
	close func()
}

func newExecutor(file *text.File, opts *ExecOptions) (*executor, error) {
	if err := checkNames(file.Funcs); err != nil {
		return nil, err
	}
	var errs []error
	var v verify.Context
	for _, fn := range file.Funcs {
		errs = append(errs, Positions(fn, v.Func(fn.Func, VerifyOptions(&opts.Flags))))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	e := &executor{opts: opts}
	if opts.Interpret {
		in, err := newInterp(file.Funcs, &opts.Flags, interp.Options{Host: hostfn.ForInterpreter(opts.Out), Moving: opts.StressGC, Strict: opts.Strict})
		if err != nil {
			return nil, err
		}
		e.call, e.find, e.close = in.call, namedFunction(file), func() {}
		return e, nil
	}
	s, err := newSession(&codegen{}, &opts.Flags, opts.Out)
	if err != nil {
		return nil, err
	}
	if err := s.addAll(file.Funcs); err != nil {
		s.close()
		return nil, err
	}
	e.call, e.close = s.callFunc, s.close
	e.find = func(d *directive) (*text.Function, error) { return d.fn, nil }
	return e, nil
}

func (e *executor) execute(d *directive) error {
	fn, err := e.find(d)
	if err != nil {
		return err
	}
	got, err := e.call(fn, d.args)
	if err := asFailures(d.judge(got, err)); err != nil {
		return err
	}
	if d.kind != printDirective && !e.opts.Verbose {
		return nil
	}
	_, err = fmt.Fprintf(e.opts.Out, "%s -> %s\n", d, data.FormatList(got))
	return err
}

// asFailures turns what is lacking into a failure, as there is nothing to skip to.
func asFailures(err error) error {
	var skip *skipError
	switch {
	case !errors.As(err, &skip):
	case skip.fn != nil:
		return at(skip.fn.Start, fmt.Sprintf("%s: %s", skip.fn.Name, skip.detail))
	default:
		return &Failure{Msg: skip.reason}
	}
	return err
}
