;;; Takeuchi's function in three forms: as it is, on lists as counters, and in continuation-passing style.

(define (tak x y z)
  (if (< y x)
      (tak (tak (- x 1) y z) (tak (- y 1) z x) (tak (- z 1) x y))
      z))

(define (count n) (if (= n 0) '() (cons n (count (- n 1)))))

(define (shorter? a b)
  (and (pair? b)
       (or (null? a) (shorter? (cdr a) (cdr b)))))

(define (takl x y z)
  (if (shorter? y x)
      (takl (takl (cdr x) y z) (takl (cdr y) z x) (takl (cdr z) x y))
      z))

(define (cpstak x y z k)
  (if (< y x)
      (cpstak (- x 1) y z
              (lambda (a)
                (cpstak (- y 1) z x
                        (lambda (b)
                          (cpstak (- z 1) x y
                                  (lambda (c) (cpstak a b c k)))))))
      (k z)))

;; With an escape for each call.
(define (ctak x y z)
  (call-with-current-continuation (lambda (k) (ctak-to k x y z))))
(define (ctak-to k x y z)
  (if (< y x)
      (ctak-to k
               (call/cc (lambda (k) (ctak-to k (- x 1) y z)))
               (call/cc (lambda (k) (ctak-to k (- y 1) z x)))
               (call/cc (lambda (k) (ctak-to k (- z 1) x y))))
      (k z)))

(write (tak 12 8 4)) (newline)
(write (length (takl (count 9) (count 6) (count 3)))) (newline)
(cpstak 10 6 3 (lambda (r) (write r) (newline)))
(write (ctak 7 4 2)) (newline)
