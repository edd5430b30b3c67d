package x64

// Form is a pattern of operands that rows share.
type Form uint8

type immKind uint8

const (
	immNone immKind = iota
	imm8            // a byte, signed or not
	immSize         // of the operand size, at most 4 bytes
	immIs4          // upper half of the byte is the register in slot is4
)

type encKind uint8

const (
	encModRM    encKind = iota // the general case
	encNone                    // opcode only
	encALUImm                  // group 1: add $imm and so on
	encTestImm                 // test $imm
	encShiftImm                // shift by an immediate
	encMulImm                  // imul $imm
	encMovImm                  // mov $imm
	encOpReg                   // register in the opcode
	encPush                    // push r/m
	encPushImm                 // push $imm
	encRetImm                  // ret $imm
	encNop                     // nop of Imm bytes
	encXchg                    // exchange of registers
	encSymbol                  // call or jmp to a symbol
	encJump                    // jmp to a label
	encCond                    // jcc to labels
	encTrapCC                  // jcc to a deferred trap
	encTLSGD                   // general-dynamic TLS sequence of ELF
)

// slot names the operand that goes to a place of the encoding, counted from 1; 0 is none.
type slot uint8

const (
	r0 slot = iota + 1
	r1
	r2
	r3
)

// order is that of the printed operands. AT&T syntax has the destination last.
type order uint8

const (
	orderRVD order = iota // r/m, vvvv, reg
	orderDR               // reg, r/m
	orderVRD              // vvvv, r/m, reg
)

// formInfo describes a form: operands by position in Inst.R, and which operand goes where in the encoding.
type formInfo struct {
	ops                [6]Operand
	n                  uint8 // number of operands
	reg, vvvv, rm, is4 slot
	first              slot // printed before all others, though not encoded
	order              order
	rmSize             uint8 // size of a general-purpose r/m operand if it is not Size
	imm                immKind
	mem                MemRule
	kind               encKind
	vex                Form // form of the same rows under VEX, or 0
}

const (
	use  = opUse
	def  = opDef
	useX = opUse | opFloat
	defX = opDef | opFloat

	defR1  = def | opReuse | 1<<opArg // reuses the register of operand 1
	defXR1 = defX | opReuse | 1<<opArg
	defR2  = def | opReuse | 2<<opArg
	defR3  = def | opReuse | 3<<opArg

	inRAX  = opFixed | Operand(RAX)<<opArg
	inRCX  = opFixed | Operand(RCX)<<opArg
	inRDX  = opFixed | Operand(RDX)<<opArg
	inRBX  = opFixed | Operand(RBX)<<opArg
	inRDI  = opFixed | Operand(RDI)<<opArg
	inXMM0 = opFixed | Operand(XMM0)<<opArg
)

