package vcode

import "davit/asm"

// Places says where a calling convention puts the parameters and results of a signature, for callers that are not
// compiled here.
type Places struct {
	Params, Results [][]Part // per parameter and result: its register-sized parts, least significant first
	StackBytes      uint32   // size of the stack arguments
	CalleePops      bool     // the callee removes them
	AreaBytes       uint32   // size of the memory for results that have no register
	AreaReg         uint8    // hardware number of the register with the address of that memory
}

// Part is a register-sized piece of a parameter or result.
type Part struct {
	InReg  bool         // in a register, else in memory
	Class  asm.RegClass // of the register
	Reg    uint8        // hardware number of the register
	Bytes  uint8
	Offset uint32 // in the stack arguments, or in the memory for results
}
