// Package randprog makes random programs that use a moving heap: functions with arbitrary control flow, irreducible loops
// and exceptions among it, whose variables hold references, for tests of everything that stack maps depend on.
//
// A program consists of functions %f0, %f1 and so on, each with parameters (reference, number, fuel) and results
// (reference, checksum). They call
//
//	%davit_alloc(i64) -> i64    allocates an object
//	%davit_gc()                 may collect
//	%davit_throw(i32, i64, i64) throws an exception
//
// Every call but those of the library, and those of what is marked as never collecting, may collect. The result does not depend on addresses: running a program with and
// without a collector that moves objects must give the same. Every program ends: fuel is taken in each block and divided
// among callees.
package randprog

import (
	"fmt"
	"math/rand/v2"

	"davit/frontend"
	"davit/ir"
	"davit/ir/op"
)

// Config says what programs look like.
type Config struct {
	Funcs  int // at least 1
	Blocks int // of each function, at least 1
	Stmts  int // at most, per block
	// Refs has the types that variables hold references in, of i64, i32, f64, i64x2 and i128. i32 demands addresses
	// below 4 GiB.
	Refs []op.Type
	// Data has the types of variables that are declared to need stack maps, but hold small numbers.
	Data []op.Type
	// Throw makes functions throw exceptions and catch them.
	Throw bool
	// Cold makes some blocks cold.
	Cold bool
	// Calls makes functions call in all ways: by addresses, in tail position, what never collects, and with several
	// references as results. Programs have the functions %same and %swap then.
	Calls bool
}

// AllTypes is a configuration with every type that a stack map can hold.
var AllTypes = Config{
	Funcs: 3, Blocks: 8, Stmts: 5, Throw: true, Cold: true, Calls: true,
	Refs: []op.Type{op.I64, op.I64, op.I64, op.I32, op.F64, op.I64X2, op.I128},
	Data: []op.Type{op.I8, op.I16, op.F32, op.F16, op.I8X16, op.I8X2, op.F64X2, op.I16X4, op.F128},
}

// objectSize is the size of every object: an identification at 0, a reference at RefOffset.
const (
	objectSize = 16
	RefOffset  = 8
)

// Slots is the number of stack slots that each function has before stack maps need any.
const Slots = 2

// Generate makes a program from a seed. The same seed and configuration give the same program, whatever the options.
func Generate(seed uint64, c Config, opts frontend.Options) ([]*ir.Func, error) {
	b := frontend.NewBuilder(opts)
	var funcs []*ir.Func
	for i := range c.Funcs {
		g := &gen{Config: c, b: b, r: rand.New(rand.NewPCG(seed, uint64(i)))}
		f, err := g.function(i)
		if err != nil {
			return nil, fmt.Errorf("seed %d: %w", seed, err)
		}
		funcs = append(funcs, f)
	}
	if !c.Calls {
		return funcs, nil
	}
	for _, make := range []func(g *gen) (*ir.Func, error){(*gen).makeSame, (*gen).makeSwap} {
		f, err := make(&gen{Config: c, b: b})
		if err != nil {
			return nil, err
		}
		funcs = append(funcs, f)
	}
	return funcs, nil
}

type gen struct {
	Config
	b *frontend.Builder
	r *rand.Rand

	blocks []blk
	refs   []variable
	data   []variable
	sum    frontend.Variable
	fuel   frontend.Variable
	temps  []ir.Value // declared references of the current block
	nextID int64

	callees           []callee
	alloc, gc, throw  ir.FuncRef
	same              callee
	swap              ir.FuncRef
	tail              bool         // the function may end in tail calls
	readable, written ir.StackSlot // stand in for the null object
	exit              ir.Block
}

type callee struct {
	fn  ir.FuncRef
	sig ir.SigRef
}

type variable struct {
	v   frontend.Variable
	typ op.Type
}

// blk is a block with params reference parameters.
type blk struct {
	block  ir.Block
	params int
}

func params(ts ...op.Type) []ir.Param {
	ps := make([]ir.Param, len(ts))
	for i, t := range ts {
		ps[i].Type = t
	}
	return ps
}

