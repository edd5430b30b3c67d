package verify

import (
	"fmt"
	"strings"

	"davit/ir"
	"davit/ir/flow"
	"davit/ir/op"
)

// Problem: tell all that is wrong with a function, in one go, without a message that only repeats an earlier one.
//
// Idea: the declarations first, then one pass over the instructions in the order of the layout. The rules for operands
// and results come from the rows of the opcode table.
//
//  1. An error is fatal if what depends on the thing would go wrong as well: after a fatal error in an instruction its
//     remaining rules are skipped.
//  2. After an error in the structure of blocks (an empty one, a terminator in the wrong place) control flow means
//     nothing, so nothing is said about dominance any more.
//  3. With Options.StopAtFatal the first fatal error ends the run, and so do errors in the declarations.
//  4. Nothing is looked up in the function before it is known to exist: no input makes the verifier panic.
//
// Cost: linear; no allocation unless there are errors or tables grow.

// Options say what is known about the target, and when to stop. The zero value is for functions without a target.
type Options struct {
	// HasISA says that the target is known: PointerType and the settings below count, and rules that need them apply.
	HasISA bool
	// AnyISA says that the target is not known and nothing is to be said about what depends on it. With neither HasISA nor
	// AnyISA, instructions that some targets lack are errors, as file tests without a target demand.
	AnyISA                bool
	PointerType           op.Type // integer as wide as an address
	EnablePinnedReg       bool    // get_pinned_reg and set_pinned_reg are allowed
	PreserveFramePointers bool    // get_frame_pointer and get_return_address are allowed

	// StopAtFatal ends the run where Cranelift's verifier does: at the first fatal error, or after the declarations if
	// they have errors. File tests that list the errors expected need it.
	StopAtFatal bool
	// MaxErrors bounds the number of errors; 0 means 100.
	MaxErrors int
}

// Error is something wrong with a function.
type Error struct {
	Entity ir.Entity // where: an instruction, block or declaration, or the function itself
	Msg    string    // what was found and what was expected
	Rule   string    // the message without particulars, as a format: the same for all violations of a rule
}

// Error returns "entity: message".
func (e Error) Error() string { return e.Entity.String() + ": " + e.Msg }

// In returns the error with the text of the instruction of f that it is about.
func (e Error) In(f *ir.Func) string {
	if e.Entity.Kind == ir.EntityInst && int(e.Entity.Index) < f.NumInsts() {
		return fmt.Sprintf("%v (%s): %s", e.Entity, shorten(f.InstString(ir.Inst(e.Entity.Index))), e.Msg)
	}
	return e.Error()
}

// ErrorList holds errors in the order in which they were found: declarations, then blocks and instructions in the order
// of the layout.
type ErrorList []Error

// Error returns the errors, one per line.
func (l ErrorList) Error() string {
	var b strings.Builder
	for i, e := range l {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.Error())
	}
	return b.String()
}

// Err returns the list as an error, or nil if it is empty.
func (l ErrorList) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Func verifies f. Use a Context to verify many functions.
func Func(f *ir.Func, opts Options) ErrorList {
	var c Context
	return c.Func(f, opts)
}

const (
	defaultMaxErrors = 100
	maxQuoted        = 400 // bytes of an instruction that a message quotes
)

// Context holds the memory that verifying needs, to be used again. The zero value is ready. It must not be used
// concurrently.
type Context struct {
	f    *ir.Func
	opts Options
	errs ErrorList

	cfg   flow.CFG
	dom   flow.DomTree
	order flow.InstOrder

	blk       ir.Block // under way
	reachable bool     // blk
	stopped   bool
	unordered bool // see invariant 2
	hasMaps   bool
	hasTags   bool

	calls    []ir.BlockCall
	entries  []ir.StackMapEntry
	gvPath   []ir.GlobalValue
	gvState  []uint8
	sigFaced []bool
}

// CFG returns the control flow of the function that was verified last, if it had no errors.
func (c *Context) CFG() *flow.CFG { return &c.cfg }

