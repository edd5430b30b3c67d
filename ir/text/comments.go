package text

import (
	"bytes"
	"slices"
	"strings"

	"davit/ir"
)

// gather is called by the lexer for every comment that matters.
func (p *parser) gather(start, end int) {
	if p.inBody && start+1 < end && p.src[start+1] == '@' {
		p.pragma(start, end)
	}
	if p.allComment {
		p.gathered = append(p.gathered, span{start, end})
	}
}

// comments turns the comments gathered into those of an entity.
func (p *parser) comments(e ir.Entity) []Comment {
	start := len(p.kept)
	p.claim(e)
	return p.since(start)
}

// since returns the comments attached since there were start.
func (p *parser) since(start int) []Comment {
	if start == len(p.kept) {
		return nil
	}
	return slices.Clip(p.kept[start:])
}

func (p *parser) attach(s span, e ir.Entity) Comment {
	if p.kept == nil {
		p.kept = make([]Comment, 0, bytes.Count(p.src, []byte{';'}))
	}
	return Comment{p.keepText(p.src[s.start:s.end]), e, p.position(s.start)}
}

// keepText returns b as a string. The strings share memory.
func (p *parser) keepText(b []byte) string {
	if p.texts.Cap()-p.texts.Len() < len(b) {
		p.texts.Reset()
		p.texts.Grow(max(min(4096, len(p.src)/16), len(b)))
	}
	at := p.texts.Len()
	p.texts.Write(b)
	return p.texts.String()[at:]
}

// claim attaches the comments gathered to an entity.
func (p *parser) claim(e ir.Entity) {
	for _, s := range p.gathered {
		c := p.attach(s, e)
		p.kept = append(p.kept, c)
	}
	p.gathered = p.gathered[:0]
}

// pragma reads a comment that begins with ";@". Those of other tools are comments like others.
func (p *parser) pragma(start, end int) {
	sub := lexer{src: p.src[:end], pos: start + 2, onComment: func(int, int) {}}
	sub.next()
	if sub.kind != tokWord {
		return
	}
	switch string(sub.text()) {
	case pragmaNoGC:
		p.noGC = start + 1
	case pragmaNeedsStackMap:
		p.needsStackMap(&sub)
	case pragmaUserNames:
		p.userNames(&sub)
	}
}

// The words of pragmas.
const (
	pragmaNoGC          = "nogc"
	pragmaNeedsStackMap = "needs_stack_map"
	pragmaUserNames     = "user_names"
)

// IsPragma reports whether the comment means something to the parser: ;@needs_stack_map v1, v2 and the like.
func (c *Comment) IsPragma() bool {
	rest, ok := strings.CutPrefix(c.Text, ";@")
	word, _, _ := strings.Cut(strings.TrimLeft(rest, " \t"), " ")
	switch strings.TrimRight(word, "\t\r") {
	case pragmaNoGC, pragmaNeedsStackMap, pragmaUserNames:
		return ok
	}
	return false
}

// needsStackMap reads the list of values of the pragma.
func (p *parser) needsStackMap(l *lexer) {
	for {
		l.next()
		if l.kind != tokValue {
			p.fail(l.start, "expected a value in the list of ;@needs_stack_map")
			return
		}
		p.pragmas = append(p.pragmas, use{ir.Value(l.num), uint32(l.start)})
		p.f.NeedsStackMap = append(p.f.NeedsStackMap, ir.Value(l.num))
		if l.next(); l.kind == tokEOF {
			return
		}
		if l.kind != tokComma {
			p.fail(l.start, "expected ',' between the values of ;@needs_stack_map")
			return
		}
	}
}

// userNames reads the table of user names that the printer writes when the declarations alone would give another.
func (p *parser) userNames(l *lexer) {
	for {
		l.next()
		ns := l.num
		ok := l.kind == tokUser
		l.next()
		ok = ok && l.kind == tokColon
		l.next()
		n, err := parseInteger(l.text())
		if !ok || l.kind != tokInteger || err != nil || n.signed || n.mag>>32 != 0 {
			p.fail(l.start, "expected a name such as u0:1 in the list of ;@user_names")
			return
		}
		p.f.InternUserName(ir.NamePair{Namespace: ns, Index: uint32(n.mag)})
		if l.next(); l.kind == tokEOF {
			return
		}
		if l.kind != tokComma {
			p.fail(l.start, "expected ',' between the names of ;@user_names")
			return
		}
	}
}

// checkNoGC reports a pragma ;@nogc that follows anything but the declaration of a function.
func (p *parser) checkNoGC() {
	if p.noGC != 0 {
		p.fail(p.noGC-1, ";@nogc belongs after the declaration of a function or signature")
		p.noGC = 0
	}
}

// claimNoGC reports whether a pragma ;@nogc followed the declaration just read.
func (p *parser) claimNoGC() bool {
	found := p.noGC != 0
	p.noGC = 0
	return found
}