// conv returns the calling convention of function n.
func (c *Config) conv(n int) ir.CallConv {
	if c.Calls && n%2 == 1 {
		return ir.Tail
	}
	return ir.SystemV
}

// start begins a function and declares what it may call.
func (g *gen) start(name string, sig ir.Signature) *ir.Func {
	b := g.b
	f := ir.NewFunc(ir.FuncName{Name: name}, sig.Clone())
	b.Reset(f)
	g.gc = b.ImportFunction("davit_gc", b.ImportSignature(ir.Signature{CallConv: ir.SystemV}))
	g.readable, g.written = b.CreateStackSlot(objectSize, 4), b.CreateStackSlot(objectSize, 4)
	return f
}

// begin makes the entry block and returns its parameters.
func (g *gen) begin() []ir.Value {
	entry := g.b.CreateBlock()
	g.b.SwitchToBlock(entry)
	g.b.SealBlock(entry)
	return append([]ir.Value{}, g.b.AppendFuncParams(entry)...)
}

func signature(conv ir.CallConv) ir.Signature {
	return ir.Signature{Params: params(op.I64, op.I64, op.I64), Returns: params(op.I64, op.I64), CallConv: conv}
}

func swapSignature() ir.Signature {
	return ir.Signature{Params: params(op.I64, op.I64), Returns: params(op.I64, op.I64), CallConv: ir.SystemV}
}

// makeSame makes a function that never collects: it returns its reference, and a checksum of its number and the object.
func (g *gen) makeSame() (*ir.Func, error) {
	b := g.b
	f := g.start("same", signature(ir.SystemV))
	ps := g.begin()
	isNull, isObject := b.CreateBlock(), b.CreateBlock()
	b.Brif(ps[0], isObject, nil, isNull, nil)
	b.SealAllBlocks()
	b.SwitchToBlock(isNull)
	b.Return(ps[0], b.ImulImm(ps[1], 7))
	b.SwitchToBlock(isObject)
	b.Return(ps[0], b.Iadd(ps[1], b.Load(op.I64, ir.TrustedMem, ps[0], 0)))
	return f, b.Finalize()
}

// makeSwap makes a function that collects and returns its references the other way round.
func (g *gen) makeSwap() (*ir.Func, error) {
	b := g.b
	f := g.start("swap", swapSignature())
	ps := g.begin()
	for _, p := range ps {
		b.DeclareValueNeedsStackMap(p)
	}
	b.Call(g.gc)
	b.Return(ps[1], ps[0])
	return f, b.Finalize()
}

func (g *gen) function(n int) (*ir.Func, error) {
	b := g.b
	f := g.start(fmt.Sprintf("f%d", n), signature(g.conv(n)))
	g.tail = g.conv(n).SupportsTailCalls()
	for i := range g.Funcs {
		sig := b.ImportSignature(signature(g.conv(i)))
		g.callees = append(g.callees, callee{b.ImportFunction(fmt.Sprintf("f%d", i), sig), sig})
	}
	g.alloc = b.ImportFunction("davit_alloc", b.ImportSignature(ir.Signature{Params: params(op.I64), Returns: params(op.I64), CallConv: ir.SystemV}))
	g.throw = b.ImportFunction("davit_throw", b.ImportSignature(ir.Signature{Params: params(op.I32, op.I64, op.I64), CallConv: ir.SystemV}))
	if g.Calls {
		sig := signature(ir.SystemV)
		sig.NoGC = true
		g.same.sig = b.ImportSignature(sig)
		g.same.fn = b.ImportFunction("same", g.same.sig)
		if g.r.IntN(2) == 0 { // the function is marked, calls of its address are not
			g.same.sig = b.ImportSignature(signature(ir.SystemV))
			g.same.fn = b.ImportNoGCFunction("same", g.same.sig)
		}
		g.swap = b.ImportFunction("swap", b.ImportSignature(swapSignature()))
	}
	g.entry()
	for i := 0; i < len(g.blocks); i++ {
		g.fill(i)
	}
	b.SwitchToBlock(g.exit)
	b.SealAllBlocks()
	b.Return(g.getRef(g.anyRef()), b.UseVar(g.sum))
	return f, b.Finalize()
}

