package safepoint

import (
	"math/bits"

	"davit/ir"
	"davit/ir/op"
)

// Problem: which references live across which safepoint.
//
// Idea: backward dataflow over dense bitsets, one bit per reference, one row per reachable block.
//
//  1. in(b) = use(b) | out(b) &^ def(b), out(b) = union of in over the successors; the least solution.
//  2. An argument of a block call is a use at the end of the block. If a safepoint ends the block, that use comes after
//     the safepoint, since edges pass their arguments once the callee has returned or thrown.
//  3. Operands are resolved to what aliases stand for before anything looks at them.
//
// Cost: two passes over the instructions; the fixed point visits a block again only when a successor changed.

// liveness has a row of words per reachable block, in order of rpo, in each table.
type liveness struct {
	words         int
	use, def      []uint64
	in, out       []uint64
	hasPoint      []bool // the block has a safepoint
	dirty         []bool
	row           []uint64 // scratch
	anyUnreached  bool
	unreachedUses []uint64 // references used in unreachable blocks
}

func (l *liveness) at(table []uint64, b int) []uint64 { return table[b*l.words : (b+1)*l.words] }

func has(row []uint64, i int) bool { return row[i/64]>>(i%64)&1 != 0 }
func set(row []uint64, i int)      { row[i/64] |= 1 << (i % 64) }
func unset(row []uint64, i int)    { row[i/64] &^= 1 << (i % 64) }

// each calls fn for the bits of row, in ascending order.
func each(row []uint64, fn func(i int)) {
	for k, w := range row {
		for ; w != 0; w &= w - 1 {
			fn(k*64 + bits.TrailingZeros64(w))
		}
	}
}

// computeLiveness finds the live references at both ends of each block, and the pairs of copies.
func (c *Context) computeLiveness() error {
	l := &c.live
	n := len(c.rpo)
	l.words = (len(c.refs) + 63) / 64
	l.use, l.def = cleared(l.use, n*l.words), cleared(l.def, n*l.words)
	l.in, l.out = cleared(l.in, n*l.words), cleared(l.out, n*l.words)
	l.hasPoint, l.dirty = cleared(l.hasPoint, n), cleared(l.dirty, n)
	l.row = cleared(l.row, l.words)
	l.unreachedUses, l.anyUnreached = cleared(l.unreachedUses, l.words), false
	c.copies = c.copies[:0]
	for i, b := range c.rpo {
		if err := c.scanBlock(i, b); err != nil {
			return err
		}
	}
	for b := range c.f.Blocks() {
		if !c.cfg.Reachable(b) {
			c.scanUnreachable(b)
		}
	}
	c.solve()
	return nil
}

// scanBlock fills use and def of a block.
func (c *Context) scanBlock(i int, b ir.Block) error {
	f, l := c.f, &c.live
	use, def := l.at(l.use, i), l.at(l.def, i)
	for _, v := range f.Params(b) {
		if r, ok := c.ref(v); ok {
			set(def, r)
		}
	}
	for inst := f.FirstInst(b); inst != ir.NoInst; inst = f.NextInst(inst) {
		for _, v := range f.Args(inst) {
			if r, ok := c.ref(v); ok && !has(def, r) {
				set(use, r)
			}
		}
		if f.Data(inst).Op.Has(op.IsBranch) {
			if err := c.scanEdges(inst, use, def); err != nil {
				return err
			}
		}
		if f.IsSafepoint(inst) {
			l.hasPoint[i] = true
		}
		for _, v := range f.Results(inst) {
			if r, ok := c.ref(v); ok {
				set(def, r)
			}
		}
	}
	return nil
}

