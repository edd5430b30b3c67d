package main

import (
	"github.com/spf13/cobra"

	"davit/ir"
	"davit/ir/text"
)

func newCat() *cobra.Command {
	var readable bool
	cmd := &cobra.Command{
		Use:   "cat FILE...",
		Short: "Print the functions of CLIF files",
		Long: `Cat parses files of CLIF and prints their functions in canonical form, with a blank line between them.
Comments and the header are dropped. A file named "-" is standard input.

The form is that of Cranelift's own tools. It leaves a few things out: declarations of dynamic vector types, memory
flags of atomic_rmw and atomic_cas, pragmas. With --readable everything is printed, so that parsing the output gives
the same functions again.`,
		Example:           "  davit cat --readable loop.clif",
		ValidArgsFunction: completeFiles,
		Args:              cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			mode := ir.Reference
			if readable {
				mode = ir.Lossless
			}
			return cat(cmd, args, mode)
		},
	}
	cmd.Flags().BoolVar(&readable, "readable", false, "print everything that parsing needs to read the functions back")
	return cmd
}

func cat(cmd *cobra.Command, paths []string, mode ir.PrintMode) error {
	var out []byte
	for _, path := range paths {
		file, err := parse(cmd, path, text.Options{NoPositions: true, NoComments: true})
		if err != nil {
			return err
		}
		for _, fn := range file.Funcs {
			if len(out) > 0 {
				out = append(out, '\n')
			}
			out = fn.AppendTo(out, mode)
		}
	}
	_, err := cmd.OutOrStdout().Write(out)
	return err
}
