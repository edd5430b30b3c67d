package text

import (
	"math/bits"

	"davit/ir"
	"davit/ir/op"
)

// Bytes that a table spends on an unused number, for the budget of holes.
var holeSize = [ir.NumEntityKinds]int{
	ir.EntityBlock: 32, ir.EntityValue: 12, ir.EntityStackSlot: 24, ir.EntityDynSlot: 4, ir.EntityDynType: 8, ir.EntityGlobalValue: 96,
	ir.EntitySig: 56, ir.EntityFuncRef: 64, ir.EntityConstant: 24,
}

// checkNumber checks that the number of the current token may be used for an entity, where a table has n entries so far.
func (p *parser) checkNumber(e ir.Entity, n int) bool {
	if e.Index > p.limit {
		return p.failHere("%v: the number is too large; a source of this length may use numbers up to %d", e, p.limit)
	}
	if gap := int(e.Index) - n; gap > 0 {
		if p.holeBudget -= gap * holeSize[e.Kind]; p.holeBudget < 0 {
			return p.failHere("%v leaves too many numbers below it unused", e)
		}
	}
	return true
}

// declKinds maps the tokens that begin a declaration to kinds of entities.
var declKinds = [numTokens]ir.EntityKind{
	tokStackSlot: ir.EntityStackSlot, tokDynSlot: ir.EntityDynSlot, tokDynType: ir.EntityDynType, tokGlobalValue: ir.EntityGlobalValue,
	tokConstant: ir.EntityConstant, tokSig: ir.EntitySig, tokRegion: ir.EntityRegion, tokFunc: ir.EntityFuncRef,
}

// declare marks an entity whose table does not itself tell what is declared.
func (p *parser) declare(e ir.Entity) {
	set(&p.declared[e.Kind], e.Index, true)
}

func (p *parser) isDeclared(e ir.Entity) bool {
	i, f := int(e.Index), p.f
	switch e.Kind {
	case ir.EntityDynType:
		return i < len(f.DynTypes) && f.DynTypes[i].Base != op.Invalid
	case ir.EntityGlobalValue:
		return i < len(f.GlobalValues) && f.GlobalValues[i].Kind != ir.GVNone
	case ir.EntityFuncRef:
		return i < len(f.ExtFuncs) && f.ExtFuncs[i].Declared
	case ir.EntityConstant:
		return i < len(f.Constants) && f.Constants[i] != nil
	case ir.EntityRegion:
		return i < len(f.Regions)
	}
	return i < len(p.declared[e.Kind]) && p.declared[e.Kind][i]
}

// tableLen returns the length of the table that an entity is entered into.
func (p *parser) tableLen(k ir.EntityKind) int {
	switch f := p.f; k {
	case ir.EntityStackSlot:
		return len(f.StackSlots)
	case ir.EntityDynSlot:
		return len(f.DynSlots)
	case ir.EntityDynType:
		return len(f.DynTypes)
	case ir.EntityGlobalValue:
		return len(f.GlobalValues)
	case ir.EntitySig:
		return len(f.Sigs)
	case ir.EntityFuncRef:
		return len(f.ExtFuncs)
	case ir.EntityConstant:
		return len(f.Constants)
	}
	return len(p.f.Regions)
}

// declaration reads a line of the preamble.
func (p *parser) declaration() bool {
	if p.isWord("stack_limit") {
		return p.stackLimit()
	}
	e := ir.Entity{Kind: declKinds[p.kind], Index: p.num}
	start := p.start
	if e.Kind == ir.EntityFunction {
		return p.expected("a declaration or a block")
	}
	if !p.checkNumber(e, p.tableLen(e.Kind)) {
		return false
	}
	if p.isDeclared(e) {
		return p.failHere("%v is already declared", e)
	}
	p.next()
	if !p.expect(tokEqual, "in the declaration of "+e.String()) || !p.define(e) {
		p.markBroken(e)
		return false
	}
	p.mark(e, start)
	p.claim(e)
	return true
}

// mark remembers where an entity is.
func (p *parser) mark(e ir.Entity, offset int) {
	if !p.opts.NoPositions {
		p.places = append(p.places, place{e, uint32(offset)})
	}
}

func (p *parser) markBroken(e ir.Entity) {
	if p.broken == nil {
		p.broken = map[ir.Entity]bool{}
	}
	p.broken[e] = true
}

// define reads what follows the equals sign of a declaration.
func (p *parser) define(e ir.Entity) bool {
	switch e.Kind {
	case ir.EntityStackSlot:
		return p.stackSlot(e)
	case ir.EntityDynSlot:
		return p.dynSlot(e)
	case ir.EntityDynType:
		return p.dynType(e)
	case ir.EntityGlobalValue:
		g, ok := p.globalValue()
		if ok {
			set(&p.f.GlobalValues, e.Index, g)
		}
		return ok
	case ir.EntityConstant:
		return p.constantDecl(e)
	case ir.EntitySig:
		sig, ok := p.signature()
		if ok {
			sig.NoGC = p.claimNoGC()
			p.setSig(e.Index, sig)
		}
		return ok
	case ir.EntityRegion:
		return p.region(e)
	}
	return p.funcDecl(e)
}

