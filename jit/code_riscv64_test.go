//go:build linux

package jit

import "davit/asm"

const (
	linkArea      = 0    // what a function leaves free at its stack pointer
	fpChain       = true // frames are chained by the frame pointer
	callBytes     = 8    // from the relocation of a call to the return address
	deepFrame     = 32
	recurseFrame  = 32
	loopFrame     = 16
	pollspinFrame = 16
)

// constant returns code for a function that returns n.
func constant(n byte) *asm.Code {
	c := machineCode("constant")
	c.Bytes[2], c.Bytes[3] = n<<4, n>>4
	return c
}

// pageMask has the bits of an address of an access that the hardware does not tell.
const pageMask = 0

const (
	goarch    = "riscv64"
	wantOuter = false
)

func unwound(bare, framed *asm.Code) {}
