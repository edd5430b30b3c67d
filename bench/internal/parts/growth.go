package parts

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"davit/bench/internal/inputs"
	"davit/bench/internal/measure"
	"davit/bench/internal/peer"
	"davit/bench/internal/report"
	"davit/compile"
)

const (
	// reference is the size from which growth is extrapolated.
	reference = 10_000
	// patience is how long a size may take at most if the peer is to be given one ten times as large.
	patience = 2 * time.Second
)

// Growth measures how compile time and memory grow with the size of a function, for functions of one kind each.
func Growth(e *Env) (*report.Section, error) {
	s := &report.Section{Title: "Growth", Text: `
Functions of one kind each, of 10 to 1,000,000 instructions, are compiled again and again; the least time counts, of each
phase too. "growth" is time or memory per instruction at the largest size over that at 10,000 instructions: 1 is linear.
Memory is what a process that reads, parses and compiles one such function takes beyond one that compiles nothing.`}
	p, err := e.Cranelift()
	if err != nil {
		s.Missing = append(s.Missing, "Cranelift: "+err.Error())
	}
	g := &growth{e: e, peer: p}
	if g.once, err = e.build("once"); err != nil {
		return nil, err
	}
	if g.target, err = inputs.Target(); err != nil {
		return nil, err
	}
	for i := range inputs.Shapes {
		e.logf("growth: %s", inputs.Shapes[i].Name)
		if err := g.measure(&inputs.Shapes[i]); err != nil {
			return nil, err
		}
	}
	s.Missing = append(s.Missing, g.missing...)
	s.Items = append(s.Items, g.times(), g.first(), g.phaseGrowth(), g.memory(), g.plot())
	return s, nil
}

// growth is the measurement of all shapes.
type growth struct {
	e      *Env
	peer   *peer.Process // or nil
	once   string
	target compile.Target
	shapes []*shapeResult

	missing []string
}

// shapeResult is what was measured of one shape, by size.
type shapeResult struct {
	shape *inputs.Shape
	davit []*work
	other []*work   // shorter if the peer was too slow
	peaks []float64 // MB: at the reference size and at the largest
	// peersPeaks are those of the peer: at the reference size and at the largest that it compiled.
	peersPeaks []float64
}

func (g *growth) sizes() []int {
	all := []int{10, 100, 1000, reference, 100_000, 1_000_000}
	return all[:g.e.pick(len(all), len(all)-1)]
}

// measure compiles one shape in all sizes.
func (g *growth) measure(s *inputs.Shape) error {
	res := &shapeResult{shape: s}
	g.shapes = append(g.shapes, res)
	sizes := g.sizes()
	for _, n := range sizes {
		if need := g.needs(res, n); need > 0 {
			g.missing = append(g.missing, fmt.Sprintf("%s of %d instructions: that takes about %.0f MB, more than half of what is free", s.Name, n, need))
			return nil
		}
		file := inputs.File{Path: filepath.Join(g.e.Temp, s.Name+".clif"), Text: []byte(s.Text(n))}
		if err := os.WriteFile(file.Path, file.Text, 0o666); err != nil {
			return err
		}
		files := slices.Repeat([]inputs.File{file}, max(1, reference/n)) // what is small is compiled many times in a row
		list, err := inputs.WriteList(files, g.e.Temp)
		if err != nil {
			return err
		}
		d := &davit{files: files, target: g.target}
		w, err := least(func() (*work, error) { return d.pass() })
		if err != nil {
			return err
		}
		res.davit = append(res.davit, w)
		d.release() // before another process takes as much
		if n == reference || n == sizes[len(sizes)-1] {
			peak, err := g.peak(list, g.once)
			if err != nil {
				return err
			}
			res.peaks = append(res.peaks, peak)
		}
		if g.peer == nil || len(res.other) > 0 && res.other[len(res.other)-1].ns["compile"] > float64(patience) {
			continue
		}
		if _, err := g.peer.Ask("load %s", list); err != nil {
			return err
		}
		if w, err = least(func() (*work, error) { return craneliftPass(g.peer, "opt_level=none", false) }); err != nil {
			return err
		}
		if w.insts == 0 || w.failed > 0 {
			g.missing = append(g.missing, fmt.Sprintf("Cranelift on %s of %d instructions: it does not compile it", s.Name, n))
			break
		}
		res.other = append(res.other, w)
		if n < reference {
			continue
		}
		peak, err := g.peak(list, craneliftPath(g.e), "once")
		if err != nil {
			return err
		}
		if len(res.peersPeaks) < 2 {
			res.peersPeaks = append(res.peersPeaks, peak)
		}
		res.peersPeaks[len(res.peersPeaks)-1] = peak
	}
	return nil
}

// needs is the memory in MB that a shape of n instructions takes if that is more than half of what the machine has left,
// else 0.
func (g *growth) needs(r *shapeResult, n int) float64 {
	free, ok := measure.Available()
	if !ok || len(r.peaks) == 0 {
		return 0
	}
	need := r.peaks[0] * float64(n) / reference
	if need < float64(free)/1e6/2 {
		return 0
	}
	return need
}

// peak is the memory that a command takes to compile the files of a list, in MB.
func (g *growth) peak(list string, command ...string) (float64, error) {
	empty := filepath.Join(g.e.Temp, "empty")
	if err := os.WriteFile(empty, nil, 0o666); err != nil {
		return 0, err
	}
	base, err := peakMemory(append(slices.Clone(command), empty))
	if err != nil {
		return 0, err
	}
	peak, err := peakMemory(append(slices.Clone(command), list))
	return peak - base, err
}

