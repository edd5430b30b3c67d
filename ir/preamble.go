package ir

import (
	"fmt"
	"strconv"

	"davit/ir/op"
)

// FuncName is the name of a function: "%name" or, if User is set, "uN:M".
type FuncName struct {
	User             bool
	Namespace, Index uint32
	Name             string
}

// String prints the name as in CLIF.
func (n FuncName) String() string {
	if n.User {
		return fmt.Sprintf("u%d:%d", n.Namespace, n.Index)
	}
	return "%" + n.Name
}

// Linkage returns the name under which linkers know the function: without the percent sign.
func (n FuncName) Linkage() string {
	if n.User {
		return n.String()
	}
	return n.Name
}

// NameKind tells the kinds of external names apart.
type NameKind uint8

const (
	TestName    NameKind = iota // "%name"
	UserExtName                 // entry User of the function's table of user names
	LibCallName                 // function LibCall of the run-time library
	KnownSymbol                 // a symbol that object formats define
)

// ExtName names a function or datum outside of the function.
type ExtName struct {
	Kind    NameKind
	User    UserName
	LibCall LibCall
	Name    string // TestName, KnownSymbol
}

// NamePair is a user external name: namespace and index.
type NamePair struct{ Namespace, Index uint32 }

// StackSlotData describes an explicit stack slot.
type StackSlotData struct {
	Size      uint32 // bytes
	AlignLog2 uint8
	HasKey    bool
	Key       uint64 // opaque to us
}

// DynTypeData describes dtN = Base * Scale.
type DynTypeData struct {
	Base  op.Type // fixed vector; the concrete type is Base.Dynamic()
	Scale GlobalValue
}

// GVKind tells the kinds of global values apart.
type GVKind uint8

const (
	GVNone                GVKind = iota // a hole in the numbering
	GVVMContext                         // the vmctx parameter
	GVLoad                              // memory at Base + Offset
	GVIAddImm                           // Base + Offset
	GVSymbol                            // address of Name + Offset
	GVDynScaleTargetConst               // factor of a dynamic vector Type
)

// GlobalValueData describes a global value.
type GlobalValueData struct {
	Kind      GVKind
	Colocated bool
	TLS       bool
	Type      op.Type     // GVLoad, GVIAddImm, GVDynScaleTargetConst
	Base      GlobalValue // GVLoad, GVIAddImm
	Flags     MemFlags    // GVLoad
	Offset    int64       // GVLoad (32 bits), GVIAddImm, GVSymbol
	Name      ExtName     // GVSymbol
}

// ExtFuncData describes an external function.
type ExtFuncData struct {
	Declared  bool // false: a hole in the numbering
	Colocated bool // defined near enough for a direct call
	Patchable bool
	NoGC      bool // calls of it are no safepoints (pragma ;@nogc)
	Name      ExtName
	Sig       SigRef
}

// RegionData describes an alias region.
type RegionData struct {
	UserID      uint32
	Description string
}

// StackMapEntry says that while the call that carries it is under way, the bytes of Slot from Offset on hold a live
// reference of type Type, which a collector may read and overwrite.
type StackMapEntry struct {
	Type   op.Type
	Slot   StackSlot
	Offset uint32 // bytes from the start of the slot
}

// String prints the entry as in CLIF.
func (e StackMapEntry) String() string { return fmt.Sprintf("%v @ %v+%d", e.Type, e.Slot, e.Offset) }

// DebugTag is an opaque number or a stack slot, attached to a call or sequence point.
type DebugTag struct {
	IsSlot bool
	Value  uint32 // the number, or the StackSlot
}

// ExItemKind tells the rows of an exception table apart.
type ExItemKind uint8

const (
	ExTag     ExItemKind = iota // tagN: target
	ExDefault                   // default: target
	ExContext                   // context v: for the tags that follow
)

