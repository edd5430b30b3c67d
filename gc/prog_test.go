//go:build linux && amd64

package gc

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"davit/ir"
	"davit/ir/op"
)

// Random programs in compiled code against the same programs in Go. Objects have a number and places for references, as many
// as the length in their header says; some are pairs, some vectors, some vectors too large for the nursery.

const (
	progPair LayoutID = iota
	progVector
	progTag  = 1
	progVars = 5
)

var progSpec = func() *Spec {
	s, err := NewSpec(Tags{Low: 1 << progTag}, Layout{Name: "pair", Words: 3, Refs: 6}, Layout{Name: "vector", Words: 1, Elem: RefElem})
	if err != nil {
		panic(err)
	}
	return s
}()

// progOp is a statement. x, a and b are variables; k is a constant.
type progOp struct {
	kind    int
	x, a, b int
	k       int64
	then    []progOp // of opIf
	els     []progOp
}

const (
	opPair   = iota // x = pair(number, a, b)
	opTwo           // x, y = two pairs, made at once, the second one of a and the first
	opVector        // x = vector(number, k references to a)
	opLoad          // x = a[k mod length]
	opStore         // a[k mod length] = b
	opNull          // x = null
	opCopy          // x = a
	opSum           // sum = sum*31 + number of a
	opSame          // sum += a is b
	opCall          // x, if depth is left: the function itself, with a and b
	opPoint         // a safepoint
	opIf            // if the loop counter has a bit in k
	numOps
)

type progObj struct {
	id   int64
	refs []*progObj
}

type progGen struct {
	r *rand.Rand
}

func (g *progGen) list(n, depth int) []progOp {
	var ops []progOp
	for range n {
		o := progOp{kind: g.r.IntN(numOps), x: g.r.IntN(progVars), a: g.r.IntN(progVars), b: g.r.IntN(progVars), k: g.r.Int64N(64)}
		switch o.kind {
		case opVector:
			o.k = 1 + g.r.Int64N(12)
			switch g.r.IntN(20) {
			case 0:
				o.k = 2100
			case 1:
				o.k = 600
			}
		case opIf:
			if depth == 0 {
				continue
			}
			o.k = 1 << g.r.IntN(4)
			o.then, o.els = g.list(g.r.IntN(n), depth-1), g.list(g.r.IntN(n), depth-1)
		}
		ops = append(ops, o)
	}
	return ops
}

// program is run by %prog(a, b, rounds, depth): its statements are repeated.
type program struct{ ops []progOp }

// goRun is a program in Go.
type goRun struct {
	*program
	sum, next int64
}

func (p *goRun) run(a, b *progObj, rounds, depth int64) *progObj {
	vars := [progVars]*progObj{a, b}
	for i := rounds; i > 0; i-- {
		p.list(p.ops, &vars, i, rounds, depth)
	}
	return vars[0]
}

func (p *goRun) list(ops []progOp, v *[progVars]*progObj, i, rounds, depth int64) {
	for _, o := range ops {
		a, b := v[o.a], v[o.b]
		switch o.kind {
		case opPair:
			v[o.x] = p.object(a, b)
		case opTwo:
			first := p.object(b, a)
			v[o.x] = p.object(a, first)
		case opVector:
			x := p.object()
			for range o.k {
				x.refs = append(x.refs, a)
			}
			v[o.x] = x
		case opLoad:
			if a != nil {
				v[o.x] = a.refs[o.k%int64(len(a.refs))]
			}
		case opStore:
			if a != nil {
				a.refs[o.k%int64(len(a.refs))] = b
			}
		case opNull:
			v[o.x] = nil
		case opCopy:
			v[o.x] = a
		case opSum:
			if a != nil {
				p.sum = p.sum*31 + a.id
			}
		case opSame:
			if a == b {
				p.sum++
			}
		case opCall:
			if depth > 0 && i == rounds {
				v[o.x] = p.run(a, b, rounds-1, depth-1)
			}
		case opIf:
			if i&o.k != 0 {
				p.list(o.then, v, i, rounds, depth)
			} else {
				p.list(o.els, v, i, rounds, depth)
			}
		}
	}
}

