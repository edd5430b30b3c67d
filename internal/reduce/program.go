package reduce

import (
	"slices"
	"strings"

	"davit/ir"
	"davit/ir/data"
)

// Program is what is shrunk: functions, what is to be done with them, and for what settings. The functions of a program
// that has been handed out are not changed any more; programs share them.
type Program struct {
	Header []Line // lines before the functions
	Funcs  []Func
}

// Line is a line of the header: its first word, which stays, as long as some other word or Keep does.
type Line struct {
	Words []string
	// Fixed words at the start are not dropped; a line without any goes when all of its other words have gone.
	Fixed int
	Keep  bool // the line stays, even if only its fixed words are left
}

// Func is a function with the calls of it that are to be made.
type Func struct {
	*ir.Func
	Calls []Call
}

// Call is a directive: a call of the function that it stands behind.
type Call struct {
	Print bool // "print:" instead of "run:"
	Args  []data.Value
	// Negated and Want are the comparison of a "run:" directive.
	Negated bool
	Want    []data.Value
}

// Text prints the program: the header, then each function with its calls behind it.
func (p *Program) Text() []byte { return p.appendTo(nil, (*ir.Func).String) }

func (p *Program) appendTo(b []byte, print func(*ir.Func) string) []byte {
	for _, l := range p.Header {
		b = append(append(b, strings.Join(l.Words, " ")...), '\n')
	}
	for i := range p.Funcs {
		f := &p.Funcs[i]
		if len(b) > 0 {
			b = append(b, '\n')
		}
		b = append(b, print(f.Func)...)
		for k := range f.Calls {
			b = append(append(b, f.Calls[k].text(f.Name)...), '\n')
		}
	}
	return b
}

func (c *Call) text(name ir.FuncName) string {
	var b strings.Builder
	word := "run"
	if c.Print {
		word = "print"
	}
	b.WriteString("; " + word + ": " + name.String() + "(")
	writeList(&b, c.Args)
	b.WriteString(")")
	if c.Print {
		return b.String()
	}
	if c.Negated {
		b.WriteString(" != ")
	} else {
		b.WriteString(" == ")
	}
	b.WriteString(data.FormatList(c.Want))
	return b.String()
}

func writeList(b *strings.Builder, vs []data.Value) {
	for i, v := range vs {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v.String())
	}
}

// NumInsts returns the number of instructions in the layouts of the functions.
func (p *Program) NumInsts() int {
	n := 0
	for i := range p.Funcs {
		f := p.Funcs[i].Func
		for b := range f.Blocks() {
			for range f.Insts(b) {
				n++
			}
		}
	}
	return n
}

// clone returns a program that shares the functions.
func (p *Program) clone() *Program {
	q := &Program{Header: slices.Clone(p.Header), Funcs: slices.Clone(p.Funcs)}
	for i := range q.Header {
		q.Header[i].Words = slices.Clone(q.Header[i].Words)
	}
	for i := range q.Funcs {
		q.Funcs[i].Calls = slices.Clone(q.Funcs[i].Calls)
		for k := range q.Funcs[i].Calls {
			c := &q.Funcs[i].Calls[k]
			c.Args, c.Want = slices.Clone(c.Args), slices.Clone(c.Want)
		}
	}
	return q
}
