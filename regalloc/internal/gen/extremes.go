package gen

import "davit/regalloc"

// Shapes of which one thing grows that is small in ordinary functions: the uses of a value, the parameters of a block, the
// values that live to the end, the edges into a block.

// memoryUses has one value with n uses that may be in memory, while many others are in use.
func memoryUses(n int) *regalloc.Func {
	b := &Builder{}
	b.Block(1)
	x := b.constant()
	var live [24]uint32
	for k := range live {
		live[k] = b.constant()
	}
	for k := 0; b.F.NumInsts() < n; k++ {
		d := b.int()
		b.Inst(0, Use(live[k%24]), MemUse(x), ReuseDef(d, 0))
		live[k%24] = d
	}
	for k := range live {
		x = b.op(x, live[k])
	}
	b.ret(x)
	return b.Finish()
}

// manyParams has a block with n/3 parameters, which two blocks compute and pass in different orders.
func manyParams(n int) *regalloc.Func {
	b := &Builder{}
	e := b.Block(1)
	args := b.arguments(2)
	b.Inst(jump, Use(args[0]))
	var sides [2]uint32
	var vals [2][]uint32
	for s := range sides {
		sides[s] = b.Block(0.5)
		b.Edge(e, sides[s])
		for range n / 3 {
			d := b.int()
			b.Inst(0, Use(args[0]), MemUse(args[1]), ReuseDef(d, 0))
			vals[s] = append(vals[s], d)
		}
		b.Inst(jump)
	}
	var params, other []uint32
	for k := range vals[1] {
		params = append(params, b.int())
		other = append(other, vals[1][len(vals[1])-1-k])
	}
	j := b.Block(1, params...)
	b.Edge(sides[0], j, vals[0]...)
	b.Edge(sides[1], j, other...)
	b.ret(b.sum(params))
	return b.Finish()
}

// rotation is a loop with n parameters that change places.
func rotation(n int) *regalloc.Func {
	b := &Builder{}
	e := b.Block(1)
	args := b.arguments(2)
	b.Inst(jump)
	var params, from []uint32
	for k := range n {
		params = append(params, b.int())
		from = append(from, args[k%2])
	}
	h := b.Block(10, params...)
	b.Edge(e, h, from...)
	x := b.op(params[0], params[n-1])
	b.Inst(jump, Use(x))
	back := b.Block(9)
	b.Edge(h, back)
	b.Inst(jump)
	b.Edge(back, h, append(params[1:n:n], x)...)
	out := b.Block(1)
	b.Edge(h, out)
	b.ret(b.sum(params))
	return b.Finish()
}

// allLive has n/2 values, all of which live to the end.
func allLive(n int) *regalloc.Func {
	b := &Builder{}
	b.Block(1)
	list := b.arguments(2)
	for k := 2; b.F.NumInsts() < n/2; k++ {
		list = append(list, b.op(list[k-1], list[k-2]))
	}
	b.ret(b.sum(list))
	return b.Finish()
}

// shifts has operations with fixed registers, while 20 values are in use.
func shifts(n int) *regalloc.Func {
	b := &Builder{}
	b.Block(1)
	var live [20]uint32
	for k := range live {
		live[k] = b.constant()
	}
	x := live[0]
	for k := 0; b.F.NumInsts() < n; k++ {
		d := b.int()
		if k%2 == 0 {
			b.Inst(0, Use(x), FixedUse(live[k%20], 2), ReuseDef(d, 0))
		} else {
			b.Inst(0, FixedUse(x, 1), Use(live[k%20]), FixedDef(d, 1))
			b.Clobber(regalloc.RegSet{1 << 3})
		}
		x = d
	}
	b.ret(b.sum(append(live[:], x)))
	return b.Finish()
}

// backEdges has n/2 edges back to one block, each with an argument of its own.
func backEdges(n int) *regalloc.Func {
	b := &Builder{}
	e := b.Block(1)
	args := b.arguments(3)
	b.Inst(jump)
	p := b.int()
	h := b.Block(10, p)
	b.Edge(e, h, args[0])
	b.Inst(0, Use(p))
	for e = h; b.F.NumInsts() < n; {
		x := b.op(p, args[1])
		b.Inst(jump, Use(x))
		back := b.Block(5)
		b.Edge(e, back)
		b.Inst(jump)
		b.Edge(back, h, x)
		k := b.Block(5)
		b.Edge(e, k)
		e = k
	}
	b.ret(b.op(p, args[2]))
	return b.Finish()
}

// sum adds up values.
func (b *Builder) sum(list []uint32) uint32 {
	x := list[0]
	for _, v := range list[1:] {
		x = b.op(x, v)
	}
	return x
}
