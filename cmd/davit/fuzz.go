package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"davit/filetest"
	"davit/internal/difftest"
	"davit/internal/fuzz"
)

// fuzzOptions are the flags of the command.
type fuzzOptions struct {
	time    time.Duration
	count   int
	seed    uint64
	jobs    int
	dir     string
	levels  []string
	keepBig bool
	timeout time.Duration
}

func newFuzz() *cobra.Command {
	var o fuzzOptions
	var names []string
	long := `Fuzz makes inputs from numbers, one after the other, and looks for those on which something goes wrong. TARGET is what is
tested; without one, all are, in turn:

`
	for _, t := range fuzz.Targets {
		names = append(names, t.Name)
		long += fmt.Sprintf("  %-7s %s\n", t.Name, t.About)
	}
	long += `
Inputs are random modules and, but for target diff, files damaged in a few places: the given ones, and printed random
modules.
It stops after --time or --count inputs of each target, whichever comes first. Findings are made as small as possible and
written to files in the directory of --output, the first three of those that look alike. The first line of a file has the
number of the input; "--seed NUMBER --count 1" repeats it.

Inputs are tested in processes of their own, --jobs at a time, so that a crash or an endless loop is a finding as well. The
exit status is 1 if there is any finding.`
	cmd := &cobra.Command{
		Use:     "fuzz [TARGET] [FILE...]",
		Short:   "Look for inputs on which something goes wrong",
		Long:    long,
		Example: "  davit fuzz diff --time 10m\n  davit fuzz input --count 100000 *.clif",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				_, err := fuzz.TargetNamed(args[0])
				return err
			}
			return nil
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return names, cobra.ShellCompDirectiveNoFileComp
			}
			return completeFiles(cmd, args, prefix)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, args) },
	}
	flags := cmd.Flags()
	flags.DurationVar(&o.time, "time", time.Minute, "stop each target after this `time`")
	flags.IntVar(&o.count, "count", 0, "stop each target after `n` inputs (default: when the time is over)")
	flags.Uint64Var(&o.seed, "seed", 0, "the first `number`")
	flags.IntVarP(&o.jobs, "jobs", "j", 1, "use `n` processes")
	flags.StringVarP(&o.dir, "output", "o", ".", "write findings to files in a `directory`")
	flags.StringSliceVar(&o.levels, "level", nil, "test these `levels` of the instruction set only: "+strings.Join(difftest.LevelNames(), ", "))
	flags.BoolVar(&o.keepBig, "keep", false, "do not make findings small")
	flags.DurationVar(&o.timeout, "timeout", 30*time.Second, "take an input that needs more than this `time` for endless")
	return cmd
}

// run runs one target, or all in turn.
func (o *fuzzOptions) run(cmd *cobra.Command, args []string) error {
	var targets []string
	var files []string
	if len(args) > 0 {
		targets, files = args[:1], args[1:]
	} else {
		for _, t := range fuzz.Targets {
			targets = append(targets, t.Name)
		}
	}
	if i := slices.Index(files, "-"); i >= 0 {
		path, err := storeInput(cmd)
		if err != nil {
			return err
		}
		defer os.Remove(path)
		files = slices.Clone(files)
		files[i] = path
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	findings := 0
	for _, t := range targets {
		n, err := o.target(ctx, cmd, t, files)
		if err != nil {
			return err
		}
		findings += n
	}
	if findings > 0 {
		return errReported
	}
	return nil
}

// storeInput copies standard input to a file, which processes can share.
func storeInput(cmd *cobra.Command) (path string, err error) {
	f, err := os.CreateTemp("", "davit-*.clif")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, cmd.InOrStdin())
	return f.Name(), errors.Join(err, f.Close())
}

// campaign is the run of one target.
type campaign struct {
	*fuzzOptions
	out    io.Writer
	target string
	files  []string
	bar    *counter

	mu       sync.Mutex
	inputs   int
	units    int
	findings int
	seen     map[string]int // findings by message
}

