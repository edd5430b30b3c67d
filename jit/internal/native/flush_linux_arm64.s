#include "textflag.h"

// func cacheType() uint64
TEXT ·cacheType(SB), NOSPLIT, $0-8
	MRS CTR_EL0, R0
	MOVD R0, ret+0(FP)
	RET

// func cleanData(from, to, step uintptr)
TEXT ·cleanData(SB), NOSPLIT, $0-24
	MOVD from+0(FP), R0
	MOVD to+8(FP), R1
	MOVD step+16(FP), R2
loop:
	CMP R1, R0
	BHS done
	WORD $0xd50b7b20 // dc cvau, x0
	ADD R2, R0
	B loop
done:
	WORD $0xd5033b9f // dsb ish
	RET

// func invalidateCode(from, to, step uintptr)
TEXT ·invalidateCode(SB), NOSPLIT, $0-24
	MOVD from+0(FP), R0
	MOVD to+8(FP), R1
	MOVD step+16(FP), R2
loop:
	CMP R1, R0
	BHS done
	WORD $0xd50b7520 // ic ivau, x0
	ADD R2, R0
	B loop
done:
	WORD $0xd5033b9f // dsb ish
	WORD $0xd5033fdf // isb
	RET
