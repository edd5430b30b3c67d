//go:build linux && amd64

package jit

import (
	"encoding/hex"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"davit/asm"
)

// code makes an asm.Code from hexadecimal bytes. <name> is a 32-bit call displacement to a symbol; a suffix @abs8, @abs4,
// @pc or @got asks for another relocation. Functions that start with push rbp; mov rbp, rsp keep a frame pointer.
func code(text string) *asm.Code {
	c := &asm.Code{Align: 1}
	for _, field := range strings.Fields(text) {
		if field[0] != '<' {
			b, err := hex.DecodeString(field)
			if err != nil {
				panic(err)
			}
			c.Bytes = append(c.Bytes, b...)
			continue
		}
		name, kind, _ := strings.Cut(strings.Trim(field, "<>"), "@")
		r := asm.Reloc{Offset: uint32(len(c.Bytes)), Kind: asm.X86CallPCRel4, Addend: -4}
		size := 4
		switch kind {
		case "abs8":
			r.Kind, r.Addend, size = asm.Abs8, 0, 8
		case "abs4":
			r.Kind, r.Addend = asm.Abs4, 0
		case "pc":
			r.Kind = asm.X86PCRel4
		case "got":
			r.Kind = asm.X86GOTPCRel4
		}
		i := slices.IndexFunc(c.Symbols, func(s asm.Symbol) bool { return s.Name == name })
		if i < 0 {
			i = len(c.Symbols)
			c.Symbols = append(c.Symbols, asm.Symbol{Name: name})
		}
		r.Symbol = uint32(i)
		c.Relocs = append(c.Relocs, r)
		c.Bytes = append(c.Bytes, make([]byte, size)...)
	}
	c.CodeSize = uint32(len(c.Bytes))
	c.FramePointer = strings.HasPrefix(text, "554889e5")
	return c
}

// traps adds trap records: pairs of offset and code.
func traps(c *asm.Code, pairs ...int) *asm.Code {
	for i := 0; i < len(pairs); i += 2 {
		c.Traps = append(c.Traps, asm.Trap{Offset: uint32(pairs[i]), Code: uint8(pairs[i+1])})
	}
	return c
}

// add(x, y): lea rax, [rdi+rsi]; ret
func addCode() *asm.Code { return code("488d0437 c3") }

// twice(x) = host(x) + host(x+1)
func twiceCode() *asm.Code {
	c := code(`554889e5 4883ec10 48893c24 e8 <host> 488b3c24 4889442408 48ffc7 e8 <host> 4803442408 4889ec 5d c3`)
	c.FrameSize = 16
	return c
}

// loop(n): calls host(n) … host(1) and adds up the results; uses rbx and r13 across the calls.
func loopCode() *asm.Code {
	c := code(`554889e5 53 4155 4889fb 4531ed 4889df e8 <host> 4901c5 48ffcb 75f0 4c89e8 415d 5b 5d c3`)
	c.FrameSize = 16
	return c
}

// div(x, y): signed quotient; the division is at offset 5.
func divCode() *asm.Code { return traps(code("4889f8 4899 48f7fe c3"), 5, int(DivisionByZero)) }

// load(p): mov rax, [rdi]; ret
func loadCode() *asm.Code { return traps(code("488b07 c3"), 0, int(HeapOutOfBounds)) }

// spin(n): counts n down to zero.
func spinCode() *asm.Code { return code("48ffcf 75fb 4889f8 c3") }

// wild(p): calls p.
func wildCode() *asm.Code { return code("554889e5 ffd7 5d c3") }

// pass(x) = host(x) + 1
func passCode() *asm.Code { return code("554889e5 e8 <host> 48ffc0 5d c3") }

// recurse(x): calls itself for ever, or a host function of the same name.
func recurseCode() *asm.Code {
	c := code("554889e5 4883ec20 e8 <recurse> c9 c3")
	c.FrameSize = 32
	return c
}

// slotType stands for a type number in stack maps.
const slotType = 42

// deep(n, ref): keeps ref in the slot at sp+8 across its one call: of itself with n-1, ref+16, or, with n = 0, of
// host(ref). Returns the sum of the slots.
func deepCode() *asm.Code {
	c := code(`554889e5 4883ec20 4889742408 4885ff 7416 48ffcf 4883c610 e8 <deep> 4803442408 4889ec 5d c3
		4889f7 e8 <host> 488b442408 4889ec 5d c3`)
	c.FrameSize, c.SlotArea = 32, 8
	for _, ret := range []uint32{0x1e, 0x30} {
		c.StackMaps = append(c.StackMaps, asm.StackMap{Offset: ret, FrameSize: 32, SlotArea: 8,
			Entries: []asm.StackMapEntry{{Type: slotType, Offset: 0}}})
	}
	return c
}

// bare(n, ref): keeps no frame pointer; slot at sp+16; calls deep(n, ref+1) and adds the slot to the result.
func bareCode() *asm.Code {
	c := code("4883ec18 4889742410 4883c601 e8 <deep> 4803442410 4883c418 c3")
	c.FrameSize, c.SlotArea = 24, 16
	c.StackMaps = []asm.StackMap{{Offset: 0x12, FrameSize: 24, SlotArea: 16, Entries: []asm.StackMapEntry{{Type: slotType}}}}
	return c
}

// try(x): host(x); a landing block at 0x16 returns payload0*1000 + payload1 + x.
func tryCode(rows ...asm.Handler) *asm.Code {
	c := code(`554889e5 4883ec10 48893c24 e8 <host> 4889ec 5d c3
		4869c0e8030000 4801d0 48030424 4889ec 5d c3`)
	c.FrameSize = 16
	for i := range rows {
		rows[i].Target = 0x16
	}
	c.Handlers = []asm.CallSite{{Offset: 0x11, FPOffset: 16, Handlers: rows}}
	return c
}

var (
	sigI64    = SystemV([]Kind{I64}, []Kind{I64})
	sigI64I64 = SystemV([]Kind{I64, I64}, []Kind{I64})
)

// newModule makes a module that is closed at the end of the test.
func newModule(tb testing.TB, opts ...Option) *Module {
	tb.Helper()
	m, err := NewModule(opts...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := m.Close(); err != nil && !errors.Is(err, ErrClosed) {
			tb.Error(err)
		}
	})
	return m
}

// check fails the test on the first error.
func check(tb testing.TB, errs ...error) {
	tb.Helper()
	for _, err := range errs {
		if err != nil {
			tb.Fatal(err)
		}
	}
}

func lookup(tb testing.TB, m *Module, name string) *Function {
	tb.Helper()
	f, err := m.Lookup(name)
	check(tb, err)
	return f
}

// one defines, links and looks up a single function.
func one(tb testing.TB, m *Module, name string, sig Signature, c *asm.Code) *Function {
	tb.Helper()
	check(tb, m.Define(name, sig, c), m.Link())
	return lookup(tb, m, name)
}

// call1 calls f with integers and returns its first result.
func call1(tb testing.TB, f *Function, args ...int64) int64 {
	tb.Helper()
	vs := make([]Value, len(args))
	for i, a := range args {
		vs[i] = Int64(a)
	}
	rs, err := f.Call(vs...)
	check(tb, err)
	return rs[0].Int()
}

// scaled returns the size of a test: short, or long if the environment variable DAVIT_STRESS is set.
func scaled(short, long int) int {
	if os.Getenv("DAVIT_STRESS") != "" {
		return long
	}
	return short
}
