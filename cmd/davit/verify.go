package main

import (
	"errors"

	"github.com/spf13/cobra"

	"davit/filetest"
	"davit/ir/text"
	"davit/ir/verify"
	"davit/settings"
)

func newVerify() *cobra.Command {
	var lint bool
	var target string
	var set []string
	cmd := &cobra.Command{
		Use:   "verify FILE...",
		Short: "Check that functions are well-formed",
		Long: `Verify checks the rules of CLIF and prints every violation. The exit status is 1 if there is one. A file named "-"
is standard input.

Some rules depend on the target: the width of addresses, enable_pinned_reg, preserve_frame_pointers. They apply if there
is a --target, or if the header of the file has exactly one "target" line, of an architecture that Davit knows, then with
the settings of the header.

With --lint it also reports what is suspicious, though not wrong: entries of stack maps that nothing has been stored to.`,
		Example:           "  davit verify --lint list.clif",
		ValidArgsFunction: completeFiles,
		Args:              cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var errs []error
			for _, path := range args {
				file, err := parse(cmd, path, text.Options{})
				if err != nil {
					errs = append(errs, err)
					continue
				}
				opts, err := verifyOptions(file.Header, target, set)
				if err != nil {
					errs = append(errs, inFile(path, err))
					continue
				}
				for _, fn := range file.Funcs {
					list := verify.Func(fn.Func, opts)
					if lint && len(list) == 0 {
						list = verify.Lint(fn.Func)
					}
					errs = append(errs, inFile(path, filetest.Positions(fn, list)))
				}
			}
			return errors.Join(errs...)
		},
	}
	cmd.Flags().BoolVar(&lint, "lint", false, "report what is suspicious, too")
	cmd.Flags().StringVar(&target, "target", "", "apply the rules for a `triple` such as x86_64, or native")
	cmd.Flags().StringArrayVar(&set, "set", nil, "add a `setting`: NAME, NAME=VALUE or a preset (repeatable)")
	return cmd
}

// verifyOptions returns the options for the target that is named, or else for the only one of a header.
func verifyOptions(header []text.Directive, target string, set []string) (verify.Options, error) {
	fromHeader := target == ""
	if fromHeader {
		n := 0
		for _, d := range header {
			if d.Kind == text.Target && len(d.Args) > 0 {
				target = d.Args[0]
				n++
			}
		}
		if n != 1 {
			return anyISA(set)
		}
	}
	triple, err := settings.ParseTriple(target)
	if fromHeader && errors.Is(err, settings.ErrUnsupportedArch) {
		return anyISA(set)
	}
	if err != nil {
		return verify.Options{}, err
	}
	f := settings.Default(triple.Arch)
	if fromHeader {
		if err := applyHeader(&f, header); err != nil {
			return verify.Options{}, err
		}
	}
	for _, s := range set {
		if err := f.Set(s); err != nil {
			return verify.Options{}, err
		}
	}
	return filetest.VerifyOptions(&f), nil
}

// anyISA returns the options for the rules that do not depend on the target.
func anyISA(set []string) (verify.Options, error) {
	if len(set) > 0 {
		return verify.Options{}, errors.New("--set needs a --target, as the header of the file has not exactly one that Davit knows")
	}
	return verify.Options{AnyISA: true}, nil
}