// The forms. D is a definition, S a source, M something that is or may be memory, I an immediate, X a vector register.
const (
	fInvalid Form = iota
	fNone
	fDSM     // R0 = R1 op r/m R2
	fDM      // R0 = op r/m R1
	fDMb     // as fDM; R1 is a byte
	fDMw     // as fDM; R1 has 2 bytes
	fDMd     // as fDM; R1 has 4 bytes
	fDMI     // R0 = r/m R1 op imm
	fMImul   // as fDMI, imul
	fSM      // flags of R0 and r/m R1
	fTEST    // as fSM, printed the other way round
	fMSload  // flags of mem and R0
	fMSmod   // mem = mem op R0
	fMSstore // mem = R0
	fALUi    // r/m R0 = R1 op imm
	fALUiS   // flags of r/m R0 and imm
	fTESTi
	fBTi
	fBT
	fShift
	fShiftI
	fDest   // r/m R0 = op R1
	fDestCC // r/m R0 = condition
	fMOVi
	fLEA
	fM // r/m R0
	fPUSH
	fPUSHi
	fPOP
	fDSS   // R0 = R1 op R2, registers only, R0 in r/m
	fDSI   // R0 = R1 op imm, registers only
	fSHLD  // R0 = R1 : R2 by cl
	fSHLDi // by imm
	fDMS   // VEX: R0 = r/m R1 op R2
	fDSMv  // VEX: R0 = R1 op r/m R2
	fDMv   // VEX: R0 in vvvv = op r/m R1
	fMULX  // R0:R1 = rdx R2 * r/m R3
	fMUL   // R1:R0 = rax R2 * r/m R3
	fMUL8  // ax R0 = al or ax R1 op r/m R2
	fDIV   // rax R0, rdx R1 = R4:R3 op r/m R2
	fCWD   // rdx R0 = sign of rax R1
	fCBW   // rax R0 = rax R1 extended
	fBSWAP
	fMSxchg // R0 = mem, mem = R1 or mem + R1
	fXCHGr
	fCMPXCHG
	fCMPXCHG16B
	fNOP
	fRETi
	fSymbol
	fJump
	fCond
	fTrapCC
	fTLSGD

	fXXM  // X R0 = R1 op r/m R2
	fVXXM // its VEX form
	fXXMI
	fVXXMI
	fXXMo // as fXXM, R1 optional
	fVXXMo
	fXXMIo
	fVXXMIo
	fXXX // registers only
	fVXXX
	fXXm // R2 always memory
	fVXXm
	fXXMx0 // mask in xmm0
	fVXXMX // mask in R3
	fXM
	fXMI
	fXm // memory source only
	fmX // mem = X R0
	fSXM
	fXXI // shift by immediate
	fVXXI
	fXXR // X R0 = R1 with r/m integer R2
	fVXXR
	fXXRI
	fVXXRI
	fXR   // X R0 = r/m integer R1
	fRX   // r/m integer R0 = X R1, register only
	fRXM  // integer R0 = X or memory R1
	fRX2  // integer R0 = X R1, registers only, R0 in reg
	fDXI  // r/m integer R0 = lane of X R1
	fFMA  // X R0 = R1, R2, r/m R3
	fVMI  // EVEX: shift of r/m R1 by imm into R0
	fFMAI // as fFMA, with imm
	fRX2I // as fRX2, with imm
	fXX   // registers only
	numForms
)

