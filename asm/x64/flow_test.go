package x64

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"davit/asm"
)

// encodeAll encodes the instructions into a fresh buffer with numLabels labels; a NOP of length 0 binds label Aux.
func encodeAll(t *testing.T, numLabels int, insts ...asm.Inst) (*asm.Buffer, *asm.Code) {
	t.Helper()
	b := new(asm.Buffer)
	b.Reset(Target, numLabels)
	for i := range insts {
		if insts[i].Op == NOP && insts[i].Imm == 0 {
			b.Bind(asm.Label(insts[i].Aux))
			continue
		}
		if err := Encode(b, &insts[i], &testFrame); err != nil {
			t.Fatal(err)
		}
	}
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return b, c
}

func bind(l asm.Label) asm.Inst { return asm.Inst{Op: NOP, Aux: uint32(l)} }

func jcc(cc CC, taken, els asm.Label) asm.Inst {
	return asm.Inst{Op: JCC, CC: cc, Aux: uint32(taken), Imm: int64(els)}
}

func TestBranches(t *testing.T) {
	inc := asm.Inst{Op: INC, Size: 4, R: [4]asm.Reg{RAX, RAX}}
	ret := asm.Inst{Op: RET}
	far := asm.Inst{Op: NOP, Imm: 200}
	for _, c := range []struct {
		name  string
		insts []asm.Inst
		want  string
	}{
		{"else is next", []asm.Inst{jcc(CCE, 1, 0), bind(0), inc, bind(1), ret}, "7402 ffc0 c3"},
		{"taken is next", []asm.Inst{jcc(CCE, 0, 1), bind(0), inc, bind(1), ret}, "7502 ffc0 c3"},
		{"no else", []asm.Inst{jcc(CCB, 1, asm.NoLabel), inc, bind(1), ret}, "7202 ffc0 c3"},
		{"back", []asm.Inst{bind(0), inc, jcc(CCG, 0, 1), bind(1), ret}, "ffc0 7ffc c3"},
		{"long", []asm.Inst{jcc(CCE, 1, 0), bind(0), far, bind(1), ret}, "0f84c8000000 * c3"},
		{"jump", []asm.Inst{{Op: JMP, Aux: 0}, inc, bind(0), ret}, "eb02 ffc0 c3"},
		{"long jump", []asm.Inst{{Op: JMP, Aux: 0}, far, bind(0), ret}, "e9c8000000 * c3"},
		{"jump to next", []asm.Inst{{Op: JMP, Aux: 0}, bind(0), ret}, "c3"},
		{"unordered or not equal, else next", []asm.Inst{{Op: JCC2, CC: CCP | CCNE<<4, Aux: 1, Imm: 0}, bind(0), inc, bind(1), ret},
			"7a04 7502 ffc0 c3"},
		{"unordered or not equal, taken next", []asm.Inst{{Op: JCC2, CC: CCP | CCNE<<4, Aux: 0, Imm: 1}, bind(0), inc, bind(1), ret},
			"7a02 7402 ffc0 c3"},
		{"traps share", []asm.Inst{{Op: TRAPCC, CC: CCB, Trap: 3}, inc, {Op: TRAPCC, CC: CCO, Trap: 3}, ret}, "7205 ffc0 7001 c3 0f0b"},
		{"traps do not share", []asm.Inst{{Op: TRAPCC2, CC: CCB | CCE<<4, Trap: 3}, {Op: TRAPCC, CC: CCO, Trap: 4}, ret},
			"7205 7403 7003 c3 0f0b 0f0b"},
	} {
		_, code := encodeAll(t, 2, c.insts...)
		got := hex.EncodeToString(code.Bytes)
		before, after, cut := strings.Cut(strings.ReplaceAll(c.want, " ", ""), "*")
		if !cut && got != before || cut && (!strings.HasPrefix(got, before) || !strings.HasSuffix(got, after)) {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestTrapRecords(t *testing.T) {
	_, c := encodeAll(t, 0,
		asm.Inst{Op: TRAPCC, CC: CCB, Trap: 3},
		asm.Inst{Op: MOV, Size: 4, R: [4]asm.Reg{RAX}, Mem: asm.MemReg, Base: RDI, Trap: 7},
		asm.Inst{Op: UD2, Trap: 9})
	const want = "[{2 7} {4 9} {6 3}]"
	if got := fmt.Sprint(c.Traps); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSymbolsAndConstants(t *testing.T) {
	b := new(asm.Buffer)
	b.Reset(Target, 1)
	k := b.ConstU64(0x1122334455667788)
	table := b.JumpTable([]asm.Label{0, 0})
	sym := func(op uint16, size, flags uint8) asm.Inst {
		return asm.Inst{Op: op, Size: size, Flags: flags, R: [4]asm.Reg{RAX}, Mem: asm.MemSymbol, Aux: 1}
	}
	insts := []asm.Inst{
		{Op: CALL, Aux: 0},
		{Op: CALL, Aux: 1, Flags: PLT},
		sym(MOV, 8, GOT),
		sym(LEA, 8, 0),
		{Op: CMPi, Size: 4, Mem: asm.MemSymbol, Aux: 2, Disp: 8, Imm: 1000},
		{Op: MOVSD, R: [4]asm.Reg{XMM0}, Mem: asm.MemLabel, Aux: uint32(k)},
		{Op: SHUFPS, R: [4]asm.Reg{XMM0, XMM0}, Imm: 5, Mem: asm.MemLabel, Aux: uint32(k)},
		{Op: LEA, Size: 8, R: [4]asm.Reg{RCX}, Mem: asm.MemLabel, Aux: uint32(table)},
		{Op: TLSGD, R: [4]asm.Reg{RAX}, Aux: 3, Imm: 4},
		{Op: LEA, Size: 8, R: [4]asm.Reg{RAX}, Mem: asm.MemReg, Base: RAX, Flags: SecRel, Aux: 3},
		{Op: JMPs, Aux: 0},
	}
	p := Printer{}
	var texts []string
	for i := range insts {
		if err := Encode(b, &insts[i], nil); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, p.String(&insts[i]))
	}
	b.Bind(0)
	if err := Encode(b, &asm.Inst{Op: RET}, nil); err != nil {
		t.Fatal(err)
	}
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(texts, "\n") + "\n" + hex.EncodeToString(c.Bytes[:c.CodeSize]) + "\n" +
		hex.EncodeToString(c.Bytes[c.CodeSize:]) + "\n" + fmt.Sprint(c.Relocs)
	const want = `callq sym0
callq sym1@PLT
movq sym1@GOTPCREL(%rip), %rax
leaq sym1(%rip), %rax
cmpl $0x3e8, sym2+8(%rip)
movsd label1(%rip), %xmm0
shufps $5, label1(%rip), %xmm0
leaq label2(%rip), %rcx
tlsgd sym3
leaq sym3@SECREL32(%rax), %rax
jmp sym0
e800000000e800000000488b0500000000488d0500000000813d00000000e8030000f20f10052e0000000fc6052600000005488d0d2700000066488d3d00000000666648e800000000488d8000000000e900000000c3
00008877665544332211f5fffffff5ffffff
[{1 X86CallPCRel4 0 -4} {6 X86CallPLTRel4 1 -4} {13 X86GOTPCRel4 1 -4} {20 X86PCRel4 1 -4} {26 X86PCRel4 2 0} {61 ElfX86_64TlsGd 3 -4} {69 X86CallPLTRel4 4 -4} {76 CoffX86SecRel 3 0} {81 X86CallPCRel4 0 -4}]`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestErrors(t *testing.T) {
	reg := func(r ...asm.Reg) (a [4]asm.Reg) { copy(a[:], r); return }
	for name, in := range map[string]asm.Inst{
		"no row":                {},
		"unknown row":           {Op: 511},
		"unknown table":         {Op: 3 << groupShift},
		"VEX of an integer":     {Op: ADD | VEX, Size: 4, R: reg(RAX, RAX, RCX)},
		"size":                  {Op: ADD, Size: 3, R: reg(RAX, RAX, RCX)},
		"no size":               {Op: ADD, R: reg(RAX, RAX, RCX)},
		"byte imul":             {Op: IMUL, Size: 1, R: reg(RAX, RAX, RCX)},
		"virtual":               {Op: ADD, Size: 4, R: reg(asm.VReg(1), asm.VReg(1), RCX)},
		"class":                 {Op: ADD, Size: 4, R: reg(RAX, RAX, XMM0)},
		"class of vector":       {Op: ADDPS, R: reg(XMM0, XMM0, RAX)},
		"high register":         {Op: ADDPS | VEX, R: reg(XMM0, XMM0, XMM31)},
		"not reused":            {Op: ADD, Size: 4, R: reg(RAX, RDX, RCX)},
		"not fixed":             {Op: SHL, Size: 4, R: reg(RAX, RAX, RDX)},
		"missing":               {Op: ADD, Size: 4, R: reg(RAX, RAX)},
		"register and memory":   {Op: ADD, Size: 4, R: reg(RAX, RAX, RCX), Mem: asm.MemReg, Base: RAX},
		"memory missing":        {Op: MOVmr, Size: 4, R: reg(RAX)},
		"memory not possible":   {Op: MOVHLPS, R: reg(XMM0, XMM0, XMM1), Mem: asm.MemReg, Base: RAX},
		"scale":                 {Op: MOV, Size: 4, R: reg(RAX), Mem: asm.MemReg, Base: RAX, Index: RCX, Scale: 4},
		"index":                 {Op: MOV, Size: 4, R: reg(RAX), Mem: asm.MemReg, Base: RAX, Index: RSP, Scale: 1},
		"two RSP":               {Op: MOV, Size: 4, R: reg(RAX), Mem: asm.MemReg, Base: RSP, Index: RSP},
		"vector base":           {Op: MOV, Size: 4, R: reg(RAX), Mem: asm.MemReg, Base: XMM0},
		"virtual base":          {Op: MOV, Size: 4, R: reg(RAX), Mem: asm.MemReg, Base: asm.VReg(0)},
		"virtual index":         {Op: MOV, Size: 4, R: reg(RAX), Mem: asm.MemReg, Base: RAX, Index: asm.VReg(0)},
		"frame with base":       {Op: MOV, Size: 4, R: reg(RAX), Mem: asm.MemSlot, Base: RCX},
		"memory kind":           {Op: MOV, Size: 4, R: reg(RAX), Mem: 99},
		"slot out of range":     {Op: MOV, Size: 4, R: reg(RAX), Mem: asm.MemSpill, Disp: 1 << 29},
		"label with register":   {Op: MOV, Size: 4, R: reg(RAX), Mem: asm.MemLabel, Base: RCX},
		"lock of a load":        {Op: MOV, Size: 4, R: reg(RAX), Mem: asm.MemReg, Base: RCX, Flags: Lock},
		"lock of a register":    {Op: ADDi, Size: 4, R: reg(RAX, RAX), Flags: Lock},
		"imm8":                  {Op: PSHUFD, R: reg(XMM0, XMM1), Imm: 256},
		"imm32":                 {Op: ADDi, Size: 8, R: reg(RAX, RAX), Imm: 1 << 31},
		"imm32 of 4 bytes":      {Op: ADDi, Size: 4, R: reg(RAX, RAX), Imm: 1 << 32},
		"imm16":                 {Op: MOVi, Size: 2, Mem: asm.MemReg, Base: RAX, Imm: 1 << 16},
		"imm64 to memory":       {Op: MOVi, Size: 8, Mem: asm.MemReg, Base: RAX, Imm: 1 << 31},
		"imul":                  {Op: IMULi, Size: 8, R: reg(RAX, RAX), Imm: 1 << 31},
		"shift":                 {Op: SHLi, Size: 8, R: reg(RAX, RAX), Imm: 64},
		"push":                  {Op: PUSHi, Size: 8, Imm: 1 << 31},
		"ret":                   {Op: RETi, Imm: 1 << 16},
		"nop":                   {Op: NOP},
		"predicate":             {Op: CMPPS, R: reg(XMM0, XMM0, XMM1), Imm: 8},
		"VEX predicate":         {Op: CMPPS | VEX, R: reg(XMM0, XMM0, XMM1), Imm: 32},
		"trap":                  {Op: TRAPCC},
		"dividend":              {Op: DIV, Size: 8, R: reg(RAX, RDX, RCX, RAX), Imm: int64(RBX)},
		"optional is not class": {Op: SQRTSS, R: reg(XMM0, RAX, XMM1)},
	} {
		var b asm.Buffer
		b.Reset(Target, 0)
		err := Encode(&b, &in, &testFrame)
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if b.Offset() != 0 || !strings.HasPrefix(err.Error(), "x64: ") {
			t.Errorf("%s: %d bytes, error %q", name, b.Offset(), err)
		}
		(&Printer{}).String(&in)
	}
	var b asm.Buffer
	b.Reset(Target, 0)
	if Encode(&b, &asm.Inst{Op: MOV, Size: 4, R: reg(RAX), Mem: asm.MemSlot}, nil) == nil {
		t.Error("frame operand without frame: no error")
	}
}

// TestRows checks that the tables are in order.
func TestRows(t *testing.T) {
	names := make(map[string]bool)
	for _, op := range allOps() {
		row := Lookup(op)
		f := form(op, row)
		names[row.Name] = true
		if row.Form == fInvalid || row.Form >= numForms || row.Feat >= NumFeatures {
			t.Errorf("%s: form %d, feature %d", row.Name, row.Form, row.Feat)
		}
		for i := range int(f.n) {
			o := f.ops[i]
			if o.IsDef() == o.IsUse() {
				t.Errorf("%s: operand %d is not either definition or use", row.Name, i)
			}
			k, reuses := o.Reuse()
			if reuses && (k >= int(f.n) || !f.ops[k].IsUse() || f.ops[k].Class() != o.Class()) {
				t.Errorf("%s: operand %d reuses operand %d", row.Name, i, k)
			}
			if r, fixed := o.Fixed(); fixed && ClassOf(r) != o.Class() {
				t.Errorf("%s: operand %d is fixed to a register of another class", row.Name, i)
			}
			if o.OrMem() && (f.mem != MemLoad || int(f.rm) != i+1) {
				t.Errorf("%s: operand %d may be memory but is not the r/m source", row.Name, i)
			}
		}
		aligned := strings.HasPrefix(row.Name, "mova") || row.Name == "movdqa"
		if op&VEX != 0 && (FeatureOf(op) != AVX || (AttrOf(op)&AlignedMem != 0) != aligned) {
			t.Errorf("%s with VEX: feature %v, attributes %b", row.Name, FeatureOf(op), AttrOf(op))
		}
		if op&groupBits == baseSSE && row.enc&onlyXX == 0 && !HasVEX(op&^VEX) != (row.Attr&noVEX != 0) {
			t.Errorf("%s: has no VEX form", row.Name)
		}
	}
	if len(names) < 390 {
		t.Errorf("%d mnemonics only", len(names))
	}
	if Operands(0) != nil || MemOf(0) != MemNever || FeatureOf(0) != NumFeatures || AttrOf(0) != 0 {
		t.Error("opcode 0 has properties")
	}
}

func TestPrintVirtual(t *testing.T) {
	v := asm.VReg
	reg := func(r ...asm.Reg) (a [4]asm.Reg) { copy(a[:], r); return }
	div := asm.Inst{Op: IDIV, Size: 8, R: reg(v(0), v(1), v(2))}
	div.SetReg(3, v(3))
	div.SetReg(4, v(4))
	for _, c := range []struct {
		in   asm.Inst
		want string
	}{
		{asm.Inst{Op: ADD, Size: 8, R: reg(v(2), v(0), v(1))}, "addq %v1, %v0, %v2"},
		{asm.Inst{Op: ADD, Size: 8, R: reg(v(2), v(2), v(1))}, "addq %v1, %v2"},
		{asm.Inst{Op: ADDi, Size: 4, R: reg(v(2), v(0)), Imm: 10}, "addl $0xa, %v0, %v2"},
		{asm.Inst{Op: SHL, Size: 8, R: reg(v(2), v(0), v(1))}, "shlq %v1, %v0, %v2"},
		{asm.Inst{Op: MOV, Size: 8, R: reg(v(1)), Mem: asm.MemSlot, Disp: 16}, "movq <slots>+0x10, %v1"},
		{asm.Inst{Op: MOV, Size: 8, R: reg(v(1)), Mem: asm.MemSlot, Index: v(2), Scale: 3}, "movq <slots>(, %v2, 8), %v1"},
		{asm.Inst{Op: MOVmr, Size: 1, R: reg(v(1)), Mem: asm.MemReg, Base: v(2), Disp: -1}, "movb %v1, -1(%v2)"},
		{asm.Inst{Op: MULSD, R: reg(v(2), v(0), v(1))}, "mulsd %v1, %v0, %v2"},
		{asm.Inst{Op: MULSD | VEX, R: reg(v(2), v(0), v(1))}, "vmulsd %v1, %v0, %v2"},
		{div, "idivq %v2 (%v0=%rax, %v1=%rdx, %v3=%rax, %v4=%rdx)"},
		{asm.Inst{Op: CMPXCHG, Size: 4, Flags: Lock, R: reg(v(0), v(1), v(2)), Mem: asm.MemReg, Base: v(3)},
			"lock cmpxchgl %v2, (%v3) (%v0=%rax, %v1=%rax)"},
		{asm.Inst{Op: CVTSI2SD, Size: 8, R: reg(v(0), asm.NoReg, v(1))}, "cvtsi2sdq %v1, %v0"},
		{jcc(CCNE, 1, 2), "jne label1; jmp label2"},
		{asm.Inst{Op: JCC2, CC: CCP | CCNE<<4, Aux: 3, Imm: int64(asm.NoLabel)}, "jp,ne label3"},
		{asm.Inst{Op: TRAPCC, CC: CCAE, Trap: 2}, "jae #trap=2"},
		{asm.Inst{Op: CALLr, Size: 8, R: reg(RAX)}, "callq *%rax"},
		{asm.Inst{Op: JMPr, Size: 8, Mem: asm.MemReg, Base: R10}, "jmpq *(%r10)"},
		{asm.Inst{}, "?op0"},
	} {
		if got := (&Printer{}).String(&c.in); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestIsMove(t *testing.T) {
	reg := [4]asm.Reg{RAX, RCX}
	for _, c := range []struct {
		in   asm.Inst
		want bool
	}{
		{asm.Inst{Op: MOV, Size: 8, R: reg}, true},
		{asm.Inst{Op: MOV, Size: 4, R: reg}, false},
		{asm.Inst{Op: MOV, Size: 8, R: [4]asm.Reg{RAX}, Mem: asm.MemReg, Base: RCX}, false},
		{asm.Inst{Op: MOVAPS, R: [4]asm.Reg{XMM0, XMM1}}, true},
		{asm.Inst{Op: MOVAPS | VEX, R: [4]asm.Reg{XMM0, XMM1}}, true},
		{asm.Inst{Op: MOVSDr, R: [4]asm.Reg{XMM0, XMM0, XMM1}}, false},
		{asm.Inst{}, false},
	} {
		if IsMove(&c.in) != c.want {
			t.Errorf("%s: got %v", (&Printer{}).String(&c.in), !c.want)
		}
	}
}

func TestShortenDeadFlags(t *testing.T) {
	reg := func(r ...asm.Reg) (a [4]asm.Reg) { copy(a[:], r); return }
	for _, c := range []struct {
		in   asm.Inst
		want string
	}{
		{asm.Inst{Op: MOVi, Size: 8, R: reg(R9)}, "xorl %r9d, %r9d"},
		{asm.Inst{Op: MOVi, Size: 4, Mem: asm.MemReg, Base: RAX}, ""},
		{asm.Inst{Op: ADDi, Size: 8, R: reg(RCX, RCX), Imm: 1}, "incq %rcx"},
		{asm.Inst{Op: SUBi, Size: 4, Mem: asm.MemReg, Base: RDI, Imm: 1}, "decl (%rdi)"},
		{asm.Inst{Op: SUBi, Size: 2, R: reg(RCX, RCX), Imm: -1}, "incw %cx"},
		{asm.Inst{Op: ADDi, Size: 8, R: reg(RCX, RCX), Imm: 128}, "subq $-0x80, %rcx"},
		{asm.Inst{Op: SUBi, Size: 8, R: reg(RSP, RSP), Imm: 128}, "addq $-0x80, %rsp"},
		{asm.Inst{Op: ADDi, Size: 8, R: reg(RCX, RCX), Imm: 129}, ""},
		{asm.Inst{Op: XORi, Size: 8, R: reg(RCX, RCX), Imm: -1}, "notq %rcx"},
		{asm.Inst{Op: ANDi, Size: 8, R: reg(RSI, RSI), Imm: 255}, "movzbl %sil, %esi"},
		{asm.Inst{Op: ANDi, Size: 4, R: reg(RSI, RSI), Imm: 0xffff}, "movzwl %si, %esi"},
		{asm.Inst{Op: LEA, Size: 8, R: reg(RAX), Mem: asm.MemReg, Base: RAX, Disp: 300}, "addq $0x12c, %rax"},
		{asm.Inst{Op: LEA, Size: 8, R: reg(RSI), Mem: asm.MemReg, Base: RSI, Disp: -1}, "decq %rsi"},
		{asm.Inst{Op: LEA, Size: 4, R: reg(RSI), Mem: asm.MemReg, Base: RDX, Index: RSI}, "addl %edx, %esi"},
		{asm.Inst{Op: LEA, Size: 8, R: reg(RSI), Mem: asm.MemReg, Base: RDX, Index: RSI, Scale: 1}, ""},
		{asm.Inst{Op: LEA, Size: 8, R: reg(RSI), Mem: asm.MemReg, Base: RDX, Disp: 1}, ""},
	} {
		old := c.in
		ShortenDeadFlags(&c.in, &testFrame)
		if c.want == "" {
			if c.in != old {
				t.Errorf("%s has become %s", (&Printer{}).String(&old), (&Printer{}).String(&c.in))
			}
			continue
		}
		if got := (&Printer{}).String(&c.in); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
		_, before := encodeAll(t, 0, old)
		_, after := encodeAll(t, 0, c.in)
		if len(after.Bytes) >= len(before.Bytes) {
			t.Errorf("%s is not shorter: % x, was % x", c.want, after.Bytes, before.Bytes)
		}
	}
}

// TestCallKeys checks on random code that stack maps lie right behind their calls after relaxation.
func TestCallKeys(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var b asm.Buffer
	for range 50 {
		const n = 300
		b.Reset(Target, n)
		calls := []asm.Inst{{Op: CALL}, {Op: CALLr, Size: 8, R: [4]asm.Reg{R10}}, {Op: CALLr, Size: 8, Mem: asm.MemReg, Base: RAX, Disp: 8}}
		var kinds []int
		for i := range n {
			b.Bind(asm.Label(i))
			for range r.IntN(3) {
				k := r.IntN(3)
				kinds = append(kinds, k)
				if err := Encode(&b, &calls[k], nil); err != nil {
					t.Fatal(err)
				}
				b.AddStackMap([]asm.StackMapEntry{{Offset: uint32(k)}})
			}
			to := func() asm.Label { return asm.Label(r.IntN(n)) }
			in := jcc(CC(r.IntN(16)), to(), to())
			if r.IntN(2) == 0 {
				in = asm.Inst{Op: JMP, Aux: uint32(to())}
			}
			if err := Encode(&b, &in, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := Encode(&b, &asm.Inst{Op: UD2}, nil); err != nil {
			t.Fatal(err)
		}
		c, err := b.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if len(c.StackMaps) != len(kinds) {
			t.Fatalf("%d stack maps for %d calls", len(c.StackMaps), len(kinds))
		}
		ends := []string{"e800000000", "41ffd2", "ff5008"}
		for i, m := range c.StackMaps {
			if got := hex.EncodeToString(c.Bytes[:m.Offset]); !strings.HasSuffix(got, ends[kinds[i]]) {
				t.Fatalf("map %d at %d: bytes before are %s", i, m.Offset, got[max(0, len(got)-20):])
			}
		}
	}
}

// FuzzEncode encodes and prints arbitrary instructions: neither may panic, and what encodes must have a sane length.
func FuzzEncode(f *testing.F) {
	for _, in := range benchInsts() {
		f.Add(in.Op, in.Size, in.CC, uint8(in.Mem), in.Scale, in.Trap, in.Flags, uint64(in.R[0])|uint64(in.R[1])<<16|uint64(in.R[2])<<32|uint64(in.R[3])<<48,
			uint32(in.Base)|uint32(in.Index)<<16, in.Disp, in.Aux, in.Imm)
	}
	var b asm.Buffer
	p := Printer{Frame: &testFrame}
	f.Fuzz(func(t *testing.T, op uint16, size, cc, mem, scale, trap, flags uint8, regs uint64, addr uint32, disp int32, aux uint32, imm int64) {
		in := asm.Inst{Op: op, Size: size, CC: cc, Mem: asm.MemKind(mem), Scale: scale, Trap: trap, Flags: flags,
			R:    [4]asm.Reg{asm.Reg(regs & 0xffff), asm.Reg(regs >> 16 & 0xffff), asm.Reg(regs >> 32 & 0xffff), asm.Reg(regs >> 48)},
			Base: asm.Reg(addr & 0xffff), Index: asm.Reg(addr >> 16), Disp: disp, Aux: aux, Imm: imm}
		b.Reset(Target, 2)
		b.Bind(0)
		p.String(&in)
		if Encode(&b, &in, &testFrame) != nil {
			return
		}
		if n := b.Offset(); n > 23 && op != NOP {
			t.Errorf("%s: %d bytes", p.String(&in), n)
		}
		b.Bind(1)
		if err := Encode(&b, &asm.Inst{Op: RET}, nil); err != nil {
			t.Fatal(err)
		}
		b.Finish()
	})
}
