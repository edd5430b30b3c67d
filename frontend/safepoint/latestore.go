package safepoint

import (
	"davit/ir"
	"davit/ir/op"
)

// planStores decides where stores are placed, once the reloads are known.
func (c *Context) planStores() {
	l, n := &c.late, len(c.rpo)*c.live.words
	for _, t := range []*[]uint64{&l.demand, &l.sure, &l.wish, &l.sureOut, &l.pending} {
		*t = cleared(*t, n)
	}
	c.findDemand()
	c.solveDemand()
	c.solvePending()
}

// findDemand fills demand: the maps and reloads of each block.
func (c *Context) findDemand() {
	l := &c.late
	for i := range c.rpo {
		row := c.live.at(l.demand, i)
		for _, p := range c.points[c.first[i]:c.first[i+1]] {
			for _, r := range c.across[p.start:p.end] {
				set(row, int(r))
			}
		}
		top, avail := c.live.at(l.topUse, i), c.live.at(l.avail, i)
		def := c.live.at(c.live.def, i)
		for w := range row {
			row[w] |= top[w] &^ avail[w] &^ def[w]
		}
	}
	for e := range l.in {
		at := l.in[e].to
		if c.atEnd(&l.in[e]) {
			at = l.in[e].from
		}
		row := c.live.at(l.demand, at)
		for w := range row {
			row[w] |= l.inserts[e*c.live.words+w]
		}
	}
	for r := range c.refs {
		if c.refs[r].constant != ir.NoInst {
			for i := range c.rpo {
				unset(c.live.at(l.demand, i), r)
			}
		}
	}
}

// solveDemand computes wish, the least solution, then sure and sureOut, the greatest solution within it.
func (c *Context) solveDemand() {
	l := &c.late
	for _, must := range []bool{false, true} {
		table := l.wish
		if must {
			table = l.sure
			copy(table, l.wish)
		}
		for changed := true; changed; {
			changed = false
			for i := len(c.rpo) - 1; i >= 0; i-- {
				out := c.live.at(l.sureOut, i)
				c.demandOut(i, table, must, out)
				top := c.live.at(table, i)
				demand, results, wish := c.live.at(l.demand, i), c.live.at(l.results, i), c.live.at(l.wish, i)
				for w := range top {
					// What is a result of the block counts at its definition; see storeResult.
					x := (demand[w] | out[w]) &^ results[w]
					if must {
						x &= wish[w]
					}
					changed = changed || x != top[w]
					top[w] = x
				}
			}
		}
	}
}

// demandOut joins the demands of the successors of block i, for all or for any of them.
func (c *Context) demandOut(i int, table []uint64, must bool, out []uint64) {
	f := c.f
	clear(out)
	for n, s := range c.cfg.Succs(c.rpo[i]) {
		k, _ := c.cfg.RPO(s)
		top, def := c.live.at(table, k), c.live.at(c.live.def, k)
		for w := range out {
			x := top[w] &^ def[w]
			if must && n > 0 {
				out[w] &= x
			} else {
				out[w] |= x
			}
		}
	}
	inst := f.LastInst(c.rpo[i])
	if f.Data(inst).Op != op.Jump {
		return
	}
	call := f.Branch(inst, 0)
	k, _ := c.cfg.RPO(f.CallBlock(call))
	for a, p := range f.Params(f.CallBlock(call)) {
		v, ok := f.CallArg(call, a).Value()
		if !ok {
			continue
		}
		if to, ok := c.mapped(p); ok && c.sameSlot(v, to) && has(c.live.at(table, k), to) {
			r, _ := c.ref(v)
			set(out, r)
		}
	}
}

// pendingOut returns word w of what is pending at the end of block i.
func (c *Context) pendingOut(i, w int) uint64 {
	l := &c.late
	at := i*c.live.words + w
	x := l.lastDefs[at] & l.results[at]
	if !c.live.hasPoint[i] {
		x |= l.pending[at]
	}
	return x &^ l.sureOut[at]
}

func (c *Context) isPendingOut(i, r int) bool { return c.pendingOut(i, r/64)>>(r%64)&1 != 0 }

// solvePending computes pending, the greatest solution.
func (c *Context) solvePending() {
	l := &c.late
	for w := range l.pending {
		l.pending[w] = ^uint64(0)
	}
	for changed := true; changed; {
		changed = false
		for i, b := range c.rpo {
			row := c.live.at(l.pending, i)
			for w := range row {
				x := row[w]
				if i == 0 {
					x = c.live.at(c.live.def, 0)[w] &^ c.live.at(l.results, 0)[w]
				}
				params := c.live.at(c.live.def, i)[w] &^ c.live.at(l.results, i)[w]
				for _, e := range c.edges(i) {
					x &= c.pendingOut(e.from, w) | params
				}
				changed = changed || x != row[w]
				row[w] = x
			}
			for k, p := range c.f.Params(b) {
				if r, ok := c.mapped(p); ok && has(row, r) && !c.paramPending(i, k, r) {
					unset(row, r)
					changed = true
				}
			}
		}
	}
}

// paramPending reports whether the store of parameter k of block i is pending on all edges.
func (c *Context) paramPending(i, k, r int) bool {
	if i == 0 {
		return true
	}
	if c.isDropped(r) {
		return false
	}
	for _, e := range c.edges(i) {
		if !c.argPending(&e, k, r) {
			return false
		}
	}
	return true
}

// argPending reports whether, on an edge, the store of parameter k, reference r, is pending.
func (c *Context) argPending(e *lateEdge, k, r int) bool {
	v, ok := c.f.CallArg(c.f.Branch(e.inst, e.k), k).Value()
	if !ok || !c.sameSlot(v, r) {
		return true
	}
	a, _ := c.ref(v)
	return c.isPendingOut(e.from, a)
}
