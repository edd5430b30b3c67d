package regalloc

// Problem: a virtual register that is in its slot somewhere must be stored before, at little cost.
//
// Idea: it may be stored once where it is defined; then its slot is valid from there on, and no move to the slot is
// needed. Or wherever its place changes from a register to the slot, which is better if that happens only on rare paths.
// A parameter may also be stored on the edges that bring it, which is free on those whose argument has the same slot
// (being of the same bundle) and is valid there: so a value that a loop only passes on is not stored again.
//
// Invariant: if stored is not notStored, the slot is valid wherever the virtual register is live.

type storeKind uint8

const (
	notStored     storeKind = iota // not everywhere
	storedByDef                    // where it is defined; or it is defined in its slot
	storedByEdges                  // parameters: on the edges
)

// slotOf is the slot of the bundle of v, or no place.
func (a *Allocator) slotOf(v uint32) Alloc {
	if s := a.bundles[a.homeOf[v]].slot; s >= 0 && !a.isRemat(v) {
		return SlotAlloc(int(s))
	}
	return 0
}

// placeStores decides where v is stored to its slot home, and adds these moves. Def is where an instruction defines it.
func (a *Allocator) placeStores(v, index uint32, def, home Alloc, byTerm bool) {
	db := a.defBlock[v]
	if a.defOp[v] == 0 {
		a.placeParamStores(v, index, home)
		return
	}
	if byTerm {
		a.moves = append(a.moves, a.stores...)
		return
	}
	if def != home {
		own := a.freq(db)
		if a.storeCost < own || a.storeCost == own && len(a.stores) <= 1 {
			a.moves = append(a.moves, a.stores...)
			return
		}
		i := a.instOf(a.defOp[v]-1, db)
		a.addMove(i+1, groupGap, v, def, home)
	}
	a.stored[v] = storedByDef
}

// instOf is the instruction of block b that operand o belongs to.
func (a *Allocator) instOf(o, b uint32) uint32 {
	lo, hi := a.f.BlockStart[b], a.f.BlockStart[b+1]
	for hi-lo > 1 {
		mid := (lo + hi) / 2
		if a.f.OperandStart[mid] <= o {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// placeParamStores decides where parameter v, the index'th of its block, is stored.
func (a *Allocator) placeParamStores(v, index uint32, home Alloc) {
	f := a.f
	b := a.defBlock[v]
	loc := a.locationAt(v, a.defPos[v])
	if loc == home {
		a.stored[v] = storedByDef
		return
	}
	byEdges, edges := float32(0), 0
	for _, p := range f.Preds[f.PredStart[b]:f.PredStart[b+1]] {
		w := f.Args[f.ArgStart[a.edge(p, b)]+index]
		from := a.locationOut(w, p)
		if w == v || from == home || a.stored[w] != notStored && a.slotOf(w) == home {
			continue
		}
		edges++
		byEdges += a.edgeFreq(p, b)
		if !from.IsReg() {
			byEdges += a.freq(b) // through a register
		}
	}
	byDef := a.freq(b)
	switch best := min(byDef, byEdges, a.storeCost); {
	case byEdges == best && (edges <= 1 || byEdges < byDef && byEdges < a.storeCost):
		a.stored[v] = storedByEdges
	case byDef == best && (byDef < a.storeCost || len(a.stores) > 1):
		a.stored[v] = storedByDef
		a.addMove(a.defPos[v]/4, groupInst, v, loc, home)
	default:
		a.moves = append(a.moves, a.stores...)
	}
}
