#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// func Enter(e *Entry, words *uint64) (c *Ctx, reason uintptr)
//
// WordsOffset is the distance from the stack pointer to words: 40 bytes of frame, the saved frame pointer, the return
// address, e.
TEXT ·Enter(SB), 0, $40-32
	NO_LOCAL_POINTERS
	MOVQ (TLS), R14
	MOVQ $const_hashFactor, CX
	IMULQ R14, CX
	SHRQ $(64-const_cacheBits), CX
	SHLQ $4, CX
	LEAQ ·cache(SB), AX
	ADDQ CX, AX
	CMPQ R14, cachePlace_g(AX)
	JNE  slow
	MOVQ cachePlace_ctx(AX), R12
	MOVQ e+0(FP), R10
	MOVQ R12, CX
	SUBQ Ctx_Low(R12), CX
	CMPQ CX, Entry_Stack(R10)
	JCS  slow
enter:
	MOVQ Ctx_NatSP(R12), CX
	SUBQ Ctx_Low(R12), CX
	CMPQ CX, $const_EntryMargin
	JCS  overflow
	MOVQ words+8(FP), R11
	MOVQ Entry_Thunk(R10), AX
	TESTQ AX, AX
	JZ   closed
	CALL AX
	// Exits of compiled code arrive here: R12 = context, AX = reason, SP = Ctx.GoSP.
	CMPQ AX, $const_HostCall
	JNE  done
	LEAQ 40(SP), BP
	MOVQ R12, 0(SP)
	MOVQ R12, 32(SP)
	CALL ·hostcall(SB)
	MOVQ 32(SP), R12
	MOVQ Ctx_Next(R12), AX
	JMP  AX
done:
	MOVQ R12, c+16(FP)
	MOVQ AX, reason+24(FP)
	CMPQ Ctx_Transient(R12), $0
	JNE  transient
	RET
slow:
	MOVQ e+0(FP), R10
	MOVQ Entry_Stack(R10), CX
	MOVQ R14, 0(SP)
	MOVQ CX, 8(SP)
	CALL ·acquire(SB)
	MOVQ 16(SP), R12
	MOVQ e+0(FP), R10
	TESTQ R12, R12
	JNZ  enter
	MOVQ $0, c+16(FP)
	MOVQ $const_NoStack, reason+24(FP)
	RET
overflow:
	MOVQ $const_Overflow, AX
	JMP  done
closed:
	MOVQ $const_Closed, AX
	JMP  done
transient:
	// Other reasons: package jit still reads the context and calls Done.
	CMPQ AX, $const_Returned
	JNE  ret
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
