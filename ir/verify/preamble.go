package verify

import (
	"strings"

	"davit/ir"
	"davit/ir/op"
)

// States of a global value while looking for cycles along the bases.
const (
	gvUnseen uint8 = iota
	gvOnPath
	gvSound  // the chain from here ends
	gvCyclic // it does not
)

// globalValues checks each global value and the chain of its bases. Of several cycles the first is reported, and nothing
// else about the values that lead to one.
func (c *Context) globalValues() {
	f := c.f
	n := len(f.GlobalValues)
	c.gvState = append(c.gvState[:0], make([]uint8, n)...)
	reported := false
	for i := range f.GlobalValues {
		gv := ir.GlobalValue(i)
		if !c.leadsToCycle(gv) {
			c.globalValue(gv, &f.GlobalValues[i])
		} else if !reported {
			c.report(gv.Entity(), "global value cycle: [%s]", list(c.gvPath))
			reported = true
		}
	}
}

// leadsToCycle reports whether the chain of bases from gv on comes back to itself. If no chain did so before, c.gvPath
// has it.
func (c *Context) leadsToCycle(gv ir.GlobalValue) bool {
	c.gvPath = c.gvPath[:0]
	cur := gv
	for c.gvState[cur] == gvUnseen {
		c.gvState[cur] = gvOnPath
		c.gvPath = append(c.gvPath, cur)
		if g := &c.f.GlobalValues[cur]; hasBase(g) && c.gvExists(g.Base) {
			cur = g.Base
		} else {
			c.gvState[cur] = gvSound
		}
	}
	verdict := c.gvState[cur]
	if verdict == gvOnPath {
		verdict = gvCyclic
	}
	for _, g := range c.gvPath {
		c.gvState[g] = verdict
	}
	return verdict == gvCyclic
}

func hasBase(g *ir.GlobalValueData) bool { return g.Kind == ir.GVLoad || g.Kind == ir.GVIAddImm }

func (c *Context) gvExists(gv ir.GlobalValue) bool {
	return int(gv) < len(c.f.GlobalValues) && c.f.GlobalValues[gv].Kind != ir.GVNone
}

func list[T interface{ String() string }](xs []T) string {
	var b strings.Builder
	for i, x := range xs {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(x.String())
	}
	return b.String()
}

func (c *Context) globalValue(gv ir.GlobalValue, g *ir.GlobalValueData) {
	e := gv.Entity()
	if hasBase(g) && !c.gvExists(g.Base) {
		c.report(e, "invalid global value %v: the base of %v is not declared", g.Base, gv)
		return
	}
	switch g.Kind {
	case ir.GVVMContext:
		if c.f.Sig.SpecialParam(ir.VMContext) < 0 {
			c.report(e, "undeclared vmctx reference %v: the function has no vmctx parameter", gv)
		}
	case ir.GVIAddImm:
		if !g.Type.IsInt() {
			c.report(e, "iadd_imm global value with non-int type %v", g.Type)
		} else if base := c.gvType(g.Base); c.opts.HasISA && g.Type != base {
			c.report(e, "iadd_imm type %v differs from operand type %v", g.Type, base)
		}
	case ir.GVLoad:
		if base := c.gvType(g.Base); c.opts.HasISA && base != c.opts.PointerType {
			c.report(e, "base %v has type %v, which is not the pointer type %v", g.Base, base, c.opts.PointerType)
		}
		c.region(e, g.Flags)
	}
}

// gvType returns the type of a global value; it needs the pointer type.
func (c *Context) gvType(gv ir.GlobalValue) op.Type {
	if g := &c.f.GlobalValues[gv]; hasBase(g) {
		return g.Type
	}
	return c.opts.PointerType
}

// region checks that the alias region of an access is declared.
func (c *Context) region(e ir.Entity, m ir.MemFlags) {
	if m.Region != ir.NoRegion && int(m.Region) >= len(c.f.Regions) {
		c.report(e, "undefined alias region %v", m.Region)
	}
}

// regions checks that no two alias regions have the same number of the user.
func (c *Context) regions() {
	if len(c.f.Regions) < 2 {
		return
	}
	seen := make(map[uint32]ir.Region, len(c.f.Regions))
	for i := range c.f.Regions {
		id := c.f.Regions[i].UserID
		if first, ok := seen[id]; ok {
			c.report(ir.Region(i).Entity(), "duplicate alias region user_id %d: %v and %v", id, first, ir.Region(i))
			continue
		}
		seen[id] = ir.Region(i)
	}
}

