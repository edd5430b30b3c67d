package x64

import (
	"encoding/binary"

	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
)

// Shuffles of bytes.
//
// Problem: shuffle picks 16 of the 32 bytes of two vectors by a constant. PSHUFB can do all of that, with a constant from
// memory per operand and an OR. Most shuffles of real programs are instances of something cheaper.
//
// Idea: an ordered list of instruction patterns. Each says which bytes an instruction picks, for given operands, and
// whether an immediate exists that picks the wanted ones. Byte numbers are those of the pair of operands; bytes that
// come from a vector known to be zero are anyZero and match every byte of such an operand. A shuffle of a vector with
// itself, or of one operand only, has one operand.
//
// Invariants: S1 an index below 16 means a byte of operand a, one below 32 a byte of b, anyZero a zero. S2 if there is one
// operand, no index is 16 to 31.
//
// Cost: a constant number of comparisons of 16 bytes per shuffle.

const anyZero = 0xff

// shuffle is a shuffle to be lowered.
type shuffle struct {
	idx  [16]uint8
	a, b ir.Value
	one  bool // b takes no part
}

// newShuffle brings a shuffle into the form of S1 and S2.
func (l *lowerer) newShuffle(x, y ir.Value, mask []byte) shuffle {
	s := shuffle{a: x, b: y}
	same := l.f.Resolve(x) == l.f.Resolve(y)
	zx, zy := l.isZeroX(x), l.isZeroX(y)
	usesA, usesB := false, false
	for i, k := range mask {
		if same {
			k &= 15
		}
		switch {
		case k < 16 && zx, k >= 16 && zy:
			k = anyZero
		case k < 16:
			usesA = true
		default:
			usesB = true
		}
		s.idx[i] = k
	}
	if !usesB {
		s.one = true
	} else if !usesA {
		s.one, s.a, s.b = true, y, x
		for i, k := range s.idx {
			if k != anyZero {
				s.idx[i] = k - 16
			}
		}
	}
	return s
}

// swapped returns the same shuffle with operands exchanged.
func (s shuffle) swapped() shuffle {
	s.a, s.b = s.b, s.a
	for i, k := range s.idx {
		if k != anyZero {
			s.idx[i] = k ^ 16
		}
	}
	return s
}

// hasZero reports whether some byte is zero whatever the operands.
func (s *shuffle) hasZero() bool {
	for _, k := range s.idx {
		if k == anyZero {
			return true
		}
	}
	return false
}

// lanes returns the shuffle as one of lanes of size bytes, if it is: the number of the lane that goes to each place, or
// anyZero.
func (s *shuffle) lanes(size int) (ks [16]uint8, ok bool) {
	for i := 0; i < 16; i += size {
		k := s.idx[i]
		for j := range size {
			switch {
			case k == anyZero:
				if s.idx[i+j] != anyZero {
					return ks, false
				}
			case int(k)%size != 0 || s.idx[i+j] != k+uint8(j):
				return ks, false
			}
		}
		ks[i/size] = anyZero
		if k != anyZero {
			ks[i/size] = k / uint8(size)
		}
	}
	return ks, true
}

// unpacks are the instructions that interleave lanes of two operands.
var unpacks = [...]struct {
	row  uint16
	size int // of a lane
	from int // first byte
}{
	{x64.PUNPCKLBW, 1, 0}, {x64.PUNPCKHBW, 1, 8}, {x64.PUNPCKLWD, 2, 0}, {x64.PUNPCKHWD, 2, 8},
	{x64.PUNPCKLDQ, 4, 0}, {x64.PUNPCKHDQ, 4, 8}, {x64.PUNPCKLQDQ, 8, 0}, {x64.PUNPCKHQDQ, 8, 8},
}

// vecShuffle lowers shuffle.
func (l *lowerer) vecShuffle(x, y ir.Value, m ir.Immediate) asm.Reg {
	s := l.newShuffle(x, y, l.f.Immediates[m][:])
	if r, ok := l.shuffleOne(&s); ok {
		return r
	}
	if r, ok := l.shuffleTwo(&s); ok {
		return r
	}
	return l.shuffleAny(&s)
}

