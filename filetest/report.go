package filetest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"davit/ir/text"
)

// Failure is an unmet expectation, or a mistake in a file.
type Failure struct {
	Line int    // in the file, from 1; 0: unknown
	Col  int    // in bytes, from 1; 0: unknown
	Msg  string // may have several lines
}

// Error returns the message, after the line if there is one.
func (f *Failure) Error() string {
	switch {
	case f.Line == 0:
		return f.Msg
	case f.Col == 0:
		return fmt.Sprintf("%d: %s", f.Line, f.Msg)
	}
	return fmt.Sprintf("%d:%d: %s", f.Line, f.Col, f.Msg)
}

// at makes a failure with a position.
func at(pos text.Pos, msg string) *Failure { return &Failure{pos.Line, pos.Col, msg} }

// skipError says what a pair needs that this project lacks.
type skipError struct {
	reason string
	fn     *text.Function // that cannot be compiled, may be nil
	detail string         // the reason with the instruction
}

func (e *skipError) Error() string { return "not supported: " + e.reason }

// State is the outcome of a pair of test and target.
type State uint8

const (
	Passed  State = iota
	Failed        // an expectation is not met
	Skipped       // it needs what this project lacks
	NotHere       // it runs on another machine: neither work nor skip
	ignored
)

var stateNames = [...]string{"ok", "FAIL", "skip", "not here", "ignored"}

// String returns the word for the state in verbose reports.
func (s State) String() string { return stateNames[s] }

// Pair is a test and the target that it ran for.
type Pair struct {
	Test    string // the header line without its first word
	Target  string // likewise; empty if the test needs no target
	Line    int    // of the test in the file
	State   State
	Detail  string // Skipped, NotHere: why
	Elapsed time.Duration
}

func (p *Pair) name() string {
	if p.Target == "" {
		return "test " + p.Test
	}
	return "test " + p.Test + ", target " + p.Target
}

// PairFailure is a failure and the pair in which it arose.
type PairFailure struct {
	Pair string // as in "test run, target x86_64"; empty: the file as a whole
	Failure
}

// Result is the outcome of one file.
type Result struct {
	Path     string
	Pairs    []Pair
	Failures []PairFailure
	Reasons  []string // why the file is skipped
	Elapsed  time.Duration
	Rules    []uint64 // with Options.Coverage: how often each rule was used, by its number

	status State
}

// Status returns Passed, Failed or Skipped. A file with a failure has failed; one of which a pair needs what this project
// lacks, or that has pairs for other machines only, is skipped.
func (r *Result) Status() State { return r.status }

func (r *Result) skip(reason string) {
	if !slices.Contains(r.Reasons, reason) {
		r.Reasons = append(r.Reasons, reason)
	}
}

// fail enters an error: a list of failures, of errors with positions, or any other.
func (r *Result) fail(pair string, err error) {
	if list, ok := err.(text.ErrorList); ok {
		for _, e := range list {
			r.Failures = append(r.Failures, PairFailure{pair, *at(e.Pos, e.Msg)})
		}
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			r.fail(pair, e)
		}
		return
	}
	var f *Failure
	if !errors.As(err, &f) {
		f = &Failure{Msg: err.Error()}
	}
	r.Failures = append(r.Failures, PairFailure{pair, *f})
}

// settle computes the status from what has been entered.
func (r *Result) settle() {
	if r.status == ignored {
		return
	}
	worked := len(r.Pairs) == 0
	for _, p := range r.Pairs {
		switch p.State {
		case Skipped:
			r.skip(p.Detail)
		case Passed:
			worked = true
		}
	}
	if !worked && len(r.Reasons) == 0 {
		var other []string
		for _, p := range r.Pairs {
			if m := strings.TrimPrefix(p.Detail, "needs "); p.State == NotHere && !slices.Contains(other, m) {
				other = append(other, m)
			}
		}
		slices.Sort(other)
		r.skip("for other machines only: " + strings.Join(other, ", "))
	}
	switch {
	case len(r.Failures) > 0:
		r.status = Failed
	case len(r.Reasons) > 0:
		r.status = Skipped
	default:
		r.status = Passed
	}
}

// Report is the outcome of all files.
type Report struct{ Files []*Result }

// Counts returns how many files have passed, failed and been skipped.
func (r *Report) Counts() (passed, failed, skipped int) {
	var n [len(stateNames)]int
	for _, f := range r.Files {
		n[f.status]++
	}
	return n[Passed], n[Failed], n[Skipped]
}

// Write prints failures with file and line, skipped files by reason, and last the line "N passed, N failed, N skipped".
// Verbose reports start with a line for each pair of test and target.
func (r *Report) Write(w io.Writer, verbose bool) error {
	var b strings.Builder
	for _, f := range r.Files {
		if verbose {
			f.writePairs(&b)
		}
		for _, e := range f.Failures {
			b.WriteString("FAIL " + f.Path)
			if e.Line > 0 {
				fmt.Fprintf(&b, ":%d", e.Line)
			}
			if e.Col > 0 {
				fmt.Fprintf(&b, ":%d", e.Col)
			}
			if e.Pair != "" {
				b.WriteString(": " + e.Pair)
			}
			b.WriteString(": " + e.Msg + "\n")
		}
	}
	r.writeSkips(&b, verbose)
	passed, failed, skipped := r.Counts()
	fmt.Fprintf(&b, "%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Result) writePairs(b *strings.Builder) {
	fmt.Fprintf(b, "%s %s (%.3f s)\n", r.status, r.Path, r.Elapsed.Seconds())
	for i := range r.Pairs {
		p := &r.Pairs[i]
		fmt.Fprintf(b, "    %-8s %s", p.State, p.name())
		if p.Detail != "" {
			b.WriteString(": " + p.Detail)
		}
		b.WriteByte('\n')
	}
}

// maxListed bounds the files listed under a reason in a report that is not verbose.
const maxListed = 3

// writeSkips lists the skipped files by reason, the most frequent first. A file stands under its first reason.
func (r *Report) writeSkips(b *strings.Builder, verbose bool) {
	type group struct {
		reason string
		files  []string
	}
	var groups []group
	for _, f := range r.Files {
		if f.status != Skipped {
			continue
		}
		i := slices.IndexFunc(groups, func(g group) bool { return g.reason == f.Reasons[0] })
		if i < 0 {
			i = len(groups)
			groups = append(groups, group{reason: f.Reasons[0]})
		}
		groups[i].files = append(groups[i].files, f.Path)
	}
	slices.SortFunc(groups, func(a, b group) int {
		return cmp.Or(len(b.files)-len(a.files), strings.Compare(a.reason, b.reason))
	})
	for _, g := range groups {
		fmt.Fprintf(b, "skipped %d: %s\n", len(g.files), g.reason)
		n := len(g.files)
		if !verbose {
			n = min(n, maxListed)
		}
		for _, f := range g.files[:n] {
			b.WriteString("    " + f + "\n")
		}
		if n < len(g.files) {
			fmt.Fprintf(b, "    and %d more\n", len(g.files)-n)
		}
	}
}
