package filetest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"davit/compile"
	"davit/internal/rulec/rule"
	"davit/ir/text"
	"davit/ir/verify"
	"davit/settings"
)

// Options steer [Run].
type Options struct {
	Only                []string // restrict the tests to these commands; nil: all
	Set                 []string // settings added to every target
	IgnorePreciseOutput bool     // of "compile precise-output" and the like only check that they succeed
	Bless               bool     // rewrite the expected output in the files instead of comparing
	Jobs                int      // files tested at the same time; 0: one per CPU
	Fuel                int64    // bounds the instructions of a call in the interpreter; 0: some seconds
	// Stdin, if not nil, is what the path "-" stands for.
	Stdin io.Reader
	// Coverage, if not settings.NoArch, counts how often each file uses the selection rules of an architecture. Run tests
	// for other machines of that architecture are compiled then.
	Coverage settings.Arch
	// Progress, if not nil, is called after each file, from the goroutine that called Run.
	Progress func(done, total int)
}

// check reports options that cannot be right.
func (o *Options) check() error {
	for _, c := range o.Only {
		if commandNamed(c) == nil {
			return fmt.Errorf("unknown test command %q, expected one of %s", c, strings.Join(Commands(), ", "))
		}
	}
	for _, s := range o.Set {
		var errs error
		known := false
		for _, a := range []settings.Arch{settings.X86_64, settings.AArch64, settings.RISCV64, settings.S390X} {
			f := settings.Default(a)
			err := f.Set(s)
			known = known || err == nil || !settings.IsUnknown(err)
			if err != nil && !settings.IsUnknown(err) {
				errs = err
			}
		}
		if errs == nil && !known {
			f := settings.Default(settings.NoArch)
			errs = f.Set(s)
		}
		if errs != nil {
			return errs
		}
	}
	return nil
}

// Run tests the files that paths name; a directory stands for the .clif files in it and below. The report lists files in
// the order of paths, those of a directory in lexical order, however the work was scheduled.
func Run(paths []string, opts Options) (*Report, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	files, err := collect(paths, opts.Stdin != nil)
	if err != nil {
		return nil, err
	}
	jobs := opts.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	results := make([]*Result, len(files))
	next := make(chan int)
	done := make(chan struct{}, len(files))
	var wg sync.WaitGroup
	for range min(jobs, len(files)) {
		wg.Go(func() {
			w := newWorker(&opts)
			for i := range next {
				results[i] = w.testPath(files[i])
				done <- struct{}{}
			}
		})
	}
	go func() {
		for i := range files {
			next <- i
		}
		close(next)
	}()
	for i := range files {
		<-done
		if opts.Progress != nil {
			opts.Progress(i+1, len(files))
		}
	}
	wg.Wait()
	return &Report{Files: slices.DeleteFunc(results, func(r *Result) bool { return len(r.Pairs) == 0 && r.status == ignored })}, nil
}

// stdin is the path of standard input.
const stdin = "-"

