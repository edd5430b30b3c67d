package x64

import (
	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
)

// Lanes of vectors of 128 bits: extraction, insertion, broadcasts.

// extractI emits a row that moves lane k of x to a general-purpose register.
func (l *lowerer) extractI(o uint16, size uint8, t op.Type, x asm.Reg, k int64) asm.Reg {
	dst := l.NewReg(t)
	l.Emit(asm.Inst{Op: l.vex(o), Size: size, R: [4]asm.Reg{dst, x}, Imm: k})
	return dst
}

// extractLane returns lane k of x, a vector with lanes of type t. Bits of the register above the lane are unspecified, but
// zero for integers of 16 bits, and of 8 bits with SSE4.1.
func (l *lowerer) extractLane(t op.Type, x asm.Reg, k int64) asm.Reg {
	switch t {
	case op.I8:
		if l.hasSSE41() {
			return l.extractI(x64.PEXTRB, 0, t, x, k)
		}
		if k == 0 {
			return l.fromXMM(t, x)
		}
		r := l.extractI(x64.PEXTRW, 0, t, x, k/2)
		if k&1 != 0 {
			r = l.shiftImm(x64.SHRi, 4, t, r, 8)
		}
		return r
	case op.I16:
		return l.extractI(x64.PEXTRW, 0, t, x, k)
	case op.I32, op.I64:
		switch {
		case k == 0:
			return l.fromXMM(t, x)
		case l.hasSSE41():
			return l.extractI(x64.PEXTRD, opSize(t), t, x, k)
		}
		return l.fromXMM(t, l.laneToFront(op.Float(t.Bits()), x, k))
	case op.I128, op.F128:
		return x
	}
	return l.laneToFront(t, x, k)
}

// laneToFront returns a vector whose lane 0 is lane k of x.
func (l *lowerer) laneToFront(t op.Type, x asm.Reg, k int64) asm.Reg {
	if k == 0 {
		return x
	}
	if t.Bits() == 16 {
		return l.shiftX(x64.PSRLDQi, t, x, 2*k)
	}
	if t.Bits() == 64 {
		return l.op1I(x64.PSHUFD, t, regRM(x), 0xee)
	}
	return l.op1I(x64.PSHUFD, t, regRM(x), k)
}

// vecExtract lowers extractlane; a load of the vector becomes a load of the lane if it cannot trap.
func (l *lowerer) vecExtract(v ir.Value, k uint8) asm.Reg {
	return l.extractLane(l.typeOf(v).Lane(), l.Reg(v), int64(k))
}

// zextLane lowers the zero-extension of a lane of 8 or 16 bits.
func (l *lowerer) zextLane(t op.Type, v ir.Value, k uint8) asm.Reg {
	o := uint16(x64.PEXTRW)
	if l.typeOf(v).LaneBits() == 8 {
		o = x64.PEXTRB
	}
	return l.extractI(o, 0, t, l.Reg(v), int64(k))
}

// zextsLane reports whether extraction of a lane of v clears the bits above it.
func (l *lowerer) zextsLane(v ir.Value) bool {
	t := l.typeOf(v)
	return t == op.I16X8 || t == op.I8X16 && l.hasSSE41()
}

// insertI emits a row that replaces lane k of x by an integer.
func (l *lowerer) insertI(o uint16, size uint8, t op.Type, x asm.Reg, y rm, k int64) asm.Reg {
	dst := l.NewReg(t)
	l.emitRM(asm.Inst{Op: l.vex(o), Size: size, R: [4]asm.Reg{dst, x}, Imm: k}, 2, y)
	return dst
}

// vecInsert lowers insertlane.
func (l *lowerer) vecInsert(t op.Type, v, y ir.Value, k uint8) asm.Reg {
	return l.insertInto(t, l.Reg(v), y, int64(k))
}

