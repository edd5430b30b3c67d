package safepoint

import (
	"davit/ir"
	"davit/ir/op"
)

// maxRounds bounds the search for parameters that can be removed; after it, those in doubt stay.
const maxRounds = 8

// planReloads decides which parameters are removed and where reloads are placed.
func (c *Context) planReloads() {
	l, n := &c.late, len(c.rpo)
	words := c.live.words
	for _, t := range []*[]uint64{&l.topUse, &l.results, &l.gen, &l.avail, &l.need, &l.ant, &l.later, &l.lastDefs} {
		*t = cleared(*t, n*words)
	}
	l.inserts = cleared(l.inserts, len(l.in)*words)
	l.row = cleared(l.row, words)
	c.findCandidates()
	for round := 0; ; round++ {
		for i, b := range c.rpo {
			c.scanUses(i, b)
		}
		c.solveNeed()
		c.solveAvail(false)
		if !c.keepCandidates(round >= maxRounds) {
			break
		}
	}
	c.solveLater()
	c.placeInserts()
	c.solveAvail(true)
}

// findCandidates lists the parameters that early mode would remove.
func (c *Context) findCandidates() {
	l := &c.late
	l.cands = l.cands[:0]
	for _, p := range c.params {
		if c.isDropped(int(p.ref)) {
			l.cands = append(l.cands, p.ref)
		}
	}
}

// scanUses fills topUse, results, gen and lastDefs of a block. An argument for a parameter that is removed and has the
// same slot is no use.
func (c *Context) scanUses(i int, b ir.Block) {
	f, l := c.f, &c.late
	top, results := c.live.at(l.topUse, i), c.live.at(l.results, i)
	gen, last := c.live.at(l.gen, i), c.live.at(l.lastDefs, i)
	clear(top)
	clear(results)
	clear(gen)
	clear(last)
	point := false
	use := func(v ir.Value) {
		if r, ok := c.mapped(v); ok {
			if !point && !has(results, r) {
				set(top, r)
			}
			set(gen, r)
		}
	}
	for _, v := range f.Params(b) {
		if r, ok := c.mapped(v); ok {
			set(last, r)
			if !c.isDropped(r) {
				set(gen, r)
			}
		}
	}
	for inst := f.FirstInst(b); inst != ir.NoInst; inst = f.NextInst(inst) {
		for _, v := range f.Args(inst) {
			use(v)
		}
		if f.Data(inst).Op == op.Jump {
			call := f.Branch(inst, 0)
			for k, p := range f.Params(f.CallBlock(call)) {
				if v, ok := f.CallArg(call, k).Value(); ok && c.edgeNeeds(v, p) {
					use(v)
				}
			}
		}
		if f.IsSafepoint(inst) {
			point = true
			clear(gen)
			clear(last)
		}
		for _, v := range f.Results(inst) {
			if r, ok := c.mapped(v); ok {
				set(results, r)
				set(gen, r)
				set(last, r)
			}
		}
	}
}

// solveNeed computes need, the least solution, and ant, the greatest solution within need.
func (c *Context) solveNeed() {
	l := &c.late
	for _, must := range []bool{false, true} {
		table := l.need
		if must {
			table = l.ant
			copy(table, l.need)
		} else {
			clear(table)
		}
		for changed := true; changed; {
			changed = false
			for i := len(c.rpo) - 1; i >= 0; i-- {
				out := l.row
				c.needOut(i, table, must, out)
				top := c.live.at(table, i)
				use, results, need := c.live.at(l.topUse, i), c.live.at(l.results, i), c.live.at(l.need, i)
				for w := range top {
					x := use[w]
					if !c.live.hasPoint[i] {
						x |= out[w] &^ results[w]
					}
					if must {
						x &= need[w]
					}
					changed = changed || x != top[w]
					top[w] = x
				}
			}
		}
	}
}

// needOut joins what the successors of block i need at their start.
func (c *Context) needOut(i int, table []uint64, must bool, out []uint64) {
	must = must && !c.f.IsCold(c.rpo[i])
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
}

