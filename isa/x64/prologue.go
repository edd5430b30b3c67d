package x64

import (
	"fmt"

	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
	"davit/regalloc"
	"davit/settings"
	"davit/vcode"
)

// framePointer returns the frame pointer, which the function then keeps.
func (l *lowerer) framePointer() asm.Reg {
	l.VF.UsesFP = true
	return l.copyOf(x64.RBP)
}

// copyOf returns a copy of a register that takes no part in allocation.
func (l *lowerer) copyOf(r asm.Reg) asm.Reg {
	dst := l.NewReg(op.I64)
	l.Emit(asm.Inst{Op: x64.MOV, Size: 8, R: [4]asm.Reg{dst, r}})
	return dst
}

// returnAddress loads the return address from above the saved frame pointer.
func (l *lowerer) returnAddress() asm.Reg {
	l.VF.UsesFP = true
	return l.loadValue(op.I64, amode{kind: asm.MemReg, base: x64.RBP, disp: 8})
}

// setPinned writes the pinned register.
func (l *lowerer) setPinned(x asm.Reg) {
	l.Emit(asm.Inst{Op: x64.MOV, Size: 8, R: [4]asm.Reg{x64.R15, x}})
}

// sequencePoint keeps the tags of an instruction without code.
func (l *lowerer) sequencePoint(inst ir.Inst) {
	if t := l.debugTags(inst); t != 0 {
		l.Emit(asm.Inst{Op: pTAGS, Aux: t})
	}
}

func (m *Machine) emitTags(e *vcode.Emitter, in *asm.Inst) {
	e.Buf.AddDebugTags(false, e.F.DebugTags[in.Aux-1].Tags)
}

// limitScratch holds the stack limit, and the distance to the page being probed, in the prologue; frameEnd holds where the
// frame will end, and probeSize the size of a frame that a library function probes. They carry no argument.
const (
	limitScratch = x64.R11
	frameEnd     = x64.RAX
	probeSize    = x64.RAX
)

// prologueUses returns the registers that the prologue of a function with a frame of the given size may change. They
// matter only to conventions that preserve them.
func (m *Machine) prologueUses(f *ir.Func, size int64) (s regalloc.RegSet) {
	probes := size >> m.flags.Num(settings.ProbestackSizeLog2)
	outline := m.flags.ProbestackStrategy() == settings.ProbestackOutline
	switch {
	case !m.flags.Bool(settings.EnableProbestack) || probes == 0:
	case outline:
		s.Add(probeSize)
	case probes > maxUnrolled:
		s.Add(limitScratch)
	}
	if f.StackLimit != ir.NoGlobalValue {
		s.Add(limitScratch)
		s.Add(frameEnd)
	}
	return s
}

// bigFrame is a size from which SP minus the frame might wrap around, so that SP alone is compared first.
const bigFrame = 32 << 10

// checkLimit traps if the frame would reach below the stack limit, a global value.
func (m *Machine) checkLimit(e *vcode.Emitter) {
	f := e.F.IR
	if f.StackLimit == ir.NoGlobalValue {
		return
	}
	size := m.fr.sub
	if !e.F.HasCalls && e.FrameSize == 0 {
		return
	}
	limit, err := m.limitOperand(e, f.StackLimit)
	if err != nil {
		e.Fail(err)
		return
	}
	trapBelow := func(r asm.Reg) {
		limit.R[0] = r
		e.Out(&limit)
		e.Out(&asm.Inst{Op: x64.TRAPCC, CC: x64.CCB, Trap: uint8(op.StackOverflow)})
	}
	if size == 0 || size >= bigFrame {
		trapBelow(x64.RSP)
	}
	if size > 0 {
		e.Out(&asm.Inst{Op: x64.LEA, Size: 8, R: [4]asm.Reg{frameEnd}, Mem: asm.MemReg, Base: x64.RSP, Disp: -size})
		trapBelow(frameEnd)
	}
}

// limitOperand returns a comparison with a global value, in memory if it is loaded from there.
func (m *Machine) limitOperand(e *vcode.Emitter, g ir.GlobalValue) (in asm.Inst, err error) {
	in = asm.Inst{Op: x64.CMP, Size: 8}
	d := &e.F.IR.GlobalValues[g]
	if d.Kind == ir.GVLoad {
		in.Mem, in.Disp = asm.MemReg, int32(d.Offset)
		in.Base, err = m.globalBase(e, d.Base, limitScratch, 0)
		return in, err
	}
	in.R[1], err = m.globalBase(e, g, limitScratch, 0)
	return in, err
}

// maxGlobals bounds the length of a chain of global values.
const maxGlobals = 64

