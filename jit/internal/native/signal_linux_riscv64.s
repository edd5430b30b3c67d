#include "go_asm.h"
#include "textflag.h"

// Offsets in the kernel's ucontext and siginfo: pc, x1 to x31, f0 to f31 and fcsr are adjacent.
#define UC_PC 176
#define UC_RA 184
#define UC_SP 192
#define UC_S0 240
#define UC_S1 248
#define SI_CODE 8
#define SI_ADDR 16

// SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV
#define FAULTS ((1<<4)|(1<<5)|(1<<7)|(1<<8)|(1<<11))
#define SIGSEGV 11
#define SIGURG 23
#define SIGPROF 27
#define SYS_MPROTECT 226

// The frame of an interruption: 32 bytes for the pad, 65 words of registers.
#define SAVED 560

// func handlerPC() uintptr
TEXT ·handlerPC(SB), NOSPLIT, $0-8
	MOV $·handler(SB), X5
	MOV X5, ret+0(FP)
	RET

// handler is called by the kernel: X10 = signal, X11 = siginfo, X12 = ucontext, on the thread's signal stack. See the ones
// for amd64 and arm64.
TEXT ·handler(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOV UC_SP(X12), X5
	ADD $-1, X5
	MOV ·known+ranges_stkLo(SB), X6
	BLTU X5, X6, chain
	MOV ·known+ranges_stkHi(SB), X6
	BGEU X5, X6, chain
	MOV ·known+ranges_slotMask(SB), X6
	AND X6, X5
	MOV ·known+ranges_ctxOffset(SB), X6
	ADD X6, X5
	MOV $FAULTS, X6
	SRL X10, X6
	AND $1, X6
	BEQ X6, ZERO, asynchronous
	MOVW SI_CODE(X11), X6
	BGE ZERO, X6, asynchronous
	MOV UC_PC(X12), X6
	MOV ·known+ranges_preempted(SB), X7
	BEQ X6, X7, restore
	MOV $SIGSEGV, X6
	BNE X10, X6, fault
	MOV SI_ADDR(X11), X6
	MOV Ctx_Low(X5), X7
	BGEU X6, X7, fault
	MOV X10, X13
	MOV X11, X14
	MOV X12, X15
	MOV X1, X16
	MOV ZERO, X28
	CALL ·grow(SB)
	MOV X16, X1
	MOV X10, X6
	MOV X13, X10
	MOV X14, X11
	MOV X15, X12
	BNE X6, ZERO, fault
	RET
fault:
	MOV X10, Ctx_TrapSig(X5)
	MOV UC_PC(X12), X6
	MOV X6, Ctx_TrapPC(X5)
	MOV SI_ADDR(X11), X6
	MOV X6, Ctx_TrapAddr(X5)
	MOV UC_SP(X12), X6
	MOV X6, Ctx_TrapSP(X5)
	MOV UC_S0(X12), X6
	MOV X6, Ctx_TrapBP(X5)
	MOV UC_RA(X12), X6
	MOV X6, Ctx_TrapLR(X5)
	MOV Ctx_Act(X5), X6
	MOV X6, Ctx_TrapAct(X5)
	MOV X5, UC_S1(X12)
	MOV Ctx_TrapPad(X5), X6
	MOV X6, UC_PC(X12)
	RET
chain:
	MOV $·oldHandlers(SB), X5
	SLL $3, X10, X6
	ADD X6, X5
	MOV (X5), X5
	JALR X0, X5
restore:
	MOV UC_SP(X12), X6
	ADD $32, X6
	ADD $UC_PC, X12, X7
	MOV $65, X28
restoreRegs:
	MOV (X6), X29
	MOV X29, (X7)
	ADD $8, X6
	ADD $8, X7
	ADD $-1, X28
	BNE X28, ZERO, restoreRegs
	RET
asynchronous:
	ADD $-96, X2
	MOV X1, 8(X2)
	MOV X9, 16(X2)
	MOV X18, 24(X2)
	MOV X19, 32(X2)
	MOV X12, 56(X2) // the runtime's handler keeps no register
	MOV X5, 64(X2)
	MOV X10, 72(X2)
	MOV UC_PC(X12), X6
	MOV X6, 40(X2)
	MOV $SIGPROF, X7
	BNE X10, X7, sampled
	MOV ·profile+profileBuffer_samples(SB), X7
	BEQ X7, ZERO, sampled
	MOV $·profile+profileBuffer_next(SB), X28
	MOV $1, X29
	AMOADDD X29, (X28), X29
	MOV ·profile+profileBuffer_room(SB), X28
	BGEU X29, X28, sampled
	SLL $const_sampleShift, X29
	ADD X29, X7
	MOV X6, (X7)
	MOV ZERO, (8*(const_sampleStack+1))(X7)
sampled:
	MOV UC_SP(X12), X6
	MOV X6, 48(X2)
	MOV Ctx_ExitPC(X5), X6
	MOV X6, UC_PC(X12)
	MOV Ctx_GoSP(X5), X6
	MOV X6, UC_SP(X12)
	MOV $·oldHandlers(SB), X6
	SLL $3, X10, X7
	ADD X7, X6
	MOV (X6), X6
	JALR X1, X6
	MOV 56(X2), X9
	MOV 64(X2), X18
	MOV 72(X2), X19
	MOV 40(X2), X6
	MOV X6, UC_PC(X9)
	MOV 48(X2), X7
	MOV X7, UC_SP(X9)
	MOV $SIGURG, X7
	BNE X19, X7, out
	MOV ·known+ranges_codeLo(SB), X7
	BLTU X6, X7, out
	MOV ·known+ranges_codeHi(SB), X7
	BGEU X6, X7, out
	MOV UC_SP(X9), X6
	MOV $const_PreemptMargin, X7
	SUB X7, X6
	MOV Ctx_Low(X18), X7
	BGEU X6, X7, room
	MOV X18, X5
	MOV $const_preemptDepth, X28
	CALL ·grow(SB)
	BNE X10, ZERO, out
room:
	MOV UC_SP(X9), X6
	ADD $-(SAVED-32), X6
	ADD $UC_PC, X9, X7
	MOV $65, X28
saveRegs:
	MOV (X7), X29
	MOV X29, (X6)
	ADD $8, X6
	ADD $8, X7
	ADD $-1, X28
	BNE X28, ZERO, saveRegs
	MOV UC_SP(X9), X6
	ADD $-SAVED, X6
	MOV X6, UC_SP(X9)
	MOV X18, UC_S1(X9)
	MOV ·pads+Pads_Preempt(SB), X6
	MOV X6, UC_PC(X9)
out:
	MOV 8(X2), X1
	MOV 16(X2), X9
	MOV 24(X2), X18
	MOV 32(X2), X19
	ADD $96, X2
	RET

// grow makes the stack of context X5 accessible down to address X6 at least, and twice as large as it is if that is allowed.
// The lowest possible address is X28 bytes below the end that an activation under way may go to. X10 = 0 if it could be done.
// It changes X6, X7, X11, X12, X17, X28 to X31.
TEXT ·grow(SB), NOSPLIT|NOFRAME, $0
	MOV ZERO, X7
	MOV Ctx_Act(X5), X29
limit:
	BEQ X29, ZERO, limited
	MOVHU Record_Owner(X29), X30
	BGEU X7, X30, smaller
	MOV X30, X7
smaller:
	MOV Record_PrevAct(X29), X29
	JMP limit
limited:
	SLL $16, X7, X7
	SUB X7, X5, X7
	MOV Ctx_Low(X5), X29
	MOV Ctx_Size(X5), X30
	SUB X30, X29, X30
	BGEU X30, X7, bounded
	MOV X7, X30
bounded:
	SUB X28, X7, X7
	BLTU X6, X7, no
	MOV $~(const_stackStep-1), X7
	AND X7, X6
	BGEU X6, X30, enough
	MOV X6, X30
enough:
	SUB X30, X29, X11
	MOV $·stackLeft(SB), X7
take:
	LRD (X7), X31
	BLT X31, X11, no
	SUB X11, X31
	SCD X31, (X7), X12
	BNE X12, ZERO, take
	MOV X30, X10
	MOV $3, X12
	MOV $SYS_MPROTECT, X17
	ECALL
	BNE X10, ZERO, refused
	MOV X30, Ctx_Low(X5)
	MOV $const_EntryMargin, X7
	ADD X30, X7
	MOV X7, Ctx_Floor(X5)
	SUB X30, X5, X7
	MOV X7, Ctx_Size(X5)
	MOV $const_ReturnedSettle, X7
	MOV X7, Ctx_Settle(X5)
	RET
refused:
	SUB X30, X29, X11
	MOV $·stackLeft(SB), X7
	AMOADDD X11, (X7), ZERO
no:
	MOV $1, X10
	RET
