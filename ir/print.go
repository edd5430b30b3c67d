package ir

import (
	"encoding/binary"
	"strconv"

	"davit/ir/op"
)

// PrintMode selects between two ways to print.
type PrintMode uint8

const (
	// Lossless prints all there is, so that parsing gives the same function again.
	Lossless PrintMode = iota
	// Reference prints what Cranelift prints: without declarations of dynamic types (and their names as suffixes in a
	// form that cannot be parsed), without memory flags of atomic_rmw and atomic_cas, without pragmas, with entries for
	// holes in the numbering, and with type suffixes only where the operand comes from another block.
	Reference
)

// AppendTo appends the text of f, with a newline at its end, to b.
func (f *Func) AppendTo(b []byte, mode PrintMode) []byte {
	p := newPrinter(f, b, mode)
	p.indent = 4
	first, located := f.firstSrcLoc()
	if located && mode == Lossless {
		located = f.anyLocated() // in mode Reference, instructions that have been removed count
	}
	if located || len(f.debugTags) > 0 {
		p.indent = 36
	}
	p.hiddenLoc = first - 1
	p.str("function ").str(f.Name.String())
	p.b = f.Sig.appendTo(p.b)
	p.str(" {\n")
	start := len(p.b)
	p.preamble()
	for blk := f.firstBlock; blk != NoBlock; blk = f.blocks[blk].next {
		if len(p.b) > start {
			p.byte('\n')
		}
		p.blockHeader(blk)
		p.byte('\n')
		for _, v := range f.Params(blk) {
			p.aliasesOf(v)
		}
		for inst := f.blocks[blk].first; inst != NoInst; inst = f.instPos[inst].next {
			p.prefix(inst)
			p.inst(inst)
			p.byte('\n')
			for _, v := range f.Results(inst) {
				p.aliasesOf(v)
			}
		}
	}
	p.str("}\n")
	return p.b
}

// String prints f in mode Lossless.
func (f *Func) String() string { return string(f.AppendTo(nil, Lossless)) }

// AppendInstText appends the text of one instruction, without indentation and newline: results, opcode (always with its
// controlling type, if it has one), operands, stack map.
func (f *Func) AppendInstText(b []byte, inst Inst) []byte {
	p := printer{f: f, b: b, suffixes: true}
	p.inst(inst)
	return p.b
}

// InstString returns the text of one instruction; see AppendInstText.
func (f *Func) InstString(inst Inst) string { return string(f.AppendInstText(nil, inst)) }

// AppendReferenceInst appends the text of one instruction as mode Reference prints it, without indentation and newline.
func (f *Func) AppendReferenceInst(b []byte, inst Inst) []byte {
	p := printer{f: f, b: b, mode: Reference, comments: true}
	p.inst(inst)
	return p.b
}

// AppendBlockHeader appends the header of a block as it is printed, such as "block1(v2: i32) cold:".
func (f *Func) AppendBlockHeader(b []byte, blk Block) []byte {
	p := printer{f: f, b: b}
	p.blockHeader(blk)
	return p.b
}

// firstSrcLoc returns the source location of the first instruction that has one.
func (f *Func) firstSrcLoc() (loc uint32, ok bool) {
	for _, l := range f.srcLocs {
		if l != 0 {
			return l - 1, true
		}
	}
	return 0, false
}

// anyLocated reports whether an instruction of the layout has a source location.
func (f *Func) anyLocated() bool {
	for b := f.firstBlock; b != NoBlock; b = f.blocks[b].next {
		for i := f.blocks[b].first; i != NoInst; i = f.instPos[i].next {
			if _, ok := f.SrcLoc(i); ok {
				return true
			}
		}
	}
	return false
}

type printer struct {
	f        *Func
	b        []byte
	mode     PrintMode
	suffixes bool // print every controlling type
	comments bool // print the constants among the operands
	indent   int
	// hiddenLoc is the source location that Cranelift takes for none: it stores locations as differences to the first.
	hiddenLoc uint32

	// aliases: aliasHead[v] is the lowest alias of v, aliasNext[a] the next alias of the same value; 0 ends, as numbers
	// are stored plus one. nil if the function has none.
	aliasHead, aliasNext []uint32
	// seq numbers the instructions of the layout, in mode Lossless: text that a parser reads from top to bottom needs a
	// suffix where the operand comes from further down.
	seq   []uint32
	calls []BlockCall
}

func newPrinter(f *Func, b []byte, mode PrintMode) *printer {
	p := &printer{f: f, b: b, mode: mode, comments: true}
	p.findAliases()
	if mode == Lossless {
		p.seq = make([]uint32, len(f.insts))
		n := uint32(0)
		for blk := f.firstBlock; blk != NoBlock; blk = f.blocks[blk].next {
			for i := f.blocks[blk].first; i != NoInst; i = f.instPos[i].next {
				n++
				p.seq[i] = n
			}
		}
	}
	return p
}

