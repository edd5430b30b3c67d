#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// func Enter(e *Entry, words *uint64) (status uintptr)
//
// WordsOffset is the distance from the return address of CALL to words: 8 bytes, 40 of frame, the saved frame pointer, the
// return address, e. Thunks get R10 = e, R11 = words, R12 = context, CX = Ctx.Act.
TEXT ·Enter(SB), NOSPLIT, $40-24
	NO_LOCAL_POINTERS
	MOVQ (TLS), R14
	MOVQ $const_hashFactor, CX
	IMULQ R14, CX
	SHRQ $(64-const_cacheBits), CX
	SHLQ $4, CX
	LEAQ ·cache(SB), AX
	CMPQ R14, cachePlace_g(AX)(CX*1)
	JNE  slow
	MOVQ cachePlace_ctx(AX)(CX*1), R12
enter:
	MOVQ Ctx_NatSP(R12), CX
	CMPQ CX, Ctx_Floor(R12)
	JCS  overflow
	MOVQ e+0(FP), R10
	MOVQ words+8(FP), R11
	MOVQ $0, (Record_Zero-Record__size)(CX)
	MOVQ Entry_Owner(R10), AX
	MOVQ AX, (Record_Owner-Record__size)(CX)
	MOVQ Ctx_Act(R12), AX
	MOVQ AX, (Record_PrevAct-Record__size)(CX)
	MOVQ Ctx_Ends(R12), AX
	MOVQ AX, (Record_Seq-Record__size)(CX)
	SUBQ $Record__size, CX
	MOVQ CX, Ctx_Act(R12)
	// The thunk is read after Act is stored: who frees code looks at Act after changing the thunk.
	MOVQ Entry_Thunk(R10), AX
	CALL AX
	// Exits of compiled code arrive here: R12 = context, AX = reason, SP = Ctx.GoSP + 8, and R13 = Ctx.Act unless the
	// reason is HostCall.
	CMPQ AX, $const_HostCall
	JEQ  host
	// The activation ends here and not in the thunk, whose memory may be freed as soon as it has ended.
	MOVQ Record_PrevAct(R13), CX
	MOVQ CX, Ctx_Act(R12)
	ADDQ $Record__size, R13
	MOVQ R13, Ctx_NatSP(R12)
	INCQ Ctx_Ends(R12)
	TESTQ AX, AX
	JNE  special
	MOVQ AX, status+16(FP)
	RET
host:
	LEAQ 40(SP), BP
	MOVQ R12, 0(SP)
	MOVQ R12, 32(SP)
	CALL ·hostcall(SB)
	MOVQ 32(SP), R12
	MOVQ Ctx_Next(R12), AX
	JMP  AX
overflow:
	MOVQ $const_Overflow, AX
	JMP  failed
special:
	CMPQ AX, $const_ReturnedSettle
	JEQ  settle
failed:
	ORQ  R12, AX
	MOVQ AX, status+16(FP)
	RET
slow:
	MOVQ R14, 0(SP)
	CALL ·acquire(SB)
	MOVQ 8(SP), R12
	TESTQ R12, R12
	JNZ  enter
	MOVQ $const_NoStack, status+16(FP)
	RET
settle:
	MOVQ $0, status+16(FP)
	CMPQ Ctx_Act(R12), $0
	JNE  ret
	LEAQ 40(SP), BP
	MOVQ R12, 0(SP)
	CALL ·settle(SB)
ret:
	RET

// func getg() uintptr
TEXT ·getg(SB), NOSPLIT, $0-8
	MOVQ (TLS), AX
	MOVQ AX, ret+0(FP)
	RET
