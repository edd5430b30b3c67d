package x64

import (
	"encoding/binary"
	"math/bits"

	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
)

// Constants in vector registers: zero and all ones are made by an instruction, others are loaded from the constant pool,
// or are memory operands.

// constLabel marks an Aux that is the index of a constant of vcode.Func.Consts; emission turns it into the label.
const constLabel = 1 << 31

// xconst is a constant of 2 to 16 bytes, zero above that.
type xconst struct {
	lo, hi uint64
	bytes  int
}

func (c xconst) isZero() bool { return c.lo|c.hi == 0 }

// isOnes reports whether all bits are set as far as anybody looks.
func (c xconst) isOnes() bool {
	return c.lo|^uint64(0)<<min(63, c.bytes*4)<<min(63, c.bytes*4) == ^uint64(0) && (c.bytes <= 8 || c.hi == ^uint64(0))
}

// constX returns the value of v if it is a constant of a type that lives in vector registers.
func (l *lowerer) constX(v ir.Value) (xconst, bool) {
	inst, ok := l.Def(v)
	if !ok {
		return xconst{}, false
	}
	return l.instConst(inst)
}

func (l *lowerer) instConst(inst ir.Inst) (xconst, bool) {
	switch d := l.f.Data(inst); d.Op {
	case op.F16const, op.F32const, op.F64const:
		return xconst{d.Imm(), 0, d.Op.Info().Results[0].Type.Bytes()}, true
	case op.F128const, op.Vconst:
		return bytesConst(l.f.Constants[d.Constant()])
	case op.Splat:
		return l.splatConst(d)
	case op.ScalarToVector:
		c, ok := l.laneConst(d.X[0])
		c.bytes = d.Type.Bytes()
		return c, ok && c.bytes <= 16
	case op.Bitcast:
		if from, ok := l.Def(d.X[0]); ok && inXMM(d.Type) && !l.f.Mem(inst).Has(ir.BigEnd) && l.f.Data(from).Op != op.Bitcast {
			return l.instConst(from)
		}
	}
	return xconst{}, false
}

func bytesConst(b []byte) (xconst, bool) {
	if len(b) > 16 {
		return xconst{}, false
	}
	var buf [16]byte
	copy(buf[:], b)
	return xconst{binary.LittleEndian.Uint64(buf[:]), binary.LittleEndian.Uint64(buf[8:]), len(b)}, true
}

// laneConst returns the value of a constant scalar.
func (l *lowerer) laneConst(v ir.Value) (xconst, bool) {
	t := l.typeOf(v)
	if !t.IsInt() {
		return l.constX(v)
	}
	k, ok := l.constant(v)
	if t.Bits() < 64 {
		k &= 1<<t.Bits() - 1
	}
	return xconst{lo: uint64(k), bytes: t.Bytes()}, ok
}

func (l *lowerer) splatConst(d *ir.InstData) (xconst, bool) {
	c, ok := l.laneConst(d.X[0])
	if !ok || d.Type.Bytes() > 16 || c.bytes > 8 {
		return xconst{}, false
	}
	return splatOf(c.lo, c.bytes, d.Type.Bytes()), true
}

// splatOf repeats the low size bytes of x.
func splatOf(x uint64, size, bytes int) xconst {
	for n := size; n < 8; n *= 2 {
		x |= x << (n * 8)
	}
	if bytes < 8 {
		return xconst{x & (1<<(bytes*8) - 1), 0, bytes}
	}
	c := xconst{lo: x, bytes: bytes}
	if bytes == 16 {
		c.hi = x
	}
	return c
}

// inPool reports whether v is a constant for the pool.
func (l *lowerer) inPool(v ir.Value) bool {
	c, ok := l.constX(v)
	return ok && !c.isZero() && !c.isOnes()
}

// poolOperand returns a memory operand with the constant v.
func (l *lowerer) poolOperand(v ir.Value) (amode, bool) {
	c, ok := l.constX(v)
	if !ok || c.isZero() || c.isOnes() {
		return amode{}, false
	}
	return l.pooled(c), true
}

// pooled puts a constant into the pool; it takes at least 4 bytes there.
func (l *lowerer) pooled(c xconst) amode {
	start := len(l.pool)
	l.pool = binary.LittleEndian.AppendUint64(l.pool, c.lo)
	if c.bytes > 8 {
		l.pool = binary.LittleEndian.AppendUint64(l.pool, c.hi)
	}
	end := start + max(4, c.bytes)
	return amode{kind: asm.MemLabel, aux: constLabel | l.Const(l.pool[start:end:end])}
}

