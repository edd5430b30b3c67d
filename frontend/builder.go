package frontend

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"davit/frontend/internal/ssa"
	"davit/frontend/safepoint"
	"davit/ir"
	"davit/ir/op"
	"davit/ir/verify"
)

// Variable is a variable of the source program, with one type and any number of definitions.
type Variable = ssa.Var

// Options steer a Builder. The zero value is good for 64-bit machines.
type Options struct {
	// Pointer is the type of addresses; Invalid means i64.
	Pointer op.Type
	// LibCallConv is the calling convention of library calls.
	LibCallConv ir.CallConv
	// Check makes the builder check each instruction as it is built, and verify the whole function at the end. It is
	// meant for the time when a front end is being written.
	Check bool
	// Safepoints says how Finalize places the stores and reloads that stack maps need.
	Safepoints safepoint.Mode
	// KeepDeclarations makes Finalize leave stack maps to a later run of package safepoint: it only lists the declared
	// values in the function.
	KeepDeclarations bool
}

// Error says what was wrong with the use of a Builder, and where.
type Error struct {
	Func   ir.FuncName
	Where  ir.Entity // the block or instruction concerned, or the function
	Caller string    // file and line of the code that called the builder, if known
	Msg    string
}

// Error returns "function: entity: message (called from file:line)".
func (e *Error) Error() string {
	s := fmt.Sprintf("%v: ", e.Func)
	if e.Where.Kind != ir.EntityFunction {
		s += e.Where.String() + ": "
	}
	s += e.Msg
	if e.Caller != "" {
		s += " (called from " + e.Caller + ")"
	}
	return s
}

// Builder makes functions, one after another: blocks, instructions, and variables that it turns into SSA form. It has a
// method for every opcode, which appends an instruction to the current block and returns its results; those of calls
// are returned by [Builder.Results].
//
// The first mistake in its use stops the builder: from then on its methods do nothing and return ir.NoValue and the
// like, and [Builder.Finalize] returns the mistake as an error.
//
// A Builder must not be used by two goroutines at a time; any number of builders may be used at the same time.
type Builder struct {
	opts   Options
	f      *ir.Func // nil outside of Reset and Finalize
	ib     ir.Builder
	ssa    ssa.Builder
	cur    ir.Block
	loc    uint32
	blocks []blockState
	vars   []varState
	refs   []ir.Value // declared, in any order and maybe twice
	err    error

	region   func(f *ir.Func, slot ir.StackSlot, t op.Type, offset uint32) ir.Region
	libs     [ir.NumLibCalls]uint32 // 1 + FuncRef
	calls    []ir.BlockCall
	junk     *ir.Func // what is built after a mistake goes here
	junkIB   ir.Builder
	points   safepoint.Context
	verifier verify.Context
}

type blockState struct {
	known  bool // made by this builder
	filled bool // it has its terminator
}

type varState struct {
	needsMap bool
	defined  bool
}

// NewBuilder returns a builder. Before it can build it needs a function; see Reset.
func NewBuilder(opts Options) *Builder {
	if opts.Pointer == op.Invalid {
		opts.Pointer = op.I64
	}
	b := &Builder{opts: opts, cur: ir.NoBlock}
	return b
}

// Reset makes the builder ready to build the body of f, which must have no blocks yet. What it built before, finished
// or not, is forgotten, and its memory is used again.
func (b *Builder) Reset(f *ir.Func) {
	b.f, b.cur, b.loc, b.err, b.region = f, ir.NoBlock, noLoc, nil, nil
	b.blocks, b.vars, b.refs = b.blocks[:0], b.vars[:0], b.refs[:0]
	b.libs = [ir.NumLibCalls]uint32{}
	b.ib = *ir.NewBuilder(f)
	b.ssa.Reset(f)
	if f.NumBlocks() > 0 {
		b.fail(ir.Entity{}, "Reset with a function that has blocks already")
	}
}

const noLoc = ^uint32(0)

// Func returns the function under construction. Its preamble may be changed freely.
func (b *Builder) Func() *ir.Func { return b.f }

// Err returns the first mistake so far, or nil.
func (b *Builder) Err() error { return b.err }

// fail records a mistake, unless there was one before.
func (b *Builder) fail(where ir.Entity, format string, args ...any) {
	if b.err != nil {
		return
	}
	e := &Error{Where: where, Msg: fmt.Sprintf(format, args...), Caller: caller()}
	if b.f != nil {
		e.Func = b.f.Name
	}
	b.err = e
}

// Fail records a mistake in the use of something that is built on the builder, such as a package that appends sequences of
// instructions: see [Builder.Finalize].
func (b *Builder) Fail(format string, args ...any) {
	where := ir.Entity{}
	if b.cur != ir.NoBlock {
		where = b.cur.Entity()
	}
	b.fail(where, format, args...)
}

