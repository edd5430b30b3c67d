#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// func Enter(e *Entry, words *uint64) (status uintptr)
//
// Thunks get R7 = e, R8 = words, R9 = context, R10 = Ctx.Act.
TEXT ·Enter(SB), NOSPLIT, $40-24
	NO_LOCAL_POINTERS
	MOVD  $const_hashFactor, R1
	MULLD g, R1
	SRD   $(64-const_cacheBits), R1, R1
	SLD   $4, R1, R1
	MOVD  $·cache(SB), R2
	ADD   R1, R2
	MOVD  cachePlace_g(R2), R3
	CMPUBNE R3, g, slow
	MOVD  cachePlace_ctx(R2), R9
enter:
	MOVD  Ctx_NatSP(R9), R10
	MOVD  Ctx_Floor(R9), R1
	CMPUBLT R10, R1, overflow
	MOVD  e+0(FP), R7
	MOVD  words+8(FP), R8
	MOVD  $0, R1
	MOVD  R1, (Record_Zero-Record__size)(R10)
	MOVD  Entry_Owner(R7), R1
	MOVD  R1, (Record_Owner-Record__size)(R10)
	MOVD  Ctx_Act(R9), R1
	MOVD  R1, (Record_PrevAct-Record__size)(R10)
	MOVD  Ctx_Ends(R9), R1
	MOVD  R1, (Record_Seq-Record__size)(R10)
	SUB   $Record__size, R10
	MOVD  R10, Ctx_Act(R9)
	// The thunk is read after Act is stored: who frees code looks at Act after changing the thunk.
	MOVD  Entry_Thunk(R7), R1
	BL    (R1)
	// Exits of compiled code arrive here: R9 = context, R1 = reason, R15 = Ctx.GoSP, and R10 = Ctx.Act unless the reason
	// is HostCall.
	CMPBEQ R1, $const_HostCall, host
	MOVD  Record_PrevAct(R10), R2
	MOVD  R2, Ctx_Act(R9)
	ADD   $Record__size, R10
	MOVD  R10, Ctx_NatSP(R9)
	MOVD  Ctx_Ends(R9), R2
	ADD   $1, R2
	MOVD  R2, Ctx_Ends(R9)
	CMPBNE R1, $0, special
	MOVD  R1, status+16(FP)
	RET
host:
	MOVD  R9, 8(R15)
	MOVD  R9, 32(R15)
	BL    ·hostcall(SB)
	MOVD  32(R15), R9
	MOVD  Ctx_Next(R9), R1
	BR    (R1)
overflow:
	MOVD  $const_Overflow, R1
	BR    failed
special:
	CMPBEQ R1, $const_ReturnedSettle, settle
failed:
	OR    R9, R1
	MOVD  R1, status+16(FP)
	RET
slow:
	MOVD  g, 8(R15)
	BL    ·acquire(SB)
	MOVD  16(R15), R9
	CMPBNE R9, $0, enter
	MOVD  $const_NoStack, R1
	MOVD  R1, status+16(FP)
	RET
settle:
	MOVD  $0, R1
	MOVD  R1, status+16(FP)
	MOVD  Ctx_Act(R9), R1
	CMPBNE R1, $0, ret
	MOVD  R9, 8(R15)
	BL    ·settle(SB)
ret:
	RET

// func getg() uintptr
TEXT ·getg(SB), NOSPLIT, $0-8
	MOVD g, ret+0(FP)
	RET