// entry declares the variables and builds the entry block.
func (g *gen) entry() {
	b := g.b
	ps := g.begin()
	for range 2 + g.r.IntN(5) {
		x := variable{typ: g.Refs[g.r.IntN(len(g.Refs))]}
		x.v = b.DeclareVar(x.typ)
		b.DeclareVarNeedsStackMap(x.v)
		g.refs = append(g.refs, x)
	}
	for _, t := range g.Data {
		if g.r.IntN(3) == 0 {
			x := variable{b.DeclareVar(t), t}
			b.DeclareVarNeedsStackMap(x.v)
			g.data = append(g.data, x)
		}
	}
	g.sum, g.fuel = b.DeclareVar(op.I64), b.DeclareVar(op.I64)
	b.DefVar(g.sum, ps[1])
	b.DefVar(g.fuel, ps[2])
	for i := range int32(objectSize / 8) {
		b.StackStore(b.Iconst(op.I64, 0), g.readable, 8*i)
	}
	b.DeclareValueNeedsStackMap(ps[0])
	g.temps = append(g.temps[:0], ps[0])
	for _, x := range g.refs {
		if g.r.IntN(3) > 0 { // the others are zero without being defined
			g.setRef(x, ps[0])
		}
	}
	for range g.Blocks {
		x := blk{b.CreateBlock(), max(g.r.IntN(6)-3, 0)}
		if g.Cold && g.r.IntN(4) == 0 {
			b.SetCold(x.block)
		}
		for range x.params {
			b.DeclareValueNeedsStackMap(b.AppendBlockParam(x.block, op.I64))
		}
		g.blocks = append(g.blocks, x)
	}
	g.exit = b.CreateBlock()
	first := g.blocks[0]
	b.Jump(first.block, g.args(first)...)
}

func (g *gen) anyRef() variable { return g.refs[g.r.IntN(len(g.refs))] }

func (g *gen) anyBlock() blk { return g.blocks[g.r.IntN(len(g.blocks))] }

// args makes the arguments for a block.
func (g *gen) args(x blk) []ir.Value {
	var vs []ir.Value
	for range x.params {
		vs = append(vs, g.pointer())
	}
	return vs
}

// pointer returns the reference in some variable or temporary.
func (g *gen) pointer() ir.Value {
	if len(g.temps) > 0 && g.r.IntN(3) == 0 {
		return g.temps[g.r.IntN(len(g.temps))]
	}
	return g.getRef(g.anyRef())
}

// temp declares a value that holds a reference, for later use in the block.
func (g *gen) temp(v ir.Value) {
	g.b.DeclareValueNeedsStackMap(v)
	g.temps = append(g.temps, v)
}

// getRef returns a reference that a variable holds, as an address.
func (g *gen) getRef(x variable) ir.Value {
	b := g.b
	v := b.UseVar(x.v)
	switch x.typ {
	case op.I32:
		v = b.Uextend(op.I64, v)
	case op.F64:
		v = b.Bitcast(op.I64, ir.DefaultMem, v)
	case op.I64X2:
		v = b.Extractlane(v, uint8(g.r.IntN(2)))
	case op.I128:
		lo, hi := b.Isplit(v)
		if v = lo; g.r.IntN(2) == 0 {
			v = hi
		}
	default:
		return v
	}
	b.DeclareValueNeedsStackMap(v)
	return v
}

// setRef puts a reference into a variable, which may hold others besides.
func (g *gen) setRef(x variable, p ir.Value) {
	b := g.b
	switch x.typ {
	case op.I32:
		p = b.Ireduce(op.I32, p)
	case op.F64:
		p = b.Bitcast(op.F64, ir.DefaultMem, p)
	case op.I64X2:
		p = b.Insertlane(b.UseVar(x.v), p, uint8(g.r.IntN(2)))
	case op.I128:
		lo, hi := b.Isplit(b.UseVar(x.v))
		if g.r.IntN(2) == 0 {
			p = b.Iconcat(p, hi)
		} else {
			p = b.Iconcat(lo, p)
		}
	}
	b.DefVar(x.v, p)
}

