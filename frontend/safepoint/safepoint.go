package safepoint

import (
	"fmt"
	"math/bits"
	"slices"

	"davit/frontend/internal/ssa"
	"davit/ir"
	"davit/ir/flow"
	"davit/ir/op"
)

// Mode says where stores and reloads are placed.
type Mode uint8

const (
	// Early stores at the definition and reloads at the first use of each stretch without a safepoint. It takes one walk
	// over the function, and its result follows the source closely.
	Early Mode = iota
	// Late sinks stores towards the safepoints that need them and hoists reloads out of loops and hot paths. It is meant
	// for the final control flow.
	Late
	NumModes = iota
)

var modeNames = [NumModes]string{"early", "late"}

// String returns the name of the mode, as in the setting "safepoints".
func (m Mode) String() string { return modeNames[m] }

// ParseMode returns the mode of a name.
func ParseMode(s string) (Mode, bool) {
	i := slices.Index(modeNames[:], s)
	return Mode(max(i, 0)), i >= 0
}

// Options steer the pass.
type Options struct {
	Mode Mode
	// Pointer is the type of addresses; Invalid means i64.
	Pointer op.Type
	// Region, if not nil, is called for each access to a slot and returns the alias region that the access is tagged
	// with, or ir.NoRegion. It may add regions to the function.
	Region func(f *ir.Func, slot ir.StackSlot, t op.Type, offset uint32) ir.Region
}

// Error says why a function cannot be given stack maps.
type Error struct {
	Func  ir.FuncName
	Where ir.Entity // the value or instruction concerned
	Msg   string
}

// Error returns "function: entity: message".
func (e *Error) Error() string { return fmt.Sprintf("%v: %v: %s", e.Func, e.Where, e.Msg) }

// CheckType reports why a value of type t cannot be declared to need stack maps; nil if it can.
func CheckType(t op.Type) error {
	if t.IsDynamic() {
		return fmt.Errorf("a value of type %v cannot be in a stack map: its size is not known", t)
	}
	if n := t.Bytes(); !t.IsValid() || n > maxBytes {
		return fmt.Errorf("a value of type %v, %d bytes, cannot be in a stack map: expected 1, 2, 4, 8 or 16 bytes", t, n)
	}
	return nil
}

const (
	maxBytes   = 16
	numClasses = 5 // of slots: 1, 2, 4, 8 and 16 bytes
	noSlot     = -1
)

// ref is a value that the pass keeps track of.
type ref struct {
	v        ir.Value
	typ      op.Type
	class    uint8   // log2 of its bytes
	constant ir.Inst // the instruction that makes the constant, or NoInst
	slot     int32   // index in colouring.slots, or noSlot
	web      uint32  // union-find parent: values that flow into each other over edges
	hint     int32   // of the root of a web: a slot that one of its members has
	inMap    bool    // live across a safepoint
	dropped  bool    // a block parameter that is removed
}

// safepoint is a safepoint with the references that live across it.
type point struct {
	inst       ir.Inst
	start, end uint32 // in Context.across
}

// Context runs the pass on one function after another and keeps its memory. The zero value is ready to use. It must not
// be used by two goroutines at a time.
type Context struct {
	f    *ir.Func
	opts Options
	cfg  flow.CFG
	rpo  []ir.Block // reachable blocks in reverse post-order

	refs   []ref
	index  []uint32 // per value: 1 + its index in refs, or 0
	live   liveness
	points []point // by blocks in order of rpo, in each block the last one first
	first  []uint32
	across []uint32 // indices of refs, per point
	copies []pair

	colour  colouring
	params  []paramPlan
	paramOf []uint32 // per ref: 1 + index in params, or 0
	flows   []paramFlow
	kept    []uint32
	emit    emitter
	late    lateState
	ssa     ssa.Builder
	added   []ir.Value // references that the pass made
	calls   []ir.BlockCall
	args    []ir.BlockArg
}

