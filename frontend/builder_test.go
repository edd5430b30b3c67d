package frontend_test

import (
	"reflect"
	"strings"
	"sync"
	"testing"

	"davit/compile"
	"davit/frontend"
	"davit/frontend/safepoint"
	"davit/interp"
	"davit/ir"
	"davit/ir/op"
	"davit/settings"
	"davit/stackmap/check"
)

// newFunc returns a builder for a function with the given types of parameters and results.
func newFunc(opts frontend.Options, params, returns []op.Type) (*frontend.Builder, *ir.Func) {
	f := ir.NewFunc(ir.FuncName{Name: "f"}, signature(params, returns))
	b := frontend.NewBuilder(opts)
	b.Reset(f)
	return b, f
}

func signature(params, returns []op.Type) ir.Signature {
	var s ir.Signature
	for _, t := range params {
		s.Params = append(s.Params, ir.Param{Type: t})
	}
	for _, t := range returns {
		s.Returns = append(s.Returns, ir.Param{Type: t})
	}
	return s
}

var checked = frontend.Options{Check: true}

// begin starts the entry block of a function and returns its parameters.
func begin(b *frontend.Builder) []ir.Value {
	entry := b.CreateBlock()
	b.SwitchToBlock(entry)
	b.SealBlock(entry)
	return b.AppendFuncParams(entry)
}

// finish ends a function, which must be right, its stack maps included, and returns its text without the first and the
// last line.
func finish(t *testing.T, b *frontend.Builder, f *ir.Func) string {
	t.Helper()
	if err := b.Finalize(); err != nil {
		t.Fatal(err)
	}
	if errs := check.Func(f); len(errs) > 0 {
		t.Error(errs)
	}
	s := strings.TrimSuffix(f.String(), "}\n")
	_, s, _ = strings.Cut(s, "\n")
	return strings.TrimSpace(s)
}