// mask returns a constant of 16 bytes as an operand.
func (l *lowerer) mask(lo, hi uint64) rm { return memRM(l.pooled(xconst{lo, hi, 16})) }

// rematX makes a constant anew.
func (l *lowerer) rematX(inst ir.Inst) (asm.Reg, bool) {
	if !isConstX[l.f.Data(inst).Op] {
		return 0, false
	}
	c, ok := l.instConst(inst)
	if !ok || !inXMM(l.f.ValueType(l.f.Results(inst)[0])) {
		return 0, false
	}
	return l.loadConst(l.f.ValueType(l.f.Results(inst)[0]), c), true
}

var isConstX = [op.NumOpcodes]bool{
	op.F16const: true, op.F32const: true, op.F64const: true, op.F128const: true, op.Vconst: true, op.Splat: true,
	op.ScalarToVector: true, op.Bitcast: true,
}

// loadConst returns the constant c in a register, ahead of everything else.
func (l *lowerer) loadConst(t op.Type, c xconst) asm.Reg {
	switch {
	case c.isZero():
		return l.zeroX(t)
	case c.isOnes():
		return l.onesX(t)
	}
	if o, k, ok := c.shiftedOnes(); ok {
		dst := l.NewReg(t)
		ones := l.onesX(t)
		l.EmitFirst(asm.Inst{Op: l.vex(o), R: [4]asm.Reg{dst, ones}, Imm: k})
		return dst
	}
	period := c.period()
	switch {
	case period == 4 && l.hasAVX():
		return l.loadPooled(x64.VBROADCASTSS, t, c, 4)
	case period == 8 && l.hasSSSE3():
		return l.loadPooled(x64.MOVDDUP, t, c, 8)
	case period == 4:
		return l.self(x64.SHUFPS, t, l.loadPooled(x64.MOVSS, t, c, 4))
	case period == 8:
		return l.self(x64.MOVLHPS, t, l.loadPooled(x64.MOVSD, t, c, 8))
	case c.bytes > 8 && c.hi == 0 && c.lo>>32 == 0, c.bytes <= 4:
		return l.loadPooled(x64.MOVSS, t, c, 4)
	case c.hi == 0:
		return l.loadPooled(x64.MOVSD, t, c, 8)
	}
	return l.loadPooled(x64.MOVAPS, t, c, 16)
}

// period returns after how many bytes, 4 or 8, a constant of 16 bytes repeats itself, or 16.
func (c xconst) period() int {
	switch {
	case c.bytes < 16 || c.lo != c.hi:
		return 16
	case uint64(uint32(c.lo)) == c.lo>>32:
		return 4
	}
	return 8
}

// shiftedOnes finds the shift that makes c of lanes of all ones.
func (c xconst) shiftedOnes() (o uint16, k int64, ok bool) {
	if c.bytes < 16 || c.lo != c.hi {
		return 0, 0, false
	}
	for i, width := range [...]int{16, 32, 64} {
		ones := ^uint64(0) >> (64 - width)
		v := c.lo & ones
		if splatOf(v, width/8, 16) != c {
			continue
		}
		n := int64(bits.OnesCount64(v))
		switch v {
		case ones >> (int64(width) - n):
			return vSHR[i+1], int64(width) - n, true
		case ones << (int64(width) - n) & ones:
			return vSHL[i+1], int64(width) - n, true
		}
	}
	return 0, 0, false
}

// loadPooled loads the first bytes of a constant from the pool.
func (l *lowerer) loadPooled(o uint16, t op.Type, c xconst, bytes int) asm.Reg {
	c.bytes = bytes
	in := asm.Inst{Op: l.vex(o), R: [4]asm.Reg{l.NewReg(t)}}
	a := l.pooled(c)
	a.setMem(&in)
	l.EmitFirst(in)
	return in.R[0]
}

// self emits row o, of two addresses, on x and x, ahead of everything else.
func (l *lowerer) self(o uint16, t op.Type, x asm.Reg) asm.Reg {
	dst := l.NewReg(t)
	l.EmitFirst(asm.Inst{Op: pSELF, R: [4]asm.Reg{dst, x}, Aux: uint32(o)})
	return dst
}
