(dynamic-wind
 (lambda () (display "in "))
 (lambda () (exit 7))
 (lambda () (display "out") (newline)))
