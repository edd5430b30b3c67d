package safepoint

import (
	"davit/frontend/internal/ssa"
	"davit/ir"
	"davit/ir/op"
)

// emitLate inserts the stores and reloads and rebuilds SSA form.
func (c *Context) emitLate() {
	l, e, f := &c.late, &c.emit, c.f
	c.ssa.Reset(f)
	for i := range c.refs {
		c.ssa.Declare(c.refs[i].typ)
	}
	for b := range f.Blocks() {
		inst := f.LastInst(b)
		if inst == ir.NoInst {
			continue
		}
		c.calls = f.Branches(inst, c.calls[:0])
		for k, call := range c.calls {
			c.ssa.AddEdge(inst, k, b, f.CallBlock(call))
		}
	}
	for b := range f.Blocks() {
		c.ssa.Seal(b)
	}
	e.cur, e.stamp = cleared(e.cur, len(c.refs)), cleared(e.stamp, len(c.refs))
	e.last = 0
	l.own = cleared(l.own, len(c.rpo)*c.live.words)
	l.fixes = l.fixes[:0]
	c.newEntries()
	for i := range c.rpo {
		c.emitBlock(i)
	}
	c.fixUses()
	c.ssa.Finish(func(_ ssa.Var, v ir.Value) { c.added = append(c.added, v) })
	if c.ssa.Aliases() {
		f.ResolveAllAliases()
		c.ssa.DropAliases()
	}
}

// emitBlock rewrites block i.
func (c *Context) emitBlock(i int) {
	l, e, f := &c.late, &c.emit, c.f
	b := c.rpo[i]
	e.undo = e.undo[:0]
	c.newStretch()
	e.block, e.before = b, f.FirstInst(b)
	for _, v := range f.Params(b) {
		if r, ok := c.mapped(v); ok && !c.isDropped(r) {
			c.hold(r, v)
		}
	}
	c.storeTop(i)
	for n := l.inStart[i]; n < l.inStart[i+1]; n++ {
		if !c.atEnd(&l.in[n]) {
			c.emitInserts(int(n))
		}
	}
	points := c.points[c.first[i]:c.first[i+1]]
	passed := false
	next := ir.NoInst
	for inst := f.FirstInst(b); inst != ir.NoInst; inst = next {
		next = f.NextInst(inst)
		e.before = inst
		for k := range f.Args(inst) {
			if r, ok := c.mapped(f.Args(inst)[k]); ok {
				c.useArg(inst, k, r, i, passed)
			}
		}
		if f.Data(inst).Op == op.Jump {
			c.emitJump(inst, i, passed)
		}
		if f.IsSafepoint(inst) {
			c.attach(points[len(points)-1])
			points = points[:len(points)-1]
			c.newStretch()
			passed = true
		}
		e.before = next
		for _, v := range f.Results(inst) {
			if r, ok := c.mapped(v); ok {
				c.hold(r, v)
				if c.needsSlot(uint32(r)) && (has(c.live.at(l.demand, i), r) || has(c.live.at(l.sureOut, i), r)) {
					c.store(r, v)
				}
			}
		}
	}
	for _, u := range e.undo {
		if r := int(u.ref); e.stamp[r] == e.stretch {
			c.ssa.Define(ssa.Var(r), b, e.cur[r])
			set(c.live.at(l.own, i), r)
		}
	}
}

// storeTop stores what is pending at the top of block i and certainly needed.
func (c *Context) storeTop(i int) {
	l := &c.late
	row := l.row
	pending, sure := c.live.at(l.pending, i), c.live.at(l.sure, i)
	in, def, results := c.live.at(c.live.in, i), c.live.at(c.live.def, i), c.live.at(l.results, i)
	for w := range row {
		row[w] = pending[w] & sure[w] & (in[w] | def[w]&^results[w])
	}
	c.storeAll(row)
}

// storeAll stores the references of a row, whose original values are still valid.
func (c *Context) storeAll(row []uint64) {
	each(row, func(r int) {
		if c.needsSlot(uint32(r)) {
			c.store(r, c.refs[r].v)
		}
	})
}

// emitInserts does the reloads of an edge at the current place.
func (c *Context) emitInserts(n int) {
	words := c.live.words
	each(c.late.inserts[n*words:(n+1)*words], func(r int) { c.get(r) })
}