// globalInto computes a global value that starts from the vmctx parameter into r.
func (m *Machine) globalInto(e *vcode.Emitter, g ir.GlobalValue, r asm.Reg, depth int) error {
	f := e.F.IR
	d := &f.GlobalValues[g]
	if depth > maxGlobals {
		return fmt.Errorf("the chain of global values that starts at %v is too long", f.StackLimit)
	}
	in := asm.Inst{Op: x64.MOV, Size: 8, R: [4]asm.Reg{r}}
	var err error
	switch {
	case d.Kind == ir.GVVMContext:
		if in.R[1], err = m.vmctxIn(e, r); in.R[1] == r {
			return err
		}
	case d.Kind == ir.GVLoad:
		in.Mem, in.Disp = asm.MemReg, int32(d.Offset)
		in.Base, err = m.globalBase(e, d.Base, r, depth)
	case d.Kind == ir.GVIAddImm && d.Offset == int64(int32(d.Offset)):
		in.Op, in.Mem, in.Disp = x64.LEA, asm.MemReg, int32(d.Offset)
		in.Base, err = m.globalBase(e, d.Base, r, depth)
	default:
		err = &vcode.Unsupported{ISA: isaName, What: fmt.Sprintf("%v as a stack limit", g)}
	}
	if err == nil {
		e.Out(&in)
	}
	return err
}

// globalBase returns the register that holds a global value: that of the vmctx parameter, or r once it is computed.
func (m *Machine) globalBase(e *vcode.Emitter, g ir.GlobalValue, r asm.Reg, depth int) (asm.Reg, error) {
	if e.F.IR.GlobalValues[g].Kind == ir.GVVMContext {
		return m.vmctxIn(e, r)
	}
	return r, m.globalInto(e, g, r, depth+1)
}

// vmctxIn returns the register of the vmctx parameter, which is r if it has to be loaded.
func (m *Machine) vmctxIn(e *vcode.Emitter, r asm.Reg) (asm.Reg, error) {
	i := e.F.IR.Sig.SpecialParam(ir.VMContext)
	for k := range m.lo.abi.args {
		p := &m.lo.abi.args[k]
		switch {
		case int(p.param) != i:
			continue
		case p.reg != asm.NoReg:
			return p.reg, nil
		}
		disp := m.fr.unwind.CFA + m.grow(e.F) + p.off
		e.Out(&asm.Inst{Op: x64.MOV, Size: 8, R: [4]asm.Reg{r}, Mem: asm.MemReg, Base: x64.RSP, Disp: disp})
		return r, nil
	}
	return r, fmt.Errorf("function %s has no vmctx parameter", e.F.Name)
}

// reserve subtracts the frame from SP. With stack probes every page of a frame larger than a page is touched, by a
// library function or by code in line, so that a guard page is never jumped over.
func (m *Machine) reserve(e *vcode.Emitter) {
	size := m.fr.sub
	if size == 0 {
		return
	}
	page := int64(1) << m.flags.Num(settings.ProbestackSizeLog2)
	probes := int64(size) / page
	switch {
	case size == wordBytes:
		m.push(e, x64.RAX) // shorter than a subtraction
	case !m.flags.Bool(settings.EnableProbestack) || probes == 0:
		m.subSP(e, int64(size))
	case m.flags.ProbestackStrategy() == settings.ProbestackOutline:
		e.F.Symbols = append(e.F.Symbols, asm.Symbol{Name: ir.LibProbestack.Symbol()})
		e.Buf.SetSymbols(e.F.Symbols)
		e.Out(&asm.Inst{Op: x64.MOVi, Size: 4, R: [4]asm.Reg{probeSize}, Imm: int64(size)})
		e.Out(&asm.Inst{Op: x64.CALL, Aux: uint32(len(e.F.Symbols) - 1), Flags: x64.PLT, Imm: vcode.NoList})
		m.subSP(e, int64(size))
	default:
		m.probe(e, page, probes)
		m.subSP(e, int64(size))
	}
}

// maxUnrolled is how many probes are written out before a loop takes over.
const maxUnrolled = 4

// probe touches pages below SP, from the nearest on. SP does not move meanwhile, so that a fault finds the caller's frame.
func (m *Machine) probe(e *vcode.Emitter, page, probes int64) {
	if probes <= maxUnrolled {
		for k := range probes {
			e.Out(&asm.Inst{Op: x64.MOVmr, Size: 4, R: [4]asm.Reg{x64.RSP}, Mem: asm.MemReg, Base: x64.RSP, Disp: int32(-page * (k + 1))})
		}
		return
	}
	const below = limitScratch // distance from SP
	e.Out(&asm.Inst{Op: x64.MOVi, Size: 8, R: [4]asm.Reg{below}, Imm: -page})
	top := e.Buf.NewLabel()
	e.Buf.Bind(top)
	e.Out(&asm.Inst{Op: x64.MOVmr, Size: 4, R: [4]asm.Reg{x64.RSP}, Mem: asm.MemReg, Base: x64.RSP, Index: below})
	e.Out(&asm.Inst{Op: x64.SUBi, Size: 8, R: [4]asm.Reg{below, below}, Imm: page})
	e.Out(&asm.Inst{Op: x64.CMPi, Size: 8, R: [4]asm.Reg{below}, Imm: -page * (probes + 1)})
	e.Out(&asm.Inst{Op: x64.JCC, CC: x64.CCNE, Aux: uint32(top), Imm: int64(asm.NoLabel)})
}
