package safepoint

import (
	"slices"

	"davit/ir"
	"davit/ir/op"
)

// Problem: place stores and reloads so that paths without a safepoint pay for neither, that a reload serves all uses up
// to the next safepoint, wherever they are, and that no path executes more of either than in early mode.
//
// Idea: a reference has two places, R (an SSA value) and S (its slot). A definition makes R valid; a safepoint needs S and
// leaves only S valid; a use needs R. Reloads are placed by lazy code motion, where a use counts as computing R, a
// safepoint kills R and a definition provides it. Stores are placed by its mirror image: a store is pending from the
// definition on, and is done where it becomes certain that a safepoint (or a reload) will need it, or where paths meet
// of which others have done it. The reloads are new definitions of R, so SSA form is built anew.
//
//  1. Before, edges on which something may have to be placed get blocks of their own; those that stay empty go again.
//     So whatever is placed on an edge goes to the end of a block that ends in a jump, or to the top of a block that one
//     edge leads to; and only jumps pass references.
//  2. A reload is placed only where R is anticipated: all paths use it before the next safepoint. A cold block is an
//     exception: there one path is enough, so that the cold side pays for the hot one.
//  3. Availability is computed again with the reloads in place, and a use that it does not cover reloads by itself. So
//     the result is right whatever placed the reloads.
//  4. While a store is pending, R is the original value: no safepoint has been passed, since those that the reference
//     lives across need its slot.
//  5. On an edge that passes a reference to a parameter with the same slot, the parameter's S is what the argument's is.
//     A parameter that early mode would remove is removed unless its R is anticipated, or comes for free.
//  6. Constants are treated like references without a slot.
//
// Cost: a few bit-vector problems over blocks and references, each linear per pass over the blocks.
//
// Source: Knoop, Rüthing, Steffen, "Lazy code motion", 1992; Drechsler, Stadel, "A variation of Knoop, Rüthing, and
// Steffen's lazy code motion", 1993.

// lateState is the memory of late mode. The tables have a row of words per reachable block, in order of rpo, unless
// said otherwise.
type lateState struct {
	splits  []split
	inStart []uint32 // per block: its part of in
	in      []lateEdge

	// Where R is needed and valid.
	topUse   []uint64 // used before the first safepoint, and not a result of the block
	results  []uint64 // results of instructions of the block
	gen      []uint64 // R is valid at the end, by what the block does
	avail    []uint64 // R is valid at the start
	need     []uint64 // R may be needed before a safepoint, from the top on (parameters included)
	ant      []uint64 // R is certainly needed before a safepoint, from the top on
	later    []uint64 // the reload may be placed in the block or later
	inserts  []uint64 // per edge in "in": reloads placed on it
	lastDefs []uint64 // parameters and results defined after the last safepoint

	// Where S is needed and valid.
	demand  []uint64 // S is needed in the block
	sure    []uint64 // S is certainly needed, from the top on
	wish    []uint64 // S may be needed, from the top on
	sureOut []uint64
	pending []uint64 // at the start, parameters included: the store has not been done

	own   []uint64 // R has a definition at the end of the block that is made there
	fixes []fix
	cands []uint32 // references: parameters that may be removed
	row   []uint64
}

// lateEdge is branch k of inst, from block from; both blocks are numbered in order of rpo.
type lateEdge struct {
	inst     ir.Inst
	k        int
	from, to int
}

// split is a block made on an edge: branch k of inst.
type split struct {
	inst  ir.Inst
	k     int
	block ir.Block
}

// fix is an operand that is to become the value of a reference at the start of a block.
type fix struct {
	inst  ir.Inst
	call  ir.BlockCall // the operand is an argument of it, unless it is NoBlockCall
	k     int
	ref   int
	block int
}

func (c *Context) placeLate() {
	c.assignSlots()
	c.planParams()
	if c.splitEdges() {
		c.analyse() // the references are the same, so it cannot fail
		c.findSafepoints()
	}
	c.findEdges()
	c.planReloads()
	c.planStores()
	c.emitLate()
	c.dropParams()
	c.joinEdges()
	slices.Sort(c.added)
	c.added = slices.DeleteFunc(c.added, func(v ir.Value) bool { return !c.isAttached(v) })
}

// isAttached reports whether v is defined in the layout.
func (c *Context) isAttached(v ir.Value) bool {
	if !c.f.ValueExists(v) {
		return false
	}
	b, _, ok := c.f.DefParam(v)
	if !ok {
		inst, _, _ := c.f.DefInst(v)
		b = c.f.InstBlock(inst)
	}
	return c.f.InLayout(b)
}

