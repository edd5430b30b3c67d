package check_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"davit/frontend"
	"davit/frontend/safepoint"
	"davit/internal/randprog"
	"davit/interp"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
	"davit/ir/verify"
	"davit/stackmap/check"
)

// The mutation tests take right functions, make one mistake in each, and demand that it is found. A mistake that changes
// nothing is told by what it is, never by the checker under test.

// mutation makes the mistakes of one kind. Sites counts them; apply makes one, and reports whether it makes a difference: if
// not, nobody needs to find it.
type mutation struct {
	name  string
	sites func(m *mutator) int
	apply func(m *mutator, site int) (different bool)
}

// mutator is a function before and after stack maps were placed in it; g is a copy to be damaged.
type mutator struct {
	f, g   *ir.Func
	points []ir.Inst // safepoints, in the order of the layout
	loads  []ir.Inst // reloads that the pass made
	stores []ir.Inst
	old    []oldUse
	landed []oldUse // of jumps in new blocks
}

// oldUse is an operand of an instruction of f that the pass replaced.
type oldUse struct {
	inst ir.Inst
	k    int
	call ir.BlockCall // of g: the operand is argument k of it; or NoBlockCall
	was  ir.Value
	edge bool // the operand is passed on an edge of inst
}

func newMutator(f, g *ir.Func) *mutator {
	m := &mutator{f: f, g: g}
	for b := range g.Blocks() {
		for inst := range g.Insts(b) {
			if g.IsSafepoint(inst) {
				m.points = append(m.points, inst)
			}
			if int(inst) < f.NumInsts() {
				m.findOld(inst)
				continue
			}
			switch g.Data(inst).Op {
			case op.Load:
				m.loads = append(m.loads, inst)
			case op.Store:
				m.stores = append(m.stores, inst)
			case op.Jump:
				m.findForgotten(b, inst)
			}
		}
	}
	return m
}

func (m *mutator) findOld(inst ir.Inst) {
	for k, v := range m.f.Args(inst) {
		if was := m.f.Resolve(v); was != m.g.Args(inst)[k] && m.g.ValueExists(was) {
			m.old = append(m.old, oldUse{inst: inst, k: k, call: ir.NoBlockCall, was: was})
		}
	}
	if !m.f.Data(inst).Op.Has(op.IsBranch) {
		return
	}
	for i, call := range m.f.Branches(inst, nil) {
		now := m.g.Branch(inst, i)
		if m.g.CallBlock(now) != m.f.CallBlock(call) || m.g.NumCallArgs(now) != m.f.NumCallArgs(call) {
			continue
		}
		m.old = append(m.old, m.oldArgs(inst, call, now, true)...)
	}
}

// oldArgs returns the arguments of a block call that are others now.
func (m *mutator) oldArgs(inst ir.Inst, call, now ir.BlockCall, edge bool) (old []oldUse) {
	for k := range m.f.NumCallArgs(call) {
		v, ok := m.f.CallArg(call, k).Value()
		if !ok {
			continue
		}
		if was := m.f.Resolve(v); m.g.CallArg(now, k) != ir.ValueArg(was) && m.g.ValueExists(was) {
			old = append(old, oldUse{inst: inst, k: k, call: now, was: was, edge: edge})
		}
	}
	return old
}

// findForgotten finds what a new block passes on, jump by jump: the landing blocks.
func (m *mutator) findForgotten(b ir.Block, jump ir.Inst) {
	now := m.g.Branch(jump, 0)
	for inst := range m.f.Insts(m.predecessor(b)) {
		if !m.f.Data(inst).Op.Has(op.IsBranch) {
			continue
		}
		for i, call := range m.f.Branches(inst, nil) {
			if m.g.CallBlock(m.g.Branch(inst, i)) == b && m.f.NumCallArgs(call) == m.g.NumCallArgs(now) {
				m.landed = append(m.landed, m.oldArgs(jump, call, now, false)...)
			}
		}
	}
}

// predecessor returns the only block that leads to b, which is new.
func (m *mutator) predecessor(b ir.Block) ir.Block {
	for p := range m.f.Blocks() {
		for _, call := range m.g.Branches(m.g.LastInst(p), nil) {
			if m.g.CallBlock(call) == b {
				return p
			}
		}
	}
	return m.f.Entry()
}