func (p *printer) findAliases() {
	vs := p.f.values
	for v := len(vs) - 1; v >= 0; v-- {
		if vs[v].kind != valueAlias {
			continue
		}
		if p.aliasHead == nil {
			p.aliasHead = make([]uint32, len(vs))
			p.aliasNext = make([]uint32, len(vs))
		}
		p.aliasNext[v] = p.aliasHead[vs[v].ref]
		p.aliasHead[vs[v].ref] = uint32(v) + 1
	}
}

// aliasesOf prints the lines of the aliases of v, then those of their own aliases, the last first.
func (p *printer) aliasesOf(v Value) {
	if p.aliasHead == nil || p.aliasHead[v] == 0 {
		return
	}
	for stack := []Value{v}; len(stack) > 0; {
		v, stack = stack[len(stack)-1], stack[:len(stack)-1]
		for n := p.aliasHead[v]; n != 0; n = p.aliasNext[n-1] {
			p.spaces(p.indent)
			p.ent("v", n-1).ent(" -> v", uint32(v)).byte('\n')
			if p.aliasHead[n-1] != 0 {
				stack = append(stack, Value(n-1))
			}
		}
	}
}

func (p *printer) str(s string) *printer {
	p.b = append(p.b, s...)
	return p
}

func (p *printer) byte(c byte) *printer {
	p.b = append(p.b, c)
	return p
}

func (p *printer) uint(u uint64) *printer {
	p.b = strconv.AppendUint(p.b, u, 10)
	return p
}

func (p *printer) ent(prefix string, n uint32) *printer {
	p.b = strconv.AppendUint(append(p.b, prefix...), uint64(n), 10)
	return p
}

const blanks = "                                    "

func (p *printer) spaces(n int) *printer {
	if n > 0 {
		p.b = append(p.b, blanks[:n]...)
	}
	return p
}

// suffixType prints a controlling type with its dot.
func (p *printer) suffixType(t op.Type) {
	p.byte('.')
	if !t.IsDynamic() {
		p.b = appendType(p.b, t)
		return
	}
	if p.mode == Lossless {
		for i := range p.f.DynTypes {
			if p.f.DynTypes[i].Base.Dynamic() == t {
				p.ent("dt", uint32(i))
				return
			}
		}
		p.b = appendType(p.b, t)
		return
	}
	p.str("types::")
	at := len(p.b)
	p.b = appendType(p.b, t)
	p.b[at] -= 'a' - 'A'
}

// appendType appends the name of a type without allocating.
func appendType(b []byte, t op.Type) []byte {
	b = append(b, t.Lane().String()...)
	if t.IsVector() || t.IsDynamic() {
		b = strconv.AppendUint(append(b, 'x'), uint64(t.Lanes()), 10)
		if t.IsDynamic() {
			b = append(b, "xN"...)
		}
	}
	return b
}

func (p *printer) blockHeader(blk Block) {
	p.spaces(p.indent-4).ent("block", uint32(blk))
	if params := p.f.Params(blk); len(params) > 0 {
		sep := byte('(')
		for _, v := range params {
			p.byte(sep)
			if sep == ',' {
				p.byte(' ')
			}
			sep = ','
			p.ent("v", uint32(v)).str(": ")
			p.b = appendType(p.b, p.f.values[v].typ)
		}
		p.byte(')')
	}
	if p.f.blocks[blk].cold {
		p.str(" cold")
	}
	p.byte(':')
}

// prefix prints what stands before an instruction: debug tags and source location in a column of their own, or
// indentation.
func (p *printer) prefix(inst Inst) {
	start := len(p.b)
	if p.indent > 4 {
		p.debugTags(p.f.debugTags[inst])
		if loc, ok := p.f.SrcLoc(inst); ok && (p.mode == Lossless || loc != p.hiddenLoc) {
			p.byte('@')
			for s := 12; s >= 4 && loc>>s == 0; s -= 4 {
				p.byte('0')
			}
			p.b = strconv.AppendUint(p.b, uint64(loc), 16)
			p.byte(' ')
		}
	}
	p.spaces(p.indent - (len(p.b) - start))
}

func (p *printer) debugTags(tags []DebugTag) {
	if len(tags) == 0 {
		return
	}
	for i, t := range tags {
		if i == 0 {
			p.byte('<')
		} else {
			p.str(", ")
		}
		if t.IsSlot {
			p.str("ss")
		}
		p.uint(uint64(t.Value))
	}
	p.str("> ")
}

// inst prints one instruction, without what stands before it and without newline.
func (p *printer) inst(inst Inst) {
	f := p.f
	d := &f.insts[inst]
	if results := f.Results(inst); len(results) > 0 {
		p.values(results)
		p.str(" = ")
	}
	p.str(d.Op.String())
	if t := p.suffixOf(inst, d); t != op.Invalid {
		p.suffixType(t)
	}
	p.operands(inst, d)
	if d.Op.Has(op.IsCall) {
		p.stackMap(f.StackMap(inst))
	}
	if p.comments {
		p.constants(inst, d)
	}
}

