package x64

import (
	"math/bits"
	"slices"

	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
)

var intCC = [op.NumIntCC]uint8{
	op.Eq: x64.CCE, op.Ne: x64.CCNE, op.Slt: x64.CCL, op.Sge: x64.CCGE, op.Sgt: x64.CCG, op.Sle: x64.CCLE,
	op.Ult: x64.CCB, op.Uge: x64.CCAE, op.Ugt: x64.CCA, op.Ule: x64.CCBE,
}

// cond is a condition on the flags: cc, or (two) cc or cc2, the whole negated if not is set.
type cond struct {
	cc, cc2 uint8
	two     bool
	not     bool
}

func one(cc uint8) cond { return cond{cc: cc} }

// invert returns the opposite condition.
func (c cond) invert() cond {
	if c.two {
		c.not = !c.not
		return c
	}
	c.cc ^= 1
	return c
}

// truth emits a test of v against zero and returns the condition under which it is not zero. Comparisons are done right
// here, so that their result needs no register.
func (l *lowerer) truth(v ir.Value) cond {
	v = l.f.Resolve(v)
	t := l.typeOf(v)
	l.depth++
	defer func() { l.depth-- }()
	if inst, ok := l.Def(v); ok && l.depth < maxDepth {
		switch d := l.f.Data(inst); {
		case d.Op == op.Icmp && t == op.I8:
			return l.icmp(d.IntCC(), d.X[0], d.X[1])
		case d.Op == op.Fcmp && l.isF32or64(l.typeOf(d.X[0])):
			return l.fcmp(d.FloatCC(), d.X[0], d.X[1])
		case d.Op == op.Band && l.UsedOnce(v) && l.fits64(t):
			return l.test(op.Ne, d.X[0], d.X[1])
		case d.Op == op.Bor && l.UsedOnce(v) && l.fits64(t):
			l.aluSized(aluOR, exactSize(t), t, l.reg(d.X[0]), l.exact(d.X[1]))
			return one(x64.CCNE)
		case d.Op == op.VanyTrue && l.isVec(l.typeOf(d.X[0])):
			return l.anyTrue(d.X[0])
		case d.Op == op.VallTrue && l.isVec(l.typeOf(d.X[0])):
			return l.allTrue(d.X[0])
		case d.Op == op.Uextend || d.Op == op.Sextend || d.Op == op.Bmask:
			return l.truth(d.X[0])
		}
	}
	if cc, ok := l.overflowOf(v); ok {
		return one(cc)
	}
	if t == op.I128 {
		l.alu(aluOR, op.I64, l.lowReg(v), regRMI(l.highReg(v)))
		return one(x64.CCNE)
	}
	if c, ok := l.icmpNarrow(op.Ne, v, 0); ok {
		return c
	}
	l.compareZero(v)
	return one(x64.CCNE)
}

// overflows are the operations whose second result is a condition after one instruction.
var overflows = map[op.Opcode]struct {
	alu aluOp // zero: a signed multiplication
	cc  uint8
}{
	op.UaddOverflow: {aluADD, x64.CCB}, op.SaddOverflow: {aluADD, x64.CCO},
	op.UsubOverflow: {aluSUB, x64.CCB}, op.SsubOverflow: {aluSUB, x64.CCO}, op.SmulOverflow: {aluOp{}, x64.CCO},
}

// overflowOf does an operation whose overflow is what the branch or trap being lowered is about, right before it, and
// returns the condition. ok is false if v is no such overflow.
func (l *lowerer) overflowOf(v ir.Value) (cc uint8, ok bool) {
	inst, num, ok := l.f.DefInst(v)
	if !ok || num != 1 || !l.UsedOnce(v) || !l.CanAbsorb(inst, v) {
		return 0, false
	}
	d := l.f.Data(inst)
	o, ok := overflows[d.Op]
	t := l.control(d)
	if !ok || !l.fits64(t) || o.alu.rm == 0 && !l.is16to64(t) {
		return 0, false
	}
	l.Sink(inst)
	size := exactSize(t)
	var r asm.Reg
	if o.alu.rm == 0 {
		r = l.two(x64.IMUL, size, t, l.reg(d.X[0]), l.exactRM(d.X[1]))
	} else {
		r = l.aluSized(o.alu, size, t, l.reg(d.X[0]), l.exact(d.X[1]))
	}
	l.setResults(inst, r)
	return o.cc, true
}

