package asm_test

import (
	"fmt"

	"davit/asm"
	"davit/asm/x64"
)

// A loop that counts down: its branch is recorded, and gets the short form when the function is finished.
func Example() {
	var b asm.Buffer
	b.Reset(x64.Target, 1)
	loop := asm.Label(0)
	emit := func(in asm.Inst) {
		if err := x64.Encode(&b, &in, nil); err != nil {
			fmt.Println(err)
		}
	}
	b.Bind(loop)
	emit(asm.Inst{Op: x64.DEC, Size: 8, R: [4]asm.Reg{x64.RDI, x64.RDI}})
	emit(asm.Inst{Op: x64.JCC, CC: x64.CCNE, Aux: uint32(loop), Imm: int64(asm.NoLabel)})
	emit(asm.Inst{Op: x64.RET})
	code, err := b.Finish()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("% x\n", code.Bytes)
	// Output: 48 ff cf 75 fb c3
}
