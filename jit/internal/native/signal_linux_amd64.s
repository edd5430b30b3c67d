#include "go_asm.h"
#include "textflag.h"

// Offsets in the kernel's ucontext and siginfo.
#define UC_R12 72
#define UC_RBP 120
#define UC_RSP 160
#define UC_RIP 168
#define SI_CODE 8
#define SI_ADDR 16

// func faultHandlerPC() uintptr
TEXT ·faultHandlerPC(SB), NOSPLIT, $0-8
	MOVQ $·faultHandler(SB), AX
	MOVQ AX, ret+0(FP)
	RET

// faultHandler is called by the kernel: DI = signal, SI = siginfo, DX = ucontext, on the thread's signal stack. A fault of
// a thread on a native stack is noted in the context and continues at the trap pad; all others are the runtime's.
TEXT ·faultHandler(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVQ UC_RSP(DX), CX
	SUBQ $1, CX
	CMPQ CX, ·stkLo(SB)
	JCS  chain
	CMPQ CX, ·stkHi(SB)
	JCC  chain
	// si_code <= 0: sent by a process.
	MOVL SI_CODE(SI), AX
	CMPL AX, $0
	JLE  chain
	ANDQ $~(const_StackSlot-1), CX
	ADDQ $const_CtxOffset, CX
	MOVQ DI, Ctx_TrapSig(CX)
	MOVQ UC_RIP(DX), AX
	MOVQ AX, Ctx_TrapPC(CX)
	MOVQ SI_ADDR(SI), AX
	MOVQ AX, Ctx_TrapAddr(CX)
	MOVQ UC_RSP(DX), AX
	MOVQ AX, Ctx_TrapSP(CX)
	MOVQ UC_RBP(DX), AX
	MOVQ AX, Ctx_TrapBP(CX)
	MOVQ CX, UC_R12(DX)
	MOVQ Ctx_TrapPad(CX), AX
	MOVQ AX, UC_RIP(DX)
	RET
chain:
	LEAQ ·oldHandlers(SB), AX
	MOVQ (AX)(DI*8), AX
	JMP  AX
