package text

import (
	"strconv"

	"davit/ir"
	"davit/ir/op"
)

func itoa(n int) string { return strconv.Itoa(n) }

// value reads the name of a value, which may be defined further down.
func (p *parser) value() (ir.Value, bool) {
	if p.kind != tokValue {
		return 0, p.expected("a value")
	}
	v := ir.Value(p.num)
	if !p.f.ValueExists(v) {
		if p.num > p.limit {
			return 0, p.checkNumber(v.Entity(), 0)
		}
		p.forward = append(p.forward, use{v, uint32(p.start)})
	}
	p.next()
	return v, true
}

// operand reads any operand but a single value into the fields of d.
func (p *parser) operand(d *ir.InstData, o *ir.Operand) (ok bool) {
	switch o.Kind {
	case ir.OpdValues:
		p.vals = p.vals[:0]
		return p.kind != tokValue && p.listEnd(d, o) || p.values(d, o)
	case ir.OpdArgs:
		p.vals = p.vals[:0]
		return p.argList() && p.listEnd(d, o)
	case ir.OpdCallee:
		return p.calleeAndArgs() && p.listEnd(d, o)
	case ir.OpdImm64:
		return p.opdImm64(d, o)
	case ir.OpdFloat:
		return p.opdFloat(d)
	case ir.OpdImm8:
		return p.opdImm8(d)
	case ir.OpdConstant:
		return p.opdConstant(d)
	case ir.OpdMask:
		return p.opdMask(d, o)
	case ir.OpdTrapCode:
		return p.opdTrapCode(d)
	case ir.OpdBlockCall:
		c, ok := p.blockCall()
		d.X[o.Field] = ir.Value(c)
		return ok
	case ir.OpdJumpTable:
		return p.jumpTable(d, o)
	case ir.OpdExTable:
		return p.exTable(d, o)
	case ir.OpdIntCC, ir.OpdFloatCC, ir.OpdAtomicOp:
		return p.opdCode(d, o)
	case ir.OpdFlags:
		m, ok := p.memFlags()
		if ok {
			d.X[o.Field] = p.f.MemHandle(m)
		}
		return ok
	case ir.OpdOffset:
		off, ok := p.offset()
		d.X[o.Field] = ir.Value(uint32(off))
		return ok
	}
	return p.opdEntity(d, o)
}

// entityOperands describes the operands that are a declared entity.
var entityOperands = [ir.NumOperandKinds]struct {
	tok  token
	what string
}{
	ir.OpdGlobalValue: {tokGlobalValue, "a global value such as gv0"},
	ir.OpdBlock:       {tokBlock, "a block"},
	ir.OpdSig:         {tokSig, "a signature such as sig0"},
	ir.OpdFunc:        {tokFunc, "a function such as fn0"},
	ir.OpdStackSlot:   {tokStackSlot, "a stack slot such as ss0"},
	ir.OpdDynSlot:     {tokDynSlot, "a dynamic stack slot such as dss0"},
}

func (p *parser) opdEntity(d *ir.InstData, o *ir.Operand) bool {
	e := &entityOperands[o.Kind]
	if p.kind != e.tok {
		return p.expected(e.what)
	}
	if o.Kind == ir.OpdBlock {
		if !p.reserveBlock() {
			return false
		}
	} else if !p.known(ir.Entity{Kind: declKinds[p.kind], Index: p.num}) {
		return false
	}
	d.X[o.Field] = ir.Value(p.num)
	p.next()
	return true
}

// values reads values with commas between.
func (p *parser) values(d *ir.InstData, o *ir.Operand) bool {
	for {
		v, ok := p.value()
		if !ok {
			return false
		}
		p.vals = append(p.vals, v)
		if !p.accept(tokComma) {
			return p.listEnd(d, o)
		}
	}
}

// listEnd stores the list p.vals.
func (p *parser) listEnd(d *ir.InstData, o *ir.Operand) bool {
	d.X[o.Field], d.X[o.Field+1] = p.f.NewList(p.vals)
	return true
}

// argList appends "(v1, v2)" to p.vals.
func (p *parser) argList() bool {
	if !p.expect(tokLParen, "and arguments") {
		return false
	}
	if p.accept(tokRParen) {
		return true
	}
	for {
		v, ok := p.value()
		if !ok {
			return false
		}
		p.vals = append(p.vals, v)
		if p.accept(tokRParen) {
			return true
		}
		if !p.expect(tokComma, "or ')' between arguments") {
			return false
		}
	}
}