// shuffleOne lowers shuffles of one operand.
func (l *lowerer) shuffleOne(s *shuffle) (asm.Reg, bool) {
	t := op.I8X16
	if !s.one {
		return 0, false
	}
	if s.hasZero() {
		return l.shuffleZero(s)
	}
	if d, ok := s.lanes(4); ok {
		imm := int64(d[0]) | int64(d[1])<<2 | int64(d[2])<<4 | int64(d[3])<<6
		if imm == 0xe4 {
			return l.Reg(s.a), true
		}
		o := l.vex(x64.PSHUFD)
		return l.op1I(o, t, l.xrm(o, s.a), imm), true
	}
	if w, ok := s.lanes(2); ok {
		if o, imm, ok := halfShuffle(w); ok {
			o = l.vex(o)
			return l.op1I(o, t, l.xrm(o, s.a), imm), true
		}
	}
	if s.idx == [16]uint8{} {
		return l.splatFront(t, l.Reg(s.a)), true
	}
	for _, u := range unpacks[:4] {
		if s.matchesUnpack(u.size, u.from, 0) {
			x := l.Reg(s.a)
			return l.opXX(u.row, t, x, x), true
		}
	}
	if n, ok := s.rotation(); ok && l.hasSSSE3() {
		x := l.Reg(s.a)
		return l.opXI(x64.PALIGNR, t, x, regRM(x), n), true
	}
	return 0, false
}

// shuffleZero lowers shuffles of one operand and zeros: shifts by bytes, and interleaving with zeros.
func (l *lowerer) shuffleZero(s *shuffle) (asm.Reg, bool) {
	t := op.I8X16
	for k := 1; k < 16; k++ {
		left, right := true, true
		for i, v := range s.idx {
			left = left && (i < k && v == anyZero || i >= k && int(v) == i-k)
			right = right && (i >= 16-k && v == anyZero || i < 16-k && int(v) == i+k)
		}
		switch {
		case left:
			return l.shiftX(x64.PSLLDQi, t, l.Reg(s.a), int64(k)), true
		case right:
			return l.shiftX(x64.PSRLDQi, t, l.Reg(s.a), int64(k)), true
		}
	}
	for _, u := range unpacks {
		if s.matchesUnpack(u.size, u.from, anyZero) {
			return l.opXX(u.row, t, l.Reg(s.a), l.zeroX(t)), true
		}
	}
	return 0, false
}

// matchesUnpack reports whether the bytes are those that an unpack instruction picks of a, from a byte on, and of the
// second operand, whose bytes start at number second (16; 0 if it is a too; or all of which are zero).
func (s *shuffle) matchesUnpack(size, from int, second uint8) bool {
	for i, k := range s.idx {
		want := uint8(from + i/(2*size)*size + i%size)
		if i/size&1 != 0 {
			if second == anyZero {
				want = anyZero
			} else {
				want += second
			}
		}
		if k != want {
			return false
		}
	}
	return true
}

// halfShuffle finds a shuffle of the words of one half.
func halfShuffle(w [16]uint8) (o uint16, imm int64, ok bool) {
	low := w[0] == 0 && w[1] == 1 && w[2] == 2 && w[3] == 3
	high := w[4] == 4 && w[5] == 5 && w[6] == 6 && w[7] == 7
	o, base := uint16(x64.PSHUFLW), 0
	if low {
		o, base = x64.PSHUFHW, 4
	} else if !high {
		return 0, 0, false
	}
	for i := range 4 {
		k := int(w[base+i]) - base
		if k < 0 || k > 3 {
			return 0, 0, false
		}
		imm |= int64(k) << (2 * i)
	}
	return o, imm, true
}

// rotation finds a rotation of one operand by bytes.
func (s *shuffle) rotation() (int64, bool) {
	for i, k := range s.idx {
		if k != (s.idx[0]+uint8(i))&15 {
			return 0, false
		}
	}
	return int64(s.idx[0]), true
}

// shuffleTwo lowers shuffles of two operands by a single instruction.
func (l *lowerer) shuffleTwo(s *shuffle) (asm.Reg, bool) {
	if s.one {
		return 0, false
	}
	for _, v := range [2]shuffle{*s, s.swapped()} {
		if r, ok := l.shuffleOrdered(&v); ok {
			return r, true
		}
	}
	return 0, false
}

