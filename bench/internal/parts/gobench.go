package parts

import (
	"bufio"
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"davit/bench/internal/measure"
	"davit/bench/internal/report"
)

// benchmarks are Go benchmarks of the library whose results become tables of the report. A package adds itself here.
var benchmarks = []benchGroup{
	{
		title: "Calls, traps, walks (package jit)", pkg: "./jit", pattern: ".",
		units: []string{"ns/op", "allocs/op"},
	},
	{
		title: "Collection, beside Go's own collector on the same trees (package gc)", pkg: "./gc", pattern: ".",
		units: []string{"ns/op", "B/op"}, against: map[string]string{"Trees/heap": "Trees/go", "Heap/alloc": "Heap/alloc-go"},
	},
	{
		title: "Programs in Scheme, beside the same in Go on int64, in turns (examples/scheme)", pkg: "./examples/scheme", pattern: ".",
		units: []string{"ms/Scheme", "ms/Go", "x-Go"},
	},
}

// benchGroup is a table of benchmarks.
type benchGroup struct {
	title   string
	pkg     string   // relative to the library
	pattern string   // of -bench
	units   []string // the columns: what the benchmarks report, such as ns/op; x-... are ratios
	// against names, for a benchmark, another one that it is compared with: the last column is the ratio of their first units.
	against map[string]string
}

// Benchmarks runs benchmarks of the library and tabulates what they report.
func Benchmarks(e *Env) (*report.Section, error) {
	s := &report.Section{Title: "Go benchmarks", Text: "The least of several runs of `go test -bench`, of ratios the median. `bench/compare` compares two commits."}
	for _, g := range benchmarks {
		e.logf("go test -bench %s %s", g.pattern, g.pkg)
		t, err := g.run(e)
		if err != nil {
			s.Missing = append(s.Missing, fmt.Sprintf("%s: %v", g.title, err))
			continue
		}
		s.Items = append(s.Items, t)
	}
	return s, nil
}

// run runs the benchmarks of a group.
func (g *benchGroup) run(e *Env) (*report.Table, error) {
	args := []string{"test", "-run", "^$", "-bench", g.pattern, "-benchmem", "-count", strconv.Itoa(e.pick(5, 1))}
	if e.Quick {
		args = append(args, "-benchtime", "20ms")
	}
	cmd := exec.Command("go", append(args, g.pkg)...)
	cmd.Dir = e.Root
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	names, results := parseBench(out)
	t := &report.Table{Title: g.title, Head: append([]string{"benchmark"}, g.units...)}
	if g.against != nil {
		t.Head = append(t.Head, "ratio")
	}
	for _, name := range names {
		row := []any{name}
		for _, u := range g.units {
			if strings.HasPrefix(u, "x-") {
				row = append(row, results[name][u].Median())
			} else {
				row = append(row, results[name][u].Min())
			}
		}
		if other, ok := g.against[name]; ok {
			u := g.units[0]
			row = append(row, fmt.Sprintf("%.2f of %s", results[name][u].Min()/results[other][u].Min(), other))
		} else if g.against != nil {
			row = append(row, "")
		}
		t.Add(row...)
	}
	return t, nil
}

// parseBench reads the output of go test -bench: the names in order, without "Benchmark" and the number of processors,
// and per name and unit the values.
func parseBench(out []byte) (names []string, results map[string]map[string]measure.Sample) {
	results = map[string]map[string]measure.Sample{}
	for sc := bufio.NewScanner(bytes.NewReader(out)); sc.Scan(); {
		f := strings.Fields(sc.Text())
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(f[0], "Benchmark")
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			if _, err := strconv.Atoi(name[i+1:]); err == nil {
				name = name[:i]
			}
		}
		if results[name] == nil {
			results[name] = map[string]measure.Sample{}
			names = append(names, name)
		}
		for pair := range slices.Chunk(f[2:], 2) {
			if x, err := strconv.ParseFloat(pair[0], 64); err == nil && len(pair) == 2 {
				results[name][pair[1]] = append(results[name][pair[1]], x)
			}
		}
	}
	return names, results
}
