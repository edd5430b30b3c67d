// Package gen makes random and synthetic functions for tests of register allocation.
package gen

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"davit/asm"
	"davit/regalloc"
)

// Config bounds a random function.
type Config struct {
	Blocks   int // at most, before critical edges are split
	Insts    int // per block, at most
	IntRegs  int // allocatable
	FltRegs  int
	Params   int // per block, at most
	Pressure int // percent of operands that are old values rather than recent ones
}

// NewEnv describes a machine: integer registers 1 to ints and floating-point registers 65 to 64+flts may be allocated,
// the upper third of each is saved by callees, and one more register of each class (ints+1, 65+flts) is for fixed operands only.
func NewEnv(ints, flts int) *regalloc.Env {
	env := &regalloc.Env{}
	for k := range ints {
		r := asm.Reg(1 + k)
		env.Order[asm.Int] = append(env.Order[asm.Int], r)
		if k >= ints-ints/3 {
			env.CalleeSaved.Add(r)
		}
	}
	for k := range flts {
		r := asm.Reg(65 + k)
		env.Order[asm.Float] = append(env.Order[asm.Float], r)
		if k >= flts-flts/3 {
			env.CalleeSaved.Add(r)
		}
	}
	for r := range 64 {
		env.ClassOf[64+r] = asm.Float
	}
	env.Name = RegName
	return env
}

// RegName prints integer registers as r1 to r63 and the others as f1 to f63.
func RegName(r asm.Reg) string {
	if r > 64 {
		return fmt.Sprintf("f%d", r-64)
	}
	return fmt.Sprintf("r%d", r)
}

// Builder makes a Func block by block.
type Builder struct {
	F     regalloc.Func
	succs [][]uint32
	args  [][][]uint32 // per block, per successor
	preds [][]uint32
	param [][]uint32
}

// VReg adds a virtual register.
func (b *Builder) VReg(class asm.RegClass, size uint8) uint32 {
	b.F.Class = append(b.F.Class, class)
	b.F.SlotSize = append(b.F.SlotSize, size)
	b.F.Remat = append(b.F.Remat, 0)
	b.F.NumVRegs++
	return uint32(b.F.NumVRegs - 1)
}

// Block starts the next block.
func (b *Builder) Block(freq float32, params ...uint32) uint32 {
	if len(b.F.OperandStart) == 0 {
		b.F.OperandStart = append(b.F.OperandStart, 0)
	}
	b.F.BlockStart = append(b.F.BlockStart, uint32(b.F.NumInsts()))
	b.F.Freq = append(b.F.Freq, freq)
	b.param = append(b.param, slices.Clone(params))
	b.succs = append(b.succs, nil)
	b.args = append(b.args, nil)
	return uint32(len(b.param) - 1)
}

// Inst adds an instruction and returns its index.
func (b *Builder) Inst(flags regalloc.InstFlags, ops ...regalloc.Operand) uint32 {
	b.F.Operands = append(b.F.Operands, ops...)
	b.F.OperandStart = append(b.F.OperandStart, uint32(len(b.F.Operands)))
	b.F.Flags = append(b.F.Flags, flags)
	return uint32(b.F.NumInsts() - 1)
}

// Clobber lets the last instruction destroy regs.
func (b *Builder) Clobber(regs regalloc.RegSet) {
	b.F.ClobberInsts = append(b.F.ClobberInsts, uint32(b.F.NumInsts()-1))
	b.F.Clobbers = append(b.F.Clobbers, regs)
}

// Edge adds an edge from block p to block s.
func (b *Builder) Edge(p, s uint32, args ...uint32) {
	b.succs[p] = append(b.succs[p], s)
	b.args[p] = append(b.args[p], slices.Clone(args))
}

// Finish completes the function.
func (b *Builder) Finish() *regalloc.Func {
	f := &b.F
	n := len(b.param)
	f.BlockStart = append(f.BlockStart, uint32(f.NumInsts()))
	b.preds = make([][]uint32, n)
	for p := range n {
		f.SuccStart = append(f.SuccStart, uint32(len(f.Succs)))
		for e, s := range b.succs[p] {
			f.Succs = append(f.Succs, s)
			f.ArgStart = append(f.ArgStart, uint32(len(f.Args)))
			f.Args = append(f.Args, b.args[p][e]...)
			b.preds[s] = append(b.preds[s], uint32(p))
		}
		f.ParamStart = append(f.ParamStart, uint32(len(f.Params)))
		f.Params = append(f.Params, b.param[p]...)
	}
	f.SuccStart = append(f.SuccStart, uint32(len(f.Succs)))
	f.ArgStart = append(f.ArgStart, uint32(len(f.Args)))
	f.ParamStart = append(f.ParamStart, uint32(len(f.Params)))
	for s := range n {
		f.PredStart = append(f.PredStart, uint32(len(f.Preds)))
		f.Preds = append(f.Preds, b.preds[s]...)
	}
	f.PredStart = append(f.PredStart, uint32(len(f.Preds)))
	return f
}

// Use and Def make operands without constraint, FixedUse and FixedDef such that need register r.
func Use(v uint32) regalloc.Operand { return regalloc.Operand{VReg: v} }

// MemUse is an operand that reads v in a register or in memory.
func MemUse(v uint32) regalloc.Operand {
	return regalloc.Operand{VReg: v, Constraint: regalloc.RegOrMem}
}

// Def makes a definition without constraint.
func Def(v uint32) regalloc.Operand {
	return regalloc.Operand{VReg: v, Kind: regalloc.Def, Pos: regalloc.Late}
}

// FixedUse makes a use in register r.
func FixedUse(v uint32, r asm.Reg) regalloc.Operand {
	return regalloc.Operand{VReg: v, Constraint: regalloc.Fixed, Arg: uint8(r)}
}

// FixedDef makes a definition in register r.
func FixedDef(v uint32, r asm.Reg) regalloc.Operand {
	return regalloc.Operand{VReg: v, Kind: regalloc.Def, Pos: regalloc.Late, Constraint: regalloc.Fixed, Arg: uint8(r)}
}

// ReuseDef makes a definition in the register of operand k.
func ReuseDef(v uint32, k int) regalloc.Operand {
	return regalloc.Operand{VReg: v, Kind: regalloc.Def, Pos: regalloc.Late, Constraint: regalloc.Reuse, Arg: uint8(k)}
}

// Random makes a function and its machine.
func Random(rng *rand.Rand, c Config) (*regalloc.Func, *regalloc.Env) {
	g := &random{Config: c, rng: rng, env: NewEnv(c.IntRegs, c.FltRegs)}
	g.graph()
	g.dominators()
	g.fill()
	return g.b.Finish(), g.env
}
