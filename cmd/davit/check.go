package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"davit/compile"
	"davit/filetest"
	"davit/ir/text"
	"davit/settings"
	"davit/stackmap/check"
)

func newCheck() *cobra.Command {
	var o compileOptions
	var verbose bool
	cmd := &cobra.Command{
		Use:   "check FILE...",
		Short: "Prove that stack maps are right",
		Long: `Check compiles the functions of files and proves, before lowering and once more for the machine code, that after each
call no reference from before it is used: each is read from a stack slot that the stack map of the call names, and
something was stored there on every path. It prints every violation with the value or slot, the call and the path between.
The exit status is 1 if there is one. A file named "-" is standard input.

References are the values that ";@needs_stack_map v3, v5" at the top of a function declares; such functions get their
stack maps first, as --set safepoints=early or late says, and it is proved that every instruction still gets what it got.
In any function, references are also the values that are stored to or loaded from a slot position which some stack map
names. Calls of what is marked ";@nogc" are no safepoints. "go doc davit/stackmap/check" tells the rules.

Settings are those of "davit compile".`,
		Example:           "  davit check list.clif --target x86_64 --set safepoints=late",
		ValidArgsFunction: completeFiles,
		Args:              cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var errs []error
			for _, path := range args {
				errs = append(errs, o.check(cmd, path, verbose))
			}
			return errors.Join(errs...)
		},
	}
	o.targetFlags(cmd)
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "print what was proved")
	return cmd
}

// check proves the stack maps of the functions of a file.
func (o *compileOptions) check(cmd *cobra.Command, path string, verbose bool) error {
	file, target, err := o.load(cmd, path)
	if err != nil {
		return err
	}
	ctx := compile.Context{CheckStackMaps: settings.CheckAllMaps}
	var errs []error
	for _, fn := range file.Funcs {
		maps, entries, err := checkFunc(&ctx, fn, target)
		switch {
		case err != nil:
			errs = append(errs, compileError(path, fn, err))
		case verbose:
			fmt.Fprintf(cmd.OutOrStdout(), "%s: stack maps: %d, entries: %d\n", fn.Name, maps, entries)
		}
	}
	return errors.Join(errs...)
}

// checkFunc returns the number of stack maps in the code of a function, and of their entries.
func checkFunc(ctx *compile.Context, fn *text.Function, target compile.Target) (maps, entries int, err error) {
	f, err := filetest.PlaceStackMaps(fn.Func, target.Flags())
	if err != nil {
		return 0, 0, err
	}
	if f != fn.Func {
		if err := check.Placement(fn.Func, f).Err(); err != nil {
			return 0, 0, err
		}
	}
	code, err := ctx.Compile(f, target)
	if err != nil {
		return 0, 0, err
	}
	for _, m := range code.StackMaps {
		entries += len(m.Entries)
	}
	return len(code.StackMaps), entries, nil
}

// mapErrors gives errors about stack maps, the cause of err, their places.
func mapErrors(fn *text.Function, list check.ErrorList, err error) text.ErrorList {
	ours := ""
	if bug, ok := err.(*compile.InternalError); ok {
		ours = fmt.Sprintf("internal error while the compiler was in phase %q: ", bug.Phase)
	}
	var out text.ErrorList
	for _, e := range list {
		pos := fn.PosOf(e.At.Entity())
		if pos == fn.Start {
			pos = fn.PosOf(e.Safepoint.Entity()) // what a pass has added has no place
		}
		out = append(out, text.Error{Pos: pos, Msg: ours + e.Error()})
	}
	return out
}
