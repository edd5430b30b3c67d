package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"davit/engine"
	"davit/ir"
	"davit/ir/text"
	"davit/jit"
)

// TestAddAll compiles a chain of functions that call each other at once.
func TestAddAll(t *testing.T) {
	const n = 50
	var src strings.Builder
	src.WriteString("function %f0(i64) -> i64 system_v {\nblock0(v0: i64):\n    return v0\n}\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&src, "function %%f%d(i64) -> i64 system_v {\n    fn0 = %%f%d(i64) -> i64 system_v\nblock0(v0: i64):\n", i, i-1)
		fmt.Fprintf(&src, "    v1 = iconst.i64 %d\n    v2 = iadd v0, v1\n    v3 = call fn0(v2)\n    return v3\n}\n", i)
	}
	file, errs := text.Parse([]byte(src.String()), text.Options{})
	if err := errs.Err(); err != nil {
		t.Fatal(err)
	}
	var fns []*ir.Func
	for _, f := range file.Funcs {
		fns = append(fns, f.Func)
	}
	e, err := engine.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	bad := ir.NewFunc(ir.FuncName{Name: "bad"}, ir.Signature{})
	if err := e.AddAll(append(fns[:n:n], bad)); err == nil || !strings.Contains(err.Error(), "bad") {
		t.Errorf("a function without blocks: error %v", err)
	}
	if err := e.AddAll(fns); err != nil { // none is defined yet
		t.Fatal(err)
	}
	if err := e.Link(); err != nil {
		t.Skip(err)
	}
	f, err := jit.Func[func(int64) int64](e.Module, fmt.Sprintf("f%d", n-1))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := f(1), int64(1+n*(n-1)/2); got != want {
		t.Errorf("the chain returns %d; want %d", got, want)
	}
}
