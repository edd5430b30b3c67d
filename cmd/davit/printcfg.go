package main

import (
	"io"

	"github.com/spf13/cobra"

	"davit/filetest"
	"davit/ir/text"
)

func newPrintCFG() *cobra.Command {
	return &cobra.Command{
		Use:   "print-cfg FILE...",
		Short: "Print the control-flow graphs of functions in the language of Graphviz",
		Long: `Print-cfg prints a graph for each function: a node for each block with its header and its branch, and an edge
for each branch. A file named "-" is standard input.`,
		Example: "  davit print-cfg loop.clif | dot -Tsvg >loop.svg",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			out := ""
			for _, path := range args {
				file, err := parse(cmd, path, text.Options{NoPositions: true, NoComments: true})
				if err != nil {
					return err
				}
				for _, fn := range file.Funcs {
					if out != "" {
						out += "\n"
					}
					out += filetest.CFG(fn.Func)
				}
			}
			_, err := io.WriteString(cmd.OutOrStdout(), out)
			return err
		},
	}
}
