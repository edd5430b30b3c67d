package regalloc_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"davit/regalloc"
	"davit/regalloc/check"
	"davit/regalloc/internal/gen"
)

// trySingle is tryRandom with the single-pass allocator.
func trySingle(a *regalloc.SinglePass, rng *rand.Rand, config gen.Config) error {
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

// TestSinglePassRandom allocates random functions that can be allocated, and checks the results.
func TestSinglePassRandom(t *testing.T) {
	var a regalloc.SinglePass
	n := uint64(400)
	if *manySeeds > 0 {
		n = uint64(*manySeeds)
	}
	for config := range configs {
		for seed := range n {
			if err := trySingle(&a, rand.New(rand.NewPCG(seed, uint64(config))), configs[config]); err != nil {
				t.Fatalf("config %d, seed %d: %v", config, seed, err)
			}
		}
	}
}

// TestSinglePassShapes allocates and checks the synthetic functions at several sizes.
func TestSinglePassShapes(t *testing.T) {
	var a regalloc.SinglePass
	for _, s := range gen.Shapes {
		for _, n := range []int{10, 100, 1000, 20_000} {
			f := s.Make(n)
			r, err := a.Run(f, gen.X64())
			if err != nil {
				t.Fatalf("%s/%d: %v", s.Name, n, err)
			}
			if err := check.Check(f, gen.X64(), r); err != nil {
				t.Errorf("%s/%d: %v", s.Name, n, err)
			}
		}
	}
}

// TestSinglePassDeterministic runs the same functions with a fresh and a used allocator.
func TestSinglePassDeterministic(t *testing.T) {
	var used regalloc.SinglePass
	for seed := range uint64(200) {
		f, env := gen.Random(rand.New(rand.NewPCG(seed, 1)), configs[4])
		before := f.Text(env, nil)
		x, err := used.Run(f, env)
		if err != nil {
			t.Fatal(err)
		}
		var fresh regalloc.SinglePass
		y, err := fresh.Run(f, env)
		if err != nil {
			t.Fatal(err)
		}
		if f.Text(env, x) != f.Text(env, y) || x.NumSlots != y.NumSlots {
			t.Errorf("seed %d: results differ between allocators", seed)
		}
		if f.Text(env, nil) != before {
			t.Fatalf("seed %d: Run changed the function", seed)
		}
	}
}

// FuzzSinglePass allocates random functions of random shapes.
func FuzzSinglePass(f *testing.F) {
	for k := range configs {
		c := &configs[k]
		f.Add(uint64(k), uint8(c.Blocks), uint8(c.Insts), uint8(c.IntRegs), uint8(c.FltRegs), uint8(c.Params), uint8(c.Pressure))
	}
	var a regalloc.SinglePass
	f.Fuzz(func(t *testing.T, seed uint64, blocks, insts, ints, flts, params, pressure uint8) {
		config := gen.Config{
			Blocks: 1 + int(blocks)%40, Insts: int(insts) % 40, IntRegs: 1 + int(ints)%16, FltRegs: int(flts) % 16,
			Params: int(params) % 12, Pressure: int(pressure) % 101,
		}
		if err := trySingle(&a, rand.New(rand.NewPCG(seed, 0)), config); err != nil {
			t.Fatalf("%+v: %v", config, err)
		}
	})
}

// FuzzSinglePassText allocates whatever can be parsed and is valid: Run must return a right result or an error.
func FuzzSinglePassText(f *testing.F) {
	f.Add("regs r1 r2\nblock0:\n  op def v0@r1, use.late v1, clobber r1\n  ret\n")
	f.Add("regs r1 f1*\nblock0:\n op def v0\n branch use v0, block1, block2\nblock1:\n jump block1\nblock2:\n ret use v0?\n")
	f.Add("regs r1 r2\nblock0:\n remat def v0\n jump block1(v0, v0)\nblock1(v1, v2): freq 5\n op use v1, use v2, def v3~0\n jump block1(v2, v3)\n")
	var a regalloc.SinglePass
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
