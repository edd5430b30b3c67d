package x64

import (
	"davit/ir"
	"davit/ir/op"
)

// Zero-extension for nothing.
//
// Problem: an i32 lives in a register of 64 bits whose upper half may hold anything, so that using it as an index costs
// a MOV that clears it; but all instructions that write 32 bits of a register clear the others.
//
// Idea: the opcode that defines a value tells whether its last instruction is one of these. A block parameter has a
// clear upper half if all its arguments have: assume it of all parameters, and give it up where an argument proves
// otherwise, until nothing changes.
//
// Invariant: moves, stores and loads of 32 bits keep the upper half of a register zero.
//
// Cost: a pass over the edges per length of the longest chain of parameters that fall; it runs when first asked for.

// clears marks the opcodes whose i32 results leave the upper half of their register zero.
var clears = [op.NumOpcodes]bool{
	op.Iadd: true, op.Isub: true, op.Imul: true, op.Band: true, op.Bor: true, op.Bxor: true, op.Bnot: true, op.Ineg: true,
	op.Ishl: true, op.Ushr: true, op.Sshr: true, op.Rotl: true, op.Rotr: true, op.Udiv: true, op.Urem: true, op.Sdiv: true,
	op.Srem: true, op.Load: true, op.Uload8: true, op.Uload16: true, op.Sload8: true, op.Sload16: true, op.Popcnt: true,
	op.Clz: true, op.Ctz: true, op.Cls: true, op.Bswap: true, op.Bitrev: true, op.Iabs: true, op.Smin: true, op.Smax: true,
	op.Umin: true, op.Umax: true, op.Umulhi: true, op.Smulhi: true, op.Bmask: true, op.Uextend: true, op.Sextend: true,
	op.Bitselect: true, op.Select: true, op.SelectSpectreGuard: true, op.Iconst: true, op.Iconcat: true, op.VhighBits: true,
}

// zeroExtends reports whether the register of v, an i32, has a clear upper half.
func (l *lowerer) zeroExtends(v ir.Value) bool {
	v = l.f.Resolve(v)
	if l.typeOf(v) != op.I32 {
		return false
	}
	if inst, _, ok := l.f.DefInst(v); ok {
		return l.clearsUpper(inst)
	}
	if l.upper == nil {
		l.findUpper()
	}
	return int(v) < len(l.upper) && l.upper[v]
}

// clearsUpper reports whether the instruction that defines an i32 clears the upper half of its register: its opcode
// does, unless the result is the operand itself.
func (l *lowerer) clearsUpper(inst ir.Inst) bool {
	d := l.f.Data(inst)
	if !clears[d.Op] {
		return false
	}
	switch d.Op {
	case op.Ishl, op.Ushr, op.Sshr, op.Rotl, op.Rotr:
		k, ok := l.constant(d.X[1])
		return !ok || k&31 != 0
	case op.Iadd, op.Isub:
		return !l.isZero(d.X[0]) && !l.isZero(d.X[1])
	case op.Imul, op.Udiv:
		return !l.isConst(d.X[0], 1) && !l.isConst(d.X[1], 1)
	}
	return true
}

// findUpper decides which block parameters have a clear upper half.
func (l *lowerer) findUpper() {
	n := l.f.NumValues()
	if cap(l.upperBuf) < n {
		l.upperBuf = make([]bool, n)
	}
	l.upper = l.upperBuf[:n]
	clear(l.upper)
	l.EdgeArgs(func(p ir.Value, _ ir.BlockArg) { l.upper[p] = l.typeOf(p) == op.I32 })
	for changed := true; changed; {
		changed = false
		l.EdgeArgs(func(p ir.Value, a ir.BlockArg) {
			if !l.upper[p] {
				return
			}
			v, ok := a.Value()
			if ok {
				v = l.f.Resolve(v)
				inst, _, byInst := l.f.DefInst(v)
				ok = byInst && l.clearsUpper(inst) || !byInst && l.upper[v]
			}
			if !ok {
				l.upper[p] = false
				changed = true
			}
		})
	}
}
