;;; Escaping continuations and dynamic-wind.

(define (show . items) (for-each display items) (newline))

(show (call/cc (lambda (k) (+ 1 (k 42)))))
(show (call/cc (lambda (k) 'normal)))
(show (+ 1 (call-with-current-continuation (lambda (k) (for-each (lambda (x) (if (negative? x) (k x))) '(1 2 -3 4)) 0))))

;; Out of several calls at once, inner and outer.
(define (find-first ok? tree)
  (call/cc
   (lambda (return)
     (let search ((t tree))
       (cond ((pair? t) (search (car t)) (search (cdr t)))
             ((and (not (null? t)) (ok? t)) (return t))))
     #f)))
(show (find-first even? '(1 (3 (5 (8 7))) 2)))
(show (find-first even? '(1 (3))))
(show (call/cc (lambda (outer) (+ 1 (call/cc (lambda (inner) (outer 'outer)))))))
(show (call/cc (lambda (outer) (cons 1 (call/cc (lambda (inner) (inner 'inner)))))))

;; The product of a list stops at 0.
(define multiplications 0)
(define (product l)
  (call/cc
   (lambda (k)
     (let loop ((l l))
       (cond ((null? l) 1)
             ((= (car l) 0) (k 0))
             (else (set! multiplications (+ multiplications 1)) (* (car l) (loop (cdr l)))))))))
(show (product '(1 2 3 4 5)) " " (product '(1 2 0 3 4)) " " multiplications)

;; Values through continuations.
(call-with-values (lambda () (call/cc (lambda (k) (k 1 2 3)))) (lambda args (show args)))
(show (call-with-values (lambda () (values)) list))
(receive (a . rest) (values 1 2 3) (show a rest))

;; dynamic-wind
(define trace '())
(define (note x) (set! trace (cons x trace)))
(define (traced thunk)
  (set! trace '())
  (let ((v (thunk))) (show (reverse trace) " => " v)))
(traced (lambda () (dynamic-wind (lambda () (note 'in)) (lambda () (note 'body) 'v) (lambda () (note 'out)))))
(traced (lambda ()
          (call/cc (lambda (k)
                     (dynamic-wind
                      (lambda () (note 'in1))
                      (lambda ()
                        (dynamic-wind (lambda () (note 'in2)) (lambda () (k 'escaped)) (lambda () (note 'out2))))
                      (lambda () (note 'out1)))))))
(traced (lambda ()
          (call/cc (lambda (k1)
                     (dynamic-wind
                      (lambda () (note 'in))
                      (lambda () (call/cc (lambda (k2) (note 'before) (k2 'x) (note 'never))) (note 'after) (k1 'done))
                      (lambda () (note 'out)))))))

;; A generator by escapes and state: each call runs from the start of the loop over what is left.
(define (make-walker l)
  (lambda ()
    (call/cc
     (lambda (return)
       (for-each (lambda (x) (set! l (cdr l)) (return x)) l)
       'end))))
(define walk (make-walker '(a b c)))
(show (let* ((a (walk)) (b (walk)) (c (walk)) (d (walk))) (list a b c d)))

;; parameterize is undone by escapes.
(define p (make-parameter 10 (lambda (x) (* x 2))))
(show (p) " " (parameterize ((p 1)) (p)) " " (call/cc (lambda (k) (parameterize ((p 5)) (k (p))))) " " (p))

;; A loop that captures a continuation in each turn.
(show (let loop ((i 0) (sum 0))
        (if (= i 1000) sum (loop (+ i 1) (+ sum (call/cc (lambda (k) (if (even? i) (k i) 1))))))))
