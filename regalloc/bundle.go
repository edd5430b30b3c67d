package regalloc

// Problem: moves between virtual registers that could share a register are wasted.
//
// Idea: join them into bundles before allocation, if none of their ranges overlap: first definitions with the operand
// they reuse, then parameters of blocks with arguments and copies with their source, most frequent first.
//
// Cost: joining two bundles that follow each other is O(1); otherwise both lists are walked, at most joinBudget steps,
// so that long chains of parameters stay linear (bundles too long to walk are not joined).

import (
	"cmp"
	"math"
	"slices"
)

// joinBudget bounds the steps of one join.
const joinBudget = 256

// wish is a copy, or the arguments of an edge: the virtual registers on both sides should have one place.
type wish struct {
	of  uint32 // instruction, or wishEdge plus edge
	key uint32 // ascending in the order in which wishes are granted
}

const wishEdge = 1 << 31

// buildBundles joins virtual registers and makes one piece of each bundle.
func (a *Allocator) buildBundles() {
	nv := uint32(a.f.NumVRegs)
	a.homeOf = resize(a.homeOf, int(nv))
	a.bundles = resize(a.bundles, int(nv))
	for v := range nv {
		a.homeOf[v] = v
		b := &a.bundles[v]
		*b = bundle{first: a.vfirst[v], near: a.vfirst[v], class: a.f.Class[v], size: a.f.SlotSize[v], slot: -1}
		for r := b.first; r != 0; r = a.ranges[r].vnext {
			a.ranges[r].next = a.ranges[r].vnext
			b.last = r
			b.count++
		}
	}
	for k := range a.reuses {
		ru := &a.reuses[k]
		if ru.copied {
			continue
		}
		d, u := a.f.Operands[ru.def].VReg, a.f.Operands[ru.use].VReg
		if !a.join(u, d) {
			a.copyReused(ru)
		}
	}
	a.collectWishes()
	for _, w := range a.wishes {
		a.grant(w)
	}
	a.makePieces()
}

// home is the bundle of v while bundles are being joined.
func (a *Allocator) home(v uint32) uint32 {
	for a.homeOf[v] != v {
		a.homeOf[v] = a.homeOf[a.homeOf[v]]
		v = a.homeOf[v]
	}
	return v
}

// join makes one bundle of those of v and w and reports whether they now share one.
func (a *Allocator) join(v, w uint32) bool {
	v, w = a.home(v), a.home(w)
	if v == w {
		return true
	}
	x, y := &a.bundles[v], &a.bundles[w]
	if x.class != y.class || x.size != y.size || x.first == 0 || y.first == 0 {
		return false
	}
	added := y.first
	if x.count < y.count {
		added = x.first
	}
	switch {
	case a.ranges[x.last].to <= a.ranges[y.first].from:
		a.ranges[x.last].next = y.first
		x.last = y.last
	case a.ranges[y.last].to <= a.ranges[x.first].from:
		a.ranges[y.last].next = x.first
		x.first = y.first
	case a.disjoint(x, y):
		a.merge(x, y)
	default:
		return false
	}
	x.count += y.count
	x.near = added
	y.first, y.last = 0, 0
	a.homeOf[w] = v
	return true
}

// nearest is a range of x such that no range before it meets y. Joins come in the order of the function mostly, so it is
// where x was joined last, if that is before y.
func (a *Allocator) nearest(x, y *bundle) uint32 {
	if a.ranges[x.near].from <= a.ranges[y.first].from {
		return x.near
	}
	return x.first
}

// disjoint reports whether no ranges of x and y overlap, as far as joinBudget tells.
func (a *Allocator) disjoint(x, y *bundle) bool {
	p, q := a.nearest(x, y), a.nearest(y, x)
	for range joinBudget {
		if p == 0 || q == 0 {
			return true
		}
		switch {
		case a.ranges[p].to <= a.ranges[q].from:
			p = a.ranges[p].next
		case a.ranges[q].to <= a.ranges[p].from:
			q = a.ranges[q].next
		default:
			return false
		}
	}
	return false
}

// merge merges the disjoint ranges of y into x.
func (a *Allocator) merge(x, y *bundle) {
	p, q := a.nearest(x, y), a.nearest(y, x)
	first, tail := uint32(0), uint32(0)
	switch {
	case p != x.first:
		first, tail, p = x.first, p, a.ranges[p].next
	case q != y.first:
		first, tail, q = y.first, q, a.ranges[q].next
	}
	for p != 0 && q != 0 {
		n := p
		if a.ranges[q].from < a.ranges[p].from {
			n, q = q, a.ranges[q].next
		} else {
			p = a.ranges[p].next
		}
		if tail == 0 {
			first = n
		} else {
			a.ranges[tail].next = n
		}
		tail = n
	}
	a.ranges[tail].next = p
	if q != 0 {
		a.ranges[tail].next = q
		x.last = y.last
	}
	x.first = first
}

