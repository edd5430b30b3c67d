package check

import (
	"slices"

	"davit/ir"
	"davit/ir/flow"
	"davit/ir/op"
)

// Problem: a pass has placed stores, reloads and stack maps. Each reload may give a current reference, and yet that of
// another object: Func cannot know. Show that every instruction gets the values that it got before the pass.
//
// Idea: the pass keeps the numbers of what was there before it; what it adds has higher ones. So for each operand that was a
// declared value x, whatever the operand is now must hold x. That is followed backward: from a reload to its slot, from a
// slot to the store, from a new block parameter to its arguments. Where the way back enters a block that had x as a
// parameter, x becomes the argument that was passed for it. It must end at x itself, or at a constant like x. Where it
// passes the definition of x before that, the place held the x of an earlier round, or never had it.
//
//  1. Instructions that were there must be the same, in the same order in the same blocks, with the same results.
//  2. Edges may lead through new blocks, each entered by one edge only.
//  3. Whether references are current is Func's business.
//
// Cost: proportional to operands and to pairs of place and value times the blocks that they are followed through; each pair
// enters a block once, for whatever operands. Within a block each operand is followed on its own.

// Placement proves that after, in which somebody has placed stores, reloads and stack maps for the values that before
// declares, does what before does. Entities of before must have kept their numbers. Both functions must verify.
func Placement(before, after *ir.Func) ErrorList {
	p := placement{Checker: Checker{f: after}, f: before, g: after}
	p.was.Compute(before)
	p.cfg = &p.own
	p.cfg.Compute(after)
	p.order = append(p.order, p.cfg.PostOrder()...)
	slices.Reverse(p.order)
	p.declared = make([]bool, before.NumValues())
	for _, v := range before.NeedsStackMap {
		p.declared[before.Resolve(v)] = true
	}
	p.findOrigins()
	p.findEntries()
	p.entered = map[demand]bool{}
	for b := range before.Blocks() {
		if p.was.Reachable(b) && len(p.errs) == 0 {
			p.block(b)
		}
	}
	return p.errs
}

type placement struct {
	Checker
	f, g     *ir.Func // before and after
	was      flow.CFG // of f
	declared []bool   // per value of f
	origin   map[ir.Block]edge
	entries  []entry
	entryAt  []uint32        // per block, plus one: its part of entries
	entered  map[demand]bool // at the end of blocks: proved, or about to be by what is in work
	work     []demand
}

// edge is block call k of inst.
type edge struct {
	inst ir.Inst
	k    int
}

// entry is an edge into a block.
type entry struct {
	from ir.Block
	edge
	call ir.BlockCall
}

// place is where a value is in g: another value, or a cell.
type placeOf struct {
	v      ir.Value // NoValue for a cell
	cell   ir.StackMapEntry
	isCell bool
}

// symbol is a value of f, or what a call passes along an edge.
type symbol struct {
	v    ir.Value // NoValue for a result or payload
	arg  ir.BlockArg
	call ir.Inst
}

// demand says that at the end of a block, or just before inst, a place must hold a symbol.
type demand struct {
	block ir.Block
	inst  ir.Inst // NoInst: the end
	at    placeOf
	want  symbol
}

// findOrigins finds the edge of f that each new block is on.
func (p *placement) findOrigins() {
	p.origin = map[ir.Block]edge{}
	for _, b := range p.order {
		t := p.g.LastInst(b)
		from, isNew := p.origin[b]
		for k, call := range p.g.Branches(t, nil) {
			to := p.g.CallBlock(call)
			if int(to) < p.f.NumBlocks() {
				continue
			}
			e := edge{t, k}
			if isNew {
				e = from
			}
			if _, twice := p.origin[to]; twice || int(b) >= p.f.NumBlocks() && !isNew {
				p.altered(t, "several edges lead to %v, which is new", to)
			}
			p.origin[to] = e
		}
	}
}

