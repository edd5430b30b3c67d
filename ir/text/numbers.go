package text

import "davit/ir/op"

// uint64 reads an unsigned number.
func (p *parser) uint64(what string) (uint64, bool) {
	if p.kind != tokInteger {
		return 0, p.expected(what)
	}
	n, err := parseInteger(p.text())
	if err == nil && n.neg && n.mag != 0 {
		err = errIntRange
	}
	if err != nil {
		return 0, p.failHere("expected %s, found %s: %v", what, p.found(), err)
	}
	p.next()
	return n.mag, true
}

// uint32 reads an unsigned number below 2^32, without underscores in decimal notation.
func (p *parser) uint32(what string) (uint32, bool) {
	at := p.start
	n, ok := p.uint64(what)
	if ok && n>>32 != 0 {
		return 0, p.fail(at, "expected %s, below 4294967296, found %d", what, n)
	}
	return uint32(n), ok
}

// imm reads an integer of the given width (at most 64) as an immediate; the result is zero-extended.
func (p *parser) imm(width int) (uint64, bool) {
	if p.kind != tokInteger {
		return 0, p.expected("an integer")
	}
	n, err := parseInt(p.text(), width)
	if err != nil {
		return 0, p.failHere("%s is no i%d: %v", p.found(), width, err)
	}
	p.next()
	return n, true
}

// offset reads an offset with its sign, or nothing.
func (p *parser) offset() (int32, bool) {
	if p.kind != tokInteger || p.src[p.start] != '+' && p.src[p.start] != '-' {
		return 0, true
	}
	n, err := parseInteger(p.text())
	if err != nil {
		return 0, p.failHere("%s is no offset: %v", p.found(), err)
	}
	limit := uint64(1<<31 - 1)
	if n.neg {
		limit++
	}
	if n.mag > limit {
		return 0, p.failHere("%s is no offset: it does not fit 32 bits", p.found())
	}
	p.next()
	if n.neg {
		return int32(-int64(n.mag)), true
	}
	return int32(n.mag), true
}

// float reads a float of scalar type t and appends its bytes, least significant first, to p.bytes.
func (p *parser) float(t op.Type) bool {
	if p.kind != tokFloat {
		return p.expected("a float such as 0x1.8p3")
	}
	v, err := parseFloat(p.text(), t)
	if err != nil {
		return p.failHere("%v", err)
	}
	p.bytes = v.AppendBytes(p.bytes)
	p.next()
	return true
}

const maxConstant = 16 // bytes

// constantBytes appends the bytes of a constant, least significant first, to p.bytes: hexadecimal digits or, if t is a
// vector, its lanes in brackets. A valid t gives the size; otherwise it is that of the digits.
func (p *parser) constantBytes(t op.Type) bool {
	at := p.start
	size := maxConstant
	if t != op.Invalid {
		size = t.Bytes()
	}
	switch {
	case p.kind == tokInteger && hasPrefix(p.text(), "0x"):
		if !p.hexBytes() {
			return false
		}
	case p.kind == tokLBracket && t != op.Invalid:
		if !p.lanes(t) {
			return false
		}
	case t == op.Invalid:
		return p.expected("a constant such as 0x0123")
	default:
		return p.expected("a constant such as 0x0123, or lanes in brackets")
	}
	if len(p.bytes) > size {
		return p.fail(at, "the constant has %d bytes; at most %d are possible here", len(p.bytes), size)
	}
	for t != op.Invalid && len(p.bytes) < size {
		p.bytes = append(p.bytes, 0)
	}
	return true
}

// hexBytes reads 0x and pairs of digits, the most significant first.
func (p *parser) hexBytes() bool {
	digits := p.text()[2:]
	for i := len(digits) - 1; i >= 0; {
		var b byte
		n := 0
		for ; i >= 0 && n < 2; i-- {
			c := digits[i]
			if c == '_' {
				continue
			}
			if class[c]&clsHex == 0 {
				return p.failHere("%s is no hexadecimal constant", p.found())
			}
			b |= hexValue(c) << (4 * n)
			n++
		}
		if n == 1 {
			return p.failHere("%s has an odd number of digits", p.found())
		}
		if n == 2 {
			p.bytes = append(p.bytes, b)
		}
	}
	if len(p.bytes) == 0 {
		return p.failHere("%s is no hexadecimal constant", p.found())
	}
	p.next()
	return true
}

// lanes reads the lanes of a vector between brackets, with spaces between, lane 0 first.
func (p *parser) lanes(t op.Type) bool {
	lane := t.Lane()
	if lane.Bits() > 64 {
		return p.failHere("lanes of type %v cannot be written one by one", lane)
	}
	at := p.start
	p.next()
	n := 0
	for ; p.kind != tokRBracket; n++ {
		if n == t.Lanes() {
			return p.expected("']' after " + itoa(n) + " lanes")
		}
		if !p.lane(lane) {
			return false
		}
	}
	if n != t.Lanes() {
		return p.fail(at, "%v takes %d lanes, not %d", t, t.Lanes(), n)
	}
	p.next()
	return true
}

func (p *parser) lane(t op.Type) bool {
	if t.IsFloat() {
		return p.float(t)
	}
	u, ok := p.imm(t.Bits())
	for range t.Bytes() {
		p.bytes = append(p.bytes, byte(u))
		u >>= 8
	}
	return ok
}
