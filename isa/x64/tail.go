package x64

import (
	"slices"

	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
	"davit/vcode"
)

// Tail calls.
//
// The callee of a tail call takes over the frame of its caller: its stack arguments go where the caller's own came from,
// ending at the same address, because whoever called the caller gets SP back above that address. If a callee wants more
// than the function itself received, the prologue makes room by moving the return address down by the difference
// ("grow"); MemIncoming counts from the function's own arguments, so that the space below them has negative offsets.
//
//	high   | own arguments, A bytes        | <- MemIncoming 0 … A
//	       | room for larger callees, grow | <- MemIncoming -grow … 0
//	       | return address                |
//
// Before the jump the return address moves to just below the arguments of the callee. All parameters were loaded at
// function entry, so that storing the arguments of the callee destroys nothing that is still needed.

// tailScratch holds the return address on the move; tailCallee holds the address of an indirect callee. Neither carries
// arguments.
const (
	tailScratch = x64.R11
	tailCallee  = x64.RAX
)

// lowerTailCall lowers return_call and return_call_indirect.
func (l *lowerer) lowerTailCall(inst ir.Inst) {
	abi := l.sigOf(l.f.CallSig(inst))
	if l.Err() != nil {
		return
	}
	if !abi.conv.calleePops || abi.retArea > 0 && l.areaPtr == asm.NoReg {
		l.Unsupported(inst)
		return
	}
	call, args := l.callee(inst)
	base := int32(l.abi.stackArgs) - int32(abi.stackArgs)
	if slices.ContainsFunc(l.abi.args, func(p part) bool { return p.isRef }) {
		l.readArgs(abi, args, base)
	}
	uses := l.passArgs(abi, args, asm.MemIncoming, base)
	l.early = l.early[:0]
	if abi.retArea > 0 {
		uses = append(uses, vcode.RegPair{V: l.areaPtr, P: abi.areaReg})
	}
	in := asm.Inst{Op: pTAILCALL, Aux: call.Aux, Flags: call.Flags}
	if call.Op == x64.CALLr {
		in.Op, in.Aux = pTAILCALLr, 0
		uses = append(uses, vcode.RegPair{V: call.R[0], P: tailCallee})
	}
	l.VF.TailArgs = max(l.VF.TailArgs, abi.stackArgs)
	l.pairs = uses
	in.Imm = l.List(uses, nil, vcode.List{Pop: abi.stackArgs})
	l.Emit(in)
}

// readArgs reads the arguments of a tail call before any of them is stored: the function's own struct arguments lie where
// those of the callee go, so that what an argument is loaded or copied from might be overwritten. Structs go to the area of
// outgoing arguments first.
func (l *lowerer) readArgs(abi *sigABI, args []ir.Value, base int32) {
	room := int32(0)
	l.parts(abi.args, args, func(p *part, v ir.Value, half int) {
		r := asm.NoReg
		switch _, isConst := l.constant(v); {
		case p.isRef && !l.inPlace(v, base+p.off, p.size):
			to := amode{kind: asm.MemOutgoing, disp: room}
			l.copyStruct(l.reg(v), to, p.size)
			r = l.lea(to)
			room += int32(structSpace(p.size))
		case !p.isRef && !isConst:
			r = l.partReg(v, p, half)
		}
		l.early = append(l.early, r)
	})
	l.VF.Outgoing = max(l.VF.Outgoing, uint32(room))
}

// inPlace reports whether v is the address of a struct argument of the function itself, with the given place and size.
func (l *lowerer) inPlace(v ir.Value, off int32, size uint32) bool {
	b, i, ok := l.f.DefParam(l.f.Resolve(v))
	if !ok || b != l.f.Entry() {
		return false
	}
	for j := range l.abi.args {
		if p := &l.abi.args[j]; int(p.param) == i {
			return p.isRef && p.size == size && p.off == off
		}
	}
	return false
}

// grow is by how much the return address is moved down in the prologue.
func (m *Machine) grow(f *vcode.Func) int32 {
	return max(0, int32(f.TailArgs)-int32(m.lo.abi.stackArgs))
}

// emitGrow moves the return address down.
func (m *Machine) emitGrow(e *vcode.Emitter) {
	n := m.grow(e.F)
	if n == 0 {
		return
	}
	m.moveReturn(e, n, m.fr.body.Pop)
}

// moveReturn moves the return address down by n bytes, or up if n is negative. From then on pop bytes of arguments lie
// above it. Until it is pushed the old copy below SP, which nothing overwrites, stands for it.
func (m *Machine) moveReturn(e *vcode.Emitter, n int32, pop uint32) {
	m.pop(e, tailScratch)
	if n > 0 {
		m.subSP(e, int64(n))
	} else {
		m.addSP(e, int64(-n))
	}
	e.Out(&asm.Inst{Op: x64.PUSH, Size: 8, R: [4]asm.Reg{tailScratch}})
	m.setUnwind(e, asm.UnwindRow{CFA: wordBytes, Pop: pop})
}

// emitTailCall tears the frame down, moves the return address to below the callee's arguments, and jumps.
func (m *Machine) emitTailCall(e *vcode.Emitter, in *asm.Inst) {
	m.emitEpilogue(e)
	pop := e.F.Lists[in.Imm].Pop
	if up := int32(m.fr.body.Pop) - int32(pop); up > 0 {
		m.moveReturn(e, -up, pop)
	}
	if in.Op == pTAILCALLr {
		e.Out(&asm.Inst{Op: x64.JMPr, Size: 8, R: [4]asm.Reg{tailCallee}})
	} else {
		e.Out(&asm.Inst{Op: x64.JMPs, Aux: in.Aux, Flags: in.Flags})
	}
	m.setUnwind(e, m.fr.body)
}

