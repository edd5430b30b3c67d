package data_test

import (
	"fmt"

	"davit/ir/data"
	"davit/ir/op"
)

func Example() {
	v, rest, err := data.Parse(op.I16X4, "[1 -1 0x10 0] == 3")
	fmt.Println(v, v.Lane(1), rest, err)
	// Output: 0x00000010ffff0001 -1  == 3 <nil>
}
