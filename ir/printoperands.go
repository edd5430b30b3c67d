package ir

import "davit/ir/op"

// operands prints the operands of an instruction, each with what separates it from what stands before.
func (p *printer) operands(inst Inst, d *InstData) {
	list := operands[d.Op.Format()]
	if len(list) == 0 {
		p.byte(' ')
		return
	}
	sep := " "
	for i := range list {
		o := &list[i]
		switch o.Kind {
		case OpdValue:
			p.str(sep).ent("v", uint32(d.X[o.Field]))
		case OpdFlags:
			if p.mode == Lossless || (d.Op != op.AtomicRmw && d.Op != op.AtomicCas) {
				p.b = p.f.memFlags[d.X[o.Field]].appendTo(p.b)
			}
			continue
		case OpdOffset:
			p.b = appendOffset(p.b, int32(d.X[o.Field]))
			continue
		case OpdArgs:
			p.args(p.f.Args(inst))
			continue
		case OpdValues:
			if vs := p.f.Args(inst); len(vs) > 0 {
				p.byte(' ').values(vs)
			}
			return
		case OpdIntCC:
			p.str(" ").str(d.IntCC().String())
			continue
		case OpdFloatCC:
			p.str(" ").str(d.FloatCC().String())
			continue
		case OpdAtomicOp:
			p.str(" ").str(d.AtomicOp().String())
			continue
		default:
			p.str(sep).operand(inst, d, o)
		}
		sep = ", "
	}
}

// entityPrefix has the names of the operands that are a handle.
var entityPrefix = [NumOperandKinds]string{
	OpdGlobalValue: "gv", OpdConstant: "const", OpdBlock: "block", OpdSig: "sig", OpdFunc: "fn", OpdStackSlot: "ss", OpdDynSlot: "dss",
}

// operand prints one of the rarer operands.
func (p *printer) operand(inst Inst, d *InstData, o *Operand) {
	if prefix := entityPrefix[o.Kind]; prefix != "" {
		p.ent(prefix, uint32(d.X[o.Field]))
		return
	}
	switch o.Kind {
	case OpdImm64:
		n := int64(uint64(d.X[o.Field]) | uint64(d.X[o.Field+1])<<32)
		if d.Op == op.Iconst {
			n = d.IconstInt()
		}
		p.b = AppendImm64(p.b, n)
	case OpdFloat:
		p.float(d)
	case OpdImm8:
		p.uint(uint64(d.Aux))
	case OpdMask:
		p.bytes(p.f.Immediates[d.Mask()][:])
	case OpdTrapCode:
		p.str(d.TrapCode().String())
	case OpdBlockCall:
		p.blockCall(BlockCall(d.X[o.Field]))
	case OpdJumpTable:
		p.jumpTable(d.Table())
	case OpdCallee:
		if args := p.f.Args(inst); len(args) > 0 {
			p.ent("v", uint32(args[0])).args(args[1:])
		}
	case OpdExTable:
		p.exTable(&p.f.ExTables[d.ExTable()])
	}
}

func (p *printer) values(vs []Value) {
	for i, v := range vs {
		if i > 0 {
			p.str(", ")
		}
		p.ent("v", uint32(v))
	}
}

func (p *printer) args(vs []Value) {
	p.byte('(')
	p.values(vs)
	p.byte(')')
}

// bytes prints little-endian data, most significant byte first.
func (p *printer) bytes(data []byte) {
	p.str("0x")
	for i := len(data) - 1; i >= 0; i-- {
		p.b = append(p.b, hexDigits[data[i]>>4], hexDigits[data[i]&15])
	}
}

func (p *printer) blockCall(c BlockCall) {
	p.ent("block", uint32(p.f.CallBlock(c)))
	n := p.f.NumCallArgs(c)
	for i := range n {
		if i == 0 {
			p.byte('(')
		} else {
			p.str(", ")
		}
		a := p.f.CallArg(c, i)
		if v, ok := a.Value(); ok {
			p.ent("v", uint32(v))
		} else if r, ok := a.Ret(); ok {
			p.ent("ret", uint32(r))
		} else if e, ok := a.Exn(); ok {
			p.ent("exn", uint32(e))
		}
	}
	if n > 0 {
		p.byte(')')
	}
}

