;;; Exceptions.

(define (show . items) (for-each display items) (newline))

(show (guard (e (#t (list 'caught e))) (raise 'oops)))
(show (guard (e ((symbol? e) (list 'symbol e)) ((string? e) (list 'string e))) (raise "text")))
(show (guard (e ((assq 'a e) => cdr) ((assq 'b e))) (raise (list (cons 'a 42)))))
(show (guard (e ((assq 'a e) => cdr) ((assq 'b e))) (raise (list (cons 'b 23)))))
(show (guard (e (else 'else)) (vector-ref (vector 1 2) 5)))
(show (guard (e ((string? e) 'inner)) (guard (e2 ((number? e2) 'number)) (raise "passed on"))))
(show (guard (e (#f 'never)) 'no-exception))

;; The messages of errors.
(define (message thunk) (guard (e (#t (show (condition/report-string e)))) (thunk) (show 'nothing)))
(message (lambda () (error "something is wrong:" 1 "two" 'three)))
(message (lambda () (car 5)))
(message (lambda () (cdr '())))
(message (lambda () (vector-ref '#(1 2 3) 3)))
(message (lambda () (vector-ref '(1) 0)))
(message (lambda () (string-ref "abc" -1)))
(message (lambda () (+ 1 'a)))
(message (lambda () (< "a" 1)))
(message (lambda () (quotient 1 0)))
(message (lambda () (exact->inexact 'x)))
(message (lambda () (undefined-variable 1)))
(message (lambda () ((lambda (x) x))))
(message (lambda () ((lambda (x y . z) x) 1)))
(message (lambda () ("not a procedure" 1)))
(message (lambda () (hash 1 2)))
(message (lambda () (char-upcase "a")))
(message (lambda () (symbol->string "a")))
(message (lambda () (length '(1 . 2))))
(message (lambda () (list-tail '(1 2) 3)))
(message (lambda () (exact 1.5)))
(message (lambda () (integer->char #xd800)))
(message (lambda () (string->symbol 'a)))
(message (lambda () (make-vector -1)))
(message (lambda () (letrec ((a (lambda () b)) (b (a))) b)))
(message (lambda () (apply + 1)))
(define (hash x) x)

;; error-object? and its parts
(guard (e ((error-object? e) (show (error-object-message e) (error-object-irritants e))))
  (error "message" 1 2))
(show (guard (e (#t (error-object? e))) (raise 1)))
(show (guard (e ((file-error? e) 'file-error)) (open-input-file "/does/not/exist")))
(show (guard (e ((read-error? e) 'read-error)) (read (open-input-string "(1 2"))))

;; Handlers
(show (with-exception-handler
       (lambda (e) (* e 2))
       (lambda () (+ 1 (raise-continuable 20)))))
(show (call/cc (lambda (k)
                 (with-exception-handler
                  (lambda (e) (k (list 'handled e)))
                  (lambda () (+ 1 (raise 'stop)))))))
;; Inside of a handler the outer one is in force.
(show (guard (e (#t (list 'outer e)))
        (with-exception-handler
         (lambda (e) (raise (list 'from-handler e)))
         (lambda () (raise 'inner)))))
(show (with-exception-handler
       (lambda (e) 10)
       (lambda ()
         (with-exception-handler
          (lambda (e) (+ 1 (raise-continuable e)))
          (lambda () (+ 100 (raise-continuable 'x)))))))

;; dynamic-wind runs its last part when an exception passes.
(define trace '())
(define (note x) (set! trace (cons x trace)))
(show (guard (e (#t (note 'handler) e))
        (dynamic-wind (lambda () (note 'in)) (lambda () (raise 'x)) (lambda () (note 'out)))))
(show (reverse trace))

;; guard in a loop, with garbage.
(show (let loop ((i 0) (caught 0))
        (if (= i 200)
            caught
            (loop (+ i 1)
                  (+ caught (guard (e ((pair? e) (car e)) (#t 0))
                              (if (odd? i) (raise (list i (make-vector 10 i))) (car '()))))))))
(show (guard (e (#t e)) (assert (= 1 1)) 'fine))
(message (lambda () (assert (= 1 2))))
