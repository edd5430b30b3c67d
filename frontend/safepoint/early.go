package safepoint

import (
	"davit/ir"
	"davit/ir/op"
)

// Problem: make every use of a reference after a safepoint read the slot that the collector may have rewritten, and
// have the slot written before the first safepoint, with few stores and reloads and in one walk.
//
// Idea: the slot of a mapped reference is written once, where the reference is defined, and is valid from there to the
// last use. A stretch is a part of an extended basic block (a tree of blocks with one predecessor each) without a
// safepoint. Within a stretch the reference is reloaded at its first use, and other uses share what that read.
//
//  1. A value in the table cur whose stamp is the current stretch holds the reference's bits now: it was defined or
//     reloaded in this stretch, at a point that dominates the current one.
//  2. A safepoint starts a new stretch, so nothing that was read before it is used after it.
//  3. An edge that leaves a safepoint passes its arguments after the safepoint: what it needs is reloaded in a landing
//     block on the edge.
//  4. A parameter whose argument has the same slot is not stored on that edge. The other edges store it themselves when
//     they can; else the block stores it at its top.
//  5. A parameter that no edge's value is needed for, since all uses come after a safepoint, is removed.
//  6. Constants have no slot: they are made again.
//
// Cost: linear in the instructions.

// emitter inserts the code of the pass.
type emitter struct {
	block  ir.Block
	before ir.Inst // where instructions go; NoInst: to the end of block

	cur     []ir.Value // per reference: a value that holds it, if
	stamp   []uint32   // its stretch is the current one
	stretch uint32
	last    uint32 // number of the newest stretch
	undo    []undo
	work    []work

	entries []ir.StackMapEntry
	pending []pendingStore
	inner   []ir.BlockArg
}

// pendingStore is a store that an edge does when it has read all it needs.
type pendingStore struct {
	ref   int
	value ir.Value
	from  int // late mode: the reference that value is, if it is not known yet
}

type undo struct {
	ref   uint32
	value ir.Value
	stamp uint32
}

// work is a block to walk, with the state to start from.
type work struct {
	index   int // in rpo
	stretch uint32
	undone  int // length of the undo log in that state
}

// placeEarly rewrites the function.
func (c *Context) placeEarly() {
	e := &c.emit
	c.planParams()
	e.cur, e.stamp = cleared(e.cur, len(c.refs)), cleared(e.stamp, len(c.refs))
	e.last, e.undo, e.work = 0, e.undo[:0], e.work[:0]
	c.newEntries()
	for i := range c.rpo {
		if c.continues(i) {
			continue
		}
		e.undo = e.undo[:0]
		e.work = append(e.work, work{i, 0, 0})
		for len(e.work) > 0 {
			w := e.work[len(e.work)-1]
			e.work = e.work[:len(e.work)-1]
			c.rollBack(w.undone)
			if e.stretch = w.stretch; w.stretch == 0 {
				c.newStretch()
			}
			c.rewriteBlock(w.index)
			c.pushSuccessors(w.index)
		}
	}
	c.dropParams()
}

// newEntries makes room for all stack-map entries of the function at once.
func (c *Context) newEntries() {
	n := 0
	for _, r := range c.across {
		if c.needsSlot(r) {
			n++
		}
	}
	c.emit.entries = make([]ir.StackMapEntry, 0, n)
}

// continues reports whether the block continues the stretch of its only predecessor.
func (c *Context) continues(i int) bool {
	b := c.rpo[i]
	if i == 0 {
		return false
	}
	var from ir.Inst
	n := 0
	for _, p := range c.cfg.Preds(b) {
		if c.cfg.Reachable(p.Block) {
			from = p.Inst
			n++
		}
	}
	return n == 1 && !c.f.IsSafepoint(from)
}

func (c *Context) pushSuccessors(i int) {
	e := &c.emit
	succs := c.cfg.Succs(c.rpo[i])
	for k := len(succs) - 1; k >= 0; k-- {
		if n, ok := c.cfg.RPO(succs[k]); ok && c.continues(n) {
			e.work = append(e.work, work{n, e.stretch, len(e.undo)})
		}
	}
}

func (c *Context) newStretch() {
	c.emit.last++
	c.emit.stretch = c.emit.last
}

func (c *Context) rollBack(n int) {
	e := &c.emit
	for k := len(e.undo) - 1; k >= n; k-- {
		u := e.undo[k]
		e.cur[u.ref], e.stamp[u.ref] = u.value, u.stamp
	}
	e.undo = e.undo[:n]
}

