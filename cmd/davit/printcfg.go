package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"davit/ir"
	"davit/ir/flow"
	"davit/ir/text"
)

// analysis is something to print about the control flow of a function.
type analysis struct {
	name     string
	appendTo func(b []byte, f *ir.Func, c *flow.CFG) []byte
}

var analyses = []analysis{
	{"dot", flow.AppendDot},
	{"domtree", func(b []byte, _ *ir.Func, c *flow.CFG) []byte {
		var t flow.DomTree
		t.Compute(c)
		return flow.AppendDomTree(b, c, &t)
	}},
	{"postdomtree", func(b []byte, _ *ir.Func, c *flow.CFG) []byte {
		var t flow.DomTree
		t.ComputePost(c)
		return flow.AppendPostDomTree(b, &t)
	}},
	{"loops", func(b []byte, _ *ir.Func, c *flow.CFG) []byte {
		var l flow.LoopForest
		l.Compute(c)
		return flow.AppendLoops(b, c, &l)
	}},
}

func analysisNames() []string {
	var names []string
	for _, a := range analyses {
		names = append(names, a.name)
	}
	return names
}

func newPrintCFG() *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use:   "print-cfg FILE...",
		Short: "Print control-flow graphs, dominator trees or loops of functions",
		Long: `Print-cfg prints for each function what --as names. A file named "-" is standard input.

  dot          the control-flow graph in the language of Graphviz: a node for each block with its header and its
               branch, and an edge for each branch
  domtree      post-order of the graph and dominator tree: a line per block, followed by the blocks that it
               immediately dominates
  postdomtree  the same for post-dominators; "exit" is a virtual exit, which follows each block without successors
  loops        loops, outer ones first, each with its header and the blocks that are in no loop within it

Of several functions each but the first comes after a blank line, and all but graphs start with "function NAME".`,
		Example:           "  davit print-cfg loop.clif | dot -Tsvg >loop.svg\n  davit print-cfg --as loops loop.clif",
		ValidArgsFunction: completeFiles,
		Args:              cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			i := slices.IndexFunc(analyses, func(a analysis) bool { return a.name == as })
			if i < 0 {
				return fmt.Errorf("unknown form %q, expected one of %s", as, strings.Join(analysisNames(), ", "))
			}
			return printCFG(cmd, args, &analyses[i])
		},
	}
	cmd.Flags().StringVar(&as, "as", "dot", "`form` of the output: "+strings.Join(analysisNames(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("as", cobra.FixedCompletions(analysisNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func printCFG(cmd *cobra.Command, paths []string, a *analysis) error {
	var out []byte
	var c flow.CFG
	for _, path := range paths {
		file, err := parse(cmd, path, text.Options{NoPositions: true, NoComments: true})
		if err != nil {
			return err
		}
		for _, fn := range file.Funcs {
			if len(out) > 0 {
				out = append(out, '\n')
			}
			if a.name != "dot" {
				out = fmt.Appendf(out, "function %v\n", fn.Name)
			}
			c.Compute(fn.Func)
			out = a.appendTo(out, fn.Func, &c)
		}
	}
	_, err := cmd.OutOrStdout().Write(out)
	return err
}
