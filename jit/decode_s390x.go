package jit

import (
	"fmt"

	"golang.org/x/arch/s390x/s390xasm"
)

// decode returns the text of the instruction at the start of b, which is at address pc, and its length.
func decode(b []byte, pc uint64, symbol func(uint64) (string, uint64)) (string, int) {
	inst, err := s390xasm.Decode(b)
	if err != nil {
		n := min(2, len(b))
		return fmt.Sprintf(".byte %#x", b[:n]), n
	}
	return s390xasm.GNUSyntax(inst, pc), inst.Len
}
