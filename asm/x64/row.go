package x64

import "davit/asm"

// VEX, or-ed into the opcode of an SSE row, selects the AVX form of the instruction.
const VEX uint16 = 0x8000

// Flags of an instruction, in Inst.Flags.
const (
	Lock   uint8 = 1 << iota // lock prefix; the memory operand is the destination
	GOT                      // the MemSymbol operand is the symbol's entry in the global offset table
	PLT                      // CALL and JMPs: the symbol may be reached through a linkage-table stub
	GS                       // the memory operand is relative to the segment GS
	SecRel                   // Disp of the memory operand is the offset of symbol Aux in its section (COFF)
	TLV                      // the MemSymbol operand is a thread-local variable's descriptor (Mach-O)
)

// Feature is what a processor must have to run an instruction.
type Feature uint8

// The features. SSE2 is part of the architecture.
const (
	Base Feature = iota
	SSE3
	SSSE3
	SSE41
	SSE42
	CX16
	FPOPCNT
	FLZCNT
	BMI1
	BMI2
	AVX
	AVX2
	FMA
	AVXVNNI
	AVX512VL // with AVX512F
	AVX512DQ // with VL where operands are vectors
	AVX512F  // scalar
	AVX512VBMI
	AVX512BITALG
	AVX512VNNI
	NumFeatures
)

var featureNames = [NumFeatures]string{"", "sse3", "ssse3", "sse41", "sse42", "cmpxchg16b", "popcnt", "lzcnt", "bmi1", "bmi2",
	"avx", "avx2", "fma", "avx_vnni", "avx512vl", "avx512dq", "avx512f", "avx512vbmi", "avx512bitalg", "avx512vnni"}

// String returns the name of the feature as settings have it, without "has_".
func (f Feature) String() string {
	if f < NumFeatures {
		return featureNames[f]
	}
	return "?"
}

// Attr holds facts about an instruction beyond operands and encoding.
type Attr uint16

// The attributes.
const (
	ReadsFlags  Attr = 1 << iota // depends on the arithmetic flags
	WritesFlags                  // changes the arithmetic flags
	Commutes                     // the last two sources may be exchanged
	Moves                        // a plain copy when both operands are registers
	EndsFlow                     // control does not go on to the next instruction
	AlignedMem                   // the memory operand, 16 bytes, must be aligned unless the VEX form is used
	Lockable                     // may take Lock with a memory destination

	suffix     // mnemonic is followed by b, w, l or q
	ccName     // mnemonic contains the condition code at '%'
	predName   // mnemonic contains the comparison predicate, Imm, at '%'
	shortens   // Shorten may find something
	noVEX      // has no AVX form
	alignedVEX // the memory operand must be aligned in the AVX form too
	intOperand // general-purpose registers have 4 bytes though Size is 0
	star       // the operand is printed with an asterisk: an indirect target
)

// Row is one instruction. Rows are read-only.
type Row struct {
	Name  string // mnemonic; parts between slashes are for sizes 1, 2, 4, 8
	Form  Form
	Sizes uint8 // bit set of values of Inst.Size; 0: Size does not matter
	Feat  Feature
	Attr  Attr
	enc   uint32
}

// The encoding of a row: opcode, opcode map, mandatory prefix and so on, or-ed together.
const (
	m0F   = 1 << 8 // opcode maps
	m0F38 = 2 << 8
	m0F3A = 3 << 8

	p66 = 1 << 10 // mandatory prefixes
	pF3 = 2 << 10
	pF2 = 3 << 10

	digitShift = 12 // the reg field of ModRM is a digit
	hasDigit   = 8 << digitShift
	d0         = hasDigit | 0<<digitShift
	d1         = hasDigit | 1<<digitShift
	d2         = hasDigit | 2<<digitShift
	d3         = hasDigit | 3<<digitShift
	d4         = hasDigit | 4<<digitShift
	d5         = hasDigit | 5<<digitShift
	d6         = hasDigit | 6<<digitShift
	d7         = hasDigit | 7<<digitShift

	w1     = 1 << 16 // W bit is set
	wz     = 1 << 17 // W bit is set if Size is 8
	iz     = 1 << 18 // integer operand size: prefix 66 for Size 2, W for Size 8
	b8     = 1 << 19 // the opcode is for bytes; other sizes have its lowest bit set
	vexRow = 1 << 20 // always VEX
	evex   = 2 << 20 // always EVEX
	onlyXX = 3 << 20

	// Size of a memory operand that is not Size, nor 16 bytes as AlignedMem says; for EVEX also the unit of 8-bit
	// displacements.
	memShift = 22
	t1       = 1 << memShift
	t2       = 2 << memShift
	t4       = 3 << memShift
	t8       = 4 << memShift
	t16      = 5 << memShift
	tSize    = 7 << memShift // the operand size
	rm2      = 2 << memShift // instructions without operands: the rm field of ModRM is 2

	plusReg = 1 << 25 // the register is part of the opcode
	plusCC  = 1 << 26 // the condition code is part of the opcode
)

// Operand says what one register operand of an instruction is.
type Operand uint16

const (
	opUse Operand = 1 << iota
	opDef
	opFloat
	opOrMem    // source that may be memory
	opDest     // destination r/m, or the source it reuses: NoReg if the destination is memory
	opReuse    // in the register of the operand in the upper byte
	opFixed    // in the physical register in the upper byte
	opOptional // may be NoReg

	opArg = 8
)

// IsDef reports whether the instruction writes the operand.
func (o Operand) IsDef() bool { return o&opDef != 0 }

