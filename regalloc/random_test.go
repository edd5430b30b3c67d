package regalloc_test

import (
	"fmt"
	"math/rand/v2"
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

// tryRandom allocates the random function of a seed and checks the result.
func tryRandom(a *regalloc.Allocator, seed uint64, config int) error {
	f, env := gen.Random(rand.New(rand.NewPCG(seed, uint64(config))), configs[config])
	if err := f.Validate(); err != nil {
		return fmt.Errorf("invalid: %w", err)
	}
	r, err := a.Run(f, env)
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	if err := check.Check(f, env, r); err != nil {
		return err
	}
	return nil
}

func TestRandom(t *testing.T) {
	var a regalloc.Allocator
	n := uint64(400)
	if *manySeeds > 0 {
		n = uint64(*manySeeds)
	}
	for config := range configs {
		for seed := range n {
			if err := tryRandom(&a, seed, config); err != nil {
				t.Fatalf("config %d, seed %d: %v", config, seed, err)
			}
		}
	}
}
