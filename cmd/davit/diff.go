package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"davit/internal/difftest"
	"davit/ir"
	"davit/ir/text"
	"davit/settings"
)

// diffOptions are the flags of the command.
type diffOptions struct {
	difftest.FileOptions
	set            []string
	baseline, list bool
}

func newDiff() *cobra.Command {
	var o diffOptions
	cmd := &cobra.Command{
		Use:   "diff PATH...",
		Short: "Compare compiled functions with the interpreter",
		Long: `Diff calls each function of the files with random and edge-case arguments, once compiled for this machine and once
in the interpreter, and compares results, traps, exceptions and memory. A directory stands for all the .clif files in it
and below; a file named "-" is standard input.

The first difference of a function is shown as a file test: arguments as simple as possible, and the result of the
interpreter as what is expected. The exit status is 1 if there is any.

A parameter from which addresses are computed gets, more often than not, the address of some memory. Functions and data that
are not defined in the file are made up: such a function notes its arguments and returns any numbers. Functions that cannot
be compared are listed with the reason: what the machine or the interpreter lacks, or that what they do depends on
addresses, on memory that they have not written, or on the bits of NaNs.

The "set" lines of the file's header and the flags of its first "target" line for this machine apply, on top of all
features of this machine or, with --baseline, of none.`,
		Example:           "  davit diff --runs 1000 fib.clif",
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeFiles,
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd, args) },
	}
	flags := cmd.Flags()
	flags.IntVar(&o.Runs, "runs", 100, "call each function `n` times")
	flags.Uint64Var(&o.Seed, "seed", 0, "choose arguments by this `number`")
	flags.StringArrayVar(&o.set, "set", nil, "add a `setting`: NAME, NAME=VALUE or a preset (repeatable)")
	flags.BoolVar(&o.baseline, "baseline", false, "use only features that the file or --set asks for")
	flags.BoolVar(&o.Reduce, "reduce", false, "make functions with a difference as small as possible")
	flags.BoolVarP(&o.list, "verbose", "v", false, "list the functions that agree, too")
	return cmd
}

// diffTotals adds up what has come of the functions.
type diffTotals struct {
	compared, calls, different int
	skipped                    map[string]int
}

func (o *diffOptions) run(cmd *cobra.Command, args []string) error {
	paths, err := clifFiles(args)
	if err != nil {
		return err
	}
	t := diffTotals{skipped: map[string]int{}}
	var errs []error
	for _, path := range paths {
		if err := o.file(cmd, path, &t); err != nil {
			errs = append(errs, err)
		}
	}
	t.write(cmd.OutOrStdout())
	if t.different > 0 && len(errs) == 0 {
		return errReported
	}
	return errors.Join(errs...)
}

// clifFiles replaces directories by the files in them.
func clifFiles(args []string) ([]string, error) {
	var paths []string
	for _, a := range args {
		if a == "-" {
			paths = append(paths, a)
			continue
		}
		err := filepath.WalkDir(a, func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (p == a || filepath.Ext(p) == ".clif") {
				paths = append(paths, p)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return paths, nil
}

// file compares the functions of a file.
func (o *diffOptions) file(cmd *cobra.Command, path string, t *diffTotals) error {
	file, err := parse(cmd, path, hostConv)
	if err != nil {
		return err
	}
	opts := o.FileOptions
	if opts.Flags, err = o.flags(file); err != nil {
		return inFile(path, err)
	}
	d, err := difftest.NewDiffer(opts)
	if err != nil {
		return inFile(path, err)
	}
	defer d.Close()
	out := cmd.OutOrStdout()
	var funcs []*ir.Func
	for _, f := range file.Funcs {
		funcs = append(funcs, f.Func)
	}
	for i, f := range file.Funcs {
		r := d.Func(funcs, i)
		where := fmt.Sprintf("%s:%v: %v", path, f.Start, f.Name)
		switch {
		case r.Diff != nil:
			t.different++
			fmt.Fprintf(out, "%s: %s\n%s\n", where, r.Diff.Message, r.Diff)
		case r.Skipped != "":
			t.skipped[r.Skipped]++
			fmt.Fprintf(out, "%s: skipped: %s\n", where, r.Skipped)
		default:
			t.compared++
			t.calls += r.Compared
			if o.list {
				fmt.Fprintf(out, "%s: %d calls agree\n", where, r.Compared)
			}
		}
	}
	return nil
}

// flags returns the settings for a file.
func (o *diffOptions) flags(file *text.File) (settings.Flags, error) {
	f := settings.Native()
	if o.baseline {
		f = settings.Default(f.Arch())
	}
	f.SetBool(settings.EnableMultiRetImplicitSret, true)
	f.SetBool(settings.EnableLLVMABIExtensions, true)
	if err := applyHeader(&f, file.Header); err != nil {
		return f, err
	}
	for _, s := range o.set {
		if err := f.Set(s); err != nil {
			return f, err
		}
	}
	return f, nil
}

// write prints the totals.
func (t *diffTotals) write(w io.Writer) {
	n := 0
	reasons := slices.SortedFunc(maps.Keys(t.skipped), func(a, b string) int {
		if d := t.skipped[b] - t.skipped[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for _, r := range reasons {
		n += t.skipped[r]
		fmt.Fprintf(w, "%6d skipped: %s\n", t.skipped[r], r)
	}
	fmt.Fprintf(w, "%d functions agree in %d calls, %d differ, %d skipped\n", t.compared, t.calls, t.different, n)
}
