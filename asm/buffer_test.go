package asm

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// The test machine. Its instructions are
//
//	01 nn           event nn
//	02 nn           call: event 200+nn
//	03              return
//	04 d32          data reference: event with the byte at the target
//	05 t32 d8       indirect jump through the table at t32 (pc-relative to the end of t32), index chosen by the state
//	10 d8 / 11 d32  jump (short / long), relative to the end
//	20+c d8         branch on c (0 to 15), short
//	40+c d32        branch on c, long
var testTarget = Target{
	Name: "vm", Align: 1, TrapInst: []byte{0x06},
	Branches: []BranchKind{
		{Name: "jump", Rungs: []Rung{
			{Size: 2, Bias: 2, Min: -128, Max: 127}, {Size: 5, Bias: 5, Min: -1 << 31, Max: 1<<31 - 1}},
			Encode: func(dst []byte, rung int, _ uint32, disp int64) { putRel(dst, 0x10+byte(rung), disp) }},
		{Name: "branch", Rungs: []Rung{
			{Size: 2, Bias: 2, Min: -128, Max: 127}, {Size: 5, Bias: 5, Min: -1 << 31, Max: 1<<31 - 1}},
			Encode: func(dst []byte, rung int, cond uint32, disp int64) {
				putRel(dst, 0x20+0x20*byte(rung)+byte(cond), disp)
			},
			Invert: func(c uint32) uint32 { return c ^ 1 }},
	},
	Uses: []LabelUse{{Name: "pcrel32", Size: 4, Bias: 4, Min: -1 << 31, Max: 1<<31 - 1,
		Patch: func(at []byte, d int64) { binary.LittleEndian.PutUint32(at, uint32(d)) }}},
}

func putRel(dst []byte, op byte, disp int64) {
	dst[0] = op
	if len(dst) == 2 {
		dst[1] = byte(disp)
	} else {
		binary.LittleEndian.PutUint32(dst[1:], uint32(disp))
	}
}

// oracle decides conditions and table indices from the history of a run.
type oracle struct {
	state uint64
	trace []byte
}

func (o *oracle) event(e byte) {
	o.trace = append(o.trace, e)
	o.state = (o.state ^ uint64(e)) * 0x9e3779b97f4a7c15
	o.state ^= o.state >> 29
}

func (o *oracle) holds(cond byte) bool {
	// An evaluation must not change the state: the inverse may be evaluated instead, or none.
	return (o.state>>(cond>>1)&1 == 0) == (cond&1 == 0)
}

const maxTrace = 300

func runVM(code []byte, o *oracle) error {
	pc := 0
	s8 := func(at int) int { return int(int8(code[at])) }
	s32 := func(at int) int { return int(int32(binary.LittleEndian.Uint32(code[at:]))) }
	for steps := 0; len(o.trace) < maxTrace && steps < 5000; steps++ {
		if pc < 0 || pc >= len(code) {
			return fmt.Errorf("pc %d out of range", pc)
		}
		switch op := code[pc]; {
		case op == 1:
			o.event(code[pc+1])
			pc += 2
		case op == 2:
			o.event(200 + code[pc+1])
			pc += 2
		case op == 3:
			o.event(255)
			return nil
		case op == 4:
			o.event(code[pc+5+s32(pc+1)])
			pc += 5
		case op == 5:
			table := pc + 5 + s32(pc+1)
			pc = table + s32(table+4*int(o.state%uint64(code[pc+5])))
		case op == 6:
			o.event(254)
			return nil
		case op == 0x10:
			pc += 2 + s8(pc+1)
		case op == 0x11:
			pc += 5 + s32(pc+1)
		case op&0xf0 == 0x20:
			if o.holds(op & 15) {
				pc += s8(pc + 1)
			}
			pc += 2
		case op&0xf0 == 0x40:
			if o.holds(op & 15) {
				pc += s32(pc + 1)
			}
			pc += 5
		default:
			return fmt.Errorf("bad opcode %#x at %d", op, pc)
		}
	}
	return nil
}

// A program of the test machine: blocks of items, and a terminator each.
type testBlock struct {
	items   []byte // below 100: event; 100 to 199: data reference; 200 and up: call with stack map
	pre     uint32 // a Branch before the terminator, to block pre-1, on preCond
	preCond uint32
	term    int // 0 jump, 1 conditional, 2 return, 3 table, 4 conditional trap else a
	cond    uint32
	a, b    uint32
	table   []Label
}

