//go:build linux

package jit

import "davit/asm"

const (
	linkArea      = 160   // what a function leaves free at its stack pointer
	fpChain       = false // frames are chained by the frame pointer
	callBytes     = 4     // from the relocation of a call to the return address
	deepFrame     = 16
	recurseFrame  = 16
	loopFrame     = 0
	pollspinFrame = 0
)

// constant returns code for a function that returns n.
func constant(n byte) *asm.Code {
	c := machineCode("constant")
	c.Bytes[3] = n
	return c
}

// pageMask has the bits of an address of an access that the hardware does not tell.
const pageMask = 4095

const (
	goarch    = "s390x"
	wantOuter = false
)

func unwound(bare, framed *asm.Code) {}
