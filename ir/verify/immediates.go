package verify

import (
	"davit/ir"
	"davit/ir/op"
)

const maxShuffleIndex = 31

// immediates checks operands that are numbers in the instruction itself.
func (c *Context) immediates(i ir.Inst, d *ir.InstData) bool {
	switch d.Op {
	case op.Icmp:
		if cc := d.IntCC(); !cc.IsValid() {
			return c.fatal(i.Entity(), "there is no integer condition %d", uint8(cc))
		}
	case op.Fcmp:
		if cc := d.FloatCC(); !cc.IsValid() {
			return c.fatal(i.Entity(), "there is no floating-point condition %d", uint8(cc))
		}
	case op.AtomicRmw:
		if o := d.AtomicOp(); !o.IsValid() {
			return c.fatal(i.Entity(), "there is no atomic operation %d", uint8(o))
		}
	case op.Store, op.Istore8, op.Istore16, op.Istore32:
		if c.f.Mem(i).Has(ir.ReadOnly) {
			return c.fatal(i.Entity(), "A store instruction cannot have the `readonly` MemFlag")
		}
	case op.Insertlane, op.Extractlane:
		if t := c.f.ValueType(d.X[0]); int(d.Aux) >= t.Lanes() {
			return c.fatal(i.Entity(), "The lane %d does not index into the type %v", d.Aux, t)
		}
	case op.Shuffle:
		if int(d.Mask()) >= len(c.f.Immediates) {
			return c.fatal(i.Entity(), "the shuffle immediate wasn't 16-bytes long: it is not declared")
		}
		for _, x := range c.f.Immediates[d.Mask()] {
			if x > maxShuffleIndex {
				return c.fatal(i.Entity(), "shuffle immediate index %d is larger than the maximum %d", x, maxShuffleIndex)
			}
		}
	case op.Iconst:
		if w := d.Type.Bits(); w < 64 && d.Imm()>>w != 0 {
			return c.fatal(i.Entity(), "constant immediate is out of bounds: %#x has more than the %d bits of %v", d.Imm(), w, d.Type)
		}
	}
	return true
}

// debugTags checks that debug tags stand only where they have a meaning.
func (c *Context) debugTags(i ir.Inst, d *ir.InstData) {
	tags := c.f.DebugTags(i)
	if len(tags) == 0 {
		return
	}
	if !d.Op.Has(op.IsCall) && d.Op != op.SequencePoint {
		c.fatal(i.Entity(), "debug tags present on non-call, non-sequence point instruction")
		return
	}
	for _, t := range tags {
		if t.IsSlot && int(t.Value) >= len(c.f.StackSlots) {
			c.report(i.Entity(), "invalid stack slot %v in a debug tag", ir.StackSlot(t.Value))
		}
	}
}
