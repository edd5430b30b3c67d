package fuzz

import (
	"context"
	"fmt"
	"strings"

	"davit/internal/difftest"
)

// Target is a part of the program that is tested.
type Target struct {
	Name  string
	About string // in one line
	new   func(c Config) (runner, error)
}

// runner tests one input after the other.
type runner interface {
	// source returns the input of a seed.
	source(seed uint64) []byte
	// run tests the input of a seed, and says how many units it was and what has gone wrong.
	run(ctx context.Context, seed uint64) (units int, f *Finding)
	// shrink makes a finding of run small. It calls progress for each candidate.
	shrink(ctx context.Context, f *Finding, progress func()) *Finding
}

// Config says what inputs are made of.
type Config struct {
	// Files are sources to be damaged. Random modules are used besides.
	Files [][]byte
	// Levels are the levels of the instruction set for target diff; none means all that the machine has.
	Levels []string
}

// Finding is an input on which something goes wrong.
type Finding struct {
	Seed    uint64
	Message string // what goes wrong, in one line or more
	Source  []byte // the input, as a file
	Trace   string // of a panic

	diff *difftest.Finding
}

// Targets are all targets.
var Targets = []Target{
	{"text", "printing and parsing again gives the same", onSources(newText)},
	{"verify", "the verifier and the passes never panic, and passes keep functions valid", onSources(newVerify)},
	{"interp", "the interpreter never fails", onSources(newInterp)},
	{"input", "any file goes through parser, printer, verifier, compiler and interpreter without panic and in bounded memory",
		onSources(newInput)},
	{"test", "any file goes through the file tests", onSources(newTest)},
	{"diff", "compiled code does what the interpreter does, for random modules with all features and settings", newDiff},
}

// NewTarget returns a target that tests damaged sources by a function, which says what goes wrong with one; nothing does if
// that is empty.
func NewTarget(name, about string, check func(src []byte) string) Target {
	return Target{name, about, onSources(func() (checker, error) {
		return func(src []byte, _ uint64) (string, string) { return check(src), "" }, nil
	})}
}

// TargetNamed returns a target.
func TargetNamed(name string) (Target, error) {
	var names []string
	for _, t := range Targets {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return Target{}, fmt.Errorf("unknown target %q, expected one of %s", name, strings.Join(names, ", "))
}

// Fuzzer runs a target. It serves one goroutine.
type Fuzzer struct {
	target Target
	runner runner
}

// New returns a Fuzzer.
func (t Target) New(c Config) (*Fuzzer, error) {
	r, err := t.new(c)
	return &Fuzzer{t, r}, err
}

// Run tests the input of a seed. units is the number of files or, for target diff, of functions. ctx stops compiled code.
func (f *Fuzzer) Run(ctx context.Context, seed uint64) (units int, found *Finding) {
	units, found = f.runner.run(ctx, seed)
	if found != nil {
		found.Seed = seed
	}
	return units, found
}

// Source returns the input of a seed as a file.
func (f *Fuzzer) Source(seed uint64) []byte { return f.runner.source(seed) }

// Shrink returns an input as small as possible on which the same goes wrong. It calls progress for each candidate. The
// finding must come from Run.
func (f *Fuzzer) Shrink(ctx context.Context, found *Finding, progress func()) *Finding {
	small := f.runner.shrink(ctx, found, progress)
	small.Seed = found.Seed
	return small
}

// String prints the finding as a file of CLIF with comments.
func (f *Finding) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "; seed %d: %s\n", f.Seed, strings.ReplaceAll(f.Message, "\n", "\n; "))
	for _, l := range strings.Split(strings.TrimSpace(f.Trace), "\n") {
		if l != "" {
			fmt.Fprintf(&b, ";; %s\n", l)
		}
	}
	b.Write(f.Source)
	return b.String()
}

// diffRunner compares random modules.
type diffRunner struct{ z *difftest.Fuzzer }

func newDiff(c Config) (runner, error) {
	z, err := difftest.NewFuzzer(c.Levels...)
	return &diffRunner{z}, err
}

func (d *diffRunner) source(seed uint64) []byte { return []byte(d.z.Module(seed).String()) }

func (d *diffRunner) run(ctx context.Context, seed uint64) (int, *Finding) {
	r := d.z.Run(ctx, seed)
	switch {
	case r.Lacking != "":
		return r.Functions, &Finding{Message: "taken for supported: " + r.Lacking, Source: d.source(seed)}
	case r.Finding == nil:
		return r.Functions, nil
	}
	return r.Functions, ofDiff(r.Finding)
}

func ofDiff(f *difftest.Finding) *Finding {
	return &Finding{Message: f.Message, Trace: f.Trace, Source: []byte(f.String()), diff: f}
}

func (d *diffRunner) shrink(ctx context.Context, f *Finding, progress func()) *Finding {
	if f.diff == nil {
		return f
	}
	small := *f.diff
	if err := small.Shrink(ctx, progress); err != nil {
		g := *f
		g.Message += "\n" + err.Error()
		return &g
	}
	return ofDiff(&small)
}
