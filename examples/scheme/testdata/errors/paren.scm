(define (f x)
  (* x 2)
