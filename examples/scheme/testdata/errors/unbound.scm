(define (f x)
  (if x (list x
              zork)))
(display (list 1 (f #t)))
