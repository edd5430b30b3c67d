// Package toy is a small back end written with rules: the end-to-end test of rulec, and an example to copy from. It
// lowers a block of CLIF to lines of text for an imaginary machine.
package toy

import (
	"fmt"

	"davit/internal/rulec/rule"
	"davit/ir"
	"davit/ir/op"
)

//go:generate go run davit/internal/rulec/cmd/rulec

// reg is a register of the machine: it prints as r7.
type reg int

// operand is a register, an immediate or a memory operand, ready to print.
type operand string

// lowerer lowers one block, from its last instruction to its first.
type lowerer struct {
	f       *ir.Func
	trace   *rule.Trace
	hasFMA  bool
	regs    []reg // by value; 0: none yet
	sunk    map[ir.Inst]bool
	nextReg reg
	lines   []string // of the current instruction
}

// Lower lowers the instructions of a block and returns its lines. Instructions without rules are an error.
func Lower(f *ir.Func, insts []ir.Inst, hasFMA bool, trace *rule.Trace) ([]string, error) {
	l := &lowerer{f: f, trace: trace, hasFMA: hasFMA, regs: make([]reg, f.NumValues()), sunk: map[ir.Inst]bool{}}
	var out []string
	for i := len(insts) - 1; i >= 0; i-- {
		inst := insts[i]
		if l.sunk[inst] {
			continue
		}
		l.lines = l.lines[:0]
		opcode := f.Data(inst).Op
		if fn := lowerTable[opcode]; fn == nil || !fn(l, inst) {
			return nil, fmt.Errorf("%v: no rule for %v", inst, opcode)
		}
		out = append(append([]string(nil), l.lines...), out...)
	}
	return out, nil
}

func (l *lowerer) newReg() reg {
	l.nextReg++
	return l.nextReg
}

// reg returns the register of v.
func (l *lowerer) reg(v ir.Value) reg {
	if l.regs[v] == 0 {
		l.regs[v] = l.newReg()
	}
	return l.regs[v]
}

func (l *lowerer) regOperand(r reg) operand { return operand(fmt.Sprintf("r%d", r)) }

func (l *lowerer) valueOperand(v ir.Value) operand { return l.regOperand(l.reg(v)) }

// setResults moves rs to the registers of the results of inst.
func (l *lowerer) setResults(inst ir.Inst, rs ...reg) {
	for i, v := range l.f.Results(inst) {
		if l.regs[v] != 0 {
			l.lines = append(l.lines, fmt.Sprintf("mov r%d, r%d", l.regs[v], rs[i]))
		} else {
			l.regs[v] = rs[i]
		}
	}
}

func (l *lowerer) def(v ir.Value) (ir.Inst, bool) {
	inst, n, ok := l.f.DefInst(v)
	return inst, ok && n == 0
}

// Predicates and extractors.

func (l *lowerer) fits64(t op.Type) bool { return t.IsInt() && t.Bits() <= 64 }

func (l *lowerer) isFMA() bool { return l.hasFMA }

func (l *lowerer) simm8(v ir.Value) (int8, bool) {
	inst, ok := l.def(v)
	if !ok || l.f.Data(inst).Op != op.Iconst {
		return 0, false
	}
	k := l.f.Data(inst).IconstInt()
	return int8(k), k == int64(int8(k))
}

// sinkable is the load that defines v, if it may be merged into its user.
func (l *lowerer) sinkable(v ir.Value) (ir.Inst, bool) {
	inst, ok := l.def(v)
	return inst, ok && l.f.Data(inst).Op == op.Load && !l.sunk[inst]
}

// width returns the width of t in bits.
//
//rulec:pure
func (l *lowerer) width(t op.Type) int { return t.Bits() }

// Constructors.

func (l *lowerer) emit(mnemonic string, a, b operand) reg {
	r := l.newReg()
	if b == "" {
		l.lines = append(l.lines, fmt.Sprintf("r%d = %s %s", r, mnemonic, a))
	} else {
		l.lines = append(l.lines, fmt.Sprintf("r%d = %s %s, %s", r, mnemonic, a, b))
	}
	return r
}

func (l *lowerer) imm(k int64) operand { return operand(fmt.Sprintf("#%d", k)) }

func (l *lowerer) ADD(t op.Type, x, y operand) reg { return l.emit("add."+t.String(), x, y) }
func (l *lowerer) SUB(t op.Type, x, y operand) reg { return l.emit("sub."+t.String(), x, y) }
func (l *lowerer) AND(t op.Type, x, y operand) reg { return l.emit("and."+t.String(), x, y) }
func (l *lowerer) SHL(t op.Type, x, y operand) reg { return l.emit("shl."+t.String(), x, y) }
func (l *lowerer) MOV(k operand) reg               { return l.emit("mov", k, "") }
func (l *lowerer) NEG(x operand) reg               { return l.emit("neg", x, "") }

func (l *lowerer) MADD(x, y, z operand) reg { return l.emit("madd", x, y+", "+z) }

func (l *lowerer) CMP(x, y operand) {
	l.lines = append(l.lines, fmt.Sprintf("cmp %s, %s", x, y))
}

func (l *lowerer) SET(cc op.IntCC) reg { return l.emit("set."+cc.String(), "flags", "") }

// MUL2 returns the low and the high half of a product.
func (l *lowerer) MUL2(t op.Type, x, y operand) (lo, hi reg) {
	return l.emit("mullo."+t.String(), x, y), l.emit("mulhi."+t.String(), x, y)
}

// sink notes that load inst is merged and returns its operand.
func (l *lowerer) sink(inst ir.Inst, p ir.Value, off int32) operand {
	l.sunk[inst] = true
	return operand(fmt.Sprintf("[r%d%+d]", l.reg(p), off))
}

func (l *lowerer) store(x reg, p reg, off int32) {
	l.lines = append(l.lines, fmt.Sprintf("store r%d, [r%d%+d]", x, p, off))
}
