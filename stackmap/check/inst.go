package check

import (
	"davit/asm"
	"davit/ir"
	"davit/regalloc"
	"davit/vcode"
)

// instruction goes over machine instruction i.
func (c *Checker) instruction(i uint32) {
	s := &c.mach
	in := &s.VF.Insts[i]
	d := &s.Descs[vcode.DescIndex(in.Op)]
	lo, hi := s.RF.OperandStart[i], s.RF.OperandStart[i+1]
	ops, places := s.RF.Operands[lo:hi], s.Res.Allocs[lo:hi]
	switch {
	case d.List || in.Mem == asm.MemSlot || in.Mem == asm.MemIncoming:
		c.large(i, in, d, lo, hi)
		return
	case s.idle(ops, places):
		return
	case in.Mem != asm.MemNone || d.Pointers != 0:
		c.large(i, in, d, lo, hi)
		return
	}
	x := uint8(0)
	for k := range ops {
		if ops[k].Kind == regalloc.Use {
			x |= s.use(i, &ops[k], s.place(places[k]))
		}
	}
	isMove := s.RF.Flags[i]&regalloc.IsMove != 0
	for k := range ops {
		if ops[k].Kind == regalloc.Def {
			s.define(&ops[k], s.place(places[k]), x, isMove)
		}
	}
}

// idle reports whether nothing that is tracked has a part in an instruction. Definitions come before uses in the list, and
// may have the same place; of several only one is noted as written, which is on the safe side.
func (s *machine) idle(ops []regalloc.Operand, places []regalloc.Alloc) bool {
	row, mark, names := s.row, s.mark, s.names
	tracked, def := uint8(0), -1
	for k := range ops {
		o, p := &ops[k], s.place(places[k])
		name := names[o.VReg]
		tracked |= row[p] | uint8(name^name>>1)&1 // derived or reference
		if o.Kind == regalloc.Use {
			mark[p] |= ^mark[p] >> 1 & wasRead
		} else {
			def = p
		}
		if p >= s.slot0 {
			tracked |= row[p+1] // it may have 16 bytes
			s.reads(p + 1)
		}
	}
	if tracked != 0 {
		return false
	}
	if def >= 0 {
		s.writes(def)
	}
	return true
}

// large goes over an instruction with a memory operand or a list of operands: lo to hi, of which those up to fields are
// its registers, those up to addr belong to the memory operand, and the rest is the list.
func (c *Checker) large(i uint32, in *asm.Inst, d *vcode.Desc, lo, hi uint32) {
	s := &c.mach
	addr := hi
	if d.List {
		li := &s.VF.Lists[in.Imm]
		addr -= li.NUses + li.NDefs
	}
	fields := addr
	if in.Mem != asm.MemNone {
		if in.Base.IsVirtual() {
			fields--
		}
		if in.Index.IsVirtual() {
			fields--
		}
	}
	x, defs := uint8(0), fields
	for o := lo; o < fields; o++ {
		ob := &s.RF.Operands[o]
		if ob.Kind != regalloc.Use {
			defs = min(defs, o)
			continue
		}
		y := s.use(i, ob, s.place(s.Res.Allocs[o]))
		if d.Call || d.Pointers>>(o-lo)&1 != 0 {
			s.address(i, ob, o, y)
			continue
		}
		x |= y
	}
	for o := fields; o < addr; o++ {
		ob := &s.RF.Operands[o]
		y := s.use(i, ob, s.place(s.Res.Allocs[o]))
		if in.Mem != asm.MemNone && d.Mem == 0 {
			x |= y // only the address is computed
			continue
		}
		s.address(i, ob, o, y)
	}
	isLoad := false
	if in.Mem != asm.MemNone {
		x, isLoad = c.memoryOperand(i, in, d, x, lo, fields)
	}
	if d.List {
		c.listInst(i, in, d, addr)
		x = 0
	}
	for o := defs; o < fields; o++ {
		if ob := &s.RF.Operands[o]; ob.Kind == regalloc.Def {
			s.define(ob, s.place(s.Res.Allocs[o]), x, isLoad)
		}
	}
}

// use returns what an operand holds, and checks that a number is none that is old.
func (s *machine) use(i uint32, o *regalloc.Operand, p int) uint8 {
	x := s.get(p, o.VReg)
	if x&(mayRef|mayOld) == mayRef|mayOld {
		x |= mayOldRef
		if k := s.names[o.VReg]; k == number || k == derived {
			s.note(i, p, o.VReg, "expects something else in")
		}
	}
	return x
}

