package check_test

import (
	"fmt"
	"testing"
	"time"

	"davit/ir"
)

func TestZZ(t *testing.T) {
	for _, set := range []struct {
		name  string
		funcs func(testing.TB) []*ir.Func
	}{
		{"random", randomFuncs}, {"dart", dartFuncs}, {"chain", chainFuncs}, {"calls", callFuncs},
	} {
		fns := set.funcs(t)
		var best [4]time.Duration
		insts := 0
		for _, f := range fns {
			insts += f.NumInsts()
			p := newPipe(t, "preserve_frame_pointers")
			p.all(t, f)
			m := p.compiled()
			run := func(fn func()) time.Duration {
				b := time.Duration(1 << 60)
				for range 60 {
					t0 := time.Now()
					fn()
					b = min(b, time.Since(t0))
				}
				return b
			}
			fw := run(func() { p.c.Forwarding(f, m) })
			fu := run(func() { p.c.Func(f) })
			ma := run(func() { p.c.Machine(m) })
			best[0] += fw
			best[1] += fu
			best[2] += ma
		}
		for i, n := range []string{"forward", "func", "machine"} {
			fmt.Printf("%s %s %.1f ns/inst\n", set.name, n, float64(best[i])/float64(insts))
		}
	}
}
