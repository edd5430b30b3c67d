package parts

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"davit/bench/internal/inputs"
	"davit/bench/internal/measure"
	"davit/bench/internal/peer"
	"davit/bench/internal/report"
	"davit/compile"
)

// side is a compiler with settings that takes part in a comparison.
type side struct {
	name   string
	pass   func(count bool) (*work, error)
	once   []string // command line that does the work in a process of its own, without the list
	passes []*work
	counts *work // of a pass that counts allocations
}

// sample returns what get finds in the passes.
func (s *side) sample(get func(*work) float64) measure.Sample {
	var out measure.Sample
	for _, w := range s.passes {
		out = append(out, get(w))
	}
	return out
}

func (s *side) phase(name string) measure.Sample {
	return s.sample(func(w *work) float64 { return w.ns[name] })
}

// calm is the pass that other load disturbed least. Its phases add up, while the least of each would not.
func (s *side) calm() *work {
	return slices.MaxFunc(s.passes, func(x, y *work) int { return cmp.Compare(x.share, y.share) })
}

// Compiling measures the compilers over the corpus: how fast, how much memory, how much code.
func Compiling(e *Env) (*report.Section, error) {
	s := &report.Section{Title: "Compile", Text: `
All functions are parsed, verified and compiled on one processor, in turns with Cranelift on the same files: plain x86-64
without extensions, frame pointers kept, verification apart. Times are processor times of the process, the garbage
collector's included; ratios are medians over the rounds with their quartiles, above 1 where Davit is faster or takes less.
"single pass" is Cranelift with its fast register allocator, whose code is larger.`}
	if e.Corpus == "" {
		s.Missing = append(s.Missing, "real programs and file tests: there is no corpus beside the sources (../shared/corpus)")
		return s, nil
	}
	t, err := inputs.Target()
	if err != nil {
		return nil, err
	}
	for _, set := range []struct{ name, dir string }{{"Real programs", "real"}, {"File tests", "filetests"}} {
		files, err := inputs.Read(filepath.Join(e.Corpus, set.dir))
		if err != nil {
			return nil, err
		}
		if err := e.compare(s, set.name, inputs.Compilable(files, t)); err != nil {
			return nil, err
		}
	}
	sizes, err := codeSizes(e)
	if err != nil {
		return nil, err
	}
	s.Items = append(s.Items, sizes)
	return s, nil
}

// sides returns the compilers that can be had, for files.
func (e *Env) sides(s *report.Section, files []inputs.File, list string) ([]*side, error) {
	once, err := e.build("once")
	if err != nil {
		return nil, err
	}
	var sides []*side
	for _, l := range levels() {
		t, err := inputs.Target(l.settings...)
		if err != nil {
			return nil, err
		}
		d := &davit{files: files, target: t}
		sides = append(sides, &side{
			name: l.name, pass: func(bool) (*work, error) { return d.pass() }, once: append([]string{once, list}, l.settings...),
		})
	}
	p, err := e.Cranelift()
	if err != nil {
		s.Missing = append(s.Missing, "Cranelift: "+err.Error())
		return sides, nil
	}
	if _, err := p.Ask("load %s", list); err != nil {
		return nil, err
	}
	path := craneliftPath(e)
	for _, l := range craneliftLevels {
		sides = append(sides, &side{
			name: l.name,
			pass: func(count bool) (*work, error) { return craneliftPass(p, l.settings, count) },
			once: append([]string{path, "once", list}, strings.Fields(l.settings)...),
		})
	}
	return sides, nil
}

// level is a way to compile with Davit.
type level struct {
	name     string
	settings []string
}

// levels are the ways to compile with Davit: with an optimizer as soon as there is one.
func levels() []level {
	ls := []level{{"Davit", nil}, {"Davit single pass", []string{"regalloc_algorithm=single_pass"}}}
	for p := range len(compile.Context{}.Times) {
		if compile.Phase(p).String() == "optimize" {
			ls = append(ls, level{"Davit speed", []string{"opt_level=speed"}})
		}
	}
	return ls
}

// craneliftLevels are the ways to compile with Cranelift.
var craneliftLevels = []struct{ name, settings string }{
	{"Cranelift none", "opt_level=none"},
	{"Cranelift speed", "opt_level=speed"},
	{"Cranelift single pass", "opt_level=none regalloc_algorithm=single_pass"},
}

