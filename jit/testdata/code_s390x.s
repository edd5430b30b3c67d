# Functions for the tests: see code_test.go. DAVIT_BLESS=1 go test -run TestCode ./jit makes code_s390x.txt of them.
	.machine z13
	.globl	deep, recurse, spin
	.macro	frame n=0
	stmg	%r6, %r15, 48(%r15)
	lgr	%r1, %r15
	aghi	%r15, -(160+\n)
	stg	%r1, 0(%r15)
	.endm

	.macro	leave n=0
	lmg	%r6, %r15, 160+\n+48(%r15)
	.endm

	.macro	done n=0
	leave	\n
	br	%r14
	.endm

add:	agr	%r2, %r3
	br	%r14

identity:
	br	%r14

twice:	frame	16
	stg	%r2, 160(%r15)
	brasl	%r14, host
	lg	%r3, 160(%r15)
	stg	%r2, 168(%r15)
	la	%r2, 1(%r3)
	brasl	%r14, host
	ag	%r2, 168(%r15)
	done	16

loop:	frame
	lgr	%r6, %r2
	lghi	%r7, 0
1:	lgr	%r2, %r6
	brasl	%r14, host
	agr	%r7, %r2
	aghi	%r6, -1
	jne	1b
	lgr	%r2, %r7
	done

div:	lgr	%r1, %r2
div.trap:
	dsgr	%r0, %r3
	lgr	%r2, %r1
	br	%r14

load:	lg	%r2, 0(%r2)
	br	%r14

spin:
1:	aghi	%r2, -1
	jne	1b
	br	%r14

wild:	frame
	basr	%r14, %r2
wild.ret:
	done

pass:	frame
	brasl	%r14, host
	aghi	%r2, 1
	done

recurse:
	frame	16
	brasl	%r14, recurse
	done	16

deep:	frame	16
	stg	%r3, 168(%r15)
	ltgr	%r2, %r2
	je	1f
	aghi	%r2, -1
	aghi	%r3, 16
	brasl	%r14, deep
	ag	%r2, 168(%r15)
	done	16
1:	lgr	%r2, %r3
	brasl	%r14, host
	lg	%r2, 168(%r15)
	done	16

try:	frame	16
	stg	%r2, 160(%r15)
	brasl	%r14, host
	done	16
try.pad:
	lgr	%r2, %r6
	mghi	%r2, 1000
	agr	%r2, %r7
	ag	%r2, 160(%r15)
	done	16

tail:	brcl	15, target

call:	frame
	brasl	%r14, target
	done

constant:
	lghi	%r2, 0
	br	%r14

trap:	nopr
trap.trap:
	.short	0

wait:	lg	%r4, 0(%r2)
	clgr	%r4, %r3
	jl	wait
	lgr	%r2, %r4
	br	%r14

pollspin:
	frame
	lgr	%r6, %r2
1:	brasl	%r14, poll
	aghi	%r6, -1
	jne	1b
	lgr	%r2, %r6
	done

wander:	frame
	brasl	%r14, host
	leave
	brcl	15, spin

edge:	frame
	lgr	%r6, %r15
	sgr	%r15, %r3
1:	aghi	%r2, -1
	jne	1b
	lgr	%r15, %r6
	done

mix:	frame	64
	.irp	r, 8, 9, 10, 11, 12, 13, 14, 15
	std	%f\r, 160+8*(\r-8)(%r15)
	.endr
	.irp	r, 0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14
	lghi	%r\r, \r
	.endr
	.irp	r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	vlvgp	%v\r, %r12, %r5
	.endr
1:	algr	%r0, %r14
	.irp	r, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14
	alcgr	%r\r, %r0
	rllg	%r0, %r0, 7
	.endr
	vlvgp	%v0, %r0, %r14
	.irp	r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	vag	%v\r, %v\r, %v0
	vx	%v0, %v0, %v\r
	.endr
	aghi	%r2, -1
	jne	1b
	.irp	r, 0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14
	agr	%r2, %r\r
	.endr
	vlgvg	%r0, %v0, 0
	agr	%r2, %r0
	vlgvg	%r0, %v0, 1
	agr	%r2, %r0
	.irp	r, 8, 9, 10, 11, 12, 13, 14, 15
	ld	%f\r, 160+8*(\r-8)(%r15)
	.endr
	done	64
end:
