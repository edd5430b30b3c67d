#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// func Enter(e *Entry, words *uint64) (status uintptr)
//
// Thunks get R21 = e, R17 = words, R19 = context, R20 = Ctx.Act.
TEXT ·Enter(SB), NOSPLIT, $40-24
	NO_LOCAL_POINTERS
	MOVD $const_hashFactor, R9
	MUL  g, R9, R9
	LSR  $(64-const_cacheBits), R9, R9
	LSL  $4, R9, R9
	MOVD $·cache(SB), R10
	ADD  R9, R10
	MOVD cachePlace_g(R10), R11
	CMP  g, R11
	BNE  slow
	MOVD cachePlace_ctx(R10), R19
enter:
	MOVD Ctx_NatSP(R19), R20
	MOVD Ctx_Floor(R19), R9
	CMP  R9, R20
	BLO  overflow
	MOVD e+0(FP), R21
	MOVD words+8(FP), R17
	DMB  $0xa // stores to the record come after those to Ctx.Ends
	MOVD ZR, (Record_Zero-Record__size)(R20)
	MOVD Entry_Owner(R21), R9
	MOVD R9, (Record_Owner-Record__size)(R20)
	MOVD Ctx_Act(R19), R9
	MOVD R9, (Record_PrevAct-Record__size)(R20)
	MOVD Ctx_Ends(R19), R9
	MOVD R9, (Record_Seq-Record__size)(R20)
	SUB  $Record__size, R20
	ADD  $Ctx_Act, R19, R9
	STLR R20, (R9)
	// The thunk is read after Act is stored: who frees code looks at Act after changing the thunk.
	MOVD Entry_Thunk(R21), R9
	CALL (R9)
	// Exits of compiled code arrive here: R19 = context, R16 = reason, RSP = Ctx.GoSP, and R20 = Ctx.Act unless the
	// reason is HostCall.
	CMP  $const_HostCall, R16
	BEQ  host
	MOVD Record_PrevAct(R20), R9
	MOVD R9, Ctx_Act(R19)
	ADD  $Record__size, R20
	MOVD R20, Ctx_NatSP(R19)
	MOVD Ctx_Ends(R19), R9
	ADD  $1, R9
	ADD  $Ctx_Ends, R19, R10
	STLR R9, (R10)
	CBNZ R16, special
	MOVD ZR, status+16(FP)
	RET
host:
	SUB  $8, RSP, R29
	MOVD R19, 8(RSP)
	MOVD R19, 32(RSP)
	CALL ·hostcall(SB)
	MOVD 32(RSP), R19
	MOVD Ctx_Next(R19), R9
	JMP  (R9)
overflow:
	MOVD $const_Overflow, R16
	B    failed
special:
	CMP  $const_ReturnedSettle, R16
	BEQ  settle
failed:
	ORR  R19, R16
	MOVD R16, status+16(FP)
	RET
slow:
	MOVD g, 8(RSP)
	CALL ·acquire(SB)
	MOVD 16(RSP), R19
	CBNZ R19, enter
	MOVD $const_NoStack, R9
	MOVD R9, status+16(FP)
	RET
settle:
	MOVD ZR, status+16(FP)
	MOVD Ctx_Act(R19), R9
	CBNZ R9, ret
	SUB  $8, RSP, R29
	MOVD R19, 8(RSP)
	CALL ·settle(SB)
ret:
	RET

// func getg() uintptr
TEXT ·getg(SB), NOSPLIT, $0-8
	MOVD g, ret+0(FP)
	RET
