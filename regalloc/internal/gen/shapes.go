package gen

import (
	"davit/asm"
	"davit/regalloc"
)

// Shape is a synthetic function whose size grows with n.
type Shape struct {
	Name string
	Make func(n int) *regalloc.Func
}

// Shapes are the functions of the benchmarks and of the tests of linearity. They are made for the machine of X64.
var Shapes = []Shape{
	{"straight", straight},
	{"pressure", pressure},
	{"diamonds", diamonds},
	{"cold", coldDiamonds},
	{"params", paramChain},
	{"longlived", longLived},
	{"manylived", manyLived},
	{"loops", nestedLoops},
	{"wide", wideParams},
	{"calls", calls},
	{"callslived", callsLived},
	{"hub", hub},
	{"memuses", memoryUses},
	{"manyparams", manyParams},
	{"rotation", rotation},
	{"alllive", allLive},
	{"shifts", shifts},
	{"backedges", backEdges},
}

// X64 describes a machine with 14 integer registers, five of them saved by callees, and 15 floating-point registers.
func X64() *regalloc.Env {
	env := NewEnv(14, 15)
	env.CalleeSaved = regalloc.RegSet{}
	for r := asm.Reg(10); r <= 14; r++ {
		env.CalleeSaved.Add(r)
	}
	return env
}

// callClobbers are the registers of X64 that a call destroys.
func callClobbers() regalloc.RegSet {
	env := X64()
	var s regalloc.RegSet
	for _, order := range env.Order {
		for _, r := range order {
			if !env.CalleeSaved.Has(r) {
				s.Add(r)
			}
		}
	}
	return s
}

const jump = regalloc.IsTerminator
const ret = regalloc.IsTerminator | regalloc.IsReturn

func (b *Builder) int() uint32 { return b.VReg(asm.Int, 1) }

// op adds a two-address operation on x and y and returns its result.
func (b *Builder) op(x, y uint32) uint32 {
	d := b.int()
	b.Inst(0, Use(x), Use(y), ReuseDef(d, 0))
	return d
}

func (b *Builder) load(x uint32) uint32 {
	d := b.int()
	b.Inst(0, Def(d), Use(x))
	return d
}

func (b *Builder) constant() uint32 {
	d := b.int()
	b.Inst(0, Def(d))
	return d
}

func (b *Builder) arguments(n int) []uint32 {
	var ops []regalloc.Operand
	var list []uint32
	for k := range n {
		v := b.int()
		list = append(list, v)
		ops = append(ops, FixedDef(v, asm.Reg(1+k)))
	}
	b.Inst(0, ops...)
	return list
}

func (b *Builder) call(x, y uint32) uint32 {
	d := b.int()
	b.Inst(0, FixedUse(x, 1), FixedUse(y, 2), FixedDef(d, 3))
	b.Clobber(callClobbers())
	return d
}

func (b *Builder) ret(v uint32) { b.Inst(ret, FixedUse(v, 3)) }

// straight is one block with little pressure.
func straight(n int) *regalloc.Func {
	b := &Builder{}
	b.Block(1)
	args := b.arguments(4)
	for b.F.NumInsts() < n {
		x := b.load(args[0])
		y := b.op(x, args[1])
		z := b.op(y, x)
		args[3] = b.op(args[3], z)
	}
	b.ret(args[3])
	return b.Finish()
}

// pressure is one block with 24 values in use.
func pressure(n int) *regalloc.Func {
	b := &Builder{}
	b.Block(1)
	var live [24]uint32
	for k := range live {
		live[k] = b.constant()
	}
	for k := 0; b.F.NumInsts() < n; k++ {
		live[k%24] = b.op(live[k%24], live[(k*7+3)%24])
	}
	for k := range live {
		live[0] = b.op(live[0], live[k])
	}
	b.ret(live[0])
	return b.Finish()
}