// passes reports whether a safepoint lies on some path from the definition of v to inst, or to its edges; found by
// walking, not with the means of the checker.
func (m *mutator) passes(v ir.Value, use oldUse) bool {
	g := m.g
	type state struct {
		b      ir.Block
		passed bool
	}
	def, from, isParam := ir.NoInst, ir.NoBlock, false
	if from, _, isParam = g.DefParam(v); !isParam {
		def, _, _ = g.DefInst(v)
		from = g.InstBlock(def)
	}
	seen := map[state]bool{}
	var work []state
	found := false
	walk := func(b ir.Block, inst ir.Inst, passed bool) {
		for ; inst != ir.NoInst; inst = g.NextInst(inst) {
			if inst == def {
				return
			}
			point := g.IsSafepoint(inst)
			if inst == use.inst {
				found = found || passed || point && use.edge
			}
			passed = passed || point
		}
		for _, call := range g.Branches(g.LastInst(b), nil) {
			s := state{g.CallBlock(call), passed}
			if !seen[s] && (!isParam || s.b != from) {
				seen[s] = true
				work = append(work, s)
			}
		}
	}
	if isParam {
		walk(from, g.FirstInst(from), false)
	} else {
		walk(from, g.NextInst(def), false)
	}
	for len(work) > 0 {
		s := work[len(work)-1]
		work = work[:len(work)-1]
		walk(s.b, g.FirstInst(s.b), s.passed)
	}
	return found
}

// access returns the bytes of a slot that a load or store of g accesses.
func access(g *ir.Func, inst ir.Inst) (e ir.StackMapEntry, isStore, ok bool) {
	d := g.Data(inst)
	if d.Op != op.Load && d.Op != op.Store {
		return e, false, false
	}
	args := g.Args(inst)
	addr, _, ok := g.DefInst(g.Resolve(args[len(args)-1]))
	if !ok || g.Data(addr).Op != op.StackAddr {
		return e, false, false
	}
	a := g.Data(addr)
	return ir.StackMapEntry{Type: d.Type, Slot: a.Slot(), Offset: uint32(a.Offset() + d.Offset())}, d.Op == op.Store, true
}

func overlaps(a, b ir.StackMapEntry) bool {
	return a.Slot == b.Slot && a.Offset < b.Offset+uint32(b.Type.Bytes()) && b.Offset < a.Offset+uint32(a.Type.Bytes())
}

// isRead reports whether what is in the bytes of e after inst may be read: whether a path leads from there to a load of
// some of them, without a store to them.
func isRead(g *ir.Func, inst ir.Inst, e ir.StackMapEntry) bool {
	seen := map[ir.Block]bool{}
	work := []ir.Inst{g.NextInst(inst)}
	if work[0] == ir.NoInst {
		work = work[:0]
	}
	push := func(last ir.Inst) {
		for _, call := range g.Branches(last, nil) {
			if b := g.CallBlock(call); !seen[b] {
				seen[b] = true
				work = append(work, g.FirstInst(b))
			}
		}
	}
	if len(work) == 0 {
		push(inst)
	}
	for len(work) > 0 {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		last := i
		for ; i != ir.NoInst; i = g.NextInst(i) {
			last = i
			if a, isStore, ok := access(g, i); ok && overlaps(a, e) {
				if !isStore {
					return true
				}
				break
			}
		}
		if i == ir.NoInst {
			push(last)
		}
	}
	return false
}

