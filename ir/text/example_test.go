package text_test

import (
	"fmt"

	"davit/ir/text"
)

func ExampleParse() {
	src := `
function %max(i32, i32) -> i32 system_v {
block0(v0: i32, v1: i32):
    v2 = icmp sgt v0, v1
    v3 = select v2, v0, v1 ; run: %max(1, 2) == 2
    return v3
}

function %broken(i32) -> i32 {
block0(v0: i32):
    v1 = iadd v0, v7
    v2 = imul.f32 v1, v1
    return v2
}
`
	file, errs := text.Parse([]byte(src), text.Options{})
	for _, fn := range file.Funcs {
		fmt.Print(fn)
		for _, c := range fn.Comments {
			fmt.Printf("%v: %v has a comment: %s\n", c.Pos, c.Entity, c.Text)
		}
	}
	fmt.Println(errs.Err())
	// Output:
	// function %max(i32, i32) -> i32 system_v {
	// block0(v0: i32, v1: i32):
	//     v2 = icmp sgt v0, v1
	//     v3 = select v2, v0, v1
	//     return v3
	// }
	// 5:28: inst1 has a comment: ; run: %max(1, 2) == 2
	// 11:19: v7 is not defined
	// 12:10: f32 is no type for imul, which takes scalar, vector or dynamic vector integer
}
