package interp

import (
	"davit/internal/softfloat"
	"davit/internal/u128"
	"davit/ir/op"
)

// word is a lane of any width in the definitions of operations, zero-extended.
type word = u128.Uint128

// shape is how a type lies in words: lanes of bits each, lane 0 lowest. A scalar is one lane.
type shape struct {
	lanes int
	bits  uint
	words uint32
}

func shapeOf(t op.Type) shape {
	return shape{t.Lanes(), uint(t.LaneBits()), uint32(words(t))}
}

// get returns lane i of the value at r[off:].
func (s shape) get(r []uint64, off uint32, i int) word {
	bit := uint(i) * s.bits
	w := off + uint32(bit/64)
	switch s.bits {
	case 128:
		return word{Lo: r[w], Hi: r[w+1]}
	case 64:
		return word{Lo: r[w]}
	}
	return word{Lo: r[w] >> (bit % 64) & (1<<s.bits - 1)}
}

// put sets lane i, which was zero, to the low bits of x.
func (s shape) put(r []uint64, off uint32, i int, x word) {
	bit := uint(i) * s.bits
	w := off + uint32(bit/64)
	switch s.bits {
	case 128:
		r[w], r[w+1] = x.Lo, x.Hi
	case 64:
		r[w] = x.Lo
	default:
		r[w] |= x.Lo & (1<<s.bits - 1) << (bit % 64)
	}
}

func (s shape) clear(r []uint64, off uint32) { clear(r[off : off+s.words]) }

// The kinds of definitions. w is the width of a lane; results may have garbage beyond it.
type (
	defUnary    func(w uint, x word) word
	defBinary   func(w uint, x, y word) word
	defTrapping func(w uint, x, y word) (word, op.TrapCode)
	defCarry    func(w uint, x, y word, carry bool) (word, bool)
	defFloat1   func(f *softfloat.Format, x word) word
	defFloat2   func(f *softfloat.Format, x, y word) word
	defFloat3   func(f *softfloat.Format, x, y, z word) word
)

// fastPath sets the special function for scalars of up to 64 bits, if the opcode has one for the type.
func (d *decoder) fastPath(in *inst) {
	t := d.data.Type
	if d.m.opts.general || !t.IsScalar() || t.Bits() > 64 {
		return
	}
	var f execFn
	if t.IsInt() {
		if row := &fastInts[d.data.Op]; row != nil {
			f = row[t-op.I8]
		}
	} else if t == op.F32 || t == op.F64 {
		f = fastFloats[d.data.Op][t-op.F32]
	}
	if f != nil {
		in.exec = f
	}
}

// lanewise1 applies a definition to all lanes.
func lanewise1(def defUnary) builder {
	return func(d *decoder, in *inst) {
		s := shapeOf(d.resultType(0))
		in.d, in.a = d.result(0), d.arg(0)
		in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
			s.clear(r, in.d)
			for i := range s.lanes {
				s.put(r, in.d, i, def(s.bits, s.get(r, in.a, i)))
			}
			return pc + 1
		}
		d.fastPath(in)
	}
}

func lanewise2(def defBinary) builder {
	return func(d *decoder, in *inst) {
		s := shapeOf(d.resultType(0))
		in.d, in.a, in.b = d.result(0), d.arg(0), d.arg(1)
		in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
			s.clear(r, in.d)
			for i := range s.lanes {
				s.put(r, in.d, i, def(s.bits, s.get(r, in.a, i), s.get(r, in.b, i)))
			}
			return pc + 1
		}
		d.fastPath(in)
	}
}

// lanewise3 is for opcodes whose three operands have the type of the result.
func lanewise3(def func(w uint, x, y, z word) word) builder {
	return func(d *decoder, in *inst) {
		s := shapeOf(d.resultType(0))
		in.d, in.a, in.b, in.c = d.result(0), d.arg(0), d.arg(1), d.arg(2)
		in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
			s.clear(r, in.d)
			for i := range s.lanes {
				s.put(r, in.d, i, def(s.bits, s.get(r, in.a, i), s.get(r, in.b, i), s.get(r, in.c, i)))
			}
			return pc + 1
		}
		d.fastPath(in)
	}
}

