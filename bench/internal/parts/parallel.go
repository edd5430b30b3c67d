package parts

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	"davit/asm"
	"davit/bench/internal/inputs"
	"davit/bench/internal/measure"
	"davit/bench/internal/report"
	"davit/compile"
	"davit/ir"
	"davit/ir/text"
)

// Parallel measures how much faster several processors compile the functions of a module than one.
func Parallel(e *Env) (*report.Section, error) {
	s := &report.Section{Title: "All processors", Text: `
The real programs are compiled as one module, by one worker and by as many as there are processors, in turns. "faster" is
the ratio of the times on the wall, which says something only if the machine is idle otherwise. "work" is that of the processor
times, which other load hardly changes: what running side by side costs. As the workers take the largest functions first, all
have work until the end, so on idle processors the gain is the number of workers over "work".`}
	if e.Corpus == "" {
		s.Missing = append(s.Missing, "real programs: there is no corpus beside the sources (../shared/corpus)")
		return s, nil
	}
	workers := runtime.GOMAXPROCS(0)
	if workers < 2 {
		s.Missing = append(s.Missing, "there is one processor only")
		return s, nil
	}
	t, err := inputs.Target()
	if err != nil {
		return nil, err
	}
	files, err := inputs.Read(filepath.Join(e.Corpus, "real"))
	if err != nil {
		return nil, err
	}
	files = inputs.Compilable(files, t)
	var fns []*ir.Func
	for _, f := range files {
		file, errs := text.Parse(f.Text, text.Options{})
		if err := errs.Err(); err != nil {
			return nil, err
		}
		for _, fn := range file.Funcs {
			fns = append(fns, fn.Func)
		}
	}
	e.logf("parallel: %d functions", len(fns))
	tab := &report.Table{Head: []string{"compiler", "workers", "ms, one", "ms, all", "faster", "work", "gain if idle"}}
	one, all := &group{workers: 1}, &group{workers: workers}
	if err := measure.TakeTurns(e.pick(21, 5), one.turn(fns, t), all.turn(fns, t)); err != nil {
		return nil, err
	}
	if !sameCode(one.codes, all.codes) {
		return nil, errors.New("one worker and several make different code")
	}
	tab.Add("Davit", workers, one.wall.Min(), all.wall.Min(), fmt.Sprintf("%v; of the least %.2f", one.wall.Over(all.wall), one.wall.Min()/all.wall.Min()), all.cpu.Over(one.cpu), float64(workers)/all.cpu.Over(one.cpu).Median)
	if p, err := e.Cranelift(); err != nil {
		s.Missing = append(s.Missing, "Cranelift: "+err.Error())
	} else {
		list, err := inputs.WriteList(files, e.Temp)
		if err != nil {
			return nil, err
		}
		if _, err := p.Ask("load %s", list); err != nil {
			return nil, err
		}
		var wall, cpu [2]measure.Sample
		turn := func(i, threads int) func() error {
			return func() error {
				r, err := p.Ask("compile threads=%d opt_level=none", threads)
				wall[i] = append(wall[i], r.Float("wall_ns")/1e6)
				cpu[i] = append(cpu[i], r.Float("compile_ns")/1e6)
				return err
			}
		}
		if err := measure.TakeTurns(e.pick(11, 3), turn(0, 1), turn(1, workers)); err != nil {
			return nil, err
		}
		tab.Add("Cranelift none", workers, wall[0].Min(), wall[1].Min(), fmt.Sprintf("%v; of the least %.2f", wall[0].Over(wall[1]), wall[0].Min()/wall[1].Min()), cpu[1].Over(cpu[0]), float64(workers)/cpu[1].Over(cpu[0]).Median)
	}
	tab.Note = "The code of all functions was the same bytes for one worker and for all."
	s.Items = append(s.Items, tab)
	return s, nil
}

// group is a number of workers and how long they took.
type group struct {
	workers   int
	group     compile.Group
	codes     []*asm.Code
	wall, cpu measure.Sample // milliseconds
}

func (g *group) turn(fns []*ir.Func, t compile.Target) func() error {
	g.group.Workers = g.workers
	return func() error {
		procs := runtime.GOMAXPROCS(g.workers)
		defer runtime.GOMAXPROCS(procs)
		runtime.GC()
		w := measure.Start()
		var err error
		g.codes, err = g.group.Compile(fns, t)
		g.wall = append(g.wall, float64(w.Wall())/1e6)
		g.cpu = append(g.cpu, float64(w.CPU())/1e6)
		return err
	}
}

func sameCode(x, y []*asm.Code) bool {
	for i := range x {
		if !bytes.Equal(x[i].Bytes, y[i].Bytes) {
			return false
		}
	}
	return len(x) == len(y)
}
