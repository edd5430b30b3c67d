// Package check proves that a result of register allocation is right.
//
// It shares no code with the allocator but the types of its interface.
package check

// Problem: show that on every path, each operand finds the value of its virtual register in the place that the result
// names, and that the place obeys the constraint.
//
// Idea: each operand that reads virtual register v from place P demands that P holds v at that point. Demands are
// followed backward: an edit that writes P hands the demand on to its source; the definition of v into P meets it;
// a definition of another virtual register, a clobber, or another write of P breaks it; so does a definition of v into
// another place, since P then holds the value of an earlier execution. At the start of a block, a demand for a
// parameter becomes one for the argument, and all demands go to the ends of the predecessors. Each demand is followed
// through each block once, so loops end; what reaches the start of the entry block is an error.
//
// This is exact: a result is accepted if and only if no path reads a wrong value, edits and clobbers taken literally.
//
// Cost: O(instructions + operands + edits + demands at ends of blocks); a block is walked again only if a loop brings new
// demands to its end.

import (
	"fmt"

	"davit/asm"
	"davit/regalloc"
)

const numPhys = 128

// node is a demand: place p holds v. Nodes are linked by place and by virtual register, and are numbered densely in active.
type node struct {
	place, vreg     uint32
	byPlace, byVReg uint32 // next
	atPlace, atVReg uint32 // previous
	active          uint32 // index in active
	inst, operand   uint32 // the operand that made the demand
}

type demand struct {
	place, vreg   uint32
	inst, operand uint32
}

type key struct{ block, place, vreg uint32 }

type checker struct {
	f   *regalloc.Func
	env *regalloc.Env
	r   *regalloc.Result

	allowed  [asm.NumClasses]regalloc.RegSet
	edgeOf   []uint32 // per block: the edge into it, if its predecessor has several successors
	rank     []uint32 // per block: its place in the order of the work
	order    []uint32
	editAt   []uint32 // per instruction, plus one: where the edits between the previous instruction and it start
	clobAt   []int32  // per block: first clobbering instruction at or behind its end
	atEnd    [][]demand
	seen     map[key]struct{}
	dirty    []bool
	work     []uint32 // heap of ranks
	nodes    []node
	spare    []uint32
	active   []uint32
	byPlace  []uint32
	byVReg   []uint32
	block    uint32
	paramOf  []uint32 // per virtual register: 1 + index in Params
	firstRun []bool
	held     []demand // demands that an edit hands on
	useAt    []uint32 // scratch of conflicts, by place
	defAt    []uint32
	touched  []uint32
}

// Check returns nil if r is a right allocation of f for env, or an error that names block, instruction, operand, what was
// expected and what was found. f must be valid.
func Check(f *regalloc.Func, env *regalloc.Env, r *regalloc.Result) error {
	c := &checker{f: f, env: env, r: r}
	if err := c.structure(); err != nil {
		return err
	}
	c.prepare()
	for len(c.work) > 0 {
		b := c.order[c.pop()]
		c.dirty[b] = false
		if err := c.walk(b); err != nil {
			return err
		}
	}
	return nil
}

// prepare fills in the tables and puts all blocks to work, later ones first.
func (c *checker) prepare() {
	f := c.f
	nb := f.NumBlocks()
	for cl := range c.allowed {
		for _, r := range c.env.Order[cl] {
			c.allowed[cl].Add(r)
		}
	}
	c.edgeOf = make([]uint32, nb)
	c.clobAt = make([]int32, nb)
	k := 0
	for b := range nb {
		for e := f.SuccStart[b]; e < f.SuccStart[b+1]; e++ {
			if f.SuccStart[b+1]-f.SuccStart[b] > 1 {
				c.edgeOf[f.Succs[e]] = e
			}
		}
		for k < len(f.ClobberInsts) && f.ClobberInsts[k] < f.BlockStart[b+1] {
			k++
		}
		c.clobAt[b] = int32(k)
	}
	c.paramOf = make([]uint32, f.NumVRegs)
	for k, v := range f.Params {
		c.paramOf[v] = uint32(k) + 1
	}
	c.editAt = make([]uint32, f.NumInsts()+1)
	e := 0
	for i := range f.NumInsts() {
		c.editAt[i] = uint32(e)
		for e < len(c.r.Edits) && c.r.Edits[e].Point <= regalloc.Before(i) {
			e++
		}
	}
	c.editAt[f.NumInsts()] = uint32(e)
	c.atEnd = make([][]demand, nb)
	c.dirty = make([]bool, nb)
	c.firstRun = make([]bool, nb)
	c.seen = map[key]struct{}{}
	c.nodes = append(c.nodes, node{})
	c.byPlace = make([]uint32, numPhys+c.r.NumSlots)
	c.byVReg = make([]uint32, f.NumVRegs)
	c.postorder()
	for b := range uint32(nb) {
		c.firstRun[b] = true
		c.push(b)
	}
}

