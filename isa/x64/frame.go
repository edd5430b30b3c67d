package x64

import (
	"fmt"
	"math"
	"slices"

	"davit/asm"
	"davit/asm/x64"
	"davit/settings"
	"davit/vcode"
)

// The frame, from high to low addresses:
//
//	incoming stack arguments
//	return address
//	saved frame pointer           if the function keeps one
//	saved general registers       pushed
//	saved vector registers        windows_fastcall and preserve_all
//	spill slots
//	explicit stack slots
//	outgoing arguments            and results in memory
//	<- nominal SP, a multiple of 16
//
// A leaf function of a convention with a red zone that needs at most 128 bytes leaves SP where it is; what it keeps
// lies below SP then. FrameSize counts from nominal SP to the saved frame pointer, or to the return address.
type frame struct {
	x64.Frame
	fp      bool
	saved   []asm.Reg // pushed, in order
	vectors []asm.Reg
	vecOff  int32 // of the first saved vector register, from nominal SP
	sub     int32 // bytes that the prologue subtracts from SP
}

const redZone = 128

// BeginEmit implements vcode.Target.
func (m *Machine) BeginEmit(e *vcode.Emitter) error {
	vf, fr := e.F, &m.fr
	*fr = frame{saved: fr.saved[:0], vectors: fr.vectors[:0]}
	fr.fp = m.flags.Bool(settings.PreserveFramePointers) || vf.UsesFP
	saved := m.env.CalleeSaved
	for r := x64.RAX; r <= x64.R15; r++ {
		if saved.Has(r) && e.Used.Has(r) {
			fr.saved = append(fr.saved, r)
		}
	}
	for r := x64.XMM0; r <= x64.XMM15; r++ {
		if saved.Has(r) && e.Used.Has(r) {
			fr.vectors = append(fr.vectors, r)
		}
	}
	out := (int64(vf.Outgoing) + 15) &^ 15
	spills := out + (int64(vf.SlotBytes)+7)&^7
	if slices.Contains(vf.Units, 2) {
		spills = (spills + 15) &^ 15
	}
	vectors := spills + int64(e.Res.NumSlots)*8
	body := vectors
	if n := int64(len(fr.vectors)); n > 0 {
		vectors = (vectors + 15) &^ 15
		body = vectors + n*16
	}
	pushed := int64(len(fr.saved)) * 8
	if fr.fp {
		pushed += 8
	}
	if vf.HasCalls || body > 0 {
		body += -(body + pushed + 8) & 15 // the nominal SP is aligned
	}
	if body > math.MaxInt32/2 {
		return fmt.Errorf("the frame of %s takes %d bytes, which is too large", vf.Name, body)
	}
	size := body + pushed
	if fr.fp {
		size -= 8
	}
	below := int32(0) // distance from nominal SP up to the SP register
	if !vf.HasCalls && body <= redZone && m.lo.abi.conv.shadow == 0 {
		below = int32(body)
	} else {
		fr.sub = int32(body)
	}
	fr.vecOff = int32(vectors) - below
	incoming := int32(body+pushed) + 8 - below + m.grow(vf)
	fr.Frame = x64.Frame{
		SlotArea: int32(out) - below, SpillArea: int32(spills) - below, IncomingReg: x64.RSP, Incoming: incoming,
	}
	if fr.fp {
		fr.Frame.FramePointer = int32(size) - below
	}
	e.FrameSize, e.SlotArea, e.FramePointer = uint32(size), uint32(out), fr.fp
	return nil
}

// EmitPrologue implements vcode.Target.
func (m *Machine) EmitPrologue(e *vcode.Emitter) {
	fr := &m.fr
	m.emitGrow(e)
	if fr.fp {
		m.push(e, x64.RBP)
		e.Out(&asm.Inst{Op: x64.MOV, Size: 8, R: [4]asm.Reg{x64.RBP, x64.RSP}})
	}
	for _, r := range fr.saved {
		m.push(e, r)
	}
	m.checkLimit(e)
	m.reserve(e)
	for i, r := range fr.vectors {
		e.Out(&asm.Inst{Op: m.vex(x64.MOVUPSmr), R: [4]asm.Reg{r}, Mem: asm.MemReg, Base: x64.RSP, Disp: fr.vecOff + int32(i)*16})
	}
}

func (m *Machine) push(e *vcode.Emitter, r asm.Reg) {
	e.Out(&asm.Inst{Op: x64.PUSH, Size: 8, R: [4]asm.Reg{r}})
}

// emitReturn emits the epilogue and the return.
func (m *Machine) emitReturn(e *vcode.Emitter, _ *asm.Inst) {
	m.emitEpilogue(e)
	pop := int64(m.grow(e.F)) + int64(m.lo.abi.stackArgs)
	switch {
	case !m.lo.abi.conv.calleePops || pop == 0:
		e.Out(&asm.Inst{Op: x64.RET})
	case pop < 1<<16:
		e.Out(&asm.Inst{Op: x64.RETi, Imm: pop})
	default:
		e.Out(&asm.Inst{Op: x64.POP, Size: 8, R: [4]asm.Reg{tailScratch}})
		e.Out(&asm.Inst{Op: x64.ADDi, Size: 8, R: [4]asm.Reg{x64.RSP, x64.RSP}, Imm: pop})
		e.Out(&asm.Inst{Op: x64.JMPr, Size: 8, R: [4]asm.Reg{tailScratch}})
	}
}

func (m *Machine) emitEpilogue(e *vcode.Emitter) {
	fr := &m.fr
	for i, r := range fr.vectors {
		e.Out(&asm.Inst{Op: m.vex(x64.MOVUPS), R: [4]asm.Reg{r}, Mem: asm.MemReg, Base: x64.RSP, Disp: fr.vecOff + int32(i)*16})
	}
	switch {
	case fr.sub == 0:
	case fr.fp && len(fr.saved) == 0:
		e.Out(&asm.Inst{Op: x64.MOV, Size: 8, R: [4]asm.Reg{x64.RSP, x64.RBP}})
	default:
		e.Out(&asm.Inst{Op: x64.ADDi, Size: 8, R: [4]asm.Reg{x64.RSP, x64.RSP}, Imm: int64(fr.sub)})
	}
	for i := len(fr.saved) - 1; i >= 0; i-- {
		e.Out(&asm.Inst{Op: x64.POP, Size: 8, R: [4]asm.Reg{fr.saved[i]}})
	}
	if fr.fp {
		e.Out(&asm.Inst{Op: x64.POP, Size: 8, R: [4]asm.Reg{x64.RBP}})
	}
}
