package check

import (
	"davit/ir"
	"davit/ir/op"
)

// role is the part that an operand has.
type role uint8

const (
	asData    role = iota // read, stored, passed, returned or compared
	asAddress             // an address is computed from it, or it is one
)

// use is a use of a value that may be stale.
type use struct {
	v    ir.Value
	inst ir.Inst
	blk  uint32 // place of the block
	role role
	late bool // after the safepoint that inst is
}

// sweep goes over the instructions of all blocks from one on: it finds the references, their uses after safepoints, and
// the events. It sets c.again if a value turned out to be a reference after it was looked at. A block in which this
// happens to values of its own only is gone over again at once.
func (c *Checker) sweep(from uint32) {
	c.again = noBlock
	if from == 0 {
		c.far, c.stale, c.events, c.in, c.after = c.far[:0], c.stale[:0], c.events[:0], c.in[:0], c.after[:0]
	} else {
		c.rewind(from)
	}
	for i := from; int(i) < len(c.order); i++ {
		for c.sweepBlock(i); c.again == i; c.sweepBlock(i) {
			c.again = noBlock
			c.rewind(i)
		}
	}
	if c.cells.findOverlaps() {
		c.again = 0
	}
}

// rewind forgets what was noted about a block, and about those after it.
func (c *Checker) rewind(i uint32) {
	blk := &c.blocks[i]
	c.far, c.stale, c.events = c.far[:blk.far], c.stale[:blk.stale], c.events[:blk.events.start]
	c.in, c.after = c.in[:blk.first], c.after[:blk.first]
}

// sweepBlock goes over the block at place i.
func (c *Checker) sweepBlock(i uint32) {
	f, b, blk := c.f, c.order[i], &c.blocks[i]
	c.cur, blk.events.start = i, uint32(len(c.events))
	c.stretch(ir.NoInst)
	blk.first, blk.far, blk.stale = c.now, uint32(len(c.far)), uint32(len(c.stale))
	for _, v := range f.Params(b) {
		c.defIn[v] = c.now
	}
	for inst := f.FirstInst(b); inst != ir.NoInst; inst = f.NextInst(inst) {
		c.step(inst)
	}
	blk.last, blk.events.end = c.now, uint32(len(c.events))
}

// stretch begins the next stretch, after a safepoint or at the start of a block.
func (c *Checker) stretch(after ir.Inst) {
	c.now = uint32(len(c.in))
	c.in, c.after = append(c.in, c.cur), append(c.after, after)
}

// redo says that block k must be gone over again.
func (c *Checker) redo(k uint32) {
	if c.thorough {
		k = 0
	}
	c.again = min(c.again, k)
}

// step goes over one instruction.
func (c *Checker) step(inst ir.Inst) {
	f := c.f
	d := f.Data(inst)
	sh := &shapes[d.Op]
	kind := uint8(0) // of the result
	switch {
	case !sh.plain:
		kind = c.special(inst, d, sh)
	case sh.args > 0 && c.interesting(d.X[:sh.args&3]):
		kind = c.compute(inst, d, sh)
	}
	switch {
	case sh.results == 1:
		v := f.FirstResult(inst)
		c.defIn[v] = c.now
		if kind != 0 {
			c.kind[v] |= kind
		}
	case sh.results > 1:
		for _, v := range f.Results(inst) {
			c.defIn[v] = c.now
		}
	}
}

// interesting reports whether uses of one of some operands are looked at.
func (c *Checker) interesting(vs []ir.Value) bool {
	kind := uint8(0)
	for _, v := range vs {
		kind |= c.kind[v]
	}
	return kind&isSeen != 0
}

// compute goes over an instruction that only computes, and returns the kind of the result.
func (c *Checker) compute(inst ir.Inst, d *ir.InstData, sh *shape) (kind uint8) {
	switch sh.flow {
	case flowCopy:
		c.operands(inst, d.X[:1])
		return c.operands(inst, d.X[1:3]) & isRef
	case flowAdd:
		return c.add(inst, d)
	}
	c.operands(inst, d.X[:sh.args&3])
	return 0
}

