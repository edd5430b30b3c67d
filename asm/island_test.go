package asm

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// The island machine has instructions of 4 bytes, big-endian, whose first byte is
//
//	01  event (byte 3)           02  call (byte 3)           03  return
//	04  conditional branch, byte 1 is the condition: 16 bits of words from the instruction (a label use with a veneer)
//	05  jump: 24 bits of words from the instruction (the veneer's, and that of the buffer's branches)
//	06  load literal: 16 bits of words from the instruction; event with byte 3 of the word there
//	07  branch of the buffer: byte 1 the condition, 8 bits in byte 3 of words from the instruction
const (
	islandReach = 1 << 9 // bytes: the range of conditional branches and literals, artificially small
)

func putWord(at []byte, bits uint, disp int64) {
	w := binary.BigEndian.Uint32(at)
	mask := uint32(1)<<bits - 1
	binary.BigEndian.PutUint32(at, w&^mask|uint32(disp>>2)&mask)
}

var islandTarget = Target{
	Name: "island", BigEndian: true, Align: 4, TrapInst: []byte{3, 0, 0, 0},
	Branches: []BranchKind{
		{Name: "jump", Rungs: []Rung{{Size: 4, Min: -1 << 25, Max: 1<<25 - 4}},
			Encode: func(dst []byte, _ int, _ uint32, disp int64) { dst[0] = 5; putWord(dst, 24, disp) }},
		{Name: "branch", Rungs: []Rung{
			{Size: 4, Min: -1 << 9, Max: 1<<9 - 4},
			{Size: 8, Bias: 4, Min: -1 << 25, Max: 1<<25 - 4, Insts: 2}},
			Encode: func(dst []byte, rung int, cond uint32, disp int64) {
				dst[0], dst[1] = 7, byte(cond)
				if rung == 0 {
					putWord(dst, 8, disp)
					return
				}
				dst[1] ^= 1 // around the jump
				dst[3] = 2
				dst[4] = 5
				putWord(dst[4:], 24, disp)
			},
			Invert: func(c uint32) uint32 { return c ^ 1 }},
	},
	Uses: []LabelUse{
		{Name: "branch", Size: 4, Min: -islandReach, Max: islandReach - 4,
			Patch:  func(at []byte, d int64) { putWord(at, 16, d) },
			Veneer: &Veneer{Code: []byte{5, 0, 0, 0}, Use: 1}},
		{Name: "jump", Size: 4, Min: -1 << 25, Max: 1<<25 - 4, Patch: func(at []byte, d int64) { putWord(at, 24, d) }},
		{Name: "literal", Size: 4, Min: -islandReach, Max: islandReach - 4,
			Patch: func(at []byte, d int64) { putWord(at, 16, d) }},
	},
}

func runIslandVM(t *testing.T, code []byte, o *oracle) {
	pc := 0
	rel := func(bits uint) int {
		w := binary.BigEndian.Uint32(code[pc:])
		return int(int32(w<<(32-bits))>>(32-bits)) * 4
	}
	for steps := 0; len(o.trace) < maxTrace && steps < 5000; steps++ {
		if pc < 0 || pc+4 > len(code) || pc%4 != 0 {
			t.Fatalf("pc %d out of range", pc)
		}
		switch code[pc] {
		case 1:
			o.event(code[pc+3])
		case 2:
			o.event(200 + code[pc+3])
		case 3:
			o.event(255)
			return
		case 4:
			if o.holds(code[pc+1] & 15) {
				pc += rel(16) - 4
			}
		case 5:
			pc += rel(24) - 4
		case 6:
			o.event(code[pc+rel(16)+3])
		case 7:
			if o.holds(code[pc+1] & 15) {
				pc += rel(8) - 4
			}
		default:
			t.Fatalf("bad opcode %#x at %d", code[pc], pc)
		}
		pc += 4
	}
}

func emitIslandProgram(b *Buffer, blocks []testBlock) {
	b.Reset(&islandTarget, len(blocks))
	for i := range blocks {
		t := &blocks[i]
		if b.NeedIsland(16) {
			b.EmitIsland(true)
		}
		b.Bind(Label(i))
		for _, e := range t.items {
			if b.NeedIsland(16) {
				b.EmitIsland(true)
			}
			b.CountInsts(1)
			switch {
			case e >= 200:
				b.Put4BE(2<<24 | uint32(e-200))
				b.AddStackMap([]StackMapEntry{{Type: 1, Offset: uint32(e)}})
			case e >= 100:
				b.AddTrap(e)
				b.UseLabel(b.Offset(), 2, b.ConstU32(uint32(e)), 0)
				b.Put4BE(6 << 24)
			default:
				b.Put4BE(1<<24 | uint32(e))
			}
		}
		if t.pre != 0 {
			b.UseLabel(b.Offset(), 0, Label(t.pre-1), 0)
			b.Put4BE(4<<24 | t.preCond<<16)
		}
		switch t.term {
		case 0:
			b.Jump(Label(t.a))
		case 1:
			b.CondBranch(1, t.cond, Label(t.a), Label(t.b))
		default:
			b.Put4BE(3 << 24)
			b.NoFallthrough()
		}
		if i%7 == 0 && b.NeedIsland(200) {
			b.EmitIsland(false)
		}
	}
}

