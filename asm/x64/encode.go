package x64

import (
	"encoding/binary"
	"fmt"

	"davit/asm"
)

// Buffer kinds: see Target.
const (
	usePCRel32 = 0 // label use: 4 bytes relative to their own end

	branchJump = 0
	branchCond = 1
)

// Target describes x86-64 to an [asm.Buffer].
var Target = &asm.Target{
	Name: "x86_64", Align: 16, TrapInst: []byte{0x0f, 0x0b},
	Branches: []asm.BranchKind{
		branchJump: {Name: "jmp", Rungs: []asm.Rung{
			{Size: 2, Bias: 2, Min: -128, Max: 127},
			{Size: 5, Bias: 5, Min: -1 << 31, Max: 1<<31 - 1}},
			Encode: func(dst []byte, rung int, _ uint32, disp int64) {
				if rung == 0 {
					dst[0], dst[1] = 0xeb, byte(disp)
				} else {
					dst[0] = 0xe9
					binary.LittleEndian.PutUint32(dst[1:], uint32(disp))
				}
			}},
		branchCond: {Name: "jcc", Rungs: []asm.Rung{
			{Size: 2, Bias: 2, Min: -128, Max: 127},
			{Size: 6, Bias: 6, Min: -1 << 31, Max: 1<<31 - 1}},
			Encode: func(dst []byte, rung int, cc uint32, disp int64) {
				if rung == 0 {
					dst[0], dst[1] = 0x70|byte(cc&15), byte(disp)
				} else {
					dst[0], dst[1] = 0x0f, 0x80|byte(cc&15)
					binary.LittleEndian.PutUint32(dst[2:], uint32(disp))
				}
			},
			Invert: func(cc uint32) uint32 { return cc ^ 1 }},
	},
	CallField: 4, EndsCall: endsCall,
	Uses: []asm.LabelUse{usePCRel32: {Name: "pcrel32", Size: 4, Bias: 4, Min: -1 << 31, Max: 1<<31 - 1,
		Patch: func(at []byte, disp int64) { binary.LittleEndian.PutUint32(at, uint32(disp)) }}},
}

// Encode appends in, whose registers are physical, to b. Frame operands are resolved with fr, which may be nil if there
// are none. An instruction that its row does not allow is an error, and nothing is appended.
func Encode(b *asm.Buffer, in *asm.Inst, fr *Frame) error {
	row := Lookup(in.Op)
	if row == nil {
		return fmt.Errorf("x64: no instruction has opcode %#x", in.Op)
	}
	var short asm.Inst
	if row.Attr&shortens != 0 {
		short = *in
		Shorten(&short, fr)
		in = &short
		row = Lookup(in.Op)
	}
	var e encoder
	e.b, e.in, e.row, e.f, e.enc, e.size = b, in, row, form(in.Op, row), row.enc, in.Size&row.Sizes
	problem := e.check()
	if problem == "" && in.Mem != asm.MemNone {
		problem = e.mem.resolve(in, fr)
		if e.mem.base > R15 || e.mem.index > R15 {
			problem = "no general-purpose register in the address"
		}
	}
	if problem == "" {
		e.dst = (*[32]byte)(b.Tail())
		problem = e.encode()
	}
	if problem != "" {
		return fmt.Errorf("x64: %s (size %d): %s", row.Name, in.Size, problem)
	}
	return nil
}

// encoder is the state of encoding one instruction.
type encoder struct {
	b    *asm.Buffer
	in   *asm.Inst
	row  *Row
	f    *formInfo
	dst  *[32]byte // where the instruction goes
	enc  uint32
	mem  memRef
	size uint8
	immN uint8 // bytes of immediate
	imm  int64
}

// check compares the operands with the form.
func (e *encoder) check() string {
	in, row, f := e.in, e.row, e.f
	if row.Sizes != 0 && (row.Sizes&in.Size == 0 || in.Size&(in.Size-1) != 0) {
		return "size not possible"
	}
	hasMem := in.Mem != asm.MemNone
	switch {
	case hasMem && !f.mem.May():
		return "memory operand not possible"
	case !hasMem && f.mem.Must():
		return "memory operand missing"
	case in.Flags&Lock != 0 && (row.Attr&Lockable == 0 || !hasMem):
		return "lock not possible"
	}
	for i := 0; i < int(f.n); i++ {
		o := f.ops[i]
		var r asm.Reg
		if i < 4 {
			r = in.R[i]
		} else {
			r = in.Reg(i)
		}
		if hasMem && o&(opOrMem|opDest) != 0 {
			if r != asm.NoReg {
				return "both register and memory"
			}
			continue
		}
		if r == asm.NoReg && o&opOptional != 0 {
			continue
		}
		if o&opFloat == 0 {
			if r-RAX > R15-RAX {
				return "operand is no general-purpose register"
			}
		} else if r-XMM0 > XMM31-XMM0 || r >= XMM16 && row.enc&onlyXX != evex {
			return "operand is no vector register"
		}
		if o&(opFixed|opReuse) != 0 {
			arg := asm.Reg(o >> opArg)
			if o&opReuse != 0 {
				arg = in.R[arg]
			}
			if r != arg && (o&opFixed != 0 || arg != asm.NoReg) {
				return "operand is not in the register that it must be in"
			}
		}
	}
	return ""
}

func (e *encoder) encode() string {
	in := e.in
	if e.row.Attr&predName != 0 && uint64(in.Imm) > e.maxPredicate() {
		return "unknown predicate"
	}
	switch e.f.imm {
	case imm8:
		if in.Imm < -128 || in.Imm > 255 {
			return "immediate does not fit a byte"
		}
		e.imm, e.immN = in.Imm, 1
	case immIs4:
		e.imm, e.immN = int64(HW(in.R[e.f.is4-1]))<<4, 1
	}
	if e.f.kind != encModRM {
		return e.special()
	}
	if e.size > 1 && e.enc&b8 != 0 {
		e.enc |= 1
	}
	if e.enc&plusCC != 0 {
		e.enc |= uint32(in.CC & 15)
	}
	e.modRM()
	if e.row.Attr&EndsFlow != 0 {
		e.b.NoFallthrough()
	}
	return ""
}

func (e *encoder) maxPredicate() uint64 {
	if e.in.Op&VEX != 0 {
		return 31
	}
	return 7
}

// modRM writes an instruction with a ModRM byte.
func (e *encoder) modRM() {
	f := e.f
	reg := uint8(e.enc >> digitShift & 7)
	if f.reg != 0 {
		reg = HW(e.in.R[f.reg-1])
	}
	rm := uint8(0)
	if e.in.Mem == asm.MemNone {
		rm = HW(e.in.R[f.rm-1])
	}
	var n int
	switch kind := e.enc & onlyXX; {
	case kind == evex:
		n = e.prefixEVEX(reg, rm)
	case kind == vexRow || e.in.Op&VEX != 0:
		n = e.prefixVEX(reg, rm)
	default:
		n = e.prefixLegacy(reg, rm)
	}
	e.dst[n] = byte(e.enc)
	n++
	fix := -1
	if e.in.Mem == asm.MemNone {
		e.dst[n] = 0xc0 | reg&7<<3 | rm&7
		n++
	} else {
		n, fix = e.address(n, reg&7<<3)
	}
	e.finish(n, fix)
}

// finish writes the immediate behind the n bytes of the instruction and hands it over. fix is the position of a field
// to be patched or relocated, or -1.
func (e *encoder) finish(n, fix int) {
	in, b := e.in, e.b
	switch e.immN {
	case 0:
	case 1:
		e.dst[n] = byte(e.imm)
	case 2:
		binary.LittleEndian.PutUint16(e.dst[n:], uint16(e.imm))
	case 4:
		binary.LittleEndian.PutUint32(e.dst[n:], uint32(e.imm))
	default:
		binary.LittleEndian.PutUint64(e.dst[n:], uint64(e.imm))
	}
	n += int(e.immN)
	if in.Trap != 0 {
		b.AddTrap(in.Trap)
	}
	if fix >= 0 {
		off := b.Offset() + uint32(fix)
		switch after := int64(n - fix); {
		case e.mem.kind == memLabel:
			b.UseLabel(off, usePCRel32, asm.Label(in.Aux), e.mem.disp+4-int32(after))
		case e.mem.kind == memSymbol:
			b.AddReloc(off, symbolReloc(in.Flags), in.Aux, int64(e.mem.disp)-after)
		default:
			b.AddReloc(off, asm.CoffX86SecRel, in.Aux, int64(e.mem.disp))
		}
	}
	b.Advance(n)
}

func symbolReloc(flags uint8) asm.RelocKind {
	switch {
	case flags&GOT != 0:
		return asm.X86GOTPCRel4
	case flags&TLV != 0:
		return asm.MachOX86_64TLV
	}
	return asm.X86PCRel4
}

// prefixLegacy writes everything before the opcode byte of an instruction without VEX or EVEX, and returns its length.
func (e *encoder) prefixLegacy(reg, rm uint8) (n int) {
	in, enc, dst := e.in, e.enc, e.dst
	if in.Flags&(Lock|GS) != 0 {
		if in.Flags&Lock != 0 {
			dst[n] = 0xf0
			n++
		}
		if in.Flags&GS != 0 && in.Mem != asm.MemNone {
			dst[n] = 0x65
			n++
		}
	}
	if enc&iz != 0 && e.size == 2 {
		dst[n] = 0x66
		n++
	}
	if pp := enc >> 10 & 3; pp != 0 {
		dst[n] = ppByte[pp]
		n++
	}
	rex := e.wBit()<<3 | reg>>3<<2
	if in.Mem == asm.MemNone {
		rex |= rm >> 3
		if (e.size == 1 || e.f.rmSize == 1) && rm-4 < 4 {
			rex |= 0x40
		}
	} else {
		rex |= e.addressBits()
	}
	if e.size == 1 && e.f.reg != 0 && reg-4 < 4 {
		rex |= 0x40
	}
	if rex != 0 {
		dst[n] = 0x40 | rex
		n++
	}
	switch enc & m0F3A {
	case m0F:
		dst[n] = 0x0f
		n++
	case m0F38:
		dst[n], dst[n+1] = 0x0f, 0x38
		n += 2
	case m0F3A:
		dst[n], dst[n+1] = 0x0f, 0x3a
		n += 2
	}
	return n
}

var ppByte = [4]byte{1: 0x66, 2: 0xf3, 3: 0xf2}

func (e *encoder) wBit() uint8 {
	if e.enc&w1 != 0 || e.enc&(wz|iz) != 0 && e.size == 8 {
		return 1
	}
	return 0
}

// addressBits returns the upper bits of the address registers as in a REX prefix: X and B.
func (e *encoder) addressBits() (bits uint8) {
	if e.mem.index != asm.NoReg {
		bits = HW(e.mem.index) >> 3 & 1 << 1
	}
	if e.mem.base != asm.NoReg {
		bits |= HW(e.mem.base) >> 3 & 1
	}
	return bits
}

// vRegister returns the register in VEX.vvvv. A source that is absent because nobody needs it becomes one that the
// instruction reads anyway, or else the destination.
func (e *encoder) vRegister(rm uint8) uint8 {
	if e.f.vvvv == 0 {
		return 0
	}
	r := e.in.R[e.f.vvvv-1]
	if r == asm.NoReg {
		if e.in.Mem == asm.MemNone && e.f.ops[e.f.rm-1]&opFloat != 0 {
			return rm
		}
		r = e.in.R[0]
	}
	return HW(r)
}

