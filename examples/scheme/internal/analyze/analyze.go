package analyze

import (
	"slices"

	"davit/examples/scheme/internal/ast"
)

// Problem: find the procedures that need no closure, and those that need not even be called.
//
// Idea: a procedure bound by a Fix is known wherever its variable is called. If it is only called, its free variables are
// passed as further arguments; if, moreover, each call is the last thing that the Fix or a procedure of the same kind does,
// calls are jumps.
//
//  1. A Loop has no code of its own: its variables and references count for the code around it.
//  2. Free of a procedure without a closure has the free variables of the procedures that it calls, too.
//  3. A procedure without free variables has one closure for ever.
//  4. A variable that is assigned and is free in some code lives in a box.
//
// Source for 1: Kennedy, "Compiling with continuations, continued", 2007 (contification).

// Analyze finds out about the procedures of a unit, given by the procedures and expressions at its top level. It returns all
// procedures that need code, outer ones first.
func Analyze(top []*ast.Lambda) []*ast.Lambda {
	var a *analysis
	for again := true; again; again = a.dropUnused() {
		a = &analysis{place: map[*ast.Fix]position{}, fixOf: map[*ast.Var]*ast.Fix{}}
		for _, l := range top {
			l.Escapes = true
			a.lambda(l, nil)
		}
	}
	a.findLoops()
	a.findFree()
	return a.code
}

type analysis struct {
	lambdas []*ast.Lambda
	place   map[*ast.Fix]position
	fixOf   map[*ast.Var]*ast.Fix
	calls   []callSite
	code    []*ast.Lambda // procedures that are no loops
}

// position is a place in a program: of which Fixes and which procedure is it the last thing?
type position struct {
	fixes  []*ast.Fix
	lambda *ast.Lambda // nil: of none
}

// callSite is a call of a variable of a Fix.
type callSite struct {
	fn *ast.Lambda
	at position
}

func (a *analysis) lambda(l *ast.Lambda, parent *ast.Lambda) {
	l.Parent, l.Loop, l.Free = parent, false, nil
	a.lambdas = append(a.lambdas, l)
	for _, p := range l.Params {
		p.Owner, p.Refs = l, 0
	}
	if l.Rest != nil {
		l.Rest.Owner, l.Rest.Refs = l, 0
	}
	a.visit(l.Body, l, position{lambda: l})
}

// visit looks at an expression in the procedure l. at is where it is.
func (a *analysis) visit(e ast.Expr, l *ast.Lambda, at position) {
	inner := position{}
	switch e := e.(type) {
	case *ast.Ref:
		e.Var.Refs++
		if e.Var.Fn != nil {
			e.Var.Fn.Escapes = true
		}
	case *ast.If:
		a.visit(e.Test, l, inner)
		a.visit(e.Then, l, at)
		a.visit(e.Else, l, at)
	case *ast.Begin:
		for _, x := range e.Exprs[:len(e.Exprs)-1] {
			a.visit(x, l, inner)
		}
		a.visit(e.Exprs[len(e.Exprs)-1], l, at)
	case *ast.Let:
		for i, v := range e.Vars {
			v.Owner, v.Refs, v.Fn = l, 0, nil
			a.visit(e.Inits[i], l, inner)
		}
		a.visit(e.Body, l, at)
	case *ast.Fix:
		a.fix(e, l, at)
	case *ast.Lambda:
		e.Escapes = true
		a.lambda(e, l)
	case *ast.Call:
		for _, x := range e.Args {
			a.visit(x, l, inner)
		}
		if r, ok := e.Fn.(*ast.Ref); ok && r.Var.Fn != nil && Fits(r.Var.Fn, len(e.Args)) {
			r.Var.Refs++
			r.Var.Fn.Called = true
			a.calls = append(a.calls, callSite{r.Var.Fn, at})
			return
		}
		a.visit(e.Fn, l, inner)
	default:
		ast.Children(e, func(c *ast.Expr) { a.visit(*c, l, inner) })
	}
}

// Fits reports whether a procedure can be called with n arguments.
func Fits(l *ast.Lambda, n int) bool {
	return n == len(l.Params) || n > len(l.Params) && l.Rest != nil && (l.MaxArgs == 0 || n <= l.MaxArgs)
}

func (a *analysis) fix(e *ast.Fix, l *ast.Lambda, at position) {
	a.place[e] = at
	for i, v := range e.Vars {
		v.Owner, v.Refs, v.Fn = l, 0, e.Lambdas[i]
		a.fixOf[v] = e
		e.Lambdas[i].Var, e.Lambdas[i].Escapes, e.Lambdas[i].Called = v, false, false
	}
	for _, f := range e.Lambdas {
		a.lambda(f, l)
	}
	fixes := append(at.fixes[:len(at.fixes):len(at.fixes)], e)
	a.visit(e.Body, l, position{fixes, at.lambda})
}

