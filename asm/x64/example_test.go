package x64_test

import (
	"fmt"

	"davit/asm"
	"davit/asm/x64"
)

// A function that counts from its first argument down to zero and adds as it goes.
func Example() {
	reg := func(r ...asm.Reg) (a [4]asm.Reg) { copy(a[:], r); return }
	const entry, loop, done = 0, 1, 2
	blocks := [][]asm.Inst{
		entry: {
			{Op: x64.XOR, Size: 4, R: reg(x64.RAX, x64.RAX, x64.RAX)},
			{Op: x64.TEST, Size: 8, R: reg(x64.RDI, x64.RDI)},
			{Op: x64.JCC, CC: x64.CCE, Aux: done, Imm: loop},
		},
		loop: {
			{Op: x64.ADD, Size: 8, R: reg(x64.RAX, x64.RAX, x64.RDI)},
			{Op: x64.SUBi, Size: 8, R: reg(x64.RDI, x64.RDI), Imm: 1},
			{Op: x64.JCC, CC: x64.CCNE, Aux: loop, Imm: done},
		},
		done: {{Op: x64.RET}},
	}
	var b asm.Buffer
	b.Reset(x64.Target, len(blocks))
	p := x64.Printer{}
	for l, insts := range blocks {
		b.Bind(asm.Label(l))
		for i := range insts {
			fmt.Println(p.String(&insts[i]))
			if err := x64.Encode(&b, &insts[i], nil); err != nil {
				fmt.Println(err)
			}
		}
	}
	code, err := b.Finish()
	fmt.Printf("% x %v\n", code.Bytes, err)
	for i := range b.NumBranches() {
		f := b.FinalBranch(i)
		fmt.Printf("%#x: %s\n", f.Offset, p.FinalBranch(f))
	}
	// Output:
	// xorl %eax, %eax
	// testq %rdi, %rdi
	// je label2; jmp label1
	// addq %rdi, %rax
	// subq $1, %rdi
	// jne label1; jmp label2
	// retq
	// 33 c0 48 85 ff 74 09 48 03 c7 48 83 ef 01 75 f7 c3 <nil>
	// 0x5: je label2
	// 0xe: jne label1
}