// findEntries lists the edges into each block, from blocks that can be reached.
func (p *placement) findEntries() {
	p.entryAt = make([]uint32, p.g.NumBlocks()+2)
	var calls []ir.BlockCall
	for pass := range 2 {
		for _, b := range p.order {
			t := p.g.LastInst(b)
			calls = p.g.Branches(t, calls[:0])
			for k, call := range calls {
				at := &p.entryAt[p.g.CallBlock(call)+2-ir.Block(pass)]
				if pass == 1 {
					p.entries[*at] = entry{b, edge{t, k}, call}
				}
				*at++
			}
		}
		if pass == 0 {
			for b := 1; b < len(p.entryAt); b++ {
				p.entryAt[b] += p.entryAt[b-1]
			}
			p.entries = make([]entry, p.entryAt[len(p.entryAt)-1])
		}
	}
}

func (p *placement) altered(at ir.Inst, format string, args ...any) {
	e := blank(CLIF, Altered)
	e.At = at
	p.report(e, format, args...)
}

// block compares a block.
func (p *placement) block(b ir.Block) {
	next := func(inst ir.Inst) ir.Inst {
		for inst != ir.NoInst && int(inst) >= p.f.NumInsts() {
			inst = p.g.NextInst(inst)
		}
		return inst
	}
	if !p.g.InLayout(b) {
		p.altered(ir.NoInst, "%v is gone", b)
		return
	}
	now := next(p.g.FirstInst(b))
	for inst := range p.f.Insts(b) {
		if now != inst {
			p.altered(inst, "%v is no longer in its place in %v", inst, b)
			return
		}
		p.inst(b, inst)
		now = next(p.g.NextInst(now))
	}
	if now != ir.NoInst {
		p.altered(now, "%v was not in %v", now, b)
	}
}

// inst compares an instruction.
func (p *placement) inst(b ir.Block, inst ir.Inst) {
	f, g := p.f, p.g
	d, e := f.Data(inst), g.Data(inst)
	was, now := f.Args(inst), g.Args(inst)
	if d.Op != e.Op || d.Type != e.Type || d.Aux != e.Aux || len(was) != len(now) || !slices.Equal(f.Results(inst), g.Results(inst)) {
		p.altered(inst, "`%s` was `%s`", p.text(inst), f.InstString(inst))
		return
	}
	if !p.sameFields(d, e) {
		p.altered(inst, "`%s` was `%s`", p.text(inst), f.InstString(inst))
		return
	}
	for k := range was {
		p.operand(b, inst, was[k], now[k])
	}
	if own := f.StackMap(inst); !slices.Equal(own, g.StackMap(inst)[:min(len(own), len(g.StackMap(inst)))]) {
		p.altered(inst, "`%s` lacks entries that it had", p.text(inst))
	}
	if d.Op.Has(op.IsBranch) {
		for k, call := range f.Branches(inst, nil) {
			p.edge(b, inst, k, call)
		}
	}
}

// sameFields compares the fields of two instructions that are neither values nor block calls.
func (p *placement) sameFields(d, e *ir.InstData) bool {
	n := int(shapes[d.Op].args)
	switch d.Op.Format() {
	case op.FmtMultiAry, op.FmtCall, op.FmtCallIndirect:
		n = 2 // a list
	case op.FmtJump, op.FmtBrif, op.FmtBranchTable:
		return true
	case op.FmtTryCall, op.FmtTryCallIndirect:
		was, now := p.f.ExTables[d.ExTable()].Items, p.g.ExTables[e.ExTable()].Items
		return d.X[2] == e.X[2] && slices.EqualFunc(was, now, func(a, b ir.ExItem) bool {
			return a.Kind == b.Kind && a.Tag == b.Tag && (a.Kind != ir.ExContext || p.f.Resolve(a.Context) == p.g.Resolve(b.Context))
		})
	}
	return slices.Equal(d.X[n:], e.X[n:])
}

// operand demands that an operand, which was one value and is another one, holds what it was.
func (p *placement) operand(b ir.Block, inst ir.Inst, was, now ir.Value) {
	was, now = p.f.Resolve(was), p.g.Resolve(now)
	if was == now {
		return
	}
	if !p.declared[was] {
		p.altered(inst, "`%s`: %v was %v, which is not declared", p.text(inst), now, was)
		return
	}
	p.demand(inst, was, demand{b, inst, placeOf{v: now}, symbol{v: was}})
}