// address checks an operand that is used as an address.
func (s *machine) address(i uint32, ob *regalloc.Operand, o uint32, x uint8) {
	if x&mayTracked != 0 && x&mayOld != 0 {
		s.note(i, s.place(s.Res.Allocs[o]), ob.VReg, "takes an address from")
	}
}

// define sets what a definition holds. x is what the operands hold; a copy holds the same.
func (s *machine) define(o *regalloc.Operand, p int, x uint8, isCopy bool) {
	old := x & mayOld
	switch s.names[o.VReg] {
	case number:
		x = 0
	case derived:
		x = mayDerived | old
	case reference:
		if !isCopy && x&mayOldRef == 0 {
			old = 0 // who makes a reference of numbers answers for it
		}
		x = mayRef | old
	default:
		switch {
		case x&mayTracked == 0:
			x = 0
		case isCopy:
			x &= mayTracked | mayOld
		default:
			x = mayDerived | old
		}
	}
	s.put(p, o.VReg, x)
}

// memoryOperand goes over the memory operand of an instruction whose data holds x. It returns what the results are
// computed from, and whether the instruction only loads.
func (c *Checker) memoryOperand(i uint32, in *asm.Inst, d *vcode.Desc, x uint8, lo, fields uint32) (result uint8, isLoad bool) {
	s := &c.mach
	if d.Mem&vcode.MemWrites != 0 && x&mayOldRef != 0 {
		for o := lo; o < fields; o++ {
			if ob := &s.RF.Operands[o]; ob.Kind == regalloc.Use {
				p := s.place(s.Res.Allocs[o])
				if y := s.get(p, ob.VReg); y&(mayRef|mayOld) == mayRef|mayOld {
					s.note(i, p, ob.VReg, "stores")
				}
			}
		}
	}
	switch {
	case in.Mem == asm.MemIncoming && d.Mem&vcode.MemReads != 0:
		s.reads(s.passed)
		return x | s.row[s.passed], true
	case in.Mem != asm.MemSlot:
		return x, false
	case d.Mem == 0 || in.Index != asm.NoReg || in.Base != asm.NoReg:
		c.escaped(uint32(in.Disp))
		return x, false
	}
	size := uint32(d.MemBytes)
	if size == 0 {
		size = uint32(in.Size)
	}
	start, end := uint32(in.Disp), uint32(in.Disp)+size
	stored := x & (mayTracked | mayOld)
	if d.Mem&vcode.MemReads != 0 {
		isLoad = true
		for k := s.pieceAt(start); k < len(s.pieces) && s.pieces[k].start < end; k++ {
			s.reads(s.piece0 + k)
			y := s.row[s.piece0+k] & (mayTracked | mayOld)
			if y&(mayRef|mayOld) == mayRef|mayOld {
				y |= mayOldRef
			}
			isLoad = isLoad && s.pieces[k].start >= start && s.pieces[k].end <= end
			x |= y
		}
		if stored = 0; x&mayTracked != 0 {
			stored = mayDerived | x&mayOld
		}
	}
	if d.Mem&vcode.MemWrites != 0 {
		for k := s.pieceAt(start); k < len(s.pieces) && s.pieces[k].start < end; k++ {
			if p := s.piece0 + k; s.pieces[k].start >= start && s.pieces[k].end <= end {
				s.row[p] = stored
				s.writes(p)
			} else {
				s.row[p] |= mayBlank
				s.reads(p)
			}
		}
	}
	return x, isLoad
}

// escaped notes that the address of the slot at an offset becomes known elsewhere: nothing is known of it any more.
func (c *Checker) escaped(off uint32) {
	s := &c.mach
	for k, cell := range c.cells.cells {
		base := s.VF.SlotOffsets[cell.Slot]
		if base > off || off > base+c.f.StackSlots[cell.Slot].Size {
			continue
		}
		for p := s.ofCell[k].start; p < s.ofCell[k].end; p++ {
			s.row[s.piece0+int(p)] = 0
			s.writes(s.piece0 + int(p))
		}
	}
}

// listInst goes over the list of a call or another instruction, which starts at operand o, and what else a call does.
func (c *Checker) listInst(i uint32, in *asm.Inst, d *vcode.Desc, o uint32) {
	s := &c.mach
	li := &s.VF.Lists[in.Imm]
	for end := o + li.NUses; o < end; o++ {
		ob, p := &s.RF.Operands[o], s.place(s.Res.Allocs[o])
		if s.use(i, ob, p)&mayOldRef != 0 {
			s.note(i, p, ob.VReg, "passes or returns")
		}
	}
	inst := ir.NoInst
	if d.Call {
		inst = s.points[s.call]
		s.call++
	}
	switch {
	case inst != ir.NoInst:
		c.machPoint(i, inst, &li.Clobbers)
	case !li.Clobbers.Empty():
		s.clobber(&li.Clobbers)
	}
	for end := o + li.NDefs; o < end; o++ {
		s.define(&s.RF.Operands[o], s.place(s.Res.Allocs[o]), 0, false)
	}
}

