package x64

import (
	"davit/asm"
	"davit/asm/x64"
	"davit/vcode"
)

// A comparison of a register with zero falls away if the instruction before it computed that register: it has left the
// flags as the comparison would, all of them or those that the jump behind it looks at.

// resultFlags says how the flags that a row leaves compare to those of TEST of its result.
type resultFlags uint8

const (
	otherFlags resultFlags = iota
	zeroSign               // ZF and SF are the same
	allFlags               // CF and OF, too
)

var flagsOfRow = func() (rows [512]resultFlags) {
	for _, o := range []uint16{x64.AND, x64.ANDi, x64.OR, x64.ORi, x64.XOR, x64.XORi} {
		rows[o] = allFlags
	}
	for _, o := range []uint16{x64.ADD, x64.ADDi, x64.SUB, x64.SUBi, x64.ADC, x64.ADCi, x64.SBB, x64.SBBi, x64.NEG, x64.INC, x64.DEC,
		x64.SHLi, x64.SHRi, x64.SARi} {
		rows[o] = zeroSign
	}
	return rows
}()

// flagsOf returns what is known of the flags that in leaves if its result is in register r.
func flagsOf(in *asm.Inst, r asm.Reg) resultFlags {
	if in.R[0] != r {
		return otherFlags
	}
	switch in.Op {
	case pADD:
		if in.R[1] == r || in.R[2] == r { // else it becomes LEA
			return zeroSign
		}
		return otherFlags
	case pADDi:
		if in.R[1] == r && in.Imm != 0 {
			return zeroSign
		}
		return otherFlags
	case x64.SHLi, x64.SHRi, x64.SARi:
		if in.Imm&(int64(in.Size)*8-1) == 0 { // does not change the flags
			return otherFlags
		}
	}
	if int(in.Op) >= len(flagsOfRow) {
		return otherFlags
	}
	return flagsOfRow[in.Op]
}

// Redundant implements vcode.Target.
func (m *Machine) Redundant(e *vcode.Emitter, i int, in *asm.Inst) bool {
	if in.Mem != asm.MemNone || in.Op == x64.TEST && in.R[0] != in.R[1] || in.Op == x64.CMPi && in.Imm != 0 {
		return false
	}
	before, ok := e.Before(i, in.R[0])
	if !ok || before.Size != in.Size {
		return false
	}
	switch flagsOf(&before, in.R[0]) {
	case allFlags:
		return true
	case zeroSign:
		next := &e.F.Insts[i+1]
		switch next.CC {
		case x64.CCE, x64.CCNE, x64.CCS, x64.CCNS:
			return next.Op == x64.JCC
		}
	}
	return false
}
