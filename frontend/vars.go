package frontend

import (
	"davit/frontend/safepoint"
	"davit/ir"
	"davit/ir/op"
)

// DeclareVar adds a variable of type t.
func (b *Builder) DeclareVar(t op.Type) Variable {
	if !b.ok() {
		return 0
	}
	if !t.IsValid() {
		b.fail(ir.Entity{}, "a variable cannot have type %v", t)
		return 0
	}
	b.vars = append(b.vars, varState{})
	return b.ssa.Declare(t)
}

// hasVar reports whether x is a variable of this function.
func (b *Builder) hasVar(x Variable) bool {
	if !b.ok() {
		return false
	}
	if int(x) >= len(b.vars) {
		b.fail(ir.Entity{}, "variable %d is not declared", x)
		return false
	}
	return true
}

// open reports whether the current block can take something.
func (b *Builder) open(what string) bool {
	switch {
	case !b.ok():
	case b.cur == ir.NoBlock:
		b.fail(ir.Entity{}, "%s without a current block: call SwitchToBlock first", what)
	case b.blocks[b.cur].filled:
		b.fail(b.cur.Entity(), "%s after the terminator of the block", what)
	default:
		return true
	}
	return false
}

// DefVar makes v the value of a variable from here on in the current block, and in the blocks that follow it.
func (b *Builder) DefVar(x Variable, v ir.Value) {
	if !b.hasVar(x) || !b.open("a definition of a variable") || !b.exists(b.cur.Entity(), v) {
		return
	}
	if got, want := b.f.ValueType(v), b.ssa.Type(x); got != want {
		b.fail(b.cur.Entity(), "%v of type %v cannot be the value of variable %d of type %v", v, got, x, want)
		return
	}
	b.vars[x].defined = true
	if b.vars[x].needsMap {
		b.refs = append(b.refs, v)
	}
	b.ssa.Define(x, b.cur, v)
}

// UseVar returns the value of a variable at the end of the current block. On paths without a definition it is zero.
func (b *Builder) UseVar(x Variable) ir.Value {
	if !b.hasVar(x) || !b.open("a use of a variable") {
		return ir.NoValue
	}
	return b.ssa.Use(x, b.cur)
}

// DeclareVarNeedsStackMap says that a variable holds references that a collector must find: each of its values is in
// the stack map of the safepoints that it lives across, and is read again after them. It must come before the first
// definition of the variable. The type must have 1, 2, 4, 8 or 16 bytes.
func (b *Builder) DeclareVarNeedsStackMap(x Variable) {
	if !b.hasVar(x) {
		return
	}
	if b.vars[x].defined {
		b.fail(ir.Entity{}, "variable %d needs stack maps, which must be declared before its first definition", x)
		return
	}
	if err := safepoint.CheckType(b.ssa.Type(x)); err != nil {
		b.fail(ir.Entity{}, "variable %d: %v", x, err)
		return
	}
	b.vars[x].needsMap = true
}

// DeclareValueNeedsStackMap is DeclareVarNeedsStackMap for one value. It may come at any time before Finalize.
func (b *Builder) DeclareValueNeedsStackMap(v ir.Value) {
	if !b.ok() || !b.exists(ir.Entity{}, v) {
		return
	}
	if err := safepoint.CheckType(b.f.ValueType(v)); err != nil {
		b.fail(v.Entity(), "%v", err)
		return
	}
	b.refs = append(b.refs, v)
}
