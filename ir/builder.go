package ir

import "davit/ir/op"

// Builder appends instructions to a function, one method per opcode: operands in the order of the text, results
// returned as fresh values. It checks nothing; package verify does.
//
// A method of an opcode whose controlling type the operands do not tell takes it first. Methods of opcodes without
// results, or with those that a signature tells, return the instruction; see [Func.Results].
type Builder struct {
	f     *Func
	block Block
	loc   uint32
}

// NewBuilder returns a builder for f. Before it appends instructions it needs a block; see SetBlock.
func NewBuilder(f *Func) *Builder { return &Builder{f: f, block: NoBlock, loc: none} }

// Func returns the function under construction.
func (b *Builder) Func() *Func { return b.f }

// Block returns the block that instructions are appended to, or NoBlock.
func (b *Builder) Block() Block { return b.block }

// SetBlock makes instructions go to the end of a block.
func (b *Builder) SetBlock(blk Block) { b.block = blk }

// SetSrcLoc gives the instructions that follow a source location; ^0 means none.
func (b *Builder) SetSrcLoc(loc uint32) { b.loc = loc }

// NewBlock adds a block with parameters of the given types (see Func.Params) at the end of the layout.
func (b *Builder) NewBlock(params ...op.Type) Block {
	blk := b.f.NewBlock()
	b.f.AppendBlock(blk)
	for _, t := range params {
		b.f.AppendParam(blk, t)
	}
	return blk
}

// NewEntry adds a block with the parameters of the function's signature, makes instructions go there, and returns the
// parameters.
func (b *Builder) NewEntry() []Value {
	b.block = b.NewBlock()
	for _, p := range b.f.Sig.Params {
		b.f.AppendParam(b.block, p.Type)
	}
	return b.f.Params(b.block)
}

// Target makes a block call for the tables of BrTable and TryCall.
func (b *Builder) Target(blk Block, args ...Value) BlockCall { return b.target(blk, args) }

func (b *Builder) target(blk Block, args []Value) BlockCall {
	var buf [8]BlockArg
	as := buf[:0]
	for _, v := range args {
		as = append(as, ValueArg(v))
	}
	return b.f.NewBlockCall(blk, as)
}

// add appends an instruction with the results that its row in the opcode table and, for calls, the signature demand.
func (b *Builder) add(d InstData) Inst {
	if b.block == NoBlock {
		panic("ir: Builder has no block: call SetBlock or NewEntry first")
	}
	f := b.f
	inst := f.NewInst(d)
	f.AppendInst(inst, b.block)
	if b.loc != none {
		f.SetSrcLoc(inst, b.loc)
	}
	var buf [4]op.Type
	types := buf[:0]
	for _, r := range d.Op.Info().Results {
		types = append(types, r.Resolve(d.Type))
	}
	if d.Op.Has(op.VariableResults) {
		if sig := f.CallSig(inst); sig != NoSig {
			for _, r := range f.Sigs[sig].Returns {
				types = append(types, r.Type)
			}
		}
	}
	if len(types) > 0 {
		f.AppendResults(inst, types...)
	}
	return inst
}

// add1 appends an instruction with one result.
func (b *Builder) add1(d InstData) Value { return b.f.FirstResult(b.add(d)) }

// add2 appends an instruction with two results.
func (b *Builder) add2(d InstData) (Value, Value) {
	r := b.f.Results(b.add(d))
	return r[0], r[1]
}

// truncate returns the low bits of n that a type has room for.
func truncate(n int64, t op.Type) uint64 {
	if w := t.Bits(); w < 64 {
		return uint64(n) & (1<<w - 1)
	}
	return uint64(n)
}

// AddStackSlot adds a stack slot of a number of bytes, aligned to 1<<alignLog2 bytes.
func (f *Func) AddStackSlot(size uint32, alignLog2 uint8) StackSlot {
	f.StackSlots = append(f.StackSlots, StackSlotData{Size: size, AlignLog2: alignLog2})
	return StackSlot(len(f.StackSlots) - 1)
}

// AddDynType adds the dynamic vector type base times scale; values of it have type base.Dynamic().
func (f *Func) AddDynType(base op.Type, scale GlobalValue) DynType {
	f.DynTypes = append(f.DynTypes, DynTypeData{Base: base, Scale: scale})
	return DynType(len(f.DynTypes) - 1)
}

// AddDynSlot adds a stack slot for one value of a dynamic type.
func (f *Func) AddDynSlot(t DynType) DynSlot {
	f.DynSlots = append(f.DynSlots, t)
	return DynSlot(len(f.DynSlots) - 1)
}

// AddGlobalValue adds a global value.
func (f *Func) AddGlobalValue(g GlobalValueData) GlobalValue {
	f.GlobalValues = append(f.GlobalValues, g)
	return GlobalValue(len(f.GlobalValues) - 1)
}

// ImportSymbol adds the address of a symbol as a global value. A colocated one is near enough for relative addressing.
func (f *Func) ImportSymbol(name string, colocated bool) GlobalValue {
	return f.AddGlobalValue(GlobalValueData{Kind: GVSymbol, Colocated: colocated, Name: ParseExtName(name)})
}

// AddSig adds a signature for calls.
func (f *Func) AddSig(s Signature) SigRef {
	f.Sigs = append(f.Sigs, s)
	return SigRef(len(f.Sigs) - 1)
}

// AddFunc adds a function to call.
func (f *Func) AddFunc(d ExtFuncData) FuncRef {
	d.Declared = true
	f.ExtFuncs = append(f.ExtFuncs, d)
	return FuncRef(len(f.ExtFuncs) - 1)
}

// ImportFunc adds the function of a name (without percent sign), which may be that of a library call.
func (f *Func) ImportFunc(name string, sig SigRef) FuncRef {
	return f.AddFunc(ExtFuncData{Name: ParseExtName(name), Sig: sig})
}

// ImportUserFunc adds the function with a user external name.
func (f *Func) ImportUserFunc(n NamePair, sig SigRef) FuncRef {
	return f.AddFunc(ExtFuncData{Name: ExtName{Kind: UserExtName, User: f.InternUserName(n)}, Sig: sig})
}

// AddRegion adds an alias region. No two regions of a function may have the same id.
func (f *Func) AddRegion(userID uint32, description string) Region {
	f.Regions = append(f.Regions, RegionData{userID, description})
	return Region(len(f.Regions) - 1)
}
