package expand

import (
	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/prim"
	"davit/examples/scheme/internal/syntax"
)

// Calls of library procedures that become primitives.

// integrate returns the expression that a call of a library procedure is, nil if it is just a call.
func (x *expander) integrate(p *libProc, args []ast.Expr, loc syntax.Loc) ast.Expr {
	if p.integrate != nil {
		return p.integrate(x, args, loc)
	}
	if q := p.prim; q != nil && len(args) >= q.Min && (q.Max < 0 || len(args) <= q.Max) {
		return &ast.Prim{P: q, Args: args, Loc: loc}
	}
	return nil
}

// callLib makes a call of a library procedure.
func (x *expander) callLib(name string, loc syntax.Loc, args ...ast.Expr) ast.Expr {
	p := x.library.names[syntax.Symbol(name)].(*libProc)
	if e := x.integrate(p, args, loc); e != nil {
		return e
	}
	return &ast.Call{Fn: x.libRef(p), Args: args, Loc: loc}
}

// integrations are the library procedures whose calls need more than a look at the number of arguments.
var integrations map[string]func(x *expander, args []ast.Expr, loc syntax.Loc) ast.Expr

func init() {
	integrations = map[string]func(x *expander, args []ast.Expr, loc syntax.Loc) ast.Expr{
		"+": foldLeft("%add", int64(0)), "*": foldLeft("%mul", int64(1)), "-": minus, "/": divide,
		"=": chain("%="), "<": chain("%<"), ">": chain("%>"), "<=": chain("%<="), ">=": chain("%>="),
		"list": list, "cons*": consStar, "append": appendTwo, "values": values, "make-vector": makeVector,
		"zero?": compareZero("%="), "positive?": compareZero("%>"), "negative?": compareZero("%<"),
		"char=?": two("%char=?"), "char<?": two("%char<?"), "char>?": swapped("%char<?"),
		"boolean=?": two("eq?"), "symbol=?": two("eq?"),
	}
	for _, name := range []string{"caar", "cadr", "cdar", "cddr", "caaar", "caadr", "cadar", "caddr", "cdaar", "cdadr", "cddar",
		"cdddr", "cadddr", "cddddr"} {
		integrations[name] = path(name[1 : len(name)-1])
	}
}

func call(name string, loc syntax.Loc, args ...ast.Expr) ast.Expr {
	return &ast.Prim{P: prim.Lookup(name), Args: args, Loc: loc}
}

// foldLeft is for operations of any number of operands that start with a neutral one.
func foldLeft(name string, neutral syntax.Datum) func(*expander, []ast.Expr, syntax.Loc) ast.Expr {
	return func(x *expander, args []ast.Expr, loc syntax.Loc) ast.Expr {
		switch len(args) {
		case 0:
			return &ast.Const{Value: neutral}
		case 1:
			return call(name, loc, args[0], &ast.Const{Value: neutral})
		}
		e := args[0]
		for _, a := range args[1:] {
			e = call(name, loc, e, a)
		}
		return e
	}
}

func minus(x *expander, args []ast.Expr, loc syntax.Loc) ast.Expr {
	switch len(args) {
	case 0:
		return nil
	case 1: // the product is right for 0.0, too
		return call("%mul", loc, args[0], &ast.Const{Value: int64(-1)})
	}
	e := args[0]
	for _, a := range args[1:] {
		e = call("%sub", loc, e, a)
	}
	return e
}

func divide(x *expander, args []ast.Expr, loc syntax.Loc) ast.Expr {
	switch len(args) {
	case 0:
		return nil
	case 1:
		return call("/", loc, &ast.Const{Value: int64(1)}, args[0])
	}
	e := args[0]
	for _, a := range args[1:] {
		e = call("/", loc, e, a)
	}
	return e
}

// chain is for comparisons of two operands.
func chain(name string) func(*expander, []ast.Expr, syntax.Loc) ast.Expr { return two(name) }

func two(name string) func(*expander, []ast.Expr, syntax.Loc) ast.Expr {
	return func(x *expander, args []ast.Expr, loc syntax.Loc) ast.Expr {
		if len(args) != 2 {
			return nil
		}
		return call(name, loc, args...)
	}
}

func swapped(name string) func(*expander, []ast.Expr, syntax.Loc) ast.Expr {
	return func(x *expander, args []ast.Expr, loc syntax.Loc) ast.Expr {
		if len(args) != 2 {
			return nil
		}
		return call(name, loc, args[1], args[0])
	}
}

func compareZero(name string) func(*expander, []ast.Expr, syntax.Loc) ast.Expr {
	return func(x *expander, args []ast.Expr, loc syntax.Loc) ast.Expr {
		if len(args) != 1 {
			return nil
		}
		return call(name, loc, args[0], &ast.Const{Value: int64(0)})
	}
}

// path is for compositions of car and cdr, such as the "ad" of cadr.
func path(letters string) func(*expander, []ast.Expr, syntax.Loc) ast.Expr {
	return func(x *expander, args []ast.Expr, loc syntax.Loc) ast.Expr {
		if len(args) != 1 {
			return nil
		}
		e := args[0]
		for i := len(letters) - 1; i >= 0; i-- {
			e = call("c"+letters[i:i+1]+"r", loc, e)
		}
		return e
	}
}

func list(x *expander, args []ast.Expr, loc syntax.Loc) ast.Expr {
	return listTo(args, &ast.Const{Value: syntax.Nil{}})
}

func consStar(x *expander, args []ast.Expr, loc syntax.Loc) ast.Expr {
	if len(args) == 0 {
		return nil
	}
	return listTo(args[:len(args)-1], args[len(args)-1])
}

func listTo(args []ast.Expr, tail ast.Expr) ast.Expr {
	for i := len(args) - 1; i >= 0; i-- {
		tail = &ast.Prim{P: primCons, Args: []ast.Expr{args[i], tail}}
	}
	return tail
}

func appendTwo(x *expander, args []ast.Expr, loc syntax.Loc) ast.Expr {
	switch len(args) {
	case 0:
		return &ast.Const{Value: syntax.Nil{}}
	case 1:
		return args[0]
	case 2:
		return x.callLib("%append", loc, args...)
	}
	return nil
}

func values(x *expander, args []ast.Expr, loc syntax.Loc) ast.Expr {
	if len(args) == 1 {
		return args[0]
	}
	return call("%values", loc, args...)
}

func makeVector(x *expander, args []ast.Expr, loc syntax.Loc) ast.Expr {
	switch len(args) {
	case 1:
		return call("%make-vector", loc, args[0], ast.Unspecified())
	case 2:
		return call("%make-vector", loc, args...)
	}
	return nil
}
