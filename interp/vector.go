package interp

import (
	"encoding/binary"

	"davit/internal/u128"
	"davit/ir/op"
)

// gather is for vector opcodes whose result lanes are computed one by one from the operands: lane returns lane i.
func gather(operands int, lane func(v *lanes, i int) word) builder {
	return func(d *decoder, in *inst) {
		v := lanes{to: shapeOf(d.resultType(0))}
		in.d, in.a, v.x = d.result(0), d.arg(0), shapeOf(d.argType(0))
		if operands > 1 {
			in.b, v.y = d.arg(1), shapeOf(d.argType(1))
		}
		if operands > 2 {
			in.c, v.z = d.arg(2), shapeOf(d.argType(2))
		}
		in.imm = uint64(d.data.Aux)
		in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
			v := v
			v.r, v.in = r, in
			v.to.clear(r, in.d)
			for i := range v.to.lanes {
				v.to.put(r, in.d, i, lane(&v, i))
			}
			return pc + 1
		}
	}
}

// lanes gives access to the operands of an instruction.
type lanes struct {
	to, x, y, z shape
	r           []uint64
	in          *inst
}

func (v *lanes) a(i int) word { return v.x.get(v.r, v.in.a, i) }
func (v *lanes) b(i int) word { return v.y.get(v.r, v.in.b, i) }

func laneSplat(v *lanes, _ int) word { return v.a(0) }

func laneScalarToVector(v *lanes, i int) word {
	if i == 0 {
		return v.a(0)
	}
	return word{}
}

func laneInsert(v *lanes, i int) word {
	if uint64(i) == v.in.imm {
		return v.b(0)
	}
	return v.a(i)
}

func laneExtract(v *lanes, _ int) word { return v.a(int(v.in.imm)) }

func laneSwizzle(v *lanes, i int) word {
	if n := v.b(i).Lo; n < 16 {
		return v.a(int(n))
	}
	return word{}
}

func lanePshufb(v *lanes, i int) word {
	if n := v.b(i).Lo; n&0x80 == 0 {
		return v.a(int(n & 15))
	}
	return word{}
}

// narrowing takes the low half of the lanes from x and the high half from y.
func narrowing(signedIn, signedOut bool) func(v *lanes, i int) word {
	return func(v *lanes, i int) word {
		var x word
		if i < v.x.lanes {
			x = v.a(i)
		} else {
			x = v.b(i - v.x.lanes)
		}
		if signedIn {
			x = signed(v.x.bits, x)
		}
		if signedOut {
			return clampSigned(x, v.to.bits)
		}
		return clampUnsigned(x, v.to.bits)
	}
}

func widening(sign, high bool) func(v *lanes, i int) word {
	return func(v *lanes, i int) word {
		if high {
			i += v.to.lanes
		}
		x := v.a(i)
		if sign {
			x = signed(v.x.bits, x)
		}
		return x
	}
}

func lanePairwise(v *lanes, i int) word {
	if n := v.to.lanes / 2; i >= n {
		return v.b(2 * (i - n)).Add(v.b(2*(i-n) + 1))
	}
	return v.a(2 * i).Add(v.a(2*i + 1))
}

// lanePmaddubsw multiplies signed bytes of x by unsigned bytes of y.
func lanePmaddubsw(v *lanes, i int) word {
	p := signed(8, v.a(2*i)).Mul(v.b(2 * i))
	q := signed(8, v.a(2*i+1)).Mul(v.b(2*i + 1))
	return clampSigned(p.Add(q), 16)
}

func laneVany(v *lanes, _ int) word {
	for i := range v.x.lanes {
		if !v.a(i).IsZero() {
			return u128.From(1)
		}
	}
	return word{}
}

func laneVall(v *lanes, _ int) word {
	for i := range v.x.lanes {
		if v.a(i).IsZero() {
			return word{}
		}
	}
	return u128.From(1)
}

func laneHighBits(v *lanes, _ int) word {
	var r word
	for i := range min(v.x.lanes, 128) {
		if v.a(i).Bit(v.x.bits - 1) {
			r = r.Or(u128.Bit(uint(i)))
		}
	}
	return r
}

// buildLane translates insertlane and extractlane, whose lane must exist.
func buildLane(d *decoder, in *inst) {
	if int(d.data.Aux) >= d.data.Type.Lanes() {
		d.failf("has no lane %d in %v", d.data.Aux, d.data.Type)
		return
	}
	if d.data.Op == op.Insertlane {
		gather(2, laneInsert)(d, in)
	} else {
		gather(1, laneExtract)(d, in)
	}
}

func buildShuffle(d *decoder, in *inst) {
	mask := d.f.Immediates[d.data.Mask()]
	in.d, in.a, in.b = d.result(0), d.arg(0), d.arg(1)
	s := shapeOf(op.I8X16)
	in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
		s.clear(r, in.d)
		for i, m := range mask {
			switch {
			case m < 16:
				s.put(r, in.d, i, s.get(r, in.a, int(m)))
			case m < 32:
				s.put(r, in.d, i, s.get(r, in.b, int(m-16)))
			}
		}
		return pc + 1
	}
}