// add goes over an iadd.
func (c *Checker) add(inst ir.Inst, d *ir.InstData) (kind uint8) {
	switch kind = c.operands(inst, d.X[:2]) & inAnySlot; {
	case kind == 0:
		return 0
	case c.movesSlot(inst, d):
		return isSlot
	}
	slot, ok := c.slotOf(c.f.FirstResult(inst))
	if !ok {
		for _, v := range d.X[:2] {
			c.escape(inst, v)
		}
		return 0
	}
	c.events = append(c.events, event{op: eventIndex, inst: inst, cell: uint32(slot)})
	return isInSlot
}

// special goes over an instruction that does more, and returns the kind of the result.
func (c *Checker) special(inst ir.Inst, d *ir.InstData, sh *shape) (kind uint8) {
	f := c.f
	switch sh.flow {
	case flowSlot:
		return isSlot
	case flowLoad, flowStore, flowAtomic:
		return c.memory(inst, d, sh)
	case flowCall:
		c.call(inst, d)
	case flowBranch:
		c.operands(inst, f.Args(inst))
		c.edges(inst)
	default:
		c.operands(inst, f.Args(inst))
	}
	return 0
}

// movesSlot reports whether inst adds a constant to the address of a slot.
func (c *Checker) movesSlot(inst ir.Inst, d *ir.InstData) bool {
	if d.Op != op.Iadd {
		return false
	}
	_, _, ok := c.slotAddr(c.f.FirstResult(inst))
	return ok
}

// operands goes over operands that are data, and returns the union of their kinds.
func (c *Checker) operands(inst ir.Inst, vs []ir.Value) (kind uint8) {
	for _, v := range vs {
		if c.kind[v]&isSeen != 0 {
			kind |= c.operand(inst, v, asData)
		}
	}
	return kind
}

// operand goes over one operand and returns its kind.
func (c *Checker) operand(inst ir.Inst, v ir.Value, as role) uint8 {
	kind := c.kind[v]
	if kind&isAlias != 0 {
		v = c.f.Resolve(v)
		kind = c.kind[v]
	}
	if kind&inAnySlot != 0 && as != asAddress && !c.keepsSlot(inst) {
		c.escape(inst, v)
	}
	if kind&(isRef|inAddress) == 0 {
		return kind
	}
	if kind&isUsed == 0 {
		c.kind[v] |= isUsed
	}
	if c.defIn[v] != c.now {
		c.note(use{v, inst, c.cur, as, c.late}, c.now)
	}
	return kind
}

// note notes a use in a stretch: whether there is a safepoint since the definition, or whether that depends on the blocks
// in between.
func (c *Checker) note(u use, at uint32) {
	from := c.defIn[u.v]
	def := c.in[from]
	switch {
	case from == at:
	case def != u.blk && at == c.blocks[u.blk].first && from == c.blocks[def].last:
		c.far = append(c.far, u)
	default:
		c.stale = append(c.stale, u)
	}
}

// keepsSlot reports whether nothing becomes known of a slot whose address is an operand of inst.
func (c *Checker) keepsSlot(inst ir.Inst) bool {
	o := c.f.Data(inst).Op
	return o == op.Icmp || o == op.Iadd // see add
}

// escape notes that v becomes known elsewhere, if it is an address in a slot.
func (c *Checker) escape(inst ir.Inst, v ir.Value) {
	if slot, ok := c.slotOf(v); ok {
		c.events = append(c.events, event{op: eventEscape, inst: inst, cell: uint32(slot)})
	}
}

// address goes over an operand that is an address, and returns its kind.
func (c *Checker) address(inst ir.Inst, v ir.Value) uint8 {
	kind := c.kind[v]
	if kind&isAlias != 0 {
		v = c.f.Resolve(v)
		kind = c.kind[v]
	}
	switch {
	case kind&inAnySlot != 0:
		return kind
	case kind&(isRoot|inAddress) == 0 && c.computed(v):
		c.feed(v)
	}
	if c.kind[v]&(isRef|inAddress) == 0 {
		return kind
	}
	return c.operand(inst, v, asAddress)
}

