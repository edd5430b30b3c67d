# Functions for the tests: see code_test.go. DAVIT_BLESS=1 go test -run TestCode ./jit makes code_riscv64.txt of them.
	.option	norvc
	.option norelax
	.globl	deep, recurse, spin
	.macro	frame n=0
	addi	sp, sp, -16
	sd	s0, 0(sp)
	sd	ra, 8(sp)
	mv	s0, sp
	.if	\n
	addi	sp, sp, -\n
	.endif
	.endm

	.macro	leave n=0
	.if	\n
	addi	sp, sp, \n
	.endif
	ld	s0, 0(sp)
	ld	ra, 8(sp)
	addi	sp, sp, 16
	.endm

	.macro	done n=0
	leave	\n
	ret
	.endm

add:	add	a0, a0, a1
	ret

identity:
	ret

twice:	frame	16
	sd	a0, 0(sp)
	call	host
	ld	a1, 0(sp)
	sd	a0, 8(sp)
	addi	a0, a1, 1
	call	host
	ld	a1, 8(sp)
	add	a0, a0, a1
	done	16

loop:	frame	16
	sd	s1, 0(sp)
	sd	s2, 8(sp)
	mv	s1, a0
	li	s2, 0
1:	mv	a0, s1
	call	host
	add	s2, s2, a0
	addi	s1, s1, -1
	bnez	s1, 1b
	mv	a0, s2
	ld	s1, 0(sp)
	ld	s2, 8(sp)
	done	16

div:	beqz	a1, div.trap
	div	a0, a0, a1
	ret
div.trap:
	.word	0

load:	ld	a0, 0(a0)
	ret

spin:
1:	addi	a0, a0, -1
	bnez	a0, 1b
	ret

wild:	frame
	jalr	a0
wild.ret:
	done

pass:	frame
	call	host
	addi	a0, a0, 1
	done

recurse:
	frame	32
	call	recurse
	done	32

deep:	frame	32
	sd	a1, 8(sp)
	beqz	a0, 1f
	addi	a0, a0, -1
	addi	a1, a1, 16
	call	deep
	ld	a1, 8(sp)
	add	a0, a0, a1
	done	32
1:	mv	a0, a1
	call	host
	ld	a0, 8(sp)
	done	32

try:	frame	16
	sd	a0, 0(sp)
	call	host
	done	16
try.pad:
	li	a2, 1000
	mul	a0, a0, a2
	add	a0, a0, a1
	ld	a1, 0(sp)
	add	a0, a0, a1
	done	16

tail:	tail	target

call:	frame
	call	target
	done

constant:
	li	a0, 0
	ret

trap:	nop
trap.trap:
	.word	0

wait:	ld	a2, 0(a0)
	bltu	a2, a1, wait
	mv	a0, a2
	ret

pollspin:
	frame	16
	sd	s1, 0(sp)
	mv	s1, a0
1:	call	poll
	addi	s1, s1, -1
	bnez	s1, 1b
	mv	a0, s1
	ld	s1, 0(sp)
	done	16

wander:	frame
	call	host
	leave
	tail	spin

edge:	frame
	sub	sp, sp, a1
1:	addi	a0, a0, -1
	bnez	a0, 1b
	mv	sp, s0
	done

mix:	frame	192
	.set	i, 0
	.irp	r, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26
	sd	x\r, i(sp)
	.set	i, i+8
	.endr
	.irp	r, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	fsd	f\r, i(sp)
	.set	i, i+8
	.endr
	.irp	r, 1, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28, 29, 30, 31
	li	x\r, \r
	.endr
	.irp	r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fcvt.d.l f\r, x17
	.endr
1:	.irp	r, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28, 29, 30, 31
	add	x\r, x\r, x1
	slli	x1, x1, 1
	xor	x1, x1, x\r
	.endr
	fmv.d.x	f0, x17
	.irp	r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fsgnjx.d f\r, f\r, f0
	fmv.x.d	x17, f\r
	add	x17, x17, x1
	fmv.d.x	f\r, x17
	.endr
	addi	a0, a0, -1
	beqz	a0, 2f
	j	1b
2:	.irp	r, 1, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28, 29, 30, 31
	add	a0, a0, x\r
	.endr
	.set	i, 0
	.irp	r, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26
	ld	x\r, i(sp)
	.set	i, i+8
	.endr
	.irp	r, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	fld	f\r, i(sp)
	.set	i, i+8
	.endr
	done	192
end:
