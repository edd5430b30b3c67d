package difftest_test

import (
	"context"
	"fmt"

	"davit/internal/difftest"
)

func Example() {
	z, err := difftest.NewFuzzer("baseline")
	if err != nil {
		return // compiled code cannot run here
	}
	for seed := range uint64(5) {
		if r := z.Run(context.Background(), seed); r.Finding != nil {
			fmt.Println(r.Finding)
		}
	}
	// Output:
}
