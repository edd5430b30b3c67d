package randfunc

import (
	"davit/ir"
	"davit/ir/op"
)

// excluded are the opcodes that random functions do not contain, with the reason. All others come from the opcode table.
var excluded = map[op.Opcode]string{
	op.Debugtrap:        "stops the program natively and does nothing in the interpreter",
	op.StackSwitch:      "contexts are those of a machine, which the interpreter has not",
	op.TlsValue:         "there is no thread-local data in memory",
	op.DynamicStackAddr: "there are no dynamic vectors on x64",
	op.ExtractVector:    "there are no dynamic vectors on x64",
}

// Excluded returns why random functions do not contain an opcode; it is empty if they do.
func Excluded(o op.Opcode) string { return excluded[o] }

// computing are the opcodes that only compute: their operands are values, conditions and lane numbers.
var computing = func() (list []op.Opcode) {
	for o := op.None + 1; int(o) < op.NumOpcodes; o++ {
		if excluded[o] != "" || o.Has(op.CanLoad|op.CanStore|op.IsCall|op.SideEffects|op.IsTerminator) || len(o.Info().Results) == 0 {
			continue
		}
		switch o.Format() {
		case op.FmtUnary, op.FmtBinary, op.FmtTernary, op.FmtBinaryImm8, op.FmtTernaryImm8, op.FmtShuffle, op.FmtIntCompare,
			op.FmtFloatCompare, op.FmtIntAddTrap, op.FmtLoadNoOffset:
			list = append(list, o)
		}
	}
	return list
}()

// byType has the computing opcodes by controlling type.
var byType = func() map[op.Type][]op.Opcode {
	m := map[op.Type][]op.Opcode{}
	for _, o := range computing {
		for _, t := range allTypes {
			if o.Polymorphic() && o.Info().Ctrl.Has(t) {
				m[t] = append(m[t], o)
			}
		}
	}
	return m
}()

// tries bounds how often something else is chosen because the target has no code for it.
const tries = 8

// compute appends a random computation.
func (x *fn) compute() {
	for range tries {
		o, t := x.choose()
		if args, ok := x.argTypes(o, t); ok && x.supports(o, t, args...) {
			x.apply(o, t, args)
			return
		}
	}
}

// choose returns an opcode and a controlling type that it may have.
func (x *fn) choose() (op.Opcode, op.Type) {
	if x.src.N(2) == 0 {
		t := x.someType()
		return Pick(x.src, byType[t]), t
	}
	o := Pick(x.src, computing)
	if !o.Polymorphic() {
		return o, op.Invalid
	}
	return o, x.typeIn(func(t op.Type) bool { return o.Info().Ctrl.Has(t) })
}

// typeIn returns a type for which ok holds, a favourite if possible; Invalid if there is none.
func (x *fn) typeIn(ok func(t op.Type) bool) op.Type {
	for range tries {
		if t := x.someType(); ok(t) {
			return t
		}
	}
	var fit []op.Type
	for _, t := range allTypes {
		if ok(t) {
			fit = append(fit, t)
		}
	}
	if len(fit) == 0 {
		return op.Invalid
	}
	return Pick(x.src, fit)
}

// argTypes completes the types of the operands.
func (x *fn) argTypes(o op.Opcode, ctrl op.Type) ([]op.Type, bool) {
	info := o.Info()
	args := make([]op.Type, len(info.Args))
	for i, r := range info.Args {
		if args[i] = r.Resolve(ctrl); args[i] != op.Invalid {
			continue
		}
		args[i] = x.typeIn(func(t op.Type) bool {
			if !r.Allows(ctrl, t) {
				return false
			}
			return o != op.Bitcast || t.Bits() == ctrl.Bits()
		})
		if args[i] == op.Invalid || r.Kind != op.InSet && r.Kind != op.NarrowerThan && r.Kind != op.WiderThan {
			return nil, false
		}
	}
	for _, r := range info.Results {
		t := r.Resolve(ctrl)
		if t == op.Invalid || t.Bits() > 128 {
			return nil, false
		}
		if _, moves := movers[o]; !moves && t.LaneIsFloat() && !x.supports(op.Fcmp, t, t, t) {
			return nil, false // no way to make its NaNs exact
		}
	}
	return args, true
}

