;;; syntax-rules

(define (show . items) (for-each (lambda (x) (write x) (write-char #\space)) items) (newline))

(define-syntax swap!
  (syntax-rules () ((_ a b) (let ((tmp a)) (set! a b) (set! b tmp)))))
(define tmp 1)
(define other 2)
(swap! tmp other)
(show tmp other)
(show (let ((tmp 5) (x 6)) (swap! tmp x) (list tmp x)))

(define-syntax my-or
  (syntax-rules () ((_) #f) ((_ e) e) ((_ e r ...) (let ((t e)) (if t t (my-or r ...))))))
(show (let ((t 5)) (my-or #f t)) (my-or) (my-or 1 (car '())))
(show (let ((if list)) (my-or #f 2)))

(define-syntax while
  (syntax-rules () ((_ test body ...) (let loop () (when test body ... (loop))))))
(show (let ((i 0) (l '())) (while (< i 3) (set! l (cons i l)) (set! i (+ i 1))) l))
(define-syntax for
  (syntax-rules (in from to)
    ((_ x in l body ...) (for-each (lambda (x) body ...) l))
    ((_ x from a to b body ...) (do ((x a (+ x 1))) ((> x b)) body ...))))
(for y in '(a b) (write y)) (for y from 1 to 3 (write y)) (newline)

;; Ellipses: nested, in the middle, in vectors, with tails.
(define-syntax my-let*
  (syntax-rules () ((_ () body ...) (let () body ...)) ((_ ((x e) more ...) body ...) (let ((x e)) (my-let* (more ...) body ...)))))
(show (my-let* ((a 1) (b (+ a 1)) (c (* b 3))) (list a b c)))
(define-syntax flatten-pairs
  (syntax-rules () ((_ (a b ...) ...) '((a ...) (b ... ...)))))
(show (flatten-pairs (1 2 3) (4) (5 6)))
(define-syntax last-of
  (syntax-rules () ((_ x ... y) 'y)))
(show (last-of 1 2 3) (last-of 1))
(define-syntax middle
  (syntax-rules () ((_ a b ... c d) '(a (b ...) c d))))
(show (middle 1 2 3 4 5) (middle 1 2 3))
(define-syntax vec
  (syntax-rules () ((_ #(a b ...)) (list a '#(b ...)))))
(show (vec #(1 2 3)))
(define-syntax tail
  (syntax-rules () ((_ a . b) '(a b))))
(show (tail 1 2 3) (tail 1))
(define-syntax be-like-begin
  (syntax-rules () ((_ name) (define-syntax name (syntax-rules () ((_ expr (... ...)) (begin expr (... ...))))))))
(be-like-begin sequence)
(show (sequence 1 2 3))
(define-syntax custom
  (syntax-rules ::: () ((_ (a b :::) :::) '((b ::: a) :::))))
(show (custom (1 2 3) (4 5)))
(define-syntax ignore
  (syntax-rules () ((_ _ x _) 'x)))
(show (ignore 1 2 3))

;; Literals are compared by meaning.
(define-syntax check-else
  (syntax-rules (else) ((_ else) 'else) ((_ x) 'other)))
(show (check-else else) (check-else foo) (let ((else 1)) (check-else else)))
(define-syntax arrow
  (syntax-rules (=>) ((_ a => b) (cons a b)) ((_ a b c) 'no)))
(show (arrow 1 => 2))

;; Macros that define things, and macros in bodies.
(define-syntax define-getter
  (syntax-rules () ((_ name value) (define (name) value))))
(define-getter get-five 5)
(show (get-five))
(define (local)
  (define-syntax double (syntax-rules () ((_ x) (* 2 x))))
  (define-getter get 21)
  (double (get)))
(show (local))
(show (let-syntax ((foo (syntax-rules () ((_ x) (+ x 1))))) (foo 1)) (letrec-syntax ((ev? (syntax-rules () ((_) #t) ((_ x . r) (od? . r)))) (od? (syntax-rules () ((_) #f) ((_ x . r) (ev? . r))))) (ev? a b c)))
(define-syntax my-if
  (syntax-rules () ((_ c t e) (cond (c t) (else e)))))
(show (let ((else #f)) (my-if #f 1 2)))
(define-syntax count-args
  (syntax-rules () ((_) 0) ((_ x . rest) (+ 1 (count-args . rest)))))
(show (count-args a b c d))

;; A macro that captures nothing, even by way of another macro.
(define-syntax repeat
  (syntax-rules () ((_ n body ...) (let loop ((i n)) (when (> i 0) body ... (loop (- i 1)))))))
(define i 10)
(define log '())
(repeat 3 (set! log (cons i log)))
(repeat 2 (repeat 2 (set! log (cons 'x log))))
(show log)
;; A small language of stack machines.
(define-syntax stack
  (syntax-rules (push add mul dup)
    ((_ s) s)
    ((_ s (push x) . more) (stack (cons x s) . more))
    ((_ s add . more) (let ((t s)) (stack (cons (+ (car t) (cadr t)) (cddr t)) . more)))
    ((_ s mul . more) (let ((t s)) (stack (cons (* (car t) (cadr t)) (cddr t)) . more)))
    ((_ s dup . more) (let ((t s)) (stack (cons (car t) t) . more)))))
(show (stack '() (push 2) (push 3) add dup mul))
;; Quasiquotation
(define n 3)
(show `(1 ,n ,@(list 4 5) end) `#(a ,n) `(a . ,n) `(,@'(1 2) . 3) `(nested `(quasi ,(inner ,n))) `,n '(quote x) ''x '`(a ,b ,@c))
(define-syntax qq
  (syntax-rules () ((_ x) `(x ,x (,@x)))))
(define lst '(1 2))
(show (qq lst))
