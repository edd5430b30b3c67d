package check

import (
	"davit/ir"
	"davit/ir/op"
)

// Addresses. From the address operand of a load the computation is followed backward, to references and to what has
// nothing to do with them. Values on the way are inAddress; those among them that come from references are isDerived,
// and must not be computed on, or used as an address, after a safepoint. Values that no address is computed from are of no
// interest, even if they are computed from references. Nor is what a declared reference is computed from: a front end
// may make one of a number, such as a tagged integer of another one.

// computed reports whether v may be computed from a reference: it is no result of a call, load and the like.
func (c *Checker) computed(v ir.Value) bool {
	inst, _, ok := c.f.DefInst(v)
	if !ok {
		b, _, _ := c.f.DefParam(v)
		return b != c.order[0]
	}
	switch sh := &shapes[c.f.Data(inst).Op]; sh.flow {
	case flowCopy, flowDerive, flowAdd, flowSub, flowAnd, flowShr:
		return true
	case flowLoad: // of a slot
		return c.kind[c.f.Data(inst).X[sh.address]]&(isSlot|isAlias) != 0
	}
	return false
}

// link says that to is computed from, or is, from.
type link struct {
	from, to ir.Value
	inst     ir.Inst // the computation, or the branch that passes from
	pred     uint32  // place of the block of the branch, or noBlock
}

// feed marks v, and all that it is computed from, as inAddress, and adds the links.
func (c *Checker) feed(v ir.Value) {
	c.kind[v] |= inAddress
	c.work = append(c.work[:0], v)
	for len(c.work) > 0 {
		v := c.work[len(c.work)-1]
		c.work = c.work[:len(c.work)-1]
		c.sources(v)
	}
}

// feedFrom adds a link, and its source to the work, unless the source has nothing to do with references.
func (c *Checker) feedFrom(x, v ir.Value, inst ir.Inst, pred uint32) {
	x = c.f.Resolve(x)
	kind := c.kind[x]
	more := kind&(isRoot|inAddress) == 0 && c.computed(x)
	if kind&inAnySlot != 0 || kind&(isRef|inAddress) == 0 && !more {
		return
	}
	c.links = append(c.links, link{x, v, inst, pred})
	if more {
		c.kind[x] |= inAddress
		c.work = append(c.work, x)
	}
}

// sources goes to the values that v is computed from.
func (c *Checker) sources(v ir.Value) {
	f := c.f
	inst, _, ok := f.DefInst(v)
	if !ok {
		c.passed(v)
		return
	}
	d := f.Data(inst)
	sh := &shapes[d.Op]
	args := d.X[:sh.args&3]
	switch sh.flow {
	case flowCopy:
		args = args[1:]
	case flowDerive, flowAdd, flowSub, flowAnd, flowShr:
		if !c.derives(inst, d, sh.flow) {
			return
		}
	default:
		return
	}
	small := narrow(f.ValueType(v))
	for _, x := range args {
		if small || !narrow(f.ValueType(x)) || c.kind[f.Resolve(x)]&isRef != 0 {
			c.feedFrom(x, v, inst, noBlock)
		}
	}
}

// passed is sources for a block parameter.
func (c *Checker) passed(p ir.Value) {
	f := c.f
	b, n, _ := f.DefParam(p)
	last := ir.NoInst
	for _, pred := range c.cfg.Preds(b) {
		if pred.Inst == last || !c.cfg.Reachable(pred.Block) {
			continue
		}
		last = pred.Inst
		c.preds = f.Branches(last, c.preds[:0])
		for _, call := range c.preds {
			if f.CallBlock(call) != b {
				continue
			}
			if x, ok := f.CallArg(call, n).Value(); ok {
				c.feedFrom(x, p, last, c.place(pred.Block))
			}
		}
	}
}

// derives reports whether the result of inst says anything about the addresses among its operands.
func (c *Checker) derives(inst ir.Inst, d *ir.InstData, fl opFlow) bool {
	switch fl {
	case flowSub:
		x, ok := c.base(d.X[0])
		if !ok {
			return true
		}
		y, ok := c.base(d.X[1])
		return !ok || x != y
	case flowAnd:
		for _, v := range d.X[:2] {
			if k, ok := c.constant(v); ok && 0 <= k && k < maxTag {
				return false
			}
		}
	case flowShr:
		if k, ok := c.constant(d.X[1]); ok && d.Type.IsInt() {
			bits := int64(d.Type.Bits())
			return d.Op == op.Ushr && bits-(k&(bits-1)) > maxTagBits
		}
	}
	return true
}

