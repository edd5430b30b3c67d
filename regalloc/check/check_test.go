package check_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"davit/regalloc"
	"davit/regalloc/check"
	"davit/regalloc/internal/gen"
)

// mutation changes a result in one place; it reports false if it finds nothing to change.
type mutation struct {
	name  string
	apply func(rng *rand.Rand, f *regalloc.Func, env *regalloc.Env, r *regalloc.Result) bool
}

var mutations = []mutation{
	{"other register", func(rng *rand.Rand, f *regalloc.Func, env *regalloc.Env, r *regalloc.Result) bool {
		o := rng.IntN(len(r.Allocs))
		order := env.Order[f.Class[f.Operands[o].VReg]]
		to := regalloc.RegAlloc(order[rng.IntN(len(order))])
		changed := to != r.Allocs[o]
		r.Allocs[o] = to
		return changed
	}},
	{"swapped operands", func(rng *rand.Rand, f *regalloc.Func, _ *regalloc.Env, r *regalloc.Result) bool {
		o := rng.IntN(len(r.Allocs) - 1)
		r.Allocs[o], r.Allocs[o+1] = r.Allocs[o+1], r.Allocs[o]
		return r.Allocs[o] != r.Allocs[o+1]
	}},
	{"dropped edit", func(rng *rand.Rand, _ *regalloc.Func, _ *regalloc.Env, r *regalloc.Result) bool {
		k := rng.IntN(len(r.Edits))
		r.Edits = slices.Delete(r.Edits, k, k+1)
		return true
	}},
	{"later edit", func(rng *rand.Rand, f *regalloc.Func, _ *regalloc.Env, r *regalloc.Result) bool {
		k := rng.IntN(len(r.Edits))
		r.Edits[k].Point += 2
		slices.SortStableFunc(r.Edits, func(x, y regalloc.Edit) int { return int(x.Point) - int(y.Point) })
		return int(r.Edits[k].Point/2) < f.NumInsts()
	}},
	{"earlier edit", func(rng *rand.Rand, _ *regalloc.Func, _ *regalloc.Env, r *regalloc.Result) bool {
		k := rng.IntN(len(r.Edits))
		if r.Edits[k].Point < 2 {
			return false
		}
		r.Edits[k].Point -= 2
		slices.SortStableFunc(r.Edits, func(x, y regalloc.Edit) int { return int(x.Point) - int(y.Point) })
		return true
	}},
	{"edit from elsewhere", func(rng *rand.Rand, f *regalloc.Func, env *regalloc.Env, r *regalloc.Result) bool {
		e := &r.Edits[rng.IntN(len(r.Edits))]
		order := env.Order[f.Class[e.VReg]]
		from := regalloc.RegAlloc(order[rng.IntN(len(order))])
		if !e.From.IsReg() || from == e.From {
			return false
		}
		e.From = from
		return true
	}},
	{"edit to elsewhere", func(rng *rand.Rand, f *regalloc.Func, env *regalloc.Env, r *regalloc.Result) bool {
		e := &r.Edits[rng.IntN(len(r.Edits))]
		order := env.Order[f.Class[e.VReg]]
		to := regalloc.RegAlloc(order[rng.IntN(len(order))])
		if !e.To.IsReg() || to == e.To {
			return false
		}
		e.To = to
		return true
	}},
	{"wrong slot", func(rng *rand.Rand, f *regalloc.Func, _ *regalloc.Env, r *regalloc.Result) bool {
		e := &r.Edits[rng.IntN(len(r.Edits))]
		size := int(f.SlotSize[e.VReg])
		if r.NumSlots < 2*size {
			return false
		}
		slot := regalloc.SlotAlloc(rng.IntN(r.NumSlots/size) * size)
		switch {
		case e.To.IsSlot() && e.To != slot:
			e.To = slot
		case e.From.IsSlot() && e.From != slot:
			e.From = slot
		default:
			return false
		}
		return true
	}},
	{"swapped edits", func(rng *rand.Rand, _ *regalloc.Func, _ *regalloc.Env, r *regalloc.Result) bool {
		if len(r.Edits) < 2 {
			return false
		}
		k := rng.IntN(len(r.Edits) - 1)
		if r.Edits[k].Point != r.Edits[k+1].Point {
			return false
		}
		r.Edits[k], r.Edits[k+1] = r.Edits[k+1], r.Edits[k]
		return true
	}},
	{"repeated edit", func(rng *rand.Rand, f *regalloc.Func, _ *regalloc.Env, r *regalloc.Result) bool {
		k := rng.IntN(len(r.Edits))
		at := regalloc.Point(2 * rng.IntN(f.NumInsts()))
		r.Edits = append(r.Edits, r.Edits[k])
		r.Edits[len(r.Edits)-1].Point = at
		slices.SortStableFunc(r.Edits, func(x, y regalloc.Edit) int { return int(x.Point) - int(y.Point) })
		return true
	}},
}

