(display "not printed: the whole file is expanded first")
(define (f x)
  (let ((y 1) (y 2)) x))
