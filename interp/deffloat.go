package interp

import (
	"davit/internal/softfloat"
	"davit/internal/u128"
	"davit/ir/op"
)

// The definitions of the float operations are those of package softfloat. Here are the conversions between types, on
// lanes.

// converting applies def to all lanes of a value whose type has as many lanes as that of the result.
func converting(def func(from, to uint, x word) (word, op.TrapCode)) builder {
	return func(d *decoder, in *inst) {
		from, to := shapeOf(d.argType(0)), shapeOf(d.resultType(0))
		if from.lanes != to.lanes {
			d.failf("%v from %v to %v changes the number of lanes", d.data.Op, d.argType(0), d.resultType(0))
			return
		}
		in.d, in.a = d.result(0), d.arg(0)
		def := def
		if c := &referenceConversions[d.data.Op]; *c != nil && d.m.opts.Reference && to.bits == 128 {
			def = *c
		}
		in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
			to.clear(r, in.d)
			for i := range to.lanes {
				x, code := def(from.bits, to.bits, from.get(r, in.a, i))
				if code != op.NoTrap {
					return t.trap(in, pc, code, "")
				}
				to.put(r, in.d, i, x)
			}
			return pc + 1
		}
		d.fastConversion(in, from.bits, to.bits)
	}
}

func convZext(_, _ uint, x word) (word, op.TrapCode)    { return x, op.NoTrap }
func convSext(from, _ uint, x word) (word, op.TrapCode) { return x.SignExtend(from), op.NoTrap }

func convBmask(_, to uint, x word) (word, op.TrapCode) {
	if x.IsZero() {
		return x, op.NoTrap
	}
	return u128.Mask(to), op.NoTrap
}

func convFloat(from, to uint, x word) (word, op.TrapCode) {
	return softfloat.ForBits(int(to)).Convert(softfloat.ForBits(int(from)), x), op.NoTrap
}

func convFromInt(signed bool) func(from, to uint, x word) (word, op.TrapCode) {
	return func(from, to uint, x word) (word, op.TrapCode) {
		return softfloat.ForBits(int(to)).FromInt(x, from, signed), op.NoTrap
	}
}

func convToInt(signed bool) func(from, to uint, x word) (word, op.TrapCode) {
	return func(from, to uint, x word) (word, op.TrapCode) {
		r, status := softfloat.ForBits(int(from)).ToInt(x, to, signed)
		switch status {
		case softfloat.IntNaN:
			return r, op.BadConversion
		case softfloat.IntRange:
			return r, op.IntegerOverflow
		}
		return r, op.NoTrap
	}
}

func convToIntSat(signed bool) func(from, to uint, x word) (word, op.TrapCode) {
	return func(from, to uint, x word) (word, op.TrapCode) {
		r, _ := softfloat.ForBits(int(from)).ToInt(x, to, signed)
		return r, op.NoTrap
	}
}

// referenceConversions are the conversions to i128 of the reference interpreter.
var referenceConversions = [op.NumOpcodes]func(from, to uint, x word) (word, op.TrapCode){
	op.FcvtToUint: referenceToInt(false), op.FcvtToUintSat: referenceToInt(false),
	op.FcvtToSint: referenceToInt(true), op.FcvtToSintSat: referenceToInt(true),
}

func referenceToInt(signed bool) func(from, to uint, x word) (word, op.TrapCode) {
	return func(from, to uint, x word) (word, op.TrapCode) {
		r, _ := softfloat.ForBits(int(from)).ToInt(x, to, true)
		if r.Negative() && !signed {
			r = word{}
		}
		return r, op.NoTrap
	}
}

// convCvtt2dq converts as x86 does: what does not fit becomes the least number.
func convCvtt2dq(from, to uint, x word) (word, op.TrapCode) {
	r, status := softfloat.ForBits(int(from)).ToInt(x, to, true)
	if status != softfloat.IntOK {
		r = u128.Bit(to - 1)
	}
	return r, op.NoTrap
}

func rounding(mode softfloat.Mode) defFloat1 {
	return func(f *softfloat.Format, x word) word { return f.RoundInt(x, mode) }
}

// buildFvdemote converts two lanes to the low two of four.
func buildFvdemote(d *decoder, in *inst) {
	in.d, in.a = d.result(0), d.arg(0)
	in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
		lo := softfloat.F32.Convert(softfloat.F64, word{Lo: r[in.a]})
		hi := softfloat.F32.Convert(softfloat.F64, word{Lo: r[in.a+1]})
		r[in.d], r[in.d+1] = lo.Lo|hi.Lo<<32, 0
		return pc + 1
	}
}

func buildFvpromoteLow(d *decoder, in *inst) {
	in.d, in.a = d.result(0), d.arg(0)
	in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
		x := r[in.a]
		r[in.d] = softfloat.F64.Convert(softfloat.F32, word{Lo: x & 0xffffffff}).Lo
		r[in.d+1] = softfloat.F64.Convert(softfloat.F32, word{Lo: x >> 32}).Lo
		return pc + 1
	}
}

// buildCompare translates icmp and fcmp.
func buildCompare(d *decoder, in *inst) {
	t := d.data.Type
	from, to := shapeOf(t), shapeOf(d.resultType(0))
	in.d, in.a, in.b = d.result(0), d.arg(0), d.arg(1)
	var holds func(x, y word) bool
	if d.data.Op == op.Icmp {
		cc := d.data.IntCC()
		if cc >= op.NumIntCC {
			d.failf("has no condition %d", cc)
			return
		}
		holds = func(x, y word) bool { return compareInt(cc, from.bits, x, y) }
	} else {
		cc := d.data.FloatCC()
		if cc >= op.NumFloatCC {
			d.failf("has no condition %d", cc)
			return
		}
		f, outcomes := softfloat.ForBits(t.LaneBits()), cc.Outcomes()
		holds = func(x, y word) bool { return f.Compare(x, y)&outcomes != 0 }
	}
	yes := u128.From(1)
	if !t.IsScalar() {
		yes = u128.Mask(to.bits)
	}
	in.exec = func(_ *thread, r []uint64, in *inst, pc int) int {
		to.clear(r, in.d)
		for i := range to.lanes {
			if holds(from.get(r, in.a, i), from.get(r, in.b, i)) {
				to.put(r, in.d, i, yes)
			}
		}
		return pc + 1
	}
	d.fastCompare(in)
}
