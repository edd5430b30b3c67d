(define (fill l) (fill (cons (make-vector 1000 0) l)))
(display "much")
(newline)
(fill '())
