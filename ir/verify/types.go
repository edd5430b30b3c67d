package verify

import (
	"fmt"

	"davit/ir"
	"davit/ir/op"
)

// ctrl returns the controlling type of an instruction as its operands tell it, or else its first result: what the
// controlling type that the instruction itself names must be.
func (c *Context) ctrl(i ir.Inst, d *ir.InstData, info *op.Info) op.Type {
	if info.From == op.NotPolymorphic {
		return op.Invalid
	}
	if k := info.From.ArgIndex(); k >= 0 {
		if args := c.f.Args(i); k < len(args) {
			return c.f.ValueType(args[k])
		}
		return d.Type
	}
	if r := c.f.FirstResult(i); r != ir.NoValue {
		return c.f.ValueType(r)
	}
	return d.Type
}

// typecheck checks the types of operands and results, and what branches, calls and returns pass on.
func (c *Context) typecheck(i ir.Inst, d *ir.InstData, info *op.Info) {
	before := len(c.errs)
	t := c.ctrl(i, d, info)
	if info.From != op.NotPolymorphic && !info.Ctrl.Has(t) {
		c.report(i.Entity(), "has an invalid controlling type %v (allowed set is %v)", t, info.Ctrl)
	}
	c.resultTypes(i, info, t)
	c.argTypes(i, info, t)
	if d.Type != t && len(c.errs) == before {
		c.report(i.Entity(), "controlling type %v differs from type %v, which operands and results tell", d.Type, t)
	}
	if info.Flags&(op.IsBranch|op.IsCall|op.IsReturn) != 0 {
		c.transfer(i, d)
	}
	if info.Format == op.FmtUnaryGlobalValue && c.opts.HasISA && c.gvExists(d.Global()) {
		if want := c.gvType(d.Global()); want != t {
			c.report(i.Entity(), "global_value instruction with type %v references global value with type %v", t, want)
		}
	}
}

func (c *Context) resultTypes(i ir.Inst, info *op.Info, t op.Type) {
	rs := c.f.Results(i)
	if len(rs) == 0 {
		return
	}
	k := 0
	for ; k < len(info.Results) && k < len(rs); k++ {
		want := t
		if r := &info.Results[k]; r.Kind != op.Same {
			want = r.Resolve(t)
		}
		c.resultType(i, k, rs[k], want)
	}
	if info.Flags&op.VariableResults == 0 {
		return
	}
	if sig := c.f.CallSig(i); sig != ir.NoSig {
		for n, p := range c.f.Sigs[sig].Returns {
			if k+n < len(rs) {
				c.resultType(i, k+n, rs[k+n], p.Type)
			}
		}
	}
}

func (c *Context) resultType(i ir.Inst, k int, v ir.Value, want op.Type) {
	if got := c.f.ValueType(v); got != want || got == op.Invalid {
		c.report(i.Entity(), "expected result %d (%v) to have type %v, found %v", k, v, want, got)
	}
}

// argTypes checks the types of the operands that the opcode table lists.
func (c *Context) argTypes(i ir.Inst, info *op.Info, t op.Type) {
	if len(info.Args) == 0 {
		return
	}
	args := c.f.Args(i)
	for k := range min(len(args), len(info.Args)) {
		r, v := &info.Args[k], args[k]
		got := c.f.ValueType(v)
		switch {
		case r.Kind == op.Same && got == t:
		case r.Kind == op.NarrowerThan || r.Kind == op.WiderThan || r.Kind == op.InSet:
			if !r.Allows(t, got) {
				c.report(i.Entity(), "arg %d (%v) with type %v failed to satisfy type set %s", k, v, got, describe(r, t))
			}
		default:
			if want := r.Resolve(t); got != want {
				c.report(i.Entity(), "arg %d (%v) has type %v, expected %v", k, v, got, want)
			}
		}
	}
}

// describe names the types that a rule allows.
func describe(r *op.TypeRule, t op.Type) string {
	class := "integer"
	if t.IsFloat() {
		class = "float"
	}
	switch r.Kind {
	case op.NarrowerThan:
		return fmt.Sprintf("{scalar %s narrower than %v}", class, t)
	case op.WiderThan:
		return fmt.Sprintf("{scalar %s wider than %v}", class, t)
	}
	return fmt.Sprintf("{%v}", r.Set)
}

// transfer checks what a branch, call or return passes on.
func (c *Context) transfer(i ir.Inst, d *ir.InstData) {
	switch d.Op.Format() {
	case op.FmtJump, op.FmtBrif, op.FmtBranchTable:
		for _, call := range c.calls { // set by uses
			c.blockCall(i, call, plainTarget, nil)
		}
	case op.FmtTryCall, op.FmtTryCallIndirect:
		c.tryCall(i, d)
	case op.FmtCall, op.FmtCallIndirect:
		sig := c.f.CallSig(i)
		if sig == ir.NoSig {
			return // reported where the reference was checked
		}
		c.callArgs(i, d, &c.f.Sigs[sig])
		if d.Op.Has(op.IsReturn) {
			c.tailCall(i, &c.f.Sigs[sig])
		}
	case op.FmtMultiAry:
		c.returns(i)
	}
}

// callArgs checks the arguments of a call against a signature.
func (c *Context) callArgs(i ir.Inst, d *ir.InstData, sig *ir.Signature) {
	args := c.f.Args(i)
	if n := len(d.Op.Info().Args); n <= len(args) {
		args = args[n:] // without the address of an indirect callee
	}
	for k := range min(len(args), len(sig.Params)) {
		if got, want := c.f.ValueType(args[k]), sig.Params[k].Type; got != want {
			c.report(i.Entity(), "arg %d (%v) has type %v, expected %v", k, args[k], got, want)
		}
	}
	if len(args) != len(sig.Params) {
		c.argCount(i, len(args), len(sig.Params))
	}
}