// ExItem is a row of an exception table.
type ExItem struct {
	Kind    ExItemKind
	Tag     uint32
	Target  BlockCall
	Context Value
}

// ExTableData is the exception table of a try_call.
type ExTableData struct {
	Sig    SigRef
	Normal BlockCall
	Items  []ExItem
}

// Handlers appends the block calls of the handlers in order to dst.
func (t *ExTableData) Handlers(dst []BlockCall) []BlockCall {
	for i := range t.Items {
		if t.Items[i].Kind != ExContext {
			dst = append(dst, t.Items[i].Target)
		}
	}
	return dst
}

// LibCall is a function of the run-time library that code may need.
type LibCall uint8

const (
	LibProbestack LibCall = iota
	LibCeilF32
	LibCeilF64
	LibFloorF32
	LibFloorF64
	LibTruncF32
	LibTruncF64
	LibNearestF32
	LibNearestF64
	LibFmaF32
	LibFmaF64
	LibMemcpy
	LibMemset
	LibMemmove
	LibMemcmp
	LibElfTlsGetAddr
	LibElfTlsGetOffset
	LibX86Pshufb
	NumLibCalls = iota
)

var libCalls = [NumLibCalls]struct{ name, symbol string }{
	{"Probestack", "__cranelift_probestack"},
	{"CeilF32", "ceilf"}, {"CeilF64", "ceil"}, {"FloorF32", "floorf"}, {"FloorF64", "floor"},
	{"TruncF32", "truncf"}, {"TruncF64", "trunc"}, {"NearestF32", "nearbyintf"}, {"NearestF64", "nearbyint"},
	{"FmaF32", "fmaf"}, {"FmaF64", "fma"},
	{"Memcpy", "memcpy"}, {"Memset", "memset"}, {"Memmove", "memmove"}, {"Memcmp", "memcmp"},
	{"ElfTlsGetAddr", "__tls_get_addr"}, {"ElfTlsGetOffset", "__tls_get_offset"}, {"X86Pshufb", "__cranelift_x86_pshufb"},
}

// String returns the name in CLIF, without the percent sign.
func (l LibCall) String() string { return libCalls[l].name }

// Symbol returns the name that linkers know.
func (l LibCall) Symbol() string { return libCalls[l].symbol }

// ParseExtName returns the external name that "%s" stands for: a known symbol, a library call or a test name.
func ParseExtName(s string) ExtName {
	if s == "ElfGlobalOffsetTable" || s == "CoffTlsIndex" {
		return ExtName{Kind: KnownSymbol, Name: s}
	}
	for i := range libCalls {
		if libCalls[i].name == s {
			return ExtName{Kind: LibCallName, LibCall: LibCall(i)}
		}
	}
	return ExtName{Kind: TestName, Name: s}
}

// HasLinkageName reports whether linkers know n under a name: whether LinkageName returns that.
func (f *Func) HasLinkageName(n ExtName, name string) bool {
	if n.Kind != UserExtName {
		return f.LinkageName(n) == name
	}
	var buf [24]byte
	return string(f.appendUser(buf[:0], n)) == name
}

// appendUser appends the name of a function of the user.
func (f *Func) appendUser(b []byte, n ExtName) []byte {
	p := f.UserNames[n.User]
	b = append(strconv.AppendUint(append(b, 'u'), uint64(p.Namespace), 10), ':')
	return strconv.AppendUint(b, uint64(p.Index), 10)
}

// LinkageName returns the name under which linkers know n.
func (f *Func) LinkageName(n ExtName) string {
	switch n.Kind {
	case UserExtName:
		var buf [24]byte
		return string(f.appendUser(buf[:0], n))
	case LibCallName:
		return n.LibCall.Symbol()
	case KnownSymbol:
		if n.Name == "ElfGlobalOffsetTable" {
			return "_GLOBAL_OFFSET_TABLE_"
		}
		return "_tls_index"
	}
	return n.Name
}
