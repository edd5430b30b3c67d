package filetest

import (
	"errors"

	"davit/frontend/safepoint"
	"davit/ir"
	"davit/ir/text"
)

// runSafepoint gives the values that a pragma ;@needs_stack_map declares their stack maps, with the option late in that
// mode, and checks the functions that result: with filecheck directives or, with the option precise-output, line by line.
func runSafepoint(j *job) error {
	opts := safepoint.Options{Pointer: j.verifyOptions().PointerType}
	if j.test.options["late"] {
		opts.Mode = safepoint.Late
	}
	return j.eachFunc("safepoint", func(fn *text.Function) error {
		f := fn.Clone()
		if err := safepoint.Run(f, opts); err != nil {
			return err
		}
		if err := j.verifier.Func(f, j.verifyOptions()).Err(); err != nil {
			return errors.Join(errors.New("the result does not verify"), err)
		}
		out := string(f.AppendTo(nil, ir.Reference))
		if j.test.options["precise-output"] {
			return j.precise(fn, out)
		}
		return j.filecheck(fn, out)
	})
}
