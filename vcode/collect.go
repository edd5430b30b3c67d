package vcode

import (
	"davit/asm"
	"davit/regalloc"
)

// Collect describes vf to the register allocator. The memory of rf is reused.
//
// The operands of an instruction are, in this order: its register operands that are virtual, base and index of its
// memory operand, then the uses and definitions of its List. Emission walks them in the same order.
func Collect(vf *Func, descs []Desc, rf *regalloc.Func) {
	rf.NumVRegs = vf.NumVRegs()
	rf.Class, rf.SlotSize, rf.Remat = vf.Class, vf.Units, nil
	n := len(vf.Insts)
	rf.OperandStart, rf.Operands, rf.Flags = emptied(rf.OperandStart, n+1), emptied(rf.Operands, 2*n), emptied(rf.Flags, n)
	rf.ClobberInsts, rf.Clobbers = rf.ClobberInsts[:0], rf.Clobbers[:0]
	for i := range vf.Insts {
		in := &vf.Insts[i]
		d := &descs[DescIndex(in.Op)]
		rf.OperandStart = append(rf.OperandStart, uint32(len(rf.Operands)))
		collectFields(vf, in, d, rf)
		if d.List {
			l := &vf.Lists[in.Imm]
			collectList(vf, l, rf)
			if !l.Clobbers.Empty() {
				rf.ClobberInsts = append(rf.ClobberInsts, uint32(i))
				rf.Clobbers = append(rf.Clobbers, l.Clobbers)
			}
		}
		rf.Flags = append(rf.Flags, flagsOf(in, d))
	}
	rf.OperandStart = append(rf.OperandStart, uint32(len(rf.Operands)))
	collectBlocks(vf, rf)
}

func flagsOf(in *asm.Inst, d *Desc) regalloc.InstFlags {
	var fl regalloc.InstFlags
	if d.Move && in.Mem == asm.MemNone && in.R[0].IsVirtual() && in.R[1].IsVirtual() {
		fl |= regalloc.IsMove
	}
	if d.Term {
		fl |= regalloc.IsTerminator
	}
	if d.Return {
		fl |= regalloc.IsReturn
	}
	return fl
}

func collectFields(vf *Func, in *asm.Inst, d *Desc, rf *regalloc.Func) {
	var at [6]uint8 // index among the allocator's operands of each register operand
	n := uint8(0)
	for k := range int(d.N) {
		at[k] = n
		if in.Reg(k).IsVirtual() {
			n++
		}
	}
	for k := range int(d.N) {
		r := in.Reg(k)
		if !r.IsVirtual() {
			continue
		}
		rd := &d.Regs[k]
		o := regalloc.Operand{VReg: uint32(r.VIndex()), Kind: rd.Kind, Pos: rd.Pos, Constraint: rd.Constraint, Arg: rd.Arg}
		switch o.Constraint {
		case regalloc.Reuse:
			o.Arg = at[rd.Arg]
			if !in.Reg(int(rd.Arg)).IsVirtual() {
				o.Constraint, o.Arg = regalloc.AnyReg, 0 // the shared operand is optional, and absent
			}
		case regalloc.RegOrMem:
			if in.Mem != asm.MemNone || max(in.Size, d.MemBytes) > vf.Width[r.VIndex()] {
				o.Constraint = regalloc.AnyReg // a spill slot holds no more than the width
			}
		}
		rf.Operands = append(rf.Operands, o)
	}
	if in.Mem == asm.MemNone {
		return
	}
	pos := regalloc.Early
	if d.Early {
		pos = regalloc.Late
	}
	for _, r := range [2]asm.Reg{in.Base, in.Index} {
		if r.IsVirtual() {
			rf.Operands = append(rf.Operands, regalloc.Operand{VReg: uint32(r.VIndex()), Kind: regalloc.Use, Pos: pos})
		}
	}
}

func collectList(vf *Func, l *List, rf *regalloc.Func) {
	for _, p := range vf.Uses(l) {
		o := regalloc.Operand{VReg: uint32(p.V.VIndex()), Kind: regalloc.Use, Constraint: regalloc.Fixed, Arg: uint8(p.P)}
		if p.P == asm.NoReg {
			o.Constraint = regalloc.AnyReg
		}
		rf.Operands = append(rf.Operands, o)
	}
	for _, p := range vf.Defs(l) {
		o := regalloc.Operand{VReg: uint32(p.V.VIndex()), Kind: regalloc.Def, Pos: regalloc.Late, Constraint: regalloc.Fixed, Arg: uint8(p.P)}
		if p.P == asm.NoReg {
			o.Constraint = regalloc.RegOrMem
		}
		rf.Operands = append(rf.Operands, o)
	}
}

func collectBlocks(vf *Func, rf *regalloc.Func) {
	n := len(vf.Blocks) + 1
	rf.BlockStart, rf.SuccStart, rf.PredStart = emptied(rf.BlockStart, n), emptied(rf.SuccStart, n), emptied(rf.PredStart, n)
	rf.ParamStart, rf.ArgStart = emptied(rf.ParamStart, n), emptied(rf.ArgStart, len(vf.Succs)+1)
	rf.Params, rf.Args, rf.Freq = emptied(rf.Params, len(vf.Params)), emptied(rf.Args, len(vf.Args)), emptied(rf.Freq, n)
	rf.Succs, rf.Preds = vf.Succs, vf.Preds
	for i := range vf.Blocks {
		b := &vf.Blocks[i]
		rf.BlockStart = append(rf.BlockStart, b.Start)
		rf.SuccStart = append(rf.SuccStart, b.SuccStart)
		rf.PredStart = append(rf.PredStart, b.PredStart)
		rf.ParamStart = append(rf.ParamStart, uint32(len(rf.Params)))
		for _, r := range vf.Params[b.ParamStart:b.ParamEnd] {
			rf.Params = append(rf.Params, uint32(r.VIndex()))
		}
		for range b.SuccEnd - b.SuccStart {
			rf.ArgStart = append(rf.ArgStart, uint32(len(rf.Args)))
			for _, r := range vf.Args[b.ArgStart:b.ArgEnd] {
				rf.Args = append(rf.Args, uint32(r.VIndex()))
			}
		}
		rf.Freq = append(rf.Freq, b.Freq)
	}
	rf.BlockStart = append(rf.BlockStart, uint32(len(vf.Insts)))
	rf.SuccStart = append(rf.SuccStart, uint32(len(vf.Succs)))
	rf.PredStart = append(rf.PredStart, uint32(len(vf.Preds)))
	rf.ParamStart = append(rf.ParamStart, uint32(len(rf.Params)))
	rf.ArgStart = append(rf.ArgStart, uint32(len(rf.Args)))
}
