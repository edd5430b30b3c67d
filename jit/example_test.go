//go:build linux && amd64

package jit_test

import (
	"fmt"
	"log"

	"davit/asm"
	"davit/jit"
)

// A function of five bytes, and one that calls Go.
func Example() {
	m, err := jit.NewModule()
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()

	add := &asm.Code{Bytes: []byte{
		0x48, 0x8d, 0x04, 0x37, // lea rax, [rdi+rsi]
		0xc3, // ret
	}}
	sum := jit.SystemV([]jit.Kind{jit.I64, jit.I64}, []jit.Kind{jit.I64})
	double := &asm.Code{
		Bytes: []byte{
			0x55,             // push rbp
			0x48, 0x89, 0xe5, // mov rbp, rsp
			0xe8, 0, 0, 0, 0, // call show
			0x48, 0x01, 0xc0, // add rax, rax
			0x5d, // pop rbp
			0xc3, // ret
		},
		FramePointer: true,
		Symbols:      []asm.Symbol{{Name: "show"}},
		Relocs:       []asm.Reloc{{Offset: 5, Kind: asm.X86CallPCRel4, Addend: -4}},
	}
	one := jit.SystemV([]jit.Kind{jit.I64}, []jit.Kind{jit.I64})
	show := func(x int64) int64 {
		fmt.Println("called with", x)
		return x
	}
	for _, err := range []error{
		m.Define("add", sum, add),
		m.Define("double", one, double),
		m.Host("show", show),
		m.Link(),
	} {
		if err != nil {
			log.Fatal(err)
		}
	}
	f, _ := m.Lookup("add")
	fmt.Println(f.Call(jit.Int64(40), jit.Int64(2)))
	g, _ := m.Lookup("double")
	fmt.Println(g.Call(jit.Int64(21)))
	// Output:
	// [42] <nil>
	// called with 21
	// [42] <nil>
}
