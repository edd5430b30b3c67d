package interp

import (
	"errors"
	"testing"

	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
	"davit/ir/text"
)

// TestInvalid calls functions that no verifier would accept.
func TestInvalid(t *testing.T) {
	sig := ir.Signature{Params: []ir.Param{{Type: op.I64}}, Returns: []ir.Param{{Type: op.I64}}}
	for name, build := range map[string]func(f *ir.Func, b ir.Block, v ir.Value){
		"no terminator": func(f *ir.Func, b ir.Block, v ir.Value) {
			inst := f.NewInst(ir.InstData{Op: op.Iadd, Type: op.I64, X: [4]ir.Value{v, v}})
			f.AppendResults(inst, op.I64)
			f.AppendInst(inst, b)
		},
		"empty block": func(*ir.Func, ir.Block, ir.Value) {},
		"two terminators": func(f *ir.Func, b ir.Block, v ir.Value) {
			f.AppendInst(f.NewInst(ir.InstData{Op: op.Trap, Aux: 1}), b)
			f.AppendInst(f.NewInst(ir.InstData{Op: op.Trap, Aux: 1}), b)
		},
		"no opcode":      func(f *ir.Func, b ir.Block, v ir.Value) { f.AppendInst(f.NewInst(ir.InstData{}), b) },
		"unknown opcode": func(f *ir.Func, b ir.Block, v ir.Value) { f.AppendInst(f.NewInst(ir.InstData{Op: 250}), b) },
		"undefined value": func(f *ir.Func, b ir.Block, v ir.Value) {
			off, n := f.NewList([]ir.Value{77})
			f.AppendInst(f.NewInst(ir.InstData{Op: op.Return, X: [4]ir.Value{off, n}}), b)
		},
		"operand of the wrong type": func(f *ir.Func, b ir.Block, v ir.Value) {
			inst := f.NewInst(ir.InstData{Op: op.Iadd, Type: op.I128, X: [4]ir.Value{v, v}})
			f.AppendResults(inst, op.I128)
			f.AppendInst(inst, b)
		},
		"result of the wrong type": func(f *ir.Func, b ir.Block, v ir.Value) {
			inst := f.NewInst(ir.InstData{Op: op.Iadd, Type: op.I64, X: [4]ir.Value{v, v}})
			f.AppendResults(inst, op.I8)
			f.AppendInst(inst, b)
		},
		"controlling type": func(f *ir.Func, b ir.Block, v ir.Value) {
			inst := f.NewInst(ir.InstData{Op: op.Fadd, Type: op.I64, X: [4]ir.Value{v, v}})
			f.AppendResults(inst, op.I64)
			f.AppendInst(inst, b)
		},
		"too few results": func(f *ir.Func, b ir.Block, v ir.Value) {
			inst := f.NewInst(ir.InstData{Op: op.UaddOverflow, Type: op.I64, X: [4]ir.Value{v, v}})
			f.AppendResults(inst, op.I64)
			f.AppendInst(inst, b)
		},
		"returns nothing": func(f *ir.Func, b ir.Block, v ir.Value) {
			f.AppendInst(f.NewInst(ir.InstData{Op: op.Return}), b)
		},
		"goes nowhere": func(f *ir.Func, b ir.Block, v ir.Value) {
			c := f.NewBlockCall(f.NewBlock(), nil)
			f.AppendInst(f.NewInst(ir.InstData{Op: op.Jump, X: [4]ir.Value{ir.Value(c)}}), b)
		},
		"too many arguments": func(f *ir.Func, b ir.Block, v ir.Value) {
			c := f.NewBlockCall(b, []ir.BlockArg{ir.ValueArg(v), ir.ValueArg(v)})
			f.AppendInst(f.NewInst(ir.InstData{Op: op.Jump, X: [4]ir.Value{ir.Value(c)}}), b)
		},
		"a result where there is none": func(f *ir.Func, b ir.Block, v ir.Value) {
			c := f.NewBlockCall(b, []ir.BlockArg{ir.RetArg(0)})
			f.AppendInst(f.NewInst(ir.InstData{Op: op.Jump, X: [4]ir.Value{ir.Value(c)}}), b)
		},
		"undeclared slot": func(f *ir.Func, b ir.Block, v ir.Value) {
			inst := f.NewInst(ir.InstData{Op: op.StackAddr, Type: op.I64, X: [4]ir.Value{5}})
			f.AppendResults(inst, op.I64)
			f.AppendInst(inst, b)
		},
		"lane out of range": func(f *ir.Func, b ir.Block, v ir.Value) {
			s := f.NewInst(ir.InstData{Op: op.Splat, Type: op.I64X2, X: [4]ir.Value{v}})
			w := f.AppendResults(s, op.I64X2)
			f.AppendInst(s, b)
			e := f.NewInst(ir.InstData{Op: op.Extractlane, Type: op.I64X2, Aux: 2, X: [4]ir.Value{w}})
			f.AppendResults(e, op.I64)
			f.AppendInst(e, b)
		},
		"undeclared function": func(f *ir.Func, b ir.Block, v ir.Value) {
			f.AppendInst(f.NewInst(ir.InstData{Op: op.Call, X: [4]ir.Value{0, 0, 9}}), b)
		},
		"undeclared global": func(f *ir.Func, b ir.Block, v ir.Value) {
			inst := f.NewInst(ir.InstData{Op: op.SymbolValue, Type: op.I64})
			f.AppendResults(inst, op.I64)
			f.AppendInst(inst, b)
		},
		"missing constant": func(f *ir.Func, b ir.Block, v ir.Value) {
			inst := f.NewInst(ir.InstData{Op: op.F128const})
			f.AppendResults(inst, op.F128)
			f.AppendInst(inst, b)
		},
		"conversion of other lanes": func(f *ir.Func, b ir.Block, v ir.Value) {
			s := f.NewInst(ir.InstData{Op: op.Splat, Type: op.I64X2, X: [4]ir.Value{v}})
			w := f.AppendResults(s, op.I64X2)
			f.AppendInst(s, b)
			e := f.NewInst(ir.InstData{Op: op.FcvtFromSint, Type: op.F32X4, X: [4]ir.Value{w}})
			f.AppendResults(e, op.F32X4)
			f.AppendInst(e, b)
		},
	} {
		f := ir.NewFunc(ir.FuncName{Name: "f"}, sig)
		b := f.NewBlock()
		f.AppendBlock(b)
		build(f, b, f.AppendParam(b, op.I64))
		m, err := NewModule([]*ir.Func{f}, Options{Fuel: 1000})
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Call("f", i64s(1))
		var invalid *Invalid
		if !errors.As(err, &invalid) || invalid.Func != "%f" {
			t.Errorf("%s: error %v of type %T", name, err, err)
		}
		if _, again := m.Call("f", i64s(1)); again == nil || again.Error() != err.Error() {
			t.Errorf("%s: a second call gives %v", name, again)
		}
	}
	f := ir.NewFunc(ir.FuncName{Name: "f"}, sig)
	m, err := NewModule([]*ir.Func{f}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantError[*Invalid](t, m, "f", i64s(1), "no blocks")
	f.AppendBlock(f.NewBlock())
	m, err = NewModule([]*ir.Func{f}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantError[*Invalid](t, m, "f", i64s(1), "has 0 parameters, expected 1")
}

// FuzzCall runs whatever parses: every outcome but a mistake of the interpreter is fine.
func FuzzCall(f *testing.F) {
	f.Add([]byte(benchSource), uint64(3))
	f.Add([]byte(hostSource), uint64(1))
	for _, path := range []string{"control", "int", "float", "vector", "memory"} {
		for _, fn := range split(f, "testdata/"+path+".clif") {
			f.Add(fn, uint64(7))
		}
	}
	f.Fuzz(func(t *testing.T, src []byte, seed uint64) {
		file, _ := text.Parse(src, text.Options{})
		var fns []*ir.Func
		for _, fn := range file.Funcs {
			fns = append(fns, fn.Func)
		}
		for _, opts := range []Options{{}, {general: true, Moving: true, BigEndian: true, CanonicalNaN: true}} {
			opts.Fuel, opts.MaxDepth, opts.StackSize = 10000, 100, 1<<16
			m, err := NewModule(fns, opts)
			if err != nil {
				return
			}
			for _, fn := range fns {
				var args []data.Value
				for i, p := range fn.Sig.Params {
					args = append(args, data.FromBits(p.Type, seed*uint64(i+1), seed))
				}
				var bug *Bug
				if _, err := m.Call(fn.Name.Linkage(), args); errors.As(err, &bug) {
					t.Fatalf("%v\n%s", err, bug.Trace)
				}
			}
		}
	})
}

// split returns the functions of a file as texts of their own.
func split(tb testing.TB, path string) (parts [][]byte) {
	tb.Helper()
	file, _ := parseFile(tb, path)
	for _, fn := range file.Funcs {
		parts = append(parts, fn.AppendTo(nil, ir.Lossless))
	}
	return parts
}
