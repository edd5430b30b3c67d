package flow_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"davit/filetest/filecheck"
	"davit/internal/corpus"
	"davit/ir"
	"davit/ir/flow"
	"davit/ir/text"
)

// forCorpus calls check for every function of the corpus below a directory.
func forCorpus(t *testing.T, sub string, check func(t *testing.T, file *text.File, fn *text.Function)) {
	root := corpus.Dir(t)
	for _, path := range corpus.Files(t, sub) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			src, err := os.ReadFile(filepath.Join(root, path))
			if err != nil {
				t.Fatal(err)
			}
			file, errs := text.Parse(src, text.Options{})
			if err := errs.Err(); err != nil {
				t.Fatal(err)
			}
			for _, fn := range file.Funcs {
				check(t, file, fn)
			}
		})
	}
}

// checkComments applies the filecheck directives of a file and a function to a text.
func checkComments(t *testing.T, file *text.File, fn *text.Function, out []byte) {
	t.Helper()
	var c filecheck.Checker
	for _, list := range [][]text.Comment{file.Preamble, fn.Comments} {
		for _, comment := range list {
			if err := c.Add(comment.Text, comment.Pos.Line); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := c.Check(string(out)); err != nil {
		t.Errorf("%v: %v\n%s", fn.Name, err, out)
	}
}

func TestDotCorpus(t *testing.T) {
	var c flow.CFG
	forCorpus(t, "filetests/cfg", func(t *testing.T, file *text.File, fn *text.Function) {
		c.Compute(fn.Func)
		checkComments(t, file, fn, flow.AppendDot(nil, fn.Func, &c))
	})
}

func TestDomTreeCorpus(t *testing.T) {
	var c flow.CFG
	var dom flow.DomTree
	forCorpus(t, "filetests/domtree", func(t *testing.T, file *text.File, fn *text.Function) {
		c.Compute(fn.Func)
		dom.Compute(&c)
		checkComments(t, file, fn, flow.AppendDomTree(nil, &c, &dom))
		listed := 0
		for _, comment := range fn.Comments {
			list, ok := strings.CutPrefix(strings.TrimLeft(comment.Text, "; "), "dominates:")
			if !ok {
				continue
			}
			above := fn.InstBlock(ir.Inst(comment.Entity.Index))
			for _, name := range strings.Fields(list) {
				listed++
				if b := blockNamed(t, fn.Func, name); dom.IDom(b) != above {
					t.Errorf("%v: idom(%v) is %v, want %v", fn.Name, b, dom.IDom(b), above)
				}
			}
		}
		if want := len(dom.PreOrder()) - 1; listed != want {
			t.Errorf("%v: %d blocks are listed, the tree has %d below the entry", fn.Name, listed, want)
		}
	})
}

func blockNamed(t *testing.T, f *ir.Func, name string) ir.Block {
	t.Helper()
	for b := range f.Blocks() {
		if b.String() == name {
			return b
		}
	}
	t.Fatalf("no block %q", name)
	return ir.NoBlock
}