// memory goes over a load, store or atomic, and returns the kind of its result.
func (c *Checker) memory(inst ir.Inst, d *ir.InstData, sh *shape) (kind uint8) {
	addr := d.X[sh.address]
	var ev *event
	switch kind := c.address(inst, addr); {
	case kind&isSlot != 0:
		ev = c.access(inst, d, addr, sh.flow)
	case kind&isInSlot != 0:
		c.accessSome(inst, d, addr, sh.flow)
	}
	if sh.flow == flowLoad {
		if ev != nil && c.cells.reads(ev.cell, c.cur) {
			return isRef | isRoot
		}
		return 0
	}
	if ev != nil {
		c.store(inst, d.X[0], ev.cell)
		return 0
	}
	for k, v := range d.X[:sh.args&3] {
		if k != int(sh.address) && c.kind[v]&isSeen != 0 {
			c.operand(inst, v, asData)
		}
	}
	return 0
}

// store goes over the value that is stored in a cell.
func (c *Checker) store(inst ir.Inst, v ir.Value, k uint32) {
	kind := c.operand(inst, v, asData)
	cell := &c.cells.cells[k]
	if kind&isRoot == 0 && (cell.mapped || cell.shares) && !c.isConstant(v, maxConstant) {
		v = c.f.Resolve(v)
		c.redo(c.in[c.defIn[v]])
		c.becomesRef(v, isRef|isRoot)
		kind |= isRef
	}
	isReference := kind&isRef != 0
	if isReference && !cell.holds {
		cell.holds = true
		if cell.readAt != 0 {
			c.redo(cell.readAt - 1)
		}
	}
}

// becomesRef notes that v is a reference. If it is defined before this place, the sweep will be done again.
func (c *Checker) becomesRef(v ir.Value, kind uint8) {
	c.kind[v] |= kind
	c.defIn[v] = c.now
}

// call goes over a call. What it passes to blocks, it passes when the callee has returned.
func (c *Checker) call(inst ir.Inst, d *ir.InstData) {
	args := c.f.Args(inst)
	n := c.addressArgs(d, len(args))
	kind := uint8(0)
	for _, v := range args[:n] {
		kind |= c.address(inst, v)
	}
	kind |= c.operands(inst, args[n:])
	point := c.isPoint(inst)
	if point {
		c.point(inst)
	}
	if kind&inAnySlot != 0 {
		for _, v := range args { // the callee may store there, after the safepoint that the call is
			c.escape(inst, v)
		}
	}
	if !d.Op.Has(op.IsBranch) {
		return
	}
	c.late = point
	for _, it := range c.f.ExTables[d.ExTable()].Items {
		if it.Kind == ir.ExContext {
			c.operand(inst, it.Context, asData)
		}
	}
	c.edges(inst)
	c.late = false
}

// addressArgs is how many of the n operands of a call are addresses: the callee of an indirect one, and what known library
// functions take.
func (c *Checker) addressArgs(d *ir.InstData, n int) int {
	switch d.Op.Format() {
	case op.FmtCallIndirect, op.FmtTryCallIndirect:
		return 1
	case op.FmtTernary: // stack_switch
		return 2
	}
	k := 0
	if name := &c.f.ExtFuncs[d.Func()].Name; name.Kind == ir.LibCallName {
		switch name.LibCall {
		case ir.LibMemcpy, ir.LibMemmove, ir.LibMemcmp:
			k = 2
		case ir.LibMemset:
			k = 1
		}
	}
	return min(k, n)
}

// edges goes over the arguments of the block calls of inst.
func (c *Checker) edges(inst ir.Inst) {
	f := c.f
	c.calls = f.Branches(inst, c.calls[:0])
	for _, call := range c.calls {
		n := f.NumCallArgs(call)
		if n == 0 {
			continue
		}
		to := f.CallBlock(call)
		params := f.Params(to)
		for k := range n {
			v, ok := f.CallArg(call, k).Value()
			if !ok || c.kind[v]&isSeen == 0 {
				continue
			}
			p := params[k]
			if c.operand(inst, v, asData)&isRef == 0 || c.kind[p]&isRef != 0 {
				continue
			}
			if at := c.place(to); at <= c.cur {
				c.redo(at)
				c.becomesRef(p, isRef)
			}
			c.kind[p] |= isRef
		}
	}
}