// mayHold reports whether a reference, not only a constant, may be in the bytes of e before inst: whether the last store on
// some path puts one there.
func mayHold(g *ir.Func, inst ir.Inst, e ir.StackMapEntry) bool {
	preds := map[ir.Block][]ir.Block{}
	for b := range g.Blocks() {
		for _, call := range g.Branches(g.LastInst(b), nil) {
			preds[g.CallBlock(call)] = append(preds[g.CallBlock(call)], b)
		}
	}
	seen := map[ir.Block]bool{}
	type spot struct {
		b    ir.Block
		inst ir.Inst
	}
	work := []spot{{g.InstBlock(inst), g.PrevInst(inst)}}
	for len(work) > 0 {
		s := work[len(work)-1]
		work = work[:len(work)-1]
		for ; s.inst != ir.NoInst; s.inst = g.PrevInst(s.inst) {
			if a, isStore, ok := access(g, s.inst); ok && isStore && overlaps(a, e) {
				if !isConstant(g, g.Args(s.inst)[0]) {
					return true
				}
				break
			}
		}
		if s.inst != ir.NoInst {
			continue
		}
		for _, p := range preds[s.b] {
			if !seen[p] {
				seen[p] = true
				work = append(work, spot{p, g.LastInst(p)})
			}
		}
	}
	return false
}

// isConstant reports whether v is a constant, or the zero of a wide variable.
func isConstant(g *ir.Func, v ir.Value) bool {
	def, _, ok := g.DefInst(g.Resolve(v))
	if ok && g.Data(def).Op == op.Uextend {
		def, _, ok = g.DefInst(g.Resolve(g.Args(def)[0]))
	}
	if !ok {
		return false
	}
	switch g.Data(def).Op {
	case op.Iconst, op.F64const, op.F32const, op.F16const, op.F128const, op.Vconst:
		return true
	}
	return false
}

// matters reports whether the difference between two maps of a safepoint does: an entry is missing, or has another type,
// whose reference is read later.
func (m *mutator) matters(point ir.Inst, was, now []ir.StackMapEntry) bool {
	for _, e := range was {
		if !slices.Contains(now, e) && mayHold(m.g, point, e) && isRead(m.g, point, e) {
			return true
		}
	}
	for _, e := range now {
		if !slices.ContainsFunc(was, func(o ir.StackMapEntry) bool { return overlaps(o, e) }) {
			return true
		}
	}
	return false
}

// entries lists the safepoints that have entries, once per entry.
func (m *mutator) entries() (list []struct {
	inst ir.Inst
	k    int
}) {
	for _, p := range m.points {
		for k := range m.g.StackMap(p) {
			list = append(list, struct {
				inst ir.Inst
				k    int
			}{p, k})
		}
	}
	return list
}

// edit changes entry site of all, and reports whether that matters.
func (m *mutator) edit(site int, fn func(e *ir.StackMapEntry)) bool {
	at := m.entries()[site]
	old := m.g.StackMap(at.inst)
	es := slices.Clone(old)
	fn(&es[at.k])
	m.g.SetStackMap(at.inst, es)
	return m.matters(at.inst, old, es)
}

// otherSlot returns another slot that the pass made, of the same size if there is one.
func (m *mutator) otherSlot(s ir.StackSlot, n int) ir.StackSlot {
	first := len(m.f.StackSlots)
	size := m.g.StackSlots[s].Size
	for i := range len(m.g.StackSlots) - first {
		t := ir.StackSlot(first + (int(s)-first+1+n+i)%(len(m.g.StackSlots)-first))
		if t != s && m.g.StackSlots[t].Size == size {
			return t
		}
	}
	return s
}

// slotOf returns the stack_addr that a load or store of the pass uses.
func (m *mutator) slotOf(access ir.Inst) ir.Inst {
	args := m.g.Args(access)
	inst, _, _ := m.g.DefInst(args[len(args)-1])
	return inst
}

// redirect makes a load or store use another slot.
func (m *mutator) redirect(access ir.Inst, n int) bool {
	d := m.g.Data(m.slotOf(access))
	was := d.X[0]
	d.X[0] = ir.Value(m.otherSlot(ir.StackSlot(was), n))
	return d.X[0] != was
}

// move puts a load or store, with its address, before another instruction of its block.
func (m *mutator) move(access, before ir.Inst) {
	for _, inst := range []ir.Inst{m.slotOf(access), access} {
		m.g.RemoveInst(inst)
		m.g.InsertInst(inst, before)
	}
}

// pointBefore returns the last safepoint before inst in its block.
func (m *mutator) pointBefore(inst ir.Inst) ir.Inst {
	for inst = m.g.PrevInst(inst); inst != ir.NoInst && !m.g.IsSafepoint(inst); {
		inst = m.g.PrevInst(inst)
	}
	return inst
}