func (c *Context) argCount(i ir.Inst, got, want int) {
	if c.stopped {
		return
	}
	c.report(i.Entity(), "mismatched argument count for `%s`: got %d, expected %d", c.instText(i), got, want)
}

func (c *Context) tailCall(i ir.Inst, sig *ir.Signature) {
	if !sig.CallConv.SupportsTailCalls() {
		c.report(i.Entity(), "calling convention `%v` does not support tail calls", sig.CallConv)
	}
	if sig.CallConv != c.f.Sig.CallConv {
		c.report(i.Entity(), "callee's calling convention must match caller: `%v` is not `%v`", sig.CallConv, c.f.Sig.CallConv)
	}
	want := c.f.Sig.Returns
	if len(sig.Returns) != len(want) {
		c.report(i.Entity(), "results of callee must match caller: found %d, expected %d", len(sig.Returns), len(want))
		return
	}
	for k, p := range sig.Returns {
		c.returned(i, k, p.Type)
	}
}

func (c *Context) returns(i ir.Inst) {
	args, want := c.f.Args(i), c.f.Sig.Returns
	if len(args) != len(want) {
		c.report(i.Entity(), "arguments of return must match function signature: found %d, expected %d", len(args), len(want))
		return
	}
	for k, v := range args {
		c.returned(i, k, c.f.ValueType(v))
	}
}

func (c *Context) returned(i ir.Inst, k int, got op.Type) {
	if want := c.f.Sig.Returns[k].Type; got != want {
		c.report(i.Entity(), "result %d has type %v, must match function signature of %v", k, got, want)
	}
}

// targetKind tells which placeholders a block call may pass on.
type targetKind uint8

const (
	plainTarget  targetKind = iota
	normalTarget            // where a try_call goes on when the callee returns
	handlerTarget
)

func (c *Context) tryCall(i ir.Inst, d *ir.InstData) {
	table := &c.f.ExTables[d.ExTable()]
	sig := &c.f.Sigs[table.Sig]
	same := true
	if d.Op.Format() == op.FmtTryCall {
		fn := c.f.ExtFuncs[d.Func()].Sig
		if !sig.Equal(&c.f.Sigs[fn]) {
			same = false
			c.report(i.Entity(), "exception table signature %v did not match function %v's signature %v", table.Sig, d.Func(), fn)
		}
	}
	if same {
		c.callArgs(i, d, sig)
	}
	for k := range table.Items {
		if table.Items[k].Kind != ir.ExContext {
			c.blockCall(i, table.Items[k].Target, handlerTarget, sig)
		}
	}
	c.blockCall(i, table.Normal, normalTarget, sig)
}

// blockCall checks the arguments of a block call of instruction i against the parameters of the block; sig is that of
// the callee of a try_call.
func (c *Context) blockCall(i ir.Inst, call ir.BlockCall, kind targetKind, sig *ir.Signature) {
	params := c.f.Params(c.f.CallBlock(call))
	n := c.f.NumCallArgs(call)
	if n != len(params) {
		c.argCount(i, n, len(params))
		return
	}
	for k, p := range params {
		a := c.f.CallArg(call, k)
		var got op.Type
		if v, ok := a.Value(); ok {
			got = c.f.ValueType(v)
		} else if got, ok = c.placeholder(i, a, kind, sig); !ok {
			return
		} else if got == op.Invalid {
			continue
		}
		if want := c.f.ValueType(p); got != want {
			c.report(i.Entity(), "arg %v has type %v, expected %v", a, got, want)
		}
	}
}

// placeholder returns the type of an argument retN or exnN, Invalid if that depends on an unknown target. It is false
// after an error.
func (c *Context) placeholder(i ir.Inst, a ir.BlockArg, kind targetKind, sig *ir.Signature) (op.Type, bool) {
	if kind == plainTarget {
		return op.Invalid, c.fatalType(i, "`retN` block argument in block-call not on `try_call` instruction: %v", a)
	}
	if n, ok := a.Ret(); ok {
		if kind != normalTarget {
			return op.Invalid, c.fatalType(i, "`retN` block argument used outside normal-return target of `try_call`: %v", a)
		}
		if n >= len(sig.Returns) {
			return op.Invalid, c.fatalType(i, "out-of-bounds `retN` block argument: %v, the callee returns %d values", a, len(sig.Returns))
		}
		return sig.Returns[n].Type, true
	}
	if kind != handlerTarget {
		return op.Invalid, c.fatalType(i, "`exnN` block argument used outside normal-return target of `try_call`: %v, expected in handlers only", a)
	}
	if !c.opts.HasISA {
		return op.Invalid, true
	}
	n, _ := a.Exn()
	if payloads, _ := sig.CallConv.ExceptionPayloads(); n >= payloads {
		return op.Invalid, c.fatalType(i, "out-of-bounds `exnN` block argument: %v, `%v` passes %d payload values", a, sig.CallConv, payloads)
	}
	return c.opts.PointerType, true
}

// fatalType records an error that ends the check of one block call and returns false. Errors of types never end a run.
func (c *Context) fatalType(i ir.Inst, format string, args ...any) bool {
	c.report(i.Entity(), format, args...)
	return false
}
