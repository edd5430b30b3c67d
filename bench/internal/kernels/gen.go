package kernels

import (
	"fmt"

	"davit/frontend"
	"davit/ir"
	"davit/ir/op"
)

// gen builds one function of a kernel. It adds loops and conditions to the builder, as a front end would.
type gen struct {
	*frontend.Builder
	mem, n ir.Value // the parameters of init and run
	args   []ir.Value
	fns    map[string]ir.FuncRef
}

// function builds a function of integer parameters and one integer result, and returns it as CLIF.
func function(name string, params int, body func(g *gen)) string {
	sig := intSignature(params)
	f := ir.NewFunc(ir.FuncName{Name: name}, sig)
	b := frontend.NewBuilder(frontend.Options{Check: true})
	b.Reset(f)
	g := &gen{Builder: b, fns: map[string]ir.FuncRef{}}
	entry := b.CreateBlock()
	b.SwitchToBlock(entry)
	g.args = b.AppendFuncParams(entry)
	if len(g.args) > 1 {
		g.mem, g.n = g.args[0], g.args[1]
	}
	b.SealBlock(entry)
	body(g)
	if err := b.Finalize(); err != nil {
		panic(fmt.Sprintf("kernel %v: %v", name, err))
	}
	return f.String()
}

func intSignature(params int) ir.Signature {
	sig := ir.Signature{CallConv: ir.SystemV, Returns: []ir.Param{{Type: op.I64}}}
	for range params {
		sig.Params = append(sig.Params, ir.Param{Type: op.I64})
	}
	return sig
}

// call calls a function of the same kernel.
func (g *gen) call(name string, args ...ir.Value) ir.Value {
	fn, ok := g.fns[name]
	if !ok {
		fn = g.ImportFunction(name, g.ImportSignature(intSignature(len(args))))
		g.Func().ExtFuncs[fn].Colocated = true
		g.fns[name] = fn
	}
	return g.Result(g.Call(fn, args...))
}

// k is an integer constant.
func (g *gen) k(n int64) ir.Value { return g.Iconst(op.I64, n) }

// variable declares a variable with its first value.
func (g *gen) variable(v ir.Value) frontend.Variable {
	x := g.DeclareVar(g.Type(v))
	g.DefVar(x, v)
	return x
}

// while runs body as long as cond.
func (g *gen) while(cond func() ir.Value, body func()) {
	head, in, out := g.CreateBlock(), g.CreateBlock(), g.CreateBlock()
	g.Jump(head)
	g.SwitchToBlock(head)
	g.Brif(cond(), in, nil, out, nil)
	g.SealBlock(in)
	g.SwitchToBlock(in)
	body()
	g.Jump(head)
	g.SealBlock(head)
	g.SealBlock(out)
	g.SwitchToBlock(out)
}

// loop counts from lo to hi, less one, in steps; it tests at the end, as compilers turn loops around, with a test ahead.
func (g *gen) loop(lo, hi ir.Value, step int64, body func(i ir.Value)) {
	in, out := g.CreateBlock(), g.CreateBlock()
	i := g.variable(lo)
	g.Brif(g.Icmp(op.Slt, lo, hi), in, nil, out, nil)
	g.SwitchToBlock(in)
	body(g.UseVar(i))
	next := g.IaddImm(g.UseVar(i), step)
	g.DefVar(i, next)
	g.Brif(g.Icmp(op.Slt, next, hi), in, nil, out, nil)
	g.SealBlock(in)
	g.SealBlock(out)
	g.SwitchToBlock(out)
}

// when runs then if cond.
func (g *gen) when(cond ir.Value, then func()) { g.choose(cond, then, func() {}) }

// choose runs one of two.
func (g *gen) choose(cond ir.Value, then, els func()) {
	a, b, out := g.CreateBlock(), g.CreateBlock(), g.CreateBlock()
	g.Brif(cond, a, nil, b, nil)
	g.SealBlock(a)
	g.SealBlock(b)
	for _, arm := range []struct {
		blk  ir.Block
		body func()
	}{{a, then}, {b, els}} {
		g.SwitchToBlock(arm.blk)
		arm.body()
		if !g.IsFilled() {
			g.Jump(out)
		}
	}
	g.SealBlock(out)
	g.SwitchToBlock(out)
}

// get and set read and write a variable; add adds to it.
func (g *gen) get(x frontend.Variable) ir.Value    { return g.UseVar(x) }
func (g *gen) set(x frontend.Variable, v ir.Value) { g.DefVar(x, v) }
func (g *gen) add(x frontend.Variable, v ir.Value) { g.DefVar(x, g.Iadd(g.UseVar(x), v)) }

// at is the address of element i of size 1<<log in an array that starts off bytes into base.
func (g *gen) at(base, i ir.Value, log int64) ir.Value {
	if log > 0 {
		i = g.IshlImm(i, log)
	}
	return g.Iadd(base, i)
}

// load and store access memory that is known to be there.
func (g *gen) load(t op.Type, p ir.Value, off int32) ir.Value {
	return g.Load(t, ir.TrustedMem, p, off)
}
func (g *gen) store(v, p ir.Value, off int32)        { g.Store(ir.TrustedMem, v, p, off) }
func (g *gen) byteAt(p ir.Value, off int32) ir.Value { return g.Uload8(op.I64, ir.TrustedMem, p, off) }
func (g *gen) setByte(v, p ir.Value, off int32)      { g.Istore8(ir.TrustedMem, v, p, off) }

// random steps a generator and returns its upper bits; see lcg in kernels.go.
func (g *gen) random(x frontend.Variable) ir.Value {
	next := g.Iadd(g.Imul(g.get(x), g.k(lcgFactor)), g.k(lcgAdd))
	g.set(x, next)
	return g.UshrImm(next, 33)
}

// bits is a float as an integer of the same bits.
func (g *gen) bits(v ir.Value) ir.Value { return g.Bitcast(op.I64, ir.DefaultMem, v) }

// float converts an integer.
func (g *gen) float(v ir.Value) ir.Value { return g.FcvtFromSint(op.F64, v) }
