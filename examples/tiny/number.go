package main

import (
	"davit/ir"
	"davit/ir/op"
)

func init() {
	extensions = append(extensions, func(s *system) error { return s.engine.Module.Host("wrong", wrong) })
	for name, do := range map[Symbol]func(f *function, x, y ir.Value) (v, overflow ir.Value){
		"+": func(f *function, x, y ir.Value) (v, overflow ir.Value) { return f.b.SaddOverflow(x, y) },
		"-": func(f *function, x, y ir.Value) (v, overflow ir.Value) { return f.b.SsubOverflow(x, y) },
		"*": func(f *function, x, y ir.Value) (v, overflow ir.Value) { return f.b.SmulOverflow(f.b.SshrImm(x, 1), y) },
	} {
		forms[name] = form{args: 2, value: func(f *function, l *List) ir.Value {
			x, y := f.numbers(l)
			v, overflow := do(f, x, y)
			f.orFail(overflow, wrongOverflow, l)
			return v
		}}
	}
	for name, cc := range map[Symbol]op.IntCC{"<": op.Slt, "=": op.Eq} {
		forms[name] = form{args: 2, value: func(f *function, l *List) ir.Value {
			x, y := f.numbers(l)
			return f.boolean(f.b.Icmp(cc, x, y))
		}}
	}
}

// numbers compiles the two operands of a list, which must be numbers.
func (f *function) numbers(l *List) (x, y ir.Value) {
	vs := f.values(l.Items[1:])
	f.orFail(f.b.BandImm(f.b.Bor(vs[0], vs[1]), 1), wrongNumber, l)
	return vs[0], vs[1]
}

// boolean makes true or false of a number that is 0 or not.
func (f *function) boolean(c ir.Value) ir.Value {
	return f.b.Select(c, f.constant(True), f.constant(False))
}

// Reasons to end a program.
const (
	wrongNumber = iota
	wrongOverflow
	wrongPair
	wrongFunction
	wrongString
)

var reasons = [...]string{
	wrongNumber: "a number was expected", wrongOverflow: "the number is too large", wrongPair: "a pair was expected",
	wrongFunction: "a function with as many parameters was expected", wrongString: "a string was expected",
}

// wrong ends a program.
func wrong(line, reason int64) error { return &Error{int(line), reasons[reason]} }

// orFail goes on if bad is 0, and ends the program otherwise.
func (f *function) orFail(bad ir.Value, reason int, l *List) {
	failed, ok := f.b.CreateBlock(), f.b.CreateBlock()
	f.b.Brif(bad, failed, nil, ok, nil)
	f.failIn(failed, reason, l)
	f.start(ok)
}

// failIn makes a block that ends the program.
func (f *function) failIn(block ir.Block, reason int, l *List) {
	f.b.SetCold(block)
	f.start(block)
	f.host("wrong", 0, f.b.Iconst(op.I64, int64(l.Line)), f.b.Iconst(op.I64, int64(reason)))
	f.b.Trap(1)
}

// host calls a function in Go, with words as arguments and results.
func (f *function) host(name string, results int, args ...ir.Value) ir.Value {
	s := signature(len(args), ir.SystemV)
	s.Returns = s.Returns[:results]
	return f.b.Result(f.b.Call(f.b.ImportFunction(name, f.b.ImportSignature(s)), args...))
}
