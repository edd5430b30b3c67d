package text

import (
	"davit/ir"
	"davit/ir/op"
)

// typeName reads a type. Dynamic vectors may be written by their names ("i32x4xN") as well as by those declared.
func (p *parser) typeName() (op.Type, bool) {
	t := op.Invalid
	switch p.kind {
	case tokType:
		t = p.typ
	case tokDynType:
		if !p.known(ir.DynType(p.num).Entity()) {
			return t, false
		}
		t = p.f.DynTypes[p.num].Base.Dynamic()
	case tokWord:
		if w := p.text(); len(w) > 2 && string(w[len(w)-2:]) == "xN" {
			t, _ = op.ParseType(string(w))
		}
	}
	if t == op.Invalid {
		return t, p.expected("a type")
	}
	p.next()
	return t, true
}

// signature reads parameters, return values and calling convention.
func (p *parser) signature() (s ir.Signature, ok bool) {
	if !p.expect(tokLParen, "and parameters") {
		return s, false
	}
	if p.kind != tokRParen {
		if s.Params, ok = p.params(); !ok {
			return s, false
		}
	}
	if !p.expect(tokRParen, "after the parameters") {
		return s, false
	}
	if p.accept(tokArrow) {
		if s.Returns, ok = p.params(); !ok {
			return s, false
		}
	}
	s.CallConv = p.callConv
	if p.kind == tokWord && string(p.text()) != "stack_limit" { // that is the next declaration
		if s.CallConv, ok = ir.ParseCallConv(string(p.text())); !ok {
			return s, p.expected("a calling convention")
		}
		p.next()
	}
	return s, true
}

// params reads a list of parameters or return values, which must not be empty.
func (p *parser) params() (ps []ir.Param, ok bool) {
	for {
		var q ir.Param
		if q.Type, ok = p.typeName(); !ok {
			return nil, false
		}
		for p.kind == tokWord {
			sized := p.isWord("sarg")
			if !p.paramWord(&q) {
				break
			}
			p.next()
			if sized {
				if q.Size, ok = p.structSize(); !ok {
					return nil, false
				}
			}
		}
		ps = append(ps, q)
		if !p.accept(tokComma) {
			return ps, true
		}
	}
}

// paramWord reports whether the current word is an attribute of a parameter, and notes it.
func (p *parser) paramWord(q *ir.Param) bool {
	switch string(p.text()) {
	case "uext":
		q.Ext = ir.Uext
	case "sext":
		q.Ext = ir.Sext
	case "sret":
		q.Purpose = ir.StructReturn
	case "vmctx":
		q.Purpose = ir.VMContext
	case "normal":
		q.Purpose = ir.Normal
	case "sarg":
		q.Purpose = ir.StructArgument
	default:
		return false
	}
	return true
}

func (p *parser) structSize() (uint32, bool) {
	if !p.expect(tokLParen, "and the size of the struct") {
		return 0, false
	}
	n, ok := p.uint32("the size of the struct in bytes")
	return n, ok && p.expect(tokRParen, "after the size of the struct")
}
