module davit

go 1.26
