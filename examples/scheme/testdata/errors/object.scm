(define (f) (+ 1 (raise (list 'some "object"))))
(f)