// TestMutations changes right results and executes them along random paths: whatever goes wrong there, Check must reject.
func TestMutations(t *testing.T) {
	var a regalloc.Allocator
	config := gen.Config{Blocks: 6, Insts: 6, IntRegs: 4, FltRegs: 3, Params: 3, Pressure: 40}
	for _, m := range mutations {
		wrong, rejected := 0, 0
		for seed := range uint64(400) {
			rng := rand.New(rand.NewPCG(seed, 7))
			f, env := gen.Random(rng, config)
			r, err := a.Run(f, env)
			if err != nil {
				t.Fatal(err)
			}
			if err := check.Check(f, env, r); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if len(r.Edits) == 0 || len(r.Allocs) < 2 || !m.apply(rng, f, env, r) {
				continue
			}
			got := check.Check(f, env, r)
			if got != nil {
				rejected++
			}
			if err := walk(rng, f, r); err != nil {
				wrong++
				if got == nil {
					t.Errorf("%s, seed %d: Check accepts what goes wrong: %v", m.name, seed, err)
				}
			}
		}
		if wrong == 0 || rejected < wrong {
			t.Errorf("%s: %d results go wrong, %d rejected", m.name, wrong, rejected)
		}
		t.Logf("%s: %d go wrong on a random path, %d rejected", m.name, wrong, rejected)
	}
}