// object returns p, or the address of a slot if p is null.
func (g *gen) object(p ir.Value, null ir.StackSlot) ir.Value {
	b := g.b
	return b.Select(b.IcmpImm(op.Ne, p, 0), p, b.StackAddr(op.I64, null, 0))
}

func (g *gen) addToSum(v ir.Value) {
	b := g.b
	b.DefVar(g.sum, b.Iadd(b.ImulImm(b.UseVar(g.sum), 31), v))
}

// fill builds a block.
func (g *gen) fill(i int) {
	b := g.b
	x := g.blocks[i]
	b.SwitchToBlock(x.block)
	g.temps = append(g.temps[:0], b.BlockParams(x.block)...)
	left := b.IaddImm(b.UseVar(g.fuel), -1)
	b.DefVar(g.fuel, left)
	body := b.CreateBlock()
	b.Brif(b.IcmpImm(op.Sgt, left, 0), body, nil, g.exit, nil)
	b.SealBlock(body)
	b.SwitchToBlock(body)
	for range g.r.IntN(g.Stmts + 1) {
		g.stmt()
	}
	g.terminate()
}

// stmts are the kinds of statements, each as often as it is to be chosen.
var stmts = []func(g *gen){
	(*gen).makeObject, (*gen).makeObject, (*gen).makeObject, (*gen).link, (*gen).link, (*gen).follow, (*gen).follow,
	(*gen).readID, (*gen).readID, (*gen).readID, (*gen).copyRef, (*gen).copyVar, (*gen).null, (*gen).collect, (*gen).collect,
	(*gen).compare, (*gen).useData, (*gen).setData, (*gen).call, (*gen).library, (*gen).keep, (*gen).readTemp, (*gen).readTemp,
}

// callStmts are those of Config.Calls.
var callStmts = []func(g *gen){(*gen).callSame, (*gen).callSame, (*gen).callSwap}

func (g *gen) stmt() {
	n := len(stmts)
	if g.Calls {
		n += len(callStmts)
	}
	if n = g.r.IntN(n); n < len(stmts) {
		stmts[n](g)
	} else {
		callStmts[n-len(stmts)](g)
	}
}

func (g *gen) makeObject() {
	b := g.b
	p := b.Result(b.Call(g.alloc, b.Iconst(op.I64, objectSize)))
	g.nextID++
	b.Store(ir.TrustedMem, b.Iconst(op.I64, g.nextID), p, 0)
	g.temp(p)
	g.setRef(g.anyRef(), p)
}

func (g *gen) link() {
	p := g.object(g.pointer(), g.written)
	g.b.Store(ir.TrustedMem, g.pointer(), p, RefOffset)
}

func (g *gen) follow() {
	p := g.object(g.pointer(), g.readable)
	g.setRef(g.anyRef(), g.b.Load(op.I64, ir.TrustedMem, p, RefOffset))
}

func (g *gen) readID() {
	p := g.object(g.pointer(), g.readable)
	g.addToSum(g.b.Load(op.I64, ir.TrustedMem, p, 0))
}

func (g *gen) readTemp() {
	if len(g.temps) > 0 {
		p := g.object(g.temps[g.r.IntN(len(g.temps))], g.readable)
		g.addToSum(g.b.Load(op.I64, ir.TrustedMem, p, 0))
	}
}

func (g *gen) copyRef() { g.setRef(g.anyRef(), g.pointer()) }

// copyVar copies a variable as a whole.
func (g *gen) copyVar() {
	x, y := g.anyRef(), g.anyRef()
	if x.typ == y.typ {
		g.b.DefVar(x.v, g.b.UseVar(y.v))
	}
}

func (g *gen) null() {
	x := g.anyRef()
	if g.r.IntN(2) == 0 {
		g.setRef(x, g.b.Iconst(op.I64, 0))
	} else {
		g.b.DefVar(x.v, g.b.Zero(x.typ))
	}
}

