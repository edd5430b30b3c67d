package compile_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"davit/compile"
	"davit/internal/corpus"
	"davit/ir"
)

// someFuncs are functions of many sizes, small and large in turn.
func someFuncs(tb testing.TB) []*ir.Func {
	var fns []*ir.Func
	for i := range 40 {
		fns = append(fns, parse(tb, bigFunc(1+i*37%101))[0].Func)
	}
	return fns
}

// TestGroup compiles with any number of workers: all of the code, not only its bytes, is what one Context makes.
func TestGroup(t *testing.T) {
	tg := target(t)
	fns := someFuncs(t)
	var c compile.Context
	if _, ok := corpus.Find(t); ok {
		real, _ := corpusFuncs(t, "real/zstd", &c, tg)
		fns = append(fns, real...)
	}
	var g compile.Group
	for _, workers := range []int{0, 1, 2, 7, 1000} {
		g.Workers = workers
		codes, err := g.Compile(fns, tg)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range fns {
			if want := must(t, &c, f, tg); !reflect.DeepEqual(codes[i], want) {
				t.Errorf("%d workers: other code for function %d", workers, i)
			}
		}
	}
}

// TestGroupErrors checks that functions that fail are named in order and do not keep others from being compiled.
func TestGroupErrors(t *testing.T) {
	tg := target(t)
	fns := someFuncs(t)
	for _, i := range []int{31, 3, 17} {
		bad := ir.NewFunc(ir.FuncName{Name: fmt.Sprintf("bad%d", i)}, ir.Signature{CallConv: ir.SystemV})
		b := ir.NewBuilder(bad)
		b.NewEntry()
		fns[i] = bad // its block has no terminator
	}
	g := compile.Group{Workers: 3}
	codes, err := g.Compile(fns, tg)
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("error %v; want three joined", err)
	}
	var at []int
	for _, err := range joined.Unwrap() {
		var fe *compile.FuncError
		if !errors.As(err, &fe) || fe.Name != fns[fe.Index].Name || fe.Unwrap() == nil {
			t.Fatalf("%v is no FuncError with its function", err)
		}
		at = append(at, fe.Index)
	}
	if !reflect.DeepEqual(at, []int{3, 17, 31}) {
		t.Errorf("errors at %v", at)
	}
	for i, code := range codes {
		if bad := i == 3 || i == 17 || i == 31; bad != (code == nil) {
			t.Errorf("function %d: code %v", i, code)
		}
	}
	if codes, err := g.Compile(nil, tg); err != nil || len(codes) != 0 {
		t.Errorf("no functions: %v, %v", codes, err)
	}
}

// BenchmarkGroup compiles the real programs of the corpus on as many processors as -cpu says.
func BenchmarkGroup(b *testing.B) {
	tg := target(b, "enable_verifier=false", "preserve_frame_pointers")
	var c compile.Context
	fns, _ := corpusFuncs(b, "real", &c, tg)
	insts := 0
	for _, f := range fns {
		insts += f.NumInsts()
	}
	var g compile.Group
	for b.Loop() {
		if _, err := g.Compile(fns, tg); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(insts)*float64(b.N)/b.Elapsed().Seconds(), "insts/s")
}