// dropUnused removes procedures that nobody refers to, and reports whether there were any: then what is in them does not count.
func (a *analysis) dropUnused() bool {
	dropped := false
	for fix := range a.place {
		vars, lambdas := fix.Vars[:0], fix.Lambdas[:0]
		for i, l := range fix.Lambdas {
			if l.Called || l.Escapes {
				vars, lambdas = append(vars, fix.Vars[i]), append(lambdas, l)
			}
		}
		dropped = dropped || len(lambdas) < len(fix.Lambdas)
		fix.Vars, fix.Lambdas = vars, lambdas
	}
	return dropped
}

// findLoops decides which procedures are loops: at first all that are only called, then fewer and fewer.
func (a *analysis) findLoops() {
	for _, l := range a.lambdas {
		l.Loop = l.Var != nil && !l.Escapes && l.Called
	}
	for again := true; again; {
		again = false
		for _, c := range a.calls {
			if c.fn.Loop && !a.jump(c.at, a.fixOf[c.fn.Var]) {
				c.fn.Loop, again = false, true
			}
		}
	}
}

// jump reports whether what is at a position is the last thing of a Fix or of one of its loops.
func (a *analysis) jump(at position, fix *ast.Fix) bool {
	for {
		for _, f := range at.fixes {
			if f == fix {
				return true
			}
		}
		l := at.lambda
		if l == nil || !l.Loop {
			return false
		}
		f := a.fixOf[l.Var]
		if f == fix {
			return true
		}
		at = a.place[f]
	}
}

// Code returns the procedure whose code a procedure is part of.
func Code(l *ast.Lambda) *ast.Lambda {
	for l.Loop {
		l = l.Parent
	}
	return l
}

// findFree computes the free variables of all code, and which variables live in boxes.
func (a *analysis) findFree() {
	f := &freeVars{free: map[*ast.Lambda]map[*ast.Var]bool{}, order: map[*ast.Lambda][]*ast.Var{}, calls: map[*ast.Lambda][]*ast.Lambda{}}
	for _, l := range a.lambdas {
		if !l.Loop {
			a.code = append(a.code, l)
			f.free[l] = map[*ast.Var]bool{}
		}
	}
	for _, l := range a.code {
		f.visit(l.Body, l)
	}
	for again := true; again; {
		again = false
		for _, l := range a.code {
			for _, c := range f.calls[l] {
				for _, v := range f.order[c] {
					again = f.add(l, v) || again
				}
			}
		}
	}
	f.dropStatic(a.code)
	for _, l := range a.code {
		l.Free = f.order[l]
		for _, v := range l.Free {
			if v.Assigned {
				v.Boxed = true
			}
		}
	}
}

type freeVars struct {
	free  map[*ast.Lambda]map[*ast.Var]bool
	order map[*ast.Lambda][]*ast.Var
	calls map[*ast.Lambda][]*ast.Lambda // of procedures without closures
}

// add makes a variable free in the code of l and in all code between it and the variable's own. It reports whether that is
// new.
func (f *freeVars) add(l *ast.Lambda, v *ast.Var) bool {
	changed := false
	for owner := Code(v.Owner); l != owner && l != v.Fn; l = Code(l.Parent) {
		if !f.free[l][v] {
			f.free[l][v] = true
			f.order[l] = append(f.order[l], v)
			changed = true
		}
	}
	return changed
}

// dropStatic removes from the free variables those whose value is a procedure that needs none: there is one closure of it,
// which need not be passed around. Procedures that need only each other are such, too.
func (f *freeVars) dropStatic(code []*ast.Lambda) {
	needs := map[*ast.Lambda]bool{}
	static := func(v *ast.Var) bool { return v.Fn != nil && v.Fn.Escapes && !needs[v.Fn] }
	for again := true; again; {
		again = false
		for _, l := range code {
			if !needs[l] && slices.ContainsFunc(f.order[l], func(v *ast.Var) bool { return !static(v) }) {
				needs[l], again = true, true
			}
		}
	}
	for _, l := range code {
		f.order[l] = slices.DeleteFunc(f.order[l], static)
	}
}

// visit looks for references in the code of l.
func (f *freeVars) visit(e ast.Expr, l *ast.Lambda) {
	switch e := e.(type) {
	case *ast.Ref:
		f.ref(e.Var, l)
		return
	case *ast.Set:
		f.ref(e.Var, l)
	case *ast.Fix:
		for _, g := range e.Lambdas {
			if g.Loop {
				f.visit(g.Body, l)
			}
		}
		f.visit(e.Body, l)
		return
	case *ast.Lambda:
		return
	}
	ast.Children(e, func(c *ast.Expr) { f.visit(*c, l) })
}

func (f *freeVars) ref(v *ast.Var, l *ast.Lambda) {
	switch g := v.Fn; {
	case g == nil:
		f.add(l, v)
	case g.Loop:
	case g.Escapes: // in its own code, it is the closure that the code is given
		f.add(l, v)
	default:
		f.calls[l] = append(f.calls[l], g)
	}
}