// insertInto replaces lane k of x by y.
func (l *lowerer) insertInto(t op.Type, x asm.Reg, y ir.Value, k int64) asm.Reg {
	switch t.Lane() {
	case op.I8:
		if l.hasSSE41() {
			return l.insertI(x64.PINSRB, 0, t, x, l.exactRM(y), k)
		}
	case op.I16:
		return l.insertI(x64.PINSRW, 0, t, x, l.exactRM(y), k)
	case op.I32:
		if l.hasSSE41() {
			return l.insertI(x64.PINSRD, 4, t, x, l.rm(y), k)
		}
	case op.I64:
		if inst, ok := l.sinkable(y); ok {
			return l.insertHalf(t, x, l.sink(inst), k)
		}
		if l.hasSSE41() {
			return l.insertI(x64.PINSRD, 8, t, x, l.rm(y), k)
		}
	case op.F32:
		o := l.vex(x64.INSERTPS)
		if l.hasSSE41() && (k != 0 || l.inMemory(o, y)) {
			return l.opXI(o, t, x, l.xrm(o, y), k<<4)
		}
	case op.F64:
		if inst, ok := l.sinkable(y); ok {
			return l.insertHalf(t, x, l.sink(inst), k)
		}
	case op.F16:
		return l.insertI(x64.PINSRW, 0, t, x, regRM(l.fromXMM(op.I32, l.Reg(y))), k)
	}
	return l.insertLane(t, x, l.Reg(y), k)
}

// is64x2 reports whether t is a vector of two lanes.
func (l *lowerer) is64x2(t op.Type) bool { return t == op.I64X2 || t == op.F64X2 }

// makePair returns a vector of two lanes.
func (l *lowerer) makePair(t op.Type, k uint8, splatted, inserted ir.Value) asm.Reg {
	x, y := splatted, inserted
	if k == 0 {
		x, y = y, x
	}
	_, loaded := l.sinkable(y) // then x does not sink as well: it comes first
	var front asm.Reg
	switch {
	case t == op.F64X2:
		front = l.Reg(x)
	case loaded:
		front = l.toXMM(t, 8, l.Reg(x))
	default:
		front = l.toVector(t, x)
	}
	if t == op.I64X2 && !loaded && !l.hasSSE41() {
		return l.opXX(x64.PUNPCKLQDQ, t, front, l.toXMM(t, 8, l.Reg(y)))
	}
	return l.insertInto(t, front, y, 1)
}

// insertHalf loads one half of x.
func (l *lowerer) insertHalf(t op.Type, x asm.Reg, a amode, k int64) asm.Reg {
	in := asm.Inst{Op: l.vex(x64.MOVLPS), R: [4]asm.Reg{l.NewReg(t), x}}
	if k == 1 {
		in.Op = l.vex(x64.MOVHPS)
	}
	a.setMem(&in)
	l.Emit(in)
	return in.R[0]
}

// insertLane replaces lane k of x by y, in registers.
func (l *lowerer) insertLane(t op.Type, x, y asm.Reg, k int64) asm.Reg {
	switch t.Lane() {
	case op.I8:
		if l.hasSSE41() {
			return l.insertI(x64.PINSRB, 0, t, x, regRM(y), k)
		}
		word := l.extractI(x64.PEXTRW, 0, op.I32, x, k/2)
		if k&1 == 0 {
			y = l.fromRM(x64.MOVZXb, 4, op.I32, regRM(y))
			word = l.alu(aluAND, op.I32, word, immRMI(0xff00))
		} else {
			y = l.shiftImm(x64.SHLi, 4, op.I32, y, 8)
			word = l.fromRM(x64.MOVZXb, 4, op.I32, regRM(word))
		}
		return l.insertI(x64.PINSRW, 0, t, x, regRM(l.alu(aluOR, op.I32, word, regRMI(y))), k/2)
	case op.I32:
		if l.hasSSE41() {
			return l.insertI(x64.PINSRD, 4, t, x, regRM(y), k)
		}
		return l.insertFloat(t, x, l.toXMM(t, 4, y), k)
	case op.I64:
		if l.hasSSE41() {
			return l.insertI(x64.PINSRD, 8, t, x, regRM(y), k)
		}
		y = l.toXMM(t, 8, y)
	case op.F32:
		if l.hasSSE41() && k != 0 {
			return l.opXI(x64.INSERTPS, t, x, regRM(y), k<<4)
		}
		return l.insertFloat(t, x, y, k)
	}
	if k == 0 {
		return l.opXX(x64.MOVSDr, t, x, y)
	}
	return l.opXX(x64.MOVLHPS, t, x, y)
}