// hold notes that v holds reference r in the current stretch.
func (c *Context) hold(r int, v ir.Value) {
	e := &c.emit
	e.undo = append(e.undo, undo{uint32(r), e.cur[r], e.stamp[r]})
	e.cur[r], e.stamp[r] = v, e.stretch
}

// get returns a value that holds reference r now, reloading it at the current place if need be.
func (c *Context) get(r int) ir.Value {
	e := &c.emit
	if e.stamp[r] != e.stretch {
		c.hold(r, c.reload(r))
	}
	return e.cur[r]
}

// insert puts an instruction at the current place.
func (c *Context) insert(d ir.InstData) ir.Inst {
	e := &c.emit
	inst := c.f.NewInst(d)
	if e.before == ir.NoInst {
		c.f.AppendInst(inst, e.block)
	} else {
		c.f.InsertInst(inst, e.before)
	}
	return inst
}

// access returns the address of the slot of reference r, made at the current place, and the flags to access it with.
// Address and access are adjacent, so that the back end folds them into one instruction.
func (c *Context) access(r int) (ir.Value, ir.Value) {
	ss := c.stackSlot(r)
	addr := c.f.AppendResults(c.insert(ir.InstData{Op: op.StackAddr, Type: c.opts.Pointer, X: [4]ir.Value{ir.Value(ss)}}), c.opts.Pointer)
	flags := ir.TrustedMem
	if c.opts.Region != nil {
		flags.Region = c.opts.Region(c.f, ss, c.refs[r].typ, 0)
	}
	return addr, c.f.MemHandle(flags)
}

// store writes v to the slot of reference r.
func (c *Context) store(r int, v ir.Value) ir.Inst {
	addr, flags := c.access(r)
	return c.insert(ir.InstData{Op: op.Store, Type: c.refs[r].typ, X: [4]ir.Value{v, addr, flags}})
}

// reload reads the slot of reference r, or makes the constant that it is.
func (c *Context) reload(r int) ir.Value {
	ref := &c.refs[r]
	if ref.constant != ir.NoInst {
		return c.f.AppendResults(c.insert(*c.f.Data(ref.constant)), ref.typ)
	}
	addr, flags := c.access(r)
	v := c.f.AppendResults(c.insert(ir.InstData{Op: op.Load, Type: ref.typ, X: [4]ir.Value{addr, flags}}), ref.typ)
	c.added = append(c.added, v)
	return v
}

// rewriteBlock rewrites one block.
func (c *Context) rewriteBlock(i int) {
	f, e := c.f, &c.emit
	b := c.rpo[i]
	e.block, e.before = b, f.FirstInst(b)
	for _, v := range f.Params(b) {
		if r, ok := c.mapped(v); ok && !c.isDropped(r) {
			c.hold(r, v)
			if c.plan(r).place == storeTop {
				c.store(r, v)
			}
		}
	}
	points := c.points[c.first[i]:c.first[i+1]]
	next := ir.NoInst
	for inst := f.FirstInst(b); inst != ir.NoInst; inst = next {
		next = f.NextInst(inst)
		e.before = inst
		for k := range f.Args(inst) {
			if r, ok := c.mapped(f.Args(inst)[k]); ok {
				v := c.get(r)
				f.Args(inst)[k] = v
			}
		}
		safepoint := f.IsSafepoint(inst)
		branch := f.Data(inst).Op.Has(op.IsBranch)
		if branch && !safepoint {
			c.rewriteEdges(inst)
		}
		if safepoint {
			c.attach(points[len(points)-1])
			points = points[:len(points)-1]
			c.newStretch()
			if branch {
				c.land(inst, b)
			}
		}
		e.block, e.before = b, next
		for _, v := range f.Results(inst) {
			if r, ok := c.mapped(v); ok && c.refs[r].constant == ir.NoInst {
				c.hold(r, v)
				c.store(r, v)
			} else if ok {
				c.hold(r, v)
			}
		}
	}
}

// attach gives a safepoint its stack map.
func (c *Context) attach(p point) {
	e := &c.emit
	start := len(e.entries)
	for _, r := range c.across[p.start:p.end] {
		if c.needsSlot(r) {
			e.entries = append(e.entries, ir.StackMapEntry{Type: c.refs[r].typ, Slot: c.stackSlot(int(r))})
		}
	}
	own := e.entries[start:len(e.entries):len(e.entries)]
	if old := c.f.StackMap(p.inst); len(old) > 0 {
		own = append(old[:len(old):len(old)], own...)
	}
	c.f.SetStackMap(p.inst, own)
}