// splitEdges makes blocks on the edges where something may have to be placed. It reports whether there are any.
func (c *Context) splitEdges() bool {
	l := &c.late
	l.splits = l.splits[:0]
	for i, b := range c.rpo {
		inst := c.f.LastInst(b)
		if c.f.Data(inst).Op == op.Jump {
			continue
		}
		safepoint := c.f.IsSafepoint(inst)
		n := len(c.f.Branches(inst, c.calls[:0]))
		after := b
		for j := range n {
			k := j
			if safepoint { // the normal return comes first in the layout
				k = (j + n - 1) % n
			}
			if c.mustSplit(i, inst, k) {
				after = c.splitEdge(inst, k, after)
			}
		}
	}
	return len(l.splits) > 0
}

// mustSplit reports whether branch k of inst, which has others or is a safepoint, passes a mapped reference, or leads to
// a block that other edges lead to and that concerns mapped references.
func (c *Context) mustSplit(i int, inst ir.Inst, k int) bool {
	f := c.f
	call := f.Branch(inst, k)
	for a := range f.NumCallArgs(call) {
		if v, ok := f.CallArg(call, a).Value(); ok {
			if _, ok := c.mapped(v); ok {
				return true
			}
		}
	}
	target := f.CallBlock(call)
	if len(c.cfg.Preds(target)) < 2 {
		return false
	}
	for _, p := range f.Params(target) {
		if _, ok := c.mapped(p); ok {
			return true
		}
	}
	t, ok := c.cfg.RPO(target)
	if !ok {
		return false
	}
	any := false
	each(c.live.at(c.live.in, t), func(r int) { any = any || c.refs[r].inMap })
	return any
}

// splitEdge makes a block on branch k of inst, after another block in the layout.
func (c *Context) splitEdge(inst ir.Inst, k int, after ir.Block) ir.Block {
	f := c.f
	call := f.Branch(inst, k)
	target := f.CallBlock(call)
	land := f.NewBlock()
	f.InsertBlockAfter(land, after)
	f.SetCold(land, f.IsCold(target))
	outer, inner := c.args[:0], c.emit.inner[:0]
	for a := range f.NumCallArgs(call) {
		arg := f.CallArg(call, a)
		if _, ok := arg.Value(); !ok {
			p := f.Params(target)[a]
			outer = append(outer, arg)
			v := f.AppendParam(land, f.ValueType(p))
			if _, ok := c.ref(p); ok {
				c.added = append(c.added, v)
			}
			arg = ir.ValueArg(v)
		}
		inner = append(inner, arg)
	}
	c.emit.block, c.emit.before = land, ir.NoInst
	c.insert(ir.InstData{Op: op.Jump, X: [4]ir.Value{ir.Value(f.NewBlockCall(target, inner))}})
	f.SetBranch(inst, k, f.NewBlockCall(land, outer))
	c.args, c.emit.inner = outer, inner
	c.late.splits = append(c.late.splits, split{inst, k, land})
	return land
}

// joinEdges removes the blocks made on edges in which nothing was placed.
func (c *Context) joinEdges() {
	f := c.f
	for _, s := range c.late.splits {
		jump := f.FirstInst(s.block)
		if jump != f.LastInst(s.block) {
			continue
		}
		inner, outer := f.Branch(jump, 0), f.Branch(s.inst, s.k)
		c.args = c.args[:0]
		for a := range f.NumCallArgs(inner) {
			arg := f.CallArg(inner, a)
			if v, ok := arg.Value(); ok {
				if b, n, ok := f.DefParam(v); ok && b == s.block {
					arg = f.CallArg(outer, n)
				}
			}
			c.args = append(c.args, arg)
		}
		f.SetBranch(s.inst, s.k, f.NewBlockCall(f.CallBlock(inner), c.args))
		f.RemoveBlock(s.block)
	}
}

// findEdges lists the edges between reachable blocks.
func (c *Context) findEdges() {
	l, f := &c.late, c.f
	n := len(c.rpo)
	l.inStart = cleared(l.inStart, n+1)
	l.in = l.in[:0]
	for i, b := range c.rpo {
		l.inStart[i] = uint32(len(l.in))
		last := ir.NoInst
		for _, p := range c.cfg.Preds(b) {
			from, ok := c.cfg.RPO(p.Block)
			if !ok || p.Inst == last {
				continue
			}
			last = p.Inst
			c.calls = f.Branches(p.Inst, c.calls[:0])
			for k, call := range c.calls {
				if f.CallBlock(call) == b {
					l.in = append(l.in, lateEdge{p.Inst, k, from, i})
				}
			}
		}
	}
	l.inStart[n] = uint32(len(l.in))
}

// edges returns the edges into block i.
func (c *Context) edges(i int) []lateEdge {
	return c.late.in[c.late.inStart[i]:c.late.inStart[i+1]]
}

// atEnd reports whether what is placed on an edge goes to the end of the block it comes from, rather than to the top
// of the block it leads to.
func (c *Context) atEnd(e *lateEdge) bool { return c.f.Data(e.inst).Op == op.Jump }