func (g *gen) collect() { g.b.Call(g.gc) }

func (g *gen) compare() {
	b := g.b
	g.addToSum(b.Uextend(op.I64, b.Icmp(op.Eq, g.pointer(), g.pointer())))
}

// keep makes a temporary of a reference.
func (g *gen) keep() { g.temp(g.pointer()) }

// setData puts a small number into a variable of any type.
func (g *gen) setData() {
	if len(g.data) == 0 {
		return
	}
	b := g.b
	x := g.data[g.r.IntN(len(g.data))]
	small := b.BandImm(b.UseVar(g.sum), 0x7f)
	switch t := x.typ; {
	case t == op.I8 || t == op.I16:
		b.DefVar(x.v, b.Ireduce(t, small))
	case t == op.F32: // not converted: the bits of 2.0 and larger numbers may be those of an address
		b.DefVar(x.v, b.Bitcast(t, ir.DefaultMem, b.Ireduce(op.I32, small)))
	case t == op.F16:
		b.DefVar(x.v, b.Bitcast(t, ir.DefaultMem, b.Ireduce(op.I16, small)))
	case t == op.F128:
		b.DefVar(x.v, b.Bitcast(t, ir.DefaultMem, b.Uextend(op.I128, small)))
	case t.LaneIsFloat():
		b.DefVar(x.v, b.Splat(t, b.FcvtFromUint(t.Lane(), small)))
	default:
		b.DefVar(x.v, b.Splat(t, b.Ireduce(t.Lane(), small)))
	}
}

// useData adds what a variable of any type holds to the checksum.
func (g *gen) useData() {
	if len(g.data) == 0 {
		return
	}
	b := g.b
	x := g.data[g.r.IntN(len(g.data))]
	v := b.UseVar(x.v)
	little := ir.DefaultMem
	little.Bits = ir.LittleEnd
	switch bits := x.typ.Bits(); {
	case x.typ.IsInt():
	case bits == 128:
		lo, hi := b.Isplit(b.Bitcast(op.I128, little, v))
		v = b.Bxor(lo, hi)
	default:
		v = b.Bitcast(op.Int(bits), little, v)
	}
	if b.Type(v) != op.I64 {
		v = b.Uextend(op.I64, v)
	}
	g.addToSum(v)
}

// library calls a function that cannot collect.
func (g *gen) library() {
	b := g.b
	small := b.BandImm(b.UseVar(g.sum), 0xff)
	g.addToSum(b.FcvtToUint(op.I64, b.CallLib(ir.LibFloorF64, b.FcvtFromUint(op.F64, small))))
}

// callArgs takes fuel for a call and makes its arguments.
func (g *gen) callArgs() []ir.Value {
	b := g.b
	part := b.SshrImm(b.UseVar(g.fuel), 1)
	b.DefVar(g.fuel, b.Isub(b.UseVar(g.fuel), part))
	return []ir.Value{g.pointer(), b.UseVar(g.sum), part}
}

func (g *gen) callee() callee { return g.callees[g.r.IntN(len(g.callees))] }

// byAddress reports whether to call a function by its address.
func (g *gen) byAddress() bool { return g.Calls && g.r.IntN(3) == 0 }

func (g *gen) address(c callee) ir.Value { return g.b.FuncAddr(op.I64, c.fn) }

// callResults calls a function and returns its results.
func (g *gen) callResults(c callee, args []ir.Value) []ir.Value {
	if g.byAddress() {
		return g.b.Results(g.b.CallIndirect(c.sig, g.address(c), args...))
	}
	return g.b.Results(g.b.Call(c.fn, args...))
}

func (g *gen) call() { g.callOf(g.callee()) }

// callSame calls what never collects.
func (g *gen) callSame() { g.callOf(g.same) }

func (g *gen) callOf(c callee) {
	rs := g.callResults(c, g.callArgs())
	p, sum := rs[0], rs[1]
	g.temp(p)
	g.setRef(g.anyRef(), p)
	g.addToSum(sum)
}