// postorder numbers the blocks so that successors come before predecessors where there is no loop.
func (c *checker) postorder() {
	f := c.f
	nb := uint32(f.NumBlocks())
	c.rank = make([]uint32, nb)
	state := make([]uint32, nb) // 1 + next successor
	var stack []uint32
	for root := range nb {
		if state[root] != 0 {
			continue
		}
		state[root] = 1
		stack = append(stack, root)
		for len(stack) > 0 {
			b := stack[len(stack)-1]
			if e := f.SuccStart[b] + state[b] - 1; e < f.SuccStart[b+1] {
				state[b]++
				if s := f.Succs[e]; state[s] == 0 {
					state[s] = 1
					stack = append(stack, s)
				}
				continue
			}
			stack = stack[:len(stack)-1]
			c.rank[b] = uint32(len(c.order))
			c.order = append(c.order, b)
		}
	}
}

func (c *checker) push(b uint32) {
	if c.dirty[b] {
		return
	}
	c.dirty[b] = true
	w := append(c.work, c.rank[b])
	for k := len(w) - 1; k > 0 && w[k] < w[(k-1)/2]; k = (k - 1) / 2 {
		w[k], w[(k-1)/2] = w[(k-1)/2], w[k]
	}
	c.work = w
}

func (c *checker) pop() uint32 {
	w := c.work
	top := w[0]
	n := len(w) - 1
	w[0] = w[n]
	w = w[:n]
	for k := 0; ; {
		d := 2*k + 1
		if d >= n {
			break
		}
		if d+1 < n && w[d+1] < w[d] {
			d++
		}
		if w[k] <= w[d] {
			break
		}
		w[k], w[d] = w[d], w[k]
		k = d
	}
	c.work = w
	return top
}

// walk follows the new demands at the end of block b, and on the first visit those of its operands, to its start.
func (c *checker) walk(b uint32) error {
	f := c.f
	c.block = b
	first := c.firstRun[b]
	c.firstRun[b] = false
	for _, d := range c.atEnd[b] {
		c.add(d)
	}
	c.atEnd[b] = c.atEnd[b][:0]
	if !first && len(c.active) == 0 {
		return nil
	}
	clob := int(c.clobAt[b]) - 1
	for i := int(f.BlockStart[b+1]) - 1; i >= int(f.BlockStart[b]); i-- {
		if !first && len(c.active) == 0 {
			return nil
		}
		var clobbers regalloc.RegSet
		if clob >= 0 && int(f.ClobberInsts[clob]) == i {
			clobbers = f.Clobbers[clob]
			clob--
		}
		if err := c.inst(uint32(i), clobbers, first); err != nil {
			return err
		}
		if err := c.edits(uint32(i)); err != nil {
			return err
		}
	}
	return c.leave()
}

// inst follows the demands backward over instruction i, and adds those of its operands.
func (c *checker) inst(i uint32, clobbers regalloc.RegSet, first bool) error {
	f := c.f
	lo, hi := f.OperandStart[i], f.OperandStart[i+1]
	for o := lo; o < hi; o++ {
		op := &f.Operands[o]
		if op.Kind != regalloc.Def {
			continue
		}
		p := c.place(c.r.Allocs[o])
		for n := c.byVReg[op.VReg]; n != 0; n = c.byVReg[op.VReg] {
			if c.nodes[n].place != p {
				return c.broken(n, fmt.Sprintf("an earlier value of v%d: instruction %d defines it in %s", op.VReg, i, c.placeName(p)))
			}
			c.remove(n)
		}
		if err := c.overwrite(p, f.SlotSize[op.VReg], func() string {
			return fmt.Sprintf("v%d, defined by instruction %d", op.VReg, i)
		}); err != nil {
			return err
		}
	}
	if !clobbers.Empty() {
		for k := 0; k < len(c.active); k++ {
			n := &c.nodes[c.active[k]]
			if n.place < numPhys && clobbers.Has(asm.Reg(n.place)) {
				return c.broken(c.active[k], fmt.Sprintf("nothing: instruction %d clobbers it", i))
			}
		}
	}
	if !first {
		return nil
	}
	for o := lo; o < hi; o++ {
		if op := &f.Operands[o]; op.Kind == regalloc.Use {
			c.add(demand{c.place(c.r.Allocs[o]), op.VReg, i, o - lo})
		}
	}
	return nil
}

// edits follows the demands backward over the edits before instruction i.
func (c *checker) edits(i uint32) error {
	for e := int(c.editAt[i+1]) - 1; e >= int(c.editAt[i]); e-- {
		ed := &c.r.Edits[e]
		to := c.place(ed.To)
		for n := c.byPlace[to]; n != 0; n = c.byPlace[to] {
			d := c.nodes[n]
			if c.f.Class[d.vreg] != c.f.Class[ed.VReg] || c.f.SlotSize[d.vreg] != c.f.SlotSize[ed.VReg] {
				return c.broken(n, fmt.Sprintf("what edit %d (%s) moves as v%d, of another class or size", e, c.editName(ed), ed.VReg))
			}
			c.remove(n)
			if ed.From.IsRemat() {
				if v := ed.From.RematVReg(); v != d.vreg && (i != c.f.BlockStart[c.block] || v != c.passed(d.vreg)) {
					return c.brokenAt(d, fmt.Sprintf("v%d, issued again by edit %d (%s)", ed.From.RematVReg(), e, c.editName(ed)))
				}
				continue
			}
			c.held = append(c.held, demand{c.place(ed.From), d.vreg, d.inst, d.operand})
		}
		err := c.overwrite(to, c.f.SlotSize[ed.VReg], func() string {
			return fmt.Sprintf("v%d, moved by edit %d (%s)", ed.VReg, e, c.editName(ed))
		})
		if err != nil {
			return err
		}
		for _, d := range c.held {
			c.add(d)
		}
		c.held = c.held[:0]
	}
	return nil
}

