package gen

import (
	"math/rand/v2"

	"davit/asm"
	"davit/regalloc"
)

// random makes one random function: first the control flow, then its dominators, then the instructions, which use what
// dominates them.
type random struct {
	Config
	rng    *rand.Rand
	env    *regalloc.Env
	b      Builder
	succs  [][]int
	preds  [][]int
	idom   []int
	out    [][]uint32 // per block: virtual registers defined by it
	thrown [][]uint32 // per block: those defined by its terminator
	params [][]uint32
	freq   []float32
}

func (g *random) chance(percent int) bool { return g.rng.IntN(100) < percent }

// graph makes a graph in which all blocks are reachable and no edge is critical, in a random order behind the entry.
func (g *random) graph() {
	n := 1 + g.rng.IntN(g.Blocks)
	succs := make([][]int, n)
	for k := 1; k < n; k++ {
		p := max(0, k-1-g.rng.IntN(3))
		succs[p] = append(succs[p], k)
	}
	for range g.rng.IntN(n + 1) {
		p, s := g.rng.IntN(n), g.rng.IntN(n)
		if s != 0 {
			succs[p] = append(succs[p], s)
		}
	}
	npreds := make([]int, n)
	for _, list := range succs {
		for _, s := range list {
			npreds[s]++
		}
	}
	for p := range n {
		if len(succs[p]) < 2 {
			continue
		}
		for e, s := range succs[p] {
			if npreds[s] > 1 {
				succs = append(succs, []int{s})
				succs[p][e] = len(succs) - 1
			}
		}
	}
	order := g.rng.Perm(len(succs))
	if g.chance(70) {
		for k := range order {
			order[k] = k
		}
	}
	for k, b := range order {
		if b == 0 {
			order[k], order[0] = order[0], 0
		}
	}
	at := make([]int, len(succs))
	for k, b := range order {
		at[b] = k
	}
	g.succs = make([][]int, len(succs))
	g.preds = make([][]int, len(succs))
	g.freq = make([]float32, len(succs))
	for b, list := range succs {
		for _, s := range list {
			g.succs[at[b]] = append(g.succs[at[b]], at[s])
			g.preds[at[s]] = append(g.preds[at[s]], at[b])
		}
		g.freq[at[b]] = []float32{1, 1, 1, 0.01, 10, 100}[g.rng.IntN(6)]
	}
	g.freq[0] = 1
}

// dominators computes idom by iteration.
func (g *random) dominators() {
	n := len(g.succs)
	num := make([]int, n)
	var order []int
	var visit func(b int)
	seen := make([]bool, n)
	visit = func(b int) {
		seen[b] = true
		for _, s := range g.succs[b] {
			if !seen[s] {
				visit(s)
			}
		}
		num[b] = len(order)
		order = append(order, b)
	}
	visit(0)
	g.idom = make([]int, n)
	for b := range g.idom {
		g.idom[b] = -1
	}
	g.idom[0] = 0
	for changed := true; changed; {
		changed = false
		for k := n - 2; k >= 0; k-- {
			b := order[k]
			d := -1
			for _, p := range g.preds[b] {
				if g.idom[p] < 0 {
					continue
				}
				if d < 0 {
					d = p
					continue
				}
				x := p
				for x != d {
					for num[x] < num[d] {
						x = g.idom[x]
					}
					for num[d] < num[x] {
						d = g.idom[d]
					}
				}
			}
			if g.idom[b] != d {
				g.idom[b] = d
				changed = true
			}
		}
	}
}

func (g *random) newVReg() uint32 {
	class := asm.Int
	size := uint8(1)
	if g.FltRegs > 0 && g.chance(25) {
		class = asm.Float
		if g.chance(30) {
			size = 2
		}
	}
	return g.b.VReg(class, size)
}

// available lists what is defined in block b and its dominators.
func (g *random) available(b int) []uint32 {
	list := append(append([]uint32(nil), g.params[b]...), g.out[b]...)
	for x := b; x != 0; {
		d := g.idom[x]
		list = append(append([]uint32(nil), g.params[d]...), append(append(append([]uint32(nil), g.out[d]...), g.thrown[d]...), list...)...)
		x = d
	}
	return list
}