// entryParams checks that the parameters of the entry block are those of the function.
func (c *Context) entryParams() {
	entry := c.f.Entry()
	if entry == ir.NoBlock {
		return
	}
	params := c.f.Params(entry)
	if len(params) != len(c.f.Sig.Params) {
		c.fatal(entry.Entity(), "entry block parameters (%d) must match function signature (%d)", len(params), len(c.f.Sig.Params))
		return
	}
	for i, v := range params {
		if want, got := c.f.Sig.Params[i].Type, c.f.ValueType(v); got != want && want != op.Invalid {
			c.report(entry.Entity(), "entry block parameter %d expected to have type %v, got %v", i, want, got)
		}
	}
}

func (c *Context) entryNotCold() {
	if entry := c.f.Entry(); entry != ir.NoBlock && c.f.IsCold(entry) {
		c.fatal(entry.Entity(), "entry block cannot be marked as cold")
	}
}

// signatures checks the signature of the function and, as far as there are rules for them, those it declares.
func (c *Context) signatures() {
	f := c.f
	for i, p := range f.Sig.Params {
		c.sigParam("Parameter", i, p)
	}
	for i, p := range f.Sig.Returns {
		c.sigParam("Return value", i, p)
		if p.Purpose == ir.StructArgument {
			c.report(ir.Entity{}, "Return value at position %d can't be an struct argument", i)
		}
	}
	c.sigConv(ir.Entity{}, &f.Sig)
	c.sigFaced = append(c.sigFaced[:0], make([]bool, len(f.Sigs))...)
	for i := range f.ExtFuncs {
		if fn := &f.ExtFuncs[i]; fn.Declared && int(fn.Sig) < len(f.Sigs) && !c.sigFaced[fn.Sig] {
			c.sigFaced[fn.Sig] = true
			c.sigConv(ir.FuncRef(i).Entity(), &f.Sigs[fn.Sig])
		}
	}
	for i := range f.Sigs {
		if !c.sigFaced[i] {
			c.sigConv(ir.SigRef(i).Entity(), &f.Sigs[i])
		}
	}
}

func (c *Context) sigParam(item string, i int, p ir.Param) {
	if !p.Type.IsValid() {
		c.report(ir.Entity{}, "%s at position %d has an invalid type", item, i)
	}
	if p.Ext != ir.NoExt && !p.Type.IsInt() {
		ext := "Uext"
		if p.Ext == ir.Sext {
			ext = "Sext"
		}
		c.report(ir.Entity{}, "%s at position %d has invalid extension %s: only scalar integers are extended, not %v", item, i, ext, p.Type)
	}
}

func (c *Context) sigConv(e ir.Entity, s *ir.Signature) {
	if !c.stopped && !s.CallConv.IsValid() {
		c.fatal(e, "there is no calling convention %d", uint8(s.CallConv))
	}
	if !c.stopped && s.CallConv == ir.PreserveAll && len(s.Returns) > 0 {
		c.fatal(e, "Signature with `preserve_all` ABI cannot have return values, found %d", len(s.Returns))
	}
}

// references checks that declarations refer only to what is declared.
func (c *Context) references() {
	f := c.f
	for i := range f.ExtFuncs {
		if fn := &f.ExtFuncs[i]; fn.Declared && int(fn.Sig) >= len(f.Sigs) {
			c.report(ir.FuncRef(i).Entity(), "invalid signature reference %v", fn.Sig)
		}
	}
	for i, t := range f.DynSlots {
		if int(t) >= len(f.DynTypes) {
			c.report(ir.DynSlot(i).Entity(), "invalid dynamic type %v", t)
		}
	}
	for i := range f.DynTypes {
		if scale := f.DynTypes[i].Scale; f.DynTypes[i].Base != op.Invalid && !c.gvExists(scale) {
			c.report(ir.DynType(i).Entity(), "invalid global value %v", scale)
		}
	}
	if f.StackLimit != ir.NoGlobalValue && !c.gvExists(f.StackLimit) {
		c.report(ir.Entity{Kind: ir.EntityStackLimit}, "invalid global value %v", f.StackLimit)
	}
}
