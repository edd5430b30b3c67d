package x64

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"davit/asm"
)

// Every row with every register in every operand, every address, every immediate of interest, every condition: too many
// for a file, so testdata/corners.txt has a hash for each row and size. It is written (DAVIT_BLESS=1) only if objdump
// agrees with each of the instructions.

// cornerMems are the addresses of testMems and those where the compressed displacements of EVEX end: by width of operand,
// the last that fits, the first that does not, and one that is no multiple.
var cornerMems = func() []asm.Inst {
	mems := testMems[:len(testMems):len(testMems)]
	for n := int32(1); n <= 16; n *= 2 {
		for _, disp := range []int32{127 * n, 128 * n, -128 * n, -129 * n, 16*n + n/2} {
			mems = append(mems, asm.Inst{Mem: asm.MemReg, Base: RCX, Disp: disp})
		}
	}
	for _, r := range []asm.Reg{RSP, RBP, RSI, R12, R13, R15} {
		mems = append(mems, asm.Inst{Mem: asm.MemReg, Base: r}, asm.Inst{Mem: asm.MemReg, Base: RAX, Index: r, Scale: 1},
			asm.Inst{Mem: asm.MemReg, Base: r, Index: R14, Scale: 3, Disp: -1 << 31},
			asm.Inst{Mem: asm.MemReg, Index: r, Scale: 2, Disp: 1<<31 - 1})
	}
	for i := range mems {
		if m := &mems[i]; m.Index == RSP {
			m.Base, m.Index = RSP, m.Base // RSP cannot be an index
			m.Scale = 0
			if m.Index == asm.NoReg {
				m.Index = RDX
			}
		}
	}
	return mems
}()

// corners adds all instructions of one row and size.
func (g *generator) corners(op uint16, row *Row, size uint8) {
	f := form(op, row)
	evexRow := row.enc&onlyXX == evex
	in := asm.Inst{Op: op, Size: size}
	if !f.mem.Must() {
		g.withImms(in, row, 1)
		for i := range int(f.n) {
			g.eachRegister(in, row, i)
		}
	}
	if f.mem.May() {
		for _, m := range cornerMems {
			m.Op, m.Size = op, size
			imms := immsOf(&m, row)
			g.mem++
			m.Imm = imms[g.mem%len(imms)]
			g.registers(&m, f, evexRow)
			g.add(m)
		}
	}
	if row.Attr&ccName != 0 && !f.mem.Must() {
		for cc := range CC(16) {
			c := in
			g.registers(&c, f, evexRow)
			c.CC = cc
			g.add(c)
		}
	}
}

// eachRegister puts every register of its class into operand i, among registers that change.
func (g *generator) eachRegister(in asm.Inst, row *Row, i int) {
	f := form(in.Op, row)
	o := f.ops[i]
	if _, fixed := o.Fixed(); fixed {
		return
	}
	if _, reuse := o.Reuse(); reuse {
		return
	}
	evexRow := row.enc&onlyXX == evex
	first, n := RAX, 16
	if o.Class() != asm.Int {
		first = XMM0
		if evexRow {
			n = 32
		}
	}
	imms := immsOf(&in, row)
	for k := range n {
		c := in
		g.registers(&c, f, evexRow)
		old := c.Reg(i)
		c.SetReg(i, first+asm.Reg(k))
		for j := range int(f.n) {
			if from, ok := f.ops[j].Reuse(); ok && from == i && c.Reg(j) == old {
				c.SetReg(j, c.Reg(i))
			}
		}
		if f.n <= 4 {
			c.Imm = imms[k%len(imms)]
		}
		g.add(c)
	}
}

func hasFlow(op uint16) bool {
	switch form(op, Lookup(op)).kind {
	case encJump, encCond, encTrapCC, encSymbol, encTLSGD:
		return true
	}
	return false
}

