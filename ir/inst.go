package ir

import (
	"math"

	"davit/ir/op"
)

// InstData is one instruction: flat, 20 bytes, without pointers. Value operands come first in X; what else a format
// needs follows them. Variable operand lists, block calls and tables live in pools of the Func.
//
//	NullAry                      -
//	Unary                        X0 x
//	UnaryImm, UnaryIeee*         X0, X1 = low and high half of 64 bits
//	UnaryConst                   X0 = Constant
//	UnaryGlobalValue             X0 = GlobalValue
//	Binary                       X0 x, X1 y
//	BinaryImm8                   X0 x; Aux imm
//	Ternary                      X0 a, X1 b, X2 c
//	TernaryImm8                  X0 x, X1 y; Aux imm
//	MultiAry                     X0, X1 = list of values
//	Shuffle                      X0 a, X1 b; X2 = Immediate
//	IntCompare, FloatCompare     X0 x, X1 y; Aux = condition
//	IntAddTrap                   X0 x, X1 y; Aux = trap code
//	Jump                         X0 = BlockCall
//	Brif                         X0 c; X1, X2 = BlockCalls taken if c is not zero, zero
//	BranchTable                  X0 x; X1 = JumpTable
//	Call                         X0, X1 = list of arguments; X2 = FuncRef
//	CallIndirect                 X0, X1 = list: callee, arguments; X2 = SigRef
//	TryCall                      X0, X1 = list of arguments; X2 = FuncRef; X3 = ExTable
//	TryCallIndirect              X0, X1 = list: callee, arguments; X3 = ExTable
//	FuncAddr                     X0 = FuncRef
//	StackAddr                    X0 = StackSlot, X1 = offset
//	DynamicStackAddr             X0 = DynSlot
//	Load                         X0 p; X1 = memory flags, X2 = offset
//	Store                        X0 x, X1 p; X2 = memory flags, X3 = offset
//	LoadNoOffset                 X0 p; X1 = memory flags
//	StoreNoOffset                X0 x, X1 p; X2 = memory flags
//	AtomicRmw                    X0 p, X1 x; X2 = memory flags; Aux = operation
//	AtomicCas                    X0 p, X1 expected, X2 new; X3 = memory flags
//	Trap                         Aux = trap code
//	CondTrap                     X0 c; Aux = trap code
//	ExceptionHandlerAddress      X0 = Block; X1, X2 = low and high half of the index
type InstData struct {
	Op   op.Opcode
	Aux  uint8
	Type op.Type // controlling type; Invalid if the opcode is not polymorphic
	X    [4]Value
}

// fixedArgs is the number of value operands of each format; the variadic formats have a list instead.
var fixedArgs = [op.NumFormats]uint8{
	op.FmtUnary: 1, op.FmtBinary: 2, op.FmtBinaryImm8: 1, op.FmtTernary: 3, op.FmtTernaryImm8: 2, op.FmtMultiAry: variadic,
	op.FmtShuffle: 2, op.FmtIntCompare: 2, op.FmtFloatCompare: 2, op.FmtIntAddTrap: 2, op.FmtBrif: 1, op.FmtBranchTable: 1,
	op.FmtCall: variadic, op.FmtCallIndirect: variadic, op.FmtTryCall: variadic, op.FmtTryCallIndirect: variadic,
	op.FmtLoad: 1, op.FmtStore: 2, op.FmtLoadNoOffset: 1, op.FmtStoreNoOffset: 2, op.FmtAtomicRmw: 2, op.FmtAtomicCas: 3,
	op.FmtCondTrap: 1,
}

const variadic = 0xff

// flagsField is where each format keeps its memory flags, or 0.
var flagsField = [op.NumFormats]uint8{
	op.FmtLoad: 1, op.FmtStore: 2, op.FmtLoadNoOffset: 1, op.FmtStoreNoOffset: 2, op.FmtAtomicRmw: 2, op.FmtAtomicCas: 3,
}

// Imm returns the 64-bit immediate of iconst (zero-extended from its type) or the bits of a float constant.
func (d *InstData) Imm() uint64 { return uint64(d.X[0]) | uint64(d.X[1])<<32 }

// SetImm sets what Imm returns.
func (d *InstData) SetImm(u uint64) { d.X[0], d.X[1] = Value(u), Value(u>>32) }

// Offset returns the byte offset of a load, store or stack_addr.
func (d *InstData) Offset() int32 {
	switch d.Op.Format() {
	case op.FmtLoad:
		return int32(d.X[2])
	case op.FmtStore:
		return int32(d.X[3])
	case op.FmtStackAddr:
		return int32(d.X[1])
	}
	return 0
}

