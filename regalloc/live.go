package regalloc

// Problem: find the ranges in which each virtual register is live, on any control flow, also irreducible.
//
// Idea: per virtual register, go from each use up the predecessors until the defining block, marking blocks. Every block
// into which the value is live is visited once, so no fixed point is needed. Blocks that follow each other in the order
// of the function merge into one range at once.
//
// Cost: O(blocks into which the value is live), plus sorting them (or scanning a bit set, if they are dense).
//
// Source: Boissinot et al., the "path exploration per variable" of Computing Liveness Sets for SSA-Form Programs (2011).

import (
	"math/bits"
	"slices"
)

// reuse is a definition that has the register of a use of the same instruction.
type reuse struct {
	inst   uint32
	def    uint32 // operands
	use    uint32
	copied bool // the value is copied at the gap before, into the register of the definition
}

// collectUses sorts the operands by virtual register and classifies them.
func (a *Allocator) collectUses() {
	f := a.f
	nv := f.NumVRegs
	a.useStart = zeroed(a.useStart, nv+1)
	a.defOp = zeroed(a.defOp, nv)
	a.defPos = resize(a.defPos, nv)
	a.defBlock = resize(a.defBlock, nv)
	clear(a.defBlock)
	a.opKind = resize(a.opKind, len(f.Operands))
	a.reuses = a.reuses[:0]
	for i := range f.Operands {
		a.useStart[f.Operands[i].VReg]++
	}
	for _, v := range f.Args {
		a.useStart[v]++
	}
	sum := uint32(0)
	for v, n := range a.useStart {
		a.useStart[v] = sum
		sum += n
	}
	a.uses = resize(a.uses, int(sum))
	for b := range uint32(f.NumBlocks()) {
		for _, v := range f.Params[f.ParamStart[b]:f.ParamStart[b+1]] {
			a.defPos[v] = a.blockFrom(b)
			a.defBlock[v] = b
		}
		for i := f.BlockStart[b]; i < f.BlockStart[b+1]; i++ {
			a.collectInst(i, b)
		}
		end := a.blockTo(b) - 1
		for _, v := range f.Args[f.ArgStart[f.SuccStart[b]]:f.ArgStart[f.SuccStart[b+1]]] {
			a.uses[a.useStart[v]] = use{end, argUse}
			a.useStart[v]++
		}
	}
	// The starts have moved to the ends.
	copy(a.useStart[1:], a.useStart[:nv])
	if nv > 0 {
		a.useStart[0] = 0
	}
}

// collectInst adds the operands of instruction i of block b.
func (a *Allocator) collectInst(i, b uint32) {
	f := a.f
	lo, hi := f.OperandStart[i], f.OperandStart[i+1]
	hasReuse := false
	for o := lo; o < hi; o++ {
		op := &f.Operands[o]
		p := 4*i + earlyPos
		if op.Pos == Late {
			p = 4*i + latePos
		}
		kind := kindReg
		switch op.Constraint {
		case Fixed:
			kind = kindFixed
		case RegOrMem:
			if !a.isRemat(op.VReg) {
				kind = kindMem
			}
		case Reuse:
			hasReuse = true
		}
		a.opKind[o] = kind
		if op.Kind == Def {
			a.defOp[op.VReg] = o + 1
			a.defBlock[op.VReg] = b
			a.defPos[op.VReg] = p
			if kind == kindFixed {
				a.defPos[op.VReg] = 4 * (i + 1)
			}
		}
		a.uses[a.useStart[op.VReg]] = use{p, o}
		a.useStart[op.VReg]++
	}
	if hasReuse {
		a.collectReuses(i)
	}
}

// collectReuses adds the reusing definitions of instruction i.
func (a *Allocator) collectReuses(i uint32) {
	f := a.f
	lo, hi := f.OperandStart[i], f.OperandStart[i+1]
	for o := lo; o < hi; o++ {
		op := &f.Operands[o]
		if op.Constraint != Reuse {
			continue
		}
		from := lo + uint32(op.Arg)
		if f.Operands[from].Constraint == Fixed {
			a.opKind[o] = kindFixed
			a.defPos[op.VReg] = 4 * (i + 1)
			continue
		}
		a.opKind[from] = kindReused
		a.reuses = append(a.reuses, reuse{inst: i, def: o, use: from})
	}
}

// useEnd is the end of the part of a range that use u demands; dp is where the value is available first.
func (a *Allocator) useEnd(u use, dp pos) pos {
	gap := gapOf(u.pos)
	switch {
	case u.op == argUse:
		return u.pos + 1
	case a.opKind[u.op] == kindFixed:
		i := u.pos / 4
		if dp >= gap || a.f.BlockStart[a.blockOf[i]] == i {
			return gap + 1
		}
		return gap
	case u.pos&3 == latePos || a.f.Operands[u.op].Kind == Def:
		return gap + 4
	}
	return gap + clobberPos
}

// buildRanges makes the ranges of all virtual registers.
func (a *Allocator) buildRanges() {
	f := a.f
	a.ranges = append(emptied(a.ranges, f.NumVRegs+f.NumVRegs/8), liveRange{})
	a.vfirst = zeroed(a.vfirst, f.NumVRegs)
	a.mark = zeroed(a.mark, f.NumBlocks())
	a.segEnd = resize(a.segEnd, f.NumBlocks())
	a.blockBits = zeroed(a.blockBits, (f.NumBlocks()+63)/64)
	for v := range uint32(f.NumVRegs) {
		a.buildVReg(v)
	}
	a.extendCopies()
}

