package reduce

import (
	"context"
	"crypto/sha256"

	"davit/ir"
	"davit/ir/data"
)

// Problem: find a small program for which a predicate holds, with few questions, as each may take a compilation.
//
// Idea: a pass is a kind of change that makes a program smaller or plainer, with many places where it is possible. Of
// one pass, try all places at once, then halves, quarters and so on, down to single places (the minimizing delta debugging
// of Zeller and Hildebrandt, without complements). Run the passes from coarse to fine, and all of them again until a
// whole round changes nothing.
//
//  1. The places of a pass are those of the program as it was when the pass began. A candidate is that program with the
//     changes at the places accepted so far and at those under trial, all applied in one go; so no change disturbs the
//     numbering of the others.
//  2. Each change goes down in a well-founded order: fewer functions, blocks, instructions, parameters, bits of constants,
//     or plainer terminators. So the rounds come to an end.
//  3. No candidate is asked about twice. A change that meets a function so malformed that it panics makes no candidate.
//  4. Nothing depends on time or chance: the same predicate gives the same result.
//
// Cost: about twice the number of places in the worst case, about the logarithm times the number of places that matter in
// the usual one.
// Source: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002); for the passes, Regehr et al.,
// "Test-Case Reduction for C Compiler Bugs" (2012).

// Options steer [Run].
type Options struct {
	// Progress, if not nil, is told after each question: the number of questions, and the instructions left.
	Progress func(tests, insts int)
	// Observe, if not nil, runs a program and returns a function that tells what a value of a function, by its number, was at
	// first and at last; false if the program did not come past its definition.
	Observe func(p *Program) func(fn int, v ir.Value) (first, last data.Value, ok bool)
	// Layout allows changes to the size of stack slots. They may turn a valid access into one beyond its slot.
	Layout bool
}

// Stats tell about a run.
type Stats struct {
	Tests  int // questions
	Rounds int
	Insts  int // of the result
}

// Run returns a small program for which holds is true, as it is for p. When ctx is done, it returns the best so far.
func Run(ctx context.Context, p *Program, holds func(src []byte) bool, opts Options) (*Program, Stats) {
	r := &reducer{ctx: ctx, holds: holds, opts: opts, p: p, seen: map[[32]byte]bool{}, text: map[*ir.Func]string{}}
	for changed := true; changed && ctx.Err() == nil; {
		changed = false
		r.stats.Rounds++
		for i := range passes {
			p := &passes[i]
			if p.layout && !opts.Layout || p.observed && opts.Observe == nil {
				continue
			}
			for r.shrink(p) {
				changed = true
				if !p.repeat {
					break
				}
			}
		}
	}
	r.try(compactAll(r.p))
	r.stats.Insts = r.p.NumInsts()
	return r.p, r.stats
}

type reducer struct {
	ctx   context.Context
	holds func(src []byte) bool
	opts  Options
	p     *Program
	stats Stats
	seen  map[[32]byte]bool
	text  map[*ir.Func]string // of functions that several candidates share
	buf   []byte
}

// try makes q the best program if the predicate holds for it.
func (r *reducer) try(q *Program) bool {
	if q == nil || r.ctx.Err() != nil {
		return false
	}
	q = denser(q)
	r.buf = q.appendTo(r.buf[:0], r.print)
	sum := sha256.Sum256(r.buf)
	if r.seen[sum] {
		return false
	}
	r.seen[sum] = true
	r.stats.Tests++
	ok := r.holds(r.buf)
	if ok {
		r.p = q
		clear(r.text)
	}
	if r.opts.Progress != nil {
		r.opts.Progress(r.stats.Tests, r.p.NumInsts())
	}
	return ok
}

// print prints a function, and remembers the text of those that the program under way has.
func (r *reducer) print(f *ir.Func) string {
	if s, ok := r.text[f]; ok {
		return s
	}
	s := f.String()
	for i := range r.p.Funcs {
		if r.p.Funcs[i].Func == f {
			r.text[f] = s
		}
	}
	return s
}

// shrink applies a pass wherever the predicate allows it. It reports whether anything has changed.
func (r *reducer) shrink(p *pass) bool {
	base := r.p
	e := edit{base: base}
	if p.observed {
		e.observed = r.opts.Observe(base)
	}
	n := 0
	if apply(e, p.run, func(int) bool { n++; return false }) == nil {
		return false
	}
	accepted := make([]bool, n)
	changed := false
	for size := n; size > 0; size = half(size) {
		for lo := 0; lo < n; lo += size {
			hi := min(lo+size, n)
			if !anyFalse(accepted[lo:hi]) {
				continue
			}
			q := apply(e, p.run, func(i int) bool { return accepted[i] || lo <= i && i < hi })
			if !r.try(q) {
				continue
			}
			changed = true
			for i := lo; i < hi; i++ {
				accepted[i] = true
			}
		}
	}
	return changed
}

// half returns half of size, rounded up, and 0 after 1.
func half(size int) int {
	if size == 1 {
		return 0
	}
	return (size + 1) / 2
}

func anyFalse(bs []bool) bool {
	for _, b := range bs {
		if !b {
			return true
		}
	}
	return false
}

// edit is a candidate that a pass makes of a program.
type edit struct {
	base *Program // as it was
	p    *Program // as it becomes
	own  []bool   // functions of p that are copies already
	n    int
	pick func(i int) bool
	// observed tells what values were when base was run; see Options.Observe.
	observed func(fn int, v ir.Value) (first, last data.Value, ok bool)
}

// apply runs a pass on a copy of e.base, where pick tells at which places to change something. It returns nil if the pass
// panics.
func apply(e edit, run func(*edit), pick func(i int) bool) (q *Program) {
	e.p, e.own, e.pick = e.base.clone(), make([]bool, len(e.base.Funcs)), pick
	defer func() {
		if recover() != nil {
			q = nil
		}
	}()
	run(&e)
	return e.p
}

// here reports whether to make a change at the next place. It must be called for the same places in the same order,
// whatever it has returned before.
func (e *edit) here() bool {
	e.n++
	return e.pick(e.n - 1)
}

// fn returns function i for change.
func (e *edit) fn(i int) *ir.Func {
	if !e.own[i] {
		e.own[i] = true
		e.p.Funcs[i].Func = e.p.Funcs[i].Clone()
	}
	return e.p.Funcs[i].Func
}

// pass is a kind of change.
type pass struct {
	name     string
	run      func(e *edit)
	repeat   bool // again until nothing changes, before the next pass
	layout   bool // see Options.Layout
	observed bool // see Options.Observe
}

// eachFunc makes a pass of a pass over one function: f0 is the function as it was, fn its number.
func eachFunc(run func(e *edit, f0 *ir.Func, fn int)) func(*edit) {
	return func(e *edit) {
		for i := range e.base.Funcs {
			run(e, e.base.Funcs[i].Func, i)
		}
	}
}
