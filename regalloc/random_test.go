package regalloc_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"davit/regalloc"
	"davit/regalloc/check"
	"davit/regalloc/internal/gen"
)

// configs are the shapes of random functions.
var configs = []gen.Config{
	{Blocks: 1, Insts: 8, IntRegs: 4, FltRegs: 3, Params: 0, Pressure: 20},
	{Blocks: 1, Insts: 40, IntRegs: 6, FltRegs: 4, Params: 0, Pressure: 40},
	{Blocks: 4, Insts: 6, IntRegs: 3, FltRegs: 3, Params: 2, Pressure: 30},
	{Blocks: 8, Insts: 5, IntRegs: 4, FltRegs: 3, Params: 3, Pressure: 30},
	{Blocks: 20, Insts: 6, IntRegs: 8, FltRegs: 5, Params: 3, Pressure: 30},
	{Blocks: 6, Insts: 8, IntRegs: 3, FltRegs: 1, Params: 2, Pressure: 60},
	{Blocks: 6, Insts: 8, IntRegs: 1, FltRegs: 1, Params: 2, Pressure: 60},
	{Blocks: 40, Insts: 10, IntRegs: 14, FltRegs: 16, Params: 4, Pressure: 20},
	{Blocks: 5, Insts: 3, IntRegs: 2, FltRegs: 2, Params: 8, Pressure: 50},
}

// tryRandom allocates a random function and checks the result.
func tryRandom(a *regalloc.Allocator, rng *rand.Rand, config gen.Config) error {
	f, env := gen.Random(rng, config)
	if err := f.Validate(); err != nil {
		return fmt.Errorf("invalid: %w", err)
	}
	r, err := a.Run(f, env)
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	return check.Check(f, env, r)
}

// TestRandom allocates random functions that can be allocated, and checks the results.
func TestRandom(t *testing.T) {
	var a regalloc.Allocator
	n := uint64(400)
	if *manySeeds > 0 {
		n = uint64(*manySeeds)
	}
	for config := range configs {
		for seed := range n {
			if err := tryRandom(&a, rand.New(rand.NewPCG(seed, uint64(config))), configs[config]); err != nil {
				t.Fatalf("config %d, seed %d: %v", config, seed, err)
			}
		}
	}
}

// FuzzRandom allocates random functions of random shapes.
func FuzzRandom(f *testing.F) {
	for k := range configs {
		c := &configs[k]
		f.Add(uint64(k), uint8(c.Blocks), uint8(c.Insts), uint8(c.IntRegs), uint8(c.FltRegs), uint8(c.Params), uint8(c.Pressure))
	}
	var a regalloc.Allocator
	f.Fuzz(func(t *testing.T, seed uint64, blocks, insts, ints, flts, params, pressure uint8) {
		config := gen.Config{
			Blocks: 1 + int(blocks)%40, Insts: int(insts) % 40, IntRegs: 1 + int(ints)%16, FltRegs: int(flts) % 16,
			Params: int(params) % 12, Pressure: int(pressure) % 101,
		}
		if err := tryRandom(&a, rand.New(rand.NewPCG(seed, 0)), config); err != nil {
			t.Fatalf("%+v: %v", config, err)
		}
	})
}

// FuzzText allocates whatever can be parsed and is valid: Run must return a right result or an error.
func FuzzText(f *testing.F) {
	f.Add("regs r1 r2\nblock0:\n  op def v0@r1, use.late v1, clobber r1\n  ret\n")
	f.Add("regs r1 f1*\nblock0:\n op def v0\n branch use v0, block1, block2\nblock1:\n jump block1\nblock2:\n ret use v0?\n")
	f.Add("regs r1 r2\nblock0:\n remat def v0\n jump block1(v0, v0)\nblock1(v1, v2): freq 5\n op use v1, use v2, def v3~0\n jump block1(v2, v3)\n")
	var a regalloc.Allocator
	f.Fuzz(func(t *testing.T, text string) {
		fn, env, err := gen.Parse(text)
		if err != nil || fn.NumInsts() > 1000 || fn.NumVRegs > 1000 || fn.Validate() != nil {
			return
		}
		r, err := a.Run(fn, env)
		if err != nil {
			return
		}
		if err := check.Check(fn, env, r); err != nil {
			t.Fatal(err)
		}
	})
}

// TestDeterministic runs the same functions with a fresh and a used allocator, in different orders.
func TestDeterministic(t *testing.T) {
	type result struct {
		allocs []regalloc.Alloc
		edits  []regalloc.Edit
		slots  int
	}
	run := func(a *regalloc.Allocator, seed uint64) result {
		f, env := gen.Random(rand.New(rand.NewPCG(seed, 1)), configs[4])
		r, err := a.Run(f, env)
		if err != nil {
			t.Fatal(err)
		}
		return result{slices.Clone(r.Allocs), slices.Clone(r.Edits), r.NumSlots}
	}
	var used regalloc.Allocator
	for seed := uint64(100); seed > 0; seed-- {
		run(&used, seed)
	}
	for seed := range uint64(100) {
		var fresh regalloc.Allocator
		x, y := run(&used, seed), run(&fresh, seed)
		if !slices.Equal(x.allocs, y.allocs) || !slices.Equal(x.edits, y.edits) || x.slots != y.slots {
			t.Errorf("seed %d: results differ between allocators", seed)
		}
	}
}

// TestInputUntouched checks that Run leaves its input alone.
func TestInputUntouched(t *testing.T) {
	var a regalloc.Allocator
	for seed := range uint64(50) {
		f, env := gen.Random(rand.New(rand.NewPCG(seed, 2)), configs[4])
		before := f.Text(env, nil)
		if _, err := a.Run(f, env); err != nil {
			t.Fatal(err)
		}
		if f.Text(env, nil) != before {
			t.Fatalf("seed %d: Run changed the function", seed)
		}
	}
}
