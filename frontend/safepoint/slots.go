package safepoint

import (
	"math/bits"

	"davit/ir"
	"davit/ir/op"
)

// Problem: give each reference that lives across a safepoint a stack slot, so that no two references that live at the
// same time share one, with few slots, and with the same slot for references that flow into each other over edges.
//
// Idea: greedy colouring in an order in which definitions come before what they dominate. Live ranges of SSA values
// are subtrees of the dominator tree, so this needs no more slots of a size than references of that size ever live at
// a time.
//
//  1. A slot is taken from the definition of its reference to the last use. An instruction reads its operands before
//     its results are stored, so a result may take the slot of an operand that ends there.
//  2. Blocks are visited in reverse post-order: a reference that lives into a block has its slot already.
//  3. Among the slots that are free, those of references that an edge connects directly come first, then that of the
//     web of such edges, then the lowest. Only when none is free is a slot added.
//  4. Slots of different sizes are kept apart, so that each is aligned to its size and holds one type at a time.
//
// Cost: linear in the instructions of blocks that define such references, plus the number of slots over 64 per
// definition.
//
// Source: Hack, Grund, Goos, "Register allocation for programs in SSA form", 2006.

// colouring is the state of assignSlots.
type colouring struct {
	slots   [numClasses][]ir.StackSlot
	taken   [numClasses][]uint64 // at the current point
	deaths  []death              // of the block under way, the last one first
	row     []uint64
	nbStart []uint32 // per reference: its part of nb
	nb      []uint32 // references that edges connect it to
}

type death struct {
	inst ir.Inst
	ref  uint32
}

// assignSlots gives the mapped references slots.
func (c *Context) assignSlots() {
	k := &c.colour
	for i := range k.slots {
		k.slots[i] = k.slots[i][:0]
	}
	k.row = cleared(k.row, c.live.words)
	c.connect()
	for i, b := range c.rpo {
		c.colourBlock(i, b)
	}
}

// needsSlot reports whether reference r has a slot: it is mapped and no constant.
func (c *Context) needsSlot(r uint32) bool {
	return c.refs[r].inMap && c.refs[r].constant == ir.NoInst
}

// connect builds the webs and the lists of neighbours from the copies on edges.
func (c *Context) connect() {
	k := &c.colour
	k.nbStart = cleared(k.nbStart, len(c.refs)+2)
	n := 0
	for _, p := range c.copies {
		if c.needsSlot(p.arg) && c.needsSlot(p.param) {
			c.copies[n] = p
			n++
			k.nbStart[p.arg+2]++
			k.nbStart[p.param+2]++
			c.refs[c.web(p.arg)].web = c.web(p.param)
		}
	}
	c.copies = c.copies[:n]
	for i := 2; i < len(k.nbStart); i++ {
		k.nbStart[i] += k.nbStart[i-1]
	}
	k.nb = cleared(k.nb, 2*n)
	for _, p := range c.copies {
		k.nb[k.nbStart[p.arg+1]] = p.param
		k.nbStart[p.arg+1]++
		k.nb[k.nbStart[p.param+1]] = p.arg
		k.nbStart[p.param+1]++
	}
}

// web returns the root of the web of r.
func (c *Context) web(r uint32) uint32 {
	for c.refs[r].web != r {
		c.refs[r].web = c.refs[c.refs[r].web].web
		r = c.refs[r].web
	}
	return r
}