// IsUse reports whether the instruction reads the operand.
func (o Operand) IsUse() bool { return o&opUse != 0 }

// Class returns the register class.
func (o Operand) Class() asm.RegClass {
	if o&opFloat != 0 {
		return asm.Float
	}
	return asm.Int
}

// OrMem reports whether the operand is a source that may be memory, in which case its register is NoReg.
func (o Operand) OrMem() bool { return o&opOrMem != 0 }

// Optional reports whether the operand may be NoReg.
func (o Operand) Optional() bool { return o&opOptional != 0 }

// Reuse returns the position of the use whose register this definition must share. If that use is NoReg the definition
// is free.
func (o Operand) Reuse() (int, bool) { return int(o >> opArg), o&opReuse != 0 }

// Fixed returns the register that the operand must be in.
func (o Operand) Fixed() (asm.Reg, bool) { return asm.Reg(o >> opArg), o&opFixed != 0 }

// MemRule says what part memory has in a form.
type MemRule uint8

const (
	MemNever  MemRule = iota
	MemLoad           // an r/m source: read if it is memory
	MemMust           // always a memory source
	MemStore          // always memory, written
	MemMod            // always memory, read and written
	DestStore         // an r/m destination: written if it is memory
	DestMod           // an r/m destination: read and written if it is memory
	MemAddr           // always a memory operand whose address only is taken
)

const (
	memReads  = 1<<MemLoad | 1<<MemMust | 1<<MemMod | 1<<DestMod
	memWrites = 1<<MemStore | 1<<MemMod | 1<<DestStore | 1<<DestMod
	memMust   = 1<<MemMust | 1<<MemStore | 1<<MemMod | 1<<MemAddr
)

// Reads reports whether memory is read if the instruction has a memory operand.
func (m MemRule) Reads() bool { return memReads>>m&1 != 0 }

// Writes reports whether memory is written if the instruction has a memory operand.
func (m MemRule) Writes() bool { return memWrites>>m&1 != 0 }

// May reports whether the instruction can have a memory operand.
func (m MemRule) May() bool { return m != MemNever }

// Must reports whether the instruction always has a memory operand.
func (m MemRule) Must() bool { return memMust>>m&1 != 0 }

// Lookup returns the row of an opcode, or nil if there is none.
func Lookup(op uint16) *Row {
	row := &groups[op>>groupShift&3][op&groupMask]
	if row.Form == fInvalid || op&unusedBits != 0 || op&VEX != 0 && (op&groupBits != baseSSE || row.Attr&noVEX != 0) {
		return nil
	}
	return row
}

const (
	groupShift = 9
	groupSize  = 1 << groupShift
	groupMask  = groupSize - 1
	groupBits  = 3 << groupShift
	unusedBits = 0xffff &^ (VEX | groupBits | groupMask)
	baseSSE    = 1 << groupShift
	baseAVX    = 2 << groupShift
)

// groups holds the tables by the upper bits of the opcode.
var groups = [4]*[groupSize]Row{&intRows, &sseRows, &avxRows, {}}

// form returns the form of op, which must be valid.
func form(op uint16, row *Row) *formInfo {
	f := &forms[row.Form]
	if op&VEX != 0 {
		f = &forms[f.vex]
	}
	return f
}

// HasVEX reports whether VEX may be or-ed into op.
func HasVEX(op uint16) bool {
	return Lookup(op|VEX) != nil
}

// Operands returns the register operands of op by position, nil for an unknown opcode. The slice must not be changed.
func Operands(op uint16) []Operand {
	row := Lookup(op)
	if row == nil {
		return nil
	}
	f := form(op, row)
	return f.ops[:f.n]
}

// MemOf returns the part that memory has in op.
func MemOf(op uint16) MemRule {
	if row := Lookup(op); row != nil {
		return form(op, row).mem
	}
	return MemNever
}

// MemBytes returns how many bytes of memory op accesses if it has a memory operand and Inst.Size is size; 0 if it
// cannot have one or takes its address only.
func MemBytes(op uint16, size uint8) uint8 {
	row := Lookup(op)
	if row == nil {
		return 0
	}
	f := form(op, row)
	switch t := row.enc >> memShift & 7; {
	case f.mem == MemNever || f.mem == MemAddr:
		return 0
	case t == tSize>>memShift:
		return size
	case t != 0:
		return 1 << (t - 1)
	case row.Attr&AlignedMem != 0:
		return 16
	case f.rmSize != 0:
		return f.rmSize
	}
	return size & row.Sizes
}

// FeatureOf returns what a processor must have for op.
func FeatureOf(op uint16) Feature {
	row := Lookup(op)
	switch {
	case row == nil:
		return NumFeatures
	case op&VEX != 0:
		return AVX
	}
	return row.Feat
}

// AttrOf returns the attributes of op. Most AVX forms lack AlignedMem.
func AttrOf(op uint16) Attr {
	row := Lookup(op)
	if row == nil {
		return 0
	}
	a := row.Attr
	if op&VEX != 0 && a&alignedVEX == 0 {
		a &^= AlignedMem
	}
	return a
}

// IsMove reports whether in does nothing but copy R[1] to R[0] in full, so that it can be dropped if both are one
// register. MOV with Size 4 is none: it clears the upper half.
func IsMove(in *asm.Inst) bool {
	row := Lookup(in.Op)
	return row != nil && row.Attr&Moves != 0 && in.Mem == asm.MemNone && (in.Op != MOV || in.Size == 8)
}
