package regalloc_test

import (
	"flag"
	"math/rand/v2"
	"testing"

	"davit/regalloc"
	"davit/regalloc/check"
	"davit/regalloc/internal/gen"
)

var (
	showSeed   = flag.Int("seed", -1, "print the allocation of this random function")
	manySeeds  = flag.Int("seeds", 0, "number of random functions per configuration")
	showConfig = flag.Int("config", 0, "configuration for -seed")
)

// TestShow prints one random function with its allocation, for debugging.
func TestShow(t *testing.T) {
	if *showSeed < 0 {
		t.Skip("no -seed")
	}
	f, env := gen.Random(rand.New(rand.NewPCG(uint64(*showSeed), uint64(*showConfig))), configs[*showConfig])
	var a regalloc.Allocator
	r, err := a.Run(f, env)
	if err != nil {
		t.Log(f.Text(env, nil))
		t.Fatal(err)
	}
	t.Log("\n" + f.Text(env, r))
	if err := check.Check(f, env, r); err != nil {
		t.Fatal(err)
	}
}
