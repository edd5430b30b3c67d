//go:build linux && amd64

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"davit/examples/scheme/internal/scheme"
	"davit/gc"
)

// Random programs must do the same however they are compiled and collected: as a whole, where procedures are opened up and
// calls are direct; form by form, where nothing is known of later forms; under stress; and with small collections.

// programmer writes random programs. They end, since every call of a procedure takes fuel, and loops are counted.
type programmer struct {
	r     *rand.Rand
	b     strings.Builder
	procs []proc
	vars  []string // in scope
	next  int
}

type proc struct {
	name   string
	params int
	rest   bool
}

func (p *programmer) pick(choices ...string) string { return choices[p.r.IntN(len(choices))] }

func (p *programmer) name(prefix string) string {
	p.next++
	return fmt.Sprint(prefix, p.next)
}

// bind makes names, and takes them out of scope again when f is done.
func (p *programmer) bind(names []string, f func()) {
	n := len(p.vars)
	p.vars = append(p.vars, names...)
	f()
	p.vars = p.vars[:n]
}

func (p *programmer) write(format string, args ...any) { fmt.Fprintf(&p.b, format, args...) }

// exprs writes n expressions, each after a space.
func (p *programmer) exprs(n, depth int) {
	for range n {
		p.b.WriteByte(' ')
		p.expr(depth)
	}
}

func (p *programmer) atom() {
	switch k := p.r.IntN(10); {
	case k < 5 && len(p.vars) > 0:
		p.b.WriteString(p.vars[p.r.IntN(len(p.vars))])
	case k < 8:
		p.write("%d", p.r.IntN(20)-5)
	default:
		p.b.WriteString(p.pick("'()", "#t", "#f", "'sym", "\"str\"", "4611686018427387903", "1.5", "#\\c", "'(1 2 3)", "(vector 1 2)"))
	}
}

func (p *programmer) expr(depth int) {
	if depth <= 0 {
		p.atom()
		return
	}
	d := depth - 1
	switch p.r.IntN(22) {
	case 0, 1:
		p.write("(%s", p.pick("+", "-", "*", "+", "-"))
		p.exprs(1+p.r.IntN(3), d)
		p.b.WriteByte(')')
	case 2:
		p.write("(%s", p.pick("cons", "list", "eq?", "equal?", "<", "=", "quotient", "modulo", "append", "vector", "cons", "list"))
		p.exprs(2, d)
		p.b.WriteByte(')')
	case 3:
		p.write("(%s", p.pick("car", "cdr", "pair?", "null?", "not", "length", "reverse", "number?", "vector-length", "list", "abs", "even?", "procedure?"))
		p.exprs(1, d)
		p.b.WriteByte(')')
	case 4, 5:
		p.write("(if")
		p.exprs(3, d)
		p.b.WriteByte(')')
	case 6, 7:
		p.let(d)
	case 8:
		p.loop(d)
	case 9, 10, 11:
		p.call(d)
	case 12:
		p.lambda(d)
	case 13:
		p.write("((lambda (x%d y%d)", p.next, p.next)
		names := []string{fmt.Sprint("x", p.next), fmt.Sprint("y", p.next)}
		p.next++
		p.bind(names, func() { p.exprs(1, d) })
		p.b.WriteByte(')')
		p.exprs(2, d)
		p.b.WriteByte(')')
	case 14:
		if len(p.vars) == 0 {
			p.atom()
			return
		}
		p.write("(begin (set! %s", p.vars[p.r.IntN(len(p.vars))])
		p.exprs(1, d)
		p.b.WriteByte(')')
		p.exprs(1, d)
		p.b.WriteByte(')')
	case 15:
		k := p.name("k")
		p.write("(call/cc (lambda (%s) (+ 1", k)
		p.bind([]string{k}, func() { p.exprs(1, d); p.write(" (%s", k); p.exprs(1, d) })
		p.b.WriteString("))))")
	case 16:
		p.write("(guard (e (#t (list 'caught (if (error-object? e) (error-object-message e) e))))")
		p.exprs(1, d)
		p.b.WriteByte(')')
	case 17:
		p.write("(%s (lambda (z)", p.pick("map", "for-each", "filter"))
		p.bind([]string{"z"}, func() { p.exprs(1, d) })
		p.b.WriteString(") (list")
		p.exprs(p.r.IntN(4), d)
		p.b.WriteString("))")
	case 18:
		p.write("(%s", p.pick("and", "or", "begin"))
		p.exprs(2, d)
		p.b.WriteByte(')')
	case 19:
		p.write("(call-with-values (lambda () (values")
		p.exprs(2, d)
		p.write(")) (lambda args (cons 0 args)))")
	case 20:
		p.letrec(d)
	default:
		p.atom()
	}
}

func (p *programmer) let(d int) {
	names := []string{p.name("v"), p.name("v")}[:1+p.r.IntN(2)]
	p.write("(%s (", p.pick("let", "let*"))
	for _, n := range names {
		p.write("(%s", n)
		p.exprs(1, d)
		p.b.WriteByte(')')
	}
	p.b.WriteByte(')')
	p.bind(names, func() { p.exprs(1+p.r.IntN(2), d) })
	p.b.WriteByte(')')
}

