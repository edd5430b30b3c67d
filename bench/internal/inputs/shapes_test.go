package inputs_test

import (
	"testing"

	"davit/bench/internal/inputs"
	"davit/compile"
	"davit/ir/op"
	"davit/ir/text"
	"davit/ir/verify"
)

// TestShapes checks that shapes of all sizes are valid, compile, and have about as many instructions as asked for.
func TestShapes(t *testing.T) {
	tg, err := inputs.Target()
	if err != nil {
		t.Fatal(err)
	}
	c := compile.Context{CheckAllocation: true}
	var ver verify.Context
	for i := range inputs.Shapes {
		s := &inputs.Shapes[i]
		for _, n := range []int{10, 100, 1000} {
			f, err := text.ParseFunc(s.Text(n))
			if err != nil {
				t.Fatalf("%s of %d: %v", s.Name, n, err)
			}
			if err := ver.Func(f, verify.Options{HasISA: true, PointerType: op.I64}).Err(); err != nil {
				t.Errorf("%s of %d: %v", s.Name, n, err)
			}
			if got := f.NumInsts(); got < n-n/2 || got > n+n/2 {
				t.Errorf("%s of %d has %d instructions", s.Name, n, got)
			}
			if _, err := c.Compile(f, tg); err != nil {
				t.Errorf("%s of %d: %v", s.Name, n, err)
			}
		}
	}
}
