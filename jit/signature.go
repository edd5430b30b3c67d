package jit

import "fmt"

// Kind is the machine-level type of a parameter or result.
type Kind uint8

const (
	I8 Kind = iota + 1
	I16
	I32
	I64
	I128 // two words, low half first
	F16
	F32
	F64
	F128 // two words
	V128 // any 128-bit vector: two words
)

var kinds = [...]struct {
	name  string
	bytes uint8
	float bool
}{
	I8: {"i8", 1, false}, I16: {"i16", 2, false}, I32: {"i32", 4, false}, I64: {"i64", 8, false}, I128: {"i128", 16, false},
	F16: {"f16", 2, true}, F32: {"f32", 4, true}, F64: {"f64", 8, true}, F128: {"f128", 16, true}, V128: {"v128", 16, true},
}

func (k Kind) valid() bool { return k > 0 && int(k) < len(kinds) }

// String returns the name of the kind in lower case.
func (k Kind) String() string {
	if !k.valid() {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return kinds[k].name
}

// Bytes returns the size of a value of kind k.
func (k Kind) Bytes() int {
	if !k.valid() {
		return 0
	}
	return int(kinds[k].bytes)
}

// Words returns how many 64-bit words a value of kind k takes in argument and result buffers: 1 or 2.
func (k Kind) Words() int { return (k.Bytes() + 7) / 8 }

// Place says where a part of a parameter or result lives.
type Place uint8

const (
	// IntReg is a general-purpose register.
	IntReg Place = iota + 1
	// FloatReg is a floating-point or vector register.
	FloatReg
	// Stack is the stack-argument area (parameters only).
	Stack
	// Area is the memory behind the hidden result pointer (results only).
	Area
)

// Part is one machine-level piece of a parameter or result.
type Part struct {
	Place Place
	// Reg is the number of the register as the machine encodes it (x64: rax 0, rcx 1, rdx 2 … r15 15).
	Reg uint8
	// Bytes is the size of the piece: 1, 2, 4, 8, or 16 for vectors.
	Bytes uint8
	// Offset is the distance in bytes from the start of the area (Stack: from the stack pointer just before the
	// call instruction).
	Offset uint32
}

// Ext says how a narrow integer fills its register when Go passes it to compiled code, as an argument or as the result of a
// host function. From compiled code Go takes the bytes of the kind only.
type Ext uint8

const (
	NoExt   Ext = iota // upper bits are unspecified
	ZeroExt            // upper bits are zero
	SignExt            // upper bits are copies of the sign bit
)

// Param is a parameter or result: its kind and the places of its parts, least significant first.
type Param struct {
	Kind  Kind
	Ext   Ext
	Parts []Part
}

// Signature says how a function is called. Compilers fill it in from their own calling conventions; SystemV does so for
// the plain System V rules of x64.
type Signature struct {
	Params, Results []Param
	// StackBytes is the size of the stack arguments.
	StackBytes uint32
	// CalleePops says that the callee removes StackBytes from the stack when it returns.
	CalleePops bool
	// AreaBytes is the size of the memory for results with place Area; AreaReg is the integer register that carries
	// its address to the callee.
	AreaBytes uint32
	AreaReg   uint8
}

// SystemV returns the signature of the C convention of the machine that runs; in CLIF it is called system_v.
//
// On x64 integers are in rdi, rsi, rdx, rcx, r8, r9, floats and vectors in xmm0 to xmm7, the rest on the stack in slots of 8
// bytes (vectors: 16, aligned). Results come in rax, rdx and xmm0, xmm1; those that do not fit are written, in order, to memory
// whose address is a hidden first integer argument. The other machines differ in the registers; on arm64 the address is in
// x8. Halves of an i128 are placed one by one.
func SystemV(params, results []Kind) Signature {
	var s Signature
	ra := assigner{ints: cIntResults, floats: cFloatResults, memory: Area}
	s.Results = ra.assignAll(results)
	s.AreaBytes = ra.offset
	pa := assigner{ints: cIntArgs, floats: cFloatArgs, memory: Stack}
	switch {
	case s.AreaBytes == 0:
	case cAreaReg >= 0:
		s.AreaReg = uint8(cAreaReg & 0xff)
	default:
		s.AreaReg = pa.ints[0]
		pa.ints = pa.ints[1:]
	}
	s.Params = pa.assignAll(params)
	s.StackBytes = (pa.offset + 15) &^ 15
	return s
}

// assigner hands out registers and then memory.
type assigner struct {
	ints, floats []uint8
	memory       Place
	offset       uint32
}

func (a *assigner) assignAll(ks []Kind) []Param {
	ps := make([]Param, len(ks))
	for i, k := range ks {
		ps[i].Kind = k
		switch {
		case !k.valid():
		case k == I128:
			ps[i].Parts = []Part{a.part(8, false), a.part(8, false)}
		case kinds[k].bytes == 16 && !wideFloats:
			ps[i].Parts = []Part{a.part(8, false), a.part(8, false)}
		default:
			ps[i].Parts = []Part{a.part(kinds[k].bytes, kinds[k].float)}
		}
	}
	return ps
}

func (a *assigner) part(bytes uint8, float bool) Part {
	pool, place := &a.ints, IntReg
	if float {
		pool, place = &a.floats, FloatReg
	}
	if len(*pool) > 0 {
		p := Part{Place: place, Reg: (*pool)[0], Bytes: bytes}
		*pool = (*pool)[1:]
		return p
	}
	size := max(uint32(bytes), 8)
	a.offset = (a.offset + size - 1) &^ (size - 1)
	p := Part{Place: a.memory, Bytes: bytes, Offset: a.offset}
	if argsBigEndian {
		p.Offset += size - uint32(bytes)
	}
	a.offset += size
	return p
}

// maxArea bounds the stack arguments and the result area of one call: less than the guard below a native stack.
const maxArea = 32 << 10

// check reports the first rule that the signature breaks.
func (s *Signature) check() error {
	if s.StackBytes > maxArea || s.AreaBytes > maxArea {
		return fmt.Errorf("%d bytes of stack arguments and %d bytes of results in memory, at most %d of each are possible",
			s.StackBytes, s.AreaBytes, maxArea)
	}
	if s.StackBytes%8 != 0 {
		return fmt.Errorf("size of stack arguments is %d, not a multiple of 8", s.StackBytes)
	}
	if s.AreaBytes > 0 && !usableReg(s.AreaReg) {
		return fmt.Errorf("hidden result pointer in register %d, which is not usable for arguments", s.AreaReg)
	}
	for i := range s.Params {
		if err := s.Params[i].check(s.StackBytes, 0, usableReg); err != nil {
			return fmt.Errorf("parameter %d: %w", i, err)
		}
	}
	for i := range s.Results {
		if err := s.Results[i].check(0, s.AreaBytes, usableResult); err != nil {
			return fmt.Errorf("result %d: %w", i, err)
		}
	}
	return s.checkDistinct()
}

func (p *Param) check(stack, area uint32, usable func(uint8) bool) error {
	if !p.Kind.valid() {
		return fmt.Errorf("unknown kind %d", uint8(p.Kind))
	}
	total := 0
	for _, t := range p.Parts {
		switch t.Bytes {
		case 1, 2, 4, 8, 16:
		default:
			return fmt.Errorf("part of %d bytes", t.Bytes)
		}
		if t.Bytes < 8 && len(p.Parts) > 1 {
			return fmt.Errorf("one of %d parts has %d bytes, not a whole word", len(p.Parts), t.Bytes)
		}
		total += int(t.Bytes)
		limit := uint32(0)
		switch t.Place {
		case IntReg:
			if !usable(t.Reg) || t.Bytes == 16 {
				return fmt.Errorf("part of %d bytes in integer register %d", t.Bytes, t.Reg)
			}
			continue
		case FloatReg:
			if t.Reg > lastFloatReg || t.Bytes == 16 && !wideFloats {
				return fmt.Errorf("part of %d bytes in float register %d, the last one is %d", t.Bytes, t.Reg, lastFloatReg)
			}
			continue
		case Stack:
			limit = stack
		case Area:
			limit = area
		default:
			return fmt.Errorf("part without a place")
		}
		if t.Offset > limit || uint32(t.Bytes) > limit-t.Offset {
			return fmt.Errorf("part of %d bytes at offset %d of an area of %d bytes", t.Bytes, t.Offset, limit)
		}
	}
	if total != p.Kind.Bytes() {
		return fmt.Errorf("parts of %d bytes for a value of %d bytes (%s)", total, p.Kind.Bytes(), p.Kind)
	}
	return nil
}

// checkDistinct reports a register that is given out twice.
func (s *Signature) checkDistinct() error {
	var used [2]uint32
	if s.AreaBytes > 0 {
		used[0] = 1 << s.AreaReg
	}
	for _, list := range [][]Param{s.Params, s.Results} {
		for _, p := range list {
			for _, t := range p.Parts {
				if t.Place != IntReg && t.Place != FloatReg {
					continue
				}
				set := &used[t.Place-IntReg]
				if *set>>t.Reg&1 != 0 {
					return fmt.Errorf("register %d used twice", t.Reg)
				}
				*set |= 1 << t.Reg
			}
		}
		used = [2]uint32{}
	}
	return nil
}

// words returns the lengths of the argument and result buffers in 64-bit words.
func (s *Signature) words() (params, results int) { return countWords(s.Params), countWords(s.Results) }

func countWords(ps []Param) int {
	n := 0
	for i := range ps {
		n += ps[i].Kind.Words()
	}
	return n
}

// String returns the kinds of s in the way CLIF writes signatures.
func (s Signature) String() string {
	b := kindList([]byte{'('}, s.Params)
	b = append(b, ')')
	if len(s.Results) > 0 {
		b = kindList(append(b, " -> "...), s.Results)
	}
	return string(b)
}

func kindList(b []byte, ps []Param) []byte {
	for i := range ps {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, ps[i].Kind.String()...)
	}
	return b
}
