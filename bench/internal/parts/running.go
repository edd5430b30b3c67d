package parts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"davit/bench/internal/measure"
	"davit/bench/internal/report"
	"davit/engine"
	"davit/ir/text"
	"davit/jit"
)

const runningCLIF = `
function %spin(i64) -> i64 system_v {
block0(v0: i64):
    jump block1(v0)
block1(v1: i64):
    v2 = iconst.i64 -1
    v3 = iadd v1, v2
    brif v3, block1(v3), block2
block2:
    return v3
}
function %poll(i64) -> i64 system_v {
    fn0 = %pollHost() system_v
block0(v0: i64):
    jump block1(v0)
block1(v1: i64):
    call fn0()
    v2 = iconst.i64 -1
    v3 = iadd v1, v2
    brif v3, block1(v3), block2
block2:
    return v3
}
function %deep(i64) -> i64 system_v {
    fn0 = %deep(i64) -> i64 system_v
    fn1 = %bottom(i64) -> i64 system_v
block0(v0: i64):
    brif v0, block1, block2
block1:
    v1 = iconst.i64 -1
    v2 = iadd v0, v1
    v3 = call fn0(v2)
    v4 = iadd v3, v0
    return v4
block2:
    v5 = call fn1(v0)
    return v5
}
`

// running is what the parts of Running work with.
type running struct {
	eng    *engine.Engine
	long   time.Duration
	spin   *jit.Function
	poll   *jit.Function
	deep   *jit.Function
	bottom func(c *jit.Call) // what the innermost host call does
	err    error
}

// Running measures what the runtime does besides calls.
func Running(e *Env) (*report.Section, error) {
	s := &report.Section{Title: "Runtime", Text: `
A loop of two instructions is run without and with a context that can cancel it, and with a call that polls in each turn; a
cancelled call is timed from the cancellation on. A walk visits the frames of a recursive function from a host call at its end. The
recursion is of a million calls, whose native stack grows at the first of them. A function is replaced by compiling it again,
defining it and linking; the one before is freed.`}
	r := &running{long: time.Duration(e.pick(200, 20)) * time.Millisecond}
	if err := r.start(); err != nil {
		return nil, err
	}
	defer r.eng.Close()
	t := &report.Table{Head: []string{"what", "time", "ratio"}}
	r.loops(t)
	r.cancel(t, e.pick(200, 20))
	r.walks(t)
	r.recursion(t)
	r.replace(t)
	s.Items = append(s.Items, t)
	return s, r.err
}

func (r *running) start() (err error) {
	if r.eng, err = engine.New(nil, jit.StackSize(512<<20)); err != nil {
		return err
	}
	file, errs := text.Parse([]byte(runningCLIF), text.Options{})
	if err := errs.Err(); err != nil {
		return err
	}
	m := r.eng.Module
	one := jit.SystemV([]jit.Kind{jit.I64}, []jit.Kind{jit.I64})
	if err := m.HostRaw("bottom", one, func(c *jit.Call) { r.bottom(c) }); err != nil {
		return err
	}
	if err := m.DefinePoll("pollHost"); err != nil {
		return err
	}
	for _, f := range file.Funcs {
		if err := r.eng.Add(f.Func); err != nil {
			return err
		}
	}
	if err := r.eng.Link(); err != nil {
		return err
	}
	for name, f := range map[string]**jit.Function{"spin": &r.spin, "poll": &r.poll, "deep": &r.deep} {
		if *f, err = m.Lookup(name); err != nil {
			return err
		}
	}
	return nil
}

// call runs a function and keeps the error.
func (r *running) call(f *jit.Function, ctx context.Context, n uint64) {
	if err := f.CallWordsContext(ctx, []uint64{n}); err != nil && ctx.Err() == nil {
		r.err = err
	}
}