// diamonds is a chain of diamonds, with a parameter where they join.
func diamonds(n int) *regalloc.Func {
	b := &Builder{}
	e := b.Block(1)
	args := b.arguments(3)
	v := args[0]
	for b.F.NumInsts() < n {
		b.Inst(jump, Use(v))
		l := b.Block(0.5)
		x := b.op(v, args[1])
		b.Inst(jump)
		r := b.Block(0.5)
		y := b.op(v, args[2])
		b.Inst(jump)
		p := b.int()
		j := b.Block(1, p)
		b.Edge(e, l)
		b.Edge(e, r)
		b.Edge(l, j, x)
		b.Edge(r, j, y)
		e, v = j, p
	}
	b.ret(v)
	return b.Finish()
}

// coldDiamonds has a chain of tests, each with a cold call laid out behind all of them.
func coldDiamonds(n int) *regalloc.Func {
	b := &Builder{}
	e := b.Block(1)
	args := b.arguments(3)
	v := args[0]
	type slow struct{ from, to, x uint32 }
	var list []slow
	for b.F.NumInsts() < n*2/3 {
		x := b.load(v)
		b.Inst(jump, Use(x))
		t := b.Block(1)
		w := b.op(v, x)
		b.Inst(jump)
		p := b.int()
		j := b.Block(1, p)
		b.Edge(e, t)
		b.Edge(t, j, w)
		list = append(list, slow{e, j, x})
		e, v = j, b.op(p, args[1])
	}
	b.ret(v)
	for _, s := range list {
		c := b.Block(0.01)
		d := b.call(s.x, args[2])
		b.Inst(jump)
		b.Edge(s.from, c)
		b.Edge(c, s.to, d)
	}
	return b.Finish()
}

// paramChain passes four values through parameters from block to block, in turns.
func paramChain(n int) *regalloc.Func {
	b := &Builder{}
	e := b.Block(1)
	args := b.arguments(4)
	for k := 0; b.F.NumInsts() < n; k++ {
		args[k%4] = b.op(args[k%4], args[(k+1)%4])
		b.Inst(jump)
		params := []uint32{b.int(), b.int(), b.int(), b.int()}
		j := b.Block(1, params...)
		if k%16 == 15 {
			args[0], args[1] = args[1], args[0]
		}
		b.Edge(e, j, args...)
		e, args = j, params
	}
	b.ret(args[0])
	return b.Finish()
}

// longLived has one value in use over all blocks, each with a branch out.
func longLived(n int) *regalloc.Func {
	b := &Builder{}
	e := b.Block(1)
	args := b.arguments(3)
	var exits []uint32
	for b.F.NumInsts() < n {
		x := b.load(args[1])
		b.Inst(jump, Use(x))
		exits = append(exits, e)
		k := b.Block(1)
		b.Edge(e, k)
		e = k
	}
	b.ret(args[0])
	for _, from := range exits {
		x := b.Block(0.01)
		b.ret(args[2])
		b.Edge(from, x)
	}
	return b.Finish()
}

// manyLived has 40 values in use over all blocks of a chain of diamonds, with calls on one side.
func manyLived(n int) *regalloc.Func {
	b := &Builder{}
	e := b.Block(1)
	var live [40]uint32
	for k := range live {
		live[k] = b.constant()
	}
	for k := 0; b.F.NumInsts() < n; k++ {
		x := b.load(live[k*13%40])
		b.Inst(jump, Use(x))
		l := b.Block(0.9)
		x = b.op(x, live[k*7%40])
		b.Inst(jump)
		r := b.Block(0.1)
		y := b.call(live[k*3%40], live[k*11%40])
		b.Inst(jump)
		p := b.int()
		j := b.Block(1, p)
		b.Inst(0, Use(p), Use(live[k%40]))
		b.Edge(e, l)
		b.Edge(e, r)
		b.Edge(l, j, x)
		b.Edge(r, j, y)
		e = j
	}
	for k := range live {
		live[0] = b.op(live[0], live[k])
	}
	b.ret(live[0])
	return b.Finish()
}

