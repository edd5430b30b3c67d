package randfunc

import (
	"slices"

	"davit/ir"
	"davit/ir/op"
)

// value is a value that may be used where its node dominates.
type value struct {
	v    ir.Value
	typ  op.Type
	used bool
	// fuzzy values may contain NaNs whose bits are open. They are used only where these do not matter; see exact.
	fuzzy bool
}

// fn is a function under construction.
type fn struct {
	*module
	f       *ir.Func
	b       *ir.Builder
	g       *graph
	blocks  []ir.Block   // per node
	params  [][]op.Type  // per node: types of parameters
	values  [][]value    // per node
	addrs   [][]address  // per node
	cur     int          // node
	palette []op.Type    // preferred types
	areas   []*area      // memory
	slots   []slot       // those whose contents may be roots
	found   []*value     // scratch of candidates
	near    []*address   // likewise
	calls   bool         // there may be calls
	callees []ir.FuncRef // per function of the module, +1; 0 if not yet declared
	tries   []try        // blocks that end in a try_call with handlers
}

// try is a block that ends in a try_call.
type try struct {
	block    ir.Block
	handlers int
}

// function makes function i of the module.
func (m *module) function(i int) *ir.Func {
	calls := m.src.N(5) > 0
	x := &fn{
		module: m, f: ir.NewFunc(ir.FuncName{Name: m.names[i]}, m.sigs[i].Clone()),
		g: newGraph(m.src, m.Blocks, calls), calls: calls, callees: make([]ir.FuncRef, m.Config.Funcs),
	}
	x.b = ir.NewBuilder(x.f)
	if m.src.N(16) == 0 {
		x.b.SetSrcLoc(uint32(m.src.N(1 << 16)))
	}
	for range 2 + m.src.N(4) {
		x.palette = append(x.palette, m.anyType())
	}
	x.makeAreas()
	x.makeBlocks()
	for _, n := range x.g.order {
		x.fill(n)
	}
	return x.f
}

// makeBlocks makes the blocks with their parameters, and puts them into any order behind the entry.
func (x *fn) makeBlocks() {
	n := len(x.g.nodes)
	x.blocks, x.params = make([]ir.Block, n), make([][]op.Type, n)
	x.values, x.addrs = make([][]value, n), make([][]address, n)
	for i := range x.blocks {
		x.blocks[i] = x.f.NewBlock()
		if i > 0 && !x.g.nodes[i].exit {
			for range max(x.src.N(7)-3, 0) {
				x.params[i] = append(x.params[i], x.someType())
			}
		}
		if i == 0 {
			for _, p := range x.f.Sig.Params {
				x.params[0] = append(x.params[0], p.Type)
			}
		}
		for _, t := range x.params[i] {
			x.define(i, x.f.AppendParam(x.blocks[i], t), t, false)
		}
	}
	layout := slices.Clone(x.blocks)
	if x.src.N(3) == 0 {
		for i := n - 1; i > 1; i-- {
			j := 1 + x.src.N(i)
			layout[i], layout[j] = layout[j], layout[i]
		}
	}
	for i, b := range layout {
		x.f.AppendBlock(b)
		if i > 0 && x.src.N(8) == 0 {
			x.f.SetCold(b, true)
		}
	}
}

// define makes v known as a value of node n.
func (x *fn) define(n int, v ir.Value, t op.Type, fuzzy bool) {
	x.values[n] = append(x.values[n], value{v: v, typ: t, fuzzy: fuzzy})
}

// fill builds a block.
func (x *fn) fill(n int) {
	x.cur = n
	x.b.SetBlock(x.blocks[n])
	if n == 0 {
		x.entry()
	}
	switch d := &x.g.nodes[n]; {
	case d.fuel:
		x.takeFuel(d)
		return
	case d.exit:
		x.ret()
		return
	}
	for range x.src.N(x.Insts + 1) {
		x.statement()
	}
	x.terminate()
}

// statements are the kinds of statements, each as often as it is to be chosen.
var statements = func() (list []func(x *fn)) {
	for _, k := range []struct {
		n  int
		do func(x *fn)
	}{
		{44, (*fn).compute}, {7, (*fn).load}, {6, (*fn).store}, {3, (*fn).derive}, {2, (*fn).atomic}, {14, (*fn).idiom},
		{4, (*fn).call}, {2, (*fn).trapIf}, {2, (*fn).nullary}, {1, (*fn).wildAccess},
	} {
		for range k.n {
			list = append(list, k.do)
		}
	}
	return list
}()

func (x *fn) statement() {
	Pick(x.src, statements)(x)
	if vs := x.values[x.cur]; len(vs) > 0 && x.src.Chance(1) { // another name
		v := vs[len(vs)-1]
		v.v = x.f.NewValueNumber()
		x.f.MakeAlias(v.v, vs[len(vs)-1].v)
		x.values[x.cur] = append(vs, v)
	}
}

