// Package scheme puts reader, expander, compiler and run-time system together.
package scheme

import (
	"context"
	_ "embed"
	"errors"
	"io"
	"os"
	"path/filepath"

	"davit/examples/scheme/internal/compile"
	"davit/examples/scheme/internal/expand"
	"davit/examples/scheme/internal/rt"
	"davit/examples/scheme/internal/syntax"
	"davit/gc"
	"davit/ir"
)

//go:embed library.scm
var library string

// Options steer a system.
type Options struct {
	Heap gc.Config
	// Polls puts safepoints everywhere: see compile.Options.
	Polls bool
	// Closed says that Run is called once, with a whole program.
	Closed  bool
	Verify  bool
	Stack   int // bytes; 0 stands for 512 MiB
	Inspect func(f *ir.Func) error
	Args    []string // command line of the program

	In          io.Reader // nil: nothing
	Out, Errout io.Writer // nil: nowhere
}

const defaultStack = 512 << 20

// System runs programs. It must not be used by two goroutines at once.
type System struct {
	locs    syntax.Locs
	machine *rt.Machine
	comp    *compile.Compiler
	exp     *expand.Expander
	ctx     context.Context
}

// New makes a system.
func New(opts Options) (*System, error) {
	if opts.In == nil {
		opts.In = eof{}
	}
	for _, w := range []*io.Writer{&opts.Out, &opts.Errout} {
		if *w == nil {
			*w = io.Discard
		}
	}
	if opts.Stack == 0 {
		opts.Stack = defaultStack
	}
	if opts.Heap.Roots == 0 {
		opts.Heap.Roots = 1 << 16
	}
	s := &System{ctx: context.Background()}
	forms, err := readAll(&s.locs, "library", library)
	if err != nil {
		return nil, err
	}
	if s.exp, err = expand.New(&s.locs, forms); err != nil {
		return nil, err
	}
	s.exp.Closed, s.exp.Include = opts.Closed, s.include
	s.machine, err = rt.New(rt.Config{Heap: opts.Heap, In: opts.In, Out: opts.Out, Errout: opts.Errout, Locs: &s.locs})
	if err != nil {
		return nil, err
	}
	s.machine.Args, s.machine.Library, s.machine.ProcOf = opts.Args, 0, s.exp.ProcOf
	s.comp, err = compile.New(s.machine, compile.Options{Polls: opts.Polls, Closed: opts.Closed, Verify: opts.Verify,
		Stack: opts.Stack, Inspect: opts.Inspect})
	if err == nil {
		err = s.boot()
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// SetContext sets a context that stops what runs from now on.
func (s *System) SetContext(ctx context.Context) { s.ctx = ctx }

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// boot compiles what compiled code relies on.
func (s *System) boot() error {
	u, err := s.exp.Require("raise")
	if err != nil {
		return err
	}
	_, err = s.run(u)
	return err
}

// Close frees heap and code. Output is flushed.
func (s *System) Close() error {
	var err error
	if s.comp != nil {
		err = s.comp.Close()
	}
	if s.machine != nil {
		if e := s.machine.Close(); err == nil {
			err = e
		}
	}
	return err
}

// Heap returns the heap of the system.
func (s *System) Heap() *gc.Heap { return s.machine.Heap }

func readAll(locs *syntax.Locs, name, text string) ([]syntax.Form, error) {
	r := syntax.NewReader(locs, locs.File(name), text)
	var forms []syntax.Form
	for {
		f, err := r.ReadForm()
		if err != nil {
			return nil, err
		}
		if f.Datum == (syntax.EOF{}) {
			return forms, nil
		}
		forms = append(forms, f)
	}
}

// include reads a file for (include "file").
func (s *System) include(name string) ([]syntax.Form, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return readAll(&s.locs, name, string(text))
}

// Run runs the text of a program as one unit. Errors are *syntax.Error, *rt.Error, *rt.Exit, and those of jit and gc.
func (s *System) Run(name, text string) error {
	forms, err := readAll(&s.locs, filepath.ToSlash(name), text)
	if err != nil {
		return err
	}
	u, err := s.exp.Unit(forms)
	if err != nil {
		return err
	}
	_, err = s.run(u)
	var exit *rt.Exit
	if e := s.machine.Flush(); e != nil && (err == nil || errors.As(err, &exit)) {
		return e
	}
	return err
}

// Prepare compiles the text of a unit and returns a function that evaluates its forms, as often as it is called.
func (s *System) Prepare(name, text string) (func() error, error) {
	forms, err := readAll(&s.locs, name, text)
	if err != nil {
		return nil, err
	}
	u, err := s.exp.Unit(forms)
	if err != nil {
		return nil, err
	}
	p, err := s.comp.Unit(u)
	if err != nil {
		return nil, err
	}
	for _, f := range p.Inits {
		if _, err := p.Run(s.ctx, f); err != nil {
			return nil, s.machine.Explain(err)
		}
	}
	return func() error {
		for _, f := range p.Forms {
			if _, err := p.Run(s.ctx, f); err != nil {
				return s.machine.Explain(err)
			}
		}
		return nil
	}, nil
}

// run compiles and runs a unit and returns the value of its last form.
func (s *System) run(u *expand.Unit) (gc.Word, error) {
	p, err := s.comp.Unit(u)
	if err != nil {
		return 0, err
	}
	value := rt.Unspecified
	for _, f := range append(p.Inits, p.Forms...) {
		if value, err = p.Run(s.ctx, f); err != nil {
			return 0, s.machine.Explain(err)
		}
	}
	return value, nil
}

// abort leaves the dynamic extents that a form was in when an error ended it. What they have to say may fail in turn, but then
// they are gone.
func (s *System) abort() {
	ctx := s.ctx
	s.ctx = context.Background()
	defer func() { s.ctx = ctx }()
	for range 1000 {
		u, err := s.exp.Call("%abort")
		if err == nil {
			_, err = s.run(u)
		}
		if err == nil {
			return
		}
	}
}

// Eval runs the forms in a text one after the other, each as a unit, and calls show with the values that are worth showing,
// as they are written. The text is at some line of a larger one.
func (s *System) Eval(name string, line int, text string, show func(value string)) error {
	r := syntax.NewReader(&s.locs, s.locs.File(name), text)
	r.SetLine(line)
	for {
		f, err := r.ReadForm()
		if err != nil || f.Datum == (syntax.EOF{}) {
			return err
		}
		u, err := s.exp.Unit([]syntax.Form{f})
		if err != nil {
			return err
		}
		v, err := s.run(u)
		var exit *rt.Exit
		if err != nil && !errors.As(err, &exit) {
			s.abort()
		}
		if e := s.machine.Flush(); err == nil {
			err = e
		}
		if err != nil {
			return err
		}
		if show == nil {
			continue
		}
		for _, text := range s.machine.ShowValues(v) {
			show(text)
		}
	}
}

// Describe returns an error as a user wants to see it, with the backtrace if there is one.
func Describe(err error) string {
	text := "error: " + err.Error()
	var e *rt.Error
	if errors.As(err, &e) {
		for _, line := range e.Backtrace {
			text += "\n    in " + line
		}
	}
	return text
}
