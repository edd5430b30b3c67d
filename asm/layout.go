package asm

// Layout of branches.
//
// Problem: choose for each branch between labels the smallest form that reaches, drop the branches that are not
// needed, and do so in near-linear time although the size of each branch depends on that of others.
//
// Idea: while code is emitted a branch is a record and some reserved bytes, as many as its largest form takes. All
// offsets noted meanwhile are provisional: they count reserved bytes. When the function is complete,
//
//	thread     sends labels whose code is but a jump to where that jump goes;
//	dropDead   removes branches that control cannot reach;
//	dropNext   removes jumps to what follows anyway, and inverts conditional branches around them;
//	relax      starts all other branches at their smallest form and lets those grow that do not reach, to a fixed point;
//
// and offsets become final by subtracting what the branches before them have saved.
//
// Invariants:
//  1. Records ascend by offset and do not overlap. A label bound between two records, or before or after one, has a
//     provisional offset that says so, since reserved space is never empty.
//  2. A final distance between two places is never longer than the provisional one.
//  3. A record's conditional part comes first and goes to taken; its unconditional part goes to els.
//  4. A record is dropped as dead only if nothing falls into it and no label at its offset has a use. Uses are counted
//     after threading; labels whose address is taken by instructions count as used and are not threaded themselves, rows
//     of jump tables and of exception tables are threaded and counted.
//  5. In a maximal run of dropped adjacent records all labels have one final offset, and executing from there equals
//     executing from any of these labels.
//  6. Forms only grow, and never beyond the one that suffices for provisional distances, so relax ends and its result
//     is valid; starting from the smallest gives the least fixed point.
//
// Cost: linear per round. Few branches are undecided after the first round, and the number of rounds is bounded so that
// the sum stays linear with a constant allowance: when the bound is hit, undecided branches take the form that
// provisional distances ask for.
//
// Source: Szymanski, "Assembling code for machines with span-dependent instructions", CACM 21 (1978).

const (
	hasCond uint8 = 1 << iota // conditional part present
	hasJump                   // unconditional part present
)

const (
	afterEnd uint8 = 1 << iota // nothing falls into the record
	pinned                     // not to be threaded through
)

const (
	maxRounds = 16
	allowance = 1 << 18 // visits of branches beyond maxRounds rounds
)

type branch struct {
	off        uint32 // provisional
	taken, els Label
	cond       uint32
	reserved   uint8
	kind       uint8 // of the conditional part
	mode       uint8
	flags      uint8
	rung       [2]uint8 // chosen form of conditional and unconditional part
}

func (r *branch) end() uint32 { return r.off + uint32(r.reserved) }

type activeBranch struct {
	index uint32
	limit [2]uint8 // rungs that suffice for provisional distances
}

// Jump records an unconditional jump.
func (b *Buffer) Jump(target Label) { b.record(0, 0, NoLabel, target, hasJump, b.reserve[0]) }

// Branch records a branch of kind kind (an index into Target.Branches, not 0) that goes to taken if the condition holds
// and else falls through.
func (b *Buffer) Branch(kind uint8, cond uint32, taken Label) {
	b.record(kind, cond, taken, NoLabel, hasCond, b.reserve[kind])
}

// CondBranch records a branch of kind kind (not 0) that goes to taken if the condition holds, else to els.
func (b *Buffer) CondBranch(kind uint8, cond uint32, taken, els Label) {
	b.record(kind, cond, taken, els, hasCond|hasJump, b.reserve[kind]+b.reserve[0])
}

func (b *Buffer) record(kind uint8, cond uint32, taken, els Label, mode, reserved uint8) {
	off := b.Offset()
	if mode&hasCond != 0 && int(taken) >= len(b.labels) || mode&hasJump != 0 && int(els) >= len(b.labels) {
		b.fail("branch at offset %d to an unknown label", off)
		return
	}
	var flags uint8
	if b.endAt == off {
		flags |= afterEnd
	}
	if b.pinAt == off {
		flags |= pinned
	}
	b.branches = append(b.branches, branch{off: off, taken: taken, els: els, cond: cond, reserved: reserved, kind: kind,
		mode: mode, flags: flags})
	b.Tail()
	b.data = b.data[:len(b.data)+int(reserved)]
}

// layout decides all branches and computes final offsets of records and code labels.
func (b *Buffer) layout() {
	n := len(b.labels)
	b.redirect = resize(b.redirect, n)
	b.finalLabel = resize(b.finalLabel, n)
	b.thread()
	if b.err != nil {
		return
	}
	if len(b.branches) > 0 {
		b.countUses()
		b.dropDead()
		b.dropNext()
	}
	b.relax()
	for l := range b.labels {
		b.finalLabel[l] = unbound
		if in := &b.labels[l]; in.pos != unbound {
			b.finalLabel[l] = in.pos - b.shrink[in.branches]
		}
	}
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
}