// insertFloat replaces lane k of x by lane 0 of y, both with lanes of 32 bits, without INSERTPS.
func (l *lowerer) insertFloat(t op.Type, x, y asm.Reg, k int64) asm.Reg {
	shuf := func(a, b asm.Reg, imm int64) asm.Reg { return l.opXI(x64.SHUFPS, t, a, regRM(b), imm) }
	switch k {
	case 0:
		return l.opXX(x64.MOVSSr, t, x, y)
	case 1: // x0 y0, then the upper half of x
		return shuf(l.opXX(x64.UNPCKLPS, t, x, y), x, 0xe4)
	case 2: // y0 y0 x3 x3
		return shuf(x, shuf(y, x, 0xf0), 0x84)
	}
	return shuf(x, shuf(y, x, 0xa0), 0x24)
}

// Broadcasts.

// broadcast lowers a splat of y from memory if there is an instruction for it.
func (l *lowerer) broadcastRow(lane op.Type) uint16 {
	switch {
	case lane.Bits() == 8 && l.hasAVX2():
		return x64.VPBROADCASTB
	case lane.Bits() == 16 && l.hasAVX2():
		return x64.VPBROADCASTW
	case lane.Bits() == 32 && l.hasAVX():
		return x64.VBROADCASTSS
	case lane.Bits() == 64 && l.hasSSSE3():
		return l.vex(x64.MOVDDUP)
	}
	return 0
}

// vecSplat lowers splat.
func (l *lowerer) vecSplat(t op.Type, y ir.Value) asm.Reg {
	lane := t.Lane()
	if o := l.broadcastRow(lane); o != 0 {
		if inst, ok := l.sinkableX(y); ok {
			return l.fromRM(o, 0, t, memRM(l.sink(inst)))
		}
	}
	if lane.IsInt() {
		return l.splatInt(t, l.typeOf(y), y)
	}
	return l.splatFloat(t, l.Reg(y))
}

// splatInt moves an integer over and repeats it. An integer of less than 32 bits may come with anything above it.
func (l *lowerer) splatInt(t, lane op.Type, y ir.Value) asm.Reg {
	if lane == op.I64 {
		return l.splatFront(t, l.fromRM(l.vex(x64.MOVD), 8, t, l.rm(y)))
	}
	return l.splatFront(t, l.fromRM(l.vex(x64.MOVD), 4, t, l.rm(y)))
}

// splatFront repeats lane 0 of x.
func (l *lowerer) splatFront(t op.Type, x asm.Reg) asm.Reg {
	switch t.LaneBits() {
	case 8:
		switch {
		case l.hasAVX2():
			return l.op1(x64.VPBROADCASTB, t, regRM(x))
		case l.hasSSSE3():
			return l.opXX(x64.PSHUFB, t, x, l.zeroX(t))
		}
		x = l.opXX(x64.PUNPCKLBW, t, x, x)
		fallthrough
	case 16:
		if l.hasAVX2() {
			return l.op1(x64.VPBROADCASTW, t, regRM(x))
		}
		x = l.op1I(x64.PSHUFLW, t, regRM(x), 0)
		fallthrough
	case 32:
		return l.op1I(x64.PSHUFD, t, regRM(x), 0)
	}
	return l.opXX(x64.PUNPCKLQDQ, t, x, x)
}