func (p *goRun) object(refs ...*progObj) *progObj {
	p.next++
	return &progObj{p.next, refs}
}

// progCode is a program in compiled code. Sum and the last number are words of the context.
type progCode struct {
	*code
	v      [progVars]func() ir.Value
	set    [progVars]func(ir.Value)
	i      func() ir.Value
	rounds ir.Value
	depth  ir.Value
}

const (
	wordSum = iota
	wordNext
)

func (c *code) program(p *program) {
	c.fn("prog", "rrnn", func(ps []ir.Value) {
		pc := &progCode{code: c, rounds: ps[2], depth: ps[3]}
		for k := range progVars {
			v := c.DeclareVar(op.I64)
			c.DeclareVarNeedsStackMap(v)
			pc.v[k], pc.set[k] = func() ir.Value { return c.UseVar(v) }, func(x ir.Value) { c.DefVar(v, x) }
			if k < 2 {
				c.DefVar(v, ps[k])
			} else {
				c.DefVar(v, c.Iconst(op.I64, 0))
			}
		}
		i := c.DeclareVar(op.I64)
		c.DefVar(i, ps[2])
		pc.i = func() ir.Value { return c.UseVar(i) }
		head, body, done := c.CreateBlock(), c.CreateBlock(), c.CreateBlock()
		c.Jump(head)
		c.SwitchToBlock(head)
		c.Brif(c.IcmpImm(op.Sgt, c.UseVar(i), 0), body, nil, done, nil)
		c.SealBlock(body)
		c.SwitchToBlock(body)
		pc.list(p.ops)
		c.DefVar(i, c.IaddImm(c.UseVar(i), -1))
		c.Jump(head)
		c.SealBlock(head)
		c.SealBlock(done)
		c.SwitchToBlock(done)
		c.Return(pc.v[0]())
	})
	c.entry("prog", 4)
}

// ifElse appends a choice.
func (c *code) ifElse(cond ir.Value, then, els func()) {
	yes, no, done := c.CreateBlock(), c.CreateBlock(), c.CreateBlock()
	c.Brif(cond, yes, nil, no, nil)
	c.SealBlock(yes)
	c.SealBlock(no)
	c.SwitchToBlock(yes)
	then()
	c.Jump(done)
	c.SwitchToBlock(no)
	els()
	c.Jump(done)
	c.SealBlock(done)
	c.SwitchToBlock(done)
}

func (c *progCode) list(ops []progOp) {
	for i := range ops {
		c.op(&ops[i])
	}
}

func (c *progCode) word(i int) ir.Value {
	return c.Builder.Load(op.I64, ir.TrustedMem, c.Context(), WordOffset(i))
}

func (c *progCode) setWord(i int, v ir.Value) {
	c.Builder.Store(ir.TrustedMem, v, c.Context(), WordOffset(i))
}

func (c *progCode) number() ir.Value {
	n := c.IaddImm(c.word(wordNext), 1)
	c.setWord(wordNext, n)
	return n
}

// place returns the address of the place that a load or store is about.
func (c *progCode) place(ref ir.Value, k int64) ir.Value {
	n := c.Builder.Load(op.I32, ir.TrustedMem, ref, HeaderLength-progTag)
	i := c.Uextend(op.I64, c.Urem(c.Iconst(op.I32, k), n))
	return c.Iadd(c.IaddImm(ref, int64(Offset(1, progTag))), c.IshlImm(i, 3))
}

func (c *progCode) notNull(ref ir.Value, then func()) {
	c.ifElse(c.IcmpImm(op.Ne, ref, 0), then, func() {})
}