// compare measures all sides over files and adds the tables.
func (e *Env) compare(s *report.Section, title string, files []inputs.File) error {
	list, err := inputs.WriteList(files, e.Temp)
	if err != nil {
		return err
	}
	sides, err := e.sides(s, files, list)
	if err != nil {
		return err
	}
	e.logf("compile: %s, %d files", strings.ToLower(title), len(files))
	var turns []func() error
	for _, sd := range sides {
		turns = append(turns, func() error {
			w, err := sd.pass(false)
			sd.passes = append(sd.passes, w)
			return err
		})
	}
	if err := measure.TakeTurns(e.pick(11, 3), turns...); err != nil {
		return err
	}
	for _, sd := range sides {
		if sd.counts, err = sd.pass(true); err != nil {
			return err
		}
	}
	w := sides[0].passes[0]
	s.Items = append(s.Items, throughputTable(title, sides), phaseTable(sides), phasePlot(title, sides))
	mem, err := memoryTable(sides)
	if err != nil {
		return err
	}
	mem.Note = fmt.Sprintf("%d files, %d functions, %d instructions. Peak memory is of a process that reads, parses and compiles "+
		"file after file.", len(files), w.funcs, w.insts)
	for _, sd := range sides[1:] {
		if f := sd.passes[0].failed; f > 0 {
			mem.Note += fmt.Sprintf(" %s cannot compile %d of the functions.", sd.name, f)
		}
	}
	s.Items = append(s.Items, mem)
	return nil
}

func throughputTable(title string, sides []*side) *report.Table {
	t := &report.Table{Title: title, Head: []string{"compiler", "instructions/s", "code bytes/s", "code bytes", "Davit's code", "Davit faster", "at parsing", "at verifying"}}
	own := sides[0]
	for _, sd := range sides {
		ns := sd.phase("compile").Min()
		w := sd.passes[0]
		ratio := func(phase string) any {
			if sd == own {
				return ""
			}
			return sd.phase(phase).Over(own.phase(phase))
		}
		code := any("")
		if sd != own {
			code = float64(own.passes[0].code) / float64(w.code)
		}
		t.Add(sd.name, float64(w.insts)/ns*1e9, float64(w.code)/ns*1e9, float64(w.code), code, ratio("compile"), ratio("parse"), ratio("verify"))
	}
	return t
}

func phaseTable(sides []*side) *report.Table {
	t := &report.Table{Head: append(append([]string{"nanoseconds per instruction"}, phases...), "compile")}
	for _, sd := range sides {
		row := []any{sd.name}
		for _, p := range append(append([]string{}, phases...), "compile") {
			row = append(row, perInst(sd.calm(), p))
		}
		t.Add(row...)
	}
	t.Note = "\"compile\" is all but parsing and verifying, and has what no phase accounts for."
	return t
}

func phasePlot(title string, sides []*side) *report.Plot {
	p := &report.Plot{
		Name:  "phases-" + strings.ReplaceAll(strings.ToLower(title), " ", "-"),
		Title: title + ": time by phase", Y: "ns per instruction", Labels: phases,
	}
	for _, sd := range sides {
		bars := report.Series{Name: sd.name}
		for _, ph := range phases {
			bars.Y = append(bars.Y, perInst(sd.calm(), ph))
		}
		p.Bars = append(p.Bars, bars)
	}
	return p
}

func memoryTable(sides []*side) (*report.Table, error) {
	t := &report.Table{Head: []string{"memory", "parse, bytes/instruction", "compile, bytes/instruction", "allocations/1000 instructions", "peak, MB", "peak with GOGC=25"}}
	for _, sd := range sides {
		peak, err := peakMemory(sd.once)
		if err != nil {
			return nil, err
		}
		var lean any = ""
		if strings.HasPrefix(sd.name, "Davit") {
			if lean, err = peakMemory(append([]string{"env", "GOGC=25"}, sd.once...)); err != nil {
				return nil, err
			}
		}
		w, n := sd.counts, float64(sd.counts.insts)
		t.Add(sd.name, w.parseBytes/n, w.bytes/n, 1000*w.calls/n, peak, lean)
	}
	return t, nil
}

// peakMemory runs a command three times and returns the least of its peaks in megabytes, NaN if it does not say.
func peakMemory(command []string) (float64, error) {
	var s measure.Sample
	for range 3 {
		r, err := peer.Once(command...)
		if err != nil {
			return 0, err
		}
		if peak := r.Float("peak"); peak > 0 {
			s = append(s, peak/1e6)
		}
	}
	return s.Min(), nil
}