// compareZero sets the flags of v - 0.
func (l *lowerer) compareZero(v ir.Value) {
	size := exactSize(l.typeOf(v))
	if inst, ok := l.sinkableExact(v); ok {
		a := l.sink(inst)
		l.emitRM(asm.Inst{Op: x64.CMPi, Size: size}, 0, memRM(a))
		return
	}
	r := l.reg(v)
	l.Emit(asm.Inst{Op: x64.TEST, Size: size, R: [4]asm.Reg{r, r}})
}

// zeroCC are the comparisons with zero that look at one flag.
var zeroCC = [op.NumIntCC]uint8{op.Eq: x64.CCE, op.Ne: x64.CCNE, op.Slt: x64.CCS, op.Sge: x64.CCNS}

// bitCC are the comparisons of a bit in the carry flag with zero.
var bitCC = [op.NumIntCC]uint8{op.Eq: x64.CCAE, op.Ne: x64.CCB}

// test sets the flags of x & y and returns the condition under which cc holds for it and zero.
func (l *lowerer) test(cc op.IntCC, x, y ir.Value) cond {
	if _, ok := l.constant(x); ok {
		x, y = y, x
	}
	if cc == op.Eq || cc == op.Ne {
		if l.bitTest(x, y) || l.bitTest(y, x) {
			return one(bitCC[cc])
		}
	}
	size := exactSize(l.typeOf(x))
	if k, ok := l.simm32(y); ok {
		l.emitRM(asm.Inst{Op: x64.TESTi, Size: size, Imm: k}, 0, l.exact2(x))
		return one(zeroCC[cc])
	}
	if _, ok := l.sinkableExact(x); ok {
		x, y = y, x
	}
	l.emitRM(asm.Inst{Op: x64.TEST, Size: size, R: [4]asm.Reg{l.reg(x)}}, 1, l.exact2(y))
	return one(zeroCC[cc])
}

// bitTest moves a bit of x to the carry flag if mask is 1 << n, or one bit beyond the immediates of TEST; or if x is
// something shifted right by n, and mask is 1.
func (l *lowerer) bitTest(x, mask ir.Value) bool {
	t := l.typeOf(x)
	if !l.is32or64(t) {
		return false
	}
	y, n := x, ir.Value(0)
	if k, ok := l.constant(mask); ok {
		if _, fits := l.simm32(mask); !fits && k&(k-1) == 0 {
			in := asm.Inst{Op: x64.BTi, Size: opSize(t), Imm: int64(bits.TrailingZeros64(uint64(k)))}
			l.emitRM(in, 0, l.rm(x))
			return true
		}
		if y, n, ok = l.shiftOf(x, op.Ushr, op.Sshr); !ok || k != 1 {
			return false
		}
	} else {
		var base ir.Value
		if base, n, ok = l.shiftOf(mask, op.Ishl, op.Ishl); !ok || !l.isOne(base) {
			return false
		}
	}
	l.Emit(asm.Inst{Op: x64.BT, Size: opSize(t), R: [4]asm.Reg{l.reg(y), l.reg(n)}})
	return true
}

// shiftOf returns x and n if v is x shifted by n, not a constant, by opcode o or p, and for nobody else.
func (l *lowerer) shiftOf(v ir.Value, o, p op.Opcode) (x, n ir.Value, ok bool) {
	inst, ok := l.Def(v)
	if !ok || !l.UsedOnce(v) {
		return 0, 0, false
	}
	d := l.f.Data(inst)
	if d.Op != o && d.Op != p {
		return 0, 0, false
	}
	_, isConst := l.constant(d.X[1])
	return d.X[0], d.X[1], !isConst
}

// exact2 is exact without immediates.
func (l *lowerer) exact2(v ir.Value) rm {
	if inst, ok := l.sinkableExact(v); ok {
		return rm{mem: l.sink(inst)}
	}
	return rm{reg: l.reg(v)}
}