func (c *progCode) op(o *progOp) {
	a, b := c.v[o.a](), c.v[o.b]()
	switch o.kind {
	case opPair:
		c.set[o.x](c.Init(c.Alloc(32), 0, progPair, 2, progTag, c.number(), a, b))
	case opTwo:
		at := c.Alloc(64)
		first := c.Init(at, 0, progPair, 2, progTag, c.number(), b, a)
		c.set[o.x](c.Init(at, 32, progPair, 2, progTag, c.number(), a, first))
	case opVector:
		n := c.Iconst(op.I64, o.k)
		v, body := c.NewArray(progVector, progTag, n)
		c.Builder.Store(ir.TrustedMem, c.number(), body, 0)
		c.Fill(c.IaddImm(body, 8), n, a)
		c.set[o.x](v)
	case opLoad:
		c.notNull(a, func() {
			v := c.Builder.Load(op.I64, ir.TrustedMem, c.place(a, o.k), 0)
			c.set[o.x](v)
		})
	case opStore:
		c.notNull(a, func() { c.StoreAt(c.place(a, o.k), a, progTag, b) })
	case opNull:
		c.set[o.x](c.Iconst(op.I64, 0))
	case opCopy:
		c.set[o.x](a)
	case opSum:
		c.notNull(a, func() {
			c.setWord(wordSum, c.Iadd(c.ImulImm(c.word(wordSum), 31), c.Emitter.Load(a, progTag, 0)))
		})
	case opSame:
		c.setWord(wordSum, c.Iadd(c.word(wordSum), c.Uextend(op.I64, c.Icmp(op.Eq, a, b))))
	case opCall:
		c.call(o, a, b)
	case opPoint:
		c.Safepoint()
	case opIf:
		c.ifElse(c.Icmp(op.Ne, c.BandImm(c.i(), o.k), c.Iconst(op.I64, 0)), func() { c.list(o.then) }, func() { c.list(o.els) })
	}
}

func (c *progCode) call(o *progOp, a, b ir.Value) {
	first := c.Icmp(op.Eq, c.i(), c.rounds)
	deep := c.IcmpImm(op.Sgt, c.depth, 0)
	c.ifElse(c.Band(first, deep), func() {
		c.set[o.x](c.callRef("prog", a, b, c.IaddImm(c.rounds, -1), c.IaddImm(c.depth, -1)))
	}, func() {})
}

// testProgram runs a program of some seed with several configurations of the heap.
func testProgram(t *testing.T, seed uint64, rounds, depth int64) {
	g := &progGen{rand.New(rand.NewPCG(seed, 2))}
	p := &program{g.list(3+g.r.IntN(15), 2)}
	c := newCode(t, progSpec)
	c.program(p)
	fn := c.link("prog")[0]
	for i, cfg := range []Config{{Nursery: 64 << 10}, {Nursery: 64 << 10, NoBarriers: true}, {Stress: true}, {Stress: true, Verify: true}} {
		rounds, depth := rounds, depth
		if cfg.Stress {
			rounds, depth = min(rounds, 8), min(depth, 1)
		}
		h := newHeap(t, progSpec, cfg)
		want := goRun{program: p}
		result := want.run(nil, nil, rounds, depth)
		id := call(t, h, fn, 0, 0, uint64(rounds), uint64(depth))
		if result == nil && id != 0 || result != nil && id&7 != progTag {
			t.Fatalf("seed %d, configuration %d: result %#x, expected %v", seed, i, id, result)
		}
		got := fmt.Sprint(int64(*h.ClientWord(wordSum)), int64(*h.ClientWord(wordNext)))
		if w := fmt.Sprint(want.sum, want.next); got != w {
			t.Fatalf("seed %d, configuration %d: %s, expected %s", seed, i, got, w)
		}
		if err := h.Verify(); err != nil {
			t.Fatalf("seed %d, configuration %d: %v", seed, i, err)
		}
		h.Close()
	}
	c.e.Close()
}

func TestPrograms(t *testing.T) {
	for seed := range uint64(12) {
		testProgram(t, seed, 40, 2)
	}
}

func FuzzPrograms(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { testProgram(t, seed, 12, 1) })
}
