package expand

import (
	"fmt"
	"strings"

	"davit/examples/scheme/internal/syntax"
)

// show writes a datum for messages, shortened.
func show(d syntax.Datum) string {
	var b strings.Builder
	showTo(&b, d, 3)
	return b.String()
}

func showTo(b *strings.Builder, d syntax.Datum, depth int) {
	switch d := d.(type) {
	case *alias:
		b.WriteString(string(base(d)))
	case syntax.Symbol:
		b.WriteString(string(d))
	case syntax.Nil:
		b.WriteString("()")
	case syntax.String:
		fmt.Fprintf(b, "%q", string(d))
	case syntax.Char:
		fmt.Fprintf(b, "#\\%c", rune(d))
	case bool:
		b.WriteString(map[bool]string{true: "#t", false: "#f"}[d])
	case float64:
		b.WriteString(syntax.FormatFloat(d))
	case *syntax.Vector:
		b.WriteString("#(…)")
	case *syntax.Bytes:
		b.WriteString("#u8(…)")
	case *syntax.Pair:
		showPair(b, d, depth)
	default:
		fmt.Fprint(b, d)
	}
}

func showPair(b *strings.Builder, p *syntax.Pair, depth int) {
	if depth == 0 {
		b.WriteString("(…)")
		return
	}
	b.WriteByte('(')
	for n := 0; ; n++ {
		if n == 5 {
			b.WriteString("…")
			break
		}
		showTo(b, p.Car, depth-1)
		next, ok := p.Cdr.(*syntax.Pair)
		if !ok {
			if p.Cdr != (syntax.Nil{}) {
				b.WriteString(" . ")
				showTo(b, p.Cdr, depth-1)
			}
			break
		}
		b.WriteByte(' ')
		p = next
	}
	b.WriteByte(')')
}