// grant joins both sides of a copy or edge if they can share a place.
func (a *Allocator) grant(w wish) {
	f := a.f
	if w.of < wishEdge {
		o := f.OperandStart[w.of]
		a.join(f.Operands[o+1].VReg, f.Operands[o].VReg)
		return
	}
	e := w.of - wishEdge
	params := f.Params[f.ParamStart[f.Succs[e]]:]
	for k, v := range f.Args[f.ArgStart[e]:f.ArgStart[e+1]] {
		a.join(v, params[k])
	}
}

// collectWishes lists what should share a place, most frequent first.
func (a *Allocator) collectWishes() {
	f := a.f
	a.wishes = a.wishes[:0]
	for b := range uint32(f.NumBlocks()) {
		key := wishKey(a.freq(b))
		for i := f.BlockStart[b]; i < f.BlockStart[b+1]; i++ {
			if f.Flags[i]&IsMove != 0 {
				a.wishes = append(a.wishes, wish{i, key})
			}
		}
		for e := f.SuccStart[b]; e < f.SuccStart[b+1]; e++ {
			if f.ArgStart[e] < f.ArgStart[e+1] {
				a.wishes = append(a.wishes, wish{wishEdge + e, wishKey(a.edgeFreq(b, f.Succs[e]))})
			}
		}
	}
	a.sortWishes()
}

// keyBits is the size of the key of a wish.
const keyBits = 12

// wishKey makes keys ascend as weights descend, by factors of about 1.1: it keeps the exponent and three bits of the mantissa.
func wishKey(weight float32) uint32 {
	return (math.MaxUint32 - math.Float32bits(max(weight, 0))) >> (32 - keyBits)
}

// sortWishes sorts a.wishes by key, keeping the order of equals.
func (a *Allocator) sortWishes() {
	w := a.wishes
	if len(w) <= 48 {
		for k := 1; k < len(w); k++ {
			for j := k; j > 0 && w[j-1].key > w[j].key; j-- {
				w[j-1], w[j] = w[j], w[j-1]
			}
		}
		return
	}
	var count [1 << keyBits]uint32
	for k := range w {
		count[w[k].key]++
	}
	sum := uint32(0)
	for k, c := range count {
		count[k] = sum
		sum += c
	}
	sorted := resize(a.wishes2, len(w))
	for k := range w {
		c := &count[w[k].key]
		sorted[*c] = w[k]
		*c++
	}
	a.wishes, a.wishes2 = sorted, w
}

// makePieces makes one piece of each bundle and sorts them by start.
func (a *Allocator) makePieces() {
	a.pieces = append(a.pieces[:0], piece{})
	n := a.f.NumInsts()
	a.keys = zeroed(a.keys, n+2)
	for v := range uint32(a.f.NumVRegs) {
		b := &a.bundles[v]
		if a.homeOf[v] != v || b.first == 0 {
			continue
		}
		b.start = a.ranges[b.first].from
		a.pieces = append(a.pieces, piece{first: b.first, last: b.last, at: b.first, bundle: v})
		a.keys[a.ranges[b.first].from/4+1]++
	}
	for v := range uint32(a.f.NumVRegs) {
		a.homeOf[v] = a.home(v)
	}
	for i := 1; i < len(a.keys); i++ {
		a.keys[i] += a.keys[i-1]
	}
	a.order = resize(a.order, len(a.pieces)-1)
	for id := uint32(1); id < uint32(len(a.pieces)); id++ {
		k := &a.keys[a.ranges[a.pieces[id].first].from/4]
		a.order[*k] = id
		*k++
	}
	for lo := 0; lo < len(a.order); {
		hi := lo + 1
		for i := a.start(a.order[lo]) / 4; hi < len(a.order) && a.start(a.order[hi])/4 == i; hi++ {
		}
		if hi > lo+1 {
			a.sortPieces(a.order[lo:hi])
		}
		lo = hi
	}
}

// sortPieces sorts pieces that start at one instruction by start, and then by end: those that end soon take the registers
// that they are in, and the others those that suit them later.
func (a *Allocator) sortPieces(list []uint32) {
	if len(list) > 24 {
		slices.SortStableFunc(list, func(x, y uint32) int {
			return cmp.Or(cmp.Compare(a.start(x), a.start(y)), cmp.Compare(a.end(x), a.end(y)))
		})
		return
	}
	for k := 1; k < len(list); k++ {
		for j := k; j > 0; j-- {
			x, y := list[j-1], list[j]
			if sx, sy := a.start(x), a.start(y); sx < sy || sx == sy && a.end(x) <= a.end(y) {
				break
			}
			list[j-1], list[j] = y, x
		}
	}
}

// start is the first position of piece p.
func (a *Allocator) start(p uint32) pos { return a.ranges[a.pieces[p].first].from }

// end is the position behind the last of piece p.
func (a *Allocator) end(p uint32) pos { return a.ranges[a.pieces[p].last].to }
