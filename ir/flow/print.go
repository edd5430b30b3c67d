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
		b = appendChildren(append(appendBlock(append(b, "    "...), blk), ':'), t.Children(blk))
	}
	return append(b, "}\n"...)
}

// AppendPostDomTree appends t, the post-dominator tree of a graph, as text. What only the virtual exit post-dominates
// stands below "exit":
//
//	postdomtree_preorder {
//	    exit: block3
//	    block3: block1 block2 block0
//	    block1:
//	    block2:
//	    block0:
//	}
func AppendPostDomTree(b []byte, t *DomTree) []byte {
	b = append(b, "postdomtree_preorder {\n"...)
	for _, blk := range t.PreOrder() {
		if blk == ir.NoBlock {
			b = appendChildren(append(b, "    exit:"...), t.roots())
			continue
		}
		b = appendChildren(append(appendBlock(append(b, "    "...), blk), ':'), t.Children(blk))
	}
	return append(b, "}\n"...)
}

func appendChildren(b []byte, children func(yield func(ir.Block) bool)) []byte {
	for child := range children {
		b = appendBlock(append(b, ' '), child)
	}
	return append(b, '\n')
}

// AppendLoops appends l, the loops of c, as text: outer loops before those within them, each with its header and the
// blocks of which it is the innermost loop, in reverse post-order. A loop that has an entry besides its header is
// irreducible.
//
//	loops {
//	    loop0 depth 1 header block1: block1 block4
//	    loop1 depth 2 in loop0 irreducible header block2: block2 block3
//	}
func AppendLoops(b []byte, c *CFG, l *LoopForest) []byte {
	blocks := make([][]ir.Block, l.NumLoops())
	for _, blk := range slices.Backward(c.PostOrder()) {
		if i := l.Of(blk); i != NoLoop {
			blocks[i] = append(blocks[i], blk)
		}
	}
	b = append(b, "loops {\n"...)
	for i := range Loop(l.NumLoops()) {
		b = append(appendLoop(append(b, "    "...), i), " depth "...)
		b = strconv.AppendInt(b, int64(l.LoopDepth(i)), 10)
		if p := l.Parent(i); p != NoLoop {
			b = appendLoop(append(b, " in "...), p)
		}
		if !l.IsReducible(i) {
			b = append(b, " irreducible"...)
		}
		b = append(appendBlock(append(b, " header "...), l.Header(i)), ':')
		for _, blk := range blocks[i] {
			b = appendBlock(append(b, ' '), blk)
		}
		b = append(b, '\n')
	}
	return append(b, "}\n"...)
}

func appendLoop(b []byte, i Loop) []byte {
	return strconv.AppendUint(append(b, "loop"...), uint64(i), 10)
}

func appendBlock(b []byte, blk ir.Block) []byte {
	return strconv.AppendUint(append(b, "block"...), uint64(blk), 10)
}

func appendInst(b []byte, i ir.Inst) []byte {
	return strconv.AppendUint(append(b, "inst"...), uint64(i), 10)
}