func (e *encoder) prefixVEX(reg, rm uint8) (n int) {
	bits := e.addressBits()
	if e.in.Mem == asm.MemNone {
		bits = rm >> 3
	}
	if e.in.Flags&GS != 0 && e.in.Mem != asm.MemNone {
		e.dst[n] = 0x65
		n++
	}
	w := e.wBit()
	last := ^e.vRegister(rm)&15<<3 | uint8(e.enc>>10&3)
	dst := e.dst[n : n+4]
	if bits == 0 && w == 0 && e.enc&m0F3A == m0F {
		dst[0], dst[1] = 0xc5, last|^(reg>>3)<<7
		return n + 2
	}
	dst[0] = 0xc4
	dst[1] = ^(reg>>3)<<7 | (^bits&3)<<5 | uint8(e.enc>>8&3)
	dst[2] = w<<7 | last
	return n + 3
}

func (e *encoder) prefixEVEX(reg, rm uint8) (n int) {
	bits := e.addressBits()
	if e.in.Mem == asm.MemNone {
		bits = rm >> 3 & 3 // the fourth bit of a register number takes the place of X
	}
	if e.in.Flags&GS != 0 && e.in.Mem != asm.MemNone {
		e.dst[n] = 0x65
		n++
	}
	v := e.vRegister(rm)
	dst := e.dst[n : n+4]
	dst[0] = 0x62
	dst[1] = ^(reg>>3)&1<<7 | (^bits&3)<<5 | ^(reg>>4)&1<<4 | uint8(e.enc>>8&3)
	dst[2] = e.wBit()<<7 | ^v&15<<3 | 4 | uint8(e.enc>>10&3)
	dst[3] = ^(v >> 4) & 1 << 3
	return n + 4
}

// address writes ModRM, SIB and displacement of the memory operand from position n on. It returns the position behind
// them, and that of the displacement if it must be patched or relocated, else -1.
func (e *encoder) address(n int, reg uint8) (next, fix int) {
	m, dst := &e.mem, e.dst
	if m.kind != memAddr {
		dst[n] = reg | 5
		binary.LittleEndian.PutUint32(dst[n+1:], 0)
		return n + 5, n + 1
	}
	if m.base == asm.NoReg {
		// Without a base the displacement has 4 bytes; without SIB it would be relative to the PC.
		sib := uint8(4<<3 | 5)
		if m.index != asm.NoReg {
			sib = m.scale<<6 | HW(m.index)&7<<3 | 5
		}
		dst[n], dst[n+1] = reg|4, sib
		return e.disp32(n + 2)
	}
	base := HW(m.base) & 7
	modRM := &dst[n]
	n++
	*modRM = reg | base
	if m.index != asm.NoReg {
		*modRM = reg | 4
		dst[n] = m.scale<<6 | HW(m.index)&7<<3 | base
		n++
	} else if base == 4 {
		dst[n] = 4<<3 | 4
		n++
	}
	disp, shift := m.disp, e.dispShift()
	switch {
	case e.in.Flags&SecRel != 0:
		*modRM |= 2 << 6
		return e.disp32(n)
	case disp == 0 && base != 5:
		return n, -1
	case disp>>shift<<shift == disp && int32(int8(disp>>shift)) == disp>>shift:
		*modRM |= 1 << 6
		dst[n] = byte(disp >> shift)
		return n + 1, -1
	}
	*modRM |= 2 << 6
	return e.disp32(n)
}

func (e *encoder) disp32(n int) (next, fix int) {
	if e.in.Flags&SecRel != 0 {
		binary.LittleEndian.PutUint32(e.dst[n:], 0)
		return n + 4, n
	}
	binary.LittleEndian.PutUint32(e.dst[n:], uint32(e.mem.disp))
	return n + 4, -1
}

// dispShift returns the logarithm of the unit of 8-bit displacements.
func (e *encoder) dispShift() uint32 {
	if e.enc&onlyXX != evex {
		return 0
	}
	t := e.enc & (7 << memShift)
	if t == tSize {
		if e.size == 8 {
			return 3
		}
		return 2
	}
	return t>>memShift - 1
}
