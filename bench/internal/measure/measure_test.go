package measure_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"davit/bench/internal/measure"
)

func TestSample(t *testing.T) {
	s := measure.Sample{4, 1, 3, 2}
	if s.Min() != 1 || s.Median() != 2.5 || s.Quantile(0) != 1 || s.Quantile(1) != 4 {
		t.Errorf("least %v, median %v, quantiles %v and %v", s.Min(), s.Median(), s.Quantile(0), s.Quantile(1))
	}
	if r := s.Over(measure.Sample{2, 2, 1, 1}); r != (measure.Ratio{Median: 2, Low: 1.625, High: 2.25}) {
		t.Errorf("ratio %+v", r)
	}
	if s := measure.Sample(nil).Over(s).String(); s != "–" {
		t.Errorf("no rounds print as %q", s)
	}
	if g := measure.GeoMean([]float64{2, 8}); math.Abs(g-4) > 1e-12 {
		t.Errorf("geometric mean %v", g)
	}
}

func TestTakeTurns(t *testing.T) {
	var order []int
	side := func(n int) func() error {
		return func() error { order = append(order, n); return nil }
	}
	if err := measure.TakeTurns(3, side(1), side(2)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(order, []int{1, 2, 2, 1, 1, 2}) {
		t.Errorf("order %v", order)
	}
}

func TestTimes(t *testing.T) {
	n := 0
	d := measure.Times(2*time.Millisecond, func() {
		for range 100_000 {
			n++
		}
	})
	if d <= 0 || n == 0 {
		t.Errorf("%v after %d steps", d, n)
	}
}