func expect(t *testing.T, got, want string) {
	t.Helper()
	if want = strings.TrimSpace(want); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestLoop builds a loop over two variables; a third one that never changes needs no parameter.
func TestLoop(t *testing.T) {
	b, f := newFunc(checked, []op.Type{op.I32}, []op.Type{op.I32})
	ps := begin(b)
	head, body, exit := b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
	n, sum, step := b.DeclareVar(op.I32), b.DeclareVar(op.I32), b.DeclareVar(op.I32)
	b.DefVar(n, ps[0])
	b.DefVar(sum, b.Iconst(op.I32, 0))
	b.DefVar(step, b.Iconst(op.I32, 9))
	b.Jump(head)
	b.SwitchToBlock(head)
	b.Brif(b.UseVar(n), body, nil, exit, nil)
	b.SwitchToBlock(body)
	b.SealBlock(body)
	b.DefVar(sum, b.Iadd(b.UseVar(sum), b.UseVar(step)))
	b.DefVar(n, b.Isub(b.UseVar(n), b.Iconst(op.I32, 1)))
	b.Jump(head)
	b.SealBlock(head)
	b.SwitchToBlock(exit)
	b.SealBlock(exit)
	b.Return(b.UseVar(sum))
	expect(t, finish(t, b, f), `
block0(v0: i32):
    v1 = iconst.i32 0
    v2 = iconst.i32 9
    v5 -> v2
    jump block1(v0, v1)  ; v1 = 0

block1(v3: i32, v4: i32):
    brif v3, block2, block3

block2:
    v6 = iadd.i32 v4, v2  ; v2 = 9
    v7 = iconst.i32 1
    v8 = isub.i32 v3, v7  ; v7 = 1
    jump block1(v8, v6)

block3:
    return v4`)
}

// TestIrreducible enters a cycle of two blocks at both of them. The variable that differs needs a parameter in each, the
// one that is the same everywhere in none.
func TestIrreducible(t *testing.T) {
	b, f := newFunc(checked, []op.Type{op.I32, op.I32}, []op.Type{op.I32})
	ps := begin(b)
	left, right, exit := b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
	x, same := b.DeclareVar(op.I32), b.DeclareVar(op.I32)
	b.DefVar(x, ps[0])
	b.DefVar(same, ps[1])
	b.Brif(ps[0], left, nil, right, nil)
	b.SwitchToBlock(left)
	b.DefVar(x, b.Iadd(b.UseVar(x), b.UseVar(same)))
	b.Brif(b.UseVar(x), right, nil, exit, nil)
	b.SwitchToBlock(right)
	b.DefVar(x, b.Imul(b.UseVar(x), b.UseVar(same)))
	b.Jump(left)
	b.SwitchToBlock(exit)
	b.SealAllBlocks()
	b.Return(b.UseVar(x))
	expect(t, finish(t, b, f), `
block0(v0: i32, v1: i32):
    v3 -> v1
    v6 -> v1
    brif v0, block1(v0), block2(v0)

block1(v2: i32):
    v4 = iadd v2, v1
    brif v4, block2(v4), block3

block2(v5: i32):
    v7 = imul v5, v1
    jump block1(v7)

block3:
    return v4`)
}

// TestUndefinedIsZero uses variables before they have a value.
func TestUndefinedIsZero(t *testing.T) {
	types := []op.Type{op.I8, op.I64, op.I128, op.F16, op.F32, op.F64, op.F128, op.I8X16, op.F32X4}
	b, f := newFunc(checked, nil, types)
	begin(b)
	var vs []ir.Value
	for _, typ := range types {
		vs = append(vs, b.UseVar(b.DeclareVar(typ)))
	}
	b.Return(vs...)
	finish(t, b, f)
	m, err := interp.NewModule([]*ir.Func{f}, interp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rs, err := m.Call("f", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rs {
		if r.Type() != types[i] || strings.Trim(string(r.Bytes()), "\x00") != "" {
			t.Errorf("%v: %v", types[i], r)
		}
	}
}

// TestMistakes misuses the builder in many ways; the first mistake is the error of Finalize, and nothing panics.
func TestMistakes(t *testing.T) {
	i32, i64 := op.I32, op.I64
	for _, tt := range []struct {
		name, want string
		build      func(b *frontend.Builder, ps []ir.Value)
	}{
		{"no terminator", "block0: has no terminator", func(b *frontend.Builder, ps []ir.Value) {}},
		{"not sealed", "block1: is not sealed", func(b *frontend.Builder, ps []ir.Value) {
			b1 := b.CreateBlock()
			b.Jump(b1)
			b.SwitchToBlock(b1)
			b.Return(ps[0])
		}},
		{"sealed twice", "block0: is sealed already", func(b *frontend.Builder, ps []ir.Value) { b.SealBlock(b.CurrentBlock()) }},
		{"branch to sealed", "block0: branches to block1, which is sealed", func(b *frontend.Builder, ps []ir.Value) {
			b1 := b.CreateBlock()
			b.SealBlock(b1)
			b.Jump(b1)
		}},
		{"never current", "block1: is the target of a branch, but never was the current block", func(b *frontend.Builder, ps []ir.Value) {
			b1 := b.CreateBlock()
			b.Jump(b1)
			b.SealAllBlocks()
		}},
		{"filled", "block0: iadd after the terminator of the block", func(b *frontend.Builder, ps []ir.Value) {
			b.Return(ps[0])
			b.Iadd(ps[0], ps[0])
		}},
		{"filled block again", "block0: has its terminator already", func(b *frontend.Builder, ps []ir.Value) {
			entry := b.CurrentBlock()
			b.Return(ps[0])
			b.SwitchToBlock(entry)
		}},
		{"back to the entry", "block0: is the entry, and branches lead to it", func(b *frontend.Builder, ps []ir.Value) {
			f := ir.NewFunc(ir.FuncName{Name: "f"}, signature([]op.Type{i32}, []op.Type{i32}))
			b.Reset(f)
			entry := b.CreateBlock()
			b.SwitchToBlock(entry)
			b.Jump(entry, b.AppendFuncParams(entry)...)
			b.SealBlock(entry)
		}},
		{"unknown block", "block7 was not made by this builder", func(b *frontend.Builder, ps []ir.Value) { b.SwitchToBlock(7) }},
		{"unknown target", "block9 was not made by this builder", func(b *frontend.Builder, ps []ir.Value) { b.Jump(9) }},
		{"unknown value", "uses v99, which is no value of this function", func(b *frontend.Builder, ps []ir.Value) { b.Iadd(ps[0], 99) }},
		{"no value", "uses a value that does not exist", func(b *frontend.Builder, ps []ir.Value) { b.Ineg(ir.NoValue) }},
		{"type of a definition", "v1 of type i64 cannot be the value of variable 0 of type i32", func(b *frontend.Builder, ps []ir.Value) {
			b.DefVar(b.DeclareVar(i32), b.Iconst(i64, 1))
		}},
		{"operand type", "expected i32", func(b *frontend.Builder, ps []ir.Value) { b.Iadd(ps[0], b.Iconst(i64, 1)) }},
		{"constant too wide", "iconst.i128 0): has an invalid controlling type i128", func(b *frontend.Builder, ps []ir.Value) { b.Iconst(op.I128, 1) }},
		{"no type", "iconst", func(b *frontend.Builder, ps []ir.Value) { b.Iconst(0x478, 1) }},
		{"no condition", "there is no integer condition 77", func(b *frontend.Builder, ps []ir.Value) { b.Icmp(77, ps[0], ps[0]) }},
		{"no convention", "there is no calling convention 99", func(b *frontend.Builder, ps []ir.Value) {
			b.ImportFunction("g", b.ImportSignature(ir.Signature{CallConv: 99}))
			b.Return(ps[0])
		}},
		{"undeclared variable", "variable 3 is not declared", func(b *frontend.Builder, ps []ir.Value) { b.UseVar(3) }},
		{"type of a variable", "a variable cannot have type", func(b *frontend.Builder, ps []ir.Value) { b.DeclareVar(op.Invalid) }},
		{"number of arguments", "got 1, expected 0", func(b *frontend.Builder, ps []ir.Value) {
			b1 := b.CreateBlock()
			b.Jump(b1, ps[0])
			b.SwitchToBlock(b1)
			b.SealBlock(b1)
			b.Return(ps[0])
		}},
		{"number of results", "return", func(b *frontend.Builder, ps []ir.Value) { b.Return() }},
		{"undeclared callee", "calls fn5, which is not declared", func(b *frontend.Builder, ps []ir.Value) { b.Call(5) }},
		{"undeclared signature", "sig4, which is not declared", func(b *frontend.Builder, ps []ir.Value) { b.ImportFunction("g", 4) }},
		{"signature of an indirect call", "with a signature that is not declared", func(b *frontend.Builder, ps []ir.Value) {
			b.CallIndirect(4, b.Iconst(i64, 0))
		}},
		{"overlapping cases", "the switch has two cases for 5", func(b *frontend.Builder, ps []ir.Value) {
			var s frontend.Switch
			s.Case(5, b.CreateBlock())
			s.CaseRange(3, 9, b.CreateBlock())
			s.Emit(b, ps[0], b.CreateBlock())
		}},
		{"case out of range", "is not within the values of the switch, 0 to 4294967295", func(b *frontend.Builder, ps []ir.Value) {
			var s frontend.Switch
			s.Case(1<<32, b.CreateBlock())
			s.Emit(b, ps[0], b.CreateBlock())
		}},
		{"library call", "cannot be called by programs", func(b *frontend.Builder, ps []ir.Value) { b.ImportLibCall(ir.LibProbestack) }},
		{"large reference", "i64x4", func(b *frontend.Builder, ps []ir.Value) {
			b.DeclareVarNeedsStackMap(b.DeclareVar(op.Vector(op.I64, 4)))
		}},
		{"inserted block", "cannot be inserted after", func(b *frontend.Builder, ps []ir.Value) {
			b.InsertBlockAfter(b.CurrentBlock(), b.CurrentBlock())
		}},
		{"vector constant", "3 bytes cannot be a constant of type i8x16", func(b *frontend.Builder, ps []ir.Value) {
			b.VectorConst(op.I8X16, []byte{1, 2, 3})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, _ := newFunc(checked, []op.Type{i32}, []op.Type{i32})
			tt.build(b, begin(b))
			err := b.Finalize()
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("the error is %v, expected %q in it", err, tt.want)
			}
			if e, ok := err.(*frontend.Error); ok && e.Caller != "" && !strings.HasPrefix(e.Caller, "builder_test.go:") {
				t.Errorf("the caller is %s", e.Caller)
			}
		})
	}
}

// TestUnchecked makes mistakes that are found without Options.Check, too.
func TestUnchecked(t *testing.T) {
	b, _ := newFunc(frontend.Options{}, []op.Type{op.I32}, []op.Type{op.I32})
	ps := begin(b)
	b1 := b.CreateBlock()
	b.Jump(b1, ps[0])
	b.SwitchToBlock(b1)
	b.SealBlock(b1)
	b.Return(ps[0])
	const want = "inst0: passes 1 arguments to block1, expected 0"
	if err := b.Finalize(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, expected %q in it", err, want)
	}
}

// TestMistakesEverywhere calls every method that appends an instruction at the wrong time: without a function, without a
// block, and after the terminator.
func TestMistakesEverywhere(t *testing.T) {
	n := 0
	for i := range reflect.TypeFor[*frontend.Builder]().NumMethod() {
		m := reflect.TypeFor[*frontend.Builder]().Method(i)
		switch m.Name {
		case "Reset", "Finalize", "Func", "Err", "CurrentBlock", "SrcLoc", "SetSrcLoc", "SetStackMapRegions":
			continue
		}
		n++
		for state := range 3 {
			b := frontend.NewBuilder(checked)
			if state > 0 {
				b.Reset(ir.NewFunc(ir.FuncName{Name: "f"}, ir.Signature{}))
			}
			if state > 1 {
				begin(b)
				b.Return()
			}
			args := []reflect.Value{reflect.ValueOf(b)}
			for k := 1; k < m.Type.NumIn() && !(m.Type.IsVariadic() && k == m.Type.NumIn()-1); k++ {
				args = append(args, reflect.Zero(m.Type.In(k)))
			}
			m.Func.Call(args)
			if err := b.Finalize(); state == 0 && err == nil {
				t.Errorf("%s without a function is no mistake", m.Name)
			}
		}
	}
	if n < op.NumOpcodes {
		t.Errorf("the builder has %d methods, fewer than there are opcodes", n)
	}
}

// TestEveryOpcode checks that each opcode has its method.
func TestEveryOpcode(t *testing.T) {
	typ := reflect.TypeFor[*frontend.Builder]()
	for o := op.None + 1; int(o) < op.NumOpcodes; o++ {
		name := ""
		for _, part := range strings.Split(o.String(), "_") {
			name += strings.ToUpper(part[:1]) + part[1:]
		}
		if _, ok := typ.MethodByName(name); !ok {
			t.Errorf("%v has no method %s", o, name)
		}
	}
}

// TestConformance40_Reuse builds a function without references after one with some.
func TestConformance40_Reuse(t *testing.T) {
	for mode := range safepoint.Mode(safepoint.NumModes) {
		b := frontend.NewBuilder(frontend.Options{Check: true, Safepoints: mode})
		build := func(declare bool) string {
			f := ir.NewFunc(ir.FuncName{Name: "f"}, signature([]op.Type{op.I64}, []op.Type{op.I64}))
			b.Reset(f)
			ps := begin(b)
			fn := b.ImportFunction("g", b.ImportSignature(ir.Signature{}))
			x := b.DeclareVar(op.I64)
			if declare {
				b.DeclareVarNeedsStackMap(x)
			}
			b.DefVar(x, ps[0])
			b.Call(fn)
			b.Return(b.UseVar(x))
			return finish(t, b, f)
		}
		without := build(false)
		if with := build(true); !strings.Contains(with, "stack_map=[i64 @ ss0+0]") {
			t.Errorf("%v: no map in\n%s", mode, with)
		}
		expect(t, build(false), without)
		if strings.Contains(without, "ss0") {
			t.Errorf("%v: a slot in\n%s", mode, without)
		}
	}
}

// TestConformance41_DeclareLate declares a variable after its definition.
func TestConformance41_DeclareLate(t *testing.T) {
	b, _ := newFunc(checked, []op.Type{op.I64}, nil)
	ps := begin(b)
	x := b.DeclareVar(op.I64)
	b.DefVar(x, ps[0])
	b.DeclareVarNeedsStackMap(x)
	b.Return()
	const want = "variable 0 needs stack maps, which must be declared before its first definition (called from builder_test.go:"
	if err := b.Finalize(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, expected %q in it", err, want)
	}
}

// TestRegions tags the accesses to slots of stack maps.
func TestRegions(t *testing.T) {
	for mode := range safepoint.Mode(safepoint.NumModes) {
		b, f := newFunc(frontend.Options{Check: true, Safepoints: mode}, []op.Type{op.I64}, []op.Type{op.I64})
		ps := begin(b)
		regions := map[ir.StackSlot]ir.Region{}
		b.SetStackMapRegions(func(f *ir.Func, slot ir.StackSlot, typ op.Type, offset uint32) ir.Region {
			r, ok := regions[slot]
			if !ok {
				r = f.AddRegion(uint32(slot), "slot")
				regions[slot] = r
			}
			return r
		})
		b.DeclareValueNeedsStackMap(ps[0])
		b.Call(b.ImportFunction("g", b.ImportSignature(ir.Signature{})))
		b.Return(ps[0])
		s := finish(t, b, f)
		for _, want := range []string{"region0 = 0 \"slot\"", "store notrap aligned region0 v0, v", "load.i64 notrap aligned region0 v"} {
			if !strings.Contains(s, want) {
				t.Errorf("%v: no %q in\n%s", mode, want, s)
			}
		}
	}
}

// TestNoAllocation builds a function again and again with the same memory, in both modes.
func TestNoAllocation(t *testing.T) {
	for mode := range safepoint.Mode(safepoint.NumModes) {
		buildAgain(t, frontend.Options{Safepoints: mode})
	}
}

func buildAgain(t *testing.T, opts frontend.Options) {
	t.Helper()
	f := ir.NewFunc(ir.FuncName{Name: "f"}, ir.Signature{})
	b := frontend.NewBuilder(opts)
	sig := signature([]op.Type{op.I64, op.I64}, []op.Type{op.I64})
	build := func() {
		f.Reset(ir.FuncName{Name: "f"}, sig)
		b.Reset(f)
		ps := begin(b)
		g := b.ImportFunction("g", b.ImportSignature(ir.Signature{}))
		x, y := b.DeclareVar(op.I64), b.DeclareVar(op.I64)
		b.DeclareVarNeedsStackMap(x)
		b.DefVar(x, ps[0])
		b.DefVar(y, ps[1])
		head, body, exit := b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
		b.Jump(head)
		b.SwitchToBlock(head)
		b.Brif(b.UseVar(y), body, nil, exit, nil)
		b.SwitchToBlock(body)
		b.SealBlock(body)
		for range 40 {
			b.Call(g)
			b.DefVar(y, b.Iadd(b.UseVar(y), b.UseVar(x)))
		}
		b.Jump(head)
		b.SealBlock(head)
		b.SwitchToBlock(exit)
		b.SealBlock(exit)
		b.Return(b.UseVar(x))
		if err := b.Finalize(); err != nil {
			t.Fatal(err)
		}
	}
	build()
	if n := testing.AllocsPerRun(10, build); n > 1 { // the entries of stack maps, which the function keeps
		t.Errorf("%v: %v allocations for the same function again", opts.Safepoints, n)
	}
}

// TestConcurrent builds and compiles on many goroutines; the bytes are those of one.
func TestConcurrent(t *testing.T) {
	flags := settings.Default(settings.X86_64)
	flags.SetStackMapChecker(settings.CheckDeclaredMaps)
	target, err := compile.NewTarget("x86_64", &flags)
	if err != nil {
		t.Fatal(err)
	}
	work := func(b *frontend.Builder, c *compile.Context, n int) (string, error) {
		f := ir.NewFunc(ir.FuncName{Name: "f"}, signature([]op.Type{op.I64}, []op.Type{op.I64}))
		b.Reset(f)
		ps := begin(b)
		x := b.DeclareVar(op.I64)
		b.DeclareVarNeedsStackMap(x)
		b.DefVar(x, ps[0])
		g := b.ImportFunction("g", b.ImportSignature(ir.Signature{}))
		for i := range n {
			b.Call(g)
			if i%3 == 0 {
				b.DefVar(x, b.IaddImm(b.UseVar(x), int64(i)))
			}
		}
		b.Return(b.UseVar(x))
		if err := b.Finalize(); err != nil {
			return "", err
		}
		code, err := c.Compile(f, target)
		if err != nil {
			return "", err
		}
		return string(code.Bytes), nil
	}
	var want [20]string
	b := frontend.NewBuilder(checked)
	var c compile.Context
	for n := range want {
		if want[n], err = work(b, &c, n); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			b := frontend.NewBuilder(checked)
			var c compile.Context
			for i := range want {
				n := (i*7 + g) % len(want)
				if got, err := work(b, &c, n); err != nil || got != want[n] {
					t.Errorf("goroutine %d, function %d: other bytes, error %v", g, n, err)
				}
			}
		})
	}
	wg.Wait()
}
