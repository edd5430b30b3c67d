package verify

import (
	"davit/ir"
	"davit/ir/op"
)

// Operands checks the operands of one instruction: their number and types, and the entities other than values and
// blocks that it refers to, against the opcode table and the declarations. It is for functions under construction: it
// does not ask whether values are defined before they are used, nor where blocks are. The values and blocks that the
// instruction names must exist.
func (c *Context) Operands(f *ir.Func, inst ir.Inst, opts Options) ErrorList {
	c.f, c.opts, c.errs = f, opts, nil
	c.stopped, c.unordered = false, false
	if c.opts.MaxErrors <= 0 {
		c.opts.MaxErrors = defaultMaxErrors
	}
	c.calls = c.calls[:0] // blocks may not be in the layout yet
	d := f.Data(inst)
	if c.results(inst, d, d.Op.Info()) && (d.Op.Format() == op.FmtExceptionHandlerAddress || c.entities(inst, d)) {
		c.calls = f.Branches(inst, c.calls)
		c.typecheck(inst, d, d.Op.Info())
		c.immediates(inst, d)
	}
	c.f = nil
	return c.errs
}