// caller returns file and line of the function that called into this package.
func caller() string {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		fr, more := frames.Next()
		if !strings.HasPrefix(fr.Function, "davit/frontend.") || strings.HasSuffix(fr.File, "_test.go") {
			if fr.File == "" {
				return ""
			}
			return fmt.Sprintf("%s:%d", fr.File[strings.LastIndexByte(fr.File, '/')+1:], fr.Line)
		}
		if !more {
			return ""
		}
	}
}

// ok reports whether the builder may go on.
func (b *Builder) ok() bool {
	if b.err == nil && b.f == nil {
		b.fail(ir.Entity{}, "the builder has no function: call Reset first")
	}
	return b.err == nil
}

// CreateBlock adds a block. It is put into the layout when it becomes the current block for the first time.
func (b *Builder) CreateBlock() ir.Block {
	if !b.ok() {
		return ir.NoBlock
	}
	blk := b.f.NewBlock()
	b.state(blk).known = true
	return blk
}

func (b *Builder) state(blk ir.Block) *blockState {
	for len(b.blocks) <= int(blk) {
		b.blocks = append(b.blocks, blockState{})
	}
	return &b.blocks[blk]
}

// known reports whether blk is a block of this builder.
func (b *Builder) known(blk ir.Block) bool {
	if !b.ok() {
		return false
	}
	if int(blk) >= len(b.blocks) || !b.blocks[blk].known {
		b.fail(ir.Entity{}, "%v was not made by this builder for this function", blk)
		return false
	}
	return true
}

// InsertBlockAfter puts blk, which has never been current, into the layout just after another block.
func (b *Builder) InsertBlockAfter(blk, after ir.Block) {
	if !b.known(blk) || !b.known(after) {
		return
	}
	if b.f.InLayout(blk) || !b.f.InLayout(after) {
		b.fail(blk.Entity(), "cannot be inserted after %v: expected a block that is not in the layout after one that is", after)
		return
	}
	b.f.InsertBlockAfter(blk, after)
}

// SwitchToBlock makes blk the current block, to whose end instructions go. The first block that becomes current is the
// entry.
func (b *Builder) SwitchToBlock(blk ir.Block) {
	if !b.known(blk) {
		return
	}
	if b.blocks[blk].filled {
		b.fail(blk.Entity(), "has its terminator already; nothing can be added to it")
		return
	}
	if !b.f.InLayout(blk) {
		b.f.AppendBlock(blk)
	}
	b.cur = blk
	b.ib.SetBlock(blk)
}

// CurrentBlock returns the current block, or ir.NoBlock.
func (b *Builder) CurrentBlock() ir.Block { return b.cur }

// IsFilled reports whether the current block has its terminator, or there is none.
func (b *Builder) IsFilled() bool { return b.cur == ir.NoBlock || b.blocks[b.cur].filled }

// IsUnreachable reports whether the current block is known to be unreachable: it is sealed, no branch leads to it, and
// it is not the entry. Front ends may skip code there.
func (b *Builder) IsUnreachable() bool {
	return b.cur != ir.NoBlock && b.cur != b.f.Entry() && b.ssa.Sealed(b.cur) && b.ssa.NumEdges(b.cur) == 0
}

// SealBlock says that all branches to blk have been built. It should be called as soon as possible: a variable that is
// used in a block which is not sealed needs a parameter there until it is.
func (b *Builder) SealBlock(blk ir.Block) {
	if !b.known(blk) {
		return
	}
	if b.ssa.Sealed(blk) {
		b.fail(blk.Entity(), "is sealed already")
		return
	}
	b.ssa.Seal(blk)
}

// SealAllBlocks seals all blocks that are not sealed yet.
func (b *Builder) SealAllBlocks() {
	if !b.ok() {
		return
	}
	for blk := range b.blocks {
		if b.blocks[blk].known && !b.ssa.Sealed(ir.Block(blk)) {
			b.ssa.Seal(ir.Block(blk))
		}
	}
}

// SetCold marks a block as one that is seldom executed.
func (b *Builder) SetCold(blk ir.Block) {
	if b.known(blk) {
		b.f.SetCold(blk, true)
	}
}

// AppendBlockParam adds a parameter to a block. Every branch to the block must pass an argument for it. Variables do
// not need parameters.
func (b *Builder) AppendBlockParam(blk ir.Block, t op.Type) ir.Value {
	if !b.known(blk) {
		return ir.NoValue
	}
	if !t.IsValid() {
		b.fail(blk.Entity(), "cannot have a parameter of type %v", t)
		return ir.NoValue
	}
	return b.f.AppendParam(blk, t)
}

// AppendFuncParams adds the parameters of the function to a block, which must be the entry, and returns them.
func (b *Builder) AppendFuncParams(blk ir.Block) []ir.Value {
	if !b.known(blk) {
		return nil
	}
	for _, p := range b.f.Sig.Params {
		b.f.AppendParam(blk, p.Type)
	}
	return b.f.Params(blk)
}

