//go:build linux && (arm64 || riscv64 || s390x)

package jit

import (
	"encoding/hex"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"davit/asm"
)

// assembled is what a file made by TestCodeUpToDate holds.
type assembled struct {
	funcs  map[string]*asm.Code
	labels map[string]uint32
}

// codeFile reads the file of the machine. Its lines are "name: bytes" with <kind symbol addend size> in place of the bytes of a
// relocation, and "name.label = offset".
var codeFile = sync.OnceValue(func() assembled {
	a := assembled{map[string]*asm.Code{}, map[string]uint32{}}
	b, err := os.ReadFile("testdata/code_" + runtime.GOARCH + ".txt")
	if err != nil {
		panic(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		if name, off, ok := strings.Cut(line, " = "); ok {
			n, err := strconv.ParseUint(off, 0, 32)
			if err != nil {
				panic(err)
			}
			a.labels[name] = uint32(n)
			continue
		}
		name, text, _ := strings.Cut(line, ": ")
		a.funcs[name] = parseCode(text)
	}
	return a
})

func parseCode(text string) *asm.Code {
	c := &asm.Code{Align: 8}
	for text != "" {
		if text[0] != '<' {
			hexes, rest, _ := strings.Cut(text, "<")
			b, err := hex.DecodeString(hexes)
			if err != nil {
				panic(err)
			}
			c.Bytes = append(c.Bytes, b...)
			if text = ""; rest != "" {
				text = "<" + rest
			}
			continue
		}
		reloc, rest, _ := strings.Cut(text[1:], ">")
		text = rest
		var kind, name, bytes string
		r := asm.Reloc{Offset: uint32(len(c.Bytes)), Symbol: uint32(len(c.Symbols))}
		if _, err := fmt.Sscan(reloc, &kind, &name, &r.Addend, &bytes); err != nil {
			panic(err)
		}
		for r.Kind = 1; r.Kind.String() != kind; r.Kind++ {
		}
		c.Symbols = append(c.Symbols, asm.Symbol{Name: name})
		c.Relocs = append(c.Relocs, r)
		b, err := hex.DecodeString(bytes)
		if err != nil {
			panic(err)
		}
		c.Bytes = append(c.Bytes, b...)
	}
	c.CodeSize = uint32(len(c.Bytes))
	return c
}

func machineCode(name string) *asm.Code {
	f := codeFile().funcs[name]
	if f == nil {
		panic("no function " + name)
	}
	return parseCopy(f)
}

func parseCopy(f *asm.Code) *asm.Code {
	c := *f
	c.Bytes = append([]byte(nil), f.Bytes...)
	c.Symbols = append([]asm.Symbol(nil), f.Symbols...)
	c.Relocs = append([]asm.Reloc(nil), f.Relocs...)
	return &c
}

func labelOffset(name string) uint32 { return codeFile().labels[name] }
