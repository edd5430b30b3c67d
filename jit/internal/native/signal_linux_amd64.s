#include "go_asm.h"
#include "textflag.h"

// Offsets in the kernel's ucontext and siginfo.
#define UC_R12 72
#define UC_RBP 120
#define UC_RSP 160
#define UC_RIP 168
#define SI_CODE 8
#define SI_ADDR 16

// SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV
#define FAULTS ((1<<4)|(1<<5)|(1<<7)|(1<<8)|(1<<11))
#define SIGSEGV 11
#define SIGURG 23
#define SIGPROF 27
#define SYS_MPROTECT 10

// func handlerPC() uintptr
TEXT ·handlerPC(SB), NOSPLIT, $0-8
	MOVQ $·handler(SB), AX
	MOVQ AX, ret+0(FP)
	RET

// handler is called by the kernel: DI = signal, SI = siginfo, DX = ucontext, on the thread's signal stack.
//
// A thread that is not on a native stack is the runtime's business alone. A fault just below a native stack that may still
// grow lets it grow. Any other fault on a native stack is noted in the context and continues at the trap pad. Any other
// signal is handed to the runtime with the program counter, stack pointer and frame pointer of Enter, which it can unwind;
// afterwards the real ones are put back. If the signal was a request to preempt the goroutine and compiled code was running,
// that goes on in the preemption pad.
TEXT ·handler(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVQ UC_RSP(DX), CX
	SUBQ $1, CX
	CMPQ CX, ·known+ranges_stkLo(SB)
	JCS  chain
	CMPQ CX, ·known+ranges_stkHi(SB)
	JCC  chain
	ANDQ ·known+ranges_slotMask(SB), CX
	ADDQ ·known+ranges_ctxOffset(SB), CX
	MOVL $FAULTS, AX
	BTL  DI, AX
	JCC  asynchronous
	// si_code <= 0: sent by a process.
	MOVL SI_CODE(SI), AX
	CMPL AX, $0
	JLE  asynchronous
	CMPL DI, $SIGSEGV
	JNE  fault
	MOVQ SI_ADDR(SI), AX
	CMPQ AX, Ctx_Low(CX)
	JCC  fault
	XORL R11, R11
	PUSHQ DI
	PUSHQ SI
	PUSHQ DX
	CALL ·grow(SB)
	POPQ DX
	POPQ SI
	POPQ DI
	TESTQ AX, AX
	JNZ  fault
	RET
fault:
	MOVQ DI, Ctx_TrapSig(CX)
	MOVQ UC_RIP(DX), AX
	MOVQ AX, Ctx_TrapPC(CX)
	MOVQ SI_ADDR(SI), AX
	MOVQ AX, Ctx_TrapAddr(CX)
	MOVQ UC_RSP(DX), AX
	MOVQ AX, Ctx_TrapSP(CX)
	MOVQ UC_RBP(DX), AX
	MOVQ AX, Ctx_TrapBP(CX)
	MOVQ Ctx_Act(CX), AX
	MOVQ AX, Ctx_TrapAct(CX)
	MOVQ CX, UC_R12(DX)
	MOVQ Ctx_TrapPad(CX), AX
	MOVQ AX, UC_RIP(DX)
	RET
chain:
	LEAQ ·oldHandlers(SB), AX
	MOVQ (AX)(DI*8), AX
	JMP  AX
asynchronous:
	PUSHQ BX
	PUSHQ R12
	PUSHQ R13
	PUSHQ UC_RIP(DX)
	PUSHQ UC_RSP(DX)
	PUSHQ UC_RBP(DX)
	SUBQ  $8, SP
	MOVQ DX, BX
	MOVQ CX, R12
	MOVQ DI, R13
	CMPL DI, $SIGPROF
	JEQ  sample
sampled:
	MOVQ Ctx_ExitPC(CX), AX
	MOVQ AX, UC_RIP(DX)
	MOVQ Ctx_GoSP(CX), AX
	ADDQ $8, AX
	MOVQ AX, UC_RSP(DX)
	ADDQ $const_EnterFrame, AX
	MOVQ AX, UC_RBP(DX)
	LEAQ ·oldHandlers(SB), AX
	MOVQ (AX)(DI*8), AX
	CALL AX
	ADDQ $8, SP
	POPQ UC_RBP(BX)
	POPQ UC_RSP(BX)
	POPQ UC_RIP(BX)
	CMPQ R13, $SIGURG
	JNE  out
	MOVQ UC_RIP(BX), AX
	CMPQ AX, ·known+ranges_codeLo(SB)
	JCS  out
	CMPQ AX, ·known+ranges_codeHi(SB)
	JCC  out
	MOVQ UC_RSP(BX), AX
	SUBQ $const_PreemptMargin, AX
	CMPQ AX, Ctx_Low(R12)
	JCC  room
	MOVQ R12, CX
	MOVQ $const_preemptDepth, R11
	CALL ·grow(SB)
	TESTQ AX, AX
	JNZ  out
room:
	MOVQ UC_RIP(BX), AX
	MOVQ UC_RSP(BX), CX
	SUBQ $const_PreemptSkip, CX
	MOVQ AX, (CX)
	MOVQ CX, UC_RSP(BX)
	MOVQ ·pads+Pads_Preempt(SB), AX
	MOVQ AX, UC_RIP(BX)
out:
	POPQ R13
	POPQ R12
	POPQ BX
	RET

// sample records where compiled code is: see profile.go. The chain is followed as long as it goes up in the stack.
sample:
	MOVQ ·profile+profileBuffer_samples(SB), R8
	TESTQ R8, R8
	JEQ  sampled
	MOVQ $1, R9
	LOCK
	XADDQ R9, ·profile+profileBuffer_next(SB)
	CMPQ R9, ·profile+profileBuffer_room(SB)
	JCC  sampled
	SHLQ $const_sampleShift, R9
	ADDQ R9, R8
	MOVQ UC_RIP(DX), AX
	MOVQ AX, (R8)
	MOVQ UC_RBP(DX), R10
	MOVQ UC_RSP(DX), R11
	CMPQ R11, Ctx_Low(CX)
	JCS  sampled // a frame that nobody has touched yet
	MOVQ R11, R12 // words at the top of the stack, which the span of the context ends
	MOVQ $const_sampleStack, R9
word:
	ADDQ $8, R8
	MOVQ (R12), AX
	MOVQ AX, (R8)
	ADDQ $8, R12
	DECQ R9
	JNE  word
	MOVQ CX, R12
	MOVQ $(const_sampleWords-const_sampleStack-2), R9
frame:
	ADDQ $8, R8
	CMPQ R10, R11
	JCS  last
	LEAQ 16(R10), AX
	CMPQ AX, CX
	JHI  last
	TESTQ $7, R10
	JNE  last
	MOVQ 8(R10), AX
	MOVQ AX, (R8)
	LEAQ 8(R10), R11
	MOVQ (R10), R10
	DECQ R9
	JNE  frame
	ADDQ $8, R8
last:
	MOVQ $0, (R8)
	JMP  sampled

// grow makes the stack of context CX accessible down to address AX at least, and twice as large as it is if that is allowed.
// The lowest possible address is R11 bytes below the end that an activation under way may go to. AX = 0 if it could be done.
// It changes DX, SI, DI, R8 to R11.
TEXT ·grow(SB), NOSPLIT|NOFRAME, $0
	XORL R9, R9
	MOVQ Ctx_Act(CX), R8
limit:
	TESTQ R8, R8
	JEQ  limited
	MOVWQZX Record_Owner(R8), R10
	CMPQ R9, R10
	CMOVQCS R10, R9
	MOVQ Record_PrevAct(R8), R8
	JMP  limit
limited:
	SHLQ $16, R9
	MOVQ CX, R10
	SUBQ R9, R10
	MOVQ Ctx_Low(CX), DI
	SUBQ Ctx_Size(CX), DI
	CMPQ DI, R10
	CMOVQCS R10, DI
	SUBQ R11, R10
	CMPQ AX, R10
	JCS  no
	ANDQ $~(const_stackStep-1), AX
	CMPQ AX, DI
	CMOVQCS AX, DI
	MOVQ Ctx_Low(CX), SI
	SUBQ DI, SI
	MOVQ SI, R8
	NEGQ R8
	LOCK
	XADDQ R8, ·stackLeft(SB)
	CMPQ R8, SI
	JLT  refused
	MOVQ CX, R9
	MOVQ DI, R10
	MOVQ $3, DX
	MOVQ $SYS_MPROTECT, AX
	SYSCALL
	MOVQ R9, CX
	TESTQ AX, AX
	JNZ  refused
	MOVQ R10, Ctx_Low(CX)
	LEAQ const_EntryMargin(R10), DI
	MOVQ DI, Ctx_Floor(CX)
	MOVQ CX, DI
	SUBQ R10, DI
	MOVQ DI, Ctx_Size(CX)
	MOVQ $const_ReturnedSettle, Ctx_Settle(CX)
	XORL AX, AX
	RET
refused:
	LOCK
	ADDQ SI, ·stackLeft(SB)
no:
	MOVQ $1, AX
	RET

// func cpuid(leaf, sub uint32) (eax, ebx, ecx uint32)
TEXT ·cpuid(SB), NOSPLIT, $0-20
	MOVL leaf+0(FP), AX
	MOVL sub+4(FP), CX
	CPUID
	MOVL AX, eax+8(FP)
	MOVL BX, ebx+12(FP)
	MOVL CX, ecx+16(FP)
	RET

// func xgetbv() (eax uint32)
TEXT ·xgetbv(SB), NOSPLIT, $0-4
	XORL CX, CX
	XGETBV
	MOVL AX, eax+0(FP)
	RET
