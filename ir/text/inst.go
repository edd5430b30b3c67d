package text

import (
	"davit/ir"
	"davit/ir/op"
)

// opcodeHash is the perfect hash of names of opcodes; its multiplier is generated.
func opcodeHash(name []byte) uint32 {
	h := uint32(len(name))
	for _, c := range name {
		h = (h ^ uint32(c)) * opcodeMultiplier
	}
	return h >> 22
}

// lookupOpcode returns the opcode of a name, or None.
func lookupOpcode(name []byte) op.Opcode {
	o := opcodeTable[opcodeHash(name)]
	if string(name) != o.String() {
		return op.None
	}
	return o
}

// instruction reads an instruction from its opcode on and appends it to the block.
func (p *parser) instruction() (ir.Inst, bool) {
	if p.kind != tokWord {
		return 0, p.expected("an instruction")
	}
	at := p.start
	d := ir.InstData{Op: lookupOpcode(p.text())}
	if d.Op == op.None {
		return 0, p.failHere("there is no instruction %s", p.found())
	}
	p.next()
	p.explicit = op.Invalid
	if p.kind == tokDot {
		p.next()
		var ok bool
		if p.explicit, ok = p.typeName(); !ok {
			return 0, false
		}
	}
	info := d.Op.Info()
	if !p.checkExplicit(d.Op, info, at) {
		return 0, false
	}
	list := ir.Operands(info.Format)
	for i := range list {
		o := &list[i]
		if i > 0 && list[i-1].Kind < ir.OpdIntCC && o.Kind < ir.OpdArgs || i > 0 && list[i-1].Kind >= ir.OpdArgs {
			if !p.expect(tokComma, "after an operand of "+info.Name) {
				return 0, false
			}
		}
		if o.Kind == ir.OpdValue {
			v, ok := p.value()
			if !ok {
				return 0, false
			}
			d.X[o.Field] = v
		} else if !p.operand(&d, o) {
			return 0, false
		}
	}
	if !p.inferType(&d, info, at) {
		return 0, false
	}
	var entries []ir.StackMapEntry
	if p.kind == tokComma {
		var ok bool
		if entries, ok = p.stackMap(d.Op); !ok {
			return 0, false
		}
	}
	return p.finish(&d, info, at, entries)
}

// checkExplicit checks the controlling type written after an opcode, if any.
func (p *parser) checkExplicit(o op.Opcode, info *op.Info, at int) bool {
	switch t := p.explicit; {
	case t == op.Invalid:
		if info.From == op.FromSuffix {
			return p.fail(at, "%s needs a type, as in %s.%v: its operands do not tell", o, o, example(info.Ctrl))
		}
	case info.From == op.NotPolymorphic:
		return p.fail(at, "%s takes no type", o)
	case !info.Ctrl.Has(t):
		return p.fail(at, "%v is no type for %s, which takes %v", t, o, info.Ctrl)
	}
	return true
}

// example returns a type of a set, for messages.
func example(s op.TypeSet) op.Type {
	for _, t := range []op.Type{op.I32, op.I64, op.F32, op.I32X4, op.I32X4.Dynamic()} {
		if s.Has(t) {
			return t
		}
	}
	return op.I8
}

// inferType sets the controlling type: that written, or that of the operand which tells.
func (p *parser) inferType(d *ir.InstData, info *op.Info, at int) bool {
	if info.From == op.NotPolymorphic {
		return true
	}
	d.Type = p.explicit
	if d.Type != op.Invalid {
		return true
	}
	v := p.callee
	if info.Format != op.FmtCallIndirect && info.Format != op.FmtTryCallIndirect {
		v = d.X[info.From.ArgIndex()]
	}
	if !p.f.ValueExists(v) {
		p.failed = true
		p.untyped = append(p.untyped, untyped{use{v, uint32(at)}, d.Op})
		return false
	}
	d.Type = p.f.ValueType(v)
	if d.Type == op.Invalid {
		p.failed = true // v is poisoned
		return false
	}
	if !info.Ctrl.Has(d.Type) {
		return p.fail(at, "%v is no type for %s, which takes %v", d.Type, d.Op, info.Ctrl)
	}
	return true
}

