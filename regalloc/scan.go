package regalloc

// Problem: choose a register, or memory, for each piece.
//
// Idea: take pieces in order of their starts. A register that is free over the whole piece is taken, the one preferred
// by fixed operands first. Else one that is free for a while takes the front of the piece. Else, if an operand needs a
// register now, the piece whose loss costs least is evicted; if not, the front of the piece goes to memory until the
// next operand that needs a register.
//
// Evictions at one instruction end because only pieces that are not needed there, then pieces that can be trimmed to
// that instruction, then trimmed pieces of lower rank are evicted. Ranks order trimmed pieces by how many phases of the
// instruction they span; as the sets of registers they can use are nested, placing higher ranks first finds a solution
// if there is one.

import (
	"fmt"

	"davit/asm"
)

// queued is an element of the heap of pieces that were cut off.
type queued struct {
	start pos
	piece uint32
}

// scan places all pieces.
func (a *Allocator) scan() error {
	clear(a.heads[:])
	clear(a.waiting[:])
	a.towers = append(a.towers[:0], 0, 0)
	a.queue = a.queue[:0]
	a.used = RegSet{}
	for k := range a.numClobs { // the function must save what its callees do not, used or not
		a.used = a.used.Union(a.clobbers[k].regs.Intersect(a.env.CalleeSaved))
	}
	a.fresh = a.env.CalleeSaved.Minus(a.used)
	a.regOf = zeroed(a.regOf, a.f.NumVRegs)
	a.inMem = zeroed(a.inMem, len(a.bundles))
	a.planSaved()
	a.linkNeeds()
	a.steps, a.walked = 0, 0
	limit := 1000 + 8*(len(a.uses)+len(a.ranges))
	k := 0
	for {
		var id uint32
		switch {
		case len(a.queue) > 0 && (k == len(a.order) || a.queue[0].start <= a.start(a.order[k])):
			id = a.pop()
		case k < len(a.order):
			id = a.order[k]
			k++
		default:
			return nil
		}
		a.here = gapOf(a.start(id))
		if err := a.placePiece(id); err != nil {
			return err
		}
		if a.steps++; a.steps > limit {
			return fmt.Errorf("register allocation does not converge at instruction %d", a.here/4)
		}
	}
}

// placePiece finds a place for piece id, or for its front and puts the rest into the queue.
func (a *Allocator) placePiece(id uint32) error {
	a.shorten(id)
	p := &a.pieces[id]
	a.findClobbers(p)
	a.collectHints(p)
	class := a.bundles[p.bundle].class
	need := a.nextNeed(p, 0)
	now := need != maxPos && a.demandStart(p, need) <= a.start(id) && !p.soft
	full, bound := a.survey(p, class, need)
	if full != 0 && (!a.isNew(full) || a.pays(p, class)) {
		a.assign(id, full)
		return nil
	}
	if bound > a.here && a.tryFront(id, class, bound, need) {
		return nil
	}
	if now {
		if full != 0 {
			a.assign(id, full)
			return nil
		}
		return a.evictFor(id, need/4)
	}
	if need != maxPos && p.evicted != a.here+1 && a.evictCheaper(id, need) {
		return nil
	}
	a.spillFront(id)
	return nil
}

// isNew reports whether r is saved by callees and would be used for the first time.
func (a *Allocator) isNew(r asm.Reg) bool { return a.fresh.Has(r) }

// pays reports whether p is worth a new register that callees save.
func (a *Allocator) pays(p *piece, class asm.RegClass) bool {
	if a.plan[class] > 0 {
		return true
	}
	return a.callCost(p, class) > costSave
}

// survey computes until where registers are free for p. It returns the best that is free throughout, and until where the
// others are free at most. If the best needs not be saved, bound and free are of no interest.
func (a *Allocator) survey(p *piece, class asm.RegClass, need pos) (full asm.Reg, bound pos) {
	full, bound, skipped := a.surveyBetter(p, class, need, true)
	if skipped && a.isNew(full) {
		full, bound, _ = a.surveyBetter(p, class, need, false)
	}
	return full, bound
}

// surveyBetter is survey, where skip allows to leave out registers that cannot be better than one that needs not be saved.
func (a *Allocator) surveyBetter(p *piece, class asm.RegClass, need pos, skip bool) (full asm.Reg, bound pos, skipped bool) {
	bestScore := float32(0)
	end := a.ranges[p.last].to
	cheap := false // full is a register that needs not be saved
	for _, r := range a.env.Order[class] {
		score, saved := a.hintW[r], a.isNew(r)
		if saved {
			score -= costSave
		}
		worse := full != 0 && score <= bestScore
		if skip && cheap && worse {
			skipped = true
			continue
		}
		until := a.fixedUntil(r, p)
		if c, _ := a.firstConflict(r, p, until); c < until {
			until = c
		}
		a.free[r] = until
		if until != maxPos {
			if !saved || until > need {
				bound = max(bound, until)
			}
			continue
		}
		if worse {
			continue
		}
		score -= a.wanted(r, p, end)
		if full == 0 || score > bestScore {
			full, bestScore, cheap = r, score, !saved
		}
	}
	return full, bound, skipped
}