// IntCC returns the condition of an icmp.
func (d *InstData) IntCC() op.IntCC { return op.IntCC(d.Aux) }

// FloatCC returns the condition of an fcmp.
func (d *InstData) FloatCC() op.FloatCC { return op.FloatCC(d.Aux) }

// TrapCode returns the code of a trap, conditional trap or uadd_overflow_trap.
func (d *InstData) TrapCode() op.TrapCode { return op.TrapCode(d.Aux) }

// AtomicOp returns the operation of an atomic_rmw.
func (d *InstData) AtomicOp() op.AtomicOp { return op.AtomicOp(d.Aux) }

// Func returns the callee of a call, return_call, try_call or the operand of func_addr.
func (d *InstData) Func() FuncRef {
	if d.Op.Format() == op.FmtFuncAddr {
		return FuncRef(d.X[0])
	}
	return FuncRef(d.X[2])
}

// Sig returns the signature of a call_indirect or return_call_indirect.
func (d *InstData) Sig() SigRef { return SigRef(d.X[2]) }

// ExTable returns the exception table of a try_call.
func (d *InstData) ExTable() ExTable { return ExTable(d.X[3]) }

// Slot returns the slot of a stack_addr.
func (d *InstData) Slot() StackSlot { return StackSlot(d.X[0]) }

// DynSlot returns the slot of a dynamic_stack_addr.
func (d *InstData) DynSlot() DynSlot { return DynSlot(d.X[0]) }

// Global returns the global value of a symbol_value or tls_value.
func (d *InstData) Global() GlobalValue { return GlobalValue(d.X[0]) }

// Constant returns the pool constant of a vconst or f128const.
func (d *InstData) Constant() Constant { return Constant(d.X[0]) }

// Table returns the jump table of a br_table.
func (d *InstData) Table() JumpTable { return JumpTable(d.X[1]) }

// Mask returns the mask of a shuffle.
func (d *InstData) Mask() Immediate { return Immediate(d.X[2]) }

// Handler returns block and index of a get_exception_handler_address.
func (d *InstData) Handler() (Block, int64) {
	return Block(d.X[0]), int64(uint64(d.X[1]) | uint64(d.X[2])<<32)
}

// Args returns the value operands of inst, in order, without those of block calls and exception tables. The slice
// aliases the function: writing to it changes the instruction.
func (f *Func) Args(inst Inst) []Value {
	d := &f.insts[inst]
	n := fixedArgs[d.Op.Format()]
	if n == variadic {
		return f.list(uint32(d.X[0]), uint32(d.X[1]))
	}
	return d.X[:n:n]
}

func (f *Func) list(off, n uint32) []Value { return f.pool[off : off+n : off+n] }

// Mem returns the memory flags of a load, store, atomic or bitcast.
func (f *Func) Mem(inst Inst) MemFlags {
	d := &f.insts[inst]
	if k := flagsField[d.Op.Format()]; k != 0 {
		return f.memFlags[d.X[k]]
	}
	return DefaultMem
}

// SetMem changes the memory flags of an instruction that has some.
func (f *Func) SetMem(inst Inst, m MemFlags) {
	d := &f.insts[inst]
	if k := flagsField[d.Op.Format()]; k != 0 {
		d.X[k] = f.MemHandle(m)
	}
}

// NewList puts values into the function's pool and returns the two fields that name the list in an InstData.
func (f *Func) NewList(vs []Value) (off, n Value) {
	off = Value(len(f.pool))
	f.pool = append(f.pool, vs...)
	return off, Value(len(vs))
}

// NewCallList is NewList for the callee of an indirect call and its arguments.
func (f *Func) NewCallList(callee Value, args []Value) (off, n Value) {
	off = Value(len(f.pool))
	f.pool = append(append(f.pool, callee), args...)
	return off, Value(len(args) + 1)
}

// NewExTable adds an exception table.
func (f *Func) NewExTable(t ExTableData) ExTable {
	f.ExTables = append(f.ExTables, t)
	return ExTable(len(f.ExTables) - 1)
}

// NewBlockCall makes a block call.
func (f *Func) NewBlockCall(b Block, args []BlockArg) BlockCall {
	h := BlockCall(len(f.pool))
	f.pool = append(f.pool, Value(b), Value(len(args)))
	for _, a := range args {
		f.pool = append(f.pool, Value(a))
	}
	return h
}

// CallBlock returns the target of a block call.
func (f *Func) CallBlock(c BlockCall) Block { return Block(f.pool[c]) }

// SetCallBlock redirects a block call.
func (f *Func) SetCallBlock(c BlockCall, b Block) { f.pool[c] = Value(b) }

