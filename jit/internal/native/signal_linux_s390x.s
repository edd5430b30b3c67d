#include "go_asm.h"
#include "textflag.h"

// Offsets in the kernel's ucontext and siginfo: the program status word, r0 to r15, the access registers, fpc and f0 to f15 are
// adjacent; what belongs to vector registers follows later, if the flags say so.
#define UC_FLAGS 0
#define UC_MASK 40
#define UC_PC 48
#define UC_R9 128
#define UC_R11 144
#define UC_R14 168
#define UC_SP 176
#define UC_VECTORS 512
#define SI_CODE 8
#define SI_ADDR 16

// SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV
#define FAULTS ((1<<4)|(1<<5)|(1<<7)|(1<<8)|(1<<11))
#define SIGSEGV 11
#define SIGURG 23
#define SIGPROF 27
#define SYS_MPROTECT 125

// The frame of an interruption: 32 bytes for the pad, 43 words of registers, 48 words of vector registers.
#define SAVED 760

// func handlerPC() uintptr
TEXT ·handlerPC(SB), NOSPLIT, $0-8
	MOVD $·handler(SB), R1
	MOVD R1, ret+0(FP)
	RET

// handler is called by the kernel: R2 = signal, R3 = siginfo, R4 = ucontext, on the thread's signal stack. See the ones for
// amd64 and arm64.
TEXT ·handler(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVD UC_SP(R4), R5
	ADD  $-1, R5
	MOVD ·known+ranges_stkLo(SB), R1
	CMPUBLT R5, R1, chain
	MOVD ·known+ranges_stkHi(SB), R1
	CMPUBGE R5, R1, chain
	MOVD ·known+ranges_slotMask(SB), R1
	AND  R1, R5
	MOVD ·known+ranges_ctxOffset(SB), R1
	ADD  R1, R5
	MOVD $FAULTS, R1
	SRD  R2, R1, R1
	AND  $1, R1
	CMPBEQ R1, $0, asynchronous
	MOVW SI_CODE(R3), R1
	CMPBLE R1, $0, asynchronous
	MOVD UC_PC(R4), R1
	MOVD ·known+ranges_preempted(SB), R0
	CMPBEQ R1, R0, restore
	CMPBNE R2, $SIGSEGV, fault
	MOVD SI_ADDR(R3), R1
	MOVD Ctx_Low(R5), R0
	CMPUBGE R1, R0, fault
	STMG R6, R14, 48(R15) // the kernel has left room for them
	STMG R2, R4, 16(R15)
	MOVD R1, R6
	MOVD $0, R7
	BL   ·grow(SB)
	MOVD R2, R1
	LMG  16(R15), R2, R4
	LMG  48(R15), R6, R14
	CMPBNE R1, $0, fault
	BR   R14
fault:
	MOVD R2, Ctx_TrapSig(R5)
	MOVD UC_PC(R4), R1
	MOVD R1, Ctx_TrapPC(R5)
	MOVD SI_ADDR(R3), R1
	MOVD R1, Ctx_TrapAddr(R5)
	MOVD UC_SP(R4), R1
	MOVD R1, Ctx_TrapSP(R5)
	MOVD UC_R11(R4), R1
	MOVD R1, Ctx_TrapBP(R5)
	MOVD UC_R14(R4), R1
	MOVD R1, Ctx_TrapLR(R5)
	MOVD Ctx_Act(R5), R1
	MOVD R1, Ctx_TrapAct(R5)
	MOVD R5, UC_R9(R4)
	MOVD Ctx_TrapPad(R5), R1
	MOVD R1, UC_PC(R4)
	BR   R14
chain:
	MOVD $·oldHandlers(SB), R1
	SLD  $3, R2, R5
	ADD  R5, R1
	MOVD (R1), R1
	BR   R1
restore:
	MOVD UC_SP(R4), R1
	ADD  $32, R1
	MVC  $256, 0(R1), UC_MASK(R4)
	MVC  $88, 256(R1), 296(R4)
	MOVD UC_FLAGS(R4), R0
	AND  $2, R0
	CMPBEQ R0, $0, restored
	MVC  $256, 344(R1), UC_VECTORS(R4)
	MVC  $128, 600(R1), 768(R4)
restored:
	BR   R14
asynchronous:
	STMG R6, R14, 48(R15)
	ADD  $-184, R15
	MOVD R4, R6
	MOVD R5, R7
	MOVD R2, R8
	MOVD UC_PC(R4), R1
	MOVD R1, 160(R15)
	CMPBNE R2, $SIGPROF, sampled
	MOVD ·profile+profileBuffer_samples(SB), R9
	CMPBEQ R9, $0, sampled
	MOVD $·profile+profileBuffer_next(SB), R12
	MOVD $1, R0
	LAAG R0, R0, (R12)
	MOVD ·profile+profileBuffer_room(SB), R12
	CMPUBGE R0, R12, sampled
	SLD  $const_sampleShift, R0, R0
	ADD  R0, R9
	MOVD R1, (R9)
	MOVD $0, R0
	MOVD R0, (8*(const_sampleStack+1))(R9)
sampled:
	MOVD UC_SP(R4), R1
	MOVD R1, 168(R15)
	MOVD Ctx_ExitPC(R5), R1
	MOVD R1, UC_PC(R4)
	MOVD Ctx_GoSP(R5), R1
	MOVD R1, UC_SP(R4)
	MOVD R6, 136(R15) // the runtime's handler keeps no register
	MOVD R7, 144(R15)
	MOVD R8, 152(R15)
	MOVD $·oldHandlers(SB), R1
	SLD  $3, R2, R5
	ADD  R5, R1
	MOVD (R1), R1
	BL   R1
	MOVD 136(R15), R6
	MOVD 144(R15), R7
	MOVD 152(R15), R8
	MOVD 160(R15), R1
	MOVD R1, UC_PC(R6)
	MOVD 168(R15), R2
	MOVD R2, UC_SP(R6)
	CMPBNE R8, $SIGURG, out
	MOVD ·known+ranges_codeLo(SB), R2
	CMPUBLT R1, R2, out
	MOVD ·known+ranges_codeHi(SB), R2
	CMPUBGE R1, R2, out
	MOVD UC_SP(R6), R1
	SUB  $const_PreemptMargin, R1
	MOVD Ctx_Low(R7), R2
	CMPUBGE R1, R2, room
	MOVD R6, 136(R15)
	MOVD R7, 144(R15)
	MOVD R7, R5
	MOVD R1, R6
	MOVD $const_preemptDepth, R7
	BL   ·grow(SB)
	MOVD 136(R15), R6
	MOVD 144(R15), R7
	CMPBNE R2, $0, out
room:
	MOVD UC_SP(R6), R1
	SUB  $SAVED, R1
	ADD  $32, R1, R2
	MVC  $256, UC_MASK(R6), 0(R2)
	MVC  $88, 296(R6), 256(R2)
	MOVD UC_FLAGS(R6), R3
	AND  $2, R3
	CMPBEQ R3, $0, saved
	MVC  $256, UC_VECTORS(R6), 344(R2)
	MVC  $128, 768(R6), 600(R2)
saved:
	MOVD R1, UC_SP(R6)
	MOVD R7, UC_R9(R6)
	MOVD ·pads+Pads_Preempt(SB), R1
	MOVD R1, UC_PC(R6)
out:
	ADD  $184, R15
	LMG  48(R15), R6, R14
	BR   R14

// grow makes the stack of context R5 accessible down to address R6 at least, and twice as large as it is if that is allowed.
// The lowest possible address is R7 bytes below the end that an activation under way may go to. R2 = 0 if it could be done.
// It changes R0 to R4, R6, R8, R10 to R12.
TEXT ·grow(SB), NOSPLIT|NOFRAME, $0
	MOVD $0, R8
	MOVD Ctx_Act(R5), R1
limit:
	CMPBEQ R1, $0, limited
	MOVHZ (Record_Owner+6)(R1), R2
	CMPUBGE R8, R2, smaller
	MOVD R2, R8
smaller:
	MOVD Record_PrevAct(R1), R1
	BR   limit
limited:
	SLD  $16, R8, R8
	SUB  R8, R5, R8
	MOVD Ctx_Low(R5), R10
	MOVD Ctx_Size(R5), R11
	SUB  R11, R10, R11
	CMPUBGE R11, R8, bounded
	MOVD R8, R11
bounded:
	SUB  R7, R8
	CMPUBLT R6, R8, no
	MOVD $~(const_stackStep-1), R8
	AND  R8, R6
	CMPUBGE R6, R11, enough
	MOVD R6, R11
enough:
	SUB  R11, R10, R3
	MOVD $·stackLeft(SB), R8
	MOVD (R8), R1
take:
	CMPBLT R1, R3, no
	SUB  R3, R1, R2
	CSG  R1, R2, (R8)
	BNE  take
	MOVD R11, R2
	MOVD $3, R4
	MOVW $SYS_MPROTECT, R1
	SYSCALL
	CMPBNE R2, $0, refused
	MOVD R11, Ctx_Low(R5)
	MOVD $const_EntryMargin, R1
	ADD  R11, R1
	MOVD R1, Ctx_Floor(R5)
	SUB  R11, R5, R1
	MOVD R1, Ctx_Size(R5)
	MOVD $const_ReturnedSettle, R1
	MOVD R1, Ctx_Settle(R5)
	BR   R14
refused:
	SUB  R11, R10, R3
	MOVD $·stackLeft(SB), R8
	LAAG R3, R1, (R8)
no:
	MOVD $1, R2
	BR   R14
