package filetest

import (
	"errors"
	"fmt"
	"strings"

	"davit/ir/op"
	"davit/ir/text"
	"davit/ir/verify"
	"davit/settings"
)

// VerifyOptions returns what the verifier needs to know about a target.
func VerifyOptions(flags *settings.Flags) verify.Options {
	return verify.Options{
		HasISA:                true,
		PointerType:           op.Int(flags.Arch().PointerBits()),
		EnablePinnedReg:       flags.Bool(settings.EnablePinnedReg),
		PreserveFramePointers: flags.Bool(settings.PreserveFramePointers),
	}
}

func (j *job) verifyOptions() verify.Options {
	if j.target == nil {
		return verify.Options{}
	}
	return VerifyOptions(j.flags)
}

// verifyAll demands that all functions are well-formed.
func (j *job) verifyAll() error {
	opts := j.verifyOptions()
	return j.eachFunc("verify", func(fn *text.Function) error {
		return Positions(fn, j.verifier.Func(fn.Func, opts))
	})
}

// Positions turns errors of the verifier about a function into failures at the places of their entities.
func Positions(fn *text.Function, list verify.ErrorList) error {
	var errs []error
	for _, e := range list {
		errs = append(errs, at(entityPos(fn, e), fmt.Sprintf("%s: %s", fn.Name, e.In(fn.Func))))
	}
	return errors.Join(errs...)
}

// entityPos returns the place of the entity that an error is about, or that of the function if it has none.
func entityPos(fn *text.Function, e verify.Error) text.Pos {
	if pos := fn.PosOf(e.Entity); pos.Line > 0 {
		return pos
	}
	return fn.Start
}

// runVerifier compares the errors of the verifier with comments of the form "error: TEXT": each comment must be met by an
// error about the entity that it is attached to whose message contains the text, and each error must meet a comment.
func runVerifier(j *job) error {
	opts := j.verifyOptions()
	opts.StopAtFatal = true
	return j.eachFunc("verify", func(fn *text.Function) error {
		list := j.verifier.Func(fn.Func, opts)
		var errs []error
		for _, c := range fn.Comments {
			want, ok := strings.CutPrefix(strings.TrimLeft(c.Text, "; "), "error:")
			if !ok {
				continue
			}
			want = strings.TrimSpace(want)
			i := matching(list, c, want)
			if i < 0 {
				errs = append(errs, at(c.Pos, fmt.Sprintf("%s: no error of the verifier about %v contains %q", fn.Name, c.Entity, want)))
				continue
			}
			list = append(list[:i], list[i+1:]...)
		}
		for _, e := range list {
			errs = append(errs, at(entityPos(fn, e), fmt.Sprintf("%s: unexpected error: %s", fn.Name, e.In(fn.Func))))
		}
		return errors.Join(errs...)
	})
}

func matching(list verify.ErrorList, c text.Comment, want string) int {
	for i, e := range list {
		if e.Entity == c.Entity && strings.Contains(e.Msg, want) {
			return i
		}
	}
	return -1
}
