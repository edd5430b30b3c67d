package filetest

import (
	"errors"
	"fmt"
	"strings"

	"davit/ir"
	"davit/ir/flow"
	"davit/ir/text"
)

// analyses has the scratch of the tests of control flow.
type analyses struct {
	cfg   flow.CFG
	dom   flow.DomTree
	loops flow.LoopForest
}

// runPrintCFG checks the control-flow graphs.
func runPrintCFG(j *job) error {
	return j.eachFunc("print-cfg", func(fn *text.Function) error {
		j.cfg.Compute(fn.Func)
		return j.filecheck(fn, string(flow.AppendDot(nil, fn.Func, &j.cfg)))
	})
}

// runDomtree checks the dominator tree: against comments "dominates: block1 block2" behind instructions, which name the
// blocks whose immediate dominator is the block of the instruction, and with filecheck.
func runDomtree(j *job) error {
	return j.eachFunc("domtree", func(fn *text.Function) error {
		j.cfg.Compute(fn.Func)
		j.dom.Compute(&j.cfg)
		err := checkDominates(fn, &j.dom)
		return errors.Join(err, j.filecheck(fn, string(flow.AppendDomTree(nil, &j.cfg, &j.dom))))
	})
}

// runPostdomtree checks the post-dominator tree.
func runPostdomtree(j *job) error {
	return j.eachFunc("postdomtree", func(fn *text.Function) error {
		j.cfg.Compute(fn.Func)
		j.dom.ComputePost(&j.cfg)
		return j.filecheck(fn, string(flow.AppendPostDomTree(nil, &j.dom)))
	})
}

// runLoops checks the loops.
func runLoops(j *job) error {
	return j.eachFunc("loops", func(fn *text.Function) error {
		j.cfg.Compute(fn.Func)
		j.loops.Compute(&j.cfg)
		return j.filecheck(fn, string(flow.AppendLoops(nil, &j.cfg, &j.loops)))
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