// movers are the opcodes that take floats as bits: results are exactly what the operands say. For each, the operands whose
// NaNs may be fuzzy, as a mask, if the result is then taken as fuzzy, too.
var movers = map[op.Opcode]int{
	op.Fneg: 1, op.Fabs: 1, op.Fcopysign: 1, op.Select: 6, op.SelectSpectreGuard: 6, op.Splat: 1, op.Insertlane: 3, op.Extractlane: 1,
	op.ScalarToVector: 1, op.Bitselect: 0, op.Blendv: 0, op.Bitcast: 0, op.Band: 0, op.Bor: 0, op.Bxor: 0, op.Bnot: 0, op.VanyTrue: 0,
	op.VallTrue: 0, op.VhighBits: 0,
}

// apply appends an instruction with operands of the given types.
func (x *fn) apply(o op.Opcode, ctrl op.Type, types []op.Type) []ir.Value {
	mask, moves := movers[o]
	args := make([]ir.Value, len(types))
	fuzzy := false
	for i, t := range types {
		if x.needsCare(o, i) {
			args[i] = x.careful(o, i, ctrl, t)
			continue
		}
		tolerant := t.LaneIsFloat() && (!moves || mask>>i&1 != 0)
		v, f := x.operand(t, tolerant)
		args[i] = v
		fuzzy = fuzzy || f
	}
	if o.Has(op.Commutative) && x.src.N(4) == 0 {
		args[0], args[1] = args[1], args[0]
	}
	rs := x.emit(o, ctrl, x.aux(o, ctrl), args...)
	for k, r := range rs {
		t := x.f.ValueType(r)
		x.define(x.cur, r, t, t.LaneIsFloat() && (moves && fuzzy || !moves && x.makesNaN(types, t) && k == 0))
	}
	return rs
}

// makesNaN reports whether arithmetic on operands of the given types can give a NaN with open bits.
func (x *fn) makesNaN(args []op.Type, result op.Type) bool {
	if x.CanonicalNaN {
		switch result {
		case op.F32, op.F64, op.F32X4, op.F64X2:
			return false
		}
	}
	for _, t := range args {
		if t.LaneIsFloat() {
			return true
		}
	}
	return false
}

// aux chooses what is neither value nor type.
func (x *fn) aux(o op.Opcode, ctrl op.Type) uint8 {
	switch o.Format() {
	case op.FmtIntCompare:
		return uint8(x.src.N(op.NumIntCC))
	case op.FmtFloatCompare:
		return uint8(x.src.N(op.NumFloatCC))
	case op.FmtBinaryImm8, op.FmtTernaryImm8:
		return uint8(x.src.N(ctrl.Lanes()))
	case op.FmtIntAddTrap:
		return uint8(x.trapCode())
	}
	return 0
}

func (x *fn) trapCode() op.TrapCode {
	if x.src.N(4) == 0 {
		return op.StackOverflow + op.TrapCode(x.src.N(5))
	}
	return op.TrapCode(1 + x.src.N(int(op.MaxUserTrap)))
}

// needsCare reports whether an instruction would most often trap if operand i were any value.
func (x *fn) needsCare(o op.Opcode, i int) bool {
	if !o.Has(op.CanTrap) || !x.src.Chance(92) {
		return false
	}
	switch o {
	case op.Udiv, op.Sdiv, op.Urem, op.Srem:
		return i == 1
	}
	return true
}