// fill makes the instructions. Virtual registers are numbered along the dominator tree, instructions are laid out in the
// order of blocks.
func (g *random) fill() {
	n := len(g.succs)
	g.out = make([][]uint32, n)
	g.thrown = make([][]uint32, n)
	g.params = make([][]uint32, n)
	kids := make([][]int, n)
	for b := 1; b < n; b++ {
		kids[g.idom[b]] = append(kids[g.idom[b]], b)
	}
	bodies := make([]body, n)
	stack := []int{0}
	for len(stack) > 0 {
		b := stack[len(stack)-1]
		stack = append(stack[:len(stack)-1], kids[b]...)
		if b != 0 {
			for range g.rng.IntN(g.Params + 1) {
				g.params[b] = append(g.params[b], g.newVReg())
			}
		}
		g.fillBlock(b, &bodies[b])
	}
	for b := range n {
		g.b.Block(g.freq[b], g.params[b]...)
		for _, in := range bodies[b].insts {
			i := g.b.Inst(in.flags, in.ops...)
			if !in.clobbers.Empty() {
				g.b.Clobber(in.clobbers)
			}
			if in.remat {
				g.b.F.Remat[in.ops[0].VReg] = 1 + i
			}
		}
	}
	for b := range n {
		avail := g.available(b)
		for _, s := range g.succs[b] {
			var args []uint32
			for _, p := range g.params[s] {
				args = append(args, g.argument(b, avail, p))
			}
			g.b.Edge(uint32(b), uint32(s), args...)
		}
	}
}

// argument picks an argument for parameter p on an edge out of block b.
func (g *random) argument(b int, avail []uint32, p uint32) uint32 {
	fits := func(v uint32) bool {
		return g.b.F.Class[v] == g.b.F.Class[p] && g.b.F.SlotSize[v] == g.b.F.SlotSize[p]
	}
	if len(g.thrown[b]) > 0 {
		for _, v := range g.thrown[b] {
			if fits(v) && g.chance(60) {
				return v
			}
		}
	}
	for range 8 {
		if v := g.pick(avail); v != none && fits(v) {
			return v
		}
	}
	for _, v := range avail {
		if fits(v) {
			return v
		}
	}
	panic("gen: the entry defines one of each kind")
}

const none = ^uint32(0)

// pick picks a value, recent ones more often.
func (g *random) pick(avail []uint32) uint32 {
	if len(avail) == 0 {
		return none
	}
	if g.chance(g.Pressure) {
		return avail[g.rng.IntN(len(avail))]
	}
	k := len(avail) - 1 - g.rng.IntN(min(6, len(avail)))
	return avail[k]
}

type inst struct {
	flags    regalloc.InstFlags
	ops      []regalloc.Operand
	clobbers regalloc.RegSet
	remat    bool
}

type body struct{ insts []inst }

// fillBlock makes the instructions of block b.
func (g *random) fillBlock(b int, out *body) {
	if b == 0 {
		g.entry(out)
	}
	for range g.rng.IntN(g.Insts + 1) {
		out.insts = append(out.insts, g.instruction(b))
	}
	switch {
	case len(g.succs[b]) == 0:
		in := inst{flags: regalloc.IsTerminator | regalloc.IsReturn}
		var m meter
		avail := g.available(b)
		for range g.rng.IntN(3) {
			g.fixedUse(&in, &m, avail)
		}
		out.insts = append(out.insts, in)
	case len(g.succs[b]) == 1 && (len(g.preds[g.succs[b][0]]) > 1 || g.chance(50)):
		out.insts = append(out.insts, inst{flags: regalloc.IsTerminator})
	default:
		var in inst
		if g.chance(30) {
			in = g.call(b, &g.thrown[b])
		} else {
			in = g.operation(b, &g.thrown[b])
		}
		in.flags |= regalloc.IsTerminator
		out.insts = append(out.insts, in)
	}
}

// entry defines arguments in fixed registers and one value of each kind.
func (g *random) entry(out *body) {
	in := inst{}
	var m meter
	for range g.rng.IntN(5) {
		g.fixedDef(&in, &m, &g.out[0])
	}
	if len(in.ops) > 0 {
		out.insts = append(out.insts, in)
	}
	kinds := []struct {
		class asm.RegClass
		size  uint8
	}{{asm.Int, 1}, {asm.Float, 1}, {asm.Float, 2}}
	for _, k := range kinds {
		if k.class == asm.Float && g.FltRegs == 0 {
			continue
		}
		v := g.b.VReg(k.class, k.size)
		out.insts = append(out.insts, inst{ops: []regalloc.Operand{Def(v)}})
		g.out[0] = append(g.out[0], v)
	}
}

// instruction makes one instruction of block b that is not its terminator.
func (g *random) instruction(b int) inst {
	switch x := g.rng.IntN(100); {
	case x < 12:
		return g.call(b, &g.out[b])
	case x < 20:
		avail := g.available(b)
		v := g.pick(avail)
		d := g.b.VReg(g.b.F.Class[v], g.b.F.SlotSize[v])
		g.out[b] = append(g.out[b], d)
		return inst{flags: regalloc.IsMove, ops: []regalloc.Operand{Def(d), Use(v)}}
	case x < 28:
		d := g.newVReg()
		g.out[b] = append(g.out[b], d)
		return inst{ops: []regalloc.Operand{Def(d)}, remat: true}
	default:
		return g.operation(b, &g.out[b])
	}
}
