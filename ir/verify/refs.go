package verify

import (
	"davit/ir"
	"davit/ir/op"
)

// results checks that an instruction defines as many values as it must, and that they know it.
func (c *Context) results(i ir.Inst, d *ir.InstData, info *op.Info) bool {
	want := len(info.Results)
	if info.Flags&op.VariableResults != 0 {
		if sig := c.f.CallSig(i); sig != ir.NoSig {
			want += len(c.f.Sigs[sig].Returns)
		} else {
			want = -1 // reported where the reference is checked
		}
	}
	rs := c.f.Results(i)
	if len(rs) != want && want >= 0 {
		return c.fatal(i.Entity(), "expected %d result values, found %d", want, len(rs))
	}
	for k, v := range rs {
		if int(v) >= c.f.NumValues() {
			return c.fatal(i.Entity(), "invalid value reference %v", v)
		}
		if def, num, ok := c.f.DefInst(v); !ok || def != i || num != k {
			return c.fatal(i.Entity(), "listed as result %d of %v, but %v is defined elsewhere", k, i, v)
		}
	}
	return true
}

// uses checks that the values an instruction reads are defined before it.
func (c *Context) uses(i ir.Inst, d *ir.InstData, info *op.Info) bool {
	ok := true
	for _, v := range c.f.Args(i) {
		ok = c.use(i, v) && ok
	}
	if info.Flags&op.IsBranch == 0 {
		return ok
	}
	table, known := c.exTable(d)
	if !known {
		return c.fatal(i.Entity(), "invalid exception table reference")
	}
	c.calls = c.f.Branches(i, c.calls[:0])
	for _, call := range c.calls {
		for k := range c.f.NumCallArgs(call) {
			if v, isValue := c.f.CallArg(call, k).Value(); isValue {
				ok = c.use(i, v) && ok
			}
		}
	}
	if table != nil {
		for k := range table.Items {
			if it := &table.Items[k]; it.Kind == ir.ExContext {
				ok = c.use(i, it.Context) && ok
			}
		}
	}
	return ok
}

// exTable returns the exception table of a try_call, nil for other instructions; false if it does not exist.
func (c *Context) exTable(d *ir.InstData) (*ir.ExTableData, bool) {
	switch d.Op.Format() {
	case op.FmtTryCall, op.FmtTryCallIndirect:
		if int(d.ExTable()) >= len(c.f.ExTables) {
			return nil, false
		}
		return &c.f.ExTables[d.ExTable()], true
	}
	return nil, true
}

// use checks that v, which instruction i reads, is defined, in the layout and before i.
func (c *Context) use(i ir.Inst, v ir.Value) bool {
	f := c.f
	if c.stopped {
		return false
	}
	if !f.ValueExists(v) {
		return c.fatal(i.Entity(), "invalid value reference %v", v)
	}
	r := f.Resolve(v)
	if def, num, ok := f.DefInst(r); ok {
		return c.useResult(i, v, r, def, num)
	}
	b, num, ok := f.DefParam(r)
	if !ok {
		return c.fatal(i.Entity(), "invalid value reference %v: %v is not defined", v, r)
	}
	if !f.InLayout(b) {
		return c.fatal(i.Entity(), "%v is defined by %v which is not in the layout", v, b)
	}
	if b != c.blk && c.ordered() && !c.dom.Dominates(b, c.blk) {
		return c.fatal(i.Entity(), "uses value arg from non-dominating %v: its parameter %v is not known in %v", b, v, c.blk)
	}
	if ps := f.Params(b); num >= len(ps) || ps[num] != r {
		c.report(i.Entity(), "argument %v -> %v is not attached", v, r)
	}
	return true
}

func (c *Context) useResult(i ir.Inst, v, r ir.Value, def ir.Inst, num int) bool {
	f := c.f
	switch b := f.InstBlock(def); {
	case b == ir.NoBlock:
		return c.fatal(i.Entity(), "%v is defined by %v which has no block", v, def)
	case !f.InLayout(b):
		return c.fatal(i.Entity(), "%v is defined by %v in %v which is not in the layout", v, def, b)
	case !c.ordered():
	case def == i:
		return c.fatal(i.Entity(), "uses value %v from itself", v)
	case b == c.blk && c.order.Before(i, def), b != c.blk && !c.dom.Dominates(b, c.blk):
		return c.fatal(i.Entity(), "uses value %v from non-dominating %v", v, def)
	}
	if rs := f.Results(def); num >= len(rs) || rs[num] != r {
		c.report(i.Entity(), "argument %v -> %v is not attached", v, r)
	}
	return true
}

// ordered reports whether what comes before the current block is known.
func (c *Context) ordered() bool { return c.reachable && !c.unordered }

