// Functions for the tests: see code_test.go. DAVIT_BLESS=1 go test -run TestCode ./jit makes code_arm64.txt of them.
	.globl	deep, recurse, spin
	.macro	frame n=0
	stp	x29, x30, [sp, -16]!
	mov	x29, sp
	.if	\n
	sub	sp, sp, \n
	.endif
	.endm

	.macro	done n=0
	.if	\n
	add	sp, sp, \n
	.endif
	ldp	x29, x30, [sp], 16
	ret
	.endm

add:	add	x0, x0, x1
	ret

identity:
	ret

twice:	frame	16
	str	x0, [sp]
	bl	host
	ldr	x1, [sp]
	str	x0, [sp, 8]
	add	x0, x1, 1
	bl	host
	ldr	x1, [sp, 8]
	add	x0, x0, x1
	done	16

loop:	frame
	stp	x19, x20, [sp, -16]!
	mov	x19, x0
	mov	x20, 0
1:	mov	x0, x19
	bl	host
	add	x20, x20, x0
	subs	x19, x19, 1
	b.ne	1b
	mov	x0, x20
	ldp	x19, x20, [sp], 16
	done

div:	cbz	x1, div.trap
	sdiv	x0, x0, x1
	ret
div.trap:
	udf	0xc11f

load:	ldr	x0, [x0]
	ret

spin:
1:	subs	x0, x0, 1
	b.ne	1b
	ret

wild:	frame
	blr	x0
wild.ret:
	done

pass:	frame
	bl	host
	add	x0, x0, 1
	done

recurse:
	frame	32
	bl	recurse
	done	32

deep:	frame	32
	str	x1, [sp, 8]
	cbz	x0, 1f
	sub	x0, x0, 1
	add	x1, x1, 16
	bl	deep
	ldr	x1, [sp, 8]
	add	x0, x0, x1
	done	32
1:	mov	x0, x1
	bl	host
	ldr	x0, [sp, 8]
	done	32

try:	frame	16
	str	x0, [sp]
	bl	host
	done	16
try.pad:
	mov	x2, 1000
	mul	x0, x0, x2
	add	x0, x0, x1
	ldr	x1, [sp]
	add	x0, x0, x1
	done	16

tail:	b	target

call:	frame
	bl	target
	done

constant:
	mov	x0, 0
	ret

trap:	nop
trap.trap:
	udf	0xc11f

wait:	ldr	x2, [x0]
	cmp	x2, x1
	b.lo	wait
	mov	x0, x2
	ret

pollspin:
	frame
	str	x19, [sp, -16]!
	mov	x19, x0
1:	bl	poll
	subs	x19, x19, 1
	b.ne	1b
	mov	x0, x19
	ldr	x19, [sp], 16
	done

wander:	frame
	bl	host
	ldp	x29, x30, [sp], 16
	b	spin

edge:	frame
	sub	sp, sp, x1
1:	subs	x0, x0, 1
	b.ne	1b
	mov	sp, x29
	done

mix:	frame
	.irp	r, 19, 20, 21, 22, 23, 24, 25, 26, 27
	str	x\r, [sp, -16]!
	.endr
	stp	d8, d15, [sp, -16]!
	.irp	r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 29, 30
	mov	x\r, \r
	.endr
	.irp	r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	dup	v\r\().2d, x17
	.endr
	.set	last, 30
1:	adds	x1, x1, x30
	.irp	r, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 29, 30
	adcs	x\r, x\r, x1
	ror	x1, x1, 7
	.endr
	ins	v0.d[0], x1
	ins	v0.d[1], x30
	.irp	r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	add	v\r\().2d, v\r\().2d, v0.2d
	eor	v0.16b, v0.16b, v\r\().16b
	.endr
	sub	x0, x0, 1
	cbnz	x0, 1b
	.irp	r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 29, 30
	add	x0, x0, x\r
	.endr
	umov	x1, v0.d[0]
	add	x0, x0, x1
	umov	x1, v0.d[1]
	add	x0, x0, x1
	ldp	d8, d15, [sp], 16
	.irp	r, 27, 26, 25, 24, 23, 22, 21, 20, 19
	ldr	x\r, [sp], 16
	.endr
	done
end:
