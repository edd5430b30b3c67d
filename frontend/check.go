package frontend

import (
	"davit/ir"
	"davit/ir/verify"
)

func (b *Builder) verifyOptions() verify.Options {
	return verify.Options{HasISA: true, PointerType: b.opts.Pointer, EnablePinnedReg: true, PreserveFramePointers: true}
}

// check checks the operands of an instruction just built.
func (b *Builder) check(inst ir.Inst) bool {
	errs := b.verifier.Operands(b.f, inst, b.verifyOptions())
	if len(errs) > 0 {
		b.fail(b.cur.Entity(), "%s", errs[0].In(b.f))
	}
	return len(errs) == 0
}

// verify checks the whole function.
func (b *Builder) verify() bool {
	errs := b.verifier.Func(b.f, b.verifyOptions())
	if len(errs) > 0 {
		b.fail(errs[0].Entity, "%s", errs[0].In(b.f))
	}
	return len(errs) == 0
}
