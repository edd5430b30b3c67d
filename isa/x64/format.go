package x64

import (
	"fmt"
	"strconv"

	"davit/asm"
	"davit/asm/x64"
	"davit/ir/op"
	"davit/vcode"
)

// Format implements vcode.Target.
func (m *Machine) Format(dst []byte, f *vcode.Func, e *vcode.Emitter, in *asm.Inst) []byte {
	p := x64.Printer{
		Label:  func(l asm.Label) string { return labelName(e, l) },
		Symbol: func(s uint32) string { return f.Symbols[s].Name },
		Trap:   func(c uint8) string { return op.TrapCode(c).String() },
	}
	if e != nil {
		p.Frame = &m.fr.Frame
	}
	if in.Op == pMOVS && e != nil { // its registers are part of the instruction
		return append(dst, "rep movsq"...)
	}
	if isPseudo(in.Op) {
		dst = m.formatPseudo(dst, f, in)
	} else {
		if in.Mem == asm.MemLabel && in.Aux&constLabel != 0 {
			p.Label = func(asm.Label) string { return "const" + strconv.Itoa(int(in.Aux&^constLabel)) }
		}
		dst = p.Append(dst, in)
	}
	if m.tab.descs[vcode.DescIndex(in.Op)].List && e == nil {
		dst = formatList(dst, f, &f.Lists[in.Imm])
	}
	if in.Trap != 0 {
		dst = append(append(dst, " ; trap: "...), op.TrapCode(in.Trap).String()...)
	}
	return dst
}

// labelName names blocks before emission, and gives offsets afterwards.
func labelName(e *vcode.Emitter, l asm.Label) string {
	if e == nil {
		return "block" + strconv.Itoa(int(l))
	}
	return "0x" + strconv.FormatUint(uint64(e.Buf.FinalLabel(l)), 16)
}

// FormatBranch implements vcode.Target.
func (m *Machine) FormatBranch(dst []byte, e *vcode.Emitter, b asm.FinalBranch) []byte {
	p := x64.Printer{Label: func(l asm.Label) string { return labelName(e, l) }}
	return append(dst, p.FinalBranch(b)...)
}

// FormatTrap implements vcode.Target.
func (m *Machine) FormatTrap(dst []byte, code uint8) []byte {
	return m.Format(dst, nil, nil, &asm.Inst{Op: x64.UD2, Trap: code})
}

// formatPseudo prints a pseudo-instruction in the manner of the machine's own: sources, then destinations.
func (m *Machine) formatPseudo(dst []byte, f *vcode.Func, in *asm.Inst) []byte {
	row := &m.tab.pseudos[in.Op-pARGS]
	dst = append(dst, row.name...)
	sep := " "
	put := func(s string) {
		dst = append(append(dst, sep...), s...)
		sep = ", "
	}
	switch in.Op {
	case pADDi, pCONST:
		put("$" + strconv.FormatInt(in.Imm, 10))
	case pSYMBOL:
		put("$" + f.Symbols[in.Aux].Name)
		if in.Imm != 0 {
			dst = append(dst, fmt.Sprintf("%+#x", in.Imm)...)
		}
		return append(dst, ", %"+x64.Name(in.R[0], 8)...)
	}
	size := in.Size
	if size == 0 {
		size = 8
	}
	for k := int(row.desc.N) - 1; k >= 0; k-- {
		if r := in.Reg(k); r != asm.NoReg {
			put(x64.Name(r, size))
		}
	}
	if in.Op == pJTABLE {
		put("block" + strconv.Itoa(int(in.Imm)))
		for _, b := range f.Tables[in.Aux].Blocks {
			put("block" + strconv.Itoa(int(b)))
		}
	}
	return dst
}

// formatList prints which virtual register is wanted in which physical one.
func formatList(dst []byte, f *vcode.Func, l *vcode.List) []byte {
	for _, part := range []struct {
		name  string
		pairs []vcode.RegPair
	}{{" uses", f.Uses(l)}, {" defs", f.Defs(l)}} {
		if len(part.pairs) == 0 {
			continue
		}
		dst = append(append(dst, part.name...), " {"...)
		for i, p := range part.pairs {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(append(append(dst, x64.Name(p.V, 8)...), '='), x64.Name(p.P, 8)...)
		}
		dst = append(dst, '}')
	}
	return dst
}
