package main

import (
	"strings"

	"davit/ir"
	"davit/ir/op"
)

// probe is a function with one instruction of an opcode, whose operands come from memory and whose results go there, so that
// nothing but the instruction can be what a target lacks.
type probe struct {
	*ir.Func
	inst ir.Inst
	b    *ir.Builder
	p    ir.Value // memory for operands and results
	args []ir.Value
}

// newProbe makes the function for an opcode with a controlling type, Invalid if it has none, and the types of its value
// operands.
func newProbe(o op.Opcode, ctrl op.Type, args []op.Type) *probe {
	conv := ir.SystemV
	if o.Has(op.IsCall) {
		conv = ir.Tail // the only one that has every kind of call
	}
	q := &probe{Func: ir.NewFunc(ir.FuncName{Name: "probe"}, ir.Signature{Params: []ir.Param{{Type: op.I64}}, CallConv: conv})}
	q.b = ir.NewBuilder(q.Func)
	q.p = q.b.NewEntry()[0]
	if ctrl.IsDynamic() {
		q.declareDynamic(ctrl.Fixed())
	}
	d := ir.InstData{Op: o, Type: ctrl}
	next := q.NewBlock()
	q.operands(args)
	for _, x := range ir.Operands(o.Format()) {
		q.operand(&d, &x, next)
	}
	q.inst = q.NewInst(d)
	q.AppendInst(q.inst, q.b.Block())
	q.results(o, ctrl)
	if !o.Has(op.IsTerminator) {
		q.b.Jump(next)
	}
	q.AppendBlock(next)
	q.b.SetBlock(next)
	q.b.Return()
	return q
}

// declareDynamic declares the dynamic vectors of a lane type.
func (q *probe) declareDynamic(base op.Type) {
	q.AddDynType(base, q.AddGlobalValue(ir.GlobalValueData{Kind: ir.GVDynScaleTargetConst, Type: base}))
}

// operands loads the value operands.
func (q *probe) operands(types []op.Type) {
	for i, t := range types {
		q.args = append(q.args, q.b.Load(t, ir.DefaultMem, q.p, int32(16*i)))
	}
}

// nextArg takes a value operand.
func (q *probe) nextArg() ir.Value {
	if len(q.args) == 0 {
		return q.p
	}
	v := q.args[0]
	q.args = q.args[1:]
	return v
}

// operand makes an operand of the instruction.
func (q *probe) operand(d *ir.InstData, x *ir.Operand, next ir.Block) {
	sig := func() ir.SigRef { return q.AddSig(ir.Signature{CallConv: q.Sig.CallConv}) }
	set := func(v uint32) { d.X[x.Field] = ir.Value(v) }
	switch x.Kind {
	case ir.OpdValue:
		d.X[x.Field] = q.nextArg()
	case ir.OpdCallee:
		d.X[x.Field], d.X[x.Field+1] = q.NewCallList(q.nextArg(), nil)
	case ir.OpdImm64:
		set(7)
		if d.Op.Format() == op.FmtExceptionHandlerAddress {
			set(0)
		}
	case ir.OpdFloat:
		d.SetImm(map[op.Opcode]uint64{op.F16const: 0x3e00, op.F32const: 0x3fc00000, op.F64const: 0x3ff8 << 48}[d.Op])
	case ir.OpdImm8:
		d.Aux = 1
		if d.Op == op.ExtractVector {
			d.Aux = 0
		}
	case ir.OpdConstant:
		t := d.Type
		if d.Op == op.F128const {
			t = op.F128
		}
		c := make([]byte, t.Bytes())
		c[0] = 1
		set(uint32(q.InternConstant(c)))
	case ir.OpdGlobalValue:
		gv := q.ImportSymbol("symbol", true)
		q.GlobalValues[gv].TLS = d.Op == op.TlsValue
		set(uint32(gv))
	case ir.OpdMask:
		set(uint32(q.InternMask([16]byte{15, 3, 31, 16, 9, 8, 2, 1, 0, 17, 18, 19, 20, 4, 5, 6})))
	case ir.OpdTrapCode:
		d.Aux = 1
	case ir.OpdBlock:
		set(uint32(q.tryCall(next)))
	case ir.OpdBlockCall:
		set(uint32(q.NewBlockCall(next, nil)))
	case ir.OpdJumpTable:
		set(uint32(q.NewJumpTable(q.NewBlockCall(next, nil), []ir.BlockCall{q.NewBlockCall(next, nil), q.NewBlockCall(next, nil)})))
	case ir.OpdSig:
		set(uint32(sig()))
	case ir.OpdFunc:
		set(uint32(q.ImportFunc("callee", sig())))
	case ir.OpdExTable:
		if len(q.Sigs) == 0 {
			sig()
		}
		set(uint32(q.NewExTable(ir.ExTableData{Normal: q.NewBlockCall(next, nil), Items: []ir.ExItem{{Kind: ir.ExTag, Tag: 1, Target: q.NewBlockCall(next, nil)}}})))
	case ir.OpdStackSlot:
		set(uint32(q.AddStackSlot(16, 3)))
	case ir.OpdDynSlot:
		q.declareDynamic(op.I32X4)
		set(uint32(q.AddDynSlot(0)))
	case ir.OpdFlags:
		m := ir.DefaultMem
		if d.Op == op.Bitcast {
			m.Bits = ir.LittleEnd
		}
		set(uint32(q.MemHandle(m)))
	case ir.OpdOffset:
		set(8)
	}
}

// tryCall makes a block that ends in a try_call with one handler.
func (q *probe) tryCall(next ir.Block) ir.Block {
	at := q.b.Block()
	b := q.NewBlock()
	q.AppendBlock(b)
	sig := q.AddSig(ir.Signature{CallConv: ir.Tail})
	fn := q.ImportFunc("callee", sig)
	q.b.SetBlock(b)
	q.b.TryCall(fn, nil, ir.ExTableData{Sig: sig, Normal: q.NewBlockCall(next, nil), Items: []ir.ExItem{{Kind: ir.ExDefault, Target: q.NewBlockCall(next, nil)}}})
	q.b.SetBlock(at)
	return b
}

// results stores the results.
func (q *probe) results(o op.Opcode, ctrl op.Type) {
	var types []op.Type
	for _, r := range o.Info().Results {
		types = append(types, r.Resolve(ctrl))
	}
	if len(types) > 0 {
		q.AppendResults(q.inst, types...)
	}
	for i, v := range q.Results(q.inst) {
		q.b.Store(ir.DefaultMem, v, q.p, int32(16*i))
	}
}

// example returns the text of the instruction, after the declarations that it refers to.
func (q *probe) example() string {
	text := strings.TrimSpace(q.InstString(q.inst))
	var b strings.Builder
	for line := range strings.Lines(q.String()) {
		name, _, ok := strings.Cut(strings.TrimSpace(line), " = ")
		if strings.HasPrefix(strings.TrimSpace(line), "block") {
			break
		}
		if ok && refers(text, name) {
			b.WriteString(strings.TrimSpace(line) + "\n")
		}
	}
	return b.String() + text
}

// refers reports whether text has a name as a word of its own.
func refers(text, name string) bool {
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,()[]+-", r) }) {
		if w == name {
			return true
		}
	}
	return false
}
