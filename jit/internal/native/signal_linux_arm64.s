#include "go_asm.h"
#include "textflag.h"

// Offsets in the kernel's ucontext and siginfo: x0 to x30, sp, pc and pstate are adjacent; FPSIMD is the record that follows.
#define UC_REGS 184
#define UC_R19 336
#define UC_R29 416
#define UC_R30 424
#define UC_SP 432
#define UC_PC 440
#define UC_FPSIMD 464
#define FPSIMD_MAGIC 0x46508001
#define SI_CODE 8
#define SI_ADDR 16

// SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV
#define FAULTS ((1<<4)|(1<<5)|(1<<7)|(1<<8)|(1<<11))
#define SIGSEGV 11
#define SIGURG 23
#define SIGPROF 27
#define SYS_MPROTECT 226

// The frame of an interruption: 32 bytes for the pad, 34 words of registers, 66 words of the FPSIMD record.
#define SAVED 832

// func handlerPC() uintptr
TEXT ·handlerPC(SB), NOSPLIT, $0-8
	MOVD $·handler(SB), R0
	MOVD R0, ret+0(FP)
	RET

// handler is called by the kernel: R0 = signal, R1 = siginfo, R2 = ucontext, on the thread's signal stack. See the one for
// amd64. A preemption saves the registers of the ucontext below the stack pointer; the pad ends with a breakpoint, which
// puts them back.
TEXT ·handler(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVD UC_SP(R2), R9
	SUB  $1, R9
	MOVD ·known+ranges_stkLo(SB), R10
	CMP  R10, R9
	BLO  chain
	MOVD ·known+ranges_stkHi(SB), R10
	CMP  R10, R9
	BHS  chain
	MOVD ·known+ranges_slotMask(SB), R10
	AND  R10, R9
	MOVD ·known+ranges_ctxOffset(SB), R10
	ADD  R10, R9
	MOVD $FAULTS, R10
	LSR  R0, R10, R10
	TBZ  $0, R10, asynchronous
	MOVW SI_CODE(R1), R10
	CMPW $0, R10
	BLE  asynchronous
	MOVD UC_PC(R2), R10
	MOVD ·known+ranges_preempted(SB), R11
	CMP  R11, R10
	BEQ  restore
	CMP  $SIGSEGV, R0
	BNE  fault
	MOVD SI_ADDR(R1), R10
	MOVD Ctx_Low(R9), R11
	CMP  R11, R10
	BHS  fault
	MOVD R0, R4
	MOVD R1, R5
	MOVD R2, R6
	MOVD R30, R14
	MOVD ZR, R12
	CALL ·grow(SB)
	MOVD R14, R30
	MOVD R0, R10
	MOVD R4, R0
	MOVD R5, R1
	MOVD R6, R2
	CBNZ R10, fault
	RET
fault:
	MOVD R0, Ctx_TrapSig(R9)
	MOVD UC_PC(R2), R10
	MOVD R10, Ctx_TrapPC(R9)
	MOVD SI_ADDR(R1), R10
	MOVD R10, Ctx_TrapAddr(R9)
	MOVD UC_SP(R2), R10
	MOVD R10, Ctx_TrapSP(R9)
	MOVD UC_R29(R2), R10
	MOVD R10, Ctx_TrapBP(R9)
	MOVD UC_R30(R2), R10
	MOVD R10, Ctx_TrapLR(R9)
	MOVD Ctx_Act(R9), R10
	MOVD R10, Ctx_TrapAct(R9)
	MOVD R9, UC_R19(R2)
	MOVD Ctx_TrapPad(R9), R10
	MOVD R10, UC_PC(R2)
	RET
chain:
	MOVD $·oldHandlers(SB), R9
	MOVD (R9)(R0<<3), R9
	JMP  (R9)
restore:
	MOVD UC_SP(R2), R10
	MOVWU UC_FPSIMD(R2), R11
	MOVD $FPSIMD_MAGIC, R12
	CMP  R12, R11
	BNE  fault
	ADD  $32, R10
	ADD  $UC_REGS, R2, R11
	MOVD $34, R12
restoreRegs:
	MOVD.P 8(R10), R13
	MOVD.P R13, 8(R11)
	SUBS $1, R12
	BNE  restoreRegs
	ADD  $UC_FPSIMD, R2, R11
	MOVD $66, R12
restoreFloats:
	MOVD.P 8(R10), R13
	MOVD.P R13, 8(R11)
	SUBS $1, R12
	BNE  restoreFloats
	RET
asynchronous:
	SUB  $80, RSP
	MOVD R30, 8(RSP)
	MOVD R19, 16(RSP)
	MOVD R20, 24(RSP)
	MOVD R21, 32(RSP)
	MOVD R2, R19
	MOVD R9, R20
	MOVD R0, R21
	MOVD UC_PC(R2), R10
	MOVD R10, 40(RSP)
	CMP  $SIGPROF, R0
	BNE  sampled
	MOVD ·profile+profileBuffer_samples(SB), R11
	CBZ  R11, sampled
	MOVD $·profile+profileBuffer_next(SB), R12
count:
	LDAXR (R12), R13
	ADD  $1, R13, R14
	STLXR R14, (R12), R15
	CBNZ R15, count
	MOVD ·profile+profileBuffer_room(SB), R12
	CMP  R12, R13
	BHS  sampled
	LSL  $const_sampleShift, R13
	ADD  R13, R11
	MOVD R10, (R11)
	MOVD ZR, (8*(const_sampleStack+1))(R11)
sampled:
	MOVD UC_SP(R2), R10
	MOVD R10, 48(RSP)
	MOVD UC_R29(R2), R10
	MOVD R10, 56(RSP)
	MOVD Ctx_ExitPC(R9), R10
	MOVD R10, UC_PC(R2)
	MOVD Ctx_GoSP(R9), R10
	MOVD R10, UC_SP(R2)
	SUB  $8, R10
	MOVD R10, UC_R29(R2)
	MOVD $·oldHandlers(SB), R10
	MOVD (R10)(R0<<3), R10
	CALL (R10)
	MOVD 40(RSP), R10
	MOVD R10, UC_PC(R19)
	MOVD 48(RSP), R11
	MOVD R11, UC_SP(R19)
	MOVD 56(RSP), R11
	MOVD R11, UC_R29(R19)
	CMP  $SIGURG, R21
	BNE  out
	MOVD ·known+ranges_codeLo(SB), R11
	CMP  R11, R10
	BLO  out
	MOVD ·known+ranges_codeHi(SB), R11
	CMP  R11, R10
	BHS  out
	MOVD UC_SP(R19), R10
	SUB  $const_PreemptMargin, R10
	MOVD Ctx_Low(R20), R11
	CMP  R11, R10
	BHS  room
	MOVD R20, R9
	MOVD $const_preemptDepth, R12
	CALL ·grow(SB)
	CBNZ R0, out
room:
	MOVWU UC_FPSIMD(R19), R10
	MOVD $FPSIMD_MAGIC, R11
	CMP  R11, R10
	BNE  out
	MOVD UC_SP(R19), R10
	SUB  $(SAVED-32), R10
	ADD  $UC_REGS, R19, R11
	MOVD $34, R12
saveRegs:
	MOVD.P 8(R11), R13
	MOVD.P R13, 8(R10)
	SUBS $1, R12
	BNE  saveRegs
	ADD  $UC_FPSIMD, R19, R11
	MOVD $66, R12
saveFloats:
	MOVD.P 8(R11), R13
	MOVD.P R13, 8(R10)
	SUBS $1, R12
	BNE  saveFloats
	MOVD UC_SP(R19), R10
	SUB  $SAVED, R10
	MOVD R10, UC_SP(R19)
	MOVD R20, UC_R19(R19)
	MOVD ·pads+Pads_Preempt(SB), R10
	MOVD R10, UC_PC(R19)
out:
	MOVD 8(RSP), R30
	MOVD 16(RSP), R19
	MOVD 24(RSP), R20
	MOVD 32(RSP), R21
	ADD  $80, RSP
	RET

// grow makes the stack of context R9 accessible down to address R10 at least, and twice as large as it is if that is allowed.
// The lowest possible address is R12 bytes below the end that an activation under way may go to. R0 = 0 if it could be done.
// It changes R1 to R3, R7, R8, R10, R11, R13.
TEXT ·grow(SB), NOSPLIT|NOFRAME, $0
	MOVD ZR, R11
	MOVD Ctx_Act(R9), R3
limit:
	CBZ  R3, limited
	MOVHU Record_Owner(R3), R7
	CMP  R11, R7
	CSEL HI, R7, R11, R11
	MOVD Record_PrevAct(R3), R3
	B    limit
limited:
	LSL  $16, R11, R11
	SUB  R11, R9, R11
	MOVD Ctx_Low(R9), R3
	MOVD Ctx_Size(R9), R7
	SUB  R7, R3, R7
	CMP  R11, R7
	CSEL LO, R11, R7, R7
	SUB  R12, R11, R11
	CMP  R11, R10
	BLO  no
	MOVD $~(const_stackStep-1), R13
	AND  R13, R10
	CMP  R7, R10
	CSEL LO, R10, R7, R7
	SUB  R7, R3, R1
	MOVD $·stackLeft(SB), R8
take:
	LDAXR (R8), R13
	CMP  R1, R13
	BLT  no
	SUB  R1, R13
	STLXR R13, (R8), R2
	CBNZ R2, take
	MOVD R7, R0
	MOVD $3, R2
	MOVD $SYS_MPROTECT, R8
	SVC
	CBNZ R0, refused
	MOVD R7, Ctx_Low(R9)
	ADD  $const_EntryMargin, R7, R10
	MOVD R10, Ctx_Floor(R9)
	SUB  R7, R9, R10
	MOVD R10, Ctx_Size(R9)
	MOVD $const_ReturnedSettle, R10
	MOVD R10, Ctx_Settle(R9)
	RET
refused:
	SUB  R7, R3, R1
	MOVD $·stackLeft(SB), R8
give:
	LDAXR (R8), R13
	ADD  R1, R13
	STLXR R13, (R8), R2
	CBNZ R2, give
no:
	MOVD $1, R0
	RET
