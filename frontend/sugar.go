package frontend

import (
	"davit/frontend/internal/ssa"
	"davit/ir"
	"davit/ir/op"
)

// Const makes the constant n of an integer type: sign-extended if that is wider than 64 bits, truncated if narrower.
func (b *Builder) Const(t op.Type, n int64) ir.Value {
	if t == op.I128 {
		return b.Sextend(t, b.Iconst(op.I64, n))
	}
	return b.Iconst(t, n)
}

// ConstU is Const with zero extension.
func (b *Builder) ConstU(t op.Type, n uint64) ir.Value {
	if t == op.I128 {
		return b.Uextend(t, b.Iconst(op.I64, int64(n)))
	}
	return b.Iconst(t, int64(n))
}

// Zero makes the zero of any type.
func (b *Builder) Zero(t op.Type) ir.Value {
	if !b.open("a constant") {
		return ir.NoValue
	}
	if !t.IsValid() {
		b.fail(b.cur.Entity(), "a zero cannot have type %v", t)
		return ir.NoValue
	}
	return b.end1(ssa.ZeroAtEnd(b.f, b.cur, t))
}

// VectorConst makes a vector constant of type t from its bytes, the lowest lane first.
func (b *Builder) VectorConst(t op.Type, bytes []byte) ir.Value {
	if !b.open("a constant") {
		return ir.NoValue
	}
	if !t.IsVector() || t.Bytes() != len(bytes) {
		b.fail(b.cur.Entity(), "%d bytes cannot be a constant of type %v", len(bytes), t)
		return ir.NoValue
	}
	return b.Vconst(t, b.f.InternConstant(bytes))
}

// imm makes the constant operand n of an instruction with x.
func (b *Builder) imm(x ir.Value, n int64) ir.Value { return b.Const(b.Type(x), n) }

func (b *Builder) immU(x ir.Value, n int64) ir.Value { return b.ConstU(b.Type(x), uint64(n)) }

// The methods whose names end in Imm make their last operand from a number. It is sign-extended for an i128, except in
// bitwise and unsigned operations.

// IaddImm appends x + n.
func (b *Builder) IaddImm(x ir.Value, n int64) ir.Value { return b.Iadd(x, b.imm(x, n)) }

// IsubImm appends x - n.
func (b *Builder) IsubImm(x ir.Value, n int64) ir.Value { return b.Isub(x, b.imm(x, n)) }

// IrsubImm appends n - x.
func (b *Builder) IrsubImm(x ir.Value, n int64) ir.Value { return b.Isub(b.imm(x, n), x) }

// ImulImm appends x * n.
func (b *Builder) ImulImm(x ir.Value, n int64) ir.Value { return b.Imul(x, b.imm(x, n)) }

// SdivImm appends x / n, signed.
func (b *Builder) SdivImm(x ir.Value, n int64) ir.Value { return b.Sdiv(x, b.imm(x, n)) }

// SremImm appends x % n, signed.
func (b *Builder) SremImm(x ir.Value, n int64) ir.Value { return b.Srem(x, b.imm(x, n)) }

// UdivImm appends x / n, unsigned.
func (b *Builder) UdivImm(x ir.Value, n int64) ir.Value { return b.Udiv(x, b.immU(x, n)) }

// UremImm appends x % n, unsigned.
func (b *Builder) UremImm(x ir.Value, n int64) ir.Value { return b.Urem(x, b.immU(x, n)) }

// BandImm appends x & n.
func (b *Builder) BandImm(x ir.Value, n int64) ir.Value { return b.Band(x, b.immU(x, n)) }

// BorImm appends x | n.
func (b *Builder) BorImm(x ir.Value, n int64) ir.Value { return b.Bor(x, b.immU(x, n)) }

// BxorImm appends x ^ n.
func (b *Builder) BxorImm(x ir.Value, n int64) ir.Value { return b.Bxor(x, b.immU(x, n)) }

// RotlImm appends a rotation of x to the left by n bits.
func (b *Builder) RotlImm(x ir.Value, n int64) ir.Value { return b.Rotl(x, b.Iconst(op.I32, n)) }

// RotrImm appends a rotation of x to the right by n bits.
func (b *Builder) RotrImm(x ir.Value, n int64) ir.Value { return b.Rotr(x, b.Iconst(op.I32, n)) }

// IshlImm appends x << n.
func (b *Builder) IshlImm(x ir.Value, n int64) ir.Value { return b.Ishl(x, b.Iconst(op.I32, n)) }

// UshrImm appends x >> n, unsigned.
func (b *Builder) UshrImm(x ir.Value, n int64) ir.Value { return b.Ushr(x, b.Iconst(op.I32, n)) }

// SshrImm appends x >> n, signed.
func (b *Builder) SshrImm(x ir.Value, n int64) ir.Value { return b.Sshr(x, b.Iconst(op.I32, n)) }

// IcmpImm appends a comparison of x with n.
func (b *Builder) IcmpImm(cc op.IntCC, x ir.Value, n int64) ir.Value {
	return b.Icmp(cc, x, b.imm(x, n))
}

// StackLoad appends a load from a stack slot.
func (b *Builder) StackLoad(t op.Type, ss ir.StackSlot, off int32) ir.Value {
	return b.Load(t, ir.TrustedMem, b.StackAddr(b.opts.Pointer, ss, off), 0)
}

// StackStore appends a store to a stack slot.
func (b *Builder) StackStore(x ir.Value, ss ir.StackSlot, off int32) ir.Inst {
	return b.Store(ir.TrustedMem, x, b.StackAddr(b.opts.Pointer, ss, off), 0)
}
