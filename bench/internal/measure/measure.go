// Package measure times work so that the figures can be believed on a machine that others use too.
//
// Time is processor time of the process, which other load does not lengthen much. Two ways to do the same work take
// turns, round by round, and each round gives a ratio; a [Ratio] is the median of them with the quartiles beside it. Of
// absolute times the least counts, as all that can go wrong makes them longer.
package measure

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"
)

// Stopwatch is a moment from which time is counted.
type Stopwatch struct {
	cpu  time.Duration
	wall time.Time
}

// Start returns a Stopwatch that starts now.
func Start() Stopwatch { return Stopwatch{cpu(), time.Now()} }

// CPU is the processor time that the process has used since then, on all processors together.
func (s Stopwatch) CPU() time.Duration { return cpu() - s.cpu }

// Wall is the time that has passed since then.
func (s Stopwatch) Wall() time.Duration { return time.Since(s.wall) }

// OnThread runs work and returns the processor time of the thread that runs it, without that of the Go runtime's own
// threads.
func OnThread(work func()) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := threadCPU()
	work()
	return threadCPU() - start
}

// Times runs work, again and again, until it has taken at least for long, and returns the processor time of one run.
func Times(long time.Duration, work func()) time.Duration {
	for n := 1; ; n *= 2 {
		s := Start()
		for range n {
			work()
		}
		if d := s.CPU(); d >= long {
			return d / time.Duration(n)
		}
	}
}

// TakeTurns calls the sides rounds times, in changing order.
func TakeTurns(rounds int, sides ...func() error) error {
	for r := range rounds {
		for k := range sides {
			if r%2 == 1 {
				k = len(sides) - 1 - k
			}
			if err := sides[k](); err != nil {
				return err
			}
		}
	}
	return nil
}

// Sample holds the results of the rounds of one side.
type Sample []float64

// Min is the least, NaN if there is none.
func (s Sample) Min() float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	return slices.Min(s)
}

// Quantile is the value below which the fraction q of s lies, NaN if there is none.
func (s Sample) Quantile(q float64) float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	t := slices.Sorted(slices.Values(s))
	at := q * float64(len(t)-1)
	i := int(at)
	if i+1 >= len(t) {
		return t[len(t)-1]
	}
	return t[i] + (at-float64(i))*(t[i+1]-t[i])
}

// Median is the value in the middle.
func (s Sample) Median() float64 { return s.Quantile(0.5) }

// Ratio compares two sides that took turns.
type Ratio struct{ Median, Low, High float64 } // Low and High are the quartiles

// Over divides the rounds of s by those of t.
func (s Sample) Over(t Sample) Ratio {
	var q Sample
	for i := range min(len(s), len(t)) {
		q = append(q, s[i]/t[i])
	}
	return Ratio{q.Median(), q.Quantile(0.25), q.Quantile(0.75)}
}

// String prints the median with the quartiles.
func (r Ratio) String() string {
	if math.IsNaN(r.Median) {
		return "–"
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", r.Median, r.Low, r.High)
}

// GeoMean is the geometric mean of positive numbers, NaN if there are none.
func GeoMean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += math.Log(x)
	}
	return math.Exp(sum / float64(len(xs)))
}
