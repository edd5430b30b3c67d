package regalloc

import (
	"fmt"
	"strconv"
	"strings"

	"davit/asm"
)

// Text prints f, one instruction per line, and with r also the places of operands (behind "=") and the edits, each at its
// point. It is meant for debugging and tests; r may be nil.
//
// An operand is "use" or "def" with ".early" or ".late" if that is not usual for its kind, the virtual register, its class
// and size at the definition (":f", ":i2", ":f2"; nothing for an integer register of one unit), and the constraint: "@r1"
// fixed, "?" register or memory, "~0" reuse of operand 0.
func (f *Func) Text(env *Env, r *Result) string {
	p := &printer{f: f, env: env, r: r}
	k := 0
	for b := range f.NumBlocks() {
		p.header(b)
		for i := f.BlockStart[b]; i < f.BlockStart[b+1]; i++ {
			p.edits(Before(int(i)))
			var clobbers RegSet
			for k < len(f.ClobberInsts) && f.ClobberInsts[k] <= i {
				if f.ClobberInsts[k] == i {
					clobbers = f.Clobbers[k]
				}
				k++
			}
			p.inst(b, i, clobbers)
			p.edits(After(int(i)))
		}
	}
	if r != nil {
		fmt.Fprintf(&p.out, "slots %d\n", r.NumSlots)
	}
	return p.out.String()
}

type printer struct {
	f   *Func
	env *Env
	r   *Result
	at  int // next edit
	out strings.Builder
}

func (p *printer) header(b int) {
	f := p.f
	fmt.Fprintf(&p.out, "block%d", b)
	if params := f.Params[f.ParamStart[b]:f.ParamStart[b+1]]; len(params) > 0 {
		p.out.WriteString("(")
		for k, v := range params {
			if k > 0 {
				p.out.WriteString(", ")
			}
			p.vreg(v, true)
		}
		p.out.WriteString(")")
	}
	p.out.WriteString(":")
	if f.Freq != nil && f.Freq[b] != 1 {
		p.out.WriteString(" freq " + strconv.FormatFloat(float64(f.Freq[b]), 'g', -1, 32))
	}
	p.out.WriteString("\n")
}

func (p *printer) vreg(v uint32, kind bool) {
	p.out.WriteString("v" + strconv.Itoa(int(v)))
	if !kind {
		return
	}
	s := ""
	if p.f.Class[v] == asm.Float {
		s = ":f"
	}
	if n := p.f.SlotSize[v]; n > 1 {
		if s == "" {
			s = ":i"
		}
		s += strconv.Itoa(int(n))
	}
	p.out.WriteString(s)
}

func (p *printer) edits(at Point) {
	if p.r == nil {
		return
	}
	for p.at < len(p.r.Edits) && p.r.Edits[p.at].Point <= at {
		e := &p.r.Edits[p.at]
		fmt.Fprintf(&p.out, "      v%d: %s -> %s\n", e.VReg, p.place(e.From), p.place(e.To))
		p.at++
	}
}

func (p *printer) place(a Alloc) string {
	switch {
	case a.IsReg():
		return p.env.Name(a.Reg())
	case a.IsSlot():
		return "slot" + strconv.Itoa(a.Slot())
	case a.IsRemat():
		return "remat v" + strconv.Itoa(int(a.RematVReg()))
	}
	return "none"
}

// opcode names instruction i of block b by its flags.
func (p *printer) opcode(b int, i uint32, clobbers RegSet) string {
	f := p.f
	lo, hi := f.OperandStart[i], f.OperandStart[i+1]
	switch flags := f.Flags[i]; {
	case flags&IsReturn != 0:
		return "ret"
	case flags&IsTerminator != 0 && f.SuccStart[b+1]-f.SuccStart[b] == 1 && lo == hi && clobbers.Empty():
		return "jump"
	case flags&IsTerminator != 0:
		return "branch"
	case flags&IsMove != 0:
		return "move"
	case f.Remat != nil && hi > lo && f.Operands[lo].Kind == Def && f.Remat[f.Operands[lo].VReg] == i+1:
		return "remat"
	case !clobbers.Empty():
		return "call"
	}
	return "op"
}

func (p *printer) inst(b int, i uint32, clobbers RegSet) {
	f := p.f
	sep := " "
	next := func() {
		p.out.WriteString(sep)
		sep = ", "
	}
	p.out.WriteString("  " + p.opcode(b, i, clobbers))
	for o := f.OperandStart[i]; o < f.OperandStart[i+1]; o++ {
		next()
		p.operand(o)
	}
	if !clobbers.Empty() {
		next()
		p.out.WriteString("clobber")
		for r := range asm.Reg(128) {
			if clobbers.Has(r) {
				p.out.WriteString(" " + p.env.Name(r))
			}
		}
	}
	if f.Flags[i]&IsTerminator != 0 {
		for e := f.SuccStart[b]; e < f.SuccStart[b+1]; e++ {
			next()
			fmt.Fprintf(&p.out, "block%d", f.Succs[e])
			for k, v := range f.Args[f.ArgStart[e]:f.ArgStart[e+1]] {
				p.out.WriteString([2]string{", ", "("}[b2i(k == 0)])
				p.vreg(v, false)
			}
			if f.ArgStart[e] < f.ArgStart[e+1] {
				p.out.WriteString(")")
			}
		}
	}
	p.out.WriteString("\n")
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (p *printer) operand(o uint32) {
	op := &p.f.Operands[o]
	if op.Kind == Use {
		p.out.WriteString("use" + [2]string{"", ".late"}[b2i(op.Pos == Late)] + " ")
	} else {
		p.out.WriteString("def" + [2]string{"", ".early"}[b2i(op.Pos == Early)] + " ")
	}
	p.vreg(op.VReg, op.Kind == Def)
	switch op.Constraint {
	case Fixed:
		p.out.WriteString("@" + p.env.Name(asm.Reg(op.Arg)))
	case RegOrMem:
		p.out.WriteString("?")
	case Reuse:
		p.out.WriteString("~" + strconv.Itoa(int(op.Arg)))
	}
	if p.r != nil {
		p.out.WriteString("=" + p.place(p.r.Allocs[o]))
	}
}
