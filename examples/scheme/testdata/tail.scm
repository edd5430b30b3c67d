;;; Tail calls take no stack, whatever makes them.

(define n (if (member "small" (command-line)) 1200 300000))

(define (down n) (if (= n 0) 'self (down (- n 1))))
(write (down n)) (newline)

(define (ping n) (if (= n 0) 'mutual (pong (- n 1))))
(define (pong n) (if (= n 0) 'mutual (ping (- n 1))))
(write (ping n)) (newline)

(define (through f n) (if (= n 0) 'unknown (f f (- n 1))))
(write (through through n)) (newline)

(define (in-cond n) (cond ((= n 0) 'cond) ((odd? n) (in-cond (- n 1))) (else (in-cond (- n 1)))))
(write (in-cond n)) (newline)

(define (in-case n) (case (modulo n 3) ((0) (if (= n 0) 'case (in-case (- n 1)))) ((1) (in-case (- n 1))) (else (in-case (- n 1)))))
(write (in-case n)) (newline)

(define (in-and-or n) (and #t (or #f (if (= n 0) 'and-or (in-and-or (- n 1))))))
(write (in-and-or n)) (newline)

(define (in-when n) (when #t (let* ((m (- n 1))) (begin (if (< m 0) 'when (in-when m))))))
(write (in-when n)) (newline)

(define (by-apply n . rest) (if (= n 0) (cons 'apply rest) (apply by-apply (- n 1) rest)))
(write (by-apply (quotient n 10) 1 2 3 4 5)) (newline)

(define (by-values n) (call-with-values (lambda () (values n 1)) (lambda (n d) (if (= n 0) 'values (by-values (- n d))))))
(write (by-values (quotient n 10))) (newline)

(define (many a b c d e f n) (if (= n 0) (list a b c d e f) (many b c d e f a (- n 1))))
(write (many 1 2 3 4 5 6 (- n 1))) (newline)

;; More arguments than the caller has, and fewer.
(define (grow n) (if (= n 0) 'stack-arguments (grow7 1 2 3 4 5 6 7 8 (- n 1))))
(define (grow7 a b c d e f g h n) (if (= n 0) (list a h) (grow n)))
(write (grow n)) (newline)

;; A state machine whose states are closures.
(define (machine input)
  (letrec ((even (lambda (l ones) (if (null? l) (list 'even ones) (if (= (car l) 1) (odd (cdr l) (+ ones 1)) (even (cdr l) ones)))))
           (odd (lambda (l ones) (if (null? l) (list 'odd ones) (if (= (car l) 1) (even (cdr l) (+ ones 1)) (odd (cdr l) ones))))))
    (even input 0)))
(write (machine '(1 0 1 1 0 0 1))) (newline)
(define loops (list down (lambda (n) (let loop ((i n)) (if (= i 0) 'loop (loop (- i 1)))))))
(write (map (lambda (f) (f 1000)) loops)) (newline)

;; Nested loops, with exits into each other.
(write (let outer ((i 0) (pairs '()))
         (if (= i 4)
             (reverse pairs)
             (let inner ((j 0) (pairs pairs))
               (cond ((= j i) (outer (+ i 1) pairs))
                     ((= (modulo (+ i j) 3) 0) (inner (+ j 1) (cons (cons i j) pairs)))
                     (else (inner (+ j 1) pairs)))))))
(newline)