// pointAfter returns the first safepoint after inst in its block that does not end it.
func (m *mutator) pointAfter(inst ir.Inst) ir.Inst {
	for inst = m.g.NextInst(inst); inst != ir.NoInst && !m.g.IsSafepoint(inst); {
		inst = m.g.NextInst(inst)
	}
	if inst == ir.NoInst || m.g.NextInst(inst) == ir.NoInst {
		return ir.NoInst
	}
	return inst
}

func countEntries(m *mutator) int { return len(m.entries()) }

var mutations = []mutation{
	{"drop an entry", countEntries, func(m *mutator, site int) bool {
		at := m.entries()[site]
		old := m.g.StackMap(at.inst)
		es := slices.Delete(slices.Clone(old), at.k, at.k+1)
		m.g.SetStackMap(at.inst, es)
		return m.matters(at.inst, old, es)
	}},
	{"shift an offset up", countEntries, func(m *mutator, site int) bool {
		return m.edit(site, func(e *ir.StackMapEntry) { e.Offset += uint32(e.Type.Bytes()) })
	}},
	{"shift an offset down", countEntries, func(m *mutator, site int) bool {
		return m.edit(site, func(e *ir.StackMapEntry) { e.Offset -= uint32(e.Type.Bytes()) })
	}},
	{"shift an offset by one byte", countEntries, func(m *mutator, site int) bool {
		return m.edit(site, func(e *ir.StackMapEntry) { e.Offset++ })
	}},
	{"another slot in an entry", countEntries, func(m *mutator, site int) bool {
		return m.edit(site, func(e *ir.StackMapEntry) { e.Slot = m.otherSlot(e.Slot, site) })
	}},
	{"exchange the slots of two entries", countEntries, func(m *mutator, site int) bool {
		at := m.entries()[site]
		old := m.g.StackMap(at.inst)
		es := slices.Clone(old)
		k := (at.k + 1) % len(es)
		es[k].Slot, es[at.k].Slot = es[at.k].Slot, es[k].Slot
		m.g.SetStackMap(at.inst, es)
		return m.matters(at.inst, old, es)
	}},
	{"a narrower entry", countEntries, func(m *mutator, site int) bool {
		return m.edit(site, func(e *ir.StackMapEntry) {
			e.Type = map[int]op.Type{16: op.I64, 8: op.I32, 4: op.I16, 2: op.I8, 1: op.I8}[e.Type.Bytes()]
		})
	}},
	{"an entry of another type", countEntries, func(m *mutator, site int) bool {
		return m.edit(site, func(e *ir.StackMapEntry) {
			for _, t := range []op.Type{op.I64, op.F64, op.I32, op.F32, op.I128, op.I64X2, op.I16, op.F16} {
				if t != e.Type && t.Bytes() == e.Type.Bytes() {
					e.Type = t
					return
				}
			}
		})
	}},
	{"drop a map", func(m *mutator) int { return len(m.points) }, func(m *mutator, site int) bool {
		was := m.g.StackMap(m.points[site])
		m.g.SetStackMap(m.points[site], nil)
		return m.matters(m.points[site], was, nil)
	}},
	{"the map of the neighbour", func(m *mutator) int { return len(m.points) - 1 }, func(m *mutator, site int) bool {
		p, q := m.points[site], m.points[site+1]
		a, b := m.g.StackMap(p), m.g.StackMap(q)
		m.g.SetStackMap(p, b)
		m.g.SetStackMap(q, a)
		return m.matters(p, a, b) || m.matters(q, b, a)
	}},
	{"a reload from another slot", func(m *mutator) int { return len(m.loads) }, func(m *mutator, site int) bool {
		return m.redirect(m.loads[site], site)
	}},
	{"a store to another slot", func(m *mutator) int { return len(m.stores) }, func(m *mutator, site int) bool {
		e, _, _ := access(m.g, m.stores[site])
		needed := isRead(m.g, m.stores[site], e)
		return m.redirect(m.stores[site], site) && needed
	}},
	{"a reload above its call", func(m *mutator) int { return len(m.loads) }, func(m *mutator, site int) bool {
		point := m.pointBefore(m.loads[site])
		if point == ir.NoInst {
			return false
		}
		m.move(m.loads[site], point)
		return true
	}},
	{"a store below its call", func(m *mutator) int { return len(m.stores) }, func(m *mutator, site int) bool {
		point := m.pointAfter(m.stores[site])
		if point == ir.NoInst {
			return false
		}
		m.move(m.stores[site], m.g.NextInst(point))
		return true
	}},
	{"drop a store", func(m *mutator) int { return len(m.stores) }, func(m *mutator, site int) bool {
		e, _, _ := access(m.g, m.stores[site])
		needed := isRead(m.g, m.stores[site], e)
		m.g.RemoveInst(m.stores[site])
		return needed
	}},
	{"the old value after a call", func(m *mutator) int { return len(m.old) }, func(m *mutator, site int) bool {
		return m.restore(m.old[site])
	}},
	{"an edge without its reload", func(m *mutator) int { return len(m.landed) }, func(m *mutator, site int) bool {
		return m.restore(m.landed[site])
	}},
	{"an address computed above the call", func(m *mutator) int { return len(m.old) }, func(m *mutator, site int) bool {
		return m.hoist(m.old[site])
	}},
	{"an address kept over a call", func(m *mutator) int { return len(m.old) }, func(m *mutator, site int) bool {
		return m.keepAddress(m.old[site])
	}},
}

