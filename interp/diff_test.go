package interp

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"davit/internal/softfloat"
	"davit/internal/u128"
	"davit/ir/data"
	"davit/ir/op"
	"davit/ir/text"
)

// random returns a value of type t: often with lanes at the edges of their range or special floats.
func random(r *rand.Rand, t op.Type) data.Value {
	lane := t.Lane()
	w := uint(lane.Bits())
	lanes := make([]data.Value, t.Lanes())
	for i := range lanes {
		x := u128.Uint128{Lo: r.Uint64(), Hi: r.Uint64()}
		if f := softfloat.ForBits(int(w)); lane.IsFloat() && r.IntN(2) == 0 {
			x = randomFloat(r, f)
		} else if r.IntN(2) == 0 {
			x = u128.Bit(uint(r.IntN(int(w)))).Add(u128.FromInt(int64(r.IntN(3) - 1)))
			if r.IntN(2) == 0 {
				x = x.Not()
			}
		}
		lanes[i] = data.FromBits(lane, x.Lo, x.Hi)
	}
	return data.Lanes(t, lanes...)
}

func randomFloat(r *rand.Rand, f *softfloat.Format) u128.Uint128 {
	switch r.IntN(6) {
	case 0:
		return f.Inf(r.IntN(2) == 0)
	case 1:
		return f.Encode(r.IntN(2) == 0, f.MaxExp(), u128.From(1+uint64(r.IntN(5))).Shl(uint(r.IntN(int(f.FracBits)-3))))
	case 2:
		return f.Encode(r.IntN(2) == 0, 0, u128.From(uint64(r.IntN(3))))
	}
	n := f.FromInt(u128.FromInt(int64(r.Uint64()>>r.UintN(64))), 64, r.IntN(2) == 0)
	return f.Div(n, f.FromInt(u128.From(uint64(r.IntN(4)+1)), 8, false))
}

// someTypes are the types that differential tests try.
var someTypes = []op.Type{
	op.I8, op.I16, op.I32, op.I64, op.I128, op.F16, op.F32, op.F64, op.F128, op.I8X2, op.I8X16, op.I16X8, op.I32X4, op.I64X2,
	op.F32X4, op.F64X2, op.F16X8, op.Vector(op.I128, 2), op.Vector(op.I16, 16), op.I16X4, op.I8X8, op.I32X2, op.I8X4,
}

// operandTypes returns the types, of those above, that a rule allows.
func operandTypes(rule op.TypeRule, ctrl op.Type) []op.Type {
	var ts []op.Type
	for _, t := range someTypes {
		if rule.Allows(ctrl, t) {
			ts = append(ts, t)
		}
	}
	return ts
}

// suffixes has what follows the operands of the formats that have only values as operands.
var suffixes = map[op.Format][2]string{ // before and after the operands
	op.FmtUnary: {}, op.FmtBinary: {}, op.FmtTernary: {}, op.FmtLoadNoOffset: {"little "}, op.FmtBinaryImm8: {"", ", 1"},
	op.FmtTernaryImm8: {"", ", 1"}, op.FmtIntAddTrap: {"", ", user3"},
}

