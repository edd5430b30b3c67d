package filetest

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"davit/ir"
	"davit/ir/flow"
)

// CFG returns the control-flow graph of f in the language of Graphviz: a node for each block of the layout, with its
// header and its last instruction, and an edge for each branch, from the
// instruction to the target.
func CFG(f *ir.Func) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "digraph \"%s\" {\n", f.Name)
	if e := f.Entry(); e != ir.NoBlock {
		fmt.Fprintf(&b, "    {rank=min; %v}\n", e)
	}
	for blk := range f.Blocks() {
		fmt.Fprintf(&b, "    %v [shape=record, label=\"{%s\n", blk, f.AppendBlockHeader(nil, blk))
		if inst := f.LastInst(blk); inst != ir.NoInst {
			fmt.Fprintf(&b, " | <%v>%s\n", inst, branchText(f, inst))
		}
		b.WriteString("}\"]\n")
	}
	var cfg flow.CFG
	cfg.Compute(f)
	var preds []flow.Pred
	for blk := range f.Blocks() {
		preds = cfg.UniquePreds(blk, preds[:0])
		slices.SortFunc(preds, func(x, y flow.Pred) int { return cmp.Compare(x.Inst, y.Inst) })
		for _, p := range preds {
			fmt.Fprintf(&b, "    %v:%v -> %v\n", p.Block, p.Inst, blk)
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// branchText returns the text of an instruction, without its type where the operand that it follows from is defined in
// the same block.
func branchText(f *ir.Func, inst ir.Inst) string {
	s := f.InstString(inst)
	d := f.Data(inst)
	k := d.Op.Info().From.ArgIndex()
	if args := f.Args(inst); k >= 0 && k < len(args) {
		v := f.Resolve(args[k])
		blk := ir.NoBlock
		if def, _, ok := f.DefInst(v); ok {
			blk = f.InstBlock(def)
		} else if b, _, ok := f.DefParam(v); ok {
			blk = b
		}
		if blk == f.InstBlock(inst) {
			s = strings.Replace(s, "."+d.Type.String()+" ", " ", 1)
		}
	}
	return s
}