// checkEntities has the rule of each format for the entities apart from values that it refers to.
var checkEntities = [op.NumFormats]func(c *Context, i ir.Inst, d *ir.InstData) bool{
	op.FmtNullAry:                 (*Context).machineRegister,
	op.FmtUnary:                   (*Context).machineRegister,
	op.FmtUnaryConst:              (*Context).constant,
	op.FmtUnaryGlobalValue:        (*Context).global,
	op.FmtJump:                    (*Context).targets,
	op.FmtBrif:                    (*Context).targets,
	op.FmtBranchTable:             (*Context).targets,
	op.FmtCall:                    (*Context).callee,
	op.FmtCallIndirect:            (*Context).calleeSig,
	op.FmtTryCall:                 (*Context).tryCallee,
	op.FmtTryCallIndirect:         (*Context).tryTable,
	op.FmtFuncAddr:                (*Context).funcRef,
	op.FmtStackAddr:               (*Context).stackSlot,
	op.FmtDynamicStackAddr:        (*Context).dynSlot,
	op.FmtLoad:                    (*Context).memory,
	op.FmtStore:                   (*Context).memory,
	op.FmtLoadNoOffset:            (*Context).memory,
	op.FmtStoreNoOffset:           (*Context).memory,
	op.FmtAtomicRmw:               (*Context).memory,
	op.FmtAtomicCas:               (*Context).memory,
	op.FmtExceptionHandlerAddress: (*Context).handler,
}

func (c *Context) entities(i ir.Inst, d *ir.InstData) bool {
	check := checkEntities[d.Op.Format()]
	return check == nil || check(c, i, d)
}

// machineRegister checks that registers outside of the allocator's reach are read and written only where settings
// reserve them.
func (c *Context) machineRegister(i ir.Inst, d *ir.InstData) bool {
	if c.opts.AnyISA {
		return true
	}
	switch d.Op {
	case op.GetPinnedReg, op.SetPinnedReg:
		if !c.opts.HasISA {
			return c.fatal(i.Entity(), "GetPinnedReg/SetPinnedReg need an ISA!")
		}
		if !c.opts.EnablePinnedReg {
			return c.fatal(i.Entity(), "GetPinnedReg/SetPinnedReg cannot be used without enable_pinned_reg")
		}
	case op.GetFramePointer, op.GetReturnAddress:
		if !c.opts.HasISA {
			return c.fatal(i.Entity(), "`get_frame_pointer`/`get_return_address` require an ISA!")
		}
		if !c.opts.PreserveFramePointers {
			return c.fatal(i.Entity(), "`get_frame_pointer`/`get_return_address` cannot be used without enabling `preserve_frame_pointers`")
		}
	}
	return true
}

func (c *Context) constant(i ir.Inst, d *ir.InstData) bool {
	k := d.Constant()
	if int(k) >= len(c.f.Constants) {
		return c.fatal(i.Entity(), "invalid constant %v", k)
	}
	want := op.F128.Bytes()
	if d.Op != op.F128const {
		want = c.ctrl(i, d, d.Op.Info()).Bytes()
	}
	if got := len(c.f.Constants[k]); got != want {
		return c.fatal(i.Entity(), "The instruction expects %v to have a size of %d bytes but it has %d", k, want, got)
	}
	return true
}

func (c *Context) global(i ir.Inst, d *ir.InstData) bool {
	if !c.gvExists(d.Global()) {
		c.report(i.Entity(), "invalid global value %v", d.Global())
	}
	return true
}

func (c *Context) targets(i ir.Inst, _ *ir.InstData) bool {
	for _, call := range c.calls { // set by uses
		if b := c.f.CallBlock(call); !c.f.InLayout(b) {
			return c.fatal(i.Entity(), "invalid block reference %v", b)
		} else if b == c.f.Entry() {
			return c.fatal(i.Entity(), "invalid reference to entry block %v", b)
		}
	}
	return true
}

func (c *Context) funcRef(i ir.Inst, d *ir.InstData) bool {
	if fn := d.Func(); int(fn) >= len(c.f.ExtFuncs) || !c.f.ExtFuncs[fn].Declared {
		return c.fatal(i.Entity(), "invalid function reference %v", fn)
	}
	return true
}

// callee checks the function of a call or return_call, which may be patchable.
func (c *Context) callee(i ir.Inst, d *ir.InstData) bool {
	if !c.funcRef(i, d) {
		return false
	}
	fn := &c.f.ExtFuncs[d.Func()]
	if int(fn.Sig) >= len(c.f.Sigs) {
		return false // reported at the declaration
	}
	if !fn.Patchable {
		return true
	}
	switch {
	case d.Op == op.ReturnCall:
		return c.fatal(i.Entity(), "patchable funcref cannot be used in a return_call: %v", d.Func())
	case !fn.Colocated:
		return c.fatal(i.Entity(), "patchable call to non-colocated function %v", d.Func())
	case len(c.f.Sigs[fn.Sig].Returns) > 0:
		return c.fatal(i.Entity(), "patchable call cannot occur to a function with return values, such as %v", d.Func())
	}
	return true
}

