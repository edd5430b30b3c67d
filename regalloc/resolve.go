package regalloc

// Problem: turn the places of pieces into places of operands and moves.
//
// Idea: per virtual register, walk its ranges and its operands together. Where a range ends and the next begins within
// a block, a move goes to the gap; over edges, the places at the end of the predecessor and at the start of the successor
// are compared, but only for virtual registers with more than one place. Stores are placed last (stores.go).
//
// The moves of one gap are carried out in groups, each as one parallel move:
//
//	groupEnter  edge moves at the start of a block
//	groupGap    from place to place, from fixed definitions, into fixed registers, stores of what was just defined
//	groupInst   into fixed registers and stores, if the value is in its place only behind the gap
//	groupLeave  edge moves at the end of a block
//
// Cost: O(operands + blocks covered by virtual registers with several places).

import (
	"slices"
	"sort"
)

const (
	groupEnter = iota
	groupGap
	groupInst
	groupLeave
)

// segment is a range with its final place.
type segment struct {
	from, to pos
	loc      Alloc
}

// move is one part of a parallel move.
type move struct {
	at       uint32 // 4*instruction + group
	vreg     uint32
	from, to Alloc
	edge     uint32 // groupEnter and groupLeave: block at the other end
}

// resolve fills in the result.
func (a *Allocator) resolve() {
	f := a.f
	a.res.Allocs = zeroed(a.res.Allocs, len(f.Operands))
	a.moves = a.moves[:0]
	a.collectSegments()
	a.stored = zeroed(a.stored, f.NumVRegs)
	for v := range uint32(f.NumVRegs) {
		if a.defOp[v] != 0 {
			a.resolveVReg(v, 0)
		}
	}
	for b := range uint32(f.NumBlocks()) {
		for k, v := range f.Params[f.ParamStart[b]:f.ParamStart[b+1]] {
			a.resolveVReg(v, uint32(k))
		}
	}
	for k := range a.reuses {
		ru := &a.reuses[k]
		if ru.copied {
			src := a.res.Allocs[ru.use]
			a.res.Allocs[ru.use] = a.res.Allocs[ru.def]
			group := uint8(groupGap)
			if a.opKind[ru.use] == kindCopyInst {
				group = groupInst
			}
			a.addMove(ru.inst, group, f.Operands[ru.use].VReg, src, a.res.Allocs[ru.def])
		}
	}
	a.resolveArgs()
	a.sortMoves()
	a.sinkLoads()
	a.emitMoves()
	a.res.NumSlots = a.numSlots
}

// location is the place of a range.
func (a *Allocator) location(r uint32) Alloc {
	rg := &a.ranges[r]
	p := &a.pieces[rg.piece]
	switch {
	case p.place == placeReg:
		return RegAlloc(p.reg)
	case a.isRemat(rg.vreg):
		return RematAlloc(rg.vreg)
	}
	return SlotAlloc(int(a.bundles[p.bundle].slot))
}

// collectSegments lays out the ranges by virtual register.
func (a *Allocator) collectSegments() {
	nv := a.f.NumVRegs
	a.rangeStart = resize(a.rangeStart, nv+1)
	a.segs = resize(a.segs, len(a.ranges))[:0]
	for v := range nv {
		a.rangeStart[v] = uint32(len(a.segs))
		for r := a.vfirst[v]; r != 0; r = a.ranges[r].vnext {
			loc := a.location(r)
			n := len(a.segs)
			rg := &a.ranges[r]
			if n > int(a.rangeStart[v]) && a.segs[n-1].to == rg.from && a.segs[n-1].loc == loc {
				a.segs[n-1].to = rg.to
				continue
			}
			a.segs = append(a.segs, segment{rg.from, rg.to, loc})
		}
	}
	a.rangeStart[nv] = uint32(len(a.segs))
}

// locationAt is the place of v at position p, or no place.
func (a *Allocator) locationAt(v uint32, p pos) Alloc {
	s := a.segs[a.rangeStart[v]:a.rangeStart[v+1]]
	if len(s) > 8 {
		k := sort.Search(len(s), func(k int) bool { return s[k].to > p })
		s = s[k:]
	}
	for k := range s {
		if p < s[k].to {
			if p >= s[k].from {
				return s[k].loc
			}
			break
		}
	}
	return 0
}