// Func verifies f and returns the errors, or nil. It does not change f.
func (c *Context) Func(f *ir.Func, opts Options) ErrorList {
	c.f, c.opts, c.errs = f, opts, nil
	c.stopped, c.unordered = false, false
	if c.opts.MaxErrors <= 0 {
		c.opts.MaxErrors = defaultMaxErrors
	}
	c.globalValues()
	c.regions()
	c.entryParams()
	c.endPhase()
	if !c.stopped {
		c.entryNotCold()
	}
	if !c.stopped {
		c.signatures()
		c.references()
		c.endPhase()
	}
	if !c.stopped {
		c.body()
	}
	c.f = nil
	return c.errs
}

// endPhase stops the run after a phase that must succeed.
func (c *Context) endPhase() {
	if c.opts.StopAtFatal && len(c.errs) > 0 {
		c.stopped = true
	}
}

// report records an error that other rules do not depend on.
func (c *Context) report(e ir.Entity, format string, args ...any) {
	c.add(Error{e, fmt.Sprintf(format, args...), format})
}

func (c *Context) add(e Error) {
	if len(c.errs) == c.opts.MaxErrors {
		c.stopped = true
		return
	}
	c.errs = append(c.errs, e)
}

// fatal records an error that other rules depend on and returns false. What has just been said about e is not said again.
func (c *Context) fatal(e ir.Entity, format string, args ...any) bool {
	msg := fmt.Sprintf(format, args...)
	for k := len(c.errs) - 1; k >= 0 && c.errs[k].Entity == e; k-- {
		if c.errs[k].Msg == msg {
			return false
		}
	}
	c.add(Error{e, msg, format})
	if c.opts.StopAtFatal {
		c.stopped = true
	}
	return false
}

// broken records an error in the structure of blocks.
func (c *Context) broken(e ir.Entity, format string, args ...any) {
	c.fatal(e, format, args...)
	c.unordered = true
}

// instText returns the text of an instruction for a message.
func (c *Context) instText(inst ir.Inst) string { return shorten(c.f.InstString(inst)) }

func shorten(s string) string {
	if len(s) > maxQuoted {
		return s[:maxQuoted] + "..."
	}
	return s
}

// body checks the blocks and their instructions.
func (c *Context) body() {
	f := c.f
	c.cfg.Compute(f)
	c.dom.Compute(&c.cfg)
	c.order.Compute(f)
	c.hasMaps, c.hasTags = f.HasStackMaps(), f.HasDebugTags()
	for b := f.Entry(); b != ir.NoBlock && !c.stopped; b = f.NextBlock(b) {
		c.block(b)
	}
}

func (c *Context) block(b ir.Block) {
	f := c.f
	last := f.LastInst(b)
	if last == ir.NoInst {
		c.broken(b.Entity(), "%v cannot be empty", b)
		return
	}
	c.blk, c.reachable = b, c.cfg.Reachable(b)
	c.params(b)
	for i := f.FirstInst(b); i != ir.NoInst && !c.stopped; i = f.NextInst(i) {
		d := f.Data(i)
		switch isTerm := d.Op.Has(op.IsTerminator); {
		case isTerm && i != last:
			c.broken(i.Entity(), "a terminator instruction was encountered before the end of %v", b)
		case !isTerm && i == last:
			c.broken(b.Entity(), "block does not end in a terminator instruction")
		}
		if !c.stopped {
			c.inst(i, d)
		}
	}
}

func (c *Context) params(b ir.Block) {
	for k, v := range c.f.Params(b) {
		if def, num, ok := c.f.DefParam(v); !ok || def != b || num != k {
			c.fatal(v.Entity(), "listed as parameter %d of %v, but defined elsewhere", k, b)
			return
		}
	}
}

// inst checks one instruction.
func (c *Context) inst(i ir.Inst, d *ir.InstData) {
	if d.Op == op.None {
		c.fatal(i.Entity(), "instruction without an opcode")
		return
	}
	info := d.Op.Info()
	if !c.results(i, d, info) || !c.uses(i, d, info) || !c.entities(i, d) {
		return
	}
	c.typecheck(i, d, info)
	if !c.stopped && c.immediates(i, d) && c.hasTags {
		c.debugTags(i, d)
	}
	if c.hasMaps && !c.stopped {
		c.stackMap(i, d)
	}
}