// scanEdges adds the arguments of the edges of inst to use.
func (c *Context) scanEdges(inst ir.Inst, use, def []uint64) error {
	f := c.f
	if fm := f.Data(inst).Op.Format(); fm == op.FmtTryCall || fm == op.FmtTryCallIndirect {
		for _, item := range f.ExTables[f.Data(inst).ExTable()].Items {
			if item.Kind != ir.ExContext {
				continue
			}
			if r, ok := c.ref(item.Context); ok && c.refs[r].constant == ir.NoInst {
				return c.fail(inst.Entity(), item.Context.String()+" is the context of an exception table and cannot need stack maps")
			}
		}
	}
	c.calls = f.Branches(inst, c.calls[:0])
	for _, call := range c.calls {
		params := f.Params(f.CallBlock(call))
		for k := range f.NumCallArgs(call) {
			v, ok := f.CallArg(call, k).Value()
			if !ok {
				continue
			}
			r, ok := c.ref(v)
			if !ok {
				continue
			}
			if !has(def, r) {
				set(use, r)
			}
			if k < len(params) {
				if p, ok := c.ref(params[k]); ok && p != r {
					c.copies = append(c.copies, pair{uint32(r), uint32(p)})
				}
			}
		}
	}
	return nil
}

// scanUnreachable notes what an unreachable block uses.
func (c *Context) scanUnreachable(b ir.Block) {
	f := c.f
	c.live.anyUnreached = true
	for inst := f.FirstInst(b); inst != ir.NoInst; inst = f.NextInst(inst) {
		f.ForEachUse(inst, func(v ir.Value) ir.Value {
			if r, ok := c.ref(v); ok {
				set(c.live.unreachedUses, r)
			}
			return v
		})
	}
}

// solve iterates to the fixed point, sweeping in post-order over the blocks whose successors changed.
func (c *Context) solve() {
	l := &c.live
	for i := range l.dirty {
		l.dirty[i] = true
	}
	for again := true; again; {
		again = false
		for i := len(c.rpo) - 1; i >= 0; i-- {
			if !l.dirty[i] {
				continue
			}
			l.dirty[i] = false
			out, in := l.at(l.out, i), l.at(l.in, i)
			for _, s := range c.cfg.Succs(c.rpo[i]) {
				k, _ := c.cfg.RPO(s)
				for w, x := range l.at(l.in, k) {
					out[w] |= x
				}
			}
			use, def := l.at(l.use, i), l.at(l.def, i)
			grew := false
			for w := range in {
				x := use[w] | out[w]&^def[w]
				grew = grew || x != in[w]
				in[w] = x
			}
			if !grew {
				continue
			}
			for _, p := range c.cfg.Preds(c.rpo[i]) {
				if k, ok := c.cfg.RPO(p.Block); ok && !l.dirty[k] {
					l.dirty[k] = true
					again = again || k >= i
				}
			}
		}
	}
}

// findSafepoints records what lives across each safepoint.
func (c *Context) findSafepoints() {
	l := &c.live
	c.points, c.across = c.points[:0], c.across[:0]
	c.first = cleared(c.first, len(c.rpo)+1)
	for i, b := range c.rpo {
		c.first[i] = uint32(len(c.points))
		if l.hasPoint[i] {
			c.walkBack(i, b)
		}
	}
	c.first[len(c.rpo)] = uint32(len(c.points))
	for _, r := range c.across {
		c.refs[r].inMap = true
	}
}

// walkBack records the safepoints of a block, the last one first.
func (c *Context) walkBack(i int, b ir.Block) {
	f, l := c.f, &c.live
	row := l.row
	copy(row, l.at(l.out, i))
	for inst := f.LastInst(b); inst != ir.NoInst; inst = f.PrevInst(inst) {
		if f.Data(inst).Op.Has(op.IsBranch) {
			c.calls = f.Branches(inst, c.calls[:0])
			for _, call := range c.calls {
				for k := range f.NumCallArgs(call) {
					if v, ok := f.CallArg(call, k).Value(); ok {
						if r, ok := c.ref(v); ok {
							set(row, r)
						}
					}
				}
			}
		}
		for _, v := range f.Results(inst) {
			if r, ok := c.ref(v); ok {
				unset(row, r)
			}
		}
		if f.IsSafepoint(inst) {
			start := uint32(len(c.across))
			each(row, func(r int) { c.across = append(c.across, uint32(r)) })
			c.points = append(c.points, point{inst, start, uint32(len(c.across))})
		}
		for _, v := range f.Args(inst) {
			if r, ok := c.ref(v); ok {
				set(row, r)
			}
		}
	}
}
