//go:build !arm64 && !riscv64 && !s390x

package jit

import (
	"fmt"

	"golang.org/x/arch/x86/x86asm"
)

// decode returns the text of the instruction at the start of b, which is at address pc, and its length.
func decode(b []byte, pc uint64, symbol func(uint64) (string, uint64)) (string, int) {
	inst, err := x86asm.Decode(b, 64)
	if err == nil {
		return x86asm.GNUSyntax(inst, pc, symbol), inst.Len
	}
	return fmt.Sprintf(".byte %#02x", b[0]), 1
}