// buildVReg makes the ranges of v.
func (a *Allocator) buildVReg(v uint32) {
	lo, hi := a.useStart[v], a.useStart[v+1]
	if lo == hi {
		return
	}
	f := a.f
	db, dp := a.defBlock[v], a.defPos[v]
	end := dp
	liveOut := false
	a.visited = a.visited[:0]
	a.stack = a.stack[:0]
	blockFrom, blockTo := a.blockFrom(db), a.blockTo(db)
	reused := false
	uses := a.uses[lo:hi]
	for k, u := range uses {
		for j := k; j > 0 && uses[j-1].pos > uses[j].pos; j-- {
			uses[j-1], uses[j] = uses[j], uses[j-1]
		}
		if u.op != argUse && a.opKind[u.op] == kindReused {
			reused = true
		}
		if u.pos >= blockFrom && u.pos < blockTo {
			if u.op != argUse && f.Operands[u.op].Kind == Def && a.opKind[u.op] == kindFixed {
				continue
			}
			end = max(end, a.useEnd(u, dp))
			continue
		}
		b := a.blockOf[u.pos/4]
		if a.mark[b] != v+1 {
			a.mark[b] = v + 1
			a.visited = append(a.visited, b)
			a.stack = append(a.stack, b)
			a.segEnd[b] = 0
		}
		a.segEnd[b] = max(a.segEnd[b], a.useEnd(u, 0))
	}
	for len(a.stack) > 0 {
		b := a.stack[len(a.stack)-1]
		a.stack = a.stack[:len(a.stack)-1]
		for _, p := range f.Preds[f.PredStart[b]:f.PredStart[b+1]] {
			if p == db {
				liveOut = true
				continue
			}
			if a.mark[p] != v+1 {
				a.mark[p] = v + 1
				a.visited = append(a.visited, p)
				a.stack = append(a.stack, p)
			}
			a.segEnd[p] = a.blockTo(p)
		}
	}
	if liveOut {
		end = blockTo
	}
	a.emitRanges(v, dp, end)
	if reused {
		a.findCopies(v)
	}
}

// emitRanges makes the ranges of v from its defining block, where it is live in [dp, end), and a.visited.
func (a *Allocator) emitRanges(v uint32, dp, end pos) {
	last := uint32(0)
	u, uEnd := a.useStart[v], a.useStart[v+1]
	add := func(from, to pos) {
		if from >= to {
			return
		}
		if last != 0 && a.ranges[last].to == from {
			a.ranges[last].to = to
			return
		}
		for u < uEnd && a.uses[u].pos < from {
			u++
		}
		n := uint32(len(a.ranges))
		a.ranges = append(a.ranges, liveRange{from: from, to: to, vreg: v, use: u})
		if last == 0 {
			a.vfirst[v] = n
		} else {
			a.ranges[last].vnext = n
		}
		last = n
	}
	if len(a.visited) == 0 {
		add(dp, end)
		return
	}
	own := a.defBlock[v]
	ownDone := false
	a.sortVisited()
	for _, b := range a.visited {
		if !ownDone && b > own {
			add(dp, end)
			ownDone = true
		}
		add(a.blockFrom(b), a.segEnd[b])
	}
	if !ownDone {
		add(dp, end)
	}
}

// sortVisited sorts a.visited ascending: by comparing if sparse, over a bit set if dense.
func (a *Allocator) sortVisited() {
	s := a.visited
	if len(s) < 48 {
		slices.Sort(s)
		return
	}
	lo, hi := s[0], s[0]
	for _, b := range s {
		lo, hi = min(lo, b), max(hi, b)
	}
	if int(hi-lo)/64 > 8*len(s) {
		slices.Sort(s)
		return
	}
	for _, b := range s {
		a.blockBits[b/64] |= 1 << (b % 64)
	}
	n := 0
	for w := lo / 64; w <= hi/64; w++ {
		set := a.blockBits[w]
		a.blockBits[w] = 0
		for ; set != 0; set &= set - 1 {
			s[n] = w*64 + uint32(bits.TrailingZeros64(set))
			n++
		}
	}
}

// findCopies marks the reused operands of v that do not end its life: they must be copied.
func (a *Allocator) findCopies(v uint32) {
	r := a.vfirst[v]
	for _, u := range a.uses[a.useStart[v]:a.useStart[v+1]] {
		if u.op == argUse || a.opKind[u.op] != kindReused {
			continue
		}
		for r != 0 && a.ranges[r].to <= u.pos {
			r = a.ranges[r].vnext
		}
		if r != 0 && a.ranges[r].to > gapOf(u.pos)+clobberPos {
			a.opKind[u.op] = kindCopy
		}
	}
}

// extendCopies lets each definition that needs a copy of its reused operand begin at the gap before its instruction.
func (a *Allocator) extendCopies() {
	for k := range a.reuses {
		ru := &a.reuses[k]
		if a.opKind[ru.use] == kindCopy {
			a.copyReused(ru)
		}
	}
}

// copyReused makes ru a copy at the gap.
func (a *Allocator) copyReused(ru *reuse) {
	ru.copied = true
	a.opKind[ru.use] = kindCopy
	d := a.f.Operands[ru.def].VReg
	dp := a.defPos[d]
	for r := a.vfirst[d]; r != 0; r = a.ranges[r].vnext {
		if a.ranges[r].from == dp {
			a.ranges[r].from = 4 * ru.inst
			break
		}
	}
	a.defPos[d] = 4 * ru.inst
}