// wanted estimates the cost of giving register r to p although a piece that starts meanwhile prefers r.
func (a *Allocator) wanted(r asm.Reg, p *piece, end pos) float32 {
	cost := float32(0)
	if w := a.waiting[r]; w != 0 && a.pieces[w].place == placeNone && p != &a.pieces[w] {
		if s := a.start(w); s > a.here && s < end {
			cost = speculative * a.freqAt(s)
		}
	}
	list := a.fixed[r]
	list = list[a.fixedAt[r]:]
	for k := range list[:min(len(list), 4)] {
		home := a.homeOf[list[k].vreg]
		if s := a.bundles[home].start; home != p.bundle && s > a.here && s < end && a.meets(p, a.bundles[home].first) {
			return cost + speculative*a.freqAt(list[k].from)
		}
	}
	return cost
}

// meets reports whether p overlaps the list of ranges from c on, as far as a few steps tell.
func (a *Allocator) meets(p *piece, c uint32) bool {
	t := p.at
	for range lookAhead {
		if t == 0 || c == 0 {
			return false
		}
		x, y := &a.ranges[t], &a.ranges[c]
		switch {
		case x.to <= y.from:
			t = x.next
		case y.to <= x.from:
			c = y.next
		default:
			return true
		}
	}
	return true
}

// tryFront gives the front of piece id a register, as one is free until bound, if that is worth it. The first operand that
// needs a register is at need.
func (a *Allocator) tryFront(id uint32, class asm.RegClass, bound, need pos) bool {
	at, ok := a.frontCut(id, bound, need)
	if !ok {
		return false
	}
	p := &a.pieces[id]
	var best asm.Reg
	bestScore := float32(0)
	for _, r := range a.env.Order[class] {
		if a.free[r] < at || a.isNew(r) && a.free[r] != bound {
			continue
		}
		score := a.hintW[r] - a.wanted(r, p, at)
		if a.isNew(r) {
			score -= costSave
		}
		if best == 0 || score > bestScore {
			best, bestScore = r, score
		}
	}
	a.takeFront(id, best, at)
	return true
}

// frontCut is where piece id is cut if it has a register until bound, and whether that is worth it. The first operand that
// needs a register is at need.
func (a *Allocator) frontCut(id uint32, bound, need pos) (pos, bool) {
	p := &a.pieces[id]
	start := a.start(id)
	if end := a.end(id); bound >= end {
		return end, true
	}
	at := a.cutBefore(p, bound)
	hard := need < at && bound >= a.demandEnd(p, need/4)
	if !hard {
		need = start
		if !a.startsDefined(p) {
			return 0, false
		}
	}
	if at&3 == 0 {
		lo := a.lastUse(p, at)
		if hard {
			lo = max(lo, need+1)
		}
		copied := a.f.BlockStart[a.blockAt(at)] != at/4 && a.copies(p, at/4)
		unused := !hard && lo <= start && !copied
		if lo < at {
			if s := a.splitPos(p, lo, at); !copied || a.freqAt(s) < a.freqAt(at) {
				at = s
			}
		}
		if at <= start || unused && a.freqAt(at) >= a.freqAt(start) {
			return 0, false
		}
	}
	head := a.blockFrom(a.nextHead[a.firstBlock(start)])
	if head >= at {
		return at, true
	}
	if loads := a.backLoads(p, start, at); loads == 0 || loads < a.gain(p, head, at) {
		return at, true
	}
	if head <= need {
		return at, hard && a.demandStart(p, need) <= start
	}
	if lo := max(a.lastUse(p, head), need+1); lo <= head {
		at = a.splitPos(p, lo, head)
	}
	return at, at > start
}

// startsDefined reports whether p starts with a definition, so that it is in a register then at no cost.
func (a *Allocator) startsDefined(p *piece) bool {
	rg := &a.ranges[p.first]
	return rg.from == a.defPos[rg.vreg]
}

// copies reports whether p is copied for a fixed or reused operand of instruction i.
func (a *Allocator) copies(p *piece, i uint32) bool {
	c := p.at
	for ; c != 0 && a.ranges[c].to < 4*i; c = a.ranges[c].next {
	}
	if c == 0 || a.ranges[c].from > 4*i {
		return false
	}
	rg := &a.ranges[c]
	end := a.useStart[rg.vreg+1]
	u := rg.use + uint32(a.searchUse(a.uses[rg.use:end], 4*i))
	for ; u < end && a.uses[u].pos < 4*i+4; u++ {
		o := a.uses[u].op
		if o != argUse && !a.opKind[o].needsReg() && a.opKind[o] != kindMem && a.f.Operands[o].Kind == Use {
			return true
		}
	}
	return false
}

