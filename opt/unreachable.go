package opt

import (
	"slices"

	"davit/ir"
	"davit/ir/flow"
	"davit/ir/op"
)

// Context holds the memory of the passes, to be used again. The zero value is ready. It must not be used by two
// goroutines at a time.
type Context struct {
	cfg   flow.CFG
	keep  []bool // per block
	work  []ir.Block
	calls []ir.BlockCall

	params params
}

// RemoveUnreachable removes the blocks that no path from the entry leads to, with their instructions and values, and
// returns how many there were. A block stays, with all that it leads to, if a get_exception_handler_address that stays
// refers to it.
func (c *Context) RemoveUnreachable(f *ir.Func) int {
	c.cfg.Compute(f)
	c.mark(f)
	removed := 0
	for b := range f.Blocks() {
		if !c.keep[b] {
			removeBlock(f, b)
			removed++
		}
	}
	if removed > 0 {
		forgetValues(f)
	}
	return removed
}

// mark finds the blocks that stay.
func (c *Context) mark(f *ir.Func) {
	c.keep = cleared(c.keep, f.NumBlocks())
	c.work = c.work[:0]
	c.reach(f, f.Entry())
	for len(c.work) > 0 {
		b := c.work[len(c.work)-1]
		c.work = c.work[:len(c.work)-1]
		for _, to := range c.cfg.Succs(b) {
			c.reach(f, to)
		}
		for i := range f.Insts(b) {
			if d := f.Data(i); d.Op.Format() == op.FmtExceptionHandlerAddress {
				of, _ := d.Handler()
				c.reach(f, of)
			}
		}
	}
}

func (c *Context) reach(f *ir.Func, b ir.Block) {
	if f.InLayout(b) && !c.keep[b] {
		c.keep[b] = true
		c.work = append(c.work, b)
	}
}

// removeBlock takes a block and its instructions out of the layout; their values are undefined from then on.
func removeBlock(f *ir.Func, b ir.Block) {
	for i := range f.Insts(b) {
		for _, v := range f.Results(i) {
			f.Undefine(v)
		}
		f.RemoveInst(i)
	}
	for _, v := range f.Params(b) {
		f.Undefine(v)
	}
	f.RemoveBlock(b)
}

// forgetValues drops the aliases and declarations of values that are not defined any more.
func forgetValues(f *ir.Func) {
	for v := range ir.Value(f.NumValues()) {
		if _, ok := f.AliasOf(v); ok && !f.ValueExists(f.Resolve(v)) {
			f.Undefine(v)
		}
	}
	f.NeedsStackMap = slices.DeleteFunc(f.NeedsStackMap, func(v ir.Value) bool { return !f.ValueExists(v) })
}

// ResolveAliases makes every use of an alias name the value that it stands for, and removes the aliases.
func ResolveAliases(f *ir.Func) {
	f.ResolveAllAliases()
	for i, v := range f.NeedsStackMap {
		f.NeedsStackMap[i] = f.Resolve(v)
	}
	slices.Sort(f.NeedsStackMap)
	f.NeedsStackMap = slices.Compact(f.NeedsStackMap)
	for v := range ir.Value(f.NumValues()) {
		if _, ok := f.AliasOf(v); ok {
			f.Undefine(v)
		}
	}
}

// cleared returns n zeros in the memory of s.
func cleared[T any](s []T, n int) []T {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}
