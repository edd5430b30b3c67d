package x64

import (
	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
)

// Vectors of 16, 32 and 64 bits. They live in the low part of a vector register; what is above is unspecified. What works on
// each lane by itself is done on all 128 bits: rules see the type of full width as the controlling type (see control),
// and lanes that do not exist hold nonsense. Only what looks at all lanes together, or moves them from half to half, has
// code of its own.

// isSmall holds for vectors of less than 128 bits, isVec for all vectors of at most 128 bits.
func (l *lowerer) isSmall(t op.Type) bool { return t.IsVector() && t.Bits() < 128 }
func (l *lowerer) isVec(t op.Type) bool   { return t.IsVector() && t.Bits() <= 128 }

// isSmallInt holds for small vectors with integer lanes.
func (l *lowerer) isSmallInt(t op.Type) bool { return t.IsVector() && t.Bits() < 128 && t.LaneIsInt() }

// full returns the type of 128 bits with the same lanes as the small vector t; other types stay as they are.
func full(t op.Type) op.Type {
	if t.IsVector() && t.Bits() < 128 {
		return op.Vector(t.Lane(), 128/t.LaneBits())
	}
	return t
}

// byLanes are the opcodes whose results depend lane by lane on their operands.
var byLanes = [op.NumOpcodes]bool{
	op.Iadd: true, op.Isub: true, op.Imul: true, op.Ineg: true, op.Iabs: true, op.Umulhi: true, op.Smulhi: true,
	op.Smin: true, op.Smax: true, op.Umin: true, op.Umax: true, op.AvgRound: true, op.UaddSat: true, op.SaddSat: true,
	op.UsubSat: true, op.SsubSat: true, op.SqmulRoundSat: true, op.X86Pmulhrsw: true, op.Popcnt: true,
	op.Ishl: true, op.Ushr: true, op.Sshr: true, op.Rotl: true, op.Rotr: true, op.Icmp: true, op.Fcmp: true,
	op.Fadd: true, op.Fsub: true, op.Fmul: true, op.Fdiv: true, op.Sqrt: true, op.Fma: true, op.Fmin: true, op.Fmax: true,
	op.Ceil: true, op.Floor: true, op.Trunc: true, op.Nearest: true, op.Blendv: true,
	op.FcvtFromSint: true, op.FcvtFromUint: true, op.FcvtToSintSat: true, op.FcvtToUintSat: true, op.X86Cvtt2dq: true,
	op.Splat: true, op.Extractlane: true, op.Insertlane: true, op.ScalarToVector: true, op.SwidenLow: true, op.UwidenLow: true,
}

// control returns the controlling type that rules see.
func (l *lowerer) control(d *ir.InstData) op.Type {
	widens := d.Op == op.SwidenLow || d.Op == op.UwidenLow
	if byLanes[d.Op] && !(widens && d.Type.Lanes() < 4) {
		return full(d.Type)
	}
	return d.Type
}

// hasHalves holds for small vectors of integers of which half is a vector as well.
func (l *lowerer) hasHalves(t op.Type) bool {
	return t.IsVector() && t.Bits() < 128 && t.LaneIsInt() && t.Lanes() >= 4
}

// fromLanes reports whether the conversion inst reads vectors with lanes of type t, as many as its result has.
func (l *lowerer) fromLanes(inst ir.Inst, t op.Type) bool {
	d := l.f.Data(inst)
	from := l.typeOf(d.X[0])
	return from.IsVector() && from.Lane() == t && from.Lanes() == d.Type.Lanes()
}

// lowBits returns the lanes of the small vector x, of type t, in an integer register. Bits above them are unspecified if
// t has 16 bits.
func (l *lowerer) lowBits(t op.Type, x asm.Reg) asm.Reg {
	if t.Bits() == 64 {
		return l.fromXMM(op.I64, x)
	}
	return l.fromXMM(op.I32, x)
}

// testLow sets the flags of the lanes of x.
func (l *lowerer) testLow(t op.Type, x asm.Reg) {
	r := l.lowBits(t, x)
	l.Emit(asm.Inst{Op: x64.TEST, Size: uint8(t.Bytes()), R: [4]asm.Reg{r, r}})
}

// allTrueSmall sets the flags for "no lane of x is zero": where one is, a comparison with zero sets bits.
func (l *lowerer) allTrueSmall(t op.Type, x asm.Reg) cond {
	w := full(t.AsInt())
	l.testLow(t, l.equalX(w, l.zeroX(w), x))
	return one(x64.CCE)
}

// inPair returns a register with the lanes of x, of the small type t, and those of y above them.
func (l *lowerer) inPair(t op.Type, x, y asm.Reg) asm.Reg {
	o := uint16(x64.PUNPCKLQDQ)
	switch t.Bits() {
	case 16:
		o = x64.PUNPCKLWD
	case 32:
		o = x64.PUNPCKLDQ
	}
	return l.opXX(o, full(t), x, y)
}

// narrowSmall packs the lanes of x and y, which the rows do for signed lanes.
func (l *lowerer) narrowSmall(r *laneRows, t op.Type, x, y asm.Reg) asm.Reg {
	both, w := l.inPair(t, x, y), full(t)
	if !l.hasRow(r, w) { // PACKUSDW
		return l.packUnsigned32(both, both)
	}
	return l.opXX(r.of(w), w.Split(), both, both)
}

// uunarrowSmall packs unsigned lanes.
func (l *lowerer) uunarrowSmall(t op.Type, x, y asm.Reg) asm.Reg {
	both := l.inPair(t, x, y)
	return l.uunarrow(full(t), both, both)
}

// pairwiseSmall adds neighbours.
func (l *lowerer) pairwiseSmall(t op.Type, x, y asm.Reg) asm.Reg {
	both := l.inPair(t, x, y)
	return l.pairwiseX(full(t), both, both)
}

// upperHalf moves the upper half of the lanes of x to the front.
func (l *lowerer) upperHalf(t op.Type, x asm.Reg) asm.Reg {
	return l.shiftX(x64.PSRLDQi, full(t), x, int64(t.Bytes()/2))
}

// swidenSmall and uwidenSmall extend the upper half of the lanes of x.
func (l *lowerer) swidenSmall(t op.Type, x asm.Reg) asm.Reg {
	return l.swiden(unpLow, full(t), l.upperHalf(t, x))
}

func (l *lowerer) uwidenSmall(t op.Type, x asm.Reg) asm.Reg {
	return l.uwiden(unpLow, full(t), l.upperHalf(t, x))
}
