package opt

import (
	"davit/ir"
)

// Problem: find the block parameters that get the same value over every edge; each use of such a parameter may as well
// use that value.
//
// Idea: assume that every parameter is constant until shown otherwise. What a parameter is goes down a lattice: nothing
// has reached it; one value has; several have. An argument that is a parameter itself hands on what that is at the
// moment, so parameters around a loop that only get each other and one value from outside are found to be constant.
//
//  1. Parameters of the entry block are values like any other.
//  2. What a parameter is changes at most twice; each time, the parameters that get it as an argument are looked at.
//  3. If one value v has reached a parameter, every path from the entry to its block passes the definition of v: the
//     first edge on a path whose argument is not a parameter has it. So v dominates the block.
//  4. Parameters that get one that several values have reached, count as reached by several, too: they stay, as they do
//     in Cranelift.
//
// Cost: linear in the arguments. Source: the lattice and the optimism are those of Wegman and Zadeck, "Constant
// Propagation with Conditional Branches" (1991).

// params is the state of the pass; parameters have numbers, in the order of blocks and of parameters within a block.
type params struct {
	first    []uint32   // per block: the number of its first parameter, plus one; 0 for the entry and unreachable blocks
	of       []uint32   // per value: its number as a parameter, plus one
	state    []ir.Value // per number: nothing, several, or the value
	values   []ir.Value // per number
	start    []uint32   // per number, and one more: where its list starts
	users    []uint32   // lists of the parameters that get it as an argument
	changed  []uint32   // numbers under way
	constant int
}

const (
	nothing = ir.NoValue
	several = ir.NoValue - 1
)

// RemoveConstantParams removes the parameters of blocks that get the same value over every edge, and makes them aliases
// of that value. It returns how many there were. Edges from unreachable blocks do not count, though they are changed. f
// must verify.
func (c *Context) RemoveConstantParams(f *ir.Func) int {
	c.cfg.Compute(f)
	p := &c.params
	if p.number(f, c); len(p.state) == 0 {
		return 0
	}
	p.linkUsers(f, c)
	p.solve()
	if p.constant > 0 {
		p.dropArgs(f, c)
		p.dropParams(f)
	}
	return p.constant
}

// number gives the parameters of the reachable blocks their numbers.
func (p *params) number(f *ir.Func, c *Context) {
	p.first, p.of = cleared(p.first, f.NumBlocks()), cleared(p.of, f.NumValues())
	p.state, p.values = p.state[:0], p.values[:0]
	for b := range f.Blocks() {
		if b == f.Entry() || !c.cfg.Reachable(b) {
			continue
		}
		p.first[b] = uint32(len(p.values)) + 1
		for _, v := range f.Params(b) {
			p.values = append(p.values, v)
			p.state = append(p.state, nothing)
			p.of[v] = uint32(len(p.values))
		}
	}
}

// eachArg calls fn for the arguments that reachable blocks pass to numbered parameters. Aliases are resolved.
func (p *params) eachArg(f *ir.Func, c *Context, fn func(param uint32, a ir.BlockArg)) {
	for _, b := range c.cfg.PostOrder() {
		c.calls = f.Branches(f.LastInst(b), c.calls[:0])
		for _, call := range c.calls {
			first := p.first[f.CallBlock(call)]
			for k := range f.NumCallArgs(call) {
				a := f.CallArg(call, k)
				if v, ok := a.Value(); ok {
					a = ir.ValueArg(f.Resolve(v))
				}
				fn(first-1+uint32(k), a)
			}
		}
	}
}

// source returns the number of the parameter that an argument is.
func (p *params) source(a ir.BlockArg) (uint32, bool) {
	if v, ok := a.Value(); ok && p.of[v] != 0 {
		return p.of[v] - 1, true
	}
	return 0, false
}

// linkUsers enters the arguments that are values into the state, and makes the lists of the others.
func (p *params) linkUsers(f *ir.Func, c *Context) {
	p.start = cleared(p.start, len(p.values)+1)
	total := uint32(0)
	p.eachArg(f, c, func(param uint32, a ir.BlockArg) {
		if from, ok := p.source(a); ok {
			p.start[from]++
			total++
		} else if v, ok := a.Value(); ok {
			p.reach(param, v)
		} else {
			p.state[param] = several // a result or an exception
		}
	})
	sum := uint32(0)
	for i, n := range p.start {
		p.start[i] = sum
		sum += n
	}
	p.users = cleared(p.users, int(total))
	p.eachArg(f, c, func(param uint32, a ir.BlockArg) {
		if from, ok := p.source(a); ok {
			p.users[p.start[from]] = param
			p.start[from]++
		}
	})
	copy(p.start[1:], p.start) // each entry is where its list ends
	p.start[0] = 0
}

// reach enters that v, which may be several, reaches a parameter; it reports whether that is news.
func (p *params) reach(param uint32, v ir.Value) bool {
	switch s := &p.state[param]; {
	case *s == nothing:
		*s = v
	case *s == v || *s == several:
		return false
	default:
		*s = several
	}
	return true
}

// solve hands on what parameters are until nothing changes.
func (p *params) solve() {
	p.changed = p.changed[:0]
	for i, s := range p.state {
		if s != nothing {
			p.changed = append(p.changed, uint32(i))
		}
	}
	for len(p.changed) > 0 {
		i := p.changed[len(p.changed)-1]
		p.changed = p.changed[:len(p.changed)-1]
		for _, to := range p.users[p.start[i]:p.start[i+1]] {
			if p.reach(to, p.state[i]) {
				p.changed = append(p.changed, to)
			}
		}
	}
	p.constant = 0
	for i := range p.state {
		if p.isConstant(i) {
			p.constant++
		}
	}
}

func (p *params) isConstant(i int) bool { return p.state[i] != nothing && p.state[i] != several }

// dropArgs removes the arguments for constant parameters, in unreachable blocks as well.
func (p *params) dropArgs(f *ir.Func, c *Context) {
	for b := range f.Blocks() {
		last := f.LastInst(b)
		if last == ir.NoInst {
			continue
		}
		c.calls = f.Branches(last, c.calls[:0])
		for i, call := range c.calls {
			if first := p.first[f.CallBlock(call)]; first != 0 {
				f.KeepArgs(last, i, func(k int) bool { return !p.isConstant(int(first) - 1 + k) })
			}
		}
	}
}

func (p *params) dropParams(f *ir.Func) {
	for b := range f.Blocks() {
		if first := int(p.first[b]); first != 0 {
			f.KeepParams(b, func(k int, _ ir.Value) bool { return !p.isConstant(first - 1 + k) })
		}
	}
	for i, v := range p.values {
		if p.isConstant(i) {
			f.MakeAlias(v, p.state[i])
		}
	}
}
