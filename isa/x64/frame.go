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

	unwind asm.UnwindRow // where the caller's frame is, at the current offset
	body   asm.UnwindRow // and between prologue and epilogue
}

const redZone = 128

// BeginEmit implements vcode.Target.
func (m *Machine) BeginEmit(e *vcode.Emitter) error {
	vf, fr := e.F, &m.fr
	*fr = frame{saved: fr.saved[:0], vectors: fr.vectors[:0]}
	fr.fp = m.flags.Bool(settings.PreserveFramePointers) || vf.UsesFP
	out := (int64(vf.Outgoing) + 15) &^ 15
	spills := out + (int64(vf.SlotBytes)+7)&^7
	if slices.Contains(vf.Units, 2) {
		spills = (spills + 15) &^ 15
	}
	vectors := spills + int64(e.Res.NumSlots)*8
	m.findSaved(e, vectors)
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
	if !vf.HasCalls && vf.Outgoing == 0 && body <= redZone && m.lo.abi.conv.shadow == 0 {
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
	e.OrderSlots(fr.spillBytes)
	e.FrameSize, e.SlotArea, e.FramePointer = uint32(size), uint32(out), fr.fp
	fr.unwind.CFA = wordBytes
	fr.body = asm.UnwindRow{CFA: wordBytes + int32(pushed) + fr.sub, FP: fr.fp}
	if m.lo.abi.conv.calleePops {
		fr.unwind.Pop = m.lo.abi.stackArgs
		fr.body.Pop = m.lo.abi.stackArgs + uint32(m.grow(vf))
	}
	return nil
}

// spillBytes returns how many bytes it takes to name a spill slot: displacement, and SIB byte for RSP.
func (fr *frame) spillBytes(slot int) int {
	sp := int64(fr.SpillArea) + int64(slot)*8
	bp := sp - int64(fr.FramePointer)
	switch {
	case sp == 0, fr.fp && bp == int64(int8(bp)):
		return 1
	case sp == int64(int8(sp)):
		return 2
	case fr.fp:
		return 4
	}
	return 5
}

// findSaved collects the registers that the function must save. body is the size of the frame without them.
func (m *Machine) findSaved(e *vcode.Emitter, body int64) {
	fr := &m.fr
	saved := m.env.CalleeSaved.Intersect(e.Used.Union(m.prologueUses(e.F.IR, body+maxSaved)))
	for r := x64.RAX; r <= x64.R15; r++ {
		if saved.Has(r) {
			fr.saved = append(fr.saved, r)
		}
	}
	for r := x64.XMM0; r <= x64.XMM15; r++ {
		if saved.Has(r) {
			fr.vectors = append(fr.vectors, r)
		}
	}
}

// maxSaved bounds what saved registers and alignment add to a frame.
const maxSaved = 16*8 + 16*16 + 16

// wordBytes is the size of what a push and a call leave on the stack.
const wordBytes = 8

// setUnwind says that the caller's frame is at u from the current offset on.
func (m *Machine) setUnwind(e *vcode.Emitter, u asm.UnwindRow) {
	m.fr.unwind = u
	e.Buf.SetUnwind(u)
}

// movedSP says that SP has just been lowered by n bytes.
func (m *Machine) movedSP(e *vcode.Emitter, n int32) {
	m.fr.unwind.CFA += n
	e.Buf.SetUnwind(m.fr.unwind)
}

// EmitPrologue implements vcode.Target.
func (m *Machine) EmitPrologue(e *vcode.Emitter) {
	fr := &m.fr
	e.Buf.SetUnwind(fr.unwind)
	m.emitGrow(e)
	if fr.fp {
		m.push(e, x64.RBP)
		e.Out(&asm.Inst{Op: x64.MOV, Size: 8, R: [4]asm.Reg{x64.RBP, x64.RSP}})
		fr.unwind.FP = true
		e.Buf.SetUnwind(fr.unwind)
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
	m.movedSP(e, wordBytes)
}

func (m *Machine) pop(e *vcode.Emitter, r asm.Reg) {
	e.Out(&asm.Inst{Op: x64.POP, Size: 8, R: [4]asm.Reg{r}})
	m.movedSP(e, -wordBytes)
}

// subSP lowers SP by n bytes, 128 by the shorter addition of -128.
func (m *Machine) subSP(e *vcode.Emitter, n int64) {
	switch n {
	case 0:
		return
	case 128:
		e.Out(&asm.Inst{Op: x64.ADDi, Size: 8, R: [4]asm.Reg{x64.RSP, x64.RSP}, Imm: -n})
	default:
		e.Out(&asm.Inst{Op: x64.SUBi, Size: 8, R: [4]asm.Reg{x64.RSP, x64.RSP}, Imm: n})
	}
	m.movedSP(e, int32(n))
}

// addSP raises SP by n bytes.
func (m *Machine) addSP(e *vcode.Emitter, n int64) {
	switch n {
	case 0:
		return
	case 128:
		e.Out(&asm.Inst{Op: x64.SUBi, Size: 8, R: [4]asm.Reg{x64.RSP, x64.RSP}, Imm: -n})
	default:
		e.Out(&asm.Inst{Op: x64.ADDi, Size: 8, R: [4]asm.Reg{x64.RSP, x64.RSP}, Imm: n})
	}
	m.movedSP(e, -int32(n))
}

// emitReturn emits the epilogue and the return.
func (m *Machine) emitReturn(e *vcode.Emitter, _ *asm.Inst) {
	m.emitEpilogue(e)
	switch pop := int64(m.fr.body.Pop); {
	case pop == 0:
		e.Out(&asm.Inst{Op: x64.RET})
	case pop < 1<<16:
		e.Out(&asm.Inst{Op: x64.RETi, Imm: pop})
	default:
		m.pop(e, tailScratch)
		m.addSP(e, pop)
		e.Out(&asm.Inst{Op: x64.JMPr, Size: 8, R: [4]asm.Reg{tailScratch}})
	}
	m.setUnwind(e, m.fr.body)
}

// emitEpilogue restores registers and takes the frame off the stack.
func (m *Machine) emitEpilogue(e *vcode.Emitter) {
	fr := &m.fr
	for i, r := range fr.vectors {
		e.Out(&asm.Inst{Op: m.vex(x64.MOVUPS), R: [4]asm.Reg{r}, Mem: asm.MemReg, Base: x64.RSP, Disp: fr.vecOff + int32(i)*16})
	}
	if fr.fp && len(fr.saved) == 0 && fr.sub > 0 {
		e.Out(&asm.Inst{Op: x64.LEAVE})
		m.leftFrame(e, -fr.sub-wordBytes)
		return
	}
	m.release(e)
	for i := len(fr.saved) - 1; i >= 0; i-- {
		m.pop(e, fr.saved[i])
	}
	if fr.fp {
		e.Out(&asm.Inst{Op: x64.POP, Size: 8, R: [4]asm.Reg{x64.RBP}})
		m.leftFrame(e, -wordBytes)
	}
}

// leftFrame says that SP has just been lowered by n bytes and that the frame pointer is the caller's again.
func (m *Machine) leftFrame(e *vcode.Emitter, n int32) {
	m.fr.unwind.FP = false
	m.movedSP(e, n)
}

// release undoes what reserve did: one word by a pop into a register that is free, much by a LEA from the frame pointer,
// which has a short displacement.
func (m *Machine) release(e *vcode.Emitter) {
	fr := &m.fr
	r := m.lo.abi.conv.spare
	switch {
	case fr.sub == wordBytes && r != asm.NoReg:
		m.pop(e, r)
	case fr.fp && fr.sub > 128:
		e.Out(&asm.Inst{Op: x64.LEA, Size: 8, R: [4]asm.Reg{x64.RSP}, Mem: asm.MemReg, Base: x64.RBP, Disp: -int32(wordBytes * len(fr.saved))})
		m.movedSP(e, -fr.sub)
	default:
		m.addSP(e, int64(fr.sub))
	}
}
