package flow

import (
	"cmp"
	"slices"
	"strconv"

	"davit/ir"
)

// AppendDot appends c, the control-flow graph of f, in the language of Graphviz: a node per block of the layout with its
// header and its last instruction, then an edge per predecessor of each block, those of one block in the order of the
// numbers of their instructions.
func AppendDot(b []byte, f *ir.Func, c *CFG) []byte {
	b = append(append(append(b, `digraph "`...), f.Name.String()...), "\" {\n"...)
	if e := c.Entry(); e != ir.NoBlock {
		b = append(appendBlock(append(b, "    {rank=min; "...), e), "}\n"...)
	}
	for blk := f.Entry(); blk != ir.NoBlock; blk = f.NextBlock(blk) {
		b = append(appendBlock(append(b, "    "...), blk), ` [shape=record, label="{`...)
		b = append(f.AppendBlockHeader(b, blk), '\n')
		if inst := f.LastInst(blk); inst != ir.NoInst {
			b = append(appendInst(append(b, " | <"...), inst), '>')
			b = append(f.AppendReferenceInst(b, inst), '\n')
		}
		b = append(b, "}\"]\n"...)
	}
	var preds []Pred
	for blk := f.Entry(); blk != ir.NoBlock; blk = f.NextBlock(blk) {
		preds = c.UniquePreds(blk, preds[:0])
		slices.SortFunc(preds, func(x, y Pred) int { return cmp.Compare(x.Inst, y.Inst) })
		for _, p := range preds {
			b = append(appendBlock(append(b, "    "...), p.Block), ':')
			b = append(appendInst(b, p.Inst), " -> "...)
			b = append(appendBlock(b, blk), '\n')
		}
	}
	return append(b, "}\n"...)
}

// AppendDomTree appends the post-order of c and t, its dominator tree, as text:
//
//	cfg_postorder: block2 block1 block0
//	domtree_preorder {
//	    block0: block1
//	    block1: block2
//	    block2:
//	}
func AppendDomTree(b []byte, c *CFG, t *DomTree) []byte {
	b = append(b, "cfg_postorder:"...)
	for _, blk := range c.PostOrder() {
		b = appendBlock(append(b, ' '), blk)
	}
	b = append(b, "\ndomtree_preorder {\n"...)
	for _, blk := range t.PreOrder() {
		b = append(appendBlock(append(b, "    "...), blk), ':')
		for child := range t.Children(blk) {
			b = appendBlock(append(b, ' '), child)
		}
		b = append(b, '\n')
	}
	return append(b, "}\n"...)
}

func appendBlock(b []byte, blk ir.Block) []byte {
	return strconv.AppendUint(append(b, "block"...), uint64(blk), 10)
}

func appendInst(b []byte, i ir.Inst) []byte {
	return strconv.AppendUint(append(b, "inst"...), uint64(i), 10)
}
