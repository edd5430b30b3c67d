;;; Recursion a million calls deep, and lists of that length.

(define n 1000000)

(define (count n) (if (= n 0) 0 (+ 1 (count (- n 1)))))
(write (count n)) (newline)

(define (build n) (if (= n 0) '() (cons n (build (- n 1)))))
(define l (build n))
(write (length l)) (newline)
(write (fold-right + 0 l)) (newline)
(write (apply + l)) (newline)
(write (car (reverse (map (lambda (x) (+ x 1)) l)))) (newline)
(write (equal? l (list-copy l))) (newline)

;; Deep in one argument, with references in every frame.
(define (nest n) (if (= n 0) '() (list (nest (- n 1)))))
(define (depth l) (if (null? l) 0 (+ 1 (depth (car l)))))
(write (depth (nest 100000))) (newline)