func (p *printer) jumpTable(t JumpTable) {
	p.blockCall(p.f.TableTarget(t, 0))
	p.str(", [")
	for i := 1; i < p.f.NumTableTargets(t); i++ {
		if i > 1 {
			p.str(", ")
		}
		p.blockCall(p.f.TableTarget(t, i))
	}
	p.byte(']')
}

func (p *printer) exTable(t *ExTableData) {
	p.ent("sig", uint32(t.Sig)).str(", ")
	p.blockCall(t.Normal)
	if len(t.Items) == 0 {
		p.str(", []")
		return
	}
	sep := ", [ "
	for _, it := range t.Items {
		p.str(sep)
		sep = ", "
		switch it.Kind {
		case ExTag:
			p.ent("tag", it.Tag).str(": ")
			p.blockCall(it.Target)
		case ExDefault:
			p.str("default: ")
			p.blockCall(it.Target)
		case ExContext:
			p.ent("context v", uint32(it.Context))
		}
	}
	p.str(" ]")
}

// preamble prints the declarations. Reference order is that of Cranelift; Lossless moves dynamic slots after the global
// values and dynamic types that they depend on.
func (p *printer) preamble() {
	if p.mode == Reference {
		p.dynSlots()
	}
	p.pragmas()
	for i := range p.f.StackSlots {
		p.stackSlot(i)
	}
	for i := range p.f.Regions {
		p.spaces(4).ent("region", uint32(i)).ent(" = ", p.f.Regions[i].UserID)
		p.str(" \"").str(p.f.Regions[i].Description).str("\"\n")
	}
	for i := range p.f.GlobalValues {
		p.globalValue(i)
	}
	if p.mode == Lossless {
		p.dynTypes()
		p.dynSlots()
	}
	for i := range p.f.Sigs {
		p.spaces(4).ent("sig", uint32(i)).str(" = ")
		p.b = p.f.Sigs[i].appendTo(p.b)
		if p.f.Sigs[i].NoGC && p.mode == Lossless {
			p.str(" ;@nogc")
		}
		p.byte('\n')
	}
	for i := range p.f.ExtFuncs {
		p.extFunc(i)
	}
	for i, c := range p.f.Constants {
		if c != nil {
			p.spaces(4).ent("const", uint32(i)).str(" = ")
			p.bytes(c)
			p.byte('\n')
		}
	}
	if p.f.StackLimit != NoGlobalValue {
		p.spaces(4).ent("stack_limit = gv", uint32(p.f.StackLimit)).byte('\n')
	}
}

// pragmas prints the facts that CLIF has no syntax for, as comments.
func (p *printer) pragmas() {
	if p.mode == Reference {
		return
	}
	if len(p.f.NeedsStackMap) > 0 {
		p.spaces(4).str(";@needs_stack_map ")
		p.values(p.f.NeedsStackMap)
		p.byte('\n')
	}
	if p.userNamesOutOfOrder() {
		p.spaces(4).str(";@user_names ")
		for i, n := range p.f.UserNames {
			if i > 0 {
				p.str(", ")
			}
			p.ent("u", n.Namespace).ent(":", n.Index)
		}
		p.byte('\n')
	}
}

// userNamesOutOfOrder reports whether the table of user names differs from the one that reading the declarations from
// top to bottom makes.
func (p *printer) userNamesOutOfOrder() bool {
	next := UserName(0)
	saw := func(n ExtName) bool {
		if n.Kind == UserExtName && n.User == next {
			next++
		}
		return n.Kind != UserExtName || n.User < next
	}
	for i := range p.f.GlobalValues {
		if g := &p.f.GlobalValues[i]; g.Kind == GVSymbol && !saw(g.Name) {
			return true
		}
	}
	for i := range p.f.ExtFuncs {
		if e := &p.f.ExtFuncs[i]; e.Declared && !saw(e.Name) {
			return true
		}
	}
	return int(next) != len(p.f.UserNames)
}

