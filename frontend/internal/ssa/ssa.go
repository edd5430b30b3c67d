// Package ssa turns variables into SSA values: definitions and uses of variables, block by block, become values, block
// parameters and the arguments for them.
package ssa

import (
	"davit/ir"
	"davit/ir/op"
)

// Problem: build SSA form while the blocks are still being made, without dominators, in time near linear in the
// definitions, uses and block parameters.
//
// Idea: a use looks for a definition in its block, else in the predecessors. Where several predecessors meet, and in a
// block whose predecessors are not all known yet, it makes a phi, a block parameter to be. A block is sealed when no
// more predecessors will come; then its phis get their operands.
//
//  1. The definition that is valid at the end of a block is found once: chains of single predecessors write it into
//     every block they pass, and a phi is the definition in its block before its operands are looked for, which ends
//     cycles.
//  2. Nothing recurses: phis whose operands are being looked for are on an explicit stack, the operands of a phi before
//     the phi itself.
//  3. A phi whose operands are all the same value, or itself, becomes an alias of that value. When this happens only
//     later, because an operand turned into an alias, or when phis of a set are operands only of each other and of one
//     more value, Finish finds it.
//  4. A variable that has no value where a block without predecessors begins is zero.
//  5. Phis become parameters, and their operands arguments, only in Finish, all at once: no block call is copied twice.
//
// Cost: a use costs a hash lookup unless its variable was used or defined last in the same block.
//
// Source: Braun, Buchwald, Hack, Leißa, Mallon, Zwinkau, "Simple and Efficient Construction of Static Single Assignment
// Form", 2013; Finish follows its section 3.2.

// Var is a variable.
type Var uint32

// Builder builds SSA form for one function after another. The zero value needs a Reset.
type Builder struct {
	f      *ir.Func
	vars   []variable
	blocks []block
	edges  []edge
	phis   []phi
	ops    []ir.Value // operands of phis, in order of the edges into their blocks
	defs   table
	work   []search
	path   []ir.Block
	epoch  uint32
	alias  bool // some phi became an alias

	phiOf []uint32 // per value: 1 + number of phi
	scc   components
	args  []ir.BlockArg
}

// variable has the last definition that was found or made, which is not in defs yet.
type variable struct {
	typ   op.Type
	block ir.Block
	value ir.Value
}

type block struct {
	first, last uint32 // edges, +1
	edges       uint32
	visited     uint32 // epoch
	incomplete  uint32 // first phi that waits for the block to be sealed, +1
	phis        uint32 // used by Finish: first phi, +1
	sealed      bool
}

// edge is branch number i of an instruction.
type edge struct {
	inst ir.Inst
	i    uint32
	from ir.Block
	next uint32 // +1
}

type phi struct {
	value ir.Value
	v     Var
	block ir.Block
	ops   uint32 // the first one
	next  uint32 // +1: in a list of block
	found uint32 // number of operands found
	gone  bool   // it is an alias
}

// search is a phi whose operands are being looked for, and the edge that comes next.
type search struct{ phi, edge uint32 }

// Reset makes s ready for a function. It keeps the memory.
func (s *Builder) Reset(f *ir.Func) {
	s.f = f
	s.vars, s.blocks, s.edges, s.phis, s.ops = s.vars[:0], s.blocks[:0], s.edges[:0], s.phis[:0], s.ops[:0]
	s.work, s.epoch, s.alias = s.work[:0], 0, false
	s.defs.reset()
}

// Declare adds a variable.
func (s *Builder) Declare(t op.Type) Var {
	s.vars = append(s.vars, variable{typ: t, block: ir.NoBlock, value: ir.NoValue})
	return Var(len(s.vars) - 1)
}

// NumVars returns the number of variables; they are numbered from 0.
func (s *Builder) NumVars() int { return len(s.vars) }

// Type returns the type of a variable.
func (s *Builder) Type(v Var) op.Type { return s.vars[v].typ }

func (s *Builder) block(b ir.Block) *block {
	for len(s.blocks) <= int(b) {
		s.blocks = append(s.blocks, block{})
	}
	return &s.blocks[b]
}

// AddEdge says that branch number i of inst, the last instruction of from, leads to block to, which is not sealed.
func (s *Builder) AddEdge(inst ir.Inst, i int, from, to ir.Block) {
	s.edges = append(s.edges, edge{inst, uint32(i), from, 0})
	n := uint32(len(s.edges))
	b := s.block(to)
	if b.last == 0 {
		b.first = n
	} else {
		s.edges[b.last-1].next = n
	}
	b.last = n
	b.edges++
}

// NumEdges returns how many edges lead to b so far.
func (s *Builder) NumEdges(b ir.Block) int { return int(s.block(b).edges) }

// Edges calls fn for each edge to b: branch number i of inst.
func (s *Builder) Edges(b ir.Block, fn func(inst ir.Inst, i int)) {
	for n := s.block(b).first; n != 0; n = s.edges[n-1].next {
		fn(s.edges[n-1].inst, int(s.edges[n-1].i))
	}
}

// Sealed reports whether b is sealed.
func (s *Builder) Sealed(b ir.Block) bool { return s.block(b).sealed }