// buildSelect chooses a whole value by a scalar of any integer type.
func buildSelect(d *decoder, in *inst) {
	two := d.argType(0) == op.I128
	n := uint32(words(d.data.Type))
	in.d, in.a, in.b, in.c = d.result(0), d.arg(0), d.arg(1), d.arg(2)
	if n == 1 && !two {
		in.exec = execSelect
		return
	}
	in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
		src := in.c
		if r[in.a] != 0 || two && r[in.a+1] != 0 {
			src = in.b
		}
		copy(r[in.d:in.d+n], r[src:src+n])
		return pc + 1
	}
}

func execSelect(_ *thread, r []uint64, in *inst, pc int) int {
	x := r[in.c]
	if r[in.a] != 0 {
		x = r[in.b]
	}
	r[in.d] = x
	return pc + 1
}

// buildIsplit and buildIconcat divide a scalar into halves and join them.
func buildIsplit(d *decoder, in *inst) {
	s, h := shapeOf(d.data.Type), shapeOf(d.resultType(0))
	in.d, in.d2, in.a = d.result(0), d.result(1), d.arg(0)
	in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
		x := s.get(r, in.a, 0)
		h.clear(r, in.d)
		h.clear(r, in.d2)
		h.put(r, in.d, 0, x)
		h.put(r, in.d2, 0, x.Shr(h.bits))
		return pc + 1
	}
}

func buildIconcat(d *decoder, in *inst) {
	h, s := shapeOf(d.data.Type), shapeOf(d.resultType(0))
	in.d, in.a, in.b = d.result(0), d.arg(0), d.arg(1)
	in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
		x := h.get(r, in.a, 0).Or(h.get(r, in.b, 0).Shl(h.bits))
		s.clear(r, in.d)
		s.put(r, in.d, 0, x)
		return pc + 1
	}
}

// buildBitcast copies the bits. If the number of lanes changes, the flag big says that lane 0 is the most significant
// part on both sides.
func buildBitcast(d *decoder, in *inst) {
	from, to := d.argType(0), d.resultType(0)
	if from.Bits() != to.Bits() {
		d.failf("bitcast from %v to %v changes the size", from, to)
		return
	}
	in.d, in.a = d.result(0), d.arg(0)
	if d.big(d.f.Mem(d.inst)) && from.Lanes() != to.Lanes() {
		x, y := shapeOf(from), shapeOf(to)
		in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
			y.clear(r, in.d)
			for i := range x.lanes * int(x.bits) / 8 {
				y.putByteBig(r, in.d, i, x.byteBig(r, in.a, i))
			}
			return pc + 1
		}
		return
	}
	n := uint32(words(to))
	in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
		copy(r[in.d:in.d+n], r[in.a:in.a+n])
		return pc + 1
	}
}

// byteBig returns byte i of a value in memory whose lanes follow each other from lane 0, each with its most significant
// byte first.
func (s shape) byteBig(r []uint64, off uint32, i int) uint64 {
	size := int(s.bits / 8)
	return s.get(r, off, i/size).Shr(uint(8*(size-1-i%size))).Lo & 0xff
}

func (s shape) putByteBig(r []uint64, off uint32, i int, b uint64) {
	size := int(s.bits / 8)
	lane := word{Lo: b}.Shl(uint(8 * (size - 1 - i%size)))
	bit := uint(i/size) * s.bits
	w := off + uint32(bit/64)
	if s.bits == 128 {
		r[w] |= lane.Lo
		r[w+1] |= lane.Hi
		return
	}
	r[w] |= lane.Lo << (bit % 64)
}

// buildExtractVector takes the only part of a dynamic vector, whose length is the minimum here.
func buildExtractVector(d *decoder, in *inst) {
	if d.data.Aux != 0 {
		d.failf("has no part %d in %v", d.data.Aux, d.data.Type)
		return
	}
	n := uint32(words(d.data.Type))
	in.d, in.a = d.result(0), d.arg(0)
	in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
		copy(r[in.d:in.d+n], r[in.a:in.a+n])
		return pc + 1
	}
}

// buildConst translates the constants of all types.
func buildConst(d *decoder, in *inst) {
	in.d = d.result(0)
	t := d.resultType(0)
	n := words(t)
	if n == 1 && d.data.Op != op.Vconst {
		in.imm = d.data.Imm()
		if t.Bits() < 64 {
			in.imm &= 1<<t.Bits() - 1
		}
		in.exec = execConst
		return
	}
	if int(d.data.Constant()) >= len(d.f.Constants) || len(d.f.Constants[d.data.Constant()]) != t.Bytes() {
		d.failf("has no constant of %d bytes", t.Bytes())
		return
	}
	b := append([]byte{}, d.f.Constants[d.data.Constant()]...)
	b = append(b, make([]byte, 8*n-len(b))...)
	c := make([]uint64, n)
	for i := range c {
		c[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
		copy(r[in.d:], c)
		return pc + 1
	}
}

func execConst(_ *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = in.imm
	return pc + 1
}
