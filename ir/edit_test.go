package ir_test

import (
	"testing"

	"davit/ir"
	"davit/ir/op"
	"davit/ir/text"
)

func parseFunc(t *testing.T, src string) *ir.Func {
	t.Helper()
	file, errs := text.Parse([]byte(src), text.Options{})
	if err := errs.Err(); err != nil {
		t.Fatal(err)
	}
	return file.Funcs[0].Func
}

// TestNoGC checks which calls are safepoints, and that the marks survive printing.
func TestNoGC(t *testing.T) {
	src := `function %f(i64) fast {
    sig0 = () fast ;@nogc
    sig1 = () fast
    fn0 = %a sig0
    fn1 = %b sig1 ;@nogc
    fn2 = %c sig1

block0(v0: i64):
    call fn0()
    call fn1()
    call fn2()
    call_indirect sig0, v0()
    call_indirect sig1, v0()
    try_call fn0(), sig1, block1, []

block1:
    try_call fn2(), sig1, block2, []

block2:
    return_call_indirect.i64 sig1, v0()
}
`
	f := parseFunc(t, src)
	if got := string(f.AppendTo(nil, ir.Lossless)); got != src {
		t.Errorf("printed:\n%s", got)
	}
	want := []bool{false, false, true, false, true, false, true, false}
	for i, w := range want {
		if got := f.IsSafepoint(ir.Inst(i)); got != w {
			t.Errorf("inst%d is a safepoint: %v; want %v", i, got, w)
		}
	}
}

// TestBranch replaces every block call of every kind of branch.
func TestBranch(t *testing.T) {
	f := parseFunc(t, `function %f(i32) tail {
    sig0 = () tail
    fn0 = %a sig0
block0(v0: i32):
    jump block1
block1:
    brif v0, block2, block3
block2:
    br_table v0, block1, [block2, block3]
block3:
    try_call fn0(), sig0, block1, [ tag1: block2, context v0, default: block3 ]
}
`)
	target := f.NewBlock()
	f.AppendBlock(target)
	for inst := range ir.Inst(4) {
		for i, c := range f.Branches(inst, nil) {
			if f.Branch(inst, i) != c {
				t.Errorf("branch %d of %v is not the one that Branches lists", i, inst)
			}
			f.SetBranch(inst, i, f.NewBlockCall(target, nil))
		}
		for i, c := range f.Branches(inst, nil) {
			if f.CallBlock(c) != target {
				t.Errorf("branch %d of %v still leads to %v", i, inst, f.CallBlock(c))
			}
		}
	}
}

// TestKeepParams drops the middle one of three parameters, and defines a value that nothing defined at first.
func TestKeepParams(t *testing.T) {
	f := ir.NewFunc(ir.FuncName{Name: "f"}, ir.Signature{})
	b := ir.NewBuilder(f)
	blk := b.NewBlock(op.I8, op.I16, op.I32)
	late := f.NewValue(op.F64)
	if f.ValueExists(late) || f.ValueType(late) != op.F64 {
		t.Errorf("%v exists: %v, has type %v", late, f.ValueExists(late), f.ValueType(late))
	}
	f.KeepParams(blk, func(i int, v ir.Value) bool { return i != 1 })
	f.AppendParamNumbered(blk, late, op.F64)
	var types []op.Type
	for i, v := range f.Params(blk) {
		types = append(types, f.ValueType(v))
		if owner, n, ok := f.DefParam(v); !ok || owner != blk || n != i {
			t.Errorf("%v is parameter %d of %v (%v); want %d of %v", v, n, owner, ok, i, blk)
		}
	}
	if len(types) != 3 || types[0] != op.I8 || types[1] != op.I32 || types[2] != op.F64 {
		t.Errorf("parameters: %v; want i8, i32, f64", types)
	}
}
