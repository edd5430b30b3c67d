package ssa

import (
	"slices"

	"davit/ir"
)

// maxDepth bounds how deep sets of phis within sets of phis are looked at. What remains beyond is correct.
const maxDepth = 8

// components finds strongly connected components of phis that are operands of each other (Tarjan, 1972).
type components struct {
	index, low []uint32 // per phi; index 0: not visited
	level      []uint32 // per phi: nesting of the set it is looked at in, +1; 0: in none
	stack      []uint32
	frames     []frame
	count      uint32
	all        []uint32
}

type frame struct{ phi, op uint32 }

// Finish removes phis that are not needed and makes the others parameters of their blocks, with arguments in all block
// calls. All blocks must be sealed. It calls fn for each phi that remains.
func (s *Builder) Finish(fn func(v Var, x ir.Value)) {
	if len(s.phis) == 0 {
		return
	}
	s.removeRedundant()
	for i := range s.blocks {
		s.blocks[i].phis = 0
	}
	for n := len(s.phis) - 1; n >= 0; n-- {
		if p := &s.phis[n]; !p.gone {
			b := &s.blocks[p.block]
			p.next, b.phis = b.phis, uint32(n+1)
		}
	}
	for b := range s.blocks {
		if s.blocks[b].phis != 0 {
			s.finishBlock(ir.Block(b), fn)
		}
	}
}

// Aliases reports whether a value that Use returned may have become an alias since.
func (s *Builder) Aliases() bool { return s.alias }

// DropAliases removes the aliases that phis became. Nothing may use them any more.
func (s *Builder) DropAliases() {
	for i := range s.phis {
		if s.phis[i].gone {
			s.f.Undefine(s.phis[i].value)
		}
	}
}

func (s *Builder) finishBlock(b ir.Block, fn func(v Var, x ir.Value)) {
	f := s.f
	blk := &s.blocks[b]
	for n := blk.phis; n != 0; n = s.phis[n-1].next {
		p := &s.phis[n-1]
		f.AppendParamNumbered(b, p.value, s.vars[p.v].typ)
		fn(p.v, p.value)
	}
	k := uint32(0)
	for n := blk.first; n != 0; n = s.edges[n-1].next {
		e := &s.edges[n-1]
		call := f.Branch(e.inst, int(e.i))
		s.args = s.args[:0]
		for a := range f.NumCallArgs(call) {
			s.args = append(s.args, f.CallArg(call, a))
		}
		for q := blk.phis; q != 0; q = s.phis[q-1].next {
			s.args = append(s.args, ir.ValueArg(f.Resolve(s.ops[s.phis[q-1].ops+k])))
		}
		f.SetBranch(e.inst, int(e.i), f.NewBlockCall(b, s.args))
		k++
	}
}

// removeRedundant makes aliases of all phis that stand for another value.
func (s *Builder) removeRedundant() {
	c := &s.scc
	n := len(s.phis)
	c.index, c.low, c.level = cleared(c.index, n), cleared(c.low, n), cleared(c.level, n)
	c.stack, c.frames, c.count = c.stack[:0], c.frames[:0], 0
	s.phiOf = cleared(s.phiOf, s.f.NumValues())
	all := c.all[:0]
	for i := range s.phis {
		if p := &s.phis[i]; !p.gone {
			s.phiOf[p.value] = uint32(i + 1)
			all = append(all, uint32(i))
		}
	}
	c.all = all
	s.removeIn(all, 1)
}

// removeIn looks for redundant phis in a set of phis, which are marked with a level.
func (s *Builder) removeIn(set []uint32, level uint32) {
	c := &s.scc
	for _, n := range set {
		c.level[n], c.index[n] = level, 0
	}
	for _, n := range set {
		if c.index[n] == 0 && c.level[n] == level {
			s.tarjan(n, level)
		}
	}
}

// operandPhi returns the phi that operand i of phi n stands for, if there is one.
func (s *Builder) operandPhi(n, i uint32) (uint32, bool) {
	x := s.f.Resolve(s.ops[s.phis[n].ops+i])
	if int(x) >= len(s.phiOf) || s.phiOf[x] == 0 {
		return 0, false
	}
	return s.phiOf[x] - 1, true
}

// tarjan visits the components of a level that can be reached from a phi, those of operands first.
func (s *Builder) tarjan(root, level uint32) {
	c := &s.scc
	base := len(c.frames)
	s.visit(root)
	for len(c.frames) > base {
		top := &c.frames[len(c.frames)-1]
		n := top.phi
		if top.op < s.phis[n].found {
			i := top.op
			top.op++
			m, ok := s.operandPhi(n, i)
			if !ok || c.level[m] != level {
				continue
			}
			if c.index[m] == 0 {
				s.visit(m)
			} else {
				c.low[n] = min(c.low[n], c.index[m])
			}
			continue
		}
		c.frames = c.frames[:len(c.frames)-1]
		if len(c.frames) > base {
			up := c.frames[len(c.frames)-1].phi
			c.low[up] = min(c.low[up], c.low[n])
		}
		if c.low[n] == c.index[n] {
			at := len(c.stack) - 1
			for c.stack[at] != n {
				at--
			}
			s.component(at, level)
		}
	}
}

func (s *Builder) visit(n uint32) {
	c := &s.scc
	c.count++
	c.index[n], c.low[n] = c.count, c.count
	c.stack = append(c.stack, n)
	c.frames = append(c.frames, frame{n, 0})
}

// component replaces the phis of a component, the stack from position at on, if they stand for one other value; if not,
// it looks at those among them that have no operands outside.
func (s *Builder) component(at int, level uint32) {
	c := &s.scc
	members := c.stack[at:]
	for _, n := range members {
		c.level[n] = level + 1
	}
	outer, several := ir.NoValue, false
	for _, n := range members {
		for i := range s.phis[n].found {
			if m, ok := s.operandPhi(n, i); ok && c.level[m] == level+1 {
				continue
			}
			x := s.f.Resolve(s.ops[s.phis[n].ops+i])
			several = several || outer != ir.NoValue && outer != x
			outer = x
		}
	}
	var inner []uint32
	switch {
	case outer == ir.NoValue: // an unreachable cycle
	case !several:
		for _, n := range members {
			s.replace(n, outer)
		}
	case len(members) > 1 && level < maxDepth:
		inner = s.inner(members, level+1)
	}
	for _, n := range members {
		c.level[n] = 0
	}
	c.stack = c.stack[:at]
	if len(inner) > 0 {
		s.removeIn(inner, level+1)
	}
}

// inner returns those of some phis, which have a level of their own, whose operands are all among them.
func (s *Builder) inner(members []uint32, level uint32) []uint32 {
	var inner []uint32
	for _, n := range members {
		all := true
		for i := range s.phis[n].found {
			m, ok := s.operandPhi(n, i)
			all = all && ok && s.scc.level[m] == level
		}
		if all {
			inner = append(inner, n)
		}
	}
	return inner
}

// cleared returns n zeros in the memory of s.
func cleared[T any](s []T, n int) []T {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}
