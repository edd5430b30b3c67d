;;; Ackermann's function, and mutual recursion.

(define (ack m n)
  (cond ((= m 0) (+ n 1))
        ((= n 0) (ack (- m 1) 1))
        (else (ack (- m 1) (ack m (- n 1))))))

(define (even1? n) (if (= n 0) #t (odd1? (- n 1))))
(define (odd1? n) (if (= n 0) #f (even1? (- n 1))))

(define (hofstadter-f n) (if (= n 0) 1 (- n (hofstadter-m (hofstadter-f (- n 1))))))
(define (hofstadter-m n) (if (= n 0) 0 (- n (hofstadter-f (hofstadter-m (- n 1))))))

(write (ack 2 5)) (newline)
(write (ack 3 3)) (newline)
(write (even1? 1001)) (newline)
(write (map hofstadter-f (iota 12))) (newline)
(write (map hofstadter-m (iota 12))) (newline)