// least makes passes until they have taken a while, at least two, and returns what the first pass found, with the least time
// of each phase and of compile. The phases of compile are timed on the wall, so those of passes that were disturbed do not count.
// "first" is the time of compile in the first pass, which also gets its memory.
func least(pass func() (*work, error)) (*work, error) {
	const tolerance = 0.03
	var all []*work
	share := 0.0
	for start := time.Now(); len(all) < 3 || len(all) < 1000 && time.Since(start) < 300*time.Millisecond; {
		w, err := pass()
		if err != nil {
			return nil, err
		}
		all = append(all, w)
		share = max(share, w.share)
		if len(all) > 1 && time.Since(start) > 5*patience {
			break
		}
	}
	res := *all[0]
	res.share = share
	res.ns = map[string]float64{"first": all[0].ns["compile"]}
	for _, w := range all {
		for phase, t := range w.ns {
			onWall := phase != "parse" && phase != "verify" && phase != "compile"
			if least, ok := res.ns[phase]; (!ok || t < least) && (!onWall || w.share >= share-tolerance) {
				res.ns[phase] = t
			}
		}
	}
	return &res, nil
}

func perInst(w *work, phase string) float64 { return w.ns[phase] / float64(w.insts) }

// growthOf compares the largest size with the reference; ok is false if the former was not measured.
func growthOf(sizes []int, ws []*work, phase string) (growth float64, ok bool) {
	if len(ws) < len(sizes) {
		return 0, false
	}
	for i, n := range sizes {
		if n == reference {
			return perInst(ws[len(sizes)-1], phase) / perInst(ws[i], phase), true
		}
	}
	return 0, false
}

// times shows the time per instruction by size.
func (g *growth) times() *report.Table {
	t := &report.Table{Title: "Compile time, nanoseconds per instruction", Head: []string{"shape"}}
	for _, n := range g.sizes() {
		t.Head = append(t.Head, report.Number(float64(n)))
	}
	t.Head = append(t.Head, "growth")
	for _, r := range g.shapes {
		for _, side := range []struct {
			name string
			ws   []*work
		}{{"Davit", r.davit}, {"Cranelift none", r.other}} {
			if len(side.ws) == 0 {
				continue
			}
			row := []any{r.shape.Name + ", " + side.name}
			for i := range g.sizes() {
				if i < len(side.ws) {
					row = append(row, perInst(side.ws[i], "compile"))
				} else {
					row = append(row, "–")
				}
			}
			if x, ok := growthOf(g.sizes(), side.ws, "compile"); ok {
				row = append(row, x)
			} else {
				row = append(row, "–")
			}
			t.Add(row...)
		}
	}
	t.Note = fmt.Sprintf("– stands where the size before took more than %v.", patience)
	return t
}

// first shows what compilation with a new context takes, which has to grow its tables.
func (g *growth) first() *report.Table {
	t := &report.Table{
		Title: "First compilation with a context (Davit), nanoseconds per instruction",
		Head:  []string{"shape", report.Number(reference), "at the largest size", "growth"},
	}
	at := slices.Index(g.sizes(), reference)
	for _, r := range g.shapes {
		if len(r.davit) <= at {
			continue
		}
		row := []any{r.shape.Name, perInst(r.davit[at], "first"), "–", "–"}
		if x, ok := growthOf(g.sizes(), r.davit, "first"); ok {
			row[2], row[3] = perInst(r.davit[len(r.davit)-1], "first"), x
		}
		t.Add(row...)
	}
	return t
}

// phaseGrowth shows which phases grow.
func (g *growth) phaseGrowth() *report.Table {
	shown := []string{"parse", "verify", "lower", "allocate", "emit"}
	t := &report.Table{Title: "Growth by phase (Davit)", Head: append([]string{"shape"}, shown...)}
	for _, r := range g.shapes {
		row := []any{r.shape.Name}
		for _, ph := range shown {
			x, _ := growthOf(g.sizes(), r.davit, ph)
			row = append(row, x)
		}
		t.Add(row...)
	}
	return t
}

func (g *growth) memory() *report.Table {
	t := &report.Table{
		Title: "Peak memory, bytes per instruction",
		Head:  []string{"shape", "Davit, at 10,000", "at the largest size", "growth", "Cranelift none, at 10,000", "at its largest size", "growth"},
	}
	for _, r := range g.shapes {
		row := append([]any{r.shape.Name}, g.perInst(r.davit, r.peaks)...)
		t.Add(append(row, g.perInst(r.other, r.peersPeaks)...)...)
	}
	return t
}

// perInst are the peaks per instruction, at the reference size and at the largest, and their ratio.
func (g *growth) perInst(ws []*work, peaks []float64) []any {
	at := slices.Index(g.sizes(), reference)
	if len(peaks) == 0 || len(ws) <= at {
		return []any{"–", "–", "–"}
	}
	small := 1e6 * peaks[0] / float64(ws[at].insts)
	if len(peaks) == 1 {
		return []any{small, "–", "–"}
	}
	large := 1e6 * peaks[1] / float64(ws[len(ws)-1].insts)
	return []any{small, large, large / small}
}

func (g *growth) plot() *report.Plot {
	p := &report.Plot{
		Name: "growth", Title: "Compile time by size (dots without a line: Cranelift none)", X: "instructions", Y: "ns per instruction",
		LogX: true, LogY: true,
	}
	for _, r := range g.shapes {
		for _, side := range []struct {
			name string
			ws   []*work
		}{{r.shape.Name, r.davit}, {"", r.other}} {
			line := report.Series{Name: side.name, Dots: side.name == ""}
			for _, w := range side.ws {
				line.X, line.Y = append(line.X, float64(w.insts)/float64(w.funcs)), append(line.Y, perInst(w, "compile"))
			}
			p.Series = append(p.Series, line)
		}
	}
	return p
}
