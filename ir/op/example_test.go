package op_test

import (
	"fmt"

	"davit/ir/op"
)

func Example() {
	o, _ := op.Parse("uextend")
	info := o.Info()
	fmt.Println(o, "takes its type from a suffix:", info.From == op.FromSuffix)
	fmt.Println("i32 to i64:", info.Args[0].Allows(op.I64, op.I32), "i64 to i32:", info.Args[0].Allows(op.I32, op.I64))
	fmt.Println(op.I16X8.Merge(), op.F32X4.Truthy(), op.Ult.Complement())
	// Output:
	// uextend takes its type from a suffix: true
	// i32 to i64: true i64 to i32: false
	// i32x4 i32x4 uge
}