// thread computes redirect for all labels and applies it to the records.
func (b *Buffer) thread() {
	const unseen, onPath, done = 0, 1, 2
	b.state = resize(b.state, len(b.labels))
	clear(b.state)
	for l := range b.labels {
		end := uint32(l)
		for b.state[end] == unseen {
			b.state[end] = onPath
			next, ok := b.jumpAt(Label(end))
			if !ok {
				b.redirect[end] = end
				break
			}
			b.redirect[end] = uint32(next)
			end = uint32(next)
		}
		if b.state[end] == done {
			end = b.redirect[end]
		}
		for at := uint32(l); b.state[at] == onPath; {
			next := b.redirect[at]
			b.redirect[at], b.state[at] = end, done
			at = next
		}
	}
	for i := range b.branches {
		r := &b.branches[i]
		if r.mode&hasCond != 0 {
			r.taken = b.targetOf(r.taken)
		}
		if r.mode&hasJump != 0 {
			r.els = b.targetOf(r.els)
		}
		if r.mode == hasCond|hasJump && r.taken == r.els {
			r.mode = hasJump
		}
	}
}

// jumpAt returns the target of the jump that is all there is at l.
func (b *Buffer) jumpAt(l Label) (Label, bool) {
	in := &b.labels[l]
	if in.pos == unbound || int(in.branches) >= len(b.branches) {
		return l, false
	}
	r := &b.branches[in.branches]
	if r.off != in.pos || r.mode != hasJump || r.flags&pinned != 0 {
		return l, false
	}
	return r.els, true
}

func (b *Buffer) targetOf(l Label) Label {
	l = Label(b.redirect[l])
	if b.labels[l].pos == unbound {
		b.fail("branch to label %d, which is not bound", l)
	}
	return l
}

// countUses counts the references to each label.
func (b *Buffer) countUses() {
	b.uses = resize(b.uses, len(b.labels))
	clear(b.uses)
	for i := range b.branches {
		r := &b.branches[i]
		if r.mode&hasCond != 0 {
			b.uses[r.taken]++
		}
		if r.mode&hasJump != 0 {
			b.uses[r.els]++
		}
	}
	for i := range b.fixups {
		b.uses[b.fixups[i].label]++
	}
	for i := range b.diffs {
		b.uses[b.redirect[b.diffs[i].target]]++
	}
	for _, l := range b.consts.targets {
		b.uses[b.redirect[l]]++
	}
	for i := range b.handlers {
		if h := &b.handlers[i]; h.Kind != HandlerContext {
			b.uses[b.redirect[h.Target]]++
		}
	}
}

// dropDead clears the mode of records that control cannot reach.
func (b *Buffer) dropDead() {
	for again, round := true, 0; again && round < maxRounds; round++ {
		again = false
		k := 0 // first label that is not bound before the current record
		for i := range b.branches {
			r := &b.branches[i]
			for k < len(b.bound) && b.labels[b.bound[k]].pos < r.off {
				k++
			}
			if r.mode == 0 || !b.isDead(i, k) {
				continue
			}
			if r.mode&hasCond != 0 {
				again = b.dropUse(r.taken, r.off) || again
			}
			if r.mode&hasJump != 0 {
				again = b.dropUse(r.els, r.off) || again
			}
			r.mode = 0
		}
	}
}

func (b *Buffer) isDead(i, k int) bool {
	r := &b.branches[i]
	fallsIn := r.flags&afterEnd == 0
	if i > 0 && b.branches[i-1].end() == r.off {
		// A record without mode is dead itself, so nothing passes through it.
		prev := b.branches[i-1].mode
		fallsIn = prev != 0 && prev&hasJump == 0
	}
	if fallsIn {
		return false
	}
	for ; k < len(b.bound) && b.labels[b.bound[k]].pos == r.off; k++ {
		if b.uses[b.bound[k]] > 0 {
			return false
		}
	}
	return true
}

// dropUse takes a use from l and reports whether that may make records at or before off dead.
func (b *Buffer) dropUse(l Label, off uint32) bool {
	b.uses[l]--
	return b.uses[l] == 0 && b.labels[l].pos <= off
}

// dropNext removes the parts of records that go to what follows anyway.
func (b *Buffer) dropNext() {
	runEnd := uint32(0) // of the run of dropped records that starts with the record after the current one
	for i := len(b.branches) - 1; i >= 0; i-- {
		r := &b.branches[i]
		start, end := r.end(), r.end()
		if i+1 < len(b.branches) && b.branches[i+1].off == start && b.branches[i+1].mode == 0 {
			end = runEnd
		}
		next := func(l Label) bool {
			pos := b.labels[l].pos
			return start <= pos && pos <= end
		}
		switch {
		case r.mode&hasJump != 0 && next(r.els):
			r.mode &^= hasJump
			if r.mode&hasCond != 0 && next(r.taken) {
				r.mode = 0
			}
		case r.mode == hasCond && next(r.taken):
			r.mode = 0
		case r.mode == hasCond|hasJump && next(r.taken):
			if invert := b.target.Branches[r.kind].Invert; invert != nil {
				r.cond = invert(r.cond)
				r.taken, r.els = r.els, r.taken
				r.mode = hasCond
			}
		}
		if r.mode == 0 {
			runEnd = end
		}
	}
}