// restore makes an operand what it was before stack maps were placed.
func (m *mutator) restore(u oldUse) bool {
	if u.call != ir.NoBlockCall {
		m.g.SetCallArg(u.call, u.k, ir.ValueArg(u.was))
	} else {
		m.g.Args(u.inst)[u.k] = u.was
	}
	return !isConstant(m.f, u.was) && m.passes(u.was, u)
}

// keepAddress computes the address of a load or store from the old value, before the last call.
func (m *mutator) keepAddress(u oldUse) bool {
	g := m.g
	d := g.Data(u.inst)
	point := m.pointBefore(u.inst)
	isAddress := d.Op == op.Load && u.k == 0 || d.Op == op.Store && u.k == 1
	if u.call != ir.NoBlockCall || !isAddress || point == ir.NoInst || g.ValueType(u.was) != op.I64 {
		return false
	}
	off := d.Offset()
	k := g.NewInst(ir.InstData{Op: op.Iconst, Type: op.I64, X: [4]ir.Value{ir.Value(uint32(off))}})
	g.InsertInst(k, point)
	sum := g.NewInst(ir.InstData{Op: op.Iadd, Type: op.I64, X: [4]ir.Value{u.was, g.AppendResults(k, op.I64)}})
	g.InsertInst(sum, point)
	addr := g.AppendResults(sum, op.I64)
	d = g.Data(u.inst)
	g.Args(u.inst)[u.k] = addr
	d.X[map[op.Opcode]int{op.Load: 2, op.Store: 3}[d.Op]] = 0
	return true
}

// hoist moves the computation of an address, of the old value, above the last call.
func (m *mutator) hoist(u oldUse) bool {
	g := m.g
	point := m.pointBefore(u.inst)
	if u.call != ir.NoBlockCall || point == ir.NoInst || len(g.Results(u.inst)) != 1 || g.Data(u.inst).Op.Has(op.IsCall|op.CanLoad) || !m.isAddress(g.Results(u.inst)[0], 3) {
		return false
	}
	g.Args(u.inst)[u.k] = u.was
	g.RemoveInst(u.inst)
	g.InsertInst(u.inst, point)
	return true
}

// isAddress reports whether v is used as an address, after at most depth computations.
func (m *mutator) isAddress(v ir.Value, depth int) bool {
	for b := range m.g.Blocks() {
		for inst := range m.g.Insts(b) {
			k := slices.Index(m.g.Args(inst), v)
			switch d := m.g.Data(inst); {
			case k < 0:
			case d.Op == op.Load, d.Op == op.Store && k == 1:
				return true
			case d.Op == op.Iadd && depth > 0 && m.isAddress(m.g.FirstResult(inst), depth-1):
				return true
			}
		}
	}
	return false
}

// tally counts what became of the mutants of a kind.
type tally struct{ made, same, verifier, found, compared, harmless, missed int }

