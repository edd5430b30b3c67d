// Package inputs provides what is compiled in benchmarks: large functions of one kind each, and the files of the corpus.
package inputs

import (
	"fmt"
	"strings"
)

// Shape is a kind of function that can be made in any size.
type Shape struct {
	Name  string
	About string
	per   int // instructions per unit
	write func(w *strings.Builder, units int)
}

// Text returns a function of about n instructions as CLIF.
func (s *Shape) Text(n int) string {
	var b strings.Builder
	b.Grow(32 * n)
	s.write(&b, max(1, n/s.per))
	return b.String()
}

// Shapes are the kinds. Each is hard on some part of a compiler: long blocks, many blocks, long live ranges, deep
// nesting, many parallel moves.
var Shapes = []Shape{
	{"line", "arithmetic in one block", 1, line},
	{"diamonds", "branches that join again, one after the other", 7, diamonds},
	{"calls", "calls with stack maps", 3, calls},
	{"table", "one jump table with a block for each entry", 2, table},
	{"live", "a value that lives through all blocks", 3, live},
	{"loops", "loops nested in each other", 4, loops},
	{"phis", "blocks with 24 parameters", 2, phis},
}

func line(w *strings.Builder, n int) {
	ops := [...]string{"iadd", "bxor", "isub", "imul", "band", "bor"}
	w.WriteString("function %f(i64, i64) -> i64 system_v {\nblock0(v0: i64, v1: i64):\n")
	for i := 2; i < n+2; i++ {
		fmt.Fprintf(w, "    v%d = %s v%d, v%d\n", i, ops[i%len(ops)], i-1, max(0, i-2-i%7))
	}
	fmt.Fprintf(w, "    return v%d\n}\n", n+1)
}

func diamonds(w *strings.Builder, n int) {
	w.WriteString("function %f(i64) -> i64 system_v {\nblock0(v0: i64):\n    jump block1(v0)\n")
	for i := range n {
		b, v := 1+3*i, 1+5*i
		fmt.Fprintf(w, "block%d(v%d: i64):\n    v%d = iconst.i64 %d\n    v%d = icmp ult v%d, v%d\n", b, v, v+1, i, v+2, v, v+1)
		fmt.Fprintf(w, "    brif v%d, block%d, block%d\n", v+2, b+1, b+2)
		fmt.Fprintf(w, "block%d:\n    v%d = iadd v%d, v%d\n    jump block%d(v%d)\n", b+1, v+3, v, v+1, b+3, v+3)
		fmt.Fprintf(w, "block%d:\n    v%d = bxor v%d, v%d\n    jump block%d(v%d)\n", b+2, v+4, v, v+1, b+3, v+4)
	}
	fmt.Fprintf(w, "block%d(v%d: i64):\n    return v%[2]d\n}\n", 1+3*n, 1+5*n)
}

func calls(w *strings.Builder, n int) {
	const slots = 8
	w.WriteString("function %f(i64) -> i64 system_v {\n")
	for i := range slots {
		fmt.Fprintf(w, "    ss%d = explicit_slot 8, align = 8\n", i)
	}
	w.WriteString("    sig0 = (i64) -> i64 system_v\n    fn0 = u0:1 sig0\nblock0(v0: i64):\n")
	last := 0
	for i := range n {
		v := 1 + 2*i
		fmt.Fprintf(w, "    v%d = stack_addr.i64 ss%d\n    store notrap aligned v%d, v%[1]d\n", v, i%slots, last)
		fmt.Fprintf(w, "    v%d = call fn0(v%d), stack_map=[i64 @ ss0+0", v+1, last)
		for j := 1; j < min(i+1, slots); j++ {
			fmt.Fprintf(w, ", i64 @ ss%d+0", j)
		}
		w.WriteString("]\n")
		last = v + 1
	}
	fmt.Fprintf(w, "    return v%d\n}\n", last)
}

func table(w *strings.Builder, n int) {
	w.WriteString("function %f(i32) -> i64 system_v {\nblock0(v0: i32):\n    br_table v0, block1, [block2")
	for i := 1; i < n; i++ {
		fmt.Fprintf(w, ", block%d", i+2)
	}
	w.WriteString("]\nblock1:\n    v1 = iconst.i64 -1\n    return v1\n")
	for i := range n {
		fmt.Fprintf(w, "block%d:\n    v%[1]d = iconst.i64 %d\n    return v%[1]d\n", i+2, i*7)
	}
	w.WriteString("}\n")
}

func live(w *strings.Builder, n int) {
	w.WriteString("function %f(i64, i64) -> i64 system_v {\nblock0(v0: i64, v1: i64):\n    jump block1\n")
	for i := 1; i <= n; i++ {
		v := 2 * i
		fmt.Fprintf(w, "block%d:\n    v%d = iconst.i64 %d\n    v%d = imul v1, v%d\n", i, v, i, v+1, v)
		fmt.Fprintf(w, "    brif v%d, block%d, block%d\n", v+1, i+1, n+1)
	}
	fmt.Fprintf(w, "block%d:\n    return v0\n}\n", n+1)
}

func loops(w *strings.Builder, n int) {
	w.WriteString("function %f(i64) -> i64 system_v {\nblock0(v0: i64):\n    jump block1(v0)\n")
	v := 1
	for i := 1; i <= n; i++ {
		fmt.Fprintf(w, "block%d(v%d: i64):\n    v%d = iconst.i64 1\n    v%d = isub v%d, v%d\n", i, v, v+1, v+2, v, v+1)
		fmt.Fprintf(w, "    jump block%d(v%d)\n", i+1, v+2)
		v += 3
	}
	for i := n; i > 0; i-- {
		b := n + 1 + n - i
		fmt.Fprintf(w, "block%d(v%d: i64):\n    brif v%d, block%d(v%d), block%d(v%d)\n", b, v, v, i, v, b+1, v)
		v++
	}
	fmt.Fprintf(w, "block%d(v%d: i64):\n    return v%[2]d\n}\n", 2*n+1, v)
}

func phis(w *strings.Builder, n int) {
	const width = 24
	list := func(format string, from, step int) string {
		var b strings.Builder
		for i := range width {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, format, from+i*step)
		}
		return b.String()
	}
	w.WriteString("function %f(i64, i64) -> i64 system_v {\nblock0(v0: i64, v1: i64):\n    jump block1(v1")
	for i := 1; i < width; i++ {
		fmt.Fprintf(w, ", v%d", 1-i%2)
	}
	w.WriteString(")\n")
	for i := range n {
		// The parameters are v to sum-1; the sum is passed on in place of the first.
		v := 2 + i*(width+1)
		sum := v + width
		fmt.Fprintf(w, "block%d(%s):\n    v%d = iadd v%d, v%d\n", i+1, list("v%d: i64", v, 1), sum, v, sum-1)
		if i+1 == n {
			fmt.Fprintf(w, "    return v%d\n}\n", sum)
			break
		}
		fmt.Fprintf(w, "    brif v%d, block%d(%s), block%d(%s)\n", sum, i+2, list("v%d", v+1, 1), i+2, list("v%d", sum, -1))
	}
}
