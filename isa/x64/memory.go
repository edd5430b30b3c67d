package x64

import (
	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
)

// loadValue loads a value of type t.
func (l *lowerer) loadValue(t op.Type, a amode) asm.Reg {
	dst := l.NewReg(t)
	l.load(dst, t, a)
	return dst
}

// loadPair loads the halves of an i128.
func (l *lowerer) loadPair(a amode) (lo, hi asm.Reg) {
	return l.loadValue(op.I64, a), l.loadValue(op.I64, a.plus(8))
}

// storeImm stores the low size bytes of a constant.
func (l *lowerer) storeImm(size uint8, k int64, a amode) {
	if size < 8 {
		k = k << (64 - 8*size) >> (64 - 8*size)
	}
	in := asm.Inst{Op: x64.MOVi, Size: size, Imm: k}
	a.setMem(&in)
	l.Emit(in)
}

// modify merges the load i into an operation on memory: mem op= y.
func (l *lowerer) modify(mr, imm uint16, t op.Type, i ir.Inst, y ir.Value) {
	in := asm.Inst{Op: mr, Size: exactSize(t)}
	k, ok := l.constant(y)
	if up := 64 - t.Bits(); ok && up > 0 {
		k = k << up >> up
	}
	if ok && k == int64(int32(k)) {
		in.Op, in.Imm = imm, k
	} else {
		in.R[0] = l.reg(y)
	}
	a := l.sink(i)
	a.setMem(&in)
	l.Emit(in)
}

// modifyFloat is modify for logical operations on the bits of floats.
func (l *lowerer) modifyFloat(mr, imm uint16, t op.Type, i ir.Inst, y ir.Value) {
	in := asm.Inst{Op: mr, Size: exactSize(t)}
	c, ok := l.constX(y)
	if k := int64(c.lo) << (64 - t.Bits()) >> (64 - t.Bits()); ok && k == int64(int32(k)) {
		in.Op, in.Imm = imm, k
	} else {
		in.R[0] = l.fromXMM(op.Int(t.Bits()), l.reg(y))
	}
	a := l.sink(i)
	a.setMem(&in)
	l.Emit(in)
}

// isWord reports whether t is a scalar of 4 or 8 bytes.
func (l *lowerer) isWord(t op.Type) bool { return t.IsScalar() && (t.Bits() == 32 || t.Bits() == 64) }

// floatBits extracts the bits of a constant float.
func (l *lowerer) floatBits(v ir.Value) (int64, bool) {
	c, ok := l.constX(v)
	return int64(c.lo), ok
}

// storeFloatImm stores the bits of a constant float; those that are no immediate come from an integer register.
func (l *lowerer) storeFloatImm(size uint8, k int64, a amode) {
	if size == 4 || k == int64(int32(k)) {
		l.storeImm(size, k, a)
		return
	}
	l.store(l.movImm(op.I64, k), op.I64, a)
}

// simple emits an instruction without operands.
func (l *lowerer) simple(o uint16) { l.Emit(asm.Inst{Op: o}) }
