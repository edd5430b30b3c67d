package vcode

import (
	"davit/asm"
	"davit/ir"
	"davit/ir/op"
)

// NewReg returns a new virtual register for a value of type t (for an i128: one of its halves).
func (l *Lowerer) NewReg(t op.Type) asm.Reg {
	class, width := classOf(t)
	return l.newVReg(class, width)
}

func (l *Lowerer) newVReg(class asm.RegClass, width uint8) asm.Reg {
	vf := l.VF
	vf.Class = append(vf.Class, class)
	vf.Width = append(vf.Width, width)
	l.alias = append(l.alias, asm.NoReg)
	return asm.VReg(len(vf.Class) - 1)
}

// Widen says that r is read as 8 bytes although its value has fewer; the upper ones are zero.
func (l *Lowerer) Widen(r asm.Reg) { l.VF.Width[r.VIndex()] = max(8, l.VF.Width[r.VIndex()]) }

// Narrow says that the upper half of r is zero, whatever value r stands for, so that it is spilled as 4 bytes.
func (l *Lowerer) Narrow(r asm.Reg) { l.narrow = append(l.narrow, r) }

// resolve follows aliases to the register that r stands for, and shortens the chain.
func (l *Lowerer) resolve(r asm.Reg) asm.Reg {
	if !r.IsVirtual() || l.alias[r.VIndex()] == asm.NoReg {
		return r
	}
	end := r
	for l.alias[end.VIndex()] != asm.NoReg {
		end = l.alias[end.VIndex()]
		if !end.IsVirtual() {
			break
		}
	}
	for r != end {
		next := l.alias[r.VIndex()]
		l.alias[r.VIndex()] = end
		r = next
	}
	return end
}

// own returns the register of v itself, made on first request.
func (l *Lowerer) own(v ir.Value) asm.Reg {
	if l.valReg[v] == asm.NoReg {
		l.valReg[v] = l.NewReg(l.F.ValueType(v))
	}
	return l.valReg[v]
}

func (l *Lowerer) ownHi(v ir.Value) asm.Reg {
	if len(l.valHi) == 0 {
		l.valHi = zeroed(l.valHi, l.F.NumValues())
	}
	if l.valHi[v] == asm.NoReg {
		l.valHi[v] = l.newVReg(asm.Int, 8)
	}
	return l.valHi[v]
}

// Reg returns a register that holds v; for an i128, its low half.
func (l *Lowerer) Reg(v ir.Value) asm.Reg {
	v = l.F.Resolve(v)
	if inst, _, ok := l.F.DefInst(v); ok && l.valReg[v] == asm.NoReg {
		if r, ok := l.T.Remat(l, inst); ok {
			return r
		}
	}
	return l.own(v)
}

// RegHi returns a register that holds the high half of the i128 v.
func (l *Lowerer) RegHi(v ir.Value) asm.Reg { return l.ownHi(l.F.Resolve(v)) }

// Emit appends a machine instruction.
func (l *Lowerer) Emit(in asm.Inst) { l.cur = append(l.cur, in) }

// EmitFirst appends a machine instruction to those that come before all others of the CLIF instruction being lowered.
func (l *Lowerer) EmitFirst(in asm.Inst) { l.pre = append(l.pre, in) }

// SetResults says which registers hold the results of inst; an i128 takes two, low half first. Registers left over,
// and results that nobody wants, do no harm.
func (l *Lowerer) SetResults(inst ir.Inst, regs ...asm.Reg) {
	for _, v := range l.F.Results(inst) {
		if len(regs) == 0 {
			return
		}
		l.setReg(l.valReg[v], regs[0])
		regs = regs[1:]
		if l.F.ValueType(v) == op.I128 && len(regs) > 0 {
			if len(l.valHi) > 0 {
				l.setReg(l.valHi[v], regs[0])
			}
			regs = regs[1:]
		}
	}
}

func (l *Lowerer) setReg(want, have asm.Reg) {
	if want == asm.NoReg || have == asm.NoReg || want == have {
		return
	}
	l.alias[want.VIndex()] = have
}

// Same makes a and b one register: whoever wants a gets b.
func (l *Lowerer) Same(a, b asm.Reg) { l.setReg(l.resolve(a), l.resolve(b)) }

// wanted reports whether somebody asked for a result of inst.
func (l *Lowerer) wanted(inst ir.Inst) bool {
	for _, v := range l.F.Results(inst) {
		if l.valReg[v] != asm.NoReg || len(l.valHi) > 0 && l.valHi[v] != asm.NoReg {
			return true
		}
	}
	return false
}

// Wanted reports whether somebody asked for value v (not resolved).
func (l *Lowerer) Wanted(v ir.Value) bool {
	return l.valReg[v] != asm.NoReg || len(l.valHi) > 0 && l.valHi[v] != asm.NoReg
}

// Def returns the instruction of which v is the first result.
func (l *Lowerer) Def(v ir.Value) (ir.Inst, bool) {
	inst, num, ok := l.F.DefInst(l.F.Resolve(v))
	return inst, ok && num == 0
}