// relax chooses the forms and computes shrink: per record, and for the end, what earlier records have saved.
func (b *Buffer) relax() {
	b.shrink = resize(b.shrink, len(b.branches)+1)
	b.active = b.active[:0]
	for i := range b.branches {
		r := &b.branches[i]
		r.rung = [2]uint8{}
		if r.mode == 0 {
			continue
		}
		var limit [2]uint8
		if r.mode&hasCond != 0 {
			limit[0] = b.enough(r, r.kind, r.taken)
		}
		if r.mode&hasJump != 0 {
			limit[1] = b.enough(r, 0, r.els)
		}
		if limit != r.rung {
			b.active = append(b.active, activeBranch{uint32(i), limit})
		}
	}
	b.sumSavings()
	rounds := maxRounds + allowance/max(1, len(b.branches))
	for round := 0; len(b.active) > 0; round++ {
		grown := false
		for k := range b.active {
			grown = b.growBranch(&b.active[k], round >= rounds) || grown
		}
		if !grown {
			break
		}
		b.sumSavings()
	}
}

// enough returns the first rung of the kind that reaches l by provisional distances.
func (b *Buffer) enough(r *branch, kind uint8, l Label) uint8 {
	const slack = 32 // more than any Bias
	rungs := b.target.Branches[kind].Rungs
	pos := b.labels[l].pos
	for i := range rungs {
		g := &rungs[i]
		if pos > r.off && int64(pos-r.off)+slack <= g.Max || pos <= r.off && int64(pos)-int64(r.end())-slack >= g.Min {
			return uint8(i)
		}
	}
	return uint8(len(rungs) - 1)
}

func (b *Buffer) sumSavings() {
	saved := uint32(0)
	jump := b.target.Branches[0].Rungs
	for i := range b.branches {
		r := &b.branches[i]
		b.shrink[i] = saved
		saved += uint32(r.reserved)
		if r.mode&hasCond != 0 {
			saved -= uint32(b.target.Branches[r.kind].Rungs[r.rung[0]].Size)
		}
		if r.mode&hasJump != 0 {
			saved -= uint32(jump[r.rung[1]].Size)
		}
	}
	b.shrink[len(b.branches)] = saved
}

// growBranch lets the parts of a record that do not reach take their next form, or with force their last.
func (b *Buffer) growBranch(a *activeBranch, force bool) bool {
	r := &b.branches[a.index]
	before := r.rung
	if force {
		r.rung = a.limit
		return r.rung != before
	}
	if r.mode&hasCond != 0 {
		r.rung[0] = b.growPart(a.index, r.kind, r.taken, 0, r.rung[0], a.limit[0])
	}
	if r.mode&hasJump != 0 {
		first := uint32(0)
		if r.mode&hasCond != 0 {
			first = uint32(b.target.Branches[r.kind].Rungs[r.rung[0]].Size)
		}
		r.rung[1] = b.growPart(a.index, 0, r.els, first, r.rung[1], a.limit[1])
	}
	return r.rung != before
}

func (b *Buffer) growPart(i uint32, kind uint8, l Label, within uint32, rung, limit uint8) uint8 {
	rungs := b.target.Branches[kind].Rungs
	for ; rung < limit; rung++ {
		g := &rungs[rung]
		if d := b.displacement(i, l, within, g); g.Min <= d && d <= g.Max {
			break
		}
	}
	return rung
}

// displacement is what form g of a part of record i, starting within bytes into it, must encode to reach l.
func (b *Buffer) displacement(i uint32, l Label, within uint32, g *Rung) int64 {
	in := &b.labels[l]
	return int64(in.pos-b.shrink[in.branches]) - int64(b.branches[i].off-b.shrink[i]+within) - int64(g.Bias)
}

// writeBranch writes record i to its final place in out.
func (b *Buffer) writeBranch(out []byte, i uint32) {
	r := &b.branches[i]
	start, within := r.off-b.shrink[i], uint32(0)
	put := func(kind uint8, l Label, rung uint8) {
		k := &b.target.Branches[kind]
		g := &k.Rungs[rung]
		d := b.displacement(i, l, within, g)
		if d < g.Min || d > g.Max {
			b.fail("%s at offset %#x does not reach its target, %d bytes away", k.Name, start, d)
		}
		at := start + within
		k.Encode(out[at:at+uint32(g.Size)], int(rung), r.cond, d)
		within += uint32(g.Size)
		b.insts += max(1, int(g.Insts))
	}
	if r.mode&hasCond != 0 {
		put(r.kind, r.taken, r.rung[0])
	}
	if r.mode&hasJump != 0 {
		put(0, r.els, r.rung[1])
	}
}
