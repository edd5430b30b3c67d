package asm

// Code is the finished machine code of one function: the product of emission, input to the JIT, to object files and to
// listings. All offsets are in bytes from the start of Bytes.
type Code struct {
	Bytes  []byte // code, then padding and constants
	Align  int    // required alignment of the start, in bytes (a power of two)
	NInsts int    // number of machine instructions (for statistics)

	// FrameSize is the distance in bytes from the nominal stack pointer (after the prologue) up to the saved frame
	// pointer, or to the return address where none is kept.
	FrameSize uint32
	// SlotArea is the distance in bytes from the nominal stack pointer to the explicit-slot area: the size of the
	// outgoing-argument area.
	SlotArea uint32
	// FramePointer reports whether the function keeps a frame pointer.
	FramePointer bool
	// CodeSize is the length of the instructions proper; constants lie in Bytes[CodeSize:].
	CodeSize uint32

	Unwind    []UnwindRow // how to find the caller's frame, from each Offset up to the next; the first is for 0
	Symbols   []Symbol    // what Relocs refer to
	Relocs    []Reloc     // ascending by Offset
	Traps     []Trap      // ascending by Offset
	Calls     []uint32    // return addresses of all calls, strictly ascending; nil if they were not recorded
	StackMaps []StackMap  // strictly ascending by Offset
	Handlers  []CallSite  // exception tables of try_call sites, ascending by Offset
	SrcLocs   []SrcRange  // ascending, disjoint
	Blocks    []BlockAt   // where each block of the CLIF function starts, in order of offsets
	DebugTags []DebugTags // ascending by Offset

	// Listing is the text of the code for people, if whoever compiled it has kept one.
	Listing string
}

// UnwindRow says where the frame of the caller is while the stack pointer is as it is in a part of the function: between
// prologue and epilogue, somewhere within them, or between a call and what puts the stack pointer back after it.
type UnwindRow struct {
	Offset uint32 // from here on
	// CFA is the distance in bytes from the stack pointer up to the canonical frame address: what the stack pointer was
	// just before the call that led here. Where calls push the return address it lies just below. It is negative for
	// an instruction or two while a tail call moves the return address, whose old copy still stands below the stack pointer.
	CFA int32
	// Pop is how many bytes of arguments above the canonical frame address the function takes off the stack when it returns.
	// The caller goes on with the stack pointer at CFA + Pop.
	Pop uint32
	// FP reports whether the frame pointer is that of the function: it points to the caller's, which lies below the
	// return address. Otherwise the frame pointer is the caller's.
	FP bool
}

// UnwindAt returns the row for an offset, which may be a return address.
func (c *Code) UnwindAt(off uint32) UnwindRow {
	lo, hi := 0, len(c.Unwind)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if c.Unwind[mid].Offset <= off {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return UnwindRow{}
	}
	return c.Unwind[lo-1]
}

// Symbol is something outside of the function's own bytes.
type Symbol struct {
	Name string // linkage name: "%foo" without the percent sign, "u0:1", or a library function's name
	// Colocated symbols are known to be defined in the same module and near enough for a PC-relative reference.
	Colocated bool
	TLS       bool
}

// RelocKind says how the value of a symbol is written into the code.
type RelocKind uint8

const (
	Abs8           RelocKind = iota + 1 // 8 bytes: S + A
	Abs4                                // 4 bytes: S + A
	X86PCRel4                           // 4 bytes: S + A - P
	X86CallPCRel4                       // as X86PCRel4, in a call or jump
	X86CallPLTRel4                      // as X86CallPCRel4, may go through a PLT stub
	X86GOTPCRel4                        // 4 bytes: GOT entry of S + A - P
	ElfX86_64TLSGD                      // general-dynamic TLS
	MachOX86_64TLV
	CoffX86SecRel
	ArmCall26
	ArmAdrGotPage21
	ArmLd64GotLo12Nc
	ArmAdrPrelPgHi21
	ArmAddAbsLo12Nc
	Aarch64TLSDescAdrPage21
	Aarch64TLSDescLd64Lo12
	Aarch64TLSDescAddLo12
	Aarch64TLSDescCall
	RiscvCallPlt
	RiscvPCRelHi20
	RiscvPCRelLo12I
	RiscvGotHi20
	RiscvTLSGDHi20
	S390xPCRel32Dbl
	S390xPLTRel32Dbl
	S390xTLSGD64
	S390xTLSGDCall
)

