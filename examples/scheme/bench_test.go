//go:build linux && amd64

package main

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"davit/examples/scheme/internal/scheme"
)

// Programs in Scheme against the same programs in Go. Each round runs both, so that the ratio "x-Go" is of one run: how
// many times as long Scheme takes. Scheme checks tags and overflow; the Go functions work on int64.

var benchmarks = []struct {
	name   string
	scheme string
	run    string
	want   string
	golang func() int64
}{
	{"fib", "(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))", "(fib 30)", "832040",
		func() int64 { return goFib(30) }},
	{"tak", "(define (tak x y z) (if (< y x) (tak (tak (- x 1) y z) (tak (- y 1) z x) (tak (- z 1) x y)) z))", "(tak 24 16 8)", "9",
		func() int64 { return goTak(24, 16, 8) }},
	{"ack", "(define (ack m n) (if (= m 0) (+ n 1) (if (= n 0) (ack (- m 1) 1) (ack (- m 1) (ack m (- n 1))))))", "(ack 2 1500)", "3003",
		func() int64 { return goAck(2, 1500) }},
	{"loop", "(define (sum n) (do ((i 0 (+ i 1)) (s 0 (+ s i))) ((= i n) s)))", "(sum 10000000)", "49999995000000",
		func() int64 { return goSum(10000000) }},
	{"trees", treesProgram, "(trees 16)", "8711918", func() int64 { return int64(goTrees(16)) }},
	{"queens", queensProgram, "(queens 9)", "352", func() int64 { return goQueens(9) }},
	{"sieve", sieveProgram, "(primes 1000000)", "78498", func() int64 { return goPrimes(1000000) }},
	{"sort", sortProgram, "(sorted 100000)", "#t", goSorted},
}

const treesProgram = `
(define (make d) (if (= d 0) (cons '() '()) (cons (make (- d 1)) (make (- d 1)))))
(define (check t) (if (null? (car t)) 1 (+ 1 (check (car t)) (check (cdr t)))))
(define (churn n d) (let loop ((i 0) (sum 0)) (if (= i n) sum (loop (+ i 1) (+ sum (check (make d)))))))
(define (trees max)
  (let* ((sum (check (make (+ max 1)))) (long (make max)))
    (let loop ((d 4) (sum sum))
      (if (> d max)
          (+ sum (check long))
          (loop (+ d 4) (+ sum (churn (* 16 (expt 2 (- max d))) d)))))))`

const queensProgram = `
(define (safe? row d placed)
  (or (null? placed)
      (and (not (= (car placed) (+ row d))) (not (= (car placed) (- row d))) (not (= (car placed) row))
           (safe? row (+ d 1) (cdr placed)))))
(define (queens n)
  (let place ((k n) (placed '()))
    (if (= k 0)
        1
        (let loop ((row 1) (ways 0))
          (cond ((> row n) ways)
                ((safe? row 1 placed) (loop (+ row 1) (+ ways (place (- k 1) (cons row placed)))))
                (else (loop (+ row 1) ways)))))))`

const sieveProgram = `
(define (primes n)
  (let ((sieve (make-vector (+ n 1) #t)))
    (let loop ((i 2) (count 0))
      (cond ((> i n) count)
            ((vector-ref sieve i)
             (do ((j (* i i) (+ j i))) ((> j n)) (vector-set! sieve j #f))
             (loop (+ i 1) (+ count 1)))
            (else (loop (+ i 1) count))))))`

const sortProgram = `
(define (numbers n) (let loop ((i 0) (x 42) (l '())) (if (= i n) l (loop (+ i 1) (modulo (+ (* x 1103515245) 12345) 2147483648) (cons x l)))))
(define (sorted n) (apply < (list-sort < (numbers n))))`

//go:noinline
func goFib(n int64) int64 {
	if n < 2 {
		return n
	}
	return goFib(n-1) + goFib(n-2)
}

//go:noinline
func goTak(x, y, z int64) int64 {
	if y < x {
		return goTak(goTak(x-1, y, z), goTak(y-1, z, x), goTak(z-1, x, y))
	}
	return z
}

//go:noinline
func goAck(m, n int64) int64 {
	if m == 0 {
		return n + 1
	}
	if n == 0 {
		return goAck(m-1, 1)
	}
	return goAck(m-1, goAck(m, n-1))
}

//go:noinline
func goSum(n int64) int64 {
	s := int64(0)
	for i := range n {
		s += i
	}
	return s
}

