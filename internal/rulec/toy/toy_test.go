package toy

import (
	"strings"
	"testing"

	"davit/internal/rulec"
	"davit/internal/rulec/rule"
	"davit/ir"
	"davit/ir/op"
)

func TestRulesCurrent(t *testing.T) {
	if err := rulec.Check("."); err != nil {
		t.Fatal(err)
	}
}

// block builds the instructions of one block.
type block struct {
	f     *ir.Func
	insts []ir.Inst
}

func newBlock() *block { return &block{f: ir.NewFunc(ir.FuncName{Name: "f"}, ir.Signature{})} }

func (b *block) add(d ir.InstData, results ...op.Type) ir.Value {
	inst := b.f.NewInst(d)
	b.insts = append(b.insts, inst)
	return b.f.AppendResults(inst, results...)
}

func (b *block) iconst(t op.Type, k int64) ir.Value {
	d := ir.InstData{Op: op.Iconst, Type: t}
	d.SetImm(uint64(k) << (64 - t.Bits()) >> (64 - t.Bits()))
	return b.add(d, t)
}

func (b *block) binary(o op.Opcode, t op.Type, x, y ir.Value, more ...op.Type) ir.Value {
	return b.add(ir.InstData{Op: o, Type: t, X: [4]ir.Value{x, y}}, append([]op.Type{t}, more...)...)
}

func (b *block) unary(o op.Opcode, t op.Type, x ir.Value) ir.Value {
	return b.add(ir.InstData{Op: o, Type: t, X: [4]ir.Value{x}}, t)
}

func (b *block) icmp(cc op.IntCC, t op.Type, x, y ir.Value) ir.Value {
	return b.add(ir.InstData{Op: op.Icmp, Aux: uint8(cc), Type: t, X: [4]ir.Value{x, y}}, op.I8)
}

func (b *block) load(t op.Type, p ir.Value, off int32) ir.Value {
	return b.add(ir.InstData{Op: op.Load, Type: t, X: [4]ir.Value{p, b.f.MemHandle(ir.DefaultMem), ir.Value(off)}}, t)
}

func (b *block) store(t op.Type, x, p ir.Value, off int32) {
	b.add(ir.InstData{Op: op.Store, Type: t, X: [4]ir.Value{x, p, b.f.MemHandle(ir.DefaultMem), ir.Value(off)}})
}

