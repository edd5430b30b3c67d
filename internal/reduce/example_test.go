package reduce_test

import (
	"bytes"
	"context"
	"fmt"

	"davit/internal/reduce"
	"davit/ir/text"
)

// Example shrinks a function to what it takes to have a division.
func Example() {
	f, err := text.ParseFunc(`function %f(i32, i32) -> i32 system_v {
	block0(v0: i32, v1: i32):
	    brif v0, block1(v1), block2
	block1(v2: i32):
	    v3 = iadd v2, v0
	    v4 = sdiv v3, v1
	    return v4
	block2:
	    return v0
	}`)
	if err != nil {
		panic(err)
	}
	p := &reduce.Program{Funcs: []reduce.Func{{Func: f}}}
	small, _ := reduce.Run(context.Background(), p, func(src []byte) bool {
		_, errs := text.Parse(src, text.Options{})
		return errs == nil && bytes.Contains(src, []byte("sdiv"))
	}, reduce.Options{})
	fmt.Printf("%s", small.Text())
	// Output:
	// function %f() system_v {
	// block0:
	//     v0 = iconst.i32 0
	//     v1 = iconst.i32 0
	//     v2 = sdiv v1, v0  ; v1 = 0, v0 = 0
	//     trap user1
	// }
}