// callSwap calls a function that takes and returns two references.
func (g *gen) callSwap() {
	rs := g.b.Results(g.b.Call(g.swap, g.pointer(), g.pointer()))
	p, q := rs[0], rs[1]
	g.temp(p)
	g.temp(q)
	g.setRef(g.anyRef(), q)
}

// bits makes a number of some bits that is seldom the same twice: it mixes checksum and fuel.
func (g *gen) bits(t op.Type, mask int64) ir.Value {
	b := g.b
	mix := b.ImulImm(b.Iadd(b.UseVar(g.sum), b.UseVar(g.fuel)), 0x9e3779b97f4a7c1)
	return b.Ireduce(t, b.BandImm(b.UshrImm(mix, 20+g.r.Int64N(30)), mask))
}

// terminate ends the current block.
func (g *gen) terminate() {
	b := g.b
	kinds := 7
	if !g.Throw {
		kinds = 4
	}
	if g.tail && g.r.IntN(8) == 0 {
		g.tailCall()
		return
	}
	switch g.r.IntN(kinds) {
	case 0:
		t := g.anyBlock()
		b.Jump(t.block, g.args(t)...)
	case 3:
		var calls []ir.BlockCall
		for range 1 + g.r.IntN(4) {
			t := g.anyBlock()
			calls = append(calls, b.Target(t.block, g.args(t)...))
		}
		b.BrTable(g.bits(op.I32, 7), calls[0], calls[1:]...)
	case 4:
		g.tryCall()
	case 5:
		g.throwOrGo()
	default:
		t, e := g.anyBlock(), g.anyBlock()
		b.Brif(g.bits(op.I8, 1), t.block, g.args(t), e.block, g.args(e))
	}
}

// tailCall ends the block, and the function, with a call.
func (g *gen) tailCall() {
	b := g.b
	c := g.callees[1+2*g.r.IntN(len(g.callees)/2)]
	args := g.callArgs()
	if g.byAddress() {
		b.ReturnCallIndirect(c.sig, g.address(c), args...)
		return
	}
	b.ReturnCall(c.fn, args...)
}

// tryCall ends the block with a call whose exceptions it catches.
func (g *gen) tryCall() {
	b := g.b
	args := g.callArgs()
	c := g.callee()
	if g.Calls && g.r.IntN(6) == 0 {
		c = g.same
	}
	table := ir.ExTableData{Sig: c.sig, Normal: g.tryTarget(ir.RetArg(0))}
	for i := range g.r.IntN(3) {
		table.Items = append(table.Items, ir.ExItem{Kind: ir.ExTag, Tag: uint32(i), Target: g.tryTarget(ir.ExnArg(1))})
	}
	if g.r.IntN(2) == 0 {
		table.Items = append(table.Items, ir.ExItem{Kind: ir.ExDefault, Target: g.tryTarget(ir.ExnArg(1))})
	}
	if g.byAddress() {
		b.TryCallIndirect(g.address(c), args, table)
		return
	}
	b.TryCall(c.fn, args, table)
}

// tryTarget makes a target of a call, which may get what the call gives.
func (g *gen) tryTarget(result ir.BlockArg) ir.BlockCall {
	t := g.anyBlock()
	var args []ir.BlockArg
	for _, v := range g.args(t) {
		if g.r.IntN(3) == 0 {
			args = append(args, result)
		} else {
			args = append(args, ir.ValueArg(v))
		}
	}
	return g.b.TryTarget(t.block, args...)
}

// throwOrGo throws if the checksum says so; the second payload is a reference.
func (g *gen) throwOrGo() {
	b := g.b
	bad, good := b.CreateBlock(), g.anyBlock()
	b.Brif(g.bits(op.I8, 7), good.block, g.args(good), bad, nil)
	b.SealBlock(bad)
	b.SwitchToBlock(bad)
	b.Call(g.throw, b.Iconst(op.I32, int64(g.r.IntN(3))), b.UseVar(g.sum), g.pointer())
	b.Trap(1)
}
