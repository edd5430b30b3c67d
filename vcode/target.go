package vcode

import (
	"fmt"

	"davit/asm"
	"davit/ir"
	"davit/ir/op"
	"davit/regalloc"
)

// Target is one machine, set up for one set of flags. A Target holds scratch and serves one compilation at a time.
type Target interface {
	// Name is the name of the machine as in CLIF, such as "x86_64".
	Name() string
	// Descs is the table of instruction descriptions, by DescIndex of the opcode.
	Descs() []Desc
	// Env describes the registers.
	Env() *regalloc.Env

	// BeginLower is called before a function is lowered: it checks the signature and sets up what the calls below need.
	BeginLower(l *Lowerer)
	// LowerInst emits the machine instructions of a CLIF instruction that is no terminator.
	LowerInst(l *Lowerer, inst ir.Inst)
	// LowerTerm emits the machine instructions of a terminator. targets are the blocks of Func that follow, in the
	// order of ir.Func.Branches.
	LowerTerm(l *Lowerer, inst ir.Inst, targets []uint32)
	// LowerJump emits a jump to a block.
	LowerJump(l *Lowerer, target uint32)
	// LowerEntry emits the definitions of the function's parameters.
	LowerEntry(l *Lowerer)
	// TryResult loads what comes in memory of result n of the try_call inst on the edge of its normal return: the result,
	// or each half of an i128. NoReg stands for what comes in a register.
	TryResult(l *Lowerer, inst ir.Inst, n int) [2]asm.Reg
	// Remat emits the value of inst anew if it is cheap and reads no register, and returns the register.
	Remat(l *Lowerer, inst ir.Inst) (asm.Reg, bool)

	// BeginEmit lays out the frame, once registers are allocated.
	BeginEmit(e *Emitter) error
	// EmitPrologue emits what comes before the first block.
	EmitPrologue(e *Emitter)
	// Redundant reports whether instruction i, which is in with registers, has no effect where it stands.
	Redundant(e *Emitter, i int, in *asm.Inst) bool
	// EmitInst emits one instruction, whose registers are physical.
	EmitInst(e *Emitter, in *asm.Inst)
	// EmitMove copies width bytes of the given class from one place to another. It changes no flags.
	EmitMove(e *Emitter, class asm.RegClass, width uint8, from, to regalloc.Alloc)
	// Format prints an instruction as assembly text. With e == nil registers may be virtual and the frame is symbolic;
	// otherwise the function is finished, and labels print as offsets.
	Format(dst []byte, f *Func, e *Emitter, in *asm.Inst) []byte
	// FormatBranch prints what is left of a branch of the buffer of e.
	FormatBranch(dst []byte, e *Emitter, b asm.FinalBranch) []byte
	// FormatTrap prints the trap instruction that asm.Buffer.DeferTrap asks for.
	FormatTrap(dst []byte, code uint8) []byte
}

// Unsupported says that a target cannot compile an instruction or a signature.
type Unsupported struct {
	ISA  string
	What string  // the instruction's opcode, or a description
	Type op.Type // controlling type, or Invalid
	Text string  // the instruction as CLIF, or empty
}

// Error names the instruction, its type and the target.
func (u *Unsupported) Error() string {
	s := u.What
	if u.Type != op.Invalid {
		s += "." + u.Type.String()
	}
	s = fmt.Sprintf("%s is not supported on %s", s, u.ISA)
	if u.Text != "" {
		s += ": " + u.Text
	}
	return s
}
