package filetest

import (
	"errors"

	"davit/ir/text"
)

// runCompile compiles the functions. It checks the machine instructions before register allocation, with filecheck
// directives or, with the option precise-output, both these and the final code line by line; with expect-fail it
// demands that compilation fails.
func runCompile(j *job) error {
	t, err := newTarget(j.target.triple, j.flags)
	if err != nil {
		return err
	}
	return j.eachFunc("compile", func(fn *text.Function) error {
		_, err := j.cg.compile(fn.Func, t)
		if j.test.options["expect-fail"] {
			return expectFail(fn, err)
		}
		if err != nil {
			return err
		}
		if j.test.options["precise-output"] {
			return j.precise(fn, "VCode:\n"+j.cg.ctx.VCode()+"\nDisassembled:\n"+j.cg.ctx.Disassembly())
		}
		return j.filecheck(fn, j.cg.ctx.VCode())
	})
}

// compileOnly compiles the functions of a test that cannot run on this machine, for the sake of the rules that it uses.
func compileOnly(j *job) error {
	t, err := newTarget(j.target.triple, j.flags)
	if err != nil {
		return err
	}
	return j.eachFunc("compile", func(fn *text.Function) error {
		_, err := j.cg.compile(fn.Func, t)
		return err
	})
}

// expectFail demands an error that is no bug of the compiler. What the compiler lacks is as good as any other.
func expectFail(fn *text.Function, err error) error {
	var bug *bugError
	switch {
	case err == nil:
		return at(fn.Start, fn.Name.String()+": compiled, although the test expects an error")
	case errors.As(err, &bug):
		return err
	}
	return nil
}
