package interp_test

import (
	"fmt"

	"davit/interp"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/text"
)

func Example() {
	file, errs := text.Parse([]byte(`
function %sum(i64) -> i64 {
    fn0 = %report(i64)
block0(v0: i64):
    v1 = iconst.i64 0
    jump block1(v0, v1)
block1(v2: i64, v3: i64):
    brif v2, block2, block3
block2:
    v4 = iadd v3, v2
    v5 = iconst.i64 1
    v6 = isub v2, v5
    jump block1(v6, v4)
block3:
    call fn0(v3)
    v7 = udiv v0, v3
    return v7
}`), text.Options{})
	if errs.Err() != nil {
		fmt.Println(errs)
		return
	}
	report := func(c *interp.Context, args []data.Value) ([]data.Value, error) {
		fmt.Println("the sum is", args[0])
		return nil, nil
	}
	m, err := interp.NewModule([]*ir.Func{file.Funcs[0].Func}, interp.Options{
		Host: map[string]interp.HostFunc{"report": report},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Call("sum", []data.Value{data.I64(100)}))
	fmt.Println(m.Call("sum", []data.Value{data.I64(0)}))
	fmt.Println(m.BlockCounts("sum"))
	// Output:
	// the sum is 5050
	// [0] <nil>
	// the sum is 0
	// [] %sum: inst8: trap int_divz by v7 = udiv.i64 v0, v3
	// [2 102 100 2]
}