func (l *lowerer) shuffleOrdered(s *shuffle) (asm.Reg, bool) {
	t := op.I8X16
	for _, u := range unpacks {
		if s.matchesUnpack(u.size, u.from, 16) {
			o := l.vex(u.row)
			return l.two(o, 0, t, l.Reg(s.a), l.xrm(o, s.b)), true
		}
	}
	if n := s.idx[0]; n < 16 && l.hasSSSE3() && s.consecutive() {
		o := l.vex(x64.PALIGNR)
		return l.opXI(o, t, l.Reg(s.b), l.xrm(o, s.a), int64(n)), true
	}
	if w, ok := s.lanes(2); ok && l.hasSSE41() {
		if imm, ok := blend(w); ok {
			o := l.vex(x64.PBLENDW)
			return l.opXI(o, t, l.Reg(s.a), l.xrm(o, s.b), imm), true
		}
	}
	if d, ok := s.lanes(4); ok && d[0] < 4 && d[1] < 4 && d[2]-4 < 4 && d[3]-4 < 4 {
		imm := int64(d[0]) | int64(d[1])<<2 | int64(d[2]-4)<<4 | int64(d[3]-4)<<6
		o := l.vex(x64.SHUFPS)
		return l.opXI(o, t, l.Reg(s.a), l.xrm(o, s.b), imm), true
	}
	if d, ok := s.lanes(8); ok && d[0] == 2 && d[1] == 1 {
		return l.opXX(x64.MOVSDr, t, l.Reg(s.a), l.Reg(s.b)), true
	}
	return 0, false
}

// consecutive reports whether each byte is the one after that before it.
func (s *shuffle) consecutive() bool {
	for i, k := range s.idx {
		if k != s.idx[0]+uint8(i) {
			return false
		}
	}
	return true
}

// blend finds a choice between words in the same place.
func blend(w [16]uint8) (imm int64, ok bool) {
	for i, k := range w[:8] {
		switch int(k) {
		case i:
		case i + 8:
			imm |= 1 << i
		default:
			return 0, false
		}
	}
	return imm, true
}

// byteMask makes a constant of 16 byte indices.
func byteMask(b *[16]uint8) xconst {
	return xconst{binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[8:]), 16}
}

// shuffleAny lowers every shuffle: by VPERMI2B, or by PSHUFB of each operand, whose indices of 0x80 and more make zeros.
func (l *lowerer) shuffleAny(s *shuffle) asm.Reg {
	t := op.I8X16
	if !s.one && !s.hasZero() && l.hasVBMI() {
		idx := l.loadConst(t, byteMask(&s.idx))
		dst := l.NewReg(t)
		in := asm.Inst{Op: x64.VPERMI2B, R: [4]asm.Reg{dst, idx, l.Reg(s.a)}}
		l.emitRM(in, 3, l.xrm(x64.VPERMI2B, s.b))
		return dst
	}
	var a, b [16]uint8
	for i, k := range s.idx {
		a[i], b[i] = 0x80, 0x80
		switch {
		case k < 16:
			a[i] = k
		case k < 32:
			b[i] = k - 16
		}
	}
	r := l.pshufbConst(l.Reg(s.a), &a)
	if s.one {
		return r
	}
	return l.opXX(x64.POR, t, l.pshufbConst(l.Reg(s.b), &b), r)
}

// pshufbConst shuffles the bytes of x by a constant.
func (l *lowerer) pshufbConst(x asm.Reg, idx *[16]uint8) asm.Reg {
	t := op.I8X16
	if l.hasSSSE3() {
		c := byteMask(idx)
		return l.opX(x64.PSHUFB, t, x, l.mask(c.lo, c.hi))
	}
	return l.libcall(ir.LibX86Pshufb, t, x, l.loadConst(t, byteMask(idx)))
}

// pshufb shuffles the bytes of x by y as PSHUFB does.
func (l *lowerer) pshufb(x, y ir.Value) asm.Reg {
	if l.hasSSSE3() {
		o := l.vex(x64.PSHUFB)
		return l.two(o, 0, op.I8X16, l.Reg(x), l.xrm(o, y))
	}
	return l.libcall(ir.LibX86Pshufb, op.I8X16, l.Reg(x), l.Reg(y))
}

// swizzle differs from PSHUFB in indices of 16 to 127, which saturating addition of 0x70 makes larger than 127.
func (l *lowerer) swizzle(x, y ir.Value) asm.Reg {
	if c, ok := l.constX(y); ok {
		var idx [16]uint8
		binary.LittleEndian.PutUint64(idx[:8], c.lo)
		binary.LittleEndian.PutUint64(idx[8:], c.hi)
		for i, k := range idx {
			if k >= 16 {
				idx[i] = anyZero
			}
		}
		s := shuffle{idx: idx, a: x, b: x, one: true}
		if r, ok := l.shuffleOne(&s); ok {
			return r
		}
		return l.shuffleAny(&s)
	}
	t := op.I8X16
	k := splatOf(0x70, 1, 16)
	o := l.vex(x64.PADDUSB)
	idx := l.two(o, 0, t, l.Reg(y), l.mask(k.lo, k.hi))
	if l.hasSSSE3() {
		return l.opXX(x64.PSHUFB, t, l.Reg(x), idx)
	}
	return l.libcall(ir.LibX86Pshufb, t, l.Reg(x), idx)
}
