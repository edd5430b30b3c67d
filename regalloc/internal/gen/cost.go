package gen

import (
	"fmt"

	"davit/asm"
	"davit/regalloc"
)

// Cost counts what a result adds to a function, each weighted by the frequency of its block.
type Cost struct {
	Moves, Loads, Stores float64
	MemUses              float64 // operands in slots that could have been in registers
	Saved                int     // registers in use that callees save
}

// String prints the counts on one line.
func (c Cost) String() string {
	return fmt.Sprintf("moves %.6g loads %.6g stores %.6g memory operands %.6g saved registers %d",
		c.Moves, c.Loads, c.Stores, c.MemUses, c.Saved)
}

// CostOf counts the cost of r.
func CostOf(f *regalloc.Func, env *regalloc.Env, r *regalloc.Result) Cost {
	var c Cost
	var used regalloc.RegSet
	count := func(w float64, from, to regalloc.Alloc) {
		switch {
		case to.IsSlot():
			c.Stores += w
		case from.IsReg():
			c.Moves += w
		default:
			c.Loads += w
		}
		if to.IsReg() {
			used.Add(to.Reg())
		}
	}
	e := 0
	for b := range f.NumBlocks() {
		w := float64(f.Freq[b])
		for i := f.BlockStart[b]; i < f.BlockStart[b+1]; i++ {
			for ; e < len(r.Edits) && r.Edits[e].Point <= regalloc.After(int(i)); e++ {
				count(w, r.Edits[e].From, r.Edits[e].To)
			}
			lo, hi := f.OperandStart[i], f.OperandStart[i+1]
			if f.Flags[i]&regalloc.IsMove != 0 {
				if r.Allocs[lo] != r.Allocs[lo+1] {
					count(w, r.Allocs[lo+1], r.Allocs[lo])
				}
				continue
			}
			for o := lo; o < hi; o++ {
				if r.Allocs[o].IsSlot() {
					c.MemUses += w
				} else if f.Operands[o].Kind == regalloc.Def {
					used.Add(r.Allocs[o].Reg())
				}
			}
		}
	}
	for r := range asm.Reg(128) {
		if env.CalleeSaved.Has(r) && used.Has(r) {
			c.Saved++
		}
	}
	return c
}
