;;; Lists that are taken apart and put together in place.

(define (fill! l x)
  (if (pair? l) (begin (set-car! l x) (fill! (cdr l) x))))

(define (reverse-in-place! l)
  (let loop ((l l) (done '()))
    (if (null? l)
        done
        (let ((next (cdr l)))
          (set-cdr! l done)
          (loop next l)))))

(define (join! a b)
  (if (null? a)
      b
      (begin
        (let loop ((p a))
          (if (null? (cdr p)) (set-cdr! p b) (loop (cdr p))))
        a)))

;; Each round cuts every list in two, swaps the halves of neighbours, and makes new cells for what has worn out.
(define (destruct rounds width length)
  (let ((lists (let loop ((i width) (l '()))
                 (if (= i 0) l (loop (- i 1) (cons (iota length) l))))))
    (do ((round 0 (+ round 1)))
        ((= round rounds) lists)
      (let loop ((ls lists))
        (if (pair? (cdr ls))
            (let* ((a (car ls)) (b (cadr ls))
                   (cut (list-tail a (quotient length 3)))
                   (rest (cdr cut)))
              (set-cdr! cut (list round))
              (set-car! (cdr ls) (reverse-in-place! b))
              (set-car! ls (join! a (list-copy (list-head rest (- length (quotient length 3) 2)))))
              (loop (cdr ls)))))
      (set-car! lists (reverse-in-place! (car lists))))))

(define result (destruct 12 6 9))
(for-each (lambda (l) (write l) (newline)) result)
(define l (list 1 2 3))
(fill! l 'x)
(write l) (newline)
(write (join! (list 1 2) (reverse-in-place! (list 5 4 3)))) (newline)