func (b *block) lower(t *testing.T, fma bool, tr *rule.Trace) []string {
	t.Helper()
	lines, err := Lower(b.f, b.insts, fma, tr)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// Registers are numbered in the order in which lowering, which runs backwards, needs them.
var tests = []struct {
	rule  string
	fma   bool
	build func(b *block, x, y ir.Value)
	want  string // lines, joined
}{
	{"iadd_reg", false, func(b *block, x, y ir.Value) { b.binary(op.Iadd, op.I32, x, y) }, "r3 = add.i32 r1, r2"},
	{"iadd_imm", false, func(b *block, x, y ir.Value) { b.binary(op.Iadd, op.I32, x, b.iconst(op.I32, -5)) },
		"r3 = mov #-5 | r2 = add.i32 r1, #-5"},
	{"iadd_imm", false, func(b *block, x, y ir.Value) { b.binary(op.Iadd, op.I32, b.iconst(op.I32, 7), x) },
		"r3 = mov #7 | r2 = add.i32 r1, #7"},
	{"band_imm", false, func(b *block, x, y ir.Value) { b.binary(op.Band, op.I8, x, b.iconst(op.I8, 255)) },
		"r3 = mov #-1 | r2 = and.i8 r1, #-1"},
	{"iadd_load", false, func(b *block, x, y ir.Value) { b.binary(op.Iadd, op.I64, b.load(op.I64, y, 16), x) },
		"r3 = add.i64 r1, [r2+16]"},
	{"iadd_twice", false, func(b *block, x, y ir.Value) { b.binary(op.Iadd, op.I64, x, x) }, "r2 = shl.i64 r1, #1"},
	{"iadd_neg", false, func(b *block, x, y ir.Value) { b.binary(op.Iadd, op.I64, b.unary(op.Ineg, op.I64, x), y) },
		"r4 = neg r2 | r3 = sub.i64 r1, r2"},
	{"iadd_madd", true, func(b *block, x, y ir.Value) { b.binary(op.Iadd, op.I64, x, b.binary(op.Imul, op.I64, y, y)) },
		"r4 = mullo.i64 r1, r1 | r5 = mulhi.i64 r1, r1 | r3 = madd r1, r1, r2"},
	{"iadd_reg", false, func(b *block, x, y ir.Value) { b.binary(op.Iadd, op.I64, x, b.binary(op.Imul, op.I64, y, y)) },
		"r5 = mullo.i64 r4, r4 | r6 = mulhi.i64 r4, r4 | mov r2, r5 | r3 = add.i64 r1, r2"},
	{"umul_overflow", false, func(b *block, x, y ir.Value) { b.binary(op.UmulOverflow, op.I32, x, y, op.I8) },
		"r3 = mullo.i32 r1, r2 | r4 = mulhi.i32 r1, r2 | cmp r4, #0 | r5 = set.ne flags"},
	{"icmp_eq", false, func(b *block, x, y ir.Value) { b.icmp(op.Eq, op.I32, x, y) }, "cmp r1, r2 | r3 = set.eq flags"},
	{"icmp_other", false, func(b *block, x, y ir.Value) { b.icmp(op.Slt, op.I32, x, b.iconst(op.I32, 99)) },
		"r3 = mov #99 | cmp r1, #99 | r2 = set.slt flags"},
	{"icmp_swap", false, func(b *block, x, y ir.Value) { b.icmp(op.Slt, op.I32, x, b.iconst(op.I32, 100)) },
		"r4 = mov #100 | mov r1, r4 | cmp r1, r2 | r3 = set.sgt flags"},
	{"ishl_known", false, func(b *block, x, y ir.Value) { b.binary(op.Ishl, op.I32, x, b.iconst(op.I32, 31)) },
		"r3 = mov #31 | r2 = shl.i32 r1, #31"},
	{"store", false, func(b *block, x, y ir.Value) { b.store(op.I64, x, y, -8) }, "store r1, [r2-8]"},
	{"nop", false, func(b *block, x, y ir.Value) { b.add(ir.InstData{Op: op.Nop}) }, ""},
}

func ruleNumber(t *testing.T, name string) int {
	t.Helper()
	for i := range lowerRules {
		if lowerRules[i].Name == name {
			return i
		}
	}
	t.Fatalf("no rule %s", name)
	return -1
}

func TestLower(t *testing.T) {
	for _, test := range tests {
		b := newBlock()
		// x and y are results of a nop-like instruction that nothing lowers: parameters, as it were.
		x := b.f.AppendResults(b.f.NewInst(ir.InstData{Op: op.Fence}), op.I64)
		y := b.f.AppendResults(b.f.NewInst(ir.InstData{Op: op.Fence}), op.I64)
		test.build(b, x, y)
		tr := rule.New(len(lowerRules))
		lines := b.lower(t, test.fma, tr)
		if got := strings.Join(lines, " | "); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.rule, got, test.want)
		}
		if tr.Hits[ruleNumber(t, test.rule)] == 0 {
			t.Errorf("%s was not used", test.rule)
		}
	}
}

func TestTraceDisables(t *testing.T) {
	b := newBlock()
	x := b.f.AppendResults(b.f.NewInst(ir.InstData{Op: op.Fence}), op.I64)
	b.binary(op.Iadd, op.I64, x, x)
	tr := rule.New(len(lowerRules))
	if !tr.Disable(lowerRules[:], "iadd_twice") {
		t.Fatal("no rule iadd_twice")
	}
	lines := b.lower(t, false, tr)
	if want := "r2 = add.i64 r1, r1"; len(lines) != 1 || lines[0] != want {
		t.Errorf("with iadd_twice off: got %q, want %q", lines, want)
	}
	if tr.Last != ruleNumber(t, "iadd_reg") {
		t.Errorf("last rule is %d", tr.Last)
	}
}

func TestNoMatch(t *testing.T) {
	b := newBlock()
	x := b.f.AppendResults(b.f.NewInst(ir.InstData{Op: op.Fence}), op.I128)
	b.binary(op.Iadd, op.I128, x, x)
	if _, err := Lower(b.f, b.insts, false, nil); err == nil {
		t.Error("iadd.i128 was lowered, though no rule is for it")
	}
}