func (p *printer) stackSlot(i int) {
	s := &p.f.StackSlots[i]
	p.spaces(4).ent("ss", uint32(i)).ent(" = explicit_slot ", s.Size)
	if s.AlignLog2 > 0 {
		p.str(", align = ").uint(1 << s.AlignLog2)
	}
	if s.HasKey {
		p.str(", key = ").uint(s.Key)
	}
	p.byte('\n')
}

func (p *printer) dynSlots() {
	for i, t := range p.f.DynSlots {
		p.spaces(4).ent("dss", uint32(i)).ent(" = explicit_dynamic_slot dt", uint32(t)).byte('\n')
	}
}

func (p *printer) dynTypes() {
	for i, t := range p.f.DynTypes {
		if t.Base != op.Invalid {
			p.spaces(4).ent("dt", uint32(i)).str(" = ")
			p.b = appendType(p.b, t.Base)
			p.ent("*gv", uint32(t.Scale)).byte('\n')
		}
	}
}

func (p *printer) globalValue(i int) {
	g := &p.f.GlobalValues[i]
	if g.Kind == GVNone && p.mode == Lossless {
		return
	}
	p.spaces(4).ent("gv", uint32(i)).str(" = ")
	switch g.Kind {
	case GVNone:
		p.str("symbol %")
	case GVVMContext:
		p.str("vmctx")
	case GVLoad:
		p.str("load.")
		p.b = g.Flags.appendTo(appendType(p.b, g.Type))
		p.ent(" gv", uint32(g.Base))
		p.b = appendOffset(p.b, int32(g.Offset))
	case GVIAddImm:
		p.str("iadd_imm.")
		p.b = appendType(p.b, g.Type)
		p.ent(" gv", uint32(g.Base)).str(", ")
		p.b = AppendImm64(p.b, g.Offset)
	case GVSymbol:
		p.symbol(g)
	case GVDynScaleTargetConst:
		p.str("dyn_scale_target_const.")
		p.b = appendType(p.b, g.Type)
	}
	p.byte('\n')
}

func (p *printer) symbol(g *GlobalValueData) {
	p.str("symbol ")
	if g.Colocated {
		p.str("colocated ")
	}
	if g.TLS {
		p.str("tls ")
	}
	if g.Name.Kind == UserExtName && p.mode == Reference {
		p.ent("userextname", uint32(g.Name.User))
	} else {
		p.extName(g.Name)
	}
	switch {
	case g.Offset > 0:
		p.byte('+')
	case g.Offset < 0 && g.Name.Kind == UserExtName && p.mode == Lossless:
		p.byte(' ') // u1:5-7 is u1 and a number that is none
	}
	if g.Offset != 0 {
		p.b = AppendImm64(p.b, g.Offset)
	}
}

func (p *printer) extFunc(i int) {
	e := &p.f.ExtFuncs[i]
	if !e.Declared {
		return
	}
	p.spaces(4).ent("fn", uint32(i)).str(" = ")
	if e.Colocated {
		p.str("colocated ")
	}
	if e.Patchable {
		p.str("patchable ")
	}
	p.extName(e.Name)
	p.ent(" sig", uint32(e.Sig))
	if e.NoGC && p.mode == Lossless {
		p.str(" ;@nogc")
	}
	p.byte('\n')
}

// extName prints an external name; user names as namespace and index.
func (p *printer) extName(n ExtName) {
	switch n.Kind {
	case UserExtName:
		if int(n.User) < len(p.f.UserNames) {
			u := p.f.UserNames[n.User]
			p.ent("u", u.Namespace).ent(":", u.Index)
			return
		}
		p.ent("userextname", uint32(n.User))
	case LibCallName:
		p.byte('%').str(n.LibCall.String())
	default:
		p.byte('%').str(n.Name)
	}
}