// dropFarBackward keeps only those extra branches that go forward or whose target is near, since a backward use that is
// out of reach is for the target to avoid.
func dropFarBackward(blocks []testBlock) {
	size := make([]int, len(blocks)+1)
	for i := range blocks {
		size[i+1] = size[i] + 4*len(blocks[i].items) + 16 + 64
		t := &blocks[i]
		if t.term > 2 {
			t.term = 2
		}
		if t.pre != 0 && int(t.pre-1) <= i && size[i+1]-size[t.pre-1] > islandReach/4 {
			t.pre = 0
		}
	}
}

// TestStackMap17KeysAfterIslands checks on random large functions, with literals and out-of-range branches that force
// islands and veneers between calls, and with branches that grow and shrink, that every stack map lies right behind its
// call, in ascending order, and that the program still does what it says.
func TestStackMap17KeysAfterIslands(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	var b Buffer
	islands, maps := 0, 0
	for range 1500 {
		blocks := randomProgram(r)
		for i := range blocks {
			for range r.IntN(12) {
				blocks[i].items = append(blocks[i].items, byte(r.IntN(220)))
			}
		}
		dropFarBackward(blocks)
		blocks[len(blocks)-1].term = 2
		emitIslandProgram(&b, blocks)
		copies := len(b.labels)
		c, err := b.Finish()
		if err != nil {
			t.Fatal(err)
		}
		islands += copies - len(blocks) - len(b.consts.list)
		for seed := range uint64(3) {
			want, got := oracle{state: seed}, oracle{state: seed}
			runAbstract(blocks, &want)
			runIslandVM(t, c.Bytes, &got)
			n := min(len(want.trace), len(got.trace))
			if string(want.trace[:n]) != string(got.trace[:n]) {
				t.Fatalf("seed %d:\n got %v\nwant %v", seed, got.trace, want.trace)
			}
		}
		last, calls := uint32(0), 0
		for _, m := range c.StackMaps {
			if m.Offset <= last || m.Offset >= c.CodeSize {
				t.Fatalf("stack map at %d after one at %d", m.Offset, last)
			}
			last = m.Offset
			at := c.Bytes[m.Offset-4:]
			if at[0] != 2 || uint32(at[3])+200 != m.Entries[0].Offset {
				t.Fatalf("stack map %v is not behind its call: % x", m, at[:4])
			}
			maps++
		}
		for i := range blocks {
			for _, e := range blocks[i].items {
				if e >= 200 {
					calls++
				}
			}
		}
		if calls != len(c.StackMaps) {
			t.Fatalf("%d stack maps for %d calls", len(c.StackMaps), calls)
		}
		for _, m := range c.Traps {
			if c.Bytes[m.Offset] != 6 {
				t.Fatalf("trap %v: % x", m, c.Bytes[m.Offset:m.Offset+4])
			}
		}
	}
	if islands < 1000 || maps < 10000 {
		t.Errorf("the test has made %d labels for islands and %d maps only", islands, maps)
	}
}

func TestConstantCopies(t *testing.T) {
	var b Buffer
	b.Reset(&islandTarget, 0)
	k := b.ConstU32(0x1234)
	loads := 0
	for range 600 {
		if b.NeedIsland(8) {
			b.EmitIsland(true)
		}
		b.UseLabel(b.Offset(), 2, k, 0)
		b.Put4BE(6 << 24)
		loads++
	}
	b.Put4BE(3 << 24)
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for at := uint32(0); at < c.CodeSize; at += 4 {
		if c.Bytes[at] != 6 {
			continue
		}
		seen++
		d := int32(int16(binary.BigEndian.Uint16(c.Bytes[at+2:]))) * 4
		if d < -islandReach || d >= islandReach || binary.BigEndian.Uint32(c.Bytes[int32(at)+d:]) != 0x1234 {
			t.Fatalf("load at %d goes %d bytes to a wrong place", at, d)
		}
	}
	if copies := (len(c.Bytes) - 4*loads) / 4; seen != loads || copies > 12 {
		t.Errorf("%d loads, %d words besides", seen, copies)
	}
}

func TestUnreachableUse(t *testing.T) {
	var b Buffer
	b.Reset(&islandTarget, 1)
	b.UseLabel(0, 0, 0, 0)
	b.Put4BE(4 << 24)
	b.PutBytes(make([]byte, 2*islandReach))
	b.Bind(0)
	b.Put4BE(3 << 24)
	if _, err := b.Finish(); err == nil {
		t.Error("use out of range: no error")
	}
}