// keeps returns s.kept for some clobbers.
func (s *machine) keeps(regs *regalloc.RegSet) []uint8 {
	if *regs != s.destroys || len(s.kept) == 0 {
		s.destroys = *regs
		s.kept = cleared(s.kept, s.slot0)
		for r := range asm.Reg(len(s.regs)) {
			if !regs.Has(r) {
				s.kept[s.regs[r]] = 0xff
			}
		}
		s.kept[s.passed] = 0xff
	}
	return s.kept
}

// clobber destroys what some registers hold.
func (s *machine) clobber(regs *regalloc.RegSet) {
	row, marks := s.row, s.mark
	for kept := s.keeps(regs); len(kept) >= 8 && len(row) >= 8 && len(marks) >= 8; kept, row, marks = kept[8:], row[8:], marks[8:] {
		keep := word(kept)
		setWord(row, word(row)&keep|garbage*ones&^keep)
		setWord(marks, word(marks)|uint64(wasWritten)*ones&^keep)
	}
}

// inMap marks the places that the map of the safepoint under way names.
const inMap = 0x80

// machPoint goes over a safepoint, which destroys some registers.
func (c *Checker) machPoint(i uint32, inst ir.Inst, clobbers *regalloc.RegSet) {
	s := &c.mach
	m := c.mapOf[inst]
	pieces := s.row[s.piece0:]
	for _, k := range c.entries[m.start:m.end] {
		for p := s.ofCell[k&^badEntry]; p.start < p.end; p.start++ {
			pieces[p.start] |= inMap
		}
	}
	row, marks := s.row, s.mark
	for kept := s.keeps(clobbers); len(kept) >= 8 && len(row) >= 8 && len(marks) >= 8; kept, row, marks = kept[8:], row[8:], marks[8:] {
		x, mark, keep := word(row), word(marks), word(kept)
		setWord(marks, mark|^mark>>1&ones<<2|uint64(wasWritten)*ones&^keep)
		setWord(row, (x|(x|x>>1)&ones<<2)&keep|garbage*ones&^keep)
	}
	for ; len(row) >= 8 && len(marks) >= 8; row, marks = row[8:], marks[8:] {
		x, mark := word(row), word(marks)
		named := x >> 7 & ones
		if wrong := named & (x>>2 | x>>3); wrong != 0 { // mayOld, mayBlank
			c.wrongEntries(i, inst, s.width-len(row), wrong)
		}
		unwritten, aged := ^mark>>1&ones, mark>>2
		setWord(marks, mark|unwritten&named&aged|unwritten&named&^aged<<3|unwritten&^named<<2)
		setWord(row, x&^(named*(inMap|uint64(mayOld)))|(x|x>>1)&ones&^named<<2)
	}
	s.row[s.passed] = mayOld
	s.writes(s.passed)
}

// wrongEntries records the entries of the map of a safepoint that are about places from k on, those that wrong has a bit in
// the byte of.
func (c *Checker) wrongEntries(i uint32, inst ir.Inst, k int, wrong uint64) {
	s := &c.mach
	m := c.mapOf[inst]
	for n, e := range c.f.StackMap(inst) {
		cell := c.entries[m.start+uint32(n)] &^ badEntry
		for p := s.ofCell[cell].start; p < s.ofCell[cell].end; p++ {
			if at := s.piece0 + int(p); at >= k && at < k+8 && wrong>>(8*(at-k))&1 != 0 {
				s.noteOnce(badPlace{block: s.block, inst: i, place: at, entry: e, isEntry: true})
				break
			}
		}
	}
}

// note records that the operand v of instruction i, at place p, is not what it must be.
func (s *machine) note(i uint32, p int, v uint32, what string) {
	s.noteOnce(badPlace{block: s.block, inst: i, place: p, vreg: v, what: what})
}

func (s *machine) noteOnce(b badPlace) {
	for k := range s.bad {
		o := &s.bad[k]
		if o.inst == b.inst && o.isEntry == b.isEntry && o.entry == b.entry && (o.place == b.place || b.isEntry) {
			return
		}
	}
	s.bad = append(s.bad, b)
}
