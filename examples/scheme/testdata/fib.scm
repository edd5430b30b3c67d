;;; Fibonacci numbers: by recursion, by iteration into bignums, by doubling, and with inexact numbers.

(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))

(define (fib-iter n)
  (do ((i 0 (+ i 1)) (a 0 b) (b 1 (+ a b)))
      ((= i n) a)))

(define (fib-fast n)                    ; the pair of neighbours n and n+1
  (if (= n 0)
      (values 0 1)
      (call-with-values (lambda () (fib-fast (quotient n 2)))
        (lambda (a b)
          (let ((c (* a (- (* 2 b) a))) (d (+ (* a a) (* b b))))
            (if (even? n) (values c d) (values d (+ c d))))))))

(define (fibfp n) (if (< n 2.0) n (+ (fibfp (- n 1.0)) (fibfp (- n 2.0)))))

(write (fib 15)) (newline)
(write (fib-iter 200)) (newline)
(write (call-with-values (lambda () (fib-fast 300)) (lambda (a b) a))) (newline)
(write (= (fib-iter 300) (call-with-values (lambda () (fib-fast 300)) (lambda (a b) a)))) (newline)
(write (fibfp 12.0)) (newline)
