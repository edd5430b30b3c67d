package text

import (
	"davit/ir"
	"davit/ir/op"
)

// body reads declarations, blocks and instructions up to the closing brace.
func (p *parser) body() {
	for !p.stopped() {
		p.checkNoGC()
		start := p.start
		ok := true
		switch {
		case p.kind == tokRBrace || p.kind == tokEOF:
			return
		case p.kind == tokBlock:
			ok = p.blockHeader()
		case p.kind == tokWord && string(p.text()) == "function":
			return
		case declKinds[p.kind] != ir.EntityFunction || p.kind == tokWord && string(p.text()) == "stack_limit":
			if p.block == ir.NoBlock {
				ok = p.declaration()
			} else {
				ok = p.failHere("a declaration cannot follow a block")
			}
		case p.block == ir.NoBlock:
			ok = p.expected("a declaration or a block")
		default:
			ok = p.statement()
		}
		if !ok {
			p.recover(start)
			continue
		}
		p.lastStart = start
	}
}

// recover goes from an error in the statement that begins at an offset to the next line that begins a statement.
func (p *parser) recover(statement int) {
	if p.stopped() {
		return
	}
	at := p.start
	for at > 0 && p.src[at-1] != '\n' {
		at--
	}
	// The line of the error is a candidate itself if its first token was taken for part of a statement begun before: the
	// broken one or the one before it.
	swallowed := statement < at || p.lastStart < at && p.firstOnLine(at) < statement
	if !swallowed || at <= p.resumed {
		at = p.lineEnd(p.start) + 1
	}
	for at < len(p.src) && !p.beginsStatement(at) {
		at = p.lineEnd(at) + 1
	}
	p.resumed = at
	p.pos = min(at, len(p.src))
	p.next()
}

// firstOnLine returns the offset of the first token at or after the start of a line.
func (p *parser) firstOnLine(at int) int {
	l := lexer{src: p.src, pos: at, onComment: func(int, int) {}}
	l.next()
	return l.start
}

// beginsStatement reports whether the line at an offset looks like the start of a declaration, block, instruction or
// function, or the end of one.
func (p *parser) beginsStatement(at int) bool {
	l := lexer{src: p.src[:p.lineEnd(at)], pos: at, onComment: func(int, int) {}}
	l.next()
	switch l.kind {
	case tokRBrace, tokLess, tokSrcLoc:
		return true
	case tokWord:
		return lookupOpcode(l.text()) != op.None || string(l.text()) == "function" || string(l.text()) == "stack_limit"
	case tokValue:
		for l.kind == tokValue {
			if l.next(); l.kind == tokComma {
				l.next()
			}
		}
		return l.kind == tokEqual || l.kind == tokArrow
	case tokBlock:
		last := l.kind
		for l.kind != tokEOF {
			last = l.kind
			l.next()
		}
		return last == tokColon
	}
	decl := declKinds[l.kind] != ir.EntityFunction
	l.next()
	return decl && l.kind == tokEqual
}

// blockHeader reads the line that begins a block.
func (p *parser) blockHeader() bool {
	b := ir.Block(p.num)
	start := p.start
	if p.f.InLayout(b) {
		return p.failHere("%v is already defined", b)
	}
	if !p.reserveBlock() {
		return false
	}
	p.f.AppendBlock(b)
	p.block = b
	p.mark(b.Entity(), start)
	p.next()
	if !p.blockParams(b) {
		p.poisonLine(start)
		return false
	}
	if p.acceptWord("cold") {
		p.f.SetCold(b, true)
	}
	if !p.expect(tokColon, "at the end of the header of "+b.String()) {
		return false
	}
	p.claim(b.Entity())
	return true
}

// reserveBlock makes sure that the block named by the current token exists.
func (p *parser) reserveBlock() bool {
	b := ir.Block(p.num)
	if int(b) >= p.f.NumBlocks() {
		if !p.checkNumber(b.Entity(), p.f.NumBlocks()) {
			return false
		}
		p.f.ReserveBlock(b)
	}
	return true
}

func (p *parser) blockParams(b ir.Block) bool {
	if !p.accept(tokLParen) {
		return true
	}
	if p.accept(tokRParen) {
		return true
	}
	for {
		if p.kind != tokValue {
			return p.expected("a parameter such as v0: i32")
		}
		v := ir.Value(p.num)
		if !p.fresh(v, p.start) {
			return false
		}
		p.next()
		if !p.expect(tokColon, "and the type of the parameter") {
			return false
		}
		t, ok := p.typeName()
		if !ok {
			return false
		}
		p.f.AppendParamNumbered(b, v, t)
		if p.kind == tokRParen {
			p.next()
			return true
		}
		if !p.expect(tokComma, "or ')' in the parameters of a block") {
			return false
		}
	}
}

