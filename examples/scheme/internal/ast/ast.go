// Package ast has the core language that programs are expanded to, and what is found out about it.
package ast

import (
	"davit/examples/scheme/internal/prim"
	"davit/examples/scheme/internal/syntax"
)

// Expr is an expression of the core language.
type Expr interface{ isExpr() }

// Var is a local variable.
type Var struct {
	Name string
	// Assigned says that there is a set! of the variable, or that it gets its value after closures may have caught it.
	Assigned bool
	// Late says that it may be used before it has its value: that must be checked.
	Late bool
	Refs int // references, assignments not counted

	Owner *Lambda // in which it is bound
	Boxed bool    // lives in a box, because it is assigned and other procedures have it
	Fn    *Lambda // the procedure that it always is: see Fix
}

// Global is a variable of the top level.
type Global struct {
	Name    string
	Library bool
	Slot    int // root word, -1 before it has one

	// Fn is the procedure that the variable always is, from before the program starts, if there is one.
	Fn *Lambda
	// Symbol is the name of Fn's compiled code, for direct calls from other units.
	Symbol string
	Defs   int  // definitions in the unit under compilation
	Set    bool // assigned by set!
	// Defined says that it has a value when code of the unit runs.
	Defined bool
	// Fixed says that it cannot be defined anew by a later unit.
	Fixed bool
	Const *Const // its value, if it is fixed and always this constant
}

type (
	// Const is a constant.
	Const struct{ Value syntax.Datum }
	// Ref is the value of a local variable.
	Ref struct{ Var *Var }
	// Set assigns a local variable.
	Set struct {
		Var   *Var
		Value Expr
		Init  bool // the first value of a late variable
	}
	// GlobalRef is the value of a global variable.
	GlobalRef struct {
		Global *Global
		Loc    syntax.Loc
	}
	// GlobalSet assigns or defines a global variable.
	GlobalSet struct {
		Global *Global
		Value  Expr
		Define bool
		Loc    syntax.Loc
	}
	// If is a choice.
	If struct{ Test, Then, Else Expr }
	// Begin is a sequence of at least one expression.
	Begin struct{ Exprs []Expr }
	// Let binds variables to the values of expressions, in any order.
	Let struct {
		Vars  []*Var
		Inits []Expr
		Body  Expr
	}
	// Fix binds variables, which are never assigned, to procedures that may refer to each other.
	Fix struct {
		Vars    []*Var
		Lambdas []*Lambda
		Body    Expr
	}
	// Call is a procedure call.
	Call struct {
		Fn   Expr
		Args []Expr
		Loc  syntax.Loc
	}
	// Prim is a call of a primitive.
	Prim struct {
		P    *prim.Prim
		Args []Expr
		Loc  syntax.Loc
	}
)

// Lambda is a procedure.
type Lambda struct {
	Name   string
	Params []*Var
	Rest   *Var // or nil
	// MaxArgs, if not 0, bounds the number of arguments of a procedure with a rest list.
	MaxArgs int
	Body    Expr
	Loc     syntax.Loc

	Parent *Lambda // nil at top level
	// TopLevel says that it is no procedure of the program, but stands for a form at top level.
	TopLevel bool
	Global   *Global // of which it is the value from before the program starts

	// What analysis finds out.

	Var     *Var // the variable of a Fix that it is bound to
	Escapes bool // it is used other than by calls of that variable, so that it needs a closure
	Called  bool // it is called by its variable's name
	// Loop says that whoever calls it has nothing to do afterwards but what the Fix has to do: its calls are jumps, and it
	// is part of the code of the procedure around it.
	Loop   bool
	Free   []*Var // variables of the code around it that its code needs at run time
	Symbol string // name of its compiled code
}

func (*Const) isExpr()     {}
func (*Ref) isExpr()       {}
func (*Set) isExpr()       {}
func (*GlobalRef) isExpr() {}
func (*GlobalSet) isExpr() {}
func (*If) isExpr()        {}
func (*Begin) isExpr()     {}
func (*Let) isExpr()       {}
func (*Fix) isExpr()       {}
func (*Lambda) isExpr()    {}
func (*Call) isExpr()      {}
func (*Prim) isExpr()      {}

// Children calls f with the address of each direct subexpression, in order. The bodies of lambdas are among them.
func Children(e Expr, f func(*Expr)) {
	switch e := e.(type) {
	case *Set:
		f(&e.Value)
	case *GlobalSet:
		f(&e.Value)
	case *If:
		f(&e.Test)
		f(&e.Then)
		f(&e.Else)
	case *Begin:
		all(e.Exprs, f)
	case *Let:
		all(e.Inits, f)
		f(&e.Body)
	case *Fix:
		for _, l := range e.Lambdas {
			f(&l.Body)
		}
		f(&e.Body)
	case *Lambda:
		f(&e.Body)
	case *Call:
		f(&e.Fn)
		all(e.Args, f)
	case *Prim:
		all(e.Args, f)
	}
}

func all(list []Expr, f func(*Expr)) {
	for i := range list {
		f(&list[i])
	}
}

// Unspecified is an expression without a value.
func Unspecified() Expr { return &Const{syntax.Unspecified{}} }
