package x64

import (
	"strconv"
	"strings"

	"davit/asm"
)

// Printer prints instructions in AT&T syntax, with physical or virtual registers. The zero value is ready to use.
type Printer struct {
	// Frame resolves frame operands; without it they print as <slots>, <in>, <out> and <spill> plus offset.
	Frame *Frame
	// Label, Symbol and Trap print names; nil gives label<n>, sym<n> and the number of the trap code.
	Label  func(asm.Label) string
	Symbol func(uint32) string
	Trap   func(uint8) string
}

// String returns the text of in.
func (p *Printer) String(in *asm.Inst) string { return string(p.Append(nil, in)) }

// Append appends the text of in to dst: the instruction that Encode encodes.
func (p *Printer) Append(dst []byte, in *asm.Inst) []byte {
	short := *in
	Shorten(&short, p.Frame)
	in = &short
	row := Lookup(in.Op)
	if row == nil {
		return append(dst, "?op"+strconv.Itoa(int(in.Op))...)
	}
	if in.Flags&Lock != 0 {
		dst = append(dst, "lock "...)
	}
	t := text{p: p, in: in, row: row, f: form(in.Op, row), size: in.Size & row.Sizes, dst: dst}
	switch t.f.kind {
	case encJump, encCond, encTrapCC:
		t.branch()
	default:
		t.mnemonic()
		t.operands()
	}
	return t.dst
}

// FinalBranch returns the text of what is left of a branch after layout, empty if nothing is.
func (p *Printer) FinalBranch(f asm.FinalBranch) string {
	t := text{p: p}
	if f.HasCond {
		t.put("j" + CCName(CC(f.Cond)) + " " + t.label(f.Taken))
	}
	if f.HasJump {
		if f.HasCond {
			t.put("; ")
		}
		t.put("jmp " + t.label(f.Else))
	}
	return string(t.dst)
}

// text is the state of printing one instruction.
type text struct {
	p    *Printer
	in   *asm.Inst
	row  *Row
	f    *formInfo
	size uint8 // 0 where the row has one size only
	dst  []byte
	some bool // an operand has been printed
}

func (t *text) put(s string) { t.dst = append(t.dst, s...) }

func (t *text) mnemonic() {
	in, name := t.in, t.row.Name
	if strings.HasPrefix(name, "-/") {
		name = strings.Split(name, "/")[sizeLog(t.size)]
	}
	if in.Op&VEX != 0 {
		t.put("v")
	}
	if t.f.kind == encNop {
		name += strconv.FormatInt(in.Imm, 10)
	}
	if before, after, ok := strings.Cut(name, "%"); ok {
		t.put(before)
		if t.row.Attr&predName != 0 {
			t.put(predNames[in.Imm&31])
		} else {
			t.put(CCName(in.CC))
		}
		name = after
	}
	if t.f.kind == encMovImm && in.Mem == asm.MemNone && in.Size == 8 && in.Imm != int64(int32(in.Imm)) {
		name = "movabs"
	}
	t.put(name)
	if t.row.Attr&suffix != 0 {
		t.dst = append(t.dst, "bwlq"[sizeLog(t.size)])
	}
}

// predNames are the comparison predicates; only the first eight exist without VEX.
var predNames = [32]string{"eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord",
	"eq_uq", "nge", "ngt", "false", "neq_oq", "ge", "gt", "true",
	"eq_os", "lt_oq", "le_oq", "unord_s", "neq_us", "nlt_uq", "nle_uq", "ord_s",
	"eq_us", "nge_uq", "ngt_uq", "false_os", "neq_os", "ge_oq", "gt_oq", "true_us"}

// branch prints branches to labels and deferred traps.
func (t *text) branch() {
	in := t.in
	if t.f.kind == encJump {
		t.put("jmp " + t.label(asm.Label(in.Aux)))
		return
	}
	t.put("j" + CCName(in.CC))
	if t.row.enc&1 != 0 {
		t.put("," + CCName(in.CC>>4))
	}
	if t.f.kind == encTrapCC {
		name := strconv.Itoa(int(in.Trap))
		if t.p.Trap != nil {
			name = t.p.Trap(in.Trap)
		}
		t.put(" #trap=" + name)
		return
	}
	t.put(" " + t.label(asm.Label(in.Aux)))
	if els := asm.Label(uint32(in.Imm)); els != asm.NoLabel {
		t.put("; jmp " + t.label(els))
	}
}

func (t *text) label(l asm.Label) string {
	if t.p.Label != nil {
		return t.p.Label(l)
	}
	return "label" + strconv.Itoa(int(l))
}

func (t *text) symbol(s uint32) string {
	if t.p.Symbol != nil {
		return t.p.Symbol(s)
	}
	return "sym" + strconv.Itoa(int(s))
}

func (t *text) comma() {
	if t.some {
		t.put(", ")
	} else {
		t.put(" ")
	}
	t.some = true
}

func (t *text) operands() {
	f, in := t.f, t.in
	switch f.kind {
	case encSymbol, encTLSGD:
		t.comma()
		t.put(t.symbol(in.Aux))
		if in.Flags&PLT != 0 {
			t.put("@PLT")
		}
		t.implicit()
		return
	case encNop:
		return
	case encRetImm:
		if in.Imm == 0 {
			return
		}
	}
	if f.imm != immNone && f.imm != immIs4 && t.row.Attr&predName == 0 {
		t.comma()
		t.dst = append(t.dst, '$')
		t.number(in.Imm)
	}
	if f.first != 0 {
		t.register(int(f.first-1), 1)
	}
	if f.imm == immIs4 {
		t.register(int(f.is4-1), 0)
	}
	switch f.order {
	case orderDR:
		t.slot(f.reg)
		t.rm()
	case orderVRD:
		t.slot(f.vvvv)
		t.rm()
		t.slot(f.reg)
	default:
		t.rm()
		t.slot(f.vvvv)
		t.slot(f.reg)
	}
	t.implicit()
}