// settleType replaces a type that is written, but that an operand tells otherwise: what is written gives the results
// their types, what is so is the controlling type. It is for the verifier to find fault with that.
func (p *parser) settleType(d *ir.InstData, info *op.Info) {
	k := info.From.ArgIndex()
	if k < 0 || p.explicit == op.Invalid {
		return
	}
	v := p.callee
	if info.Format != op.FmtCallIndirect && info.Format != op.FmtTryCallIndirect {
		v = d.X[k]
	}
	if p.f.ValueExists(v) {
		if t := p.f.ValueType(v); t != op.Invalid {
			d.Type = t
		}
	}
}

// finish adds the instruction with its results to the function.
func (p *parser) finish(d *ir.InstData, info *op.Info, at int, entries []ir.StackMapEntry) (ir.Inst, bool) {
	p.types = p.types[:0]
	for i := range info.Results {
		p.types = append(p.types, info.Results[i].Resolve(d.Type))
	}
	if d.Op.Has(op.VariableResults) {
		for _, r := range p.f.Sigs[p.calledSig(d)].Returns {
			p.types = append(p.types, r.Type)
		}
	}
	p.settleType(d, info)
	if len(p.types) != len(p.results) {
		return 0, p.fail(at, "%s has %s, not %d", d.Op, count(len(p.types), "result"), len(p.results))
	}
	inst := p.f.NewInst(*d)
	p.f.SetResults(inst, p.results, p.types)
	p.f.AppendInst(inst, p.block)
	if len(entries) > 0 {
		p.f.SetStackMap(inst, entries)
	}
	if len(p.results) > 1 {
		for i, v := range p.results {
			if _, num, _ := p.f.DefInst(v); num != i {
				return inst, p.fail(at, "%v is defined twice", v)
			}
		}
	}
	return inst, true
}

// calledSig returns the signature of a call, which operand parsing has checked.
func (p *parser) calledSig(d *ir.InstData) ir.SigRef {
	if d.Op.Format() == op.FmtCall {
		return p.f.ExtFuncs[d.Func()].Sig
	}
	return d.Sig()
}

func count(n int, what string) string {
	s := what + "s"
	switch n {
	case 0:
		return "no " + s
	case 1:
		return "1 " + what
	}
	return itoa(n) + " " + s
}

// stackMap reads ", stack_map=[...]" after the operands.
func (p *parser) stackMap(o op.Opcode) ([]ir.StackMapEntry, bool) {
	p.next()
	if !p.isWord("stack_map") {
		return nil, p.expected("stack_map after the comma")
	}
	if !o.IsSafepoint() {
		return nil, p.failHere("only calls that are no tail calls can have a stack map, not %s", o)
	}
	p.next()
	if !p.expect(tokEqual, "after stack_map") || !p.expect(tokLBracket, "and the entries of the stack map") {
		return nil, false
	}
	var es []ir.StackMapEntry
	for p.kind != tokRBracket {
		e, ok := p.stackMapEntry()
		if !ok {
			return nil, false
		}
		es = append(es, e)
		if p.kind != tokRBracket && !p.expect(tokComma, "or ']' after an entry of a stack map") {
			return nil, false
		}
	}
	p.next()
	return es, true
}

const entryShape = "an entry of a stack map, 'type @ slot + offset'"

func (p *parser) stackMapEntry() (e ir.StackMapEntry, ok bool) {
	if p.kind != tokType && p.kind != tokDynType {
		return e, p.expected(entryShape)
	}
	if e.Type, ok = p.typeName(); !ok {
		return e, false
	}
	if p.kind != tokAt {
		return e, p.expected("'@' and a stack slot in " + entryShape)
	}
	p.next()
	if p.kind != tokStackSlot {
		return e, p.expected("a stack slot in " + entryShape)
	}
	e.Slot = ir.StackSlot(p.num)
	p.next()
	glued := p.kind == tokInteger && p.src[p.start] == '+'
	if !glued && !p.accept(tokPlus) {
		return e, p.expected("'+ offset' in " + entryShape)
	}
	e.Offset, ok = p.uint32("the offset of a stack map entry")
	return e, ok
}
