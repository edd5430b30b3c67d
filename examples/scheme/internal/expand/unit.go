package expand

import (
	"path/filepath"

	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/syntax"
)

// Expander keeps the meanings of names at top level from one unit to the next.
type Expander struct {
	locs    *syntax.Locs
	library *top
	user    *top
	procs   map[syntax.Loc]*ast.Lambda // which the calls at these places are in, nil for the top level
	// Closed says that the next unit is a whole program: nothing that it defines can be defined anew.
	Closed bool
	// Include reads the forms of a file for (include "file"). The name is relative to where the includer is.
	Include func(name string) ([]syntax.Form, error)
}

// Unit is a part of a program that is compiled at once: a file, or a form typed in.
type Unit struct {
	// Procs are the procedures that global variables hold from before the unit runs, and for ever.
	Procs []*ast.Lambda
	// Inits give variables of the library their values; they are evaluated first.
	Inits []ast.Expr
	// Forms are evaluated one after the other.
	Forms []ast.Expr
}

// New returns an expander with a library: definitions, in Scheme, that become part of units when they are needed.
func New(locs *syntax.Locs, library []syntax.Form) (x *Expander, err error) {
	x = &Expander{locs: locs, library: newTop(nil), procs: map[syntax.Loc]*ast.Lambda{}}
	x.user = newTop(x.library)
	for name, f := range specials {
		x.library.names[syntax.Symbol(name)] = &special{name, f}
	}
	for _, name := range auxiliaries {
		x.library.names[syntax.Symbol(name)] = &auxiliary{name}
	}
	u := &expander{Expander: x, unit: &Unit{}, loc: syntax.NoLoc}
	defer catch(&err)
	u.primitives()
	for _, form := range library {
		u.libraryForm(form.Datum)
	}
	for name, b := range x.library.names {
		if p, ok := b.(*libProc); ok && p.def == nil && name[0] != '%' {
			u.fail(syntax.NoLoc, "the library does not define %s", name)
		}
	}
	return x, nil
}

// catch turns what fail throws into an error.
func catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case *syntax.Error:
		*err = r
	default:
		panic(r)
	}
}

// Unit expands the forms of a unit.
func (x *Expander) Unit(forms []syntax.Form) (u *Unit, err error) {
	defer catch(&err)
	e := &expander{Expander: x, unit: &Unit{}, loc: syntax.NoLoc}
	e.forms(forms)
	e.settle()
	return e.unit, nil
}

// Require returns a unit with procedures of the library that the run-time system needs.
func (x *Expander) Require(names ...syntax.Symbol) (u *Unit, err error) {
	defer catch(&err)
	e := &expander{Expander: x, unit: &Unit{}, loc: syntax.NoLoc}
	for _, n := range names {
		e.need(x.library.names[n].(*libProc))
	}
	e.settle()
	return e.unit, nil
}

// Call returns a unit that calls a procedure of the library without arguments.
func (x *Expander) Call(name string) (u *Unit, err error) {
	defer catch(&err)
	e := &expander{Expander: x, unit: &Unit{}, loc: syntax.NoLoc}
	e.unit.Forms = append(e.unit.Forms, e.callLib(name, syntax.NoLoc))
	e.settle()
	return e.unit, nil
}

// announce makes the names that a form defines variables of the program, so that forms before it mean those, too.
func (x *expander) announce(d syntax.Datum) {
	p, ok := d.(*syntax.Pair)
	if !ok || !isIdent(p.Car) {
		return
	}
	s, ok := x.lookupFree(p.Car, x.user.env).(*special)
	if !ok {
		return
	}
	form, ok := syntax.Slice(p)
	if !ok || len(form) < 2 {
		return
	}
	declare := func(d syntax.Datum) {
		for {
			q, ok := d.(*syntax.Pair)
			if !ok {
				break
			}
			d = q.Car
		}
		if isIdent(d) {
			x.user.define(base(d))
		}
	}
	switch s.name {
	case "begin":
		for _, f := range form[1:] {
			x.announce(f)
		}
	case "define":
		declare(form[1])
	case "define-values":
		names, _ := syntax.Slice(form[1])
		for _, n := range names {
			declare(n)
		}
	case "define-record-type":
		for i, f := range form[1:] {
			if parts, ok := syntax.Slice(f); ok && i >= 3 && len(parts) > 0 {
				for _, n := range parts[1:] {
					declare(n)
				}
			} else {
				declare(f)
			}
		}
	}
}

// toplevel expands a form of the program.
func (x *expander) toplevel(d syntax.Datum) {
	e := x.user.env
	for {
		p, ok := d.(*syntax.Pair)
		if !ok || !isIdent(p.Car) {
			break
		}
		x.loc = p.Loc
		switch b := x.lookup(p.Car, e).(type) {
		case *macro:
			d = x.applyMacro(b, p, e)
			continue
		case *special:
			if define, ok := toplevelForms[b.name]; ok {
				define(x, x.form(p), p.Loc)
				return
			}
		}
		break
	}
	x.unit.Forms = append(x.unit.Forms, x.expr(d, e))
}

// toplevelForms are the forms that mean something else at top level than in an expression.
var toplevelForms map[string]func(x *expander, form []syntax.Datum, loc syntax.Loc)