// locationOut is the place of v at the end of block b.
func (a *Allocator) locationOut(v, b uint32) Alloc {
	if loc := a.locationAt(v, a.blockTo(b)-1); loc != 0 {
		return loc
	}
	// A fixed definition of the terminator.
	if r, ok := a.fixedReg(a.f.BlockStart[b+1]-1, a.defOp[v]-1); ok {
		return RegAlloc(r)
	}
	return 0
}

// addMove adds a move to the gap before instruction i.
func (a *Allocator) addMove(i uint32, group uint8, v uint32, from, to Alloc) {
	if from != to && !to.IsRemat() {
		a.moves = append(a.moves, move{at: 4*i + uint32(group), vreg: v, from: from, to: to})
	}
}

// resolveVReg fills in the operands of v and adds the moves between its places, except for arguments of edges. Index is the
// place of v among the parameters of its block if it is one.
func (a *Allocator) resolveVReg(v, index uint32) {
	segs := a.segs[a.rangeStart[v]:a.rangeStart[v+1]]
	a.stores = a.stores[:0]
	a.storeCost = 0
	home := Alloc(0)
	single := true
	for k := range segs {
		single = single && segs[k].loc == segs[0].loc
		if segs[k].loc.IsSlot() && home == 0 {
			home = segs[k].loc
		}
	}
	db := a.defBlock[v]
	term := a.f.BlockStart[db+1] - 1
	byTerm := a.defOp[v] != 0 && a.defOp[v]-1 >= a.f.OperandStart[term]
	def := a.resolveOperands(v, segs)
	for k := 1; k < len(segs); k++ {
		x, y := segs[k-1], segs[k]
		i := y.from / 4
		if x.to != y.from {
			continue
		}
		if y.from&3 == clobberPos {
			a.addTransition(move{at: 4*i + groupInst, vreg: v, from: x.loc, to: y.loc}, i)
		} else if a.f.BlockStart[a.blockOf[i]] != i {
			a.addTransition(move{at: 4*i + groupGap, vreg: v, from: x.loc, to: y.loc}, i)
		}
	}
	if !single || byTerm {
		a.resolveEdges(v, segs)
	}
	if home != 0 {
		a.placeStores(v, index, def, home, byTerm)
	}
}

// resolveOperands fills in the operands of v and adds the moves of fixed operands. It returns where v is when it is defined.
func (a *Allocator) resolveOperands(v uint32, segs []segment) (def Alloc) {
	f := a.f
	at := func(p pos) Alloc {
		for k := range segs {
			if segs[k].from <= p && p < segs[k].to {
				return segs[k].loc
			}
			if segs[k].from > p {
				break
			}
		}
		return 0
	}
	for _, u := range a.uses[a.useStart[v]:a.useStart[v+1]] {
		if u.op == argUse {
			continue
		}
		i := u.pos / 4
		for len(segs) > 1 && segs[0].to < 4*i {
			segs = segs[1:]
		}
		first := f.BlockStart[a.blockOf[i]] == i
		last := f.BlockStart[a.blockOf[i]+1]-1 == i
		op := &f.Operands[u.op]
		kind := a.opKind[u.op]
		switch {
		case op.Kind == Def && kind == kindFixed:
			r, _ := a.fixedReg(i, u.op)
			def = RegAlloc(r)
			a.res.Allocs[u.op] = def
			if last {
				break
			}
			if loc := at(4*i + 4); loc != 0 {
				a.addMove(i+1, groupGap, v, def, loc)
				if loc.IsSlot() {
					def = loc
				}
			}
		case op.Kind == Def:
			def = at(u.pos)
			a.res.Allocs[u.op] = def
		case kind == kindFixed || kind == kindCopy:
			src, group := Alloc(0), uint8(groupGap)
			if !first {
				src = at(4*i - 1)
				if d := a.defOp[v]; src == 0 && d != 0 && a.opKind[d-1] == kindFixed && a.defPos[v] == 4*i {
					r, _ := a.fixedReg(i-1, d-1)
					src = RegAlloc(r)
				}
			}
			if src == 0 {
				src, group = at(4*i), groupInst
			}
			if kind == kindFixed {
				a.res.Allocs[u.op] = Alloc(op.Arg)
				a.addMove(i, group, v, src, Alloc(op.Arg))
			} else {
				a.res.Allocs[u.op] = src
				if group == groupInst {
					a.opKind[u.op] = kindCopyInst
				}
			}
		default:
			a.res.Allocs[u.op] = at(u.pos)
		}
	}
	return def
}