func (t *text) slot(s slot) {
	if s != 0 {
		t.register(int(s-1), t.regSize())
	}
}

// regSize is the size at which general-purpose registers are named.
func (t *text) regSize() uint8 {
	if t.row.Attr&intOperand != 0 {
		return 4
	}
	return t.size
}

func (t *text) rm() {
	if t.in.Mem != asm.MemNone {
		t.comma()
		if t.row.Attr&star != 0 {
			t.put("*")
		}
		t.memory()
		return
	}
	if t.f.rm == 0 {
		return
	}
	size := t.regSize()
	if t.f.rmSize != 0 {
		size = t.f.rmSize
	}
	t.register(int(t.f.rm-1), size)
}

// register prints operand i, and before it the operand whose register it should share but does not.
func (t *text) register(i int, size uint8) {
	r := t.in.Reg(i)
	if k, reuses := t.f.ops[i].Reuse(); reuses && t.in.Reg(k) != asm.NoReg && t.in.Reg(k) != r && t.f.kind != encXchg {
		t.register(k, size)
	}
	if r == asm.NoReg && t.f.vvvv == slot(i+1) {
		r = t.absent()
	}
	t.comma()
	if t.row.Attr&star != 0 {
		t.put("*")
	}
	t.put("%")
	t.put(Name(r, size))
}

// absent is the register that Encode puts where a source is absent.
func (t *text) absent() asm.Reg {
	if t.f.rm != 0 && t.in.Mem == asm.MemNone && t.f.ops[t.f.rm-1]&opFloat != 0 {
		return t.in.R[t.f.rm-1]
	}
	return t.in.R[0]
}

// implicit prints operands that the syntax does not show as long as they are virtual.
func (t *text) implicit() {
	some := false
	for i := 0; i < int(t.f.n); i++ {
		s := slot(i + 1)
		if s == t.f.reg || s == t.f.vvvv || s == t.f.rm || s == t.f.is4 || s == t.f.first || !t.in.Reg(i).IsVirtual() {
			continue
		}
		fixed, ok := t.f.ops[i].Fixed()
		if !ok {
			continue
		}
		if !some {
			t.put(" (")
		} else {
			t.put(", ")
		}
		some = true
		t.put("%" + t.in.Reg(i).String() + "=%" + Name(fixed, 8))
	}
	if some {
		t.put(")")
	}
}

// number prints small numbers in decimal, others in hexadecimal.
func (t *text) number(v int64) {
	u := uint64(v)
	if v < 0 {
		t.put("-")
		u = -u
	}
	if u < 10 {
		t.dst = strconv.AppendUint(t.dst, u, 10)
		return
	}
	t.put("0x")
	t.dst = strconv.AppendUint(t.dst, u, 16)
}

func (t *text) memory() {
	in := t.in
	if in.Flags&GS != 0 {
		t.put("%gs:")
	}
	if in.Flags&SecRel != 0 {
		t.put(t.symbol(in.Aux) + "@SECREL32")
		if in.Disp > 0 {
			t.put("+")
		}
	}
	if t.p.Frame == nil {
		if name := frameNames[in.Mem&7]; name != "" {
			t.put(name)
			if in.Disp != 0 {
				t.put("+")
				t.number(int64(in.Disp))
			}
			if in.Index != asm.NoReg {
				t.put("(, %" + Name(in.Index, 8) + ", " + strconv.Itoa(1<<in.Scale) + ")")
			}
			return
		}
	}
	var m memRef
	problem := m.resolve(in, t.p.Frame)
	if m.kind != memAddr {
		t.pcRelative(&m)
		return
	}
	if m.disp != 0 || m.base == asm.NoReg && m.index == asm.NoReg {
		t.number(int64(m.disp))
	}
	if m.base != asm.NoReg || m.index != asm.NoReg {
		t.put("(")
		if m.base != asm.NoReg {
			t.put("%" + Name(m.base, 8))
		}
		if m.index != asm.NoReg {
			t.put(", %" + Name(m.index, 8))
			if m.scale != 0 {
				t.put(", " + strconv.Itoa(1<<(m.scale&3)))
			}
		}
		t.put(")")
	}
	if problem != "" {
		t.put("<" + problem + ">")
	}
}

var frameNames = [8]string{asm.MemSlot: "<slots>", asm.MemIncoming: "<in>", asm.MemOutgoing: "<out>", asm.MemSpill: "<spill>"}

func (t *text) pcRelative(m *memRef) {
	switch {
	case m.kind == memLabel:
		t.put(t.label(asm.Label(t.in.Aux)))
	case t.in.Flags&GOT != 0:
		t.put(t.symbol(t.in.Aux) + "@GOTPCREL")
	case t.in.Flags&TLV != 0:
		t.put(t.symbol(t.in.Aux) + "@TLVP")
	default:
		t.put(t.symbol(t.in.Aux))
	}
	if m.disp > 0 {
		t.put("+")
	}
	if m.disp != 0 {
		t.number(int64(m.disp))
	}
	t.put("(%rip)")
}
