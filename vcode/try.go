package vcode

import (
	"davit/asm"
	"davit/ir"
	"davit/ir/op"
)

// TryRegs are the registers that the edges of a try_call take its results and the payloads of an exception from. The
// blocks on the edges are lowered before the try_call itself, which then defines them.
type TryRegs struct {
	Ret [][2]asm.Reg // per result: its register, and for an i128 the one of its high half; NoReg if no edge wants it
	Exn []asm.Reg    // per payload
}

// TryRegs returns the registers that the edges of the try_call inst want.
func (l *Lowerer) TryRegs(inst ir.Inst) *TryRegs {
	t := l.tries[inst]
	if t == nil {
		t = &TryRegs{}
		if l.tries == nil {
			l.tries = map[ir.Inst]*TryRegs{}
		}
		l.tries[inst] = t
	}
	return t
}

// appendPlaceholder appends the registers of a retN or exnN argument of the edge block being lowered.
func (l *Lowerer) appendPlaceholder(dst []asm.Reg, a ir.BlockArg) []asm.Reg {
	inst := l.F.LastInst(l.order.order[l.block].b)
	t := l.TryRegs(inst)
	if n, ok := a.Exn(); ok {
		for len(t.Exn) <= n {
			t.Exn = append(t.Exn, asm.NoReg)
		}
		if t.Exn[n] == asm.NoReg {
			t.Exn[n] = l.newVReg(asm.Int, 8)
		}
		return append(dst, t.Exn[n])
	}
	n, _ := a.Ret()
	for len(t.Ret) <= n {
		t.Ret = append(t.Ret, [2]asm.Reg{})
	}
	typ := l.F.Sigs[l.F.CallSig(inst)].Returns[n].Type
	halves := 1
	if typ == op.I128 {
		halves = 2
	}
	loaded := l.T.TryResult(l, inst, n)
	for half := range halves {
		r := loaded[half]
		if r == asm.NoReg {
			if t.Ret[n][half] == asm.NoReg {
				t.Ret[n][half] = l.NewReg(typ)
			}
			r = t.Ret[n][half]
		}
		dst = append(dst, r)
	}
	return dst
}