// icmp sets the flags for a comparison and returns the condition under which it holds.
func (l *lowerer) icmp(cc op.IntCC, x, y ir.Value) cond {
	t := l.typeOf(x)
	if t == op.I128 {
		return l.icmp128(cc, x, y)
	}
	if _, ok := l.constant(x); ok {
		x, y, cc = y, x, cc.Swap()
	}
	size := exactSize(t)
	if (cc == op.Eq || cc == op.Ne) && l.isZero(y) && l.isBool(x) {
		c := l.truth(x)
		if cc == op.Eq {
			c = c.invert()
		}
		return c
	}
	if k, ok := l.constant(y); ok {
		if c, ok := l.icmpNarrow(cc, x, k); ok {
			return c
		}
	}
	if l.isZero(y) && (cc == op.Eq || cc == op.Ne || cc == op.Slt || cc == op.Sge) {
		if inst, ok := l.Def(x); ok && l.UsedOnce(x) && l.f.Data(inst).Op == op.Band {
			d := l.f.Data(inst)
			return l.test(cc, d.X[0], d.X[1])
		}
		l.compareZero(x)
		return one(zeroCC[cc])
	}
	if k, ok := l.simm32(y); ok {
		l.emitRM(asm.Inst{Op: x64.CMPi, Size: size, Imm: k}, 0, l.exact2(x))
		return one(intCC[cc])
	}
	if inst, ok := l.sinkableExact(x); ok {
		in := asm.Inst{Op: x64.CMPmr, Size: size, R: [4]asm.Reg{l.reg(y)}}
		a := l.sink(inst)
		a.setMem(&in)
		l.Emit(in)
		return one(intCC[cc])
	}
	l.emitRM(asm.Inst{Op: x64.CMP, Size: size, R: [4]asm.Reg{l.reg(x)}}, 1, l.exact2(y))
	return one(intCC[cc])
}

// extension is a value that an instruction extends, and how; a load extends what it reads.
type extension struct {
	bits           int
	signed, memory bool
}

var extensions = [op.NumOpcodes]extension{
	op.Uload8: {8, false, true}, op.Uload16: {16, false, true}, op.Uload32: {32, false, true},
	op.Sload8: {8, true, true}, op.Sload16: {16, true, true}, op.Sload32: {32, true, true},
	op.Uextend: {64, false, false}, op.Sextend: {64, true, false},
}

// icmpNarrow compares x with k in fewer bits if x is an extension, of a value that has k in its range, that nobody else
// needs. The order of extended numbers is that of the narrow ones: unsigned if they were extended by zeros. Immediates
// of 16 bits are slow to decode.
func (l *lowerer) icmpNarrow(cc op.IntCC, x ir.Value, k int64) (cond, bool) {
	inst, ok := l.Def(x)
	if !ok {
		return cond{}, false
	}
	d := l.f.Data(inst)
	e := extensions[d.Op]
	if e.bits == 0 || !l.fits64(d.Type) {
		return cond{}, false
	}
	if !e.memory {
		e.bits = l.typeOf(d.X[0]).Bits()
	}
	narrow := k << (64 - e.bits) >> (64 - e.bits)
	if e.signed && narrow != k || !e.signed && k>>e.bits != 0 || e.bits == 16 && narrow != int64(int8(narrow)) {
		return cond{}, false
	}
	in := asm.Inst{Op: x64.CMPi, Size: uint8(e.bits / 8), Imm: narrow}
	if e.memory {
		if _, ok := l.CanSink(x); !ok || l.isBig(inst) {
			return cond{}, false
		}
		l.emitRM(in, 0, memRM(l.sink(inst)))
	} else {
		if !l.UsedOnce(x) {
			return cond{}, false
		}
		l.emitRM(in, 0, l.exact2(d.X[0]))
	}
	if !e.signed && unsignedCC[cc] != op.Eq {
		cc = unsignedCC[cc]
	}
	return one(intCC[cc]), true
}

// unsignedCC are the comparisons of numbers that are not negative.
var unsignedCC = [op.NumIntCC]op.IntCC{op.Slt: op.Ult, op.Sge: op.Uge, op.Sgt: op.Ugt, op.Sle: op.Ule}

// maxDepth bounds how far definitions are followed, so that long chains of them do no harm.
const maxDepth = 64

