package x64

import (
	"slices"

	"davit/asm"
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
// otherwise, until nothing changes. What comes from outside (parameters of the function, results of calls) and the low
// half of an i64 is cleared right where it is defined if that saves more than one MOV later.
//
// Invariant: moves, stores and loads of 32 bits keep the upper half of a register zero.
//
// Cost: a pass over the extensions and one over the edges, then one over the arguments that are in question per length of
// the longest chain of parameters that change.

// clears marks the opcodes whose i32 results leave the upper half of their register zero.
var clears = [op.NumOpcodes]bool{
	op.Iadd: true, op.Isub: true, op.Imul: true, op.Band: true, op.Bor: true, op.Bxor: true, op.Bnot: true, op.Ineg: true,
	op.Ishl: true, op.Ushr: true, op.Sshr: true, op.Rotl: true, op.Rotr: true, op.Udiv: true, op.Urem: true, op.Sdiv: true,
	op.Srem: true, op.Load: true, op.Uload8: true, op.Uload16: true, op.Sload8: true, op.Sload16: true, op.Popcnt: true,
	op.Clz: true, op.Ctz: true, op.Cls: true, op.Bswap: true, op.Bitrev: true, op.Iabs: true, op.Smin: true, op.Smax: true,
	op.Umin: true, op.Umax: true, op.Umulhi: true, op.Smulhi: true, op.Bmask: true, op.Uextend: true, op.Sextend: true,
	op.Bitselect: true, op.Select: true, op.SelectSpectreGuard: true, op.Iconst: true, op.Iconcat: true, op.VhighBits: true,
}

// upperHalves is what is known of the upper halves of the registers of i32 values in one function.
type upperHalves struct {
	done   bool
	wanted []uint8 // per value: how many extensions want a clear upper half, at most enoughWanted
	param  []bool  // per value: a block parameter that has a clear upper half
	args   []edgeArg
}

// edgeArg is an argument whose upper half is in question, and the parameter that it is passed to.
type edgeArg struct{ param, arg ir.Value }

// enoughWanted is for how many extensions a value is cleared where it is defined.
const enoughWanted = 2

// zeroExtends reports whether the register of v, an i32, has a clear upper half.
func (l *lowerer) zeroExtends(v ir.Value) bool {
	v = l.f.Resolve(v)
	if l.typeOf(v) != op.I32 {
		return false
	}
	l.findUpper()
	return l.clear(v)
}

// clear is zeroExtends once the analysis has run; v is resolved.
func (l *lowerer) clear(v ir.Value) bool {
	if inst, _, ok := l.f.DefInst(v); ok {
		return l.clearsUpper(inst) || l.cleared(v)
	}
	return l.upper.param[v] || l.cleared(v)
}

// cleared reports whether v, resolved, is cleared where it is defined.
func (l *lowerer) cleared(v ir.Value) bool {
	if l.typeOf(v) != op.I32 {
		return false
	}
	l.findUpper()
	if l.upper.wanted[v] < enoughWanted {
		return false
	}
	if inst, _, ok := l.f.DefInst(v); ok {
		o := l.f.Data(inst).Op
		return o == op.Call || o == op.CallIndirect || o == op.Ireduce
	}
	b, _, ok := l.f.DefParam(v)
	return ok && b == l.f.Entry()
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

// findUpper runs the analysis, once per function.
func (l *lowerer) findUpper() {
	u := &l.upper
	if u.done {
		return
	}
	u.done = true
	n := l.f.NumValues()
	u.wanted, u.param, u.args = zeroed(u.wanted, n), zeroed(u.param, n), u.args[:0]
	found := false
	for _, v := range l.Extended {
		if l.typeOf(v) == op.I32 {
			found = true
			if w := &u.wanted[l.f.Resolve(v)]; *w < enoughWanted {
				*w++
			}
		}
	}
	if found {
		l.findArgs()
		l.wantArgs()
		l.findClearParams()
	}
}

// findArgs takes all parameters for clear that are passed no result of a try_call, and collects the arguments that may
// prove otherwise.
func (l *lowerer) findArgs() {
	u := &l.upper
	for b := l.f.NextBlock(l.f.Entry()); b != ir.NoBlock; b = l.f.NextBlock(b) {
		for _, p := range l.f.Params(b) {
			u.param[p] = true
		}
	}
	l.EdgeArgs(func(p ir.Value, a ir.BlockArg) {
		if l.typeOf(p) != op.I32 {
			return
		}
		v, ok := a.Value()
		if !ok {
			u.param[p] = false
			return
		}
		v = l.f.Resolve(v)
		if inst, _, ok := l.f.DefInst(v); !ok || !l.clearsUpper(inst) {
			u.args = append(u.args, edgeArg{p, v})
		}
	})
}

// zeroed returns s with length n, all zero.
func zeroed[T any](s []T, n int) []T {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}

// wantArgs makes the arguments of parameters wanted that are wanted themselves.
func (l *lowerer) wantArgs() {
	wanted := l.upper.wanted
	for changed := true; changed; {
		changed = false
		for _, e := range l.upper.args {
			if wanted[e.param] == enoughWanted && wanted[e.arg] < enoughWanted {
				wanted[e.arg] = enoughWanted
				changed = true
			}
		}
	}
}

// findClearParams decides which block parameters have a clear upper half.
func (l *lowerer) findClearParams() {
	param := l.upper.param
	for changed := true; changed; {
		changed = false
		for _, e := range l.upper.args {
			if param[e.param] && !l.clear(e.arg) {
				param[e.param] = false
				changed = true
			}
		}
	}
}

// clearUpper emits dst = src with a clear upper half.
func (l *lowerer) clearUpper(dst, src asm.Reg) {
	l.Emit(asm.Inst{Op: pMOVL, Size: 4, R: [4]asm.Reg{dst, src}})
}
