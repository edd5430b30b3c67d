package frontend_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime/debug"
	"testing"

	"davit/compile"
	"davit/frontend"
	"davit/ir"
	"davit/ir/op"
	"davit/settings"
)

// misuser calls methods of a builder at random, most of them wrongly.
type misuser struct {
	r      *rand.Rand
	values []ir.Value
	blocks []ir.Block
	vars   []frontend.Variable
}

var valueTypes = []op.Type{op.I8, op.I16, op.I32, op.I64, op.I128, op.F16, op.F32, op.F64, op.F128, op.I8X16, op.I64X2, op.F32X4, op.I8X2, op.Vector(op.I64, 4)}

// arg makes an argument of a type: often a good one, else any.
func (m *misuser) arg(t reflect.Type) reflect.Value {
	r := m.r
	v := reflect.New(t).Elem()
	bad := r.IntN(12) == 0
	switch t {
	case reflect.TypeFor[ir.Value]():
		v.SetUint(uint64(uint32(r.IntN(40))))
		if !bad && len(m.values) > 0 {
			v.SetUint(uint64(m.values[r.IntN(len(m.values))]))
		} else if r.IntN(3) == 0 {
			v.SetUint(uint64(ir.NoValue))
		}
		return v
	case reflect.TypeFor[ir.Block]():
		v.SetUint(uint64(uint32(r.IntN(9))))
		if !bad && len(m.blocks) > 0 {
			v.SetUint(uint64(m.blocks[r.IntN(len(m.blocks))]))
		} else if r.IntN(3) == 0 {
			v.SetUint(uint64(ir.NoBlock))
		}
		return v
	case reflect.TypeFor[op.Type]():
		if bad {
			v.SetUint(r.Uint64N(1 << (1 + r.IntN(16))))
		} else {
			v.SetUint(uint64(valueTypes[r.IntN(len(valueTypes))]))
		}
		return v
	case reflect.TypeFor[frontend.Variable]():
		if !bad && len(m.vars) > 0 {
			v.SetUint(uint64(m.vars[r.IntN(len(m.vars))]))
		} else {
			v.SetUint(uint64(r.IntN(6)))
		}
		return v
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if x := int64(r.IntN(20) - 3); bad {
			v.SetInt(int64(r.Uint64()))
		} else {
			v.SetInt(x)
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if v.SetUint(uint64(r.IntN(4))); bad {
			v.SetUint(r.Uint64() >> (64 - t.Bits()))
		}
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.String:
		v.SetString([]string{"g", "%h", "", "u0:1", "davit_x"}[r.IntN(5)])
	case reflect.Slice:
		n := r.IntN(4)
		v.Set(reflect.MakeSlice(t, n, n))
		for i := range n {
			v.Index(i).Set(m.arg(t.Elem()))
		}
	case reflect.Array:
		for i := range t.Len() {
			v.Index(i).Set(m.arg(t.Elem()))
		}
	case reflect.Struct:
		for i := range t.NumField() {
			if f := v.Field(i); f.CanSet() {
				f.Set(m.arg(f.Type()))
			}
		}
	}
	return v
}

// step calls one method and keeps what it returns.
func (m *misuser) step(b *frontend.Builder, method reflect.Method, log *[]string) {
	args := []reflect.Value{reflect.ValueOf(b)}
	for k := 1; k < method.Type.NumIn(); k++ {
		args = append(args, m.arg(method.Type.In(k)))
	}
	*log = append(*log, fmt.Sprint(method.Name, args[1:]))
	var out []reflect.Value
	if method.Type.IsVariadic() {
		out = method.Func.CallSlice(args)
	} else {
		out = method.Func.Call(args)
	}
	for _, v := range out {
		switch x := v.Interface().(type) {
		case ir.Value:
			m.values = append(m.values, x)
		case []ir.Value:
			m.values = append(m.values, x...)
		case ir.Block:
			m.blocks = append(m.blocks, x)
		case frontend.Variable:
			m.vars = append(m.vars, x)
		}
	}
}

// TestMisuse calls methods in any order with arguments of any kind, with a check of each instruction and without, and goes
// on after the first mistake. Nothing panics; a function that the builder calls complete is compiled, or refused with an
// error that is no bug of the compiler.
func TestMisuse(t *testing.T) {
	var methods []reflect.Method
	for i := range reflect.TypeFor[*frontend.Builder]().NumMethod() {
		switch m := reflect.TypeFor[*frontend.Builder]().Method(i); m.Name {
		case "Reset", "Finalize", "Func", "SetStackMapRegions":
		default:
			methods = append(methods, m)
		}
	}
	flags := settings.Default(settings.X86_64)
	target, err := compile.NewTarget("x86_64", &flags)
	if err != nil {
		t.Fatal(err)
	}
	var ctx compile.Context
	good, compiled := 0, 0
	b := [2]*frontend.Builder{frontend.NewBuilder(frontend.Options{}), frontend.NewBuilder(frontend.Options{Check: true})}
	for seed := range uint64(misuses) {
		var log []string
		func() {
			defer func() {
				if e := recover(); e != nil {
					t.Fatalf("seed %d: panic: %v\n%v\n%s", seed, e, log, debug.Stack())
				}
			}()
			if f := misuse(b[seed%2], seed, methods, &log); f != nil {
				good++
				_, err := ctx.Compile(f, target)
				var bug *compile.InternalError
				if errors.As(err, &bug) {
					t.Fatalf("seed %d: %v\n%v\n%s", seed, err, log, f.AppendTo(nil, ir.Lossless))
				}
				if err == nil {
					compiled++
				}
			}
		}()
	}
	t.Logf("%d functions are complete for the builder, %d for the compiler", good, compiled)
	if good < misuses/50 || compiled == 0 {
		t.Error("too few to mean anything")
	}
}

const misuses = 10000

// misuse builds a function and returns it if the builder has no objection.
func misuse(b *frontend.Builder, seed uint64, methods []reflect.Method, log *[]string) *ir.Func {
	m := &misuser{r: rand.New(rand.NewPCG(seed, 6))}
	f := ir.NewFunc(ir.FuncName{Name: "f"}, signature([]op.Type{op.I64, op.I32, op.F64}, []op.Type{op.I64}))
	b.Reset(f)
	m.values = append(m.values, begin(b)...)
	m.blocks = append(m.blocks, b.CurrentBlock(), b.CreateBlock())
	b.ImportFunction("g", b.ImportSignature(signature([]op.Type{op.I64}, []op.Type{op.I64})))
	b.CreateStackSlot(16, 3)
	m.vars = append(m.vars, b.DeclareVar(op.I64), b.DeclareVar(op.I32))
	if m.r.IntN(2) == 0 {
		b.DeclareVarNeedsStackMap(m.vars[0])
	}
	b.DefVar(m.vars[0], m.values[0])
	for range 1 + m.r.IntN(12) {
		m.step(b, methods[m.r.IntN(len(methods))], log)
	}
	if m.r.IntN(4) > 0 && b.Err() == nil { // an ending that may be right
		if !b.IsFilled() {
			b.Return(b.UseVar(m.vars[0]))
		}
		for _, blk := range m.blocks[1:] {
			if b.Err() == nil && !f.InLayout(blk) {
				b.SwitchToBlock(blk)
				b.Return(b.UseVar(m.vars[0]))
			}
		}
		b.SealAllBlocks()
	}
	if err := b.Finalize(); err != nil {
		return nil
	}
	return f
}