func (r *running) loops(t *report.Table) {
	const turns = 1_000_000
	background := context.Background()
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	var plain, cancellable, polling measure.Sample
	err := measure.TakeTurns(9,
		func() error { plain = append(plain, r.perTurn(r.spin, background, turns)); return nil },
		func() error { cancellable = append(cancellable, r.perTurn(r.spin, ctx, turns)); return nil },
		func() error { polling = append(polling, r.perTurn(r.poll, background, turns)); return nil },
	)
	if err != nil {
		r.err = err
	}
	base := plain.Min()
	for _, l := range []struct {
		name string
		s    measure.Sample
	}{{"a turn of a loop", plain}, {"the same, can be cancelled", cancellable}, {"the same, polls", polling}} {
		t.Add(l.name, nanoseconds(l.s.Min()), fmt.Sprintf("%.3f", l.s.Min()/base))
	}
}

func (r *running) perTurn(f *jit.Function, ctx context.Context, turns uint64) float64 {
	return float64(measure.Times(r.long/10, func() { r.call(f, ctx, turns) })) / float64(turns)
}

func nanoseconds(x float64) string {
	switch {
	case x < 1000:
		return fmt.Sprintf("%.2f ns", x)
	case x < 1e6:
		return fmt.Sprintf("%.1f µs", x/1e3)
	}
	return fmt.Sprintf("%.2f ms", x/1e6)
}

func (r *running) cancel(t *report.Table, rounds int) {
	var times []time.Duration
	for range rounds {
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan time.Time)
		go func() {
			r.call(r.spin, ctx, 1<<60)
			ended <- time.Now()
		}()
		time.Sleep(2 * time.Millisecond)
		start := time.Now()
		cancel()
		times = append(times, (<-ended).Sub(start))
	}
	slices.Sort(times)
	t.Add("cancellation, median", nanoseconds(float64(times[len(times)/2])), "")
	t.Add("cancellation, nine of ten", nanoseconds(float64(times[len(times)*9/10])), "")
}

func (r *running) walks(t *report.Table) {
	for _, frames := range []uint64{10, 1_000, 100_000} {
		var per float64
		r.bottom = func(c *jit.Call) {
			per = float64(measure.Times(r.long, func() {
				n := uint64(0)
				for range c.Frames() {
					n++
				}
				if n != frames+1 {
					r.err = fmt.Errorf("%d frames seen", n)
				}
			})) / float64(frames+1)
		}
		r.call(r.deep, context.Background(), frames)
		t.Add(fmt.Sprintf("walk over %d frames, each", frames), nanoseconds(per), "")
	}
}

//go:noinline
func goDeep(n uint64) uint64 {
	if n == 0 {
		return 0
	}
	return goDeep(n-1) + n
}

func (r *running) recursion(t *report.Table) {
	const depth = 1_000_000
	r.bottom = func(*jit.Call) {}
	inGo := func() time.Duration {
		done := make(chan time.Duration)
		go func() { // on a new stack, as a native one is
			start := time.Now()
			goDeep(depth)
			done <- time.Since(start)
		}()
		return <-done
	}
	base, own := time.Hour, time.Hour
	for range 5 {
		base = min(base, inGo())
		start := time.Now()
		r.call(r.deep, context.Background(), depth)
		own = min(own, time.Since(start))
	}
	t.Add("a call in a million deep, Go", nanoseconds(float64(base)/depth), "1")
	t.Add("a call in a million deep, Davit", nanoseconds(float64(own)/depth), fmt.Sprintf("%.2f", float64(own)/float64(base)))
}

func (r *running) replace(t *report.Table) {
	m := r.eng.Module
	file, errs := text.Parse([]byte("function %late(i64) -> i64 system_v {\nblock0(v0: i64):\n    return v0\n}\n"), text.Options{})
	if err := errs.Err(); err != nil {
		r.err = err
		return
	}
	sig := jit.SystemV([]jit.Kind{jit.I64}, []jit.Kind{jit.I64})
	if err := m.Declare("late", sig); err != nil {
		r.err = err
		return
	}
	per := measure.Times(r.long, func() {
		if err := r.eng.Add(file.Funcs[0].Func); err != nil {
			r.err = err
		}
		if err := r.eng.Link(); err != nil {
			r.err = err
		}
	})
	t.Add("compile and replace a small function", nanoseconds(float64(per)), "")
}