// set stores x as element i of a table, which grows with zero elements.
func set[T any](table *[]T, i uint32, x T) {
	if gap := int(i) + 1 - len(*table); gap > 0 {
		*table = append(*table, make([]T, gap)...)
	}
	(*table)[i] = x
}

func (p *parser) setSig(i uint32, sig ir.Signature) {
	set(&p.f.Sigs, i, sig)
	p.declare(ir.SigRef(i).Entity())
}

func (p *parser) stackLimit() bool {
	start := p.start
	if p.f.StackLimit != ir.NoGlobalValue {
		return p.failHere("stack_limit is already declared")
	}
	p.next()
	if !p.expect(tokEqual, "after stack_limit") {
		return false
	}
	gv, ok := p.declGV()
	if !ok {
		return false
	}
	p.f.StackLimit = gv
	e := ir.Entity{Kind: ir.EntityStackLimit}
	p.mark(e, start)
	p.claim(e)
	return true
}

// declGV reads the name of a global value that may be declared later.
func (p *parser) declGV() (ir.GlobalValue, bool) {
	if p.kind != tokGlobalValue {
		return 0, p.expected("a global value such as gv0")
	}
	e := ir.GlobalValue(p.num).Entity()
	p.gvUses = append(p.gvUses, place{e, uint32(p.start)})
	p.next()
	return ir.GlobalValue(e.Index), true
}

func (p *parser) stackSlot(e ir.Entity) bool {
	if !p.acceptWord("explicit_slot") {
		return p.expected("explicit_slot")
	}
	var s ir.StackSlotData
	size, ok := p.uint64("the size of the slot in bytes")
	if !ok {
		return false
	}
	if size>>32 != 0 {
		return p.fail(p.prevStart, "the size of a stack slot must be below 4294967296 bytes")
	}
	s.Size = uint32(size)
	for p.accept(tokComma) {
		word := string(p.text())
		if p.kind != tokWord || word != "align" && word != "key" {
			return p.expected("align or key")
		}
		p.next()
		if !p.expect(tokEqual, "after "+word) {
			return false
		}
		n, ok := p.uint64("a number")
		if !ok {
			return false
		}
		if word == "key" {
			s.HasKey, s.Key = true, n
			continue
		}
		if bits.OnesCount64(n) != 1 || n>>32 != 0 {
			return p.fail(p.prevStart, "the alignment of a stack slot must be a power of two")
		}
		s.AlignLog2 = uint8(bits.TrailingZeros64(n))
	}
	set(&p.f.StackSlots, e.Index, s)
	p.declare(e)
	return true
}

// dynSlot reads a dynamic stack slot. Holes below its number become slots like it, for there is no empty one.
func (p *parser) dynSlot(e ir.Entity) bool {
	if !p.acceptWord("explicit_dynamic_slot") {
		return p.expected("explicit_dynamic_slot")
	}
	if p.kind != tokDynType {
		return p.expected("a dynamic type such as dt0")
	}
	dt := ir.DynType(p.num)
	if !p.known(dt.Entity()) {
		return false
	}
	p.next()
	for len(p.f.DynSlots) <= int(e.Index) {
		p.f.DynSlots = append(p.f.DynSlots, dt)
	}
	p.f.DynSlots[e.Index] = dt
	p.declare(e)
	return true
}

// known reports whether an entity is declared; if not, it is an error at the current token, unless its declaration has
// errors of its own.
func (p *parser) known(e ir.Entity) bool {
	if p.isDeclared(e) {
		return true
	}
	if p.broken[e] {
		p.failed = true
		return false
	}
	return p.failHere("%v is not declared", e)
}

func (p *parser) dynType(e ir.Entity) bool {
	if p.kind != tokType || p.typ.Dynamic() == op.Invalid {
		return p.expected("a vector type of at most 256 bits")
	}
	d := ir.DynTypeData{Base: p.typ}
	p.next()
	if !p.expect(tokStar, "between the vector type and its factor") {
		return false
	}
	var ok bool
	if d.Scale, ok = p.declGV(); ok {
		set(&p.f.DynTypes, e.Index, d)
	}
	return ok
}

func (p *parser) region(e ir.Entity) bool {
	if int(e.Index) != len(p.f.Regions) {
		return p.fail(p.prevStart, "alias regions are declared in order: expected %v, found %v", ir.Region(len(p.f.Regions)), e)
	}
	id, ok := p.uint32("the identifier of the region")
	if !ok {
		return false
	}
	if p.kind != tokString {
		return p.expected("the description of the region, in quotes")
	}
	t := p.text()
	p.f.Regions = append(p.f.Regions, ir.RegionData{UserID: id, Description: string(t[1 : len(t)-1])})
	p.next()
	return true
}

