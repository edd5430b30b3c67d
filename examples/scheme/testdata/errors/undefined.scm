(define (f) (g 1))
(display (call-with-current-continuation (lambda (k) (k 1))))
(newline)
(f)
