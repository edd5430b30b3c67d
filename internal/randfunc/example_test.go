package randfunc_test

import (
	"fmt"

	"davit/internal/randfunc"
)

func Example() {
	c := randfunc.Config{Funcs: 2, Blocks: 4, Insts: 5}
	for _, f := range randfunc.Generate(randfunc.FromSeed(1), c) {
		fmt.Println(f.Name)
	}
	// Output:
	// %f0
	// %f1
}