// NumCallArgs returns the number of arguments of a block call.
func (f *Func) NumCallArgs(c BlockCall) int { return int(f.pool[c+1]) }

// CallArg returns argument i of a block call.
func (f *Func) CallArg(c BlockCall, i int) BlockArg { return BlockArg(f.pool[int(c)+2+i]) }

// SetCallArg replaces argument i of a block call.
func (f *Func) SetCallArg(c BlockCall, i int, a BlockArg) { f.pool[int(c)+2+i] = Value(a) }

// NewJumpTable makes the table of a br_table: the default target, then the entries.
func (f *Func) NewJumpTable(def BlockCall, entries []BlockCall) JumpTable {
	h := JumpTable(len(f.pool))
	f.pool = append(f.pool, Value(len(entries)+1), Value(def))
	for _, e := range entries {
		f.pool = append(f.pool, Value(e))
	}
	return h
}

// NumTableTargets returns the number of targets of a jump table, the default included.
func (f *Func) NumTableTargets(t JumpTable) int { return int(f.pool[t]) }

// TableTarget returns target i of a jump table; 0 is the default, entry k is target k+1.
func (f *Func) TableTarget(t JumpTable, i int) BlockCall { return BlockCall(f.pool[int(t)+1+i]) }

// SetTableTarget replaces target i of a jump table.
func (f *Func) SetTableTarget(t JumpTable, i int, c BlockCall) { f.pool[int(t)+1+i] = Value(c) }

// Branches appends the block calls of inst to dst and returns it, in the order in which CLIF prints operands of
// comments: the taken target of a brif first; the default of a br_table first; the handlers of a try_call in order,
// then its normal return.
func (f *Func) Branches(inst Inst, dst []BlockCall) []BlockCall {
	d := &f.insts[inst]
	switch d.Op.Format() {
	case op.FmtJump:
		dst = append(dst, BlockCall(d.X[0]))
	case op.FmtBrif:
		dst = append(dst, BlockCall(d.X[1]), BlockCall(d.X[2]))
	case op.FmtBranchTable:
		t := d.Table()
		for i := range f.NumTableTargets(t) {
			dst = append(dst, f.TableTarget(t, i))
		}
	case op.FmtTryCall, op.FmtTryCallIndirect:
		t := &f.ExTables[d.ExTable()]
		dst = append(t.Handlers(dst), t.Normal)
	}
	return dst
}

// CallSig returns the signature that a call, tail call or try_call has, or NoSig if inst is none or refers to something
// undeclared.
func (f *Func) CallSig(inst Inst) SigRef {
	d := &f.insts[inst]
	sig := NoSig
	switch d.Op.Format() {
	case op.FmtCall, op.FmtTryCall:
		if int(d.Func()) < len(f.ExtFuncs) {
			sig = f.ExtFuncs[d.Func()].Sig
		}
	case op.FmtCallIndirect:
		sig = d.Sig()
	case op.FmtTryCallIndirect:
		sig = f.ExTables[d.ExTable()].Sig
	}
	if int(sig) >= len(f.Sigs) {
		return NoSig
	}
	return sig
}

// ForEachUse calls fn for every value that inst reads: its operands, then the arguments of its block calls and the
// contexts of its exception table. fn returns the value to put in its place (usually the same).
func (f *Func) ForEachUse(inst Inst, fn func(Value) Value) {
	args := f.Args(inst)
	for i, v := range args {
		args[i] = fn(v)
	}
	d := &f.insts[inst]
	if !d.Op.Has(op.IsBranch) {
		return
	}
	var buf [8]BlockCall
	for _, c := range f.Branches(inst, buf[:0]) {
		for i := range f.NumCallArgs(c) {
			if v, ok := f.CallArg(c, i).Value(); ok {
				f.SetCallArg(c, i, ValueArg(fn(v)))
			}
		}
	}
	if fm := d.Op.Format(); fm == op.FmtTryCall || fm == op.FmtTryCallIndirect {
		items := f.ExTables[d.ExTable()].Items
		for i := range items {
			if items[i].Kind == ExContext {
				items[i].Context = fn(items[i].Context)
			}
		}
	}
}

// IconstInt returns the value of an iconst as a signed integer of its type.
func (d *InstData) IconstInt() int64 {
	s := 64 - uint(d.Type.Bits())
	return int64(d.Imm()<<s) >> s
}

// Float32 returns the value of an f32const.
func (d *InstData) Float32() float32 { return math.Float32frombits(uint32(d.X[0])) }

// Float64 returns the value of an f64const.
func (d *InstData) Float64() float64 { return math.Float64frombits(d.Imm()) }
