package x64

import (
	"fmt"

	"davit/asm"
	"davit/asm/x64"
	"davit/internal/rulec/rule"
	"davit/ir"
	"davit/ir/op"
	"davit/regalloc"
	"davit/settings"
	"davit/vcode"
)

const isaName = "x86_64"

// Machine is x86-64 with a set of flags, as the target of code generation. It holds scratch and serves one compilation
// at a time.
type Machine struct {
	// Trace, if not nil, counts the selection rules that are used and can switch them off.
	Trace *rule.Trace

	flags settings.Flags
	tab   *tables
	env   regalloc.Env
	lo    lowerer
	fr    frame
	has   features
	rows  [x64.NumFeatures]bool // features that rows may ask for
	libs  [ir.NumLibCalls]*sigABI

	canonNaN bool // enable_nan_canonicalization
}

// New returns the machine for a set of flags, which must be for x86_64.
func New(flags *settings.Flags) (*Machine, error) {
	if flags.Arch() != settings.X86_64 {
		return nil, fmt.Errorf("flags are for %v, not %s", flags.Arch(), isaName)
	}
	m := &Machine{flags: *flags, tab: theTables()}
	m.lo.m = m
	m.has, m.canonNaN = newFeatures(flags), flags.Bool(settings.EnableNaNCanonicalization)
	m.rows = m.has.rows()
	m.env = regalloc.Env{CalleeSaved: savedGPRs, Name: func(r asm.Reg) string { return x64.Name(r, 8) }}
	m.env.Order[asm.Int] = []asm.Reg{
		x64.RAX, x64.RCX, x64.RDX, x64.RBX, x64.RSI, x64.RDI, x64.R8, x64.R9, x64.R10, x64.R11,
		x64.R14, x64.R13, x64.R12, x64.R15,
	}
	if flags.Bool(settings.EnablePinnedReg) {
		m.env.Order[asm.Int] = m.env.Order[asm.Int][:len(m.env.Order[asm.Int])-1]
	}
	m.env.Order[asm.Float] = regRange(x64.XMM0, x64.XMM15)
	for r := x64.XMM0; r <= x64.XMM31; r++ {
		m.env.ClassOf[r] = asm.Float
	}
	return m, nil
}

// Rules lists the selection rules.
func Rules() []rule.Info { return lowerRules[:] }

// SetTrace sets Trace.
func (m *Machine) SetTrace(t *rule.Trace) { m.Trace = t }

func (m *Machine) pic() bool { return m.flags.Bool(settings.IsPIC) }

// Name implements vcode.Target.
func (m *Machine) Name() string { return isaName }

// Descs implements vcode.Target.
func (m *Machine) Descs() []vcode.Desc { return m.tab.descs }

// Env implements vcode.Target.
func (m *Machine) Env() *regalloc.Env { return &m.env }

// AsmTarget describes the machine to the code buffer.
func (m *Machine) AsmTarget() *asm.Target { return x64.Target }

// PointerType returns the type of addresses.
func (m *Machine) PointerType() op.Type { return op.I64 }

// BeginLower implements vcode.Target.
func (m *Machine) BeginLower(l *vcode.Lowerer) {
	m.lo.begin(l)
	if l.Err() == nil {
		m.env.CalleeSaved = m.lo.abi.conv.saved.Minus(regs(x64.RBP, x64.RSP))
		if m.flags.Bool(settings.EnablePinnedReg) {
			m.env.CalleeSaved.Remove(x64.R15) // nobody restores it
		}
	}
}

// LowerInst implements vcode.Target.
func (m *Machine) LowerInst(_ *vcode.Lowerer, inst ir.Inst) { m.lo.lowerInst(inst) }

// LowerTerm implements vcode.Target.
func (m *Machine) LowerTerm(_ *vcode.Lowerer, inst ir.Inst, targets []uint32) {
	m.lo.lowerTerm(inst, targets)
}

// LowerJump implements vcode.Target.
func (m *Machine) LowerJump(_ *vcode.Lowerer, target uint32) { m.lo.jump(target) }

// LowerEntry implements vcode.Target.
func (m *Machine) LowerEntry(*vcode.Lowerer) { m.lo.lowerEntry() }

// Remat implements vcode.Target.
func (m *Machine) Remat(_ *vcode.Lowerer, inst ir.Inst) (asm.Reg, bool) { return m.lo.remat(inst) }