// lowerTryCall lowers a call that ends a block and may continue at handlers. Handlers find no register as it was, hence
// every register is clobbered. Results and exception payloads may share registers: only one of them is ever there.
func (l *lowerer) lowerTryCall(inst ir.Inst, targets []uint32) {
	abi := l.sigOf(l.f.CallSig(inst))
	if l.Err() != nil {
		return
	}
	call, args := l.callee(inst)
	uses := l.callArgs(abi, args)
	tr := l.TryRegs(inst)
	for len(tr.Ret) < len(l.f.Sigs[l.f.CallSig(inst)].Returns) {
		tr.Ret = append(tr.Ret, [2]asm.Reg{})
	}
	defs := l.resultDefs(abi, tr.Ret)
	for i, r := range tr.Exn {
		if r != asm.NoReg {
			defs = l.addPayload(defs, vcode.RegPair{V: r, P: payloadRegs[i]})
		}
	}
	li := vcode.List{Clobbers: allRegs.Minus(regs(x64.RSP, x64.RBP)), Tags: l.debugTags(inst)}
	if abi.conv.calleePops {
		li.Pop = abi.stackArgs
	}
	li.ExTable = l.exTable(inst, targets)
	if call.Op == x64.CALL {
		call.Op = pTRYCALL
	} else {
		call.Op = pTRYCALLr
	}
	call.Imm = l.List(uses, defs, li)
	l.Emit(call)

	l.VF.Lists[call.Imm].Normal = targets[len(targets)-1]
}

// payloadRegs carry the payload of an exception to its handler.
var payloadRegs = [...]asm.Reg{x64.RAX, x64.RDX}

// addPayload adds a definition, merging it with one of the same physical register.
func (l *lowerer) addPayload(defs []vcode.RegPair, p vcode.RegPair) []vcode.RegPair {
	for _, d := range defs {
		if d.P == p.P {
			l.Widen(d.V)
			l.Same(p.V, d.V)
			return defs
		}
	}
	return append(defs, p)
}

// exTable records the handlers of a try_call.
func (l *lowerer) exTable(inst ir.Inst, targets []uint32) uint32 {
	var t vcode.ExTable
	k := 0
	for _, it := range l.f.ExTables[l.f.Data(inst).ExTable()].Items {
		switch it.Kind {
		case ir.ExTag:
			t.Items = append(t.Items, vcode.ExItem{Kind: asm.HandlerTag, Tag: it.Tag, Block: targets[k]})
			k++
		case ir.ExDefault:
			t.Items = append(t.Items, vcode.ExItem{Kind: asm.HandlerDefault, Block: targets[k]})
			k++
		case ir.ExContext:
			t.Items = append(t.Items, vcode.ExItem{Kind: asm.HandlerContext, Slot: l.contextSlot(it.Context)})
		}
	}
	l.VF.ExTables = append(l.VF.ExTables, t)
	return uint32(len(l.VF.ExTables))
}

// contextSlot stores an exception context where an unwinder finds it, and returns its offset in the slot area.
func (l *lowerer) contextSlot(v ir.Value) uint32 {
	at := (l.VF.SlotBytes + 7) &^ 7
	l.VF.SlotBytes = at + 8
	l.store(l.reg(v), op.I64, amode{kind: asm.MemSlot, disp: int32(at)})
	return at
}

// handlerAddress returns the code address of handler i of the try_call that ends block b; 0 if that is unreachable, so that
// its handlers are never entered.
func (l *lowerer) handlerAddress(b ir.Block, i int64) asm.Reg {
	if !l.IsLowered(b) {
		return l.movImm(op.I64, 0)
	}
	dst := l.NewReg(op.I64)
	blk := &l.VF.Blocks[l.BlockOf(b)]
	target := l.VF.Succs[blk.SuccStart+uint32(i)]
	l.Emit(asm.Inst{Op: x64.LEA, Size: 8, R: [4]asm.Reg{dst}, Mem: asm.MemLabel, Aux: target})
	return dst
}

// TryResult implements vcode.Target: results in memory are loaded on the edge of the normal return.
func (m *Machine) TryResult(_ *vcode.Lowerer, inst ir.Inst, n int) (rs [2]asm.Reg) {
	l := &m.lo
	abi := l.sigOf(l.f.CallSig(inst))
	half := 0
	for i := range abi.rets {
		p := &abi.rets[i]
		if p.param != uint32(n) {
			continue
		}
		if p.reg == asm.NoReg {
			rs[half] = l.loadValue(p.typ, amode{kind: asm.MemOutgoing, disp: int32(abi.stackArgs) + p.off})
		}
		half++
	}
	return rs
}

// emitTryCall emits the call and goes on to the normal return.
func (m *Machine) emitTryCall(e *vcode.Emitter, in *asm.Inst) {
	call := *in
	call.Op = x64.CALL
	if in.Op == pTRYCALLr {
		call.Op = x64.CALLr
	}
	e.Out(&call)
	e.Out(&asm.Inst{Op: x64.JMP, Aux: e.F.Lists[in.Imm].Normal})
}
