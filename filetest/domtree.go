package filetest

import (
	"errors"
	"fmt"
	"strings"

	"davit/ir"
	"davit/ir/flow"
	"davit/ir/text"
)

// runDomtree checks the dominator tree: against comments "dominates: block1 block2" behind instructions, which name the
// blocks whose immediate dominator is the block of the instruction, and with filecheck.
func runDomtree(j *job) error {
	return j.eachFunc("domtree", func(fn *text.Function) error {
		var cfg flow.CFG
		var dom flow.DomTree
		cfg.Compute(fn.Func)
		dom.Compute(&cfg)
		err := checkDominates(fn, &dom)
		return errors.Join(err, j.filecheck(fn, domtreeText(&cfg, &dom)))
	})
}

// checkDominates compares the tree with the comments, which must name each block but the entry once.
func checkDominates(fn *text.Function, dom *flow.DomTree) error {
	var errs []error
	listed := map[ir.Block]bool{}
	for _, c := range fn.Comments {
		words, ok := strings.CutPrefix(strings.TrimLeft(c.Text, "; "), "dominates:")
		if !ok {
			continue
		}
		if c.Entity.Kind != ir.EntityInst {
			errs = append(errs, at(c.Pos, fmt.Sprintf("the directive belongs to %v, expected an instruction", c.Entity)))
			continue
		}
		by := fn.InstBlock(ir.Inst(c.Entity.Index))
		for _, w := range strings.Fields(words) {
			blk, err := parseBlock(fn, w)
			switch {
			case err != nil:
			case listed[blk]:
				err = fmt.Errorf("%v is listed twice", blk)
			case !dom.Reachable(blk):
				err = fmt.Errorf("%v is unreachable", blk)
			case dom.IDom(blk) != by:
				err = fmt.Errorf("the immediate dominator of %v is %v, expected %v", blk, dom.IDom(blk), by)
			}
			if err != nil {
				errs = append(errs, at(c.Pos, err.Error()))
			}
			listed[blk] = true
		}
	}
	for blk := range fn.Blocks() {
		if dom.Reachable(blk) && blk != fn.Entry() && !listed[blk] {
			errs = append(errs, at(fn.PosOf(blk.Entity()), fmt.Sprintf("no \"dominates:\" lists %v", blk)))
		}
	}
	return errors.Join(errs...)
}

func parseBlock(fn *text.Function, s string) (ir.Block, error) {
	for blk := range fn.Blocks() {
		if blk.String() == s {
			return blk, nil
		}
	}
	return 0, fmt.Errorf("there is no block %q", s)
}

// domtreeText prints the post-order of the blocks and the tree.
func domtreeText(cfg *flow.CFG, dom *flow.DomTree) string {
	var b strings.Builder
	b.WriteString("cfg_postorder:")
	for _, blk := range cfg.PostOrder() {
		fmt.Fprintf(&b, " %v", blk)
	}
	b.WriteString("\ndomtree_preorder {\n")
	for _, blk := range dom.PreOrder() {
		fmt.Fprintf(&b, "    %v:", blk)
		for child := range dom.Children(blk) {
			fmt.Fprintf(&b, " %v", child)
		}
		b.WriteByte('\n')
	}
	b.WriteString("}\n")
	return b.String()
}