// Seal says that all edges to b have been added.
func (s *Builder) Seal(b ir.Block) {
	blk := s.block(b)
	blk.sealed = true
	n := blk.incomplete
	blk.incomplete = 0
	for n != 0 {
		next := s.phis[n-1].next
		s.search(n - 1)
		s.run()
		n = next
	}
}

// Define makes x the value of v from here on in block b.
func (s *Builder) Define(v Var, b ir.Block, x ir.Value) {
	d := &s.vars[v]
	if d.block != b && d.block != ir.NoBlock {
		s.defs.put(v, d.block, d.value)
	}
	d.block, d.value = b, x
}

// definition returns the value of v at the end of b, as far as it is known without looking at other blocks.
func (s *Builder) definition(v Var, b ir.Block) (ir.Value, bool) {
	d := &s.vars[v]
	if d.block == b {
		return s.f.Resolve(d.value), true
	}
	x, ok := s.defs.get(v, b)
	if !ok {
		return ir.NoValue, false
	}
	return s.f.Resolve(x), true
}

// Use returns the value of v in block b after its last definition there so far.
func (s *Builder) Use(v Var, b ir.Block) ir.Value {
	if x, ok := s.definition(v, b); ok {
		return x
	}
	x := s.find(v, b)
	s.run()
	x = s.f.Resolve(x)
	s.Define(v, b, x)
	return x
}

// UseAtStart returns the value of v where block b, which is sealed, begins. It must not be called twice for the same
// variable and block if the block has definitions of its own.
func (s *Builder) UseAtStart(v Var, b ir.Block) ir.Value {
	x := s.entering(v, b)
	s.run()
	return s.f.Resolve(x)
}

// find returns the value of v at the end of b. The caller must run the searches that it started.
func (s *Builder) find(v Var, b ir.Block) ir.Value {
	s.epoch++
	s.path = s.path[:0]
	x, ok := ir.NoValue, false
	for {
		if x, ok = s.definition(v, b); ok {
			break
		}
		blk := s.block(b)
		if blk.sealed && blk.edges == 1 && blk.visited != s.epoch {
			blk.visited = s.epoch
			s.path = append(s.path, b)
			b = s.edges[blk.first-1].from
			continue
		}
		x = s.join(v, b)
		s.defs.put(v, b, x)
		break
	}
	for _, p := range s.path {
		s.defs.put(v, p, x)
	}
	return x
}

// entering is find for the start of b.
func (s *Builder) entering(v Var, b ir.Block) ir.Value {
	blk := s.block(b)
	if blk.sealed && blk.edges == 1 {
		if from := s.edges[blk.first-1].from; from != b {
			return s.find(v, from)
		}
	}
	return s.join(v, b)
}

// join returns the value of v where b begins if there are none or several predecessors, or b is not sealed, or follows
// only itself.
func (s *Builder) join(v Var, b ir.Block) ir.Value {
	blk := s.block(b)
	if blk.sealed && blk.edges < 2 {
		return ZeroAtStart(s.f, b, s.vars[v].typ)
	}
	x := s.f.NewValue(s.vars[v].typ)
	s.phis = append(s.phis, phi{value: x, v: v, block: b})
	n := uint32(len(s.phis))
	if blk.sealed {
		s.search(n - 1)
	} else {
		s.phis[n-1].next = blk.incomplete
		blk.incomplete = n
	}
	return x
}

// search starts looking for the operands of a phi whose block is sealed.
func (s *Builder) search(n uint32) {
	p := &s.phis[n]
	b := s.block(p.block)
	p.ops = uint32(len(s.ops))
	for range b.edges {
		s.ops = append(s.ops, ir.NoValue)
	}
	s.work = append(s.work, search{n, b.first})
}

// run finds the operands of all phis being searched.
func (s *Builder) run() {
	for len(s.work) > 0 {
		top := &s.work[len(s.work)-1]
		p := &s.phis[top.phi]
		if top.edge == 0 {
			n := top.phi
			s.work = s.work[:len(s.work)-1]
			s.simplify(n)
			continue
		}
		e := s.edges[top.edge-1]
		top.edge = e.next
		i := p.ops + p.found
		p.found++
		x := s.find(p.v, e.from) // makes top and p stale
		s.ops[i] = x
	}
}

func (s *Builder) operands(p *phi) []ir.Value { return s.ops[p.ops : p.ops+p.found] }

// simplify makes a phi an alias if it stands for one other value.
func (s *Builder) simplify(n uint32) {
	p := &s.phis[n]
	same := ir.NoValue
	for _, x := range s.operands(p) {
		if x = s.f.Resolve(x); x != p.value && x != same {
			if same != ir.NoValue {
				return
			}
			same = x
		}
	}
	if same == ir.NoValue {
		same = ZeroAtStart(s.f, p.block, s.vars[p.v].typ)
	}
	s.replace(n, same)
}

func (s *Builder) replace(n uint32, x ir.Value) {
	p := &s.phis[n]
	s.f.MakeAlias(p.value, x)
	p.gone, s.alias = true, true
}
