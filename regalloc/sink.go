package regalloc

// Problem: a value in memory that the first user of a block wants in a register is loaded on every edge into the block,
// when all predecessors leave it in memory.
//
// Idea: a load that all predecessors end with goes to the start of the block instead. It is executed as often, and
// written once.
//
// Invariants: at the start of the block the slot holds the value still, since the value lives on and hence no move of the
// edges writes its slot, and the register has no other user before.
//
// Cost: for each load at the end of the first predecessor, the loads of the others are searched.

import "sort"

// sinkLoads moves loads from the ends of all predecessors of a block to its start. a.moves is sorted, and stays so.
func (a *Allocator) sinkLoads() {
	f := a.f
	sunk := false
	a.sorted = len(a.moves)
	for b := uint32(1); b < uint32(f.NumBlocks()); b++ {
		preds := f.Preds[f.PredStart[b]:f.PredStart[b+1]]
		if len(preds) < 2 {
			continue
		}
		for _, m := range a.leaveMoves(preds[0], b) {
			if m.to.IsReg() && !m.from.IsReg() && a.staysLive(&m, b) && a.allLoad(preds[1:], b, &m) {
				a.dropLoads(preds, b, &m)
				m.at = 4*f.BlockStart[b] + groupEnter
				a.moves = append(a.moves, m)
				sunk = true
			}
		}
	}
	if !sunk {
		return
	}
	n := 0
	for k := range a.moves {
		if a.moves[k].to != 0 {
			a.moves[n] = a.moves[k]
			n++
		}
	}
	a.moves = a.moves[:n]
	a.sortMoves()
}

// staysLive reports whether what m loads can be loaded at the start of b as well. What is issued again must not be a
// parameter of b from there on.
func (a *Allocator) staysLive(m *move, b uint32) bool {
	loc := a.locationAt(m.vreg, a.blockFrom(b))
	return loc != 0 && (loc == m.to || !m.from.IsRemat())
}

// leaveMoves returns the moves at the end of p on its edge to b. Moves that were sunk have no target; those appended
// meanwhile are not among them.
func (a *Allocator) leaveMoves(p, b uint32) []move {
	if a.movesBehind[p] {
		return nil
	}
	at := 4*(a.f.BlockStart[p+1]-1) + groupLeave
	lo := sort.Search(a.sorted, func(k int) bool { return a.moves[k].at >= at })
	hi := lo
	for hi < a.sorted && a.moves[hi].at == at {
		hi++
	}
	return a.moves[lo:hi]
}

// allLoad reports whether all of the blocks end with move m on their edges to b.
func (a *Allocator) allLoad(preds []uint32, b uint32, m *move) bool {
	for _, p := range preds {
		if a.findMove(p, b, m) == nil {
			return false
		}
	}
	return true
}

func (a *Allocator) findMove(p, b uint32, m *move) *move {
	list := a.leaveMoves(p, b)
	for k := range list {
		if o := &list[k]; o.vreg == m.vreg && o.from == m.from && o.to == m.to {
			return o
		}
		a.walked++
	}
	return nil
}

func (a *Allocator) dropLoads(preds []uint32, b uint32, m *move) {
	gone := *m
	for _, p := range preds {
		a.findMove(p, b, &gone).to = 0
	}
}