// edge compares block call k of inst, whose target may be reached through new blocks.
func (p *placement) edge(b ir.Block, inst ir.Inst, k int, was ir.BlockCall) {
	f, g := p.f, p.g
	now := g.Branch(inst, k)
	outer := now
	at := b
	for int(g.CallBlock(now)) >= f.NumBlocks() {
		at = g.CallBlock(now)
		t := g.LastInst(at)
		for i := range g.Insts(at) {
			if int(i) < f.NumInsts() {
				p.altered(i, "%v is in %v, which is new", i, at)
				return
			}
		}
		if g.Data(t).Op != op.Jump {
			p.altered(inst, "%v, which is new, does not end in a jump", at)
			return
		}
		now = g.Branch(t, 0)
	}
	to := f.CallBlock(was)
	if g.CallBlock(now) != to {
		p.altered(inst, "branch %d of `%s` led to %v", k, p.text(inst), to)
		return
	}
	for n, param := range g.Params(to) {
		if int(param) >= f.NumValues() {
			continue // followed on demand
		}
		_, i, ok := f.DefParam(param)
		if !ok {
			p.altered(inst, "%v is a parameter of %v now", param, to)
			return
		}
		p.passed(b, at, inst, f.CallArg(was, i), g.CallArg(now, n), outer)
	}
}

// passed compares an argument; block at is the last on the edge from b, which passes what outer says to the next one.
func (p *placement) passed(b, at ir.Block, inst ir.Inst, was, now ir.BlockArg, outer ir.BlockCall) {
	v, isValue := was.Value()
	x, isNow := now.Value()
	switch {
	case !isValue && !isNow:
		if was != now {
			p.altered(inst, "`%s` passes %v, which was %v", p.text(inst), now, was)
		}
	case !isValue:
		p.demand(inst, ir.NoValue, demand{at, ir.NoInst, placeOf{v: p.g.Resolve(x)}, symbol{v: ir.NoValue, arg: was, call: inst}})
	case !isNow:
		p.altered(inst, "`%s` passes %v, which was %v", p.text(inst), now, v)
	default:
		v, x = p.f.Resolve(v), p.g.Resolve(x)
		if v != x {
			if !p.declared[v] {
				p.altered(inst, "`%s` passes %v, which was %v, which is not declared", p.text(inst), x, v)
				return
			}
			p.demand(inst, v, demand{at, ir.NoInst, placeOf{v: x}, symbol{v: v}})
		}
	}
}

// demand follows a demand to its end. inst is the instruction that has it, on value was.
func (p *placement) demand(inst ir.Inst, was ir.Value, d demand) {
	p.work = append(p.work[:0], d)
	for len(p.work) > 0 {
		x := p.work[len(p.work)-1]
		p.work = p.work[:len(p.work)-1]
		if found := p.follow(x); found != "" {
			e := blank(CLIF, Altered)
			e.At, e.Value = inst, was
			what := "what it passes of the call"
			if was != ir.NoValue {
				what = was.String()
			}
			p.report(e, "`%s`: %v is now where %s was, but %s", p.text(inst), d.at.v, what, found)
			clear(p.entered) // what it was entered with is not proved
			return
		}
	}
}

// follow goes back from a demand to the start of its block. It returns what is wrong if the demand is not met.
func (p *placement) follow(d demand) string {
	g := p.g
	inst := g.LastInst(d.block)
	if d.inst != ir.NoInst {
		inst = g.PrevInst(d.inst)
	}
	for ; inst != ir.NoInst; inst = g.PrevInst(inst) {
		isNew := int(inst) >= p.f.NumInsts()
		switch {
		case !d.at.isCell && slices.Contains(g.Results(inst), d.at.v):
			if !isNew {
				return p.same(d)
			}
			if d.want.v != ir.NoValue && p.isSameConstant(inst, d.want.v) {
				return ""
			}
			cell, ok := p.access(inst, op.Load)
			if !ok {
				return d.at.v.String() + " is computed anew"
			}
			d.at = placeOf{v: ir.NoValue, cell: cell, isCell: true}
		case d.at.isCell && isNew && g.Data(inst).Op == op.Store:
			cell, ok := p.access(inst, op.Store)
			if !ok || cell != d.at.cell && overlap(cell, d.at.cell) {
				return "it overlaps what `" + p.text(inst) + "` stores"
			}
			if cell == d.at.cell {
				d.at = placeOf{v: g.Resolve(g.Args(inst)[0])}
			}
		case !isNew && d.want.v != ir.NoValue && slices.Contains(g.Results(inst), d.want.v):
			return "that is not stored, or reloaded, after its definition `" + p.text(inst) + "`"
		}
	}
	return p.enter(d)
}