// BlockParams returns the parameters of a block, without those that variables need. The slice is valid until a
// parameter is added to any block.
func (b *Builder) BlockParams(blk ir.Block) []ir.Value {
	if !b.known(blk) {
		return nil
	}
	return b.f.Params(blk)
}

// SetSrcLoc gives the instructions that follow a source location, an opaque number; ^0 means none.
func (b *Builder) SetSrcLoc(loc uint32) {
	b.loc = loc
	b.ib.SetSrcLoc(loc)
}

// SrcLoc returns the current source location.
func (b *Builder) SrcLoc() uint32 { return b.loc }

// Results returns the results of an instruction. The slice must not be written to, and is valid until the next
// instruction is built.
func (b *Builder) Results(inst ir.Inst) []ir.Value {
	if b.f == nil || int(inst) >= b.f.NumInsts() {
		return nil
	}
	return b.f.Results(inst)
}

// Result returns the first result of an instruction, or ir.NoValue.
func (b *Builder) Result(inst ir.Inst) ir.Value {
	if rs := b.Results(inst); len(rs) > 0 {
		return rs[0]
	}
	return ir.NoValue
}

// Type returns the type of a value, or op.Invalid.
func (b *Builder) Type(v ir.Value) op.Type {
	if b.f == nil {
		return op.Invalid
	}
	return b.f.ValueType(v)
}

// Target makes a block call with arguments, for [Builder.BrTable] and the tables of [Builder.TryCall].
func (b *Builder) Target(blk ir.Block, args ...ir.Value) ir.BlockCall {
	if !b.known(blk) {
		return ir.NoBlockCall
	}
	return b.ib.Target(blk, args...)
}

// TryTarget makes a block call for the tables of [Builder.TryCall], whose arguments may be results and exception
// payloads.
func (b *Builder) TryTarget(blk ir.Block, args ...ir.BlockArg) ir.BlockCall {
	if !b.known(blk) {
		return ir.NoBlockCall
	}
	return b.f.NewBlockCall(blk, args)
}

// SetStackMapRegions makes fn choose the alias region for each access to a slot of the stack maps of this function; it
// may add regions. Without it the accesses have none.
func (b *Builder) SetStackMapRegions(fn func(f *ir.Func, slot ir.StackSlot, t op.Type, offset uint32) ir.Region) {
	b.region = fn
}

// Finalize ends the function: it removes block parameters that variables do not need, gives safepoints their stack maps
// and returns the first mistake. The function is complete only if the error is nil.
func (b *Builder) Finalize() error {
	if b.ok() {
		b.checkBlocks()
	}
	if b.err == nil {
		b.finish()
	}
	err := b.err
	b.f, b.cur, b.region = nil, ir.NoBlock, nil
	b.ib = ir.Builder{}
	return err
}

func (b *Builder) finish() {
	f := b.f
	b.ssa.Finish(func(v Variable, x ir.Value) {
		if b.vars[v].needsMap {
			b.refs = append(b.refs, x)
		}
	})
	if b.ssa.Aliases() {
		f.ResolveAllAliases()
	}
	for i, v := range b.refs {
		b.refs[i] = f.Resolve(v)
	}
	slices.SortFunc(b.refs, func(x, y ir.Value) int { return cmp.Compare(x, y) })
	f.NeedsStackMap = append(f.NeedsStackMap[:0], slices.Compact(b.refs)...)
	if b.opts.Check && !b.verify() {
		return
	}
	if len(f.NeedsStackMap) == 0 || b.opts.KeepDeclarations {
		return
	}
	if err := b.points.Run(f, safepoint.Options{Mode: b.opts.Safepoints, Pointer: b.opts.Pointer, Region: b.region}); err != nil {
		b.err = err
		return
	}
	if b.opts.Check {
		b.verify()
	}
}

// checkBlocks checks that every block is complete.
func (b *Builder) checkBlocks() {
	if b.f.Entry() == ir.NoBlock {
		b.fail(ir.Entity{}, "the function has no blocks")
		return
	}
	if n := b.ssa.NumEdges(b.f.Entry()); n > 0 {
		b.fail(b.f.Entry().Entity(), "is the entry, and branches lead to it; expected a block of its own for the loop")
	}
	for i := range b.blocks {
		blk := ir.Block(i)
		if !b.blocks[i].known {
			continue
		}
		switch {
		case !b.f.InLayout(blk):
			if b.ssa.NumEdges(blk) > 0 {
				b.fail(blk.Entity(), "is the target of a branch, but never was the current block")
			}
			continue
		case !b.blocks[i].filled:
			b.fail(blk.Entity(), "has no terminator")
		case !b.ssa.Sealed(blk):
			b.fail(blk.Entity(), "is not sealed")
		}
		want := len(b.f.Params(blk))
		b.ssa.Edges(blk, func(inst ir.Inst, k int) {
			if n := b.f.NumCallArgs(b.f.Branch(inst, k)); n != want {
				b.fail(inst.Entity(), "passes %d arguments to %v, expected %d", n, blk, want)
			}
		})
	}
}
