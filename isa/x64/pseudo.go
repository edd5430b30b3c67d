package x64

import (
	"sync"

	"davit/asm"
	"davit/asm/x64"
	"davit/regalloc"
	"davit/vcode"
)

// Pseudo-instructions: what is one instruction to the register allocator and several, or one of several, in the end.
// Their opcodes lie in the group that the machine's own rows leave free.
const (
	pARGS      uint16 = 3<<9 + iota // defines the parameters in registers
	pRET                            // leaves the function
	pADD                            // R0 = R1 + R2: ADD or LEA
	pADDi                           // R0 = R1 + Imm: ADD, INC, DEC or LEA
	pCONST                          // R0 = Imm; may change flags
	pFZERO                          // R0 = 0.0
	pMOVL                           // R0 = low 32 bits of r/m R1, zero-extended
	pTRAP                           // traps
	pJTABLE                         // jumps to entry R2 of table Aux, or to block Imm if there is none; R0, R1 are scratch
	pSREM                           // R1 = remainder of R2 by R3, 0 for a divisor of -1; R0 is scratch
	pSYMBOL                         // R0 = address of symbol Aux plus Imm, as a constant
	pFSEL                           // R0 = R2 if CC, else R1, of class Float
	pTRAPNOT2                       // traps if neither of the two conditions of CC holds
	pTAILCALL                       // tears the frame down and jumps to symbol Aux
	pTAILCALLr                      // the same, to the address in tailCallee
	pTRYCALL                        // CALL, then on to the normal return
	pTRYCALLr                       // CALLr R0, then on to the normal return
	pTAGS                           // no code; debug tags Aux-1 hold here
	pRMW                            // R0 = memory; memory = R0 op R2, atomically; R1 is scratch; CC is the op.AtomicOp
	pRMW16                          // the same for 16 bytes: R1:R0, R3:R2; operands 4 and 5 are scratch
	pTLSGD                          // address of thread-local symbol Aux, by the general-dynamic model of ELF
	pTLSCALL                        // calls the function of a thread-local variable's descriptor (Mach-O)
	pSWITCH                         // switches stacks
	pMOVS                           // copies R2 words of 8 bytes from R1 to R0; the others are what becomes of the three
	pDIV128                         // divides rdx:rax by rdi:rsi; CC says how
	pCARRY                          // R0 = all ones if there is a carry, else zero
	pMULHI                          // R0 = high half of R1 * r/m R2, unsigned: MULX
	pROTL                           // R0 = R1 rotated left by Imm: ROL or, in another register, RORX
	pEnd
)

var (
	useAny  = vcode.RegDesc{Kind: regalloc.Use}
	useLate = vcode.RegDesc{Kind: regalloc.Use, Pos: regalloc.Late}
	useRM   = vcode.RegDesc{Kind: regalloc.Use, Constraint: regalloc.RegOrMem}
	defAny  = vcode.RegDesc{Kind: regalloc.Def, Pos: regalloc.Late}
	defTemp = vcode.RegDesc{Kind: regalloc.Def, Pos: regalloc.Early}
	defR1   = vcode.RegDesc{Kind: regalloc.Def, Pos: regalloc.Late, Constraint: regalloc.Reuse, Arg: 1}
)

func useIn(r asm.Reg) vcode.RegDesc {
	return vcode.RegDesc{Kind: regalloc.Use, Constraint: regalloc.Fixed, Arg: uint8(r)}
}

func defIn(r asm.Reg) vcode.RegDesc {
	return vcode.RegDesc{Kind: regalloc.Def, Pos: regalloc.Late, Constraint: regalloc.Fixed, Arg: uint8(r)}
}

// pseudo is a row of the table of pseudo-instructions.
type pseudo struct {
	name string
	desc vcode.Desc
	emit func(m *Machine, e *vcode.Emitter, in *asm.Inst)
}

func regOps(rs ...vcode.RegDesc) (d vcode.Desc) {
	d.N = uint8(len(rs))
	copy(d.Regs[:], rs)
	return d
}

// isPseudo reports whether o is a pseudo-instruction. Those of floats and vectors follow on pEnd; see pseudo_float.go.
func isPseudo(o uint16) bool { return o >= pARGS && o < pFloatEnd }