// TestRules breaks one rule at a time in small functions and compares the message.
func TestRules(t *testing.T) {
	const straight = `
regs r1 r2 r3
block0:
  op def v0@r1, def v1@r2
  call use v0@r1, def v2@r1, clobber r1 r3
  op use v2, use v1, def v3~0
  ret use v3@r1
`
	const pressed = `
regs r1
block0:
  op def v0
  op def v1
  op use v0
  op use v1
  ret
`
	const wide = `
regs f1
block0:
  op def v0:f2
  op def v1:f2
  op use v0
  op use v1
  ret
`
	tests := []struct {
		name, text string
		change     func(f *regalloc.Func, r *regalloc.Result)
		want       string
	}{
		{"missing place", straight, func(f *regalloc.Func, r *regalloc.Result) { r.Allocs[3] = 0 },
			"block 0, instruction 1, operand 1 (v2): expected a register or slot, found no place"},
		{"fewer places", straight, func(f *regalloc.Func, r *regalloc.Result) { r.Allocs = r.Allocs[1:] },
			"7 places for 8 operands"},
		{"not the fixed register", straight, func(f *regalloc.Func, r *regalloc.Result) { r.Allocs[2] = regalloc.RegAlloc(2) },
			"block 0, instruction 1, operand 0 (v0): expected r1, found r2"},
		{"not the reused register", straight, func(f *regalloc.Func, r *regalloc.Result) { r.Allocs[6] = regalloc.RegAlloc(3) },
			"block 0, instruction 2, operand 2 (v3): expected r1, the place of operand 0, found r3"},
		{"clobbered", straight, func(f *regalloc.Func, r *regalloc.Result) {
			r.Edits = []regalloc.Edit{
				{Point: regalloc.Before(1), VReg: 1, From: regalloc.RegAlloc(2), To: regalloc.RegAlloc(3)},
				{Point: regalloc.After(1), VReg: 1, From: regalloc.RegAlloc(3), To: regalloc.RegAlloc(2)},
			}
		}, "block 0, instruction 2, operand 1 (v1): expected v1 (on this path v1 in block 0) in r3, found nothing: instruction 1 clobbers it"},
		{"overwritten", straight, func(f *regalloc.Func, r *regalloc.Result) {
			r.Edits = []regalloc.Edit{{Point: regalloc.Before(2), VReg: 2, From: regalloc.RegAlloc(1), To: regalloc.RegAlloc(2)}}
		}, "block 0, instruction 2, operand 1 (v1): expected v1 (on this path v1 in block 0) in r1, found v2, defined by instruction 1"},
		{"after a terminator", straight, func(f *regalloc.Func, r *regalloc.Result) {
			r.Edits = []regalloc.Edit{{Point: regalloc.After(3), VReg: 2, From: regalloc.RegAlloc(1), To: regalloc.RegAlloc(2)}}
		}, "edit 0 at point 7 (v2: r1 -> r2): after a terminator"},
		{"descending points", straight, func(f *regalloc.Func, r *regalloc.Result) {
			e := regalloc.Edit{Point: regalloc.Before(2), VReg: 2, From: regalloc.RegAlloc(1), To: regalloc.RegAlloc(3)}
			r.Edits = []regalloc.Edit{e, {Point: regalloc.Before(1), VReg: 2, From: e.From, To: e.To}}
		}, "edit 1 at point 2 (v2: r1 -> r3): expected a point not below 4"},
		{"behind the end", straight, func(f *regalloc.Func, r *regalloc.Result) {
			r.Edits = []regalloc.Edit{{Point: regalloc.Before(4), VReg: 2, From: regalloc.RegAlloc(1), To: regalloc.RegAlloc(3)}}
		}, "edit 0 at point 8 (v2: r1 -> r3): behind the last instruction, 3"},
		{"slot to slot", pressed, func(f *regalloc.Func, r *regalloc.Result) {
			r.Edits[0].From = regalloc.SlotAlloc(1)
		}, "neither end is a register"},
		{"slot out of range", pressed, func(f *regalloc.Func, r *regalloc.Result) { r.NumSlots = 0 },
			"found slot0 of 1 units, expected one aligned to its size among 0"},
		{"other class", pressed, func(f *regalloc.Func, r *regalloc.Result) { r.Edits[0].From = regalloc.RegAlloc(65) },
			"f1 is not of the class of v0"},
		{"not rematerializable", pressed, func(f *regalloc.Func, r *regalloc.Result) {
			r.Edits[2].From = regalloc.RematAlloc(0)
		}, "v0 cannot be issued again"},
		{"unaligned slot", wide, func(f *regalloc.Func, r *regalloc.Result) {
			r.NumSlots++
			r.Edits[0].To = regalloc.SlotAlloc(1)
		}, "found slot1 of 2 units, expected one aligned to its size among 5"},
		{"two values in one register", `
regs r1 r2
block0:
  op def v0
  op def v1
  op use v0, use v1
  ret
`, func(f *regalloc.Func, r *regalloc.Result) { r.Allocs[3] = r.Allocs[2] },
			"block 0, instruction 2, operand 1 (v1): shares r1 with operand 0 (v0)"},
		{"late use and definition", `
regs r1 r2
block0:
  op def v0
  op use.late v0, def v1
  ret
`, func(f *regalloc.Func, r *regalloc.Result) { r.Allocs[2] = r.Allocs[1] },
			"block 0, instruction 1, operand 0 (v0): shares r1 with the definition of v1 (operand 1)"},
		{"early definition in a clobbered register", `
regs r1 r2 r3
block0:
  op def.early v0, clobber r3
  ret
`, func(f *regalloc.Func, r *regalloc.Result) { r.Allocs[0] = regalloc.RegAlloc(3) },
			"block 0, instruction 0, operand 0 (v0): written early in r3, which the instruction clobbers"},
		{"not allocatable", pressed, func(f *regalloc.Func, r *regalloc.Result) { r.Allocs[0] = regalloc.RegAlloc(5) },
			"expected a register that may be allocated to its class, found r5"},
		{"value of the previous iteration", `
regs r1 r2 r3
block0:
  op def v0@r1
  jump block1
block1:
  op def v1
  op use v1
  branch block2, block3
block2:
  jump block1
block3:
  ret
`, func(f *regalloc.Func, r *regalloc.Result) { r.Allocs[2] = regalloc.RegAlloc(3) },
			"block 1, instruction 3, operand 0 (v1): expected v1 (on this path v1 in block 1) in r3, found an earlier value of v1"},
		{"argument in the wrong place", `
regs r1 r2
block0:
  op def v0@r1, def v1@r2
  jump block1(v0)
block1(v2):
  op use v2, use v1
  ret
`, func(f *regalloc.Func, r *regalloc.Result) { r.Allocs[2], r.Allocs[3] = r.Allocs[3], r.Allocs[2] },
			"block 1, instruction 2, operand 0 (v2): expected v2 (on this path v0 in block 0) in r2, found an earlier value of v0"},
	}
	var a regalloc.Allocator
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, env, err := gen.Parse(test.text)
			if err != nil {
				t.Fatal(err)
			}
			r, err := a.Run(f, env)
			if err != nil {
				t.Fatal(err)
			}
			if err := check.Check(f, env, r); err != nil {
				t.Fatal(err)
			}
			test.change(f, r)
			err = check.Check(f, env, r)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s\n%s", err, test.want, f.Text(env, nil))
			}
		})
	}
}