func runAbstract(blocks []testBlock, o *oracle) {
	at := uint32(0)
	for steps := 0; len(o.trace) < maxTrace && steps < 2000; steps++ {
		t := &blocks[at]
		for _, e := range t.items {
			o.event(e)
			if len(o.trace) >= maxTrace {
				return
			}
		}
		if t.pre != 0 && o.holds(byte(t.preCond)) {
			at = t.pre - 1
			continue
		}
		switch t.term {
		case 0:
			at = t.a
		case 1:
			if at = t.b; o.holds(byte(t.cond)) {
				at = t.a
			}
		case 2:
			o.event(255)
			return
		case 3:
			at = uint32(t.table[o.state%uint64(len(t.table))])
		case 4:
			if o.holds(byte(t.cond)) {
				o.event(254)
				return
			}
			at = t.a
		}
	}
}

func emitProgram(b *Buffer, blocks []testBlock) {
	b.Reset(&testTarget, len(blocks))
	for i := range blocks {
		t := &blocks[i]
		b.Bind(Label(i))
		b.MarkBlock(uint32(i))
		for _, e := range t.items {
			b.SetLoc(uint32(e))
			switch {
			case e >= 200:
				b.Put1(2)
				b.Put1(e - 200)
				b.AddStackMap([]StackMapEntry{{Type: 1, Offset: uint32(e)}})
			case e >= 100:
				b.AddTrap(e)
				b.Put1(4)
				b.UseLabel(b.Offset(), 0, b.Const([]byte{e, 0, 0, 0}, 4), 0)
				b.Put4LE(0)
			default:
				b.Put1(1)
				b.Put1(e)
			}
		}
		if t.pre != 0 {
			b.Branch(1, t.preCond, Label(t.pre-1))
		}
		switch t.term {
		case 0:
			b.Jump(Label(t.a))
		case 1:
			b.CondBranch(1, t.cond, Label(t.a), Label(t.b))
		case 2:
			b.Put1(3)
			b.NoFallthrough()
		case 3:
			b.Put1(5)
			b.UseLabel(b.Offset(), 0, b.JumpTable(t.table), 0)
			b.Put4LE(0)
			b.Put1(byte(len(t.table)))
			b.NoFallthrough()
		case 4:
			b.CondBranch(1, t.cond, b.DeferTrap(7), Label(t.a))
		}
	}
}

func randomProgram(r *rand.Rand) []testBlock {
	n := 1 + r.IntN(40)
	long := r.IntN(3) == 0
	blocks := make([]testBlock, n)
	target := func(i int) uint32 {
		if r.IntN(3) > 0 {
			return uint32(max(0, min(n-1, i-2+r.IntN(6))))
		}
		return uint32(r.IntN(n))
	}
	for i := range blocks {
		t := &blocks[i]
		items := 0
		if r.IntN(3) > 0 {
			items = r.IntN(4)
		}
		if long && r.IntN(4) == 0 {
			items = r.IntN(70)
		}
		for range items {
			t.items = append(t.items, byte(r.IntN(220)))
		}
		if r.IntN(6) == 0 {
			t.pre, t.preCond = target(i)+1, uint32(r.IntN(16))
		}
		t.a, t.b, t.cond = target(i), target(i), uint32(r.IntN(16))
		t.term = []int{0, 0, 0, 1, 1, 1, 1, 2, 3, 4}[r.IntN(10)]
		if t.term == 3 {
			for range 1 + r.IntN(4) {
				t.table = append(t.table, Label(target(i)))
			}
		}
	}
	return blocks
}

// checkProgram emits and runs a program, and compares with what it means.
func checkProgram(t *testing.T, b *Buffer, blocks []testBlock) *Code {
	t.Helper()
	emitProgram(b, blocks)
	c, err := b.Finish()
	if err != nil {
		if last := blocks[len(blocks)-1]; len(last.items) > 0 && last.items[len(last.items)-1] >= 200 {
			return nil // a call at the very end
		}
		t.Fatal(err)
	}
	for seed := range uint64(4) {
		want, got := oracle{state: seed}, oracle{state: seed}
		runAbstract(blocks, &want)
		if err := runVM(c.Bytes, &got); err != nil {
			t.Fatalf("seed %d: %v\nprogram %+v\ncode % x", seed, err, blocks, c.Bytes)
		}
		if n := min(len(want.trace), len(got.trace)); len(want.trace) != len(got.trace) && n < maxTrace-1 && !endless(blocks) ||
			!slices.Equal(want.trace[:n], got.trace[:n]) {
			t.Fatalf("seed %d: trace\n got %v\nwant %v\nprogram %+v\ncode % x", seed, got.trace, want.trace, blocks, c.Bytes)
		}
	}
	checkAttached(t, c)
	return c
}