// assign gives register r to piece id.
func (a *Allocator) assign(id uint32, r asm.Reg) {
	p := &a.pieces[id]
	p.place, p.reg, p.soft = placeReg, r, false
	a.label(id)
	if a.isNew(r) {
		a.plan[a.bundles[p.bundle].class]--
	}
	a.used.Add(r)
	a.fresh.Remove(r)
	a.occupy(r, p)
}

// takeFront gives register r to the front of piece id up to at, and queues the rest.
func (a *Allocator) takeFront(id uint32, r asm.Reg, at pos) {
	if at <= a.start(id) {
		panic("regalloc: the front of a piece is empty")
	}
	rest := a.cut(id, at)
	a.assign(id, r)
	if rest == 0 {
		return
	}
	a.pieces[rest].hint = r
	if at&3 != 0 {
		a.spillFront(rest)
	} else {
		a.push(rest)
	}
}

// leave leaves piece id in memory.
func (a *Allocator) leave(id uint32) {
	a.pieces[id].place = placeMem
	a.inMem[a.pieces[id].bundle] = true
	a.label(id)
}

// label makes the ranges of piece id refer to it.
func (a *Allocator) label(id uint32) {
	p := &a.pieces[id]
	for r := p.first; r != 0; r = a.ranges[r].next {
		a.ranges[r].piece = id
		if p.place == placeReg {
			a.regOf[a.ranges[r].vreg] = uint8(p.reg)
		}
	}
}

// spillFront leaves piece id in memory until shortly before the next operand that needs a register, or is worth one.
func (a *Allocator) spillFront(id uint32) {
	p := &a.pieces[id]
	start := max(a.start(id), a.here)
	need, at := a.nextTarget(p, start, !p.soft)
	p.soft = false
	if need == maxPos {
		a.leave(id)
		return
	}
	tried := at < a.demandStart(p, need)
	rest := a.cut(id, at)
	if rest == id {
		a.push(id)
		return
	}
	a.leave(id)
	r := &a.pieces[rest]
	r.tried = tried
	r.soft = r.tried && a.nextNeed(r, 0) != need
	a.push(rest)
}

// nextTarget is the next operand of p, in memory from position start on, that needs a register; or, if soft, one that may
// be in memory but is executed so often that it is worth a load at a rarer place before. It also returns the gap of the load.
func (a *Allocator) nextTarget(p *piece, start pos, soft bool) (need, at pos) {
	need = a.nextNeed(p, 0)
	if soft {
		if u := a.nextHot(p, start, need); u != maxPos {
			return u, a.reloadPos(p, start, u)
		}
	}
	if need == maxPos {
		return need, need
	}
	if at := a.demandStart(p, need); p.tried || at <= start || at != gapOf(need) {
		return need, at
	}
	return need, a.reloadPos(p, start, need)
}

// nextHot is the first operand of p before limit that may be in memory and is worth a load where that is rarer.
func (a *Allocator) nextHot(p *piece, start, limit pos) pos {
	left := lookAhead
	for c := p.at; c != 0 && a.ranges[c].from < limit && left > 0; c = a.ranges[c].next {
		left--
		rg := &a.ranges[c]
		if rg.to <= start {
			continue
		}
		end := a.useStart[rg.vreg+1]
		for u := rg.use; u < end && a.uses[u].pos < min(rg.to, limit) && left > 0; u++ {
			left--
			us := a.uses[u]
			if us.pos <= start || us.op == argUse || a.opKind[us.op] != kindMem || a.f.Operands[us.op].Kind == Def {
				continue
			}
			b := a.rarest(a.blockAt(start), a.blockAt(us.pos))
			if a.freqAt(us.pos)*memUse > 2*a.freq(b) && a.covers(p, a.blockTo(b)-1) {
				return us.pos
			}
		}
	}
	return maxPos
}

// needs reports whether operand o of p needs a register; if p is soft, operands that may be in memory do.
func (a *Allocator) needs(p *piece, o uint32) bool {
	return o != argUse && (a.opKind[o].needsReg() || p.soft && a.opKind[o] == kindMem)
}