// maxAlike is how many findings that look alike are written.
const maxAlike = 3

// target runs a target and returns the number of findings.
func (o *fuzzOptions) target(ctx context.Context, cmd *cobra.Command, name string, files []string) (int, error) {
	limited := ctx
	if o.time > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, o.time)
		defer cancel()
	}
	c := &campaign{fuzzOptions: o, out: cmd.OutOrStdout(), target: name, files: files, bar: newCounter(cmd.ErrOrStderr(), "findings")}
	start := time.Now()
	var wg sync.WaitGroup
	errs := make([]error, o.jobs)
	for i := range errs {
		wg.Go(func() { errs[i] = c.worker(limited, i) })
	}
	wg.Wait()
	c.bar.finish()
	if err := errors.Join(errs...); err != nil {
		return c.findings, err
	}
	what := "inputs"
	if name == "diff" {
		what = "modules with " + fmt.Sprint(c.units) + " functions"
	}
	fmt.Fprintf(c.out, "%s: %d %s in %v, %d findings of %d kinds\n", name, c.inputs, what, time.Since(start).Round(time.Second), c.findings,
		len(c.seen))
	return c.findings, nil
}

// fuzzLine is a line that a worker writes.
type fuzzLine struct {
	Begin   bool // it is about to test an input, or to make a finding small
	Seed    uint64
	Units   int
	Finding *fuzz.Finding
}

// sourceOf returns the input of a number, for findings of which nothing else is known.
func (c *campaign) sourceOf(seed uint64) []byte {
	f, err := newFuzzer(c.target, c.files, c.levels)
	if err != nil {
		return nil
	}
	return f.Source(seed)
}

// newFuzzer makes a fuzzer of the target of a name.
func newFuzzer(target string, files, levels []string) (*fuzz.Fuzzer, error) {
	t, err := fuzz.TargetNamed(target)
	if err != nil {
		return nil, err
	}
	paths, err := clifFiles(files)
	if err != nil {
		return nil, err
	}
	conf := fuzz.Config{Levels: levels}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		conf.Files = append(conf.Files, b)
	}
	return t.New(conf)
}

// worker keeps a process busy with every jobs-th number until the time is over.
func (c *campaign) worker(ctx context.Context, i int) error {
	next := c.seed + uint64(i)
	for ctx.Err() == nil && (c.count == 0 || next < c.seed+uint64(c.count)) {
		last, failure, err := c.process(ctx, next)
		if err != nil || failure == "" {
			return err
		}
		found := last.Finding // of which smaller ones are fatal
		if found == nil {
			found = &fuzz.Finding{Seed: last.Seed, Message: failure, Source: c.sourceOf(last.Seed)}
		}
		c.finding(found)
		next = last.Seed + uint64(c.jobs)
	}
	return nil
}

// process starts a process that begins with a number, and reads what it says. It returns the last line of it and, unless
// all is done, why the process has ended.
func (c *campaign) process(ctx context.Context, first uint64) (last fuzzLine, failure string, err error) {
	exe, err := os.Executable()
	if err != nil {
		return last, "", err
	}
	args := []string{fuzzWorkerName, c.target, fmt.Sprint("--first=", first), fmt.Sprint("--step=", c.jobs), fmt.Sprint("--end=", c.end())}
	if c.keepBig {
		args = append(args, "--keep")
	}
	if len(c.levels) > 0 {
		args = append(args, "--level="+strings.Join(c.levels, ","))
	}
	proc := exec.CommandContext(ctx, exe, append(append(args, "--"), c.files...)...)
	stderr := &tail{}
	proc.Stderr = stderr
	out, err := proc.StdoutPipe()
	if err != nil {
		return last, "", err
	}
	if err := proc.Start(); err != nil {
		return last, "", err
	}
	watch := time.AfterFunc(c.timeout, func() { _ = proc.Process.Kill() })
	dec := json.NewDecoder(bufio.NewReader(out))
	for {
		var l fuzzLine
		if dec.Decode(&l) != nil {
			break
		}
		watch.Reset(c.timeout)
		if l.Begin && l.Finding == nil && l.Seed == last.Seed {
			l.Finding = last.Finding // still busy with it
		}
		if last = l; !l.Begin {
			c.tested(&l)
		}
	}
	hung := !watch.Stop()
	werr := proc.Wait()
	switch {
	case ctx.Err() != nil || werr == nil:
		return last, "", nil
	case hung:
		return last, fmt.Sprintf("no answer after %v", c.timeout), nil
	case !last.Begin:
		return last, "", errors.New(strings.TrimSpace(stderr.String()))
	}
	return last, fmt.Sprintf("the process dies: %v\n%s", werr, strings.TrimSpace(stderr.String())), nil
}