// overlap reports whether two cells share bytes.
func overlap(a, b ir.StackMapEntry) bool {
	return a.Slot == b.Slot && a.Offset < b.Offset+uint32(b.Type.Bytes()) && b.Offset < a.Offset+uint32(a.Type.Bytes())
}

// same says what is wrong if a value that was there before is not what is wanted.
func (p *placement) same(d demand) string {
	if d.at.v == d.want.v {
		return ""
	}
	return "on some path it is " + d.at.v.String()
}

// access returns the cell that inst, a load or store that is new, accesses.
func (p *placement) access(inst ir.Inst, o op.Opcode) (ir.StackMapEntry, bool) {
	g := p.g
	d := g.Data(inst)
	if d.Op != o {
		return ir.StackMapEntry{}, false
	}
	args := g.Args(inst)
	slot, off, ok := p.slotAddr(args[len(args)-1])
	if !ok || int(slot) < len(p.f.StackSlots) {
		return ir.StackMapEntry{}, false
	}
	return ir.StackMapEntry{Type: d.Type, Slot: slot, Offset: uint32(off + int64(d.Offset()))}, true
}

// isSameConstant reports whether inst makes the constant that v was.
func (p *placement) isSameConstant(inst ir.Inst, v ir.Value) bool {
	def, _, ok := p.f.DefInst(v)
	return ok && flows[p.f.Data(def).Op] == flowConst && *p.f.Data(def) == *p.g.Data(inst)
}

// enter passes a demand at the start of a block on to where it is entered from.
func (p *placement) enter(d demand) string {
	g := p.g
	b, n, isParam := ir.NoBlock, 0, false
	if !d.at.isCell {
		b, n, isParam = g.DefParam(d.at.v)
	}
	own := isParam && b == d.block
	if own && int(d.at.v) < p.f.NumValues() {
		return p.same(d)
	}
	entries := p.entries[p.entryAt[d.block]:p.entryAt[d.block+1]]
	if len(entries) == 0 {
		return "nothing holds it from the start of the function on"
	}
	for k := range entries {
		e := &entries[k]
		x := demand{e.from, ir.NoInst, d.at, p.renamed(d, e.from, e.edge)}
		if own {
			v, ok := g.CallArg(e.call, n).Value()
			if !ok {
				if x.want.v == ir.NoValue && x.want.call == e.inst && x.want.arg == g.CallArg(e.call, n) {
					continue
				}
				return "on some path it is a result of `" + p.text(e.inst) + "`"
			}
			x.at = placeOf{v: g.Resolve(v)}
		}
		if !x.at.isCell && x.want.v != ir.NoValue && x.at.v == x.want.v {
			continue
		}
		if !p.entered[x] {
			p.entered[x] = true
			p.work = append(p.work, x)
		}
	}
	return ""
}

// renamed returns what is wanted of d before an edge into its block: the argument, if it was a parameter of the block.
func (p *placement) renamed(d demand, from ir.Block, e edge) symbol {
	if d.want.v == ir.NoValue {
		return d.want
	}
	b, i, ok := p.f.DefParam(d.want.v)
	if !ok || b != d.block {
		return d.want
	}
	if o, isNew := p.origin[from]; isNew {
		e = o
	}
	arg := p.f.CallArg(p.f.Branch(e.inst, e.k), i)
	if v, ok := arg.Value(); ok {
		return symbol{v: p.f.Resolve(v)}
	}
	return symbol{v: ir.NoValue, arg: arg, call: e.inst}
}