func (p *parser) constantDecl(e ir.Entity) bool {
	t := op.Invalid
	if p.kind == tokType {
		t = p.typ
		p.next()
	}
	p.bytes = p.bytes[:0]
	if !p.constantBytes(t) {
		return false
	}
	set(&p.f.Constants, e.Index, append([]byte{}, p.bytes...))
	return true
}

func (p *parser) funcDecl(e ir.Entity) bool {
	d := ir.ExtFuncData{Declared: true}
	d.Colocated = p.acceptWord("colocated")
	d.Patchable = p.acceptWord("patchable")
	var ok bool
	if d.Name, ok = p.extName(); !ok {
		return false
	}
	switch p.kind {
	case tokSig:
		d.Sig = ir.SigRef(p.num)
		if !p.known(d.Sig.Entity()) {
			return false
		}
		p.next()
	case tokLParen:
		sig, ok := p.signature()
		if !ok {
			return false
		}
		d.Sig = ir.SigRef(len(p.f.Sigs))
		p.setSig(uint32(d.Sig), sig)
	default:
		return p.expected("a signature such as sig0 or (i32) -> i64")
	}
	d.NoGC = p.claimNoGC()
	set(&p.f.ExtFuncs, e.Index, d)
	return true
}

// extName reads the name of a function or datum outside.
func (p *parser) extName() (n ir.ExtName, ok bool) {
	switch p.kind {
	case tokName:
		n = ir.ParseExtName(string(p.text()[1:]))
		p.next()
		return n, true
	case tokUser:
		pair, ok := p.userName()
		if ok {
			n = ir.ExtName{Kind: ir.UserExtName, User: p.f.InternUserName(pair)}
		}
		return n, ok
	case tokUserName:
		if int(p.num) >= len(p.f.UserNames) {
			return n, p.failHere("userextname%d is not in the table of user names", p.num)
		}
		n = ir.ExtName{Kind: ir.UserExtName, User: ir.UserName(p.num)}
		p.next()
		return n, true
	}
	return n, p.expected("a name such as %name or u0:0")
}

func (p *parser) globalValue() (g ir.GlobalValueData, ok bool) {
	word := string(p.text())
	if p.kind != tokWord {
		word = ""
	}
	switch word {
	case "vmctx":
		p.next()
		g.Kind = ir.GVVMContext
		return g, true
	case "load":
		p.next()
		return p.gvLoad()
	case "iadd_imm":
		p.next()
		g.Kind = ir.GVIAddImm
		if g.Type, ok = p.suffix(); !ok {
			return g, false
		}
		if g.Base, ok = p.declGV(); !ok || !p.expect(tokComma, "after the global value") {
			return g, false
		}
		var n uint64
		n, ok = p.imm(64)
		g.Offset = int64(n)
		return g, ok
	case "symbol":
		p.next()
		return p.gvSymbol()
	case "dyn_scale_target_const":
		p.next()
		g.Kind = ir.GVDynScaleTargetConst
		if g.Type, ok = p.suffix(); ok && !g.Type.IsVector() {
			return g, p.fail(p.prevStart, "expected a vector type, found %v", g.Type)
		}
		return g, ok
	}
	return g, p.expected("vmctx, load, iadd_imm, symbol or dyn_scale_target_const")
}

// suffix reads a dot and a type.
func (p *parser) suffix() (op.Type, bool) {
	if !p.expect(tokDot, "and a type") {
		return op.Invalid, false
	}
	return p.typeName()
}

func (p *parser) gvLoad() (g ir.GlobalValueData, ok bool) {
	g.Kind = ir.GVLoad
	if g.Type, ok = p.suffix(); !ok {
		return g, false
	}
	at := p.start
	if g.Flags, ok = p.memFlags(); !ok {
		return g, false
	}
	if !g.Flags.NoTrap() || !g.Flags.Has(ir.Aligned) {
		return g, p.fail(at, "the load of a global value must be notrap and aligned")
	}
	if g.Base, ok = p.declGV(); !ok {
		return g, false
	}
	off, ok := p.offset()
	g.Offset = int64(off)
	return g, ok
}

func (p *parser) gvSymbol() (g ir.GlobalValueData, ok bool) {
	g.Kind = ir.GVSymbol
	g.Colocated = p.acceptWord("colocated")
	g.TLS = p.acceptWord("tls")
	if g.Name, ok = p.extName(); !ok {
		return g, false
	}
	if p.kind == tokInteger && (p.src[p.start] == '+' || p.src[p.start] == '-') {
		var n uint64
		n, ok = p.imm(64)
		g.Offset = int64(n)
	}
	return g, ok
}
