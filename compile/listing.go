package compile

import (
	"fmt"
	"strconv"

	"davit/asm"
	"davit/ir/op"
	"davit/vcode"
)

// VCode returns the function compiled last as machine instructions over virtual registers, as lowering made them. A
// stack map stands on its own line right after its call, in bytes from the start of the explicit-slot area.
func (c *Context) VCode() string {
	var b []byte
	for i := range c.vf.Blocks {
		blk := &c.vf.Blocks[i]
		b = append(append(b, "block"...), strconv.Itoa(i)...)
		if ps := c.vf.Params[blk.ParamStart:blk.ParamEnd]; len(ps) > 0 {
			b = appendRegs(append(b, '('), ps)
			b = append(b, ')')
		}
		b = append(b, ':')
		if uint32(blk.IR) != ^uint32(0) {
			b = append(append(b, "  ; "...), blk.IR.String()...)
		}
		if blk.Cold {
			b = append(b, " cold"...)
		}
		b = append(b, '\n')
		for k := blk.Start; k < blk.End; k++ {
			in := &c.vf.Insts[k]
			b = c.mach.Format(append(b, "  "...), &c.vf, nil, in)
			if as := c.vf.Args[blk.ArgStart:blk.ArgEnd]; k+1 == blk.End && len(as) > 0 {
				b = appendRegs(append(b, " args ("...), as)
				b = append(b, ')')
			}
			b = append(b, '\n')
			if !c.mach.Descs()[vcode.DescIndex(in.Op)].Call {
				continue
			}
			if m := c.vf.Lists[in.Imm].Map; m != 0 {
				b = appendMap(append(b, "  "...), c.vf.StackMaps[m-1].Entries)
				b = append(b, '\n')
			}
		}
	}
	return string(b)
}

func appendRegs(b []byte, rs []asm.Reg) []byte {
	for i, r := range rs {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(append(b, '%'), r.String()...)
	}
	return b
}

// appendMap prints the entries of a map in terms of the slot area: "; stack map: i32 {0, 4}, i64 {8}".
func appendMap(b []byte, es []asm.StackMapEntry) []byte {
	return appendEntries(append(b, "; stack map:"...), es, 0)
}

func appendEntries(b []byte, es []asm.StackMapEntry, base uint32) []byte {
	for i, e := range es {
		switch {
		case i == 0:
			b = append(append(append(b, ' '), op.Type(e.Type).String()...), " {"...)
		case e.Type != es[i-1].Type:
			b = append(append(append(b, "}, "...), op.Type(e.Type).String()...), " {"...)
		default:
			b = append(b, ", "...)
		}
		b = strconv.AppendUint(b, uint64(e.Offset)+uint64(base), 10)
	}
	if len(es) > 0 {
		b = append(b, '}')
	}
	return b
}

// Disassembly lists the machine code of the function compiled last, if Listing was set: an instruction a line, with its
// offset. Right after a call that has a stack map a line gives the map in its final form: the return address, the frame
// size, and the offsets of the references from the nominal stack pointer.
func (c *Context) Disassembly() string {
	if c.code == nil || !c.Listing {
		return ""
	}
	var b []byte
	maps := c.code.StackMaps
	insts := c.trace.Insts
	traps := c.code.Traps // in the order of their offsets; those that no instruction below has stand out of line
	for i := range insts {
		t := &insts[i]
		at := c.buf.FinalLabel(t.Label)
		for len(traps) > 0 && traps[0].Offset < at {
			b, traps = c.appendTrap(b, traps[0]), traps[1:]
		}
		if t.Block >= 0 {
			b = fmt.Appendf(b, "block%d: ; offset 0x%x\n", t.Block, at)
			continue
		}
		if i+1 < len(insts) && c.buf.FinalLabel(insts[i+1].Label) == at {
			continue // nothing is left of it
		}
		if len(traps) > 0 && traps[0].Offset == at {
			traps = traps[1:]
		}
		if t.Branch > 0 {
			for k := range t.Jumps {
				b = c.appendBranch(b, c.buf.FinalBranch(int(t.Branch-1+k)))
			}
			continue
		}
		b = fmt.Appendf(b, "%6x  ", at)
		b = append(c.mach.Format(b, &c.vf, &c.em, &t.In), '\n')
		end := c.code.CodeSize
		if i+1 < len(insts) {
			end = c.buf.FinalLabel(insts[i+1].Label)
		}
		for ; len(maps) > 0 && maps[0].Offset <= end; maps = maps[1:] {
			b = fmt.Appendf(b, "        ; stack map at 0x%x: frame_size=%d, sp offsets:", maps[0].Offset, maps[0].FrameSize)
			b = append(appendEntries(b, maps[0].Entries, maps[0].SlotArea), '\n')
		}
	}
	for _, t := range traps {
		b = c.appendTrap(b, t)
	}
	return string(b)
}

// appendTrap prints a trap that stands out of line.
func (c *Context) appendTrap(b []byte, t asm.Trap) []byte {
	b = fmt.Appendf(b, "%6x  ", t.Offset)
	return append(c.mach.FormatTrap(b, t.Code), '\n')
}

// appendBranch prints a branch as it was laid out: a conditional part, a jump, or both.
func (c *Context) appendBranch(b []byte, f asm.FinalBranch) []byte {
	cond, jump := f, f
	cond.HasJump, jump.HasCond = false, false
	if f.HasCond {
		b = fmt.Appendf(b, "%6x  ", f.Offset)
		b = append(c.mach.FormatBranch(b, &c.em, cond), '\n')
	}
	if f.HasJump {
		b = fmt.Appendf(b, "%6x  ", f.Offset+f.CondSize)
		b = append(c.mach.FormatBranch(b, &c.em, jump), '\n')
	}
	return b
}
