package main

import (
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// reasons says why certain functions are larger than those of the other compiler by more than a quarter: lines of a
// file, a function and the reason.
//
//go:embed reasons.txt
var reasons string

// reasonLimit is the ratio above which a function needs a reason.
const reasonLimit = 1.25

// outlierShare is the share of all bytes from which on a function distorts the sums, which are then printed without it
// as well.
const outlierShare = 0.1

// parseReasons returns the reasons by file and function.
func parseReasons(src string) (map[[2]string]string, error) {
	m := map[[2]string]string{}
	for line := range strings.Lines(src) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		ws := strings.SplitN(line, " ", 3)
		if len(ws) < 3 {
			return nil, fmt.Errorf("reasons.txt: want a file, a function and a reason: %q", line)
		}
		m[[2]string{ws[0], ws[1]}] = ws[2]
	}
	return m, nil
}

// sums adds up rows.
type sums struct {
	n                     int
	bytes, ours           float64
	logBytes              float64
	nInsts                int
	insts, ourInsts       float64
	logInsts              float64
	big                   int
	bigBytes, ourBigBytes float64
}

func (s *sums) add(r *row) {
	s.n++
	s.bytes, s.ours, s.logBytes = s.bytes+r.bytes, s.ours+r.ourBytes, s.logBytes+math.Log(r.ratio())
	if r.insts > 0 {
		s.nInsts++
		s.insts, s.ourInsts, s.logInsts = s.insts+r.insts, s.ourInsts+r.ourInsts, s.logInsts+math.Log(r.ourInsts/r.insts)
	}
	if r.bytes > 64 {
		s.big++
		s.bigBytes, s.ourBigBytes = s.bigBytes+r.bytes, s.ourBigBytes+r.ourBytes
	}
}

// figures are the sums under the names that limits refer to.
func (s *sums) figures() map[string]float64 {
	return map[string]float64{
		"bytes, geometric mean":        math.Exp(s.logBytes / float64(s.n)),
		"bytes, sum":                   s.ours / s.bytes,
		"bytes, sum above 64":          s.ourBigBytes / s.bigBytes,
		"instructions, geometric mean": math.Exp(s.logInsts / float64(s.nInsts)),
	}
}

func (s *sums) print(w io.Writer, title string) {
	fmt.Fprintf(w, "  %-22s %6s %12s %12s  %6s  %s\n", title, "count", "reference", "ours", "ratio", "geometric mean")
	line := func(name string, n int, ref, ours, log float64) {
		if n == 0 {
			return
		}
		fmt.Fprintf(w, "    %-20s %6d %12.0f %12.0f  %6.3f", name, n, ref, ours, ours/ref)
		if log != 0 {
			fmt.Fprintf(w, "  %.3f", math.Exp(log/float64(n)))
		}
		fmt.Fprintln(w)
	}
	line("bytes", s.n, s.bytes, s.ours, s.logBytes)
	line("bytes, above 64", s.big, s.bigBytes, s.ourBigBytes, 0)
	line("instructions", s.nInsts, s.insts, s.ourInsts, s.logInsts)
}

// report prints a table and returns how many limits are exceeded and how many reasons are missing.
func report(w io.Writer, o options, t *table, rows []row, why map[[2]string]string) (bad int) {
	fmt.Fprintf(w, "== %s\n", t.title)
	if len(rows) == 0 {
		fmt.Fprintln(w, "  no function was compiled")
		return 0
	}
	var all, rest sums
	for i := range rows {
		all.add(&rows[i])
	}
	var outliers []string
	for i := range rows {
		if r := &rows[i]; r.bytes > outlierShare*all.bytes && len(rows) > 1 {
			outliers = append(outliers, r.file+" "+r.name)
			continue
		}
		rest.add(&rows[i])
	}
	all.print(w, "all functions")
	if len(outliers) > 0 && rest.n > 0 {
		rest.print(w, "without outliers")
		fmt.Fprintf(w, "    outliers: %s\n", strings.Join(outliers, ", "))
	}
	folders(w, rows)
	for _, l := range t.limits {
		got, verdict := rest.figures()[l.figure], "ok"
		if got > l.max {
			verdict = "EXCEEDED"
			bad++
		}
		fmt.Fprintf(w, "  bound: %s (without outliers) %.3f, at most %.2f: %s\n", l.figure, got, l.max, verdict)
	}
	slices.SortStableFunc(rows, func(x, y row) int { return cmp.Compare(y.ratio(), x.ratio()) })
	return bad + extremes(w, o, rows, why)
}

// folders prints the figures by the first part of the path.
func folders(w io.Writer, rows []row) {
	by := map[string]*sums{}
	for i := range rows {
		name, _, _ := strings.Cut(rows[i].file, "/")
		if by[name] == nil {
			by[name] = &sums{}
		}
		by[name].add(&rows[i])
	}
	for _, name := range sortedKeys(by) {
		s := by[name]
		fmt.Fprintf(w, "    in %-17s %6d %12.0f %12.0f  %6.3f  %.3f\n", name, s.n, s.bytes, s.ours, s.ours/s.bytes, math.Exp(s.logBytes/float64(s.n)))
	}
}

// extremes lists the functions at both ends, and all that are larger by more than reasonLimit with their reasons. It returns
// how many reasons are missing.
func extremes(w io.Writer, o options, rows []row, why map[[2]string]string) (missing int) {
	fmt.Fprintln(w, "  largest:")
	for i := range rows {
		r := &rows[i]
		needs := r.ratio() > reasonLimit
		if i >= o.n && !needs {
			break
		}
		printRow(w, r)
		if !needs {
			continue
		}
		text, ok := why[[2]string{r.file, r.name}]
		if !ok {
			text = "NO REASON IS GIVEN"
			missing++
		}
		fmt.Fprintf(w, "          %s\n", text)
	}
	fmt.Fprintln(w, "  smallest:")
	for i := max(0, len(rows)-o.n); i < len(rows); i++ {
		printRow(w, &rows[i])
	}
	return missing
}

func printRow(w io.Writer, r *row) {
	fmt.Fprintf(w, "    %.2f  %5.0f of %5.0f bytes  %s %s\n", r.ratio(), r.ourBytes, r.bytes, r.file, r.name)
}
