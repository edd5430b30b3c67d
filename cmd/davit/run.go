package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"davit/filetest"
	"davit/ir/text"
	"davit/settings"
)

const directivesHelp = `A comment behind a function is a directive if it starts with "run:" or "print:":

  ; run: %add(1, 2) == 3         call, compare with the expected value (or != )
  ; run: %divmod(7, 2) == [3, 1] several results
  ; print: %add(1, 2)            call, show the results
  ; run                          call a function without parameters, expect an integer other than 0

Integers are decimal or hexadecimal, floats are CLIF literals (0x1.8p0, +NaN, -Inf) and compared by their bits, vectors
are 0x and two digits per byte, the most significant first, or lanes in brackets, lane 0 first. If a file has no
directives but a function %main without parameters, that is called and its results are shown.

Functions may declare functions of the host: %davit_print_i64(i64) and the like, %davit_alloc(i64) -> i64, %davit_gc().
"go doc davit/filetest/hostfn" lists them.`

func newRun() *cobra.Command {
	var set []string
	var verbose bool
	cmd := &cobra.Command{
		Use:   "run FILE...",
		Short: "Compile files for this machine and execute their directives",
		Long: `Run compiles the functions of a file for the machine that runs, with all its features, and executes the directives
of the file. The "set" lines of the file's header and the flags of its first "target" line for this machine apply.
The exit status is 1 if a directive does not hold. A file named "-" is standard input.

` + directivesHelp,
		Example:           "  davit run fib.clif",
		ValidArgsFunction: completeFiles,
		Args:              cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return execute(cmd, args, func(file *text.File) (filetest.ExecOptions, error) {
				f := settings.Native()
				if err := applyHeader(&f, file.Header); err != nil {
					return filetest.ExecOptions{}, err
				}
				for _, s := range set {
					if err := f.Set(s); err != nil {
						return filetest.ExecOptions{}, err
					}
				}
				return filetest.ExecOptions{Flags: f, Verbose: verbose}, nil
			})
		},
	}
	cmd.Flags().StringArrayVar(&set, "set", nil, "add a `setting`: NAME, NAME=VALUE or a preset (repeatable)")
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "show the calls that hold, too")
	return cmd
}

func newInterpret() *cobra.Command {
	var verbose, stress, strict bool
	cmd := &cobra.Command{
		Use:   "interpret FILE...",
		Short: "Execute the directives of files with the interpreter",
		Long: `Interpret executes the directives of a file without compiling anything. The exit status is 1 if a directive does
not hold. A file named "-" is standard input.

` + directivesHelp,
		Example:           "  davit interpret fib.clif",
		ValidArgsFunction: completeFiles,
		Args:              cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return execute(cmd, args, func(file *text.File) (filetest.ExecOptions, error) {
				f := settings.Native()
				err := applyHeader(&f, file.Header)
				return filetest.ExecOptions{Interpret: true, StressGC: stress, Strict: strict, Flags: f, Verbose: verbose}, err
			})
		},
	}
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "show the calls that hold, too")
	cmd.Flags().BoolVar(&strict, "strict", false, "make it an error to read stack slots before they are written, and to access the stack outside of slots")
	cmd.Flags().BoolVar(&stress, "stress-gc", false, "move all objects of davit_alloc at every safepoint, to find missing stack maps")
	return cmd
}

// execute executes the directives of files; options depend on the header of each.
func execute(cmd *cobra.Command, paths []string, options func(*text.File) (filetest.ExecOptions, error)) error {
	var errs []error
	for _, path := range paths {
		file, err := parse(cmd, path, hostConv)
		if err == nil {
			var opts filetest.ExecOptions
			if opts, err = options(file); err == nil {
				opts.Out = cmd.OutOrStdout()
				err = filetest.Execute(file, opts)
			}
			err = inFile(path, err)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// inFile puts the path before each line of an error that has no path of its own.
func inFile(path string, err error) error {
	if _, placed := err.(*positions); err == nil || placed {
		return err
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var errs []error
		for _, e := range joined.Unwrap() {
			errs = append(errs, inFile(path, e))
		}
		return errors.Join(errs...)
	}
	sep := ": "
	var f *filetest.Failure
	if errors.As(err, &f) && f.Line > 0 {
		sep = ":"
	}
	return errors.New(path + sep + strings.TrimRight(err.Error(), "\n"))
}
