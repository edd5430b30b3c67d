;;; What programs of this directory test with: what is wrong is printed, and at the end how many tests there were.
;;; (size n) is n, or little of it where much takes too long.
(define (size n) (if (member "small" (command-line)) (min n 30) n))
(define fails 0) (define n 0)
(define-syntax test (syntax-rules () ((_ want e) (let ((got (guard (x (#t (if (error-object? x) (list 'ERR (error-object-message x) (error-object-irritants x)) (list 'RAISED x)))) e)))
  (set! n (+ n 1))
  (if (not (equal? got want)) (begin (set! fails (+ fails 1)) (display "FAIL ") (write 'e) (display " => ") (write got) (display " want ") (write want) (newline)))))))
(define-syntax test-err (syntax-rules () ((_ e) (let ((got (guard (x (#t 'error)) (list 'value e)))) (set! n (+ n 1))
  (if (not (eq? got 'error)) (begin (set! fails (+ fails 1)) (display "NOERR ") (write 'e) (display " => ") (write got) (newline)))))))
(define (done) (display n) (display " tests, ") (display fails) (display " failed") (newline))
