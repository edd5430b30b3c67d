package regalloc

// Problem: registers that callees save are free of charge for values that live over calls, but the first use of each
// costs a save and a restore.
//
// Idea: before the scan, put the bundles that live over calls into as many imaginary registers as needed, in order of
// their starts. A register pays if storing and loading all that it holds around the calls would cost more.
//
// Cost: O(bundles × registers saved by callees).

import "davit/asm"

// planSaved fills in calls and plan.
func (a *Allocator) planSaved() {
	for class := range asm.NumClasses {
		a.calls[class] = a.calls[class][:0]
		a.plan[class] = 0
		var lost RegSet
		n := 0
		for _, r := range a.env.Order[class] {
			if a.env.CalleeSaved.Has(r) {
				n++
			} else {
				lost.Add(r)
			}
		}
		for k, i := range a.f.ClobberInsts {
			if lost.Minus(a.f.Clobbers[k]).Empty() {
				a.calls[class] = append(a.calls[class], i)
			}
		}
		if n > 0 && len(a.calls[class]) > 0 {
			a.planClass(class, n)
		}
	}
}

// planClass sets plan for one class, which has n registers saved by callees.
func (a *Allocator) planClass(class asm.RegClass, n int) {
	var until [numPhys]pos
	var cost [numPhys]float32
	calls := a.calls[class]
	for _, id := range a.order {
		p := &a.pieces[id]
		if a.bundles[p.bundle].class != class {
			continue
		}
		start, end := a.start(id), a.end(id)
		calls = calls[searchFrom(calls, (start+1)/4):]
		if len(calls) == 0 {
			break
		}
		if 4*calls[0]+clobberPos >= end {
			continue
		}
		c := a.callCost(p, class)
		if c == 0 {
			continue
		}
		for k := range n {
			if until[k] <= start {
				until[k] = end
				cost[k] += c
				break
			}
		}
	}
	for k := range n {
		if cost[k] > costSave {
			a.plan[class]++
		}
	}
}
