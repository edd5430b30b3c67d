package parts

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unsafe"

	"davit/bench/internal/kernels"
	"davit/bench/internal/measure"
	"davit/bench/internal/peer"
	"davit/bench/internal/report"
	"davit/compile"
	"davit/engine"
	"davit/ir"
	"davit/ir/text"
	"davit/jit"
	"davit/settings"
)

// runner is one way to run a kernel.
type runner struct {
	name string
	// load compiles, links and fills the memory. Code comes behind pads small functions: where code lies by chance can
	// make it several times as slow, so each round has another place.
	load  func(k *kernels.Kernel, pads int) error
	run   func(k *kernels.Kernel, times int) (result int64, ns float64, err error) // processor time of all runs
	bytes func(k *kernels.Kernel) (int, error)                                     // of code, without init
	free  func()

	ns    map[string]measure.Sample // per kernel: of one run
	sizes map[string]int
}

// Kernels compares the code: how fast it runs and how large it is.
func Kernels(e *Env) (*report.Section, error) {
	s := &report.Section{Title: "Code", Text: `
Small programs, as CLIF for Davit and Cranelift (all features of the machine, in memory), and with the same algorithms in
Go and in C at -O2. All give the same results. Times are of one run, the least of the rounds; ratios are medians over rounds
in which all take turns, with compiled code at another place in each, above 1 where Davit's code takes longer or is larger than the other.`}
	var rs []*runner
	for _, l := range levels() {
		r := davitRunner(e, l)
		defer r.free()
		rs = append(rs, r)
	}
	if p, err := e.Cranelift(); err != nil {
		s.Missing = append(s.Missing, "Cranelift: "+err.Error())
	} else {
		for _, l := range craneliftLevels {
			rs = append(rs, craneliftRunner(e, p, l.name, l.settings))
		}
	}
	rs = append(rs, goRunner(e))
	if r, version, err := cRunner(e); err != nil {
		s.Missing = append(s.Missing, "C: "+err.Error())
	} else {
		s.Text += " C is " + version + "."
		rs = append(rs, r)
		defer r.free()
	}
	for i := range kernels.All {
		k := &kernels.All[i]
		e.logf("kernel: %s", k.Name)
		if err := measureKernel(e, rs, k); err != nil {
			return nil, fmt.Errorf("%s: %w", k.Name, err)
		}
	}
	s.Items = append(s.Items, kernelTimes(rs), kernelPlot(rs), kernelSizes(rs))
	return s, nil
}

// measureKernel lets all runners take turns.
func measureKernel(e *Env, rs []*runner, k *kernels.Kernel) error {
	var results []int64
	var turns []func() error
	for _, r := range rs {
		times := 0 // found in the first round
		turns = append(turns, func() error {
			if err := r.load(k, len(r.ns[k.Name])); err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			if times == 0 {
				result, ns, err := warmUp(r, k)
				if err != nil {
					return fmt.Errorf("%s: %w", r.name, err)
				}
				results = append(results, result)
				times = max(1, int(float64(e.pick(20, 5))*1e6/max(ns, 1)))
				if r.sizes[k.Name], err = r.bytes(k); err != nil {
					return fmt.Errorf("%s: %w", r.name, err)
				}
			}
			best := 0.0
			for range 3 {
				_, ns, err := r.run(k, times)
				if err != nil {
					return fmt.Errorf("%s: %w", r.name, err)
				}
				if ns /= float64(times); best == 0 || ns < best {
					best = ns
				}
			}
			r.ns[k.Name] = append(r.ns[k.Name], best)
			return nil
		})
	}
	if err := measure.TakeTurns(e.pick(9, 3), turns...); err != nil {
		return err
	}
	if i := slices.IndexFunc(results, func(x int64) bool { return x != results[0] }); i >= 0 {
		return fmt.Errorf("%s returns %#x, %s %#x", rs[0].name, results[0], rs[i].name, results[i])
	}
	return nil
}

// warmUp runs k a while and returns the result and the time of one run.
func warmUp(r *runner, k *kernels.Kernel) (result int64, ns float64, err error) {
	start := time.Now()
	for n := 1; ; n *= 2 {
		if result, ns, err = r.run(k, n); err != nil || time.Since(start) > 20*time.Millisecond {
			return result, ns / float64(n), err
		}
	}
}

func newRunner(name string) *runner {
	return &runner{name: name, ns: map[string]measure.Sample{}, sizes: map[string]int{}, free: func() {}}
}

// arena is memory for kernels in this process, aligned to a page.
func arena() unsafe.Pointer {
	largest := 0
	for i := range kernels.All {
		largest = max(largest, kernels.All[i].Memory)
	}
	b := make([]byte, largest+8192)
	return unsafe.Pointer(&b[4096-uintptr(unsafe.Pointer(&b[0]))%4096])
}