// isBool reports whether v is the result of a comparison that nobody else uses, or that extended.
func (l *lowerer) isBool(v ir.Value) bool {
	inst, ok := l.Def(v)
	for ok && l.f.Data(inst).Op == op.Uextend && l.UsedOnce(v) {
		v = l.f.Data(inst).X[0]
		inst, ok = l.Def(v)
	}
	if !ok || !l.UsedOnce(v) {
		return false
	}
	d := l.f.Data(inst)
	switch d.Op {
	case op.Icmp, op.Fcmp:
		return l.typeOf(d.X[0]).IsScalar() && l.fits64orFloat(l.typeOf(d.X[0]))
	case op.VanyTrue, op.VallTrue:
		return l.isVec(l.typeOf(d.X[0]))
	}
	return false
}

func (l *lowerer) fits64orFloat(t op.Type) bool { return l.fits64(t) || l.isF32or64(t) }

// fcmp sets the flags for a floating-point comparison. UCOMISS leaves unordered as ZF=PF=CF=1, less as CF=1, equal as
// ZF=1; the conditions that fit "above" or "above or equal" are false on unordered, after exchanging the operands.
func (l *lowerer) fcmp(cc op.FloatCC, x, y ir.Value) cond {
	var c cond
	swap, ordered := false, false
	switch cc {
	case op.FOrd:
		c = one(x64.CCNP)
	case op.FUno:
		c = one(x64.CCP)
	case op.FEq:
		c = cond{cc: x64.CCNE, cc2: x64.CCP, two: true, not: true}
	case op.FNe:
		c = cond{cc: x64.CCNE, cc2: x64.CCP, two: true}
	case op.FOne:
		c = one(x64.CCNE)
	case op.FUeq:
		c = one(x64.CCE)
	case op.FLt:
		c, swap = one(x64.CCA), true
	case op.FLe:
		c, swap = one(x64.CCAE), true
	case op.FGt:
		c, ordered = one(x64.CCA), true
	case op.FGe:
		c, ordered = one(x64.CCAE), true
	case op.FUlt:
		c, ordered = one(x64.CCB), true
	case op.FUle:
		c, ordered = one(x64.CCBE), true
	case op.FUgt:
		c, swap = one(x64.CCB), true
	case op.FUge:
		c, swap = one(x64.CCBE), true
	}
	o := l.vex(fpUCOM.of(l.typeOf(x)))
	if swap || !ordered && l.inMemory(o, x) && !l.inMemory(o, y) {
		x, y = y, x
	}
	l.emitRM(asm.Inst{Op: o, R: [4]asm.Reg{l.reg(x)}}, 1, l.xrm(o, y))
	return c
}

// setcc returns 1 or 0, as an i8, for a condition that was just computed.
func (l *lowerer) setcc(c cond) asm.Reg {
	if !c.two {
		return l.setOne(c.cc)
	}
	if c.not { // neither
		return l.alu(aluAND, op.I8, l.setOne(c.cc^1), regRMI(l.setOne(c.cc2^1)))
	}
	return l.alu(aluOR, op.I8, l.setOne(c.cc), regRMI(l.setOne(c.cc2)))
}

// isCondition reports whether truth would look at how v is computed.
func (l *lowerer) isCondition(v ir.Value) bool {
	inst, num, ok := l.f.DefInst(l.f.Resolve(v))
	if !ok {
		return false
	}
	switch o := l.f.Data(inst).Op; o {
	case op.Icmp, op.Fcmp, op.VanyTrue, op.VallTrue, op.Uextend, op.Sextend, op.Bmask:
		return true
	case op.Band, op.Bor:
		return l.UsedOnce(v)
	default:
		_, overflows := overflows[o]
		return overflows && num == 1
	}
}

// asBool returns 1 or 0 of type t for a condition that was just computed.
func (l *lowerer) asBool(t op.Type, c cond) asm.Reg {
	b := l.setcc(c)
	if t == op.I8 {
		return b
	}
	return l.fromRM(x64.MOVZXb, 4, t, regRM(b))
}

func (l *lowerer) setOne(cc uint8) asm.Reg {
	dst := l.NewReg(op.I8)
	l.Emit(asm.Inst{Op: x64.SETCC, Size: 1, CC: cc, R: [4]asm.Reg{dst}})
	return dst
}

