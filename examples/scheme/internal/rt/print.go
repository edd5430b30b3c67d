package rt

import (
	"fmt"
	"strings"
	"unicode"

	"davit/examples/scheme/internal/syntax"
	"davit/gc"
)

// Writing values. No memory is taken from the heap meanwhile, so nothing moves.

// style says how values are written.
type style uint8

const (
	display style = iota
	write         // with labels for what refers to itself
	writeShared
	writeSimple
)

// Show returns a value as write writes it.
func (m *Machine) Show(w gc.Word) string { return m.format(w, write) }

// ShowValues returns the values that an expression has returned, as write writes them, without what is unspecified.
func (m *Machine) ShowValues(w gc.Word) []string {
	if m.is(w, LayValues) {
		var list []string
		for i := range m.Heap.Len(w) {
			list = append(list, m.Show(m.Heap.Load(w, i)))
		}
		return list
	}
	if w == Unspecified {
		return nil
	}
	return []string{m.Show(w)}
}

func (m *Machine) format(w gc.Word, s style) string {
	p := printer{m: m, plain: s == display}
	switch s {
	case display, write:
		p.labels = m.findLabels(w, false)
	case writeShared:
		p.labels = m.findLabels(w, true)
	}
	p.value(w)
	return p.b.String()
}

type printer struct {
	m      *Machine
	b      strings.Builder
	plain  bool
	labels map[gc.Word]int // -1: to be given a number
	next   int
}

// finder looks for objects that are met again.
type finder struct {
	m      *Machine
	shared bool
	state  map[gc.Word]int8 // 1: being looked into, 2: done
	labels map[gc.Word]int
}

// findLabels returns the pairs and vectors that contain themselves or, if shared is set, are met more than once.
func (m *Machine) findLabels(w gc.Word, shared bool) map[gc.Word]int {
	f := finder{m, shared, map[gc.Word]int8{}, map[gc.Word]int{}}
	f.visit(w)
	return f.labels
}

func (f *finder) visit(w gc.Word) {
	var chain []gc.Word
	for IsPair(w) || f.m.is(w, LayVector) {
		if s := f.state[w]; s != 0 {
			if s == 1 || f.shared {
				f.labels[w] = -1
			}
			break
		}
		f.state[w] = 1
		chain = append(chain, w)
		if !IsPair(w) {
			for i := range f.m.Heap.Len(w) {
				f.visit(f.m.Heap.Load(w, i))
			}
			break
		}
		f.visit(f.m.car(w))
		w = f.m.cdr(w)
	}
	for _, c := range chain {
		f.state[c] = 2
	}
}

// label writes the label of an object that has one. It reports whether that is all that is to be written.
func (p *printer) label(w gc.Word) bool {
	n, ok := p.labels[w]
	switch {
	case !ok:
		return false
	case n >= 0:
		fmt.Fprintf(&p.b, "#%d#", n)
		return true
	}
	p.labels[w] = p.next
	fmt.Fprintf(&p.b, "#%d=", p.next)
	p.next++
	return false
}

var miscNames = map[gc.Word]string{
	False: "#f", True: "#t", Nil: "()", EOF: "#<eof>", Unspecified: "#<unspecified>", Undefined: "#<undefined>", Absent: "#<absent>",
}

func (p *printer) value(w gc.Word) {
	switch {
	case IsFix(w):
		fmt.Fprint(&p.b, Int(w))
	case IsPair(w):
		if !p.label(w) {
			p.pair(w)
		}
	case IsProc(w):
		name := ""
		if c := p.m.codeOf(w); c != nil && c.Name != "" {
			name = " " + c.Name
		}
		p.b.WriteString("#<procedure" + name + ">")
	case IsChar(w):
		p.char(Rune(w))
	case tag(w) == TagMisc:
		p.b.WriteString(miscNames[w])
	default:
		p.object(w)
	}
}

var abbreviations = map[string]string{"quote": "'", "quasiquote": "`", "unquote": ",", "unquote-splicing": ",@"}

func (p *printer) pair(w gc.Word) {
	m := p.m
	if d := m.cdr(w); m.is(m.car(w), LaySymbol) && IsPair(d) && m.cdr(d) == Nil {
		if _, labelled := p.labels[d]; !labelled {
			if a, ok := abbreviations[m.symbolName(m.car(w))]; ok {
				p.b.WriteString(a)
				p.value(m.car(d))
				return
			}
		}
	}
	p.b.WriteByte('(')
	for {
		p.value(m.car(w))
		w = m.cdr(w)
		if _, labelled := p.labels[w]; !IsPair(w) || labelled {
			break
		}
		p.b.WriteByte(' ')
	}
	if w != Nil {
		p.b.WriteString(" . ")
		p.value(w)
	}
	p.b.WriteByte(')')
}

