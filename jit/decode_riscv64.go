package jit

import (
	"fmt"

	"golang.org/x/arch/riscv64/riscv64asm"
)

// decode returns the text of the instruction at the start of b, which is at address pc, and its length.
func decode(b []byte, pc uint64, symbol func(uint64) (string, uint64)) (string, int) {
	inst, err := riscv64asm.Decode(b)
	if err != nil {
		n := min(4, len(b))
		return fmt.Sprintf(".byte %#x", b[:n]), n
	}
	return riscv64asm.GNUSyntax(inst), inst.Len
}