// solveAvail computes avail, with the reloads on edges or without.
func (c *Context) solveAvail(inserts bool) {
	l := &c.late
	for w := range l.avail {
		l.avail[w] = ^uint64(0)
	}
	for changed := true; changed; {
		changed = false
		for i := range c.rpo {
			row := c.live.at(l.avail, i)
			for w := range row {
				x := row[w]
				if i == 0 {
					x = 0
				}
				for e := l.inStart[i]; e < l.inStart[i+1]; e++ {
					y := c.availOut(l.in[e].from, w)
					if inserts {
						y |= l.inserts[int(e)*c.live.words+w]
					}
					x &= y
				}
				changed = changed || x != row[w]
				row[w] = x
			}
		}
	}
}

// availOut returns word w of where R is valid at the end of block i.
func (c *Context) availOut(i, w int) uint64 {
	at := i*c.live.words + w
	if c.live.hasPoint[i] {
		return c.late.gen[at]
	}
	return c.late.gen[at] | c.late.avail[at]
}

// keepCandidates keeps parameters whose R is certainly needed, or may be needed and is there on all edges that are not
// cold. If giveUp is set it keeps all that are needed at all or passed on. It reports whether it kept any.
func (c *Context) keepCandidates(giveUp bool) bool {
	l := &c.late
	n := 0
	for _, r := range l.cands {
		b, k, _ := c.f.DefParam(c.refs[r].v)
		i, _ := c.cfg.RPO(b)
		keep := giveUp || has(c.live.at(l.ant, i), int(r))
		if !keep && has(c.live.at(l.need, i), int(r)) {
			keep = c.availableOnEdges(i, k)
		}
		if keep {
			c.refs[r].dropped = false
		} else {
			l.cands[n] = r
			n++
		}
	}
	kept := n < len(l.cands)
	l.cands = l.cands[:n]
	return kept
}

// availableOnEdges reports whether the arguments for parameter k of block i have a valid R on all edges that are not
// cold.
func (c *Context) availableOnEdges(i, k int) bool {
	hot := false
	for _, e := range c.edges(i) {
		if c.f.IsCold(c.rpo[e.from]) {
			continue
		}
		hot = true
		v, ok := c.f.CallArg(c.f.Branch(e.inst, e.k), k).Value()
		if !ok {
			continue
		}
		if r, ok := c.mapped(v); ok && c.availOut(e.from, r/64)>>(r%64)&1 == 0 {
			return false
		}
	}
	return hot
}

// laterOn returns word w of the reloads that may be placed on an edge or later.
func (c *Context) laterOn(e *lateEdge, w int) uint64 {
	l := &c.late
	words := c.live.words
	from, to := e.from*words+w, e.to*words+w
	ant := l.ant[to] &^ c.live.def[to]
	early := ^c.availOut(e.from, w)
	passed := uint64(0)
	if !c.live.hasPoint[e.from] {
		early &^= l.ant[from]
		passed = l.later[from] &^ l.topUse[from]
	}
	return ant & (early | passed)
}

// solveLater computes later.
func (c *Context) solveLater() {
	l := &c.late
	for w := range l.later {
		l.later[w] = ^uint64(0)
	}
	for changed := true; changed; {
		changed = false
		for i := range c.rpo {
			row := c.live.at(l.later, i)
			for w := range row {
				x := row[w]
				if i == 0 {
					x = 0
				}
				for e := l.inStart[i]; e < l.inStart[i+1]; e++ {
					x &= c.laterOn(&l.in[e], w)
				}
				changed = changed || x != row[w]
				row[w] = x
			}
		}
	}
}

// placeInserts puts reloads on the edges behind which they cannot be placed later.
func (c *Context) placeInserts() {
	l := &c.late
	words := c.live.words
	for e := range l.in {
		edge := &l.in[e]
		for w := range words {
			l.inserts[e*words+w] = c.laterOn(edge, w) &^ l.later[edge.to*words+w]
		}
	}
}