func (p *parser) calleeAndArgs() bool {
	v, ok := p.value()
	if !ok {
		return false
	}
	p.callee = v
	p.vals = append(p.vals[:0], v)
	return p.argList()
}

func (p *parser) opdImm64(d *ir.InstData, o *ir.Operand) bool {
	width := 64
	if d.Op == op.Iconst {
		width = p.explicit.Bits()
	}
	n, ok := p.imm(width)
	d.X[o.Field], d.X[o.Field+1] = ir.Value(n), ir.Value(n>>32)
	return ok
}

func (p *parser) opdFloat(d *ir.InstData) bool {
	p.bytes = p.bytes[:0]
	ok := p.float(d.Op.Info().Results[0].Type)
	n := uint64(0)
	for i, b := range p.bytes {
		n |= uint64(b) << (8 * i)
	}
	d.SetImm(n)
	return ok
}

func (p *parser) opdImm8(d *ir.InstData) bool {
	at := p.start
	n, ok := p.uint64("a number below 256")
	if ok && n > 255 {
		return p.fail(at, "expected a number below 256, found %d", n)
	}
	d.Aux = uint8(n)
	return ok
}

func (p *parser) opdConstant(d *ir.InstData) bool {
	if p.kind == tokConstant {
		if !p.known(ir.Constant(p.num).Entity()) {
			return false
		}
		d.X[0] = ir.Value(p.num)
		p.next()
		return true
	}
	p.bytes = p.bytes[:0]
	if d.Op == op.F128const && !p.float(op.F128) || d.Op != op.F128const && !p.constantBytes(p.explicit) {
		return false
	}
	d.X[0] = ir.Value(p.f.InternConstant(p.bytes))
	return true
}

func (p *parser) opdMask(d *ir.InstData, o *ir.Operand) bool {
	p.bytes = p.bytes[:0]
	if !p.constantBytes(op.I8X16) {
		return false
	}
	d.X[o.Field] = ir.Value(p.f.InternMask([16]byte(p.bytes)))
	return true
}

func (p *parser) opdTrapCode(d *ir.InstData) bool {
	if p.kind == tokWord {
		if c, ok := op.ParseTrapCode(string(p.text())); ok && c != op.NoTrap {
			d.Aux = uint8(c)
			p.next()
			return true
		}
	}
	return p.expected("a trap code: user1 to user250, stk_ovf, int_ovf, heap_oob, int_divz or bad_toint")
}

// opdCode reads a condition or the operation of an atomic_rmw.
func (p *parser) opdCode(d *ir.InstData, o *ir.Operand) bool {
	what := "a condition such as eq"
	if p.kind == tokWord {
		w := string(p.text())
		var ok bool
		switch o.Kind {
		case ir.OpdIntCC:
			var cc op.IntCC
			cc, ok = op.ParseIntCC(w)
			d.Aux = uint8(cc)
		case ir.OpdFloatCC:
			var cc op.FloatCC
			cc, ok = op.ParseFloatCC(w)
			d.Aux = uint8(cc)
		default:
			var a op.AtomicOp
			a, ok = op.ParseAtomicOp(w)
			d.Aux = uint8(a)
		}
		if ok {
			p.next()
			return true
		}
	}
	if o.Kind == ir.OpdAtomicOp {
		what = "an atomic operation such as add"
	}
	return p.expected(what)
}

// memFlags reads a run of memory flags, maybe empty.
func (p *parser) memFlags() (ir.MemFlags, bool) {
	m := ir.DefaultMem
	for {
		switch p.kind {
		case tokRegion:
			if m.Region != ir.NoRegion {
				return m, p.failHere("more than one alias region")
			}
			// That it is declared is for the verifier to say.
			m.Region = ir.Region(p.num)
		case tokWord:
			if !p.memFlag(&m) {
				return m, true
			}
			if m.Has(ir.LittleEnd | ir.BigEnd) {
				return m, p.failHere("both little and big")
			}
		default:
			return m, true
		}
		p.next()
	}
}

