package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"davit/filetest"
)

func newTest() *cobra.Command {
	opts := filetest.Options{Bless: os.Getenv("DAVIT_BLESS") == "1"}
	var verbose bool
	cmd := &cobra.Command{
		Use:   "test PATH...",
		Short: "Run file tests",
		Long: `Test runs the tests that files of CLIF describe in their first lines and in comments. A directory stands for all
the .clif files in it and below, "-" for standard input. It prints each failure with file and line, the files that were
skipped by reason, and last a line "N passed, N failed, N skipped". It counts files. The exit status is 1 if a file failed.

A file is skipped if one of its tests needs a command, an opcode or an instruction set that Davit lacks. Pairs of a
test and a target that can only run on another machine do not count as long as one pair ran; -v shows them.

Files may declare the host functions %davit_print_i64, %davit_alloc, %davit_gc and others: see "go doc
davit/filetest/hostfn". With DAVIT_BLESS=1 in the environment, expected output in the files is replaced by what comes
out, instead of compared with it.`,
		Example: "  davit test --only=run,cat -v filetests",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			bar := newBar(cmd.ErrOrStderr())
			opts.Progress, opts.Stdin = bar.update, cmd.InOrStdin()
			report, err := filetest.Run(args, opts)
			bar.finish()
			if err != nil {
				return err
			}
			if err := report.Write(cmd.OutOrStdout(), verbose); err != nil {
				return err
			}
			if _, failed, _ := report.Counts(); failed > 0 {
				return errReported
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&opts.Only, "only", nil, "run these test `commands` only: "+strings.Join(filetest.Commands(), ", "))
	flags.StringArrayVar(&opts.Set, "set", nil, "add a `setting` to every target, as in opt_level=speed (repeatable)")
	flags.BoolVarP(&verbose, "verbose", "v", false, "show every file with its pairs of test and target")
	flags.BoolVar(&opts.IgnorePreciseOutput, "ignore-precise-output", false,
		"do not compare machine code with the expectations of precise-output tests")
	flags.IntVarP(&opts.Jobs, "jobs", "j", 0, "test `n` files at the same time (default: number of CPUs)")
	_ = cmd.RegisterFlagCompletionFunc("only", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return filetest.Commands(), cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

// bar shows progress on a terminal and nothing elsewhere.
type bar struct {
	w io.Writer
	p *progressbar.ProgressBar
}

func newBar(w io.Writer) *bar {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &bar{}
	}
	return &bar{w: w}
}

func (b *bar) update(done, total int) {
	if b.w == nil {
		return
	}
	if b.p == nil {
		b.p = progressbar.NewOptions(total, progressbar.OptionSetWriter(b.w), progressbar.OptionClearOnFinish(),
			progressbar.OptionShowCount(), progressbar.OptionSetDescription("files"),
			progressbar.OptionThrottle(50*time.Millisecond))
	}
	_ = b.p.Set(done)
}

// counter shows on a terminal how many candidates there were, and the size of the best; nothing elsewhere.
type counter struct {
	bar
	unit string
}

func newCounter(w io.Writer, unit string) *counter { return &counter{*newBar(w), unit} }

func (c *counter) update(tests, size int) {
	if c.w == nil {
		return
	}
	if c.p == nil {
		c.p = progressbar.NewOptions(-1, progressbar.OptionSetWriter(c.w), progressbar.OptionClearOnFinish(),
			progressbar.OptionSpinnerType(14), progressbar.OptionThrottle(50*time.Millisecond))
	}
	c.p.Describe(fmt.Sprintf("%d %s after %d candidates", size, c.unit, tests))
	_ = c.p.Add(1)
}

func (b *bar) finish() {
	if b.p != nil {
		_ = b.p.Finish()
		fmt.Fprint(b.w, "\r")
	}
}
