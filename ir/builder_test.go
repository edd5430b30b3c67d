package ir_test

import (
	"math"
	"reflect"
	"testing"

	"davit/ir"
	"davit/ir/op"
	"davit/ir/text"
)

// builderMethod returns the method of an opcode, whose name is that of the opcode without underscores.
func builderMethod(t *testing.T, b *ir.Builder, o op.Opcode) reflect.Value {
	t.Helper()
	var name []byte
	up := true
	for _, c := range []byte(o.String()) {
		if c == '_' {
			up = true
			continue
		}
		if up && c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		up = false
		name = append(name, c)
	}
	m := reflect.ValueOf(b).MethodByName(string(name))
	if !m.IsValid() {
		t.Fatalf("%s has no method %s", o, name)
	}
	return m
}

// kit holds something of every kind that a builder's method may ask for.
type kit struct {
	f      *ir.Func
	b      *ir.Builder
	params map[op.Type]ir.Value
	args   map[reflect.Type]any
	target ir.Block
	sig    ir.SigRef
}

func newKit(types []op.Type) *kit {
	f := ir.NewFunc(ir.FuncName{Name: "all"}, ir.Signature{CallConv: ir.SystemV})
	k := &kit{f: f, b: ir.NewBuilder(f), params: map[op.Type]ir.Value{}}
	for _, t := range types {
		f.Sig.Params = append(f.Sig.Params, ir.Param{Type: t})
	}
	for i, v := range k.b.NewEntry() {
		k.params[types[i]] = v
	}
	k.target = k.b.NewBlock()
	k.sig = f.AddSig(ir.Signature{CallConv: ir.SystemV})
	factor := f.AddGlobalValue(ir.GlobalValueData{Kind: ir.GVDynScaleTargetConst, Type: op.I32X4})
	call := k.b.Target(k.target)
	k.args = map[reflect.Type]any{
		reflect.TypeFor[ir.Constant]():    f.InternConstant(make([]byte, 16)),
		reflect.TypeFor[ir.GlobalValue](): f.ImportSymbol("data", true),
		reflect.TypeFor[ir.Block]():       k.target,
		reflect.TypeFor[ir.SigRef]():      k.sig,
		reflect.TypeFor[ir.FuncRef]():     f.ImportUserFunc(ir.NamePair{Namespace: 1, Index: 2}, k.sig),
		reflect.TypeFor[ir.StackSlot]():   f.AddStackSlot(16, 4),
		reflect.TypeFor[ir.DynSlot]():     f.AddDynSlot(f.AddDynType(op.I32X4, factor)),
		reflect.TypeFor[ir.BlockCall]():   call,
		reflect.TypeFor[ir.MemFlags]():    ir.MemFlags{Bits: ir.LittleEnd, Region: f.AddRegion(7, "heap")},
		reflect.TypeFor[ir.ExTableData](): ir.ExTableData{Sig: k.sig, Normal: call, Items: []ir.ExItem{{Kind: ir.ExTag, Tag: 3, Target: call}, {Kind: ir.ExDefault, Target: call}}},
		reflect.TypeFor[[16]byte]():       [16]byte{15: 31},
		reflect.TypeFor[op.TrapCode]():    op.IntegerDivByZero,
		reflect.TypeFor[op.IntCC]():       op.Ugt,
		reflect.TypeFor[op.FloatCC]():     op.FUgt,
		reflect.TypeFor[op.AtomicOp]():    op.AtomicXchg,
		reflect.TypeFor[uint8]():          uint8(1),
		reflect.TypeFor[uint16]():         uint16(0x3c00),
		reflect.TypeFor[int32]():          int32(-8),
		reflect.TypeFor[int64]():          int64(-2),
		reflect.TypeFor[float32]():        float32(math.Inf(-1)),
		reflect.TypeFor[float64]():        0.1,
	}
	return k
}

// pick returns the first of some types that a predicate allows.
func pick(types []op.Type, ok func(op.Type) bool) op.Type {
	for _, t := range types {
		if ok(t) {
			return t
		}
	}
	return op.Invalid
}

// TestEveryMethod appends one instruction with every method, prints the function and parses it back. So it also
// compares the table of operands, the printer, the parser and the builder with each other.
func TestEveryMethod(t *testing.T) {
	types := []op.Type{op.I64, op.I32, op.I8, op.I16, op.F32, op.F64, op.I128, op.I8X16, op.I16X8, op.I32X4, op.F64X2, op.F32X4, op.I64X2, op.F16, op.I32X4.Dynamic()}
	k := newKit(types)
	for o := op.None + 1; int(o) < op.NumOpcodes; o++ {
		m := builderMethod(t, k.b, o)
		info := o.Info()
		ctrl := pick(types, func(c op.Type) bool {
			if info.From != op.NotPolymorphic && !info.Ctrl.Has(c) {
				return false
			}
			for _, r := range info.Args {
				if pick(types, func(x op.Type) bool { return r.Allows(c, x) }) == op.Invalid {
					return false
				}
			}
			return true
		})
		var in []reflect.Value
		values := 0
		for i := range m.Type().NumIn() {
			switch pt := m.Type().In(i); pt {
			case reflect.TypeFor[op.Type]():
				in = append(in, reflect.ValueOf(ctrl))
			case reflect.TypeFor[ir.Value]():
				x := op.I64 // the callee of an indirect call that returns nothing
				if values < len(info.Args) {
					r := info.Args[values]
					x = pick(types, func(x op.Type) bool { return r.Allows(ctrl, x) })
				}
				in = append(in, reflect.ValueOf(k.params[x]))
				values++
			case reflect.TypeFor[[]ir.Value](), reflect.TypeFor[[]ir.BlockCall]():
				in = append(in, reflect.Zero(pt))
			default:
				a, ok := k.args[pt]
				if !ok {
					t.Fatalf("%s: no argument of type %v", o, pt)
				}
				in = append(in, reflect.ValueOf(a))
			}
		}
		k.b.SetBlock(k.b.NewBlock())
		if m.Type().IsVariadic() {
			m.CallSlice(in)
		} else {
			m.Call(in)
		}
	}
	printed := k.f.String()
	file, errs := text.Parse([]byte(printed), text.Options{})
	if err := errs.Err(); err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	if got := file.Funcs[0].String(); got != printed {
		t.Errorf("printed:\n%s\nparsed and printed:\n%s", printed, got)
	}
}

// TestClone checks that a copy shares nothing that matters with its original.
func TestClone(t *testing.T) {
	src := `function %f(i64) -> i64 system_v {
    ss0 = explicit_slot 8
    sig0 = (i64) -> i64 system_v
    fn0 = %g sig0
    const0 = 0x0102

block0(v0: i64):
@0001                               v1 = call fn0(v0), stack_map=[i64 @ ss0+0]
<1>                                 v2 = call fn0(v1)
                                    return v2
}
`
	file, errs := text.Parse([]byte(src), text.Options{})
	if err := errs.Err(); err != nil {
		t.Fatal(err)
	}
	f := file.Funcs[0].Func
	want := f.String()
	g := f.Clone()
	if got := g.String(); got != want {
		t.Errorf("the copy prints\n%s\nwant\n%s", got, want)
	}
	g.Sigs[0].Params[0].Type = op.I8
	g.Constants[0][0] = 9
	g.StackMap(0)[0].Offset = 4
	g.DebugTags(1)[0].Value = 5
	g.Data(0).X[2] = 7
	g.Args(1)[0] = 0
	g.NeedsStackMap = append(g.NeedsStackMap, 1)
	if got := f.String(); got != want {
		t.Errorf("changing the copy changed the original to\n%s", got)
	}
}