// pair says that an edge passes reference arg to the parameter param.
type pair struct{ arg, param uint32 }

// Run gives f the stack maps of the values declared in f.NeedsStackMap: see the documentation of the package. It leaves
// f.NeedsStackMap naming the references of the result, so running it again changes nothing. After an error, f is
// unchanged.
func (c *Context) Run(f *ir.Func, opts Options) error {
	if len(f.NeedsStackMap) == 0 {
		return nil
	}
	if opts.Pointer == op.Invalid {
		opts.Pointer = op.I64
	}
	c.f, c.opts = f, opts
	defer func() { c.f, c.opts.Region = nil, nil }()
	if err := c.collect(); err != nil {
		return err
	}
	if err := c.analyse(); err != nil {
		return err
	}
	if c.findSafepoints(); len(c.across) > 0 {
		switch opts.Mode {
		case Early:
			c.assignSlots()
			c.placeEarly()
		case Late:
			c.placeLate()
		}
	}
	c.declare()
	return nil
}

// analyse computes control flow and liveness.
func (c *Context) analyse() error {
	c.cfg.Compute(c.f)
	c.rpo = append(c.rpo[:0], c.cfg.PostOrder()...)
	slices.Reverse(c.rpo)
	return c.computeLiveness()
}

// Run is [Context.Run] with a new context.
func Run(f *ir.Func, opts Options) error {
	var c Context
	return c.Run(f, opts)
}

// collect fills refs with the values that the declared ones stand for.
func (c *Context) collect() error {
	f := c.f
	c.index = cleared(c.index, f.NumValues())
	c.refs, c.added = c.refs[:0], c.added[:0]
	for _, v := range f.NeedsStackMap {
		if !f.ValueExists(v) {
			return c.fail(v.Entity(), "is declared to need stack maps, but nothing defines it")
		}
		w := f.Resolve(v)
		if err := CheckType(f.ValueType(w)); err != nil {
			return c.fail(v.Entity(), err.Error())
		}
		c.index[w] = 1
	}
	for v, i := range c.index {
		if i != 0 {
			v := ir.Value(v)
			t := f.ValueType(v)
			r := ref{v: v, typ: t, class: uint8(bits.Len(uint(t.Bytes())) - 1), constant: ir.NoInst, slot: noSlot, web: uint32(len(c.refs)), hint: noSlot}
			if inst, _, ok := f.DefInst(v); ok && isConstant(f.Data(inst).Op) {
				r.constant = inst
			}
			c.refs = append(c.refs, r)
			c.index[v] = uint32(len(c.refs))
		}
	}
	return nil
}

// isConstant reports whether an opcode makes a constant: bits that no collector moves.
func isConstant(o op.Opcode) bool {
	switch o {
	case op.Iconst, op.F16const, op.F32const, op.F64const, op.F128const, op.Vconst:
		return true
	}
	return false
}

func (c *Context) fail(where ir.Entity, msg string) error {
	return &Error{Func: c.f.Name, Where: where, Msg: msg}
}

// ref returns the index of the reference that v stands for. Values that the pass itself made are none.
func (c *Context) ref(v ir.Value) (int, bool) {
	if int(v) >= len(c.index) {
		return 0, false
	}
	i := c.index[c.f.Resolve(v)]
	return int(i) - 1, i != 0
}

// mapped is ref for references that live across a safepoint; only they are rewritten.
func (c *Context) mapped(v ir.Value) (int, bool) {
	i, ok := c.ref(v)
	return i, ok && c.refs[i].inMap
}

// declare makes f.NeedsStackMap name the references that the function has now.
func (c *Context) declare() {
	list := c.f.NeedsStackMap[:0]
	for i := range c.refs {
		if !c.refs[i].dropped {
			list = append(list, c.refs[i].v)
		}
	}
	c.f.NeedsStackMap = append(list, c.added...)
}

// cleared returns n zeros in the memory of s.
func cleared[T any](s []T, n int) []T {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}