// collect lists the files that paths name, each once.
func collect(paths []string, hasStdin bool) ([]string, error) {
	var files []string
	seen := map[string]bool{}
	add := func(p string) {
		if !seen[p] {
			seen[p] = true
			files = append(files, p)
		}
	}
	for _, p := range paths {
		if p == stdin && hasStdin {
			add(p)
			continue
		}
		info, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			add(filepath.Clean(p))
			continue
		}
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && filepath.Ext(path) == ".clif" {
				add(path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// worker tests one file after the other and owns the scratch for that.
type worker struct {
	opts   *Options
	native settings.Flags
	cg     codegen

	verifier verify.Context
	analyses
}

func newWorker(opts *Options) *worker {
	w := &worker{opts: opts, native: settings.Native()}
	if a := opts.Coverage; a != settings.NoArch {
		w.cg.arch, w.cg.rules = a, rule.New(len(compile.Rules(a)))
	}
	return w
}

func (w *worker) testPath(path string) *Result {
	start := time.Now()
	r := &Result{Path: path}
	if w.cg.rules != nil {
		r.Rules = make([]uint64, len(w.cg.rules.Hits))
		w.cg.rules.Hits = r.Rules
	}
	src, err := w.read(path)
	if err != nil {
		r.fail("", err)
	} else {
		w.testSource(r, src)
	}
	r.Elapsed = time.Since(start)
	r.settle()
	return r
}

func (w *worker) read(path string) ([]byte, error) {
	if path == stdin && w.opts.Stdin != nil {
		return io.ReadAll(w.opts.Stdin)
	}
	return os.ReadFile(path)
}

// selected reports whether a test is one of those asked for.
func (w *worker) selected(t test) bool {
	return w.opts.Only == nil || slices.Contains(w.opts.Only, t.name)
}

// job is the work for one pair of test and target.
type job struct {
	*worker
	pair
	src   []byte
	file  *text.File
	phase string // what is under way, for the report of a panic
	fn    *text.Function

	blessed map[*text.Function][]string // output of precise-output tests, for rewriting the file
}

func (w *worker) testSource(r *Result, src []byte) {
	file, errs := text.Parse(src, text.Options{})
	parseErr := errs.Err()
	h, err := parseHeader(file.Header, w.opts.Set)
	if h != nil && !slices.ContainsFunc(h.tests, w.selected) {
		r.status = ignored
		return
	}
	if errors.Is(err, settings.ErrUnsupportedArch) {
		r.skip(err.Error())
		return
	}
	if err != nil {
		r.fail("", err)
		return
	}
	if parseErr != nil {
		r.fail("", parseErr)
		return
	}
	if len(file.Funcs) == 0 {
		r.fail("", &Failure{Line: 1, Msg: "the file has no functions"})
		return
	}
	pairs, err := h.pairs()
	if err != nil {
		r.fail("", err)
		return
	}
	blessed := map[*text.Function][]string{}
	for _, p := range pairs {
		if w.selected(*p.test) {
			w.runPair(r, &job{worker: w, pair: p, src: src, file: file, blessed: blessed})
		}
	}
	if len(r.Failures) == 0 {
		if err := rewrite(r.Path, src, file, blessed); err != nil {
			r.fail("", err)
		}
	}
}

// runPair runs a job and enters the outcome into the result.
func (w *worker) runPair(r *Result, j *job) {
	p := Pair{Test: j.test.String(), Line: j.test.line}
	if j.test.needsISA {
		p.Target = j.target.String()
	}
	start := time.Now()
	machine := j.otherMachine()
	var err error
	switch {
	case machine != "" && w.cg.rules != nil && w.cg.arch == j.target.triple.Arch:
		err = j.guarded(compileOnly)
	case machine != "":
		p.State, p.Detail = NotHere, "needs "+machine
	case j.test.run == nil:
		err = &skipError{reason: fmt.Sprintf("test command %s is not supported", j.test.name)}
	default:
		err = j.guarded(j.test.run)
	}
	p.Elapsed = time.Since(start)
	var skip *skipError
	switch {
	case errors.As(err, &skip):
		p.State, p.Detail = Skipped, skip.reason
	case err != nil:
		p.State = Failed
		r.fail(p.name(), err)
	}
	r.Pairs = append(r.Pairs, p)
}

// otherMachine describes the machine that a test needs which executes code; empty if this one will do.
func (j *job) otherMachine() string {
	if j.test.name != "run" {
		return ""
	}
	if a := j.target.triple.Arch; a != j.native.Arch() {
		return a.String()
	}
	if missing := j.flags.Missing(&j.native); len(missing) > 0 {
		s := make([]string, len(missing))
		for i, x := range missing {
			s[i] = x.String()
		}
		return j.native.Arch().String() + " with " + strings.Join(s, " ")
	}
	return ""
}

// guarded runs the job: first the verifier if the command demands it. A panic becomes a failure.
func (j *job) guarded(run func(*job) error) (err error) {
	defer func() {
		if e := recover(); e != nil {
			err = j.panicked(e)
		}
	}()
	if j.test.verifies {
		if err := j.verifyAll(); err != nil {
			return err
		}
	}
	return run(j)
}

// panicked describes a panic with its place and the function that provoked it.
func (j *job) panicked(e any) *Failure {
	f := &Failure{Line: j.test.line}
	var b strings.Builder
	fmt.Fprintf(&b, "internal error in phase %q", j.phase)
	if j.fn != nil {
		f.Line, f.Col = j.fn.Start.Line, j.fn.Start.Col
		fmt.Fprintf(&b, ", function %s", j.fn.Name)
	}
	fmt.Fprintf(&b, ": %v", e)
	for _, place := range panicPlaces() {
		b.WriteString("\n  at " + place)
	}
	if j.fn != nil {
		b.WriteString("\n" + indent(j.functionText(j.fn)))
	}
	f.Msg = b.String()
	return f
}

// functionText returns the text of a function as it stands in the file.
func (j *job) functionText(fn *text.Function) string {
	lines := strings.Split(string(j.src), "\n")
	from, to := fn.Start.Line-1, fn.End.Line
	if from < 0 || to > len(lines) || from > to {
		return ""
	}
	return strings.Join(lines[from:to], "\n")
}

func indent(s string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n  ")
}

// maxPlaces bounds the frames that the report of a bug names.
const maxPlaces = 5

// panicPlaces returns the innermost frames of this module in which a panic under way arose.
func panicPlaces() []string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var places []string
	panicked := false
	for {
		f, more := frames.Next()
		panicked = panicked || f.Function == "runtime.gopanic"
		if panicked && strings.HasPrefix(f.Function, "davit/") {
			places = append(places, fmt.Sprintf("%s (%s:%d)", f.Function, filepath.Base(f.File), f.Line))
		}
		if !more || len(places) == maxPlaces {
			return places
		}
	}
}