// pseudos returns the table, indexed by opcode - pARGS.
func pseudos() [pEnd - pARGS]pseudo {
	return [pEnd - pARGS]pseudo{
		0:                  {"args", vcode.Desc{List: true}, func(*Machine, *vcode.Emitter, *asm.Inst) {}},
		pRET - pARGS:       {"ret", vcode.Desc{List: true, Term: true, Return: true}, (*Machine).emitReturn},
		pADD - pARGS:       {"add", regOps(defAny, useAny, useAny), (*Machine).emitAdd},
		pADDi - pARGS:      {"add", regOps(defAny, useAny), (*Machine).emitAddImm},
		pCONST - pARGS:     {"const", regOps(defAny), (*Machine).emitConst},
		pFZERO - pARGS:     {"fzero", regOps(defAny), (*Machine).emitFloatZero},
		pMOVL - pARGS:      {"movl", reads(regOps(defAny, useRM)), (*Machine).emitMovl},
		pTRAP - pARGS:      {"trap", vcode.Desc{Term: true}, (*Machine).emitTrap},
		pJTABLE - pARGS:    {"jump_table", term(regOps(defTemp, defTemp, useAny)), (*Machine).emitJumpTable},
		pSREM - pARGS:      {"srem", regOps(defIn(x64.RAX), defIn(x64.RDX), useIn(x64.RAX), useLate), (*Machine).emitSrem},
		pSYMBOL - pARGS:    {"movabsq", regOps(defAny), (*Machine).emitSymbol},
		pFSEL - pARGS:      {"fselect", regOps(defR1, useAny, useLate), (*Machine).emitFloatSelect},
		pTRAPNOT2 - pARGS:  {"trap_neither", vcode.Desc{}, (*Machine).emitTrapNeither},
		pTAILCALL - pARGS:  {"tail_call", vcode.Desc{List: true, Term: true, Return: true}, (*Machine).emitTailCall},
		pTAILCALLr - pARGS: {"tail_call", vcode.Desc{List: true, Term: true, Return: true}, (*Machine).emitTailCall},
		pTRYCALL - pARGS:   {"try_call", vcode.Desc{List: true, Term: true, Call: true}, (*Machine).emitTryCall},
		pRMW - pARGS:       {"atomic_rmw", rmwDesc(), (*Machine).emitRMW},
		pRMW16 - pARGS:     {"atomic_rmw16", rmw16Desc(), (*Machine).emitRMW16},
		pTLSGD - pARGS:     {"tls_gd", vcode.Desc{List: true}, (*Machine).emitTLSGD},
		pTLSCALL - pARGS:   {"tls_call", vcode.Desc{List: true}, (*Machine).emitTLSCall},
		pSWITCH - pARGS:    {"stack_switch", vcode.Desc{List: true, Call: true}, (*Machine).emitSwitch},
		pMOVS - pARGS:      {"rep_movsq", movsDesc(), (*Machine).emitMovs},
		pTAGS - pARGS:      {"sequence_point", vcode.Desc{}, (*Machine).emitTags},
		pDIV128 - pARGS:    {"div128", vcode.Desc{List: true}, (*Machine).emitDiv128},
		pTRYCALLr - pARGS:  {"try_call", tryCallr(), (*Machine).emitTryCall},
		pCARRY - pARGS:     {"carry", regOps(defAny), (*Machine).emitCarry},
		pMULHI - pARGS:     {"mulhi", reads(regOps(defAny, useIn(x64.RDX), useRM)), (*Machine).emitMulHigh},
		pROTL - pARGS:      {"rotl", regOps(defAny, useAny), (*Machine).emitRotate},
	}
}

func tryCallr() vcode.Desc {
	d := term(regOps(useAny))
	d.List, d.Call = true, true
	return d
}

func movsDesc() vcode.Desc {
	d := regOps(useIn(x64.RDI), useIn(x64.RSI), useIn(x64.RCX), defIn(x64.RDI), defIn(x64.RSI), defIn(x64.RCX))
	d.Pointers = 1<<0 | 1<<1
	return d
}

func reads(d vcode.Desc) vcode.Desc {
	d.Mem = vcode.MemReads
	return d
}

func term(d vcode.Desc) vcode.Desc {
	d.Term = true
	return d
}

// tables holds what is the same for all machines of this ISA.
type tables struct {
	descs   []vcode.Desc
	pseudos []pseudo // of all files, by opcode - pARGS
}

// theTables derives the instruction descriptions from the rows of asm/x64.
var theTables = sync.OnceValue(func() *tables {
	t := &tables{descs: make([]vcode.Desc, vcode.NumDescs)}
	ints, floats := pseudos(), floatPseudos()
	t.pseudos = append(append(t.pseudos, ints[:]...), floats[:]...)
	for i := range t.descs {
		o := uint16(i&0x7ff | i>>11<<15)
		if x64.Lookup(o) != nil {
			t.descs[i] = rowDesc(o)
		}
	}
	for _, o := range []uint16{x64.CALL, x64.CALLr} {
		d := &t.descs[vcode.DescIndex(o)]
		d.List, d.Call = true, true
	}
	for _, o := range []uint16{x64.TEST, x64.CMPi} {
		t.descs[vcode.DescIndex(o)].MayDrop = true
	}
	for _, o := range []uint16{x64.JMP, x64.JCC, x64.JCC2} {
		t.descs[vcode.DescIndex(o)].Term = true
	}
	for i, p := range t.pseudos {
		t.descs[vcode.DescIndex(pARGS+uint16(i))] = p.desc
	}
	return t
})

// rowDesc translates the operands of a row.
func rowDesc(o uint16) vcode.Desc {
	var d vcode.Desc
	ops := x64.Operands(o)
	d.N = uint8(len(ops))
	for i, x := range ops {
		r := &d.Regs[i]
		if x.IsDef() {
			r.Kind, r.Pos = regalloc.Def, regalloc.Late
		}
		if x.OrMem() {
			r.Constraint = regalloc.RegOrMem
		}
		if k, ok := x.Reuse(); ok {
			r.Constraint, r.Arg = regalloc.Reuse, uint8(k)
		}
		if p, ok := x.Fixed(); ok {
			r.Constraint, r.Arg = regalloc.Fixed, uint8(p)
		}
	}
	d.Move = x64.AttrOf(o)&x64.Moves != 0
	d.MemBytes = x64.MemBytes(o, 0)
	mem := x64.MemOf(o)
	if mem.Reads() {
		d.Mem |= vcode.MemReads
	}
	if mem.Writes() {
		d.Mem |= vcode.MemWrites
	}
	return d
}