// base returns the reference that v is computed from by adding constants, or other numbers.
func (c *Checker) base(v ir.Value) (ir.Value, bool) {
	f := c.f
	const most = 8
	for range most {
		v = f.Resolve(v)
		if c.kind[v]&isRef != 0 {
			return v, true
		}
		inst, _, ok := f.DefInst(v)
		if !ok || flows[f.Data(inst).Op] != flowAdd {
			return 0, false
		}
		x, y := f.Resolve(f.Data(inst).X[0]), f.Resolve(f.Data(inst).X[1])
		_, isNumber := c.constant(y)
		switch {
		case c.kind[x]&isRef != 0, isNumber:
			v = x
		default:
			v = y
		}
	}
	return 0, false
}

// findDerived finds which of the values that addresses are computed from come from references, and notes the uses of
// these that the sweep did not see.
func (c *Checker) findDerived() {
	for n := -1; n != len(c.links); {
		n = len(c.links)
		c.feedCells()
	}
	for changed := true; changed; {
		changed = c.deriveInSlots()
		for i := len(c.links) - 1; i >= 0; i-- {
			l := &c.links[i]
			if c.kind[l.from]&(isRef|isDerived) != 0 && c.kind[l.to]&(isRef|isDerived) == 0 {
				c.kind[l.to] |= isDerived
				changed = true
			}
		}
	}
	for i := range c.links {
		l := &c.links[i]
		if c.kind[l.from]&(isRef|isDerived) != isDerived || c.kind[l.to]&(isRef|isDerived) == 0 || c.kind[l.to]&isRoot != 0 {
			continue
		}
		at := c.defIn[l.to]
		u := use{v: l.from, inst: l.inst, blk: c.in[at], role: asAddress}
		if l.pred != noBlock {
			u.blk, u.late, at = l.pred, c.isPoint(l.inst), c.blocks[l.pred].last
		}
		c.note(u, at)
	}
	for b := range c.blocks {
		if !c.slotChain {
			break
		}
		for i := c.blocks[b].events.start; i < c.blocks[b].events.end; i++ {
			ev := &c.events[i]
			if ev.op == eventStore && c.cells.cells[ev.cell].address && c.kind[ev.value]&(isRef|isDerived) == isDerived {
				c.note(use{v: ev.value, inst: ev.inst, blk: uint32(b), role: asAddress}, ev.end)
			}
		}
	}
}

// deriveInSlots passes on, through slots, that values come from references. It reports whether anything is new.
func (c *Checker) deriveInSlots() (changed bool) {
	if !c.slotChain {
		return false
	}
	for i := range c.events {
		ev := &c.events[i]
		switch {
		case ev.op == eventStore && c.kind[ev.value]&isDerived != 0:
			c.cells.cells[ev.cell].derived = true
			for _, o := range c.cells.overlapping(ev.cell) {
				c.cells.cells[o].derived = true
			}
		case ev.op == eventLoad && c.kind[ev.value]&(inAddress|isRef|isDerived) == inAddress:
			if c.cells.cells[ev.cell].derived || c.cells.partOfRef(ev.cell) {
				c.kind[ev.value] |= isDerived
				changed = true
			}
		}
	}
	return changed
}

// feedCells goes from loads that addresses are computed from to the stores to the same cells, and from loads of references
// to the stores of their parts.
func (c *Checker) feedCells() {
	c.slotChain = false
	for i := range c.events {
		ev := &c.events[i]
		if ev.op != eventLoad || c.kind[ev.value]&(inAddress|isRef) == 0 {
			continue
		}
		if c.kind[ev.value]&isRef == 0 {
			c.slotChain = true
			c.cells.cells[ev.cell].address = true
		}
		for _, o := range c.cells.overlapping(ev.cell) {
			c.slotChain = true
			c.cells.cells[o].address = true
		}
	}
	if !c.slotChain {
		return
	}
	for i := range c.events {
		ev := &c.events[i]
		if ev.op == eventStore && c.cells.cells[ev.cell].address && c.kind[ev.value]&(isRef|inAddress|inAnySlot) == 0 && c.computed(ev.value) {
			c.feed(ev.value)
		}
	}
}