// pair is a function before and after, and how to run it; run is nil if it cannot be.
type pair struct {
	name string
	f, g *ir.Func
	run  func(g *ir.Func) string
}

// TestMutations makes mistakes in functions of the file tests and in random ones, in both modes, and prints what found
// them: the verifier, Func, or the comparison with the function before. DAVIT_SEEDS is how many random programs there are.
func TestMutations(t *testing.T) {
	seeds := count(t, 12)
	tallies := make([]tally, len(mutations))
	r := rand.New(rand.NewPCG(1, 2))
	each := func(p pair) {
		if errs := check.Func(p.g); len(errs) > 0 {
			t.Fatalf("%s: %v", p.name, errs)
		}
		if errs := check.Placement(p.f, p.g); len(errs) > 0 {
			t.Fatalf("%s: %v", p.name, errs)
		}
		for i := range mutations {
			mutate(t, &tallies[i], &mutations[i], p, r)
		}
	}
	for _, p := range filePairs(t) {
		each(p)
		p.g = packed(p.f, p.g)
		each(p)
	}
	for seed := range seeds {
		for _, p := range randomPairs(t, seed) {
			each(p)
			p.g = packed(p.f, p.g)
			each(p)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-36s%8s%8s%10s%8s%10s%10s%8s\n", "mutation", "made", "same", "verifier", "Func", "Placement", "harmless", "missed")
	for i, m := range mutations {
		k := &tallies[i]
		fmt.Fprintf(&b, "%-36s%8d%8d%10d%8d%10d%10d%8d\n", m.name, k.made, k.same, k.verifier, k.found, k.compared, k.harmless, k.missed)
		if k.made == 0 || k.found+k.compared+k.verifier == 0 {
			t.Errorf("%q is never made", m.name)
		}
	}
	t.Log(b.String())
}

// compareSweeps demands that Func says the same of f if it takes no short cuts, with the declarations and without.
func compareSweeps(t *testing.T, f *ir.Func) {
	t.Helper()
	declared := f.NeedsStackMap
	for range 2 {
		if len(verify.Func(f, verify.Options{})) > 0 {
			break
		}
		var c, thorough check.Checker
		thorough.Thorough(true)
		if errs, want := c.Func(f), thorough.Func(f); errs.Error() != want.Error() {
			t.Errorf("%v\nwithout short cuts:\n%v\n%s", errs, want, f.AppendTo(nil, ir.Lossless))
		}
		f.NeedsStackMap = nil
	}
	f.NeedsStackMap = declared
}

// maxSites bounds the mistakes of a kind in a function.
const maxSites = 12

func mutate(t *testing.T, k *tally, mu *mutation, p pair, r *rand.Rand) {
	t.Helper()
	n := mu.sites(newMutator(p.f, p.g))
	if n <= 0 {
		return
	}
	for _, site := range r.Perm(n)[:min(n, maxSites)] {
		g := p.g.Clone()
		k.made++
		different := mu.apply(newMutator(p.f, g), site)
		if r.IntN(4) == 0 {
			compareSweeps(t, g)
		}
		switch {
		case !different:
			k.same++
		case len(verify.Func(g, verify.Options{})) > 0:
			k.verifier++
		case len(check.Func(g)) > 0:
			k.found++
		case len(check.Placement(p.f, g)) > 0:
			k.compared++
		case p.run != nil && p.run(g) == p.run(p.g):
			k.harmless++
			t.Logf("%s: %s at site %d is not found", p.name, mu.name, site)
		default:
			k.missed++
			t.Errorf("%s: %s at site %d is not found\n%s\nwas\n%s", p.name, mu.name, site, g.AppendTo(nil, ir.Lossless), p.g.AppendTo(nil, ir.Lossless))
		}
	}
}

// packed returns g with all slots that the pass made in one, so that shifted offsets meet something.
func packed(f, g *ir.Func) *ir.Func {
	g = g.Clone()
	first := len(f.StackSlots)
	offsets := make([]uint32, len(g.StackSlots))
	size := uint32(16)
	for i := first; i < len(g.StackSlots); i++ {
		n := g.StackSlots[i].Size
		size = (size + n - 1) &^ (n - 1)
		offsets[i] = size
		size += n
	}
	if size == 16 {
		return g
	}
	big := g.AddStackSlot(size+16, 4)
	for b := range g.Blocks() {
		for inst := range g.Insts(b) {
			if d := g.Data(inst); d.Op == op.StackAddr && int(d.Slot()) >= first && d.Slot() != big {
				d.X[0], d.X[1] = ir.Value(big), ir.Value(uint32(d.Offset())+offsets[d.Slot()])
			}
			es := slices.Clone(g.StackMap(inst))
			for k, e := range es {
				if int(e.Slot) >= first {
					es[k] = ir.StackMapEntry{Type: e.Type, Slot: big, Offset: e.Offset + offsets[e.Slot]}
				}
			}
			g.SetStackMap(inst, es)
		}
	}
	return g
}

// filePairs returns the functions of the file tests of the pass.
func filePairs(t *testing.T) (ps []pair) {
	paths, err := filepath.Glob("../../frontend/safepoint/testdata/*.clif")
	if err != nil || len(paths) == 0 {
		t.Fatal("no files", err)
	}
	for _, path := range append(paths, "testdata/mutate.clif") {
		for _, fn := range parseFile(t, path).Funcs {
			for mode := range safepoint.Mode(safepoint.NumModes) {
				g := fn.Clone()
				if err := safepoint.Run(g, safepoint.Options{Mode: mode}); err != nil || verify.Func(g, verify.Options{}) != nil {
					continue
				}
				ps = append(ps, pair{name: fmt.Sprintf("%s %v %v", filepath.Base(path), fn.Name, mode), f: fn.Func, g: g})
			}
		}
	}
	return ps
}

// randomPairs returns the functions of a random program.
func randomPairs(t *testing.T, seed uint64) []pair { return randomPairsOf(t, seed, randprog.AllTypes) }

func randomPairsOf(t *testing.T, seed uint64, cfg randprog.Config) (ps []pair) {
	before, err := randprog.Generate(seed, cfg, frontend.Options{KeepDeclarations: true})
	if err != nil {
		t.Fatal(err)
	}
	for mode := range safepoint.Mode(safepoint.NumModes) {
		after := make([]*ir.Func, len(before))
		for i, f := range before {
			after[i] = f.Clone()
			if err := safepoint.Run(after[i], safepoint.Options{Mode: mode}); err != nil {
				t.Fatal(err)
			}
		}
		for i := range after {
			ps = append(ps, pair{fmt.Sprintf("seed %d %v %v", seed, before[i].Name, mode), before[i], after[i], func(g *ir.Func) string {
				funcs := slices.Clone(after)
				funcs[i] = g
				return runMoving(t, funcs, int64(seed))
			}})
		}
	}
	return ps
}

// runMoving calls %f0 of a random program under a collector that moves everything at each safepoint. It returns what does
// not depend on addresses.
func runMoving(t *testing.T, funcs []*ir.Func, number int64) string {
	t.Helper()
	m, err := interp.NewModule(funcs, interp.Options{Moving: true, Fuel: 1 << 20, MaxDepth: 4096, HeapSize: 64 << 20, Host: map[string]interp.HostFunc{
		"davit_alloc": func(c *interp.Context, args []data.Value) ([]data.Value, error) {
			addr, err := c.Alloc(args[0].Uint64(), randprog.RefOffset)
			return []data.Value{data.I64(int64(addr))}, err
		},
		"davit_gc": func(*interp.Context, []data.Value) ([]data.Value, error) { return nil, nil },
		"davit_throw": func(_ *interp.Context, args []data.Value) ([]data.Value, error) {
			return nil, &interp.Exception{Tag: uint32(args[0].Uint64()), Payload: args[1:]}
		},
	}})
	if err != nil {
		return err.Error()
	}
	results, err := m.Call("f0", []data.Value{data.I64(0), data.I64(number), data.I64(300)})
	var exc *interp.Exception
	switch {
	case errors.As(err, &exc):
		return fmt.Sprintf("exception %d, checksum %v", exc.Tag, exc.Payload[0])
	case err != nil:
		return err.Error()
	}
	return results[1].String()
}
