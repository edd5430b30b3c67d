package flow

import (
	"iter"
	"math/bits"

	"davit/ir"
	"davit/ir/op"
)

// Problem: for each block, find which of some values are live at its start: some path from there leads to a use before
// it leads to the definition.
//
// Idea: the classic backward data-flow equations over dense bit sets of the chosen values only, solved by passes over the
// blocks in post-order that skip those of which no successor has changed.
//
//  1. The live-in set of a block starts with the values it uses before it defines them, and only grows.
//  2. A pass sees the final sets of the successors of a block except across retreating edges; so the number of passes is
//     the nesting of loops plus two for reducible graphs.
//  3. Arguments of block calls are uses at the end of the block that branches. Those of a try_call are read when the
//     callee is back: they are live across the call. Its other operands are not, unless used later.
//  4. Aliases stand for their values, both when chosen and when used.
//
// Cost: O(passes * (edges * words) + instructions) time, with words = chosen values / 64; two sets per block.

// Set is a set of the values chosen for a Liveness.
type Set struct {
	words  []uint64
	values []ir.Value
}

// Has reports whether the set holds the value with index i among those chosen.
func (s Set) Has(i int) bool { return i/64 < len(s.words) && s.words[i/64]>>(i%64)&1 != 0 }

// Len returns the number of values in the set.
func (s Set) Len() int {
	n := 0
	for _, w := range s.words {
		n += bits.OnesCount64(w)
	}
	return n
}

// Values iterates over the values of the set in the order in which they were chosen.
func (s Set) Values() iter.Seq[ir.Value] {
	return func(yield func(ir.Value) bool) {
		for i, w := range s.words {
			for ; w != 0; w &= w - 1 {
				if !yield(s.values[i*64+bits.TrailingZeros64(w)]) {
					return
				}
			}
		}
	}
}

func (s Set) add(i uint32)    { s.words[i/64] |= 1 << (i % 64) }
func (s Set) remove(i uint32) { s.words[i/64] &^= 1 << (i % 64) }

// Liveness tells which values are live at the borders of blocks and across instructions.
type Liveness struct {
	f      *ir.Func
	cfg    *CFG
	values []ir.Value
	index  []uint32 // per value: its index in values, or none
	words  int
	in     []uint64 // per reachable block, by place in post-order
	kill   []uint64
	cur    []uint64
	dirty  []bool
	calls  []ir.BlockCall
}

// Compute finds where the given values are live in f; c must be its control-flow graph. A nil list means all values of
// the function. It takes two bits of memory for each chosen value and reachable block. Aliases among the values count
// as what they stand for, duplicates and numbers without definition are dropped. l refers to f and c until the next
// Compute.
func (l *Liveness) Compute(f *ir.Func, c *CFG, values []ir.Value) {
	l.f, l.cfg = f, c
	l.choose(values)
	l.words = (len(l.values) + 63) / 64
	n := len(c.post) * l.words
	l.in, l.kill, l.cur = resize(l.in, n), resize(l.kill, n), resize(l.cur, l.words)
	clear(l.in)
	clear(l.kill)
	for k, b := range c.post {
		l.local(b, l.at(l.in, k), l.at(l.kill, k))
	}
	l.solve()
}

func (l *Liveness) choose(values []ir.Value) {
	n := l.f.NumValues()
	l.index = resize(l.index, n)
	fill(l.index, none)
	l.values = l.values[:0]
	if values == nil {
		for v := range ir.Value(n) {
			l.chooseOne(v)
		}
	}
	for _, v := range values {
		l.chooseOne(v)
	}
	for v := range ir.Value(n) {
		if _, ok := l.f.AliasOf(v); ok {
			l.index[v] = l.index[l.f.Resolve(v)]
		}
	}
}

func (l *Liveness) chooseOne(v ir.Value) {
	if int(v) >= len(l.index) {
		return
	}
	if v = l.f.Resolve(v); l.index[v] == none && l.f.ValueExists(v) {
		l.index[v] = uint32(len(l.values))
		l.values = append(l.values, v)
	}
}

// at returns the set of the block at place k of the post-order.
func (l *Liveness) at(sets []uint64, k int) Set {
	return Set{sets[k*l.words : (k+1)*l.words : (k+1)*l.words], l.values}
}

func (l *Liveness) set(s Set, v ir.Value) {
	if int(v) < len(l.index) && l.index[v] != none {
		s.add(l.index[v])
	}
}

func (l *Liveness) unset(s Set, v ir.Value) {
	if i := l.index[v]; i != none {
		s.remove(i)
	}
}

// local finds what a block uses before it defines it, and what it defines.
func (l *Liveness) local(b ir.Block, gen, kill Set) {
	for i := l.f.LastInst(b); i != ir.NoInst; i = l.f.PrevInst(i) {
		l.after(i, gen)
		for _, r := range l.f.Results(i) {
			l.set(kill, r)
		}
		l.before(i, gen)
	}
	for _, p := range l.f.Params(b) {
		l.unset(gen, p)
		l.set(kill, p)
	}
}