// nestedLoops is a sequence of loops nested three deep.
func nestedLoops(n int) *regalloc.Func {
	b := &Builder{}
	e := b.Block(1)
	args := b.arguments(4)
	for b.F.NumInsts() < n {
		b.Inst(jump)
		var heads, tops []uint32
		freq := float32(1)
		var vars [][2]uint32
		sum := args[0]
		for range 3 {
			freq *= 10
			i, s := b.int(), b.int()
			vars = append(vars, [2]uint32{i, s})
			h := b.Block(freq, i, s)
			b.Edge(e, h, args[1], sum)
			b.Inst(0, Use(i), Use(args[2]))
			heads, tops = append(heads, h), append(tops, h)
			sum = b.op(s, i)
			b.Inst(jump)
			e = h
		}
		for d := 2; d >= 0; d-- {
			body := b.Block(freq)
			b.Edge(e, body)
			x := b.load(sum)
			s := b.op(sum, x)
			i := b.op(vars[d][0], args[3])
			b.Inst(jump, Use(i))
			back := b.Block(freq)
			b.Inst(jump)
			b.Edge(body, back)
			b.Edge(back, tops[d], i, s)
			freq /= 10
			out := b.Block(freq)
			b.Edge(body, out)
			e, sum = out, s
			if d > 0 {
				b.Inst(jump)
			}
		}
		_ = heads
		args[0] = sum
	}
	b.ret(args[0])
	return b.Finish()
}

// wideParams joins blocks with 200 parameters each.
func wideParams(n int) *regalloc.Func {
	b := &Builder{}
	e := b.Block(1)
	var vals []uint32
	for range 200 {
		vals = append(vals, b.constant())
	}
	for b.F.NumInsts() < n {
		b.Inst(jump)
		var params []uint32
		for range vals {
			params = append(params, b.int())
		}
		j := b.Block(1, params...)
		b.Edge(e, j, vals...)
		for k := range 200 {
			vals[k] = b.op(params[k], params[(k+1)%200])
		}
		e = j
	}
	b.ret(vals[0])
	return b.Finish()
}

// calls is a sequence of calls with arguments from earlier results.
func calls(n int) *regalloc.Func {
	b := &Builder{}
	b.Block(1)
	args := b.arguments(4)
	for k := 0; b.F.NumInsts() < n; k++ {
		x := b.op(args[k%4], args[(k+1)%4])
		args[k%4] = b.call(x, args[(k+2)%4])
	}
	b.ret(args[0])
	return b.Finish()
}

// callsLived is a sequence of calls while 12 values are in use throughout.
func callsLived(n int) *regalloc.Func {
	b := &Builder{}
	b.Block(1)
	var live [12]uint32
	for k := range live {
		live[k] = b.constant()
	}
	x := live[0]
	for k := 0; b.F.NumInsts() < n; k++ {
		x = b.call(x, live[k%12])
		x = b.op(x, live[k*5%12])
	}
	for k := range live {
		x = b.op(x, live[k])
	}
	b.ret(x)
	return b.Finish()
}

// hub is a loop around a switch with as many targets as fit, as in an interpreter.
func hub(n int) *regalloc.Func {
	b := &Builder{}
	e := b.Block(1)
	args := b.arguments(4)
	b.Inst(jump)
	pc, acc := b.int(), b.int()
	h := b.Block(100, pc, acc)
	b.Edge(e, h, args[0], args[1])
	x := b.load(pc)
	b.Inst(jump, Use(x))
	for k := 0; b.F.NumInsts() < n; k++ {
		t := b.Block(1)
		b.Edge(h, t)
		y := b.op(acc, args[2])
		if k%5 == 0 {
			y = b.call(y, args[3])
		}
		p := b.op(pc, args[3])
		b.Inst(jump)
		b.Edge(t, h, p, y)
	}
	t := b.Block(1)
	b.Edge(h, t)
	b.ret(acc)
	return b.Finish()
}