// loop writes a loop that turns at most four times, in tail position or not.
func (p *programmer) loop(d int) {
	l, i, a := p.name("loop"), p.name("i"), p.name("a")
	p.write("(let %s ((%s %d) (%s", l, i, p.r.IntN(4), a)
	p.exprs(1, d)
	p.write(")) (if (= %s 0) %s ", i, a)
	form := p.pick("(%s (- %s 1)", "(cons 0 (%s (- %s 1)", "(begin 1 (%s (- %s 1)")
	p.write(form, l, i)
	// the counter is not in scope: nobody assigns it
	p.bind([]string{a}, func() { p.exprs(1, d) })
	p.b.WriteString(strings.Repeat(")", strings.Count(form, "(")-1))
	p.b.WriteString("))")
}

// letrec writes two procedures that call each other a few times.
func (p *programmer) letrec(d int) {
	f, g, x := p.name("f"), p.name("g"), p.name("x")
	p.write("(letrec ((%s (lambda (n %s) (if (< n 1)", f, x)
	p.bind([]string{x}, func() { p.exprs(1, d) })
	p.write(" (%s (- n 1) %s)))) (%s (lambda (n %s) (if (< n 1) %s (list (%s (- n 1)", g, x, g, x, x, f)
	p.bind([]string{x}, func() { p.exprs(1, d) })
	p.write(")))))) %s", p.pick("", "(begin "+f+" 0) "))
	p.write("(%s %d", f, p.r.IntN(4))
	p.exprs(1, d)
	p.b.WriteString("))")
}

func (p *programmer) lambda(d int) {
	x := p.name("x")
	p.write("(lambda (%s . rest)", x)
	p.bind([]string{x, "rest"}, func() { p.exprs(1, d) })
	p.b.WriteByte(')')
}

func (p *programmer) call(d int) {
	if len(p.procs) == 0 || p.r.IntN(4) == 0 {
		if len(p.vars) == 0 {
			p.atom()
			return
		}
		p.write("(let ((p %s)) (if (and (procedure? p) (> fuel 0)) (begin (set! fuel (- fuel 1)) (p", p.vars[p.r.IntN(len(p.vars))])
		p.exprs(1, d)
		p.b.WriteString(")) 'none))")
		return
	}
	f := p.procs[p.r.IntN(len(p.procs))]
	n := f.params
	if f.rest {
		n += p.r.IntN(4)
	}
	if p.r.IntN(30) == 0 {
		n++ // an error
	}
	form := p.pick("(%s", "(%s", "(apply %s")
	p.write(form, f.name)
	p.exprs(n, d)
	if strings.HasPrefix(form, "(apply") {
		p.b.WriteString(" '()")
	}
	p.b.WriteByte(')')
}

// program writes definitions and expressions whose values are printed.
func (p *programmer) program() string {
	p.write("(define fuel 40)\n")
	for range 3 + p.r.IntN(4) {
		f := proc{p.name("proc"), p.r.IntN(6), p.r.IntN(4) == 0}
		var params []string
		for range f.params {
			params = append(params, p.name("p"))
		}
		head := append([]string{f.name}, params...)
		if f.rest {
			params = append(params, "more")
			head = append(head, ".", "more")
		}
		p.procs = append(p.procs, f) // it may call itself
		p.write("(define (%s)\n  (if (< fuel 1) 'tired (begin (set! fuel (- fuel 1))", strings.Join(head, " "))
		p.bind(params, func() { p.exprs(1+p.r.IntN(2), 4) })
		p.b.WriteString(")))\n")
		g := p.name("global")
		p.write("(define %s (guard (e (#t 'bad))", g)
		p.exprs(1, 1)
		p.b.WriteString("))\n")
		p.vars = append(p.vars, g)
	}
	for range 3 {
		p.write("(set! fuel 40)\n(write (guard (e (#t (list 'error (if (error-object? e) (condition/report-string e) e))))")
		p.exprs(1, 5)
		p.b.WriteString("))\n(newline)\n")
	}
	return p.b.String()
}

func randomProgram(seed uint64) string {
	return (&programmer{r: rand.New(rand.NewPCG(seed, 3))}).program()
}

// result runs a program and returns what it prints.
func result(t *testing.T, program string, o scheme.Options, whole bool) string {
	t.Helper()
	var out strings.Builder
	o.Out, o.Closed = &out, whole
	s, err := scheme.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if whole {
		err = s.Run("program", program)
	} else {
		err = s.Eval("program", 1, program, nil)
	}
	if err != nil {
		out.WriteString("\nerror: " + err.Error())
	}
	return out.String()
}

func testRandom(t *testing.T, seed uint64) {
	program := randomProgram(seed)
	want := result(t, program, scheme.Options{Verify: true}, true)
	if strings.Contains(want, "\nerror: ") {
		t.Fatalf("seed %d: %s\n%s", seed, want, short(program))
	}
	for i, o := range []scheme.Options{
		{},
		{Heap: gc.Config{Nursery: 64 << 10, MaxNursery: 64 << 10, Verify: true}},
		{Polls: true, Heap: gc.Config{Stress: true}},
	} {
		if got := result(t, program, o, i > 0); got != want {
			t.Fatalf("seed %d, mode %d:\n%s\nexpected\n%s\n%s", seed, i, got, want, short(program))
		}
	}
}

// short is the start of a program.
func short(program string) string { return program[:min(len(program), 3000)] }

func TestRandomPrograms(t *testing.T) {
	for seed := range uint64(6) {
		testRandom(t, seed)
	}
}

func FuzzRandomPrograms(f *testing.F) {
	f.Add(uint64(100))
	f.Fuzz(func(t *testing.T, seed uint64) { testRandom(t, seed) })
}
