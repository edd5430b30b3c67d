package filetest

import (
	"errors"

	"davit/internal/reduce"
	"davit/ir"
	"davit/ir/text"
)

// Program returns the functions of a file with their directives, and the lines of its header, in the form in which
// package reduce shrinks them. The header keeps all of its lines but the words behind "set", and flags of targets. The short
// directives "run" and "print" become long ones. Other comments are lost.
func Program(file *text.File) (*reduce.Program, error) {
	p := &reduce.Program{}
	for _, d := range file.Header {
		l := reduce.Line{Words: append([]string{d.Kind.String()}, d.Args...), Fixed: 1 + len(d.Args), Keep: true}
		switch d.Kind {
		case text.Set:
			l.Fixed, l.Keep = 1, false
		case text.Target:
			l.Fixed = min(2, len(l.Words))
		}
		p.Header = append(p.Header, l)
	}
	var errs []error
	for _, fn := range file.Funcs {
		f := reduce.Func{Func: fn.Func}
		ds, err := directives(fn)
		errs = append(errs, err)
		for _, d := range ds {
			c := reduce.Call{Print: d.kind == printDirective || !d.compare, Args: d.args, Negated: d.negated, Want: d.want}
			f.Calls = append(f.Calls, c)
		}
		p.Funcs = append(p.Funcs, f)
	}
	return p, errors.Join(errs...)
}

// ParseCall reads a call such as "%f(1, 2)" of a function of that name.
func ParseCall(s string, f *ir.Func) (reduce.Call, error) {
	d, err := parseDirective("print: "+s, &text.Function{Func: f})
	if err != nil {
		return reduce.Call{}, err
	}
	return reduce.Call{Print: true, Args: d.args}, nil
}
