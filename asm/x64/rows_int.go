package x64

// The rows of general-purpose instructions.
const (
	_ uint16 = iota
	ADD
	ADDmr
	ADDi
	OR
	ORmr
	ORi
	ADC
	ADCmr
	ADCi
	SBB
	SBBmr
	SBBi
	AND
	ANDmr
	ANDi
	SUB
	SUBmr
	SUBi
	XOR
	XORmr
	XORi
	CMP
	CMPmr
	CMPi
	TEST
	TESTi
	MOV
	MOVmr
	MOVi
	MOVZXb
	MOVZXw
	MOVSXb
	MOVSXw
	MOVSXD
	LEA
	NEG
	NOT
	INC
	DEC
	SHL
	SHLi
	SHR
	SHRi
	SAR
	SARi
	ROL
	ROLi
	ROR
	RORi
	RCL
	RCLi
	RCR
	RCRi
	SHLD
	SHLDi
	SHRD
	SHRDi
	IMUL
	IMULi
	MUL   // R[1]:R[0] = R[2] * r/m R[3], unsigned
	IMUL1 // the same, signed
	MUL8  // R[0] = R[1] * r/m R[2], 16-bit product of bytes in AX
	IMUL8
	DIV  // R[0], R[1] = quotient, remainder of operands 4:3 by r/m R[2]
	IDIV // the same, signed
	DIV8 // R[0] = AX; AL = quotient, AH = remainder of AX R[1] by r/m R[2]
	IDIV8
	CWD // R[0] = sign of R[1]: cwtd, cltd, cqto by Size 2, 4, 8
	CBW // R[0] = R[1] extended to Size from half of it: cbtw, cwtl, cltq
	BSF
	BSR
	TZCNT
	LZCNT
	POPCNT
	BSWAP
	BT  // CF = bit R[1] of R[0]
	BTi // CF = bit Imm of r/m R[0]
	BTS // R[0] = R[1] with bit R[2] set
	BTSi
	BTR
	BTRi
	BTC
	BTCi
	SETCC
	CMOVCC // R[0] = r/m R[2] if CC, else R[1]
	XCHG   // R[0] = mem, mem = R[1]; always locked
	XCHGr  // R[0] = R[3], R[1] = R[2]
	XADD   // R[0] = mem, mem += R[1]
	CMPXCHG
	CMPXCHG16B
	ANDN // R[0] = ^R[1] & r/m R[2]
	BLSR
	BLSMSK
	BLSI
	BEXTR // R[0] = bits of r/m R[1] by R[2]
	BZHI
	SHLX // R[0] = r/m R[1] << R[2]
	SHRX
	SARX
	RORXi
	MULX // R[0]:R[1] = R[2] * r/m R[3]
	PDEP // R[0] = R[1] deposited by mask r/m R[2]
	PEXT
	PUSH
	PUSHi
	POP
	LEAVE // RSP = RBP, then POP of RBP
	RET
	RETi
	CALL
	CALLr
	JMP
	JMPs
	JMPr
	JCC
	JCC2
	TRAPCC
	TRAPCC2
	UD2
	INT3
	HLT
	PAUSE
	NOP // Imm bytes long, by as few instructions as possible
	ENDBR64
	MFENCE
	LFENCE
	SFENCE
	CLC
	STC
	CMC
	TLSGD // R[0] = address of thread-local symbol Aux, by a call as the ELF ABI prescribes it; a call in all respects
)

const (
	all = 1 | 2 | 4 | 8
	wlq = 2 | 4 | 8
	lq  = 4 | 8

	wf  = WritesFlags
	rf  = ReadsFlags
	alu = WritesFlags | suffix
	lck = Lockable
)