// selectInt returns x if the condition holds, else y.
func (l *lowerer) selectInt(c cond, t op.Type, x, y asm.Reg) asm.Reg {
	if c.not {
		c.not, x, y = false, y, x
	}
	r := l.cmov(c.cc, t, x, y)
	if c.two {
		r = l.cmov(c.cc2, t, x, r)
	}
	return r
}

// selectFrom is selectInt for values: one that is loaded for this may be a memory operand.
func (l *lowerer) selectFrom(c cond, t op.Type, x, y ir.Value) asm.Reg {
	if !c.two {
		if _, ok := l.sinkable(x); !ok {
			if _, ok := l.sinkable(y); ok {
				x, y, c = y, x, c.invert()
			}
		}
		other := l.reg(y)
		dst := l.NewReg(t)
		l.emitRM(asm.Inst{Op: x64.CMOVCC, Size: opSize(t), CC: c.cc, R: [4]asm.Reg{dst, other}}, 2, l.rm(x))
		return dst
	}
	return l.selectInt(c, t, l.reg(x), l.reg(y))
}

// cmov returns x if cc holds, else y.
func (l *lowerer) cmov(cc uint8, t op.Type, x, y asm.Reg) asm.Reg {
	dst := l.NewReg(t)
	if t.IsInt() {
		l.Emit(asm.Inst{Op: x64.CMOVCC, Size: opSize(t), CC: cc, R: [4]asm.Reg{dst, y, x}})
	} else {
		l.Emit(asm.Inst{Op: pFSEL, CC: cc, R: [4]asm.Reg{dst, y, x}})
	}
	return dst
}

// lowerTerm lowers the terminators. Their successors and operands are too varied for rules.
func (l *lowerer) lowerTerm(inst ir.Inst, targets []uint32) {
	d := l.f.Data(inst)
	switch d.Op {
	case op.Jump:
		l.jump(targets[0])
	case op.Brif:
		l.branch(l.truth(d.X[0]), targets[0], targets[1])
	case op.BrTable:
		l.brTable(d.X[0], targets)
	case op.Return:
		l.lowerReturn(inst)
	case op.Trap:
		l.Emit(asm.Inst{Op: pTRAP, Trap: d.Aux})
	case op.ReturnCall, op.ReturnCallIndirect:
		l.lowerTailCall(inst)
	case op.TryCall, op.TryCallIndirect:
		l.lowerTryCall(inst, targets)
	default:
		l.Unsupported(inst)
	}
}

func (l *lowerer) jump(target uint32) { l.Emit(asm.Inst{Op: x64.JMP, Aux: target}) }

// branch ends a block: to then if the condition holds, to els if not.
func (l *lowerer) branch(c cond, then, els uint32) {
	if c.not {
		then, els = els, then
	}
	in := asm.Inst{Op: x64.JCC, CC: c.cc, Aux: then, Imm: int64(els)}
	if c.two {
		in.Op, in.CC = x64.JCC2, c.cc|c.cc2<<4
	}
	l.Emit(in)
}

// brTable jumps through a table of distances. If there is only one target it is a jump.
func (l *lowerer) brTable(x ir.Value, targets []uint32) {
	entries := targets[1:]
	if !slices.ContainsFunc(entries, func(t uint32) bool { return t != targets[0] }) {
		l.jump(targets[0])
		return
	}
	idx := l.zext(x, op.I64)
	l.VF.Tables = append(l.VF.Tables, l.newTable(entries))
	l.Emit(asm.Inst{
		Op: pJTABLE, R: [4]asm.Reg{l.NewReg(op.I64), l.NewReg(op.I64), idx}, Aux: uint32(len(l.VF.Tables) - 1), Imm: int64(targets[0]),
	})
}

// trapIf traps with code when the condition holds.
func (l *lowerer) trapIf(c cond, code op.TrapCode) {
	if c.two && c.not { // neither: jump over the trap if one holds
		l.Emit(asm.Inst{Op: pTRAPNOT2, CC: c.cc | c.cc2<<4, Trap: uint8(code)})
		return
	}
	in := asm.Inst{Op: x64.TRAPCC, CC: c.cc, Trap: uint8(code)}
	if c.two {
		in.Op, in.CC = x64.TRAPCC2, c.cc|c.cc2<<4
	}
	l.Emit(in)
}
