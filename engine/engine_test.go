package engine_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"davit/engine"
	"davit/ir"
	"davit/ir/op"
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

// Host functions of other conventions than the C one have a signature of CLIF.
func TestHost(t *testing.T) {
	e, err := engine.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	file, errs := text.Parse([]byte(`
function %f(i64) -> i64 system_v {
    sig0 = (i64, f64, i8 sext) -> i64, f64 tail
    fn0 = %raw sig0
    fn1 = %twice(i64) -> i64 system_v
block0(v0: i64):
    v1 = fcvt_from_sint.f64 v0
    v2 = iconst.i8 -3
    v3, v4 = call fn0(v0, v1, v2)
    v5 = fcvt_to_sint.i64 v4
    v6 = iadd v3, v5
    v7 = call fn1(v6)
    return v7
}
`), text.Options{})
	if err := errs.Err(); err != nil {
		t.Fatal(err)
	}
	f := file.Funcs[0].Func
	sig := ir.Signature{CallConv: ir.Tail,
		Params:  []ir.Param{{Type: op.I64}, {Type: op.F64}, {Type: op.I8, Ext: ir.Sext}},
		Returns: []ir.Param{{Type: op.I64}, {Type: op.F64}}}
	err = errors.Join(
		e.Host("twice", func(x int64) int64 { return 2 * x }),
		e.HostRaw("raw", &sig, func(c *jit.Call) {
			a := c.Args()
			c.Results()[0] = a[0] + uint64(int64(int8(a[2])))
			c.Results()[1] = math.Float64bits(math.Float64frombits(a[1]) * 10)
		}), e.Add(f))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Link(); err != nil {
		t.Skip(err)
	}
	fn, err := jit.Func[func(int64) int64](e.Module, "f")
	if err != nil {
		t.Fatal(err)
	}
	if got := fn(7); got != 2*(7-3+70) {
		t.Errorf("got %d", got)
	}
	bad := ir.Signature{Params: []ir.Param{{Type: op.I8X2}}}
	if err := e.HostRaw("bad", &bad, func(*jit.Call) {}); err == nil || !strings.Contains(err.Error(), "bad") {
		t.Errorf("a vector of 16 bits: error %v", err)
	}
}