var intRows = [groupSize]Row{
	ADD:        {"add", fDSM, all, Base, alu | Commutes, iz | b8 | 0x02},
	ADDmr:      {"add", fMSmod, all, Base, alu | lck, iz | b8}, // opcode 00
	ADDi:       {"add", fALUi, all, Base, alu | lck, iz | d0},
	OR:         {"or", fDSM, all, Base, alu | Commutes, iz | b8 | 0x0a},
	ORmr:       {"or", fMSmod, all, Base, alu | lck, iz | b8 | 0x08},
	ORi:        {"or", fALUi, all, Base, alu | lck, iz | d1},
	ADC:        {"adc", fDSM, all, Base, alu | rf | Commutes, iz | b8 | 0x12},
	ADCmr:      {"adc", fMSmod, all, Base, alu | rf | lck, iz | b8 | 0x10},
	ADCi:       {"adc", fALUi, all, Base, alu | rf | lck, iz | d2},
	SBB:        {"sbb", fDSM, all, Base, alu | rf, iz | b8 | 0x1a},
	SBBmr:      {"sbb", fMSmod, all, Base, alu | rf | lck, iz | b8 | 0x18},
	SBBi:       {"sbb", fALUi, all, Base, alu | rf | lck, iz | d3},
	AND:        {"and", fDSM, all, Base, alu | Commutes, iz | b8 | 0x22},
	ANDmr:      {"and", fMSmod, all, Base, alu | lck, iz | b8 | 0x20},
	ANDi:       {"and", fALUi, all, Base, alu | lck | shortens, iz | d4},
	SUB:        {"sub", fDSM, all, Base, alu, iz | b8 | 0x2a},
	SUBmr:      {"sub", fMSmod, all, Base, alu | lck, iz | b8 | 0x28},
	SUBi:       {"sub", fALUi, all, Base, alu | lck, iz | d5},
	XOR:        {"xor", fDSM, all, Base, alu | Commutes, iz | b8 | 0x32},
	XORmr:      {"xor", fMSmod, all, Base, alu | lck, iz | b8 | 0x30},
	XORi:       {"xor", fALUi, all, Base, alu | lck, iz | d6},
	CMP:        {"cmp", fSM, all, Base, alu, iz | b8 | 0x3a},
	CMPmr:      {"cmp", fMSload, all, Base, alu, iz | b8 | 0x38},
	CMPi:       {"cmp", fALUiS, all, Base, alu | shortens, iz | d7},
	TEST:       {"test", fTEST, all, Base, alu | Commutes, iz | b8 | 0x84},
	TESTi:      {"test", fTESTi, all, Base, alu | shortens, iz | b8 | d0 | 0xf6},
	MOV:        {"mov", fDM, all, Base, suffix | Moves, iz | b8 | 0x8a},
	MOVmr:      {"mov", fMSstore, all, Base, suffix, iz | b8 | 0x88},
	MOVi:       {"mov", fMOVi, all, Base, suffix | shortens, iz | b8 | d0 | 0xc6},
	MOVZXb:     {"movzb", fDMb, wlq, Base, suffix | shortens, iz | m0F | 0xb6},
	MOVZXw:     {"movzw", fDMw, lq, Base, suffix | shortens, iz | m0F | 0xb7},
	MOVSXb:     {"movsb", fDMb, wlq, Base, suffix | shortens, iz | m0F | 0xbe},
	MOVSXw:     {"movsw", fDMw, lq, Base, suffix | shortens, iz | m0F | 0xbf},
	MOVSXD:     {"movslq", fDMd, 0, Base, shortens, w1 | 0x63},
	LEA:        {"lea", fLEA, lq, Base, suffix | shortens, iz | 0x8d},
	NEG:        {"neg", fDest, all, Base, alu | lck, iz | b8 | d3 | 0xf6},
	NOT:        {"not", fDest, all, Base, suffix | lck, iz | b8 | d2 | 0xf6},
	INC:        {"inc", fDest, all, Base, alu | lck, iz | b8 | d0 | 0xfe},
	DEC:        {"dec", fDest, all, Base, alu | lck, iz | b8 | d1 | 0xfe},
	SHL:        {"shl", fShift, all, Base, alu, iz | b8 | d4 | 0xd2},
	SHLi:       {"shl", fShiftI, all, Base, alu, iz | b8 | d4 | 0xc0},
	SHR:        {"shr", fShift, all, Base, alu, iz | b8 | d5 | 0xd2},
	SHRi:       {"shr", fShiftI, all, Base, alu, iz | b8 | d5 | 0xc0},
	SAR:        {"sar", fShift, all, Base, alu, iz | b8 | d7 | 0xd2},
	SARi:       {"sar", fShiftI, all, Base, alu, iz | b8 | d7 | 0xc0},
	ROL:        {"rol", fShift, all, Base, alu, iz | b8 | d0 | 0xd2},
	ROLi:       {"rol", fShiftI, all, Base, alu, iz | b8 | d0 | 0xc0},
	ROR:        {"ror", fShift, all, Base, alu, iz | b8 | d1 | 0xd2},
	RORi:       {"ror", fShiftI, all, Base, alu, iz | b8 | d1 | 0xc0},
	RCL:        {"rcl", fShift, all, Base, alu | rf, iz | b8 | d2 | 0xd2},
	RCLi:       {"rcl", fShiftI, all, Base, alu | rf, iz | b8 | d2 | 0xc0},
	RCR:        {"rcr", fShift, all, Base, alu | rf, iz | b8 | d3 | 0xd2},
	RCRi:       {"rcr", fShiftI, all, Base, alu | rf, iz | b8 | d3 | 0xc0},
	SHLD:       {"shld", fSHLD, wlq, Base, alu, iz | m0F | 0xa5},
	SHLDi:      {"shld", fSHLDi, wlq, Base, alu, iz | m0F | 0xa4},
	SHRD:       {"shrd", fSHLD, wlq, Base, alu, iz | m0F | 0xad},
	SHRDi:      {"shrd", fSHLDi, wlq, Base, alu, iz | m0F | 0xac},
	IMUL:       {"imul", fDSM, wlq, Base, alu | Commutes, iz | m0F | 0xaf},
	IMULi:      {"imul", fMImul, wlq, Base, alu, iz | 0x69},
	MUL:        {"mul", fMUL, wlq, Base, alu, iz | b8 | d4 | 0xf6},
	IMUL1:      {"imul", fMUL, wlq, Base, alu, iz | b8 | d5 | 0xf6},
	MUL8:       {"mul", fMUL8, 1, Base, alu, d4 | 0xf6},
	IMUL8:      {"imul", fMUL8, 1, Base, alu, d5 | 0xf6},
	DIV:        {"div", fDIV, wlq, Base, alu, iz | b8 | d6 | 0xf6},
	IDIV:       {"idiv", fDIV, wlq, Base, alu, iz | b8 | d7 | 0xf6},
	DIV8:       {"div", fMUL8, 1, Base, alu, d6 | 0xf6},
	IDIV8:      {"idiv", fMUL8, 1, Base, alu, d7 | 0xf6},
	CWD:        {"-/cwtd/cltd/cqto", fCWD, wlq, Base, 0, iz | 0x99},
	CBW:        {"-/cbtw/cwtl/cltq", fCBW, wlq, Base, 0, iz | 0x98},
	BSF:        {"bsf", fDM, wlq, Base, alu, iz | m0F | 0xbc},
	BSR:        {"bsr", fDM, wlq, Base, alu, iz | m0F | 0xbd},
	TZCNT:      {"tzcnt", fDM, wlq, BMI1, alu, iz | pF3 | m0F | 0xbc},
	LZCNT:      {"lzcnt", fDM, wlq, FLZCNT, alu, iz | pF3 | m0F | 0xbd},
	POPCNT:     {"popcnt", fDM, wlq, FPOPCNT, alu, iz | pF3 | m0F | 0xb8},
	BSWAP:      {"bswap", fBSWAP, lq, Base, suffix, iz | plusReg | m0F | 0xc8},
	BT:         {"bt", fBT, wlq, Base, alu, iz | m0F | 0xa3},
	BTi:        {"bt", fBTi, wlq, Base, alu, iz | d4 | m0F | 0xba},
	BTS:        {"bts", fDSS, wlq, Base, alu, iz | m0F | 0xab},
	BTSi:       {"bts", fDSI, wlq, Base, alu, iz | d5 | m0F | 0xba},
	BTR:        {"btr", fDSS, wlq, Base, alu, iz | m0F | 0xb3},
	BTRi:       {"btr", fDSI, wlq, Base, alu, iz | d6 | m0F | 0xba},
	BTC:        {"btc", fDSS, wlq, Base, alu, iz | m0F | 0xbb},
	BTCi:       {"btc", fDSI, wlq, Base, alu, iz | d7 | m0F | 0xba},
	SETCC:      {"set%", fDestCC, 0, Base, rf | ccName, plusCC | d0 | m0F | 0x90},
	CMOVCC:     {"cmov%", fDSM, wlq, Base, rf | ccName | suffix, iz | plusCC | m0F | 0x40},
	XCHG:       {"xchg", fMSxchg, all, Base, suffix, iz | b8 | 0x86},
	XCHGr:      {"xchg", fXCHGr, all, Base, suffix, iz | b8 | 0x86},
	XADD:       {"xadd", fMSxchg, all, Base, alu | lck, iz | b8 | m0F | 0xc0},
	CMPXCHG:    {"cmpxchg", fCMPXCHG, all, Base, alu | lck, iz | b8 | m0F | 0xb0},
	CMPXCHG16B: {"cmpxchg16b", fCMPXCHG16B, 0, CX16, wf | lck, w1 | t16 | d1 | m0F | 0xc7},
	ANDN:       {"andn", fDSMv, lq, BMI1, alu, vexRow | wz | m0F38 | 0xf2},
	BLSR:       {"blsr", fDMv, lq, BMI1, alu, vexRow | wz | d1 | m0F38 | 0xf3},
	BLSMSK:     {"blsmsk", fDMv, lq, BMI1, alu, vexRow | wz | d2 | m0F38 | 0xf3},
	BLSI:       {"blsi", fDMv, lq, BMI1, alu, vexRow | wz | d3 | m0F38 | 0xf3},
	BEXTR:      {"bextr", fDMS, lq, BMI1, alu, vexRow | wz | m0F38 | 0xf7},
	BZHI:       {"bzhi", fDMS, lq, BMI2, alu, vexRow | wz | m0F38 | 0xf5},
	SHLX:       {"shlx", fDMS, lq, BMI2, suffix, vexRow | wz | p66 | m0F38 | 0xf7},
	SHRX:       {"shrx", fDMS, lq, BMI2, suffix, vexRow | wz | pF2 | m0F38 | 0xf7},
	SARX:       {"sarx", fDMS, lq, BMI2, suffix, vexRow | wz | pF3 | m0F38 | 0xf7},
	RORXi:      {"rorx", fDMI, lq, BMI2, suffix, vexRow | wz | pF2 | m0F3A | 0xf0},
	MULX:       {"mulx", fMULX, lq, BMI2, suffix, vexRow | wz | pF2 | m0F38 | 0xf6},
	PDEP:       {"pdep", fDSMv, lq, BMI2, suffix, vexRow | wz | pF2 | m0F38 | 0xf5},
	PEXT:       {"pext", fDSMv, lq, BMI2, suffix, vexRow | wz | pF3 | m0F38 | 0xf5},
	PUSH:       {"push", fPUSH, 0, Base, suffix, t8 | d6 | 0xff},
	PUSHi:      {"push", fPUSHi, 0, Base, suffix, 0x68},
	POP:        {"pop", fPOP, 0, Base, suffix, plusReg | 0x58},
	LEAVE:      {"leave", fNone, 0, Base, 0, 0xc9},
	RET:        {"retq", fNone, 0, Base, EndsFlow, 0xc3},
	RETi:       {"retq", fRETi, 0, Base, EndsFlow, 0xc2},
	CALL:       {"callq", fSymbol, 0, Base, wf, 0xe8},
	CALLr:      {"callq", fM, 0, Base, wf | star, t8 | d2 | 0xff},
	JMP:        {"jmp", fJump, 0, Base, EndsFlow, 0xe9},
	JMPs:       {"jmp", fSymbol, 0, Base, EndsFlow, 0xe9},
	JMPr:       {"jmpq", fM, 0, Base, EndsFlow | star, t8 | d4 | 0xff},
	JCC:        {"j%", fCond, 0, Base, rf | ccName, 0x70},
	JCC2:       {"j%", fCond, 0, Base, rf | ccName, 0x71},
	TRAPCC:     {"j%", fTrapCC, 0, Base, rf | ccName, 0x70},
	TRAPCC2:    {"j%", fTrapCC, 0, Base, rf | ccName, 0x71},
	UD2:        {"ud2", fNone, 0, Base, EndsFlow, m0F | 0x0b},
	INT3:       {"int3", fNone, 0, Base, 0, 0xcc},
	HLT:        {"hlt", fNone, 0, Base, 0, 0xf4},
	PAUSE:      {"pause", fNone, 0, Base, 0, pF3 | 0x90},
	NOP:        {"nop", fNOP, 0, Base, 0, 0x90},
	ENDBR64:    {"endbr64", fNone, 0, Base, 0, pF3 | m0F | d7 | rm2 | 0x1e},
	MFENCE:     {"mfence", fNone, 0, Base, 0, m0F | d6 | 0xae},
	LFENCE:     {"lfence", fNone, 0, Base, 0, m0F | d5 | 0xae},
	SFENCE:     {"sfence", fNone, 0, Base, 0, m0F | d7 | 0xae},
	CLC:        {"clc", fNone, 0, Base, wf, 0xf8},
	STC:        {"stc", fNone, 0, Base, wf, 0xf9},
	CMC:        {"cmc", fNone, 0, Base, wf | rf, 0xf5},
	TLSGD:      {"tlsgd", fTLSGD, 0, Base, wf, 0},
}
