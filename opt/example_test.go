package opt_test

import (
	"fmt"

	"davit/ir/text"
	"davit/opt"
)

func Example() {
	f, err := text.ParseFunc(`function %f(i32) -> i32 system_v {
	block0(v0: i32):
	    brif v0, block1(v0), block2(v0)
	block1(v1: i32):
	    jump block2(v1)
	block2(v2: i32):
	    return v2
	block3:
	    jump block2(v0)
	}`)
	if err != nil {
		panic(err)
	}
	var c opt.Context
	fmt.Println(c.RemoveUnreachable(f), c.RemoveConstantParams(f))
	opt.ResolveAliases(f)
	fmt.Print(f)
	// Output:
	// 1 2
	// function %f(i32) -> i32 system_v {
	// block0(v0: i32):
	//     brif v0, block1, block2
	//
	// block1:
	//     jump block2
	//
	// block2:
	//     return v0
	// }
}