// tells reports whether a parser that knows the controlling type t accepts it and finds the types of the results.
func (p *printer) tells(inst Inst, info *op.Info, t op.Type) bool {
	if !info.Ctrl.Has(t) {
		return false
	}
	rs := p.f.Results(inst)
	for i := range min(len(rs), len(info.Results)) {
		if info.Results[i].Resolve(t) != p.f.ValueType(rs[i]) {
			return false
		}
	}
	return true
}

// suffixFor returns a type that tells what the controlling type t of an invalid instruction does not: parsing takes the
// types of the results from what is written, and the controlling type from the operand.
func (p *printer) suffixFor(inst Inst, info *op.Info, t op.Type) op.Type {
	for lane := op.I8; lane <= op.F128; lane++ {
		for s := lane; s != op.Invalid; s = op.Vector(lane, 2*s.Lanes()) {
			if p.tells(inst, info, s) {
				return s
			}
		}
	}
	return t
}

// suffixOf returns the controlling type to print, or Invalid.
func (p *printer) suffixOf(inst Inst, d *InstData) op.Type {
	info := d.Op.Info()
	if info.From == op.NotPolymorphic {
		return op.Invalid
	}
	k := info.From.ArgIndex()
	args := p.f.Args(inst)
	if k < 0 || k >= len(args) {
		return d.Type
	}
	def := p.def(args[k])
	t := d.Type
	if p.mode == Reference && def.kind != valueHole {
		t = def.typ
	}
	if p.suffixes || def.typ != t {
		return t
	}
	if p.mode == Lossless && !p.tells(inst, info, t) {
		return p.suffixFor(inst, info, t)
	}
	b := p.f.instPos[inst].block
	switch def.kind {
	case valueParam:
		if Block(def.ref) == b {
			return op.Invalid
		}
	case valueResult:
		if p.f.instPos[def.ref].block == b && (p.mode == Reference || p.seq[def.ref] < p.seq[inst]) {
			return op.Invalid
		}
	}
	return t
}

func (p *printer) stackMap(es []StackMapEntry) {
	if len(es) == 0 {
		return
	}
	p.str(", stack_map=")
	sep := "["
	for _, e := range es {
		p.str(sep)
		sep = ", "
		p.b = appendType(p.b, e.Type)
		p.ent(" @ ss", uint32(e.Slot)).ent("+", e.Offset)
	}
	p.byte(']')
}

// constants prints the comment that tells the values of operands defined by constant instructions.
func (p *printer) constants(inst Inst, d *InstData) {
	f := p.f
	sep := "  ; "
	for _, v := range f.Args(inst) {
		p.constant(v, &sep)
	}
	if !d.Op.Has(op.IsBranch) {
		return
	}
	p.calls = f.Branches(inst, p.calls[:0])
	for _, c := range p.calls {
		for i := range f.NumCallArgs(c) {
			if v, ok := f.CallArg(c, i).Value(); ok {
				p.constant(v, &sep)
			}
		}
	}
	if d.Op.Has(op.IsCall) {
		for _, it := range f.ExTables[d.ExTable()].Items {
			if it.Kind == ExContext {
				p.constant(it.Context, &sep)
			}
		}
	}
}

func (p *printer) constant(v Value, sep *string) {
	def := p.def(v)
	if def.kind != valueResult {
		return
	}
	d := &p.f.insts[def.ref]
	if !isConstant(d.Op) {
		return
	}
	p.str(*sep).ent("v", uint32(v)).str(" = ")
	*sep = ", "
	switch d.Op.Format() {
	case op.FmtUnaryImm:
		p.b = AppendImm64(p.b, d.IconstInt())
	case op.FmtUnaryConst:
		p.poolConstant(d)
	default:
		p.float(d)
	}
}

func isConstant(o op.Opcode) bool {
	switch o.Format() {
	case op.FmtUnaryImm, op.FmtUnaryIeee16, op.FmtUnaryIeee32, op.FmtUnaryIeee64, op.FmtUnaryConst:
		return true
	}
	return false
}

// poolConstant prints the operand of vconst by name and that of f128const by value.
func (p *printer) poolConstant(d *InstData) {
	c := d.Constant()
	if d.Op == op.F128const && int(c) < len(p.f.Constants) && len(p.f.Constants[c]) == 16 {
		data := p.f.Constants[c]
		p.b = AppendFloat(p.b, op.F128, binary.LittleEndian.Uint64(data[8:]), binary.LittleEndian.Uint64(data))
		return
	}
	p.ent("const", uint32(c))
}

func (p *printer) float(d *InstData) {
	p.b = AppendFloat(p.b, d.Op.Info().Results[0].Type, 0, d.Imm())
}

// def returns the definition of v, through aliases; a hole if v is no value at all.
func (p *printer) def(v Value) *valueData {
	if int(v) >= len(p.f.values) {
		return &valueData{}
	}
	return &p.f.values[p.f.Resolve(v)]
}