func (c *Context) calleeSig(i ir.Inst, d *ir.InstData) bool { return c.sigRef(i, d.Sig()) }

func (c *Context) sigRef(i ir.Inst, sig ir.SigRef) bool {
	if int(sig) >= len(c.f.Sigs) {
		return c.fatal(i.Entity(), "invalid signature reference %v", sig)
	}
	return true
}

func (c *Context) tryCallee(i ir.Inst, d *ir.InstData) bool {
	if !c.funcRef(i, d) {
		return false
	}
	if int(c.f.ExtFuncs[d.Func()].Sig) >= len(c.f.Sigs) {
		return false // reported at the declaration
	}
	return c.tryTable(i, d)
}

// tryTable checks the exception table of a try_call.
func (c *Context) tryTable(i ir.Inst, d *ir.InstData) bool {
	sig := c.f.ExTables[d.ExTable()].Sig
	if !c.sigRef(i, sig) || !c.targets(i, d) {
		return false
	}
	if conv := c.f.Sigs[sig].CallConv; !supportsExceptions(conv) {
		c.report(i.Entity(), "calling convention `%v` of callee does not support exceptions", conv)
	}
	return true
}

func supportsExceptions(conv ir.CallConv) bool {
	_, ok := conv.ExceptionPayloads()
	return ok
}

func (c *Context) stackSlot(i ir.Inst, d *ir.InstData) bool {
	if int(d.Slot()) >= len(c.f.StackSlots) {
		c.report(i.Entity(), "invalid stack slot %v", d.Slot())
	}
	return true
}

func (c *Context) dynSlot(i ir.Inst, d *ir.InstData) bool {
	if int(d.DynSlot()) >= len(c.f.DynSlots) {
		c.report(i.Entity(), "invalid dynamic stack slot %v", d.DynSlot())
	}
	return true
}

// addressArg is the operand that is the address in each format that accesses memory.
var addressArg = [op.NumFormats]uint8{op.FmtStore: 1, op.FmtStoreNoOffset: 1}

// memory checks flags and address of a memory access, or the operand of a bitcast.
func (c *Context) memory(i ir.Inst, d *ir.InstData) bool {
	m := c.f.Mem(i)
	if m.Region != ir.NoRegion {
		c.region(i.Entity(), m)
	}
	if d.Op == op.Bitcast {
		return c.bitcast(i, d, m)
	}
	if c.opts.HasISA {
		v := c.f.Args(i)[addressArg[d.Op.Format()]]
		if got, want := c.f.ValueType(v), c.opts.PointerType; got.Bits() != want.Bits() {
			c.report(i.Entity(), "invalid pointer width (got %d, expected %d) encountered %v", got.Bits(), want.Bits(), v)
		}
	}
	return true
}

func (c *Context) bitcast(i ir.Inst, d *ir.InstData, m ir.MemFlags) bool {
	v := d.X[0]
	from, to := c.f.ValueType(v), c.ctrl(i, d, d.Op.Info())
	order := m.Bits & (ir.BigEnd | ir.LittleEnd)
	switch {
	case from.Bits() != to.Bits():
		return c.fatal(i.Entity(), "The bitcast argument %v has a type of %d bits, which doesn't match an expected type of %d bits", v, from.Bits(), to.Bits())
	case m.Bits != order || m.Trap != ir.DefaultMem.Trap || m.Region != ir.NoRegion:
		return c.fatal(i.Entity(), "The bitcast instruction only accepts the `big` or `little` memory flags")
	case order == 0 && from.Lanes() != to.Lanes():
		return c.fatal(i.Entity(), "Byte order specifier required for bitcast instruction changing lane count")
	}
	return true
}

// handler checks the operands of get_exception_handler_address.
func (c *Context) handler(i ir.Inst, d *ir.InstData) bool {
	b, index := d.Handler()
	if !c.f.InLayout(b) {
		return c.fatal(i.Entity(), "invalid block reference %v", b)
	}
	if index < 0 {
		return c.fatal(i.Entity(), "exception handler index %d cannot be negative", index)
	}
	last := c.f.LastInst(b)
	if last == ir.NoInst {
		return c.fatal(i.Entity(), "referenced block %v does not have a terminator", b)
	}
	table, ok := c.exTable(c.f.Data(last))
	if table == nil || !ok {
		return c.fatal(i.Entity(), "referenced block %v does not end in a try_call", b)
	}
	handlers := 0
	for k := range table.Items {
		if table.Items[k].Kind != ir.ExContext {
			handlers++
		}
	}
	if index >= int64(handlers) {
		return c.fatal(i.Entity(), "exception handler index %d is out-of-range: %v has %d handlers", index, b, handlers)
	}
	return true
}