func (p *printer) object(w gc.Word) {
	m := p.m
	switch m.Heap.LayoutOf(w) {
	case LayFlonum:
		p.b.WriteString(syntax.FormatFloat(m.float(w)))
	case LayBignum:
		p.b.WriteString(m.big(w).String())
	case LayString:
		if p.plain {
			p.b.WriteString(m.goString(w))
		} else {
			p.quoted(m.text(w), '"')
		}
	case LaySymbol:
		p.symbol(m.symbolName(w))
	case LayVector:
		if !p.label(w) {
			p.elements("#(", w, ")")
		}
	case LayBytes:
		p.b.WriteString("#u8(")
		for i, b := range m.Heap.Bytes(w) {
			if i > 0 {
				p.b.WriteByte(' ')
			}
			fmt.Fprint(&p.b, b)
		}
		p.b.WriteByte(')')
	case LayValues:
		p.elements("#<values ", w, ">")
	case LayRecord:
		p.record(w)
	default:
		p.b.WriteString("#<" + Spec.Layout(m.Heap.LayoutOf(w)).Name + ">")
	}
}

// elements writes the elements of an object.
func (p *printer) elements(start string, w gc.Word, end string) {
	p.b.WriteString(start)
	for i := range p.m.Heap.Len(w) {
		if i > 0 {
			p.b.WriteByte(' ')
		}
		p.value(p.m.Heap.Load(w, i))
	}
	p.b.WriteString(end)
}

func (p *printer) record(w gc.Word) {
	m := p.m
	t := m.Heap.Load(w, 0)
	switch {
	case m.isRecord(w, RootConditionType):
		p.b.WriteString("#<condition " + m.conditionText(w) + ">")
		return
	case m.isRecord(w, RootRecordType):
		p.b.WriteString("#<record-type " + m.symbolName(m.Heap.Load(w, 1)) + ">")
		return
	}
	p.b.WriteString("#<" + strings.Trim(m.symbolName(m.Heap.Load(t, 1)), "<>"))
	if m.isRecord(w, RootPortType) {
		p.b.WriteByte('>')
		return
	}
	fields := m.Heap.Load(t, 2)
	for i := 1; i < m.Heap.Len(w) && IsPair(fields); i++ {
		p.b.WriteString(" " + m.symbolName(m.car(fields)) + ": ")
		if v := m.Heap.Load(w, i); m.is(v, LayRecord) {
			p.b.WriteString("#<" + strings.Trim(m.symbolName(m.Heap.Load(m.Heap.Load(v, 0), 1)), "<>") + ">")
		} else {
			p.value(v)
		}
		fields = m.cdr(fields)
	}
	p.b.WriteByte('>')
}

func (p *printer) char(c rune) {
	if p.plain {
		p.b.WriteRune(c)
		return
	}
	for name, n := range syntax.CharNames {
		if rune(n) == c {
			p.b.WriteString("#\\" + name)
			return
		}
	}
	if unicode.IsGraphic(c) {
		p.b.WriteString("#\\" + string(c))
	} else {
		fmt.Fprintf(&p.b, "#\\x%x", c)
	}
}

var stringEscapes = map[rune]string{7: `\a`, 8: `\b`, '\t': `\t`, '\n': `\n`, '\r': `\r`, '\\': `\\`}

func (p *printer) quoted(s []rune, end rune) {
	p.b.WriteRune(end)
	for _, c := range s {
		switch e, ok := stringEscapes[c]; {
		case ok:
			p.b.WriteString(e)
		case c == end:
			p.b.WriteString(`\` + string(end))
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&p.b, `\x%x;`, c)
		default:
			p.b.WriteRune(c)
		}
	}
	p.b.WriteRune(end)
}

// symbol writes a symbol, between bars if it would not read back otherwise.
func (p *printer) symbol(name string) {
	_, number := syntax.ParseNumber(name, 10)
	if p.plain || name != "" && name != "." && !number && !strings.ContainsAny(name, " \t\r\n()\";'`,|") && name[0] != '#' {
		p.b.WriteString(name)
		return
	}
	p.quoted([]rune(name), '|')
}
