package engine_test

import (
	"fmt"
	"log"

	"davit/engine"
	"davit/ir"
	"davit/ir/op"
	"davit/jit"
)

// A function is built, compiled and called.
func Example() {
	i64 := ir.Param{Type: op.I64}
	f := ir.NewFunc(ir.FuncName{Name: "hypot2"}, ir.Signature{
		Params: []ir.Param{i64, i64}, Returns: []ir.Param{i64}, CallConv: ir.SystemV,
	})
	b := ir.NewBuilder(f)
	p := b.NewEntry()
	b.Return(b.Iadd(b.Imul(p[0], p[0]), b.Imul(p[1], p[1])))

	e, err := engine.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close()
	if err := e.Add(f); err != nil {
		log.Fatal(err)
	}
	if err := e.Link(); err != nil {
		log.Fatal(err)
	}
	hypot2, err := jit.Func[func(int64, int64) int64](e.Module, "hypot2")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(hypot2(3, 4))
	// Output: 25
}
