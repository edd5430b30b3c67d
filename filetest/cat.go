package filetest

import (
	"errors"
	"fmt"

	"davit/ir"
	"davit/ir/text"
)

// eachFunc calls f for every function and collects the errors.
func (j *job) eachFunc(phase string, f func(fn *text.Function) error) error {
	var errs []error
	for _, fn := range j.file.Funcs {
		j.phase, j.fn = phase, fn
		errs = append(errs, located(fn, f(fn)))
	}
	return errors.Join(errs...)
}

// runCat checks the printed functions.
func runCat(j *job) error {
	return j.eachFunc("print", func(fn *text.Function) error {
		return j.filecheck(fn, string(fn.AppendTo(nil, ir.Reference)))
	})
}

// located gives an error the place of a function; something that is lacking stays as it is.
func located(fn *text.Function, err error) error {
	var skip *skipError
	var f *Failure
	if err == nil || errors.As(err, &skip) || errors.As(err, &f) {
		return err
	}
	return at(fn.Start, fmt.Sprintf("%s: %v", fn.Name, err))
}