// functions returns the text of functions that do one instruction each, for all opcodes on values and all types.
func functions() (src []string) {
	add := func(o op.Opcode, ctrl op.Type, args []op.Type, before, after string) {
		info := o.Info()
		var params, names, rets, results []string
		for i, t := range args {
			params = append(params, fmt.Sprintf("v%d: %v", i, t))
			names = append(names, fmt.Sprintf("v%d", i))
		}
		for i, rule := range info.Results {
			t := rule.Resolve(ctrl)
			rets = append(rets, t.String())
			results = append(results, fmt.Sprintf("v%d", 10+i))
		}
		suffix := ""
		if o.Polymorphic() {
			suffix = "." + ctrl.String()
		}
		sig := strings.Join(params, ", ")
		types := fmt.Sprint(args)
		src = append(src, fmt.Sprintf("function %%f%d(%s) -> %s {\nblock0(%s):\n    %s = %v%s %s%s%s\n    return %s\n}\n", len(src),
			strings.ReplaceAll(types[1:len(types)-1], " ", ", "), strings.Join(rets, ", "), sig,
			strings.Join(results, ", "), o, suffix, before, strings.Join(names, ", "), after, strings.Join(results, ", ")))
	}
	for o := op.None + 1; int(o) < op.NumOpcodes; o++ {
		info := o.Info()
		affixes, ok := suffixes[info.Format]
		if o.Has(op.CanLoad|op.CanStore|op.SideEffects|op.IsCall|op.IsReturn) || len(info.Results) == 0 {
			continue
		}
		conds := []string{affixes[0]}
		if info.Format == op.FmtIntCompare || info.Format == op.FmtFloatCompare {
			ok, conds = true, nil
			for c := range op.NumIntCC {
				if info.Format == op.FmtIntCompare {
					conds = append(conds, op.IntCC(c).String()+" ")
				}
			}
			for c := range op.NumFloatCC {
				if info.Format == op.FmtFloatCompare {
					conds = append(conds, op.FloatCC(c).String()+" ")
				}
			}
		}
		if !ok {
			continue
		}
		ctrls := []op.Type{op.Invalid}
		if o.Polymorphic() {
			ctrls = operandTypes(op.TypeRule{Kind: op.InSet, Set: info.Ctrl}, op.Invalid)
		}
		for _, ctrl := range ctrls {
			for _, args := range signatures(o, ctrl) {
				for _, c := range conds {
					add(o, ctrl, args, c, affixes[1])
				}
			}
		}
	}
	return src
}

// signatures returns the combinations of operand types that fit an opcode.
func signatures(o op.Opcode, ctrl op.Type) [][]op.Type {
	info := o.Info()
	for _, rule := range info.Results {
		if !rule.Resolve(ctrl).IsValid() {
			return nil
		}
	}
	sigs := [][]op.Type{nil}
	for _, rule := range info.Args {
		var next [][]op.Type
		for _, s := range sigs {
			for _, t := range operandTypes(rule, ctrl) {
				next = append(next, append(append([]op.Type{}, s...), t))
			}
		}
		sigs = next
	}
	var fit [][]op.Type
	for _, s := range sigs {
		res := info.Results[0].Resolve(ctrl)
		switch {
		case o == op.Bitcast && s[0].Bits() != res.Bits():
		case strings.HasPrefix(info.Name, "fcvt_") && s[0].Lanes() != res.Lanes() || o == op.X86Cvtt2dq && s[0].Lanes() != res.Lanes():
		default:
			fit = append(fit, s)
		}
	}
	return fit
}

// TestFastAgainstDefinition compares the special functions with the definitions.
func TestFastAgainstDefinition(t *testing.T) {
	src := functions()
	f, errs := text.Parse([]byte(strings.Join(src, "\n")), text.Options{})
	if errs.Err() != nil {
		t.Fatal(errs)
	}
	fast, general := module(t, f, Options{}), module(t, f, Options{general: true})
	r := rand.New(rand.NewPCG(11, 12))
	for i, fn := range f.Funcs {
		for range 20 {
			var args []data.Value
			for _, p := range fn.Sig.Params {
				args = append(args, random(r, p.Type))
			}
			name := fn.Name.Linkage()
			x, errX := fast.Call(name, args)
			y, errY := general.Call(name, args)
			if !reflect.DeepEqual(x, y) || !reflect.DeepEqual(errX, errY) {
				t.Fatalf("%s\nof %s: %s, %v; by definition %s, %v", src[i], data.FormatList(args), data.FormatList(x), errX, data.FormatList(y), errY)
			}
			if _, ok := errX.(*Trap); errX != nil && !ok {
				t.Fatalf("%s: %v", src[i], errX)
			}
		}
	}
	t.Logf("%d functions", len(src))
}
