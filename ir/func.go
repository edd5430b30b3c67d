package ir

import (
	"slices"

	"davit/ir/op"
)

// Func is a function: its signature, the entities of its preamble, its instructions and values (the data-flow graph)
// and the order of its blocks and instructions (the layout). It is the one mutable product of the pipeline.
//
// The tables of the preamble are exported slices indexed by their handles; holes that sparse numbering leaves are
// zero entries.
type Func struct {
	Name FuncName
	Sig  Signature

	StackSlots    []StackSlotData
	DynSlots      []DynType
	DynTypes      []DynTypeData
	GlobalValues  []GlobalValueData
	Sigs          []Signature
	ExtFuncs      []ExtFuncData
	Constants     [][]byte // little-endian bytes; see Func.InternConstant
	Regions       []RegionData
	UserNames     []NamePair
	ExTables      []ExTableData
	Immediates    [][16]byte  // masks of shuffles
	StackLimit    GlobalValue // NoGlobalValue if none
	NeedsStackMap []Value     // values declared by the pragma ;@needs_stack_map, ascending

	insts    []InstData
	results  []Value // per instruction: none, the only result, or a list in the pool
	instPos  []instNode
	values   []valueData
	blocks   []blockNode
	pool     []Value // value lists, block calls, jump tables
	memFlags []MemFlags
	consts   internIndex[string]
	names    internIndex[NamePair]
	mems     internIndex[MemFlags]

	firstBlock, lastBlock Block

	srcLocs   []uint32 // per instruction, +1; nil if no instruction has one
	stackMaps mapTable
	debugTags map[Inst][]DebugTag
}

// NewFunc returns an empty function.
func NewFunc(name FuncName, sig Signature) *Func {
	f := &Func{}
	f.Reset(name, sig)
	return f
}

// Reset makes f an empty function and keeps its memory for reuse.
func (f *Func) Reset(name FuncName, sig Signature) {
	*f = Func{
		Name: name, Sig: sig, StackLimit: NoGlobalValue,
		StackSlots: f.StackSlots[:0], DynSlots: f.DynSlots[:0], DynTypes: f.DynTypes[:0], GlobalValues: f.GlobalValues[:0],
		Sigs: f.Sigs[:0], ExtFuncs: f.ExtFuncs[:0], Constants: f.Constants[:0], Regions: f.Regions[:0], UserNames: f.UserNames[:0],
		ExTables: f.ExTables[:0], Immediates: f.Immediates[:0], NeedsStackMap: f.NeedsStackMap[:0],
		insts: f.insts[:0], results: f.results[:0], instPos: f.instPos[:0], values: f.values[:0], blocks: f.blocks[:0],
		pool: f.pool[:0], memFlags: f.memFlags[:0], consts: f.consts, names: f.names, mems: f.mems, srcLocs: f.srcLocs[:0], stackMaps: f.stackMaps,
		debugTags: f.debugTags, firstBlock: NoBlock, lastBlock: NoBlock,
	}
	f.consts.reset()
	f.names.reset()
	f.mems.reset()
	f.stackMaps.reset()
	clear(f.debugTags)
}

type valueKind uint8

const (
	valueHole   valueKind = iota // a number that no definition has taken
	valueResult                  // result num of instruction ref
	valueParam                   // parameter num of block ref
	valueAlias                   // another name of value ref; num is what that stood for when the alias was made
)

type valueData struct {
	ref, num uint32
	typ      op.Type
	kind     valueKind
}

const (
	noResults         = NoValue
	resultsList Value = 1 << 31 // otherwise the entry is the only result
)

// NumValues bounds the numbers of values: all are below it.
func (f *Func) NumValues() int { return len(f.values) }

// NumInsts bounds the numbers of instructions.
func (f *Func) NumInsts() int { return len(f.insts) }

// NumBlocks bounds the numbers of blocks.
func (f *Func) NumBlocks() int { return len(f.blocks) }

// Data returns the instruction for reading and in-place change. The pointer is valid until the next NewInst.
func (f *Func) Data(inst Inst) *InstData { return &f.insts[inst] }

// NewInst adds an instruction, not yet in the layout and without results.
func (f *Func) NewInst(d InstData) Inst {
	f.insts = append(f.insts, d)
	f.results = append(f.results, noResults)
	f.instPos = append(f.instPos, instNode{NoInst, NoInst, NoBlock})
	if len(f.srcLocs) > 0 {
		f.srcLocs = append(f.srcLocs, 0)
	}
	return Inst(len(f.insts) - 1)
}

// Results returns the values that inst defines. The slice must not be written to.
func (f *Func) Results(inst Inst) []Value {
	r := f.results[inst]
	switch {
	case r == noResults:
		return nil
	case r&resultsList == 0:
		return f.results[inst : inst+1 : inst+1]
	}
	off := uint32(r &^ resultsList)
	return f.list(off+1, uint32(f.pool[off]))
}

// FirstResult returns the first result of inst, or NoValue.
func (f *Func) FirstResult(inst Inst) Value {
	r := f.results[inst]
	switch {
	case r == noResults:
		return NoValue
	case r&resultsList == 0:
		return r
	}
	if off := r &^ resultsList; f.pool[off] > 0 {
		return f.pool[off+1]
	}
	return NoValue
}