func init() {
	toplevelForms = map[string]func(x *expander, form []syntax.Datum, loc syntax.Loc){
		"begin": func(x *expander, form []syntax.Datum, loc syntax.Loc) {
			for _, f := range form[1:] {
				x.toplevel(f)
			}
		},
		"define": func(x *expander, form []syntax.Datum, loc syntax.Loc) {
			name, value := x.definition(form, loc, x.user.env)
			x.defineGlobal(name, value, loc)
		},
		"define-values": func(x *expander, form []syntax.Datum, loc syntax.Loc) { x.defineValues(form, loc) },
		"define-record-type": func(x *expander, form []syntax.Datum, loc syntax.Loc) {
			for _, d := range x.recordType(form, loc, x.user.env) {
				x.defineGlobal(d.name, d.value, loc)
			}
		},
		"define-syntax": func(x *expander, form []syntax.Datum, loc syntax.Loc) {
			if len(form) != 3 || !isIdent(form[1]) {
				x.fail(loc, "expected (define-syntax keyword (syntax-rules …))")
			}
			x.user.names[base(form[1])] = x.transformer(form[2], x.user.env)
		},
		"import": func(x *expander, form []syntax.Datum, loc syntax.Loc) {
			for _, set := range form[1:] {
				x.checkImport(set, loc)
			}
		},
		"include": func(x *expander, form []syntax.Datum, loc syntax.Loc) {
			for _, d := range form[1:] {
				x.include(d, loc)
			}
		},
		"cond-expand": func(x *expander, form []syntax.Datum, loc syntax.Loc) {
			for _, f := range x.condExpand(form, loc, x.user.env) {
				x.toplevel(f)
			}
		},
	}
}

func (x *expander) defineGlobal(name syntax.Datum, value func() ast.Expr, loc syntax.Loc) {
	g := x.user.define(x.nameOf(name))
	v := value()
	g.Defs++
	set := &ast.GlobalSet{Global: g, Value: v, Define: true, Loc: loc}
	x.defines = append(x.defines, &definition{g, set, len(x.unit.Forms)})
	x.unit.Forms = append(x.unit.Forms, set)
}

// defineValues defines the variables of a define-values at top level.
func (x *expander) defineValues(form []syntax.Datum, loc syntax.Loc) {
	if len(form) != 3 {
		x.fail(loc, "expected (define-values formals expression)")
	}
	init := x.expr(form[2], x.user.env)
	l := &ast.Lambda{Loc: loc}
	var sets []ast.Expr
	param := func(id syntax.Datum) *ast.Var {
		g := x.user.define(x.nameOf(id))
		g.Defs += 2 // never a procedure known beforehand
		v := &ast.Var{Name: g.Name, Owner: l, Refs: 1}
		sets = append(sets, &ast.GlobalSet{Global: g, Value: &ast.Ref{Var: v}, Define: true, Loc: loc})
		return v
	}
	formals := form[1]
	for {
		p, ok := formals.(*syntax.Pair)
		if !ok {
			break
		}
		l.Params = append(l.Params, param(p.Car))
		formals = p.Cdr
	}
	if formals != (syntax.Nil{}) {
		l.Rest = param(formals)
	}
	l.Body = begin(append(sets, ast.Unspecified())...)
	x.unit.Forms = append(x.unit.Forms, x.callLib("%receive", loc, init, l))
}

func (x *expander) include(d syntax.Datum, loc syntax.Loc) {
	name, ok := d.(syntax.String)
	if !ok || x.Include == nil {
		x.fail(loc, "expected (include \"file\")")
	}
	file := string(name)
	if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(x.locs.Name(loc)), file)
	}
	forms, err := x.Include(file)
	if err != nil {
		if e, ok := err.(*syntax.Error); ok {
			panic(e)
		}
		x.fail(loc, "%v", err)
	}
	x.forms(forms)
}

// forms expands the forms of a text.
func (x *expander) forms(forms []syntax.Form) {
	for _, f := range forms {
		x.announce(f.Datum)
	}
	for _, f := range forms {
		x.loc = f.Loc
		x.toplevel(f.Datum)
	}
}

// settle finds out which variables always hold the same procedure, and what else is known when all forms are expanded.
func (x *expander) settle() {
	for _, d := range x.defines {
		g := d.global
		if g.Defs != 1 || g.Set || g.Defined {
			continue
		}
		g.Fixed = x.Closed
		switch v := d.set.Value.(type) {
		case *ast.Lambda:
			g.Fn, v.Global = v, g
			x.unit.Procs = append(x.unit.Procs, v)
			x.unit.Forms[d.form] = ast.Unspecified()
		case *ast.Const:
			if g.Fixed {
				g.Const = v
			}
		}
	}
	for _, d := range x.defines {
		d.global.Defs, d.global.Defined = 0, true
	}
	x.unit.Inits = x.inits
}

// libraries are the libraries whose procedures are there without being imported.
var libraries = []string{"base", "case-lambda", "char", "cxr", "file", "inexact", "lazy", "process-context", "read", "time", "write", "r5rs"}

// isLibrary reports whether a name is that of a library, such as (scheme base).
func isLibrary(d syntax.Datum) bool {
	name, ok := syntax.Slice(d)
	if !ok || len(name) != 2 || name[0] != syntax.Symbol("scheme") {
		return false
	}
	for _, l := range libraries {
		if name[1] == syntax.Symbol(l) {
			return true
		}
	}
	return false
}

// checkImport checks that an import asks for what is there.
func (x *expander) checkImport(set syntax.Datum, loc syntax.Loc) {
	set = strip(set)
	if parts, ok := syntax.Slice(set); ok && len(parts) >= 2 {
		switch parts[0] {
		case syntax.Symbol("only"), syntax.Symbol("except"):
			x.checkImport(parts[1], loc)
			return
		case syntax.Symbol("prefix"), syntax.Symbol("rename"):
			x.fail(loc, "imports cannot give new names")
		}
	}
	if !isLibrary(set) {
		x.fail(loc, "there is no library %s", show(set))
	}
}