// memFlag reports whether the current word is a memory flag, and notes it.
func (p *parser) memFlag(m *ir.MemFlags) bool {
	switch string(p.text()) {
	case "notrap":
		m.Trap = op.NoTrap
	case "aligned":
		m.Bits |= ir.Aligned
	case "readonly":
		m.Bits |= ir.ReadOnly
	case "can_move":
		m.Bits |= ir.CanMove
	case "little":
		m.Bits |= ir.LittleEnd
	case "big":
		m.Bits |= ir.BigEnd
	default:
		c, ok := op.ParseTrapCode(string(p.text()))
		if !ok || c == op.NoTrap {
			return false
		}
		m.Trap = c
	}
	return true
}

// blockCall reads a target with its arguments.
func (p *parser) blockCall() (ir.BlockCall, bool) {
	if p.kind != tokBlock {
		return 0, p.expected("a block")
	}
	b := ir.Block(p.num)
	if !p.reserveBlock() {
		return 0, false
	}
	p.next()
	p.args = p.args[:0]
	if p.accept(tokLParen) && !p.accept(tokRParen) {
		for {
			a, ok := p.blockArg()
			if !ok {
				return 0, false
			}
			p.args = append(p.args, a)
			if p.accept(tokRParen) {
				break
			}
			if !p.expect(tokComma, "or ')' between arguments of a block") {
				return 0, false
			}
		}
	}
	return p.f.NewBlockCall(b, p.args), true
}

func (p *parser) blockArg() (ir.BlockArg, bool) {
	if p.kind == tokRet || p.kind == tokExn {
		n := p.num
		if n > ir.MaxEntity {
			return 0, p.failHere("the number of %s is too large", p.found())
		}
		ret := p.kind == tokRet
		p.next()
		if ret {
			return ir.RetArg(int(n)), true
		}
		return ir.ExnArg(int(n)), true
	}
	v, ok := p.value()
	return ir.ValueArg(v), ok
}

// jumpTable reads the default target and the entries of a br_table.
func (p *parser) jumpTable(d *ir.InstData, o *ir.Operand) bool {
	def, ok := p.blockCall()
	if !ok || !p.expect(tokComma, "and the entries of the table") || !p.expect(tokLBracket, "and the entries of the table") {
		return false
	}
	p.calls = p.calls[:0]
	for p.kind != tokRBracket {
		c, ok := p.blockCall()
		if !ok {
			return false
		}
		p.calls = append(p.calls, c)
		if p.kind != tokRBracket && !p.expect(tokComma, "or ']' between entries of a table") {
			return false
		}
	}
	p.next()
	d.X[o.Field] = ir.Value(p.f.NewJumpTable(def, p.calls))
	return true
}

// exTable reads the exception table of a try_call.
func (p *parser) exTable(d *ir.InstData, o *ir.Operand) bool {
	var t ir.ExTableData
	if p.kind != tokSig {
		return p.expected("the signature of the callee, such as sig0")
	}
	if !p.known(ir.SigRef(p.num).Entity()) {
		return false
	}
	t.Sig = ir.SigRef(p.num)
	p.next()
	if !p.expect(tokComma, "after the signature") {
		return false
	}
	var ok bool
	if t.Normal, ok = p.blockCall(); !ok {
		return false
	}
	if !p.expect(tokComma, "after the normal target") || !p.expect(tokLBracket, "and the handlers") {
		return false
	}
	for p.kind != tokRBracket {
		it, ok := p.exItem()
		if !ok {
			return false
		}
		t.Items = append(t.Items, it)
		if p.kind != tokRBracket && !p.expect(tokComma, "or ']' between handlers") {
			return false
		}
	}
	p.next()
	p.f.ExTables = append(p.f.ExTables, t)
	d.X[o.Field] = ir.Value(len(p.f.ExTables) - 1)
	return true
}

func (p *parser) exItem() (it ir.ExItem, ok bool) {
	switch {
	case p.kind == tokTag:
		it.Kind, it.Tag = ir.ExTag, p.num
	case p.isWord("default"):
		it.Kind = ir.ExDefault
	case p.isWord("context"):
		p.next()
		it.Kind = ir.ExContext
		it.Context, ok = p.value()
		return it, ok
	default:
		return it, p.expected("a handler: tag0: block, default: block or context v0")
	}
	p.next()
	if !p.expect(tokColon, "before the target of a handler") {
		return it, false
	}
	it.Target, ok = p.blockCall()
	return it, ok
}
