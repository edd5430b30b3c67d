#include "go_asm.h"
#include "textflag.h"
#include "funcdata.h"

// func Enter(e *Entry, words *uint64) (status uintptr)
//
// Thunks get X19 = e, X31 = words, X9 = context, X18 = Ctx.Act.
TEXT ·Enter(SB), NOSPLIT, $40-24
	NO_LOCAL_POINTERS
	MOV $const_hashFactor, X5
	MUL g, X5, X5
	SRL $(64-const_cacheBits), X5, X5
	SLL $4, X5, X5
	MOV $·cache(SB), X6
	ADD X5, X6
	MOV cachePlace_g(X6), X7
	BNE X7, g, slow
	MOV cachePlace_ctx(X6), X9
enter:
	MOV Ctx_NatSP(X9), X18
	MOV Ctx_Floor(X9), X5
	BLTU X18, X5, overflow
	MOV e+0(FP), X19
	MOV words+8(FP), X31
	FENCE // stores to the record come after those to Ctx.Ends
	MOV ZERO, (Record_Zero-Record__size)(X18)
	MOV Entry_Owner(X19), X5
	MOV X5, (Record_Owner-Record__size)(X18)
	MOV Ctx_Act(X9), X5
	MOV X5, (Record_PrevAct-Record__size)(X18)
	MOV Ctx_Ends(X9), X5
	MOV X5, (Record_Seq-Record__size)(X18)
	SUB $Record__size, X18
	FENCE
	MOV X18, Ctx_Act(X9)
	// The thunk is read after Act is stored: who frees code looks at Act after changing the thunk.
	MOV Entry_Thunk(X19), X5
	JALR X1, X5
	// Exits of compiled code arrive here: X9 = context, X5 = reason, X2 = Ctx.GoSP, and X18 = Ctx.Act unless the reason
	// is HostCall.
	MOV $const_HostCall, X6
	BEQ X5, X6, host
	MOV Record_PrevAct(X18), X6
	MOV X6, Ctx_Act(X9)
	ADD $Record__size, X18
	MOV X18, Ctx_NatSP(X9)
	MOV Ctx_Ends(X9), X6
	ADD $1, X6
	FENCE
	MOV X6, Ctx_Ends(X9)
	BNE X5, ZERO, special
	MOV ZERO, status+16(FP)
	RET
host:
	MOV X9, 8(X2)
	MOV X9, 32(X2)
	CALL ·hostcall(SB)
	MOV 32(X2), X9
	MOV Ctx_Next(X9), X5
	JALR X0, X5
overflow:
	MOV $const_Overflow, X5
	JMP failed
special:
	MOV $const_ReturnedSettle, X6
	BEQ X5, X6, settle
failed:
	OR  X9, X5
	MOV X5, status+16(FP)
	RET
slow:
	MOV g, 8(X2)
	CALL ·acquire(SB)
	MOV 16(X2), X9
	BNE X9, ZERO, enter
	MOV $const_NoStack, X5
	MOV X5, status+16(FP)
	RET
settle:
	MOV ZERO, status+16(FP)
	MOV Ctx_Act(X9), X5
	BNE X5, ZERO, ret
	MOV X9, 8(X2)
	CALL ·settle(SB)
ret:
	RET

// func getg() uintptr
TEXT ·getg(SB), NOSPLIT, $0-8
	MOV g, ret+0(FP)
	RET