// UsedOnce reports whether v has a single use, by an instruction that is itself done once.
func (l *Lowerer) UsedOnce(v ir.Value) bool { return l.uses[l.F.Resolve(v)] == usedOnce }

// CanSink reports whether the load that defines v may be merged into the instruction being lowered.
func (l *Lowerer) CanSink(v ir.Value) (ir.Inst, bool) {
	v = l.F.Resolve(v)
	inst, num, ok := l.F.DefInst(v)
	if !ok || num != 0 || l.valReg[v] != asm.NoReg || l.sunk[inst] {
		return ir.NoInst, false
	}
	if c := l.uses[v]; c != usedOnce && (c != usedByMany || !l.isArg(v)) {
		return ir.NoInst, false
	}
	o := l.F.Data(inst).Op
	if !o.Has(op.CanLoad) || o.Has(op.IsCall|op.CanStore|op.SideEffects) {
		return ir.NoInst, false
	}
	c := l.color[inst]
	if c.effect == 0 {
		return inst, c.memory == l.scan.memory
	}
	return inst, c.effect+1 == l.scan.effect
}

// isArg reports whether v is an argument of the instruction being lowered itself.
func (l *Lowerer) isArg(v ir.Value) bool {
	for _, a := range l.F.Args(l.inst) {
		if l.F.Resolve(a) == v {
			return true
		}
	}
	return false
}

// Sink merges the load inst into the instruction being lowered, which must do its work. CanSink must hold.
func (l *Lowerer) Sink(inst ir.Inst) {
	l.sunk[inst] = true
	if c := l.color[inst]; c.effect != 0 {
		l.scan.effect = c.effect
	}
}

// CanAbsorb reports whether the instruction being lowered, which uses the result v of inst, may do the work of inst as well:
// inst comes right before it, so that nobody in between uses a result, has no effect, and no other result is an operand.
// Sink then takes it over, and SetResults gives its results.
func (l *Lowerer) CanAbsorb(inst ir.Inst, v ir.Value) bool {
	if l.F.NextInst(inst) != l.inst || l.sunk[inst] || l.hasEffect(inst) {
		return false
	}
	for _, r := range l.F.Results(inst) {
		if r != v && l.isArg(r) {
			return false
		}
	}
	return true
}

// EdgeArgs calls fn for every argument of an edge from a reachable block, with the parameter that it is passed to.
func (l *Lowerer) EdgeArgs(fn func(param ir.Value, arg ir.BlockArg)) {
	f := l.F
	for _, nd := range l.order.order {
		if nd.edge >= 0 {
			continue
		}
		for _, c := range l.order.succsOf(nd.b) {
			for i, p := range f.Params(f.CallBlock(c)) {
				fn(p, f.CallArg(c, i))
			}
		}
	}
}

// List adds an operand list and returns its index, for Inst.Imm.
func (l *Lowerer) List(uses, defs []RegPair, li List) int64 {
	vf := l.VF
	li.Start, li.NUses, li.NDefs = uint32(len(vf.Pairs)), uint32(len(uses)), uint32(len(defs))
	vf.Pairs = append(append(vf.Pairs, uses...), defs...)
	vf.Lists = append(vf.Lists, li)
	return int64(len(vf.Lists) - 1)
}

// Symbol returns the index of an external symbol, adding it when new.
func (l *Lowerer) Symbol(s asm.Symbol) uint32 {
	const few = 16 // so many are searched one by one
	syms := l.VF.Symbols
	for i := range syms[:min(len(syms), few)] {
		if syms[i] == s {
			return uint32(i)
		}
	}
	if len(syms) >= few {
		if len(syms) == few && len(l.symbols) > 0 || l.symbols == nil {
			l.symbols = map[asm.Symbol]uint32{}
		}
		if i, ok := l.symbols[s]; ok {
			return i
		}
		l.symbols[s] = uint32(len(syms))
	}
	l.VF.Symbols = append(syms, s)
	return uint32(len(syms))
}

// Const returns the index of a constant in the constant pool.
func (l *Lowerer) Const(data []byte) uint32 {
	l.VF.Consts = append(l.VF.Consts, data)
	return uint32(len(l.VF.Consts) - 1)
}

// SlotOffset returns the offset in bytes of a stack slot from the start of the slot area.
func (l *Lowerer) SlotOffset(s ir.StackSlot) uint32 { return l.VF.SlotOffsets[s] }

// IsLowered reports whether a CLIF block is reachable.
func (l *Lowerer) IsLowered(b ir.Block) bool { return l.order.lowered[b] != noBlock }

// BlockOf returns the number of a CLIF block, which must be reachable.
func (l *Lowerer) BlockOf(b ir.Block) uint32 { return l.order.lowered[b] }

// ValueRegs says, after Lower, which virtual register holds each value: low and, for upper halves of i128 values, high have
// a register per value, NoReg where none holds it (aliases have none), and alias has the register that stands for each
// of these, by index, or NoReg if that is the register itself. high is empty if there are no upper halves.
func (l *Lowerer) ValueRegs() (low, high, alias []asm.Reg) { return l.valReg, l.valHi, l.alias }