// fresh checks that v may be defined.
func (p *parser) fresh(v ir.Value, at int) bool {
	if n := p.f.NumValues(); int(v) >= n {
		n = max(n, p.topValue)
		if int(v) > n && !p.checkNumber(v.Entity(), n) {
			return false
		}
		p.topValue = max(n, int(v)+1)
		return true
	}
	if p.f.ValueExists(v) {
		return p.fail(at, "%v is already defined", v)
	}
	return true
}

// poison gives values a definition of invalid type, so that their uses do not count as errors.
func (p *parser) poison(vs []ir.Value) {
	for _, v := range vs {
		if uint32(v) > p.limit || p.f.ValueExists(v) {
			continue
		}
		inst := p.f.NewInst(ir.InstData{Op: op.Nop})
		p.f.SetResults(inst, []ir.Value{v}, []op.Type{op.Invalid})
	}
}

// poisonLine poisons the values in the broken block header that begins at an offset and may extend to the line of the
// error.
func (p *parser) poisonLine(start int) {
	end := p.lineEnd(p.start)
	p.results = p.results[:0]
	l := lexer{src: p.src[:end], pos: start, onComment: func(int, int) {}}
	for l.next(); l.kind != tokEOF; l.next() {
		if l.kind == tokValue {
			p.results = append(p.results, ir.Value(l.num))
		}
	}
	p.poison(p.results)
}

// statement reads an instruction or an alias.
func (p *parser) statement() bool {
	p.results = p.results[:0]
	start := p.start
	tags, ok := p.debugTags()
	if !ok {
		return false
	}
	loc := p.num
	hasLoc := p.accept(tokSrcLoc)
	if p.kind == tokValue {
		if ok, alias := p.resultList(); !ok || alias {
			return ok
		}
	}
	inst, ok := p.instruction()
	if !ok {
		p.poison(p.results)
		return false
	}
	if hasLoc {
		p.f.SetSrcLoc(inst, loc)
	}
	if len(tags) > 0 {
		p.f.SetDebugTags(inst, tags)
	}
	if !p.opts.NoPositions {
		p.instPos = append(p.instPos, uint32(start))
	}
	if len(p.gathered) > 0 {
		p.claim(inst.Entity())
	}
	return true
}

// resultList reads "v1, v2 =", or a whole alias "v1 -> v2".
func (p *parser) resultList() (ok, alias bool) {
	for {
		if p.kind != tokValue {
			return p.expected("a value"), false
		}
		v := ir.Value(p.num)
		at := p.start
		p.next()
		if p.kind == tokArrow && len(p.results) == 0 {
			return p.alias(v, at), true
		}
		if !p.fresh(v, at) {
			return false, false
		}
		p.results = append(p.results, v)
		switch p.kind {
		case tokEqual:
			p.next()
			return true, false
		case tokComma:
			p.next()
		default:
			return p.expected("'=' after the results"), false
		}
	}
}

// alias reads the rest of "v1 -> v2". Its comments are dropped: no entity could own them.
func (p *parser) alias(v ir.Value, at int) bool {
	p.next()
	if p.kind != tokValue {
		return p.expected("the value that the alias stands for")
	}
	target := ir.Value(p.num)
	f := p.f
	switch {
	case !f.ValueExists(target):
		if v == target {
			return p.failHere("%v cannot be an alias of itself", v)
		}
		return p.failHere("%v is not defined before its alias %v", target, v)
	case f.ValueExists(v):
		old, isAlias := f.AliasOf(v)
		if isAlias && old == target {
			break
		}
		if f.Resolve(target) == v {
			return p.fail(at, "%v stands for %v already: the alias would be a cycle", target, v)
		}
		return p.fail(at, "%v is already defined", v)
	case !p.fresh(v, at):
		return false
	default:
		f.MakeAlias(v, target)
	}
	p.next()
	p.gathered = p.gathered[:0]
	return true
}

// debugTags reads "<1, ss0>", or nothing.
func (p *parser) debugTags() ([]ir.DebugTag, bool) {
	if p.kind != tokLess {
		return nil, true
	}
	p.next()
	var tags []ir.DebugTag
	for p.kind != tokGreater {
		var t ir.DebugTag
		if p.kind == tokStackSlot {
			t = ir.DebugTag{IsSlot: true, Value: p.num}
			p.next()
		} else {
			n, ok := p.uint32("a debug tag: a number or a stack slot")
			if !ok {
				return nil, false
			}
			t.Value = n
		}
		tags = append(tags, t)
		if p.kind != tokGreater && !p.expect(tokComma, "or '>' between debug tags") {
			return nil, false
		}
	}
	p.next()
	return tags, true
}
