package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"davit/engine"
	"davit/gc"
	"davit/ir"
	"davit/jit"
	"davit/settings"
)

// extensions are what later chapters add to a system before programs are compiled.
var extensions []func(s *system) error

// system is what a program needs to run.
type system struct {
	*compiler
	out io.Writer
}

func newSystem(out io.Writer, stress bool) (*system, error) {
	flags := settings.Native()
	flags.SetBool(settings.EnablePinnedReg, true)
	flags.SetStackMapChecker(settings.CheckAllMaps)
	e, err := engine.New(&flags, jit.StackSize(256<<20))
	if err != nil {
		return nil, err
	}
	h, err := gc.New(spec, gc.Config{Stress: stress, Verify: stress})
	if err != nil {
		return nil, err
	}
	s := &system{newCompiler(e, h, stress), out}
	err = gc.Define(e.Module)
	for _, x := range extensions {
		if err == nil {
			err = x(s)
		}
	}
	return s, err
}

func (s *system) close() {
	s.engine.Close()
	s.heap.Close()
}

// run compiles a program, calls its function main, and prints what that returns.
func (s *system) run(text string) (err error) {
	defer func() {
		if e, ok := recover().(*Error); ok {
			err = e
		}
	}()
	program, err := read(text)
	if err != nil {
		return err
	}
	s.program(program)
	s.entry()
	if err := s.engine.Link(); err != nil {
		return err
	}
	main, err := s.engine.Module.Lookup("entry")
	if err != nil {
		return err
	}
	words := []uint64{uint64(s.heap.Context())}
	if err := s.heap.Call(main, words); err != nil {
		return explain(err)
	}
	fmt.Fprintln(s.out, show(s.heap, gc.Word(words[0])))
	return nil
}

// program compiles definitions: (define (name parameter …) body).
func (s *system) program(program []Expr) {
	defs := make([]*List, len(program))
	heads := make([][]Symbol, len(program))
	for i, e := range program {
		l, ok := e.(*List)
		if !ok || len(l.Items) != 3 || l.Items[0] != Symbol("define") {
			fail(1, "a program consists of (define (name parameter …) body)")
		}
		head, _ := l.Items[1].(*List)
		if head == nil || len(head.Items) == 0 {
			fail(l.Line, "expected (define (name parameter …) body)")
		}
		defs[i], heads[i] = l, symbols(head.Items, l.Line)
		s.params[heads[i][0]] = len(heads[i]) - 1
	}
	for i, l := range defs {
		s.build(string(heads[i][0]), heads[i][1:], func(f *function) {
			f.b.SetSrcLoc(uint32(l.Line))
			f.tail(l.Items[2])
		})
	}
	for len(s.later) > 0 {
		next := s.later[0]
		s.later = s.later[1:]
		next()
	}
}

func symbols(es []Expr, line int) []Symbol {
	names := make([]Symbol, len(es))
	for i, e := range es {
		name, ok := e.(Symbol)
		if !ok {
			fail(line, "%v is not a name", e)
		}
		names[i] = name
	}
	return names
}

// entry makes the function that Go calls: it puts the context of the heap into the pinned register and calls main.
func (s *system) entry() {
	if n, ok := s.params["main"]; !ok || n != 0 {
		fail(1, "the program has no function main without parameters")
	}
	s.begin("entry", signature(1, ir.SystemV))
	context := s.b.AppendFuncParams(s.b.CurrentBlock())[0]
	s.b.SetPinnedReg(context)
	main := s.b.ImportFunction("main", s.b.ImportSignature(signature(0, ir.Tail)))
	s.b.Return(s.b.Result(s.b.Call(main)))
	s.end()
}

// explain gives errors at run time a line of the program.
func explain(err error) error {
	var trap *jit.Trap
	if errors.As(err, &trap) && trap.Code == jit.StackOverflow {
		for _, l := range trap.Backtrace {
			if l.Source != jit.NoSource {
				return &Error{int(l.Source), "the recursion is too deep"}
			}
		}
	}
	return err
}

func main() {
	stress := flag.Bool("stress", false, "move every object at every safepoint")
	flag.Parse()
	text, err := os.ReadFile(flag.Arg(0))
	if err == nil {
		var s *system
		if s, err = newSystem(os.Stdout, *stress); err == nil {
			err = s.run(string(text))
			s.close()
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
