// Package x64 knows the registers and the instructions of x86-64: it encodes an [asm.Inst] into an [asm.Buffer], prints
// it in AT&T syntax, and tells a register allocator its operands, all from one table row per instruction.
//
// # Names of rows
//
// A row is named after the mnemonic of the manual, in upper case, with a lower-case suffix if the mnemonic has several
// rows. One row covers all operand widths; Inst.Size is the width in bytes (1, 2, 4, 8). R, "mem" and Imm are fields of
// [asm.Inst], "r/m" is a register or memory operand. Rows with one width only (PUSH, SETCC, MOVSXD, most vector rows) ignore
// Size.
//
//	ADD   reg, r/m      R[0] = R[1] + R[2]      no suffix: the destination is a register, the last source is r/m
//	ADDi  r/m, imm      R[0] = R[1] + Imm       i: immediate; with memory: mem += Imm, R[0] = R[1] = NoReg
//	ADDmr mem, reg      mem += R[0]             mr: the destination is memory, the source a register
//	NEG   r/m           R[0] = -R[1]            or in memory: R[0] = R[1] = NoReg
//	SHL   r/m, %cl      R[0] = R[1] << R[2]     R[2] is RCX; in memory: R[0] = R[1] = NoReg
//	SHLi  r/m, imm
//	MOV   reg, r/m      R[0] = R[1]             move or load (register to register: the row is a Move)
//	MOVmr mem, reg      mem = R[0]              store
//	MOVi  r/m, imm      R[0] = Imm              any 64-bit constant in the shortest form; with memory: a store
//	MOVZXb, MOVZXw, MOVSXb, MOVSXw, MOVSXD      Size is that of the destination, the letter that of the source
//	CMP   reg, r/m      flags of R[0] - R[1]    CMPmr: mem - R[0];  CMPi: r/m R[0] - Imm
//	TEST  reg, r/m      flags of R[0] & R[1]    TESTi: r/m R[0] & Imm
//	SETcc r/m           R[0] = condition CC     SETCC, CMOVCC, JCC take the condition in Inst.CC
//
// Vector instructions of SSE have one row as well; or-ing [VEX] into the opcode selects its AVX form, with the same
// operands except that R[0] need not be R[1]:
//
//	ADDPS            R[0] = R[1] + R[2]     two-address: R[0] reuses R[1]
//	ADDPS|VEX        R[0] = R[1] + R[2]     three-address, prints as vaddps
//
// Instructions without SSE ancestor have names of their own that start with V (VPBROADCASTD, VFMADD213SD, VPERMI2B).
//
// Which R is what is in the row's form: [Operands] lists, by position in R, the role (use, def), the register class and
// the constraint (fixed register, the register of another operand, register or memory). Rules common to all rows:
//
//   - Where the r/m operand is memory, its R is NoReg and Inst.Mem, Base, Index, Scale, Disp, Aux are set. Base and Index
//     are further uses of class Int. A form says whether memory is possible, necessary, or the destination ([MemRule]).
//   - A source that may be memory may live in a spill slot if the slot has [MemBytes] bytes, aligned to that size.
//   - A use may be NoReg where the form calls it optional: the upper lanes of scalar conversions, square roots and
//     rounding are then unspecified, and the definition that would reuse it is free.
//   - Rows with more than four register operands (DIV, IDIV, CMPXCHG16B) keep operands 4 and 5 in Imm: see
//     [asm.Inst.Reg].
//   - Trap, if not 0, is recorded at the start of the instruction.
//
// Flags of an instruction (Inst.Flags) are [Lock], [GOT], [PLT], [GS], [SecRel] and [TLV].
//
// # Control flow
//
//	JMP      to label Aux
//	JCC      CC; to label Aux, else to label Imm; if Imm is asm.NoLabel, else on to the next instruction
//	JCC2     as JCC, taken if either of two conditions holds: CC is the first, plus the second << 4
//	TRAPCC   CC; to a trap instruction behind the function with code Trap; TRAPCC2 with two conditions
//	CALL, JMPs   symbol Aux, which is what a tail call jumps to; Imm is the caller's own (as CC is)
//	CALLr, JMPr  r/m R[0]; Imm is the caller's own
//	RET, RETi    RETi pops Imm bytes of arguments
//
// JMP, JCC and JCC2 become records of the buffer, which drops, inverts and shortens them.
//
// # Choosing the shortest code
//
// [Encode] always takes the shortest encoding of what a row says, and sometimes a shorter instruction that does exactly
// the same, flags included ([Shorten]): and $imm to 64 bits becomes 32 bits wide, cmp $0,%reg becomes test, movslq
// %eax,%rax becomes cltq, and so on; the printer prints what is encoded. Where flags are dead, [ShortenDeadFlags] finds
// more. What depends on context in another way is up to the caller: MOVAPS for MOVDQA and MOVAPD (a byte shorter, same
// effect), XORPS for XORPD and PXOR.
package x64
