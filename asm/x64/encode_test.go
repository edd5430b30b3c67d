package x64

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"davit/asm"
)

// testCase is one instruction that must encode, with its expected text and bytes in testdata/encode.txt.
type testCase struct {
	in   asm.Inst
	text string
	code []byte
}

var testFrame = Frame{SlotArea: 32, SpillArea: 0x88, IncomingReg: RBP, Incoming: 16}

// testMems are the memory operands that the cases go through in turn.
var testMems = []asm.Inst{
	{Mem: asm.MemReg, Base: RAX},
	{Mem: asm.MemReg, Base: RSP, Disp: 8},
	{Mem: asm.MemReg, Base: RBP},
	{Mem: asm.MemReg, Base: R12, Disp: -128},
	{Mem: asm.MemReg, Base: R13},
	{Mem: asm.MemReg, Base: RDI, Index: RSI, Scale: 2, Disp: 127},
	{Mem: asm.MemReg, Base: R8, Index: R15, Scale: 3, Disp: 128},
	{Mem: asm.MemReg, Base: RSI, Index: R12},
	{Mem: asm.MemReg, Base: RBP, Index: RCX},
	{Mem: asm.MemReg, Base: RDX, Index: RSP, Disp: 1},
	{Mem: asm.MemReg, Base: R13, Index: RBP},
	{Mem: asm.MemReg, Index: R9, Scale: 3, Disp: 16},
	{Mem: asm.MemReg, Index: RAX, Scale: 1},
	{Mem: asm.MemReg, Disp: 0x1234},
	{Mem: asm.MemReg, Base: R15, Disp: -0x80000000},
	{Mem: asm.MemReg, Base: RBX, Disp: 0x7fffffff},
	{Mem: asm.MemReg, Base: RCX, Disp: 1008},
	{Mem: asm.MemReg, Base: RCX, Disp: 64},
	{Mem: asm.MemSlot, Disp: 8},
	{Mem: asm.MemSlot, Disp: 0, Index: RDX, Scale: 3},
	{Mem: asm.MemIncoming, Disp: 8},
	{Mem: asm.MemOutgoing},
	{Mem: asm.MemSpill, Disp: 2},
	{Mem: asm.MemReg, Base: RDX, Disp: 4, Flags: GS},
}

var (
	testInts   = []asm.Reg{RAX, RSI, R8, RSP, R13, RBP, RDI, R15, RBX, R12, RCX}
	testFloats = []asm.Reg{XMM0, XMM8, XMM7, XMM15, XMM0 + 3, XMM0 + 12}
	testHigh   = []asm.Reg{XMM0, XMM31, XMM8, XMM16, XMM7, XMM0 + 24, XMM15}
)

// allOps lists every opcode, the VEX forms included.
func allOps() []uint16 {
	var ops []uint16
	for op := range uint16(len(groups)) << groupShift {
		if Lookup(op) != nil {
			ops = append(ops, op)
			if HasVEX(op) {
				ops = append(ops, op|VEX)
			}
		}
	}
	return ops
}

// sizesOf lists the sizes of a row.
func sizesOf(row *Row) []uint8 {
	var sizes []uint8
	for s := uint8(1); s <= 8; s <<= 1 {
		if row.Sizes&s != 0 {
			sizes = append(sizes, s)
		}
	}
	if sizes == nil {
		sizes = []uint8{0}
	}
	return sizes
}

// immsOf lists immediates worth trying.
func immsOf(in *asm.Inst, row *Row) []int64 {
	f := form(in.Op, row)
	switch {
	case row.Attr&predName != 0 && in.Op&VEX != 0:
		return []int64{0, 7, 8, 31}
	case row.Attr&predName != 0:
		return []int64{0, 1, 3, 7}
	case f.kind == encNop:
		return []int64{1, 2, 3, 4, 5, 6, 7, 8, 9}
	case f.kind == encRetImm:
		return []int64{16, 0xffff, 0}
	case f.kind == encShiftImm, f.kind == encModRM && f.imm == imm8 && in.Op < baseSSE:
		return []int64{1, 2, int64(max(in.Size, 1))*8 - 1}
	case f.imm == imm8:
		return []int64{0, 1, 127}
	case f.imm == immSize:
		imms := []int64{0, 1, -1, 9, 10, 127, -128}
		if in.Size > 1 || f.kind == encPushImm {
			imms = append(imms, 128, -129, 0x7fff)
		}
		if in.Size > 2 || f.kind == encPushImm {
			imms = append(imms, 0x12345678, -1<<31)
		}
		if f.kind == encMovImm && in.Size == 8 && in.Mem == asm.MemNone {
			imms = append(imms, 1<<31, 1<<32, -1<<63, -1<<31-1)
		}
		return imms
	}
	return []int64{0}
}

// generator makes cases; its counters choose among corner operands so that all are met in turn.
type generator struct {
	cases     []testCase
	i, x, mem int
}

