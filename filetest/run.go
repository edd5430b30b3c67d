package filetest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"time"

	"davit/filetest/hostfn"
	"davit/interp"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/text"
	"davit/settings"
)

// maxTime bounds a call of compiled code in a test.
const maxTime = 20 * time.Second

// runRun compiles all functions of the file for this machine and executes the directives.
func runRun(j *job) error {
	if j.flags.Bool(settings.EnablePinnedReg) {
		return &Failure{Line: j.target.line, Msg: "test run cannot be combined with enable_pinned_reg"}
	}
	if err := checkNames(j.file.Funcs); err != nil {
		return err
	}
	j.phase = "set up"
	s, err := newSession(&j.cg, j.flags, io.Discard)
	if err != nil {
		return err
	}
	defer s.close()
	s.limit = maxTime
	s.note = func(phase string, fn *text.Function) { j.phase, j.fn = phase, fn }
	if err := s.addAll(j.file.Funcs); err != nil {
		return err
	}
	return j.eachDirective(func(d *directive) error {
		j.phase = "run"
		got, err := s.callFunc(d.fn, d.args)
		return d.judge(got, err)
	})
}

// runInterpret executes the directives with the interpreter; with the option moving, every safepoint moves the objects of
// davit_alloc.
func runInterpret(j *job) error {
	in, err := newInterp(j.file.Funcs, j.flags, interp.Options{
		Host: hostfn.ForInterpreter(io.Discard), Fuel: cmp.Or(j.opts.Fuel, maxFuel), Reference: true, Moving: j.test.options["moving"],
	})
	if err != nil {
		return err
	}
	find := namedFunction(j.file)
	return j.eachDirective(func(d *directive) error {
		fn, err := find(d)
		if err != nil {
			return err
		}
		j.phase = "interpret"
		got, err := in.call(fn, d.args)
		return d.judge(got, err)
	})
}

// namedFunction finds the function that a directive names; the short forms mean the one that they stand behind.
func namedFunction(file *text.File) func(d *directive) (*text.Function, error) {
	return func(d *directive) (*text.Function, error) {
		if d.name == "" {
			return d.fn, nil
		}
		if fn := functionNamed(file.Funcs, d.name); fn != nil {
			return fn, nil
		}
		return nil, at(d.pos, fmt.Sprintf("there is no function %s", d.name))
	}
}

func functionNamed(fns []*text.Function, name string) *text.Function {
	for _, fn := range fns {
		if fn.Name.String() == name {
			return fn
		}
	}
	return nil
}

// eachDirective calls f for the directives of the file in order. Failures are collected, something that is lacking ends
// the job.
func (j *job) eachDirective(f func(*directive) error) error {
	var errs []error
	for _, fn := range j.file.Funcs {
		j.phase, j.fn = "read directives", fn
		ds, err := directives(fn)
		errs = append(errs, err)
		for _, d := range ds {
			err := f(d)
			var skip *skipError
			if errors.As(err, &skip) {
				return err
			}
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// judge compares the outcome of a call with what the directive demands.
func (d *directive) judge(got []data.Value, err error) error {
	var skip *skipError
	switch {
	case errors.As(err, &skip):
		return err
	case err != nil:
		return at(d.pos, fmt.Sprintf("%s: %v", d, err))
	case d.holds(got):
		return nil
	}
	return at(d.pos, fmt.Sprintf("%s returned %s, expected %s", d, data.FormatList(got), d.expectation()))
}

// checkNames reports functions of the same name.
func checkNames(fns []*text.Function) error {
	seen := map[ir.FuncName]int{}
	for _, fn := range fns {
		if line, dup := seen[fn.Name]; dup {
			return at(fn.Start, fmt.Sprintf("function %s is already defined in line %d", fn.Name, line))
		}
		seen[fn.Name] = fn.Start.Line
	}
	return nil
}