// careful makes an operand that is not likely to make the instruction trap.
func (x *fn) careful(o op.Opcode, i int, ctrl, t op.Type) ir.Value {
	switch {
	case i == 1 && o != op.UaddOverflowTrap: // a divisor
		one := x.constantOf(t, int64(1+x.src.N(9)))
		if x.src.N(3) == 0 {
			return one
		}
		return x.emit1(op.Bor, t, 0, x.value(t), one)
	case t.IsInt():
		return x.emit1(op.Ushr, t, 0, x.value(t), x.iconst(op.I8, 1))
	}
	// A float in the range of the integer type.
	from := []op.Type{op.I8, op.I16, op.I32, op.I64}[x.src.N(4)]
	if from.Bits() < ctrl.Bits() && x.supports(op.FcvtFromUint, t, from) {
		return x.emit1(op.FcvtFromUint, t, 0, x.value(from))
	}
	return x.literal(t, floatConst(t, []float64{0, 1, 100.25, 3}[x.src.N(4)]))
}

// constantOf returns the constant n of any integer type.
func (x *fn) constantOf(t op.Type, n int64) ir.Value {
	if t == op.I128 {
		return x.emit1(op.Sextend, t, 0, x.iconst(op.I64, n))
	}
	return x.iconst(t, n)
}

// mask makes the mask of a shuffle: of all kinds that machines have instructions for, or any.
func (x *fn) mask() (m [16]byte) {
	size := 1 << x.src.N(4)
	from, swap := 8*x.src.N(2), 16*x.src.N(2)
	k := x.src.N(32)
	kind := x.src.N(7)
	var lanes [16]int
	for i := range lanes {
		lanes[i] = x.src.N(32 / size)
	}
	for i := range m {
		n := i
		switch kind {
		case 0: // lanes from anywhere
			n = lanes[i/size]*size + i%size
		case 1: // lanes of one operand
			n = swap + lanes[i/size]*size%16 + i%size
		case 2: // a window
			n = i + k
		case 3: // one lane everywhere
			n = k&^(size-1) + i%size
		case 4: // interleaved lanes
			n = swap ^ (i/size&1*16 + from + i/(2*size)*size + i%size)
		case 5: // a choice between the operands
			n = i + lanes[i/size]&1*16
		case 6: // half of one operand as it is
			if i/8 == from/8 {
				n = swap + from + lanes[i/2%4]&3*2 + i%2
			}
		}
		m[i] = byte(n & 31)
	}
	return m
}

// nullary appends an instruction without operands.
func (x *fn) nullary() {
	switch x.src.N(7) {
	case 0:
		x.b.Fence()
	case 1:
		x.debugTags(x.b.SequencePoint())
	case 2:
		x.b.Nop()
	case 3:
		if x.PinnedReg {
			x.b.SetPinnedReg(x.value(op.I64))
		}
	case 4:
		if x.PinnedReg {
			v := x.b.GetPinnedReg(op.I64)
			x.define(x.cur, v, op.I64, false)
		}
	case 5:
		x.frame()
	case 6:
		if len(x.tries) > 0 {
			t := Pick(x.src, x.tries)
			v := x.b.GetExceptionHandlerAddress(op.I64, t.block, int64(x.src.N(t.handlers)))
			x.define(x.cur, x.b.Icmp(op.Ne, v, x.iconst(op.I64, 0)), op.I8, false)
		}
	}
}

// debugTags gives an instruction tags that debuggers would read.
func (x *fn) debugTags(inst ir.Inst) {
	if x.src.N(6) > 0 {
		return
	}
	tags := []ir.DebugTag{{Value: uint32(x.src.N(100))}}
	if len(x.slots) > 0 {
		tags = append(tags, ir.DebugTag{IsSlot: true, Value: uint32(x.slots[0].s)})
	}
	x.f.SetDebugTags(inst, tags)
}

// frame appends an instruction that reads the frame, and what of its result does not depend on where the frame is.
func (x *fn) frame() {
	var v ir.Value
	switch k := x.src.N(3); {
	case k == 0:
		v = x.b.GetStackPointer(op.I64)
	case !x.FramePointers:
		return
	case k == 1:
		v = x.b.GetFramePointer(op.I64)
	default:
		v = x.b.GetReturnAddress(op.I64)
	}
	r := x.b.Icmp(op.Ne, v, x.iconst(op.I64, 0))
	x.define(x.cur, r, op.I8, false)
}
