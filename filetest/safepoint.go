package filetest

import (
	"errors"

	"davit/frontend/safepoint"
	"davit/ir"
	"davit/ir/text"
	"davit/ir/verify"
	"davit/settings"
)

// safepointModes are the modes of package safepoint by those of the setting.
var safepointModes = [...]safepoint.Mode{settings.EarlySafepoints: safepoint.Early, settings.LateSafepoints: safepoint.Late}

// PlaceStackMaps returns f with the stack maps that its pragma ;@needs_stack_map asks for, placed as the setting
// safepoints says: a copy, or f itself if it declares nothing. The error is a verify.ErrorList if f does not verify.
func PlaceStackMaps(f *ir.Func, flags *settings.Flags) (*ir.Func, error) {
	if len(f.NeedsStackMap) == 0 {
		return f, nil
	}
	opts := VerifyOptions(flags)
	if flags.Arch() == settings.NoArch {
		opts = verify.Options{}
	}
	if err := verify.Func(f, opts).Err(); err != nil {
		return nil, err
	}
	g := f.Clone()
	err := safepoint.Run(g, safepoint.Options{Pointer: opts.PointerType, Mode: safepointModes[flags.Safepoints()]})
	return g, err
}

// runSafepoint gives the values that a pragma ;@needs_stack_map declares their stack maps, and checks the functions that
// result: with filecheck directives or, with the option precise-output, line by line.
func runSafepoint(j *job) error {
	return j.eachFunc("safepoint", func(fn *text.Function) error {
		f, err := PlaceStackMaps(fn.Func, j.flags)
		if err != nil {
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