// end is the number after the last one.
func (c *campaign) end() uint64 {
	if c.count == 0 {
		return ^uint64(0)
	}
	return c.seed + uint64(c.count)
}

// tested counts an input.
func (c *campaign) tested(l *fuzzLine) {
	if l.Finding != nil {
		c.finding(l.Finding)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inputs++
	c.units += l.Units
	c.bar.update(c.inputs, c.findings)
}

// finding writes a finding to a file.
func (c *campaign) finding(f *fuzz.Finding) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.findings++
	key := filetest.WithoutNumbers(f.Message)
	if c.seen == nil {
		c.seen = map[string]int{}
	}
	if c.seen[key]++; c.seen[key] > maxAlike {
		return
	}
	path := filepath.Join(c.dir, fmt.Sprintf("%s-%d.clif", c.target, f.Seed))
	err := os.MkdirAll(c.dir, 0o777)
	if err == nil {
		err = os.WriteFile(path, []byte(f.String()), 0o666)
	}
	first, _, _ := strings.Cut(f.Message, "\n")
	if err != nil {
		first += fmt.Sprintf(" (%v)", err)
	}
	fmt.Fprintf(c.out, "%s: %s\n", path, first)
}

// fuzzWorkerName is the command of the processes.
const fuzzWorkerName = "fuzz-worker"

// newFuzzWorker makes the command.
func newFuzzWorker() *cobra.Command {
	var first, step, end uint64
	var levels []string
	var keep bool
	cmd := &cobra.Command{
		Use:    fuzzWorkerName + " TARGET [FILE...]",
		Short:  "Test inputs for \"davit fuzz\"",
		Hidden: true,
		Args:   cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := newFuzzer(args[0], args[1:], levels)
			if err != nil {
				return err
			}
			enc := json.NewEncoder(cmd.OutOrStdout())
			for seed := first; seed < end && err == nil; seed += step {
				err = testInput(cmd.Context(), f, seed, keep, enc)
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.Uint64Var(&first, "first", 0, "first `number`")
	flags.Uint64Var(&step, "step", 1, "`distance` of numbers")
	flags.Uint64Var(&end, "end", 0, "`number` after the last")
	flags.StringSliceVar(&levels, "level", nil, "`levels` of the instruction set")
	flags.BoolVar(&keep, "keep", false, "do not make findings small")
	return cmd
}

// testInput tests an input and writes what comes of it.
func testInput(ctx context.Context, f *fuzz.Fuzzer, seed uint64, keep bool, enc *json.Encoder) error {
	if err := enc.Encode(fuzzLine{Begin: true, Seed: seed}); err != nil {
		return err
	}
	units, found := f.Run(ctx, seed)
	if found != nil && !keep {
		err := enc.Encode(fuzzLine{Begin: true, Seed: seed, Finding: found})
		at := time.Now()
		found = f.Shrink(ctx, found, func() {
			if err == nil && time.Since(at) > time.Second {
				at = time.Now()
				err = enc.Encode(fuzzLine{Begin: true, Seed: seed})
			}
		})
		if err != nil {
			return err
		}
	}
	return enc.Encode(fuzzLine{Seed: seed, Units: units, Finding: found})
}