// splatFloat repeats a float.
func (l *lowerer) splatFloat(t op.Type, x asm.Reg) asm.Reg {
	switch {
	case t.LaneBits() == 16:
		return l.splatFront(t, x)
	case t.LaneBits() == 32 && l.hasAVX2():
		return l.op1(x64.VBROADCASTSSr, t, regRM(x))
	case t.LaneBits() == 32:
		return l.opXI(x64.SHUFPS, t, x, regRM(x), 0)
	case l.hasSSSE3():
		return l.op1(x64.MOVDDUP, t, regRM(x))
	}
	return l.opXX(x64.MOVLHPS, t, x, x)
}

// toVector lowers scalar_to_vector: the other lanes are zero.
func (l *lowerer) toVector(t op.Type, y ir.Value) asm.Reg {
	lane := t.Lane()
	switch lane {
	case op.I8, op.I16:
		return l.toXMM(t, 4, l.zext(y, op.I32))
	case op.I32, op.I64:
		if inst, ok := l.sinkable(y); ok {
			return l.loadAs(t, lane, inst)
		}
		return l.toXMM(t, opSize(lane), l.Reg(y))
	}
	if inst, ok := l.sinkable(y); ok {
		return l.loadAs(t, lane, inst)
	}
	x := l.Reg(y)
	switch {
	case lane == op.F64:
		return l.op1(x64.MOVQ, t, regRM(x))
	case lane == op.F16:
		return l.toXMM(t, 4, l.fromRM(x64.MOVZXw, 4, op.I32, regRM(l.fromXMM(op.I32, x))))
	case l.hasSSE41():
		return l.opXI(x64.INSERTPS, t, x, regRM(x), 0x0e)
	}
	return l.opXX(x64.MOVSSr, t, l.zeroX(t), x)
}

// loadAs loads a scalar of 4 or 8 bytes into lane 0 of a vector, zero above.
func (l *lowerer) loadAs(t, lane op.Type, inst ir.Inst) asm.Reg {
	o := uint16(x64.MOVSS)
	if lane.Bits() == 64 {
		o = x64.MOVSD
	}
	return l.op1(o, t, memRM(l.sink(inst)))
}

// storeLane stores lane k of v if there is an instruction for it.
func (l *lowerer) storeLane(v ir.Value, k uint8, a amode) {
	x, lane := l.Reg(v), l.typeOf(v).Lane()
	in := asm.Inst{R: [4]asm.Reg{x}}
	switch {
	case lane.Bits() == 64 && k == 0:
		in.Op = x64.MOVSDmr
	case lane.Bits() == 64:
		in.Op = x64.MOVHPSmr
	case lane.Bits() == 32 && k == 0:
		in.Op = x64.MOVSSmr
	default:
		in = asm.Inst{R: [4]asm.Reg{asm.NoReg, x}, Imm: int64(k)}
		switch lane.Bits() {
		case 8:
			in.Op = x64.PEXTRB
		case 16:
			in.Op = x64.PEXTRWm
		default:
			in.Op = x64.EXTRACTPS
		}
	}
	in.Op = l.vex(in.Op)
	a.setMem(&in)
	l.Emit(in)
}

// storesLane reports whether storeLane has an instruction for lane k of v.
func (l *lowerer) storesLane(v ir.Value, k uint8) bool {
	t := l.typeOf(v)
	if t.Bits() != 128 {
		return false
	}
	return t.LaneBits() == 64 || t.LaneBits() == 32 && k == 0 || t.LaneBits() <= 32 && l.hasSSE41()
}

// perLane applies fn to the lanes of vectors one by one.
func (l *lowerer) perLane(t, from op.Type, fn func(lanes []asm.Reg) asm.Reg, xs ...asm.Reg) asm.Reg {
	var r asm.Reg
	lanes := make([]asm.Reg, len(xs))
	for k := range int64(t.Lanes()) {
		for i, x := range xs {
			lanes[i] = l.extractLane(from.Lane(), x, k)
		}
		y := fn(lanes)
		if k == 0 {
			if r = y; t.LaneIsInt() {
				r = l.toXMM(t, opSize(t.Lane()), y)
			}
			continue
		}
		r = l.insertLane(t, r, y, k)
	}
	return r
}