var relocNames = [...]string{
	Abs8: "Abs8", Abs4: "Abs4", X86PCRel4: "X86PCRel4", X86CallPCRel4: "X86CallPCRel4",
	X86CallPLTRel4: "X86CallPLTRel4", X86GOTPCRel4: "X86GOTPCRel4", ElfX86_64TLSGD: "ElfX86_64TlsGd",
	MachOX86_64TLV: "MachOX86_64Tlv", CoffX86SecRel: "CoffX86SecRel", ArmCall26: "Arm64Call",
	ArmAdrGotPage21: "Aarch64AdrGotPage21", ArmLd64GotLo12Nc: "Aarch64Ld64GotLo12Nc",
	ArmAdrPrelPgHi21: "Aarch64AdrPrelPgHi21", ArmAddAbsLo12Nc: "Aarch64AddAbsLo12Nc",
	Aarch64TLSDescAdrPage21: "Aarch64TlsDescAdrPage21", Aarch64TLSDescLd64Lo12: "Aarch64TlsDescLd64Lo12",
	Aarch64TLSDescAddLo12: "Aarch64TlsDescAddLo12", Aarch64TLSDescCall: "Aarch64TlsDescCall",
	RiscvCallPlt: "RiscvCallPlt", RiscvPCRelHi20: "RiscvPCRelHi20", RiscvPCRelLo12I: "RiscvPCRelLo12I",
	RiscvGotHi20: "RiscvGotHi20", RiscvTLSGDHi20: "RiscvTlsGdHi20", S390xPCRel32Dbl: "S390xPCRel32Dbl",
	S390xPLTRel32Dbl: "S390xPLTRel32Dbl", S390xTLSGD64: "S390xTlsGd64", S390xTLSGDCall: "S390xTlsGdCall",
}

// String returns the name of the kind as listings and reports print it.
func (k RelocKind) String() string {
	if int(k) < len(relocNames) && relocNames[k] != "" {
		return relocNames[k]
	}
	return "Reloc?"
}

// IsCall reports whether the field is the target of a direct call or jump to the symbol.
func (k RelocKind) IsCall() bool {
	switch k {
	case X86CallPCRel4, X86CallPLTRel4, ArmCall26, RiscvCallPlt, S390xPLTRel32Dbl:
		return true
	}
	return false
}

// Reloc asks the linker to write the address of a symbol at Offset. S is the symbol's address, A the addend, P the
// address of the field itself.
type Reloc struct {
	Offset uint32
	Kind   RelocKind
	Symbol uint32 // index into Code.Symbols
	Addend int64
}

// Trap says that the instruction at Offset may trap, and with which CLIF trap code.
type Trap struct {
	Offset uint32
	Code   uint8
}

// StackMapEntry is one live reference of a frame.
type StackMapEntry struct {
	Type   uint16 // ir/op.Type of the stored value
	Offset uint32 // bytes from the start of the explicit-slot area; add StackMap.SlotArea for bytes from nominal SP
}

// StackMap lists the live references of a frame while a call is under way. Its entries are grouped by type in order of
// first appearance and ascend within a type; there are no duplicates. They never change once a call is lowered.
type StackMap struct {
	Offset    uint32 // return address: the offset of the byte after the call instruction
	FrameSize uint32 // distance from nominal SP to the frame pointer (see Code.FrameSize)
	SlotArea  uint32 // distance from nominal SP to the explicit-slot area
	Entries   []StackMapEntry
}

// CallSite is the exception table of one try_call.
type CallSite struct {
	Offset   uint32 // return address
	FPOffset uint32 // distance from nominal SP to the frame pointer
	Handlers []Handler
}

// Handler is one row of a CallSite, in the order in which rows are tried.
type Handler struct {
	Kind    HandlerKind
	Tag     uint32
	Context MemKind // HandlerContext: MemSpill or MemSlot-like location, offset from nominal SP in Target
	Target  uint32  // HandlerTag and HandlerDefault: code offset of the landing block
}

// HandlerKind tells the rows of an exception table apart.
type HandlerKind uint8

const (
	HandlerTag HandlerKind = iota
	HandlerDefault
	HandlerContext
)

// SrcRange gives the source location of the code from Start up to End.
type SrcRange struct {
	Start, End uint32
	Loc        uint32
}

// BlockAt says where the code of a CLIF block starts.
type BlockAt struct {
	Block  uint32
	Offset uint32
}

// DebugTags are the opaque tags of one call (Post: the offset is the return address) or sequence point.
type DebugTags struct {
	Offset uint32
	Post   bool
	Tags   []DebugTag
}

// DebugTag is an opaque number or a stack slot.
type DebugTag struct {
	IsSlot bool
	Value  uint32 // the number; for a slot, its offset in bytes from the start of the explicit-slot area
}
