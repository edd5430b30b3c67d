package x64

import (
	"fmt"

	"davit/asm"
	"davit/asm/x64"
	"davit/regalloc"
	"davit/vcode"
)

// EmitInst implements vcode.Target.
func (m *Machine) EmitInst(e *vcode.Emitter, in *asm.Inst) {
	if isPseudo(in.Op) {
		m.tab.pseudos[in.Op-pARGS].emit(m, e, in)
		return
	}
	if in.Mem == asm.MemLabel && in.Aux&constLabel != 0 {
		data := e.F.Consts[in.Aux&^constLabel]
		in.Aux = uint32(e.Buf.Const(data, len(data)))
	}
	if err := x64.Encode(e.Buf, in, &m.fr.Frame); err != nil {
		e.Fail(fmt.Errorf("%s: %w", e.F.Name, err))
		return
	}
	if in.Op == x64.CALL || in.Op == x64.CALLr {
		m.afterCall(e, in)
	}
}

// afterCall records maps and tags at the return address, and makes room again for arguments that the callee popped.
func (m *Machine) afterCall(e *vcode.Emitter, in *asm.Inst) {
	if in.Imm == vcode.NoList {
		e.Buf.AddCall()
		return
	}
	li := &e.F.Lists[in.Imm]
	e.AfterCall(li)
	if li.Pop > 0 {
		m.movedSP(e, -int32(li.Pop))
		m.subSP(e, int64(li.Pop))
	}
}

// EmitMove implements vcode.Target.
func (m *Machine) EmitMove(e *vcode.Emitter, class asm.RegClass, width uint8, from, to regalloc.Alloc) {
	var in asm.Inst
	switch {
	case from.IsReg() && to.IsReg():
		in = asm.Inst{Op: x64.MOV, Size: min(width, 8), R: [4]asm.Reg{to.Reg(), from.Reg()}}
		if class == asm.Float {
			in.Op, in.Size = m.vex(x64.MOVAPS), 0
		}
	case to.IsSlot():
		in = asm.Inst{Op: x64.MOVmr, Size: min(width, 8), R: [4]asm.Reg{from.Reg()}, Mem: asm.MemSpill, Disp: int32(to.Slot())}
		if class == asm.Float {
			in.Op, in.Size = m.vex(floatStores[widthLog(width)]), 0
		}
	default:
		in = asm.Inst{Op: x64.MOV, Size: min(width, 8), R: [4]asm.Reg{to.Reg()}, Mem: asm.MemSpill, Disp: int32(from.Slot())}
		if class == asm.Float {
			in.Op, in.Size = m.vex(floatLoads[widthLog(width)]), 0
		}
	}
	e.Out(&in)
}

func widthLog(w uint8) int {
	switch w {
	case 4:
		return 2
	case 8:
		return 3
	}
	return 4
}

// emitAdd takes ADD where the sum goes to the place of an operand, else LEA.
func (m *Machine) emitAdd(e *vcode.Emitter, in *asm.Inst) {
	dst, x, y := in.R[0], in.R[1], in.R[2]
	if dst == y {
		x, y = y, x
	}
	if dst == x {
		e.Out(&asm.Inst{Op: x64.ADD, Size: in.Size, R: [4]asm.Reg{dst, x, y}})
		return
	}
	if x64.HW(x)&7 == 5 { // rbp and r13 as base need a displacement
		x, y = y, x
	}
	e.Out(&asm.Inst{Op: x64.LEA, Size: in.Size, R: [4]asm.Reg{dst}, Mem: asm.MemReg, Base: x, Index: y})
}

// emitAddImm takes INC, DEC, ADD or LEA.
func (m *Machine) emitAddImm(e *vcode.Emitter, in *asm.Inst) {
	dst, x := in.R[0], in.R[1]
	if dst != x {
		e.Out(&asm.Inst{Op: x64.LEA, Size: in.Size, R: [4]asm.Reg{dst}, Mem: asm.MemReg, Base: x, Disp: int32(in.Imm)})
		return
	}
	switch in.Imm {
	case 0:
	case 1:
		e.Out(&asm.Inst{Op: x64.INC, Size: in.Size, R: [4]asm.Reg{dst, x}})
	case -1:
		e.Out(&asm.Inst{Op: x64.DEC, Size: in.Size, R: [4]asm.Reg{dst, x}})
	default:
		e.Out(&asm.Inst{Op: x64.ADDi, Size: in.Size, R: [4]asm.Reg{dst, x}, Imm: in.Imm})
	}
}

// emitRotate takes ROL where the result goes to the place of the operand, else RORX.
func (m *Machine) emitRotate(e *vcode.Emitter, in *asm.Inst) {
	out := asm.Inst{Op: x64.ROLi, Size: in.Size, R: [4]asm.Reg{in.R[0], in.R[1]}, Imm: in.Imm}
	if in.R[0] != in.R[1] {
		out.Op, out.Imm = x64.RORXi, int64(in.Size)*8-in.Imm
	}
	e.Out(&out)
}

func (m *Machine) emitCarry(e *vcode.Emitter, in *asm.Inst) {
	r := in.R[0]
	e.Out(&asm.Inst{Op: x64.SBB, Size: in.Size, R: [4]asm.Reg{r, r, r}})
}

// emitMulHigh names one register for both halves of a product: the high half stays in it.
func (m *Machine) emitMulHigh(e *vcode.Emitter, in *asm.Inst) {
	out := *in
	out.Op, out.R = x64.MULX, [4]asm.Reg{in.R[0], in.R[0], in.R[1], in.R[2]}
	e.Out(&out)
}

