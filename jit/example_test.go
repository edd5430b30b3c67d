//go:build linux && amd64

package jit_test

import (
	"errors"
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

// A library, and a module that uses it. Both are closed together.
func ExampleModule_Import() {
	lib, err := jit.NewModule(jit.Named("lib"))
	if err != nil {
		log.Fatal(err)
	}
	app, err := jit.NewModule(jit.Named("app"))
	if err != nil {
		log.Fatal(err)
	}
	one := jit.SystemV([]jit.Kind{jit.I64}, []jit.Kind{jit.I64})
	jump := &asm.Code{ // jmp triple
		Bytes:   []byte{0xe9, 0, 0, 0, 0},
		Symbols: []asm.Symbol{{Name: "triple"}},
		Relocs:  []asm.Reloc{{Offset: 1, Kind: asm.X86CallPCRel4, Addend: -4}},
	}
	for _, err := range []error{
		lib.Host("triple", func(x int64) int64 { return 3 * x }),
		app.Import(lib, "triple"),
		app.Define("f", one, jump),
		app.Link(),
	} {
		if err != nil {
			log.Fatal(err)
		}
	}
	f, err := jit.Func[func(int64) int64](app, "f")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f(14))
	fmt.Println(lib.Close())
	fmt.Println(jit.CloseAll(lib, app))
	// Output:
	// 42
	// jit: lib cannot be closed: 1 references to triple from functions of other modules
	// <nil>
}

// A linear memory grows; code that loads from beyond its end traps.
func ExampleMemory() {
	mem, err := jit.NewMemory(jit.MemoryConfig{Size: jit.PageBytes, Guard: true})
	if err != nil {
		log.Fatal(err)
	}
	defer mem.Close()
	m, err := jit.NewModule()
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	load := &asm.Code{
		Bytes: []byte{0x48, 0x8b, 0x07, 0xc3}, // mov rax, [rdi]; ret
		Traps: []asm.Trap{{Offset: 0, Code: uint8(jit.HeapOutOfBounds)}},
	}
	if err := errors.Join(m.Define("load", jit.SystemV([]jit.Kind{jit.I64}, []jit.Kind{jit.I64}), load), m.Link()); err != nil {
		log.Fatal(err)
	}
	f, err := jit.Func[func(uint64) (uint64, error)](m, "load")
	if err != nil {
		log.Fatal(err)
	}
	end := uint64(mem.Base()) + jit.PageBytes
	fmt.Println(f(end))
	mem.Grow(1)
	fmt.Println(f(end))
	// Output:
	// 0 jit: trap heap_oob in load+0x0 (address 0x10000 of a memory of 0x10000 bytes)
	// 0 <nil>
}