// endless reports whether a run may go round without events, so that bounds on steps cut traces at different points.
func endless(blocks []testBlock) bool {
	empty := 0
	for i := range blocks {
		if len(blocks[i].items) == 0 {
			empty++
		}
	}
	return empty > 0
}

// checkAttached checks by content that what was attached to the code has come out at the right offsets.
func checkAttached(t *testing.T, c *Code) {
	t.Helper()
	last := uint32(0)
	for _, m := range c.StackMaps {
		if m.Offset <= last || m.Offset >= c.CodeSize {
			t.Fatalf("stack map at %d after one at %d; code size %d", m.Offset, last, c.CodeSize)
		}
		last = m.Offset
		if at := m.Offset - 2; c.Bytes[at] != 2 || uint32(c.Bytes[at+1])+200 != m.Entries[0].Offset {
			t.Fatalf("stack map %v: not behind its call: % x", m, c.Bytes[at:m.Offset])
		}
	}
	for _, m := range c.Traps {
		if m.Code == 7 {
			if c.Bytes[m.Offset] != 6 {
				t.Fatalf("deferred trap at %d is % x", m.Offset, c.Bytes[m.Offset])
			}
			continue
		}
		d := binary.LittleEndian.Uint32(c.Bytes[m.Offset+1:])
		if at := m.Offset + 5 + d; c.Bytes[m.Offset] != 4 || c.Bytes[at] != m.Code || at%4 != 0 || at < c.CodeSize {
			t.Fatalf("trap %v: instruction is % x", m, c.Bytes[m.Offset:m.Offset+5])
		}
	}
	end := uint32(0)
	for _, s := range c.SrcLocs {
		if s.Start < end || s.End <= s.Start || s.End > c.CodeSize {
			t.Fatalf("source ranges %v", c.SrcLocs)
		}
		end = s.End
	}
	end = 0
	for _, m := range c.Blocks {
		if m.Offset < end || m.Offset > c.CodeSize {
			t.Fatalf("blocks %v", c.Blocks)
		}
		end = m.Offset
	}
}

func TestRandomPrograms(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var b Buffer
	for range 4000 {
		checkProgram(t, &b, randomProgram(r))
	}
}

// TestMinimal gives small programs with the exact code expected.
func TestMinimal(t *testing.T) {
	ev := func(e ...byte) []byte { return e }
	jump := func(items []byte, a uint32) testBlock { return testBlock{items: items, term: 0, a: a} }
	cond := func(items []byte, a, b uint32) testBlock {
		return testBlock{items: items, term: 1, cond: 4, a: a, b: b}
	}
	ret := func(items []byte) testBlock { return testBlock{items: items, term: 2} }
	for _, c := range []struct {
		name   string
		blocks []testBlock
		want   []byte
	}{
		{"jump to next", []testBlock{jump(ev(9), 1), ret(nil)}, []byte{1, 9, 3}},
		{"else is next", []testBlock{cond(nil, 2, 1), ret(ev(1)), ret(ev(2))}, []byte{0x24, 3, 1, 1, 3, 1, 2, 3}},
		{"taken is next", []testBlock{cond(nil, 1, 2), ret(ev(1)), ret(ev(2))}, []byte{0x25, 3, 1, 1, 3, 1, 2, 3}},
		{"neither is next", []testBlock{cond(nil, 2, 3), ret(ev(1)), ret(ev(2)), ret(ev(4))},
			[]byte{0x24, 5, 0x10, 6, 1, 1, 3, 1, 2, 3, 1, 4, 3}},
		{"over a jump", []testBlock{cond(nil, 2, 1), jump(nil, 3), ret(ev(2)), ret(ev(4))},
			[]byte{0x25, 3, 1, 2, 3, 1, 4, 3}},
		{"both to next", []testBlock{cond(nil, 1, 1), ret(nil)}, []byte{3}},
		{"both to next by empty blocks", []testBlock{cond(nil, 1, 2), jump(nil, 3), jump(nil, 3), ret(nil)}, []byte{3}},
		{"chain of empty blocks", []testBlock{jump(nil, 4), ret(ev(1)), jump(nil, 1), jump(nil, 2), jump(nil, 3)},
			[]byte{1, 1, 3}},
		{"loop of nothing", []testBlock{jump(nil, 1), jump(nil, 2), jump(nil, 1)}, []byte{0x10, 0xfe}},
		{"loop", []testBlock{jump(nil, 1), cond(ev(1), 1, 2), ret(nil)}, []byte{1, 1, 0x24, 0xfc, 3}},
		{"shared trap", []testBlock{{term: 4, cond: 2, a: 1}, {term: 4, cond: 6, a: 2}, ret(nil)},
			[]byte{0x22, 3, 0x26, 1, 3, 6}},
	} {
		var b Buffer
		code := checkProgram(t, &b, c.blocks)
		if !slices.Equal(code.Bytes, c.want) {
			t.Errorf("%s:\n got % x\nwant % x", c.name, code.Bytes, c.want)
		}
	}
}