var forms = [numForms]formInfo{
	fNone:    {kind: encNone},
	fDSM:     {ops: [6]Operand{defR1, use, use | opOrMem}, n: 3, reg: r0, rm: r2, mem: MemLoad},
	fDM:      {ops: [6]Operand{def, use | opOrMem}, n: 2, reg: r0, rm: r1, mem: MemLoad},
	fDMb:     {ops: [6]Operand{def, use | opOrMem}, n: 2, reg: r0, rm: r1, mem: MemLoad, rmSize: 1},
	fDMw:     {ops: [6]Operand{def, use | opOrMem}, n: 2, reg: r0, rm: r1, mem: MemLoad, rmSize: 2},
	fDMd:     {ops: [6]Operand{def, use | opOrMem}, n: 2, reg: r0, rm: r1, mem: MemLoad, rmSize: 4},
	fDMI:     {ops: [6]Operand{def, use | opOrMem}, n: 2, reg: r0, rm: r1, imm: imm8, mem: MemLoad},
	fMImul:   {ops: [6]Operand{def, use | opOrMem}, n: 2, reg: r0, rm: r1, imm: immSize, mem: MemLoad, kind: encMulImm},
	fSM:      {ops: [6]Operand{use, use | opOrMem}, n: 2, reg: r0, rm: r1, mem: MemLoad},
	fTEST:    {ops: [6]Operand{use, use | opOrMem}, n: 2, reg: r0, rm: r1, mem: MemLoad, order: orderDR},
	fMSload:  {ops: [6]Operand{use}, n: 1, reg: r0, mem: MemMust, order: orderDR},
	fMSmod:   {ops: [6]Operand{use}, n: 1, reg: r0, mem: MemMod, order: orderDR},
	fMSstore: {ops: [6]Operand{use}, n: 1, reg: r0, mem: MemStore, order: orderDR},
	fALUi:    {ops: [6]Operand{defR1 | opDest, use | opDest}, n: 2, rm: r0, imm: immSize, mem: DestMod, kind: encALUImm},
	fALUiS:   {ops: [6]Operand{use | opOrMem}, n: 1, rm: r0, imm: immSize, mem: MemLoad, kind: encALUImm},
	fTESTi:   {ops: [6]Operand{use | opOrMem}, n: 1, rm: r0, imm: immSize, mem: MemLoad, kind: encTestImm},
	fBTi:     {ops: [6]Operand{use | opOrMem}, n: 1, rm: r0, imm: imm8, mem: MemLoad},
	fBT:      {ops: [6]Operand{use, use}, n: 2, reg: r1, rm: r0, order: orderDR},
	fShift:   {ops: [6]Operand{defR1 | opDest, use | opDest, use | inRCX}, n: 3, rm: r0, mem: DestMod, first: r2},
	fShiftI:  {ops: [6]Operand{defR1 | opDest, use | opDest}, n: 2, rm: r0, imm: imm8, mem: DestMod, kind: encShiftImm},
	fDest:    {ops: [6]Operand{defR1 | opDest, use | opDest}, n: 2, rm: r0, mem: DestMod},
	fDestCC:  {ops: [6]Operand{def | opDest}, n: 1, rm: r0, mem: DestStore, rmSize: 1},
	fMOVi:    {ops: [6]Operand{def | opDest}, n: 1, rm: r0, imm: immSize, mem: DestStore, kind: encMovImm},
	fLEA:     {ops: [6]Operand{def}, n: 1, reg: r0, mem: MemAddr},
	fM:       {ops: [6]Operand{use | opOrMem}, n: 1, rm: r0, mem: MemLoad},
	fPUSH:    {ops: [6]Operand{use | opOrMem}, n: 1, rm: r0, mem: MemLoad, kind: encPush},
	fPUSHi:   {imm: immSize, kind: encPushImm},
	fPOP:     {ops: [6]Operand{def}, n: 1, rm: r0, kind: encOpReg},
	fDSS:     {ops: [6]Operand{defR1, use, use}, n: 3, reg: r2, rm: r0, order: orderDR},
	fDSI:     {ops: [6]Operand{defR1, use}, n: 2, rm: r0, imm: imm8},
	fSHLD:    {ops: [6]Operand{defR1, use, use, use | inRCX}, n: 4, reg: r2, rm: r0, order: orderDR, first: r3},
	fSHLDi:   {ops: [6]Operand{defR1, use, use}, n: 3, reg: r2, rm: r0, imm: imm8, order: orderDR},
	fDMS:     {ops: [6]Operand{def, use | opOrMem, use}, n: 3, reg: r0, vvvv: r2, rm: r1, mem: MemLoad, order: orderVRD},
	fDSMv:    {ops: [6]Operand{def, use, use | opOrMem}, n: 3, reg: r0, vvvv: r1, rm: r2, mem: MemLoad},
	fDMv:     {ops: [6]Operand{def, use | opOrMem}, n: 2, vvvv: r0, rm: r1, mem: MemLoad},
	fMULX:    {ops: [6]Operand{def, def, use | inRDX, use | opOrMem}, n: 4, reg: r0, vvvv: r1, rm: r3, mem: MemLoad},
	fMUL:     {ops: [6]Operand{def | inRAX, def | inRDX, use | inRAX, use | opOrMem}, n: 4, rm: r3, mem: MemLoad},
	fMUL8:    {ops: [6]Operand{def | inRAX, use | inRAX, use | opOrMem}, n: 3, rm: r2, mem: MemLoad},
	fDIV:     {ops: [6]Operand{def | inRAX, def | inRDX, use | opOrMem, use | inRAX, use | inRDX}, n: 5, rm: r2, mem: MemLoad},
	fCWD:     {ops: [6]Operand{def | inRDX, use | inRAX}, n: 2, kind: encNone},
	fCBW:     {ops: [6]Operand{def | inRAX, use | inRAX}, n: 2, kind: encNone},
	fBSWAP:   {ops: [6]Operand{defR1, use}, n: 2, rm: r0, kind: encOpReg},
	fMSxchg:  {ops: [6]Operand{defR1, use}, n: 2, reg: r0, mem: MemMod, order: orderDR},
	fXCHGr:   {ops: [6]Operand{defR2, defR3, use, use}, n: 4, reg: r0, rm: r1, kind: encXchg, order: orderDR},
	fCMPXCHG: {ops: [6]Operand{def | inRAX, use | inRAX, use}, n: 3, reg: r2, mem: MemMod, order: orderDR},
	fCMPXCHG16B: {ops: [6]Operand{def | inRAX, def | inRDX, use | inRAX, use | inRDX, use | inRBX, use | inRCX}, n: 6,
		mem: MemMod},
	fNOP:    {kind: encNop},
	fRETi:   {imm: immSize, kind: encRetImm},
	fSymbol: {kind: encSymbol},
	fJump:   {kind: encJump},
	fCond:   {kind: encCond},
	fTrapCC: {kind: encTrapCC},
	fTLSGD:  {ops: [6]Operand{def | inRAX}, n: 1, kind: encTLSGD},

	fXXM:    {ops: [6]Operand{defXR1, useX, useX | opOrMem}, n: 3, reg: r0, rm: r2, mem: MemLoad, vex: fVXXM},
	fVXXM:   {ops: [6]Operand{defX, useX, useX | opOrMem}, n: 3, reg: r0, vvvv: r1, rm: r2, mem: MemLoad, vex: fVXXM},
	fXXMI:   {ops: [6]Operand{defXR1, useX, useX | opOrMem}, n: 3, reg: r0, rm: r2, imm: imm8, mem: MemLoad, vex: fVXXMI},
	fVXXMI:  {ops: [6]Operand{defX, useX, useX | opOrMem}, n: 3, reg: r0, vvvv: r1, rm: r2, imm: imm8, mem: MemLoad, vex: fVXXMI},
	fXXMo:   {ops: [6]Operand{defXR1, useX | opOptional, useX | opOrMem}, n: 3, reg: r0, rm: r2, mem: MemLoad, vex: fVXXMo},
	fVXXMo:  {ops: [6]Operand{defX, useX | opOptional, useX | opOrMem}, n: 3, reg: r0, vvvv: r1, rm: r2, mem: MemLoad, vex: fVXXMo},
	fXXMIo:  {ops: [6]Operand{defXR1, useX | opOptional, useX | opOrMem}, n: 3, reg: r0, rm: r2, imm: imm8, mem: MemLoad, vex: fVXXMIo},
	fVXXMIo: {ops: [6]Operand{defX, useX | opOptional, useX | opOrMem}, n: 3, reg: r0, vvvv: r1, rm: r2, imm: imm8, mem: MemLoad, vex: fVXXMIo},
	fXXX:    {ops: [6]Operand{defXR1, useX, useX}, n: 3, reg: r0, rm: r2, vex: fVXXX},
	fVXXX:   {ops: [6]Operand{defX, useX, useX}, n: 3, reg: r0, vvvv: r1, rm: r2, vex: fVXXX},
	fXXm:    {ops: [6]Operand{defXR1, useX}, n: 2, reg: r0, mem: MemMust, vex: fVXXm},
	fVXXm:   {ops: [6]Operand{defX, useX}, n: 2, reg: r0, vvvv: r1, mem: MemMust, vex: fVXXm},
	fXXMx0:  {ops: [6]Operand{defXR1, useX, useX | opOrMem, useX | inXMM0}, n: 4, reg: r0, rm: r2, mem: MemLoad, first: r3},
	fVXXMX:  {ops: [6]Operand{defX, useX, useX | opOrMem, useX}, n: 4, reg: r0, vvvv: r1, rm: r2, is4: r3, imm: immIs4, mem: MemLoad, vex: fVXXMX},
	fXM:     {ops: [6]Operand{defX, useX | opOrMem}, n: 2, reg: r0, rm: r1, mem: MemLoad, vex: fXM},
	fXMI:    {ops: [6]Operand{defX, useX | opOrMem}, n: 2, reg: r0, rm: r1, imm: imm8, mem: MemLoad, vex: fXMI},
	fXm:     {ops: [6]Operand{defX}, n: 1, reg: r0, mem: MemMust, vex: fXm},
	fmX:     {ops: [6]Operand{useX}, n: 1, reg: r0, mem: MemStore, vex: fmX, order: orderDR},
	fSXM:    {ops: [6]Operand{useX, useX | opOrMem}, n: 2, reg: r0, rm: r1, mem: MemLoad, vex: fSXM},
	fXXI:    {ops: [6]Operand{defXR1, useX}, n: 2, rm: r0, imm: imm8, vex: fVXXI},
	fVXXI:   {ops: [6]Operand{defX, useX}, n: 2, vvvv: r0, rm: r1, imm: imm8, vex: fVXXI},
	fXXR:    {ops: [6]Operand{defXR1, useX | opOptional, use | opOrMem}, n: 3, reg: r0, rm: r2, mem: MemLoad, vex: fVXXR},
	fVXXR:   {ops: [6]Operand{defX, useX | opOptional, use | opOrMem}, n: 3, reg: r0, vvvv: r1, rm: r2, mem: MemLoad, vex: fVXXR},
	fXXRI:   {ops: [6]Operand{defXR1, useX, use | opOrMem}, n: 3, reg: r0, rm: r2, imm: imm8, mem: MemLoad, vex: fVXXRI},
	fVXXRI:  {ops: [6]Operand{defX, useX, use | opOrMem}, n: 3, reg: r0, vvvv: r1, rm: r2, imm: imm8, mem: MemLoad, vex: fVXXRI},
	fXR:     {ops: [6]Operand{defX, use | opOrMem}, n: 2, reg: r0, rm: r1, mem: MemLoad, vex: fXR},
	fRX:     {ops: [6]Operand{def, useX}, n: 2, reg: r1, rm: r0, vex: fRX, order: orderDR},
	fRXM:    {ops: [6]Operand{def, useX | opOrMem}, n: 2, reg: r0, rm: r1, mem: MemLoad, vex: fRXM},
	fRX2:    {ops: [6]Operand{def, useX}, n: 2, reg: r0, rm: r1, vex: fRX2},
	fDXI:    {ops: [6]Operand{def | opDest, useX}, n: 2, reg: r1, rm: r0, imm: imm8, mem: DestStore, vex: fDXI, order: orderDR},
	fFMA:    {ops: [6]Operand{defXR1, useX, useX, useX | opOrMem}, n: 4, reg: r0, vvvv: r2, rm: r3, mem: MemLoad, vex: fFMA},
	fVMI:    {ops: [6]Operand{defX, useX | opOrMem}, n: 2, vvvv: r0, rm: r1, imm: imm8, mem: MemLoad, vex: fVMI},
	fFMAI:   {ops: [6]Operand{defXR1, useX, useX, useX | opOrMem}, n: 4, reg: r0, vvvv: r2, rm: r3, imm: imm8, mem: MemLoad},
	fRX2I:   {ops: [6]Operand{def, useX}, n: 2, reg: r0, rm: r1, imm: imm8, vex: fRX2I},
	fXX:     {ops: [6]Operand{defX, useX}, n: 2, reg: r0, rm: r1, vex: fXX},
}
