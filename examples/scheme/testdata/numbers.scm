;;; Exact integers of any size, and inexact numbers.

(define (show . items) (for-each (lambda (x) (write x) (write-char #\space)) items) (newline))

(define (factorial n) (if (= n 0) 1 (* n (factorial (- n 1)))))
(show (factorial 20) (factorial 30))
(show (quotient (factorial 50) (factorial 48)) (remainder (factorial 30) 1000007) (modulo (- (factorial 25)) 999))

;; around the edge of what needs no memory
(define big 4611686018427387903)        ; 2^62 - 1
(show (+ big 1) (- (- big) 2) (* big 2) (- (+ big 1) 1) (= (- (+ big 1) 1) big))
(show (* 3037000500 3037000500) (* -3037000500 3037000500) (* big big) (* big -1))
(show (quotient (- -1 big) -1) (- (- -1 big)) (abs (- -1 big)))
(show (eqv? (+ big 1) (+ big 1)) (equal? (* big big) (* big big)) (eq? 'a 'a) (eqv? 2 2.0) (= 2 2.0))
(show (< big (+ big 1)) (> big (+ big 1)) (< (- (* big big)) 0 (* big big)))

(show (quotient 17 5) (quotient -17 5) (quotient 17 -5) (quotient -17 -5))
(show (remainder 17 5) (remainder -17 5) (remainder 17 -5) (remainder -17 -5))
(show (modulo 17 5) (modulo -17 5) (modulo 17 -5) (modulo -17 -5) (modulo 15 -5) (modulo -15 5))
(show (floor-quotient -17 5) (floor-remainder -17 5) (truncate-quotient -17 5))
(call-with-values (lambda () (floor/ -17 5)) show)
(call-with-values (lambda () (exact-integer-sqrt 17)) show)
(show (gcd 12 18) (gcd) (lcm 4 6) (lcm) (gcd -4 0) (expt 2 100) (expt 2 -1) (expt 2.0 3) (expt 0 0) (exact (expt 10 20)))
(show (+) (*) (+ 5) (- 5) (* 1 2 3 4 5) (- 10 1 2 3) (/ 6 3) (/ 6 4) (/ 2) (max 1 2 3) (min 1 2 3) (max 1 2.0))
(show (number->string 255 16) (string->number "ff" 16) (string->number "#xff") (string->number "1e3") (string->number "abc"))
(show 1.5 -0.5 .25 1e21 1e-7 123456789.125 1e100 (/ 1. 3) (sqrt 2) (sqrt 16) (sqrt -1.0) (exp 0) (exact 3.0))
(show (floor 2.5) (ceiling 2.5) (round 2.5) (round 3.5) (truncate -2.5) (round -2.5) (floor -2.5) (round 7))
(show (exact (floor 2.5)) (inexact 1) (exact->inexact 12345678901234567890) (/ 0. 1) (- 0.0) (/ 1. 0.) (- (/ 1. 0.)))
(show (integer? 2.0) (integer? 2.5) (exact? 2) (exact? 2.0) (inexact? 2.0) (rational? 1.5) (number? 'a) (nan? (- (/ 1. 0.) (/ 1. 0.))))
(show (zero? 0) (zero? 0.0) (zero? 1) (positive? 5) (negative? -5) (odd? 7) (even? 7) (even? 0) (odd? (+ big 1)))
(show (= 1 1 1) (= 1 1 2) (< 1 2 3) (< 1 3 2) (>= 3 3 2) (<= 1 1 0))
(show (atan 1 1) (sin 0) (number->string 3.75) (* 1.0 0) (+ 1/2 0.5) (exact-integer? 5) (square 12) (exact (truncate 1e18)))
(show (bitwise-and 12 10) (bitwise-ior 12 10) (bitwise-xor 12 10) (bitwise-not 5) (arithmetic-shift 1 70) (arithmetic-shift -5 -1))
(show #b1011 #o17 #xAB #e1.0 #i5 -7 +7 1. 6.02e23 -1e-3)

;; pi to some digits, by the spigot of Gibbons
(define (pi-digits count)
  (let loop ((q 1) (r 0) (t 1) (k 1) (n 3) (l 3) (count count) (digits '()))
    (cond ((= count 0) (reverse digits))
          ((< (+ (* 4 q) (- r t)) (* n t))
           (loop (* 10 q) (* 10 (- r (* n t))) t k
                 (- (quotient (* 10 (+ (* 3 q) r)) t) (* 10 n)) l (- count 1) (cons n digits)))
          (else
           (loop (* q k) (* (+ (* 2 q) r) l) (* t l) (+ k 1)
                 (quotient (+ (* q (+ (* 7 k) 2)) (* r l)) (* t l)) (+ l 2) count digits)))))
(show (apply string-append (map number->string (pi-digits 30))))

;; digits of 2^200, and primes below 100
(define (sum-of-digits n) (if (= n 0) 0 (+ (remainder n 10) (sum-of-digits (quotient n 10)))))
(show (sum-of-digits (expt 2 200)))
(define (primes n)
  (let ((sieve (make-vector (+ n 1) #t)))
    (let loop ((i 2) (l '()))
      (cond ((> i n) (reverse l))
            ((vector-ref sieve i)
             (do ((j (* i i) (+ j i))) ((> j n)) (vector-set! sieve j #f))
             (loop (+ i 1) (cons i l)))
            (else (loop (+ i 1) l))))))
(show (primes 100))

;; a mean and a deviation, inexact
(define (mean l) (/ (apply + l) (length l)))
(define data '(2 4 4 4 5 5 7 9))
(show (mean data) (sqrt (mean (map (lambda (x) (square (- x (mean data)))) data))))
