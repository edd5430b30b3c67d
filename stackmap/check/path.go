package check

import "davit/ir"

// Paths are looked for when an error is reported, so they may take their time: a breadth-first search backward over
// blocks, from the place of the error to what makes it one.

// pathState is the scratch of findPath.
type pathState struct {
	seen  []bool // per block
	steps []step
}

// step is a block on the way, and the step that led to it.
type step struct{ blk, from uint32 }

// found is what a walk backward through a block comes to.
type found uint8

const (
	goOn  found = iota // the start of the block
	stop               // nothing further back matters
	there              // what is looked for
)

// findPath goes backward from block b; walk goes through a block, from the place of the error (first) or from its end,
// to its start. The result is the path from the block where walk was there, or came to the start of the function if
// atEntry is set, to b. It is nil if there is none.
func (c *Checker) findPath(b uint32, atEntry bool, walk func(b uint32, first bool) found) []ir.Block {
	p := &c.path
	p.seen = cleared(p.seen, len(c.order))
	p.steps = append(p.steps[:0], step{blk: b})
	for n := 0; n < len(p.steps); n++ {
		k := p.steps[n].blk
		switch w := walk(k, n == 0); {
		case w == there || w == goOn && atEntry && k == 0:
			return c.pathFrom(uint32(n))
		case w == goOn:
			for _, pred := range c.cfg.Preds(c.order[k]) {
				if i, ok := c.cfg.RPO(pred.Block); ok && !p.seen[i] {
					p.seen[i] = true
					p.steps = append(p.steps, step{uint32(i), uint32(n)})
				}
			}
		}
	}
	return nil
}

// pathFrom returns the blocks from step n to the first one.
func (c *Checker) pathFrom(n uint32) []ir.Block {
	path := []ir.Block{c.order[c.path.steps[n].blk]}
	for n != 0 {
		n = c.path.steps[n].from
		path = append(path, c.order[c.path.steps[n].blk])
	}
	return path
}

// pathOf returns the safepoint that makes a use stale and the path from it.
func (c *Checker) pathOf(u *use) (point ir.Inst, path []ir.Block) {
	f := c.f
	point = ir.NoInst
	path = c.findPath(u.blk, false, func(b uint32, first bool) found {
		inst := f.LastInst(c.order[b])
		if first {
			if inst = u.inst; !u.late {
				inst = f.PrevInst(inst)
			}
		}
		for ; inst != ir.NoInst; inst = f.PrevInst(inst) {
			for _, v := range f.Results(inst) {
				if v == u.v {
					return stop
				}
			}
			if c.isPoint(inst) {
				point = inst
				return there
			}
		}
		if blk, _, ok := f.DefParam(u.v); ok && blk == c.order[b] {
			return stop
		}
		return goOn
	})
	return point, path
}