type goNode struct{ left, right *goNode }

func goMake(d int) *goNode {
	if d == 0 {
		return &goNode{}
	}
	return &goNode{goMake(d - 1), goMake(d - 1)}
}

func (n *goNode) check() int {
	if n.left == nil {
		return 1
	}
	return 1 + n.left.check() + n.right.check()
}

func goTrees(most int) int {
	sum := goMake(most + 1).check()
	long := goMake(most)
	for d := 4; d <= most; d += 4 {
		for range 16 << (most - d) {
			sum += goMake(d).check()
		}
	}
	return sum + long.check()
}

type goList struct {
	row  int64
	rest *goList
}

func (l *goList) safe(row, d int64) bool {
	for ; l != nil; l = l.rest {
		if l.row == row+d || l.row == row-d || l.row == row {
			return false
		}
		d++
	}
	return true
}

func goQueens(n int64) int64 {
	var place func(k int64, placed *goList) int64
	place = func(k int64, placed *goList) int64 {
		if k == 0 {
			return 1
		}
		ways := int64(0)
		for row := int64(1); row <= n; row++ {
			if placed.safe(row, 1) {
				ways += place(k-1, &goList{row, placed})
			}
		}
		return ways
	}
	return place(n, nil)
}

func goPrimes(n int64) int64 {
	composite := make([]bool, n+1)
	count := int64(0)
	for i := int64(2); i <= n; i++ {
		if !composite[i] {
			count++
			for j := i * i; j <= n; j += i {
				composite[j] = true
			}
		}
	}
	return count
}

type goCell struct {
	x    int64
	next *goCell
}

// goSorted sorts a list by merging, as the library does.
func goSorted() int64 {
	var l *goCell
	for i, x := 0, int64(42); i < 100000; i++ {
		l = &goCell{x, l}
		x = (x*1103515245 + 12345) % 2147483648
	}
	l = goMergeSort(l, 100000)
	for ; l.next != nil; l = l.next {
		if l.x >= l.next.x {
			return 0
		}
	}
	return 1
}

func goMergeSort(l *goCell, n int) *goCell {
	if n == 1 {
		return &goCell{l.x, nil}
	}
	half := n / 2
	a := goMergeSort(l, half)
	for range half {
		l = l.next
	}
	b := goMergeSort(l, n-half)
	var first goCell
	last := &first
	for a != nil && b != nil {
		if b.x < a.x {
			last.next = &goCell{b.x, nil}
			b = b.next
		} else {
			last.next = &goCell{a.x, nil}
			a = a.next
		}
		last = last.next
	}
	if a == nil {
		a = b
	}
	last.next = a
	return first.next
}

func BenchmarkScheme(b *testing.B) {
	for _, p := range benchmarks {
		b.Run(p.name, func(b *testing.B) {
			s, err := scheme.New(scheme.Options{Closed: true})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			run, err := s.Prepare(p.name, p.scheme+"\n(define result #f) (set! result "+p.run+")")
			if err != nil {
				b.Fatal(err)
			}
			var ours, theirs time.Duration
			for b.Loop() {
				start := time.Now()
				if err := run(); err != nil {
					b.Fatal(err)
				}
				mid := time.Now()
				p.golang()
				ours, theirs = ours+mid.Sub(start), theirs+time.Since(mid)
			}
			b.ReportMetric(float64(ours)/float64(theirs), "x-Go")
			b.ReportMetric(float64(ours.Microseconds())/float64(b.N)/1000, "ms/Scheme")
			b.ReportMetric(float64(theirs.Microseconds())/float64(b.N)/1000, "ms/Go")
		})
	}
}

// The programs of the benchmarks give the same results as those in Go.
func TestBenchmarkPrograms(t *testing.T) {
	for _, p := range benchmarks {
		var out strings.Builder
		s, err := scheme.New(scheme.Options{Closed: true, Out: &out})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Run(p.name, p.scheme+"(write "+p.run+")"); err != nil {
			t.Error(err)
		}
		s.Close()
		if got := p.golang(); p.want != "#t" && p.want != strconv.FormatInt(got, 10) || p.want == "#t" && got != 1 {
			t.Errorf("%s in Go: %d, expected %s", p.name, got, p.want)
		}
		if out.String() != p.want {
			t.Errorf("%s: %s, expected %s", p.run, out.String(), p.want)
		}
	}
}
