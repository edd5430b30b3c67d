package interp

import (
	"testing"

	"davit/ir/data"
	"davit/ir/text"
)

const benchSource = `
function %loop(i64) -> i64 {
block0(v0: i64):
    v1 = iconst.i64 0
    jump block1(v0, v1)
block1(v2: i64, v3: i64):
    v4 = iconst.i64 1
    v5 = isub v2, v4
    v6 = imul v3, v2
    v7 = bxor v6, v5
    v8 = iadd v7, v4
    v9 = icmp eq v5, v1
    brif v9, block2, block1(v5, v8)
block2:
    return v8
}

function %fib(i32) -> i32 {
    fn0 = %fib(i32) -> i32
block0(v0: i32):
    v1 = iconst.i32 2
    v2 = icmp ult v0, v1
    brif v2, block1, block2
block1:
    return v0
block2:
    v3 = iconst.i32 1
    v4 = isub v0, v3
    v5 = call fn0(v4)
    v6 = isub v0, v1
    v7 = call fn0(v6)
    v8 = iadd v5, v7
    return v8
}

function %bytes(i64) -> i64 {
    ss0 = explicit_slot 4096
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    v2 = iconst.i64 0
    jump block1(v2)
block1(v3: i64):
    v4 = iconst.i64 4095
    v5 = band v3, v4
    v6 = iadd v1, v5
    v7 = uload8.i64 v6
    v8 = iadd v7, v3
    istore8 v8, v6
    v9 = iconst.i64 1
    v10 = iadd v3, v9
    v11 = icmp ult v10, v0
    brif v11, block1(v10), block2
block2:
    return v8
}

function %floats(i64) -> f64 {
block0(v0: i64):
    v1 = f64const 0x1.0
    v2 = f64const 0x1.8p-3
    jump block1(v0, v1)
block1(v3: i64, v4: f64):
    v5 = fmul v4, v2
    v6 = fadd v5, v1
    v7 = sqrt v6
    v8 = iconst.i64 1
    v9 = isub v3, v8
    brif v9, block1(v9, v7), block2
block2:
    return v7
}
`

func BenchmarkInterp(b *testing.B) {
	f, errs := text.Parse([]byte(benchSource), text.Options{})
	if errs.Err() != nil {
		b.Fatal(errs)
	}
	for _, c := range []struct {
		name  string
		arg   data.Value
		insts float64
	}{
		{"loop", data.I64(100000), 700000},
		{"fib", data.I32(20), 21891*5 + 10946*6},
		{"bytes", data.I64(100000), 1000000},
		{"floats", data.I64(100000), 600000},
	} {
		b.Run(c.name, func(b *testing.B) {
			m := module(b, f, Options{})
			for b.Loop() {
				if _, err := m.Call(c.name, []data.Value{c.arg}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(c.insts*float64(b.N)/b.Elapsed().Seconds()/1e6, "Minst/s")
		})
	}
}
