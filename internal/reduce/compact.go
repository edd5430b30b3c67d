package reduce

import (
	"davit/ir"
	"davit/ir/op"
)

// compactAll numbers values, blocks and declarations anew in the order of the text, without those that nothing uses. It
// returns nil if a function is too malformed for that.
func compactAll(p *Program) (q *Program) {
	defer func() {
		if recover() != nil {
			q = nil
		}
	}()
	q = p.clone()
	for i := range q.Funcs {
		q.Funcs[i].Func = compact(q.Funcs[i].Func, false)
	}
	return q
}

// denser numbers values anew in functions that use few of their numbers: the parser does not accept numbers that are large
// for the length of the text. Functions that are too malformed for that stay as they are.
func denser(p *Program) *Program {
	q := p
	for i := range p.Funcs {
		f := p.Funcs[i].Func
		if f.NumValues() < manyValues || f.NumValues() < 2*used(f) {
			continue
		}
		if g := renumbered(f); g != nil {
			if q == p {
				q = p.clone()
			}
			q.Funcs[i].Func = g
		}
	}
	return q
}

// manyValues is a number up to which the parser accepts all.
const manyValues = 1 << 15

// used returns the number of values that are defined.
func used(f *ir.Func) int {
	n := 0
	for b := range f.Blocks() {
		n += len(f.Params(b))
		for i := range f.Insts(b) {
			n += len(f.Results(i))
		}
	}
	return n
}

// renumbered returns f with new numbers of values and blocks, and all declarations; nil if that is not possible.
func renumbered(f *ir.Func) (g *ir.Func) {
	defer func() {
		if recover() != nil {
			g = nil
		}
	}()
	return compact(f, true)
}

// compactor copies a function.
type compactor struct {
	from, to *ir.Func
	values   map[ir.Value]ir.Value
	blocks   map[ir.Block]ir.Block

	// Used declarations; what they become.
	slots    map[uint32]uint32
	dynSlots map[uint32]uint32
	dynTypes map[uint32]uint32
	globals  map[uint32]uint32
	sigs     map[uint32]uint32
	funcs    map[uint32]uint32
	regions  map[uint32]uint32
}

// compact copies a function, with all declarations or those that it uses.
func compact(f *ir.Func, all bool) *ir.Func {
	c := &compactor{
		from: f, to: ir.NewFunc(f.Name, f.Sig.Clone()), values: map[ir.Value]ir.Value{}, blocks: map[ir.Block]ir.Block{},
		slots: map[uint32]uint32{}, dynSlots: map[uint32]uint32{}, dynTypes: map[uint32]uint32{}, globals: map[uint32]uint32{},
		sigs: map[uint32]uint32{}, funcs: map[uint32]uint32{}, regions: map[uint32]uint32{},
	}
	c.number()
	if all {
		c.useAll()
	} else {
		c.findUsed()
	}
	c.declare()
	for b := range f.Blocks() {
		for i := range f.Insts(b) {
			c.inst(c.blocks[b], i)
		}
	}
	for _, v := range f.NeedsStackMap {
		c.to.NeedsStackMap = append(c.to.NeedsStackMap, c.value(v))
	}
	return c.to
}

// number makes the blocks with their parameters, and gives results their numbers.
func (c *compactor) number() {
	next := ir.Value(0)
	fresh := func(v ir.Value) ir.Value {
		c.values[v] = next
		next++
		return next - 1
	}
	for b := range c.from.Blocks() {
		nb := c.to.NewBlock()
		c.blocks[b] = nb
		c.to.AppendBlock(nb)
		c.to.SetCold(nb, c.from.IsCold(b))
		for _, v := range c.from.Params(b) {
			c.to.AppendParamNumbered(nb, fresh(v), c.from.ValueType(v))
		}
		for i := range c.from.Insts(b) {
			for _, v := range c.from.Results(i) {
				fresh(v)
			}
		}
	}
}

// value returns what a value becomes. It panics if that is defined nowhere.
func (c *compactor) value(v ir.Value) ir.Value {
	n, ok := c.values[c.from.Resolve(v)]
	if !ok {
		panic("a value without a definition")
	}
	return n
}

// useAll marks every declaration, so that all keep their numbers.
func (c *compactor) useAll() {
	f := c.from
	for _, t := range []struct {
		used map[uint32]uint32
		n    int
	}{
		{c.slots, len(f.StackSlots)}, {c.dynSlots, len(f.DynSlots)}, {c.dynTypes, len(f.DynTypes)}, {c.regions, len(f.Regions)},
		{c.globals, len(f.GlobalValues)}, {c.sigs, len(f.Sigs)}, {c.funcs, len(f.ExtFuncs)},
	} {
		for i := range t.n {
			t.used[uint32(i)] = 0
		}
	}
	for _, n := range f.UserNames {
		c.to.InternUserName(n)
	}
}

