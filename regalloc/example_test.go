package regalloc_test

import (
	"fmt"

	"davit/asm"
	"davit/regalloc"
)

// A function of one block: v0 arrives in r1, a two-address instruction makes v1 of it while v0 lives on, and both are read.
func ExampleAllocator() {
	f := &regalloc.Func{
		NumVRegs:     2,
		Class:        []asm.RegClass{asm.Int, asm.Int},
		SlotSize:     []uint8{1, 1},
		OperandStart: []uint32{0, 1, 3, 5},
		Operands: []regalloc.Operand{
			{VReg: 0, Kind: regalloc.Def, Pos: regalloc.Late, Constraint: regalloc.Fixed, Arg: 1},
			{VReg: 0},
			{VReg: 1, Kind: regalloc.Def, Pos: regalloc.Late, Constraint: regalloc.Reuse, Arg: 0},
			{VReg: 0},
			{VReg: 1},
		},
		Flags:      []regalloc.InstFlags{0, 0, regalloc.IsTerminator | regalloc.IsReturn},
		BlockStart: []uint32{0, 3},
		SuccStart:  []uint32{0, 0},
		PredStart:  []uint32{0, 0},
		ParamStart: []uint32{0, 0},
		ArgStart:   []uint32{0},
		Freq:       []float32{1},
	}
	env := &regalloc.Env{Name: func(r asm.Reg) string { return fmt.Sprintf("r%d", r) }}
	env.Order[asm.Int] = []asm.Reg{1, 2, 3}

	var a regalloc.Allocator
	r, err := a.Run(f, env)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(f.Text(env, r))
	// Output:
	// block0:
	//   op def v0@r1=r1
	//       v0: r1 -> r2
	//   op use v0=r2, def v1~0=r2
	//   ret use v0=r1, use v1=r2
	// slots 0
}