// someType returns a type for a value, often one of the function's favourites.
func (x *fn) someType() op.Type {
	if x.src.Chance(80) {
		return Pick(x.src, x.palette)
	}
	return x.anyType()
}

// visible calls fn for the values that may be used here, those of the current node first.
func (x *fn) visible(f func(v *value)) {
	doms := x.g.doms[x.cur]
	for n := len(x.values) - 1; n >= 0; n-- {
		if doms>>n&1 != 0 {
			for i := range x.values[n] {
				f(&x.values[n][i])
			}
		}
	}
}

// candidates finds the visible values of type t.
func (x *fn) candidates(t op.Type, fuzzy bool) []*value {
	x.found = x.found[:0]
	x.visible(func(v *value) {
		if v.typ == t && (fuzzy || !v.fuzzy) {
			x.found = append(x.found, v)
		}
	})
	return x.found
}

// operand returns a value of type t: more often than not one that nobody uses yet, sometimes a constant.
func (x *fn) operand(t op.Type, fuzzy bool) (v ir.Value, isFuzzy bool) {
	list := x.candidates(t, fuzzy)
	switch {
	case len(list) == 0 && x.src.N(3) > 0 && x.supports(op.Load, t, op.I64):
		a, off, m := x.place(int32(t.Bytes()), 1, false)
		v = x.b.Load(t, m, a.v, off)
		x.define(x.cur, v, t, false)
		return v, false
	case len(list) == 0 || x.src.Chance(12):
		return x.constant(t), false
	}
	c := Pick(x.src, list)
	if x.src.N(3) > 0 {
		for k := range list {
			if w := list[len(list)-1-k]; !w.used {
				c = w
				break
			}
		}
	}
	c.used = true
	return c.v, c.fuzzy
}

// value returns a value of type t whose bits are all defined.
func (x *fn) value(t op.Type) ir.Value {
	if t.LaneIsFloat() && x.src.N(4) == 0 {
		v, fuzzy := x.operand(t, true)
		if fuzzy {
			v = x.exact(v, t)
		}
		return v
	}
	v, _ := x.operand(t, false)
	return v
}

// exact replaces the NaNs in v by the positive quiet one.
func (x *fn) exact(v ir.Value, t op.Type) ir.Value {
	isNaN := x.emit1(op.Fcmp, t, uint8(op.FUno), v, v)
	nan := x.literal(t, quietNaN(t.Lane()))
	var r ir.Value
	if t.IsScalar() {
		r = x.emit1(op.Select, t, 0, isNaN, nan, v)
	} else {
		r = x.emit1(op.Bitselect, t, 0, x.emit1(op.Bitcast, t, 0, isNaN), nan, v)
	}
	x.define(x.cur, r, t, false)
	return r
}

// emit appends an instruction that only computes.
func (x *fn) emit(o op.Opcode, ctrl op.Type, aux uint8, args ...ir.Value) []ir.Value {
	f := x.f
	d := ir.InstData{Op: o, Type: ctrl, Aux: aux}
	copy(d.X[:], args)
	switch o.Format() {
	case op.FmtShuffle:
		d.X[2] = ir.Value(f.InternMask(x.mask()))
	case op.FmtLoadNoOffset:
		d.X[1] = f.MemHandle(x.bitcastFlags(ctrl, f.ValueType(args[0])))
	}
	inst := f.NewInst(d)
	f.AppendInst(inst, x.b.Block())
	var types []op.Type
	for _, r := range o.Info().Results {
		types = append(types, r.Resolve(ctrl))
	}
	if len(types) > 0 {
		f.AppendResults(inst, types...)
	}
	return f.Results(inst)
}

func (x *fn) emit1(o op.Opcode, ctrl op.Type, aux uint8, args ...ir.Value) ir.Value {
	return x.emit(o, ctrl, aux, args...)[0]
}

// bitcastFlags: a byte order must be given if the number of lanes changes, and only then changes anything.
func (x *fn) bitcastFlags(a, b op.Type) ir.MemFlags {
	m := ir.MemFlags{Region: ir.NoRegion, Trap: op.HeapOutOfBounds}
	if a.Lanes() != b.Lanes() || x.src.N(4) == 0 {
		m.Bits = ir.LittleEnd
	}
	return m
}

// iconst returns an integer constant of a type up to i64.
func (x *fn) iconst(t op.Type, n int64) ir.Value { return x.b.Iconst(t, n) }

// supports reports whether the language and the target have an opcode with the given types.
func (x *fn) supports(o op.Opcode, ctrl op.Type, args ...op.Type) bool {
	info := o.Info()
	if o.Polymorphic() && !info.Ctrl.Has(ctrl) {
		return false
	}
	for i, r := range info.Args {
		if !r.Allows(ctrl, args[i]) {
			return false
		}
	}
	return x.Target.Supports(o, ctrl, args)
}