func TestCorners(t *testing.T) {
	var lines strings.Builder
	var all []testCase
	for _, op := range allOps() {
		row := Lookup(op)
		if hasFlow(op) {
			continue
		}
		for _, size := range sizesOf(row) {
			var g generator
			g.corners(op, row, size)
			encodeCases(t, g.cases)
			h := sha256.New()
			for i := range g.cases {
				fmt.Fprintf(h, "%x %s\n", g.cases[i].code, g.cases[i].text)
			}
			p := Printer{}
			name, _, _ := strings.Cut(p.String(&asm.Inst{Op: op, Size: size}), " ")
			fmt.Fprintf(&lines, "%04x %d %s %d %x\n", op, size, name, len(g.cases), h.Sum(nil)[:8])
			all = append(all, g.cases...)
		}
	}
	t.Logf("%d instructions", len(all))
	objdump, err := exec.LookPath("objdump")
	agrees := err == nil && compareObjdump(t, objdump, all)
	const file = "testdata/corners.txt"
	if agrees && os.Getenv("DAVIT_BLESS") != "" {
		if err := os.WriteFile(file, []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(lines.String(), "\n")
	for i, w := range strings.Split(string(want), "\n") {
		if i >= len(got) || got[i] != w {
			t.Fatalf("line %d of %s is %q, expected %q (DAVIT_BLESS=1 rewrites the file if objdump agrees)",
				i+1, file, w, got[min(i, len(got)-1)])
		}
	}
	if string(want) != lines.String() {
		t.Fatalf("%s lacks rows (DAVIT_BLESS=1 rewrites the file if objdump agrees)", file)
	}
}

// TestSymbolOperands gives every row that takes memory a symbol as its operand: the field must be the last before the
// immediate, and the addend must make up for what follows it.
func TestSymbolOperands(t *testing.T) {
	const disp = 0x70
	for _, op := range allOps() {
		row := Lookup(op)
		f := form(op, row)
		if hasFlow(op) || !f.mem.May() {
			continue
		}
		for _, size := range sizesOf(row) {
			in := asm.Inst{Op: op, Size: size, Mem: asm.MemSymbol, Aux: 5, Disp: disp}
			var g generator
			imms := immsOf(&in, row)
			in.Imm = imms[len(imms)-1]
			g.registers(&in, f, row.enc&onlyXX == evex)
			_, c := encodeAll(t, 0, in)
			p := Printer{}
			text := p.String(&in)
			if len(c.Relocs) != 1 {
				t.Errorf("% x: %s: relocations %v", c.Bytes, text, c.Relocs)
				continue
			}
			r := c.Relocs[0]
			after := int64(len(c.Bytes)) - int64(r.Offset)
			modRM := c.Bytes[r.Offset-1]
			if r.Kind != asm.X86PCRel4 || r.Symbol != 5 || r.Addend != disp-after || modRM>>6 != 0 || modRM&7 != 5 || after < 4 || after > 8 {
				t.Errorf("% x: %s: relocation %+v", c.Bytes, text, r)
			}
		}
	}
}

// flowCases are the rows that need labels, symbols or traps, in every way of writing them.
func flowCases(op uint16) [][]asm.Inst {
	far := asm.Inst{Op: NOP, Imm: 200}
	ret := asm.Inst{Op: RET}
	switch form(op, Lookup(op)).kind {
	case encSymbol:
		return [][]asm.Inst{{{Op: op, Aux: 3}, ret}, {{Op: op, Aux: 3, Flags: PLT}, ret}}
	case encTLSGD:
		return [][]asm.Inst{{{Op: op, R: [4]asm.Reg{RAX}, Aux: 3, Imm: 4}}}
	case encJump:
		return [][]asm.Inst{{{Op: op, Aux: 0}, ret, bind(0), ret}, {{Op: op, Aux: 0}, far, bind(0), ret},
			{bind(0), ret, {Op: op, Aux: 0}}, {bind(0), far, {Op: op, Aux: 0}}}
	}
	var all [][]asm.Inst
	for cc := range CC(16) {
		in := asm.Inst{Op: op, CC: cc | (cc+5)%16<<4, Aux: 0, Imm: int64(asm.NoLabel)}
		if form(op, Lookup(op)).kind == encTrapCC {
			in.Trap = 7
			all = append(all, []asm.Inst{in, ret}, []asm.Inst{in, far, ret})
			continue
		}
		all = append(all, []asm.Inst{in, ret, bind(0), ret}, []asm.Inst{in, far, bind(0), ret}, []asm.Inst{bind(0), far, in, ret})
		in.Imm = 1
		all = append(all, []asm.Inst{in, bind(1), ret, bind(0), ret}, []asm.Inst{in, bind(0), ret, bind(1), ret},
			[]asm.Inst{in, ret, bind(0), ret, bind(1), ret})
	}
	return all
}

// TestFlowRows compares testdata/flow.txt: bytes, our text, relocations, and what objdump makes of it, with the targets of
// jumps relative to the first instruction.
func TestFlowRows(t *testing.T) {
	var ours []string
	var blob []byte
	var starts []int
	for _, op := range allOps() {
		if !hasFlow(op) {
			continue
		}
		for _, insts := range flowCases(op) {
			_, c := encodeAll(t, 2, insts...)
			p := Printer{Label: func(l asm.Label) string { return fmt.Sprint("label", l) }}
			var texts []string
			for i := range insts {
				if in := &insts[i]; in.Op == NOP && in.Imm == 0 {
					texts = append(texts, fmt.Sprintf("label%d:", in.Aux))
				} else {
					texts = append(texts, p.String(in))
				}
			}
			code := strings.ReplaceAll(fmt.Sprintf("%x", c.Bytes), strings.Repeat("660f1f840000000000", 22), "..")
			ours = append(ours, fmt.Sprintf("%s: %s %v", code, strings.Join(texts, "; "), c.Relocs))
			starts = append(starts, len(blob))
			blob = append(blob, c.Bytes...)
		}
	}
	const file = "testdata/flow.txt"
	objdump, err := exec.LookPath("objdump")
	if err == nil {
		theirs := disassemble(t, objdump, blob, "i386:x86-64")
		starts = append(starts, len(blob))
		for i := range ours {
			ours[i] += " = " + relative(theirs, starts[i], starts[i+1])
		}
		if os.Getenv("DAVIT_BLESS") != "" {
			if err := os.WriteFile(file, []byte(strings.Join(ours, "\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(want), "\n"), "\n")
	if len(lines) != len(ours) {
		t.Fatalf("%d cases, %d in %s", len(ours), len(lines), file)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, ours[i]) {
			t.Errorf("got %s\nwant %s", ours[i], line)
		}
	}
}

var targetRE = regexp.MustCompile(`^(j\w+|call) +0x([0-9a-f]+)$`)

// relative joins the instructions between two offsets.
func relative(lines map[int]string, start, end int) string {
	var texts []string
	for off := start; off < end; off++ {
		text, ok := lines[off]
		if m := targetRE.FindStringSubmatch(text); m != nil {
			to, _ := strconv.ParseUint(m[2], 16, 64)
			text = fmt.Sprintf("%s %+d", m[1], int64(to)-int64(start))
		}
		if ok && !strings.HasPrefix(text, "nopw") {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "; ")
}
