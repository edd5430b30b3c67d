package check

import (
	"cmp"
	"slices"

	"davit/ir"
	"davit/ir/op"
)

// reach is the scratch of following values backward.
type reach struct {
	first []uint32 // per value: 1 + its first use in far, or 0
	next  []uint32 // per far use: 1 + the next one of its value, or 0
	stamp []uint32 // per block: round in which it was visited
	round uint32
	work  []uint32
}

// checkStale reports references, and addresses computed from references, that are used after a safepoint.
func (c *Checker) checkStale() {
	c.findDerived()
	c.followFar()
	if len(c.stale) == 0 {
		return
	}
	slices.SortStableFunc(c.stale, func(a, b use) int {
		return cmp.Or(cmp.Compare(a.blk, b.blk), cmp.Compare(a.inst, b.inst), cmp.Compare(a.v, b.v), -cmp.Compare(a.role, b.role))
	})
	for i := range c.stale {
		if u := &c.stale[i]; i == 0 || u.inst != c.stale[i-1].inst || u.v != c.stale[i-1].v {
			c.judge(u)
		}
	}
}

// judge reports a use after a safepoint if it must not be.
func (c *Checker) judge(u *use) {
	kind := c.kind[u.v]
	if kind&(isRef|isDerived) == 0 || c.isNullTest(u.inst) {
		return
	}
	if kind&isRef == 0 && u.role != asAddress {
		c.mild = append(c.mild, u.v)
		return
	}
	point, path := c.pathOf(u)
	e := blank(CLIF, StaleValue)
	what := "is a reference from"
	if kind&isRef == 0 {
		e.Kind = StaleAddress
		what = "is used for an address, and comes from a reference"
	}
	e.Value, e.Safepoint, e.At, e.Path = u.v, point, u.inst, path
	c.report(e, "`%s`: %v %s before %s, which may have moved the object", c.text(u.inst), u.v, what, c.quote(point))
}

// isNullTest reports whether inst does nothing but see whether a reference is null, which no collector changes.
func (c *Checker) isNullTest(inst ir.Inst) bool {
	d := c.f.Data(inst)
	switch d.Op {
	case op.Trapz, op.Trapnz:
		return true
	case op.Icmp:
		if d.IntCC() != op.Eq && d.IntCC() != op.Ne {
			return false
		}
		for _, x := range c.f.Args(inst) {
			if k, ok := c.constant(x); ok && k == 0 {
				return true
			}
		}
	}
	return false
}

// followFar moves those far uses to stale that a safepoint in a block in between makes so.
func (c *Checker) followFar() {
	if len(c.far) == 0 {
		return
	}
	r := &c.reach
	r.first, r.next = cleared(r.first, len(c.kind)), resized(r.next, len(c.far))
	for i := len(c.far) - 1; i >= 0; i-- {
		v := c.far[i].v
		r.next[i] = r.first[v]
		r.first[v] = uint32(i) + 1
	}
	r.stamp = cleared(r.stamp, len(c.order))
	r.round = 0
	for i := range c.far {
		v := c.far[i].v
		first := r.first[v]
		if first == 0 || c.kind[v]&(isRef|isDerived) == 0 {
			continue
		}
		r.first[v] = 0
		r.round++
		clean := true
		for n := first; n != 0 && clean; n = r.next[n-1] {
			clean = c.follow(&c.far[n-1])
		}
		for n := first; n != 0 && !clean; n = r.next[n-1] {
			r.round++
			if !c.follow(&c.far[n-1]) {
				c.stale = append(c.stale, c.far[n-1])
			}
		}
	}
}

// follow goes backward from the block of a far use to the definition, and reports whether no block in between that is
// not visited in this round has a safepoint.
func (c *Checker) follow(u *use) bool {
	r := &c.reach
	def := c.in[c.defIn[u.v]]
	work := append(r.work[:0], u.blk)
	clean := true
	for len(work) > 0 && clean {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		for _, p := range c.cfg.Preds(c.order[b]) {
			k, ok := c.cfg.RPO(p.Block)
			if n := uint32(k); ok && n != def && r.stamp[n] != r.round {
				r.stamp[n] = r.round
				if c.blocks[n].first != c.blocks[n].last {
					clean = false
					break
				}
				work = append(work, n)
			}
		}
	}
	r.work = work[:0]
	return clean
}
