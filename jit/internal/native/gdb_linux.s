//go:build amd64 || arm64 || riscv64 || s390x

#include "textflag.h"

// What the debugger gdb looks for: a function at which it sets a breakpoint, and the head of a list.
TEXT __jit_debug_register_code(SB), NOSPLIT, $0-0
	RET

DATA __jit_debug_descriptor+0(SB)/4, $1
GLOBL __jit_debug_descriptor(SB), NOPTR, $24

// func registerCode()
TEXT ·registerCode(SB), NOSPLIT, $0-0
	CALL __jit_debug_register_code(SB)
	RET

// func descriptor() uintptr
TEXT ·descriptor(SB), NOSPLIT, $0-8
#ifdef GOARCH_amd64
	MOVQ $__jit_debug_descriptor(SB), AX
	MOVQ AX, ret+0(FP)
#endif
#ifdef GOARCH_arm64
	MOVD $__jit_debug_descriptor(SB), R0
	MOVD R0, ret+0(FP)
#endif
#ifdef GOARCH_riscv64
	MOV $__jit_debug_descriptor(SB), X5
	MOV X5, ret+0(FP)
#endif
#ifdef GOARCH_s390x
	MOVD $__jit_debug_descriptor(SB), R1
	MOVD R1, ret+0(FP)
#endif
	RET