// davitRunner runs kernels with this module's JIT.
func davitRunner(e *Env, l level) *runner {
	r := newRunner(l.name)
	mem := arena()
	var eng *engine.Engine
	var run func(int64, int64) int64
	r.free = func() {
		if eng != nil {
			eng.Close()
		}
	}
	r.load = func(k *kernels.Kernel, pads int) error {
		r.free()
		flags, err := nativeFlags(l)
		if err != nil {
			return err
		}
		if eng, err = engine.New(flags); err != nil {
			return err
		}
		file, err := kernelFile(e, k)
		if err != nil {
			return err
		}
		for i := range pads {
			if err := eng.Add(padFunction(i)); err != nil {
				return err
			}
		}
		for _, f := range file.Funcs {
			if err := eng.Add(f.Func); err != nil {
				return err
			}
		}
		if err := eng.Link(); err != nil {
			return err
		}
		init, err := jit.Func[func(int64, int64) int64](eng.Module, "init")
		if err != nil {
			return err
		}
		init(int64(uintptr(mem)), k.N)
		run, err = jit.Func[func(int64, int64) int64](eng.Module, "run")
		return err
	}
	r.run = func(k *kernels.Kernel, times int) (int64, float64, error) {
		result, ns := timed(times, func() int64 { return run(int64(uintptr(mem)), k.N) })
		return result, ns, nil
	}
	r.bytes = func(k *kernels.Kernel) (int, error) { return davitSize(e, k, l) }
	return r
}

// nativeFlags are the settings of a level, with all features of the machine and frame pointers.
func nativeFlags(l level) (*settings.Flags, error) {
	flags := settings.Native()
	flags.SetBool(settings.PreserveFramePointers, true)
	flags.SetBool(settings.EnableMultiRetImplicitSret, true)
	for _, s := range l.settings {
		if err := flags.Set(s); err != nil {
			return nil, err
		}
	}
	return &flags, nil
}

// padFunction is a function that does nothing.
func padFunction(i int) *ir.Func {
	f := ir.NewFunc(ir.FuncName{Name: fmt.Sprintf("pad%d", i)}, ir.Signature{CallConv: ir.SystemV})
	b := ir.NewBuilder(f)
	b.NewEntry()
	b.Return()
	return f
}

func kernelPath(e *Env, k *kernels.Kernel) string {
	return filepath.Join(e.Bench, "kernels", k.Name+".clif")
}

func kernelFile(e *Env, k *kernels.Kernel) (*text.File, error) {
	src, err := os.ReadFile(kernelPath(e, k))
	if err != nil {
		return nil, err
	}
	file, errs := text.Parse(src, text.Options{})
	return file, errs.Err()
}

// davitSize compiles k as the engine does and adds up the code.
func davitSize(e *Env, k *kernels.Kernel, l level) (int, error) {
	flags, err := nativeFlags(l)
	if err != nil {
		return 0, err
	}
	t, err := compile.NewTarget(flags.Arch().String(), flags)
	if err != nil {
		return 0, err
	}
	file, err := kernelFile(e, k)
	if err != nil {
		return 0, err
	}
	var c compile.Context
	sum := 0
	for _, f := range file.Funcs {
		code, err := c.Compile(f.Func, t)
		if err != nil {
			return 0, err
		}
		if f.Func.Name.Linkage() != "init" {
			sum += len(code.Bytes)
		}
	}
	return sum, nil
}

// timed calls f again and again.
func timed(times int, f func() int64) (result int64, ns float64) {
	d := measure.OnThread(func() {
		for range times {
			result = f()
		}
	})
	return result, float64(d)
}

// craneliftRunner runs kernels with Cranelift's JIT.
func craneliftRunner(e *Env, p *peer.Process, name, settings string) *runner {
	r := newRunner(name)
	var loaded peer.Reply
	r.load = func(k *kernels.Kernel, pads int) error {
		var err error
		if loaded, err = p.Ask("jit %s %d %d %s", kernelPath(e, k), k.Memory, pads, settings); err != nil {
			return err
		}
		_, err = p.Ask("run init %d 1", k.N)
		return err
	}
	r.run = func(k *kernels.Kernel, times int) (int64, float64, error) {
		reply, err := p.Ask("run run %d %d", k.N, times)
		return reply.Int("result"), reply.Float("ns"), err
	}
	r.bytes = func(*kernels.Kernel) (int, error) {
		sum := 0
		for name := range loaded {
			if name != "init" {
				sum += int(loaded.Int(name))
			}
		}
		return sum, nil
	}
	return r
}