// findUsed marks the declarations that instructions, or other declarations that are used, refer to.
func (c *compactor) findUsed() {
	f := c.from
	for i := range f.DynTypes { // types of values refer to them
		c.dynTypes[uint32(i)] = 0
		c.useGlobal(f.DynTypes[i].Scale)
	}
	for b := range f.Blocks() {
		for i := range f.Insts(b) {
			c.findInInst(i)
		}
	}
	if f.StackLimit != ir.NoGlobalValue {
		c.useGlobal(f.StackLimit)
	}
}

func (c *compactor) findInInst(i ir.Inst) {
	f, d := c.from, c.from.Data(i)
	for _, o := range ir.Operands(d.Op.Format()) {
		x := uint32(0)
		if int(o.Field) < len(d.X) {
			x = uint32(d.X[o.Field])
		}
		switch o.Kind {
		case ir.OpdGlobalValue:
			c.useGlobal(ir.GlobalValue(x))
		case ir.OpdSig:
			c.sigs[x] = 0
		case ir.OpdFunc:
			c.funcs[x] = 0
			c.sigs[uint32(f.ExtFuncs[x].Sig)] = 0
		case ir.OpdExTable:
			c.sigs[uint32(f.ExTables[x].Sig)] = 0
		case ir.OpdStackSlot:
			c.slots[x] = 0
		case ir.OpdDynSlot:
			c.dynSlots[x] = 0
		case ir.OpdFlags:
			c.useRegion(f.Mem(i).Region)
		}
	}
	for _, e := range f.StackMap(i) {
		c.slots[uint32(e.Slot)] = 0
	}
	for _, t := range f.DebugTags(i) {
		if t.IsSlot {
			c.slots[t.Value] = 0
		}
	}
}

func (c *compactor) useRegion(r ir.Region) {
	if r != ir.NoRegion {
		c.regions[uint32(r)] = 0
	}
}

func (c *compactor) useGlobal(gv ir.GlobalValue) {
	for {
		if _, seen := c.globals[uint32(gv)]; seen {
			return
		}
		c.globals[uint32(gv)] = 0
		g := &c.from.GlobalValues[gv]
		if g.Kind == ir.GVLoad {
			c.useRegion(g.Flags.Region)
		}
		if g.Kind != ir.GVLoad && g.Kind != ir.GVIAddImm {
			return
		}
		gv = g.Base
	}
}

// renumber gives the used elements of a table new numbers, and returns the elements.
func renumber[T any](table []T, used map[uint32]uint32) []T {
	var out []T
	found := 0
	for i, x := range table {
		if _, ok := used[uint32(i)]; ok {
			used[uint32(i)] = uint32(len(out))
			out = append(out, x)
			found++
		}
	}
	if found < len(used) {
		panic("a reference to what is not declared")
	}
	return out
}

func (c *compactor) declare() {
	f, g := c.from, c.to
	g.StackSlots = renumber(f.StackSlots, c.slots)
	g.DynSlots = renumber(f.DynSlots, c.dynSlots)
	g.DynTypes = renumber(f.DynTypes, c.dynTypes)
	g.Regions = renumber(f.Regions, c.regions)
	g.GlobalValues = renumber(f.GlobalValues, c.globals)
	g.Sigs = renumber(f.Sigs, c.sigs)
	g.ExtFuncs = renumber(f.ExtFuncs, c.funcs)
	for i := range g.DynTypes {
		g.DynTypes[i].Scale = ir.GlobalValue(c.globals[uint32(g.DynTypes[i].Scale)])
	}
	for i := range g.Sigs {
		g.Sigs[i] = g.Sigs[i].Clone()
	}
	for i := range g.GlobalValues {
		v := &g.GlobalValues[i]
		if v.Kind == ir.GVLoad || v.Kind == ir.GVIAddImm {
			v.Base = ir.GlobalValue(c.globals[uint32(v.Base)])
		}
		if v.Kind == ir.GVLoad {
			v.Flags = c.flags(v.Flags)
		}
		v.Name = c.extName(v.Name)
	}
	for i := range g.ExtFuncs {
		fn := &g.ExtFuncs[i]
		fn.Sig = ir.SigRef(c.sigs[uint32(fn.Sig)])
		fn.Name = c.extName(fn.Name)
	}
	if f.StackLimit != ir.NoGlobalValue {
		g.StackLimit = ir.GlobalValue(c.globals[uint32(f.StackLimit)])
	}
}

