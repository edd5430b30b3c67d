package compile

import (
	"davit/examples/scheme/internal/prim"
	"davit/gc"
	"davit/ir"
)

// fact is what is known of a value.
type fact struct {
	typ    prim.Type
	layout gc.LayoutID // of an object, if hasLayout
	has    bool
	num    int64 // of a fixnum, if isNum
	isNum  bool
}

// facts are what is known of values at the place where code is being made. What is learned on one side of a branch is
// forgotten before the other: see mark and forget.
type facts struct {
	known map[ir.Value]fact
	log   []learned
}

// learned is an entry of the log: what was known of a value before.
type learned struct {
	v      ir.Value
	before fact
}

func (f *facts) of(v ir.Value) fact { return f.known[v] }

func (f *facts) learn(v ir.Value, x fact) {
	f.log = append(f.log, learned{v, f.known[v]})
	f.known[v] = x
}

// mark returns the place in the log to go back to.
func (f *facts) mark() int { return len(f.log) }

// forget undoes what has been learned since mark.
func (f *facts) forget(mark int) {
	for i := len(f.log) - 1; i >= mark; i-- {
		f.known[f.log[i].v] = f.log[i].before
	}
	f.log = f.log[:mark]
}

func (f *facts) isFixnum(v ir.Value) bool { return f.known[v].typ == prim.Fixnum }

// isLayout reports whether v is known to be an object of a layout.
func (f *facts) isLayout(v ir.Value, id gc.LayoutID) bool {
	x := f.known[v]
	return x.has && x.layout == id
}