// current returns a value that holds reference r at the current place in block i, or false if that is the one from the
// start of the block, which is not known yet. passed says that there was a safepoint in the block.
func (c *Context) current(r, i int, passed bool) (ir.Value, bool) {
	e := &c.emit
	if e.stamp[r] != e.stretch && !passed && has(c.live.at(c.late.avail, i), r) {
		return ir.NoValue, false
	}
	return c.get(r), true
}

// useArg rewrites operand k of inst, a use of reference r.
func (c *Context) useArg(inst ir.Inst, k, r, i int, passed bool) {
	v, ok := c.current(r, i, passed)
	if !ok {
		c.late.fixes = append(c.late.fixes, fix{inst, ir.NoBlockCall, k, r, i})
		return
	}
	c.f.Args(inst)[k] = v
}

// emitJump does what is placed at the end of block i, which ends in inst, a jump.
func (c *Context) emitJump(inst ir.Inst, i int, passed bool) {
	l, e, f := &c.late, &c.emit, c.f
	call := f.Branch(inst, 0)
	to, _ := c.cfg.RPO(f.CallBlock(call))
	n := l.inStart[to]
	for l.in[n].inst != inst {
		n++
	}
	edge := &l.in[n]
	c.emitInserts(int(n))
	e.pending = e.pending[:0]
	for k, p := range f.Params(f.CallBlock(call)) {
		v, isValue := f.CallArg(call, k).Value()
		if !isValue {
			continue
		}
		r, isRef := c.mapped(v)
		now, known := v, true
		pr, stores := c.storesArg(edge, k, p) // before the argument is rewritten
		if isRef && c.edgeNeeds(v, p) {
			if now, known = c.current(r, i, passed); known {
				f.SetCallArg(call, k, ir.ValueArg(now))
			} else {
				l.fixes = append(l.fixes, fix{inst, call, k, r, i})
			}
		}
		if !stores {
			continue
		}
		if isRef && c.sameSlot(v, pr) {
			now, known = c.refs[r].v, true // pending, so no safepoint was passed
		}
		if !known {
			now = ir.NoValue
		}
		e.pending = append(e.pending, pendingStore{pr, now, r})
	}
	c.storePassing(i, to)
	for _, s := range e.pending {
		store := c.store(s.ref, s.value)
		if s.value == ir.NoValue {
			l.fixes = append(l.fixes, fix{store, ir.NoBlockCall, 0, s.from, i})
		}
	}
}

// storesArg reports whether argument k of a jump is stored on its edge, for parameter p, and as which reference.
func (c *Context) storesArg(e *lateEdge, k int, p ir.Value) (int, bool) {
	l := &c.late
	r, ok := c.mapped(p)
	return r, ok && !has(c.live.at(l.pending, e.to), r) && has(c.live.at(l.wish, e.to), r) && c.argPending(e, k, r)
}

// storePassing stores what is pending at the end of block i and needed, but not pending, in block to.
func (c *Context) storePassing(i, to int) {
	l := &c.late
	pending, wish := c.live.at(l.pending, to), c.live.at(l.wish, to)
	def := c.live.at(c.live.def, to)
	row := l.row
	for w := range row {
		row[w] = c.pendingOut(i, w) &^ pending[w] & wish[w] &^ def[w]
	}
	c.storeAll(row)
}

// fixUses makes the operands that are the values of references at the start of their blocks.
func (c *Context) fixUses() {
	e, f := &c.emit, c.f
	block := -1
	for _, x := range c.late.fixes {
		if x.block != block {
			block = x.block
			c.newStretch()
		}
		if e.stamp[x.ref] != e.stretch {
			e.stamp[x.ref] = e.stretch
			if v, b := ssa.Var(x.ref), c.rpo[block]; has(c.live.at(c.late.own, block), x.ref) {
				e.cur[x.ref] = c.ssa.UseAtStart(v, b)
			} else {
				e.cur[x.ref] = c.ssa.Use(v, b)
			}
		}
		v := e.cur[x.ref]
		if x.call != ir.NoBlockCall {
			f.SetCallArg(x.call, x.k, ir.ValueArg(v))
		} else {
			f.Args(x.inst)[x.k] = v
		}
	}
}
