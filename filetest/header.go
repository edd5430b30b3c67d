package filetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"davit/ir/text"
	"davit/settings"
)

// command is a kind of test, the CMD of a header line "test CMD". A command without a run function is known but cannot
// be run.
type command struct {
	name     string
	options  []string
	verifies bool // every function is verified first
	needsISA bool // runs once per target
	run      func(j *job) error
}

// commands are in the order in which the tests of a file run, whatever the order of its header: those that transform
// nothing first, and of these those that accept functions that do not verify.
var commands = []command{
	{name: "cat", run: runCat},
	{name: "verifier", run: runVerifier},
	{name: "print-cfg", run: runPrintCFG},
	{name: "domtree", verifies: true, run: runDomtree},
	{name: "postdomtree", verifies: true, run: runPostdomtree},
	{name: "loops", verifies: true, run: runLoops},
	{name: "safepoint", options: []string{"precise-output"}, verifies: true, run: runSafepoint},
	{name: "unwind", verifies: true, needsISA: true},
	{name: "interpret", options: []string{"moving"}, verifies: true, run: runInterpret},
	{name: "run", verifies: true, needsISA: true, run: runRun},
	{name: "alias-analysis", verifies: true},
	{name: "optimize", options: []string{"precise-output"}, verifies: true, needsISA: true},
	{name: "inline", options: []string{"precise-output", "optimize"}, verifies: true, needsISA: true},
	{name: "compile", options: []string{"precise-output", "expect-fail"}, verifies: true, needsISA: true,
		run: runCompile},
}

func commandNamed(name string) *command {
	if i := slices.IndexFunc(commands, func(c command) bool { return c.name == name }); i >= 0 {
		return &commands[i]
	}
	return nil
}

// Commands returns the names of the test commands, in the order in which they run.
func Commands() []string {
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	return names
}

// test is a line "test CMD OPTIONS" of a header.
type test struct {
	*command
	options map[string]bool
	line    int
}

// String returns the line without its first word.
func (t *test) String() string {
	s := t.name
	for _, o := range t.command.options {
		if t.options[o] {
			s += " " + o
		}
	}
	return s
}

// target is a line "target TRIPLE FLAGS" of a header, with the settings that hold there.
type target struct {
	triple settings.Triple
	flags  settings.Flags
	words  []string // as in the file
	line   int
}

// String returns the line without its first word.
func (t *target) String() string { return strings.Join(t.words, " ") }

// header is what the lines before the first function say.
type header struct {
	tests   []test // sorted as commands are
	targets []target
	flags   settings.Flags // shared settings after the last line
}

// parseHeader reads the header of a file. add are settings, spelled as for [settings.Flags.Set], that override those of
// the file for every target that knows them. An error is a *Failure, or wraps
// settings.ErrUnsupportedArch; then the tests are right all the same.
func parseHeader(dirs []text.Directive, add []string) (*header, error) {
	h := &header{flags: settings.FiletestBaseline(settings.NoArch)}
	dangling := 0 // line of a set after the last target
	unsupported := error(nil)
	for _, d := range dirs {
		var err error
		switch d.Kind {
		case text.Test:
			err = h.addTest(d)
		case text.Set:
			dangling = d.Pos.Line
			for _, w := range d.Args {
				err = errors.Join(err, h.flags.SetShared(w))
			}
		case text.Target:
			dangling = 0
			err = h.addTarget(d, add)
		}
		if errors.Is(err, settings.ErrUnsupportedArch) {
			unsupported, err = err, nil
		}
		if err != nil {
			return nil, &Failure{Line: d.Pos.Line, Msg: err.Error()}
		}
	}
	switch {
	case unsupported != nil:
		return h, unsupported
	case len(h.tests) == 0:
		return nil, &Failure{Line: 1, Msg: "no test command: expected a line such as \"test run\" before the first function"}
	case dangling > 0 && len(h.targets) > 0:
		return nil, &Failure{Line: dangling, Msg: "dangling \"set\": it stands after the last \"target\", which it cannot affect"}
	}
	slices.SortStableFunc(h.tests, func(a, b test) int { return a.rank() - b.rank() })
	return h, applyAll(&h.flags, add)
}

// rank is the position of the test's command in the table.
func (t *test) rank() int {
	return slices.IndexFunc(commands, func(c command) bool { return c.name == t.name })
}

func (h *header) addTest(d text.Directive) error {
	if len(d.Args) == 0 {
		return fmt.Errorf("expected a test command, one of %s", strings.Join(Commands(), ", "))
	}
	c := commandNamed(d.Args[0])
	if c == nil {
		return fmt.Errorf("unknown test command %q, expected one of %s", d.Args[0], strings.Join(Commands(), ", "))
	}
	t := test{command: c, options: map[string]bool{}, line: d.Pos.Line}
	for _, o := range d.Args[1:] {
		if !slices.Contains(c.options, o) {
			if len(c.options) == 0 {
				return fmt.Errorf("unknown option %q: test %s has none", o, c.name)
			}
			return fmt.Errorf("unknown option %q of test %s, expected one of %s", o, c.name, strings.Join(c.options, ", "))
		}
		t.options[o] = true
	}
	h.tests = append(h.tests, t)
	return nil
}

func (h *header) addTarget(d text.Directive, add []string) error {
	if len(d.Args) == 0 {
		return errors.New("expected a target triple, such as x86_64")
	}
	triple, err := settings.ParseTriple(d.Args[0])
	if err != nil {
		return err
	}
	t := target{triple: triple, flags: h.flags, words: d.Args, line: d.Pos.Line}
	t.flags.SetArch(triple.Arch)
	for _, w := range d.Args[1:] {
		if err := t.flags.SetISA(w); err != nil {
			return err
		}
	}
	h.targets = append(h.targets, t)
	return applyAll(&h.targets[len(h.targets)-1].flags, add)
}

// applyAll applies settings that need not be known to the architecture of f.
func applyAll(f *settings.Flags, add []string) error {
	for _, w := range add {
		if err := f.Set(w); err != nil && !settings.IsUnknown(err) {
			return err
		}
	}
	return nil
}

// pair is a test with the target that it runs for.
type pair struct {
	test   *test
	target *target // nil: none
	flags  *settings.Flags
}

// pairs expands the tests: those that need an ISA once per target, the others once, with the settings of the last
// target, and with its ISA if it is the only one.
func (h *header) pairs() ([]pair, error) {
	var ps []pair
	for i := range h.tests {
		t := &h.tests[i]
		if t.needsISA {
			if len(h.targets) == 0 {
				return nil, &Failure{Line: t.line, Msg: fmt.Sprintf("test %s needs a target: expected a line such as \"target x86_64\"", t.name)}
			}
			for k := range h.targets {
				ps = append(ps, pair{t, &h.targets[k], &h.targets[k].flags})
			}
			continue
		}
		p := pair{test: t, flags: &h.flags}
		if n := len(h.targets); n > 0 {
			p.flags = &h.targets[n-1].flags
			if n == 1 {
				p.target = &h.targets[0]
			}
		}
		ps = append(ps, p)
	}
	return ps, nil
}