// TestShortLimits moves a target across the limit of the short form, in both directions.
func TestShortLimits(t *testing.T) {
	for n := 120; n < 136; n++ {
		for _, back := range []bool{false, true} {
			var b Buffer
			b.Reset(&testTarget, 2)
			if back {
				b.Bind(0)
				b.PutBytes(make([]byte, n))
				b.CondBranch(1, 0, 0, 1)
				b.Bind(1)
			} else {
				b.CondBranch(1, 0, 0, 1)
				b.Bind(1)
				b.PutBytes(make([]byte, n))
				b.Bind(0)
			}
			b.Put1(3)
			c, err := b.Finish()
			if err != nil {
				t.Fatal(err)
			}
			size := 2
			if back && n > 126 || !back && n > 127 {
				size = 5
			}
			if len(c.Bytes) != n+size+1 {
				t.Errorf("distance %d, back %v: %d bytes, want %d", n, back, len(c.Bytes), n+size+1)
			}
		}
	}
}

func TestStackMapErrors(t *testing.T) {
	var b Buffer
	b.Reset(&testTarget, 0)
	b.Put2LE(2)
	b.AddStackMap(nil)
	b.AddStackMap(nil)
	b.Put1(3)
	if _, err := b.Finish(); err == nil {
		t.Error("two stack maps at one offset: no error")
	}
	b.Reset(&testTarget, 0)
	b.Put2LE(2)
	b.AddStackMap(nil)
	if _, err := b.Finish(); err == nil {
		t.Error("stack map at the end of the function: no error")
	}
}

