package regalloc_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"davit/regalloc"
	"davit/regalloc/check"
	"davit/regalloc/internal/gen"
)

// TestShapes allocates and checks the synthetic functions at several sizes.
func TestShapes(t *testing.T) {
	var a regalloc.Allocator
	for _, s := range gen.Shapes {
		for _, n := range []int{10, 100, 1000, 20_000} {
			f := s.Make(n)
			if err := f.Validate(); err != nil {
				t.Fatalf("%s/%d: invalid: %v", s.Name, n, err)
			}
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

// TestLinear compares the steps of the scan per instruction of a function with those of one 16 times as large. What time
// that takes is the business of the benchmarks.
func TestLinear(t *testing.T) {
	const small, factor = 2000, 16
	var a regalloc.Allocator
	steps := func(f *regalloc.Func) float64 {
		if _, err := a.Run(f, gen.X64()); err != nil {
			t.Fatal(err)
		}
		return float64(a.Steps()) / float64(f.NumInsts())
	}
	for _, s := range gen.Shapes {
		x, y := steps(s.Make(small)), steps(s.Make(small*factor))
		if y > 1.5*x+1 {
			t.Errorf("%s: %.2f steps per instruction of %d, %.2f of %d", s.Name, x, small, y, small*factor)
		}
	}
}

// TestNoAllocation checks that a used allocator needs no more memory.
func TestNoAllocation(t *testing.T) {
	for _, s := range gen.Shapes {
		f := s.Make(2000)
		var a regalloc.Allocator
		env := gen.X64()
		n := testing.AllocsPerRun(5, func() {
			if _, err := a.Run(f, env); err != nil {
				t.Fatal(err)
			}
		})
		if n > 0 {
			t.Errorf("%s: %v allocations per run", s.Name, n)
		}
	}
}

// TestCosts compares the costs of the synthetic functions with those in testdata/costs, so that a change that makes them
// worse, or better, is seen. DAVIT_BLESS=1 rewrites the file.
func TestCosts(t *testing.T) {
	const file = "testdata/costs"
	var out strings.Builder
	var a regalloc.Allocator
	for _, s := range gen.Shapes {
		f := s.Make(1000)
		r, err := a.Run(f, gen.X64())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%-11s %v slots %d\n", s.Name, gen.CostOf(f, gen.X64(), r), r.NumSlots)
	}
	if os.Getenv("DAVIT_BLESS") != "" {
		if err := os.WriteFile(file, []byte(out.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("costs are\n%swant\n%s", out.String(), want)
	}
}
