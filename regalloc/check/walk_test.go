package check_test

import (
	"fmt"
	"math/rand/v2"

	"davit/asm"
	"davit/regalloc"
)

// walk executes f with the places and edits of r along random paths. Each definition makes a new value; an operand that
// finds another value in its place than its virtual register has is an error.
func walk(rng *rand.Rand, f *regalloc.Func, r *regalloc.Result) error {
	for range 20 {
		w := &walker{f: f, r: r, truth: make([]int, f.NumVRegs), place: map[unit]int{}, rng: rng}
		for b, steps := 0, 0; b >= 0 && steps < 40; steps++ {
			next, err := w.block(b)
			if err != nil {
				return err
			}
			b = next
		}
	}
	return nil
}

// unit is a register or one unit of a slot.
type unit struct {
	slot bool
	n    int
}

type walker struct {
	f     *regalloc.Func
	r     *regalloc.Result
	rng   *rand.Rand
	truth []int // value of each virtual register
	place map[unit]int
	last  int
	next  int // edit
}

func units(a regalloc.Alloc, size uint8) []unit {
	if a.IsReg() {
		return []unit{{false, int(a.Reg())}}
	}
	if size == 2 {
		return []unit{{true, a.Slot()}, {true, a.Slot() + 1}}
	}
	return []unit{{true, a.Slot()}}
}

// read is the value in a place, 0 if it is none or only part of one.
func (w *walker) read(a regalloc.Alloc, v uint32) int {
	us := units(a, w.f.SlotSize[v])
	x := w.place[us[0]]
	for _, u := range us {
		if w.place[u] != x {
			return 0
		}
	}
	return x
}

func (w *walker) write(a regalloc.Alloc, v uint32, x int) {
	for _, u := range units(a, w.f.SlotSize[v]) {
		w.place[u] = x
	}
}

// block executes block b and returns its successor, or -1.
func (w *walker) block(b int) (int, error) {
	f, r := w.f, w.r
	w.next = 0
	for w.next < len(r.Edits) && r.Edits[w.next].Point < regalloc.Before(int(f.BlockStart[b])) {
		w.next++
	}
	for i := f.BlockStart[b]; i < f.BlockStart[b+1]; i++ {
		w.edits(regalloc.Before(int(i)))
		if err := w.inst(i); err != nil {
			return 0, fmt.Errorf("block %d, instruction %d: %w", b, i, err)
		}
		w.edits(regalloc.After(int(i)))
	}
	n := int(f.SuccStart[b+1] - f.SuccStart[b])
	if n == 0 {
		return -1, nil
	}
	e := int(f.SuccStart[b]) + w.rng.IntN(n)
	s := f.Succs[e]
	var passed []int
	for _, v := range f.Args[f.ArgStart[e]:f.ArgStart[e+1]] {
		passed = append(passed, w.truth[v])
	}
	for k, v := range f.Params[f.ParamStart[s]:f.ParamStart[s+1]] {
		w.truth[v] = passed[k]
	}
	return int(s), nil
}

func (w *walker) edits(to regalloc.Point) {
	for w.next < len(w.r.Edits) && w.r.Edits[w.next].Point <= to {
		e := &w.r.Edits[w.next]
		w.next++
		x := 0
		if e.From.IsRemat() {
			x = w.truth[e.From.RematVReg()]
		} else {
			x = w.read(e.From, e.VReg)
		}
		w.write(e.To, e.VReg, x)
	}
}

func (w *walker) inst(i uint32) error {
	f, r := w.f, w.r
	for o := f.OperandStart[i]; o < f.OperandStart[i+1]; o++ {
		op := &f.Operands[o]
		if op.Kind == regalloc.Use && (r.Allocs[o] == 0 || w.read(r.Allocs[o], op.VReg) != w.truth[op.VReg]) {
			return fmt.Errorf("operand %d (v%d) finds another value", o-f.OperandStart[i], op.VReg)
		}
	}
	for k, c := range f.ClobberInsts {
		if c == i {
			for reg := range asm.Reg(128) {
				if f.Clobbers[k].Has(reg) {
					w.place[unit{false, int(reg)}] = 0
				}
			}
		}
	}
	for o := f.OperandStart[i]; o < f.OperandStart[i+1]; o++ {
		if op := &f.Operands[o]; op.Kind == regalloc.Def {
			w.last++
			w.truth[op.VReg] = w.last
			if r.Allocs[o] != 0 {
				w.write(r.Allocs[o], op.VReg, w.last)
			}
		}
	}
	return nil
}
