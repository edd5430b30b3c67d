package safepoint

import (
	"cmp"
	"slices"

	"davit/ir"
	"davit/ir/op"
)

// Problem: a reference that travels around a loop as block parameter would be reloaded for each back edge and stored
// again at the top of the loop, though its slot holds it all the time.
//
// Idea: look at the edges into each block with mapped parameters.
//
//  1. An edge whose argument has the slot of the parameter needs no store. If the other edges are few and can store by
//     themselves (they end in a jump, or get a landing block), no store is left at the top of the block.
//  2. A parameter of such a block is removed if its value is not used before the first safepoint. To be passed on as
//     an argument for a parameter that is removed and has the same slot is no use. Which parameters go is the greatest
//     solution: all are removed at first, until one is found that is needed.
//  3. The parameters of the entry, and those that unreachable blocks use, stay.
//
// Cost: linear in the edges into blocks with mapped parameters, and n log n in the arguments that are such parameters
// themselves.

// storePlace says where a block parameter is stored.
type storePlace uint8

const (
	storeTop   storePlace = iota // at the top of the block
	storeEdges                   // on the edges whose argument is not in the slot already
)

// maxEdgeStores bounds the stores on edges that replace one at the top of a block.
const maxEdgeStores = 2

// paramPlan is what happens to a mapped block parameter.
type paramPlan struct {
	ref   uint32
	place storePlace
}

// paramFlow says that the value of parameter from is used, before any safepoint, as an argument for parameter to, which
// has the same slot.
type paramFlow struct{ from, to uint32 }

// plan returns the plan for reference r; what is no parameter has the zero plan.
func (c *Context) plan(r int) paramPlan {
	if i := c.paramOf[r]; i != 0 {
		return c.params[i-1]
	}
	return paramPlan{place: storeTop}
}

func (c *Context) isDropped(r int) bool { return c.refs[r].dropped }

// planParams decides about the mapped parameters of all blocks.
func (c *Context) planParams() {
	f := c.f
	c.params, c.flows = c.params[:0], c.flows[:0]
	c.paramOf = cleared(c.paramOf, len(c.refs))
	for i, b := range c.rpo {
		first := len(c.params)
		for k, v := range f.Params(b) {
			if r, ok := c.mapped(v); ok {
				c.params = append(c.params, paramPlan{uint32(r), c.paramPlace(i, b, k, r)})
				c.paramOf[r] = uint32(len(c.params))
			}
		}
		any := false
		for _, p := range c.params[first:] {
			gone := p.place == storeEdges && !has(c.live.unreachedUses, int(p.ref))
			c.refs[p.ref].dropped = gone
			any = any || gone
		}
		if any {
			c.findUses(b)
		}
	}
	c.keepSources()
}

// keepSources keeps the parameters that flow, before any safepoint, into one that stays.
func (c *Context) keepSources() {
	slices.SortFunc(c.flows, func(a, b paramFlow) int { return cmp.Or(cmp.Compare(a.to, b.to), cmp.Compare(a.from, b.from)) })
	kept := c.kept[:0]
	for _, w := range c.flows {
		if !c.refs[w.to].dropped {
			kept = append(kept, w.to)
		}
	}
	for len(kept) > 0 {
		to := kept[len(kept)-1]
		kept = kept[:len(kept)-1]
		i, _ := slices.BinarySearchFunc(c.flows, to, func(w paramFlow, to uint32) int { return cmp.Compare(w.to, to) })
		for ; i < len(c.flows) && c.flows[i].to == to; i++ {
			if from := &c.refs[c.flows[i].from]; from.dropped {
				from.dropped = false
				kept = append(kept, c.flows[i].from)
			}
		}
	}
	c.kept = kept
}

// paramPlace chooses where parameter k of block b, reference r, is stored.
func (c *Context) paramPlace(i int, b ir.Block, k, r int) storePlace {
	if i == 0 {
		return storeTop
	}
	f := c.f
	same, stores := 0, 0
	last := ir.NoInst
	for _, p := range c.cfg.Preds(b) {
		if !c.cfg.Reachable(p.Block) || p.Inst == last {
			continue
		}
		last = p.Inst
		own := f.Data(p.Inst).Op == op.Jump || f.IsSafepoint(p.Inst)
		c.calls = f.Branches(p.Inst, c.calls[:0])
		for _, call := range c.calls {
			if f.CallBlock(call) != b {
				continue
			}
			if v, ok := f.CallArg(call, k).Value(); ok && c.sameSlot(v, r) {
				same++
				continue
			}
			if stores++; !own || stores > maxEdgeStores {
				return storeTop
			}
		}
	}
	if same == 0 {
		return storeTop
	}
	return storeEdges
}

// findUses keeps the parameters of b whose values are needed before the first safepoint.
func (c *Context) findUses(b ir.Block) {
	f := c.f
	ours := func(v ir.Value) (int, bool) {
		r, ok := c.mapped(v)
		if !ok || !c.refs[r].dropped {
			return 0, false
		}
		blk, _, ok := f.DefParam(c.refs[r].v)
		return r, ok && blk == b
	}
	for inst := f.FirstInst(b); inst != ir.NoInst; inst = f.NextInst(inst) {
		for _, v := range f.Args(inst) {
			if r, ok := ours(v); ok {
				c.refs[r].dropped = false
			}
		}
		if f.IsSafepoint(inst) {
			return
		}
		if !f.Data(inst).Op.Has(op.IsBranch) {
			continue
		}
		c.calls = f.Branches(inst, c.calls[:0])
		for _, call := range c.calls {
			for k, p := range f.Params(f.CallBlock(call)) {
				v, ok := f.CallArg(call, k).Value()
				if !ok {
					continue
				}
				r, ok := ours(v)
				if !ok {
					continue
				}
				if to, ok := c.mapped(p); ok && c.sameSlot(v, to) {
					c.flows = append(c.flows, paramFlow{uint32(r), uint32(to)})
				} else {
					c.refs[r].dropped = false
				}
			}
		}
	}
}

// dropParams removes the parameters that are not needed, and the arguments for them. The landing blocks of this pass
// do not pass them.
func (c *Context) dropParams() {
	f := c.f
	for i := 0; i < len(c.params); i++ {
		if !c.isDropped(int(c.params[i].ref)) {
			continue
		}
		b, _, _ := f.DefParam(c.refs[c.params[i].ref].v)
		for i+1 < len(c.params) {
			if other, _, _ := f.DefParam(c.refs[c.params[i+1].ref].v); other != b {
				break
			}
			i++
		}
		keep := func(_ int, v ir.Value) bool {
			r, ok := c.mapped(v)
			return !ok || !c.isDropped(r)
		}
		last := ir.NoInst
		for _, p := range c.cfg.Preds(b) {
			if p.Inst != last {
				last = p.Inst
				c.dropArgs(p.Inst, b, keep)
			}
		}
		f.KeepParams(b, keep)
	}
}

// dropArgs removes the arguments of the edges from inst to b for parameters that go.
func (c *Context) dropArgs(inst ir.Inst, b ir.Block, keep func(int, ir.Value) bool) {
	f := c.f
	c.calls = f.Branches(inst, c.calls[:0])
	for i, call := range c.calls {
		if f.CallBlock(call) != b {
			continue
		}
		c.args = c.args[:0]
		for k, p := range f.Params(b) {
			if keep(k, p) {
				c.args = append(c.args, f.CallArg(call, k))
			}
		}
		f.SetBranch(inst, i, f.NewBlockCall(b, c.args))
	}
}