// SetResults makes vs the results of inst; each must be a fresh number (see NewValueNumber) or a former result.
func (f *Func) SetResults(inst Inst, vs []Value, types []op.Type) {
	for i, v := range vs {
		f.reserve(v)
		f.values[v] = valueData{uint32(inst), uint32(i), types[i], valueResult}
	}
	switch len(vs) {
	case 0:
		f.results[inst] = noResults
	case 1:
		f.results[inst] = vs[0]
	default:
		f.results[inst] = Value(len(f.pool)) | resultsList
		f.pool = append(append(f.pool, Value(len(vs))), vs...)
	}
}

// NewValueNumber returns the number after the highest that any value has.
func (f *Func) NewValueNumber() Value { return Value(len(f.values)) }

func (f *Func) reserve(v Value) {
	if n := int(v) + 1 - len(f.values); n > 0 {
		f.values = extend(f.values, n)
	}
}

// extend appends n zero elements to s.
func extend[T any](s []T, n int) []T {
	s = slices.Grow(s, n)
	s = s[:len(s)+n]
	clear(s[len(s)-n:])
	return s
}

// ValueExists reports whether v has a definition or is an alias.
func (f *Func) ValueExists(v Value) bool {
	return int(v) < len(f.values) && f.values[v].kind != valueHole
}

// MakeAlias makes v another name of target. The caller sees to it that there is no cycle.
func (f *Func) MakeAlias(v, target Value) {
	f.reserve(v)
	f.values[v] = valueData{uint32(target), uint32(f.Resolve(target)), op.Invalid, valueAlias}
}

// AliasOf returns what v is directly an alias of.
func (f *Func) AliasOf(v Value) (Value, bool) {
	d := &f.values[v]
	return Value(d.ref), d.kind == valueAlias
}

// Resolve returns the value that v stands for: v itself unless it is an alias.
func (f *Func) Resolve(v Value) Value {
	for f.values[v].kind == valueAlias {
		v = Value(f.values[v].num)
	}
	return v
}

// ResolveAllAliases replaces every use of an alias by the value it stands for.
func (f *Func) ResolveAllAliases() {
	for b := f.firstBlock; b != NoBlock; b = f.blocks[b].next {
		for i := f.blocks[b].first; i != NoInst; i = f.instPos[i].next {
			f.ForEachUse(i, f.Resolve)
		}
	}
}

// ValueType returns the type of v, looking through aliases; Invalid for a hole.
func (f *Func) ValueType(v Value) op.Type {
	if int(v) >= len(f.values) {
		return op.Invalid
	}
	return f.values[f.Resolve(v)].typ
}

// DefInst returns the instruction that defines v (not resolved) and which of its results v is.
func (f *Func) DefInst(v Value) (inst Inst, num int, ok bool) {
	d := &f.values[v]
	return Inst(d.ref), int(d.num), d.kind == valueResult
}

// DefParam returns the block of which v (not resolved) is a parameter and which one.
func (f *Func) DefParam(v Value) (b Block, num int, ok bool) {
	d := &f.values[v]
	return Block(d.ref), int(d.num), d.kind == valueParam
}

// AppendResults gives inst one new value per type, numbered from NewValueNumber on, and returns the first.
func (f *Func) AppendResults(inst Inst, types ...op.Type) Value {
	var vbuf [4]Value
	vs := vbuf[:0]
	first := f.NewValueNumber()
	for i := range types {
		vs = append(vs, first+Value(i))
	}
	f.SetResults(inst, vs, types)
	return first
}

// DebugTags returns the debug tags of inst, or nil.
func (f *Func) DebugTags(inst Inst) []DebugTag { return f.debugTags[inst] }

// SetDebugTags replaces the debug tags of inst.
func (f *Func) SetDebugTags(inst Inst, tags []DebugTag) {
	if f.debugTags == nil {
		f.debugTags = map[Inst][]DebugTag{}
	}
	if len(tags) == 0 {
		delete(f.debugTags, inst)
		return
	}
	f.debugTags[inst] = tags
}

// HasDebugTags reports whether any instruction carries debug tags.
func (f *Func) HasDebugTags() bool { return len(f.debugTags) > 0 }

// SrcLoc returns the source location of inst and whether it has one.
func (f *Func) SrcLoc(inst Inst) (uint32, bool) {
	if int(inst) >= len(f.srcLocs) || f.srcLocs[inst] == 0 {
		return 0, false
	}
	return f.srcLocs[inst] - 1, true
}

// SetSrcLoc sets the source location of inst. The location ^0 cannot be represented and means none.
func (f *Func) SetSrcLoc(inst Inst, loc uint32) {
	if n := len(f.insts) - len(f.srcLocs); n > 0 {
		f.srcLocs = extend(f.srcLocs, n)
	}
	f.srcLocs[inst] = loc + 1
}

// HasSrcLocs reports whether any instruction has a source location.
func (f *Func) HasSrcLocs() bool { return len(f.srcLocs) > 0 }

// InternMask returns the handle of a shuffle mask.
func (f *Func) InternMask(m [16]byte) Immediate {
	f.Immediates = append(f.Immediates, m)
	return Immediate(len(f.Immediates) - 1)
}
