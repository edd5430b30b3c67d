package x64

import (
	"math"

	"davit/asm"
	"davit/ir"
	"davit/ir/op"
)

// amode is a memory operand.
type amode struct {
	kind        asm.MemKind
	scale       uint8
	trap        uint8
	base, index asm.Reg
	disp        int32
	aux         uint32
}

// setMem makes a the memory operand of in.
func (a *amode) setMem(in *asm.Inst) {
	in.Mem, in.Scale, in.Base, in.Index, in.Disp, in.Aux = a.kind, a.scale, a.base, a.index, a.disp, a.aux
	if a.trap != 0 {
		in.Trap = a.trap
	}
}

// plus returns a with its displacement raised by n bytes.
func (a amode) plus(n int32) amode {
	a.disp += n
	return a
}

// address chooses the memory operand for address p plus off. It folds additions of constants into the displacement,
// one other addition into base and index, and a shift of the index by up to 3 into the scale; stack slots and symbols
// near enough become the base themselves.
func (l *lowerer) address(p ir.Value, off int32, trap uint8) amode {
	a := amode{kind: asm.MemReg, disp: off, trap: trap}
	p = l.foldConst(p, &a)
	if inst, ok := l.Def(p); ok {
		switch d := l.f.Data(inst); d.Op {
		case op.StackAddr:
			if n, ok := addDisp(a.disp, int64(l.SlotOffset(d.Slot()))+int64(d.Offset())); ok {
				a.kind, a.disp = asm.MemSlot, n
				return a
			}
		case op.SymbolValue:
			if sym, add, ok := l.nearSymbol(d.Global()); ok {
				if n := int64(a.disp) + add; isNear(n) && isNear(add) {
					a.kind, a.disp, a.aux = asm.MemSymbol, int32(n), sym
					return a
				}
			}
		case op.Iadd:
			if d.Type == op.I64 {
				return l.baseIndex(d.X[0], d.X[1], a)
			}
		}
	}
	a.base = l.Reg(p)
	return a
}

// baseIndex completes a with the sum of x and y as base and index.
func (l *lowerer) baseIndex(x, y ir.Value, a amode) amode {
	if _, _, ok := l.scaled(x); ok {
		x, y = y, x
	}
	x = l.foldConst(x, &a)
	if s, k, ok := l.scaled(y); ok {
		y, a.scale = s, k
	} else {
		y = l.foldConst(y, &a)
	}
	if inst, ok := l.Def(x); ok && a.scale == 0 || ok && a.kind == asm.MemReg {
		if d := l.f.Data(inst); d.Op == op.StackAddr {
			if n, ok := addDisp(a.disp, int64(l.SlotOffset(d.Slot()))+int64(d.Offset())); ok {
				a.kind, a.disp, a.index = asm.MemSlot, n, l.Reg(y)
				return a
			}
		}
	}
	a.base, a.index = l.Reg(x), l.Reg(y)
	return a
}

// foldConst takes constants added to p or subtracted from it, as long as they fit, into the displacement of a and returns what remains of p.
func (l *lowerer) foldConst(p ir.Value, a *amode) ir.Value {
	for {
		p = l.f.Resolve(p)
		inst, ok := l.Def(p)
		if !ok {
			return p
		}
		d := l.f.Data(inst)
		if d.Op != op.Iadd && d.Op != op.Isub || d.Type != op.I64 {
			return p
		}
		x, y := d.X[0], d.X[1]
		k, ok := l.constant(y)
		switch {
		case d.Op == op.Isub:
			if k = -k; !ok || k == math.MinInt64 {
				return p
			}
		case !ok:
			x = y
			if k, ok = l.constant(d.X[0]); !ok {
				return p
			}
		}
		n, ok := addDisp(a.disp, k)
		if !ok {
			return p
		}
		a.disp, p = n, x
	}
}

// scaled reports whether v is x << k with k from 1 to 3, or x + x.
func (l *lowerer) scaled(v ir.Value) (ir.Value, uint8, bool) {
	inst, ok := l.Def(v)
	if !ok {
		return 0, 0, false
	}
	d := l.f.Data(inst)
	if d.Op != op.Ishl || d.Type != op.I64 {
		return 0, 0, false
	}
	k, ok := l.constant(d.X[1])
	if k &= 63; ok && k >= 1 && k <= 3 {
		return l.f.Resolve(d.X[0]), uint8(k), true
	}
	return 0, 0, false
}

func addDisp(d int32, n int64) (int32, bool) {
	s := int64(d) + n
	return int32(s), n >= math.MinInt32 && n <= math.MaxInt32 && s >= math.MinInt32 && s <= math.MaxInt32
}

// constant returns the value of v, sign-extended from its type, if v is an iconst, or one extended or reduced to at most
// 64 bits.
func (l *lowerer) constant(v ir.Value) (int64, bool) {
	inst, ok := l.Def(v)
	if !ok {
		return 0, false
	}
	d := l.f.Data(inst)
	switch d.Op {
	case op.Iconst:
		return d.IconstInt(), true
	case op.Uextend, op.Sextend, op.Ireduce:
		return l.convertedConst(d)
	}
	return 0, false
}

// convertedConst returns the value of an extended or reduced iconst.
func (l *lowerer) convertedConst(d *ir.InstData) (int64, bool) {
	inst, ok := l.Def(d.X[0])
	if !ok || d.Type == op.I128 {
		return 0, false
	}
	c := l.f.Data(inst)
	if c.Op != op.Iconst {
		return 0, false
	}
	k, up := c.IconstInt(), 64-d.Type.Bits()
	if d.Op == op.Uextend {
		up = 64 - c.Type.Bits()
		return int64(uint64(k) << up >> up), true
	}
	return k << up >> up, true
}

// lea returns the address a in a register.
func (l *lowerer) lea(a amode) asm.Reg {
	dst := l.NewReg(op.I64)
	l.Emit(l.leaInst(dst, a))
	return dst
}
