package difftest

import (
	"context"
	"strings"

	"davit/internal/reduce"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
	"davit/ir/text"
)

// scene is what is needed to show that something goes wrong: functions, and a call of one of them.
type scene struct {
	funcs  []*ir.Func
	called int // index of the function called, -1: there is no call
	args   []Arg
}

// argMark marks numbers that stand for arguments that are addresses, in what package reduce works on.
const argMark = 0x4d41_524b_0000_0000

// shrink makes a scene small while holds is true of it.
func shrink(ctx context.Context, s scene, holds func(s scene) bool) scene {
	p := &reduce.Program{}
	var table []Arg
	for i, f := range s.funcs {
		q := reduce.Func{Func: f}
		if i == s.called {
			c := reduce.Call{Print: true}
			for _, a := range s.args {
				v := a.Value
				if a.Symbol != "" {
					v = data.I64(argMark + int64(len(table)))
					table = append(table, a)
				}
				c.Args = append(c.Args, v)
			}
			q.Calls = []reduce.Call{c}
		}
		p.Funcs = append(p.Funcs, q)
	}
	q, _ := reduce.Run(ctx, p, func(src []byte) bool {
		next, ok := parseScene(src, table)
		return ok && (next.called >= 0) == (s.called >= 0) && holds(next)
	}, reduce.Options{})
	if next, ok := parseScene(q.Text(), table); ok {
		return next
	}
	return s
}

// parseScene reads what package reduce has printed.
func parseScene(src []byte, table []Arg) (scene, bool) {
	file, errs := text.Parse(src, text.Options{NoPositions: true})
	s := scene{called: -1}
	if len(errs) > 0 {
		return s, false
	}
	for i, f := range file.Funcs {
		s.funcs = append(s.funcs, f.Func)
		for _, c := range f.Comments {
			_, call, found := strings.Cut(c.Text, "print: ")
			if !found {
				continue
			}
			_, list, _ := strings.Cut(call, "(")
			args, ok := parseArgs(list, &f.Sig, table)
			if !ok {
				return s, false
			}
			s.called, s.args = i, args
		}
	}
	return s, true
}

// parseArgs reads a list of arguments that ends with a parenthesis.
func parseArgs(list string, sig *ir.Signature, table []Arg) (args []Arg, ok bool) {
	for i, p := range sig.Params {
		if i > 0 {
			list = strings.TrimPrefix(strings.TrimSpace(list), ",")
		}
		v, rest, err := data.Parse(p.Type, list)
		if err != nil {
			return nil, false
		}
		list = rest
		a := Arg{Value: v}
		if k := v.Uint64() - argMark; p.Type == op.I64 && k < uint64(len(table)) {
			a = table[k]
		}
		args = append(args, a)
	}
	return args, strings.HasPrefix(strings.TrimSpace(list), ")")
}