func (m *Machine) emitConst(e *vcode.Emitter, in *asm.Inst) {
	r := in.R[0]
	if in.Imm == 0 {
		e.Out(&asm.Inst{Op: x64.XOR, Size: 4, R: [4]asm.Reg{r, r, r}})
		return
	}
	e.Out(&asm.Inst{Op: x64.MOVi, Size: 8, R: [4]asm.Reg{r}, Imm: in.Imm})
}

func (m *Machine) emitFloatZero(e *vcode.Emitter, in *asm.Inst) {
	r := in.R[0]
	e.Out(&asm.Inst{Op: m.vex(x64.XORPS), R: [4]asm.Reg{r, r, r}})
}

func (m *Machine) emitMovl(e *vcode.Emitter, in *asm.Inst) {
	out := *in
	out.Op, out.Size = x64.MOV, 4
	e.Out(&out)
}

func (m *Machine) emitTrap(e *vcode.Emitter, in *asm.Inst) {
	e.Out(&asm.Inst{Op: x64.UD2, Trap: in.Trap})
}

// emitJumpTable compares the index with the number of entries, and jumps by a table of distances from its own start.
func (m *Machine) emitJumpTable(e *vcode.Emitter, in *asm.Inst) {
	blocks := e.F.Tables[in.Aux].Blocks
	labels := make([]asm.Label, len(blocks))
	for i, b := range blocks {
		labels[i] = asm.Label(b)
	}
	base, off, idx := in.R[0], in.R[1], in.R[2]
	e.Out(&asm.Inst{Op: x64.CMPi, Size: 4, R: [4]asm.Reg{idx}, Imm: int64(len(blocks))})
	e.Out(&asm.Inst{Op: x64.JCC, CC: x64.CCAE, Aux: uint32(in.Imm), Imm: int64(asm.NoLabel)})
	e.Out(&asm.Inst{Op: x64.LEA, Size: 8, R: [4]asm.Reg{base}, Mem: asm.MemLabel, Aux: uint32(e.Buf.JumpTable(labels))})
	e.Out(&asm.Inst{Op: x64.MOVSXD, Size: 8, R: [4]asm.Reg{off}, Mem: asm.MemReg, Base: base, Index: idx, Scale: 2})
	e.Out(&asm.Inst{Op: x64.ADD, Size: 8, R: [4]asm.Reg{base, base, off}})
	e.Out(&asm.Inst{Op: x64.JMPr, Size: 8, R: [4]asm.Reg{base}})
}

// jumpOver emits a conditional jump to a new label, which the caller binds.
func (m *Machine) jumpOver(e *vcode.Emitter, cc uint8) asm.Label {
	l := e.Buf.NewLabel()
	e.Out(&asm.Inst{Op: x64.JCC, CC: cc, Aux: uint32(l), Imm: int64(asm.NoLabel)})
	return l
}

// emitSrem divides unless the divisor is -1.
func (m *Machine) emitSrem(e *vcode.Emitter, in *asm.Inst) {
	d := in.R[3]
	e.Out(&asm.Inst{Op: x64.CMPi, Size: in.Size, R: [4]asm.Reg{d}, Imm: -1})
	divide := m.jumpOver(e, x64.CCNE)
	e.Out(&asm.Inst{Op: x64.XOR, Size: 4, R: [4]asm.Reg{x64.RDX, x64.RDX, x64.RDX}})
	done := e.Buf.NewLabel()
	e.Out(&asm.Inst{Op: x64.JMP, Aux: uint32(done)})
	e.Buf.Bind(divide)
	e.Out(&asm.Inst{Op: x64.CWD, Size: in.Size, R: [4]asm.Reg{x64.RDX, x64.RAX}})
	div := asm.Inst{Op: x64.IDIV, Size: in.Size, R: [4]asm.Reg{x64.RAX, x64.RDX, d, x64.RAX}, Trap: in.Trap}
	div.SetReg(4, x64.RDX)
	e.Out(&div)
	e.Buf.Bind(done)
}

// emitSymbol emits a 64-bit constant that the linker fills in.
func (m *Machine) emitSymbol(e *vcode.Emitter, in *asm.Inst) {
	r := x64.HW(in.R[0])
	e.Buf.Put1(0x48 | r>>3)
	e.Buf.Put1(0xb8 | r&7)
	e.Buf.AddReloc(e.Buf.Offset(), asm.Abs8, in.Aux, in.Imm)
	e.Buf.Put8LE(0)
	e.Buf.CountInsts(1)
}

func (m *Machine) emitFloatSelect(e *vcode.Emitter, in *asm.Inst) {
	over := m.jumpOver(e, in.CC^1)
	e.Out(&asm.Inst{Op: m.vex(x64.MOVAPS), R: [4]asm.Reg{in.R[0], in.R[2]}})
	e.Buf.Bind(over)
}

func (m *Machine) emitTrapNeither(e *vcode.Emitter, in *asm.Inst) {
	over := m.jumpOver(e, in.CC&15)
	e.Out(&asm.Inst{Op: x64.TRAPCC, CC: in.CC>>4 ^ 1, Trap: in.Trap})
	e.Buf.Bind(over)
}

func (m *Machine) emitMovs(e *vcode.Emitter, _ *asm.Inst) {
	e.Buf.PutBytes([]byte{0xf3, 0x48, 0xa5})
	e.Buf.CountInsts(1)
}
