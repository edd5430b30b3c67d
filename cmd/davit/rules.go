package main

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"davit/compile"
	"davit/filetest"
	"davit/internal/rulec/rule"
	"davit/settings"
)

func newRules() *cobra.Command {
	var target string
	var coverage bool
	cmd := &cobra.Command{
		Use:   "rules [PATH...]",
		Short: "List the rules of instruction selection",
		Long: `Rules lists the rules by which instructions are selected for a target: name, opcode, and place in the source.

With --coverage it runs the compile and run tests in the files and directories PATH, testdata/filetests if there is none,
and adds to each rule the first file that exercises it. Tests for other machines of the same architecture are compiled
only. The exit status is 1 if a rule has no test, or if a test fails.`,
		Example: "  davit rules --coverage testdata/filetests",
		Args: func(cmd *cobra.Command, args []string) error {
			if !coverage {
				return cobra.NoArgs(cmd, args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			rules, arch, err := rulesOf(target)
			if err != nil {
				return err
			}
			if !coverage {
				return printRules(cmd, rules, nil)
			}
			if len(args) == 0 {
				args = []string{"testdata/filetests"}
			}
			return printCoverage(cmd, rules, arch, args)
		},
	}
	cmd.Flags().StringVar(&target, "target", "native", "list the rules for a `triple` such as x86_64, or native")
	cmd.Flags().BoolVar(&coverage, "coverage", false, "run tests and show for every rule one that exercises it")
	return cmd
}

// rulesOf returns the selection rules for a target.
func rulesOf(target string) ([]rule.Info, settings.Arch, error) {
	triple, err := settings.ParseTriple(target)
	if err != nil {
		return nil, settings.NoArch, err
	}
	rules := compile.Rules(triple.Arch)
	if rules == nil {
		return nil, settings.NoArch, &compile.Unsupported{ISA: triple.Arch.String(), What: "code generation"}
	}
	return rules, triple.Arch, nil
}

// printRules prints a line per rule, with the test that exercises it if tests is not nil.
func printRules(cmd *cobra.Command, rules []rule.Info, tests []string) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	for id, r := range rules {
		line := r.Name + "\t" + r.Opcode + "\t" + r.Pos()
		if id < len(tests) && tests[id] != "" {
			line += "\t" + tests[id]
		}
		fmt.Fprintln(w, line)
	}
	return w.Flush()
}

func printCoverage(cmd *cobra.Command, rules []rule.Info, arch settings.Arch, paths []string) error {
	report, err := filetest.Run(paths, filetest.Options{Only: []string{"compile", "run"}, Coverage: arch})
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	tests := report.RuleTests()
	if err := printRules(cmd, rules, tests); err != nil {
		return err
	}
	missing := 0
	for id, r := range rules {
		if id >= len(tests) || tests[id] == "" {
			fmt.Fprintf(out, "no test: %s (%s)\n", r.Name, r.Pos())
			missing++
		}
	}
	_, failed, _ := report.Counts()
	if failed > 0 {
		err = report.Write(out, false)
	}
	fmt.Fprintf(out, "%d rules, %d without a test\n", len(rules), missing)
	if err == nil && (missing > 0 || failed > 0) {
		err = errReported
	}
	return err
}

// without returns a trace that switches off the rules of the given names; nil if there are none.
func without(names []string, arch settings.Arch) (*rule.Trace, error) {
	if len(names) == 0 {
		return nil, nil
	}
	rules := compile.Rules(arch)
	t := rule.New(len(rules))
	var errs []error
	for _, name := range names {
		if !t.Disable(rules, name) {
			errs = append(errs, fmt.Errorf("%v has no rule %q; \"davit rules\" lists them", arch, name))
		}
	}
	return t, errors.Join(errs...)
}
