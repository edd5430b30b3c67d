package x64

import (
	"davit/asm"
	"davit/ir"
	"davit/ir/op"
	"davit/settings"
	"davit/vcode"
)

// libConvs are the conventions of library functions by the setting libcall_call_conv.
var libConvs = map[settings.LibcallCallConv]ir.CallConv{
	settings.LibcallISADefault: ir.SystemV, settings.LibcallFast: ir.Fast, settings.LibcallSystemV: ir.SystemV,
	settings.LibcallWindowsFastcall: ir.WindowsFastcall, settings.LibcallPreserveAll: ir.PreserveAll,
}

// libABI returns the places of n arguments and a result of type t of a library function, or nil if the convention that
// the settings choose cannot pass them in registers.
func (m *Machine) libABI(lib ir.LibCall, t op.Type, n int) *sigABI {
	if m.libs[lib] != nil {
		return m.libs[lib]
	}
	conv, ok := libConvs[m.flags.LibcallCallConv()]
	if !ok {
		return nil
	}
	sig := ir.Signature{CallConv: conv, Returns: []ir.Param{{Type: t}}}
	for range n {
		sig.Params = append(sig.Params, ir.Param{Type: t})
	}
	abi, err := computeABI(&sig, &m.flags)
	if err != nil || abi.retArea > 0 {
		return nil
	}
	for _, p := range abi.args {
		if p.reg == asm.NoReg || p.ptr {
			return nil
		}
	}
	m.libs[lib] = abi
	return abi
}

func (l *lowerer) unsupportedLib(lib ir.LibCall) error {
	return &vcode.Unsupported{ISA: isaName, What: "a call of library function " + lib.Symbol() + " by this libcall_call_conv"}
}

func regPair(v, p asm.Reg) vcode.RegPair { return vcode.RegPair{V: v, P: p} }

// callList returns the operand list of a call with one result.
func (l *lowerer) callList(uses []vcode.RegPair, def vcode.RegPair, abi *sigABI) int64 {
	li := vcode.List{Clobbers: abi.clobbers()}
	if abi.conv.calleePops {
		li.Pop = abi.stackArgs
	}
	return l.List(uses, []vcode.RegPair{def}, li)
}