// nextNeed is the position of the first operand of p at or behind from that needs a register, or maxPos.
func (a *Allocator) nextNeed(p *piece, from pos) pos {
	for a.ranges[p.at].to <= a.here && a.ranges[p.at].next != 0 {
		p.at = a.ranges[p.at].next
	}
	for c := p.at; c != 0; c = a.ranges[c].next {
		rg := &a.ranges[c]
		if rg.to <= from {
			continue
		}
		end := a.useStart[rg.vreg+1]
		for rg.use < end && a.uses[rg.use].pos < a.here {
			rg.use++
		}
		u := rg.use
		if u < end && a.uses[u].pos < from {
			u += uint32(a.searchUse(a.uses[u:end], from))
		}
		if u < end && !a.needs(p, a.uses[u].op) {
			u = a.nextNeeding(p, u, rg)
		}
		if u < end && a.uses[u].pos < rg.to {
			return a.uses[u].pos
		}
	}
	return maxPos
}

// nextNeeding is the first use of the virtual register of rg behind use u that p needs a register for, or one behind rg.
func (a *Allocator) nextNeeding(p *piece, u uint32, rg *liveRange) uint32 {
	end := a.useStart[rg.vreg+1]
	if !p.soft && end-a.useStart[rg.vreg] > manyUses {
		return a.needing[u]
	}
	for u++; u < end && a.uses[u].pos < rg.to && !a.needs(p, a.uses[u].op); u++ {
		a.walked++
	}
	return u
}

// manyUses is from how many uses on those of a virtual register that need a register have links to each other.
const manyUses = 24

// linkNeeds fills in needing.
func (a *Allocator) linkNeeds() {
	a.needing = resize(a.needing, len(a.uses))
	for v := range a.f.NumVRegs {
		lo, hi := a.useStart[v], a.useStart[v+1]
		if hi-lo <= manyUses {
			continue
		}
		next := hi
		for u := hi; u > lo; u-- {
			a.needing[u-1] = next
			if o := a.uses[u-1].op; o != argUse && a.opKind[o].needsReg() {
				next = u - 1
			}
		}
	}
}

// demandEnd is the position until which p needs its register for the operands of instruction i, or for its early ones
// if another register would do for the others.
func (a *Allocator) demandEnd(p *piece, i uint32) pos {
	at := 4*i + clobberPos
	early := false // a range with such an operand has ended within the instruction
	for c := p.at; c != 0 && a.ranges[c].from < 4*i+4; c = a.ranges[c].next {
		rg := &a.ranges[c]
		if rg.to <= 4*i {
			continue
		}
		if early && !a.reusesOperand(rg.vreg) {
			break
		}
		end := a.useStart[rg.vreg+1]
		u := rg.use
		if u < end && a.uses[u].pos < 4*i {
			u += uint32(a.searchUse(a.uses[u:end], 4*i))
		}
		for ; u < end && a.uses[u].pos < min(rg.to, 4*i+4); u++ {
			us := a.uses[u]
			if !a.needs(p, us.op) {
				continue
			}
			early = true
			if us.pos&3 == latePos || a.f.Operands[us.op].Kind == Def {
				at = 4*i + 4
			}
		}
	}
	return at
}

// demandStart is where p must be in a register for its operand at need: at the gap before; or, if the operand is a
// definition that takes nothing over, where its range starts.
func (a *Allocator) demandStart(p *piece, need pos) pos {
	for c := p.at; c != 0 && a.ranges[c].from <= need; c = a.ranges[c].next {
		rg := &a.ranges[c]
		if need >= rg.to {
			continue
		}
		if rg.from >= gapOf(need) && rg.from == a.defPos[rg.vreg] && !a.reusesOperand(rg.vreg) {
			return rg.from
		}
		break
	}
	return gapOf(need)
}

// reusesOperand reports whether v is defined in the register of an operand that ends there.
func (a *Allocator) reusesOperand(v uint32) bool {
	d := a.defOp[v]
	if d == 0 || a.f.Operands[d-1].Constraint != Reuse {
		return false
	}
	return a.opKind[d-1] != kindFixed && gapOf(a.defPos[v]) != a.defPos[v]
}

// push puts piece id into the queue.
func (a *Allocator) push(id uint32) {
	a.waiting[a.pieces[id].hint] = id
	q := append(a.queue, queued{a.start(id), id})
	k := len(q) - 1
	for k > 0 {
		up := (k - 1) / 2
		if !q[k].before(q[up]) {
			break
		}
		q[k], q[up] = q[up], q[k]
		k = up
	}
	a.queue = q
}

// pop takes the piece with the least start out of the queue.
func (a *Allocator) pop() uint32 {
	q := a.queue
	id := q[0].piece
	n := len(q) - 1
	q[0] = q[n]
	q = q[:n]
	for k := 0; ; {
		d := 2*k + 1
		if d >= n {
			break
		}
		if d+1 < n && q[d+1].before(q[d]) {
			d++
		}
		if !q[d].before(q[k]) {
			break
		}
		q[k], q[d] = q[d], q[k]
		k = d
	}
	a.queue = q
	return id
}

func (x queued) before(y queued) bool {
	return x.start < y.start || x.start == y.start && x.piece < y.piece
}
