package vcode

import (
	"davit/asm"
	"davit/regalloc"
)

// Twins.
//
// Problem: blocks that split edges often hold the same moves, when values are brought to one place from everywhere or
// constants are passed to one block from several.
//
// Idea: of blocks that consist of the same moves and a jump to the same block, one is written out and the others jump to
// it, so that the buffer sends all that go to them there. The one that stands just before the target is taken if there is
// one, since it needs no jump.
//
// Cost: a candidate is compared with at most maxTwins others of the same target.

const maxTwins = 32

// findTwins fills in e.twin, per block the one that is written out for it, usually itself, and e.goesTo, per block what
// follow says.
func (e *Emitter) findTwins() {
	vf := e.F
	n := len(vf.Blocks)
	e.twin, e.firstTwin, e.nextTwin, e.before = resize(e.twin, n), zeroed(e.firstTwin, n), zeroed(e.nextTwin, n), resize(e.before, n)
	prev := noBlock
	for _, b := range vf.EmitOrder {
		e.before[b], prev = prev, b
	}
	for i := range vf.Blocks {
		b := uint32(i)
		e.twin[b] = b
		if !e.onlyMoves(b) {
			continue
		}
		to := vf.Succs[vf.Blocks[b].SuccStart]
		left := maxTwins
		c := e.firstTwin[to]
		for ; c != 0 && left > 0 && !e.sameMoves(b, c); c = e.nextTwin[c] {
			left--
		}
		if c == 0 || left == 0 {
			e.nextTwin[b] = e.firstTwin[to]
			e.firstTwin[to] = b
			continue
		}
		r := e.twin[c]
		if e.before[to] == b {
			e.twin[r], e.twin[c], r = b, b, b
		}
		e.twin[b] = r
	}
	e.goesTo = resize(e.goesTo, n)
	for i := range vf.Blocks {
		e.goesTo[i] = e.follow(uint32(i))
	}
}

// onlyMoves reports whether block b is nothing but moves and a jump.
func (e *Emitter) onlyMoves(b uint32) bool {
	blk := &e.F.Blocks[b]
	i := blk.Start
	if b == 0 || blk.End != i+1 || blk.SuccEnd != blk.SuccStart+1 || e.RF.OperandStart[i] != e.RF.OperandStart[i+1] {
		return false
	}
	moves := e.movesOf(b)
	return len(moves) > 0 && e.F.Succs[blk.SuccStart] != b && e.descs[DescIndex(e.F.Insts[i].Op)].Term
}

// movesOf returns the edits of a block with one instruction.
func (e *Emitter) movesOf(b uint32) []regalloc.Edit {
	edits := e.Res.Edits[e.edits[b]:]
	i := int(e.F.Blocks[b].Start)
	n := 0
	for n < len(edits) && edits[n].Point <= regalloc.After(i) {
		n++
	}
	return edits[:n]
}

// sameMoves reports whether blocks b and c, which go to the same block, have the same moves.
func (e *Emitter) sameMoves(b, c uint32) bool {
	x, y := e.movesOf(b), e.movesOf(c)
	if len(x) != len(y) || e.F.Blocks[b].Cold != e.F.Blocks[c].Cold || e.locOf(b) != e.locOf(c) {
		return false
	}
	for k := range x {
		p, q := &x[k], &y[k]
		if p.From != q.From || p.To != q.To || e.F.Width[p.VReg] != e.F.Width[q.VReg] || p.Point&1 != q.Point&1 {
			return false
		}
	}
	return true
}

// locOf returns 1 + the source location of the only instruction of block b, or 0.
func (e *Emitter) locOf(b uint32) uint32 {
	if len(e.F.SrcLocs) == 0 {
		return 0
	}
	return e.F.SrcLocs[e.F.Blocks[b].Start]
}

// emitTwin makes block b a jump to its twin.
func (e *Emitter) emitTwin(b uint32) {
	to := asm.Label(e.twin[b])
	if e.trace != nil {
		e.trace.Insts = append(e.trace.Insts, TracedInst{Label: e.mark(), Block: -1, Branch: uint32(e.Buf.NumBranches()) + 1, Jumps: 1})
	}
	e.Buf.Jump(to)
}

// fallsOn reports whether control may fall from block b, which is being emitted, to what comes next: blocks without code
// do not count, and jumps to them go on to where these jump. Of many blocks without code only the first maxTwins are
// looked at; then it may.
func (e *Emitter) fallsOn(b uint32) bool {
	vf := e.F
	succs := vf.BlockSuccs(int(b))
	for n, next := range vf.EmitOrder[e.at+1:] {
		if n == maxTwins {
			return true
		}
		for _, s := range succs {
			if s == next || e.goesTo[s] == next {
				return true
			}
		}
		if e.goesTo[next] == next {
			return false
		}
	}
	return false
}

// follow returns the block where control goes on to from block b if that has no code of its own, else b.
func (e *Emitter) follow(b uint32) uint32 {
	for range maxTwins {
		blk := &e.F.Blocks[b]
		switch i := blk.Start; {
		case e.twin[b] != b:
			b = e.twin[b]
		case blk.End == i+1 && blk.SuccEnd == blk.SuccStart+1 && e.RF.OperandStart[i] == e.RF.OperandStart[i+1] && len(e.movesOf(b)) == 0:
			b = e.F.Succs[blk.SuccStart]
		default:
			return b
		}
	}
	return b
}
