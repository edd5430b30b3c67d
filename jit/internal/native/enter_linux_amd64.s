#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// func Enter(e *Entry, words *uint64) (status uintptr)
//
// WordsOffset is the distance from the stack pointer to words: 40 bytes of frame, the saved frame pointer, the return
// address, e. Thunks get R10 = e, R11 = words, R12 = context, CX = Ctx.NatSP.
TEXT ·Enter(SB), NOSPLIT, $40-24
	NO_LOCAL_POINTERS
	MOVQ (TLS), R14
	MOVQ e+0(FP), R10
	MOVQ $const_hashFactor, CX
	IMULQ R14, CX
	SHRQ $(64-const_cacheBits), CX
	SHLQ $4, CX
	LEAQ ·cache(SB), AX
	CMPQ R14, cachePlace_g(AX)(CX*1)
	JNE  slow
	MOVQ cachePlace_ctx(AX)(CX*1), R12
	MOVQ Entry_Stack(R10), AX
	CMPQ AX, Ctx_Size(R12)
	JHI  slow
enter:
	MOVQ Ctx_NatSP(R12), CX
	CMPQ CX, Ctx_Floor(R12)
	JCS  overflow
	MOVQ words+8(FP), R11
	MOVQ Entry_Thunk(R10), AX
	CALL AX
	// Exits of compiled code arrive here: R12 = context, AX = reason, SP = Ctx.GoSP.
	TESTQ AX, AX
	JNE  special
	MOVQ AX, status+16(FP)
	CMPQ Ctx_Transient(R12), AX
	JNE  transient
	RET
special:
	CMPQ AX, $const_HostCall
	JNE  failed
	LEAQ 40(SP), BP
	MOVQ R12, 0(SP)
	MOVQ R12, 32(SP)
	CALL ·hostcall(SB)
	MOVQ 32(SP), R12
	MOVQ Ctx_Next(R12), AX
	JMP  AX
overflow:
	MOVQ $const_Overflow, AX
failed:
	ORQ  R12, AX
	MOVQ AX, status+16(FP)
	RET
slow:
	MOVQ Entry_Stack(R10), CX
	MOVQ R14, 0(SP)
	MOVQ CX, 8(SP)
	CALL ·acquire(SB)
	MOVQ 16(SP), R12
	MOVQ e+0(FP), R10
	TESTQ R12, R12
	JNZ  enter
	MOVQ $const_NoStack, status+16(FP)
	RET
transient:
	CMPQ Ctx_Act(R12), $0
	JNE  ret
	LEAQ 40(SP), BP
	MOVQ R12, 0(SP)
	CALL ·release(SB)
ret:
	RET

// func getg() uintptr
TEXT ·getg(SB), NOSPLIT, $0-8
	MOVQ (TLS), AX
	MOVQ AX, ret+0(FP)
	RET
