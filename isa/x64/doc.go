// Package x64 generates code for x86-64: it selects instructions for CLIF, knows the calling conventions, lays out
// frames, and emits what register allocation has settled.
//
// Selection is by rules (*.rules), compiled by internal/rulec to the z files: a rule names a pattern of CLIF
// instructions and what to emit for it, in terms of the methods of the lowerer. Calls, terminators, address modes and
// frames are plain Go:
//
//	lower*.rules   the rules by subject; lower.go, arith.go, float.go, vector*.go … the methods they use
//	abi.go         calling conventions, one row each
//	call.go        arguments, calls, returns; tail.go tail calls and calls with handlers
//	amode.go       memory operands
//	flow.go        comparisons and branches
//	pseudo*.go     instructions that become several, with their operands and their emission
//	frame.go       frame layout; prologue.go stack limits and probes
//
// The instructions themselves, their encodings and operand roles are rows of package asm/x64.
package x64
