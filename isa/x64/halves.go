package x64

import (
	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
)

// Halves of 128-bit integers. Many of them are known without a look at the value as a whole: those of extensions,
// concatenations and shifts by 64. They then are immediates or memory operands, or save an instruction. Who asks for a half
// in this way asks for it once, as a load that it comes from may then be part of the instruction; who needs registers
// several times asks for these (reg and hi) first.

// half is what is known of one half of an i128.
type half struct {
	kind halfKind
	v    ir.Value
	high bool  // ownHalf: the upper one
	once bool  // nobody else wants v by this way
	k    int64 // constHalf
}

type halfKind uint8

const (
	ownHalf   halfKind = iota // a register of v itself
	wordHalf                  // v, an i64
	constHalf                 // k
	zextHalf                  // v, zero-extended to 64 bits
	sextHalf                  // v, sign-extended to 64 bits; of sextWord only
)

// halfOf looks for the definition of a half of v.
func (l *lowerer) halfOf(v ir.Value, high bool) half {
	once := true
	for range maxDepth {
		v = l.f.Resolve(v)
		once = once && l.UsedOnce(v) && !l.Wanted(v)
		own := half{kind: ownHalf, v: v, high: high}
		inst, ok := l.Def(v)
		if !ok {
			return own
		}
		d := l.f.Data(inst)
		switch d.Op {
		case op.Iconcat:
			return l.wordOf(d.X[b2i(high)], once)
		case op.Uextend, op.Sextend:
			return l.extensionHalf(own, d, once)
		case op.Ishl, op.Ushr:
			k, ok := l.constant(d.X[1])
			if k &= 127; !ok || k < 64 {
				return own
			}
			if high == (d.Op == op.Ushr) {
				return half{kind: constHalf}
			}
			if k > 64 {
				return own
			}
			v, high = d.X[0], !high
		default:
			return own
		}
	}
	return half{kind: ownHalf, v: v, high: high}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// wordOf is the half that consists of v, an i64.
func (l *lowerer) wordOf(v ir.Value, once bool) half {
	if k, ok := l.constant(v); ok {
		return half{kind: constHalf, k: k}
	}
	return half{kind: wordHalf, v: v, once: once}
}

// extensionHalf is halfOf for an extension to 128 bits.
func (l *lowerer) extensionHalf(own half, d *ir.InstData, once bool) half {
	x := d.X[0]
	t := l.typeOf(x)
	k, isConst := l.constant(x)
	signed := d.Op == op.Sextend
	switch {
	case isConst && own.high && signed:
		return half{kind: constHalf, k: k >> 63}
	case own.high && !signed:
		return half{kind: constHalf}
	case own.high:
		return own
	case isConst && !signed && t != op.I64:
		return half{kind: constHalf, k: k & (1<<t.Bits() - 1)}
	case isConst:
		return l.wordOf(x, once)
	case signed && t == op.I64:
		return l.wordOf(x, false) // the upper half needs x as well
	case t == op.I64:
		return l.wordOf(x, once)
	case signed || !once:
		return own
	}
	return half{kind: zextHalf, v: x}
}

// storeHalves stores the halves of v.
func (l *lowerer) storeHalves(v ir.Value, a amode) {
	for i, h := range [2]half{l.halfOf(v, false), l.halfOf(v, true)} {
		at := a.plus(int32(8 * i))
		if h.kind == constHalf && h.k == int64(int32(h.k)) {
			l.storeImm(8, h.k, at)
		} else {
			l.store(l.halfReg(h), op.I64, at)
		}
	}
}

// halfReg returns h in a register.
func (l *lowerer) halfReg(h half) asm.Reg {
	switch {
	case h.kind == wordHalf:
		return l.reg(h.v)
	case h.kind == constHalf:
		return l.movImm(op.I64, h.k)
	case h.kind == zextHalf:
		return l.zext(h.v, op.I64)
	case h.kind == sextHalf:
		return l.sext(h.v, op.I64)
	case h.high:
		return l.hi(h.v)
	}
	return l.reg(h.v)
}

// halfRMI returns h as an operand.
func (l *lowerer) halfRMI(h half) rmi {
	switch {
	case h.kind == wordHalf && h.once:
		return l.rmi(h.v)
	case h.kind == constHalf && h.k == int64(int32(h.k)):
		return immRMI(h.k)
	}
	return regRMI(l.halfReg(h))
}

func (l *lowerer) lowReg(v ir.Value) asm.Reg  { return l.halfReg(l.halfOf(v, false)) }
func (l *lowerer) highReg(v ir.Value) asm.Reg { return l.halfReg(l.halfOf(v, true)) }

func (h half) is(k int64) bool { return h.kind == constHalf && h.k == k }

// sextWord returns the lower half of v if the upper one is nothing but its sign, and is not asked for.
func (l *lowerer) sextWord(v ir.Value) (half, bool) {
	lo, hi := l.halfOf(v, false), l.halfOf(v, true)
	if lo.kind == constHalf && hi.kind == constHalf {
		return lo, hi.k == lo.k>>63
	}
	inst, ok := l.Def(v)
	if !ok || l.f.Data(inst).Op != op.Sextend {
		return half{}, false
	}
	x := l.f.Data(inst).X[0]
	switch {
	case !l.UsedOnce(v) || l.Wanted(l.f.Resolve(v)):
		return lo, true
	case l.typeOf(x) == op.I64:
		return l.wordOf(x, true), true
	}
	return half{kind: sextHalf, v: x}, true
}

// pairOp does an operation on both halves: lop on the lower, then hop, which may read a carry, on the upper ones.
func (l *lowerer) pairOp(lop, hop aluOp, x, y ir.Value) (lo, hi asm.Reg) {
	xl, xh, yl, yh := l.halfOf(x, false), l.halfOf(x, true), l.halfOf(y, false), l.halfOf(y, true)
	high := l.halfRMI(yh) // first, so that loads sink in the order of their effects
	low := l.halfRMI(yl)
	a, b := l.halfReg(xl), l.halfReg(xh)
	return l.logic(lop, a, low), l.logic(hop, b, high)
}

// logic is alu for 64 bits; logical operations with zero need no instruction.
func (l *lowerer) logic(o aluOp, x asm.Reg, y rmi) asm.Reg {
	if y.isImm && y.imm == 0 {
		switch o {
		case aluOR, aluXOR:
			return x
		case aluAND:
			return l.movImm(op.I64, 0)
		}
	}
	return l.alu(o, op.I64, x, y)
}

// pairEither is pairOp for operations that allow their operands in both orders.
func (l *lowerer) pairEither(lop, hop aluOp, x, y ir.Value) (lo, hi asm.Reg) {
	known := func(v ir.Value) bool {
		return l.halfOf(v, false).kind != ownHalf || l.halfOf(v, true).kind != ownHalf
	}
	if kx, ky := known(x), known(y); kx && !ky || kx == ky && l.outlives(x, y) {
		x, y = y, x
	}
	return l.pairOp(lop, hop, x, y)
}

// mul128 returns the low 128 bits of a product: the full product of the low halves, and both cross products above it, where
// they are not zero. Of numbers extended from 64 bits, one multiplication gives all bits.
func (l *lowerer) mul128(x, y ir.Value) (lo, hi asm.Reg) {
	xl, xh, yl, yh := l.halfOf(x, false), l.halfOf(x, true), l.halfOf(y, false), l.halfOf(y, true)
	if a, ok := l.sextWord(x); ok {
		if b, ok := l.sextWord(y); ok {
			d := l.halfRM(b)
			return l.mulhi(x64.IMUL1, op.I64, l.halfReg(a), d)
		}
	}
	switch {
	case xh.is(0) && yh.is(0):
		d := l.halfRM(yl)
		return l.mulhi(x64.MUL, op.I64, l.halfReg(xl), d)
	case xh.is(0):
		x, y, xl, xh, yl, yh = y, x, yl, yh, xl, xh
	}
	a, b := l.halfReg(xl), l.halfReg(yl)
	cross := l.mulWord(l.halfReg(xh), yl, b)
	if !yh.is(0) {
		cross = l.add(op.I64, l.two(x64.IMUL, 8, op.I64, a, regRM(l.halfReg(yh))), cross)
	}
	lo, h := l.mulhi(x64.MUL, op.I64, a, regRM(b))
	return lo, l.add(op.I64, cross, h)
}

// mulWord returns x times the half h, which is in register r, in 64 bits.
func (l *lowerer) mulWord(x asm.Reg, h half, r asm.Reg) asm.Reg {
	if h.kind == constHalf && h.k == int64(int32(h.k)) {
		return l.imulImm(op.I64, x, h.k)
	}
	return l.two(x64.IMUL, 8, op.I64, x, regRM(r))
}

// halfRM is halfRMI for instructions without immediates.
func (l *lowerer) halfRM(h half) rm {
	if h.kind == wordHalf && h.once {
		return l.rm(h.v)
	}
	return regRM(l.halfReg(h))
}

// icmp128 compares the halves: equality by the exclusive or of both, order by a subtraction with borrow.
func (l *lowerer) icmp128(cc op.IntCC, x, y ir.Value) cond {
	if l.halfOf(x, false).kind == constHalf && l.halfOf(x, true).kind == constHalf {
		x, y, cc = y, x, cc.Swap()
	}
	yl, yh := l.halfOf(y, false), l.halfOf(y, true)
	isConst := yl.kind == constHalf && yh.kind == constHalf
	if cc == op.Eq || cc == op.Ne {
		if isConst && yl.k == 0 && yh.k == 0 {
			l.alu(aluOR, op.I64, l.lowReg(x), regRMI(l.highReg(x)))
			return one(intCC[cc])
		}
		lo, hi := l.pairEither(aluXOR, aluXOR, x, y)
		l.alu(aluOR, op.I64, lo, regRMI(hi))
		return one(intCC[cc])
	}
	if isConst && (cc == op.Sgt || cc == op.Sle || cc == op.Ugt || cc == op.Ule) && yl.k != -1 { // x > k: x >= k+1
		yl.k++
		cc = orEqual[cc]
	} else if cc == op.Sgt || cc == op.Sle || cc == op.Ugt || cc == op.Ule {
		x, y, cc = y, x, cc.Swap()
		yl, yh = l.halfOf(y, false), l.halfOf(y, true)
	}
	if yl.is(0) && yh.is(0) && (cc == op.Slt || cc == op.Sge) {
		l.testReg(l.highReg(x))
		return one(zeroCC[cc])
	}
	high := l.halfRMI(yh)
	low := l.halfRMI(yl)
	xl, xh := l.lowReg(x), l.highReg(x)
	l.compare(xl, low)
	l.alu(aluSBB, op.I64, xh, high)
	return one(intCC[cc])
}

// orEqual turns a comparison with k into one with k+1.
var orEqual = [op.NumIntCC]op.IntCC{op.Sgt: op.Sge, op.Sle: op.Slt, op.Ugt: op.Uge, op.Ule: op.Ult}

// compare sets the flags of x - y, in 64 bits.
func (l *lowerer) compare(x asm.Reg, y rmi) {
	in := asm.Inst{Op: x64.CMP, Size: 8, R: [4]asm.Reg{x}}
	if y.isImm {
		in.Op, in.Imm = x64.CMPi, y.imm
		l.Emit(in)
		return
	}
	l.emitRM(in, 1, y.rm)
}