// goRunner runs the kernels in Go.
func goRunner(e *Env) *runner {
	r := newRunner("Go")
	exe := ""
	mem := arena()
	r.load = func(k *kernels.Kernel, _ int) error { k.Init(mem, k.N); return nil }
	r.run = func(k *kernels.Kernel, times int) (int64, float64, error) {
		result, ns := timed(times, func() int64 { return k.Run(mem, k.N) })
		return result, ns, nil
	}
	r.bytes = func(k *kernels.Kernel) (int, error) {
		if exe == "" { // "go run" leaves the names out of what it runs
			var err error
			if exe, err = e.build("bench"); err != nil {
				return 0, err
			}
		}
		return symbolSizes(exe, "davit/bench/internal/kernels."+k.Name, "Init")
	}
	return r
}

// cRunner runs the kernels in C. It returns the compiler's version, too.
func cRunner(e *Env) (*runner, string, error) {
	path, version, err := peer.C(filepath.Join(e.Bench, "kernels", "kernels.c"), e.Temp)
	if err != nil {
		return nil, "", err
	}
	p, err := peer.Start(path)
	if err != nil {
		return nil, "", err
	}
	r := newRunner("C")
	r.free = func() { p.Close() }
	r.load = func(k *kernels.Kernel, _ int) error {
		_, err := p.Ask("init %s %d", k.Name, k.N)
		return err
	}
	r.run = func(k *kernels.Kernel, times int) (int64, float64, error) {
		reply, err := p.Ask("run %s %d %d", k.Name, k.N, times)
		return reply.Int("result"), reply.Float("ns"), err
	}
	r.bytes = func(k *kernels.Kernel) (int, error) { return symbolSizes(path, k.Name+"_", "_init") }
	return r, version, nil
}

// symbolSizes adds up the sizes of the functions in an executable whose names start with prefix and do not end in except.
// It is 0 where executables are not in the format ELF.
func symbolSizes(path, prefix, except string) (int, error) {
	f, err := elf.Open(path)
	if err != nil {
		return 0, nil
	}
	defer f.Close()
	syms, err := f.Symbols()
	if err != nil {
		return 0, nil // stripped
	}
	sum := 0
	for _, s := range syms {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC && strings.HasPrefix(s.Name, prefix) && !strings.HasSuffix(s.Name, except) {
			sum += int(s.Size)
		}
	}
	return sum, nil
}

// kernelTimes shows the times and ratios, with their geometric means.
func kernelTimes(rs []*runner) *report.Table {
	t := &report.Table{Title: "Run time, microseconds; Davit's over the other's", Head: []string{"kernel", rs[0].name}}
	for _, r := range rs[1:] {
		t.Head = append(t.Head, r.name, "ratio")
	}
	ratios := make([][]float64, len(rs))
	for i := range kernels.All {
		k := &kernels.All[i]
		own := rs[0].ns[k.Name]
		row := []any{k.Name + ": " + k.About, own.Min() / 1000}
		for j, r := range rs[1:] {
			q := own.Over(r.ns[k.Name])
			ratios[j] = append(ratios[j], q.Median)
			row = append(row, r.ns[k.Name].Min()/1000, q)
		}
		t.Add(row...)
	}
	row := []any{"geometric mean", ""}
	for j := range rs[1:] {
		row = append(row, "", measure.GeoMean(ratios[j]))
	}
	t.Add(row...)
	return t
}

// kernelSizes shows the bytes of code.
func kernelSizes(rs []*runner) *report.Table {
	t := &report.Table{Title: "Code bytes, without the function that fills the memory; Davit's over the other's", Head: []string{"kernel", rs[0].name}}
	for _, r := range rs[1:] {
		t.Head = append(t.Head, r.name, "ratio")
	}
	ratios := make([][]float64, len(rs))
	for i := range kernels.All {
		k := &kernels.All[i]
		own := rs[0].sizes[k.Name]
		row := []any{k.Name, own}
		for j, r := range rs[1:] {
			if r.sizes[k.Name] == 0 {
				row = append(row, "–", "–")
				continue
			}
			q := float64(own) / float64(r.sizes[k.Name])
			ratios[j] = append(ratios[j], q)
			row = append(row, r.sizes[k.Name], q)
		}
		t.Add(row...)
	}
	row := []any{"geometric mean", ""}
	for j := range rs[1:] {
		row = append(row, "", measure.GeoMean(ratios[j]))
	}
	t.Add(row...)
	return t
}

func kernelPlot(rs []*runner) *report.Plot {
	p := &report.Plot{Name: "kernels", Title: "Run time relative to Davit's (lower is faster)", Y: "other's / Davit's", Mark: 1}
	for i := range kernels.All {
		p.Labels = append(p.Labels, kernels.All[i].Name)
	}
	for _, r := range rs[1:] {
		bars := report.Series{Name: r.name}
		for i := range kernels.All {
			name := kernels.All[i].Name
			bars.Y = append(bars.Y, r.ns[name].Over(rs[0].ns[name]).Median)
		}
		p.Bars = append(p.Bars, bars)
	}
	return p
}