// rewriteEdges rewrites the arguments of the edges of a branch that is no safepoint.
func (c *Context) rewriteEdges(inst ir.Inst) {
	f, e := c.f, &c.emit
	jump := f.Data(inst).Op == op.Jump
	e.pending = e.pending[:0]
	c.calls = f.Branches(inst, c.calls[:0])
	for _, call := range c.calls {
		for k, p := range f.Params(f.CallBlock(call)) {
			v, ok := f.CallArg(call, k).Value()
			if !ok {
				continue
			}
			now := v
			if r, ok := c.mapped(v); ok && c.edgeNeeds(v, p) {
				now = c.get(r)
				f.SetCallArg(call, k, ir.ValueArg(now))
			}
			if r, ok := c.edgeStores(v, p); ok && jump {
				e.pending = append(e.pending, pendingStore{ref: r, value: now})
			}
		}
	}
	c.flushStores()
}

// edgeNeeds reports whether argument v for parameter p must be in a value: not if both share the slot and the parameter
// is gone.
func (c *Context) edgeNeeds(v, p ir.Value) bool {
	r, ok := c.mapped(p)
	return !ok || !c.isDropped(r) || !c.sameSlot(v, r)
}

// edgeStores reports whether argument v for parameter p is stored on its edge, and as which reference.
func (c *Context) edgeStores(v, p ir.Value) (int, bool) {
	r, ok := c.mapped(p)
	return r, ok && c.plan(r).place == storeEdges && !c.sameSlot(v, r)
}

// flushStores does the pending stores: all reloads on the edge are done, so a store may overwrite what another read.
func (c *Context) flushStores() {
	for _, s := range c.emit.pending {
		c.store(s.ref, s.value)
	}
}

// land makes the landing blocks of a safepoint that ends block b: the normal return first, then the handlers.
func (c *Context) land(inst ir.Inst, b ir.Block) {
	n := len(c.f.Branches(inst, c.calls[:0]))
	after := c.landOn(inst, n-1, b)
	for i := range n - 1 {
		after = c.landOn(inst, i, after)
	}
}

// landOn makes the landing block of edge i of a safepoint if the edge needs one. The landing block goes after another
// one in the layout; the result is the last of the two.
func (c *Context) landOn(inst ir.Inst, i int, after ir.Block) ir.Block {
	f, e := c.f, &c.emit
	call := f.Branch(inst, i)
	target := f.CallBlock(call)
	if !c.needsLanding(call, target) {
		return after
	}
	land := f.NewBlock()
	f.InsertBlockAfter(land, after)
	f.SetCold(land, f.IsCold(target))
	e.block, e.before = land, ir.NoInst
	c.newStretch()
	e.pending = e.pending[:0]
	outer := c.args[:0] // what the safepoint passes to the landing block
	inner := e.inner[:0]
	for k := range f.NumCallArgs(call) {
		p := f.Params(target)[k]
		arg := f.CallArg(call, k)
		v, isValue := arg.Value()
		if !isValue {
			outer = append(outer, arg)
			v = f.AppendParam(land, f.ValueType(p))
			if _, ok := c.ref(p); ok {
				c.added = append(c.added, v)
			}
		}
		now := v
		if r, ok := c.mapped(v); ok && c.refs[r].constant == ir.NoInst && c.edgeNeeds(v, p) {
			now = c.get(r)
		}
		if r, ok := c.edgeStores(v, p); ok {
			e.pending = append(e.pending, pendingStore{ref: r, value: now})
		}
		if r, ok := c.mapped(p); !ok || !c.isDropped(r) {
			inner = append(inner, ir.ValueArg(now))
		}
	}
	c.flushStores()
	c.insert(ir.InstData{Op: op.Jump, X: [4]ir.Value{ir.Value(f.NewBlockCall(target, inner))}})
	f.SetBranch(inst, i, f.NewBlockCall(land, outer))
	c.args, e.inner = outer, inner
	return land
}

// needsLanding reports whether something must be reloaded or stored on an edge that leaves a safepoint.
func (c *Context) needsLanding(call ir.BlockCall, target ir.Block) bool {
	f := c.f
	for k, p := range f.Params(target) {
		v, isValue := f.CallArg(call, k).Value()
		if !isValue {
			v = ir.NoValue
		}
		if r, ok := c.mapped(v); ok && c.refs[r].constant == ir.NoInst && c.edgeNeeds(v, p) {
			return true
		}
		if _, ok := c.edgeStores(v, p); ok {
			return true
		}
	}
	return false
}