func (g *generator) registers(in *asm.Inst, f *formInfo, evexRow bool) {
	for i := range int(f.n) {
		o := f.ops[i]
		if in.Mem != asm.MemNone && o&(opOrMem|opDest) != 0 {
			continue
		}
		var r asm.Reg
		switch fixed, ok := o.Fixed(); {
		case ok:
			r = fixed
		case o.Class() == asm.Int:
			g.i++
			r = testInts[g.i%len(testInts)]
		case evexRow:
			g.x++
			r = testHigh[g.x%len(testHigh)]
		default:
			g.x++
			r = testFloats[g.x%len(testFloats)]
		}
		in.SetReg(i, r)
	}
	for i := range int(f.n) {
		if k, ok := f.ops[i].Reuse(); ok && in.Reg(i) != asm.NoReg {
			in.SetReg(i, in.Reg(k))
		}
	}
}

func (g *generator) add(in asm.Inst) {
	p := Printer{Frame: &testFrame}
	g.cases = append(g.cases, testCase{in: in, text: p.String(&in)})
}

// withImms adds in with each immediate, or two of them if there is memory; the registers change from one to the next.
func (g *generator) withImms(in asm.Inst, row *Row, least int) {
	f := form(in.Op, row)
	imms := immsOf(&in, row)
	count := max(least, len(imms))
	if in.Mem != asm.MemNone && len(imms) > 2 {
		count = 2
		imms = []int64{imms[g.mem%len(imms)], imms[(g.mem+3)%len(imms)]}
	}
	for k := range count {
		c := in
		c.Imm = imms[k%len(imms)]
		g.registers(&c, f, row.enc&onlyXX == evex)
		if f.n > 4 {
			c.Imm = int64(c.Reg(4)) | int64(c.Reg(5))<<32
		}
		if row.Attr&(ccName) != 0 {
			c.CC = CC(g.i % 16)
		}
		g.add(c)
	}
}

func (g *generator) row(op uint16) {
	row := Lookup(op)
	f := form(op, row)
	switch f.kind {
	case encJump, encCond, encTrapCC, encSymbol, encTLSGD:
		return // need a buffer with labels or symbols: see the tests of these
	}
	for _, size := range sizesOf(row) {
		in := asm.Inst{Op: op, Size: size}
		if !f.mem.Must() {
			g.withImms(in, row, min(4, 1+3*int(f.n)))
		}
		if !f.mem.May() {
			continue
		}
		for range 3 {
			m := testMems[g.mem%len(testMems)]
			g.mem++
			m.Op, m.Size = op, size
			g.withImms(m, row, 1)
		}
		if row.Attr&Lockable != 0 {
			m := asm.Inst{Op: op, Size: size, Mem: asm.MemReg, Base: RDI, Flags: Lock}
			g.withImms(m, row, 1)
		}
	}
	for i := range int(f.n) {
		if f.ops[i].Optional() {
			in := asm.Inst{Op: op, Size: sizesOf(row)[0]}
			g.registers(&in, f, row.enc&onlyXX == evex)
			in.R[i] = asm.NoReg
			g.add(in)
		}
	}
}

// testCases makes the cases and encodes them.
func testCases(tb testing.TB) []testCase {
	var g generator
	for _, m := range testMems { // every address with one simple row
		g.add(asm.Inst{Op: MOV, Size: 8, R: [4]asm.Reg{RCX}, Mem: m.Mem, Base: m.Base, Index: m.Index, Scale: m.Scale,
			Disp: m.Disp, Flags: m.Flags})
	}
	for _, op := range allOps() {
		g.row(op)
	}
	encodeCases(tb, g.cases)
	return g.cases
}

func encodeCases(tb testing.TB, cases []testCase) {
	var b asm.Buffer
	for i := range cases {
		c := &cases[i]
		b.Reset(Target, 0)
		if err := Encode(&b, &c.in, &testFrame); err != nil {
			tb.Fatalf("%s: %v", c.text, err)
		}
		code, err := b.Finish()
		if err != nil {
			tb.Fatalf("%s: %v", c.text, err)
		}
		c.code = code.Bytes
	}
}

func TestEncodeGolden(t *testing.T) {
	var out bytes.Buffer
	for _, c := range testCases(t) {
		fmt.Fprintf(&out, "%-22s  %s\n", hex.EncodeToString(c.code), c.text)
	}
	const file = "testdata/encode.txt"
	if os.Getenv("DAVIT_BLESS") != "" {
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(want, out.Bytes()) {
		return
	}
	got, exp := strings.Split(out.String(), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(got), len(exp)) {
		if got[i] != exp[i] {
			t.Fatalf("line %d of %s:\n got %s\nwant %s\n(DAVIT_BLESS=1 rewrites the file)", i+1, file, got[i], exp[i])
		}
	}
	t.Fatalf("%d lines, want %d (DAVIT_BLESS=1 rewrites %s)", len(got), len(exp), file)
}