// passed is the argument that becomes parameter v of the current block, if edits for its edge are at its start; else v.
func (c *checker) passed(v uint32) uint32 {
	f, b := c.f, c.block
	k := c.paramOf[v]
	if k == 0 || k-1 < f.ParamStart[b] || k-1 >= f.ParamStart[b+1] || f.PredStart[b+1]-f.PredStart[b] != 1 {
		return v
	}
	return f.Args[f.ArgStart[c.edge(f.Preds[f.PredStart[b]])]+k-1-f.ParamStart[b]]
}

// edge is the edge from p to the current block.
func (c *checker) edge(p uint32) uint32 {
	if e := c.f.SuccStart[p]; c.f.SuccStart[p+1]-e == 1 {
		return e
	}
	return c.edgeOf[c.block]
}

// overwrite breaks the demands on whatever a write of size units to place p destroys.
func (c *checker) overwrite(p uint32, size uint8, by func() string) error {
	if n := c.byPlace[p]; n != 0 {
		return c.broken(n, by())
	}
	if p < numPhys {
		return nil
	}
	for _, q := range [2]uint32{p - 1, p + 1} {
		if q < numPhys || q >= uint32(len(c.byPlace)) {
			continue
		}
		for n := c.byPlace[q]; n != 0; n = c.nodes[n].byPlace {
			if q < p && c.f.SlotSize[c.nodes[n].vreg] > 1 || q > p && size > 1 {
				return c.broken(n, by())
			}
		}
	}
	return nil
}

// add adds a demand, unless there is an equal one.
func (c *checker) add(d demand) {
	for n := c.byPlace[d.place]; n != 0; n = c.nodes[n].byPlace {
		if c.nodes[n].vreg == d.vreg {
			return
		}
	}
	var n uint32
	if k := len(c.spare); k > 0 {
		n = c.spare[k-1]
		c.spare = c.spare[:k-1]
	} else {
		n = uint32(len(c.nodes))
		c.nodes = append(c.nodes, node{})
	}
	c.nodes[n] = node{
		place: d.place, vreg: d.vreg, inst: d.inst, operand: d.operand,
		byPlace: c.byPlace[d.place], byVReg: c.byVReg[d.vreg], active: uint32(len(c.active)),
	}
	if m := c.byPlace[d.place]; m != 0 {
		c.nodes[m].atPlace = n
	}
	if m := c.byVReg[d.vreg]; m != 0 {
		c.nodes[m].atVReg = n
	}
	c.byPlace[d.place] = n
	c.byVReg[d.vreg] = n
	c.active = append(c.active, n)
}

// remove takes demand n away.
func (c *checker) remove(n uint32) {
	x := c.nodes[n]
	if x.atPlace != 0 {
		c.nodes[x.atPlace].byPlace = x.byPlace
	} else {
		c.byPlace[x.place] = x.byPlace
	}
	if x.byPlace != 0 {
		c.nodes[x.byPlace].atPlace = x.atPlace
	}
	if x.atVReg != 0 {
		c.nodes[x.atVReg].byVReg = x.byVReg
	} else {
		c.byVReg[x.vreg] = x.byVReg
	}
	if x.byVReg != 0 {
		c.nodes[x.byVReg].atVReg = x.atVReg
	}
	last := c.active[len(c.active)-1]
	c.active[x.active] = last
	c.nodes[last].active = x.active
	c.active = c.active[:len(c.active)-1]
	c.spare = append(c.spare, n)
}

// leave hands the demands at the start of the block on to the ends of its predecessors.
func (c *checker) leave() error {
	f := c.f
	b := c.block
	preds := f.Preds[f.PredStart[b]:f.PredStart[b+1]]
	for len(c.active) > 0 {
		n := c.active[len(c.active)-1]
		x := c.nodes[n]
		if len(preds) == 0 {
			return c.broken(n, "nothing: it is not written before")
		}
		k := c.paramOf[x.vreg]
		isParam := k != 0 && k-1 >= f.ParamStart[b] && k-1 < f.ParamStart[b+1]
		for _, p := range preds {
			v := x.vreg
			if isParam {
				v = f.Args[f.ArgStart[c.edge(p)]+k-1-f.ParamStart[b]]
			}
			id := key{p, x.place, v}
			if _, ok := c.seen[id]; ok {
				continue
			}
			c.seen[id] = struct{}{}
			c.atEnd[p] = append(c.atEnd[p], demand{x.place, v, x.inst, x.operand})
			c.push(p)
		}
		c.remove(n)
	}
	return nil
}
