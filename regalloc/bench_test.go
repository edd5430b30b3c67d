package regalloc_test

import (
	"fmt"
	"testing"

	"davit/regalloc"
	"davit/regalloc/check"
	"davit/regalloc/internal/gen"
)

// BenchmarkShapes measures instructions per second over growing sizes: constant figures mean linear time.
func BenchmarkShapes(b *testing.B) {
	for _, s := range gen.Shapes {
		for _, n := range []int{100, 10_000, 100_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/%d", s.Name, n), func(b *testing.B) {
				f := s.Make(n)
				env := gen.X64()
				var a regalloc.Allocator
				if _, err := a.Run(f, env); err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				b.ResetTimer()
				for range b.N {
					if _, err := a.Run(f, env); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(f.NumInsts())*float64(b.N)/b.Elapsed().Seconds()/1e6, "Minst/s")
			})
		}
	}
}

// BenchmarkCheck measures the checker alone.
func BenchmarkCheck(b *testing.B) {
	for _, s := range gen.Shapes {
		b.Run(s.Name, func(b *testing.B) {
			f := s.Make(100_000)
			env := gen.X64()
			var a regalloc.Allocator
			r, err := a.Run(f, env)
			if err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for range b.N {
				if err := check.Check(f, env, r); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(f.NumInsts())*float64(b.N)/b.Elapsed().Seconds()/1e6, "Minst/s")
		})
	}
}
