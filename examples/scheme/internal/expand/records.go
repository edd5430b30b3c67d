package expand

import (
	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/prim"
	"davit/examples/scheme/internal/syntax"
)

// namedValue is a name with the expression of its value.
type namedValue struct {
	name  syntax.Datum
	value func() ast.Expr
}

// recordType takes a define-record-type apart, into definitions of the type, the constructor, the predicate, accessors and
// modifiers.
func (x *expander) recordType(form []syntax.Datum, loc syntax.Loc, e *env) []namedValue {
	const want = "expected (define-record-type name (constructor field …) predicate (field accessor modifier) …)"
	if len(form) < 4 {
		x.fail(loc, want)
	}
	name := form[1]
	if p, ok := name.(*syntax.Pair); ok {
		name = p.Car
	}
	if !isIdent(name) {
		x.fail(loc, want)
	}
	index := map[syntax.Datum]int64{}
	var fields []syntax.Datum
	for _, f := range form[4:] {
		parts, ok := syntax.Slice(f)
		if !ok || len(parts) < 1 || len(parts) > 3 {
			if !isIdent(f) {
				x.fail(loc, "%s is not a field: expected (field accessor modifier)", show(f))
			}
			parts = []syntax.Datum{f}
		}
		for _, p := range parts {
			if !isIdent(p) {
				x.fail(loc, "%s is not a field: expected (field accessor modifier)", show(f))
			}
		}
		if _, ok := index[parts[0]]; ok {
			x.fail(loc, "the record type has two fields %s", base(parts[0]))
		}
		index[parts[0]] = int64(len(index))
		fields = append(fields, parts[0])
	}
	r := recordMaker{x, loc, e, name, index, fields}
	defs := []namedValue{{name, r.descriptor}}
	if c := form[2]; c != false {
		defs = append(defs, r.constructor(c))
	}
	if p := form[3]; p != false {
		if !isIdent(p) {
			x.fail(loc, want)
		}
		defs = append(defs, namedValue{p, func() ast.Expr {
			return r.lambda(p, 1, func(args []ast.Expr) ast.Expr { return r.prim("%record?", args[0], r.typ()) })
		}})
	}
	for _, f := range form[4:] {
		if parts, ok := syntax.Slice(f); ok {
			defs = append(defs, r.access(parts)...)
		}
	}
	return defs
}

type recordMaker struct {
	x      *expander
	loc    syntax.Loc
	e      *env
	name   syntax.Datum
	index  map[syntax.Datum]int64
	fields []syntax.Datum
}

func (r *recordMaker) typ() ast.Expr { return r.x.ref(r.name, r.e) }

func (r *recordMaker) prim(name string, args ...ast.Expr) ast.Expr {
	return &ast.Prim{P: prim.Lookup(name), Args: args, Loc: r.loc}
}

func (r *recordMaker) descriptor() ast.Expr {
	return r.prim("%make-record-type", &ast.Const{Value: base(r.name)}, &ast.Const{Value: strip(syntax.List(r.fields...))})
}

// lambda makes a procedure with n parameters.
func (r *recordMaker) lambda(name syntax.Datum, n int, body func(args []ast.Expr) ast.Expr) ast.Expr {
	l := &ast.Lambda{Name: string(base(name)), Loc: r.loc, Parent: r.e.lambda}
	args := make([]ast.Expr, n)
	for i := range args {
		v := &ast.Var{Name: "x", Owner: l, Refs: 1}
		l.Params = append(l.Params, v)
		args[i] = &ast.Ref{Var: v}
	}
	l.Body = body(args)
	return l
}

func (r *recordMaker) constructor(c syntax.Datum) namedValue {
	params := r.fields
	name := c
	if p, ok := c.(*syntax.Pair); ok {
		name = p.Car
		var proper bool
		if params, proper = syntax.Slice(p.Cdr); !proper {
			r.x.fail(r.loc, "%s is not a constructor: expected (name field …)", show(c))
		}
	}
	if !isIdent(name) {
		r.x.fail(r.loc, "%s is not a constructor: expected (name field …)", show(c))
	}
	at := map[int64]int{}
	for i, p := range params {
		k, ok := r.index[p]
		if !ok {
			r.x.fail(r.loc, "the constructor has a parameter %s, which is no field", show(p))
		}
		at[k] = i
	}
	return namedValue{name, func() ast.Expr {
		return r.lambda(name, len(params), func(args []ast.Expr) ast.Expr {
			list := []ast.Expr{r.typ()}
			for k := range r.fields {
				if i, ok := at[int64(k)]; ok {
					list = append(list, args[i])
				} else {
					list = append(list, &ast.Const{Value: false})
				}
			}
			return r.prim("%record", list...)
		})
	}}
}

// access makes the accessor and the modifier of a field.
func (r *recordMaker) access(parts []syntax.Datum) []namedValue {
	var defs []namedValue
	k := &ast.Const{Value: r.index[parts[0]]}
	if len(parts) > 1 {
		who := &ast.Const{Value: base(parts[1])}
		defs = append(defs, namedValue{parts[1], func() ast.Expr {
			return r.lambda(parts[1], 1, func(a []ast.Expr) ast.Expr { return r.prim("%record-ref", a[0], r.typ(), k, who) })
		}})
	}
	if len(parts) > 2 {
		who := &ast.Const{Value: base(parts[2])}
		defs = append(defs, namedValue{parts[2], func() ast.Expr {
			return r.lambda(parts[2], 2, func(a []ast.Expr) ast.Expr { return r.prim("%record-set!", a[0], r.typ(), k, a[1], who) })
		}})
	}
	return defs
}