func TestLabelErrors(t *testing.T) {
	for name, f := range map[string]func(b *Buffer){
		"unbound jump":      func(b *Buffer) { b.Jump(0) },
		"unknown jump":      func(b *Buffer) { b.Jump(9) },
		"unbound use":       func(b *Buffer) { b.UseLabel(0, 0, 0, 0); b.Put4LE(0) },
		"unknown use":       func(b *Buffer) { b.UseLabel(0, 0, 9, 0); b.Put4LE(0) },
		"unknown kind":      func(b *Buffer) { b.UseLabel(0, 9, 0, 0); b.Put4LE(0) },
		"bound twice":       func(b *Buffer) { b.Bind(0); b.Put1(1); b.Bind(0) },
		"unbound table row": func(b *Buffer) { b.JumpTable([]Label{0}) },
		"unbound handler":   func(b *Buffer) { b.Put1(2); b.AddCallSite([]Handler{{Kind: HandlerDefault}}) },
		"unbound diff":      func(b *Buffer) { b.Bind(0); b.PutLabelDiff(1, 0) },
		"empty constant":    func(b *Buffer) { b.Const(nil, 4) },
		"odd alignment":     func(b *Buffer) { b.Const([]byte{1}, 3) },
	} {
		var b Buffer
		b.Reset(&testTarget, 2)
		f(&b)
		b.Put1(3)
		if _, err := b.Finish(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestConstants(t *testing.T) {
	var b Buffer
	b.Reset(&testTarget, 0)
	one := b.ConstU32(1)
	wide := b.Const(make([]byte, 16), 16)
	if b.ConstU32(1) != one || b.ConstU64(1) == one {
		t.Error("constants not shared by content")
	}
	unusedConst := b.ConstU64(77)
	for _, l := range []Label{one, wide, one} {
		b.Put1(4)
		b.UseLabel(b.Offset(), 0, l, 0)
		b.Put4LE(0)
	}
	b.Put1(3)
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if c.CodeSize != 16 || len(c.Bytes) != 36 || c.Align != 16 || b.FinalLabel(wide) != 16 || b.FinalLabel(one) != 32 {
		t.Errorf("code %d bytes, total %d, align %d, constants at %d and %d (unused %d)", c.CodeSize, len(c.Bytes), c.Align,
			b.FinalLabel(wide), b.FinalLabel(one), b.FinalLabel(unusedConst))
	}
	for at := uint32(0); at < 15; at += 5 {
		got := at + 5 + binary.LittleEndian.Uint32(c.Bytes[at+1:])
		want := uint32(32)
		if at == 5 {
			want = 16
		}
		if got != want {
			t.Errorf("reference at %d goes to %d, want %d", at, got, want)
		}
	}
}

func TestHandlersAndTags(t *testing.T) {
	var b Buffer
	b.Reset(&testTarget, 3)
	b.SetFrame(48, 16, true)
	b.Jump(0) // vanishes
	b.Bind(0)
	b.Put2LE(2)
	b.AddCallSite([]Handler{{Kind: HandlerContext, Context: MemSlot, Target: 8}, {Kind: HandlerTag, Tag: 5, Target: 1},
		{Kind: HandlerDefault, Target: 2}})
	b.AddDebugTags(true, []DebugTag{{Value: 3}})
	b.Jump(2)
	b.Bind(1)
	b.AddDebugTags(false, []DebugTag{{Value: 4}})
	b.Jump(2) // stays: something is attached to it
	b.Bind(2)
	b.Put1(3)
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(c.Handlers, c.DebugTags, c.Bytes)
	const want = "[{2 48 [{2 0 3 8} {0 5 0 2} {1 0 0 2}]}] [{2 true [{false 3}]} {2 false [{false 4}]}] [2 0 3]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestLinear compiles a function of a million instructions with a branch in every fifth.
func TestLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("large function")
	}
	r := rand.New(rand.NewPCG(3, 4))
	var b Buffer
	n := 200_000
	b.Reset(&testTarget, n)
	start := time.Now()
	for i := range n {
		b.Bind(Label(i))
		for range 4 {
			b.Put4LE(0)
		}
		near := Label(max(0, min(n-1, i-12+r.IntN(24))))
		b.CondBranch(1, uint32(i&15), near, Label(i+1)%Label(n))
	}
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("took %v", d)
	}
	t.Logf("%d bytes in %v", len(c.Bytes), time.Since(start))
}

// TestCascade makes each branch out of range once the one before it has grown, the worst case of relaxation.
func TestCascade(t *testing.T) {
	for _, n := range []int{50, 1000, 60_000} {
		var b Buffer
		b.Reset(&testTarget, n+2)
		for i := range n {
			// Branch i spans branch i+1 and fillers: 127 bytes while that is short. The last one is out of range itself.
			b.Branch(1, uint32(i&15), Label(i))
			b.PutBytes(make([]byte, 61))
			if i > 0 {
				b.Put1(0)
				b.Bind(Label(i - 1))
				b.Put1(0)
			}
		}
		b.PutBytes(make([]byte, 200))
		b.Bind(Label(n - 1))
		b.Put1(3)
		start := time.Now()
		c, err := b.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%d branches took %v", n, d)
		}
		for i := range n {
			f := b.FinalBranch(i)
			at := c.Bytes[f.Offset:]
			d := int(int8(at[1]))
			if f.Size == 5 {
				d = int(int32(binary.LittleEndian.Uint32(at[1:])))
			}
			if got := int(f.Offset) + int(f.Size) + d; got != int(b.FinalLabel(Label(i))) {
				t.Fatalf("branch %d of %d goes to %d, want %d", i, n, got, b.FinalLabel(Label(i)))
			}
		}
	}
}

func TestReuseDoesNotAllocate(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	p := randomProgram(r)
	for i := range p {
		p[i].items = slices.DeleteFunc(p[i].items, func(e byte) bool { return e >= 100 })
	}
	var b Buffer
	emitProgram(&b, p)
	if _, err := b.Finish(); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(10, func() { emitProgram(&b, p); b.Finish() }); n > 4 {
		t.Errorf("%v allocations for a function; only those of the result are expected", n)
	}
}

func BenchmarkFinish(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 8))
	var buf Buffer
	n := 2000
	for b.Loop() {
		buf.Reset(&testTarget, n)
		for i := range n {
			buf.Bind(Label(i))
			for range 4 {
				buf.Put4LE(0)
			}
			buf.CondBranch(1, uint32(i&15), Label(max(0, min(n-1, i-12+r.IntN(24)))), Label(i+1)%Label(n))
		}
		if _, err := buf.Finish(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/branch")
}
