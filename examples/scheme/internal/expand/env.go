// Package expand turns data into expressions of the core language: it knows the syntax of Scheme, expands macros
// hygienically, and finds out which procedure a name stands for.
package expand

import (
	"fmt"
	"strings"

	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/prim"
	"davit/examples/scheme/internal/syntax"
)

// Scopes.
//
// An identifier is a symbol, or an alias that the expansion of a macro has put in a symbol's place. An alias stands for the
// identifier where the macro was defined, unless it is itself bound: then it is a variable that nothing else can name. That
// is what makes macros hygienic.

// alias is a renamed identifier.
type alias struct {
	id  syntax.Datum // what it was renamed from
	env *env         // where that has its meaning
}

// env is a scope: names and the scope around it. The outermost one has a top instead.
type env struct {
	parent *env
	top    *top
	names  map[syntax.Datum]binding
	lambda *ast.Lambda // around it
}

// binding is what a name means: *ast.Var, *ast.Global, *macro, *special, *libProc, *auxiliary.
type binding any

// auxiliary is a keyword that means something inside of other forms only, such as else.
type auxiliary struct{ name string }

// libProc is a procedure of the library. Calls of some become primitives.
type libProc struct {
	global    *ast.Global
	prim      *prim.Prim // with a fixed number of arguments
	integrate func(x *expander, args []ast.Expr, loc syntax.Loc) ast.Expr
	def       func(*expander) ast.Expr // its definition, until it is needed
}

// top is a top level: that of the program, or that of the library below it.
type top struct {
	library *top
	names   map[syntax.Symbol]binding
	env     *env
}

func newTop(library *top) *top {
	t := &top{library: library, names: map[syntax.Symbol]binding{}}
	t.env = &env{top: t}
	return t
}

func (e *env) child() *env { return &env{parent: e, lambda: e.lambda} }

func (e *env) bind(id syntax.Datum, b binding) {
	if e.names == nil {
		e.names = map[syntax.Datum]binding{}
	}
	e.names[id] = b
}

// topOf returns the top level of a scope.
func topOf(e *env) *top {
	for e.parent != nil {
		e = e.parent
	}
	return e.top
}

func isIdent(d syntax.Datum) bool {
	switch d.(type) {
	case syntax.Symbol, *alias:
		return true
	}
	return false
}

// lookup returns the meaning of an identifier. A name that means nothing becomes a global variable of its top level.
func (x *expander) lookup(id syntax.Datum, e *env) binding {
	for {
		for s := e; ; s = s.parent {
			if b, ok := s.names[id]; ok {
				return b
			}
			if s.parent == nil {
				if a, ok := id.(*alias); ok {
					id, e = a.id, a.env
					break
				}
				return x.lookupTop(s.top, id.(syntax.Symbol))
			}
		}
	}
}

func (x *expander) lookupTop(t *top, name syntax.Symbol) binding {
	if b := t.find(name); b != nil {
		return b
	}
	if t.library == nil {
		x.fail(x.loc, "the library refers to %s, which it does not define", name)
	}
	return t.define(name)
}

// find returns the meaning of a name at top level, nil if it has none.
func (t *top) find(name syntax.Symbol) binding {
	if b, ok := t.names[name]; ok {
		return b
	}
	if t.library != nil && !strings.HasPrefix(string(name), "%") {
		return t.library.find(name)
	}
	return nil
}

// define makes a name of the top level a variable.
func (t *top) define(name syntax.Symbol) *ast.Global {
	if g, ok := t.names[name].(*ast.Global); ok {
		return g
	}
	g := &ast.Global{Name: string(name), Slot: -1, Library: t.library == nil}
	t.names[name] = g
	return g
}

// is reports whether an identifier means the auxiliary keyword of that name.
func (x *expander) is(d syntax.Datum, name string, e *env) bool {
	if !isIdent(d) {
		return false
	}
	a, ok := x.lookupFree(d, e).(*auxiliary)
	return ok && a.name == name
}

// lookupFree is lookup, but an identifier without meaning does not become a variable.
func (x *expander) lookupFree(id syntax.Datum, e *env) binding {
	for {
		for s := e; ; s = s.parent {
			if b, ok := s.names[id]; ok {
				return b
			}
			if s.parent != nil {
				continue
			}
			if a, ok := id.(*alias); ok {
				id, e = a.id, a.env
				break
			}
			return s.top.find(id.(syntax.Symbol))
		}
	}
}

// base returns the symbol that an identifier was written as.
func base(id syntax.Datum) syntax.Symbol {
	for {
		a, ok := id.(*alias)
		if !ok {
			return id.(syntax.Symbol)
		}
		id = a.id
	}
}

// strip replaces aliases by the symbols they were written as.
func strip(d syntax.Datum) syntax.Datum {
	switch d := d.(type) {
	case *alias:
		return base(d)
	case *syntax.Pair:
		if !hasAlias(d, map[syntax.Datum]bool{}) {
			return d
		}
		return stripPair(d)
	case *syntax.Vector:
		if hasAlias(d, map[syntax.Datum]bool{}) {
			v := &syntax.Vector{Items: make([]syntax.Datum, len(d.Items))}
			for i := range d.Items {
				v.Items[i] = strip(d.Items[i])
			}
			return v
		}
	}
	return d
}

func stripPair(p *syntax.Pair) syntax.Datum {
	first := &syntax.Pair{Car: strip(p.Car), Loc: p.Loc}
	last := first
	for {
		next, ok := p.Cdr.(*syntax.Pair)
		if !ok {
			last.Cdr = strip(p.Cdr)
			return first
		}
		p = next
		last.Cdr = &syntax.Pair{Car: strip(p.Car), Loc: p.Loc}
		last = last.Cdr.(*syntax.Pair)
	}
}

func hasAlias(d syntax.Datum, seen map[syntax.Datum]bool) bool {
	for {
		switch x := d.(type) {
		case *alias:
			return true
		case *syntax.Pair:
			if seen[x] {
				return false
			}
			seen[x] = true
			if hasAlias(x.Car, seen) {
				return true
			}
			d = x.Cdr
			continue
		case *syntax.Vector:
			if seen[x] {
				return false
			}
			seen[x] = true
			for _, i := range x.Items {
				if hasAlias(i, seen) {
					return true
				}
			}
		}
		return false
	}
}

// fail ends the expansion with an error.
func (x *expander) fail(loc syntax.Loc, format string, args ...any) {
	if loc == syntax.NoLoc {
		loc = x.loc
	}
	panic(&syntax.Error{Place: x.locs.String(loc), Msg: fmt.Sprintf(format, args...)})
}
