package ir

import "strconv"

// Handles of the entities of a function. Each is an index into a table of its [Func]; None values mark absence.
type (
	Value       uint32 // SSA value: prints as v7
	Block       uint32 // basic block: block7
	Inst        uint32 // instruction: inst7, numbered in order of creation
	StackSlot   uint32 // ss7
	DynSlot     uint32 // dynamic stack slot: dss7
	DynType     uint32 // dynamic vector type: dt7
	GlobalValue uint32 // gv7
	SigRef      uint32 // signature: sig7
	FuncRef     uint32 // external function: fn7
	Constant    uint32 // pool constant: const7
	Region      uint32 // alias region: region7
	UserName    uint32 // user external name: userextname7
	BlockCall   uint32 // target block with arguments, held by a branch; use the methods of Func
	JumpTable   uint32 // targets of a br_table
	ExTable     uint32 // exception table of a try_call
	Immediate   uint32 // 16-byte immediate of a shuffle
)

const none = ^uint32(0)

// The absent entities.
const (
	NoValue       = Value(none)
	NoBlock       = Block(none)
	NoInst        = Inst(none)
	NoStackSlot   = StackSlot(none)
	NoGlobalValue = GlobalValue(none)
	NoSig         = SigRef(none)
	NoRegion      = Region(none)
	NoBlockCall   = BlockCall(none)
)

// MaxEntity bounds the number of any entity: two bits of a handle are free to mark the placeholders of a try_call.
const MaxEntity = 1<<30 - 1

func name(prefix string, n uint32) string { return prefix + strconv.FormatUint(uint64(n), 10) }

func (v Value) String() string       { return name("v", uint32(v)) }
func (b Block) String() string       { return name("block", uint32(b)) }
func (i Inst) String() string        { return name("inst", uint32(i)) }
func (s StackSlot) String() string   { return name("ss", uint32(s)) }
func (s DynSlot) String() string     { return name("dss", uint32(s)) }
func (t DynType) String() string     { return name("dt", uint32(t)) }
func (g GlobalValue) String() string { return name("gv", uint32(g)) }
func (s SigRef) String() string      { return name("sig", uint32(s)) }
func (f FuncRef) String() string     { return name("fn", uint32(f)) }
func (c Constant) String() string    { return name("const", uint32(c)) }
func (r Region) String() string      { return name("region", uint32(r)) }
func (u UserName) String() string    { return name("userextname", uint32(u)) }

// BlockArg is an argument of a block call: a value, or a placeholder for a result (retN) or an exception payload
// (exnN) of the try_call that the block call belongs to.
type BlockArg uint32

const (
	argRet = 1 << 31
	argExn = 1 << 30
)

// ValueArg is the argument v.
func ValueArg(v Value) BlockArg { return BlockArg(v) }

// RetArg is the placeholder for result n of a try_call.
func RetArg(n int) BlockArg { return BlockArg(n) | argRet }

// ExnArg is the placeholder for exception payload n of a try_call.
func ExnArg(n int) BlockArg { return BlockArg(n) | argExn }

// Value returns the value, or false for a placeholder.
func (a BlockArg) Value() (Value, bool) { return Value(a), a&(argRet|argExn) == 0 }

// Ret returns n if a is the placeholder retN.
func (a BlockArg) Ret() (int, bool) { return int(a &^ argRet), a&argRet != 0 }

// Exn returns n if a is the placeholder exnN.
func (a BlockArg) Exn() (int, bool) { return int(a &^ argExn), a&(argRet|argExn) == argExn }

// String prints the argument as in CLIF.
func (a BlockArg) String() string {
	if n, ok := a.Ret(); ok {
		return name("ret", uint32(n))
	}
	if n, ok := a.Exn(); ok {
		return name("exn", uint32(n))
	}
	return Value(a).String()
}