// colourBlock gives slots to the references that a block defines.
func (c *Context) colourBlock(i int, b ir.Block) {
	f, l, k := c.f, &c.live, &c.colour
	any := false
	each(l.at(l.def, i), func(r int) { any = any || c.needsSlot(uint32(r)) })
	if !any {
		return
	}
	for class := range k.taken {
		clear(k.taken[class])
	}
	each(l.at(l.in, i), func(r int) {
		if c.needsSlot(uint32(r)) {
			set(k.taken[c.refs[r].class], int(c.refs[r].slot))
		}
	})
	c.findDeaths(i, b)
	for _, v := range f.Params(b) {
		if r, ok := c.mapped(v); ok {
			c.pickSlot(r)
		}
	}
	for inst := f.FirstInst(b); inst != ir.NoInst; inst = f.NextInst(inst) {
		for n := len(k.deaths) - 1; n >= 0 && k.deaths[n].inst == inst; n-- {
			r := &c.refs[k.deaths[n].ref]
			unset(k.taken[r.class], int(r.slot))
			k.deaths = k.deaths[:n]
		}
		for _, v := range f.Results(inst) {
			if r, ok := c.mapped(v); ok {
				c.pickSlot(r)
			}
		}
	}
}

// findDeaths lists which references end at which instruction of a block.
func (c *Context) findDeaths(i int, b ir.Block) {
	f, l, k := c.f, &c.live, &c.colour
	k.deaths = k.deaths[:0]
	row := k.row
	copy(row, l.at(l.out, i))
	use := func(inst ir.Inst, v ir.Value) {
		if r, ok := c.mapped(v); ok && !has(row, r) {
			set(row, r)
			if c.needsSlot(uint32(r)) {
				k.deaths = append(k.deaths, death{inst, uint32(r)})
			}
		}
	}
	for inst := f.LastInst(b); inst != ir.NoInst; inst = f.PrevInst(inst) {
		for _, v := range f.Results(inst) {
			if r, ok := c.mapped(v); ok {
				unset(row, r)
			}
		}
		if f.Data(inst).Op.Has(op.IsBranch) {
			c.calls = f.Branches(inst, c.calls[:0])
			for _, call := range c.calls {
				for n := range f.NumCallArgs(call) {
					if v, ok := f.CallArg(call, n).Value(); ok {
						use(inst, v)
					}
				}
			}
		}
		for _, v := range f.Args(inst) {
			use(inst, v)
		}
	}
}

// pickSlot chooses a slot for reference r, defined at the current point.
func (c *Context) pickSlot(r int) {
	k := &c.colour
	ref := &c.refs[r]
	if ref.constant != ir.NoInst || ref.slot != noSlot {
		return
	}
	ref.slot = c.chooseSlot(uint32(r))
	set(k.taken[ref.class], int(ref.slot))
	if root := &c.refs[c.web(uint32(r))]; root.hint == noSlot && root.class == ref.class {
		root.hint = ref.slot
	}
}

func (c *Context) chooseSlot(r uint32) int32 {
	k := &c.colour
	class := c.refs[r].class
	taken := k.taken[class]
	free := func(s int32) bool { return s != noSlot && !has(taken, int(s)) }
	for _, n := range k.nb[k.nbStart[r]:k.nbStart[r+1]] {
		if c.refs[n].class == class && free(c.refs[n].slot) {
			return c.refs[n].slot
		}
	}
	if root := &c.refs[c.web(r)]; root.class == class && free(root.hint) {
		return root.hint
	}
	n := len(k.slots[class])
	for w, x := range taken {
		if s := w*64 + bits.TrailingZeros64(^x); x != ^uint64(0) && s < n {
			return int32(s)
		}
	}
	k.slots[class] = append(k.slots[class], c.f.AddStackSlot(1<<class, class))
	if n/64 >= len(taken) {
		k.taken[class] = append(taken, 0)
	}
	return int32(n)
}

// stackSlot returns the slot of reference r.
func (c *Context) stackSlot(r int) ir.StackSlot {
	return c.colour.slots[c.refs[r].class][c.refs[r].slot]
}

// sameSlot reports whether v is a reference that has the slot of reference r.
func (c *Context) sameSlot(v ir.Value, r int) bool {
	a, ok := c.mapped(v)
	return ok && c.refs[a].constant == ir.NoInst && c.refs[a].slot == c.refs[r].slot && c.refs[a].class == c.refs[r].class
}
