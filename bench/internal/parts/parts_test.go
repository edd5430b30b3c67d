package parts

import (
	"slices"
	"testing"
	"time"
)

func TestParseBench(t *testing.T) {
	out := `goos: linux
BenchmarkCall-2   	 100	        3.5 ns/op	       0 B/op	       1 allocs/op
BenchmarkCall-2   	 100	        3.25 ns/op	       0 B/op	       1 allocs/op
BenchmarkShapes/line-of-code/100-2 	       3	    44530 ns/op	         4.552 Minst/s
PASS
`
	names, results := parseBench([]byte(out))
	if !slices.Equal(names, []string{"Call", "Shapes/line-of-code/100"}) {
		t.Errorf("names %q", names)
	}
	if x := results["Call"]["ns/op"]; len(x) != 2 || x.Min() != 3.25 {
		t.Errorf("ns/op %v", x)
	}
	if x := results[names[1]]["Minst/s"]; x.Min() != 4.552 {
		t.Errorf("Minst/s %v", x)
	}
}

// TestWazeroCalls checks that the module that is compared with is what it should be.
func TestWazeroCalls(t *testing.T) {
	if row, err := wazeroCalls(time.Microsecond); err != nil || len(row) != 4 {
		t.Errorf("%v, %v", row, err)
	}
}

func TestWasm(t *testing.T) {
	sizes, err := wasmFunctionSizes(callsWasm)
	if err != nil || !slices.Equal(sizes, []int{7, 26, 7}) {
		t.Errorf("sizes %v, %v", sizes, err)
	}
	for n := range callsWasm {
		wasmFunctionSizes(callsWasm[:n]) // may fail, must not panic
	}
}
