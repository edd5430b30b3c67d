//go:build linux

package jit

import (
	"encoding/hex"
	"slices"
	"strings"

	"davit/asm"
)

const (
	linkArea      = 0    // what a function leaves free at its stack pointer
	fpChain       = true // frames are chained by the frame pointer
	callBytes     = 4    // from the relocation of a call to the return address
	deepFrame     = 32
	recurseFrame  = 32
	loopFrame     = 16
	pollspinFrame = 16
)

// codeText has the functions in hexadecimal.
var codeText = map[string]string{
	"add":      "488d0437 c3", // lea rax, [rdi+rsi]; ret
	"identity": "4889f8 c3",
	"twice":    "554889e5 4883ec10 48893c24 e8 <host> 488b3c24 4889442408 48ffc7 e8 <host> 4803442408 4889ec 5d c3",
	"loop":     "554889e5 53 4155 4889fb 4531ed 4889df e8 <host> 4901c5 48ffcb 75f0 4c89e8 415d 5b 5d c3",
	"div":      "4889f8 4899 48f7fe c3",
	"load":     "488b07 c3", // mov rax, [rdi]; ret
	"spin":     "48ffcf 75fb 4889f8 c3",
	"wild":     "554889e5 ffd7 5d c3",
	"pass":     "554889e5 e8 <host> 48ffc0 5d c3",
	"recurse":  "554889e5 4883ec20 e8 <recurse> c9 c3",
	"deep": `554889e5 4883ec20 4889742408 4885ff 7416 48ffcf 4883c610 e8 <deep> 4803442408 4889ec 5d c3
		4889f7 e8 <host> 488b442408 4889ec 5d c3`,
	"try": `554889e5 4883ec10 48893c24 e8 <host> 4889ec 5d c3
		4869c0e8030000 4801d0 48030424 4889ec 5d c3`,
	"tail":     "e9 <target>",
	"call":     "554889e5 e8 <target> 5d c3",
	"constant": "b800000000 c3",
	"trap":     "90 0f0b",
	"wait":     "483937 72fb 488b07 c3",
	"pollspin": "554889e5 53 50 4889fb e8 <poll> 48ffcb 75f6 4889d8 59 5b 5d c3",
	"wander":   "554889e5 e8 <host> 4889c7 5d e9 <spin>",
	"edge":     "554889e5 4829f4 48ffcf 75fb 4889ec 5d c3",
	// All registers are seeded; n times: add with carry through the registers, rotate, store and load below the stack pointer,
	// vector additions; the sum of all.
	"mix": `53 55 4154 4155 4156 4157
		4889f9 b801000000 bb02000000 ba03000000 be04000000 bf05000000 bd06000000
		41b807000000 41b908000000 41ba09000000 41bb0a000000 41bc0b000000 41bd0c000000 41be0d000000 41bf0e000000
		66480f6ec0 66480f6ecb 664d0f6eff
		4801d8 4811d3 4811f2 4811fe 4811ef 4c11c5 4d11c8 4d11d1 4d11da 4d11e3 4d11ec 4d11f5 4d11fe 4911c7
		4889442488 4c897c2490 660fd4c1 66440fd4f8 660fd4c8 4803442488 4c33442490 48d1c0 48ffc9 75ad
		4801d8 4801d0 4801f0 4801f8 4801e8 4c01c0 4c01c8 4c01d0 4c01d8 4c01e0 4c01e8 4c01f0 4c01f8
		66480f7ec3 4801d8 664c0f7efb 4801d8 66480f7ecb 4801d8
		415f 415e 415d 415c 5d 5b c3`,
}

var codeLabels = map[string]uint32{"div.trap": 5, "wild.ret": 6, "try.pad": 0x16, "trap.trap": 1}

func machineCode(name string) *asm.Code { return code(codeText[name]) }

func labelOffset(name string) uint32 { return codeLabels[name] }

// constant returns code for a function that returns n.
func constant(n byte) *asm.Code {
	c := machineCode("constant")
	c.Bytes[1] = n
	return c
}

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

// bare(n, ref): keeps no frame pointer; slot at sp+16; calls deep(n, ref+1) and adds the slot to the result.
func bareCode() *asm.Code {
	c := code("4883ec18 4889742410 4883c601 e8 <deep> 4803442410 4883c418 c3")
	c.FrameSize, c.SlotArea = 24, 16
	c.StackMaps = []asm.StackMap{{Offset: 0x12, FrameSize: 24, SlotArea: 16, Entries: []asm.StackMapEntry{{Type: slotType}}}}
	return c
}

// pageMask has the bits of an address of an access that the hardware does not tell.
const pageMask = 0

const (
	goarch    = "amd64"
	wantOuter = true // gdb is told how frames are found
)

// unwound adds unwind rows to a function without frame and one with a frame pointer.
func unwound(bare, framed *asm.Code) {
	bare.Unwind = []asm.UnwindRow{{CFA: 8}}
	framed.Unwind = []asm.UnwindRow{{CFA: 8}, {Offset: 1, CFA: 16, FP: true}, {Offset: 10, CFA: 8}}
}