func (c *compactor) flags(m ir.MemFlags) ir.MemFlags {
	if m.Region != ir.NoRegion {
		m.Region = ir.Region(c.regions[uint32(m.Region)])
	}
	return m
}

func (c *compactor) extName(n ir.ExtName) ir.ExtName {
	if n.Kind == ir.UserExtName {
		n.User = c.to.InternUserName(c.from.UserNames[n.User])
	}
	return n
}

// inst copies an instruction to the end of a block.
func (c *compactor) inst(b ir.Block, i ir.Inst) {
	f, g := c.from, c.to
	d := *f.Data(i)
	for _, o := range ir.Operands(d.Op.Format()) {
		c.operand(&d, i, &o)
	}
	n := g.NewInst(d)
	g.AppendInst(n, b)
	var vs []ir.Value
	var types []op.Type
	for _, v := range f.Results(i) {
		vs = append(vs, c.values[v])
		types = append(types, f.ValueType(v))
	}
	g.SetResults(n, vs, types)
	var entries []ir.StackMapEntry
	for _, e := range f.StackMap(i) {
		e.Slot = ir.StackSlot(c.slots[uint32(e.Slot)])
		entries = append(entries, e)
	}
	g.SetStackMap(n, entries)
	var tags []ir.DebugTag
	for _, t := range f.DebugTags(i) {
		if t.IsSlot {
			t.Value = c.slots[t.Value]
		}
		tags = append(tags, t)
	}
	g.SetDebugTags(n, tags)
	if loc, ok := f.SrcLoc(i); ok {
		g.SetSrcLoc(n, loc)
	}
}

// operand translates an operand of d, which is a copy of instruction i.
func (c *compactor) operand(d *ir.InstData, i ir.Inst, o *ir.Operand) {
	f, g := c.from, c.to
	var x *ir.Value
	if int(o.Field) < len(d.X) {
		x = &d.X[o.Field]
	}
	declared := func(m map[uint32]uint32) { *x = ir.Value(m[uint32(*x)]) }
	switch o.Kind {
	case ir.OpdValue:
		*x = c.value(*x)
	case ir.OpdValues, ir.OpdArgs, ir.OpdCallee:
		var vs []ir.Value
		for _, v := range f.Args(i) {
			vs = append(vs, c.value(v))
		}
		d.X[0], d.X[1] = g.NewList(vs)
	case ir.OpdConstant:
		*x = ir.Value(g.InternConstant(f.Constants[*x]))
	case ir.OpdMask:
		*x = ir.Value(g.InternMask(f.Immediates[*x]))
	case ir.OpdFlags:
		*x = g.MemHandle(c.flags(f.Mem(i)))
	case ir.OpdGlobalValue:
		declared(c.globals)
	case ir.OpdSig:
		declared(c.sigs)
	case ir.OpdFunc:
		declared(c.funcs)
	case ir.OpdStackSlot:
		declared(c.slots)
	case ir.OpdDynSlot:
		declared(c.dynSlots)
	case ir.OpdBlock:
		*x = ir.Value(c.block(ir.Block(*x)))
	case ir.OpdBlockCall:
		*x = ir.Value(c.call(ir.BlockCall(*x)))
	case ir.OpdJumpTable:
		t := ir.JumpTable(*x)
		var calls []ir.BlockCall
		for k := range f.NumTableTargets(t) {
			calls = append(calls, c.call(f.TableTarget(t, k)))
		}
		*x = ir.Value(g.NewJumpTable(calls[0], calls[1:]))
	case ir.OpdExTable:
		*x = ir.Value(g.NewExTable(c.exTable(&f.ExTables[*x])))
	}
}

func (c *compactor) block(b ir.Block) ir.Block {
	nb, ok := c.blocks[b]
	if !ok {
		panic("a block that is not in the layout")
	}
	return nb
}

func (c *compactor) call(bc ir.BlockCall) ir.BlockCall {
	var args []ir.BlockArg
	for k := range c.from.NumCallArgs(bc) {
		a := c.from.CallArg(bc, k)
		if v, ok := a.Value(); ok {
			a = ir.ValueArg(c.value(v))
		}
		args = append(args, a)
	}
	return c.to.NewBlockCall(c.block(c.from.CallBlock(bc)), args)
}

func (c *compactor) exTable(t *ir.ExTableData) ir.ExTableData {
	n := ir.ExTableData{Sig: ir.SigRef(c.sigs[uint32(t.Sig)]), Normal: c.call(t.Normal)}
	for _, it := range t.Items {
		if it.Kind == ir.ExContext {
			it.Context = c.value(it.Context)
		} else {
			it.Target = c.call(it.Target)
		}
		n.Items = append(n.Items, it)
	}
	return n
}
