package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"davit/compile"
	"davit/frontend"
	"davit/frontend/safepoint"
	"davit/internal/corpus"
	"davit/internal/randprog"
	"davit/ir"
	"davit/ir/text"
	"davit/settings"
)

// BenchmarkCompile compiles functions with the checker off and on in turns, and reports how much longer it takes because
// of the checker, in percent: proof% if it proves all, by the time with the checker off; forwarding% for the proof that maps
// were forwarded, which is never off, by the rest. Times of phases are the least of all rounds, since others use the
// machine, too.
func BenchmarkCompile(b *testing.B) {
	for _, set := range []struct {
		name  string
		funcs func(testing.TB) []*ir.Func
	}{
		{"random", randomFuncs}, {"dart", dartFuncs}, {"chain", chainFuncs}, {"calls", callFuncs},
	} {
		fns := set.funcs(b)
		b.Run(set.name, func(b *testing.B) { benchChecks(b, fns) })
	}
}

func benchChecks(b *testing.B, fns []*ir.Func) {
	var c compile.Context
	c.Timing = true
	tg := target(b)
	insts := 0
	for _, f := range fns {
		insts += f.NumInsts()
	}
	var rest, forward, all time.Duration
	for b.Loop() {
		for _, which := range []settings.StackMapChecker{settings.CheckNoMaps, settings.CheckAllMaps} {
			c.CheckStackMaps = which
			clear(c.Times[:])
			for _, f := range fns {
				if _, err := c.Compile(f, tg); err != nil {
					b.Fatal(err)
				}
			}
			own, others := c.Times[compile.CheckMaps], time.Duration(0)
			for _, d := range c.Times {
				others += d
			}
			least(&rest, others-own)
			if which == settings.CheckNoMaps {
				least(&forward, own)
			} else {
				least(&all, own)
			}
		}
	}
	b.ReportMetric(100*float64(forward)/float64(rest), "forwarding%")
	b.ReportMetric(100*float64(all-forward)/float64(rest+forward), "proof%")
	b.ReportMetric(float64(all.Nanoseconds())/float64(insts), "check-ns/inst")
	b.ReportMetric(float64(rest.Nanoseconds())/float64(insts), "rest-ns/inst")
}

// least makes d the least of what it was, unless that is 0, and x.
func least(d *time.Duration, x time.Duration) {
	if *d == 0 || x < *d {
		*d = x
	}
}

func randomFuncs(tb testing.TB) (fns []*ir.Func) {
	cfg := compiledTypes()
	cfg.Blocks, cfg.Stmts = 40, 10
	for seed := range uint64(3) {
		fs, err := randprog.Generate(seed, cfg, frontend.Options{Safepoints: safepoint.Mode(seed % 2)})
		if err != nil {
			tb.Fatal(err)
		}
		fns = append(fns, fs...)
	}
	return fns
}

// dartFuncs are the functions of the corpus with stack maps, but for one whose optimizer moved a comparison of a
// reference with null over a call.
func dartFuncs(tb testing.TB) (fns []*ir.Func) {
	for _, p := range corpus.Files(tb, "real/flet_dart_gc") {
		if !strings.HasSuffix(p, ".clif") || strings.HasSuffix(p, "function_12730.clif") {
			continue
		}
		src, err := os.ReadFile(filepath.Join(corpus.Dir(tb), p))
		if err != nil {
			tb.Fatal(err)
		}
		file, errs := text.Parse(src, text.Options{NoComments: true})
		if errs.Err() != nil {
			tb.Fatal(errs.Err())
		}
		for _, fn := range file.Funcs {
			if fn.HasStackMaps() {
				fns = append(fns, fn.Func)
			}
		}
	}
	return fns
}

// chainFuncs is a long function: arithmetic, a call and a branch, again and again, with one reference.
func chainFuncs(tb testing.TB) []*ir.Func {
	const n = 5000
	var b strings.Builder
	b.WriteString(`function %chain(i64, i64) -> i64 system_v {
    ;@needs_stack_map v0
    fn0 = %f(i64) -> i64 system_v
block0(v0: i64, v1: i64):
    jump block1(v1)
`)
	for i := range n {
		k, v := 1+3*i, 10+10*i
		fmt.Fprintf(&b, "block%d(v%d: i64):\n    v%d = iadd v%d, v1\n    v%d = call fn0(v%d)\n    v%d = load.i64 v0+8\n", k, v, v+1, v, v+2, v+1, v+3)
		fmt.Fprintf(&b, "    v%d = iadd v%d, v%d\n    v%d = icmp ult v%d, v1\n    brif v%d, block%d, block%d\n", v+4, v+2, v+3, v+5, v+4, v+5, k+1, k+2)
		fmt.Fprintf(&b, "block%d:\n    v%d = imul v%d, v%d\n    jump block%d(v%d)\n", k+1, v+6, v+4, v+2, k+3, v+6)
		fmt.Fprintf(&b, "block%d:\n    v%d = bxor v%d, v%d\n    jump block%d(v%d)\n", k+2, v+7, v+4, v+2, k+3, v+7)
	}
	fmt.Fprintf(&b, "block%d(v9: i64):\n    return v9\n}\n", 1+3*n)
	return parsed(tb, b.String())
}

// callFuncs is a function of nothing but calls, with maps of up to eight references.
func callFuncs(tb testing.TB) []*ir.Func {
	const n, refs = 5000, 8
	var b strings.Builder
	b.WriteString("function %calls() system_v {\n    ;@needs_stack_map ")
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "v%d", i)
	}
	b.WriteString("\n    fn0 = %f(i64) -> i64 system_v\n    fn1 = %g() -> i64 system_v\nblock0:\n")
	for i := range n {
		if i < refs {
			fmt.Fprintf(&b, "    v%d = call fn1()\n", i)
		} else {
			fmt.Fprintf(&b, "    v%d = call fn0(v%d)\n", i, i-refs)
		}
	}
	b.WriteString("    return\n}\n")
	return parsed(tb, b.String())
}

// parsed returns the functions of a text with their stack maps.
func parsed(tb testing.TB, src string) (fns []*ir.Func) {
	file, errs := text.Parse([]byte(src), text.Options{NoComments: true})
	if errs.Err() != nil {
		tb.Fatal(errs.Err())
	}
	for _, fn := range file.Funcs {
		if err := safepoint.Run(fn.Func, safepoint.Options{}); err != nil {
			tb.Fatal(err)
		}
		fns = append(fns, fn.Func)
	}
	return fns
}
