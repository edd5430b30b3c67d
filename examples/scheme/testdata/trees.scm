;;; binary-trees: many trees that die young, beside one that lives on.

(define (make depth)
  (if (= depth 0)
      (cons '() '())
      (cons (make (- depth 1)) (make (- depth 1)))))

(define (check tree)
  (if (null? (car tree)) 1 (+ 1 (check (car tree)) (check (cdr tree)))))

(define (trees max)
  (let ((long-lived (make max)))
    (do ((depth 2 (+ depth 2)))
        ((> depth max))
      (let ((n (expt 2 (- max depth))))
        (let loop ((i 0) (sum 0))
          (if (< i n)
              (loop (+ i 1) (+ sum (check (make depth))))
              (begin
                (write n) (display " trees of depth ") (write depth)
                (display ": ") (write sum) (newline))))))
    (display "long-lived tree: ") (write (check long-lived)) (newline)))

(write (check (make 7))) (newline)
(trees 6)

;; Records with mutable fields in vectors: old objects that refer to new ones.
(define-record-type node (make-node value left right) node?
  (value node-value) (left node-left set-node-left!) (right node-right set-node-right!))
(define (insert tree x)
  (cond ((not tree) (make-node x #f #f))
        ((< x (node-value tree)) (set-node-left! tree (insert (node-left tree) x)) tree)
        (else (set-node-right! tree (insert (node-right tree) x)) tree)))
(define (walk tree f)
  (if tree
      (begin (walk (node-left tree) f) (f (node-value tree)) (walk (node-right tree) f))))
(define numbers (let loop ((i 0) (x 17) (l '())) (if (= i 60) l (loop (+ i 1) (modulo (+ (* x 37) 11) 101) (cons x l)))))
(define tree (fold-left insert #f numbers))
(define sorted '())
(walk tree (lambda (x) (set! sorted (cons x sorted))))
(write (equal? (reverse sorted) (list-sort < numbers))) (newline)