// resolveEdges adds the moves of v over edges into blocks where it is live.
func (a *Allocator) resolveEdges(v uint32, segs []segment) {
	f := a.f
	for k := range segs {
		s := &segs[k]
		for b := a.firstBlock(s.from); b < uint32(f.NumBlocks()) && a.blockFrom(b) < s.to; b++ {
			if b == a.defBlock[v] {
				continue
			}
			for _, p := range f.Preds[f.PredStart[b]:f.PredStart[b+1]] {
				if to := a.blockTo(p) - 1; to >= s.from && to < s.to {
					continue
				}
				m := a.edgeMove(p, b, v, a.locationOut(v, p), s.loc)
				a.addTransition(m, m.at/4)
			}
		}
	}
}

// edgeMove is a move on the edge from p to b.
func (a *Allocator) edgeMove(p, b, v uint32, from, to Alloc) move {
	f := a.f
	m := move{vreg: v, from: from, to: to}
	if a.movesBehind[p] {
		m.at, m.edge = 4*f.BlockStart[b]+groupEnter, p
	} else {
		m.at, m.edge = 4*(f.BlockStart[p+1]-1)+groupLeave, b
	}
	return m
}

// addTransition adds a move of instruction i to a.moves, or to a.stores if it stores.
func (a *Allocator) addTransition(m move, i uint32) {
	switch {
	case m.from == m.to || m.to.IsRemat():
	case m.to.IsSlot():
		a.stores = append(a.stores, m)
		a.storeCost += a.freq(a.blockOf[i])
	default:
		a.moves = append(a.moves, m)
	}
}

// resolveArgs adds the moves from arguments to parameters.
func (a *Allocator) resolveArgs() {
	f := a.f
	a.moves = slices.Grow(a.moves, len(f.Args))
	for p := range uint32(f.NumBlocks()) {
		for e := f.SuccStart[p]; e < f.SuccStart[p+1]; e++ {
			b := f.Succs[e]
			params := f.Params[f.ParamStart[b]:f.ParamStart[b+1]]
			for k, v := range f.Args[f.ArgStart[e]:f.ArgStart[e+1]] {
				q := params[k]
				to := a.locationAt(q, a.blockFrom(b))
				if to == 0 {
					continue
				}
				from := a.locationOut(v, p)
				home := a.slotOf(q)
				valid := a.stored[v] != notStored && a.slotOf(v) == home
				if from != to && !(valid && to == home) && !to.IsRemat() {
					a.moves = append(a.moves, a.edgeMove(p, b, v, from, to))
				}
				if a.stored[q] == storedByEdges && to != home && from != home && !valid {
					a.moves = append(a.moves, a.edgeMove(p, b, v, from, home))
				}
			}
		}
	}
}

// sortMoves sorts a.moves by point and group, keeping the order of equals.
func (a *Allocator) sortMoves() {
	a.moves, a.moves2 = radixSort(a.moves, resize(a.moves2, len(a.moves)), uint32(4*a.f.NumInsts()))
}

func (m move) key() uint32 { return m.at }

// radixDigit is how many bits of the keys a pass of radixSort looks at.
const radixDigit = 11

// radixSort sorts src by keys of at most limit, keeping the order of equals. It returns the result, which is in src or in
// tmp, of the same length, and the other one of these.
func radixSort[T interface{ key() uint32 }](src, tmp []T, limit uint32) (sorted, rest []T) {
	for shift := 0; shift < 32 && limit>>shift != 0; shift += radixDigit {
		var count [1 << radixDigit]uint32
		for k := range src {
			count[src[k].key()>>shift&(1<<radixDigit-1)]++
		}
		sum := uint32(0)
		for k, c := range count {
			count[k] = sum
			sum += c
		}
		for k := range src {
			c := &count[src[k].key()>>shift&(1<<radixDigit-1)]
			tmp[*c] = src[k]
			*c++
		}
		src, tmp = tmp, src
	}
	return src, tmp
}