// shift is for opcodes whose second operand is an amount: a scalar of any type, taken modulo the width of a lane.
func shift(def func(w uint, x word, n uint) word) builder {
	return func(d *decoder, in *inst) {
		s := shapeOf(d.resultType(0))
		in.d, in.a, in.b = d.result(0), d.arg(0), d.arg(1)
		in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
			n := uint(r[in.b]) % s.bits
			s.clear(r, in.d)
			for i := range s.lanes {
				s.put(r, in.d, i, def(s.bits, s.get(r, in.a, i), n))
			}
			return pc + 1
		}
		d.fastPath(in)
	}
}

// trapping is for scalars whose operation may trap.
func trapping(def defTrapping) builder {
	return func(d *decoder, in *inst) {
		d.trapping(in, def)
		d.fastPath(in)
	}
}

func (d *decoder) trapping(in *inst, def defTrapping) {
	s := shapeOf(d.data.Type)
	in.d, in.a, in.b = d.result(0), d.arg(0), d.arg(1)
	in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
		x, code := def(s.bits, s.get(r, in.a, 0), s.get(r, in.b, 0))
		if code != op.NoTrap {
			return t.trap(in, pc, code, "")
		}
		s.clear(r, in.d)
		s.put(r, in.d, 0, x)
		return pc + 1
	}
}

// overflowing is for scalar operations with a second result that tells of overflow, and with a carry in if there is a
// third operand.
func overflowing(def defCarry) builder {
	return func(d *decoder, in *inst) {
		s := shapeOf(d.data.Type)
		in.d, in.d2, in.a, in.b = d.result(0), d.result(1), d.arg(0), d.arg(1)
		carry := len(d.f.Args(d.inst)) == 3
		if carry {
			in.c = d.arg(2)
		}
		in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
			x, of := def(s.bits, s.get(r, in.a, 0), s.get(r, in.b, 0), carry && r[in.c] != 0)
			s.clear(r, in.d)
			s.put(r, in.d, 0, x)
			r[in.d2] = bit(of)
			return pc + 1
		}
		d.fastPath(in)
	}
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func float1(def defFloat1) builder {
	return func(d *decoder, in *inst) {
		f := softfloat.ForBits(d.resultType(0).LaneBits())
		lanewise1(func(_ uint, x word) word { return def(f, x) })(d, in)
		d.fastHardware(in)
	}
}

func float2(def defFloat2) builder {
	return func(d *decoder, in *inst) {
		f := softfloat.ForBits(d.resultType(0).LaneBits())
		lanewise2(func(_ uint, x, y word) word { return def(f, x, y) })(d, in)
		d.fastHardware(in)
	}
}

func float3(def defFloat3) builder {
	return func(d *decoder, in *inst) {
		f := softfloat.ForBits(d.resultType(0).LaneBits())
		lanewise3(func(_ uint, x, y, z word) word { return def(f, x, y, z) })(d, in)
		d.fastHardware(in)
	}
}

// canonical lists the opcodes whose results enable_nan_canonicalization concerns.
var canonical = [op.NumOpcodes]bool{
	op.Ceil: true, op.Floor: true, op.Nearest: true, op.Sqrt: true, op.Trunc: true, op.Fdemote: true, op.Fpromote: true,
	op.FvpromoteLow: true, op.Fvdemote: true, op.Fadd: true, op.Fdiv: true, op.Fmax: true, op.Fmin: true, op.Fmul: true,
	op.Fsub: true, op.Fma: true,
}

// canonicalize replaces NaNs among the result of in.
func (d *decoder) canonicalize(in *inst) {
	if !canonical[d.data.Op] {
		return
	}
	t := d.resultType(0)
	s, f, exec := shapeOf(t), softfloat.ForBits(t.LaneBits()), in.exec
	nan := f.CanonicalNaN()
	if v := d.m.opts.Vary; !d.m.opts.CanonicalNaN {
		nan = f.Encode(v&1 != 0, f.MaxExp(), f.QuietBit().Or(u128.From(uint64(v))))
	}
	in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
		next := exec(t, r, in, pc)
		found := false
		for i := range s.lanes {
			found = found || f.IsNaN(s.get(r, in.d, i))
		}
		if found {
			lanes := make([]word, s.lanes)
			for i := range lanes {
				if lanes[i] = s.get(r, in.d, i); f.IsNaN(lanes[i]) {
					lanes[i] = nan
				}
			}
			s.clear(r, in.d)
			for i, x := range lanes {
				s.put(r, in.d, i, x)
			}
		}
		return next
	}
}
