package parts

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"davit/bench/internal/inputs"
	"davit/bench/internal/measure"
	"davit/compile"
	"davit/ir"
	"davit/ir/text"
	"davit/ir/verify"
)

// phases are the parts of the work that are timed, in order.
var phases = []string{"parse", "verify", "optimize", "lower", "allocate", "emit"}

// work is what one pass over some files took: of this compiler or of a peer.
type work struct {
	funcs, insts int
	code         int
	failed       int
	ns           map[string]float64 // per phase, and "compile" for all but parse and verify
	parseBytes   float64            // allocated
	bytes, calls float64            // allocated by compile, and in how many pieces
	share        float64            // of the time on the wall that compile had a processor
}

// davit does work with this compiler, on one processor, with a Context that it keeps from pass to pass.
type davit struct {
	files  []inputs.File
	target compile.Target
	parser text.Context
	ver    verify.Context
	ctx    compile.Context
}

// pass parses, verifies and compiles all files once.
func (d *davit) pass() (*work, error) {
	procs := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(procs)
	runtime.GC()
	w := &work{ns: map[string]float64{}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s := measure.Start()
	var fns []*ir.Func
	for _, f := range d.files {
		file, errs := d.parser.Parse(f.Text, text.Options{})
		if err := errs.Err(); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		for _, fn := range file.Funcs {
			fns = append(fns, fn.Func)
			w.insts += fn.Func.NumInsts()
		}
	}
	w.ns["parse"] = float64(s.CPU())
	runtime.ReadMemStats(&after)
	w.parseBytes = float64(after.TotalAlloc - before.TotalAlloc)
	w.funcs = len(fns)

	s = measure.Start()
	for _, f := range fns {
		if err := d.ver.Func(f, inputs.VerifyOptions(d.target)).Err(); err != nil {
			return nil, fmt.Errorf("%v: %w", f.Name, err)
		}
	}
	w.ns["verify"] = float64(s.CPU())

	runtime.GC()
	d.ctx.Timing = true
	d.ctx.Times = [len(d.ctx.Times)]time.Duration{}
	runtime.ReadMemStats(&before)
	s = measure.Start()
	for _, f := range fns {
		code, err := d.ctx.Compile(f, d.target)
		if err != nil {
			return nil, fmt.Errorf("%v: %w", f.Name, err)
		}
		w.code += len(code.Bytes)
	}
	cpu, wall := s.CPU(), s.Wall()
	runtime.ReadMemStats(&after)
	w.ns["compile"] = float64(cpu)
	w.bytes, w.calls = float64(after.TotalAlloc-before.TotalAlloc), float64(after.Mallocs-before.Mallocs)
	// The phases are timed on the wall; what other load took is spread evenly over them.
	w.share = min(1, float64(cpu)/float64(wall))
	for p, t := range d.ctx.Times {
		switch name := compile.Phase(p).String(); name {
		case "verify", "check allocation":
		default:
			w.ns[name] += float64(t) * w.share
		}
	}
	return w, nil
}

// release gives the memory of earlier measurements back.
func (d *davit) release() {
	*d = davit{}
	debug.FreeOSMemory()
}