// after turns the set of what is live after inst into that of what is live across it: what the branch passes on is
// added, what inst defines is taken out.
func (l *Liveness) after(inst ir.Inst, s Set) {
	if hasTargets(l.f, inst) {
		l.calls = l.f.Branches(inst, l.calls[:0])
		for _, c := range l.calls {
			for i := range l.f.NumCallArgs(c) {
				if v, ok := l.f.CallArg(c, i).Value(); ok {
					l.set(s, v)
				}
			}
		}
	}
	for _, r := range l.f.Results(inst) {
		l.unset(s, r)
	}
}

// before turns the set of what is live across inst into that of what is live before it.
func (l *Liveness) before(inst ir.Inst, s Set) {
	for _, v := range l.f.Args(inst) {
		l.set(s, v)
	}
	d := l.f.Data(inst)
	if fm := d.Op.Format(); (fm == op.FmtTryCall || fm == op.FmtTryCallIndirect) && int(d.ExTable()) < len(l.f.ExTables) {
		for _, it := range l.f.ExTables[d.ExTable()].Items {
			if it.Kind == ir.ExContext {
				l.set(s, it.Context)
			}
		}
	}
}

// solve grows the live-in sets to the least solution.
func (l *Liveness) solve() {
	c := l.cfg
	if l.words == 0 {
		return
	}
	l.dirty = resize(l.dirty, len(c.post))
	fill(l.dirty, true)
	for again := true; again; {
		again = false
		for k, b := range c.post {
			if !l.dirty[k] {
				continue
			}
			l.dirty[k] = false
			if !l.update(k, b) {
				continue
			}
			for _, p := range c.Preds(b) {
				if q := l.postPlace(p.Block); q >= 0 {
					l.dirty[q] = true
					again = again || q <= k
				}
			}
		}
	}
}

// postPlace returns the place of b in post-order, or -1.
func (l *Liveness) postPlace(b ir.Block) int {
	if r := l.cfg.rpo[b]; r != none {
		return len(l.cfg.post) - 1 - int(r)
	}
	return -1
}

// update recomputes the live-in set of b, at place k, and reports whether it grew.
func (l *Liveness) update(k int, b ir.Block) bool {
	l.out(b)
	in, kill := l.in[k*l.words:(k+1)*l.words], l.kill[k*l.words:(k+1)*l.words]
	grew := uint64(0)
	for i := range in {
		w := in[i] | l.cur[i]&^kill[i]
		grew |= w ^ in[i]
		in[i] = w
	}
	return grew != 0
}

// out puts what is live at the end of b into l.cur.
func (l *Liveness) out(b ir.Block) {
	clear(l.cur)
	for _, s := range l.cfg.Succs(b) {
		k := l.postPlace(s)
		for i, w := range l.in[k*l.words : (k+1)*l.words] {
			l.cur[i] |= w
		}
	}
}

// Chosen returns the values that the sets range over; a value's index in it is its index in the sets.
func (l *Liveness) Chosen() []ir.Value { return l.values }

// Index returns the index of v, or of what it stands for, among the chosen values; false if it is not one.
func (l *Liveness) Index(v ir.Value) (int, bool) {
	if int(v) >= len(l.index) || l.index[v] == none {
		return 0, false
	}
	return int(l.index[v]), true
}

// In returns the values live at the start of b, without its parameters; none if b is unreachable. It stays valid until
// the next Compute.
func (l *Liveness) In(b ir.Block) Set {
	if k := l.postPlace(b); k >= 0 {
		return l.at(l.in, k)
	}
	return Set{}
}

// Out returns the values live at the end of b: those that a successor needs, without what the last instruction itself
// passes to it. It stays valid until the next call of Out or Walk.
func (l *Liveness) Out(b ir.Block) Set {
	clear(l.cur)
	if l.cfg.Reachable(b) {
		l.out(b)
	}
	return Set{l.cur, l.values}
}

// Walk goes through the instructions of b from the last to the first, for each with the set of values live across it:
// needed after it, or passed on by it to other blocks, but not defined by it. The set is valid until the next step. A
// value that only inst itself reads as an operand is not in the set. Unreachable blocks count as followed by nothing.
func (l *Liveness) Walk(b ir.Block) iter.Seq2[ir.Inst, Set] {
	return func(yield func(ir.Inst, Set) bool) {
		s := l.Out(b)
		for i := l.f.LastInst(b); i != ir.NoInst; i = l.f.PrevInst(i) {
			l.after(i, s)
			if !yield(i, s) {
				return
			}
			l.before(i, s)
		}
	}
}
