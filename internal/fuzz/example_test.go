package fuzz_test

import (
	"context"
	"fmt"
	"strings"

	"davit/internal/fuzz"
)

func Example() {
	odd := fuzz.NewTarget("odd", "no file has a popcnt", func(src []byte) string {
		if strings.Contains(string(src), "popcnt") {
			return "there is popcnt"
		}
		return ""
	})
	f, err := odd.New(fuzz.Config{Files: [][]byte{[]byte("function %f(i8) -> i8 {\nblock0(v0: i8):\n    v1 = popcnt v0\n    return v1\n}\n")}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for seed := range uint64(1000) {
		_, found := f.Run(context.Background(), seed)
		if found != nil {
			found = f.Shrink(context.Background(), found, func() {})
			fmt.Println(found.Message)
			break
		}
	}
	// Output: there is popcnt
}
